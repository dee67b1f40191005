//! Handing a file to Garmin's upload service, and what that answers, read as one of a few verdicts.

use std::sync::Arc;
use std::time::Duration;

use baton_core::{Error, ErrorKind, Result};
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

use super::api::{Api, id_of};
use super::tokens::forbidden_or;
use crate::http::Answer;

/// The least and most time between two uploads.
const APART: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// One account's uploads: one at a time.
#[derive(Default)]
pub struct Uploads {
    /// Whether there was one before.
    begun: Mutex<bool>,
}

impl Uploads {
    /// Waits until it is this one's turn, which lasts until the guard is dropped.
    pub async fn turn(&self, api: &Api) -> MutexGuard<'_, bool> {
        let mut begun = self.begun.lock().await;
        if *begun {
            api.http.pause(APART.0, APART.1).await;
        }
        *begun = true;
        begun
    }
}

/// Sends a file. `None` where no answer came, so that nobody knows.
pub async fn send(api: &Api, name: &str, bytes: &Arc<[u8]>) -> Result<Option<Answer>> {
    let answer = api
        .send(|http, site| {
            let url = format!("{}/upload-service/upload", site.connectapi);
            http.post(url).multipart("file", name, bytes.clone()).delivers()
        })
        .await;
    match answer {
        Err(error) if error.kind == ErrorKind::Unsettled => Ok(None),
        answer => answer.map(Some),
    }
}

/// What an answer to an upload, or to the poll after it, says became of the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Created(u64),
    /// It is there already; the id where Garmin names it.
    Duplicate(Option<u64>),
    /// Accepted and still at work: the path to ask at, where the answer names it.
    Pending(Option<String>),
    /// Nobody can tell yet: it may or may not have been taken.
    Unknown,
}

/// Garmin's code for "Duplicate Activity", under any status.
const DUPLICATE: u64 = 202;

/// Reads an answer.
///
/// # Errors
/// `Rejected` with Garmin's words, `ConsentRequired` with `consent_link`, `RateLimited`, `ServiceDown` for a 403,
/// `ServiceChanged`.
pub fn read(answer: &Answer, consent_link: &str) -> Result<Verdict> {
    let body: Value = serde_json::from_slice(&answer.bytes).unwrap_or(Value::Null);
    match verdict(answer.status.as_u16(), &body, answer.header("location")) {
        Some(verdict) => Ok(verdict),
        None => Err(match answer.status.as_u16() {
            412 => answer.error(
                ErrorKind::ConsentRequired { link: consent_link.to_owned() },
                "Garmin Connect wants your consent before it takes uploads: switch on Device Upload in its data settings",
            ),
            200..300 | 400 | 406 | 413 | 415 | 422 => {
                Error::rejected(format!("Garmin Connect refuses this file: {}", words(&body, answer.status.as_u16())))
            }
            _ => forbidden_or(answer),
        }),
    }
}

/// `None` where it is a refusal.
fn verdict(status: u16, body: &Value, location: Option<&str>) -> Option<Verdict> {
    let result = &body["detailedImportResult"];
    let first_id = |list: &str| result[list].as_array()?.iter().find_map(|line| id_of(&line["internalId"]));
    let codes = messages(result).filter_map(|message| message["code"].as_u64());
    let duplicate = codes.into_iter().any(|code| code == DUPLICATE);
    match status {
        409 => Some(Verdict::Duplicate(first_id("failures"))),
        _ if duplicate && status < 500 => Some(Verdict::Duplicate(first_id("failures"))),
        200..300 => {
            if let Some(id) = first_id("successes").or_else(|| location.and_then(activity_in)) {
                return Some(Verdict::Created(id));
            }
            let failed = result["failures"].as_array().is_some_and(|list| !list.is_empty());
            if failed { None } else { Some(Verdict::Pending(location.and_then(path_of))) }
        }
        500.. => Some(Verdict::Unknown),
        _ => None,
    }
}

fn messages(result: &Value) -> impl Iterator<Item = &Value> {
    let failures = result["failures"].as_array().into_iter().flatten();
    failures.filter_map(|failure| failure["messages"].as_array()).flatten()
}

