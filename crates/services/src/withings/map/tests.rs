//! Tables of groups as scales and cuffs write them, and the entries that they become.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;

fn read(groups: &Value) -> Vec<Group> {
    let wire: crate::loose::List<wire::Group> = serde_json::from_value(groups.clone()).unwrap();
    super::groups(&wire.0)
}

fn entries_of(groups: &Value) -> Vec<Entry> {
    let groups = read(groups);
    let heights = heights(&groups);
    entries(groups, &heights, Some(chrono_tz::Europe::Berlin))
}

/// `[[type, value, unit], …]`, with a position as fourth number.
fn group(id: i64, date: i64, attrib: i64, measures: &[&[i64]]) -> Value {
    let measures: Vec<Value> = measures
        .iter()
        .map(|measure| match *measure {
            [kind, value, unit, position] => {
                json!({"type": kind, "value": value, "unit": unit, "position": position})
            }
            [kind, value, unit] => json!({"type": kind, "value": value, "unit": unit, "algo": 0}),
            _ => unreachable!("three or four numbers"),
        })
        .collect();
    json!({"grpid": id, "attrib": attrib, "date": date, "created": date + 5, "modified": date + 5,
           "category": 1, "hash_deviceid": -8, "measures": measures})
}

fn body(entry: &Entry) -> &Body {
    match &entry.measured {
        Some(Measured::Body(body)) => body,
        _ => panic!("no weigh-in: {entry:?}"),
    }
}

fn pressure(entry: &Entry) -> &BloodPressure {
    match &entry.measured {
        Some(Measured::BloodPressure(pressure)) => pressure,
        _ => panic!("no blood pressure: {entry:?}"),
    }
}

fn more<'a>(more: &'a [Measure], name: &str) -> Vec<(&'a str, f64, &'a str)> {
    let named = more.iter().filter(|measure| measure.name == name);
    named.map(|it| (it.position.as_deref().unwrap_or_default(), it.value, it.unit.as_str())).collect()
}

const DATE: i64 = 1_700_000_000;
const COMPOSITION: &[&[i64]] = &[
    &[1, 65_505, -3],
    &[8, 1810, -2],
    &[76, 4440, -2],
    &[77, 3511, -2],
    &[88, 300, -2],
    &[6, 27_630, -3],
    &[5, 47_400, -3],
];

#[test]
fn the_groups_of_a_second_become_one_weigh_in() {
    let all = json!([
        group(12, DATE, 0, &[&[11, 6200, -2]]),
        group(13, DATE, 8, &[&[91, 7130, -3], &[155, 412, -1]]),
        group(11, DATE, 0, COMPOSITION),
        group(3, DATE - 86_400, 2, &[&[4, 1600, -3]]),
    ]);
    let entries = entries_of(&all);
    let [tall, weighed] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!(more(&body(tall).more, "height"), [("", 1.6, "m")]);
    assert_eq!((tall.title.as_str(), tall.key.as_str()), ("Body measurement", "3"));
    assert_eq!((weighed.title.as_str(), weighed.key.as_str(), weighed.kind), ("Weight", "11", Kind::Body));
    assert_eq!(weighed.utc_offset, Some(3600));
    assert_eq!(weighed.owner, Owner::Certain);
    assert_eq!(weighed.arrived.unwrap().timestamp(), DATE + 5);
    let body = body(weighed);
    assert_eq!(body.weight, Some(65.51));
    assert_eq!(body.percent_fat, Some(27.63));
    assert_eq!(body.percent_hydration, Some(53.6));
    assert_eq!((body.bone_mass, body.muscle_mass), (Some(3.0), Some(44.4)));
    assert_eq!(body.bmi, Some(25.6));
    assert_eq!(more(&body.more, "heart_rate"), [("", 62.0, "bpm")]);
    assert_eq!(more(&body.more, "pulse_wave_velocity"), [("", 7.13, "m/s")]);
    assert_eq!(more(&body.more, "vascular_age"), [("", 41.2, "years")]);
    assert_eq!(more(&body.more, "hydration"), [("", 35.11, "kg")]);
    assert_eq!(more(&body.more, "weight"), []);
}

