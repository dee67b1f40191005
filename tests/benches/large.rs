//! The large figures, measured on whole processes against the simulators at zero pace: a back-fill, a run with nothing
//! new, planning over a long ledger, and the start of the program. Prints the table of all figures.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use baton_core::{Activity, Format, Item, Position, Record, Sport, SubSport};
use baton_engine::{Engine, EntriesQuery, OpenOptions, VaultKind};
use baton_fit::EncodeOptions;
use baton_tests::garmin::{self, GarminSimulator};
use baton_tests::peloton::{self, PelotonSimulator, generate};
use baton_tests::program::{Computer, baton, well};
use baton_tests::withings::generate::Sort;
use baton_tests::withings::{self, NewApplication, NewPerson, WithingsSimulator};
use flate2::Compression;
use flate2::write::GzEncoder;

const EMAIL: &str = "rider@example.com";
const PASSWORD: &str = "correct horse";

fn main() {
    // `cargo bench` passes `--bench`; a name beside it filters criterion's benchmarks and means nothing here.
    let mut table = Table::default();
    small_figures(&mut table);
    for workouts in [500, 5_000] {
        back_fill(workouts, &mut table);
    }
    measurements(&mut table);
    export_archive(&mut table);
    table.print();
}

/// Everything that somebody recorded in ten years, as a service hands it out: 3,000 packed files of an hour each, the most
/// of them FIT, in one archive, into a folder.
fn export_archive(table: &mut Table) {
    const FILES: i64 = 3_000;
    let computer = Computer::new(&[]);
    let there = computer.path().join("there");
    std::fs::create_dir(&there).expect("a folder can be made");
    well(&computer.answer(["connect", "folder"], &[there.to_str().expect("a plain path")]));
    let archive = computer.path().join("export.zip");
    let file = std::fs::File::create(&archive).expect("a file can be made");
    let mut writer = zip::ZipWriter::new(std::io::BufWriter::new(file));
    let first = chrono::Utc::now() - chrono::TimeDelta::days(FILES + 1);
    for number in 0..FILES {
        let format = [Format::Fit, Format::Gpx, Format::Fit, Format::Tcx, Format::Fit][number as usize % 5];
        let ride = ride(first + chrono::TimeDelta::days(number));
        let file = baton_fit::encode(&ride, format, &EncodeOptions::default()).expect("a ride has a file");
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&file.bytes).expect("memory takes it");
        let name = format!("activities/{number}.{}.gz", format.extension());
        writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member begins");
        writer.write_all(&packed.finish().expect("it is packed")).expect("the archive takes it");
    }
    writer.finish().expect("the archive ends");
    let import = || {
        let mut command = computer.command(["import", archive.to_str().expect("a plain path"), "--quiet"]);
        measure(command.stdout(Stdio::null()).spawn().expect("baton starts"))
    };
    let fill = import();
    assert_eq!(std::fs::read_dir(&there).expect("it is there").count(), FILES as usize, "every file arrived");
    let name = "import of an archive of 3,000 files";
    table.row(name, "s", fill.seconds, "under 60");
    table.row(name, "peak memory, MB", fill.peak_megabytes, "under 200");
    table.row(name, "MB in it", archive.metadata().expect("it is there").len() as f64 / 1e6, "");
    table.row("the same once more", "s", import().seconds, "");
    assert_eq!(std::fs::read_dir(&there).expect("it is there").count(), FILES as usize, "none twice");
}

