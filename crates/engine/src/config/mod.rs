//! `config.toml`: what is wanted. Read whole, checked whole, and changed piece by piece so that comments survive.

mod edit;
mod moment;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use baton_core::{DevicePresets, Entry, Error, Format, IfSimilar, Kind, LapStyle, Result, Time, title};
use serde::{Deserialize, Serialize};

pub use moment::parse_time;

use crate::files;

/// How long a change waits for another process that is changing the same file.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

/// Everything in `config.toml`. What is absent has its default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub preferences: Preferences,
    pub schedule: Schedule,
    /// By account id. Written by signing in and out.
    pub accounts: BTreeMap<String, AccountConfig>,
    /// By route id.
    pub routes: BTreeMap<String, Route>,
}

/// How items are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    /// Where laps begin and end: `auto`, `segments`, `targets`, `distance`, `none`
    pub laps: LapStyle,
    /// Which device the files name, per sport: a preset's name or a device of one's own
    pub devices: DevicePresets,
    /// Whether files carry the seconds in each heart-rate and power zone; Garmin Connect computes them itself
    pub time_in_zone: bool,
    /// Whether the services' own answers are kept, so that a better converter can run again without the network
    pub keep_raw: bool,
    /// How many days before the last sync each listing begins, for late arrivals and edits
    pub look_back_days: u32,
}

impl Default for Preferences {
    fn default() -> Preferences {
        Preferences {
            laps: LapStyle::default(),
            devices: DevicePresets::default(),
            time_in_zone: false,
            keep_raw: true,
            look_back_days: 14,
        }
    }
}

/// When syncs run by themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// A service that asks for more patience gets it
    pub interval_minutes: u32,
    /// Whether a computer that wakes up syncs soon
    pub after_waking: bool,
    /// Whether syncs also run by themselves where the network counts what is used
    pub on_metered: bool,
    pub paused: bool,
    /// With `paused`: goes on by itself from then; absent is until somebody resumes
    #[serde(with = "moment::option")]
    #[specta(type = Option<Time>)]
    pub paused_until: Option<Time>,
}

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule {
            interval_minutes: 60,
            after_waking: true,
            on_metered: false,
            paused: false,
            paused_until: None,
        }
    }
}

impl Schedule {
    /// Whether automatic syncs rest at this moment.
    pub fn is_paused(&self, now: Time) -> bool {
        self.paused && self.paused_until.is_none_or(|until| now < until)
    }
}

/// One sign-in at a service, without anything secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    pub service: String,
    /// The vendor's own stable identifier of the person.
    pub user_key: String,
    pub display_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

/// From one account to another, with what is carried and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its key under `[routes]`. Empty in a new route: saving it makes one of the two accounts.
    #[serde(default)]
    pub id: String,
    pub from: String,
    pub to: String,
    #[serde(default = "default_kinds")]
    pub kinds: Vec<Kind>,
    /// Nothing that began before is carried. Absent: what began before the first look back stays where it is.
    #[serde(default, with = "moment::option")]
    #[specta(type = Option<Time>)]
    pub since: Option<Time>,
    /// Nothing that began at or after this moment is carried.
    #[serde(default, with = "moment::option")]
    #[specta(type = Option<Time>)]
    pub until: Option<Time>,
    /// FIT sport names, or `sport/sub_sport`; empty is every sport
    #[serde(default)]
    pub include_sports: Vec<String>,
    #[serde(default)]
    pub exclude_sports: Vec<String>,
    /// Absent: the best that the destination takes
    #[serde(default)]
    pub format: Option<Format>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    /// The destination's identifier of the gear to link
    #[serde(default)]
    pub gear: Option<String>,
    /// Entries of one sport that follow each other within so many seconds become one; absent is never
    #[serde(default)]
    pub join_gap_seconds: Option<u32>,
    /// Whether what another service or device recorded, and the source only lists, is carried too
    #[serde(default)]
    pub recorded_elsewhere: bool,
    /// What to do where the destination holds an activity that begins and ends like it, from a watch perhaps: `leave`
    /// or `send`
    #[serde(default)]
    pub if_similar: IfSimilar,
    #[serde(default = "default_enabled")]
    pub enabled: bool,
}

fn default_kinds() -> Vec<Kind> {
    vec![Kind::Activity]
}

fn default_enabled() -> bool {
    true
}

impl Route {
    /// A route with every option at its default.
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> Route {
        Route {
            id: String::new(),
            from: from.into(),
            to: to.into(),
            kinds: default_kinds(),
            since: None,
            until: None,
            include_sports: Vec::new(),
            exclude_sports: Vec::new(),
            format: None,
            title: None,
            description: None,
            gear: None,
            join_gap_seconds: None,
            recorded_elsewhere: false,
            if_similar: IfSimilar::default(),
            enabled: true,
        }
    }

    /// Whether what several accounts recorded of a workout goes as one.
    pub(crate) fn merges(&self) -> bool {
        self.if_similar == IfSimilar::Merge && self.kinds.contains(&Kind::Activity)
    }

    /// Whether the route's sport filter lets the entry through. An entry whose sport the listing does not tell passes
    /// unless only some sports are wanted.
    pub fn lets_through(&self, entry: &Entry) -> bool {
        let named = |name: &String| match (name.split_once('/'), entry.sport, entry.sub_sport) {
            (None, Some(sport), _) => sport.to_string() == *name,
            (Some((wanted, sub)), Some(sport), Some(sub_sport)) => {
                sport.to_string() == wanted && sub_sport.to_string() == sub
            }
            _ => false,
        };
        (self.include_sports.is_empty() || self.include_sports.iter().any(named))
            && !self.exclude_sports.iter().any(named)
    }

