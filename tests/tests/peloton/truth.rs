//! Every sort of workout that members have, through the whole of the service, against what it really was.

use baton_core::clean::{Preferences, clean};
use baton_core::{Activity, Entry, ErrorKind, Item, LapStyle, RecordedBy, SetKind, Time, Window};
use baton_tests::peloton::generate::{self, Discipline, Quirk, SkipTruth, Workout, one};
use chrono::Utc;

use crate::{Stage, error, list};

const POUND: f64 = 0.453_592_37;

fn cleaned(activity: &Activity, laps: LapStyle) -> Activity {
    match clean(Item::Activity(Box::new(activity.clone())), &Preferences { laps }).0 {
        Item::Activity(activity) => *activity,
        other => panic!("{other:?}"),
    }
}

fn near(name: &str, what: &str, told: Option<f64>, truth: Option<f64>, within: f64) {
    match (told, truth) {
        (Some(told), Some(truth)) => {
            assert!((told - truth).abs() <= within, "{name}: {what} is {told} and should be {truth}");
        }
        (told, truth) => assert_eq!(told.is_some(), truth.is_some(), "{name}: {what} {told:?} {truth:?}"),
    }
}

#[tokio::test]
async fn every_sort_of_workout_is_what_it_was() {
    let start = Utc::now().timestamp() - 20 * 86_400;
    let stage = Stage::new();
    let tokens = stage.by_password().await.unwrap().tokens;
    for (seed, scenario) in generate::scenarios(start).into_iter().enumerate() {
        let name = scenario.name;
        let workout = one(scenario.discipline, seed as u64 + 11, &scenario.options);
        stage.sim.set_me(&workout.user);
        stage.sim.add(&workout);
        let (connection, _) = stage.connect(tokens.clone());
        let entries = list(&*connection, Window::ALL).await.unwrap();
        let entry = entries.iter().find(|entry| entry.key == workout.id()).unwrap();
        check_entry(name, entry, &workout);
        let fetched = connection.source().unwrap().fetch(entry).await;
        if workout.truth.skip == Some(SkipTruth::InProgress) {
            assert_eq!(error(fetched).kind, ErrorKind::Incomplete, "{name}");
            continue;
        }
        let fetched = fetched.unwrap_or_else(|error| panic!("{name}: {error}"));
        let again = stage.service().convert(&fetched.raw.unwrap()).unwrap().unwrap();
        assert_eq!(again, fetched.item, "{name}: converted again from the archive");
        let document = workout.document().to_string();
        let Item::Activity(of_document) = stage.service().convert(document.as_bytes()).unwrap().unwrap()
        else {
            panic!("{name}: no activity")
        };
        let Item::Activity(activity) = fetched.item else { panic!("{name}: no activity") };
        assert_eq!(*of_document, *activity, "{name}: from a file");
        check_activity(name, &activity, &workout);
        check_laps(name, &activity, &workout);
        check_sets(name, &activity, &workout);
    }
    stage.assert_clean();
}

fn check_entry(name: &str, entry: &Entry, workout: &Workout) {
    let truth = &workout.truth;
    assert_eq!(entry.title, truth.title, "{name}");
    assert_eq!(entry.in_progress, truth.skip == Some(SkipTruth::InProgress), "{name}");
    let imported = matches!(entry.recorded_by, RecordedBy::Elsewhere(_));
    assert_eq!(imported, truth.skip == Some(SkipTruth::Imported), "{name}");
    assert_eq!(entry.sport.and_then(baton_core::Sport::name), Some(truth.sport), "{name}");
    if let Some(sub_sport) = entry.sub_sport {
        assert!(truth.sub_sports.contains(&sub_sport.name().unwrap()), "{name}: {sub_sport}");
    }
    assert!((entry.span.start.timestamp() - truth.start).abs() < 300, "{name}");
}

