//! Dates and times as tables write them, and the instant that they mean.

use baton_core::Time;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Whether 03/04/2026 is in April or in March: the other rows of its table tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayOrder {
    DayFirst,
    MonthFirst,
    Unknown,
}

/// What a cell says of a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    pub date: Option<NaiveDate>,
    pub time: Option<NaiveTime>,
    pub offset: Option<FixedOffset>,
}

impl DayOrder {
    /// Of all dates of a table. Where they contradict each other nothing is known.
    pub fn of<'a>(cells: impl Iterator<Item = &'a str>) -> DayOrder {
        let (mut day_first, mut month_first) = (false, false);
        for (first, second) in
            cells.flat_map(|cell| words(cell).into_iter().filter_map(|word| either_order(&word)))
        {
            day_first |= first > 12;
            month_first |= second > 12;
        }
        match (day_first, month_first) {
            (true, false) => DayOrder::DayFirst,
            (false, true) => DayOrder::MonthFirst,
            _ => DayOrder::Unknown,
        }
    }
}

impl Written {
    /// Reads `2026-11-21 07:30:00`, `21.11.2026 07:30`, `11/21/2026 7:30 AM`, `Nov 21, 2026`, `7:30 PM`, each also with an
    /// offset, and what is alike.
    ///
    /// # Errors
    /// Why not, to be put behind the number of the line.
    pub fn parse(text: &str, order: DayOrder) -> Result<Written, String> {
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            let local = time.naive_local();
            return Ok(Written {
                date: Some(local.date()),
                time: Some(local.time()),
                offset: Some(*time.offset()),
            });
        }
        let refused = || format!("“{}” is no date; write it like 2026-11-21 07:30:00", shortened(text));
        let mut written = Written::default();
        let (mut month, mut numbers, mut half) = (None, Vec::new(), None);
        for word in words(text) {
            let word = word.as_str();
            if word.contains(':') && written.time.is_none() {
                let (clock, offset) = with_offset(word);
                written.time = Some(clock_time(clock).ok_or_else(refused)?);
                written.offset = offset;
            } else if let Some(offset) = offset(word) {
                written.offset = Some(offset);
            } else if word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm") {
                half = Some(word.eq_ignore_ascii_case("pm"));
            } else if word.len() > 2
                && word.contains(['-', '/', '.'])
                && word.starts_with(|c: char| c.is_ascii_digit())
            {
                written.date = Some(numeric_date(word, order).map_err(|why| why.unwrap_or_else(refused))?);
            } else if let Some(number) = month_number(word) {
                month = Some(number);
            } else if let Ok(number) = word.parse::<u32>() {
                numbers.push(number);
            } else if !is_weekday(word) {
                return Err(refused());
            }
        }
        if let (Some(half), Some(time)) = (half, written.time) {
            written.time = Some(twelve_hours(time, half).ok_or_else(refused)?);
        }
        match (month, numbers.as_slice()) {
            (None, []) => {}
            (Some(month), [day, year]) if written.date.is_none() => {
                let date =
                    i32::try_from(*year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, *day));
                written.date = Some(date.ok_or_else(refused)?);
            }
            _ => return Err(refused()),
        }
        if written.date.is_none() && written.time.is_none() { Err(refused()) } else { Ok(written) }
    }
}

/// `+01:00`, `+0100`, `Z`
pub fn offset(text: &str) -> Option<FixedOffset> {
    if ["z", "utc", "gmt"].contains(&text.to_lowercase().as_str()) {
        return Some(Utc.fix());
    }
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, text.get(1..)?),
        b'-' => (-1, text.get(1..)?),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':').or_else(|| digits.split_at_checked(2))?;
    let number = |text: &str| text.parse::<i32>().ok().filter(|_| text.len() == 2);
    let minutes = if minutes.is_empty() { 0 } else { number(minutes)? };
    FixedOffset::east_opt(sign * (number(hours)? * 3600 + minutes * 60))
}

/// The instant of a local time, and its offset in seconds. Of an hour that a clock change repeats, the first; in the hour
/// that it skips, the offset of the hour before serves.
pub fn resolve<Z: TimeZone>(
    local: NaiveDateTime,
    offset: Option<FixedOffset>,
    zone: &Z,
) -> Option<(Time, i32)> {
    let hour = TimeDelta::hours(1);
    let here =
        |local: NaiveDateTime| zone.from_local_datetime(&local).earliest().map(|time| time.offset().fix());
    let offset = match offset {
        Some(offset) => offset,
        None => here(local).or_else(|| here(local.checked_sub_signed(hour)?))?,
    };
    let time = offset.from_local_datetime(&local).single()?;
    Some((time.to_utc(), offset.local_minus_utc()))
}

