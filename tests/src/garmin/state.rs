//! What the simulated Garmin remembers: users, browser sessions, tickets, tokens, activities and uploads.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::body::BodyData;
use super::file_reader::FileFacts;

/// Position of a user in [`State::users`].
pub type UserIndex = usize;

/// How a user proves the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MfaMethod {
    #[default]
    None,
    /// A code by e-mail. The HTML widget sends it only when asked (python-garminconnect#386).
    Email,
    /// A code from an authenticator program.
    Totp,
}

/// An account to create in the simulator.
#[derive(Debug, Clone, Deserialize)]
pub struct NewUser {
    pub email: String,
    pub password: String,
    #[serde(default)]
    pub mfa: MfaMethod,
    /// `garmin.com` or `garmin.cn`: where the account lives.
    #[serde(default = "global_domain")]
    pub domain: String,
    /// Whether the account has agreed to uploads; without it every upload is answered 412.
    #[serde(default = "yes")]
    pub upload_consent: bool,
    #[serde(default = "default_full_name")]
    pub full_name: String,
}

fn global_domain() -> String {
    "garmin.com".into()
}

fn default_full_name() -> String {
    "Sam Rider".into()
}

fn yes() -> bool {
    true
}

impl NewUser {
    /// An account on garmin.com without a second factor, with upload consent.
    pub fn new(email: &str, password: &str) -> Self {
        Self {
            email: email.into(),
            password: password.into(),
            mfa: MfaMethod::None,
            domain: global_domain(),
            upload_consent: true,
            full_name: default_full_name(),
        }
    }

    /// The same account with a second factor.
    pub fn with_mfa(self, mfa: MfaMethod) -> Self {
        Self { mfa, ..self }
    }

    /// The same account living on another domain, e.g. `garmin.cn`.
    pub fn on_domain(self, domain: &str) -> Self {
        Self { domain: domain.into(), ..self }
    }

    /// The same account that has not agreed to uploads yet.
    pub fn without_upload_consent(self) -> Self {
        Self { upload_consent: false, ..self }
    }
}

#[derive(Debug)]
pub struct User {
    pub account: NewUser,
    /// Garmin's display name, often a UUID.
    pub display_name: String,
    pub profile_id: u64,
    pub garmin_guid: String,
    /// The one-time code that is good now, if one was sent.
    pub code: Option<String>,
    pub gear: Vec<Gear>,
    /// Serial number and product name of each device.
    pub devices: Vec<(u64, String)>,
    /// New terms wait for the person on Garmin's website; until then nothing is taken (mi-scale-exporter#66).
    pub terms_pending: bool,
}

/// A piece of gear of a user.
#[derive(Debug, Clone, Serialize)]
pub struct Gear {
    /// Without dashes, as the gear service writes it.
    pub uuid: String,
    pub display_name: String,
    /// `Bike`, `Shoes` or `Other`.
    pub gear_type: String,
    pub gear_pk: u64,
}

/// What one `SESSION` cookie stands for.
#[derive(Debug, Default)]
pub struct BrowserSession {
    pub pages: Vec<PageVisit>,
    pub csrf: HashSet<String>,
    pub pending_mfa: Option<PendingMfa>,
}

/// A sign-in page that a session has loaded.
#[derive(Debug)]
pub struct PageVisit {
    pub flow: Flow,
    pub client_id: Option<String>,
    pub service: Option<String>,
}

#[derive(Debug, Clone)]
pub struct PendingMfa {
    pub user: UserIndex,
    pub flow: Flow,
}

/// The ways to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    Mobile,
    Portal,
    Widget,
    /// The portal's page used by a person: a form post or an address that mints a ticket.
    Page,
}

/// One attempt to sign in or to pass the second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Login {
    pub email: String,
    pub flow: Flow,
    pub outcome: LoginOutcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginOutcome {
    Success,
    WrongPassword,
    CodeRequired,
    WrongCode,
    /// Refused before the password was looked at (no page, no cookie, no Referer).
    Refused,
}

#[derive(Debug, Clone)]
pub struct Ticket {
    pub user: UserIndex,
    /// The exact `service` string that the sign-in named.
    pub service: String,
    pub minted: Instant,
    pub spent: bool,
    /// Whether a second factor was passed.
    pub with_mfa: bool,
}

/// All tokens that came from one ticket.
#[derive(Debug)]
pub struct TokenFamily {
    pub user: UserIndex,
    pub client_id: String,
    pub dead: bool,
    /// The domain that the ticket's service named.
    pub domain: String,
    /// Minted from the embed widget's service.
    pub from_widget: bool,
}

