//! Peloton's answers as core's words: pure, without network or clock. [`activity`] is the whole of it; each part has its
//! file.

mod laps;
mod movements;
mod records;
mod sets;
mod sport;
mod targets;
mod time;
mod units;
mod zones;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod sample_tests;

use baton_core::units::{MILE, MILE_PER_HOUR, rounded};
use baton_core::{
    Activity, Entry, Error, ErrorKind, Kind, Owner, RecordedBy, Result, Span, Sport, Statistics,
    activity::seconds,
};

use self::records::{Distance, Samples};
use super::wire::{Payload, PerformanceGraph, Workout};

/// Everything that one workout's answers hold.
///
/// # Errors
/// `Incomplete` while it is being done, `Rejected` where it has no time.
pub fn activity(payload: &Payload) -> Result<Activity> {
    let (no_workout, no_graph) = (Workout::default(), PerformanceGraph::default());
    let workout = payload.workout.0.as_ref().unwrap_or(&no_workout);
    let graph = payload.performance_graph.0.as_ref().unwrap_or(&no_graph);
    let details = payload.ride_details.0.as_ref();
    let user = payload.user.0.as_ref();
    if workout.is_in_progress() {
        return Err(Error::new(ErrorKind::Incomplete, "this workout is still being done"));
    }

    let samples = Samples::of(graph);
    let class = graph.duration.positive().or_else(|| workout.ride()?.duration.positive());
    let clock = time::clock(workout, samples.last(), class)?;
    let slug = workout.fitness_discipline.get().unwrap_or_default();
    let outdoors = workout.is_outdoor.0.unwrap_or_else(|| looks_outdoors(graph));
    let discipline = sport::discipline(slug, outdoors);

    let totals = totals(workout, graph);
    let distance = Distance {
        total: totals.distance,
        scale_speed: discipline.sport == Sport::ROWING,
        stands_where_absent: !outdoors && matches!(discipline.sport, Sport::RUNNING | Sport::WALKING),
    };
    let (records, events) = records::records(graph, &samples, clock.start, distance);

    let title = title(workout);
    let introduction = workout.pedaling_start_offset().unwrap_or(0.0);
    let (plan, target_laps) = targets::by_targets(graph, details, introduction, clock).unzip();
    let mut remarks = Vec::new();
    if !discipline.known {
        remarks.push(if slug.is_empty() {
            "Peloton does not say what kind of workout this is; it is kept as general training".to_owned()
        } else {
            format!("Baton does not know Peloton's discipline “{slug}”; it is kept as general training")
        });
    }

    Ok(Activity {
        start: clock.start,
        utc_offset: time::utc_offset(workout),
        sport: discipline.sport,
        sub_sport: discipline.sub_sport,
        instructor: instructor(workout),
        elapsed: clock.elapsed,
        timer: clock.elapsed,
        totals,
        segment_laps: laps::by_segments(graph, clock),
        target_laps: target_laps.unwrap_or_default(),
        lap_distance: lap_distance(graph, discipline.sport),
        records,
        sets: if sport::has_sets(slug) || workout.movement_tracker_data.0.is_some() {
            sets::sets(workout, details, clock)
        } else {
            Vec::new()
        },
        events,
        workout: plan.map(|mut plan| {
            plan.name.clone_from(&title);
            plan
        }),
        zones: zones::zones(workout, graph, user, sport::has_threshold_power(slug)),
        user: user.and_then(|user| zones::user(user, clock.start)),
        title,
        remarks,
        ..Activity::default()
    })
}

/// Whether the sets of this workout stand in the class plan only.
pub fn needs_plan(workout: &Workout) -> bool {
    workout.fitness_discipline.get().is_some_and(sport::has_sets) && !sets::has_tracked(workout)
}

/// One row of the listing. `None` for a row without id or time, which can be neither named nor placed.
pub fn entry(workout: &Workout) -> Option<Entry> {
    let key = workout.id.get()?.to_owned();
    let duration = workout.ride().and_then(|ride| ride.duration.positive());
    let clock = time::clock(workout, None, duration).ok()?;
    let discipline = workout.fitness_discipline.get().map(|slug| {
        let known = sport::discipline(slug, workout.is_outdoor.0 == Some(true));
        // Old rows do not tell whether a run was outdoors; a filter must not be told what is not known.
        let certain = workout.is_outdoor.0.is_some() || !matches!(slug, "cycling" | "running" | "walking");
        (known.sport, certain.then_some(known.sub_sport))
    });
    Some(Entry {
        kind: Kind::Activity,
        span: Span::new(clock.start, clock.start + seconds(clock.elapsed)),
        revision: revision(workout),
        recorded_by: workout.imported_by().map_or(RecordedBy::Source, RecordedBy::Elsewhere),
        title: title(workout),
        sport: discipline.map(|(sport, _)| sport),
        sub_sport: discipline.and_then(|(_, sub_sport)| sub_sport),
        utc_offset: time::utc_offset(workout),
        in_progress: workout.is_in_progress(),
        arrived: None,
        owner: Owner::Certain,
        measured: None,
        key,
    })
}

