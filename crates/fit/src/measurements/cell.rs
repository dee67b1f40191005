//! Numbers as people and their programs write them in a table, with their units.

/// The unit of a number. Everything that is neither a mass nor a share is [`Unit::Plain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Kilogram,
    Gram,
    Pound,
    Stone,
    Percent,
    Plain,
}

impl Unit {
    pub fn from_name(name: &str) -> Option<Unit> {
        Some(match name.trim().to_lowercase().as_str() {
            "kg" | "kgs" => Unit::Kilogram,
            "g" => Unit::Gram,
            "lb" | "lbs" | "pounds" => Unit::Pound,
            "st" | "stone" => Unit::Stone,
            "%" | "percent" | "pct" => Unit::Percent,
            "bpm" | "mmhg" | "kcal" | "kcal/day" | "years" | "kg/m2" | "kg/m²" => Unit::Plain,
            _ => return None,
        })
    }

    /// `None` for what is no mass.
    pub fn kilograms(self) -> Option<f64> {
        Some(match self {
            Unit::Kilogram => 1.0,
            Unit::Gram => 0.001,
            Unit::Pound => 0.453_592_37,
            Unit::Stone => 6.350_293_18,
            Unit::Percent | Unit::Plain => return None,
        })
    }
}

/// The number in a cell, and its unit where the cell tells one. `Ok(None)` where nothing was measured: an empty cell, a
/// dash, or the zero that exporters write for it.
///
/// # Errors
/// `()` for everything that is no number.
pub fn number(text: &str) -> Result<Option<(f64, Option<Unit>)>, ()> {
    const NOTHING: [&str; 8] = ["", "-", "--", "–", "n/a", "na", "nan", "null"];
    let text = text.trim();
    if NOTHING.contains(&text.to_lowercase().as_str()) {
        return Ok(None);
    }
    let is_number = |c: char| c.is_ascii_digit() || "+-.,".contains(c);
    let (digits, unit) = text.split_at(text.find(|c| !is_number(c)).unwrap_or(text.len()));
    let unit = match unit.trim() {
        "" => None,
        name => Some(Unit::from_name(name).ok_or(())?),
    };
    let number: f64 = with_point(digits).parse().map_err(|_| ())?;
    Ok((number != 0.0).then_some((number, unit)))
}

/// With a point as decimal sign. Where there are both, the last is the decimal sign and the others group the thousands.
fn with_point(digits: &str) -> String {
    match (digits.rfind(','), digits.rfind('.')) {
        (Some(comma), Some(point)) if comma < point => digits.replace(',', ""),
        (Some(_), Some(_)) => digits.replace('.', "").replace(',', "."),
        _ => digits.replace(',', "."),
    }
}

/// To two decimal places: what was converted is not known better.
pub fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("80.5", 80.5, None)]
    #[case("80,5", 80.5, None)]
    #[case(" 80,05 kg ", 80.05, Some(Unit::Kilogram))]
    #[case("22.1 %", 22.1, Some(Unit::Percent))]
    #[case("177lbs", 177.0, Some(Unit::Pound))]
    #[case("1.750,5", 1750.5, None)]
    #[case("1,750.5", 1750.5, None)]
    #[case("-3", -3.0, None)]
    fn numbers_are_read(#[case] text: &str, #[case] expected: f64, #[case] unit: Option<Unit>) {
        assert_eq!(number(text), Ok(Some((expected, unit))));
    }

    #[rstest]
    fn nothing_is_nothing(#[values("", "--", "0", "0.00", "NaN", "0,0", "null")] text: &str) {
        assert_eq!(number(text), Ok(None));
    }

    #[rstest]
    fn everything_else_is_refused(
        #[values("abc", "80.5.1", "8 0", "80 jin", "1e5", "+", "inf", "80 kg kg")] text: &str,
    ) {
        assert_eq!(number(text), Err(()));
    }
}
