//! Thresholds and zones that were in force on the day, and what Peloton tells of the person.

use baton_core::units::{INCH, POUND, rounded};
use baton_core::{Time, User, Zones, activity};

use crate::peloton::wire::{self, PerformanceGraph, Workout};

/// What Peloton takes off a threshold power that the member typed in, who types a 20-minute average.
const MANUAL_SHARE: f64 = 0.95;
/// Upper bounds of Coggan's power zones as shares of threshold power; the seventh is open.
const COGGAN: [f64; 6] = [0.55, 0.75, 0.90, 1.05, 1.20, 1.50];
/// Lower bounds of Peloton's heart-rate zones 2 to 5 as shares of the highest heart rate.
const HEART_RATE: [f64; 4] = [0.65, 0.75, 0.85, 0.95];

/// The zones, or `None` where nothing is known. Threshold power is told for rides only (`on_bike`).
pub fn zones(
    workout: &Workout,
    graph: &PerformanceGraph,
    user: Option<&wire::User>,
    on_bike: bool,
) -> Option<Zones> {
    let threshold = if on_bike { threshold_power(workout, user) } else { None };
    let heart_rate = heart_rate_bounds(graph, user);
    let zones = Zones {
        threshold_power: threshold,
        max_heart_rate: heart_rate.last().copied(),
        threshold_heart_rate: None,
        heart_rate,
        power: threshold.map_or_else(Vec::new, |watts| {
            COGGAN.iter().map(|share| (f64::from(watts) * share).round() as u16).collect()
        }),
    };
    (zones != Zones::default()).then_some(zones)
}

/// Functional threshold power in watts: the workout's own, which was in force that day, else the member's present one.
fn threshold_power(workout: &Workout, user: Option<&wire::User>) -> Option<u16> {
    let watts = |number: wire::Number, share: f64| {
        number.positive().and_then(|watts| rounded(watts * share, 20.0, 2000.0)).map(|watts| watts as u16)
    };
    let of_workout = workout.ftp_info.0.as_ref().and_then(|info| {
        watts(info.ftp, if info.ftp_source.is("ftp_manual_source") { MANUAL_SHARE } else { 1.0 })
    });
    let of_user = || {
        let user = user?;
        let manual = watts(user.cycling_ftp, MANUAL_SHARE);
        let test = watts(user.cycling_workout_ftp, 1.0);
        let estimate = watts(user.estimated_cycling_ftp, 1.0);
        match user.cycling_ftp_source.get() {
            Some("ftp_workout_source") => test.or(manual).or(estimate),
            Some("ftp_estimated_source") => estimate.or(test).or(manual),
            _ => manual.or(test).or(estimate),
        }
    };
    of_workout.or_else(of_user)
}

/// Upper bounds of the five heart-rate zones; the last is the highest heart rate.
fn heart_rate_bounds(graph: &PerformanceGraph, user: Option<&wire::User>) -> Vec<u8> {
    let shown: Option<Vec<u8>> = graph.metric("heart_rate").and_then(|metric| {
        let bounds = metric.zones.0.iter();
        bounds.map(|zone| zone.max_value.within(30.0, 250.0).map(|bpm| bpm.round() as u8)).collect()
    });
    if let Some(bounds) = shown
        && bounds.len() == 5
        && bounds.is_sorted_by(|a, b| a < b)
    {
        return bounds;
    }
    let highest = user.and_then(|user| {
        let custom = user.customized_max_heart_rate.within(100.0, 250.0);
        custom.or(user.default_max_heart_rate.within(100.0, 250.0))
    });
    highest.map_or_else(Vec::new, |highest| {
        let below = HEART_RATE.iter().map(|share| (highest * share).round() as u8 - 1);
        below.chain([highest.round() as u8]).collect()
    })
}

