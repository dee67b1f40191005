//! Streams as records second by second, and the pauses that they show. Pure.

use baton_core::units::rounded;
use baton_core::{Position, Record, Time};
use chrono::TimeDelta;

use super::wire::Streams;
use crate::loose::Series;

/// What lies later is not believed: ten days, in seconds.
const LAST: f64 = 864_000.0;
/// Between two samples the watch stood still where more than this has passed, in seconds, and more than so many times what
/// usually passes: devices that record by need leave a few seconds out.
const GAP: i64 = 10;
const GAP_TIMES: i64 = 4;

/// The streams of an activity by their places.
pub struct Samples<'a> {
    streams: &'a Streams,
    /// Whole seconds since the start of each place; `None` where the time is missing or runs backwards.
    seconds: Vec<Option<i64>>,
}

impl<'a> Samples<'a> {
    /// `None` where the streams do not tell times, without which the rest says nothing.
    pub fn of(streams: &'a Streams) -> Option<Samples<'a>> {
        let mut last = -1;
        let seconds: Vec<Option<i64>> = streams
            .time
            .0
            .0
            .iter()
            .map(|second| {
                let second = Some(*second).filter(|second| (0.0..=LAST).contains(second))?.round() as i64;
                (second > last).then(|| {
                    last = second;
                    second
                })
            })
            .collect();
        seconds.iter().any(Option::is_some).then_some(Samples { streams, seconds })
    }

    /// Seconds since the start at a place.
    pub fn second(&self, place: usize) -> Option<i64> {
        self.seconds.get(place).copied().flatten()
    }

    /// The last second that has a sample.
    pub fn last(&self) -> i64 {
        self.seconds.iter().rev().find_map(|second| *second).unwrap_or_default()
    }

    /// A record for each second that has a sample, in order, each with what was measured then. Power that nobody measured
    /// is an estimate of Strava's and left out.
    pub fn records(&self, start: Time, power_is_measured: bool) -> Vec<Record> {
        let Streams { distance, altitude, velocity_smooth, heartrate, cadence, watts, temp, .. } =
            self.streams;
        let places = self.seconds.iter().enumerate();
        places
            .filter_map(|(place, second)| {
                let at = |stream: &Series| stream.0.get(place).copied().filter(|value| value.is_finite());
                Some(Record {
                    time: start + TimeDelta::seconds((*second)?),
                    position: self.position(place),
                    altitude: at(&altitude.0),
                    distance: at(&distance.0).filter(|distance| *distance >= 0.0),
                    speed: at(&velocity_smooth.0).filter(|speed| *speed >= 0.0),
                    heart_rate: at(&heartrate.0)
                        .and_then(|rate| rounded(rate, 1.0, 254.0))
                        .map(|rate| rate as u8),
                    cadence: at(&cadence.0).filter(|cadence| *cadence >= 0.0),
                    power: at(&watts.0)
                        .filter(|_| power_is_measured)
                        .and_then(|power| rounded(power, 0.0, 65_534.0))
                        .map(|power| power as u16),
                    temperature: at(&temp.0),
                    grade: at(&self.streams.grade_smooth.0),
                    resistance: None,
                })
            })
            .collect()
    }

    fn position(&self, place: usize) -> Option<Position> {
        let [latitude, longitude] = self.streams.latlng.0.0.get(place)?.0.as_slice() else { return None };
        let latitude = latitude.within(-90.0, 90.0)?;
        Some(Position { latitude, longitude: longitude.within(-180.0, 180.0)? })
    }

    /// Whether power is among the streams.
    pub fn has_power(&self) -> bool {
        self.streams.watts.0.0.iter().any(|watts| *watts > 0.0)
    }

    /// From when to when the athlete stood still, in seconds since the start, in order and apart: `moving` tells of the
    /// time since the place before. With `gaps` also where a device that was stopped wrote nothing.
    pub fn pauses(&self, gaps: bool) -> Vec<(i64, i64)> {
        let moving = &self.streams.moving.0.0;
        let gap = self.usual_step().saturating_mul(GAP_TIMES).max(GAP);
        let mut pauses: Vec<(i64, i64)> = Vec::new();
        let mut before = None;
        for (place, second) in self.seconds.iter().enumerate() {
            let Some(second) = *second else { continue };
            if let Some(before) = before {
                let stood = moving.get(place).is_some_and(|moving| moving.0 == Some(false));
                if stood || gaps && second - before > gap {
                    match pauses.last_mut() {
                        Some(last) if last.1 == before => last.1 = second,
                        _ => pauses.push((before, second)),
                    }
                }
            }
            before = Some(second);
        }
        pauses
    }

    /// Half of all samples come within so many seconds after the one before.
    fn usual_step(&self) -> i64 {
        let seconds: Vec<i64> = self.seconds.iter().copied().flatten().collect();
        let mut steps: Vec<i64> = seconds.windows(2).map(|pair| pair[1] - pair[0]).collect();
        steps.sort_unstable();
        steps.get(steps.len() / 2).copied().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn streams(told: Value) -> Streams {
        serde_json::from_value(told).unwrap()
    }

    fn start() -> Time {
        "2026-11-21T07:00:00Z".parse().unwrap()
    }

    #[test]
    fn rows_become_records_and_holes_stay_holes() {
        let streams = streams(json!({
            "time": {"data": [0, 1, 2, 65]},
            "latlng": {"data": [[60.17, 24.94], null, [91.0, 0.0], [60.18, 24.95]]},
            "heartrate": {"data": [98, null, 0, 104.4]},
            "cadence": {"data": [0, 82, 83, 84]},
            "watts": {"data": [0, 210, null, 205]},
            "temp": null,
            "distance": {"data": [0.0, 3.1, 6.2]},
        }));
        let samples = Samples::of(&streams).unwrap();
        let records = samples.records(start(), true);
        let seconds: Vec<i64> = records.iter().map(|record| (record.time - start()).num_seconds()).collect();
        assert_eq!((seconds, samples.last()), (vec![0, 1, 2, 65], 65));
        let rates: Vec<_> = records.iter().map(|record| record.heart_rate).collect();
        assert_eq!(rates, [Some(98), None, None, Some(104)]);
        assert_eq!(records.iter().filter(|record| record.position.is_some()).count(), 2);
        assert_eq!((records[1].power, records[2].power), (Some(210), None));
        assert_eq!((records[0].cadence, records[1].cadence), (Some(0.0), Some(82.0)), "as it was counted");
        assert_eq!((records[3].distance, records[3].temperature), (None, None), "a row that is too short");
        assert!(samples.records(start(), false).iter().all(|record| record.power.is_none()));
    }

    #[test]
    fn times_that_run_backwards_are_left_out_and_places_stay() {
        let streams = streams(json!({
            "time": {"data": [0, 5, 5, 3, null, -1, 9_999_999, 6]}, "heartrate": {"data": [1, 2, 3, 4, 5, 6, 7, 8]},
        }));
        let samples = Samples::of(&streams).unwrap();
        let rates: Vec<_> =
            samples.records(start(), true).iter().map(|record| record.heart_rate.unwrap()).collect();
        assert_eq!((rates, samples.second(7), samples.second(3)), (vec![1, 2, 8], Some(6), None));
    }

    #[test]
    fn without_times_there_is_nothing() {
        assert!(Samples::of(&streams(json!({"distance": {"data": [1.0, 2.0]}}))).is_none());
        assert!(Samples::of(&streams(json!({"time": {"data": "none"}}))).is_none());
    }

    #[rstest]
    #[case::standing(json!([0, 1, 2, 3, 63, 64]), json!([true, true, true, true, false, true]), vec![(3, 63)])]
    #[case::standing_second_by_second(json!([0, 1, 2, 3, 4]), json!([true, true, false, false, true]), vec![(1, 3)])]
    #[case::twice(json!([0, 1, 2, 3, 4]), json!([true, false, true, false, true]), vec![(0, 1), (2, 3)])]
    #[case::a_stopped_device(json!([0, 1, 2, 3, 63, 64]), json!([true, true, true, true, true, true]), vec![(3, 63)])]
    #[case::no_row(json!([0, 1, 2, 3, 63, 64]), json!(null), vec![(3, 63)])]
    #[case::slow_samples(json!([0, 60, 120, 180, 240]), json!(null), vec![])]
    #[case::recorded_by_need(json!([0, 4, 9, 17, 20]), json!(null), vec![])]
    #[case::holes(json!([0, null, 2, 3]), json!([true, false, false, null]), vec![(0, 2)])]
    fn pauses_are_seen(#[case] time: Value, #[case] moving: Value, #[case] expected: Vec<(i64, i64)>) {
        let streams = streams(json!({"time": {"data": time}, "moving": {"data": moving}}));
        assert_eq!(Samples::of(&streams).unwrap().pauses(true), expected);
    }

    #[test]
    fn a_gap_counts_only_where_it_is_asked_for() {
        let streams =
            streams(json!({"time": {"data": [0, 1, 2, 63, 64]}, "moving": {"data": [true, false]}}));
        assert_eq!(Samples::of(&streams).unwrap().pauses(false), [(0, 1)]);
    }
}
