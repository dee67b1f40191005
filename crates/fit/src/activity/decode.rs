//! Gathers an activity file's messages and makes activities of them, one for each session.

use baton_core::activity::seconds;
use baton_core::{
    Activity, ActivityEvent, Device, EventKind, Lap, LapTrigger, Position, Record, Set, Sport, Statistics,
    SubSport, Time, User, WorkoutStep, Zones,
};

use super::heart_rate::Beats;
use super::strength::{self, Title};
use super::{summary, workout};
use crate::profile::{
    COMPRESSED_SPEED_DISTANCE, Field, LAP, SESSION, activity as activity_message, code, device_info, event,
    exercise_title, file_creator, file_id, hr, hr_zone, lap, moment, power_zone, record, session, set, sport,
    user_profile, workout as workout_message, workout_step, zones_target,
};
use crate::records;
use crate::wire::Message;

/// No real file comes near; a made-up one must not fill the memory.
const MOST_RECORDS: usize = 1_000_000;
const MOST_OTHERS: usize = 20_000;
/// Sessions, each of which is an activity, and steps, which each activity holds
const MOST_SESSIONS: usize = 100;
const MOST_STEPS: usize = 2_000;

/// What a FIT file told about activities, message by message.
#[derive(Debug, Default)]
pub struct Gathered {
    device: Device,
    utc_offset: Option<i32>,
    sport: Option<(Sport, SubSport)>,
    title: Option<String>,
    steps: Vec<WorkoutStep>,
    zones: Option<Zones>,
    user: Option<User>,
    records: Vec<Record>,
    laps: Vec<Lap>,
    sessions: Vec<Session>,
    events: Vec<ActivityEvent>,
    sets: Vec<Set>,
    titles: Vec<Title>,
    compressed_distance: CompressedDistance,
    beats: Beats,
}

#[derive(Debug)]
struct Session {
    start: Time,
    elapsed: f64,
    timer: f64,
    sport: Sport,
    sub_sport: SubSport,
    totals: Statistics,
}

fn push<T>(list: &mut Vec<T>, item: Option<T>) {
    if list.len() < MOST_OTHERS {
        list.extend(item);
    }
}

impl Gathered {
    /// Takes in one message; those that tell nothing of an activity are passed over.
    pub fn take(&mut self, message: &Message<'_>) {
        match message.number() {
            record::NUMBER => self.take_record(message),
            lap::NUMBER => push(&mut self.laps, read_lap(message)),
            session::NUMBER => {
                if let Some(power) = session::THRESHOLD_POWER.read(message).filter(|&power| power > 0.0) {
                    self.zones.get_or_insert_default().threshold_power.get_or_insert(power as u16);
                }
                if self.sessions.len() < MOST_SESSIONS {
                    self.sessions.extend(read_session(message));
                }
            }
            hr::NUMBER => self.beats.take(message),
            event::NUMBER => push(&mut self.events, read_event(message)),
            set::NUMBER => push(&mut self.sets, strength::read(message)),
            exercise_title::NUMBER => push(&mut self.titles, strength::read_title(message)),
            workout_message::NUMBER => self.title = message.text(workout_message::WKT_NAME.number),
            workout_step::NUMBER => {
                let threshold_power = self.zones.as_ref().and_then(|zones| zones.threshold_power);
                if self.steps.len() < MOST_STEPS {
                    self.steps.push(workout::read_step(message, threshold_power));
                }
            }
            zones_target::NUMBER | hr_zone::NUMBER | power_zone::NUMBER => {
                let mut zones = self.zones.take().unwrap_or_default();
                if zones.heart_rate.len() < MOST_OTHERS && zones.power.len() < MOST_OTHERS {
                    workout::read_zones(message, &mut zones);
                }
                self.zones = Some(zones).filter(|zones| *zones != Zones::default());
            }
            user_profile::NUMBER => {
                self.user = Some(workout::read_user(message)).filter(|user| *user != User::default());
            }
            sport::NUMBER => self.sport = read_sport(message, sport::SPORT, sport::SUB_SPORT),
            activity_message::NUMBER => self.utc_offset = read_utc_offset(message).or(self.utc_offset),
            file_id::NUMBER => {
                let id = |field: Field| field.read(message).unwrap_or(0.0);
                self.device.manufacturer = id(file_id::MANUFACTURER) as u16;
                self.device.product = id(file_id::PRODUCT) as u16;
                self.device.serial_number = id(file_id::SERIAL_NUMBER) as u32;
                self.device.product_name = message.text(file_id::PRODUCT_NAME.number).unwrap_or_default();
            }
            file_creator::NUMBER => {
                self.take_software_version(file_creator::SOFTWARE_VERSION.read(message));
            }
            device_info::NUMBER if device_info::DEVICE_INDEX.read(message) == Some(0.0) => {
                self.take_software_version(device_info::SOFTWARE_VERSION.read(message));
                if let Some(name) = message.text(device_info::PRODUCT_NAME.number) {
                    self.device.product_name = name;
                }
            }
            _ => {}
        }
    }

    fn take_software_version(&mut self, version: Option<f64>) {
        if let Some(version) = version {
            self.device.software_version = version as u16;
        }
    }