#[test]
fn the_whole_body_comes_before_its_parts_in_any_order() {
    let segments: &[&[i64]] = &[
        &[5, 2000, -2, 12],
        &[8, 800, -2, 12],
        &[1, 70_000, -3, 7],
        &[8, 1400, -2, 7],
        &[5, 56_000, -3, 7],
        &[173, 700, -2, 2],
        &[173, 690, -2, 3],
        &[175, 900, -2, 10],
        &[170, 32, -1],
        &[226, 1642, 0],
        &[227, 38, 0],
        &[168, 1750, -2, 7],
    ];
    let mut turned = segments.to_vec();
    turned.reverse();
    let straight = entries_of(&json!([group(1, DATE, 0, segments)]));
    let reversed = entries_of(&json!([group(1, DATE, 0, &turned)]));
    let body = body(&straight[0]);
    assert_eq!(body.percent_fat, Some(20.0), "from the fat mass of the whole body");
    assert_eq!(body.visceral_fat_rating, Some(3.2));
    assert_eq!((body.basal_met, body.metabolic_age), (Some(1642.0), Some(38)));
    assert_eq!(more(&body.more, "fat_free_mass"), [("", 56.0, "kg"), ("torso", 20.0, "kg")]);
    assert_eq!(more(&body.more, "segment_muscle_mass"), [("left_leg", 9.0, "kg")]);
    assert_eq!(more(&body.more, "extracellular_water"), [("", 17.5, "kg")]);
    assert_eq!(more(&body.more, "segment_fat_free_mass").len(), 2);
    let other = super::tests::body(&reversed[0]);
    assert_eq!(
        (other.weight, other.percent_fat, other.more.len()),
        (body.weight, body.percent_fat, body.more.len())
    );
}

#[test]
fn a_cuff_and_a_scale_in_one_second_are_two() {
    let apart = json!([
        group(8, DATE, 0, &[&[9, 7900, -2, 3], &[10, 12_400, -2, 3], &[11, 6150, -2, 3]]),
        group(7, DATE, 0, &[&[1, 700, -1]]),
        group(9, DATE, 0, &[&[91, 7130, -3]]),
    ]);
    let entries = entries_of(&apart);
    assert_eq!(entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["7", "8"]);
    assert_eq!(more(&body(&entries[0]).more, "pulse_wave_velocity").len(), 1);
    let told = pressure(&entries[1]);
    assert_eq!((told.systolic, told.diastolic, told.heart_rate), (124, 79, Some(62)));
    assert!(told.more.is_empty(), "{told:?}");

    let together = json!([group(7, DATE, 0, &[&[1, 700, -1], &[9, 79, 0], &[10, 124, 0], &[11, 61, 0]])]);
    let entries = entries_of(&together);
    assert_eq!(entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["7", "7-pressure"]);
    assert_eq!(body(&entries[0]).weight, Some(70.0));
    assert_eq!(pressure(&entries[1]).heart_rate, Some(61));
}

#[test]
fn what_belongs_to_a_cuffs_reading_stays_with_it() {
    let groups = json!([
        group(8, DATE, 5, &[&[9, 79, 0], &[10, 124, 0], &[11, 300, 0]]),
        group(9, DATE, 0, &[&[130, 0, 0], &[135, 92, 0]]),
    ]);
    let entries = entries_of(&groups);
    assert_eq!(entries.len(), 1);
    let told = pressure(&entries[0]);
    assert_eq!((entries[0].title.as_str(), told.heart_rate), ("Blood pressure", None));
    assert_eq!(more(&told.more, "heart_rate"), [("", 300.0, "bpm")], "no rate, but not lost");
    assert_eq!(more(&told.more, "qrs_interval"), [("", 92.0, "ms")]);
}

#[rstest]
#[case::certain(0, Some(Owner::Certain))]
#[case::ambiguous(1, Some(Owner::Doubtful))]
#[case::by_hand(2, Some(Owner::Certain))]
#[case::at_sign_up(4, None)]
#[case::best_of(5, Some(Owner::Certain))]
#[case::confirmed(7, Some(Owner::Certain))]
#[case::guided(17, Some(Owner::Certain))]
#[case::negative(-1, None)]
fn whose_it_is(#[case] attrib: i64, #[case] owner: Option<Owner>) {
    let entries = entries_of(&json!([group(1, DATE, attrib, &[&[1, 700, -1]])]));
    assert_eq!(entries.first().map(|entry| entry.owner), owner);
}

#[test]
fn goals_and_what_cannot_be_read_are_left_out() {
    let mut goal = group(1, DATE, 0, &[&[1, 600, -1]]);
    goal["category"] = json!(2);
    let mut nameless = group(2, DATE, 0, &[&[1, 600, -1]]);
    nameless["grpid"] = json!("x");
    let unknown = group(3, DATE, 2, &[&[18, -1000, -3]]);
    let huge = group(4, DATE + 1, 0, &[&[1, 7, 90], &[6, 2100, -2]]);
    let never = group(5, i64::MAX / 1024, 0, &[&[1, 700, -1]]);
    let entries = entries_of(&json!([goal, nameless, null, 7, unknown, huge, never]));
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!((body(&entries[0]).weight, body(&entries[0]).percent_fat), (None, Some(21.0)));
}

