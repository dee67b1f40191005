//! Sign-ins, and what AccessLink's answers mean, against a listener that answers what it is told to.

use std::sync::Arc;

use baton_core::{ErrorKind, Service, Window};
use futures::StreamExt;
use rstest::rstest;
use serde_json::json;

use super::super::Polar;
use super::super::tokens::Saved;
use super::*;
use crate::test_server::{Server, cell};

const HOSTS: &str = "[polar]\nflow = BASE\nauth = BASE\naccount = BASE\napi = BASE";
const GRANT: &str = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"bearer","expires_in":315359999,"x_user_id":10579}"#;
const USER: &str =
    r#"{"polar-user-id":10579,"member-id":"baton-10579","first-name":"Eka","last-name":"Toka"}"#;

fn keys() -> Reply {
    Reply::AppKeys { client_id: " id ".into(), client_secret: Secret::new("s3cret\n") }
}

fn saved() -> Saved {
    serde_json::from_value(json!({"access": "A0", "user_id": "10579"})).unwrap()
}

async fn ask(flow: &mut Box<dyn SignInFlow>, reply: Option<Reply>) -> Prompt {
    match flow.next(reply).await.unwrap() {
        Next::Ask(prompt) => prompt,
        Next::Done(_) => panic!("already done"),
    }
}

fn finished(next: Result<Next>) -> SignedIn {
    match next.unwrap() {
        Next::Done(signed_in) => signed_in,
        Next::Ask(prompt) => panic!("asked {prompt:?}"),
    }
}

fn state_of(url: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned()
}

async fn paste(server: &Server) -> Result<Next> {
    let mut flow = begin(PASTE, &server.world).unwrap();
    let prompt = ask(&mut flow, None).await;
    assert!(
        matches!(prompt, Prompt::AppKeys { redirect_uri, .. } if redirect_uri == "http://localhost:8765/callback")
    );
    let Prompt::Paste { help } = ask(&mut flow, Some(keys())).await else { panic!("no paste") };
    assert!(help.contains("client_id=id&") && !help.contains("s3cret"));
    flow.next(Some(Reply::Text(Secret::new("http://localhost/callback?code=c0de")))).await
}

