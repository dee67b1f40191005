//! Strava, simulated: the authorize page, tokens, and the API for athletes, activities and uploads, with a memory and
//! with faults on demand.
//!
//! What a client does against what is publicly known of the real service is noted in
//! [`StravaSimulator::violations`], even where the real service might let it pass. Wrong keys, a redirect address outside
//! of the callback domain and boxes that a person unticks are a person's mistakes and no violations.

mod activities;
mod activity;
mod api;
mod athletes;
mod control;
mod faults;
pub mod generate;
mod limits;
mod oauth;
mod pages;
mod refusal;
mod state;
mod uploads;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use url::Url;

pub use activity::{Activity, Lap};
pub use faults::Fault;
pub use state::{NewApplication, NewAthlete, TokenPair, TokenRequest};
pub use uploads::{Upload, UploadOutcome};

use crate::clock::Clock;
use crate::control::Violations;
use crate::server::{FaultQueue, LoggedRequest, RunningServer, Times, lock};
use state::State;

/// How an upload is told that its activity is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateForm {
    /// `ride.fit duplicate of activity 123`, when it is polled.
    Plain,
    /// `ride.fit duplicate of <a href='/activities/123' target='_blank'>Name</a>`, when it is polled.
    Html,
    /// The plain sentence, in the answer to the upload.
    AtOnce,
    /// 409 with the plain sentence as its message.
    Conflict,
}

/// What a test may choose about the simulated service, besides faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Requests in a quarter of an hour and in a day, for all athletes of an application together.
    pub overall_limit: [u32; 2],
    /// The same without uploads and created activities.
    pub read_limit: [u32; 2],
    /// Life of access tokens.
    pub access_token_seconds: i64,
    /// A refresh gives a new refresh token, and the former one is dead.
    pub rotates_refresh_tokens: bool,
    /// So many polls say that an upload is still at work; so many listings do not show its activity yet.
    pub rounds_before_done: u32,
    pub duplicates: DuplicateForm,
    /// Who sees new activities: `everyone`, `followers_only` or `only_me`.
    pub visibility: String,
    /// The 429's `errors` is a text, as recorded; else a list, as it is told.
    pub plain_429: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            overall_limit: [200, 2000],
            read_limit: [100, 1000],
            access_token_seconds: 21_600,
            rotates_refresh_tokens: true,
            rounds_before_done: 2,
            duplicates: DuplicateForm::Plain,
            visibility: "everyone".into(),
            plain_429: true,
        }
    }
}

impl Options {
    /// Limits that nobody reaches, for clients that do not wait (`pace = 0`).
    pub fn lift_limits(&mut self) {
        self.overall_limit = [1_000_000, 10_000_000];
        self.read_limit = self.overall_limit;
    }
}

/// What all routes share.
#[derive(Debug)]
struct Shared {
    clock: Clock,
    options: Mutex<Options>,
    state: Mutex<State>,
    faults: FaultQueue<Fault>,
    violations: Violations,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn options(&self) -> Options {
        lock(&self.options).clone()
    }
}

/// A running simulated Strava; it stops when dropped.
#[derive(Debug)]
pub struct StravaSimulator {
    shared: Arc<Shared>,
    server: RunningServer,
}

impl StravaSimulator {
    /// Starts on a free port of 127.0.0.1, without applications and athletes, at the computer's own time.
    pub fn start() -> io::Result<Self> {
        Self::start_at(Clock::real())
    }

