//! Generates activities of the sorts that athletes have at Strava: the same seed always gives the same one. What a client
//! must make of each follows from its fields and its streams.

use std::collections::BTreeMap;

use baton_core::{Sport, SubSport};
use serde_json::{Value, json};

use super::{Activity, Lap};
use crate::peloton::generate::Random;

const DAY: i64 = 86_400;
/// How long a stop lasts, in seconds.
pub const STOP: i64 = 45;

/// What an activity is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// With a track and three laps; the watch was stopped on the way and wrote nothing meanwhile.
    Run,
    /// With a track and measured power; the rider stood still while the device went on.
    Ride,
    /// On a trainer, without a track; the heart-rate strap was silent for a while.
    Trainer,
    /// In a room, heart rate alone: nobody moves, and there is no pause.
    Strength,
    /// A ride whose power Strava estimates.
    Estimated,
    /// A run whose time of day the athlete hides.
    Hidden,
    /// Brought from elsewhere without samples.
    WithoutStreams,
    /// Typed in.
    TypedIn,
}

impl Sort {
    pub const ALL: [Sort; 8] = [
        Sort::Run,
        Sort::Ride,
        Sort::Trainer,
        Sort::Strength,
        Sort::Estimated,
        Sort::Hidden,
        Sort::WithoutStreams,
        Sort::TypedIn,
    ];

    pub fn sport_type(self) -> &'static str {
        match self {
            Sort::Run | Sort::Hidden => "Run",
            Sort::Ride => "GravelRide",
            Sort::Trainer | Sort::Estimated => "Ride",
            Sort::Strength => "WeightTraining",
            Sort::WithoutStreams => "Walk",
            Sort::TypedIn => "Yoga",
        }
    }

    /// What FIT calls it.
    pub fn fit_sport(self) -> (Sport, SubSport) {
        match self {
            Sort::Run | Sort::Hidden => (Sport::RUNNING, SubSport::GENERIC),
            Sort::Ride => (Sport::CYCLING, SubSport::GRAVEL_CYCLING),
            Sort::Trainer => (Sport::CYCLING, SubSport::INDOOR_CYCLING),
            Sort::Estimated => (Sport::CYCLING, SubSport::GENERIC),
            Sort::Strength => (Sport::TRAINING, SubSport::STRENGTH_TRAINING),
            Sort::WithoutStreams => (Sport::WALKING, SubSport::GENERIC),
            Sort::TypedIn => (Sport::TRAINING, SubSport::YOGA),
        }
    }

    fn has_streams(self) -> bool {
        !matches!(self, Sort::WithoutStreams | Sort::TypedIn)
    }

    fn has_track(self) -> bool {
        matches!(self, Sort::Run | Sort::Ride | Sort::Estimated | Sort::Hidden)
    }

    /// Rounds a minute, of a crank or of one leg.
    fn cadence(self) -> Option<(f64, f64)> {
        match self {
            Sort::Run | Sort::Hidden => Some((78.0, 92.0)),
            Sort::Ride | Sort::Trainer => Some((70.0, 100.0)),
            _ => None,
        }
    }

    fn power(self) -> Option<(f64, f64)> {
        matches!(self, Sort::Ride | Sort::Trainer | Sort::Estimated).then_some((120.0, 320.0))
    }

    /// m/s
    fn speed(self) -> Option<(f64, f64)> {
        match self {
            Sort::Run | Sort::Hidden => Some((2.4, 3.6)),
            Sort::Ride | Sort::Trainer | Sort::Estimated => Some((6.0, 11.0)),
            _ => None,
        }
    }

    /// Whether the device was stopped, or went on while nobody moved.
    fn stops(self) -> bool {
        matches!(self, Sort::Run | Sort::Ride | Sort::Hidden)
    }
}

