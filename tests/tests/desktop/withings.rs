//! Signing in with keys of the person's own: at Withings in the system's browser and in a window, up to the measurements
//! on the body screen.

use baton_tests::withings::generate::{self, Plan};
use baton_tests::withings::{NewApplication, NewPerson, WithingsSimulator};

use crate::harness::persistently;
use crate::harness::windows::Keyboard;
use crate::sign_in_window::WINDOW;
use crate::words::say;
use crate::world::{Beginning, EMAIL, World};

const CLIENT: &str = "0123456789abcdef";
const CLIENT_SECRET: &str = "fedcba9876543210";

/// Somebody with a scale, and with Garmin Connect as the place for its measurements.
struct Scale {
    world: World,
    withings: WithingsSimulator,
    userid: i64,
}

impl Scale {
    fn new() -> Option<Scale> {
        let mut world = World::new(Beginning::default())?;
        let withings = WithingsSimulator::start().unwrap();
        withings.set_options(baton_tests::withings::Options::lift_limits);
        withings.add_application(NewApplication::new(
            CLIENT,
            CLIENT_SECRET,
            "http://localhost:8765/callback",
        ));
        let userid = withings.add_person(NewPerson::new("Maria", chrono_tz::Europe::Berlin));
        let history = generate::history(5, &Plan::new(20, chrono::Utc::now().timestamp() - 3600));
        withings.add(userid, &history.measurements);
        world.write_endpoints(&format!("{}\n{}", world.garmin.endpoints_toml(), withings.endpoints_toml()));
        world.connect_garmin();
        world.prefer(&serde_json::json!({}));
        world.watch_the_browser();
        Some(Scale { world, withings, userid })
    }

    /// Begins the sign-in, up to the keys.
    fn give_keys(&mut self, method: &str) {
        self.world.open();
        let page = self.world.page();
        page.press("Accounts");
        page.press("Withings*");
        if method != say("accounts.method.browser", &[]) {
            page.click("", &say("accounts.otherWays", &[]));
        }
        page.press(method);
        page.sees("http://localhost:8765/callback");
        let (id, secret) = (say("accounts.clientId", &[]), say("accounts.clientSecret", &[]));
        page.fill_in(&[(&id, CLIENT), (&secret, CLIENT_SECRET)]);
        page.press(&say("accounts.connect", &[]));
    }

    /// Whoever is signed in was told so, and nobody else heard the secrets.
    fn is_signed_in_politely(&self) {
        self.world.page().sees(&format!("Connected as Withings user {}", self.userid));
        assert!(self.world.baton(&["accounts"]).contains("Withings"));
        assert_eq!(self.withings.violations(), Vec::<String>::new());
        let said = self.world.app.as_ref().unwrap().said();
        assert!(!said.contains(CLIENT_SECRET) && !said.contains("code="), "said too much: {said}");
    }
}

#[test]
fn withings_in_the_system_s_browser() {
    let Some(mut scale) = Scale::new() else { return };
    scale.give_keys(&say("accounts.method.browser", &[]));
    scale.world.page().sees(&say("accounts.browserTitle", &[]));
    scale.world.allows_in_the_browser(0, |page| scale.withings.allow(page, scale.userid).unwrap());
    scale.is_signed_in_politely();

    let Scale { world, withings, .. } = scale;
    let page = world.page();
    page.press(&say("common.done", &[]));
    // The one route that there can be is offered at once; it sends nothing before it is turned on.
    page.sees("Withings → Garmin Connect");
    page.press(&say("common.done", &[]));
    assert!(world.garmin.weigh_ins(EMAIL).is_empty());
    world.baton(&["routes", "add", "withings", "garmin", "--kinds", "body", "--since", "all"]);
    world.baton(&["sync", "--quiet"]);
    assert!(!world.garmin.weigh_ins(EMAIL).is_empty());
    page.press(&say("common.body", &[]));
    page.sees("kg");
    assert_eq!(withings.violations(), Vec::<String>::new());
}

#[test]
fn withings_on_its_own_page_in_a_window() {
    let Some(mut scale) = Scale::new() else { return };
    scale.give_keys(&say("accounts.method.window", &[("service", "Withings")]));
    scale.world.page().sees(&say("accounts.windowTitle", &[]));
    let window = scale.world.windows.wait_for(WINDOW);
    scale.world.windows.wait_for_content(window);
    let keyboard = Keyboard::of(&scale.world.session, window);
    // The page asks for nothing to be typed: from whose measurements they are, to the button that allows it.
    persistently(
        "the window to close",
        || scale.world.windows.find(WINDOW).is_none(),
        || {
            keyboard.clicks_at(400, 500);
            keyboard.presses("Tab");
            keyboard.presses("Tab");
            keyboard.presses("Return");
        },
    );
    scale.is_signed_in_politely();
    let asked = scale.withings.requests();
    assert!(!asked.iter().any(|request| request.path == "/callback"), "the redirect's target was asked for");
}
