//! Peloton as Baton speaks with it, against the strict simulator: every way to sign in and every fault, listings whose
//! pages shift, refresh tokens that rotate, and every sort of workout against what it really was. Each test ends by
//! asking the simulator for breaches of the protocol.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use baton_core::{
    Connection, Entry, Error, ErrorKind, Next, Prompt, Reply, Result, Secret, Service, SignedIn, TokenCell,
    TokenStore, Tokens, Window,
};
use baton_services::{Endpoints, World};
use baton_tests::peloton::generate::{self, Discipline, Quirk, Random, Workout, one};
use baton_tests::peloton::{Fault, LoginOutcome, NewUser, PelotonSimulator};
use baton_tests::server::Times;
use chrono::{TimeDelta, Utc};
use futures::TryStreamExt;
use rstest::rstest;

#[path = "peloton/truth.rs"]
mod truth;

const EMAIL: &str = "sam@example.org";
const PASSWORD: &str = "correct \"horse\" \\ & +staple";

/// A simulator with one member, and the service that speaks with it.
struct Stage {
    sim: PelotonSimulator,
    world: Arc<World>,
}

impl Stage {
    fn new() -> Stage {
        Stage::ahead_by(TimeDelta::zero())
    }

    /// With Baton's clock ahead of the simulator's, so that tokens are old on one side only.
    fn ahead_by(ahead: TimeDelta) -> Stage {
        let sim = PelotonSimulator::start().unwrap();
        sim.add_user(NewUser::new(EMAIL, PASSWORD));
        let endpoints = Endpoints::parse(&format!("pace = 0\n{}", sim.endpoints_toml())).unwrap();
        let world = Arc::new(World::new(endpoints, Arc::new(move || Utc::now() + ahead)));
        Stage { sim, world }
    }

    fn service(&self) -> Arc<dyn Service> {
        baton_services::all(&self.world).into_iter().find(|service| service.info().id == "peloton").unwrap()
    }

    async fn sign_in(&self, method: &str, mut reply: impl AsyncFnMut(Prompt) -> Reply) -> Result<SignedIn> {
        let mut flow = self.service().sign_in(method, None)?;
        let mut next = flow.next(None).await?;
        loop {
            match next {
                Next::Done(signed_in) => return Ok(signed_in),
                Next::Ask(prompt) => next = flow.next(Some(reply(prompt).await)).await?,
            }
        }
    }

    async fn by_password(&self) -> Result<SignedIn> {
        self.with_password(PASSWORD).await
    }

    async fn with_password(&self, password: &str) -> Result<SignedIn> {
        let reply = async |prompt| match prompt {
            Prompt::Password { .. } => {
                Reply::Password { username: format!(" {EMAIL} "), password: Secret::new(password) }
            }
            other => panic!("unexpected {other:?}"),
        };
        self.sign_in("password", reply).await
    }

    async fn by_paste(&self, text: &str) -> Result<SignedIn> {
        self.sign_in("paste", async |_| Reply::Text(Secret::new(text))).await
    }

    /// An account in use, with the store that holds its tokens.
    fn connect(&self, tokens: Tokens) -> (Box<dyn Connection>, Arc<Memory>) {
        let store = Arc::new(Memory { tokens: Mutex::new(tokens), saved: Mutex::new(0) });
        (self.service().connect(Arc::new(TokenCell::new(store.clone()))).unwrap(), store)
    }

    async fn connected(&self) -> Box<dyn Connection> {
        self.connect(self.by_password().await.unwrap().tokens).0
    }

    fn assert_clean(&self) {
        assert_eq!(self.sim.violations(), Vec::<String>::new());
    }
}

/// A token store that counts.
struct Memory {
    tokens: Mutex<Tokens>,
    saved: Mutex<u32>,
}

#[async_trait]
impl TokenStore for Memory {
    async fn load(&self) -> Result<Tokens> {
        Ok(self.tokens.lock().unwrap().clone())
    }
    async fn save(&self, tokens: &Tokens) -> Result<()> {
        *self.tokens.lock().unwrap() = tokens.clone();
        *self.saved.lock().unwrap() += 1;
        Ok(())
    }
    async fn lock(&self) -> Result<Box<dyn Send>> {
        Ok(Box::new(()))
    }
}

fn error<T>(result: Result<T>) -> Error {
    result.err().expect("an error")
}

async fn list(connection: &dyn Connection, window: Window) -> Result<Vec<Entry>> {
    connection.source().unwrap().list(window).try_collect().await
}

