//! The FIT files of a scale and of a cuff: weight_scale and blood_pressure messages.

use baton_core::{BloodPressure, Body, Device, Error, ErrorKind, Result, Time};

use crate::activity::{write_creator, write_file_id};
use crate::profile::{Draft, Field, TIMESTAMP, blood_pressure, code, fit_time, moment, weight_scale};
use crate::wire::{Message, Writer};

/// The bytes of a FIT weight file with one record for each weigh-in. Values are rounded to their field's resolution, and
/// those that are absent or out of range are left out, never written as zero. `Unsupported` for a weigh-in without any
/// value that FIT has a field for.
pub fn encode_bodies(bodies: &[&Body], device: &Device) -> Result<Vec<u8>> {
    let byte = |value: Option<u8>| value.map(f64::from);
    let mut draft = Draft::default();
    let Some(last) = bodies.iter().map(|body| body.time).max() else {
        return Err(Error::bug("a weight file needs a weigh-in"));
    };
    let mut writer = begin(code::FILE_WEIGHT, last, device, &mut draft)?;
    for body in bodies {
        check(body.time)?;
        if !has_room(body) {
            let words = "FIT has no field for what was measured here";
            return Err(Error::new(ErrorKind::Unsupported, words));
        }
        draft
            .time(TIMESTAMP, body.time)
            .put(weight_scale::WEIGHT, body.weight)
            .put(weight_scale::PERCENT_FAT, body.percent_fat)
            .put(weight_scale::PERCENT_HYDRATION, body.percent_hydration)
            .put(weight_scale::BONE_MASS, body.bone_mass)
            .put(weight_scale::MUSCLE_MASS, body.muscle_mass)
            .put(weight_scale::BASAL_MET, body.basal_met)
            .put(weight_scale::PHYSIQUE_RATING, byte(body.physique_rating))
            .put(weight_scale::ACTIVE_MET, body.active_met)
            .put(weight_scale::METABOLIC_AGE, byte(body.metabolic_age))
            .put(weight_scale::VISCERAL_FAT_RATING, body.visceral_fat_rating)
            .put(weight_scale::BMI, body.bmi)
            .write(&mut writer, weight_scale::NUMBER);
    }
    Ok(writer.finish())
}

/// Whether FIT has a field for any of the weigh-in's values.
pub fn has_room(body: &Body) -> bool {
    let nothing =
        Body { time: body.time, utc_offset: body.utc_offset, more: body.more.clone(), ..Body::default() };
    *body != nothing
}

/// The bytes of a FIT blood pressure file (file type 14, as the FIT profile has it).
pub fn encode_blood_pressure(pressure: &BloodPressure, device: &Device) -> Result<Vec<u8>> {
    let mut draft = Draft::default();
    let mut writer = begin(code::FILE_BLOOD_PRESSURE, pressure.time, device, &mut draft)?;
    draft
        .time(TIMESTAMP, pressure.time)
        .set(blood_pressure::SYSTOLIC_PRESSURE, pressure.systolic)
        .set(blood_pressure::DIASTOLIC_PRESSURE, pressure.diastolic)
        .put(blood_pressure::HEART_RATE, pressure.heart_rate.map(f64::from))
        .write(&mut writer, blood_pressure::NUMBER);
    Ok(writer.finish())
}

fn begin(kind: u8, time: Time, device: &Device, draft: &mut Draft) -> Result<Writer> {
    check(time)?;
    let mut writer = Writer::new(256);
    write_file_id(&mut writer, draft, kind, time, device);
    write_creator(&mut writer, draft, time, device);
    Ok(writer)
}

fn check(time: Time) -> Result<()> {
    match fit_time(time) {
        Some(_) => Ok(()),
        None => Err(Error::rejected("FIT cannot tell the time of this measurement: it must lie after 1989")),
    }
}

/// A weigh-in that was read; `None` without a time or any value.
pub fn read_body(message: &Message<'_>) -> Option<Body> {
    // Scales that measure only weight write zero for the rest.
    let number = |field: Field| field.read(message).filter(|&value| value > 0.0);
    let byte = |field: Field| number(field).map(|value| value as u8);
    let body = Body {
        time: moment(message.timestamp()?),
        utc_offset: None,
        weight: number(weight_scale::WEIGHT).filter(|&weight| weight < 655.34),
        percent_fat: number(weight_scale::PERCENT_FAT),
        percent_hydration: number(weight_scale::PERCENT_HYDRATION),
        bone_mass: number(weight_scale::BONE_MASS),
        muscle_mass: number(weight_scale::MUSCLE_MASS),
        bmi: number(weight_scale::BMI),
        visceral_fat_rating: number(weight_scale::VISCERAL_FAT_RATING),
        metabolic_age: byte(weight_scale::METABOLIC_AGE),
        physique_rating: byte(weight_scale::PHYSIQUE_RATING),
        basal_met: number(weight_scale::BASAL_MET),
        active_met: number(weight_scale::ACTIVE_MET),
        more: Vec::new(),
    };
    let empty = Body { time: body.time, ..Body::default() };
    (body != empty).then_some(body)
}

/// A reading of a cuff; `None` without a time or either pressure.
pub fn read_blood_pressure(message: &Message<'_>) -> Option<BloodPressure> {
    Some(BloodPressure {
        time: moment(message.timestamp()?),
        utc_offset: None,
        systolic: blood_pressure::SYSTOLIC_PRESSURE.read(message)? as u16,
        diastolic: blood_pressure::DIASTOLIC_PRESSURE.read(message)? as u16,
        heart_rate: blood_pressure::HEART_RATE.read(message).map(|rate| rate as u8).filter(|&rate| rate > 0),
        more: Vec::new(),
    })
}
