//! What a right product makes of generated groups, kept beside them, so that what arrives can be compared with it.

use std::collections::BTreeMap;

use crate::withings::Decimal;
use crate::withings::group::types;

/// What a measurement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// It holds a weight.
    Body,
    BloodPressure,
    /// It holds neither, for example a lone pulse or a height.
    Other,
}

/// What should become of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Send,
    /// Nobody knows whose it is: to be shown, and sent only after the person has said that it is theirs.
    Hold,
    /// Typed at sign-up: not sent.
    Skip,
}

/// The facts of one measurement, taken from the model that its groups were written from, not from the groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    pub sort: Sort,
    pub verdict: Verdict,
    /// Unix seconds.
    pub time: i64,
    /// Local time minus UTC at that time in the account's zone, seconds.
    pub utc_offset: i32,
    /// The groups that belong together.
    pub grpids: Vec<i64>,
    /// Values of the whole body by type, in Withings' units, exact.
    pub values: BTreeMap<u32, Decimal>,
    /// Values of parts of the body by type and position.
    pub segments: BTreeMap<(u32, u32), Decimal>,
    /// The height that was in force, metres: the newest one that is not younger, else the first.
    pub height: Option<Decimal>,
}

impl Truth {
    /// Kilograms.
    pub fn weight(&self) -> Option<Decimal> {
        self.values.get(&types::WEIGHT).copied()
    }

    /// Percent of the weight, with two decimal places.
    pub fn percent_hydration(&self) -> Option<Decimal> {
        let (weight, water) = (self.weight()?, self.values.get(&types::HYDRATION)?);
        Decimal::ratio(100 * millionths(*water), millionths(weight), 2)
    }

    /// Weight over height squared, with one decimal place.
    pub fn bmi(&self) -> Option<Decimal> {
        let (weight, height) = (millionths(self.weight()?), millionths(self.height?));
        Decimal::ratio(weight * 1_000_000, height * height, 1)
    }

    /// mmHg.
    pub fn systolic(&self) -> Option<Decimal> {
        self.values.get(&types::SYSTOLIC).copied()
    }

    /// mmHg.
    pub fn diastolic(&self) -> Option<Decimal> {
        self.values.get(&types::DIASTOLIC).copied()
    }

    /// Beats a minute.
    pub fn heart_pulse(&self) -> Option<Decimal> {
        self.values.get(&types::HEART_PULSE).copied()
    }
}

fn millionths(number: Decimal) -> i128 {
    i128::from(number.scaled(6))
}
