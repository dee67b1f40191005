//! One person at a computer of their own: a desktop session, the simulated services, and the app.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use baton_tests::garmin::{self, GarminSimulator, MfaMethod, UploadOutcome};
use baton_tests::peloton::generate::{self, Workout};
use baton_tests::peloton::{self, PelotonSimulator};
use baton_tests::program::well;
use serde_json::{Value, json};

use crate::harness::app::{self, App};
use crate::harness::page::Page;
use crate::harness::session::{self, Options, Session};
use crate::harness::tray::Panel;
use crate::harness::windows::Windows;
use crate::harness::{eventually, until};

pub const EMAIL: &str = "rider@example.com";
pub const PELOTON_PASSWORD: &str = "correct-horse-4711";
pub const GARMIN_PASSWORD: &str = "battery-staple-0815";

/// One desktop at a time: two would wait for each other's processor.
static TURN: Mutex<()> = Mutex::new(());

/// Everything of one test. The app ends first, then what it stands on.
pub struct World {
    pub app: Option<App>,
    pub panel: Option<Panel>,
    pub windows: Windows,
    pub session: Session,
    pub peloton: PelotonSimulator,
    pub garmin: GarminSimulator,
    pub history: Vec<Workout>,
    _turn: MutexGuard<'static, ()>,
}

/// How a world begins.
pub struct Beginning {
    pub workouts: usize,
    pub session: Options,
    /// Whether a panel shows tray icons.
    pub panel: bool,
}

impl Default for Beginning {
    fn default() -> Beginning {
        Beginning { workouts: 6, session: Options::default(), panel: true }
    }
}

impl World {
    /// A person with a history at Peloton and an empty Garmin account that asks for one-time codes, who has not started
    /// Baton yet. `None` where this computer lacks a program for it, which is printed.
    #[expect(clippy::needless_pass_by_value, reason = "each test says its beginning where it begins")]
    pub fn new(beginning: Beginning) -> Option<World> {
        let missing = session::missing();
        if !missing.is_empty() {
            println!("skipped: the desktop app is not tested without {}", missing.join(", "));
            return None;
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let peloton = PelotonSimulator::start().unwrap();
        peloton.add_user(peloton::NewUser::new(EMAIL, PELOTON_PASSWORD));
        let history = generate::history(1, beginning.workouts, chrono::Utc::now().timestamp() - 3600);
        peloton.add_all(&history);
        let garmin = GarminSimulator::start().unwrap();
        garmin.add_user(garmin::NewUser::new(EMAIL, GARMIN_PASSWORD).with_mfa(MfaMethod::Email));
        let mut session = Session::start(&beginning.session);
        let panel = beginning.panel.then(|| Panel::start(&session));
        let windows = Windows::of(&session);
        let path = |name: &str| session.path().join(name).to_string_lossy().into_owned();
        let (home, endpoints) = (path("home"), path("endpoints.toml"));
        session.set("BATON_HOME", home);
        session.set("BATON_ENDPOINTS", endpoints);
        let world = World { app: None, panel, windows, session, peloton, garmin, history, _turn: turn };
        world.write_endpoints(&world.garmin.endpoints_toml());
        Some(world)
    }

    /// The same, both accounts connected, with a route between them, and nothing sent yet. The workouts were made after
    /// the last look, so that nothing happens before somebody asks for it or the hour is over.
    pub fn ready(beginning: Beginning) -> Option<World> {
        let workouts = beginning.workouts;
        let mut world = World::new(Beginning { workouts: 0, ..beginning })?;
        world.connect_peloton();
        world.connect_garmin();
        world.baton(&["routes", "add", "peloton", "garmin", "--since", "all"]);
        world.baton(&["config", "set", "schedule.after_waking", "false"]);
        world.baton(&["sync", "--quiet"]);
        world.history = generate::history(1, workouts, chrono::Utc::now().timestamp() - 3600);
        world.peloton.add_all(&world.history);
        world.prefer(&json!({}));
        Some(world)
    }

    /// Signs in at Peloton from the command line, into the same vault.
    pub fn connect_peloton(&self) {
        let mut command = self.command(&["connect", "peloton", "--method", "password"]);
        command.env("PELOTON_USERNAME", EMAIL).env("PELOTON_PASSWORD", PELOTON_PASSWORD);
        well(&command.output().unwrap());
    }

    /// The same at Garmin, with a one-time code.
    pub fn connect_garmin(&self) {
        let mut command = self.command(&["connect", "garmin", "--method", "password"]);
        command.env("GARMIN_USERNAME", EMAIL).env("GARMIN_PASSWORD", GARMIN_PASSWORD).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let code = self.code();
        std::io::Write::write_all(&mut input, format!("{code}\n").as_bytes()).unwrap();
        drop(input);
        well(&child.wait_with_output().unwrap());
    }

    /// The one-time code that Garmin has sent, once it has.
    pub fn code(&self) -> String {
        eventually("a one-time code", || self.garmin.code(EMAIL))
    }

    /// Puts a program in the place of the system's browser that writes down the pages it is to open.
    pub fn watch_the_browser(&mut self) {
        let folder = self.session.path().join("bin");
        std::fs::create_dir_all(&folder).unwrap();
        let program = folder.join("xdg-open");
        let opened = self.opened();
        let script = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >>'{}'\n", opened.display());
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        self.session.set("PATH", format!("{}:{path}", folder.display()));
    }

    fn opened(&self) -> PathBuf {
        self.session.path().join("opened")
    }

    /// What a person does with the page that was opened in the browser as the `number`th, from 0: `allow` tells where the
    /// vendor sends the browser then, and it goes there. The answer is a page that says that it can be closed.
    pub fn allows_in_the_browser(&self, number: usize, allow: impl FnOnce(&str) -> String) {
        let page = eventually("the page in the browser", || {
            std::fs::read_to_string(self.opened()).ok()?.lines().nth(number).map(str::to_owned)
        });
        let redirect = allow(&page);
        let answer = Command::new("curl").args(["-sS", "--max-time", "20", &redirect]).output().unwrap();
        assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    }

    /// Replaces the `[garmin]` table of the endpoints file; Peloton's stays.
    pub fn write_endpoints(&self, garmin: &str) {
        let text = format!("pace = 0\n{}\n{garmin}", self.peloton.endpoints_toml());
        std::fs::write(self.session.path().join("endpoints.toml"), text).unwrap();
    }

    /// The app's data directory.
    pub fn home(&self) -> PathBuf {
        self.session.path().join("home")
    }

    /// Sets preferences as the app keeps them, the welcome over.
    pub fn prefer(&self, preferences: &Value) {
        let mut all =
            json!({ "welcomed": true, "close_explained": true, "news_seen": env!("CARGO_PKG_VERSION") });
        for (name, value) in preferences.as_object().unwrap() {
            all[name] = value.clone();
        }
        std::fs::create_dir_all(self.home()).unwrap();
        std::fs::write(self.home().join("preferences.json"), all.to_string()).unwrap();
    }

    /// The command-line program in the same session, on the same data.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.session.command(baton_tests::program::baton());
        command.args(arguments);
        command
    }

