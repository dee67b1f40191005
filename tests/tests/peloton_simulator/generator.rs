//! The generated workouts agree with the facts that are stated beside them.

use baton_tests::peloton::generate::{
    self, Discipline, Options, Quirk, Scenario, SkipTruth, Workout, benchmark, history, one, scenarios,
    stacked_pair,
};
use chrono::{Offset as _, TimeZone as _};
use serde_json::Value;

/// 2026-06-10 06:40 UTC.
const START: i64 = 1_781_073_600;

fn every_scenario() -> Vec<(Scenario, Workout)> {
    scenarios(START)
        .into_iter()
        .enumerate()
        .map(|(seed, scenario)| {
            let workout = one(scenario.discipline, seed as u64, &scenario.options);
            (scenario, workout)
        })
        .collect()
}

fn metric<'a>(workout: &'a Workout, slug: &str) -> Option<&'a Value> {
    let metrics = workout.performance_graph["metrics"].as_array().unwrap();
    metrics
        .iter()
        .chain(metrics.iter().flat_map(|metric| metric["alternatives"].as_array().into_iter().flatten()))
        .find(|metric| metric["slug"] == slug)
}

fn values(workout: &Workout, slug: &str) -> Option<Vec<Option<f64>>> {
    Some(metric(workout, slug)?["values"].as_array()?.iter().map(Value::as_f64).collect())
}

fn offsets(workout: &Workout) -> Vec<u32> {
    let list = workout.performance_graph["seconds_since_pedaling_start"].as_array().unwrap();
    list.iter().map(|offset| offset.as_u64().unwrap() as u32).collect()
}

fn summary(workout: &Workout, slug: &str) -> Option<(f64, String)> {
    let summaries = workout.performance_graph["summaries"].as_array()?;
    let found = summaries.iter().find(|summary| summary["slug"] == slug)?;
    Some((found["value"].as_f64()?, found["display_unit"].as_str().unwrap_or_default().to_owned()))
}

/// Sum of a channel times the time since the sample before.
fn integral(workout: &Workout, channel: &[Option<f64>]) -> f64 {
    let offsets = offsets(workout);
    let mut before = 0;
    let mut sum = 0.0;
    for (offset, value) in offsets.iter().zip(channel) {
        sum += value.unwrap_or(0.0) * f64::from(offset - before);
        before = *offset;
    }
    sum
}

fn near(name: &str, what: &str, found: f64, wanted: f64, tolerance: f64) {
    assert!(
        (found - wanted).abs() <= tolerance * wanted.abs().max(1.0),
        "{name}: {what} is {found}, should be {wanted} within {tolerance}"
    );
}

#[test]
fn the_same_seed_gives_the_same_workout() {
    for discipline in Discipline::ALL {
        let options = Options::at(START);
        let (first, again) = (one(discipline, 7, &options), one(discipline, 7, &options));
        assert_eq!(first.document(), again.document());
        assert_eq!(first.truth, again.truth);
        assert_ne!(first.workout["id"], one(discipline, 8, &options).workout["id"]);
    }
}

#[test]
fn every_discipline_has_a_scenario() {
    let covered: Vec<Discipline> = scenarios(START).iter().map(|scenario| scenario.discipline).collect();
    for discipline in Discipline::ALL {
        assert!(covered.contains(&discipline), "{discipline:?}");
    }
}

#[test]
fn samples_are_parallel_and_in_order() {
    for (scenario, workout) in every_scenario() {
        let offsets = offsets(&workout);
        assert_eq!(offsets, workout.truth.offsets, "{}", scenario.name);
        assert!(offsets.windows(2).all(|pair| pair[0] < pair[1]), "{}", scenario.name);
        for metric in workout.performance_graph["metrics"].as_array().unwrap() {
            assert_eq!(metric["values"].as_array().unwrap().len(), offsets.len(), "{}", scenario.name);
        }
    }
}

#[test]
fn work_is_the_sum_of_output() {
    for (scenario, workout) in every_scenario() {
        let Some(work) = workout.truth.work_joules else {
            assert_eq!(workout.workout["total_work"], 0.0);
            continue;
        };
        near(scenario.name, "total_work", workout.workout["total_work"].as_f64().unwrap(), work, 1e-6);
        let sum = integral(&workout, &values(&workout, "output").unwrap());
        if workout.discipline.slug().starts_with("caesar") {
            // Rowers hold each stroke's output until the next one.
            assert!(sum > work && sum < work * 1.35, "{}: {sum} J shown, {work} J done", scenario.name);
        } else {
            let tolerance = if scenario.options.quirks.contains(&Quirk::SampleGaps) { 0.03 } else { 0.003 };
            near(scenario.name, "Σ output·Δt", sum, work, tolerance);
        }
        let (kilojoules, unit) = summary(&workout, "total_output").unwrap();
        assert_eq!(unit, "kj");
        near(scenario.name, "total_output", kilojoules * 1000.0, work, 600.0 / work);
    }
}

