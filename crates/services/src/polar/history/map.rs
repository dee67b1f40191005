//! Training sessions of the Dynamic API as entries and activities. Pure.

use baton_core::units::rounded;
use baton_core::{
    Activity, Device, Entry, Error, Kind, Lap, Owner, RecordedBy, Result, Span, Sport, Statistics, SubSport,
    Time, activity,
};

use super::wire::{Exercise, Session};
use crate::loose::{Number, Text};
use crate::polar::map::{MANUFACTURER, key, revision};
use crate::polar::notation::{local, moment, utc};
use crate::polar::samples::Seconds;
use crate::polar::sports;

/// The longest session that is believed, in seconds: ten days.
const LONGEST: f64 = 864_000.0;

/// When something began, and its local time minus UTC in seconds. A time with a zone tells both by itself.
fn start(text: &Text, offset_minutes: Number) -> Option<(Time, i32)> {
    let text = text.get()?;
    if let Some(local) = local(text) {
        return moment(local, offset_minutes.0?);
    }
    let zoned = chrono::DateTime::parse_from_rfc3339(text.trim()).ok()?;
    let own = f64::from(zoned.offset().local_minus_utc()) / 60.0;
    let minutes = offset_minutes.0.unwrap_or(own);
    Some((utc(text)?, moment(Time::UNIX_EPOCH, minutes)?.1))
}

fn seconds(millis: Number) -> Option<f64> {
    millis.within(0.0, LONGEST * 1000.0).map(|millis| millis / 1000.0)
}

fn sport(names: &[&str]) -> (Sport, SubSport) {
    names.iter().find_map(|name| sports::named(name)).unwrap_or_default()
}

fn title(session: &Session, name: Option<&str>) -> String {
    session.name.0.clone().unwrap_or_else(|| sports::words(name))
}

/// The entry of a session; `name` is Polar's of its sport. `None` where it does not tell when it was done: nothing could
/// know it again, and it could not be asked for.
pub fn entry(session: &Session, name: Option<&str>) -> Option<Entry> {
    let (start, utc_offset) = start(&session.start_time, session.timezone_offset_minutes)?;
    let length = seconds(session.duration_millis).unwrap_or_default();
    let (sport, sub_sport) = name.and_then(sports::named).unzip();
    Some(Entry {
        key: key(start),
        kind: Kind::Activity,
        span: Span::new(start, start + activity::seconds(length)),
        revision: revision(length),
        recorded_by: RecordedBy::Source,
        title: title(session, name),
        sport,
        sub_sport,
        utc_offset: Some(utc_offset),
        in_progress: false,
        // It tells when a session was made here, which for years of training may be the day of a move.
        arrived: None,
        owner: Owner::Certain,
        measured: None,
    })
}

/// The activity of a session with everything that was told of it.
///
/// # Errors
/// `Rejected` where Polar does not tell when it was done.
pub fn activity(session: &Session, name: Option<&str>) -> Result<Activity> {
    let (start, utc_offset) = start(&session.start_time, session.timezone_offset_minutes)
        .ok_or_else(|| Error::rejected("Polar does not tell when this was done, or in which time zone"))?;
    let parts = parts(session, start);
    let mut records = Seconds::default();
    let mut pedals = false;
    for (exercise, begin) in &parts {
        pedals |= add(&mut records, exercise, *begin, start, session);
    }
    let records = records.into_records(start);
    let last = records.last().map_or(0.0, |record| (record.time - start).as_seconds_f64());
    let told = seconds(session.duration_millis).unwrap_or_default();
    let elapsed = told.max(last);
    let mut remarks = vec![if records.is_empty() {
        "Polar holds no samples of this session; only its totals are carried".to_owned()
    } else {
        "This is older than what Polar gives files of; it was made from its samples".to_owned()
    }];
    if pedals {
        remarks.push("Polar tells the power of the pedals one by one; it is left out".to_owned());
    }
    let (sport, sub_sport) = if parts.len() > 1 && name.is_none() {
        (Sport::MULTISPORT, SubSport::GENERIC)
    } else {
        sport(&name.into_iter().collect::<Vec<_>>())
    };
    let bpm = |rate: Number| rounded(rate.0?, 1.0, 254.0).map(|rate| rate as u8);
    let product = session.product.0.as_ref().and_then(|product| product.model_name.0.clone());
    Ok(Activity {
        start,
        utc_offset: Some(utc_offset),
        sport,
        sub_sport,
        title: title(session, name),
        notes: session.note.0.clone().unwrap_or_default(),
        elapsed,
        timer: elapsed,
        totals: Statistics {
            distance: session.distance_meters.positive(),
            calories: session
                .calories
                .positive()
                .and_then(|it| rounded(it, 1.0, 65_534.0))
                .map(|it| it as u16),
            avg_heart_rate: bpm(session.hr_avg),
            max_heart_rate: bpm(session.hr_max),
            ..Statistics::default()
        },
        laps: laps(&parts, start, elapsed),
        records,
        device: product.map(|product_name| Device {
            manufacturer: MANUFACTURER,
            product_name,
            ..Device::default()
        }),
        remarks,
        ..Activity::default()
    })
}

