//! Whole tables: those of the common exporters, those that are broken, and Baton's own.

use baton_core::{BloodPressure, Body, ErrorKind, Measure, Time};
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn table(text: &str) -> Table {
    read(text.as_bytes(), &Berlin).unwrap()
}

fn bodies(table: &Table) -> Vec<&Body> {
    let body = |row: &'_ Row| match &row.measured {
        Measured::Body(body) => Some(body.clone()),
        Measured::BloodPressure(_) => None,
    };
    assert!(table.rows.iter().all(|row| body(row).is_some()), "{table:?}");
    table
        .rows
        .iter()
        .filter_map(|row| if let Measured::Body(body) = &row.measured { Some(body) } else { None })
        .collect()
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

#[test]
fn a_common_exporters_columns_are_read() {
    let table = table(
        "Date,Weight,BMI,BodyFat,BodyWater,BoneMass,MetabolicAge,MuscleMass,PhysiqueRating,ProteinMass,VisceralFat,\
         BasalMetabolism,HeartRate,SkeletalMuscleMass,User,Source\n\
         2026-11-21 07:30:05,80.05,24.70,20.10,55.30,3.20,38,60.40,5,14.10,7,1750,58,33.90,Anna,Scale\n\
         2026-11-22 07:31:00,80.15,,,,,,,,,,,,,Anna,Scale\n",
    );
    assert_eq!(table.faults, Vec::<String>::new());
    let [full, bare] = bodies(&table)[..] else { panic!("{table:?}") };
    assert_eq!((full.time, full.utc_offset), (at("2026-11-21T06:30:05Z"), Some(3600)));
    assert_eq!((full.weight, full.bmi, full.percent_fat), (Some(80.05), Some(24.7), Some(20.1)));
    assert_eq!(
        (full.percent_hydration, full.bone_mass, full.muscle_mass),
        (Some(55.3), Some(3.2), Some(60.4))
    );
    assert_eq!(
        (full.metabolic_age, full.physique_rating, full.visceral_fat_rating),
        (Some(38), Some(5), Some(7.0))
    );
    assert_eq!(full.basal_met, Some(1750.0));
    let more: Vec<_> = full.more.iter().map(|more| (more.name.as_str(), more.value)).collect();
    assert_eq!(more, [("skeletal_muscle_mass", 33.9), ("protein_mass", 14.1), ("heart_rate", 58.0)]);
    assert_eq!(bare.weight, Some(80.15));
    assert_eq!((table.people(), bare.more.len()), (vec!["Anna"], 0));
    assert_eq!(table.rows[1].key, "body-20261122T073100-anna");
}

#[test]
fn masses_become_shares_and_pounds_kilograms() {
    let metric = table(
        "\u{feff}Date,\"Weight (kg)\",\"Fat mass (kg)\",\"Bone mass (kg)\",\"Muscle mass (kg)\",\"Hydration (kg)\",Comments\r\n\
         \"2026-11-21 07:30:05\",80,16,3.2,60.4,44,well\r\n\"2026-11-20 07:30:05\",80.1,,,,,\r\n",
    );
    let body = bodies(&metric)[0];
    assert_eq!((body.weight, body.percent_fat, body.percent_hydration), (Some(80.0), Some(20.0), Some(55.0)));
    assert_eq!((body.bone_mass, body.muscle_mass), (Some(3.2), Some(60.4)));
    let imperial = table("Date,Weight (lb),Fat mass (lb),Body Fat(%)\n2026-11-21 07:30,176.4,35.3,19.9\n");
    let body = bodies(&imperial)[0];
    assert_eq!((body.weight, body.percent_fat), (Some(80.01), Some(19.9)), "a share needs no conversion");
}

#[test]
fn blood_pressures_are_read_and_half_of_one_is_named() {
    let table = table(
        "Date,\"Heart rate\",Systolic,Diastolic,Comments\n\"2026-11-21 20:00:00\",61,128,82,\n\
         \"2026-11-21 21:00:00\",60,128,,\n",
    );
    let [row] = &table.rows[..] else { panic!("{table:?}") };
    let expected = BloodPressure {
        time: at("2026-11-21T19:00:00Z"),
        utc_offset: Some(3600),
        systolic: 128,
        diastolic: 82,
        heart_rate: Some(61),
        more: Vec::new(),
    };
    assert_eq!(row.measured, Measured::BloodPressure(expected));
    assert_eq!(row.key, "blood_pressure-20261121T200000");
    assert_eq!(table.faults, ["line 3: only one of the two blood pressures is there"]);
}

