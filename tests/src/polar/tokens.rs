//! The token endpoints. v3: a code for an access token, which lives for ten years and cannot be renewed. The Dynamic API: a
//! code or a refresh token, which works once, for a pair that lives for hours.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Routed;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Shared;
use super::state::{Code, Generation, Grant, Permission, State, TokenRequest};
use crate::server::{issued, random_hex};

/// Life of an authorization code.
const CODE_SECONDS: i64 = 600;
/// Life of an access token.
const TOKEN_SECONDS: i64 = 315_359_999;
/// Life of a refresh token: some hundred days.
const REFRESH_SECONDS: i64 = 100 * 86_400;
/// Life of an access token of the Dynamic API, by the documentation.
const HISTORY_SECONDS: i64 = 43_199;
const PARAMETERS: [&str; 4] = ["grant_type", "code", "redirect_uri", "refresh_token"];

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new().route("/v2/oauth2/token", post(token)).with_state(shared)
}

pub(super) fn history_routes() -> Router<Arc<Shared>> {
    Router::new().route("/oauth/token", post(history_token))
}

async fn token(Routed(shared): Routed<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    answered(&shared, exchange(&shared, &headers, &body))
}

async fn history_token(Routed(shared): Routed<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    answered(&shared, grant_history(&shared, &headers, &body))
}

fn answered(shared: &Shared, answer: Result<Value, &'static str>) -> Response {
    let (status, error) = match &answer {
        Ok(_) => (200, ""),
        Err("invalid_client") => (shared.options().wrong_keys_status, "invalid_client"),
        Err(error) => (400, *error),
    };
    shared.state().token_requests.push(TokenRequest { status, error: error.to_owned() });
    let body = answer.unwrap_or_else(|error| json!({"error": error}));
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}

/// The form of a well-made call, and the client that it comes from.
fn asked(
    shared: &Shared,
    headers: &HeaderMap,
    body: &[u8],
    generation: Generation,
) -> Result<(String, BTreeMap<String, String>), &'static str> {
    let told = |name| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let violation = |what: &str| shared.violations.note(format!("token: {what}"));
    if !told(header::ACCEPT).contains("application/json") {
        violation("the client does not accept application/json");
    }
    if !told(header::CONTENT_TYPE).starts_with("application/x-www-form-urlencoded") {
        violation("the body is no form");
        return Err("invalid_request");
    }
    let mut form = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        if !PARAMETERS.contains(&&*name) {
            violation(&format!("unknown parameter {name:?}; the client's keys belong into the header"));
        }
        if form.insert(name.into_owned(), value.into_owned()).is_some() {
            violation("a parameter is given twice");
            return Err("invalid_request");
        }
    }
    let Some((client_id, secret)) = basic(told(header::AUTHORIZATION)) else {
        violation("no client credentials in the header");
        return Err("invalid_client");
    };
    let state = shared.state();
    let client = state.clients.get(&client_id).ok_or("invalid_client")?;
    if client.registered.client_secret != secret || !client.registered.may_use(generation) {
        return Err("invalid_client");
    }
    Ok((client_id, form))
}

/// The answer, or OAuth's name of what is wrong.
fn exchange(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<Value, &'static str> {
    let (client_id, form) = asked(shared, headers, body, Generation::Third)?;
    match form.get("grant_type").map(String::as_str) {
        Some("authorization_code") => {}
        Some(_) => {
            shared.violations.note("token: there is no other grant_type than authorization_code");
            return Err("unsupported_grant_type");
        }
        None => {
            shared.violations.note("token: grant_type is missing");
            return Err("invalid_request");
        }
    }
    let mut state = shared.state();
    let (user_id, _) = redeem(shared, &mut state, &client_id, &form, Generation::Third)?;
    let token = state.issue(&client_id, user_id);
    Ok(json!({
        "access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS, "x_user_id": user_id,
    }))
}

/// The same at the Dynamic API.
fn grant_history(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<Value, &'static str> {
    let (client_id, form) = asked(shared, headers, body, Generation::Fourth)?;
    let mut state = shared.state();
    let (user_id, scopes) = match form.get("grant_type").map(String::as_str) {
        Some("authorization_code") => redeem(shared, &mut state, &client_id, &form, Generation::Fourth)?,
        Some("refresh_token") => {
            let sent = form.get("refresh_token").map(String::as_str).unwrap_or_default();
            let known = state.refresh_tokens.remove(sent).ok_or("invalid_grant")?;
            if known.grant.client_id != client_id || shared.clock.now() > known.expires {
                return Err("invalid_grant");
            }
            (known.grant.user_id, known.scopes)
        }
        _ => {
            shared.violations.note("token: no such grant_type");
            return Err("unsupported_grant_type");
        }
    };
    let (access, refresh) = (issued(random_hex(40)), issued(random_hex(48)));
    let now = shared.clock.now();
    let permission = |life: i64| Permission {
        grant: Grant { client_id: client_id.clone(), user_id },
        scopes: scopes.clone(),
        expires: now + life,
    };
    state.permissions.insert(access.clone(), permission(HISTORY_SECONDS));
    state.refresh_tokens.insert(refresh.clone(), permission(REFRESH_SECONDS));
    Ok(json!({
        "access_token": access, "token_type": "Bearer", "expires_in": HISTORY_SECONDS, "refresh_token": refresh,
        "scope": scopes,
    }))
}

/// Whose code this is, and what it was allowed.
fn redeem(
    shared: &Shared,
    state: &mut State,
    client_id: &str,
    form: &BTreeMap<String, String>,
    generation: Generation,
) -> Result<(i64, String), &'static str> {
    let Some(name) = form.get("code") else {
        shared.violations.note("token: code is missing");
        return Err("invalid_request");
    };
    let now = shared.clock.now();
    let own = |code: &&mut Code| code.client_id == client_id && code.generation == generation;
    let code = state.codes.get_mut(name).filter(own).ok_or("invalid_grant")?;
    let (user_id, scopes) = (code.user_id, code.scopes.clone());
    if std::mem::replace(&mut code.is_used, true) {
        // Whoever comes with it a second time may have stolen it.
        match generation {
            Generation::Third => state.revoke(client_id, user_id),
            Generation::Fourth => state.revoke_history(client_id, user_id),
        };
        return Err("invalid_grant");
    }
    if now > code.given + CODE_SECONDS || code.redirect_uri.as_ref() != form.get("redirect_uri") {
        return Err("invalid_grant");
    }
    Ok((user_id, scopes))
}

/// Name and password of an `Authorization: Basic` header.
pub(super) fn basic(header: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}