fn ride(start: i64) -> Workout {
    one(Discipline::CyclingClass, 7, &generate::Options::at(start).minutes(10))
}

fn recently() -> i64 {
    Utc::now().timestamp() - 86_400
}

// ---- Signing in

#[tokio::test]
async fn by_e_mail_and_password() {
    let stage = Stage::new();
    let signed_in = stage.by_password().await.unwrap();
    assert_eq!(signed_in.display_name, "SimulatedRider");
    assert_eq!(signed_in.user_key.len(), 32);
    stage.assert_clean();
}

#[rstest]
#[case::without_cookie(false, true)]
#[case::without_page_configuration(true, false)]
#[tokio::test]
async fn the_login_page_as_it_varies(#[case] cookie: bool, #[case] configuration: bool) {
    let stage = Stage::new();
    stage.sim.set_options(|options| {
        options.csrf_cookie = cookie;
        options.page_config = configuration;
    });
    stage.by_password().await.unwrap();
    stage.assert_clean();
}

#[tokio::test]
async fn a_login_page_without_both_is_said_to_have_changed() {
    let stage = Stage::new();
    stage.sim.set_options(|options| (options.csrf_cookie, options.page_config) = (false, false));
    assert_eq!(error(stage.by_password().await).kind, ErrorKind::ServiceChanged);
    assert!(stage.sim.logins().is_empty());
    stage.assert_clean();
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let stage = Stage::new();
    let error = error(stage.with_password("wrong").await);
    assert_eq!(error.kind, ErrorKind::SignInRequired);
    assert_eq!(error.message, "Peloton does not accept this e-mail address and password");
    let outcomes: Vec<LoginOutcome> = stage.sim.logins().into_iter().map(|login| login.outcome).collect();
    assert_eq!(outcomes, [LoginOutcome::WrongPassword]);
    stage.assert_clean();
}

#[tokio::test]
async fn a_blocked_account_is_left_alone() {
    let stage = Stage::new();
    stage.sim.set_options(|options| options.attempts_before_block = 1);
    assert_eq!(error(stage.with_password("wrong").await).kind, ErrorKind::SignInRequired);
    let error = error(stage.by_password().await);
    assert!(error.kind.until().is_some_and(|until| until > Utc::now()), "{error:?}");
    assert_eq!(error.kind.name(), "login_cool_down");
    stage.assert_clean();
}

#[rstest]
#[case::blocked("login", Fault::TooManyAttempts, "login_cool_down", "try again after")]
#[case::rate_limited("login", Fault::RateLimited { retry_after_seconds: Some(600), as_date: true }, "login_cool_down", "try again after")]
#[case::captcha("login", Fault::Captcha, "sign_in_required", "in a window")]
#[case::code("login_callback", Fault::SecondFactor, "sign_in_required", "in a window")]
#[case::csrf("login", Fault::MissingCsrf, "service_changed", "Peloton's own page")]
#[case::edge("login", Fault::EdgeBlock, "service_down", "refuses")]
#[case::outage("login_page", Fault::Outage { status: 503 }, "service_down", "problem of its own")]
#[case::cut("login", Fault::CutBefore, "service_down", "broke the connection off")]
#[case::refused("chain", Fault::AccessDenied, "sign_in_required", "Peloton refused the sign-in: The account")]
#[case::code_refused("token_exchange", Fault::Html, "service_changed", "web page")]
#[case::token_limit("token_exchange", Fault::RateLimited { retry_after_seconds: None, as_date: false }, "login_cool_down", "try again after")]
#[case::no_member("me", Fault::OtherJson, "service_changed", "form")]
#[tokio::test]
async fn what_can_go_wrong_with_a_password(
    #[case] on: &str,
    #[case] fault: Fault,
    #[case] kind: &str,
    #[case] words: &str,
) {
    let stage = Stage::new();
    stage.sim.fault(on, fault, Times::Always);
    let error = error(stage.by_password().await);
    assert_eq!(error.kind.name(), kind, "{error}");
    assert!(error.message.contains(words), "{error}");
    assert!(!error.message.contains(PASSWORD));
    assert!(stage.sim.logins().len() <= 1, "the password was sent more than once");
    stage.assert_clean();
}

