//! What each answer to a delivery means, against a listener that answers what it is told to.

use baton_core::same::Outline;
use baton_core::{
    Activity, Body, Connection, File, Format, Service, Sport, SubSport, Time, TokenCell, Tokens,
};
use rstest::rstest;
use serde_json::json;

use super::super::Strava;
use super::*;
use crate::test_server::{Asked, Memory, Server, cell};

const HOSTS: &str = "[strava]\nweb = BASE\napi = BASE";
const WORKING: &str = r#"!201
{"id":77,"id_str":"77","external_id":null,"error":null,"status":"Your activity is still being processed.","activity_id":null}"#;
const READY: &str = r#"{"id":77,"external_id":"baton-abc.fit.gz","error":null,"status":"Your activity is ready.","activity_id":18260018524}"#;
const FAILED: &str = r#"{"id":77,"error":"baton-abc.fit.gz: The file is malformed.","status":"There was an error processing your activity.","activity_id":null}"#;
const DUPLICATE: &str = r#"{"id":77,"error":"baton-abc.fit.gz duplicate of <a href='/activities/18260018524' target='_blank'>Ride</a>","activity_id":null}"#;
/// The activity as it should be.
const RIGHT: &str = r#"{"id":18260018524,"name":"Climb Ride","description":"With Robin","sport_type":"Ride","trainer":true,"gear_id":"b7"}"#;
const LISTED: &str = r#"[{"id":5,"start_date":"2026-11-20T07:00:00Z"},
    {"id":18260018524,"external_id":"baton-abc.fit.gz","start_date":"2026-11-21T07:00:00Z",
     "start_date_local":"2026-11-21T08:00:00Z","elapsed_time":1800,"sport_type":"Ride","device_name":"Edge 530"}]"#;
const ALL: &[&str] = &["profile:read_all", "profile:write", "activity:read_all", "activity:write"];

fn start() -> Time {
    "2026-11-21T07:00:00Z".parse().unwrap()
}

fn parcel() -> Parcel {
    let activity = Activity {
        start: start(),
        elapsed: 1800.0,
        sport: Sport::CYCLING,
        sub_sport: SubSport::INDOOR_CYCLING,
        ..Activity::default()
    };
    Parcel {
        span: activity.span(),
        item: Arc::new(Item::Activity(Box::new(activity))),
        file: File { format: Format::Fit, bytes: b"not looked into here".as_slice().into() },
        external_id: "abc".into(),
        title: "Climb Ride".into(),
        description: Some("With Robin".into()),
        gear: Some("b7".into()),
    }
}

fn weigh_in(weight: Option<f64>) -> Parcel {
    let item = Item::Body(Body { time: start(), weight, ..Body::default() });
    Parcel { span: item.span(), item: Arc::new(item), ..parcel() }
}

struct Stage {
    server: Server,
    store: Arc<Memory>,
    connection: Box<dyn Connection>,
}

impl Stage {
    async fn answering(scopes: &[&str], answers: &[&str]) -> Stage {
        let server = Server::answering(HOSTS, answers.iter().map(|it| (*it).to_owned()).collect()).await;
        let now = "2026-11-21T08:00:00Z".parse::<Time>().unwrap().timestamp();
        let saved = json!({"keys": {"client_id": "4711", "secret": "s3cret"}, "access": "A0", "refresh": "R0",
                           "expires": now + 9000, "scopes": scopes});
        let (store, cell): (Arc<Memory>, Arc<TokenCell>) = cell(Tokens::pack(&saved).unwrap());
        let connection = Strava::new(server.world.clone()).connect(cell).unwrap();
        Stage { server, store, connection }
    }

    fn destination(&self) -> &dyn Destination {
        self.connection.destination().unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.server.asked().iter().map(|call| format!("{} {}", call["method"], call["path"])).collect()
    }

    fn call(&self, number: usize) -> Asked {
        self.server.asked()[number].clone()
    }
}

