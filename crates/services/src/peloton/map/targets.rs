//! What the class asked for, as workout steps with a lap each: from the targets of today's classes and from the older
//! ones, which give a number for every second.

use baton_core::{Lap, LapTrigger, StepDuration, StepTarget, Workout, WorkoutStep, activity::seconds};

use super::laps::intensity_at;
use super::time::Clock;
use super::units;
use crate::peloton::wire::{
    PerformanceGraph, RideDetails, Series, TargetMetric, TargetMetricsCompliance, TargetRange,
};

/// More steps than this are no class.
const MOST_STEPS: usize = 1000;
/// Spans without a target that are shorter belong to the step before them, s.
const SHORTEST_PAUSE: f64 = 5.0;

/// A stretch of unchanged targets, in seconds from second 0.
#[derive(Debug, Clone, PartialEq)]
struct Stretch {
    begin: f64,
    end: f64,
    target: StepTarget,
    /// All the targets of the stretch, to tell whether the next has the same.
    all: Vec<(String, f64, f64)>,
}

/// The steps that had begun before the end, and a lap for each. `None` where the class has no targets.
///
/// Today's targets stand on the class clock, which runs `introduction` seconds ahead of second 0. A step shows one
/// target, as FIT has it; which one, see `preferred`.
pub fn by_targets(
    graph: &PerformanceGraph,
    details: Option<&RideDetails>,
    introduction: f64,
    clock: Clock,
) -> Option<(Workout, Vec<Lap>)> {
    let of_graph = graph.target_metrics_performance_data.0.as_ref();
    let of_plan = details.and_then(|details| details.target_metrics_data.0.as_ref());
    let mut stretches = [of_graph, of_plan]
        .into_iter()
        .flatten()
        .map(|data| today(&data.target_metrics.0, graph, introduction))
        .find(|stretches| has_target(stretches))
        .unwrap_or_else(|| older(graph));
    stretches.retain(|stretch| stretch.begin < clock.elapsed && stretch.end > stretch.begin);
    if !has_target(&stretches) || stretches.len() > MOST_STEPS {
        return None;
    }
    let stretches = without_holes(stretches);
    let last = stretches.len() - 1;
    let mut workout = Workout::default();
    let mut laps = Vec::with_capacity(stretches.len());
    for (index, stretch) in stretches.iter().enumerate() {
        let length = stretch.end - stretch.begin;
        let intensity = intensity_at(graph, stretch.begin);
        workout.steps.push(WorkoutStep {
            name: None,
            duration: StepDuration::Time(length),
            target: stretch.target,
            intensity,
        });
        laps.push(Lap {
            start: clock.start + seconds(stretch.begin),
            elapsed: length.min(clock.elapsed - stretch.begin),
            trigger: if index == last { LapTrigger::SessionEnd } else { LapTrigger::Time },
            intensity,
            step: Some(index as u16),
            ..Lap::default()
        });
    }
    Some((workout, laps))
}

fn has_target(stretches: &[Stretch]) -> bool {
    stretches.iter().any(|stretch| stretch.target != StepTarget::Open)
}

/// Joins neighbours with the same targets and puts open steps where nothing is asked for.
fn without_holes(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort_by(|a, b| a.begin.total_cmp(&b.begin));
    let mut whole: Vec<Stretch> = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        let end = whole.last().map_or(0.0, |last| last.end);
        let hole = stretch.begin - end;
        match whole.last_mut() {
            Some(last) if hole < SHORTEST_PAUSE || last.all.is_empty() => {
                last.end = stretch.begin.max(last.begin);
            }
            _ if hole >= SHORTEST_PAUSE => {
                whole.push(Stretch {
                    begin: end,
                    end: stretch.begin,
                    target: StepTarget::Open,
                    all: Vec::new(),
                });
            }
            _ => {}
        }
        match whole.last_mut() {
            Some(last) if last.all == stretch.all => last.end = stretch.end,
            _ => whole.push(stretch),
        }
    }
    whole.retain(|stretch| stretch.end > stretch.begin);
    whole
}