/// What a person does in the window: fills in the form and is led to the redirect address, which is not loaded.
async fn in_a_browser(url: String, watch_for: String) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let watched = watch_for.clone();
    let stop = reqwest::redirect::Policy::custom(move |attempt| {
        if attempt.url().as_str().starts_with(&watched) { attempt.stop() } else { attempt.follow() }
    });
    let browser = reqwest::Client::builder().cookie_store(true).redirect(stop).no_proxy().build().unwrap();
    let base = url::Url::parse(&url).unwrap();
    let page = browser.get(url).send().await.unwrap().text().await.unwrap();
    let value = |page: &str, name: &str| {
        let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        let escaped = rest.split('"').next().unwrap();
        [("&#34;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
            .iter()
            .fold(escaped.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
    };
    let state = value(&page, "state");
    let form = [("state", state.as_str()), ("usernameOrEmail", EMAIL), ("password", PASSWORD)];
    let answer = browser.post(base.join("/u/login").unwrap()).form(&form).send().await.unwrap();
    let page = answer.text().await.unwrap();
    let hidden = ["wa", "wresult", "wctx"].map(|name| (name, value(&page, name)));
    let answer = browser.post(base.join("/login/callback").unwrap()).form(&hidden).send().await.unwrap();
    answer.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn in_a_window() {
    let stage = Stage::new();
    let reply = async |prompt| match prompt {
        Prompt::Window { url, watch_for } => {
            assert_eq!(watch_for, [format!("{}/callback?", stage.sim.members())]);
            Reply::Redirect(Secret::new(in_a_browser(url, watch_for[0].clone()).await))
        }
        other => panic!("unexpected {other:?}"),
    };
    let signed_in = stage.sign_in("window", reply).await.unwrap();
    assert_eq!(signed_in.display_name, "SimulatedRider");
    stage.assert_clean();
}

#[tokio::test]
async fn a_window_with_another_sign_ins_answer() {
    let stage = Stage::new();
    let members = stage.sim.members().to_owned();
    for (query, words) in [("code=abc&state=stolen", "another sign-in"), ("nothing=1", "another sign-in")] {
        let url = format!("{members}/callback?{query}");
        let refused =
            error(stage.sign_in("window", async |_| Reply::Redirect(Secret::new(url.clone()))).await);
        assert!(refused.message.contains(words), "{refused}");
        assert_eq!(refused.kind, ErrorKind::SignInRequired);
    }
    let refused = error(stage.sign_in("window", async |_| Reply::Redirect(Secret::new("nonsense"))).await);
    assert_eq!(refused.kind, ErrorKind::BadInput);
    stage.assert_clean();
}

#[tokio::test]
async fn by_a_pasted_token() {
    let stage = Stage::new();
    stage.sim.add(&ride(recently()));
    let token = stage.sim.issue_tokens().access_token;
    let signed_in = stage.by_paste(&format!("\"Bearer {token}\"\n")).await.unwrap();
    let (connection, _) = stage.connect(signed_in.tokens);
    assert_eq!(list(&*connection, Window::ALL).await.unwrap().len(), 1);
    // It cannot be renewed.
    stage.sim.expire_access_tokens();
    let ended = error(list(&*connection, Window::ALL).await);
    assert_eq!(ended.kind, ErrorKind::SignInRequired);
    assert!(ended.message.contains("paste a fresh one"), "{ended}");
    assert_eq!(error(stage.by_paste(&token).await).message, "Peloton does not accept this token");
    assert_eq!(error(stage.by_paste("rubbish").await).kind, ErrorKind::BadInput);
    stage.assert_clean();
}

#[tokio::test]
async fn methods_that_are_not_there() {
    let stage = Stage::new();
    assert_eq!(error(stage.service().sign_in("smoke", None)).kind, ErrorKind::BadInput);
    assert_eq!(error(stage.service().sign_in("password", Some("cn"))).kind, ErrorKind::BadInput);
    let refused = error(stage.sign_in("paste", async |_| Reply::Code(Secret::new("1"))).await);
    assert_eq!(refused.kind, ErrorKind::BadInput);
}

// ---- Tokens

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_refresh_once() {
    let stage = Stage::new();
    let rides: Vec<Workout> = (0..6)
        .map(|day| ride(recently()).moved_to(recently() - day * 86_400, &mut Random::new(day as u64 + 1)))
        .collect();
    stage.sim.add_all(&rides);
    let (connection, store) = stage.connect(stage.by_password().await.unwrap().tokens);
    let entries = list(&*connection, Window::ALL).await.unwrap();
    for round in 1..=3 {
        stage.sim.expire_access_tokens();
        let source = connection.source().unwrap();
        let fetched = futures::future::join_all(entries.iter().map(|entry| source.fetch(entry))).await;
        assert!(fetched.into_iter().all(|fetched| fetched.is_ok()));
        assert_eq!((stage.sim.refreshes(), *store.saved.lock().unwrap()), (round, round as u32));
    }
    stage.assert_clean();
}

#[tokio::test]
async fn a_revoked_refresh_token_needs_the_person() {
    let stage = Stage::new();
    let connection = stage.connected().await;
    stage.sim.expire_access_tokens();
    stage.sim.revoke_refresh_tokens();
    let error = error(list(&*connection, Window::ALL).await);
    assert_eq!(error.kind, ErrorKind::SignInRequired);
    assert!(error.message.contains("connect the account again"), "{error}");
    stage.assert_clean();
}

#[tokio::test]
async fn a_token_that_is_refused_again_after_its_renewal_needs_the_person() {
    let stage = Stage::new();
    let connection = stage.connected().await;
    stage.sim.fault("list", Fault::Unauthorized, Times::Always);
    assert_eq!(error(list(&*connection, Window::ALL).await).kind, ErrorKind::SignInRequired);
    assert_eq!(stage.sim.refreshes(), 1);
    stage.assert_clean();
}

#[tokio::test]
async fn tokens_are_renewed_before_they_end() {
    let stage = Stage::new();
    let tokens = stage.by_password().await.unwrap().tokens;
    let later = Stage { world: clock_ahead(&stage, TimeDelta::hours(45)), sim: stage.sim };
    let (connection, store) = later.connect(tokens);
    // A passing failure leaves the old tokens in use, and is not tried again with each request.
    later.sim.fault("token_refresh", Fault::Outage { status: 503 }, Times::Always);
    assert!(list(&*connection, Window::ALL).await.unwrap().is_empty());
    assert!(list(&*connection, Window::ALL).await.unwrap().is_empty());
    let tries = later.sim.requests().iter().filter(|request| request.path == "/oauth/token").count();
    assert_eq!(tries, 2, "one exchange and one renewal");
    assert_eq!((later.sim.refreshes(), *store.saved.lock().unwrap()), (0, 0));
    later.sim.clear_faults();
    let (connection, store) = later.connect(store.load().await.unwrap());
    assert!(list(&*connection, Window::ALL).await.unwrap().is_empty());
    assert_eq!((later.sim.refreshes(), *store.saved.lock().unwrap()), (1, 1));
    later.assert_clean();
}

fn clock_ahead(stage: &Stage, ahead: TimeDelta) -> Arc<World> {
    let endpoints = Endpoints::parse(&format!("pace = 0\n{}", stage.sim.endpoints_toml())).unwrap();
    Arc::new(World::new(endpoints, Arc::new(move || Utc::now() + ahead)))
}

// ---- Listing and fetching

#[tokio::test]
async fn pages_that_shift_while_they_are_read() {
    let stage = Stage::new();
    let (first, random) = (ride(recently()), &mut Random::new(3));
    let rides: Vec<Workout> = (0..250).map(|hour| first.moved_to(recently() - hour * 7200, random)).collect();
    stage.sim.add_all(&rides);
    let connection = stage.connected().await;
    stage.sim.fault("list_next", Fault::NewWorkout, Times::Next(2));
    let entries = list(&*connection, Window::ALL).await.unwrap();
    let keys: HashSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys.len(), entries.len(), "an entry came twice");
    assert!(rides.iter().all(|ride| keys.contains(ride.id())), "an entry was lost");
    stage.assert_clean();
}

#[tokio::test]
async fn a_window_reads_no_more_pages_than_it_needs() {
    let stage = Stage::new();
    let (first, random) = (ride(recently()), &mut Random::new(4));
    let rides: Vec<Workout> = (0..500).map(|day| first.moved_to(recently() - day * 86_400, random)).collect();
    stage.sim.add_all(&rides);
    let connection = stage.connected().await;
    stage.sim.clear_requests();
    let from = Utc::now() - TimeDelta::days(30);
    let window = Window { from: Some(from), until: Some(Utc::now() - TimeDelta::days(10)) };
    let entries = list(&*connection, window).await.unwrap();
    assert!(entries.iter().all(|entry| window.contains(entry.span.start)));
    assert_eq!(entries.len(), 20);
    assert_eq!(stage.sim.api_requests("/api/user/"), 1);
    assert_eq!(list(&*connection, Window::ALL).await.unwrap().len(), 500);
    stage.assert_clean();
}

#[rstest]
#[case::limit("list", Fault::RateLimited { retry_after_seconds: Some(90), as_date: false }, "rate_limited")]
#[case::outage("list", Fault::Outage { status: 500 }, "service_down")]
#[case::cut("list", Fault::CutBefore, "service_down")]
#[case::html("list", Fault::Html, "service_changed")]
#[case::half("list", Fault::HalfAnAnswer, "service_changed")]
#[case::other("list", Fault::OtherJson, "service_changed")]
#[case::edge("list", Fault::EdgeBlock, "service_down")]
#[case::payment("list", Fault::PaymentRequired, "consent_required")]
#[case::gone("workout", Fault::NotFound, "rejected")]
#[case::edge_workout("workout", Fault::EdgeBlock, "service_down")]
#[case::payment_workout("workout", Fault::PaymentRequired, "rejected")]
#[case::other_workout("workout", Fault::OtherJson, "service_changed")]
#[case::half_graph("graph", Fault::HalfAnAnswer, "service_changed")]
#[case::other_graph("graph", Fault::OtherJson, "service_changed")]
#[case::graph_limit("graph", Fault::RateLimited { retry_after_seconds: Some(90), as_date: true }, "rate_limited")]
#[case::graph_outage("graph", Fault::Outage { status: 502 }, "service_down")]
#[tokio::test]
async fn what_can_go_wrong_with_an_answer(#[case] on: &str, #[case] fault: Fault, #[case] kind: &str) {
    let stage = Stage::new();
    stage.sim.add(&ride(recently()));
    let connection = stage.connected().await;
    let entries = list(&*connection, Window::ALL).await.unwrap();
    stage.sim.fault(on, fault, Times::Always);
    let error = if on == "list" {
        error(list(&*connection, Window::ALL).await)
    } else {
        error(connection.source().unwrap().fetch(&entries[0]).await)
    };
    assert_eq!(error.kind.name(), kind, "{error}");
    if let Some(until) = error.kind.until() {
        let seconds = (until - Utc::now()).num_seconds();
        assert!((80..=91).contains(&seconds), "{seconds}");
    }
    stage.assert_clean();
}

/// A single failure that passes is not even noticed; what is beside the workout never fails it.
#[rstest]
#[case("list", Fault::Outage { status: 503 }, Times::Next(1))]
#[case("graph", Fault::CutAfter, Times::Next(1))]
#[case("graph", Fault::ExpiredAccessToken, Times::Next(1))]
#[case("graph", Fault::Slow { milliseconds: 300 }, Times::Next(1))]
#[case("ride", Fault::Outage { status: 503 }, Times::Always)]
#[case("ride", Fault::OtherJson, Times::Always)]
#[case("me", Fault::Html, Times::Always)]
#[tokio::test]
async fn what_passes_or_does_not_matter(#[case] on: &str, #[case] fault: Fault, #[case] times: Times) {
    let stage = Stage::new();
    stage.sim.add(&one(Discipline::StrengthPlanned, 5, &generate::Options::at(recently())));
    let connection = stage.connected().await;
    stage.sim.fault(on, fault, times);
    let entries = list(&*connection, Window::ALL).await.unwrap();
    connection.source().unwrap().fetch(&entries[0]).await.unwrap();
    stage.assert_clean();
}

#[tokio::test]
async fn a_private_workout_is_refused_in_words() {
    let stage = Stage::new();
    stage.sim.add(&one(Discipline::Yoga, 5, &generate::Options::at(recently()).with(Quirk::Private)));
    let connection = stage.connected().await;
    let entries = list(&*connection, Window::ALL).await.unwrap();
    let refused = error(connection.source().unwrap().fetch(&entries[0]).await);
    assert_eq!(refused.kind.name(), "rejected");
    assert_eq!(refused.message, "this workout is private or deleted at Peloton");
    stage.assert_clean();
}

#[tokio::test]
async fn the_members_record_is_asked_for_once() {
    let stage = Stage::new();
    let rides = [ride(recently()), ride(recently()).moved_to(recently() - 9000, &mut Random::new(2))];
    stage.sim.add_all(&rides);
    let connection = stage.connected().await;
    stage.sim.clear_requests();
    for entry in list(&*connection, Window::ALL).await.unwrap() {
        let fetched = connection.source().unwrap().fetch(&entry).await.unwrap();
        let raw = String::from_utf8(fetched.raw.unwrap()).unwrap();
        assert!(
            !raw.contains("rider@example.com") && !raw.contains(EMAIL),
            "the archive holds an e-mail address"
        );
    }
    assert_eq!(stage.sim.api_requests("/api/me"), 1);
    stage.assert_clean();
}
