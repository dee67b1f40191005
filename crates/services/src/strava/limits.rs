//! How many requests Strava welcomes: two windows, a quarter of an hour and a day, for all requests and for those that
//! read, told in the headers of every answer. Pure.

use baton_core::Time;
use chrono::{DateTime, TimeDelta};

/// The windows begin anew at :00, :15, :30 and :45, and at midnight UTC. Clocks differ a little.
const MARGIN: TimeDelta = TimeDelta::seconds(5);
const QUARTER_SECONDS: i64 = 900;
const DAY_SECONDS: i64 = 86_400;
/// What may be used, and what is used.
const PAIRS: [(&str, &str); 2] =
    [("x-ratelimit-limit", "x-ratelimit-usage"), ("x-readratelimit-limit", "x-readratelimit-usage")];

/// When requests are welcome again, where these headers say that a window is used up.
pub fn closed_until<'a>(header: impl Fn(&str) -> Option<&'a str>, now: Time) -> Option<Time> {
    let used_up = |window: usize| {
        PAIRS.iter().any(|(limit, usage)| {
            let number = |name: &str| header(name).and_then(|text| nth(text, window));
            matches!((number(limit), number(usage)), (Some(limit), Some(usage)) if usage >= limit)
        })
    };
    match (used_up(0), used_up(1)) {
        (_, true) => Some(next(now, DAY_SECONDS)),
        (true, false) => Some(next(now, QUARTER_SECONDS)),
        (false, false) => None,
    }
}

/// When requests are welcome again after one was refused.
pub fn refused_until<'a>(header: impl Fn(&str) -> Option<&'a str>, now: Time) -> Time {
    closed_until(header, now).unwrap_or_else(|| next(now, QUARTER_SECONDS))
}

/// The number of a window in `5,148`. On an upload the reads are a lone comma.
fn nth(text: &str, window: usize) -> Option<u64> {
    text.split(',').nth(window)?.trim().parse().ok()
}

fn next(now: Time, seconds: i64) -> Time {
    let begins = now.timestamp() - now.timestamp().rem_euclid(seconds) + seconds;
    DateTime::from_timestamp(begins, 0).unwrap_or(now) + MARGIN
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const QUARTER: Option<&str> = Some("2026-11-21T08:15:05Z");
    const MIDNIGHT: Option<&str> = Some("2026-11-22T00:00:05Z");

    #[rstest]
    #[case::room("200,2000", "5,148", "100,1000", "5,148", None)]
    #[case::upload("200,2000", "5,148", "100,1000", ",", None)]
    #[case::reads_used_up("200,2000", "100,148", "100,1000", "100,148", QUARTER)]
    #[case::all_used_up("200,2000", "200,400", "100,1000", ",", QUARTER)]
    #[case::over("200,2000", "201,400", "100,1000", "7,9", QUARTER)]
    #[case::day("200,2000", "3,1004", "100,1000", "3,1000", MIDNIGHT)]
    #[case::both("200,2000", "200,2000", "100,1000", "100,1000", MIDNIGHT)]
    #[case::other_limits("600,30000", "200,2000", "", "", None)]
    #[case::nonsense("many", ",,,", "-1,x", "99999999999999999999,1", None)]
    fn windows_close_and_open(
        #[case] limit: &str,
        #[case] usage: &str,
        #[case] read_limit: &str,
        #[case] read_usage: &str,
        #[case] until: Option<&str>,
    ) {
        let header = |name: &str| match name {
            "x-ratelimit-limit" => Some(limit),
            "x-ratelimit-usage" => Some(usage),
            "x-readratelimit-limit" => Some(read_limit),
            "x-readratelimit-usage" => Some(read_usage),
            _ => None,
        };
        let until = until.map(|text| text.parse::<Time>().unwrap());
        assert_eq!(closed_until(header, "2026-11-21T08:00:00Z".parse().unwrap()), until);
    }

    #[test]
    fn a_refusal_without_numbers_lasts_until_the_next_quarter() {
        let now = "2026-11-21T08:44:59Z".parse().unwrap();
        assert_eq!(refused_until(|_| None, now), "2026-11-21T08:45:05Z".parse::<Time>().unwrap());
    }
}
