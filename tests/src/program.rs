//! The real `baton` program as a test runs it: with a home of its own, a vault under a passphrase, and every vendor's
//! address replaced by a simulator's.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The passphrase of every test's vault; searched for by the test of secrets.
pub const PASSPHRASE: &str = "only-for-tests-3f9a1c";

/// Tells where `baton` is: where `BATON_PROGRAM` says, else it is built once (nothing to do where it is up to date).
///
/// # Panics
/// Where it does not build.
pub fn baton() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(program) = std::env::var_os("BATON_PROGRAM") {
            return PathBuf::from(program);
        }
        // target/debug/deps/<this test> -> target/debug
        let test = std::env::current_exe().expect("a test knows its own program");
        let folder = test.ancestors().nth(2).expect("tests lie in target/<profile>/deps");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--locked", "-p", "baton-cli"]);
        if folder.ends_with("release") {
            build.arg("--release");
        }
        build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        build.env("CARGO_TARGET_DIR", folder.parent().expect("a profile lies in the target folder"));
        assert!(build.status().expect("cargo is there").success(), "`baton` does not build");
        folder.join(format!("baton{}", std::env::consts::EXE_SUFFIX))
    })
}

/// One user's computer.
pub struct Computer {
    folder: TempDir,
    endpoints: String,
}

impl Computer {
    /// `endpoints` are the simulators' tables, as their `endpoints_toml()` gives them.
    ///
    /// # Panics
    /// Where no folder for temporary files can be made.
    pub fn new(endpoints: &[String]) -> Computer {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let endpoints = format!("pace = 0\n{}", endpoints.join("\n"));
        std::fs::write(folder.path().join("endpoints.toml"), &endpoints).expect("the folder can be written");
        Computer { folder, endpoints }
    }

    /// The folder of this computer, for files of the test's own.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program's data directory.
    pub fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    /// The endpoints file's text.
    pub fn endpoints(&self) -> &str {
        &self.endpoints
    }

    /// `baton` with these arguments, in this computer's environment and nothing else's.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(baton());
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("BATON_HOME", self.home())
            .env("BATON_ENDPOINTS", self.path().join("endpoints.toml"))
            .env("BATON_VAULT", "file")
            .env("BATON_VAULT_PASSPHRASE", PASSPHRASE)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs `baton` to its end.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        self.command(arguments).output().expect("baton starts")
    }

    /// Runs `baton` to its end and expects it to do all that it was asked.
    ///
    /// # Panics
    /// With everything it said, where its exit code is not 0.
    pub fn run_well<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        well(&self.run(arguments))
    }

    /// Runs `baton` with these lines on its standard input.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn answer<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>, lines: &[&str]) -> Output {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("baton starts");
        // It may end before it has read everything, as after a wrong password.
        let _ = write_lines(&mut child, lines);
        child.wait_with_output().expect("baton ends")
    }
}

impl Computer {
    /// Signs in with keys of one's own by pasting the address that the browser shows in the end, and expects it to work.
    /// `browse` is the person in the browser: it takes the address to open and gives the one that it ends at.
    ///
    /// # Panics
    /// With everything the program said, where it does not end well.
    pub fn connect_by_pasting(
        &self,
        service: &str,
        client_id: &str,
        client_secret: &str,
        browse: impl Fn(&str) -> String,
    ) {
        well(&self.try_to_connect_by_pasting(service, client_id, client_secret, browse));
    }

    /// The same, however it ends. `browse` is not asked where the program tells no address to open.
    ///
    /// # Panics
    /// Where the program cannot be started.
    pub fn try_to_connect_by_pasting(
        &self,
        service: &str,
        client_id: &str,
        client_secret: &str,
        browse: impl Fn(&str) -> String,
    ) -> Output {
        let mut command = self.command(["connect", service, "--method", "paste"]);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("baton starts");
        let mut input = child.stdin.take().expect("its input is ours");
        writeln!(input, "{client_id}\n{client_secret}").expect("it reads the keys");
        let mut talk = BufReader::new(child.stderr.take().expect("its talk is ours"));
        let mut said = String::new();
        while let Ok(1..) = talk.read_line(&mut said) {
            let line = said.lines().next_back().unwrap_or_default();
            let address = line.find("http").and_then(|start| line[start..].split_whitespace().next());
            if let Some(page) = address.filter(|address| address.contains("state=")) {
                // It may have ended meanwhile.
                let _ = writeln!(input, "{}", browse(page));
                break;
            }
        }
        drop(input);
        let _ = talk.read_to_string(&mut said);
        let output = child.wait_with_output().expect("baton ends");
        Output { stderr: said.into_bytes(), ..output }
    }
}

fn write_lines(child: &mut Child, lines: &[&str]) -> std::io::Result<()> {
    let mut input = child.stdin.take().expect("its input is ours");
    for line in lines {
        writeln!(input, "{line}")?;
    }
    Ok(())
}

/// What a program that ended well has printed.
///
/// # Panics
/// With everything it said, where its exit code is not 0.
pub fn well(output: &Output) -> String {
    assert!(output.status.success(), "{}\n{}\n{}", output.status, stdout(output), stderr(output));
    stdout(output)
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
