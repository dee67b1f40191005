//! Dates as people write them on the command line: `2026-11-01`, `2026-11-01T07:00`, `30d`, `yesterday`, `all`.

use baton_core::{Time, Window};
use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};

use crate::failure::{Failure, Result};

const FORMS: &str = "write it as 2026-11-01, 2026-11-01T07:00, 30d, yesterday or all";

/// What a written date means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// No bound.
    All,
    /// A whole day of this computer's calendar.
    Day(NaiveDate),
    Moment(Time),
}

/// The window between two written dates: from the beginning of the first, to the end of the last where that is a day.
/// Dates without an offset are `zone`'s.
///
/// # Errors
/// `BadInput` for a date that cannot be read or an end before the beginning.
pub fn window<Z: TimeZone>(since: Option<&str>, until: Option<&str>, now: Time, zone: &Z) -> Result<Window> {
    let from = since.map(|text| read(text, now, zone)).transpose()?;
    let to = until.map(|text| read(text, now, zone)).transpose()?;
    let from = from.and_then(|written| match written {
        Written::All => None,
        Written::Day(day) => Some(midnight(day, zone)),
        Written::Moment(moment) => Some(moment),
    });
    let until = to.and_then(|written| match written {
        Written::All => None,
        Written::Day(day) => day.checked_add_days(Days::new(1)).map(|next| midnight(next, zone)),
        Written::Moment(moment) => Some(moment),
    });
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        return Err(Failure::usage("the last day comes before the first"));
    }
    Ok(Window { from, until })
}

fn read<Z: TimeZone>(text: &str, now: Time, zone: &Z) -> Result<Written> {
    let today = now.with_timezone(zone).date_naive();
    let written = match text.trim() {
        "all" => Some(Written::All),
        "today" => Some(Written::Day(today)),
        "yesterday" => today.pred_opt().map(Written::Day),
        text => days_ago(text, today)
            .or_else(|| text.parse().ok())
            .map(Written::Day)
            .or_else(|| moment(text, zone).map(Written::Moment)),
    };
    written.ok_or_else(|| Failure::usage(format!("“{text}” is not a date that Baton can read")).hint(FORMS))
}

/// `30d` and `4w`: that many days or weeks before today.
fn days_ago(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let (number, length) = match text.strip_suffix('d') {
        Some(number) => (number, 1),
        None => (text.strip_suffix('w')?, 7),
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    today.checked_sub_days(Days::new(number.parse::<u64>().ok()?.checked_mul(length)?))
}

fn moment<Z: TimeZone>(text: &str, zone: &Z) -> Option<Time> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.with_timezone(&Utc));
    }
    ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|local| in_utc(local, zone))
}

fn midnight<Z: TimeZone>(day: NaiveDate, zone: &Z) -> Time {
    in_utc(day.and_time(NaiveTime::MIN), zone)
}

/// A local time in UTC. Of a time that comes twice the first is meant; one that is skipped counts as an hour later,
/// which is what the clock then shows.
fn in_utc<Z: TimeZone>(local: NaiveDateTime, zone: &Z) -> Time {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.with_timezone(&Utc),
        LocalResult::None => match zone.from_local_datetime(&(local + TimeDelta::hours(1))) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.with_timezone(&Utc),
            LocalResult::None => local.and_utc(),
        },
    }
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    fn zone() -> FixedOffset {
        FixedOffset::east_opt(2 * 3600).unwrap()
    }

    fn now() -> Time {
        "2026-11-21T23:30:00Z".parse().unwrap()
    }

    fn from(text: &str) -> Option<String> {
        let window = window(Some(text), None, now(), &zone()).unwrap();
        window.from.map(|time| time.format("%FT%TZ").to_string())
    }

    #[test]
    fn reads_what_people_write() {
        assert_eq!(from("2026-11-01").unwrap(), "2026-10-31T22:00:00Z");
        assert_eq!(from("2026-11-01T07:00").unwrap(), "2026-11-01T05:00:00Z");
        assert_eq!(from("2026-11-01T07:00:30Z").unwrap(), "2026-11-01T07:00:30Z");
        // It is already the 22nd in this zone.
        assert_eq!(from("today").unwrap(), "2026-11-21T22:00:00Z");
        assert_eq!(from("yesterday").unwrap(), "2026-11-20T22:00:00Z");
        assert_eq!(from("30d").unwrap(), "2026-10-22T22:00:00Z");
        assert_eq!(from("2w").unwrap(), "2026-11-07T22:00:00Z");
        assert_eq!(from("all"), None);
    }

    #[test]
    fn a_last_day_counts_to_its_end() {
        let window = window(Some("2026-11-01"), Some("2026-11-01"), now(), &zone()).unwrap();
        assert_eq!(window.until.unwrap() - window.from.unwrap(), TimeDelta::days(1));
    }

    #[test]
    fn refuses_the_rest() {
        for text in
            ["", "d", "-3d", "+3d", "soon", "2026-13-01", "2026-02-30", "1e3d", "99999999999999999999d", "w"]
        {
            assert!(window(Some(text), None, now(), &zone()).is_err(), "{text}");
        }
        assert!(window(Some("2026-11-02"), Some("2026-11-01"), now(), &zone()).is_err());
    }
}
