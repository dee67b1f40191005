//! Weigh-ins as Garmin's weight service spells them, in both directions. Pure but for the listing itself.

use async_trait::async_trait;
use baton_core::{Body, Measured, Result, Time};
use chrono::NaiveDate;
use serde::Deserialize;

use super::api::Api;
use super::months::Row;
use crate::loose::{List, Number, Text};

/// Garmin tells a metabolic age in milliseconds; 1,104,492,410,000 were seen for 35 years (SmartScaleConnect).
const MILLISECONDS_OF_YEAR: f64 = 31_556_926_000.0;
const LARGEST_OFFSET: i64 = 15 * 3600;
/// Two weights this close are one: programs write 0.1 kg.
const SAME_KILOGRAMS: f64 = 0.05;
/// Garmin computes in single precision and cuts.
const SAME_SHARE: f64 = 0.1;

/// A weigh-in as Garmin lists it. Masses in grams, times in milliseconds since 1970.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Listed {
    sample_pk: Number,
    calendar_date: Text,
    #[serde(rename = "timestampGMT")]
    timestamp_gmt: Number,
    /// The local clock, written as if it were UTC.
    date: Number,
    weight: Number,
    bmi: Number,
    body_fat: Number,
    body_water: Number,
    bone_mass: Number,
    muscle_mass: Number,
    physique_rating: Number,
    visceral_fat: Number,
    metabolic_age: Number,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Range {
    daily_weight_summaries: Option<List<Day>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Day {
    all_weight_metrics: List<Listed>,
}

/// A weigh-in in the account.
#[derive(Debug, Clone, PartialEq)]
pub struct WeighIn {
    pub sample_pk: u64,
    /// The account's local day, which removing asks for.
    pub date: NaiveDate,
    pub body: Body,
}

impl WeighIn {
    fn read(listed: &Listed) -> Option<WeighIn> {
        let milliseconds = |number: Number| number.0.map(|number| number as i64);
        let time = Time::from_timestamp_millis(milliseconds(listed.timestamp_gmt)?)?;
        let offset = milliseconds(listed.date).map(|local| (local - time.timestamp_millis()) / 1000);
        let rounded = |number: f64, places: i32| (number * 10_f64.powi(places)).round() / 10_f64.powi(places);
        let share = |number: Number| number.positive().map(|share| rounded(share, 2));
        let mass = |grams: Number| grams.positive().map(|grams| rounded(grams / 1000.0, 2));
        let byte = |number: f64| (1.0..=254.0).contains(&number.round()).then_some(number.round() as u8);
        Some(WeighIn {
            sample_pk: listed.sample_pk.positive()? as u64,
            date: listed.calendar_date.get()?.parse().ok()?,
            body: Body {
                time,
                utc_offset: offset
                    .filter(|offset| offset.abs() <= LARGEST_OFFSET)
                    .map(|offset| offset as i32),
                weight: mass(listed.weight),
                percent_fat: share(listed.body_fat),
                percent_hydration: share(listed.body_water),
                bone_mass: mass(listed.bone_mass),
                muscle_mass: mass(listed.muscle_mass),
                bmi: listed.bmi.positive().map(|bmi| rounded(bmi, 1)),
                visceral_fat_rating: listed.visceral_fat.positive(),
                metabolic_age: listed
                    .metabolic_age
                    .positive()
                    .and_then(|age| byte(age / MILLISECONDS_OF_YEAR)),
                physique_rating: listed.physique_rating.positive().and_then(byte),
                basal_met: None,
                active_met: None,
                more: Vec::new(),
            },
        })
    }

    pub fn measured(&self) -> Measured {
        Measured::Body(self.body.clone())
    }

    /// Whether it is this weigh-in: of the same second, with the same weight, and without another value that both have.
    pub fn is(&self, body: &Body) -> bool {
        let near = |here: Option<f64>, there: Option<f64>, tolerance: f64| {
            here.zip(there).is_none_or(|(here, there)| (here - there).abs() <= tolerance + 1e-9)
        };
        let there = &self.body;
        there.time.timestamp() == body.time.timestamp()
            && there.weight.is_some()
            && near(body.weight, there.weight, SAME_KILOGRAMS)
            && near(body.percent_fat, there.percent_fat, SAME_SHARE)
            && near(body.percent_hydration, there.percent_hydration, SAME_SHARE)
            && near(body.bone_mass, there.bone_mass, SAME_KILOGRAMS)
            && near(body.muscle_mass, there.muscle_mass, SAME_KILOGRAMS)
    }
}

#[async_trait]
impl Row for WeighIn {
    async fn list(api: &Api, (first, last): (NaiveDate, NaiveDate)) -> Result<Vec<WeighIn>> {
        let answer = api
            .send(|http, site| {
                let url = format!("{}/weight-service/weight/range/{first}/{last}", site.connectapi);
                http.get(url).query(&[("includeAll", "true")])
            })
            .await?
            .ok()?;
        let range: Range = answer.json()?;
        let days = range.daily_weight_summaries.ok_or_else(super::changed)?;
        Ok(days.0.iter().flat_map(|day| &day.all_weight_metrics.0).filter_map(WeighIn::read).collect())
    }

    fn time(&self) -> Time {
        self.body.time
    }

    fn id(&self) -> u64 {
        self.sample_pk
    }

    fn date(&self) -> NaiveDate {
        self.date
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn weigh_in() -> WeighIn {
        let listed = json!({
            "samplePk": 1_753_533_352_952_u64, "date": 1_753_544_137_000_i64, "calendarDate": "2025-07-26",
            "weight": 63_900.0, "bmi": 21.600_000_381_469_727, "bodyFat": 8.1, "bodyWater": 68.3,
            "boneMass": 3099, "muscleMass": 55_599, "physiqueRating": 4, "visceralFat": 9,
            "metabolicAge": 1_104_492_410_000_i64, "sourceType": "INDEX_SCALE",
            "timestampGMT": 1_753_533_337_000_i64, "weightDelta": null,
        });
        WeighIn::read(&serde_json::from_value(listed).unwrap()).unwrap()
    }

    #[test]
    fn reads_garmins_units() {
        let WeighIn { sample_pk, date, body } = weigh_in();
        assert_eq!((sample_pk, date.to_string().as_str()), (1_753_533_352_952, "2025-07-26"));
        assert_eq!((body.time.timestamp(), body.utc_offset), (1_753_533_337, Some(10_800)));
        assert_eq!((body.weight, body.bmi), (Some(63.9), Some(21.6)));
        assert_eq!((body.percent_fat, body.percent_hydration), (Some(8.1), Some(68.3)));
        assert_eq!((body.bone_mass, body.muscle_mass), (Some(3.1), Some(55.6)));
        assert_eq!((body.physique_rating, body.visceral_fat_rating), (Some(4), Some(9.0)));
        assert_eq!(body.metabolic_age, Some(35));
        let empty: Listed = serde_json::from_value(json!({"samplePk": null, "weight": null})).unwrap();
        assert!(WeighIn::read(&empty).is_none());
    }

    #[test]
    fn tells_the_same_weigh_in() {
        let there = weigh_in();
        let same = there.body.clone();
        assert!(there.is(&same));
        assert!(there.is(&Body { weight: Some(63.95), muscle_mass: Some(55.62), ..same.clone() }));
        assert!(
            there.is(&Body { time: same.time, weight: Some(63.9), ..Body::default() }),
            "what both have counts"
        );
        assert!(!there.is(&Body { weight: Some(63.96), ..same.clone() }));
        assert!(!there.is(&Body { percent_fat: Some(8.3), ..same.clone() }));
        assert!(!there.is(&Body { bone_mass: Some(3.2), ..same.clone() }));
        assert!(!there.is(&Body { time: same.time + chrono::TimeDelta::seconds(1), ..same }));
    }
}
