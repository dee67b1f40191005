//! What records add up to: averages, extremes, work, normalized power, time in zones. Pure arithmetic.

use crate::{Record, Span, Statistics, Time, Zones};

/// A sample stands for the time until the next one, but never for longer than this: what lies beyond is a pause.
pub const LONGEST_SAMPLE: f64 = 10.0;

/// Seconds over which power is averaged before its fourth power is taken (Coggan's definition).
const POWER_WINDOW: usize = 30;

/// A mean and the extremes of values that each count for some seconds.
#[derive(Clone, Copy)]
struct Tally {
    sum: f64,
    seconds: f64,
    low: f64,
    high: f64,
}

impl Tally {
    const EMPTY: Tally = Tally { sum: 0.0, seconds: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY };

    fn add(&mut self, value: f64, seconds: f64) {
        self.sum += value * seconds;
        self.seconds += seconds;
        self.low = self.low.min(value);
        self.high = self.high.max(value);
    }

    fn mean(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.sum / self.seconds)
    }

    fn high(&self) -> Option<f64> {
        self.high.is_finite().then_some(self.high)
    }

    fn low(&self) -> Option<f64> {
        self.low.is_finite().then_some(self.low)
    }
}

/// The records whose time lies in the span; its last second counts only where it is the records' end.
pub fn within<'a>(records: &'a [Record], span: &Span) -> &'a [Record] {
    let from = records.partition_point(|record| record.time < span.start);
    let mut until = records.partition_point(|record| record.time < span.end);
    if until + 1 == records.len() && records[until].time == span.end {
        until += 1;
    }
    &records[from..until.max(from)]
}

/// The values of one field, and for how many seconds each stands: until the next one or the end, at most
/// [`LONGEST_SAMPLE`]. What other fields are sampled in between does not shorten it.
fn held(
    records: &[Record],
    end: Time,
    field: impl Fn(&Record) -> Option<f64>,
) -> impl Iterator<Item = (f64, f64)> {
    let mut samples =
        records.iter().filter_map(move |record| field(record).map(|value| (record.time, value))).peekable();
    std::iter::from_fn(move || {
        let (time, value) = samples.next()?;
        let next = samples.peek().map_or(end, |(next, _)| *next);
        Some((value, (next - time).as_seconds_f64().clamp(0.0, LONGEST_SAMPLE)))
    })
}

/// Everything that the records of a span tell. `all` is the whole activity in time order; `span` one of its laps or
/// the whole.
pub fn of(all: &[Record], span: &Span) -> Statistics {
    let records = within(all, span);
    let tally = |field: fn(&Record) -> Option<f64>| {
        let mut tally = Tally::EMPTY;
        for (value, seconds) in held(records, span.end, field) {
            tally.add(value, seconds.max(f64::EPSILON));
        }
        tally
    };
    let heart_rate = tally(|record| record.heart_rate.map(f64::from));
    let power = tally(|record| record.power.map(f64::from));
    let cadence = tally(|record| record.cadence);
    let speed = tally(|record| record.speed);
    let altitude = tally(|record| record.altitude);
    let grade = tally(|record| record.grade);
    let temperature = tally(|record| record.temperature);
    let (ascent, descent) = climbed(records);
    let whole =
        |value: Option<f64>, most: f64| value.map(f64::round).filter(|value| (0.0..=most).contains(value));
    Statistics {
        distance: distance(all, span),
        work: power.seconds.gt(&0.0).then_some(power.sum),
        calories: None,
        avg_speed: speed.mean(),
        max_speed: speed.high(),
        avg_heart_rate: whole(heart_rate.mean(), 254.0).map(|value| value as u8),
        max_heart_rate: whole(heart_rate.high(), 254.0).map(|value| value as u8),
        min_heart_rate: whole(heart_rate.low(), 254.0).map(|value| value as u8),
        avg_power: whole(power.mean(), 65534.0).map(|value| value as u16),
        max_power: whole(power.high(), 65534.0).map(|value| value as u16),
        normalized_power: normalized_power(records),
        avg_cadence: cadence.mean(),
        max_cadence: cadence.high(),
        total_cycles: cadence.seconds.gt(&0.0).then(|| (cadence.sum / 60.0).round() as u32),
        ascent,
        descent,
        avg_altitude: altitude.mean(),
        max_altitude: altitude.high(),
        min_altitude: altitude.low(),
        avg_grade: grade.mean(),
        max_grade: grade.high(),
        avg_temperature: temperature.mean(),
        max_temperature: temperature.high(),
        ..Statistics::default()
    }
}

