//! The simulated TrainerRoad behaves as the real site is known to.

#![expect(clippy::unwrap_used, reason = "a step that fails is a failed test, in a helper as in a test")]

use std::sync::Once;

use baton_tests::clock::Clock;
use baton_tests::server::Times;
use baton_tests::trainerroad::{COOKIE, Fault, NewMember, SignedOut, TrainerRoadSimulator};
use baton_tests::web_fault::WebFault;
use reqwest::header::{LOCATION, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

const NOW: i64 = 1_781_073_600;
const USERNAME: &str = "rider";
const PASSWORD: &str = "correct horse";
const RIDER: &str = "/app/api/profile/rider-information";

fn simulator() -> TrainerRoadSimulator {
    let simulator = TrainerRoadSimulator::start_at(Clock::at(NOW)).unwrap();
    simulator.add_member(NewMember::new(USERNAME, PASSWORD, 75.0));
    simulator
}

fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

fn request(simulator: &TrainerRoadSimulator, method: Method, path: &str, cookie: &str) -> RequestBuilder {
    client()
        .request(method, format!("{}{path}", simulator.web()))
        .header("cookie", format!("other=1; {COOKIE}={cookie}"))
        .header("trainerroad-jsonformat", "camel-case")
}

async fn login(simulator: &TrainerRoadSimulator, password: &str) -> Response {
    let body = json!({"username": USERNAME, "password": password, "returnUrl": null});
    let post = client().post(format!("{}/app/api/login/login", simulator.web())).json(&body);
    post.header("trainerroad-jsonformat", "camel-case").send().await.unwrap()
}

async fn cookie(simulator: &TrainerRoadSimulator) -> String {
    let answer = login(simulator, PASSWORD).await;
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
    cookie.strip_prefix(&format!("{COOKIE}=")).unwrap().split(';').next().unwrap().to_owned()
}

async fn read(simulator: &TrainerRoadSimulator, cookie: &str) -> Value {
    let answer = request(simulator, Method::GET, RIDER, cookie).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

async fn write(simulator: &TrainerRoadSimulator, cookie: &str, rider: &Value) -> StatusCode {
    request(simulator, Method::PUT, RIDER, cookie).json(rider).send().await.unwrap().status()
}

#[tokio::test]
async fn signing_in_answers_200_either_way_and_sets_a_cookie_once() {
    let simulator = simulator();
    let wrong = login(&simulator, "wrong").await;
    assert_eq!((wrong.status(), wrong.headers().contains_key(SET_COOKIE)), (StatusCode::OK, false));
    assert_eq!(wrong.json::<Value>().await.unwrap()["success"], false);
    let right = login(&simulator, PASSWORD).await;
    assert!(right.headers().contains_key(SET_COOKIE));
    assert_eq!(right.json::<Value>().await.unwrap()["success"], true);
    let body = json!({"username": USERNAME, "password": PASSWORD, "returnUrl": null});
    let plain =
        client().post(format!("{}/app/api/login/login", simulator.web())).json(&body).send().await.unwrap();
    let answer: Value = plain.json().await.unwrap();
    assert_eq!((&answer["Success"], answer["RedirectUrl"].is_string()), (&json!(true), true));
    assert_eq!(simulator.logins().iter().map(|it| it.is_success).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(simulator.violations(), [""; 0]);
    let old = client().post(format!("{}/app/login", simulator.web())).form(&[("Username", USERNAME)]);
    assert_eq!(old.send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
    let page = client().get(format!("{}/app/login", simulator.web())).send().await.unwrap();
    assert!(page.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    let form =
        client().post(format!("{}/app/api/login/login", simulator.web())).form(&[("username", USERNAME)]);
    assert_eq!(form.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(simulator.violations().len(), 1);
}

#[tokio::test]
async fn the_whole_object_is_read_changed_and_written_back() {
    let simulator = simulator();
    simulator.set_rider_field(USERNAME, "somethingNew", json!({"deep": [1, 2.5, null]}));
    let cookie = cookie(&simulator).await;
    let mut rider = read(&simulator, &cookie).await;
    assert_eq!(rider["somethingNew"]["deep"], json!([1, 2.5, null]));
    let before = simulator.rider(USERNAME).unwrap();
    rider["weightKg"] = json!(74.3);
    assert_eq!(write(&simulator, &cookie, &rider).await, StatusCode::NO_CONTENT);
    assert_eq!(simulator.weight_kg(USERNAME), Some(74.3));
    let last = simulator.writes().pop().unwrap();
    assert_eq!((last.before_kg, last.weight_kg), (Some(75.0), 74.3));
    assert_eq!((last.lost, last.changed), (Vec::<String>::new(), Vec::<String>::new()));
    let mut after = simulator.rider(USERNAME).unwrap();
    after["weightKg"] = before["weightKg"].clone();
    assert_eq!(after, before);
    simulator.set_options(|options| options.write_answers_body = true);
    assert_eq!(write(&simulator, &cookie, &rider).await, StatusCode::OK);
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn fields_that_do_not_come_back_are_lost_and_remembered() {
    let simulator = simulator();
    let cookie = cookie(&simulator).await;
    let mut rider = read(&simulator, &cookie).await;
    rider["marketing"].as_object_mut().unwrap().remove("productNews");
    rider.as_object_mut().unwrap().remove("lastName");
    rider["ftp"] = json!(260);
    rider["limits"]["maxHeartRate"] = json!(186);
    rider["mood"] = json!("good");
    write(&simulator, &cookie, &rider).await;
    let last = simulator.writes().pop().unwrap();
    assert_eq!(last.lost, ["lastName", "marketing.productNews"]);
    assert_eq!(last.changed, ["ftp", "mood"], "186 and 186.0 are one number");
    assert!(simulator.rider(USERNAME).unwrap().get("lastName").is_none(), "what is lost is lost");
    for weight in [json!(null), json!("75"), json!(0)] {
        rider["weightKg"] = weight;
        assert_eq!(write(&simulator, &cookie, &rider).await, StatusCode::BAD_REQUEST);
    }
    assert_eq!(simulator.violations().len(), 3);
    assert_eq!(simulator.writes().len(), 1);
}

#[tokio::test]
async fn keys_are_in_pascal_case_unless_asked_otherwise_and_both_are_taken() {
    let simulator = simulator();
    let cookie = cookie(&simulator).await;
    let address = format!("{}{RIDER}", simulator.web());
    let header = format!("{COOKIE}={cookie}");
    let mut rider: Value =
        client().get(&address).header("cookie", &header).send().await.unwrap().json().await.unwrap();
    assert_eq!((&rider["WeightKg"], &rider["Marketing"]["ProductNews"]), (&json!(75.0), &json!(false)));
    rider["WeightKg"] = json!(76);
    client().put(&address).header("cookie", &header).json(&rider).send().await.unwrap();
    let last = simulator.writes().pop().unwrap();
    assert_eq!((last.weight_kg, last.lost.len() + last.changed.len()), (76.0, 0));
}

#[tokio::test]
async fn who_is_not_signed_in_gets_401_or_the_sign_in_page() {
    let simulator = simulator();
    let cookie = cookie(&simulator).await;
    let status = |cookie: &str| {
        let request = request(&simulator, Method::GET, "/app/api/member-info", cookie);
        async move { request.send().await.unwrap() }
    };
    let info: Value = status(&cookie).await.json().await.unwrap();
    assert_eq!(info["username"], USERNAME);
    let career = format!("/app/api/career/{}/new", info["memberId"]);
    let career = request(&simulator, Method::GET, &career, &cookie).send().await.unwrap();
    assert_eq!(career.json::<Value>().await.unwrap()["weightKg"], 75.0);
    let by_name = request(&simulator, Method::GET, "/app/api/career/rider/new", &cookie);
    assert_eq!(by_name.send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(status("nonsense").await.status(), StatusCode::UNAUTHORIZED);
    simulator.set_options(|options| options.signed_out = SignedOut::LoginPage);
    let redirect = status("nonsense").await;
    assert_eq!(redirect.status(), StatusCode::FOUND);
    assert!(redirect.headers()[LOCATION].to_str().unwrap().starts_with("/app/login"));
    simulator.clock().advance(30 * 86_400);
    assert_eq!(status(&cookie).await.status(), StatusCode::FOUND, "the cookie is too old");
}

#[tokio::test]
async fn faults_do_what_their_names_say() {
    let simulator = simulator();
    let cookie = cookie(&simulator).await;
    let rider = read(&simulator, &cookie).await;
    let get = || request(&simulator, Method::GET, RIDER, &cookie).send();
    let once = |on: &str, fault: Fault| simulator.fault(on, fault, Times::Next(1));
    once("login", WebFault::RateLimited { retry_after_seconds: Some(7200), as_date: true }.into());
    let limited = login(&simulator, PASSWORD).await;
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(limited.headers()["retry-after"].to_str().unwrap().ends_with(" GMT"));
    once("login", Fault::MethodGone);
    assert_eq!(login(&simulator, PASSWORD).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    once("rider_read", WebFault::Outage { status: 502 }.into());
    assert_eq!(get().await.unwrap().status(), StatusCode::BAD_GATEWAY);
    once("rider", WebFault::Html.into());
    assert!(get().await.unwrap().json::<Value>().await.is_err());
    once("any", WebFault::CutBefore.into());
    assert!(get().await.is_err());
    let mut lighter = rider.clone();
    lighter["weightKg"] = json!(70);
    once("rider_write", Fault::Forgets);
    assert_eq!(write(&simulator, &cookie, &lighter).await, StatusCode::NO_CONTENT);
    assert_eq!(simulator.weight_kg(USERNAME), Some(75.0));
    once("rider_write", WebFault::DoneThen500.into());
    assert_eq!(write(&simulator, &cookie, &lighter).await, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(simulator.weight_kg(USERNAME), Some(70.0));
    once("rider_read", Fault::SessionEnded);
    for _ in 0..2 {
        assert_eq!(get().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    let body = json!({"on": "login", "kind": "slow", "milliseconds": 1});
    let queued = client().post(format!("{}/_sim/fault", simulator.web())).json(&body).send().await.unwrap();
    assert_eq!((queued.status(), simulator.faults_waiting()), (StatusCode::NO_CONTENT, 1));
    assert_eq!(simulator.violations(), [""; 0]);
}
