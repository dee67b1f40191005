//! Exercises as entries and activities, and what Flow knows of the body as a weight. Pure: Polar's answers in, items out.

use baton_core::units::rounded;
use baton_core::{
    Activity, Body, Device, Entry, Error, Format, Item, Kind, Measured, Owner, RecordedBy, Result, Span,
    Sport, Statistics, SubSport, Time, Zones, activity,
};

use super::notation::{duration, local, moment, utc};
use super::samples::Seconds;
use super::sports;
use super::wire::{Exercise, PhysicalInfo};

/// FIT's number of Polar as a manufacturer.
pub const MANUFACTURER: u16 = 123;
/// What Flow assumes as long as nobody said a weight.
const NOT_SAID: [&str; 2] = ["SOURCE_DEFAULT", "SOURCE_ESTIMATE"];

/// When an exercise began, and its local time minus UTC in seconds. Where Polar does not tell the offset, the local time
/// stands in: only for a list, and never for an activity.
fn start(exercise: &Exercise) -> Option<(Time, Option<i32>)> {
    let local = local(exercise.start_time.get()?)?;
    let known = exercise.start_time_utc_offset.0.and_then(|minutes| moment(local, minutes));
    Some(known.map_or((local, None), |(start, offset)| (start, Some(offset))))
}

/// What an exercise is known by. Polar's two interfaces have ids of their own for it, and one start: by that it stays the
/// same entry when the one has it no longer and the other still does.
pub fn key(start: Time) -> String {
    format!("exercise-{}", start.timestamp())
}

/// The key of an exercise: its id where Polar does not tell when it was done.
pub fn key_of(exercise: &Exercise) -> String {
    match start(exercise) {
        Some((start, Some(_))) => key(start),
        _ => exercise.id.0.clone().unwrap_or_default(),
    }
}

/// What tells that an exercise was changed, in both interfaces alike: how long it is, in seconds.
pub fn revision(length: f64) -> String {
    format!("{length:.3}")
}

/// The entry of an exercise. One that says not even when it was done is still shown, so that nothing is left out in
/// silence; fetching it tells what is wrong.
pub fn entry(exercise: &Exercise) -> Entry {
    let (start, utc_offset) = start(exercise).unwrap_or((Time::UNIX_EPOCH, None));
    let length = exercise.duration.get().and_then(duration).unwrap_or_default();
    let (sport, sub_sport) = sports::sport(exercise).unzip();
    let uploaded = exercise.upload_time.get().unwrap_or_default();
    Entry {
        key: key_of(exercise),
        kind: Kind::Activity,
        span: Span::new(start, start + activity::seconds(length)),
        revision: revision(length),
        recorded_by: RecordedBy::Source,
        title: sports::title(exercise),
        sport,
        sub_sport,
        utc_offset,
        in_progress: false,
        // A watch may be synced days later.
        arrived: utc(uploaded),
        owner: Owner::Certain,
        measured: None,
    }
}

/// The activity of an exercise as far as its samples, zones and route tell it; `track` is the same exercise as a GPX file
/// holds it, for where it led.
///
/// # Errors
/// `Rejected` where Polar does not tell when it was done, or in which time zone.
pub fn activity(exercise: &Exercise, track: Option<&Activity>) -> Result<Activity> {
    let (start, utc_offset) =
        start(exercise).ok_or_else(|| Error::rejected("Polar does not tell when this was done"))?;
    let utc_offset =
        utc_offset.ok_or_else(|| Error::rejected("Polar does not tell in which time zone this was done"))?;
    let mut seconds = Seconds::of(exercise);
    seconds.add_route(&exercise.route.0);
    if let Some(track) = track {
        seconds.add_track(start, &track.records);
    }
    let records = seconds.into_records(start);
    let last = records.last().map_or(0.0, |record| (record.time - start).as_seconds_f64());
    let elapsed = exercise.duration.get().and_then(duration).unwrap_or_default().max(last);
    let remark = if records.is_empty() {
        "Polar holds no samples of this exercise; only its totals are carried"
    } else {
        "Polar holds no FIT file of this exercise; it was made from its samples"
    };
    let (sport, sub_sport) = sports::sport(exercise).unwrap_or_default();
    let (zones, time_in_heart_rate_zone) = zones(exercise);
    let heart_rate = exercise.heart_rate.0.clone().unwrap_or_default();
    let bpm = |rate: crate::loose::Number| rounded(rate.0?, 1.0, 254.0).map(|rate| rate as u8);
    Ok(Activity {
        start,
        utc_offset: Some(utc_offset),
        sport,
        sub_sport,
        title: sports::title(exercise),
        elapsed,
        timer: elapsed,
        totals: Statistics {
            distance: exercise.distance.positive(),
            calories: exercise
                .calories
                .positive()
                .and_then(|it| rounded(it, 1.0, 65_534.0))
                .map(|it| it as u16),
            avg_heart_rate: bpm(heart_rate.average),
            max_heart_rate: bpm(heart_rate.maximum),
            time_in_heart_rate_zone,
            ..Statistics::default()
        },
        records,
        zones,
        device: exercise.device.0.clone().map(|product_name| Device {
            manufacturer: MANUFACTURER,
            product_name,
            ..Device::default()
        }),
        remarks: vec![remark.to_owned()],
        ..Activity::default()
    })
}

