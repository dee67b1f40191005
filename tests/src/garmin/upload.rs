//! Receiving files: multipart upload, duplicates, and the status that an accepted upload is polled at.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::multipart::Multipart;
use axum::extract::{DefaultBodyLimit, Path, State as Routed};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use chrono::Utc;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::activities::default_name;
use super::answers::{self, Refusal};
use super::faults::Fault;
use super::file_reader::{self, FileFacts};
use super::state::{Activity, State, Upload, UploadOutcome, UploadStatus, UserIndex};
use super::tokens::Caller;
use super::{Options, Shared, body, weight_file};

/// No limit is documented; this is far above any workout.
const LARGEST_FILE: usize = 64 * 1024 * 1024;
/// Activity ids are of this size nowadays.
const FIRST_ACTIVITY_ID: u64 = 23_126_000_000;
const NEVER: u32 = u32::MAX;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/upload-service/upload", post(upload))
        .route("/upload-service/upload/{format}", post(upload_format))
        .layer(DefaultBodyLimit::max(LARGEST_FILE))
        .route("/activity-service/activity/status/{milliseconds}/{uuid}", get(poll))
}

async fn upload(
    shared: Routed<Arc<Shared>>,
    caller: Result<Caller, Refusal>,
    fault: Option<Extension<Fault>>,
    parts: Option<Multipart>,
) -> Response {
    receive(&shared, None, caller, fault.as_deref(), parts).await
}

async fn upload_format(
    shared: Routed<Arc<Shared>>,
    Path(format): Path<String>,
    caller: Result<Caller, Refusal>,
    fault: Option<Extension<Fault>>,
    parts: Option<Multipart>,
) -> Response {
    receive(&shared, Some(format.trim_start_matches('.')), caller, fault.as_deref(), parts).await
}

/// A file as it arrived.
struct Received {
    file_name: String,
    bytes: axum::body::Bytes,
    sha256: String,
}

async fn receive(
    shared: &Shared,
    format: Option<&str>,
    caller: Result<Caller, Refusal>,
    fault: Option<&Fault>,
    parts: Option<Multipart>,
) -> Response {
    let owner = match caller {
        Ok(Caller(owner)) => owner,
        Err(refusal) => {
            // The body is read to its end, or the client sees a reset before it sees the refusal.
            if let Some(parts) = parts {
                let _ = only_file(parts).await;
            }
            return refusal.into_response();
        }
    };
    let Some(parts) = parts else {
        shared.violation("upload: not multipart/form-data");
        return answers::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Unsupported Media Type",
            "NotSupportedException",
        );
    };
    let (file_name, bytes) = match only_file(parts).await {
        Ok(file) => file,
        Err(why) => {
            shared.violation(format!("upload: {why}"));
            return answers::bad_request(&why);
        }
    };
    let extension = file_name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if format.is_some_and(|format| format != extension) {
        shared.violation(format!("upload: a {extension} file sent to the address for {format:?}"));
    }
    let facts = file_reader::read(&file_name, &bytes);
    let sha256 = Sha256::digest(&bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let received = Received { file_name, bytes, sha256 };
    let options = shared.options();
    let mut state = shared.state();
    if state.users.get(owner).is_none_or(|it| !it.account.upload_consent) {
        return answers::error(
            StatusCode::PRECONDITION_FAILED,
            "Precondition Failed",
            "PreconditionFailedException",
        );
    }
    if let Some(refusal) = body::terms_pending(&state, owner) {
        return refusal;
    }
    settle(shared, &mut state, &options, owner, &received, facts, fault)
}

/// The one part that an upload must have: named `file`, with a file name.
async fn only_file(mut parts: Multipart) -> Result<(String, axum::body::Bytes), String> {
    let mut found = None;
    while let Some(part) = parts.next_field().await.map_err(|error| error.body_text())? {
        if part.name() != Some("file") {
            return Err(format!("a part named {:?}", part.name()));
        }
        let name = part.file_name().ok_or("the part has no file name")?.to_owned();
        let bytes = part.bytes().await.map_err(|error| error.body_text())?;
        if found.replace((name, bytes)).is_some() {
            return Err("more than one file".into());
        }
    }
    found.ok_or_else(|| "no part named file".into())
}

