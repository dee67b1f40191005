//! Faults on demand: what can go wrong at Garmin, and the layer that makes it go wrong.
//!
//! Each request belongs to endpoint groups, from the narrow to the wide (for an upload: `upload`, `connectapi`,
//! `any`). A fault queued for a group hits the next request of that group.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Json};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Shared;
use super::answers;
use crate::server::cut_connection;

/// Something that goes wrong. Over HTTP: `{"kind": "rate_limited", "retry_after_seconds": 120}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// 429, with `Retry-After` where a number of seconds is given, in seconds or as an HTTP date.
    #[serde(alias = "rate_limit")]
    RateLimited {
        #[serde(default)]
        retry_after_seconds: Option<u32>,
        #[serde(default)]
        as_date: bool,
    },
    /// The non-standard status 427.
    Blocked427,
    /// `{"error":{"status-code":"427"}}` inside a 200.
    Blocked427InBody,
    /// `{"error":{"status-code":"429"}}` inside a 200.
    RateLimitedInBody,
    /// 403 with Cloudflare's challenge page.
    Cloudflare,
    /// 403 with `ForbiddenException` in JSON (python-garminconnect#444).
    Forbidden,
    /// 200 with `CAPTCHA_REQUIRED`.
    Captcha,
    /// 401 whatever the token is.
    Unauthorized,
    /// 401 "Token is not active" (python-garminconnect#369).
    TokenNotActive,
    /// The access token of this request has expired from now on.
    ExpiredAccessToken,
    /// The refresh token of this request has been revoked.
    RevokedRefreshToken,
    /// A refresh answers without a new refresh token: the old one stays good.
    NoNewRefreshToken,
    /// The ticket of this exchange was spent elsewhere.
    SpentTicket,
    /// An outage.
    Outage { status: u16 },
    /// The connection is closed without an answer; nothing was done.
    CutBefore,
    /// The request is carried out, then the connection is closed without an answer.
    CutAfter,
    /// The request is carried out, then answered 500.
    #[serde(rename = "accepted_then_500")]
    AcceptedThen500,
    /// 200 with an HTML page.
    Html,
    /// The answer comes late.
    Slow { milliseconds: u64 },
    /// A duplicate is answered 200 with message code 202 in the body, not 409.
    #[serde(rename = "duplicate_in_2xx")]
    DuplicateIn2xx,
    /// A duplicate is accepted with 202; polling then answers 409.
    DuplicateWhenPolled,
    /// `internalId` comes as a string.
    InternalIdString,
    /// `internalId` comes as a string with quotes in it (hevy2garmin#153).
    InternalIdQuoted,
    /// A duplicate is answered as a success with the existing activity's id (hevy2garmin#279).
    ExistingIdAsSuccess,
    /// The upload is processed at once: 201 with the id in the body, nothing to poll.
    Immediate,
    /// This upload is accepted and its activity appears, but its status stays 202 for ever.
    PollNeverEnds,
    /// 412: the account has not agreed to uploads.
    Consent,
    /// A weight file, a weight or a blood pressure is answered as accepted and never appears (withings-sync#204).
    AcceptedThenNothing,
}

/// The layer in front of all routes: takes the fault that waits for this request, if any, and applies it, or
/// hands it to the route as an [`Extension`] where only the route can know how.
pub async fn apply(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/_sim/") || shared.faults.waiting() == 0 {
        return next.run(request).await;
    }
    let (mut request, groups) = classify(request).await;
    let Some(fault) = shared.faults.take(&groups) else { return next.run(request).await };
    if let Some(answer) = instead(&fault, groups.contains(&"sso")) {
        // What the client is still sending must be read, or it sees a reset before it sees the answer.
        if fault != Fault::CutBefore {
            let _ = axum::body::to_bytes(request.into_body(), usize::MAX).await;
        }
        return answer;
    }
    match fault {
        Fault::CutAfter => {
            next.run(request).await;
            cut_connection()
        }
        Fault::AcceptedThen500 => {
            next.run(request).await;
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Fault::Slow { milliseconds } => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            next.run(request).await
        }
        for_the_route => {
            request.extensions_mut().insert(for_the_route);
            next.run(request).await
        }
    }
}

