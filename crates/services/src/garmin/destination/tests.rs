//! Measurements into Garmin Connect and out of it, against a listener that answers what it is told to.

use baton_core::{BloodPressure, Body, Error, ErrorKind, File, Format, Service, Time, Tokens, Window};
use futures::StreamExt;
use serde_json::{Value, json};

use super::super::Garmin;
use super::*;
use crate::test_server::{Server, cell};

const HOSTS: &str = "[garmin]\nconnectapi = BASE\ndiauth = BASE\nconnect = BASE\nsso = BASE";
const NO_WEIGHTS: &str = r#"{"dailyWeightSummaries":[],"totalAverage":{}}"#;
const NO_READINGS: &str = r#"{"measurementSummaries":[]}"#;
const ACCEPTED: &str = "!202\n{\"detailedImportResult\":{\"uploadId\":1,\"successes\":[],\"failures\":[]}}";
const START: i64 = 1_795_000_000;

fn tokens() -> Tokens {
    let session = json!({"form": "di", "access": "A", "refresh": null, "client_id": "c", "expires": "2027-11-21T08:00:00Z"});
    Tokens::pack(&json!({"domain": "garmin.com", "session": session})).unwrap()
}

async fn account(answers: Vec<String>) -> (Server, Box<dyn baton_core::Connection>) {
    let server = Server::answering(HOSTS, answers).await;
    let connection = Garmin::new(server.world.clone()).connect(cell(tokens()).1).unwrap();
    (server, connection)
}

fn time(second: i64) -> Time {
    Time::from_timestamp(START + second, 0).unwrap()
}

fn parcel(item: Item) -> Parcel {
    Parcel {
        span: item.span(),
        item: Arc::new(item),
        file: File { format: Format::Fit, bytes: Arc::from(&b""[..]) },
        external_id: "e".into(),
        title: "Weight".into(),
        description: None,
        gear: None,
    }
}

fn weighing(second: i64, weight: Option<f64>) -> Parcel {
    parcel(Item::Body(Body { time: time(second), weight, percent_fat: Some(20.0), ..Body::default() }))
}

fn pressure(second: i64, systolic: u16) -> Parcel {
    parcel(Item::BloodPressure(BloodPressure {
        time: time(second),
        utc_offset: Some(3600),
        systolic,
        diastolic: 80,
        heart_rate: Some(60),
        more: Vec::new(),
    }))
}

/// `[(samplePk, second, kg)]`
fn weights(rows: &[(u64, i64, f64)]) -> String {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(number, second, weight)| {
            let time = (START + second) * 1000;
            json!({"samplePk": number, "calendarDate": "2026-11-18", "timestampGMT": time, "date": time + 3_600_000,
                   "weight": weight * 1000.0, "bodyFat": 20.0, "bmi": null, "sourceType": "INDEX_SCALE"})
        })
        .collect();
    json!({"dailyWeightSummaries": [{"summaryDate": "2026-11-18", "allWeightMetrics": rows}]}).to_string()
}

/// `[(version, second, systolic)]`
fn readings(rows: &[(u64, i64, u16)]) -> String {
    let clock = |seconds: i64| time(seconds).format("%Y-%m-%dT%H:%M:%S.0").to_string();
    let rows: Vec<Value> = rows
        .iter()
        .map(|(version, second, systolic)| {
            json!({"version": version, "systolic": systolic, "diastolic": 80, "pulse": 60,
                   "measurementTimestampLocal": clock(second + 3600), "measurementTimestampGMT": clock(*second)})
        })
        .collect();
    json!({"measurementSummaries": [{"startDate": "2026-11-18", "measurements": rows}]}).to_string()
}

async fn handed_over(
    connection: &dyn baton_core::Connection,
    parcels: &[Parcel],
) -> Vec<Result<String, ErrorKind>> {
    let parcels: Vec<&Parcel> = parcels.iter().collect();
    let answers = connection.destination().unwrap().deliver_all(&parcels).await;
    let key = |receipt| match receipt {
        Receipt::Created { key, .. } => key.id,
        Receipt::AlreadyThere { .. } => "already there".into(),
    };
    answers.into_iter().map(|answer| answer.map(key).map_err(|error: Error| error.kind)).collect()
}

