//! What goes wrong on the way from the scale: wrong keys, another redirect address, a late code, a permission that was
//! taken back, nothing to read. One sentence each that says what to do, the right exit code, and nothing lost.

use std::process::Output;

use baton_tests::program::{stderr, stdout};
use baton_tests::server::Times;
use baton_tests::withings::generate::{self, Sort, Verdict};
use baton_tests::withings::{Fault, NewApplication, NewPerson};

use crate::scale::{CLIENT, CLIENT_SECRET, REDIRECT, Scale};
use crate::world::EMAIL;

/// (exit code, the error's one line).
fn told(output: &Output) -> (Option<i32>, String) {
    let text = stderr(output);
    let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "one sentence: {text}");
    assert!(!text.contains("panicked") && !text.contains(CLIENT_SECRET), "{text}");
    (output.status.code(), errors[0].to_owned())
}

/// What the ledger holds of entries and of what became of them.
fn ledger(scale: &Scale) -> Vec<String> {
    let path = scale.computer.home().join("ledger.db");
    let ledger = rusqlite::Connection::open(path).unwrap();
    let rows = |sql: &str| -> Vec<String> {
        let mut statement = ledger.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let mut all = rows("SELECT account || key || revision || ifnull(gone, '') FROM entries ORDER BY 1");
    all.extend(rows(
        "SELECT source || key || destination || state || revision || ifnull(remote_id, '') || attempts
         FROM deliveries ORDER BY 1",
    ));
    all
}

fn unchanged(before: &[String], after: &[String]) {
    let gone: Vec<_> = before.iter().filter(|row| !after.contains(row)).collect();
    let new: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
    assert!(before == after, "gone: {gone:#?}, new: {new:#?}");
}

/// Each way in which a sign-in at Withings fails, with a word of its sentence.
fn failing_sign_ins(scale: &Scale) -> [(Output, &'static str); 5] {
    let connect = |client: &str, secret: &str, browse: &dyn Fn(&str) -> String| {
        scale.computer.try_to_connect_by_pasting("withings", client, secret, browse)
    };
    let allow = |page: &str| scale.withings.allow(page, scale.userid).unwrap();
    let wrong_secret = connect(CLIENT, "0000000000000000", &allow);
    // Withings' own page says what is wrong and sends nobody back: what the browser shows then holds no code.
    let wrong_page = |why: &'static str| {
        move |page: &str| {
            let said = scale.withings.allow(page, scale.userid).unwrap_err();
            assert!(said.starts_with(why), "{said}");
            page.to_owned()
        }
    };
    let unknown = connect("ffffffffffffffff", CLIENT_SECRET, &wrong_page("invalid_client"));
    let other = ("1111111111111111", "2222222222222222");
    scale.withings.add_application(NewApplication::new(other.0, other.1, "http://localhost:9999/elsewhere"));
    let elsewhere = connect(other.0, other.1, &wrong_page("redirect_uri_mismatch"));
    scale.withings.fault("token_exchange", Fault::Status { status: 293, without_body: true }, Times::Next(1));
    let refused = connect(CLIENT, CLIENT_SECRET, &allow);
    let late = connect(CLIENT, CLIENT_SECRET, &|page| {
        let address = allow(page);
        scale.withings.clock().advance(31);
        address
    });
    [
        (wrong_secret, "client ID"),
        (unknown, "no code"),
        (elsewhere, "no code"),
        (refused, REDIRECT),
        (late, "30 seconds"),
    ]
}

#[test]
fn a_sign_in_that_fails_says_why_and_the_next_one_works() {
    let scale = Scale::new();
    for (output, word) in failing_sign_ins(&scale) {
        let (code, error) = told(&output);
        assert_eq!(code, Some(if word == "no code" { 2 } else { 3 }), "{error}");
        assert!(error.contains(word), "{error}");
        assert_eq!(stdout(&scale.computer.run(["accounts", "--json"])), "", "no account was made");
    }
    scale.connect_withings();
    assert_eq!(scale.computer.run_well(["accounts", "--json"]).lines().count(), 1);
    scale.assert_polite();
}

#[test]
fn a_sign_in_that_fails_harms_no_earlier_one() {
    let scale = Scale::connected();
    scale.computer.run_well(["sync"]);
    let before = ledger(&scale);
    assert!(before.len() > 100);
    for (output, word) in failing_sign_ins(&scale) {
        assert!(told(&output).1.contains(word));
        unchanged(&before, &ledger(&scale));
    }
    scale.computer.run_well(["sync"]);
    scale.assert_all_arrived_once();
    scale.assert_polite();
}

#[test]
fn a_permission_that_was_taken_back_is_asked_for_again_and_nothing_is_lost() {
    let scale = Scale::connected();
    scale.computer.run_well(["sync"]);
    let before = ledger(&scale);
    assert!(scale.withings.revoke(CLIENT, scale.userid));
    let mut history = scale.history.clone();
    // What is measured meanwhile.
    for change in generate::changes(9, &scale.history, 1) {
        if let generate::Change::Arrived(measurement) = &change {
            scale.withings.change(scale.userid, &change);
            history.measurements.push(measurement.clone());
        }
    }
    for _ in 0..2 {
        let output = scale.computer.run(["sync"]);
        let (code, error) = told(&output);
        assert_eq!(code, Some(3), "{error}");
        assert!(stderr(&output).contains("baton connect withings"), "{}", stderr(&output));
        unchanged(&before, &ledger(&scale));
    }
    scale.connect_withings();
    assert_eq!(scale.computer.run_well(["accounts", "--json"]).lines().count(), 3, "the same account again");
    scale.computer.run_well(["sync"]);
    Scale { history, ..scale }.assert_all_arrived_once();
}

#[test]
fn an_account_without_a_scale_has_nothing_to_send_and_that_is_no_failure() {
    let mut scale = Scale::new();
    scale.userid = scale.withings.add_person(NewPerson::new("Ole", chrono_tz::Europe::Oslo));
    scale.connect_withings();
    scale.connect("garmin", EMAIL, crate::world::GARMIN_PASSWORD);
    scale.connect("trainerroad", "rider", crate::scale::TRAINERROAD_PASSWORD);
    scale.add_routes();
    let output = scale.computer.run(["sync"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("error:"), "{}", stderr(&output));
    assert!(scale.garmin.weigh_ins(EMAIL).is_empty() && scale.trainerroad.writes().is_empty());
    // The scale comes at last.
    let first = generate::weigh_in(1, scale.withings.clock().now() - 60, chrono_tz::Europe::Oslo);
    assert_eq!((first.truth.sort, first.truth.verdict), (Sort::Body, Verdict::Send));
    scale.withings.add(scale.userid, [&first]);
    scale.computer.run_well(["sync"]);
    assert_eq!(scale.garmin.weigh_ins(EMAIL).len(), 1);
    assert_eq!(scale.trainerroad.writes().len(), 1);
    scale.assert_polite();
}
