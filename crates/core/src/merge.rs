//! Merges two recordings of one workout into one: each field from whichever device is made for it, on the real clock.
//! `docs/same-activity.md` has it as a table.

use crate::activity::seconds;
use crate::{
    Activity, ActivityEvent, EventKind, Record, Span, Sport, Statistics, SubSport, Time, Zones, laps,
};

/// The part that a recording plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Worn on the body: heart rate, the way, what the air is like.
    Watch,
    /// The bike, the treadmill, the rower, or their computer: what the legs do.
    Machine,
}

impl Part {
    fn other(self) -> Part {
        match self {
            Part::Watch => Part::Machine,
            Part::Machine => Part::Watch,
        }
    }
}

/// What is always taken from one recording as a whole, in its samples and in its sums.
struct Field {
    name: &'static str,
    /// Whose it is where both hold it. `None`: the one that has positions, else the machine.
    part: Option<Part>,
    take: fn(&mut Record, &Record),
    take_sums: fn(&mut Statistics, &Statistics),
}

/// Copies these values as they are.
macro_rules! copy {
    ($($value:ident),+) => { |to, from| { $(to.$value.clone_from(&from.$value);)+ } };
}

/// The places of two of them.
const HEART_RATE: usize = 0;
const POWER: usize = 5;
const FIELDS: [Field; 8] = [
    Field {
        name: "heart rate",
        part: Some(Part::Watch),
        // A strap that found no pulse says 0.
        take: |to, from| to.heart_rate = from.heart_rate.filter(|bpm| *bpm > 0),
        take_sums: copy!(avg_heart_rate, max_heart_rate, min_heart_rate, time_in_heart_rate_zone),
    },
    Field { name: "position", part: Some(Part::Watch), take: copy!(position), take_sums: |_, _| {} },
    Field {
        name: "altitude",
        part: Some(Part::Watch),
        take: copy!(altitude),
        take_sums: copy!(ascent, descent, avg_altitude, max_altitude, min_altitude),
    },
    Field {
        name: "temperature",
        part: Some(Part::Watch),
        take: copy!(temperature),
        take_sums: copy!(avg_temperature, max_temperature),
    },
    Field {
        // Speed and grade go with the distance.
        name: "distance",
        part: None,
        take: copy!(distance, speed, grade),
        take_sums: copy!(distance, avg_speed, max_speed, avg_grade, max_grade),
    },
    Field {
        name: "power",
        part: Some(Part::Machine),
        take: copy!(power),
        take_sums: copy!(
            work,
            avg_power,
            max_power,
            normalized_power,
            intensity_factor,
            training_stress_score,
            time_in_power_zone
        ),
    },
    Field {
        name: "cadence",
        part: Some(Part::Machine),
        take: copy!(cadence),
        take_sums: copy!(avg_cadence, max_cadence, total_cycles, avg_stroke_distance),
    },
    Field { name: "resistance", part: Some(Part::Machine), take: copy!(resistance), take_sums: |_, _| {} },
];

impl Field {
    fn is_in(&self, record: &Record) -> bool {
        let mut taken = Record::default();
        (self.take)(&mut taken, record);
        taken != Record::default()
    }

    fn is_sampled_in(&self, activity: &Activity) -> bool {
        activity.records.iter().any(|record| self.is_in(record))
    }

    fn is_summed_in(&self, activity: &Activity) -> bool {
        let mut taken = Statistics::default();
        (self.take_sums)(&mut taken, &activity.totals);
        taken != Statistics::default()
    }
}

/// Whether a recording has samples of something that the other has none of.
pub fn adds(recording: &Activity, other: &Activity) -> bool {
    FIELDS.iter().any(|field| field.is_sampled_in(recording) && !field.is_sampled_in(other))
}

/// One activity out of two recordings of one workout; it does not matter which comes first, unless nothing tells which
/// of them is the machine's: then the first is.
///
/// The machine's is the one that alone has resistance, else power; else the watch's is the one that alone has positions;
/// else the machine's alone has cadence; else the watch's alone has heart rate. Heart rate, position, altitude and
/// temperature come from the watch, power, cadence and resistance from the machine, distance, speed and grade from the
/// one that has positions, else from the machine. What the one named has not comes from the other; a field is never
/// mixed of both.
///
/// It lasts from the first start to the last end, and the timer stands where neither ran. Every sample stands at its own
/// moment; two of the same second become one, as files keep whole seconds. Sums are those that the recording states
/// whose field they are of; [`crate::clean`] computes the others. Calories, laps, workout steps, sets, title and notes
/// are the machine's, where it has them, and the sport is the one that says more. `remarks` tells what came from where
/// and what was left out; there is no `original`, because nobody wrote such a file yet.
pub fn merge(one: Activity, other: Activity) -> Activity {
    let (watch, machine) = match part_of(&one, &other) {
        Part::Watch => (one, other),
        Part::Machine => (other, one),
    };
    let mut pair = Pair { watch, machine, parts: [None; FIELDS.len()] };
    for recording in [&mut pair.watch, &mut pair.machine] {
        recording.records.sort_by_key(|record| record.time);
        recording.records.dedup_by_key(|record| record.time);
    }
    pair.parts = FIELDS.each_ref().map(|field| pair.source(field));
    pair.merged()
}

