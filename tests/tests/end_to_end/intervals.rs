//! Workouts and weights to Intervals.icu by the real program: each once, also where an answer was lost, and one sentence
//! where the key is wrong.

use baton_tests::intervals::IntervalsSimulator;
use baton_tests::peloton::PelotonSimulator;
use baton_tests::program::{Computer, stderr, well};
use baton_tests::server::Times;
use baton_tests::web_fault::WebFault;

use crate::world::{connect_peloton, outcomes, peloton, starts};

struct Desk {
    peloton: PelotonSimulator,
    intervals: IntervalsSimulator,
    computer: Computer,
    starts: Vec<i64>,
}

impl Desk {
    /// Peloton connected, with this many workouts; Intervals.icu not yet.
    fn new(workouts: usize) -> Desk {
        let (peloton, history) = peloton(5, workouts);
        let intervals = IntervalsSimulator::start().unwrap();
        let computer = Computer::new(&[peloton.endpoints_toml(), intervals.endpoints_toml()]);
        connect_peloton(&computer);
        let starts = starts(&history);
        Desk { peloton, intervals, computer, starts }
    }

    fn connect(&self) -> String {
        well(&self.computer.answer(["connect", "intervals"], &[&self.intervals.key()]))
    }

    fn assert_all_arrived_once(&self) {
        let mut arrived: Vec<i64> = self.intervals.activities().iter().map(|it| it.facts.start).collect();
        arrived.sort_unstable();
        assert_eq!(arrived, self.starts);
        assert_eq!(self.intervals.violations(), Vec::<String>::new());
        assert_eq!(self.peloton.violations(), Vec::<String>::new());
    }
}

#[test]
fn workouts_arrive_once_with_their_names() {
    let desk = Desk::new(8);
    let said = desk.connect();
    assert!(said.contains("Sam Rider"), "{said}");
    desk.computer.run_well(["routes", "add", "peloton", "intervals", "--since", "all"]);
    // One answer is lost after the file arrived, one is an error although it did.
    desk.intervals.fault("upload", WebFault::CutAfter, Times::Next(1));
    desk.intervals.fault("upload", WebFault::DoneThen500, Times::Next(1));
    desk.computer.run(["sync", "--quiet"]);
    desk.computer.run_well(["sync", "--quiet"]);
    desk.assert_all_arrived_once();
    assert!(
        desk.intervals.activities().iter().all(|it| it.name.as_ref().is_some_and(|name| !name.is_empty()))
    );
    let again = desk.computer.run_well(["sync", "--json"]);
    assert!(outcomes(&again).iter().all(|outcome| outcome == "skipped"), "{again}");
    desk.assert_all_arrived_once();
}

#[test]
fn killed_after_the_upload_it_is_found_again() {
    let desk = Desk::new(4);
    desk.connect();
    desk.computer.run_well(["routes", "add", "peloton", "intervals", "--since", "all"]);
    for stage in ["deliver:1", "record:1", "record:2"] {
        let mut sync = desk.computer.command(["sync", "--quiet"]);
        let output = sync.env("BATON_TEST_ABORT_AT", stage).output().unwrap();
        assert!(output.status.code().is_none(), "{stage}: it should have been killed: {output:?}");
    }
    desk.computer.run_well(["sync", "--quiet"]);
    desk.assert_all_arrived_once();
}

#[test]
fn a_wrong_key_is_said_in_one_sentence() {
    let desk = Desk::new(1);
    let refused = desk.computer.answer(["connect", "intervals"], &["not-the-key"]);
    assert!(!refused.status.success());
    assert!(stderr(&refused).contains("does not know this API key"), "{}", stderr(&refused));
    desk.connect();
    desk.computer.run_well(["routes", "add", "peloton", "intervals", "--since", "all"]);
    desk.intervals.new_key();
    let output = desk.computer.run(["sync"]);
    assert_eq!(output.status.code(), Some(3), "somebody has to sign in again");
    assert!(desk.intervals.activities().is_empty());
    desk.connect();
    desk.computer.run_well(["sync", "--quiet"]);
    desk.assert_all_arrived_once();
}

#[test]
fn weights_stand_on_their_local_day() {
    let desk = Desk::new(0);
    desk.connect();
    let table = desk.computer.path().join("weights.csv");
    std::fs::write(
        &table,
        "Date,Weight (kg),BodyFat\n2026-11-18 07:00:00,71.20,18.4\n2026-11-19 23:30:00,71.35,18.3\n",
    )
    .unwrap();
    desk.computer.run_well(["import", table.to_str().unwrap(), "--to", "intervals"]);
    let wellness = desk.intervals.wellness();
    let kept: Vec<(String, Option<f64>, Option<f64>)> = wellness
        .iter()
        .map(|(day, fields)| (day.to_string(), fields["weight"].as_f64(), fields["bodyFat"].as_f64()))
        .collect();
    let expected = [("2026-11-18", 71.2, 18.4), ("2026-11-19", 71.35, 18.3)];
    assert_eq!(kept, expected.map(|(day, kg, fat)| (day.to_owned(), Some(kg), Some(fat))));
    assert_eq!(desk.intervals.violations(), Vec::<String>::new());
}
