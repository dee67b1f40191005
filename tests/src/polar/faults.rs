//! Faults on demand: what can go wrong at Polar, and the layer that makes it go wrong.
//!
//! Each request belongs to endpoint groups, from the narrow to the wide (for a download: `fit`, `api`, `any`). A fault
//! queued for a group hits the next request of that group.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State as Routed};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::answers::Refusal;
use super::{Shared, authorize};
use crate::web_fault::{WebFault, read_whole};

/// Something that goes wrong. Over HTTP: `{"kind": "not_found"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// 403: the person has not accepted all mandatory consents.
    ConsentMissing,
    /// 404 with Polar's error object.
    NotFound,
    /// 500 with Polar's error object.
    InternalError,
    /// 429, with the seconds until both windows begin anew.
    LimitReached { short_seconds: i64, long_seconds: i64 },
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

async fn apply(Routed(shared): Routed<Arc<Shared>>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/_sim/") || shared.faults.waiting() == 0 {
        return next.run(request).await;
    }
    let (mut request, _) = read_whole(request).await;
    match shared.faults.take(&groups(request.uri().path())) {
        None => next.run(request).await,
        Some(Fault::Web(fault)) => fault.happen(request, next).await,
        Some(Fault::NotFound) => Refusal::not_found(&shared, "Not found").into_response(),
        Some(Fault::InternalError) => {
            Refusal::new(&shared, 500, "internal_error", "Internal error").into_response()
        }
        Some(Fault::LimitReached { short_seconds, long_seconds }) => {
            let mut answer =
                Refusal::new(&shared, 429, "too_many_requests", "Rate limit exceeded").into_response();
            // The shorter window is the one that is full.
            for (name, value) in [
                ("ratelimit-usage", "521, 900".to_owned()),
                ("ratelimit-limit", "520, 5100".to_owned()),
                ("ratelimit-reset", format!("{short_seconds}, {long_seconds}")),
            ] {
                if let Ok(value) = value.parse() {
                    answer.headers_mut().insert(name, value);
                }
            }
            answer
        }
        Some(fault @ Fault::ConsentMissing) => {
            request.extensions_mut().insert(fault);
            next.run(request).await
        }
    }
}

/// The endpoint groups of a request.
fn groups(path: &str) -> Vec<&'static str> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let mut groups = match parts.as_slice() {
        _ if [authorize::PATH, authorize::HISTORY_PATH].contains(&path) => vec!["authorize"],
        ["v2", "oauth2", "token"] => vec!["token"],
        ["oauth", "token"] => vec!["history_token"],
        ["v4", "data", "training-sessions", "list"] => vec!["sessions", "api"],
        ["v4", "data", "sports", "list"] => vec!["sports", "api"],
        ["v3", "users"] => vec!["register", "api"],
        ["v3", "users", "physical-info"] => vec!["physical_info", "api"],
        ["v3", "users", _] => vec!["user", "api"],
        ["v3", "exercises"] => vec!["list", "api"],
        ["v3", "exercises", _] => vec!["exercise", "api"],
        ["v3", "exercises", _, "fit"] => vec!["fit", "api"],
        ["v3", "exercises", _, "tcx"] => vec!["tcx", "api"],
        ["v3", "exercises", _, "gpx"] => vec!["gpx", "api"],
        _ => Vec::new(),
    };
    groups.push("any");
    groups
}
