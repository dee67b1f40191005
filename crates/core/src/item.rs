//! What a source lists and what an entry holds: [`Entry`], [`Item`], and the [`File`] that is made of one.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Activity, BloodPressure, Body, Measured, Sport, SubSport, Time, activity};

/// What sort of thing an entry is. Routes choose by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Activity,
    Body,
    BloodPressure,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Activity, Kind::Body, Kind::BloodPressure];

    /// The name used in configuration, on the command line and in the ledger.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Activity => "activity",
            Kind::Body => "body",
            Kind::BloodPressure => "blood_pressure",
        }
    }

    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// From the first to the last moment that something covers. `end >= start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
pub struct Span {
    pub start: Time,
    pub end: Time,
}

impl Span {
    /// A span; an end before the start is taken as the start.
    pub fn new(start: Time, end: Time) -> Span {
        Span { start, end: end.max(start) }
    }

    /// So many seconds from a start. What services tell may be absurd: beyond the end of time it ends as it starts.
    pub fn lasting(start: Time, seconds: f64) -> Span {
        let end = start.checked_add_signed(activity::seconds(seconds)).unwrap_or(start);
        Span::new(start, end)
    }

    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        (self.end - self.start).as_seconds_f64()
    }

    /// Seconds that both spans cover.
    pub fn overlap(&self, other: &Span) -> f64 {
        (self.end.min(other.end) - self.start.max(other.start)).as_seconds_f64().max(0.0)
    }
}

/// The time window that a listing is asked for. An open side means "as far as there is".
/// An entry belongs to the window when its start lies in `from..until`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub from: Option<Time>,
    pub until: Option<Time>,
}

impl Window {
    pub const ALL: Window = Window { from: None, until: None };

    pub fn contains(&self, time: Time) -> bool {
        self.from.is_none_or(|from| time >= from) && self.until.is_none_or(|until| time < until)
    }
}

/// Who recorded an entry, as far as the source says. Loops are broken by it: what another service brought to the
/// source is not carried on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum RecordedBy {
    /// The source itself or its equipment.
    #[default]
    Source,
    /// Another service or device whose data the source imported; the name as the source spells it.
    Elsewhere(String),
}

/// Whose an entry is. Several people stand on one scale, and some scales guess.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The account's.
    #[default]
    Certain,
    /// The source does not know: it is held back until the person says.
    Doubtful,
    /// The person said that it is theirs.
    Mine,
    /// The person said that it is not.
    NotMine,
}

/// One line of a source's listing: cheap, without samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct Entry {
    /// The source's own identifier, stable for ever.
    pub key: String,
    pub kind: Kind,
    pub span: Span,
    /// Changes whenever the source's copy changes; compared as text only.
    pub revision: String,
    pub recorded_by: RecordedBy,
    pub title: String,
    /// Sport and sub-sport where the listing tells; used by filters, joining and display.
    pub sport: Option<Sport>,
    pub sub_sport: Option<SubSport>,
    /// Local time minus UTC in seconds, where the listing tells.
    pub utc_offset: Option<i32>,
    /// Still being recorded: left for a later run.
    pub in_progress: bool,
    /// When the source got it or last changed it, where that may be long after its start: a scale that was offline
    /// tells its weigh-ins later.
    pub arrived: Option<Time>,
    pub owner: Owner,
    /// The whole of a measurement. Nothing is fetched where it is there.
    pub measured: Option<Measured>,
}

impl From<Measured> for Item {
    fn from(measured: Measured) -> Item {
        match measured {
            Measured::Body(body) => Item::Body(body),
            Measured::BloodPressure(pressure) => Item::BloodPressure(pressure),
        }
    }
}

/// What an entry holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    Activity(Box<Activity>),
    Body(Body),
    BloodPressure(BloodPressure),
}

impl Item {
    pub fn kind(&self) -> Kind {
        match self {
            Item::Activity(_) => Kind::Activity,
            Item::Body(_) => Kind::Body,
            Item::BloodPressure(_) => Kind::BloodPressure,
        }
    }

