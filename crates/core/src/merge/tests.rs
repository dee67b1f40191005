//! Tables and properties of merging: what comes from which recording, and that nothing is invented.

use chrono::TimeDelta;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{Device, Lap, Position, Set, Workout, WorkoutStep};

fn at(second: i64) -> Time {
    Time::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
}

fn recording(from: i64, until: i64, record: impl Fn(i64) -> Record) -> Activity {
    Activity {
        start: at(from),
        elapsed: (until - from) as f64,
        timer: (until - from) as f64,
        sport: Sport::CYCLING,
        records: (from..=until).map(|second| Record { time: at(second), ..record(second) }).collect(),
        ..Activity::default()
    }
}

/// Begun 40 seconds before the class; outdoors it has a way.
fn watch(outdoors: bool) -> Activity {
    let record = |second: i64| Record {
        heart_rate: Some(140),
        temperature: Some(21.0),
        altitude: outdoors.then_some(500.0),
        position: outdoors.then_some(Position { latitude: 48.0 + second as f64 * 1e-5, longitude: 11.0 }),
        distance: Some((second + 40) as f64 * 7.0),
        speed: Some(7.0),
        ..Record::default()
    };
    let device = Device { product_name: "Forerunner 265".into(), ..Device::default() };
    Activity {
        title: "Munich Cycling".into(),
        device: Some(device),
        totals: Statistics {
            distance: Some(4900.0),
            avg_heart_rate: Some(141),
            calories: Some(180),
            avg_power: Some(1),
            ..Statistics::default()
        },
        ..recording(-40, 660, record)
    }
}

fn bike() -> Activity {
    let record = |second: i64| Record {
        heart_rate: Some(90),
        power: Some(200),
        cadence: Some(85.0),
        resistance: Some(42.0),
        distance: Some(second as f64 * 8.0),
        speed: Some(8.0),
        ..Record::default()
    };
    let lap = |from, until| Lap {
        start: at(from),
        elapsed: (until - from) as f64,
        statistics: Statistics { avg_heart_rate: Some(90), avg_power: Some(201), ..Statistics::default() },
        ..Lap::default()
    };
    Activity {
        title: "10 min Ride".into(),
        instructor: Some("Alex".into()),
        sub_sport: SubSport::INDOOR_CYCLING,
        totals: Statistics {
            distance: Some(4800.0),
            avg_heart_rate: Some(90),
            calories: Some(120),
            avg_power: Some(202),
            work: Some(120_000.0),
            ..Statistics::default()
        },
        segment_laps: vec![lap(0, 300), lap(300, 600)],
        original: Some(crate::Original { format: crate::Format::Fit, bytes: vec![1].into() }),
        ..recording(0, 600, record)
    }
}

#[rstest]
#[case::indoors(false, 8.0, 4800.0)]
#[case::outdoors(true, 7.0, 4900.0)]
fn each_field_comes_from_the_device_made_for_it(
    #[case] outdoors: bool,
    #[case] speed: f64,
    #[case] distance: f64,
) {
    let merged = merge(bike(), watch(outdoors));
    assert_eq!(merged, merge(watch(outdoors), bike()), "whichever comes first");
    assert_eq!((merged.start, merged.elapsed, merged.timer), (at(-40), 700.0, 700.0));
    assert_eq!(merged.records.len(), 701);
    let middle = merged.records.iter().find(|record| record.time == at(300)).unwrap();
    assert_eq!((middle.heart_rate, middle.temperature), (Some(140), Some(21.0)));
    assert_eq!((middle.power, middle.cadence, middle.resistance), (Some(200), Some(85.0), Some(42.0)));
    assert_eq!(middle.speed, Some(speed));
    assert_eq!((middle.position.is_some(), middle.altitude.is_some()), (outdoors, outdoors));
    let before = merged.records[0];
    assert_eq!((before.heart_rate, before.power), (Some(140), None));
    assert_eq!(before.distance.is_some(), outdoors, "the watch's distance is not mixed with the bike's");
    let totals = &merged.totals;
    assert_eq!((totals.distance, totals.calories, totals.work), (Some(distance), Some(120), Some(120_000.0)));
    assert_eq!((totals.avg_heart_rate, totals.avg_power), (Some(141), Some(202)));
    assert_eq!((merged.sport, merged.sub_sport), (Sport::CYCLING, SubSport::INDOOR_CYCLING));
    assert_eq!((merged.title.as_str(), merged.instructor.as_deref()), ("10 min Ride", Some("Alex")));
    assert_eq!((merged.segment_laps.len(), merged.original), (2, None));
    let lap = &merged.segment_laps[0].statistics;
    assert_eq!((lap.avg_power, lap.avg_heart_rate), (Some(201), None), "computed again");
    let way = if outdoors {
        "heart rate, position, altitude, temperature and distance"
    } else {
        "heart rate and temperature"
    };
    assert!(merged.remarks[0].starts_with(&format!("{way} from Forerunner 265; ")), "{:?}", merged.remarks);
    let left: Vec<&String> = merged.remarks.iter().filter(|remark| remark.starts_with("left out")).collect();
    let out = if outdoors { "heart rate and distance" } else { "heart rate" };
    assert!(left.iter().any(|remark| **remark == format!("left out of “10 min Ride”: {out}")), "{left:?}");
}

