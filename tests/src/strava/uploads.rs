//! Uploads: a file is taken at once and worked on for a while, during which it is polled.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;

use axum::extract::multipart::Multipart;
use axum::extract::{Path, Query, State as Routed};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::activity::Activity;
use super::api::caller;
use super::faults::Fault;
use super::refusal::Refusal;
use super::state::State;
use super::{DuplicateForm, Options, Shared};
use crate::garmin::file_reader::{FIT_EPOCH, FileFacts, for_each_message, read as read_file};

/// The real service's limit.
const LARGEST_FILE: usize = 25 << 20;
/// A file that is larger when unpacked is no workout.
const LARGEST_UNPACKED: u64 = 256 << 20;
const DATA_TYPES: [&str; 6] = ["fit", "fit.gz", "tcx", "tcx.gz", "gpx", "gpx.gz"];
const FIELDS: [&str; 6] = ["data_type", "name", "description", "trainer", "commute", "external_id"];
const WORKING: &str = "Your activity is still being processed.";
const READY: &str = "Your activity is ready.";
const FAILED: &str = "There was an error processing your activity.";
const DELETED: &str = "The created activity has been deleted.";
/// Upload ids are of this size nowadays.
const FIRST_ID: u64 = 19_480_000_000;
const NEVER: u32 = u32::MAX;
const MESG_RECORD: u16 = 20;

/// One file that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    pub id: u64,
    pub athlete_id: u64,
    /// As it was sent, or the file's name.
    pub external_id: String,
    pub data_type: String,
    pub file_name: String,
    /// What was sent, as it was sent.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    pub outcome: UploadOutcome,
    /// So many polls say that it is still at work.
    pub polls_left: u32,
}

/// What becomes, or became, of an upload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadOutcome {
    Created(u64),
    Duplicate(u64),
    Malformed,
}

type App = Routed<Arc<Shared>>;

pub(super) async fn upload(
    Routed(shared): App,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
    fault: Option<Extension<Fault>>,
    parts: Multipart,
) -> Result<Response, Refusal> {
    // The body is read to its end first, or the client sees a reset before it sees a refusal.
    let parts = read_parts(parts).await;
    let options = shared.options();
    let mut state = shared.state();
    let caller = caller(&shared, &state, &headers, &["activity:write"])?;
    let invalid = |field: &str| Refusal::bad_request("Upload", field, "invalid");
    let Parts { mut fields, file } = parts.map_err(|why| {
        shared.violations.note(format!("upload: {why}"));
        invalid("file")
    })?;
    // Some programs put the texts into the address, which is read as well.
    fields.extend(query);
    for name in fields.keys().filter(|it| !FIELDS.contains(&it.as_str())) {
        shared.violations.note(format!("upload: unknown field {name:?}"));
    }
    for name in ["trainer", "commute"] {
        if fields.get(name).is_some_and(|it| !matches!(it.as_str(), "0" | "1")) {
            shared.violations.note(format!("upload: {name} is neither 0 nor 1"));
        }
    }
    let data_type = fields.get("data_type").map_or("", String::as_str);
    if !DATA_TYPES.contains(&data_type) {
        shared.violations.note(format!("upload: the data_type {data_type:?} is unknown"));
        return Err(invalid("data_type"));
    }
    let (file_name, bytes) = file.ok_or_else(|| {
        shared.violations.note("upload: there is no file");
        invalid("file")
    })?;
    if bytes.len() > LARGEST_FILE {
        return Err(invalid("file"));
    }
    let sent = Upload {
        id: FIRST_ID + state.number(),
        athlete_id: caller.athlete,
        external_id: fields.get("external_id").unwrap_or(&file_name).clone(),
        data_type: data_type.to_owned(),
        file_name,
        bytes,
        outcome: UploadOutcome::Malformed,
        polls_left: if fault.is_some_and(|it| *it == Fault::PollNeverEnds) {
            NEVER
        } else {
            options.rounds_before_done
        },
    };
    settle(&mut state, &options, sent, &fields)
}

