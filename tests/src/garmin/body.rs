//! What the simulated Garmin remembers of bodies: weigh-ins and blood pressure readings, and how their times are
//! written.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers;
use super::state::{State, UserIndex};
use super::{Options, Shared};

/// Local time is never further from UTC than this, in seconds.
const LARGEST_OFFSET: i64 = 15 * 3600;
/// All differences between local time and UTC are multiples of this, in seconds.
const OFFSET_STEP: i64 = 15 * 60;

/// One weigh-in. Masses in kg and shares in %, as they were sent; the wire has grams.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WeighIn {
    /// Given by Garmin.
    pub sample_pk: u64,
    /// Unix seconds.
    pub time: i64,
    /// Local time minus UTC, seconds.
    pub utc_offset: i32,
    pub weight: f64,
    pub bmi: Option<f64>,
    pub body_fat: Option<f64>,
    pub body_water: Option<f64>,
    pub bone_mass: Option<f64>,
    pub muscle_mass: Option<f64>,
    pub physique_rating: Option<u8>,
    pub visceral_fat: Option<u8>,
    /// Years.
    pub metabolic_age: Option<u8>,
    /// kcal a day; taken and never shown (python-garminconnect#203).
    pub basal_met: Option<f64>,
    pub active_met: Option<f64>,
    pub visceral_fat_mass: Option<f64>,
    /// `MANUAL`, `INDEX_SCALE`, …
    pub source_type: String,
}

/// One blood pressure reading, mmHg and beats a minute.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BloodPressure {
    /// Given by Garmin.
    pub version: u64,
    /// Unix seconds.
    pub time: i64,
    /// Local time minus UTC, seconds.
    pub utc_offset: i32,
    pub systolic: u16,
    pub diastolic: u16,
    pub pulse: Option<u16>,
    pub notes: String,
    pub source_type: String,
}

/// By owner, time and number.
type ByTime<T> = BTreeMap<(UserIndex, i64, u64), T>;

/// All accounts' measurements.
#[derive(Debug, Default)]
pub struct BodyData {
    weigh_ins: ByTime<WeighIn>,
    blood_pressures: ByTime<BloodPressure>,
    last_number: u64,
}

impl BodyData {
    /// A number as Garmin gives them: the milliseconds of now, each only once.
    fn number(&mut self) -> u64 {
        let now = Utc::now().timestamp_millis().unsigned_abs();
        self.last_number = now.max(self.last_number + 1);
        self.last_number
    }

    /// Adds a weigh-in beside others of the same second; gives its samplePk.
    pub fn add_weigh_in(&mut self, owner: UserIndex, weigh_in: WeighIn) -> u64 {
        let sample_pk = self.number();
        self.weigh_ins.insert((owner, weigh_in.time, sample_pk), WeighIn { sample_pk, ..weigh_in });
        sample_pk
    }

    /// Adds a typed weight, or takes the place of the typed one of the same second.
    pub fn set_manual_weight(&mut self, owner: UserIndex, weigh_in: WeighIn) {
        let same = (owner, weigh_in.time, 0)..=(owner, weigh_in.time, u64::MAX);
        let typed = self.weigh_ins.range_mut(same).find(|(_, it)| it.source_type == weigh_in.source_type);
        match typed {
            Some((_, found)) => *found = WeighIn { sample_pk: found.sample_pk, ..weigh_in },
            None => {
                self.add_weigh_in(owner, weigh_in);
            }
        }
    }

    /// Adds a reading beside others of the same second; gives its version.
    pub fn add_blood_pressure(&mut self, owner: UserIndex, reading: BloodPressure) -> u64 {
        let version = self.number();
        self.blood_pressures.insert((owner, reading.time, version), BloodPressure { version, ..reading });
        version
    }

    /// An account's weigh-ins, oldest first.
    pub fn weigh_ins(&self, owner: UserIndex) -> impl DoubleEndedIterator<Item = &WeighIn> {
        self.weigh_ins.range((owner, i64::MIN, 0)..=(owner, i64::MAX, u64::MAX)).map(|(_, it)| it)
    }

    /// An account's readings, oldest first.
    pub fn blood_pressures(&self, owner: UserIndex) -> impl DoubleEndedIterator<Item = &BloodPressure> {
        self.blood_pressures.range((owner, i64::MIN, 0)..=(owner, i64::MAX, u64::MAX)).map(|(_, it)| it)
    }

    /// The weigh-ins of these local days, oldest first.
    pub fn weigh_ins_of(&self, owner: UserIndex, days: &Days) -> Vec<&WeighIn> {
        of_days(&self.weigh_ins, owner, days, |it| local_date(it.time, it.utc_offset))
    }

