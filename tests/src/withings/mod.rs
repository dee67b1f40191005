//! Withings, simulated: the authorize page, tokens, and the Measure API, with a memory and with faults on demand.
//!
//! Withings' two hosts, the account site and the API, are two servers here. What a client does against what is
//! publicly known of the real service is noted in [`WithingsSimulator::violations`], even where the real service might
//! let it pass. Wrong keys, a redirect address that is not registered and late codes are a person's mistakes and no
//! violations.

mod authorize;
mod control;
mod decimal;
mod envelope;
mod faults;
mod form;
pub mod generate;
pub mod group;
mod limits;
mod measure;
mod pages;
mod signature;
mod state;
mod tokens;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use url::Url;

pub use decimal::Decimal;
pub use faults::Fault;
pub use state::{NewApplication, NewPerson, TokenPair, TokenRequest};

use crate::clock::Clock;
use crate::control::Violations;
use crate::server::{FaultQueue, LoggedRequest, RunningServer, Times, lock};
use generate::{Change, Measurement};
use group::Group;
use state::State;

/// How a page of groups says that there is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoreForm {
    /// 1 or 0.
    Number,
    Boolean,
    /// 1, or neither `more` nor `offset`.
    AbsentAtTheEnd,
}

/// What a test may choose about the simulated service, besides faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Groups in a page.
    pub page_size: usize,
    pub more: MoreForm,
    /// `userid` comes as a string, as some of the vendor's own samples have it.
    pub userid_as_text: bool,
    pub updatetime_as_text: bool,
    /// Groups without `modified`, `hash_deviceid`, `model`, `modelid` and `comment`.
    pub sparse_groups: bool,
    /// Life of access tokens.
    pub access_token_seconds: i64,
    /// The in-body status of an unknown client id, a wrong secret or a wrong signature. Which of the statuses for
    /// failed authentication (100-102, 200, 401) the real service gives is not published.
    pub wrong_keys_status: i64,
    /// So many calls a minute for all users of an application together; `None` for no limit.
    pub requests_a_minute: Option<u32>,
    /// The same call must not come again for so long; 0 for no such rule.
    pub same_call_seconds: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            page_size: 200,
            more: MoreForm::Number,
            userid_as_text: false,
            updatetime_as_text: false,
            sparse_groups: false,
            access_token_seconds: 10_800,
            wrong_keys_status: 401,
            requests_a_minute: Some(120),
            same_call_seconds: 10,
        }
    }
}

impl Options {
    /// No limit on calls, for clients that do not wait (`pace = 0`): `simulator.set_options(Options::lift_limits)`.
    pub fn lift_limits(&mut self) {
        self.requests_a_minute = None;
        self.same_call_seconds = 0;
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

/// A running simulated Withings; it stops when dropped.
#[derive(Debug)]
pub struct WithingsSimulator {
    shared: Arc<Shared>,
    account: RunningServer,
    api: RunningServer,
}

impl WithingsSimulator {
    /// Starts on free ports of 127.0.0.1, without applications and persons, at the computer's own time.
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
        let account = serve(authorize::routes)?;
        let api = serve(api_routes)?;
        Ok(Self { shared, account, api })
    }

    /// The account site (`account.withings.com`), without a trailing slash.
    pub fn account(&self) -> &str {
        self.account.base()
    }

    /// The API (`wbsapi.withings.net`), without a trailing slash. The control addresses `/_sim/…` are here too.
    pub fn api(&self) -> &str {
        self.api.base()
    }

    /// The `[withings]` table of an endpoints file.
    pub fn endpoints_toml(&self) -> String {
        format!("[withings]\naccount = \"{}\"\napi = \"{}\"\n", self.account(), self.api())
    }

    /// The simulator's time, to be moved by tests.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Registers an application, or replaces the one with the same client id.
    pub fn add_application(&self, application: NewApplication) {
        self.shared.state().add_application(application);
    }

    /// Adds a person; answers the user id.
    pub fn add_person(&self, person: NewPerson) -> i64 {
        self.shared.state().add_person(person, false)
    }

    /// Adds measurements with the times of arrival and change that they carry. Nothing happens for unknown user ids.
    pub fn add<'a>(&self, userid: i64, measurements: impl IntoIterator<Item = &'a Measurement>) {
        if let Some(person) = self.shared.state().person_mut(userid) {
            for group in measurements.into_iter().flat_map(|it| &it.groups) {
                person.add(group.clone());
            }
        }
    }

    /// Adds groups with the times that they carry, beside others of the same id.
    pub fn add_groups(&self, userid: i64, groups: impl IntoIterator<Item = Group>) {
        if let Some(person) = self.shared.state().person_mut(userid) {
            groups.into_iter().for_each(|group| person.add(group));
        }
    }

    /// A person's groups, oldest first.
    pub fn groups(&self, userid: i64) -> Vec<Group> {
        let mut state = self.shared.state();
        state.person_mut(userid).map(|it| it.groups.values().cloned().collect()).unwrap_or_default()
    }

