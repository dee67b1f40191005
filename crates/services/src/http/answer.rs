//! What a vendor answered: status, headers and body, and what they mean where the vendor's folder knows nothing better.

use baton_core::{Error, ErrorKind, Result, Time};
use chrono::TimeDelta;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use url::Url;

/// How long to leave a vendor alone that says "too many requests" and not how long.
const USUAL_REST: TimeDelta = TimeDelta::minutes(5);
/// What a vendor may ask for at most; longer waits are tried again after this.
const LONGEST_REST: TimeDelta = TimeDelta::hours(24);
/// A clock this far off makes vendors refuse certificates, signatures and codes.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(10);

/// A whole answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    /// What was asked. Never shown with its query.
    pub url: Url,
    /// The service as people know it.
    pub(super) service: &'static str,
    /// When it arrived.
    pub(super) now: Time,
}

impl Answer {
    /// This answer where its status says success.
    ///
    /// # Errors
    /// 401 `SignInRequired`, 429 `RateLimited` until the vendor's time, 403 and 5xx `ServiceDown`, others
    /// `ServiceChanged`.
    pub fn ok(self) -> Result<Answer> {
        if self.status.is_success() { Ok(self) } else { Err(self.failure()) }
    }

    /// What a status other than success means where the vendor's folder knows nothing better.
    pub fn failure(&self) -> Error {
        let service = self.service;
        match self.status.as_u16() {
            401 => self
                .error(ErrorKind::SignInRequired, format!("{service} no longer accepts the saved sign-in")),
            429 => {
                let until = self.retry_after().unwrap_or(self.now + USUAL_REST);
                self.error(ErrorKind::RateLimited { until }, format!("{service} asks for a pause"))
            }
            403 => self.error(
                ErrorKind::ServiceDown,
                format!("{service} refuses requests from this program or network at the moment"),
            ),
            500.. => self
                .error(ErrorKind::ServiceDown, format!("{service} has a problem of its own at the moment")),
            status => self.changed(&format!("answered with status {status}")),
        }
    }

    /// An error about this answer; where this computer's clock is far from the vendor's, the sentence says so.
    pub fn error(&self, kind: ErrorKind, sentence: impl Into<String>) -> Error {
        let mut sentence = sentence.into();
        if let Some(words) = self.clock_words() {
            sentence.push_str(&words);
        }
        Error::new(kind, sentence)
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// `ServiceChanged` where it is HTML or another JSON than expected.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        // The parser's own message could quote what must not be shown.
        serde_json::from_slice(&self.bytes).map_err(|_| {
            let what = if self.is_html() {
                "answered with a web page"
            } else {
                "answered in a form Baton does not know"
            };
            self.changed(what)
        })
    }

    /// When it arrived.
    pub fn arrived(&self) -> Time {
        self.now
    }

    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Where a redirect leads, made absolute.
    pub fn location(&self) -> Option<Url> {
        if !self.status.is_redirection() {
            return None;
        }
        self.url.join(self.header("location")?).ok()
    }

    /// Whether the body is a web page rather than data.
    pub fn is_html(&self) -> bool {
        let declared = self.header("content-type").is_some_and(|kind| kind.contains("html"));
        declared || self.bytes.trim_ascii_start().starts_with(b"<")
    }

    /// The vendor's `Retry-After`, in either form.
    pub fn retry_after(&self) -> Option<Time> {
        retry_after(self.header("retry-after")?, self.now)
    }

    fn changed(&self, what: &str) -> Error {
        let place = self.url.path();
        let words = format!("{} {what} at {place}; Baton may need an update", self.service);
        Error::service_changed(words)
    }

    /// " (this computer's clock is 1 day ahead …)", where it is.
    fn clock_words(&self) -> Option<String> {
        let theirs = Time::from(chrono::DateTime::parse_from_rfc2822(self.header("date")?).ok()?);
        let ahead = self.now - theirs;
        if ahead.abs() < CLOCK_TOLERANCE {
            return None;
        }
        let direction = if ahead > TimeDelta::zero() { "ahead" } else { "behind" };
        let minutes = ahead.abs().num_minutes();
        let amount = match minutes {
            0..120 => format!("{minutes} minutes"),
            120..2880 => format!("{} hours", minutes / 60),
            _ => format!("{} days", minutes / 1440),
        };
        Some(format!(" (this computer's clock is {amount} {direction}: set it right and try again)"))
    }
}

/// `Retry-After` as seconds or as a date (RFC 9110, section 10.2.3), never more than a day ahead.
pub(super) fn retry_after(value: &str, now: Time) -> Option<Time> {
    let value = value.trim();
    let until = if let Ok(seconds) = value.parse::<f64>() {
        now + TimeDelta::seconds(seconds.clamp(0.0, 1e6) as i64)
    } else {
        Time::from(chrono::DateTime::parse_from_rfc2822(value).ok()?)
    };
    Some(until.clamp(now, now + LONGEST_REST))
}
