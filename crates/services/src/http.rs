//! The one way to a vendor: requests with time-outs, pacing, careful repetition, cookies where a sign-in needs them,
//! and failures sorted by who must act.
//!
//! A request is repeated only where that is harmless (it is idempotent, or it was provably never sent). URLs appear in
//! errors and traces without their query, which may hold tickets and tokens.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_core::{Clock, Error, ErrorKind, Result, Secret, Time};
use rand::RngExt;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode};
use serde::Serialize;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;
use url::Url;

use crate::endpoints::{Endpoints, is_loopback};

mod answer;

pub use answer::Answer;

/// Tries of a request that may be repeated.
const TRIES: u32 = 2;
/// The wait before the second try, stretched by up to as much again at random.
const BACK_OFF: Duration = Duration::from_millis(800);
/// No answer of a vendor that Baton reads is nearly as large.
const LARGEST_ANSWER: usize = 64 << 20;

/// The client that all requests of one service go through. Cheap to clone.
#[derive(Clone)]
pub struct Http {
    /// The service as people know it, for sentences.
    service: &'static str,
    shared: Arc<Shared>,
}

struct Shared {
    // Built at the first request: reading the system's certificates takes time that `baton accounts` does not have.
    client: OnceLock<reqwest::Client>,
    clock: Clock,
    pace: f64,
    only_loopback: bool,
}

impl Http {
    pub fn new(endpoints: &Endpoints, clock: Clock) -> Http {
        let shared = Shared {
            client: OnceLock::new(),
            clock,
            pace: endpoints.pace(),
            only_loopback: endpoints.is_simulated(),
        };
        Http { service: "the service", shared: Arc::new(shared) }
    }

    /// The same client, speaking of this service in its sentences: `Garmin Connect`.
    pub fn of(&self, service: &'static str) -> Http {
        Http { service, shared: self.shared.clone() }
    }

    /// Begins a request. GET, HEAD, PUT and DELETE count as idempotent, others not.
    pub fn request(&self, method: Method, url: impl AsRef<str>) -> Call {
        let url = Url::parse(url.as_ref())
            .map_err(|_| Error::bug("a request was made to something that is no address"));
        let idempotent = method.is_idempotent();
        Call {
            http: self.clone(),
            method,
            url,
            headers: HeaderMap::new(),
            body: Body::None,
            jar: None,
            idempotent,
            delivers: false,
            flaw: None,
        }
    }

    pub fn get(&self, url: impl AsRef<str>) -> Call {
        self.request(Method::GET, url)
    }

    pub fn post(&self, url: impl AsRef<str>) -> Call {
        self.request(Method::POST, url)
    }

    /// A client with cookies of its own, for one sign-in.
    pub fn session(&self) -> Session {
        Session { http: self.clone(), jar: Arc::new(Jar::default()), headers: Vec::new() }
    }

    /// Requests of one account: begun at least `apart` from each other, at most `in_flight` at a time.
    pub fn pacer(&self, apart: Duration, in_flight: usize) -> Pacer {
        Pacer {
            apart: apart.mul_f64(self.shared.pace),
            places: Semaphore::new(in_flight.max(1)),
            next: Mutex::new(None),
        }
    }

    /// A polite wait of a random length between the two, scaled by the pace.
    pub async fn pause(&self, least: Duration, most: Duration) {
        let length = least + most.saturating_sub(least).mul_f64(rand::rng().random_range(0.0..=1.0));
        tokio::time::sleep(length.mul_f64(self.shared.pace)).await;
    }

    pub fn now(&self) -> Time {
        (self.shared.clock)()
    }

    fn client(&self) -> Result<&reqwest::Client> {
        if let Some(client) = self.shared.client.get() {
            return Ok(client);
        }
        // Another crate may have installed the same provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(15))
            .read_timeout(Duration::from_secs(45))
            .timeout(Duration::from_mins(2));
        if self.shared.only_loopback {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|_| {
            Error::bug("secure connections cannot be made: this system has no certificates Baton can read")
        })?;
        Ok(self.shared.client.get_or_init(|| client))
    }
}

/// Keeps requests apart, as one account's vendor likes it.
pub struct Pacer {
    apart: Duration,
    places: Semaphore,
    next: Mutex<Option<Instant>>,
}

impl Pacer {
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so this is always a permit.
        let permit = self.places.acquire().await.ok();
        if !self.apart.is_zero() {
            let mut next = self.next.lock().await;
            if let Some(moment) = *next {
                tokio::time::sleep_until(moment).await;
            }
            *next = Some(Instant::now() + self.apart);
        }
        permit
    }
}

