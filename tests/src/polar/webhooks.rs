//! AccessLink's webhooks: one for a client, tried before it is accepted, signed, and ended after seven days without an
//! answer.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State as Routed};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{patch, post};
use axum::{Json, Router};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;

use super::answers::{Refusal, accepts};
use super::api::App;
use super::exercise::utc;
use super::{Shared, tokens};
use crate::server::{issued, random_hex};

/// Nobody answered for so long: the webhook is ended.
const ENDED_AFTER: i64 = 7 * 86_400;
const EVENTS: [&str; 7] = [
    "EXERCISE",
    "SLEEP",
    "CONTINUOUS_HEART_RATE",
    "SLEEP_WISE_CIRCADIAN_BEDTIME",
    "SLEEP_WISE_ALERTNESS",
    "ACTIVITY_SUMMARY",
    "PHYSICAL_INFORMATION",
];
const PATIENCE: Duration = Duration::from_secs(10);

/// A client's webhook.
#[derive(Debug, Clone)]
pub(super) struct Webhook {
    id: String,
    events: Vec<String>,
    url: String,
    key: String,
    active: bool,
    /// Unix seconds of the first of the deliveries that failed since the last that did not.
    failing_since: Option<i64>,
}

impl Webhook {
    fn json(&self) -> Value {
        json!({"id": self.id, "events": self.events, "url": self.url, "active": self.active})
    }
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v3/webhooks", post(create).get(list))
        .route("/v3/webhooks/activate", post(activate))
        .route("/v3/webhooks/deactivate", post(deactivate))
        .route("/v3/webhooks/{id}", patch(change).delete(delete))
}

/// The client whose keys are in the header.
fn admit(shared: &Shared, headers: &HeaderMap) -> Result<String, Refusal> {
    let told = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if told.starts_with("Bearer ") {
        shared.violations.note("webhooks: a person's token, where the client's keys are asked for");
    }
    let (client_id, secret) = tokens::basic(told).ok_or_else(|| Refusal::unauthorized(shared))?;
    let state = shared.state();
    let known = state.clients.get(&client_id).is_some_and(|it| it.registered.client_secret == secret);
    if known { Ok(client_id) } else { Err(Refusal::unauthorized(shared)) }
}

fn bad_request(shared: &Shared, words: &str) -> Refusal {
    Refusal::new(shared, 400, "bad_request", words)
}

/// Events and address of a request, as far as they are there.
fn wanted(shared: &Shared, body: &Value) -> Result<(Option<Vec<String>>, Option<String>), Refusal> {
    let events = match &body["events"] {
        Value::Null => None,
        Value::Array(all) => {
            let known: Vec<String> = all
                .iter()
                .filter_map(|it| it.as_str())
                .filter(|it| EVENTS.contains(it))
                .map(str::to_owned)
                .collect();
            if known.len() != all.len() || known.is_empty() {
                shared.violations.note(format!("webhooks: the events {all:?}"));
                return Err(bad_request(shared, "Unknown event"));
            }
            Some(known)
        }
        _ => return Err(bad_request(shared, "events is no list")),
    };
    let url = body["url"].as_str().map(str::to_owned);
    if url.as_ref().is_some_and(|it| Url::parse(it).is_err()) {
        return Err(bad_request(shared, "url is none"));
    }
    Ok((events, url))
}

/// Tries an address: it has to answer 200.
async fn ping(shared: &Shared, url: &str) -> Result<(), Refusal> {
    let body = json!({"timestamp": utc(shared.clock.now()), "event": "PING"}).to_string();
    let url = url.to_owned();
    let status =
        tokio::task::spawn_blocking(move || send(&url, &[("Polar-Webhook-Event", "PING")], &body)).await;
    match status {
        Ok(Some(200)) => Ok(()),
        _ => Err(bad_request(shared, "The webhook url did not answer the ping")),
    }
}