#[test]
fn keys_stay_and_revisions_tell_an_edit() {
    let before = json!([group(21, DATE, 0, COMPOSITION), group(22, DATE, 0, &[&[11, 6200, -2]])]);
    let mut after = before.clone();
    after[0]["modified"] = json!(DATE + 900);
    after[0]["measures"][0]["value"] = json!(66_000);
    // A listing that ran meanwhile holds both, and the order is nobody's promise.
    let both = json!([after[1], before[0], after[0], before[1]]);
    let (old, new, mixed) = (entries_of(&before), entries_of(&after), entries_of(&both));
    assert_eq!(old[0].key, new[0].key);
    assert_ne!(old[0].revision, new[0].revision);
    assert_eq!(new, mixed);
    assert_eq!(body(&new[0]).weight, Some(66.0));
    assert_eq!(new[0].arrived.unwrap().timestamp(), DATE + 900);
    let mut turned = before.clone();
    turned.as_array_mut().unwrap().reverse();
    assert_eq!(old, entries_of(&turned));
    let mut sparse = before.clone();
    sparse[0].as_object_mut().unwrap().remove("modified");
    assert_eq!(old, entries_of(&sparse), "created stands for modified");
}

#[test]
fn copies_of_a_group_are_one_weigh_in() {
    let copies = json!([
        group(31, DATE, 0, &[&[1, 118_003, -3]]),
        group(31, DATE, 8, &[&[1, 118_003, -3]]),
        group(40, DATE, 0, &[&[1, 118_003, -3]]),
    ]);
    let entries = entries_of(&copies);
    assert_eq!((entries.len(), entries[0].key.as_str()), (1, "31"));
    assert_eq!(body(&entries[0]).weight, Some(118.0));
    assert!(body(&entries[0]).more.is_empty());
}

#[test]
fn the_height_of_then_counts() {
    let groups = json!([
        group(1, DATE, 2, &[&[4, 1700, -3]]),
        group(2, DATE + 10_000, 2, &[&[4, 180, -2]]),
        group(3, DATE - 50, 0, &[&[1, 72, 0]]),
        group(4, DATE + 9_999, 0, &[&[1, 72, 0]]),
        group(5, DATE + 10_000, 0, &[&[1, 72, 0]]),
    ]);
    let entries = entries_of(&groups);
    let bmi: Vec<f64> = entries.iter().filter_map(|entry| body(entry).bmi).collect();
    assert_eq!(bmi, [24.9, 24.9, 22.2]);
    let short = json!([group(3, DATE, 0, &[&[1, 72, 0]]), group(4, DATE, 1, &[&[4, 0, 0]])]);
    assert_eq!(body(&entries_of(&short)[0]).bmi, None);
}

#[test]
fn two_weigh_ins_in_the_hour_that_comes_twice_stay_two() {
    // 2023-10-29: 02:30 summer time and an hour later 02:30 winter time in Berlin.
    let (first, second) = (1_698_539_400, 1_698_543_000);
    let groups = json!([group(1, first, 0, &[&[1, 700, -1]]), group(2, second, 0, &[&[1, 701, -1]])]);
    let entries = entries_of(&groups);
    let times: Vec<(i64, Option<i32>)> =
        entries.iter().map(|entry| (entry.span.start.timestamp(), entry.utc_offset)).collect();
    assert_eq!(times, [(first, Some(7200)), (second, Some(3600))]);
}

/// Every type of the published table is kept, in a field or beside them.
#[test]
fn every_type_is_kept() {
    let types = [
        1, 4, 5, 6, 8, 9, 10, 11, 12, 54, 71, 73, 76, 77, 88, 91, 123, 130, 135, 136, 137, 138, 139, 155,
        158, 159, 167, 168, 169, 170, 173, 174, 175, 196, 197, 198, 226, 227, 229,
    ];
    let measures: Vec<[i64; 3]> = types.iter().map(|kind| [*kind, 40 + kind, 0]).collect();
    let measures: Vec<&[i64]> = measures.iter().map(<[i64; 3]>::as_slice).collect();
    let entries = entries_of(&json!([group(1, DATE, 0, &measures)]));
    let [weighed, told] = entries.as_slice() else { panic!("{entries:?}") };
    let body = body(weighed);
    let fields = [
        body.weight,
        body.percent_fat,
        body.muscle_mass,
        body.bone_mass,
        body.visceral_fat_rating,
        body.basal_met,
    ];
    assert!(fields.iter().all(Option::is_some), "{body:?}");
    // 227 would be 267 years: it is kept as it is.
    assert_eq!((body.metabolic_age, more(&body.more, "metabolic_age").len()), (None, 1));
    assert_eq!(fields.len() + body.more.len() + 2, types.len(), "{body:?}");
    assert_eq!((pressure(told).systolic, pressure(told).diastolic), (50, 49));
}