/// A client with cookies, for one sign-in. Dropped with it.
#[derive(Clone)]
pub struct Session {
    http: Http,
    jar: Arc<Jar>,
    headers: Vec<(&'static str, String)>,
}

impl Session {
    /// A header that all requests of this session carry, such as a browser's `User-Agent`.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Session {
        self.headers.push((name, value.into()));
        self
    }

    /// As [`Http::request`], with the session's cookies and headers.
    pub fn request(&self, method: Method, url: impl AsRef<str>) -> Call {
        let mut call = self.http.request(method, url);
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        call.jar = Some(self.jar.clone());
        call
    }

    /// The value of one cookie that this URL would be sent.
    pub fn cookie(&self, url: &Url, name: &str) -> Option<Secret> {
        let cookies = self.jar.cookies(url)?;
        let pairs = cookies.to_str().ok()?.split("; ");
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| Secret::new(value))
    }

    /// Follows redirects with GET, by hand: at most 12, and never to one that `stop` recognises, whose URL is
    /// returned instead of a page.
    pub async fn follow(
        &self,
        answer: Answer,
        pacer: &Pacer,
        stop: impl Fn(&Url) -> bool,
    ) -> Result<Followed> {
        let mut answer = answer;
        for _ in 0..12 {
            let Some(location) = answer.location() else { return Ok(Followed::Page(Box::new(answer))) };
            if stop(&location) {
                return Ok(Followed::Stopped(Secret::new(location)));
            }
            let call = self.request(Method::GET, &location).header("Referer", answer.url.as_str());
            answer = call.send(pacer).await?;
        }
        Err(Error::service_changed(format!("{} redirects without end", self.http.service)))
    }
}

/// Where redirects led.
pub enum Followed {
    Page(Box<Answer>),
    /// The URL that was not loaded.
    Stopped(Secret),
}

