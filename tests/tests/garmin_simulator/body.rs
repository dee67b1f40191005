//! Weigh-ins and blood pressure readings: written, read, removed, and everything that can go wrong with them.

use baton_tests::garmin::sample::{SampleWeight, weight_file};
use baton_tests::garmin::{
    BloodPressure, DiTokens, Fault, GarminSimulator, MfaMethod, UploadOutcome, WeighIn,
};
use baton_tests::server::Times;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::client::*;

const PRESSURES: &str = "/bloodpressure-service/bloodpressure";
const TIME: i64 = 1_753_533_337;

fn record(time: i64) -> SampleWeight {
    SampleWeight { time, weight: 6390, ..SampleWeight::default() }
}

fn whole_record(time: i64) -> SampleWeight {
    SampleWeight {
        time,
        weight: 6390,
        percent_fat: Some(810),
        percent_hydration: Some(6830),
        bone_mass: Some(310),
        muscle_mass: Some(5560),
        bmi: Some(216),
        basal_met: Some(6400),
        physique_rating: Some(4),
        metabolic_age: Some(35),
        visceral_fat_rating: Some(9),
    }
}

struct Stage {
    sim: GarminSimulator,
    tokens: DiTokens,
}

fn stage() -> Stage {
    let sim = simulator(MfaMethod::None);
    sim.set_options(|options| options.time_zone = "Europe/Moscow".into());
    let tokens = sim.mint_di_tokens(EMAIL).unwrap();
    Stage { sim, tokens }
}

impl Stage {
    async fn get(&self, path: &str) -> Value {
        let answer = get(self.sim.base(), path, &self.tokens).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        json_of(answer).await
    }

    async fn status(&self, method: Method, path: &str, body: Option<Value>) -> StatusCode {
        let request = data(method, self.sim.base(), path, &self.tokens);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.unwrap().status()
    }

    async fn upload(&self, records: &[SampleWeight]) -> StatusCode {
        let file = weight_file(records);
        upload(self.sim.base(), &self.tokens, "weight.fit", file).send().await.unwrap().status()
    }
}

#[tokio::test]
async fn a_weight_file_becomes_one_row_for_each_record_as_published_answers_show() {
    let stage = stage();
    assert_eq!(stage.upload(&[whole_record(TIME)]).await, StatusCode::ACCEPTED);
    let answer = stage.get("/weight-service/weight/range/2025-07-01/2025-07-31?includeAll=true").await;
    let day = &answer["dailyWeightSummaries"][0];
    assert_eq!((&day["summaryDate"], &day["numOfWeightEntries"]), (&json!("2025-07-26"), &json!(1)));
    let mut row = day["allWeightMetrics"][0].clone();
    assert!(row["samplePk"].is_u64());
    row["samplePk"] = json!(0);
    let wanted = json!({
        "samplePk": 0, "date": 1_753_544_137_000_u64, "calendarDate": "2025-07-26", "weight": 63_900.0,
        "bmi": 21.600_000_381_469_727, "bodyFat": 8.1, "bodyWater": 68.3, "boneMass": 3099, "muscleMass": 55_599,
        "physiqueRating": 4, "visceralFat": 9, "metabolicAge": 1_104_492_410_000_u64,
        "sourceType": "INDEX_SCALE", "timestampGMT": 1_753_533_337_000_u64, "weightDelta": null,
    });
    assert_eq!(row, wanted);
    let kept = &stage.sim.weigh_ins(EMAIL)[0];
    assert_eq!((kept.weight, kept.basal_met, kept.time), (63.9, Some(1600.0), TIME));
    assert_eq!((kept.bone_mass, kept.muscle_mass), (Some(3.1), Some(55.6)));
    assert_eq!(stage.sim.uploads_received()[0].outcome, UploadOutcome::Measurement);
    assert_eq!((stage.sim.activities().len(), stage.sim.violations()), (0, Vec::new()));
}