fn created(receipt: Result<Receipt>) -> (Key, Vec<String>) {
    match receipt.unwrap() {
        Receipt::Created { key, remarks } => (key, remarks),
        other @ Receipt::AlreadyThere { .. } => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_is_sent_polled_and_what_differs_is_put_right() {
    let other = r#"{"id":18260018524,"name":"Climb Ride","description":"With Robin","sport_type":"Workout","trainer":true,"gear_id":"b1"}"#;
    let stage = Stage::answering(ALL, &[WORKING, WORKING, READY, other, RIGHT]).await;
    let (key, remarks) = created(stage.destination().deliver(&parcel()).await);
    assert_eq!((key.id.as_str(), remarks.len()), ("18260018524", 0));
    assert!(key.link.unwrap().ends_with("/activities/18260018524"));
    let activity = "/activities/18260018524";
    assert_eq!(
        stage.asked(),
        [
            "POST /uploads",
            "GET /uploads/77",
            "GET /uploads/77",
            &format!("GET {activity}"),
            &format!("PUT {activity}")
        ]
    );
    let form = &stage.call(0)["body"];
    for part in [
        "name=\"data_type\"\r\n\r\nfit.gz\r\n",
        "name=\"external_id\"\r\n\r\nbaton-abc\r\n",
        "name=\"name\"\r\n\r\nClimb Ride\r\n",
        "name=\"description\"\r\n\r\nWith Robin\r\n",
        "name=\"trainer\"\r\n\r\n1\r\n",
        "name=\"file\"; filename=\"baton-abc.fit.gz\"\r\n",
    ] {
        assert!(form.contains(part), "{part} is not in {form}");
    }
    let change: serde_json::Value = serde_json::from_str(&stage.call(4)["body"]).unwrap();
    assert_eq!(change, json!({"sport_type": "Ride", "gear_id": "b7"}));
}

#[tokio::test]
async fn what_is_right_is_left_and_what_cannot_be_changed_is_remarked() {
    let stage = Stage::answering(ALL, &[READY, RIGHT]).await;
    assert_eq!(created(stage.destination().deliver(&parcel()).await).1, Vec::<String>::new());
    let stage =
        Stage::answering(ALL, &[READY, r#"{"id":1,"name":"x"}"#, "!400\n{\"message\":\"Bad Request\"}"])
            .await;
    let (_, remarks) = created(stage.destination().deliver(&parcel()).await);
    assert!(remarks[0].contains("were not put right"), "{remarks:?}");
    // Who may not look sets what the upload could not say.
    let stage = Stage::answering(&["activity:write"], &[READY, RIGHT]).await;
    created(stage.destination().deliver(&parcel()).await);
    assert_eq!(stage.asked(), ["POST /uploads", "PUT /activities/18260018524"]);
}

#[rstest]
#[case::polled(&[WORKING, DUPLICATE])]
#[case::at_once(&[DUPLICATE])]
#[case::conflict(&["!409\n{\"message\":\"baton-abc.fit duplicate of activity 18260018524\"}"])]
#[case::bad_request(&["!400\n{\"errors\":\"baton-abc.fit duplicate of activity 18260018524\"}"])]
#[tokio::test]
async fn a_duplicate_is_there_already(#[case] answers: &[&str]) {
    let stage = Stage::answering(ALL, answers).await;
    let receipt = stage.destination().deliver(&parcel()).await.unwrap();
    let Receipt::AlreadyThere { key: Some(key) } = receipt else { panic!("{receipt:?}") };
    assert_eq!(key.id, "18260018524");
    assert_eq!(stage.asked().len(), answers.len(), "somebody else's name for it stays");
}

#[rstest]
#[case::malformed(&[WORKING, FAILED], "The file is malformed")]
#[case::refused(&["!400\n{\"message\":\"Bad Request\",\"errors\":[]}"], "Bad Request")]
#[case::too_large(&["!413\n<html>"], "no reason")]
#[tokio::test]
async fn a_refused_file_is_its_own_trouble(#[case] answers: &[&str], #[case] words: &str) {
    let stage = Stage::answering(ALL, answers).await;
    let error = stage.destination().deliver(&parcel()).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Rejected { .. }) && error.message.contains(words), "{error:?}");
}

#[tokio::test]
async fn a_lost_verdict_is_looked_for() {
    // Strava fails after it took the file; the second look shows it.
    let stage = Stage::answering(ALL, &["!500\n", "[]", LISTED, RIGHT]).await;
    assert_eq!(created(stage.destination().deliver(&parcel()).await).0.id, "18260018524");

    // The state of the upload cannot be asked for.
    let stage = Stage::answering(ALL, &[WORKING, "!404\n", "[]", "[]", "[]", "[]"]).await;
    assert_eq!(stage.destination().deliver(&parcel()).await.unwrap_err().kind, ErrorKind::Unsettled);

    // Who may not look cannot settle it.
    let stage = Stage::answering(&["activity:write"], &["!502\n"]).await;
    assert_eq!(stage.destination().deliver(&parcel()).await.unwrap_err().kind, ErrorKind::Unsettled);
    assert_eq!(stage.destination().find(&parcel()).await.unwrap(), None);
    assert_eq!(stage.asked().len(), 1);
}

#[tokio::test]
async fn a_poll_that_never_ends_is_unsettled_and_found_later() {
    // 2 + 4 + 8 s and so on until three minutes have passed.
    let polls = 24;
    let mut answers = vec![WORKING; 1 + polls];
    answers.extend(["[]"; 4]);
    answers.extend([LISTED, "[]"]);
    let stage = Stage::answering(ALL, &answers).await;
    let error = stage.destination().deliver(&parcel()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsettled);
    let found = stage.destination().find(&parcel()).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), stage.asked().len()), ("18260018524", answers.len()));
}