fn today(metrics: &[TargetMetric], graph: &PerformanceGraph, introduction: f64) -> Vec<Stretch> {
    let stretch = |metric: &TargetMetric| {
        let offsets = metric.offsets.0.as_ref()?;
        // Both ends are included.
        let begin = (offsets.start.within(0.0, 1e6)? - introduction).max(0.0);
        let end = offsets.end.within(0.0, 1e6)? + 1.0 - introduction;
        let range = |range: &TargetRange| {
            let name = range.name.get()?.to_owned();
            let (low, high) = (range.lower.0.or(range.upper.0)?, range.upper.0.or(range.lower.0)?);
            Some((name, low.min(high), high.max(low)))
        };
        let all: Vec<(String, f64, f64)> = metric.metrics.0.iter().filter_map(range).collect();
        Some(Stretch { begin, end, target: preferred(&all, graph), all })
    };
    metrics.iter().filter_map(stretch).collect()
}

fn older(graph: &PerformanceGraph) -> Vec<Stretch> {
    let Some(metrics) = graph.target_performance_metrics.0.as_ref() else { return Vec::new() };
    let rows: Vec<(&str, &Series, &Series)> = metrics
        .target_graph_metrics
        .0
        .iter()
        .filter_map(|metric| {
            let data = metric.graph_data.0.as_ref()?;
            Some((metric.r#type.get()?, &data.lower, &data.upper))
        })
        .collect();
    let longest = rows.iter().map(|(_, low, high)| low.0.len().min(high.0.len())).max().unwrap_or(0);
    let at = |second: usize| -> Vec<(String, f64, f64)> {
        let range = |(name, low, high): &(&str, &Series, &Series)| {
            let (low, high) = (*low.0.get(second)?, *high.0.get(second)?);
            (low.is_finite() && high.is_finite()).then(|| ((*name).to_owned(), low.min(high), high.max(low)))
        };
        rows.iter().filter_map(range).collect()
    };
    let same = |second: usize, before: usize| {
        let equal = |row: &Series| {
            let (a, b) = (row.0.get(second), row.0.get(before));
            a == b || a.zip(b).is_some_and(|(a, b)| a.is_nan() && b.is_nan())
        };
        rows.iter().all(|(_, low, high)| equal(low) && equal(high))
    };
    let mut stretches = Vec::new();
    let mut begin = 0;
    for second in 1..=longest {
        if second == longest || !same(second, second - 1) {
            let all = at(begin);
            let target = preferred(&all, graph);
            stretches.push(Stretch { begin: begin as f64, end: second as f64, target, all });
            begin = second;
        }
    }
    stretches
}

/// The one target that a step shows: the power zone; else what the legs or arms are told (cadence, stroke rate); else
/// speed or pace; else resistance; else incline.
fn preferred(all: &[(String, f64, f64)], graph: &PerformanceGraph) -> StepTarget {
    let find = |wanted: &str, low: f64, high: f64| {
        let told = all.iter().find(|(name, ..)| name.eq_ignore_ascii_case(wanted))?;
        (told.1 >= low && told.2 <= high && told.2 > 0.0).then_some((told.1, told.2))
    };
    if let Some((_, zone)) = find("power_zone", 0.0, 7.0) {
        return StepTarget::PowerZone(zone.round() as u8);
    }
    for name in ["cadence", "strokes_rate", "stroke_rate"] {
        if let Some((low, high)) = find(name, 0.0, 254.0) {
            return StepTarget::Cadence { low, high };
        }
    }
    if let Some((low, high)) = find("speed", 0.0, 60.0) {
        let shown = graph.metric("speed").and_then(|metric| metric.display_unit.get());
        let factor = shown.and_then(units::speed_in).unwrap_or(baton_core::units::MILE_PER_HOUR);
        return StepTarget::Speed { low: low * factor, high: high * factor };
    }
    if let Some((low, high)) = find("pace_intensity", 0.0, 100.0)
        && let Some(target) = pace(low, high, graph)
    {
        return target;
    }
    if let Some((low, high)) = find("resistance", 0.0, 100.0) {
        return StepTarget::Resistance { low, high };
    }
    match find("incline", -20.0, 100.0) {
        Some((low, high)) => StepTarget::Grade { low, high },
        None => StepTarget::Open,
    }
}

/// A pace intensity as a speed at the member's own level.
fn pace(low: f64, high: f64, graph: &PerformanceGraph) -> Option<StepTarget> {
    let compliance = graph.target_metrics_compliance.0.as_ref()?;
    let unit = graph.metric("split_pace").or_else(|| graph.metric("pace"))?.display_unit.get()?;
    let length = units::pace_length(unit)?;
    let speeds = [low, high].map(|intensity| speeds_of(compliance, intensity, length));
    let [(slow, fast), (other_slow, other_fast)] = match speeds {
        [Some(first), Some(second)] => [first, second],
        [Some(only), None] | [None, Some(only)] => [only, only],
        [None, None] => return None,
    };
    Some(StepTarget::Speed { low: slow.min(other_slow), high: fast.max(other_fast) })
}

/// Slowest and fastest speed of an intensity. Paces are minutes; numbers that are too large for that are seconds.
fn speeds_of(compliance: &TargetMetricsCompliance, intensity: f64, length: f64) -> Option<(f64, f64)> {
    let mapping = &compliance.pace_intensities_mapping.0;
    let levels = &mapping.iter().find(|mapping| mapping.value.0 == Some(intensity))?.pace_levels.0;
    let level = compliance.workout_pace_level.get()?;
    let level = levels.iter().find(|candidate| candidate.slug.is(level))?;
    let speed = |pace: f64| length / if pace > 60.0 { pace } else { pace * 60.0 };
    let (slow, fast) = (speed(level.slow_pace.positive()?), speed(level.fast_pace.positive()?));
    (slow <= fast && slow > 0.2 && fast < 12.0).then_some((slow, fast))
}

#[cfg(test)]
mod tests {
    use baton_core::Time;
    use serde_json::{Value, json};

    use super::*;

    fn targets(graph: Value, introduction: f64, elapsed: f64) -> Vec<(i64, f64, StepTarget)> {
        let graph = serde_json::from_value(graph).unwrap();
        let clock = Clock { start: Time::UNIX_EPOCH, elapsed };
        let Some((workout, laps)) = by_targets(&graph, None, introduction, clock) else { return Vec::new() };
        assert_eq!(workout.steps.len(), laps.len());
        laps.iter()
            .zip(&workout.steps)
            .map(|(lap, step)| (lap.start.timestamp(), lap.elapsed, step.target))
            .collect()
    }

    fn span(start: u32, end: u32, name: &str, lower: f64, upper: f64) -> Value {
        json!({"offsets": {"start": start, "end": end}, "metrics": [{"name": name, "lower": lower, "upper": upper}]})
    }

    #[test]
    fn todays_targets_are_moved_by_the_introduction() {
        let graph = json!({"target_metrics_performance_data": {"target_metrics": [
            span(60, 119, "power_zone", 2.0, 2.0), span(120, 179, "power_zone", 2.0, 2.0),
            span(180, 239, "power_zone", 4.0, 4.0), span(240, 999, "power_zone", 1.0, 1.0)]}});
        let expected = [
            (0, 120.0, StepTarget::PowerZone(2)),
            (120, 60.0, StepTarget::PowerZone(4)),
            (180, 70.0, StepTarget::PowerZone(1)),
        ];
        assert_eq!(targets(graph.clone(), 60.0, 250.0), expected);
        assert_eq!(targets(graph, 60.0, 180.0).len(), 2);
    }

    #[test]
    fn floor_work_between_is_an_open_step() {
        let graph = json!({"target_metrics_performance_data": {"target_metrics": [
            span(0, 59, "strokes_rate", 20.0, 24.0),
            {"offsets": {"start": 60, "end": 119}, "metrics": []},
            span(200, 259, "strokes_rate", 26.0, 30.0), 5, {"offsets": null}]}});
        let expected = [
            (0, 60.0, StepTarget::Cadence { low: 20.0, high: 24.0 }),
            (60, 140.0, StepTarget::Open),
            (200, 60.0, StepTarget::Cadence { low: 26.0, high: 30.0 }),
        ];
        assert_eq!(targets(graph, 0.0, 260.0), expected);
    }

    #[test]
    fn older_targets_change_with_the_second() {
        let row = |name: &str, low: [u32; 6], high: [u32; 6]| json!({"type": name, "graph_data": {"lower": low, "upper": high}});
        let graph = json!({"target_performance_metrics": {"target_graph_metrics": [
            row("resistance", [25, 25, 25, 40, 40, 40], [35, 35, 35, 50, 50, 50]),
            row("cadence", [80, 80, 80, 80, 80, 60], [100, 100, 100, 100, 100, 70])]}});
        let expected = [
            (0, 3.0, StepTarget::Cadence { low: 80.0, high: 100.0 }),
            (3, 2.0, StepTarget::Cadence { low: 80.0, high: 100.0 }),
            (5, 1.0, StepTarget::Cadence { low: 60.0, high: 70.0 }),
        ];
        assert_eq!(targets(graph.clone(), 60.0, 9.0), expected);
        assert_eq!(targets(graph, 60.0, 3.0).len(), 1);
    }

    #[test]
    fn speeds_are_in_the_units_of_the_account() {
        let graph = json!({
            "metrics": [{"slug": "pace", "alternatives": [{"slug": "speed", "display_unit": "kph", "values": [1]}]}],
            "target_metrics_performance_data": {"target_metrics": [span(0, 9, "speed", 7.2, 10.8)]}});
        let told = targets(graph, 0.0, 10.0);
        let StepTarget::Speed { low, high } = told[0].2 else { panic!("{told:?}") };
        assert!((low - 2.0).abs() < 1e-9 && (high - 3.0).abs() < 1e-9);
    }

    #[test]
    fn pace_intensities_go_through_the_members_level() {
        let level =
            |slug: &str, slow: f64, fast: f64| json!({"slug": slug, "slow_pace": slow, "fast_pace": fast});
        let graph = json!({
            "metrics": [{"slug": "split_pace", "display_unit": "min/500m", "values": [1]}],
            "target_metrics_compliance": {"workout_pace_level": "level_3", "pace_intensities_mapping": [
                {"value": 1, "pace_levels": [level("level_2", 5.0, 4.0), level("level_3", 4.0, 3.0)]},
                {"value": 2, "pace_levels": [level("level_3", 150.0, 125.0)]}]},
            "target_metrics_performance_data": {"target_metrics": [
                span(0, 9, "pace_intensity", 1.0, 1.0), span(10, 19, "pace_intensity", 1.0, 2.0),
                span(20, 29, "pace_intensity", 9.0, 9.0)]}});
        let told = targets(graph, 0.0, 30.0);
        let rounded: Vec<(i64, i64)> = told
            .iter()
            .map(|(_, _, target)| match target {
                StepTarget::Speed { low, high } => {
                    ((low * 1000.0).round() as i64, (high * 1000.0).round() as i64)
                }
                _ => (0, 0),
            })
            .collect();
        assert_eq!(rounded, [(2083, 2778), (2083, 4000), (0, 0)]);
    }

    #[test]
    fn no_targets_no_steps() {
        assert!(targets(json!({}), 0.0, 100.0).is_empty());
        let open =
            json!({"target_metrics_performance_data": {"target_metrics": [span(0, 9, "mystery", 1.0, 2.0)]}});
        assert!(targets(open, 0.0, 100.0).is_empty());
    }
}
