//! Strava as a destination: activities go one way, the weight another.

use std::sync::Arc;

use async_trait::async_trait;
use baton_core::same::Outline;
use baton_core::{Destination, Error, ErrorKind, Item, Key, Kind, Parcel, Receipt, Result, Similar};

use super::activities::Activities;
use super::api::Api;
use super::weight::Weight;

/// One account's ways in.
pub struct Deliveries {
    activities: Activities,
    weight: Weight,
}

impl Deliveries {
    pub fn new(api: Arc<Api>) -> Deliveries {
        Deliveries { activities: Activities::new(api.clone()), weight: Weight::new(api) }
    }
}

#[async_trait]
impl Destination for Deliveries {
    async fn similar(&self, kind: Kind, outline: &Outline) -> Result<Option<(Key, Similar)>> {
        match kind {
            Kind::Activity => self.activities.similar(outline).await,
            Kind::Body | Kind::BloodPressure => Ok(None),
        }
    }

    async fn find(&self, parcel: &Parcel) -> Result<Option<Key>> {
        match &*parcel.item {
            Item::Activity(_) => self.activities.find(parcel).await,
            Item::Body(body) => self.weight.find(body).await,
            Item::BloodPressure(_) => Err(unsupported()),
        }
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt> {
        match &*parcel.item {
            Item::Activity(activity) => self.activities.deliver(parcel, activity).await,
            Item::Body(body) => self.weight.deliver(body).await,
            Item::BloodPressure(_) => Err(unsupported()),
        }
    }
}

fn unsupported() -> Error {
    Error::new(ErrorKind::Unsupported, "Strava keeps no blood pressure")
}

#[cfg(test)]
mod tests;