/// Distance covered in the span: the cumulative distance at its end less that at its start.
fn distance(all: &[Record], span: &Span) -> Option<f64> {
    let until = all.partition_point(|record| record.time <= span.end);
    let from = all.partition_point(|record| record.time <= span.start);
    let at = |end: usize| all[..end].iter().rev().find_map(|record| record.distance);
    let last = at(until)?;
    Some((last - at(from).unwrap_or(0.0)).max(0.0))
}

/// Metres up and down between altitudes, with steps of under a metre gathered first so that noise does not climb.
fn climbed(records: &[Record]) -> (Option<f64>, Option<f64>) {
    let mut altitudes = records.iter().filter_map(|record| record.altitude);
    let Some(mut level) = altitudes.next() else { return (None, None) };
    let (mut up, mut down) = (0.0, 0.0);
    for altitude in altitudes {
        let step = altitude - level;
        if step.abs() >= 1.0 {
            if step > 0.0 {
                up += step;
            } else {
                down -= step;
            }
            level = altitude;
        }
    }
    (Some(up), Some(down))
}

/// Normalized power in W: the fourth root of the mean fourth power of 30-second means at one value a second, zeros
/// included. A sample is held until the next one, at most [`LONGEST_SAMPLE`] seconds; a longer gap is a pause and
/// starts the 30 seconds anew. `None` under 30 seconds of power.
pub fn normalized_power(records: &[Record]) -> Option<u16> {
    let mut window = [0.0_f64; POWER_WINDOW];
    let (mut filled, mut next, mut sum) = (0_usize, 0_usize, 0.0_f64);
    let (mut fourth_powers, mut count) = (0.0_f64, 0_u64);
    let mut push = |watts: f64, filled: &mut usize, next: &mut usize, sum: &mut f64| {
        *sum += watts - if *filled == POWER_WINDOW { window[*next] } else { 0.0 };
        window[*next] = watts;
        *next = (*next + 1) % POWER_WINDOW;
        *filled = (*filled + 1).min(POWER_WINDOW);
        if *filled == POWER_WINDOW {
            let mean = *sum / POWER_WINDOW as f64;
            fourth_powers += mean.powi(4);
            count += 1;
        }
    };
    let mut powered =
        records.iter().filter_map(|record| record.power.map(|power| (record.time, f64::from(power))));
    let mut sample = powered.next();
    while let Some((time, watts)) = sample {
        let following = powered.next();
        let gap = following.map_or(1.0, |(next_time, _)| (next_time - time).as_seconds_f64());
        if gap > LONGEST_SAMPLE {
            push(watts, &mut filled, &mut next, &mut sum);
            (filled, next, sum) = (0, 0, 0.0);
        } else {
            for _ in 0..(gap.round() as usize).max(1) {
                push(watts, &mut filled, &mut next, &mut sum);
            }
        }
        sample = following;
    }
    (count > 0).then(|| (fourth_powers / count as f64).powf(0.25).round().clamp(0.0, 65534.0) as u16)
}

/// Intensity factor and training stress score by Coggan's definitions. `seconds` is the timer time.
pub fn training_stress(normalized_power: u16, threshold_power: u16, seconds: f64) -> Option<(f64, f64)> {
    (threshold_power > 0).then(|| {
        let intensity = f64::from(normalized_power) / f64::from(threshold_power);
        (intensity, intensity * intensity * seconds / 36.0)
    })
}

