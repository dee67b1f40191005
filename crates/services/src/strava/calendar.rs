//! Which activities are in the account already: the activity list, read a month at a time and remembered, so that a
//! long back-fill costs a few questions a month and not several an activity.

use std::collections::HashMap;
use std::time::Duration;

use baton_core::same::{self, Outline};
use baton_core::{Result, Span, Sport, SubSport, Time};
use chrono::{Datelike, NaiveDate, TimeDelta};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::api::Api;
use super::authorize::{ACTIVITY_READ, ACTIVITY_READ_ALL};
use super::{listing, sports, wire};

/// How long a month's listing is believed; another device may upload meanwhile.
const FRESH_FOR: Duration = Duration::from_mins(30);
/// So much is listed on either side of a month: time zones and hidden starts move an activity by less.
const AROUND: TimeDelta = TimeDelta::days(1);
/// More pages than any month has.
const MOST_PAGES: usize = 100;

/// An activity as far as it tells it apart from others.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub id: u64,
    pub external_id: Option<String>,
    /// As Strava tells it: where the athlete hides it, only the day is true.
    pub start: Time,
    pub is_start_hidden: bool,
    /// From start to end and in motion, in seconds.
    pub elapsed: Option<f64>,
    pub moving: Option<f64>,
    /// m
    pub distance: Option<f64>,
    pub sport: Option<(Sport, SubSport)>,
    pub device: Option<String>,
}

impl Known {
    fn outline(&self) -> Outline {
        Outline {
            timer: self.moving,
            sport: self.sport.map(|(sport, _)| sport),
            distance: self.distance,
            is_start_hidden: self.is_start_hidden,
            ..Outline::new(Span::lasting(self.start, self.elapsed.or(self.moving).unwrap_or(0.0)))
        }
    }
}

/// The months that were listed. One account's.
#[derive(Default)]
pub struct Calendar {
    months: Mutex<HashMap<NaiveDate, Month>>,
}

struct Month {
    listed: Instant,
    activities: Vec<Known>,
}

impl Calendar {
    /// The activity of the same workout, whoever recorded it. A hidden start is never enough for that, and Strava refuses
    /// what begins when another one does.
    pub async fn same(&self, api: &Api, outline: &Outline) -> Result<Option<Known>> {
        let around = self.around(api, outline.span.start, |_| true).await?;
        Ok(same::most_alike(outline, around.into_iter().map(|known| (known.outline(), known))))
    }

    /// The activity that was uploaded under this identifier. Strava appends the file's type to it.
    pub async fn uploaded(&self, api: &Api, external_id: &str, start: Time) -> Result<Option<u64>> {
        let found = self.around(api, start, |known| is(known, external_id)).await?;
        Ok(found.first().map(|known| known.id))
    }

    /// The same, without believing what is remembered. One question.
    pub async fn uploaded_just_now(&self, api: &Api, external_id: &str, start: Time) -> Result<Option<u64>> {
        if !may_look(api).await? {
            return Ok(None);
        }
        let page = list(api, (start - AROUND, start + AROUND), 1).await?;
        Ok(page.iter().flatten().find(|known| is(known, external_id)).map(|known| known.id))
    }

    /// Forgets what was listed around a start, so that the next look asks Strava.
    pub async fn forget(&self, start: Time) {
        self.months.lock().await.remove(&month_of(start));
    }

    /// Adds what was just delivered.
    pub async fn add(&self, id: u64, external_id: &str, span: Span) {
        if let Some(month) = self.months.lock().await.get_mut(&month_of(span.start)) {
            month.activities.push(Known {
                id,
                external_id: Some(external_id.to_owned()),
                start: span.start,
                is_start_hidden: false,
                elapsed: Some(span.seconds()),
                moving: None,
                distance: None,
                sport: None,
                device: None,
            });
        }
    }

    /// Those of the month around a start that fit. Where the athlete did not allow Baton to look, there are none: a file
    /// that is there already is then known by Strava's own answer to it.
    async fn around(
        &self,
        api: &Api,
        start: Time,
        fits: impl Fn(&Known) -> bool + Send,
    ) -> Result<Vec<Known>> {
        if !may_look(api).await? {
            return Ok(Vec::new());
        }
        let first = month_of(start);
        let mut months = self.months.lock().await;
        if months.get(&first).is_none_or(|month| month.listed.elapsed() >= FRESH_FOR) {
            let activities = list_month(api, first).await?;
            months.insert(first, Month { listed: Instant::now(), activities });
        }
        let listed = months.get(&first).into_iter().flat_map(|month| &month.activities);
        Ok(listed.filter(|known| fits(known)).cloned().collect())
    }
}

