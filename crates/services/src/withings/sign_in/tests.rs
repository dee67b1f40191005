//! Sign-ins, and the tokens that they leave, against a listener that answers what it is told to.

use std::sync::Arc;

use baton_core::{Connection, ErrorKind, Next, Prompt, Reply, Secret, Service, SignedIn, Tokens, Window};
use futures::StreamExt;
use rstest::rstest;
use serde_json::json;

use super::super::Withings;
use super::*;
use crate::test_server::{Server, cell};

const HOSTS: &str = "[withings]\naccount = BASE\napi = BASE";
const GRANT: &str = r#"{"status":0,"body":{"userid":"363","access_token":"A1","refresh_token":"R1","expires_in":10800,
                        "scope":"user.metrics","csrf_token":"x","token_type":"Bearer"}}"#;

fn granted(number: u32, life: i64) -> String {
    json!({"status": 0, "body": {"userid": 363, "access_token": format!("A{number}"),
           "refresh_token": format!("R{number}"), "expires_in": life}})
    .to_string()
}

fn refused(status: i64, words: &str) -> String {
    json!({"status": status, "body": {}, "error": words}).to_string()
}

fn keys() -> Reply {
    Reply::AppKeys { client_id: " id ".into(), client_secret: Secret::new("s3cret\n") }
}

fn text(text: &str) -> Reply {
    Reply::Text(Secret::new(text))
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

async fn paste(server: &Server, code: &str) -> Result<Next> {
    let mut flow = begin(PASTE, &server.world).unwrap();
    let prompt = ask(&mut flow, None).await;
    let redirect_uri = format!("http://localhost:{PORT}/callback");
    assert!(matches!(prompt, Prompt::AppKeys { redirect_uri: told, .. } if told == redirect_uri));
    let Prompt::Paste { help } = ask(&mut flow, Some(keys())).await else { panic!("no paste") };
    assert!(help.contains("client_id=id&") && !help.contains("s3cret"));
    flow.next(Some(text(code))).await
}

#[tokio::test]
async fn a_pasted_code_becomes_tokens() {
    let server = Server::answering(HOSTS, vec![GRANT.into()]).await;
    let signed_in = finished(paste(&server, "http://localhost/callback?code=c0de").await);
    assert_eq!((signed_in.user_key.as_str(), signed_in.display_name.as_str()), ("363", "Withings user 363"));
    let asked = &server.asked()[0];
    let sent = |name: &str| asked.get(name).map(String::as_str);
    assert_eq!(sent("path"), Some("/v2/oauth2"));
    assert_eq!((sent("action"), sent("grant_type")), (Some("requesttoken"), Some("authorization_code")));
    assert_eq!((sent("client_id"), sent("client_secret")), (Some("id"), Some("s3cret")));
    assert_eq!((sent("code"), sent("nonce")), (Some("c0de"), None));
    assert_eq!(sent("redirect_uri"), Some("http://localhost:8765/callback"));
}

#[rstest]
#[case::late(503, "Invalid Params: invalid code", ErrorKind::SignInRequired, "30 seconds")]
#[case::redirect(
    293,
    "Wrong redirect_uri",
    ErrorKind::SignInRequired,
    "exactly http://localhost:8765/callback"
)]
#[case::keys(401, "invalid_client", ErrorKind::SignInRequired, "does not know this client ID")]
#[case::keys_by_another_status(100, "", ErrorKind::SignInRequired, "does not know this client ID")]
#[case::broken(2555, "", ErrorKind::SignInRequired, "allow what it asks for")]
#[case::trouble(524, "", ErrorKind::ServiceDown, "problem of its own")]
#[tokio::test]
async fn a_refusal_is_one_sentence(
    #[case] status: i64,
    #[case] vendor: &str,
    #[case] kind: ErrorKind,
    #[case] words: &str,
) {
    let server = Server::answering(HOSTS, vec![refused(status, vendor)]).await;
    let error = paste(&server, "c0dec0de").await.err().unwrap();
    assert!(error.kind == kind && error.message.contains(words), "{error:?}");
    assert_eq!(server.asked().len(), 1, "the token call is never repeated");
}

#[tokio::test]
async fn too_many_sign_ins_wait_as_told() {
    let answer = r#"{"status":601,"body":{"wait_seconds":188},"error":"Too Many Requests"}"#;
    let server = Server::answering(HOSTS, vec![answer.into()]).await;
    let error = paste(&server, "c0dec0de").await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::RateLimited { until: "2026-11-21T08:03:08Z".parse().unwrap() });
}

