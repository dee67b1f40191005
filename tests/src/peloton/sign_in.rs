//! The sign-in host: `/authorize`, the login page, the password check and the walk of redirects to the code.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Extension, Form, Query, State as Shares};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::Utc;
use serde_json::{Value, json};
use url::Url;

use super::faults::{Fault, is};
use super::state::{Grant, Login, LoginOutcome, Transaction, UserIndex};
use super::{AUDIENCE, CLIENT_ID, REDIRECT_URI, SCOPE, Shared, pages, tokens};
use crate::server::{random_hex, random_text};

/// Length of Auth0's transaction state.
const STATE_LENGTH: usize = 160;
/// The session cookie of this host.
const SESSION_COOKIE: &str = "auth0";

type Parameters = Query<HashMap<String, String>>;
type MaybeFault = Option<Extension<Fault>>;

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/authorize", get(authorize))
        .route("/login", get(login_page))
        .route("/usernamepassword/login", post(login_json))
        .route("/u/login", post(login_form))
        .route("/login/callback", post(login_callback))
        .route("/continue", get(continue_sign_in))
        .route("/authorize/resume", get(resume))
        .route("/oauth/token", post(tokens::token))
        .with_state(shared)
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// A redirect; `status` is 302 or 303.
pub(super) fn redirect(status: StatusCode, location: &str) -> Response {
    (status, [(header::LOCATION, location)]).into_response()
}

fn bad_request(status: StatusCode, code: &str, description: &str) -> Response {
    (status, pages::error(code, description)).into_response()
}

/// `address` with query parameters added.
pub(super) fn with_query(address: &str, parameters: &[(&str, &str)]) -> String {
    match Url::parse(address) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(parameters);
            url.into()
        }
        Err(_) => address.to_owned(),
    }
}

/// A cookie of the second sign-in host that arrives here was sent to the wrong host.
fn watch_cookies(shared: &Shared, headers: &HeaderMap) {
    if cookie(headers, super::site::SESSION_COOKIE).is_some() {
        shared.violation("a cookie of the second sign-in host was sent to the first");
    }
}

async fn authorize(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    Query(sent): Parameters,
) -> Response {
    watch_cookies(&shared, &headers);
    let get = |name: &str| sent.get(name).map_or("", String::as_str);
    if get("client_id") != CLIENT_ID {
        shared.violation("/authorize: unknown client_id");
        return bad_request(StatusCode::FORBIDDEN, "invalid_request", "Unknown client");
    }
    let redirect_uri = get("redirect_uri");
    if redirect_uri != REDIRECT_URI && redirect_uri != shared.own_redirect_uri() {
        shared.violation(format!("/authorize: redirect_uri {redirect_uri:?} is not registered"));
        let words =
            "Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs.";
        return bad_request(StatusCode::FORBIDDEN, "unauthorized_client", words);
    }
    // From here on errors go back to the client, as OAuth 2 wants.
    let refuse = |error: &str, description: &str| {
        shared.violation(format!("/authorize: {error}: {description}"));
        let parameters = [("error", error), ("error_description", description), ("state", get("state"))];
        redirect(StatusCode::FOUND, &with_query(redirect_uri, &parameters))
    };
    if get("response_type") != "code" {
        return refuse("unsupported_response_type", "response_type must be code");
    }
    if get("audience") != AUDIENCE && get("audience") != format!("{}/", shared.addresses().api) {
        return refuse("access_denied", &format!("Service not found: {}", get("audience")));
    }
    let scopes: Vec<&str> = get("scope").split(' ').collect();
    if let Some(missing) = SCOPE.split(' ').find(|wanted| !scopes.contains(wanted)) {
        return refuse("invalid_scope", &format!("scope lacks {missing}"));
    }
    if get("code_challenge_method") != "S256" {
        return refuse("invalid_request", "code_challenge_method must be S256");
    }
    if get("code_challenge").len() != 43 {
        return refuse("invalid_request", "code_challenge must be the SHA-256 of the verifier in base64url");
    }
    if get("response_mode") != "query" {
        return refuse("invalid_request", "response_mode must be query");
    }
    for name in ["state", "nonce"] {
        if get(name).len() < 16 {
            return refuse("invalid_request", &format!("{name} is missing or too short to be random"));
        }
    }
    let options = shared.options();
    let state = random_text(STATE_LENGTH);
    let transaction = Transaction {
        client_state: get("state").to_owned(),
        nonce: get("nonce").to_owned(),
        code_challenge: get("code_challenge").to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        audience: get("audience").to_owned(),
        scope: get("scope").to_owned(),
        csrf: random_text(36),
        cookie_was_set: options.csrf_cookie,
        form: None,
        user: None,
        session: None,
        orca_session: None,
        passed_orca: false,
    };
    shared.state().transactions.insert(state.clone(), transaction);
    let place = format!("/login?state={state}&client={CLIENT_ID}&protocol=oauth2");
    let did = format!("did={}; Path=/; HttpOnly", random_hex(32));
    (StatusCode::FOUND, AppendHeaders([(header::LOCATION, place), (header::SET_COOKIE, did)])).into_response()
}

