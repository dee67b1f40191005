//! Signing in, tokens and their refresh.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use baton_tests::peloton::{CLIENT_ID, Fault, LoginOutcome, REDIRECT_URI};
use baton_tests::server::Times;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    CLIENT_STATE, EMAIL, PASSWORD, Reader, VERIFIER, Walk, attribute, client, location, simulator,
};

#[tokio::test]
async fn a_headless_sign_in_ends_with_tokens() {
    let simulator = simulator();
    for redirect_uri in [REDIRECT_URI.to_owned(), format!("{}/callback", simulator.members())] {
        let walk = Walk { redirect_uri, ..Walk::new(&simulator) };
        let code = walk.code().await;
        let (status, tokens) = walk.exchange(&code).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        assert_eq!(tokens["expires_in"], 172_800);
        assert_eq!(tokens["token_type"], "Bearer");
        assert!(tokens["refresh_token"].as_str().unwrap().starts_with("v1."));
        let access = tokens["access_token"].as_str().unwrap();
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(access.split('.').nth(1).unwrap()).unwrap())
                .unwrap();
        assert_eq!(claims["azp"], CLIENT_ID);
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 172_800);
        let reader = Reader { token: access.to_owned(), ..Reader::new(&simulator) };
        let me = reader.json("/api/me").await;
        assert_eq!(claims["sub"], format!("auth0|{}", me["id"].as_str().unwrap()));
    }
    assert_eq!(simulator.violations(), Vec::<String>::new());
    assert_eq!(simulator.logins().len(), 2);
}

#[tokio::test]
async fn the_visible_form_walks_the_same_way() {
    let simulator = simulator();
    let walk = Walk::new(&simulator);
    let (_, page) = walk.login_page().await;
    let state = attribute(&page, "name=\"state\"", "value");
    let address = format!("{}{}", simulator.auth(), attribute(&page, "<form", "action"));
    let send = |password: &'static str| {
        let form =
            [("state", state.clone()), ("usernameOrEmail", EMAIL.into()), ("password", password.into())];
        walk.client.post(&address).form(&form).send()
    };
    let again = send("wrong").await.unwrap();
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
    assert!(again.text().await.unwrap().contains("Wrong email or password"));
    let form = send(PASSWORD).await.unwrap().text().await.unwrap();
    let redirect = walk.walk_to_redirect(&form).await;
    assert!(redirect.contains("code="));
    assert_eq!(simulator.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn wrong_passwords_are_401_and_then_the_account_is_blocked() {
    let simulator = simulator();
    simulator.set_options(|options| options.attempts_before_block = 3);
    let walk = Walk::new(&simulator);
    let (_, page) = walk.login_page().await;
    let mut body = Walk::login_body(&page);
    body["password"] = json!("wrong");
    for _ in 0..3 {
        assert_eq!(walk.login(&body).await.status(), StatusCode::UNAUTHORIZED);
    }
    body["password"] = json!(PASSWORD);
    let answer = walk.login(&body).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], "too_many_attempts");
    let outcomes: Vec<LoginOutcome> = simulator.logins().iter().map(|login| login.outcome).collect();
    assert_eq!(outcomes[..3], [LoginOutcome::WrongPassword; 3]);
    assert_eq!(outcomes[3], LoginOutcome::Blocked);
}

#[tokio::test]
async fn the_clients_own_state_is_an_anomaly() {
    let simulator = simulator();
    let walk = Walk::new(&simulator);
    let (_, page) = walk.login_page().await;
    let mut body = Walk::login_body(&page);
    body["state"] = json!(CLIENT_STATE);
    let answer = walk.login(&body).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(answer.json::<Value>().await.unwrap()["name"], "AnomalyDetected");
    assert_eq!(simulator.violations().len(), 1);
}

#[tokio::test]
async fn the_csrf_token_must_come_in_the_body_and_the_cookie() {
    let simulator = simulator();
    let walk = Walk::new(&simulator);
    let (_, page) = walk.login_page().await;
    let body = Walk::login_body(&page);
    let without_cookies = Walk { client: client(), ..Walk::new(&simulator) };
    let answer = without_cookies.login(&body).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.text().await.unwrap().contains("Missing CSRF token"));

    let mut without_field = body.clone();
    without_field["_csrf"] = Value::Null;
    assert_eq!(walk.login(&without_field).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(walk.login(&body).await.status(), StatusCode::OK);
    assert_eq!(simulator.violations().len(), 2);
}

