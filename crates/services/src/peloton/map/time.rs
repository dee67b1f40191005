//! When a workout really began and ended, and how far local time was from UTC.

use std::str::FromStr;

use baton_core::{Error, Result, Time};
use chrono::{Offset, TimeZone};

use crate::peloton::wire::Workout;

/// No workout lasts longer, s.
const LONGEST: f64 = 48.0 * 3600.0;
/// A session's end may lie this far before its last sample without anything being wrong, s.
const TOLERANCE: f64 = 5.0;

/// Second 0 of the graph and the seconds from there to the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    pub start: Time,
    pub elapsed: f64,
}

/// Finds the true start.
///
/// `start_time` is it, but for app, Guide, TV and audio classes: there it comes up to minutes late, and the samples
/// would end after the workout does. Then the start lies the class's length before the end, or, where that would be
/// before the session was opened because the member left early, as long before the end as the last sample is from
/// second 0. Measured on published payloads: 19 s late (meditation), 27 s (audio), 62 and 206 s (Guide).
///
/// `last` is the offset of the last sample and `duration` the class's length, both in seconds.
///
/// # Errors
/// `Rejected` where no time is told.
pub fn clock(workout: &Workout, last: Option<f64>, duration: Option<f64>) -> Result<Clock> {
    let opened = workout.opened();
    let start = workout.start_time.positive().or_else(|| {
        let introduction = workout.pedaling_start_offset().unwrap_or(0.0);
        opened.map(|opened| opened + introduction)
    });
    let Some(mut start) = start else {
        return Err(Error::rejected("Peloton does not tell when this workout was done"));
    };
    let last = last.unwrap_or(0.0);
    let end = workout.end_time.positive().filter(|end| (start..=start + LONGEST).contains(end));
    if let Some(end) = end
        && last > end - start + TOLERANCE
    {
        let by_class = end - duration.unwrap_or(0.0).max(last);
        let left_early = opened.is_some_and(|opened| by_class < opened - 15.0);
        start = if left_early { end - last } else { by_class };
    }
    let elapsed = match end {
        Some(end) => (end - start).max(last),
        None if last > 0.0 => last,
        None => duration.unwrap_or(0.0),
    };
    let start = Time::from_timestamp(start as i64, 0)
        .filter(|start| (2000..2200).contains(&chrono::Datelike::year(start)))
        .ok_or_else(|| Error::rejected("Peloton gives this workout an impossible date"))?;
    Ok(Clock { start, elapsed: elapsed.min(LONGEST) })
}

/// Local time minus UTC in seconds: from the device's own wall clock, else by the named time zone.
pub fn utc_offset(workout: &Workout) -> Option<i32> {
    by_wall_clock(workout).or_else(|| by_zone(workout))
}

/// Every zone of the world is a whole number of quarters of an hour from UTC, at most 14 hours.
fn by_wall_clock(workout: &Workout) -> Option<i32> {
    const QUARTER: f64 = 900.0;
    let difference = workout.device_time_created_at.positive()? - workout.opened()?;
    let whole = (difference / QUARTER).round() * QUARTER;
    ((difference - whole).abs() <= 120.0 && whole.abs() <= 14.0 * 3600.0).then_some(whole as i32)
}

/// `Etc/GMT+5` is UTC−5, as POSIX has it and as the zone database keeps it.
fn by_zone(workout: &Workout) -> Option<i32> {
    let zone = chrono_tz::Tz::from_str(workout.timezone.get()?).ok()?;
    let moment = workout.start_time.positive().or(workout.opened())?;
    let moment = Time::from_timestamp(moment as i64, 0)?;
    Some(zone.offset_from_utc_datetime(&moment.naive_utc()).fix().local_minus_utc())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const OPENED: i64 = 1_700_000_000;

    fn workout(value: serde_json::Value) -> Workout {
        serde_json::from_value(value).unwrap()
    }

    // start − opened, introduction, end − start, duration, last offset -> start − opened, elapsed
    #[rstest]
    #[case::bike_class(61, 60, 1799, 1800, 1800, 61, 1800)]
    #[case::row_class(57, 60, 603, 600, 600, 57, 603)]
    #[case::scenic(2, 0, 647, 647, 645, 2, 647)]
    #[case::outdoor_class(30, 1, 1773, 1800, 1799, 3, 1800)]
    #[case::meditation(13, 1, 281, 300, 298, -6, 300)]
    #[case::guide(122, 60, 538, 600, 574, 60, 600)]
    #[case::older_guide(266, 60, 394, 600, 600, 60, 600)]
    #[case::late_end(75, 60, 1898, 1800, 1799, 75, 1898)]
    #[case::left_early(60, 60, 1080, 1800, 1080, 60, 1080)]
    #[case::left_early_and_late(87, 60, 1053, 1800, 1080, 60, 1080)]
    fn start_and_end(
        #[case] late: i64,
        #[case] introduction: i64,
        #[case] length: i64,
        #[case] duration: i64,
        #[case] last: i64,
        #[case] start: i64,
        #[case] elapsed: i64,
    ) {
        let workout = workout(json!({
            "created_at": OPENED, "start_time": OPENED + late, "end_time": OPENED + late + length,
            "ride": {"pedaling_start_offset": introduction},
        }));
        let clock = clock(&workout, Some(last as f64), Some(duration as f64)).unwrap();
        assert_eq!((clock.start.timestamp() - OPENED, clock.elapsed), (start, elapsed as f64));
    }

    #[test]
    fn absent_times() {
        let open_end = workout(json!({"start_time": OPENED}));
        assert_eq!(clock(&open_end, Some(700.0), Some(1800.0)).unwrap().elapsed, 700.0);
        assert_eq!(clock(&open_end, None, Some(1800.0)).unwrap().elapsed, 1800.0);
        let opened = workout(json!({"created_at": OPENED, "ride": {"pedaling_start_offset": 60}}));
        assert_eq!(clock(&opened, None, None).unwrap().start.timestamp(), OPENED + 60);
        assert!(clock(&workout(json!({})), Some(9.0), None).is_err());
        assert!(clock(&workout(json!({"start_time": 1.0e15})), None, None).is_err());
        let backwards = workout(json!({"start_time": OPENED, "end_time": OPENED - 50}));
        assert_eq!(clock(&backwards, Some(20.0), None).unwrap().elapsed, 20.0);
    }

    #[rstest]
    #[case::wall_clock(json!({"device_time_created_at": OPENED - 21_600, "timezone": "Asia/Tokyo"}), Some(-21_600))]
    #[case::half_hours(json!({"device_time_created_at": OPENED + 20_700 + 3}), Some(20_700))]
    #[case::nonsense(json!({"device_time_created_at": OPENED + 431, "timezone": "America/Chicago"}), Some(-21_600))]
    #[case::posix_sign(json!({"timezone": "Etc/GMT+5"}), Some(-18_000))]
    #[case::summer(json!({"timezone": "Europe/Berlin", "start_time": 1_690_000_000}), Some(7200))]
    #[case::unknown(json!({"timezone": "Moon/Tranquility"}), None)]
    #[case::nothing(json!({}), None)]
    fn offsets(#[case] mut value: serde_json::Value, #[case] offset: Option<i32>) {
        value["created_at"] = json!(OPENED);
        assert_eq!(utc_offset(&workout(value)), offset);
    }
}
