//! Peloton's OAuth: where it is, the proof key of one sign-in, codes for tokens, and tokens that are renewed before they
//! end.

use baton_core::tokens::sealed;
use baton_core::{Error, ErrorKind, Result, Secret, Time};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use crate::endpoints::Endpoints;
use crate::http::{Answer, Http, Pacer};
use crate::loose::{Number, Text};
use crate::oauth::{Pkce, random_text};
use crate::renewal::Renewable;

/// The public client id of Peloton's members site. It has no secret.
pub const CLIENT_ID: &str = "WVoJxVDdPoFx4RNewvvg6ch2mZ7bwnsM";
/// The slash at the end matters.
const AUDIENCE: &str = "https://api.onepeloton.com/";
const SCOPE: &str = "offline_access openid peloton-api.members:default";
/// Where Peloton says nothing, its tokens live for 48 hours.
const USUAL_LIFE: f64 = 172_800.0;
/// Tokens are renewed when this much is left, or an eighth of their life where that is less.
const RENEW_EARLY: f64 = 6.0 * 3600.0;

/// Base addresses of Peloton's hosts, without a slash at the end.
#[derive(Debug, Clone)]
pub struct Hosts {
    pub auth: String,
    pub api: String,
    members: String,
}

impl Hosts {
    pub fn of(endpoints: &Endpoints) -> Hosts {
        let base = |key: &str, usual: &str| endpoints.base("peloton", key, usual);
        Hosts {
            auth: base("auth", "https://auth.onepeloton.com"),
            api: base("api", "https://api.onepeloton.com"),
            members: base("members", "https://members.onepeloton.com"),
        }
    }

    /// The only redirect address that Peloton accepts for this client; its page must never load, because its script would
    /// spend the code.
    pub fn redirect_uri(&self) -> String {
        format!("{}/callback", self.members)
    }
}

/// What one sign-in must remember until its code comes.
pub struct Authorization {
    pkce: Pkce,
    state: String,
    nonce: String,
}

impl Authorization {
    pub fn new() -> Authorization {
        Authorization { pkce: Pkce::random(), state: random_text(32), nonce: random_text(32) }
    }

