//! The weight service: weigh-ins by day, one typed weight, and removal.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State as Routed};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Extension, Json, Router};
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::Shared;
use super::answers::{self, Refusal};
use super::body::{self, Days, WeighIn, local_date};
use super::faults::{Fault, is};
use super::tokens::Caller;

const KILOGRAMS_PER_POUND: f64 = 0.453_592_37;
/// Garmin writes a metabolic age in milliseconds; 35 years were seen as 1,104,492,410,000.
const MILLISECONDS_PER_YEAR: u64 = 31_556_926_000;

type App = Routed<Arc<Shared>>;
type Parameters = Query<HashMap<String, String>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/weight-service/weight/range/{from}/{to}", get(range))
        .route("/weight-service/weight/dateRange", get(date_range))
        .route("/weight-service/weight/dayview/{date}", get(day_view))
        .route("/weight-service/weight/{date}/byversion/{sample_pk}", delete(remove))
        .route("/weight-service/user-weight", post(write))
}

/// Grams of a part of the weight, as Garmin shows them: computed in single precision and cut, so that 3.1 kg are 3099.
fn cut_grams(kilograms: f64) -> i64 {
    (f64::from(kilograms as f32) * 1000.0) as i64
}

/// Grams of the weight.
fn grams(kilograms: f64) -> f64 {
    (kilograms * 100_000.0).round() / 100.0
}

/// One weigh-in on the wire.
fn entry(weigh_in: &WeighIn) -> Value {
    let milliseconds = weigh_in.time * 1000;
    json!({
        "samplePk": weigh_in.sample_pk,
        "date": milliseconds + i64::from(weigh_in.utc_offset) * 1000,
        "calendarDate": local_date(weigh_in.time, weigh_in.utc_offset).to_string(),
        "weight": grams(weigh_in.weight),
        "bmi": weigh_in.bmi.map(|it| f64::from(it as f32)),
        "bodyFat": weigh_in.body_fat,
        "bodyWater": weigh_in.body_water,
        "boneMass": weigh_in.bone_mass.map(cut_grams),
        "muscleMass": weigh_in.muscle_mass.map(cut_grams),
        "physiqueRating": weigh_in.physique_rating,
        "visceralFat": weigh_in.visceral_fat,
        "metabolicAge": weigh_in.metabolic_age.map(|it| u64::from(it) * MILLISECONDS_PER_YEAR),
        "sourceType": weigh_in.source_type,
        "timestampGMT": milliseconds,
        "weightDelta": null,
    })
}

/// An entry with nothing in it, which stands where there is no neighbouring day.
fn no_entry() -> Value {
    let names = [
        "samplePk",
        "date",
        "calendarDate",
        "weight",
        "bmi",
        "bodyFat",
        "bodyWater",
        "boneMass",
        "muscleMass",
        "physiqueRating",
        "visceralFat",
        "metabolicAge",
        "sourceType",
        "timestampGMT",
        "weightDelta",
    ];
    names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect()
}

/// The mean of all; nulls where there is nothing.
fn average(days: &Days, all: &[&WeighIn]) -> Value {
    let midnight = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
    let mean = |of: &dyn Fn(&WeighIn) -> Option<f64>| {
        let values: Vec<f64> = all.iter().filter_map(|it| of(it)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    json!({
        "from": midnight(days.from), "until": midnight(days.to) + 86_399_999,
        "weight": mean(&|it| Some(grams(it.weight))),
        "bmi": mean(&|it| it.bmi), "bodyFat": mean(&|it| it.body_fat), "bodyWater": mean(&|it| it.body_water),
        "boneMass": mean(&|it| it.bone_mass.map(|it| it * 1000.0)).map(|it| it as i64),
        "muscleMass": mean(&|it| it.muscle_mass.map(|it| it * 1000.0)).map(|it| it as i64),
        "physiqueRating": null, "visceralFat": null, "metabolicAge": null,
    })
}

fn by_day<'a>(all: &[&'a WeighIn]) -> BTreeMap<NaiveDate, Vec<&'a WeighIn>> {
    let mut days: BTreeMap<NaiveDate, Vec<&WeighIn>> = BTreeMap::new();
    for weigh_in in all {
        days.entry(local_date(weigh_in.time, weigh_in.utc_offset)).or_default().push(weigh_in);
    }
    days
}

fn wants_all(query: &HashMap<String, String>) -> bool {
    query.get("includeAll").is_some_and(|it| it == "true")
}

fn bad_date(shared: &Shared) -> Response {
    shared.violation("weight: a date that cannot be read, or a range that ends before it begins");
    answers::bad_request("Invalid date")
}

