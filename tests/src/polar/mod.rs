//! Polar, simulated: the consent pages, the token endpoints, AccessLink v3 and the training sessions of its Dynamic API
//! (v4), with a memory and with faults on demand.
//!
//! Polar's four hosts are four servers here. What a client does against the published documentation is noted in
//! [`PolarSimulator::violations`], even where the real service might let it pass. Wrong keys, a redirect URL that is not
//! registered and late codes are a person's mistakes and no violations.

mod answers;
mod api;
mod authorize;
mod control;
mod exercise;
mod faults;
pub mod generate;
mod limits;
mod sessions;
mod state;
mod tokens;
mod users;
mod webhooks;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use serde::{Deserialize, Serialize};
use url::Url;

pub use exercise::{Exercise, Point, SampleRow, sample_types};
pub use faults::Fault;
pub use state::{Generation, NewClient, NewPerson, PhysicalInfo, TokenRequest};

use crate::clock::Clock;
use crate::control::Violations;
use crate::server::{FaultQueue, LoggedRequest, RunningServer, Times, lock};
use state::State;

/// What a test may choose about the simulated service, besides faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The status of an unknown client or a wrong secret at the token endpoint. The documentation has 400 for every
    /// error; OAuth's own standard has 401 for this one.
    pub wrong_keys_status: u16,
    /// Whether the Dynamic API takes times in place of the days that its documentation has, as some have seen it do.
    pub takes_times: bool,
    /// Whether it refuses all features, as some have seen it do.
    pub refuses_features: bool,
    /// Requests in 15 minutes and in 24 hours in place of Polar's formula; `None` for the formula.
    pub limits: Option<(u32, u32)>,
}

impl Default for Options {
    fn default() -> Self {
        Self { wrong_keys_status: 400, takes_times: false, refuses_features: false, limits: None }
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

/// A running simulated Polar; it stops when dropped.
#[derive(Debug)]
pub struct PolarSimulator {
    shared: Arc<Shared>,
    flow: RunningServer,
    auth: RunningServer,
    account: RunningServer,
    api: RunningServer,
}

impl PolarSimulator {
    /// Starts on free ports of 127.0.0.1, without clients and persons, at the computer's own time.
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
        let serve = |routes: fn(Arc<Shared>) -> Router| {
            let for_routes = Arc::clone(&shared);
            RunningServer::start(move |_| faults::layer(routes(Arc::clone(&for_routes)), for_routes))
        };
        let account =
            serve(|shared| authorize::history_routes().merge(tokens::history_routes()).with_state(shared))?;
        let (flow, auth, api) = (serve(authorize::routes)?, serve(tokens::routes)?, serve(api::routes)?);
        Ok(Self { shared, flow, auth, account, api })
    }

    /// The site (`flow.polar.com`), without a trailing slash.
    pub fn flow(&self) -> &str {
        self.flow.base()
    }

    /// The token endpoint's host (`polarremote.com`), without a trailing slash.
    pub fn auth(&self) -> &str {
        self.auth.base()
    }

    /// Pages and tokens of the Dynamic API (`auth.polar.com`), without a trailing slash.
    pub fn account(&self) -> &str {
        self.account.base()
    }

    /// AccessLink (`www.polaraccesslink.com`), without a trailing slash. The control addresses `/_sim/…` are here too.
    pub fn api(&self) -> &str {
        self.api.base()
    }

    /// The `[polar]` table of an endpoints file.
    pub fn endpoints_toml(&self) -> String {
        let hosts =
            [("flow", self.flow()), ("auth", self.auth()), ("account", self.account()), ("api", self.api())];
        let lines = hosts.map(|(name, base)| format!("{name} = \"{base}\"\n"));
        format!("[polar]\n{}", lines.concat())
    }

    /// The simulator's time, to be moved by tests.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Registers a client, or replaces the one with the same id.
    pub fn add_client(&self, client: NewClient) {
        self.shared.state().add_client(client);
    }

    /// Adds a person; answers the user id.
    pub fn add_person(&self, person: NewPerson) -> i64 {
        self.shared.state().add_person(person)
    }

    /// Registers a person to a client, as if the client had done so at this time (Unix seconds).
    pub fn register(&self, client_id: &str, user_id: i64, at: i64) {
        self.shared.state().register(client_id, user_id, &format!("earlier-{user_id}"), at);
    }

    /// Whether, and since when (Unix seconds), a person is registered to a client.
    pub fn registered(&self, client_id: &str, user_id: i64) -> Option<i64> {
        self.shared.state().registration(client_id, user_id).map(|it| it.at)
    }

    /// Adds exercises, or replaces those with the same ids. Nothing happens for unknown user ids.
    pub fn add<'a>(&self, user_id: i64, exercises: impl IntoIterator<Item = &'a Exercise>) {
        if let Some(person) = self.shared.state().persons.get_mut(&user_id) {
            for exercise in exercises {
                person.exercises.retain(|it| it.id != exercise.id);
                person.exercises.push(exercise.clone());
            }
        }
    }

    /// Removes an exercise; `false` if there was none.
    pub fn remove(&self, user_id: i64, id: &str) -> bool {
        let mut state = self.shared.state();
        let Some(person) = state.persons.get_mut(&user_id) else { return false };
        let before = person.exercises.len();
        person.exercises.retain(|it| it.id != id);
        person.exercises.len() < before
    }

