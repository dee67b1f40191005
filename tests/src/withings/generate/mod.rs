//! Generates what people's scales and cuffs have sent to Withings, with the facts that a right product must show.
//!
//! The same seed and plan always give the same history. Nothing is taken from a real account.

mod history;
mod plan;
mod shapes;
mod truth;

use chrono_tz::Tz;

pub use history::{Account, Change, History, account, benchmark, changes, history};
pub use plan::{Height, Oddity, Plan, Scale};
pub use truth::{Sort, Truth, Verdict};

use super::group::{Group, Measure, attribs};
use crate::peloton::generate::Random;
use shapes::{Composition, Numbers, Scene};

/// One measurement: the groups that Withings answers, and what is true about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    pub groups: Vec<Group>,
    pub truth: Truth,
}

/// Types of the published table, each with a usual value and its power of ten.
const EVERY_TYPE: [(u32, i64, i32); 39] = [
    (1, 72_350, -3),
    (4, 1795, -3),
    (5, 58_120, -3),
    (6, 19_668, -3),
    (8, 1423, -2),
    (9, 79, 0),
    (10, 124, 0),
    (11, 6100, -2),
    (12, 36_612, -3),
    (54, 97, 0),
    (71, 36_701, -3),
    (73, 33_850, -3),
    (76, 5521, -2),
    (77, 4188, -2),
    (88, 291, -2),
    (91, 7130, -3),
    (123, 46, 0),
    (130, 0, 0),
    (135, 92, 0),
    (136, 158, 0),
    (137, 388, 0),
    (138, 402, 0),
    (139, 0, 0),
    (155, 412, -1),
    (158, 71, 0),
    (159, 73, 0),
    (167, 72, 0),
    (168, 1750, -2),
    (169, 2438, -2),
    (170, 32, -1),
    (173, 980, -2),
    (174, 312, -2),
    (175, 931, -2),
    (196, 70, 0),
    (197, 69, 0),
    (198, 71, 0),
    (226, 1642, 0),
    (227, 38, 0),
    (229, 74, 0),
];

/// One group with every type of the published table, once each.
pub fn every_type(seed: u64, time: i64, zone: Tz) -> Measurement {
    let random = &mut Random::new(seed);
    let device = shapes::scale_device(Scale::BodyScan, random);
    let scene = Scene { time, zone, device: Some(&device), attrib: attribs::CERTAIN };
    let measures: Vec<Measure> =
        EVERY_TYPE.iter().map(|&(kind, value, unit)| Measure::new(kind, value, unit)).collect();
    shapes::single(&scene, Sort::Body, measures, &mut Numbers::new(seed), random)
}

/// One weigh-in on a Body Cardio.
pub fn weigh_in(seed: u64, time: i64, zone: Tz) -> Measurement {
    let random = &mut Random::new(seed);
    let device = shapes::scale_device(Scale::BodyCardio, random);
    let scene = Scene { time, zone, device: Some(&device), attrib: attribs::CERTAIN };
    let weight = i64::from(random.whole(55_000, 95_000)) / 50 * 50;
    let fat = i64::from(random.whole(120, 320));
    let body = Composition { weight, fat, long_units: false };
    shapes::weigh_in(&scene, Scale::BodyCardio, body, &mut Numbers::new(seed), random)
}

/// One reading of the cuff.
pub fn pressure(seed: u64, time: i64, zone: Tz) -> Measurement {
    let random = &mut Random::new(seed);
    let device = shapes::cuff_device(random);
    let scene = Scene { time, zone, device: Some(&device), attrib: attribs::CERTAIN };
    let (systolic, diastolic) = (i64::from(random.whole(105, 150)), i64::from(random.whole(62, 98)));
    let pulse = Some(i64::from(random.whole(50, 90)));
    shapes::pressure(&scene, systolic, diastolic, pulse, &mut Numbers::new(seed), random)
}
