//! The groups that devices write for one measurement, in the shapes that real accounts show.

use std::collections::BTreeMap;

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;

use super::truth::{Sort, Truth, Verdict};
use super::{Measurement, Scale};
use crate::peloton::generate::Random;
use crate::withings::group::{Device, Group, Measure, WHOLE_BODY, attribs, types};

/// Positions of the segments that Body Scan tells apart: arms, legs, torso.
const SEGMENTS: [u32; 5] = [2, 3, 10, 11, 12];
const TORSO: u32 = 12;

/// Where the ids of groups and devices come from.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    next: i64,
}

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self { next: 2_700_000_000 + (seed % 50_000) as i64 * 1_000_000 }
    }

    /// Goes on after `last`.
    pub fn after(last: i64) -> Self {
        Self { next: last }
    }

    pub fn id(&mut self, random: &mut Random) -> i64 {
        self.next += i64::from(random.whole(1, 9));
        self.next
    }
}

/// Local time minus UTC, seconds.
pub(super) fn utc_offset(zone: Tz, time: i64) -> i32 {
    let time = DateTime::from_timestamp(time, 0).unwrap_or_default();
    zone.offset_from_utc_datetime(&time.naive_utc()).fix().local_minus_utc()
}

/// The scale as a device of its own for each seed.
pub(super) fn scale_device(scale: Scale, random: &mut Random) -> Device {
    let (model, modelid) = match scale {
        Scale::BodyPlus => ("Body+", 5),
        Scale::BodyCardio => ("Body Cardio", 6),
        Scale::BodyScan => ("Body Scan", 10),
    };
    let hash_is_number = random.chance(0.1);
    Device { deviceid: device_id(random), model: model.into(), modelid, sort: "Scale".into(), hash_is_number }
}

/// The blood pressure cuff.
pub(super) fn cuff_device(random: &mut Random) -> Device {
    Device {
        deviceid: device_id(random),
        model: "BPM Connect".into(),
        modelid: 45,
        sort: "Blood Pressure Monitor".into(),
        hash_is_number: false,
    }
}

fn device_id(random: &mut Random) -> String {
    format!("{}{:08x}", random.id(), random.bits() as u32)
}

/// Where and when something is measured, and by what.
#[derive(Clone, Debug)]
pub(super) struct Scene<'a> {
    pub time: i64,
    pub zone: Tz,
    pub device: Option<&'a Device>,
    pub attrib: i64,
}

/// Writes groups and truth together from the same numbers.
pub(super) struct Writer<'a> {
    scene: &'a Scene<'a>,
    groups: Vec<Group>,
    truth: Truth,
}

impl<'a> Writer<'a> {
    pub fn new(scene: &'a Scene<'a>, sort: Sort) -> Self {
        let verdict = match scene.attrib {
            attribs::AMBIGUOUS => Verdict::Hold,
            attribs::SIGN_UP => Verdict::Skip,
            _ => Verdict::Send,
        };
        let truth = Truth {
            sort,
            verdict,
            time: scene.time,
            utc_offset: utc_offset(scene.zone, scene.time),
            grpids: Vec::new(),
            values: BTreeMap::new(),
            segments: BTreeMap::new(),
            height: None,
        };
        Self { scene, groups: Vec::new(), truth }
    }

    /// Adds a group; what is uncertain about the scene is uncertain about each of its groups.
    pub fn group(&mut self, numbers: &mut Numbers, random: &mut Random, attrib: i64, measures: Vec<Measure>) {
        let attrib = if attrib == attribs::CERTAIN || self.scene.attrib == attribs::AMBIGUOUS {
            self.scene.attrib
        } else {
            attrib
        };
        let grpid = numbers.id(random);
        let created = self.scene.time + i64::from(random.whole(1, 40));
        self.truth.grpids.push(grpid);
        for measure in &measures {
            match measure.position {
                None | Some(WHOLE_BODY) => {
                    self.truth.values.insert(measure.kind, measure.amount);
                }
                Some(position) => {
                    self.truth.segments.insert((measure.kind, position), measure.amount);
                }
            }
        }
        self.groups.push(Group {
            grpid,
            attrib,
            date: self.scene.time,
            created,
            modified: created,
            category: 1,
            device: self.scene.device.cloned(),
            measures,
        });
    }

    pub fn done(self) -> Measurement {
        Measurement { groups: self.groups, truth: self.truth }
    }
}

/// What a body is made of at one moment, in whole units, so that nothing is lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Composition {
    /// Grams.
    pub weight: i64,
    /// Thousandths of the weight.
    pub fat: i64,
    /// Write the weight with six decimal places.
    pub long_units: bool,
}

