//! Whole histories: one workout of every sort, a member's years, a large account for measuring.

use std::sync::Arc;

use super::{
    Workout, details, one,
    options::{Athlete, Discipline, Options, Quirk, ThresholdSource},
    random::Random,
};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Sunday 2 November 2025, 05:00 UTC: an hour before clocks in New York went back.
const BEFORE_CLOCK_CHANGE: i64 = 1_762_059_600;

/// A named sort of workout.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows, in kebab case; fit for a test's or a file's name.
    pub name: &'static str,
    pub discipline: Discipline,
    pub options: Options,
}

/// One scenario for everything that is known to occur, each starting at `start` unless it is about another time.
pub fn scenarios(start: i64) -> Vec<Scenario> {
    use Discipline as D;
    use chrono_tz::{America::Chicago, Etc, Europe::Berlin};
    let plain = || Options::at(start);
    let list: Vec<(&'static str, Discipline, Options)> = vec![
        ("cycling-class", D::CyclingClass, plain()),
        ("tread-run", D::TreadRun, plain()),
        ("strength-tracked", D::Strength, plain()),
        ("outdoor-run", D::OutdoorRun, plain().in_zone(Chicago)),
        ("rowing", D::Rowing, plain()),
        ("power-zone", D::PowerZone, plain().minutes(45)),
        ("yoga", D::Yoga, plain()),
        ("cycling-older-targets", D::CyclingTargets, plain()),
        ("outdoor-walk", D::OutdoorWalk, plain()),
        ("bike-bootcamp", D::BikeBootcamp, plain()),
        ("meditation-late-start", D::Meditation, plain().with(Quirk::LateStart)),
        ("tread-walk", D::TreadWalk, plain()),
        ("stretching", D::Stretching, plain()),
        ("scenic-ride", D::ScenicRide, plain()),
        ("just-ride", D::JustRide, plain().in_zone(Etc::GMTPlus5)),
        ("lanebreak", D::Lanebreak, plain()),
        ("outdoor-ride", D::OutdoorRide, plain().minutes(45)),
        ("cardio-apple-watch", D::Cardio, plain().with(Quirk::AppleWatch)),
        ("tread-bootcamp", D::TreadBootcamp, plain().minutes(45)),
        ("strength-planned", D::StrengthPlanned, plain()),
        ("gym", D::Gym, plain()),
        ("pilates", D::Pilates, plain()),
        ("row-bootcamp", D::RowBootcamp, plain()),
        ("unknown-discipline", D::Unknown, plain()),
        ("left-early", D::CyclingClass, plain().with(Quirk::LeftEarly)),
        ("sample-gaps", D::CyclingClass, plain().with(Quirk::SampleGaps)),
        ("guide-late-start", D::Strength, plain().minutes(10).with(Quirk::LateStart)),
        ("outdoor-late-start", D::OutdoorRun, plain().with(Quirk::LateStart)),
        ("late-end", D::Yoga, plain().with(Quirk::LateEnd)),
        ("end-time-null", D::TreadRun, plain().with(Quirk::EndTimeNull)),
        ("heart-rate-dropouts", D::CyclingClass, plain().with(Quirk::HeartRateDropouts)),
        ("no-heart-rate", D::PowerZone, plain().with(Quirk::NoHeartRate)),
        ("old-row-ride", D::CyclingClass, plain().with(Quirk::OldRow)),
        ("old-row-strength", D::Strength, plain().with(Quirk::OldRow)),
        ("metric-ride", D::CyclingClass, plain().metric().in_zone(Berlin)),
        ("metric-tread-run", D::TreadRun, plain().metric().in_zone(Berlin)),
        ("metric-outdoor-run", D::OutdoorRun, plain().metric().in_zone(Berlin)),
        ("metric-strength", D::Strength, plain().metric().in_zone(Berlin)),
        ("manual-threshold", D::PowerZone, plain().threshold(ThresholdSource::Manual)),
        ("estimated-threshold", D::PowerZone, plain().threshold(ThresholdSource::Estimated)),
        ("threshold-on-user", D::PowerZone, plain().threshold(ThresholdSource::OnlyOnUser)),
        ("no-threshold", D::CyclingClass, plain().threshold(ThresholdSource::Nowhere)),
        ("before-clock-change", D::OutdoorRun, Options::at(BEFORE_CLOCK_CHANGE)),
        ("after-clock-change", D::OutdoorRun, Options::at(BEFORE_CLOCK_CHANGE + 3 * HOUR)),
        ("imported-from-garmin", D::OutdoorRun, plain().with(Quirk::ImportedFromGarmin)),
        ("imported-from-apple-health", D::OutdoorWalk, plain().with(Quirk::ImportedFromAppleHealth)),
        ("in-progress", D::CyclingClass, plain().with(Quirk::InProgress)),
    ];
    list.into_iter().map(|(name, discipline, options)| Scenario { name, discipline, options }).collect()
}

