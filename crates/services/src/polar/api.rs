//! Requests to AccessLink with the account's token, and what its refusals mean.

use std::sync::Arc;
use std::time::Duration;

use baton_core::{Error, ErrorKind, Format, Result, TokenCell};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::tokens::{Hosts, Saved};
use super::wire::{self, Exercise, PhysicalInfo, User};
use crate::World;
use crate::http::{Answer, Call, Http, Pacer};

/// Requests at a time and the time between their beginnings. A client may ask 520 times in 15 minutes.
const IN_FLIGHT: usize = 2;
const APART: Duration = Duration::from_millis(250);
const JSON: &str = "application/json";
/// Where a person accepts what Polar calls mandatory consents.
const CONSENTS: &str = "https://account.polar.com";
/// Limits that Polar states beyond this are not believed.
const LONGEST_REST: i64 = 86_400;

/// One account's requests.
pub struct Api {
    http: Http,
    hosts: Hosts,
    pacer: Pacer,
    tokens: Arc<TokenCell>,
}

impl Api {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Api {
        let http = world.http.of(super::NAME);
        Api { pacer: http.pacer(APART, IN_FLIGHT), hosts: Hosts::of(&world.endpoints), http, tokens }
    }

    /// The exercises that Flow got in the last 30 days and since the person was registered, without samples. What is no
    /// exercise is left out with a line in the log.
    pub async fn exercises(&self) -> Result<Vec<Exercise>> {
        let values: Vec<Value> = self.get("/v3/exercises", JSON, &[]).await?.ok()?.json()?;
        let read = values.into_iter().filter_map(|value| {
            let exercise = wire::exercise(value);
            if exercise.is_none() {
                tracing::warn!("a row of Polar's list has no id and is left out");
            }
            exercise
        });
        Ok(read.collect())
    }

    /// One exercise with everything; `None` where Polar does not have it (any more).
    pub async fn exercise(&self, id: &str) -> Result<Option<Answer>> {
        let parts = [("samples", "true"), ("zones", "true"), ("route", "true")];
        self.get(&format!("/v3/exercises/{}", segment(id)), JSON, &parts).await?.found()
    }

    /// The file of an exercise; `None` where Polar has none. A TCX file comes packed with gzip.
    pub async fn file(&self, id: &str, format: Format) -> Result<Option<Vec<u8>>> {
        let accept = match format {
            Format::Tcx => "application/vnd.garmin.tcx+xml",
            Format::Gpx => "application/gpx+xml",
            Format::Fit | Format::Json => "*/*",
        };
        let path = format!("/v3/exercises/{}/{}", segment(id), format.extension());
        let answer = self.get(&path, accept, &[]).await?.found()?;
        Ok(answer.map(|answer| answer.bytes).filter(|bytes| !bytes.is_empty()))
    }

    /// What Flow knows of the person's body; `None` where it knows nothing.
    pub async fn physical_info(&self) -> Result<Option<PhysicalInfo>> {
        let Some(answer) = self.get("/v3/users/physical-info", JSON, &[]).await?.found()? else {
            return Ok(None);
        };
        wire::read(answer.json()?).map(Some).ok_or_else(super::changed)
    }

    /// Ends the registration of the person, and with it every token that this client has of them. One that is over
    /// already is no error.
    pub async fn unregister(&self) -> Result<()> {
        let saved: Saved = self.tokens.current().await?.unpack()?;
        let url = format!("{}/v3/users/{}", self.hosts.api, segment(&saved.user_id));
        let call = self.http.request(Method::DELETE, url).header("Accept", JSON).bearer(&saved.access);
        let answer = call.send(&self.pacer).await?;
        match answer.status.as_u16() {
            401 | 404 => Ok(()),
            _ => understood(answer)?.ok().map(drop),
        }
    }

    async fn get(&self, path: &str, accept: &str, query: &[(&str, &str)]) -> Result<Answer> {
        let saved: Saved = self.tokens.current().await?.unpack()?;
        let mut call = self.http.get(format!("{}{path}", self.hosts.api)).header("Accept", accept);
        if !query.is_empty() {
            call = call.query(query);
        }
        understood(call.bearer(&saved.access).send(&self.pacer).await?)
    }
}

