//! Garmin's own decoder of FIT files (the PyPI package `garmin-fit-sdk`), which is the judge of what Baton writes.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What it reads in each file, in their order: the object that `tests/python/fit_oracle.py` describes. Python is the
/// tree's own environment, or what `BATON_PYTHON` names.
///
/// # Panics
/// Where the decoder is missing, or finds an error in a file.
pub fn read_by_garmin(paths: &[PathBuf]) -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let python =
        std::env::var_os("BATON_PYTHON").map_or_else(|| root.join(".venv/bin/python"), PathBuf::from);
    assert!(python.exists(), "Garmin's decoder is missing: run scripts/python-env.sh");
    let mut decoder = Command::new(python);
    decoder.arg(root.join("tests/python/fit_oracle.py")).args(paths);
    let output = decoder.output().expect("Python starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let read: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON each")).collect();
    assert_eq!(read.len(), paths.len());
    read
}
