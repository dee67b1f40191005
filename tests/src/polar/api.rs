//! AccessLink v3: who asks, how often, and the exercises with their files.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, Request, State as Routed};
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::Value;

use super::answers::{Refusal, accepts};
use super::exercise::Exercise;
use super::faults::Fault;
use super::state::{Grant, State};
use super::{Shared, control, limits, sessions, users, webhooks};

/// Exercises that Flow got longer ago are not given.
const KEPT_SECONDS: i64 = 30 * 86_400;

pub(super) type App = Routed<Arc<Shared>>;

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    let for_users = Router::new()
        .route("/v3/exercises", get(list))
        .route("/v3/exercises/{id}", get(one))
        .route("/v3/exercises/{id}/{format}", get(file))
        .route("/v3/users", post(users::register))
        .route("/v3/users/physical-info", get(users::physical_info))
        .route("/v3/users/{id}", get(users::user).delete(users::delete))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), admit));
    for_users.merge(sessions::routes()).merge(webhooks::routes()).merge(control::routes()).with_state(shared)
}

/// Finds out who asks, counts the request, and lets it in.
async fn admit(Routed(shared): App, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let consent = request.extensions().get::<Fault>() == Some(&Fault::ConsentMissing);
    let (grant, told) = {
        let mut state = shared.state();
        let Some(grant) = grant(&shared, &state, &path, request.headers()) else {
            return Refusal::unauthorized(&shared).into_response();
        };
        let Some(told) = count(&shared, &mut state, &grant.client_id) else {
            return Refusal::unauthorized(&shared).into_response();
        };
        let given = state.persons.get(&grant.user_id).is_some_and(|it| it.consents);
        if told.is_exceeded() {
            let mut answer =
                Refusal::new(&shared, 429, "too_many_requests", "Rate limit exceeded").into_response();
            told.put_on(&mut answer);
            return answer;
        }
        if consent || !given {
            let mut answer = Refusal::no_consent(&shared).into_response();
            told.put_on(&mut answer);
            return answer;
        }
        (grant, told)
    };
    request.extensions_mut().insert(grant);
    let mut answer = next.run(request).await;
    told.put_on(&mut answer);
    answer
}

fn grant(shared: &Shared, state: &State, path: &str, headers: &HeaderMap) -> Option<Grant> {
    let header = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let Some(token) = header.and_then(|it| it.strip_prefix("Bearer ")) else {
        shared.violations.note(format!("{path}: no bearer token"));
        return None;
    };
    state.tokens.get(token).cloned()
}

fn count(shared: &Shared, state: &mut State, client_id: &str) -> Option<limits::Told> {
    let client = state.clients.get_mut(client_id)?;
    let limit = match shared.options().limits {
        Some((short, long)) => [short, long],
        None => limits::by_users(client.users.len()),
    };
    Some(client.counter.count(shared.clock.now(), limit))
}

/// The exercises that this client may see: those that Flow got since the person was registered, and not too long ago.
fn visible<'a>(shared: &Shared, state: &'a State, grant: &Grant) -> Vec<&'a Exercise> {
    let now = shared.clock.now();
    let Some(registration) = state.registration(&grant.client_id, grant.user_id) else { return Vec::new() };
    let Some(person) = state.persons.get(&grant.user_id) else { return Vec::new() };
    let since = registration.at.max(now - KEPT_SECONDS);
    person.exercises.iter().filter(|it| (since..=now).contains(&it.uploaded)).collect()
}

/// Which optional parts are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts {
    pub samples: bool,
    pub zones: bool,
    pub route: bool,
}

fn parts(shared: &Shared, path: &str, query: &HashMap<String, String>) -> Parts {
    for name in query.keys().filter(|it| !["samples", "zones", "route"].contains(&it.as_str())) {
        shared.violations.note(format!("{path}: unknown parameter {name:?}"));
    }
    let is_asked = |name: &str| match query.get(name).map(String::as_str) {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            shared.violations.note(format!("{path}: {name} is {other:?} and no boolean"));
            false
        }
    };
    Parts { samples: is_asked("samples"), zones: is_asked("zones"), route: is_asked("route") }
}

async fn list(
    Routed(shared): App,
    Extension(grant): Extension<Grant>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Json<Vec<Value>>, Refusal> {
    accepts(&shared, "/v3/exercises", &headers, "application/json")?;
    let parts = parts(&shared, "/v3/exercises", &query);
    let state = shared.state();
    let visible = visible(&shared, &state, &grant);
    Ok(Json(visible.into_iter().map(|it| it.json(grant.user_id, parts)).collect()))
}

async fn one(
    Routed(shared): App,
    Extension(grant): Extension<Grant>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    accepts(&shared, "/v3/exercises/{id}", &headers, "application/json")?;
    let parts = parts(&shared, "/v3/exercises/{id}", &query);
    let state = shared.state();
    let found = visible(&shared, &state, &grant).into_iter().find(|it| it.id == id);
    let found = found.ok_or_else(|| Refusal::not_found(&shared, "Exercise not found"))?;
    Ok(Json(found.json(grant.user_id, parts)))
}

async fn file(
    Routed(shared): App,
    Extension(grant): Extension<Grant>,
    Path((id, format)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let kind = match format.as_str() {
        "fit" => "*/*",
        "tcx" => "application/vnd.garmin.tcx+xml",
        "gpx" => "application/gpx+xml",
        _ => {
            shared.violations.note(format!("exercises have no {format:?}"));
            return Err(Refusal::not_found(&shared, "Not found"));
        }
    };
    accepts(&shared, &format!("/v3/exercises/{{id}}/{format}"), &headers, kind)?;
    let state = shared.state();
    let found = visible(&shared, &state, &grant).into_iter().find(|it| it.id == id);
    let file = found.and_then(|it| match format.as_str() {
        "fit" => it.fit.clone(),
        // Packed, and no header says so.
        "tcx" => it.tcx.as_deref().map(super::exercise::gzip),
        _ => it.gpx.clone(),
    });
    let bytes = file.ok_or_else(|| Refusal::not_found(&shared, "Exercise not found"))?;
    let kind = if kind == "*/*" { "application/octet-stream" } else { kind };
    Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
}
