//! Published payloads, where they are at hand, through the real program: what Garmin's decoder reads in its weight file is
//! what the payload says, and what withings-sync made of it, but for that program's known faults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use baton_tests::program::{Computer, well};
use baton_tests::withings::group::{Group, attribs, types};
use baton_tests::withings::{Decimal, NewApplication, NewPerson, WithingsSimulator};
use serde_json::Value;

use crate::{time, weigh_ins, whole};

const CLIENT: (&str, &str) = ("0123456789abcdef", "fedcba9876543210");
/// FIT counts from 1989-12-31.
const FIT_EPOCH: i64 = 631_065_600;

fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("BATON_SAMPLE_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    given.or(Some(beside)).map(|folder| folder.join("withings")).filter(|folder| folder.is_dir())
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The weight file that `baton sync --out -` makes of these groups.
fn weight_file(groups: &[Group]) -> Vec<u8> {
    let withings = WithingsSimulator::start().unwrap();
    withings.add_application(NewApplication::new(CLIENT.0, CLIENT.1, "http://localhost:8765/callback"));
    let person = withings.add_person(NewPerson::new("Maria", chrono_tz::Europe::Berlin));
    withings.add_groups(person, groups.iter().cloned());
    let computer = Computer::new(&[withings.endpoints_toml()]);
    let allow = |page: &str| withings.allow(page, person).unwrap();
    computer.connect_by_pasting("withings", CLIENT.0, CLIENT.1, allow);
    let place = computer.path().join("files");
    std::fs::create_dir(&place).unwrap();
    well(&computer.answer(["connect", "folder"], &[place.to_str().unwrap()]));
    computer.run_well(["routes", "add", "withings", "folder", "--kinds", "body", "--since", "all"]);
    let output = computer.run(["sync", "--fromdate", "all", "--no-upload", "--out", "-"]);
    well(&output);
    output.stdout
}

/// Of one second the exact values of one type, of the whole body.
fn told(groups: &[Group], date: i64, kind: u32) -> Option<Decimal> {
    let measures = groups.iter().filter(|it| it.date == date).flat_map(|it| &it.measures);
    measures.filter(|it| it.kind == kind).find(|it| it.position.is_none_or(|at| at == 7)).map(|it| it.amount)
}

/// Compares, and answers how many weigh-ins there were, how many were held back, and how many values differ because
/// withings-sync cuts where it should round.
fn compare(folder: &Path, name: &str) -> (usize, usize, usize) {
    let payload = json(&folder.join(format!("{name}.input.json")));
    let groups = payload["body"]["measuregrps"].as_array().unwrap();
    let groups: Vec<Group> = groups.iter().map(|it| Group::from_json(it).unwrap()).collect();
    let theirs = json(&folder.join(format!("{name}.weight.json")));
    let theirs: BTreeMap<i64, &Value> = theirs["decoded_scaled"]["weight_scale_mesgs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| (message["timestamp"].as_i64().unwrap() + FIT_EPOCH, message))
        .collect();
    let ours = weigh_ins(&weight_file(&groups));
    let knows_height = groups.iter().flat_map(|it| &it.measures).any(|it| it.kind == types::HEIGHT);
    let mut cut = 0;
    for message in &ours {
        let date = time(message);
        let they = theirs[&date];
        let fields = [
            ("weight", types::WEIGHT),
            ("percent_fat", types::FAT_RATIO),
            ("bone_mass", types::BONE_MASS),
            ("muscle_mass", types::MUSCLE_MASS),
        ];
        for (field, kind) in fields {
            let value = whole(message, field, 100.0);
            assert_eq!(value, told(&groups, date, kind).map(|it| it.scaled(2)), "{name}: {field} at {date}");
            let other = they[field].as_f64().map(|it| (it * 100.0).round() as i64);
            let is_cut = value.zip(other).is_some_and(|(value, other)| value == other + 1);
            assert!(value == other || is_cut, "{name}: {field} at {date}: {value:?}, {other:?}");
            cut += usize::from(is_cut);
        }
        let water = whole(message, "percent_hydration", 100.0);
        let other = they["percent_hydration"].as_f64().map(|it| (it * 100.0).round() as i64);
        let is_cut = water.zip(other).is_some_and(|(value, other)| value == other + 1);
        assert!(water == other || is_cut, "{name}: water at {date}: {water:?}, {other:?}");
        cut += usize::from(is_cut);
        // Where the payload tells no height, withings-sync was given one from elsewhere.
        let other = they["bmi"].as_f64().map(|it| (it * 10.0).round() as i64).filter(|_| knows_height);
        assert_eq!(whole(message, "bmi", 10.0), other, "{name}: BMI at {date}");
    }
    // It is blind to whose a weigh-in is, and sends what Baton holds back.
    let doubtful = |date: &i64| groups.iter().any(|it| it.date == *date && it.attrib == attribs::AMBIGUOUS);
    let held = theirs.keys().filter(|date| !ours.iter().any(|message| time(message) == **date));
    let held: Vec<&i64> = held.collect();
    assert!(held.iter().all(|date| doubtful(date)), "{name}: missing: {held:?}");
    (ours.len(), held.len(), cut)
}

#[test]
fn published_payloads_say_to_garmin_what_they_say() {
    let Some(folder) = folder() else {
        println!("skipped: no sample data for Withings");
        return;
    };
    for (name, weighed) in [("pipe_mixed_a", 16), ("pipe_obsidian", 3)] {
        let (ours, held, cut) = compare(&folder, name);
        println!("{name}: {ours} weigh-ins, {held} held back, {cut} values that withings-sync cut");
        assert_eq!(ours + held, weighed, "{name}");
    }
}