#[test]
fn a_day_may_stand_above_its_lines() {
    let table = table(
        "Time,Weight,Change,BMI,Body Fat,Skeletal Muscle Mass,Bone Mass,Body Water,\n\" Jul 15, 2026\",\n\
         9:46 AM,73.3 kg,0.5 kg,23.4,22.3 %,30.5 kg,4.0 kg,56.7 %,\n8:40 PM,162 lbs,0.3 kg,--,--,--,--,--,\n\" Jul 14, 2026\",\n\
         7:00 AM,73.0 kg,--,--,--,--,--,--,\n",
    );
    assert_eq!(table.faults, Vec::<String>::new());
    let times: Vec<Time> = bodies(&table).iter().map(|body| body.time).collect();
    assert_eq!(times, [at("2026-07-15T07:46:00Z"), at("2026-07-15T18:40:00Z"), at("2026-07-14T05:00:00Z")]);
    assert_eq!(bodies(&table)[0].bone_mass, Some(4.0));
    assert_eq!(bodies(&table)[1].weight, Some(73.48));
}

#[test]
fn a_time_without_a_day_is_not_the_line_befores() {
    let table = table("Date,Time,Weight\n2026-11-21,07:30,80\n,08:00,81\n");
    assert_eq!(bodies(&table)[0].time, at("2026-11-21T06:30:00Z"));
    assert_eq!((table.rows.len(), table.faults), (1, vec!["line 3: there is a time, but no day".to_owned()]));
}

#[test]
fn separators_encodings_and_decimal_signs_do_not_matter() {
    let text = "Datum der Messung;x\nDate;Weight (kg);Body Fat (%)\n21.11.2026 07:30;80,5;20,1\n";
    let comma = "Date,Weight,BodyFat\n2026-11-21 07:30,\"80,5\",\"20,1\"\n";
    let tabs = "Date\tWeight\tBodyFat\n2026-11-21 07:30\t80.5\t20.1\n";
    let utf_16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(tabs.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [text.as_bytes(), comma.as_bytes(), tabs.as_bytes(), &utf_16] {
        let table = read(bytes, &Berlin).unwrap();
        let body = bodies(&table)[0];
        assert_eq!(
            (body.time, body.weight, body.percent_fat),
            (at("2026-11-21T06:30:00Z"), Some(80.5), Some(20.1))
        );
    }
}

#[test]
fn a_heading_is_passed_over_and_a_day_is_its_noon() {
    let table = table("Body\nDate,Weight,BMI,Fat\n\"2026-11-21\",\"80.5\",\"25.1\",\"0\"\n");
    let body = bodies(&table)[0];
    assert_eq!((body.time, body.percent_fat), (at("2026-11-21T11:00:00Z"), None));
}

#[test]
fn a_bad_line_is_named_and_holds_nothing_up() {
    let table = table(
        "Date,Weight,BodyFat\n2026-11-19 07:30,eighty,20\nyesterday,80,20\n2026-11-20 07:30,1234,20\n,80,\n\
         2026-11-21 07:30,80.5,20\n",
    );
    assert_eq!(table.rows.len(), 1);
    assert_eq!(
        table.faults,
        [
            "line 2: “eighty” in the column Weight is no number that Baton knows",
            "line 3: “yesterday” is no date; write it like 2026-11-21 07:30:00",
            "line 4: a weight of 1234 cannot be",
            "line 5: “” is no date; write it like 2026-11-21 07:30:00",
        ]
    );
}

#[test]
fn what_is_no_table_of_measurements_is_refused() {
    for text in ["", "hello", "Date,Steps\n2026-11-21,9000\n", "Weight\n80\n", "a;b;c\n1;2;3\n"] {
        let error = read(text.as_bytes(), &Berlin).unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Rejected { .. }), "{text}: {error:?}");
    }
}

