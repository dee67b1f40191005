//! The activities of an account: list, count, read, edit, delete, download.

use std::collections::HashMap;
use std::io::{Cursor, Write as _};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State as Routed};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};

use super::Shared;
use super::answers::{self, Refusal};
use super::file_reader::{self, FileFacts};
use super::state::{Activity, State, UserIndex};
use super::tokens::Caller;

/// More than this many list items may not be asked for at once.
const LARGEST_PAGE: usize = 1000;
/// Local time is never further from UTC than this, in seconds.
const LARGEST_OFFSET: i64 = 15 * 3600;
const LIST_PARAMETERS: [&str; 12] = [
    "start",
    "limit",
    "activityType",
    "activitySubType",
    "startDate",
    "endDate",
    "search",
    "sortBy",
    "sortOrder",
    "minDistance",
    "maxDistance",
    "excludeChildren",
];
const EDITABLE: [&str; 7] = [
    "activityId",
    "activityName",
    "description",
    "activityTypeDTO",
    "eventTypeDTO",
    "metadataDTO",
    "accessControlRuleDTO",
];

type App = Routed<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/activitylist-service/activities/search/activities", get(list))
        .route("/activitylist-service/activities/count", get(count))
        .route("/activity-service/activity/activityTypes", get(types))
        .route("/activity-service/activity/{id}", get(read).put(edit).delete(delete))
        .route("/download-service/files/activity/{id}", get(download))
}

async fn list(
    Routed(shared): App,
    Query(query): Query<HashMap<String, String>>,
    Caller(owner): Caller,
) -> Response {
    for name in query.keys().filter(|name| !LIST_PARAMETERS.contains(&name.as_str())) {
        shared.violation(format!("list: unknown parameter {name:?}"));
    }
    let number = |name: &str, default: usize| match query.get(name) {
        Some(text) => text.parse::<usize>().map_err(|_| name.to_owned()),
        None => Ok(default),
    };
    let date = |name: &str| match query.get(name) {
        Some(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Some).map_err(|_| name.to_owned()),
        None => Ok(None),
    };
    let bounds = (|| {
        Ok::<_, String>((number("start", 0)?, number("limit", 20)?, date("startDate")?, date("endDate")?))
    })();
    let (skip, limit, from, to) = match bounds {
        Ok(bounds) if bounds.1 <= LARGEST_PAGE => bounds,
        other => {
            shared.violation(format!(
                "list: a parameter that cannot be read, or a limit over 1000: {:?}",
                other.err()
            ));
            return answers::bad_request("Invalid parameter");
        }
    };
    let midnight = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
    let earliest = from.map_or(i64::MIN, |date| midnight(date) - LARGEST_OFFSET);
    let latest = to.map_or(i64::MAX, |date| midnight(date) + 86_400 + LARGEST_OFFSET);
    let state = shared.state();
    let wanted = |activity: &&Activity| {
        let day = DateTime::from_timestamp(activity.facts.start + activity.facts.utc_offset_seconds, 0)
            .map(|it| it.date_naive());
        from.is_none_or(|from| day >= Some(from))
            && to.is_none_or(|to| day <= Some(to))
            && query.get("activityType").is_none_or(|key| type_of(activity).1 == *key)
            && query
                .get("search")
                .is_none_or(|text| activity.name.as_ref().is_some_and(|name| name.contains(text)))
    };
    if earliest > latest {
        return Json(json!([])).into_response();
    }
    let inside = state.by_start.range((owner, earliest, 0)..=(owner, latest, u64::MAX)).map(|&(_, _, id)| id);
    let found = |id: u64| state.activities.get(&id);
    let page: Vec<Value> = if query.get("sortOrder").is_some_and(|order| order == "asc") {
        inside.filter_map(found).filter(wanted).skip(skip).take(limit).map(|it| item(&state, it)).collect()
    } else {
        inside
            .rev()
            .filter_map(found)
            .filter(wanted)
            .skip(skip)
            .take(limit)
            .map(|it| item(&state, it))
            .collect()
    };
    Json(page).into_response()
}