    /// Changes all groups with this id, now: `modified` becomes the simulator's time. Answers how many there were.
    pub fn edit_group(&self, userid: i64, grpid: i64, change: impl Fn(&mut Group)) -> usize {
        let now = self.shared.clock.now();
        let mut state = self.shared.state();
        let Some(person) = state.person_mut(userid) else { return 0 };
        let mut found: Vec<Group> = person.groups.values().filter(|it| it.grpid == grpid).cloned().collect();
        person.remove(grpid);
        for group in &mut found {
            change(group);
            group.modified = now;
            person.add(group.clone());
        }
        found.len()
    }

    /// Removes all groups with this id; answers how many there were. Nothing of them is left in any answer.
    pub fn remove_group(&self, userid: i64, grpid: i64) -> usize {
        self.shared.state().person_mut(userid).map_or(0, |it| it.remove(grpid))
    }

    /// Lets a generated change happen: edited or late groups carry the simulator's time as that of their change.
    pub fn change(&self, userid: i64, change: &Change) {
        let now = self.shared.clock.now();
        let mut state = self.shared.state();
        let Some(person) = state.person_mut(userid) else { return };
        let (measurement, is_new) = match change {
            Change::Removed(truth) => {
                for grpid in &truth.grpids {
                    person.remove(*grpid);
                }
                return;
            }
            Change::Edited(measurement) => (measurement, false),
            Change::Arrived(measurement) => (measurement, true),
        };
        for grpid in &measurement.truth.grpids {
            person.remove(*grpid);
        }
        for group in &measurement.groups {
            let created = if is_new { now } else { group.created };
            person.add(Group { created, modified: now, ..group.clone() });
        }
    }

    /// What a person does in a browser who is sent to `authorize_url` and allows it as `userid`. Gives the address that
    /// the browser is then sent to, with `code` and `state`. The error is what the page says instead.
    pub fn allow(&self, authorize_url: &str, userid: i64) -> Result<String, String> {
        self.answer_page(authorize_url, Some(userid))
    }

    /// The same for a person who refuses: the address carries `error=access_denied`.
    pub fn refuse(&self, authorize_url: &str) -> Result<String, String> {
        self.answer_page(authorize_url, None)
    }

    fn answer_page(&self, authorize_url: &str, userid: Option<i64>) -> Result<String, String> {
        let url = Url::parse(authorize_url).map_err(|error| error.to_string())?;
        if !authorize_url.starts_with(self.account()) || url.path() != authorize::PATH {
            return Err(format!("{} is not the authorize page", url.path()));
        }
        let sent: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let page = authorize::begin(&self.shared, &sent)?;
        authorize::decide(&self.shared, &page, userid)
    }

    /// The user id of the demo person, who answers to `mode=demo`.
    pub fn demo_person(&self) -> i64 {
        let mut state = self.shared.state();
        let index = state.demo_person(self.shared.clock.now());
        state.persons[index].userid
    }

    /// A pair of tokens with all scopes, as if the person had allowed the application before. `None` for an unknown
    /// user id.
    pub fn issue_tokens(&self, client_id: &str, userid: i64) -> Option<TokenPair> {
        let mut state = self.shared.state();
        let person = state.person(userid)?;
        let scope = "user.metrics,user.activity,user.info".to_owned();
        let grant = tokens::consent(&mut state, client_id, person, scope);
        state.issue(grant, None, self.shared.clock.now(), self.shared.options().access_token_seconds)
    }

    /// Ends a person's consent to an application: its tokens stop working for good. False if there was none.
    pub fn revoke(&self, client_id: &str, userid: i64) -> bool {
        self.shared.state().revoke(client_id, userid)
    }

    /// Ends the life of every access token.
    pub fn expire_access_tokens(&self) {
        self.shared.state().access.clear();
    }

    /// Changes options.
    pub fn set_options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut lock(&self.shared.options));
    }

    /// Queues a fault for an endpoint group: `authorize`, `allow`, `account`, `token_exchange`, `token_refresh`,
    /// `token`, `signature`, `measure_first`, `measure_next`, `measure`, `confirm`, `devices`, `api` or `any`.
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

    /// Every answer to "is this mine?", in order: the group's id and whether it is.
    pub fn confirmations(&self) -> Vec<(i64, bool)> {
        self.shared.state().confirmations.clone()
    }

    /// Everything asked of the account site, then of the API, without the simulator's own `/_sim/`.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        let mut requests: Vec<LoggedRequest> =
            [&self.account, &self.api].iter().flat_map(|server| server.log().requests()).collect();
        requests.retain(|it| !it.path.starts_with("/_sim/"));
        requests
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.account.log().clear();
        self.api.log().clear();
    }

    /// What clients did against the protocol, in order. Tests assert that this is empty.
    pub fn violations(&self) -> Vec<String> {
        self.shared.violations.all()
    }
}

fn api_routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v2/oauth2", post(tokens::token))
        .route("/v2/signature", post(signature::nonce))
        .route("/measure", post(measure::getmeas))
        .route("/v2/measure", post(measure::confirm))
        .route("/v2/user", post(measure::devices))
        .merge(control::routes())
        .with_state(shared)
}