/// Decides what becomes of a file, remembers it, and answers.
fn settle(
    shared: &Shared,
    state: &mut State,
    options: &Options,
    owner: UserIndex,
    received: &Received,
    facts: Result<FileFacts, String>,
    fault: Option<&Fault>,
) -> Response {
    let outcome = match facts {
        Err(why) => UploadOutcome::Bad(why),
        Ok(facts) if facts.file_type == weight_file::FILE_TYPE => {
            weight_file::take_in(state, options, owner, &received.bytes, fault)
        }
        Ok(facts) if facts.file_type != 4 => UploadOutcome::Measurement,
        Ok(facts) => match state.duplicate_of(owner, &facts) {
            Some(existing) => UploadOutcome::Duplicate(existing),
            None => UploadOutcome::Created(create(state, options, owner, received, facts)),
        },
    };
    let upload = state.uploads.len();
    state.uploads.push(Upload {
        file_name: received.file_name.clone(),
        size: received.bytes.len(),
        sha256: received.sha256.clone(),
        outcome: outcome.clone(),
    });
    let mut body = import_result(state, owner, received.file_name.as_str(), received.bytes.len());
    let as_text = |id: u64| match fault {
        Some(Fault::InternalIdString) => json!(id.to_string()),
        Some(Fault::InternalIdQuoted) => json!(format!("'{id}'")),
        _ => json!(id),
    };
    match (&outcome, fault) {
        (UploadOutcome::Bad(why), _) => {
            body["detailedImportResult"]["uploadId"] = json!("");
            body["detailedImportResult"]["failures"] = failure(None, 203, why);
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
        (UploadOutcome::Measurement, Some(Fault::Immediate)) => {
            (StatusCode::CREATED, Json(body)).into_response()
        }
        (UploadOutcome::Measurement, _) => (StatusCode::ACCEPTED, Json(body)).into_response(),
        (UploadOutcome::TooLong, _) => StatusCode::GATEWAY_TIMEOUT.into_response(),
        (UploadOutcome::Duplicate(id), Some(Fault::DuplicateIn2xx)) => {
            body["detailedImportResult"]["failures"] = duplicate(*id);
            Json(body).into_response()
        }
        (UploadOutcome::Duplicate(id), Some(Fault::ExistingIdAsSuccess)) => {
            body["detailedImportResult"]["successes"] = success(&json!(id));
            (StatusCode::CREATED, Json(body)).into_response()
        }
        (UploadOutcome::Duplicate(id), other) if other != Some(&Fault::DuplicateWhenPolled) => {
            body["detailedImportResult"]["failures"] = duplicate(*id);
            (StatusCode::CONFLICT, Json(body)).into_response()
        }
        (
            UploadOutcome::Created(id),
            Some(Fault::Immediate | Fault::InternalIdString | Fault::InternalIdQuoted),
        ) => {
            body["detailedImportResult"]["successes"] = success(&as_text(*id));
            (StatusCode::CREATED, Json(body)).into_response()
        }
        _ => {
            let never = fault == Some(&Fault::PollNeverEnds);
            let rounds_left = if never { NEVER } else { options.polls_before_done };
            let uuid = crate::server::random_hex(32);
            body["detailedImportResult"]["uploadUuid"] = json!({"uuid": uuid});
            state.statuses.insert(uuid.clone(), UploadStatus { upload, owner, rounds_left });
            let location = format!(
                "{}/activity-service/activity/status/{}/{uuid}",
                shared.base,
                Utc::now().timestamp_millis()
            );
            still_working(options, &location, body)
        }
    }
}

fn create(
    state: &mut State,
    options: &Options,
    owner: UserIndex,
    received: &Received,
    facts: FileFacts,
) -> u64 {
    let id = FIRST_ACTIVITY_ID + state.number();
    let owner_email = state.users.get(owner).map(|it| it.account.email.clone()).unwrap_or_default();
    state.insert_activity(Activity {
        id,
        owner_email,
        name: Some(default_name(&facts)),
        description: None,
        facts,
        file_name: received.file_name.clone(),
        sha256: received.sha256.clone(),
        gear: Vec::new(),
        edited_type: None,
        bytes: options.keep_files.then(|| received.bytes.to_vec().into()),
        owner,
    });
    id
}

async fn poll(
    Routed(shared): Routed<Arc<Shared>>,
    Path((milliseconds, uuid)): Path<(String, String)>,
    Caller(owner): Caller,
    fault: Option<Extension<Fault>>,
) -> Response {
    let fault = fault.map(|Extension(it)| it);
    let options = shared.options();
    let mut state = shared.state();
    let Some(status) = state.statuses.get_mut(&uuid).filter(|it| it.owner == owner) else {
        return answers::not_found();
    };
    if fault == Some(Fault::PollNeverEnds) {
        status.rounds_left = NEVER;
    }
    let (index, working) = (status.upload, status.rounds_left > 0);
    if status.rounds_left != NEVER {
        status.rounds_left = status.rounds_left.saturating_sub(1);
    }
    let Some(Upload { file_name, size, outcome, .. }) = state.uploads.get(index).cloned() else {
        return answers::not_found();
    };
    let mut body = import_result(&mut state, owner, &file_name, size);
    if working {
        let location = format!("{}/activity-service/activity/status/{milliseconds}/{uuid}", shared.base);
        return still_working(&options, &location, body);
    }
    match outcome {
        UploadOutcome::Created(id) => {
            let as_text = match fault {
                Some(Fault::InternalIdString) => Some(json!(id.to_string())),
                Some(Fault::InternalIdQuoted) => Some(json!(format!("'{id}'"))),
                _ => options.poll_answers_body.then(|| json!(id)),
            };
            if let Some(id) = as_text {
                body["detailedImportResult"]["successes"] = success(&id);
                return Json(body).into_response();
            }
            let location = format!("{}/activity-service/activity/{id}", shared.base);
            (StatusCode::CREATED, [(header::LOCATION, location)]).into_response()
        }
        UploadOutcome::Duplicate(id) => {
            body["detailedImportResult"]["failures"] = duplicate(id);
            (StatusCode::CONFLICT, Json(body)).into_response()
        }
        UploadOutcome::Measurement | UploadOutcome::TooLong | UploadOutcome::Bad(_) => answers::not_found(),
    }
}

fn still_working(options: &Options, location: &str, body: Value) -> Response {
    let mut answer = (StatusCode::ACCEPTED, Json(body)).into_response();
    if let Ok(location) = HeaderValue::from_str(location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer.headers_mut().insert("location-in-milliseconds", HeaderValue::from(options.poll_milliseconds));
    answer
}

/// The body that every upload answer has, with nothing in its two lists.
fn import_result(state: &mut State, owner: UserIndex, file_name: &str, size: usize) -> Value {
    let profile_id = state.users.get(owner).map(|it| it.profile_id);
    json!({"detailedImportResult": {
        "uploadId": 212_157_000_000 + state.number(),
        "uploadUuid": null,
        "owner": profile_id,
        "fileSize": size,
        "processingTime": 36,
        "creationDate": Utc::now().format("%Y-%m-%d %H:%M:%S%.3f GMT").to_string(),
        "ipAddress": null,
        "fileName": file_name,
        "report": null,
        "successes": [],
        "failures": [],
    }})
}

fn success(id: &Value) -> Value {
    json!([{"internalId": id, "externalId": crate::server::random_hex(24), "messages": null}])
}

fn duplicate(id: u64) -> Value {
    failure(Some(id), 202, "Duplicate Activity.")
}

fn failure(id: Option<u64>, code: u32, content: &str) -> Value {
    json!([{"internalId": id, "externalId": null, "messages": [{"code": code, "content": content}]}])
}
