//! Activities to test with, made up here: every kind of sport, pauses, laps, sets, tracks.

use baton_core::activity::{Gender, seconds};
use baton_core::{
    Activity, ActivityEvent, BloodPressure, Body, Device, EventKind, Intensity, Item, Lap, LapTrigger,
    Position, Record, Set, SetKind, Sport, Statistics, StepDuration, StepTarget, SubSport, Time, User,
    Workout, WorkoutStep, Zones,
};
use baton_fit::EncodeOptions;

pub fn time(offset: f64) -> Time {
    chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap() + seconds(offset)
}

pub fn options() -> EncodeOptions {
    EncodeOptions { device: Device::preset("tacx_training_app").unwrap(), zone_times: false }
}

/// A class of an hour at most, with a pause of 30 s after a third, in three laps.
pub fn class(sport: Sport, sub_sport: SubSport, length: u32) -> Activity {
    let third = f64::from(length / 3);
    let pause = (third, third + 30.0);
    let records = (0..length)
        .filter(|&second| f64::from(second) <= pause.0 || f64::from(second) >= pause.1)
        .map(|second| record(sport, second))
        .collect();
    let bounds = [0.0, third, 2.0 * third, f64::from(length)];
    let laps =
        bounds.windows(2).enumerate().map(|(index, bounds)| lap(index, bounds[0], bounds[1])).collect();
    Activity {
        start: time(0.0),
        utc_offset: Some(-5 * 3600),
        sport,
        sub_sport,
        title: "30 min Climb – Ride „Über“ with Ana".into(),
        elapsed: f64::from(length),
        timer: f64::from(length) - 30.0,
        totals: statistics(2.0),
        laps,
        records,
        events: vec![
            ActivityEvent { time: time(0.0), kind: EventKind::Start },
            ActivityEvent { time: time(pause.0), kind: EventKind::Stop },
            ActivityEvent { time: time(pause.1), kind: EventKind::Start },
            ActivityEvent { time: time(f64::from(length)), kind: EventKind::StopAll },
        ],
        workout: Some(workout()),
        zones: Some(Zones {
            threshold_power: Some(254),
            max_heart_rate: Some(189),
            threshold_heart_rate: Some(171),
            heart_rate: vec![123, 141, 159, 175, 189],
            power: vec![140, 190, 228, 267, 305, 381, 2000],
        }),
        user: Some(User {
            weight: Some(71.3),
            height: Some(1.78),
            gender: Some(Gender::Female),
            age: Some(41),
        }),
        device: Some(options().device),
        ..Activity::default()
    }
}

fn record(sport: Sport, second: u32) -> Record {
    let at = f64::from(second);
    Record {
        time: time(at),
        heart_rate: (second % 97 > 3).then_some(110 + (second % 61) as u8),
        cadence: Some(80.0 + f64::from(second % 20) / 2.0),
        distance: Some(at * 8.337),
        speed: Some(8.0 + f64::from(second % 10) / 10.0),
        power: (sport != Sport::RUNNING).then_some(150 + (second % 200) as u16),
        grade: (sport == Sport::RUNNING).then_some(f64::from(second % 7) * 0.55 - 1.0),
        resistance: (sport == Sport::CYCLING).then_some(f64::from(second % 100)),
        temperature: Some(21.0),
        ..Record::default()
    }
}

/// A walk outside, across the antimeridian's neighbourhood of nowhere: the track is made up.
pub fn walk() -> Activity {
    let mut activity = class(Sport::WALKING, SubSport::GENERIC, 900);
    for (index, record) in activity.records.iter_mut().enumerate() {
        let step = index as f64 * 1e-5;
        record.position = Some(Position { latitude: -12.345_678_9 + step, longitude: 179.99 + step });
        record.altitude = Some(12.4 + f64::from(index as u16 % 50));
    }
    activity
}

fn lap(index: usize, start: f64, end: f64) -> Lap {
    let intensity = [Intensity::Warmup, Intensity::Active, Intensity::Cooldown][index % 3];
    Lap {
        start: time(start),
        elapsed: end - start,
        timer: if index == 1 { end - start - 30.0 } else { end - start },
        trigger: if index == 2 { LapTrigger::SessionEnd } else { LapTrigger::Time },
        name: workout().steps[index % 3].name.clone(),
        intensity: Some(intensity),
        step: Some(index as u16 % 3),
        statistics: statistics(1.0),
    }
}