/// What `one` is beside `other`.
fn part_of(one: &Activity, other: &Activity) -> Part {
    let only = |has: fn(&Record) -> bool, part: Part| {
        let (one, other) = (one.records.iter().any(has), other.records.iter().any(has));
        (one != other).then(|| if one { part } else { part.other() })
    };
    only(|record| record.resistance.is_some(), Part::Machine)
        .or_else(|| only(|record| record.power.is_some(), Part::Machine))
        .or_else(|| only(|record| record.position.is_some(), Part::Watch))
        .or_else(|| only(|record| record.cadence.is_some(), Part::Machine))
        .or_else(|| only(|record| record.heart_rate.is_some_and(|bpm| bpm > 0), Part::Watch))
        .unwrap_or(Part::Machine)
}

/// The two recordings, and whose each of [`FIELDS`] is.
struct Pair {
    watch: Activity,
    machine: Activity,
    parts: [Option<Part>; FIELDS.len()],
}

impl Pair {
    fn of(&self, part: Part) -> &Activity {
        match part {
            Part::Watch => &self.watch,
            Part::Machine => &self.machine,
        }
    }

    /// Whom a field is taken from; `None` where neither has it.
    fn source(&self, field: &Field) -> Option<Part> {
        let tracked = if self.watch.has_track() { Part::Watch } else { Part::Machine };
        let first = field.part.unwrap_or(tracked);
        let order = [first, first.other()];
        let sampled = order.into_iter().find(|part| field.is_sampled_in(self.of(*part)));
        sampled.or_else(|| order.into_iter().find(|part| field.is_summed_in(self.of(*part))))
    }

    /// The first of both that has something, the machine asked first.
    fn either<T>(&self, has: impl Fn(&Activity) -> Option<T>) -> Option<T> {
        has(&self.machine).or_else(|| has(&self.watch))
    }

    fn merged(&self) -> Activity {
        let (watch, machine) = (&self.watch, &self.machine);
        let mut remarks = [watch.remarks.clone(), machine.remarks.clone()].concat();
        remarks.extend(self.origins());
        remarks.extend(self.left_out());
        let (sport, sub_sport, doubt) = self.sport();
        remarks.extend(doubt);
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
        let lapped = self.lapped();
        let laps = |laps: &[crate::Lap]| {
            let mut laps = laps.to_vec();
            for lap in &mut laps {
                lap.statistics = self.sums_of(lapped, &lap.statistics);
            }
            laps
        };
        let structure = self.of(lapped);
        let span = self.span();
        let mut activity = Activity {
            start: span.start,
            utc_offset: watch.utc_offset.or(machine.utc_offset),
            sport,
            sub_sport,
            title: self.either(|recording| text(&recording.title)).unwrap_or_default(),
            notes: self.notes(),
            instructor: self.either(|recording| recording.instructor.clone()),
            gear: self.either(|recording| recording.gear.clone()),
            elapsed: span.seconds(),
            totals: self.totals(),
            laps: laps(&structure.laps),
            segment_laps: laps(&structure.segment_laps),
            target_laps: laps(&structure.target_laps),
            lap_distance: self.either(|recording| recording.lap_distance),
            records: self.records(),
            sets: self
                .either(|recording| Some(recording.sets.clone()).filter(|sets| !sets.is_empty()))
                .unwrap_or_default(),
            events: self.events(),
            workout: structure.workout.clone(),
            zones: self.zones(),
            user: watch.user.clone().or_else(|| machine.user.clone()),
            device: watch.device.clone().or_else(|| machine.device.clone()),
            original: None,
            remarks,
            timer: 0.0,
        };
        activity.timer = activity.elapsed - laps::paused(&activity, span.start, span.end);
        activity
    }

    /// From the first start to the last end; a recording of no length has neither.
    fn span(&self) -> Span {
        let has_length = |recording: &&Activity| recording.elapsed > 0.0 || !recording.records.is_empty();
        let spans = [&self.machine, &self.watch].into_iter().filter(has_length).map(Activity::span);
        let union = spans.reduce(|one, other| Span::new(one.start.min(other.start), one.end.max(other.end)));
        union.unwrap_or_else(|| self.machine.span())
    }

