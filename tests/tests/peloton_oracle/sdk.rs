//! Converts payloads with the engine's own path and reads the files with `garmin-fit-sdk` in one call.

use std::sync::Arc;

use baton_core::clean::{Preferences, clean};
use baton_core::{DevicePresets, Format, Item, LapStyle, Service, Time};
use baton_fit::EncodeOptions;
use baton_services::{Endpoints, World};
use baton_tests::fit_sdk::read_by_garmin;
use serde_json::Value;

fn peloton() -> Arc<dyn Service> {
    let world = Arc::new(World::new(Endpoints::default(), Arc::new(chrono::Utc::now)));
    baton_services::all(&world).into_iter().find(|service| service.info().id == "peloton").unwrap()
}

/// A payload, and what Garmin's decoder says of the file made from it.
pub struct Decoded {
    pub name: String,
    pub messages: Value,
}

impl Decoded {
    pub fn session(&self) -> &Value {
        let sessions = self.messages["sessions"].as_array().unwrap();
        assert_eq!(sessions.len(), 1, "{}: one session", self.name);
        &sessions[0]
    }

    pub fn all(&self, kind: &str) -> &[Value] {
        self.messages[kind].as_array().map_or(&[], Vec::as_slice)
    }
}

/// Seconds since 1970 of a decoded time.
pub fn seconds(value: &Value) -> i64 {
    value.as_str().and_then(|text| text.parse::<Time>().ok()).map(|time| time.timestamp()).expect("a time")
}

/// Converts each payload and decodes all files. Payloads are `{"workout", "performance_graph", …}`.
pub fn decode(payloads: &[(String, Vec<u8>)], laps: LapStyle) -> Vec<Decoded> {
    let service = peloton();
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (index, (name, payload)) in payloads.iter().enumerate() {
        let item = service.convert(payload).unwrap_or_else(|| panic!("{name}: not known as Peloton's"));
        let (item, _) = clean(item.unwrap_or_else(|error| panic!("{name}: {error}")), &Preferences { laps });
        let Item::Activity(activity) = &item else { panic!("{name}: an activity") };
        let device = DevicePresets::default().device(activity.sport, activity.sub_sport);
        let options = EncodeOptions { device, ..EncodeOptions::default() };
        let file = baton_fit::encode(&item, Format::Fit, &options).unwrap();
        let path = folder.path().join(format!("{index:03}.fit"));
        std::fs::write(&path, &file.bytes).unwrap();
        paths.push(path);
    }
    let decoded = read_by_garmin(&paths);
    assert_eq!(decoded.len(), payloads.len());
    let named = |(messages, (name, _)): (Value, &(String, Vec<u8>))| {
        assert_eq!(messages["errors"], serde_json::json!([]), "{name}");
        assert_eq!(
            (&messages["is_fit"], &messages["integrity"]),
            (&Value::Bool(true), &Value::Bool(true)),
            "{name}"
        );
        Decoded { name: name.clone(), messages }
    };
    decoded.into_iter().zip(payloads).map(named).collect()
}