#[tokio::test]
async fn without_the_cookie_the_page_is_enough() {
    let simulator = simulator();
    simulator.set_options(|options| options.csrf_cookie = false);
    let walk = Walk::new(&simulator);
    let code = walk.code().await;
    assert_eq!(walk.exchange(&code).await.0, StatusCode::OK);
    simulator.set_options(|options| options.page_config = false);
    assert!(!walk.login_page().await.1.contains("injectedConfig"));
    assert_eq!(simulator.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn authorize_checks_every_parameter() {
    let simulator = simulator();
    let walk = Walk::new(&simulator);
    let wrong = [
        ("client_id", "other", None),
        ("redirect_uri", "http://localhost:1/callback", None),
        ("audience", "https://api.onepeloton.com", Some("access_denied")),
        ("scope", "openid", Some("invalid_scope")),
        ("response_type", "token", Some("unsupported_response_type")),
        ("response_mode", "fragment", Some("invalid_request")),
        ("code_challenge_method", "plain", Some("invalid_request")),
        ("code_challenge", "short", Some("invalid_request")),
        ("state", "", Some("invalid_request")),
        ("nonce", "", Some("invalid_request")),
    ];
    for (count, (name, value, error)) in wrong.into_iter().enumerate() {
        let mut parameters = walk.authorize_parameters();
        for (found, text) in &mut parameters {
            if *found == name {
                value.clone_into(text);
            }
        }
        let answer = walk.authorize(&parameters).await;
        match error {
            None => assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}"),
            Some(error) => assert!(location(&answer).contains(&format!("error={error}&")), "{name}"),
        }
        assert_eq!(simulator.violations().len(), count + 1, "{name}");
    }
}

#[tokio::test]
async fn codes_are_bound_and_good_for_one_use() {
    let simulator = simulator();
    let walk = Walk::new(&simulator);
    let code = walk.code().await;
    let mut body = json!({"grant_type": "authorization_code", "client_id": CLIENT_ID, "code": code,
                          "code_verifier": "x".repeat(64), "redirect_uri": REDIRECT_URI});
    assert_eq!(walk.token(&body).await.1["error"], "invalid_grant", "a wrong verifier");
    body["code_verifier"] = json!(VERIFIER);
    assert_eq!(walk.token(&body).await.0, StatusCode::FORBIDDEN, "spent by the attempt before");

    let second = Walk::new(&simulator);
    let code = second.code().await;
    let (_, tokens) = second.exchange(&code).await;
    assert_eq!(second.exchange(&code).await.0, StatusCode::FORBIDDEN);
    let (status, _) = second.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "a code used twice takes its tokens away");
}

#[tokio::test]
async fn loading_the_members_site_spends_the_code() {
    let simulator = simulator();
    let walk = Walk { redirect_uri: format!("{}/callback", simulator.members()), ..Walk::new(&simulator) };
    let code = walk.code().await;
    let page = client().get(format!("{}?code={code}", walk.redirect_uri)).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(walk.exchange(&code).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_reuse_revokes_the_family() {
    let simulator = simulator();
    let walk = Walk::new(&simulator);
    let first = simulator.issue_tokens();
    let (status, second) = walk.refresh(&first.refresh_token).await;
    assert_eq!(status, StatusCode::OK);
    let second = second["refresh_token"].as_str().unwrap();
    assert_ne!(second, first.refresh_token);
    let (status, body) = walk.refresh(&first.refresh_token).await;
    assert_eq!((status, &body["error"]), (StatusCode::FORBIDDEN, &json!("invalid_grant")));
    assert_eq!(walk.refresh(second).await.0, StatusCode::FORBIDDEN, "the whole family is revoked");
    assert_eq!(simulator.refreshes(), 1);
    assert_eq!(simulator.violations().len(), 1);
    let other = simulator.issue_tokens();
    assert_eq!(walk.refresh(&other.refresh_token).await.0, StatusCode::OK, "other families live on");
}

#[tokio::test]
async fn other_grants_and_the_old_login_are_closed() {
    let simulator = simulator();
    let walk = Walk::new(&simulator);
    let body =
        json!({"grant_type": "password", "client_id": CLIENT_ID, "username": EMAIL, "password": PASSWORD});
    assert_eq!(walk.token(&body).await.1["error"], "unauthorized_client");
    let answer = client().post(format!("{}/auth/login", simulator.api())).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let words = answer.json::<Value>().await.unwrap();
    assert_eq!(words["message"], "Access forbidden. Endpoint no longer accepting requests.");
}

#[tokio::test]
async fn cookies_of_one_host_must_not_reach_the_other() {
    let simulator = simulator();
    let page = format!("{}/sso/login_site?state=x", simulator.members().replace("127.0.0.1", "localhost"));
    client().get(page).header("Cookie", "auth0=stolen").send().await.unwrap();
    client()
        .get(format!("{}/login", simulator.auth()))
        .header("Cookie", "orca_session=x")
        .send()
        .await
        .unwrap();
    let violations = simulator.violations();
    assert!(violations.iter().any(|it| it.contains("auth0")), "{violations:?}");
    assert!(
        violations.iter().any(|it| it.contains("second sign-in host was sent to the first")),
        "{violations:?}"
    );
}

#[tokio::test]
async fn sign_in_can_be_made_to_fail_in_every_known_way() {
    let simulator = simulator();
    let cases = [
        (Fault::Captcha, StatusCode::UNAUTHORIZED, "requires_verification"),
        (Fault::TooManyAttempts, StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"),
        (Fault::MissingCsrf, StatusCode::FORBIDDEN, "Missing CSRF token"),
    ];
    for (fault, status, words) in cases {
        let walk = Walk::new(&simulator);
        let (_, page) = walk.login_page().await;
        simulator.fault("login", fault, Times::Next(1));
        let answer = walk.login(&Walk::login_body(&page)).await;
        assert_eq!(answer.status(), status);
        assert!(answer.text().await.unwrap().contains(words));
    }
    let walk = Walk::new(&simulator);
    let (_, page) = walk.login_page().await;
    let form = walk.login(&Walk::login_body(&page)).await.text().await.unwrap();
    simulator.fault("login_callback", Fault::SecondFactor, Times::Next(1));
    let fields: Vec<(&str, String)> = ["wa", "wresult", "wctx"]
        .into_iter()
        .map(|name| (name, attribute(&form, &format!("name=\"{name}\""), "value")))
        .collect();
    let page = walk.client.post(attribute(&form, "hiddenform", "action")).form(&fields).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("verification code"));
    assert_eq!(simulator.violations(), Vec::<String>::new());
}
