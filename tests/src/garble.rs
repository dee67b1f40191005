//! A proxy in front of a simulator that spoils the JSON of its answers, always in the same way for the same bytes: what a
//! vendor may one day answer, and worse.

use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::server::{RunningServer, lock};

/// No answer of a simulator is larger.
const LARGEST: usize = 64 << 20;
/// These belong to one connection, and to a body that is not spoiled.
const OWN: [HeaderName; 4] =
    [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];

/// The proxy; it stops when dropped.
#[derive(Debug)]
pub struct Garbler {
    server: RunningServer,
    choices: Arc<Mutex<Option<Choices>>>,
}

struct Shared {
    target: String,
    client: reqwest::Client,
    choices: Arc<Mutex<Option<Choices>>>,
}

impl Garbler {
    /// Starts in front of a simulator. Answers pass as they are until [`Garbler::spoil`].
    pub fn before(simulator: &str) -> io::Result<Garbler> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let choices = Arc::<Mutex<Option<Choices>>>::default();
        let shared = Arc::new(Shared {
            target: simulator.to_owned(),
            client: client.build().map_err(io::Error::other)?,
            choices: choices.clone(),
        });
        let server = RunningServer::start(|_| Router::new().fallback(pass_on).with_state(shared))?;
        Ok(Garbler { server, choices })
    }

    /// `http://127.0.0.1:PORT`, without a trailing slash.
    pub fn base(&self) -> &str {
        self.server.base()
    }

    /// From now on each answer is spoiled as these bytes say, one after the other; where they are used up, it passes.
    pub fn spoil(&self, choices: &[u8]) {
        *lock(&self.choices) = Some(Choices { bytes: choices.to_vec(), next: 0 });
    }
}

async fn pass_on(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    match ask(&shared, request).await {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

async fn ask(
    shared: &Shared,
    request: Request,
) -> Result<Response, Box<dyn std::error::Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let call = shared
        .client
        .request(parts.method, format!("{}{path}", shared.target))
        .headers(without_own(parts.headers))
        .body(to_bytes(body, LARGEST).await?);
    let answer = call.send().await?;
    let (status, headers) = (answer.status(), without_own(answer.headers().clone()));
    let bytes = answer.bytes().await?.to_vec();
    let bytes = match lock(&shared.choices).as_mut() {
        Some(choices) => spoiled(bytes, choices),
        None => bytes,
    };
    let mut response = Response::new(Body::from(bytes));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    Ok(response)
}

fn without_own(mut headers: HeaderMap) -> HeaderMap {
    for name in &OWN {
        headers.remove(name);
    }
    headers
}

/// Bytes that decide; all zero once they are used up.
#[derive(Debug)]
struct Choices {
    bytes: Vec<u8>,
    next: usize,
}

impl Choices {
    fn is_over(&self) -> bool {
        self.next >= self.bytes.len()
    }

    fn byte(&mut self) -> usize {
        let byte = self.bytes.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        usize::from(byte)
    }

    /// Less than `most`.
    fn below(&mut self, most: usize) -> usize {
        (self.byte() << 8 | self.byte()) % most.max(1)
    }
}

fn spoiled(mut bytes: Vec<u8>, choices: &mut Choices) -> Vec<u8> {
    if choices.is_over() {
        return bytes;
    }
    match choices.byte() % 8 {
        0 => bytes,
        1 => {
            bytes.truncate(choices.below(bytes.len() + 1));
            bytes
        }
        2 => {
            let place = choices.below(bytes.len());
            if let Some(byte) = bytes.get_mut(place) {
                *byte = choices.byte() as u8;
            }
            bytes
        }
        times => match serde_json::from_slice::<Value>(&bytes) {
            Ok(mut value) => {
                (3..=times).for_each(|_| change(&mut value, choices));
                value.to_string().into_bytes()
            }
            Err(_) => bytes,
        },
    }
}

/// Changes one place in a value, at any depth.
fn change(value: &mut Value, choices: &mut Choices) {
    // Deep down there is more to go wrong than on top.
    let goes_down = !choices.byte().is_multiple_of(8);
    let inside = match value {
        Value::Array(values) if goes_down => {
            let index = choices.below(values.len());
            values.get_mut(index)
        }
        Value::Object(fields) if goes_down => {
            let index = choices.below(fields.len());
            fields.values_mut().nth(index)
        }
        _ => None,
    };
    match inside {
        Some(inside) => change(inside, choices),
        None => *value = other(value, choices),
    }
}

fn other(value: &Value, choices: &mut Choices) -> Value {
    match choices.byte() % 20 {
        0 => Value::Null,
        1 => json!(""),
        2 => json!("\u{0}\u{202e}é".repeat(choices.byte() + 1)),
        3 => json!(0),
        4 => json!(-1),
        5 => json!(1e308),
        6 => json!(-1e308),
        7 => json!(u64::MAX),
        8 => json!(i64::MIN),
        9 => json!(0.1),
        10 => json!(true),
        11 => json!([]),
        12 => json!({}),
        13 => json!([value, value, value]),
        14 => json!("2026-02-30T25:61:61Z"),
        15 => json!("9".repeat(40)),
        16 => json!("PT1e400S"),
        17 => (0..100).fold(value.clone(), |inner, _| json!([inner])),
        18 => match value {
            Value::Array(values) => values.iter().rev().chain(values).cloned().collect(),
            Value::Object(fields) => fields.clone().into_iter().skip(1).collect::<Map<_, _>>().into(),
            Value::Number(number) => json!(number.as_f64().unwrap_or(0.0) * 1e6),
            Value::String(text) => json!(text.chars().rev().collect::<String>()),
            other => json!([other]),
        },
        _ => json!(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoil(answer: &str, choices: &[u8]) -> String {
        let mut choices = Choices { bytes: choices.to_vec(), next: 0 };
        String::from_utf8(spoiled(answer.into(), &mut choices)).unwrap()
    }

    #[test]
    fn the_bytes_decide() {
        let answer = r#"{"a":[1,2],"b":"x"}"#;
        assert_eq!(spoil(answer, &[]), answer);
        assert_eq!(spoil(answer, &[1, 0, 3]), r#"{"a"#);
        // Down into `a`, its second, which becomes nothing.
        assert_eq!(spoil(answer, &[3, 1, 0, 0, 1, 0, 1, 1, 0]), r#"{"a":[1,null],"b":"x"}"#);
        // The whole answer becomes a list.
        assert_eq!(spoil(answer, &[3, 0, 11]), "[]");
    }
}
