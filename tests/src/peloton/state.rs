//! What the simulated Peloton remembers: members, sign-ins under way, codes, tokens and workouts.

use std::collections::{BTreeMap, HashMap};

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::generate::{Athlete, Discipline, Options, Quirk, Units, Workout, one, settings};
use crate::server::random_hex;

/// Position of a member in [`State::users`].
pub(super) type UserIndex = usize;

/// A member to create in the simulator.
#[derive(Debug, Clone, Deserialize)]
pub struct NewUser {
    pub email: String,
    pub password: String,
    /// Kilometres and kilograms instead of miles and pounds, in `/settings` only: workouts bring their own units.
    #[serde(default)]
    pub metric: bool,
}

impl NewUser {
    /// A member who counts in miles.
    pub fn new(email: &str, password: &str) -> Self {
        Self { email: email.into(), password: password.into(), metric: false }
    }
}

/// A member.
#[derive(Debug)]
pub(super) struct User {
    pub id: String,
    pub email: String,
    pub password: String,
    pub units: Units,
    pub me: Value,
    pub wrong_passwords: u32,
    /// Ids by time of creation, so that the newest is last.
    pub workouts: BTreeMap<(i64, String), Stored>,
    /// The page size of the listing under way.
    pub listing_limit: Option<usize>,
}

/// A workout ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub id: String,
    pub created_at: i64,
    /// The row of a list, and the whole answer, both with the class and its instructor.
    pub row: Bytes,
    pub detail: Bytes,
    pub graph: Bytes,
    pub is_private: bool,
}

/// How a sign-in with a password ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginOutcome {
    Accepted,
    WrongPassword,
    Blocked,
}

/// An attempt to sign in with a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Login {
    pub email: String,
    pub outcome: LoginOutcome,
}

/// A sign-in under way, from `/authorize` to the code.
#[derive(Debug, Clone)]
pub(super) struct Transaction {
    /// What the client sent, and wants back.
    pub client_state: String,
    pub nonce: String,
    pub code_challenge: String,
    pub redirect_uri: String,
    pub audience: String,
    pub scope: String,
    pub csrf: String,
    /// Whether the login page set the `_csrf` cookie.
    pub cookie_was_set: bool,
    /// The `wresult` and `wctx` of the form that follows the right password.
    pub form: Option<(String, String)>,
    pub user: Option<UserIndex>,
    /// The session cookie of the sign-in host, and that of the second host.
    pub session: Option<String>,
    pub orca_session: Option<String>,
    pub passed_orca: bool,
}

/// What an authorization code is good for.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub user: UserIndex,
    pub code_challenge: String,
    pub redirect_uri: String,
    pub given: DateTime<Utc>,
    pub is_spent: bool,
    /// The token family that it was exchanged for.
    pub family: Option<u64>,
}

/// What a refresh token is good for.
#[derive(Debug, Clone)]
pub(super) struct Refresh {
    pub user: UserIndex,
    pub family: u64,
    pub is_spent: bool,
    pub is_revoked: bool,
}

/// What an access token is good for.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub user: UserIndex,
    pub expires: DateTime<Utc>,
}

/// An access token with its refresh token.
#[derive(Debug, Clone, Serialize)]
pub struct TokenPair {
    pub access_token: String,
    pub refresh_token: String,
    pub expires_in: i64,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct State {
    pub users: Vec<User>,
    /// By the transaction state, which is not the client's state.
    pub transactions: HashMap<String, Transaction>,
    pub codes: HashMap<String, Grant>,
    pub access: HashMap<String, Access>,
    pub refresh: HashMap<String, Refresh>,
    pub logins: Vec<Login>,
    pub refreshes: usize,
    pub next_family: u64,
    /// Owner of each workout.
    owners: HashMap<String, (UserIndex, i64)>,
    rides: HashMap<String, Bytes>,
    generated: u64,
}

impl State {
    pub fn add_user(&mut self, new: NewUser) -> String {
        let units = if new.metric { Units::Metric } else { Units::Imperial };
        if let Some(user) = self.users.iter_mut().find(|user| user.email == new.email) {
            user.password = new.password;
            user.units = units;
            return user.id.clone();
        }
        let mut me = super::generate::user(&Athlete::default());
        if !self.users.is_empty() {
            me["id"] = json!(random_hex(32));
        }
        me["email"] = json!(new.email);
        let id = me["id"].as_str().unwrap_or_default().to_owned();
        self.users.push(User {
            id: id.clone(),
            email: new.email,
            password: new.password,
            units,
            me,
            wrong_passwords: 0,
            workouts: BTreeMap::new(),
            listing_limit: None,
        });
        id
    }

