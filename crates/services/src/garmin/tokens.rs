//! Garmin's two kinds of sign-in as they are kept: DI OAuth 2 with a refresh token that rotates, and the older
//! OAuth 1.0a token that garth left behind, which makes short-lived bearers for about a year.

use baton_core::tokens::sealed;
use baton_core::{Error, ErrorKind, Result, Secret, Time};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::site::{ANDROID_PROGRAM, CHINA, CLIENT_IDS, GLOBAL, Site, TICKET_GRANT, native};
use super::ticket::Ticket;
use crate::World;
use crate::http::{Answer, Http, Pacer};
use crate::oauth::{self, KeyPair, Moment};
use crate::renewal::Renewable;

/// A bearer is renewed this long before its end (as Garmin's programs and python-garminconnect do).
const EARLY: TimeDelta = TimeDelta::minutes(15);
/// How long to leave Garmin's sign-in alone after it refused to look at one.
const COOL_DOWN: TimeDelta = TimeDelta::hours(2);

/// What a sign-in at Garmin leaves behind.
#[derive(Clone, Serialize, Deserialize)]
pub struct Saved {
    /// `garmin.com` or `garmin.cn`.
    pub domain: String,
    pub session: Session,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Session {
    Di(Di),
    OAuth1(OAuth1),
}

/// DI OAuth 2. The refresh token rotates: each works once.
#[derive(Clone, Serialize, Deserialize)]
pub struct Di {
    #[serde(with = "sealed")]
    pub access: Secret,
    #[serde(with = "sealed::option", default)]
    pub refresh: Option<Secret>,
    pub client_id: String,
    /// When `access` ends, where its `exp` says so.
    pub expires: Option<Time>,
    /// Garmin's identifier of the person, where the answer held it.
    #[serde(default)]
    pub guid: Option<String>,
}

/// OAuth 1.0a, imported from garth.
#[derive(Clone, Serialize, Deserialize)]
pub struct OAuth1 {
    #[serde(with = "sealed")]
    pub token: Secret,
    #[serde(with = "sealed")]
    pub secret: Secret,
    #[serde(with = "sealed::option", default)]
    pub mfa_token: Option<Secret>,
    /// The program's key pair, kept because the place that publishes it may vanish.
    #[serde(default)]
    pub consumer: Option<Consumer>,
    #[serde(default)]
    pub bearer: Option<Bearer>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Consumer {
    pub consumer_key: String,
    #[serde(with = "sealed")]
    pub consumer_secret: Secret,
}

/// A bearer that an OAuth 1.0a token made.
#[derive(Clone, Serialize, Deserialize)]
pub struct Bearer {
    #[serde(with = "sealed")]
    pub access: Secret,
    pub expires: Option<Time>,
}

impl Saved {
    /// The bearer to send; `None` where one must be made first.
    pub fn access(&self) -> Option<&Secret> {
        match &self.session {
            Session::Di(di) => Some(&di.access),
            Session::OAuth1(oauth1) => oauth1.bearer.as_ref().map(|bearer| &bearer.access),
        }
    }

    fn expires(&self) -> Option<Time> {
        match &self.session {
            Session::Di(di) => di.expires,
            Session::OAuth1(oauth1) => oauth1.bearer.as_ref().and_then(|bearer| bearer.expires),
        }
    }

    pub fn site(&self, world: &World) -> Result<Site> {
        Site::new(&world.endpoints, Some(&self.domain))
    }

    /// The person, as far as the tokens themselves tell.
    pub fn guid(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Claims {
            garmin_guid: String,
        }
        let told = match &self.session {
            Session::Di(di) => di.guid.clone(),
            Session::OAuth1(_) => None,
        };
        told.or_else(|| oauth::jwt_claims::<Claims>(self.access()?).map(|claims| claims.garmin_guid))
    }
}

impl Renewable for Saved {
    fn is_due(&self, now: Time) -> bool {
        self.access().is_none() || self.expires().is_some_and(|expires| now > expires - EARLY)
    }

