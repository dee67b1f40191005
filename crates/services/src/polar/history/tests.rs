//! What is asked and what answers mean, against a listener that answers what it is told to.

use baton_core::{Kind, Service, Tokens};
use futures::StreamExt;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::polar::Polar;
use crate::test_server::{Server, cell};

const HOSTS: &str = "[polar]\nflow = BASE\nauth = BASE\naccount = BASE\napi = BASE";
const SESSION: &str = r#"{"trainingSessions":[{"identifier":{"id":"1"},"startTime":"2026-11-01T08:00:00",
    "timezoneOffsetMinutes":60,"durationMillis":1800000,"sport":{"id":"27"}}]}"#;
const SPORTS: &str =
    r#"{"sports":[{"id":"1","name":"RUNNING"},{"identifier":{"id":27},"name":"TRAIL_RUNNING"},null]}"#;
const RENEWED: &str = r#"{"access_token":"B1","expires_in":43199,"refresh_token":"R1"}"#;

/// A sign-in whose access token ends so many seconds after the tests' time.
fn tokens(seconds: i64) -> Tokens {
    let now: baton_core::Time = "2026-11-21T08:00:00Z".parse().unwrap();
    let keys = json!({"client_id": "id", "secret": "planted-secret"});
    let history =
        json!({"keys": keys, "access": "B0", "refresh": "R0", "expires": now.timestamp() + seconds});
    Tokens::pack(&json!({"access": "A0", "user_id": "10579", "history": history})).unwrap()
}

fn window() -> Window {
    Window { from: Some("2026-10-20T12:00:00Z".parse().unwrap()), until: None }
}

async fn list(answers: &[&str], seconds: i64) -> (Server, Result<Vec<Entry>>) {
    let mut all = vec!["[]".to_owned(), "!404\n{}".to_owned()];
    all.extend(answers.iter().map(|answer| (*answer).to_owned()));
    let server = Server::answering(HOSTS, all).await;
    let (_, cell) = cell(tokens(seconds));
    let connection = Polar::new(server.world.clone()).connect(cell).unwrap();
    let listed = connection.source().unwrap().list(window()).collect::<Vec<_>>().await;
    (server, listed.into_iter().collect())
}

#[tokio::test]
async fn a_list_asks_for_days_and_a_day_for_everything() {
    let (server, entries) = list(&[SESSION, SPORTS], 9000).await;
    let entries = entries.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.title.as_str()).collect::<Vec<_>>(), ["Trail running"]);
    assert_eq!(entries[0].kind, Kind::Activity);
    let asked = server.asked();
    assert_eq!(asked[2]["path"], "/v4/data/training-sessions/list?from=2026-10-19&to=2026-11-23");
    assert_eq!((asked[2]["bearer"].as_str(), asked[0]["bearer"].as_str()), ("B0", "A0"));
    assert_eq!(asked[3]["path"], "/v4/data/sports/list");
    assert_eq!(asked.len(), 4);
}

#[tokio::test]
async fn times_are_sent_where_days_are_refused_and_that_is_remembered() {
    let refused = r#"!400
{"errorMessage":"could not be parsed as datetime"}"#;
    let answers = [refused, SESSION, SPORTS, refused, refused, SESSION];
    let server = Server::answering(HOSTS, answers.map(str::to_owned).to_vec()).await;
    let history = History::new(&server.world, cell(tokens(9000)).1);
    let entries = history.entries(window()).await.unwrap();
    // A day with features is refused in both forms, so that the totals are what there is.
    let activity = history.activity(&entries[0]).await.unwrap().unwrap();
    assert!(activity.remarks[0].contains("totals"));
    let paths: Vec<String> = server.asked().iter().map(|asked| asked["path"].clone()).collect();
    assert!(paths[1].ends_with("?from=2026-10-19T00%3A00%3A00&to=2026-11-23T00%3A00%3A00"), "{}", paths[1]);
    assert!(
        paths[3].contains(
            "from=2026-11-01T00%3A00%3A00&to=2026-11-02T00%3A00%3A00&features=samples&features=laps"
        )
    );
    assert!(paths[5].ends_with("?from=2026-11-01T00%3A00%3A00&to=2026-11-02T00%3A00%3A00"), "{}", paths[5]);
}

#[tokio::test]
async fn a_long_window_is_asked_for_in_pieces() {
    let answers = vec![r"{}".to_owned(), "!204\n".to_owned(), r#"{"trainingSessions":[]}"#.to_owned()];
    let server = Server::answering(HOSTS, answers).await;
    let history = History::new(&server.world, cell(tokens(9000)).1);
    let from = "2026-04-01T00:00:00Z".parse().unwrap();
    assert!(history.entries(Window { from: Some(from), until: None }).await.unwrap().is_empty());
    let asked: Vec<String> = server.asked().iter().map(|asked| asked["path"].clone()).collect();
    assert!(asked[0].ends_with("from=2026-03-31&to=2026-06-29"), "{asked:?}");
    assert!(asked[1].ends_with("from=2026-06-29&to=2026-09-27"), "{asked:?}");
    assert!(asked[2].ends_with("from=2026-09-27&to=2026-11-23"), "{asked:?}");
}

#[rstest]
#[case::soon_over(vec![RENEWED, SESSION, SPORTS], 100)]
#[case::refused(vec!["!401\n{}", RENEWED, SESSION, SPORTS], 9000)]
#[tokio::test]
async fn tokens_are_renewed_once(#[case] answers: Vec<&str>, #[case] seconds: i64) {
    let (server, entries) = list(&answers, seconds).await;
    assert_eq!(entries.unwrap().len(), 1);
    let asked = server.asked();
    let renewals: Vec<_> = asked.iter().filter(|asked| asked["path"] == "/oauth/token").collect();
    assert_eq!(renewals.len(), 1);
    assert_eq!(renewals[0]["refresh_token"], "R0");
    assert!(!renewals[0].contains_key("client_secret"), "the keys are in the header");
    assert_eq!(asked.last().unwrap()["bearer"], "B1");
}

#[rstest]
#[case::ended(vec!["!401\n{}", "!400\n{\"error\":\"invalid_grant\"}"], "sign_in_required", "older training")]
#[case::keys(vec!["!401\n{}", "!401\n{\"error\":\"invalid_client\"}"], "sign_in_required", "client ID")]
#[case::scope(vec!["!403\n{\"errorMessage\":\"Missing required scope\"}"], "sign_in_required", "does not cover")]
#[case::page(vec!["<html>"], "service_changed", "web page")]
#[case::list(vec!["[]"], "service_changed", "form")]
#[case::refused(vec!["!400\n{}", "!400\n{}"], "service_changed", "form")]
#[tokio::test]
async fn what_answers_mean(#[case] answers: Vec<&str>, #[case] kind: &str, #[case] words: &str) {
    let (server, listed) = list(&answers, 9000).await;
    let error = listed.unwrap_err();
    assert!(error.kind.name() == kind && error.message.contains(words), "{error:?}");
    assert!(!error.message.contains("planted-secret"));
    assert_eq!(server.asked().len(), 2 + answers.len());
}

#[tokio::test]
async fn without_the_permission_nothing_is_asked() {
    let server = Server::answering(HOSTS, vec![]).await;
    let plain = Tokens::pack(&json!({"access": "A0", "user_id": "10579"})).unwrap();
    let history = History::new(&server.world, cell(plain).1);
    assert!(history.entries(Window::ALL).await.unwrap().is_empty());
    assert!(server.asked().is_empty());
}
