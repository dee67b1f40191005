//! The interface's own settings: plain JSON in the data directory, by `tauri-plugin-store`. Nothing secret and nothing
//! that the engine needs.

use std::path::Path;
use std::sync::Arc;

use baton_core::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tauri::{AppHandle, Wry};
use tauri_plugin_store::{Store, StoreExt};

use crate::contract::Preferences;

const FILE: &str = "preferences.json";
/// The width of the activities' list, in px.
const WIDTHS: std::ops::RangeInclusive<u32> = 200..=1200;

impl Preferences {
    /// What holds before the person said anything. Closing the window keeps Baton running only where there is an icon
    /// that ends it.
    pub fn usual(tray: bool) -> Preferences {
        Preferences {
            theme: crate::contract::Theme::System,
            language: crate::contract::Language::System,
            units: crate::contract::UnitSystem::System,
            welcomed: false,
            close_explained: false,
            keep_running: tray,
            notify_attention: true,
            notify_arrivals: false,
            linked_already: None,
            list_width: 420,
            news_seen: String::new(),
        }
    }
}

/// The file of preferences, and what the shell itself wants to remember beside them.
pub struct PreferencesFile {
    store: Arc<Store<Wry>>,
}

impl PreferencesFile {
    /// Opens the file; one that does not read counts as empty.
    ///
    /// # Errors
    /// `Storage` where the plugin cannot name a place for it.
    pub fn open(app: &AppHandle, home: &Path) -> Result<PreferencesFile> {
        let path = home.join(FILE);
        let store = app.store_builder(&path).disable_auto_save().build().map_err(|error| {
            Error::new(baton_core::ErrorKind::Storage, format!("{}: {error}", path.display()))
        })?;
        Ok(PreferencesFile { store })
    }

    /// The preferences in force.
    pub fn read(&self, tray: bool) -> Preferences {
        merged(&self.store.entries().into_iter().collect(), &Preferences::usual(tray))
    }

    /// Keeps what differs from the usual, so that a better default reaches those who never chose.
    ///
    /// # Errors
    /// `Storage` where the file cannot be written.
    pub fn write(&self, preferences: &Preferences, tray: bool) -> Result<()> {
        let usual = fields(&Preferences::usual(tray));
        for (key, value) in fields(preferences) {
            if usual.get(&key) == Some(&value) {
                self.store.delete(&key);
            } else {
                self.store.set(key, value);
            }
        }
        self.save()
    }

    /// Something that the shell remembers under a name of its own; the default where it is absent or does not read.
    pub fn memory<T: DeserializeOwned + Default>(&self, name: &str) -> T {
        self.store.get(name).and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
    }

    /// # Errors
    /// `Storage` where the file cannot be written.
    pub fn remember(&self, name: &str, value: &impl Serialize) -> Result<()> {
        self.store.set(name, serde_json::to_value(value).unwrap_or_default());
        self.save()
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// `Storage` where the file cannot be written.
    pub fn clear(&self) -> Result<()> {
        self.store.clear();
        self.save()
    }

    fn save(&self) -> Result<()> {
        self.store.save().map_err(|error| {
            Error::new(baton_core::ErrorKind::Storage, format!("the preferences cannot be saved: {error}"))
        })
    }
}

fn fields(preferences: &Preferences) -> Map<String, Value> {
    match serde_json::to_value(preferences) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The usual preferences with every saved value that makes sense.
fn merged(saved: &Map<String, Value>, usual: &Preferences) -> Preferences {
    let mut current = fields(usual);
    for (key, value) in saved {
        let Some(before) = current.get(key).cloned() else { continue };
        current.insert(key.clone(), value.clone());
        if serde_json::from_value::<Preferences>(Value::Object(current.clone())).is_err() {
            current.insert(key.clone(), before);
        }
    }
    let mut preferences: Preferences =
        serde_json::from_value(Value::Object(current)).unwrap_or_else(|_| usual.clone());
    preferences.list_width = preferences.list_width.clamp(*WIDTHS.start(), *WIDTHS.end());
    preferences
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::{Language, Theme};

    fn from(saved: &Value) -> Preferences {
        merged(saved.as_object().unwrap(), &Preferences::usual(true))
    }

    #[test]
    fn what_makes_no_sense_falls_back_alone() {
        let preferences = from(&json!({
            "theme": "dark", "language": "fr", "units": 7, "list_width": 99_999, "linked_already": true,
            "notify_attention": "yes", "no_such": 1
        }));
        assert_eq!(
            preferences,
            Preferences {
                theme: Theme::Dark,
                language: Language::System,
                list_width: 1200,
                linked_already: Some(true),
                ..Preferences::usual(true)
            }
        );
    }

    #[test]
    fn without_an_icon_closing_ends_the_program_until_the_person_says_otherwise() {
        assert!(Preferences::usual(true).keep_running);
        assert!(!Preferences::usual(false).keep_running);
        let saved = json!({ "keep_running": true });
        assert!(merged(saved.as_object().unwrap(), &Preferences::usual(false)).keep_running);
    }
}
