//! Peloton, simulated: the hosted sign-in, tokens, workouts and graphs, with a memory and with faults on demand.
//!
//! Peloton's hosts are three servers here: the sign-in host, the API, and one that plays both the members site and
//! the second sign-in host. The last is reached by the name `localhost`, the others by number, so that a client that
//! sends one host's cookies to another is found out. What a client does against what is publicly known of the real
//! service is noted in [`PelotonSimulator::violations`], even where the real service might let it pass.

mod api;
mod control;
mod faults;
pub mod generate;
mod pages;
mod sign_in;
mod site;
mod state;
mod tokens;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use faults::Fault;
pub use state::{Login, LoginOutcome, NewUser, TokenPair};

use crate::server::{FaultQueue, LoggedRequest, RunningServer, Times, lock};
use generate::Workout;
use state::State;

/// The public client id of Peloton's members site.
pub const CLIENT_ID: &str = "WVoJxVDdPoFx4RNewvvg6ch2mZ7bwnsM";
/// The audience of its tokens; the slash at the end matters.
pub const AUDIENCE: &str = "https://api.onepeloton.com/";
/// The scope of its tokens.
pub const SCOPE: &str = "offline_access openid peloton-api.members:default";
/// The only redirect address that the real client id may use.
pub const REDIRECT_URI: &str = "https://members.onepeloton.com/callback";
/// How many violations are kept; a client that breaks a rule does so at each request.
const VIOLATIONS_KEPT: usize = 1000;

/// What a test may choose about the simulated service, besides faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The login page sets the `_csrf` cookie (peloton-to-garmin#820: sometimes it does not).
    pub csrf_cookie: bool,
    /// The login page holds `window.injectedConfig`.
    pub page_config: bool,
    /// After so many wrong passwords in a row the account is blocked.
    pub attempts_before_block: u32,
    /// Life of access tokens.
    pub access_token_seconds: i64,
    /// The members site spends the code as soon as its callback page is loaded, as the real one does.
    pub members_site_spends_code: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            csrf_cookie: true,
            page_config: true,
            attempts_before_block: 10,
            access_token_seconds: 172_800,
            members_site_spends_code: true,
        }
    }
}

/// What all routes share.
#[derive(Debug)]
struct Shared {
    addresses: Mutex<Addresses>,
    options: Mutex<Options>,
    state: Mutex<State>,
    faults: FaultQueue<Fault>,
    violations: Mutex<Vec<String>>,
}

/// Base addresses, without a trailing slash.
#[derive(Debug, Clone, Default)]
struct Addresses {
    auth: String,
    api: String,
    members: String,
    /// The second sign-in host, `auth-orca` at Peloton.
    orca: String,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn options(&self) -> Options {
        lock(&self.options).clone()
    }

    fn addresses(&self) -> Addresses {
        lock(&self.addresses).clone()
    }

    /// The simulated members site's own callback address.
    fn own_redirect_uri(&self) -> String {
        format!("{}/callback", lock(&self.addresses).members)
    }

    /// Notes that a client broke the protocol.
    fn violation(&self, what: impl Into<String>) {
        let mut violations = lock(&self.violations);
        if violations.len() < VIOLATIONS_KEPT {
            violations.push(what.into());
        }
    }
}

/// A running simulated Peloton; it stops when dropped.
#[derive(Debug)]
pub struct PelotonSimulator {
    shared: Arc<Shared>,
    auth: RunningServer,
    api: RunningServer,
    site: RunningServer,
}

