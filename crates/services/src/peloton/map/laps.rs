//! Laps by the sections of a class.

use baton_core::{Intensity, Lap, LapTrigger, activity::seconds};

use super::time::Clock;
use crate::peloton::wire::{PerformanceGraph, Segment};

/// One lap for each section that had begun before the end; none where the class has no sections. `clean` makes them
/// cover the workout from the first to the last second.
pub fn by_segments(graph: &PerformanceGraph, clock: Clock) -> Vec<Lap> {
    let mut laps = Vec::new();
    let mut next = 0.0;
    for segment in &graph.segment_list.0 {
        let begin = segment.start_time_offset.within(0.0, 1e6).unwrap_or(next);
        let length = segment.length.within(0.0, 1e6).unwrap_or(0.0);
        next = begin + length;
        if length <= 0.0 || begin >= clock.elapsed {
            continue;
        }
        laps.push(Lap {
            start: clock.start + seconds(begin),
            elapsed: length.min(clock.elapsed - begin),
            trigger: LapTrigger::Time,
            name: segment.name.get().map(str::to_owned),
            intensity: intensity(segment),
            ..Lap::default()
        });
    }
    if let Some(last) = laps.last_mut() {
        last.trigger = LapTrigger::SessionEnd;
    }
    laps
}

/// What kind of work a section is, by its icon or name.
fn intensity(segment: &Segment) -> Option<Intensity> {
    let words = segment.icon_slug.get().or(segment.name.get())?;
    let letters: String = words.chars().filter(char::is_ascii_alphabetic).collect();
    Some(match letters.to_ascii_lowercase().as_str() {
        "warmup" => Intensity::Warmup,
        "cooldown" | "stretching" => Intensity::Cooldown,
        "rest" => Intensity::Rest,
        "recovery" => Intensity::Recovery,
        _ => Intensity::Active,
    })
}

/// The intensity of the section that second `offset` lies in.
pub fn intensity_at(graph: &PerformanceGraph, offset: f64) -> Option<Intensity> {
    let begun = |segment: &&Segment| segment.start_time_offset.0.is_some_and(|begin| begin <= offset);
    graph.segment_list.0.iter().rfind(begun).and_then(intensity)
}

#[cfg(test)]
mod tests {
    use baton_core::Time;
    use serde_json::json;

    use super::*;

    fn laps(list: &serde_json::Value, elapsed: f64) -> Vec<(i64, f64, Option<String>)> {
        let graph = serde_json::from_value(json!({ "segment_list": list })).unwrap();
        by_segments(&graph, Clock { start: Time::UNIX_EPOCH, elapsed })
            .into_iter()
            .map(|lap| (lap.start.timestamp(), lap.elapsed, lap.name))
            .collect()
    }

    #[test]
    fn a_class_left_early_has_no_laps_beyond_its_end() {
        let list = json!([
            {"name": "Warm Up", "start_time_offset": 0, "length": 300},
            {"name": "Cycling", "start_time_offset": 300, "length": 1440},
            {"name": "Cool Down", "start_time_offset": 1740, "length": 60},
        ]);
        let cut = laps(&list, 900.0);
        assert_eq!(cut, [(0, 300.0, Some("Warm Up".into())), (300, 600.0, Some("Cycling".into()))]);
        assert_eq!(laps(&list, 1898.0).len(), 3);
    }

    #[test]
    fn odd_sections() {
        let list = json!([{"length": 60}, 7, {"length": 0, "start_time_offset": 60}, {"length": "540", "name": null}]);
        assert_eq!(laps(&list, 600.0), [(0, 60.0, None), (60, 540.0, None)]);
        assert!(laps(&json!({"a": 1}), 600.0).is_empty());
    }

    #[test]
    fn sections_have_intensities() {
        let graph = serde_json::from_value(json!({"segment_list": [
            {"icon_slug": "warmup", "start_time_offset": 0}, {"name": "Cycling", "start_time_offset": 300},
            {"name": "Cool Down", "start_time_offset": 1740}]}))
        .unwrap();
        let told = [0.0, 299.0, 300.0, 1800.0].map(|offset| intensity_at(&graph, offset));
        let expected = [Intensity::Warmup, Intensity::Warmup, Intensity::Active, Intensity::Cooldown];
        assert_eq!(told, expected.map(Some));
    }
}
