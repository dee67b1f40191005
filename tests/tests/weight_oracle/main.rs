//! Weight files in the eyes of Garmin's own decoder: what went in comes out, rounded to each field's resolution.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod files;
mod samples;

use baton_core::Time;
use baton_tests::fit_sdk::read_by_garmin;
use serde_json::Value;

/// The weight_scale messages of a weight file.
fn weigh_ins(bytes: &[u8]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weight.fit");
    std::fs::write(&path, bytes).unwrap();
    let read = read_by_garmin(&[path]).remove(0);
    assert_eq!(
        (&read["is_fit"], &read["integrity"], &read["errors"]),
        (&true.into(), &true.into(), &Value::Array(vec![]))
    );
    assert_eq!(read["file_id"][0]["type"], "weight");
    read["weight_scale"].as_array().unwrap().clone()
}

/// Unix seconds.
fn time(message: &Value) -> i64 {
    message["timestamp"].as_str().unwrap().parse::<Time>().unwrap().timestamp()
}

/// A field in whole numbers of its resolution; `None` where the message does not hold it.
fn whole(message: &Value, field: &str, parts: f64) -> Option<i64> {
    message.get(field).and_then(Value::as_f64).map(|value| {
        let whole = value * parts;
        assert!((whole - whole.round()).abs() < 1e-6, "{field} is {value}, between two of its steps");
        whole.round() as i64
    })
}
