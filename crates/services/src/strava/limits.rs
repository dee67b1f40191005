//! How many requests Strava welcomes: two windows, a quarter of an hour and a day, for all requests and for those that
//! read, told in the headers of every answer. Pure.

use baton_core::Time;
use chrono::{DateTime, TimeDelta};

/// The windows begin anew at :00, :15, :30 and :45, and at midnight UTC. Clocks differ a little.
const MARGIN: TimeDelta = TimeDelta::seconds(5);
const QUARTER_SECONDS: i64 = 900;
const DAY_SECONDS: i64 = 86_400;
const WINDOWS: [i64; 2] = [QUARTER_SECONDS, DAY_SECONDS];
/// What may be used, and what is used.
const PAIRS: [(&str, &str); 2] =
    [("x-ratelimit-limit", "x-ratelimit-usage"), ("x-readratelimit-limit", "x-readratelimit-usage")];

/// What is left of one count, and when its window ends.
#[derive(Debug, Clone, Copy)]
struct Left {
    requests: u64,
    until: Time,
}

/// What is left of each count in each window, as Strava's answers told last.
#[derive(Debug, Default)]
pub struct Room([[Option<Left>; 2]; 2]);

impl Room {
    /// Takes in what the headers of an answer tell. What they do not tell stays as it was: an upload says nothing of
    /// reads.
    pub fn hear<'a>(&mut self, header: impl Fn(&str) -> Option<&'a str>, now: Time) {
        for ((limit, usage), windows) in PAIRS.iter().zip(&mut self.0) {
            for (window, left) in windows.iter_mut().enumerate() {
                let number = |name: &str| header(name).and_then(|text| nth(text, window));
                if let (Some(limit), Some(usage)) = (number(limit), number(usage)) {
                    let requests = limit.saturating_sub(usage);
                    *left = Some(Left { requests, until: next(now, WINDOWS[window]) });
                }
            }
        }
    }

    /// When so many requests are welcome again, where fewer are left now.
    pub fn closed_until(&self, requests: u64, now: Time) -> Option<Time> {
        let told = self.0.iter().flatten().flatten();
        told.filter(|left| left.requests < requests && left.until > now).map(|left| left.until).max()
    }
}

/// When requests are welcome again after one was refused with these headers.
pub fn refused_until<'a>(header: impl Fn(&str) -> Option<&'a str>, now: Time) -> Time {
    let mut room = Room::default();
    room.hear(header, now);
    room.closed_until(1, now).unwrap_or_else(|| next(now, QUARTER_SECONDS))
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
        let (until, now) =
            (until.map(|text| text.parse::<Time>().unwrap()), "2026-11-21T08:00:00Z".parse().unwrap());
        let mut room = Room::default();
        room.hear(header, now);
        assert_eq!(room.closed_until(1, now), until);
    }

    #[test]
    fn several_requests_need_room_for_all_and_a_window_that_is_over_closes_nothing() {
        let now: Time = "2026-11-21T08:00:00Z".parse().unwrap();
        let mut room = Room::default();
        let read = |name: &str| match name {
            "x-readratelimit-limit" => Some("100,1000"),
            "x-readratelimit-usage" => Some("98,500"),
            _ => None,
        };
        room.hear(read, now);
        assert_eq!((room.closed_until(2, now), room.closed_until(3, now).is_some()), (None, true));
        // An upload tells nothing of reads, which stay as they were told.
        room.hear(|name| (name == "x-readratelimit-usage").then_some(","), now);
        assert!(room.closed_until(3, now).is_some());
        assert_eq!(room.closed_until(3, now + TimeDelta::seconds(905)), None);
    }

    #[test]
    fn a_refusal_without_numbers_lasts_until_the_next_quarter() {
        let now = "2026-11-21T08:44:59Z".parse().unwrap();
        assert_eq!(refused_until(|_| None, now), "2026-11-21T08:45:05Z".parse::<Time>().unwrap());
    }
}
