//! What must be at the destinations, from what was measured. Nothing here asks the product: numbers are the generator's
//! decimals, rounded to what each destination holds.

use std::collections::BTreeMap;

use baton_tests::garmin;
use baton_tests::withings::Decimal;
use baton_tests::withings::generate::{Sort, Truth, Verdict};
use baton_tests::withings::group::{Group, types};

/// Of a weigh-in as Garmin holds it, in whole numbers of each field's resolution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeighIn {
    time: i64,
    /// 0.01 kg
    weight: i64,
    /// 0.01 %
    fat: Option<i64>,
    /// 0.01 %
    water: Option<i64>,
    /// 0.01 kg
    bone: Option<i64>,
    /// 0.01 kg
    muscle: Option<i64>,
    /// 0.1 kg/m²
    bmi: Option<i64>,
    visceral_fat: Option<i64>,
    /// years
    metabolic_age: Option<i64>,
    /// 0.25 kcal a day
    basal: Option<i64>,
}

/// Of a blood pressure as Garmin holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pressure {
    time: i64,
    utc_offset: i32,
    systolic: i64,
    diastolic: i64,
    pulse: Option<i64>,
}

impl WeighIn {
    fn measured(truth: &Truth, heights: &[(i64, Decimal)]) -> Option<Self> {
        let value = |kind: u32, places: u32| truth.values.get(&kind).map(|it| it.scaled(places));
        let known = heights.iter().rev().find(|(since, _)| *since <= truth.time).or(heights.first());
        let truth = Truth { height: known.map(|(_, height)| *height), ..truth.clone() };
        Some(Self {
            time: truth.time,
            weight: truth.weight()?.scaled(2),
            fat: value(types::FAT_RATIO, 2),
            water: truth.percent_hydration().map(|it| it.scaled(2)),
            bone: value(types::BONE_MASS, 2),
            muscle: value(types::MUSCLE_MASS, 2),
            bmi: truth.bmi().map(|it| it.scaled(1)),
            visceral_fat: value(types::VISCERAL_FAT, 0),
            metabolic_age: value(types::METABOLIC_AGE, 0),
            basal: value(types::BASAL_METABOLIC_RATE, 2).map(|it| it / 25),
        })
    }

    pub fn found(there: &garmin::WeighIn) -> Self {
        let whole = |value: f64, parts: f64| (value * parts).round() as i64;
        Self {
            time: there.time,
            weight: whole(there.weight, 100.0),
            fat: there.body_fat.map(|it| whole(it, 100.0)),
            water: there.body_water.map(|it| whole(it, 100.0)),
            bone: there.bone_mass.map(|it| whole(it, 100.0)),
            muscle: there.muscle_mass.map(|it| whole(it, 100.0)),
            bmi: there.bmi.map(|it| whole(it, 10.0)),
            visceral_fat: there.visceral_fat.map(i64::from),
            metabolic_age: there.metabolic_age.map(i64::from),
            basal: there.basal_met.map(|it| whole(it, 4.0)),
        }
    }
}

impl Pressure {
    fn measured(truth: &Truth) -> Option<Self> {
        Some(Self {
            time: truth.time,
            utc_offset: truth.utc_offset,
            systolic: truth.systolic()?.scaled(0),
            diastolic: truth.diastolic()?.scaled(0),
            pulse: truth.heart_pulse().map(|it| it.scaled(0)),
        })
    }

    pub fn found(there: &garmin::BloodPressure) -> Self {
        Self {
            time: there.time,
            utc_offset: there.utc_offset,
            systolic: there.systolic.into(),
            diastolic: there.diastolic.into(),
            pulse: there.pulse.map(i64::from),
        }
    }
}

/// The groups of one measurement and when each was last changed.
type Version = Vec<(i64, i64)>;

/// What one person's destinations must hold after the syncs so far.
#[derive(Debug)]
pub struct Expected {
    /// By time; measurements of one person never share a second here.
    weigh_ins: BTreeMap<i64, WeighIn>,
    pressures: BTreeMap<i64, Pressure>,
    versions: BTreeMap<i64, Version>,
    /// 0.01 kg, at TrainerRoad.
    pub current_weight: i64,
    /// How often TrainerRoad's weight had to be written.
    pub weights_set: usize,
    /// How often something that was sent had to be sent again.
    pub replaced: usize,
}

impl Expected {
    /// Nothing was synced yet; `current_weight` is TrainerRoad's, in hundredths of a kilogram.
    pub fn new(current_weight: i64) -> Self {
        Self {
            weigh_ins: BTreeMap::new(),
            pressures: BTreeMap::new(),
            versions: BTreeMap::new(),
            current_weight,
            weights_set: 0,
            replaced: 0,
        }
    }

    /// A sync sees these groups, of which `truths` tells what they say; `mine` are the times of doubtful ones that the
    /// person took for their own. What is deleted at its source stays where it was sent.
    pub fn sync(&mut self, truths: &[Truth], groups: &[Group], mine: &[i64]) {
        let heights = heights(groups);
        let mut newest: Option<(i64, i64)> = None;
        for truth in truths {
            let version = version(truth, groups);
            let sent = truth.verdict == Verdict::Send || mine.contains(&truth.time);
            if version.is_empty() || !sent || truth.sort == Sort::Other {
                continue;
            }
            let is_new = self.versions.get(&truth.time) != Some(&version);
            let before = is_new.then(|| self.versions.insert(truth.time, version)).flatten();
            self.replaced += usize::from(before.is_some());
            if let Some(weigh_in) = WeighIn::measured(truth, &heights) {
                newest = newest.max(Some((truth.time, weigh_in.weight)));
                if is_new {
                    self.weigh_ins.insert(truth.time, weigh_in);
                }
            } else if let Some(pressure) = Pressure::measured(truth).filter(|_| is_new) {
                self.pressures.insert(truth.time, pressure);
            }
        }
        // A difference that other programs' rounding to 0.1 kg makes is none.
        if let Some((_, weight)) = newest.filter(|(_, weight)| (weight - self.current_weight).abs() > 5) {
            self.current_weight = weight;
            self.weights_set += 1;
        }
    }

    pub fn weigh_ins(&self) -> Vec<WeighIn> {
        self.weigh_ins.values().cloned().collect()
    }

    pub fn pressures(&self) -> Vec<Pressure> {
        self.pressures.values().cloned().collect()
    }
}

fn version(truth: &Truth, groups: &[Group]) -> Version {
    let ours = groups.iter().filter(|it| truth.grpids.contains(&it.grpid));
    let mut version: Version = ours.map(|it| (it.grpid, it.modified.max(it.created))).collect();
    version.sort_unstable();
    version.dedup();
    version
}

/// The heights with their times, oldest first.
fn heights(groups: &[Group]) -> Vec<(i64, Decimal)> {
    let measures = groups.iter().flat_map(|group| group.measures.iter().map(|it| (group.date, it)));
    let mut heights: Vec<(i64, Decimal)> =
        measures.filter(|(_, it)| it.kind == types::HEIGHT).map(|(date, it)| (date, it.amount)).collect();
    heights.sort_by_key(|(date, _)| *date);
    heights
}
