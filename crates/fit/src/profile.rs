//! FIT's vocabulary as far as Baton speaks it: message numbers, fields with scale and offset, and codes. Written by
//! hand from the public FIT profile.

use baton_core::Time;
use chrono::DateTime;

use crate::wire::{Base, EPOCH, FieldBytes, Message, Writer};

/// A field: its number, base type, and how a value becomes a whole number: `(value + offset) * scale`.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub number: u8,
    pub base: Base,
    scale: f64,
    offset: f64,
}

impl Field {
    pub const fn new(number: u8, base: Base) -> Field {
        Field { number, base, scale: 1.0, offset: 0.0 }
    }

    const fn scale(self, scale: f64) -> Field {
        Field { scale, ..self }
    }

    const fn offset(self, offset: f64) -> Field {
        Field { offset, ..self }
    }

    /// The whole number that stands for a value, rounded; `None` where the field cannot hold it.
    #[inline]
    pub fn raw(self, value: f64) -> Option<i64> {
        let scaled = (value + self.offset) * self.scale;
        let (low, high) = self.base.range();
        // Written so that not-a-number fails too.
        if !(scaled > low as f64 - 1.0 && scaled < high as f64 + 1.0) {
            return None;
        }
        let number = (scaled + 0.5f64.copysign(scaled)) as i64;
        (number >= low && number <= high).then_some(number)
    }

    /// The value of this field in a message that was read.
    pub fn read(self, message: &Message<'_>) -> Option<f64> {
        Some(self.value(message.value(self.number)?))
    }

    /// The value that a raw number stands for.
    pub fn value(self, raw: f64) -> f64 {
        raw / self.scale - self.offset
    }

    /// How the definition message names a field of so many bytes.
    pub const fn definition(self, size: u8) -> FieldBytes {
        [self.number, size, self.base as u8]
    }
}

const fn enumeration(number: u8) -> Field {
    Field::new(number, Base::Enum)
}
const fn uint8(number: u8) -> Field {
    Field::new(number, Base::Uint8)
}
const fn sint8(number: u8) -> Field {
    Field::new(number, Base::Sint8)
}
const fn uint16(number: u8) -> Field {
    Field::new(number, Base::Uint16)
}
const fn sint16(number: u8) -> Field {
    Field::new(number, Base::Sint16)
}
const fn uint32(number: u8) -> Field {
    Field::new(number, Base::Uint32)
}
const fn sint32(number: u8) -> Field {
    Field::new(number, Base::Sint32)
}
const fn uint32z(number: u8) -> Field {
    Field::new(number, Base::Uint32z)
}
const fn text(number: u8) -> Field {
    Field::new(number, Base::Text)
}

pub const TIMESTAMP: Field = uint32(253);
pub const MESSAGE_INDEX: Field = uint16(254);