/// The exercises, and the seconds after the start of the session at which each begins.
fn parts(session: &Session, whole: Time) -> Vec<(&Exercise, f64)> {
    let mut next = 0.0;
    let part = |exercise| {
        let begin = since(&exercise_start(exercise), exercise.timezone_offset_minutes, session, whole);
        let begin = begin.unwrap_or(next);
        next = begin + seconds(exercise.duration_millis).unwrap_or_default();
        (exercise, begin)
    };
    session.exercises.0.iter().map(part).collect()
}

fn exercise_start(exercise: &Exercise) -> Text {
    exercise.start_time.clone()
}

/// Seconds from the start of the session to this moment of it.
fn since(text: &Text, offset: Number, session: &Session, whole: Time) -> Option<f64> {
    let offset = Number(offset.0.or(session.timezone_offset_minutes.0));
    let (moment, _) = start(text, offset)?;
    Some((moment - whole).as_seconds_f64()).filter(|seconds| (0.0..=LONGEST).contains(seconds))
}

/// Adds what an exercise measured. `true` where power was told of pedals, which records have no place for.
fn add(records: &mut Seconds, exercise: &Exercise, begin: f64, whole: Time, session: &Session) -> bool {
    let mut pedals = false;
    for row in exercise.samples.0.iter().flat_map(|samples| &samples.samples.0) {
        let kind = row.kind.get().unwrap_or_default();
        let kind = kind.strip_prefix("SAMPLE_TYPE_").unwrap_or(kind);
        pedals |= kind.ends_with("CRANK_CURRENT_POWER") || kind.ends_with("PEDAL_POWER");
        let apart = seconds(row.interval_millis).unwrap_or_default();
        records.add_named(kind, begin, apart, &row.values.0);
    }
    let Some(route) = exercise.routes.0.as_ref().and_then(|routes| routes.route.0.as_ref()) else {
        return pedals;
    };
    let begin = since(&route.start_time, exercise.timezone_offset_minutes, session, whole).unwrap_or(begin);
    for point in &route.way_points.0 {
        if let Some(elapsed) = seconds(point.elapsed_millis) {
            records.add_point(begin + elapsed, point.latitude, point.longitude, point.altitude);
        }
    }
    pedals
}

/// The laps end to end, those by hand before those of the device; none where they are longer than the session.
fn laps(parts: &[(&Exercise, f64)], start: Time, elapsed: f64) -> Vec<Lap> {
    let mut laps = Vec::new();
    for (exercise, begin) in parts {
        let Some(told) = &exercise.laps.0 else { continue };
        let rows = if told.laps.0.is_empty() { &told.auto_laps.0 } else { &told.laps.0 };
        let mut at = *begin;
        for length in rows.iter().filter_map(|lap| seconds(lap.duration_millis)).filter(|it| *it > 0.0) {
            laps.push((at, length));
            at += length;
        }
    }
    let end = laps.last().map_or(0.0, |(at, length)| at + length);
    let in_order = laps.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0 + 1.0);
    if laps.is_empty() || !in_order || end > elapsed + 1.0 {
        return Vec::new();
    }
    if elapsed - end > 1.0 {
        laps.push((end, elapsed - end));
    }
    let ends: Vec<f64> = laps.iter().skip(1).map(|(at, _)| *at).chain([elapsed]).collect();
    let mut from = 0.0;
    let mut lap = |to: f64| {
        let (begin, length) = (from, to - from);
        from = to;
        Lap { start: start + activity::seconds(begin), elapsed: length, timer: length, ..Lap::default() }
    };
    ends.into_iter().map(&mut lap).collect()
}

#[cfg(test)]
mod tests;
