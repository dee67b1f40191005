//! The classic sign-in in HTML: the embed widget with its CSRF tokens and its page for the second factor, and the
//! address that mints a ticket for any service in a browser that is signed in.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, RawQuery, State as Routed};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use url::Url;

use super::answers::{escape_html, page, set_cookies};
use super::service::{self, ServiceKind};
use super::sign_in::{
    ask_for_code, authenticate, cookie, keep_signed_in, method_of, mint_ticket, note_success, open_session,
    send_code, take_code, text,
};
use super::state::{Flow, Login, LoginOutcome, MfaMethod, PageVisit, State, UserIndex};
use super::{Shared, answers};
use crate::server::{random_hex, random_text};

const SIGN_IN_TITLE: &str = "GARMIN Authentication Application";
/// The `clientId` variable of the code page, to be quoted when asking for the e-mail.
const CODE_CLIENT_ID: &str = "GarminConnect";

type Parameters = Query<HashMap<String, String>>;
type App = Routed<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/sso/embed", get(embed))
        .route("/sso/signin", get(sign_in_page).post(submit_password))
        .route("/sso/verifyMFA/loginEnterMfaCode", get(code_page).post(submit_code))
        .route("/sso/verifyMFA/mfaCode", post(ask_for_mail))
        .route("/sso/login", get(finish))
}

async fn embed(Routed(_): App) -> Response {
    let mut answer = page("GAuth Embedded Version", "<div id=\"gauth-widget\"></div>").into_response();
    let (bot, sticky, visitor) = (random_text(43), random_hex(20), random_text(30));
    let cookies = [
        ("__cf_bm", bot.as_str()),
        ("__cflb", &sticky),
        ("_cfuvid", &visitor),
        ("org.springframework.web.servlet.i18n.CookieLocaleResolver.LOCALE", "en-US"),
    ];
    set_cookies(&mut answer, &cookies);
    answer
}

/// The page with the form; or at once the success page, where the browser is signed in already.
async fn sign_in_page(
    Routed(shared): App,
    Query(query): Parameters,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(service) = recognised_service(&shared, &query) else {
        return (StatusCode::BAD_REQUEST, page("Invalid service", "")).into_response();
    };
    let mut state = shared.state();
    if let Some(user) = cookie(&headers, "CASTGC").and_then(|it| state.granting_tickets.get(&it).copied()) {
        let ticket = mint_ticket(&mut state, user, &service, true, "cas");
        note_success(&mut state, user, Flow::Page);
        return success_page(&service, &ticket, &query).into_response();
    }
    let name = open_session(&mut state, &headers);
    let csrf = random_hex(128);
    if let Some(session) = state.sessions.get_mut(&name) {
        session.csrf.insert(csrf.clone());
        session.pages.push(PageVisit { flow: Flow::Widget, client_id: None, service: Some(service) });
    }
    let action = escape_html(&format!("/sso/signin?{}", raw.unwrap_or_default()));
    let form = format!(
        "<form id=\"login-form\" method=\"post\" action=\"{action}\">\n<input type=\"hidden\" name=\"embed\" value=\"true\">\n\
         <input type=\"hidden\" name=\"_csrf\" value=\"{csrf}\">\n<label>Email <input id=\"email\" name=\"username\" type=\"email\"></label>\n\
         <label>Password <input id=\"password\" name=\"password\" type=\"password\"></label>\n<button id=\"submit\">Sign In</button>\n</form>"
    );
    let mut answer = page(SIGN_IN_TITLE, &form).into_response();
    set_cookies(&mut answer, &[("SESSION", name.as_str()), ("__VCAP_ID__", &random_text(36))]);
    answer
}

async fn submit_password(
    Routed(shared): App,
    Query(query): Parameters,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(service) = recognised_service(&shared, &query) else {
        return (StatusCode::BAD_REQUEST, page("Invalid service", "")).into_response();
    };
    let form = form(&shared, &headers, &body);
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let mut state = shared.state();
    let session = match widget_session(&shared, &state, &headers, &service) {
        Ok(session) => session,
        Err(missing) => {
            shared.violation(format!("widget sign-in: {missing}"));
            let refused = Login { email: String::new(), flow: Flow::Widget, outcome: LoginOutcome::Refused };
            state.logins.push(refused);
            return answers::blocked(StatusCode::TOO_MANY_REQUESTS, "429");
        }
    };
    if !gave_csrf(&state, &session, field("_csrf")) {
        shared.violation("widget sign-in: the _csrf value is not that of the page");
        return (StatusCode::FORBIDDEN, page("Forbidden", "Invalid CSRF token")).into_response();
    }
    if field("embed") != "true" {
        shared.violation("widget sign-in: embed=true is missing");
    }
    let Some(user) = authenticate(&state, field("username"), field("password")) else {
        let (email, outcome) = (field("username").to_owned(), LoginOutcome::WrongPassword);
        state.logins.push(Login { email, flow: Flow::Widget, outcome });
        return page(
            "Invalid sign in",
            "<div id=\"status\">Invalid sign in. (Passwords are case sensitive.)</div>",
        )
        .into_response();
    };
    let method = method_of(&state, user);
    if method == MfaMethod::None {
        return signed_in(&mut state, user, &service, &query, false);
    }
    ask_for_code(&mut state, &session, user, Flow::Widget);
    match method {
        // An authenticator always shows a code.
        MfaMethod::Totp => send_code(&mut state, user),
        // The widget sends no e-mail before it is asked to (python-garminconnect#386).
        _ => forget_code(&mut state, user),
    }
    found(&format!("/sso/verifyMFA/loginEnterMfaCode?{}", raw.unwrap_or_default()))
}

