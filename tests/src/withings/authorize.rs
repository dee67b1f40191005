//! The account site: the page on which a person chooses who they are and allows an application to read, and the page
//! on which they take that back.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Form, Path, Query, State as Routed};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::json;
use url::Url;

use super::faults::Fault;
use super::state::{Code, PersonIndex, Request};
use super::{Shared, pages};
use crate::server::random_hex;

/// The path of the page.
pub(super) const PATH: &str = "/oauth2_user/authorize2";
/// All of these must be given.
const REQUIRED: [&str; 5] = ["response_type", "client_id", "scope", "redirect_uri", "state"];
const SCOPES: [&str; 4] = ["user.metrics", "user.activity", "user.info", "user.sleepevents"];

type App = Routed<Arc<Shared>>;
type Parameters = HashMap<String, String>;

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(PATH, get(page).post(answer))
        .route("/partner/disconnect_partner/{client_id}", get(disconnect))
        .with_state(shared)
}

/// Checks the request; answers the id under which its page is remembered. The error is what the real page says.
pub(super) fn begin(shared: &Shared, sent: &Parameters) -> Result<String, String> {
    let get = |name: &str| sent.get(name).map_or("", String::as_str);
    for name in sent.keys().filter(|it| !REQUIRED.contains(&it.as_str()) && *it != "mode") {
        shared.violations.note(format!("authorize: unknown parameter {name:?}"));
    }
    if let Some(missing) = REQUIRED.into_iter().find(|name| get(name).is_empty()) {
        shared.violations.note(format!("authorize: {missing} is missing"));
        return Err(format!("invalid_request: the parameter {missing} is required"));
    }
    if get("response_type") != "code" {
        shared.violations.note("authorize: response_type is not code");
        return Err("unsupported_response_type: Invalid response type".into());
    }
    if !matches!(sent.get("mode").map(String::as_str), None | Some("demo")) {
        shared.violations.note("authorize: mode is not demo");
        return Err("invalid_request: invalid mode".into());
    }
    check_scope(shared, get("scope"))?;
    let mut state = shared.state();
    let application = state
        .applications
        .get(get("client_id"))
        .ok_or("invalid_client: The client id supplied is invalid")?;
    if !application.registered.registered_urls.iter().any(|it| it == get("redirect_uri")) {
        return Err(
            "redirect_uri_mismatch: The redirect URI provided is missing or does not match partner callback url"
                .into(),
        );
    }
    let request = Request {
        client_id: get("client_id").to_owned(),
        scope: get("scope").to_owned(),
        redirect_uri: get("redirect_uri").to_owned(),
        client_state: get("state").to_owned(),
        is_demo: sent.contains_key("mode"),
    };
    let id = random_hex(32);
    state.requests.insert(id.clone(), request);
    Ok(id)
}

/// Scopes are separated by commas.
pub(super) fn check_scope(shared: &Shared, scope: &str) -> Result<(), String> {
    match scope.split(',').find(|it| !SCOPES.contains(it)) {
        None => Ok(()),
        Some(unknown) => {
            shared.violations.note(format!("authorize: the scope {unknown:?} is unknown"));
            Err("invalid_scope: An unsupported scope was requested".into())
        }
    }
}

/// Who can be chosen on the page of this request.
pub(super) fn choices(shared: &Shared, id: &str) -> Vec<(i64, String)> {
    let now = shared.clock.now();
    let mut state = shared.state();
    let Some(is_demo) = state.requests.get(id).map(|it| it.is_demo) else { return Vec::new() };
    if is_demo {
        state.demo_person(now);
    }
    let fitting = state.persons.iter().filter(|it| it.is_demo == is_demo);
    fitting.map(|it| (it.userid, it.name.clone())).collect()
}

/// What the person answered: allowed, as `userid`, or refused. Gives the address that the browser is sent to.
pub(super) fn decide(shared: &Shared, id: &str, userid: Option<i64>) -> Result<String, String> {
    let now = shared.clock.now();
    let mut state = shared.state();
    let request = state.requests.remove(id).ok_or("this page was answered before")?;
    let mut redirect = Url::parse(&request.redirect_uri).map_err(|error| error.to_string())?;
    match userid {
        None => {
            redirect.query_pairs_mut().append_pair("error", "access_denied");
        }
        Some(userid) => {
            let fits = |person: &PersonIndex| {
                state.persons.get(*person).is_some_and(|it| it.is_demo == request.is_demo)
            };
            let person = state.person(userid).filter(fits).ok_or("no such person")?;
            let code = crate::server::issued(random_hex(40));
            redirect.query_pairs_mut().append_pair("code", &code);
            let code_for = Code {
                client_id: request.client_id,
                person,
                scope: request.scope,
                redirect_uri: request.redirect_uri,
                given: now,
                is_used: false,
            };
            state.codes.insert(code, code_for);
        }
    }
    redirect.query_pairs_mut().append_pair("state", &request.client_state);
    Ok(redirect.into())
}

async fn page(Routed(shared): App, Query(sent): Query<Parameters>) -> Response {
    match begin(&shared, &sent) {
        Ok(id) => pages::authorize(&id, &choices(&shared, &id)).into_response(),
        Err(message) => error(&message),
    }
}

async fn answer(
    Routed(shared): App,
    fault: Option<Extension<Fault>>,
    Form(sent): Form<Parameters>,
) -> Response {
    let refused = fault.as_deref() == Some(&Fault::AccessDenied);
    let is_allowed = !refused && sent.get("authorized").is_some_and(|it| it == "1");
    let userid = sent.get("selecteduser").and_then(|it| it.parse().ok());
    if is_allowed && userid.is_none() {
        return error("invalid_request: choose a person");
    }
    let id = sent.get("request").map_or("", String::as_str);
    match decide(&shared, id, userid.filter(|_| is_allowed)) {
        Ok(address) => (StatusCode::FOUND, [(header::LOCATION, address)]).into_response(),
        Err(message) => error(&message),
    }
}

/// The page of the real service after a request that cannot go back to the application (home-assistant/core#93682).
fn error(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"errors": [{"message": message}]}))).into_response()
}

async fn disconnect(
    Routed(shared): App,
    Path(client_id): Path<String>,
    Query(sent): Query<Parameters>,
) -> Response {
    let userid = sent.get("selecteduser").and_then(|it| it.parse().ok());
    let found = userid.is_some_and(|it| shared.state().revoke(&client_id, it));
    pages::disconnected(found).into_response()
}
