//! Files of as many weigh-ins as Garmin takes at once, made for this.

use baton_core::{Body, Time};
use baton_fit::EncodeOptions;
use chrono::{DateTime, TimeDelta};

use crate::{time, weigh_ins, whole};

const MOST: i64 = 200;

fn moment(number: i64) -> Time {
    DateTime::from_timestamp(1_767_254_400, 0).unwrap() + TimeDelta::hours(number * 17)
}

/// A value in thousandths, never in the middle between two hundredths, where binary numbers cannot be trusted.
fn thousandths(number: i64, first: i64, step: i64) -> i64 {
    let value = first + number * step;
    if value % 5 == 0 { value / 10 * 10 } else { value }
}

/// Thousandths in hundredths.
fn rounded(thousandths: i64) -> i64 {
    (thousandths + 5) / 10
}

#[test]
fn every_weigh_in_of_a_long_file_keeps_its_values() {
    let value = |thousandths: i64| Some(thousandths as f64 / 1000.0);
    let weight = |number: i64| thousandths(number, 40_047, 577);
    let fat = |number: i64| thousandths(number, 4_013, 211);
    let water = |number: i64| thousandths(number, 38_019, 133);
    let bone = |number: i64| thousandths(number, 1_503, 17);
    let muscle = |number: i64| thousandths(number, 20_031, 311);
    // Each third has weight alone, so that the file's definitions change back and forth.
    let is_bare = |number: i64| number % 3 == 1;
    let body = |number: i64| {
        let (time, weight) = (moment(number), value(weight(number)));
        if is_bare(number) {
            return Body { time, weight, ..Body::default() };
        }
        Body {
            time,
            utc_offset: Some(3600),
            weight,
            percent_fat: value(fat(number)),
            percent_hydration: value(water(number)),
            bone_mass: value(bone(number)),
            muscle_mass: value(muscle(number)),
            bmi: Some((180 + number) as f64 / 10.0),
            visceral_fat_rating: Some((number / 4 + 1) as f64 + if number % 2 == 0 { 0.2 } else { 0.8 }),
            metabolic_age: Some(18 + (number / 3) as u8),
            physique_rating: Some(1 + (number % 9) as u8),
            basal_met: Some(1_200.0 + number as f64 / 4.0),
            active_met: Some(2_000.0 + number as f64),
            more: Vec::new(),
        }
    };
    let bodies: Vec<Body> = (0..MOST).map(body).collect();
    let file =
        baton_fit::encode_bodies(&bodies.iter().collect::<Vec<_>>(), &EncodeOptions::default()).unwrap();
    let read = weigh_ins(&file.bytes);
    assert_eq!(read.len(), bodies.len());
    for (number, message) in (0..MOST).zip(&read) {
        assert_eq!(time(message), moment(number).timestamp(), "number {number}");
        let fields = [
            ("weight", 100.0, Some(rounded(weight(number)))),
            ("percent_fat", 100.0, Some(rounded(fat(number)))),
            ("percent_hydration", 100.0, Some(rounded(water(number)))),
            ("bone_mass", 100.0, Some(rounded(bone(number)))),
            ("muscle_mass", 100.0, Some(rounded(muscle(number)))),
            ("bmi", 10.0, Some(180 + number)),
            ("visceral_fat_rating", 1.0, Some(number / 4 + 1 + number % 2)),
            ("metabolic_age", 1.0, Some(18 + number / 3)),
            ("physique_rating", 1.0, Some(1 + number % 9)),
            ("basal_met", 4.0, Some(4_800 + number)),
            ("active_met", 4.0, Some(8_000 + number * 4)),
        ];
        for (field, parts, expected) in fields {
            let expected = expected.filter(|_| field == "weight" || !is_bare(number));
            assert_eq!(whole(message, field, parts), expected, "number {number}: {field}");
        }
    }
}

#[test]
fn no_weight_of_two_places_loses_a_hundredth() {
    // All weights from 40.00 to 150.00 kg, of which truncating lowers every seventeenth.
    let weights: Vec<i64> = (4_000..=15_000).collect();
    for some in weights.chunks(MOST as usize * 10) {
        let body = |(number, hundredths): (usize, &i64)| Body {
            time: moment(number as i64),
            weight: Some(*hundredths as f64 / 100.0),
            ..Body::default()
        };
        let bodies: Vec<Body> = some.iter().enumerate().map(body).collect();
        let file =
            baton_fit::encode_bodies(&bodies.iter().collect::<Vec<_>>(), &EncodeOptions::default()).unwrap();
        let read: Vec<i64> =
            weigh_ins(&file.bytes).iter().map(|message| whole(message, "weight", 100.0).unwrap()).collect();
        assert_eq!(read, some);
    }
}
