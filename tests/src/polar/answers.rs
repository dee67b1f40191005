//! AccessLink's error object, and what an `Accept` header asks for.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Shared;
use crate::server::random_hex;

/// A refusal of AccessLink.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error_type: &'static str,
    message: String,
    /// Unix seconds
    at: i64,
}

impl Refusal {
    pub fn new(shared: &Shared, status: u16, error_type: &'static str, message: &str) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            error_type,
            message: message.to_owned(),
            at: shared.clock.now(),
        }
    }

    pub fn unauthorized(shared: &Shared) -> Self {
        Self::new(shared, 401, "unauthorized", "Token is invalid or has been revoked")
    }

    pub fn no_consent(shared: &Shared) -> Self {
        Self::new(shared, 403, "consent_missing", "User has not accepted all mandatory consents")
    }

    pub fn not_found(shared: &Shared, what: &str) -> Self {
        Self::new(shared, 404, "not_found", what)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let timestamp = super::exercise::utc(self.at);
        let body = json!({
            "timestamp": timestamp, "status": self.status.as_u16(), "errorType": self.error_type,
            "message": self.message, "corrId": random_hex(16),
        });
        (self.status, Json(body)).into_response()
    }
}

/// Checks that the client takes this type of content. JSON has to be asked for by its name: AccessLink speaks XML too.
pub(super) fn accepts(shared: &Shared, path: &str, headers: &HeaderMap, kind: &str) -> Result<(), Refusal> {
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let named =
        |wanted: &str| accept.split(',').any(|it| it.split(';').next().unwrap_or(it).trim() == wanted);
    if named(kind) || (kind != "application/json" && named("*/*")) {
        return Ok(());
    }
    shared.violations.note(format!("{path}: the client accepts {accept:?}, and {kind} is what there is"));
    Err(Refusal::new(shared, 406, "not_acceptable", "Not acceptable"))
}
