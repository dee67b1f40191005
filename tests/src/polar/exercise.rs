//! A training session as AccessLink gives it, and the notations that it uses: local times, durations, sample rows.

use std::io::Write as _;

use chrono::DateTime;
use serde_json::{Value, json};

use super::api::Parts;

/// AccessLink's numbers for kinds of samples.
pub mod sample_types {
    pub const HEART_RATE: u8 = 0;
    /// km/h
    pub const SPEED: u8 = 1;
    pub const CADENCE: u8 = 2;
    pub const ALTITUDE: u8 = 3;
    pub const POWER: u8 = 4;
    /// Of both feet.
    pub const RUNNING_CADENCE: u8 = 8;
    pub const TEMPERATURE: u8 = 9;
    /// m since the start
    pub const DISTANCE: u8 = 10;
    /// ms; without a recording rate
    pub const RR_INTERVAL: u8 = 11;
}

/// One kind of samples of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleRow {
    /// One of [`sample_types`].
    pub kind: u8,
    /// Seconds between two; `None` for RR intervals.
    pub rate: Option<u32>,
    /// `None` where the sensor was offline.
    pub data: Vec<Option<f64>>,
}

/// A point of a route.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub latitude: f64,
    pub longitude: f64,
    /// Seconds since the start.
    pub seconds: f64,
}

/// A training session.
#[derive(Debug, Clone, PartialEq)]
pub struct Exercise {
    /// The hashed id.
    pub id: String,
    /// Unix seconds at which Flow got it.
    pub uploaded: i64,
    /// Unix seconds
    pub start: i64,
    /// Local time minus UTC.
    pub utc_offset_minutes: i32,
    /// s
    pub duration: f64,
    pub sport: String,
    pub detailed_sport_info: String,
    /// m
    pub distance: Option<f64>,
    pub calories: Option<u32>,
    /// Average and maximum.
    pub heart_rate: Option<(u32, u32)>,
    pub device: Option<String>,
    pub samples: Vec<SampleRow>,
    pub has_route: bool,
    pub route: Vec<Point>,
    /// The files that Polar has of it; the TCX file not yet packed.
    pub fit: Option<Vec<u8>>,
    pub tcx: Option<Vec<u8>>,
    pub gpx: Option<Vec<u8>>,
}

impl Exercise {
    /// As AccessLink tells it, with the parts that were asked for.
    pub(super) fn json(&self, user_id: i64, parts: Parts) -> Value {
        let mut all = json!({
            "id": self.id, "upload_time": format!("{}.000Z", utc(self.uploaded).trim_end_matches('Z')),
            "polar_user": format!("https://www.polaraccesslink/v3/users/{user_id}"),
            "start_time": utc(self.start + i64::from(self.utc_offset_minutes) * 60).trim_end_matches('Z'),
            "start_time_utc_offset": self.utc_offset_minutes, "duration": duration(self.duration),
            "sport": self.sport, "detailed_sport_info": self.detailed_sport_info,
            "has_route": self.has_route, "training_load": 47.25, "running-index": 51,
            "fat_percentage": 38, "carbohydrate_percentage": 58, "protein_percentage": 4,
            "training_load_pro": {
                "date": &utc(self.start)[..10], "cardio-load": 47.25, "cardio-load-interpretation": "MEDIUM",
                "muscle-load-interpretation": "NOT_AVAILABLE", "perceived-load-interpretation": "UNKNOWN",
                "user-rpe": "RPE_MODERATE",
            },
        });
        let optional = [
            ("distance", self.distance.map(|it| json!(it))),
            ("calories", self.calories.map(|it| json!(it))),
            (
                "heart_rate",
                self.heart_rate.map(|(average, most)| json!({"average": average, "maximum": most})),
            ),
            ("device", self.device.as_ref().map(|it| json!(it))),
            ("device_id", self.device.as_ref().map(|_| json!("A0B1C2D3"))),
            ("heart_rate_zones", parts.zones.then(|| self.zones())),
            ("samples", parts.samples.then(|| self.samples.iter().map(SampleRow::json).collect())),
            ("route", parts.route.then(|| self.route.iter().map(Point::json).collect())),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                all[name] = value;
            }
        }
        all
    }

    /// Five zones of ten per cent of a maximum of 190, with the time spent in each.
    fn zones(&self) -> Value {
        let rows = self.samples.iter().filter(|row| row.kind == sample_types::HEART_RATE);
        let values: Vec<f64> = rows.flat_map(|row| row.data.iter().flatten().copied()).collect();
        let zones = (0..5_u32).map(|index| {
            let (low, high) = (95 + 19 * index, 95 + 19 * (index + 1));
            let inside = values.iter().filter(|it| (f64::from(low)..f64::from(high)).contains(*it)).count();
            let time = duration(inside as f64);
            json!({"index": index + 1, "lower-limit": low, "upper-limit": high, "in-zone": time})
        });
        zones.collect()
    }
}

impl SampleRow {
    fn json(&self) -> Value {
        let values: Vec<String> =
            self.data.iter().map(|value| value.map_or_else(|| "null".into(), |it| it.to_string())).collect();
        json!({
            "recording-rate": self.rate, "sample-type": self.kind.to_string(), "data": values.join(","),
        })
    }
}

impl Point {
    fn json(&self) -> Value {
        json!({
            "latitude": self.latitude, "longitude": self.longitude, "time": format!("PT{}S", self.seconds),
            "satellites": 9, "fix": 3,
        })
    }
}

/// `2026-03-01T08:15:30Z`.
pub(super) fn utc(unix_seconds: i64) -> String {
    let time = DateTime::from_timestamp(unix_seconds, 0).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// ISO 8601: `PT1H2M3.5S`, without parts that are zero.
pub(super) fn duration(seconds: f64) -> String {
    let whole = seconds.floor() as i64;
    let (hours, minutes) = (whole / 3600, whole / 60 % 60);
    let rest = ((seconds - (whole - whole % 60) as f64) * 1000.0).round() / 1000.0;
    let part = |is_there: bool, text: String| if is_there { text } else { String::new() };
    let (hours, minutes) = (part(hours > 0, format!("{hours}H")), part(minutes > 0, format!("{minutes}M")));
    format!("PT{hours}{minutes}{}", part(rest > 0.0 || whole == 0, format!("{rest}S")))
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory does not fail.
    let _ = packing.write_all(bytes);
    packing.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_polar_writes_them() {
        let cases =
            [(9840.0, "PT2H44M"), (2730.5, "PT45M30.5S"), (90.0, "PT1M30S"), (0.0, "PT0S"), (3600.0, "PT1H")];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text);
        }
    }
}
