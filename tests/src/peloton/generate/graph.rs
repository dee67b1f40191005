//! Writes a recording as Peloton's performance graph, in the account's units.

use serde_json::{Value, json};

use super::{
    options::{Discipline, Machine, Options, Quirk, Units},
    plan::{Section, Task},
    random::Random,
    recording::{MILE, Recording},
    targets,
};

const FOOT: f64 = 0.3048;

/// Everything that a graph is written from.
pub(super) struct GraphInput<'a> {
    pub discipline: Discipline,
    pub options: &'a Options,
    /// Length of the class, seconds.
    pub duration: u32,
    /// Seconds between the beginning of the video and second 0.
    pub pedaling_start_offset: u32,
    pub plan: &'a [Section],
    pub recording: &'a Recording,
    /// Positions in the recording of the samples that reached Peloton.
    pub kept: &'a [usize],
}

impl GraphInput<'_> {
    fn metric(&self) -> bool {
        self.options.units == Units::Metric
    }

    /// Values of the kept samples.
    fn values(&self, channel: &[f64], convert: impl Fn(f64) -> Value) -> Vec<Value> {
        self.kept.iter().map(|index| convert(channel[*index])).collect()
    }

    /// Whether the class has a list of segments.
    fn has_segments(&self) -> bool {
        self.discipline.is_class() || self.discipline == Discipline::ScenicRide
    }
}

/// A number with the given count of decimals, whole where there are none.
pub(super) fn rounded(value: f64, decimals: i32) -> Value {
    let scale = 10_f64.powi(decimals);
    let rounded = (value * scale).round() / scale;
    if rounded.fract() == 0.0 { json!(rounded as i64) } else { json!(rounded) }
}

/// The whole answer of `performance_graph?every_n=1`.
pub(super) fn performance_graph(input: &GraphInput<'_>, random: &mut Random) -> Value {
    let seconds: Vec<u32> = input.kept.iter().map(|index| input.recording.seconds[*index]).collect();
    let segments = if input.has_segments() { segment_list(input.plan, random) } else { Vec::new() };
    let segment_id =
        segments.first().map_or_else(|| random.id(), |it| it["id"].as_str().unwrap_or("").to_owned());
    let mut graph = json!({
        "duration": input.duration,
        "is_class_plan_shown": input.discipline.is_class(),
        "segment_list": segments,
        "seconds_since_pedaling_start": seconds,
        "average_summaries": average_summaries(input),
        "summaries": summaries(input),
        "metrics": metrics(input),
        "has_apple_watch_metrics": input.options.has(Quirk::AppleWatch),
        "location_data": location_data(input, &segment_id),
        "is_location_data_accurate": input.recording.track.as_ref().map(|_| true),
        "splits_data": splits_data(input),
        "target_performance_metrics": targets::older(input),
        "target_metrics_performance_data": targets::newer(input),
        "effort_zones": effort_zones(input),
        "muscle_group_score": [],
    });
    if input.discipline.machine() == Machine::Row {
        graph["caesar_metrics"] = caesar_metrics(input);
        graph["splits_metrics"] = json!({"header": [], "metrics": []});
    }
    graph
}

fn segment_list(plan: &[Section], random: &mut Random) -> Vec<Value> {
    let mut offset = 0;
    plan.iter()
        .map(|section| {
            let begin = offset;
            offset += section.length();
            json!({
                "id": random.id(), "length": section.length(), "start_time_offset": begin,
                "icon_url": null, "icon_name": section.icon, "icon_slug": section.icon,
                "intensity_in_mets": section.mets, "metrics_type": section.metrics_type,
                "name": section.name, "is_drill": false,
            })
        })
        .collect()
}

fn summary(slug: &str, display_name: &str, unit: Option<&str>, value: &Value) -> Value {
    json!({"display_name": display_name, "display_unit": unit, "value": value, "slug": slug})
}

