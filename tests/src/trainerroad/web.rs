//! The site: the sign-in, the rider information, and who the member is.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State as Routed};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::faults::Fault;
use super::state::{Login, Member, MemberIndex, RiderWrite, Session, State};
use super::{COOKIE, Shared, SignedOut, control, faults};
use crate::server::random_text;

/// How long a cookie is good for: about 30 days, as reported.
const SESSION_SECONDS: i64 = 30 * 86_400;
const LOGIN_PAGE: &str = "/app/login";

type App = Routed<Arc<Shared>>;

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    let routes = Router::new()
        // The form of old is gone: a post to it answers 405 (withings-sync#254).
        .route(LOGIN_PAGE, get(login_page))
        .route("/app/api/login/login", axum::routing::post(login))
        .route("/app/logout", get(logout))
        .route("/app/api/profile/rider-information", get(read_rider).put(write_rider))
        .route("/app/api/member-info", get(member_info))
        .route("/app/api/career/{member_id}/new", get(career))
        .merge(control::routes())
        .with_state(Arc::clone(&shared));
    faults::layer(routes, shared)
}

/// A page that signs in the way the real one does, for windows and people.
async fn login_page() -> Html<&'static str> {
    Html(include_str!("login_page.html"))
}

async fn login(Routed(shared): App, headers: HeaderMap, body: Bytes) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let Ok(Value::Object(sent)) = serde_json::from_slice::<Value>(&body) else {
        shared.violations.note("login: the body is not a JSON object");
        return StatusCode::BAD_REQUEST.into_response();
    };
    if !kind.starts_with("application/json") {
        shared.violations.note(format!("login: Content-Type is {kind:?}"));
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    for name in ["username", "password", "returnUrl"] {
        if !sent.contains_key(name) {
            shared.violations.note(format!("login: {name} is missing"));
        }
    }
    for name in sent.keys().filter(|it| !["username", "password", "returnUrl"].contains(&it.as_str())) {
        shared.violations.note(format!("login: unknown field {name:?}"));
    }
    let text = |name: &str| sent.get(name).and_then(Value::as_str).unwrap_or_default();
    let now = shared.clock.now();
    let mut state = shared.state();
    let found = state.members.iter().position(|it| {
        it.account.username.eq_ignore_ascii_case(text("username")) && it.account.password == text("password")
    });
    let login = Login { username: text("username").to_owned(), is_success: found.is_some() };
    state.logins.push(login);
    let Some(member) = found else {
        return cased(&headers, json!({"success": false, "redirectUrl": null}));
    };
    let cookie = random_text(180);
    state.sessions.insert(cookie.clone(), Session { member, expires: now + SESSION_SECONDS });
    let mut answer = cased(&headers, json!({"success": true, "redirectUrl": "/app/career"}));
    if let Ok(cookie) = HeaderValue::from_str(&format!(
        "{COOKIE}={cookie}; Path=/; Max-Age={SESSION_SECONDS}; HttpOnly; SameSite=Lax"
    )) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    answer
}

async fn logout(Routed(shared): App, headers: HeaderMap) -> Response {
    if let Some(cookie) = cookie(&headers) {
        shared.state().sessions.remove(cookie);
    }
    Redirect::to(LOGIN_PAGE).into_response()
}

/// The session cookie of a request.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    all.flat_map(|it| it.split(';')).find_map(|it| it.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// The member whose session this is; else the answer for those who are not signed in.
fn member(
    shared: &Shared,
    state: &mut State,
    headers: &HeaderMap,
    fault: Option<&Fault>,
) -> Result<MemberIndex, Refusal> {
    let cookie = cookie(headers).unwrap_or_default();
    if fault == Some(&Fault::SessionEnded) {
        state.sessions.remove(cookie);
    }
    let session = state.sessions.get(cookie).filter(|it| it.expires > shared.clock.now());
    session.map(|it| it.member).ok_or_else(|| Refusal::NotSignedIn(shared.options().signed_out))
}

/// Why a request is not carried out.
enum Refusal {
    NotSignedIn(SignedOut),
    BadRequest,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::NotSignedIn(SignedOut::Unauthorized) => StatusCode::UNAUTHORIZED.into_response(),
            Self::NotSignedIn(SignedOut::LoginPage) => {
                let place = format!("{LOGIN_PAGE}?returnUrl=%2Fapp");
                (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
            }
            Self::BadRequest => {
                (StatusCode::BAD_REQUEST, Json(json!({"title": "Bad Request"}))).into_response()
            }
        }
    }
}

