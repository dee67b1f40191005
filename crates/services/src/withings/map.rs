//! Measure groups as entries. Pure: groups, heights and the account's time zone in, entries out.
//!
//! One weigh-in is several groups of the same second: composition, pulse, pulse wave velocity. They become one entry;
//! what a cuff told in the same second is an entry of its own.

use std::collections::{BTreeMap, HashMap, HashSet};

use baton_core::{BloodPressure, Body, Entry, Kind, Measure, Measured, Owner, RecordedBy, Span, Time};
use chrono::{Offset, TimeZone};
use chrono_tz::Tz;

use super::decimal::Decimal;
use super::types::{
    BASAL_METABOLIC_RATE, BONE_MASS, DIASTOLIC, FAT_MASS, FAT_RATIO, HEART_PULSE, HEIGHT, HYDRATION,
    METABOLIC_AGE, MUSCLE_MASS, SYSTOLIC, VISCERAL_FAT, WEIGHT, named, part, whole_body_rank,
};
use super::wire;

/// The resolution of FIT's weights and shares, in decimal places.
const PLACES: u32 = 2;
/// Of values that FIT has no field for.
const MORE_PLACES: u32 = 3;

/// From a device, and it may have been somebody else.
const AMBIGUOUS: i64 = 1;
/// Typed when the account was made: often the weight that somebody wants to have.
const AT_SIGN_UP: i64 = 4;
const REAL_MEASURES: i64 = 1;

/// A group that makes sense.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    id: i64,
    attrib: i64,
    /// Unix seconds
    pub date: i64,
    /// When Withings got it or last changed it, Unix seconds.
    changed: i64,
    readings: Vec<Reading>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Reading {
    kind: u32,
    amount: Decimal,
    position: Option<u32>,
}

/// How tall the person was from some moment on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Height {
    since: i64,
    metres: Decimal,
}

/// The groups of an answer that are measurements of this person, as far as they can be read. Others are left out with a
/// line in the log.
pub fn groups(answer: &[wire::Group]) -> Vec<Group> {
    answer.iter().filter_map(group).collect()
}

fn group(wire: &wire::Group) -> Option<Group> {
    let whole = |number: crate::loose::Number| {
        number.0.filter(|number| number.fract() == 0.0).map(|number| number as i64)
    };
    let (Some(id), Some(date)) = (whole(wire.grpid), whole(wire.date)) else {
        tracing::warn!("a measurement of Withings has no number or no time and is left out");
        return None;
    };
    let attrib = whole(wire.attrib).unwrap_or_default();
    if attrib < 0 || whole(wire.category).is_some_and(|category| category != REAL_MEASURES) {
        tracing::debug!(group = id, attrib, "no measurement of this person");
        return None;
    }
    let readings = wire.measures.0.iter().filter_map(|measure| {
        let kind = u32::try_from(whole(measure.kind)?).ok()?;
        let unit = i32::try_from(whole(measure.unit).unwrap_or_default()).ok()?;
        let amount = Decimal::new(whole(measure.value)?, unit)?;
        let position = whole(measure.position).and_then(|position| u32::try_from(position).ok());
        Some(Reading { kind, amount, position })
    });
    let changed = [wire.modified, wire.created].into_iter().filter_map(whole).max().unwrap_or(date);
    Some(Group { id, attrib, date, changed, readings: readings.collect() })
}

/// The heights in these groups, oldest first.
pub fn heights(groups: &[Group]) -> Vec<Height> {
    let mut groups: Vec<&Group> = groups.iter().filter(|group| group.attrib != AMBIGUOUS).collect();
    groups.sort_by_key(|group| (group.date, group.changed, group.id));
    let heights = groups.iter().flat_map(|group| group.readings.iter().map(|reading| (group.date, reading)));
    heights
        .filter(|(_, reading)| reading.kind == HEIGHT && reading.amount.is_positive())
        .map(|(since, reading)| Height { since, metres: reading.amount })
        .collect()
}

/// The last height at or before a moment, else the first that there is.
fn height_at(heights: &[Height], moment: i64) -> Option<Decimal> {
    let known = heights.iter().rev().find(|height| height.since <= moment).or(heights.first());
    known.map(|height| height.metres)
}

/// The entries of these groups, oldest first. All groups of a second must be among them.
pub fn entries(groups: Vec<Group>, heights: &[Height], zone: Option<Tz>) -> Vec<Entry> {
    let mut seconds: BTreeMap<i64, Vec<Group>> = BTreeMap::new();
    for group in newest_of_each(groups) {
        if group.attrib == AT_SIGN_UP {
            tracing::debug!(group = group.id, "a weight that was typed at sign-up is left out");
        } else {
            seconds.entry(group.date).or_default().push(group);
        }
    }
    seconds.into_iter().flat_map(|(date, groups)| second(date, &groups, heights, zone)).collect()
}

