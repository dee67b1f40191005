//! The app's own words, from the tables that the window and the tray use: a test names a button by its key, so that it
//! goes on working when a word is put better. What a person must be told is written out in the tests.

use serde_json::Value;

/// The English text of a key such as `accounts.signIn`, its `{places}` filled.
///
/// # Panics
/// Where there is no such text.
pub fn say(key: &str, values: &[(&str, &str)]) -> String {
    in_language("en", key, values)
}

/// The same in another language.
///
/// # Panics
/// Where there is no such text.
pub fn in_language(language: &str, key: &str, values: &[(&str, &str)]) -> String {
    let (topic, name) = key.split_once('.').unwrap();
    let file = format!("{}/../ui/src/text/{language}/{topic}.json", env!("CARGO_MANIFEST_DIR"));
    let table: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let text = table[name].as_str().unwrap_or_else(|| panic!("{language} has no text {key}"));
    values.iter().fold(text.to_owned(), |text, (place, value)| text.replace(&format!("{{{place}}}"), value))
}
