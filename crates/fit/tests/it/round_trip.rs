//! Any item encodes and decodes to itself, as far as the format and its resolution reach.

use baton_core::activity::seconds;
use baton_core::{
    Activity, ActivityEvent, Body, EventKind, Format, Item, Lap, LapTrigger, Position, Record, Set, SetKind,
    Sport, Statistics, SubSport, Time,
};
use baton_fit::{decode, encode};
use proptest::prelude::*;

use crate::samples::{self, item, options, time};

/// A number of eighths between the bounds: JSON tells it in few digits.
fn eighths(low: i32, high: i32) -> impl Strategy<Value = f64> {
    (low * 8..=high * 8).prop_map(|eighths| f64::from(eighths) / 8.0)
}

fn maybe<S: Strategy>(strategy: S) -> impl Strategy<Value = Option<S::Value>> {
    proptest::option::of(strategy)
}

fn record() -> impl Strategy<Value = (i64, Record)> {
    let position =
        (eighths(-89, 89), eighths(-179, 179)).prop_filter("a place", |place| place != &(0.0, 0.0));
    (
        300i64..2600,
        maybe(position),
        maybe(eighths(-400, 8000)),
        maybe(eighths(0, 100_000)),
        maybe(eighths(0, 70)),
        maybe(1u8..255),
        maybe(eighths(0, 254)),
        maybe(0u16..3000),
        (maybe(eighths(-40, 60)), maybe(eighths(-50, 50)), maybe(eighths(0, 100))),
    )
        .prop_map(|(step, position, altitude, distance, speed, heart_rate, cadence, power, rest)| {
            let position = position.map(|(latitude, longitude)| Position { latitude, longitude });
            let (temperature, grade, resistance) = rest;
            let time = Time::UNIX_EPOCH;
            let record = Record {
                time,
                position,
                altitude,
                distance,
                speed,
                heart_rate,
                cadence,
                power,
                temperature,
                grade,
                resistance,
            };
            (step, record)
        })
}

fn statistics() -> impl Strategy<Value = Statistics> {
    let first = (
        maybe(eighths(1, 200_000)),
        maybe(0u32..9_000_000),
        maybe(1u16..9000),
        maybe(eighths(0, 80)),
        maybe(1u8..255),
        maybe(0u16..2000),
        maybe(eighths(0, 254)),
        maybe(0u32..100_000),
    );
    let second = (
        maybe(eighths(0, 9000)),
        maybe(eighths(-400, 8000)),
        maybe(eighths(-90, 90)),
        maybe(eighths(-40, 60)),
    );
    (first, second).prop_map(|(first, second)| {
        let (distance, work, calories, speed, heart_rate, power, cadence, total_cycles) = first;
        let (ascent, altitude, grade, temperature) = second;
        Statistics {
            distance,
            work: work.map(f64::from),
            calories,
            avg_speed: speed,
            max_speed: speed,
            avg_heart_rate: heart_rate,
            max_heart_rate: heart_rate,
            avg_power: power,
            max_power: power,
            normalized_power: power,
            avg_cadence: cadence,
            max_cadence: cadence,
            total_cycles,
            ascent,
            avg_altitude: altitude,
            max_altitude: altitude,
            avg_grade: grade,
            avg_temperature: temperature,
            ..Statistics::default()
        }
    })
}

fn set() -> impl Strategy<Value = Set> {
    let movement = prop_oneof![
        Just((None, None, None)),
        (0u16..40, maybe(0u16..90)).prop_map(|(category, exercise)| (Some(category), exercise, None)),
        "[A-Za-zäöü ]{1,12}[a-z]".prop_map(|name| (Some(65534), None, Some(name.trim().to_owned()))),
    ];
    (0u32..1000, eighths(0, 300), any::<bool>(), maybe(0u16..200), maybe(eighths(0, 200)), movement).prop_map(
        |(start, duration, is_rest, repetitions, weight, (category, exercise, name))| Set {
            start: time(f64::from(start)),
            duration,
            kind: if is_rest { SetKind::Rest } else { SetKind::Active },
            repetitions,
            weight,
            implements: None,
            category,
            exercise,
            name,
        },
    )
}

