//! The sign-in pages that a person sees, as real HTML for a browser window, and the page of the web program that a
//! ticket is meant for (loading it spends the ticket).

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, RawQuery, State as Routed};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::answers::{escape_html, page, set_cookies};
use super::service::{self, ServiceKind};
use super::sign_in::{
    ask_for_code, authenticate, cookie, keep_signed_in, method_of, mint_ticket, note_success, open_session,
    send_code, take_code, text,
};
use super::state::{Flow, Login, LoginOutcome, MfaMethod, PageVisit, State, UserIndex};
use super::widget::{form, found};
use super::{Shared, ticket_is_fresh};
use crate::server::{random_hex, random_text};

type Parameters = Query<HashMap<String, String>>;
type App = Routed<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/mobile/sso/{locale}/sign-in", get(mobile_page))
        .route("/portal/sso/{locale}/sign-in", get(portal_page).post(submit_portal_form))
        .route("/portal/sso/embed", get(load_balancer_cookie))
        .route("/app", get(web_program))
        .route("/modern", get(web_program))
        .route("/modern/", get(web_program))
}

async fn mobile_page(
    Routed(shared): App,
    Path(_locale): Path<String>,
    Query(query): Parameters,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    sign_in_page(&shared, Flow::Mobile, &query, raw.as_deref(), &headers)
}

async fn portal_page(
    Routed(shared): App,
    Path(_locale): Path<String>,
    Query(query): Parameters,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    sign_in_page(&shared, Flow::Portal, &query, raw.as_deref(), &headers)
}

/// Only sets the load balancer's cookie; clients load it before an OAuth1 exchange.
async fn load_balancer_cookie() -> Response {
    let mut answer = page("GAuth Embedded Version", "").into_response();
    set_cookies(&mut answer, &[("__cflb", &random_hex(20))]);
    answer
}

/// The page for e-mail, password and code. In a browser that is signed in already it goes on at once.
fn sign_in_page(
    shared: &Shared,
    flow: Flow,
    query: &HashMap<String, String>,
    raw: Option<&str>,
    headers: &HeaderMap,
) -> Response {
    let client_id = query.get("clientId").cloned().unwrap_or_default();
    let service = query.get("service").cloned();
    let Some(kind) = ServiceKind::of_client(&client_id) else {
        shared.violation(format!("sign-in page: unknown clientId {client_id:?}"));
        return (StatusCode::BAD_REQUEST, page("Unknown client", "")).into_response();
    };
    if let Some(service) = &service
        && service::parse(&shared.base, service).map(|it| it.kind) != Some(kind)
    {
        shared.violation(format!("sign-in page: service {service:?} does not belong to {client_id}"));
        return (StatusCode::BAD_REQUEST, page("Unknown service", "")).into_response();
    }
    if !text(headers, "user-agent").starts_with("Mozilla/5.0") {
        shared.violation("sign-in page: the User-Agent is not a browser's");
    }
    if !text(headers, "accept").contains("text/html") && !text(headers, "accept").contains("*/*") {
        shared.violation("sign-in page: Accept does not ask for HTML");
    }
    let mut state = shared.state();
    let signed_in = cookie(headers, "CASTGC").and_then(|it| state.granting_tickets.get(&it).copied());
    if let (Some(user), Some(service)) = (signed_in, &service) {
        note_success(&mut state, user, Flow::Page);
        let ticket = mint_ticket(&mut state, user, service, true, "cas");
        return found(&format!("{service}?ticket={ticket}"));
    }
    let session = open_session(&mut state, headers);
    if let Some(session) = state.sessions.get_mut(&session) {
        session.pages.push(PageVisit { flow, client_id: Some(client_id), service });
    }
    let body = match query.get("flow").map(String::as_str) {
        Some("302" | "303") => password_form(raw.unwrap_or_default(), ""),
        _ => scripted_form(flow),
    };
    let mut answer = page("Garmin Sign In", &body).into_response();
    let (instance, bot, sticky, visitor) =
        (random_text(36), random_text(43), random_hex(20), random_text(30));
    let cookies = [
        ("SESSION", session.as_str()),
        ("__VCAP_ID__", &instance),
        ("__cf_bm", &bot),
        ("__cflb", &sticky),
        ("_cfuvid", &visitor),
    ];
    set_cookies(&mut answer, &cookies);
    answer
}