fn paths(server: &Server) -> Vec<String> {
    server.asked().iter().map(|call| format!("{} {}", call["method"], call["path"])).collect()
}

#[tokio::test]
async fn weigh_ins_go_in_one_file_and_are_found_again() {
    let shown = weights(&[(9, 0, 70.0), (11, 0, 70.01), (12, 60, 71.0)]);
    let answers =
        vec![weights(&[(9, 0, 70.0)]), ACCEPTED.into(), weights(&[(9, 0, 70.0), (11, 0, 70.01)]), shown];
    let (server, connection) = account(answers).await;
    let parcels = [weighing(0, Some(70.0)), weighing(30, None), weighing(60, Some(71.0))];
    let receipts = handed_over(connection.as_ref(), &parcels).await;
    // What was there before is not what was brought, even where it looks the same.
    let expected = [Ok("2026-11-18/11".into()), Err(ErrorKind::Unsupported), Ok("2026-11-18/12".into())];
    assert_eq!(receipts, expected);
    let asked = paths(&server);
    assert_eq!(asked[0], "GET /weight-service/weight/range/2026-10-31/2026-12-01?includeAll=true");
    assert_eq!(asked[1], "POST /upload-service/upload");
    assert_eq!(asked.len(), 4, "both are looked for together");
    assert!(server.asked()[1]["body"].contains("baton-e.fit"));

    let destination = connection.destination().unwrap();
    let found = destination.find(&weighing(60, Some(71.02))).await.unwrap().unwrap();
    assert_eq!(found.id, "2026-11-18/12");
    assert!(found.link.unwrap().ends_with("/modern/weight"));
    assert!(destination.find(&weighing(60, Some(71.2))).await.unwrap().is_none());
    assert!(destination.find(&weighing(61, Some(71.0))).await.unwrap().is_none());
    assert_eq!(destination.find(&weighing(1, None)).await.err().unwrap().kind, ErrorKind::Unsupported);
    assert_eq!(paths(&server).len(), 4, "the month is remembered");
}

#[tokio::test]
async fn one_that_is_refused_does_not_hold_the_others_back() {
    let refused = "!400\n{\"message\":\"HTTP 400 Bad Request\"}".to_owned();
    let answers =
        vec![NO_WEIGHTS.into(), refused.clone(), refused, ACCEPTED.into(), weights(&[(12, 60, 71.0)])];
    let (server, connection) = account(answers).await;
    let receipts =
        handed_over(connection.as_ref(), &[weighing(0, Some(70.0)), weighing(60, Some(71.0))]).await;
    assert!(matches!(&receipts[0], Err(ErrorKind::Rejected { .. })), "{receipts:?}");
    assert_eq!(receipts[1], Ok("2026-11-18/12".into()));
    assert_eq!(paths(&server).len(), 5);
}

#[tokio::test]
async fn a_weigh_in_that_is_never_shown_is_unsettled() {
    for sent in [ACCEPTED, "!500"] {
        let mut answers = vec![NO_WEIGHTS.to_owned(), sent.into()];
        answers.extend(std::iter::repeat_n(NO_WEIGHTS.to_owned(), 5));
        let (server, connection) = account(answers).await;
        let receipts = handed_over(connection.as_ref(), &[weighing(0, Some(70.0))]).await;
        assert_eq!(receipts, [Err(ErrorKind::Unsettled)]);
        assert_eq!(paths(&server).len(), 7);
    }
}

#[tokio::test]
async fn an_account_in_trouble_fails_all_and_sends_nothing_more() {
    let consent = "!412".to_owned();
    let (server, connection) = account(vec![NO_WEIGHTS.into(), consent]).await;
    let receipts =
        handed_over(connection.as_ref(), &[weighing(0, Some(70.0)), weighing(60, Some(71.0))]).await;
    assert!(receipts.iter().all(|it| matches!(it, Err(ErrorKind::ConsentRequired { .. }))), "{receipts:?}");

    let (second, connection) = account(vec![NO_READINGS.into(), "!429".into()]).await;
    let receipts = handed_over(connection.as_ref(), &[pressure(0, 120), pressure(900, 121)]).await;
    assert!(receipts.iter().all(|it| matches!(it, Err(ErrorKind::RateLimited { .. }))), "{receipts:?}");
    assert_eq!((paths(&server).len(), paths(&second).len()), (2, 2));
}