/// An activity with laps end to end, records up to 2.6 s apart, perhaps a pause.
pub fn activity() -> impl Strategy<Value = Activity> {
    let lap = (eighths(1, 40), statistics(), maybe("[A-Z][a-zé]{0,20}"), 0u8..3);
    (
        (0i64..100_000_000, maybe(-56i32..56), 0u8..50, 0u8..80, "[A-Za-z0-9 äß&<>\"„“✓]{0,40}"),
        proptest::collection::vec(record(), 0..40),
        proptest::collection::vec(lap, 1..5),
        proptest::collection::vec(set(), 0..6),
        statistics(),
        any::<bool>(),
    )
        .prop_map(
            |((start, quarters, sport, sub_sport, title), records, laps, sets, totals, is_paused)| {
                let start = time(start as f64);
                let elapsed: f64 = laps.iter().map(|lap| lap.0).sum();
                let sets = sets
                    .into_iter()
                    .map(|set| Set { start: start + (set.start - time(0.0)), ..set })
                    .collect();
                let mut at = start;
                let laps: Vec<Lap> = laps
                    .into_iter()
                    .map(|(elapsed, statistics, name, trigger)| {
                        let trigger = [LapTrigger::Manual, LapTrigger::Time, LapTrigger::Distance]
                            [usize::from(trigger)];
                        let lap = Lap {
                            start: at,
                            elapsed,
                            timer: elapsed,
                            trigger,
                            name,
                            statistics,
                            ..Lap::default()
                        };
                        at += seconds(elapsed);
                        lap
                    })
                    .collect();
                let mut at = start;
                let records = records
                    .into_iter()
                    .map(|(step, record)| {
                        at += chrono::TimeDelta::milliseconds(step);
                        Record { time: at, ..record }
                    })
                    .collect();
                let pause = [(1.0, EventKind::Stop), (3.0, EventKind::Start)];
                let events = [(0.0, EventKind::Start)]
                    .into_iter()
                    .chain(pause.into_iter().filter(|_| is_paused && elapsed > 4.0))
                    .chain([(elapsed, EventKind::StopAll)])
                    .map(|(at, kind)| ActivityEvent { time: start + seconds(at), kind })
                    .collect();
                let title = title.trim().to_owned();
                Activity {
                    start,
                    utc_offset: quarters.map(|quarters| quarters * 900),
                    sport: Sport(sport),
                    sub_sport: SubSport(sub_sport),
                    title,
                    elapsed,
                    timer: elapsed,
                    totals,
                    laps,
                    records,
                    sets,
                    events,
                    ..Activity::default()
                }
            },
        )
}

fn one(bytes: &[u8], format: Format) -> Activity {
    let mut items = decode(bytes, format).unwrap();
    assert_eq!(items.len(), 1);
    match items.remove(0) {
        Item::Activity(activity) => *activity,
        other => panic!("an activity, not {other:?}"),
    }
}

#[track_caller]
fn near(found: Option<f64>, expected: Option<f64>, resolution: f64) {
    match (found, expected) {
        (Some(found), Some(expected)) => {
            assert!((found - expected).abs() <= resolution * 0.500_001, "{found} for {expected}");
        }
        (found, expected) => assert_eq!(found, expected),
    }
}

/// The moment rounded to the second, as FIT has it.
fn whole(time: Time) -> Time {
    let seconds = time.timestamp() + i64::from(time.timestamp_subsec_millis() >= 500);
    chrono::DateTime::from_timestamp(seconds, 0).unwrap()
}

