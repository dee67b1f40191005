//! Stop works at once and loses nothing; so does ending the app in the middle of a sync.

use std::time::{Duration, Instant};

use baton_tests::garmin::Fault;
use baton_tests::server::Times;

use crate::harness::app::{self, App};
use crate::harness::until;
use crate::world::{Beginning, World};

fn slow(world: &World) {
    world.garmin.fault("upload", Fault::Slow { milliseconds: 500 }, Times::Always);
}

#[test]
fn stopped_and_gone_on_with() {
    let Some(mut world) = World::ready(Beginning { workouts: 14, ..Beginning::default() }) else { return };
    slow(&world);
    world.open();
    let page = world.page();
    page.press("Sync now");
    page.sees("Syncing");
    until("the first activities", || world.garmin.activities().len() > 1);
    page.press("Stop");
    let asked = Instant::now();
    page.find("button", "Sync now");
    assert!(asked.elapsed() < Duration::from_secs(3), "it took {:?} to stop", asked.elapsed());
    let sent = world.garmin.activities().len();
    assert!(sent < world.expected(), "it was stopped before the end");
    world.garmin.clear_faults();
    page.press("Sync now");
    world.all_arrive_once();
    page.sees("Everything is up to date");
}

#[test]
fn killed_in_the_middle_and_gone_on_with() {
    let Some(mut world) = World::ready(Beginning { workouts: 14, ..Beginning::default() }) else { return };
    slow(&world);
    world.start(&["--hidden"]);
    world.panel().clicks("Sync now");
    until("the first activities", || world.garmin.activities().len() > 1);
    world.app = None;
    assert!(world.garmin.activities().len() < world.expected(), "it was killed before the end");
    world.garmin.clear_faults();
    world.open();
    world.page().press("Sync now");
    world.all_arrive_once();
}

#[test]
fn quit_in_the_middle_writes_down_where_it_stands() {
    let Some(mut world) = World::ready(Beginning { workouts: 14, ..Beginning::default() }) else { return };
    slow(&world);
    world.start(&["--hidden"]);
    world.panel().clicks("Sync now");
    until("the first activities", || world.garmin.activities().len() > 1);
    world.panel().clicks("Quit");
    world.app.as_mut().unwrap().ends();
    world.garmin.clear_faults();
    world.start(&["--hidden"]);
    world.panel().clicks("Sync now");
    world.all_arrive_once();
}

#[test]
fn started_again_while_it_ends() {
    let Some(mut world) = World::ready(Beginning { workouts: 14, ..Beginning::default() }) else { return };
    world.garmin.fault("upload", Fault::Slow { milliseconds: 3000 }, Times::Always);
    world.start(&["--hidden"]);
    world.panel().clicks("Sync now");
    until("the first activity", || !world.garmin.activities().is_empty());
    world.panel().clicks("Quit");
    let mut ending = world.app.take().unwrap();
    assert!(ending.is_running(), "it ends what it has begun");
    let mut again = App::plain(&world.session, app::program(), &[]);
    world.windows.wait_for("Baton");
    ending.ends();
    assert!(again.is_running(), "the new one stays");
    world.garmin.clear_faults();
    world.app = Some(again);
    world.panel().clicks("Sync now");
    world.all_arrive_once();
}
