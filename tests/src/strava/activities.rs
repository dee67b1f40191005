//! Activities: the list, one in detail with its streams and laps, changes, and those that are typed in.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as Routed};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDateTime;
use serde_json::{Map, Value, json};

use super::Shared;
use super::activity::Activity;
use super::api::{caller, needs_form};
use super::refusal::Refusal;
use super::state::State;

/// The streams that there are.
const KEYS: [&str; 11] = [
    "time",
    "distance",
    "latlng",
    "altitude",
    "velocity_smooth",
    "heartrate",
    "cadence",
    "watts",
    "temp",
    "moving",
    "grade_smooth",
];
const READ: [&str; 2] = ["activity:read", "activity:read_all"];
const LARGEST_PAGE: usize = 200;
const USUAL_PAGE: usize = 30;
const SPORT_TYPES: &str = "AlpineSki BackcountrySki Badminton Canoeing Crossfit EBikeRide Elliptical EMountainBikeRide Golf \
    GravelRide Handcycle HighIntensityIntervalTraining Hike IceSkate InlineSkate Kayaking Kitesurf MountainBikeRide \
    NordicSki Pickleball Pilates Racquetball Ride RockClimbing RollerSki Rowing Run Sail Skateboard Snowboard Snowshoe \
    Soccer Squash StairStepper StandUpPaddling Surfing Swim TableTennis Tennis TrailRun Velomobile VirtualRide \
    VirtualRow VirtualRun Walk WeightTraining Wheelchair Windsurf Workout Yoga";

type App = Routed<Arc<Shared>>;
type Answer = Result<Response, Refusal>;

pub(super) async fn list(
    Routed(shared): App,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let mut state = shared.state();
    let caller = caller(&shared, &state, &headers, &READ)?;
    only(&shared, "list", &query, &["before", "after", "page", "per_page"]);
    let number = |name: &str| match query.get(name) {
        None => Ok(None),
        Some(text) => {
            text.parse::<i64>().map(Some).map_err(|_| Refusal::bad_request("Activity", name, "invalid"))
        }
    };
    let (before, after) = (number("before")?, number("after")?);
    let page = number("page")?.unwrap_or(1);
    let size = number("per_page")?.unwrap_or(USUAL_PAGE as i64);
    if page < 1 || !(1..=LARGEST_PAGE as i64).contains(&size) {
        shared.violations.note(format!("list: page {page} of {size}"));
        return Err(Refusal::bad_request("Activity", "per_page", "invalid"));
    }
    let mut found: Vec<&mut Activity> = Vec::new();
    for activity in state.activities.values_mut().filter(|it| it.athlete_id == caller.athlete) {
        let start = activity.told_start();
        if after.is_some_and(|after| start <= after) || before.is_some_and(|before| start >= before) {
            continue;
        }
        if activity.listings_before_seen > 0 {
            activity.listings_before_seen -= 1;
            continue;
        }
        found.push(activity);
    }
    found.sort_by_key(|it| (it.told_start(), it.id));
    if after.is_none() {
        found.reverse();
    }
    // What may not be seen is left out of its page, which is the shorter for it.
    let skipped = (page - 1) as usize * size as usize;
    let page = found.into_iter().skip(skipped).take(size as usize);
    let lines: Vec<Value> = page.filter(|it| it.is_seen_by(&caller)).map(|it| it.summary()).collect();
    Ok(Json(lines).into_response())
}

/// The activity where this caller may see it.
fn seen(shared: &Shared, state: &State, headers: &HeaderMap, id: &str) -> Result<Activity, Refusal> {
    let caller = caller(shared, state, headers, &READ)?;
    let activity = id.parse().ok().and_then(|id: u64| state.activities.get(&id));
    activity.filter(|it| it.is_seen_by(&caller)).cloned().ok_or_else(Refusal::not_found)
}

/// Notes parameters that are not known.
fn only(shared: &Shared, what: &str, query: &HashMap<String, String>, known: &[&str]) {
    for name in query.keys().filter(|it| !known.contains(&it.as_str())) {
        shared.violations.note(format!("{what}: unknown parameter {name:?}"));
    }
}

pub(super) async fn read(
    Routed(shared): App,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    only(&shared, "activity", &query, &["include_all_efforts"]);
    let state = shared.state();
    let activity = seen(&shared, &state, &headers, &id)?;
    Ok(Json(activity.detailed(&state)).into_response())
}

pub(super) async fn laps(Routed(shared): App, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    let activity = seen(&shared, &shared.state(), &headers, &id)?;
    Ok(Json(activity.told_laps()).into_response())
}

