//! The athlete's weight of today: Strava keeps one value and no history, so that only the newest weigh-in comes here.

use std::sync::Arc;

use baton_core::{Body, Error, ErrorKind, Key, Receipt, Result};

use super::api::Api;
use super::authorize::PROFILE_WRITE;
use super::wire::Athlete;
use crate::http::Method;

/// Strava's own apps round to 0.1 kg.
const SAME: f64 = 0.05;
/// kg; what Strava takes for a person.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = 1.0..=500.0;

/// One account's weight.
pub struct Weight {
    api: Arc<Api>,
}

impl Weight {
    pub fn new(api: Arc<Api>) -> Weight {
        Weight { api }
    }

    /// The weight there, where it is this one. Where the athlete did not allow it to be seen, there is none.
    ///
    /// # Errors
    /// `Unsupported` for a measurement without a weight; those of the account.
    pub async fn find(&self, body: &Body) -> Result<Option<Key>> {
        let kilograms = weight(body)?;
        let athlete: Athlete =
            self.api.send(|http, api| http.get(format!("{api}/athlete"))).await?.ok()?.json()?;
        if athlete.id.0.is_none() {
            return Err(Error::service_changed(
                "Strava did not say whose weight this is; Baton may need an update",
            ));
        }
        let now = athlete.weight.positive().filter(|now| (now - kilograms).abs() <= SAME + 1e-9);
        Ok(now.map(|now| self.key(now)))
    }

    /// Writes it. Writing the same twice does no more than writing it once, so that a lost answer is asked for again.
    ///
    /// # Errors
    /// `Unsupported` where there is no weight or the athlete did not allow it to be set; those of the account.
    pub async fn deliver(&self, body: &Body) -> Result<Receipt> {
        let kilograms = weight(body)?;
        if !self.api.may(PROFILE_WRITE).await? {
            let words = "Strava was not allowed to let Baton set your weight; connect the account again and leave the boxes \
                         ticked";
            return Err(Error::new(ErrorKind::Unsupported, words));
        }
        let text = format!("{kilograms:.2}");
        let write = |http: &crate::http::Http, api: &str| {
            http.request(Method::PUT, format!("{api}/athlete")).form(&[("weight", &text)])
        };
        let answer = self.api.send(write).await?;
        if matches!(answer.status.as_u16(), 400 | 422) {
            return Err(Error::rejected(format!("Strava takes no weight of {kilograms} kg")));
        }
        answer.ok()?;
        Ok(Receipt::Created { key: self.key(kilograms), remarks: Vec::new() })
    }

    /// There is one weight, which has no number of its own.
    fn key(&self, kilograms: f64) -> Key {
        Key { id: format!("{kilograms:.2} kg"), link: Some(self.api.profile_link()) }
    }
}

/// Kilograms with two decimal places.
fn weight(body: &Body) -> Result<f64> {
    let weight = body.weight.filter(|weight| PLAUSIBLE.contains(weight));
    weight.map(|weight| (weight * 100.0).round() / 100.0).ok_or_else(|| {
        let words = "Strava keeps a weight and nothing else, and this measurement has none";
        Error::new(ErrorKind::Unsupported, words)
    })
}