    fn take_record(&mut self, message: &Message<'_>) {
        let Some(time) = message.timestamp() else { return };
        let number = |field: Field| field.read(message);
        let mut record = Record {
            time: moment(time),
            position: read_position(message),
            altitude: number(record::ENHANCED_ALTITUDE).or_else(|| number(record::ALTITUDE)),
            distance: number(record::DISTANCE),
            speed: number(record::ENHANCED_SPEED).or_else(|| number(record::SPEED)),
            // A device without a strap says zero.
            heart_rate: number(record::HEART_RATE).map(|rate| rate as u8).filter(|&rate| rate > 0),
            cadence: number(record::CADENCE)
                .map(|cadence| cadence + number(record::FRACTIONAL_CADENCE).unwrap_or(0.0)),
            power: number(record::POWER).map(|power| power as u16),
            temperature: number(record::TEMPERATURE),
            grade: number(record::GRADE),
            resistance: number(record::RESISTANCE),
        };
        if let Some(&[first, second, third]) = message.bytes(COMPRESSED_SPEED_DISTANCE) {
            record.speed =
                record.speed.or(Some(f64::from(u16::from(second & 0x0f) << 8 | u16::from(first)) / 100.0));
            let distance = self.compressed_distance.add(u16::from(third) << 4 | u16::from(second >> 4));
            record.distance = record.distance.or(Some(distance));
        }
        if self.records.len() < MOST_RECORDS {
            records::push(&mut self.records, record);
        }
    }

    /// The activities of this file, in time order; none where it tells of none.
    pub fn finish(mut self) -> Vec<Activity> {
        strength::name(&mut self.sets, &self.titles);
        // Every session is told the plan. So many of them with so long a plan are made up.
        if self.sessions.len() * self.steps.len() > MOST_OTHERS {
            self.steps.clear();
        }
        let steps = &self.steps;
        for lap in &mut self.laps {
            lap.step = lap.step.filter(|&step| usize::from(step) < steps.len());
            lap.name =
                lap.step.and_then(|step| steps.get(usize::from(step))).and_then(|step| step.name.clone());
        }
        let mut remarks = Vec::new();
        remarks.extend(records::made_up_times(records::leave_out_made_up_times(&mut self.records)));
        records::put_in_order(&mut self.records);
        self.beats.tell(&mut self.records);
        self.leave_out_what_is_far_from_records();
        if self.sessions.is_empty() {
            self.sessions.extend(self.rebuilt_session());
            remarks.push("The file has no summary; it was made again from its records".to_owned());
        }
        self.sessions.sort_by_key(|session| session.start);
        let starts: Vec<Time> = self.sessions.iter().map(|session| session.start).collect();
        let mut activities = Vec::with_capacity(starts.len());
        // From the last to the first, each takes what lies after its own start; the first takes the rest.
        for (index, session) in std::mem::take(&mut self.sessions).into_iter().enumerate().rev() {
            let from = starts.get(index).copied().filter(|_| index > 0).unwrap_or(Time::MIN_UTC);
            activities.push(Activity {
                start: session.start,
                utc_offset: self.utc_offset,
                sport: session.sport,
                sub_sport: session.sub_sport,
                title: self.title.clone().unwrap_or_default(),
                elapsed: session.elapsed,
                timer: session.timer,
                totals: session.totals,
                laps: split(&mut self.laps, from, |lap| lap.start),
                records: split(&mut self.records, from, |record| record.time),
                sets: split(&mut self.sets, from, |set| set.start),
                events: split(&mut self.events, from, |event| event.time),
                workout: workout::gathered(self.title.as_deref(), &self.steps),
                zones: self.zones.clone(),
                user: self.user.clone(),
                device: Some(self.device.clone()).filter(|device| *device != Device::default()),
                remarks: remarks.clone(),
                ..Activity::default()
            });
        }
        activities.reverse();
        activities
    }

    /// Summaries and events whose times were made up, by a clock that was not set yet or by damage.
    fn leave_out_what_is_far_from_records(&mut self) {
        let Some((first, last)) = self.records.first().zip(self.records.last()) else { return };
        let (from, until) = (first.time - records::LONGEST, last.time + records::LONGEST);
        let is_near = |time: Time| (from..=until).contains(&time);
        self.sessions.retain(|session| is_near(session.start));
        self.laps.retain(|lap| is_near(lap.start));
        self.sets.retain(|set| is_near(set.start));
        self.events.retain(|event| is_near(event.time));
    }

    /// A session from the first to the last second of records and laps, less the pauses.
    fn rebuilt_session(&self) -> Option<Session> {
        let starts =
            self.records.iter().map(|record| record.time).chain(self.laps.iter().map(|lap| lap.start));
        let ends = self.records.iter().map(|record| record.time).chain(self.laps.iter().map(Lap::end));
        let start = starts.min()?;
        let elapsed = (ends.max()?.max(start) - start).as_seconds_f64();
        let (sport, sub_sport) = self.sport.unwrap_or_default();
        let timer = elapsed - paused(&self.events).min(elapsed);
        Some(Session { start, elapsed, timer, sport, sub_sport, totals: Statistics::default() })
    }
}

