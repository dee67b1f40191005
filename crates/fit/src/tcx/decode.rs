//! Reads TCX files of any writer: any prefixes, several activities, pauses told by breaks between tracks.

use std::sync::Arc;

use baton_core::activity::seconds;
use baton_core::{
    Activity, ActivityEvent, Device, Error, EventKind, Format, Intensity, Item, Lap, LapTrigger, Original,
    Position, Record, Result, Time,
};

use crate::records;
use crate::track::{byte, cadence, sport_of, whole};
use crate::xml::{self, Element, Step, number};

/// The activities of a TCX file.
pub fn decode(bytes: &[u8]) -> Result<Vec<Item>> {
    let text = xml::text(bytes);
    if xml::root(&text) != Some("TrainingCenterDatabase") {
        return Err(Error::rejected("This is not a TCX file"));
    }
    let mut reader = Reader::default();
    let is_sound = xml::walk(&text, |step| match step {
        Step::Open(element) => reader.open(element),
        Step::Close { name, parent, text } => reader.close(name, parent, text),
    });
    // What the damage cut off is closed as it stands.
    reader.close_lap();
    reader.close_activity();
    let mut activities = std::mem::take(&mut reader.activities);
    match activities.as_mut_slice() {
        [] if !is_sound => {
            return Err(Error::rejected("This TCX file is damaged, and no activity in it could be read"));
        }
        [] if reader.holds_a_plan => {
            let words = "This TCX file holds a course or a workout plan, and no activity";
            return Err(Error::rejected(words));
        }
        [] => return Err(Error::rejected("This TCX file holds no activity with a time")),
        [activity] if is_sound && xml::begins_with_markup(bytes) && activity.remarks.is_empty() => {
            activity.original = Some(Original { format: Format::Tcx, bytes: Arc::from(bytes) });
        }
        [.., last] if !is_sound => {
            last.remarks.push("The file is damaged; what it holds up to the damage was kept".to_owned());
        }
        _ => {}
    }
    Ok(activities.into_iter().map(|activity| Item::Activity(Box::new(activity))).collect())
}

#[derive(Debug, Default)]
struct Reader {
    activities: Vec<Activity>,
    activity: Option<Activity>,
    lap: Option<Lap>,
    record: Option<(Option<Time>, Record)>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    device: Option<Device>,
    /// When the last track of this lap ended, until the next begins
    stopped: Option<Time>,
    utc_offset: Option<i32>,
    points_without_time: usize,
    /// A course to follow or a workout to do, which nobody did yet
    holds_a_plan: bool,
}

impl Reader {
    fn open(&mut self, element: &Element<'_>) {
        match (element.name, element.parent) {
            ("Activity", _) => {
                self.close_activity();
                self.utc_offset = None;
                self.points_without_time = 0;
                let sport = element.attribute("Sport").map(|sport| sport_of(&sport)).unwrap_or_default();
                self.activity = Some(Activity { start: Time::MIN_UTC, sport, ..Activity::default() });
            }
            ("Lap", "Activity") => {
                self.close_lap();
                let start = element.attribute("StartTime").and_then(|time| self.time(&time));
                self.lap = Some(Lap { start: start.unwrap_or(Time::MIN_UTC), ..Lap::default() });
                self.stopped = None;
            }
            ("Trackpoint", _) => self.record = Some((None, Record::default())),
            ("Course" | "Workout", _) => self.holds_a_plan = true,
            ("Creator", "Activity") => self.device = Some(Device::default()),
            _ => {}
        }
    }

    fn time(&mut self, text: &str) -> Option<Time> {
        let (time, offset) = xml::time(text)?;
        self.utc_offset = self.utc_offset.or(offset);
        Some(time)
    }

