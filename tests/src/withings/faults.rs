//! Faults on demand: what can go wrong at Withings, and the layer that makes it go wrong.
//!
//! Each request belongs to endpoint groups, from the narrow to the wide (for the second page of a listing:
//! `measure_next`, `measure`, `api`, `any`). A fault queued for a group hits the next request of that group.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State as Routed};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::envelope::Refusal;
use super::{Shared, authorize};
use crate::web_fault::{WebFault, read_whole};

/// Something that goes wrong. Over HTTP: `{"kind": "status", "status": 503}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// HTTP 200 with this `status` in the body; nothing was done. `without_body`: there is no `body` at all.
    Status {
        status: i64,
        #[serde(default)]
        without_body: bool,
    },
    /// 601 with so many `wait_seconds`; nothing was done.
    TooManyRequests { wait_seconds: i64 },
    /// The access token of this request has expired from now on.
    ExpiredAccessToken,
    /// The refresh token of this request is dead from now on.
    DeadRefreshToken,
    /// The code of this exchange comes more than 30 seconds late.
    LateCode,
    /// The person refuses on the authorize page.
    AccessDenied,
    /// Before this page of groups is made, a new weigh-in arrives and pushes all groups down.
    NewGroup,
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
    let groups = groups(request.uri().path(), request.uri().query().unwrap_or_default(), &body);
    match shared.faults.take(&groups) {
        None => next.run(request).await,
        Some(Fault::Web(fault)) => fault.happen(request, next).await,
        Some(Fault::Status { status, without_body }) => {
            let refusal = Refusal::new(status, "An error occurred");
            if without_body { refusal.without_body() } else { refusal.into_response() }
        }
        Some(Fault::TooManyRequests { wait_seconds }) => {
            Refusal::too_many_requests(wait_seconds, "Too Many Requests").into_response()
        }
        Some(for_the_route) => {
            request.extensions_mut().insert(for_the_route);
            next.run(request).await
        }
    }
}

/// The endpoint groups of a request.
fn groups(path: &str, query: &str, body: &[u8]) -> Vec<&'static str> {
    let sent = |name: &str, value: &dyn Fn(&str) -> bool| {
        url::form_urlencoded::parse(query.as_bytes())
            .chain(url::form_urlencoded::parse(body))
            .any(|(key, it)| key == name && value(&it))
    };
    let mut groups = match path {
        authorize::PATH if !body.is_empty() => vec!["allow", "account"],
        authorize::PATH => vec!["authorize", "account"],
        "/v2/oauth2" if sent("grant_type", &|it| it == "refresh_token") => {
            vec!["token_refresh", "token", "api"]
        }
        "/v2/oauth2" => vec!["token_exchange", "token", "api"],
        "/v2/signature" => vec!["signature", "api"],
        "/measure" if sent("offset", &|it| it != "0") => vec!["measure_next", "measure", "api"],
        "/measure" => vec!["measure_first", "measure", "api"],
        "/v2/measure" => vec!["confirm", "api"],
        "/v2/user" => vec!["devices", "api"],
        _ => Vec::new(),
    };
    groups.push("any");
    groups
}
