//! What was planned, and the thresholds of the day: workout, workout steps, zones, to and from FIT.

use baton_core::activity::{Gender, Intensity};
use baton_core::{Activity, Lap, StepDuration, StepTarget, User, Workout, WorkoutStep, Zones};

use crate::profile::{
    Draft, Field, MESSAGE_INDEX, code, hr_zone, power_zone, user_profile, workout, workout_step, zones_target,
};
use crate::wire::{Message, Writer};

/// Custom power targets above this are watts with this added; below they are percent of threshold power.
const WATTS: f64 = 1000.0;

/// The steps that a file carries: those of the plan, or else one for each named lap, as that is the only place where
/// FIT has room for a lap's name.
pub fn steps(activity: &Activity) -> Vec<WorkoutStep> {
    match &activity.workout {
        Some(workout) if !workout.steps.is_empty() => workout.steps.clone(),
        _ if activity.laps.iter().any(|lap| lap.name.is_some()) => {
            activity.laps.iter().map(step_of_lap).collect()
        }
        _ => Vec::new(),
    }
}

fn step_of_lap(lap: &Lap) -> WorkoutStep {
    WorkoutStep {
        name: lap.name.clone(),
        duration: StepDuration::Time(lap.elapsed),
        target: StepTarget::Open,
        intensity: lap.intensity,
    }
}

/// Which step a lap belongs to, among [`steps`].
pub fn step_of(activity: &Activity, index: usize, lap: &Lap, steps: usize) -> Option<u16> {
    match &activity.workout {
        Some(workout) if !workout.steps.is_empty() => lap.step.filter(|&step| usize::from(step) < steps),
        _ => u16::try_from(index).ok().filter(|_| steps > 0),
    }
}

/// Writes the user, the zones and the workout.
pub fn write(writer: &mut Writer, draft: &mut Draft, activity: &Activity, steps: &[WorkoutStep]) {
    if let Some(user) = &activity.user {
        draft
            .put(user_profile::GENDER, user.gender.map(|gender| f64::from(gender as u8)))
            .put(user_profile::AGE, user.age.map(f64::from))
            .put(user_profile::HEIGHT, user.height)
            .put(user_profile::WEIGHT, user.weight)
            .write(writer, user_profile::NUMBER);
    }
    write_sport(writer, draft, activity);
    if let Some(zones) = &activity.zones {
        write_zones(writer, draft, zones);
    }
    let name = match &activity.workout {
        Some(workout) if activity.title.is_empty() => &workout.name,
        _ => &activity.title,
    };
    if name.is_empty() && steps.is_empty() {
        return;
    }
    // Garmin Connect takes the activity's name from here where the person's settings say so.
    draft
        .text(workout::WKT_NAME, name)
        .set(workout::SPORT, activity.sport.0)
        .set(workout::SUB_SPORT, activity.sub_sport.0)
        .set(workout::CAPABILITIES, code::WORKOUT_CAPABILITIES_TCX)
        .set(workout::NUM_VALID_STEPS, steps.len() as f64)
        .write(writer, workout::NUMBER);
    for (index, step) in steps.iter().enumerate() {
        write_step(writer, draft, index, step);
    }
}

fn write_sport(writer: &mut Writer, draft: &mut Draft, activity: &Activity) {
    use crate::profile::sport;
    draft.set(sport::SPORT, activity.sport.0).set(sport::SUB_SPORT, activity.sub_sport.0);
    if let Some(name) = activity.sub_sport.name().filter(|&name| name != "generic").or(activity.sport.name())
    {
        draft.text(sport::NAME, &words(name));
    }
    draft.write(writer, sport::NUMBER);
}

