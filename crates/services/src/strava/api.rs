//! Requests to Strava's API with the account's token, no more than Strava welcomes, and what its refusals mean.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use baton_core::{Error, ErrorKind, Result, Time, TokenCell};

use super::authorize::in_words;
use super::limits::{self, Room};
use super::tokens::{Hosts, Saved, TokenDesk};
use super::wire::Fault;
use crate::World;
use crate::http::{Answer, Call, Http, Pacer};
use crate::renewal::Renewal;

/// Strava asks for at most one poll a second, and counts the rest by the quarter of an hour.
const APART: Duration = Duration::from_millis(500);
/// Where an application is made, and where its owner sees what is wrong with it.
pub const SETTINGS: &str = "https://www.strava.com/settings/api";

/// One account's requests.
pub struct Api {
    pub http: Http,
    hosts: Hosts,
    pacer: Pacer,
    renewal: Renewal,
    /// How many requests are still welcome.
    room: Mutex<Room>,
}

impl Api {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Api {
        let http = world.http.of(super::NAME);
        Api {
            hosts: Hosts::of(&world.endpoints, http.now()),
            pacer: http.pacer(APART, 1),
            renewal: Renewal::new(tokens),
            room: Mutex::default(),
            http,
        }
    }

    /// Sends what `build` makes for the API's base address, with the account's token. A token that is not accepted leads
    /// to a new one and one more try.
    ///
    /// # Errors
    /// `RateLimited` until the window that is used up ends, also without asking; `SignInRequired`; `ConsentRequired`
    /// where the application is refused; those of [`Call::send`]. Other statuses are the caller's to judge.
    pub async fn send(&self, build: impl Fn(&Http, &str) -> Call + Send + Sync) -> Result<Answer> {
        self.has_room_for(1)?;
        let (tokens, saved) = self.renewal.fresh(self.http.now(), |saved| self.renew(saved)).await?;
        let mut answer = build(&self.http, &self.hosts.api).bearer(saved.access()).send(&self.pacer).await?;
        if answer.status == 401 && fault(&answer).missing_scope().is_none() {
            let (_, renewed) = self.renewal.renewed(&tokens, |saved| self.renew(saved)).await?;
            answer = build(&self.http, &self.hosts.api).bearer(renewed.access()).send(&self.pacer).await?;
        }
        if answer.status == 429 {
            // After a refusal whoever asked waits; what is remembered keeps requests from being refused at all.
            *self.room() = Room::default();
        } else {
            self.room().hear(|name| answer.header(name), answer.arrived());
        }
        refusal(answer)
    }

    /// Whether Strava welcomes so many requests now, as far as it told: asked before what would be worth nothing if it
    /// were cut off in the middle.
    ///
    /// # Errors
    /// `RateLimited` until the window that has too little left ends.
    pub fn has_room_for(&self, requests: u64) -> Result<()> {
        match self.room().closed_until(requests, self.http.now()) {
            Some(until) => Err(rate_limited(until)),
            None => Ok(()),
        }
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the athlete's permission at Strava.
    ///
    /// # Errors
    /// Those of [`TokenDesk::revoke`].
    pub async fn revoke(&self) -> Result<()> {
        let (_, saved) = self.renewal.saved::<Saved>().await?;
        self.desk().revoke(&saved).await
    }

    /// Whether the athlete allowed this.
    pub async fn may(&self, scope: &str) -> Result<bool> {
        let (_, saved) = self.renewal.saved::<Saved>().await?;
        Ok(saved.has(scope))
    }

    /// Where a person sees an activity.
    pub fn activity_link(&self, id: u64) -> String {
        format!("{}/activities/{id}", self.hosts.web)
    }

    /// Where a person sees the weight.
    pub fn profile_link(&self) -> String {
        format!("{}/settings/profile", self.hosts.web)
    }

    async fn renew(&self, saved: Saved) -> Result<Saved> {
        self.desk().renew(saved).await
    }

    fn desk(&self) -> TokenDesk<'_> {
        TokenDesk { http: &self.http, hosts: &self.hosts, pacer: &self.pacer }
    }
}

/// What an answer says is wrong; nothing where it is none of Strava's faults.
pub fn fault(answer: &Answer) -> Fault {
    serde_json::from_slice(&answer.bytes).unwrap_or_default()
}

/// The answer, where it is none of the refusals that concern the whole account.
pub fn refusal(answer: Answer) -> Result<Answer> {
    let fault = match answer.status.as_u16() {
        401 | 403 => fault(&answer),
        429 => {
            return Err(rate_limited(limits::refused_until(|name| answer.header(name), answer.arrived())));
        }
        _ => return Ok(answer),
    };
    let consent = ErrorKind::ConsentRequired { link: SETTINGS.into() };
    Err(if let Some(scope) = fault.missing_scope() {
        let what = in_words(scope).unwrap_or("do this");
        let words = format!(
            "Strava was not allowed to let Baton {what}; connect the account again and leave the boxes ticked"
        );
        answer.error(ErrorKind::SignInRequired, words)
    } else if fault.names("Application", "Status") {
        let words = "Strava has switched your API application off, because its owner has no subscription: subscribe as the \
                     owner, and switch it on again in Strava's API settings";
        answer.error(consent, words)
    } else if fault
        .message
        .get()
        .is_some_and(|words| words.to_ascii_lowercase().contains("connected athletes"))
    {
        let words = "your API application lets no more athletes in; its owner can raise the number in Strava's API settings";
        answer.error(consent, words)
    } else {
        answer.failure()
    })
}

fn rate_limited(until: Time) -> Error {
    let words = "Strava counts the requests of an application, and these are used up for now; Baton goes on by itself";
    Error::new(ErrorKind::RateLimited { until }, words)
}