impl PelotonSimulator {
    /// Starts on free ports of 127.0.0.1, without users.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared {
            addresses: Mutex::default(),
            options: Mutex::default(),
            state: Mutex::default(),
            faults: FaultQueue::default(),
            violations: Mutex::default(),
        });
        let serve = |routes: fn(Arc<Shared>) -> Router| {
            let for_routes = Arc::clone(&shared);
            RunningServer::start(move |_| faults::layer(routes(Arc::clone(&for_routes)), for_routes))
        };
        let auth = serve(sign_in::routes)?;
        let api = serve(api::routes)?;
        let site = serve(site::routes)?;
        *lock(&shared.addresses) = Addresses {
            auth: auth.base().to_owned(),
            api: api.base().to_owned(),
            members: site.base().to_owned(),
            orca: site.base().replacen("127.0.0.1", "localhost", 1),
        };
        Ok(Self { shared, auth, api, site })
    }

    /// The sign-in host (`auth.onepeloton.com`), without a trailing slash.
    pub fn auth(&self) -> &str {
        self.auth.base()
    }

    /// The API (`api.onepeloton.com`), without a trailing slash. The control addresses `/_sim/...` are here too.
    pub fn api(&self) -> &str {
        self.api.base()
    }

    /// The members site (`members.onepeloton.com`), without a trailing slash.
    pub fn members(&self) -> &str {
        self.site.base()
    }

    /// The `[peloton]` table of an endpoints file.
    pub fn endpoints_toml(&self) -> String {
        format!(
            "[peloton]\nauth = \"{}\"\napi = \"{}\"\nmembers = \"{}\"\n",
            self.auth(),
            self.api(),
            self.members()
        )
    }

    /// Adds a member, or replaces the password of the one with the same e-mail. Answers the user id.
    /// The first member has the id that generated workouts carry.
    pub fn add_user(&self, user: NewUser) -> String {
        self.shared.state().add_user(user)
    }

    /// Adds a workout to the first member's history.
    ///
    /// # Panics
    /// If there is no member.
    pub fn add(&self, workout: &Workout) {
        self.shared.state().add_workout(0, workout);
    }

    /// Adds many workouts to the first member's history.
    pub fn add_all<'a>(&self, workouts: impl IntoIterator<Item = &'a Workout>) {
        let mut state = self.shared.state();
        for workout in workouts {
            state.add_workout(0, workout);
        }
    }

    /// Adds a workout to the history of the member with this id.
    pub fn add_for(&self, user_id: &str, workout: &Workout) {
        let mut state = self.shared.state();
        if let Some(user) = state.user_by_id(user_id) {
            state.add_workout(user, workout);
        }
    }

    /// Removes a workout, as its owner can; false if there is none with this id.
    pub fn remove(&self, workout_id: &str) -> bool {
        self.shared.state().remove_workout(workout_id)
    }

    /// Replaces the first member's record (`GET /api/me`); its id and e-mail stay.
    pub fn set_me(&self, me: &Value) {
        self.shared.state().set_me(0, me.clone());
    }

    /// Changes options.
    pub fn set_options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut lock(&self.shared.options));
    }

    /// Queues a fault for an endpoint group: `authorize`, `login_page`, `login`, `login_callback`, `chain`,
    /// `token_exchange`, `token_refresh`, `token`, `auth`, `me`, `list_first`, `list_next`, `list`, `workout`, `graph`,
    /// `ride`, `settings`, `api` or `any`.
    pub fn fault(&self, on: &str, fault: Fault, times: Times) {
        self.shared.faults.push(on, fault, times);
    }

    /// Drops all waiting faults.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// How many faults still wait.
    pub fn faults_waiting(&self) -> usize {
        self.shared.faults.waiting()
    }

    /// Everything asked of the sign-in host, then of the API, then of the other hosts (newest 50,000 of each).
    pub fn requests(&self) -> Vec<LoggedRequest> {
        [&self.auth, &self.api, &self.site].iter().flat_map(|server| server.log().requests()).collect()
    }

    /// How many API requests have a path that starts with `path_prefix`.
    pub fn api_requests(&self, path_prefix: &str) -> usize {
        self.api.log().count("GET", path_prefix)
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        for server in [&self.auth, &self.api, &self.site] {
            server.log().clear();
        }
    }

    /// What clients did against the protocol, in order.
    pub fn violations(&self) -> Vec<String> {
        lock(&self.shared.violations).clone()
    }

    /// Every attempt to sign in with a password, in order.
    pub fn logins(&self) -> Vec<Login> {
        self.shared.state().logins.clone()
    }

    /// How many refreshes gave a new pair of tokens.
    pub fn refreshes(&self) -> usize {
        self.shared.state().refreshes
    }

    /// A pair of tokens for the first member, as if signed in in a browser.
    ///
    /// # Panics
    /// If there is no member.
    pub fn issue_tokens(&self) -> TokenPair {
        let seconds = self.shared.options().access_token_seconds;
        tokens::issue(&mut self.shared.state(), self.auth.base(), 0, seconds)
    }

    /// All access tokens given out so far stop working; refreshing helps.
    pub fn expire_access_tokens(&self) {
        self.shared.state().expire_access_tokens();
    }

    /// All refresh tokens given out so far stop working; only signing in again helps.
    pub fn revoke_refresh_tokens(&self) {
        self.shared.state().revoke_refresh_tokens();
    }
}
