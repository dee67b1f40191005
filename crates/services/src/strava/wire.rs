//! Strava's answers, spelled as Strava spells them. Everything is optional; unknown fields are passed over.

use baton_core::Secret;
use serde::Deserialize;

use crate::loose::{Flag, List, Number, Object, Text};

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

/// A line of the list, and as far as Baton looks at it the whole of an activity.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Activity {
    pub id: Option<u64>,
    pub external_id: Text,
    pub name: Text,
    pub description: Text,
    pub sport_type: Text,
    /// UTC, `2026-11-21T08:00:00Z`
    pub start_date: Text,
    /// Local time with a false `Z`.
    pub start_date_local: Text,
    /// m
    pub distance: Number,
    /// s
    pub elapsed_time: Number,
    /// s
    pub moving_time: Number,
    pub trainer: Flag,
    pub gear_id: Text,
    pub device_name: Text,
}
