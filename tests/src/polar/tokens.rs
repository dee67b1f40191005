//! The token endpoint: a code for an access token, which lives for ten years and cannot be renewed.

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
use super::state::TokenRequest;

/// Life of an authorization code.
const CODE_SECONDS: i64 = 600;
/// Life of an access token.
const TOKEN_SECONDS: i64 = 315_359_999;
const PARAMETERS: [&str; 3] = ["grant_type", "code", "redirect_uri"];

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new().route("/v2/oauth2/token", post(token)).with_state(shared)
}

async fn token(Routed(shared): Routed<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = exchange(&shared, &headers, &body);
    let (status, error) = match &answer {
        Ok(_) => (200, ""),
        Err("invalid_client") => (shared.options().wrong_keys_status, "invalid_client"),
        Err(error) => (400, *error),
    };
    shared.state().token_requests.push(TokenRequest { status, error: error.to_owned() });
    let body = answer.unwrap_or_else(|error| json!({"error": error}));
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}

/// The answer, or OAuth's name of what is wrong.
fn exchange(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<Value, &'static str> {
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
    let mut state = shared.state();
    let client = state.clients.get(&client_id).ok_or("invalid_client")?;
    if client.registered.client_secret != secret {
        return Err("invalid_client");
    }
    match form.get("grant_type").map(String::as_str) {
        Some("authorization_code") => {}
        Some(_) => {
            violation("there is no other grant_type than authorization_code");
            return Err("unsupported_grant_type");
        }
        None => {
            violation("grant_type is missing");
            return Err("invalid_request");
        }
    }
    let Some(name) = form.get("code") else {
        violation("code is missing");
        return Err("invalid_request");
    };
    let now = shared.clock.now();
    let code = state.codes.get_mut(name).filter(|it| it.client_id == client_id).ok_or("invalid_grant")?;
    let user_id = code.user_id;
    if std::mem::replace(&mut code.is_used, true) {
        // Whoever comes with it a second time may have stolen it.
        state.revoke(&client_id, user_id);
        return Err("invalid_grant");
    }
    if now > code.given + CODE_SECONDS || code.redirect_uri.as_ref() != form.get("redirect_uri") {
        return Err("invalid_grant");
    }
    let token = state.issue(&client_id, user_id);
    Ok(json!({
        "access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS, "x_user_id": user_id,
    }))
}

/// Name and password of an `Authorization: Basic` header.
fn basic(header: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}
