//! The envelope of every answer: HTTP 200, and a `status` in the body that tells what really happened.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A call that went well.
pub(super) fn success(body: &Value) -> Response {
    Json(json!({"status": 0, "body": body})).into_response()
}

/// A call that did not: a `status` other than 0 and what it says.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: i64,
    error: String,
    body: Value,
}

impl Refusal {
    pub fn new(status: i64, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), body: json!({}) }
    }

    /// 503, which is not an outage: a bad, old or used code, a dead refresh token, a wrong or missing parameter.
    pub fn invalid(what: &str) -> Self {
        Self::new(503, format!("Invalid Params: {what}"))
    }

    /// 401 in the words of the real service.
    pub fn invalid_token() -> Self {
        Self::new(401, "XRequestID: Not provided invalid_token: The access token provided is invalid")
    }

    /// 293 (home-assistant/core#105223).
    pub fn wrong_redirect_uri() -> Self {
        Self::new(293, "Wrong redirect_uri - Please use same as in authorize request")
    }

    /// The token's scope does not cover the call.
    pub fn insufficient_scope() -> Self {
        Self::new(214, "Unauthorized: insufficient_scope")
    }

    /// The action is unknown to this address.
    pub fn not_implemented() -> Self {
        Self::new(2554, "Not implemented")
    }

    /// 601 (MMM-withings#15).
    pub fn too_many_requests(wait_seconds: i64, error: &str) -> Self {
        Self { status: 601, error: error.into(), body: json!({"wait_seconds": wait_seconds}) }
    }

    pub fn status(&self) -> i64 {
        self.status
    }

    /// The same answer without a body at all.
    pub fn without_body(&self) -> Response {
        Json(json!({"status": self.status, "error": self.error})).into_response()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        Json(json!({"status": self.status, "body": self.body, "error": self.error})).into_response()
    }
}
