//! The person's training, as far as AccessLink gives it: what Flow got in the last 30 days, and the latest weight.

use std::sync::Arc;

use async_trait::async_trait;
use baton_core::{
    Activity, Entry, Error, ErrorKind, Fetched, Format, Item, Result, Source, TokenCell, Window,
};
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::api::Api;
use super::map;
use super::wire;
use crate::World;

/// One account's exercises and weight.
pub struct Training {
    api: Api,
}

impl Training {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Training {
        Training { api: Api::new(world, tokens) }
    }

    /// AccessLink lists everything at once: a window only leaves out. What Flow got in the window comes with it, whenever
    /// it was done.
    async fn read(&self, window: Window) -> Result<Vec<Entry>> {
        let exercises = self.api.exercises().await?;
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
        let entries = exercises.iter().map(map::entry).chain(info.as_ref().and_then(map::weight));
        let wanted = |entry: &Entry| {
            let arrived = entry.arrived.is_some_and(|arrived| window.contains(arrived));
            arrived || window.contains(entry.span.start)
        };
        Ok(entries.filter(wanted).collect())
    }

    /// The activity in the first of Polar's files that can be read.
    async fn file(&self, entry: &Entry, format: Format) -> Result<Option<Activity>> {
        let Some(bytes) = self.api.file(&entry.key, format).await? else { return Ok(None) };
        match map::of_file(&bytes, format, entry) {
            Ok(activity) => Ok(Some(activity)),
            Err(error) => {
                tracing::warn!(%error, format = format.extension(), "Polar's file cannot be read; there may be others");
                Ok(None)
            }
        }
    }

    /// The exercise by its samples. Where it led is in its route, or else in a GPX file, which holds nothing more.
    async fn by_samples(&self, entry: &Entry) -> Result<Fetched> {
        let Some(answer) = self.api.exercise(&entry.key).await? else {
            let words = "Polar no longer has this exercise; it gives each for 30 days after Flow got it";
            return Err(Error::rejected(words));
        };
        let exercise = wire::exercise(answer.json()?).ok_or_else(super::changed)?;
        let is_without_route = exercise.route.0.is_empty() && exercise.has_route.0 != Some(false);
        let track = if is_without_route { self.file(entry, Format::Gpx).await? } else { None };
        let activity = map::activity(&exercise, track.as_ref())?;
        // What a track was added to cannot be made again from the answer alone.
        let raw = track.is_none().then_some(answer.bytes);
        Ok(Fetched { item: Item::Activity(Box::new(activity)), raw })
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
        for format in [Format::Fit, Format::Tcx] {
            if let Some(activity) = self.file(entry, format).await? {
                return Ok(Fetched { item: Item::Activity(Box::new(activity)), raw: None });
            }
        }
        self.by_samples(entry).await
    }
}
