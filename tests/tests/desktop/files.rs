//! Files from and to this computer: dropped on the window, and chosen in the system's own dialogs.

use std::path::{Path, PathBuf};

use baton_core::{Format, Item};
use baton_tests::garmin::sample::{SampleActivity, fit_file};
use serde_json::json;

use crate::harness::drag::Drag;
use crate::harness::page::keys;
use crate::harness::until;
use crate::harness::windows::Keyboard;
use crate::words::say;
use crate::world::{Beginning, World};

/// A ride on this computer, as another program has recorded it.
fn recorded(world: &World, name: &str, start: i64) -> PathBuf {
    let file = world.session.path().join(name);
    std::fs::write(&file, fit_file(&SampleActivity { start, ..SampleActivity::default() })).unwrap();
    file
}

/// Types a path into the system's dialog with this title, and takes it.
fn choose(world: &World, title: &str, path: &Path) {
    let dialog = world.windows.wait_for(title);
    world.windows.wait_for_content(dialog);
    let keyboard = Keyboard::of(&world.session, dialog);
    // A slash opens the line that takes the rest; what is typed before it is there would be lost.
    let before = world.windows.picture(dialog);
    let (slash, rest) = path.to_str().unwrap().split_at(1);
    keyboard.types(slash);
    until("the line for a path", || world.windows.picture(dialog) != before);
    keyboard.types(rest);
    if path.is_dir() {
        // Else Return could be taken for "complete this".
        keyboard.types("/");
    }
    keyboard.presses("Return");
    until("the system's dialog to close", || world.windows.find(title).is_none());
}

#[test]
fn files_dropped_on_the_window_are_looked_into_and_imported() {
    let Some(mut world) = World::ready(Beginning { workouts: 0, ..Beginning::default() }) else { return };
    let first = recorded(&world, "Tour de Tölz 1.fit", 1_760_000_000);
    let broken = world.session.path().join("broken.gpx");
    std::fs::write(&broken, "<gpx>").unwrap();
    world.open();
    world.page().find("heading", "Routes");
    let window = world.windows.wait_for("Baton");
    world.windows.wait_for_content(window);

    let drag = Drag::over(&world.session, window, &[&first, &broken]);
    let (page, title) = (world.page(), say("activities.import.title", &[]));
    page.sees(&say("common.dropHere", &[]));
    assert!(!page.has("dialog", &title), "nothing is opened before they are dropped");
    drag.drop_there();
    page.find("dialog", &title);
    page.sees("Tour de Tölz 1.fit");
    page.sees("30:00");
    page.sees("broken.gpx");
    page.sees(&say("activities.import.unreadable", &[]));

    let second = recorded(&world, "second.fit", 1_760_100_000);
    page.press(&say("activities.import.chooseMore", &[]));
    choose(&world, "Open File", &second);
    page.sees("second.fit");
    page.press("Import 2 files");
    page.sees(&say("activities.import.doneTitle", &[]));
    let mut starts: Vec<i64> = world.garmin.activities().iter().map(|it| it.facts.start).collect();
    starts.sort_unstable();
    assert_eq!(starts, [1_760_000_000, 1_760_100_000]);
    world.assert_polite();
}

#[test]
fn an_activity_is_saved_as_fit_where_the_system_s_dialog_says() {
    let Some(mut world) = World::ready(Beginning::default()) else { return };
    world.baton(&["sync", "--quiet"]);
    let folder = world.session.path().join("Saved rides");
    std::fs::create_dir(&folder).unwrap();
    let truth = world.newest().truth.clone();
    world.open();
    let page = world.page();
    page.press("Activities");
    page.click("option", &format!("*{}*", truth.title));
    page.sees("Sent to");

    let save = || {
        page.press(&say("activities.more", &[]));
        page.click("menuitem", &say("activities.saveAs", &[]));
        page.click("menuitem", &say("activities.saveFitHelp", &[]));
    };
    save();
    let dialog = world.windows.wait_for("Select Folder");
    world.windows.wait_for_content(dialog);
    Keyboard::of(&world.session, dialog).presses("Escape");
    until("the system's dialog to close", || world.windows.find("Select Folder").is_none());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "cancelled, nothing is saved");

    save();
    choose(&world, "Select Folder", &folder);
    page.sees("One file saved");
    let saved: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|it| it.unwrap().path()).collect();
    let [file] = saved.as_slice() else { panic!("one file: {saved:?}") };
    assert_eq!(file.extension().unwrap(), "fit");
    let items = baton_fit::decode(&std::fs::read(file).unwrap(), Format::Fit).unwrap();
    let [Item::Activity(activity)] = items.as_slice() else { panic!("one activity") };
    assert_eq!(activity.start.timestamp(), truth.start);
    assert_eq!(activity.span().seconds(), f64::from(truth.elapsed));
}

#[test]
fn a_folder_is_connected_by_the_system_s_dialog() {
    let Some(mut world) = World::new(Beginning::default()) else { return };
    let folder = world.session.path().join("Rides");
    std::fs::create_dir(&folder).unwrap();
    world.prefer(&json!({}));
    world.open();
    let page = world.page();
    page.press("Accounts");
    page.press(&format!("{}*", say("accounts.name.folder", &[])));
    page.press(&say("accounts.folderPick", &[]));
    choose(&world, "Select Folder", &folder);
    page.sees(folder.to_str().unwrap());
    page.press(&say("accounts.folderUse", &[]));
    page.press(&say("common.done", &[]));
    page.keys(keys::ESCAPE);
    until("the account", || world.baton(&["accounts"]).contains("Rides"));
}
