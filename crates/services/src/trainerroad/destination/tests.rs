//! Sign-in and weight, against a listener that answers what it is told to.

use std::sync::Arc;

use baton_core::{Body, File, Format, Kind, Next, Reply, Secret, Service, SignedIn, Span, Time, Tokens};
use rstest::rstest;
use serde_json::{Value, json};

use super::super::TrainerRoad;
use super::*;
use crate::test_server::{Server, cell};

const HOSTS: &str = "[trainerroad]\nweb = BASE";

async fn signed_in(server: &Server) -> Result<SignedIn> {
    let mut flow = TrainerRoad::new(server.world.clone()).sign_in("password", None).unwrap();
    assert!(matches!(flow.next(None).await.unwrap(), Next::Ask(_)));
    let reply = Reply::Password { username: " Sam ".into(), password: Secret::new("pass word") };
    match flow.next(Some(reply)).await? {
        Next::Done(signed_in) => Ok(signed_in),
        Next::Ask(prompt) => panic!("asked {prompt:?}"),
    }
}

fn parcel(weight: Option<f64>) -> Parcel {
    let time: Time = "2026-11-20T06:00:00Z".parse().unwrap();
    Parcel {
        item: Arc::new(Item::Body(Body { time, weight, ..Body::default() })),
        span: Span::new(time, time),
        file: File { format: Format::Json, bytes: Arc::from(&b"{}"[..]) },
        external_id: "e".into(),
        title: "Weight".into(),
        description: None,
        gear: None,
    }
}

fn rider(weight: f64) -> String {
    json!({"riderId": 12, "ftp": 251, "weightKg": weight, "units": "imperial", "limits": {"max": 186.0, "rest": null}})
        .to_string()
}

fn weight(server: &Server) -> Weight {
    let tokens = Tokens::pack(&json!({"cookie": "c00kie"})).unwrap();
    Weight::new(Api::new(&server.world, cell(tokens).1))
}

#[tokio::test]
async fn signing_in_leaves_the_cookie_and_not_the_password() {
    let answers = vec![
        "!200 set-cookie: SharedTrainerRoadAuth=c00kie; Path=/; HttpOnly\n{\"Success\":true}".to_owned(),
        r#"{"MemberId":1204,"Username":"sam"}"#.to_owned(),
    ];
    let server = Server::answering(HOSTS, answers).await;
    let signed_in = signed_in(&server).await.unwrap();
    assert_eq!((signed_in.user_key.as_str(), signed_in.display_name.as_str()), ("1204", "sam"));
    assert_eq!(signed_in.tokens.expose(), br#"{"cookie":"c00kie"}"#);
    let asked = server.asked();
    let sent: Value = serde_json::from_str(&asked[0]["body"]).unwrap();
    assert_eq!(sent, json!({"username": "Sam", "password": "pass word", "returnUrl": null}));
    assert_eq!(asked[1]["cookie"], "SharedTrainerRoadAuth=c00kie");
}

#[rstest]
#[case::wrong("{\"success\":false,\"redirectUrl\":null}", "sign_in_required")]
#[case::too_many("!429 retry-after: 600\n", "login_cool_down")]
#[case::way_of_old("!405", "service_changed")]
#[case::page("<html>", "service_changed")]
#[case::no_cookie("{\"success\":true}", "service_changed")]
#[case::down("!503", "service_down")]
#[tokio::test]
async fn a_sign_in_that_fails_says_why(#[case] answer: &str, #[case] kind: &str) {
    let server = Server::answering(HOSTS, vec![answer.to_owned()]).await;
    let error = signed_in(&server).await.err().unwrap();
    assert_eq!(error.kind.name(), kind, "{error}");
    if kind == "login_cool_down" {
        assert_eq!(error.kind.until(), Some("2026-11-21T08:10:00Z".parse().unwrap()));
    }
}

#[tokio::test]
async fn only_the_weight_is_changed_and_the_rest_goes_back_as_it_came() {
    let server = Server::answering(HOSTS, vec![rider(70.0), "!204".into(), rider(71.35)]).await;
    let receipt = weight(&server).deliver(&parcel(Some(71.349))).await.unwrap();
    assert!(matches!(receipt, Receipt::Created { key, .. } if key.id == "71.35 kg"));
    let asked = server.asked();
    assert_eq!(
        (asked[1]["method"].as_str(), asked[1]["cookie"].as_str()),
        ("PUT", "SharedTrainerRoadAuth=c00kie")
    );
    let mut expected: Value = serde_json::from_str(&rider(70.0)).unwrap();
    expected["weightKg"] = json!(71.35);
    assert_eq!(serde_json::from_str::<Value>(&asked[1]["body"]).unwrap(), expected);
}

#[rstest]
#[case(71.3, true)]
#[case(71.4, true)]
#[case(71.29, false)]
#[case(70.0, false)]
#[tokio::test]
async fn the_same_weight_is_there_already(#[case] now: f64, #[case] there: bool) {
    let pascal = format!("{{\"WeightKg\":{now}}}");
    let server = Server::answering(HOSTS, vec![rider(now), pascal]).await;
    let weight = weight(&server);
    for _ in 0..2 {
        assert_eq!(weight.find(&parcel(Some(71.35))).await.unwrap().is_some(), there);
    }
}

#[rstest]
#[case::signed_out(vec!["!401".into()], "sign_in_required")]
#[case::to_the_page(vec!["!302 location: /app/login?returnUrl=%2Fapp\n".into()], "sign_in_required")]
#[case::page(vec!["<html>".into()], "service_changed")]
#[case::no_weight(vec!["{\"ftp\":1}".into()], "service_changed")]
#[case::refused(vec![rider(70.0), "!400".into()], "rejected")]
#[case::forgotten(vec![rider(70.0), "!204".into(), rider(70.0), rider(70.0), rider(70.0)], "unsettled")]
#[case::ended_in_between(vec![rider(70.0), "!401".into()], "sign_in_required")]
#[tokio::test]
async fn what_does_not_work_is_told(#[case] answers: Vec<String>, #[case] kind: &str) {
    let count = answers.len();
    let server = Server::answering(HOSTS, answers).await;
    let error = weight(&server).deliver(&parcel(Some(71.35))).await.err().unwrap();
    assert_eq!(error.kind.name(), kind, "{error}");
    assert_eq!(server.asked().len(), count);
}

#[tokio::test]
async fn a_measurement_without_a_weight_is_not_for_it() {
    let server = Server::answering(HOSTS, Vec::new()).await;
    let weight = weight(&server);
    assert_eq!(weight.find(&parcel(None)).await.err().unwrap().kind, ErrorKind::Unsupported);
    let info = TrainerRoad::new(server.world.clone()).info();
    assert_eq!((info.writes, info.newest_only), (&[Kind::Body][..], &[Kind::Body][..]));
}