/// The answer of faults that replace the route; `None` for all others.
fn instead(fault: &Fault, at_sign_in: bool) -> Option<Response> {
    let status = |code: u16| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Some(match fault {
        Fault::RateLimited { retry_after_seconds, as_date } => {
            let mut answer = answers::blocked(StatusCode::TOO_MANY_REQUESTS, "429");
            if let Some(seconds) = retry_after_seconds {
                answer.headers_mut().insert(header::RETRY_AFTER, retry_after(*seconds, *as_date));
            }
            answer
        }
        Fault::Blocked427 => answers::blocked(status(427), "427"),
        Fault::Blocked427InBody => answers::blocked(StatusCode::OK, "427"),
        Fault::RateLimitedInBody => answers::blocked(StatusCode::OK, "429"),
        Fault::Cloudflare => {
            let page = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>error code: 1020</body></html>";
            let mut answer = (StatusCode::FORBIDDEN, Html(page)).into_response();
            answer.headers_mut().insert("cf-mitigated", HeaderValue::from_static("challenge"));
            answer
        }
        Fault::Forbidden => answers::error(StatusCode::FORBIDDEN, "Forbidden", "ForbiddenException"),
        Fault::Captcha => Json(answers::sign_in("CAPTCHA_REQUIRED", "captchaRequired", "OK")).into_response(),
        Fault::Unauthorized => answers::error(StatusCode::UNAUTHORIZED, "Unauthorized", "UnauthorizedException"),
        Fault::TokenNotActive => answers::token_not_active(),
        Fault::Outage { status: code } if at_sign_in => {
            (status(*code), Html("<html><head><title>503 Service Unavailable</title></head></html>")).into_response()
        }
        Fault::Outage { status: code } => status(*code).into_response(),
        Fault::CutBefore => cut_connection(),
        Fault::Html => Html("<!DOCTYPE html><html><head><title>Garmin Connect</title></head><body>We are improving things.</body></html>").into_response(),
        Fault::Consent => (
            StatusCode::PRECONDITION_FAILED,
            Json(json!({"message": "HTTP 412 Precondition Failed", "error": "PreconditionFailedException"})),
        )
            .into_response(),
        _ => return None,
    })
}

fn retry_after(seconds: u32, as_date: bool) -> HeaderValue {
    let text = if as_date {
        let when = Utc::now() + chrono::Duration::seconds(i64::from(seconds));
        when.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    } else {
        seconds.to_string()
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("60"))
}

/// The endpoint groups of a request. A token request must be read to tell an exchange from a refresh.
async fn classify(request: Request) -> (Request, Vec<&'static str>) {
    let path = request.uri().path();
    let method = request.method();
    let get = method == Method::GET;
    let groups: &[&'static str] = if path == "/di-oauth2-service/oauth/token" {
        return classify_token_request(request).await;
    } else if get && path.starts_with("/sso/") {
        &["widget_page", "sso_page", "sso"]
    } else if get && path.starts_with("/mobile/") {
        &["mobile_page", "sso_page", "sso"]
    } else if get && path.starts_with("/portal/") {
        &["portal_page", "sso_page", "sso"]
    } else if path.ends_with("/api/mfa/verifyCode") || path.starts_with("/sso/verifyMFA/") {
        &["mfa", "sso"]
    } else if path == "/mobile/api/login" {
        &["mobile_login", "login", "sso"]
    } else if path == "/portal/api/login" || path.starts_with("/portal/") {
        &["portal_login", "login", "sso"]
    } else if path == "/sso/signin" {
        &["widget_login", "login", "sso"]
    } else if path == "/oauth_consumer.json" {
        &["consumer"]
    } else if path.ends_with("/oauth/preauthorized") {
        &["preauthorized", "oauth1"]
    } else if path.ends_with("/oauth/exchange/user/2.0") {
        &["oauth_exchange", "oauth1"]
    } else if path.starts_with("/upload-service/") {
        &["upload", "connectapi"]
    } else if path.starts_with("/activity-service/activity/status/") {
        &["poll", "connectapi"]
    } else if path.starts_with("/activitylist-service/") {
        &["list", "connectapi"]
    } else if path.starts_with("/activity-service/") {
        match *method {
            Method::GET => &["activity", "connectapi"],
            Method::DELETE => &["delete", "connectapi"],
            _ => &["edit", "connectapi"],
        }
    } else if path.starts_with("/download-service/") {
        &["download", "connectapi"]
    } else if path.starts_with("/gear-service/") {
        &["gear", "connectapi"]
    } else if path.starts_with("/device-service/") {
        &["device", "connectapi"]
    } else if path.starts_with("/weight-service/") {
        match *method {
            Method::GET => &["weight_read", "weight", "connectapi"],
            Method::DELETE => &["weight_delete", "weight", "connectapi"],
            _ => &["weight_write", "weight", "connectapi"],
        }
    } else if path.starts_with("/bloodpressure-service/") {
        match *method {
            Method::GET => &["blood_pressure_read", "blood_pressure", "connectapi"],
            Method::DELETE => &["blood_pressure_delete", "blood_pressure", "connectapi"],
            _ => &["blood_pressure_write", "blood_pressure", "connectapi"],
        }
    } else if path.starts_with("/userprofile-service/") {
        &["profile", "connectapi"]
    } else {
        &[]
    };
    let groups = groups.iter().copied().chain(["any"]).collect();
    (request, groups)
}

async fn classify_token_request(request: Request) -> (Request, Vec<&'static str>) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let refresh = url::form_urlencoded::parse(&body)
        .any(|(name, value)| name == "grant_type" && value == "refresh_token");
    let narrow = if refresh { "token_refresh" } else { "ticket_exchange" };
    (Request::from_parts(parts, Body::from(body)), vec![narrow, "diauth", "any"])
}

/// Whether the route was handed this fault.
pub fn is(fault: Option<&Extension<Fault>>, wanted: &Fault) -> bool {
    fault.is_some_and(|Extension(found)| found == wanted)
}