/// Pages and calls overlap, and what was changed between them is there in both forms: the newer one counts.
fn newest_of_each(groups: Vec<Group>) -> Vec<Group> {
    let mut newest: HashMap<i64, i64> = HashMap::new();
    for group in &groups {
        let changed = newest.entry(group.id).or_insert(group.changed);
        *changed = group.changed.max(*changed);
    }
    groups.into_iter().filter(|group| newest.get(&group.id) == Some(&group.changed)).collect()
}

/// What was measured in one second: a weigh-in, a blood pressure, or both.
fn second(date: i64, groups: &[Group], heights: &[Height], zone: Option<Tz>) -> Vec<Entry> {
    let Some(time) = Time::from_timestamp(date, 0) else {
        tracing::warn!("a measurement of Withings has a time that cannot be and is left out");
        return Vec::new();
    };
    let utc_offset =
        zone.map(|zone| zone.offset_from_utc_datetime(&time.naive_utc()).fix().local_minus_utc());
    let moment = Moment { time, utc_offset };
    let is_weight = |group: &&Group| group.holds(WEIGHT);
    let is_pressure = |group: &&Group| group.holds(SYSTOLIC) || group.holds(DIASTOLIC);
    let weighed = groups.iter().any(|group| is_weight(&group));
    let whole = Values::of(groups.iter(), |_| true);
    let Some(pressure) = whole.blood_pressure(moment) else {
        return moment.body(&whole, heights).into_iter().collect();
    };
    if !weighed {
        return vec![moment.entry(&whole, Measured::BloodPressure(pressure), "")];
    }
    let both = groups.iter().any(|group| is_weight(&group) && is_pressure(&group));
    let cuff = [SYSTOLIC, DIASTOLIC, HEART_PULSE];
    let of_cuff = Values::of(groups.iter().filter(is_pressure), |kind| !both || cuff.contains(&kind));
    let of_scale =
        Values::of(groups.iter().filter(|group| !is_pressure(group) || is_weight(group)), |kind| {
            !matches!(kind, SYSTOLIC | DIASTOLIC)
        });
    let suffix = if both { "-pressure" } else { "" };
    let pressure = of_cuff
        .blood_pressure(moment)
        .map(|pressure| moment.entry(&of_cuff, Measured::BloodPressure(pressure), suffix));
    moment.body(&of_scale, heights).into_iter().chain(pressure).collect()
}

impl Group {
    fn holds(&self, kind: u32) -> bool {
        self.readings.iter().any(|reading| reading.kind == kind)
    }
}

#[derive(Clone, Copy)]
struct Moment {
    time: Time,
    utc_offset: Option<i32>,
}

impl Moment {
    /// `None` where nothing of it is known to Baton.
    fn body(self, values: &Values<'_>, heights: &[Height]) -> Option<Entry> {
        let body = values.body(self, height_at(heights, self.time.timestamp()));
        let empty = Body { time: self.time, utc_offset: self.utc_offset, ..Body::default() };
        (body != empty).then(|| self.entry(values, Measured::Body(body), ""))
    }

    fn entry(self, values: &Values<'_>, measured: Measured, suffix: &str) -> Entry {
        let (kind, title) = match &measured {
            Measured::BloodPressure(_) => (Kind::BloodPressure, "Blood pressure"),
            Measured::Body(body) if body.weight.is_some() => (Kind::Body, "Weight"),
            Measured::Body(_) => (Kind::Body, "Body measurement"),
        };
        let mut versions: Vec<(i64, i64)> =
            values.groups.iter().map(|group| (group.id, group.changed)).collect();
        versions.sort_unstable();
        versions.dedup();
        let first = versions.first().map_or(0, |(id, _)| *id);
        let revision: Vec<String> = versions.iter().map(|(id, changed)| format!("{id}@{changed}")).collect();
        let doubtful = values.groups.iter().any(|group| group.attrib == AMBIGUOUS);
        let arrived = values.groups.iter().map(|group| group.changed).max();
        Entry {
            key: format!("{first}{suffix}"),
            kind,
            span: Span::new(self.time, self.time),
            revision: revision.join(" "),
            recorded_by: RecordedBy::Source,
            title: title.into(),
            sport: None,
            sub_sport: None,
            utc_offset: self.utc_offset,
            in_progress: false,
            arrived: arrived.and_then(|arrived| Time::from_timestamp(arrived, 0)),
            owner: if doubtful { Owner::Doubtful } else { Owner::Certain },
            measured: Some(measured),
        }
    }
}

