//! Garmin Connect, simulated: sign-in, tokens, uploads and activities, with a memory and with faults on demand.
//!
//! All of Garmin's hosts live on one address here; the paths tell them apart. What a request must look like
//! follows what is publicly known of the real services, and everything a client does against that is noted in
//! [`GarminSimulator::violations`], even where the real service might let it pass.

mod activities;
mod answers;
mod blood_pressure;
mod body;
mod control;
mod faults;
pub(crate) mod file_reader;
mod oauth1;
mod pages;
mod profile;
pub mod sample;
mod service;
mod sign_in;
mod state;
mod tokens;
mod upload;
mod weight;
mod weight_file;
mod widget;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use axum::{Router, middleware};
use chrono::Utc;
use serde::{Deserialize, Serialize};

pub use body::{BloodPressure, WeighIn};
pub use faults::Fault;
pub use file_reader::{FileFacts, read as read_file};
pub use state::{Activity, Flow, Gear, Login, LoginOutcome, MfaMethod, NewUser, Upload, UploadOutcome};

use crate::server::{FaultQueue, LoggedRequest, RunningServer, Times, lock, random_hex};
use state::{State, Ticket, User};

/// How many violations are kept; a client that breaks a rule does so at each request.
const VIOLATIONS_KEPT: usize = 1000;

/// What a test may choose about the simulated service, besides faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Keep the bytes of uploaded files, for downloads. Off, only their SHA-256 and facts are kept.
    pub keep_files: bool,
    /// How many times polling an accepted upload answers 202 before it is done.
    pub polls_before_done: u32,
    /// The suggested wait between polls, sent as `location-in-milliseconds`.
    pub poll_milliseconds: u32,
    /// The last poll answers 200 with a body instead of 201 with `Location`.
    pub poll_answers_body: bool,
    /// Life of access tokens.
    pub access_token_seconds: i64,
    /// Life of refresh tokens.
    pub refresh_token_seconds: i64,
    /// Life of service tickets.
    pub ticket_seconds: u64,
    /// Tokens minted from the embed widget's service are refused: "Token is not active".
    pub widget_tokens_inactive: bool,
    /// The DI client ids that diauth knows.
    pub client_ids: Vec<String>,
    /// IANA name of the accounts' time zone: a weight file holds no local time, so Garmin takes the account's.
    pub time_zone: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keep_files: true,
            polls_before_done: 1,
            poll_milliseconds: 1000,
            poll_answers_body: false,
            access_token_seconds: 65_481,
            refresh_token_seconds: 2_591_999,
            ticket_seconds: 120,
            widget_tokens_inactive: false,
            client_ids: [
                "GARMIN_CONNECT_MOBILE_ANDROID_DI_2025Q2",
                "GARMIN_CONNECT_MOBILE_ANDROID_DI_2024Q4",
                "GARMIN_CONNECT_MOBILE_ANDROID_DI",
                "GARMIN_CONNECT_MOBILE_IOS_DI",
            ]
            .map(String::from)
            .to_vec(),
            time_zone: "UTC".into(),
        }
    }
}

/// What all routes share.
#[derive(Debug)]
pub struct Shared {
    /// `http://127.0.0.1:PORT`.
    base: String,
    options: Mutex<Options>,
    state: Mutex<State>,
    faults: FaultQueue<Fault>,
    violations: Mutex<Vec<String>>,
    /// The pair that `oauth_consumer.json` gives out.
    consumer_key: String,
    consumer_secret: String,
}

impl Shared {
    fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            options: Mutex::default(),
            state: Mutex::default(),
            faults: FaultQueue::default(),
            violations: Mutex::default(),
            consumer_key: uuid::Uuid::new_v4().to_string(),
            consumer_secret: crate::server::random_text(35),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn options(&self) -> Options {
        lock(&self.options).clone()
    }

    /// Notes that a client broke the protocol.
    fn violation(&self, what: impl Into<String>) {
        let mut violations = lock(&self.violations);
        if violations.len() < VIOLATIONS_KEPT {
            violations.push(what.into());
        }
    }
}

/// Bearer tokens of the DI kind, as `garmin_tokens.json` holds them.
#[derive(Debug, Clone, Serialize)]
pub struct DiTokens {
    pub di_token: String,
    pub di_refresh_token: String,
    pub di_client_id: String,
}

/// An OAuth1 token, as garth's `oauth1_token.json` holds it.
#[derive(Debug, Clone, Serialize)]
pub struct OAuth1Pair {
    pub oauth_token: String,
    pub oauth_token_secret: String,
    pub mfa_token: Option<String>,
}