/// One line of the list.
fn item(state: &State, activity: &Activity) -> Value {
    let facts = &activity.facts;
    let (type_id, type_key, parent) = type_of(activity);
    let owner = state.users.get(activity.owner);
    json!({
        "activityId": activity.id,
        "activityName": activity.name,
        "description": activity.description,
        "startTimeLocal": clock(facts.start + facts.utc_offset_seconds, "%Y-%m-%d %H:%M:%S"),
        "startTimeGMT": clock(facts.start, "%Y-%m-%d %H:%M:%S"),
        "endTimeGMT": clock(facts.start + facts.elapsed_seconds as i64, "%Y-%m-%d %H:%M:%S"),
        "activityType": {
            "typeId": type_id, "typeKey": type_key, "parentTypeId": parent,
            "isHidden": false, "restricted": false, "trimmable": true,
        },
        "eventType": {"typeId": 9, "typeKey": "uncategorized", "sortOrder": 10},
        "distance": facts.distance_metres,
        "duration": facts.timer_seconds,
        "elapsedDuration": facts.elapsed_seconds,
        "movingDuration": facts.timer_seconds,
        "elevationGain": null,
        "elevationLoss": null,
        "averageSpeed": null,
        "maxSpeed": null,
        "startLatitude": null,
        "startLongitude": null,
        "hasPolyline": false,
        "ownerId": owner.map(|it| it.profile_id),
        "ownerDisplayName": owner.map(|it| it.display_name.as_str()),
        "calories": facts.calories,
        "averageHR": facts.average_heart_rate,
        "maxHR": null,
        "steps": null,
        "privacy": {"typeId": 2, "typeKey": "private"},
        "timeZoneId": 124,
        "beginTimestamp": facts.start * 1000,
        "sportTypeId": facts.sport,
        "deviceId": facts.serial_number,
        "manufacturer": manufacturer_name(facts.manufacturer),
        "lapCount": facts.laps,
        "favorite": false,
    })
}

async fn count(Routed(shared): App, Caller(owner): Caller) -> Response {
    let total = shared.state().activities.values().filter(|it| it.owner == owner).count();
    Json(json!({"totalCount": total})).into_response()
}

async fn types(_: Caller) -> Response {
    let list: Vec<Value> = TYPES
        .iter()
        .map(|(.., id, key, parent)| json!({"typeId": id, "typeKey": key, "parentTypeId": parent}))
        .collect();
    Json(list).into_response()
}

/// The owner's activity with the id of a path; or the refusal.
fn owned<'a>(state: &'a mut State, owner: UserIndex, id: &str) -> Result<&'a mut Activity, Refusal> {
    let id: u64 = id.parse().map_err(|_| answers::bad_request("Invalid activity id"))?;
    match state.activities.get_mut(&id) {
        None => Err(answers::not_found().into()),
        Some(activity) if activity.owner != owner => {
            Err(answers::error(StatusCode::FORBIDDEN, "Forbidden", "ForbiddenException").into())
        }
        Some(activity) => Ok(activity),
    }
}

async fn read(
    Routed(shared): App,
    Path(id): Path<String>,
    Caller(owner): Caller,
) -> Result<Response, Refusal> {
    let mut state = shared.state();
    let activity = owned(&mut state, owner, &id)?;
    let facts = &activity.facts;
    let (type_id, type_key, parent) = type_of(activity);
    Ok(Json(json!({
        "activityId": activity.id,
        "activityUUID": {"uuid": uuid::Uuid::from_u128(u128::from(activity.id))},
        "activityName": activity.name,
        "description": activity.description,
        "activityTypeDTO": {"typeId": type_id, "typeKey": type_key, "parentTypeId": parent},
        "eventTypeDTO": {"typeId": 9, "typeKey": "uncategorized", "sortOrder": 10},
        "accessControlRuleDTO": {"typeId": 2, "typeKey": "private"},
        "timeZoneUnitDTO": {"unitId": 124, "unitKey": "Europe/London", "factor": 0.0, "timeZone": "Europe/London"},
        "metadataDTO": {
            "fileFormat": {"formatId": 7, "formatKey": facts.format},
            "deviceMetaDataDTO": {"deviceId": facts.serial_number.to_string()},
            "manufacturer": manufacturer_name(facts.manufacturer),
            "favorite": false,
        },
        "summaryDTO": {
            "startTimeLocal": clock(facts.start + facts.utc_offset_seconds, "%Y-%m-%dT%H:%M:%S.0"),
            "startTimeGMT": clock(facts.start, "%Y-%m-%dT%H:%M:%S.0"),
            "distance": facts.distance_metres,
            "duration": facts.timer_seconds,
            "elapsedDuration": facts.elapsed_seconds,
            "calories": facts.calories,
            "averageHR": facts.average_heart_rate,
        },
    }))
    .into_response())
}

