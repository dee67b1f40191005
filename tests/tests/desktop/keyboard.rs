//! With the keyboard alone: the first run, the screens, and an activity.

use crate::harness::page::{Page, keys};
use crate::harness::until;
use crate::words::say;
use crate::world::{Beginning, EMAIL, GARMIN_PASSWORD, PELOTON_PASSWORD, World};

/// Goes from control to control until one with this role and a name that begins so has the focus.
fn tab_to(page: &Page, role: &str, name: &str) {
    let mut passed = Vec::new();
    for _ in 0..80 {
        let (found_role, found) = page.focused();
        if found_role == role && found.starts_with(name) {
            return;
        }
        passed.push(format!("{found_role} “{found}”"));
        page.keys(keys::TAB);
    }
    passed.dedup();
    passed.truncate(12);
    panic!("{role} “{name}” is not reached with the keyboard; these are: {}", passed.join(", "));
}

fn press(page: &Page, name: &str) {
    tab_to(page, "button", name);
    page.keys(keys::ENTER);
}

/// The sign-in dialog, from its first page to the end of the password.
fn sign_in(page: &Page, password: &str) {
    let others = say("accounts.otherWays", &[]);
    page.find("button", &others);
    press(page, &others);
    press(page, &say("accounts.method.password", &[]));
    page.find("textbox", "E-mail address");
    until("the focus in the first field", || page.focused().1 == "E-mail address");
    page.keys(EMAIL);
    page.keys(keys::TAB);
    page.keys(password);
    page.keys(keys::ENTER);
}

#[test]
fn the_first_run_and_an_activity() {
    let Some(mut world) = World::new(Beginning::default()) else { return };
    world.open();
    let page = world.page();
    page.sees("Where do your activities come from?");
    tab_to(page, "button", "Peloton");
    page.keys(keys::SPACE);
    press(page, "Continue");
    page.sees("Where should they go?");
    tab_to(page, "button", "Garmin Connect");
    page.keys(keys::SPACE);
    press(page, "Continue");
    page.sees("Connect your accounts");
    press(page, "Connect Peloton");
    sign_in(page, PELOTON_PASSWORD);
    page.sees("Connected as");
    until("the focus on Done", || page.focused().1 == "Done");
    page.keys(keys::ENTER);
    page.sees_no_more("Done");
    press(page, "Connect Garmin Connect");
    sign_in(page, GARMIN_PASSWORD);
    page.sees("Enter the code");
    until("the focus in the code's field", || page.focused().1 == "Code");
    page.keys(&world.code());
    page.sees("Connected as Sam Rider");
    until("the focus on Done", || page.focused().1 == "Done");
    page.keys(keys::ENTER);
    press(page, "Continue");
    page.find("button", "Send *");
    press(page, "Send ");
    page.sees("Everything is up to date");

    page.chord(keys::CONTROL, '2');
    page.find("heading", "Activities");
    let title = &world.newest().truth.title;
    page.sees(title);
    tab_to(page, "listbox", "Activities");
    page.keys(keys::DOWN);
    page.keys(keys::UP);
    page.keys(keys::ENTER);
    page.sees("Sent to");
    page.chord(keys::CONTROL, '4');
    page.find("heading", "History");
    page.chord(keys::CONTROL, ',');
    page.find("heading", "Settings");
    page.chord(keys::CONTROL, 'k');
    let commands = say("common.commandBox", &[]);
    until("the focus in the command box", || page.focused() == ("combobox".into(), commands.clone()));
    page.keys("home");
    page.keys(keys::ENTER);
    page.find("heading", "Routes");
    page.keys("?");
    page.find("dialog", "Keys");
    page.keys(keys::ESCAPE);
    until("the dialog to close", || !page.has("dialog", "Keys"));
}