/// An hour outdoors with all that a good device records.
fn ride(start: baton_core::Time) -> Item {
    let records = (0..3600).map(|second| {
        let wave = (f64::from(second) / 97.0).sin();
        Record {
            time: start + chrono::TimeDelta::seconds(i64::from(second)),
            position: Some(Position {
                latitude: 48.0 + f64::from(second) * 5e-5,
                longitude: 11.0 + wave * 1e-3,
            }),
            altitude: Some(520.0 + wave * 30.0),
            distance: Some(f64::from(second) * 7.5),
            speed: Some(7.5 + wave),
            heart_rate: Some((140.0 + wave * 20.0) as u8),
            cadence: Some(85.0 + (wave * 5.0).round()),
            power: Some((200.0 + wave * 60.0) as u16),
            temperature: Some(18.0),
            ..Record::default()
        }
    });
    Item::Activity(Box::new(Activity {
        start,
        sport: Sport::CYCLING,
        sub_sport: SubSport::ROAD,
        elapsed: 3600.0,
        timer: 3600.0,
        records: records.collect(),
        ..Activity::default()
    }))
}

/// Ten years of daily weigh-ins with blood pressure twice a day.
fn measurements(table: &mut Table) {
    const CLIENT: (&str, &str) = ("0123456789abcdef", "fedcba9876543210");
    let withings = WithingsSimulator::start().expect("a free port");
    let garmin = GarminSimulator::start().expect("a free port");
    withings.set_options(withings::Options::lift_limits);
    withings.add_application(NewApplication::new(CLIENT.0, CLIENT.1, "http://localhost:8765/callback"));
    let person = withings.add_person(NewPerson::new("Maria", chrono_tz::Europe::Berlin));
    let history = withings::generate::benchmark(3, chrono::Utc::now().timestamp() - 3600);
    withings.add(person, &history.measurements);
    garmin.add_user(garmin::NewUser::new(EMAIL, PASSWORD));
    garmin.set_options(|options| {
        options.keep_files = false;
        options.poll_milliseconds = 0;
    });
    let computer = Computer::new(&[withings.endpoints_toml(), garmin.endpoints_toml()]);
    let allow = |page: &str| withings.allow(page, person).expect("the page lets them");
    computer.connect_by_pasting("withings", CLIENT.0, CLIENT.1, allow);
    let mut connect = computer.command(["connect", "garmin", "--method", "password"]);
    connect.env("GARMIN_USERNAME", EMAIL).env("GARMIN_PASSWORD", PASSWORD);
    assert!(connect.output().expect("baton starts").status.success(), "Garmin lets them in");
    let kinds = ["--kinds", "body,blood_pressure", "--since", "all"];
    computer.run_well(["routes", "add", "withings", "garmin"].into_iter().chain(kinds));
    let sync = || {
        let mut command = computer.command(["sync", "--quiet"]);
        measure(command.stdout(Stdio::null()).spawn().expect("baton starts"))
    };
    let fill = sync();
    let arrived = garmin.weigh_ins(EMAIL).len() + garmin.blood_pressures(EMAIL).len();
    let sent = [Sort::Body, Sort::BloodPressure].map(|sort| history.to_send(sort).count());
    assert_eq!(arrived, sent[0] + sent[1], "every measurement arrived, none twice");
    let name = format!("back-fill of {} groups of measurements", history.group_count());
    table.row(&name, "s", fill.seconds, "under 15");
    table.row(&name, "peak memory, MB", fill.peak_megabytes, "under 150");
    table.row("nothing new after them", "ms", sync().seconds * 1000.0, "under 300");
    assert_eq!((withings.violations(), garmin.violations()), (Vec::new(), Vec::new()));
}

/// What a process used, read from the kernel while it runs.
struct Usage {
    seconds: f64,
    peak_megabytes: f64,
}

