//! A tiny FIT writer for tests of the simulator and of other people's clients: one ride with one record a minute, and
//! weight files.
//!
//! Independent of the project's own encoder on purpose.

use super::file_reader::{FIT_EPOCH, checksum};

/// The few things a test wants to choose about a ride.
#[derive(Debug, Clone, Copy)]
pub struct SampleActivity {
    /// Unix seconds.
    pub start: i64,
    pub elapsed_seconds: u32,
    pub sport: u8,
    pub sub_sport: u8,
    pub manufacturer: u16,
    pub product: u16,
}

impl Default for SampleActivity {
    /// Half an hour of indoor cycling from 2025-10-09T08:53:20Z, recorded by a Tacx training program.
    fn default() -> Self {
        Self {
            start: 1_760_000_000,
            elapsed_seconds: 1800,
            sport: 2,
            sub_sport: 6,
            manufacturer: 89,
            product: 20533,
        }
    }
}

/// The device that every file here names.
pub const SERIAL_NUMBER: u32 = 1_234_567;

/// Base types of the fields written here.
const ENUM: u8 = 0x00;
const UINT16: u8 = 0x84;
const UINT32: u8 = 0x86;
const UINT32Z: u8 = 0x8c;
const UINT8: u8 = 0x02;

/// The bytes of a small valid FIT activity file whose local time is one hour ahead of UTC.
pub fn fit_file(sample: &SampleActivity) -> Vec<u8> {
    let start = (sample.start - FIT_EPOCH) as u32;
    let end = start + sample.elapsed_seconds;
    let elapsed = sample.elapsed_seconds * 1000;
    let mut body = Vec::new();
    define(&mut body, 0, 0, &[(0, ENUM), (1, UINT16), (2, UINT16), (3, UINT32Z), (4, UINT32)]);
    body.extend([0, 4]);
    body.extend(sample.manufacturer.to_le_bytes());
    body.extend(sample.product.to_le_bytes());
    body.extend(SERIAL_NUMBER.to_le_bytes());
    body.extend(start.to_le_bytes());

    define(&mut body, 1, 20, &[(253, UINT32), (5, UINT32), (3, UINT8), (7, UINT16)]);
    for minute in 0..=sample.elapsed_seconds / 60 {
        body.push(1);
        body.extend((start + minute * 60).to_le_bytes());
        body.extend((minute * 50_000).to_le_bytes());
        body.push(120 + (minute % 40) as u8);
        body.extend((150 + (minute % 90) as u16).to_le_bytes());
    }

    let totals = [(253, UINT32), (2, UINT32), (7, UINT32), (8, UINT32), (9, UINT32), (5, ENUM), (6, ENUM)];
    // A lap keeps sport in field 25 and sub-sport in 39; a session in 5 and 6.
    let lap = [(253, UINT32), (2, UINT32), (7, UINT32), (8, UINT32), (9, UINT32), (25, ENUM), (39, ENUM)];
    for (local, message, fields) in [(2, 19, lap), (3, 18, totals)] {
        define(&mut body, local, message, &fields);
        body.push(local);
        let distance = (sample.elapsed_seconds / 60) * 50_000;
        for value in [end, start, elapsed, elapsed, distance] {
            body.extend(value.to_le_bytes());
        }
        body.extend([sample.sport, sample.sub_sport]);
    }

    define(&mut body, 4, 34, &[(253, UINT32), (0, UINT32), (1, UINT16), (2, ENUM), (5, UINT32)]);
    body.push(4);
    body.extend(end.to_le_bytes());
    body.extend(elapsed.to_le_bytes());
    body.extend(1_u16.to_le_bytes());
    body.push(0);
    body.extend((end + 3600).to_le_bytes());

    framed(&body)
}

/// One record of a weight file, in the units of the fields; `None` is written as invalid.
#[derive(Debug, Clone, Copy, Default)]
pub struct SampleWeight {
    /// Unix seconds.
    pub time: i64,
    /// Hundredths of a kilogram.
    pub weight: u16,
    /// Hundredths of a percent.
    pub percent_fat: Option<u16>,
    pub percent_hydration: Option<u16>,
    /// Hundredths of a kilogram.
    pub bone_mass: Option<u16>,
    pub muscle_mass: Option<u16>,
    /// Tenths.
    pub bmi: Option<u16>,
    /// Quarters of a kcal a day.
    pub basal_met: Option<u16>,
    pub physique_rating: Option<u8>,
    /// Years.
    pub metabolic_age: Option<u8>,
    pub visceral_fat_rating: Option<u8>,
}

/// The bytes of a FIT weight file.
pub fn weight_file(records: &[SampleWeight]) -> Vec<u8> {
    let mut body = Vec::new();
    define(&mut body, 0, 0, &[(0, ENUM), (1, UINT16), (2, UINT16), (3, UINT32Z), (4, UINT32)]);
    body.extend([0, 9]);
    body.extend(1_u16.to_le_bytes());
    body.extend(2429_u16.to_le_bytes());
    body.extend(SERIAL_NUMBER.to_le_bytes());
    let created = records.first().map_or(FIT_EPOCH, |it| it.time);
    body.extend(((created - FIT_EPOCH) as u32).to_le_bytes());
    let shorts = [0, 1, 2, 4, 5, 13, 7].map(|field| (field, UINT16));
    let bytes = [8, 10, 11].map(|field| (field, UINT8));
    define(&mut body, 3, 30, &[&[(253, UINT32)], &shorts[..], &bytes[..]].concat());
    for it in records {
        body.push(3);
        body.extend(((it.time - FIT_EPOCH) as u32).to_le_bytes());
        let weight = Some(it.weight);
        let shorts = [
            weight,
            it.percent_fat,
            it.percent_hydration,
            it.bone_mass,
            it.muscle_mass,
            it.bmi,
            it.basal_met,
        ];
        for value in shorts {
            body.extend(value.unwrap_or(u16::MAX).to_le_bytes());
        }
        let bytes = [it.physique_rating, it.metabolic_age, it.visceral_fat_rating];
        body.extend(bytes.map(|value| value.unwrap_or(u8::MAX)));
    }
    framed(&body)
}

/// The messages with header and checksums around them.
fn framed(body: &[u8]) -> Vec<u8> {
    let mut file = vec![14, 0x20, 0x54, 0x08];
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(b".FIT");
    let header_checksum = checksum(&file);
    file.extend(header_checksum.to_le_bytes());
    file.extend(body);
    let file_checksum = checksum(&file);
    file.extend(file_checksum.to_le_bytes());
    file
}

fn define(body: &mut Vec<u8>, local: u8, message: u16, fields: &[(u8, u8)]) {
    body.extend([0x40 | local, 0, 0]);
    body.extend(message.to_le_bytes());
    body.push(fields.len() as u8);
    for &(field, base_type) in fields {
        let size = match base_type {
            UINT16 => 2,
            UINT32 | UINT32Z => 4,
            _ => 1,
        };
        body.extend([field, size, base_type]);
    }
}