#[test]
fn what_the_named_one_has_not_comes_from_the_other() {
    let strapless =
        recording(0, 60, |_| Record { heart_rate: Some(0), speed: Some(3.0), ..Record::default() });
    let merged = merge(strapless, bike());
    assert!(merged.records[..=60].iter().all(|record| record.heart_rate == Some(90)));
    let only_sums = Activity {
        totals: Statistics { avg_temperature: Some(19.0), ..Statistics::default() },
        ..recording(0, 60, |_| Record { heart_rate: Some(120), ..Record::default() })
    };
    assert_eq!(merge(bike(), only_sums).totals.avg_temperature, Some(19.0));
}

#[rstest]
#[case::power_tells(|r: &mut Record| r.power = Some(1))]
#[case::resistance_tells(|r: &mut Record| r.resistance = Some(1.0))]
#[case::cadence_tells(|r: &mut Record| r.cadence = Some(1.0))]
fn which_is_the_machine_is_told_by_what_it_holds(#[case] has: fn(&mut Record)) {
    let plain = || recording(0, 10, |_| Record { heart_rate: Some(100), ..Record::default() });
    let mut machine = recording(0, 10, |_| Record { heart_rate: Some(99), ..Record::default() });
    machine.records.iter_mut().for_each(has);
    for merged in [merge(plain(), machine.clone()), merge(machine, plain())] {
        assert!(merged.records.iter().all(|record| record.heart_rate == Some(100)));
    }
}

#[test]
fn samples_of_one_second_become_one_and_others_stay_where_they_are() {
    let mut seldom = watch(false);
    seldom.records.retain(|record| record.time.timestamp() % 7 == 0);
    for record in &mut seldom.records {
        record.time += TimeDelta::milliseconds(400);
    }
    let merged = merge(bike(), seldom.clone());
    assert!(merged.records.is_sorted_by(|a, b| a.time < b.time));
    let with_pulse: Vec<i64> = merged
        .records
        .iter()
        .filter(|record| record.heart_rate.is_some())
        .map(|record| record.time.timestamp())
        .collect();
    let wanted: Vec<i64> = seldom.records.iter().map(|record| record.time.timestamp()).collect();
    assert_eq!(with_pulse, wanted, "none is invented between two");
    assert!(merged.records.windows(2).all(|pair| pair[0].time.timestamp() < pair[1].time.timestamp()));
}

fn event(second: i64, kind: EventKind) -> ActivityEvent {
    ActivityEvent { time: at(second), kind }
}

#[test]
fn the_timer_stands_only_where_neither_ran() {
    let stops = |stop, start| vec![event(stop, EventKind::Stop), event(start, EventKind::Start)];
    let wrist = Activity { events: stops(100, 200), ..watch(false) };
    let both = Activity { events: stops(150, 300), ..bike() };
    let merged = merge(wrist.clone(), both);
    assert_eq!(merged.timer, 650.0);
    assert_eq!(merged.events[1..3], stops(150, 200));
    assert_eq!(merge(wrist, bike()).timer, 700.0);
}

