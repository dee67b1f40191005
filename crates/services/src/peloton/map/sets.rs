//! Strength sets: as the movement tracker counted them, else as the class plan has them; with rests between.

use baton_core::units::rounded;
use baton_core::{Set, SetKind, activity::seconds};

use super::time::Clock;
use super::{movements, units};
use crate::peloton::wire::{MovementWeight, RepetitionSummary, RideDetails, Segment, Subsegment, Workout};

/// A shorter time between two sets is no rest, s.
const SHORTEST_REST: f64 = 5.0;

/// A set and where it lies, in seconds from second 0.
struct Placed {
    begin: f64,
    length: f64,
    set: Set,
}

/// The sets in time order. What the tracker counted goes before the plan, which knows no repetitions and no weights.
/// Sets that would begin after the end are left out, and the last is cut there.
pub fn sets(workout: &Workout, details: Option<&RideDetails>, clock: Clock) -> Vec<Set> {
    let tracked = tracked(workout);
    let mut placed = if tracked.is_empty() { details.map(planned).unwrap_or_default() } else { tracked };
    placed.retain(|placed| placed.begin < clock.elapsed && placed.length > 0.0);
    placed.sort_by(|a, b| a.begin.total_cmp(&b.begin));
    let mut sets: Vec<Set> = Vec::with_capacity(placed.len() * 2);
    let mut end: Option<f64> = None;
    for Placed { begin, length, set } in placed {
        if let Some(end) = end
            && begin - end > SHORTEST_REST
        {
            sets.push(Set {
                start: clock.start + seconds(end),
                duration: begin - end,
                kind: SetKind::Rest,
                ..Set::default()
            });
        }
        let duration = length.min(clock.elapsed - begin);
        end = Some(begin + duration);
        sets.push(Set { start: clock.start + seconds(begin), duration, ..set });
    }
    sets
}

/// Whether the movement tracker counted anything.
pub fn has_tracked(workout: &Workout) -> bool {
    !rows(workout).is_empty()
}

fn rows(workout: &Workout) -> &[RepetitionSummary] {
    let tracker = workout.movement_tracker_data.0.as_ref();
    let summary = tracker.and_then(|tracker| tracker.completed_movements_summary_data.0.as_ref());
    summary.map(|summary| summary.repetition_summary_data.0.as_slice()).unwrap_or_default()
}

fn tracked(workout: &Workout) -> Vec<Placed> {
    rows(workout).iter().filter_map(tracked_set).collect()
}

fn tracked_set(row: &RepetitionSummary) -> Option<Placed> {
    if !movements::is_exercise(row.movement_id.get(), row.movement_name.get()) {
        return None;
    }
    let begin = row.offset.within(0.0, 1e6)?;
    let slot = row.length.positive();
    let is_timed = row.tracking_type.get().is_some_and(|tracking| tracking.starts_with("time_"));
    // A hold may end before its time in the class does.
    let held =
        row.completed_duration.positive().filter(|held| is_timed && slot.is_none_or(|slot| *held <= slot));
    let length = held.or(slot).or(row.completed_duration.positive())?;
    // Rounds and seconds stand in the same place as repetitions and are none.
    let is_counted =
        row.is_hold.0 != Some(true) && !row.tracking_type.is("time_based") && !row.tracking_type.is("rounds");
    let counted = row.completed_reps.0.or(row.completed_number.0).filter(|_| is_counted);
    let repetitions = counted.and_then(|count| rounded(count, 0.0, 2000.0)).map(|count| count as u16);
    let weight = weight(&row.weight.0);
    let implements = implements(weight, repetitions, row);
    let (category, exercise) = movements::exercise(row.movement_name.get());
    let set = Set {
        repetitions,
        weight,
        implements,
        category: Some(category),
        exercise,
        name: row.movement_name.get().map(str::to_owned),
        ..Set::default()
    };
    Some(Placed { begin, length, set })
}