async fn code_page(Routed(shared): App, RawQuery(raw): RawQuery, headers: HeaderMap) -> Response {
    let mut state = shared.state();
    let session = cookie(&headers, "SESSION").unwrap_or_default();
    show_code_page(&mut state, &session, raw.as_deref().unwrap_or_default())
}

/// The page for the code, with the inline variables that clients read.
fn show_code_page(state: &mut State, session: &str, raw_query: &str) -> Response {
    let csrf = random_hex(128);
    let Some(found) = state.sessions.get_mut(session) else {
        return (StatusCode::FORBIDDEN, page("Forbidden", "No session")).into_response();
    };
    let Some(pending) = found.pending_mfa.clone() else {
        return (StatusCode::FORBIDDEN, page("Forbidden", "No code was asked")).into_response();
    };
    found.csrf.insert(csrf.clone());
    let Some(user) = state.users.get(pending.user) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let (title, method, sent_to) = match user.account.mfa {
        MfaMethod::Email if user.code.is_some() => (SIGN_IN_TITLE, "email", user.account.email.as_str()),
        MfaMethod::Email => (SIGN_IN_TITLE, "email", ""),
        _ => ("Enter MFA code for login", "totp", ""),
    };
    let action = escape_html(&format!("/sso/verifyMFA/loginEnterMfaCode?{raw_query}"));
    let body = format!(
        "<script>\nvar mfaMethod = \"{method}\";\nvar customerGuid = \"{guid}\";\nvar locale = \"en_US\";\n\
         var clientId = \"{CODE_CLIENT_ID}\";\nvar codeSentTo = \"{sent_to}\";\n</script>\n\
         <form id=\"mfa-form\" method=\"post\" action=\"{action}\">\n<input type=\"hidden\" name=\"embed\" value=\"true\">\n\
         <input type=\"hidden\" name=\"_csrf\" value=\"{csrf}\">\n<input type=\"hidden\" name=\"fromPage\" value=\"setupEnterMfaCode\">\n\
         <label>Code <input id=\"mfa-code\" name=\"mfa-code\"></label>\n<button id=\"verify\">Next</button>\n</form>",
        guid = user.garmin_guid,
    );
    page(title, &body).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MailBody {
    customer_guid: String,
    mfa_method: String,
    locale: String,
}

/// Sends the e-mail with the code.
async fn ask_for_mail(
    Routed(shared): App,
    Query(query): Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut state = shared.state();
    let session = cookie(&headers, "SESSION").unwrap_or_default();
    let Some(pending) = state.sessions.get(&session).and_then(|it| it.pending_mfa.clone()) else {
        shared.violation("widget code mail: this session was not asked for a code");
        return StatusCode::FORBIDDEN.into_response();
    };
    let right = serde_json::from_slice::<MailBody>(&body).is_ok_and(|body| {
        let user = state.users.get(pending.user);
        body.mfa_method == "email"
            && body.locale == "en_US"
            && user
                .is_some_and(|it| it.garmin_guid == body.customer_guid && it.account.mfa == MfaMethod::Email)
    });
    if !right || query.get("clientId").map(String::as_str) != Some(CODE_CLIENT_ID) {
        shared.violation("widget code mail: not the values of the page's variables");
        return StatusCode::BAD_REQUEST.into_response();
    }
    if !text(&headers, "referer").contains("/sso/verifyMFA/loginEnterMfaCode") {
        shared.violation("widget code mail: the Referer is not the code page");
    }
    send_code(&mut state, pending.user);
    axum::Json(serde_json::json!({"status": "SUCCESS"})).into_response()
}

async fn submit_code(
    Routed(shared): App,
    Query(query): Parameters,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = form(&shared, &headers, &body);
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let mut state = shared.state();
    let session = cookie(&headers, "SESSION").unwrap_or_default();
    if !gave_csrf(&state, &session, field("_csrf")) {
        shared.violation("widget code: the _csrf value is not that of the code page");
        return (StatusCode::FORBIDDEN, page("Forbidden", "Invalid CSRF token")).into_response();
    }
    if field("embed") != "true" || field("fromPage") != "setupEnterMfaCode" {
        shared.violation("widget code: embed=true or fromPage=setupEnterMfaCode is missing");
    }
    if !text(&headers, "referer").contains("/sso/verifyMFA/loginEnterMfaCode") {
        shared.violation("widget code: the Referer is not the code page");
    }
    let Some(pending) = state.sessions.get(&session).and_then(|it| it.pending_mfa.clone()) else {
        shared.violation("widget code: this session was not asked for a code");
        return (StatusCode::FORBIDDEN, page("Forbidden", "No code was asked")).into_response();
    };
    if !take_code(&mut state, &session, Flow::Widget, field("mfa-code")) {
        return show_code_page(&mut state, &session, raw.as_deref().unwrap_or_default());
    }
    let token = random_text(40);
    state.login_tokens.insert(token.clone(), pending.user);
    let service = query.get("service").cloned().unwrap_or_default();
    let mut next = url::form_urlencoded::Serializer::new(String::new());
    next.append_pair("logintoken", &token).append_pair("service", &service);
    if let Some(after) = query.get("redirectAfterAccountLoginUrl") {
        next.append_pair("redirectAfterAccountLoginUrl", after);
    }
    found(&format!("/sso/login?{}", next.finish()))
}

async fn finish(Routed(shared): App, Query(query): Parameters) -> Response {
    let mut state = shared.state();
    let token = query.get("logintoken").cloned().unwrap_or_default();
    let (Some(user), Some(service)) =
        (state.login_tokens.remove(&token), recognised_service(&shared, &query))
    else {
        return (StatusCode::FORBIDDEN, page("Forbidden", "")).into_response();
    };
    signed_in(&mut state, user, &service, &query, true)
}

fn signed_in(
    state: &mut State,
    user: UserIndex,
    service: &str,
    query: &HashMap<String, String>,
    with_mfa: bool,
) -> Response {
    let ticket = mint_ticket(state, user, service, with_mfa, "cas");
    note_success(state, user, Flow::Widget);
    let mut answer = success_page(service, &ticket, query).into_response();
    keep_signed_in(state, user, &mut answer);
    answer
}

/// The success page. Where the query asked for it, its script navigates to the service with the ticket.
fn success_page(
    service: &str,
    ticket: &str,
    query: &HashMap<String, String>,
) -> axum::response::Html<String> {
    let escaped = format!("{service}?ticket={ticket}").replace('/', "\\/");
    let navigate = if query.contains_key("redirectAfterAccountLoginUrl") {
        "\nwindow.location.replace(response_url);"
    } else {
        ""
    };
    page("Success", &format!("<script>\nvar response_url = \"{escaped}\";{navigate}\n</script>"))
}

/// The exact `service` of the query, where it is one that Garmin knows.
fn recognised_service(shared: &Shared, query: &HashMap<String, String>) -> Option<String> {
    let service = query.get("service")?;
    if service::parse(&shared.base, service).is_none() {
        shared.violation(format!("sign-in page: unknown service {service:?}"));
        return None;
    }
    Some(service.clone())
}

/// The session of a password post: it must have loaded the page for this service and come from it.
fn widget_session(
    shared: &Shared,
    state: &State,
    headers: &HeaderMap,
    service: &str,
) -> Result<String, &'static str> {
    let name = cookie(headers, "SESSION").ok_or("no SESSION cookie of the sign-in page")?;
    let session = state.sessions.get(&name).ok_or("an unknown SESSION cookie")?;
    if !session.pages.iter().any(|it| it.flow == Flow::Widget && it.service.as_deref() == Some(service)) {
        return Err("the session has not loaded the sign-in page of this service");
    }
    let embedded = service::parse(&shared.base, service).is_some_and(|it| it.kind == ServiceKind::Embed);
    if embedded && cookie(headers, "__cflb").is_none() {
        shared.violation("widget sign-in: GET /sso/embed was left out");
    }
    let referer = Url::parse(text(headers, "referer")).map_err(|_| "no Referer")?;
    if referer.path() != "/sso/signin"
        || !service::is_sso_origin(&shared.base, &referer.origin().ascii_serialization())
    {
        return Err("the Referer is not the sign-in page");
    }
    Ok(name)
}

/// Whether the session was given this CSRF value. It stays good: a code may be entered again on the same page.
fn gave_csrf(state: &State, session: &str, value: &str) -> bool {
    state.sessions.get(session).is_some_and(|it| it.csrf.contains(value))
}

fn forget_code(state: &mut State, user: UserIndex) {
    if let Some(user) = state.users.get_mut(user) {
        user.code = None;
    }
}

/// The fields of a form body.
pub(super) fn form(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> HashMap<String, String> {
    if !text(headers, "content-type").starts_with("application/x-www-form-urlencoded") {
        shared.violation("a form that is not announced as application/x-www-form-urlencoded");
    }
    url::form_urlencoded::parse(body).into_owned().collect()
}

/// A 302, as Garmin answers it (axum's own temporary redirect is a 303 or 307).
pub(super) fn found(location: &str) -> Response {
    let mut answer = Redirect::to(location).into_response();
    *answer.status_mut() = StatusCode::FOUND;
    answer
}
