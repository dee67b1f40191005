//! What every simulated vendor stands on: an HTTP server on a free port of 127.0.0.1 with its own thread, a
//! request log, faults on demand, connections that can be cut, and tokens that look like JSON Web Tokens.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng as _;
use rand::RngExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// How many of the newest requests the log keeps: enough for any test, and flat memory in a benchmark.
const REQUESTS_KEPT: usize = 50_000;
/// How long a stopping server waits for answers under way before it drops them.
const STOP_PATIENCE: Duration = Duration::from_millis(200);

/// Locks a mutex and goes on after a panic elsewhere: a simulator must answer even if one test thread died.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running HTTP server; it stops when dropped.
///
/// ```no_run
/// # use axum::{Router, routing::get};
/// # use baton_tests::server::RunningServer;
/// let server = RunningServer::start(|base| {
///     let greeting = format!("you reached {base}");
///     Router::new().route("/", get(move || async move { greeting }))
/// }).unwrap();
/// println!("{}", server.base()); // http://127.0.0.1:40001
/// ```
#[derive(Debug)]
pub struct RunningServer {
    base: String,
    log: RequestLog,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RunningServer {
    /// Binds a free port, asks `build` for the routes (it is given the base address, without a trailing slash)
    /// and serves them from a thread of its own. Every request is logged. An answer made by
    /// [`cut_connection`] closes the socket without sending anything.
    pub fn start(build: impl FnOnce(&str) -> Router) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let base = format!("http://{}", listener.local_addr()?);
        let log = RequestLog::default();
        let for_requests = log.clone();
        let router = build(&base).layer(middleware::from_fn(move |request: Request, next: Next| {
            let log = for_requests.clone();
            async move { watch(&log, request, next).await }
        }));
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("simulator".into()).spawn(move || {
            runtime.block_on(serve(listener, router, stopped));
            runtime.shutdown_background();
        })?;
        Ok(Self { base, log, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, without a trailing slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Everything asked of this server so far.
    pub fn log(&self) -> &RequestLog {
        &self.log
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: std::net::TcpListener, router: Router, stopped: oneshot::Receiver<()>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => CuttingListener(listener),
        Err(error) => {
            eprintln!("simulator: the listening socket is unusable: {error}");
            return;
        }
    };
    let (finish, finished) = oneshot::channel::<()>();
    let app = router.into_make_service_with_connect_info::<Connection>();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move {
        let _ = finished.await;
    });
    let patience = async move {
        let _ = stopped.await;
        let _ = finish.send(());
        tokio::time::sleep(STOP_PATIENCE).await;
    };
    tokio::select! {
        _ = serving => {}
        () = patience => {}
    }
}

/// Logs the request and, where the answer says so, marks its connection to be cut.
async fn watch(log: &RequestLog, request: Request, next: Next) -> Response {
    let method = request.method().as_str().to_owned();
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let connection = request.extensions().get::<ConnectInfo<Connection>>().map(|info| info.0.clone());
    let answer = next.run(request).await;
    let cut = answer.extensions().get::<CutMark>().is_some();
    if cut && let Some(connection) = connection {
        connection.0.store(true, Ordering::Relaxed);
    }
    let status = if cut { 0 } else { answer.status().as_u16() };
    log.push(LoggedRequest { method, path, query, status });
    answer
}

/// One request that a simulator answered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LoggedRequest {
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Query without the question mark; empty if there was none.
    pub query: String,
    /// HTTP status; 0 where the connection was cut instead of answering.
    pub status: u16,
}

/// The newest requests of a server, oldest first, with a count of all. Clones share one log.
#[derive(Debug, Clone, Default)]
pub struct RequestLog(Arc<LogInside>);

#[derive(Debug, Default)]
struct LogInside {
    newest: Mutex<VecDeque<LoggedRequest>>,
    total: AtomicU64,
}

impl RequestLog {
    fn push(&self, request: LoggedRequest) {
        self.0.total.fetch_add(1, Ordering::Relaxed);
        let mut newest = lock(&self.0.newest);
        if newest.len() == REQUESTS_KEPT {
            newest.pop_front();
        }
        newest.push_back(request);
    }

    /// The newest requests (at most 50,000), oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        lock(&self.0.newest).iter().cloned().collect()
    }

    /// How many of the kept requests have this method and a path that starts with `path_prefix`.
    pub fn count(&self, method: &str, path_prefix: &str) -> usize {
        let newest = lock(&self.0.newest);
        newest.iter().filter(|it| it.method == method && it.path.starts_with(path_prefix)).count()
    }

    /// How many requests there were in all, kept or not.
    pub fn total(&self) -> u64 {
        self.0.total.load(Ordering::Relaxed)
    }

