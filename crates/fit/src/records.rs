//! Records as files hold them: several of one moment, out of order, and with times that a faulty clock or damaged bytes
//! made up. Shared by all formats.

use baton_core::{Record, Time};
use chrono::TimeDelta;

/// Nobody records for longer than this without a stop. What lies further from the middle of a recording has a time
/// that was made up.
pub const LONGEST: TimeDelta = TimeDelta::days(14);

/// Adds a record behind the others. One of the same moment as the last fills what that one leaves open: Strava's apps
/// tell position and distance of one moment in two records.
pub fn push(records: &mut Vec<Record>, record: Record) {
    match records.last_mut() {
        Some(last) if last.time == record.time => fill(last, &record),
        _ => records.push(record),
    }
}

/// Sorts records by time and makes one of those of the same moment.
pub fn put_in_order(records: &mut Vec<Record>) {
    if records.is_sorted_by(|one, next| one.time < next.time) {
        return;
    }
    records.sort_by_key(|record| record.time);
    records.dedup_by(|later, earlier| {
        let is_same = later.time == earlier.time;
        if is_same {
            fill(earlier, later);
        }
        is_same
    });
}

/// Takes out the records whose times are weeks away from the middle one; tells how many there were.
pub fn leave_out_made_up_times(records: &mut Vec<Record>) -> usize {
    let mut times: Vec<Time> = records.iter().map(|record| record.time).collect();
    let middle = times.len() / 2;
    if times.is_empty() {
        return 0;
    }
    let (_, &mut middle, _) = times.select_nth_unstable(middle);
    let before = records.len();
    records.retain(|record| (record.time - middle).abs() <= LONGEST);
    before - records.len()
}

/// The sentence that says so.
pub fn made_up_times(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 sample with an impossible time was left out".to_owned()),
        _ => Some(format!("{count} samples with impossible times were left out")),
    }
}

/// The sentence that says that so many points of a track have no time.
pub fn without_time(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 point without a time was left out".to_owned()),
        _ => Some(format!("{count} points without a time were left out")),
    }
}

fn fill(record: &mut Record, other: &Record) {
    record.position = record.position.or(other.position);
    record.altitude = record.altitude.or(other.altitude);
    record.distance = record.distance.or(other.distance);
    record.speed = record.speed.or(other.speed);
    record.heart_rate = record.heart_rate.or(other.heart_rate);
    record.cadence = record.cadence.or(other.cadence);
    record.power = record.power.or(other.power);
    record.temperature = record.temperature.or(other.temperature);
    record.grade = record.grade.or(other.grade);
    record.resistance = record.resistance.or(other.resistance);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(second: i64, heart_rate: Option<u8>, power: Option<u16>) -> Record {
        let time = chrono::DateTime::from_timestamp(second, 0).unwrap();
        Record { time, heart_rate, power, ..Record::default() }
    }

    #[test]
    fn records_of_one_moment_become_one() {
        let mut records = Vec::new();
        for one in [
            record(5, None, Some(200)),
            record(5, Some(120), Some(9)),
            record(9, None, None),
            record(5, Some(7), None),
        ] {
            push(&mut records, one);
        }
        assert_eq!(records.len(), 3);
        put_in_order(&mut records);
        assert_eq!(records, [record(5, Some(120), Some(200)), record(9, None, None)]);
    }

    #[test]
    fn times_that_are_years_away_are_left_out() {
        let day = 86_400;
        let mut records: Vec<Record> =
            [20_000, 20_001, 20_013, 43_000, 20_002, 0].map(|at| record(at * day, None, None)).into();
        assert_eq!(leave_out_made_up_times(&mut records), 2);
        assert_eq!(records.len(), 4);
        assert_eq!(leave_out_made_up_times(&mut Vec::new()), 0);
    }
}
