//! Something of every kind to hand over.

use std::sync::Arc;

use baton_core::{
    Activity, BloodPressure, Body, Device, Format, Item, Kind, Parcel, Record, Sport, Statistics, SubSport,
    Time,
};
use baton_fit::EncodeOptions;
use chrono::{DateTime, TimeDelta};

/// A morning of 2026.
fn morning(day: i64) -> Time {
    DateTime::from_timestamp(1_767_254_400 + day * 86_400, 0).unwrap()
}

/// A short ride.
fn ride(day: i64) -> Activity {
    let start = morning(day);
    let record = |second: i64| Record {
        time: start + TimeDelta::seconds(second),
        heart_rate: Some(120),
        power: Some(180),
        distance: Some(second as f64 * 8.0),
        speed: Some(8.0),
        ..Record::default()
    };
    Activity {
        start,
        sport: Sport::CYCLING,
        sub_sport: SubSport::INDOOR_CYCLING,
        title: format!("Ride of day {day}"),
        elapsed: 600.0,
        totals: Statistics { calories: Some(90), ..Statistics::default() },
        records: (0..=600).map(record).collect(),
        ..Activity::default()
    }
}

/// Something of this kind, of that day; each `version` with values of its own.
pub fn parcel(kind: Kind, day: i64, version: u16) -> Parcel {
    let (time, utc_offset) = (morning(day), Some(3600));
    let item = match kind {
        Kind::Activity => Item::Activity(Box::new(ride(day))),
        Kind::Body => Item::Body(Body {
            time,
            utc_offset,
            weight: Some(71.05 + day as f64 + f64::from(version) / 4.0),
            percent_fat: Some(18.5),
            muscle_mass: Some(52.21),
            ..Body::default()
        }),
        Kind::BloodPressure => Item::BloodPressure(BloodPressure {
            time,
            utc_offset,
            systolic: 118 + version,
            diastolic: 76,
            heart_rate: Some(58),
            more: Vec::new(),
        }),
    };
    let (item, _) = baton_core::clean::clean(item, &baton_core::clean::Preferences::default());
    let options =
        EncodeOptions { device: Device::preset("tacx_training_app").unwrap(), ..EncodeOptions::default() };
    let file = baton_fit::encode(&item, Format::Fit, &options).unwrap();
    Parcel {
        span: item.span(),
        title: item.title().to_owned(),
        external_id: format!("baton-{day}"),
        item: Arc::new(item),
        file,
        description: None,
        gear: None,
    }
}
