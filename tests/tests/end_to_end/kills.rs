//! The process is killed at each of the nine stages, and at any moment, and started again: nothing lost, nothing twice.

use std::time::Duration;

use baton_core::Stage;

use crate::world::World;

/// Kills at the first and at a later start of the stage, then lets it finish.
fn killed_at(stage: Stage) {
    let world = World::connected(14);
    for time in [1, 4] {
        let mut sync = world.computer.command(["sync", "--quiet"]);
        sync.env("BATON_TEST_ABORT_AT", format!("{}:{time}", stage.name()));
        let output = sync.output().unwrap();
        // Listing and planning happen once a run, so there is no fourth time to be killed at.
        if time == 1 {
            assert!(output.status.code().is_none(), "{stage:?}: it should have been killed: {output:?}");
        }
    }
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
}

#[test]
fn at_list() {
    killed_at(Stage::List);
}

#[test]
fn at_plan() {
    killed_at(Stage::Plan);
}

#[test]
fn at_fetch() {
    killed_at(Stage::Fetch);
}

#[test]
fn at_clean() {
    killed_at(Stage::Clean);
}

#[test]
fn at_encode() {
    killed_at(Stage::Encode);
}

#[test]
fn at_archive() {
    killed_at(Stage::Archive);
}

#[test]
fn at_check() {
    killed_at(Stage::Check);
}

#[test]
fn at_deliver() {
    killed_at(Stage::Deliver);
}

#[test]
fn at_record() {
    killed_at(Stage::Record);
}

#[test]
fn at_any_moment() {
    let world = World::connected(40);
    for milliseconds in [40, 90, 130, 170, 230, 310, 420, 600] {
        let mut child = world.computer.command(["sync", "--quiet"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        let _ = child.kill();
        let _ = child.wait();
    }
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
}