#[tokio::test]
async fn equal_timestamps_in_files_stay_apart_and_days_are_local() {
    let stage = stage();
    let late_evening = TIME + 10 * 3600;
    let records = [record(TIME), record(TIME), record(late_evening)];
    assert_eq!(stage.upload(&records).await, StatusCode::ACCEPTED);
    assert_eq!(stage.upload(&records[..1]).await, StatusCode::ACCEPTED);
    assert_eq!(stage.sim.weigh_ins(EMAIL).len(), 4);
    let count = |answer: &Value| answer["dateWeightList"].as_array().unwrap().len();
    let view = "/weight-service/weight/dayview/2025-07-26";
    let first = stage.get(&format!("{view}?includeAll=true")).await;
    assert_eq!((count(&first), count(&stage.get(view).await)), (3, 1));
    assert_eq!(count(&stage.get("/weight-service/weight/dayview/2025-07-27?includeAll=true").await), 1);
    let range = "/weight-service/weight/dateRange?startDate=2025-07-01&endDate=2025-08-01";
    assert_eq!(count(&stage.get(range).await), 2);
    assert_eq!(first["dateWeightList"][0]["bodyFat"], Value::Null);
    assert_eq!(first["totalAverage"]["weight"], 63_900.0);

    let pk = |index: usize| first["dateWeightList"][index]["samplePk"].to_string();
    let delete = |date: &str, pk: &str| {
        let path = format!("/weight-service/weight/{date}/byversion/{pk}");
        let stage = &stage;
        async move { stage.status(Method::DELETE, &path, None).await }
    };
    assert_eq!(delete("2025-07-27", &pk(0)).await, StatusCode::NOT_FOUND, "another day");
    assert_eq!(delete("2025-07-26", &pk(0)).await, StatusCode::NO_CONTENT);
    assert_eq!(delete("2025-07-26", &pk(0)).await, StatusCode::NOT_FOUND);
    assert_eq!(stage.sim.weigh_ins(EMAIL).len(), 3);
    let empty = stage.get("/weight-service/weight/range/2024-01-01/2024-12-31?includeAll=true").await;
    assert_eq!(empty["dailyWeightSummaries"], json!([]));
    assert_eq!(empty["nextDateWeight"]["calendarDate"], "2025-07-26");
    assert_eq!(empty["previousDateWeight"]["calendarDate"], Value::Null);
    assert_eq!(stage.sim.violations(), [""; 0]);
    assert_eq!(
        stage.status(Method::GET, "/weight-service/weight/range/2025-02-01/2025-01-01", None).await,
        400
    );
    assert_eq!(stage.sim.violations().len(), 1);
}

