//! `baton` as the examples under `docs/` run it: the very commands and variables of the systemd units and of the container.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use baton_tests::program::{PASSPHRASE, baton, stderr, well};
use rustix::process::{Pid, Signal, kill_process};

use crate::scale::Scale;
use crate::world::EMAIL;

const PATIENCE: Duration = Duration::from_mins(1);

/// How an example starts the program.
struct Example {
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

fn text(path: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples");
    std::fs::read_to_string(examples.join(path)).unwrap()
}

/// The values of all lines `NAME=VALUE` of a unit, or `NAME VALUE` of a Containerfile.
fn values<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(['=', ' '])).collect()
}

fn variables(lines: &[&str]) -> Vec<(String, String)> {
    let pairs = lines.iter().flat_map(|line| line.split_whitespace());
    pairs.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}

impl Example {
    fn unit(name: &str) -> Example {
        let text = text(&format!("systemd/{name}"));
        let [line] = values(&text, "ExecStart")[..] else { panic!("{name}: one ExecStart") };
        let mut words = line.split_whitespace().map(str::to_owned);
        assert_eq!(words.next().as_deref(), Some("/usr/bin/baton"), "{name}");
        Example { arguments: words.collect(), variables: variables(&values(&text, "Environment")) }
    }

    fn container() -> Example {
        let text = text("container/Containerfile");
        let words = |name: &str| -> Vec<String> { serde_json::from_str(values(&text, name)[0]).unwrap() };
        assert_eq!(words("ENTRYPOINT"), ["/usr/bin/baton"]);
        Example { arguments: words("CMD"), variables: variables(&values(&text, "ENV")) }
    }

    /// The command on this computer: its data directory and its passphrase lie elsewhere, and the simulators' addresses are
    /// named. Nothing else is in its environment but the path.
    fn command(&self, scale: &Scale) -> Command {
        let computer = &scale.computer;
        let credentials = computer.path().join("credentials");
        std::fs::create_dir_all(&credentials).unwrap();
        std::fs::write(credentials.join("passphrase"), PASSPHRASE).unwrap();
        let mut command = Command::new(baton());
        command.args(&self.arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("BATON_ENDPOINTS", computer.path().join("endpoints.toml"));
        for (name, value) in &self.variables {
            match value.as_str() {
                "%S/baton" | "/data" => command.env(name, computer.home()),
                "%d/passphrase" | "/run/secrets/passphrase" => {
                    command.env(name, credentials.join("passphrase"))
                }
                value => command.env(name, value),
            };
        }
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Waits until it is so.
fn wait(what: &str, child: &mut Child, is_so: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none() && Instant::now() < until, "{what} did not come: {ended:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Sends the order to end that systemd and containers send. Gives what the program said.
fn terminate(child: Child) -> String {
    let began = Instant::now();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // systemd loses its patience after 90 s, a container after 10 s.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    stderr(&output)
}

#[test]
fn the_watching_service_syncs_at_once_and_ends_when_it_is_told_to() {
    for example in [Example::unit("baton-watch.service"), Example::container()] {
        let scale = Scale::connected();
        let mut service = example.command(&scale).spawn().unwrap();
        wait("the first sync", &mut service, || {
            let runs = scale.computer.run_well(["history", "--json"]);
            runs.lines().any(|run| !run.contains("\"finished\":null"))
        });
        scale.assert_all_arrived_once();
        assert_eq!(scale.trainerroad.writes().len(), 1);
        let said = terminate(service);
        assert!(said.contains("Stopping."), "{said}");
        assert_eq!(scale.computer.run_well(["history", "--json"]).lines().count(), 1, "one sync and no more");
        scale.assert_polite();
    }
}

#[test]
fn the_service_that_is_told_to_end_in_the_middle_goes_on_next_time() {
    let scale = Scale::connected();
    let mut service = Example::unit("baton-watch.service").command(&scale).spawn().unwrap();
    wait("a blood pressure", &mut service, || !scale.garmin.blood_pressures(EMAIL).is_empty());
    terminate(service);
    scale.computer.run_well(["sync"]);
    scale.assert_all_arrived_once();
    scale.assert_polite();
}

#[test]
fn the_timers_service_syncs_once_and_ends() {
    let scale = Scale::connected();
    let example = Example::unit("baton-sync.service");
    well(&example.command(&scale).output().unwrap());
    scale.assert_all_arrived_once();
    // Somebody must sign in: the unit fails and shows it.
    scale.withings.revoke(crate::scale::CLIENT, scale.userid);
    assert_eq!(example.command(&scale).output().unwrap().status.code(), Some(3));
    scale.assert_polite();
}