#[tokio::test]
async fn blood_pressures_are_written_one_by_one_and_read_back_together() {
    let shown = readings(&[(5, -60, 120), (7, 0, 120), (8, 900, 121)]);
    let answers = vec![readings(&[(5, -60, 120)]), "{}".into(), "!500".into(), "!400".into(), shown];
    let (server, connection) = account(answers).await;
    let parcels = [pressure(0, 120), pressure(900, 121), pressure(1800, 122), pressure(2700, 300)];
    let receipts = handed_over(connection.as_ref(), &parcels).await;
    assert_eq!(receipts[..2], [Ok("2026-11-18/7".to_owned()), Ok("2026-11-18/8".into())]);
    assert!(matches!(&receipts[2], Err(ErrorKind::Rejected { reason }) if reason.contains("refuses")));
    assert!(matches!(&receipts[3], Err(ErrorKind::Rejected { reason }) if reason.contains("300/80")));
    let asked = server.asked();
    let sent: Value = serde_json::from_str(&asked[1]["body"]).unwrap();
    assert_eq!((sent["systolic"].as_u64(), sent["pulse"].as_u64()), (Some(120), Some(60)));
    assert_eq!(asked.len(), 5);

    let destination = connection.destination().unwrap();
    let found = destination.find(&pressure(899, 121)).await.unwrap();
    assert_eq!(found.map(|key| key.id), Some("2026-11-18/8".into()));
    assert!(destination.find(&pressure(1300, 121)).await.unwrap().is_none());
    assert!(destination.find(&pressure(900, 122)).await.unwrap().is_none());
}

#[tokio::test]
async fn what_was_replaced_is_taken_away_once() {
    let (server, connection) =
        account(vec!["!204".into(), "!404".into(), "!204".into(), "!429".into()]).await;
    let destination = connection.destination().unwrap();
    let (weight, pressure) = (weighing(0, Some(70.0)), pressure(0, 120));
    destination.remove(&weight, "2026-11-18/9").await.unwrap();
    destination.remove(&weight, "2026-11-18/9").await.unwrap();
    destination.remove(&pressure, "2026-11-18/5").await.unwrap();
    assert!(destination.remove(&pressure, "2026-11-18/5").await.is_err());
    assert!(destination.remove(&weight, "../../1").await.is_err(), "nothing else gets into an address");
    let asked = paths(&server);
    assert_eq!(asked[0], "DELETE /weight-service/weight/2026-11-18/byversion/9");
    assert_eq!(
        (asked[2].as_str(), asked.len()),
        ("DELETE /bloodpressure-service/bloodpressure/2026-11-18/5", 4)
    );
}

#[tokio::test]
async fn measurements_come_out_whole() {
    let answers =
        vec!["[]".into(), weights(&[(9, 0, 70.0), (10, -900_000, 69.0)]), readings(&[(5, 60, 120)])];
    let (_, connection) = account(answers).await;
    let window = Window { from: Some(time(-600)), until: None };
    let entries: Vec<_> = connection.source().unwrap().list(window).collect().await;
    let entries: Vec<_> = entries.into_iter().map(Result::unwrap).collect();
    assert_eq!(entries.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["9", "pressure-5"]);
    assert!(entries.iter().all(|it| it.measured.is_some() && it.utc_offset == Some(3600)));
    assert_eq!(entries[0].measured.as_ref().unwrap().weight(), Some(70.0));

    let (_, connection) = account(vec!["{\"other\":[]}".into()]).await;
    let broken: Vec<_> = connection.source().unwrap().list(window).collect().await;
    assert_eq!(broken[0].as_ref().err().unwrap().kind, ErrorKind::ServiceChanged);
}
