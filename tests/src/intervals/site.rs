//! The routes: who the key belongs to, the activities, and the wellness of a day.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, Request, State as Routed};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};

use super::{Activity, IntervalsSimulator, Shared};
use crate::garmin::read_file;
use crate::server::lock;
use crate::web_fault::read_whole;

const LARGEST_FILE: usize = 25 * 1024 * 1024;
const UPLOAD_PARAMETERS: [&str; 5] = ["external_id", "name", "description", "device_name", "paired_event_id"];
/// As far as Baton's documents know them.
const WELLNESS_NUMBERS: [&str; 6] = ["weight", "bodyFat", "restingHR", "hrv", "sleepSecs", "steps"];

type App = Routed<Arc<Shared>>;

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/v1/athlete/{athlete}", get(athlete))
        .route("/api/v1/athlete/{athlete}/activities", get(list).post(upload))
        .route("/api/v1/athlete/{athlete}/wellness/{day}", get(read_wellness).put(write_wellness))
        .layer(DefaultBodyLimit::max(LARGEST_FILE))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), allow))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), fail))
        .with_state(shared)
}

/// Lets nobody in but the athlete, by the key and under the names that it has.
async fn allow(Routed(shared): App, request: Request, next: Next) -> Response {
    let key = basic(request.headers());
    let is_good = key == Some(("API_KEY".to_owned(), lock(&shared.state).key.clone()));
    if !is_good {
        return (StatusCode::FORBIDDEN, Json(json!({"status": 403, "error": "Access denied"})))
            .into_response();
    }
    let athlete = request.uri().path().split('/').nth(4).unwrap_or_default().to_owned();
    if !["0", IntervalsSimulator::ATHLETE.0].contains(&athlete.as_str()) {
        shared.violations.note(format!("somebody else's data: {athlete:?}"));
        return (StatusCode::FORBIDDEN, Json(json!({"status": 403, "error": "Access denied"})))
            .into_response();
    }
    next.run(request).await
}

async fn fail(Routed(shared): App, request: Request, next: Next) -> Response {
    if shared.faults.waiting() == 0 {
        return next.run(request).await;
    }
    let (request, _) = read_whole(request).await;
    let path = request.uri().path();
    let group = match (path.split('/').nth(5), request.method() == Method::GET) {
        (None, _) => "athlete",
        (Some("activities"), true) => "list",
        (Some("activities"), false) => "upload",
        (Some(_), true) => "wellness_read",
        (Some(_), false) => "wellness_write",
    };
    match shared.faults.take(&[group, "any"]) {
        Some(fault) => fault.happen(request, next).await,
        None => next.run(request).await,
    }
}

/// User and password of a request.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

async fn athlete() -> Json<Value> {
    let (id, name) = IntervalsSimulator::ATHLETE;
    Json(json!({"id": id, "name": name, "email": "rider@example.com", "sportSettings": []}))
}

fn bad(shared: &Shared, why: impl Into<String>) -> Response {
    let why = why.into();
    shared.violations.note(why.clone());
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"status": 422, "error": why}))).into_response()
}

async fn list(Routed(shared): App, Query(query): Query<HashMap<String, String>>) -> Response {
    let day = |name: &str| query.get(name).and_then(|text| text.parse::<NaiveDate>().ok());
    let Some(oldest) = day("oldest") else { return bad(&shared, "list: oldest is missing") };
    let newest = day("newest").unwrap_or(NaiveDate::MAX);
    let state = lock(&shared.state);
    let local = |activity: &&Activity| {
        DateTime::from_timestamp(activity.facts.start + activity.facts.utc_offset_seconds, 0)
            .unwrap_or_default()
    };
    let wanted = state.activities.iter().filter(|it| (oldest..=newest).contains(&local(it).date_naive()));
    let mut lines: Vec<Value> = wanted
        .map(|activity| {
            let start = DateTime::from_timestamp(activity.facts.start, 0).unwrap_or_default();
            json!({
                "id": activity.id, "external_id": activity.external_id, "name": activity.name,
                "description": activity.description, "file_type": activity.facts.format, "source": "UPLOAD",
                "start_date": start.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                "start_date_local": local(&activity).format("%Y-%m-%dT%H:%M:%S").to_string(),
                "elapsed_time": activity.facts.elapsed_seconds, "device_name": null,
            })
        })
        .collect();
    // The newest first.
    lines.reverse();
    Json(lines).into_response()
}

async fn upload(
    Routed(shared): App,
    Query(query): Query<HashMap<String, String>>,
    mut form: Multipart,
) -> Response {
    for name in query.keys().filter(|it| !UPLOAD_PARAMETERS.contains(&it.as_str())) {
        shared.violations.note(format!("upload: unknown parameter {name:?}"));
    }
    let mut file: Option<(String, Bytes)> = None;
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() != Some("file") || file.is_some() {
            return bad(&shared, format!("upload: unexpected part {:?}", field.name()));
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let Ok(bytes) = field.bytes().await else { return bad(&shared, "upload: a part is cut off") };
        file = Some((name, bytes));
    }
    let Some((name, bytes)) = file else { return bad(&shared, "upload: there is no file") };
    let Ok(facts) = read_file(&name, &bytes) else {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"error": "Unable to read file"})))
            .into_response();
    };
    let mut state = lock(&shared.state);
    // The same recording again is the activity that is there.
    if let Some(known) = state.activities.iter().find(|it| it.bytes == *bytes) {
        return Json(answer(known)).into_response();
    }
    let activity = Activity {
        id: format!("i{}", 11 + state.activities.len()),
        external_id: query.get("external_id").cloned(),
        name: query.get("name").cloned(),
        description: query.get("description").cloned(),
        facts,
        bytes: bytes.to_vec(),
    };
    let answer = answer(&activity);
    state.activities.push(activity);
    (StatusCode::CREATED, Json(answer)).into_response()
}

fn answer(activity: &Activity) -> Value {
    json!({"icu_athlete_id": IntervalsSimulator::ATHLETE.0, "id": activity.id, "activities": [{"id": activity.id}]})
}

async fn read_wellness(Routed(shared): App, Path((_, day)): Path<(String, NaiveDate)>) -> Response {
    match lock(&shared.state).wellness.get(&day) {
        Some(fields) => {
            let mut fields = fields.clone();
            fields.insert("id".into(), json!(day.to_string()));
            Json(fields).into_response()
        }
        None => (StatusCode::NOT_FOUND, Json(json!({"status": 404, "error": "Not found"}))).into_response(),
    }
}

async fn write_wellness(
    Routed(shared): App,
    Path((_, day)): Path<(String, NaiveDate)>,
    body: Bytes,
) -> Response {
    let Ok(Value::Object(sent)) = serde_json::from_slice::<Value>(&body) else {
        return bad(&shared, "wellness: the body is not a JSON object");
    };
    for (name, value) in &sent {
        let is_known = WELLNESS_NUMBERS.contains(&name.as_str());
        if !is_known || !value.as_f64().is_some_and(|it| it > 0.0) {
            return bad(&shared, format!("wellness: {name} with {value}"));
        }
    }
    let mut state = lock(&shared.state);
    let fields = state.wellness.entry(day).or_default();
    fields.extend(sent);
    Json(fields.clone()).into_response()
}
