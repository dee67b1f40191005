//! Reads GPX tracks of any writer. A track is an activity; breaks between its segments are pauses.

use std::collections::HashSet;
use std::sync::Arc;

use baton_core::activity::seconds;
use baton_core::{
    Activity, ActivityEvent, Device, Error, EventKind, Format, Item, Original, Position, Record, Result, Time,
};

use crate::records;
use crate::track::{byte, cadence, distance, sport_of, whole};
use crate::xml::{self, Element, Step, number};

/// The activities of a GPX file: its tracks whose points have times.
pub fn decode(bytes: &[u8]) -> Result<Vec<Item>> {
    let text = xml::text(bytes);
    if xml::root(&text) != Some("gpx") {
        return Err(Error::rejected("This is not a GPX file"));
    }
    let mut reader = Reader::default();
    let is_sound = xml::walk(&text, |step| match step {
        Step::Open(element) => reader.open(element),
        Step::Close { name, parent, text } => reader.close(name, parent, text),
    });
    reader.close_track();
    let Reader { mut activities, points, title, .. } = reader;
    match activities.as_mut_slice() {
        [] if !is_sound => {
            return Err(Error::rejected("This GPX file is damaged, and no track in it could be read"));
        }
        [] if points > 0 => {
            return Err(Error::rejected("This GPX file has no times, so it is a route and not an activity"));
        }
        [] => return Err(Error::rejected("This GPX file holds no track")),
        [activity] if is_sound && xml::begins_with_markup(bytes) && activity.remarks.is_empty() => {
            activity.original = Some(Original { format: Format::Gpx, bytes: Arc::from(bytes) });
        }
        [.., last] if !is_sound => {
            last.remarks.push("The file is damaged; what it holds up to the damage was kept".to_owned());
        }
        _ => {}
    }
    for activity in activities.iter_mut().filter(|activity| activity.title.is_empty()) {
        activity.title.clone_from(&title);
    }
    Ok(activities.into_iter().map(|activity| Item::Activity(Box::new(activity))).collect())
}

#[derive(Debug, Default)]
struct Reader {
    activities: Vec<Activity>,
    activity: Option<Activity>,
    point: Option<(Option<Time>, Record)>,
    /// All track points, with and without times
    points: usize,
    /// Of the whole file
    title: String,
    /// What made the file, by its own words
    creator: String,
    /// Of this track: the times at which a segment after the first begins
    segment_starts: HashSet<Time>,
    is_new_segment: bool,
    points_without_time: usize,
    utc_offset: Option<i32>,
}

