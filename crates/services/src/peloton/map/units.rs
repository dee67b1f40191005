//! Peloton's display units to SI. A member's units are those of the moment of the request, so each number's own unit is
//! read; `kph`, `km`, `min/km` come from metric accounts.

use baton_core::units::{FOOT, KILOMETRE_PER_HOUR, MILE, MILE_PER_HOUR, POUND};

/// Metres in one of a distance's or height's unit.
pub fn metres_in(unit: &str) -> Option<f64> {
    Some(match unit.trim().to_ascii_lowercase().as_str() {
        "mi" | "mile" | "miles" => MILE,
        "km" | "kilometer" | "kilometers" | "kilometre" | "kilometres" => 1000.0,
        "m" | "meter" | "meters" | "metre" | "metres" => 1.0,
        "ft" | "feet" | "foot" => FOOT,
        "yd" | "yards" => 3.0 * FOOT,
        _ => return None,
    })
}

/// Metres per second in one of a speed's unit.
pub fn speed_in(unit: &str) -> Option<f64> {
    Some(match unit.trim().to_ascii_lowercase().as_str() {
        "mph" | "mi/h" => MILE_PER_HOUR,
        "kph" | "km/h" | "kmh" => KILOMETRE_PER_HOUR,
        "m/s" => 1.0,
        _ => return None,
    })
}

/// The metres that a pace's minutes are spent on.
pub fn pace_length(unit: &str) -> Option<f64> {
    let unit = unit.trim().to_ascii_lowercase();
    let length = unit.strip_prefix("min/").or_else(|| unit.strip_prefix('/'))?.trim();
    match length.strip_suffix("m").and_then(|number| number.trim().parse::<f64>().ok()) {
        Some(metres) => Some(metres).filter(|metres| *metres > 0.0),
        None => metres_in(length),
    }
}

/// Kilograms in one of a weight's unit; Peloton's own default is the pound.
pub fn kilograms_in(unit: Option<&str>) -> Option<f64> {
    match unit.map(|unit| unit.trim().to_ascii_lowercase()).as_deref() {
        None | Some("lb" | "lbs" | "pound" | "pounds") => Some(POUND),
        Some("kg" | "kgs" | "kilogram" | "kilograms") => Some(1.0),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("min/mi", Some(1609.344))]
    #[case("MIN/KM", Some(1000.0))]
    #[case("min/500m", Some(500.0))]
    #[case("min/500 m", Some(500.0))]
    #[case("min/0m", None)]
    #[case("mph", None)]
    fn paces(#[case] unit: &str, #[case] metres: Option<f64>) {
        assert_eq!(pace_length(unit), metres);
    }

    #[rstest]
    #[case("MPH", 0.44704)]
    #[case("kph", 1.0 / 3.6)]
    fn speeds(#[case] unit: &str, #[case] factor: f64) {
        assert!((speed_in(unit).unwrap() - factor).abs() < 1e-9);
    }

    #[test]
    fn unknown_units_are_not_guessed() {
        assert_eq!((metres_in("league"), speed_in("knots"), kilograms_in(Some("stone"))), (None, None, None));
        assert_eq!((metres_in("FT"), kilograms_in(None)), (Some(FOOT), Some(POUND)));
    }
}
