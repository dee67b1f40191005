//! An activity as it is kept, and as the API tells it: a line of the list, the whole, its streams and its laps.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::api::Caller;
use super::state::State;

/// What is told of a lap beside its length.
const OF_LAPS: [&str; 4] = ["average_heartrate", "max_heartrate", "average_cadence", "average_watts"];

/// An activity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Activity {
    pub id: u64,
    pub athlete_id: u64,
    pub name: String,
    pub description: Option<String>,
    pub sport_type: String,
    /// Unix seconds.
    pub start: i64,
    /// Local time minus UTC, seconds.
    pub utc_offset: i64,
    pub elapsed_time: i64,
    pub moving_time: i64,
    /// m
    pub distance: f64,
    /// m
    pub total_elevation_gain: f64,
    pub trainer: bool,
    pub commute: bool,
    /// Typed in, without a file.
    pub manual: bool,
    pub hide_from_home: bool,
    /// `everyone`, `followers_only` or `only_me`.
    pub visibility: String,
    pub gear_id: Option<String>,
    pub external_id: Option<String>,
    pub upload_id: Option<u64>,
    pub device_name: Option<String>,
    pub calories: f64,
    /// Whether the watts were measured; Strava estimates them else.
    pub device_watts: bool,
    /// The athlete hides the time of day: it is told as one second after midnight.
    pub hides_start: bool,
    /// So many listings do not show it yet.
    pub listings_before_seen: u32,
    /// By key, all of one length. Without any the API knows none (404).
    pub streams: BTreeMap<String, Vec<Value>>,
    pub laps: Vec<Lap>,
}

/// A lap by its first and last place in the streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lap {
    pub start_index: usize,
    pub end_index: usize,
}

impl Activity {
    /// An activity that everyone may see, recorded by a watch.
    pub fn new(sport_type: &str, start: i64, elapsed_time: i64) -> Self {
        Self {
            name: format!("A {sport_type}"),
            sport_type: sport_type.into(),
            start,
            elapsed_time,
            moving_time: elapsed_time,
            visibility: "everyone".into(),
            device_name: Some("Garmin Forerunner 265".into()),
            ..Self::default()
        }
    }

    pub(super) fn is_seen_by(&self, caller: &Caller) -> bool {
        self.athlete_id == caller.athlete && (caller.sees_private || self.visibility != "only_me")
    }

    /// As it is told: hidden starts are one second after midnight.
    pub fn told_start(&self) -> i64 {
        if !self.hides_start {
            return self.start;
        }
        let local = self.start + self.utc_offset;
        local - local.rem_euclid(86_400) + 1 - self.utc_offset
    }

    /// A line of the list.
    pub(super) fn summary(&self) -> Value {
        let start = self.told_start();
        let hours = self.utc_offset / 3600;
        let per_second = |seconds: i64| self.distance / seconds.max(1) as f64;
        let mut all = json!({
            "resource_state": 2, "athlete": {"id": self.athlete_id, "resource_state": 1}, "id": self.id,
            "name": self.name, "distance": self.distance, "moving_time": self.moving_time,
            "elapsed_time": self.elapsed_time, "total_elevation_gain": self.total_elevation_gain,
            "type": former_type(&self.sport_type),
            "sport_type": self.sport_type, "workout_type": null, "start_date": clock(start),
            // Local time with a false Z.
            "start_date_local": clock(start + self.utc_offset),
            "timezone": format!("(GMT{hours:+03}:00) Etc/GMT{:+}", -hours), "utc_offset": self.utc_offset as f64,
        });
        let more = json!({
            "trainer": self.trainer, "commute": self.commute, "manual": self.manual,
            "private": self.visibility == "only_me", "visibility": self.visibility, "flagged": false,
            "gear_id": self.gear_id, "start_latlng": [], "end_latlng": [],
            "average_speed": per_second(self.moving_time),
            "max_speed": self.numbers("velocity_smooth", None).into_iter().fold(0.0, f64::max),
            "has_heartrate": self.streams.contains_key("heartrate"), "upload_id": self.upload_id,
            "upload_id_str": self.upload_id.map(|it| it.to_string()), "external_id": self.external_id,
            "device_name": self.device_name, "map": {"id": format!("a{}", self.id), "resource_state": 2},
        });
        let all_places = Lap { start_index: 0, end_index: usize::MAX };
        let measured = self.measured(all_places);
        for (name, value) in more.as_object().into_iter().flatten().chain(&measured) {
            all[name] = value.clone();
        }
        all
    }

