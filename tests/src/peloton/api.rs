//! The API: the member's record, the list of workouts, workouts, graphs and class plans.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State as Shares};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::DateTime;
use serde_json::{Value, json};

use super::state::{State, Stored, UserIndex};
use super::{Shared, control, tokens};

/// More rows than this in a page are refused.
const LIMIT_OF_LIMIT: usize = 100;
/// Rows in a page, where the client does not say.
const USUAL_LIMIT: usize = 10;
/// Seconds between samples, where the client does not say.
const USUAL_STEP: usize = 5;

type Parameters = Query<HashMap<String, String>>;

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/me", get(me))
        .route("/api/user/{user}/workouts", get(list))
        .route("/api/user/{user}/settings", get(settings))
        .route("/api/workout/{id}", get(workout))
        .route("/api/workout/{id}/performance_graph", get(performance_graph))
        .route("/api/ride/{id}/details", get(ride_details))
        .route("/auth/login", post(closed_login))
        .merge(control::routes())
        .fallback(not_found)
        .with_state(shared)
}

fn error(status: StatusCode, code: u32, message: &str) -> Response {
    let body = json!({"status": status.as_u16(), "error_code": code, "subcode": null, "message": message,
                      "details": null});
    (status, Json(body)).into_response()
}

/// The answer to a request without a good token.
pub(super) fn not_logged_in() -> Response {
    error(StatusCode::UNAUTHORIZED, 3020, "Not logged in")
}

async fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, 0, "Not found")
}

/// The sign-in of old, closed in October 2025 (peloton-to-garmin#795).
async fn closed_login(Shares(shared): Shares<Arc<Shared>>) -> Response {
    shared.violation("/auth/login: this way of signing in is closed");
    let words = "Access forbidden. Endpoint no longer accepting requests.";
    (StatusCode::FORBIDDEN, Json(json!({"status": 403, "message": words}))).into_response()
}

/// Bytes of JSON, shared and not copied.
fn json_bytes(bytes: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], Body::from(bytes)).into_response()
}

async fn me(Shares(shared): Shares<Arc<Shared>>, headers: HeaderMap) -> Response {
    let state = shared.state();
    match tokens::bearer(&state, &headers) {
        Some(user) => Json(state.me(user)).into_response(),
        None => not_logged_in(),
    }
}

/// Why a member's page is not shown.
enum Refusal {
    NotLoggedIn,
    SomebodyElse,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::NotLoggedIn => not_logged_in(),
            Self::SomebodyElse => error(StatusCode::FORBIDDEN, 0, "Private profile"),
        }
    }
}

/// The member who asks, if the address names the same one.
fn owner(state: &State, headers: &HeaderMap, id: &str) -> Result<UserIndex, Refusal> {
    let user = tokens::bearer(state, headers).ok_or(Refusal::NotLoggedIn)?;
    if state.users[user].id == id { Ok(user) } else { Err(Refusal::SomebodyElse) }
}

