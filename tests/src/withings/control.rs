//! The simulator's own door, for tests in other processes and for the demo: `/_sim/…` on the API's address.
//!
//! | Request | Effect |
//! |---|---|
//! | `POST /_sim/application` `{"client_id","client_secret","registered_urls":[…]}` | registers an application |
//! | `POST /_sim/person` `{"name","time_zone"}` | adds a person, answers the user id |
//! | `POST /_sim/group` `{"userid","group":{…}}` | adds a measure group |
//! | `DELETE /_sim/group` `{"userid","grpid"}` | removes a measure group |
//! | `POST /_sim/fault` `{"on":"measure","kind":"status","status":503,"times":1}` or `"sticky":true` | queues a fault |
//! | `DELETE /_sim/fault` | drops all waiting faults |
//! | `POST /_sim/options` (any fields of `Options`) | changes options |
//! | `POST /_sim/advance` `{"seconds"}` | lets time pass |
//! | `POST /_sim/expire` | ends the life of all access tokens |
//! | `POST /_sim/revoke` `{"client_id","userid"}` | ends a person's consent to an application |
//! | `GET /_sim/state` | persons, token requests, confirmations, violations |

use std::sync::Arc;

use axum::extract::State as Routed;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Shared;
use super::faults::Fault;
use super::group::Group;
use super::state::{NewApplication, NewPerson};
use crate::control::{FaultRequest, change_options};

type App = Routed<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sim/application", post(application))
        .route("/_sim/person", post(person))
        .route("/_sim/group", post(add_group).delete(remove_group))
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

async fn person(Routed(shared): App, Json(new): Json<NewPerson>) -> Json<Value> {
    let userid = shared.state().add_person(new, false);
    Json(json!({"userid": userid}))
}

#[derive(Deserialize)]
struct AddGroup {
    userid: i64,
    group: Group,
}

async fn add_group(Routed(shared): App, Json(sent): Json<AddGroup>) -> StatusCode {
    match shared.state().person_mut(sent.userid) {
        Some(person) => {
            person.add(sent.group);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::NOT_FOUND,
    }
}

#[derive(Deserialize)]
struct RemoveGroup {
    userid: i64,
    grpid: i64,
}

async fn remove_group(Routed(shared): App, Json(sent): Json<RemoveGroup>) -> StatusCode {
    match shared.state().person_mut(sent.userid).map(|it| it.remove(sent.grpid)) {
        Some(1..) => StatusCode::NO_CONTENT,
        _ => StatusCode::NOT_FOUND,
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

async fn expire(Routed(shared): App) -> StatusCode {
    shared.state().access.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Revoke {
    client_id: String,
    userid: i64,
}

async fn revoke(Routed(shared): App, Json(sent): Json<Revoke>) -> StatusCode {
    let found = shared.state().revoke(&sent.client_id, sent.userid);
    if found { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn state(Routed(shared): App) -> Json<Value> {
    let state = shared.state();
    Json(json!({
        "persons": state.persons.iter().map(|it| json!({
            "userid": it.userid, "name": it.name, "time_zone": it.time_zone.name(), "groups": it.groups.len(),
        })).collect::<Vec<_>>(),
        "applications": state.applications.keys().collect::<Vec<_>>(),
        "token_requests": state.token_requests, "confirmations": state.confirmations,
        "faults_waiting": shared.faults.waiting(), "violations": shared.violations.all(),
    }))
}
