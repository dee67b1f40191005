//! Plays a class plan second by second: how power, speed, strokes and heart follow what the instructor asks for.

use super::{
    options::{Athlete, Discipline, Machine},
    plan::{Section, Stretch, Task},
    random::Random,
    track::{self, Track},
};

/// Meters in a mile.
pub(super) const MILE: f64 = 1609.344;

/// What the machine measured, one entry per second from second 1; channels that it does not have are `None`.
#[derive(Clone, Debug, Default)]
pub(super) struct Recording {
    /// Seconds since the class began, 1 to the end.
    pub seconds: Vec<u32>,
    /// Watts, as shown.
    pub power: Option<Vec<f64>>,
    pub cadence: Option<Vec<f64>>,
    pub resistance: Option<Vec<f64>>,
    /// Meters per second, as shown.
    pub speed: Option<Vec<f64>>,
    /// Percent.
    pub incline: Option<Vec<f64>>,
    /// Meters above the sea.
    pub altitude: Option<Vec<f64>>,
    pub stroke_rate: Option<Vec<f64>>,
    /// Beats per minute; `Some(0)` is "no reading", `None` is a null.
    pub heart_rate: Option<Vec<Option<u32>>>,
    pub track: Option<Track>,
    pub strokes: Vec<Stroke>,
    pub totals: Totals,
}

/// One pull at the handle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    pub second: u32,
    pub power: f64,
    pub rate: f64,
}

/// Sums over every second, including seconds whose samples are later lost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// Joules.
    pub work: Option<f64>,
    /// Meters.
    pub distance: Option<f64>,
    /// Meters.
    pub ascent: Option<f64>,
    /// Kilocalories.
    pub calories: Option<u32>,
}

/// A value that drifts around zero like a rider's legs do: each second remembers most of the last.
struct Wander {
    value: f64,
    size: f64,
}

impl Wander {
    fn new(size: f64) -> Self {
        Self { value: 0.0, size }
    }

    fn step(&mut self, random: &mut Random) -> f64 {
        const MEMORY: f64 = 0.86;
        self.value = MEMORY * self.value + self.size * (1.0 - MEMORY * MEMORY).sqrt() * random.normal();
        self.value
    }
}

/// Plays `plan` up to second `length`.
pub(super) fn play(
    discipline: Discipline,
    plan: &[Section],
    length: u32,
    athlete: &Athlete,
    random: &mut Random,
) -> Recording {
    let stretches: Vec<Stretch> = plan
        .iter()
        .flat_map(|section| section.stretches.iter())
        .flat_map(|stretch| std::iter::repeat_n(*stretch, stretch.length as usize))
        .take(length as usize)
        .collect();
    let mut recording = Recording { seconds: (1..=stretches.len() as u32).collect(), ..Recording::default() };
    match discipline.machine() {
        Machine::Bike => ride(&mut recording, &stretches, athlete, random),
        Machine::Tread => run(&mut recording, &stretches, athlete, random),
        Machine::Row => row(&mut recording, &stretches, athlete, random),
        Machine::Outdoors => track::outdoors(&mut recording, discipline, &stretches, random),
        Machine::HeartRateOnly | Machine::Nothing => {}
    }
    if discipline.machine() != Machine::Nothing {
        recording.heart_rate = Some(heart(&stretches, athlete, random));
        recording.totals.calories = Some(calories(&recording, &stretches, athlete));
    }
    recording
}

fn ride(recording: &mut Recording, stretches: &[Stretch], athlete: &Athlete, random: &mut Random) {
    let (mut power, mut cadence, mut resistance, mut speed) = (vec![], vec![], vec![], vec![]);
    let mut legs = Wander::new(0.045);
    let mut feet = Wander::new(2.5);
    let mut held = 0.3 * athlete.threshold_power;
    let mut sip = 0;
    for (second, stretch) in stretches.iter().enumerate() {
        let Task::Ride { cadence: cadence_range, resistance: resistance_range, .. } = stretch.task else {
            // On the floor the bike stands still.
            for channel in [&mut power, &mut cadence, &mut resistance, &mut speed] {
                channel.push(0.0);
            }
            held = 0.0;
            continue;
        };
        held += (stretch.effort * athlete.threshold_power - held) / 5.0;
        if sip == 0 && random.chance(0.0015) {
            sip = random.whole(4, 8);
        }
        sip = u32::saturating_sub(sip, 1);
        let fatigue = 1.0 - 0.00001 * second as f64;
        let mut watts = (held * fatigue * (1.0 + legs.step(random))).max(0.0);
        if sip > 0 {
            watts *= 0.35;
        }
        let middle = f64::from(cadence_range.0 + cadence_range.1) / 2.0;
        power.push(watts);
        cadence.push(if sip > 0 { middle * 0.5 } else { (middle + feet.step(random)).max(0.0) });
        resistance.push(f64::from(u32::midpoint(resistance_range.0, resistance_range.1)));
        // A flat road at this power: air resistance is nearly all of it.
        speed.push((watts / 0.27).cbrt());
    }
    recording.totals.work = Some(power.iter().sum());
    recording.totals.distance = Some(speed.iter().sum());
    recording.power = Some(power);
    recording.cadence = Some(cadence);
    recording.resistance = Some(resistance);
    recording.speed = Some(speed);
}

