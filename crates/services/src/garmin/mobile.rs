//! Signing in with e-mail and password as Garmin's phone program does: one page for its cookies, then JSON.
//!
//! Without the page's cookies and its address as `Referer` Garmin answers 429 (python-garminconnect 0.3.20).

use std::time::Duration;

use baton_core::{Error, Result, Secret, Time};
use serde::Deserialize;
use serde_json::{Value, json};

use super::site::{PHONE_BROWSER, PHONE_CLIENT, Site};
use super::ticket::Ticket;
use crate::http::{Answer, Call, Http, Method, Pacer, Session};

/// Where a password or code led, in either of the two password flows.
pub enum Outcome<P> {
    Ticket(Ticket),
    /// A one-time code is wanted (again).
    Code(P),
    /// Garmin did not look at the credentials; the time is its `Retry-After`.
    Blocked(Option<Time>),
}

/// A sign-in that waits for its code.
pub struct Pending {
    session: Session,
    method: String,
    /// Where the code went, as Garmin masks it.
    pub sent_to: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LoginAnswer {
    service_ticket_id: Option<Secret>,
    response_status: Option<ResponseStatus>,
    customer_mfa_info: Option<MfaInfo>,
    error: Option<Block>,
}

#[derive(Deserialize)]
struct ResponseStatus {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct MfaInfo {
    email: Option<String>,
    phone_number: Option<String>,
    mfa_last_method_used: Option<String>,
    default_mfa_method: Option<String>,
}

/// `{"error":{"status-code":"429"}}`, which also comes inside a 200.
#[derive(Deserialize)]
struct Block {
    #[serde(rename = "status-code", default)]
    status_code: Value,
}

/// Sends e-mail and password.
///
/// # Errors
/// `SignInRequired` where Garmin judged them wrong; `ServiceDown`, `Offline`.
pub async fn sign_in(
    http: &Http,
    pacer: &Pacer,
    site: &Site,
    username: &str,
    password: &Secret,
) -> Result<Outcome<Pending>> {
    let session = http
        .session()
        .with_header("User-Agent", PHONE_BROWSER)
        .with_header("Accept-Language", "en-US,en;q=0.9");
    let page = session
        .request(Method::GET, format!("{}/mobile/sso/en_US/sign-in", site.sso))
        .query(&[("clientId", PHONE_CLIENT), ("service", &site.phone_service())])
        .header("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
        .send(pacer)
        .await?;
    if is_block(&page) {
        return Ok(Outcome::Blocked(page.retry_after()));
    }
    if page.status.is_server_error() {
        return Err(page.failure());
    }
    let referer = page.url.as_str().to_owned();
    http.pause(Duration::from_secs(2), Duration::from_secs(5)).await;

    let session = session.with_header("Referer", referer);
    let credentials = json!({
        "username": username, "password": password.expose(), "rememberMe": true, "captchaToken": "",
    });
    let answer = post(&session, site, "login").json(&credentials).send(pacer).await?;
    let Some(login) = read(&answer)? else { return Ok(Outcome::Blocked(answer.retry_after())) };
    match login.kind() {
        "SUCCESSFUL" => login.ticket(site).map(Outcome::Ticket),
        "MFA_REQUIRED" => {
            let info = login.customer_mfa_info.unwrap_or_default();
            let method =
                info.mfa_last_method_used.or(info.default_mfa_method).unwrap_or_else(|| "email".into());
            let sent_to = match method.to_ascii_lowercase().as_str() {
                "email" => info.email,
                "totp" => None,
                _ => info.phone_number.or(info.email),
            };
            Ok(Outcome::Code(Pending { session, method, sent_to }))
        }
        "INVALID_USERNAME_PASSWORD" => Err(wrong_password()),
        "CAPTCHA_REQUIRED" => Ok(Outcome::Blocked(None)),
        other => Err(Error::sign_in(format!(
            "Garmin did not accept this sign-in ({}); sign in on Garmin's own page instead",
            vendor_word(other)
        ))),
    }
}

/// Sends the one-time code. A wrong one leaves the session open for another (python-garminconnect#416).
pub async fn verify(pacer: &Pacer, site: &Site, pending: Pending, code: &Secret) -> Result<Outcome<Pending>> {
    let body = json!({
        "mfaMethod": pending.method,
        "mfaVerificationCode": code.expose(),
        "rememberMyBrowser": true,
        "reconsentList": [],
        "mfaSetup": false,
    });
    let answer = post(&pending.session, site, "mfa/verifyCode").json(&body).send(pacer).await?;
    let Some(login) = read(&answer)? else { return Ok(Outcome::Blocked(answer.retry_after())) };
    if login.kind() == "SUCCESSFUL" {
        login.ticket(site).map(Outcome::Ticket)
    } else {
        Ok(Outcome::Code(pending))
    }
}

fn post(session: &Session, site: &Site, path: &str) -> Call {
    session
        .request(Method::POST, format!("{}/mobile/api/{path}", site.sso))
        .query(&[("clientId", PHONE_CLIENT), ("locale", "en-US"), ("service", &site.phone_service())])
        .header("Accept", "application/json, text/plain, */*")
        .header("Origin", &site.sso)
}

/// The answer's JSON; `None` where Garmin blocked the request before it looked at it.
fn read(answer: &Answer) -> Result<Option<LoginAnswer>> {
    if is_block(answer) {
        return Ok(None);
    }
    if answer.status.is_server_error() {
        return Err(answer.failure());
    }
    // A page in place of JSON is a challenge for browsers.
    let login: Option<LoginAnswer> = answer.json().ok();
    Ok(login.filter(|login| !login.error.as_ref().is_some_and(Block::is_block)))
}

fn is_block(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 403 | 427 | 429)
}

impl Block {
    fn is_block(&self) -> bool {
        let code = self.status_code.as_u64().or_else(|| self.status_code.as_str()?.parse().ok());
        matches!(code, Some(403 | 427 | 429))
    }
}

impl LoginAnswer {
    fn kind(&self) -> &str {
        self.response_status.as_ref().map_or("", |status| status.kind.as_str())
    }

    fn ticket(self, site: &Site) -> Result<Ticket> {
        let name = self.service_ticket_id.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| {
            Error::service_changed("Garmin signed you in but gave no ticket; Baton may need an update")
        })?;
        Ok(Ticket { name, service: site.phone_service() })
    }
}

/// The sentence for credentials that Garmin judged.
pub fn wrong_password() -> Error {
    Error::sign_in("Garmin says that e-mail address or password is wrong; check both and sign in again")
}

/// A vendor's status word, safe to show.
fn vendor_word(word: &str) -> String {
    let plain: String = word.chars().filter(|c| c.is_ascii_alphabetic() || *c == '_').take(40).collect();
    if plain.is_empty() { "no reason given".into() } else { plain }
}
