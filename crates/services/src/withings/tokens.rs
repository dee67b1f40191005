//! Withings' OAuth: the person's own application, codes for tokens, and tokens that are renewed before they end.
//!
//! A refresh token works once: the pair that replaces it is saved before it is used, and the token call is never
//! repeated blindly.

use std::fmt::Write as _;

use baton_core::tokens::sealed;
use baton_core::{Error, Result, Secret, Time};
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::wire::{self, Grant, Nonce, Refused};
use crate::endpoints::Endpoints;
use crate::http::{Http, Pacer};
use crate::renewal::Renewable;

/// Where Withings says nothing, its access tokens live for three hours.
const USUAL_LIFE: f64 = 10_800.0;
/// Renewed when this much is left.
const EARLY: TimeDelta = TimeDelta::minutes(5);

/// Base addresses of Withings' hosts, without a slash at the end.
#[derive(Debug, Clone)]
pub struct Hosts {
    pub account: String,
    pub api: String,
}

impl Hosts {
    pub fn of(endpoints: &Endpoints) -> Hosts {
        Hosts {
            account: endpoints.base("withings", "account", "https://account.withings.com"),
            api: endpoints.base("withings", "api", "https://wbsapi.withings.net"),
        }
    }
}

/// The person's own application at Withings.
#[derive(Clone, Serialize, Deserialize)]
pub struct Keys {
    client_id: String,
    #[serde(with = "sealed")]
    secret: Secret,
    /// Whether Withings wants its token calls signed instead of the secret sent: found out by the first of them.
    #[serde(default)]
    signed: bool,
}

impl Keys {
    /// # Errors
    /// `BadInput` where one of them is missing.
    pub fn new(client_id: &str, secret: &Secret) -> Result<Keys> {
        let (client_id, secret) = (client_id.trim().to_owned(), secret.trimmed());
        if client_id.is_empty() || secret.is_empty() {
            return Err(Error::bad_input(
                "please give both the client ID and the secret of your application at Withings",
            ));
        }
        Ok(Keys { client_id, secret, signed: false })
    }

    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The values in the alphabetical order of their names, joined by commas, as HMAC-SHA256 in hexadecimal digits.
    fn signature(&self, values: &[&str]) -> String {
        // HMAC takes keys of any length; the empty text that could never be returned would be refused.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes()) else {
            return String::new();
        };
        mac.update(values.join(",").as_bytes());
        mac.finalize().into_bytes().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
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
    user_id: String,
}

impl Saved {
    fn granted(grant: Grant, keys: Keys, before: &str, now: Time) -> Saved {
        let life = grant.expires_in.within(1.0, 1.0e8).unwrap_or(USUAL_LIFE);
        Saved {
            keys,
            access: grant.access_token,
            refresh: grant.refresh_token,
            expires: now.timestamp() + life as i64,
            user_id: grant.userid.0.map_or_else(|| before.to_owned(), |id| format!("{id:.0}")),
        }
    }

    pub fn access(&self) -> &Secret {
        &self.access
    }