#[test]
fn distance_is_the_sum_of_speed() {
    for (scenario, workout) in every_scenario() {
        let Some(meters) = workout.truth.distance_meters else {
            assert!(summary(&workout, "distance").is_none(), "{}", scenario.name);
            continue;
        };
        let (value, unit) = summary(&workout, "distance").unwrap();
        let scale = match unit.as_str() {
            "mi" => 1609.344,
            "km" => 1000.0,
            "m" => 1.0,
            other => panic!("{other}"),
        };
        let decimals = if scenario.options.quirks.contains(&Quirk::OldRow) { 0.005 } else { 0.000_005 };
        near(scenario.name, "distance", value * scale, meters, (decimals * scale + 0.01) / meters);
        if let Some(pace) = values(&workout, "split_pace") {
            let speed: Vec<Option<f64>> =
                pace.iter().map(|pace| pace.map(|minutes| 500.0 / 60.0 / minutes)).collect();
            let sum = integral(&workout, &speed);
            assert!(sum > meters && sum < meters * 1.4, "{}: {sum} m shown, {meters} m done", scenario.name);
        } else {
            let to_si = |speed: Option<f64>| speed.map(|speed| speed * scale / 3600.0);
            let speed: Vec<Option<f64>> = values(&workout, "speed").unwrap().into_iter().map(to_si).collect();
            let tolerance = if scenario.options.quirks.contains(&Quirk::SampleGaps) { 0.02 } else { 0.005 };
            near(scenario.name, "Σ speed·Δt", integral(&workout, &speed), meters, tolerance);
        }
    }
}

#[test]
fn heart_rate_and_power_agree_with_the_samples() {
    for (scenario, workout) in every_scenario() {
        let truth = &workout.truth;
        let beats: Vec<f64> = values(&workout, "heart_rate")
            .into_iter()
            .flatten()
            .flatten()
            .filter(|beats| *beats > 0.0)
            .collect();
        assert_eq!(beats.len(), truth.heart_rate_samples, "{}", scenario.name);
        if let Some(average) = truth.average_heart_rate {
            near(
                scenario.name,
                "average heart rate",
                beats.iter().sum::<f64>() / beats.len() as f64,
                average,
                1e-9,
            );
            let highest = beats.iter().copied().fold(0.0, f64::max);
            assert_eq!(Some(highest as u32), truth.maximum_heart_rate);
            assert!((60.0..190.0).contains(&average), "{}: {average} bpm", scenario.name);
        }
        if let Some(average) = truth.average_power {
            let power: Vec<f64> = values(&workout, "output").unwrap().into_iter().flatten().collect();
            near(
                scenario.name,
                "average power",
                power.iter().sum::<f64>() / power.len() as f64,
                average,
                0.01,
            );
            assert_eq!(Some(power.iter().copied().fold(0.0, f64::max) as u32), truth.maximum_power);
        }
    }
}

#[test]
fn a_dropout_leaves_zeros_and_nulls() {
    let workout = one(Discipline::CyclingClass, 3, &Options::at(START).with(Quirk::HeartRateDropouts));
    let readings = values(&workout, "heart_rate").unwrap();
    assert!(readings.iter().filter(|reading| **reading == Some(0.0)).count() > 60);
    assert!(readings.iter().any(Option::is_none));
}

