//! Garmin Connect as a source of activities: its list, and the file that the device wrote.
//!
//! The list tells who made the device. What another maker's service or program brought to Garmin says so, and a route
//! carries it on only where the person wants that.

use std::collections::HashSet;
use std::sync::Arc;

use baton_core::{
    Activity, ActivityEvent, Entry, Error, EventKind, Fetched, Format, Item, Kind, Original, Owner,
    RecordedBy, Result, Span, Sport, Statistics, SubSport, Window, join,
};
use chrono::NaiveDate;

use super::api::{self, ActivitySummary, Api, ListedActivity, utc};
use super::{original, sports};
use crate::loose::Number;

/// The makers whose recordings are Garmin's own, as its list spells them. Tacx is Garmin's.
const OWN_MAKERS: [&str; 2] = ["GARMIN", "TACX"];

/// One account's activities.
pub struct Recordings {
    api: Arc<Api>,
}

impl Recordings {
    pub fn new(api: Arc<Api>) -> Recordings {
        Recordings { api }
    }

    /// The activities of some local days, both included, that begin in the window, each once.
    pub async fn list(&self, days: (NaiveDate, NaiveDate), window: Window) -> Result<Vec<Entry>> {
        let listed = api::list_activities(&self.api, days).await?;
        let mut seen = HashSet::new();
        let entries = listed.iter().filter_map(entry);
        Ok(entries
            .filter(|entry| window.contains(entry.span.start) && seen.insert(entry.key.clone()))
            .collect())
    }

    /// The recording as its device wrote it; the summary of what was typed in.
    ///
    /// # Errors
    /// `Rejected` where the activity is gone or its file cannot be read; those of the account.
    pub async fn fetch(&self, entry: &Entry) -> Result<Fetched> {
        let gone = || Error::rejected("this activity is no longer at Garmin Connect");
        let id = entry.key.parse().map_err(|_| gone())?;
        let mut activity = if let Some(bytes) = original::recording(&self.api, id).await? {
            recorded(&bytes)?
        } else {
            let answer = api::activity(&self.api, id).await?.ok_or_else(gone)?;
            typed_in(entry, &answer.summary.unwrap_or_default())
        };
        activity.title.clone_from(&entry.title);
        activity.utc_offset = activity.utc_offset.or(entry.utc_offset);
        Ok(Fetched { item: Item::Activity(Box::new(activity)), raw: None })
    }
}

/// A line of the list; one without a start cannot be placed in time and is passed over.
fn entry(line: &ListedActivity) -> Option<Entry> {
    let start = utc(line.start_time_gmt.as_deref()?)?;
    let seconds = line.elapsed_duration.or(line.duration).unwrap_or(0.0);
    let type_key = line.activity_type.as_ref().and_then(|kind| kind.type_key.as_deref());
    let sport = type_key.and_then(sports::sport);
    Some(Entry {
        key: line.activity_id.to_string(),
        kind: Kind::Activity,
        span: Span::lasting(start, seconds),
        // What was recorded, and not what it is called.
        revision: format!("{} {seconds} {}", type_key.unwrap_or_default(), line.distance.0.unwrap_or(0.0)),
        recorded_by: match line.manufacturer.get().map(str::trim) {
            Some(maker) if !maker.is_empty() && !OWN_MAKERS.contains(&maker) => {
                RecordedBy::Elsewhere(maker_name(maker))
            }
            _ => RecordedBy::Source,
        },
        title: line.activity_name.get().unwrap_or("Activity").to_owned(),
        sport: sport.map(|(sport, _)| sport),
        sub_sport: sport.map(|(_, sub_sport)| sub_sport),
        utc_offset: line
            .start_time_local
            .get()
            .and_then(utc)
            .map(|local| (local - start).num_seconds() as i32),
        in_progress: false,
        arrived: None,
        owner: Owner::Certain,
        measured: None,
    })
}

