//! Strava's answers, spelled as Strava spells them. Everything is optional; unknown fields are passed over.

use baton_core::Secret;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::loose::{Flag, List, Number, Object, Row, Series, Text};

/// A number of an activity, which may be larger than a float holds; also as text. Absent where it is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Id(pub Option<u64>);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
        Ok(Id(number.filter(|number| *number > 0)))
    }
}

/// A pair of tokens; `athlete` only in exchange for a code.
#[derive(Deserialize)]
pub struct Grant {
    pub access_token: Secret,
    pub refresh_token: Secret,
    #[serde(default)]
    pub expires_in: Number,
    #[serde(default)]
    pub athlete: Object<Athlete>,
}

/// The athlete who is signed in. `weight` (kg) is told only to those who may see the whole profile.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Athlete {
    pub id: Number,
    pub firstname: Text,
    pub lastname: Text,
    pub weight: Number,
}

/// What failures are answered with. `errors` is a text at times.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Fault {
    pub message: Text,
    pub errors: List<FaultError>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FaultError {
    pub resource: Text,
    pub field: Text,
    pub code: Text,
}

impl Fault {
    /// Whether this field of this resource is what is wrong.
    pub fn names(&self, resource: &str, field: &str) -> bool {
        self.errors.0.iter().any(|it| it.resource.is(resource) && it.field.is(field))
    }

    /// The scope that the token lacks: `activity:write` of `activity:write_permission`.
    pub fn missing_scope(&self) -> Option<&str> {
        self.errors
            .0
            .iter()
            .filter(|it| it.code.is("missing"))
            .find_map(|it| it.field.get()?.strip_suffix("_permission"))
    }
}

/// The state of an upload.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Upload {
    pub id: Option<u64>,
    pub error: Text,
    pub activity_id: Option<u64>,
}

/// A line of the list, or the whole of an activity, which alone has what is said so.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Activity {
    pub id: Id,
    /// 3 for the whole of an activity.
    pub resource_state: Number,
    pub external_id: Text,
    pub name: Text,
    /// Only of the whole.
    pub description: Text,
    pub sport_type: Text,
    /// What `sport_type` was before there were so many; coarser.
    pub r#type: Text,
    /// UTC, `2026-11-21T08:00:00Z`
    pub start_date: Text,
    /// Local time with a false `Z`.
    pub start_date_local: Text,
    /// s
    pub utc_offset: Number,
    /// m
    pub distance: Number,
    /// s
    pub elapsed_time: Number,
    /// s
    pub moving_time: Number,
    /// m
    pub total_elevation_gain: Number,
    /// m
    pub elev_high: Number,
    pub elev_low: Number,
    /// m/s
    pub max_speed: Number,
    /// bpm
    pub average_heartrate: Number,
    pub max_heartrate: Number,
    /// Revolutions a minute; steps of one leg a minute on foot.
    pub average_cadence: Number,
    /// W
    pub average_watts: Number,
    pub max_watts: Number,
    /// Whether the power was measured. Strava estimates it else.
    pub device_watts: Flag,
    /// °C
    pub average_temp: Number,
    /// kcal; only of the whole.
    pub calories: Number,
    /// On a machine, in a room.
    pub trainer: Flag,
    /// Typed in.
    pub manual: Flag,
    pub gear_id: Text,
    /// Only of the whole.
    pub gear: Object<Gear>,
    pub device_name: Text,
    /// Only of the whole; `None` where the answer does not tell them at all.
    pub laps: Option<List<Lap>>,
}

/// A bike or a pair of shoes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Gear {
    pub name: Text,
}

/// A lap.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Lap {
    /// Where it begins in the streams.
    pub start_index: Number,
    /// s
    pub elapsed_time: Number,
    /// m
    pub distance: Number,
    /// m
    pub total_elevation_gain: Number,
    /// m/s
    pub max_speed: Number,
    /// bpm
    pub average_heartrate: Number,
    pub max_heartrate: Number,
    /// As in [`Activity`].
    pub average_cadence: Number,
    /// W
    pub average_watts: Number,
}

/// What was sampled, by key; all rows of one answer have the same places. A row that does not exist is empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Streams {
    /// Whole seconds since the start, pauses included.
    pub time: Stream<Series>,
    /// m
    pub distance: Stream<Series>,
    /// Latitude and longitude, degrees.
    pub latlng: Stream<Row<Row<Number>>>,
    /// m
    pub altitude: Stream<Series>,
    /// m/s
    pub velocity_smooth: Stream<Series>,
    /// bpm
    pub heartrate: Stream<Series>,
    /// Revolutions a minute; steps of one leg a minute on foot.
    pub cadence: Stream<Series>,
    /// W
    pub watts: Stream<Series>,
    /// °C
    pub temp: Stream<Series>,
    /// Whether the athlete moved since the place before.
    pub moving: Stream<Row<Flag>>,
    /// %
    pub grade_smooth: Stream<Series>,
}

impl Streams {
    /// What to ask for: without it only the distance comes.
    pub const KEYS: &str =
        "time,distance,latlng,altitude,velocity_smooth,heartrate,cadence,watts,temp,moving,grade_smooth";
}

/// One row of samples; empty where the answer has something else in its place.
#[derive(Debug, Clone, Default)]
pub struct Stream<T>(pub T);

impl<'de, T: Default + Deserialize<'de>> Deserialize<'de> for Stream<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Stream<T>, D::Error> {
        #[derive(Deserialize)]
        struct Told<T> {
            #[serde(default)]
            data: T,
        }
        let told = Object::<Told<T>>::deserialize(deserializer)?;
        Ok(Stream(told.0.map(|told| told.data).unwrap_or_default()))
    }
}

/// An activity with all that belongs to it, in Strava's own words: what is archived of it. Without `streams` there are
/// none, and without `laps` they are those in `activity`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Recording {
    pub activity: Activity,
    pub streams: Option<Streams>,
    pub laps: Option<List<Lap>>,
}
