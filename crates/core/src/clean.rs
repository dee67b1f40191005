//! Puts right what recordings get wrong, between fetching and encoding: [`clean`] is pure and tells what it repaired.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::activity::seconds;
use crate::laps::{self, LapStyle};
use crate::{Activity, ActivityEvent, EventKind, Item, Span, Statistics, Zones, statistics};

/// What the person prefers, as far as cleaning is concerned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    pub laps: LapStyle,
}

/// What was repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepairKind {
    HeartRate,
    Power,
    Cadence,
    Speed,
    Altitude,
    Temperature,
    Position,
    Distance,
    RecordOrder,
    OutsideSpan,
    SetOutsideSpan,
}

/// A repair and how many values it touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    pub kind: RepairKind,
    pub count: u32,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, many) = (self.count, if self.count == 1 { "" } else { "s" });
        match self.kind {
            RepairKind::HeartRate => write!(f, "left out {count} impossible heart rate{many}"),
            RepairKind::Power => write!(f, "left out {count} impossible power value{many}"),
            RepairKind::Cadence => write!(f, "left out {count} impossible cadence value{many}"),
            RepairKind::Speed => write!(f, "left out {count} impossible speed{many}"),
            RepairKind::Altitude => write!(f, "left out {count} impossible altitude{many}"),
            RepairKind::Temperature => write!(f, "left out {count} impossible temperature{many}"),
            RepairKind::Position => write!(f, "left out {count} impossible position{many}"),
            RepairKind::Distance => write!(f, "left out {count} distance{many} that ran backwards"),
            RepairKind::RecordOrder => {
                write!(f, "left out {count} sample{many} of a moment that was already there")
            }
            RepairKind::OutsideSpan => write!(f, "left out {count} sample{many} from before the start"),
            RepairKind::SetOutsideSpan => write!(f, "left out {count} set{many} from outside the workout"),
        }
    }
}

/// Counts repairs by kind.
#[derive(Default)]
struct Repairs(Vec<Repair>);

impl Repairs {
    fn add(&mut self, kind: RepairKind, count: usize) {
        if count == 0 {
            return;
        }
        match self.0.iter_mut().find(|repair| repair.kind == kind) {
            Some(repair) => repair.count += count as u32,
            None => self.0.push(Repair { kind, count: count as u32 }),
        }
    }

    /// Empties the field where `keep` refuses its value.
    fn keep<T: Copy>(&mut self, kind: RepairKind, field: &mut Option<T>, keep: impl FnOnce(T) -> bool) {
        if let Some(value) = *field
            && !keep(value)
        {
            *field = None;
            self.add(kind, 1);
        }
    }
}

/// Repairs an item and completes it: impossible values left out, records in order and inside the activity, laps chosen
/// and covering everything, timer events at both ends, and every statistic that the source did not state computed
/// from the records. What a source states is kept.
pub fn clean(item: Item, preferences: &Preferences) -> (Item, Vec<Repair>) {
    let mut repairs = Repairs::default();
    let item = match item {
        Item::Activity(mut activity) => {
            clean_activity(&mut activity, preferences, &mut repairs);
            Item::Activity(activity)
        }
        other @ (Item::Body(_) | Item::BloodPressure(_)) => other,
    };
    (item, repairs.0)
}

fn clean_activity(activity: &mut Activity, preferences: &Preferences, repairs: &mut Repairs) {
    clean_records(activity, repairs);
    if let Some(last) = activity.records.last() {
        activity.elapsed = activity.elapsed.max((last.time - activity.start).as_seconds_f64());
    }
    if !activity.elapsed.is_finite() || activity.elapsed < 0.0 {
        activity.elapsed = 0.0;
    }
    clean_events(activity);
    activity.timer = activity.elapsed - laps::paused(activity, activity.start, activity.end());
    clean_sets(activity, repairs);
    laps::choose(activity, preferences.laps);
    complete_statistics(activity);
}

