//! Where a browser comes back to after a sign-in: a listener on this computer that takes one answer (RFC 8252,
//! section 7.3).

use std::convert::Infallible;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use baton_core::{Error, ErrorKind, Result, Secret};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::oauth::{Granted, parse_form, random_text};

/// How long a person may take in the browser.
pub const PATIENCE: Duration = Duration::from_mins(10);
/// A connection that a browser opens in advance and never uses is closed after this.
const CONNECTION: Duration = Duration::from_secs(30);
const PATH: &str = "/callback";

const DONE: &str = "Signed in. You can close this page and go back to Baton.";
const REFUSED: &str = "The sign-in was not completed. You can close this page and go back to Baton.";
const STRANGER: &str = "This is not the answer to a sign-in that Baton is waiting for.";

/// A listener that waits for one redirect. Dropping it closes it.
pub struct Loopback {
    listener: TcpListener,
    /// The same port of ::1, where it has to be known beforehand and this computer has such an address.
    second: Option<TcpListener>,
    redirect_uri: String,
    state: String,
}

/// Where a sign-in comes back to whose vendor compares redirect addresses to the letter. By name: vendors refuse bare
/// addresses more often than `localhost`.
pub fn fixed_redirect_uri(port: u16) -> String {
    format!("http://localhost:{port}{PATH}")
}

impl Loopback {
    /// Listens on any free port of 127.0.0.1.
    ///
    /// # Errors
    /// `BadInput` where there is none.
    pub async fn bind() -> Result<Loopback> {
        let listener = listen(0).await?;
        let address =
            listener.local_addr().map_err(|error| Error::bug(format!("no local address: {error}")))?;
        let redirect_uri = format!("http://127.0.0.1:{}{PATH}", address.port());
        Ok(Loopback { listener, second: None, redirect_uri, state: random_text(32) })
    }

    /// Listens where [`fixed_redirect_uri`] leads to. Browsers take `localhost` for 127.0.0.1 or for ::1.
    ///
    /// # Errors
    /// `BadInput` where another program uses the port.
    pub async fn bind_fixed(port: u16) -> Result<Loopback> {
        let listener = listen(port).await?;
        let second = match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => return Err(taken(port)),
            second => second.ok(),
        };
        let redirect_uri = fixed_redirect_uri(port);
        Ok(Loopback { listener, second, redirect_uri, state: random_text(32) })
    }

    /// To be sent as `redirect_uri`.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// To be sent as `state`: only an answer that repeats it is taken.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Waits for the redirect and tells what it brought. Whatever else asks is answered and waited past.
    ///
    /// # Errors
    /// `SignInRequired` where the person or the vendor refused, or nobody came within `patience`.
    pub async fn granted(self, patience: Duration) -> Result<Granted> {
        let (answers, mut answered) = mpsc::channel(1);
        let state: Arc<str> = Arc::from(self.state);
        let second = async {
            match self.second {
                Some(second) => accept(second, state.clone(), answers.clone()).await,
                None => std::future::pending().await,
            }
        };
        let accept = accept(self.listener, state.clone(), answers.clone());
        let first = tokio::select! {
            answer = answered.recv() => answer,
            () = accept => None,
            () = second => None,
            () = tokio::time::sleep(patience) => None,
        };
        first.unwrap_or_else(|| {
            Err(Error::sign_in("nobody finished the sign-in in the browser; begin it again"))
        })
    }
}

async fn listen(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|_| taken(port))
}

fn taken(port: u16) -> Error {
    Error::bad_input(format!("another program uses port {port} of this computer; close it and try again"))
}

type Answers = mpsc::Sender<Result<Granted>>;

/// Serves every connection by itself, since browsers open some that they do not use.
async fn accept(listener: TcpListener, state: Arc<str>, answers: Answers) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(connections.spawn(serve(stream, state.clone(), answers.clone()))),
            // Too many open files, say: those that are open will end.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, state: Arc<str>, answers: Answers) {
    // The answer is passed on when the page has been written: whoever waits then closes everything.
    let heard = std::sync::Mutex::new(None);
    let page = service_fn(|request: Request<Incoming>| {
        let (status, words, answer) = read(&request, &state);
        if let (Some(answer), Ok(mut heard)) = (answer, heard.lock()) {
            *heard = Some(answer);
        }
        std::future::ready(Ok::<_, Infallible>(html(status, words)))
    });
    let served = http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), page);
    let _ = tokio::time::timeout(CONNECTION, served).await;
    let answer = heard.lock().ok().and_then(|mut heard| heard.take());
    if let Some(answer) = answer {
        let _ = answers.send(answer).await;
    }
}

