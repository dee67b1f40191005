//! The targets of a class, in the older form (arrays per second) and in the newer one (spans on the class clock).

use serde_json::{Value, json};

use super::{
    graph::{GraphInput, rounded, task_spans},
    options::{Discipline, Machine, Units},
    plan::{Section, Task},
};

const KILOMETERS_IN_MILE: f64 = 1.609_344;

/// One span of unchanged targets.
pub(super) struct TargetSpan {
    /// Seconds since second 0 of the class.
    pub begin: u32,
    pub length: u32,
    task: Task,
}

/// How a discipline's targets are written.
pub(super) fn has_older_form(discipline: Discipline) -> bool {
    discipline == Discipline::CyclingTargets
}

/// Whether the discipline has targets in the newer form.
pub(super) fn has_newer_form(discipline: Discipline) -> bool {
    discipline.is_class()
        && (discipline == Discipline::PowerZone
            || discipline == Discipline::BikeBootcamp
            || matches!(discipline.machine(), Machine::Tread | Machine::Row))
}

/// The spans of a plan; power zone classes have one span for each change of zone.
pub(super) fn spans(discipline: Discipline, plan: &[Section]) -> Vec<TargetSpan> {
    let mut spans: Vec<TargetSpan> = Vec::new();
    for (begin, length, task) in task_spans(plan) {
        if let (Discipline::PowerZone, Task::Ride { zone, .. }, Some(last)) =
            (discipline, task, spans.last_mut())
            && matches!(last.task, Task::Ride { zone: before, .. } if before == zone)
        {
            last.length += length;
            continue;
        }
        spans.push(TargetSpan { begin, length, task });
    }
    spans
}

/// `target_performance_metrics`: arrays with an entry for each second of the class, index 0 being second 0.
pub(super) fn older(input: &GraphInput<'_>) -> Value {
    if !has_older_form(input.discipline) {
        return Value::Null;
    }
    let curve = |name: &str, range: &dyn Fn(Task) -> (u32, u32)| {
        let (mut upper, mut lower, mut average) = (vec![], vec![], vec![]);
        for span in spans(input.discipline, input.plan) {
            let (low, high) = range(span.task);
            for _ in 0..span.length {
                upper.push(high);
                lower.push(low);
                average.push(u32::midpoint(low, high));
            }
        }
        json!({
            "type": name, "max": upper.iter().max(), "min": lower.iter().min(),
            "average": average.iter().sum::<u32>() / average.len().max(1) as u32,
            "graph_data": {"upper": upper, "lower": lower, "average": average},
        })
    };
    let cadence = |task| if let Task::Ride { cadence, .. } = task { cadence } else { (0, 0) };
    let resistance = |task| if let Task::Ride { resistance, .. } = task { resistance } else { (0, 0) };
    json!({
        "target_graph_metrics": [curve("cadence", &cadence), curve("resistance", &resistance)],
        "cadence_time_in_range": input.duration / 2, "resistance_time_in_range": input.duration / 2,
    })
}

/// `target_metrics_performance_data`: spans whose offsets, both inclusive, count from the beginning of the video.
pub(super) fn newer(input: &GraphInput<'_>) -> Value {
    if !has_newer_form(input.discipline) {
        return json!({"target_metrics": [], "time_in_metric": []});
    }
    let targets: Vec<Value> = spans(input.discipline, input.plan)
        .iter()
        .map(|span| {
            let start = span.begin + input.pedaling_start_offset;
            let (segment_type, metrics) = wire_targets(input, span.task);
            json!({
                "offsets": {"start": start, "end": start + span.length - 1},
                "segment_type": segment_type, "metrics": metrics,
            })
        })
        .collect();
    json!({"target_metrics": targets, "time_in_metric": []})
}

fn wire_targets(input: &GraphInput<'_>, task: Task) -> (&'static str, Vec<Value>) {
    let range =
        |name: &str, lower: Value, upper: Value| json!({"name": name, "upper": upper, "lower": lower});
    match task {
        Task::Ride { zone, .. } if input.discipline == Discipline::PowerZone => {
            ("power_zone", vec![range("power_zone", json!(zone), json!(zone))])
        }
        Task::Ride { cadence, resistance, .. } => (
            "cycling",
            vec![
                range("resistance", json!(resistance.0), json!(resistance.1)),
                range("cadence", json!(cadence.0), json!(cadence.1)),
            ],
        ),
        Task::Run { miles_per_hour, incline } => {
            let scale = if input.options.units == Units::Metric { KILOMETERS_IN_MILE } else { 1.0 };
            let speed = |value: f64| rounded(value * scale, 1);
            (
                "running",
                vec![
                    range("speed", speed(miles_per_hour - 0.3), speed(miles_per_hour + 0.3)),
                    range("incline", rounded((incline - 0.5).max(0.0), 1), rounded(incline + 0.5, 1)),
                ],
            )
        }
        Task::Row { stroke_rate } => {
            ("caesar", vec![range("strokes_rate", json!(stroke_rate.0), json!(stroke_rate.1))])
        }
        Task::Floor => ("floor", Vec::new()),
    }
}
