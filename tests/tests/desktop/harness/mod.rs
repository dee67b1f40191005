//! What a desktop test stands on: a session of its own (display, bus, keyring), the app in it, the window through
//! WebDriver, the tray and notifications over D-Bus, and real keys, drags and pixels through X.

#![allow(dead_code, reason = "the tests and the benchmark each use their part")]

pub mod app;
pub mod drag;
pub mod notifications;
pub mod page;
pub mod processes;
pub mod session;
pub mod tray;
pub mod windows;

use std::time::{Duration, Instant};

/// How long anything may take: a loaded computer is slow, and nobody waits that long where all is well.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until there is something.
///
/// # Panics
/// With what was waited for, where it does not come.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain for: {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// Waits until it is so.
///
/// # Panics
/// With what was waited for, where it does not come.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    eventually(what, || is_so().then_some(()));
}

/// Does something at a page, and again where nothing came of it: a page that is busy on a loaded computer loses keys, and
/// a person looks and types anew.
///
/// # Panics
/// With what was waited for, where it does not come of five attempts.
pub fn persistently(what: &str, done: impl Fn() -> bool, attempt: impl Fn()) {
    for _ in 0..5 {
        attempt();
        let end = Instant::now() + Duration::from_secs(8);
        while Instant::now() < end {
            if done() {
                return;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }
    panic!("waited in vain for: {what}");
}