/// A running simulated Garmin Connect; it stops when dropped.
#[derive(Debug)]
pub struct GarminSimulator {
    shared: Arc<Shared>,
    server: RunningServer,
}

impl GarminSimulator {
    /// Starts on a free port of 127.0.0.1, without users.
    pub fn start() -> io::Result<Self> {
        let mut made = None;
        let server = RunningServer::start(|base| {
            let shared = Arc::new(Shared::new(base));
            made = Some(Arc::clone(&shared));
            routes(shared)
        })?;
        let shared = made.ok_or_else(|| io::Error::other("the routes were not built"))?;
        Ok(Self { shared, server })
    }

    /// The address of all hosts, without a trailing slash.
    pub fn base(&self) -> &str {
        &self.shared.base
    }

    /// The `[garmin]` table of an endpoints file.
    pub fn endpoints_toml(&self) -> String {
        let base = self.base();
        format!(
            "[garmin]\nsso = \"{base}\"\nconnect = \"{base}\"\nconnectapi = \"{base}\"\ndiauth = \"{base}\"\nconsumer = \"{base}/oauth_consumer.json\"\n"
        )
    }

    /// Adds an account, or replaces the settings of the one with the same e-mail.
    pub fn add_user(&self, account: NewUser) {
        add_user(&mut self.shared.state(), account);
    }

