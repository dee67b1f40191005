//! Registration, consents, the body, leaving, limits, and faults.

use baton_tests::polar::{Fault, NewClient, NewPerson, PhysicalInfo, generate};
use baton_tests::server::Times;
use baton_tests::web_fault::WebFault;
use reqwest::header::HeaderMap;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn who_is_not_registered_has_nothing() {
    let stage = stage();
    let exercise = generate::exercise(1, generate::Sort::Run, NOW - DAY, 120, 12);
    stage.sim.add(stage.person, [&exercise]);
    stage.sim.set_physical_info(stage.person, PhysicalInfo::measured(70.5, NOW - DAY));
    let token = stage.token();
    assert_eq!(stage.json(&token, "/v3/exercises").await, (200, json!([])), "an empty list, and no word why");
    assert_eq!(stage.json(&token, &format!("/v3/exercises/{}", exercise.id)).await.0, 404);
    assert_eq!(stage.json(&token, "/v3/users/physical-info").await.0, 404);
    let own = format!("/v3/users/{}", stage.person);
    assert_eq!(stage.json(&token, &own).await.0, 204);

    let (status, user) = stage.register(&token, "me").await;
    assert_eq!(
        (status, &user["polar-user-id"], &user["member-id"]),
        (200, &json!(stage.person), &json!("me"))
    );
    assert_eq!((&user["first-name"], &user["weight"]), (&json!("Eka"), &json!(70.5)));
    assert_eq!(stage.sim.registered(CLIENT_ID, stage.person), Some(NOW));
    assert_eq!(stage.json(&token, &own).await.1["last-name"], "Toka & Co");
    assert_eq!(stage.json(&token, "/v3/exercises").await.1, json!([]), "what Flow had before is not given");
    let (status, info) = stage.json(&token, "/v3/users/physical-info").await;
    assert_eq!(
        (status, &info["weight"], &info["weight_source"]),
        (200, &json!(70.5), &json!("SOURCE_MEASURED"))
    );
    assert_eq!(info["modified"], "2026-06-09T06:40:00Z");
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn nobody_is_registered_twice() {
    let stage = stage();
    let token = stage.token();
    assert_eq!(stage.register(&token, "me").await.0, 200);
    let (status, error) = stage.register(&token, "somebody-else").await;
    assert_eq!((status, &error["status"]), (409, &json!(409)));
    for field in ["timestamp", "errorType", "message", "corrId"] {
        assert!(error[field].is_string(), "{field}");
    }
    let other = stage.sim.add_person(NewPerson::new("Ada", "L"));
    let theirs = stage.sim.issue_token(CLIENT_ID, other).unwrap();
    assert_eq!(stage.register(&theirs, "me").await.0, 409, "the name is taken");
    assert_eq!(stage.register(&theirs, "ada").await.0, 200);
    stage.sim.add_client(NewClient::new("another", "secret", REDIRECT));
    let elsewhere = stage.sim.issue_token("another", stage.person).unwrap();
    assert_eq!(stage.register(&elsewhere, "me").await.0, 200, "another client");
    assert_eq!(stage.sim.violations(), [""; 0]);
    assert_eq!(stage.register(&elsewhere, "").await.0, 400);
    assert_eq!(stage.sim.violations().len(), 1);
}

#[tokio::test]
async fn consents_stand_before_everything_and_leaving_ends_the_token() {
    let stage = stage();
    let token = stage.token();
    stage.sim.set_consents(stage.person, false);
    assert_eq!(stage.register(&token, "me").await.0, 403);
    assert_eq!(stage.json(&token, "/v3/exercises").await.1["status"], 403);
    stage.sim.set_consents(stage.person, true);
    assert_eq!(stage.register(&token, "me").await.0, 200);
    let url = format!("{}/v3/users/{}", stage.sim.api(), stage.person);
    assert_eq!(client().delete(&url).bearer_auth(&token).send().await.unwrap().status(), 204);
    assert_eq!(client().delete(&url).bearer_auth(&token).send().await.unwrap().status(), 401);
    assert_eq!(stage.sim.registered(CLIENT_ID, stage.person), None);
    let again = stage.token();
    assert!(stage.sim.revoke(CLIENT_ID, stage.person) && !stage.sim.revoke(CLIENT_ID, stage.person));
    assert_eq!(stage.json(&again, "/v3/exercises").await.0, 401);
    assert_eq!(stage.sim.violations(), [""; 0]);
    let nobody = client().get(format!("{}/v3/exercises", stage.sim.api())).send().await.unwrap();
    assert_eq!((nobody.status().as_u16(), stage.sim.violations().len()), (401, 1));
    let token = stage.token();
    assert_eq!(stage.json(&token, "/v3/users/1").await.0, 204);
    assert_eq!(stage.sim.violations().len(), 2, "another person's number");
}

fn told(headers: &HeaderMap, name: &str) -> String {
    headers[name].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn requests_are_counted_in_two_windows() {
    let stage = registered();
    let token = stage.token();
    let first = stage.get(&token, "/v3/exercises", "application/json").await;
    assert_eq!(told(first.headers(), "ratelimit-usage"), "1, 1");
    assert_eq!(told(first.headers(), "ratelimit-limit"), "520, 5100", "one user");
    assert_eq!(told(first.headers(), "ratelimit-reset"), "900, 86400");

    stage.sim.set_options(|options| options.limits = Some((2, 4)));
    stage.sim.clock().advance(300);
    assert_eq!(stage.json(&token, "/v3/exercises").await.0, 200);
    let refused = stage.get(&token, "/v3/exercises", "application/json").await;
    assert_eq!(refused.status(), 429);
    assert_eq!(told(refused.headers(), "ratelimit-usage"), "3, 3");
    assert_eq!(told(refused.headers(), "ratelimit-reset"), "600, 86100");
    stage.sim.clock().advance(600);
    assert_eq!(stage.json(&token, "/v3/exercises").await.0, 200, "a new window of 15 minutes");
    let refused = stage.get(&token, "/v3/exercises", "application/json").await;
    assert_eq!((refused.status().as_u16(), told(refused.headers(), "ratelimit-usage")), (429, "2, 5".into()));
    stage.sim.clock().advance(DAY);
    assert_eq!(stage.json(&token, "/v3/exercises").await.0, 200);
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn faults_happen_once_where_they_were_ordered() {
    let stage = registered();
    let token = stage.token();
    let statuses = [
        (Fault::NotFound, 404),
        (Fault::InternalError, 500),
        (Fault::ConsentMissing, 403),
        (Fault::LimitReached { short_seconds: 60, long_seconds: 90 }, 429),
        (WebFault::Outage { status: 503 }.into(), 503),
    ];
    for (fault, status) in statuses {
        stage.sim.fault("list", fault.clone(), Times::Next(1));
        assert_eq!(stage.json(&token, "/v3/users/physical-info").await.0, 404, "another group");
        assert_eq!(stage.json(&token, "/v3/exercises").await.0, status, "{fault:?}");
        assert_eq!(stage.json(&token, "/v3/exercises").await.0, 200);
    }
    stage.sim.fault("api", WebFault::Html, Times::Always);
    let page = stage.get(&token, "/v3/exercises", "application/json").await;
    assert!(page.text().await.unwrap().starts_with("<!DOCTYPE"));
    stage.sim.clear_faults();
    assert_eq!(stage.sim.faults_waiting(), 0);
}
