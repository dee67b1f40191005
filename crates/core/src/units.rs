//! Units: everything inside Baton is SI; these are the factors at its doors.

/// International mile in metres.
pub const MILE: f64 = 1609.344;
/// International foot in metres.
pub const FOOT: f64 = 0.3048;
/// International inch in metres.
pub const INCH: f64 = 0.0254;
/// Avoirdupois pound in kilograms.
pub const POUND: f64 = 0.453_592_37;
/// Metres per second in one mile an hour.
pub const MILE_PER_HOUR: f64 = MILE / 3600.0;
/// Metres per second in one kilometre an hour.
pub const KILOMETRE_PER_HOUR: f64 = 1000.0 / 3600.0;

/// Whole number nearest to `value` where it fits between `low` and `high`; `None` for not-a-number and beyond.
pub fn rounded(value: f64, low: f64, high: f64) -> Option<f64> {
    let value = value.round();
    (value >= low && value <= high).then_some(value)
}
