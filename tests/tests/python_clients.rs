//! Other people's clients against the simulated Garmin Connect: that they sign in, upload and renew their tokens
//! shows that the simulator behaves like the service they were written for.

#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::path::{Path, PathBuf};
use std::process::Command;

use baton_tests::garmin::sample::{SampleActivity, fit_file};
use baton_tests::garmin::{GarminSimulator, read_file};
use serde_json::Value;
use tempfile::TempDir;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a script of `tests/python` in the project's Python environment and gives what it printed.
///
/// # Panics
/// If the environment is missing or the script fails; what it said is in the message.
fn run(script: &str, arguments: &[&str], home: &Path) -> String {
    let python = folder().join("../.venv/bin/python");
    assert!(python.exists(), "there is no {}: run scripts/python-env.sh first", python.display());
    let output = Command::new(&python)
        .arg(folder().join("python").join(script))
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("GARTH_TELEMETRY_ENABLED", "false")
        // Nothing listens there: whatever is not meant for the simulator fails instead of leaving this computer.
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("NO_PROXY", "127.0.0.1,localhost")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} failed:\n{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn sample_in(home: &TempDir) -> PathBuf {
    let path = home.path().join("ride.fit");
    std::fs::write(&path, fit_file(&SampleActivity::default())).unwrap();
    path
}

fn drive(script: &str) -> GarminSimulator {
    let simulator = GarminSimulator::start().unwrap();
    let home = tempfile::tempdir().unwrap();
    let sample = sample_in(&home);
    let tokens = home.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    run(script, &[simulator.base(), sample.to_str().unwrap(), tokens.to_str().unwrap()], home.path());
    simulator
}

#[test]
fn garth_signs_in_uploads_and_renews() {
    let simulator = drive("garth_client.py");
    assert_eq!(simulator.activities().len(), 1);
    assert_eq!(simulator.duplicates(), 1);
    assert_eq!(simulator.activities()[0].owner_email, "mail@example.org");
}

#[test]
fn garminconnect_signs_in_every_way_uploads_and_refreshes() {
    let simulator = drive("garminconnect_client.py");
    assert_eq!(simulator.uploads_received().len(), 2);
    assert_eq!(simulator.duplicates(), 1);
    assert_eq!(simulator.refreshes(), 1);
}

#[test]
fn garmins_own_decoder_finds_what_the_simulator_finds() {
    let home = tempfile::tempdir().unwrap();
    let sample = sample_in(&home);
    let found: Value =
        serde_json::from_str(&run("check_sample.py", &[sample.to_str().unwrap()], home.path())).unwrap();
    let facts = read_file("ride.fit", &std::fs::read(&sample).unwrap()).unwrap();
    let facts = serde_json::to_value(facts).unwrap();
    for (name, value) in found.as_object().unwrap() {
        let same = facts[name] == *value || facts[name].as_f64() == value.as_f64();
        assert!(same, "{name}: {} by the simulator, {value} by Garmin's decoder", facts[name]);
    }
}