async fn read_rider(
    Routed(shared): App,
    headers: HeaderMap,
    fault: Option<Extension<Fault>>,
) -> Result<Response, Refusal> {
    let mut state = shared.state();
    let member = member(&shared, &mut state, &headers, fault.as_deref())?;
    Ok(cased(&headers, state.members[member].rider.clone()))
}

async fn write_rider(
    Routed(shared): App,
    headers: HeaderMap,
    fault: Option<Extension<Fault>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let options = shared.options();
    let mut state = shared.state();
    let member = member(&shared, &mut state, &headers, fault.as_deref())?;
    let bad = |why: &str| {
        shared.violations.note(format!("rider-information: {why}"));
        Refusal::BadRequest
    };
    let Ok(sent @ Value::Object(_)) = serde_json::from_slice::<Value>(&body) else {
        return Err(bad("the body is not a JSON object"));
    };
    let sent = with_keys(sent, &lower_first);
    let Some(weight_kg) = sent["weightKg"].as_f64().filter(|it| *it > 0.0) else {
        return Err(bad("weightKg is not a number above 0"));
    };
    let Some(Member { account, rider, .. }) = state.members.get_mut(member) else {
        return Err(bad("no member"));
    };
    let (mut lost, mut changed) = (Vec::new(), Vec::new());
    compare("", rider, &sent, &mut lost, &mut changed);
    let before_kg = rider["weightKg"].as_f64();
    let username = account.username.clone();
    if fault.as_deref() != Some(&Fault::Forgets) {
        *rider = sent.clone();
    }
    state.writes.push(RiderWrite { username, before_kg, weight_kg, lost, changed });
    if options.write_answers_body {
        return Ok(cased(&headers, sent));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Notes what was lost and what was changed on the way from `before` to `after`, the weight aside.
fn compare(path: &str, before: &Value, after: &Value, lost: &mut Vec<String>, changed: &mut Vec<String>) {
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        if !is_same(before, after) {
            changed.push(path.to_owned());
        }
        return;
    };
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, value) in old.iter().filter(|(name, _)| !(path.is_empty() && *name == "weightKg")) {
        match new.get(name) {
            None => lost.push(below(name)),
            Some(sent) => compare(&below(name), value, sent, lost, changed),
        }
    }
    changed.extend(new.keys().filter(|it| !old.contains_key(*it)).map(|it| below(it)));
}

/// 186 and 186.0 are one number.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

async fn member_info(
    Routed(shared): App,
    headers: HeaderMap,
    fault: Option<Extension<Fault>>,
) -> Result<Response, Refusal> {
    let mut state = shared.state();
    let index = member(&shared, &mut state, &headers, fault.as_deref())?;
    let member = &state.members[index];
    Ok(cased(&headers, json!({"memberId": member.id, "username": member.account.username})))
}

/// By the member's number; addresses with the name went away in 2026.
async fn career(
    Routed(shared): App,
    Path(member_id): Path<String>,
    headers: HeaderMap,
    fault: Option<Extension<Fault>>,
) -> Result<Response, Refusal> {
    let mut state = shared.state();
    let index = member(&shared, &mut state, &headers, fault.as_deref())?;
    let member = &state.members[index];
    if member_id != member.id.to_string() {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    Ok(cased(&headers, json!({"ftp": member.rider["ftp"], "weightKg": member.rider["weightKg"]})))
}

/// JSON with keys in Pascal case, or in camel case where the request asks for it.
fn cased(headers: &HeaderMap, value: Value) -> Response {
    let is_camel = headers.get("trainerroad-jsonformat").is_some_and(|it| it == "camel-case");
    Json(if is_camel { value } else { with_keys(value, &upper_first) }).into_response()
}

fn with_keys(value: Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields.into_iter().map(|(key, it)| (change(&key), with_keys(it, change))).collect::<Map<_, _>>(),
        ),
        Value::Array(items) => items.into_iter().map(|it| with_keys(it, change)).collect(),
        other => other,
    }
}

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |it| it.to_uppercase().chain(letters).collect())
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |it| it.to_lowercase().chain(letters).collect())
}
