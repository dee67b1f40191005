//! Garmin Connect as a destination of activities: look one up, hand a file over, wait for the verdict, name the result.
//!
//! Garmin must never be sent a file twice because an answer got lost: whatever stays open is settled by looking the
//! activity up, or reported as unsettled (hevy2garmin#44, #49). What is named, described or given gear is the activity
//! that was made from Baton's own file, and never one that only begins and ends like it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::same::Outline;
use baton_core::{Destination, Error, ErrorKind, Key, Kind, Parcel, Receipt, Result, Similar};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::api::{self, Api, utc};
use super::calendar::{Calendar, Known};
use super::devices::Devices;
use super::original;
use super::site::Site;
use super::upload::{self, Uploads, Verdict};
use crate::http::Method;

/// How long an accepted file is waited for in all.
const PATIENCE: Duration = Duration::from_mins(1);
/// Looks for an activity whose upload had no clear answer, each after the wait before it.
const LOOKS: [Duration; 4] =
    [Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8), Duration::from_secs(16)];
/// Garmin takes the start from the file, whose times are whole seconds.
const SAME_START: TimeDelta = TimeDelta::seconds(2);

pub struct Activities {
    api: Arc<Api>,
    uploads: Arc<Uploads>,
    calendar: Calendar,
    devices: Devices,
}

/// The activities that begin and end like a parcel and were there before it was sent.
type Before = HashSet<u64>;

impl Activities {
    pub fn new(api: Arc<Api>, uploads: Arc<Uploads>) -> Activities {
        Activities { api, uploads, calendar: Calendar::default(), devices: Devices::default() }
    }

    /// Sends the file and stays with it until Garmin has said what became of it, as far as it does.
    async fn send(&self, parcel: &Parcel, site: &Site) -> Result<Verdict> {
        let _turn = self.uploads.turn(&self.api).await;
        let name = format!("baton-{}.{}", parcel.external_id, parcel.file.format.extension());
        let Some(answer) = upload::send(&self.api, &name, &parcel.file.bytes).await? else {
            return Ok(Verdict::Unknown);
        };
        let consent = site.consent_link();
        let mut verdict = upload::read(&answer, &consent)?;
        let mut wait = suggested_wait(answer.header("location-in-milliseconds"));
        let mut waited = Duration::ZERO;
        while let Verdict::Pending(path) = &verdict {
            let Some(path) = path.clone() else { return Ok(Verdict::Unknown) };
            if waited >= PATIENCE {
                return Ok(Verdict::Unknown);
            }
            self.api.http.pause(wait, wait).await;
            waited += wait;
            wait = (wait + wait / 2).min(Duration::from_secs(10));
            // From here on the file is at Garmin: no failure to ask means that it is not.
            verdict = match self.api.send(|http, site| http.get(format!("{}{path}", site.connectapi))).await {
                Ok(answer) if answer.status == 404 || answer.status == 429 => Verdict::Unknown,
                Ok(answer) => match upload::read(&answer, &consent)? {
                    Verdict::Pending(None) => Verdict::Pending(Some(path)),
                    verdict => verdict,
                },
                Err(error) => {
                    tracing::info!(%error, "the state of an upload could not be asked for");
                    Verdict::Unknown
                }
            };
        }
        Ok(verdict)
    }

    /// The activity that was made from the parcel's file, among those that begin and end like it.
    async fn made_from(&self, parcel: &Parcel, anew: bool, without: &Before) -> Result<Option<u64>> {
        for Known { id, .. } in self.calendar.alike(&self.api, parcel.span, anew).await? {
            if !without.contains(&id) && original::is_made_from(&self.api, id, &parcel.file).await? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Looks for an activity that may or may not have arrived.
    async fn settle(&self, parcel: &Parcel, before: &Before) -> Result<u64> {
        for wait in LOOKS {
            self.api.http.pause(wait, wait).await;
            match self.made_from(parcel, true, before).await {
                Ok(Some(id)) => return Ok(id),
                Ok(None) => {}
                Err(error) => {
                    self.calendar.forget(parcel.span).await;
                    return Err(unsettled(&format!(" ({error})")));
                }
            }
        }
        self.calendar.forget(parcel.span).await;
        Err(unsettled(""))
    }

    /// Gives a created activity its title, description and gear. What does not work becomes a remark.
    async fn dress(&self, id: u64, parcel: &Parcel) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Err(error) = self.rename(id, parcel).await {
            remarks.push(format!("the title was not set: {error}"));
        }
        if let Some(gear) = &parcel.gear
            && let Err(error) = self.link_gear(id, gear).await
        {
            remarks.push(format!("the gear was not linked: {error}"));
        }
        remarks
    }

    async fn rename(&self, id: u64, parcel: &Parcel) -> Result<()> {
        let description = parcel.description.as_deref().filter(|text| !text.trim().is_empty());
        let mut change = Map::new();
        if !parcel.title.trim().is_empty() {
            change.insert("activityName".into(), json!(parcel.title));
        }
        if let Some(description) = description {
            change.insert("description".into(), json!(description));
        }
        if change.is_empty() {
            return Ok(());
        }
        change.insert("activityId".into(), json!(id));
        let change = Value::Object(change);
        let url = |site: &Site| format!("{}/activity-service/activity/{id}", site.connectapi);
        self.api.send(|http, site| http.request(Method::PUT, url(site)).json(&change)).await?.ok()?;
        Ok(())
    }

    async fn link_gear(&self, id: u64, gear: &str) -> Result<()> {
        let uuid: String = gear.chars().filter(|c| *c != '-').collect();
        if uuid.is_empty() || !uuid.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(Error::bad_input(format!("{gear} is not an identifier of gear")));
        }
        let url = |site: &Site| format!("{}/gear-service/gear/link/{uuid}/activity/{id}", site.connectapi);
        self.api.send(|http, site| http.request(Method::PUT, url(site))).await?.ok()?;
        Ok(())
    }

