//! The Dynamic API's answers, spelt as Polar spells them, as far as Baton reads them. `docs/polar.md` says which of it is
//! published and which was seen.

use serde::Deserialize;
use serde_json::Value;

use crate::loose::{List, Number, Object, Series, Text};

/// A training session. Without features a list tells its totals alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Session {
    /// An object with an `id`.
    pub identifier: Value,
    /// Local time without a zone; some tell one.
    pub start_time: Text,
    /// Minutes of local time minus UTC.
    pub timezone_offset_minutes: Number,
    /// ms
    pub duration_millis: Number,
    /// m
    pub distance_meters: Number,
    /// kcal
    pub calories: Number,
    /// bpm
    pub hr_avg: Number,
    pub hr_max: Number,
    /// An object with the `id` of a sport.
    pub sport: Value,
    pub name: Text,
    pub note: Text,
    pub product: Object<Product>,
    /// One, or one for each sport.
    pub exercises: List<Exercise>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Product {
    pub model_name: Text,
}

/// A part of a session in one sport.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Exercise {
    pub start_time: Text,
    pub timezone_offset_minutes: Number,
    /// ms
    pub duration_millis: Number,
    pub sport: Value,
    pub samples: Object<Samples>,
    pub routes: Object<Routes>,
    pub laps: Object<Laps>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Samples {
    pub samples: List<Row>,
}

/// One kind of samples.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Row {
    /// `HEART_RATE`, perhaps with `SAMPLE_TYPE_` in front.
    #[serde(rename = "type")]
    pub kind: Text,
    /// ms between two
    pub interval_millis: Number,
    /// `"NaN"` or null where there was none.
    pub values: Series,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Routes {
    pub route: Object<Route>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Route {
    /// As of the exercise. A route may begin later than it.
    pub start_time: Text,
    pub way_points: List<WayPoint>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WayPoint {
    /// Degrees
    pub latitude: Number,
    pub longitude: Number,
    /// m
    pub altitude: Number,
    /// ms since the start of the route
    pub elapsed_millis: Number,
}

/// By hand, and by the device.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Laps {
    pub laps: List<Lap>,
    pub auto_laps: List<Lap>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Lap {
    /// ms
    pub duration_millis: Number,
}

/// The sessions of a list; `None` where this is none. A list without any is an empty object.
pub fn sessions(mut answer: Value) -> Option<Vec<Session>> {
    let fields = answer.as_object_mut()?;
    let rows = match fields.remove("trainingSessions") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(rows)) => rows,
        Some(_) => return None,
    };
    let read = rows.into_iter().filter_map(|row| {
        let session = serde_json::from_value::<Session>(row).ok();
        if session.is_none() {
            tracing::warn!("a row of Polar's list is no training session and is left out");
        }
        session
    });
    Some(read.collect())
}

/// The names of the sports of the catalogue, with their ids.
pub fn sports(answer: &Value) -> Vec<(String, String)> {
    let rows = answer.get("sports").unwrap_or(answer).as_array().map_or(&[][..], Vec::as_slice);
    let named = rows.iter().filter_map(|row| {
        let id = id(row).or_else(|| id(row.get("identifier")?))?;
        Some((id, row.get("name")?.as_str()?.to_owned()))
    });
    named.collect()
}

/// An id, as it stands or inside of an object.
pub fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(fields) => fields.get("id").and_then(id),
        _ => None,
    }
}