async fn settings(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let state = shared.state();
    match owner(&state, &headers, &id) {
        Ok(user) => Json(state.settings(user)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// What `joins` asks for.
#[derive(Clone, Copy)]
struct Joins {
    ride: bool,
    instructor: bool,
}

impl Joins {
    fn read(shared: &Shared, sent: &HashMap<String, String>) -> Self {
        let mut joins = Self { ride: false, instructor: false };
        for join in sent.get("joins").map_or("", String::as_str).split(',').filter(|join| !join.is_empty()) {
            match join {
                "ride" => joins.ride = true,
                "ride.instructor" => joins.instructor = true,
                other => shared.violation(format!("joins: {other:?} is unknown")),
            }
        }
        joins
    }

    /// `workout`, which holds everything, without what was not asked for.
    fn apply(self, workout: &Bytes) -> Bytes {
        if self.ride && self.instructor {
            return workout.clone();
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(workout) else { return workout.clone() };
        if let Some(fields) = value.as_object_mut().filter(|_| !self.ride) {
            fields.remove("ride");
        } else if let Some(ride) = value["ride"].as_object_mut() {
            ride.remove("instructor");
        }
        value.to_string().into()
    }
}

async fn list(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(sent): Parameters,
) -> Response {
    let mut state = shared.state();
    let user = match owner(&state, &headers, &id) {
        Ok(user) => user,
        Err(refusal) => return refusal.into_response(),
    };
    let joins = Joins::read(&shared, &sent);
    if sent.get("sort_by").is_some_and(|order| order != "-created") {
        shared.violation("the list was asked for in an order other than -created");
        return error(StatusCode::BAD_REQUEST, 0, "Unknown sort order");
    }
    if sent.contains_key("from") || sent.contains_key("to") {
        return list_between(&state.users[user].workouts, joins, &sent);
    }
    let number = |name: &str, usual: usize| sent.get(name).map_or(Ok(usual), |text| text.parse::<usize>());
    let (Ok(limit), Ok(page)) = (number("limit", USUAL_LIMIT), number("page", 0)) else {
        return error(StatusCode::BAD_REQUEST, 0, "limit and page must be numbers");
    };
    if limit == 0 || limit > LIMIT_OF_LIMIT {
        return error(StatusCode::BAD_REQUEST, 0, "limit must be 1 to 100");
    }
    let before = state.users[user].listing_limit.replace(limit);
    if page > 0 && before != Some(limit) {
        shared.violation(format!("limit changed from {before:?} to {limit} within one listing"));
    }
    let workouts = &state.users[user].workouts;
    let total = workouts.len();
    let rows: Vec<&Stored> = workouts.values().rev().skip(page * limit).take(limit).collect();
    let page_count = total.div_ceil(limit);
    let next = workouts.values().rev().nth((page + 1) * limit);
    let mut months: BTreeMap<String, u32> = BTreeMap::new();
    for stored in workouts.values() {
        let month = DateTime::from_timestamp(stored.created_at, 0).unwrap_or_default().format("%Y-%m");
        *months.entry(month.to_string()).or_default() += 1;
    }
    let envelope = json!({
        "limit": limit, "page": page, "total": total, "count": rows.len(), "page_count": page_count,
        "show_previous": page > 0, "show_next": next.is_some(), "sort_by": "-created_at,-pk",
        "next": next.map(|stored| json!({"workout_id": stored.id, "created_at": stored.created_at})),
        "summary": months, "aggregate_stats": [], "total_heart_rate_zone_durations": null,
    });
    json_bytes(with_data(&rows, joins, &envelope))
}

/// The list between two instants, without pages.
fn list_between(
    workouts: &BTreeMap<(i64, String), Stored>,
    joins: Joins,
    sent: &HashMap<String, String>,
) -> Response {
    let instant = |name: &str, open: i64| match sent.get(name) {
        None => Some(open),
        Some(text) => DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.timestamp()),
    };
    let (Some(from), Some(to)) = (instant("from", i64::MIN), instant("to", i64::MAX)) else {
        return error(StatusCode::BAD_REQUEST, 0, "from and to must be ISO-8601");
    };
    let rows: Vec<&Stored> =
        workouts.values().rev().filter(|stored| (from..=to).contains(&stored.created_at)).collect();
    json_bytes(with_data(
        &rows,
        joins,
        &json!({"total": rows.len(), "count": rows.len(), "sort_by": "-created_at,-pk"}),
    ))
}

/// `envelope` with `data` put in front, row by row, without parsing the rows.
fn with_data(rows: &[&Stored], joins: Joins, envelope: &Value) -> Bytes {
    let mut bytes = b"{\"data\":[".to_vec();
    for (index, stored) in rows.iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(&joins.apply(&stored.row));
    }
    bytes.extend_from_slice(b"],");
    bytes.extend_from_slice(&envelope.to_string().as_bytes()[1..]);
    bytes.into()
}

async fn workout(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(sent): Parameters,
) -> Response {
    let joins = Joins::read(&shared, &sent);
    let state = shared.state();
    let Some(user) = tokens::bearer(&state, &headers) else { return not_logged_in() };
    match state.workout(user, &id) {
        Some(stored) => json_bytes(joins.apply(&stored.detail)),
        None => error(StatusCode::NOT_FOUND, 0, "Workout not found"),
    }
}

async fn performance_graph(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(sent): Parameters,
) -> Response {
    let graph = {
        let state = shared.state();
        let Some(user) = tokens::bearer(&state, &headers) else { return not_logged_in() };
        match state.workout(user, &id) {
            Some(stored) => stored.graph.clone(),
            None => return error(StatusCode::NOT_FOUND, 0, "Workout not found"),
        }
    };
    let Ok(step) = sent.get("every_n").map_or(Ok(USUAL_STEP), |text| text.parse::<usize>()) else {
        return error(StatusCode::BAD_REQUEST, 0, "every_n must be a number");
    };
    let is_web = headers.get("peloton-platform").is_some_and(|platform| platform == "web");
    if step == 1 && is_web {
        return json_bytes(graph);
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(&graph) else { return json_bytes(graph) };
    if !is_web {
        // Other platforms do not get the positions (peloton-to-garmin#404).
        value["location_data"] = json!([]);
    }
    thin_out(&mut value, step.max(1));
    Json(value).into_response()
}

/// Keeps each `step`-th sample.
fn thin_out(graph: &mut Value, step: usize) {
    let keep = |list: &mut Value| {
        if let Some(list) = list.as_array_mut() {
            *list = std::mem::take(list).into_iter().step_by(step).collect();
        }
    };
    keep(&mut graph["seconds_since_pedaling_start"]);
    for metric in graph["metrics"].as_array_mut().into_iter().flatten() {
        keep(&mut metric["values"]);
        for alternative in metric["alternatives"].as_array_mut().into_iter().flatten() {
            keep(&mut alternative["values"]);
        }
    }
}

async fn ride_details(
    Shares(shared): Shares<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let state = shared.state();
    if tokens::bearer(&state, &headers).is_none() {
        return not_logged_in();
    }
    match state.ride(&id) {
        Some(details) => json_bytes(details),
        None => error(StatusCode::NOT_FOUND, 0, "Ride not found"),
    }
}