#[tokio::test]
async fn a_month_is_listed_once_to_its_empty_page() {
    let stage = Stage::answering(ALL, &[LISTED, "[]"]).await;
    let (key, similar) =
        stage.destination().similar(Kind::Activity, &Outline::from(&*parcel().item)).await.unwrap().unwrap();
    assert_eq!(
        (key.id.as_str(), similar.seconds, similar.device.as_deref()),
        ("18260018524", Some(1800), Some("Edge 530"))
    );
    assert_eq!(stage.destination().find(&parcel()).await.unwrap().unwrap().id, "18260018524");
    let other = Parcel { external_id: "ab".into(), ..parcel() };
    assert_eq!(stage.destination().find(&other).await.unwrap(), None);
    let query = |page: u32| {
        // From a day before November to a day after it.
        format!("GET /athlete/activities?after=1793404800&before=1796169600&page={page}&per_page=200")
    };
    assert_eq!(stage.asked(), [query(1), query(2)]);
}

const UNPAID: &str = r#"!403
{"message":"Forbidden","errors":[{"resource":"Application","field":"Status","code":"Inactive"}]}"#;
const UNALLOWED: &str = r#"!401
{"message":"Authorization Error","errors":[{"resource":"AccessToken","field":"activity:read_permission","code":"missing"}]}"#;

#[rstest]
#[case::unpaid(UNPAID, ErrorKind::ConsentRequired { link: "https://www.strava.com/settings/api".into() })]
#[case::unallowed(UNALLOWED, ErrorKind::SignInRequired)]
#[case::forbidden("!403\n<html>", ErrorKind::ServiceDown)]
#[case::html("<html>", ErrorKind::ServiceChanged)]
#[case::no_list("{}", ErrorKind::ServiceChanged)]
#[case::limit("!429\n{\"errors\":\"Rate Limit Exceeded\"}", ErrorKind::RateLimited { until: "2026-11-21T08:15:05Z".parse().unwrap() })]
#[case::day("!429 x-readratelimit-usage: 3,1000 | x-readratelimit-limit: 100,1000\n{}", ErrorKind::RateLimited { until: "2026-11-22T00:00:05Z".parse().unwrap() })]
#[tokio::test]
async fn refusals_say_who_must_act(#[case] answer: &str, #[case] kind: ErrorKind) {
    let stage = Stage::answering(ALL, &[answer]).await;
    assert_eq!(stage.destination().find(&parcel()).await.unwrap_err().kind, kind);
    assert_eq!(stage.asked().len(), 1, "a permission that is missing is not renewed");
}

