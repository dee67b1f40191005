//! The tray, its menu clicked over D-Bus: it works while the window is closed, and the web view's memory is free then.

use std::time::Duration;

use serde_json::json;

use crate::harness::until;
use crate::harness::windows::Windows;
use crate::world::{Beginning, World};

/// Which of the tray's pictures a file is.
fn picture(file: &std::path::Path) -> String {
    let read = |file: &std::path::Path| {
        let mut reader =
            png::Decoder::new(std::io::BufReader::new(std::fs::File::open(file).ok()?)).read_info().ok()?;
        let mut pixels = vec![0; reader.output_buffer_size()?];
        reader.next_frame(&mut pixels).ok()?;
        Some(pixels)
    };
    let shown = read(file);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../src-tauri/icons/tray");
    let known = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let found = known.filter(|known| shown.is_some() && read(known) == shown);
    let names: Vec<String> =
        found.map(|known| known.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.first().map(|name| name.split('-').next().unwrap_or_default().to_owned()).unwrap_or_default()
}

#[test]
fn the_icon_is_enough_while_the_window_is_closed() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.baton(&["config", "set", "schedule.paused", "true"]);
    world.start(&[]);
    let window = world.windows.wait_for("Baton");
    world.panel().shows("‖ Paused");
    until("the paused icon", || picture(&world.panel().icon()) == "paused");

    world.windows.close(window);
    until("the window to go", || world.windows.find("Baton").is_none());
    until("the web view's processes to go", || world.app.as_ref().unwrap().web_views().is_empty());
    assert!(world.app.as_mut().unwrap().is_running());

    world.panel().clicks("Resume");
    world.panel().clicks("Sync now");
    world.all_arrive_once();
    world.panel().shows("✓ Up to date");
    until("the plain icon", || picture(&world.panel().icon()) == "plain");
    let title = world.newest().truth.title.clone();
    world.panel().shows(&format!("{title} → Garmin Connect ✓"));
    let last = world.panel().texts().iter().filter(|text| text.contains("→ Garmin Connect")).count();
    assert_eq!(last, 3, "the last three: {:?}", world.panel().texts());

    world.panel().clicks("For 1 hour");
    world.panel().shows("‖ Paused until");
    world.panel().clicks("Resume");
    world.panel().shows("✓ Up to date");

    world.panel().clicks("Open Baton");
    let window = world.windows.wait_for("Baton");
    world.windows.wait_for_content(window);
    assert_eq!(world.app.as_ref().unwrap().web_views().len(), 1);
}

#[test]
fn sync_now_and_stop_from_the_menu() {
    let Some(mut world) = World::ready(Beginning { workouts: 12, ..Beginning::default() }) else { return };
    let slow = baton_tests::garmin::Fault::Slow { milliseconds: 400 };
    world.garmin.fault("upload", slow, baton_tests::server::Times::Always);
    world.start(&["--hidden"]);
    world.panel().clicks("Sync now");
    until("the first activities", || world.garmin.activities().len() > 1);
    assert_eq!(picture(&world.panel().icon()), "syncing");
    world.panel().clicks("Stop");
    world.panel().shows("Sync now");
    let sent = world.garmin.activities().len();
    std::thread::sleep(Duration::from_secs(2));
    assert!(world.garmin.activities().len() <= sent + 1, "it went on after being stopped");
    assert!(sent < world.expected(), "it was stopped before the end");
    world.garmin.clear_faults();
    world.panel().clicks("Sync now");
    world.all_arrive_once();
    assert!(world.windows.find("Baton").is_none(), "started hidden, it shows no window");
}

#[test]
fn quit_from_the_menu_and_everything_is_found_again() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.prefer(&json!({ "theme": "dark" }));
    world.start(&[]);
    world.windows.wait_for("Baton");
    world.panel().clicks("Sync now");
    world.all_arrive_once();
    world.panel().clicks("Quit");
    world.app.as_mut().unwrap().ends();
    until("the icon to go", || !world.panel().has_icon());

    world.open();
    world.page().sees("Peloton");
    world.page().sees("Garmin Connect");
    world.page().sees(&world.newest().truth.title);
    let ground = world.page().script("return getComputedStyle(document.body).backgroundColor", vec![]);
    assert_eq!(ground, "rgb(14, 19, 19)", "still dark");
    world.panel().clicks("Sync now");
    std::thread::sleep(Duration::from_secs(1));
    world.all_arrive_once();
    assert_eq!(world.peloton.logins().len(), 1, "signed in once");
}

#[test]
fn a_second_start_brings_the_window_of_the_first() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.start(&["--hidden"]);
    world.panel().shows("Open Baton");
    assert!(world.windows.find("Baton").is_none());
    let mut second = world.session.command(crate::harness::app::program()).spawn().unwrap();
    let window = world.windows.wait_for("Baton");
    world.windows.wait_for_content(window);
    until("the second to end", || second.try_wait().is_ok_and(|status| status.is_some()));
    assert!(Windows::of(&world.session).shown().iter().filter(|(_, title)| title == "Baton").count() == 1);
    assert!(world.app.as_mut().unwrap().is_running());
}

#[test]
fn without_a_panel_closing_the_window_ends_the_app() {
    let Some(mut world) = World::ready(Beginning { panel: false, ..Beginning::default() }) else { return };
    world.start(&[]);
    let window = world.windows.wait_for("Baton");
    world.windows.wait_for_content(window);
    world.windows.close(window);
    world.app.as_mut().unwrap().ends();
}