/// Weight, height, gender and age on the day of the workout.
pub fn user(user: &wire::User, start: Time) -> Option<User> {
    let born = user.birthday.0.and_then(|seconds| Time::from_timestamp(seconds as i64, 0));
    let told = User {
        weight: user.weight.within(40.0, 1000.0).map(|pounds| pounds * POUND),
        height: user.height.within(20.0, 110.0).map(|inches| inches * INCH),
        gender: match user.gender.get() {
            Some("female") => Some(activity::Gender::Female),
            Some("male") => Some(activity::Gender::Male),
            _ => None,
        },
        age: born.and_then(|born| start.years_since(born)).and_then(|years| u8::try_from(years).ok()),
    };
    (told != User::default()).then_some(told)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn of(workout: Value, graph: Value, user: Value) -> Option<Zones> {
        let user: Option<wire::User> = serde_json::from_value(user).unwrap();
        zones(
            &serde_json::from_value(workout).unwrap(),
            &serde_json::from_value(graph).unwrap(),
            user.as_ref(),
            true,
        )
    }

    #[rstest]
    #[case::test(json!({"ftp_info": {"ftp": 209, "ftp_source": "ftp_workout_source"}}), json!({}), Some(209))]
    #[case::typed(json!({"ftp_info": {"ftp": 220, "ftp_source": "ftp_manual_source"}}), json!({}), Some(209))]
    #[case::no_source(json!({"ftp_info": {"ftp": 154}}), json!({"cycling_ftp": 300}), Some(154))]
    #[case::of_user(
        json!({"ftp_info": {"ftp": 0}}),
        json!({"cycling_ftp_source": "ftp_manual_source", "cycling_ftp": 220, "estimated_cycling_ftp": 92}), Some(209)
    )]
    #[case::of_users_test(
        json!({}), json!({"cycling_ftp_source": "ftp_workout_source", "cycling_ftp": 220, "cycling_workout_ftp": 200}),
        Some(200)
    )]
    #[case::estimate(json!({}), json!({"cycling_ftp": 0, "estimated_cycling_ftp": 92}), Some(92))]
    #[case::absurd(json!({"ftp_info": {"ftp": 99999}}), json!({}), None)]
    fn thresholds(#[case] workout: Value, #[case] user: Value, #[case] watts: Option<u16>) {
        let zones = of(workout, json!({}), user);
        assert_eq!(zones.as_ref().and_then(|zones| zones.threshold_power), watts);
        if watts == Some(200) {
            assert_eq!(zones.unwrap().power, [110, 150, 180, 210, 240, 300]);
        }
    }

    #[test]
    fn heart_rate_zones_of_the_day_or_of_the_member() {
        let zone = |max: u32| json!({"max_value": max});
        let zones = [121, 140, 159, 178, 188].map(zone);
        let graph = json!({"metrics": [{"slug": "heart_rate", "values": [1], "zones": zones}]});
        let user = json!({"default_max_heart_rate": 186, "customized_max_heart_rate": 0});
        let told = of(json!({}), graph, user.clone()).unwrap();
        assert_eq!((told.heart_rate, told.max_heart_rate), (vec![121, 140, 159, 178, 188], Some(188)));
        let told = of(json!({}), json!({}), user).unwrap();
        assert_eq!((told.heart_rate, told.max_heart_rate), (vec![120, 139, 157, 176, 186], Some(186)));
        assert_eq!(of(json!({}), json!({}), json!(null)), None);
    }

    #[test]
    fn people_in_si_units() {
        let raw: wire::User = serde_json::from_value(
            json!({"weight": 165, "height": 70, "gender": "female", "birthday": 520_000_000}),
        )
        .unwrap();
        let told = user(&raw, Time::from_timestamp(1_700_000_000, 0).unwrap()).unwrap();
        assert!((told.weight.unwrap() - 74.84).abs() < 0.01 && (told.height.unwrap() - 1.778).abs() < 1e-9);
        assert_eq!((told.gender, told.age), (Some(activity::Gender::Female), Some(37)));
        assert!(user(&wire::User::default(), Time::UNIX_EPOCH).is_none());
    }
}
