//! What the account holds of one kind, read a month at a time and remembered, so that a long back-fill costs one
//! listing a month and not one a measurement.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, ErrorKind, Key, Receipt, Result, Time};
use chrono::{Datelike, NaiveDate, TimeDelta};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::api::Api;

/// How long a month's listing is believed; another program may write meanwhile.
const FRESH_FOR: Duration = Duration::from_mins(30);

/// A line of a listing.
#[async_trait]
pub trait Row: Clone + Send + Sized {
    /// What is there from one local day to another, both included.
    async fn list(api: &Api, days: (NaiveDate, NaiveDate)) -> Result<Vec<Self>>;

    fn time(&self) -> Time;

    /// Garmin's number of it.
    fn id(&self) -> u64;

    /// The account's local day, which removing asks for.
    fn date(&self) -> NaiveDate;
}

/// Where a listing of a second is enough.
pub const SAME_SECOND: TimeDelta = TimeDelta::seconds(1);
/// Looks for what was handed over, each after the wait before it.
const LOOKS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];

/// The months that were listed. One account's.
pub struct Months<R> {
    months: Mutex<HashMap<NaiveDate, Month<R>>>,
}

struct Month<R> {
    listed: Instant,
    rows: Vec<R>,
}

impl<R> Default for Months<R> {
    fn default() -> Self {
        Months { months: Mutex::default() }
    }
}

impl<R: Row> Months<R> {
    /// The rows within so much of a moment, by what is remembered or, where that is old, by what Garmin says.
    pub async fn near(&self, api: &Api, moment: Time, within: TimeDelta) -> Result<Vec<R>> {
        let mut months = self.months.lock().await;
        let mut near = Vec::new();
        for first in around(moment, within) {
            let fresh = months.get(&first).is_some_and(|month| month.listed.elapsed() < FRESH_FOR);
            if !fresh {
                let rows = list(api, first).await?;
                months.insert(first, Month { listed: Instant::now(), rows });
            }
            let rows = months.get(&first).into_iter().flat_map(|month| &month.rows);
            near.extend(rows.filter(|row| (row.time() - moment).abs() <= within).cloned());
        }
        Ok(near)
    }

    /// Forgets what was listed around a moment, so that the next look asks Garmin.
    pub async fn forget(&self, moment: Time, within: TimeDelta) {
        let mut months = self.months.lock().await;
        for first in around(moment, within) {
            months.remove(&first);
        }
    }
}

/// Garmin's day and number of a measurement, which is what its services remove it by.
pub fn id(row: &impl Row) -> String {
    format!("{}/{}", row.date(), row.id())
}

/// Takes such an id apart, so that nothing else gets into an address.
///
/// # Errors
/// `Bug` for anything else.
pub fn parts(id: &str) -> Result<(NaiveDate, u64)> {
    let parts =
        id.split_once('/').and_then(|(date, number)| Some((date.parse().ok()?, number.parse().ok()?)));
    parts.ok_or_else(|| Error::bug("this is no identifier of a measurement at Garmin Connect"))
}

/// Something that was handed over and is to be found in a listing.
pub struct Sent<T> {
    /// Its place among the parcels.
    pub place: usize,
    pub time: Time,
    pub what: T,
}

impl<R: Row> Months<R> {
    /// The numbers of what is there at these moments: what comes is told from it.
    pub async fn ids<T>(&self, api: &Api, sent: &[Sent<T>]) -> Result<HashSet<u64>> {
        let mut ids = HashSet::new();
        for one in sent {
            ids.extend(self.near(api, one.time, SAME_SECOND).await?.iter().map(Row::id));
        }
        Ok(ids)
    }

    /// Looks until each has a row of its own that was not there `before`. An answer for each, by its place.
    pub async fn settle<T: Send + Sync>(
        &self,
        api: &Api,
        mut sent: Vec<Sent<T>>,
        before: HashSet<u64>,
        is: impl Fn(&R, &T) -> bool + Send + Sync,
        link: Option<String>,
    ) -> Vec<(usize, Result<Receipt>)> {
        let mut taken = before;
        let mut settled = Vec::with_capacity(sent.len());
        let mut trouble = String::new();
        for wait in LOOKS {
            if sent.is_empty() || !trouble.is_empty() {
                break;
            }
            api.http.pause(wait, wait).await;
            for one in &sent {
                self.forget(one.time, SAME_SECOND).await;
            }
            let mut open = Vec::new();
            for one in sent {
                let rows = match self.near(api, one.time, SAME_SECOND).await {
                    Ok(rows) => rows,
                    Err(error) => {
                        trouble = format!(" ({error})");
                        Vec::new()
                    }
                };
                match rows.iter().find(|row| is(row, &one.what) && !taken.contains(&row.id())) {
                    Some(row) => {
                        taken.insert(row.id());
                        let key = Key { id: id(row), link: link.clone() };
                        settled.push((one.place, Ok(Receipt::Created { key, remarks: Vec::new() })));
                    }
                    None => open.push(one),
                }
            }
            sent = open;
        }
        for one in sent {
            self.forget(one.time, SAME_SECOND).await;
            let words = format!(
                "Garmin Connect was sent this measurement and does not show it yet{trouble}; Baton looks again before it \
                 sends anything"
            );
            settled.push((one.place, Err(Error::new(ErrorKind::Unsettled, words))));
        }
        settled
    }
}

/// The first days of the months (UTC) that the moment may be listed under: one or two.
fn around(moment: Time, within: TimeDelta) -> Vec<NaiveDate> {
    let first = |time: Time| time.date_naive().with_day(1).unwrap_or_default();
    let mut months = vec![first(moment - within), first(moment + within)];
    months.dedup();
    months
}

/// All rows of a month (UTC). Garmin's dates are the account's local ones, so a day more on either side is asked for.
async fn list<R: Row>(api: &Api, first: NaiveDate) -> Result<Vec<R>> {
    let after = first + chrono::Months::new(1);
    let mut rows = R::list(api, (first - TimeDelta::days(1), after)).await?;
    rows.retain(|row| (first..after).contains(&row.time().date_naive()));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hold_the_day_and_the_number() {
        assert_eq!(parts("2026-11-20/1234567").unwrap(), ("2026-11-20".parse().unwrap(), 1_234_567));
        for id in ["", "1234567", "2026-11-20/", "2026-11-20/1/../2", "20/1"] {
            assert!(parts(id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_moment_near_a_months_end_is_looked_for_in_both() {
        let months = |text: &str, seconds: i64| around(text.parse().unwrap(), TimeDelta::seconds(seconds));
        assert_eq!(months("2026-11-30T23:59:00Z", 300).len(), 2);
        assert_eq!(months("2026-12-01T00:01:00Z", 300).len(), 2);
        assert_eq!(months("2026-12-01T00:01:00Z", 0).len(), 1);
        assert_eq!(months("2026-12-15T00:00:00Z", 300).len(), 1);
    }
}
