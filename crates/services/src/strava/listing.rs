//! The list of activities, page by page, and what its lines say in Strava's own way.

use baton_core::{Result, Time};
use chrono::{DateTime, Datelike};
use serde_json::Value;

use super::api::Api;
use super::wire::Activity;

/// The most that Strava gives at once.
pub const PAGE: usize = 200;
/// A start that the athlete hides is told as this time of the day.
const HIDDEN: &str = "T00:00:01Z";
/// Years that an activity can lie in: what is further off is a slip.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2200;
/// Letters of a name that are shown.
const SHORT: usize = 60;

/// The activities that begin between two moments (Unix seconds, both left out), the oldest first. Pages count from 1; `None`
/// is the page after the last one. One may be short and not the last: what may not be seen is taken out of it. What is no
/// activity is passed over.
pub async fn page(api: &Api, after: i64, before: Option<i64>, page: usize) -> Result<Option<Vec<Activity>>> {
    let (after, before) = (after.to_string(), before.map(|before| before.to_string()));
    let (page, per_page) = (page.to_string(), PAGE.to_string());
    let mut query = vec![("after", after.as_str())];
    query.extend(before.as_deref().map(|before| ("before", before)));
    query.extend([("page", page.as_str()), ("per_page", per_page.as_str())]);
    let answer =
        api.send(|http, base| http.get(format!("{base}/athlete/activities")).query(&query)).await?.ok()?;
    let lines: Vec<Value> = answer.json()?;
    if lines.is_empty() {
        return Ok(None);
    }
    Ok(Some(lines.into_iter().filter_map(|line| serde_json::from_value(line).ok()).collect()))
}

/// A time in UTC.
pub fn moment(text: &str) -> Option<Time> {
    let time = Time::from(DateTime::parse_from_rfc3339(text).ok()?);
    Some(time).filter(|time| YEARS.contains(&time.year()))
}

/// Whether the athlete hides at what time of the day it began: only the day is true.
pub fn is_start_hidden(activity: &Activity) -> bool {
    activity.start_date_local.get().is_some_and(|local| local.ends_with(HIDDEN))
}

/// A name that somebody gave, short enough to show.
pub fn short(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(SHORT).collect()
}