fn summaries(input: &GraphInput<'_>) -> Vec<Value> {
    let totals = &input.recording.totals;
    let old = input.options.has(Quirk::OldRow);
    let mut list = Vec::new();
    if input.discipline == Discipline::ScenicRide {
        list.push(summary(
            "duration",
            "Duration",
            Some("min"),
            &rounded(f64::from(input.duration) / 60.0, 2),
        ));
    }
    if let Some(work) = totals.work {
        list.push(summary("total_output", "Total Output", Some("kj"), &rounded(work / 1000.0, 0)));
    }
    if let Some(meters) = totals.distance {
        let decimals = if old { 2 } else { 5 };
        let (unit, value) = match (input.discipline.machine(), input.metric()) {
            (Machine::Row, _) => ("m", meters),
            (_, true) => ("km", meters / 1000.0),
            (_, false) => ("mi", meters / MILE),
        };
        list.push(summary("distance", "Distance", Some(unit), &rounded(value, decimals)));
    }
    if let Some(meters) = totals.ascent {
        let (unit, value) = if input.metric() { ("m", meters) } else { ("ft", meters / FOOT) };
        list.push(summary("elevation", "Elevation", Some(unit), &rounded(value, 0)));
    }
    if input.discipline.machine() == Machine::Row {
        list.push(summary("stroke_count", "Strokes", None, &json!(input.recording.strokes.len())));
    }
    if let Some(calories) = totals.calories {
        let slug = if input.options.has(Quirk::AppleWatch) { "total_calories" } else { "calories" };
        list.push(summary(slug, "Calories", Some("kcal"), &json!(calories)));
    }
    list
}

fn average_summaries(input: &GraphInput<'_>) -> Vec<Value> {
    metrics(input)
        .iter()
        .filter(|metric| metric["slug"] != "heart_rate" && metric["slug"] != "altitude")
        .map(|metric| {
            let slug = format!("avg_{}", metric["slug"].as_str().unwrap_or(""));
            let name = format!("Avg {}", metric["display_name"].as_str().unwrap_or(""));
            summary(&slug, &name, metric["display_unit"].as_str(), &metric["average_value"])
        })
        .collect()
}

fn metrics(input: &GraphInput<'_>) -> Vec<Value> {
    let recording = input.recording;
    let rowing = input.discipline.machine() == Machine::Row;
    let mut list = Vec::new();
    if let Some(power) = &recording.power {
        let name = if rowing { "Stroke Output" } else { "Output" };
        list.push(metric("output", name, "watts", &input.values(power, |v| rounded(v, 0)), 0));
    }
    if let Some(cadence) = &recording.cadence {
        list.push(metric("cadence", "Cadence", "rpm", &input.values(cadence, |v| rounded(v, 0)), 0));
    }
    if let Some(resistance) = &recording.resistance {
        list.push(metric("resistance", "Resistance", "%", &input.values(resistance, |v| rounded(v, 0)), 0));
    }
    if let Some(rate) = &recording.stroke_rate {
        list.push(metric("stroke_rate", "Stroke Rate", "spm", &input.values(rate, |v| rounded(v, 0)), 0));
    }
    if let Some(speed) = &recording.speed {
        list.push(match input.discipline.machine() {
            Machine::Bike => speed_metric(input, speed, 1),
            Machine::Row => {
                let split =
                    |v: f64| if v > 0.0 { rounded((500.0 / v / 60.0).min(60.0), 2) } else { Value::Null };
                fastest_is_lowest(metric("split_pace", "Pace", "min/500m", &input.values(speed, split), 2))
            }
            _ => pace_metric(input, speed),
        });
    }
    if let Some(incline) = &recording.incline {
        list.push(metric("incline", "Incline", "%", &input.values(incline, |v| rounded(v, 1)), 1));
    }
    if let Some(altitude) = &recording.altitude {
        let (unit, scale) = if input.metric() { ("m", 1.0) } else { ("ft", FOOT) };
        let mut elevation =
            metric("altitude", "Elevation", unit, &input.values(altitude, |v| rounded(v / scale, 0)), 0);
        elevation["max_value"] = Value::Null;
        elevation["average_value"] = Value::Null;
        list.push(elevation);
    }
    if recording.heart_rate.is_some() {
        list.push(heart_rate_metric(input));
    }
    list
}

