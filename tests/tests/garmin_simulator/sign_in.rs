//! Signing in: passwords, codes, tickets, pages.

use baton_tests::garmin::{LoginOutcome, MfaMethod};
use reqwest::Client;
use serde_json::{Value, json};

use super::client::*;

#[tokio::test]
async fn a_mobile_sign_in_gives_a_ticket_that_works_once_and_for_its_service_only() {
    let simulator = simulator(MfaMethod::None);
    let base = simulator.base();
    let client = browser(0);
    let page = load_page(&client, base, "mobile", "GCM_IOS_DARK", IOS).await;
    let ticket = || async {
        let answer = sign_in_post(&client, base, "/mobile/api/login", "GCM_IOS_DARK", IOS, &page)
            .json(&credentials(PASSWORD))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let answer = json_of(answer).await;
        assert_eq!(answer["responseStatus"]["type"], "SUCCESSFUL");
        assert_eq!(answer["serviceURL"], IOS);
        answer["serviceTicketId"].as_str().unwrap().to_owned()
    };
    let first = ticket().await;
    assert!(first.starts_with("ST-") && first.ends_with("-sso"), "{first}");
    let tokens = json_of(exchange(base, &first, IOS).await).await;
    assert_eq!(tokens["access_token"].as_str().unwrap().split('.').count(), 3);
    for (ticket, service) in [(first, IOS), (ticket().await, APP)] {
        let refused = exchange(base, &ticket, service).await;
        assert_eq!(refused.status(), 400);
        assert_eq!(json_of(refused).await["error_description"], "invalid service ticket provided");
    }
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn a_password_without_the_page_or_its_referer_is_refused() {
    let simulator = simulator(MfaMethod::None);
    let base = simulator.base();
    let strangers_page = format!("{base}/mobile/sso/en_US/sign-in?clientId=GCM_IOS_DARK&service=x");
    let post = |client: Client, referer: String| async move {
        sign_in_post(&client, base, "/mobile/api/login", "GCM_IOS_DARK", IOS, &referer)
            .json(&credentials(PASSWORD))
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(post(browser(0), strangers_page).await, 429);
    let client = browser(0);
    load_page(&client, base, "mobile", "GCM_IOS_DARK", IOS).await;
    assert_eq!(post(client, format!("{base}/elsewhere")).await, 429);
    assert_eq!(simulator.violations().len(), 2);
    assert!(simulator.logins().iter().all(|login| login.outcome == LoginOutcome::Refused));
}

#[tokio::test]
async fn a_wrong_code_leaves_the_session_alive_and_a_right_one_works_once() {
    let simulator = simulator(MfaMethod::Email);
    let base = simulator.base();
    let client = browser(0);
    let page = load_page(&client, base, "portal", "GarminConnect", APP).await;
    let post = |path: &'static str, body: Value| {
        let request = sign_in_post(&client, base, path, "GarminConnect", APP, &page).json(&body);
        async { json_of(request.send().await.unwrap()).await }
    };
    let wrong = post("/portal/api/login", credentials("guess")).await;
    assert_eq!(wrong["responseStatus"]["type"], "INVALID_USERNAME_PASSWORD");
    assert_eq!(simulator.code(EMAIL), None);
    let asked = post("/portal/api/login", credentials(PASSWORD)).await;
    assert_eq!(asked["responseStatus"]["type"], "MFA_REQUIRED");
    assert_eq!(asked["customerMfaInfo"]["email"], "ri*****@example.org");
    let code = simulator.code(EMAIL).unwrap();
    let bad = if code == "000000" { "000001" } else { "000000" };
    let refused = post("/portal/api/mfa/verifyCode", code_body(bad)).await;
    assert_eq!(refused["serviceTicketId"], Value::Null);
    let passed = post("/portal/api/mfa/verifyCode", code_body(&code)).await;
    let ticket = passed["serviceTicketId"].as_str().unwrap();
    assert_eq!(exchange(base, ticket, APP).await.status(), 200);
    let again = post("/portal/api/mfa/verifyCode", code_body(&code)).await;
    assert_eq!(again["serviceTicketId"], Value::Null);
    let outcomes: Vec<_> = simulator.logins().iter().map(|login| login.outcome).collect();
    assert_eq!(
        outcomes,
        [
            LoginOutcome::WrongPassword,
            LoginOutcome::CodeRequired,
            LoginOutcome::WrongCode,
            LoginOutcome::Success
        ]
    );
}

#[tokio::test]
async fn the_widget_mails_its_code_only_when_asked() {
    let simulator = simulator(MfaMethod::Email);
    let base = simulator.base();
    let client = browser(5);
    let query = [("id", "gauth-widget"), ("embedWidget", "true"), ("gauthHost", EMBED), ("service", EMBED)];
    client.get(format!("{base}/sso/embed")).send().await.unwrap();
    let page = client.get(format!("{base}/sso/signin")).query(&query).send().await.unwrap();
    let address = page.url().to_string();
    let page = page.text().await.unwrap();
    let csrf = between(&page, "name=\"_csrf\" value=\"", "\"");
    let form = [("username", EMAIL), ("password", PASSWORD), ("embed", "true"), ("_csrf", csrf)];
    let asked = client.post(&address).header("referer", &address).form(&form).send().await.unwrap();
    let code_address = asked.url().to_string();
    assert_eq!(asked.url().path(), "/sso/verifyMFA/loginEnterMfaCode");
    let asked = asked.text().await.unwrap();
    assert_eq!(between(&asked, "<title>", "</title>"), "GARMIN Authentication Application");
    assert_eq!(between(&asked, "var codeSentTo = \"", "\""), "");
    assert_eq!(simulator.code(EMAIL), None);
    let variable = |name: &str| between(&asked, &format!("var {name} = \""), "\"").to_owned();
    let sent = client
        .post(format!("{base}/sso/verifyMFA/mfaCode"))
        .query(&[("clientId", variable("clientId"))])
        .header("referer", &code_address)
        .json(&json!({"customerGuid": variable("customerGuid"), "mfaMethod": "email", "locale": variable("locale")}))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 200);
    let code = simulator.code(EMAIL).unwrap();
    let mut csrf = between(&asked, "name=\"_csrf\" value=\"", "\"").to_owned();
    let mut last = String::new();
    for attempt in ["999999x", &code] {
        let form =
            [("mfa-code", attempt), ("embed", "true"), ("_csrf", &csrf), ("fromPage", "setupEnterMfaCode")];
        let answer =
            client.post(&code_address).header("referer", &code_address).form(&form).send().await.unwrap();
        last = answer.text().await.unwrap();
        csrf = between(&last, "name=\"_csrf\" value=\"", "\"").to_owned();
    }
    assert_eq!(between(&last, "<title>", "</title>"), "Success");
    assert!(last.contains("https:\\/\\/sso.garmin.com\\/sso\\/embed?ticket=ST-"), "{last}");
    let ticket = between(&last, "?ticket=", "\"");
    assert_eq!(exchange(base, ticket, EMBED).await.status(), 200);
    // The signed-in browser mints a ticket for the phone program by an address alone.
    let android = "https://mobile.integration.garmin.com/gcm/android";
    let minted =
        client.get(format!("{base}/sso/signin")).query(&[("service", android)]).send().await.unwrap();
    let minted = minted.text().await.unwrap();
    assert_eq!(exchange(base, between(&minted, "?ticket=", "\""), android).await.status(), 200);
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn a_stolen_csrf_value_is_refused() {
    let simulator = simulator(MfaMethod::None);
    let base = simulator.base();
    let client = browser(5);
    let address = format!("{base}/sso/signin?embedWidget=true&service={EMBED}");
    client.get(&address).send().await.unwrap();
    let form = [("username", EMAIL), ("password", PASSWORD), ("embed", "true"), ("_csrf", "00ff")];
    let answer = client.post(&address).header("referer", &address).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(!simulator.violations().is_empty());
}

#[tokio::test]
async fn the_page_for_a_window_redirects_with_a_ticket_that_its_service_page_spends() {
    let simulator = simulator(MfaMethod::Totp);
    let base = simulator.base();
    let service = format!("{base}/app");
    for status in ["302", "303"] {
        let client = browser(0);
        let page = client
            .get(format!("{base}/portal/sso/en-US/sign-in"))
            .query(&[("clientId", "GarminConnect"), ("service", &service), ("flow", status)])
            .send()
            .await
            .unwrap();
        let address = page.url().to_string();
        let form = [("username", EMAIL), ("password", PASSWORD)];
        let asked = client.post(&address).form(&form).send().await.unwrap().text().await.unwrap();
        assert!(asked.contains("name=\"mfa-code\""), "{asked}");
        let code = simulator.code(EMAIL).unwrap();
        let passed = client.post(&address).form(&[("mfa-code", code)]).send().await.unwrap();
        assert_eq!(passed.status().as_str(), status);
        let location = passed.headers()["location"].to_str().unwrap();
        let ticket = location.strip_prefix(&format!("{service}?ticket=")).unwrap();
        if status == "302" {
            assert_eq!(exchange(base, ticket, &service).await.status(), 200);
        } else {
            client.get(location).send().await.unwrap();
            assert_eq!(
                exchange(base, ticket, &service).await.status(),
                400,
                "the service page spends the ticket"
            );
        }
        // A browser that is signed in is sent on at once.
        let again = client.get(&address).send().await.unwrap();
        assert_eq!(again.status(), 302);
        assert!(again.headers()["location"].to_str().unwrap().ends_with("-cas"));
    }
    assert_eq!(simulator.violations(), [""; 0]);
}
