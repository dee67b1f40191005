//! The rider's weight of today: TrainerRoad keeps one value and no history, so that only the newest weigh-in comes here.

use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Destination, Error, ErrorKind, Item, Key, Parcel, Receipt, Result};

use super::api::Api;

/// Other programs round to 0.1 kg.
const SAME: f64 = 0.05;
/// Looks after a writing that had no clear answer, each after the wait before it.
const LOOKS: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(8)];

/// One account's weight.
pub struct Weight {
    api: Api,
}

impl Weight {
    pub fn new(api: Api) -> Weight {
        Weight { api }
    }

    /// Reads it again. Whatever came of the writing, this is what counts.
    async fn settle(&self, kilograms: f64, written: Result<()>) -> Result<Receipt> {
        let mut found = self.api.rider().await;
        for wait in LOOKS {
            if matches!(&found, Ok(rider) if rider.weight().is_some_and(|now| same(now, kilograms))) {
                return Ok(Receipt::Created { key: key(kilograms), remarks: Vec::new() });
            }
            self.api.http.pause(wait, wait).await;
            found = self.api.rider().await;
        }
        match (found, written) {
            (Ok(rider), _) if rider.weight().is_some_and(|now| same(now, kilograms)) => {
                Ok(Receipt::Created { key: key(kilograms), remarks: Vec::new() })
            }
            // It says that it failed, and the old weight is there.
            (Ok(_), Err(error)) => Err(error),
            (_, Ok(()) | Err(_)) => {
                let words = "TrainerRoad was sent the new weight and does not show it yet; Baton looks again before it \
                             sends it anew";
                Err(Error::new(ErrorKind::Unsettled, words))
            }
        }
    }
}

#[async_trait]
impl Destination for Weight {
    async fn find(&self, parcel: &Parcel) -> Result<Option<Key>> {
        let kilograms = weight(parcel)?;
        let now = self.api.rider().await?.weight();
        Ok(now.filter(|now| same(*now, kilograms)).map(key))
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt> {
        let kilograms = weight(parcel)?;
        let rider = self.api.rider().await?;
        match self.api.write(&rider.weighing(kilograms)?).await {
            Err(error) if matches!(error.kind, ErrorKind::Rejected { .. } | ErrorKind::SignInRequired) => {
                Err(error)
            }
            Err(error) if matches!(error.kind, ErrorKind::Offline | ErrorKind::RateLimited { .. }) => {
                Err(error)
            }
            written => self.settle(kilograms, written).await,
        }
    }
}

/// Kilograms with two decimal places.
fn weight(parcel: &Parcel) -> Result<f64> {
    let weight = match &*parcel.item {
        Item::Body(body) => body.weight.filter(|weight| weight.is_finite() && *weight > 0.0),
        _ => None,
    };
    let hundredths = weight.map(|weight| (weight * 100.0).round() / 100.0);
    hundredths.ok_or_else(|| {
        let words = "TrainerRoad keeps a weight and nothing else, and this measurement has none";
        Error::new(ErrorKind::Unsupported, words)
    })
}

fn same(here: f64, there: f64) -> bool {
    (here - there).abs() <= SAME + 1e-9
}

/// There is one weight, which has no number of its own.
fn key(kilograms: f64) -> Key {
    Key { id: format!("{kilograms:.2} kg"), link: None }
}

#[cfg(test)]
mod tests;