#[tokio::test]
async fn a_window_that_is_used_up_is_not_asked_into() {
    let last = "!200 x-ratelimit-usage: 200,900 | x-ratelimit-limit: 200,2000\n[]";
    let stage = Stage::answering(ALL, &[last]).await;
    assert_eq!(stage.destination().find(&parcel()).await.unwrap(), None, "this one was still welcome");
    let error = stage.destination().deliver(&parcel()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::RateLimited { until: "2026-11-21T08:15:05Z".parse().unwrap() });
    assert_eq!(stage.asked().len(), 1);
}

#[tokio::test]
async fn a_token_that_ended_is_renewed_once_and_saved() {
    let ended = "!401\n{\"message\":\"Authorization Error\",\"errors\":[{\"resource\":\"Athlete\",\"field\":\"access_token\",\"code\":\"invalid\"}]}";
    let grant = r#"{"token_type":"Bearer","access_token":"A1","refresh_token":"R1","expires_in":21600}"#;
    let stage = Stage::answering(ALL, &[ended, grant, r#"{"id":1,"weight":71.0}"#]).await;
    assert!(stage.destination().find(&weigh_in(Some(71.04))).await.unwrap().is_some());
    assert_eq!((stage.call(1)["refresh_token"].as_str(), stage.call(2)["bearer"].as_str()), ("R0", "A1"));
    let kept = stage.store.0.lock().unwrap().clone();
    let kept: serde_json::Value = serde_json::from_slice(kept.expose()).unwrap();
    assert_eq!(
        (kept["refresh"].as_str(), kept["scopes"][0].as_str()),
        (Some("R1"), Some("profile:read_all"))
    );

    let refused = "!400\n{\"message\":\"Bad Request\",\"errors\":[{\"resource\":\"RefreshToken\",\"field\":\"refresh_token\",\"code\":\"invalid\"}]}";
    let stage = Stage::answering(ALL, &[ended, refused]).await;
    let error = stage.destination().find(&weigh_in(Some(71.0))).await.unwrap_err();
    assert!(
        error.kind == ErrorKind::SignInRequired && error.message.contains("ended this permission"),
        "{error}"
    );
}

#[tokio::test]
async fn the_weight_is_written_where_it_differs() {
    let stage = Stage::answering(ALL, &[r#"{"id":1,"weight":71.06}"#, r#"{"id":1,"weight":71.25}"#]).await;
    let parcel = weigh_in(Some(71.2499));
    assert_eq!(stage.destination().find(&parcel).await.unwrap(), None);
    let (key, _) = created(stage.destination().deliver(&parcel).await);
    assert_eq!(key.id, "71.25 kg");
    let call = stage.call(1);
    assert_eq!(
        (call["method"].as_str(), call["path"].as_str(), call["weight"].as_str()),
        ("PUT", "/athlete", "71.25")
    );
}

#[tokio::test]
async fn what_strava_does_not_keep_is_said() {
    let stage = Stage::answering(&["activity:write"], &[r#"{"id":1}"#]).await;
    assert_eq!(stage.destination().find(&weigh_in(Some(71.0))).await.unwrap(), None, "it is not shown");
    let error = stage.destination().deliver(&weigh_in(Some(71.0))).await.unwrap_err();
    assert!(error.kind == ErrorKind::Unsupported && error.message.contains("boxes"), "{error}");
    for weight in [None, Some(0.0), Some(f64::NAN)] {
        assert_eq!(
            stage.destination().find(&weigh_in(weight)).await.unwrap_err().kind,
            ErrorKind::Unsupported
        );
    }
    assert_eq!(stage.asked().len(), 1);
}
