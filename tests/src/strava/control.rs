//! The simulator's own door, for tests in other processes and for the demo: `/_sim/…`.
//!
//! | Request | Effect |
//! |---|---|
//! | `POST /_sim/application` `{"client_id","client_secret","callback_domain"?,"athlete_limit"?,"is_active"?}` | registers an application |
//! | `POST /_sim/athlete` `{"firstname","lastname","weight"}` | adds an athlete, answers the id |
//! | `POST /_sim/gear` `{"athlete","is_bike","name"}` | adds a bike or shoes, answers the id |
//! | `POST /_sim/activity` `{"athlete","activity":{…}}` | adds an activity, answers the id |
//! | `POST /_sim/tokens` `{"client_id","athlete","scopes":[…]}` | answers a pair of tokens |
//! | `POST /_sim/fault` `{"on":"poll","kind":"limit_used_up","times":1}` or `"sticky":true` | queues a fault |
//! | `DELETE /_sim/fault` | drops all waiting faults |
//! | `POST /_sim/options` (any fields of `Options`) | changes options |
//! | `POST /_sim/advance` `{"seconds"}` | lets time pass |
//! | `POST /_sim/expire` | ends the life of all access tokens |
//! | `POST /_sim/revoke` `{"client_id","athlete"}` | ends an athlete's consent to an application |
//! | `GET /_sim/state` | athletes, activities, uploads, token requests, violations |

use std::sync::Arc;

use axum::extract::State as Routed;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Shared;
use super::activity::Activity;
use super::faults::Fault;
use super::state::{NewApplication, NewAthlete};
use crate::control::{FaultRequest, change_options};

type App = Routed<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sim/application", post(application))
        .route("/_sim/athlete", post(athlete))
        .route("/_sim/gear", post(gear))
        .route("/_sim/activity", post(activity))
        .route("/_sim/tokens", post(tokens))
        .route("/_sim/fault", post(fault).delete(clear_faults))
        .route("/_sim/options", post(options))
        .route("/_sim/advance", post(advance))
        .route("/_sim/expire", post(expire))
        .route("/_sim/revoke", post(revoke))
        .route("/_sim/state", get(state))
}

async fn application(Routed(shared): App, Json(new): Json<NewApplication>) -> StatusCode {
    shared.state().add_application(new);
    StatusCode::NO_CONTENT
}

async fn athlete(Routed(shared): App, Json(new): Json<NewAthlete>) -> Json<Value> {
    Json(json!({"id": shared.state().add_athlete(new)}))
}

#[derive(Deserialize)]
struct NewGear {
    athlete: u64,
    is_bike: bool,
    name: String,
}

async fn gear(Routed(shared): App, Json(new): Json<NewGear>) -> Response {
    match shared.state().add_gear(new.athlete, new.is_bike, &new.name) {
        Some(id) => Json(json!({"id": id})).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Deserialize)]
struct NewActivity {
    athlete: u64,
    activity: Activity,
}

async fn activity(Routed(shared): App, Json(new): Json<NewActivity>) -> Response {
    let mut state = shared.state();
    if state.athlete(new.athlete).is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    Json(json!({"id": state.insert_activity(new.athlete, new.activity)})).into_response()
}

#[derive(Deserialize)]
struct NewTokens {
    client_id: String,
    athlete: u64,
    scopes: Vec<String>,
}

async fn tokens(Routed(shared): App, Json(new): Json<NewTokens>) -> Response {
    let (options, now) = (shared.options(), shared.clock.now());
    let mut state = shared.state();
    if state.athlete(new.athlete).is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let grant = state.consent(&new.client_id, new.athlete, new.scopes.into_iter().collect());
    Json(state.issue(grant, &options, now)).into_response()
}

async fn fault(Routed(shared): App, Json(sent): Json<FaultRequest<Fault>>) -> StatusCode {
    sent.queue(&shared.faults);
    StatusCode::NO_CONTENT
}

async fn clear_faults(Routed(shared): App) -> StatusCode {
    shared.faults.clear();
    StatusCode::NO_CONTENT
}

async fn options(Routed(shared): App, Json(changes): Json<Map<String, Value>>) -> Response {
    match change_options(&shared.options, changes) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, why).into_response(),
    }
}

#[derive(Deserialize)]
struct Advance {
    seconds: i64,
}

async fn advance(Routed(shared): App, Json(sent): Json<Advance>) -> StatusCode {
    shared.clock.advance(sent.seconds);
    StatusCode::NO_CONTENT
}

async fn expire(Routed(shared): App) -> StatusCode {
    shared.state().access.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Revoke {
    client_id: String,
    athlete: u64,
}

async fn revoke(Routed(shared): App, Json(sent): Json<Revoke>) -> StatusCode {
    let found = shared.state().revoke(&sent.client_id, sent.athlete);
    if found { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn state(Routed(shared): App) -> Json<Value> {
    let state = shared.state();
    Json(json!({
        "athletes": state.athletes.iter().map(|it| json!({
            "id": it.id, "name": format!("{} {}", it.firstname, it.lastname), "weight": it.weight,
            "gear": it.gear.iter().map(|it| json!({"id": it.id, "name": it.name})).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "applications": state.applications.keys().collect::<Vec<_>>(),
        "activities": state.activities.values().collect::<Vec<_>>(),
        "uploads": state.uploads, "token_requests": state.token_requests,
        "faults_waiting": shared.faults.waiting(), "violations": shared.violations.all(),
    }))
}
