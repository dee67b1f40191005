//! Strength sets: as the movement tracker reports them, and as the class plan foresees them.

use serde_json::{Value, json};

use super::{
    options::{Options, Quirk, Units},
    random::Random,
    truth::SetTruth,
};

const KILOGRAMS_IN_POUND: f64 = 0.453_592_37;
/// Peloton's own id of the movement "Rest" in class plans.
const REST: &str = "3ca251f6d68746ad91aebea5c89694ca";
/// Peloton's own id of the movement "Transition" in class plans.
const TRANSITION: &str = "a76c5edc0641475189442ecad456057a";

/// How the tracker measures a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tracking {
    Counted,
    /// Counted and timed.
    TimedRepetitions,
    /// A hold: only the time counts.
    Timed,
}

impl Tracking {
    fn slug(self) -> &'static str {
        match self {
            Self::Counted => "rep_counting",
            Self::TimedRepetitions => "time_tracked_rep",
            Self::Timed => "time_based",
        }
    }
}

/// A movement: name, tracking, weight in pounds by the piece (0 is body weight), two dumbbells or one.
struct Movement(&'static str, Tracking, u32, bool);

const MOVEMENTS: [Movement; 14] = [
    Movement("Bicep Curl", Tracking::Counted, 15, true),
    Movement("Push Up", Tracking::Counted, 0, false),
    Movement("Goblet Squat", Tracking::Counted, 25, false),
    Movement("Overhead Press", Tracking::Counted, 15, true),
    Movement("Forearm Plank", Tracking::Timed, 0, false),
    Movement("Bent Over Row", Tracking::Counted, 20, true),
    Movement("Reverse Lunge", Tracking::TimedRepetitions, 15, true),
    Movement("Russian Twist", Tracking::TimedRepetitions, 10, false),
    Movement("Deadlift", Tracking::Counted, 25, true),
    Movement("Hollow Hold", Tracking::Timed, 0, false),
    // Names that no table of exercises holds: they must not be lost.
    Movement("Moonwalker Reach", Tracking::Counted, 5, true),
    Movement("Skull Crusher", Tracking::Counted, 15, true),
    Movement("Lantern Swing Through", Tracking::TimedRepetitions, 20, false),
    Movement("Hammer Curl", Tracking::Counted, 15, true),
];

/// Strength work of one workout.
pub(super) struct Strength {
    pub sets: Vec<SetTruth>,
    /// `movement_tracker_data` of the workout.
    pub tracker: Value,
    /// `subsegments_v2` of the class plan.
    pub subsegments: Vec<Value>,
}

/// Peloton-like id of a movement, always the same for the same name.
fn movement_id(name: &str) -> String {
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    Random::new(seed).id()
}

/// Sets in the given stretches of time (first second and end). Planned ones have no repetitions and no weights, and the
/// plan joins two movements in one entry now and then, whose time they share evenly.
pub(super) fn sets(
    spans: &[(u32, u32)],
    is_planned: bool,
    options: &Options,
    random: &mut Random,
) -> Strength {
    let old = options.has(Quirk::OldRow);
    let mut strength = Strength { sets: Vec::new(), tracker: Value::Null, subsegments: Vec::new() };
    let mut repetition_summaries = Vec::new();
    let mut index = random.whole(0, 13) as usize;
    let mut round = 0;
    let (mut volume_of_all, mut repetitions_of_all) = (0.0, 0);
    for (from, to) in spans {
        let mut offset = *from;
        while offset + 45 <= *to {
            let length = random.pick(&[30, 40, 45]);
            let movement = &MOVEMENTS[index % MOVEMENTS.len()];
            if is_planned && round % 3 == 2 {
                let both = [movement, &MOVEMENTS[(index + 1) % MOVEMENTS.len()]];
                strength.subsegments.push(subsegment("generic_group", offset, length, &both));
                let half = length / 2;
                strength.sets.extend([planned(both[0], offset, half), planned(both[1], offset + half, half)]);
                index += 1;
            } else {
                strength.subsegments.push(subsegment("movement", offset, length, &[movement]));
                if is_planned {
                    strength.sets.push(planned(movement, offset, length));
                } else {
                    let set = tracked(movement, offset, length, options, random);
                    volume_of_all += set.volume;
                    repetitions_of_all += set.truth.repetitions.unwrap_or(0);
                    repetition_summaries.push(if old { set.old_summary } else { set.summary });
                    strength.sets.push(set.truth);
                }
            }
            offset += length;
            index += 1;
            round += 1;
            let rest = random.pick(&[0, 15, 20]);
            if rest > 0 && offset + rest + 45 <= *to {
                strength.subsegments.push(rest_subsegment(offset, rest, round % 4 == 0));
                offset += rest;
            }
        }
    }
    let count = repetition_summaries.len();
    let aggregates: Vec<Value> = strength.sets.iter().map(aggregate).collect();
    strength.tracker = json!({"completed_movements_summary_data": {
        "total_volume": volume_of_all,
        "weight_unit": weight_unit(options),
        "total_repetitions": repetitions_of_all,
        "num_movements": count,
        "num_targets_reached": count / 2,
        "completion_percentage": 100,
        "repetition_summary_data": repetition_summaries,
        "movement_aggregate_data": aggregates,
    }});
    strength
}

struct Tracked {
    truth: SetTruth,
    volume: f64,
    summary: Value,
    old_summary: Value,
}

fn tracked(movement: &Movement, offset: u32, length: u32, options: &Options, random: &mut Random) -> Tracked {
    let &Movement(name, tracking, pounds, pair) = movement;
    let pounds = f64::from(pounds);
    // Metric members own metric dumbbells.
    let piece = match options.units {
        Units::Imperial => pounds,
        Units::Metric => (pounds * KILOGRAMS_IN_POUND).round(),
    };
    let in_kilograms = |value: f64| match options.units {
        Units::Imperial => value * KILOGRAMS_IN_POUND,
        Units::Metric => value,
    };
    let repetitions = (tracking != Tracking::Timed).then(|| length / 3 + random.whole(0, 3));
    // Some lifters change to a heavier weight within a set.
    let mixed = !pair && piece > 0.0 && random.chance(0.5);
    let pieces: Vec<(&str, f64)> = if piece == 0.0 {
        vec![("body_weight", 0.0)]
    } else if mixed {
        vec![("light", piece), ("heavy", piece + 10.0)]
    } else {
        vec![("medium", piece)]
    };
    let hands = if pair { 2.0 } else { 1.0 };
    let count = f64::from(repetitions.unwrap_or(0));
    let volume = pieces.iter().map(|(_, value)| value * hands * count).sum::<f64>() / pieces.len() as f64;
    let weight: Vec<Value> = pieces
        .iter()
        .map(|(category, value)| {
            json!({"weight_category": category,
                   "weight_data": {"weight_value": value, "weight_unit": weight_unit(options)}})
        })
        .collect();
    let summary = json!({
        "movement_id": movement_id(name), "movement_name": name, "tracking_type": tracking.slug(),
        "completed_reps": repetitions, "completed_duration": (tracking != Tracking::Counted).then_some(length),
        "target_number": length / 3, "target_reps": repetitions.map(|_| length / 3),
        "offset": offset, "length": length, "total_volume": volume, "weight": weight,
    });
    let old_summary = json!({
        "movement_id": movement_id(name), "movement_name": name, "is_hold": tracking == Tracking::Timed,
        "completed_number": repetitions.unwrap_or(length), "target_number": length / 3,
        "offset": offset, "length": length, "total_volume": volume, "weight": weight,
    });
    let truth = SetTruth {
        movement: name.to_owned(),
        offset,
        length,
        repetitions,
        weights_kilograms: pieces.iter().filter(|(_, v)| *v > 0.0).map(|(_, v)| in_kilograms(*v)).collect(),
        pair,
    };
    Tracked { truth, volume, summary, old_summary }
}

fn planned(movement: &Movement, offset: u32, length: u32) -> SetTruth {
    SetTruth {
        movement: movement.0.to_owned(),
        offset,
        length,
        repetitions: None,
        weights_kilograms: Vec::new(),
        pair: false,
    }
}

fn subsegment(kind: &str, offset: u32, length: u32, movements: &[&Movement]) -> Value {
    let names: Vec<&str> = movements.iter().map(|movement| movement.0).collect();
    json!({
        "id": movement_id(&format!("{names:?}{offset}")), "type": kind, "display_name": names.join(" + "),
        "offset": offset, "scheduled_offset": offset, "length": length, "rounds": null,
        "movements": movements.iter().map(|Movement(name, _, pounds, _)| json!({
            "id": movement_id(name), "name": name, "is_rest": false,
            "weight_level": if *pounds == 0 { "body_weight" } else if *pounds < 15 { "light" } else { "medium" },
            "muscle_groups": [], "skill_level": null,
        })).collect::<Vec<_>>(),
    })
}

fn rest_subsegment(offset: u32, length: u32, is_transition: bool) -> Value {
    let (id, name) = if is_transition { (TRANSITION, "Transition") } else { (REST, "Rest") };
    json!({
        "id": movement_id(&format!("{name}{offset}")), "type": "rest", "display_name": name,
        "offset": offset, "scheduled_offset": offset, "length": length, "rounds": null,
        "movements": [{"id": id, "name": name, "is_rest": true, "weight_level": null, "muscle_groups": [],
                       "skill_level": null}],
    })
}

fn aggregate(set: &SetTruth) -> Value {
    json!({
        "movement_name": set.movement,
        "tracking_type": if set.repetitions.is_some() { "rep_counting" } else { "time_based" },
        "stats": [{"slug": "total_reps", "completed_number": set.repetitions, "target_number": set.length / 3}],
        "weight_info_summary_data": {"light_weights": [], "medium_weights": [], "heavy_weights": []},
        "movements": [], "tags": [],
    })
}

fn weight_unit(options: &Options) -> &'static str {
    match options.units {
        Units::Imperial => "lb",
        Units::Metric => "kg",
    }
}