#[track_caller]
fn compare_statistics(found: &Statistics, put_in: &Statistics) {
    near(found.distance, put_in.distance, 0.01);
    near(found.work, put_in.work, 1.0);
    assert_eq!(found.calories, put_in.calories);
    near(found.avg_speed, put_in.avg_speed, 0.001);
    near(found.max_speed, put_in.max_speed, 0.001);
    assert_eq!(found.avg_heart_rate, put_in.avg_heart_rate);
    assert_eq!(found.max_heart_rate, put_in.max_heart_rate);
    assert_eq!(found.avg_power, put_in.avg_power);
    assert_eq!(found.normalized_power, put_in.normalized_power);
    near(found.avg_cadence, put_in.avg_cadence, 1.0 / 128.0);
    assert_eq!(found.total_cycles, put_in.total_cycles);
    near(found.ascent, put_in.ascent, 1.0);
    near(found.avg_altitude, put_in.avg_altitude, 0.2);
    near(found.avg_grade, put_in.avg_grade, 0.01);
    near(found.avg_temperature, put_in.avg_temperature, 1.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn fit(activity in activity()) {
        let file = encode(&item(activity.clone()), Format::Fit, &options()).unwrap();
        let found = one(&file.bytes, Format::Fit);
        prop_assert_eq!(found.start, activity.start);
        prop_assert_eq!(found.utc_offset, activity.utc_offset);
        prop_assert_eq!((found.sport, found.sub_sport), (activity.sport, activity.sub_sport));
        prop_assert_eq!(&found.title, &activity.title);
        near(Some(found.elapsed), Some(activity.elapsed), 0.001);
        near(Some(found.timer), Some(activity.timer), 0.001);
        compare_statistics(&found.totals, &activity.totals);

        let mut last = None;
        let expected: Vec<&Record> = activity.records.iter().filter(|record| last.replace(whole(record.time)) != Some(whole(record.time))).collect();
        prop_assert_eq!(found.records.len(), expected.len());
        for (found, put_in) in found.records.iter().zip(expected) {
            prop_assert_eq!(found.time, whole(put_in.time));
            near(found.position.map(|at| at.latitude), put_in.position.map(|at| at.latitude), 1e-7);
            near(found.position.map(|at| at.longitude), put_in.position.map(|at| at.longitude), 1e-7);
            near(found.altitude, put_in.altitude, 0.2);
            near(found.distance, put_in.distance, 0.01);
            near(found.speed, put_in.speed, 0.001);
            prop_assert_eq!(found.heart_rate, put_in.heart_rate);
            near(found.cadence, put_in.cadence, 1.0 / 128.0);
            prop_assert_eq!(found.power, put_in.power);
            near(found.temperature, put_in.temperature, 1.0);
            near(found.grade, put_in.grade, 0.01);
            near(found.resistance, put_in.resistance, 1.0 / 2.54);
        }
        prop_assert_eq!(found.laps.len(), activity.laps.len());
        for (found, put_in) in found.laps.iter().zip(&activity.laps) {
            prop_assert_eq!(found.start, whole(put_in.start));
            near(Some(found.elapsed), Some(put_in.elapsed), 0.001);
            prop_assert_eq!(found.trigger, put_in.trigger);
            prop_assert_eq!(&found.name, &put_in.name);
            compare_statistics(&found.statistics, &put_in.statistics);
        }
        prop_assert_eq!(found.sets.len(), activity.sets.len());
        for (found, put_in) in found.sets.iter().zip(&activity.sets) {
            near(found.weight, put_in.weight, 1.0 / 16.0);
            near(Some(found.duration), Some(put_in.duration), 0.001);
            let put_in = Set { weight: found.weight, duration: found.duration, ..put_in.clone() };
            prop_assert_eq!(found, &put_in);
        }
        let expected: Vec<ActivityEvent> =
            activity.events.iter().map(|event| ActivityEvent { time: whole(event.time), ..*event }).collect();
        prop_assert_eq!(&found.events, &expected);
        prop_assert_eq!(&found.device, &Some(options().device));
        prop_assert_eq!(&*found.original.as_ref().unwrap().bytes, &*file.bytes);

        // What was read is what the format can tell: written once more, nothing is lost.
        let again = one(&encode(&item(found.clone()), Format::Fit, &options()).unwrap().bytes, Format::Fit);
        prop_assert_eq!(Activity { original: None, ..again }, Activity { original: None, ..found });
    }

    #[test]
    fn fit_with_any_numbers(values in proptest::collection::vec(any::<f64>(), 9), whole in any::<u16>(), byte in any::<u8>()) {
        let mut activity = samples::class(Sport::CYCLING, SubSport::GENERIC, 60);
        let [a, b, c, d, e, f, g, h, i] = values.try_into().unwrap();
        activity.records[30] = Record {
            time: activity.records[30].time,
            position: Some(Position { latitude: a, longitude: b }),
            altitude: Some(c), distance: Some(d), speed: Some(e), heart_rate: Some(byte), cadence: Some(f),
            power: Some(whole), temperature: Some(g), grade: Some(h), resistance: Some(i),
        };
        activity.totals.distance = Some(a);
        activity.laps[0].elapsed = b;
        activity.laps[1].statistics.avg_cadence = Some(c);
        activity.elapsed = activity.elapsed.max(d.min(1e6));
        activity.timer = e;
        for format in Format::ALL {
            // JSON has no infinite numbers; the others leave out what they cannot hold.
            if let Ok(file) = encode(&item(activity.clone()), format, &options())
                && format != Format::Json
            {
                let text = String::from_utf8_lossy(&file.bytes);
                prop_assert!(format == Format::Fit || !(text.contains("NaN") || text.contains("inf<")));
                prop_assert!(!decode(&file.bytes, format).unwrap().is_empty());
            }
        }
    }

    #[test]
    fn tcx(activity in activity()) {
        let file = encode(&item(activity.clone()), Format::Tcx, &options()).unwrap();
        let found = one(&file.bytes, Format::Tcx);
        prop_assert_eq!(found.start, activity.start);
        prop_assert_eq!(&found.title, &activity.title);
        let expected = match activity.sport {
            Sport::RUNNING => Sport::RUNNING,
            Sport::CYCLING | Sport::E_BIKING => Sport::CYCLING,
            _ => Sport::GENERIC,
        };
        prop_assert_eq!(found.sport, expected);
        prop_assert_eq!(found.records.len(), activity.records.len());
        for (found, put_in) in found.records.iter().zip(&activity.records) {
            prop_assert_eq!(found.time, put_in.time);
            prop_assert_eq!(found.position, put_in.position);
            near(found.altitude, put_in.altitude, 0.01);
            near(found.distance, put_in.distance, 0.01);
            near(found.speed, put_in.speed, 0.001);
            prop_assert_eq!(found.heart_rate, put_in.heart_rate);
            near(found.cadence, put_in.cadence, 1.0);
            prop_assert_eq!(found.power, put_in.power);
        }
        prop_assert_eq!(found.laps.len(), activity.laps.len());
        for (found, put_in) in found.laps.iter().zip(&activity.laps) {
            prop_assert_eq!(found.start, put_in.start);
            near(Some(found.timer), Some(put_in.timer), 0.001);
            prop_assert_eq!(found.trigger, put_in.trigger);
            prop_assert_eq!(&found.name, &put_in.name);
            near(found.statistics.distance, put_in.statistics.distance, 0.01);
            prop_assert_eq!(found.statistics.calories, put_in.statistics.calories);
            prop_assert_eq!(found.statistics.avg_heart_rate, put_in.statistics.avg_heart_rate);
            prop_assert_eq!(found.statistics.max_power, put_in.statistics.max_power);
            near(found.statistics.avg_cadence, put_in.statistics.avg_cadence, 1.0);
        }
        prop_assert_eq!(found.device.unwrap(), baton_core::Device { manufacturer: 0, ..options().device });
    }

    #[test]
    fn gpx(activity in activity()) {
        let placed: Vec<&Record> = activity.records.iter().filter(|record| record.position.is_some()).collect();
        match encode(&item(activity.clone()), Format::Gpx, &options()) {
            Err(error) => {
                prop_assert_eq!(error.kind.name(), "unsupported");
                prop_assert!(placed.is_empty());
            }
            Ok(file) => {
                let found = one(&file.bytes, Format::Gpx);
                prop_assert_eq!(&found.title, &activity.title);
                prop_assert_eq!(found.records.len(), placed.len());
                for (found, put_in) in found.records.iter().zip(placed) {
                    prop_assert_eq!(found.time, put_in.time);
                    prop_assert_eq!(found.position, put_in.position);
                    near(found.altitude, put_in.altitude, 0.01);
                    prop_assert_eq!(found.heart_rate, put_in.heart_rate);
                    near(found.cadence, put_in.cadence, 1.0);
                    prop_assert_eq!(found.power, put_in.power);
                    near(found.temperature, put_in.temperature, 0.1);
                }
            }
        }
    }

    #[test]
    fn json(activity in activity()) {
        let item = item(activity);
        let file = encode(&item, Format::Json, &options()).unwrap();
        prop_assert_eq!(decode(&file.bytes, Format::Json).unwrap(), vec![item]);
    }

    #[test]
    fn weight(weight in maybe(1u32..65_533), fat in maybe(1u32..10_000), age in maybe(1u8..255), met in maybe(1u32..16_000)) {
        let hundredths = |value: Option<u32>| value.map(|value| f64::from(value) / 100.0);
        let body = Body {
            time: time(0.0), weight: hundredths(weight), percent_fat: hundredths(fat), metabolic_age: age,
            basal_met: met.map(|met| f64::from(met) / 4.0), ..Body::default()
        };
        if let Ok(file) = encode(&Item::Body(body.clone()), Format::Fit, &options()) {
            prop_assert_eq!(decode(&file.bytes, Format::Fit).unwrap(), vec![Item::Body(body)]);
        } else {
            prop_assert_eq!(body, Body { time: time(0.0), ..Body::default() });
        }
    }
}

#[test]
fn blood_pressure_and_body_in_fit_and_json() {
    let pressure = Item::BloodPressure(samples::pressure());
    for format in [Format::Fit, Format::Json] {
        let file = encode(&pressure, format, &options()).unwrap();
        assert_eq!(decode(&file.bytes, format).unwrap(), std::slice::from_ref(&pressure));
    }
    let file = encode(&Item::Body(samples::body()), Format::Fit, &options()).unwrap();
    assert_eq!(
        decode(&file.bytes, Format::Fit).unwrap(),
        [Item::Body(Body { time: time(0.0), ..samples::body() })]
    );
    for format in [Format::Tcx, Format::Gpx] {
        let error = encode(&pressure, format, &options()).unwrap_err();
        assert_eq!(error.kind.name(), "unsupported");
    }
}

#[test]
fn what_the_class_planned_and_the_days_zones_come_back() {
    let ride = samples::class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 300);
    let found = one(&encode(&item(ride.clone()), Format::Fit, &options()).unwrap().bytes, Format::Fit);
    assert_eq!(found.workout, ride.workout);
    assert_eq!(found.zones, ride.zones);
    assert_eq!(found.user, ride.user);
    assert_eq!(found.laps.iter().map(|lap| lap.step).collect::<Vec<_>>(), [Some(0), Some(1), Some(2)]);
}

