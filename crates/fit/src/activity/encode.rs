//! Writes an activity file. The order of the messages is the one that Garmin's own devices keep: what made the file,
//! the person and the plan, then everything in time order, then the sets, the session, and the activity.

use std::borrow::Cow;

use baton_core::{
    Activity, ActivityEvent, Device, Error, EventKind, Lap, LapTrigger, Record, Result, Sport, Time,
};

use super::record::RecordWriter;
use super::{strength, summary, workout};
use crate::EncodeOptions;
use crate::profile::{
    Draft, LAP, MESSAGE_INDEX, SESSION, TIMESTAMP, activity as activity_message, code, device_info, event,
    file_creator, file_id, fit_time, lap, session,
};
use crate::wire::Writer;

/// The bytes of a FIT activity file.
///
/// FIT has whole seconds: times are rounded to them, and of several records in one second the first is written. A
/// value that its field cannot hold is left out. An activity from before 1989-12-31 is refused.
pub fn encode(activity: &Activity, options: &EncodeOptions) -> Result<Vec<u8>> {
    if fit_time(activity.start).is_none() || fit_time(activity.end()).is_none() {
        return Err(Error::rejected("FIT cannot tell the time of this activity: it must lie after 1989"));
    }
    let mut writer =
        Writer::new(2048 + activity.records.len() * 40 + (activity.laps.len() + activity.sets.len()) * 160);
    let mut draft = Draft::default();
    let events = TimerEvents::of(activity);

    write_file_id(&mut writer, &mut draft, code::FILE_ACTIVITY, activity.start, &options.device);
    write_event(&mut writer, &mut draft, events.first);
    write_devices(&mut writer, &mut draft, activity, &options.device);
    let steps = workout::steps(activity);
    workout::write(&mut writer, &mut draft, activity, &steps);
    let laps = laps(activity);
    let marks = marks(&events.others, &laps);
    let mut marks = marks.iter().peekable();
    let mut write_mark = |writer: &mut Writer, mark: &Mark<'_>| match mark.what {
        What::Event(event) => write_event(writer, &mut draft, event),
        What::Lap(index, lap) => {
            let step = workout::step_of(activity, index, lap, steps.len());
            write_lap(writer, &mut draft, activity, options, index, lap, step);
        }
    };
    let mut records = RecordWriter::new(&activity.records);
    for record in &activity.records {
        while let Some(mark) = marks.next_if(|mark| mark.is_before(record.time)) {
            write_mark(&mut writer, mark);
        }
        records.write(&mut writer, record);
    }
    for mark in marks {
        write_mark(&mut writer, mark);
    }
    strength::write(&mut writer, &mut draft, &activity.sets);
    write_event(&mut writer, &mut draft, events.last);
    write_session(&mut writer, &mut draft, activity, options, laps.len());
    write_activity(&mut writer, &mut draft, activity);
    Ok(writer.finish())
}

/// Writes file_id and file_creator, with which every kind of file begins.
pub fn write_file_id(writer: &mut Writer, draft: &mut Draft, kind: u8, created: Time, device: &Device) {
    draft
        .set(file_id::TYPE, kind)
        .set(file_id::MANUFACTURER, device.manufacturer)
        .set(file_id::PRODUCT, device.product)
        .set(file_id::SERIAL_NUMBER, device.serial_number)
        .time(file_id::TIME_CREATED, created)
        .text(file_id::PRODUCT_NAME, &device.product_name)
        .write(writer, file_id::NUMBER);
    draft.set(file_creator::SOFTWARE_VERSION, device.software_version).write(writer, file_creator::NUMBER);
}

/// Writes the device_info of what made the file.
pub fn write_creator(writer: &mut Writer, draft: &mut Draft, time: Time, device: &Device) {
    draft
        .time(TIMESTAMP, time)
        .set(device_info::DEVICE_INDEX, 0)
        .set(device_info::MANUFACTURER, device.manufacturer)
        .set(device_info::PRODUCT, device.product)
        .set(device_info::SERIAL_NUMBER, device.serial_number)
        .set(device_info::SOFTWARE_VERSION, device.software_version)
        .set(device_info::SOURCE_TYPE, code::SOURCE_TYPE_LOCAL)
        .text(device_info::PRODUCT_NAME, &device.product_name)
        .write(writer, device_info::NUMBER);
}

