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
use crate::loose::{Number, Text};
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
    #[serde(default)]
    pub activity_name: Text,
    #[serde(rename = "startTimeGMT", default)]
    pub start_time_gmt: Option<String>,
    /// The account's clock at the start.
    #[serde(default)]
    pub start_time_local: Text,
    /// Seconds of the timer.
    #[serde(default)]
    pub duration: Option<f64>,
    /// Seconds from start to end.
    #[serde(default)]
    pub elapsed_duration: Option<f64>,
    #[serde(default)]
    pub activity_type: Option<ActivityType>,
    /// m
    #[serde(default)]
    pub distance: Number,
    /// The serial number of the device that recorded it.
    #[serde(default)]
    pub device_id: Value,
    /// Who made that device, in capitals: `GARMIN`, `ZWIFT`.
    #[serde(default)]
    pub manufacturer: Text,
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

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct ActivitySummary {
    #[serde(rename = "startTimeGMT")]
    pub start_time_gmt: Option<String>,
    /// Seconds of the timer.
    pub duration: Number,
    /// Seconds from start to end.
    pub elapsed_duration: Number,
    /// m
    pub distance: Number,
    /// kcal
    pub calories: Number,
    /// bpm
    #[serde(rename = "averageHR")]
    pub average_hr: Number,
    #[serde(rename = "maxHR")]
    pub max_hr: Number,
    /// m
    pub elevation_gain: Number,
    pub elevation_loss: Number,
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

/// One activity; `None` where it is not there.
///
/// # Errors
/// Those of the account, where Garmin could not be asked; `ServiceChanged`.
pub async fn activity(api: &Api, id: u64) -> Result<Option<ActivityAnswer>> {
    let url = |site: &Site| format!("{}/activity-service/activity/{id}", site.connectapi);
    let answer = api.send(|http, site| http.get(url(site))).await?;
    if answer.status == 404 { Ok(None) } else { answer.ok()?.json().map(Some) }
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

/// Garmin gives up to 1,000 lines at once and its own pages ask for 20.
const PAGE: usize = 200;

/// The activities that start from one local day to another, both included. Lines that cannot be read are passed over; an
/// upload meanwhile moves lines from page to page, so one may come twice.
pub async fn list_activities(
    api: &Api,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<ListedActivity>> {
    let mut all = Vec::new();
    let mut start = 0;
    loop {
        let answer = api
            .send(|http, site| {
                let path = "activitylist-service/activities/search/activities";
                http.get(format!("{}/{path}", site.connectapi)).query(&[
                    ("start", &start.to_string()),
                    ("limit", &PAGE.to_string()),
                    ("startDate", &first.to_string()),
                    ("endDate", &last.to_string()),
                ])
            })
            .await?
            .ok()?;
        let page: Vec<Value> = answer.json()?;
        let length = page.len();
        all.extend(page.into_iter().filter_map(|line| serde_json::from_value::<ListedActivity>(line).ok()));
        if length < PAGE {
            return Ok(all);
        }
        start += length;
    }
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
