//! A FIT file as a whole: which kind it is, one file after the other where several are chained, and damage.

use std::sync::Arc;

use baton_core::{Error, Format, Item, Original, Result};

use crate::EncodeOptions;
use crate::activity::{self, Gathered};
use crate::profile::{blood_pressure, code, file_id, weight_scale};
use crate::weight;
use crate::wire::{Damage, Reader};

/// The FIT bytes of any item.
pub fn encode(item: &Item, options: &EncodeOptions) -> Result<Vec<u8>> {
    match item {
        Item::Activity(activity) => activity::encode(activity, options),
        Item::Body(body) => weight::encode_bodies(&[body], &options.device),
        Item::BloodPressure(pressure) => weight::encode_blood_pressure(pressure, &options.device),
    }
}

/// What a FIT file holds. Damaged files are read up to the damage, and the activities carry a remark about it.
pub fn decode(bytes: &[u8]) -> Result<Vec<Item>> {
    let mut reader = Reader::new(bytes).ok_or_else(|| Error::rejected("This is not a FIT file"))?;
    let mut items = Vec::new();
    let mut is_damaged = false;
    let mut kind = None;
    loop {
        let file = read_file(&mut reader);
        is_damaged |= reader.damage().is_some();
        kind = file.kind.or(kind);
        items.extend(file.items);
        match reader.next_file() {
            Some(next) => reader = next,
            None => break,
        }
    }
    match items.as_mut_slice() {
        [] if is_damaged => Err(Error::rejected("This FIT file is damaged, and nothing in it could be read")),
        [] => Err(Error::rejected(format!(
            "This FIT file holds {}, and no activity, weight or blood pressure",
            kind.map_or("nothing that Baton knows", kind_words)
        ))),
        // The bytes may be passed on as they are only where they are sound and hold this one activity, all of it.
        [Item::Activity(activity)] if !is_damaged && activity.remarks.is_empty() => {
            activity.original = Some(Original { format: Format::Fit, bytes: Arc::from(bytes) });
            Ok(items)
        }
        _ => Ok(items),
    }
}

struct ReadFile {
    kind: Option<u8>,
    items: Vec<Item>,
}

fn read_file(reader: &mut Reader<'_>) -> ReadFile {
    let mut kind = None;
    let mut items = Vec::new();
    let mut gathered = Gathered::default();
    while let Some(message) = reader.next_message() {
        match message.number() {
            weight_scale::NUMBER => items.extend(weight::read_body(&message).map(Item::Body)),
            blood_pressure::NUMBER => {
                items.extend(weight::read_blood_pressure(&message).map(Item::BloodPressure));
            }
            number => {
                if number == file_id::NUMBER {
                    kind = file_id::TYPE.read(&message).map(|kind| kind as u8);
                }
                gathered.take(&message);
            }
        }
    }
    // Courses and workouts have laps and steps too, but nobody did them.
    if kind.is_none_or(|kind| kind == code::FILE_ACTIVITY) {
        let remark = reader.damage().map(remark);
        items.extend(gathered.finish().into_iter().map(|mut activity| {
            activity.remarks.extend(remark.map(str::to_owned));
            Item::Activity(Box::new(activity))
        }));
    }
    ReadFile { kind, items }
}

fn remark(damage: Damage) -> &'static str {
    match damage {
        Damage::CutOff => "The file ends too early; what it holds up to there was kept",
        Damage::Unreadable { .. } => "The file is damaged; what it holds up to the damage was kept",
        Damage::Checksum => "The file's checksum is wrong; what could be read was kept",
    }
}

fn kind_words(kind: u8) -> &'static str {
    match kind {
        code::FILE_ACTIVITY => "an activity without records",
        2 => "settings",
        5 => "a workout plan",
        6 => "a course",
        7 => "a schedule",
        10 => "totals",
        11 => "goals",
        15 | 28 | 32 => "daily monitoring",
        34 => "a segment",
        _ => "another kind of data",
    }
}