#[test]
fn keys_outlast_growth_sorting_and_travel() {
    let lines = ["2026-11-20 07:30,80.1", "2026-11-21,80.2", "2026-11-21,80.3", "2026-11-21,80.2"];
    let head = "Date,Weight";
    let keys = |table: &Table| {
        let mut keys: Vec<(String, String)> =
            table.rows.iter().map(|row| (row.key.clone(), row.revision.clone())).collect();
        keys.sort();
        keys
    };
    let grown = table(&format!("{head}\n{}\n", lines.join("\n")));
    assert_eq!(grown.rows.len(), 3, "the same twice is one: {grown:?}");
    let before = table(&format!("{head}\n{}\n{}\n", lines[0], lines[1]));
    assert!(keys(&before).iter().all(|key| keys(&grown).contains(key)), "{before:?}");
    let text = format!("{head}\n{}\n{}\n", lines[1], lines[0]);
    assert_eq!(keys(&table(&text)), keys(&before), "sorted otherwise");
    let elsewhere = read(text.as_bytes(), &chrono_tz::America::New_York).unwrap();
    assert_eq!(keys(&elsewhere), keys(&before), "read in another time zone");
    let edited = table(&format!("{head}\n2026-11-20 07:30,80.9\n"));
    assert_eq!(edited.rows[0].key, before.rows[0].key);
    assert_ne!(edited.rows[0].revision, before.rows[0].revision);
}

fn weigh_in(seconds: i64, weight: f64) -> Measured {
    let time = at("2026-11-21T06:30:05Z") + chrono::TimeDelta::seconds(seconds);
    Measured::Body(Body { time, utc_offset: Some(3600), weight: Some(weight), ..Body::default() })
}

fn pressure() -> Measured {
    Measured::BloodPressure(BloodPressure {
        time: at("2026-11-21T19:00:00Z"),
        utc_offset: Some(-12_600),
        systolic: 128,
        diastolic: 82,
        heart_rate: Some(61),
        more: vec![Measure { name: "atrial_fibrillation_result".into(), value: 0.0, ..Measure::default() }],
    })
}

fn full() -> Measured {
    let measure = |name: &str, value: f64, unit: &str, position: Option<&str>| Measure {
        name: name.into(),
        value,
        unit: unit.into(),
        position: position.map(String::from),
    };
    Measured::Body(Body {
        time: at("2026-10-25T01:30:00Z"),
        utc_offset: Some(3600),
        weight: Some(80.05),
        percent_fat: Some(20.12),
        percent_hydration: Some(55.31),
        bone_mass: Some(3.2),
        muscle_mass: Some(60.4),
        bmi: Some(24.7),
        visceral_fat_rating: Some(3.2),
        metabolic_age: Some(38),
        physique_rating: Some(5),
        basal_met: Some(1750.5),
        active_met: Some(2500.0),
        more: vec![
            measure("protein_mass", 14.1, "kg", None),
            measure("pulse_wave_velocity", 6.731, "m/s", None),
            measure("segment_fat_mass", 1.25, "kg", Some("left_arm")),
        ],
    })
}

#[test]
fn the_own_table_gives_back_what_went_in() {
    let mut sheet = Sheet::default();
    for (id, measured) in [("a", weigh_in(0, 80.05)), ("b", pressure()), ("c", full())] {
        assert_eq!(sheet.find(id, &measured), None);
        assert!(sheet.put(id, &measured));
        assert!(!sheet.put(id, &measured), "once");
        assert_eq!(sheet.find(id, &measured).as_deref(), Some(id));
    }
    let bytes = sheet.to_bytes().unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.starts_with("Date,Weight,BMI,BodyFat,BodyWater,"), "{text}");
    assert!(text.contains("\n2026-11-21 07:30:05,80.05,,,"), "{text}");
    assert!(text.contains("2026-11-21 15:30:00,,"), "{text}");
    assert!(text.contains(",-03:30,b,0"), "{text}");
    let table = read(&bytes, &Berlin).unwrap();
    assert_eq!(table.faults, Vec::<String>::new());
    let read: Vec<(&str, &Measured)> =
        table.rows.iter().map(|row| (row.key.as_str(), &row.measured)).collect();
    assert_eq!(read, [("a", &weigh_in(0, 80.05)), ("b", &pressure()), ("c", &full())]);
    let again = Sheet::open(&bytes, &Berlin).unwrap();
    assert_eq!(again.to_bytes().unwrap(), bytes);
    assert_eq!(again.find("c", &full()).as_deref(), Some("c"));
}