    /// Changes options.
    pub fn set_options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut lock(&self.shared.options));
    }

    /// Queues a fault for an endpoint group, such as `upload`, `poll`, `list`, `login`, `mfa`,
    /// `ticket_exchange`, `token_refresh`, `profile`, `weight` (`weight_read`, `weight_write`, `weight_delete`),
    /// `blood_pressure` (likewise), `connectapi` or `any`.
    pub fn fault(&self, on: &str, fault: Fault, times: Times) {
        self.shared.faults.push(on, fault, times);
    }

    /// Drops all waiting faults.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// The one-time code that is good now for this account, if one was sent (by e-mail) or shown (by an
    /// authenticator).
    pub fn code(&self, email: &str) -> Option<String> {
        let state = self.shared.state();
        let user = state.user_by_email(email)?;
        state.users.get(user)?.code.clone()
    }

    /// All activities, oldest start first.
    pub fn activities(&self) -> Vec<Activity> {
        let mut all: Vec<Activity> = self.shared.state().activities.values().cloned().collect();
        all.sort_by_key(|it| (it.facts.start, it.id));
        all
    }

    /// Puts an activity without a file into an account's history, as if a watch had recorded it; gives its id.
    /// `None` if there is no such account.
    pub fn add_activity(&self, email: &str, name: &str, facts: FileFacts) -> Option<u64> {
        activities::add_without_file(&mut self.shared.state(), email, name, facts)
    }

    /// Puts a FIT file into an account's history, as a watch does that needs no upload; gives the activity's id. `None`
    /// if there is no such account, or where the file does not read.
    pub fn add_recording(&self, email: &str, name: &str, file: Vec<u8>) -> Option<u64> {
        activities::add_recording(&mut self.shared.state(), email, name, file)
    }

    /// Gives an account a device, by its serial number. `false` if there is no such account.
    pub fn add_device(&self, email: &str, serial_number: u64, product: &str) -> bool {
        profile::add_device(&mut self.shared.state(), email, serial_number, product).is_some()
    }

    /// Gives an account a piece of gear (`Bike`, `Shoes`, `Other`); gives its uuid. `None` if there is no such
    /// account.
    pub fn add_gear(&self, email: &str, display_name: &str, gear_type: &str) -> Option<String> {
        profile::add_gear(&mut self.shared.state(), email, display_name, gear_type)
    }

    /// Lets an account agree to uploads, or take that back.
    pub fn set_upload_consent(&self, email: &str, given: bool) {
        let mut state = self.shared.state();
        if let Some(index) = state.user_by_email(email)
            && let Some(user) = state.users.get_mut(index)
        {
            user.account.upload_consent = given;
        }
    }

    /// An account's weigh-ins, oldest first.
    pub fn weigh_ins(&self, email: &str) -> Vec<WeighIn> {
        let state = self.shared.state();
        state
            .user_by_email(email)
            .map(|user| state.body.weigh_ins(user).cloned().collect())
            .unwrap_or_default()
    }

    /// An account's blood pressure readings, oldest first.
    pub fn blood_pressures(&self, email: &str) -> Vec<BloodPressure> {
        let state = self.shared.state();
        let user = state.user_by_email(email);
        user.map(|user| state.body.blood_pressures(user).cloned().collect()).unwrap_or_default()
    }

    /// Puts a weigh-in into an account, as if its scale had sent it; gives its samplePk. `None` if there is no such
    /// account.
    pub fn add_weigh_in(&self, email: &str, weigh_in: WeighIn) -> Option<u64> {
        let mut state = self.shared.state();
        let user = state.user_by_email(email)?;
        Some(state.body.add_weigh_in(user, weigh_in))
    }

    /// Puts a blood pressure reading into an account, as if its cuff had sent it; gives its version. `None` if there
    /// is no such account.
    pub fn add_blood_pressure(&self, email: &str, reading: BloodPressure) -> Option<u64> {
        let mut state = self.shared.state();
        let user = state.user_by_email(email)?;
        Some(state.body.add_blood_pressure(user, reading))
    }

    /// Lets new terms wait for an account's person, or be accepted.
    pub fn set_terms_pending(&self, email: &str, pending: bool) {
        let mut state = self.shared.state();
        if let Some(index) = state.user_by_email(email)
            && let Some(user) = state.users.get_mut(index)
        {
            user.terms_pending = pending;
        }
    }

    /// Every file that arrived, in order.
    pub fn uploads_received(&self) -> Vec<Upload> {
        self.shared.state().uploads.clone()
    }

    /// How many uploads were copies of activities that existed.
    pub fn duplicates(&self) -> usize {
        let state = self.shared.state();
        state.uploads.iter().filter(|it| matches!(it.outcome, UploadOutcome::Duplicate(_))).count()
    }

    /// Every attempt to sign in or to pass the second factor, in order.
    pub fn logins(&self) -> Vec<Login> {
        self.shared.state().logins.clone()
    }

    /// How many times DI tokens were refreshed.
    pub fn refreshes(&self) -> usize {
        self.shared.state().refreshes
    }

    /// The newest requests, oldest first, without the simulator's own `/_sim/`.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        let mut requests = self.server.log().requests();
        requests.retain(|it| !it.path.starts_with("/_sim/"));
        requests
    }

    /// Every breach of the protocol that a client made. Tests assert that this is empty.
    pub fn violations(&self) -> Vec<String> {
        lock(&self.shared.violations).clone()
    }

    /// A ticket as a browser would mint it for this service string; `None` if there is no such account.
    pub fn mint_ticket(&self, email: &str, service: &str) -> Option<String> {
        let mut state = self.shared.state();
        let user = state.user_by_email(email)?;
        Some(sign_in::mint_ticket(&mut state, user, service, false, "sso"))
    }

    /// DI tokens as another program would have stored them; `None` if there is no such account.
    pub fn mint_di_tokens(&self, email: &str) -> Option<DiTokens> {
        let mut state = self.shared.state();
        let user = state.user_by_email(email)?;
        Some(tokens::mint_for_import(&self.shared, &mut state, user))
    }

    /// An OAuth1 token as garth would have stored it; `None` if there is no such account.
    pub fn mint_oauth1_token(&self, email: &str) -> Option<OAuth1Pair> {
        let mut state = self.shared.state();
        let user = state.user_by_email(email)?;
        Some(oauth1::mint_for_import(&mut state, user))
    }

    /// Ends the life of every access token.
    pub fn expire_access_tokens(&self) {
        self.shared.state().access_tokens.clear();
    }

    /// Ends the life of every refresh token and OAuth1 token.
    pub fn revoke_refresh_tokens(&self) {
        let mut state = self.shared.state();
        state.families.iter_mut().for_each(|family| family.dead = true);
        state.oauth1_tokens.values_mut().for_each(|token| token.dead = true);
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(sign_in::routes())
        .merge(widget::routes())
        .merge(pages::routes())
        .merge(tokens::routes())
        .merge(oauth1::routes())
        .merge(upload::routes())
        .merge(activities::routes())
        .merge(profile::routes())
        .merge(weight::routes())
        .merge(blood_pressure::routes())
        .merge(control::routes())
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), faults::apply))
        .with_state(shared)
}

fn add_user(state: &mut State, account: NewUser) {
    if let Some(user) = state.user_by_email(&account.email).and_then(|index| state.users.get_mut(index)) {
        user.account = account;
        return;
    }
    let profile_id = 82_000_000 + state.number();
    state.users.push(User {
        account,
        display_name: uuid::Uuid::new_v4().to_string(),
        profile_id,
        garmin_guid: random_hex(32),
        code: None,
        gear: Vec::new(),
        devices: Vec::new(),
        terms_pending: false,
    });
}

/// Whether a ticket is still good at `now`.
fn ticket_is_fresh(ticket: &Ticket, options: &Options) -> bool {
    !ticket.spent && Instant::now().duration_since(ticket.minted).as_secs() <= options.ticket_seconds
}

/// The time in unix seconds.
fn unix_now() -> i64 {
    Utc::now().timestamp()
}
