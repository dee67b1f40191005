//! The Dynamic API (v4): training sessions of any age by days, and the catalogue of sports. It gives no files, and everything
//! but the totals one day at a time.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Routed};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use super::Shared;
use super::api::App;
use super::exercise::{Exercise, SampleRow, sample_types, utc};

/// The longest period without features, in days.
const LONGEST_DAYS: i64 = 90;
const FEATURES: [&str; 12] = [
    "samples",
    "test-results",
    "training-load-report",
    "laps",
    "hill-splits",
    "routes",
    "statistics",
    "zones",
    "pause-times",
    "strength-training-results",
    "comments",
    "physical-info",
];
/// The catalogue; the ids of the Dynamic API are not those of v3, which names its sports.
const SPORTS: [(&str, &str); 8] = [
    ("1", "RUNNING"),
    ("2", "CYCLING"),
    ("5", "MOUNTAIN_BIKING"),
    ("11", "HIKING"),
    ("15", "STRENGTH_TRAINING"),
    ("27", "TRAIL_RUNNING"),
    ("33", "YOGA"),
    ("38", "ROAD_BIKING"),
];

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v4/data/training-sessions/list", get(list))
        .route("/v4/data/sports/list", get(sports))
}

/// A refusal, as the Dynamic API writes it.
struct Refused(u16, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(json!({"errorMessage": self.1}))).into_response()
    }
}

/// Whose training the token lets somebody read.
fn admit(shared: &Shared, headers: &HeaderMap, scope: &str) -> Result<i64, Refused> {
    let told = |name| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if !told(header::ACCEPT).contains("application/json") {
        shared.violations.note("v4: the client does not accept application/json");
    }
    let Some(token) = told(header::AUTHORIZATION).strip_prefix("Bearer ") else {
        shared.violations.note("v4: no bearer token");
        return Err(Refused(401, "Unauthorized".into()));
    };
    let state = shared.state();
    if state.tokens.contains_key(token) {
        shared.violations.note("v4: this is a token of v3");
    }
    let permission = state.permissions.get(token).filter(|it| shared.clock.now() < it.expires);
    let permission = permission.ok_or_else(|| Refused(401, "Unauthorized".into()))?;
    if !permission.scopes.split(' ').any(|it| it == scope) {
        return Err(Refused(403, format!("Missing required scope: {scope}")));
    }
    Ok(permission.grant.user_id)
}

async fn sports(Routed(shared): App, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    admit(&shared, &headers, "sports:read")?;
    let rows = SPORTS.map(|(id, name)| {
        json!({"identifier": {"id": id}, "name": name, "modified": "2025-01-01T00:00:00Z", "longNames": {}})
    });
    Ok(Json(json!({"sports": rows})))
}

async fn list(
    Routed(shared): App,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refused> {
    let user_id = admit(&shared, &headers, "training_sessions:read")?;
    let (mut from, mut to, mut features) = (None, None, Vec::new());
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match &*name {
            "from" => from = Some(day(&shared, &value)?),
            "to" => to = Some(day(&shared, &value)?),
            "features" if FEATURES.contains(&&*value) => features.push(value.into_owned()),
            _ => {
                shared.violations.note(format!("v4: {name}={value} is unknown"));
                return Err(Refused(400, format!("Unknown parameter {name}")));
            }
        }
    }
    let (Some(from), Some(to)) = (from, to) else {
        shared.violations.note("v4: from and to are needed");
        return Err(Refused(400, "from and to are required".into()));
    };
    let days = (to - from).num_days();
    let most = if features.is_empty() { LONGEST_DAYS } else { 1 };
    if !(1..=most).contains(&days) {
        shared.violations.note(format!("v4: {days} days with the features {features:?}"));
        return Err(Refused(400, "Invalid date range".into()));
    }
    if !features.is_empty() && shared.options().refuses_features {
        return Err(Refused(400, "features are not supported".into()));
    }
    let state = shared.state();
    let exercises = state.persons.get(&user_id).map_or(&[][..], |it| it.exercises.as_slice());
    let now = shared.clock.now();
    let wanted = exercises
        .iter()
        .filter(|it| it.uploaded <= now && (from..to).contains(&local(it.start, it).date()))
        .map(|it| session(it, &features));
    Ok(Json(json!({"trainingSessions": wanted.collect::<Vec<_>>()})))
}