async fn create(
    Routed(shared): App,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Refusal> {
    let client_id = admit(&shared, &headers)?;
    accepts(&shared, "/v3/webhooks", &headers, "application/json")?;
    let conflict = || Refusal::new(&shared, 409, "conflict", "Webhook already exists");
    if shared.state().webhooks.contains_key(&client_id) {
        return Err(conflict());
    }
    let (Some(events), Some(url)) = wanted(&shared, &body)? else {
        shared.violations.note("webhooks: events and url are needed");
        return Err(bad_request(&shared, "events and url are required"));
    };
    ping(&shared, &url).await?;
    let key = issued(random_hex(36));
    let webhook = Webhook { id: random_hex(6), events, url, key, active: true, failing_since: None };
    let mut data = webhook.json();
    if let Some(fields) = data.as_object_mut() {
        fields.remove("active");
        fields.insert("signature_secret_key".into(), json!(webhook.key));
    }
    shared.state().webhooks.insert(client_id, webhook);
    Ok((StatusCode::CREATED, Json(json!({"data": data}))).into_response())
}

async fn list(Routed(shared): App, headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    let client_id = admit(&shared, &headers)?;
    accepts(&shared, "/v3/webhooks", &headers, "application/json")?;
    let data: Vec<Value> = shared.state().webhooks.get(&client_id).iter().map(|it| it.json()).collect();
    Ok(Json(json!({"data": data})))
}

async fn change(
    Routed(shared): App,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Refusal> {
    let client_id = admit(&shared, &headers)?;
    let there = shared.state().webhooks.get(&client_id).filter(|it| it.id == id).cloned();
    let there = there.ok_or_else(|| Refusal::not_found(&shared, "Webhook not found"))?;
    let (events, url) = wanted(&shared, &body)?;
    if let Some(url) = url.as_ref().filter(|it| **it != there.url) {
        ping(&shared, url).await?;
    }
    let changed = Webhook { events: events.unwrap_or(there.events), url: url.unwrap_or(there.url), ..there };
    let data = json!([changed.json()]);
    shared.state().webhooks.insert(client_id, changed);
    Ok(Json(json!({"data": data})))
}

async fn delete(
    Routed(shared): App,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let client_id = admit(&shared, &headers)?;
    let mut state = shared.state();
    if state.webhooks.get(&client_id).is_none_or(|it| it.id != id) {
        return Err(Refusal::not_found(&shared, "Webhook not found"));
    }
    state.webhooks.remove(&client_id);
    Ok(StatusCode::NO_CONTENT)
}

async fn activate(Routed(shared): App, headers: HeaderMap) -> Result<StatusCode, Refusal> {
    let client_id = admit(&shared, &headers)?;
    let url = shared.state().webhooks.get(&client_id).map(|it| it.url.clone());
    let Some(url) = url else { return Ok(StatusCode::NO_CONTENT) };
    ping(&shared, &url).await?;
    if let Some(webhook) = shared.state().webhooks.get_mut(&client_id) {
        (webhook.active, webhook.failing_since) = (true, None);
    }
    Ok(StatusCode::OK)
}

async fn deactivate(Routed(shared): App, headers: HeaderMap) -> Result<StatusCode, Refusal> {
    let client_id = admit(&shared, &headers)?;
    match shared.state().webhooks.get_mut(&client_id) {
        Some(webhook) => webhook.active = false,
        None => return Ok(StatusCode::NO_CONTENT),
    }
    Ok(StatusCode::OK)
}

/// Posts an event to the webhook of a client; the status of the answer. `None` where there is no webhook for it, or nobody
/// answered.
pub(super) fn deliver(shared: &Shared, client_id: &str, event: &str, mut body: Value) -> Option<u16> {
    let webhook = shared.state().webhooks.get(client_id).cloned()?;
    if !webhook.active || !webhook.events.iter().any(|it| it == event) {
        return None;
    }
    body["event"] = json!(event);
    body["timestamp"] = json!(utc(shared.clock.now()));
    let body = body.to_string();
    let headers =
        [("Polar-Webhook-Event", event), ("Polar-Webhook-Signature", &signature(&webhook.key, &body))];
    let status = send(&webhook.url, &headers, &body);
    let now = shared.clock.now();
    if let Some(webhook) = shared.state().webhooks.get_mut(client_id) {
        if status == Some(200) {
            webhook.failing_since = None;
        } else {
            let since = *webhook.failing_since.get_or_insert(now);
            webhook.active = now - since < ENDED_AFTER;
        }
    }
    status
}

pub(super) fn set_url(shared: &Shared, client_id: &str, url: &str) {
    if let Some(webhook) = shared.state().webhooks.get_mut(client_id) {
        url.clone_into(&mut webhook.url);
    }
}

pub(super) fn is_active(shared: &Shared, client_id: &str) -> Option<bool> {
    shared.state().webhooks.get(client_id).map(|it| it.active)
}

fn signature(key: &str, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A POST by plain HTTP to this computer; the status of the answer.
fn send(url: &str, headers: &[(&str, &str)], body: &str) -> Option<u16> {
    let url = Url::parse(url).ok()?;
    let address = url.socket_addrs(|| None).ok()?.into_iter().find(|it| it.ip().is_loopback())?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let (path, length) = (url.path(), body.len());
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_whitespace().nth(1)?.parse().ok()
}