#[rstest]
#[case::watch_says_more((Sport::TRAINING, SubSport::GENERIC), (Sport::ROWING, SubSport::INDOOR_ROWING), (Sport::ROWING, SubSport::INDOOR_ROWING), false)]
#[case::machine_says_more((Sport::CYCLING, SubSport::SPIN), (Sport::TRAINING, SubSport::CARDIO_TRAINING), (Sport::CYCLING, SubSport::SPIN), false)]
#[case::same_sport((Sport::CYCLING, SubSport::GENERIC), (Sport::CYCLING, SubSport::ROAD), (Sport::CYCLING, SubSport::ROAD), false)]
#[case::wrong_profile((Sport::CYCLING, SubSport::SPIN), (Sport::RUNNING, SubSport::GENERIC), (Sport::CYCLING, SubSport::SPIN), true)]
fn the_sport_that_says_more(
    #[case] machine: (Sport, SubSport),
    #[case] wrist: (Sport, SubSport),
    #[case] wanted: (Sport, SubSport),
    #[case] told: bool,
) {
    let machine = Activity { sport: machine.0, sub_sport: machine.1, ..bike() };
    let wrist = Activity { sport: wrist.0, sub_sport: wrist.1, ..watch(false) };
    let merged = merge(machine, wrist);
    assert_eq!((merged.sport, merged.sub_sport), wanted);
    assert_eq!(merged.remarks.iter().any(|remark| remark.contains("says running")), told);
}

#[test]
fn laps_steps_and_sets_that_had_to_be_left_out_are_told() {
    let step = WorkoutStep {
        name: None,
        duration: crate::StepDuration::Open,
        target: crate::StepTarget::Open,
        intensity: None,
    };
    let lap = |from: i64| Lap { start: at(from), elapsed: 100.0, ..Lap::default() };
    let mut wrist = watch(false);
    wrist.laps = vec![lap(-40), lap(60), lap(160)];
    wrist.workout = Some(Workout { name: "Plan".into(), steps: vec![step] });
    wrist.sets = vec![Set { start: at(1), ..Set::default() }];
    let merged = merge(bike(), wrist.clone());
    assert!(merged.laps.is_empty() && merged.workout.is_none());
    assert_eq!(merged.sets.len(), 1);
    let remark = "left out of Forerunner 265: distance, 3 laps and the planned workout";
    assert!(merged.remarks.iter().any(|told| told == remark), "{:?}", merged.remarks);
    let plain = Activity { segment_laps: Vec::new(), ..bike() };
    let merged = merge(plain, wrist);
    assert_eq!((merged.laps.len(), merged.workout.is_some()), (3, true));
}

#[test]
fn the_sums_of_a_seldom_sampled_field_are_whole() {
    let mut bike = bike();
    bike.records.retain(|record| record.time.timestamp() % 5 == 0);
    bike.totals = Statistics::default();
    let item = crate::Item::Activity(Box::new(merge(bike, watch(true))));
    let crate::Item::Activity(merged) = crate::clean::clean(item, &crate::clean::Preferences::default()).0
    else {
        unreachable!("an activity stays one")
    };
    let work = merged.totals.work.unwrap();
    // The last sample may stand for a while after the machine stopped.
    assert!((work - 120_000.0).abs() <= 200.0 * crate::statistics::LONGEST_SAMPLE, "{work}");
    assert_eq!(merged.totals.avg_power, Some(200));
}

fn any_record() -> impl Strategy<Value = Record> {
    let number = |range: std::ops::Range<f64>| proptest::option::of(range);
    (
        (any::<Option<u8>>(), proptest::option::of(0_u16..900)),
        (number(0.0..120.0), number(0.0..100.0), number(0.0..9000.0), number(0.0..20.0)),
        (number(-400.0..4000.0), number(-20.0..40.0), number(-20.0..20.0)),
        proptest::option::of((-80.0..80.0, -170.0..170.0)),
    )
        .prop_map(
            |(
                (heart_rate, power),
                (cadence, resistance, distance, speed),
                (altitude, temperature, grade),
                place,
            )| Record {
                heart_rate: heart_rate.filter(|bpm| *bpm > 0),
                power,
                cadence,
                resistance,
                distance,
                speed,
                altitude,
                temperature,
                grade,
                position: place.map(|(latitude, longitude)| Position { latitude, longitude }),
                ..Record::default()
            },
        )
}

