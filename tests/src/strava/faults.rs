//! Faults on demand: what can go wrong at Strava, and the layer that makes it go wrong.
//!
//! Each request belongs to endpoint groups, from the narrow to the wide (for the state of an upload: `poll`, `api`,
//! `any`). A fault queued for a group hits the next request of that group.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State as Routed};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::{Shared, api, limits, oauth};
use crate::web_fault::{WebFault, read_whole};

/// Something that goes wrong. Over HTTP: `{"kind": "limit_used_up", "whole_day": true}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// 429, with headers that say that the quarter of an hour, or the day, is used up.
    LimitUsedUp {
        #[serde(default)]
        whole_day: bool,
    },
    /// 403: the application's owner does not pay.
    Inactive,
    /// 403: no more athletes may use the application.
    TooManyAthletes,
    /// The access token of this request has expired from now on.
    ExpiredAccessToken,
    /// The state of this upload stays "still being processed" for ever.
    PollNeverEnds,
    /// What can go wrong at any web service.
    #[serde(untagged)]
    Web(WebFault),
}

impl From<WebFault> for Fault {
    fn from(fault: WebFault) -> Self {
        Self::Web(fault)
    }
}

/// Puts the faults in front of all routes.
pub(super) fn layer(router: Router, shared: Arc<Shared>) -> Router {
    router.layer(middleware::from_fn_with_state(shared, apply))
}

/// Takes the fault that waits for this request, if any, and applies it, or hands it to the route as an extension where
/// only the route can know how.
async fn apply(Routed(shared): Routed<Arc<Shared>>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/_sim/") || shared.faults.waiting() == 0 {
        return next.run(request).await;
    }
    let (mut request, body) = read_whole(request).await;
    let groups = groups(request.method(), request.uri().path(), &body);
    match shared.faults.take(&groups) {
        None => next.run(request).await,
        Some(Fault::Web(fault)) => fault.happen(request, next).await,
        Some(Fault::LimitUsedUp { whole_day }) => {
            let options = shared.options();
            (limits::used_up(&options, whole_day), Refusal::over_limit(options.plain_429)).into_response()
        }
        Some(Fault::Inactive) => Refusal::inactive().into_response(),
        Some(Fault::TooManyAthletes) => Refusal::too_many_athletes().into_response(),
        Some(Fault::ExpiredAccessToken) => {
            if let Some(token) = api::bearer(request.headers()) {
                shared.state().access.remove(token);
            }
            next.run(request).await
        }
        Some(for_the_route) => {
            request.extensions_mut().insert(for_the_route);
            next.run(request).await
        }
    }
}

/// The endpoint groups of a request.
fn groups(method: &Method, path: &str, body: &[u8]) -> Vec<&'static str> {
    let reads = *method == Method::GET;
    let of_api = path.strip_prefix("/api/v3");
    let mut groups = match of_api {
        Some("/athlete") if reads => vec!["athlete_read", "athlete"],
        Some("/athlete") => vec!["athlete_write", "athlete"],
        Some("/athlete/activities") => vec!["list"],
        Some("/uploads") => vec!["upload"],
        Some(path) if path.starts_with("/uploads/") => vec!["poll"],
        Some(path) if path.starts_with("/gear/") => vec!["gear"],
        Some(path) if reads && path.ends_with("/streams") => vec!["streams", "activity_read", "activity"],
        Some(path) if reads && path.ends_with("/laps") => vec!["laps", "activity_read", "activity"],
        Some(_) if reads => vec!["detail", "activity_read", "activity"],
        Some(_) => vec!["activity_write", "activity"],
        None if path == oauth::AUTHORIZE => vec!["authorize"],
        None if path == "/oauth/token" => {
            let refreshes = url::form_urlencoded::parse(body).any(|(name, _)| name == "refresh_token");
            vec![if refreshes { "token_refresh" } else { "token_exchange" }, "token"]
        }
        None if path == "/oauth/revoke" => vec!["revoke"],
        None => Vec::new(),
    };
    if of_api.is_some() {
        groups.push("api");
    }
    groups.push("any");
    groups
}
