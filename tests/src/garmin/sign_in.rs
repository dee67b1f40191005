//! Signing in by JSON, as Garmin's mobile programs and its portal page do: password, second factor, ticket.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{Query, State as Routed};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use rand::RngExt as _;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::Shared;
use super::answers::{self, Refusal};
use super::service::{self, ServiceKind};
use super::state::{Flow, Login, LoginOutcome, MfaMethod, PendingMfa, State, Ticket, UserIndex};
use crate::server::{random_code, random_text};

pub(super) fn routes() -> Router<Arc<Shared>> {
    type Parameters = Query<HashMap<String, String>>;
    let login_by = |flow: Flow| {
        post(
            move |Routed(shared): Routed<Arc<Shared>>,
                  Query(query): Parameters,
                  headers: HeaderMap,
                  body: Bytes| async move { login(&shared, flow, &query, &headers, &body) },
        )
    };
    let verify_by = |flow: Flow| {
        post(
            move |Routed(shared): Routed<Arc<Shared>>,
                  Query(query): Parameters,
                  headers: HeaderMap,
                  body: Bytes| async move { verify_code(&shared, flow, &query, &headers, &body) },
        )
    };
    Router::new()
        .route("/mobile/api/login", login_by(Flow::Mobile))
        .route("/portal/api/login", login_by(Flow::Portal))
        .route("/mobile/api/mfa/verifyCode", verify_by(Flow::Mobile))
        .route("/portal/api/mfa/verifyCode", verify_by(Flow::Portal))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LoginBody {
    username: String,
    password: String,
    #[serde(rename = "rememberMe")]
    _remember_me: bool,
    #[serde(rename = "captchaToken")]
    _captcha_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CodeBody {
    mfa_method: String,
    mfa_verification_code: String,
    #[serde(rename = "rememberMyBrowser")]
    _remember_my_browser: bool,
    #[serde(rename = "reconsentList")]
    _reconsent_list: Vec<String>,
    #[serde(rename = "mfaSetup")]
    _mfa_setup: bool,
}

fn login(
    shared: &Shared,
    flow: Flow,
    query: &HashMap<String, String>,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let (client_id, service) = match named_service(shared, query) {
        Ok(named) => named,
        Err(refusal) => return refusal.into_response(),
    };
    let mut state = shared.state();
    let session = match session_with_page(shared, &state, flow, headers, &client_id, &service) {
        Ok(session) => session,
        Err(missing) => {
            shared.violation(format!("{flow:?} sign-in: {missing}"));
            let outcome = LoginOutcome::Refused;
            state.logins.push(Login { email: String::new(), flow, outcome });
            return answers::blocked(StatusCode::TOO_MANY_REQUESTS, "429");
        }
    };
    check_headers(shared, headers);
    let Ok(LoginBody { username, password, .. }) = serde_json::from_slice(body) else {
        shared.violation(format!(
            "{flow:?} sign-in: the body is not {{username, password, rememberMe, captchaToken}}"
        ));
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Some(user) = authenticate(&state, &username, &password) else {
        state.logins.push(Login { email: username, flow, outcome: LoginOutcome::WrongPassword });
        let refusal = answers::sign_in(
            "INVALID_USERNAME_PASSWORD",
            "generalLoginInvalidUsernameOrPassword",
            "UNAUTHORIZED",
        );
        return (StatusCode::UNAUTHORIZED, Json(refusal)).into_response();
    };
    let method = method_of(&state, user);
    if method == MfaMethod::None {
        return succeed(&mut state, user, flow, &service, false);
    }
    ask_for_code(&mut state, &session, user, flow);
    // Garmin sends the e-mail by itself in these flows.
    send_code(&mut state, user);
    let method = method_name(method);
    let mut answer = answers::sign_in("MFA_REQUIRED", "", "OK");
    answer["serviceURL"] = json!(service);
    answer["customerMfaInfo"] = json!({
        "email": mask(&username),
        "phoneNumber": null,
        "mfaLastMethodUsed": method,
        "defaultMfaMethod": method,
        "mfaUISetting": {"allowPhoneOption": false, "allowAddEmailAddress": false, "chooseDifferentWayShown": false},
    });
    Json(answer).into_response()
}

fn verify_code(
    shared: &Shared,
    flow: Flow,
    query: &HashMap<String, String>,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let (_, service) = match named_service(shared, query) {
        Ok(named) => named,
        Err(refusal) => return refusal.into_response(),
    };
    let mut state = shared.state();
    check_headers(shared, headers);
    let session = cookie(headers, "SESSION").unwrap_or_default();
    let Some(pending) = state.sessions.get(&session).and_then(|it| it.pending_mfa.clone()) else {
        shared.violation(format!("{flow:?} code: this session was not asked for a code"));
        let refusal = answers::sign_in("SESSION_EXPIRED", "sessionExpired", "UNAUTHORIZED");
        return (StatusCode::UNAUTHORIZED, Json(refusal)).into_response();
    };
    let Ok(CodeBody { mfa_method, mfa_verification_code, .. }) = serde_json::from_slice(body) else {
        shared.violation(format!(
            "{flow:?} code: the body is not {{mfaMethod, mfaVerificationCode, rememberMyBrowser, reconsentList, mfaSetup}}"
        ));
        return StatusCode::BAD_REQUEST.into_response();
    };
    let expected = method_name(method_of(&state, pending.user));
    if mfa_method != expected {
        shared.violation(format!("{flow:?} code: mfaMethod {mfa_method:?} where {expected:?} was asked"));
    }
    if !take_code(&mut state, &session, flow, &mfa_verification_code) {
        // The session lives on: the person may try again (python-garminconnect#416).
        let refusal = answers::sign_in("INVALID_MFA_CODE", "invalidMfaCode", "UNAUTHORIZED");
        return (StatusCode::UNAUTHORIZED, Json(refusal)).into_response();
    }
    succeed(&mut state, pending.user, flow, &service, true)
}

fn succeed(state: &mut State, user: UserIndex, flow: Flow, service: &str, with_mfa: bool) -> Response {
    let ticket = mint_ticket(state, user, service, with_mfa, "sso");
    note_success(state, user, flow);
    let mut body = answers::sign_in("SUCCESSFUL", "", "OK");
    body["serviceURL"] = json!(service);
    body["serviceTicketId"] = json!(ticket);
    body["authType"] = json!("CAS");
    let mut answer = Json(body).into_response();
    keep_signed_in(state, user, &mut answer);
    answer
}

/// `clientId` and `service` of a sign-in request; the pair must match, and `locale` must be there.
fn named_service(shared: &Shared, query: &HashMap<String, String>) -> Result<(String, String), Refusal> {
    let named = |name: &str| query.get(name).cloned().unwrap_or_default();
    let (client_id, service) = (named("clientId"), named("service"));
    let fits = service::parse(&shared.base, &service)
        .is_some_and(|it| it.kind.client_id() == Some(&client_id) && it.kind != ServiceKind::Embed);
    if !fits {
        shared.violation(format!("sign-in: clientId {client_id:?} does not belong to service {service:?}"));
        return Err(StatusCode::BAD_REQUEST.into_response().into());
    }
    if named("locale").is_empty() {
        shared.violation("sign-in: no locale in the query");
    }
    Ok((client_id, service))
}

/// The session of a credential post. Without the cookies of the sign-in page and without its `Referer` the real
/// service answers 429 (python-garminconnect 0.3.16 to 0.3.20). garth's older way, with a browser's
/// navigation headers instead of the `Referer`, is let in for the Android client only.
fn session_with_page(
    shared: &Shared,
    state: &State,
    flow: Flow,
    headers: &HeaderMap,
    client_id: &str,
    service: &str,
) -> Result<String, &'static str> {
    let cookie = cookie(headers, "SESSION").ok_or("no SESSION cookie of the sign-in page")?;
    let session = state.sessions.get(&cookie).ok_or("an unknown SESSION cookie")?;
    let visited = session.pages.iter().any(|page| {
        page.flow == flow
            && page.client_id.as_deref() == Some(client_id)
            && page.service.as_deref().is_none_or(|it| it == service)
    });
    if !visited {
        return Err("the session has not loaded the sign-in page of this flow, client and service");
    }
    let navigates = text(headers, "sec-fetch-mode") == "navigate"
        && text(headers, "sec-fetch-dest") == "document"
        && client_id == "GCM_ANDROID_DARK";
    if navigates || referer_is_page(shared, headers, flow, client_id) {
        return Ok(cookie);
    }
    Err("the Referer is not the sign-in page")
}

fn referer_is_page(shared: &Shared, headers: &HeaderMap, flow: Flow, client_id: &str) -> bool {
    let Ok(referer) = Url::parse(text(headers, "referer")) else { return false };
    let start = if flow == Flow::Mobile { "/mobile/sso/" } else { "/portal/sso/" };
    service::is_sso_origin(&shared.base, &referer.origin().ascii_serialization())
        && referer.path().starts_with(start)
        && referer.path().ends_with("/sign-in")
        && referer.query_pairs().any(|(name, value)| name == "clientId" && value == client_id)
        && referer.query_pairs().any(|(name, _)| name == "service")
}

/// Notes headers that a browser or Garmin's program would have sent.
fn check_headers(shared: &Shared, headers: &HeaderMap) {
    if !text(headers, "content-type").starts_with("application/json") {
        shared.violation("sign-in: the body is not announced as application/json");
    }
    let agent = text(headers, "user-agent");
    if !agent.starts_with("Mozilla/5.0") && !agent.starts_with("com.garmin.") {
        shared.violation(format!("sign-in: User-Agent {agent:?}"));
    }
    let origin = text(headers, "origin");
    if !origin.is_empty() && !service::is_sso_origin(&shared.base, origin) {
        shared.violation(format!("sign-in: Origin {origin:?}"));
    }
    if origin.is_empty() && text(headers, "sec-fetch-mode") != "navigate" {
        shared.violation("sign-in: no Origin");
    }
    if text(headers, "accept-language").is_empty() {
        shared.violation("sign-in: no Accept-Language");
    }
}

/// The user with this e-mail and password.
pub(super) fn authenticate(state: &State, email: &str, password: &str) -> Option<UserIndex> {
    let user = state.user_by_email(email)?;
    (state.users.get(user)?.account.password == password).then_some(user)
}

pub(super) fn method_of(state: &State, user: UserIndex) -> MfaMethod {
    state.users.get(user).map_or(MfaMethod::None, |it| it.account.mfa)
}

fn method_name(method: MfaMethod) -> &'static str {
    match method {
        MfaMethod::None => "",
        MfaMethod::Email => "email",
        MfaMethod::Totp => "totp",
    }
}

/// Makes a fresh one-time code the good one.
pub(super) fn send_code(state: &mut State, user: UserIndex) {
    if let Some(user) = state.users.get_mut(user) {
        user.code = Some(random_code());
    }
}

/// Marks a session as waiting for a user's code.
pub(super) fn ask_for_code(state: &mut State, session: &str, user: UserIndex, flow: Flow) {
    let email = email_of(state, user);
    if let Some(session) = state.sessions.get_mut(session) {
        session.pending_mfa = Some(PendingMfa { user, flow });
    }
    state.logins.push(Login { email, flow, outcome: LoginOutcome::CodeRequired });
}

/// Checks a code against the one that the session's user was sent. A right code is used up.
pub(super) fn take_code(state: &mut State, session: &str, flow: Flow, code: &str) -> bool {
    let Some(pending) = state.sessions.get(session).and_then(|it| it.pending_mfa.clone()) else {
        return false;
    };
    let Some(user) = state.users.get_mut(pending.user) else { return false };
    if user.code.as_deref() != Some(code) {
        let email = user.account.email.clone();
        state.logins.push(Login { email, flow, outcome: LoginOutcome::WrongCode });
        return false;
    }
    user.code = None;
    if let Some(session) = state.sessions.get_mut(session) {
        session.pending_mfa = None;
    }
    true
}

pub(super) fn note_success(state: &mut State, user: UserIndex, flow: Flow) {
    let email = email_of(state, user);
    state.logins.push(Login { email, flow, outcome: LoginOutcome::Success });
}

fn email_of(state: &State, user: UserIndex) -> String {
    state.users.get(user).map(|it| it.account.email.clone()).unwrap_or_default()
}

/// A new ticket for exactly this service string; `ending` is `sso` for the JSON flows and `cas` for the others.
pub(super) fn mint_ticket(
    state: &mut State,
    user: UserIndex,
    service: &str,
    with_mfa: bool,
    ending: &str,
) -> String {
    let number: u32 = rand::rng().random_range(100_000..9_999_999);
    let name = format!("ST-{number}-{}-{ending}", random_text(20));
    let ticket = Ticket { user, service: service.to_owned(), minted: Instant::now(), spent: false, with_mfa };
    state.tickets.insert(name.clone(), ticket);
    name
}

/// Sets the cookies of a signed-in browser.
pub(super) fn keep_signed_in(state: &mut State, user: UserIndex, answer: &mut Response) {
    let granting = format!("TGT-{}-{}-cas", random_text(8), random_text(32));
    let guid = state.users.get(user).map(|it| it.garmin_guid.clone()).unwrap_or_default();
    state.granting_tickets.insert(granting.clone(), user);
    let cookies = [
        ("CASTGC", granting.as_str()),
        ("GARMIN-SSO", "1"),
        ("GARMIN-SSO-CUST-GUID", &guid),
        ("GMN_TRACKABLE", "1"),
    ];
    answers::set_cookies(answer, &cookies);
}

/// The session of the request's `SESSION` cookie, made new if there is none; gives its name.
pub(super) fn open_session(state: &mut State, headers: &HeaderMap) -> String {
    let name = cookie(headers, "SESSION").filter(|name| state.sessions.contains_key(name));
    let name = name.unwrap_or_else(|| random_text(48));
    state.sessions.entry(name.clone()).or_default();
    name
}

/// The value of a cookie that the client sent.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

/// A header as text; empty if absent or not text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
}

/// `ab*****@example.org`.
fn mask(email: &str) -> String {
    let (name, host) = email.split_once('@').unwrap_or((email, ""));
    let start: String = name.chars().take(2).collect();
    format!("{start}*****@{host}")
}
