//! How often a client may call.

use baton_tests::withings::{NewApplication, Options};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn the_same_call_waits_ten_seconds() {
    let stage = stage();
    let token = stage.tokens().access_token;
    assert_eq!(stage.getmeas(&token, &[("lastupdate", "5")]).await["status"], 0);
    assert_eq!(stage.getmeas(&token, &[("lastupdate", "6")]).await["status"], 0, "another call");
    stage.sim.clock().advance(4);
    let refused = stage.getmeas(&token, &[("lastupdate", "5")]).await;
    assert_eq!((&refused["status"], &refused["body"]["wait_seconds"]), (&json!(601), &json!(6)));
    assert!(refused["error"].as_str().unwrap().starts_with("Same arguments in less than 10 seconds"));
    let another = stage.sim.issue_tokens(CLIENT_ID, stage.person).unwrap().access_token;
    assert_eq!(stage.getmeas(&another, &[("lastupdate", "5")]).await["status"], 601, "the same person");
    stage.sim.clock().advance(6);
    assert_eq!(stage.getmeas(&token, &[("lastupdate", "5")]).await["status"], 0);
    let dead = stage.tokens().refresh_token;
    assert_eq!(stage.refresh(&dead).await["status"], 0);
    assert_eq!(stage.refresh(&dead).await["status"], 601, "sign-ins count alike");
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn an_application_has_so_many_calls_a_minute_for_all_its_users() {
    let stage = stage();
    stage.sim.set_options(|options| options.requests_a_minute = Some(5));
    let other = stage.sim.add_person(baton_tests::withings::NewPerson::new("Ada", chrono_tz::UTC));
    let tokens = [stage.tokens(), stage.sim.issue_tokens(CLIENT_ID, other).unwrap()];
    for number in 0..5 {
        let token = &tokens[number % 2].access_token;
        assert_eq!(stage.getmeas(token, &[("lastupdate", &number.to_string())]).await["status"], 0);
        stage.sim.clock().advance(2);
    }
    let refused = stage.getmeas(&tokens[1].access_token, &[]).await;
    assert_eq!((&refused["status"], &refused["body"]["wait_seconds"]), (&json!(601), &json!(50)));
    stage.sim.add_application(NewApplication::new("another", "secret", REDIRECT));
    let elsewhere = stage.sim.issue_tokens("another", stage.person).unwrap().access_token;
    assert_eq!(stage.getmeas(&elsewhere, &[]).await["status"], 0, "another application");
    stage.sim.clock().advance(50);
    assert_eq!(stage.getmeas(&tokens[1].access_token, &[]).await["status"], 0);
    stage.sim.set_options(Options::lift_limits);
    for _ in 0..8 {
        assert_eq!(stage.getmeas(&tokens[1].access_token, &[]).await["status"], 0);
    }
}