/// A form that signs in by fetch and then navigates by script, as the real page does; or tells the phone
/// program's bridge, where there is one.
fn scripted_form(flow: Flow) -> String {
    let api = if flow == Flow::Mobile { "/mobile/api" } else { "/portal/api" };
    include_str!("sign_in_page.html").replace("{{api}}", api)
}

fn password_form(raw_query: &str, notice: &str) -> String {
    let action = escape_html(&format!("?{raw_query}"));
    format!(
        "<form id=\"sign-in\" method=\"post\" action=\"{action}\">\n\
         <label>Email <input id=\"email\" name=\"username\" type=\"email\"></label>\n\
         <label>Password <input id=\"password\" name=\"password\" type=\"password\"></label>\n\
         <button id=\"submit\">Sign In</button>\n<p id=\"error\">{notice}</p>\n</form>"
    )
}

fn code_form(raw_query: &str, notice: &str) -> String {
    let action = escape_html(&format!("?{raw_query}"));
    format!(
        "<form id=\"code\" method=\"post\" action=\"{action}\">\n\
         <label>Code <input id=\"mfa-code\" name=\"mfa-code\" inputmode=\"numeric\"></label>\n\
         <button id=\"verify\">Next</button>\n<p id=\"error\">{notice}</p>\n</form>"
    )
}

/// The variant of the page that posts a form and is redirected with 302 or 303 (`flow=302`, `flow=303`).
async fn submit_portal_form(
    Routed(shared): App,
    Path(_locale): Path<String>,
    Query(query): Parameters,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let raw = raw.unwrap_or_default();
    let fields = form(&shared, &headers, &body);
    let mut state = shared.state();
    let session = cookie(&headers, "SESSION").unwrap_or_default();
    if !state.sessions.get(&session).is_some_and(|it| it.pages.iter().any(|page| page.flow == Flow::Portal)) {
        shared.violation("sign-in form: no SESSION cookie of the sign-in page");
        return (StatusCode::TOO_MANY_REQUESTS, page("Too many requests", "")).into_response();
    }
    if let Some(code) = fields.get("mfa-code") {
        let pending = state.sessions.get(&session).and_then(|it| it.pending_mfa.clone());
        let Some(pending) = pending.filter(|it| it.flow == Flow::Page) else {
            return (StatusCode::FORBIDDEN, page("Forbidden", "")).into_response();
        };
        if !take_code(&mut state, &session, Flow::Page, code.trim()) {
            return page("Garmin Sign In", &code_form(&raw, "That code is not right.")).into_response();
        }
        return redirect_with_ticket(&mut state, pending.user, &query, true);
    }
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let Some(user) = authenticate(&state, field("username"), field("password")) else {
        let (email, outcome) = (field("username").to_owned(), LoginOutcome::WrongPassword);
        state.logins.push(Login { email, flow: Flow::Page, outcome });
        return page("Garmin Sign In", &password_form(&raw, "Wrong email or password.")).into_response();
    };
    if method_of(&state, user) == MfaMethod::None {
        return redirect_with_ticket(&mut state, user, &query, false);
    }
    ask_for_code(&mut state, &session, user, Flow::Page);
    send_code(&mut state, user);
    page("Garmin Sign In", &code_form(&raw, "")).into_response()
}

fn redirect_with_ticket(
    state: &mut State,
    user: UserIndex,
    query: &HashMap<String, String>,
    with_mfa: bool,
) -> Response {
    let service = query.get("service").map(String::as_str).unwrap_or_default();
    let ticket = mint_ticket(state, user, service, with_mfa, "sso");
    note_success(state, user, Flow::Page);
    let location = format!("{service}?ticket={ticket}");
    let mut answer = match query.get("flow").map(String::as_str) {
        Some("303") => Redirect::to(&location).into_response(),
        _ => found(&location),
    };
    keep_signed_in(state, user, &mut answer);
    answer
}

/// Garmin Connect in the browser: it consumes the ticket it is called with.
async fn web_program(Routed(shared): App, Query(query): Parameters) -> Response {
    if let Some(name) = query.get("ticket") {
        let options = shared.options();
        let mut state = shared.state();
        match state.tickets.get_mut(name).filter(|ticket| ticket_is_fresh(ticket, &options)) {
            Some(ticket) => ticket.spent = true,
            None => {
                return (StatusCode::UNAUTHORIZED, page("Garmin Connect", "Please sign in.")).into_response();
            }
        }
    }
    page("Garmin Connect", "<h1>Garmin Connect</h1>").into_response()
}
