//! OAuth: the page on which an athlete allows an application what they tick, codes and refresh tokens for pairs of
//! tokens, and the two ways to take a permission back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State as Routed};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use url::Url;

use super::athletes::summary;
use super::refusal::Refusal;
use super::state::{Code, Request, State, TokenRequest};
use super::{Shared, api, pages};
use crate::server::{issued, random_hex};

/// The path of the page.
pub(super) const AUTHORIZE: &str = "/oauth/authorize";
const PARAMETERS: [&str; 6] =
    ["client_id", "redirect_uri", "response_type", "approval_prompt", "scope", "state"];
const SCOPES: [&str; 7] = [
    "read",
    "read_all",
    "profile:read_all",
    "profile:write",
    "activity:read",
    "activity:read_all",
    "activity:write",
];
/// Parameters that must not stand in an address, where logs keep them.
const SECRETS: [&str; 5] = ["client_secret", "code", "refresh_token", "access_token", "token"];

type App = Routed<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(AUTHORIZE, get(page).post(answer))
        .route("/oauth/token", post(token))
        .route("/oauth/deauthorize", post(deauthorize))
        .route("/oauth/revoke", post(revoke))
}

/// Checks the request; answers the id under which its page is remembered.
pub(super) fn begin(shared: &Shared, sent: &HashMap<String, String>) -> Result<String, Refusal> {
    let get = |name: &str| sent.get(name).map_or("", String::as_str);
    for name in sent.keys().filter(|it| !PARAMETERS.contains(&it.as_str())) {
        shared.violations.note(format!("authorize: unknown parameter {name:?}"));
    }
    if get("response_type") != "code" {
        shared.violations.note("authorize: response_type is not code");
        return Err(Refusal::bad_request("Application", "response_type", "invalid"));
    }
    if !matches!(get("approval_prompt"), "" | "auto" | "force") {
        shared.violations.note("authorize: approval_prompt is neither auto nor force");
    }
    let scopes: BTreeSet<String> = get("scope").split(',').map(str::to_owned).collect();
    if let Some(unknown) = scopes.iter().find(|it| !SCOPES.contains(&it.as_str())) {
        shared.violations.note(format!("authorize: the scope {unknown:?} is unknown"));
        return Err(Refusal::bad_request("Authorize", "scope", "invalid"));
    }
    let mut state = shared.state();
    let application = state.applications.get(get("client_id"));
    let application =
        application.ok_or_else(|| Refusal::bad_request("Application", "client_id", "invalid"))?;
    if !application.registered.is_active {
        return Err(Refusal::inactive());
    }
    let redirect_uri = get("redirect_uri").to_owned();
    if !is_allowed(&redirect_uri, &application.registered.callback_domain) {
        return Err(Refusal::bad_request("Application", "redirect_uri", "invalid"));
    }
    let client_state = sent.get("state").cloned();
    let request = Request { client_id: get("client_id").to_owned(), scopes, redirect_uri, client_state };
    let id = random_hex(32);
    state.requests.insert(id.clone(), request);
    Ok(id)
}

/// Inside of the callback domain; this computer's own names are always allowed, at any port.
fn is_allowed(redirect_uri: &str, domain: &str) -> bool {
    let Ok(url) = Url::parse(redirect_uri) else { return false };
    let Some(host) = url.host_str() else { return false };
    matches!(host, "localhost" | "127.0.0.1") || host == domain || host.ends_with(&format!(".{domain}"))
}

/// What the athlete answered: allowed, without what was unticked, or refused. Gives the address that the browser is sent
/// to.
pub(super) fn decide(
    shared: &Shared,
    id: &str,
    athlete: Option<u64>,
    unticked: &[&str],
) -> Result<String, String> {
    let mut state = shared.state();
    let request = state.requests.remove(id).ok_or("this page was answered before")?;
    let mut redirect = Url::parse(&request.redirect_uri).map_err(|error| error.to_string())?;
    if let Some(client_state) = &request.client_state {
        redirect.query_pairs_mut().append_pair("state", client_state);
    }
    let Some(athlete) = athlete else {
        redirect.query_pairs_mut().append_pair("error", "access_denied");
        return Ok(redirect.into());
    };
    state.athlete(athlete).ok_or("no such athlete")?;
    let mut scopes = request.scopes;
    scopes.retain(|it| it == "read" || !unticked.contains(&it.as_str()));
    let code = issued(random_hex(40));
    let granted = scopes.iter().cloned().collect::<Vec<_>>().join(",");
    redirect.query_pairs_mut().append_pair("code", &code).append_pair("scope", &granted);
    let code_for = Code { client_id: request.client_id, athlete, scopes, is_used: false };
    state.codes.insert(code, code_for);
    Ok(redirect.into())
}

async fn page(Routed(shared): App, Query(sent): Query<HashMap<String, String>>) -> Response {
    let id = match begin(&shared, &sent) {
        Ok(id) => id,
        Err(refusal) => return refusal.into_response(),
    };
    let state = shared.state();
    let name = |first: &str, last: &str| format!("{first} {last}");
    let athletes: Vec<_> =
        state.athletes.iter().map(|it| (it.id, name(&it.firstname, &it.lastname))).collect();
    let scopes: Vec<&str> = state.requests.get(&id).map_or_else(Vec::new, |request| {
        SCOPES.into_iter().filter(|it| request.scopes.contains(*it)).collect()
    });
    pages::authorize(&id, &athletes, &scopes).into_response()
}