    /// Runs it to its end.
    pub fn baton(&self, arguments: &[&str]) -> String {
        well(&self.command(arguments).output().unwrap())
    }

    /// Starts the app with its window under WebDriver.
    pub fn open(&mut self) {
        self.app = None;
        self.app = Some(App::driven(&self.session, app::program()));
    }

    /// Starts the app as a person does.
    pub fn start(&mut self, arguments: &[&str]) {
        self.app = None;
        self.app = Some(App::plain(&self.session, app::program(), arguments));
    }

    pub fn page(&self) -> &Page {
        self.app.as_ref().unwrap().page()
    }

    pub fn panel(&self) -> &Panel {
        self.panel.as_ref().unwrap()
    }

    /// The workouts that should arrive at Garmin.
    pub fn expected(&self) -> usize {
        self.history.iter().filter(|workout| workout.truth.skip.is_none()).count()
    }

    /// The workout that began last.
    pub fn newest(&self) -> &Workout {
        self.history
            .iter()
            .filter(|workout| workout.truth.skip.is_none())
            .max_by_key(|it| it.truth.start)
            .unwrap()
    }

    /// Waits until every workout is at Garmin, and checks that each came once and none was offered twice.
    pub fn all_arrive_once(&self) {
        until("all activities at Garmin", || self.garmin.activities().len() >= self.expected());
        let mut arrived: Vec<i64> = self.garmin.activities().iter().map(|it| it.facts.start).collect();
        let mut expected: Vec<i64> =
            self.history.iter().filter(|it| it.truth.skip.is_none()).map(|it| it.truth.start).collect();
        arrived.sort_unstable();
        expected.sort_unstable();
        assert_eq!(arrived, expected, "each once");
        let twice = |upload: &&garmin::Upload| matches!(upload.outcome, UploadOutcome::Duplicate(_));
        assert_eq!(self.garmin.uploads_received().iter().filter(twice).count(), 0, "offered twice");
        self.assert_polite();
    }

    /// Checks that no service was asked for anything in a way that it would not take.
    pub fn assert_polite(&self) {
        assert_eq!(self.peloton.violations(), Vec::<String>::new());
        assert_eq!(self.garmin.violations(), Vec::<String>::new());
    }

    /// Keeps what a failed test looked like.
    fn keep(&self, folder: &Path) {
        let _ = std::fs::create_dir_all(folder);
        if let Some(screen) = self.windows.screen()
            && let Err(error) = screen.save(&folder.join("screen.png"))
        {
            println!("no picture of the screen: {error}");
        }
        let Some(app) = &self.app else { return };
        let _ = std::fs::write(folder.join("said.log"), app.said());
        if let Some(page) = app.reachable_page() {
            let _ = std::fs::write(folder.join("page.html"), page.source());
            page.picture(&folder.join("window.png"));
        }
        for log in std::fs::read_dir(self.home().join("logs")).into_iter().flatten().flatten() {
            let _ = std::fs::copy(log.path(), folder.join(log.file_name()));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../desktop-failures").join(test);
            self.keep(&folder);
            println!("what it looked like: {}", folder.display());
        }
    }
}
