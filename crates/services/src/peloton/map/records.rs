//! The graph's samples as records: real offsets, true distances, positions by offset, pauses where samples are missing.

use baton_core::units::rounded;
use baton_core::{ActivityEvent, EventKind, Position, Record, Time, activity::seconds};

use super::units;
use crate::peloton::wire::{LocationSegment, Metric, PerformanceGraph};

/// Missing samples for longer than this are a pause: the timer stops at the last sample and starts at the next. Shorter
/// gaps are a slow connection.
const PAUSE: f64 = 10.0;
/// Offsets beyond this are nonsense, s.
const LATEST: f64 = 48.0 * 3600.0;

/// When each sample was taken (s from second 0, strictly increasing) and where it stands in the metrics.
#[derive(Debug, Default)]
pub struct Samples(Vec<(f64, usize)>);

impl Samples {
    /// Reads `seconds_since_pedaling_start`, which has gaps, may begin late and may end before the class does. Where
    /// there is none, the samples are a second apart, as they were asked for.
    pub fn of(graph: &PerformanceGraph) -> Samples {
        let offsets = &graph.seconds_since_pedaling_start.0;
        let mut samples: Vec<(f64, usize)> = if offsets.is_empty() {
            let longest = graph.metrics.0.iter().map(|metric| metric.values.0.len()).max().unwrap_or(0);
            (0..longest).map(|index| (index as f64, index)).collect()
        } else {
            offsets.iter().copied().zip(0..).collect()
        };
        samples.retain(|(offset, _)| (0.0..=LATEST).contains(offset));
        if !samples.is_sorted_by(|a, b| a.0 < b.0) {
            samples.sort_by(|a, b| a.0.total_cmp(&b.0));
            samples.dedup_by(|a, b| a.0 == b.0);
        }
        Samples(samples)
    }

    /// Offset of the last sample in seconds.
    pub fn last(&self) -> Option<f64> {
        self.0.last().map(|(offset, _)| *offset)
    }
}

/// What the distances of records are built from.
#[derive(Debug, Clone, Copy)]
pub struct Distance {
    /// m, as Peloton sums it up
    pub total: Option<f64>,
    /// Whether speeds are scaled like distances. A rower's display holds its speed between strokes, so that the sum of
    /// what it shows overshoots by a third: scaled, speed and distance agree with each other and with the total.
    /// Elsewhere the two differ by rounding only and speed stays as it was shown.
    pub scale_speed: bool,
    /// Whether an absent speed means standing still, as on a tread.
    pub stands_where_absent: bool,
}

/// Metres per second for each place in the metrics, not-a-number where absent.
fn speeds(graph: &PerformanceGraph, distance: Distance) -> Option<Vec<f64>> {
    if let Some(metric) = graph.metric("speed") {
        let unit = metric.display_unit.get().and_then(units::speed_in).or_else(|| speed_unit(graph));
        let factor = unit.unwrap_or(baton_core::units::MILE_PER_HOUR);
        let absent = if distance.stands_where_absent { 0.0 } else { f64::NAN };
        let speed = |value: &f64| if value.is_nan() { absent } else { value * factor };
        return Some(metric.values.0.iter().map(speed).collect());
    }
    // A pace is null, or the longest there is, where nobody moves.
    let metric = graph.metric("pace").or_else(|| graph.metric("split_pace"))?;
    let length = metric
        .display_unit
        .get()
        .and_then(units::pace_length)
        .unwrap_or_else(|| if metric.slug.is("split_pace") { 500.0 } else { baton_core::units::MILE });
    let speed = |minutes: &f64| if *minutes > 0.0 { length / (minutes * 60.0) } else { 0.0 };
    Some(metric.values.0.iter().map(speed).collect())
}

/// The account's speed unit by its distance unit.
fn speed_unit(graph: &PerformanceGraph) -> Option<f64> {
    match graph.summary("distance")?.display_unit.get() {
        Some(unit) if unit.eq_ignore_ascii_case("km") => units::speed_in("kph"),
        _ => None,
    }
}

