//! Garmin Connect as a destination of blood pressures: one by one through its JSON service (files with them are accepted
//! and never shown, withings-sync#204), and each found again by reading back.

use std::sync::Arc;
use std::time::Duration;

use baton_core::{BloodPressure, Error, ErrorKind, Item, Key, Parcel, Receipt, Result, Scope};
use serde_json::Value;

use super::api::Api;
use super::months::{self, Months, SAME_SECOND, Sent};
use super::reading::{self, Reading, SAME_READING};
use crate::http::Method;

/// So many are written before they are read back together.
pub const AT_ONCE: usize = 50;
/// The least and most time between two writings.
const APART: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(600));

pub struct BloodPressures {
    api: Arc<Api>,
    months: Months<Reading>,
}

impl BloodPressures {
    pub fn new(api: Arc<Api>) -> BloodPressures {
        BloodPressures { api, months: Months::default() }
    }

    /// The reading with these values that is nearest in time. Garmin's service would write it a second time.
    pub async fn find(&self, pressure: &BloodPressure) -> Result<Option<Key>> {
        let near = self.months.near(&self.api, pressure.time, SAME_READING).await?;
        let same = near.iter().filter(|row| row.may_be(pressure));
        let nearest = same
            .min_by_key(|row| ((row.pressure.time - pressure.time).abs(), std::cmp::Reverse(row.version)));
        Ok(nearest.map(|row| Key { id: months::id(row), link: None }))
    }

    /// An answer for each, in their order.
    pub async fn deliver(&self, parcels: &[&Parcel]) -> Vec<Result<Receipt>> {
        let mut receipts: Vec<Result<Receipt>> = parcels.iter().map(|_| Err(super::unanswered())).collect();
        let mut waiting = Vec::new();
        for (place, parcel) in parcels.iter().enumerate() {
            let written = match &*parcel.item {
                Item::BloodPressure(pressure) => reading::write(pressure).map(|json| (pressure, json)),
                _ => Err(Error::bug("this is no blood pressure")),
            };
            match written {
                Ok((pressure, json)) => {
                    waiting.push(Sent { place, time: pressure.time, what: (pressure.clone(), json) });
                }
                Err(error) => receipts[place] = Err(error),
            }
        }
        let before = match self.months.ids(&self.api, &waiting).await {
            Ok(before) => before,
            Err(error) => {
                for one in &waiting {
                    receipts[one.place] = Err(error.clone());
                }
                return receipts;
            }
        };
        let mut sent = Vec::with_capacity(waiting.len());
        let mut trouble: Option<Error> = None;
        for one in waiting {
            // The others would meet the same trouble.
            let outcome = match &trouble {
                Some(error) => Err(error.clone()),
                None => self.send(&one.what.1).await,
            };
            match outcome {
                Ok(()) => sent.push(one),
                Err(error) => {
                    trouble = trouble.or_else(|| (error.kind.scope() != Scope::Step).then(|| error.clone()));
                    receipts[one.place] = Err(error);
                }
            }
        }
        let is = |row: &Reading, (pressure, _): &(BloodPressure, Value)| row.is(pressure);
        for (place, receipt) in self.months.settle(&self.api, sent, before, is, None).await {
            receipts[place] = receipt;
        }
        receipts
    }

    /// Writes one. Where no answer came, or one that does not tell, the listing does.
    async fn send(&self, reading: &Value) -> Result<()> {
        let answer = self
            .api
            .send(|http, site| {
                let url = format!("{}/bloodpressure-service/bloodpressure", site.connectapi);
                http.post(url).json(reading).delivers()
            })
            .await;
        self.api.http.pause(APART.0, APART.1).await;
        let answer = match answer {
            Err(error) if error.kind == ErrorKind::Unsettled => return Ok(()),
            answer => answer?,
        };
        match answer.status.as_u16() {
            200..300 | 500.. => Ok(()),
            400 | 422 => Err(Error::rejected("Garmin Connect refuses this blood pressure")),
            _ => Err(answer.failure()),
        }
    }

    /// Takes a reading away. One that is not there any more is no error.
    pub async fn remove(&self, pressure: &BloodPressure, key: &str) -> Result<()> {
        let (date, version) = months::parts(key)?;
        let answer = self
            .api
            .send(|http, site| {
                let path = "bloodpressure-service/bloodpressure";
                http.request(Method::DELETE, format!("{}/{path}/{date}/{version}", site.connectapi))
            })
            .await?;
        self.months.forget(pressure.time, SAME_SECOND).await;
        if answer.status != 404 {
            answer.ok()?;
        }
        Ok(())
    }
}
