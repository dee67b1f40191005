//! Measurements into a folder and out of one, by the real program: a table and weight files that hold what was measured,
//! and other scales' tables that find their way on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use baton_core::{Format, Item};
use baton_tests::garmin::{self, GarminSimulator};
use baton_tests::program::{Computer, well};
use baton_tests::withings::generate::{self, Change, History, Plan, Sort, Truth, Verdict};
use baton_tests::withings::{NewApplication, NewPerson, WithingsSimulator};

use crate::world::{EMAIL, GARMIN_PASSWORD, outcomes};

const CLIENT: &str = "0123456789abcdef";
const CLIENT_SECRET: &str = "fedcba9876543210";
/// One hour before UTC all year, on computers that have no table of time zones as well.
const TIME_ZONE: (&str, &str) = ("TZ", "CET-1");

struct Shelf {
    garmin: GarminSimulator,
    computer: Computer,
    folder: PathBuf,
}

impl Shelf {
    /// A folder and a Garmin account, connected, and whatever else is simulated.
    fn new(more: &[String]) -> Shelf {
        let garmin = GarminSimulator::start().unwrap();
        garmin.add_user(garmin::NewUser::new(EMAIL, GARMIN_PASSWORD));
        let tables: Vec<String> = [garmin.endpoints_toml()].into_iter().chain(more.iter().cloned()).collect();
        let computer = Computer::new(&tables);
        let mut command = computer.command(["connect", "garmin", "--method", "password"]);
        command.env("GARMIN_USERNAME", EMAIL).env("GARMIN_PASSWORD", GARMIN_PASSWORD);
        well(&command.output().unwrap());
        let folder = computer.path().join("scales");
        std::fs::create_dir(&folder).unwrap();
        well(&computer.answer(["connect", "folder"], &[folder.to_str().unwrap()]));
        Shelf { garmin, computer, folder }
    }

    fn route(&self, from: &str, to: &str) {
        let kinds = ["--kinds", "body,blood_pressure", "--since", "all"];
        self.computer.run_well(["routes", "add", from, to].into_iter().chain(kinds));
    }

    fn run(&self, arguments: &[&str]) -> String {
        well(&self.computer.command(arguments).env(TIME_ZONE.0, TIME_ZONE.1).output().unwrap())
    }

    /// How many were sent by a sync.
    fn sync(&self) -> usize {
        outcomes(&self.run(&["sync", "--json"])).iter().filter(|outcome| *outcome != "skipped").count()
    }

    fn drop_in(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        age(&path);
        path
    }

    /// Time and hundredths of a kilogram of what is at Garmin.
    fn at_garmin(&self) -> Vec<(i64, i64)> {
        let weigh_ins = self.garmin.weigh_ins(EMAIL);
        sorted(weigh_ins.iter().map(|it| (it.time, (it.weight * 100.0).round() as i64)).collect())
    }
}

/// What changed in the last seconds may still be written by somebody, and is left for later.
fn age(path: &Path) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_mins(1)).unwrap();
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all
}

fn unix(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp()
}

/// The lines of the folder's table, by the names of its columns.
fn lines(folder: &Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(folder.join("measurements.csv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert!(header.starts_with(&["Date", "Weight", "BMI", "BodyFat", "BodyWater", "BoneMass"]), "{header:?}");
    let line = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), header.len(), "{line}");
        header.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), cell.to_owned())).collect()
    };
    lines.map(line).collect()
}

fn moment(line: &HashMap<String, String>) -> i64 {
    unix(&format!("{}{}", line["Date"].replace(' ', "T"), line["UtcOffset"]))
}

fn hundredths(text: &str) -> i64 {
    (text.parse::<f64>().unwrap() * 100.0).round() as i64
}

/// Time and hundredths of a kilogram in all weight files, each in the file of its local day.
fn in_weight_files(folder: &Path) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder.join("Weight")).unwrap() {
        for item in baton_fit::decode(&std::fs::read(file.unwrap().path()).unwrap(), Format::Fit).unwrap() {
            let Item::Body(body) = item else { panic!("only weigh-ins: {item:?}") };
            found.extend(body.weight.map(|weight| (body.time.timestamp(), (weight * 100.0).round() as i64)));
        }
    }
    sorted(found)
}

fn weighed<'a>(truths: impl Iterator<Item = &'a Truth>) -> Vec<(i64, i64)> {
    let weight = |truth: &Truth| Some((truth.time, truth.weight()?.scaled(2)));
    sorted(truths.filter_map(weight).collect())
}

fn weighed_lines(lines: &[HashMap<String, String>]) -> Vec<(i64, i64)> {
    let weighed = lines.iter().filter(|line| !line["Weight"].is_empty());
    sorted(weighed.map(|line| (moment(line), hundredths(&line["Weight"]))).collect())
}

