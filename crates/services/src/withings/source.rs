//! The person's measurements: by when they were measured, and by when Withings got or changed them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Entry, Error, Fetched, Result, Source, TokenCell, Window};
use chrono::TimeDelta;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::api::{Api, Found};
use super::map::{self, Height};
use crate::World;

/// What reached Withings longer ago than this is found by when it was measured, or was found by an earlier listing.
const LATE: TimeDelta = TimeDelta::days(366);
/// Heights rarely change, and asking for them is a call of its own.
const HEIGHTS_FRESH_FOR: Duration = Duration::from_hours(1);
/// Late seconds this close together are asked for in one call, Unix seconds.
const TOGETHER: i64 = 86_400;
/// More calls than this for late ones cost more than one call for all.
const MOST_RANGES: usize = 12;

/// One account's measurements.
pub struct Measurements {
    api: Api,
    heights: Mutex<Option<(Instant, Vec<Height>)>>,
}

impl Measurements {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Measurements {
        Measurements { api: Api::new(world, tokens), heights: Mutex::new(None) }
    }

    /// All entries of a window, and those that Withings got in it. The groups of a second come in any order and on any
    /// page: they are put together when all are there.
    async fn read(&self, window: Window) -> Result<Vec<Entry>> {
        let from = window.from.map(|from| from.timestamp());
        let until = window.until.map(|until| until.timestamp());
        let mut found = self.api.measured(from, until).await?;
        let mut late = BTreeSet::new();
        let now = self.api.now();
        if let Some(start) = window.from.filter(|_| window.until.is_none_or(|until| until > now)) {
            late = self.late(start.max(now - LATE).timestamp(), start.timestamp(), &mut found).await?;
        }
        let mut entries = self.entries(found).await?;
        entries.retain(|entry| {
            window.contains(entry.span.start) || late.contains(&entry.span.start.timestamp())
        });
        Ok(entries)
    }

    /// Adds what was changed `since`, and answers the seconds before `first` that it lies in. An edit may have touched
    /// only one of a second's groups, so that the others are asked for as well.
    async fn late(&self, since: i64, first: i64, found: &mut Found) -> Result<BTreeSet<i64>> {
        let changed = self.api.changed_since(since).await?.groups;
        let late: BTreeSet<i64> =
            changed.iter().map(|group| group.date).filter(|date| *date < first).collect();
        found.groups.extend(changed);
        for (first, last) in ranges(&late) {
            let whole = self.api.measured(Some(first), Some(last)).await?.groups;
            found.groups.extend(whole.into_iter().filter(|group| late.contains(&group.date)));
        }
        Ok(late)
    }

    async fn entries(&self, found: Found) -> Result<Vec<Entry>> {
        if found.groups.is_empty() {
            return Ok(Vec::new());
        }
        let heights = self.heights().await?;
        Ok(map::entries(found.groups, &heights, found.zone))
    }

    async fn heights(&self) -> Result<Vec<Height>> {
        let mut known = self.heights.lock().await;
        if let Some((asked, heights)) =
            known.as_ref().filter(|(asked, _)| asked.elapsed() < HEIGHTS_FRESH_FOR)
        {
            tracing::trace!(age = asked.elapsed().as_secs(), "heights are known");
            return Ok(heights.clone());
        }
        let heights = map::heights(&self.api.heights().await?.groups);
        *known = Some((Instant::now(), heights.clone()));
        Ok(heights)
    }
}

/// The ranges of seconds, both ends included, that these lie in.
fn ranges(seconds: &BTreeSet<i64>) -> Vec<(i64, i64)> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for &second in seconds {
        match ranges.last_mut() {
            Some((_, last)) if second - *last <= TOGETHER => *last = second,
            _ => ranges.push((second, second)),
        }
    }
    match (ranges.first(), ranges.last()) {
        (Some((first, _)), Some((_, last))) if ranges.len() > MOST_RANGES => vec![(*first, *last)],
        _ => ranges,
    }
}

#[async_trait]
impl Source for Measurements {
    fn list(&self, window: Window) -> BoxStream<'_, Result<Entry>> {
        let read = async move {
            match self.read(window).await {
                Ok(entries) => stream::iter(entries.into_iter().map(Ok).collect::<Vec<_>>()),
                Err(error) => stream::iter(vec![Err(error)]),
            }
        };
        stream::once(read).flatten().boxed()
    }

    async fn fetch(&self, entry: &Entry) -> Result<Fetched> {
        let second = entry.span.start.timestamp();
        let found = self.api.measured(Some(second), Some(second)).await?;
        let entries = self.entries(found).await?;
        let same = entries.into_iter().find(|now| now.key == entry.key && now.kind == entry.kind);
        match same.and_then(|now| now.measured) {
            Some(measured) => Ok(Fetched { item: measured.into(), raw: None }),
            None => Err(Error::rejected("this measurement is no longer at Withings")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_seconds_are_asked_for_together() {
        assert!(ranges(&BTreeSet::new()).is_empty());
        let day = 86_400;
        assert_eq!(ranges(&BTreeSet::from([5, 6, day, 9 * day])), [(5, day), (9 * day, 9 * day)]);
        let scattered: BTreeSet<i64> = (0..40).map(|week| week * 7 * day).collect();
        assert_eq!(ranges(&scattered), [(0, 39 * 7 * day)]);
    }
}