/// kg of one dumbbell. Where the weight was changed within the set, the mean, so that repetitions times weight stay what
/// was lifted.
fn weight(weights: &[MovementWeight]) -> Option<f64> {
    let kilograms: Vec<f64> = weights
        .iter()
        .filter_map(|weight| {
            let data = weight.weight_data.0.as_ref()?;
            let factor = units::kilograms_in(data.weight_unit.get())?;
            data.weight_value.positive().map(|value| value * factor).filter(|kilograms| *kilograms <= 1000.0)
        })
        .collect();
    (!kilograms.is_empty()).then(|| kilograms.iter().sum::<f64>() / kilograms.len() as f64)
}

/// How many dumbbells were held. Peloton gives the weight of one and the volume of all: the volume of a pair is twice
/// repetitions times weight (philosowaffle/peloton-to-garmin#727).
fn implements(weight: Option<f64>, repetitions: Option<u16>, row: &RepetitionSummary) -> Option<u8> {
    let unit = row.weight.0.iter().find_map(|weight| weight.weight_data.0.as_ref());
    let factor = units::kilograms_in(unit.and_then(|data| data.weight_unit.get()))?;
    let lifted = weight? * f64::from(repetitions.filter(|count| *count > 0)?);
    let ratio = row.total_volume.positive()? * factor / lifted;
    [1_u8, 2].into_iter().find(|count| (ratio - f64::from(*count)).abs() < 0.15 * f64::from(*count))
}

/// The movements of the plan. Those that share one entry share its time evenly.
fn planned(details: &RideDetails) -> Vec<Placed> {
    let segments =
        details.segments.0.as_ref().map(|segments| segments.segment_list.0.as_slice()).unwrap_or_default();
    let on_the_floor =
        |segment: &&Segment| segment.metrics_type.get().is_none_or(|kind| kind.eq_ignore_ascii_case("floor"));
    segments
        .iter()
        .filter(on_the_floor)
        .flat_map(|segment| &segment.subsegments_v2.0)
        .flat_map(planned_sets)
        .collect()
}

