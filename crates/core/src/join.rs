//! Joins classes taken back to back into one activity on the real clock: the gap between them stays a pause.

use crate::activity::seconds;
use crate::{Activity, ActivityEvent, Error, EventKind, Lap, LapTrigger, Result, Statistics, Workout};

/// One activity out of several of the same sport, in time order: the first's start, the last's end, the timer stopped in
/// each gap, each class's laps kept, "A + B" as the title.
///
/// # Errors
/// `Bug` without any activity or with different sports.
pub fn join(mut activities: Vec<Activity>) -> Result<Activity> {
    activities.sort_by_key(|activity| activity.start);
    let mut rest = activities.into_iter();
    let mut joined = rest.next().ok_or_else(|| Error::bug("there was nothing to join"))?;
    let Some(second) = rest.next() else { return Ok(joined) };
    own_laps(&mut joined);
    for next in std::iter::once(second).chain(rest) {
        if next.sport != joined.sport {
            return Err(Error::bug("workouts of different sports cannot be joined"));
        }
        append(&mut joined, next);
    }
    joined.original = None;
    Ok(joined)
}

/// Gives each way of lapping at least one lap for this class, so that classes stay apart whichever is chosen.
fn own_laps(activity: &mut Activity) {
    let lap = Lap {
        start: activity.start,
        elapsed: activity.elapsed,
        trigger: LapTrigger::SessionEnd,
        name: Some(activity.title.clone()),
        ..Lap::default()
    };
    if activity.segment_laps.is_empty() {
        activity.segment_laps.push(lap);
    }
}

fn append(joined: &mut Activity, mut next: Activity) {
    own_laps(&mut next);
    let (end, start) = (joined.end(), next.start);
    if start > end {
        joined.events.push(ActivityEvent { time: end, kind: EventKind::Stop });
        joined.events.push(ActivityEvent { time: start, kind: EventKind::Start });
    } else {
        // The first class's last samples give way to the second's first.
        joined.records.retain(|record| record.time < start);
        joined.sets.retain(|set| set.start < start);
    }
    let covered = joined.records.iter().rev().find_map(|record| record.distance);
    let covered = joined.totals.distance.or(covered).unwrap_or(0.0);
    joined.records.extend(next.records.into_iter().map(|mut record| {
        record.distance = record.distance.map(|distance| distance + covered);
        record
    }));
    joined.sets.append(&mut next.sets);
    joined.events.extend(next.events.into_iter().filter(|event| event.time > start));

    let steps = joined.workout.as_ref().map_or(0, |workout| workout.steps.len()) as u16;
    for laps in [&mut next.laps, &mut next.segment_laps, &mut next.target_laps] {
        for lap in laps.iter_mut() {
            lap.step = lap.step.map(|step| step.saturating_add(steps));
        }
    }
    // Targets only where every class has them: a class without would otherwise vanish into its neighbour's last lap.
    if joined.target_laps.is_empty() || next.target_laps.is_empty() {
        joined.target_laps.clear();
    } else {
        joined.target_laps.append(&mut next.target_laps);
    }
    joined.segment_laps.append(&mut next.segment_laps);
    if joined.laps.is_empty() || next.laps.is_empty() {
        joined.laps.clear();
    } else {
        joined.laps.append(&mut next.laps);
    }
    if let Some(workout) = next.workout {
        joined.workout.get_or_insert_with(Workout::default).steps.extend(workout.steps);
    }
    joined.totals = add(&joined.totals, &next.totals);
    joined.elapsed = (start + seconds(next.elapsed) - joined.start).as_seconds_f64().max(joined.elapsed);
    joined.title = format!("{} + {}", joined.title, next.title);
    if let Some(workout) = &mut joined.workout {
        workout.name.clone_from(&joined.title);
    }
    match (&mut joined.instructor, next.instructor) {
        (Some(first), Some(second)) if *first != second => *first = format!("{first}, {second}"),
        (Some(_), _) => {}
        (none, second) => *none = second,
    }
    if !next.notes.is_empty() {
        [joined.notes.as_str(), next.notes.as_str()].join("\n").trim().clone_into(&mut joined.notes);
    }
    joined.zones = joined.zones.take().or(next.zones);
    joined.user = joined.user.take().or(next.user);
    joined.remarks.append(&mut next.remarks);
}

/// Sums what sums; averages and extremes are left to be computed from the records again.
fn add(a: &Statistics, b: &Statistics) -> Statistics {
    fn sum<T: std::ops::Add<Output = T>>(a: Option<T>, b: Option<T>) -> Option<T> {
        match (a, b) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        }
    }
    Statistics {
        distance: sum(a.distance, b.distance),
        work: sum(a.work, b.work),
        calories: a
            .calories
            .map_or(b.calories, |calories| Some(calories.saturating_add(b.calories.unwrap_or(0)))),
        total_cycles: sum(a.total_cycles, b.total_cycles),
        ascent: sum(a.ascent, b.ascent),
        descent: sum(a.descent, b.descent),
        ..Statistics::default()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::clean::{Preferences, clean};
    use crate::{Item, Record, Sport};

    fn class(start: i64, length: i64, title: &str) -> Activity {
        let start = DateTime::from_timestamp(1_700_000_000 + start, 0).unwrap();
        let record = |second: i64| Record {
            time: start + TimeDelta::seconds(second),
            power: Some(100),
            distance: Some(second as f64 * 10.0),
            ..Record::default()
        };
        Activity {
            start,
            sport: Sport::CYCLING,
            title: title.into(),
            elapsed: length as f64,
            totals: Statistics {
                distance: Some(length as f64 * 10.0),
                calories: Some(length as u16),
                ..Statistics::default()
            },
            records: (0..=length).map(record).collect(),
            ..Activity::default()
        }
    }

    #[test]
    fn the_gap_stays_a_pause_on_the_real_clock() {
        let joined = join(vec![class(1214, 600, "B"), class(0, 1200, "A")]).unwrap();
        let (item, repairs) = clean(Item::Activity(Box::new(joined)), &Preferences::default());
        let Item::Activity(activity) = item else { panic!("still an activity") };
        assert_eq!((activity.elapsed, activity.timer), (1814.0, 1800.0));
        assert_eq!(activity.title, "A + B");
        assert_eq!(activity.laps.len(), 2);
        assert_eq!((activity.laps[0].timer, activity.laps[0].elapsed), (1200.0, 1214.0));
        assert_eq!(activity.laps[1].name.as_deref(), Some("B"));
        assert_eq!((activity.totals.distance, activity.totals.calories), (Some(18_000.0), Some(1800)));
        assert_eq!(activity.records.last().and_then(|record| record.distance), Some(18_000.0));
        assert_eq!(activity.events.len(), 4);
        assert!(repairs.is_empty(), "{repairs:?}");
    }

    #[test]
    fn an_overlap_is_cut_and_other_sports_are_refused() {
        let joined = join(vec![class(0, 100, "A"), class(90, 100, "B")]).unwrap();
        assert_eq!(joined.elapsed, 190.0);
        assert!(joined.records.is_sorted_by(|a, b| a.time < b.time));
        let walk = Activity { sport: Sport::WALKING, ..class(300, 100, "C") };
        assert!(join(vec![class(0, 100, "A"), walk]).is_err());
    }
}
