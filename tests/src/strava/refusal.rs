//! The "Fault" that Strava answers failures with: a message and a list of what is wrong with which field.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refused request.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Value,
}

impl Refusal {
    /// One wrong field of one resource.
    pub fn new(status: StatusCode, resource: &str, field: &str, code: &str) -> Self {
        let message = match status {
            StatusCode::UNAUTHORIZED => "Authorization Error",
            other => other.canonical_reason().unwrap_or("Error"),
        };
        let errors = json!([{"resource": resource, "field": field, "code": code}]);
        Self { status, body: json!({"message": message, "errors": errors}) }
    }

    pub fn bad_request(resource: &str, field: &str, code: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, resource, field, code)
    }

    /// A token that is unknown, has ended or was revoked.
    pub fn bad_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Athlete", "access_token", "invalid")
    }

    pub fn missing_scope(scope: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "AccessToken", &format!("{scope}_permission"), "missing")
    }

    /// The application's owner does not pay (any more).
    pub fn inactive() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Application", "Status", "Inactive")
    }

    /// No more athletes may use this application.
    pub fn too_many_athletes() -> Self {
        let body = json!({"message": "limit of connected athletes exceeded", "errors": []});
        Self { status: StatusCode::FORBIDDEN, body }
    }

    /// Over a limit, in either of the two bodies that were seen.
    pub fn over_limit(plain: bool) -> Self {
        let body = if plain {
            json!({"errors": "Rate Limit Exceeded", "status": 429, "message": "Too Many Requests"})
        } else {
            let errors = json!([{"resource": "Application", "field": "rate limit", "code": "exceeded"}]);
            json!({"message": "Rate Limit Exceeded", "errors": errors})
        };
        Self { status: StatusCode::TOO_MANY_REQUESTS, body }
    }

    /// Nothing is there, or nothing that this athlete may see: an empty body under 404.
    pub fn not_found() -> Self {
        Self { status: StatusCode::NOT_FOUND, body: Value::Null }
    }

    pub fn conflict(message: &str) -> Self {
        Self { status: StatusCode::CONFLICT, body: json!({"message": message, "errors": []}) }
    }

    /// What a page would say: `Application/redirect_uri/invalid`.
    pub fn words(&self) -> String {
        let error = &self.body["errors"][0];
        let part = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        format!("{}/{}/{}", part("resource"), part("field"), part("code"))
    }

    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if self.body.is_null() {
            return self.status.into_response();
        }
        (self.status, Json(self.body)).into_response()
    }
}
