//! Which laps an activity gets: the class's sections, its targets, or even distances; always at least one, and always
//! from the first to the last second.

use serde::{Deserialize, Serialize};

use crate::activity::seconds;
use crate::{Activity, EventKind, Lap, LapTrigger, Time};

/// How laps are chosen. The person's preference; `Auto` fits most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum LapStyle {
    /// Laps that the source recorded, else targets, else sections, else distance.
    #[default]
    Auto,
    Segments,
    Targets,
    Distance,
    /// One lap
    None,
}

/// Gives the activity its laps by `style`. Where a style has nothing to go by, the activity gets one lap.
pub fn choose(activity: &mut Activity, style: LapStyle) {
    let segments = std::mem::take(&mut activity.segment_laps);
    let targets = std::mem::take(&mut activity.target_laps);
    let recorded = std::mem::take(&mut activity.laps);
    let laps = match style {
        LapStyle::Auto => [recorded, targets, segments]
            .into_iter()
            .find(|laps| !laps.is_empty())
            .unwrap_or_else(|| by_distance(activity)),
        LapStyle::Segments => segments,
        LapStyle::Targets => targets,
        LapStyle::Distance => by_distance(activity),
        LapStyle::None => Vec::new(),
    };
    activity.laps = cover(laps, activity);
}

/// Laps of even distance, the last one shorter; empty without distance.
fn by_distance(activity: &Activity) -> Vec<Lap> {
    let length = activity.lap_distance.filter(|length| *length >= 10.0).unwrap_or(1000.0);
    let mut laps = Vec::new();
    let mut start = activity.start;
    let mut last: Option<(Time, f64)> = None;
    for record in &activity.records {
        let Some(distance) = record.distance else { continue };
        // A sample can be behind more than one mark only where the data is absurd; a lap of no length helps nobody.
        let mark = (laps.len() + 1) as f64 * length;
        if distance >= mark {
            let crossed = match last {
                Some((time, before)) if distance > before => {
                    let share = (mark - before) / (distance - before);
                    time + seconds((record.time - time).as_seconds_f64() * share.clamp(0.0, 1.0))
                }
                _ => record.time,
            };
            // Whole seconds, as FIT keeps them.
            let crossed = seconds_floor(crossed).max(start);
            laps.push(Lap {
                start,
                elapsed: (crossed - start).as_seconds_f64(),
                trigger: LapTrigger::Distance,
                ..Lap::default()
            });
            start = crossed;
        }
        last = Some((record.time, distance));
    }
    if !laps.is_empty() && start < activity.end() {
        let elapsed = (activity.end() - start).as_seconds_f64();
        laps.push(Lap { start, elapsed, trigger: LapTrigger::SessionEnd, ..Lap::default() });
    }
    laps
}

fn seconds_floor(time: Time) -> Time {
    chrono::DateTime::from_timestamp(time.timestamp(), 0).unwrap_or(time)
}

/// Makes laps lie end to end over the whole activity: sorted, cut at both ends, each as long as until the next one.
fn cover(mut laps: Vec<Lap>, activity: &Activity) -> Vec<Lap> {
    let (start, end) = (activity.start, activity.end());
    laps.sort_by_key(|lap| lap.start);
    laps.retain(|lap| lap.start < end && lap.end() > start);
    laps.dedup_by_key(|lap| lap.start);
    if laps.is_empty() {
        laps.push(Lap { trigger: LapTrigger::SessionEnd, ..Lap::default() });
    }
    let starts: Vec<Time> = laps.iter().skip(1).map(|lap| lap.start).chain([end]).collect();
    for (index, (lap, next)) in laps.iter_mut().zip(starts).enumerate() {
        if index == 0 {
            lap.start = start;
        }
        lap.elapsed = (next - lap.start).as_seconds_f64();
        lap.timer = lap.elapsed - paused(activity, lap.start, next);
    }
    laps
}

/// Seconds between `from` and `until` in which the timer stood, by the activity's events.
pub fn paused(activity: &Activity, from: Time, until: Time) -> f64 {
    let mut stopped: Option<Time> = None;
    let mut sum = 0.0;
    for event in &activity.events {
        match event.kind {
            EventKind::Stop | EventKind::StopAll => stopped = stopped.or(Some(event.time)),
            EventKind::Start => {
                if let Some(time) = stopped.take() {
                    sum += (event.time.min(until) - time.max(from)).as_seconds_f64().max(0.0);
                }
            }
        }
    }
    sum.min((until - from).as_seconds_f64())
}
