//! The plan of a class: sections as the graph lists them, each made of stretches of constant effort.

use super::{
    options::{Discipline, Machine},
    random::Random,
};

/// One entry of the segment list.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub name: &'static str,
    pub icon: &'static str,
    /// Peloton's `metrics_type`: `cycling`, `running`, `caesar` or `floor`.
    pub metrics_type: &'static str,
    pub mets: f64,
    pub stretches: Vec<Stretch>,
}

impl Section {
    /// Seconds.
    pub fn length(&self) -> u32 {
        self.stretches.iter().map(|stretch| stretch.length).sum()
    }
}

/// A stretch of constant effort.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// Seconds.
    pub length: u32,
    /// Fraction of the threshold effort, 0 to 1.3.
    pub effort: f64,
    pub task: Task,
}

/// What the instructor asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Task {
    Ride {
        zone: u32,
        cadence: (u32, u32),
        resistance: (u32, u32),
    },
    /// Speed in miles per hour, as the treads of most members show it; incline in percent.
    Run {
        miles_per_hour: f64,
        incline: f64,
    },
    Row {
        stroke_rate: (u32, u32),
    },
    Floor,
}

/// The plan for `seconds` of a discipline. Its sections cover exactly that time.
///
/// The targets of a stretch differ from those of the one before it, so that changes of targets can be counted.
pub(super) fn class_plan(discipline: Discipline, seconds: u32, random: &mut Random) -> Vec<Section> {
    let mut plan = sections(discipline, seconds, random);
    let mut before = Task::Floor;
    for stretch in plan.iter_mut().flat_map(|section| section.stretches.iter_mut()) {
        stretch.task = distinct(stretch.task, before);
        before = stretch.task;
    }
    plan
}

fn distinct(task: Task, before: Task) -> Task {
    match (task, before) {
        (Task::Ride { zone, cadence, resistance }, Task::Ride { cadence: earlier, .. })
            if cadence == earlier =>
        {
            Task::Ride { zone, cadence: (cadence.0 + 5, cadence.1 + 5), resistance }
        }
        (Task::Run { miles_per_hour, incline }, _) if task == before => {
            Task::Run { miles_per_hour: ((miles_per_hour + 0.1) * 10.0).round() / 10.0, incline }
        }
        (Task::Row { stroke_rate: (low, high) }, _) if task == before => {
            Task::Row { stroke_rate: (low + 2, high + 2) }
        }
        _ => task,
    }
}

fn sections(discipline: Discipline, seconds: u32, random: &mut Random) -> Vec<Section> {
    match discipline {
        Discipline::BikeBootcamp | Discipline::TreadBootcamp | Discipline::RowBootcamp => {
            bootcamp(discipline, seconds, random)
        }
        Discipline::StrengthPlanned | Discipline::Strength | Discipline::Gym => {
            let warm_up = (seconds / 10).min(120);
            vec![
                floor_section("Warm Up", "warmup", warm_up, 0.35),
                floor_section("Strength", "strength", seconds - warm_up, 0.6),
            ]
        }
        Discipline::Meditation => vec![floor_section("Meditation", "meditation", seconds, 0.02)],
        Discipline::Stretching => vec![floor_section("Stretching", "stretching", seconds, 0.15)],
        Discipline::ScenicRide | Discipline::JustRide | Discipline::Lanebreak => {
            vec![work_section(discipline, "Cycling", seconds, random)]
        }
        _ => {
            let warm_up = (seconds / 6).min(360);
            let cool_down = 60;
            vec![
                easy_section(discipline, "Warm Up", "warmup", warm_up, random),
                work_section(discipline, discipline.display_name(), seconds - warm_up - cool_down, random),
                easy_section(discipline, "Cool Down", "cooldown", cool_down, random),
            ]
        }
    }
}

fn bootcamp(discipline: Discipline, seconds: u32, random: &mut Random) -> Vec<Section> {
    let (name, warm_up) = match discipline {
        Discipline::BikeBootcamp => ("Cycling", seconds / 8),
        Discipline::TreadBootcamp => ("Running", seconds / 8),
        _ => ("Rowing", seconds / 8),
    };
    let round = (seconds - warm_up) / 4;
    let mut sections = vec![easy_section(discipline, "Warm Up", "warmup", warm_up, random)];
    sections.push(work_section(discipline, name, round, random));
    sections.push(floor_section("Floor", "strength", round, 0.62));
    sections.push(work_section(discipline, name, round, random));
    sections.push(floor_section("Floor", "strength", seconds - warm_up - 3 * round, 0.66));
    sections
}

