//! The published payloads, where they are at hand: facts computed from the JSON by other code must come out.

use std::path::{Path, PathBuf};

use baton_core::clean::{Preferences, clean};
use baton_core::{Activity, Item, LapStyle, SetKind};
use serde_json::Value;

use super::activity;
use crate::peloton::wire::Payload;

/// `BATON_SAMPLE_DATA`, else `../shared/data` beside the project or above it.
fn samples() -> Option<PathBuf> {
    let named = std::env::var_os("BATON_SAMPLE_DATA").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/data"));
    let found =
        named.into_iter().chain(above).map(|folder| folder.join("peloton")).find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: no sample data");
    }
    found
}

fn convert(folder: &Path, name: &str) -> (Value, Activity) {
    let bytes = std::fs::read(folder.join(name)).unwrap();
    let payload: Payload = serde_json::from_slice(&bytes).unwrap();
    (serde_json::from_slice(&bytes).unwrap(), activity(&payload).unwrap())
}

fn cleaned(activity: &Activity, laps: LapStyle) -> Activity {
    match clean(Item::Activity(Box::new(activity.clone())), &Preferences { laps }) {
        (Item::Activity(activity), _) => *activity,
        _ => unreachable!("an activity stays one"),
    }
}

fn metric<'a>(raw: &'a Value, slug: &str) -> Option<&'a Vec<Value>> {
    let metrics = raw["performance_graph"]["metrics"].as_array()?;
    metrics.iter().find(|metric| metric["slug"] == slug)?["values"].as_array()
}

fn summary(raw: &Value, slug: &str) -> Option<(f64, String)> {
    let summaries = raw["performance_graph"]["summaries"].as_array()?;
    let summary = summaries.iter().find(|summary| summary["slug"] == slug)?;
    Some((summary["value"].as_f64()?, summary["display_unit"].as_str().unwrap_or_default().to_owned()))
}

// name, start, end, sport, laps by segments, laps by targets, utc offset
type Fact = (&'static str, i64, i64, &'static str, usize, Option<usize>, Option<i32>);

const FACTS: [Fact; 10] = [
    ("cycling_workout.json", 1_619_718_402, 1_619_720_201, "cycling/indoor_cycling", 3, None, Some(-18_000)),
    (
        "cycling_target_metrics.json",
        1_658_162_682,
        1_658_164_481,
        "cycling/indoor_cycling",
        3,
        Some(0),
        Some(-18_000),
    ),
    (
        "ride_based_on_distance.json",
        1_661_713_438,
        1_661_714_085,
        "cycling/indoor_cycling",
        1,
        None,
        Some(-25_200),
    ),
    (
        "3ce6e73be6434462a1940e20c1d61e5a_workout.json",
        1_731_539_716,
        1_731_540_916,
        "cycling/indoor_cycling",
        1,
        None,
        None,
    ),
    (
        "98c87f674a1848068d5aea14f73f3b1e_workout.json",
        1_731_540_930,
        1_731_541_530,
        "cycling/indoor_cycling",
        1,
        None,
        None,
    ),
    ("rower_workout.json", 1_670_191_506, 1_670_192_109, "rowing/indoor_rowing", 6, None, Some(-21_600)),
    ("walking_outdoor_01.json", 1_627_868_727, 1_627_870_527, "walking/generic", 3, None, Some(-18_000)),
    ("tread_run_workout.json", 1_621_328_740, 1_621_330_540, "walking/treadmill", 3, Some(66), Some(-14_400)),
    (
        "strength_guide_with_exercise.json",
        1_677_364_230,
        1_677_364_830,
        "training/strength_training",
        2,
        None,
        None,
    ),
    ("meditation_workout.json", 1_613_884_070, 1_613_884_370, "training/breathing", 1, None, Some(-21_600)),
];

