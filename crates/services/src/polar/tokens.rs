//! Polar's OAuth: the person's own client, and codes for access tokens.
//!
//! The token of AccessLink v3 works until somebody takes it back and cannot be renewed; that of the Dynamic API (v4), by
//! which older training is read, lives for hours and comes with a refresh token that works once. A code that comes twice
//! ends every token of the person: the token calls are never repeated blindly.

use baton_core::tokens::sealed;
use baton_core::{Error, Result, Secret, Time};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::webhook::Subscribed;
use crate::endpoints::Endpoints;
use crate::http::{Call, Http, Pacer};
use crate::loose::{Number, Text};
use crate::renewal::Renewable;

/// Where Polar does not say how long a token of the Dynamic API lives: the shortest that was seen, in seconds.
const USUAL_LIFE: f64 = 3599.0;
/// Such a token is renewed when this much is left.
const EARLY: TimeDelta = TimeDelta::minutes(5);

/// Base addresses of Polar's hosts, without a slash at the end.
#[derive(Debug, Clone)]
pub struct Hosts {
    pub flow: String,
    pub auth: String,
    /// Pages and tokens of the Dynamic API.
    pub account: String,
    pub api: String,
}

impl Hosts {
    pub fn of(endpoints: &Endpoints) -> Hosts {
        Hosts {
            flow: endpoints.base("polar", "flow", "https://flow.polar.com"),
            auth: endpoints.base("polar", "auth", "https://polarremote.com"),
            account: endpoints.base("polar", "account", "https://auth.polar.com"),
            api: endpoints.base("polar", "api", "https://www.polaraccesslink.com"),
        }
    }
}

/// The person's own client at Polar.
#[derive(Clone, Serialize, Deserialize)]
pub struct Keys {
    client_id: String,
    #[serde(with = "sealed")]
    secret: Secret,
}

impl Keys {
    /// # Errors
    /// `BadInput` where one of them is missing.
    pub fn new(client_id: &str, secret: &Secret) -> Result<Keys> {
        let (client_id, secret) = (client_id.trim().to_owned(), secret.trimmed());
        if client_id.is_empty() || secret.is_empty() {
            return Err(Error::bad_input(
                "please give both the client ID and the secret of your client at Polar",
            ));
        }
        Ok(Keys { client_id, secret })
    }

    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// A request in the client's own name.
    pub fn sign(&self, call: Call) -> Call {
        call.basic(&self.client_id, &self.secret)
    }
}

/// What is kept of a sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Saved {
    #[serde(with = "sealed")]
    pub access: Secret,
    pub user_id: String,
    /// The client, for what is asked in its own name. Sign-ins of older versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Keys>,
    /// The subscription to news, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Subscribed>,
    /// The permission for older training, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
}

/// A permission at the Dynamic API.
#[derive(Clone, Serialize, Deserialize)]
pub struct History {
    keys: Keys,
    #[serde(with = "sealed")]
    access: Secret,
    #[serde(with = "sealed")]
    refresh: Secret,
    /// Unix seconds at which `access` ends.
    expires: i64,
}

impl History {
    pub fn access(&self) -> &Secret {
        &self.access
    }

    fn granted(grant: Grant, keys: Keys, before: Option<&Secret>, now: Time) -> Result<History> {
        let life = grant.expires_in.within(1.0, 1.0e8).unwrap_or(USUAL_LIFE);
        let refresh = grant.refresh_token.or(before.cloned()).ok_or_else(super::changed)?;
        Ok(History { keys, access: grant.access_token, refresh, expires: now.timestamp() + life as i64 })
    }
}

/// Of the two tokens only that of the Dynamic API is ever renewed.
impl Renewable for Saved {
    fn is_due(&self, now: Time) -> bool {
        self.history.as_ref().is_some_and(|history| (now + EARLY).timestamp() >= history.expires)
    }

    fn still_works(&self, now: Time) -> bool {
        self.history.as_ref().is_none_or(|history| now.timestamp() < history.expires)
    }
}

#[derive(Deserialize)]
struct Grant {
    access_token: Secret,
    #[serde(default)]
    refresh_token: Option<Secret>,
    #[serde(default)]
    expires_in: Number,
    #[serde(default)]
    x_user_id: Number,
}