    /// The title template in force.
    pub fn title_template(&self) -> &str {
        self.title.as_deref().unwrap_or(title::DEFAULT)
    }
}

/// The file, with every change made under a lock and in one piece.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    path: PathBuf,
    lock: PathBuf,
}

impl ConfigFile {
    pub(crate) fn new(home: &Path) -> ConfigFile {
        ConfigFile { path: home.join("config.toml"), lock: home.join("locks/config.lock") }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The settings as they are now; the defaults where there is no file yet.
    ///
    /// # Errors
    /// `BadInput` naming file, line and field where the file does not read.
    pub fn load(&self) -> Result<Config> {
        let text = self.text()?;
        self.parse(&text)
    }

    /// Changes the text by `change` and writes it back, if and only if old and new read without fault.
    pub fn change<T>(
        &self,
        change: impl FnOnce(&mut toml_edit::DocumentMut, &Config) -> Result<T>,
    ) -> Result<T> {
        let _lock = files::lock(&self.lock, LOCK_PATIENCE)?;
        let text = self.text()?;
        let before = self.parse(&text)?;
        let mut document: toml_edit::DocumentMut = text
            .parse()
            .map_err(|_| Error::bad_input(format!("{} cannot be changed", self.path.display())))?;
        let value = change(&mut document, &before)?;
        let changed = document.to_string();
        self.parse(&changed)?;
        if changed != text {
            files::replace(&self.path, changed.as_bytes(), files::Durability::Synced)?;
        }
        Ok(value)
    }

    /// Merges a patch (RFC 7396: tables are merged, `null` removes) into the file.
    pub fn merge(&self, patch: &serde_json::Value) -> Result<()> {
        self.change(|document, _| edit::merge(document.as_table_mut(), patch))
    }

    /// What is set at a dotted key, defaults included, as JSON.
    pub fn get(&self, key: &str) -> Result<serde_json::Value> {
        edit::get(&self.load()?, key)
    }

    /// Sets a dotted key to a TOML value; what is no TOML value is taken as text. `none` removes it.
    pub fn set(&self, key: &str, value: &str) -> Result<()> {
        let config = self.load()?;
        let patch = edit::patch_for(&config, key, value)?;
        self.change(|document, _| edit::merge(document.as_table_mut(), &patch)).map_err(|error| {
            let words = error.message.clone();
            match words.split_once(": ") {
                Some((_, reason)) => Error::new(error.kind, format!("{key} cannot be “{value}”: {reason}")),
                None => error,
            }
        })
    }

    fn text(&self) -> Result<String> {
        let bytes = files::read_if_there(&self.path)?.unwrap_or_default();
        String::from_utf8(bytes).map_err(|_| {
            Error::bad_input(format!("{} is not a text file; put an older copy back", self.path.display()))
        })
    }

    fn parse(&self, text: &str) -> Result<Config> {
        let mut config: Config = toml::from_str(text).map_err(|error| self.words(text, &error))?;
        for (id, route) in &mut config.routes {
            route.id.clone_from(id);
        }
        let at = |place: String, reason: &str| {
            Error::bad_input(format!("{}, {place}: {reason}; correct it there", self.path.display()))
        };
        if let Some(name) = config.preferences.devices.unknown_name() {
            return Err(at("preferences.devices".into(), &format!("there is no sport or device “{name}”")));
        }
        if config.schedule.interval_minutes == 0 {
            return Err(at("schedule.interval_minutes".into(), "the interval is at least 1 minute"));
        }
        if config.preferences.look_back_days == 0 {
            return Err(at("preferences.look_back_days".into(), "at least 1 day is looked back"));
        }
        for route in config.routes.values() {
            check_route(route).map_err(|error| at(format!("routes.{}", route.id), &error.message))?;
        }
        Ok(config)
    }

    /// One sentence with file, line and field.
    fn words(&self, text: &str, error: &toml::de::Error) -> Error {
        let reason = error.message().lines().next().unwrap_or_default().replace('`', "\"");
        let Some(span) = error.span() else {
            return Error::bad_input(format!("{}: {reason}; correct or remove it", self.path.display()));
        };
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let field =
            text.lines().nth(line - 1).and_then(|line| line.split_once('=')).map(|(field, _)| field.trim());
        let field = field
            .filter(|field| !reason.contains(*field))
            .map(|field| format!(", {field}"))
            .unwrap_or_default();
        Error::bad_input(format!(
            "{}, line {line}{field}: {reason}; correct or remove that line",
            self.path.display()
        ))
    }
}

/// What a route must hold by itself, whatever the accounts are.
pub(crate) fn check_route(route: &Route) -> Result<()> {
    if route.from == route.to {
        return Err(Error::bad_input("a route goes from one account to another"));
    }
    if route.kinds.is_empty() {
        return Err(Error::bad_input("a route carries at least one kind: activity, body or blood_pressure"));
    }
    for name in route.include_sports.iter().chain(&route.exclude_sports) {
        let (sport, sub_sport) = name.split_once('/').unwrap_or((name, "generic"));
        if baton_core::Sport::from_name(sport).is_none()
            || baton_core::SubSport::from_name(sub_sport).is_none()
        {
            return Err(Error::bad_input(format!(
                "there is no sport “{name}”; use a name like cycling or running/trail"
            )));
        }
    }
    if let (Some(since), Some(until)) = (route.since, route.until)
        && since >= until
    {
        return Err(Error::bad_input("“since” lies before “until”"));
    }
    for template in [&route.title, &route.description].into_iter().flatten() {
        title::check(template)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