/// Messages and their fields, one module each.
macro_rules! messages {
    ($($(#[$doc:meta])* $message:ident = $number:literal { $($field:ident = $definition:expr),* $(,)? })*) => {
        $($(#[$doc])* pub mod $message {
            use super::*;
            pub const NUMBER: u16 = $number;
            $(pub const $field: Field = $definition;)*
        })*
    };
}

messages! {
    file_id = 0 {
        TYPE = enumeration(0), MANUFACTURER = uint16(1), PRODUCT = uint16(2), SERIAL_NUMBER = uint32z(3),
        TIME_CREATED = uint32(4), PRODUCT_NAME = text(8),
    }
    user_profile = 3 {
        GENDER = enumeration(1), AGE = uint8(2), HEIGHT = uint8(3).scale(100.0), WEIGHT = uint16(4).scale(10.0),
    }
    zones_target = 7 {
        MAX_HEART_RATE = uint8(1), THRESHOLD_HEART_RATE = uint8(2), FUNCTIONAL_THRESHOLD_POWER = uint16(3),
        HR_CALC_TYPE = enumeration(5), PWR_CALC_TYPE = enumeration(7),
    }
    hr_zone = 8 { HIGH_BPM = uint8(1) }
    power_zone = 9 { HIGH_VALUE = uint16(1) }
    sport = 12 { SPORT = enumeration(0), SUB_SPORT = enumeration(1), NAME = text(3) }
    record = 20 {
        POSITION_LAT = sint32(0).scale(SEMICIRCLES), POSITION_LONG = sint32(1).scale(SEMICIRCLES),
        ALTITUDE = uint16(2).scale(5.0).offset(500.0), HEART_RATE = uint8(3), CADENCE = uint8(4),
        DISTANCE = uint32(5).scale(100.0), SPEED = uint16(6).scale(1000.0), POWER = uint16(7),
        GRADE = sint16(9).scale(100.0), RESISTANCE = uint8(10).scale(2.54), TEMPERATURE = sint8(13),
        FRACTIONAL_CADENCE = uint8(53).scale(128.0), ENHANCED_SPEED = uint32(73).scale(1000.0),
        ENHANCED_ALTITUDE = uint32(78).scale(5.0).offset(500.0),
    }
    event = 21 { EVENT = enumeration(0), EVENT_TYPE = enumeration(1), DATA = uint32(3), EVENT_GROUP = uint8(4) }
    device_info = 23 {
        DEVICE_INDEX = uint8(0), DEVICE_TYPE = uint8(1), MANUFACTURER = uint16(2), SERIAL_NUMBER = uint32z(3),
        PRODUCT = uint16(4), SOFTWARE_VERSION = uint16(5), SOURCE_TYPE = enumeration(25), PRODUCT_NAME = text(27),
    }
    workout = 26 {
        SPORT = enumeration(4), CAPABILITIES = uint32z(5), NUM_VALID_STEPS = uint16(6), WKT_NAME = text(8),
        SUB_SPORT = enumeration(11),
    }
    workout_step = 27 {
        WKT_STEP_NAME = text(0), DURATION_TYPE = enumeration(1), DURATION_VALUE = uint32(2),
        TARGET_TYPE = enumeration(3), TARGET_VALUE = uint32(4), CUSTOM_TARGET_VALUE_LOW = uint32(5),
        CUSTOM_TARGET_VALUE_HIGH = uint32(6), INTENSITY = enumeration(7),
    }
    weight_scale = 30 {
        WEIGHT = uint16(0).scale(100.0), PERCENT_FAT = uint16(1).scale(100.0),
        PERCENT_HYDRATION = uint16(2).scale(100.0), BONE_MASS = uint16(4).scale(100.0),
        MUSCLE_MASS = uint16(5).scale(100.0), BASAL_MET = uint16(7).scale(4.0), PHYSIQUE_RATING = uint8(8),
        ACTIVE_MET = uint16(9).scale(4.0), METABOLIC_AGE = uint8(10), VISCERAL_FAT_RATING = uint8(11),
        BMI = uint16(13).scale(10.0),
    }
    activity = 34 {
        TOTAL_TIMER_TIME = uint32(0).scale(1000.0), NUM_SESSIONS = uint16(1), TYPE = enumeration(2),
        EVENT = enumeration(3), EVENT_TYPE = enumeration(4), LOCAL_TIMESTAMP = uint32(5),
    }
    file_creator = 49 { SOFTWARE_VERSION = uint16(0) }
    blood_pressure = 51 { SYSTOLIC_PRESSURE = uint16(0), DIASTOLIC_PRESSURE = uint16(1), HEART_RATE = uint8(6) }
    hr = 132 {
        FRACTIONAL_TIMESTAMP = uint16(0).scale(32768.0), FILTERED_BPM = uint8(6), EVENT_TIMESTAMP = uint32(9),
    }
    set = 225 {
        TIMESTAMP = uint32(254), DURATION = uint32(0).scale(1000.0), REPETITIONS = uint16(3),
        WEIGHT = uint16(4).scale(16.0), SET_TYPE = uint8(5), START_TIME = uint32(6), CATEGORY = uint16(7),
        CATEGORY_SUBTYPE = uint16(8), WEIGHT_DISPLAY_UNIT = uint16(9), MESSAGE_INDEX = uint16(10),
    }
    exercise_title = 264 { EXERCISE_CATEGORY = uint16(0), EXERCISE_NAME = uint16(1), WKT_STEP_NAME = text(2) }
    session = 18 {
        EVENT = enumeration(0), EVENT_TYPE = enumeration(1), START_TIME = uint32(2), SPORT = enumeration(5),
        SUB_SPORT = enumeration(6), FIRST_LAP_INDEX = uint16(25), NUM_LAPS = uint16(26), TRIGGER = enumeration(28),
        THRESHOLD_POWER = uint16(45),
    }
    lap = 19 {
        EVENT = enumeration(0), EVENT_TYPE = enumeration(1), START_TIME = uint32(2), INTENSITY = enumeration(23),
        LAP_TRIGGER = enumeration(24), SPORT = enumeration(25), SUB_SPORT = enumeration(39),
        WKT_STEP_INDEX = uint16(71),
    }
}

/// Semicircles in one degree.
const SEMICIRCLES: f64 = 2_147_483_648.0 / 180.0;

/// The hr field with the strap's clock in twelve bits each.
pub const EVENT_TIMESTAMP_12: u8 = 10;

/// The record field in which very old devices wrote speed and distance, in three bytes together.
pub const COMPRESSED_SPEED_DISTANCE: u8 = 8;

/// The fields that a session and a lap share, which bear other numbers in each.
#[derive(Debug, Clone, Copy)]
pub struct Summary {
    pub start_position: (Field, Field),
    pub end_position: (Field, Field),
    pub north_east: (Field, Field),
    pub south_west: (Field, Field),
    pub total_elapsed_time: Field,
    pub total_timer_time: Field,
    pub total_distance: Field,
    pub total_cycles: Field,
    pub total_calories: Field,
    pub total_work: Field,
    pub total_ascent: Field,
    pub total_descent: Field,
    pub avg_speed: Field,
    pub max_speed: Field,
    pub enhanced_avg_speed: Field,
    pub enhanced_max_speed: Field,
    pub avg_heart_rate: Field,
    pub max_heart_rate: Field,
    pub min_heart_rate: Field,
    pub avg_cadence: Field,
    pub max_cadence: Field,
    pub avg_fractional_cadence: Field,
    pub max_fractional_cadence: Field,
    pub avg_power: Field,
    pub max_power: Field,
    pub normalized_power: Field,
    /// Of the session only
    pub intensity_factor: Option<Field>,
    pub training_stress_score: Option<Field>,
    pub avg_stroke_distance: Field,
    pub avg_altitude: Field,
    pub max_altitude: Field,
    pub min_altitude: Field,
    pub enhanced_avg_altitude: Field,
    pub enhanced_max_altitude: Field,
    pub enhanced_min_altitude: Field,
    pub avg_grade: Field,
    pub max_pos_grade: Field,
    pub avg_temperature: Field,
    pub max_temperature: Field,
    pub time_in_hr_zone: Field,
    pub time_in_power_zone: Field,
}

const fn position(latitude: u8) -> (Field, Field) {
    (sint32(latitude).scale(SEMICIRCLES), sint32(latitude + 1).scale(SEMICIRCLES))
}
const fn time(number: u8) -> Field {
    uint32(number).scale(1000.0)
}
const fn speed(number: u8) -> Field {
    uint16(number).scale(1000.0)
}
const fn enhanced_speed(number: u8) -> Field {
    uint32(number).scale(1000.0)
}
const fn altitude(number: u8) -> Field {
    uint16(number).scale(5.0).offset(500.0)
}
const fn enhanced_altitude(number: u8) -> Field {
    uint32(number).scale(5.0).offset(500.0)
}
const fn grade(number: u8) -> Field {
    sint16(number).scale(100.0)
}
const fn fraction(number: u8) -> Field {
    uint8(number).scale(128.0)
}

pub const SESSION: Summary = Summary {
    start_position: position(3),
    end_position: position(38),
    north_east: position(29),
    south_west: position(31),
    total_elapsed_time: time(7),
    total_timer_time: time(8),
    total_distance: uint32(9).scale(100.0),
    total_cycles: uint32(10),
    total_calories: uint16(11),
    total_work: uint32(48),
    total_ascent: uint16(22),
    total_descent: uint16(23),
    avg_speed: speed(14),
    max_speed: speed(15),
    enhanced_avg_speed: enhanced_speed(124),
    enhanced_max_speed: enhanced_speed(125),
    avg_heart_rate: uint8(16),
    max_heart_rate: uint8(17),
    min_heart_rate: uint8(64),
    avg_cadence: uint8(18),
    max_cadence: uint8(19),
    avg_fractional_cadence: fraction(92),
    max_fractional_cadence: fraction(93),
    avg_power: uint16(20),
    max_power: uint16(21),
    normalized_power: uint16(34),
    intensity_factor: Some(uint16(36).scale(1000.0)),
    training_stress_score: Some(uint16(35).scale(10.0)),
    avg_stroke_distance: uint16(42).scale(100.0),
    avg_altitude: altitude(49),
    max_altitude: altitude(50),
    min_altitude: altitude(71),
    enhanced_avg_altitude: enhanced_altitude(126),
    enhanced_max_altitude: enhanced_altitude(128),
    enhanced_min_altitude: enhanced_altitude(127),
    avg_grade: grade(52),
    max_pos_grade: grade(55),
    avg_temperature: sint8(57),
    max_temperature: sint8(58),
    time_in_hr_zone: time(65),
    time_in_power_zone: time(68),
};

pub const LAP: Summary = Summary {
    start_position: position(3),
    end_position: position(5),
    north_east: position(27),
    south_west: position(29),
    total_elapsed_time: time(7),
    total_timer_time: time(8),
    total_distance: uint32(9).scale(100.0),
    total_cycles: uint32(10),
    total_calories: uint16(11),
    total_work: uint32(41),
    total_ascent: uint16(21),
    total_descent: uint16(22),
    avg_speed: speed(13),
    max_speed: speed(14),
    enhanced_avg_speed: enhanced_speed(110),
    enhanced_max_speed: enhanced_speed(111),
    avg_heart_rate: uint8(15),
    max_heart_rate: uint8(16),
    min_heart_rate: uint8(63),
    avg_cadence: uint8(17),
    max_cadence: uint8(18),
    avg_fractional_cadence: fraction(80),
    max_fractional_cadence: fraction(81),
    avg_power: uint16(19),
    max_power: uint16(20),
    normalized_power: uint16(33),
    intensity_factor: None,
    training_stress_score: None,
    avg_stroke_distance: uint16(37).scale(100.0),
    avg_altitude: altitude(42),
    max_altitude: altitude(43),
    min_altitude: altitude(62),
    enhanced_avg_altitude: enhanced_altitude(112),
    enhanced_max_altitude: enhanced_altitude(114),
    enhanced_min_altitude: enhanced_altitude(113),
    avg_grade: grade(45),
    max_pos_grade: grade(48),
    avg_temperature: sint8(50),
    max_temperature: sint8(51),
    time_in_hr_zone: time(57),
    time_in_power_zone: time(60),
};

/// FIT's codes, by the name of their type.
pub mod code {
    pub const FILE_ACTIVITY: u8 = 4;
    pub const FILE_WEIGHT: u8 = 9;
    pub const FILE_BLOOD_PRESSURE: u8 = 14;
    pub const EVENT_TIMER: u8 = 0;
    pub const EVENT_LAP: u8 = 9;
    pub const EVENT_ACTIVITY: u8 = 26;
    pub const EVENT_TYPE_START: u8 = 0;
    pub const EVENT_TYPE_STOP: u8 = 1;
    pub const EVENT_TYPE_STOP_ALL: u8 = 4;
    pub const EVENT_TYPE_STOP_DISABLE: u8 = 8;
    pub const EVENT_TYPE_STOP_DISABLE_ALL: u8 = 9;
    pub const SOURCE_TYPE_ANTPLUS: u8 = 1;
    pub const SOURCE_TYPE_LOCAL: u8 = 5;
    pub const ANTPLUS_HEART_RATE: u8 = 120;
    pub const HR_ZONE_PERCENT_MAX: u8 = 1;
    pub const POWER_ZONE_PERCENT_FTP: u8 = 1;
    pub const STEP_DURATION_TIME: u8 = 0;
    pub const STEP_DURATION_DISTANCE: u8 = 1;
    pub const STEP_DURATION_OPEN: u8 = 5;
    pub const STEP_TARGET_SPEED: u8 = 0;
    pub const STEP_TARGET_HEART_RATE: u8 = 1;
    pub const STEP_TARGET_OPEN: u8 = 2;
    pub const STEP_TARGET_CADENCE: u8 = 3;
    pub const STEP_TARGET_POWER: u8 = 4;
    pub const STEP_TARGET_GRADE: u8 = 5;
    pub const STEP_TARGET_RESISTANCE: u8 = 6;
    pub const WORKOUT_CAPABILITIES_TCX: u8 = 32;
    pub const SESSION_TRIGGER_ACTIVITY_END: u8 = 0;
    pub const ACTIVITY_MANUAL: u8 = 0;
    pub const UNIT_KILOGRAM: u8 = 1;
    pub const UNIT_POUND: u8 = 2;
    pub const EXERCISE_CATEGORY_UNKNOWN: u16 = 65534;
}

/// FIT's time of a moment, rounded to the second. `None` before 1989-12-31 and after 2126.
#[inline]
pub fn fit_time(time: Time) -> Option<u32> {
    let seconds = time.timestamp() - EPOCH + i64::from(time.timestamp_subsec_millis() >= 500);
    u32::try_from(seconds).ok().filter(|&seconds| seconds < u32::MAX)
}

/// The moment of a FIT time.
pub fn moment(fit_time: u32) -> Time {
    DateTime::from_timestamp(i64::from(fit_time) + EPOCH, 0).unwrap_or_default()
}

/// A text cut to so many bytes, on a character's boundary and before any zero.
pub fn cut(text: &str, bytes: usize) -> &str {
    let text = text.split('\0').next().unwrap_or_default();
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

/// A message being put together; fields that have no value, or none that fits, are left out of its definition.
#[derive(Debug, Default)]
pub struct Draft {
    fields: Vec<FieldBytes>,
    values: Vec<u8>,
}

impl Draft {
    pub fn put(&mut self, field: Field, value: Option<f64>) -> &mut Draft {
        if let Some(raw) = value.and_then(|value| field.raw(value)) {
            self.fields.push(field.definition(field.base.size()));
            field.base.write(raw, &mut self.values);
        }
        self
    }

    pub fn set(&mut self, field: Field, value: impl Into<f64>) -> &mut Draft {
        self.put(field, Some(value.into()))
    }

    pub fn time(&mut self, field: Field, time: Time) -> &mut Draft {
        self.put(field, fit_time(time).map(f64::from))
    }

    /// A text with its closing zero, up to 254 bytes of it; nothing where empty.
    pub fn text(&mut self, field: Field, text: &str) -> &mut Draft {
        let text = cut(text, 254);
        if !text.is_empty() {
            self.fields.push(field.definition(text.len() as u8 + 1));
            self.values.extend_from_slice(text.as_bytes());
            self.values.push(0);
        }
        self
    }

    /// An array; elements that do not fit are written as invalid.
    pub fn numbers(&mut self, field: Field, values: &[Option<f64>]) -> &mut Draft {
        let size = field.base.size();
        let values = values.get(..values.len().min(255 / usize::from(size))).unwrap_or_default();
        if !values.is_empty() {
            self.fields.push(field.definition(size * values.len() as u8));
            for value in values {
                let raw = value.and_then(|value| field.raw(value)).unwrap_or(field.base.range().1 + 1);
                field.base.write(raw, &mut self.values);
            }
        }
        self
    }

    /// Writes the message and empties the draft for the next one.
    pub fn write(&mut self, writer: &mut Writer, message: u16) {
        if !self.fields.is_empty() {
            writer.message(message, &self.fields, &self.values);
            self.fields.clear();
            self.values.clear();
        }
    }
}

/// A latitude and longitude pair as raw semicircles; `None` beyond the globe.
#[inline]
pub fn semicircles(position: baton_core::Position) -> Option<(i32, i32)> {
    if !(position.latitude.abs() <= 90.0 && position.longitude.abs() <= 180.0) {
        return None;
    }
    // The largest 32-bit number means "invalid": the antimeridian is written as its western side.
    let longitude = record::POSITION_LONG.raw(position.longitude).unwrap_or(i64::from(i32::MIN));
    Some((record::POSITION_LAT.raw(position.latitude)? as i32, longitude as i32))
}
