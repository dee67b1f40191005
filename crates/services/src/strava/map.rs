//! Activities as entries and as items. Pure: Strava's answers in, Baton's words out.

use baton_core::units::rounded;
use baton_core::{
    Activity, ActivityEvent, Device, Entry, Error, EventKind, Kind, Lap, Owner, RecordedBy, Result, Span,
    Statistics, Time,
};
use chrono::TimeDelta;

use super::listing::{is_start_hidden, moment, short};
use super::streams::Samples;
use super::wire::{self, Recording};
use super::{OURS, sports};
use crate::loose::Number;

/// The longest activity that is believed, in seconds: ten days.
const LONGEST: f64 = 864_000.0;
/// Seconds and share by which pauses that streams show may be longer than what the totals leave for them.
const TOLERANCE: (f64, f64) = (10.0, 0.1);

/// The entry of a line of the list; `None` where it has no number or no start, by which nothing could be found again.
pub fn entry(line: &wire::Activity) -> Option<Entry> {
    let (id, start) = (line.id.0?, moment(line.start_date.get()?)?);
    let elapsed = elapsed(line);
    let is_ours = line.external_id.get().is_some_and(|external_id| external_id.starts_with(OURS));
    let (sport, sub_sport) = sports::of(line).unzip();
    Some(Entry {
        key: id.to_string(),
        kind: Kind::Activity,
        span: Span::lasting(start, elapsed),
        // What was recorded, and not what it is called.
        revision: format!(
            "{} {elapsed} {}",
            sports::name(line).unwrap_or_default(),
            line.distance.0.unwrap_or_default()
        ),
        recorded_by: if is_ours { RecordedBy::Elsewhere("Baton".into()) } else { RecordedBy::Source },
        title: title(line),
        sport,
        sub_sport,
        utc_offset: utc_offset(line, start),
        in_progress: false,
        arrived: None,
        owner: Owner::Certain,
        measured: None,
    })
}

/// The activity of a recording. Of one without streams (typed in, or brought without samples) it is the summary.
///
/// # Errors
/// `Rejected` where Strava does not tell when it was done.
pub fn activity(recording: &Recording) -> Result<Activity> {
    let told = &recording.activity;
    let start = told.start_date.get().and_then(moment);
    let start = start.ok_or_else(|| Error::rejected("Strava does not tell when this was done"))?;
    let samples = recording.streams.as_ref().and_then(Samples::of);
    let power_is_measured = told.device_watts.0 != Some(false);
    let elapsed = elapsed(told).max(samples.as_ref().map_or(0.0, |samples| samples.last() as f64));
    let pauses = pauses(told, samples.as_ref(), elapsed);
    let paused: f64 = pauses.iter().map(|(from, to)| (to - from) as f64).sum();
    let laps = recording.laps.as_ref().or(told.laps.as_ref()).map(|laps| laps.0.as_slice());
    let (sport, sub_sport) = sports::of(told).unwrap_or_default();
    Ok(Activity {
        start,
        utc_offset: utc_offset(told, start),
        sport,
        sub_sport,
        title: title(told),
        gear: told.gear.0.as_ref().and_then(|gear| gear.name.get()).map(short),
        notes: told.description.get().unwrap_or_default().to_owned(),
        elapsed,
        timer: elapsed - paused,
        totals: totals(told, power_is_measured),
        laps: self::laps(laps.unwrap_or_default(), samples.as_ref(), start, power_is_measured),
        records: samples.as_ref().map(|it| it.records(start, power_is_measured)).unwrap_or_default(),
        events: pauses.iter().flat_map(|pause| events(start, *pause)).collect(),
        device: told.device_name.get().map(|name| Device { product_name: short(name), ..Device::default() }),
        remarks: remarks(told, samples.as_ref(), power_is_measured),
        ..Activity::default()
    })
}

fn elapsed(told: &wire::Activity) -> f64 {
    told.elapsed_time.within(0.0, LONGEST).unwrap_or_default()
}

fn title(told: &wire::Activity) -> String {
    told.name.get().or(sports::name(told)).map_or_else(|| "Activity".to_owned(), str::to_owned)
}

/// Local time minus UTC in seconds: as it is told, or by the two starts.
fn utc_offset(told: &wire::Activity, start: Time) -> Option<i32> {
    let by_starts = || {
        let local = told.start_date_local.get().and_then(moment)?;
        Some((local - start).as_seconds_f64())
    };
    let offset = told.utc_offset.0.or_else(by_starts)?;
    rounded(offset, -64_800.0, 64_800.0).map(|offset| offset as i32)
}