#[tokio::test]
async fn long_files_time_out_and_files_of_pressures_leave_nothing() {
    let stage = stage();
    let many: Vec<_> = (0..201).map(|index| record(TIME + index)).collect();
    assert_eq!(stage.upload(&many).await, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(stage.sim.weigh_ins(EMAIL).len(), 0);
    assert_eq!(stage.upload(&many[..200]).await, StatusCode::ACCEPTED);
    assert_eq!(stage.sim.weigh_ins(EMAIL).len(), 200);
    assert_eq!(stage.upload(&[]).await, StatusCode::ACCEPTED, "a weight file without a weight");
    let calculating = SampleWeight { weight: 0xfffe, ..record(TIME) };
    assert_eq!(stage.upload(&[calculating]).await, StatusCode::ACCEPTED);
    assert_eq!(stage.sim.weigh_ins(EMAIL).len(), 200);
    let mut broken = weight_file(&[record(TIME)]);
    broken[60] ^= 1;
    let refused = upload(stage.sim.base(), &stage.tokens, "weight.fit", broken).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn consent_terms_and_silence_keep_weights_out() {
    let stage = stage();
    stage.sim.set_upload_consent(EMAIL, false);
    assert_eq!(stage.upload(&[record(TIME)]).await, StatusCode::PRECONDITION_FAILED);
    stage.sim.set_upload_consent(EMAIL, true);
    stage.sim.set_terms_pending(EMAIL, true);
    assert_eq!(stage.upload(&[record(TIME)]).await, StatusCode::FORBIDDEN);
    stage.sim.set_terms_pending(EMAIL, false);
    stage.sim.fault("upload", Fault::AcceptedThenNothing, Times::Next(1));
    assert_eq!(stage.upload(&[record(TIME)]).await, StatusCode::ACCEPTED);
    assert_eq!(stage.sim.weigh_ins(EMAIL).len(), 0);
    stage.sim.fault("upload", Fault::AcceptedThen500, Times::Next(1));
    assert_eq!(stage.upload(&[record(TIME)]).await, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(stage.sim.weigh_ins(EMAIL).len(), 1);
    stage.sim.fault("upload", Fault::Immediate, Times::Next(1));
    assert_eq!(stage.upload(&[record(TIME)]).await, StatusCode::CREATED);
    stage.sim.fault("weight_read", Fault::Outage { status: 503 }, Times::Next(1));
    let view = "/weight-service/weight/dayview/2025-07-26";
    assert_eq!(stage.status(Method::GET, view, None).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(stage.status(Method::GET, view, None).await, StatusCode::OK);
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn one_typed_weight_is_kept_once() {
    let stage = stage();
    let body = |value: Value, unit: &str| {
        json!({
            "dateTimestamp": "2025-07-26T15:35:37.000", "gmtTimestamp": "2025-07-26T12:35:37.000",
            "unitKey": unit, "sourceType": "MANUAL", "value": value,
        })
    };
    let post = |body: Value| stage.status(Method::POST, "/weight-service/user-weight", Some(body));
    assert_eq!(post(body(json!(78.4), "kg")).await, StatusCode::NO_CONTENT);
    assert_eq!(post(body(json!(172), "lbs")).await, StatusCode::NO_CONTENT);
    let kept = stage.sim.weigh_ins(EMAIL);
    assert_eq!((kept.len(), kept[0].time, kept[0].utc_offset), (1, TIME, 10_800));
    assert!((kept[0].weight - 78.0179).abs() < 0.0001);
    let mut dated = body(json!(78), "kg");
    dated["date"] = json!("2025-07-26");
    assert_eq!(post(dated.clone()).await, StatusCode::NO_CONTENT);
    assert_eq!(stage.sim.violations(), [""; 0]);
    dated["date"] = json!("2025-07-25");
    assert_eq!(post(dated).await, StatusCode::NO_CONTENT);
    assert_eq!(post(body(json!(78), "st")).await, StatusCode::BAD_REQUEST);
    assert_eq!(post(body(json!("78"), "kg")).await, StatusCode::BAD_REQUEST);
    let mut zoned = body(json!(78), "kg");
    zoned["gmtTimestamp"] = json!("2025-07-26T12:35:37.000Z");
    assert_eq!(post(zoned).await, StatusCode::BAD_REQUEST);
    assert!(stage.sim.violations().len() >= 4);
}

fn pressure(systolic: u32, diastolic: u32, pulse: Option<u32>) -> Value {
    let mut body = json!({
        "measurementTimestampLocal": "2025-07-26T15:35:37.000",
        "measurementTimestampGMT": "2025-07-26T12:35:37.000",
        "systolic": systolic, "diastolic": diastolic, "sourceType": "MANUAL", "notes": "",
    });
    if let Some(pulse) = pulse {
        body["pulse"] = json!(pulse);
    }
    body
}

#[tokio::test]
async fn every_blood_pressure_makes_a_reading_of_its_own() {
    let stage = stage();
    let post = |body: Value| stage.status(Method::POST, PRESSURES, Some(body));
    for _ in 0..2 {
        assert_eq!(post(pressure(124, 79, Some(61))).await, StatusCode::OK);
    }
    assert_eq!(post(pressure(260, 40, None)).await, StatusCode::OK);
    let answer = stage.get(&format!("{PRESSURES}/range/2025-07-01/2025-07-31?includeAll=true")).await;
    let day = &answer["measurementSummaries"][0];
    let all = day["measurements"].as_array().unwrap();
    assert_eq!((all.len(), &day["startDate"]), (3, &json!("2025-07-26")));
    assert_eq!((&all[0]["systolic"], &all[0]["pulse"]), (&json!(260), &Value::Null), "newest first");
    assert_eq!(all[2]["measurementTimestampGMT"], "2025-07-26T12:35:37.0");
    assert_eq!(all[2]["measurementTimestampLocal"], "2025-07-26T15:35:37.0");
    let summary = stage.get(&format!("{PRESSURES}/range/2025-07-01/2025-07-31")).await;
    assert_eq!(summary["measurementSummaries"][0]["measurements"], json!([]));
    let none = stage.get(&format!("{PRESSURES}/range/2024-07-01/2024-07-31?includeAll=true")).await;
    let wanted = json!({"from": "2024-07-01", "until": "2024-07-31", "measurementSummaries": [], "categoryStats": null});
    assert_eq!(none, wanted);
    let version = &all[1]["version"];
    let path = format!("{PRESSURES}/2025-07-26/{version}");
    assert_eq!(stage.status(Method::DELETE, &path, None).await, StatusCode::NO_CONTENT);
    assert_eq!(stage.status(Method::DELETE, &path, None).await, StatusCode::NOT_FOUND);
    assert_eq!(
        stage.get(&format!("{PRESSURES}/dayview/2025-07-26")).await["measurementSummaries"][0]["numOfMeasurements"],
        2
    );
    stage.sim.fault("blood_pressure_write", Fault::AcceptedThenNothing, Times::Next(1));
    assert_eq!(post(pressure(120, 80, None)).await, StatusCode::OK);
    assert_eq!(stage.sim.blood_pressures(EMAIL).len(), 2);
    assert_eq!(stage.sim.violations(), [""; 0]);
    for (systolic, diastolic, pulse) in [
        (69, 79, None),
        (261, 79, None),
        (124, 39, None),
        (124, 151, None),
        (124, 79, Some(0)),
        (124, 79, Some(251)),
    ] {
        assert_eq!(post(pressure(systolic, diastolic, pulse)).await, StatusCode::BAD_REQUEST);
    }
    assert_eq!(stage.sim.violations().len(), 6);
    assert_eq!(stage.sim.blood_pressures(EMAIL).len(), 2);
}

#[tokio::test]
async fn what_a_scale_of_their_own_sent_is_there() {
    let stage = stage();
    let scale = WeighIn {
        time: TIME,
        utc_offset: 10_800,
        weight: 80.15,
        body_fat: Some(21.5),
        source_type: "INDEX_SCALE".into(),
        ..WeighIn::default()
    };
    let sample_pk = stage.sim.add_weigh_in(EMAIL, scale).unwrap();
    let cuff = BloodPressure { time: TIME, systolic: 130, diastolic: 85, ..BloodPressure::default() };
    stage.sim.add_blood_pressure(EMAIL, cuff).unwrap();
    assert!(stage.sim.add_weigh_in("nobody@example.org", WeighIn::default()).is_none());
    let view = stage.get("/weight-service/weight/dayview/2025-07-26?includeAll=true").await;
    assert_eq!(
        (&view["dateWeightList"][0]["samplePk"], &view["dateWeightList"][0]["weight"]),
        (&json!(sample_pk), &json!(80_150.0))
    );
    let body = plain().get(format!("{}/_sim/body?email={EMAIL}", stage.sim.base())).send().await.unwrap();
    let body = json_of(body).await;
    assert_eq!(
        (&body["weigh_ins"][0]["weight"], &body["blood_pressures"][0]["systolic"]),
        (&json!(80.15), &json!(130))
    );
}

/// Weight files of another program, where a developer has some, with what Garmin's own decoder reads in them.
#[tokio::test]
async fn weight_files_of_another_program_are_read_as_garmins_decoder_reads_them() {
    let given = std::env::var_os("BATON_SAMPLE_DATA").map(std::path::PathBuf::from);
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = given.unwrap_or(beside).join("withings");
    if !folder.is_dir() {
        println!("skipped: no sample data for Withings");
        return;
    }
    let send = |stage: &Stage, name: &str| {
        let file = std::fs::read(folder.join(format!("{name}.fit"))).unwrap();
        upload(stage.sim.base(), &stage.tokens, "weight.fit", file).send()
    };
    for name in ["fit_weight_simple", "pipe_obsidian.weight", "pipe_mixed_a.weight"] {
        let stage = stage();
        assert_eq!(send(&stage, name).await.unwrap().status(), StatusCode::ACCEPTED);
        let text = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
        let decoded: Value = serde_json::from_slice(&text).unwrap();
        let wanted = decoded["decoded_scaled"]["weight_scale_mesgs"].as_array().unwrap().clone();
        let got = stage.sim.weigh_ins(EMAIL);
        assert_eq!(got.len(), wanted.len(), "{name}");
        for (got, wanted) in got.iter().zip(&wanted) {
            assert_eq!(got.time, wanted["timestamp"].as_i64().unwrap() + 631_065_600);
            let fields = [
                (Some(got.weight), "weight"),
                (got.body_fat, "percent_fat"),
                (got.body_water, "percent_hydration"),
                (got.bone_mass, "bone_mass"),
                (got.muscle_mass, "muscle_mass"),
                (got.bmi, "bmi"),
                (got.basal_met, "basal_met"),
                (got.metabolic_age.map(f64::from), "metabolic_age"),
            ];
            for (value, field) in fields {
                let same = match (value, wanted[field].as_f64()) {
                    (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                    (a, b) => a == b,
                };
                assert!(same, "{name}: {field} {value:?}, not {}", wanted[field]);
            }
        }
    }
    let stage = stage();
    assert_eq!(send(&stage, "pipe_mixed_a.blood_pressure").await.unwrap().status(), StatusCode::ACCEPTED);
    assert!(stage.sim.weigh_ins(EMAIL).is_empty() && stage.sim.blood_pressures(EMAIL).is_empty());
}