#[test]
fn an_edit_replaces_its_line_and_leaves_what_others_wrote() {
    let mut sheet = Sheet::default();
    sheet.put("a", &weigh_in(0, 80.05));
    sheet.put("b", &weigh_in(60, 80.15));
    let text = String::from_utf8(sheet.to_bytes().unwrap()).unwrap();
    // Somebody adds a column of remarks, a line of their own and one that makes no sense.
    let mut lines: Vec<String> = text.lines().map(|line| format!("{line},")).collect();
    lines[0].push_str("Remark");
    lines[1].push_str("after a run");
    lines.push("2026-11-22 07:00:00,79.9".into());
    lines.push("what is this?".into());
    let mut sheet = Sheet::open(lines.join("\n").as_bytes(), &Berlin).unwrap();
    assert_eq!(sheet.find("a", &weigh_in(0, 81.0)), None, "it was changed");
    assert!(sheet.put("a", &weigh_in(0, 81.0)));
    assert!(sheet.put("c", &full()));
    let text = String::from_utf8(sheet.to_bytes().unwrap()).unwrap();
    let first = text.lines().nth(1).unwrap();
    assert!(
        first.starts_with("2026-11-21 07:30:05,81,") && first.contains(",+01:00,a,after a run,"),
        "{text}"
    );
    assert!(text.contains("\n2026-11-22 07:00:00,79.9,,"), "{text}");
    assert!(text.contains("\nwhat is this?,,"), "{text}");
    let columns = |line: &str| line.split(',').count();
    assert!(text.lines().all(|line| columns(line) == columns(text.lines().next().unwrap())), "{text}");
    assert_eq!(text.lines().count(), 6);
    let there = weigh_in(0, 79.9);
    let Measured::Body(body) = there else { panic!() };
    let own = Measured::Body(Body { time: at("2026-11-22T06:00:00Z"), ..body });
    assert_eq!(
        sheet.find("x", &own).as_deref(),
        Some("body-20261122T060000Z"),
        "somebody else's line counts"
    );
}

#[test]
fn weigh_ins_are_found_by_their_local_day() {
    let mut sheet = Sheet::default();
    let midnight = weigh_in(-6 * 3600 - 1800 - 3600, 80.0);
    for (id, measured) in
        [("b", weigh_in(60, 80.2)), ("a", weigh_in(0, 80.1)), ("p", pressure()), ("m", midnight)]
    {
        sheet.put(id, &measured);
    }
    let day = "2026-11-21".parse().unwrap();
    let days = [day, "2026-11-23".parse().unwrap()].into();
    let found = sheet.bodies(&days);
    let weights: Vec<_> = found[&day].iter().filter_map(|body| body.weight).collect();
    assert_eq!(weights, [80.0, 80.1, 80.2]);
    assert_eq!(found.values().map(Vec::len).sum::<usize>(), 3, "a day without any is told too");
    assert_eq!(sheet.day("p"), Some(day));
}

#[test]
fn a_table_that_baton_did_not_begin_is_none_of_its_own() {
    for text in ["", "Date,Weight\n2026-11-21,80\n", "hello"] {
        assert!(Sheet::open(text.as_bytes(), &Berlin).is_none(), "{text}");
    }
}

#[rstest]
#[case(weigh_in(0, 80.05), weigh_in(0, 80.09), true)]
#[case(weigh_in(0, 80.05), weigh_in(0, 80.2), false)]
#[case(weigh_in(0, 80.05), weigh_in(1, 80.05), false)]
#[case(pressure(), pressure(), true)]
#[case(full(), pressure(), false)]
fn the_same_is_told_by_second_and_values(#[case] a: Measured, #[case] b: Measured, #[case] one: bool) {
    assert_eq!(same(&a, &b), one);
}

proptest! {
    /// Whatever lies in the folder is read or refused, and nothing else.
    #[test]
    fn no_text_is_too_much(text in "(Date|Time)[,;\t]Weight( \\(lb\\))?\n(([0-9./: TZAPMampt+-]{0,14}|\\PC{0,6})[,;\t\"\n]){0,12}") {
        let _ = read(text.as_bytes(), &Berlin);
        let _ = Sheet::open(format!("BatonId,{text}").as_bytes(), &Berlin).map(|sheet| sheet.to_bytes().unwrap());
    }

    #[test]
    fn nothing_is_lost_on_paper(hundredths in 1_u32..65_000, seconds in -1_000_000_000_i64..1_000_000_000, quarters in -48_i32..56) {
        let time = at("2001-11-21T06:30:05Z") + chrono::TimeDelta::seconds(seconds);
        let weight = Some(f64::from(hundredths) / 100.0);
        let measured = Measured::Body(Body { time, utc_offset: Some(quarters * 900), weight, ..Body::default() });
        let mut sheet = Sheet::default();
        sheet.put("a", &measured);
        let table = read(&sheet.to_bytes().unwrap(), &Berlin).unwrap();
        prop_assert_eq!(&table.rows[0].measured, &measured);
    }
}
