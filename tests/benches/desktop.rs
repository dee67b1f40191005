//! The desktop app's figures, measured from outside in a session of its own against the simulators: start to a painted
//! window, memory with and without the window, idle processor time, and a preview from click to charts. Beside each
//! stands what a bare Tauri window takes in the same run. `scripts/bench-desktop.sh` builds what is measured.

#![expect(clippy::unwrap_used, reason = "a benchmark may stop where it stands")]

#[cfg(target_os = "linux")]
#[path = "../tests/desktop/harness/mod.rs"]
mod harness;
#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "tests need more of it")]
#[path = "../tests/desktop/world.rs"]
mod world;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("skipped: the desktop app is measured on Linux only");
}

#[cfg(target_os = "linux")]
fn main() {
    measure::all();
}

#[cfg(target_os = "linux")]
mod measure {
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::time::{Duration, Instant};

    use baton_tests::peloton::generate::{self, Discipline, Options};
    use serde_json::json;

    use crate::harness::app::{self, App};
    use crate::harness::{processes, until};
    use crate::world::{Beginning, World};

    const STARTS: usize = 5;
    /// A window that has just been opened does some work afterwards; a figure of rest is taken after this.
    const SETTLE: Duration = Duration::from_secs(8);
    const IDLE: Duration = Duration::from_secs(30);
    /// How many activities of two hours are looked at, each once: what was seen is quicker the second time.
    const LONG: usize = 5;
    const MEGABYTE: f64 = 1_000_000.0;

    pub fn all() {
        let Some(mut world) = World::ready(Beginning { workouts: 30, ..Beginning::default() }) else {
            return;
        };
        for number in 0..LONG {
            let start = chrono::Utc::now().timestamp() - 86_400 * (number as i64 + 1);
            let options = Options::at(start).minutes(120);
            world.peloton.add(&generate::one(Discipline::CyclingClass, 1000 + number as u64, &options));
        }
        world.baton(&["sync", "--quiet"]);
        let bare = std::env::var_os("BATON_BARE_WINDOW").map_or_else(
            || app::build("baton-bare-window", &["--features", "custom-protocol"]),
            PathBuf::from,
        );
        let app = app::program();
        let mut table = Table::default();

        table.row("bare window: start to painted", painted(&world, &bare, "Bare window"), "ms", None);
        table.row("start to painted window", painted(&world, app, "Baton"), "ms", Some(900.0));

        let empty = {
            let running = App::plain(&world.session, &bare, &[]);
            world.windows.wait_for("Bare window");
            std::thread::sleep(SETTLE);
            let empty = memory(&running);
            table.row("bare window: memory", empty, "MB", None);
            table.row("bare window: processor time, idle", idle(&running), "%", None);
            empty
        };
        world.start(&[]);
        let window = world.windows.wait_for("Baton");
        std::thread::sleep(SETTLE);
        let open = memory(world.app.as_ref().unwrap());
        table.row("memory with the window", open, "MB", None);
        table.row("… more than the bare window", open - empty, "MB", Some(80.0));
        table.row("processor time with the window, idle", idle(world.app.as_ref().unwrap()), "%", Some(0.2));
        world.windows.close(window);
        until("the web view to go", || world.app.as_ref().unwrap().web_views().is_empty());
        std::thread::sleep(SETTLE);
        table.row(
            "memory with the tray, window closed",
            memory(world.app.as_ref().unwrap()),
            "MB",
            Some(90.0),
        );
        world.start(&["--hidden"]);
        std::thread::sleep(SETTLE);
        table.row(
            "memory with the tray, never opened",
            memory(world.app.as_ref().unwrap()),
            "MB",
            Some(90.0),
        );
        table.row("processor time with the tray, idle", idle(world.app.as_ref().unwrap()), "%", Some(0.2));

        let (usual, worst) = preview(&mut world);
        table.row("preview of two hours, click to charts", usual, "ms", Some(100.0));
        table.row("… the slowest of them", worst, "ms", None);
        match installed() {
            Some(size) => table.row("installed size of the deb", size, "MB", Some(25.0)),
            None => table.note("installed size: there is no deb; `npm run build` makes one"),
        }
        table.print();
    }

    /// Milliseconds from starting the program until nine tenths of what its window shows in the end are on the screen:
    /// read from the X server, without the program's help. The median of some starts.
    fn painted(world: &World, program: &Path, title: &str) -> f64 {
        let mut times: Vec<f64> = (0..STARTS).map(|_| one_start(world, program, title)).collect();
        // The first start reads the program from the disk, which is the disk's figure.
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }

