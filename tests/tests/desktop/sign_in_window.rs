//! Signing in on the vendor's own page, in a window that no WebDriver reaches: typed into with real keys. The redirect
//! at its end is caught before anything is requested, and the page has no way into Baton.

use std::time::Duration;

use serde_json::Value;

use crate::front::{Front, Variant};
use crate::harness::windows::Keyboard;
use crate::harness::{eventually, until};
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
pub const PELOTON_FIELD: (u32, u32) = (260, 196);
pub const GARMIN_FIELD: (u32, u32) = (140, 18);

/// Types e-mail address and password into the first two fields of the page, beginning with a click into the first.
pub fn type_password(world: &World, window: u32, field: (u32, u32), password: &str) {
    let keyboard = Keyboard::of(&world.session, window);
    keyboard.clicks_at(field.0, field.1);
    keyboard.types(EMAIL);
    keyboard.presses("Tab");
    keyboard.types(password);
    keyboard.presses("Return");
}

/// Types the code that was sent into the page that asks for it.
pub fn type_code(world: &World, window: u32, field: (u32, u32)) {
    let code = world.code();
    // Its field is there a moment after the code was sent.
    std::thread::sleep(Duration::from_millis(700));
    let keyboard = Keyboard::of(&world.session, window);
    keyboard.clicks_at(field.0, field.1);
    keyboard.types(&code);
    keyboard.presses("Return");
}

#[test]
fn peloton_on_its_own_page() {
    let Some(mut world) = World::new(Beginning::default()) else { return };
    world.prefer(&serde_json::json!({}));
    world.open();
    let window = open(&world, "Peloton");
    type_password(&world, window, PELOTON_FIELD, PELOTON_PASSWORD);
    until("a sign-in with the password", || !world.peloton.logins().is_empty());
    assert_eq!(world.peloton.logins()[0].email, EMAIL);
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
    type_password(&world, window, GARMIN_FIELD, GARMIN_PASSWORD);
    type_code(&world, window, GARMIN_FIELD);
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

#[test]
fn closing_the_window_is_no_failure() {
    let Some(mut world) = World::new(Beginning::default()) else { return };
    world.prefer(&serde_json::json!({}));
    world.open();
    let window = open(&world, "Peloton");
    world.windows.close(window);
    world.page().sees("Not signed in yet");
    world.page().press(&say("accounts.openAgain", &[]));
    let window = world.windows.wait_for(WINDOW);
    world.windows.wait_for_content(window);
    type_password(&world, window, PELOTON_FIELD, PELOTON_PASSWORD);
    // WebKit's driver gives up its session with the second such window, so the rest is seen from outside.
    until("the window to close", || world.windows.find(WINDOW).is_none());
    until("the account", || world.baton(&["accounts"]).contains("Peloton"));
    let is_left = |name: std::ffi::OsString| name.to_string_lossy().starts_with("sign-in-");
    until("its cookies to go", || {
        !std::fs::read_dir(world.home()).unwrap().flatten().any(|entry| is_left(entry.file_name()))
    });
}