async fn edit(
    Routed(shared): App,
    Path(id): Path<String>,
    Caller(owner): Caller,
    body: Bytes,
) -> Result<Response, Refusal> {
    let Ok(Value::Object(change)) = serde_json::from_slice::<Value>(&body) else {
        shared.violation("edit: the body is not a JSON object");
        return Err(answers::bad_request("Invalid body").into());
    };
    let named = match change.get("activityId") {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    if named != id {
        shared.violation("edit: activityId in the body is not that of the address");
        return Err(answers::bad_request("activityId mismatch").into());
    }
    for name in change.keys().filter(|name| !EDITABLE.contains(&name.as_str())) {
        shared.violation(format!("edit: unknown field {name:?}"));
    }
    let mut state = shared.state();
    let activity = owned(&mut state, owner, &id)?;
    if let Some(name) = change.get("activityName") {
        activity.name = name.as_str().map(str::to_owned);
    }
    if let Some(description) = change.get("description") {
        activity.description = description.as_str().map(str::to_owned);
    }
    if let Some(edited) = change.get("activityTypeDTO") {
        let key = edited["typeKey"].as_str().unwrap_or_default().to_owned();
        activity.edited_type = edited["typeId"].as_u64().map(|id| (id, key));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(
    Routed(shared): App,
    Path(id): Path<String>,
    Caller(owner): Caller,
) -> Result<Response, Refusal> {
    let mut state = shared.state();
    let id = owned(&mut state, owner, &id)?.id;
    state.remove_activity(id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The uploaded file in a zip. Activities without a file, or whose bytes were not kept, are not found.
async fn download(
    Routed(shared): App,
    Path(id): Path<String>,
    Caller(owner): Caller,
) -> Result<Response, Refusal> {
    let mut state = shared.state();
    let activity = owned(&mut state, owner, &id)?;
    let Some(bytes) = activity.bytes.clone() else { return Err(answers::not_found().into()) };
    let name = format!("{}_ACTIVITY.{}", activity.id, activity.facts.format);
    let zip = zipped(&name, &bytes)
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response())?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-zip-compressed".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.zip\"", activity.id)),
    ];
    Ok((headers, zip).into_response())
}

fn zipped(name: &str, bytes: &[u8]) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default())?;
    writer.write_all(bytes)?;
    Ok(writer.finish()?.into_inner())
}

/// Adds an activity that never had a file.
pub(super) fn add_without_file(state: &mut State, email: &str, name: &str, facts: FileFacts) -> Option<u64> {
    let owner = state.user_by_email(email)?;
    let id = 11_000_000_000 + state.number();
    state.insert_activity(Activity {
        id,
        owner_email: email.to_owned(),
        name: Some(name.to_owned()),
        description: None,
        facts,
        file_name: String::new(),
        sha256: String::new(),
        gear: Vec::new(),
        edited_type: None,
        bytes: None,
        owner,
    });
    Some(id)
}

/// Adds an activity with the file that its device wrote.
pub(super) fn add_recording(state: &mut State, email: &str, name: &str, file: Vec<u8>) -> Option<u64> {
    let facts = file_reader::read_fit(&file).ok()?;
    let id = add_without_file(state, email, name, facts)?;
    let activity = state.activities.get_mut(&id)?;
    activity.file_name = format!("{id}.fit");
    activity.bytes = Some(file.into());
    Some(id)
}

/// (FIT sport, FIT sub-sport or none for any, type id, type key, parent type id)
const TYPES: [(u8, Option<u8>, u64, &str, u64); 17] = [
    (1, Some(1), 18, "treadmill_running", 1),
    (1, None, 1, "running", 17),
    (2, Some(6), 25, "indoor_cycling", 2),
    (2, Some(58), 152, "virtual_ride", 2),
    (2, None, 2, "cycling", 17),
    (4, Some(14), 32, "indoor_rowing", 29),
    (4, Some(15), 30, "elliptical", 29),
    (4, None, 29, "fitness_equipment", 17),
    (10, Some(20), 13, "strength_training", 29),
    (10, Some(26), 11, "indoor_cardio", 29),
    (10, Some(43), 163, "yoga", 29),
    (10, Some(44), 164, "pilates", 29),
    (11, None, 9, "walking", 17),
    (15, Some(14), 32, "indoor_rowing", 29),
    (17, None, 3, "hiking", 17),
    (62, Some(70), 180, "hiit", 29),
    (0, None, 4, "other", 17),
];

/// Id, key and parent id of an activity's type.
fn type_of(activity: &Activity) -> (u64, String, u64) {
    if let Some((id, key)) = &activity.edited_type {
        let parent = TYPES.iter().find(|(.., known, _, _)| known == id).map_or(17, |(.., parent)| *parent);
        return (*id, key.clone(), parent);
    }
    let (id, key, parent) = type_of_sport(&activity.facts);
    (id, key.to_owned(), parent)
}

fn type_of_sport(facts: &FileFacts) -> (u64, &'static str, u64) {
    TYPES
        .iter()
        .find(|(sport, sub_sport, ..)| {
            *sport == facts.sport && sub_sport.is_none_or(|it| it == facts.sub_sport)
        })
        .map_or((4, "other", 17), |(.., id, key, parent)| (*id, *key, *parent))
}

/// The name that Garmin gives by itself: the type in words.
pub(super) fn default_name(facts: &FileFacts) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    type_of_sport(facts).1.split('_').map(capital).collect::<Vec<_>>().join(" ")
}

/// What was typed in has none.
fn manufacturer_name(number: u16) -> Option<String> {
    Some(match number {
        0 => return None,
        1 => "GARMIN".into(),
        89 => "TACX".into(),
        255 => "DEVELOPMENT".into(),
        260 => "ZWIFT".into(),
        other => format!("MANUFACTURER_{other}"),
    })
}

fn clock(unix_seconds: i64, format: &str) -> String {
    DateTime::from_timestamp(unix_seconds, 0).map(|it| it.format(format).to_string()).unwrap_or_default()
}
