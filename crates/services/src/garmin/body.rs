//! Garmin Connect as a destination of weigh-ins: many in one FIT weight file, and each found again by reading back, since
//! an accepted file says nothing about what is in it.

use std::collections::HashSet;
use std::sync::Arc;

use baton_core::{Body, Error, ErrorKind, Item, Key, Parcel, Receipt, Result};
use baton_fit::EncodeOptions;

use super::api::Api;
use super::months::{self, Months, SAME_SECOND, Sent};
use super::upload::{self, Uploads};
use super::weigh_in::WeighIn;
use crate::http::Method;

/// Garmin times out on larger files (garmin-weight-sync#8).
pub const AT_ONCE: usize = 200;

pub struct Bodies {
    api: Arc<Api>,
    uploads: Arc<Uploads>,
    months: Months<WeighIn>,
}

type Waiting = Sent<Body>;

impl Bodies {
    pub fn new(api: Arc<Api>, uploads: Arc<Uploads>) -> Bodies {
        Bodies { api, uploads, months: Months::default() }
    }

    /// The newest weigh-in with this second and these values.
    ///
    /// # Errors
    /// `Unsupported` for a measurement without a weight, of which Garmin has no place; those of the account.
    pub async fn find(&self, body: &Body) -> Result<Option<Key>> {
        weighed(body)?;
        let near = self.months.near(&self.api, body.time, SAME_SECOND).await?;
        let Some(found) = near.iter().filter(|row| row.is(body)).max_by_key(|row| row.sample_pk) else {
            return Ok(None);
        };
        Ok(Some(Key { id: months::id(found), link: Some(self.api.site().await?.weight_link()) }))
    }

    /// An answer for each, in their order.
    pub async fn deliver(&self, parcels: &[&Parcel]) -> Vec<Result<Receipt>> {
        let mut receipts: Vec<Result<Receipt>> = parcels.iter().map(|_| Err(super::unanswered())).collect();
        let mut waiting = Vec::new();
        for (place, parcel) in parcels.iter().enumerate() {
            let body = match &*parcel.item {
                Item::Body(body) => weighed(body),
                _ => Err(Error::bug("this is no weigh-in")),
            };
            match body {
                Ok(body) => waiting.push(Sent { place, time: body.time, what: body.clone() }),
                Err(error) => receipts[place] = Err(error),
            }
        }
        let name = parcels.first().map_or_else(String::new, |parcel| parcel.external_id.clone());
        for (place, receipt) in self.send(&format!("baton-{name}.fit"), waiting).await {
            receipts[place] = receipt;
        }
        receipts
    }

    /// Sends a file, and halves of it where Garmin refuses the whole, so that one weigh-in that it dislikes does not hold
    /// the others back.
    async fn send(&self, name: &str, waiting: Vec<Waiting>) -> Vec<(usize, Result<Receipt>)> {
        let mut receipts = Vec::with_capacity(waiting.len());
        let mut files = vec![waiting];
        while let Some(mut file) = files.pop() {
            if file.is_empty() {
                continue;
            }
            match self.upload(name, &file).await {
                Ok(before) => {
                    let link = self.api.site().await.ok().map(|site| site.weight_link());
                    let is = |row: &WeighIn, body: &Body| row.is(body);
                    receipts.extend(self.months.settle(&self.api, file, before, is, link).await);
                }
                Err(error) if matches!(error.kind, ErrorKind::Rejected { .. }) && file.len() > 1 => {
                    let second = file.split_off(file.len() / 2);
                    files.extend([second, file]);
                }
                Err(error) => {
                    let places = file.iter().map(|one| one.place);
                    receipts.extend(places.map(|place| (place, Err(error.clone()))));
                }
            }
        }
        receipts
    }

    /// Hands one file over; answers what was there at its moments before.
    async fn upload(&self, name: &str, file: &[Waiting]) -> Result<HashSet<u64>> {
        let bodies: Vec<&Body> = file.iter().map(|one| &one.what).collect();
        let bytes = baton_fit::encode_bodies(&bodies, &EncodeOptions::default())?.bytes;
        let before = self.months.ids(&self.api, file).await?;
        let consent = self.api.site().await?.consent_link();
        let _turn = self.uploads.turn(&self.api).await;
        if let Some(answer) = upload::send(&self.api, name, &bytes).await? {
            // Whichever verdict: a weight file has no activity to wait for, and the listing tells.
            upload::read(&answer, &consent)?;
        }
        Ok(before)
    }

    /// Takes a weigh-in away. One that is not there any more is no error.
    pub async fn remove(&self, body: &Body, key: &str) -> Result<()> {
        let (date, sample_pk) = months::parts(key)?;
        let answer = self
            .api
            .send(|http, site| {
                let url = format!("{}/weight-service/weight/{date}/byversion/{sample_pk}", site.connectapi);
                http.request(Method::DELETE, url)
            })
            .await?;
        self.months.forget(body.time, SAME_SECOND).await;
        if answer.status != 404 {
            answer.ok()?;
        }
        Ok(())
    }
}

fn weighed(body: &Body) -> Result<&Body> {
    match body.weight {
        Some(weight) if weight > 0.0 && weight < 655.0 => Ok(body),
        Some(weight) => Err(Error::rejected(format!("Garmin Connect takes no weight of {weight} kg"))),
        None => {
            let words = "Garmin Connect keeps no measurement without a weight";
            Err(Error::new(ErrorKind::Unsupported, words))
        }
    }
}
