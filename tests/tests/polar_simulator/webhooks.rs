//! A client's webhook: tried before it is accepted, signed, one at a time, and ended after seven days without an answer.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::ACCEPT;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::*;

/// Somebody who answers everything with this status, and remembers it.
struct Somebody {
    url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

fn somebody(status: u16) -> Somebody {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/news", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = heard.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut text, mut part) = (String::new(), [0; 4096]);
            while !text.ends_with('}') {
                let read = stream.read(&mut part).unwrap();
                if read == 0 {
                    break;
                }
                text += std::str::from_utf8(&part[..read]).unwrap();
            }
            log.lock().unwrap().push(text);
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        }
    });
    Somebody { url, heard }
}

async fn ask(stage: &Stage, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let mut request = client()
        .request(method, format!("{}/v3/webhooks{path}", stage.sim.api()))
        .basic_auth(CLIENT_ID, Some(SECRET))
        .header(ACCEPT, "application/json");
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
}

fn wanted(url: &str) -> Value {
    json!({"events": ["EXERCISE"], "url": url})
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_tried_made_once_changed_and_deleted() {
    let stage = stage();
    assert_eq!(ask(&stage, Method::GET, "", None).await.1, json!({"data": []}));
    assert_eq!(ask(&stage, Method::POST, "/activate", None).await.0, 204, "there is none");
    for url in ["http://127.0.0.1:1/x", &somebody(500).url] {
        assert_eq!(
            ask(&stage, Method::POST, "", Some(wanted(url))).await.0,
            400,
            "it did not answer the ping"
        );
    }
    let good = somebody(200);
    let (status, made) = ask(&stage, Method::POST, "", Some(wanted(&good.url))).await;
    assert_eq!((status, &made["data"]["url"]), (StatusCode::CREATED, &json!(good.url)));
    assert!(made["data"]["signature_secret_key"].as_str().unwrap().len() > 20);
    assert!(good.heard.lock().unwrap()[0].contains(r#""event":"PING""#));
    assert_eq!(ask(&stage, Method::POST, "", Some(wanted(&good.url))).await.0, 409);
    let (_, listed) = ask(&stage, Method::GET, "", None).await;
    let row = &listed["data"][0];
    assert_eq!((&row["id"], &row["active"]), (&made["data"]["id"], &json!(true)));
    assert!(row.get("signature_secret_key").is_none(), "it is told once");
    let own = format!("/{}", row["id"].as_str().unwrap());
    let more = json!({"events": ["EXERCISE", "PHYSICAL_INFORMATION"]});
    assert_eq!(
        ask(&stage, Method::PATCH, &own, Some(more)).await.1["data"][0]["events"].as_array().unwrap().len(),
        2
    );
    assert_eq!(ask(&stage, Method::PATCH, "/zz", Some(wanted(&good.url))).await.0, 404);
    assert_eq!(ask(&stage, Method::DELETE, &own, None).await.0, 204);
    assert_eq!(ask(&stage, Method::DELETE, &own, None).await.0, 404);
    assert_eq!(stage.sim.violations(), [""; 0]);
    assert_eq!(
        ask(&stage, Method::POST, "", Some(json!({"events": ["EVERYTHING"], "url": "x"}))).await.0,
        400
    );
    assert_eq!(stage.get(&stage.token(), "/v3/webhooks", "application/json").await.status(), 401);
    assert_eq!(stage.sim.violations().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_signed_and_ends_after_a_week_without_an_answer() {
    let stage = stage();
    let good = somebody(200);
    let (_, made) = ask(&stage, Method::POST, "", Some(wanted(&good.url))).await;
    let key = made["data"]["signature_secret_key"].as_str().unwrap();
    assert_eq!(stage.sim.tell_of_exercise(CLIENT_ID, stage.person, "A1"), Some(200));
    assert_eq!(stage.sim.tell_of_body(CLIENT_ID, stage.person), None, "not subscribed to");
    let heard = good.heard.lock().unwrap()[1].clone();
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = mac.finalize().into_bytes().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    assert!(head.contains(&format!("Polar-Webhook-Signature: {signature}")), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["event"], &body["entity_id"]), (&json!("EXERCISE"), &json!("A1")));

    let own = format!("/{}", made["data"]["id"].as_str().unwrap());
    let bad = somebody(200);
    assert_eq!(ask(&stage, Method::PATCH, &own, Some(wanted(&bad.url))).await.0, 200);
    assert_eq!(bad.heard.lock().unwrap().len(), 1, "a new address is tried");
    stage.sim.set_webhook_url(CLIENT_ID, "http://127.0.0.1:1/gone");
    for active in [true, true, false] {
        assert_eq!(stage.sim.tell_of_exercise(CLIENT_ID, stage.person, "A1"), None);
        assert_eq!(stage.sim.is_webhook_active(CLIENT_ID), Some(active));
        stage.sim.clock().advance(4 * DAY);
    }
    assert_eq!(ask(&stage, Method::POST, "/activate", None).await.0, 400, "nobody answers");
    stage.sim.set_webhook_url(CLIENT_ID, &good.url);
    assert_eq!(ask(&stage, Method::POST, "/activate", None).await.0, 200);
    assert_eq!(stage.sim.tell_of_exercise(CLIENT_ID, stage.person, "A1"), Some(200));
    assert_eq!(stage.sim.violations(), [""; 0]);
}
