//! The person's training, as far as AccessLink gives it: what Flow got in the last 30 days with its files, what is older
//! where the person allowed that, and the latest weight.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use baton_core::{
    Activity, Entry, Error, ErrorKind, Fetched, Format, Item, Result, Source, TokenCell, Window,
};
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::api::Api;
use super::history::History;
use super::map;
use super::wire::{self, Exercise};
use crate::World;

/// One account's exercises and weight.
pub struct Training {
    api: Api,
    history: History,
    /// The ids of the exercises by their keys, once they were listed.
    listed: Mutex<Option<HashMap<String, String>>>,
}

impl Training {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Training {
        let history = History::new(world, tokens.clone());
        Training { api: Api::new(world, tokens), history, listed: Mutex::default() }
    }

    /// Takes the permission back at Polar.
    pub async fn revoke(&self) -> Result<()> {
        self.api.unregister().await
    }

    /// AccessLink v3 lists everything at once: a window only leaves out. What Flow got in the window comes with it,
    /// whenever it was done. What is in both interfaces is taken from v3, which has files.
    async fn read(&self, window: Window) -> Result<Vec<Entry>> {
        let exercises = self.recent().await?;
        let info = match self.api.physical_info().await {
            // A person without consents could not have listed exercises: it is the client that may not read this.
            Err(Error { kind: ErrorKind::ConsentRequired { .. }, .. }) => {
                tracing::warn!(
                    "the client at Polar may not read physical information, so there is no weight"
                );
                None
            }
            info => info?,
        };
        let older = self.history.entries(window).await?;
        let wanted = |entry: &Entry| {
            let arrived = entry.arrived.is_some_and(|arrived| window.contains(arrived));
            arrived || window.contains(entry.span.start)
        };
        let mut seen = HashSet::new();
        let entries = exercises.iter().map(map::entry).chain(info.as_ref().and_then(map::weight));
        let entries = entries.filter(wanted).chain(older);
        Ok(entries.filter(|entry| seen.insert(entry.key.clone())).collect())
    }

    async fn recent(&self) -> Result<Vec<Exercise>> {
        let exercises = self.api.exercises().await?;
        let ids = exercises.iter().map(|it| (map::key_of(it), it.id.0.clone().unwrap_or_default())).collect();
        *self.listed.lock().unwrap_or_else(PoisonError::into_inner) = Some(ids);
        Ok(exercises)
    }

    /// The id of an exercise at v3; `None` where it does not have it (any more).
    async fn id(&self, key: &str) -> Result<Option<String>> {
        let listed = |ids: &Option<HashMap<String, String>>| Some(ids.as_ref()?.get(key).cloned());
        let known = listed(&self.listed.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(id) = known {
            return Ok(id);
        }
        let exercises = self.recent().await?;
        Ok(exercises.iter().find(|exercise| map::key_of(exercise) == key).and_then(|it| it.id.0.clone()))
    }

    /// The exercise as v3 gives it, in the first of its files that can be read.
    async fn exercise(&self, id: &str, entry: &Entry) -> Result<Option<Fetched>> {
        for format in [Format::Fit, Format::Tcx] {
            if let Some(activity) = self.file(id, entry, format).await? {
                return Ok(Some(Fetched { item: Item::Activity(Box::new(activity)), raw: None }));
            }
        }
        self.by_samples(id, entry).await
    }

    async fn file(&self, id: &str, entry: &Entry, format: Format) -> Result<Option<Activity>> {
        let Some(bytes) = self.api.file(id, format).await? else { return Ok(None) };
        match map::of_file(&bytes, format, entry) {
            Ok(activity) => Ok(Some(activity)),
            Err(error) => {
                tracing::warn!(%error, format = format.extension(), "Polar's file cannot be read; there may be others");
                Ok(None)
            }
        }
    }

    /// The exercise by its samples. Where it led is in its route, or else in a GPX file, which holds nothing more.
    async fn by_samples(&self, id: &str, entry: &Entry) -> Result<Option<Fetched>> {
        let Some(answer) = self.api.exercise(id).await? else { return Ok(None) };
        let exercise = wire::exercise(answer.json()?).ok_or_else(super::changed)?;
        let is_without_route = exercise.route.0.is_empty() && exercise.has_route.0 != Some(false);
        let track = if is_without_route { self.file(id, entry, Format::Gpx).await? } else { None };
        let activity = map::activity(&exercise, track.as_ref())?;
        // What a track was added to cannot be made again from the answer alone.
        let raw = track.is_none().then_some(answer.bytes);
        Ok(Some(Fetched { item: Item::Activity(Box::new(activity)), raw }))
    }
}

#[async_trait]
impl Source for Training {
    fn list(&self, window: Window) -> BoxStream<'_, Result<Entry>> {
        let read = async move {
            match self.read(window).await {
                Ok(entries) => entries.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            }
        };
        stream::once(read).flat_map(stream::iter).boxed()
    }

    async fn fetch(&self, entry: &Entry) -> Result<Fetched> {
        if let Some(measured) = entry.measured.clone() {
            return Ok(Fetched { item: measured.into(), raw: None });
        }
        if let Some(id) = self.id(&entry.key).await?
            && let Some(fetched) = self.exercise(&id, entry).await?
        {
            return Ok(fetched);
        }
        if let Some(activity) = self.history.activity(entry).await? {
            return Ok(Fetched { item: Item::Activity(Box::new(activity)), raw: None });
        }
        Err(Error::rejected(
            "Polar no longer gives this exercise; with a permission for older training it does: connect the account \
             again with the method “history”",
        ))
    }
}
