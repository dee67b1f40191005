//! Strava's OAuth: the person's own application, codes for tokens, and tokens that are renewed before they end.
//!
//! A refresh token may work once: the pair that replaces it is saved before it is used, and the token call is never
//! repeated blindly.

use baton_core::tokens::sealed;
use baton_core::{Error, Result, Secret, Time};
use chrono::{DateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::api::refusal;
use super::wire::{Fault, Grant};
use crate::endpoints::Endpoints;
use crate::http::{Answer, Http, Pacer};
use crate::renewal::Renewable;

/// Where Strava says nothing, its access tokens live for six hours.
const USUAL_LIFE: f64 = 21_600.0;
/// Renewed when this much is left.
const EARLY: TimeDelta = TimeDelta::minutes(5);
/// When the API moves to a host of its own (1 June 2027, UTC).
const MOVES: i64 = 1_811_808_000;

/// Base addresses of Strava's hosts, without a slash at the end.
#[derive(Debug, Clone)]
pub struct Hosts {
    pub web: String,
    pub api: String,
}

impl Hosts {
    /// The hosts at this time.
    pub fn of(endpoints: &Endpoints, now: Time) -> Hosts {
        let moved = DateTime::from_timestamp(MOVES, 0).is_some_and(|moves| now >= moves);
        let api = if moved { "https://www.api-v3.strava.com" } else { "https://www.strava.com/api/v3" };
        Hosts {
            web: endpoints.base("strava", "web", "https://www.strava.com"),
            api: endpoints.base("strava", "api", api),
        }
    }
}

/// The person's own application at Strava.
#[derive(Clone, Serialize, Deserialize)]
pub struct Keys {
    client_id: String,
    #[serde(with = "sealed")]
    secret: Secret,
}

impl Keys {
    /// # Errors
    /// `BadInput` where one of them is missing, or the first is no number.
    pub fn new(client_id: &str, secret: &Secret) -> Result<Keys> {
        let (client_id, secret) = (client_id.trim().to_owned(), secret.trimmed());
        if client_id.is_empty() || secret.is_empty() {
            return Err(Error::bad_input(
                "please give both the client ID and the client secret of your application at Strava",
            ));
        }
        if !client_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::bad_input("the client ID of an application at Strava is a number"));
        }
        Ok(Keys { client_id, secret })
    }

    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}

/// What is kept of a sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Saved {
    keys: Keys,
    #[serde(with = "sealed")]
    access: Secret,
    #[serde(with = "sealed")]
    refresh: Secret,
    /// Unix seconds at which `access` ends.
    expires: i64,
    /// What the athlete allowed.
    scopes: Vec<String>,
}

impl Saved {
    fn granted(grant: Grant, keys: Keys, scopes: Vec<String>, now: Time) -> Saved {
        let life = grant.expires_in.within(1.0, 1.0e8).unwrap_or(USUAL_LIFE);
        let expires = now.timestamp() + life as i64;
        Saved { keys, access: grant.access_token, refresh: grant.refresh_token, expires, scopes }
    }

    pub fn access(&self) -> &Secret {
        &self.access
    }

    pub fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|it| it == scope)
    }
}

impl Renewable for Saved {
    fn is_due(&self, now: Time) -> bool {
        (now + EARLY).timestamp() >= self.expires
    }

    fn still_works(&self, now: Time) -> bool {
        now.timestamp() < self.expires
    }
}

/// The athlete of a fresh sign-in.
pub struct Person {
    pub id: String,
    pub name: String,
}

/// The token endpoint.
pub struct TokenDesk<'a> {
    pub http: &'a Http,
    pub hosts: &'a Hosts,
    pub pacer: &'a Pacer,
}

