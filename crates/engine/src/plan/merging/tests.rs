//! Who goes with whom, and what keeps a recording back.

use std::collections::BTreeSet;

use baton_core::RecordedBy;
use rstest::rstest;

use super::*;
use crate::ledger::{Arrival, Known};
use crate::plan::tests::{at, entry, known};
use crate::plan::{Arrivals, Plan, plan};

/// An account's own way to `d`, which merges.
fn merging(from: &str) -> Route {
    Route { id: format!("{from}-d"), if_similar: IfSimilar::Merge, ..Route::new(from, "d") }
}

/// A ride that `a` recorded, and one that `b` recorded a minute earlier.
fn view(of_b: Entry) -> View {
    let entries = [("a", entry("ride", 10)), ("b", of_b)];
    let entries = entries.map(|(account, entry)| (account.to_owned(), vec![Arc::new(entry)]));
    View { entries: HashMap::from(entries), ..View::default() }
}

fn watch() -> Entry {
    entry("watch", 9)
}

fn policy() -> Policy {
    Policy { mergeable: BTreeSet::from(["a", "b", "c", "d"].map(str::to_owned)), ..Policy::default() }
}

fn decide(routes: &[Route], view: &View, policy: &Policy) -> Plan {
    plan(routes, view, policy, at(1000))
}

/// What becomes of `a`'s ride: with whom it goes, or why it stays.
fn fate(view: &View, policy: &Policy) -> String {
    let plan = decide(&[merging("a")], view, policy);
    let [decision] = plan.decisions.as_slice() else { panic!("{plan:?}") };
    match (&decision.verdict, &decision.merged_with) {
        (Verdict::Send { .. }, Some(partner)) => format!("with {}", partner.account),
        (Verdict::Send { .. }, None) => "alone".to_owned(),
        (Verdict::Skip { skip }, None) => skip.name().to_owned(),
        (Verdict::Skip { .. }, Some(_)) => panic!("{decision:?}"),
    }
}

#[rstest]
#[case::the_same_ride(watch(), "with b")]
#[case::still_going_on(Entry { in_progress: true, ..watch() }, "in_progress")]
#[case::another_ride(entry("watch", 100), "alone")]
#[case::not_the_watchs_own(Entry { recorded_by: RecordedBy::Elsewhere("App".into()), ..watch() }, "alone")]
#[case::a_weight(Entry { kind: Kind::Body, ..watch() }, "alone")]
fn by_what_the_other_account_has(#[case] other: Entry, #[case] expected: &str) {
    assert_eq!(fate(&view(other), &policy()), expected);
}

#[test]
fn what_others_brought_counts_where_the_route_carries_it() {
    let other = Entry { recorded_by: RecordedBy::Elsewhere("App".into()), ..watch() };
    let all = Route { recorded_elsewhere: true, ..merging("a") };
    let plan = decide(&[all], &view(other), &policy());
    assert!(plan.decisions[0].merged_with.is_some());
}

#[test]
fn our_own_copies_are_no_recordings() {
    let mut view = view(watch());
    let (remote_id, file_hash, external_id) = (Some("watch".to_owned()), None, None);
    let arrival = Arrival { start: at(9), merged_start: None, remote_id, file_hash, external_id };
    view.arrivals.insert("b".into(), Arrivals::new([arrival]));
    assert_eq!(fate(&view, &policy()), "alone");
}

#[rstest]
#[case::which_has_it(view(watch()), "b")]
#[case::which_may_have_it(view(entry("watch", 100)), "c")]
fn an_account_that_waits_is_waited_for(#[case] view: View, #[case] account: &str) {
    let waiting = Policy { blocked: HashSet::from([account.to_owned()]), ..policy() };
    assert_eq!(fate(&view, &waiting), "account_blocked");
}

#[rstest]
#[case::sent(DeliveryState::Created, "same_workout")]
#[case::perhaps_sent(DeliveryState::Sending, "same_workout")]
#[case::found_there(DeliveryState::AlreadyThere, "same_workout")]
#[case::not_sent(DeliveryState::Planned, "with b")]
#[case::left_out(DeliveryState::Skipped, "with b")]
fn by_what_became_of_the_other(#[case] state: DeliveryState, #[case] expected: &str) {
    let mut view = view(watch());
    let lane = HashMap::from([("watch".to_owned(), known(state))]);
    view.deliveries.insert(("b".into(), "d".into()), lane);
    assert_eq!(fate(&view, &policy()), expected);
    // What was found there can be read there.
    view.entries.insert("d".into(), vec![Arc::new(entry("there", 9))]);
    let there = if state == DeliveryState::AlreadyThere { "with d" } else { expected };
    assert_eq!(fate(&view, &policy()), there);
}

#[test]
fn only_the_destination_has_it() {
    let mut view = view(entry("watch", 100));
    view.entries.insert("d".into(), vec![Arc::new(entry("there", 9))]);
    assert_eq!(fate(&view, &policy()), "with d");
}

#[test]
fn of_three_recordings_two_go_and_the_third_stays() {
    let mut view = view(watch());
    view.entries.insert("c".into(), vec![Arc::new(entry("strap", 11))]);
    let routes = ["a", "b", "c"].map(merging);
    let plan = decide(&routes, &view, &policy());
    let sent = plan.decisions.iter().filter(|decision| matches!(decision.verdict, Verdict::Send { .. }));
    assert_eq!(sent.count(), 1, "{plan:?}");
    let merged = plan.decisions.iter().filter(|decision| decision.merged_with.is_some()).count();
    let reasons: Vec<&str> = plan
        .decisions
        .iter()
        .filter_map(|decision| match &decision.verdict {
            Verdict::Skip { skip } => Some(skip.name()),
            Verdict::Send { .. } => None,
        })
        .collect();
    assert_eq!((merged, reasons.contains(&"merged"), reasons.contains(&"same_workout")), (1, true, true));
}

#[test]
fn what_went_with_another_never_goes_by_itself() {
    let mut view = view(watch());
    let sent = Known { remote: Some("1".into()), ..known(DeliveryState::Created) };
    view.deliveries.insert(("b".into(), "d".into()), HashMap::from([("watch".to_owned(), sent)]));
    let id = EntryId { account: "a".into(), key: "ride".into() };
    view.merged.insert("d".into(), HashMap::from([(id, ("b".to_owned(), "watch".to_owned()))]));
    assert_eq!(fate(&view, &policy()), "merged");
    let plain = Route { if_similar: IfSimilar::Send, ..merging("a") };
    let plan = decide(&[plain], &view, &policy());
    let merged = SkipReason::Merged { account: "b".into(), title: "watch".into() };
    assert_eq!(plan.decisions[0].verdict, Verdict::Skip { skip: merged });
}

#[test]
fn files_for_a_folder_of_ones_own_are_merged_too() {
    let mut view = view(watch());
    let sent = HashMap::from([("watch".to_owned(), known(DeliveryState::Created))]);
    view.deliveries.insert(("b".into(), "d".into()), sent);
    let files = Policy { files_only: true, ..policy() };
    assert_eq!(fate(&view, &files), "with b");
}
