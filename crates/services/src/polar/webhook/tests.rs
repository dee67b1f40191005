//! The subscription's life and the check of what is posted, against a listener that answers what it is told to.

use std::fmt::Write as _;

use baton_core::{ErrorKind, Service};
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::polar::Polar;
use crate::test_server::{Server, cell};

const HOSTS: &str = "[polar]\nflow = BASE\nauth = BASE\naccount = BASE\napi = BASE";
const ADDRESS: &str = "https://example.org/news";
const MADE: &str =
    r#"{"data":{"id":"abdf33","events":["EXERCISE"],"url":"x","signature_secret_key":"planted-key"}}"#;
const NONE: &str = r#"{"data":[]}"#;

fn listed(id: &str, url: &str, active: bool, events: &[&str]) -> String {
    json!({"data": [{"id": id, "url": url, "active": active, "events": events}]}).to_string()
}

fn in_order(active: bool) -> String {
    listed("abdf33", ADDRESS, active, &EVENTS)
}

fn saved(webhook: Option<&str>) -> Tokens {
    let mut saved =
        json!({"access": "A0", "user_id": "10579", "keys": {"client_id": "id", "secret": "planted-secret"}});
    if let Some(id) = webhook {
        saved["webhook"] = json!({"id": id, "key": "planted-key"});
    }
    Tokens::pack(&saved).unwrap()
}

#[rstest]
#[case::the_first(None, vec![NONE.into(), MADE.into()], Subscription::New, "GET POST")]
#[case::in_order(Some("abdf33"), vec![in_order(true)], Subscription::Active, "GET")]
#[case::ended(Some("abdf33"), vec![in_order(false), "!200\n".into()], Subscription::Revived, "GET POST/activate")]
#[case::moved(
    Some("abdf33"),
    vec![listed("abdf33", "https://old.example", true, &EVENTS), in_order(true)],
    Subscription::Active,
    "GET PATCH/abdf33"
)]
#[case::of_fewer_events(
    Some("abdf33"),
    vec![listed("abdf33", ADDRESS, true, &EVENTS[..1]), in_order(true)],
    Subscription::Active,
    "GET PATCH/abdf33"
)]
#[case::its_key_is_lost(
    None,
    vec![in_order(true), "!204\n".into(), NONE.into(), MADE.into()],
    Subscription::New,
    "GET DELETE/abdf33 GET POST"
)]
#[case::another_is_there_by_now(
    None,
    vec![NONE.into(), "!409\n{}".into(), in_order(true), "!204\n".into(), NONE.into(), MADE.into()],
    Subscription::New,
    "GET POST GET DELETE/abdf33 GET POST"
)]
#[tokio::test]
async fn a_subscription_is_made_looked_at_and_brought_in_order(
    #[case] webhook: Option<&str>,
    #[case] answers: Vec<String>,
    #[case] outcome: Subscription,
    #[case] calls: &str,
) {
    let server = Server::answering(HOSTS, answers).await;
    let (store, cell) = cell(saved(webhook));
    let connection = Polar::new(server.world.clone()).connect(cell).unwrap();
    let push = connection.webhook().unwrap();
    assert_eq!(push.application().await.unwrap(), "id");
    assert_eq!(push.subscribe(ADDRESS).await.unwrap(), outcome);
    let made: Vec<String> = server
        .asked()
        .iter()
        .map(|asked| format!("{}{}", asked["method"], asked["path"].strip_prefix("/v3/webhooks").unwrap()))
        .collect();
    assert_eq!(made.join(" "), calls);
    let kept: Saved = baton_core::TokenStore::load(&*store).await.unwrap().unpack().unwrap();
    assert_eq!(kept.webhook.unwrap().key.expose(), "planted-key");
    assert!(server.asked().iter().all(|asked| !asked.contains_key("bearer")), "the keys are in the header");
}

