//! What a session and a lap add up to: [`Statistics`] to and from their fields.

use baton_core::{Position, Record, Statistics};

use super::split_cadence;
use crate::profile::{Draft, Field, Summary, semicircles};
use crate::wire::Message;

/// Adds statistics to a lap or session. `zone_times` tells whether the seconds in each zone are written.
pub fn put(draft: &mut Draft, summary: &Summary, statistics: &Statistics, zone_times: bool) {
    let whole = |value: Option<u16>| value.map(f64::from);
    let byte = |value: Option<u8>| value.map(f64::from);
    draft
        .put(summary.total_distance, statistics.distance)
        .put(summary.total_work, statistics.work)
        .put(summary.total_calories, whole(statistics.calories))
        .put(summary.total_cycles, statistics.total_cycles.map(f64::from))
        .put(summary.total_ascent, statistics.ascent)
        .put(summary.total_descent, statistics.descent)
        .put(summary.enhanced_avg_speed, statistics.avg_speed)
        .put(summary.enhanced_max_speed, statistics.max_speed)
        .put(summary.avg_speed, statistics.avg_speed)
        .put(summary.max_speed, statistics.max_speed)
        .put(summary.avg_heart_rate, byte(statistics.avg_heart_rate))
        .put(summary.max_heart_rate, byte(statistics.max_heart_rate))
        .put(summary.min_heart_rate, byte(statistics.min_heart_rate))
        .put(summary.avg_power, whole(statistics.avg_power))
        .put(summary.max_power, whole(statistics.max_power))
        .put(summary.normalized_power, whole(statistics.normalized_power))
        .put(summary.avg_stroke_distance, statistics.avg_stroke_distance)
        .put(summary.enhanced_avg_altitude, statistics.avg_altitude)
        .put(summary.enhanced_max_altitude, statistics.max_altitude)
        .put(summary.enhanced_min_altitude, statistics.min_altitude)
        .put(summary.avg_altitude, statistics.avg_altitude)
        .put(summary.max_altitude, statistics.max_altitude)
        .put(summary.min_altitude, statistics.min_altitude)
        .put(summary.avg_grade, statistics.avg_grade)
        .put(summary.max_pos_grade, statistics.max_grade)
        .put(summary.avg_temperature, statistics.avg_temperature)
        .put(summary.max_temperature, statistics.max_temperature);
    put_cadence(draft, summary.avg_cadence, summary.avg_fractional_cadence, statistics.avg_cadence);
    put_cadence(draft, summary.max_cadence, summary.max_fractional_cadence, statistics.max_cadence);
    if let Some(field) = summary.intensity_factor {
        draft.put(field, statistics.intensity_factor);
    }
    if let Some(field) = summary.training_stress_score {
        draft.put(field, statistics.training_stress_score);
    }
    if zone_times {
        put_zones(draft, summary.time_in_hr_zone, &statistics.time_in_heart_rate_zone);
        put_zones(draft, summary.time_in_power_zone, &statistics.time_in_power_zone);
    }
}

fn put_cadence(draft: &mut Draft, whole: Field, fraction: Field, cadence: Option<f64>) {
    if let Some((turns, rest)) = cadence.and_then(split_cadence) {
        draft.set(whole, turns);
        if rest > 0 {
            draft.set(fraction, f64::from(rest) / 128.0);
        }
    }
}

/// Element 0 is the time below zone 1, which is not told.
fn put_zones(draft: &mut Draft, field: Field, seconds: &[f64]) {
    if !seconds.is_empty() {
        let elements: Vec<_> = std::iter::once(None).chain(seconds.iter().copied().map(Some)).collect();
        draft.numbers(field, &elements);
    }
}

/// Adds the bounding box, the first and the last position of the records that belong to it.
pub fn put_positions(draft: &mut Draft, summary: &Summary, records: &[Record]) {
    let mut positions = records
        .iter()
        .filter_map(|record| record.position)
        .filter(|position| semicircles(*position).is_some());
    let Some(first) = positions.next() else { return };
    let (mut last, mut north_east, mut south_west) = (first, first, first);
    for position in positions {
        last = position;
        north_east.latitude = north_east.latitude.max(position.latitude);
        north_east.longitude = north_east.longitude.max(position.longitude);
        south_west.latitude = south_west.latitude.min(position.latitude);
        south_west.longitude = south_west.longitude.min(position.longitude);
    }
    let corners = [
        (summary.start_position, first),
        (summary.end_position, last),
        (summary.north_east, north_east),
        (summary.south_west, south_west),
    ];
    for (fields, position) in corners {
        put_position(draft, fields, position);
    }
}

fn put_position(draft: &mut Draft, (latitude, longitude): (Field, Field), position: Position) {
    if let Some((north, east)) = semicircles(position) {
        draft
            .set(latitude, latitude.value(f64::from(north)))
            .set(longitude, longitude.value(f64::from(east)));
    }
}

/// The statistics of a lap or session that was read.
pub fn read(message: &Message<'_>, summary: &Summary) -> Statistics {
    let number = |field: Field| field.read(message);
    let either = |enhanced: Field, plain: Field| number(enhanced).or_else(|| number(plain));
    let whole = |field: Field| number(field).map(|value| value as u16);
    // A device that had no strap says zero.
    let heart_rate = |field: Field| number(field).map(|value| value as u8).filter(|&rate| rate > 0);
    let cadence = |whole: Field, fraction: Field| Some(number(whole)? + number(fraction).unwrap_or(0.0));
    let zones = |field: Field| message.values(field.number).into_iter().skip(1).flatten();
    Statistics {
        distance: number(summary.total_distance),
        work: number(summary.total_work),
        calories: whole(summary.total_calories),
        avg_speed: either(summary.enhanced_avg_speed, summary.avg_speed),
        max_speed: either(summary.enhanced_max_speed, summary.max_speed),
        avg_heart_rate: heart_rate(summary.avg_heart_rate),
        max_heart_rate: heart_rate(summary.max_heart_rate),
        min_heart_rate: heart_rate(summary.min_heart_rate),
        avg_power: whole(summary.avg_power),
        max_power: whole(summary.max_power),
        normalized_power: whole(summary.normalized_power),
        intensity_factor: summary.intensity_factor.and_then(number),
        training_stress_score: summary.training_stress_score.and_then(number),
        avg_cadence: cadence(summary.avg_cadence, summary.avg_fractional_cadence),
        max_cadence: cadence(summary.max_cadence, summary.max_fractional_cadence),
        total_cycles: number(summary.total_cycles).map(|value| value as u32),
        avg_stroke_distance: number(summary.avg_stroke_distance),
        ascent: number(summary.total_ascent),
        descent: number(summary.total_descent),
        avg_altitude: either(summary.enhanced_avg_altitude, summary.avg_altitude),
        max_altitude: either(summary.enhanced_max_altitude, summary.max_altitude),
        min_altitude: either(summary.enhanced_min_altitude, summary.min_altitude),
        avg_grade: number(summary.avg_grade),
        max_grade: number(summary.max_pos_grade),
        avg_temperature: number(summary.avg_temperature),
        max_temperature: number(summary.max_temperature),
        time_in_heart_rate_zone: zones(summary.time_in_hr_zone)
            .map(|raw| summary.time_in_hr_zone.value(raw))
            .collect(),
        time_in_power_zone: zones(summary.time_in_power_zone)
            .map(|raw| summary.time_in_power_zone.value(raw))
            .collect(),
    }
}