impl Reader {
    fn open(&mut self, element: &Element<'_>) {
        match element.name {
            "gpx" => self.creator = element.attribute("creator").unwrap_or_default(),
            "trk" => {
                self.close_track();
                self.activity = Some(Activity::default());
                self.segment_starts.clear();
                (self.points_without_time, self.utc_offset) = (0, None);
            }
            "trkseg" => self.is_new_segment = true,
            "trkpt" => {
                self.points += 1;
                let degrees = |name| element.attribute(name).and_then(|text| number(text.trim()));
                let position = degrees("lat")
                    .zip(degrees("lon"))
                    .filter(|&(latitude, longitude)| latitude.abs() <= 90.0 && longitude.abs() <= 180.0)
                    // Receivers without a fix write 0, 0.
                    .filter(|&(latitude, longitude)| latitude != 0.0 || longitude != 0.0)
                    .map(|(latitude, longitude)| Position { latitude, longitude });
                self.point = Some((None, Record { position, ..Record::default() }));
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str, parent: &str, text: &str) {
        match (name, parent) {
            ("trk", _) => self.close_track(),
            ("trkpt", _) => self.close_point(),
            ("name", "metadata" | "gpx") => text.clone_into(&mut self.title),
            ("time", "trkpt") => {
                let time = xml::time(text);
                self.utc_offset = self.utc_offset.or(time.and_then(|(_, offset)| offset));
                if let Some((at, _)) = &mut self.point {
                    *at = time.map(|(time, _)| time);
                }
            }
            (_, "trk") => {
                let Some(activity) = &mut self.activity else { return };
                match name {
                    "name" => text.clone_into(&mut activity.title),
                    "desc" | "cmt" if activity.notes.is_empty() => text.clone_into(&mut activity.notes),
                    "type" => activity.sport = sport_of(text),
                    _ => {}
                }
            }
            _ => self.close_point_value(name, text),
        }
    }

    /// Extensions are told by local name alone: writers put the same names under many namespaces.
    fn close_point_value(&mut self, name: &str, text: &str) {
        let Some((_, record)) = &mut self.point else { return };
        match name {
            "ele" => record.altitude = number(text),
            "hr" | "heartrate" => record.heart_rate = byte(text).filter(|&rate| rate > 0),
            "cad" | "cadence" | "RunCadence" => record.cadence = cadence(text),
            "atemp" | "temp" | "Temperature" => record.temperature = number(text),
            "power" | "watts" | "Watts" | "PowerInWatts" => record.power = whole(text),
            "speed" => record.speed = number(text),
            "distance" => record.distance = number(text),
            _ => {}
        }
    }

    fn close_point(&mut self) {
        let Some((time, record)) = self.point.take() else { return };
        let Some(activity) = &mut self.activity else { return };
        let Some(time) = time else {
            self.points_without_time += 1;
            return;
        };
        if std::mem::take(&mut self.is_new_segment)
            && let Some(last) = activity.records.last()
        {
            self.segment_starts.insert(time);
            if time - last.time > seconds(1.0) {
                activity.events.push(ActivityEvent { time: last.time, kind: EventKind::Stop });
                activity.events.push(ActivityEvent { time, kind: EventKind::Start });
            }
        }
        records::push(&mut activity.records, Record { time, ..record });
    }

    /// The way covered, where the points themselves do not tell it. The way during a pause does not count.
    fn measure(&self, records: &mut [Record]) {
        // Some tell the way from point to point under the same name.
        let told = records.iter().filter_map(|record| record.distance);
        if !told.is_sorted() {
            for record in &mut *records {
                record.distance = None;
            }
        }
        let mut covered = 0.0;
        let mut last: Option<Position> = None;
        for record in records {
            if self.segment_starts.contains(&record.time) {
                last = None;
            }
            if let Some(position) = record.position {
                covered += last.map_or(0.0, |last| distance(last, position));
                last = Some(position);
            }
            covered = record.distance.unwrap_or(covered);
            record.distance = record.distance.or(last.map(|_| covered));
        }
    }

    fn close_track(&mut self) {
        self.point = None;
        let Some(mut activity) = self.activity.take() else { return };
        activity.remarks.extend(records::without_time(self.points_without_time));
        let made_up = records::leave_out_made_up_times(&mut activity.records);
        activity.remarks.extend(records::made_up_times(made_up));
        records::put_in_order(&mut activity.records);
        self.measure(&mut activity.records);
        let times = activity.records.iter().map(|record| record.time);
        let Some((start, end)) = times.clone().min().zip(times.max()) else { return };
        activity.start = start;
        activity.elapsed = (end - start).as_seconds_f64();
        let pauses = activity.events.as_chunks::<2>().0.iter();
        let paused: f64 = pauses.map(|[stop, start]| (start.time - stop.time).as_seconds_f64()).sum();
        activity.timer = (activity.elapsed - paused).max(0.0);
        activity.utc_offset = self.utc_offset;
        // What Baton wrote was recorded by something else.
        let device = Device { product_name: self.creator.clone(), ..Device::default() };
        activity.device = Some(device).filter(|device| !matches!(device.product_name.as_str(), "" | "Baton"));
        self.activities.push(activity);
    }
}