/// Runs to the end and keeps the last peak that the kernel told.
fn measure(mut child: Child) -> Usage {
    let started = Instant::now();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak_megabytes = 0.0_f64;
    loop {
        if let Ok(text) = std::fs::read_to_string(&status) {
            let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = peak.and_then(|value| value.trim().trim_end_matches(" kB").parse::<f64>().ok());
            peak_megabytes = peak_megabytes.max(kilobytes.unwrap_or(0.0) / 1024.0);
        }
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            let seconds = started.elapsed().as_secs_f64();
            let mut said = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                let _ = stderr.read_to_string(&mut said);
            }
            assert!(status.success(), "baton ended with {status}: {said}");
            return Usage { seconds, peak_megabytes };
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn back_fill(workouts: usize, table: &mut Table) {
    let peloton = PelotonSimulator::start().expect("a free port");
    let garmin = GarminSimulator::start().expect("a free port");
    peloton.add_user(peloton::NewUser::new(EMAIL, PASSWORD));
    garmin.add_user(garmin::NewUser::new(EMAIL, PASSWORD));
    garmin.set_options(|options| {
        options.keep_files = false;
        options.poll_milliseconds = 0;
    });
    let now = chrono::Utc::now().timestamp();
    peloton.add_all(&generate::benchmark(3, workouts, now));
    let computer = Computer::new(&[peloton.endpoints_toml(), garmin.endpoints_toml()]);
    for service in ["peloton", "garmin"] {
        let mut connect = computer.command(["connect", service, "--method", "password"]);
        connect.env(format!("{}_USERNAME", service.to_uppercase()), EMAIL);
        connect.env(format!("{}_PASSWORD", service.to_uppercase()), PASSWORD);
        let output = connect.output().expect("baton starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    computer.run_well(["routes", "add", "peloton", "garmin", "--since", "all"]);
    let run = |arguments: &[&str]| {
        let mut command = computer.command(arguments);
        // A pipe that nobody reads would stop the program when it is full.
        command.stdout(Stdio::null());
        measure(command.spawn().expect("baton starts"))
    };

    let fill = run(&["sync", "--quiet"]);
    let created = garmin.activities().len();
    assert_eq!(created, workouts, "every workout arrived");
    assert_eq!(garmin.duplicates(), 0, "none twice");
    assert_eq!((peloton.violations(), garmin.violations()), (Vec::new(), Vec::new()));
    let name = format!("back-fill of {workouts} workouts");
    table.row(&name, "workouts a second", workouts as f64 / fill.seconds, "at least 150");
    table.row(&name, "peak memory, MB", fill.peak_megabytes, "under 150, and the same at 500 and 5,000");

    let archive: u64 = folder_size(&computer.home().join("archive"));
    table.row(&name, "archive, kB a workout", archive as f64 / 1024.0 / workouts as f64, "");
    peloton.clear_requests();
    let nothing = run(&["sync", "--quiet"]);
    let asked = peloton.requests().len();
    table.row(&format!("nothing new after {workouts}"), "ms", nothing.seconds * 1000.0, "");
    table.row(
        &format!("nothing new after {workouts}"),
        "requests to the source",
        asked as f64,
        "does not grow",
    );
    if workouts == 5_000 {
        let before = run(&["sync", "--dry-run", "--quiet"]).seconds * 1000.0;
        search(&computer.home(), "search among 5,000 entries", table);
        lengthen_ledger(&computer.home().join("ledger.db"), 20);
        let after = run(&["sync", "--dry-run", "--quiet"]).seconds * 1000.0;
        search(&computer.home(), "search among 100,000 entries", table);
        table.row("dry run, 5,000 deliveries", "ms, whole process", before, "");
        table.row("dry run, 100,000 deliveries", "ms, whole process", after, "does not grow");
    }
    let mut starts: Vec<f64> = (0..9).map(|_| run(&["accounts"]).seconds * 1000.0).collect();
    starts.sort_by(f64::total_cmp);
    table.row("baton accounts, start to exit", "ms (median of 9)", starts[4], "under 50");
    println!("measured {} with {workouts} workouts", baton().display());
}

/// What the window's list asks for at each letter: how the list is laid out, and its first page.
fn search(home: &std::path::Path, what: &str, table: &mut Table) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let mut times: Vec<f64> = runtime.block_on(async {
        let options = OpenOptions::new(home, Vec::new(), VaultKind::Memory);
        let engine = Engine::open(options).await.expect("the data directory opens");
        let mut times = Vec::new();
        for word in ["r", "ri", "rid", "ride", "30 min", "row", "", "strength", "2026"] {
            let query = EntriesQuery { search: word.into(), limit: 100, ..EntriesQuery::default() };
            let began = Instant::now();
            let (days, lines) =
                futures::future::join(engine.days(query.clone()), engine.entries(query)).await;
            times.push(began.elapsed().as_secs_f64() * 1000.0);
            let all: u32 = days.expect("days").iter().map(|day| day.entries).sum();
            assert_eq!(lines.expect("lines").len(), all.min(100) as usize, "{word}");
        }
        times
    });
    times.sort_by(f64::total_cmp);
    table.row(what, "ms (median of 9)", times[4], "");
    table.row(what, "ms (slowest of 9)", times[8], "");
}

/// Writes the ledger's deliveries and entries again further in the past until there are `times` as many.
fn lengthen_ledger(path: &std::path::Path, times: i64) {
    const YEAR: i64 = 365 * 86_400_000;
    let mut ledger = rusqlite::Connection::open(path).expect("the ledger opens");
    let change = ledger.transaction().expect("nobody else writes");
    for (table, keep) in [("entries", "account"), ("deliveries", "source")] {
        let columns: Vec<String> = change
            .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))
            .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
            .expect("the table is there");
        for copy in 1..times {
            let values = columns.iter().map(|column| match column.as_str() {
                "key" => format!("key || '-{copy}'"),
                "start" | "end" => format!("\"{column}\" - {}", copy * 12 * YEAR),
                column => format!("\"{column}\""),
            });
            let values: Vec<String> = values.collect();
            let copied = format!(
                "INSERT INTO {table} ({}) SELECT {} FROM {table} WHERE {keep} IS NOT NULL AND key NOT LIKE '%-%'",
                columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", "),
                values.join(", ")
            );
            change.execute(&copied, []).expect("the rows are copied");
        }
    }
    let deliveries: i64 = change
        .query_row("SELECT count(*) FROM deliveries", [], |row| row.get(0))
        .expect("they can be counted");
    assert_eq!(deliveries, 5_000 * times);
    change.commit().expect("the ledger keeps it");
}

