//! The second sign-in host (`auth-orca`), and the members site, which share a server under two names.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State as Shares};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::get;

use super::sign_in::{cookie, redirect};
use super::{Shared, pages};
use crate::server::random_text;

/// The session cookie of the second sign-in host.
pub(super) const SESSION_COOKIE: &str = "orca_session";
/// Cookies of the first sign-in host.
const FOREIGN_COOKIES: [&str; 3] = ["auth0", "did", "_csrf"];

type Parameters = Query<HashMap<String, String>>;

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/sso/login_site", get(login_site))
        .route("/sso/login_domain", get(login_domain))
        .route("/callback", get(callback))
        .with_state(shared)
}

/// The second host is reached by name, so its cookies and those of the first must not meet.
fn watch(shared: &Shared, headers: &HeaderMap) {
    for name in FOREIGN_COOKIES {
        if cookie(headers, name).is_some() {
            shared.violation(format!("the cookie {name} of the sign-in host was sent to the second one"));
        }
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    if !host.starts_with("localhost:") {
        shared.violation(format!("the second sign-in host was called {host:?}"));
    }
}

async fn login_site(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    Query(sent): Parameters,
) -> Response {
    watch(&shared, &headers);
    let id = sent.get("state").map_or("", String::as_str);
    let session = random_text(32);
    match shared.state().transactions.get_mut(id).filter(|transaction| transaction.session.is_some()) {
        Some(transaction) => transaction.orca_session = Some(session.clone()),
        None => return (StatusCode::BAD_REQUEST, "unknown state").into_response(),
    }
    let place = format!("/sso/login_domain?state={id}");
    let set = format!("{SESSION_COOKIE}={session}; Path=/; HttpOnly");
    (StatusCode::SEE_OTHER, AppendHeaders([(header::LOCATION, place), (header::SET_COOKIE, set)]))
        .into_response()
}

async fn login_domain(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    Query(sent): Parameters,
) -> Response {
    watch(&shared, &headers);
    let id = sent.get("state").map_or("", String::as_str);
    let passed = match shared.state().transactions.get_mut(id) {
        Some(it)
            if it.orca_session.is_some()
                && cookie(&headers, SESSION_COOKIE) == it.orca_session.as_deref() =>
        {
            it.passed_orca = true;
            true
        }
        _ => false,
    };
    if !passed {
        shared.violation("/sso/login_domain: the session cookie is missing or wrong");
        return (StatusCode::BAD_REQUEST, "no session").into_response();
    }
    redirect(StatusCode::SEE_OTHER, &format!("{}/continue?state={id}", shared.addresses().auth))
}

/// Whoever loads this page lets the members site's own script spend the code.
async fn callback(Shares(shared): Shares<Arc<Shared>>, Query(sent): Parameters) -> Response {
    if shared.options().members_site_spends_code {
        let code = sent.get("code").map_or("", String::as_str);
        let spent =
            shared.state().codes.get_mut(code).is_some_and(|it| !std::mem::replace(&mut it.is_spent, true));
        if spent {
            shared.violation("the members site's callback page was loaded, and its script spent the code");
        }
    }
    pages::members_home().into_response()
}
