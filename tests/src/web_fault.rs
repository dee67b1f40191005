//! What can go wrong at any web service, whoever runs it.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::server::cut_connection;

/// More than any client sends to a service without file uploads.
const BODY_LIMIT: usize = 1024 * 1024;

/// Something that goes wrong. Over HTTP: `{"kind": "rate_limited", "retry_after_seconds": 120}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WebFault {
    /// 429, with `Retry-After` where a number of seconds is given, in seconds or as an HTTP date.
    RateLimited {
        #[serde(default)]
        retry_after_seconds: Option<u32>,
        #[serde(default)]
        as_date: bool,
    },
    /// An outage with this HTTP status and an HTML page.
    Outage { status: u16 },
    /// The connection is closed without an answer; nothing was done.
    CutBefore,
    /// The request is carried out, then the connection is closed without an answer.
    CutAfter,
    /// The request is carried out, then answered 500.
    DoneThen500,
    /// 200 with an HTML page where JSON is due; nothing was done.
    Html,
    /// The request is carried out and half of its answer is sent.
    HalfAnAnswer,
    /// 200 with JSON of another shape: `{"hello": "world"}`.
    OtherJson,
    /// The answer comes late.
    Slow { milliseconds: u64 },
}

impl WebFault {
    /// Lets the fault happen to a request whose body was read before.
    pub async fn happen(&self, request: Request, next: Next) -> Response {
        match self {
            Self::RateLimited { retry_after_seconds, as_date } => {
                let mut answer = StatusCode::TOO_MANY_REQUESTS.into_response();
                if let Some(seconds) = retry_after_seconds {
                    answer.headers_mut().insert(header::RETRY_AFTER, retry_after(*seconds, *as_date));
                }
                answer
            }
            Self::Outage { status } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                (status, Html("<html><head><title>Out of service</title></head></html>")).into_response()
            }
            Self::CutBefore => cut_connection(),
            Self::CutAfter => {
                next.run(request).await;
                cut_connection()
            }
            Self::DoneThen500 => {
                next.run(request).await;
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
            Self::Html => {
                Html("<!DOCTYPE html><html><body>We are improving things.</body></html>").into_response()
            }
            Self::HalfAnAnswer => half(next.run(request).await).await,
            Self::OtherJson => Json(json!({"hello": "world"})).into_response(),
            Self::Slow { milliseconds } => {
                tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
                next.run(request).await
            }
        }
    }
}

/// The request again, with its body read to the end: a client that is still sending when it is refused sees a reset
/// before it sees the answer.
pub async fn read_whole(request: Request) -> (Request, Bytes) {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    (Request::from_parts(parts, Body::from(body.clone())), body)
}

async fn half(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
}

fn retry_after(seconds: u32, as_date: bool) -> HeaderValue {
    let text = if as_date {
        let when = Utc::now() + chrono::Duration::seconds(i64::from(seconds));
        when.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    } else {
        seconds.to_string()
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("60"))
}
