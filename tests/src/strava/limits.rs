//! Rate limits: how many requests an application has made in this quarter of an hour and on this day (UTC), all and
//! without uploads, and the headers that tell.

use axum::http::{HeaderMap, HeaderValue};

use super::Options;

const QUARTER_SECONDS: i64 = 900;
const DAY_SECONDS: i64 = 86_400;

/// What an application has used.
#[derive(Debug, Default)]
pub(super) struct Usage {
    /// When the windows began, Unix seconds.
    quarter: i64,
    day: i64,
    /// In the quarter of an hour and in the day.
    overall: [u32; 2],
    read: [u32; 2],
}

impl Usage {
    /// Counts a request, also one that is refused because of it. False where it is over a limit.
    pub fn count(&mut self, options: &Options, now: i64, is_upload: bool) -> bool {
        let (quarter, day) = (now - now.rem_euclid(QUARTER_SECONDS), now - now.rem_euclid(DAY_SECONDS));
        if quarter != self.quarter {
            (self.quarter, self.overall[0], self.read[0]) = (quarter, 0, 0);
        }
        if day != self.day {
            (self.day, self.overall[1], self.read[1]) = (day, 0, 0);
        }
        self.overall = self.overall.map(|it| it + 1);
        if !is_upload {
            self.read = self.read.map(|it| it + 1);
        }
        let within = |used: [u32; 2], limit: [u32; 2]| used[0] <= limit[0] && used[1] <= limit[1];
        within(self.overall, options.overall_limit) && (is_upload || within(self.read, options.read_limit))
    }

    /// The headers of an answer. That of reads holds a lone comma on an upload, as recorded.
    pub fn headers(&self, options: &Options, is_upload: bool) -> HeaderMap {
        let pair = |[quarter, day]: [u32; 2]| format!("{quarter},{day}");
        let read = if is_upload { ",".to_owned() } else { pair(self.read) };
        headers(&pair(options.overall_limit), &pair(self.overall), &pair(options.read_limit), &read)
    }
}

/// The headers of an answer that says that the quarter, or the day, is used up.
pub(super) fn used_up(options: &Options, whole_day: bool) -> HeaderMap {
    let [quarter, day] = options.read_limit;
    let used = if whole_day { format!("3,{}", day + 1) } else { format!("{},{quarter}", quarter + 1) };
    let pair = |[quarter, day]: [u32; 2]| format!("{quarter},{day}");
    headers(&pair(options.overall_limit), &used, &pair(options.read_limit), &used)
}

fn headers(limit: &str, usage: &str, read_limit: &str, read_usage: &str) -> HeaderMap {
    let named = [
        ("x-ratelimit-limit", limit),
        ("x-ratelimit-usage", usage),
        ("x-readratelimit-limit", read_limit),
        ("x-readratelimit-usage", read_usage),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in named {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers
}
