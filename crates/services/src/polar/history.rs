//! Older training, as the AccessLink Dynamic API (v4) gives it: lists of at most 90 days, one day with everything, and the
//! names of sports. It gives no files. Everything here is for accounts with a permission of its own for it.

mod map;
mod wire;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use baton_core::{Activity, Entry, Error, Result, TokenCell, Window};
use chrono::{Days, NaiveDate};
use serde_json::Value;
use tokio::sync::OnceCell;

use self::wire::Session;
use super::api::understood;
use super::tokens::{Hosts, Saved, TokenDesk};
use crate::World;
use crate::http::{Answer, Http, Pacer};
use crate::renewal::Renewal;

/// Requests at a time and the time between their beginnings. A client may ask 3000 times in 15 minutes.
const IN_FLIGHT: usize = 2;
const APART: Duration = Duration::from_millis(300);
/// The longest period of one list.
const DAYS: Days = Days::new(90);
/// Days are local, and windows are not: so many more at each end are asked for.
const MARGIN: Days = Days::new(1);
/// Nothing that Flow holds is older.
const FIRST: NaiveDate = match NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};
/// What a day is asked with.
const FEATURES: [&str; 3] = ["samples", "laps", "routes"];

/// One account's training sessions.
pub struct History {
    http: Http,
    hosts: Hosts,
    pacer: Pacer,
    renewal: Renewal,
    /// Whether Polar takes times where it documents days: found out by the first refusal.
    takes_times: AtomicBool,
    /// Names by id, once they were asked for.
    sports: OnceCell<HashMap<String, String>>,
}

impl History {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> History {
        let http = world.http.of(super::NAME);
        History {
            pacer: http.pacer(APART, IN_FLIGHT),
            hosts: Hosts::of(&world.endpoints),
            http,
            renewal: Renewal::new(tokens),
            takes_times: AtomicBool::new(false),
            sports: OnceCell::new(),
        }
    }

    /// The sessions that began in the window; none without the permission.
    pub async fn entries(&self, window: Window) -> Result<Vec<Entry>> {
        if !self.is_permitted().await? {
            return Ok(Vec::new());
        }
        let day_after = |day: NaiveDate, days: Days| day.checked_add_days(days).unwrap_or(day);
        let now = self.http.now();
        let until = window.until.unwrap_or(now).min(now).date_naive();
        let end = day_after(day_after(until, MARGIN), Days::new(1));
        let from = window.from.and_then(|from| from.date_naive().checked_sub_days(MARGIN));
        let mut from = from.unwrap_or(FIRST).max(FIRST);
        let mut entries: HashMap<String, Entry> = HashMap::new();
        while from < end {
            let to = day_after(from, DAYS).min(end);
            let sessions = self.sessions(from, to, &[]).await?.ok_or_else(super::changed)?;
            for session in &sessions {
                match map::entry(session, self.sport(session).await?.as_deref()) {
                    Some(entry) if window.contains(entry.span.start) => {
                        entries.insert(entry.key.clone(), entry);
                    }
                    Some(_) => {}
                    None => {
                        tracing::warn!("a session of Polar's does not tell when it was done and is left out");
                    }
                }
            }
            from = to;
        }
        Ok(entries.into_values().collect())
    }

    /// The session of this entry; `None` without the permission, or where Polar does not have it (any more).
    pub async fn activity(&self, entry: &Entry) -> Result<Option<Activity>> {
        if !self.is_permitted().await? {
            return Ok(None);
        }
        let offset = chrono::TimeDelta::seconds(entry.utc_offset.unwrap_or_default().into());
        let day = (entry.span.start + offset).date_naive();
        let next = day.checked_add_days(Days::new(1)).ok_or_else(super::changed)?;
        let sessions = match self.sessions(day, next, &FEATURES).await? {
            Some(sessions) => sessions,
            // Some clients are refused any features: what is left are the totals.
            None => self.sessions(day, next, &[]).await?.ok_or_else(super::changed)?,
        };
        for session in &sessions {
            let name = self.sport(session).await?;
            if map::entry(session, None).is_some_and(|found| found.key == entry.key) {
                return map::activity(session, name.as_deref()).map(Some);
            }
        }
        Ok(None)
    }