#[test]
fn every_sample_keeps_its_facts() {
    let Some(folder) = samples() else { return };
    for (name, start, end, sport, segments, targets, offset) in FACTS {
        let (raw, activity) = convert(&folder, name);
        let graph = &raw["performance_graph"];
        assert_eq!((activity.start.timestamp(), activity.end().timestamp()), (start, end), "{name}");
        assert_eq!(format!("{}/{}", activity.sport, activity.sub_sport), sport, "{name}");
        assert_eq!(activity.utc_offset, offset, "{name}");
        assert_eq!(activity.segment_laps.len(), segments, "{name}");
        let expected = match targets {
            Some(0) => target_changes(graph),
            other => other.unwrap_or(0),
        };
        assert_eq!(activity.target_laps.len(), expected, "{name}");

        let offsets: Vec<i64> = graph["seconds_since_pedaling_start"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_i64().unwrap())
            .collect();
        let told: Vec<i64> = activity.records.iter().map(|record| record.time.timestamp() - start).collect();
        assert_eq!(told, offsets, "{name}");
        check_totals(name, &raw, &activity);
        check_heart(name, &raw, &activity);
        check_laps(name, &activity);
    }
}

/// Seconds at which any row of the older targets changes, and the first.
fn target_changes(graph: &Value) -> usize {
    let rows: Vec<&Vec<Value>> = graph["target_performance_metrics"]["target_graph_metrics"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| [&row["graph_data"]["upper"], &row["graph_data"]["lower"]])
        .map(|row| row.as_array().unwrap())
        .collect();
    1 + (1..rows[0].len()).filter(|second| rows.iter().any(|row| row[*second] != row[*second - 1])).count()
}

fn check_totals(name: &str, raw: &Value, activity: &Activity) {
    let distance = summary(raw, "distance").map(|(value, unit)| match unit.as_str() {
        "mi" => value * 1609.344,
        "m" => value,
        other => panic!("{other}"),
    });
    assert_eq!(activity.totals.distance, distance, "{name}");
    if let Some(distance) = distance {
        let last = activity.records.last().and_then(|record| record.distance).unwrap();
        assert!((last - distance).abs() < 0.01, "{name}: {last} is not {distance}");
        assert!(activity.records.is_sorted_by(|a, b| a.distance <= b.distance), "{name}");
        // The speeds fit the distances: within what rounding and GPS do.
        let covered: f64 = activity.records.iter().filter_map(|record| record.speed).sum();
        assert!(
            (covered / distance - 1.0).abs() < 0.03,
            "{name}: speeds add up to {covered}, not {distance}"
        );
    }
    let work = raw["workout"]["total_work"].as_f64().filter(|joules| *joules > 0.0);
    assert_eq!(activity.totals.work, work, "{name}");
    let calories = summary(raw, "calories").map(|(value, _)| value.round() as u16);
    assert_eq!(activity.totals.calories, calories, "{name}");
    let power: Vec<u16> = activity.records.iter().filter_map(|record| record.power).collect();
    let watts = metric(raw, "output").map(|values| values.iter().filter_map(Value::as_f64).sum::<f64>());
    let sum = (!power.is_empty()).then(|| power.iter().map(|watts| f64::from(*watts)).sum::<f64>());
    assert_eq!(sum, watts, "{name}");
}

fn check_heart(name: &str, raw: &Value, activity: &Activity) {
    let read: Vec<u64> = metric(raw, "heart_rate")
        .map(|values| values.iter().filter_map(Value::as_u64).filter(|bpm| *bpm > 0).collect())
        .unwrap_or_default();
    let told: Vec<u64> =
        activity.records.iter().filter_map(|record| record.heart_rate).map(u64::from).collect();
    assert_eq!(told, read, "{name}");
    if !read.is_empty() {
        let mean = read.iter().sum::<u64>() as f64 / read.len() as f64;
        let average = cleaned(activity, LapStyle::Auto).totals.avg_heart_rate.unwrap();
        assert!((f64::from(average) - mean).abs() <= 1.0, "{name}: {average} is not {mean}");
    }
}

fn check_laps(name: &str, activity: &Activity) {
    for style in [LapStyle::Auto, LapStyle::Segments, LapStyle::Targets, LapStyle::Distance, LapStyle::None] {
        let cleaned = cleaned(activity, style);
        assert_eq!(cleaned.laps[0].start, activity.start, "{name}");
        assert_eq!(cleaned.laps.last().unwrap().end(), activity.end(), "{name}");
        assert!(cleaned.laps.windows(2).all(|pair| pair[0].end() == pair[1].start), "{name}");
    }
}

