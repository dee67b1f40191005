//! A listener of a few lines that plays a vendor in this crate's tests: it answers each call with the next text and
//! remembers what was asked. The simulators that behave like the vendors are in the project's own tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use baton_core::{Result, Time, TokenCell, TokenStore, Tokens};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{Endpoints, World};

/// The fields of one call's form, and beside them `method`, `path`, `bearer`, `cookie` and the whole `body`.
pub type Asked = BTreeMap<String, String>;

pub struct Server {
    pub world: Arc<World>,
    pub asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Each answer is a whole JSON body under status 200, or begins with `!401` (and header lines, with ` | ` between them)
    /// for another one. In `endpoints`, BASE stands for the listener's address.
    pub async fn answering(endpoints: &str, answers: Vec<String>) -> Server {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let call = read(&mut stream).await;
                log.lock().unwrap().push(call);
                stream.write_all(written(&answer).as_bytes()).await.unwrap();
            }
        });
        let toml = format!("pace = 0\n{}", endpoints.replace("BASE", &format!("\"{base}\"")));
        let clock = Arc::new(|| "2026-11-21T08:00:00Z".parse::<Time>().unwrap());
        let world = Arc::new(World::new(Endpoints::parse(&toml).unwrap(), clock));
        Server { world, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn written(answer: &str) -> String {
    let (status, header, body) = match answer.strip_prefix('!') {
        Some(told) => {
            let (head, body) = told.split_once('\n').unwrap_or((told, ""));
            let (status, header) = head.split_once(' ').unwrap_or((head, "x-nothing: more"));
            (status, header.replace(" | ", "\r\n"), body)
        }
        None => ("200", "x-nothing: more".to_owned(), answer),
    };
    let kind = if body.starts_with('<') { "text/html" } else { "application/json" };
    let length = body.len();
    // An answer of 204 has no length.
    let length = if status == "204" { String::new() } else { format!("content-length: {length}\r\n") };
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{header}\r\nconnection: close\r\n{length}\r\n{body}"
    )
}

async fn read(stream: &mut tokio::net::TcpStream) -> Asked {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut chunk = [0; 4096];
        let length = stream.read(&mut chunk).await.unwrap();
        bytes.extend_from_slice(&chunk[..length]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let told = head.to_ascii_lowercase();
            let wanted = told.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if bytes.len() - end - 4 >= wanted.unwrap_or(0) {
                break (head, String::from_utf8_lossy(&bytes[end + 4..]).into_owned());
            }
        }
        assert!(length > 0, "a request ended early");
    };
    let is_form = head.to_ascii_lowercase().contains("application/x-www-form-urlencoded");
    let mut asked = if is_form { crate::oauth::parse_form(&body) } else { Asked::default() };
    let mut words = head.split(' ').map(str::to_owned);
    asked.extend(["method", "path"].into_iter().filter_map(|name| Some((name.to_owned(), words.next()?))));
    for (name, start) in [("bearer", "authorization: Bearer "), ("cookie", "cookie: ")] {
        let found = head.lines().find_map(|line| line.strip_prefix(start));
        asked.extend(found.map(|value| (name.to_owned(), value.to_owned())));
    }
    asked.insert("body".into(), body);
    asked
}

/// Tokens in memory.
pub struct Memory(pub Mutex<Tokens>);

#[async_trait]
impl TokenStore for Memory {
    async fn load(&self) -> Result<Tokens> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn save(&self, tokens: &Tokens) -> Result<()> {
        *self.0.lock().unwrap() = tokens.clone();
        Ok(())
    }

    async fn lock(&self) -> Result<Box<dyn Send>> {
        Ok(Box::new(()))
    }
}

pub fn cell(tokens: Tokens) -> (Arc<Memory>, Arc<TokenCell>) {
    let store = Arc::new(Memory(Mutex::new(tokens)));
    (store.clone(), Arc::new(TokenCell::new(store)))
}
