//! What an entry holds, in the form that a screen draws: decoded from the very file that was sent, or from the one that
//! would be.

use std::path::Path;

use baton_core::{
    Activity, BloodPressure, Body, Error, Format, Intensity, Item, Lap, Record, Result, Set, SetKind, Sport,
    Statistics, StepDuration, StepTarget, SubSport, Time, Workout, statistics,
};
use serde::Serialize;

use crate::run::{clean_item, encode_options, merged};
use crate::{Config, Engine, EntryLine, MergedEntry, blocking};

/// The mean radius of the earth in metres: good enough for a line on a plain surface.
const EARTH: f64 = 6_371_000.0;
/// Neighbouring records further apart than this have a gap between them, in seconds.
const GAP: f64 = statistics::LONGEST_SAMPLE;

/// An entry with what it holds.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct Preview {
    pub line: EntryLine,
    /// Absent where it could not be had; `error` then says why.
    pub item: Option<PreviewItem>,
    pub error: Option<Error>,
    pub file: Option<PreviewFile>,
    /// The other recording of the same workout that is in it: it was sent as one with it, or would be.
    pub merged_with: Option<MergedEntry>,
    /// Repairs and remarks, one sentence each.
    pub repairs: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum PreviewItem {
    Activity { activity: Box<ActivityPreview> },
    Body { body: Body },
    BloodPressure { blood_pressure: BloodPressure },
}

/// The file that was sent, or the one that would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct PreviewFile {
    /// Its name in the archive; without a folder where it was not sent yet.
    pub name: String,
    pub format: Format,
    pub bytes: u64,
    /// Which device it names as its maker.
    pub device: Option<String>,
}

/// An activity for a screen. SI units; moments are seconds since the start.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct ActivityPreview {
    pub sport: Sport,
    pub sub_sport: SubSport,
    pub title: String,
    pub instructor: Option<String>,
    pub notes: String,
    pub start: Time,
    pub utc_offset: Option<i32>,
    pub elapsed: f64,
    pub timer: f64,
    pub totals: Statistics,
    pub laps: Vec<PreviewLap>,
    pub sets: Vec<PreviewSet>,
    /// From, to
    pub pauses: Vec<(f64, f64)>,
    /// Empty where the zones are not known.
    pub heart_rate_zones: Vec<ZoneBar>,
    pub power_zones: Vec<ZoneBar>,
    pub targets: Vec<TargetBand>,
    pub series: Series,
    pub track: Option<Track>,
}

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct PreviewLap {
    pub name: Option<String>,
    pub start: f64,
    pub elapsed: f64,
    pub timer: f64,
    pub statistics: Statistics,
}

#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct PreviewSet {
    pub start: f64,
    pub duration: f64,
    pub rest: bool,
    pub name: Option<String>,
    pub repetitions: Option<u16>,
    /// kg, of one of `implements`
    pub weight: Option<f64>,
    pub implements: Option<u8>,
}

/// Time in one zone, with its bounds where they are closed.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct ZoneBar {
    /// From 1
    pub zone: u8,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub seconds: f64,
}

/// What a class asked to keep to, for a while.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct TargetBand {
    pub quantity: Quantity,
    pub from: f64,
    pub to: f64,
    pub low: f64,
    pub high: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    HeartRate,
    Power,
    Cadence,
    Speed,
    Resistance,
    Altitude,
    Temperature,
}

/// All quantities over one axis of time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, specta::Type)]
pub struct Series {
    /// Strictly increasing. Where the recording has a gap, one moment inside of it stands for it.
    pub seconds: Vec<f64>,
    pub traces: Vec<Trace>,
}

/// One quantity; absent values are gaps.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct Trace {
    pub quantity: Quantity,
    pub values: Vec<Option<f64>>,
}

/// The way that was covered, in metres east and north of its first point.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct Track {
    pub points: Vec<Option<(f64, f64)>>,
    /// When each point was passed.
    pub seconds: Vec<f64>,
}

