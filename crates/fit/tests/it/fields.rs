//! An activity taken apart: every field by its path in Baton's JSON, and how two of them compare.

use std::collections::BTreeMap;

use baton_core::Activity;
use serde_json::Value;

/// The values of each path, in their order; `records.heart_rate` are those of all records.
pub type Fields = BTreeMap<String, Vec<Value>>;

pub fn of(activity: &Activity) -> Fields {
    let mut fields = Fields::new();
    let value = serde_json::to_value(activity).unwrap();
    take_apart(&value, String::new(), &mut fields);
    fields.remove("original.format");
    fields.remove("original");
    // The kind of sport where none is told.
    if fields.get("sub_sport").is_some_and(|values| values == &["generic"]) {
        fields.insert("sub_sport".to_owned(), vec![Value::Null]);
    }
    fields
}

fn take_apart(value: &Value, path: String, fields: &mut Fields) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                take_apart(value, path, fields);
            }
        }
        Value::Array(values) => {
            for value in values {
                take_apart(value, path.clone(), fields);
            }
        }
        value => fields.entry(path).or_default().push(value.clone()),
    }
}

/// What became of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Kept,
    /// Rounded, or told in other words
    Changed,
    Lost,
}

pub fn outcome(put_in: &[Value], found: Option<&Vec<Value>>) -> Outcome {
    let Some(found) = found.filter(|found| found.iter().any(says_something)) else { return Outcome::Lost };
    let is_kept = put_in.len() == found.len() && put_in.iter().zip(found).all(|pair| is_near(pair, 1e-6));
    if is_kept { Outcome::Kept } else { Outcome::Changed }
}

/// Whether a value is anything but what an absent one is read as.
pub fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

/// Whether two values are the same, numbers to within `most`.
pub fn is_near((one, other): (&Value, &Value), most: f64) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => (one - other).abs() <= most,
        _ => one == other,
    }
}
