//! Which activities are in the account already: the activity list, read a month at a time and remembered, so that a
//! long back-fill costs one listing a month and not one an activity.

use std::collections::HashMap;
use std::time::Duration;

use baton_core::same::{self, Outline};
use baton_core::{Result, Span, Sport, SubSport, Time};
use chrono::{Datelike, NaiveDate, TimeDelta};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::api::{self, Api, ListedActivity, id_of};
use super::sports;

/// Two starts this close are the same start: devices and services round differently.
const START_TOLERANCE: TimeDelta = TimeDelta::seconds(90);
/// Another device's recording of one workout begins at most this much earlier or later, if it is to be told.
const NEIGHBOURS: TimeDelta = TimeDelta::hours(1);
/// How long a month's listing is believed; another device may upload meanwhile.
const FRESH_FOR: Duration = Duration::from_mins(30);

/// An activity as far as it tells it apart from others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    pub id: u64,
    pub start: Time,
    /// From start to end and of the timer, in seconds, where Garmin says.
    pub elapsed: Option<f64>,
    pub timer: Option<f64>,
    /// m
    pub distance: Option<f64>,
    pub sport: Option<(Sport, SubSport)>,
    /// The number of the device that recorded it.
    pub device: Option<u64>,
}

impl Known {
    fn outline(&self) -> Outline {
        Outline {
            timer: self.timer,
            sport: self.sport.map(|(sport, _)| sport),
            distance: self.distance,
            ..Outline::new(Span::lasting(self.start, self.elapsed.or(self.timer).unwrap_or(0.0)))
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
    /// The activity of the same workout, whoever recorded it.
    pub async fn same(&self, api: &Api, outline: &Outline) -> Result<Option<Known>> {
        let around = self.around(api, outline.span.start, NEIGHBOURS, false).await?;
        Ok(same::most_alike(outline, around.into_iter().map(|known| (known.outline(), known))))
    }

    /// The activities that begin and end as a file of this span would, the nearest start first. `anew` asks Garmin
    /// whatever is remembered.
    pub async fn alike(&self, api: &Api, span: Span, anew: bool) -> Result<Vec<Known>> {
        let mut alike = self.around(api, span.start, START_TOLERANCE, anew).await?;
        alike.retain(|known| fits(known, span));
        nearest_first(&mut alike, span);
        Ok(alike)
    }

    /// The activities of the months around a start.
    async fn around(&self, api: &Api, start: Time, tolerance: TimeDelta, anew: bool) -> Result<Vec<Known>> {
        let mut months = self.months.lock().await;
        let mut around = Vec::new();
        for first in months_around(start, tolerance) {
            let fresh = months.get(&first).is_some_and(|month| month.listed.elapsed() < FRESH_FOR);
            if anew || !fresh {
                let activities = list(api, first).await?;
                months.insert(first, Month { listed: Instant::now(), activities });
            }
            around.extend(months.get(&first).into_iter().flat_map(|month| &month.activities).copied());
        }
        Ok(around)
    }

    /// Whether the remembered listings hold this id.
    pub async fn knows(&self, id: u64) -> bool {
        let months = self.months.lock().await;
        months.values().any(|month| month.activities.iter().any(|known| known.id == id))
    }

    /// Forgets what was listed around a span, so that the next look asks Garmin.
    pub async fn forget(&self, span: Span) {
        let mut months = self.months.lock().await;
        for first in months_around(span.start, START_TOLERANCE) {
            months.remove(&first);
        }
    }

    /// Adds what was just delivered.
    pub async fn add(&self, id: u64, span: Span) {
        let mut months = self.months.lock().await;
        let seconds = Some(span.seconds());
        for first in months_around(span.start, START_TOLERANCE) {
            if let Some(month) = months.get_mut(&first) {
                month.activities.push(Known {
                    id,
                    start: span.start,
                    elapsed: seconds,
                    timer: seconds,
                    distance: None,
                    sport: None,
                    device: None,
                });
            }
        }
    }
}

/// The first days of the months that a start may be listed under, give or take the tolerance: one or two.
fn months_around(start: Time, tolerance: TimeDelta) -> Vec<NaiveDate> {
    let first = |time: Time| time.date_naive().with_day(1).unwrap_or_default();
    let mut months = vec![first(start - tolerance), first(start + tolerance)];
    months.dedup();
    months
}

/// All activities that start in the month (UTC). Garmin's dates are the account's local ones, so a day more on
/// either side is asked for.
async fn list(api: &Api, first: NaiveDate) -> Result<Vec<Known>> {
    let after = first + chrono::Months::new(1);
    let days = (first - TimeDelta::days(1), after);
    let listed = api::list_activities(api, days).await?;
    let known = listed.into_iter().filter_map(read);
    Ok(known.filter(|known| (first..after).contains(&known.start.date_naive())).collect())
}

/// A line of the list; one without a start cannot be told apart and is passed over.
fn read(line: ListedActivity) -> Option<Known> {
    let start = api::utc(line.start_time_gmt.as_deref()?)?;
    let type_key = line.activity_type.and_then(|kind| kind.type_key);
    Some(Known {
        id: line.activity_id,
        start,
        elapsed: line.elapsed_duration,
        timer: line.duration,
        distance: line.distance.positive(),
        sport: type_key.as_deref().and_then(sports::sport),
        device: id_of(&line.device_id),
    })
}

fn nearest_first(alike: &mut [Known], span: Span) {
    alike.sort_by_key(|known| (known.start - span.start).abs());
}

/// The same start within 90 s and the same length within 5 % (or a minute), by either of Garmin's two lengths.
fn fits(known: &Known, span: Span) -> bool {
    let tolerance = (span.seconds() * 0.05).max(60.0);
    let near = |seconds: f64| (seconds - span.seconds()).abs() <= tolerance;
    let mut lengths = [known.elapsed, known.timer].into_iter().flatten().peekable();
    let same_length = lengths.peek().is_none() || lengths.any(near);
    same_length && (known.start - span.start).abs() <= START_TOLERANCE
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    fn span() -> Span {
        Span::new(time("2026-11-21T07:00:00Z"), time("2026-11-21T07:30:00Z"))
    }

    #[rstest]
    #[case("2026-11-21T07:00:00Z", Some(1800.0), Some(1790.0), true)]
    #[case("2026-11-21T07:01:30Z", Some(1800.0), None, true)]
    #[case("2026-11-21T07:01:31Z", Some(1800.0), None, false)]
    #[case("2026-11-21T06:58:30Z", Some(1890.0), None, true)]
    #[case("2026-11-21T07:00:00Z", Some(1891.0), None, false)]
    #[case("2026-11-21T07:00:00Z", Some(3600.0), Some(1800.0), true)]
    #[case("2026-11-21T07:00:00Z", None, None, true)]
    fn tells_the_same_workout(
        #[case] start: &str,
        #[case] elapsed: Option<f64>,
        #[case] timer: Option<f64>,
        #[case] same: bool,
    ) {
        let known =
            Known { id: 1, start: time(start), elapsed, timer, distance: None, sport: None, device: None };
        assert_eq!(fits(&known, span()), same);
    }

    #[test]
    fn the_nearest_start_comes_first() {
        let line = |id: u64, start: &str| {
            let line = serde_json::json!({"activityId": id, "startTimeGMT": start, "elapsedDuration": 1800.0,
                "activityType": {"typeKey": "road_biking"}, "deviceId": 7});
            read(serde_json::from_value(line).unwrap())
        };
        let lines = [line(1, "2026-11-21 07:01:00"), line(2, "2026-11-21 06:59:50")];
        let mut both: Vec<Known> = lines.into_iter().flatten().collect();
        nearest_first(&mut both, span());
        assert_eq!(both.iter().map(|known| known.id).collect::<Vec<_>>(), [2, 1]);
        assert_eq!((both[0].sport, both[0].device), (Some((Sport::CYCLING, SubSport::ROAD)), Some(7)));
    }

    #[test]
    fn a_start_near_a_months_end_is_looked_for_in_both() {
        assert_eq!(months_around(time("2026-11-30T23:59:00Z"), START_TOLERANCE).len(), 2);
        assert_eq!(months_around(time("2026-12-01T00:01:00Z"), START_TOLERANCE).len(), 2);
        assert_eq!(months_around(time("2026-12-15T00:00:00Z"), START_TOLERANCE).len(), 1);
    }
}