async fn answer(Routed(shared): App, body: Bytes) -> Response {
    let sent: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let get = |name: &str| sent.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value);
    let athlete = get("athlete").parse().ok().filter(|_| get("authorized") == "1");
    let ticked: Vec<&str> =
        sent.iter().filter(|(it, _)| it == "scope").map(|(_, value)| value.as_str()).collect();
    let unticked: Vec<&str> = SCOPES.into_iter().filter(|it| !ticked.contains(it)).collect();
    match decide(&shared, get("request"), athlete, &unticked) {
        Ok(address) => (StatusCode::FOUND, [(header::LOCATION, address)]).into_response(),
        Err(message) => (StatusCode::BAD_REQUEST, message).into_response(),
    }
}

/// The parameters of a call: a posted form, or a query, which the real service reads as well.
fn parameters(shared: &Shared, uri: &Uri, body: &[u8]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if SECRETS.contains(&&*name) {
            shared.violations.note(format!("{}: {name} stands in the address", uri.path()));
        }
        all.insert(name.into_owned(), value.into_owned());
    }
    all.extend(url::form_urlencoded::parse(body).into_owned());
    all
}

async fn token(Routed(shared): App, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    api::needs_form(&shared, &headers, &uri, &body);
    let sent = parameters(&shared, &uri, &body);
    let get = |name: &str| sent.get(name).map_or("", String::as_str);
    let mut state = shared.state();
    let answer = grant(&shared, &mut state, &sent);
    let status = answer.as_ref().map_or_else(Refusal::status, |_| 200);
    state.token_requests.push(TokenRequest { grant_type: get("grant_type").to_owned(), status });
    match answer {
        Ok(answer) => answer,
        Err(refusal) => refusal.into_response(),
    }
}

fn grant(shared: &Shared, state: &mut State, sent: &BTreeMap<String, String>) -> Result<Response, Refusal> {
    let get = |name: &str| sent.get(name).map_or("", String::as_str);
    let client_id = get("client_id");
    let application = state.applications.get(client_id).map(|it| it.registered.clone());
    let application =
        application.ok_or_else(|| Refusal::bad_request("Application", "client_id", "invalid"))?;
    if application.client_secret != get("client_secret") {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "Application", "client_secret", "invalid"));
    }
    if !application.is_active {
        return Err(Refusal::inactive());
    }
    let known: &[&str] = match get("grant_type") {
        "authorization_code" => &["client_id", "client_secret", "grant_type", "code"],
        "refresh_token" => &["client_id", "client_secret", "grant_type", "refresh_token"],
        other => {
            shared.violations.note(format!("token: the grant_type {other:?} is unknown"));
            return Err(Refusal::bad_request("Application", "grant_type", "invalid"));
        }
    };
    for name in sent.keys().filter(|it| !known.contains(&it.as_str())) {
        shared.violations.note(format!("token: unknown parameter {name:?}"));
    }
    let (options, now) = (shared.options(), shared.clock.now());
    if get("grant_type") == "refresh_token" {
        let invalid = || Refusal::bad_request("RefreshToken", "refresh_token", "invalid");
        let token = state.refresh.get(get("refresh_token")).filter(|it| !it.is_dead).ok_or_else(invalid)?;
        let index = token.grant;
        if state.grants.get(index).is_none_or(|it| it.client_id != client_id) {
            return Err(invalid());
        }
        let pair = state.issue(index, &options, now).ok_or_else(invalid)?;
        return Ok(Json(pair).into_response());
    }
    let invalid = || Refusal::bad_request("RequestToken", "code", "invalid");
    let code = state.codes.get_mut(get("code")).filter(|it| it.client_id == client_id && !it.is_used);
    let code = code.ok_or_else(invalid)?;
    code.is_used = true;
    let (athlete, scopes) = (code.athlete, code.scopes.clone());
    if state.others(client_id, athlete) >= application.athlete_limit {
        return Err(Refusal::too_many_athletes());
    }
    let index = state.consent(client_id, athlete, scopes);
    let pair = state.issue(index, &options, now).ok_or_else(invalid)?;
    let mut body = serde_json::to_value(pair).unwrap_or_default();
    body["athlete"] = state.athlete(athlete).map(summary).unwrap_or_default();
    Ok(Json(body).into_response())
}

/// The older way: with the access token itself.
async fn deauthorize(Routed(shared): App, headers: HeaderMap) -> Response {
    let now = shared.clock.now();
    let mut state = shared.state();
    let token = api::bearer(&headers).unwrap_or_default().to_owned();
    let Some((client_id, athlete)) = state.grant_of(&token, now).map(|it| (it.client_id.clone(), it.athlete))
    else {
        return Refusal::bad_token().into_response();
    };
    state.revoke(&client_id, athlete);
    Json(json!({"access_token": token})).into_response()
}

/// The newer way: with the application's keys and either token, which ends both.
async fn revoke(Routed(shared): App, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let sent = parameters(&shared, &uri, &body);
    let basic = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok()?.strip_prefix("Basic "));
    let keys = basic.and_then(|it| String::from_utf8(STANDARD.decode(it).ok()?).ok()).unwrap_or_default();
    let (client_id, secret) = keys.split_once(':').unwrap_or_default();
    let now = shared.clock.now();
    let mut state = shared.state();
    if state.applications.get(client_id).is_none_or(|it| it.registered.client_secret != secret) {
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "Application", "client_id", "invalid");
        return refusal.into_response();
    }
    let token = sent.get("token").map_or("", String::as_str);
    if token.is_empty() {
        shared.violations.note("revoke: there is no token");
    }
    let by_refresh = state.refresh.get(token).and_then(|it| state.grants.get(it.grant));
    let athlete = state.grant_of(token, now).or(by_refresh).map(|it| it.athlete);
    if let Some(athlete) = athlete {
        state.revoke(client_id, athlete);
    }
    // As RFC 7009 has it: an unknown token is as good as revoked.
    StatusCode::OK.into_response()
}
