//! Strength sets and the names of their movements, to and from FIT's set and exercise_title messages.

use baton_core::activity::seconds;
use baton_core::units::POUND;
use baton_core::{Set, SetKind};

use crate::profile::{Draft, Field, MESSAGE_INDEX, code, exercise_title, moment, set};
use crate::wire::{Message, Writer};

/// What an exercise_title message tells: category, exercise, name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    category: u16,
    exercise: Option<u16>,
    name: String,
}

/// Writes the sets and then the titles of their movements. A movement without a category of its own is told apart by
/// its name: each name gets an exercise number inside the category "unknown".
pub fn write(writer: &mut Writer, draft: &mut Draft, sets: &[Set]) {
    let mut titles: Vec<Title> = Vec::new();
    for (index, one) in sets.iter().enumerate() {
        let movement = movement(one, &mut titles);
        draft
            .time(set::TIMESTAMP, one.start + seconds(one.duration))
            .time(set::START_TIME, one.start)
            .put(set::DURATION, Some(one.duration))
            .set(set::SET_TYPE, one.kind as u8)
            .put(set::REPETITIONS, one.repetitions.map(f64::from))
            .put(set::WEIGHT, one.weight);
        if let Some(weight) = one.weight {
            draft.set(set::WEIGHT_DISPLAY_UNIT, display_unit(weight));
        }
        if let Some((category, exercise)) = movement {
            draft.numbers(set::CATEGORY, &[Some(f64::from(category))]);
            if let Some(exercise) = exercise {
                draft.numbers(set::CATEGORY_SUBTYPE, &[Some(f64::from(exercise))]);
            }
        }
        draft.set(set::MESSAGE_INDEX, index as f64).write(writer, set::NUMBER);
    }
    for (index, title) in titles.iter().enumerate() {
        draft
            .set(MESSAGE_INDEX, index as f64)
            .set(exercise_title::EXERCISE_CATEGORY, title.category)
            .put(exercise_title::EXERCISE_NAME, title.exercise.map(f64::from))
            .text(exercise_title::WKT_STEP_NAME, &title.name)
            .write(writer, exercise_title::NUMBER);
    }
}

/// The category and exercise that a set is written with; its name is noted among the titles.
fn movement(set: &Set, titles: &mut Vec<Title>) -> Option<(u16, Option<u16>)> {
    let name = set.name.as_deref().filter(|name| !name.is_empty());
    let category = set.category.filter(|&category| category < code::EXERCISE_CATEGORY_UNKNOWN);
    match (category, name) {
        (Some(category), name) => {
            let exercise = set.exercise.filter(|&exercise| exercise < u16::MAX);
            let is_titled =
                titles.iter().any(|title| title.category == category && title.exercise == exercise);
            if let Some(name) = name.filter(|_| !is_titled) {
                titles.push(Title { category, exercise, name: name.to_owned() });
            }
            Some((category, exercise))
        }
        (None, Some(name)) => {
            let category = code::EXERCISE_CATEGORY_UNKNOWN;
            let unknown = || titles.iter().filter(|title| title.category == category);
            let known = unknown().find(|title| title.name == name).map(|title| title.exercise);
            let exercise = known.unwrap_or_else(|| Some(unknown().count() as u16));
            if known.is_none() {
                titles.push(Title { category, exercise, name: name.to_owned() });
            }
            Some((category, exercise))
        }
        (None, None) => set.category.map(|_| (code::EXERCISE_CATEGORY_UNKNOWN, None)),
    }
}

/// The unit a weight is shown in: pounds for what is whole in pounds and not in half kilograms, as dumbbells are.
fn display_unit(kilograms: f64) -> u8 {
    let is_whole = |value: f64| (value - value.round()).abs() < 0.01;
    if is_whole(kilograms / POUND) && !is_whole(kilograms * 2.0) {
        code::UNIT_POUND
    } else {
        code::UNIT_KILOGRAM
    }
}

/// A set that was read; its movement's name comes later, see [`name`].
pub fn read(message: &Message<'_>) -> Option<Set> {
    let number = |field: Field| field.read(message);
    let duration = number(set::DURATION);
    let end = number(set::TIMESTAMP).map(|time| moment(time as u32));
    let start = match number(set::START_TIME) {
        Some(time) => moment(time as u32),
        None => end? - seconds(duration?),
    };
    let duration = duration.or_else(|| end.map(|end| (end - start).as_seconds_f64())).unwrap_or(0.0).max(0.0);
    let kind = if number(set::SET_TYPE) == Some(0.0) { SetKind::Rest } else { SetKind::Active };
    Some(Set {
        start,
        duration,
        kind,
        repetitions: number(set::REPETITIONS).map(|count| count as u16),
        weight: number(set::WEIGHT),
        implements: None,
        category: number(set::CATEGORY).map(|category| category as u16),
        exercise: number(set::CATEGORY_SUBTYPE).map(|exercise| exercise as u16),
        name: None,
    })
}

pub fn read_title(message: &Message<'_>) -> Option<Title> {
    Some(Title {
        category: exercise_title::EXERCISE_CATEGORY.read(message)? as u16,
        exercise: exercise_title::EXERCISE_NAME.read(message).map(|exercise| exercise as u16),
        name: message.text(exercise_title::WKT_STEP_NAME.number)?,
    })
}

/// Gives the sets their movements' names. The number inside "unknown" was only there to tell names apart.
pub fn name(sets: &mut [Set], titles: &[Title]) {
    for set in sets {
        let title = titles
            .iter()
            .find(|title| Some(title.category) == set.category && title.exercise == set.exercise);
        set.name = title.map(|title| title.name.clone());
        if set.category == Some(code::EXERCISE_CATEGORY_UNKNOWN) {
            set.exercise = None;
        }
    }
}