/// Decides what becomes of a file, remembers it, and answers.
fn settle(
    state: &mut State,
    options: &Options,
    mut upload: Upload,
    fields: &BTreeMap<String, String>,
) -> Result<Response, Refusal> {
    if let Ok((facts, bytes)) = facts_of(&upload) {
        upload.outcome = match duplicate_of(state, upload.athlete_id, &facts) {
            Some(id) => UploadOutcome::Duplicate(id),
            None => UploadOutcome::Created(create(state, options, &upload, fields, &facts, &bytes)),
        };
    }
    let mut told = working(&upload);
    let refused = match (&upload.outcome, options.duplicates) {
        (UploadOutcome::Duplicate(id), DuplicateForm::Conflict) => {
            Some(Refusal::conflict(&duplicate(state, options, &upload, *id)))
        }
        (UploadOutcome::Duplicate(id), DuplicateForm::AtOnce) => {
            told["error"] = json!(duplicate(state, options, &upload, *id));
            told["status"] = json!(FAILED);
            None
        }
        _ => None,
    };
    state.uploads.push(upload);
    match refused {
        Some(refusal) => Err(refusal),
        None => Ok((StatusCode::CREATED, Json(told)).into_response()),
    }
}

pub(super) async fn poll(
    Routed(shared): App,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let options = shared.options();
    let mut state = shared.state();
    let caller = caller(&shared, &state, &headers, &["activity:write"])?;
    let found =
        state.uploads.iter_mut().find(|it| it.id.to_string() == id && it.athlete_id == caller.athlete);
    let found = found.ok_or_else(Refusal::not_found)?;
    if found.polls_left > 0 {
        if found.polls_left != NEVER {
            found.polls_left -= 1;
        }
        return Ok(Json(working(found)).into_response());
    }
    let upload = found.clone();
    let mut told = working(&upload);
    match upload.outcome {
        UploadOutcome::Created(id) if state.activities.contains_key(&id) => {
            if let Some(activity) = state.activities.get_mut(&id) {
                activity.listings_before_seen = 0;
            }
            told["external_id"] = json!(told_external_id(&upload));
            told["activity_id"] = json!(id);
            told["status"] = json!(READY);
        }
        UploadOutcome::Created(_) => told["status"] = json!(DELETED),
        UploadOutcome::Duplicate(id) => {
            told["error"] = json!(duplicate(&state, &options, &upload, id));
            told["status"] = json!(FAILED);
        }
        UploadOutcome::Malformed => {
            told["error"] = json!(format!("{}: The file is malformed.", told_external_id(&upload)));
            told["status"] = json!(FAILED);
        }
    }
    Ok(Json(told).into_response())
}

fn working(upload: &Upload) -> Value {
    json!({
        "id": upload.id, "id_str": upload.id.to_string(), "external_id": null, "error": null, "status": WORKING,
        "activity_id": null,
    })
}

/// The type is appended to what was sent.
fn told_external_id(upload: &Upload) -> String {
    let suffix = format!(".{}", upload.data_type);
    if upload.external_id.ends_with(&suffix) {
        return upload.external_id.clone();
    }
    format!("{}{suffix}", upload.external_id)
}

fn duplicate(state: &State, options: &Options, upload: &Upload, id: u64) -> String {
    let file = told_external_id(upload);
    if options.duplicates == DuplicateForm::Html {
        let name = state.activities.get(&id).map_or("", |it| &it.name);
        return format!("{file} duplicate of <a href='/activities/{id}' target='_blank'>{name}</a>");
    }
    format!("{file} duplicate of activity {id}")
}

/// The real service tells by the start alone.
fn duplicate_of(state: &State, athlete: u64, facts: &FileFacts) -> Option<u64> {
    let own = state.activities.values().filter(|it| it.athlete_id == athlete && !it.manual);
    own.into_iter().find(|it| it.start == facts.start).map(|it| it.id)
}