/// Limits of what a body and a bicycle can do, as the field's older hubs have found them in real files
/// (tapiriik: heart rate 15 to 300, power to 5000 W).
fn clean_records(activity: &mut Activity, repairs: &mut Repairs) {
    let start = activity.start;
    let before = activity.records.len();
    activity.records.retain(|record| record.time >= start);
    repairs.add(RepairKind::OutsideSpan, before - activity.records.len());
    if !activity.records.is_sorted_by_key(|record| record.time) {
        activity.records.sort_by_key(|record| record.time);
    }
    let before = activity.records.len();
    activity.records.dedup_by_key(|record| record.time);
    repairs.add(RepairKind::RecordOrder, before - activity.records.len());

    let mut furthest = 0.0_f64;
    for record in &mut activity.records {
        repairs.keep(RepairKind::HeartRate, &mut record.heart_rate, |bpm| (15..=250).contains(&bpm));
        repairs.keep(RepairKind::Power, &mut record.power, |watts| watts <= 5000);
        repairs.keep(RepairKind::Cadence, &mut record.cadence, |rpm| (0.0..=254.0).contains(&rpm));
        repairs.keep(RepairKind::Speed, &mut record.speed, |speed| (0.0..=65.0).contains(&speed));
        repairs
            .keep(RepairKind::Altitude, &mut record.altitude, |metres| (-500.0..=9000.0).contains(&metres));
        repairs.keep(RepairKind::Temperature, &mut record.temperature, |degrees| {
            (-60.0..=80.0).contains(&degrees)
        });
        repairs.keep(RepairKind::Position, &mut record.position, |position| {
            position.latitude.abs() <= 90.0
                && position.longitude.abs() <= 180.0
                && (position.latitude, position.longitude) != (0.0, 0.0)
        });
        repairs.keep(RepairKind::Distance, &mut record.distance, |metres| {
            metres.is_finite() && metres >= furthest
        });
        furthest = record.distance.unwrap_or(furthest);
        record.grade = record.grade.filter(|grade| (-100.0..=100.0).contains(grade));
        record.resistance = record.resistance.filter(|share| (0.0..=100.0).contains(share));
    }
}

/// Timer events in order, a start at the start and one last stop at the end.
fn clean_events(activity: &mut Activity) {
    let (start, end) = (activity.start, activity.end());
    let mut events = std::mem::take(&mut activity.events);
    events.retain(|event| event.time > start && event.time < end && event.kind != EventKind::StopAll);
    events.sort_by_key(|event| event.time);
    // Only changes of state count: running at first, then stop, start, stop …
    let mut running = true;
    events.retain(|event| {
        let starts = event.kind == EventKind::Start;
        let changes = starts != running;
        running = starts;
        changes
    });
    activity.events = Vec::with_capacity(events.len() + 2);
    activity.events.push(ActivityEvent { time: start, kind: EventKind::Start });
    activity.events.append(&mut events);
    activity.events.push(ActivityEvent { time: end, kind: EventKind::StopAll });
}

fn clean_sets(activity: &mut Activity, repairs: &mut Repairs) {
    let (start, end) = (activity.start, activity.end());
    let before = activity.sets.len();
    activity.sets.retain(|set| set.start >= start && set.start < end && set.duration.is_finite());
    repairs.add(RepairKind::SetOutsideSpan, before - activity.sets.len());
    activity.sets.sort_by_key(|set| set.start);
    for set in &mut activity.sets {
        set.duration = set.duration.clamp(0.0, (end - set.start).as_seconds_f64());
    }
}

fn complete_statistics(activity: &mut Activity) {
    let zones = activity.zones.clone().unwrap_or_default();
    let span = activity.span();
    let computed = statistics::of(&activity.records, &span);
    complete(&mut activity.totals, &computed, activity.timer, &zones);
    if activity.totals.time_in_heart_rate_zone.is_empty() && activity.totals.time_in_power_zone.is_empty() {
        (activity.totals.time_in_heart_rate_zone, activity.totals.time_in_power_zone) =
            statistics::time_in_zones(&activity.records, &span, &zones);
    }
    let only = activity.laps.len() == 1;
    let totals = activity.totals.clone();
    for lap in &mut activity.laps {
        if only {
            lap.statistics = totals.clone();
            continue;
        }
        let span = Span::new(lap.start, lap.start + seconds(lap.elapsed));
        complete(&mut lap.statistics, &statistics::of(&activity.records, &span), lap.timer, &zones);
    }
    share_calories(activity);
}

