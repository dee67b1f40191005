//! A sync that goes wrong, and what the person reads about it.

use baton_tests::garmin::Fault;
use baton_tests::peloton;
use baton_tests::server::Times;

use crate::sign_in_window;
use crate::world::{Beginning, World};

#[test]
fn a_service_that_is_down_is_named_and_nothing_is_lost() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.peloton.fault("api", peloton::Fault::Outage { status: 503 }, Times::Always);
    world.open();
    world.page().press("Sync now");
    world.page().sees("Peloton isn't answering");
    world.panel().shows("◌ Peloton isn’t answering");
    assert!(world.garmin.uploads_received().is_empty());
    world.peloton.clear_faults();
    world.page().press("Try now");
    world.all_arrive_once();
    world.page().sees_no_more("isn't answering");
}

#[test]
fn a_file_that_is_refused_is_said_in_the_services_words() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.garmin.fault("upload", Fault::Outage { status: 406 }, Times::Next(1));
    world.open();
    world.page().press("Sync now");
    world.page().sees("One activity didn't get through");
    assert_eq!(world.garmin.activities().len(), world.expected() - 1, "the others went");
    world.page().press("Show");
    world.page().sees("1 failed");
    world.page().sees("Garmin Connect didn't accept this activity");
    world.page().sees("They say:");
    assert!(!world.page().reads("406"), "no numbers");
}

#[test]
fn a_permission_that_ended_asks_for_the_person_once() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.garmin.expire_access_tokens();
    world.garmin.revoke_refresh_tokens();
    world.open();
    world.page().press("Sync now");
    world.page().sees("Needs you");
    world.page().sees("Sign in to Garmin Connect again");
    let line = world.panel().shows("! Garmin Connect: sign in");
    assert!(line.enabled, "the line opens the sign-in");
    world.panel().clicks("! Garmin Connect: sign in");
    // Who signed in there before goes straight to the service's own page.
    let window = world.windows.wait_for(sign_in_window::WINDOW);
    world.windows.wait_for_content(window);
    sign_in_window::type_garmin(&world, window);
    world.page().sees("Connected as Sam Rider");
    world.page().press("Done");
    // What waited goes on its way by itself.
    world.all_arrive_once();
    world.page().sees_no_more("Needs you");
}