fn planned_sets(subsegment: &Subsegment) -> Vec<Placed> {
    let (Some(begin), Some(length)) = (subsegment.offset.within(0.0, 1e6), subsegment.length.positive())
    else {
        return Vec::new();
    };
    let movements: Vec<_> = subsegment
        .movements
        .0
        .iter()
        .filter(|movement| movement.is_rest.0 != Some(true))
        .filter(|movement| movements::is_exercise(movement.id.get(), movement.name.get()))
        .collect();
    let share = if movements.len() > 1 { (length / movements.len() as f64).floor() } else { length };
    movements
        .into_iter()
        .enumerate()
        .map(|(index, movement)| {
            let (category, exercise) = movements::exercise(movement.name.get());
            let name = movement.name.get().map(str::to_owned);
            let set = Set { category: Some(category), exercise, name, ..Set::default() };
            Placed { begin: begin + index as f64 * share, length: share, set }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use baton_core::Time;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn tracked(rows: &Value, elapsed: f64) -> Vec<Set> {
        let workout = json!({"movement_tracker_data": {"completed_movements_summary_data": {"repetition_summary_data": rows}}});
        sets(&serde_json::from_value(workout).unwrap(), None, Clock { start: Time::UNIX_EPOCH, elapsed })
    }

    fn places(sets: &[Set]) -> Vec<(i64, f64, SetKind)> {
        sets.iter().map(|set| (set.start.timestamp(), set.duration, set.kind)).collect()
    }

    #[test]
    fn rests_lie_between_sets() {
        let row = |offset: u32, length: u32| json!({"movement_name": "Push Up", "offset": offset, "length": length});
        let sets =
            tracked(&json!([row(200, 30), row(90, 30), row(120, 45), row(170, 25), row(900, 30)]), 220.0);
        let expected = [
            (90, 30.0, SetKind::Active),
            (120, 45.0, SetKind::Active),
            (170, 25.0, SetKind::Active),
            (200, 20.0, SetKind::Active),
        ];
        assert_eq!(places(&sets), expected);
        let sets = tracked(&json!([row(0, 30), row(36, 30)]), 220.0);
        assert_eq!(places(&sets)[1], (30, 6.0, SetKind::Rest));
        assert_eq!(sets[1].name, None);
    }

    #[rstest]
    #[case::counted(json!({"tracking_type": "rep_counting", "completed_reps": 12}), Some(12), 40.0)]
    #[case::older(json!({"completed_number": 13, "is_hold": false}), Some(13), 40.0)]
    #[case::older_hold(json!({"completed_number": 40, "is_hold": true}), None, 40.0)]
    #[case::timed(json!({"tracking_type": "time_based", "completed_reps": 30, "completed_duration": 30}), None, 30.0)]
    #[case::timed_counted(
        json!({"tracking_type": "time_tracked_rep", "completed_reps": 9, "completed_duration": 40}), Some(9), 40.0
    )]
    #[case::not_counted(json!({"tracking_type": "time_tracked_rep", "completed_reps": null}), None, 40.0)]
    #[case::rounds(json!({"tracking_type": "rounds", "completed_reps": 3}), None, 40.0)]
    #[case::absurd(json!({"completed_reps": 1.0e9}), None, 40.0)]
    fn counts(#[case] mut row: Value, #[case] repetitions: Option<u16>, #[case] duration: f64) {
        row["offset"] = json!(60);
        row["length"] = json!(40);
        let sets = tracked(&json!([row]), 600.0);
        assert_eq!((sets[0].repetitions, sets[0].duration), (repetitions, duration));
    }

    #[rstest]
    #[case::pair(json!([15]), "lb", 10, 300.0, Some(6.804), Some(2))]
    #[case::one(json!([25]), "lb", 10, 250.0, Some(11.34), Some(1))]
    #[case::changed(json!([10, 20]), "kg", 10, 150.0, Some(15.0), Some(1))]
    #[case::body(json!([0]), "lb", 10, 0.0, None, None)]
    #[case::unclear(json!([10]), "kg", 10, 145.0, Some(10.0), None)]
    #[case::unknown_unit(json!([2]), "stone", 10, 20.0, None, None)]
    fn weights(
        #[case] values: Value,
        #[case] unit: &str,
        #[case] repetitions: u16,
        #[case] volume: f64,
        #[case] kilograms: Option<f64>,
        #[case] implements: Option<u8>,
    ) {
        let weights: Vec<Value> = values
            .as_array()
            .unwrap()
            .iter()
            .map(|value| json!({"weight_data": {"weight_value": value, "weight_unit": unit}}))
            .collect();
        let row = json!({"movement_name": "Bicep Curl", "completed_reps": repetitions, "offset": 0, "length": 30,
                         "total_volume": volume, "weight": weights});
        let set = tracked(&json!([row]), 600.0).remove(0);
        assert_eq!(set.weight.map(|weight| (weight * 1000.0).round() / 1000.0), kilograms);
        assert_eq!(set.implements, implements);
    }

    #[test]
    fn the_plan_where_nothing_was_tracked() {
        let movement = |name: &str| json!({"id": "x", "name": name, "is_rest": false});
        let rest = json!({"id": "3ca251f6d68746ad91aebea5c89694ca", "name": "Rest", "is_rest": true});
        let details = json!({"segments": {"segment_list": [
            {"metrics_type": "cycling", "subsegments_v2": [{"offset": 0, "length": 9, "movements": [movement("Climb")]}]},
            {"metrics_type": "floor", "subsegments_v2": [
                {"offset": 60, "length": 45, "movements": [movement("Goblet Squat"), movement("Moonwalker Reach")]},
                {"offset": 105, "length": 15, "movements": [rest]},
                {"offset": 120, "length": 30, "movements": [movement("Push Ups")]}]}]}});
        let details: RideDetails = serde_json::from_value(details).unwrap();
        let clock = Clock { start: Time::UNIX_EPOCH, elapsed: 600.0 };
        let sets = sets(&Workout::default(), Some(&details), clock);
        let expected = [
            (60, 22.0, SetKind::Active),
            (82, 22.0, SetKind::Active),
            (104, 16.0, SetKind::Rest),
            (120, 30.0, SetKind::Active),
        ];
        assert_eq!(places(&sets), expected);
        assert_eq!((sets[1].category, sets[1].exercise), (Some(movements::UNKNOWN), None));
        assert_eq!(sets[1].name.as_deref(), Some("Moonwalker Reach"));
        assert!(sets.iter().all(|set| set.repetitions.is_none() && set.weight.is_none()));
    }
}