    /// Starts at the time of `clock`.
    pub fn start_at(clock: Clock) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            clock,
            options: Mutex::default(),
            state: Mutex::default(),
            faults: FaultQueue::default(),
            violations: Violations::default(),
        });
        let for_routes = Arc::clone(&shared);
        let server = RunningServer::start(move |_| {
            let routes = oauth::routes().merge(api::routes(&for_routes)).merge(control::routes());
            faults::layer(routes.with_state(Arc::clone(&for_routes)), for_routes)
        })?;
        Ok(Self { shared, server })
    }

    /// The site (`www.strava.com`), without a trailing slash. The control addresses `/_sim/…` are here too.
    pub fn web(&self) -> &str {
        self.server.base()
    }

    /// The API, without a trailing slash.
    pub fn api(&self) -> String {
        format!("{}/api/v3", self.web())
    }

    /// The `[strava]` table of an endpoints file.
    pub fn endpoints_toml(&self) -> String {
        format!("[strava]\nweb = \"{}\"\napi = \"{}\"\n", self.web(), self.api())
    }

    /// The simulator's time, to be moved by tests.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Registers an application, or replaces the one with the same client id.
    pub fn add_application(&self, application: NewApplication) {
        self.shared.state().add_application(application);
    }

    /// Whether the application's owner pays: where not, everything is refused. False if there is no such application.
    pub fn set_active(&self, client_id: &str, is_active: bool) -> bool {
        let mut state = self.shared.state();
        state.applications.get_mut(client_id).map(|it| it.registered.is_active = is_active).is_some()
    }

    /// Adds an athlete; answers the id.
    pub fn add_athlete(&self, athlete: NewAthlete) -> u64 {
        self.shared.state().add_athlete(athlete)
    }

    /// Adds a bike (`b…`) or a pair of shoes (`g…`); answers its id. `None` for an unknown athlete.
    pub fn add_gear(&self, athlete: u64, is_bike: bool, name: &str) -> Option<String> {
        self.shared.state().add_gear(athlete, is_bike, name)
    }

    /// Adds an activity that something else brought, with a number of its own; answers that. `None` for an unknown
    /// athlete.
    pub fn add_activity(&self, athlete: u64, activity: Activity) -> Option<u64> {
        let mut state = self.shared.state();
        state.athlete(athlete)?;
        Some(state.insert_activity(athlete, activity))
    }

    /// Deletes an activity, as the athlete can on the site. False if there is none.
    pub fn delete_activity(&self, id: u64) -> bool {
        self.shared.state().activities.remove(&id).is_some()
    }

    /// All activities, in the order of their numbers.
    pub fn activities(&self) -> Vec<Activity> {
        self.shared.state().activities.values().cloned().collect()
    }

    /// What was uploaded, in order.
    pub fn uploads(&self) -> Vec<Upload> {
        self.shared.state().uploads.clone()
    }

    /// An athlete's weight now, kilograms.
    pub fn weight(&self, athlete: u64) -> Option<f64> {
        self.shared.state().athlete(athlete).map(|it| it.weight)
    }

    /// Every weight that was written, in order, also those that changed nothing.
    pub fn weights_written(&self) -> Vec<f64> {
        self.shared.state().weights_written.clone()
    }

    /// What an athlete does in a browser who is sent to `authorize_url` and allows all that is asked for. Gives the
    /// address that the browser is then sent to. The error is what the page says instead.
    pub fn allow(&self, authorize_url: &str, athlete: u64) -> Result<String, String> {
        self.answer_page(authorize_url, Some(athlete), &[])
    }

    /// The same for an athlete who takes the tick away from these scopes.
    pub fn allow_without(
        &self,
        authorize_url: &str,
        athlete: u64,
        unticked: &[&str],
    ) -> Result<String, String> {
        self.answer_page(authorize_url, Some(athlete), unticked)
    }

    /// The same for an athlete who refuses: the address carries `error=access_denied`.
    pub fn refuse(&self, authorize_url: &str) -> Result<String, String> {
        self.answer_page(authorize_url, None, &[])
    }

    fn answer_page(&self, url: &str, athlete: Option<u64>, unticked: &[&str]) -> Result<String, String> {
        let address = Url::parse(url).map_err(|error| error.to_string())?;
        if !url.starts_with(self.web()) || address.path() != oauth::AUTHORIZE {
            return Err(format!("{} is not the authorize page", address.path()));
        }
        let sent: HashMap<String, String> = address.query_pairs().into_owned().collect();
        let page = oauth::begin(&self.shared, &sent).map_err(|refusal| refusal.words())?;
        oauth::decide(&self.shared, &page, athlete, unticked)
    }

    /// A pair of tokens with these scopes, as if the athlete had allowed the application before. `None` for an unknown
    /// athlete.
    pub fn issue_tokens(&self, client_id: &str, athlete: u64, scopes: &[&str]) -> Option<TokenPair> {
        let mut state = self.shared.state();
        state.athlete(athlete)?;
        let scopes = scopes.iter().map(|it| (*it).to_owned()).collect();
        let grant = state.consent(client_id, athlete, scopes);
        state.issue(grant, &self.shared.options(), self.shared.clock.now())
    }

    /// Ends an athlete's consent to an application: its tokens stop working for good. False if there was none.
    pub fn revoke(&self, client_id: &str, athlete: u64) -> bool {
        self.shared.state().revoke(client_id, athlete)
    }

    /// Whether an athlete's consent to an application stands.
    pub fn is_allowed(&self, client_id: &str, athlete: u64) -> bool {
        let state = self.shared.state();
        state.grants.iter().any(|it| it.client_id == client_id && it.athlete == athlete && !it.is_revoked)
    }

    /// Ends the life of every access token.
    pub fn expire_access_tokens(&self) {
        self.shared.state().access.clear();
    }

    /// Changes options.
    pub fn set_options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut lock(&self.shared.options));
    }

    /// Queues a fault for an endpoint group: `authorize`, `token_exchange`, `token_refresh`, `token`, `revoke`, `athlete_read`,
    /// `athlete_write`, `athlete`, `list`, `detail`, `streams`, `laps`, `activity_read`, `activity_write`, `activity`, `upload`, `poll`, `gear`, `api`
    /// or `any`.
    pub fn fault(&self, on: &str, fault: impl Into<Fault>, times: Times) {
        self.shared.faults.push(on, fault.into(), times);
    }

    /// Drops all waiting faults.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// How many faults still wait.
    pub fn faults_waiting(&self) -> usize {
        self.shared.faults.waiting()
    }

    /// Every call of the token endpoint, in order.
    pub fn token_requests(&self) -> Vec<TokenRequest> {
        self.shared.state().token_requests.clone()
    }

    /// Everything asked so far, without the simulator's own `/_sim/`.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        let mut requests = self.server.log().requests();
        requests.retain(|it| !it.path.starts_with("/_sim/"));
        requests
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.server.log().clear();
    }

    /// What clients did against the protocol, in order. Tests assert that this is empty.
    pub fn violations(&self) -> Vec<String> {
        self.shared.violations.all()
    }
}