/// The values of an entry, the better of two of the same kind and place first.
struct Values<'a> {
    groups: Vec<&'a Group>,
    readings: Vec<Reading>,
}

impl<'a> Values<'a> {
    fn of(groups: impl Iterator<Item = &'a Group>, wanted: impl Fn(u32) -> bool) -> Values<'a> {
        let mut groups: Vec<&Group> = groups.collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.changed), group.id));
        let readings = groups.iter().flat_map(|group| group.readings.iter().copied());
        let mut readings: Vec<Reading> = readings.filter(|reading| wanted(reading.kind)).collect();
        readings.sort_by_key(|reading| (reading.kind, whole_body_rank(reading.position).unwrap_or(u8::MAX)));
        Values { groups, readings }
    }

    /// The value of the whole body.
    fn whole(&self, kind: u32) -> Option<Decimal> {
        self.readings
            .iter()
            .find(|reading| reading.kind == kind && whole_body_rank(reading.position).is_some())
            .map(|reading| reading.amount)
    }

    /// The value, wherever it was measured: a cuff says on which arm.
    fn anywhere(&self, kind: u32) -> Option<Decimal> {
        self.readings.iter().find(|reading| reading.kind == kind).map(|reading| reading.amount)
    }

    /// `None` without both pressures.
    fn blood_pressure(&self, moment: Moment) -> Option<BloodPressure> {
        let pressure = |kind: u32| self.anywhere(kind)?.whole(1, 999).map(|pressure| pressure as u16);
        let heart_rate =
            self.anywhere(HEART_PULSE).and_then(|rate| rate.whole(1, 254)).map(|rate| rate as u8);
        let mut told = vec![SYSTOLIC, DIASTOLIC];
        told.extend(heart_rate.is_some().then_some(HEART_PULSE));
        Some(BloodPressure {
            time: moment.time,
            utc_offset: moment.utc_offset,
            systolic: pressure(SYSTOLIC)?,
            diastolic: pressure(DIASTOLIC)?,
            heart_rate,
            more: self.more(|reading| told.contains(&reading.kind)),
        })
    }

    fn body(&self, moment: Moment, height: Option<Decimal>) -> Body {
        let kilograms = self.whole(WEIGHT).filter(|weight| weight.is_positive());
        let number = |kind: u32| self.whole(kind).map(|amount| amount.rounded(PLACES));
        let share = |kind: u32| self.whole(kind)?.ratio(100, kilograms?, PLACES);
        let metabolic_age = self.whole(METABOLIC_AGE).and_then(|age| age.whole(1, 254)).map(|age| age as u8);
        let mut told = vec![WEIGHT, FAT_RATIO, MUSCLE_MASS, BONE_MASS, VISCERAL_FAT, BASAL_METABOLIC_RATE];
        told.extend(metabolic_age.is_some().then_some(METABOLIC_AGE));
        Body {
            time: moment.time,
            utc_offset: moment.utc_offset,
            weight: kilograms.map(|weight| weight.rounded(PLACES)),
            percent_fat: number(FAT_RATIO).or_else(|| share(FAT_MASS)),
            percent_hydration: share(HYDRATION),
            bone_mass: number(BONE_MASS),
            muscle_mass: number(MUSCLE_MASS),
            bmi: kilograms.and_then(|weight| weight.ratio(1, height?.squared()?, 1)),
            visceral_fat_rating: number(VISCERAL_FAT),
            metabolic_age,
            physique_rating: None,
            basal_met: number(BASAL_METABOLIC_RATE),
            active_met: None,
            more: self
                .more(|reading| told.contains(&reading.kind) && whole_body_rank(reading.position).is_some()),
        }
    }

    /// Everything with a name that has no field of its own; of two values of the same part of the body the better.
    fn more(&self, told: impl Fn(&Reading) -> bool) -> Vec<Measure> {
        let mut seen = HashSet::new();
        let mut more = Vec::new();
        for reading in self.readings.iter().filter(|reading| !told(reading)) {
            let Some((name, unit)) = named(reading.kind) else {
                tracing::debug!(kind = reading.kind, "a measure that the published table does not name");
                continue;
            };
            let position = match whole_body_rank(reading.position) {
                Some(_) => None,
                None => reading.position,
            };
            if seen.insert((reading.kind, position)) {
                let value = reading.amount.rounded(MORE_PLACES);
                more.push(Measure {
                    name: name.into(),
                    value,
                    unit: unit.into(),
                    position: position.map(part),
                });
            }
        }
        more
    }
}

#[cfg(test)]
mod sample_tests;
#[cfg(test)]
mod tests;
