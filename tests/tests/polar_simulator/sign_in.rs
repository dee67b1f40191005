//! The page, codes and tokens.

use baton_tests::polar::NewClient;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, LOCATION};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_person_allows_or_declines() {
    let stage = stage();
    for (decision, expected) in [("accept", "code"), ("decline", "error")] {
        let page = client().get(stage.authorize_url(&authorize_fields())).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let page = page.text().await.unwrap();
        assert!(page.contains("Toka &amp; Co"));
        let request = page.split("name=\"request\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let form = [("request", request), ("user", &stage.person.to_string()), ("decision", decision)];
        let address = format!("{}/oauth2/authorization", stage.sim.flow());
        let answer = client().post(&address).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND);
        let redirect = answer.headers()[LOCATION].to_str().unwrap().to_owned();
        assert!(redirect.starts_with(&format!("{REDIRECT}?")) && parameter(&redirect, expected).is_some());
        assert_eq!(parameter(&redirect, "state").as_deref(), Some(STATE));
        let twice = client().post(&address).form(&form).send().await.unwrap();
        assert_eq!(twice.status(), StatusCode::BAD_REQUEST, "a page is answered once");
    }
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[test]
fn what_is_wrong_with_a_request_goes_to_the_default_address() {
    let stage = stage();
    let mut client = NewClient::new(CLIENT_ID, SECRET, "http://localhost:9999/default");
    client.redirect_urls.push(REDIRECT.into());
    stage.sim.add_client(client);
    let ask = |name: &'static str, value: Option<&str>| {
        let mut fields = authorize_fields();
        set(&mut fields, name, value);
        stage.sim.allow(&stage.authorize_url(&fields), stage.person)
    };
    for wrong in [
        "http://localhost:8765/callback/",
        "http://127.0.0.1:8765/callback",
        "https://localhost:8765/callback",
    ] {
        let sent = ask("redirect_uri", Some(wrong)).unwrap();
        assert!(sent.starts_with("http://localhost:9999/default?"), "{sent}");
        assert_eq!(parameter(&sent, "error").as_deref(), Some("invalid_request"));
    }
    assert!(ask("client_id", Some("nobody")).unwrap_err().contains("Unknown client"));
    assert_eq!(stage.sim.violations(), [""; 0], "those are a person's mistakes");
    // Without an address the default one is meant.
    let sent = ask("redirect_uri", None).unwrap();
    assert!(sent.starts_with("http://localhost:9999/default?code="), "{sent}");
    assert_eq!(parameter(&ask("scope", Some("all")).unwrap(), "error").as_deref(), Some("invalid_scope"));
    let other = ask("response_type", Some("token")).unwrap();
    assert_eq!(parameter(&other, "error").as_deref(), Some("unsupported_response_type"));
    assert!(parameter(&ask("state", None).unwrap(), "state").is_none());
    ask("code_challenge", Some("x")).unwrap();
    assert_eq!(stage.sim.violations().len(), 4);
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes_and_once() {
    let stage = stage();
    let code = stage.code();
    stage.sim.clock().advance(600);
    let (status, token) = stage.exchange(&code).await;
    assert_eq!(
        (status, &token["token_type"], &token["expires_in"]),
        (200, &json!("bearer"), &json!(315_359_999))
    );
    assert_eq!(token["x_user_id"], stage.person);
    let late = stage.code();
    stage.sim.clock().advance(601);
    assert_eq!(stage.exchange(&late).await, (400, json!({"error": "invalid_grant"})));
    let access = token["access_token"].as_str().unwrap();
    assert_eq!(stage.register(access, "me").await.0, 200, "it works");
    assert_eq!(stage.exchange(&code).await, (400, json!({"error": "invalid_grant"})));
    assert_eq!(stage.json(access, "/v3/exercises").await.0, 401, "who used a code twice loses everything");
    let told: Vec<u16> = stage.sim.token_requests().iter().map(|it| it.status).collect();
    assert_eq!(told, [200, 400, 400]);
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn keys_and_addresses_must_be_the_right_ones() {
    let stage = stage();
    let error = |name: &str| json!({"error": name});
    for keys in [(CLIENT_ID, "wrong"), ("nobody", SECRET)] {
        let fields = exchange_fields(&stage.code());
        assert_eq!(stage.exchange_with(Some(keys), &fields).await, (400, error("invalid_client")));
    }
    stage.sim.set_options(|options| options.wrong_keys_status = 401);
    let fields = exchange_fields(&stage.code());
    assert_eq!(stage.exchange_with(Some((CLIENT_ID, "wrong")), &fields).await.0, 401);
    for address in [None, Some("http://localhost:8765/callback/")] {
        let mut fields = exchange_fields(&stage.code());
        set(&mut fields, "redirect_uri", address);
        let answer = stage.exchange_with(Some((CLIENT_ID, SECRET)), &fields).await;
        assert_eq!(answer, (400, error("invalid_grant")));
    }
    stage.sim.add_client(NewClient::new("another", "secret", REDIRECT));
    let foreign = stage.exchange_with(Some(("another", "secret")), &exchange_fields(&stage.code())).await;
    assert_eq!(foreign, (400, error("invalid_grant")), "another client's code");
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn a_client_that_breaks_the_protocol_is_noted() {
    let stage = stage();
    let keys = Some((CLIENT_ID, SECRET));
    let mut in_the_body = exchange_fields(&stage.code());
    set(&mut in_the_body, "client_secret", Some(SECRET));
    assert_eq!(stage.exchange_with(None, &in_the_body).await.1["error"], "invalid_client");
    let mut other = exchange_fields(&stage.code());
    set(&mut other, "grant_type", Some("refresh_token"));
    assert_eq!(stage.exchange_with(keys, &other).await.1["error"], "unsupported_grant_type");
    for name in ["grant_type", "code"] {
        let mut fields = exchange_fields(&stage.code());
        set(&mut fields, name, None);
        assert_eq!(stage.exchange_with(keys, &fields).await.1["error"], "invalid_request");
    }
    assert_eq!(stage.sim.violations().len(), 5);
    let address = format!("{}/v2/oauth2/token", stage.sim.auth());
    let answer =
        client().post(address).header(ACCEPT, "application/json").json(&json!({})).send().await.unwrap();
    assert_eq!((answer.status(), stage.sim.violations().len()), (StatusCode::BAD_REQUEST, 6));
}