    pub fn user_id(&self) -> &str {
        &self.user_id
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
    /// `SignInRequired` in a sentence where the code came too late, the keys are wrong or the redirect address is not
    /// the registered one; `RateLimited`.
    pub async fn exchange(&self, keys: Keys, code: &Secret, redirect_uri: &str) -> Result<Saved> {
        let form =
            [("grant_type", "authorization_code"), ("code", code.expose()), ("redirect_uri", redirect_uri)];
        match self.ask(keys, &form).await? {
            Ok((grant, keys)) => Ok(Saved::granted(grant, keys, "", self.http.now())),
            Err(refused) => Err(match refused.status {
                // Many take it for "service unavailable"; it is Withings' "invalid params".
                503 => Error::sign_in(
                    "the code was too old: Withings gives it 30 seconds, and each works once; begin the sign-in again",
                ),
                293 => Error::sign_in(format!(
                    "the callback URL of your application at Withings is another one; it must be exactly {redirect_uri}"
                )),
                _ if refused.is_unauthenticated() => wrong_keys(),
                _ => refused.error(),
            }),
        }
    }

    /// Replaces a pair of tokens.
    ///
    /// # Errors
    /// `SignInRequired` where Withings ended the permission or no longer knows the application.
    pub async fn renew(&self, saved: &Saved) -> Result<Saved> {
        self.take_over(saved.keys.clone(), &saved.refresh, &saved.user_id).await
    }

    /// A new pair for a refresh token, perhaps of another program.
    ///
    /// # Errors
    /// As [`TokenDesk::renew`].
    pub async fn take_over(&self, keys: Keys, refresh: &Secret, user_id: &str) -> Result<Saved> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose())];
        match self.ask(keys, &form).await? {
            Ok((grant, keys)) => Ok(Saved::granted(grant, keys, user_id, self.http.now())),
            Err(refused) => Err(match refused.status {
                503 => Error::sign_in(
                    "Withings has ended this permission: it was taken back, or not used for a year; please connect the \
                     account again",
                ),
                _ if refused.is_unauthenticated() => wrong_keys(),
                _ => refused.error(),
            }),
        }
    }

    /// The secret is sent plainly, which is what all programs do; where Withings asks for a signature instead, the call
    /// is signed, and later ones are from the start.
    async fn ask(&self, mut keys: Keys, form: &[(&str, &str)]) -> Result<Result<(Grant, Keys), Refused>> {
        if !keys.signed {
            match self.send(&keys, ("client_secret", keys.secret.expose()), None, form).await? {
                Err(refused) if refused.wants_signature() => keys.signed = true,
                outcome => return Ok(outcome.map(|grant| (grant, keys))),
            }
        }
        let nonce = match self.nonce(&keys).await? {
            Ok(nonce) => nonce.nonce,
            Err(refused) => return Ok(Err(refused)),
        };
        let signature = keys.signature(&["requesttoken", &keys.client_id, nonce.expose()]);
        let outcome = self.send(&keys, ("signature", &signature), Some(&nonce), form).await?;
        Ok(outcome.map(|grant| (grant, keys)))
    }

    async fn send(
        &self,
        keys: &Keys,
        proof: (&str, &str),
        nonce: Option<&Secret>,
        form: &[(&str, &str)],
    ) -> Result<Result<Grant, Refused>> {
        let mut whole = vec![("action", "requesttoken"), ("client_id", keys.client_id.as_str()), proof];
        whole.extend(nonce.map(|nonce| ("nonce", nonce.expose())));
        whole.extend_from_slice(form);
        let url = format!("{}/v2/oauth2", self.hosts.api);
        wire::open(&self.http.post(url).form(&whole).send(self.pacer).await?)
    }

    async fn nonce(&self, keys: &Keys) -> Result<Result<Nonce, Refused>> {
        let timestamp = self.http.now().timestamp().to_string();
        let signature = keys.signature(&["getnonce", &keys.client_id, &timestamp]);
        let form = [
            ("action", "getnonce"),
            ("client_id", keys.client_id.as_str()),
            ("timestamp", &timestamp),
            ("signature", &signature),
        ];
        let url = format!("{}/v2/signature", self.hosts.api);
        wire::open(&self.http.post(url).form(&form).send(self.pacer).await?)
    }
}

fn wrong_keys() -> Error {
    Error::sign_in(
        "Withings does not know this client ID with this secret; compare both with your application on its developer \
         page, and connect the account again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_published() {
        // RFC 4231, test case 2.
        let keys = Keys::new(" id ", &Secret::new("Jefe\n")).unwrap();
        assert_eq!(
            keys.signature(&["what do ya want for nothing?"]),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(keys.client_id(), "id");
        assert!(Keys::new("id", &Secret::new(" ")).is_err());
    }
}
