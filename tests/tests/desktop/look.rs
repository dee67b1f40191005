//! Dark and light, German and English: from the system and from the settings, in the window and in the tray.

use serde_json::{Value, json};

use crate::harness::page::Page;
use crate::harness::session::Options;
use crate::harness::until;
use crate::world::{Beginning, World};

const LIGHT: &str = "rgb(245, 247, 247)";
const DARK: &str = "rgb(14, 19, 19)";

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
    let words: Value = serde_json::from_str(include_str!("../../../ui/src/text/de/accounts.json")).unwrap();
    world.page().sees(words["welcome.from"].as_str().unwrap());
}

#[test]
fn a_narrow_window_needs_no_sideways_scrolling() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.prefer(&json!({ "language": "de" }));
    world.open();
    for screen in ["Start", "Aktivitäten", "Konten", "Verlauf", "Einstellungen"] {
        world.page().press(screen);
        let wide = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        assert_eq!(world.page().script(wide, vec![]), false, "{screen}");
    }
}
