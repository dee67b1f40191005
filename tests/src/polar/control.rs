//! The simulator's own door, for tests in other processes and for the demo: `/_sim/…` on AccessLink's address.
//!
//! | Request | Effect |
//! |---|---|
//! | `POST /_sim/client` `{"client_id","client_secret","redirect_urls":[…]}` | registers a client |
//! | `POST /_sim/person` `{"first_name","last_name"}` | adds a person, answers the user id |
//! | `POST /_sim/physical_info` `{"user_id","weight","created","modified","weight_source"}` | sets the body |
//! | `POST /_sim/fault` `{"on":"list","kind":"outage","status":503,"times":1}` or `"sticky":true` | queues a fault |
//! | `DELETE /_sim/fault` | drops all waiting faults |
//! | `POST /_sim/options` (any fields of `Options`) | changes options |
//! | `POST /_sim/advance` `{"seconds"}` | lets time pass |
//! | `POST /_sim/revoke` `{"client_id","user_id"}` | ends a person's permission to a client |
//! | `GET /_sim/state` | persons, registrations, token requests, violations |

use std::sync::Arc;

use axum::extract::State as Routed;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Shared;
use super::api::App;
use super::faults::Fault;
use super::state::{NewClient, NewPerson, PhysicalInfo};
use crate::control::{FaultRequest, change_options};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sim/client", post(client))
        .route("/_sim/person", post(person))
        .route("/_sim/physical_info", post(physical_info))
        .route("/_sim/fault", post(fault).delete(clear_faults))
        .route("/_sim/options", post(options))
        .route("/_sim/advance", post(advance))
        .route("/_sim/revoke", post(revoke))
        .route("/_sim/state", get(state))
}

async fn client(Routed(shared): App, Json(new): Json<NewClient>) -> StatusCode {
    shared.state().add_client(new);
    StatusCode::NO_CONTENT
}

async fn person(Routed(shared): App, Json(new): Json<NewPerson>) -> Json<Value> {
    let user_id = shared.state().add_person(new);
    Json(json!({"user_id": user_id}))
}

#[derive(Deserialize)]
struct SetPhysicalInfo {
    user_id: i64,
    #[serde(flatten)]
    info: PhysicalInfo,
}

async fn physical_info(Routed(shared): App, Json(sent): Json<SetPhysicalInfo>) -> StatusCode {
    match shared.state().persons.get_mut(&sent.user_id) {
        Some(person) => {
            person.physical_info = Some(sent.info);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::NOT_FOUND,
    }
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

#[derive(Deserialize)]
struct Revoke {
    client_id: String,
    user_id: i64,
}

async fn revoke(Routed(shared): App, Json(sent): Json<Revoke>) -> StatusCode {
    let found = shared.state().revoke(&sent.client_id, sent.user_id);
    if found { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn state(Routed(shared): App) -> Json<Value> {
    let state = shared.state();
    let clients = state.clients.iter().map(|(id, client)| {
        let users: Vec<Value> = client
            .users
            .iter()
            .map(|(user, it)| json!({"user_id": user, "member_id": it.member_id, "at": it.at}))
            .collect();
        json!({"client_id": id, "users": users})
    });
    let persons = state.persons.iter().map(|(user_id, person)| {
        json!({"user_id": user_id, "name": person.name.first_name, "exercises": person.exercises.len()})
    });
    Json(json!({
        "clients": clients.collect::<Vec<_>>(), "persons": persons.collect::<Vec<_>>(),
        "token_requests": state.token_requests, "faults_waiting": shared.faults.waiting(),
        "violations": shared.violations.all(),
    }))
}