pub fn statistics(factor: f64) -> Statistics {
    Statistics {
        distance: Some(5000.05 * factor),
        work: Some(150_001.0 * factor),
        calories: Some(321),
        avg_speed: Some(8.337),
        max_speed: Some(11.3),
        avg_heart_rate: Some(141),
        max_heart_rate: Some(170),
        min_heart_rate: Some(92),
        avg_power: Some(201),
        max_power: Some(349),
        normalized_power: Some(233),
        intensity_factor: (factor > 1.0).then_some(0.917),
        training_stress_score: (factor > 1.0).then_some(41.9),
        avg_cadence: Some(84.75),
        max_cadence: Some(111.0),
        total_cycles: Some(1234),
        avg_stroke_distance: Some(9.87),
        ascent: Some(123.0),
        descent: Some(45.0),
        avg_altitude: Some(12.4),
        max_altitude: Some(61.4),
        min_altitude: Some(-3.0),
        avg_grade: Some(-1.25),
        max_grade: Some(12.5),
        avg_temperature: Some(21.0),
        max_temperature: Some(24.0),
        ..Statistics::default()
    }
}

fn workout() -> Workout {
    let step = |name: &str, duration, target, intensity| WorkoutStep {
        name: Some(name.to_owned()),
        duration,
        target,
        intensity: Some(intensity),
    };
    Workout {
        name: "30 min Climb – Ride „Über“ with Ana".into(),
        steps: vec![
            step(
                "Warm Up",
                StepDuration::Time(299.5),
                StepTarget::Cadence { low: 80.0, high: 95.0 },
                Intensity::Warmup,
            ),
            step(
                "Push",
                StepDuration::Distance(1609.34),
                StepTarget::Power { low: 200.0, high: 250.0 },
                Intensity::Active,
            ),
            step("Cool Down", StepDuration::Open, StepTarget::PowerZone(1), Intensity::Cooldown),
        ],
    }
}

pub fn strength() -> Activity {
    let set = |start: f64, kind, repetitions, weight, movement: Option<(u16, u16)>, name: Option<&str>| Set {
        start: time(start),
        duration: 42.125,
        kind,
        repetitions,
        weight,
        implements: None,
        category: movement.map(|movement| movement.0),
        exercise: movement.map(|movement| movement.1),
        name: name.map(str::to_owned),
    };
    let mut activity = class(Sport::TRAINING, SubSport::STRENGTH_TRAINING, 600);
    activity.workout = None;
    activity.laps.truncate(1);
    activity.laps[0].elapsed = 600.0;
    activity.laps[0].name = None;
    activity.laps[0].step = None;
    activity.sets = vec![
        set(0.0, SetKind::Active, Some(12), Some(15.0 * 0.453_592_37), Some((7, 17)), Some("Hammer Curl")),
        set(50.0, SetKind::Rest, None, None, None, None),
        set(100.0, SetKind::Active, None, None, Some((65534, 0)), Some("Dragon Flag")),
        set(150.0, SetKind::Active, Some(8), Some(20.0), Some((65534, 0)), Some("Human Flag")),
        set(200.0, SetKind::Active, Some(9), Some(20.0), Some((65534, 0)), Some("Dragon Flag")),
    ];
    activity
}

pub fn body() -> Body {
    Body {
        time: time(0.4),
        utc_offset: None,
        weight: Some(40.05),
        percent_fat: Some(21.37),
        percent_hydration: Some(54.2),
        bone_mass: Some(2.91),
        muscle_mass: Some(31.55),
        bmi: Some(22.4),
        visceral_fat_rating: Some(7.0),
        metabolic_age: Some(33),
        physique_rating: None,
        basal_met: Some(1512.25),
        active_met: None,
        more: Vec::new(),
    }
}

pub fn pressure() -> BloodPressure {
    let (systolic, diastolic, heart_rate) = (121, 79, Some(58));
    BloodPressure { time: time(0.0), systolic, diastolic, heart_rate, ..BloodPressure::default() }
}

/// The same class so many seconds later.
pub fn later(mut activity: Activity, by: f64) -> Activity {
    let by = seconds(by);
    activity.start += by;
    activity.records.iter_mut().for_each(|record| record.time += by);
    activity.laps.iter_mut().for_each(|lap| lap.start += by);
    activity.events.iter_mut().for_each(|event| event.time += by);
    activity
}

pub fn item(activity: Activity) -> Item {
    Item::Activity(Box::new(activity))
}
