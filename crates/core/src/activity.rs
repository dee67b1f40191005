//! A workout in FIT's shape and in SI units: [`Activity`] with its laps, records, sets, events and workout steps.

use serde::{Deserialize, Serialize};

use crate::{Device, Original, Span, Sport, SubSport, Time};

/// One session. Every number is SI (metres, seconds, watts, joules) unless its line says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Activity {
    pub start: Time,
    /// Local time minus UTC in seconds, where known.
    pub utc_offset: Option<i32>,
    pub sport: Sport,
    pub sub_sport: SubSport,
    pub title: String,
    /// Free text; remarks of the conversion are separate, see `remarks`.
    pub notes: String,
    /// Who led the class, for title templates.
    pub instructor: Option<String>,
    /// The bike or the shoes, by the name that the person gave them where it comes from.
    pub gear: Option<String>,
    /// From start to end by the clock.
    pub elapsed: f64,
    /// `elapsed` less the pauses that `events` tell of.
    pub timer: f64,
    pub totals: Statistics,
    /// At least one after [`crate::clean::clean`]; in time order, first to last second covered.
    pub laps: Vec<Lap>,
    /// Laps by the sections of the class, where the source knows them; [`crate::laps`] chooses.
    pub segment_laps: Vec<Lap>,
    /// Laps by the targets of the class, where the source knows them.
    pub target_laps: Vec<Lap>,
    /// m; how long a distance lap is by the person's own units (1609.344, 1000, 500 for rowing)
    pub lap_distance: Option<f64>,
    /// Strictly increasing in time, all inside `start..=start + elapsed` after cleaning.
    pub records: Vec<Record>,
    pub sets: Vec<Set>,
    pub events: Vec<ActivityEvent>,
    pub workout: Option<Workout>,
    pub zones: Option<Zones>,
    pub user: Option<User>,
    /// What recorded it, where known. What a destination is told is chosen by [`crate::DevicePresets`].
    pub device: Option<Device>,
    pub original: Option<Original>,
    /// What the person should know about this conversion ("unknown discipline …"), one sentence each.
    pub remarks: Vec<String>,
}

impl Activity {
    pub fn end(&self) -> Time {
        self.start + seconds(self.elapsed)
    }

    pub fn span(&self) -> Span {
        Span::new(self.start, self.end())
    }

    /// Whether any record has a position.
    pub fn has_track(&self) -> bool {
        self.records.iter().any(|record| record.position.is_some())
    }
}

/// Seconds as a duration, to the millisecond; not-a-number and absurd values count as zero.
pub fn seconds(value: f64) -> chrono::TimeDelta {
    if value.is_finite() && value.abs() < 1e10 {
        chrono::TimeDelta::milliseconds((value * 1000.0).round() as i64)
    } else {
        chrono::TimeDelta::zero()
    }
}

/// What a session or a lap adds up to. Everything is optional: nothing is invented.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct Statistics {
    /// m
    pub distance: Option<f64>,
    /// J of mechanical work
    pub work: Option<f64>,
    /// kcal
    pub calories: Option<u16>,
    /// m/s
    pub avg_speed: Option<f64>,
    pub max_speed: Option<f64>,
    /// bpm; zeros never count
    pub avg_heart_rate: Option<u8>,
    pub max_heart_rate: Option<u8>,
    pub min_heart_rate: Option<u8>,
    /// W; zeros count in the average
    pub avg_power: Option<u16>,
    pub max_power: Option<u16>,
    /// W, by the fourth power of 30-second means
    pub normalized_power: Option<u16>,
    /// Normalized power over threshold power
    pub intensity_factor: Option<f64>,
    pub training_stress_score: Option<f64>,
    /// rpm, or strokes a minute when rowing, or steps of one leg a minute when running
    pub avg_cadence: Option<f64>,
    pub max_cadence: Option<f64>,
    /// Revolutions, strokes or strides
    pub total_cycles: Option<u32>,
    /// m for one stroke
    pub avg_stroke_distance: Option<f64>,
    /// m
    pub ascent: Option<f64>,
    pub descent: Option<f64>,
    pub avg_altitude: Option<f64>,
    pub max_altitude: Option<f64>,
    pub min_altitude: Option<f64>,
    /// %
    pub avg_grade: Option<f64>,
    pub max_grade: Option<f64>,
    /// °C
    pub avg_temperature: Option<f64>,
    pub max_temperature: Option<f64>,
    /// Seconds in each heart-rate zone, from zone 1
    pub time_in_heart_rate_zone: Vec<f64>,
    /// Seconds in each power zone, from zone 1
    pub time_in_power_zone: Vec<f64>,
}