/// The upper bounds of the heart-rate zones, and the seconds spent in each; nothing where one of them is not told.
fn zones(exercise: &Exercise) -> (Option<Zones>, Vec<f64>) {
    let mut rows: Vec<_> = exercise.heart_rate_zones.0.iter().collect();
    rows.sort_by(|a, b| a.index.0.unwrap_or_default().total_cmp(&b.index.0.unwrap_or_default()));
    let bound = |number: f64| rounded(number, 1.0, 254.0).map(|bound| bound as u8);
    let bounds: Option<Vec<u8>> = rows.iter().map(|zone| zone.upper_limit.0.and_then(bound)).collect();
    let times: Option<Vec<f64>> = rows.iter().map(|zone| zone.time.get().and_then(duration)).collect();
    match bounds.filter(|bounds| !bounds.is_empty() && bounds.is_sorted()) {
        Some(heart_rate) => (Some(Zones { heart_rate, ..Zones::default() }), times.unwrap_or_default()),
        None => (None, Vec::new()),
    }
}

/// The activity in one of Polar's files. A FIT file is passed on as it is and says best what was done; the others name
/// hardly any sport, so that the entry's counts and a new file is made.
///
/// # Errors
/// `Rejected` where there is none in it.
pub fn of_file(bytes: &[u8], format: Format, entry: &Entry) -> Result<Activity> {
    let activities = baton_fit::decode(bytes, format)?.into_iter().filter_map(|item| match item {
        Item::Activity(activity) => Some(*activity),
        Item::Body(_) | Item::BloodPressure(_) => None,
    });
    let nearest = activities.min_by_key(|activity| (activity.start - entry.span.start).abs());
    let mut activity = nearest.ok_or_else(|| Error::rejected("Polar's file holds no activity"))?;
    let listed = (entry.sport.unwrap_or_default(), entry.sub_sport.unwrap_or_default());
    if format == Format::Fit {
        if activity.sport == Sport::GENERIC {
            activity.sport = listed.0;
        }
        if activity.sub_sport == SubSport::GENERIC && activity.sport == listed.0 {
            activity.sub_sport = listed.1;
        }
        activity.utc_offset = activity.utc_offset.or(entry.utc_offset);
    } else {
        if listed.0 != Sport::GENERIC {
            (activity.sport, activity.sub_sport) = listed;
        }
        activity.utc_offset = entry.utc_offset.or(activity.utc_offset);
        activity.original = None;
    }
    if activity.title.trim().is_empty() {
        activity.title.clone_from(&entry.title);
    }
    Ok(activity)
}

/// The weight that Flow holds, measured when it was last changed there; `None` where nobody told one.
pub fn weight(info: &PhysicalInfo) -> Option<Entry> {
    let time = utc(info.modified.get()?)?;
    let weight = info.weight.within(1.0, 650.0)?;
    if NOT_SAID.iter().any(|source| info.weight_source.is(source)) {
        tracing::debug!("a weight that Flow only assumes is left out");
        return None;
    }
    // It comes as a binary number of few digits.
    let weight = (weight * 100.0).round() / 100.0;
    let body = Body { time, weight: Some(weight), ..Body::default() };
    Some(Entry {
        key: format!("weight-{}", time.timestamp()),
        kind: Kind::Body,
        span: Span::new(time, time),
        revision: weight.to_string(),
        recorded_by: RecordedBy::Source,
        title: "Weight".into(),
        sport: None,
        sub_sport: None,
        utc_offset: None,
        in_progress: false,
        arrived: Some(time),
        owner: Owner::Certain,
        measured: Some(Measured::Body(body)),
    })
}

#[cfg(test)]
mod sample_tests;
#[cfg(test)]
mod tests;
