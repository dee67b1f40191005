//! Writes records: the one loop that has to be fast. Each set of present fields gets a definition of its own, so
//! that nothing absent takes room.

use baton_core::Record;

use super::split_cadence;
use crate::profile::{Field, TIMESTAMP, fit_time, record, semicircles};
use crate::wire::{FieldBytes, Payload, Writer};

const POSITION: u16 = 1;
const ENHANCED_ALTITUDE: u16 = 1 << 1;
const ALTITUDE: u16 = 1 << 2;
const HEART_RATE: u16 = 1 << 3;
const CADENCE: u16 = 1 << 4;
const FRACTIONAL_CADENCE: u16 = 1 << 5;
const DISTANCE: u16 = 1 << 6;
const ENHANCED_SPEED: u16 = 1 << 7;
const SPEED: u16 = 1 << 8;
const POWER: u16 = 1 << 9;
const GRADE: u16 = 1 << 10;
const RESISTANCE: u16 = 1 << 11;
const TEMPERATURE: u16 = 1 << 12;

/// The fields behind each bit, in the order in which [`RecordWriter::write`] puts their values.
const FIELDS: [(u16, Field); 14] = [
    (POSITION, record::POSITION_LAT),
    (POSITION, record::POSITION_LONG),
    (ENHANCED_ALTITUDE, record::ENHANCED_ALTITUDE),
    (ALTITUDE, record::ALTITUDE),
    (HEART_RATE, record::HEART_RATE),
    (CADENCE, record::CADENCE),
    (FRACTIONAL_CADENCE, record::FRACTIONAL_CADENCE),
    (DISTANCE, record::DISTANCE),
    (ENHANCED_SPEED, record::ENHANCED_SPEED),
    (SPEED, record::SPEED),
    (POWER, record::POWER),
    (GRADE, record::GRADE),
    (RESISTANCE, record::RESISTANCE),
    (TEMPERATURE, record::TEMPERATURE),
];

/// Writes records one after the other.
#[derive(Debug)]
pub struct RecordWriter {
    /// Whether any cadence of this activity has a fraction: then every record tells it.
    has_fractions: bool,
    /// Present fields and local type, as of a writer's generation
    known: Vec<(u16, u8)>,
    generation: u32,
    /// FIT has whole seconds: of several records in one second the first is kept.
    last_time: Option<u32>,
}

impl RecordWriter {
    pub fn new(records: &[Record]) -> RecordWriter {
        let has_fraction = |record: &Record| {
            record.cadence.and_then(split_cadence).is_some_and(|(_, fraction)| fraction > 0)
        };
        RecordWriter {
            has_fractions: records.iter().any(has_fraction),
            known: Vec::with_capacity(16),
            generation: 0,
            last_time: None,
        }
    }

    /// Writes one record; not where its second has one already.
    pub fn write(&mut self, writer: &mut Writer, record: &Record) {
        let Some(time) = fit_time(record.time).filter(|&time| self.last_time.is_none_or(|last| time > last))
        else {
            return;
        };
        self.last_time = Some(time);
        let mut payload = Payload::new();
        let mut present = 0;
        payload.put(time.to_le_bytes());
        if let Some((latitude, longitude)) = record.position.and_then(semicircles) {
            present |= POSITION;
            payload.put(latitude.to_le_bytes());
            payload.put(longitude.to_le_bytes());
        }
        if let Some(altitude) = record.altitude {
            if let Some(raw) = record::ENHANCED_ALTITUDE.raw(altitude) {
                present |= ENHANCED_ALTITUDE;
                payload.put((raw as u32).to_le_bytes());
            }
            if let Some(raw) = record::ALTITUDE.raw(altitude) {
                present |= ALTITUDE;
                payload.put((raw as u16).to_le_bytes());
            }
        }
        if let Some(rate) = record.heart_rate.filter(|&rate| rate > 0 && rate < u8::MAX) {
            present |= HEART_RATE;
            payload.put([rate]);
        }
        if let Some((turns, fraction)) = record.cadence.and_then(split_cadence) {
            present |= CADENCE;
            payload.put([turns]);
            if self.has_fractions {
                present |= FRACTIONAL_CADENCE;
                payload.put([fraction]);
            }
        }
        if let Some(raw) = record.distance.and_then(|distance| record::DISTANCE.raw(distance)) {
            present |= DISTANCE;
            payload.put((raw as u32).to_le_bytes());
        }
        if let Some(raw) = record.speed.and_then(|speed| record::ENHANCED_SPEED.raw(speed)) {
            present |= ENHANCED_SPEED;
            payload.put((raw as u32).to_le_bytes());
            if raw <= record::SPEED.base.range().1 {
                present |= SPEED;
                payload.put((raw as u16).to_le_bytes());
            }
        }
        if let Some(power) = record.power.filter(|&power| power < u16::MAX) {
            present |= POWER;
            payload.put(power.to_le_bytes());
        }
        if let Some(raw) = record.grade.and_then(|grade| record::GRADE.raw(grade)) {
            present |= GRADE;
            payload.put((raw as i16).to_le_bytes());
        }
        if let Some(raw) = record.resistance.and_then(|resistance| record::RESISTANCE.raw(resistance)) {
            present |= RESISTANCE;
            payload.put([raw as u8]);
        }
        if let Some(raw) = record.temperature.and_then(|temperature| record::TEMPERATURE.raw(temperature)) {
            present |= TEMPERATURE;
            payload.put([raw as u8]);
        }
        let local_type = self.local_type(writer, present);
        writer.data(local_type, &payload);
    }

    #[inline]
    fn local_type(&mut self, writer: &mut Writer, present: u16) -> u8 {
        if self.generation == writer.generation()
            && let Some((_, local_type)) = self.known.iter().find(|(known, _)| *known == present)
        {
            return *local_type;
        }
        let mut fields: [FieldBytes; 15] = [[0; 3]; 15];
        let mut count = 0;
        for field in std::iter::once(TIMESTAMP)
            .chain(FIELDS.iter().filter(|(bit, _)| present & bit != 0).map(|(_, field)| *field))
        {
            fields[count] = field.definition(field.base.size());
            count += 1;
        }
        let local_type = writer.local_type(record::NUMBER, &fields[..count]);
        if self.generation != writer.generation() {
            self.generation = writer.generation();
            self.known.clear();
        }
        self.known.push((present, local_type));
        local_type
    }
}