#[tokio::test]
async fn a_web_page_is_a_changed_service() {
    let server = Server::answering(HOSTS, vec!["<!DOCTYPE html><p>hello".into()]).await;
    assert_eq!(paste(&server, "c0dec0de").await.err().unwrap().kind, ErrorKind::ServiceChanged);
}

#[tokio::test]
async fn where_a_signature_is_wanted_the_secret_stays_here() {
    let answers = vec![
        refused(503, "Invalid Params: missing signature"),
        r#"{"status":0,"body":{"nonce":"n0nce"}}"#.into(),
        granted(1, 60),
        r#"{"status":0,"body":{"nonce":"n1nce"}}"#.into(),
        granted(2, 10_800),
        EMPTY.into(),
    ];
    let server = Server::answering(HOSTS, answers).await;
    let signed_in = finished(paste(&server, "c0dec0de").await);
    let asked = server.asked();
    assert_eq!((asked[1]["action"].as_str(), asked[1]["timestamp"].as_str()), ("getnonce", "1795248000"));
    assert_eq!((asked[2]["nonce"].as_str(), asked[2]["signature"].len()), ("n0nce", 64));
    assert_eq!(asked[2]["code"], "c0dec0de");
    assert!(!asked[1].contains_key("client_secret") && !asked[2].contains_key("client_secret"));

    // It is remembered: the renewal is signed from the start.
    let (_, cell) = cell(signed_in.tokens);
    let connection = Withings::new(server.world.clone()).connect(cell).unwrap();
    assert!(listed(connection.as_ref()).await.unwrap().is_empty());
    let asked = server.asked();
    assert_eq!((asked[3]["path"].as_str(), asked[4]["refresh_token"].as_str()), ("/v2/signature", "R1"));
    assert!(!asked[4].contains_key("client_secret"));
}

#[tokio::test]
async fn a_window_watches_for_the_registered_address() {
    let server = Server::answering(HOSTS, vec![GRANT.into(), GRANT.into()]).await;
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

/// One test for both, because the port is one.
#[tokio::test]
async fn the_browser_comes_back_to_the_fixed_port() {
    let server = Server::answering(HOSTS, vec![GRANT.into(), GRANT.into()]).await;
    for (method, name) in [(BROWSER, "Withings user 363"), (DEMO, "Withings demo person")] {
        let mut flow = begin(method, &server.world).unwrap();
        ask(&mut flow, None).await;
        let second = begin(method, &server.world).unwrap().next(None).await;
        assert!(second.err().unwrap().message.contains("8765"), "the port is in use");
        let Prompt::Browser { url } = ask(&mut flow, Some(keys())).await else { panic!("no browser") };
        assert_eq!(url.contains("mode=demo"), method == DEMO);
        let back = format!("http://127.0.0.1:{PORT}/callback?code=c0de&state={}", state_of(&url));
        let browser = tokio::spawn({
            let http = server.world.http.clone();
            async move { http.get(back).send(&http.pacer(std::time::Duration::ZERO, 1)).await }
        });
        assert_eq!(finished(flow.next(None).await).display_name, name);
        assert_eq!(browser.await.unwrap().unwrap().status, 200);
    }
}

#[tokio::test]
async fn withings_syncs_files_are_taken_over_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let user = r#"{"access_token":"old","refresh_token":"theirs","userid":"363","last_sync":1}"#;
    std::fs::write(folder.path().join(".withings_user.json"), user).unwrap();
    let server = Server::answering(HOSTS, vec![GRANT.into(), GRANT.into(), refused(503, "")]).await;

    // Without its application the keys are asked for.
    let mut flow = begin(IMPORT, &server.world).unwrap();
    ask(&mut flow, None).await;
    assert!(matches!(ask(&mut flow, Some(text(path))).await, Prompt::AppKeys { .. }));
    finished(flow.next(Some(keys())).await);

    let application = r#"{"callback_url":"https://x","client_id":"other","consumer_secret":"s"}"#;
    std::fs::write(folder.path().join("withings_app.json"), application).unwrap();
    let mut flow = begin(IMPORT, &server.world).unwrap();
    ask(&mut flow, None).await;
    finished(flow.next(Some(text(path))).await);
    let asked = server.asked();
    assert_eq!((asked[0]["client_id"].as_str(), asked[1]["client_id"].as_str()), ("id", "other"));
    assert!(
        asked.iter().all(|call| call["refresh_token"] == "theirs" && call["grant_type"] == "refresh_token")
    );

    let mut flow = begin(IMPORT, &server.world).unwrap();
    ask(&mut flow, None).await;
    let error = flow.next(Some(text(path))).await.err().unwrap();
    assert!(
        error.kind == ErrorKind::SignInRequired && error.message.contains("ended this permission"),
        "{error}"
    );
}

