//! Runalyze, simulated: a personal token and uploads, with a memory and with faults on demand. It lists nothing, and takes
//! the same file as often as it comes.

use std::io;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Multipart, Request, State as Routed};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::control::Violations;
use crate::garmin::{FileFacts, read_file};
use crate::server::{FaultQueue, RunningServer, Times, issued, lock, random_text};
use crate::web_fault::{WebFault, read_whole};

const LARGEST_FILE: usize = 25 * 1024 * 1024;

#[derive(Debug, Default)]
struct State {
    token: String,
    uploads: Vec<FileFacts>,
    /// Whether files are read later.
    queues: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    faults: FaultQueue<WebFault>,
    violations: Violations,
}

/// A running simulated Runalyze with one athlete; it stops when dropped.
#[derive(Debug)]
pub struct RunalyzeSimulator {
    shared: Arc<Shared>,
    server: RunningServer,
}

impl RunalyzeSimulator {
    /// Starts on a free port of 127.0.0.1 with a new token.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let for_routes = Arc::clone(&shared);
        let server = RunningServer::start(move |_| routes(for_routes))?;
        let simulator = Self { shared, server };
        simulator.new_token();
        Ok(simulator)
    }

    /// The `[runalyze]` table of an endpoints file.
    pub fn endpoints_toml(&self) -> String {
        format!("[runalyze]\nweb = \"{}\"\n", self.server.base())
    }

    /// The athlete's token.
    pub fn token(&self) -> String {
        lock(&self.shared.state).token.clone()
    }

    /// Makes a new token, which ends the old one.
    pub fn new_token(&self) -> String {
        let token = issued(random_text(40).to_lowercase());
        lock(&self.shared.state).token.clone_from(&token);
        token
    }

    /// Reads files later from now on: they have no number until then.
    pub fn queue(&self) {
        lock(&self.shared.state).queues = true;
    }

    /// What was uploaded, in that order.
    pub fn uploads(&self) -> Vec<FileFacts> {
        lock(&self.shared.state).uploads.clone()
    }

    /// Queues a fault for an endpoint group: `ping`, `upload` or `any`.
    pub fn fault(&self, on: &str, fault: WebFault, times: Times) {
        self.shared.faults.push(on, fault, times);
    }

    /// What clients did against the protocol, in order. Tests assert that this is empty.
    pub fn violations(&self) -> Vec<String> {
        self.shared.violations.all()
    }
}

type App = Routed<Arc<Shared>>;

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/v1/ping", get(async || Json(json!(["pong"]))))
        .route("/api/v1/activities/uploads", post(upload))
        .layer(DefaultBodyLimit::max(LARGEST_FILE))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), allow))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), fail))
        .with_state(shared)
}

/// Lets nobody in without the token.
async fn allow(Routed(shared): App, request: Request, next: Next) -> Response {
    let sent = request.headers().get("token").and_then(|it| it.to_str().ok()).unwrap_or_default();
    if sent.is_empty() {
        shared.violations.note(format!("{}: no token", request.uri().path()));
    }
    if sent != lock(&shared.state).token {
        return (StatusCode::FORBIDDEN, "No valid token").into_response();
    }
    next.run(request).await
}

async fn fail(Routed(shared): App, request: Request, next: Next) -> Response {
    if shared.faults.waiting() == 0 {
        return next.run(request).await;
    }
    let (request, _) = read_whole(request).await;
    let group = if request.uri().path().ends_with("/ping") { "ping" } else { "upload" };
    match shared.faults.take(&[group, "any"]) {
        Some(fault) => fault.happen(request, next).await,
        None => next.run(request).await,
    }
}

async fn upload(Routed(shared): App, mut form: Multipart) -> Response {
    let bad = |why: String| {
        shared.violations.note(why.clone());
        (StatusCode::BAD_REQUEST, Json(json!({"status": "error", "message": why}))).into_response()
    };
    let mut file: Option<(String, Bytes)> = None;
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() != Some("file") || file.is_some() {
            return bad(format!("upload: unexpected part {:?}", field.name()));
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let Ok(bytes) = field.bytes().await else { return bad("upload: a part is cut off".into()) };
        file = Some((name, bytes));
    }
    let Some((name, bytes)) = file else { return bad("upload: there is no file".into()) };
    let Ok(facts) = read_file(&name, &bytes) else {
        let refused = json!({"status": "error", "message": "The file could not be read"});
        return (StatusCode::BAD_REQUEST, Json(refused)).into_response();
    };
    let mut state = lock(&shared.state);
    state.uploads.push(facts);
    let number = 4710 + state.uploads.len();
    let activity = (!state.queues).then_some(number);
    let answer = json!({"status": "success", "activity_id": activity, "queue_id": number * 2});
    (StatusCode::CREATED, Json(answer)).into_response()
}