/// What to show, and the answer where this request is it.
fn read(request: &Request<Incoming>, state: &str) -> (StatusCode, &'static str, Option<Result<Granted>>) {
    if request.method() != Method::GET || request.uri().path() != PATH {
        return (StatusCode::NOT_FOUND, STRANGER, None);
    }
    let mut fields = parse_form(request.uri().query().unwrap_or_default());
    if fields.get("state").map(String::as_str) != Some(state) {
        return (StatusCode::BAD_REQUEST, STRANGER, None);
    }
    match (fields.remove("code").filter(|code| !code.is_empty()), fields.remove("error")) {
        (Some(code), None) => {
            let granted = Granted { code: Secret::new(code), scope: fields.remove("scope") };
            (StatusCode::OK, DONE, Some(Ok(granted)))
        }
        (_, Some(error)) => {
            let words = match error.as_str() {
                "access_denied" => "the permission was not given; sign in again to give it".to_owned(),
                _ => format!("the service ended the sign-in ({}); try again", plain(&error)),
            };
            (StatusCode::OK, REFUSED, Some(Err(Error::new(ErrorKind::SignInRequired, words))))
        }
        (None, None) => (StatusCode::BAD_REQUEST, STRANGER, None),
    }
}

/// An OAuth error code as it may be shown: letters, digits and underscores, not long.
fn plain(code: &str) -> String {
    code.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').take(40).collect()
}

fn html(status: StatusCode, words: &str) -> Response<http_body_util::Full<Bytes>> {
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Baton</title>\
         <body style=\"font: 16px system-ui; margin: 20vh auto; max-width: 30em; text-align: center\">{words}</body></html>"
    );
    let mut response = Response::new(http_body_util::Full::new(Bytes::from(page)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
    ] {
        headers.insert(name, hyper::header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use rstest::rstest;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn address_of(loopback: &Loopback) -> SocketAddr {
        loopback.listener.local_addr().unwrap()
    }

    async fn get(address: SocketAddr, target: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn only_the_answer_with_our_state_is_taken() {
        let loopback = Loopback::bind().await.unwrap();
        let (address, state) = (address_of(&loopback), loopback.state().to_owned());
        assert!(loopback.redirect_uri().starts_with("http://127.0.0.1:"));
        let wait = tokio::spawn(loopback.granted(PATIENCE));
        // A browser's connection in advance, which never says anything.
        let _idle = TcpStream::connect(address).await.unwrap();
        for target in
            ["/favicon.ico", "/callback?code=stolen&state=wrong", "/callback?code=stolen", "/callback"]
        {
            let answer = get(address, target).await;
            assert!(answer.starts_with("HTTP/1.1 4"), "{target}: {answer}");
        }
        let empty = get(address, &format!("/callback?state={state}")).await;
        assert!(empty.starts_with("HTTP/1.1 400"), "{empty}");
        let page = get(address, &format!("/callback?code=a%2Bb&scope=read,write&state={state}")).await;
        assert!(page.starts_with("HTTP/1.1 200") && page.contains(DONE), "{page}");
        let granted = wait.await.unwrap().unwrap();
        assert_eq!((granted.code.expose(), granted.scope.as_deref()), ("a+b", Some("read,write")));
        assert!(TcpStream::connect(address).await.is_err(), "it listens no more");
    }

    #[rstest]
    #[case::by_the_person("access_denied", "permission was not given")]
    #[case::by_the_vendor("server%3Cb%3E_error", "(serverb_error)")]
    #[tokio::test]
    async fn a_refusal_is_said(#[case] error: &str, #[case] words: &str) {
        let loopback = Loopback::bind().await.unwrap();
        let (address, state) = (address_of(&loopback), loopback.state().to_owned());
        let wait = tokio::spawn(loopback.granted(PATIENCE));
        get(address, &format!("/callback?error={error}&state={state}")).await;
        let refused = wait.await.unwrap().err().unwrap();
        assert!(refused.kind == ErrorKind::SignInRequired && refused.message.contains(words), "{refused}");
    }

    #[tokio::test]
    async fn a_fixed_port_answers_by_both_names() {
        let port = address_of(&Loopback::bind().await.unwrap()).port();
        let loopback = Loopback::bind_fixed(port).await.unwrap();
        assert_eq!(loopback.redirect_uri(), format!("http://localhost:{port}/callback"));
        let (state, by_six) = (loopback.state().to_owned(), loopback.second.is_some());
        let wait = tokio::spawn(loopback.granted(PATIENCE));
        let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if by_six {
            address = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
        }
        let page = get(address, &format!("/callback?code=c&state={state}")).await;
        assert!(page.contains(DONE), "{page}");
        assert_eq!(wait.await.unwrap().unwrap().code.expose(), "c");
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_named_and_waiting_ends() {
        let first = Loopback::bind().await.unwrap();
        let port = address_of(&first).port();
        let taken = Loopback::bind_fixed(port).await.err().unwrap();
        assert!(taken.message.contains(&port.to_string()), "{taken}");
        assert!(first.granted(Duration::from_millis(20)).await.is_err());
    }
}