    /// Forgets what is kept (the total goes on counting).
    pub fn clear(&self) {
        lock(&self.0.newest).clear();
    }
}

#[derive(Debug, Clone, Copy)]
struct CutMark;

/// An answer that is never sent: the server closes the connection instead.
pub fn cut_connection() -> Response {
    let mut answer = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    answer.extensions_mut().insert(CutMark);
    answer
}

/// A flag that travels with one TCP connection: once set, nothing more is written to it.
#[derive(Debug, Clone)]
struct Connection(Arc<AtomicBool>);

impl Connected<IncomingStream<'_, CuttingListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, CuttingListener>) -> Self {
        stream.io().connection.clone()
    }
}

struct CuttingListener(TcpListener);

impl Listener for CuttingListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers must not wait for Nagle's algorithm: benchmarks measure the program, not the kernel.
        let _ = stream.set_nodelay(true);
        (CuttableStream { stream, connection: Connection(Arc::new(AtomicBool::new(false))) }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

struct CuttableStream {
    stream: TcpStream,
    connection: Connection,
}

impl CuttableStream {
    fn refuse_if_cut(&self) -> io::Result<()> {
        if self.connection.0.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::ConnectionReset, "cut on purpose"));
        }
        Ok(())
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.refuse_if_cut()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.refuse_if_cut()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// How often a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// The next so many requests of its endpoint group.
    Next(u32),
    /// Every request, until the faults are cleared.
    Always,
}

/// Faults waiting to happen, by endpoint group; `F` is the vendor's own list of faults.
#[derive(Debug)]
pub struct FaultQueue<F>(Mutex<Vec<WaitingFault<F>>>);

#[derive(Debug)]
struct WaitingFault<F> {
    on: String,
    fault: F,
    times: Times,
}

impl<F> Default for FaultQueue<F> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<F: Clone> FaultQueue<F> {
    /// Queues `fault` for the endpoint group `on`. Faults of one group happen in the order they were queued.
    pub fn push(&self, on: impl Into<String>, fault: F, times: Times) {
        lock(&self.0).push(WaitingFault { on: on.into(), fault, times });
    }

    /// The fault that a request must suffer: the oldest one queued for any of the groups it belongs to.
    /// Taking it uses it up, except where it is [`Times::Always`].
    pub fn take(&self, groups: &[&str]) -> Option<F> {
        let mut waiting = lock(&self.0);
        let position = waiting.iter().position(|it| groups.contains(&it.on.as_str()))?;
        let found = &mut waiting[position];
        let fault = found.fault.clone();
        match &mut found.times {
            Times::Always => {}
            Times::Next(left) if *left > 1 => *left -= 1,
            Times::Next(_) => {
                waiting.remove(position);
            }
        }
        Some(fault)
    }

    /// How many faults still wait.
    pub fn waiting(&self) -> usize {
        lock(&self.0).len()
    }

    /// Drops every waiting fault.
    pub fn clear(&self) {
        lock(&self.0).clear();
    }
}

/// A string with the three parts of a JSON Web Token (RS256): header, the given claims, and a random signature.
pub fn json_web_token(claims: &Value) -> String {
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "simulator-1"});
    let mut signature = [0_u8; 256];
    rand::rng().fill_bytes(&mut signature);
    let parts = [header.to_string().into_bytes(), claims.to_string().into_bytes(), signature.to_vec()];
    issued(parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join("."))
}

/// `length` random characters out of `A-Z a-z 0-9`.
pub fn random_text(length: usize) -> String {
    let mut random = rand::rng();
    issued((0..length).map(|_| random.sample(rand::distr::Alphanumeric) as char).collect())
}

/// Everything that the simulators of this process gave out and that must stay between them and the client.
static ISSUED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// So many are kept: enough for the test that looks for them, and flat memory in a benchmark.
const ISSUED_KEPT: usize = 10_000;

/// Notes a token, ticket or cookie that was given out. Short texts are found everywhere by chance, so they are not kept.
pub fn issued(secret: String) -> String {
    let mut all = lock(&ISSUED);
    if secret.len() >= 20 && all.len() < ISSUED_KEPT {
        all.push(secret.clone());
    }
    secret
}

/// What [`issued`] has noted.
pub fn issued_secrets() -> Vec<String> {
    lock(&ISSUED).clone()
}

/// `length` random hexadecimal digits in lower case.
pub fn random_hex(length: usize) -> String {
    let mut random = rand::rng();
    (0..length).map(|_| char::from_digit(random.random_range(0..16), 16).unwrap_or('0')).collect()
}

/// A one-time code of six digits.
pub fn random_code() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000))
}