async fn login_page(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    Query(sent): Parameters,
) -> Response {
    watch_cookies(&shared, &headers);
    let state = sent.get("state").map_or("", String::as_str);
    let Some(transaction) = shared.state().transactions.get(state).cloned() else {
        shared.violation("/login: unknown state");
        return bad_request(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "You may have pressed the back button",
        );
    };
    let options = shared.options();
    let page = pages::login(&shared.addresses(), state, &transaction, options.page_config, None);
    if !transaction.cookie_was_set {
        return page.into_response();
    }
    let csrf = format!("_csrf={}; Path=/usernamepassword/login; HttpOnly", transaction.csrf);
    (AppendHeaders([(header::SET_COOKIE, csrf)]), page).into_response()
}

/// The errors of the password check, as Auth0 spells them.
fn refused(status: StatusCode, code: &str, description: &str) -> Response {
    let body =
        json!({"name": "Error", "code": code, "description": description, "statusCode": status.as_u16()});
    (status, Json(body)).into_response()
}

fn too_many_attempts() -> Response {
    let words = "Your account has been blocked after multiple consecutive login attempts.";
    refused(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", words)
}

fn wrong_password() -> Response {
    refused(StatusCode::UNAUTHORIZED, "invalid_user_password", "Wrong email or password.")
}

async fn login_json(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    fault: MaybeFault,
    Json(sent): Json<Value>,
) -> Response {
    watch_cookies(&shared, &headers);
    let get = |name: &str| sent[name].as_str().unwrap_or("");
    let Some(transaction) = shared.state().transactions.get(get("state")).cloned() else {
        shared.violation("/usernamepassword/login: the state is not the one of the login page");
        let body = json!({"name": "AnomalyDetected", "code": "access_denied", "description": "Invalid state",
                          "statusCode": 403});
        return (StatusCode::FORBIDDEN, Json(body)).into_response();
    };
    let csrf_sent = get("_csrf") == transaction.csrf
        && (!transaction.cookie_was_set || cookie(&headers, "_csrf") == Some(transaction.csrf.as_str()));
    if is(fault.as_ref(), &Fault::MissingCsrf) || !csrf_sent {
        if !csrf_sent {
            shared.violation("/usernamepassword/login: _csrf is missing from the body or the cookies");
        }
        return refused(StatusCode::FORBIDDEN, "access_denied", "Missing CSRF token");
    }
    let expected = [
        ("client_id", CLIENT_ID),
        ("redirect_uri", &transaction.redirect_uri),
        ("tenant", "peloton-prod"),
        ("response_type", "code"),
        ("scope", &transaction.scope),
        ("audience", &transaction.audience),
        ("_intstate", "deprecated"),
        ("nonce", &transaction.nonce),
        ("connection", "pelo-user-password"),
        ("code_challenge", &transaction.code_challenge),
        ("code_challenge_method", "S256"),
    ];
    if let Some((name, _)) = expected.iter().find(|(name, value)| get(name) != *value) {
        shared
            .violation(format!("/usernamepassword/login: {name} is missing or differs from the login page"));
        return refused(StatusCode::BAD_REQUEST, "invalid_request", &format!("{name} is missing or wrong"));
    }
    if let Some(origin) =
        headers.get(header::ORIGIN).filter(|origin| *origin != shared.addresses().auth.as_str())
    {
        shared.violation(format!("/usernamepassword/login: Origin is {origin:?}"));
        return refused(StatusCode::FORBIDDEN, "access_denied", "Origin not allowed");
    }
    if is(fault.as_ref(), &Fault::TooManyAttempts) {
        note_login(&shared, get("username"), LoginOutcome::Blocked);
        return too_many_attempts();
    }
    match check_password(&shared, get("username"), get("password")) {
        Err(LoginOutcome::Blocked) => too_many_attempts(),
        Err(_) => wrong_password(),
        Ok(_) if is(fault.as_ref(), &Fault::Captcha) => refused(
            StatusCode::UNAUTHORIZED,
            "requires_verification",
            "Suspicious request requires verification",
        ),
        Ok(user) => form_after_password(&shared, get("state"), user),
    }
}

/// The visible form of the login page, for browsers and webviews.
async fn login_form(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    fault: MaybeFault,
    Form(sent): Form<HashMap<String, String>>,
) -> Response {
    watch_cookies(&shared, &headers);
    let get = |name: &str| sent.get(name).map_or("", String::as_str);
    let Some(transaction) = shared.state().transactions.get(get("state")).cloned() else {
        return bad_request(StatusCode::BAD_REQUEST, "invalid_request", "Invalid state");
    };
    let blocked = is(fault.as_ref(), &Fault::TooManyAttempts);
    let checked = if blocked {
        note_login(&shared, get("usernameOrEmail"), LoginOutcome::Blocked);
        Err(LoginOutcome::Blocked)
    } else {
        check_password(&shared, get("usernameOrEmail"), get("password"))
    };
    match checked {
        Ok(user) => form_after_password(&shared, get("state"), user),
        Err(outcome) => {
            let words = match outcome {
                LoginOutcome::Blocked => "Too many attempts. Try again later.",
                _ => "Wrong email or password.",
            };
            let page = pages::login(&shared.addresses(), get("state"), &transaction, true, Some(words));
            (StatusCode::BAD_REQUEST, page).into_response()
        }
    }
}

fn note_login(shared: &Shared, email: &str, outcome: LoginOutcome) {
    shared.state().logins.push(Login { email: email.to_owned(), outcome });
}

fn check_password(shared: &Shared, email: &str, password: &str) -> Result<UserIndex, LoginOutcome> {
    let limit = shared.options().attempts_before_block;
    let checked = {
        let mut state = shared.state();
        match state.users.iter().position(|user| user.email == email) {
            None => Err(LoginOutcome::WrongPassword),
            Some(index) => {
                let user = &mut state.users[index];
                if user.wrong_passwords >= limit {
                    Err(LoginOutcome::Blocked)
                } else if user.password == password {
                    user.wrong_passwords = 0;
                    Ok(index)
                } else {
                    user.wrong_passwords += 1;
                    Err(LoginOutcome::WrongPassword)
                }
            }
        }
    };
    note_login(shared, email, checked.err().unwrap_or(LoginOutcome::Accepted));
    checked
}

fn form_after_password(shared: &Shared, state: &str, user: UserIndex) -> Response {
    let wresult = crate::server::json_web_token(&json!({"typ": "peloton-prod", "nonce": random_hex(16)}));
    let mut remembered = shared.state();
    let Some(transaction) = remembered.transactions.get_mut(state) else {
        return bad_request(StatusCode::BAD_REQUEST, "invalid_request", "Invalid state");
    };
    // Characters that must survive HTML and form encoding: quotes, ampersands, plus signs, equals signs.
    let wctx = json!({
        "strategy": "auth0", "auth0Client": "eyJuYW1lIjoiYXV0aDAuanMtdWxwIn0=", "tenant": "peloton-prod",
        "connection": "pelo-user-password", "client_id": CLIENT_ID, "response_type": "code",
        "scope": transaction.scope, "protocol": "oauth2", "redirect_uri": transaction.redirect_uri,
        "state": state, "nonce": transaction.nonce, "sid": random_text(16), "audience": transaction.audience,
        "realm": "pelo-user-password", "hint": "a+b & 'c' = \"d\" <e>",
    })
    .to_string();
    transaction.form = Some((wresult.clone(), wctx.clone()));
    transaction.user = Some(user);
    drop(remembered);
    let action = format!("{}/login/callback", shared.addresses().auth);
    pages::submitting_form(&action, &wresult, &wctx).into_response()
}

async fn login_callback(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    fault: MaybeFault,
    Form(sent): Form<HashMap<String, String>>,
) -> Response {
    watch_cookies(&shared, &headers);
    let get = |name: &str| sent.get(name).map_or("", String::as_str);
    let form = (get("wresult").to_owned(), get("wctx").to_owned());
    let mut state = shared.state();
    let found =
        state.transactions.iter_mut().find(|(_, transaction)| transaction.form.as_ref() == Some(&form));
    let Some((id, transaction)) = found.filter(|_| get("wa") == "wsignin1.0") else {
        drop(state);
        shared.violation("/login/callback: wa, wresult and wctx are not those of the form");
        return bad_request(StatusCode::BAD_REQUEST, "invalid_request", "Invalid form");
    };
    if is(fault.as_ref(), &Fault::SecondFactor) {
        return pages::second_factor().into_response();
    }
    transaction.form = None;
    let session = format!("s%3A{}", random_text(32));
    transaction.session = Some(session.clone());
    let place = format!("/authorize/resume?state={id}");
    let set = format!("{SESSION_COOKIE}={session}; Path=/; HttpOnly");
    (StatusCode::FOUND, AppendHeaders([(header::LOCATION, place), (header::SET_COOKIE, set)])).into_response()
}

/// The transaction of a step after the password, if the session cookie is the right one, else what is wrong.
fn signed_in(
    shared: &Shared,
    headers: &HeaderMap,
    state: &str,
    step: &str,
) -> Result<Transaction, &'static str> {
    watch_cookies(shared, headers);
    let found = shared.state().transactions.get(state).cloned();
    let checked = match found {
        None => Err("unknown state"),
        Some(transaction) if transaction.session.is_none() => Err("not signed in"),
        Some(transaction) if cookie(headers, SESSION_COOKIE) != transaction.session.as_deref() => {
            Err("the session cookie is missing or wrong")
        }
        Some(transaction) => Ok(transaction),
    };
    if let Err(problem) = &checked {
        shared.violation(format!("{step}: {problem}"));
    }
    checked
}