    /// Whether the activity with this id is what was sent: Garmin has answered uploads with ids of other activities
    /// (hevy2garmin#279). By its start, and by its file where something like it was there before. `None` where Garmin
    /// does not say.
    async fn is_ours(&self, id: u64, parcel: &Parcel, before: &Before) -> Option<bool> {
        if !before.is_empty() {
            return original::is_made_from(&self.api, id, &parcel.file).await.ok();
        }
        let activity = api::activity(&self.api, id).await.ok()??;
        let start = utc(activity.summary?.start_time_gmt.as_deref()?)?;
        Some((start - parcel.span.start).abs() <= SAME_START)
    }

    async fn created(&self, mut id: u64, parcel: &Parcel, before: &Before, site: &Site) -> Result<Receipt> {
        if self.calendar.knows(id).await {
            // It was there before this upload: somebody else's name for it stays.
            return Ok(Receipt::AlreadyThere { key: Some(key(site, id)) });
        }
        let mut remarks = Vec::new();
        match self.is_ours(id, parcel, before).await {
            Some(true) => {}
            Some(false) => id = self.settle(parcel, before).await?,
            None => remarks
                .push("the title was not set: Garmin Connect does not show the new activity yet".to_owned()),
        }
        self.calendar.add(id, parcel.span).await;
        if remarks.is_empty() {
            remarks = self.dress(id, parcel).await;
        }
        Ok(Receipt::Created { key: key(site, id), remarks })
    }
}

#[async_trait]
impl Destination for Activities {
    async fn similar(&self, kind: Kind, outline: &Outline) -> Result<Option<(Key, Similar)>> {
        if kind != Kind::Activity {
            return Ok(None);
        }
        let site = self.api.site().await?;
        let Some(known) = self.calendar.same(&self.api, outline).await? else { return Ok(None) };
        let device = match known.device {
            Some(device) => self.devices.name(&self.api, device).await,
            None => None,
        };
        let similar = Similar {
            start: known.start,
            seconds: known.elapsed.or(known.timer).map(|seconds| seconds.round() as u32),
            sport: known.sport.map(|(sport, _)| sport),
            sub_sport: known.sport.map(|(_, sub_sport)| sub_sport),
            device,
        };
        Ok(Some((key(&site, known.id), similar)))
    }

    async fn find(&self, parcel: &Parcel) -> Result<Option<Key>> {
        let site = self.api.site().await?;
        let found = self.made_from(parcel, false, &Before::default()).await?;
        Ok(found.map(|id| key(&site, id)))
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt> {
        let site = self.api.site().await?;
        // Listed before sending, so that what comes of it can be told from what was there.
        let alike = self.calendar.alike(&self.api, parcel.span, false).await?;
        let before: Before = alike.iter().map(|known| known.id).collect();
        match self.send(parcel, &site).await? {
            Verdict::Created(id) => self.created(id, parcel, &before, &site).await,
            Verdict::Duplicate(Some(id)) => Ok(Receipt::AlreadyThere { key: Some(key(&site, id)) }),
            Verdict::Duplicate(None) => {
                let alike = self.calendar.alike(&self.api, parcel.span, true).await.unwrap_or_default();
                Ok(Receipt::AlreadyThere { key: alike.first().map(|known| key(&site, known.id)) })
            }
            Verdict::Pending(_) | Verdict::Unknown => {
                let id = self.settle(parcel, &before).await?;
                let remarks = self.dress(id, parcel).await;
                Ok(Receipt::Created { key: key(&site, id), remarks })
            }
        }
    }
}

fn key(site: &Site, id: u64) -> Key {
    Key { id: id.to_string(), link: Some(site.activity_link(id)) }
}

fn unsettled(why: &str) -> Error {
    let words = format!(
        "Garmin Connect did not say whether it took this file, and it does not show it yet{why}; Baton looks again before \
         it sends anything"
    );
    Error::new(ErrorKind::Unsettled, words)
}

/// `location-in-milliseconds`, kept between half a second and ten.
fn suggested_wait(header: Option<&str>) -> Duration {
    let milliseconds = header.and_then(|text| text.trim().parse().ok()).unwrap_or(1000_u64);
    Duration::from_millis(milliseconds.clamp(500, 10_000))
}