    fn close(&mut self, name: &str, parent: &str, text: &str) {
        match (name, parent) {
            ("Id", "Activity") => {
                if let Some(time) = self.time(text)
                    && let Some(activity) = &mut self.activity
                {
                    activity.start = time;
                }
            }
            ("Notes", "Activity") => {
                if let Some(activity) = &mut self.activity {
                    let (title, notes) = text.split_once('\n').unwrap_or((text, ""));
                    title.trim().clone_into(&mut activity.title);
                    notes.trim().clone_into(&mut activity.notes);
                }
            }
            ("Trackpoint", _) => self.close_trackpoint(),
            ("Track", _) => {
                self.stopped =
                    self.activity.as_ref().and_then(|activity| activity.records.last()).map(|last| last.time);
            }
            ("Lap", "Activity") => self.close_lap(),
            ("Activity", _) => self.close_activity(),
            (_, "Creator" | "Version") => self.close_device_value(name, text),
            _ if self.record.is_some() => self.close_record_value(name, parent, text),
            _ => self.close_lap_value(name, parent, text),
        }
    }

    fn close_device_value(&mut self, name: &str, text: &str) {
        let Some(device) = &mut self.device else { return };
        match name {
            "Name" => text.clone_into(&mut device.product_name),
            "UnitId" => device.serial_number = text.parse().unwrap_or(0),
            "ProductID" => device.product = text.parse().unwrap_or(0),
            "VersionMajor" => {
                device.software_version =
                    text.parse::<u16>().ok().and_then(|major| major.checked_mul(100)).unwrap_or(0);
            }
            "VersionMinor" => {
                let minor = text.parse::<u16>().unwrap_or(0);
                device.software_version = device.software_version.saturating_add(minor);
            }
            _ => {}
        }
    }

    fn close_record_value(&mut self, name: &str, parent: &str, text: &str) {
        let time = if (name, parent) == ("Time", "Trackpoint") { self.time(text) } else { None };
        let Some((at, record)) = &mut self.record else { return };
        match (name, parent) {
            ("Time", "Trackpoint") => *at = time,
            ("LatitudeDegrees", "Position") => self.latitude = number(text),
            ("LongitudeDegrees", "Position") => self.longitude = number(text),
            ("AltitudeMeters", "Trackpoint") => record.altitude = number(text),
            ("DistanceMeters", "Trackpoint") => record.distance = number(text),
            ("Value", "HeartRateBpm") => record.heart_rate = byte(text).filter(|&rate| rate > 0),
            // The extension's own names, whether or not they stand in a TPX.
            ("Cadence", "Trackpoint") | ("RunCadence", _) => {
                record.cadence = cadence(text).or(record.cadence);
            }
            ("Speed", _) => record.speed = number(text),
            ("Watts", _) => record.power = whole(text),
            _ => {}
        }
    }

    fn close_lap_value(&mut self, name: &str, parent: &str, text: &str) {
        let Some(lap) = &mut self.lap else { return };
        let statistics = &mut lap.statistics;
        match (name, parent) {
            ("TotalTimeSeconds", "Lap") => {
                lap.timer = number(text).filter(|&time| time >= 0.0).unwrap_or(0.0);
            }
            ("DistanceMeters", "Lap") => {
                statistics.distance = number(text).filter(|&distance| distance > 0.0);
            }
            ("MaximumSpeed", "Lap") => statistics.max_speed = number(text),
            ("Calories", "Lap") => statistics.calories = whole(text).filter(|&calories| calories > 0),
            ("Value", "AverageHeartRateBpm") => {
                statistics.avg_heart_rate = byte(text).filter(|&rate| rate > 0);
            }
            ("Value", "MaximumHeartRateBpm") => {
                statistics.max_heart_rate = byte(text).filter(|&rate| rate > 0);
            }
            ("Intensity", "Lap") => {
                lap.intensity = match text {
                    "Active" => Some(Intensity::Active),
                    "Resting" => Some(Intensity::Rest),
                    _ => None,
                };
            }
            ("Cadence", "Lap") | ("AvgRunCadence", _) => {
                statistics.avg_cadence = cadence(text).or(statistics.avg_cadence);
            }
            ("MaxBikeCadence" | "MaxRunCadence", _) => statistics.max_cadence = cadence(text),
            ("TriggerMethod", "Lap") => {
                lap.trigger = match text {
                    "Distance" => LapTrigger::Distance,
                    "Time" => LapTrigger::Time,
                    _ => LapTrigger::Manual,
                };
            }
            ("Notes", "Lap") => lap.name = Some(text.to_owned()).filter(|name| !name.is_empty()),
            ("AvgSpeed", _) => statistics.avg_speed = number(text),
            ("AvgWatts", _) => statistics.avg_power = whole(text),
            ("MaxWatts", _) => statistics.max_power = whole(text),
            ("Steps", _) => statistics.total_cycles = text.parse::<u32>().ok().map(|steps| steps / 2),
            _ => {}
        }
    }

