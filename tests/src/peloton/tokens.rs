//! The token endpoint: codes for tokens, refresh tokens that rotate, and the check of bearer tokens.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Shares;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Duration, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::state::{Access, Refresh, State, TokenPair, UserIndex};
use super::{AUDIENCE, CLIENT_ID, SCOPE, Shared};
use crate::server::{json_web_token, random_text};

/// How long a code is good for.
const CODE_SECONDS: i64 = 60;
/// How long the identity token is good for.
const ID_TOKEN_SECONDS: i64 = 36_000;

/// The fields of a token request, which may come as JSON or as a form.
pub(super) fn fields(headers: &HeaderMap, body: &[u8]) -> Value {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    if kind.starts_with("application/json") {
        return serde_json::from_slice(body).unwrap_or(Value::Null);
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        return url::form_urlencoded::parse(body)
            .map(|(name, value)| (name.into_owned(), json!(value)))
            .collect();
    }
    Value::Null
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}

/// `POST /oauth/token`.
pub(super) async fn token(Shares(shared): Shares<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let sent = fields(&headers, &body);
    let get = |name: &str| sent[name].as_str().unwrap_or("");
    if get("client_id") != CLIENT_ID {
        shared.violation("/oauth/token: unknown client_id");
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", "Unknown client");
    }
    match get("grant_type") {
        "authorization_code" => exchange(&shared, get("code"), get("code_verifier"), get("redirect_uri")),
        "refresh_token" => refresh(&shared, get("refresh_token")),
        other => {
            shared.violation(format!("/oauth/token: grant_type {other:?}"));
            let words = format!("Grant type '{other}' not allowed for the client.");
            refuse(StatusCode::FORBIDDEN, "unauthorized_client", &words)
        }
    }
}

fn exchange(shared: &Shared, code: &str, verifier: &str, redirect_uri: &str) -> Response {
    let invalid = |words: &str| {
        shared.violation(format!("/oauth/token: {words}"));
        refuse(StatusCode::FORBIDDEN, "invalid_grant", words)
    };
    let mut state = shared.state();
    let Some(grant) = state.codes.get_mut(code) else {
        return invalid("Invalid authorization code");
    };
    if grant.is_spent {
        if let Some(family) = grant.family {
            state.revoke_family(family);
        }
        return invalid("Invalid authorization code: it was used before");
    }
    grant.is_spent = true;
    let user = grant.user;
    if Utc::now() - grant.given > Duration::seconds(CODE_SECONDS) {
        return invalid("Invalid authorization code: it is too old");
    }
    if grant.redirect_uri != redirect_uri {
        return invalid("The redirect URI is wrong");
    }
    if !(43..=128).contains(&verifier.len())
        || URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) != grant.code_challenge
    {
        return invalid("Failed to verify code verifier");
    }
    let seconds = shared.options().access_token_seconds;
    let family = state.next_family;
    if let Some(grant) = state.codes.get_mut(code) {
        grant.family = Some(family);
    }
    let pair = issue(&mut state, &shared.addresses().auth, user, seconds);
    answer(&shared.addresses().auth, &state.users[user].id, &pair)
}

fn refresh(shared: &Shared, sent: &str) -> Response {
    const WORDS: &str = "Unknown or invalid refresh token.";
    let mut state = shared.state();
    let Some(known) = state.refresh.get_mut(sent) else {
        return refuse(StatusCode::FORBIDDEN, "invalid_grant", WORDS);
    };
    let (user, family) = (known.user, known.family);
    if known.is_revoked {
        return refuse(StatusCode::FORBIDDEN, "invalid_grant", WORDS);
    }
    if std::mem::replace(&mut known.is_spent, true) {
        shared.violation("/oauth/token: a refresh token was used twice");
        state.revoke_family(family);
        return refuse(StatusCode::FORBIDDEN, "invalid_grant", WORDS);
    }
    state.refreshes += 1;
    let seconds = shared.options().access_token_seconds;
    let pair = issue_in(&mut state, &shared.addresses().auth, user, seconds, family);
    answer(&shared.addresses().auth, &state.users[user].id, &pair)
}

fn answer(issuer: &str, user_id: &str, pair: &TokenPair) -> Response {
    let now = Utc::now().timestamp();
    let id_token = json_web_token(&json!({
        "iss": format!("{issuer}/"), "aud": CLIENT_ID, "sub": format!("auth0|{user_id}"),
        "iat": now, "exp": now + ID_TOKEN_SECONDS,
    }));
    Json(json!({
        "access_token": pair.access_token, "refresh_token": pair.refresh_token, "id_token": id_token,
        "scope": SCOPE, "expires_in": pair.expires_in, "token_type": "Bearer",
    }))
    .into_response()
}

/// A new pair of tokens in a new family. `issuer` is the sign-in host.
pub(super) fn issue(state: &mut State, issuer: &str, user: UserIndex, seconds: i64) -> TokenPair {
    let family = state.next_family;
    state.next_family += 1;
    issue_in(state, issuer, user, seconds, family)
}

fn issue_in(state: &mut State, issuer: &str, user: UserIndex, seconds: i64, family: u64) -> TokenPair {
    let now = Utc::now();
    let access_token = json_web_token(&json!({
        "iss": format!("{issuer}/"), "sub": format!("auth0|{}", state.users[user].id),
        "aud": [AUDIENCE, format!("{issuer}/userinfo")], "azp": CLIENT_ID, "scope": SCOPE,
        "iat": now.timestamp(), "exp": now.timestamp() + seconds,
    }));
    let refresh_token = format!("v1.{}", random_text(64));
    state.access.insert(access_token.clone(), Access { user, expires: now + Duration::seconds(seconds) });
    let refresh = Refresh { user, family, is_spent: false, is_revoked: false };
    state.refresh.insert(refresh_token.clone(), refresh);
    TokenPair { access_token, refresh_token, expires_in: seconds }
}

/// The member whose bearer token a request carries.
pub(super) fn bearer(state: &State, headers: &HeaderMap) -> Option<UserIndex> {
    let access = state.access.get(bearer_text(headers)?)?;
    (access.expires > Utc::now()).then_some(access.user)
}

/// The bearer token of a request.
pub(super) fn bearer_text(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