#[test]
fn other_methods_and_missing_keys_are_named() {
    let world = Arc::new(World::new(crate::Endpoints::default(), Arc::new(chrono::Utc::now)));
    assert!(begin("magic", &world).err().unwrap().message.contains("magic"));
    let named: Vec<&str> = super::super::INFO.sign_in.iter().map(|method| method.id).collect();
    for method in named {
        assert!(begin(method, &world).is_ok());
    }
}

const EMPTY: &str =
    r#"{"status":0,"body":{"updatetime":"1","timezone":"Europe/Oslo","measuregrps":[],"more":0,"offset":0}}"#;

async fn listed(connection: &dyn Connection) -> Result<Vec<baton_core::Entry>> {
    let source = connection.source().unwrap();
    source.list(Window::ALL).collect::<Vec<_>>().await.into_iter().collect()
}

fn page(numbers: std::ops::Range<i64>, more: &serde_json::Value, offset: i64) -> String {
    let groups: Vec<_> = numbers
        .map(|id| {
            json!({"grpid": id, "attrib": 0, "date": 1_700_000_000 + id, "created": 1_700_000_000, "category": 1,
                   "measures": [{"type": 1, "value": 700, "unit": -1}]})
        })
        .collect();
    json!({"status": 0, "body": {"timezone": "Europe/Berlin", "measuregrps": groups, "more": more, "offset": offset}})
        .to_string()
}

fn saved(life: i64) -> Tokens {
    let now = "2026-11-21T08:00:00Z".parse::<baton_core::Time>().unwrap().timestamp();
    let saved = json!({"keys": {"client_id": "id", "secret": "s3cret"}, "access": "A0", "refresh": "R0",
                       "expires": now + life, "user_id": "363"});
    Tokens::pack(&saved).unwrap()
}

#[tokio::test]
async fn pages_are_read_to_the_end_and_heights_once() {
    let answers = vec![
        page(1..3, &json!(1), 2),
        page(3..5, &json!(true), 4),
        page(4..6, &json!(false), 0),
        EMPTY.into(),
        page(1..2, &serde_json::Value::Null, 0),
    ];
    let server = Server::answering(HOSTS, answers).await;
    let (_, cell) = cell(saved(9000));
    let connection = Withings::new(server.world.clone()).connect(cell).unwrap();
    let entries = listed(connection.as_ref()).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["1", "2", "3", "4", "5"]);
    assert_eq!(listed(connection.as_ref()).await.unwrap().len(), 1);
    let asked = server.asked();
    let offsets: Vec<Option<&str>> =
        asked.iter().map(|call| call.get("offset").map(String::as_str)).collect();
    assert_eq!(offsets, [None, Some("2"), Some("4"), None, None]);
    assert!(asked.iter().all(|call| call["bearer"] == "A0" && call["category"] == "1"));
    assert_eq!(asked[3]["meastype"], "4");
    assert_ne!(asked[0]["startdate"], asked[4]["startdate"], "the same call would be refused");
}

#[tokio::test]
async fn what_was_edited_long_after_comes_whole() {
    let group = |id: i64, kind: i64| {
        json!({"grpid": id, "attrib": 0, "date": 1_700_000_000, "created": 1_700_000_000,
               "modified": 1_700_000_000 + id, "category": 1,
               "measures": [{"type": kind, "value": 700, "unit": -1}]})
    };
    let answer = |groups: serde_json::Value| {
        json!({"status": 0, "body": {"timezone": "Europe/Berlin", "measuregrps": groups}}).to_string()
    };
    let answers = vec![
        answer(json!([])),
        answer(json!([group(9, 1)])),
        answer(json!([group(8, 11), group(9, 1)])),
        answer(json!([])),
    ];
    let server = Server::answering(HOSTS, answers).await;
    let (_, cell) = cell(saved(9000));
    let connection = Withings::new(server.world.clone()).connect(cell).unwrap();
    let from: baton_core::Time = "2026-11-01T00:00:00Z".parse().unwrap();
    let window = Window { from: Some(from), until: None };
    let entries: Vec<_> = connection.source().unwrap().list(window).collect().await;
    let [Ok(entry)] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!((entry.key.as_str(), entry.revision.as_str()), ("8", "8@1700000008 9@1700000009"));
    let asked = server.asked();
    let since: i64 = asked[1]["lastupdate"].parse().unwrap();
    assert!((from.timestamp() - 60..=from.timestamp()).contains(&since), "{since}");
    assert!(!asked[1].contains_key("startdate"));
    assert_eq!(asked[2]["enddate"], "1700000000");
}