/// The creator, and a heart-rate strap where there is heart rate.
fn write_devices(writer: &mut Writer, draft: &mut Draft, activity: &Activity, device: &Device) {
    write_creator(writer, draft, activity.start, device);
    let has_heart_rate = activity.totals.avg_heart_rate.is_some()
        || activity.records.iter().any(|record| record.heart_rate.is_some());
    if has_heart_rate {
        draft
            .time(TIMESTAMP, activity.start)
            .set(device_info::DEVICE_INDEX, 1)
            .set(device_info::DEVICE_TYPE, code::ANTPLUS_HEART_RATE)
            .set(device_info::SOURCE_TYPE, code::SOURCE_TYPE_ANTPLUS)
            .write(writer, device_info::NUMBER);
    }
}

/// The timer's events with the first start and the last stop of everything, which every file has.
struct TimerEvents {
    first: ActivityEvent,
    others: Vec<ActivityEvent>,
    last: ActivityEvent,
}

impl TimerEvents {
    fn of(activity: &Activity) -> TimerEvents {
        let mut others = activity.events.clone();
        others.sort_by_key(|event| event.time);
        let first = match others.first() {
            Some(event) if event.kind == EventKind::Start => others.remove(0),
            _ => ActivityEvent { time: activity.start, kind: EventKind::Start },
        };
        let last = match others.last() {
            Some(&event) if event.kind == EventKind::StopAll => {
                others.pop();
                event
            }
            _ => ActivityEvent { time: activity.end(), kind: EventKind::StopAll },
        };
        TimerEvents { first, others, last }
    }
}

fn write_event(writer: &mut Writer, draft: &mut Draft, event: ActivityEvent) {
    let kind = match event.kind {
        EventKind::Start => code::EVENT_TYPE_START,
        EventKind::Stop => code::EVENT_TYPE_STOP,
        EventKind::StopAll => code::EVENT_TYPE_STOP_ALL,
    };
    draft
        .time(TIMESTAMP, event.time)
        .set(event::EVENT, code::EVENT_TIMER)
        .set(event::EVENT_TYPE, kind)
        .set(event::DATA, 0)
        .set(event::EVENT_GROUP, 0)
        .write(writer, event::NUMBER);
}

/// Something that is written among the records at its time.
struct Mark<'a> {
    time: Time,
    /// In one second: a start, the record, a stop, the end of a lap.
    precedes_record: bool,
    what: What<'a>,
}

#[derive(Clone, Copy)]
enum What<'a> {
    Event(ActivityEvent),
    Lap(usize, &'a Lap),
}

impl Mark<'_> {
    fn is_before(&self, record: Time) -> bool {
        self.time < record || (self.precedes_record && self.time == record)
    }
}

fn marks<'a>(events: &[ActivityEvent], laps: &'a [Lap]) -> Vec<Mark<'a>> {
    let events = events.iter().map(|&event| Mark {
        time: event.time,
        precedes_record: event.kind == EventKind::Start,
        what: What::Event(event),
    });
    let laps = laps.iter().enumerate().map(|(index, lap)| Mark {
        time: lap.end(),
        precedes_record: false,
        what: What::Lap(index, lap),
    });
    let mut marks: Vec<_> = events.chain(laps).collect();
    marks.sort_by_key(|mark| (mark.time, matches!(mark.what, What::Lap(..))));
    marks
}

/// The laps, or one for the whole where there is none: a FIT activity has at least one.
fn laps(activity: &Activity) -> Cow<'_, [Lap]> {
    if !activity.laps.is_empty() {
        return Cow::Borrowed(&activity.laps);
    }
    Cow::Owned(vec![Lap {
        start: activity.start,
        elapsed: activity.elapsed,
        timer: activity.timer,
        trigger: LapTrigger::SessionEnd,
        statistics: activity.totals.clone(),
        ..Lap::default()
    }])
}