/// Garmin's reasons in its own words, short enough to show.
fn words(body: &Value, status: u16) -> String {
    let said: Vec<&str> =
        messages(&body["detailedImportResult"]).filter_map(|message| message["content"].as_str()).collect();
    let joined = if said.is_empty() {
        body["message"].as_str().unwrap_or_default().to_owned()
    } else {
        said.join("; ")
    };
    let plain: String =
        joined.chars().filter(|c| !c.is_control() && !"<>{}".contains(*c)).take(200).collect();
    match (plain.trim().trim_end_matches('.'), status) {
        ("", 413) => "it is too large".into(),
        ("", _) => "it gives no reason".into(),
        (plain, _) => plain.to_owned(),
    }
}

/// The id in `…/activity-service/activity/<id>`.
fn activity_in(location: &str) -> Option<u64> {
    let path = path_of(location)?;
    let id = path.strip_prefix("/activity-service/activity/")?;
    id.parse().ok().filter(|id| *id > 0)
}

/// The path of an address: it is asked for at the host that the tokens are meant for, whatever host it names.
fn path_of(location: &str) -> Option<String> {
    let base = url::Url::parse("https://connectapi.garmin.com").ok()?;
    Some(base.join(location).ok()?.path().to_owned()).filter(|path| path.len() > 1)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const STATUS: &str = "https://connectapi.garmin.com/activity-service/activity/status/1795000000000/abc";

    #[expect(clippy::needless_pass_by_value, reason = "the cases read better so")]
    fn body(successes: Value, failures: Value) -> Value {
        json!({"detailedImportResult": {"uploadId": "", "successes": successes, "failures": failures}})
    }

    fn copy() -> Value {
        json!([{"internalId": 7, "messages": [{"code": 202, "content": "Duplicate Activity."}]}])
    }

    #[rstest]
    #[case(202, body(json!([]), json!([])), Some(STATUS), Some(Verdict::Pending(Some("/activity-service/activity/status/1795000000000/abc".into()))))]
    #[case(202, Value::Null, None, Some(Verdict::Pending(None)))]
    #[case(201, body(json!([{"internalId": "'42'", "messages": null}]), json!([])), None, Some(Verdict::Created(42)))]
    #[case(200, body(json!([{"internalId": 42}]), Value::Null), None, Some(Verdict::Created(42)))]
    #[case(
        201,
        Value::Null,
        Some("https://connectapi.garmin.com/activity-service/activity/42"),
        Some(Verdict::Created(42))
    )]
    #[case(409, body(json!([]), copy()), None, Some(Verdict::Duplicate(Some(7))))]
    #[case(409, Value::Null, None, Some(Verdict::Duplicate(None)))]
    #[case(200, body(json!([]), copy()), None, Some(Verdict::Duplicate(Some(7))))]
    #[case(200, body(json!([]), json!([{"messages": [{"code": 203, "content": "Bad"}]}])), None, None)]
    #[case(500, Value::Null, None, Some(Verdict::Unknown))]
    #[case(503, Value::Null, None, Some(Verdict::Unknown))]
    #[case(400, Value::Null, None, None)]
    #[case(412, Value::Null, None, None)]
    #[case(429, Value::Null, None, None)]
    fn reads_every_outcome(
        #[case] status: u16,
        #[case] body: Value,
        #[case] location: Option<&str>,
        #[case] expected: Option<Verdict>,
    ) {
        assert_eq!(verdict(status, &body, location), expected);
    }

    #[test]
    fn a_refusal_is_in_garmins_words() {
        let failures = json!([{"messages": [{"code": 203, "content": "File is <b>corrupt</b>."}, {"code": 204, "content": "Bad CRC"}]}]);
        assert_eq!(words(&body(json!([]), failures), 400), "File is bcorrupt/b.; Bad CRC");
        assert_eq!(words(&json!({"message": "HTTP 400 Bad Request"}), 400), "HTTP 400 Bad Request");
        assert_eq!(words(&Value::Null, 413), "it is too large");
    }
}
