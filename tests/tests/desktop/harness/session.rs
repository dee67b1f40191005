//! A desktop session of a test's own, made by `scripts/desktop-session.sh`: nothing of the computer's real session is
//! seen or touched, and whatever was started in it ends with it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;

use super::{eventually, processes};

/// Programs that a session and its tests need.
const PROGRAMS: &[&str] =
    &["Xvfb", "dbus-daemon", "dbus-send", "gnome-keyring-daemon", "xdotool", "WebKitWebDriver"];
/// Marks every process of a session, whatever becomes of its parent.
const MARK: &str = "BATON_TEST_SESSION";

/// The programs that are missing on this computer.
pub fn missing() -> Vec<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    let mut missing: Vec<&str> = PROGRAMS.iter().copied().filter(|name| !found(name)).collect();
    if driver().is_none() {
        missing.push("tauri-driver");
    }
    missing
}

/// Where `tauri-driver` is: where `TAURI_DRIVER` says, else where `scripts/tauri-driver.sh` finds it.
pub fn driver() -> Option<&'static Path> {
    static DRIVER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = DRIVER.get_or_init(|| {
        if let Some(named) = std::env::var_os("TAURI_DRIVER") {
            return Some(PathBuf::from(named));
        }
        let output =
            Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/tauri-driver.sh")).output().ok()?;
        let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        (output.status.success() && path.is_file()).then_some(path)
    });
    found.as_deref()
}

/// What kind of session.
#[derive(Debug, Clone)]
pub struct Options {
    /// `LC_ALL` of every program in it.
    pub locale: String,
    pub keyring: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { locale: "en_GB.UTF-8".into(), keyring: true }
    }
}

/// A running session; everything in it is ended when dropped.
pub struct Session {
    folder: TempDir,
    script: Child,
    /// While it is open, the session lives: it ends with this process, however that ends.
    alive: Option<ChildStdin>,
    variables: BTreeMap<String, String>,
    mark: String,
}

impl Session {
    /// # Panics
    /// Where it does not come up.
    pub fn start(options: &Options) -> Session {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let environment = folder.path().join("environment");
        let mark = uuid::Uuid::new_v4().simple().to_string();
        let mut script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/desktop-session.sh"));
        script.arg("--home").arg(folder.path().join("user")).arg("--environment").arg(&environment);
        if !options.keyring {
            script.arg("--no-keyring");
        }
        let mut script = script
            .arg("cat")
            .env(MARK, &mark)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the session's script starts");
        let alive = script.stdin.take();
        let text = eventually("a desktop session", || {
            if let Ok(Some(status)) = script.try_wait() {
                panic!("the session ended: {status}");
            }
            std::fs::read_to_string(&environment).ok()
        });
        let mut variables: BTreeMap<String, String> = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        variables.insert("LC_ALL".into(), options.locale.clone());
        variables.insert(MARK.into(), mark.clone());
        Session { folder, script, alive, variables, mark }
    }

    /// The folder of the session, for files of the test's own.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// # Panics
    /// Where the session has no such variable.
    pub fn variable(&self, name: &str) -> &str {
        self.variables.get(name).unwrap_or_else(|| panic!("the session has no {name}"))
    }

    /// Adds a variable for every program that is started from now on.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(name.into(), value.into());
    }

    /// Takes a variable away again.
    pub fn unset(&mut self, name: &str) {
        self.variables.remove(name);
    }

    /// A program in this session, with its variables and no others, in a process group of its own.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        command
    }

    /// Runs a program to its end; what it printed, or nothing where it failed.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn output<S: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Option<String> {
        let output = self.command(program).args(arguments).output().expect("the program starts");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Every process of this session.
    pub fn processes(&self) -> Vec<i32> {
        processes::marked(MARK, &self.mark)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The script cleans up when its command ends.
        if let Some(mut alive) = self.alive.take() {
            let _ = alive.flush();
        }
        for _ in 0..100 {
            if !matches!(self.script.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        processes::end(|| processes::marked(MARK, &self.mark));
        let _ = self.script.wait();
    }
}
