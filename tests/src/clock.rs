//! The time that a simulated service lives in: the computer's own, or one that a test sets and moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::Utc;

use crate::server::lock;

/// Unix seconds as a simulator sees them. Clones share one time.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<Inside>);

#[derive(Debug, Default)]
struct Inside {
    /// The time that stands still; `None` while the computer's own time counts.
    set: std::sync::Mutex<Option<i64>>,
    /// Seconds that were added by [`Clock::advance`].
    ahead: AtomicI64,
}

impl Clock {
    /// The computer's own time.
    pub fn real() -> Self {
        Self::default()
    }

    /// A time that stands still at `unix_seconds` until it is moved.
    pub fn at(unix_seconds: i64) -> Self {
        let clock = Self::default();
        clock.set(unix_seconds);
        clock
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        let base = lock(&self.0.set).unwrap_or_else(|| Utc::now().timestamp());
        base + self.0.ahead.load(Ordering::Relaxed)
    }

    /// Lets so many seconds pass.
    pub fn advance(&self, seconds: i64) {
        self.0.ahead.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Stops the time at `unix_seconds`.
    pub fn set(&self, unix_seconds: i64) {
        *lock(&self.0.set) = Some(unix_seconds);
        self.0.ahead.store(0, Ordering::Relaxed);
    }
}
