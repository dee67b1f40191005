//! Blood pressures as Garmin's service spells them, in both directions. Pure but for the listing itself.

use async_trait::async_trait;
use baton_core::{BloodPressure, Error, Measured, Result, Time};
use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{Api, utc};
use super::months::Row;
use crate::loose::{List, Number, Text};

/// The limits of Garmin's own form (mmHg, bpm).
const SYSTOLIC: std::ops::RangeInclusive<u16> = 70..=260;
const DIASTOLIC: std::ops::RangeInclusive<u16> = 40..=150;
const PULSE: std::ops::RangeInclusive<u8> = 20..=250;
/// Two readings with the same values this close are one (grrminsync).
pub const SAME_READING: TimeDelta = TimeDelta::seconds(300);

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Listed {
    version: Number,
    systolic: Number,
    diastolic: Number,
    pulse: Number,
    measurement_timestamp_local: Text,
    #[serde(rename = "measurementTimestampGMT")]
    measurement_timestamp_gmt: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Range {
    measurement_summaries: Option<List<Day>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Day {
    measurements: List<Listed>,
}

/// A blood pressure in the account.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub version: u64,
    /// The account's local day, which removing asks for.
    pub date: NaiveDate,
    pub pressure: BloodPressure,
}

impl Reading {
    fn read(listed: &Listed) -> Option<Reading> {
        let time = utc(listed.measurement_timestamp_gmt.get()?)?;
        let local = listed.measurement_timestamp_local.get().and_then(utc);
        let pressure = |number: Number| number.within(1.0, 999.0).map(|number| number.round() as u16);
        Some(Reading {
            version: listed.version.positive()? as u64,
            date: local.unwrap_or(time).date_naive(),
            pressure: BloodPressure {
                time,
                utc_offset: local.map(|local| (local - time).num_seconds() as i32),
                systolic: pressure(listed.systolic)?,
                diastolic: pressure(listed.diastolic)?,
                heart_rate: listed.pulse.within(1.0, 254.0).map(|pulse| pulse.round() as u8),
                more: Vec::new(),
            },
        })
    }

    pub fn measured(&self) -> Measured {
        Measured::BloodPressure(self.pressure.clone())
    }

    /// Whether both have the same values.
    fn says(&self, pressure: &BloodPressure) -> bool {
        let there = &self.pressure;
        let pulses = there.heart_rate.zip(pulse(pressure));
        there.systolic == pressure.systolic
            && there.diastolic == pressure.diastolic
            && pulses.is_none_or(|(here, there)| here == there)
    }

    /// Whether it may be this reading, whoever wrote it.
    pub fn may_be(&self, pressure: &BloodPressure) -> bool {
        self.says(pressure) && (self.pressure.time - pressure.time).abs() <= SAME_READING
    }

    /// Whether it is this reading as Baton writes it.
    pub fn is(&self, pressure: &BloodPressure) -> bool {
        self.says(pressure) && self.pressure.time.timestamp() == pressure.time.timestamp()
    }
}

/// The pulse where Garmin takes it; it refuses a reading with another one.
fn pulse(pressure: &BloodPressure) -> Option<u8> {
    pressure.heart_rate.filter(|rate| PULSE.contains(rate))
}

/// What is sent.
///
/// # Errors
/// `Rejected` for what Garmin does not take.
pub fn write(pressure: &BloodPressure) -> Result<Value> {
    if !SYSTOLIC.contains(&pressure.systolic) || !DIASTOLIC.contains(&pressure.diastolic) {
        return Err(Error::rejected(format!(
            "Garmin Connect takes blood pressures from {} to {} over {} to {} only; this one is {}/{}",
            SYSTOLIC.start(),
            SYSTOLIC.end(),
            DIASTOLIC.start(),
            DIASTOLIC.end(),
            pressure.systolic,
            pressure.diastolic
        )));
    }
    let clock = |time: Time| time.format("%Y-%m-%dT%H:%M:%S.000").to_string();
    let local = pressure.time + TimeDelta::seconds(i64::from(pressure.utc_offset.unwrap_or(0)));
    let mut reading = json!({
        "measurementTimestampLocal": clock(local), "measurementTimestampGMT": clock(pressure.time),
        "systolic": pressure.systolic, "diastolic": pressure.diastolic, "sourceType": "MANUAL", "notes": "",
    });
    // A 0 for what is not known is refused.
    if let Some(pulse) = pulse(pressure) {
        reading["pulse"] = json!(pulse);
    }
    Ok(reading)
}

#[async_trait]
impl Row for Reading {
    async fn list(api: &Api, (first, last): (NaiveDate, NaiveDate)) -> Result<Vec<Reading>> {
        let answer = api
            .send(|http, site| {
                let path = "bloodpressure-service/bloodpressure/range";
                let url = format!("{}/{path}/{first}/{last}", site.connectapi);
                http.get(url).query(&[("includeAll", "true")])
            })
            .await?
            .ok()?;
        let range: Range = answer.json()?;
        let days = range.measurement_summaries.ok_or_else(super::changed)?;
        Ok(days.0.iter().flat_map(|day| &day.measurements.0).filter_map(Reading::read).collect())
    }

    fn time(&self) -> Time {
        self.pressure.time
    }

    fn id(&self) -> u64 {
        self.version
    }

    fn date(&self) -> NaiveDate {
        self.date
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn pressure() -> BloodPressure {
        BloodPressure {
            time: "2026-11-20T23:30:05Z".parse().unwrap(),
            utc_offset: Some(3600),
            systolic: 124,
            diastolic: 79,
            heart_rate: Some(61),
            more: Vec::new(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut listed = write(&pressure()).unwrap();
        assert_eq!(listed["measurementTimestampLocal"], "2026-11-21T00:30:05.000");
        assert_eq!(listed["measurementTimestampGMT"], "2026-11-20T23:30:05.000");
        listed["version"] = json!(9);
        let reading = Reading::read(&serde_json::from_value(listed).unwrap()).unwrap();
        assert_eq!((reading.version, reading.date.to_string().as_str()), (9, "2026-11-21"));
        assert_eq!(reading.pressure, pressure());
        assert!(reading.is(&pressure()) && reading.may_be(&pressure()));
        let later = BloodPressure { time: pressure().time + SAME_READING, ..pressure() };
        assert!(reading.may_be(&later) && !reading.is(&later));
        assert!(!reading.may_be(&BloodPressure { systolic: 125, ..pressure() }));
        assert!(!reading.may_be(&BloodPressure { heart_rate: Some(62), ..pressure() }));
        assert!(reading.may_be(&BloodPressure { heart_rate: None, ..pressure() }));
    }

    #[rstest]
    #[case(69, 60, false)]
    #[case(70, 40, true)]
    #[case(260, 150, true)]
    #[case(261, 150, false)]
    #[case(120, 151, false)]
    #[case(120, 39, false)]
    fn garmins_limits_are_said(#[case] systolic: u16, #[case] diastolic: u16, #[case] taken: bool) {
        let outcome = write(&BloodPressure { systolic, diastolic, ..pressure() });
        assert_eq!(outcome.is_ok(), taken);
        if let Err(error) = outcome {
            assert!(error.message.contains(&format!("{systolic}/{diastolic}")), "{error}");
        }
    }

    #[test]
    fn a_pulse_that_cannot_be_is_left_out() {
        for heart_rate in [None, Some(19), Some(251)] {
            assert!(write(&BloodPressure { heart_rate, ..pressure() }).unwrap().get("pulse").is_none());
        }
        assert_eq!(write(&pressure()).unwrap()["pulse"], 61);
    }
}
