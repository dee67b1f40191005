//! The simulator's own door, for tests in other processes and for the demo: `/_sim/…`.
//!
//! | Request | Effect |
//! |---|---|
//! | `POST /_sim/user` `{"email","password","mfa"?,"domain"?,"upload_consent"?,"full_name"?}` | adds an account |
//! | `POST /_sim/fault` `{"on":"upload","kind":"accepted_then_500","times":1}` or `"sticky":true` | queues a fault |
//! | `DELETE /_sim/fault` | drops all waiting faults |
//! | `POST /_sim/options` (any fields of `Options`) | changes options |
//! | `POST /_sim/gear` `{"email","display_name","gear_type"}` | adds gear, answers its uuid |
//! | `POST /_sim/activity` `{"email","name","facts":{…}}` | adds an activity without a file, answers its id |
//! | `GET /_sim/body?email=…` | an account's weigh-ins and blood pressure readings |
//! | `POST /_sim/expire` | ends the life of all access tokens |
//! | `GET /_sim/code?email=…` | the one-time code that is good now (of the only account, without `email`) |
//! | `GET /_sim/state` | accounts, sign-ins, activities, uploads, duplicates, refreshes, violations |

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State as Routed};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::faults::Fault;
use super::file_reader::FileFacts;
use super::state::UploadOutcome;
use super::{NewUser, Shared, activities, add_user, profile};
use crate::server::{Times, lock};

type App = Routed<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sim/user", post(user))
        .route("/_sim/fault", post(fault).delete(clear_faults))
        .route("/_sim/options", post(options))
        .route("/_sim/gear", post(gear))
        .route("/_sim/activity", post(activity))
        .route("/_sim/body", get(body))
        .route("/_sim/expire", post(expire))
        .route("/_sim/code", get(code))
        .route("/_sim/state", get(state))
}

async fn user(Routed(shared): App, Json(account): Json<NewUser>) -> StatusCode {
    add_user(&mut shared.state(), account);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct NewFault {
    on: String,
    #[serde(default)]
    times: Option<u32>,
    #[serde(default)]
    sticky: bool,
    #[serde(flatten)]
    fault: Fault,
}

async fn fault(Routed(shared): App, Json(new): Json<NewFault>) -> StatusCode {
    let times = if new.sticky { Times::Always } else { Times::Next(new.times.unwrap_or(1)) };
    shared.faults.push(new.on, new.fault, times);
    StatusCode::NO_CONTENT
}

async fn clear_faults(Routed(shared): App) -> StatusCode {
    shared.faults.clear();
    StatusCode::NO_CONTENT
}

/// Fields that are not named keep their value.
async fn options(Routed(shared): App, Json(changes): Json<HashMap<String, Value>>) -> Response {
    let mut options = lock(&shared.options);
    let Ok(Value::Object(mut all)) = serde_json::to_value(&*options) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    for (name, value) in changes {
        if !all.contains_key(&name) {
            return (StatusCode::BAD_REQUEST, format!("no option is called {name}")).into_response();
        }
        all.insert(name, value);
    }
    match serde_json::from_value(Value::Object(all)) {
        Ok(changed) => {
            *options = changed;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

#[derive(Deserialize)]
struct NewGear {
    email: String,
    display_name: String,
    gear_type: String,
}

async fn gear(Routed(shared): App, Json(new): Json<NewGear>) -> Response {
    match profile::add_gear(&mut shared.state(), &new.email, &new.display_name, &new.gear_type) {
        Some(uuid) => Json(json!({"uuid": uuid})).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Deserialize)]
struct NewActivity {
    email: String,
    name: String,
    facts: FileFacts,
}

async fn activity(Routed(shared): App, Json(new): Json<NewActivity>) -> Response {
    match activities::add_without_file(&mut shared.state(), &new.email, &new.name, new.facts) {
        Some(id) => Json(json!({"activityId": id})).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn body(Routed(shared): App, Query(query): Query<HashMap<String, String>>) -> Response {
    let state = shared.state();
    let Some(user) = query.get("email").and_then(|email| state.user_by_email(email)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    Json(json!({
        "weigh_ins": state.body.weigh_ins(user).collect::<Vec<_>>(),
        "blood_pressures": state.body.blood_pressures(user).collect::<Vec<_>>(),
    }))
    .into_response()
}

async fn expire(Routed(shared): App) -> StatusCode {
    shared.state().access_tokens.clear();
    StatusCode::NO_CONTENT
}

async fn code(Routed(shared): App, Query(query): Query<HashMap<String, String>>) -> Response {
    let state = shared.state();
    let index = match query.get("email") {
        Some(email) => state.user_by_email(email),
        None => state.users.iter().position(|it| it.code.is_some()),
    };
    match index.and_then(|index| state.users.get(index)).and_then(|it| it.code.clone()) {
        Some(code) => code.into_response(),
        None => (StatusCode::NOT_FOUND, "no code was sent").into_response(),
    }
}

async fn state(Routed(shared): App) -> Response {
    let violations = lock(&shared.violations).clone();
    let state = shared.state();
    let mut activities: Vec<_> = state.activities.values().collect();
    activities.sort_by_key(|it| (it.facts.start, it.id));
    let duplicates =
        state.uploads.iter().filter(|it| matches!(it.outcome, UploadOutcome::Duplicate(_))).count();
    Json(json!({
        "users": state.users.iter().map(|it| json!({
            "email": it.account.email, "mfa": it.account.mfa, "domain": it.account.domain,
            "display_name": it.display_name, "profile_id": it.profile_id, "gear": it.gear,
        })).collect::<Vec<_>>(),
        "logins": state.logins,
        "activities": activities,
        "uploads_received": state.uploads,
        "duplicates": duplicates,
        "exchanges": state.exchanges,
        "refreshes": state.refreshes,
        "faults_waiting": shared.faults.waiting(),
        "violations": violations,
    }))
    .into_response()
}
