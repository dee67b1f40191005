//! What Intervals.icu takes: the file of an activity with Baton's own number on it, and the weight of a day.
//!
//! An activity is known again by that number (`external_id`), whatever was renamed since. Of weights there is one a day:
//! the one brought last stands, as with a scale that is linked there.

use std::collections::HashSet;

use async_trait::async_trait;
use baton_core::same::{self, Outline};
use baton_core::{
    Body, Destination, Error, ErrorKind, Item, Key, Kind, Parcel, Receipt, Result, Similar, Span,
};
use chrono::{NaiveDate, TimeDelta};
use serde_json::{Map, json};
use tokio::sync::Mutex;

use super::api::{Api, Listed, local_day};

/// Weights are kept as they are sent; others round to 0.1 kg.
const SAME_WEIGHT: f64 = 0.05;

/// One account's deliveries.
pub struct Deliveries {
    api: Api,
    /// Activities that were listed: an upload that is answered with one of them brought nothing new.
    seen: Mutex<HashSet<String>>,
}

impl Deliveries {
    pub fn new(api: Api) -> Deliveries {
        Deliveries { api, seen: Mutex::default() }
    }

    /// The activities around a span; its local days are not known, so a day more on either side is asked for.
    async fn around(&self, span: Span) -> Result<Vec<Listed>> {
        let day = TimeDelta::days(1);
        let days = ((span.start - day).date_naive(), (span.start + day).date_naive());
        let listed = self.api.activities(days).await?;
        self.seen.lock().await.extend(listed.iter().filter_map(|activity| activity.id.0.clone()));
        Ok(listed)
    }

    async fn set_weight(&self, body: &Body) -> Result<Receipt> {
        let (day, kilograms) = weight(body)?;
        let mut fields = Map::new();
        fields.insert("weight".into(), json!(kilograms));
        if let Some(fat) = body.percent_fat.filter(|fat| fat.is_finite() && *fat > 0.0) {
            fields.insert("bodyFat".into(), json!((fat * 10.0).round() / 10.0));
        }
        self.api.set_wellness(day, &fields).await?;
        Ok(Receipt::Created { key: weight_key(day), remarks: Vec::new() })
    }
}

#[async_trait]
impl Destination for Deliveries {
    async fn similar(&self, kind: Kind, outline: &Outline) -> Result<Option<(Key, Similar)>> {
        if kind != Kind::Activity {
            return Ok(None);
        }
        let listed = self.around(outline.span).await?;
        let told = listed.iter().filter_map(|activity| Some((activity.outline()?, activity)));
        Ok(same::most_alike(outline, told).and_then(|activity| {
            let similar = Similar {
                start: activity.start()?,
                seconds: activity.elapsed_time.positive().map(|seconds| seconds.round() as u32),
                sport: None,
                sub_sport: None,
                device: activity.device_name.0.clone().filter(|name| !name.is_empty()),
            };
            Some((activity_key(activity.id.get()?), similar))
        }))
    }

    async fn find(&self, parcel: &Parcel) -> Result<Option<Key>> {
        match &*parcel.item {
            Item::Activity(_) => {
                let listed = self.around(parcel.span).await?;
                let ours = listed.iter().find(|activity| is_ours(activity, parcel));
                Ok(ours.and_then(|activity| activity.id.get()).map(activity_key))
            }
            Item::Body(body) => {
                let (day, kilograms) = weight(body)?;
                let there = self.api.weight(day).await?;
                let is_same = there.is_some_and(|there| (there - kilograms).abs() <= SAME_WEIGHT + 1e-9);
                Ok(is_same.then(|| weight_key(day)))
            }
            Item::BloodPressure(_) => Err(unsupported()),
        }
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt> {
        match &*parcel.item {
            Item::Activity(_) => {
                let mut about = vec![("external_id", parcel.external_id.as_str())];
                if !parcel.title.trim().is_empty() {
                    about.push(("name", &parcel.title));
                }
                if let Some(description) =
                    parcel.description.as_deref().filter(|text| !text.trim().is_empty())
                {
                    about.push(("description", description));
                }
                let id = self.api.upload(&parcel.file, &about).await?;
                let key = activity_key(&id);
                // A second upload of the same recording is answered with the first one's number.
                if self.seen.lock().await.contains(&id) {
                    return Ok(Receipt::AlreadyThere { key: Some(key) });
                }
                Ok(Receipt::Created { key, remarks: Vec::new() })
            }
            Item::Body(body) => self.set_weight(body).await,
            Item::BloodPressure(_) => Err(unsupported()),
        }
    }
}

fn unsupported() -> Error {
    Error::new(ErrorKind::Unsupported, "Intervals.icu takes activities and weights only")
}

/// What was sent carries Baton's number; some services add the file's extension to it.
fn is_ours(activity: &Listed, parcel: &Parcel) -> bool {
    let Some(told) = activity.external_id.get() else { return false };
    let bare = told.strip_suffix(parcel.file.format.extension()).and_then(|bare| bare.strip_suffix('.'));
    told == parcel.external_id || bare == Some(parcel.external_id.as_str())
}

/// The local day and the kilograms with two decimal places.
fn weight(body: &Body) -> Result<(NaiveDate, f64)> {
    let weight = body.weight.filter(|weight| weight.is_finite() && *weight > 0.0).ok_or_else(|| {
        let words = "Intervals.icu keeps a weight for each day, and this measurement has none";
        Error::new(ErrorKind::Unsupported, words)
    })?;
    Ok((local_day(body.time, body.utc_offset.unwrap_or(0)), (weight * 100.0).round() / 100.0))
}

fn activity_key(id: &str) -> Key {
    Key { id: id.to_owned(), link: Some(format!("https://intervals.icu/activities/{id}")) }
}

/// A day has one weight, so that the day is its number.
fn weight_key(day: NaiveDate) -> Key {
    Key { id: day.to_string(), link: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_belongs_to_its_local_day() {
        let body = |time: &str, utc_offset| Body {
            time: time.parse().unwrap(),
            utc_offset: Some(utc_offset),
            weight: Some(71.256),
            ..Body::default()
        };
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(weight(&body("2026-11-20T23:30:00Z", 3600)).unwrap(), (day("2026-11-21"), 71.26));
        assert_eq!(weight(&body("2026-11-21T01:30:00Z", -7200)).unwrap(), (day("2026-11-20"), 71.26));
        let without = Body { weight: None, ..body("2026-11-20T23:30:00Z", 0) };
        assert_eq!(weight(&without).unwrap_err().kind, ErrorKind::Unsupported);
    }
}
