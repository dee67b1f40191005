//! Requests to the Measure API with the account's token, page by page.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use baton_core::{Error, Result, Secret, Time, TokenCell};
use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::de::DeserializeOwned;

use super::map::{self, Group};
use super::tokens::{Hosts, Saved, TokenDesk};
use super::wire::{self, Page, Refused};
use crate::World;
use crate::http::{Http, Pacer};
use crate::renewal::Renewal;

/// Withings lets an application ask 120 times a minute, all its users together.
const APART: Duration = Duration::from_millis(600);
/// More pages than any account has.
const MOST_PAGES: usize = 2000;
/// What is asked for begins up to this many seconds earlier than needed; see [`Api::earlier`].
const DRIFT: i64 = 60;
/// Scales' clocks may be ahead.
const AHEAD: TimeDelta = TimeDelta::days(1);

/// One account's requests.
pub struct Api {
    http: Http,
    hosts: Hosts,
    pacer: Pacer,
    renewal: Renewal,
    asked: AtomicI64,
}

/// What a listing found.
#[derive(Default)]
pub struct Found {
    pub groups: Vec<Group>,
    /// The account's time zone, where Withings names one that is known.
    pub zone: Option<Tz>,
}

impl Api {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Api {
        let http = world.http.of(super::NAME);
        let hosts = Hosts::of(&world.endpoints);
        Api {
            pacer: http.pacer(APART, 1),
            renewal: Renewal::new(tokens),
            hosts,
            http,
            asked: AtomicI64::new(0),
        }
    }

    pub fn now(&self) -> Time {
        self.http.now()
    }

    /// What was measured from one second to another, both included; `None` is as far as there is. Somewhat earlier groups
    /// may come with it.
    pub async fn measured(&self, from: Option<i64>, until: Option<i64>) -> Result<Found> {
        let from = self.earlier(from.unwrap_or(0).max(DRIFT + 1)).to_string();
        let until = until.unwrap_or_else(|| (self.now() + AHEAD).timestamp()).to_string();
        self.pages(&[("startdate", &from), ("enddate", &until)]).await
    }

    /// What reached Withings or was changed there since, whenever it was measured.
    pub async fn changed_since(&self, since: i64) -> Result<Found> {
        let since = self.earlier(since.max(DRIFT + 1)).to_string();
        self.pages(&[("lastupdate", &since)]).await
    }

    /// Every height that was ever told.
    pub async fn heights(&self) -> Result<Found> {
        let kind = super::types::HEIGHT.to_string();
        let until = (self.now() + AHEAD).timestamp() + self.earlier(0);
        self.pages(&[("meastype", &kind), ("startdate", "1"), ("enddate", &until.to_string())]).await
    }

    /// A few seconds earlier, never the same twice in a row: Withings refuses a call that is the same as one within the
    /// ten seconds before (MMM-withings#15), also that of another run.
    fn earlier(&self, moment: i64) -> i64 {
        let count = self.asked.fetch_add(1, Ordering::Relaxed);
        moment - (self.now().timestamp() + count).rem_euclid(DRIFT)
    }

    async fn pages(&self, chosen: &[(&str, &str)]) -> Result<Found> {
        let mut found = Found::default();
        let mut offset = 0.0;
        for _ in 0..MOST_PAGES {
            let page_offset = offset.to_string();
            let mut form = vec![("action", "getmeas"), ("category", "1")];
            form.extend_from_slice(chosen);
            if offset > 0.0 {
                form.push(("offset", &page_offset));
            }
            let page: Page = self.call("/measure", &form).await?;
            let groups = page.measuregrps.ok_or_else(super::changed)?;
            found.groups.extend(map::groups(&groups.0));
            let zone = page.timezone.get().and_then(|name| name.parse().ok());
            found.zone = zone.or(found.zone);
            if page.more.0 != Some(true) {
                return Ok(found);
            }
            // The same page again and again would never end.
            offset = page
                .offset
                .0
                .filter(|next| *next > offset && next.fract() == 0.0)
                .ok_or_else(super::changed)?;
        }
        Err(Error::service_changed("Withings' list of measurements does not end; Baton may need an update"))
    }

    /// A call with the account's token. A token that is not accepted leads to a new one and one more try.
    async fn call<T: DeserializeOwned>(&self, path: &str, form: &[(&str, &str)]) -> Result<T> {
        let (tokens, saved) = self.renewal.fresh(self.now(), |saved| self.renew(saved)).await?;
        match self.send(path, form, saved.access()).await? {
            Err(refused) if refused.is_unauthenticated() => {}
            outcome => return outcome.map_err(|refused| refused.error()),
        }
        let (_, renewed) = self.renewal.renewed(&tokens, |saved| self.renew(saved)).await?;
        self.send(path, form, renewed.access()).await?.map_err(|refused| refused.error())
    }

    async fn renew(&self, saved: Saved) -> Result<Saved> {
        TokenDesk { http: &self.http, hosts: &self.hosts, pacer: &self.pacer }.renew(&saved).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&str, &str)],
        access: &Secret,
    ) -> Result<Result<T, Refused>> {
        let call = self.http.post(format!("{}{path}", self.hosts.api)).form(form).bearer(access);
        wire::open(&call.send(&self.pacer).await?)
    }
}
