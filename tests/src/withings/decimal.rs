//! Numbers as Withings writes them: a whole number and a power of ten, exact.

use serde::{Deserialize, Serialize};

/// `value` times ten to the power of `unit`: 65.5 kg is 65500 and -3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Decimal {
    pub value: i64,
    pub unit: i32,
}

impl Decimal {
    pub fn new(value: i64, unit: i32) -> Self {
        Self { value, unit }
    }

    /// `numerator / denominator`, rounded to so many decimal places, halves away from zero. `None` for a division by 0.
    pub fn ratio(numerator: i128, denominator: i128, places: u32) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let scaled = numerator * 10_i128.pow(places);
        let (quotient, rest) = (scaled / denominator, scaled % denominator);
        let away =
            if (rest * 2).abs() >= denominator.abs() { rest.signum() * denominator.signum() } else { 0 };
        Some(Self::new((quotient + away) as i64, -(places as i32)))
    }

    /// The number in units of ten to the power of `-places`, rounded, halves away from zero: 65.555 with 2 places is
    /// 6556. FIT's fields with a scale of 100 hold just that.
    pub fn scaled(self, places: u32) -> i64 {
        let up = self.unit + places as i32;
        if up >= 0 {
            return self.value * 10_i64.pow(up as u32);
        }
        let divisor = 10_i128.pow(up.unsigned_abs());
        Self::ratio(i128::from(self.value), divisor, 0).map_or(0, |it| it.value)
    }

    /// The same number with at most so many decimal places, halves away from zero.
    pub fn rounded(self, places: u32) -> Self {
        if -self.unit <= places as i32 { self } else { Self::new(self.scaled(places), -(places as i32)) }
    }

    /// The number as text, without an exponent and without zeros at the end: `65.5`.
    pub fn text(self) -> String {
        if self.unit >= 0 {
            return (self.value * 10_i64.pow(self.unit as u32)).to_string();
        }
        let places = self.unit.unsigned_abs() as usize;
        let digits = format!("{:0>width$}", self.value.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let fraction = fraction.trim_end_matches('0');
        let sign = if self.value < 0 { "-" } else { "" };
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }

    /// The binary number that is nearest.
    pub fn number(self) -> f64 {
        self.text().parse().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn numbers_are_written_rounded_and_read_exactly() {
        assert_eq!(Decimal::new(65_500, -3).text(), "65.5");
        assert_eq!(Decimal::new(-5, -3).text(), "-0.005");
        assert_eq!(Decimal::new(12, 1).text(), "120");
        assert_eq!(Decimal::new(89_475_006, -6).number(), 89.475_006);
        assert_eq!(Decimal::new(89_475_006, -6).scaled(2), 8948);
        assert_eq!(Decimal::new(65_555, -3).scaled(2), 6556);
        assert_eq!(Decimal::new(-65_555, -3).scaled(2), -6556);
        assert_eq!(Decimal::new(40_05, -2).scaled(2), 4005);
        assert_eq!(Decimal::new(7, 0).scaled(2), 700);
        assert_eq!(Decimal::new(18_144, -3).rounded(2), Decimal::new(1814, -2));
        assert_eq!(Decimal::new(18_144, -3).rounded(3), Decimal::new(18_144, -3));
        assert_eq!(Decimal::ratio(2, 3, 2), Some(Decimal::new(67, -2)));
        assert_eq!(Decimal::ratio(1, 0, 2), None);
    }
}