    pub fn span(&self) -> Span {
        match self {
            Item::Activity(activity) => activity.span(),
            Item::Body(body) => Span::new(body.time, body.time),
            Item::BloodPressure(pressure) => Span::new(pressure.time, pressure.time),
        }
    }

    pub fn title(&self) -> &str {
        match self {
            Item::Activity(activity) => &activity.title,
            Item::Body(_) => "Body measurement",
            Item::BloodPressure(_) => "Blood pressure",
        }
    }

    /// Local time minus UTC in seconds; 0 where unknown.
    pub fn utc_offset(&self) -> i32 {
        match self {
            Item::Activity(activity) => activity.utc_offset,
            Item::Body(body) => body.utc_offset,
            Item::BloodPressure(pressure) => pressure.utc_offset,
        }
        .unwrap_or(0)
    }

    /// The measurement, where it is one: small enough to come whole with a listing.
    pub fn measured(&self) -> Option<Measured> {
        match self {
            Item::Activity(_) => None,
            Item::Body(body) => Some(Measured::Body(body.clone())),
            Item::BloodPressure(pressure) => Some(Measured::BloodPressure(pressure.clone())),
        }
    }

    pub fn original(&self) -> Option<&Original> {
        match self {
            Item::Activity(activity) => activity.original.as_ref(),
            Item::Body(_) | Item::BloodPressure(_) => None,
        }
    }
}

/// The few numbers that tell an item apart in a list. Absent where they were not measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct Headline {
    /// m
    pub distance: Option<f64>,
    /// s
    pub timer: Option<f64>,
    /// W
    pub avg_power: Option<u16>,
    /// bpm
    pub avg_heart_rate: Option<u8>,
    /// m/s
    pub avg_speed: Option<f64>,
    /// kcal
    pub calories: Option<u16>,
    /// kg
    pub weight: Option<f64>,
    /// mmHg
    pub systolic: Option<u16>,
    /// mmHg
    pub diastolic: Option<u16>,
}

impl Item {
    pub fn headline(&self) -> Headline {
        match self {
            Item::Activity(activity) => Headline {
                distance: activity.totals.distance,
                timer: Some(activity.timer),
                avg_power: activity.totals.avg_power,
                avg_heart_rate: activity.totals.avg_heart_rate,
                avg_speed: activity.totals.avg_speed,
                calories: activity.totals.calories,
                ..Headline::default()
            },
            Item::Body(body) => Headline { weight: body.weight, ..Headline::default() },
            Item::BloodPressure(pressure) => {
                let (systolic, diastolic) = (Some(pressure.systolic), Some(pressure.diastolic));
                Headline { avg_heart_rate: pressure.heart_rate, systolic, diastolic, ..Headline::default() }
            }
        }
    }
}

/// A file format that Baton reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Fit,
    Tcx,
    Gpx,
    Json,
}

impl Format {
    pub const ALL: [Format; 4] = [Format::Fit, Format::Tcx, Format::Gpx, Format::Json];

    /// The name, which is the file extension too.
    pub const fn extension(self) -> &'static str {
        match self {
            Format::Fit => "fit",
            Format::Tcx => "tcx",
            Format::Gpx => "gpx",
            Format::Json => "json",
        }
    }

    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| name.eq_ignore_ascii_case(format.extension()))
    }

    /// By the file's extension; `None` for others.
    pub fn of_path(path: &Path) -> Option<Format> {
        path.extension().and_then(|extension| extension.to_str()).and_then(Format::from_name)
    }
}

/// The bytes as the vendor or the device wrote them. Passed on untouched wherever the destination takes the format:
/// what somebody already encoded is never encoded again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    pub format: Format,
    #[serde(skip)]
    pub bytes: Arc<[u8]>,
}

/// An encoded item: what is archived, saved and uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub format: Format,
    pub bytes: Arc<[u8]>,
}