/// The two token endpoints.
pub struct TokenDesk<'a> {
    pub http: &'a Http,
    pub hosts: &'a Hosts,
    pub pacer: &'a Pacer,
}

impl TokenDesk<'_> {
    /// Exchanges the code of a sign-in at AccessLink v3.
    ///
    /// # Errors
    /// `SignInRequired` in a sentence where the code came too late or the keys are wrong; those of HTTP.
    pub async fn exchange(&self, keys: &Keys, code: &Secret, redirect_uri: &str) -> Result<Saved> {
        let url = format!("{}/v2/oauth2/token", self.hosts.auth);
        let grant =
            self.ask(url, keys, &by_code(code, redirect_uri)).await?.map_err(|error| refused_code(&error))?;
        let user = grant.x_user_id.within(1.0, 1e15).ok_or_else(super::changed)?;
        let (access, user_id) = (grant.access_token, format!("{user:.0}"));
        Ok(Saved { access, user_id, keys: Some(keys.clone()), webhook: None, history: None })
    }

    /// Exchanges the code of a sign-in at the Dynamic API.
    ///
    /// # Errors
    /// As [`TokenDesk::exchange`].
    pub async fn exchange_history(&self, keys: Keys, code: &Secret, redirect_uri: &str) -> Result<History> {
        let form = by_code(code, redirect_uri);
        let grant = self.ask(self.dynamic(), &keys, &form).await?.map_err(|error| refused_code(&error))?;
        History::granted(grant, keys, None, self.http.now())
    }

    /// Replaces the tokens of the Dynamic API.
    ///
    /// # Errors
    /// `SignInRequired` where Polar ended the permission or no longer knows the client.
    pub async fn renew(&self, saved: Saved) -> Result<Saved> {
        let Some(history) = saved.history else { return Ok(saved) };
        let form = [("grant_type", "refresh_token"), ("refresh_token", history.refresh.expose())];
        let grant = self.ask(self.dynamic(), &history.keys, &form).await?.map_err(|error| match error.as_str() {
            "invalid_grant" => Error::sign_in(
                "Polar has ended the permission to read older training: it was taken back, or not used for months; \
                 please connect the account again",
            ),
            error => refused_code(error),
        })?;
        let renewed = History::granted(grant, history.keys, Some(&history.refresh), self.http.now())?;
        Ok(Saved { history: Some(renewed), ..saved })
    }

    fn dynamic(&self) -> String {
        format!("{}/oauth/token", self.hosts.account)
    }

    /// What was granted, or OAuth's name of what is wrong.
    async fn ask(
        &self,
        url: String,
        keys: &Keys,
        form: &[(&str, &str)],
    ) -> Result<std::result::Result<Grant, String>> {
        #[derive(Deserialize)]
        struct Refused {
            error: Text,
        }
        let call = keys.sign(self.http.post(url)).header("Accept", "application/json").form(form);
        let answer = call.send(self.pacer).await?;
        if answer.status.is_success() {
            return answer.json().map(Ok);
        }
        if !matches!(answer.status.as_u16(), 400 | 401) {
            return Err(answer.failure());
        }
        match answer.json::<Refused>() {
            Ok(refused) => Ok(Err(refused.error.0.unwrap_or_default())),
            Err(_) if answer.status == 401 => Ok(Err("invalid_client".to_owned())),
            Err(error) => Err(error),
        }
    }
}

fn by_code<'a>(code: &'a Secret, redirect_uri: &'a str) -> [(&'static str, &'a str); 3] {
    [("grant_type", "authorization_code"), ("code", code.expose()), ("redirect_uri", redirect_uri)]
}

/// The words for an error of a token endpoint.
fn refused_code(error: &str) -> Error {
    match error {
        "invalid_client" => Error::sign_in(
            "Polar does not know this client ID with this secret; compare both with your client on Polar's page, and \
             connect the account again",
        ),
        "invalid_grant" => Error::sign_in(
            "the code was too old: Polar gives it ten minutes, and each works once; begin the sign-in again",
        ),
        _ => super::changed(),
    }
}