/// A weigh-in on a scale.
pub(super) fn weigh_in(
    scene: &Scene<'_>,
    scale: Scale,
    body: Composition,
    numbers: &mut Numbers,
    random: &mut Random,
) -> Measurement {
    let mut writer = Writer::new(scene, Sort::Body);
    let fat_mass = body.weight * body.fat / 10_000;
    let fat_free = body.weight - fat_mass * 10;
    let muscle = fat_free * 95 / 1000;
    let water = fat_free * i64::from(random.whole(700, 745)) / 10_000;
    let fat_ratio = fat_mass * 10 * 100_000 / body.weight;
    let weight = if body.long_units {
        Measure::new(types::WEIGHT, body.weight * 1000 + i64::from(random.whole(1, 9)), -6)
    } else {
        Measure::new(types::WEIGHT, body.weight, -3)
    };
    let place = |measure: Measure| if scale == Scale::BodyScan { measure.at(WHOLE_BODY) } else { measure };
    let mut measures = vec![
        place(weight),
        place(Measure::new(types::FAT_MASS, fat_mass, -2)),
        place(Measure::new(types::MUSCLE_MASS, muscle, -2)),
        place(Measure::new(types::HYDRATION, water, -2)),
        place(Measure::new(types::BONE_MASS, fat_free / 10 * 5 / 100, -2)),
        place(Measure::new(types::FAT_RATIO, fat_ratio, -3)),
        place(Measure::new(types::FAT_FREE_MASS, fat_free, -3)),
    ];
    if scale == Scale::BodyScan {
        let outside = water * 42 / 100;
        measures.extend([
            Measure::new(types::EXTRACELLULAR_WATER, outside, -2).at(WHOLE_BODY),
            Measure::new(types::INTRACELLULAR_WATER, water - outside, -2).at(WHOLE_BODY),
            Measure::new(types::VISCERAL_FAT, i64::from(random.whole(12, 95)), -1),
            Measure::new(types::BASAL_METABOLIC_RATE, 370 + fat_free * 216 / 10_000, 0),
            Measure::new(types::METABOLIC_AGE, i64::from(random.whole(25, 60)), 0),
        ]);
        for position in SEGMENTS {
            let part = if position == TORSO { 46 } else { 13 };
            measures.extend([
                Measure::new(types::SEGMENT_FAT_FREE_MASS, fat_free * part / 1000, -2).at(position),
                Measure::new(types::SEGMENT_FAT_MASS, fat_mass * part / 100, -2).at(position),
                Measure::new(types::SEGMENT_MUSCLE_MASS, muscle * part / 100, -2).at(position),
            ]);
        }
        // These two come a second time, for the torso, after the value of the whole body.
        measures.extend([
            Measure::new(types::FAT_FREE_MASS, fat_free * 46 / 1000, -2).at(TORSO),
            Measure::new(types::FAT_MASS, fat_mass * 46 / 100, -2).at(TORSO),
        ]);
    }
    let pulse = i64::from(random.whole(48, 84)) * 100;
    let mut others = Vec::new();
    match scale {
        Scale::BodyPlus => {}
        Scale::BodyCardio => {
            others.push((attribs::CERTAIN, vec![Measure::new(types::HEART_PULSE, pulse, -2)]));
            let speed = i64::from(random.whole(5200, 9800));
            let age = i64::from(random.whole(280, 620));
            others.push((
                attribs::ALSO_CERTAIN,
                vec![
                    Measure::new(types::PULSE_WAVE_VELOCITY, speed, -3),
                    Measure::new(types::VASCULAR_AGE, age, -1),
                ],
            ));
        }
        Scale::BodyScan => {
            others.push((
                attribs::CERTAIN,
                vec![Measure::new(types::HEART_PULSE, pulse, -2), Measure::new(types::AFIB_RESULT, 0, 0)],
            ));
            let feet = [types::EDA_FEET, types::EDA_LEFT_FOOT, types::EDA_RIGHT_FOOT];
            let nerves = feet.map(|kind| Measure::new(kind, i64::from(random.whole(55, 90)), 0)).to_vec();
            others.push((attribs::ALSO_CERTAIN, nerves));
        }
    }
    // Which of the groups comes first differs from weigh-in to weigh-in.
    let position = random.whole(0, others.len() as u32) as usize;
    others.insert(position, (attribs::CERTAIN, measures));
    for (attrib, measures) in others {
        writer.group(numbers, random, attrib, measures);
    }
    writer.done()
}

/// A reading of the cuff, or a typed one.
pub(super) fn pressure(
    scene: &Scene<'_>,
    systolic: i64,
    diastolic: i64,
    pulse: Option<i64>,
    numbers: &mut Numbers,
    random: &mut Random,
) -> Measurement {
    let (factor, unit) = if scene.device.is_some() { (100, -2) } else { (1, 0) };
    let mut measures = vec![
        Measure::new(types::DIASTOLIC, diastolic * factor, unit),
        Measure::new(types::SYSTOLIC, systolic * factor, unit),
    ];
    measures.extend(pulse.map(|it| Measure::new(types::HEART_PULSE, it * factor, unit)));
    let mut writer = Writer::new(scene, Sort::BloodPressure);
    writer.group(numbers, random, attribs::CERTAIN, measures);
    writer.done()
}

/// One group of any values.
pub(super) fn single(
    scene: &Scene<'_>,
    sort: Sort,
    measures: Vec<Measure>,
    numbers: &mut Numbers,
    random: &mut Random,
) -> Measurement {
    let mut writer = Writer::new(scene, sort);
    writer.group(numbers, random, attribs::CERTAIN, measures);
    writer.done()
}
