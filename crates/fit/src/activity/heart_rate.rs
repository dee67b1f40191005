//! Heart rates that a strap recorded by itself and told afterwards, as after a swim: FIT's hr messages, which are made into
//! the heart rates of the records.

use baton_core::Record;

use crate::profile::{EVENT_TIMESTAMP_12, fit_time, hr};
use crate::wire::Message;

/// A rate holds until the next beat, but for this long at most, counted in steps (s).
const STEP: f64 = 0.25;
const MOST_STEPS: u32 = 20;
/// The strap's clock has so many ticks in a second.
const TICKS: f64 = 1024.0;
/// Two days of a fast heart; a made-up file must not fill the memory.
const MOST_BEATS: usize = 500_000;

/// Beats in their order.
#[derive(Debug, Default)]
pub struct Beats {
    /// A moment (seconds of FIT's epoch) and what the strap's clock showed then
    anchor: Option<(f64, u32)>,
    /// What the clock showed last; short messages tell its lower twelve bits.
    clock: u32,
    all: Vec<Beat>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Beat {
    /// Seconds of FIT's epoch
    time: f64,
    /// bpm
    rate: u8,
}

impl Beats {
    /// Takes in one hr message. Those with a timestamp set the clock, the others tell up to eight beats each.
    pub fn take(&mut self, message: &Message<'_>) {
        let mut clocks: Vec<u32> =
            message.values(hr::EVENT_TIMESTAMP.number).into_iter().flatten().map(|raw| raw as u32).collect();
        if clocks.is_empty() {
            let short = message.bytes(EVENT_TIMESTAMP_12).unwrap_or_default();
            for clock in twelve_bits(short) {
                let since = clock.wrapping_sub(self.clock) & 0x0fff;
                self.clock = self.clock.wrapping_add(since);
                clocks.push(self.clock);
            }
        }
        let Some(&first) = clocks.first() else { return };
        self.clock = clocks.last().copied().unwrap_or(first);
        if let Some(time) = message.timestamp() {
            let fraction = hr::FRACTIONAL_TIMESTAMP.read(message).unwrap_or(0.0);
            self.anchor = Some((f64::from(time) + fraction, first));
        }
        let Some((time, shown)) = self.anchor else { return };
        for (clock, rate) in clocks.into_iter().zip(message.values(hr::FILTERED_BPM.number)) {
            if let Some(rate) = rate.filter(|_| self.all.len() < MOST_BEATS) {
                let time = time + f64::from(clock.wrapping_sub(shown)) / TICKS;
                self.all.push(Beat { time, rate: rate as u8 });
            }
        }
    }

    /// Gives each record the mean rate since the one before it. Records are in order.
    pub fn tell(&self, records: &mut [Record]) {
        let mut told = self.held().peekable();
        let mut from = None;
        for record in records {
            let Some(until) = fit_time(record.time).map(f64::from) else { continue };
            let after = from.replace(until).unwrap_or(until - 1.0);
            let (mut sum, mut count) = (0.0, 0.0);
            while let Some(beat) = told.next_if(|beat| beat.time <= until) {
                if beat.time > after {
                    sum += f64::from(beat.rate);
                    count += 1.0;
                }
            }
            if sum > 0.0 {
                record.heart_rate = Some((sum / count + 0.5) as u8);
            }
        }
    }

    /// The beats, and between two of them the former one's rate at each step for as long as it holds.
    fn held(&self) -> impl Iterator<Item = Beat> {
        let next = self.all.iter().skip(1).map(|beat| Some(beat.time)).chain([None]);
        self.all.iter().zip(next).flat_map(|(&beat, next)| {
            let gap = next.map_or(0.0, |next| next - beat.time);
            let steps = (1..=MOST_STEPS).take_while(move |&step| gap > STEP * f64::from(step));
            let held = steps.map(move |step| Beat { time: beat.time + STEP * f64::from(step), ..beat });
            std::iter::once(beat).chain(held)
        })
    }
}

/// Numbers of twelve bits each, the lower bits first; two of them in three bytes.
fn twelve_bits(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks::<3>().0.iter().flat_map(|&[low, middle, high]| {
        let (low, middle, high) = (u32::from(low), u32::from(middle), u32::from(high));
        [low | (middle & 0x0f) << 8, middle >> 4 | high << 4]
    })
}