#[test]
fn seconds_in_zones_are_written_only_when_asked_for() {
    let mut ride = samples::class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 60);
    ride.totals.time_in_heart_rate_zone = vec![10.5, 20.25, 29.25];
    ride.totals.time_in_power_zone = vec![60.0];
    let ride = item(ride);
    let read = |options| one(&encode(&ride, Format::Fit, &options).unwrap().bytes, Format::Fit).totals;
    let asked = read(baton_fit::EncodeOptions { zone_times: true, ..options() });
    assert_eq!(asked.time_in_heart_rate_zone, [10.5, 20.25, 29.25]);
    assert_eq!(asked.time_in_power_zone, [60.0]);
    assert!(read(options()).time_in_heart_rate_zone.is_empty());
}

#[test]
fn long_texts_are_cut_between_characters() {
    let mut ride = samples::class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 60);
    ride.title = "é".repeat(200);
    let found = one(&encode(&item(ride), Format::Fit, &options()).unwrap().bytes, Format::Fit);
    assert_eq!(found.title, "é".repeat(127));
}

#[test]
fn an_activity_before_fits_epoch_is_refused() {
    let error = encode(&item(Activity::default()), Format::Fit, &options()).unwrap_err();
    assert_eq!(error.kind.name(), "rejected");
}

#[test]
fn tcx_breaks_its_tracks_at_pauses_and_reads_them_as_pauses() {
    let ride = samples::class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 300);
    let file = encode(&item(ride), Format::Tcx, &options()).unwrap();
    let text = String::from_utf8(file.bytes.to_vec()).unwrap();
    assert_eq!(text.matches("<Track>").count(), 4, "three laps, one of them in two stretches");
    let found = one(&file.bytes, Format::Tcx);
    let pause: Vec<_> =
        found.events.iter().map(|event| (event.kind, (event.time - found.start).num_seconds())).collect();
    assert_eq!(pause, [(EventKind::Stop, 100), (EventKind::Start, 130)]);
    assert_eq!((found.elapsed, found.timer), (300.0, 270.0));
    assert_eq!(found.laps[0].intensity, Some(baton_core::Intensity::Active));
}