    fn one_start(world: &World, program: &Path, title: &str) -> f64 {
        let begin = Instant::now();
        let running = App::plain(&world.session, program, &[]);
        let mut frames: Vec<(f64, Vec<[u8; 3]>)> = Vec::new();
        let mut window = None;
        while begin.elapsed() < Duration::from_secs(4) {
            window = window.or_else(|| world.windows.find(title));
            if let Some(picture) = window.and_then(|window| world.windows.picture(window)) {
                let time = begin.elapsed().as_secs_f64() * 1000.0;
                // Every third pixel of every third row.
                let width = picture.width as usize;
                let some =
                    picture.pixels.chunks(width).step_by(3).flat_map(|row| row.iter().step_by(3).copied());
                frames.push((time, some.collect()));
            }
            std::thread::sleep(Duration::from_millis(6));
        }
        drop(running);
        let last = &frames.last().expect("the window was seen").1;
        let ground = most_common(last);
        let drawn: Vec<usize> = (0..last.len()).filter(|at| last[*at] != ground).collect();
        assert!(drawn.len() > 50, "the window stayed blank");
        let there =
            |frame: &[[u8; 3]]| drawn.iter().filter(|at| frame.get(**at) == Some(&last[**at])).count();
        let painted = frames.iter().find(|(_, frame)| there(frame) * 10 >= drawn.len() * 9);
        painted.expect("the last frame is like itself").0
    }

    fn most_common(pixels: &[[u8; 3]]) -> [u8; 3] {
        let mut count = std::collections::HashMap::<[u8; 3], usize>::new();
        for pixel in pixels {
            *count.entry(*pixel).or_default() += 1;
        }
        count.into_iter().max_by_key(|(_, count)| *count).map(|(pixel, _)| pixel).unwrap_or_default()
    }

    /// Proportional set size of the app and of all its web processes.
    fn memory(app: &App) -> f64 {
        let each = app.processes().into_iter().map(|pid| (processes::name(pid), processes::memory(pid)));
        let each: Vec<(String, f64)> = each.map(|(name, bytes)| (name, bytes as f64 / MEGABYTE)).collect();
        let parts: Vec<String> = each.iter().map(|(name, size)| format!("{name} {size:.0}")).collect();
        println!("  {}", parts.join(", "));
        each.iter().map(|(_, size)| size).sum()
    }

    /// Processor time of all its processes while nothing happens, in percent of one processor.
    fn idle(app: &App) -> f64 {
        let used = || app.processes().into_iter().map(processes::processor_seconds).sum::<f64>();
        let before = used();
        std::thread::sleep(IDLE);
        (used() - before) / IDLE.as_secs_f64() * 100.0
    }

    /// Milliseconds in the page from the click on a row until its charts are drawn: the median and the worst.
    fn preview(world: &mut World) -> (f64, f64) {
        world.open();
        let page = world.page();
        page.press("Activities");
        // The list draws only the rows in sight: these are to be all of them.
        page.fill("Search activities", "120 min");
        until("the long ones alone", || !page.reads("30 min"));
        let mut times: Vec<f64> = (0..LONG)
            .map(|number| {
                std::thread::sleep(Duration::from_millis(700));
                let time =
                    page.script_async(include_str!("preview.js"), vec![json!("120 min"), json!(number)]);
                time.as_f64().unwrap_or_else(|| panic!("no charts came: {time}"))
            })
            .collect();
        times.sort_by(f64::total_cmp);
        (times[times.len() / 2], times[times.len() - 1])
    }

    /// What the newest deb takes once installed, where `npm run build` has made one.
    fn installed() -> Option<f64> {
        let folder = app::program().parent()?.join("bundle/deb");
        let debs = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
        let deb = debs.filter(|path| path.extension().is_some_and(|it| it == "deb")).max_by_key(|path| {
            path.metadata().and_then(|about| about.modified()).unwrap_or(std::time::UNIX_EPOCH)
        })?;
        let output = Command::new("dpkg-deb").arg("--contents").arg(deb).output().ok()?;
        // permissions, owner, size, date, time, name
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let sizes = text.lines().filter_map(|line| line.split_whitespace().nth(2)?.parse::<f64>().ok());
        Some(sizes.sum::<f64>() / MEGABYTE)
    }

    #[derive(Default)]
    struct Table(Vec<String>);

    impl Table {
        fn row(&mut self, what: &str, found: f64, unit: &str, target: Option<f64>) {
            let found_text = format!("{found:.1} {unit}");
            let target_text = match target {
                Some(target) if found <= target => format!("≤ {target} {unit}  ok"),
                Some(target) => format!("≤ {target} {unit}  MISSED"),
                None => String::new(),
            };
            let line = format!("{what:<42} {found_text:>14}   {target_text}");
            println!("{line}");
            self.0.push(line);
        }

        fn note(&mut self, text: &str) {
            self.0.push(text.to_owned());
        }

        fn print(&self) {
            println!(
                "\nThe desktop app, measured on {} processors:",
                std::thread::available_parallelism().unwrap()
            );
            for line in &self.0 {
                println!("{line}");
            }
        }
    }
}
