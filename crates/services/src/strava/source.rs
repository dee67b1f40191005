//! Strava as a source of activities: the list, and each activity rebuilt from what Strava shows of it. The file that a
//! device wrote is not given.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use baton_core::{Entry, Error, Fetched, Item, Result, Source, Window};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use tokio::sync::Mutex;

use super::api::Api;
use super::authorize::ACTIVITY_READ_ALL;
use super::wire::{self, Recording, Streams};
use super::{listing, map};
use crate::http::Answer;

/// What reading an activity takes as a rule: the whole of it, and its streams.
const REQUESTS: u64 = 2;
/// More pages than anybody has.
const MOST_PAGES: usize = 2000;

/// One account's activities.
pub struct Recordings {
    api: Arc<Api>,
    /// One after the other: of several that are read at a time each would be cut off where the requests are used up.
    turn: Mutex<()>,
}

impl Recordings {
    pub fn new(api: Arc<Api>) -> Recordings {
        Recordings { api, turn: Mutex::default() }
    }

    /// The entries of a page that were not on one before, and what to ask for the next one with.
    async fn page(&self, window: Window, at: Place) -> Result<Option<(Vec<Entry>, Place)>> {
        let Place { page, mut seen } = at;
        if page == 1 {
            self.may_read().await?;
        } else if page > MOST_PAGES {
            return Err(Error::service_changed(
                "Strava lists activities without an end; Baton may need an update",
            ));
        }
        // Both sides of what is asked for are left out. With a beginning the oldest come first, so that what is added
        // meanwhile moves no page.
        let after = window.from.map_or(0, |from| (from.timestamp() - 1).max(0));
        let before = window.until.map(|until| until.timestamp() + 1);
        let Some(lines) = listing::page(&self.api, after, before, page).await? else { return Ok(None) };
        let entries = lines
            .iter()
            .filter_map(map::entry)
            .filter(|entry| window.contains(entry.span.start) && seen.insert(entry.key.clone()));
        let entries: Vec<Entry> = entries.collect();
        Ok(Some((entries, Place { page: page + 1, seen })))
    }

    /// # Errors
    /// `SignInRequired` where the athlete shows Baton only what everybody sees: the rest would be missing in silence.
    async fn may_read(&self) -> Result<()> {
        if self.api.may(ACTIVITY_READ_ALL).await? {
            return Ok(());
        }
        Err(Error::sign_in(
            "Strava was not allowed to let Baton read all your activities; connect the account again and leave the boxes \
             ticked, or remove the routes that read from Strava",
        ))
    }

    /// Everything that Strava shows of an activity: how it reads, and the answers that it was read from.
    async fn read(&self, id: &str) -> Result<(Recording, Vec<u8>)> {
        let base = format!("/activities/{id}");
        let told = self.get(&base, &[]).await?.ok_or_else(gone)?;
        let activity: wire::Activity = told.json()?;
        if activity.id.0.is_none() {
            return Err(changed());
        }
        // What was typed in has none.
        let streams = if activity.manual.0 == Some(true) {
            None
        } else {
            let keys = [("keys", Streams::KEYS), ("key_by_type", "true")];
            self.get(&format!("{base}/streams"), &keys).await?
        };
        let laps = match &activity.laps {
            Some(_) => None,
            None => self.get(&format!("{base}/laps"), &[]).await?,
        };
        let raw = raw(&told, streams.as_ref(), laps.as_ref());
        let streams = streams.map(|streams| streams.json()).transpose()?;
        let laps = laps.map(|laps| laps.json()).transpose()?;
        Ok((Recording { activity, streams, laps }, raw))
    }

    /// `None` where Strava has no such thing: an activity that was deleted, or one without streams.
    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Option<Answer>> {
        let ask = |http: &crate::http::Http, base: &str| {
            let call = http.get(format!("{base}{path}"));
            if query.is_empty() { call } else { call.query(query) }
        };
        let answer = self.api.send(ask).await?;
        if answer.status == 404 { Ok(None) } else { answer.ok().map(Some) }
    }
}

/// Where a listing stands.
struct Place {
    page: usize,
    seen: HashSet<String>,
}

/// Strava's answers side by side, as a [`Recording`].
fn raw(activity: &Answer, streams: Option<&Answer>, laps: Option<&Answer>) -> Vec<u8> {
    let mut raw = b"{\"activity\":".to_vec();
    raw.extend_from_slice(&activity.bytes);
    for (name, answer) in [("streams", streams), ("laps", laps)] {
        if let Some(answer) = answer {
            raw.extend_from_slice(format!(",\"{name}\":").as_bytes());
            raw.extend_from_slice(&answer.bytes);
        }
    }
    raw.push(b'}');
    raw
}

/// The item of what [`Recordings`] archived; `None` where the bytes are something else.
pub fn convert(raw: &[u8]) -> Option<Result<Item>> {
    let recording: Recording = serde_json::from_slice(raw).ok()?;
    let is_whole = recording.activity.resource_state.0 == Some(3.0) && recording.activity.id.0.is_some();
    is_whole.then(|| map::activity(&recording).map(|activity| Item::Activity(Box::new(activity))))
}

fn gone() -> Error {
    Error::rejected("this activity is no longer at Strava")
}

fn changed() -> Error {
    Error::service_changed("Strava answered in a form that Baton does not know; Baton may need an update")
}

#[async_trait]
impl Source for Recordings {
    fn list(&self, window: Window) -> BoxStream<'_, Result<Entry>> {
        let first = Place { page: 1, seen: HashSet::new() };
        let pages = stream::try_unfold(first, move |place| self.page(window, place));
        pages.map_ok(|entries| stream::iter(entries.into_iter().map(Ok))).try_flatten().boxed()
    }

    async fn fetch(&self, entry: &Entry) -> Result<Fetched> {
        let id: u64 = entry.key.parse().map_err(|_| gone())?;
        let _turn = self.turn.lock().await;
        self.api.has_room_for(REQUESTS)?;
        let (recording, raw) = self.read(&id.to_string()).await?;
        let activity = map::activity(&recording)?;
        Ok(Fetched { item: Item::Activity(Box::new(activity)), raw: Some(raw) })
    }
}

#[cfg(test)]
mod tests;
