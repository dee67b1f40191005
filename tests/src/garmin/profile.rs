//! Who the account belongs to, its settings, and its gear.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Routed};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::state::{Gear, State, UserIndex};
use super::tokens::Caller;
use super::{Shared, answers};
use crate::server::random_hex;

type App = Routed<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/userprofile-service/socialProfile", get(social_profile))
        .route("/userprofile-service/userprofile/user-settings", get(user_settings))
        .route("/userprofile-service/userprofile/settings", get(user_settings))
        .route(
            "/userprofile-service/userprofile/personal-information/{display_name}",
            get(personal_information),
        )
        .route("/userprofile-service/userprofile/personal-information/", get(no_display_name))
        .route("/device-service/deviceregistration/devices", get(devices))
        .route("/gear-service/gear/filterGear", get(filter_gear))
        .route("/gear-service/gear/link/{uuid}/activity/{id}", put(link))
        .route("/gear-service/gear/unlink/{uuid}/activity/{id}", put(unlink))
}

async fn social_profile(Routed(shared): App, Caller(owner): Caller) -> Response {
    let state = shared.state();
    let Some(user) = state.users.get(owner) else { return answers::not_found() };
    Json(json!({
        "id": user.profile_id + 1,
        "profileId": user.profile_id,
        "garminGUID": user.garmin_guid,
        "displayName": user.display_name,
        "fullName": user.account.full_name,
        "userName": user.account.email,
        "profileImageUrlLarge": null,
        "profileImageUrlMedium": null,
        "profileImageUrlSmall": null,
        "location": null,
        "userRoles": ["SCOPE_CONNECT_READ", "SCOPE_CONNECT_WRITE", "ROLE_CONNECTUSER"],
    }))
    .into_response()
}

async fn user_settings(Routed(shared): App, Caller(owner): Caller) -> Response {
    let state = shared.state();
    let Some(user) = state.users.get(owner) else { return answers::not_found() };
    Json(json!({
        "id": user.profile_id,
        "userData": {
            "gender": "FEMALE", "weight": 62_500.0, "height": 171.0, "birthDate": "1988-04-02",
            "measurementSystem": "metric", "timeFormat": "time_twenty_four_hr", "vo2MaxRunning": null,
        },
        "userSleep": {"sleepTime": 79_200, "wakeTime": 21_600},
    }))
    .into_response()
}

async fn personal_information(
    Routed(shared): App,
    Path(display_name): Path<String>,
    Caller(owner): Caller,
) -> Response {
    if shared.state().users.get(owner).is_none_or(|it| it.display_name != display_name) {
        return forbidden();
    }
    Json(json!({"userInfo": {"timeZone": "Europe/London", "locale": "en"}})).into_response()
}

/// A path without the display name is answered 403, which clients have mistaken for a block.
async fn no_display_name(Routed(shared): App) -> Response {
    shared.violation("personal-information without a display name");
    forbidden()
}

fn forbidden() -> Response {
    answers::error(StatusCode::FORBIDDEN, "Forbidden", "ForbiddenException")
}

async fn filter_gear(
    Routed(shared): App,
    Query(query): Query<HashMap<String, String>>,
    Caller(owner): Caller,
) -> Response {
    let state = shared.state();
    let Some(user) = state.users.get(owner) else { return answers::not_found() };
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<u64>().ok());
    let linked = match (number("userProfilePk"), number("activityId")) {
        (Some(profile), None) if profile == user.profile_id => None,
        (None, Some(activity)) => match state.activities.get(&activity).filter(|it| it.owner == owner) {
            Some(activity) => Some(activity.gear.clone()),
            None => return answers::not_found(),
        },
        _ => {
            shared.violation("filterGear: neither the own userProfilePk nor an activityId");
            return forbidden();
        }
    };
    let list: Vec<Value> = user
        .gear
        .iter()
        .filter(|gear| linked.as_ref().is_none_or(|uuids| uuids.contains(&gear.uuid)))
        .map(|gear| {
            json!({
                "gearPk": gear.gear_pk, "uuid": gear.uuid, "userProfilePk": user.profile_id,
                "gearMakeName": "Other", "gearModelName": "Unknown", "gearTypeName": gear.gear_type,
                "gearStatusName": "active", "displayName": gear.display_name,
                "customMakeModel": gear.display_name, "imageNameLarge": null,
                "dateBegin": "2024-01-01T00:00:00.0", "dateEnd": null, "maximumMeters": 0.0, "notified": false,
            })
        })
        .collect();
    Json(list).into_response()
}

async fn link(Routed(shared): App, path: Path<(String, String)>, Caller(owner): Caller) -> Response {
    change_link(&shared, owner, &path, true)
}

async fn unlink(Routed(shared): App, path: Path<(String, String)>, Caller(owner): Caller) -> Response {
    change_link(&shared, owner, &path, false)
}

fn change_link(
    shared: &Shared,
    owner: UserIndex,
    Path((uuid, id)): &Path<(String, String)>,
    linked: bool,
) -> Response {
    let mut state = shared.state();
    let Some(gear) = find_gear(&state, owner, uuid) else {
        shared.violation("gear link: an unknown gear uuid");
        return answers::not_found();
    };
    let id = id.parse().unwrap_or_default();
    let Some(activity) = state.activities.get_mut(&id).filter(|it| it.owner == owner) else {
        return answers::not_found();
    };
    activity.gear.retain(|it| it != uuid);
    if linked {
        activity.gear.push(uuid.clone());
    }
    Json(gear).into_response()
}

fn find_gear(state: &State, owner: UserIndex, uuid: &str) -> Option<Value> {
    let gear = state.users.get(owner)?.gear.iter().find(|it| it.uuid == uuid)?;
    Some(json!({"gearPk": gear.gear_pk, "uuid": gear.uuid, "displayName": gear.display_name}))
}

/// Gives an account a piece of gear.
async fn devices(Routed(shared): App, Caller(owner): Caller) -> Response {
    let state = shared.state();
    let Some(user) = state.users.get(owner) else { return answers::not_found() };
    let list: Vec<Value> = user
        .devices
        .iter()
        .map(|(serial_number, product)| {
            json!({"deviceId": serial_number, "displayName": format!("Sam's {product}"),
                   "productDisplayName": product, "partNumber": "006-B4257-00"})
        })
        .collect();
    Json(list).into_response()
}

pub(super) fn add_device(state: &mut State, email: &str, serial_number: u64, product: &str) -> Option<()> {
    let owner = state.user_by_email(email)?;
    state.users.get_mut(owner)?.devices.push((serial_number, product.to_owned()));
    Some(())
}

pub(super) fn add_gear(
    state: &mut State,
    email: &str,
    display_name: &str,
    gear_type: &str,
) -> Option<String> {
    let owner = state.user_by_email(email)?;
    let uuid = random_hex(32);
    let gear = Gear {
        uuid: uuid.clone(),
        display_name: display_name.to_owned(),
        gear_type: gear_type.to_owned(),
        gear_pk: state.number(),
    };
    state.users.get_mut(owner)?.gear.push(gear);
    Some(uuid)
}