/// Seconds in each heart-rate and power zone, by the upper bounds of `zones`; what lies above the last bound counts
/// to one zone more for power (its last zone is open) and to the last zone for heart rate.
pub fn time_in_zones(records: &[Record], span: &Span, zones: &Zones) -> (Vec<f64>, Vec<f64>) {
    let records = within(records, span);
    let mut heart = vec![0.0; zones.heart_rate.len()];
    let mut power = vec![0.0; if zones.power.is_empty() { 0 } else { zones.power.len() + 1 }];
    if let Some(last) = heart.len().checked_sub(1) {
        for (value, seconds) in held(records, span.end, |record| record.heart_rate.map(f64::from)) {
            let zone = zones.heart_rate.partition_point(|bound| f64::from(*bound) < value);
            heart[zone.min(last)] += seconds;
        }
    }
    if !power.is_empty() {
        for (value, seconds) in held(records, span.end, |record| record.power.map(f64::from)) {
            power[zones.power.partition_point(|bound| f64::from(*bound) < value)] += seconds;
        }
    }
    (heart, power)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn ride(watts: &[u16]) -> Vec<Record> {
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let record = |(second, watts): (usize, &u16)| Record {
            time: start + chrono::TimeDelta::seconds(second as i64),
            power: Some(*watts),
            distance: Some(second as f64 * 10.0),
            ..Record::default()
        };
        watts.iter().enumerate().map(record).collect()
    }

    fn whole(records: &[Record]) -> Span {
        Span::new(records[0].time, records[records.len() - 1].time + chrono::TimeDelta::seconds(1))
    }

    #[test]
    fn steady_power_is_its_own_normalized_power() {
        let records = ride(&[200; 600]);
        let all = of(&records, &whole(&records));
        assert_eq!((all.normalized_power, all.avg_power, all.work), (Some(200), Some(200), Some(120_000.0)));
        assert_eq!(training_stress(200, 200, 3600.0), Some((1.0, 100.0)));
    }

    #[test]
    fn intervals_weigh_more_than_their_mean() {
        let watts: Vec<u16> = (0..1200).map(|second| if second / 120 % 2 == 0 { 300 } else { 100 }).collect();
        let records = ride(&watts);
        let all = of(&records, &whole(&records));
        assert_eq!(all.avg_power, Some(200));
        let normalized = all.normalized_power.unwrap();
        assert!((230..=256).contains(&normalized), "{normalized}");
    }

    #[test]
    fn distances_of_laps_add_up_to_the_whole() {
        let records = ride(&[100; 601]);
        let middle = records[247].time;
        let first = of(&records, &Span::new(records[0].time, middle)).distance.unwrap();
        let second = of(&records, &Span::new(middle, records[600].time)).distance.unwrap();
        assert_eq!((first, second), (2470.0, 3530.0));
    }

    #[test]
    fn a_pause_counts_for_nothing() {
        let mut records = ride(&[100; 60]);
        for record in &mut records[30..] {
            record.time += chrono::TimeDelta::seconds(600);
        }
        let all = of(&records, &whole(&records));
        assert_eq!(all.work, Some((59.0 + LONGEST_SAMPLE) * 100.0));
    }

    #[test]
    fn a_sample_stands_until_the_next_of_its_field() {
        let mut records = ride(&[200; 601]);
        for (second, record) in records.iter_mut().enumerate() {
            record.power = record.power.filter(|_| second % 5 == 0);
            record.heart_rate = Some(120);
        }
        let all = of(&records, &Span::new(records[0].time, records[600].time));
        assert_eq!((all.work, all.avg_power), (Some(120_000.0), Some(200)));
        let zones = Zones { power: vec![100], heart_rate: vec![130], ..Zones::default() };
        let spent = time_in_zones(&records, &Span::new(records[0].time, records[600].time), &zones);
        assert_eq!(spent, (vec![600.0], vec![0.0, 600.0]));
    }

    #[test]
    fn every_watt_belongs_to_a_zone() {
        let records = ride(&[50, 55, 56, 400]);
        let zones = Zones { power: vec![55, 75, 90], ..Zones::default() };
        assert_eq!(time_in_zones(&records, &whole(&records), &zones).1, [2.0, 1.0, 0.0, 1.0]);
    }
}