#[test]
fn times_lead_back_to_the_true_start() {
    for (scenario, workout) in every_scenario() {
        let row = &workout.workout;
        let time = |field: &str| row[field].as_i64();
        let last = i64::from(workout.truth.offsets.last().copied().unwrap_or(0));
        let duration = workout.performance_graph["duration"].as_i64().unwrap();
        let (start, end) = (time("start_time").unwrap(), time("end_time"));
        // The rule that measured accounts suggest: a start after the first samples is late.
        let found = match end {
            Some(end) if last > end - start + 5 => end - duration.max(last),
            _ => start,
        };
        assert_eq!(found, workout.truth.start, "{}", scenario.name);
        assert_eq!(workout.truth.end - workout.truth.start, i64::from(workout.truth.elapsed));
        assert!(workout.truth.end >= workout.truth.start + last, "{}", scenario.name);
        let moment = chrono::DateTime::from_timestamp(time("created_at").unwrap(), 0).unwrap();
        let zone: chrono_tz::Tz = row["timezone"].as_str().unwrap().parse().unwrap();
        let offset = zone.offset_from_utc_datetime(&moment.naive_utc()).fix().local_minus_utc();
        assert_eq!(offset, workout.truth.utc_offset, "{}", scenario.name);
        assert_eq!(time("device_time_created_at").unwrap() - time("created_at").unwrap(), i64::from(offset));
    }
}

#[test]
fn offsets_differ_across_the_clock_change() {
    let all = every_scenario();
    let offset =
        |name: &str| all.iter().find(|(scenario, _)| scenario.name == name).unwrap().1.truth.utc_offset;
    assert_eq!((offset("before-clock-change"), offset("after-clock-change")), (-4 * 3600, -5 * 3600));
    assert_eq!(offset("just-ride"), -5 * 3600, "Etc/GMT+5 is five hours west");
}

#[test]
fn laps_can_be_counted_from_the_payload() {
    for (scenario, workout) in every_scenario() {
        let graph = &workout.performance_graph;
        let (laps, elapsed) = (workout.truth.laps, u64::from(workout.truth.elapsed));
        let segments = graph["segment_list"].as_array().unwrap();
        let begun = segments.iter().filter(|it| it["start_time_offset"].as_u64().unwrap() < elapsed).count();
        assert_eq!(laps.segments.unwrap_or(0), begun, "{}", scenario.name);
        let length: u64 = segments.iter().map(|segment| segment["length"].as_u64().unwrap()).sum();
        assert!(segments.is_empty() || graph["duration"].as_u64() == Some(length), "{}", scenario.name);

        let pre_roll = workout.workout["ride"]["pedaling_start_offset"].as_u64().unwrap_or(0);
        let newer = graph["target_metrics_performance_data"]["target_metrics"].as_array().unwrap();
        let older = &graph["target_performance_metrics"]["target_graph_metrics"];
        let targets = if newer.is_empty() {
            let range = |index: usize| {
                let data = &older[0]["graph_data"];
                (data["lower"][index].as_u64(), data["upper"][index].as_u64())
            };
            let count =
                older[0]["graph_data"]["upper"].as_array().map_or(0, |list| list.len().min(elapsed as usize));
            (0..count).filter(|index| *index == 0 || range(*index) != range(index - 1)).count()
        } else {
            assert_eq!(newer[0]["offsets"]["start"].as_u64(), Some(pre_roll), "{}", scenario.name);
            let spans = newer.windows(2);
            for pair in spans {
                let end = pair[0]["offsets"]["end"].as_u64().unwrap();
                assert_eq!(pair[1]["offsets"]["start"].as_u64().unwrap(), end + 1, "{}", scenario.name);
                assert_ne!(pair[0]["metrics"], pair[1]["metrics"], "{}", scenario.name);
            }
            newer.iter().filter(|it| it["offsets"]["start"].as_u64().unwrap() - pre_roll < elapsed).count()
        };
        assert_eq!(laps.targets.unwrap_or(0), targets, "{}", scenario.name);
    }
}

#[test]
fn a_class_left_early_still_claims_its_length() {
    let workout = one(Discipline::CyclingClass, 11, &Options::at(START).minutes(30).with(Quirk::LeftEarly));
    assert_eq!(workout.performance_graph["duration"], 1800);
    assert_eq!(workout.truth.elapsed, 1080);
    let whole = one(Discipline::CyclingClass, 11, &Options::at(START).minutes(30));
    assert!(workout.truth.laps.segments.unwrap() < whole.truth.laps.segments.unwrap());
}

#[test]
fn gaps_are_where_samples_are_missing() {
    let workout = one(Discipline::CyclingClass, 5, &Options::at(START).with(Quirk::SampleGaps));
    assert_eq!(workout.truth.offsets[0], 7);
    assert!(!workout.truth.gaps.is_empty());
    for (before, after) in &workout.truth.gaps {
        assert!((2..=14).contains(&(after - before)), "{before} to {after}");
    }
}