fn metric(slug: &str, display_name: &str, unit: &str, values: &[Value], decimals: i32) -> Value {
    let numbers: Vec<f64> = values.iter().filter_map(Value::as_f64).collect();
    let average = numbers.iter().sum::<f64>() / numbers.len().max(1) as f64;
    let maximum = numbers.iter().copied().fold(0.0, f64::max);
    json!({
        "display_name": display_name, "display_unit": unit,
        "max_value": rounded(maximum, decimals), "average_value": rounded(average, decimals.max(1)),
        "values": values, "slug": slug, "zones": null, "missing_data_duration": 0, "alternatives": null,
    })
}

/// For a pace, Peloton's maximum is the fastest, which is the smallest number.
fn fastest_is_lowest(mut pace: Value) -> Value {
    let fastest = pace["values"].as_array().into_iter().flatten().filter_map(Value::as_f64).reduce(f64::min);
    pace["max_value"] = fastest.map_or(Value::Null, |value| json!(value));
    pace
}

fn speed_metric(input: &GraphInput<'_>, speed: &[f64], decimals: i32) -> Value {
    let (unit, scale) = if input.metric() { ("kph", 1000.0) } else { ("mph", MILE) };
    metric("speed", "Speed", unit, &input.values(speed, |v| rounded(v * 3600.0 / scale, decimals)), decimals)
}

/// Minutes per mile or kilometre, null when standing, never above 60; the speed hides behind it as an alternative.
fn pace_metric(input: &GraphInput<'_>, speed: &[f64]) -> Value {
    let (unit, scale) = if input.metric() { ("min/km", 1000.0) } else { ("min/mi", MILE) };
    let pace = |v: f64| if v > 0.0 { rounded((scale / v / 60.0).min(60.0), 2) } else { Value::Null };
    let mut metric = fastest_is_lowest(metric("pace", "Pace", unit, &input.values(speed, pace), 2));
    metric["alternatives"] = json!([speed_metric(input, speed, 1)]);
    metric
}

fn heart_rate_metric(input: &GraphInput<'_>) -> Value {
    let readings: Vec<Option<u32>> = input
        .recording
        .heart_rate
        .iter()
        .flat_map(|channel| input.kept.iter().map(|index| channel[*index]))
        .collect();
    let valid: Vec<u32> = readings.iter().flatten().copied().filter(|beats| *beats > 0).collect();
    let top = f64::from(input.options.athlete.maximum_heart_rate);
    let bounds = [0.0, 0.65, 0.75, 0.85, 0.95, 1.01].map(|share| (share * top).round() as u32);
    let zones: Vec<Value> = (0..5)
        .map(|zone| {
            let (low, high) = (bounds[zone], if zone == 4 { top as u32 } else { bounds[zone + 1] - 1 });
            let range = match zone {
                0 => format!("<{} bpm", high + 1),
                4 => format!(">={low} bpm"),
                _ => format!("{low}-{high} bpm"),
            };
            json!({
                "display_name": format!("Zone {}", zone + 1), "slug": format!("zone{}", zone + 1), "range": range,
                "duration": valid.iter().filter(|beats| (low..=high).contains(*beats)).count(),
                "max_value": high, "min_value": low,
            })
        })
        .collect();
    json!({
        "display_name": "Heart Rate", "display_unit": "bpm", "max_value": valid.iter().max(),
        "average_value": rounded(f64::from(valid.iter().sum::<u32>()) / valid.len().max(1) as f64, 0),
        "values": readings, "slug": "heart_rate", "zones": zones,
        "missing_data_duration": readings.len() - valid.len(), "alternatives": null,
    })
}

fn location_data(input: &GraphInput<'_>, segment_id: &str) -> Vec<Value> {
    let Some(track) = &input.recording.track else { return Vec::new() };
    let (unit, scale) = if input.metric() { ("km", 1000.0) } else { ("mi", MILE) };
    let part = |is_gap: bool, wanted: &dyn Fn(u32) -> bool| {
        let coordinates: Vec<Value> = track
            .points
            .iter()
            .filter(|point| wanted(point.second))
            .map(|point| {
                json!({
                    "seconds_offset_from_start": point.second, "latitude": rounded(point.latitude, 6),
                    "longitude": rounded(point.longitude, 6), "accuracy": point.accuracy,
                    "distance": rounded(point.distance / scale, 2), "distance_display_unit": unit,
                })
            })
            .collect();
        json!({"segment_id": segment_id, "is_gap": is_gap, "coordinates": coordinates})
    };
    let (first, last) = track.gap;
    vec![
        part(false, &|second| second < first),
        part(true, &|second| (first..=last).contains(&second)),
        part(false, &|second| second > last),
    ]
}

