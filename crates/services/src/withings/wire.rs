//! Withings' answers, spelt as Withings spells them, as far as Baton reads them, and the envelope around each: under
//! HTTP 200 its own `status` tells what really happened.

use baton_core::{Error, ErrorKind, Result, Secret, Time};
use chrono::TimeDelta;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::Answer;
use crate::loose::{Flag, List, Number, Object, Text};

/// Where Withings asks for a pause and does not say how long.
const USUAL_REST: f64 = 60.0;
const LONGEST_REST: f64 = 86_400.0;

/// A page of `getmeas`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Page {
    /// The account's, by its IANA name.
    pub timezone: Text,
    pub measuregrps: Option<List<Group>>,
    /// 0 and 1, or false and true, or not there.
    pub more: Flag,
    pub offset: Number,
}

/// Values that were measured together. Times are Unix seconds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Group {
    pub grpid: Number,
    /// How certain it is whose they are.
    pub attrib: Number,
    pub date: Number,
    pub created: Number,
    pub modified: Number,
    /// 1 for what was measured, 2 for goals.
    pub category: Number,
    pub measures: List<Measure>,
}

/// One value: `value` times ten to the power of `unit`, in SI units.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Measure {
    pub value: Number,
    pub unit: Number,
    #[serde(rename = "type")]
    pub kind: Number,
    pub position: Number,
}

/// What the token endpoint gives.
#[derive(Deserialize)]
pub struct Grant {
    pub access_token: Secret,
    pub refresh_token: Secret,
    /// A number, or a text in some of Withings' own samples.
    #[serde(default)]
    pub userid: Number,
    #[serde(default)]
    pub expires_in: Number,
}

/// What signs one call in place of the secret.
#[derive(Deserialize)]
pub struct Nonce {
    pub nonce: Secret,
}

/// Something that Withings did not do, by the `status` of its envelope.
#[derive(Debug)]
pub struct Refused {
    pub status: i64,
    /// Withings' own words. Never shown: they are only looked through.
    words: String,
    wait_seconds: Option<f64>,
    now: Time,
}

/// Opens the envelope.
///
/// # Errors
/// Those of HTTP; `ServiceChanged` for a web page or another form.
pub fn open<T: DeserializeOwned>(answer: &Answer) -> Result<Result<T, Refused>> {
    #[derive(Deserialize)]
    struct Envelope {
        status: Number,
        #[serde(default)]
        error: Text,
        #[serde(default)]
        body: Object<Wait>,
    }
    #[derive(Deserialize)]
    struct Wait {
        #[serde(default)]
        wait_seconds: Number,
    }
    #[derive(Deserialize)]
    struct Whole<T> {
        body: T,
    }
    if answer.status == 401 {
        return Ok(Err(Refused {
            status: 401,
            words: String::new(),
            wait_seconds: None,
            now: answer.arrived(),
        }));
    }
    if !answer.status.is_success() {
        return Err(answer.failure());
    }
    let envelope: Envelope = answer.json()?;
    match envelope.status.0 {
        Some(0.0) => Ok(Ok(answer.json::<Whole<T>>()?.body)),
        Some(status) => Ok(Err(Refused {
            status: status as i64,
            words: envelope.error.0.unwrap_or_default().to_ascii_lowercase(),
            wait_seconds: envelope.body.0.and_then(|body| body.wait_seconds.0),
            now: answer.arrived(),
        })),
        None => Err(super::changed()),
    }
}

impl Refused {
    /// Whether the access token, or the application's keys, were not accepted.
    pub fn is_unauthenticated(&self) -> bool {
        matches!(self.status, 100..=102 | 200 | 401)
    }

    /// Whether the call would have had to be signed.
    pub fn wants_signature(&self) -> bool {
        ["signature", "nonce"].iter().any(|word| self.words.contains(word))
    }

    /// What it means where the caller knows nothing better.
    pub fn error(&self) -> Error {
        let status = self.status;
        match status {
            // The rate of the application, or the same call within ten seconds (MMM-withings#15).
            601 => {
                let seconds = self.wait_seconds.unwrap_or(USUAL_REST).clamp(1.0, LONGEST_REST);
                let until = self.now + TimeDelta::seconds(seconds.ceil() as i64);
                Error::new(ErrorKind::RateLimited { until }, "Withings asks for a pause")
            }
            100..=102 | 200 | 401 => Error::sign_in(
                "Withings no longer accepts the saved sign-in; please connect the account again",
            ),
            214 | 277 | 2553 | 2555 => Error::sign_in(
                "Withings does not let Baton read the measurements of this account; connect it again and allow what it \
                 asks for",
            ),
            201..=304 | 321 | 323..=353 | 380..=382 | 400 | 501..=511 | 523 | 532 | 2554 | 3017..=3019 => {
                Error::service_changed(format!(
                    "Withings did not understand what Baton asked (status {status}); Baton may need an update"
                ))
            }
            _ => Error::new(
                ErrorKind::ServiceDown,
                format!("Withings has a problem of its own at the moment (status {status})"),
            ),
        }
    }
}
