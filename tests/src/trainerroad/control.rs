//! The simulator's own door, for tests in other processes and for the demo: `/_sim/…`.
//!
//! | Request | Effect |
//! |---|---|
//! | `POST /_sim/member` `{"username","password","weight_kg","imperial"?}` | adds a member |
//! | `POST /_sim/fault` `{"on":"rider_write","kind":"outage","status":503,"times":1}` or `"sticky":true` | queues a fault |
//! | `DELETE /_sim/fault` | drops all waiting faults |
//! | `POST /_sim/options` (any fields of `Options`) | changes options |
//! | `POST /_sim/sign_out` | ends all sessions |
//! | `GET /_sim/state` | members, sign-ins, writings, violations |

use std::sync::Arc;

use axum::extract::State as Routed;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::Shared;
use super::faults::Fault;
use super::state::NewMember;
use crate::control::{FaultRequest, change_options};

type App = Routed<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sim/member", post(member))
        .route("/_sim/fault", post(fault).delete(clear_faults))
        .route("/_sim/options", post(options))
        .route("/_sim/sign_out", post(sign_out))
        .route("/_sim/state", get(state))
}

async fn member(Routed(shared): App, Json(new): Json<NewMember>) -> StatusCode {
    shared.state().add_member(new);
    StatusCode::NO_CONTENT
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

async fn sign_out(Routed(shared): App) -> StatusCode {
    shared.state().sessions.clear();
    StatusCode::NO_CONTENT
}

async fn state(Routed(shared): App) -> Json<Value> {
    let state = shared.state();
    Json(json!({
        "members": state.members.iter().map(|it| json!({
            "username": it.account.username, "member_id": it.id, "rider": it.rider,
        })).collect::<Vec<_>>(),
        "logins": state.logins, "writes": state.writes,
        "faults_waiting": shared.faults.waiting(), "violations": shared.violations.all(),
    }))
}
