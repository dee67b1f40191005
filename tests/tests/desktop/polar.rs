//! Signing in at Polar for older training too: two permissions in the system's browser, one after the other, with the keys
//! of the second pasted in between.

use baton_tests::polar::{NewClient, NewPerson, PolarSimulator};

use crate::words::say;
use crate::world::{Beginning, World};

const CLIENT: &str = "5f0c1d2e-made-up";
const CLIENT_SECRET: &str = "0a9b8c7d6e5f4a3b2c1d";

#[test]
fn polar_twice_in_the_system_s_browser() {
    let Some(mut world) = World::new(Beginning::default()) else { return };
    let polar = PolarSimulator::start().unwrap();
    polar.add_client(NewClient::new(CLIENT, CLIENT_SECRET, "http://localhost:8765/callback"));
    let user_id = polar.add_person(NewPerson::new("Eka", "Toka"));
    world.write_endpoints(&format!("{}\n{}", world.garmin.endpoints_toml(), polar.endpoints_toml()));
    world.prefer(&serde_json::json!({}));
    world.watch_the_browser();
    world.open();
    let page = world.page();
    page.press("Accounts");
    page.press("Polar*");
    page.click("", &say("accounts.otherWays", &[]));
    page.press(&say("accounts.method.history", &[]));
    page.sees("http://localhost:8765/callback");
    let (id, secret) = (say("accounts.clientId", &[]), say("accounts.clientSecret", &[]));
    page.fill_in(&[(&id, CLIENT), (&secret, CLIENT_SECRET)]);
    page.press(&say("accounts.connect", &[]));
    page.sees(&say("accounts.browserTitle", &[]));
    world.allows_in_the_browser(0, |page| polar.allow(page, user_id).unwrap());
    page.sees("The first permission is there.");
    page.fill(&say("accounts.pasteField", &[]), &format!("{CLIENT} {CLIENT_SECRET}"));
    page.press(&say("accounts.connect", &[]));
    world.allows_in_the_browser(1, |page| polar.allow(page, user_id).unwrap());
    page.sees("Connected as");
    assert!(world.baton(&["accounts"]).contains("Polar"));
    assert_eq!(polar.violations(), Vec::<String>::new());
    let said = world.app.as_ref().unwrap().said();
    assert!(!said.contains(CLIENT_SECRET) && !said.contains("code="), "said too much: {said}");
}