fn splits_data(input: &GraphInput<'_>) -> Value {
    let Some(speed) = &input.recording.speed else { return json!({}) };
    if !matches!(input.discipline.machine(), Machine::Tread | Machine::Outdoors) {
        return json!({});
    }
    let (unit, elevation_unit, scale) = if input.metric() { ("km", "m", 1000.0) } else { ("mi", "ft", MILE) };
    let mut splits: Vec<(f64, f64)> = vec![(0.0, 0.0)];
    for meters in speed {
        if let Some((seconds, distance)) = splits.last_mut() {
            *seconds += 1.0;
            *distance += meters;
            if *distance >= scale {
                *distance = scale;
                splits.push((0.0, 0.0));
            }
        }
    }
    let best = splits
        .iter()
        .enumerate()
        .filter(|(_, (_, distance))| *distance >= scale)
        .min_by(|a, b| a.1.0.total_cmp(&b.1.0))
        .map(|(order, _)| order);
    json!({
        "distance_marker_display_unit": unit, "elevation_change_display_unit": elevation_unit,
        // The last marker is the rest of the distance, not its place.
        "splits": splits.iter().enumerate().map(|(order, (seconds, distance))| json!({
            "seconds": seconds, "distance_marker": rounded(distance / scale, 2), "elevation_change": 0.0,
            "order": order + 1, "is_best": Some(order) == best,
        })).collect::<Vec<_>>(),
    })
}

fn effort_zones(input: &GraphInput<'_>) -> Value {
    if input.recording.heart_rate.is_none() || input.options.has(Quirk::OldRow) {
        return Value::Null;
    }
    let heart = heart_rate_metric(input);
    let duration = |zone: usize| heart["zones"][zone]["duration"].clone();
    json!({
        "total_effort_points": rounded((1..5).filter_map(|z| duration(z).as_f64().map(|d| d * z as f64)).sum::<f64>() / 60.0, 1),
        "heart_rate_zone_durations": {
            "heart_rate_z1_duration": duration(0), "heart_rate_z2_duration": duration(1),
            "heart_rate_z3_duration": duration(2), "heart_rate_z4_duration": duration(3),
            "heart_rate_z5_duration": duration(4),
        },
    })
}

fn caesar_metrics(input: &GraphInput<'_>) -> Value {
    let strokes = &input.recording.strokes;
    let top = strokes.iter().map(|stroke| stroke.power).fold(0.0, f64::max);
    let mean = strokes.iter().map(|stroke| stroke.power).sum::<f64>() / strokes.len().max(1) as f64;
    json!({
        "output": {
            "slug": "stroke_output", "display_name": "Stroke Output", "display_unit": "watts",
            "max_value": rounded(top, 2), "average_value": rounded(mean, 2),
            "data": strokes.iter().enumerate().map(|(id, stroke)| json!({
                "id": id + 1, "seconds_since_pedaling_start": stroke.second, "output": stroke.power,
                "stroke_rate": rounded(stroke.rate, 0), "errors": [],
            })).collect::<Vec<_>>(),
        },
        "detail": {"score": 90, "user_avg_score": null, "segments": []},
    })
}

/// The stretches of a plan with the second each begins, floor work and equal neighbours joined.
pub(super) fn task_spans(plan: &[Section]) -> Vec<(u32, u32, Task)> {
    let mut spans: Vec<(u32, u32, Task)> = Vec::new();
    let mut offset = 0;
    for stretch in plan.iter().flat_map(|section| &section.stretches) {
        match spans.last_mut() {
            Some((_, length, task)) if *task == stretch.task => *length += stretch.length,
            _ => spans.push((offset, stretch.length, stretch.task)),
        }
        offset += stretch.length;
    }
    spans
}
