//! The API's routes, who is asking and what they were allowed, and the count of requests that every answer tells.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State as Routed};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::refusal::Refusal;
use super::state::State;
use super::{Shared, activities, athletes, uploads};

/// The real service takes files of 25 MB; the form around one is small.
const LARGEST_BODY: usize = 26 << 20;

pub(super) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let api = Router::new()
        .route("/athlete", get(athletes::read).put(athletes::write))
        .route("/gear/{id}", get(athletes::gear))
        .route("/athlete/activities", get(activities::list))
        .route("/activities", post(activities::create))
        .route("/activities/{id}", get(activities::read).put(activities::write))
        .route("/activities/{id}/streams", get(activities::streams))
        .route("/activities/{id}/laps", get(activities::laps))
        .route("/uploads", post(uploads::upload))
        .route("/uploads/{id}", get(uploads::poll))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), count));
    Router::new().nest("/api/v3", api)
}

/// Counts the request for the application that its token belongs to; refuses it where a limit is reached.
async fn count(Routed(shared): Routed<Arc<Shared>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_upload =
        *request.method() == Method::POST && (path.ends_with("/uploads") || path.ends_with("/activities"));
    let (options, now) = (shared.options(), shared.clock.now());
    let counted = {
        let mut state = shared.state();
        let client_id = bearer(request.headers()).and_then(|token| state.grant_of(token, now));
        let client_id = client_id.map(|it| it.client_id.clone());
        client_id.and_then(|id| state.applications.get_mut(&id)).map(|it| {
            let within = it.usage.count(&options, now, is_upload);
            (within, it.usage.headers(&options, is_upload), it.registered.is_active)
        })
    };
    match counted {
        None => next.run(request).await,
        Some((false, headers, _)) => {
            // Read to its end, or the client sees a reset before it sees the refusal.
            let _ = axum::body::to_bytes(request.into_body(), LARGEST_BODY).await;
            (headers, Refusal::over_limit(options.plain_429)).into_response()
        }
        Some((true, headers, false)) => {
            let _ = axum::body::to_bytes(request.into_body(), LARGEST_BODY).await;
            (headers, Refusal::inactive()).into_response()
        }
        Some((true, headers, true)) => (headers, next.run(request).await).into_response(),
    }
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Who makes a call, with what they were allowed.
#[derive(Debug)]
pub(super) struct Caller {
    pub athlete: u64,
    pub sees_private: bool,
    pub sees_whole_profile: bool,
}

/// Checks the token of a call, and that one of these scopes was granted; none is needed where none is named.
pub(super) fn caller(
    shared: &Shared,
    state: &State,
    headers: &HeaderMap,
    scopes: &[&str],
) -> Result<Caller, Refusal> {
    let Some(token) = bearer(headers) else {
        shared.violations.note("a call without a bearer token in its header");
        return Err(Refusal::bad_token());
    };
    let grant = state.grant_of(token, shared.clock.now()).ok_or_else(Refusal::bad_token)?;
    let has = |scope: &str| grant.scopes.contains(scope);
    if let Some(first) = scopes.first()
        && !scopes.iter().any(|it| has(it))
    {
        return Err(Refusal::missing_scope(first));
    }
    Ok(Caller {
        athlete: grant.athlete,
        sees_private: has("activity:read_all"),
        sees_whole_profile: has("profile:read_all"),
    })
}

/// Notes a body that is no form.
pub(super) fn needs_form(shared: &Shared, headers: &HeaderMap, uri: &Uri, body: &[u8]) {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if !body.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
        shared.violations.note(format!("{}: the body is {kind:?}, not a form", uri.path()));
    }
}