    /// The address of Peloton's own sign-in page for this sign-in.
    pub fn url(&self, hosts: &Hosts) -> Result<Url> {
        let mut url = Url::parse(&format!("{}/authorize", hosts.auth))
            .map_err(|_| Error::bug("the address of Peloton's sign-in is none"))?;
        url.query_pairs_mut().extend_pairs([
            ("client_id", CLIENT_ID),
            ("audience", AUDIENCE),
            ("scope", SCOPE),
            ("response_type", "code"),
            ("response_mode", "query"),
            ("redirect_uri", &hosts.redirect_uri()),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.pkce.challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(url)
    }

    /// The fields of this sign-in that the login form repeats.
    pub fn form_fields(&self, hosts: &Hosts) -> Vec<(&'static str, String)> {
        vec![
            ("client_id", CLIENT_ID.into()),
            ("redirect_uri", hosts.redirect_uri()),
            ("audience", AUDIENCE.into()),
            ("scope", SCOPE.into()),
            ("response_type", "code".into()),
            ("nonce", self.nonce.clone()),
            ("code_challenge", self.pkce.challenge.clone()),
            ("code_challenge_method", "S256".into()),
        ]
    }

    /// Takes the code out of the address that Peloton redirected to.
    ///
    /// # Errors
    /// `SignInRequired` in Peloton's words where it refused, and where the answer is another sign-in's.
    pub fn code(&self, redirected: &Secret, hosts: &Hosts) -> Result<Secret> {
        let unreadable = || {
            Error::bad_input("this is not the address that Peloton's sign-in ends with; please begin again")
        };
        let url = Url::parse(redirected.expose().trim()).map_err(|_| unreadable())?;
        if !url.as_str().starts_with(&hosts.redirect_uri()) {
            return Err(unreadable());
        }
        let value =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        if value("state").as_deref() != Some(self.state.as_str()) {
            return Err(Error::sign_in("the answer belongs to another sign-in; please begin again"));
        }
        if let Some(error) = value("error") {
            let words = value("error_description").unwrap_or(error);
            return Err(Error::sign_in(format!("Peloton refused the sign-in: {}", one_line(&words))));
        }
        value("code").filter(|code| !code.is_empty()).map(Secret::new).ok_or_else(unreadable)
    }

    /// Exchanges the code.
    ///
    /// # Errors
    /// `SignInRequired` where the code is spent or too old, `LoginCoolDown` for a 429.
    pub async fn exchange(&self, code: &Secret, hosts: &Hosts, http: &Http, pacer: &Pacer) -> Result<Grant> {
        let body = json!({
            "grant_type": "authorization_code", "client_id": CLIENT_ID, "code": code.expose(),
            "code_verifier": self.pkce.verifier.expose(), "redirect_uri": hosts.redirect_uri(),
        });
        let answer = http.post(format!("{}/oauth/token", hosts.auth)).json(&body).send(pacer).await?;
        if is_invalid_grant(&answer) {
            return Err(
                answer.error(ErrorKind::SignInRequired, "the sign-in took too long; please begin again")
            );
        }
        if answer.status.as_u16() == 429 {
            return Err(cool_down(&answer, http.now()));
        }
        answer.ok()?.json()
    }
}

/// What the token endpoint gives.
#[derive(Deserialize)]
pub struct Grant {
    access_token: Secret,
    #[serde(default)]
    refresh_token: Option<Secret>,
    #[serde(default)]
    expires_in: Number,
}

/// What is kept of a sign-in.
#[derive(Serialize, Deserialize)]
pub struct Saved {
    #[serde(with = "sealed")]
    pub access: Secret,
    /// Absent after a pasted token, which cannot be renewed.
    #[serde(default, with = "sealed::option")]
    refresh: Option<Secret>,
    /// Unix seconds
    expires: i64,
    /// Unix seconds from which on it is renewed
    renew_at: i64,
    pub user_id: String,
}

impl Saved {
    /// From the token endpoint's answer.
    pub fn granted(grant: Grant, user_id: String, now: Time) -> Saved {
        let life = grant.expires_in.within(60.0, 1.0e8).unwrap_or(USUAL_LIFE);
        Saved {
            access: grant.access_token,
            refresh: grant.refresh_token,
            expires: now.timestamp() + life as i64,
            renew_at: now.timestamp() + (life - RENEW_EARLY.min(life / 8.0)) as i64,
            user_id,
        }
    }

    /// From a pasted access token with its own end.
    pub fn pasted(access: Secret, expires: Time, user_id: String) -> Saved {
        let expires = expires.timestamp();
        Saved { access, refresh: None, expires, renew_at: expires, user_id }
    }
}

impl Renewable for Saved {
    /// A pasted token that still works is never due: there is nothing to renew it with.
    fn is_due(&self, now: Time) -> bool {
        now.timestamp() >= self.renew_at && (self.refresh.is_some() || !self.still_works(now))
    }

    fn still_works(&self, now: Time) -> bool {
        now.timestamp() < self.expires
    }
}

/// Replaces a pair of tokens.
///
/// # Errors
/// `SignInRequired` where Peloton ended the sign-in, and for a pasted token, which cannot be renewed.
pub async fn renew(old: Saved, hosts: &Hosts, http: &Http, pacer: &Pacer) -> Result<Saved> {
    let Some(refresh) = old.refresh else {
        return Err(Error::sign_in(
            "the pasted Peloton token has ended; paste a fresh one or sign in another way",
        ));
    };
    let body = json!({
        "grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": refresh.expose(),
    });
    let url = format!("{}/oauth/token", hosts.auth);
    let answer = http.post(url).json(&body).send(pacer).await?;
    if is_invalid_grant(&answer) {
        let words = "Peloton no longer accepts the saved sign-in; please connect the account again";
        return Err(answer.error(ErrorKind::SignInRequired, words));
    }
    let mut grant: Grant = answer.ok()?.json()?;
    grant.refresh_token = grant.refresh_token.or(Some(refresh));
    Ok(Saved::granted(grant, old.user_id, http.now()))
}

/// Whether the token endpoint says that the code or refresh token is worth nothing (any more): 400 or 403, in JSON. A
/// 403 with a web page is the network edge, which knows nothing of tokens.
fn is_invalid_grant(answer: &Answer) -> bool {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        error: Text,
    }
    matches!(answer.status.as_u16(), 400 | 401 | 403)
        && answer.json::<Body>().is_ok_and(|body| body.error.is("invalid_grant"))
}

/// "Too many attempts": until the time that Peloton names, else for half an hour.
pub fn cool_down(answer: &Answer, now: Time) -> Error {
    let until = answer.retry_after().unwrap_or(now + TimeDelta::minutes(30));
    let (here, local) = (now.with_timezone(&chrono::Local), until.with_timezone(&chrono::Local));
    let clock =
        local.format(if here.date_naive() == local.date_naive() { "%H:%M" } else { "%H:%M on %-d %B" });
    let words = format!(
        "Peloton has blocked sign-ins for a while because there were too many; try again after {clock}"
    );
    answer.error(ErrorKind::LoginCoolDown { until }, words)
}

/// A vendor's words on one line of bearable length.
fn one_line(words: &str) -> String {
    let line: String =
        words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(200).collect();
    line.trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        Hosts::of(&Endpoints::default())
    }