/// Tells Polar that this client reads this person's data, without which every list is empty. Once is enough, and again is
/// no error. Answers the person's name where Polar tells it.
///
/// # Errors
/// `ConsentRequired` where the person has not accepted Polar's consents.
pub async fn register(http: &Http, hosts: &Hosts, pacer: &Pacer, saved: &Saved) -> Result<Option<String>> {
    let signed = |call: Call| call.header("Accept", JSON).bearer(&saved.access);
    // One name for one person, whoever else uses the client.
    let member = json!({"member-id": format!("baton-{}", saved.user_id)});
    let call = signed(http.post(format!("{}/v3/users", hosts.api))).json(&member);
    let answer = understood(call.send(pacer).await?)?;
    let is_known_already = answer.status == 409;
    if !is_known_already {
        answer.ok()?;
    }
    let call = signed(http.get(format!("{}/v3/users/{}", hosts.api, segment(&saved.user_id))));
    let Some(answer) = understood(call.send(pacer).await?)?.found()? else { return Ok(None) };
    let user: User = wire::read(answer.json()?).ok_or_else(super::changed)?;
    let names: Vec<&str> =
        [&user.first_name, &user.last_name].into_iter().filter_map(|name| name.get()).collect();
    Ok((!names.is_empty()).then(|| names.join(" ")))
}

/// The answer, unless its status has a meaning that is the same everywhere at AccessLink.
///
/// # Errors
/// `SignInRequired` for a token that was taken back, `ConsentRequired`, `RateLimited` until Polar's own time.
pub fn understood(answer: Answer) -> Result<Answer> {
    match answer.status.as_u16() {
        401 => {
            let words = "Polar no longer accepts the saved sign-in; please connect the account again";
            Err(answer.error(ErrorKind::SignInRequired, words))
        }
        403 if !answer.is_html() => {
            let kind = ErrorKind::ConsentRequired { link: CONSENTS.to_owned() };
            let words = "Polar wants you to accept its consents first; open account.polar.com, accept them, and try again";
            Err(Error::new(kind, words))
        }
        429 => {
            let told = |name: &str| answer.header(name).unwrap_or_default();
            let rest = rest(told("ratelimit-usage"), told("ratelimit-limit"), told("ratelimit-reset"));
            let Some(seconds) = rest else { return Err(answer.failure()) };
            let until = answer.arrived() + TimeDelta::seconds(seconds);
            Err(Error::new(ErrorKind::RateLimited { until }, "Polar asks for a pause"))
        }
        _ => Ok(answer),
    }
}

/// Seconds until Polar answers again, by what it says of its two windows, of 15 minutes and of 24 hours: what was used,
/// what may be, and when each begins anew.
fn rest(usage: &str, limit: &str, reset: &str) -> Option<i64> {
    let pair = |told: &str| -> Vec<Option<i64>> {
        told.split(',').map(|number| number.trim().parse().ok()).collect()
    };
    let (usage, limit) = (pair(usage), pair(limit));
    let windows: Vec<(bool, i64)> = pair(reset)
        .into_iter()
        .enumerate()
        .filter_map(|(index, seconds)| {
            let seconds = seconds.filter(|seconds| (0..=LONGEST_REST).contains(seconds))?;
            let counts = usage.get(index).copied().flatten().zip(limit.get(index).copied().flatten());
            Some((counts.is_some_and(|(usage, limit)| usage >= limit), seconds))
        })
        .collect();
    let full = windows.iter().filter(|(is_full, _)| *is_full).map(|(_, seconds)| *seconds).max();
    // Where nothing says which one is full, the shorter wait does no harm.
    full.or_else(|| windows.iter().map(|(_, seconds)| *seconds).min())
}

/// Ids come from outside and go into paths.
fn segment(id: &str) -> String {
    id.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')).collect()
}

/// What is there and what is not.
trait Found: Sized {
    fn found(self) -> Result<Option<Self>>;
}

impl Found for Answer {
    fn found(self) -> Result<Option<Answer>> {
        match self.status.as_u16() {
            204 | 404 => Ok(None),
            _ => self.ok().map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::the_short_window("521, 900", "520, 5100", "188, 80000", Some(188))]
    #[case::the_long_window("7,5101", "520,5100", "188,7200", Some(7200))]
    #[case::both("521, 5101", "520, 5100", "188, 7200", Some(7200))]
    #[case::no_counts("", "", "188, 7200", Some(188))]
    #[case::oddities(",", "x", ", 7200", Some(7200))]
    #[case::one_window("600", "500", "60", Some(60))]
    #[case::beyond_belief("521", "520", "999999", None)]
    #[case::nothing("521, 900", "520, 5100", "", None)]
    fn a_limit_waits_for_the_window_that_is_full(
        #[case] usage: &str,
        #[case] limit: &str,
        #[case] reset: &str,
        #[case] seconds: Option<i64>,
    ) {
        assert_eq!(rest(usage, limit, reset), seconds);
    }

    #[test]
    fn ids_stay_inside_their_path() {
        assert_eq!(segment("2AC312F"), "2AC312F");
        assert_eq!(segment("../users/1?x=#"), "users1x");
    }
}