#[rstest]
#[case::of_somebody_else(listed("zz", "https://other.example/x", true, &EVENTS), "bad_input", "other.example")]
#[case::unreachable("!400\n{}".into(), "service_changed", "400")]
#[case::wrong_keys("!401\n{}".into(), "sign_in_required", "connect the account again")]
#[case::other_form("7".into(), "service_changed", "form")]
#[tokio::test]
async fn what_is_in_the_way_is_said(#[case] answer: String, #[case] kind: &str, #[case] words: &str) {
    let server = Server::answering(HOSTS, vec![answer]).await;
    let push = Push::new(&server.world, cell(saved(None)).1);
    let error = push.subscribe(ADDRESS).await.unwrap_err();
    assert!(error.kind.name() == kind && error.message.contains(words), "{error:?}");
    assert!(!error.message.contains("planted"), "{error}");
}

#[tokio::test]
async fn an_address_that_does_not_answer_and_keys_that_are_not_kept_are_said() {
    let server = Server::answering(HOSTS, vec![NONE.into(), "!400\n{}".into()]).await;
    let push = Push::new(&server.world, cell(saved(None)).1);
    let error = push.subscribe(ADDRESS).await.unwrap_err();
    assert!(error.kind == ErrorKind::BadInput && error.message.contains(ADDRESS), "{error}");
    let older = Tokens::pack(&json!({"access": "A0", "user_id": "10579"})).unwrap();
    let push = Push::new(&server.world, cell(older).1);
    assert_eq!(push.subscribe(ADDRESS).await.unwrap_err().kind, ErrorKind::SignInRequired);
}

/// The signature of `{"event":"EXERCISE","user_id":475}`, by another program.
const SIGNED: &str = "ef1d80b0bed009efb5c30005feff659a40ccf1a80b9192155c2a6d573fc2b27e";
const EXERCISE: &str = r#"{"event":"EXERCISE","user_id":475}"#;

#[rstest]
#[case::exercise(EXERCISE, SIGNED, "Of(\"475\")")]
#[case::in_capitals(EXERCISE, &SIGNED.to_uppercase(), "Of(\"475\")")]
#[case::changed(r#"{"event":"EXERCISE","user_id":476}"#, SIGNED, "Refused")]
#[case::unsigned(EXERCISE, "", "Refused")]
#[case::cut(EXERCISE, &SIGNED[..62], "Refused")]
#[case::no_digits(EXERCISE, "zz", "Refused")]
#[case::odd(EXERCISE, "abc", "Refused")]
#[case::a_trial(r#"{"timestamp":"2018-05-15T14:22:24Z","event":"PING"}"#, "", "Nothing")]
#[case::no_json("hello", "", "Refused")]
#[case::nothing("", "", "Refused")]
#[tokio::test]
async fn only_what_is_signed_is_news(#[case] body: &str, #[case] signature: &str, #[case] expected: &str) {
    let server = Server::answering(HOSTS, vec![]).await;
    let push = Push::new(&server.world, cell(saved(Some("abdf33"))).1);
    let headers = vec![("Polar-Webhook-Signature".to_owned(), signature.to_owned())];
    let posted = Posted { headers, body: body.as_bytes().to_vec() };
    assert_eq!(format!("{:?}", push.read(&posted).await.unwrap()), expected);
    // Before the subscription nobody can sign.
    let push = Push::new(&server.world, cell(saved(None)).1);
    let news = push.read(&posted).await.unwrap();
    assert_eq!(news == News::Nothing, expected == "Nothing");
}

#[tokio::test]
async fn other_events_are_taken_and_nothing_more() {
    let server = Server::answering(HOSTS, vec![]).await;
    let push = Push::new(&server.world, cell(saved(Some("abdf33"))).1);
    for body in [r#"{"event":"SLEEP","user_id":475,"date":"2026-01-01"}"#, r#"{"event":"EXERCISE"}"#, "[]"] {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"planted-key").unwrap();
        mac.update(body.as_bytes());
        let signature = hexadecimal(&mac.finalize().into_bytes());
        let posted = Posted { headers: vec![(SIGNATURE.into(), signature)], body: body.into() };
        assert_eq!(push.read(&posted).await.unwrap(), News::Nothing, "{body}");
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
