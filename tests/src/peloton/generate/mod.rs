//! Generates workouts of every discipline, with the facts that a converted file must show.
//!
//! The same seed and options always give the same workout. Nothing is taken from a real account.

mod details;
mod graph;
mod history;
mod options;
mod plan;
mod random;
mod recording;
mod strength;
mod targets;
mod track;
mod truth;
mod words;

use std::{ops::Deref, sync::Arc};

use axum::body::Bytes;
use serde_json::Value;

pub use details::{settings, user};
pub use history::{Scenario, benchmark, history, scenarios, stacked_pair};
pub use options::{Athlete, Discipline, Options, Quirk, ThresholdSource, Units};
pub use random::Random;
pub use truth::{LapCounts, SetTruth, SkipTruth, Truth};

use details::Times;
use graph::GraphInput;
use options::Machine;
use recording::{MILE, Recording};

/// A generated workout: what Peloton would answer, and what is true about it.
#[derive(Clone, Debug)]
pub struct Workout {
    pub discipline: Discipline,
    pub options: Options,
    /// `GET /api/workout/{id}`.
    pub workout: Value,
    /// `GET /api/workout/{id}/performance_graph?every_n=1`; shared by workouts that differ only in id and time.
    pub performance_graph: Arc<Document>,
    /// `GET /api/ride/{id}/details`; `None` where Peloton answers 404.
    pub ride_details: Option<Arc<Document>>,
    /// `GET /api/me`.
    pub user: Arc<Value>,
    pub truth: Truth,
}

impl Workout {
    /// The workout's id.
    pub fn id(&self) -> &str {
        self.workout["id"].as_str().unwrap_or_default()
    }

    /// All answers in one value, as `baton convert` reads it: `workout`, `performance_graph`, `ride_details`, `user`.
    pub fn document(&self) -> Value {
        let mut document = serde_json::json!({
            "workout": self.workout, "performance_graph": *self.performance_graph.value(), "user": *self.user,
        });
        if let Some(details) = &self.ride_details {
            document["ride_details"] = details.value().clone();
        }
        document
    }

    /// The same workout done again: other id, other time, the same samples.
    pub fn moved_to(&self, start: i64, random: &mut Random) -> Self {
        let mut moved = self.clone();
        let shift = start - self.truth.start;
        for field in ["created_at", "created", "start_time", "end_time"] {
            if let Some(time) = self.workout[field].as_i64() {
                moved.workout[field] = Value::from(time + shift);
            }
        }
        let created = moved.workout["created_at"].as_i64().unwrap_or(start);
        let offset = details::utc_offset(self.options.time_zone, created);
        moved.workout["device_time_created_at"] = Value::from(created + i64::from(offset));
        moved.workout["id"] = Value::from(random.id());
        moved.workout["peloton_id"] = Value::from(random.id());
        moved.options.start = start;
        moved.truth.start = start;
        moved.truth.end += shift;
        moved.truth.utc_offset = offset;
        moved
    }
}

/// A JSON value together with its bytes, serialised once.
#[derive(Debug)]
pub struct Document {
    value: Value,
    bytes: Bytes,
}

impl Document {
    fn new(value: Value) -> Self {
        let bytes = Bytes::from(value.to_string());
        Self { value, bytes }
    }

    /// The value.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The value as JSON text; cloning shares the memory.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }
}

impl Deref for Document {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.value
    }
}

/// One workout of `discipline`.
pub fn one(discipline: Discipline, seed: u64, options: &Options) -> Workout {
    let random = &mut Random::new(seed ^ (discipline as u64).rotate_left(32));
    let duration = duration(discipline, options, random);
    let exercised = if options.has(Quirk::LeftEarly) || options.has(Quirk::InProgress) {
        duration * 6 / 10
    } else {
        duration
    };
    let plan = plan::class_plan(discipline, duration, random);
    let mut recording = recording::play(discipline, &plan, exercised, &options.athlete, random);
    disturb_heart_rate(&mut recording, options, random);
    let kept = kept_samples(&recording, options, random);

    let pre_roll = details::pedaling_start_offset(discipline);
    let times = times(discipline, options, exercised, pre_roll, random);
    let class = details::class(discipline, duration, options, random);
    let strength = strength_sets(discipline, &plan, exercised, options, random);
    let input = GraphInput {
        discipline,
        options,
        duration,
        pedaling_start_offset: pre_roll,
        plan: &plan,
        recording: &recording,
        kept: &kept,
    };
    let performance_graph = graph::performance_graph(&input, random);
    let no_tracker = Value::Null;
    let tracker = if matches!(discipline, Discipline::Strength | Discipline::Gym) {
        strength.as_ref().map_or(&no_tracker, |it| &it.tracker)
    } else {
        &no_tracker
    };
    let total_work = recording.totals.work.map_or(0.0, |work| (work * 100.0).round() / 100.0);
    let mut workout = details::workout(discipline, options, times, &class, total_work, tracker, random);
    workout["effort_zones"] = performance_graph["effort_zones"].clone();
    let subsegments = strength.as_ref().map_or(&[][..], |it| &it.subsegments);
    let ride_details = details::ride_details(&class, &performance_graph["segment_list"], subsegments)
        .map(|value| Arc::new(Document::new(value)));
    let sets = strength.map_or_else(Vec::new, |it| it.sets);
    let truth = facts(&input, &class, &workout, times, sets);
    Workout {
        discipline,
        options: options.clone(),
        workout,
        performance_graph: Arc::new(Document::new(performance_graph)),
        ride_details,
        user: Arc::new(details::user(&options.athlete)),
        truth,
    }
}