    fn still_works(&self, now: Time) -> bool {
        self.access().is_some() && self.expires().is_some_and(|expires| now < expires)
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Secret,
    #[serde(default)]
    refresh_token: Option<Secret>,
    #[serde(default)]
    expires_in: Option<f64>,
    #[serde(default, rename = "customerId")]
    customer_id: Option<String>,
}

impl TokenAnswer {
    fn expires(&self, now: Time) -> Option<Time> {
        let told = || self.expires_in.map(|seconds| now + TimeDelta::seconds(seconds.clamp(0.0, 1e9) as i64));
        oauth::jwt_expiry(&self.access_token).or_else(told)
    }

    /// `before` fills what the answer leaves out: without a new refresh token the old one stays good.
    fn into_di(self, client_id: &str, before: Option<&Di>, now: Time) -> Di {
        #[derive(Deserialize)]
        struct Claims {
            client_id: String,
        }
        let expires = self.expires(now);
        let claims: Option<Claims> = oauth::jwt_claims(&self.access_token);
        Di {
            access: self.access_token,
            refresh: self.refresh_token.or_else(|| before?.refresh.clone()),
            client_id: claims.map_or_else(|| client_id.to_owned(), |claims| claims.client_id),
            expires,
            guid: self.customer_id.or_else(|| before?.guid.clone()),
        }
    }
}

/// The error that Garmin's token service names.
#[derive(Deserialize, Default)]
struct Refusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Exchanges a service ticket for tokens.
///
/// # Errors
/// `SignInRequired` for a ticket that is spent, too old or of another service; `LoginCoolDown` for a 429.
pub async fn exchange(http: &Http, pacer: &Pacer, site: &Site, ticket: &Ticket) -> Result<Di> {
    let mut refused = None;
    for client_id in CLIENT_IDS {
        let form = [
            ("client_id", client_id),
            ("service_ticket", ticket.name.expose()),
            ("grant_type", TICKET_GRANT),
            ("service_url", &ticket.service),
        ];
        let answer = ask(http, pacer, site, client_id, &form).await?;
        match answer.status.as_u16() {
            200..300 => return Ok(answer.json::<TokenAnswer>()?.into_di(client_id, None, http.now())),
            429 | 427 => return Err(cool_down(http, answer.retry_after())),
            400 | 401 => {
                let refusal: Refusal = answer.json().unwrap_or_default();
                let words = "Garmin no longer takes this ticket: it was used already, or is more than a minute old. \
                             Start the sign-in again";
                refused = Some(answer.error(ErrorKind::SignInRequired, words));
                if refusal.error_description.contains("service ticket") {
                    break;
                }
            }
            _ => return Err(forbidden_or(&answer)),
        }
    }
    Err(refused.unwrap_or_else(|| Error::bug("there is no client to exchange a ticket with")))
}

/// Renews whatever kind it is.
///
/// # Errors
/// `SignInRequired` where Garmin ended the session; others leave it as it was.
pub async fn renew(world: &World, http: &Http, pacer: &Pacer, saved: &Saved) -> Result<Saved> {
    let site = saved.site(world)?;
    let session = match &saved.session {
        Session::Di(di) => Session::Di(refresh(http, pacer, &site, di).await?),
        Session::OAuth1(oauth1) => Session::OAuth1(make_bearer(http, pacer, &site, oauth1).await?),
    };
    Ok(Saved { domain: saved.domain.clone(), session })
}

async fn refresh(http: &Http, pacer: &Pacer, site: &Site, di: &Di) -> Result<Di> {
    let Some(refresh) = &di.refresh else {
        return Err(Error::sign_in("this sign-in at Garmin has ended; please sign in again"));
    };
    let client_id = di.client_id.as_str();
    let form =
        [("grant_type", "refresh_token"), ("client_id", client_id), ("refresh_token", refresh.expose())];
    let answer = ask(http, pacer, site, client_id, &form).await?;
    match answer.status.as_u16() {
        200..300 => Ok(answer.json::<TokenAnswer>()?.into_di(client_id, Some(di), http.now())),
        400 | 401 => {
            let refusal: Refusal = answer.json().unwrap_or_default();
            tracing::info!(error = %refusal.error.chars().take(40).collect::<String>(), "Garmin refused to renew the sign-in");
            // A Chinese account that signed in on the global host is exchanged there, but never refreshed
            // (python-garminconnect pull request 360).
            let words = if refusal.error_description.contains("doesn't exist") {
                let other = if site.domain == CHINA { GLOBAL } else { CHINA };
                format!(
                    "Garmin does not know this account on {}; sign in again with the domain {other}",
                    site.domain
                )
            } else {
                "Garmin ended this sign-in; please sign in again".to_owned()
            };
            Err(answer.error(ErrorKind::SignInRequired, words))
        }
        _ => Err(forbidden_or(&answer)),
    }
}

async fn ask(
    http: &Http,
    pacer: &Pacer,
    site: &Site,
    client_id: &str,
    form: &[(&str, &str)],
) -> Result<Answer> {
    let call = http.post(format!("{}/di-oauth2-service/oauth/token", site.diauth)).form(form);
    native(call).header("Cache-Control", "no-cache").basic(client_id, &Secret::new("")).send(pacer).await
}

/// Makes a bearer of an OAuth 1.0a token by `exchange/user/2.0`. The refresh token in the answer is of no use; the
/// same exchange is repeated instead (matin/garth#21).
async fn make_bearer(http: &Http, pacer: &Pacer, site: &Site, oauth1: &OAuth1) -> Result<OAuth1> {
    let consumer = match &oauth1.consumer {
        Some(consumer) => consumer.clone(),
        None => http.get(&site.consumer).send(pacer).await?.ok()?.json()?,
    };
    let url = format!("{}/oauth-service/oauth/exchange/user/2.0", site.connectapi);
    let parsed = url::Url::parse(&url).map_err(|_| Error::bug("Garmin's address is not one"))?;
    let form: Vec<(&str, &str)> =
        oauth1.mfa_token.iter().map(|token| ("mfa_token", token.expose())).collect();
    let key = KeyPair { key: consumer.consumer_key.clone(), secret: consumer.consumer_secret.clone() };
    let token = KeyPair { key: oauth1.token.expose().to_owned(), secret: oauth1.secret.clone() };
    let moment = Moment { nonce: oauth::random_text(32), timestamp: http.now().timestamp() };
    let signed = oauth::oauth1_header("POST", &parsed, &form, &key, Some(&token), &moment);
    // The form's content type must be there even when it is empty, else Garmin answers 500.
    let call = http.post(&url).form(&form).header("User-Agent", ANDROID_PROGRAM);
    let answer = call.secret_header("Authorization", &signed).send(pacer).await?;
    if matches!(answer.status.as_u16(), 400 | 401) {
        let words =
            "this imported sign-in at Garmin has ended (it lives for about a year); please sign in again";
        return Err(answer.error(ErrorKind::SignInRequired, words));
    }
    if !answer.status.is_success() {
        return Err(forbidden_or(&answer));
    }
    let made: TokenAnswer = answer.json()?;
    let bearer = Bearer { expires: made.expires(http.now()), access: made.access_token };
    Ok(OAuth1 { consumer: Some(consumer), bearer: Some(bearer), ..oauth1.clone() })
}

/// Garmin answers 403 to good tokens too, when it dislikes the network or the program (python-garminconnect#444):
/// that signs nobody out. Other statuses mean what they usually mean.
pub fn forbidden_or(answer: &Answer) -> Error {
    if answer.status == 403 {
        let words = "Garmin Connect refuses requests from this network or program at the moment; your sign-in is kept. \
                     Another network, or waiting, often helps";
        return answer.error(ErrorKind::ServiceDown, words);
    }
    answer.failure()
}

/// Garmin does not want to see another sign-in for a while.
pub fn cool_down(http: &Http, told: Option<Time>) -> Error {
    let now = http.now();
    let until = told.map_or(now + COOL_DOWN, |told| told.max(now + COOL_DOWN));
    let (here, local) = (now.with_timezone(&chrono::Local), until.with_timezone(&chrono::Local));
    let clock = if here.date_naive() == local.date_naive() {
        local.format("%H:%M")
    } else {
        local.format("%H:%M on %-d %B")
    };
    let words = format!(
        "Garmin is not accepting this way of signing in from here at the moment; leave it alone until {clock}, because each \
         try makes the wait longer. Garmin's own page in a window may work at once"
    );
    Error::new(ErrorKind::LoginCoolDown { until }, words)
}