    fn records(&self) -> Vec<Record> {
        let mut records = Vec::with_capacity(self.watch.records.len().max(self.machine.records.len()));
        let mut watch = self.watch.records.iter().peekable();
        let mut machine = self.machine.records.iter().peekable();
        loop {
            let pair = match (watch.peek(), machine.peek()) {
                (None, None) => return records,
                (Some(one), Some(other)) if one.time.timestamp() == other.time.timestamp() => {
                    (watch.next(), machine.next())
                }
                (Some(one), Some(other)) if one.time > other.time => (None, machine.next()),
                (Some(_), _) => (watch.next(), None),
                (None, Some(_)) => (None, machine.next()),
            };
            let mut record = Record::default();
            for (field, part) in FIELDS.iter().zip(self.parts) {
                let from = match part {
                    Some(Part::Watch) => pair.0,
                    Some(Part::Machine) => pair.1,
                    None => None,
                };
                if let Some(from) = from {
                    (field.take)(&mut record, from);
                }
            }
            // What held nothing but what the other one has better is no sample any more.
            if record != Record::default() {
                let times = [pair.0, pair.1].into_iter().flatten().map(|record| record.time);
                record.time = times.min().unwrap_or_default();
                records.push(record);
            }
        }
    }

    /// When the timer ran in either, from the first moment to the last; where neither ran it stood.
    fn events(&self) -> Vec<ActivityEvent> {
        let mut running = [running(&self.machine), running(&self.watch)].concat();
        running.sort_by_key(|span| span.start);
        let mut events: Vec<ActivityEvent> = Vec::new();
        let mut until: Option<Time> = None;
        for span in running {
            match until {
                Some(end) if span.start <= end => {}
                Some(end) => {
                    events.push(ActivityEvent { time: end, kind: EventKind::Stop });
                    events.push(ActivityEvent { time: span.start, kind: EventKind::Start });
                }
                None => events.push(ActivityEvent { time: span.start, kind: EventKind::Start }),
            }
            until = Some(until.map_or(span.end, |end| end.max(span.end)));
        }
        events.extend(until.map(|time| ActivityEvent { time, kind: EventKind::StopAll }));
        events
    }

    fn totals(&self) -> Statistics {
        let mut totals = Statistics {
            calories: self.either(|recording| recording.totals.calories),
            ..Statistics::default()
        };
        for (field, part) in FIELDS.iter().zip(self.parts) {
            if let Some(part) = part {
                (field.take_sums)(&mut totals, &self.of(part).totals);
            }
        }
        totals
    }

    /// Of what one recording states of a lap, what is of its own fields.
    fn sums_of(&self, part: Part, stated: &Statistics) -> Statistics {
        let ours = part == Part::Machine || self.machine.totals.calories.is_none();
        let mut sums = Statistics { calories: stated.calories.filter(|_| ours), ..Statistics::default() };
        for (field, _) in FIELDS.iter().zip(self.parts).filter(|(_, source)| *source == Some(part)) {
            (field.take_sums)(&mut sums, stated);
        }
        sums
    }

    /// Whose laps and workout steps are taken: they belong together.
    fn lapped(&self) -> Part {
        let tells = |part: &Part| parts_told(self.of(*part)) > 0;
        [Part::Machine, Part::Watch].into_iter().find(tells).unwrap_or(Part::Machine)
    }

    fn notes(&self) -> String {
        let (first, second) = (self.machine.notes.trim(), self.watch.notes.trim());
        match (first, second) {
            ("", notes) | (notes, "") => notes.to_owned(),
            (first, second) if first == second => first.to_owned(),
            (first, second) => format!("{first}\n{second}"),
        }
    }

    /// The sport that says more; where both say something else, the machine's, which knows what it is.
    fn sport(&self) -> (Sport, SubSport, Option<String>) {
        let (watch, machine) = (&self.watch, &self.machine);
        let vague =
            |sport: Sport| [Sport::GENERIC, Sport::TRAINING, Sport::FITNESS_EQUIPMENT].contains(&sport);
        let named = |sport: SubSport| sport != SubSport::GENERIC;
        if watch.sport == machine.sport {
            let sub_sport = if named(machine.sub_sport) { machine.sub_sport } else { watch.sub_sport };
            return (machine.sport, sub_sport, None);
        }
        if vague(machine.sport) && !vague(watch.sport) || machine.sport == Sport::GENERIC {
            return (watch.sport, watch.sub_sport, None);
        }
        let doubt = (!vague(watch.sport)).then(|| {
            let words = |sport: Sport| sport.to_string().replace('_', " ");
            let [wrist, _] = self.names();
            format!("{wrist} says {}; it is kept as {}", words(watch.sport), words(machine.sport))
        });
        (machine.sport, machine.sub_sport, doubt)
    }