fn totals(told: &wire::Activity, power_is_measured: bool) -> Statistics {
    Statistics {
        distance: told.distance.positive(),
        calories: told
            .calories
            .positive()
            .and_then(|it| rounded(it, 1.0, 65_534.0))
            .map(|kilocalories| kilocalories as u16),
        max_speed: told.max_speed.positive(),
        avg_heart_rate: rate(told.average_heartrate),
        max_heart_rate: rate(told.max_heartrate),
        avg_power: watts(told.average_watts).filter(|_| power_is_measured),
        max_power: watts(told.max_watts).filter(|_| power_is_measured),
        avg_cadence: told.average_cadence.positive(),
        ascent: told.total_elevation_gain.positive(),
        max_altitude: told.elev_high.within(-500.0, 9000.0),
        min_altitude: told.elev_low.within(-500.0, 9000.0),
        avg_temperature: told.average_temp.within(-60.0, 80.0),
        ..Statistics::default()
    }
}

fn rate(number: Number) -> Option<u8> {
    rounded(number.0?, 1.0, 254.0).map(|rate| rate as u8)
}

fn watts(number: Number) -> Option<u16> {
    rounded(number.positive()?, 1.0, 65_534.0).map(|watts| watts as u16)
}

/// From when to when the timer stood, in whole seconds since the start. The totals say for how long in all; what streams
/// show is believed as far as it fits, because who lifts weights does not move either. Each lies inside of the activity, so
/// that it has an end.
fn pauses(told: &wire::Activity, samples: Option<&Samples<'_>>, elapsed: f64) -> Vec<(i64, i64)> {
    let left = told.moving_time.within(0.0, LONGEST).map(|moving| (elapsed - moving).max(0.0));
    let end = elapsed as i64 - 1;
    let pauses = match samples {
        Some(samples) => {
            let fits = |pauses: &Vec<(i64, i64)>| {
                let sum: i64 = pauses.iter().map(|(from, to)| to - from).sum();
                left.is_none_or(|left| sum as f64 <= left + left * TOLERANCE.1 + TOLERANCE.0)
            };
            [samples.pauses(true), samples.pauses(false)].into_iter().find(fits).unwrap_or_default()
        }
        // Nobody knows when it was.
        None => left.map(|left| vec![(end - left as i64, end)]).unwrap_or_default(),
    };
    let inside = pauses.into_iter().map(|(from, to)| (from.max(1), to.min(end)));
    inside.filter(|(from, to)| from < to).collect()
}

fn events(start: Time, (from, to): (i64, i64)) -> [ActivityEvent; 2] {
    let event = |second, kind| ActivityEvent { time: start + TimeDelta::seconds(second), kind };
    [event(from, EventKind::Stop), event(to, EventKind::Start)]
}

/// Laps by where they begin in the streams, or one after the other where there are none.
fn laps(told: &[wire::Lap], samples: Option<&Samples<'_>>, start: Time, power_is_measured: bool) -> Vec<Lap> {
    let mut next = 0.0;
    let lap = |lap: &wire::Lap| {
        let place = lap.start_index.within(0.0, LONGEST).map(|place| place as usize);
        let sampled = samples.zip(place).and_then(|(samples, place)| samples.second(place));
        let begins = sampled.map_or(next, |second| second as f64);
        let elapsed = lap.elapsed_time.within(0.0, LONGEST).unwrap_or_default();
        next = (begins + elapsed).min(LONGEST);
        Lap {
            start: Span::lasting(start, begins).end,
            elapsed,
            statistics: Statistics {
                distance: lap.distance.positive(),
                max_speed: lap.max_speed.positive(),
                avg_heart_rate: rate(lap.average_heartrate),
                max_heart_rate: rate(lap.max_heartrate),
                avg_power: watts(lap.average_watts).filter(|_| power_is_measured),
                avg_cadence: lap.average_cadence.positive(),
                ascent: lap.total_elevation_gain.positive(),
                ..Statistics::default()
            },
            ..Lap::default()
        }
    };
    told.iter().map(lap).collect()
}

fn remarks(told: &wire::Activity, samples: Option<&Samples<'_>>, power_is_measured: bool) -> Vec<String> {
    let mut remarks = vec![match samples {
        Some(_) => {
            "Strava does not give the file of the device; this one was made from what Strava shows".into()
        }
        None => "Strava has no samples of this activity; its summary was carried".to_owned(),
    }];
    if is_start_hidden(told) {
        remarks.push("Strava hides at what time of the day this began; it begins at midnight here".into());
    }
    if !power_is_measured && samples.is_some_and(Samples::has_power) {
        remarks.push("the power was estimated by Strava and is left out".into());
    }
    if sports::of(told).is_none()
        && let Some(name) = sports::name(told)
    {
        remarks.push(format!("Strava calls this sport “{}”, which FIT does not know", short(name)));
    }
    remarks
}

#[cfg(test)]
mod sample_tests;
#[cfg(test)]
mod tests;