    /// The whole.
    pub(super) fn detailed(&self, state: &State) -> Value {
        let mut all = self.summary();
        all["resource_state"] = json!(3);
        all["description"] = json!(self.description);
        all["calories"] = json!(self.calories);
        all["hide_from_home"] = json!(self.hide_from_home);
        all["segment_efforts"] = json!([]);
        all["laps"] = self.told_laps();
        all["embed_token"] = json!("0123456789abcdef");
        let gear = state.athlete(self.athlete_id).into_iter().flat_map(|it| &it.gear);
        let gear = gear.into_iter().find(|it| Some(&it.id) == self.gear_id.as_ref());
        all["gear"] =
            gear.map_or(Value::Null, |it| json!({"id": it.id, "name": it.name, "resource_state": 2}));
        all
    }

    pub(super) fn told_laps(&self) -> Value {
        let laps = self.laps.iter().zip(1..).map(|(lap, number)| self.told_lap(*lap, number));
        laps.collect()
    }

    fn told_lap(&self, lap: Lap, number: u64) -> Value {
        // A lap lasts until the next one begins.
        let until = self.laps.iter().map(|it| it.start_index).find(|start| *start > lap.start_index);
        let until = until.unwrap_or(lap.end_index);
        let second = |place: usize| self.at("time", place).unwrap_or_default();
        let elapsed = second(until) - second(lap.start_index);
        let moved = |place: &usize| {
            self.streams.get("moving").is_none_or(|row| row.get(*place) != Some(&Value::Bool(false)))
        };
        let places = (lap.start_index + 1)..=until;
        let moving: f64 = places.filter(moved).map(|place| second(place) - second(place - 1)).sum();
        let metres = |place: usize| self.at("distance", place).unwrap_or_default();
        let distance = metres(until) - metres(lap.start_index);
        let start = self.told_start() + second(lap.start_index) as i64;
        let mut told = json!({
            "id": self.id * 100 + number, "resource_state": 2, "name": format!("Lap {number}"),
            "activity": {"id": self.id, "visibility": self.visibility, "resource_state": 1},
            "athlete": {"id": self.athlete_id, "resource_state": 1}, "elapsed_time": elapsed as i64,
            "moving_time": moving as i64, "start_date": clock(start), "start_date_local": clock(start + self.utc_offset),
            "distance": distance, "average_speed": distance / moving.max(1.0),
            "max_speed": self.numbers("velocity_smooth", Some(lap)).into_iter().fold(0.0, f64::max),
            "lap_index": number, "split": number, "start_index": lap.start_index, "end_index": lap.end_index,
            "total_elevation_gain": 0.0, "device_watts": self.device_watts,
        });
        // No temperature, as recorded.
        for (name, value) in
            self.measured(lap).into_iter().filter(|(name, _)| OF_LAPS.contains(&name.as_str()))
        {
            told[name] = value;
        }
        told
    }

    fn at(&self, key: &str, place: usize) -> Option<f64> {
        self.streams.get(key)?.get(place)?.as_f64()
    }

    /// The numbers of a stream, in all places or in those of a lap.
    fn numbers(&self, key: &str, lap: Option<Lap>) -> Vec<f64> {
        let lap = lap.unwrap_or(Lap { start_index: 0, end_index: usize::MAX });
        let row = self.streams.get(key).into_iter().flatten().enumerate();
        let inside = row.filter(|(place, _)| (lap.start_index..=lap.end_index).contains(place));
        inside.filter_map(|(_, value)| value.as_f64()).collect()
    }

    /// What the streams add up to, as far as there are any.
    fn measured(&self, lap: Lap) -> Map<String, Value> {
        let mut all = Map::new();
        let mut tell = |names: [Option<&str>; 3], key: &str| {
            let numbers = self.numbers(key, Some(lap));
            if numbers.is_empty() {
                return;
            }
            let average = numbers.iter().sum::<f64>() / numbers.len() as f64;
            let (highest, lowest) = (
                numbers.iter().copied().fold(f64::MIN, f64::max),
                numbers.iter().copied().fold(f64::MAX, f64::min),
            );
            let values = [(average * 10.0).round() / 10.0, highest, lowest];
            for (name, value) in names.into_iter().zip(values) {
                all.extend(name.map(|name| (name.to_owned(), json!(value))));
            }
        };
        tell([Some("average_heartrate"), Some("max_heartrate"), None], "heartrate");
        tell([Some("average_cadence"), None, None], "cadence");
        tell([Some("average_temp"), None, None], "temp");
        tell([None, Some("elev_high"), Some("elev_low")], "altitude");
        tell([Some("average_watts"), Some("max_watts"), None], "watts");
        if all.contains_key("average_watts") {
            all.insert("device_watts".into(), json!(self.device_watts));
        }
        all
    }
}

/// The older, coarser word.
fn former_type(sport_type: &str) -> &str {
    match sport_type {
        "MountainBikeRide" | "GravelRide" => "Ride",
        "TrailRun" => "Run",
        other => other,
    }
}

fn clock(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
