//! Real payloads, where a developer has some: what Garmin's decoder reads must be what the payload itself says.

use std::path::PathBuf;

use baton_core::LapStyle;
use serde_json::Value;

use crate::sdk::{decode, seconds};

fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("BATON_SAMPLE_DATA").map(PathBuf::from);
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    given.or(Some(beside)).map(|folder| folder.join("peloton")).filter(|folder| folder.is_dir())
}

/// A summary's value in SI units.
fn summary(graph: &Value, slug: &str) -> Option<f64> {
    let found = graph["summaries"].as_array()?.iter().find(|summary| summary["slug"] == slug)?;
    let factor = match found["display_unit"].as_str()?.to_lowercase().as_str() {
        "mi" => 1609.344,
        "km" | "kj" => 1000.0,
        _ => 1.0,
    };
    Some(found["value"].as_f64()? * factor)
}

#[test]
fn real_payloads_keep_their_values() {
    let Some(folder) = folder() else {
        println!("skipped: no sample data for Peloton");
        return;
    };
    let mut payloads: Vec<(String, Vec<u8>)> = Vec::new();
    for file in std::fs::read_dir(folder).unwrap().flatten() {
        let bytes = std::fs::read(file.path()).unwrap();
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else { continue };
        if value["workout"].is_object() && value["performance_graph"].is_object() {
            payloads.push((file.file_name().to_string_lossy().into_owned(), bytes));
        }
    }
    payloads.sort();
    assert!(payloads.len() >= 9, "only {} whole payloads", payloads.len());
    for ((_, bytes), file) in payloads.iter().zip(decode(&payloads, LapStyle::Auto)) {
        let payload: Value = serde_json::from_slice(bytes).unwrap();
        let (workout, graph) = (&payload["workout"], &payload["performance_graph"]);
        let (session, name) = (file.session(), &file.name);
        // The recorded start, or earlier where the samples do not fit between start and end.
        let recorded = workout["start_time"].as_i64().unwrap();
        let start = seconds(&session["start_time"]);
        assert!((recorded - 300..=recorded).contains(&start), "{name}: started {start}, recorded {recorded}");
        if let Some(end) = workout["end_time"].as_i64() {
            assert!((seconds(&session["timestamp"]) - end).abs() <= 6, "{name}: end");
        }
        for (slug, field, tolerance) in
            [("distance", "total_distance", 1.0), ("calories", "total_calories", 0.5)]
        {
            if let Some(value) = summary(graph, slug).filter(|value| *value > 0.0) {
                let got = session[field].as_f64().unwrap_or_default();
                assert!((got - value).abs() <= tolerance, "{name}: {field} {got}, not {value}");
            }
        }
        if let Some(work) = workout["total_work"].as_f64().filter(|work| *work > 0.0) {
            let got = session["total_work"].as_f64().unwrap_or_default();
            assert!((got - work).abs() <= 1.0, "{name}: work {got}, not {work}");
        }
        let metrics = graph["metrics"].as_array().cloned().unwrap_or_default();
        let values = |slug: &str| -> Vec<f64> {
            let metric = metrics.iter().find(|metric| metric["slug"] == slug);
            metric
                .and_then(|metric| metric["values"].as_array())
                .map_or_else(Vec::new, |values| values.iter().filter_map(Value::as_f64).collect())
        };
        let beats: Vec<f64> = values("heart_rate").into_iter().filter(|beats| *beats > 0.0).collect();
        let records = file.all("records");
        let with_heart_rate = records.iter().filter(|record| record["heart_rate"].is_number()).count();
        assert_eq!(with_heart_rate, beats.len(), "{name}: heart rates");
        if !beats.is_empty() {
            let average = beats.iter().sum::<f64>() / beats.len() as f64;
            let got = session["avg_heart_rate"].as_f64().unwrap();
            assert!((got - average).abs() <= 2.0, "{name}: heart rate {got}, not {average}");
        }
        let watts = values("output");
        if !watts.is_empty() {
            let highest = watts.iter().copied().fold(0.0, f64::max).round();
            assert_eq!(session["max_power"].as_f64(), Some(highest), "{name}: highest power");
        }
        let offsets = graph["seconds_since_pedaling_start"].as_array().map_or(0, Vec::len);
        if !metrics.is_empty() {
            assert_eq!(records.len(), offsets, "{name}: one record for each sample");
        }
        let tracked =
            &workout["movement_tracker_data"]["completed_movements_summary_data"]["repetition_summary_data"];
        if let Some(tracked) = tracked.as_array().filter(|tracked| !tracked.is_empty()) {
            let active = file.all("sets").iter().filter(|set| set["set_type"] == "active").count();
            assert_eq!(active, tracked.len(), "{name}: sets");
        }
        let laps = file.all("laps");
        let covered: f64 = laps.iter().filter_map(|lap| lap["total_elapsed_time"].as_f64()).sum();
        let elapsed = session["total_elapsed_time"].as_f64().unwrap();
        assert!(
            !laps.is_empty() && (covered - elapsed).abs() < 1.0,
            "{name}: laps cover {covered} of {elapsed} s"
        );
    }
}
