//! The consent pages, of Flow for v3 and of the account for the Dynamic API: who is asked, and where the browser goes with
//! the answer.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Query, State as Routed};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use url::Url;

use super::Shared;
use super::state::{Code, Generation, Request};
use crate::server::{issued, random_hex};

/// The path of Flow's page.
pub(super) const PATH: &str = "/oauth2/authorization";
/// The path of the account's page.
pub(super) const HISTORY_PATH: &str = "/oauth/authorize";
const PARAMETERS: [&str; 5] = ["response_type", "client_id", "redirect_uri", "scope", "state"];
const SCOPE: &str = "accesslink.read_all";
/// What the Dynamic API lets a client ask for.
const HISTORY_SCOPES: [&str; 16] = [
    "training_sessions:read",
    "sports:read",
    "activity:read",
    "sleep:read",
    "nightly_recharge:read",
    "continuous_samples:read",
    "ppi_data:read",
    "calendar:read",
    "devices:read",
    "profile:read",
    "routes:read",
    "skin_contact:read",
    "temperature_measurement:read",
    "tests:read",
    "training_targets:read",
    "user_subscription:read",
];

type App = Routed<Arc<Shared>>;
type Parameters = HashMap<String, String>;

/// What became of a request for the page.
pub(super) enum Begun {
    /// The page is shown; it is remembered under this id.
    Page(String),
    /// The browser is sent to this address, which carries an error.
    SentAway(String),
}

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new().route(PATH, get(page).post(answer)).with_state(shared)
}

pub(super) fn history_routes() -> Router<Arc<Shared>> {
    Router::new().route(HISTORY_PATH, get(history_page).post(answer))
}

/// Checks the request. The error is what the page says where Polar does not know whom to send the browser to.
pub(super) fn begin(shared: &Shared, sent: &Parameters, generation: Generation) -> Result<Begun, String> {
    for name in sent.keys().filter(|it| !PARAMETERS.contains(&it.as_str())) {
        shared.violations.note(format!("authorization: unknown parameter {name:?}"));
    }
    if sent.get("state").is_none_or(String::is_empty) {
        shared.violations.note("authorization: no state, so that anybody could answer");
    }
    let get = |name: &str| sent.get(name).map_or("", String::as_str);
    let mut state = shared.state();
    let client = state.clients.get(get("client_id")).ok_or("Unknown client")?;
    if generation == Generation::Fourth && !client.registered.may_use(generation) {
        return Err("Unknown client".into());
    }
    let urls = &client.registered.redirect_urls;
    let default = urls.first().ok_or("This client has no redirect URL")?.clone();
    let redirect_uri = sent.get("redirect_uri").cloned();
    let is_registered = redirect_uri.as_ref().is_none_or(|it| urls.contains(it));
    let client_state = sent.get("state").cloned();
    let sent_away =
        |error: &str| Ok(Begun::SentAway(with(&default, ("error", error), client_state.as_deref())?));
    if !is_registered {
        return sent_away("invalid_request");
    }
    if get("response_type") != "code" {
        shared.violations.note("authorization: response_type is not code");
        return sent_away("unsupported_response_type");
    }
    let is_known = match generation {
        Generation::Third => sent.get("scope").is_none_or(|it| it == SCOPE),
        // None fails as much as an unknown one.
        Generation::Fourth => {
            !get("scope").is_empty() && get("scope").split(' ').all(|it| HISTORY_SCOPES.contains(&it))
        }
    };
    if !is_known {
        shared.violations.note(format!("authorization: the scope {:?} is unknown", get("scope")));
        return sent_away("invalid_scope");
    }
    let request = Request {
        generation,
        scopes: get("scope").to_owned(),
        client_id: get("client_id").to_owned(),
        redirect_url: redirect_uri.clone().unwrap_or(default),
        redirect_uri,
        client_state,
    };
    let id = random_hex(32);
    state.requests.insert(id.clone(), request);
    Ok(Begun::Page(id))
}

