//! `/_sim/...`: what a test, the demo or a person with curl may ask of the simulator itself.

use std::sync::Arc;

use axum::extract::State as Shares;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Value, json};

use super::faults::Fault;
use super::generate::{Discipline, Options};
use super::state::NewUser;
use super::{Options as ServiceOptions, Shared};
use crate::server::{Times, lock};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sim/fault", post(fault))
        .route("/_sim/clear", post(clear))
        .route("/_sim/user", post(user))
        .route("/_sim/workout", post(workout))
        .route("/_sim/options", post(options))
        .route("/_sim/expire", post(expire))
        .route("/_sim/revoke", post(revoke))
        .route("/_sim/state", get(state))
}

#[derive(Deserialize)]
struct FaultRequest {
    /// The endpoint group.
    on: String,
    /// How often; always, where it is missing or null.
    times: Option<u32>,
    #[serde(flatten)]
    fault: Fault,
}

async fn fault(Shares(shared): Shares<Arc<Shared>>, Json(sent): Json<FaultRequest>) -> Json<Value> {
    shared.faults.push(sent.on, sent.fault, sent.times.map_or(Times::Always, Times::Next));
    Json(json!({"waiting": shared.faults.waiting()}))
}

async fn clear(Shares(shared): Shares<Arc<Shared>>) -> Json<Value> {
    shared.faults.clear();
    Json(json!({"waiting": 0}))
}

async fn user(Shares(shared): Shares<Arc<Shared>>, Json(sent): Json<NewUser>) -> Json<Value> {
    let id = shared.state().add_user(sent);
    Json(json!({"id": id}))
}

#[derive(Deserialize)]
struct WorkoutRequest {
    /// Peloton's `fitness_discipline`; a cycling class where it is missing.
    discipline: Option<String>,
    minutes: Option<u32>,
    /// Unix seconds; so that it ends now, where it is missing.
    start: Option<i64>,
}

/// Adds a generated workout to the first member's history.
async fn workout(
    Shares(shared): Shares<Arc<Shared>>,
    Json(sent): Json<WorkoutRequest>,
) -> Result<Json<Value>, (StatusCode, String)> {
    let wanted = sent.discipline.as_deref().unwrap_or("cycling");
    let discipline = Discipline::ALL
        .into_iter()
        .find(|discipline| discipline.slug() == wanted)
        .ok_or_else(|| (StatusCode::BAD_REQUEST, format!("no discipline {wanted:?}")))?;
    let minutes = sent.minutes.unwrap_or(20).clamp(5, 240);
    let start = sent.start.unwrap_or_else(|| Utc::now().timestamp() - i64::from(minutes) * 60);
    let mut state = shared.state();
    if state.users.is_empty() {
        return Err((StatusCode::CONFLICT, "there is no member yet".into()));
    }
    let workout = state.generate_workout(0, discipline, &Options::at(start).minutes(minutes));
    Ok(Json(json!({"id": workout.id(), "title": workout.truth.title, "start": start})))
}

async fn options(
    Shares(shared): Shares<Arc<Shared>>,
    Json(sent): Json<ServiceOptions>,
) -> Json<ServiceOptions> {
    *lock(&shared.options) = sent.clone();
    Json(sent)
}

async fn expire(Shares(shared): Shares<Arc<Shared>>) -> Json<Value> {
    shared.state().expire_access_tokens();
    Json(json!({}))
}

async fn revoke(Shares(shared): Shares<Arc<Shared>>) -> Json<Value> {
    shared.state().revoke_refresh_tokens();
    Json(json!({}))
}

async fn state(Shares(shared): Shares<Arc<Shared>>) -> Json<Value> {
    let violations = lock(&shared.violations).clone();
    let state = shared.state();
    Json(json!({
        "users": state.users.iter().map(|user| json!({
            "id": user.id, "email": user.email, "workouts": user.workouts.len(),
        })).collect::<Vec<_>>(),
        "logins": state.logins, "refreshes": state.refreshes,
        "faults_waiting": shared.faults.waiting(), "violations": violations,
    }))
}
