//! Where services post their news: a small HTTP listener for people who can be reached from outside. It takes what is
//! posted, asks what to make of it, and answers with a status and no words.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use baton_core::{Error, Posted, Result};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use url::{Host, Url};

/// News are a few hundred bytes.
const LARGEST: usize = 64 * 1024;
/// A connection that has not said everything by then is closed.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many connections at a time; others wait.
const AT_ONCE: usize = 16;

/// What to make of something that was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Taken,
    Refused,
}

/// The address by which services are to reach a receiver. Everybody between them and this computer could read and change
/// what came by plain http; on this computer there is nobody between.
///
/// # Errors
/// `BadInput` where it is no address, or not one by https.
pub fn public_address(text: &str) -> Result<String> {
    let is_safe = |url: &Url| match (url.scheme(), url.host()) {
        ("https", Some(_)) => url.username().is_empty() && url.password().is_none(),
        ("http", Some(Host::Ipv4(host))) => host.is_loopback(),
        _ => false,
    };
    match Url::parse(text).ok().filter(is_safe) {
        Some(url) => Ok(url.into()),
        None => Err(Error::bad_input(format!(
            "“{text}” is not an address that services can post to; it begins with https://"
        ))),
    }
}

/// A listener that is bound and does not answer yet.
pub struct Receiver {
    listener: TcpListener,
}

impl Receiver {
    /// # Errors
    /// `BadInput` where the address is not this computer's or another program uses it.
    pub async fn bind(address: SocketAddr) -> Result<Receiver> {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Error::bad_input(format!(
                "nothing can listen at {address} ({error}); choose another address or port"
            ))
        })?;
        Ok(Receiver { listener })
    }

    /// Answers until it is dropped. `judge` is asked of every whole POST and should not wait long.
    pub async fn serve<F, Fut>(self, judge: F)
    where
        F: Fn(Posted) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Verdict> + Send + 'static,
    {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let mut connections = tokio::task::JoinSet::new();
        loop {
            // Nobody closes the semaphore.
            let Ok(turn) = turns.clone().acquire_owned().await else { return };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let judge = judge.clone();
                    connections.spawn(async move {
                        let _turn = turn;
                        let _ = tokio::time::timeout(PATIENCE, one(stream, judge)).await;
                    });
                }
                // Too many open files, say: those that are open will end.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
            while connections.try_join_next().is_some() {}
        }
    }
}

async fn one<F, Fut>(stream: TcpStream, judge: F)
where
    F: Fn(Posted) -> Fut + Send + Sync,
    Fut: Future<Output = Verdict> + Send,
{
    let answer = service_fn(|request: Request<Incoming>| async {
        let status = answer(request, &judge).await;
        let mut response = Response::new(Empty::<Bytes>::new());
        *response.status_mut() = status;
        Ok::<_, Infallible>(response)
    });
    let _ = http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), answer).await;
}

async fn answer<F, Fut>(request: Request<Incoming>, judge: &F) -> StatusCode
where
    F: Fn(Posted) -> Fut,
    Fut: Future<Output = Verdict>,
{
    if request.method() != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED;
    }
    let headers = request.headers().iter();
    let text = |value: &hyper::header::HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers =
        headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect();
    let body = match Limited::new(request.into_body(), LARGEST).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(_) => return StatusCode::PAYLOAD_TOO_LARGE,
    };
    match judge(Posted { headers, body }).await {
        Verdict::Taken => StatusCode::OK,
        Verdict::Refused => StatusCode::UNAUTHORIZED,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn send(address: SocketAddr, text: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // It may answer and close before it has read everything.
        let _ = stream.write_all(text).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[test]
    fn only_addresses_that_nobody_can_listen_in_on() {
        for good in ["https://example.org/baton", "http://127.0.0.1:8321/news"] {
            assert_eq!(public_address(good).unwrap(), good);
        }
        for bad in ["http://example.org/", "example.org", "ftp://x", "https://me:secret@example.org/", ""] {
            assert!(public_address(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn only_whole_posts_are_judged_and_nothing_is_said() {
        let receiver = Receiver::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = receiver.listener.local_addr().unwrap();
        let taken = Receiver::bind(address).await.err().unwrap();
        assert!(taken.message.contains(&address.to_string()), "{taken}");
        let serving = tokio::spawn(receiver.serve(|posted: Posted| async move {
            let fits = posted.header("x-mark") == Some("yes") && posted.body == b"news";
            if fits { Verdict::Taken } else { Verdict::Refused }
        }));
        // Somebody who says nothing holds nobody up.
        let _idle = TcpStream::connect(address).await.unwrap();
        let post = |mark: &str| {
            format!("POST /any HTTP/1.1\r\nHost: x\r\nX-Mark: {mark}\r\nContent-Length: 4\r\n\r\nnews")
        };
        let good = send(address, post("yes").as_bytes()).await;
        assert!(good.starts_with("HTTP/1.1 200") && good.ends_with("\r\n\r\n"), "{good}");
        assert!(send(address, post("no").as_bytes()).await.starts_with("HTTP/1.1 401"));
        assert!(send(address, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.starts_with("HTTP/1.1 405"));
        let mut large = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n".to_vec();
        large.resize(large.len() + 70_000, b'a');
        let refused = send(address, &large).await;
        assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 413"), "{refused}");
        assert!(send(address, &post("yes").into_bytes()).await.starts_with("HTTP/1.1 200"));
        serving.abort();
    }
}