#[tokio::test]
async fn a_token_that_ended_is_renewed_once_and_saved_before_it_is_used() {
    let answers = vec![refused(401, "invalid_token"), granted(1, 10_800), EMPTY.into()];
    let server = Server::answering(HOSTS, answers).await;
    let (store, cell) = cell(saved(9000));
    let connection = Withings::new(server.world.clone()).connect(cell).unwrap();
    assert!(listed(connection.as_ref()).await.unwrap().is_empty(), "no scale is no error");
    let asked = server.asked();
    assert_eq!((asked[1]["refresh_token"].as_str(), asked[2]["bearer"].as_str()), ("R0", "A1"));
    let kept: Saved = store.0.lock().unwrap().unpack().unwrap();
    assert_eq!((kept.access().expose(), kept.user_id()), ("A1", "363"));
}

#[rstest]
#[case::soon(vec![granted(1, 10_800), EMPTY.into()], 299, None)]
#[case::revoked(vec![refused(401, ""), refused(503, "")], 9000, Some((ErrorKind::SignInRequired, "ended this permission")))]
#[case::not_even_the_new_one(
    vec![refused(401, ""), granted(1, 10_800), refused(401, "")], 9000,
    Some((ErrorKind::SignInRequired, "no longer accepts"))
)]
#[case::scope(vec![refused(214, "")], 9000, Some((ErrorKind::SignInRequired, "allow what it asks for")))]
#[case::our_fault(vec![refused(503, "")], 9000, Some((ErrorKind::ServiceChanged, "did not understand")))]
#[case::theirs(vec![refused(522, "")], 9000, Some((ErrorKind::ServiceDown, "problem of its own")))]
#[case::no_list(vec![r#"{"status":0,"body":{}}"#.into()], 9000, Some((ErrorKind::ServiceChanged, "form")))]
#[case::endless(
    vec![page(1..2, &json!(1), 1), page(1..2, &json!(1), 1)], 9000,
    Some((ErrorKind::ServiceChanged, "form"))
)]
#[case::early_renewal_may_wait(vec![refused(524, ""), EMPTY.into()], 200, None)]
#[tokio::test]
async fn what_answers_mean(
    #[case] answers: Vec<String>,
    #[case] life: i64,
    #[case] expected: Option<(ErrorKind, &str)>,
) {
    let count = answers.len();
    let server = Server::answering(HOSTS, answers).await;
    let (_, cell) = cell(saved(life));
    let connection = Withings::new(server.world.clone()).connect(cell).unwrap();
    let error = listed(connection.as_ref()).await.err();
    let told = error.as_ref().map(|error| error.kind.clone());
    assert_eq!(told, expected.as_ref().map(|(kind, _)| kind.clone()), "{error:?}");
    if let (Some(error), Some((_, words))) = (error, expected) {
        assert!(error.message.contains(words), "{error}");
    }
    assert_eq!(server.asked().len(), count);
}

#[tokio::test]
async fn a_measurement_can_be_fetched_alone() {
    let answers = vec![page(7..9, &json!(0), 0), EMPTY.into(), page(7..8, &json!(0), 0), EMPTY.into()];
    let server = Server::answering(HOSTS, answers).await;
    let (_, cell) = cell(saved(9000));
    let connection = Withings::new(server.world.clone()).connect(cell).unwrap();
    let entries = listed(connection.as_ref()).await.unwrap();
    let source = connection.source().unwrap();
    let fetched = source.fetch(&entries[0]).await.unwrap();
    assert_eq!(fetched.item, entries[0].measured.clone().unwrap().into());
    assert_eq!(source.fetch(&entries[1]).await.err().unwrap().kind.name(), "rejected");
}
