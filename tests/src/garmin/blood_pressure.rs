//! The blood pressure service: readings by day, new readings, and removal.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State as Routed};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Extension, Json, Router};
use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};

use super::Shared;
use super::answers::{self, Refusal};
use super::body::{self, BloodPressure, Days, local_date};
use super::faults::{Fault, is};
use super::tokens::Caller;

const SYSTOLIC: std::ops::RangeInclusive<u64> = 70..=260;
const DIASTOLIC: std::ops::RangeInclusive<u64> = 40..=150;
/// A pulse of 0 is refused: who does not know it leaves it out.
const PULSE: std::ops::RangeInclusive<u64> = 20..=250;

type App = Routed<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/bloodpressure-service/bloodpressure", post(write))
        .route("/bloodpressure-service/bloodpressure/range/{from}/{to}", get(range))
        .route("/bloodpressure-service/bloodpressure/dayview/{date}", get(day_view))
        .route("/bloodpressure-service/bloodpressure/{date}/{version}", delete(remove))
}

/// One reading on the wire.
fn entry(reading: &BloodPressure) -> Value {
    let clock = |seconds: i64| {
        let time = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        time.format("%Y-%m-%dT%H:%M:%S.0").to_string()
    };
    json!({
        "version": reading.version, "systolic": reading.systolic, "diastolic": reading.diastolic,
        "pulse": reading.pulse, "multiMeasurement": false, "notes": reading.notes,
        "sourceType": reading.source_type,
        "measurementTimestampLocal": clock(reading.time + i64::from(reading.utc_offset)),
        "measurementTimestampGMT": clock(reading.time), "category": null, "categoryName": null,
    })
}

fn bad_date(shared: &Shared) -> Response {
    shared.violation("blood pressure: a date that cannot be read, or a range that ends before it begins");
    answers::bad_request("Invalid date")
}

async fn range(
    Routed(shared): App,
    Path((from, to)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    Caller(owner): Caller,
) -> Response {
    let Some(days) = Days::parse(&from, &to) else { return bad_date(&shared) };
    let wants_all = query.get("includeAll").is_some_and(|it| it == "true");
    summaries(&shared, owner, &days, wants_all)
}

async fn day_view(Routed(shared): App, Path(date): Path<String>, Caller(owner): Caller) -> Response {
    let Some(days) = Days::parse(&date, &date) else { return bad_date(&shared) };
    summaries(&shared, owner, &days, true)
}

/// Day by day, newest first; the readings themselves only where all are asked for.
fn summaries(shared: &Shared, owner: usize, days: &Days, wants_all: bool) -> Response {
    let state = shared.state();
    let mut by_day: BTreeMap<NaiveDate, Vec<&BloodPressure>> = BTreeMap::new();
    for reading in state.body.blood_pressures_of(owner, days) {
        by_day.entry(local_date(reading.time, reading.utc_offset)).or_default().push(reading);
    }
    let summaries: Vec<Value> = by_day
        .iter()
        .rev()
        .map(|(date, list)| {
            let shown = if wants_all { list.len() } else { 0 };
            let of = |value: fn(&BloodPressure) -> u16| list.iter().map(move |it| value(it));
            json!({
                "startDate": date.to_string(), "endDate": date.to_string(), "numOfMeasurements": list.len(),
                "highSystolic": of(|it| it.systolic).max(), "lowSystolic": of(|it| it.systolic).min(),
                "highDiastolic": of(|it| it.diastolic).max(), "lowDiastolic": of(|it| it.diastolic).min(),
                "measurements": list.iter().rev().take(shown).map(|it| entry(it)).collect::<Vec<_>>(),
            })
        })
        .collect();
    Json(json!({
        "from": days.from.to_string(), "until": days.to.to_string(), "measurementSummaries": summaries,
        "categoryStats": null,
    }))
    .into_response()
}

/// Every writing makes a new reading, even of the same second.
async fn write(
    Routed(shared): App,
    Caller(owner): Caller,
    fault: Option<Extension<Fault>>,
    sent: Bytes,
) -> Result<Response, Refusal> {
    let bad = |why: &str| {
        shared.violation(format!("blood pressure: {why}"));
        answers::bad_request(why)
    };
    let Ok(sent @ Value::Object(_)) = serde_json::from_slice::<Value>(&sent) else {
        return Err(bad("Invalid body").into());
    };
    body::only(
        &shared,
        "blood pressure",
        &sent,
        &[
            "measurementTimestampLocal",
            "measurementTimestampGMT",
            "systolic",
            "diastolic",
            "pulse",
            "sourceType",
            "notes",
        ],
    );
    let (local, gmt) = (&sent["measurementTimestampLocal"], &sent["measurementTimestampGMT"]);
    let times = body::timestamps(&shared, "blood pressure", local, gmt);
    let (time, utc_offset) = times.map_err(|why| bad(&why))?;
    let within = |name: &str, limits: &std::ops::RangeInclusive<u64>| {
        let value = sent[name].as_u64().filter(|it| limits.contains(it));
        value.map(|it| it as u16).ok_or_else(|| Refusal::from(bad(&format!("Invalid {name}"))))
    };
    let pulse = match sent.get("pulse") {
        None => None,
        Some(_) => Some(within("pulse", &PULSE)?),
    };
    if sent["sourceType"] != "MANUAL" {
        return Err(bad("Invalid sourceType").into());
    }
    let reading = BloodPressure {
        version: 0,
        time,
        utc_offset,
        systolic: within("systolic", &SYSTOLIC)?,
        diastolic: within("diastolic", &DIASTOLIC)?,
        pulse,
        notes: sent["notes"].as_str().unwrap_or_default().to_owned(),
        source_type: "MANUAL".into(),
    };
    let mut state = shared.state();
    if let Some(refusal) = body::terms_pending(&state, owner) {
        return Err(refusal.into());
    }
    let mut answer = entry(&reading);
    if !is(fault.as_ref(), &Fault::AcceptedThenNothing) {
        answer["version"] = json!(state.body.add_blood_pressure(owner, reading));
    }
    Ok(Json(answer).into_response())
}

async fn remove(
    Routed(shared): App,
    Path((date, version)): Path<(String, String)>,
    Caller(owner): Caller,
) -> Response {
    let (Some(date), Ok(version)) = (body::date(&date), version.parse()) else {
        return bad_date(&shared);
    };
    if shared.state().body.remove_blood_pressure(owner, date, version) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        answers::not_found()
    }
}