    fn close_trackpoint(&mut self) {
        let position = self.latitude.take().zip(self.longitude.take());
        let Some((time, mut record)) = self.record.take() else { return };
        let Some(activity) = &mut self.activity else { return };
        let Some(time) = time else {
            self.points_without_time += 1;
            return;
        };
        record.time = time;
        record.position = position
            .filter(|&(latitude, longitude)| latitude.abs() <= 90.0 && (latitude != 0.0 || longitude != 0.0))
            .map(|(latitude, longitude)| Position { latitude, longitude });
        // The next track of the same lap: the timer stood still in between.
        if let Some(stopped) = self.stopped.take().filter(|&stopped| time - stopped > seconds(1.0)) {
            activity.events.push(ActivityEvent { time: stopped, kind: EventKind::Stop });
            activity.events.push(ActivityEvent { time, kind: EventKind::Start });
        }
        records::push(&mut activity.records, record);
    }

    fn close_lap(&mut self) {
        self.record = None;
        let Some(mut lap) = self.lap.take() else { return };
        let Some(activity) = &mut self.activity else { return };
        if lap.start == Time::MIN_UTC {
            let last_end = activity.laps.last().map(Lap::end);
            let Some(start) = last_end.or(activity.records.first().map(|record| record.time)) else { return };
            lap.start = start;
        }
        activity.laps.push(lap);
    }

    fn close_activity(&mut self) {
        let device = self.device.take().filter(|device| *device != Device::default());
        let Some(mut activity) = self.activity.take() else { return };
        activity.remarks.extend(records::without_time(self.points_without_time));
        let made_up = records::leave_out_made_up_times(&mut activity.records);
        activity.remarks.extend(records::made_up_times(made_up));
        records::put_in_order(&mut activity.records);
        let first = activity.laps.iter().map(|lap| lap.start);
        let first = first.chain(activity.records.iter().map(|record| record.time)).min();
        let Some(first) = first else { return };
        // The Id is the start, unless a writer put something else there.
        if activity.start == Time::MIN_UTC || (activity.start - first).abs() > seconds(86_400.0) {
            activity.start = first;
        }
        let last_record = activity.records.iter().map(|record| record.time).max();
        let next_starts: Vec<Time> = activity.laps.iter().skip(1).map(|lap| lap.start).collect();
        for (index, lap) in activity.laps.iter_mut().enumerate() {
            let end = next_starts.get(index).copied().or(last_record);
            let by_clock = end.map_or(0.0, |end| (end - lap.start).as_seconds_f64());
            lap.elapsed = by_clock.max(lap.timer);
        }
        let end = activity.laps.iter().map(Lap::end).chain(last_record).max().unwrap_or(first);
        activity.elapsed = (end - activity.start).as_seconds_f64().max(0.0);
        let timer: f64 = activity.laps.iter().map(|lap| lap.timer).sum();
        activity.timer = if timer > 0.0 { timer.min(activity.elapsed) } else { activity.elapsed };
        if let [only] = activity.laps.as_slice() {
            activity.totals = only.statistics.clone();
        }
        let total = |value: fn(&Lap) -> Option<f64>| {
            activity.laps.iter().filter_map(value).reduce(|sum, next| sum + next)
        };
        activity.totals.distance = total(|lap| lap.statistics.distance);
        activity.totals.calories = total(|lap| lap.statistics.calories.map(f64::from))
            .filter(|&sum| sum < 65535.0)
            .map(|sum| sum as u16);
        activity.utc_offset = self.utc_offset;
        activity.device = device;
        self.activities.push(activity);
    }
}
