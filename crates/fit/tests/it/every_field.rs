//! FIT -> activity -> FIT: every field that Baton knows comes back, to within its field's resolution.

use baton_core::activity::Gender;
use baton_core::{
    Activity, Format, Intensity, Item, Lap, Statistics, StepDuration, StepTarget, User, Workout, WorkoutStep,
    Zones,
};
use baton_fit::{EncodeOptions, decode, encode};
use proptest::collection::vec;
use proptest::option::of as maybe;
use proptest::prelude::*;

use crate::fields::{self, is_near};
use crate::round_trip::activity;
use crate::samples::{item, options};

/// Half of the resolution of what FIT rounds, by the end of its path.
const ROUNDED: [(&str, f64); 9] = [
    ("altitude", 0.1),
    ("distance", 0.005),
    ("position.latitude", 5e-8),
    ("position.longitude", 5e-8),
    ("temperature", 0.5),
    ("resistance", 0.2),
    ("cent", 0.5),
    ("work", 0.5),
    ("weight", 0.04),
];
const EXACT: f64 = 0.005;
/// What the numbers themselves are off by.
const BINARY: f64 = 1e-9;

fn tenths(most: u32) -> impl Strategy<Value = f64> {
    (1..=most * 10).prop_map(|tenths| f64::from(tenths) / 10.0)
}

fn intensity() -> impl Strategy<Value = Intensity> {
    prop_oneof![
        Just(Intensity::Active),
        Just(Intensity::Rest),
        Just(Intensity::Warmup),
        Just(Intensity::Cooldown),
        Just(Intensity::Recovery),
        Just(Intensity::Interval),
    ]
}

fn step() -> impl Strategy<Value = WorkoutStep> {
    let duration = prop_oneof![
        tenths(7200).prop_map(StepDuration::Time),
        tenths(50_000).prop_map(StepDuration::Distance),
        Just(StepDuration::Open),
    ];
    let whole = |most: u32| (0..=most).prop_map(f64::from);
    let target = prop_oneof![
        Just(StepTarget::Open),
        (whole(120), whole(200)).prop_map(|(low, high)| StepTarget::Cadence { low, high }),
        (tenths(20), tenths(20)).prop_map(|(low, high)| StepTarget::Speed { low, high }),
        (1u32..900, 1u32..1500)
            .prop_map(|(low, high)| StepTarget::Power { low: f64::from(low), high: f64::from(high) }),
        (1u8..8).prop_map(StepTarget::PowerZone),
        (1u8..6).prop_map(StepTarget::HeartRateZone),
        (whole(100), whole(100)).prop_map(|(low, high)| StepTarget::Resistance { low, high }),
        (tenths(20), tenths(20)).prop_map(|(low, high)| StepTarget::Grade { low, high }),
    ];
    (maybe("[A-Z][a-zé ]{0,20}[a-z]"), duration, target, maybe(intensity()))
        .prop_map(|(name, duration, target, intensity)| WorkoutStep { name, duration, target, intensity })
}

fn zones() -> impl Strategy<Value = Option<Zones>> {
    (maybe(1u16..600), maybe(1u8..255), maybe(1u8..255), vec(1u8..255, 0..7), vec(1u16..3000, 0..8)).prop_map(
        |(threshold_power, max_heart_rate, threshold_heart_rate, heart_rate, power)| {
            let zones = Zones { threshold_power, max_heart_rate, threshold_heart_rate, heart_rate, power };
            Some(zones).filter(|zones| *zones != Zones::default())
        },
    )
}

fn user() -> impl Strategy<Value = Option<User>> {
    let gender = prop_oneof![Just(Gender::Female), Just(Gender::Male)];
    (maybe(tenths(300)), maybe(100u32..250), maybe(gender), maybe(1u8..120)).prop_map(
        |(weight, height, gender, age)| {
            let height = height.map(|centimetres| f64::from(centimetres) / 100.0);
            let user = User { weight, height, gender, age };
            Some(user).filter(|user| *user != User::default())
        },
    )
}

