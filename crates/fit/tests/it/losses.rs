//! What each format cannot hold is what `docs/formats.md` says: an activity with every field goes through each format, and
//! the table there is held against what comes out.

use std::collections::BTreeMap;
use std::path::Path;

use baton_core::{Activity, Format, Item};
use baton_fit::{EncodeOptions, decode, encode};

use crate::fields::{self, Outcome, outcome, says_something};
use crate::samples::{self, item, options};

/// An activity with a value in every field that Baton knows.
fn everything() -> Activity {
    let mut activity = samples::walk();
    activity.notes = "Along the river".into();
    activity.instructor = Some("Ana".into());
    activity.gear = Some("Town bike".into());
    activity.lap_distance = Some(1000.0);
    activity.sub_sport = baton_core::SubSport::CASUAL_WALKING;
    activity.remarks = vec!["Something was left out".into()];
    activity.sets = samples::strength().sets;
    activity.sets[0].implements = Some(2);
    // Of a movement that FIT does not know the number only tells names apart.
    for set in activity.sets.iter_mut().filter(|set| set.category == Some(65534)) {
        set.exercise = None;
    }
    for record in &mut activity.records {
        record.temperature = Some(21.3);
        record.grade = Some(2.5);
        record.resistance = Some(50.0);
    }
    let zones = |statistics: &mut baton_core::Statistics| {
        statistics.time_in_heart_rate_zone = vec![100.0, 200.0];
        statistics.time_in_power_zone = vec![150.0];
    };
    zones(&mut activity.totals);
    for lap in &mut activity.laps {
        zones(&mut lap.statistics);
        lap.statistics.intensity_factor = Some(0.9);
        lap.statistics.training_stress_score = Some(12.0);
    }
    activity.segment_laps = vec![activity.laps[1].clone()];
    activity.target_laps = vec![activity.laps[1].clone()];
    activity
}

/// The table's rows: the paths of each, and its cells under FIT, TCX and GPX.
fn table() -> Vec<(Vec<String>, [String; 3])> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|') && line.contains('`'));
    rows.filter_map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [_, paths, fit, tcx, gpx] = cells[..] else { return None };
        let paths = paths.split_whitespace().map(|path| path.trim_matches('`').to_owned()).collect();
        Some((paths, [fit, tcx, gpx].map(str::to_owned)))
    })
    .collect()
}

/// The row that speaks of a path: the one that names it, or the longest beginning of it.
fn row<'a>(table: &'a [(Vec<String>, [String; 3])], path: &str) -> Option<&'a [String; 3]> {
    let length = |row: &str| match row.strip_suffix('*') {
        Some(beginning) => path.starts_with(beginning).then_some(beginning.len()),
        None => (row == path).then_some(usize::MAX),
    };
    let longest = |paths: &[String]| paths.iter().filter_map(|row| length(row)).max();
    let found = table.iter().filter_map(|(paths, cells)| Some((longest(paths)?, cells)));
    found.max_by_key(|(length, _)| *length).map(|(_, cells)| cells)
}

/// What a cell promises: "✓" that nothing is lost, "–" that it has no place, other words what becomes of it.
fn promised(cell: &str) -> Outcome {
    match cell {
        "✓" => Outcome::Kept,
        "–" => Outcome::Lost,
        _ => Outcome::Changed,
    }
}

#[test]
fn the_table_in_the_documentation_is_true() {
    let put_in = everything();
    let given = fields::of(&put_in);
    let silent: Vec<&String> =
        given.iter().filter(|(_, values)| !values.iter().any(says_something)).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "this activity has no value in {silent:?}");
    let table = table();
    let mut wrong = BTreeMap::new();
    for (column, format) in [Format::Fit, Format::Tcx, Format::Gpx].into_iter().enumerate() {
        let options = EncodeOptions { zone_times: true, ..options() };
        let file = encode(&item(put_in.clone()), format, &options).unwrap();
        let Item::Activity(found) = decode(&file.bytes, format).unwrap().remove(0) else {
            panic!("{format:?}")
        };
        let found = fields::of(&found);
        for (path, values) in &given {
            let outcome = outcome(values, found.get(path));
            let cell = row(&table, path).map(|cells| cells[column].as_str());
            if cell.map(promised) != Some(outcome) {
                wrong.insert(format!("{path} in {}", format.extension()), (outcome, cell));
            }
        }
    }
    assert!(wrong.is_empty(), "docs/formats.md says otherwise: {wrong:#?}");
}
