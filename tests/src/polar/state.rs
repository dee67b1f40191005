//! What the simulated Polar remembers: clients, persons with their exercises, registrations, codes and tokens.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::exercise::{Exercise, utc};
use super::limits::Counter;
use super::webhooks::Webhook;
use crate::server::{issued, random_hex};

/// A client to register, as a person does on the administration page.
#[derive(Debug, Clone, Deserialize)]
pub struct NewClient {
    pub client_id: String,
    pub client_secret: String,
    /// The registered redirect URLs, compared letter by letter; the first is the default.
    pub redirect_urls: Vec<String>,
    /// The one interface that Polar has tied this client to; `None` where it may use both.
    #[serde(default)]
    pub tied_to: Option<Generation>,
}

/// AccessLink's two interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Generation {
    /// v3
    Third,
    /// v4, the Dynamic API
    Fourth,
}

impl NewClient {
    pub fn new(client_id: &str, client_secret: &str, redirect_url: &str) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            redirect_urls: vec![redirect_url.into()],
            tied_to: None,
        }
    }

    pub(super) fn may_use(&self, generation: Generation) -> bool {
        self.tied_to.is_none_or(|only| only == generation)
    }
}

/// A person to create, who is signed in at Flow in the simulated browser.
#[derive(Debug, Clone, Deserialize)]
pub struct NewPerson {
    pub first_name: String,
    pub last_name: String,
}

impl NewPerson {
    pub fn new(first_name: &str, last_name: &str) -> Self {
        Self { first_name: first_name.into(), last_name: last_name.into() }
    }
}

/// What Flow knows of a person's body: one current state, no history.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PhysicalInfo {
    /// kg
    pub weight: Option<f64>,
    /// Unix seconds
    pub created: i64,
    /// Unix seconds
    pub modified: i64,
    /// `SOURCE_USER`, `SOURCE_MEASURED` …
    pub weight_source: String,
}

impl PhysicalInfo {
    /// A weight that a scale told.
    pub fn measured(weight: f64, modified: i64) -> Self {
        let created = modified - 365 * 86_400;
        Self { weight: Some(weight), created, modified, weight_source: "SOURCE_MEASURED".into() }
    }

    pub(super) fn json(&self) -> Value {
        let mut all = json!({
            "height": 178.0, "created": utc(self.created), "modified": utc(self.modified), "birthday": "1984-03-09",
            "gender": "FEMALE", "maximum_heart_rate": 187, "resting_heart_rate": 52, "aerobic_threshold": 138,
            "anaerobic_threshold": 167, "vo2_max": 46, "weight_source": self.weight_source,
            "training_background": "FREQUENT", "typical_day": "MOSTLY_SITTING", "sleep_goal": "PT7H45M",
        });
        if let Some(weight) = self.weight {
            all["weight"] = json!(weight);
        }
        all
    }
}

#[derive(Debug)]
pub(super) struct Client {
    pub registered: NewClient,
    pub counter: Counter,
    /// By user id.
    pub users: BTreeMap<i64, Registration>,
}

/// A user of a client.
#[derive(Debug, Clone)]
pub(super) struct Registration {
    pub member_id: String,
    /// Unix seconds
    pub at: i64,
}

#[derive(Debug)]
pub(super) struct Person {
    pub name: NewPerson,
    /// Whether all mandatory consents are given.
    pub consents: bool,
    pub exercises: Vec<Exercise>,
    pub physical_info: Option<PhysicalInfo>,
}

/// An authorization page that was shown and not answered yet.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub generation: Generation,
    pub client_id: String,
    /// With spaces between them.
    pub scopes: String,
    /// Where the browser goes.
    pub redirect_url: String,
    /// What the client named, if it named anything.
    pub redirect_uri: Option<String>,
    pub client_state: Option<String>,
}

/// What an authorization code is good for.
#[derive(Debug)]
pub(super) struct Code {
    pub generation: Generation,
    pub client_id: String,
    pub scopes: String,
    pub user_id: i64,
    pub redirect_uri: Option<String>,
    /// Unix seconds
    pub given: i64,
    pub is_used: bool,
}

/// Whom an access token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    pub client_id: String,
    pub user_id: i64,
}

/// What a token of the Dynamic API is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permission {
    pub grant: Grant,
    pub scopes: String,
    /// Unix seconds
    pub expires: i64,
}

/// One call of a token endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenRequest {
    /// The HTTP status of the answer.
    pub status: u16,
    /// OAuth's name of what was wrong; empty where nothing was.
    pub error: String,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct State {
    pub clients: BTreeMap<String, Client>,
    /// By user id.
    pub persons: BTreeMap<i64, Person>,
    pub requests: HashMap<String, Request>,
    pub codes: HashMap<String, Code>,
    pub tokens: HashMap<String, Grant>,
    /// Access tokens of the Dynamic API.
    pub permissions: HashMap<String, Permission>,
    /// Its refresh tokens; each works once.
    pub refresh_tokens: HashMap<String, Permission>,
    pub token_requests: Vec<TokenRequest>,
    /// By client id.
    pub webhooks: HashMap<String, Webhook>,
}

impl State {
    pub fn add_client(&mut self, new: NewClient) {
        let client = Client { registered: new.clone(), counter: Counter::default(), users: BTreeMap::new() };
        self.clients.insert(new.client_id, client);
    }

    /// Adds a person; answers the user id.
    pub fn add_person(&mut self, new: NewPerson) -> i64 {
        let user_id = 50_231_004 + 977 * self.persons.len() as i64;
        let person = Person { name: new, consents: true, exercises: Vec::new(), physical_info: None };
        self.persons.insert(user_id, person);
        user_id
    }

    pub fn register(&mut self, client_id: &str, user_id: i64, member_id: &str, at: i64) {
        if let Some(client) = self.clients.get_mut(client_id) {
            client.users.insert(user_id, Registration { member_id: member_id.to_owned(), at });
        }
    }

    pub fn registration(&self, client_id: &str, user_id: i64) -> Option<&Registration> {
        self.clients.get(client_id)?.users.get(&user_id)
    }

    /// A new access token.
    pub fn issue(&mut self, client_id: &str, user_id: i64) -> String {
        let token = issued(random_hex(32));
        self.tokens.insert(token.clone(), Grant { client_id: client_id.to_owned(), user_id });
        token
    }

    /// Ends every token of a person at a client; `false` if there was none.
    pub fn revoke(&mut self, client_id: &str, user_id: i64) -> bool {
        let before = self.tokens.len();
        let gone = Grant { client_id: client_id.to_owned(), user_id };
        self.tokens.retain(|_, grant| *grant != gone);
        self.tokens.len() < before
    }

    /// Ends a person's permission to a client at the Dynamic API; `false` if there was none.
    pub fn revoke_history(&mut self, client_id: &str, user_id: i64) -> bool {
        let before = self.refresh_tokens.len();
        let gone = Grant { client_id: client_id.to_owned(), user_id };
        self.permissions.retain(|_, it| it.grant != gone);
        self.refresh_tokens.retain(|_, it| it.grant != gone);
        self.refresh_tokens.len() < before
    }
}