impl Engine {
    /// What an entry holds: decoded from the file that was sent, else from the one that would be sent today.
    ///
    /// # Errors
    /// `BadInput` for an unknown entry. What keeps the samples away is inside of the answer.
    pub async fn preview(&self, account: &str, key: &str) -> Result<Preview> {
        let line = self.entry(account, key).await?;
        let sent = line.deliveries.iter().find(|delivery| {
            let format = delivery.file.as_deref().and_then(|file| Format::of_path(Path::new(file)));
            delivery.joined_into.is_none() && format.is_some()
        });
        if let Some((name, remarks, merged)) = sent.and_then(|delivery| {
            Some((delivery.file.clone()?, delivery.remarks.clone(), delivery.merged_with.clone()))
        }) {
            let archive = self.inner.archive.clone();
            let read = move || {
                let format = Format::of_path(Path::new(&name)).unwrap_or(Format::Fit);
                decoded(name.clone(), format, &archive.get(&name)?)
            };
            // A file that is gone can be made again.
            if let Ok((item, file)) = blocking(read).await {
                self.remember(&line, &item).await?;
                return Ok(Preview {
                    item: Some(of(&item)),
                    error: None,
                    file: Some(file),
                    merged_with: merged,
                    repairs: remarks,
                    line,
                });
            }
        }
        let (partner, trouble) = match self.partner_of(account, &line.entry).await? {
            None => (None, None),
            Some(partner) => match self.uncleaned(&partner.account, &partner.entry.key).await {
                Ok(item) => (Some((partner, item)), None),
                // Its own recording is better than nothing.
                Err(error) => (
                    None,
                    Some(format!("shown alone, “{}” is missing: {}", partner.entry.title, error.message)),
                ),
            },
        };
        let merged_with = partner.as_ref().map(|(partner, _)| MergedEntry::from(partner));
        match self.made(account, key, partner.map(|(_, item)| item)).await {
            Ok((item, file, mut repairs)) => {
                self.remember(&line, &item).await?;
                repairs.extend(trouble);
                let item = Some(of(&item));
                Ok(Preview { item, error: None, file: Some(file), merged_with, repairs, line })
            }
            Err(error) => {
                let (item, file, repairs) = (None, None, Vec::new());
                Ok(Preview { item, error: Some(error), file, merged_with, repairs, line })
            }
        }
    }

    /// The file that would be sent, read back.
    async fn made(
        &self,
        account: &str,
        key: &str,
        partner: Option<Item>,
    ) -> Result<(Item, PreviewFile, Vec<String>)> {
        let mut item = self.uncleaned(account, key).await?;
        if let Some(partner) = partner {
            item = merged(item, partner)?;
        }
        let config = self.config().await?;
        blocking(move || read_back(item, &config)).await
    }

    /// A list shows from now on what the preview found.
    async fn remember(&self, line: &EntryLine, item: &Item) -> Result<()> {
        let headline = item.headline();
        if line.headline == Some(headline) {
            return Ok(());
        }
        let id = crate::EntryId { account: line.account.clone(), key: line.entry.key.clone() };
        self.inner.ledger.put_headline(&id, headline).await
    }
}

fn decoded(name: String, format: Format, bytes: &[u8]) -> Result<(Item, PreviewFile)> {
    let item = baton_fit::decode(bytes, format)?.into_iter().next();
    let item = item.ok_or_else(|| Error::bad_input(format!("{name} holds nothing that Baton carries")))?;
    let device = match &item {
        Item::Activity(activity) => activity.device.as_ref().map(|device| device.product_name.clone()),
        Item::Body(_) | Item::BloodPressure(_) => None,
    };
    let device = device.filter(|name| !name.is_empty());
    Ok((item, PreviewFile { name, format, bytes: bytes.len() as u64, device }))
}

fn read_back(item: Item, config: &Config) -> Result<(Item, PreviewFile, Vec<String>)> {
    let (item, mut repairs) = clean_item(item, config);
    if let Item::Activity(activity) = &item {
        repairs.extend(activity.remarks.iter().cloned());
    }
    if let Item::BloodPressure(_) = &item {
        let file = PreviewFile { name: String::new(), format: Format::Json, bytes: 0, device: None };
        return Ok((item, file, repairs));
    }
    let (format, bytes) = match item.original() {
        Some(original) => (original.format, original.bytes.clone()),
        None => (Format::Fit, baton_fit::encode(&item, Format::Fit, &encode_options(&item, config))?.bytes),
    };
    let name = crate::files::name_for(&item, item.title());
    let (item, file) = decoded(format!("{name}.{}", format.extension()), format, &bytes)?;
    Ok((item, file, repairs))
}