pub(super) async fn streams(
    Routed(shared): App,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    only(&shared, "streams", &query, &["keys", "key_by_type", "resolution", "series_type"]);
    let asked = query.get("keys").map_or_else(Vec::new, |it| it.split(',').collect());
    for key in asked.iter().filter(|it| !KEYS.contains(it)) {
        shared.violations.note(format!("streams: unknown key {key:?}"));
    }
    let activity = seen(&shared, &shared.state(), &headers, &id)?;
    if activity.streams.is_empty() {
        return Err(Refusal::not_found());
    }
    // As recorded: without keys there is the distance and nothing else.
    let keys = if asked.is_empty() { vec!["distance"] } else { asked };
    let stream = |key: &str| {
        let data = activity.streams.get(key)?;
        let told =
            json!({"data": data, "series_type": "time", "original_size": data.len(), "resolution": "high"});
        Some(told)
    };
    // Programs in Python write it with a capital letter.
    if query.get("key_by_type").is_some_and(|it| it.eq_ignore_ascii_case("true")) {
        let all: Map<String, Value> =
            keys.iter().filter_map(|key| Some(((*key).to_owned(), stream(key)?))).collect();
        return Ok(Json(all).into_response());
    }
    let with_type = |key: &&str| {
        let mut told = stream(key)?;
        told["type"] = json!(key);
        Some(told)
    };
    Ok(Json(keys.iter().filter_map(with_type).collect::<Vec<_>>()).into_response())
}

/// The fields of a change, as JSON or as a form.
fn fields(headers: &HeaderMap, body: &[u8]) -> Option<Map<String, Value>> {
    let kind = headers.get("content-type").and_then(|it| it.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        return serde_json::from_slice(body).ok();
    }
    let form = url::form_urlencoded::parse(body);
    Some(form.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect())
}

pub(super) async fn write(
    Routed(shared): App,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let mut state = shared.state();
    let caller = caller(&shared, &state, &headers, &["activity:write"])?;
    let invalid = |field: &str| Refusal::bad_request("Activity", field, "invalid");
    let changes = fields(&headers, &body).ok_or_else(|| invalid("body"))?;
    let id: u64 = id.parse().map_err(|_| Refusal::not_found())?;
    let owns_gear =
        |id: &str| state.athlete(caller.athlete).is_some_and(|it| it.gear.iter().any(|it| it.id == id));
    let mut activity = state.activities.get(&id).filter(|it| it.athlete_id == caller.athlete).cloned();
    let activity = activity.as_mut().ok_or_else(Refusal::not_found)?;
    if activity.visibility == "only_me" && !caller.sees_private {
        return Err(Refusal::missing_scope("activity:read_all"));
    }
    for (name, value) in changes {
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| invalid(&name));
        let flag = || match &value {
            Value::Bool(flag) => Ok(*flag),
            Value::String(text) => Ok(matches!(text.as_str(), "1" | "true")),
            _ => Err(invalid(&name)),
        };
        match name.as_str() {
            "name" => activity.name = text()?,
            "description" => activity.description = Some(text()?),
            "trainer" => activity.trainer = flag()?,
            "commute" => activity.commute = flag()?,
            "hide_from_home" => activity.hide_from_home = flag()?,
            "type" | "sport_type" => {
                let sport_type = text()?;
                if !SPORT_TYPES.split(' ').any(|it| it == sport_type) {
                    return Err(invalid("sport_type"));
                }
                activity.sport_type = sport_type;
            }
            "gear_id" => {
                let gear = text()?;
                activity.gear_id = match gear.as_str() {
                    "none" => None,
                    id if owns_gear(id) => Some(gear),
                    _ => return Err(invalid("gear_id")),
                };
            }
            other => shared.violations.note(format!("activity: unknown field {other:?}")),
        }
    }
    let told = activity.detailed(&state);
    state.activities.insert(id, activity.clone());
    Ok(Json(told).into_response())
}

/// An activity without a file.
pub(super) async fn create(Routed(shared): App, uri: Uri, headers: HeaderMap, body: Bytes) -> Answer {
    let mut state = shared.state();
    let caller = caller(&shared, &state, &headers, &["activity:write"])?;
    needs_form(&shared, &headers, &uri, &body);
    let sent = fields(&headers, &body).unwrap_or_default();
    let text = |name: &str| sent.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
    let missing = |name: &str| Refusal::bad_request("Activity", name, "missing");
    let need = |name: &str| text(name).ok_or_else(|| missing(name));
    let start = need("start_date_local")?;
    let start = NaiveDateTime::parse_from_str(start.trim_end_matches('Z'), "%Y-%m-%dT%H:%M:%S");
    let start = start.map_err(|_| missing("start_date_local"))?.and_utc().timestamp();
    let elapsed = need("elapsed_time")?.parse().map_err(|_| missing("elapsed_time"))?;
    let activity = Activity {
        name: need("name")?.to_owned(),
        description: text("description").map(str::to_owned),
        distance: text("distance").and_then(|it| it.parse().ok()).unwrap_or_default(),
        manual: true,
        device_name: None,
        visibility: shared.options().visibility,
        ..Activity::new(need("sport_type")?, start, elapsed)
    };
    let id = state.insert_activity(caller.athlete, activity);
    let told = state.activities.get(&id).map(|it| it.detailed(&state)).unwrap_or_default();
    Ok((StatusCode::CREATED, Json(told)).into_response())
}
