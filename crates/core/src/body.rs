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
    pub visceral_fat_rating: Option<u8>,
    pub metabolic_age: Option<u8>,
    pub physique_rating: Option<u8>,
    /// kcal a day
    pub basal_met: Option<f64>,
    /// kcal a day
    pub active_met: Option<f64>,
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
}