fn check_activity(name: &str, activity: &Activity, workout: &Workout) {
    let truth = &workout.truth;
    let old = workout.options.quirks.contains(&Quirk::OldRow);
    assert_eq!((&activity.title, &activity.instructor), (&truth.title, &truth.instructor), "{name}");
    assert_eq!(activity.start.timestamp(), truth.start, "{name}: start");
    assert_eq!(activity.end().timestamp(), truth.end, "{name}: end");
    assert_eq!(activity.utc_offset, Some(truth.utc_offset), "{name}");
    assert_eq!(activity.sport.name(), Some(truth.sport), "{name}");
    assert!(truth.sub_sports.contains(&activity.sub_sport.name().unwrap()), "{name}: {}", activity.sub_sport);
    assert_eq!(activity.remarks.is_empty(), scenario_is_known(workout), "{name}: {:?}", activity.remarks);
    let offsets: Vec<u32> =
        activity.records.iter().map(|record| (record.time.timestamp() - truth.start) as u32).collect();
    assert_eq!(offsets, truth.offsets, "{name}");

    let cleaned = cleaned(activity, LapStyle::Auto);
    let totals = &cleaned.totals;
    near(name, "distance", totals.distance, truth.distance_meters, if old { 8.1 } else { 0.02 });
    near(name, "work", totals.work, truth.work_joules, 0.01);
    assert_eq!(totals.calories.map(u32::from), truth.calories, "{name}");
    near(name, "average heart rate", totals.avg_heart_rate.map(f64::from), truth.average_heart_rate, 1.0);
    assert_eq!(totals.max_heart_rate.map(u32::from), truth.maximum_heart_rate, "{name}");
    let readings = activity.records.iter().filter(|record| record.heart_rate.is_some()).count();
    assert_eq!(readings, truth.heart_rate_samples, "{name}");
    near(name, "average power", totals.avg_power.map(f64::from), truth.average_power, 1.0);
    assert_eq!(totals.max_power.map(u32::from), truth.maximum_power, "{name}");
    if truth.ascent_meters.is_some() {
        near(name, "ascent", totals.ascent, truth.ascent_meters, 0.5);
    }
    if truth.strokes.is_some() {
        assert_eq!(totals.total_cycles, truth.strokes, "{name}");
    }
    let threshold = activity.zones.as_ref().and_then(|zones| zones.threshold_power);
    assert_eq!(threshold.map(u32::from), truth.functional_threshold_power, "{name}");
    let positions = activity.records.iter().filter(|record| record.position.is_some()).count();
    assert_eq!(positions, truth.positions, "{name}");
    if let Some(last) = activity.records.last().and_then(|record| record.distance) {
        near(name, "the last record's distance", Some(last), activity.totals.distance, 0.01);
    }
    assert!(cleaned.timer <= cleaned.elapsed && cleaned.timer > 0.0, "{name}");
}

fn scenario_is_known(workout: &Workout) -> bool {
    workout.discipline != Discipline::Unknown
}

fn check_laps(name: &str, activity: &Activity, workout: &Workout) {
    let laps = workout.truth.laps;
    assert_eq!(activity.segment_laps.len(), laps.segments.unwrap_or(0), "{name}: laps by segments");
    assert_eq!(activity.target_laps.len(), laps.targets.unwrap_or(0), "{name}: laps by targets");
    let steps = activity.workout.as_ref().map_or(0, |workout| workout.steps.len());
    assert_eq!(steps, activity.target_laps.len(), "{name}");
    if let Some(count) = laps.distance {
        assert_eq!(cleaned(activity, LapStyle::Distance).laps.len(), count, "{name}: laps by distance");
    }
    for style in [LapStyle::Auto, LapStyle::Segments, LapStyle::Targets, LapStyle::Distance, LapStyle::None] {
        let cleaned = cleaned(activity, style);
        let ends: Vec<Time> = cleaned.laps.iter().map(baton_core::Lap::end).collect();
        assert_eq!(cleaned.laps[0].start, activity.start, "{name}");
        assert_eq!(ends.last(), Some(&activity.end()), "{name}");
        assert!(cleaned.laps.iter().skip(1).map(|lap| &lap.start).eq(&ends[..ends.len() - 1]), "{name}");
    }
}

fn check_sets(name: &str, activity: &Activity, workout: &Workout) {
    let active: Vec<_> = activity.sets.iter().filter(|set| set.kind == SetKind::Active).collect();
    assert_eq!(active.len(), workout.truth.sets.len(), "{name}: sets");
    for (set, truth) in active.iter().zip(&workout.truth.sets) {
        assert_eq!(set.name.as_deref(), Some(truth.movement.as_str()), "{name}");
        assert_eq!((set.start.timestamp() - workout.truth.start) as u32, truth.offset, "{name}");
        assert!(
            (set.duration - f64::from(truth.length)).abs() <= 1.0,
            "{name}: {} {}",
            set.duration,
            truth.length
        );
        assert_eq!(set.repetitions.map(u32::from), truth.repetitions, "{name}: {}", truth.movement);
        let count = truth.weights_kilograms.len();
        let mean = (count > 0).then(|| truth.weights_kilograms.iter().sum::<f64>() / count as f64);
        near(name, "weight", set.weight, mean, 0.01 * POUND);
        if set.repetitions.is_some_and(|count| count > 0) && mean.is_some() {
            assert_eq!(set.implements, Some(if truth.pair { 2 } else { 1 }), "{name}: {}", truth.movement);
        }
        let unknown = ["Moonwalker Reach", "Lantern Swing Through"].contains(&truth.movement.as_str());
        assert_eq!(set.category == Some(65534), unknown, "{name}: {}", truth.movement);
    }
    for pair in activity.sets.windows(2) {
        let between = (pair[1].start - pair[0].start).as_seconds_f64() - pair[0].duration;
        assert!((-0.001..=5.0).contains(&between), "{name}: {between} s between sets");
    }
}