fn any_recording() -> impl Strategy<Value = Activity> {
    let samples = proptest::collection::btree_map(0_i64..4000, any_record(), 0..60);
    (samples, 0_i64..4000, 1_i64..3000, any::<bool>()).prop_map(|(samples, start, length, stated)| {
        // Tenths of a second, all of them inside.
        let time = |tenth: i64| at(0) + TimeDelta::milliseconds(tenth * 100);
        let inside = samples.into_iter().filter(|(tenth, _)| (start..=start + length).contains(tenth));
        let records: Vec<Record> = inside
            .map(|(tenth, record)| Record { time: time(tenth), ..record })
            .filter(|record| *record != Record { time: record.time, ..Record::default() })
            .collect();
        Activity {
            start: time(start),
            elapsed: length as f64 / 10.0,
            totals: Statistics {
                avg_power: stated.then_some(7),
                avg_heart_rate: stated.then_some(8),
                ..Statistics::default()
            },
            records,
            ..Activity::default()
        }
    })
}

type Read = fn(&Record) -> Option<String>;
const VALUES: [Read; 8] = [
    |record| record.heart_rate.map(|value| value.to_string()),
    |record| record.power.map(|value| value.to_string()),
    |record| record.cadence.map(|value| value.to_string()),
    |record| record.resistance.map(|value| value.to_string()),
    // These go together.
    |record| {
        let way = (record.distance, record.speed, record.grade);
        (way != (None, None, None)).then(|| format!("{way:?}"))
    },
    |record| record.altitude.map(|value| value.to_string()),
    |record| record.temperature.map(|value| value.to_string()),
    |record| record.position.map(|value| format!("{value:?}")),
];

/// The values of one field in order, with their second.
fn values(activity: &Activity, read: Read) -> Vec<(i64, String)> {
    let told = |record: &Record| Some((record.time.timestamp(), read(record)?));
    activity.records.iter().filter_map(told).collect()
}

proptest! {
    #[test]
    fn every_value_comes_from_one_of_the_two(one in any_recording(), other in any_recording()) {
        let merged = merge(one.clone(), other.clone());
        prop_assert!(merged.records.is_sorted_by(|a, b| a.time < b.time));
        let span = merged.span();
        prop_assert_eq!(span.start, one.start.min(other.start));
        prop_assert_eq!(span.end, one.end().max(other.end()));
        for record in &merged.records {
            prop_assert!(record.time >= span.start && record.time <= span.end);
            let known = |it: &Activity| it.records.iter().any(|sample| sample.time == record.time);
            prop_assert!(known(&one) || known(&other), "no moment is invented");
        }
        for read in VALUES {
            let told = values(&merged, read);
            prop_assert!(told == values(&one, read) || told == values(&other, read), "a field is never mixed");
            prop_assert_eq!(told.is_empty(), values(&one, read).is_empty() && values(&other, read).is_empty());
        }
        prop_assert!(merged.timer >= 0.0 && merged.timer <= merged.elapsed + 0.001);
    }

    #[test]
    fn an_empty_one_changes_nothing(one in any_recording(), known_span in any::<bool>()) {
        let empty = if known_span {
            Activity { start: one.start, elapsed: one.elapsed, ..Activity::default() }
        } else {
            Activity::default()
        };
        for merged in [merge(one.clone(), empty.clone()), merge(empty, one.clone())] {
            prop_assert_eq!(&merged.records, &one.records);
            prop_assert_eq!(&merged.totals, &one.totals);
            prop_assert_eq!(merged.start, one.start);
            prop_assert!((merged.elapsed - one.elapsed).abs() < 0.001);
        }
    }
}