/// A name of FIT's as words: "indoor_cycling" is "Indoor cycling".
fn words(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn write_zones(writer: &mut Writer, draft: &mut Draft, zones: &Zones) {
    let threshold_power = zones.threshold_power.map(f64::from);
    let max_heart_rate = zones.max_heart_rate.map(f64::from);
    draft
        .put(zones_target::MAX_HEART_RATE, max_heart_rate)
        .put(zones_target::THRESHOLD_HEART_RATE, zones.threshold_heart_rate.map(f64::from))
        .put(zones_target::FUNCTIONAL_THRESHOLD_POWER, threshold_power)
        .put(zones_target::HR_CALC_TYPE, max_heart_rate.map(|_| f64::from(code::HR_ZONE_PERCENT_MAX)))
        .put(zones_target::PWR_CALC_TYPE, threshold_power.map(|_| f64::from(code::POWER_ZONE_PERCENT_FTP)))
        .write(writer, zones_target::NUMBER);
    // Zone 0 is what lies below zone 1, so that the index is the zone's own number.
    for (index, &high) in zones.heart_rate.iter().enumerate() {
        draft
            .set(MESSAGE_INDEX, index as f64 + 1.0)
            .set(hr_zone::HIGH_BPM, high)
            .write(writer, hr_zone::NUMBER);
    }
    for (index, &high) in zones.power.iter().enumerate() {
        draft
            .set(MESSAGE_INDEX, index as f64 + 1.0)
            .set(power_zone::HIGH_VALUE, high)
            .write(writer, power_zone::NUMBER);
    }
}

fn write_step(writer: &mut Writer, draft: &mut Draft, index: usize, step: &WorkoutStep) {
    draft
        .set(MESSAGE_INDEX, index as f64)
        .text(workout_step::WKT_STEP_NAME, step.name.as_deref().unwrap_or_default());
    let (duration_type, duration) = match step.duration {
        StepDuration::Time(seconds) => (code::STEP_DURATION_TIME, Some(seconds * 1000.0)),
        StepDuration::Distance(metres) => (code::STEP_DURATION_DISTANCE, Some(metres * 100.0)),
        StepDuration::Open => (code::STEP_DURATION_OPEN, None),
    };
    draft.set(workout_step::DURATION_TYPE, duration_type).put(workout_step::DURATION_VALUE, duration);
    let custom = |target, low: f64, high: f64| (target, 0, Some((low, high)));
    let (target_type, value, bounds) = match step.target {
        StepTarget::Open => (code::STEP_TARGET_OPEN, 0, None),
        StepTarget::Cadence { low, high } => custom(code::STEP_TARGET_CADENCE, low, high),
        StepTarget::Speed { low, high } => custom(code::STEP_TARGET_SPEED, low * 1000.0, high * 1000.0),
        StepTarget::Power { low, high } => custom(code::STEP_TARGET_POWER, low + WATTS, high + WATTS),
        StepTarget::PowerZone(zone) => (code::STEP_TARGET_POWER, zone, None),
        StepTarget::HeartRateZone(zone) => (code::STEP_TARGET_HEART_RATE, zone, None),
        StepTarget::Resistance { low, high } => custom(code::STEP_TARGET_RESISTANCE, low, high),
        StepTarget::Grade { low, high } => custom(code::STEP_TARGET_GRADE, low * 100.0, high * 100.0),
    };
    let fits = |field: Field, value: f64| field.raw(value).is_some();
    match bounds {
        Some((low, high))
            if fits(workout_step::CUSTOM_TARGET_VALUE_LOW, low)
                && fits(workout_step::CUSTOM_TARGET_VALUE_HIGH, high) =>
        {
            draft
                .set(workout_step::TARGET_TYPE, target_type)
                .set(workout_step::TARGET_VALUE, 0)
                .set(workout_step::CUSTOM_TARGET_VALUE_LOW, low)
                .set(workout_step::CUSTOM_TARGET_VALUE_HIGH, high);
        }
        // A target that FIT cannot tell, such as a falling grade, is left open.
        Some(_) => {
            draft.set(workout_step::TARGET_TYPE, code::STEP_TARGET_OPEN);
        }
        None => {
            draft.set(workout_step::TARGET_TYPE, target_type).set(workout_step::TARGET_VALUE, value);
        }
    }
    draft
        .put(workout_step::INTENSITY, step.intensity.map(|intensity| f64::from(intensity as u8)))
        .write(writer, workout_step::NUMBER);
}

/// A workout step that was read. `threshold_power` turns percent targets into watts.
pub fn read_step(message: &Message<'_>, threshold_power: Option<u16>) -> WorkoutStep {
    let number = |field: Field| field.read(message);
    let duration = match (
        number(workout_step::DURATION_TYPE).map(|kind| kind as u8),
        number(workout_step::DURATION_VALUE),
    ) {
        (Some(code::STEP_DURATION_TIME), Some(value)) => StepDuration::Time(value / 1000.0),
        (Some(code::STEP_DURATION_DISTANCE), Some(value)) => StepDuration::Distance(value / 100.0),
        _ => StepDuration::Open,
    };
    let zone =
        number(workout_step::TARGET_VALUE).filter(|&zone| zone > 0.0 && zone < 256.0).map(|zone| zone as u8);
    let bounds =
        number(workout_step::CUSTOM_TARGET_VALUE_LOW).zip(number(workout_step::CUSTOM_TARGET_VALUE_HIGH));
    let watts = |value: f64| match threshold_power {
        _ if value > WATTS => Some(value - WATTS),
        Some(threshold) => Some(value / 100.0 * f64::from(threshold)),
        None => None,
    };
    let target = match (number(workout_step::TARGET_TYPE).map(|kind| kind as u8), zone, bounds) {
        (Some(code::STEP_TARGET_POWER), Some(zone), _) => Some(StepTarget::PowerZone(zone)),
        (Some(code::STEP_TARGET_HEART_RATE), Some(zone), _) => Some(StepTarget::HeartRateZone(zone)),
        (Some(code::STEP_TARGET_POWER), None, Some((low, high))) => {
            watts(low).zip(watts(high)).map(|(low, high)| StepTarget::Power { low, high })
        }
        (Some(code::STEP_TARGET_CADENCE), None, Some((low, high))) => Some(StepTarget::Cadence { low, high }),
        (Some(code::STEP_TARGET_SPEED), None, Some((low, high))) => {
            Some(StepTarget::Speed { low: low / 1000.0, high: high / 1000.0 })
        }
        (Some(code::STEP_TARGET_RESISTANCE), None, Some((low, high))) => {
            Some(StepTarget::Resistance { low, high })
        }
        (Some(code::STEP_TARGET_GRADE), None, Some((low, high))) => {
            Some(StepTarget::Grade { low: low / 100.0, high: high / 100.0 })
        }
        _ => None,
    };
    WorkoutStep {
        name: message.text(workout_step::WKT_STEP_NAME.number),
        duration,
        target: target.unwrap_or(StepTarget::Open),
        intensity: number(workout_step::INTENSITY).and_then(intensity),
    }
}

/// FIT's intensity by number.
pub fn intensity(number: f64) -> Option<Intensity> {
    [
        Intensity::Active,
        Intensity::Rest,
        Intensity::Warmup,
        Intensity::Cooldown,
        Intensity::Recovery,
        Intensity::Interval,
    ]
    .into_iter()
    .find(|intensity| f64::from(*intensity as u8) == number)
}

pub fn read_user(message: &Message<'_>) -> User {
    User {
        weight: user_profile::WEIGHT.read(message).filter(|&weight| weight > 0.0),
        height: user_profile::HEIGHT.read(message).filter(|&height| height > 0.0),
        gender: user_profile::GENDER.read(message).and_then(|gender| match gender as u8 {
            0 => Some(Gender::Female),
            1 => Some(Gender::Male),
            _ => None,
        }),
        age: user_profile::AGE.read(message).map(|age| age as u8).filter(|&age| age > 0),
    }
}

/// Takes in zones_target, hr_zone and power_zone messages.
pub fn read_zones(message: &Message<'_>, zones: &mut Zones) {
    let whole = |field: Field| field.read(message).map(|value| value as u16).filter(|&value| value > 0);
    let index = MESSAGE_INDEX.read(message).unwrap_or(0.0) as u16 & 0x0fff;
    match message.number() {
        zones_target::NUMBER => {
            zones.threshold_power = whole(zones_target::FUNCTIONAL_THRESHOLD_POWER).or(zones.threshold_power);
            let rate = |field: Field| whole(field).map(|rate| rate as u8);
            zones.max_heart_rate = rate(zones_target::MAX_HEART_RATE).or(zones.max_heart_rate);
            zones.threshold_heart_rate =
                rate(zones_target::THRESHOLD_HEART_RATE).or(zones.threshold_heart_rate);
        }
        hr_zone::NUMBER if index > 0 => {
            zones.heart_rate.extend(hr_zone::HIGH_BPM.read(message).map(|high| high as u8));
        }
        power_zone::NUMBER if index > 0 => {
            zones.power.extend(power_zone::HIGH_VALUE.read(message).map(|high| high as u16));
        }
        _ => {}
    }
}

/// The workout of a file that was read; `None` where it has no steps: then its name is only the activity's title.
pub fn gathered(name: Option<&str>, steps: &[WorkoutStep]) -> Option<Workout> {
    (!steps.is_empty()).then(|| Workout { name: name.unwrap_or_default().to_owned(), steps: steps.to_vec() })
}
