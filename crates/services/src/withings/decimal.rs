//! Numbers as Withings writes them: a whole number and a power of ten. Sums are done on these, so that 40.05 kg stays
//! 40.05 kg.

/// `value` times ten to the power of `unit`: 65.5 kg is 65500 and -3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    value: i128,
    unit: i32,
}

/// No measured value has more digits; beyond, sums could overflow.
const MOST_DIGITS: i32 = 18;

impl Decimal {
    /// `None` where the unit is none that a measured value has.
    pub fn new(value: i64, unit: i32) -> Option<Decimal> {
        (-MOST_DIGITS..=MOST_DIGITS).contains(&unit).then_some(Decimal { value: i128::from(value), unit })
    }

    /// The nearest binary number with at most so many decimal places, halves away from zero. Scales write 89.475006 kg
    /// (withings-sync#217).
    pub fn rounded(self, places: u32) -> f64 {
        let surplus = -self.unit - places as i32;
        if surplus <= 0 {
            return binary(self.value, self.unit);
        }
        match 10_i128.checked_pow(surplus.unsigned_abs()).and_then(|divisor| quotient(self.value, divisor)) {
            Some(value) => binary(value, -(places as i32)),
            None => 0.0,
        }
    }

    /// The nearest whole number, where it lies in the range.
    pub fn whole(self, low: i64, high: i64) -> Option<i64> {
        let rounded = self.rounded(0);
        (low as f64..=high as f64).contains(&rounded).then_some(rounded as i64)
    }

    pub fn is_positive(self) -> bool {
        self.value > 0
    }

    /// `factor * self / divisor`, with so many decimal places. `None` for a division by zero.
    pub fn ratio(self, factor: i128, divisor: Decimal, places: u32) -> Option<f64> {
        let power = self.unit - divisor.unit + places as i32;
        let scale = 10_i128.checked_pow(power.unsigned_abs())?;
        let (above, below) = (self.value.checked_mul(factor)?, divisor.value);
        let value = match power {
            0.. => quotient(above.checked_mul(scale)?, below)?,
            _ => quotient(above, below.checked_mul(scale)?)?,
        };
        Some(binary(value, -(places as i32)))
    }

    pub fn squared(self) -> Option<Decimal> {
        Some(Decimal { value: self.value.checked_mul(self.value)?, unit: self.unit * 2 })
    }
}

/// Rounded, halves away from zero.
fn quotient(above: i128, below: i128) -> Option<i128> {
    let (whole, rest) = (above.checked_div(below)?, above.checked_rem(below)?);
    let up = rest.unsigned_abs() >= below.unsigned_abs() - rest.unsigned_abs();
    Some(if up { whole + above.signum() * below.signum() } else { whole })
}

/// By way of text, which is read to the nearest number there is.
fn binary(value: i128, unit: i32) -> f64 {
    format!("{value}e{unit}").parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn decimal(value: i64, unit: i32) -> Decimal {
        Decimal::new(value, unit).unwrap()
    }

    #[rstest]
    #[case(7135, -2, 2, 71.35)]
    #[case(40_050, -3, 2, 40.05)]
    #[case(89_475_006, -6, 2, 89.48)]
    #[case(89_475_006, -6, 3, 89.475)]
    #[case(65_505, -3, 2, 65.51)]
    #[case(65_504, -3, 2, 65.5)]
    #[case(-65_505, -3, 2, -65.51)]
    #[case(2_571_668, -5, 2, 25.72)]
    #[case(32, -1, 2, 3.2)]
    #[case(7, 1, 2, 70.0)]
    #[case(i64::MAX, -18, 2, 9.22)]
    #[case(1, -18, 0, 0.0)]
    fn is_rounded_once_and_right(
        #[case] value: i64,
        #[case] unit: i32,
        #[case] places: u32,
        #[case] expected: f64,
    ) {
        assert_eq!(decimal(value, unit).rounded(places), expected);
    }

    #[test]
    fn sums_are_exact() {
        let (weight, height) = (decimal(56_300, -3), decimal(1600, -3));
        assert_eq!(weight.ratio(1, height.squared().unwrap(), 1), Some(22.0));
        assert_eq!(decimal(3_480, -2).ratio(100, weight, 2), Some(61.81));
        assert_eq!(weight.ratio(1, decimal(0, 0), 1), None);
        assert_eq!(decimal(14_250, -2).whole(1, 65_535), Some(143));
        assert_eq!(decimal(300, 0).whole(1, 254), None);
        assert!(Decimal::new(1, 40).is_none());
    }

    proptest! {
        /// Every weight with two decimal places is what it was.
        #[test]
        fn nothing_is_lost(hundredths in 0_i64..70_000) {
            let expected: f64 = format!("{}.{:02}", hundredths / 100, hundredths % 100).parse().unwrap();
            prop_assert_eq!(decimal(hundredths, -2).rounded(2), expected);
            prop_assert_eq!(decimal(hundredths * 10, -3).rounded(2), expected);
            prop_assert_eq!(decimal(hundredths * 10_000 + 6, -6).rounded(2), expected);
        }

        #[test]
        fn no_number_is_too_much(a in any::<i64>(), b in any::<i64>(), c in -18..=18, d in -18..=18, places in 0_u32..4) {
            let (a, b) = (decimal(a, c), decimal(b, d));
            let _ = (a.rounded(places), a.ratio(100, b, places), a.squared().and_then(|a| b.ratio(1, a, 1)));
        }
    }
}
