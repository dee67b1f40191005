//! A watch recorded the same workouts, and Garmin Connect has them already: left with the reason, or sent beside them;
//! killed in between, and started again.

use baton_tests::garmin::sample::{SERIAL_NUMBER, SampleActivity, fit_file};
use baton_tests::garmin::{Activity, UploadOutcome};

use crate::world::{EMAIL, World, events, outcomes};

const ON_THE_WRIST: &str = "On my wrist";

/// Puts what a watch recorded of each workout into Garmin Connect, begun twenty seconds before it.
fn wear_a_watch(world: &World) {
    assert!(world.garmin.add_device(EMAIL, u64::from(SERIAL_NUMBER), "Forerunner 265"));
    for workout in world.expected() {
        let file = fit_file(&SampleActivity {
            start: workout.truth.start - 20,
            elapsed_seconds: workout.truth.elapsed + 30,
            manufacturer: 1,
            product: 4257,
            ..SampleActivity::default()
        });
        world.garmin.add_recording(EMAIL, ON_THE_WRIST, file).unwrap();
    }
}

/// Checks that what the watch recorded is as it was; gives what else is there, oldest first.
fn beside(world: &World) -> Vec<Activity> {
    let on_the_wrist = |it: &Activity| it.facts.manufacturer == 1 && it.facts.product == 4257;
    let (watch, own): (Vec<_>, Vec<_>) = world.garmin.activities().into_iter().partition(on_the_wrist);
    assert_eq!(watch.len(), world.expected().len());
    for activity in watch {
        assert_eq!(activity.name.as_deref(), Some(ON_THE_WRIST));
        assert_eq!((activity.description, activity.gear), (None, Vec::new()));
    }
    world.assert_polite();
    own
}

/// Each workout is there once, beside what the watch recorded, and was offered once.
fn assert_both_are_kept(world: &World) {
    let mut expected: Vec<i64> = world.expected().iter().map(|workout| workout.truth.start).collect();
    expected.sort_unstable();
    assert_eq!(beside(world).iter().map(|it| it.facts.start).collect::<Vec<_>>(), expected);
    let uploads = world.garmin.uploads_received();
    assert!(uploads.iter().all(|it| matches!(it.outcome, UploadOutcome::Created(_))), "offered twice");
}

/// The first entry that was left, as `baton list` names it.
fn left(world: &World) -> String {
    let listed = world.computer.run_well(["list", "--json"]);
    let line = events(&listed).into_iter().find(|line| line["deliveries"][0]["similar"].is_object()).unwrap();
    format!("peloton/{}", line["entry"]["key"].as_str().unwrap())
}

#[test]
fn it_is_left_with_the_reason_and_sent_when_the_person_says_so() {
    let world = World::connected(6);
    wear_a_watch(&world);
    let said = world.computer.run_well(["sync"]);
    assert!(said.contains("indoor cycling, Forerunner 265"), "{said}");
    assert!(beside(&world).is_empty() && world.garmin.uploads_received().is_empty());

    let entry = left(&world);
    let shown = world.computer.run_well(["show", &entry]);
    assert!(shown.contains("Forerunner 265") && shown.contains("--even-if-similar"), "{shown}");
    let again = world.computer.run_well(["send", &entry, "--to", "garmin", "--json"]);
    assert_eq!(outcomes(&again), ["already_there"]);
    let anyway = world.computer.run_well(["send", &entry, "--to", "garmin", "--even-if-similar", "--json"]);
    assert_eq!(outcomes(&anyway), ["created"]);

    let own = beside(&world);
    let truth = world.expected().into_iter().map(|it| &it.truth).find(|it| it.start == own[0].facts.start);
    assert_eq!((own.len(), own[0].name.as_ref()), (1, truth.map(|truth| &truth.title)));
    world.computer.run_well(["send", &entry, "--to", "garmin", "--even-if-similar"]);
    world.computer.run_well(["sync", "--quiet"]);
    assert_eq!(
        (beside(&world).len(), world.garmin.uploads_received().len()),
        (1, 1),
        "nothing is sent twice"
    );
}

#[test]
fn a_route_sends_beside_what_the_watch_recorded() {
    let world = World::new(6);
    wear_a_watch(&world);
    world.connect_peloton();
    world.connect_garmin();
    let bike = world.garmin.add_gear(EMAIL, "The bike", "Bike").unwrap();
    let route =
        ["routes", "add", "peloton", "garmin", "--since", "all", "--if-similar", "send", "--gear", &bike];
    world.computer.run_well(route);
    assert!(world.computer.run_well(["routes"]).contains("beside similar ones"));
    world.computer.run_well(["sync", "--quiet"]);
    assert_both_are_kept(&world);
    for activity in beside(&world) {
        let truth =
            world.expected().into_iter().map(|it| &it.truth).find(|it| it.start == activity.facts.start);
        assert_eq!(activity.name.as_ref(), truth.map(|truth| &truth.title));
        assert_eq!(activity.gear, std::slice::from_ref(&bike));
    }
    let again = world.computer.run_well(["sync", "--json"]);
    assert!(outcomes(&again).iter().all(|outcome| outcome == "skipped"), "{again}");
    assert_both_are_kept(&world);
}

#[test]
fn killed_before_and_after_the_upload_it_goes_once() {
    let world = World::connected(6);
    wear_a_watch(&world);
    world.computer.run_well(["config", "set", "routes.peloton-garmin.if_similar", "send"]);
    for stage in ["deliver:1", "record:1", "check:2", "deliver:2", "record:2"] {
        let mut sync = world.computer.command(["sync", "--quiet"]);
        let output = sync.env("BATON_TEST_ABORT_AT", stage).output().unwrap();
        assert!(output.status.code().is_none(), "{stage}: it should have been killed: {output:?}");
    }
    world.computer.run_well(["sync", "--quiet"]);
    assert_both_are_kept(&world);
    world.computer.run_well(["sync", "--quiet"]);
    assert_both_are_kept(&world);
}

#[test]
fn what_the_person_said_is_not_forgotten_in_a_crash() {
    let world = World::connected(6);
    wear_a_watch(&world);
    world.computer.run_well(["sync", "--quiet"]);
    let entry = left(&world);
    for stage in ["deliver:1", "record:1"] {
        let mut send = world.computer.command(["send", &entry, "--to", "garmin", "--even-if-similar"]);
        let output = send.env("BATON_TEST_ABORT_AT", stage).output().unwrap();
        assert!(output.status.code().is_none(), "{stage}: it should have been killed: {output:?}");
        // The route leaves what is similar; what was begun is finished all the same.
        world.computer.run_well(["sync", "--quiet"]);
        assert_eq!((beside(&world).len(), world.garmin.uploads_received().len()), (1, 1), "{stage}");
    }
}