/// Parted at blanks and commas, and at the T between a date and a time.
fn words(text: &str) -> Vec<String> {
    let parted = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let mut words = Vec::new();
    for word in parted {
        let digit_before_t = |at: usize| word[..at].ends_with(|c: char| c.is_ascii_digit());
        match word.find(['T', 't']).filter(|&at| digit_before_t(at)) {
            Some(at) => words.extend([word[..at].to_owned(), word[at + 1..].to_owned()]),
            None => words.push(word.to_owned()),
        }
    }
    // "7:30AM"
    for place in 0..words.len() {
        let cut = words[place].len().saturating_sub(2);
        let is_half = words[place]
            .get(cut..)
            .is_some_and(|end| end.eq_ignore_ascii_case("am") || end.eq_ignore_ascii_case("pm"));
        if is_half && words[place].contains(':') {
            let half = words[place].split_off(cut);
            words.push(half);
        }
    }
    words
}

/// The first two numbers of a date that could be day and month as well as month and day.
fn either_order(word: &str) -> Option<(u32, u32)> {
    let (first, second, year) = parts(word)?;
    let numbers = first.parse().ok().zip(second.parse().ok());
    numbers.filter(|_| !word.contains('.') && first.len() <= 2 && year.len() == 4)
}

fn parts(word: &str) -> Option<(&str, &str, &str)> {
    let mut parts = word.trim_end_matches('.').split(['-', '/', '.']);
    let three = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(three)
}

/// Year first, or year last. The error is a reason where there is a special one.
fn numeric_date(word: &str, order: DayOrder) -> Result<NaiveDate, Option<String>> {
    let (first, second, third) = parts(word).ok_or(None)?;
    let number = |text: &str| text.parse::<u32>().map_err(|_| None);
    let (a, b, c) = (number(first)?, number(second)?, number(third)?);
    let date = |year: u32, month: u32, day: u32| {
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).ok_or(()).ok()
    };
    let found = if first.len() == 4 {
        date(a, b, c)
    } else if third.len() != 4 {
        None
    } else if word.contains('.') {
        date(c, b, a)
    } else {
        match order {
            DayOrder::DayFirst => date(c, b, a),
            DayOrder::MonthFirst => date(c, a, b),
            DayOrder::Unknown if a == b => date(c, a, b),
            DayOrder::Unknown => {
                let iso = |month: u32, day: u32| format!("{c}-{month:02}-{day:02}");
                return Err(Some(format!(
                    "“{word}” could be {} or {}; write dates with the year first",
                    iso(b, a),
                    iso(a, b)
                )));
            }
        }
    };
    found.ok_or(None)
}

/// A clock and the offset behind it: `07:30:00+01:00`
fn with_offset(word: &str) -> (&str, Option<FixedOffset>) {
    let at = word.find(['+', '-', 'Z', 'z']);
    match at.and_then(|at| Some((word.get(..at)?, offset(word.get(at..)?)?))) {
        Some((clock, offset)) => (clock, Some(offset)),
        None => (word, None),
    }
}

/// Seconds and their fractions may be absent; fractions are left out.
fn clock_time(text: &str) -> Option<NaiveTime> {
    let whole = text.split_once(['.', ',']).map_or(text, |(whole, _)| whole);
    let mut numbers = whole.split(':').map(|part| part.parse::<u32>().ok());
    let (hour, minute) = (numbers.next()??, numbers.next()??);
    let second = numbers.next().unwrap_or(Some(0))?;
    NaiveTime::from_hms_opt(hour, minute, second).filter(|_| numbers.next().is_none())
}

fn twelve_hours(time: NaiveTime, afternoon: bool) -> Option<NaiveTime> {
    use chrono::Timelike;
    let hour = match (time.hour(), afternoon) {
        (12, false) => 0,
        (12, true) => 12,
        (hour @ 1..=11, true) => hour + 12,
        (hour @ 1..=11, false) => hour,
        _ => return None,
    };
    time.with_hour(hour)
}

fn month_number(word: &str) -> Option<u32> {
    let beginning = word.get(..3)?.to_lowercase();
    let is_word = word.trim_end_matches('.').chars().all(char::is_alphabetic);
    let place = MONTHS.iter().position(|month| *month == beginning && is_word)?;
    Some(place as u32 + 1)
}

fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    word.get(..3).is_some_and(|beginning| DAYS.contains(&beginning.to_lowercase().as_str()))
}

/// Enough of a cell to be found again.
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn parse(text: &str, order: DayOrder) -> Written {
        Written::parse(text, order).unwrap()
    }

    #[rstest]
    #[case("2026-11-21 07:30:05", Some("2026-11-21"), Some("07:30:05"), None)]
    #[case("2026-11-21T07:30:05.250", Some("2026-11-21"), Some("07:30:05"), None)]
    #[case("2026-11-21T07:30:05+01:00", Some("2026-11-21"), Some("07:30:05"), Some(3600))]
    #[case("2026-11-21 07:30:05 -0500", Some("2026-11-21"), Some("07:30:05"), Some(-18_000))]
    #[case("2026-11-21 07:30Z", Some("2026-11-21"), Some("07:30:00"), Some(0))]
    #[case("21.11.2026 7:30", Some("2026-11-21"), Some("07:30:00"), None)]
    #[case("2026/11/21", Some("2026-11-21"), None, None)]
    #[case("11/21/2026 12:05 AM", Some("2026-11-21"), Some("00:05:00"), None)]
    #[case("11/21/2026, 1:05:10PM", Some("2026-11-21"), Some("13:05:10"), None)]
    #[case("Nov 21, 2026", Some("2026-11-21"), None, None)]
    #[case("Saturday, 21 November 2026 07:30", Some("2026-11-21"), Some("07:30:00"), None)]
    #[case("9:46 AM", None, Some("09:46:00"), None)]
    #[case("17:08", None, Some("17:08:00"), None)]
    fn moments_are_read(
        #[case] text: &str,
        #[case] date: Option<&str>,
        #[case] time: Option<&str>,
        #[case] offset: Option<i32>,
    ) {
        let written = parse(text, DayOrder::MonthFirst);
        assert_eq!(written.date, date.map(|date| date.parse().unwrap()));
        assert_eq!(written.time, time.map(|time| time.parse().unwrap()));
        assert_eq!(written.offset.map(|offset| offset.local_minus_utc()), offset);
    }

    #[rstest]
    fn others_are_refused(
        #[values(
            "",
            "yesterday",
            "2026-13-01",
            "21.11.26",
            "2026-11-21 25:00",
            "80.5",
            "Nov 2026",
            "0:30 PM x"
        )]
        text: &str,
    ) {
        let why = Written::parse(text, DayOrder::DayFirst).unwrap_err();
        assert!(why.contains("is no date"), "{why}");
    }

    #[test]
    fn the_other_rows_tell_which_is_the_month() {
        assert_eq!(DayOrder::of(["03/04/2026", "13/04/2026 07:30"].into_iter()), DayOrder::DayFirst);
        assert_eq!(DayOrder::of(["03/04/2026", "04/13/2026"].into_iter()), DayOrder::MonthFirst);
        assert_eq!(DayOrder::of(["13/04/2026", "04/13/2026"].into_iter()), DayOrder::Unknown);
        assert_eq!(DayOrder::of(["2026-11-21", "21.11.2026"].into_iter()), DayOrder::Unknown);
        let why = Written::parse("03/04/2026", DayOrder::Unknown).unwrap_err();
        assert!(why.contains("2026-04-03 or 2026-03-04"), "{why}");
        assert_eq!(parse("04/04/2026", DayOrder::Unknown).date, Some("2026-04-04".parse().unwrap()));
    }

    #[test]
    fn clock_changes_lose_nothing() {
        let zone = chrono_tz::Europe::Berlin;
        let at = |text: &str| resolve(text.parse().unwrap(), None, &zone).unwrap();
        let (first, offset) = at("2026-10-25T02:30:00");
        assert_eq!((first.to_rfc3339(), offset), ("2026-10-25T00:30:00+00:00".into(), 7200));
        let (skipped, offset) = at("2026-03-29T02:30:00");
        assert_eq!((skipped.to_rfc3339(), offset), ("2026-03-29T01:30:00+00:00".into(), 3600));
        let told = resolve("2026-10-25T02:30:00".parse().unwrap(), super::offset("+01:00"), &zone);
        assert_eq!(told.unwrap().0.to_rfc3339(), "2026-10-25T01:30:00+00:00");
    }
}