fn write_lap(
    writer: &mut Writer,
    draft: &mut Draft,
    activity: &Activity,
    options: &EncodeOptions,
    index: usize,
    lap: &Lap,
    step: Option<u16>,
) {
    draft
        .set(MESSAGE_INDEX, index as f64)
        .time(TIMESTAMP, lap.end())
        .set(lap::EVENT, code::EVENT_LAP)
        .set(lap::EVENT_TYPE, code::EVENT_TYPE_STOP)
        .time(lap::START_TIME, lap.start)
        .put(LAP.total_elapsed_time, Some(lap.elapsed))
        .put(LAP.total_timer_time, Some(lap.timer))
        .set(lap::LAP_TRIGGER, lap.trigger as u8)
        .put(lap::INTENSITY, lap.intensity.map(|intensity| f64::from(intensity as u8)))
        .set(lap::SPORT, activity.sport.0)
        .set(lap::SUB_SPORT, activity.sub_sport.0)
        .put(lap::WKT_STEP_INDEX, step.map(f64::from));
    summary::put_positions(draft, &LAP, records_of(&activity.records, lap.start, lap.end()));
    summary::put(draft, &LAP, &lap.statistics, options.zone_times);
    draft.write(writer, lap::NUMBER);
}

fn records_of(records: &[Record], start: Time, end: Time) -> &[Record] {
    let first = records.partition_point(|record| record.time < start);
    let last = records.partition_point(|record| record.time < end);
    records.get(first..last).unwrap_or_default()
}

fn write_session(
    writer: &mut Writer,
    draft: &mut Draft,
    activity: &Activity,
    options: &EncodeOptions,
    laps: usize,
) {
    draft
        .set(MESSAGE_INDEX, 0)
        .time(TIMESTAMP, activity.end())
        // Garmin's own devices write "lap" and "stop" here, not "session".
        .set(session::EVENT, code::EVENT_LAP)
        .set(session::EVENT_TYPE, code::EVENT_TYPE_STOP)
        .time(session::START_TIME, activity.start)
        .put(SESSION.total_elapsed_time, Some(activity.elapsed))
        .put(SESSION.total_timer_time, Some(activity.timer))
        .set(session::SPORT, activity.sport.0)
        .set(session::SUB_SPORT, activity.sub_sport.0)
        .set(session::FIRST_LAP_INDEX, 0)
        .set(session::NUM_LAPS, laps as f64)
        .set(session::TRIGGER, code::SESSION_TRIGGER_ACTIVITY_END);
    if matches!(activity.sport, Sport::CYCLING | Sport::E_BIKING) {
        let threshold_power = activity.zones.as_ref().and_then(|zones| zones.threshold_power);
        draft.put(session::THRESHOLD_POWER, threshold_power.map(f64::from));
    }
    summary::put_positions(draft, &SESSION, &activity.records);
    summary::put(draft, &SESSION, &activity.totals, options.zone_times);
    draft.write(writer, session::NUMBER);
}

fn write_activity(writer: &mut Writer, draft: &mut Draft, activity: &Activity) {
    let end = fit_time(activity.end()).map(f64::from);
    let local = end.zip(activity.utc_offset).map(|(end, offset)| end + f64::from(offset));
    draft
        .put(TIMESTAMP, end)
        .put(activity_message::TOTAL_TIMER_TIME, Some(activity.timer))
        .set(activity_message::NUM_SESSIONS, 1)
        .set(activity_message::TYPE, code::ACTIVITY_MANUAL)
        .set(activity_message::EVENT, code::EVENT_ACTIVITY)
        .set(activity_message::EVENT_TYPE, code::EVENT_TYPE_STOP)
        .put(activity_message::LOCAL_TIMESTAMP, local)
        .write(writer, activity_message::NUMBER);
}