fn run(recording: &mut Recording, stretches: &[Stretch], athlete: &Athlete, random: &mut Random) {
    let (mut power, mut speed, mut incline) = (vec![], vec![], vec![]);
    let mut belt = 0.0_f64;
    let mut slope = 0.0_f64;
    let still = random.whole(3, 9) as usize;
    for (second, stretch) in stretches.iter().enumerate() {
        let (wanted_belt, wanted_slope) = match stretch.task {
            // The belt starts a few seconds into the class.
            Task::Run { miles_per_hour, incline } if second >= still => (miles_per_hour, incline),
            _ => (0.0, 0.0),
        };
        // The motor changes by 0.4 mph and 0.5 % a second.
        belt += (wanted_belt - belt).clamp(-0.4, 0.4);
        slope += (wanted_slope - slope).clamp(-0.5, 0.5);
        belt = (belt * 10.0).round() / 10.0;
        let meters_per_second = belt * MILE / 3600.0;
        power.push(athlete.weight_kilograms * meters_per_second * (1.1 + 9.81 * slope / 100.0));
        speed.push(meters_per_second);
        incline.push(slope);
    }
    recording.totals.work = Some(power.iter().sum());
    recording.totals.distance = Some(speed.iter().sum());
    recording.totals.ascent =
        Some(speed.iter().zip(&incline).map(|(v, slope)| v * slope.max(0.0) / 100.0).sum());
    recording.power = Some(power);
    recording.speed = Some(speed);
    recording.incline = Some(incline);
}

fn row(recording: &mut Recording, stretches: &[Stretch], athlete: &Athlete, random: &mut Random) {
    let (mut power, mut speed, mut rate) = (vec![], vec![], vec![]);
    let mut arms = Wander::new(0.06);
    let (mut work, mut distance) = (0.0, 0.0);
    let mut next_stroke = 1.6;
    let mut shown = (0.0, 0.0, 0.0);
    for (second, stretch) in stretches.iter().enumerate() {
        let second = second as u32 + 1;
        if let Task::Row { stroke_rate } = stretch.task {
            if f64::from(second) >= next_stroke {
                let strokes_a_minute =
                    f64::from(u32::midpoint(stroke_rate.0, stroke_rate.1)) + random.between(-1.0, 1.0);
                let watts =
                    (0.62 * athlete.threshold_power * stretch.effort * (1.0 + arms.step(random))).max(5.0);
                // Boat speed from power, as rowing machines have it: P = 2.8 v³.
                shown = (watts, (watts / 2.8).cbrt(), strokes_a_minute);
                recording.strokes.push(Stroke { second, power: watts, rate: strokes_a_minute });
                next_stroke = f64::from(second) + 60.0 / strokes_a_minute;
            }
        } else {
            shown = (0.0, 0.0, 0.0);
            next_stroke = f64::from(second) + 2.0;
        }
        power.push(shown.0);
        speed.push(shown.1);
        rate.push(shown.2);
        // The display holds the drive through the recovery, so the sums of what it shows overshoot the totals.
        work += shown.0 * 0.85;
        distance += shown.1 * 0.78;
    }
    recording.totals.work = Some(work);
    recording.totals.distance = Some(distance);
    recording.power = Some(power);
    recording.speed = Some(speed);
    recording.stroke_rate = Some(rate);
}

/// Heart rate follows effort with a delay, faster up than down, and drifts upwards with time.
fn heart(stretches: &[Stretch], athlete: &Athlete, random: &mut Random) -> Vec<Option<u32>> {
    let top = f64::from(athlete.maximum_heart_rate);
    let mut beats = athlete.resting_heart_rate + 14.0;
    let mut flutter = Wander::new(0.9);
    stretches
        .iter()
        .enumerate()
        .map(|(second, stretch)| {
            let share = 0.22 + 0.62 * stretch.effort.min(1.25);
            let drift = 1.0 + 0.04 * second as f64 / 1800.0;
            let wanted =
                athlete.resting_heart_rate + (top - athlete.resting_heart_rate) * (share * drift).min(1.0);
            beats += (wanted - beats) / if wanted > beats { 32.0 } else { 50.0 };
            Some((beats + flutter.step(random)).round().clamp(40.0, top) as u32)
        })
        .collect()
}

fn calories(recording: &Recording, stretches: &[Stretch], athlete: &Athlete) -> u32 {
    let burnt = match recording.totals.work {
        // A quarter of the energy reaches the pedals, and a kilocalorie has 4.184 kJ: the two nearly cancel.
        Some(joules) if recording.cadence.is_some() => joules / 1000.0 * 1.06,
        _ => {
            let hours: f64 = stretches.iter().map(|stretch| (1.5 + 8.0 * stretch.effort) / 3600.0).sum();
            hours * athlete.weight_kilograms
        }
    };
    let floor: f64 = stretches
        .iter()
        .filter(|stretch| stretch.task == Task::Floor && recording.cadence.is_some())
        .map(|stretch| 8.0 * stretch.effort * athlete.weight_kilograms / 3600.0)
        .sum();
    (burnt + floor).round() as u32
}
