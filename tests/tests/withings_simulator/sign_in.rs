//! The authorize page, codes, tokens, signatures, revocation.

use baton_tests::server::Times;
use baton_tests::web_fault::WebFault;
use baton_tests::withings::{Fault, NewApplication, NewPerson};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::StatusCode;
use reqwest::header::LOCATION;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::*;

#[tokio::test]
async fn a_person_chooses_who_they_are_and_allows_or_refuses() {
    let stage = stage();
    let other = stage.sim.add_person(NewPerson::new("Björn & Co", chrono_tz::UTC));
    for (allowed, userid) in [("1", stage.person), ("1", other), ("0", other)] {
        let page = client().get(stage.authorize_url(&authorize_fields())).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let page = page.text().await.unwrap();
        assert!(page.contains("Sam") && page.contains("Björn &amp; Co") && !page.contains("Demo"));
        let request = page.split("name=\"request\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let form = [("request", request), ("selecteduser", &userid.to_string()), ("authorized", allowed)];
        let address = format!("{}/oauth2_user/authorize2", stage.sim.account());
        let answer = client().post(&address).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND);
        let redirect = answer.headers()[LOCATION].to_str().unwrap().to_owned();
        assert!(redirect.starts_with(&format!("{REDIRECT}?")));
        assert_eq!(parameter(&redirect, "state").as_deref(), Some(STATE));
        if allowed == "0" {
            assert_eq!(parameter(&redirect, "error").as_deref(), Some("access_denied"));
            continue;
        }
        let tokens = stage.exchange(&parameter(&redirect, "code").unwrap()).await;
        assert_eq!(tokens["body"]["userid"], userid);
        let twice = client().post(&address).form(&form).send().await.unwrap();
        assert_eq!(twice.status(), StatusCode::BAD_REQUEST, "a page is answered once");
    }
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn the_authorize_page_wants_all_parameters_and_the_very_address() {
    let stage = stage();
    let page = |name: &'static str, value: Option<&'static str>| {
        let mut fields = authorize_fields();
        set(&mut fields, name, value);
        let url = stage.authorize_url(&fields);
        async move {
            let answer = client().get(url).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{name}");
            let error: Value = answer.json().await.unwrap();
            error["errors"][0]["message"].as_str().unwrap().to_owned()
        }
    };
    let wrong =
        ["http://localhost:8765/callback/", "http://127.0.0.1:8765/callback", "http://localhost:8765/"];
    for address in wrong {
        assert!(page("redirect_uri", Some(address)).await.starts_with("redirect_uri_mismatch"));
    }
    assert!(page("client_id", Some("nobody")).await.starts_with("invalid_client"));
    assert_eq!(stage.sim.violations(), [""; 0], "those are a person's mistakes");
    for name in ["response_type", "client_id", "scope", "redirect_uri", "state"] {
        assert!(page(name, None).await.contains(name));
    }
    assert!(page("scope", Some("user.metrics user.info")).await.starts_with("invalid_scope"));
    page("response_type", Some("token")).await;
    page("mode", Some("test")).await;
    assert_eq!(stage.sim.violations().len(), 8);
    let mut fields = authorize_fields();
    set(&mut fields, "code_challenge", Some("x"));
    stage.sim.allow(&stage.authorize_url(&fields), stage.person).unwrap();
    assert_eq!(stage.sim.violations().len(), 9, "no such parameter is documented");
}

#[tokio::test]
async fn a_code_is_good_once_for_thirty_seconds() {
    let stage = stage();
    let code = stage.code();
    stage.sim.clock().advance(30);
    let good = stage.exchange(&code).await;
    let body = &good["body"];
    assert_eq!(
        (&good["status"], &body["expires_in"], &body["token_type"]),
        (&json!(0), &json!(10_800), &json!("Bearer"))
    );
    assert_eq!((&body["userid"], &body["scope"]), (&json!(stage.person), &json!("user.metrics")));
    assert!(body["csrf_token"].is_string());
    stage.sim.clock().advance(11);
    assert_eq!(stage.exchange(&code).await["status"], 503);
    let late = stage.code();
    stage.sim.clock().advance(31);
    assert_eq!(stage.exchange(&late).await["status"], 503);
    assert_eq!(stage.exchange("nonsense").await["status"], 503);
    stage.sim.fault("token_exchange", Fault::LateCode, Times::Next(1));
    let answer = stage.exchange(&stage.code()).await;
    assert_eq!((&answer["status"], &answer["body"]), (&json!(503), &json!({})));
    let statuses: Vec<i64> = stage.sim.token_requests().iter().map(|it| it.status).collect();
    assert_eq!(statuses, [0, 503, 503, 503, 503]);
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn wrong_addresses_keys_and_parameters_have_their_statuses() {
    let stage = stage();
    let code = stage.code();
    let send = |name: &'static str, value: Option<&'static str>| {
        let mut fields = exchange_fields(&code);
        set(&mut fields, name, value);
        let stage = &stage;
        async move { stage.call("/v2/oauth2", None, &fields).await["status"].as_i64().unwrap() }
    };
    assert_eq!(send("redirect_uri", Some("http://localhost:8765/callback/")).await, 293);
    assert_eq!(send("client_secret", Some("wrong")).await, 401);
    stage.sim.set_options(|options| options.wrong_keys_status = 100);
    assert_eq!(send("client_id", Some("nobody")).await, 100);
    assert_eq!(stage.sim.violations(), [""; 0]);
    assert_eq!(send("action", Some("refreshtoken")).await, 2554);
    for name in ["action", "grant_type", "redirect_uri", "code"] {
        assert_eq!(send(name, None).await, 503, "{name}");
    }
    assert_eq!(stage.sim.violations().len(), 5);
    let answer = client()
        .post(format!("{}/v2/oauth2", stage.sim.api()))
        .json(&json!({"action": "requesttoken"}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["status"], 503);
    stage.sim.add_application(NewApplication::new("another", "secret", REDIRECT));
    let mut foreign = exchange_fields(&code);
    set(&mut foreign, "client_id", Some("another"));
    set(&mut foreign, "client_secret", Some("secret"));
    assert_eq!(stage.call("/v2/oauth2", None, &foreign).await["status"], 503, "another application's code");
    assert_eq!(stage.exchange(&code).await["status"], 0, "nothing of this has used the code");
}

#[tokio::test]
async fn refresh_tokens_rotate_and_the_former_one_dies_with_the_first_use_of_the_new() {
    let stage = stage();
    stage.sim.set_options(|options| {
        options.lift_limits();
        options.userid_as_text = true;
    });
    let first = stage.tokens();
    let second = stage.refresh(&first.refresh_token).await["body"].clone();
    assert_eq!(second["userid"], stage.person.to_string());
    let text = |pair: &Value, name: &str| pair[name].as_str().unwrap().to_owned();
    assert_ne!(text(&second, "refresh_token"), first.refresh_token);
    // The answer was lost: the former token gives another pair, because nothing has used the new one.
    let third = stage.refresh(&first.refresh_token).await["body"].clone();
    assert_eq!(stage.getmeas(&first.access_token, &[]).await["status"], 0, "old access tokens live on");
    assert_eq!(stage.refresh(&first.refresh_token).await["status"], 0);
    assert_eq!(stage.getmeas(&text(&third, "access_token"), &[]).await["status"], 0);
    assert_eq!(stage.refresh(&first.refresh_token).await["status"], 503, "now it is dead");
    let fourth = stage.refresh(&text(&third, "refresh_token")).await["body"].clone();
    stage.sim.clock().advance(8 * 3600 - 1);
    assert_eq!(stage.refresh(&text(&third, "refresh_token")).await["status"], 0);
    stage.sim.clock().advance(1);
    assert_eq!(stage.refresh(&text(&third, "refresh_token")).await["status"], 503, "eight hours are over");
    let expired = stage.getmeas(&text(&fourth, "access_token"), &[]).await;
    assert_eq!(expired["status"], 401, "access tokens live three hours");
    assert!(expired["error"].as_str().unwrap().contains("invalid_token"));
    assert_eq!(stage.refresh(&text(&fourth, "refresh_token")).await["status"], 0);
    stage.sim.clock().advance(365 * 86_400);
    assert_eq!(stage.refresh(&text(&second, "refresh_token")).await["status"], 503, "a year is over");
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn a_person_can_unlink_the_application() {
    let stage = stage();
    let tokens = stage.tokens();
    let page = format!(
        "{}/partner/disconnect_partner/{CLIENT_ID}?selecteduser={}",
        stage.sim.account(),
        stage.person
    );
    assert!(client().get(page).send().await.unwrap().text().await.unwrap().contains("no longer linked"));
    assert_eq!(stage.getmeas(&tokens.access_token, &[]).await["status"], 401);
    assert_eq!(stage.refresh(&tokens.refresh_token).await["status"], 503);
    assert!(!stage.sim.revoke(CLIENT_ID, stage.person), "it was revoked before");
    assert_eq!(stage.getmeas(&stage.tokens().access_token, &[]).await["status"], 0);
}

/// As the documentation describes it, written a second time on purpose.
fn signature(values: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(values.as_bytes());
    let bytes = mac.finalize().into_bytes();
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|it| char::from_digit(it.into(), 16)).collect()
}

async fn nonce(stage: &Stage, timestamp: i64) -> Value {
    let signed = signature(&format!("getnonce,{CLIENT_ID},{timestamp}"));
    let timestamp = timestamp.to_string();
    let sent = [
        ("action", "getnonce"),
        ("client_id", CLIENT_ID),
        ("timestamp", &*timestamp),
        ("signature", &*signed),
    ];
    stage.call("/v2/signature", None, &fields(&sent)).await
}

#[tokio::test]
async fn signed_requests_need_no_secret_and_a_fresh_nonce() {
    let stage = stage();
    let signed_exchange = |code: String, nonce: String, signed: String| {
        let mut fields = exchange_fields(&code);
        set(&mut fields, "client_secret", None);
        set(&mut fields, "nonce", Some(&nonce));
        set(&mut fields, "signature", Some(&signed));
        let stage = &stage;
        async move { stage.call("/v2/oauth2", None, &fields).await["status"].as_i64().unwrap() }
    };
    let sign = |nonce: &str| signature(&format!("requesttoken,{CLIENT_ID},{nonce}"));
    let fresh = |at: i64| {
        let stage = &stage;
        async move { nonce(stage, at).await["body"]["nonce"].as_str().unwrap().to_owned() }
    };
    let one = fresh(NOW).await;
    assert_eq!(signed_exchange(stage.code(), one.clone(), sign(&one)).await, 0);
    assert_eq!(stage.sim.violations(), [""; 0]);
    assert_eq!(signed_exchange(stage.code(), one.clone(), sign(&one)).await, 503);
    assert_eq!(stage.sim.violations().len(), 1);
    let two = fresh(NOW + 1).await;
    assert_eq!(signed_exchange(stage.code(), two, sign("another")).await, 401);
    let three = fresh(NOW + 2).await;
    stage.sim.clock().advance(30 * 60 + 1);
    assert_eq!(signed_exchange(stage.code(), three.clone(), sign(&three)).await, 503);
    let mut wrong = fields(&[("action", "getnonce"), ("client_id", CLIENT_ID), ("timestamp", "5")]);
    wrong.push(("signature", signature("getnonce,5")));
    assert_eq!(stage.call("/v2/signature", None, &wrong).await["status"], 401);
}

#[tokio::test]
async fn the_demo_person_has_data_and_needs_no_browser() {
    let stage = stage();
    let mut authorize = authorize_fields();
    set(&mut authorize, "mode", Some("demo"));
    let url = stage.authorize_url(&authorize);
    assert!(stage.sim.allow(&url, stage.person).is_err(), "only the demo person can be chosen");
    let redirect = stage.sim.allow(&url, stage.sim.demo_person()).unwrap();
    let tokens = stage.exchange(&parameter(&redirect, "code").unwrap()).await;
    let token = tokens["body"]["access_token"].as_str().unwrap();
    assert!(groups(&stage.getmeas(token, &[]).await).len() > 100);
    let nonce = nonce(&stage, NOW).await["body"]["nonce"].as_str().unwrap().to_owned();
    let signed = signature(&format!("getdemoaccess,{CLIENT_ID},{nonce}"));
    let sent = [
        ("action", "getdemoaccess"),
        ("client_id", CLIENT_ID),
        ("nonce", &*nonce),
        ("signature", &*signed),
        ("scope_oauth2", "user.metrics"),
    ];
    let answer = stage.call("/v2/oauth2", None, &fields(&sent)).await;
    assert_eq!(answer["body"]["userid"], stage.sim.demo_person());
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn faults_of_the_sign_in_do_what_their_names_say() {
    let stage = stage();
    stage.sim.set_options(baton_tests::withings::Options::lift_limits);
    stage.sim.fault("allow", Fault::AccessDenied, Times::Next(1));
    let page = client().get(stage.authorize_url(&authorize_fields())).send().await.unwrap();
    let page = page.text().await.unwrap();
    let request = page.split("name=\"request\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = [("request", request), ("selecteduser", &stage.person.to_string()), ("authorized", "1")];
    let address = format!("{}/oauth2_user/authorize2", stage.sim.account());
    let answer = client().post(address).form(&form).send().await.unwrap();
    assert!(answer.headers()[LOCATION].to_str().unwrap().contains("error=access_denied"));

    let tokens = stage.tokens();
    stage.sim.fault("token_refresh", Fault::TooManyRequests { wait_seconds: 188 }, Times::Next(1));
    let refused = stage.refresh(&tokens.refresh_token).await;
    assert_eq!((&refused["status"], &refused["body"]["wait_seconds"]), (&json!(601), &json!(188)));
    stage.sim.fault("token", Fault::Status { status: 522, without_body: true }, Times::Next(1));
    let refused = stage.refresh(&tokens.refresh_token).await;
    assert_eq!((&refused["status"], refused.get("body")), (&json!(522), None));
    stage.sim.fault("token_refresh", WebFault::CutAfter, Times::Next(1));
    let cut = client()
        .post(format!("{}/v2/oauth2", stage.sim.api()))
        .form(&[
            ("action", "requesttoken"),
            ("client_id", CLIENT_ID),
            ("client_secret", SECRET),
            ("grant_type", "refresh_token"),
            ("refresh_token", &tokens.refresh_token),
        ])
        .send()
        .await;
    assert!(cut.is_err());
    let carried_out = stage.sim.token_requests().iter().filter(|it| it.status == 0).count();
    assert_eq!(carried_out, 1, "the pair was made, and its answer lost");
    stage.sim.fault("token_refresh", Fault::DeadRefreshToken, Times::Next(1));
    assert_eq!(stage.refresh(&tokens.refresh_token).await["status"], 503);
    assert_eq!(stage.refresh(&tokens.refresh_token).await["status"], 503, "it stays dead");
    assert_eq!(stage.sim.faults_waiting(), 0);
}