/// Two rides of which the second starts 14 s after the first ends: a stack.
pub fn stacked_pair(seed: u64, start: i64) -> [Workout; 2] {
    let first = one(Discipline::CyclingClass, seed, &Options::at(start).minutes(20));
    let second_start = start + i64::from(first.truth.elapsed) + 14;
    let mut second = one(Discipline::CyclingClass, seed + 1, &Options::at(second_start).minutes(10));
    // A stacked class opens when the one before closes.
    let created = second_start - 13;
    second.workout["created_at"] = created.into();
    second.workout["created"] = created.into();
    let offset = details::utc_offset(second.options.time_zone, created);
    second.workout["device_time_created_at"] = (created + i64::from(offset)).into();
    [first, second]
}

/// A member's last `n` workouts before `now` (Unix seconds), newest first.
///
/// Up to the number of [`scenarios`], each workout is of another sort, the common ones newest; a longer one holds a stacked pair too.
/// Larger histories take the same classes again at other times and share their samples, so that 5,000 workouts need
/// little memory. An in-progress workout, where the history is long enough to have one, is the newest.
/// All belong to one member, whose record says a tested threshold power.
pub fn history(seed: u64, n: usize, now: i64) -> Vec<Workout> {
    /// How many different workouts of each sort there are.
    const VARIANTS: usize = 3;
    let random = &mut Random::new(seed);
    let scenarios = scenarios(now);
    let mut made: Vec<Workout> = Vec::new();
    let mut list: Vec<Workout> = Vec::with_capacity(n);
    let mut earliest = now - 2 * HOUR;
    let mut index = 0;
    while list.len() < n {
        // Mostly daily, sometimes twice a day, now and then a day off.
        let pause = random.pick(&[5 * HOUR, 20 * HOUR, DAY, DAY, 26 * HOUR, 2 * DAY]);
        earliest -= pause + i64::from(random.whole(0, 2700));
        if index >= scenarios.len() * VARIANTS {
            list.push(made[index % made.len()].moved_to(earliest, random));
            index += 1;
            continue;
        }
        let scenario = &scenarios[index % scenarios.len()];
        let first_time = index < scenarios.len();
        let workout_seed = seed.wrapping_add(index as u64);
        index += 1;
        if scenario.name == "in-progress" {
            if first_time {
                let options = Options { start: now - 18 * 60, ..scenario.options.clone() };
                list.push(one(scenario.discipline, workout_seed, &options));
            } else if list.len() + 2 <= n {
                list.extend(stacked_pair(workout_seed, earliest));
            }
            continue;
        }
        let start =
            if first_time && scenario.options.start != now { scenario.options.start } else { earliest };
        let workout = one(scenario.discipline, workout_seed, &Options { start, ..scenario.options.clone() });
        made.push(workout.clone());
        list.push(workout);
    }
    let member = Athlete::default();
    let user = Arc::new(details::user(&member));
    for workout in &mut list {
        workout.user = Arc::clone(&user);
        let source = workout.options.athlete.threshold_source;
        if matches!(source, ThresholdSource::OnlyOnUser | ThresholdSource::Nowhere) {
            workout.truth.functional_threshold_power = details::true_threshold(workout.discipline, &member);
        }
    }
    list.sort_by_key(|workout| std::cmp::Reverse(workout.truth.start));
    list
}

/// `n` workouts of 30 minutes with all metrics, newest first, for measuring; they share the samples of a dozen.
pub fn benchmark(seed: u64, n: usize, now: i64) -> Vec<Workout> {
    const SORTS: [Discipline; 4] =
        [Discipline::CyclingClass, Discipline::TreadRun, Discipline::CyclingTargets, Discipline::Rowing];
    let random = &mut Random::new(seed);
    let made: Vec<Workout> = (0..12)
        .map(|index| one(SORTS[index % 4], seed + index as u64, &Options::at(now - DAY).minutes(30)))
        .collect();
    (0..n)
        .map(|index| {
            let start = now - 2 * HOUR - index as i64 * 20 * HOUR - i64::from(random.whole(0, 3600));
            made[index % made.len()].moved_to(start, random)
        })
        .collect()
}
