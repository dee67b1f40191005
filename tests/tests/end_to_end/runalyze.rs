//! Workouts to Runalyze by the real program: each once. It cannot be looked whether a file arrived, so that one whose answer
//! was lost is told and not sent again but by hand.

use baton_tests::peloton::PelotonSimulator;
use baton_tests::program::{Computer, stderr, well};
use baton_tests::runalyze::RunalyzeSimulator;
use baton_tests::server::Times;
use baton_tests::web_fault::WebFault;

use crate::world::{connect_peloton, outcomes, peloton, starts};

struct Desk {
    /// It answers as long as it is here.
    _peloton: PelotonSimulator,
    runalyze: RunalyzeSimulator,
    computer: Computer,
    starts: Vec<i64>,
}

impl Desk {
    /// Both connected, with a route for this many workouts.
    fn new(workouts: usize) -> Desk {
        let (peloton, history) = peloton(5, workouts);
        let runalyze = RunalyzeSimulator::start().unwrap();
        let computer = Computer::new(&[peloton.endpoints_toml(), runalyze.endpoints_toml()]);
        connect_peloton(&computer);
        let starts = starts(&history);
        let desk = Desk { _peloton: peloton, runalyze, computer, starts };
        desk.connect();
        desk.computer.run_well(["routes", "add", "peloton", "runalyze", "--since", "all"]);
        desk
    }

    fn connect(&self) -> String {
        well(&self.computer.answer(["connect", "runalyze"], &[&self.runalyze.token(), "Sam"]))
    }

    fn arrived(&self) -> Vec<i64> {
        let mut arrived: Vec<i64> = self.runalyze.uploads().iter().map(|it| it.start).collect();
        arrived.sort_unstable();
        assert_eq!(self.runalyze.violations(), Vec::<String>::new());
        arrived
    }
}

#[test]
fn workouts_arrive_once_also_where_they_are_read_later() {
    let desk = Desk::new(6);
    desk.runalyze.queue();
    desk.computer.run_well(["sync", "--quiet"]);
    assert_eq!(desk.arrived(), desk.starts);
    let again = desk.computer.run_well(["sync", "--json"]);
    assert!(outcomes(&again).iter().all(|outcome| outcome == "skipped"), "{again}");
    assert_eq!(desk.arrived(), desk.starts);
}

#[test]
fn a_lost_answer_is_told_and_nothing_goes_twice_but_by_hand() {
    let desk = Desk::new(4);
    desk.runalyze.fault("upload", WebFault::CutAfter, Times::Next(1));
    let lost = desk.computer.run(["sync"]);
    assert_eq!(lost.status.code(), Some(1));
    assert_eq!(desk.arrived(), desk.starts, "it did arrive");
    let told = desk.computer.run(["sync", "--json"]);
    assert_eq!(told.status.code(), Some(1));
    let text = String::from_utf8_lossy(&told.stdout).into_owned() + &stderr(&told);
    assert!(text.contains("look there"), "{text}");
    assert_eq!(desk.computer.run(["sync", "--quiet"]).status.code(), Some(0), "it is said once");
    assert_eq!(desk.arrived(), desk.starts);
    // The person looked, and wants it all the same.
    let list = desk.computer.run_well(["list", "--json"]);
    let open = list.lines().find(|line| line.contains("\"failed\"")).expect("the one that is open");
    let entry: serde_json::Value = serde_json::from_str(open).unwrap();
    let name = format!("peloton/{}", entry["entry"]["key"].as_str().unwrap());
    desk.computer.run_well(["send", &name, "--to", "runalyze"]);
    assert_eq!(desk.arrived().len(), desk.starts.len() + 1);
}

#[test]
fn a_run_that_was_killed_sends_nothing_twice() {
    let desk = Desk::new(3);
    let mut sync = desk.computer.command(["sync", "--quiet"]);
    assert!(sync.env("BATON_TEST_ABORT_AT", "record:1").output().unwrap().status.code().is_none());
    for _ in 0..3 {
        desk.computer.run(["sync", "--quiet"]);
    }
    let mut arrived = desk.arrived();
    arrived.dedup();
    assert_eq!(arrived.len(), desk.runalyze.uploads().len(), "none is there twice");
}

#[test]
fn a_wrong_token_is_said_in_one_sentence() {
    let desk = Desk::new(1);
    let refused = desk.computer.answer(["connect", "runalyze"], &["not-the-token"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(stderr(&refused).contains("does not know this token"), "{}", stderr(&refused));
    desk.runalyze.new_token();
    assert_eq!(desk.computer.run(["sync"]).status.code(), Some(3));
    desk.connect();
    assert_eq!(desk.computer.run_well(["accounts", "--json"]).lines().count(), 2, "the same account again");
    desk.computer.run_well(["sync", "--quiet"]);
    assert_eq!(desk.arrived(), desk.starts);
}
