//! Bearer tokens: tickets are exchanged at diauth, refresh tokens rotate, and every data call is checked.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, State as Routed};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answers::Refusal;
use super::faults::{Fault, is};
use super::service::{self, ServiceKind};
use super::sign_in::text;
use super::state::{AccessToken, RefreshToken, State, TokenFamily, UserIndex};
use super::widget::form;
use super::{DiTokens, Options, Shared, answers, ticket_is_fresh, unix_now};
use crate::server::{json_web_token, random_hex, random_text};

/// The grant type of an exchange, literally the same on both of Garmin's domains.
const TICKET_GRANT: &str = "https://connectapi.garmin.com/di-oauth2-service/oauth/grant/service_ticket";
/// How many live access tokens are kept before expired ones are swept out.
const SWEEP_AT: usize = 1000;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/di-oauth2-service/oauth/token", post(token))
}

async fn token(
    Routed(shared): Routed<Arc<Shared>>,
    headers: HeaderMap,
    fault: Option<Extension<Fault>>,
    body: Bytes,
) -> Response {
    let fields = form(&shared, &headers, &body);
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let options = shared.options();
    check_native_headers(&shared, &headers, "token request");
    if text(&headers, "cache-control") != "no-cache" {
        shared.violation("token request: no Cache-Control: no-cache");
    }
    let client_id = field("client_id");
    let expected = format!("Basic {}", STANDARD.encode(format!("{client_id}:")));
    if text(&headers, "authorization") != expected {
        shared.violation("token request: Authorization is not Basic <client_id>: with an empty password");
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed");
    }
    if !options.client_ids.iter().any(|known| known == client_id) {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client", "Unknown client");
    }
    match field("grant_type") {
        TICKET_GRANT => exchange(&shared, &options, client_id, &fields, fault.as_ref()),
        "refresh_token" => refresh(&shared, &options, client_id, &fields, fault.as_ref()),
        other => {
            shared.violation(format!("token request: grant_type {other:?}"));
            refusal(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Unsupported grant type")
        }
    }
}

fn exchange(
    shared: &Shared,
    options: &Options,
    client_id: &str,
    fields: &HashMap<String, String>,
    fault: Option<&Extension<Fault>>,
) -> Response {
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let mut state = shared.state();
    let spent_elsewhere = is(fault, &Fault::SpentTicket);
    let service = field("service_url");
    let Some(user) = spend_ticket(&mut state, options, field("service_ticket"), service, spent_elsewhere)
    else {
        return refusal(StatusCode::BAD_REQUEST, "invalid_request", "invalid service ticket provided");
    };
    let named = service::parse(&shared.base, service);
    let home = state.users.get(user).map(|it| it.account.domain.clone()).unwrap_or_default();
    let family = TokenFamily {
        user,
        client_id: client_id.to_owned(),
        dead: false,
        domain: named.as_ref().and_then(|it| it.domain).map_or(home, str::to_owned),
        from_widget: named.is_some_and(|it| it.kind == ServiceKind::Embed),
    };
    state.families.push(family);
    state.exchanges += 1;
    let family = state.families.len() - 1;
    Json(issue(&mut state, options, family, true)).into_response()
}

/// Uses up a ticket and gives its user. Only the ticket's own service string opens it; a wrong string leaves
/// nothing to try again, as with CAS.
pub(super) fn spend_ticket(
    state: &mut State,
    options: &Options,
    name: &str,
    service: &str,
    spent_elsewhere: bool,
) -> Option<UserIndex> {
    let ticket = state.tickets.get_mut(name)?;
    let good = ticket_is_fresh(ticket, options) && ticket.service == service && !spent_elsewhere;
    ticket.spent = true;
    good.then_some(ticket.user)
}

fn refresh(
    shared: &Shared,
    options: &Options,
    client_id: &str,
    fields: &HashMap<String, String>,
    fault: Option<&Extension<Fault>>,
) -> Response {
    let invalid = |why: &str| {
        refusal(StatusCode::BAD_REQUEST, "invalid_grant", &format!("Invalid refresh token: {why}"))
    };
    let name = fields.get("refresh_token").map(String::as_str).unwrap_or_default();
    let mut state = shared.state();
    let Some(token) = state.refresh_tokens.get(name) else {
        return invalid("unknown");
    };
    let (index, rotated, expired) = (token.family, token.rotated, token.expires_at <= unix_now());
    let revoked = is(fault, &Fault::RevokedRefreshToken);
    let Some(family) = state.families.get_mut(index) else { return invalid("unknown") };
    if rotated {
        family.dead = true;
        shared.violation("a refresh token was used again after it had been rotated");
        state.access_tokens.retain(|_, token| token.family != Some(index));
        return invalid("already used");
    }
    family.dead |= revoked;
    if family.dead || expired {
        return invalid("revoked");
    }
    if family.client_id != client_id {
        shared.violation("a refresh token was used with another client id than its own");
        return invalid("wrong client");
    }
    let (user, domain) = (family.user, family.domain.clone());
    if let Some(user) = state.users.get(user).filter(|it| it.account.domain != domain) {
        let text = format!("User doesn't exist in DB for GarminGUID: {}", user.garmin_guid);
        return refusal(StatusCode::BAD_REQUEST, "invalid_grant", &text);
    }
    state.refreshes += 1;
    let rotate = !is(fault, &Fault::NoNewRefreshToken);
    if rotate && let Some(old) = state.refresh_tokens.get_mut(name) {
        old.rotated = true;
    }
    Json(issue(&mut state, options, index, rotate)).into_response()
}

/// A new access token of a family and, where asked, a new refresh token.
fn issue(state: &mut State, options: &Options, index: usize, with_refresh_token: bool) -> Value {
    let Some(family) = state.families.get(index) else { return Value::Null };
    let Some(user) = state.users.get(family.user) else { return Value::Null };
    let now = unix_now();
    let guid = user.garmin_guid.clone();
    let scope = "ATP_READ ATP_WRITE COMMUNITY_COURSE_READ COMMUNITY_COURSE_WRITE CONNECT_MCT_DAILY_LOG_READ \
                 CONNECT_READ CONNECT_WRITE DIVE_API_READ DIVE_API_WRITE DI_OAUTH_2_AUTHORIZATION_CODE_CREATE \
                 DT_CLIENT_ANALYTICS_WRITE GARMINPAY_READ GARMINPAY_WRITE GCOFFER_READ GCOFFER_WRITE GHS_SAMD \
                 GHS_UPLOAD GOLF_API_READ GOLF_API_WRITE INSIGHTS_READ INSIGHTS_WRITE OMT_CAMPAIGN_READ \
                 OMT_SUBSCRIPTION_READ PRODUCT_SEARCH_READ";
    let jti = uuid::Uuid::new_v4().to_string();
    let access = json_web_token(&json!({
        "iss": format!("https://diauth.{}", family.domain),
        "client_type": "UNDEFINED",
        "client_id": family.client_id,
        "garmin_guid": guid,
        "scope": scope.split(' ').collect::<Vec<_>>(),
        "grant_type": "service_ticket",
        "iat": now,
        "exp": now + options.access_token_seconds,
        "jti": jti,
    }));
    let token = AccessToken {
        user: family.user,
        expires_at: now + options.access_token_seconds,
        family: Some(index),
    };
    keep_access_token(state, access.clone(), token);
    let mut answer = json!({
        "scope": scope,
        "jti": jti,
        "token_type": "Bearer",
        "access_token": access,
        "expires_in": options.access_token_seconds,
        "refresh_token_expires_in": options.refresh_token_seconds,
        "customerId": guid,
    });
    if with_refresh_token {
        let refresh =
            STANDARD.encode(json!({"refreshTokenValue": random_text(36), "garminGuid": guid}).to_string());
        let refresh = crate::server::issued(refresh);
        let expires_at = now + options.refresh_token_seconds;
        state
            .refresh_tokens
            .insert(refresh.clone(), RefreshToken { family: index, rotated: false, expires_at });
        answer["refresh_token"] = json!(refresh);
    }
    answer
}

/// Remembers an access token; sweeps out expired ones now and then.
pub(super) fn keep_access_token(state: &mut State, name: String, token: AccessToken) {
    if state.access_tokens.len() >= SWEEP_AT {
        let now = unix_now();
        state.access_tokens.retain(|_, it| it.expires_at > now);
    }
    state.access_tokens.insert(name, token);
}

/// Tokens of a session that another program began.
pub(super) fn mint_for_import(shared: &Shared, state: &mut State, user: UserIndex) -> DiTokens {
    let options = shared.options();
    let client_id = options.client_ids.first().cloned().unwrap_or_default();
    let domain = state.users.get(user).map(|it| it.account.domain.clone()).unwrap_or_default();
    let family = TokenFamily { user, client_id: client_id.clone(), dead: false, domain, from_widget: false };
    state.families.push(family);
    let index = state.families.len() - 1;
    let issued = issue(state, &options, index, true);
    let text = |name: &str| issued[name].as_str().unwrap_or_default().to_owned();
    DiTokens {
        di_token: text("access_token"),
        di_refresh_token: text("refresh_token"),
        di_client_id: client_id,
    }
}

/// A bearer for an OAuth1 token's owner. Its refresh token is good for nothing, as in reality.
pub(super) fn bearer_for_oauth1(shared: &Shared, state: &mut State, user: UserIndex) -> Value {
    let options = shared.options();
    let now = unix_now();
    let jti = uuid::Uuid::new_v4().to_string();
    let guid = state.users.get(user).map(|it| it.garmin_guid.clone()).unwrap_or_default();
    let access = json_web_token(&json!({
        "iss": "https://connectapi.garmin.com",
        "client_id": "GARMIN_CONNECT_MOBILE_ANDROID_DI",
        "garmin_guid": guid,
        "iat": now,
        "exp": now + options.access_token_seconds,
        "jti": jti,
    }));
    let token = AccessToken { user, expires_at: now + options.access_token_seconds, family: None };
    keep_access_token(state, access.clone(), token);
    json!({
        "scope": "CONNECT_READ CONNECT_WRITE",
        "jti": jti,
        "access_token": access,
        "token_type": "Bearer",
        "refresh_token": random_hex(152),
        "expires_in": options.access_token_seconds,
        "refresh_token_expires_in": options.refresh_token_seconds,
    })
}

/// Who makes a data call. Taking it checks the bearer token, and the headers that Garmin's own programs send.
pub struct Caller(pub UserIndex);

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let unauthorized = answers::error(StatusCode::UNAUTHORIZED, "Unauthorized", "UnauthorizedException");
        let headers = &parts.headers;
        if headers.contains_key("cookie") {
            shared.violation("a data call carries a cookie");
        }
        check_native_headers(shared, headers, "data call");
        let Some(bearer) = text(headers, "authorization").strip_prefix("Bearer ") else {
            shared.violation("a data call without a bearer token");
            return Err(unauthorized.into());
        };
        let widget_inactive = shared.options().widget_tokens_inactive;
        let mut state = shared.state();
        if parts.extensions.get::<Fault>() == Some(&Fault::ExpiredAccessToken) {
            state.access_tokens.remove(bearer);
        }
        let Some(token) = state.access_tokens.get(bearer).filter(|it| it.expires_at > unix_now()) else {
            return Err(unauthorized.into());
        };
        let family = token.family.and_then(|index| state.families.get(index));
        if widget_inactive && family.is_some_and(|it| it.from_widget) {
            return Err(answers::token_not_active().into());
        }
        if family.is_some_and(|it| it.dead) {
            return Err(unauthorized.into());
        }
        Ok(Self(token.user))
    }
}

/// Garmin's Android program sends a set of headers; its iOS program (and garth) only a `User-Agent`.
fn check_native_headers(shared: &Shared, headers: &HeaderMap, place: &str) {
    let agent = text(headers, "user-agent");
    if agent.starts_with("GCM-iOS-") && place == "data call" {
        return;
    }
    if !agent.starts_with("GCM-Android-") {
        shared.violation(format!("{place}: User-Agent {agent:?}"));
        return;
    }
    let required = [
        ("x-garmin-user-agent", "com.garmin.android.apps.connectmobile/"),
        ("x-garmin-paired-app-version", ""),
        ("x-garmin-client-platform", "Android"),
        ("x-app-ver", ""),
        ("x-lang", ""),
        ("x-gcexperience", "GC5"),
        ("accept-language", ""),
    ];
    for (name, start) in required {
        let value = text(headers, name);
        if value.is_empty() || !value.starts_with(start) {
            shared.violation(format!("{place}: header {name} is {value:?}"));
        }
    }
    if text(headers, "accept").is_empty() {
        shared.violation(format!("{place}: no Accept"));
    }
}

fn refusal(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}