    #[test]
    fn the_address_of_the_sign_in_page() {
        let authorization = Authorization::new();
        let url = authorization.url(&hosts()).unwrap();
        let query: std::collections::HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert!(url.as_str().starts_with("https://auth.onepeloton.com/authorize?"));
        assert_eq!(query["redirect_uri"], "https://members.onepeloton.com/callback");
        assert_eq!(query["audience"], "https://api.onepeloton.com/");
        assert_eq!(query["code_challenge"].len(), 43);
        assert_eq!(query["code_challenge_method"], "S256");
        assert!(query["state"].len() >= 32 && query["nonce"].len() >= 32 && query["state"] != query["nonce"]);
    }

    #[test]
    fn the_code_of_this_sign_in_and_no_other() {
        let authorization = Authorization::new();
        let state = authorization.state.clone();
        let take = |query: &str| {
            let url = Secret::new(format!("https://members.onepeloton.com/callback?{query}"));
            authorization.code(&url, &hosts()).map(|code| code.expose().to_owned())
        };
        assert_eq!(take(&format!("code=a%2Bb&state={state}")).unwrap(), "a+b");
        assert!(take("code=ab&state=other").unwrap_err().message.contains("another sign-in"));
        let refused = take(&format!("error=access_denied&error_description=Not%20a%20member.&state={state}"));
        let refused = refused.unwrap_err();
        assert_eq!(
            (refused.kind.name(), refused.message.as_str()),
            ("sign_in_required", "Peloton refused the sign-in: Not a member")
        );
        assert_eq!(take(&format!("state={state}")).unwrap_err().kind.name(), "bad_input");
        let elsewhere = Secret::new("https://members.onepeloton.com.example.com/callback?code=a");
        assert!(authorization.code(&elsewhere, &hosts()).is_err());
    }

    #[test]
    fn tokens_are_renewed_early_and_never_at_once() {
        let now = Time::from_timestamp(1_700_000_000, 0).unwrap();
        let of = |life: serde_json::Value| {
            let grant = json!({"access_token": "a.b.c", "refresh_token": "v1.x", "expires_in": life});
            let saved = Saved::granted(serde_json::from_value(grant).unwrap(), "u".into(), now);
            (saved.renew_at - now.timestamp(), saved.expires - now.timestamp())
        };
        assert_eq!(of(json!(172_800)), (151_200, 172_800));
        assert_eq!(of(json!("800")), (700, 800));
        assert_eq!(of(json!(null)), (151_200, 172_800));
    }
}
