//! What a screen draws of an activity.

use baton_core::{ActivityEvent, EventKind, Position, WorkoutStep, Zones};
use chrono::TimeDelta;

use super::*;

fn ride() -> Activity {
    let start: Time = "2026-11-20T06:00:00Z".parse().unwrap();
    let record = |second: i64| Record {
        time: start + TimeDelta::seconds(second),
        heart_rate: Some(120 + (second % 60) as u8),
        power: (second < 30).then_some(200),
        position: Some(Position { latitude: 48.0 + second as f64 * 1e-5, longitude: 11.0 }),
        ..Record::default()
    };
    Activity {
        start,
        elapsed: 120.0,
        timer: 100.0,
        records: (0..40).chain(80..121).map(record).collect(),
        events: [
            (0, EventKind::Start),
            (40, EventKind::Stop),
            (80, EventKind::Start),
            (120, EventKind::StopAll),
        ]
        .map(|(second, kind)| ActivityEvent { time: start + TimeDelta::seconds(second), kind })
        .to_vec(),
        ..Activity::default()
    }
}

#[test]
fn a_gap_in_the_recording_is_a_gap_in_every_trace() {
    let preview = of_activity(&ride());
    let quantities: Vec<Quantity> = preview.series.traces.iter().map(|trace| trace.quantity).collect();
    assert_eq!(quantities, [Quantity::HeartRate, Quantity::Power]);
    let gap = preview.series.seconds.iter().position(|second| *second == 40.0).unwrap();
    assert!(preview.series.traces.iter().all(|trace| trace.values[gap].is_none()));
    assert!(preview.series.seconds.is_sorted_by(|a, b| a < b));
    assert!(preview.series.traces.iter().all(|trace| trace.values.len() == preview.series.seconds.len()));
    assert_eq!(preview.pauses, [(40.0, 80.0)]);
    let track = preview.track.unwrap();
    assert_eq!(track.points.iter().filter(|point| point.is_none()).count(), 1);
    let (east, north) = track.points.last().unwrap().unwrap();
    assert!(east.abs() < 0.1 && (north - 133.4).abs() < 0.5, "{east} {north}");
}

#[test]
fn what_is_sampled_seldom_is_a_line_too() {
    let mut activity = ride();
    for (second, record) in activity.records.iter_mut().enumerate() {
        record.heart_rate = record.heart_rate.filter(|_| second % 5 == 0);
    }
    let series = of_activity(&activity).series;
    let [pulse, power] = &series.traces[..] else { panic!("{:?}", series.traces) };
    assert_eq!(
        pulse.values[..6],
        [Some(120.0), Some(120.0), Some(120.0), Some(120.0), Some(120.0), Some(125.0)]
    );
    assert_eq!(pulse.values[36..40], [None; 4], "nothing is known after the last one before the pause");
    assert!(power.values[30..].iter().all(Option::is_none));
}

#[test]
fn targets_lie_end_to_end_and_inside_of_the_activity() {
    let step = |seconds, target| WorkoutStep {
        name: None,
        duration: StepDuration::Time(seconds),
        target,
        intensity: None,
    };
    let workout = Workout {
        name: String::new(),
        steps: vec![
            step(30.0, StepTarget::Cadence { low: 80.0, high: 90.0 }),
            step(30.0, StepTarget::Open),
            step(500.0, StepTarget::Resistance { low: 30.0, high: 40.0 }),
        ],
    };
    let bands = targets(&workout, 120.0);
    let spans: Vec<(Quantity, f64, f64)> =
        bands.iter().map(|band| (band.quantity, band.from, band.to)).collect();
    assert_eq!(spans, [(Quantity::Cadence, 0.0, 30.0), (Quantity::Resistance, 60.0, 120.0)]);
}

#[test]
fn zones_are_shown_where_they_are_known() {
    let mut activity = ride();
    assert!(of_activity(&activity).heart_rate_zones.is_empty());
    activity.zones = Some(Zones { heart_rate: vec![129, 149, 159, 169], ..Zones::default() });
    let bars = of_activity(&activity).heart_rate_zones;
    assert_eq!((bars[0].zone, bars[0].low, bars[0].high), (1, None, Some(129.0)));
    assert_eq!(bars[1].low, Some(129.0));
    assert!((bars.iter().map(|bar| bar.seconds).sum::<f64>() - 81.0).abs() < 15.0);
}