/// Two months of every oddity there is.
fn withings() -> (WithingsSimulator, i64, History) {
    let withings = WithingsSimulator::start().unwrap();
    withings.set_options(|options| {
        options.lift_limits();
        options.page_size = 40;
    });
    withings.add_application(NewApplication::new(CLIENT, CLIENT_SECRET, "http://localhost:8765/callback"));
    let userid = withings.add_person(NewPerson::new("Maria", chrono_tz::Europe::Berlin));
    let plan = Plan::new(60, chrono::Utc::now().timestamp() - 3600).with_all();
    let history = generate::history(5, &plan);
    withings.add(userid, &history.measurements);
    (withings, userid, history)
}

#[test]
fn measurements_become_lines_and_weight_files_and_edits_take_their_place() {
    let (withings, userid, history) = withings();
    let shelf = Shelf::new(&[withings.endpoints_toml()]);
    let allow = |page: &str| withings.allow(page, userid).unwrap();
    shelf.computer.connect_by_pasting("withings", CLIENT, CLIENT_SECRET, allow);
    shelf.route("withings", "folder");
    assert!(shelf.sync() > 100);

    let first = lines(&shelf.folder);
    let expected = weighed(history.to_send(Sort::Body));
    assert_eq!(weighed_lines(&first), expected);
    assert_eq!(in_weight_files(&shelf.folder), expected);
    for truth in history.to_send(Sort::Body) {
        let line = first.iter().find(|line| moment(line) == truth.time && !line["Weight"].is_empty());
        let Some(line) = line else { continue };
        let cell = |name: &str| (!line[name].is_empty()).then(|| hundredths(&line[name]));
        assert_eq!(cell("BMI"), truth.bmi().map(|bmi| bmi.scaled(1) * 10), "{line:?}");
        assert_eq!(cell("BodyWater"), truth.percent_hydration().map(|share| share.scaled(2)), "{line:?}");
    }
    let pressures = first.iter().filter(|line| !line["Systolic"].is_empty());
    let pressures =
        pressures.map(|line| (moment(line), hundredths(&line["Systolic"]), hundredths(&line["Diastolic"])));
    let measured = |truth: &Truth| {
        (truth.time, truth.systolic().unwrap().scaled(0) * 100, truth.diastolic().unwrap().scaled(0) * 100)
    };
    let expected: Vec<_> = history.to_send(Sort::BloodPressure).map(measured).collect();
    assert_eq!(sorted(pressures.collect()), sorted(expected));

    // Nothing new: nothing is written.
    let table = shelf.folder.join("measurements.csv");
    let before = (std::fs::read(&table).unwrap(), std::fs::metadata(&table).unwrap().modified().unwrap());
    assert_eq!(shelf.sync(), 0);
    let after = (std::fs::read(&table).unwrap(), std::fs::metadata(&table).unwrap().modified().unwrap());
    assert!(before == after, "the table was written again");

    // Edits and late arrivals; what was deleted at its source stays.
    let changes = generate::changes(9, &history, 2);
    for change in &changes {
        withings.change(userid, change);
    }
    shelf.run(&["sync"]);
    shelf.run(&["sync", "--since", "all"]);
    let mut expected: HashMap<i64, i64> = weighed(history.to_send(Sort::Body)).into_iter().collect();
    for change in &changes {
        if let Change::Edited(measurement) | Change::Arrived(measurement) = change
            && measurement.truth.verdict == Verdict::Send
        {
            expected.extend(weighed([&measurement.truth].into_iter()));
        }
    }
    let expected = sorted(expected.into_iter().collect());
    assert_ne!(expected, weighed_lines(&first), "the changes change something");
    let second = lines(&shelf.folder);
    assert_eq!(weighed_lines(&second), expected);
    assert_eq!(in_weight_files(&shelf.folder), expected);
    let ids = sorted(second.iter().map(|line| line["BatonId"].clone()).collect());
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]) && !ids[0].is_empty(), "each has its own");

    // What Baton brought is not carried on from there.
    shelf.route("folder", "garmin");
    age(&table);
    for file in std::fs::read_dir(shelf.folder.join("Weight")).unwrap() {
        age(&file.unwrap().path());
    }
    assert_eq!(shelf.sync(), 0);
    assert_eq!(shelf.at_garmin(), []);
    assert_eq!(withings.violations(), Vec::<String>::new());
}

const SCALE: &str = "Date,Weight,BMI,BodyFat,BodyWater,BoneMass,MetabolicAge,MuscleMass,PhysiqueRating,ProteinMass,\
                     VisceralFat,BasalMetabolism,HeartRate,SkeletalMuscleMass,User,Source\n";