/// Degrees, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    pub latitude: f64,
    pub longitude: f64,
}

/// One sample. A field that was not measured is absent, never zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    pub time: Time,
    pub position: Option<Position>,
    /// m
    pub altitude: Option<f64>,
    /// m since the start
    pub distance: Option<f64>,
    /// m/s
    pub speed: Option<f64>,
    /// bpm
    pub heart_rate: Option<u8>,
    /// rpm; strokes a minute when rowing; steps of one leg a minute when running
    pub cadence: Option<f64>,
    /// W
    pub power: Option<u16>,
    /// °C
    pub temperature: Option<f64>,
    /// %
    pub grade: Option<f64>,
    /// %, 0 to 100, of a trainer's resistance
    pub resistance: Option<f64>,
}

/// Why a lap ended, with FIT's numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LapTrigger {
    #[default]
    Manual = 0,
    Time = 1,
    Distance = 2,
    SessionEnd = 7,
}

/// A part of the session. Laps lie end to end: the next starts where this one ends, pauses included.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lap {
    pub start: Time,
    pub elapsed: f64,
    pub timer: f64,
    pub trigger: LapTrigger,
    /// What this part was called ("Warm Up"), where it had a name
    pub name: Option<String>,
    pub intensity: Option<Intensity>,
    /// Index into `Activity.workout.steps`
    pub step: Option<u16>,
    pub statistics: Statistics,
}

impl Lap {
    pub fn end(&self) -> Time {
        self.start + seconds(self.elapsed)
    }
}

/// FIT's intensity of a lap or workout step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intensity {
    Active = 0,
    Rest = 1,
    Warmup = 2,
    Cooldown = 3,
    Recovery = 4,
    Interval = 5,
}

/// Whether a set was worked or rested, with FIT's numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetKind {
    Rest = 0,
    #[default]
    Active = 1,
}

/// A strength set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Set {
    pub start: Time,
    /// s
    pub duration: f64,
    pub kind: SetKind,
    /// Absent where it was not counted: never guessed
    pub repetitions: Option<u16>,
    /// kg, of one dumbbell where there are two (`implements` tells)
    pub weight: Option<f64>,
    /// How many of that weight were held: 2 for a pair of dumbbells
    pub implements: Option<u8>,
    /// FIT exercise_category; 65534 is "unknown" and keeps the movement
    pub category: Option<u16>,
    /// FIT exercise name inside the category
    pub exercise: Option<u16>,
    /// The movement as the source calls it
    pub name: Option<String>,
}

/// The timer's starts and stops, by which pauses are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    Start,
    Stop,
    /// The last stop, of everything
    StopAll,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityEvent {
    pub time: Time,
    pub kind: EventKind,
}

/// What was planned: FIT's workout with its workout steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Workout {
    pub name: String,
    pub steps: Vec<WorkoutStep>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkoutStep {
    pub name: Option<String>,
    pub duration: StepDuration,
    pub target: StepTarget,
    pub intensity: Option<Intensity>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepDuration {
    /// s
    Time(f64),
    /// m
    Distance(f64),
    Open,
}

/// What to keep to during a step. Bounds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepTarget {
    Open,
    /// rpm or strokes a minute
    Cadence {
        low: f64,
        high: f64,
    },
    /// m/s
    Speed {
        low: f64,
        high: f64,
    },
    /// W
    Power {
        low: f64,
        high: f64,
    },
    /// Zone number from 1
    PowerZone(u8),
    HeartRateZone(u8),
    /// % of the trainer
    Resistance {
        low: f64,
        high: f64,
    },
    /// %
    Grade {
        low: f64,
        high: f64,
    },
}

/// The thresholds that were in force on the day of the activity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Zones {
    /// W; functional threshold power
    pub threshold_power: Option<u16>,
    /// bpm
    pub max_heart_rate: Option<u8>,
    pub threshold_heart_rate: Option<u8>,
    /// Upper bounds of heart-rate zones 1.. in bpm
    pub heart_rate: Vec<u8>,
    /// Upper bounds of power zones 1.. in W
    pub power: Vec<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    Female = 0,
    Male = 1,
}

/// What the source tells of the person, as far as destinations use it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// kg
    pub weight: Option<f64>,
    /// m
    pub height: Option<f64>,
    pub gender: Option<Gender>,
    /// years
    pub age: Option<u8>,
}
