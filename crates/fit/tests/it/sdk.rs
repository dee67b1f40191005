//! Garmin's own decoder of FIT files (the PyPI package `garmin-fit-sdk`), the judge of what is written and read.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The Python with the SDK: `BATON_PYTHON`, or the repository's own environment.
fn python(root: &Path) -> PathBuf {
    let python =
        std::env::var_os("BATON_PYTHON").map_or_else(|| root.join(".venv/bin/python"), PathBuf::from);
    assert!(
        python.exists(),
        "the FIT oracle needs Python with garmin-fit-sdk at {}: run scripts/python-env.sh, or name one in BATON_PYTHON",
        python.display()
    );
    python
}

/// What it reads in each file, in their order, as `tests/python/fit_oracle.py` describes it; and whether all are sound.
pub fn read(options: &[&str], paths: &[PathBuf]) -> (Vec<Value>, bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(python(&root))
        .arg(root.join("tests/python/fit_oracle.py"))
        .args(options)
        .args(paths)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let read: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read.len(), paths.len(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    (read, output.status.success())
}