#[test]
fn the_strength_sample_has_its_sets() {
    let Some(folder) = samples() else { return };
    let (_, activity) = convert(&folder, "strength_guide_with_exercise.json");
    let active: Vec<_> = activity.sets.iter().filter(|set| set.kind == SetKind::Active).collect();
    let repetitions: Vec<u16> = active.iter().filter_map(|set| set.repetitions).collect();
    assert_eq!(repetitions, [10, 13, 8, 9, 6, 10, 11, 7, 4, 6]);
    let pounds: Vec<f64> =
        active.iter().map(|set| (set.weight.unwrap_or(0.0) / 0.453_592_37).round()).collect();
    assert_eq!(pounds, [10.0, 10.0, 0.0, 10.0, 0.0, 10.0, 15.0, 0.0, 10.0, 0.0]);
    let categories: Vec<u16> = active.iter().filter_map(|set| set.category).collect();
    assert_eq!(categories, [24, 24, 22, 24, 22, 24, 24, 22, 24, 22]);
    assert_eq!((active[0].start - activity.start).num_seconds(), 90);
    assert_eq!(activity.sets.iter().filter(|set| set.kind == SetKind::Rest).count(), 7);
}

#[test]
fn positions_lie_where_they_were() {
    let Some(folder) = samples() else { return };
    let (raw, activity) = convert(&folder, "walking_outdoor_01.json");
    let mut points = std::collections::BTreeMap::new();
    for segment in raw["performance_graph"]["location_data"].as_array().unwrap() {
        for point in segment["coordinates"].as_array().unwrap() {
            let position = (point["latitude"].as_f64().unwrap(), point["longitude"].as_f64().unwrap());
            points.entry(point["seconds_offset_from_start"].as_i64().unwrap()).or_insert(position);
        }
    }
    for record in &activity.records {
        let offset = (record.time - activity.start).num_seconds();
        let told = record.position.map(|position| (position.latitude, position.longitude));
        assert_eq!(told, points.get(&offset).copied(), "second {offset}");
    }
    assert!(activity.records.iter().filter(|record| record.position.is_some()).count() > 1700);
    assert!(activity.totals.ascent.is_some_and(|metres| (metres - 26.0 * 0.3048).abs() < 1e-9));
}

#[test]
fn threshold_power_is_that_of_the_day() {
    let Some(folder) = samples() else { return };
    for (name, watts) in [
        ("cycling_workout.json", Some(154)),
        ("cycling_target_metrics.json", Some(154)),
        ("3ce6e73be6434462a1940e20c1d61e5a_workout.json", Some(163)),
        ("rower_workout.json", None),
        ("meditation_workout.json", None),
    ] {
        let (_, activity) = convert(&folder, name);
        assert_eq!(activity.zones.and_then(|zones| zones.threshold_power), watts, "{name}");
    }
}

/// Prints how long payload bytes to an activity take against serde_json's own parse into a `Value`; the bound is the
/// benchmark's, not this test's, because test builds are not optimised alike.
#[test]
fn parses_about_as_fast_as_json_itself() {
    let Some(folder) = samples() else { return };
    let bytes = std::fs::read(folder.join("cycling_target_metrics.json")).unwrap();
    let best = |run: &dyn Fn() -> usize| {
        let time = || {
            let started = std::time::Instant::now();
            std::hint::black_box(run());
            started.elapsed()
        };
        (0..30).map(|_| time()).min().unwrap_or_default()
    };
    let value = best(&|| {
        serde_json::from_slice::<Value>(&bytes).unwrap().as_object().map_or(0, serde_json::Map::len)
    });
    let ours = best(&|| activity(&serde_json::from_slice::<Payload>(&bytes).unwrap()).unwrap().records.len());
    println!("Value {value:?}, activity {ours:?}");
    assert!(ours < value * 20, "Value {value:?}, activity {ours:?}");
}