/// Whether the athlete lets Baton see what is there.
pub async fn may_look(api: &Api) -> Result<bool> {
    Ok(api.may(ACTIVITY_READ_ALL).await? || api.may(ACTIVITY_READ).await?)
}

/// The first day of the month, UTC.
fn month_of(start: Time) -> NaiveDate {
    start.date_naive().with_day(1).unwrap_or_default()
}

async fn list_month(api: &Api, first: NaiveDate) -> Result<Vec<Known>> {
    let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
    let window = (midnight(first) - AROUND, midnight(first + chrono::Months::new(1)) + AROUND);
    let mut all = Vec::new();
    for page in 1..=MOST_PAGES {
        let Some(known) = list(api, window, page).await? else { break };
        all.extend(known);
    }
    Ok(all)
}

/// One page of what starts in between, `None` where there is nothing more. A line that cannot be told apart is passed
/// over.
async fn list(api: &Api, (after, before): (Time, Time), page: usize) -> Result<Option<Vec<Known>>> {
    let lines = listing::page(api, after.timestamp(), Some(before.timestamp()), page).await?;
    Ok(lines.map(|lines| lines.iter().filter_map(read).collect()))
}

fn read(line: &wire::Activity) -> Option<Known> {
    let start = listing::moment(line.start_date.get()?)?;
    Some(Known {
        id: line.id.0?,
        external_id: line.external_id.get().map(str::to_owned),
        start,
        is_start_hidden: listing::is_start_hidden(line),
        elapsed: line.elapsed_time.0,
        moving: line.moving_time.0,
        distance: line.distance.positive(),
        sport: line.sport_type.get().and_then(sports::sport),
        device: line.device_name.get().map(listing::short),
    })
}

fn is(known: &Known, external_id: &str) -> bool {
    let rest = known.external_id.as_deref().and_then(|theirs| theirs.strip_prefix(external_id));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn line(start: &str, local: &str, elapsed: f64) -> Known {
        let line = json!({"id": 1, "start_date": start, "start_date_local": local, "elapsed_time": elapsed,
            "moving_time": 1000, "sport_type": "TrailRun", "external_id": "baton-7.fit.gz",
            "device_name": "Garmin Forerunner 265\n"});
        read(&serde_json::from_value(line).unwrap()).unwrap()
    }

    #[test]
    fn a_hidden_start_is_seen() {
        assert!(line("2026-11-20T23:00:01Z", "2026-11-21T00:00:01Z", 1800.0).outline().is_start_hidden);
        assert!(!line("2026-11-21T00:00:01Z", "2026-11-21T01:00:01Z", 1800.0).outline().is_start_hidden);
    }

    #[test]
    fn a_line_is_read_or_passed_over() {
        let known = line("2026-11-21T07:00:00Z", "", 1.0);
        assert_eq!(known.sport, Some((Sport::RUNNING, SubSport::TRAIL)));
        assert_eq!((known.is_start_hidden, known.device.as_deref()), (false, Some("Garmin Forerunner 265")));
        assert!(read(&wire::Activity::default()).is_none());
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_passed_over(
            start in "[+-]?[0-9]{4,6}-(01|12)-(01|31)T00:00:01Z",
            local in "[+-]?[0-9]{4,6}-(01|12)-(01|31)T00:00:01Z",
            elapsed in any::<f64>(),
        ) {
            let line = json!({"id": 1, "start_date": start, "start_date_local": local, "elapsed_time": elapsed});
            if let Some(known) = read(&serde_json::from_value(line).unwrap()) {
                for time in [Time::MIN_UTC, Time::UNIX_EPOCH, Time::MAX_UTC] {
                    let _ = same::score(&known.outline(), &Outline::new(Span::lasting(time, elapsed)));
                }
            }
        }
    }

    #[rstest]
    #[case("baton-7", true)]
    #[case("baton-7.fit.gz", true)]
    #[case("baton-", false)]
    #[case("baton-77", false)]
    fn an_identifier_has_the_type_behind_it(#[case] ours: &str, #[case] same: bool) {
        assert_eq!(is(&line("2026-11-21T07:00:00Z", "", 1.0), ours), same);
    }
}