/// The statistics that the other generator leaves out.
fn more() -> impl Strategy<Value = Statistics> {
    let rates = (maybe(1u8..255), maybe(0u16..2500), maybe(tenths(250)), maybe(tenths(9)));
    let heights = (maybe(tenths(5000)), maybe(tenths(5000)), maybe(tenths(5000)), maybe(tenths(80)));
    (rates, heights, maybe(tenths(50)), vec(tenths(3000), 0..6), vec(tenths(3000), 0..8)).prop_map(
        |((min_heart_rate, max_power, max_cadence, avg_stroke_distance), heights, warm, hearts, powers)| {
            let (descent, max_altitude, min_altitude, max_grade) = heights;
            Statistics {
                min_heart_rate,
                max_power,
                max_cadence: max_cadence.map(f64::floor),
                avg_stroke_distance,
                descent: descent.map(f64::floor),
                max_altitude,
                min_altitude,
                max_grade,
                max_temperature: warm,
                time_in_heart_rate_zone: hearts,
                time_in_power_zone: powers,
                ..Statistics::default()
            }
        },
    )
}

fn with_more(statistics: &Statistics, more: &Statistics) -> Statistics {
    Statistics {
        min_heart_rate: more.min_heart_rate,
        max_power: more.max_power,
        max_cadence: more.max_cadence,
        avg_stroke_distance: more.avg_stroke_distance,
        descent: more.descent,
        max_altitude: more.max_altitude,
        min_altitude: more.min_altitude,
        max_grade: more.max_grade,
        max_temperature: more.max_temperature,
        time_in_heart_rate_zone: more.time_in_heart_rate_zone.clone(),
        time_in_power_zone: more.time_in_power_zone.clone(),
        ..statistics.clone()
    }
}

/// An activity with everything that a FIT file has room for. Its laps are those of its plan.
fn complete() -> impl Strategy<Value = Activity> {
    let plan = (vec(step(), 0..5), "[A-Z][a-zäß ]{0,30}[a-z]");
    (activity(), plan, zones(), user(), vec(more(), 6), vec(maybe(intensity()), 5), (tenths(2), tenths(400)))
        .prop_map(|(activity, (steps, name), zones, user, more, intensities, (factor, stress))| {
            let laps = activity.laps.iter().zip(&more).zip(intensities).enumerate();
            let laps = laps.map(|(index, ((lap, more), intensity))| {
                let step = index.checked_rem(steps.len());
                Lap {
                    intensity,
                    step: step.map(|step| step as u16),
                    name: step.and_then(|step| steps.get(step)?.name.clone()),
                    statistics: with_more(&lap.statistics, more),
                    ..lap.clone()
                }
            });
            Activity {
                laps: laps.collect(),
                totals: Statistics {
                    intensity_factor: Some(factor),
                    training_stress_score: Some(stress),
                    ..with_more(&activity.totals, &more[5])
                },
                title: name.clone(),
                workout: (!steps.is_empty()).then_some(Workout { name, steps }),
                zones,
                user,
                device: Some(options().device),
                ..activity
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn comes_back(mut activity in complete()) {
        // FIT has whole seconds, and one record in each.
        let second = |time: &mut baton_core::Time| *time = chrono::DateTime::from_timestamp(time.timestamp(), 0).unwrap();
        activity.records.iter_mut().for_each(|record| second(&mut record.time));
        activity.records.dedup_by_key(|record| record.time);
        activity.laps.iter_mut().for_each(|lap| second(&mut lap.start));
        activity.events.iter_mut().for_each(|event| second(&mut event.time));
        let options = EncodeOptions { zone_times: true, ..options() };
        let file = encode(&item(activity.clone()), Format::Fit, &options).unwrap();
        let Item::Activity(found) = decode(&file.bytes, Format::Fit).unwrap().remove(0) else { panic!("an activity") };
        let found = fields::of(&found);
        for (path, put_in) in fields::of(&activity) {
            let found = found.get(&path).map_or(&[][..], Vec::as_slice);
            prop_assert_eq!(found.len(), put_in.len(), "{}", &path);
            let most = ROUNDED.iter().find(|(end, _)| path.ends_with(end)).map_or(EXACT, |(_, most)| *most) + BINARY;
            for pair in found.iter().zip(&put_in) {
                prop_assert!(is_near(pair, most), "{path}: {} for {}", pair.0, pair.1);
            }
        }
    }
}