async fn resume(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    fault: MaybeFault,
    Query(sent): Parameters,
) -> Response {
    let id = sent.get("state").map_or("", String::as_str);
    let transaction = match signed_in(&shared, &headers, id, "/authorize/resume") {
        Ok(transaction) => transaction,
        Err(problem) => return bad_request(StatusCode::BAD_REQUEST, "invalid_request", problem),
    };
    if !transaction.passed_orca {
        let place = format!("{}/sso/login_site?state={id}", shared.addresses().orca);
        return redirect(StatusCode::FOUND, &place);
    }
    shared.state().transactions.remove(id);
    let client_state = transaction.client_state.as_str();
    if is(fault.as_ref(), &Fault::AccessDenied) {
        let words = "The account is not a member (any more).";
        let parameters = [("error", "access_denied"), ("error_description", words), ("state", client_state)];
        return redirect(StatusCode::FOUND, &with_query(&transaction.redirect_uri, &parameters));
    }
    let Some(user) = transaction.user else {
        return bad_request(StatusCode::BAD_REQUEST, "invalid_request", "not signed in");
    };
    let code = random_text(44);
    shared.state().codes.insert(
        code.clone(),
        Grant {
            user,
            code_challenge: transaction.code_challenge,
            redirect_uri: transaction.redirect_uri.clone(),
            given: Utc::now(),
            is_spent: false,
            family: None,
        },
    );
    let parameters = [("code", code.as_str()), ("state", client_state)];
    redirect(StatusCode::FOUND, &with_query(&transaction.redirect_uri, &parameters))
}

async fn continue_sign_in(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    Query(sent): Parameters,
) -> Response {
    let id = sent.get("state").map_or("", String::as_str);
    if let Err(problem) = signed_in(&shared, &headers, id, "/continue") {
        return bad_request(StatusCode::BAD_REQUEST, "invalid_request", problem);
    }
    redirect(StatusCode::FOUND, &format!("/authorize/resume?state={id}"))
}
