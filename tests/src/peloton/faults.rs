//! Faults on demand: what can go wrong at Peloton, and the layer that makes it go wrong.
//!
//! Each request belongs to endpoint groups, from the narrow to the wide (for a graph: `graph`, `api`, `any`). A fault
//! queued for a group hits the next request of that group.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shares};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Json, Router};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::generate::{Discipline, Options};
use super::{Shared, tokens};
use crate::server::cut_connection;

/// Larger than any request that a client may send.
const BODY_LIMIT: usize = 64 * 1024;

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
    /// An outage: 503 unless another status is given.
    #[serde(alias = "server_error")]
    Outage {
        #[serde(default = "service_unavailable")]
        status: u16,
    },
    /// The connection is closed without an answer; nothing was done.
    CutBefore,
    /// The request is carried out, then the connection is closed without an answer.
    CutAfter,
    /// 200 with an HTML page where JSON is due.
    Html,
    /// 200 with half of the JSON.
    HalfAnAnswer,
    /// 200 with JSON of another shape: `{"hello": "world"}`.
    OtherJson,
    /// 403 with the HTML page of the network edge.
    EdgeBlock,
    /// 402 `PaymentRequired` (peloton-to-garmin#555).
    PaymentRequired,
    NotFound,
    /// The answer comes late.
    Slow {
        milliseconds: u64,
    },
    /// The access token of this request expires before it is looked at.
    ExpiredAccessToken,
    /// 401 whatever the token is.
    Unauthorized,
    /// The refresh token of this request was revoked before it is looked at.
    RevokedRefreshToken,
    /// The right password is answered with `requires_verification`.
    Captcha,
    /// The right password is followed by a page that asks for a code.
    SecondFactor,
    /// The account is blocked after too many wrong passwords.
    TooManyAttempts,
    /// The password check does not find the CSRF token that it gave (peloton-to-garmin#820).
    MissingCsrf,
    /// The walk ends with `error=access_denied` instead of a code.
    AccessDenied,
    /// Before this list page is made, a new workout arrives and pushes all rows down by one.
    NewWorkout,
}

fn service_unavailable() -> u16 {
    503
}

/// Whether the route was handed this fault.
pub(super) fn is(fault: Option<&Extension<Fault>>, wanted: &Fault) -> bool {
    fault.is_some_and(|Extension(found)| found == wanted)
}

/// Puts the faults in front of all routes.
pub(super) fn layer(router: Router, shared: Arc<Shared>) -> Router {
    router.layer(middleware::from_fn_with_state(shared, apply))
}

/// Takes the fault that waits for this request, if any, and applies it, or hands it to the route as an [`Extension`]
/// where only the route can know how.
async fn apply(Shares(shared): Shares<Arc<Shared>>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/_sim/") || shared.faults.waiting() == 0 {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    // What the client is still sending must be read, or it sees a reset before it sees the answer.
    let body = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    let token_fields =
        if parts.uri.path() == "/oauth/token" { tokens::fields(&parts.headers, &body) } else { json!(null) };
    let is_refresh = token_fields["grant_type"] == "refresh_token";
    let groups = groups(parts.uri.path(), parts.uri.query().unwrap_or_default(), is_refresh);
    let mut request = Request::from_parts(parts, Body::from(body));
    let Some(fault) = shared.faults.take(&groups) else { return next.run(request).await };
    if let Some(answer) = instead(&fault) {
        return answer;
    }
    match fault {
        Fault::CutAfter => {
            next.run(request).await;
            return cut_connection();
        }
        Fault::HalfAnAnswer => return half(next.run(request).await).await,
        Fault::Slow { milliseconds } => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
        Fault::ExpiredAccessToken => expire(&shared, request.headers()),
        Fault::RevokedRefreshToken => {
            let token = token_fields["refresh_token"].as_str().unwrap_or("");
            if let Some(known) = shared.state().refresh.get_mut(token) {
                known.is_revoked = true;
            }
        }
        Fault::NewWorkout => {
            let mut state = shared.state();
            if let Some(user) = tokens::bearer(&state, request.headers()) {
                let start = Utc::now().timestamp() - 600;
                state.generate_workout(user, Discipline::CyclingClass, &Options::at(start).minutes(10));
            }
        }
        for_the_route => {
            request.extensions_mut().insert(for_the_route);
        }
    }
    next.run(request).await
}

fn expire(shared: &Shared, headers: &HeaderMap) {
    if let Some(token) = tokens::bearer_text(headers) {
        shared.state().access.remove(token);
    }
}

async fn half(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
}

/// The answer of faults that replace the route; `None` for all others.
fn instead(fault: &Fault) -> Option<Response> {
    let status = |code: u16| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let error = |code: StatusCode, words: &str| {
        let body = json!({"status": code.as_u16(), "error_code": 0, "message": words, "details": null});
        (code, Json(body)).into_response()
    };
    Some(match fault {
        Fault::RateLimited { retry_after_seconds, as_date } => {
            let mut answer = error(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
            if let Some(seconds) = retry_after_seconds {
                answer.headers_mut().insert(header::RETRY_AFTER, retry_after(*seconds, *as_date));
            }
            answer
        }
        Fault::Outage { status: code } => error(status(*code), "Internal error"),
        Fault::CutBefore => cut_connection(),
        Fault::Html => {
            Html("<!DOCTYPE html><html><body>We are updating Peloton.</body></html>").into_response()
        }
        Fault::OtherJson => Json(json!({"hello": "world"})).into_response(),
        Fault::EdgeBlock => {
            (StatusCode::FORBIDDEN, Html("<!DOCTYPE html><html><body>Access denied</body></html>"))
                .into_response()
        }
        Fault::PaymentRequired => error(StatusCode::PAYMENT_REQUIRED, "PaymentRequired"),
        Fault::NotFound => error(StatusCode::NOT_FOUND, "Not found"),
        Fault::Unauthorized => super::api::not_logged_in(),
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

/// The endpoint groups of a request.
fn groups(path: &str, query: &str, is_refresh: bool) -> Vec<&'static str> {
    let mut groups = match path {
        "/authorize" => vec!["authorize", "auth"],
        "/login" => vec!["login_page", "auth"],
        "/usernamepassword/login" | "/u/login" => vec!["login", "auth"],
        "/login/callback" => vec!["login_callback", "auth"],
        "/authorize/resume" | "/continue" | "/sso/login_site" | "/sso/login_domain" => vec!["chain", "auth"],
        "/oauth/token" if is_refresh => vec!["token_refresh", "token", "auth"],
        "/oauth/token" => vec!["token_exchange", "token", "auth"],
        "/api/me" => vec!["me", "api"],
        path if path.starts_with("/api/ride/") => vec!["ride", "api"],
        path if path.ends_with("/performance_graph") => vec!["graph", "api"],
        path if path.starts_with("/api/workout/") => vec!["workout", "api"],
        path if path.ends_with("/settings") => vec!["settings", "api"],
        path if path.ends_with("/workouts") => {
            let page = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "page");
            let is_first = page.is_none_or(|(_, page)| page == "0");
            vec![if is_first { "list_first" } else { "list_next" }, "list", "api"]
        }
        path if path.starts_with("/api/") => vec!["api"],
        _ => Vec::new(),
    };
    groups.push("any");
    groups
}