/// The form for a screen. Pure.
pub fn of(item: &Item) -> PreviewItem {
    match item {
        Item::Activity(activity) => PreviewItem::Activity { activity: Box::new(of_activity(activity)) },
        Item::Body(body) => PreviewItem::Body { body: body.clone() },
        Item::BloodPressure(pressure) => PreviewItem::BloodPressure { blood_pressure: pressure.clone() },
    }
}

fn of_activity(activity: &Activity) -> ActivityPreview {
    let since = |time: Time| thousandths((time - activity.start).as_seconds_f64());
    let steps = activity.workout.as_ref().map(|workout| workout.steps.as_slice()).unwrap_or_default();
    let lap_name = |lap: &Lap| {
        let step = lap.step.and_then(|step| steps.get(usize::from(step)));
        lap.name.clone().or_else(|| step.and_then(|step| step.name.clone()))
    };
    let (heart_rate_zones, power_zones) = zones(activity);
    ActivityPreview {
        sport: activity.sport,
        sub_sport: activity.sub_sport,
        title: activity.title.clone(),
        instructor: activity.instructor.clone(),
        notes: activity.notes.clone(),
        start: activity.start,
        utc_offset: activity.utc_offset,
        elapsed: activity.elapsed,
        timer: activity.timer,
        totals: activity.totals.clone(),
        laps: activity
            .laps
            .iter()
            .map(|lap| PreviewLap {
                name: lap_name(lap),
                start: since(lap.start),
                elapsed: lap.elapsed,
                timer: lap.timer,
                statistics: lap.statistics.clone(),
            })
            .collect(),
        sets: activity.sets.iter().map(|set| of_set(set, since(set.start))).collect(),
        pauses: pauses(activity).map(|(from, to)| (since(from), since(to))).collect(),
        heart_rate_zones,
        power_zones,
        targets: activity
            .workout
            .as_ref()
            .map(|workout| targets(workout, activity.elapsed))
            .unwrap_or_default(),
        series: series(&activity.records, activity.start),
        track: track(&activity.records, activity.start),
    }
}

fn of_set(set: &Set, start: f64) -> PreviewSet {
    PreviewSet {
        start,
        duration: set.duration,
        rest: set.kind == SetKind::Rest,
        name: set.name.clone(),
        repetitions: set.repetitions,
        weight: set.weight,
        implements: set.implements,
    }
}

/// From each stop to the start after it.
fn pauses(activity: &Activity) -> impl Iterator<Item = (Time, Time)> + '_ {
    use baton_core::EventKind::{Start, Stop};
    activity.events.windows(2).filter_map(|pair| match pair {
        [stop, start] if stop.kind == Stop && start.kind == Start => Some((stop.time, start.time)),
        _ => None,
    })
}

fn zones(activity: &Activity) -> (Vec<ZoneBar>, Vec<ZoneBar>) {
    let totals = &activity.totals;
    let zones = activity.zones.clone().unwrap_or_default();
    let (heart_rate, power) = statistics::time_in_zones(&activity.records, &activity.span(), &zones);
    let told = |told: &[f64], counted: Vec<f64>| if told.is_empty() { counted } else { told.to_vec() };
    let bounds = |values: &[f64]| values.to_vec();
    let heart_rates: Vec<f64> = zones.heart_rate.iter().map(|bound| f64::from(*bound)).collect();
    let powers: Vec<f64> = zones.power.iter().map(|bound| f64::from(*bound)).collect();
    (
        bars(&told(&totals.time_in_heart_rate_zone, heart_rate), &bounds(&heart_rates)),
        bars(&told(&totals.time_in_power_zone, power), &bounds(&powers)),
    )
}

fn bars(seconds: &[f64], upper: &[f64]) -> Vec<ZoneBar> {
    if seconds.iter().all(|seconds| *seconds <= 0.0) {
        return Vec::new();
    }
    let bar = |(index, seconds): (usize, &f64)| ZoneBar {
        zone: (index + 1) as u8,
        low: index.checked_sub(1).and_then(|below| upper.get(below)).copied(),
        high: upper.get(index).copied(),
        seconds: *seconds,
    };
    seconds.iter().enumerate().map(bar).collect()
}

