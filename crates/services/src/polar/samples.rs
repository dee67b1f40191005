//! Rows of samples and a track as records, second by second. Pure.

use std::collections::BTreeMap;

use baton_core::units::{KILOMETRE_PER_HOUR, rounded};
use baton_core::{Position, Record, Time};
use chrono::TimeDelta;

use super::notation::duration;
use super::wire::{Exercise, Location, Samples};
use crate::loose::Number;

/// What lies later is not believed: ten days, in seconds.
const LAST: i64 = 864_000;
/// The longest time between two samples of a row, in seconds.
const SLOWEST: f64 = 3600.0;

/// Records by whole seconds since the start, in order; FIT knows no smaller ones. Their times are not set yet.
#[derive(Default)]
pub struct Seconds(BTreeMap<i64, Record>);

impl Seconds {
    /// Of all rows that records have a place for: RR intervals, balance and air pressure have none.
    pub fn of(exercise: &Exercise) -> Seconds {
        let mut seconds = Seconds::default();
        for row in &exercise.samples.0 {
            seconds.add_row(row);
        }
        seconds
    }

    fn add_row(&mut self, row: &Samples) {
        let Some(put) = row.sample_type.within(0.0, 99.0).and_then(|kind| field(kind as u8)) else { return };
        let (Some(rate), Some(data)) = (row.recording_rate.0, row.data.get()) else { return };
        // Holes are written `null`, which is no number.
        let values = data.split(',').map(|value| value.trim().parse().unwrap_or(f64::NAN));
        self.add_values(put, 0.0, rate, values);
    }

    /// Adds a row of the type with that name, whose first value was measured `begin` seconds after the start, and each
    /// further one `apart` seconds after the one before it. What is not finite is a hole.
    pub fn add_named(&mut self, name: &str, begin: f64, apart: f64, values: &[f64]) {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        if let Some(put) = known.and_then(|(_, kind)| field(*kind)) {
            self.add_values(put, begin, apart, values.iter().copied());
        }
    }

    fn add_values(&mut self, put: Put, begin: f64, apart: f64, values: impl Iterator<Item = f64>) {
        if !(1.0..=SLOWEST).contains(&apart) {
            return;
        }
        for (index, value) in values.enumerate() {
            let second = (begin + index as f64 * apart).round() as i64;
            if second > LAST {
                return;
            }
            if value.is_finite() {
                put(self.0.entry(second).or_default(), value);
            }
        }
    }

    /// Adds where the person was, by Polar's route.
    pub fn add_route(&mut self, route: &[Location]) {
        for location in route {
            if let Some(time) = location.time.get().and_then(duration) {
                self.add_point(time, location.latitude, location.longitude, Number(None));
            }
        }
    }

    /// Adds where the person was, and how high where that is told, so many seconds after the start.
    pub fn add_point(&mut self, time: f64, latitude: Number, longitude: Number, altitude: Number) {
        let second = time.round() as i64;
        let degrees = latitude.within(-90.0, 90.0).zip(longitude.within(-180.0, 180.0));
        let Some((latitude, longitude)) = degrees.filter(|_| (0..=LAST).contains(&second)) else { return };
        let record = self.0.entry(second).or_default();
        record.position.get_or_insert(Position { latitude, longitude });
        record.altitude = record.altitude.or(altitude.0);
    }

    /// Adds where the person was, and how high, by the records of a file.
    pub fn add_track(&mut self, start: Time, track: &[Record]) {
        for point in track {
            let second = (point.time - start).as_seconds_f64().round() as i64;
            if !(0..=LAST).contains(&second) {
                continue;
            }
            let record = self.0.entry(second).or_default();
            record.position = record.position.or(point.position);
            record.altitude = record.altitude.or(point.altitude);
        }
    }

    /// The records, strictly in order, without those that say nothing.
    pub fn into_records(self, start: Time) -> Vec<Record> {
        let told = self.0.into_iter().filter(|(_, record)| *record != Record::default());
        told.map(|(second, record)| Record { time: start + TimeDelta::seconds(second), ..record }).collect()
    }
}

/// Puts a value into its place.
type Put = fn(&mut Record, f64);

/// The Dynamic API's names of some types. Of power it names that of single pedals too, which is not these records'.
const NAMES: [(&str, u8); 7] = [
    ("HEART_RATE", 0),
    ("SPEED", 1),
    ("CADENCE", 2),
    ("ALTITUDE", 3),
    ("POWER", 4),
    ("TEMPERATURE", 9),
    ("DISTANCE", 10),
];

/// Where a value of this type of samples goes; `None` for those without a place.
fn field(kind: u8) -> Option<Put> {
    Some(match kind {
        0 => |record, rate| record.heart_rate = rounded(rate, 1.0, 254.0).map(|rate| rate as u8),
        1 => |record, speed| record.speed = (speed >= 0.0).then_some(speed * KILOMETRE_PER_HOUR),
        2 => |record, cadence| record.cadence = (cadence >= 0.0).then_some(cadence),
        3 => |record, altitude| record.altitude = Some(altitude),
        4 => |record, power| record.power = rounded(power, 0.0, 65_534.0).map(|power| power as u16),
        // Steps of both feet, where records count those of one.
        8 => |record, steps| record.cadence = (steps >= 0.0).then_some(steps / 2.0),
        9 => |record, temperature| record.temperature = Some(temperature),
        10 => |record, distance| record.distance = (distance >= 0.0).then_some(distance),
        _ => return None,
    })
}