fn folder_size(folder: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Takes over what criterion measured before in this call of `npm run bench`.
fn small_figures(table: &mut Table) {
    let median = |group: &str, name: &str| -> Option<f64> {
        let target =
            baton().ancestors().nth(2)?.join("criterion").join(group).join(name).join("new/estimates.json");
        let estimates: serde_json::Value = serde_json::from_slice(&std::fs::read(target).ok()?).ok()?;
        Some(estimates["median"]["point_estimate"].as_f64()? / 1e6)
    };
    for (group, what, peer, target) in [
        ("payload_to_fit", "30-minute payload to FIT", "serde_json_value", "at most 2.5 times the peer"),
        ("fit_decode_2h", "decode a 2-hour FIT", "fitparser", "under 5 ms"),
        ("tcx_decode_800k", "decode a TCX of 800 kB", "quick_xml_events", "under 25 ms"),
        ("gpx_decode_1h", "decode a 1-hour GPX", "quick_xml_events", ""),
        ("plan_100k", "plan over 100,000 deliveries", "", "under 100 ms"),
    ] {
        let Some(own) = median(group, "baton") else { continue };
        table.row(what, "ms (median)", own, target);
        if let Some(peers) = median(group, peer) {
            table.row(what, &format!("times {peer} ({peers:.3} ms)"), own / peers, target);
        }
    }
}

#[derive(Default)]
struct Table(Vec<[String; 4]>);

impl Table {
    fn row(&mut self, what: &str, figure: &str, value: f64, target: &str) {
        let value = if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") };
        self.0.push([what.to_owned(), figure.to_owned(), value, target.to_owned()]);
    }

    fn print(&self) {
        let width = |column: usize| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        println!();
        for [what, figure, value, target] in &self.0 {
            println!("{what:<0$}  {figure:<1$}  {value:>2$}  {target}", width(0), width(1), width(2));
        }
    }
}
