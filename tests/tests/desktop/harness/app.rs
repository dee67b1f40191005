//! The desktop app itself: where it is, how it is started with a driver and without, and what it says.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use super::page::Page;
use super::session::{self, Session};
use super::{processes, until};

/// Tells where the app is: where `BATON_DESKTOP` says, else it is built once with the window's pages in it.
///
/// # Panics
/// Where it does not build.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(program) = std::env::var_os("BATON_DESKTOP") {
            return PathBuf::from(program).canonicalize().expect("BATON_DESKTOP names a program");
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        if !root.join("dist/index.html").is_file() {
            let built = Command::new("npm").args(["run", "--silent", "build:ui"]).current_dir(&root).status();
            assert!(built.is_ok_and(|status| status.success()), "the window's pages do not build");
        }
        build("baton-desktop", &["--features", "custom-protocol"])
    })
}

/// Builds a program of the workspace beside this one, and says where it is.
///
/// # Panics
/// Where it does not build.
pub fn build(package: &str, arguments: &[&str]) -> PathBuf {
    // target/debug/deps/<this test> -> target/debug
    let test = std::env::current_exe().expect("a test knows its own program");
    let folder = test.ancestors().nth(2).expect("tests lie in target/<profile>/deps");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--locked", "-p", package]).args(arguments);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    build.env("CARGO_TARGET_DIR", folder.parent().expect("a profile lies in the target folder"));
    assert!(build.status().expect("cargo is there").success(), "{package} does not build");
    folder.join(package)
}

/// The running app.
pub struct App {
    /// Its window, where it was started through the driver.
    page: Option<Page>,
    /// The driver, or the app itself.
    started: Child,
    pid: i32,
    said: PathBuf,
}

impl App {
    /// Starts the program through a driver of its own, and waits for its window.
    ///
    /// # Panics
    /// Where it shows none.
    pub fn driven(session: &Session, program: &Path) -> App {
        let (port, native) = (free_port(), free_port());
        let said = fresh_file(session);
        let mut started = session
            .command(session::driver().expect("tauri-driver is there"))
            .args(["--port", &port.to_string(), "--native-port", &native.to_string()])
            .stdout(Stdio::null())
            .stderr(File::create(&said).expect("the session's folder can be written"))
            .spawn()
            .expect("tauri-driver starts");
        let listens = |port: u16| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        until("tauri-driver", || {
            if let Ok(Some(status)) = started.try_wait() {
                panic!("tauri-driver ended: {status}");
            }
            listens(port) && listens(native)
        });
        let page = Page::open(port, program, &[]);
        let driver = i32::try_from(started.id()).expect("a process id");
        let wanted = program.file_name().unwrap_or_default().to_string_lossy();
        let pid = processes::family(driver)
            .into_iter()
            .find(|pid| processes::name(*pid) == wanted)
            .expect("the driver has started the app");
        App { page: Some(page), started, pid, said }
    }

    /// Starts the program as a person does; whether and what it shows is seen from outside only.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn plain(session: &Session, program: &Path, arguments: &[&str]) -> App {
        let said = fresh_file(session);
        let file = File::create(&said).expect("the session's folder can be written");
        let started = session
            .command(program)
            .args(arguments)
            .stdout(file.try_clone().expect("a file can be shared"))
            .stderr(file)
            .spawn()
            .expect("the app starts");
        let pid = i32::try_from(started.id()).expect("a process id");
        App { page: None, started, pid, said }
    }

    /// # Panics
    /// Where it was started without a driver.
    pub fn page(&self) -> &Page {
        self.page.as_ref().expect("started through the driver")
    }

    /// Its window, where it can be reached.
    pub fn reachable_page(&self) -> Option<&Page> {
        self.page.as_ref()
    }

    /// The app's process, and those of its web views.
    pub fn processes(&self) -> Vec<i32> {
        processes::family(self.pid)
    }

    /// The processes that draw web pages.
    pub fn web_views(&self) -> Vec<i32> {
        self.processes().into_iter().filter(|pid| processes::name(*pid) == "WebKitWebProcess").collect()
    }

    pub fn pid(&self) -> i32 {
        self.pid
    }

    pub fn is_running(&mut self) -> bool {
        if self.page.is_none() {
            // One that has ended stays a zombie until it is asked for.
            let _ = self.started.try_wait();
        }
        processes::is_alive(self.pid)
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    /// Where it goes on.
    pub fn ends(&mut self) {
        until("the app to end", || !self.is_running());
    }

    /// Everything that it (and its driver) wrote to standard error.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.said).unwrap_or_default()).into_owned()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.page = None;
        let driver = i32::try_from(self.started.id()).unwrap_or_default();
        // All at once: what the driver started would otherwise be nobody's child.
        let mut all = processes::family(self.pid);
        all.extend(processes::family(driver));
        processes::end(|| all.clone());
        let _ = self.started.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// Each start of the app has a file of its own for what it says.
fn fresh_file(session: &Session) -> PathBuf {
    let number = (1..1000_u32).find(|number| !session.path().join(format!("said-{number}.log")).exists());
    session.path().join(format!("said-{}.log", number.unwrap_or_default()))
}