    pub fn user_by_id(&self, id: &str) -> Option<UserIndex> {
        self.users.iter().position(|user| user.id == id)
    }

    pub fn set_me(&mut self, user: UserIndex, mut me: Value) {
        let user = &mut self.users[user];
        me["id"] = json!(user.id);
        me["email"] = json!(user.email);
        user.me = me;
    }

    /// `GET /api/me`.
    pub fn me(&self, user: UserIndex) -> Value {
        let user = &self.users[user];
        let mut me = user.me.clone();
        me["total_workouts"] = json!(user.workouts.len());
        me
    }

    /// `GET /api/user/{id}/settings`.
    pub fn settings(&self, user: UserIndex) -> Value {
        settings(self.users[user].units, "America/New_York")
    }

    pub fn add_workout(&mut self, user: UserIndex, workout: &Workout) {
        let mut detail = workout.workout.clone();
        detail["user_id"] = json!(self.users[user].id);
        let mut row = detail.clone();
        if let Some(fields) = row.as_object_mut() {
            for heavy in ["ftp_info", "movement_tracker_data", "achievement_templates", "leaderboard_rank"] {
                fields.remove(heavy);
            }
        }
        let created_at = detail["created_at"].as_i64().unwrap_or_default();
        let id = workout.id().to_owned();
        if let (Some(details), Some(ride)) = (&workout.ride_details, detail["ride"]["id"].as_str()) {
            self.rides.insert(ride.to_owned(), details.bytes());
        }
        self.owners.insert(id.clone(), (user, created_at));
        let stored = Stored {
            id: id.clone(),
            created_at,
            row: row.to_string().into(),
            detail: detail.to_string().into(),
            graph: workout.performance_graph.bytes(),
            is_private: workout.options.quirks.contains(&Quirk::Private),
        };
        self.users[user].workouts.insert((created_at, id), stored);
    }

    /// A new ride that has just ended: what arrives between two pages.
    pub fn generate_workout(
        &mut self,
        user: UserIndex,
        discipline: Discipline,
        options: &Options,
    ) -> Workout {
        self.generated += 1;
        let workout = one(discipline, 1_000_000 + self.generated, options);
        self.add_workout(user, &workout);
        workout
    }

    pub fn remove_workout(&mut self, id: &str) -> bool {
        let Some((user, created_at)) = self.owners.remove(id) else { return false };
        self.users[user].workouts.remove(&(created_at, id.to_owned())).is_some()
    }

    /// A workout that this member may see.
    pub fn workout(&self, user: UserIndex, id: &str) -> Option<&Stored> {
        let (owner, created_at) = self.owners.get(id)?;
        let stored = self.users[*owner].workouts.get(&(*created_at, id.to_owned()))?;
        (*owner == user && !stored.is_private).then_some(stored)
    }

    /// `GET /api/ride/{id}/details`.
    pub fn ride(&self, id: &str) -> Option<Bytes> {
        self.rides.get(id).cloned()
    }

    pub fn expire_access_tokens(&mut self) {
        self.access.clear();
    }

    pub fn revoke_refresh_tokens(&mut self) {
        for refresh in self.refresh.values_mut() {
            refresh.is_revoked = true;
        }
    }

    /// Re-use of a spent refresh token or code takes everything that came from the same sign-in away.
    pub fn revoke_family(&mut self, family: u64) {
        for refresh in self.refresh.values_mut().filter(|refresh| refresh.family == family) {
            refresh.is_revoked = true;
        }
    }
}