/// The records, and the events of the pauses between them.
pub fn records(
    graph: &PerformanceGraph,
    samples: &Samples,
    start: Time,
    distance: Distance,
) -> (Vec<Record>, Vec<ActivityEvent>) {
    let values = |slug: &str| graph.metric(slug).map(|metric| metric.values.0.as_slice()).unwrap_or_default();
    let heart_rate = values("heart_rate");
    let power = values("output");
    let (cadence, stroke_rate) = (values("cadence"), values("stroke_rate"));
    let cadence = if cadence.is_empty() { stroke_rate } else { cadence };
    let (resistance, incline) = (values("resistance"), values("incline"));
    let altitude = graph.metric("altitude").map(|metric| (metric.values.0.as_slice(), height_unit(metric)));
    let track = Track::of(&graph.location_data.0);

    let speeds = speeds(graph, distance);
    let covered = speeds.as_deref().map(|speeds| cumulative(samples, speeds)).unwrap_or_default();
    let sum = covered.last().copied().unwrap_or(0.0);
    let scale = match distance.total {
        Some(total) if sum > 0.0 => total / sum,
        _ => 1.0,
    };
    let speed_scale = if distance.scale_speed { scale } else { 1.0 };

    let at = |values: &[f64], index: usize| values.get(index).copied().filter(|value| value.is_finite());
    let record = |(order, (offset, index)): (usize, &(f64, usize))| Record {
        time: start + seconds(*offset),
        position: track.at(*offset),
        altitude: altitude.and_then(|(values, unit)| at(values, *index).map(|value| value * unit)),
        distance: covered.get(order).map(|metres| metres * scale),
        speed: speeds.as_deref().and_then(|speeds| at(speeds, *index)).map(|speed| speed * speed_scale),
        // A strap that lost contact reads 0.
        heart_rate: at(heart_rate, *index).and_then(|bpm| rounded(bpm, 1.0, 255.0)).map(|bpm| bpm as u8),
        cadence: at(cadence, *index).filter(|rpm| (0.0..=254.0).contains(rpm)),
        power: at(power, *index).and_then(|watts| rounded(watts, 0.0, 65_534.0)).map(|watts| watts as u16),
        grade: at(incline, *index).filter(|percent| percent.abs() <= 100.0),
        resistance: at(resistance, *index).filter(|percent| (0.0..=100.0).contains(percent)),
        temperature: None,
    };
    let records = samples.0.iter().enumerate().map(record).collect();
    (records, pauses(samples, start))
}

fn height_unit(metric: &Metric) -> f64 {
    metric.display_unit.get().and_then(units::metres_in).unwrap_or(baton_core::units::FOOT)
}

/// Metres covered until each sample. A speed counts for the time since the sample before it; nothing is covered in a
/// pause.
fn cumulative(samples: &Samples, speeds: &[f64]) -> Vec<f64> {
    let (mut covered, mut before) = (0.0, 0.0);
    let step = |&(offset, index): &(f64, usize)| {
        let elapsed = offset - before;
        before = offset;
        let elapsed = if elapsed > PAUSE { 1.0 } else { elapsed };
        let speed = speeds.get(index).copied().unwrap_or(0.0);
        // What clean would drop from the record may not count for its distance either.
        if (0.0..=65.0).contains(&speed) {
            covered += speed * elapsed;
        }
        covered
    };
    samples.0.iter().map(step).collect()
}

/// A stop at the last sample before each pause and a start at the first after it.
fn pauses(samples: &Samples, start: Time) -> Vec<ActivityEvent> {
    let event = |offset: f64, kind| ActivityEvent { time: start + seconds(offset), kind };
    samples
        .0
        .windows(2)
        .filter_map(|pair| match pair {
            [(before, _), (after, _)] if after - before > PAUSE => {
                Some([event(*before, EventKind::Stop), event(*after, EventKind::Start)])
            }
            _ => None,
        })
        .flatten()
        .collect()
}

/// The positions by their own offsets: there are fewer than samples, so that places in the list mean nothing.
struct Track(Vec<(f64, Position)>);

