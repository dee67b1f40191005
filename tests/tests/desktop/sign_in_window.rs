//! Signing in on the vendor's own page, in a window that no WebDriver reaches: typed into with real keys. The redirect
//! at its end is caught before anything is requested, and the page has no way into Baton.

use std::time::Duration;

use baton_tests::peloton::LoginOutcome;
use serde_json::Value;

use crate::front::{Front, Variant};
use crate::harness::windows::Keyboard;
use crate::harness::{eventually, persistently, until};
use crate::words::say;
use crate::world::{Beginning, EMAIL, GARMIN_PASSWORD, PELOTON_PASSWORD, World};

pub const WINDOW: &str = "Sign in – 127.0.0.1";

/// Opens the window from the accounts screen and waits until its page can be typed into.
fn open(world: &World, service: &str) -> u32 {
    let page = world.page();
    page.press("Accounts");
    page.press(&format!("{service}*"));
    page.press(&say("accounts.continueWindow", &[("service", service)]));
    page.sees(&say("accounts.windowTitle", &[]));
    let window = world.windows.wait_for(WINDOW);
    world.windows.wait_for_content(window);
    window
}

/// Where the first field is on the simulated pages, in the window's pixels.
const PELOTON_FIELD: (u32, u32) = (260, 196);
const GARMIN_FIELD: (u32, u32) = (140, 18);

/// Types e-mail address and password into the first two fields of the page, beginning with a click into the first, until
/// the service takes them.
fn type_password(
    world: &World,
    window: u32,
    field: (u32, u32),
    password: &str,
    taken: impl Fn(&World) -> bool,
) {
    let keyboard = Keyboard::of(&world.session, window);
    persistently(
        "a sign-in with the password",
        || taken(world),
        || {
            keyboard.clicks_at(field.0, field.1);
            keyboard.types_over(EMAIL);
            keyboard.presses("Tab");
            keyboard.types_over(password);
            keyboard.presses("Return");
        },
    );
}

/// The same on Garmin's page, with the code that is sent then.
pub fn type_garmin(world: &World, window: u32) {
    type_password(world, window, GARMIN_FIELD, GARMIN_PASSWORD, |world| world.garmin.code(EMAIL).is_some());
    let keyboard = Keyboard::of(&world.session, window);
    let code = world.code();
    persistently(
        "the code to be taken",
        || world.garmin.code(EMAIL).is_none(),
        || {
            // Its field is there a moment after the code was sent.
            std::thread::sleep(Duration::from_millis(700));
            keyboard.clicks_at(GARMIN_FIELD.0, GARMIN_FIELD.1);
            keyboard.types_over(&code);
            keyboard.presses("Return");
        },
    );
}

/// The same on Peloton's page.
fn type_peloton(world: &World, window: u32) {
    type_password(world, window, PELOTON_FIELD, PELOTON_PASSWORD, |world| {
        world.peloton.logins().last().is_some_and(|login| login.outcome == LoginOutcome::Accepted)
    });
}

#[test]
fn peloton_on_its_own_page() {
    let Some(mut world) = World::new(Beginning::default()) else { return };
    world.prefer(&serde_json::json!({}));
    world.open();
    let window = open(&world, "Peloton");
    type_peloton(&world, window);
    world.page().sees("Connected as");
    until("the window to close", || world.windows.find(WINDOW).is_none());
    world.page().press("Done");
    let asked = world.peloton.requests();
    assert!(!asked.iter().any(|request| request.path == "/callback"), "the redirect's target was asked for");
    world.assert_polite();
    assert!(world.baton(&["accounts"]).contains("Peloton"));
}

/// Signs in at Garmin with a one-time code on one variant of its page.
fn garmin(variant: Variant) {
    let Some(mut world) = World::new(Beginning::default()) else { return };
    let front = Front::open(world.garmin.base(), variant);
    let endpoints = world.garmin.endpoints_toml();
    let sso = format!("sso = \"{}\"", world.garmin.base());
    assert!(endpoints.contains(&sso));
    world.write_endpoints(&endpoints.replace(&sso, &format!("sso = \"{}\"", front.base())));
    world.prefer(&serde_json::json!({}));
    world.open();
    let window = open(&world, "Garmin Connect");
    type_garmin(&world, window);
    world.page().sees("Connected as Sam Rider");
    until("the window to close", || world.windows.find(WINDOW).is_none());
    let asked = world.garmin.requests();
    assert!(asked.iter().any(|request| request.path.starts_with("/portal/sso/")), "its own page was used");
    assert!(!asked.iter().any(|request| request.path == "/app"), "the redirect's target was asked for");
    world.assert_polite();
    let tickets = world.app.as_ref().unwrap().said();
    assert!(!tickets.contains("ticket=ST-"), "the ticket was said: {tickets}");
}

#[test]
fn garmin_redirects_by_script() {
    garmin(Variant::Script);
}

#[test]
fn garmin_redirects_by_302() {
    garmin(Variant::Found);
}

#[test]
fn garmin_redirects_by_303() {
    garmin(Variant::SeeOther);
}

#[test]
fn a_page_that_calls_commands_is_refused() {
    let Some(mut world) = World::new(Beginning::default()) else { return };
    world.prefer(&serde_json::json!({}));
    world.connect_peloton();
    let front = Front::open(world.garmin.base(), Variant::Hostile);
    let endpoints = world.garmin.endpoints_toml();
    let sso = format!("sso = \"{}\"", world.garmin.base());
    world.write_endpoints(&endpoints.replace(&sso, &format!("sso = \"{}\"", front.base())));
    world.open();
    open(&world, "Garmin Connect");
    let report = eventually("the page's report", || front.reports().into_iter().next());
    let tried = report["tried"].as_array().unwrap();
    assert!(tried.len() >= 20, "each command in each way: {report}");
    let answered: Vec<&Value> = tried.iter().filter(|tried| tried["outcome"] == "answered").collect();
    assert!(answered.is_empty(), "a command was answered: {answered:?}");
    assert!(world.app.as_mut().unwrap().is_running(), "it could quit Baton");
    assert!(world.baton(&["accounts"]).contains("Peloton"), "it could sign out");
    world.page().press("Cancel");
    until("the window to close", || world.windows.find(WINDOW).is_none());
    world.page().sees("Peloton");
}

/// Without WebKit's driver, which gives up its session with the second such window, and may take the app with it.
#[test]
fn closing_the_window_is_no_failure() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.garmin.expire_access_tokens();
    world.garmin.revoke_refresh_tokens();
    world.start(&[]);
    world.panel().clicks("Sync now");
    world.panel().clicks("! Garmin Connect: sign in");
    let window = world.windows.wait_for(WINDOW);
    world.windows.wait_for_content(window);
    world.windows.close(window);
    until("the window to close", || world.windows.find(WINDOW).is_none());
    std::thread::sleep(Duration::from_secs(2));
    let keyboard = Keyboard::of(&world.session, world.windows.wait_for("Baton"));
    // The dialog offers to open it again, and that button has the focus.
    persistently(
        "the window to open again",
        || world.windows.find(WINDOW).is_some(),
        || keyboard.presses("Return"),
    );
    let window = world.windows.wait_for(WINDOW);
    world.windows.wait_for_content(window);
    type_garmin(&world, window);
    until("the window to close", || world.windows.find(WINDOW).is_none());
    // What waited goes on its way by itself.
    world.all_arrive_once();
    let is_left = |name: std::ffi::OsString| name.to_string_lossy().starts_with("sign-in-");
    until("its cookies to go", || {
        !std::fs::read_dir(world.home()).unwrap().flatten().any(|entry| is_left(entry.file_name()))
    });
}
