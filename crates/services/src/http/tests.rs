//! Tests of the client against a listener of a few lines that answers what it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};

use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::answer::retry_after;
use super::*;

/// Answers each connection with the next text; an empty one breaks the connection off after the request was read.
async fn vendor(answers: Vec<&'static str>) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = [0; 4096];
            let _ = stream.read(&mut bytes).await;
            count.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (base, asked)
}

fn http(base: &str) -> Http {
    let endpoints = Endpoints::parse(&format!("pace = 0\n[garmin]\nsso = \"{base}\"")).unwrap();
    Http::new(&endpoints, Arc::new(|| "2026-11-21T08:00:00Z".parse().unwrap())).of("Test Service")
}

const OK: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
const DOWN: &str = "HTTP/1.1 503 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn reading_is_repeated_once() {
    let (base, asked) = vendor(vec![DOWN, OK]).await;
    let http = http(&base);
    let answer = http.get(&base).send(&http.pacer(Duration::ZERO, 1)).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn sending_is_not_repeated() {
    let (base, asked) = vendor(vec![DOWN, OK]).await;
    let http = http(&base);
    let answer = http.post(&base).send(&http.pacer(Duration::ZERO, 1)).await.unwrap();
    assert_eq!(answer.ok().err().unwrap().kind, ErrorKind::ServiceDown);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_cut_delivery_is_unsettled_and_a_cut_post_is_not() {
    let (base, asked) = vendor(vec!["", ""]).await;
    let http = http(&base);
    let pacer = http.pacer(Duration::ZERO, 1);
    let delivery = http.post(&base).delivers().send(&pacer).await;
    assert_eq!(delivery.err().unwrap().kind, ErrorKind::Unsettled);
    assert_eq!(http.post(&base).send(&pacer).await.err().unwrap().kind, ErrorKind::ServiceDown);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn no_listener_is_offline_and_the_query_is_never_shown() {
    let http = http("http://127.0.0.1:9");
    let call = http.get("http://127.0.0.1:9/path?ticket=ST-secret");
    let error = call.send(&http.pacer(Duration::ZERO, 1)).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Offline);
    assert!(!error.message.contains("ST-secret"));
}

#[tokio::test]
async fn while_simulating_nothing_else_is_contacted() {
    let http = http("http://127.0.0.1:9");
    let error = http.get("https://example.com/").send(&http.pacer(Duration::ZERO, 1)).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::BadInput);
}

#[tokio::test]
async fn a_page_in_place_of_data_is_a_changed_service() {
    let page =
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>";
    let (base, _) = vendor(vec![page]).await;
    let http = http(&base);
    let answer = http.get(format!("{base}/data?token=x")).send(&http.pacer(Duration::ZERO, 1)).await.unwrap();
    let error = answer.json::<serde_json::Value>().unwrap_err();
    assert_eq!(error.kind, ErrorKind::ServiceChanged);
    assert!(error.message.contains("/data") && !error.message.contains("token"), "{error}");
}

#[tokio::test]
async fn a_wrong_clock_is_named() {
    let refused = "HTTP/1.1 401 No\r\nconnection: close\r\ndate: Fri, 20 Nov 2026 08:00:00 GMT\r\ncontent-length: 0\r\n\r\n";
    let (base, _) = vendor(vec![refused]).await;
    let http = http(&base);
    let error = http.get(&base).send(&http.pacer(Duration::ZERO, 1)).await.unwrap().ok().err().unwrap();
    assert_eq!(error.kind, ErrorKind::SignInRequired);
    assert!(error.message.contains("24 hours ahead"), "{error}");
}

#[tokio::test]
async fn cookies_stay_in_their_session() {
    let set = "HTTP/1.1 302 Go\r\nconnection: close\r\nset-cookie: SESSION=abc; Path=/\r\nlocation: /next?a=b\r\ncontent-length: 0\r\n\r\n";
    let (base, asked) = vendor(vec![set, OK]).await;
    let http = http(&base);
    let pacer = http.pacer(Duration::ZERO, 1);
    let session = http.session();
    let answer = session.request(Method::GET, &base).send(&pacer).await.unwrap();
    let url = Url::parse(&base).unwrap();
    assert_eq!(session.cookie(&url, "SESSION").unwrap().expose(), "abc");
    assert!(http.session().cookie(&url, "SESSION").is_none());
    let Followed::Page(page) = session.follow(answer, &pacer, |_| false).await.unwrap() else {
        panic!("stopped");
    };
    assert_eq!(page.url.path(), "/next");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[rstest]
#[case("120", Some("2026-11-21T08:02:00Z"))]
#[case(" 0 ", Some("2026-11-21T08:00:00Z"))]
#[case("-5", Some("2026-11-21T08:00:00Z"))]
#[case("999999999", Some("2026-11-22T08:00:00Z"))]
#[case("Sat, 21 Nov 2026 08:30:00 GMT", Some("2026-11-21T08:30:00Z"))]
#[case("Sat, 21 Nov 2020 08:30:00 GMT", Some("2026-11-21T08:00:00Z"))]
#[case("soon", None)]
fn both_forms_of_retry_after(#[case] value: &str, #[case] until: Option<&str>) {
    let now = "2026-11-21T08:00:00Z".parse().unwrap();
    assert_eq!(retry_after(value, now), until.map(|until| until.parse().unwrap()));
}