/// Changes when the workout ends, is renamed or gets other totals.
fn revision(workout: &Workout) -> String {
    let number =
        |number: super::wire::Number| number.0.map_or_else(|| "-".to_owned(), |number| number.to_string());
    format!(
        "{}:{}:{}:{}:{}",
        workout.status.get().unwrap_or("-"),
        number(workout.start_time),
        number(workout.end_time),
        number(workout.total_work),
        title(workout),
    )
}

/// The class's title, else the one that the member or the phone gave, else the kind of workout.
fn title(workout: &Workout) -> String {
    let class = workout.ride().and_then(|ride| ride.title.get());
    let title = class.or(workout.title.get()).or(workout.name.get()).unwrap_or("Peloton workout");
    // Some titles arrive written for a web page.
    let entities =
        [("&#39;", "'"), ("&#x27;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    if !title.contains('&') {
        return title.to_owned();
    }
    entities.iter().fold(title.to_owned(), |title, (entity, letter)| title.replace(entity, letter))
}

fn instructor(workout: &Workout) -> Option<String> {
    let instructor = workout.ride()?.instructor.0.as_ref()?;
    if let Some(name) = instructor.name.get() {
        return Some(name.to_owned());
    }
    let names: Vec<&str> =
        [&instructor.first_name, &instructor.last_name].iter().filter_map(|name| name.get()).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// Rows from before 2021 do not say it; positions and heights exist outdoors only.
fn looks_outdoors(graph: &PerformanceGraph) -> bool {
    graph.location_data.0.iter().any(|segment| !segment.coordinates.0.is_empty())
        || graph.metric("altitude").is_some()
}

/// What Peloton itself states. The rest is added up from the records.
fn totals(workout: &Workout, graph: &PerformanceGraph) -> Statistics {
    let summary = |slug: &str| graph.summary(slug).and_then(|summary| summary.value.positive());
    let in_metres = |slug: &str, most: f64| {
        let unit = units::metres_in(graph.summary(slug)?.display_unit.get()?)?;
        summary(slug).map(|value| value * unit).filter(|metres| *metres <= most)
    };
    let distance = in_metres("distance", 2.0e6);
    let strokes = summary("stroke_count").and_then(|count| rounded(count, 1.0, 1.0e6));
    let kilojoules = || summary("total_output").map(|kilojoules| kilojoules * 1000.0);
    let calories =
        summary("calories").or_else(|| summary("total_calories")).or_else(|| workout.calories.positive());
    Statistics {
        distance,
        work: workout.total_work.positive().or_else(kilojoules).filter(|joules| *joules <= 5.0e7),
        calories: calories
            .and_then(|calories| rounded(calories, 1.0, 65_534.0))
            .map(|calories| calories as u16),
        ascent: in_metres("elevation", 20_000.0),
        total_cycles: strokes.map(|count| count as u32),
        avg_stroke_distance: distance.zip(strokes).map(|(metres, count)| metres / count),
        ..Statistics::default()
    }
}

/// How long a distance lap is in the member's own units: 500 m when rowing, else a mile or a kilometre.
fn lap_distance(graph: &PerformanceGraph, sport: Sport) -> Option<f64> {
    if sport == Sport::ROWING {
        return Some(500.0);
    }
    let by_distance =
        || units::metres_in(graph.summary("distance")?.display_unit.get()?).map(|metres| metres == MILE);
    let by_speed =
        || units::speed_in(graph.metric("speed")?.display_unit.get()?).map(|speed| speed == MILE_PER_HOUR);
    let by_pace =
        || units::pace_length(graph.metric("pace")?.display_unit.get()?).map(|metres| metres == MILE);
    let in_miles = by_distance().or_else(by_speed).or_else(by_pace)?;
    Some(if in_miles { MILE } else { 1000.0 })
}
