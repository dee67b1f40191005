//! The desktop app as a person uses it: the real program in a session of its own, against the simulated services.
//!
//! Each test has a private display, session bus, keyring and home folder; a failed one leaves pictures, the page's
//! source and the logs in `target/desktop-failures`.

#![cfg_attr(target_os = "linux", expect(clippy::unwrap_used, reason = "a test may stop where it stands"))]

#[cfg(target_os = "linux")]
mod failures;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod first_run;
#[cfg(target_os = "linux")]
mod front;
#[cfg(target_os = "linux")]
mod harness;
#[cfg(target_os = "linux")]
mod keyboard;
#[cfg(target_os = "linux")]
mod look;
#[cfg(target_os = "linux")]
mod notifications;
#[cfg(target_os = "linux")]
mod passphrase;
#[cfg(target_os = "linux")]
mod polar;
#[cfg(target_os = "linux")]
mod secrets;
#[cfg(target_os = "linux")]
mod sign_in_window;
#[cfg(target_os = "linux")]
mod stopping;
#[cfg(target_os = "linux")]
mod tray;
#[cfg(target_os = "linux")]
mod updates;
#[cfg(target_os = "linux")]
mod withings;
#[cfg(target_os = "linux")]
mod words;
#[cfg(target_os = "linux")]
mod world;

#[cfg(not(target_os = "linux"))]
#[test]
fn desktop() {
    println!(
        "skipped: the desktop app is driven on Linux only, where there is a WebDriver and a display without a screen"
    );
}