    async fn is_permitted(&self) -> Result<bool> {
        let (_, saved) = self.renewal.saved::<Saved>().await?;
        Ok(saved.history.is_some())
    }

    /// The sessions from one local day up to another, which is not among them; `None` where Polar refuses these features.
    async fn sessions(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        features: &[&str],
    ) -> Result<Option<Vec<Session>>> {
        let remembered = self.takes_times.load(Ordering::Relaxed);
        for takes_times in [remembered, !remembered] {
            let form = if takes_times { "%Y-%m-%dT00:00:00" } else { "%Y-%m-%d" };
            let (from, to) = (from.format(form).to_string(), to.format(form).to_string());
            let mut query = vec![("from", from.as_str()), ("to", to.as_str())];
            query.extend(features.iter().map(|feature| ("features", *feature)));
            let answer = self.get("/v4/data/training-sessions/list", &query).await?;
            match answer.status.as_u16() {
                400 => continue,
                204 => return Ok(Some(Vec::new())),
                _ => {}
            }
            let sessions = wire::sessions(answer.ok()?.json()?).ok_or_else(super::changed)?;
            self.takes_times.store(takes_times, Ordering::Relaxed);
            return Ok(Some(sessions));
        }
        Ok(None)
    }

    /// Polar's name of the session's sport; `None` where the catalogue does not have it.
    async fn sport(&self, session: &Session) -> Result<Option<String>> {
        let own = wire::id(&session.sport);
        let of_parts = || match session.exercises.0.as_slice() {
            [only] => wire::id(&only.sport),
            _ => None,
        };
        let Some(id) = own.or_else(of_parts) else { return Ok(None) };
        let names = self.sports.get_or_try_init(|| self.catalogue()).await?;
        Ok(names.get(&id).cloned())
    }

    async fn catalogue(&self) -> Result<HashMap<String, String>> {
        let answer = self.get("/v4/data/sports/list", &[]).await?;
        if matches!(answer.status.as_u16(), 204 | 404) {
            tracing::warn!(
                "Polar has no catalogue of sports for this client; sessions come without their sport"
            );
            return Ok(HashMap::new());
        }
        let answer: Value = answer.ok()?.json()?;
        Ok(wire::sports(&answer).into_iter().collect())
    }

    /// Asks with a token that still lives; one that is refused all the same is renewed once.
    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer> {
        let desk = &TokenDesk { http: &self.http, hosts: &self.hosts, pacer: &self.pacer };
        let renew = |saved| desk.renew(saved);
        let (tokens, saved) = self.renewal.fresh(self.http.now(), renew).await?;
        let answer = self.ask(path, query, &saved).await?;
        if answer.status != 401 {
            return permitted(answer);
        }
        let (_, saved) = self.renewal.renewed(&tokens, renew).await?;
        permitted(self.ask(path, query, &saved).await?)
    }

    async fn ask(&self, path: &str, query: &[(&str, &str)], saved: &Saved) -> Result<Answer> {
        let access = saved.history.as_ref().map(super::tokens::History::access).ok_or_else(super::changed)?;
        let mut call =
            self.http.get(format!("{}{path}", self.hosts.api)).header("Accept", "application/json");
        if !query.is_empty() {
            call = call.query(query);
        }
        call.bearer(access).send(&self.pacer).await
    }
}

/// The answer, unless the permission does not reach so far.
fn permitted(answer: Answer) -> Result<Answer> {
    if answer.status == 403 && !answer.is_html() {
        let words = "Polar gave a permission that does not cover older training; connect the account again, and \
                     allow everything that Polar asks for";
        return Err(Error::sign_in(words));
    }
    understood(answer)
}

#[cfg(test)]
mod tests;
