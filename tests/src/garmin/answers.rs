//! The shapes of Garmin's answers that more than one endpoint gives.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use crate::server::random_hex;

/// A JSON error of the data services, e.g. `{"message":"HTTP 404 Not Found","error":"NotFoundException"}`.
pub fn error(status: StatusCode, reason: &str, exception: &str) -> Response {
    let message = format!("HTTP {} {reason}", status.as_u16());
    (status, Json(json!({"message": message, "error": exception}))).into_response()
}

/// An answer that ends a request early. Boxed, because answers are large.
pub struct Refusal(Box<Response>);

impl From<Response> for Refusal {
    fn from(answer: Response) -> Self {
        Self(Box::new(answer))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// The data services' 404.
pub fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, "Not Found", "NotFoundException")
}

/// The data services' 400.
pub fn bad_request(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"message": message, "error": "BadRequestException"})))
        .into_response()
}

/// The 401 for tokens from a ticket flow that the account may not use (python-garminconnect#369).
pub fn token_not_active() -> Response {
    (
        StatusCode::UNAUTHORIZED,
        Json(json!({"message": "Token is not active", "error": "UnauthorizedException"})),
    )
        .into_response()
}

/// The body of a block: `{"error":{"status-code":"429","request-id":…}}`, under any HTTP status.
pub fn blocked(status: StatusCode, code: &str) -> Response {
    (status, Json(json!({"error": {"status-code": code, "request-id": random_hex(32)}}))).into_response()
}

/// The JSON that sign-in endpoints answer, without ticket or second factor.
pub fn sign_in(kind: &str, message: &str, http_status: &str) -> Value {
    json!({
        "serviceURL": null,
        "serviceTicketId": null,
        "responseStatus": {"type": kind, "message": message, "httpStatus": http_status},
        "responseReason": null,
        "customerMfaInfo": null,
        "consentTypeList": null,
        "captchaAlreadyPassed": false,
        "samlResponse": null,
        "authType": null,
    })
}

/// An HTML page with a title.
pub fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    ))
}

/// Text made safe for HTML content and attributes.
pub fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Adds cookies for the whole host, as Garmin's sign-in sets them.
pub fn set_cookies(answer: &mut Response, cookies: &[(&str, &str)]) {
    for (name, value) in cookies {
        if let Ok(cookie) = HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly")) {
            answer.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}