#[test]
fn another_scales_tables_are_carried_on_and_only_what_is_new() {
    let shelf = Shelf::new(&[]);
    shelf.route("folder", "garmin");
    let day = |ago: i64| (chrono::Utc::now() - chrono::TimeDelta::days(ago)).format("%Y-%m-%d").to_string();
    let at = |ago: i64, clock: &str| unix(&format!("{}T{clock}+01:00", day(ago)));
    let first = format!(
        "{} 07:30:05,80.05,24.70,20.10,55.30,3.20,38,60.40,5,,7,1750,58,,,Scale\n\
         {},80.15,,,,,,,,,,,,,,Scale\n{} 07:30:05,heavy,,,,,,,,,,,,,,Scale\n",
        day(9),
        day(8),
        day(7)
    );
    shelf.drop_in("scale.csv", &format!("{SCALE}{first}"));
    let german: Vec<String> = day(9).split('-').rev().map(String::from).collect();
    let pressures =
        format!("Date;\"Heart rate\";Systolic;Diastolic\r\n\"{} 20:00:00\";61;128;82\r\n", german.join("."));
    shelf.drop_in("bp.csv", &pressures);
    assert_eq!(shelf.sync(), 3);
    let mut expected = vec![(at(9, "07:30:05"), 8005), (at(8, "12:00:00"), 8015)];
    assert_eq!(shelf.at_garmin(), expected);
    let weigh_in = &shelf.garmin.weigh_ins(EMAIL)[0];
    assert_eq!(
        (weigh_in.body_fat, weigh_in.body_water, weigh_in.bone_mass),
        (Some(20.1), Some(55.3), Some(3.2))
    );
    let readings = shelf.garmin.blood_pressures(EMAIL);
    let [reading] = &readings[..] else { panic!("{readings:?}") };
    assert_eq!((reading.time, reading.systolic, reading.diastolic), (at(9, "20:00:00"), 128, 82));
    let log = std::fs::read_dir(shelf.computer.home().join("logs")).unwrap().next().unwrap().unwrap();
    let log = std::fs::read_to_string(log.path()).unwrap();
    assert!(log.contains("line 4: “heavy” in the column Weight is no number"), "{log}");

    // The table grows and an entry of it is put right.
    let corrected = first.replace(",80.15,", ",81.15,");
    let grown = format!("{SCALE}{} 07:30:05,80.25,,,,,,,,,,,,,,Scale\n{corrected}", day(6));
    shelf.drop_in("scale.csv", &grown);
    assert_eq!(shelf.sync(), 2);
    expected[1].1 = 8115;
    expected.push((at(6, "07:30:05"), 8025));
    assert_eq!(shelf.at_garmin(), expected);
    assert_eq!(shelf.sync(), 0);

    // An old one is found in the attic, and half of it is there already.
    let old = shelf.drop_in(
        "attic.csv",
        &format!("Date,Weight (kg)\n2019-03-01 08:00,91.5\n{} 07:30:05,80.05\n", day(9)),
    );
    if std::fs::metadata(old).unwrap().created().is_ok() {
        assert_eq!(shelf.sync(), 1);
        expected.insert(0, (unix("2019-03-01T08:00:00+01:00"), 9150));
    } else {
        println!("skipped: this file system does not tell when a file came");
    }
    assert_eq!(shelf.at_garmin(), expected);
    assert_eq!(shelf.garmin.violations(), Vec::<String>::new());
}

#[test]
fn a_table_is_imported_once_and_what_is_left_out_is_named() {
    let shelf = Shelf::new(&[]);
    let text = "Date,\"Weight (lb)\",\"Fat mass (lb)\",Comments\n\"2026-10-20 07:30:05\",176.4,35.3,\n\
                \"2026-10-21 07:30:05\",,,\n\"soon\",176,35,\n";
    let table = shelf.computer.path().join("weight.csv");
    std::fs::write(&table, text).unwrap();
    let import = ["import", table.to_str().unwrap(), "--to", "garmin"];
    let output = shelf.computer.command(import).env(TIME_ZONE.0, TIME_ZONE.1).output().unwrap();
    well(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("weight.csv, line 4: “soon” is no date"), "{said}");
    let expected = [(unix("2026-10-20T07:30:05+01:00"), 8001)];
    assert_eq!(shelf.at_garmin(), expected);
    shelf.run(&import);
    assert_eq!(shelf.at_garmin(), expected, "once");

    for (text, words) in [
        (
            "Date,Weight,User\n2026-10-20,80,Anna\n2026-10-20,64,Bert\n",
            "Anna and Bert; keep one person's lines",
        ),
        ("Date,Steps\n2026-10-20,9000\n", "no table of measurements"),
        ("Date,Weight\nsoon,80\n", "line 2: “soon” is no date"),
    ] {
        std::fs::write(&table, text).unwrap();
        let output = shelf.computer.run(import);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(words), "{:?}: {said}", output.status);
    }
    assert_eq!(shelf.at_garmin(), expected);
}