/// An activity of this sort that lasts so many seconds from `start`; at least two minutes.
pub fn activity(seed: u64, sort: Sort, start: i64, seconds: i64) -> Activity {
    let mut random = Random::new(seed);
    let mut activity = Activity {
        name: format!("{} {seed}", sort.sport_type()),
        description: (sort == Sort::Run).then(|| "With Robin, against the wind".to_owned()),
        utc_offset: 7200,
        moving_time: if sort.stops() { seconds - STOP } else { seconds },
        trainer: sort == Sort::Trainer,
        manual: sort == Sort::TypedIn,
        hides_start: sort == Sort::Hidden,
        device_watts: sort.power().is_some() && sort != Sort::Estimated,
        device_name: (sort != Sort::TypedIn).then(|| "Garmin Forerunner 265".to_owned()),
        external_id: (sort != Sort::TypedIn).then(|| format!("garmin_ping_{}", 492_266_071_000 + seed)),
        calories: random.between(80.0, 900.0).round(),
        ..Activity::new(sort.sport_type(), start, seconds)
    };
    if sort.has_streams() {
        record(&mut random, sort, &mut activity);
    } else if sort == Sort::WithoutStreams {
        activity.distance = 3200.5;
    }
    activity
}

/// Gives it its streams, and laps by their places.
fn record(random: &mut Random, sort: Sort, activity: &mut Activity) {
    let stop = activity.elapsed_time / 2;
    let stands = |second: i64| sort.stops() && (stop + 1..=stop + STOP).contains(&second);
    // The watch of a run writes nothing while it is stopped, and one sample when it goes on.
    let is_silent = |second: &i64| sort != Sort::Ride && stands(*second) && *second != stop + STOP;
    let seconds: Vec<i64> = (0..=activity.elapsed_time).filter(|second| !is_silent(second)).collect();
    let mut streams: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let (mut metres, mut degrees) = (0.0, 0.0);
    for second in &seconds {
        let is_moving = !stands(*second) && sort != Sort::Strength;
        let mut put = |key: &str, value: Value| streams.entry(key.to_owned()).or_default().push(value);
        let mut draw = |(low, high): (f64, f64)| if is_moving { random.between(low, high) } else { 0.0 };
        put("time", json!(second));
        put("moving", json!(is_moving));
        if let Some(range) = sort.speed() {
            let speed = if *second == 0 { 0.0 } else { (draw(range) * 10.0).round() / 10.0 };
            metres += speed;
            degrees += speed / 111_320.0;
            put("velocity_smooth", json!(speed));
            put("distance", json!((metres * 10.0).round() / 10.0));
        }
        if sort.has_track() {
            let north = ((60.17 + degrees) * 1e6).round() / 1e6;
            put("latlng", json!([north, 24.94]));
            put("altitude", json!(12.0 + (*second / 10 % 20) as f64 / 5.0));
        }
        if let Some(range) = sort.cadence() {
            put("cadence", json!(draw(range).round() as i64));
        }
        if let Some(range) = sort.power() {
            put("watts", json!(draw(range).round() as i64));
        }
        // Nulls, as where a strap was silent.
        let is_heard = sort != Sort::Trainer || !(20..30).contains(second);
        put("heartrate", if is_heard { json!(95 + second * 7 % 60) } else { Value::Null });
        if sort == Sort::Run {
            put("temp", json!(18 + second / 60 % 4));
        }
    }
    let last = seconds.len() - 1;
    let laps = if sort == Sort::Run { 3 } else { 1 };
    let begins = |lap: usize| last * lap / laps;
    activity.laps = (0..laps)
        .map(|lap| Lap {
            start_index: begins(lap),
            end_index: if lap + 1 == laps { last } else { begins(lap + 1) - 1 },
        })
        .collect();
    activity.distance = (metres * 10.0).round() / 10.0;
    activity.total_elevation_gain = if sort.has_track() { 24.0 } else { 0.0 };
    activity.streams = streams;
}

/// So many activities of all sorts, one a day, the last of them before `until`.
pub fn history(seed: u64, count: usize, until: i64, seconds: i64) -> Vec<Activity> {
    let days = (1..=count as i64).rev();
    days.zip(Sort::ALL.into_iter().cycle())
        .zip(seed..)
        .map(|((day, sort), seed)| activity(seed, sort, until - day * DAY, seconds))
        .collect()
}
