//! Sign-ins, and the tokens that they leave, against a listener that answers what it is told to.

use baton_core::{ErrorKind, Secret, Service};
use rstest::rstest;
use serde_json::json;

use super::super::Strava;
use super::super::tokens::Saved;
use super::*;
use crate::test_server::Server;

const HOSTS: &str = "[strava]\nweb = BASE\napi = BASE";
const GRANT: &str = r#"{"token_type":"Bearer","access_token":"A1","refresh_token":"R1","expires_at":1795269600,"expires_in":21600,
                        "athlete":{"id":26462176,"username":null,"firstname":"Sam","lastname":"Rider"}}"#;

fn fault(status: u16, resource: &str, field: &str, code: &str) -> String {
    let errors = json!([{"resource": resource, "field": field, "code": code}]);
    format!("!{status}\n{}", json!({"message": "Bad Request", "errors": errors}))
}

fn keys() -> Reply {
    Reply::AppKeys { client_id: " 4711 ".into(), client_secret: Secret::new("s3cret\n") }
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

fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().find(|(it, _)| it == name).unwrap().1.into_owned()
}

/// Pastes the address that the browser ends at, with this after its state.
async fn paste(server: &Server, rest: &str) -> Result<Next> {
    let mut flow = begin(PASTE, &server.world).unwrap();
    let prompt = ask(&mut flow, None).await;
    assert!(matches!(prompt, Prompt::AppKeys { redirect_uri, .. } if redirect_uri == "localhost"));
    let Prompt::Paste { help } = ask(&mut flow, Some(keys())).await else { panic!("no paste") };
    assert!(help.contains("client_id=4711&") && !help.contains("s3cret"), "{help}");
    let page = help.split(' ').find(|word| word.starts_with("http")).unwrap();
    let state = parameter(page, "state");
    flow.next(Some(Reply::Text(Secret::new(format!("http://localhost/callback?state={state}&{rest}"))))).await
}

const ALL: &str = "code=c0de&scope=read,profile:read_all,profile:write,activity:read_all,activity:write";

#[tokio::test]
async fn a_pasted_address_becomes_tokens() {
    let server = Server::answering(HOSTS, vec![GRANT.into()]).await;
    let signed_in = finished(paste(&server, ALL).await);
    assert_eq!((signed_in.user_key.as_str(), signed_in.display_name.as_str()), ("26462176", "Sam Rider"));
    let saved: Saved = signed_in.tokens.unpack().unwrap();
    assert!(saved.has("activity:write") && saved.has("profile:write") && !saved.has("activity:read"));
    let asked = &server.asked()[0];
    let sent = |name: &str| asked.get(name).map(String::as_str);
    assert_eq!((sent("method"), sent("path")), (Some("POST"), Some("/oauth/token")));
    assert_eq!((sent("client_id"), sent("client_secret")), (Some("4711"), Some("s3cret")));
    assert_eq!((sent("grant_type"), sent("code")), (Some("authorization_code"), Some("c0de")));
}

#[rstest]
#[case::spent(fault(400, "RequestToken", "code", "invalid"), "used before")]
#[case::id(fault(400, "Application", "client_id", "invalid"), "does not know this client ID")]
#[case::secret(fault(401, "Application", "client_secret", "invalid"), "does not know this client ID")]
#[tokio::test]
async fn a_refusal_is_one_sentence(#[case] answer: String, #[case] words: &str) {
    let server = Server::answering(HOSTS, vec![answer]).await;
    let error = paste(&server, ALL).await.err().unwrap();
    assert!(error.kind == ErrorKind::SignInRequired && error.message.contains(words), "{error:?}");
    assert_eq!(server.asked().len(), 1, "the token call is never repeated");
}

#[rstest]
#[case::unpaid(fault(403, "Application", "Status", "Inactive"), "subscribe")]
#[case::full("!403\n{\"message\":\"limit of connected athletes exceeded\",\"errors\":[]}".into(), "no more athletes")]
#[tokio::test]
async fn an_application_that_is_refused_sends_its_owner_to_the_settings(
    #[case] answer: String,
    #[case] words: &str,
) {
    let server = Server::answering(HOSTS, vec![answer]).await;
    let error = paste(&server, ALL).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::ConsentRequired { link: "https://www.strava.com/settings/api".into() });
    assert!(error.message.contains(words), "{error}");
}

#[rstest]
#[case("<!DOCTYPE html><p>hello", ErrorKind::ServiceChanged)]
#[case(r#"{"access_token":"A1"}"#, ErrorKind::ServiceChanged)]
#[case(r#"{"access_token":"A1","refresh_token":"R1"}"#, ErrorKind::ServiceChanged)]
#[case("!503\n", ErrorKind::ServiceDown)]
#[tokio::test]
async fn other_answers_are_no_sign_in(#[case] answer: &str, #[case] kind: ErrorKind) {
    let server = Server::answering(HOSTS, vec![answer.into()]).await;
    assert_eq!(paste(&server, ALL).await.err().unwrap().kind, kind);
}

#[tokio::test]
async fn without_the_permission_to_upload_nothing_is_asked() {
    let server = Server::answering(HOSTS, vec![]).await;
    let error = paste(&server, "code=c0de&scope=read,activity:read_all").await.err().unwrap();
    assert!(
        error.kind == ErrorKind::SignInRequired && error.message.contains("upload activities"),
        "{error}"
    );
    let error = paste(&server, "error=access_denied").await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::SignInRequired);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn the_browser_comes_back_with_what_was_allowed() {
    let server = Server::answering(HOSTS, vec![GRANT.into()]).await;
    let mut flow = begin(BROWSER, &server.world).unwrap();
    ask(&mut flow, None).await;
    let Prompt::Browser { url } = ask(&mut flow, Some(keys())).await else { panic!("no browser") };
    let (redirect, state) = (parameter(&url, "redirect_uri"), parameter(&url, "state"));
    assert!(redirect.starts_with("http://127.0.0.1:"), "{redirect}");
    let back = format!("{redirect}?state={state}&code=c0de&scope=read,activity:write");
    let browser = tokio::spawn({
        let http = server.world.http.clone();
        async move { http.get(back).send(&http.pacer(Duration::ZERO, 1)).await }
    });
    let saved: Saved = finished(flow.next(None).await).tokens.unpack().unwrap();
    assert!(saved.has("activity:write") && !saved.has("activity:read_all"));
    assert_eq!(browser.await.unwrap().unwrap().status, 200);
    assert!(flow.next(None).await.is_err(), "it is over");
}

#[test]
fn other_methods_and_domains_are_named() {
    let world = Arc::new(World::new(crate::Endpoints::default(), Arc::new(chrono::Utc::now)));
    assert!(begin("magic", &world).err().unwrap().message.contains("magic"));
    let service = Strava::new(world);
    for method in service.info().sign_in {
        assert!(service.sign_in(method.id, None).is_ok());
    }
    assert!(service.sign_in(PASTE, Some("strava.cn")).err().unwrap().message.contains("strava.cn"));
}
