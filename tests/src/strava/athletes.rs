//! The athlete who is signed in, with weight and gear.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Routed};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Shared;
use super::api::{caller, needs_form};
use super::refusal::Refusal;
use super::state::{Athlete, Gear};

type App = Routed<Arc<Shared>>;

/// What is told to those who may not see the whole profile.
pub(super) fn summary(athlete: &Athlete) -> Value {
    json!({
        "id": athlete.id, "username": null, "resource_state": 2, "firstname": athlete.firstname,
        "lastname": athlete.lastname, "bio": null, "city": null, "state": null, "country": null, "sex": null,
        "premium": true, "summit": true, "created_at": "2017-11-28T19:05:35Z",
        "updated_at": "2026-01-02T03:04:05Z", "badge_type_id": 1, "profile_medium": "avatar/athlete/medium.png",
        "profile": "avatar/athlete/large.png", "friend": null, "follower": null,
    })
}

fn detailed(athlete: &Athlete) -> Value {
    let mut all = summary(athlete);
    let gear = |is_bike: bool| -> Vec<Value> {
        let fitting = athlete.gear.iter().filter(|it| it.id.starts_with('b') == is_bike);
        fitting.enumerate().map(|(index, it)| summary_gear(it, index == 0)).collect()
    };
    all["resource_state"] = json!(3);
    all["weight"] = json!(athlete.weight);
    all["ftp"] = Value::Null;
    all["measurement_preference"] = json!("meters");
    all["date_preference"] = json!("%m/%d/%Y");
    all["bikes"] = json!(gear(true));
    all["shoes"] = json!(gear(false));
    all["clubs"] = json!([]);
    all
}

fn summary_gear(gear: &Gear, is_primary: bool) -> Value {
    json!({
        "id": gear.id, "primary": is_primary, "name": gear.name, "nickname": "", "resource_state": 2,
        "retired": false, "distance": 0, "converted_distance": 0.0,
    })
}

pub(super) async fn read(Routed(shared): App, headers: HeaderMap) -> Result<Response, Refusal> {
    let state = shared.state();
    let caller = caller(&shared, &state, &headers, &[])?;
    let athlete = state.athlete(caller.athlete).ok_or_else(Refusal::not_found)?;
    let told = if caller.sees_whole_profile { detailed(athlete) } else { summary(athlete) };
    Ok(Json(told).into_response())
}

/// Weight in kilograms, and threshold power.
pub(super) async fn write(
    Routed(shared): App,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let mut state = shared.state();
    let caller = caller(&shared, &state, &headers, &["profile:write"])?;
    needs_form(&shared, &headers, &uri, &body);
    let mut weight = None;
    let query = uri.query().unwrap_or_default().as_bytes().to_vec();
    for (name, value) in url::form_urlencoded::parse(&query).chain(url::form_urlencoded::parse(&body)) {
        match &*name {
            "weight" => weight = Some(value.into_owned()),
            "ftp" => {}
            other => shared.violations.note(format!("athlete: unknown parameter {other:?}")),
        }
    }
    let invalid = || Refusal::bad_request("Athlete", "weight", "invalid");
    let weight: f64 = weight.ok_or_else(invalid)?.parse().map_err(|_| invalid())?;
    if !(1.0..1000.0).contains(&weight) {
        return Err(invalid());
    }
    state.weights_written.push(weight);
    let athlete = state.athlete_mut(caller.athlete).ok_or_else(Refusal::not_found)?;
    athlete.weight = weight;
    Ok(Json(detailed(athlete)).into_response())
}

pub(super) async fn gear(
    Routed(shared): App,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let state = shared.state();
    let caller = caller(&shared, &state, &headers, &[])?;
    let athlete = state.athlete(caller.athlete).ok_or_else(Refusal::not_found)?;
    let gear = athlete.gear.iter().find(|it| it.id == id).ok_or_else(Refusal::not_found)?;
    let mut told = summary_gear(gear, false);
    told["resource_state"] = json!(3);
    told["brand_name"] = Value::Null;
    told["model_name"] = Value::Null;
    told["description"] = Value::Null;
    told["notification_distance"] = json!(0);
    Ok(Json(told).into_response())
}
