//! Activities: the list, one in detail with its streams and laps, changes, and those that are typed in.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as Routed};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDateTime};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Shared;
use super::api::{Caller, caller, needs_form};
use super::refusal::Refusal;
use super::state::State;

const READ: [&str; 2] = ["activity:read", "activity:read_all"];
const LARGEST_PAGE: usize = 200;
const USUAL_PAGE: usize = 30;
const SPORT_TYPES: &str = "AlpineSki BackcountrySki Badminton Canoeing Crossfit EBikeRide Elliptical EMountainBikeRide Golf \
    GravelRide Handcycle HighIntensityIntervalTraining Hike IceSkate InlineSkate Kayaking Kitesurf MountainBikeRide \
    NordicSki Pickleball Pilates Racquetball Ride RockClimbing RollerSki Rowing Run Sail Skateboard Snowboard Snowshoe \
    Soccer Squash StairStepper StandUpPaddling Surfing Swim TableTennis Tennis TrailRun Velomobile VirtualRide \
    VirtualRow VirtualRun Walk WeightTraining Wheelchair Windsurf Workout Yoga";

/// An activity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Activity {
    pub id: u64,
    pub athlete_id: u64,
    pub name: String,
    pub description: Option<String>,
    pub sport_type: String,
    /// Unix seconds.
    pub start: i64,
    /// Local time minus UTC, seconds.
    pub utc_offset: i64,
    pub elapsed_time: i64,
    pub moving_time: i64,
    /// m
    pub distance: f64,
    pub trainer: bool,
    pub commute: bool,
    /// Typed in, without a file.
    pub manual: bool,
    pub hide_from_home: bool,
    /// `everyone`, `followers_only` or `only_me`.
    pub visibility: String,
    pub gear_id: Option<String>,
    pub external_id: Option<String>,
    pub upload_id: Option<u64>,
    pub device_name: Option<String>,
    pub calories: f64,
    /// The athlete hides the time of day: it is told as one second after midnight.
    pub hides_start: bool,
    /// So many listings do not show it yet.
    pub listings_before_seen: u32,
    /// By key, all of one length.
    pub streams: BTreeMap<String, Vec<Value>>,
    pub laps: Vec<Value>,
}

impl Activity {
    /// An activity that everyone may see, recorded by a watch.
    pub fn new(sport_type: &str, start: i64, elapsed_time: i64) -> Self {
        Self {
            name: format!("A {sport_type}"),
            sport_type: sport_type.into(),
            start,
            elapsed_time,
            moving_time: elapsed_time,
            visibility: "everyone".into(),
            device_name: Some("Garmin Forerunner 265".into()),
            ..Self::default()
        }
    }

    fn is_seen_by(&self, caller: &Caller) -> bool {
        self.athlete_id == caller.athlete && (caller.sees_private || self.visibility != "only_me")
    }

    /// As it is told: hidden starts are one second after midnight.
    fn told_start(&self) -> i64 {
        if !self.hides_start {
            return self.start;
        }
        let local = self.start + self.utc_offset;
        local - local.rem_euclid(86_400) + 1 - self.utc_offset
    }

    /// A line of the list.
    fn summary(&self) -> Value {
        let start = self.told_start();
        let hours = self.utc_offset / 3600;
        let mut all = json!({
            "resource_state": 2, "athlete": {"id": self.athlete_id, "resource_state": 1}, "id": self.id,
            "name": self.name, "distance": self.distance, "moving_time": self.moving_time,
            "elapsed_time": self.elapsed_time, "total_elevation_gain": 0.0, "type": former_type(&self.sport_type),
            "sport_type": self.sport_type, "workout_type": null, "start_date": clock(start),
            // Local time with a false Z.
            "start_date_local": clock(start + self.utc_offset),
            "timezone": format!("(GMT{hours:+03}:00) Etc/GMT{:+}", -hours), "utc_offset": self.utc_offset as f64,
        });
        let more = json!({
            "trainer": self.trainer, "commute": self.commute, "manual": self.manual,
            "private": self.visibility == "only_me", "visibility": self.visibility, "flagged": false,
            "gear_id": self.gear_id, "start_latlng": [], "end_latlng": [], "average_speed": 0.0, "max_speed": 0.0,
            "has_heartrate": self.streams.contains_key("heartrate"), "upload_id": self.upload_id,
            "upload_id_str": self.upload_id.map(|it| it.to_string()), "external_id": self.external_id,
            "device_name": self.device_name, "map": {"id": format!("a{}", self.id), "resource_state": 2},
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        all
    }

    fn detailed(&self, state: &State) -> Value {
        let mut all = self.summary();
        all["resource_state"] = json!(3);
        all["description"] = json!(self.description);
        all["calories"] = json!(self.calories);
        all["hide_from_home"] = json!(self.hide_from_home);
        all["segment_efforts"] = json!([]);
        all["laps"] = json!(self.laps);
        all["embed_token"] = json!("0123456789abcdef");
        let gear = state.athlete(self.athlete_id).into_iter().flat_map(|it| &it.gear);
        let gear = gear.into_iter().find(|it| Some(&it.id) == self.gear_id.as_ref());
        all["gear"] =
            gear.map_or(Value::Null, |it| json!({"id": it.id, "name": it.name, "resource_state": 2}));
        all
    }
}

/// The older, coarser word.
fn former_type(sport_type: &str) -> &str {
    match sport_type {
        "MountainBikeRide" | "GravelRide" => "Ride",
        "TrailRun" => "Run",
        other => other,
    }
}

pub(super) fn clock(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

type App = Routed<Arc<Shared>>;
type Answer = Result<Response, Refusal>;

pub(super) async fn list(
    Routed(shared): App,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let mut state = shared.state();
    let caller = caller(&shared, &state, &headers, &READ)?;
    for name in query.keys().filter(|it| !["before", "after", "page", "per_page"].contains(&it.as_str())) {
        shared.violations.note(format!("list: unknown parameter {name:?}"));
    }
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

pub(super) async fn read(Routed(shared): App, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    let state = shared.state();
    let activity = seen(&shared, &state, &headers, &id)?;
    Ok(Json(activity.detailed(&state)).into_response())
}

pub(super) async fn laps(Routed(shared): App, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    let activity = seen(&shared, &shared.state(), &headers, &id)?;
    Ok(Json(activity.laps).into_response())
}

pub(super) async fn streams(
    Routed(shared): App,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let activity = seen(&shared, &shared.state(), &headers, &id)?;
    if activity.streams.is_empty() {
        return Err(Refusal::not_found());
    }
    let keys: Vec<&str> = query.get("keys").map_or_else(|| vec!["distance"], |it| it.split(',').collect());
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
