//! Body measurements: what a scale ([`Body`]) and a cuff ([`BloodPressure`]) tell.

use serde::{Deserialize, Serialize};

use crate::Time;

/// One weigh-in. Masses in kg, shares in %.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct Body {
    pub time: Time,
    pub utc_offset: Option<i32>,
    pub weight: Option<f64>,
    pub percent_fat: Option<f64>,
    pub percent_hydration: Option<f64>,
    pub bone_mass: Option<f64>,
    pub muscle_mass: Option<f64>,
    pub bmi: Option<f64>,
    /// Without a unit; scales tell tenths, FIT whole numbers from 1 to 59.
    pub visceral_fat_rating: Option<f64>,
    pub metabolic_age: Option<u8>,
    pub physique_rating: Option<u8>,
    /// kcal a day
    pub basal_met: Option<f64>,
    /// kcal a day
    pub active_met: Option<f64>,
    /// What FIT has no field for.
    pub more: Vec<Measure>,
}

/// One reading of a cuff, in mmHg.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct BloodPressure {
    pub time: Time,
    pub utc_offset: Option<i32>,
    pub systolic: u16,
    pub diastolic: u16,
    /// bpm
    pub heart_rate: Option<u8>,
    pub more: Vec<Measure>,
}

/// A measured value beside those that have a field of their own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct Measure {
    /// In words of its kind: `pulse_wave_velocity`
    pub name: String,
    pub value: f64,
    /// As it is written behind a number; empty where there is none.
    pub unit: String,
    /// The part of the body, where it is not the whole: `left_arm`
    pub position: Option<String>,
}

/// A measurement as a listing brings it: it is small enough to need no fetching.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Measured {
    Body(Body),
    BloodPressure(BloodPressure),
}

impl Measured {
    pub fn time(&self) -> Time {
        match self {
            Measured::Body(body) => body.time,
            Measured::BloodPressure(pressure) => pressure.time,
        }
    }

    /// kg
    pub fn weight(&self) -> Option<f64> {
        match self {
            Measured::Body(body) => body.weight,
            Measured::BloodPressure(_) => None,
        }
    }
}