/// Day by day, newest first.
async fn range(
    Routed(shared): App,
    Path((from, to)): Path<(String, String)>,
    Query(query): Parameters,
    Caller(owner): Caller,
) -> Response {
    let Some(days) = Days::parse(&from, &to) else { return bad_date(&shared) };
    let state = shared.state();
    let all = state.body.weigh_ins_of(owner, &days);
    let weights = |list: &[&WeighIn]| {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for weigh_in in list {
            least = least.min(grams(weigh_in.weight));
            most = most.max(grams(weigh_in.weight));
        }
        (least, most)
    };
    let summaries: Vec<Value> = by_day(&all)
        .iter()
        .rev()
        .map(|(date, list)| {
            let latest = list.last().map(|it| entry(it));
            let (least, most) = weights(list);
            let metrics: Vec<Value> = if wants_all(&query) {
                list.iter().rev().map(|it| entry(it)).collect()
            } else {
                latest.iter().cloned().collect()
            };
            json!({
                "summaryDate": date.to_string(), "numOfWeightEntries": list.len(), "minWeight": least,
                "maxWeight": most, "latestWeight": latest, "allWeightMetrics": metrics,
            })
        })
        .collect();
    let day = |it: &&WeighIn| local_date(it.time, it.utc_offset);
    let before = state.body.weigh_ins(owner).rev().find(|it| day(it) < days.from);
    let after = state.body.weigh_ins(owner).find(|it| day(it) > days.to);
    Json(json!({
        "dailyWeightSummaries": summaries, "totalAverage": average(&days, &all),
        "previousDateWeight": before.map_or_else(no_entry, entry),
        "nextDateWeight": after.map_or_else(no_entry, entry),
    }))
    .into_response()
}

/// The last weigh-in of each day, newest first.
async fn date_range(Routed(shared): App, Query(query): Parameters, Caller(owner): Caller) -> Response {
    let get = |name: &str| query.get(name).map_or("", String::as_str);
    let Some(days) = Days::parse(get("startDate"), get("endDate")) else { return bad_date(&shared) };
    let state = shared.state();
    let all = state.body.weigh_ins_of(owner, &days);
    let list: Vec<Value> =
        by_day(&all).values().rev().filter_map(|it| it.last()).map(|it| entry(it)).collect();
    list_answer(&days, &all, &list)
}

async fn day_view(
    Routed(shared): App,
    Path(date): Path<String>,
    Query(query): Parameters,
    Caller(owner): Caller,
) -> Response {
    let Some(days) = Days::parse(&date, &date) else { return bad_date(&shared) };
    let state = shared.state();
    let all = state.body.weigh_ins_of(owner, &days);
    let shown = if wants_all(&query) { all.len() } else { 1 };
    let list: Vec<Value> = all.iter().rev().take(shown).map(|it| entry(it)).collect();
    list_answer(&days, &all, &list)
}

fn list_answer(days: &Days, all: &[&WeighIn], list: &[Value]) -> Response {
    Json(json!({
        "startDate": days.from.to_string(), "endDate": days.to.to_string(), "dateWeightList": list,
        "totalAverage": average(days, all),
    }))
    .into_response()
}

async fn remove(
    Routed(shared): App,
    Path((date, sample_pk)): Path<(String, String)>,
    Caller(owner): Caller,
) -> Response {
    let (Some(date), Ok(sample_pk)) = (body::date(&date), sample_pk.parse()) else {
        return bad_date(&shared);
    };
    if shared.state().body.remove_weigh_in(owner, date, sample_pk) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        answers::not_found()
    }
}

async fn write(
    Routed(shared): App,
    Caller(owner): Caller,
    fault: Option<Extension<Fault>>,
    sent: Bytes,
) -> Result<Response, Refusal> {
    let bad = |why: &str| {
        shared.violation(format!("user-weight: {why}"));
        answers::bad_request(why)
    };
    let Ok(sent @ Value::Object(_)) = serde_json::from_slice::<Value>(&sent) else {
        return Err(bad("Invalid body").into());
    };
    body::only(
        &shared,
        "user-weight",
        &sent,
        &["date", "dateTimestamp", "gmtTimestamp", "unitKey", "sourceType", "value"],
    );
    let times = body::timestamps(&shared, "user-weight", &sent["dateTimestamp"], &sent["gmtTimestamp"]);
    let (time, utc_offset) = times.map_err(|why| bad(&why))?;
    if sent.get("date").is_some_and(|it| *it != local_date(time, utc_offset).to_string()) {
        shared.violation("user-weight: date is not the local day");
    }
    let value = sent["value"].as_f64().filter(|it| *it > 0.0).ok_or_else(|| bad("Invalid value"))?;
    let weight = match sent["unitKey"].as_str() {
        Some("kg") => value,
        Some("lbs") => value * KILOGRAMS_PER_POUND,
        _ => return Err(bad("Invalid unitKey").into()),
    };
    if sent["sourceType"] != "MANUAL" {
        return Err(bad("Invalid sourceType").into());
    }
    let mut state = shared.state();
    if let Some(refusal) = body::terms_pending(&state, owner) {
        return Err(refusal.into());
    }
    if !is(fault.as_ref(), &Fault::AcceptedThenNothing) {
        let weigh_in =
            WeighIn { time, utc_offset, weight, source_type: "MANUAL".into(), ..WeighIn::default() };
        state.body.set_manual_weight(owner, weigh_in);
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