/// `WAHOO_FITNESS` as people write it.
fn maker_name(maker: &str) -> String {
    let words = maker.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
        first + &letters.as_str().to_lowercase()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The activity of a recording. Several sessions in one file (a triathlon) are one activity here, as they are at Garmin
/// Connect; a FIT file of them goes on as it is.
fn recorded(bytes: &[u8]) -> Result<Activity> {
    let format = baton_fit::sniff(bytes)
        .ok_or_else(|| Error::rejected("Garmin Connect gave a file that is no FIT, TCX or GPX"))?;
    let items = baton_fit::decode(bytes, format)?;
    let mut legs: Vec<Activity> = items
        .into_iter()
        .filter_map(|item| match item {
            Item::Activity(activity) => Some(*activity),
            Item::Body(_) | Item::BloodPressure(_) => None,
        })
        .collect();
    if legs.len() < 2 {
        return legs.pop().ok_or_else(|| Error::rejected("the file at Garmin Connect holds no activity"));
    }
    let is_sound = legs.iter().all(|leg| leg.remarks.is_empty());
    for leg in &mut legs {
        (leg.sport, leg.sub_sport) = (Sport::MULTISPORT, SubSport::GENERIC);
    }
    let mut whole = join::join(legs)?;
    whole.original = (is_sound && format == Format::Fit).then(|| Original { format, bytes: bytes.into() });
    Ok(whole)
}

/// What somebody typed in has no file: its summary is all there is.
fn typed_in(entry: &Entry, summary: &ActivitySummary) -> Activity {
    let start = entry.span.start;
    let elapsed = entry.span.seconds();
    let timer = summary.duration.within(0.0, elapsed).unwrap_or(elapsed);
    let rate = |number: Number| number.within(1.0, 254.0).map(|rate| rate.round() as u8);
    let metres = |number: Number| number.within(0.0, 10_000_000.0);
    // Nobody knows when the pauses were: one before the last second, so that it has an end.
    let event = |seconds: f64, kind| ActivityEvent { time: Span::lasting(start, seconds - 1.0).end, kind };
    let pause = [event(timer, EventKind::Stop), event(elapsed, EventKind::Start)];
    Activity {
        start,
        sport: entry.sport.unwrap_or_default(),
        sub_sport: entry.sub_sport.unwrap_or_default(),
        elapsed,
        timer,
        events: if (2.0..elapsed).contains(&timer) { pause.into() } else { Vec::new() },
        totals: Statistics {
            distance: metres(summary.distance).filter(|distance| *distance > 0.0),
            calories: summary.calories.within(1.0, 65_534.0).map(|calories| calories.round() as u16),
            avg_heart_rate: rate(summary.average_hr),
            max_heart_rate: rate(summary.max_hr),
            ascent: metres(summary.elevation_gain),
            descent: metres(summary.elevation_loss),
            ..Statistics::default()
        },
        remarks: vec!["Garmin Connect has no recording of this activity; its summary was carried".into()],
        ..Activity::default()
    }
}

#[cfg(test)]
mod tests {
    use baton_core::clean;
    use baton_fit::EncodeOptions;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn line(more: &serde_json::Value) -> ListedActivity {
        let mut line = json!({
            "activityId": 23_126_363_872_u64, "activityName": "Lunch ride", "startTimeGMT": "2026-11-20 11:00:00",
            "startTimeLocal": "2026-11-20 12:00:00", "duration": 1790.0, "elapsedDuration": 1800.4, "distance": 12345.6,
            "activityType": {"typeKey": "road_biking"}, "manufacturer": "GARMIN", "deviceId": 7,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            line[name] = value.clone();
        }
        serde_json::from_value(line).unwrap()
    }

    #[test]
    fn a_line_is_an_entry() {
        let entry = entry(&line(&json!({}))).unwrap();
        assert_eq!((entry.key.as_str(), entry.title.as_str()), ("23126363872", "Lunch ride"));
        assert_eq!(entry.span.start.to_rfc3339(), "2026-11-20T11:00:00+00:00");
        assert_eq!((entry.span.seconds(), entry.utc_offset), (1800.4, Some(3600)));
        assert_eq!((entry.sport, entry.sub_sport), (Some(Sport::CYCLING), Some(SubSport::ROAD)));
        assert!(super::entry(&line(&json!({"startTimeGMT": null}))).is_none());
    }

    #[test]
    fn a_new_name_is_no_new_recording() {
        let revision = |more| entry(&line(&more)).unwrap().revision;
        assert_eq!(revision(json!({})), revision(json!({"activityName": "Hill repeats"})));
        assert_ne!(revision(json!({})), revision(json!({"distance": 9000.0})));
    }

    #[rstest]
    #[case(json!("GARMIN"), RecordedBy::Source)]
    #[case(json!("TACX"), RecordedBy::Source)]
    #[case(json!(null), RecordedBy::Source)]
    #[case(json!("  "), RecordedBy::Source)]
    #[case(json!("ZWIFT"), RecordedBy::Elsewhere("Zwift".into()))]
    #[case(json!("WAHOO_FITNESS"), RecordedBy::Elsewhere("Wahoo Fitness".into()))]
    fn the_maker_tells_who_recorded(#[case] maker: serde_json::Value, #[case] by: RecordedBy) {
        assert_eq!(entry(&line(&json!({"manufacturer": maker}))).unwrap().recorded_by, by);
    }

    fn leg(start: &str, sport: Sport) -> Vec<u8> {
        let activity =
            Activity { start: start.parse().unwrap(), elapsed: 600.0, sport, ..Activity::default() };
        let item = Item::Activity(Box::new(activity));
        baton_fit::encode(&item, Format::Fit, &EncodeOptions::default()).unwrap().bytes.to_vec()
    }

    #[test]
    fn one_session_goes_on_as_it_is() {
        let bytes = leg("2026-11-20T11:00:00Z", Sport::CYCLING);
        let activity = recorded(&bytes).unwrap();
        assert_eq!((activity.sport, activity.elapsed), (Sport::CYCLING, 600.0));
        assert_eq!(&*activity.original.unwrap().bytes, bytes.as_slice());
    }

    #[test]
    fn several_sessions_are_one_activity() {
        let bytes =
            [leg("2026-11-20T11:00:00Z", Sport::SWIMMING), leg("2026-11-20T11:15:00Z", Sport::CYCLING)]
                .concat();
        let activity = recorded(&bytes).unwrap();
        assert_eq!((activity.sport, activity.elapsed), (Sport::MULTISPORT, 1500.0));
        assert_eq!(&*activity.original.unwrap().bytes, bytes.as_slice());
    }

    #[test]
    fn what_holds_no_activity_is_refused() {
        assert!(recorded(b"not a recording").unwrap_err().message.contains("no FIT"));
    }

    #[test]
    fn what_was_typed_in_keeps_its_summary() {
        let entry = entry(&line(&json!({}))).unwrap();
        let summary = json!({"duration": 1700.0, "elapsedDuration": 1800.4, "distance": 12345.6, "calories": 412.4,
            "averageHR": 131.0, "maxHR": 0, "elevationGain": null});
        let activity = typed_in(&entry, &serde_json::from_value(summary).unwrap());
        assert_eq!((activity.elapsed, activity.timer), (1800.4, 1700.0));
        let totals = &activity.totals;
        assert_eq!((totals.distance, totals.calories), (Some(12345.6), Some(412)));
        assert_eq!((totals.avg_heart_rate, totals.max_heart_rate, totals.ascent), (Some(131), None, None));
        let item = Item::Activity(Box::new(activity));
        let (Item::Activity(cleaned), _) = clean::clean(item, &clean::Preferences::default()) else {
            panic!("it stays an activity")
        };
        assert!((cleaned.timer - 1700.0).abs() < 1.0, "{}", cleaned.timer);
    }
}