/// Fills what `stated` leaves open. Average speed is distance over timer time, so that the three agree.
fn complete(stated: &mut Statistics, computed: &Statistics, timer: f64, zones: &Zones) {
    macro_rules! fill {
        ($($field:ident),*) => { $(if stated.$field.is_none() { stated.$field = computed.$field; })* };
    }
    fill!(
        distance,
        work,
        max_speed,
        avg_heart_rate,
        max_heart_rate,
        min_heart_rate,
        avg_power,
        max_power,
        normalized_power,
        avg_cadence,
        max_cadence,
        total_cycles,
        ascent,
        descent,
        avg_altitude,
        max_altitude,
        min_altitude,
        avg_grade,
        max_grade,
        avg_temperature,
        max_temperature
    );
    if stated.avg_speed.is_none() {
        stated.avg_speed = match stated.distance {
            Some(distance) if timer > 0.0 && distance > 0.0 => Some(distance / timer),
            _ => computed.avg_speed,
        };
    }
    if let (Some(average), Some(highest)) = (stated.avg_speed, stated.max_speed) {
        stated.max_speed = Some(highest.max(average));
    }
    if let (Some(power), Some(threshold)) = (stated.normalized_power, zones.threshold_power)
        && let Some((intensity, stress)) = statistics::training_stress(power, threshold, timer)
    {
        stated.intensity_factor.get_or_insert(intensity);
        stated.training_stress_score.get_or_insert(stress);
    }
}