impl TokenDesk<'_> {
    /// Exchanges the code of a sign-in.
    ///
    /// # Errors
    /// `SignInRequired` in a sentence where the code is spent or the keys are wrong; `ConsentRequired` where the
    /// application has no subscription or lets nobody else in; `RateLimited`.
    pub async fn exchange(&self, keys: Keys, code: &Secret, scopes: Vec<String>) -> Result<(Saved, Person)> {
        let answer =
            self.ask(&keys, &[("grant_type", "authorization_code"), ("code", code.expose())]).await?;
        let mut grant: Grant = match answer.status.as_u16() {
            400 | 401 => {
                return Err(unauthorized(
                    &answer,
                    "the code was too old, or was used before; begin the sign-in again",
                ));
            }
            _ => refusal(answer)?.ok()?.json()?,
        };
        let athlete = std::mem::take(&mut grant.athlete).0.ok_or_else(changed)?;
        let id = athlete.id.positive().map(|id| format!("{id:.0}")).ok_or_else(changed)?;
        let names: Vec<&str> =
            [&athlete.firstname, &athlete.lastname].into_iter().filter_map(|it| it.get()).collect();
        let name = if names.is_empty() { format!("Strava athlete {id}") } else { names.join(" ") };
        Ok((Saved::granted(grant, keys, scopes, self.http.now()), Person { id, name }))
    }

    /// Replaces a pair of tokens.
    ///
    /// # Errors
    /// `SignInRequired` where Strava ended the permission or no longer knows the application; others as for
    /// [`TokenDesk::exchange`].
    pub async fn renew(&self, saved: Saved) -> Result<Saved> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", saved.refresh.expose())];
        let answer = self.ask(&saved.keys, &form).await?;
        let grant: Grant = match answer.status.as_u16() {
            400 | 401 => {
                let ended = "Strava has ended this permission; please connect the account again";
                return Err(unauthorized(&answer, ended));
            }
            _ => refusal(answer)?.ok()?.json()?,
        };
        Ok(Saved::granted(grant, saved.keys, saved.scopes, self.http.now()))
    }

    /// Ends a permission: either of its tokens ends both. One that is over already is as good.
    ///
    /// # Errors
    /// `SignInRequired` where Strava no longer knows the application; others as for [`TokenDesk::exchange`].
    pub async fn revoke(&self, saved: &Saved) -> Result<()> {
        let Keys { client_id, secret } = &saved.keys;
        let answer = self
            .http
            .post(format!("{}/oauth/revoke", self.hosts.web))
            .basic(client_id, secret)
            .form(&[("token", saved.refresh.expose())])
            .idempotent(true)
            .send(self.pacer)
            .await?;
        match answer.status.as_u16() {
            400 | 401 => Err(unauthorized(&answer, "Strava does not take this permission back")),
            _ => refusal(answer)?.ok().map(drop),
        }
    }

    async fn ask(&self, keys: &Keys, form: &[(&str, &str)]) -> Result<Answer> {
        let mut whole = vec![("client_id", keys.client_id.as_str()), ("client_secret", keys.secret.expose())];
        whole.extend_from_slice(form);
        self.http.post(format!("{}/oauth/token", self.hosts.web)).form(&whole).send(self.pacer).await
    }
}

/// 400 and 401 of the token endpoint: the keys are wrong, or `otherwise`.
fn unauthorized(answer: &Answer, otherwise: &str) -> Error {
    let fault: Fault = serde_json::from_slice(&answer.bytes).unwrap_or_default();
    if fault.names("Application", "client_id") || fault.names("Application", "client_secret") {
        return Error::sign_in(
            "Strava does not know this client ID with this secret; compare both with your application on its settings \
             page, and connect the account again",
        );
    }
    answer.error(baton_core::ErrorKind::SignInRequired, otherwise)
}

fn changed() -> Error {
    Error::service_changed("Strava did not say who signed in; Baton may need an update")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_moves_by_itself() {
        let at = |time: &str| Hosts::of(&Endpoints::default(), time.parse().unwrap()).api;
        assert_eq!(at("2027-05-31T23:59:59Z"), "https://www.strava.com/api/v3");
        assert_eq!(at("2027-06-01T00:00:00Z"), "https://www.api-v3.strava.com");
        let replaced = Endpoints::parse("[strava]\napi = \"http://127.0.0.1:9/api/v3\"").unwrap();
        assert_eq!(
            Hosts::of(&replaced, "2027-06-01T00:00:00Z".parse().unwrap()).api,
            "http://127.0.0.1:9/api/v3"
        );
    }

    #[test]
    fn keys_are_a_number_and_a_secret() {
        assert_eq!(Keys::new(" 4711 ", &Secret::new("s\n")).unwrap().client_id(), "4711");
        for (id, secret) in [("", "s"), ("4711", " "), ("my app", "s")] {
            assert!(Keys::new(id, &Secret::new(secret)).is_err());
        }
    }
}