/// A day in the form that this client is allowed.
fn day(shared: &Shared, text: &str) -> Result<NaiveDate, Refused> {
    if shared.options().takes_times {
        let words = || Refused(400, format!("Text '{text}' could not be parsed as datetime"));
        return NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S")
            .map(|it| it.date())
            .map_err(|_| words());
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| Refused(400, format!("Text '{text}' is no date")))
}

fn local(time: i64, exercise: &Exercise) -> NaiveDateTime {
    let local = time + i64::from(exercise.utc_offset_minutes) * 60;
    DateTime::from_timestamp(local, 0).unwrap_or_default().naive_utc()
}

fn written(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%dT%H:%M:%S").to_string()
}

fn session(exercise: &Exercise, features: &[String]) -> Value {
    let has = |feature: &str| features.iter().any(|it| it == feature);
    let start = written(local(exercise.start, exercise));
    let millis = (exercise.duration * 1000.0).round();
    let sport = SPORTS.iter().find(|(_, name)| *name == exercise.detailed_sport_info);
    let sport = json!({"id": sport.map_or("9999", |(id, _)| id)});
    let mut part = json!({
        "identifier": {"id": format!("part-{}", exercise.start)}, "startTime": start,
        "timezoneOffsetMinutes": exercise.utc_offset_minutes, "durationMillis": millis, "sport": sport,
    });
    if has("samples") {
        let rows: Vec<Value> = exercise.samples.iter().filter_map(row).collect();
        part["samples"] = json!({"samples": rows});
    }
    if has("routes") && !exercise.route.is_empty() {
        let points: Vec<Value> = exercise
            .route
            .iter()
            .map(|it| {
                let millis = (it.seconds * 1000.0).round();
                json!({"latitude": it.latitude, "longitude": it.longitude, "elapsedMillis": millis})
            })
            .collect();
        part["routes"] = json!({"route": {"startTime": start, "wayPoints": points}});
    }
    if has("laps") {
        let half = (millis / 2.0).round();
        let laps = json!([{"splitTimeMillis": half, "durationMillis": half}]);
        part["laps"] = json!({"laps": laps, "autoLaps": []});
    }
    let stop = local(exercise.start + exercise.duration.ceil() as i64, exercise);
    let mut all = json!({
        "identifier": {"id": (exercise.start * 31).to_string()}, "created": utc(exercise.uploaded),
        "modified": utc(exercise.uploaded), "startTime": start, "stopTime": written(stop),
        "timezoneOffsetMinutes": exercise.utc_offset_minutes, "durationMillis": millis, "sport": sport,
        "startTrigger": "TRAINING_START_MANUAL", "exercises": [part],
    });
    let optional = [
        ("distanceMeters", exercise.distance.map(|it| json!(it))),
        ("calories", exercise.calories.map(|it| json!(it))),
        ("hrAvg", exercise.heart_rate.map(|it| json!(it.0))),
        ("hrMax", exercise.heart_rate.map(|it| json!(it.1))),
        ("product", exercise.device.as_ref().map(|it| json!({"modelName": it}))),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            all[name] = value;
        }
    }
    all
}

/// A row of samples, with its type by name and "NaN" where the sensor was offline. Cadence is that of one foot.
fn row(row: &SampleRow) -> Option<Value> {
    let (kind, scale) = match row.kind {
        sample_types::HEART_RATE => ("HEART_RATE", 1.0),
        sample_types::SPEED => ("SPEED", 1.0),
        sample_types::CADENCE => ("CADENCE", 1.0),
        sample_types::RUNNING_CADENCE => ("CADENCE", 0.5),
        sample_types::ALTITUDE => ("ALTITUDE", 1.0),
        sample_types::POWER => ("POWER", 1.0),
        sample_types::TEMPERATURE => ("TEMPERATURE", 1.0),
        sample_types::DISTANCE => ("DISTANCE", 1.0),
        _ => return None,
    };
    let values: Vec<Value> =
        row.data.iter().map(|value| value.map_or_else(|| json!("NaN"), |it| json!(it * scale))).collect();
    Some(json!({"type": kind, "intervalMillis": f64::from(row.rate?) * 1000.0, "values": values}))
}