    /// Bounds and thresholds, each from whom the values come that they are of.
    fn zones(&self) -> Option<Zones> {
        let of = |field: usize, part: Part| {
            let first = self.parts[field].unwrap_or(part);
            [first, first.other()].into_iter().find_map(|part| self.of(part).zones.clone())
        };
        let (heart_rate, power) = (of(HEART_RATE, Part::Watch)?, of(POWER, Part::Machine)?);
        Some(Zones { threshold_power: power.threshold_power, power: power.power, ..heart_rate })
    }

    /// What the person knows the two by: the device, else the title.
    fn names(&self) -> [String; 2] {
        let name = |recording: &Activity| {
            let device = recording.device.as_ref().map(|device| device.product_name.clone());
            let quoted = Some(&recording.title).filter(|title| !title.is_empty());
            device
                .filter(|name| !name.is_empty())
                .or_else(|| quoted.map(|title| format!("“{title}”")))
                .unwrap_or_default()
        };
        match [name(&self.watch), name(&self.machine)] {
            [watch, machine] if watch != machine && !watch.is_empty() && !machine.is_empty() => {
                [watch, machine]
            }
            _ => ["the watch".to_owned(), "the machine".to_owned()],
        }
    }

    /// “heart rate and position are from Forerunner 265; power and cadence from “Pop Ride””
    fn origins(&self) -> Option<String> {
        let [watch, machine] = self.names();
        let of = |part: Part| {
            let fields = FIELDS.iter().zip(self.parts);
            let taken =
                fields.filter(|(field, source)| *source == Some(part) && field.is_sampled_in(self.of(part)));
            list(&taken.map(|(field, _)| field.name).collect::<Vec<_>>())
        };
        let told = [(of(Part::Watch), watch), (of(Part::Machine), machine)];
        let told: Vec<String> =
            told.into_iter().filter_map(|(fields, name)| Some(format!("{} from {name}", fields?))).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// What both have and only one of them gives.
    fn left_out(&self) -> Vec<String> {
        let [watch, machine] = self.names();
        let mut remarks = Vec::new();
        for (part, name) in [(Part::Watch, watch), (Part::Machine, machine)] {
            let recording = self.of(part);
            let fields = FIELDS
                .iter()
                .zip(self.parts)
                .filter(|(field, source)| *source == Some(part.other()) && field.is_sampled_in(recording));
            let mut left: Vec<String> = fields.map(|(field, _)| field.name.to_owned()).collect();
            if self.lapped() != part && parts_told(recording) > 0 {
                left.push(format!("{} laps", parts_told(recording)));
                left.extend(recording.workout.is_some().then(|| "the planned workout".to_owned()));
            }
            if part == Part::Watch && !recording.sets.is_empty() && !self.machine.sets.is_empty() {
                left.push(format!("{} sets", recording.sets.len()));
            }
            let left: Vec<&str> = left.iter().map(String::as_str).collect();
            remarks.extend(list(&left).map(|left| format!("left out of {name}: {left}")));
        }
        remarks
    }
}

/// How many parts a recording tells apart; none where it is one lap and nothing was planned.
fn parts_told(recording: &Activity) -> usize {
    let Activity { laps, segment_laps, target_laps, workout, .. } = recording;
    let steps = workout.as_ref().map_or(0, |workout| workout.steps.len());
    let several = if laps.len() > 1 { laps.len() } else { 0 };
    several.max(segment_laps.len()).max(target_laps.len()).max(steps)
}

/// When the timer of a recording ran. A stop that no start follows is its end.
fn running(recording: &Activity) -> Vec<Span> {
    if recording.elapsed <= 0.0 {
        return Vec::new();
    }
    let end = recording.start + seconds(recording.elapsed);
    let mut events: Vec<&ActivityEvent> =
        recording.events.iter().filter(|event| event.time > recording.start && event.time < end).collect();
    events.sort_by_key(|event| event.time);
    let mut spans = Vec::new();
    let (mut since, mut stopped) = (recording.start, None);
    for event in events {
        match (event.kind, stopped) {
            (EventKind::Stop | EventKind::StopAll, None) => stopped = Some(event.time),
            (EventKind::Start, Some(time)) => {
                spans.push(Span::new(since, time));
                (since, stopped) = (event.time, None);
            }
            _ => {}
        }
    }
    spans.push(Span::new(since, end));
    spans
}

/// “a, b and c”
fn list(words: &[&str]) -> Option<String> {
    let (last, rest) = words.split_last()?;
    Some(if rest.is_empty() { (*last).to_owned() } else { format!("{} and {last}", rest.join(", ")) })
}

#[cfg(test)]
mod tests;
