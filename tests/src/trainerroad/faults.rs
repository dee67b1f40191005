//! Faults on demand: what can go wrong at TrainerRoad, and the layer that makes it go wrong.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State as Routed};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::Shared;
use crate::web_fault::{WebFault, read_whole};

/// Something that goes wrong. Over HTTP: `{"kind": "session_ended"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// The session of this request has ended.
    SessionEnded,
    /// The address takes this method no longer: 405, as the form sign-in was closed (withings-sync#254).
    MethodGone,
    /// A writing is answered as if it had been carried out, and is forgotten.
    Forgets,
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
    match shared.faults.take(groups(request.method(), request.uri().path())) {
        None => next.run(request).await,
        Some(Fault::Web(fault)) => fault.happen(request, next).await,
        Some(Fault::MethodGone) => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        Some(for_the_route) => {
            request.extensions_mut().insert(for_the_route);
            next.run(request).await
        }
    }
}

/// The endpoint groups of a request.
fn groups(method: &Method, path: &str) -> &'static [&'static str] {
    match path {
        "/app/api/login/login" => &["login", "any"],
        "/app/api/profile/rider-information" if *method == Method::GET => &["rider_read", "rider", "any"],
        "/app/api/profile/rider-information" => &["rider_write", "rider", "any"],
        "/app/api/member-info" => &["member", "any"],
        _ => &["any"],
    }
}
