//! The main job: sign in, plan, send everything, send nothing twice.

use baton_tests::peloton::generate::{self, Discipline, Options};
use baton_tests::program::{stderr, stdout};

use crate::world::{World, events, outcomes};

#[test]
fn a_history_of_every_discipline_arrives_once() {
    let world = World::connected(90);
    let plan = world.computer.run_well(["sync", "--dry-run", "--json"]);
    assert!(!plan.is_empty());
    assert!(world.garmin.uploads_received().is_empty(), "a plan sends nothing");

    let sent = world.computer.run_well(["sync", "--json"]);
    let created = outcomes(&sent).iter().filter(|outcome| *outcome == "created").count();
    assert_eq!(created, world.expected().len());
    world.assert_all_arrived_once();

    let again = world.computer.run_well(["sync", "--json"]);
    assert!(outcomes(&again).iter().all(|outcome| outcome == "skipped"), "{again}");
    let finished = events(&again).into_iter().find(|event| event["at"] == "finished").expect("a run ends");
    assert_eq!((finished["created"].as_u64(), finished["failed"].as_u64()), (Some(0), Some(0)));
    world.assert_all_arrived_once();
    assert_eq!(world.peloton.logins().len(), 1, "signed in once");
}

#[test]
fn what_arrives_is_what_was_recorded() {
    let world = World::connected(60);
    world.computer.run_well(["sync", "--quiet"]);
    let activities = world.garmin.activities();
    for workout in world.expected() {
        let truth = &workout.truth;
        let activity =
            activities.iter().find(|activity| activity.facts.start == truth.start).expect("arrived");
        let title = activity.name.as_deref().unwrap_or_default();
        assert_eq!(title, truth.title, "the title that the person knows");
        let elapsed = activity.facts.elapsed_seconds;
        assert!(
            (elapsed - f64::from(truth.elapsed)).abs() < 1.5,
            "{title}: {elapsed} s, not {}",
            truth.elapsed
        );
    }
}

#[test]
fn a_new_workout_is_sent_alone() {
    let world = World::connected(20);
    world.computer.run_well(["sync", "--quiet"]);
    let before = world.garmin.activities().len();
    let start = chrono::Utc::now().timestamp() - 2400;
    world.peloton.add(&generate::one(Discipline::CyclingClass, 99, &Options::at(start).minutes(20)));
    world.peloton.clear_requests();
    let sent = world.computer.run_well(["sync", "--json"]);
    assert_eq!(outcomes(&sent).iter().filter(|outcome| *outcome == "created").count(), 1, "{sent}");
    assert_eq!(world.garmin.activities().len(), before + 1);
    let graphs =
        world.peloton.requests().iter().filter(|request| request.path.ends_with("performance_graph")).count();
    assert_eq!(graphs, 1, "only the new one was fetched");
}

#[test]
fn a_receipt_says_where_it_went() {
    let world = World::connected(6);
    let output = world.computer.run(["sync"]);
    let text = stdout(&output);
    let title = &world.expected()[0].truth.title;
    let line = text.lines().find(|line| line.contains(title.as_str())).expect("a line for each workout");
    assert!(line.contains("https://connect.garmin.com/"), "{line}");
    assert!(!text.contains('\u{1b}'), "plain lines in a pipe");
    let shown = world.computer.run_well(["history"]);
    assert!(shown.contains(&world.expected().len().to_string()), "{shown}");
    assert!(!stderr(&output).contains("rror"), "{}", stderr(&output));
}

#[test]
fn stacked_classes_become_one_activity_on_the_real_clock() {
    let world = World::new(0);
    let start = chrono::Utc::now().timestamp() - 86_400;
    let pair = generate::stacked_pair(5, start);
    world.peloton.add_all(&pair);
    world.connect_peloton();
    world.connect_garmin();
    world.computer.run_well(["routes", "add", "peloton", "garmin", "--since", "all", "--join-gap", "300"]);
    world.computer.run_well(["sync", "--quiet"]);
    let activities = world.garmin.activities();
    assert_eq!(activities.len(), 1);
    let whole = (pair[1].truth.end - pair[0].truth.start) as f64;
    assert!((activities[0].facts.elapsed_seconds - whole).abs() < 1.5);
    world.computer.run_well(["sync", "--quiet"]);
    assert_eq!(world.garmin.uploads_received().len(), 1, "neither part is sent again");
}

#[test]
fn converting_without_sending_leaves_files_and_no_trace() {
    let world = World::connected(12);
    let out = world.computer.path().join("files");
    let printed =
        world.computer.run_well(["sync".as_ref(), "--no-upload".as_ref(), "--out".as_ref(), out.as_os_str()]);
    let files = std::fs::read_dir(&out).unwrap().count();
    assert_eq!(files, world.expected().len(), "{printed}");
    assert!(world.garmin.uploads_received().is_empty());
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
}

#[test]
fn a_folder_beside_garmin_gets_the_same_bytes_from_one_fetch() {
    let world = World::connected(15);
    let folder = world.computer.path().join("copies");
    std::fs::create_dir(&folder).unwrap();
    let output = world.computer.answer(["connect", "folder"], &[folder.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    world.computer.run_well(["routes", "add", "peloton", "folder", "--since", "all"]);
    world.peloton.clear_requests();
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
    let graphs =
        world.peloton.requests().iter().filter(|request| request.path.ends_with("performance_graph")).count();
    assert_eq!(graphs, world.expected().len(), "each workout is fetched once for both");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), world.expected().len());
}