/// Planned length, seconds.
fn duration(discipline: Discipline, options: &Options, random: &mut Random) -> u32 {
    if let Some(minutes) = options.minutes {
        return minutes * 60;
    }
    match discipline {
        Discipline::Meditation | Discipline::Stretching => random.pick(&[300, 600]),
        Discipline::Strength | Discipline::StrengthPlanned | Discipline::Gym => {
            random.pick(&[600, 1200, 1800])
        }
        Discipline::JustRide | Discipline::OutdoorWalk => random.whole(1000, 1900),
        Discipline::PowerZone | Discipline::BikeBootcamp => random.pick(&[1800, 2700]),
        Discipline::Rowing => random.pick(&[600, 1200, 1800]),
        _ => random.pick(&[1200, 1800]),
    }
}

/// The instants that Peloton writes down.
fn times(
    discipline: Discipline,
    options: &Options,
    exercised: u32,
    pre_roll: u32,
    random: &mut Random,
) -> Times {
    let created = options.start - i64::from(pre_roll) - i64::from(random.whole(0, 2));
    let end = options.start + i64::from(exercised);
    if options.has(Quirk::EndTimeNull) || options.has(Quirk::InProgress) {
        return Times { created, start: options.start, end: None };
    }
    if options.has(Quirk::LateStart) {
        let late = match discipline {
            Discipline::Strength | Discipline::StrengthPlanned => random.pick(&[62, 206]),
            Discipline::Meditation => 19,
            _ => 27,
        };
        return Times { created, start: options.start + late, end: Some(end) };
    }
    if options.has(Quirk::LateEnd) {
        return Times { created, start: options.start, end: Some(end + 98) };
    }
    // The machine closes the session a second before the last sample as often as not.
    Times { created, start: options.start, end: Some(end - i64::from(random.whole(0, 1))) }
}

fn disturb_heart_rate(recording: &mut Recording, options: &Options, random: &mut Random) {
    if options.has(Quirk::NoHeartRate) {
        recording.heart_rate = None;
    }
    let Some(readings) = recording.heart_rate.as_mut().filter(|_| options.has(Quirk::HeartRateDropouts))
    else {
        return;
    };
    let begin = readings.len() / 5;
    let end = begin + readings.len() / 6;
    for reading in &mut readings[begin..end] {
        *reading = Some(0);
    }
    for _ in 0..5 {
        let place = random.whole(0, readings.len() as u32 - 1) as usize;
        readings[place] = None;
    }
}

/// Which seconds reached Peloton: all, or with gaps of 2 to 14 s and a beginning at 7. The last one always does.
fn kept_samples(recording: &Recording, options: &Options, random: &mut Random) -> Vec<usize> {
    let all = 0..recording.seconds.len();
    if !options.has(Quirk::SampleGaps) {
        return all.collect();
    }
    let mut kept = Vec::new();
    let mut index = 6;
    while index + 1 < recording.seconds.len() {
        kept.push(index);
        index += if random.chance(0.008) { random.whole(2, 14) as usize } else { 1 };
    }
    kept.push(recording.seconds.len().saturating_sub(1));
    kept
}

/// Strength sets of disciplines that have them: counted by a tracker, or foreseen by the plan of the floor work.
fn strength_sets(
    discipline: Discipline,
    plan: &[plan::Section],
    exercised: u32,
    options: &Options,
    random: &mut Random,
) -> Option<strength::Strength> {
    let is_tracked = matches!(discipline, Discipline::Strength | Discipline::Gym);
    let mut begin = 0;
    let mut spans = Vec::new();
    for section in plan {
        let end = begin + section.length();
        if section.icon == "strength" {
            spans.push((begin, if is_tracked { end.min(exercised) } else { end }));
        }
        begin = end;
    }
    if spans.is_empty() {
        return None;
    }
    let mut strength = strength::sets(&spans, !is_tracked, options, random);
    strength.sets.retain(|set| set.offset < exercised);
    Some(strength)
}