/// The distance that very old devices tell in twelve bits of a sixteenth of a metre, which run over.
#[derive(Debug, Default)]
struct CompressedDistance {
    last: Option<u16>,
    total: u64,
}

impl CompressedDistance {
    fn add(&mut self, raw: u16) -> f64 {
        let step = self.last.map_or(raw, |last| raw.wrapping_sub(last) & 0x0fff);
        self.last = Some(raw);
        self.total += u64::from(step);
        self.total as f64 / 16.0
    }
}

/// Takes the items from a moment on out of the list, whatever their order.
fn split<T>(list: &mut Vec<T>, from: Time, time: impl Fn(&T) -> Time) -> Vec<T> {
    if from == Time::MIN_UTC {
        return std::mem::take(list);
    }
    let (later, earlier) = std::mem::take(list).into_iter().partition(|item| time(item) >= from);
    *list = earlier;
    later
}

/// Seconds between each stop of the timer and the next start.
fn paused(events: &[ActivityEvent]) -> f64 {
    let mut total = 0.0;
    let mut stopped: Option<Time> = None;
    for event in events {
        match event.kind {
            EventKind::Start => {
                total += stopped.take().map_or(0.0, |at| (event.time - at).as_seconds_f64().max(0.0));
            }
            EventKind::Stop | EventKind::StopAll => stopped = stopped.or(Some(event.time)),
        }
    }
    total
}

/// A position; none at exactly 0, 0, which receivers without a fix write.
fn read_position(message: &Message<'_>) -> Option<Position> {
    let latitude = record::POSITION_LAT.read(message)?;
    let longitude = record::POSITION_LONG.read(message)?;
    (latitude.abs() <= 90.0 && (latitude != 0.0 || longitude != 0.0))
        .then_some(Position { latitude, longitude })
}

fn read_sport(message: &Message<'_>, sport: Field, sub_sport: Field) -> Option<(Sport, SubSport)> {
    let sport = Sport(sport.read(message)? as u8);
    Some((sport, SubSport(sub_sport.read(message).unwrap_or(0.0) as u8)))
}

fn read_utc_offset(message: &Message<'_>) -> Option<i32> {
    let local = activity_message::LOCAL_TIMESTAMP.read(message)?;
    let offset = local - f64::from(message.timestamp()?);
    (offset.abs() <= 15.0 * 3600.0).then_some(offset as i32)
}

fn read_event(message: &Message<'_>) -> Option<ActivityEvent> {
    if event::EVENT.read(message)? as u8 != code::EVENT_TIMER {
        return None;
    }
    let kind = match event::EVENT_TYPE.read(message)? as u8 {
        code::EVENT_TYPE_START => EventKind::Start,
        code::EVENT_TYPE_STOP | code::EVENT_TYPE_STOP_DISABLE => EventKind::Stop,
        code::EVENT_TYPE_STOP_ALL | code::EVENT_TYPE_STOP_DISABLE_ALL => EventKind::StopAll,
        _ => return None,
    };
    Some(ActivityEvent { time: moment(message.timestamp()?), kind })
}

/// Start, elapsed and timer time of a lap or session, each from the others where it is absent.
fn read_times(message: &Message<'_>, start: Field, elapsed: Field, timer: Field) -> Option<(Time, f64, f64)> {
    let end = message.timestamp().map(moment);
    let elapsed = elapsed.read(message);
    let start = match start.read(message) {
        Some(start) => moment(start as u32),
        None => end? - seconds(elapsed?),
    };
    let timer = timer.read(message);
    let elapsed = elapsed.or(timer).or_else(|| end.map(|end| (end - start).as_seconds_f64().max(0.0)))?;
    Some((start, elapsed, timer.unwrap_or(elapsed)))
}

fn read_lap(message: &Message<'_>) -> Option<Lap> {
    let (start, elapsed, timer) =
        read_times(message, lap::START_TIME, LAP.total_elapsed_time, LAP.total_timer_time)?;
    let trigger = match lap::LAP_TRIGGER.read(message).map(|trigger| trigger as u8) {
        Some(1) => LapTrigger::Time,
        Some(2) => LapTrigger::Distance,
        Some(7) => LapTrigger::SessionEnd,
        _ => LapTrigger::Manual,
    };
    Some(Lap {
        start,
        elapsed,
        timer,
        trigger,
        name: None,
        intensity: lap::INTENSITY.read(message).and_then(workout::intensity),
        step: lap::WKT_STEP_INDEX.read(message).map(|step| step as u16),
        statistics: summary::read(message, &LAP),
    })
}

fn read_session(message: &Message<'_>) -> Option<Session> {
    let (start, elapsed, timer) =
        read_times(message, session::START_TIME, SESSION.total_elapsed_time, SESSION.total_timer_time)?;
    let (sport, sub_sport) = read_sport(message, session::SPORT, session::SUB_SPORT).unwrap_or_default();
    Some(Session { start, elapsed, timer, sport, sub_sport, totals: summary::read(message, &SESSION) })
}