    /// The readings of these local days, oldest first.
    pub fn blood_pressures_of(&self, owner: UserIndex, days: &Days) -> Vec<&BloodPressure> {
        of_days(&self.blood_pressures, owner, days, |it| local_date(it.time, it.utc_offset))
    }

    /// Removes the weigh-in with this samplePk, if it is of that local day.
    pub fn remove_weigh_in(&mut self, owner: UserIndex, date: NaiveDate, sample_pk: u64) -> bool {
        let days = Days { from: date, to: date };
        let found = self.weigh_ins_of(owner, &days).into_iter().find(|it| it.sample_pk == sample_pk);
        let key = found.map(|it| (owner, it.time, sample_pk));
        key.is_some_and(|key| self.weigh_ins.remove(&key).is_some())
    }

    /// Removes the reading with this version, if it is of that local day.
    pub fn remove_blood_pressure(&mut self, owner: UserIndex, date: NaiveDate, version: u64) -> bool {
        let days = Days { from: date, to: date };
        let found = self.blood_pressures_of(owner, &days).into_iter().find(|it| it.version == version);
        let key = found.map(|it| (owner, it.time, version));
        key.is_some_and(|key| self.blood_pressures.remove(&key).is_some())
    }
}

fn of_days<'a, T>(
    all: &'a ByTime<T>,
    owner: UserIndex,
    days: &Days,
    date: impl Fn(&T) -> NaiveDate,
) -> Vec<&'a T> {
    let midnight = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
    let from = midnight(days.from) - LARGEST_OFFSET;
    let to = midnight(days.to) + 86_400 + LARGEST_OFFSET;
    let near = all.range((owner, from, 0)..=(owner, to, u64::MAX)).map(|(_, it)| it);
    near.filter(|it| (days.from..=days.to).contains(&date(it))).collect()
}

/// The first and the last of some local days.
pub struct Days {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Days {
    /// Reads `YYYY-MM-DD` twice; `None` where that fails or the second is before the first.
    pub fn parse(from: &str, to: &str) -> Option<Self> {
        let (from, to) = (date(from)?, date(to)?);
        (from <= to).then_some(Self { from, to })
    }
}

/// `YYYY-MM-DD`.
pub fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)
}

/// The day on which something happened by the local clock.
pub fn local_date(time: i64, utc_offset: i32) -> NaiveDate {
    DateTime::from_timestamp(time + i64::from(utc_offset), 0).unwrap_or_default().date_naive()
}

/// Local time minus UTC in the accounts' time zone, seconds.
pub fn account_offset(options: &Options, time: i64) -> i32 {
    let zone: Tz = options.time_zone.parse().unwrap_or(Tz::UTC);
    let time = DateTime::from_timestamp(time, 0).unwrap_or_default();
    zone.offset_from_utc_datetime(&time.naive_utc()).fix().local_minus_utc()
}

/// The 403 while new terms wait for the person. Garmin's real status is not published, only that it is a refusal.
pub fn terms_pending(state: &State, owner: UserIndex) -> Option<Response> {
    let pending = state.users.get(owner).is_some_and(|it| it.terms_pending);
    pending.then(|| answers::error(StatusCode::FORBIDDEN, "Forbidden", "ForbiddenException"))
}

/// The two timestamps of a JSON writing, `YYYY-MM-DDTHH:MM:SS.mmm` without a zone: local and UTC. Gives unix seconds
/// and the offset between them.
pub fn timestamps(shared: &Shared, place: &str, local: &Value, gmt: &Value) -> Result<(i64, i32), String> {
    let read = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f");
        if text.len() != "YYYY-MM-DDTHH:MM:SS.mmm".len() {
            shared.violation(format!("{place}: the timestamp {text:?} has another form"));
        }
        time.map(|it| it.and_utc().timestamp()).map_err(|_| format!("Invalid timestamp {text:?}"))
    };
    let (local, gmt) = (read(local)?, read(gmt)?);
    let offset = local - gmt;
    if offset % OFFSET_STEP != 0 || offset.abs() > LARGEST_OFFSET {
        shared.violation(format!("{place}: local time minus UTC is {offset} s"));
    }
    Ok((gmt, offset as i32))
}

/// Notes every field that is not known.
pub fn only(shared: &Shared, place: &str, sent: &Value, known: &[&str]) {
    for name in sent.as_object().into_iter().flat_map(|it| it.keys()) {
        if !known.contains(&name.as_str()) {
            shared.violation(format!("{place}: unknown field {name:?}"));
        }
    }
}
