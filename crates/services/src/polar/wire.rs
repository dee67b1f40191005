//! AccessLink's answers, spelt as Polar spells them, as far as Baton reads them. Polar writes some names with hyphens and
//! others with underscores, and has changed its mind: both are read.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::loose::{Flag, List, Number, Object, Text};

/// A training session.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Exercise {
    pub id: Text,
    /// When Flow got it, UTC.
    pub upload_time: Text,
    /// A link. Every exercise has it.
    pub polar_user: Text,
    pub device: Text,
    /// Local time, without a zone.
    pub start_time: Text,
    /// Minutes of local time minus UTC.
    pub start_time_utc_offset: Number,
    /// ISO 8601: `PT1H2M3.5S`
    pub duration: Text,
    /// kcal
    pub calories: Number,
    /// m
    pub distance: Number,
    pub heart_rate: Object<HeartRate>,
    pub sport: Text,
    pub detailed_sport_info: Text,
    pub has_route: Flag,
    pub heart_rate_zones: List<Zone>,
    pub samples: List<Samples>,
    pub route: List<Location>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct HeartRate {
    pub average: Number,
    pub maximum: Number,
}

/// A heart-rate zone; limits in bpm.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Zone {
    pub index: Number,
    pub upper_limit: Number,
    /// How long the heart rate was in it, ISO 8601.
    #[serde(rename = "in_zone")]
    pub time: Text,
}

/// One kind of samples.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Samples {
    /// Seconds between two; null for RR intervals.
    pub recording_rate: Number,
    /// A number as text.
    pub sample_type: Number,
    /// Numbers with commas between; `null` where the sensor was offline.
    pub data: Text,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Location {
    /// Degrees
    pub latitude: Number,
    pub longitude: Number,
    /// ISO 8601, since the start
    pub time: Text,
}

/// What Flow knows of the person's body: one current state.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PhysicalInfo {
    /// kg
    pub weight: Number,
    pub modified: Text,
    pub weight_source: Text,
}

/// A registered person.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct User {
    pub first_name: Text,
    pub last_name: Text,
}

/// An exercise; `None` where this is none.
pub fn exercise(value: Value) -> Option<Exercise> {
    read(value).filter(|exercise: &Exercise| exercise.id.get().is_some())
}

/// An object of Polar's; `None` where it is something else.
pub fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(Value::Object(underscored(value)?)).ok()
}

/// The object with underscores in all names.
fn underscored(value: Value) -> Option<Map<String, Value>> {
    let Value::Object(fields) = value else { return None };
    Some(fields.into_iter().map(|(name, value)| (name.replace('-', "_"), inside(value))).collect())
}

fn inside(value: Value) -> Value {
    match value {
        Value::Array(values) => Value::Array(values.into_iter().map(inside).collect()),
        Value::Object(_) => underscored(value).map_or(Value::Null, Value::Object),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_with_hyphens_and_underscores_are_the_same() {
        let with_hyphens = json!({"id": "A1", "start-time-utc-offset": -210, "detailed-sport-info": "YOGA",
            "heart-rate": {"average": 120}, "samples": [{"recording-rate": 1, "sample-type": "0", "data": "99"}],
            "heart-rate-zones": [{"index": 1, "upper-limit": 130, "in-zone": "PT4S"}]});
        let text = with_hyphens.to_string().replace('-', "_").replace(":_210", ":-210");
        for value in [with_hyphens, serde_json::from_str(&text).unwrap()] {
            let exercise = exercise(value).unwrap();
            assert_eq!(exercise.start_time_utc_offset.0, Some(-210.0));
            assert!(exercise.detailed_sport_info.is("yoga"));
            assert_eq!(exercise.heart_rate.0.unwrap().average.0, Some(120.0));
            assert_eq!(exercise.samples.0[0].sample_type.0, Some(0.0));
            assert_eq!(exercise.heart_rate_zones.0[0].upper_limit.0, Some(130.0));
        }
    }

    #[test]
    fn what_is_no_exercise_is_none() {
        for value in [json!(null), json!([]), json!({}), json!({"id": 7}), json!({"id": " "}), json!("A1")] {
            assert!(exercise(value.clone()).is_none(), "{value}");
        }
        // One field of another form costs that field alone.
        let odd = json!({"id": "A1", "duration": 7, "samples": {}, "heart_rate": [], "distance": "12.5"});
        assert_eq!(exercise(odd).unwrap().distance.0, Some(12.5));
    }
}