/// Floor work: sets and rests in turn where it is strength, one even stretch otherwise.
fn floor_section(name: &'static str, icon: &'static str, length: u32, effort: f64) -> Section {
    let (set, rest) = (45, 25);
    let mut stretches = Vec::new();
    let mut left = length;
    while icon == "strength" && left >= set + rest {
        stretches.push(Stretch { length: set, effort: effort * 1.25, task: Task::Floor });
        stretches.push(Stretch { length: rest, effort: effort * 0.55, task: Task::Floor });
        left -= set + rest;
    }
    if left > 0 {
        stretches.push(Stretch { length: left, effort, task: Task::Floor });
    }
    Section { name, icon, metrics_type: "floor", mets: 1.0 + effort * 8.0, stretches }
}

fn easy_section(
    discipline: Discipline,
    name: &'static str,
    icon: &'static str,
    length: u32,
    random: &mut Random,
) -> Section {
    let half = length / 2;
    let stretches = if length >= 120 {
        vec![stretch(discipline, half, 0.42, random), stretch(discipline, length - half, 0.6, random)]
    } else {
        vec![stretch(discipline, length, 0.38, random)]
    };
    Section { name, icon, metrics_type: metrics_type(discipline), mets: 3.5, stretches }
}

/// Hard and easy stretches in turn until the time is used up; the last one takes the remainder.
fn work_section(discipline: Discipline, name: &'static str, length: u32, random: &mut Random) -> Section {
    let (hard, easy) = match discipline {
        Discipline::PowerZone => (random.pick(&[0.83, 0.97]), 0.65),
        Discipline::CyclingTargets | Discipline::Cardio | Discipline::TreadRun => (1.05, 0.62),
        Discipline::ScenicRide | Discipline::JustRide | Discipline::OutdoorRide => (0.78, 0.7),
        Discipline::OutdoorRun => (0.86, 0.78),
        Discipline::TreadWalk | Discipline::OutdoorWalk => (0.55, 0.45),
        Discipline::Yoga | Discipline::Pilates => (0.38, 0.25),
        _ => (0.94, 0.6),
    };
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut left = length;
    let mut is_hard = true;
    while left > 0 {
        let wanted = if is_hard { random.whole(60, 210) } else { random.whole(45, 120) };
        let taken = if left < wanted + 45 { left } else { wanted };
        let effort =
            if is_hard { hard + random.between(-0.04, 0.1) } else { easy + random.between(-0.04, 0.04) };
        stretches.push(stretch(discipline, taken, effort, random));
        left -= taken;
        is_hard = !is_hard;
    }
    Section {
        name,
        icon: metrics_type(discipline),
        metrics_type: metrics_type(discipline),
        mets: 6.0,
        stretches,
    }
}

fn stretch(discipline: Discipline, length: u32, effort: f64, random: &mut Random) -> Stretch {
    Stretch { length, effort, task: task(discipline, effort, random) }
}

fn task(discipline: Discipline, effort: f64, random: &mut Random) -> Task {
    match discipline.machine() {
        Machine::Bike => {
            let zone = match effort {
                e if e <= 0.55 => 1,
                e if e <= 0.75 => 2,
                e if e <= 0.90 => 3,
                e if e <= 1.05 => 4,
                e if e <= 1.20 => 5,
                _ => 6,
            };
            let resistance = (24.0 + effort * 22.0 + random.between(-2.0, 2.0)) as u32;
            let cadence = 5 * random.whole(14, 18);
            Task::Ride { zone, cadence: (cadence, cadence + 15), resistance: (resistance, resistance + 6) }
        }
        Machine::Tread => {
            let walking = discipline == Discipline::TreadWalk;
            let speed = if walking { 2.2 + effort * 2.2 } else { 2.6 + effort * 5.0 };
            let incline = if walking { random.whole(2, 12) } else { random.whole(0, 6) };
            Task::Run { miles_per_hour: (speed * 10.0).round() / 10.0, incline: f64::from(incline) * 0.5 }
        }
        Machine::Row => {
            let rate = (15.0 + effort * 10.0 + random.between(-1.0, 1.0)) as u32;
            Task::Row { stroke_rate: (rate, rate + 4) }
        }
        _ => Task::Floor,
    }
}

fn metrics_type(discipline: Discipline) -> &'static str {
    match (discipline.machine(), discipline) {
        (Machine::Bike, _) | (_, Discipline::OutdoorRide) => "cycling",
        (Machine::Tread | Machine::Outdoors, _) => "running",
        (Machine::Row, _) => "caesar",
        _ => "floor",
    }
}
