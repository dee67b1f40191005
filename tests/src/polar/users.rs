//! AccessLink's users: registration, without which nothing can be read; names; the body; and leaving.

use axum::body::Bytes;
use axum::extract::{Path, State as Routed};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::Shared;
use super::answers::{Refusal, accepts};
use super::api::App;
use super::exercise::utc;
use super::state::{Grant, State};

/// `POST /v3/users`.
pub(super) async fn register(
    Routed(shared): App,
    Extension(grant): Extension<Grant>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    accepts(&shared, "/v3/users", &headers, "application/json")?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        shared.violations.note(format!("/v3/users: the body is {kind:?}, not JSON"));
        return Err(Refusal::new(&shared, 415, "unsupported_media_type", "Unsupported media type"));
    }
    let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(member_id) = sent["member-id"].as_str().filter(|it| !it.is_empty()) else {
        shared.violations.note("/v3/users: member-id is missing");
        return Err(Refusal::new(&shared, 400, "bad_request", "member-id is missing"));
    };
    let mut state = shared.state();
    let taken = state.clients.get(&grant.client_id).is_some_and(|client| {
        client.users.iter().any(|(user, it)| *user == grant.user_id || it.member_id == member_id)
    });
    if taken {
        let words = "User already registered to partner or duplicated member-id";
        return Err(Refusal::new(&shared, 409, "conflict", words));
    }
    state.register(&grant.client_id, grant.user_id, member_id, shared.clock.now());
    let user = user_json(&state, &grant).ok_or_else(|| Refusal::not_found(&shared, "User not found"))?;
    Ok(Json(user))
}

fn user_json(state: &State, grant: &Grant) -> Option<Value> {
    let registration = state.registration(&grant.client_id, grant.user_id)?;
    let person = state.persons.get(&grant.user_id)?;
    let mut user = json!({
        "polar-user-id": grant.user_id, "member-id": registration.member_id,
        "registration-date": utc(registration.at), "first-name": person.name.first_name,
        "last-name": person.name.last_name, "birthdate": "1984-03-09", "gender": "FEMALE", "height": 178.0,
        "extra-info": [],
    });
    if let Some(weight) = person.physical_info.as_ref().and_then(|it| it.weight) {
        user["weight"] = json!(weight);
    }
    Some(user)
}

/// Whether the path names the person whose token it is. Another one is the client's mistake.
fn is_own(shared: &Shared, grant: &Grant, id: &str) -> bool {
    let own = id.parse() == Ok(grant.user_id);
    if !own {
        shared.violations.note("/v3/users/{id}: this is another person's id");
    }
    own
}

/// `GET /v3/users/{id}`.
pub(super) async fn user(
    Routed(shared): App,
    Extension(grant): Extension<Grant>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    accepts(&shared, "/v3/users/{id}", &headers, "application/json")?;
    let user = if is_own(&shared, &grant, &id) { user_json(&shared.state(), &grant) } else { None };
    Ok(match user {
        Some(user) => Json(user).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// `DELETE /v3/users/{id}`: the registration ends, and the token with it.
pub(super) async fn delete(
    Routed(shared): App,
    Extension(grant): Extension<Grant>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    if !is_own(&shared, &grant, &id) {
        return Err(Refusal::not_found(&shared, "User not found"));
    }
    let mut state = shared.state();
    if let Some(client) = state.clients.get_mut(&grant.client_id) {
        client.users.remove(&grant.user_id);
    }
    state.revoke(&grant.client_id, grant.user_id);
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v3/users/physical-info`.
pub(super) async fn physical_info(
    Routed(shared): App,
    Extension(grant): Extension<Grant>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    accepts(&shared, "/v3/users/physical-info", &headers, "application/json")?;
    let state = shared.state();
    let not_found = || Refusal::not_found(&shared, "User not found");
    state.registration(&grant.client_id, grant.user_id).ok_or_else(not_found)?;
    let info = state.persons.get(&grant.user_id).and_then(|it| it.physical_info.as_ref());
    Ok(Json(info.ok_or_else(not_found)?.json()))
}
