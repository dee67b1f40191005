//! The words of the tray, of notifications and of window titles: the window's own tables, compiled in.

use std::sync::LazyLock;

use baton_core::Time;
use chrono::{Local, Timelike};
use serde_json::Value;

use crate::contract::Language;

static ENGLISH: LazyLock<Value> = LazyLock::new(|| table(include_str!("../../ui/src/text/en/tray.json")));
static GERMAN: LazyLock<Value> = LazyLock::new(|| table(include_str!("../../ui/src/text/de/tray.json")));

/// A table that does not read is as good as empty; a test reads them all.
fn table(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// One language's words, and how its readers write the time of day.
#[derive(Clone, Copy)]
pub struct Words {
    table: &'static Value,
    twelve_hours: bool,
}

impl Words {
    /// The words that the preference asks for; `locale` is the system's language tag (`de-DE`).
    pub fn new(language: Language, locale: &str) -> Words {
        let german = match language {
            Language::De => true,
            Language::En => false,
            Language::System => locale.split(['-', '_']).next() == Some("de"),
        };
        // Where English is spoken with a clock of twelve hours (CLDR's time data).
        let region = locale.split(['-', '_']).nth(1).unwrap_or_default();
        let twelve_hours = !german && matches!(region, "US" | "CA" | "AU" | "NZ" | "IN" | "PH");
        Words { table: if german { &GERMAN } else { &ENGLISH }, twelve_hours }
    }

    /// The text of a key, its `{places}` filled. A key that is not there is shown itself: better than nothing.
    pub fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        fill(self.table.get(key).and_then(Value::as_str).unwrap_or(key), values)
    }

    /// The text of a key that depends on a number, which is `{n}`. English and German both have two forms.
    pub fn count(&self, key: &str, n: u64, values: &[(&str, &str)]) -> String {
        let form = if n == 1 { "one" } else { "other" };
        let text =
            self.table.get(key).and_then(|forms| forms.get(form)).and_then(Value::as_str).unwrap_or(key);
        fill(&text.replace("{n}", &n.to_string()), values)
    }

    /// The time of day where this computer is: `15:10`, `3:10 PM`.
    pub fn time_of_day(&self, time: Time) -> String {
        let local = time.with_timezone(&Local);
        if self.twelve_hours {
            let (afternoon, hour) = local.hour12();
            format!("{hour}:{:02} {}", local.minute(), if afternoon { "PM" } else { "AM" })
        } else {
            local.format("%H:%M").to_string()
        }
    }

    /// How long ago that was: `12 min ago`. A moment that is still to come is just now.
    pub fn ago(&self, time: Time, now: Time) -> String {
        let minutes = u64::try_from((now - time).num_minutes()).unwrap_or(0);
        match minutes {
            0 => self.say("justNow", &[]),
            1..60 => self.count("minutesAgo", minutes, &[]),
            60..1440 => self.count("hoursAgo", minutes / 60, &[]),
            _ => self.count("daysAgo", minutes / 1440, &[]),
        }
    }
}

/// Values are put in once: what a value holds is never taken for a place.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => filled.push_str(value),
            None => filled.extend(["{", name, "}"]),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key that the shell's sources ask for: `say("key"` and `count("key"`.
    fn used() -> Vec<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut keys = Vec::new();
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        for file in files.filter(|path| path.is_file()) {
            let text = std::fs::read_to_string(file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for call in ["say(", "count("] {
                for after in code.split(call).skip(1) {
                    if let Some(key) =
                        after.trim_start().strip_prefix('"').and_then(|key| key.split('"').next())
                    {
                        keys.push(key.to_owned());
                    }
                }
            }
        }
        keys
    }

    #[test]
    fn every_word_is_there_in_both_languages() {
        let keys = used();
        assert!(keys.len() > 20, "the sources were not found: {keys:?}");
        for (language, table) in [("en", &*ENGLISH), ("de", &*GERMAN)] {
            for key in &keys {
                let text = table.get(key).unwrap_or_else(|| panic!("{language} has no “{key}”"));
                assert!(text.is_string() || (text["one"].is_string() && text["other"].is_string()), "{key}");
            }
        }
        let keys = |table: &Value| table.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&ENGLISH), keys(&GERMAN));
    }

    #[test]
    fn the_preference_goes_before_the_system() {
        assert_eq!(Words::new(Language::System, "de-AT").say("quit", &[]), "Beenden");
        assert_eq!(Words::new(Language::System, "fr-FR").say("quit", &[]), "Quit");
        assert_eq!(Words::new(Language::En, "de-DE").say("quit", &[]), "Quit");
        assert_eq!(Words::new(Language::De, "en-US").say("quit", &[]), "Beenden");
    }

    #[test]
    fn numbers_and_places_are_filled_once() {
        let words = Words::new(Language::En, "en-GB");
        assert_eq!(words.count("notifyArrived", 1, &[("service", "Polar")]), "1 activity sent to Polar");
        assert_eq!(words.count("notifyArrived", 3, &[("service", "{n}")]), "3 activities sent to {n}");
        assert_eq!(words.say("syncingCount", &[("done", "{send}"), ("send", "9")]), "Syncing – {send} of 9");
        assert_eq!(fill("{open", &[]), "{open");
        assert_eq!(words.say("no such key", &[]), "no such key");
    }

    #[test]
    fn moments_are_said_as_people_do() {
        let now: Time = "2026-11-20T12:00:00Z".parse().unwrap();
        let words = Words::new(Language::En, "en-GB");
        for (seconds, expected) in
            [(-90, "just now"), (10, "just now"), (60, "1 min ago"), (7200, "2 h ago"), (90_000, "1 day ago")]
        {
            assert_eq!(words.ago(now - chrono::TimeDelta::seconds(seconds), now), expected);
        }
        let local = now.with_timezone(&Local);
        assert_eq!(words.time_of_day(now), local.format("%H:%M").to_string());
        let american = Words::new(Language::System, "en-US").time_of_day(now);
        assert!(american.ends_with("PM") || american.ends_with("AM"), "{american}");
    }
}