/// What the steps of the workout ask for, laid end to end. Steps without a known length end the row.
fn targets(workout: &Workout, elapsed: f64) -> Vec<TargetBand> {
    let mut from = 0.0;
    let mut bands = Vec::new();
    for step in &workout.steps {
        let StepDuration::Time(seconds) = step.duration else { break };
        let to = (from + seconds).min(elapsed);
        let band = match step.target {
            StepTarget::Cadence { low, high } => Some((Quantity::Cadence, low, high)),
            StepTarget::Speed { low, high } => Some((Quantity::Speed, low, high)),
            StepTarget::Power { low, high } => Some((Quantity::Power, low, high)),
            StepTarget::Resistance { low, high } => Some((Quantity::Resistance, low, high)),
            StepTarget::Open
            | StepTarget::PowerZone(_)
            | StepTarget::HeartRateZone(_)
            | StepTarget::Grade { .. } => None,
        };
        let resting = matches!(step.intensity, Some(Intensity::Rest));
        if let Some((quantity, low, high)) = band.filter(|_| to > from && !resting) {
            bands.push(TargetBand { quantity, from, to, low, high });
        }
        from = to;
    }
    bands
}

fn series(records: &[Record], start: Time) -> Series {
    type Read = fn(&Record) -> Option<f64>;
    const QUANTITIES: [(Quantity, Read); 7] = [
        (Quantity::HeartRate, |record| record.heart_rate.map(f64::from)),
        (Quantity::Power, |record| record.power.map(f64::from)),
        (Quantity::Cadence, |record| record.cadence),
        (Quantity::Speed, |record| record.speed.map(thousandths)),
        (Quantity::Resistance, |record| record.resistance),
        (Quantity::Altitude, |record| record.altitude.map(|metres| (metres * 10.0).round() / 10.0)),
        (Quantity::Temperature, |record| record.temperature),
    ];
    let mut seconds: Vec<f64> = Vec::with_capacity(records.len());
    let mut rows: Vec<Option<&Record>> = Vec::with_capacity(records.len());
    for record in records {
        let now = thousandths((record.time - start).as_seconds_f64());
        if let Some(last) = seconds.last().copied().filter(|last| now - last > GAP) {
            seconds.push(last + 1.0);
            rows.push(None);
        }
        seconds.push(now);
        rows.push(Some(record));
    }
    let traces = QUANTITIES.into_iter().filter_map(|(quantity, read)| {
        let values = held(rows.iter().map(|record| record.and_then(read)).collect(), &seconds);
        values.iter().any(Option::is_some).then_some(Trace { quantity, values })
    });
    let traces = traces.collect();
    Series { seconds, traces }
}

/// Holds each value until the next one, where that is not long in coming: a quantity that is sampled seldom is a line
/// beside those that are sampled often.
fn held(mut values: Vec<Option<f64>>, seconds: &[f64]) -> Vec<Option<f64>> {
    let mut last: Option<usize> = None;
    for index in 0..values.len() {
        if values[index].is_none() {
            continue;
        }
        if let Some(last) = last.filter(|last| seconds[index] - seconds[*last] <= GAP) {
            let value = values[last];
            values[last..index].fill(value);
        }
        last = Some(index);
    }
    values
}

/// The track on a plane that touches the earth at its first point.
fn track(records: &[Record], start: Time) -> Option<Track> {
    let first = records.iter().find_map(|record| record.position)?;
    let narrowing = first.latitude.to_radians().cos();
    let mut track = Track { points: Vec::new(), seconds: Vec::new() };
    let mut last: Option<f64> = None;
    for record in records {
        let Some(position) = record.position else { continue };
        let now = (record.time - start).as_seconds_f64();
        if let Some(before) = last.filter(|before| now - before > GAP) {
            track.points.push(None);
            track.seconds.push(before + 1.0);
        }
        let east = (position.longitude - first.longitude).to_radians() * EARTH * narrowing;
        let north = (position.latitude - first.latitude).to_radians() * EARTH;
        let tenths = |metres: f64| (metres * 10.0).round() / 10.0;
        track.points.push(Some((tenths(east), tenths(north))));
        track.seconds.push(thousandths(now));
        last = Some(now);
    }
    Some(track)
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests;