/// The file, unpacked and understood; it must be what its type says.
fn facts_of(upload: &Upload) -> Result<(FileFacts, Vec<u8>), String> {
    let (format, is_packed) = match upload.data_type.strip_suffix(".gz") {
        Some(format) => (format, true),
        None => (upload.data_type.as_str(), false),
    };
    let mut bytes = Vec::new();
    if is_packed {
        let unpacked = flate2::read::GzDecoder::new(upload.bytes.as_slice());
        unpacked.take(LARGEST_UNPACKED).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    } else {
        bytes.clone_from(&upload.bytes);
    }
    let facts = read_file(&format!("file.{format}"), &bytes)?;
    if facts.file_type != 4 || facts.format == "fit" && facts.records == 0 {
        return Err("not an activity with a record".into());
    }
    Ok((facts, bytes))
}

fn create(
    state: &mut State,
    options: &Options,
    upload: &Upload,
    fields: &BTreeMap<String, String>,
    facts: &FileFacts,
    bytes: &[u8],
) -> u64 {
    let sport_type = match facts.sport {
        1 => "Run",
        2 => "Ride",
        5 => "Swim",
        11 => "Walk",
        17 => "Hike",
        _ => "Workout",
    };
    let name = fields.get("name").filter(|it| !it.trim().is_empty());
    let streams = if facts.format == "fit" { streams(bytes, facts.start) } else { BTreeMap::new() };
    let activity = Activity {
        name: name.map_or_else(|| format!("Morning {sport_type}"), Clone::clone),
        description: fields.get("description").cloned(),
        utc_offset: facts.utc_offset_seconds,
        moving_time: facts.timer_seconds as i64,
        distance: facts.distance_metres.unwrap_or_default(),
        calories: facts.calories.unwrap_or_default() as f64,
        trainer: fields.get("trainer").is_some_and(|it| it == "1"),
        commute: fields.get("commute").is_some_and(|it| it == "1"),
        visibility: options.visibility.clone(),
        external_id: Some(told_external_id(upload)),
        upload_id: Some(upload.id),
        listings_before_seen: options.rounds_before_done,
        device_watts: streams.contains_key("watts"),
        streams,
        ..Activity::new(sport_type, facts.start, facts.elapsed_seconds as i64)
    };
    state.insert_activity(upload.athlete_id, activity)
}

/// What the records of a FIT file hold, as streams. A stream of which there is nothing is not there.
fn streams(bytes: &[u8], start: i64) -> BTreeMap<String, Vec<Value>> {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let keys = ["time", "heartrate", "cadence", "watts", "distance"];
    let read = for_each_message(bytes, |message| {
        if message.number == MESG_RECORD {
            let time = message.value(253).map(|it| json!(FIT_EPOCH + it as i64 - start));
            let whole = |field: u8| message.value(field).map(|it| json!(it));
            let distance = message.value(5).map(|it| json!(it as f64 / 100.0));
            for (key, value) in keys.into_iter().zip([time, whole(3), whole(4), whole(7), distance]) {
                all.entry(key.to_owned()).or_default().push(value.unwrap_or(Value::Null));
            }
        }
        Ok(())
    });
    if read.is_err() {
        return BTreeMap::new();
    }
    all.retain(|_, values| values.iter().any(|it| !it.is_null()));
    all
}

/// A form as it arrived.
struct Parts {
    fields: BTreeMap<String, String>,
    /// Name and content of the part `file`.
    file: Option<(String, Vec<u8>)>,
}

async fn read_parts(mut parts: Multipart) -> Result<Parts, String> {
    let mut all = Parts { fields: BTreeMap::new(), file: None };
    while let Some(part) = parts.next_field().await.map_err(|error| error.body_text())? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            let file_name = part.file_name().ok_or("the file has no name")?.to_owned();
            let bytes = part.bytes().await.map_err(|error| error.body_text())?.to_vec();
            if all.file.replace((file_name, bytes)).is_some() {
                return Err("more than one file".into());
            }
        } else {
            let text = part.text().await.map_err(|error| error.body_text())?;
            if all.fields.insert(name.clone(), text).is_some() {
                return Err(format!("{name} is given twice"));
            }
        }
    }
    Ok(all)
}