/// An address with the answer in its query.
fn with(address: &str, (name, value): (&str, &str), state: Option<&str>) -> Result<String, String> {
    let mut url = Url::parse(address).map_err(|error| error.to_string())?;
    url.query_pairs_mut().append_pair(name, value);
    if let Some(state) = state {
        url.query_pairs_mut().append_pair("state", state);
    }
    Ok(url.into())
}

/// What the person answered: allowed, as `user_id`, or refused. Gives the address that the browser is sent to.
pub(super) fn decide(shared: &Shared, id: &str, user_id: Option<i64>) -> Result<String, String> {
    let now = shared.clock.now();
    let mut state = shared.state();
    let request = state.requests.remove(id).ok_or("this page was answered before")?;
    let client_state = request.client_state.as_deref();
    let Some(user_id) = user_id else {
        return with(&request.redirect_url, ("error", "access_denied"), client_state);
    };
    if !state.persons.contains_key(&user_id) {
        return Err("no such person".into());
    }
    let code = issued(random_hex(32));
    let (client_id, redirect_uri) = (request.client_id.clone(), request.redirect_uri.clone());
    let (generation, scopes) = (request.generation, request.scopes.clone());
    let granted = Code { generation, client_id, scopes, user_id, redirect_uri, given: now, is_used: false };
    state.codes.insert(code.clone(), granted);
    with(&request.redirect_url, ("code", &code), client_state)
}

async fn page(Routed(shared): App, Query(sent): Query<Parameters>) -> Response {
    shown(&shared, &sent, Generation::Third)
}

async fn history_page(Routed(shared): App, Query(sent): Query<Parameters>) -> Response {
    shown(&shared, &sent, Generation::Fourth)
}

fn shown(shared: &Shared, sent: &Parameters, generation: Generation) -> Response {
    match begin(shared, sent, generation) {
        Ok(Begun::Page(id)) => form(shared, &id).into_response(),
        Ok(Begun::SentAway(address)) => found(address),
        Err(message) => error(&message),
    }
}

async fn answer(Routed(shared): App, Form(sent): Form<Parameters>) -> Response {
    let is_allowed = sent.get("decision").is_some_and(|it| it == "accept");
    let user_id = sent.get("user").and_then(|it| it.parse().ok());
    if is_allowed && user_id.is_none() {
        return error("choose a person");
    }
    let id = sent.get("request").map_or("", String::as_str);
    match decide(&shared, id, user_id.filter(|_| is_allowed)) {
        Ok(address) => found(address),
        Err(message) => error(&message),
    }
}

fn found(address: String) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, address)]).into_response()
}

fn error(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, html(&format!("<h1>Something went wrong</h1><p>{}</p>", escape(message))))
        .into_response()
}

fn form(shared: &Shared, request: &str) -> Html<String> {
    let state = shared.state();
    let person = |(index, (user_id, person)): (usize, (&i64, &super::state::Person))| {
        let checked = if index == 0 { " checked" } else { "" };
        let name = escape(&format!("{} {}", person.name.first_name, person.name.last_name));
        format!("<label><input type=\"radio\" name=\"user\" value=\"{user_id}\"{checked}> {name}</label>")
    };
    let persons: String = state.persons.iter().enumerate().map(person).collect();
    html(&format!(
        "<h1>Share your data?</h1><p>Simulated Polar Flow. A client wants to read your training.</p>\
         <form method=\"post\" action=\"?\"><input type=\"hidden\" name=\"request\" value=\"{request}\">{persons}\
         <button type=\"submit\" name=\"decision\" value=\"accept\">Accept</button>\
         <button type=\"submit\" name=\"decision\" value=\"decline\">Decline</button></form>"
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn html(body: &str) -> Html<String> {
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Polar Flow</title>\
         <style>body{{font:16px sans-serif;max-width:24em;margin:4em auto}}label,button{{display:block;\
         margin:.5em 0;font:inherit}}</style></head><body>{body}</body></html>"
    ))
}
