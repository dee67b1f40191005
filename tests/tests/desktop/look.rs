//! Dark and light, German and English: from the system and from the settings, in the window and in the tray.

use serde_json::{Value, json};

use crate::harness::page::Page;
use crate::harness::session::Options;
use crate::harness::until;
use crate::words::in_language;
use crate::world::{Beginning, World};

const LIGHT: &str = "rgb(245, 247, 247)";
const DARK: &str = "rgb(14, 19, 19)";

/// What is wider than it may be: the page itself, and whatever in it could be scrolled sideways.
const WIDE: &str = "
    const scrolls = (it) => it === document.documentElement || ['auto', 'scroll'].includes(getComputedStyle(it).overflowX);
    return [...document.querySelectorAll('*')]
        .filter((it) => scrolls(it) && it.scrollWidth > it.clientWidth)
        .map((it) => `${it.tagName} ${it.className}: ${it.scrollWidth} > ${it.clientWidth}`);
";

fn ground(page: &Page) -> Value {
    page.script("return getComputedStyle(document.body).backgroundColor", vec![])
}

#[test]
fn dark_when_asked_and_dark_again_the_next_time() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.open();
    world.page().press("Settings");
    world.page().find("heading", "Settings");
    assert_eq!(ground(world.page()), LIGHT);
    world.page().click("radio", "Dark");
    until("the dark ground", || ground(world.page()) == DARK);
    world.open();
    world.page().find("heading", "Routes");
    assert_eq!(ground(world.page()), DARK, "remembered");
}

#[test]
fn the_system_s_dark_theme_is_followed() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.session.set("GTK_THEME", "Adwaita:dark");
    world.open();
    world.page().press("Settings");
    until("the dark ground", || ground(world.page()) == DARK);
    world.page().click("radio", "Light");
    until("the light ground", || ground(world.page()) == LIGHT);
}

#[test]
fn german_from_the_settings_reaches_the_tray() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.open();
    world.panel().shows("Sync now");
    world.page().press("Settings");
    world.page().click("combobox", "Language: System");
    world.page().click("option", "Deutsch");
    world.page().find("heading", "Einstellungen");
    let language = world.page().script("return document.documentElement.lang", vec![]);
    assert_eq!(language, "de");
    world.panel().shows("Jetzt synchronisieren");
    world.panel().shows("Beenden");
    world.page().press("Aktivitäten");
    assert!(!world.page().reads("Activities"));
}

#[test]
fn a_german_system_is_greeted_in_german() {
    let session = Options { locale: "de_DE.UTF-8".into(), ..Options::default() };
    let Some(mut world) = World::new(Beginning { session, ..Beginning::default() }) else { return };
    world.open();
    world.panel().shows("Baton öffnen");
    world.page().sees(&in_language("de", "accounts.welcome.from", &[]));
}

#[test]
fn a_narrow_window_needs_no_sideways_scrolling() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.prefer(&json!({ "language": "de" }));
    world.open();
    let window = world.windows.wait_for("Baton");
    world.windows.wait_for_content(window);
    world.windows.resize(window, 720, 520);
    let size = "return [innerWidth, innerHeight]";
    until("the narrow window", || world.page().script(size, vec![]) == json!([720, 520]));
    let headings = [
        ("common.home", "home.routes"),
        ("common.activities", "common.activities"),
        ("common.accounts", "accounts.title"),
        ("common.history", "common.history"),
        ("common.settings", "common.settings"),
    ];
    for (screen, heading) in headings {
        world.page().press(&in_language("de", screen, &[]));
        world.page().find("heading", &in_language("de", heading, &[]));
        assert_eq!(world.page().script(WIDE, vec![]), json!([]), "{screen}");
    }
}
