//! Changing `config.toml` in place: patches, dotted keys, and comments that stay where they are.

use baton_core::{Error, Result};
use serde_json::{Map, Value as Json};
use toml_edit::{Array, InlineTable, Item, Table, TableLike, Value};

use super::Config;

/// Merges a patch into a table. A value that is already as wanted is not touched; one that is replaced keeps the
/// comment beside it.
pub(super) fn merge(table: &mut dyn TableLike, patch: &Json) -> Result<()> {
    let Json::Object(patch) = patch else {
        return Err(Error::bad_input("a change of the settings is a table"));
    };
    for (key, wanted) in patch {
        match wanted {
            Json::Null => {
                table.remove(key);
            }
            Json::Object(inner) => {
                if table.get_mut(key).and_then(Item::as_table_like_mut).is_none() {
                    let mut fresh = Table::new();
                    // Only tables in it: `[routes]` itself needs no line of its own.
                    fresh.set_implicit(!inner.is_empty() && inner.values().all(Json::is_object));
                    table.insert(key, Item::Table(fresh));
                }
                if let Some(inner) = table.get_mut(key).and_then(Item::as_table_like_mut) {
                    merge(inner, wanted)?;
                }
            }
            other => {
                let mut value = to_toml(other)?;
                match table.get_mut(key) {
                    Some(Item::Value(old)) => {
                        *value.decor_mut() = old.decor().clone();
                        *old = value;
                    }
                    _ => {
                        table.insert(key, Item::Value(value));
                    }
                }
            }
        }
    }
    Ok(())
}

fn to_toml(json: &Json) -> Result<Value> {
    Ok(match json {
        Json::Bool(value) => (*value).into(),
        Json::String(text) => text.as_str().into(),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(real)) => real.into(),
            (None, None) => return Err(Error::bad_input(format!("{number} is too large"))),
        },
        Json::Array(values) => Value::Array(values.iter().map(to_toml).collect::<Result<Array>>()?),
        Json::Object(fields) => {
            let mut table = InlineTable::new();
            for (key, value) in fields {
                table.insert(key, to_toml(value)?);
            }
            Value::InlineTable(table)
        }
        Json::Null => return Err(Error::bad_input("“none” cannot stand inside a list")),
    })
}

/// What is set at a dotted key. The empty key is everything.
pub(super) fn get(config: &Config, key: &str) -> Result<Json> {
    let mut value = serde_json::to_value(config)
        .map_err(|error| Error::bug(format!("the settings cannot be shown: {error}")))?;
    for part in key.split('.').filter(|part| !part.is_empty()) {
        value = match value.get_mut(part) {
            Some(inner) => inner.take(),
            None if is_known(config, key) => Json::Null,
            None => return Err(unknown(config, key, part)),
        };
    }
    Ok(value)
}

/// The patch that sets one dotted key.
pub(super) fn patch_for(config: &Config, key: &str, text: &str) -> Result<Json> {
    let parts: Vec<&str> = key.split('.').collect();
    match parts.as_slice() {
        [_] | [] => return Err(unknown(config, key, key)),
        ["accounts", ..] => {
            return Err(Error::bad_input(
                "accounts change by connecting and disconnecting them, not by hand",
            ));
        }
        ["routes", id, _, ..] if !config.routes.contains_key(*id) => return Err(unknown(config, key, id)),
        ["routes", _] => return Err(Error::bad_input("name a setting of the route, like routes.ID.title")),
        _ => {}
    }
    let value = if text == "none" { Json::Null } else { value_of(text) };
    Ok(parts
        .iter()
        .rev()
        .fold(value, |value, part| Json::Object(Map::from_iter([((*part).to_owned(), value)]))))
}

/// A TOML value, or the text itself.
fn value_of(text: &str) -> Json {
    let parsed: Option<toml::Table> = toml::from_str(&format!("value = {text}")).ok();
    parsed
        .filter(|table| table.len() == 1)
        .and_then(|mut table| table.remove("value"))
        .filter(|value| !matches!(value, toml::Value::Datetime(_)))
        .and_then(|value| serde_json::to_value(value).ok())
        .unwrap_or_else(|| Json::String(text.to_owned()))
}

/// Whether a key that holds nothing now could hold something: those that are left out while absent.
fn is_known(config: &Config, key: &str) -> bool {
    let optional = [
        "since",
        "until",
        "include_sports",
        "exclude_sports",
        "format",
        "title",
        "description",
        "gear",
        "join_gap_seconds",
    ];
    match key.split('.').collect::<Vec<_>>().as_slice() {
        ["routes", id, field] => config.routes.contains_key(*id) && optional.contains(field),
        ["accounts", id, "domain"] => config.accounts.contains_key(*id),
        ["schedule", "paused_until"] | ["preferences", "devices", _] => true,
        _ => false,
    }
}

fn unknown(config: &Config, key: &str, part: &str) -> Error {
    let known = match key.split('.').next() {
        Some("preferences") => "laps, devices, time_in_zone, keep_raw, look_back_days".to_owned(),
        Some("schedule") => "interval_minutes, after_waking, on_metered, paused, paused_until".to_owned(),
        Some("routes") if config.routes.is_empty() => "no routes yet".to_owned(),
        Some("routes") if !config.routes.contains_key(part) && key.split('.').nth(1) == Some(part) => {
            config.routes.keys().cloned().collect::<Vec<_>>().join(", ")
        }
        Some("routes") => {
            "from, to, kinds, since, until, include_sports, exclude_sports, format, title, description, \
                           gear, join_gap_seconds, recorded_elsewhere, enabled"
                .to_owned()
        }
        _ => "preferences.…, schedule.…, routes.ID.…".to_owned(),
    };
    Error::bad_input(format!("there is no setting “{key}”; there are: {known}"))
}