impl Track {
    /// Parts marked as gaps hold guesses between the points around them and are left out.
    fn of(segments: &[LocationSegment]) -> Track {
        let mut points: Vec<(f64, Position)> = segments
            .iter()
            .filter(|segment| segment.is_gap.0 != Some(true))
            .flat_map(|segment| &segment.coordinates.0)
            .filter_map(|point| {
                let latitude = point.latitude.within(-90.0, 90.0)?;
                let longitude = point.longitude.within(-180.0, 180.0)?;
                let nowhere = latitude == 0.0 && longitude == 0.0;
                (!nowhere).then_some((point.seconds_offset_from_start.0?, Position { latitude, longitude }))
            })
            .collect();
        if !points.is_sorted_by(|a, b| a.0 <= b.0) {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        Track(points)
    }

    fn at(&self, offset: f64) -> Option<Position> {
        let place = self.0.partition_point(|(point, _)| *point < offset - 0.5);
        self.0.get(place).filter(|(point, _)| *point < offset + 0.5).map(|(_, position)| *position)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const INDOORS: Distance = Distance { total: None, scale_speed: false, stands_where_absent: false };

    fn graph(value: serde_json::Value) -> PerformanceGraph {
        serde_json::from_value(value).unwrap()
    }

    fn converted(value: serde_json::Value, distance: Distance) -> (Vec<Record>, Vec<ActivityEvent>) {
        let graph = graph(value);
        records(&graph, &Samples::of(&graph), Time::UNIX_EPOCH, distance)
    }

    #[test]
    fn samples_keep_their_own_seconds() {
        let (records, events) = converted(
            json!({"seconds_since_pedaling_start": [4, 5, 7, 18, "19", null],
                   "metrics": [{"slug": "output", "values": [100, 101, 102, 103, 104, 105, 106]}]}),
            INDOORS,
        );
        let told: Vec<(i64, Option<u16>)> =
            records.iter().map(|record| (record.time.timestamp(), record.power)).collect();
        assert_eq!(told, [(4, Some(100)), (5, Some(101)), (7, Some(102)), (18, Some(103)), (19, Some(104))]);
        let told: Vec<(i64, EventKind)> =
            events.iter().map(|event| (event.time.timestamp(), event.kind)).collect();
        assert_eq!(told, [(7, EventKind::Stop), (18, EventKind::Start)]);
    }

    #[test]
    fn zeros_and_nulls_of_the_heart_are_no_readings() {
        let (records, _) = converted(
            json!({"seconds_since_pedaling_start": [1, 2, 3, 4, 5],
                   "metrics": [{"slug": "heart_rate", "values": [0, null, 120, "x"]}]}),
            INDOORS,
        );
        let told: Vec<Option<u8>> = records.iter().map(|record| record.heart_rate).collect();
        assert_eq!(told, [None, None, Some(120), None, None]);
    }

    #[test]
    fn distance_ends_at_the_total() {
        let value = json!({"seconds_since_pedaling_start": [1, 2, 4, 5],
                           "metrics": [{"slug": "speed", "display_unit": "KPH", "values": [36, 36, 18, null]}]});
        let (records, _) = converted(value.clone(), Distance { total: Some(60.0), ..INDOORS });
        let told: Vec<Option<f64>> = records.iter().map(|record| record.distance).collect();
        assert_eq!(told, [Some(20.0), Some(40.0), Some(60.0), Some(60.0)]);
        assert_eq!((records[2].speed, records[3].speed), (Some(5.0), None));
        let (records, _) = converted(value, INDOORS);
        assert_eq!(records[3].distance, Some(30.0));
    }

    #[test]
    fn a_row_is_scaled_with_its_speed() {
        let (records, _) = converted(
            json!({"seconds_since_pedaling_start": [1, 2],
                   "metrics": [{"slug": "split_pace", "display_unit": "min/500m", "values": [2.5, 2.5]},
                               {"slug": "stroke_rate", "values": [20, 21]}]}),
            Distance { total: Some(5.0), scale_speed: true, stands_where_absent: false },
        );
        assert_eq!(
            (records[1].distance, records[1].speed, records[1].cadence),
            (Some(5.0), Some(2.5), Some(21.0))
        );
    }

    #[test]
    fn a_tread_that_stands_has_no_pace() {
        let values = json!({"seconds_since_pedaling_start": [1, 2, 3],
            "metrics": [{"slug": "pace", "display_unit": "min/mi", "values": [null, 60, 10],
                         "alternatives": [{"slug": "speed", "display_unit": "mph", "values": [null, 1.0, 6.0]}]}]});
        let tread = Distance { stands_where_absent: true, ..INDOORS };
        let (records, _) = converted(values.clone(), tread);
        assert_eq!(records[0].speed, Some(0.0));
        assert!((records[2].speed.unwrap() - 2.682_24).abs() < 1e-9);
        let mut hidden = values;
        hidden["metrics"][0]["alternatives"] = json!(null);
        let (records, _) = converted(hidden, tread);
        assert_eq!(records[0].speed, Some(0.0));
        assert!((records[2].speed.unwrap() - 2.682_24).abs() < 1e-9);
    }

    #[test]
    fn positions_go_by_their_seconds() {
        let point = |second: i64, latitude: f64| json!({"seconds_offset_from_start": second, "latitude": latitude, "longitude": 7.123_456_789});
        let (records, _) = converted(
            json!({"seconds_since_pedaling_start": [1, 2, 3, 4],
                   "location_data": [{"is_gap": false, "coordinates": [point(4, 50.4), point(2, 50.2)]},
                                     {"is_gap": true, "coordinates": [point(3, 50.3)]},
                                     {"coordinates": [point(1, 0.0), {"latitude": 1}, 7]}]}),
            INDOORS,
        );
        let told: Vec<Option<f64>> =
            records.iter().map(|record| record.position.map(|position| position.latitude)).collect();
        assert_eq!(told, [Some(0.0), Some(50.2), None, Some(50.4)]);
        assert_eq!(records[1].position.unwrap().longitude, 7.123_456_789);
    }

    #[test]
    fn without_offsets_the_samples_are_a_second_apart() {
        let (records, _) = converted(json!({"metrics": [{"slug": "output", "values": [1, 2, 3]}]}), INDOORS);
        assert_eq!(records.iter().map(|record| record.time.timestamp()).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
