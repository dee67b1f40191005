//! Each way that a delivery can end, and what the person is told.

use baton_tests::garmin::{Fault, FileFacts, LoginOutcome};
use baton_tests::peloton;
use baton_tests::program::{stderr, stdout};
use baton_tests::server::Times;

use crate::world::{EMAIL, World, outcomes};

#[test]
fn lost_answers_are_settled_and_nothing_is_sent_twice() {
    let world = World::connected(20);
    for (fault, times) in
        [(Fault::AcceptedThen500, 2), (Fault::CutAfter, 2), (Fault::CutBefore, 1), (Fault::PollNeverEnds, 1)]
    {
        world.garmin.fault("upload", fault, Times::Next(times));
    }
    let _ = world.computer.run(["sync", "--quiet"]);
    world.garmin.clear_faults();
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
}

#[test]
fn what_is_there_already_counts_as_done() {
    let world = World::connected(8);
    let there = world.expected()[0];
    let facts = FileFacts {
        start: there.truth.start,
        elapsed_seconds: f64::from(there.truth.elapsed),
        ..FileFacts::default()
    };
    world.garmin.add_activity(EMAIL, "Recorded by a watch", facts).unwrap();
    let output = world.computer.run_well(["sync", "--json"]);
    let ended = outcomes(&output);
    assert_eq!(ended.iter().filter(|outcome| *outcome == "already_there").count(), 1, "{output}");
    assert_eq!(world.garmin.uploads_received().len(), world.expected().len() - 1);
    assert_eq!(
        world
            .garmin
            .activities()
            .iter()
            .filter(|activity| activity.name.as_deref() == Some("Recorded by a watch"))
            .count(),
        1
    );
}

#[test]
fn a_missing_consent_stops_the_account_and_names_the_link() {
    let world = World::connected(8);
    world.garmin.set_upload_consent(EMAIL, false);
    let output = world.computer.run(["sync"]);
    assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
    assert!(stderr(&output).contains("https://connect.garmin.com/"), "{}", stderr(&output));
    assert_eq!(
        world.garmin.requests().iter().filter(|request| request.path.starts_with("/upload")).count(),
        1,
        "asked once"
    );
    world.garmin.set_upload_consent(EMAIL, true);
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
}

#[test]
fn too_many_requests_are_a_time_and_not_a_try() {
    let world = World::connected(8);
    let limited = Fault::RateLimited { retry_after_seconds: Some(3600), as_date: false };
    world.garmin.fault("upload", limited, Times::Next(1));
    let output = world.computer.run(["sync"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let before = world.garmin.requests().len();
    let again = world.computer.run(["sync"]);
    assert_eq!(world.garmin.requests().len(), before, "left alone until the time that it named");
    let said = stdout(&again) + &stderr(&again);
    assert!(said.contains(':'), "a clock time is named: {said}");
}

#[test]
fn a_source_that_is_down_changes_nothing() {
    let world = World::connected(8);
    world.peloton.fault("api", peloton::Fault::Outage { status: 503 }, Times::Always);
    let output = world.computer.run(["sync"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("Peloton"), "{}", stderr(&output));
    world.peloton.clear_faults();
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
}

#[test]
fn one_bad_workout_does_not_stop_the_others() {
    let world = World::connected(10);
    world.peloton.fault("workout", peloton::Fault::NotFound, Times::Next(1));
    let output = world.computer.run(["sync"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(world.garmin.activities().len(), world.expected().len() - 1);
}

#[test]
fn expired_tokens_are_renewed_without_a_sign_in() {
    let world = World::connected(8);
    world.peloton.expire_access_tokens();
    world.garmin.expire_access_tokens();
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
    assert_eq!((world.peloton.refreshes(), world.garmin.refreshes()), (1, 1));
    let passwords =
        world.garmin.logins().iter().filter(|login| login.outcome == LoginOutcome::CodeRequired).count();
    assert_eq!((world.peloton.logins().len(), passwords), (1, 1));
}

#[test]
fn a_revoked_sign_in_asks_for_the_person_and_loses_nothing() {
    let world = World::connected(8);
    world.garmin.expire_access_tokens();
    world.garmin.revoke_refresh_tokens();
    let output = world.computer.run(["sync"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("baton connect garmin"), "{}", stderr(&output));
    world.connect_garmin();
    assert_eq!(world.computer.run_well(["accounts", "--json"]).lines().count(), 2, "the same account again");
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
}
