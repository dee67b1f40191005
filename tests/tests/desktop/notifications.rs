//! A notification of what needs the person: shown once, clicked to get there, and taken away when it is over.

use crate::harness::notifications::Notifications;
use crate::harness::until;
use crate::sign_in_window::{WINDOW, type_garmin};
use crate::world::{Beginning, World};

#[test]
fn a_click_opens_the_sign_in_that_it_asks_for() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    let notifications = Notifications::start(&world.session);
    world.garmin.expire_access_tokens();
    world.garmin.revoke_refresh_tokens();
    world.start(&[]);
    let window = world.windows.wait_for("Baton");
    world.windows.close(window);
    until("the window to go", || world.windows.find("Baton").is_none());
    assert!(notifications.all().is_empty(), "nothing has happened yet");

    world.panel().clicks("Sync now");
    let shown = notifications.shows("Garmin Connect needs you");
    assert_eq!(shown.body, "Sign in again");
    // A second failure is the same trouble.
    world.panel().clicks("Sync now");
    world.panel().shows("Sync now");
    assert!(world.windows.find("Baton").is_none(), "nobody asked for the window yet");

    notifications.clicks(&shown);
    world.windows.wait_for("Baton");
    // Who signed in there before goes straight to the service's own page.
    let window = world.windows.wait_for(WINDOW);
    world.windows.wait_for_content(window);
    assert_eq!(notifications.all(), [shown], "told once, and still true");
    type_garmin(&world, window);
    until("the notification to go", || notifications.all().iter().all(|it| it.closed));
    world.all_arrive_once();
    assert_eq!(notifications.all().len(), 1, "arrivals are told only where they are asked for");
}
