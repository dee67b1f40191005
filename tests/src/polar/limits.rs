//! How often a client may ask: within 15 minutes and within 24 hours, each counted from the first request of its window
//! on. A request beyond the shorter limit still counts for the longer one.

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

const WINDOWS: [i64; 2] = [900, 86_400];

/// One client's count.
#[derive(Debug, Default)]
pub(super) struct Counter {
    /// When each window began, and how many requests were made in it.
    windows: [Option<(i64, u32)>; 2],
}

/// What is told with every answer: of the shorter window, then of the longer one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    usage: [u32; 2],
    limit: [u32; 2],
    reset: [i64; 2],
}

impl Counter {
    /// Counts a request.
    pub fn count(&mut self, now: i64, limit: [u32; 2]) -> Told {
        let mut told = Told { usage: [0; 2], limit, reset: [0; 2] };
        for (index, length) in WINDOWS.into_iter().enumerate() {
            let running = self.windows[index].filter(|(began, _)| now < began + length);
            let (began, count) = running.unwrap_or((now, 0));
            self.windows[index] = Some((began, count + 1));
            told.usage[index] = count + 1;
            told.reset[index] = began + length - now;
        }
        told
    }
}

/// Polar's formula for so many registered users.
pub(super) fn by_users(users: usize) -> [u32; 2] {
    let users = users as u32;
    [500 + 20 * users, 5000 + 100 * users]
}

impl Told {
    pub fn is_exceeded(&self) -> bool {
        self.usage.iter().zip(self.limit).any(|(usage, limit)| *usage > limit)
    }

    /// Puts the headers on an answer.
    pub fn put_on(&self, answer: &mut Response) {
        let pairs = [
            ("ratelimit-usage", self.usage.map(i64::from)),
            ("ratelimit-limit", self.limit.map(i64::from)),
            ("ratelimit-reset", self.reset),
        ];
        for (name, [short, long]) in pairs {
            if let Ok(value) = HeaderValue::from_str(&format!("{short}, {long}")) {
                answer.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
    }
}