#[rstest]
#[case::new(USER, USER, "Eka Toka")]
#[case::known_already("!409\n{\"status\":409}", USER, "Eka Toka")]
#[case::nameless("{}", "!204\n", "Polar user 10579")]
#[tokio::test]
async fn a_pasted_code_becomes_a_token_and_a_registration(
    #[case] registration: &str,
    #[case] user: &str,
    #[case] name: &str,
) {
    let server = Server::answering(HOSTS, vec![GRANT.into(), registration.into(), user.into()]).await;
    let signed_in = finished(paste(&server).await);
    assert_eq!((signed_in.user_key.as_str(), signed_in.display_name.as_str()), ("10579", name));
    let kept: Saved = signed_in.tokens.unpack().unwrap();
    assert_eq!(kept.access.expose(), "2YotnFZFEjr1zCsicMWpAA");
    assert_eq!(kept.keys.unwrap().client_id(), "id");
    let asked = server.asked();
    assert_eq!((asked[0]["path"].as_str(), asked[0]["code"].as_str()), ("/v2/oauth2/token", "c0de"));
    assert_eq!(asked[0]["redirect_uri"], "http://localhost:8765/callback");
    assert!(!asked[0].contains_key("client_secret"), "the keys are in the header");
    assert_eq!((asked[1]["method"].as_str(), asked[1]["path"].as_str()), ("POST", "/v3/users"));
    assert_eq!(asked[1]["body"], r#"{"member-id":"baton-10579"}"#);
    assert_eq!(
        (asked[2]["path"].as_str(), asked[2]["bearer"].as_str()),
        ("/v3/users/10579", "2YotnFZFEjr1zCsicMWpAA")
    );
}

#[rstest]
#[case::keys(vec!["!400\n{\"error\":\"invalid_client\"}"], "sign_in_required", "does not know this client ID")]
#[case::keys_by_the_standard(vec!["!401\n"], "sign_in_required", "does not know this client ID")]
#[case::late(vec!["!400\n{\"error\":\"invalid_grant\"}"], "sign_in_required", "ten minutes")]
#[case::ours(vec!["!400\n{\"error\":\"unsupported_grant_type\"}"], "service_changed", "form")]
#[case::page(vec!["<html>"], "service_changed", "web page")]
#[case::nobody(vec![r#"{"access_token":"a"}"#], "service_changed", "form")]
#[case::outage(vec!["!503\n"], "service_down", "problem of its own")]
#[case::consent(vec![GRANT, "!403\n{\"status\":403}"], "consent_required", "account.polar.com")]
#[case::edge(vec![GRANT, "!403\n<html>"], "service_down", "refuses requests")]
#[tokio::test]
async fn a_refusal_is_one_sentence(#[case] answers: Vec<&str>, #[case] kind: &str, #[case] words: &str) {
    let count = answers.len();
    let server = Server::answering(HOSTS, answers.into_iter().map(str::to_owned).collect()).await;
    let error = paste(&server).await.err().unwrap();
    assert!(error.kind.name() == kind && error.message.contains(words), "{error:?}");
    assert!(!error.message.contains("s3cret") && !error.message.contains("c0de"), "{error}");
    assert_eq!(server.asked().len(), count, "the token call is never repeated");
}

#[tokio::test]
async fn a_window_watches_for_the_registered_address() {
    let server = Server::answering(HOSTS, vec![GRANT.into(), USER.into(), USER.into()]).await;
    let mut flow = begin(WINDOW, &server.world).unwrap();
    ask(&mut flow, None).await;
    let Prompt::Window { url, watch_for } = ask(&mut flow, Some(keys())).await else { panic!("no window") };
    assert_eq!(watch_for, ["http://localhost:8765/callback?"]);
    let stopped = format!("{}code=c0de&state={}", watch_for[0], state_of(&url));
    finished(flow.next(Some(Reply::Redirect(Secret::new(stopped)))).await);
    assert!(flow.next(None).await.is_err(), "it is over");

    let mut flow = begin(WINDOW, &server.world).unwrap();
    ask(&mut flow, None).await;
    ask(&mut flow, Some(keys())).await;
    let other = Secret::new(format!("{}code=c0de&state=other", watch_for[0]));
    assert_eq!(flow.next(Some(Reply::Redirect(other))).await.err().unwrap().kind, ErrorKind::SignInRequired);
}

#[test]
fn other_methods_are_named() {
    let world = Arc::new(World::new(crate::Endpoints::default(), Arc::new(chrono::Utc::now)));
    assert!(begin("magic", &world).err().unwrap().message.contains("magic"));
    for method in super::super::INFO.sign_in {
        assert!(begin(method.id, &world).is_ok(), "{}", method.id);
    }
    assert!(Polar::new(world).sign_in(PASTE, Some("polar.cn")).is_err());
}

const SECOND: &str =
    r#"{"access_token":"V4a","token_type":"bearer","expires_in":43199,"refresh_token":"V4r"}"#;

/// Up to the page of the second permission.
async fn twice(server: &Server, keys_text: &str) -> Result<(Box<dyn SignInFlow>, Next)> {
    let mut flow = begin(HISTORY_PASTE, &server.world).unwrap();
    ask(&mut flow, None).await;
    ask(&mut flow, Some(keys())).await;
    let Prompt::Paste { help } = ask(&mut flow, Some(Reply::Text(Secret::new("c0de-of-the-first")))).await
    else {
        panic!("no second question")
    };
    assert!(help.contains("client ID") && help.contains("http://localhost:8765/callback"), "{help}");
    let next = flow.next(Some(Reply::Text(Secret::new(keys_text)))).await?;
    Ok((flow, next))
}

#[tokio::test]
async fn older_training_takes_a_second_permission_in_the_same_conversation() {
    let server = Server::answering(HOSTS, vec![GRANT.into(), USER.into(), USER.into(), SECOND.into()]).await;
    let (mut flow, next) = twice(&server, " second-id  second-s3cret\n").await.unwrap();
    let Next::Ask(Prompt::Paste { help }) = next else { panic!("no page") };
    assert!(help.contains("/oauth/authorize?") && help.contains("client_id=second-id&"), "{help}");
    assert!(!help.contains("s3cret"));
    let signed_in = finished(flow.next(Some(Reply::Text(Secret::new("c0de-of-the-second")))).await);
    assert_eq!((signed_in.user_key.as_str(), signed_in.display_name.as_str()), ("10579", "Eka Toka"));
    let kept: Saved = signed_in.tokens.unpack().unwrap();
    assert_eq!(kept.history.unwrap().access().expose(), "V4a");
    let asked = server.asked();
    assert_eq!(
        (asked[3]["path"].as_str(), asked[3]["code"].as_str()),
        ("/oauth/token", "c0de-of-the-second")
    );
}

#[tokio::test]
async fn keys_that_are_not_two_words_are_said() {
    let server = Server::answering(HOSTS, vec![GRANT.into(), USER.into(), USER.into()]).await;
    let error = twice(&server, "only-one").await.err().unwrap();
    assert!(error.kind == ErrorKind::BadInput && error.message.contains("with a space"), "{error}");
}

#[rstest]
#[case::done("!204\n", None)]
#[case::taken_back_before("!401\n{}", None)]
#[case::unknown("!404\n{}", None)]
#[case::outage("!503\n", Some("service_down"))]
#[tokio::test]
async fn a_sign_in_that_ends_is_told_to_polar(#[case] answer: &str, #[case] failure: Option<&str>) {
    let server = Server::answering(HOSTS, vec![answer.to_owned(), answer.to_owned()]).await;
    let saved = saved();
    let (_, cell) = cell(Tokens::pack(&saved).unwrap());
    let connection = Polar::new(server.world.clone()).connect(cell).unwrap();
    let outcome = connection.revoke().await;
    assert_eq!(outcome.err().map(|error| error.kind.name()), failure);
    let asked = &server.asked()[0];
    assert_eq!((asked["method"].as_str(), asked["path"].as_str()), ("DELETE", "/v3/users/10579"));
    assert_eq!(asked["bearer"], "A0");
}

async fn list(answers: Vec<String>) -> (Server, Result<Vec<baton_core::Entry>>) {
    let server = Server::answering(HOSTS, answers).await;
    let saved = saved();
    let (_, cell) = cell(Tokens::pack(&saved).unwrap());
    let connection = Polar::new(server.world.clone()).connect(cell).unwrap();
    let listed = connection.source().unwrap().list(Window::ALL).collect::<Vec<_>>().await;
    (server, listed.into_iter().collect())
}

#[tokio::test]
async fn a_list_passes_over_what_is_no_exercise() {
    let rows = json!([{"id": "A1", "start_time": "2026-11-20T07:00:00", "start_time_utc_offset": 60,
                       "duration": "PT1H", "upload_time": "2026-11-20T08:10:00.000Z"}, null, {"id": 7}, {"id": "B2"}]);
    let (server, entries) = list(vec![rows.to_string(), "!404\n{}".into()]).await;
    let keys: Vec<String> = entries.unwrap().into_iter().map(|entry| entry.key).collect();
    assert_eq!(keys, ["exercise-1795154400", "B2"]);
    let asked = server.asked();
    assert_eq!((asked[0]["path"].as_str(), asked[0]["bearer"].as_str()), ("/v3/exercises", "A0"));
    assert_eq!(asked[1]["path"], "/v3/users/physical-info");
}

#[tokio::test]
async fn a_client_that_may_not_read_the_body_reads_the_training() {
    let rows = json!([{"id": "A1"}]).to_string();
    let (_, entries) = list(vec![rows.clone(), "!403\n{\"status\":403}".into()]).await;
    assert_eq!(entries.unwrap().len(), 1);
    let body = r#"{"weight":70.5,"modified":"2026-06-10T12:00:00Z"}"#;
    let (_, entries) = list(vec![rows.clone(), body.into()]).await;
    assert_eq!(entries.unwrap().len(), 2);
    let (_, entries) = list(vec![rows, "!401\n{}".into()]).await;
    assert_eq!(entries.unwrap_err().kind, ErrorKind::SignInRequired);
}

#[rstest]
#[case::revoked("!401\n{\"status\":401}", "sign_in_required", "connect the account again")]
#[case::consent("!403\n{\"status\":403}", "consent_required", "accept")]
#[case::page("<!DOCTYPE html>", "service_changed", "web page")]
#[case::object("{}", "service_changed", "form")]
#[tokio::test]
async fn what_answers_mean(#[case] answer: &str, #[case] kind: &str, #[case] words: &str) {
    let (server, listed) = list(vec![answer.into()]).await;
    let error = listed.unwrap_err();
    assert!(error.kind.name() == kind && error.message.contains(words), "{error:?}");
    assert_eq!(server.asked().len(), 1);
}

#[rstest]
#[case::by_polars_header("RateLimit-Reset: 188, 7200", 188)]
#[case::by_the_usual_one("Retry-After: 45", 45)]
#[case::by_neither("x-nothing: more", 300)]
#[tokio::test]
async fn a_limit_waits_as_long_as_polar_says(#[case] header: &str, #[case] seconds: i64) {
    let (_, listed) = list(vec![format!("!429 {header}\n{{}}")]).await;
    let now: baton_core::Time = "2026-11-21T08:00:00Z".parse().unwrap();
    let until = now + chrono::TimeDelta::seconds(seconds);
    assert_eq!(listed.unwrap_err().kind, ErrorKind::RateLimited { until });
}
