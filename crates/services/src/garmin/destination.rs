//! Garmin Connect as a destination: each kind of thing goes its own way.

use std::sync::Arc;

use async_trait::async_trait;
use baton_core::same::Outline;
use baton_core::{Destination, Item, Key, Kind, Parcel, Receipt, Result, Similar};

use super::activities::Activities;
use super::api::Api;
use super::blood_pressure::{self, BloodPressures};
use super::body::{self, Bodies};
use super::upload::Uploads;

/// One account's ways in.
pub struct Deliveries {
    activities: Activities,
    bodies: Bodies,
    blood_pressures: BloodPressures,
}

impl Deliveries {
    pub fn new(api: Arc<Api>) -> Deliveries {
        let uploads = Arc::new(Uploads::default());
        Deliveries {
            activities: Activities::new(api.clone(), uploads.clone()),
            bodies: Bodies::new(api.clone(), uploads),
            blood_pressures: BloodPressures::new(api),
        }
    }
}

#[async_trait]
impl Destination for Deliveries {
    /// Of measurements the same second says too little: their values decide, which a plan does not hand over.
    async fn similar(&self, kind: Kind, outline: &Outline) -> Result<Option<(Key, Similar)>> {
        match kind {
            Kind::Activity => self.activities.similar(kind, outline).await,
            Kind::Body | Kind::BloodPressure => Ok(None),
        }
    }

    async fn find(&self, parcel: &Parcel) -> Result<Option<Key>> {
        match &*parcel.item {
            Item::Activity(_) => self.activities.find(parcel).await,
            Item::Body(body) => self.bodies.find(body).await,
            Item::BloodPressure(pressure) => self.blood_pressures.find(pressure).await,
        }
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt> {
        match &*parcel.item {
            Item::Activity(_) => self.activities.deliver(parcel).await,
            Item::Body(_) | Item::BloodPressure(_) => {
                let answer = self.deliver_all(&[parcel]).await.pop();
                answer.unwrap_or_else(|| Err(super::unanswered()))
            }
        }
    }

    fn at_once(&self, kind: Kind) -> usize {
        match kind {
            Kind::Activity => 1,
            Kind::Body => body::AT_ONCE,
            Kind::BloodPressure => blood_pressure::AT_ONCE,
        }
    }

    async fn deliver_all(&self, parcels: &[&Parcel]) -> Vec<Result<Receipt>> {
        match parcels.first().map(|parcel| parcel.item.kind()) {
            Some(Kind::Body) => self.bodies.deliver(parcels).await,
            Some(Kind::BloodPressure) => self.blood_pressures.deliver(parcels).await,
            _ => {
                let mut receipts = Vec::with_capacity(parcels.len());
                for parcel in parcels {
                    receipts.push(self.activities.deliver(parcel).await);
                }
                receipts
            }
        }
    }

    async fn remove(&self, parcel: &Parcel, key: &str) -> Result<()> {
        match &*parcel.item {
            Item::Activity(_) => self.activities.remove(parcel, key).await,
            Item::Body(body) => self.bodies.remove(body, key).await,
            Item::BloodPressure(pressure) => self.blood_pressures.remove(pressure, key).await,
        }
    }
}

#[cfg(test)]
mod tests;
