//! What crosses between the window and the shell beyond the engine's own words.

use std::collections::BTreeMap;
use std::path::PathBuf;

use baton_core::{Error, Event, LapStyle, Prompt, Reply, Secret, ServiceInfo, Time};
use baton_engine::{Account, Schedule, Scope, SignInStep, Snapshot};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Light, dark, or as the system is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// The languages that the interface is complete in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    System,
    En,
    De,
}

/// How distances and weights are shown. Everything is kept in SI units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum UnitSystem {
    #[default]
    System,
    Metric,
    Imperial,
}

/// The interface's own settings, kept by the shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Preferences {
    pub theme: Theme,
    pub language: Language,
    pub units: UnitSystem,
    /// Whether the first run's steps are over.
    pub welcomed: bool,
    /// Whether closing the window was explained.
    pub close_explained: bool,
    /// Whether closing the window keeps Baton running.
    pub keep_running: bool,
    pub notify_attention: bool,
    pub notify_arrivals: bool,
    /// Whether another destination already passes activities on to Strava; asked once.
    pub linked_already: Option<bool>,
    /// Width of the activities' list in px.
    pub list_width: u32,
    /// The version whose news were shown.
    pub news_seen: String,
}

/// How the search for a newer version stands.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(tag = "update", rename_all = "snake_case")]
pub enum UpdateState {
    None,
    Checking,
    Downloading {
        version: String,
        percent: Option<u8>,
    },
    /// Downloaded and its signature verified.
    Ready {
        version: String,
        notes: String,
    },
    /// Made for a package manager: it only says that there is one.
    AvailableElsewhere {
        version: String,
        notes: String,
    },
    Failed {
        error: Error,
    },
}

/// Where the window goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum Place {
    Home,
    Activities,
    Accounts,
    History,
    Settings,
    Entry { account: String, key: String },
    SignIn { account: String },
    Import { paths: Vec<PathBuf> },
}

/// Everything that the window hears: one ordered channel.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum Message {
    Engine {
        event: Event,
    },
    Update {
        state: UpdateState,
    },
    Preferences {
        preferences: Preferences,
    },
    Go {
        place: Place,
    },
    /// The window was asked to close for the first time: explain, then call `closeWindow` or `quit`.
    Closing,
}

/// Whether the saved sign-ins can be opened. That a computer has no keychain shows when the first is to be saved.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(tag = "vault", rename_all = "snake_case")]
pub enum VaultState {
    Ready,
    /// A vault under a passphrase is there: ask for it.
    NeedsPassphrase,
}

/// What the window begins with.
#[derive(Debug, Clone, Serialize, Type)]
pub struct Start {
    pub version: String,
    /// `linux`, `macos`, `windows`
    pub system: String,
    /// The system's language tag: `de-DE`
    pub locale: String,
    /// Whether the system shows the icon that quits.
    pub tray: bool,
    pub start_at_login: bool,
    pub services: Vec<ServiceInfo>,
    pub preferences: Preferences,
    pub snapshot: Snapshot,
    pub update: UpdateState,
    pub vault: VaultState,
    /// Set where the app was opened for something (a tray item, a notification).
    pub place: Option<Place>,
    /// Set where the history file cannot be read: everything else is then empty.
    pub broken: Option<Error>,
    /// The data directory.
    pub home: PathBuf,
}

/// How items are made: what `[preferences]` of `config.toml` holds.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct EnginePreferences {
    pub laps: LapStyle,
    /// By sport: a preset's name, or a device of one's own.
    pub devices: BTreeMap<String, serde_json::Value>,
    pub time_in_zone: bool,
    pub keep_raw: bool,
    pub look_back_days: u32,
}

/// What the engine can be told.
#[derive(Debug, Clone, Serialize, Type)]
pub struct Config {
    pub preferences: EnginePreferences,
    pub schedule: Schedule,
}

/// What the window answers to a prompt. Read once, never shown: it has neither `Debug` nor `Serialize`.
#[derive(Deserialize, Type)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum SignInReply {
    Password {
        username: String,
        #[specta(type = String)]
        password: Secret,
    },
    Code {
        #[specta(type = String)]
        code: Secret,
    },
    AppKeys {
        client_id: String,
        #[specta(type = String)]
        client_secret: Secret,
    },
    Text {
        #[specta(type = String)]
        text: Secret,
    },
    Folder {
        path: PathBuf,
    },
}

impl From<SignInReply> for Reply {
    fn from(reply: SignInReply) -> Reply {
        match reply {
            SignInReply::Password { username, password } => Reply::Password { username, password },
            SignInReply::Code { code } => Reply::Code(code.trimmed()),
            SignInReply::AppKeys { client_id, client_secret } => Reply::AppKeys {
                client_id: client_id.trim().to_owned(),
                client_secret: client_secret.trimmed(),
            },
            SignInReply::Text { text } => Reply::Text(text.trimmed()),
            SignInReply::Folder { path } => Reply::Folder(path),
        }
    }
}

/// A secret that the window hands over as plain text.
#[derive(Deserialize, Type)]
#[serde(transparent)]
pub struct Passphrase(#[specta(type = String)] pub Secret);

/// A change of settings (RFC 7396: tables are merged, `null` removes).
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(transparent)]
pub struct Patch(#[specta(type = specta_typescript::Unknown)] pub serde_json::Value);

/// Where a sign-in stands, as the window reads it.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(tag = "step", rename_all = "snake_case")]
#[serde(rename = "SignInStep")]
pub enum Step {
    Ask { prompt: Prompt },
    Done { account: Account },
}

impl From<baton_engine::Config> for Config {
    fn from(config: baton_engine::Config) -> Config {
        let preferences = config.preferences;
        let devices =
            serde_json::to_value(&preferences.devices).and_then(serde_json::from_value).unwrap_or_default();
        let preferences = EnginePreferences {
            laps: preferences.laps,
            devices,
            time_in_zone: preferences.time_in_zone,
            keep_raw: preferences.keep_raw,
            look_back_days: preferences.look_back_days,
        };
        Config { preferences, schedule: config.schedule }
    }
}

impl From<SignInStep> for Step {
    fn from(step: SignInStep) -> Step {
        match step {
            SignInStep::Ask(prompt) => Step::Ask { prompt },
            SignInStep::Done(account) => Step::Done { account },
        }
    }
}

/// A sign-in that has begun; `id` names it from now on.
#[derive(Debug, Clone, Serialize, Type)]
pub struct SignInBegun {
    pub id: u32,
    pub step: Step,
}

/// What can be shown in the system's file manager.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    Config,
    Archive,
    Ledger,
    /// A file's name in the archive.
    Archived(String),
    Folder(PathBuf),
}

/// What a plan is about.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct PlanScope {
    /// Only this route, even where it is disabled.
    pub route: Option<String>,
    pub since: Option<Time>,
    pub until: Option<Time>,
    /// Also asks the destinations what they hold already: such entries are skipped as delivered.
    pub look: bool,
}

/// What a sync is about.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct SyncScope {
    pub route: Option<String>,
    pub since: Option<Time>,
    pub until: Option<Time>,
}

impl From<PlanScope> for Scope {
    fn from(PlanScope { route, since, until, look }: PlanScope) -> Scope {
        Scope { route, since, until, look, ..Scope::default() }
    }
}

impl From<SyncScope> for Scope {
    fn from(SyncScope { route, since, until }: SyncScope) -> Scope {
        Scope { route, since, until, ..Scope::default() }
    }
}
