//! Garmin Connect as a source: activities by way of [`super::recordings`], and weigh-ins and blood pressures, whose
//! listings hold everything.

use std::sync::Arc;

use async_trait::async_trait;
use baton_core::{
    Entry, Error, Fetched, Kind, Measured, Owner, RecordedBy, Result, Source, Span, Time, Window,
};
use chrono::{Months, NaiveDate, TimeDelta};
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::api::Api;
use super::months::Row;
use super::reading::Reading;
use super::recordings::Recordings;
use super::weigh_in::WeighIn;

/// Nothing was recorded for Garmin earlier.
const FIRST_YEAR: i32 = 2000;
/// How much is asked for at a time.
const AT_A_TIME: Months = Months::new(12);

/// What one account holds.
pub struct Holdings {
    api: Arc<Api>,
    recordings: Recordings,
}

impl Holdings {
    pub fn new(api: Arc<Api>) -> Holdings {
        Holdings { recordings: Recordings::new(api.clone()), api }
    }

    /// All entries of some local days, both included, that begin in the window.
    async fn read(&self, days: (NaiveDate, NaiveDate), window: Window) -> Result<Vec<Entry>> {
        let mut entries = self.recordings.list(days, window).await?;
        entries.extend(self.measurements(days, window).await?);
        Ok(entries)
    }

    async fn measurements(&self, days: (NaiveDate, NaiveDate), window: Window) -> Result<Vec<Entry>> {
        let weigh_ins = WeighIn::list(&self.api, days).await?;
        let readings = Reading::list(&self.api, days).await?;
        let weighed = weigh_ins.iter().map(|row| entry(row.sample_pk.to_string(), row.measured()));
        let told = readings.iter().map(|row| entry(format!("pressure-{}", row.version), row.measured()));
        Ok(weighed.chain(told).filter(|entry| window.contains(entry.span.start)).collect())
    }
}

fn entry(key: String, measured: Measured) -> Entry {
    let (kind, title, utc_offset) = match &measured {
        Measured::Body(body) => (Kind::Body, "Weight", body.utc_offset),
        Measured::BloodPressure(pressure) => (Kind::BloodPressure, "Blood pressure", pressure.utc_offset),
    };
    Entry {
        key,
        kind,
        span: Span::new(measured.time(), measured.time()),
        // Garmin tells of no change: the values themselves do.
        revision: serde_json::to_string(&measured).unwrap_or_default(),
        recorded_by: RecordedBy::Source,
        title: title.into(),
        sport: None,
        sub_sport: None,
        utc_offset,
        in_progress: false,
        arrived: None,
        owner: Owner::Certain,
        measured: Some(measured),
    }
}

/// The days of a window in stretches, the oldest first. Garmin's dates are the account's local ones, so a day more on
/// either side is asked for; the stretches do not overlap.
fn stretches(window: Window, now: Time) -> Vec<(NaiveDate, NaiveDate)> {
    let day = TimeDelta::days(1);
    let earliest = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap_or_default();
    let mut first = window.from.map_or(earliest, |from| (from - day).date_naive()).max(earliest);
    let last = (window.until.unwrap_or(now).min(now) + day).date_naive();
    let mut stretches = Vec::new();
    while first <= last {
        let end = (first + AT_A_TIME - day).min(last);
        stretches.push((first, end));
        first = end + day;
    }
    stretches
}

#[async_trait]
impl Source for Holdings {
    fn list(&self, window: Window) -> BoxStream<'_, Result<Entry>> {
        let stretches = stretches(window, self.api.http.now());
        stream::iter(stretches)
            .then(move |days| async move {
                match self.read(days, window).await {
                    Ok(entries) => entries.into_iter().map(Ok).collect::<Vec<_>>(),
                    Err(error) => vec![Err(error)],
                }
            })
            .flat_map(stream::iter)
            .boxed()
    }

    async fn fetch(&self, entry: &Entry) -> Result<Fetched> {
        if entry.kind == Kind::Activity {
            return self.recordings.fetch(entry).await;
        }
        let day = TimeDelta::days(1);
        let days = ((entry.span.start - day).date_naive(), (entry.span.start + day).date_naive());
        let entries = self.measurements(days, Window::ALL).await?;
        let same = entries.into_iter().find(|now| now.key == entry.key);
        match same.and_then(|now| now.measured) {
            Some(measured) => Ok(Fetched { item: measured.into(), raw: None }),
            None => Err(Error::rejected("this measurement is no longer at Garmin Connect")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_asked_for_one_by_one_without_gaps() {
        let now: Time = "2026-11-21T08:00:00Z".parse().unwrap();
        let from = |text: &str| Window { from: Some(text.parse().unwrap()), until: None };
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let short = stretches(from("2026-11-20T08:00:00Z"), now);
        assert_eq!(short, [(date("2026-11-19"), date("2026-11-22"))]);
        let two = stretches(from("2025-03-01T23:00:00Z"), now);
        assert_eq!(two, [(date("2025-02-28"), date("2026-02-27")), (date("2026-02-28"), date("2026-11-22"))]);
        let all = stretches(Window::ALL, now);
        assert!(all.windows(2).all(|pair| pair[0].1 + TimeDelta::days(1) == pair[1].0));
        assert_eq!((all[0].0, all.len()), (date("2000-01-01"), 27));
        let past = Window { from: Some(now), until: Some(now - TimeDelta::days(30)) };
        assert!(stretches(past, now).is_empty());
    }
}