#[test]
fn positions_match_samples() {
    for (scenario, workout) in every_scenario() {
        let parts = workout.performance_graph["location_data"].as_array().unwrap();
        let mut found = 0;
        for part in parts.iter().filter(|part| part["is_gap"] == false) {
            for point in part["coordinates"].as_array().unwrap() {
                let offset = point["seconds_offset_from_start"].as_u64().unwrap() as u32;
                found += usize::from(workout.truth.offsets.contains(&offset));
            }
        }
        assert_eq!(found, workout.truth.positions, "{}", scenario.name);
        if found > 0 {
            assert!(parts.iter().any(|part| part["is_gap"] == true));
            assert!(found < workout.truth.offsets.len(), "some seconds have no position");
        }
    }
}

#[test]
fn strength_sets_are_in_the_tracker_or_in_the_plan() {
    for (scenario, workout) in every_scenario() {
        let truth = &workout.truth;
        let tracked = &workout.workout["movement_tracker_data"]["completed_movements_summary_data"];
        let Some(rows) = tracked["repetition_summary_data"].as_array() else {
            if !truth.sets.is_empty() {
                let details = workout.ride_details.as_ref().expect(scenario.name).value().to_string();
                assert!(truth.sets.iter().all(|set| details.contains(&set.movement)), "{}", scenario.name);
            }
            continue;
        };
        assert_eq!(rows.len(), truth.sets.len(), "{}", scenario.name);
        for (row, set) in rows.iter().zip(&truth.sets) {
            assert_eq!(row["movement_name"], set.movement.as_str());
            assert_eq!(row["offset"], set.offset);
            assert!(set.offset + set.length <= truth.elapsed);
            let pieces = row["weight"].as_array().unwrap();
            if let ([piece], Some(repetitions)) = (pieces.as_slice(), set.repetitions) {
                let weight = piece["weight_data"]["weight_value"].as_f64().unwrap();
                let hands = if set.pair { 2.0 } else { 1.0 };
                near(
                    scenario.name,
                    "volume",
                    row["total_volume"].as_f64().unwrap(),
                    weight * hands * f64::from(repetitions),
                    1e-9,
                );
            }
        }
    }
    let sets: Vec<_> = (0..20)
        .flat_map(|seed| one(Discipline::Strength, seed, &Options::at(START).minutes(30)).truth.sets)
        .collect();
    assert!(sets.iter().any(|set| set.pair), "pairs of dumbbells");
    assert!(sets.iter().any(|set| set.weights_kilograms.len() > 1), "several weights in a set");
    assert!(sets.iter().any(|set| set.repetitions.is_none()), "holds");
    assert!(sets.iter().any(|set| set.movement == "Moonwalker Reach"), "movements in no table");
}

#[test]
fn a_history_is_newest_first_and_without_overlap() {
    let now = START + 86_400 * 30;
    let list = history(1, 200, now);
    assert_eq!(list.len(), 200);
    let mut ids: Vec<&str> = list.iter().map(Workout::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 200);
    for pair in list.windows(2) {
        assert!(pair[1].truth.end <= pair[0].truth.start, "{} overlaps {}", pair[1].id(), pair[0].id());
    }
    assert!(list.iter().all(|workout| workout.truth.start < now));
    assert_eq!(list[0].truth.skip, Some(SkipTruth::InProgress));
    assert_eq!(list.iter().filter(|it| it.truth.skip == Some(SkipTruth::InProgress)).count(), 1);
    assert!(list.windows(2).any(|pair| pair[0].truth.start - pair[1].truth.end == 14), "a stacked pair");
}

#[test]
fn a_stack_has_14_seconds_between() {
    let [first, second] = stacked_pair(9, START);
    assert_eq!(second.truth.start - first.truth.end, 14);
    assert!(second.workout["created_at"].as_i64().unwrap() >= first.workout["end_time"].as_i64().unwrap());
}

#[test]
fn a_benchmark_history_shares_its_samples() {
    let list = benchmark(1, 500, START);
    let mut graphs: Vec<*const generate::Document> =
        list.iter().map(|workout| std::sync::Arc::as_ptr(&workout.performance_graph)).collect();
    graphs.sort_unstable();
    graphs.dedup();
    assert_eq!(graphs.len(), 12);
    for workout in &list {
        let size = workout.performance_graph.bytes().len();
        assert!((30_000..150_000).contains(&size), "{size} bytes");
        assert_eq!(workout.truth.offsets.len(), 1800);
        assert_eq!(workout.workout["start_time"].as_i64(), Some(workout.truth.start));
    }
}