/// What is true, from the model behind the payload.
fn facts(
    input: &GraphInput<'_>,
    class: &details::Class,
    workout: &Value,
    times: Times,
    sets: Vec<SetTruth>,
) -> Truth {
    let (recording, options, discipline) = (input.recording, input.options, input.discipline);
    let offsets: Vec<u32> = input.kept.iter().map(|index| recording.seconds[*index]).collect();
    let last = offsets.last().copied().unwrap_or(0);
    let end = times.end.unwrap_or(0).max(options.start + i64::from(last));
    let elapsed = (end - options.start) as u32;
    let gaps: Vec<(u32, u32)> =
        offsets.windows(2).map(|pair| (pair[0], pair[1])).filter(|(a, b)| b - a > 1).collect();
    let beats: Vec<u32> = recording
        .heart_rate
        .iter()
        .flat_map(|channel| input.kept.iter().filter_map(|index| channel[*index]))
        .filter(|beats| *beats > 0)
        .collect();
    let power: Vec<f64> =
        recording.power.iter().flat_map(|channel| input.kept.iter().map(|index| channel[*index])).collect();
    let mean = |sum: f64, count: usize| (count > 0).then(|| sum / count as f64);
    let positions = recording.track.as_ref().map_or(0, |track| {
        let (first, last) = track.gap;
        track
            .points
            .iter()
            .filter(|point| point.second < first || point.second > last)
            .filter(|point| offsets.binary_search(&point.second).is_ok())
            .count()
    });
    let (sport, sub_sports) = discipline.sport();
    let title = [&class.ride["title"], &workout["title"], &workout["name"]]
        .iter()
        .find_map(|value| value.as_str())
        .unwrap_or_default()
        .to_owned();
    let skip = if options.has(Quirk::InProgress) {
        Some(SkipTruth::InProgress)
    } else if options.has(Quirk::ImportedFromGarmin) || options.has(Quirk::ImportedFromAppleHealth) {
        Some(SkipTruth::Imported)
    } else {
        None
    };
    Truth {
        title,
        instructor: class.instructor.clone(),
        start: options.start,
        end,
        elapsed,
        sport,
        sub_sports,
        gaps,
        distance_meters: recording.totals.distance,
        work_joules: recording.totals.work,
        calories: recording.totals.calories,
        average_heart_rate: mean(f64::from(beats.iter().sum::<u32>()), beats.len()),
        maximum_heart_rate: beats.iter().max().copied(),
        heart_rate_samples: beats.len(),
        average_power: mean(power.iter().sum(), power.len()),
        maximum_power: power.iter().copied().reduce(f64::max).map(|watts| watts.round() as u32),
        ascent_meters: recording.totals.ascent,
        strokes: (discipline.machine() == Machine::Row).then_some(recording.strokes.len() as u32),
        functional_threshold_power: details::true_threshold(discipline, &options.athlete),
        laps: lap_counts(input, elapsed),
        sets,
        positions,
        utc_offset: details::utc_offset(options.time_zone, times.created),
        skip,
        offsets,
    }
}

fn lap_counts(input: &GraphInput<'_>, elapsed: u32) -> LapCounts {
    let discipline = input.discipline;
    let begins = input.plan.iter().scan(0, |offset, section| {
        let begin = *offset;
        *offset += section.length();
        Some(begin)
    });
    let has_segments = discipline.is_class() || discipline == Discipline::ScenicRide;
    let has_targets = targets::has_older_form(discipline) || targets::has_newer_form(discipline);
    let lap_length = match (discipline.machine(), input.options.units) {
        (Machine::Row, _) => 500.0,
        (_, Units::Metric) => 1000.0,
        (_, Units::Imperial) => MILE,
    };
    // Old rows give the distance in hundredths of a mile or kilometre, and laps follow what they give.
    let precision =
        if input.options.has(Quirk::OldRow) && lap_length > 500.0 { lap_length / 100.0 } else { 0.01 };
    LapCounts {
        segments: has_segments.then(|| begins.filter(|begin| *begin < elapsed).count()),
        targets: has_targets.then(|| {
            targets::spans(discipline, input.plan).iter().filter(|span| span.begin < elapsed).count()
        }),
        distance: input
            .recording
            .totals
            .distance
            .map(|meters| ((meters / precision).round() * precision / lap_length).ceil() as usize),
    }
}