    /// Sets what Flow knows of a person's body. Nothing happens for unknown user ids.
    pub fn set_physical_info(&self, user_id: i64, info: PhysicalInfo) {
        if let Some(person) = self.shared.state().persons.get_mut(&user_id) {
            person.physical_info = Some(info);
        }
    }

    /// Lets a person accept the mandatory consents, or take them back.
    pub fn set_consents(&self, user_id: i64, given: bool) {
        if let Some(person) = self.shared.state().persons.get_mut(&user_id) {
            person.consents = given;
        }
    }

    /// What a person does in a browser who is sent to `authorize_url` and allows it as `user_id`. Gives the address that
    /// the browser is then sent to: with `code`, or with `error` where Polar does not like the request. The error is
    /// what the page says where nobody is sent anywhere.
    pub fn allow(&self, authorize_url: &str, user_id: i64) -> Result<String, String> {
        self.answer_page(authorize_url, Some(user_id))
    }

    /// The same for a person who refuses: the address carries `error=access_denied`.
    pub fn refuse(&self, authorize_url: &str) -> Result<String, String> {
        self.answer_page(authorize_url, None)
    }

    fn answer_page(&self, authorize_url: &str, user_id: Option<i64>) -> Result<String, String> {
        let url = Url::parse(authorize_url).map_err(|error| error.to_string())?;
        let is_at = |base: &str, path| authorize_url.starts_with(base) && url.path() == path;
        let generation = if is_at(self.flow(), authorize::PATH) {
            Generation::Third
        } else if is_at(self.account(), authorize::HISTORY_PATH) {
            Generation::Fourth
        } else {
            return Err(format!("{} is not the authorization page", url.path()));
        };
        let sent: HashMap<String, String> = url.query_pairs().into_owned().collect();
        match authorize::begin(&self.shared, &sent, generation)? {
            authorize::Begun::Page(id) => authorize::decide(&self.shared, &id, user_id),
            authorize::Begun::SentAway(address) => Ok(address),
        }
    }

    /// An access token, as if the person had allowed the client before. `None` for unknown ones.
    pub fn issue_token(&self, client_id: &str, user_id: i64) -> Option<String> {
        let mut state = self.shared.state();
        let known = state.clients.contains_key(client_id) && state.persons.contains_key(&user_id);
        known.then(|| state.issue(client_id, user_id))
    }

    /// Ends a person's permission to a client, as on the account page: its tokens stop working. `false` if there was
    /// none.
    pub fn revoke(&self, client_id: &str, user_id: i64) -> bool {
        self.shared.state().revoke(client_id, user_id)
    }

    /// The same at the Dynamic API.
    pub fn revoke_history(&self, client_id: &str, user_id: i64) -> bool {
        self.shared.state().revoke_history(client_id, user_id)
    }

    /// Ends all access tokens of the Dynamic API as time does; the refresh tokens stay good.
    pub fn expire_history(&self) {
        self.shared.state().permissions.clear();
    }

    /// Tells the client's webhook of an exercise, as Polar does when Flow has it; the status of the answer. `None` where
    /// there is no active webhook for it or nobody answered. Blocks until then.
    pub fn tell_of_exercise(&self, client_id: &str, user_id: i64, id: &str) -> Option<u16> {
        let url = format!("https://www.polaraccesslink.com/v3/exercises/{id}");
        let body = serde_json::json!({"user_id": user_id, "entity_id": id, "url": url});
        webhooks::deliver(&self.shared, client_id, "EXERCISE", body)
    }

    /// The same of a person's body.
    pub fn tell_of_body(&self, client_id: &str, user_id: i64) -> Option<u16> {
        let url = "https://www.polaraccesslink.com/v3/users/physical-info";
        let body = serde_json::json!({"user_id": user_id, "url": url});
        webhooks::deliver(&self.shared, client_id, "PHYSICAL_INFORMATION", body)
    }

    /// Moves a client's webhook without trying the address, as when nobody listens there any more.
    pub fn set_webhook_url(&self, client_id: &str, url: &str) {
        webhooks::set_url(&self.shared, client_id, url);
    }

    /// Whether a client's webhook is active; `None` where it has none.
    pub fn is_webhook_active(&self, client_id: &str) -> Option<bool> {
        webhooks::is_active(&self.shared, client_id)
    }

    /// Changes options.
    pub fn set_options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut lock(&self.shared.options));
    }

    /// Queues a fault for an endpoint group: `authorize`, `token`, `register`, `user`, `list`, `exercise`, `fit`, `tcx`,
    /// `gpx`, `physical_info`, `history_token`, `sessions`, `sports`, `api` or `any`.
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

    /// Everything asked of the four hosts, host by host, without the simulator's own `/_sim/`.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        let servers = [&self.flow, &self.auth, &self.account, &self.api];
        let mut requests: Vec<LoggedRequest> =
            servers.iter().flat_map(|server| server.log().requests()).collect();
        requests.retain(|it| !it.path.starts_with("/_sim/"));
        requests
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        for server in [&self.flow, &self.auth, &self.account, &self.api] {
            server.log().clear();
        }
    }

    /// What clients did against the documentation, in order. Tests assert that this is empty.
    pub fn violations(&self) -> Vec<String> {
        self.shared.violations.all()
    }
}
