//! From the welcome to the receipts, with a password and a one-time code typed into the app itself.

use chrono::TimeDelta;

use crate::harness::page::Page;
use crate::harness::until;
use crate::words::say;
use crate::world::{Beginning, EMAIL, GARMIN_PASSWORD, PELOTON_PASSWORD, World};

/// Signs in with e-mail address and password, from the dialog's first page to what comes after the password.
pub fn type_password(page: &Page, service: &str, password: &str) {
    page.press(&say("accounts.otherWays", &[]));
    page.press(&say("accounts.method.password", &[]));
    page.fill_in(&[(&say("accounts.email", &[]), EMAIL), (&say("accounts.password", &[]), password)]);
    page.press(&format!("{} {service}", say("accounts.signIn", &[])));
}

/// A code of six digits that is not this one.
pub fn wrong(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { char::from(digit as u8 + 1) }).collect()
}

/// How many of the history's workouts the first sync offers: those of the last two weeks.
fn of_two_weeks(world: &World) -> usize {
    let since = (chrono::Utc::now() - TimeDelta::days(14)).timestamp();
    world.history.iter().filter(|it| it.truth.skip.is_none() && it.truth.start >= since).count()
}

#[test]
fn from_welcome_to_receipts_with_a_one_time_code() {
    let Some(mut world) = World::new(Beginning { workouts: 8, ..Beginning::default() }) else { return };
    world.open();
    let page = world.page();
    page.sees(&say("accounts.welcome.from", &[]));
    page.press("Peloton*");
    page.press("Continue");
    page.sees(&say("accounts.welcome.to", &[]));
    page.press("Garmin Connect*");
    page.press("Continue");
    page.sees(&say("accounts.welcome.connect", &[]));

    page.press("Connect Peloton");
    type_password(page, "Peloton", "a-wrong-password-99");
    page.sees("Peloton did not accept this");
    page.fill("Password", PELOTON_PASSWORD);
    page.press("Sign in Peloton");
    page.sees("Connected as");
    page.press("Done");

    page.press("Connect Garmin Connect");
    type_password(page, "Garmin Connect", GARMIN_PASSWORD);
    page.sees("Enter the code");
    let code = world.code();
    page.type_into("Code", &wrong(&code));
    page.sees("That code was not right. Check it and try again.");
    page.type_into("Code", &world.code());
    page.sees("Connected as Sam Rider");
    page.press("Done");
    page.press("Continue");

    let count = of_two_weeks(&world);
    assert!(count > 1, "the history has something to send");
    page.sees(&format!("{count} activities to Garmin Connect"));
    assert!(world.garmin.uploads_received().is_empty(), "a plan sends nothing");
    page.press(&format!("Send {count}"));
    until("the plan's activities at Garmin", || world.garmin.activities().len() == count);
    page.sees("Everything is up to date");

    page.press("Activities");
    let title = &world.newest().truth.title;
    page.click("option", &format!("*{title}*"));
    page.sees("Sent to");
    page.sees("Garmin Connect");
    assert!(page.has("", "Open at Garmin Connect"), "the receipt has a link");
    page.press("History");
    page.sees(&format!("{count} sent"));
    assert_eq!(world.garmin.activities().len(), count);
    world.assert_polite();
}
