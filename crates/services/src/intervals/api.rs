//! Requests to Intervals.icu with the personal key, and the answers' forms as it spells them.

use std::sync::Arc;
use std::time::Duration;

use baton_core::same::Outline;
use baton_core::tokens::sealed;
use baton_core::{Error, ErrorKind, File, Result, Secret, Span, Time, TokenCell};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::World;
use crate::endpoints::Endpoints;
use crate::http::{Answer, Call, Http, Method, Pacer};
use crate::loose::{Number, Text};

/// A guest's manners: nothing is known of a limit for reading and writing one's own data.
const APART: Duration = Duration::from_millis(200);

/// The service's address, without a slash at the end.
pub fn base(endpoints: &Endpoints) -> String {
    endpoints.base("intervals", "web", "https://intervals.icu")
}

/// What is kept of a sign-in.
#[derive(Serialize, Deserialize)]
pub struct Saved {
    #[serde(with = "sealed")]
    pub key: Secret,
}

/// A personal key is the password of the user `API_KEY`.
pub fn signed(call: Call, saved: &Saved) -> Call {
    call.basic("API_KEY", &saved.key).header("Accept", "application/json")
}

/// One line of the activity list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Listed {
    /// `i123`
    pub id: Text,
    /// What the upload said.
    pub external_id: Text,
    /// UTC: `2026-11-21T07:00:00Z`
    pub start_date: Text,
    /// Seconds from start to end.
    pub elapsed_time: Number,
    /// m
    pub distance: Number,
    pub device_name: Text,
}

impl Listed {
    pub fn start(&self) -> Option<Time> {
        self.start_date.get()?.parse().ok()
    }

    /// `None` where it does not say when it began.
    pub fn outline(&self) -> Option<Outline> {
        let span = Span::lasting(self.start()?, self.elapsed_time.positive()?);
        Some(Outline { distance: self.distance.positive(), ..Outline::new(span) })
    }
}

/// What an upload is answered: the activity, in one of two places.
#[derive(Deserialize)]
struct Uploaded {
    #[serde(default)]
    id: Text,
    #[serde(default)]
    activities: Vec<Listed>,
}

/// One account's requests.
pub struct Api {
    pub http: Http,
    base: String,
    pacer: Pacer,
    tokens: Arc<TokenCell>,
}

impl Api {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Api {
        let http = world.http.of(super::NAME);
        Api { base: base(&world.endpoints), pacer: http.pacer(APART, 2), http, tokens }
    }

    /// The activities of some local days, both included.
    pub async fn activities(&self, (oldest, newest): (NaiveDate, NaiveDate)) -> Result<Vec<Listed>> {
        let path = "/api/v1/athlete/0/activities";
        let answer = self
            .send(path, |http, url| {
                http.get(url).query(&[("oldest", &oldest.to_string()), ("newest", &newest.to_string())])
            })
            .await?;
        answer.ok()?.json()
    }

    /// Hands a file over; the new activity's number.
    ///
    /// # Errors
    /// `Rejected` where the file is refused; `Unsettled` where no answer came.
    pub async fn upload(&self, file: &File, about: &[(&str, &str)]) -> Result<String> {
        let name = format!("activity.{}", file.format.extension());
        let answer = self
            .send("/api/v1/athlete/0/activities", |http, url| {
                http.post(url).query(about).multipart("file", &name, file.bytes.clone()).delivers()
            })
            .await?;
        match answer.status.as_u16() {
            400 | 413 | 415 | 422 => return Err(Error::rejected("Intervals.icu does not take this file")),
            500.. => {
                let words = "Intervals.icu had a problem and did not say whether the file arrived";
                return Err(answer.error(ErrorKind::Unsettled, words));
            }
            _ => {}
        }
        let uploaded: Uploaded = answer.ok()?.json()?;
        let first = uploaded.activities.into_iter().next().and_then(|activity| activity.id.0);
        uploaded.id.0.or(first).filter(|id| !id.is_empty()).ok_or_else(super::changed)
    }

    /// The day's weight in kilograms; `None` where none is kept.
    pub async fn weight(&self, day: NaiveDate) -> Result<Option<f64>> {
        #[derive(Deserialize)]
        struct Wellness {
            #[serde(default)]
            weight: Number,
        }
        let answer = self.send(&wellness(day), Http::get).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        Ok(answer.ok()?.json::<Wellness>()?.weight.positive())
    }

    /// Sets fields of the day and leaves its others.
    ///
    /// # Errors
    /// `Rejected` where they are not taken.
    pub async fn set_wellness(&self, day: NaiveDate, fields: &Map<String, Value>) -> Result<()> {
        let answer =
            self.send(&wellness(day), |http, url| http.request(Method::PUT, url).json(fields)).await?;
        match answer.status.as_u16() {
            400 | 422 => Err(Error::rejected("Intervals.icu does not take this weight")),
            _ => answer.ok().map(drop),
        }
    }

    async fn send(&self, path: &str, build: impl FnOnce(&Http, String) -> Call) -> Result<Answer> {
        let saved: Saved = self.tokens.current().await?.unpack()?;
        let call = build(&self.http, format!("{}{path}", self.base));
        let answer = signed(call, &saved).send(&self.pacer).await?;
        if matches!(answer.status.as_u16(), 401 | 403) {
            let words = "Intervals.icu no longer accepts the API key; please paste the new one";
            return Err(answer.error(ErrorKind::SignInRequired, words));
        }
        Ok(answer)
    }
}

fn wellness(day: NaiveDate) -> String {
    format!("/api/v1/athlete/0/wellness/{day}")
}

/// The local day of a moment.
pub fn local_day(time: Time, utc_offset: i32) -> NaiveDate {
    (time + chrono::TimeDelta::seconds(i64::from(utc_offset))).date_naive()
}