/// Spreads the session's calories over the laps, by work where all laps have it and by time otherwise; the laps' sum is
/// the session's number.
fn share_calories(activity: &mut Activity) {
    let Some(calories) = activity.totals.calories else { return };
    if activity.laps.iter().any(|lap| lap.statistics.calories.is_some()) {
        return;
    }
    let work: Option<Vec<f64>> = activity.laps.iter().map(|lap| lap.statistics.work).collect();
    let shares = match work {
        Some(work) if work.iter().sum::<f64>() > 0.0 => work,
        _ => activity.laps.iter().map(|lap| lap.timer).collect(),
    };
    let whole: f64 = shares.iter().sum();
    if whole <= 0.0 {
        return;
    }
    let (mut given, mut sum) = (0.0, 0.0);
    for (lap, share) in activity.laps.iter_mut().zip(shares) {
        sum += share;
        let until_here = (f64::from(calories) * sum / whole).round();
        lap.statistics.calories = Some((until_here - given) as u16);
        given = until_here;
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::{Lap, Position, Record, Set, Sport};

    fn ride() -> Activity {
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let record = |second: i64| Record {
            time: start + TimeDelta::seconds(second),
            heart_rate: Some(120),
            power: Some(150),
            distance: Some(second as f64 * 8.0),
            ..Record::default()
        };
        Activity {
            start,
            sport: Sport::CYCLING,
            elapsed: 600.0,
            totals: Statistics { calories: Some(101), distance: Some(5000.0), ..Statistics::default() },
            records: (0..=600).map(record).collect(),
            ..Activity::default()
        }
    }

    fn cleaned(activity: Activity, style: LapStyle) -> (Activity, Vec<Repair>) {
        match clean(Item::Activity(Box::new(activity)), &Preferences { laps: style }) {
            (Item::Activity(activity), repairs) => (*activity, repairs),
            _ => unreachable!("an activity stays one"),
        }
    }

    #[test]
    fn impossible_values_are_left_out_and_told() {
        let mut activity = ride();
        activity.records[3].heart_rate = Some(0);
        activity.records[4].power = Some(6000);
        activity.records[5].position = Some(Position { latitude: 0.0, longitude: 0.0 });
        activity.records[6].distance = Some(1.0);
        activity.records.swap(10, 11);
        let copy = activity.records[20];
        activity.records.push(copy);
        activity.records.push(Record { time: activity.start - TimeDelta::seconds(9), ..copy });
        let (activity, repairs) = cleaned(activity, LapStyle::Auto);
        let kinds: Vec<RepairKind> = repairs.iter().map(|repair| repair.kind).collect();
        assert_eq!(kinds.len(), 6, "{kinds:?}");
        assert_eq!(activity.records.len(), 601);
        assert!(activity.records.is_sorted_by(|a, b| a.time < b.time));
        assert_eq!(activity.records[3].heart_rate, None);
    }

    #[test]
    fn what_the_source_states_is_kept_and_the_rest_computed() {
        let (activity, repairs) = cleaned(ride(), LapStyle::Auto);
        assert!(repairs.is_empty());
        assert_eq!(activity.totals.distance, Some(5000.0));
        assert_eq!((activity.totals.avg_heart_rate, activity.totals.avg_power), (Some(120), Some(150)));
        assert_eq!(activity.timer, 600.0);
        assert_eq!(activity.events.len(), 2);
    }

    #[test]
    fn laps_cover_first_to_last_second() {
        let mut activity = ride();
        let start = activity.start;
        let lap = |from: i64, length: f64| Lap {
            start: start + TimeDelta::seconds(from),
            elapsed: length,
            ..Lap::default()
        };
        // Begins late, leaves a hole, reaches beyond the end.
        activity.segment_laps = vec![lap(10, 100.0), lap(200, 300.0), lap(500, 900.0), lap(700, 5.0)];
        let (activity, _) = cleaned(activity, LapStyle::Auto);
        assert_eq!(activity.laps.len(), 3);
        assert_eq!(activity.laps[0].start, activity.start);
        assert_eq!(activity.laps[2].end(), activity.end());
        assert!(activity.laps.windows(2).all(|pair| pair[0].end() == pair[1].start));
        let sum = |field: fn(&Lap) -> f64| activity.laps.iter().map(field).sum::<f64>();
        assert_eq!(sum(|lap| lap.timer), activity.timer);
        assert_eq!(sum(|lap| f64::from(lap.statistics.calories.unwrap())), 101.0);
        assert!(activity.laps.iter().all(|lap| lap.statistics.avg_power == Some(150)));
    }

    #[test]
    fn distance_laps_are_exact_and_one_lap_is_always_there() {
        let (activity, _) = cleaned(Activity { lap_distance: Some(1609.344), ..ride() }, LapStyle::Distance);
        assert_eq!(activity.laps.len(), 3);
        assert!((activity.laps[0].statistics.distance.unwrap() - 1609.344).abs() < 8.0);
        let (activity, _) = cleaned(Activity { records: Vec::new(), ..ride() }, LapStyle::Distance);
        assert_eq!((activity.laps.len(), activity.laps[0].elapsed), (1, 600.0));
    }

    #[test]
    fn pauses_leave_the_timer() {
        let mut activity = ride();
        let event =
            |second: i64, kind| ActivityEvent { time: activity.start + TimeDelta::seconds(second), kind };
        activity.events = vec![event(100, EventKind::Stop), event(160, EventKind::Start)];
        activity.sets =
            vec![Set { start: activity.start + TimeDelta::seconds(590), duration: 60.0, ..Set::default() }];
        let (activity, _) = cleaned(activity, LapStyle::None);
        assert_eq!((activity.elapsed, activity.timer, activity.laps[0].timer), (600.0, 540.0, 540.0));
        assert_eq!(activity.sets[0].duration, 10.0);
        let again = cleaned(activity.clone(), LapStyle::Auto).0;
        assert_eq!(again, activity, "cleaning what is clean changes nothing");
    }
}
