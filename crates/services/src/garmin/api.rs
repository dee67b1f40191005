//! Signed requests to Garmin Connect's data services, and the answers' forms as Garmin spells them.

use std::sync::Arc;
use std::time::Duration;

use baton_core::{Error, ErrorKind, Result, TokenCell};
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::site::{Site, native};
use super::tokens::{Saved, forbidden_or, renew};
use crate::World;
use crate::http::{Answer, Call, Http, Pacer};
use crate::renewal::Renewal;

/// The data services of one account.
pub struct Api {
    world: Arc<World>,
    pub http: Http,
    renewal: Renewal,
    pub pacer: Pacer,
}

/// Who is signed in (`socialProfile`).
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    #[serde(rename = "garminGUID")]
    pub garmin_guid: Option<String>,
    #[serde(rename = "profileId")]
    pub number: Option<u64>,
    pub full_name: Option<String>,
    pub user_name: Option<String>,
}

/// One line of the activity list. Times are `YYYY-MM-DD HH:MM:SS` in UTC.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedActivity {
    #[serde(deserialize_with = "lenient_id")]
    pub activity_id: u64,
    #[serde(rename = "startTimeGMT", default)]
    pub start_time_gmt: Option<String>,
    /// Seconds of the timer.
    #[serde(default)]
    pub duration: Option<f64>,
    /// Seconds from start to end.
    #[serde(default)]
    pub elapsed_duration: Option<f64>,
    #[serde(default)]
    pub activity_type: Option<ActivityType>,
    /// The serial number of the device that recorded it.
    #[serde(default)]
    pub device_id: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityType {
    #[serde(default)]
    pub type_key: Option<String>,
}

/// One activity, as far as Baton looks at it.
#[derive(Deserialize)]
pub struct ActivityAnswer {
    #[serde(rename = "summaryDTO", default)]
    pub summary: Option<ActivitySummary>,
}

#[derive(Deserialize)]
pub struct ActivitySummary {
    #[serde(rename = "startTimeGMT", default)]
    pub start_time_gmt: Option<String>,
}

impl Api {
    pub fn new(world: Arc<World>, tokens: Arc<TokenCell>) -> Api {
        let http = world.http.of(super::NAME);
        // Reads: at most three at a time, as garmin-cli does without complaints.
        let pacer = http.pacer(Duration::ZERO, 3);
        Api { world, http, renewal: Renewal::new(tokens), pacer }
    }

    /// Sends what `build` makes, signed. A 401 renews the tokens once and sends it once more.
    ///
    /// # Errors
    /// `SignInRequired` where that did not help; `ServiceDown` for every 403; those of [`Call::send`]. Other statuses
    /// are the caller's to judge.
    pub async fn send(&self, build: impl Fn(&Http, &Site) -> Call + Send + Sync) -> Result<Answer> {
        let (tokens, saved) = self.renewal.fresh(self.http.now(), |saved| self.renew(saved)).await?;
        let answer = self.signed(&saved, &build).await?;
        if answer.status != 401 {
            return not_forbidden(answer);
        }
        let (_, renewed) = self.renewal.renewed(&tokens, |saved| self.renew(saved)).await?;
        let answer = self.signed(&renewed, &build).await?;
        if answer.status == 401 {
            return Err(unaccepted(&answer));
        }
        not_forbidden(answer)
    }

    /// The site that the account lives on.
    pub async fn site(&self) -> Result<Site> {
        let (_, saved) = self.renewal.saved::<Saved>().await?;
        saved.site(&self.world)
    }

    async fn signed(&self, saved: &Saved, build: &(impl Fn(&Http, &Site) -> Call + Sync)) -> Result<Answer> {
        let site = saved.site(&self.world)?;
        sign(build(&self.http, &site), saved)?.send(&self.pacer).await
    }

    async fn renew(&self, saved: Saved) -> Result<Saved> {
        renew(&self.world, &self.http, &self.pacer, &saved).await
    }
}

/// Adds the bearer and the headers of Garmin's own program.
pub fn sign(call: Call, saved: &Saved) -> Result<Call> {
    let access = saved.access().ok_or_else(|| Error::bug("a request to Garmin was made before a token"))?;
    Ok(native(call).bearer(access))
}

fn not_forbidden(answer: Answer) -> Result<Answer> {
    if answer.status == 403 { Err(forbidden_or(&answer)) } else { Ok(answer) }
}

/// The sentence for a token that Garmin refuses although it is fresh.
pub fn unaccepted(answer: &Answer) -> Error {
    let words = if is_inactive(answer) {
        "Garmin Connect does not accept this kind of sign-in for your account; sign in on Garmin's own page in a window, or \
         paste a ticket"
    } else {
        "Garmin Connect no longer accepts the saved sign-in; please sign in again"
    };
    answer.error(ErrorKind::SignInRequired, words)
}

/// 401 "Token is not active": tokens of the embedded form for some accounts (python-garminconnect#369).
pub fn is_inactive(answer: &Answer) -> bool {
    answer.status == 401 && answer.text().to_ascii_lowercase().contains("not active")
}

/// An activity id as a number, as a text, or as a text with quotes in it (hevy2garmin#153).
pub fn id_of(value: &Value) -> Option<u64> {
    let id = match value {
        Value::Number(number) => number.as_u64().or_else(|| number.as_f64().map(|number| number as u64)),
        Value::String(text) => text.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok(),
        _ => None,
    };
    id.filter(|id| *id > 0)
}

fn lenient_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    id_of(&value).ok_or_else(|| serde::de::Error::custom("no id"))
}

/// A time of Garmin's data services, which is UTC with a blank or a `T` and perhaps a fraction.
pub fn utc(text: &str) -> Option<baton_core::Time> {
    let text = text.replace('T', " ");
    let plain = text.trim_end_matches('Z').split('.').next()?;
    chrono::NaiveDateTime::parse_from_str(plain, "%Y-%m-%d %H:%M:%S").ok().map(|time| time.and_utc())
}

/// A page of the activities that start from one local day to another, both included.
pub fn list_activities(
    http: &Http,
    site: &Site,
    days: (NaiveDate, NaiveDate),
    start: usize,
    limit: usize,
) -> Call {
    http.get(format!("{}/activitylist-service/activities/search/activities", site.connectapi)).query(&[
        ("start", &start.to_string()),
        ("limit", &limit.to_string()),
        ("startDate", &days.0.to_string()),
        ("endDate", &days.1.to_string()),
    ])
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!(23_126_363_872_u64), Some(23_126_363_872))]
    #[case(json!("23126363872"), Some(23_126_363_872))]
    #[case(json!("'23126363872'"), Some(23_126_363_872))]
    #[case(json!("\"23126363872\""), Some(23_126_363_872))]
    #[case(json!(23_126_363_872.0), Some(23_126_363_872))]
    #[case(json!(""), None)]
    #[case(json!(0), None)]
    #[case(json!(-4), None)]
    #[case(json!(null), None)]
    #[case(json!("12 34"), None)]
    fn ids_come_in_many_forms(#[case] value: Value, #[case] id: Option<u64>) {
        assert_eq!(id_of(&value), id);
    }

    #[rstest]
    #[case("2026-11-21 07:30:00")]
    #[case("2026-11-21T07:30:00.0")]
    #[case("2026-11-21T07:30:00Z")]
    fn times_come_in_two_forms(#[case] text: &str) {
        assert_eq!(utc(text).unwrap().to_rfc3339(), "2026-11-21T07:30:00+00:00");
        assert!(utc("yesterday").is_none());
    }
}
