//! How AccessLink writes times and durations. Pure.

use baton_core::Time;
use chrono::{Datelike, NaiveDateTime, TimeDelta};

/// Years that training can lie in: what is further off is a slip, and days could not be added to it.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2200;
/// The longest duration that is believed, in seconds: ten days.
const LONGEST: f64 = 864_000.0;

/// Seconds of an ISO 8601 duration of days, hours, minutes and seconds, the last perhaps with a fraction; `None` for
/// anything else and beyond ten days.
pub fn duration(text: &str) -> Option<f64> {
    let rest = text.trim().strip_prefix('P')?;
    let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
    let seconds = parts(days, &[('D', 86_400.0)])? + parts(time, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)])?;
    let says_something = rest.bytes().any(|byte| byte.is_ascii_digit());
    (says_something && (0.0..=LONGEST).contains(&seconds)).then_some(seconds)
}

/// The sum of numbers that are each followed by one of the letters, in their order.
fn parts(text: &str, units: &[(char, f64)]) -> Option<f64> {
    let (mut rest, mut sum) = (text, 0.0);
    for (letter, seconds) in units {
        if let Some((number, after)) = rest.split_once(*letter) {
            let plain = number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
            let number: f64 = number.replace(',', ".").parse().ok().filter(|_| plain)?;
            sum += number * seconds;
            rest = after;
        }
    }
    rest.is_empty().then_some(sum)
}

/// A local time without a zone, as if it were UTC.
pub fn local(text: &str) -> Option<Time> {
    let text = text.trim();
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let time = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    Some(time.and_utc()).filter(|time| YEARS.contains(&time.year()))
}

/// The moment of a local time that is so many minutes ahead of UTC; `None` where the offset is none of this earth.
pub fn moment(local: Time, offset_minutes: f64) -> Option<(Time, i32)> {
    let possible = (-1080.0..=1080.0).contains(&offset_minutes) && offset_minutes.fract() == 0.0;
    let seconds = possible.then_some(offset_minutes as i32 * 60)?;
    Some((local.checked_sub_signed(TimeDelta::seconds(i64::from(seconds)))?, seconds))
}

/// A time in UTC, with a `Z`, another offset, or neither.
pub fn utc(text: &str) -> Option<Time> {
    let zoned = chrono::DateTime::parse_from_rfc3339(text.trim()).ok().map(Time::from);
    zoned.filter(|time| YEARS.contains(&time.year())).or_else(|| local(text))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("PT2H44M", Some(9840.0))]
    #[case("PT45M30.125S", Some(2730.125))]
    #[case("PT210.026S", Some(210.026))]
    #[case("PT1,5S", Some(1.5))]
    #[case("PT90M", Some(5400.0))]
    #[case("P1DT1S", Some(86_401.0))]
    #[case("PT0S", Some(0.0))]
    #[case(" PT4S ", Some(4.0))]
    #[case("PT", None)]
    #[case("P", None)]
    #[case("PT5", None)]
    #[case("PTS", None)]
    #[case("PT-5S", None)]
    #[case("PT5S3M", None)]
    #[case("PT1e3S", None)]
    #[case("PTinfS", None)]
    #[case("P1Y", None)]
    #[case("PT99999999S", None)]
    #[case("2 hours", None)]
    #[case("", None)]
    fn durations(#[case] text: &str, #[case] seconds: Option<f64>) {
        assert_eq!(duration(text), seconds);
    }

    #[rstest]
    #[case("2008-10-13T10:40:02", 180.0, Some("2008-10-13T07:40:02Z"))]
    #[case("2026-07-01T00:10:00", 330.0, Some("2026-06-30T18:40:00Z"))]
    #[case("2026-12-31T22:00:00", -210.0, Some("2027-01-01T01:30:00Z"))]
    #[case("2026-01-01T10:00:00.250", 0.0, Some("2026-01-01T10:00:00.250Z"))]
    #[case("2026-01-01T10:00", 60.0, Some("2026-01-01T09:00:00Z"))]
    #[case("2026-01-01T10:00:00", 5000.0, None)]
    #[case("2026-01-01T10:00:00", 0.5, None)]
    #[case("2026-01-01T10:00:00Z", 0.0, None)]
    #[case("2026-13-01T10:00:00", 0.0, None)]
    #[case("+262142-12-31T23:59:59", 0.0, None)]
    #[case("0001-01-01T00:00:00", 0.0, None)]
    #[case("yesterday", 0.0, None)]
    fn the_offset_is_taken_away(#[case] text: &str, #[case] minutes: f64, #[case] expected: Option<&str>) {
        let found = local(text).and_then(|time| moment(time, minutes));
        assert_eq!(found.map(|(time, _)| time), expected.map(|it| it.parse().unwrap()));
        assert!(found.is_none_or(|(_, seconds)| f64::from(seconds) == minutes * 60.0));
    }

    #[test]
    fn moments_in_utc() {
        let expected: Time = "2024-06-10T12:00:00Z".parse().unwrap();
        for text in [
            "2024-06-10T12:00:00Z",
            "2024-06-10T12:00:00.000Z",
            "2024-06-10T15:00:00+03:00",
            "2024-06-10T12:00:00",
        ] {
            assert_eq!(utc(text), Some(expected), "{text}");
        }
        assert_eq!(utc("soon"), None);
        assert_eq!(utc("9999-12-31T23:59:59Z"), None);
    }
}
