//! Two `baton` processes at once: one run at a time, one refresh for both, and no lost write.

use std::time::Duration;

use baton_tests::garmin::Fault;
use baton_tests::program::{stderr, well};
use baton_tests::server::Times;

use crate::world::World;

#[test]
fn a_second_sync_says_that_one_is_running() {
    let world = World::connected(20);
    world.garmin.fault("upload", Fault::Slow { milliseconds: 400 }, Times::Next(10));
    let mut first = world.computer.command(["sync", "--quiet"]).spawn().unwrap();
    // The first has the lock once Garmin has heard of it.
    while world.garmin.uploads_received().is_empty() {
        assert!(first.try_wait().unwrap().is_none(), "it ended too soon");
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = world.computer.run(["sync"]);
    assert_eq!(second.status.code(), Some(4), "{}", stderr(&second));
    assert!(stderr(&second).contains("already running"), "{}", stderr(&second));
    well(&first.wait_with_output().unwrap());
    world.assert_all_arrived_once();
}

#[test]
fn both_may_find_their_tokens_expired() {
    let world = World::connected(8);
    world.computer.run_well(["sync", "--quiet"]);
    world.peloton.expire_access_tokens();
    let plans: Vec<_> = (0..3)
        .map(|_| world.computer.command(["sync", "--dry-run", "--since", "all", "--quiet"]).spawn().unwrap())
        .collect();
    for plan in plans {
        well(&plan.wait_with_output().unwrap());
    }
    assert_eq!(world.peloton.refreshes(), 1, "whoever comes second takes what the first has brought");
    world.assert_polite();
}

#[test]
fn settings_changed_by_two_are_both_kept() {
    let world = World::connected(1);
    let changes: Vec<_> = [["preferences.laps", "distance"], ["schedule.interval_minutes", "90"]]
        .map(|[key, value]| world.computer.command(["config", "set", key, value]).spawn().unwrap())
        .into_iter()
        .collect();
    for change in changes {
        well(&change.wait_with_output().unwrap());
    }
    assert_eq!(
        world.computer.run_well(["config", "get", "preferences.laps"]).trim().trim_matches('"'),
        "distance"
    );
    assert_eq!(world.computer.run_well(["config", "get", "schedule.interval_minutes"]).trim(), "90");
}