#[derive(Debug)]
pub struct RefreshToken {
    pub family: usize,
    pub rotated: bool,
    pub expires_at: i64,
}

#[derive(Debug)]
pub struct AccessToken {
    pub user: UserIndex,
    /// Unix seconds.
    pub expires_at: i64,
    /// `None` for a bearer made from an OAuth1 token.
    pub family: Option<usize>,
}

#[derive(Debug)]
pub struct OAuth1Token {
    pub user: UserIndex,
    pub secret: String,
    pub mfa_token: Option<String>,
    pub dead: bool,
    /// The first exchange must name the audience; renewals must not.
    pub exchanged: bool,
}

/// An activity in the simulated Garmin Connect.
#[derive(Debug, Clone, Serialize)]
pub struct Activity {
    pub id: u64,
    pub owner_email: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub facts: FileFacts,
    pub file_name: String,
    /// Lower-case hexadecimal SHA-256 of the uploaded file; empty for activities that never had a file.
    pub sha256: String,
    /// Uuids of linked gear.
    pub gear: Vec<String>,
    /// The type that an edit has set; otherwise it follows from the file's sport.
    pub edited_type: Option<(u64, String)>,
    /// The uploaded bytes, where the option `keep_files` is on.
    #[serde(skip)]
    pub bytes: Option<std::sync::Arc<[u8]>>,
    #[serde(skip)]
    pub owner: UserIndex,
}

/// One file that arrived at the upload endpoint.
#[derive(Debug, Clone, Serialize)]
pub struct Upload {
    pub file_name: String,
    pub size: usize,
    pub sha256: String,
    pub outcome: UploadOutcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadOutcome {
    Created(u64),
    /// Refused as a copy of this activity.
    Duplicate(u64),
    /// A weight or blood pressure file: makes no activity.
    Measurement,
    /// A weight file with more records than Garmin gets through in time.
    TooLong,
    /// Refused as damaged or of an unknown format, with the reason.
    Bad(String),
}

/// What polling an accepted upload answers.
#[derive(Debug, Clone)]
pub struct UploadStatus {
    pub upload: usize,
    pub owner: UserIndex,
    /// How many more times to answer 202.
    pub rounds_left: u32,
}

#[derive(Debug, Default)]
pub struct State {
    pub users: Vec<User>,
    pub sessions: HashMap<String, BrowserSession>,
    /// CASTGC cookie -> the user it keeps signed in.
    pub granting_tickets: HashMap<String, UserIndex>,
    pub tickets: HashMap<String, Ticket>,
    /// One-time tokens of the redirect between code page and success page.
    pub login_tokens: HashMap<String, UserIndex>,
    pub logins: Vec<Login>,

    pub families: Vec<TokenFamily>,
    pub refresh_tokens: HashMap<String, RefreshToken>,
    pub access_tokens: HashMap<String, AccessToken>,
    pub oauth1_tokens: HashMap<String, OAuth1Token>,
    pub oauth1_nonces: HashSet<String>,
    pub refreshes: usize,
    pub exchanges: usize,

    pub activities: HashMap<u64, Activity>,
    /// (owner, start in unix seconds, activity id): listing by date is a range.
    pub by_start: BTreeSet<(UserIndex, i64, u64)>,
    pub uploads: Vec<Upload>,
    pub statuses: HashMap<String, UploadStatus>,
    pub body: BodyData,
    pub next_number: u64,
}

impl State {
    /// A fresh number for an id.
    pub fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    pub fn user_by_email(&self, email: &str) -> Option<UserIndex> {
        self.users.iter().position(|user| user.account.email.eq_ignore_ascii_case(email))
    }

    /// Adds an activity under its owner's history.
    pub fn insert_activity(&mut self, activity: Activity) {
        self.by_start.insert((activity.owner, activity.facts.start, activity.id));
        self.activities.insert(activity.id, activity);
    }

    /// Removes an activity, if there is one with this id.
    pub fn remove_activity(&mut self, id: u64) {
        if let Some(activity) = self.activities.remove(&id) {
            self.by_start.remove(&(activity.owner, activity.facts.start, id));
        }
    }

    /// The activity that a new file would duplicate: same owner, same start second, same sport. Garmin documents no
    /// rule; what is known is that the same file is refused, and that what another device recorded beside it is not.
    pub fn duplicate_of(&self, owner: UserIndex, facts: &FileFacts) -> Option<u64> {
        self.by_start
            .range((owner, facts.start, 0)..=(owner, facts.start, u64::MAX))
            .map(|&(_, _, id)| id)
            .find(|id| self.activities.get(id).is_some_and(|it| it.facts.sport == facts.sport))
    }
}