enum Body {
    None,
    Bytes(Vec<u8>),
    File { texts: Vec<(&'static str, String)>, field: &'static str, name: String, bytes: Arc<[u8]> },
}

/// A request being built.
pub struct Call {
    http: Http,
    method: Method,
    url: Result<Url>,
    headers: HeaderMap,
    body: Body,
    jar: Option<Arc<Jar>>,
    idempotent: bool,
    delivers: bool,
    flaw: Option<Error>,
}

impl Call {
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Call {
        let parsed = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value.as_ref()));
        if let (Ok(name), Ok(value)) = parsed {
            self.headers.insert(name, value);
        } else {
            let words = format!("the value of {name} holds characters that cannot be sent");
            self.flaw = Some(Error::bad_input(words));
        }
        self
    }

    /// A header that gives way to one set before.
    pub fn header_unless_set(self, name: &'static str, value: impl AsRef<str>) -> Call {
        if self.headers.contains_key(name) { self } else { self.header(name, value) }
    }

    pub fn bearer(self, token: &Secret) -> Call {
        self.secret_header("Authorization", &Secret::new(format!("Bearer {}", token.expose())))
    }

    /// HTTP's Basic authentication (RFC 7617), never shown.
    pub fn basic(self, user: &str, password: &Secret) -> Call {
        let pair = Secret::new(format!("{user}:{}", password.expose()));
        let encoded = Secret::new(STANDARD.encode(pair.expose()));
        self.secret_header("Authorization", &Secret::new(format!("Basic {}", encoded.expose())))
    }

    /// A header that is never shown.
    pub fn secret_header(mut self, name: &'static str, value: &Secret) -> Call {
        self = self.header(name, value.expose());
        if let Some(value) = self.headers.get_mut(name) {
            value.set_sensitive(true);
        }
        self
    }

    /// Adds to the URL's query.
    pub fn query(mut self, pairs: &[(&str, &str)]) -> Call {
        if let Ok(url) = &mut self.url {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        self
    }

    pub fn json(mut self, value: &impl Serialize) -> Call {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.body = Body::Bytes(bytes),
            Err(_) => self.flaw = Some(Error::bug("a request could not be written as JSON")),
        }
        self.content_type("application/json")
    }

    pub fn form(mut self, pairs: &[(&str, &str)]) -> Call {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.body = Body::Bytes(form.into_bytes());
        self.content_type("application/x-www-form-urlencoded")
    }

    /// A multipart form with this one file in it.
    pub fn multipart(self, field: &'static str, file_name: &str, bytes: Arc<[u8]>) -> Call {
        self.multipart_with(&[], field, file_name, bytes)
    }

    /// A multipart form with these texts and this one file in it.
    pub fn multipart_with(
        mut self,
        texts: &[(&'static str, &str)],
        field: &'static str,
        file_name: &str,
        bytes: Arc<[u8]>,
    ) -> Call {
        let texts = texts.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        self.body = Body::File { texts, field, name: file_name.to_owned(), bytes };
        self
    }

    /// Whether sending it twice does no more than sending it once.
    pub fn idempotent(mut self, idempotent: bool) -> Call {
        self.idempotent = idempotent;
        self
    }

    /// It creates something there: where no answer comes, the outcome is `Unsettled`.
    pub fn delivers(mut self) -> Call {
        self.idempotent = false;
        self.delivers = true;
        self
    }

    fn content_type(mut self, value: &'static str) -> Call {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
        self
    }

    /// Sends it and reads the whole answer, whatever its status: see [`Answer::ok`].
    ///
    /// # Errors
    /// `Offline` where no connection came about, `ServiceDown` where it broke or took too long, `Unsettled` in place
    /// of that for a delivery.
    pub async fn send(mut self, pacer: &Pacer) -> Result<Answer> {
        if let Some(flaw) = self.flaw.take() {
            return Err(flaw);
        }
        let url = self.url.clone()?;
        if self.http.shared.only_loopback && !is_loopback(&url) {
            let host = url.host_str().unwrap_or_default();
            return Err(Error::bad_input(format!(
                "{host} is not contacted while simulated addresses are in use"
            )));
        }
        let client = self.http.client()?;
        let mut attempt = 1;
        loop {
            let started = Instant::now();
            let outcome = {
                let _turn = pacer.turn().await;
                self.attempt(client, &url).await
            };
            let milliseconds = started.elapsed().as_millis() as u64;
            let (host, path) = (url.host_str().unwrap_or_default(), url.path());
            let (result, may_repeat) = match outcome {
                Ok(answer) => {
                    tracing::debug!(method = %self.method, host, path, status = answer.status.as_u16(), milliseconds, attempt);
                    let repeat = self.idempotent && matches!(answer.status.as_u16(), 500 | 502 | 503 | 504);
                    (Ok(answer), repeat)
                }
                Err(error) => {
                    let failure = self.failure(&error);
                    tracing::debug!(method = %self.method, host, path, %failure, milliseconds, attempt);
                    (Err(failure), self.idempotent || error.is_connect())
                }
            };
            if !may_repeat || attempt == TRIES {
                return result;
            }
            attempt += 1;
            self.http.pause(BACK_OFF, BACK_OFF * 2).await;
        }
    }

    async fn attempt(&self, client: &reqwest::Client, url: &Url) -> Result<Answer, reqwest::Error> {
        let mut request = client.request(self.method.clone(), url.clone()).headers(self.headers.clone());
        if let Some(cookies) = self.jar.as_ref().and_then(|jar| jar.cookies(url)) {
            request = request.header(header::COOKIE, cookies);
        }
        request = match &self.body {
            Body::None => request,
            Body::Bytes(bytes) => request.body(bytes.clone()),
            Body::File { texts, field, name, bytes } => {
                let form = texts.iter().fold(reqwest::multipart::Form::new(), |form, (name, text)| {
                    form.text(*name, text.clone())
                });
                let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.clone());
                request.multipart(form.part(*field, part))
            }
        };
        let mut response = request.send().await?;
        if let Some(jar) = &self.jar {
            jar.set_cookies(&mut response.headers().get_all(header::SET_COOKIE).iter(), url);
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if bytes.len() + chunk.len() > LARGEST_ANSWER {
                break;
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status(),
            headers: response.headers().clone(),
            bytes,
            url: url.clone(),
            service: self.http.service,
            now: self.http.now(),
        })
    }
}

impl Call {
    /// What a request without an answer means.
    fn failure(&self, error: &reqwest::Error) -> Error {
        let service = self.http.service;
        if error.is_connect() {
            let words = if certificate_is_out_of_date(error) {
                format!(
                    "{service} shows a certificate that is not valid today; if this computer's clock is wrong, set it right"
                )
            } else {
                format!("{service} cannot be reached; check the network connection")
            };
            return Error::new(ErrorKind::Offline, words);
        }
        if self.delivers {
            return Error::new(
                ErrorKind::Unsettled,
                format!("{service} did not say whether the file arrived"),
            );
        }
        let what = if error.is_timeout() { "took too long to answer" } else { "broke the connection off" };
        Error::new(ErrorKind::ServiceDown, format!("{service} {what}"))
    }
}

/// Looks through the causes for a certificate refused because of its dates, as a wrong clock makes it.
fn certificate_is_out_of_date(error: &reqwest::Error) -> bool {
    use rustls::CertificateError as Certificate;
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = error.downcast_ref().or_else(|| inner.and_then(|inner| inner.downcast_ref()));
        if let Some(rustls::Error::InvalidCertificate(reason)) = tls {
            return matches!(
                reason,
                Certificate::Expired
                    | Certificate::ExpiredContext { .. }
                    | Certificate::NotValidYet
                    | Certificate::NotValidYetContext { .. }
            );
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests;
