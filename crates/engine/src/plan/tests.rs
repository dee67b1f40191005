//! Every reason, every group, and what always holds.

use std::collections::HashSet;

use baton_core::{Body, Error, Measured, Span, Sport};
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::ledger::Arrival;

pub(super) fn at(minutes: i64) -> Time {
    Time::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

/// A ride of half an hour.
pub(super) fn entry(key: &str, minutes: i64) -> Entry {
    Entry {
        key: key.to_owned(),
        kind: Kind::Activity,
        span: Span::new(at(minutes), at(minutes + 30)),
        revision: "1".into(),
        recorded_by: RecordedBy::Source,
        title: key.to_owned(),
        sport: Some(Sport::CYCLING),
        sub_sport: None,
        utc_offset: None,
        in_progress: false,
        arrived: None,
        owner: Owner::Certain,
        measured: None,
    }
}

pub(super) fn known(state: DeliveryState) -> Known {
    let (joined_into, error, next_try) = (None, None, None);
    Known {
        state,
        revision: "1".into(),
        joined_into,
        attempts: 0,
        deferrals: 0,
        error,
        next_try,
        remote: None,
        replaces: None,
        if_similar: IfSimilar::Leave,
        merged_with: None,
    }
}

fn failed(kind: ErrorKind, attempts: u32) -> Known {
    Known { attempts, error: Some(Error::new(kind, "why")), ..known(DeliveryState::Failed) }
}

fn route() -> Route {
    Route { id: "a-b".into(), ..Route::new("a", "b") }
}

fn view(entries: Vec<Entry>, deliveries: Vec<(&str, Known)>) -> View {
    let deliveries = deliveries.into_iter().map(|(key, known)| (key.to_owned(), known)).collect();
    View {
        entries: HashMap::from([("a".to_owned(), entries.into_iter().map(Arc::new).collect())]),
        deliveries: HashMap::from([(("a".to_owned(), "b".to_owned()), deliveries)]),
        ..View::default()
    }
}

fn policy() -> Policy {
    Policy {
        writes: HashMap::from([("b".to_owned(), vec![Kind::Activity, Kind::Body])]),
        from: HashMap::from([("a-b".to_owned(), Floor { time: at(-10_000), late_arrivals: true })]),
        ..Policy::default()
    }
}

/// What the plan says of one entry.
fn one(entry: Entry, known: Option<Known>, route: Route, policy: &Policy) -> Decision {
    let deliveries = known.into_iter().map(|known| ("1", known)).collect();
    let plan = plan(&[route], &view(vec![entry], deliveries), policy, at(1000));
    assert_eq!(plan.decisions.len(), 1);
    plan.decisions.into_iter().next().unwrap()
}

fn skipped(decision: &Decision) -> &'static str {
    match &decision.verdict {
        Verdict::Send { check_first: false, .. } => "send",
        Verdict::Send { check_first: true, .. } => "check first",
        Verdict::Skip { skip } => skip.name(),
    }
}

#[rstest]
#[case::new(None, "send")]
#[case::decided_before(Some(known(DeliveryState::Planned)), "send")]
#[case::sent(Some(known(DeliveryState::Created)), "delivered")]
#[case::found(Some(known(DeliveryState::AlreadyThere)), "delivered")]
#[case::cut_off(Some(known(DeliveryState::Sending)), "check first")]
#[case::skipped_by_rules_of_before(Some(known(DeliveryState::Skipped)), "send")]
#[case::rejected(Some(failed(ErrorKind::Rejected { reason: "no".into() }, 1)), "gave_up")]
#[case::our_own_fault(Some(failed(ErrorKind::Bug, 1)), "gave_up")]
#[case::not_taken_there(Some(failed(ErrorKind::Unsupported, 1)), "unsupported")]
#[case::an_outage(Some(failed(ErrorKind::ServiceDown, 0)), "send")]
#[case::tried_often(Some(failed(ErrorKind::Incomplete, ATTEMPTS)), "gave_up")]
#[case::unfinished_and_waiting(
    Some(Known { next_try: Some(at(1001)), ..failed(ErrorKind::Incomplete, 1) }), "in_progress")]
#[case::unfinished_and_due(Some(Known { next_try: Some(at(999)), ..failed(ErrorKind::Incomplete, 1) }), "send")]
#[case::unsettled(Some(Known { state: DeliveryState::Sending, ..failed(ErrorKind::Unsettled, 1) }), "check first")]
#[case::unsettled_for_too_long(
    Some(Known { state: DeliveryState::Sending, ..failed(ErrorKind::Unsettled, ATTEMPTS) }), "gave_up")]
#[case::a_new_revision_is_a_new_chance(
    Some(Known { revision: "0".into(), ..failed(ErrorKind::Rejected { reason: "no".into() }, 9) }), "send")]
fn by_what_happened_before(#[case] before: Option<Known>, #[case] verdict: &str) {
    assert_eq!(skipped(&one(entry("1", 0), before, route(), &policy())), verdict);
}

#[test]
fn by_entry_route_and_accounts() {
    let check = |entry: Entry, route: Route, policy: &Policy| skipped(&one(entry, None, route, policy));
    let elsewhere = Entry { recorded_by: RecordedBy::Elsewhere("Watch".into()), ..entry("1", 0) };
    assert_eq!(check(elsewhere.clone(), route(), &policy()), "recorded_elsewhere");
    let all_recorders = Route { recorded_elsewhere: true, ..route() };
    assert_eq!(check(elsewhere, all_recorders, &policy()), "send");
    assert_eq!(check(Entry { kind: Kind::Body, ..entry("1", 0) }, route(), &policy()), "kind_off");
    let all = Route { kinds: Kind::ALL.to_vec(), ..route() };
    assert_eq!(check(Entry { kind: Kind::BloodPressure, ..entry("1", 0) }, all, &policy()), "unsupported");
    assert_eq!(check(entry("1", -10_001), route(), &policy()), "too_old");
    let over = Route { until: Some(at(0)), ..route() };
    assert_eq!(check(entry("1", 0), over, &policy()), "filtered");
    let runs = Route { include_sports: vec!["running".into()], ..route() };
    assert_eq!(check(entry("1", 0), runs, &policy()), "filtered");
    let no_rides = Route { exclude_sports: vec!["cycling".into()], ..route() };
    assert_eq!(check(entry("1", 0), no_rides, &policy()), "filtered");
    assert_eq!(check(Entry { in_progress: true, ..entry("1", 0) }, route(), &policy()), "in_progress");
    for account in ["a", "b"] {
        let policy = Policy { blocked: HashSet::from([account.to_owned()]), ..policy() };
        assert_eq!(check(entry("1", 0), route(), &policy), "account_blocked");
    }
}

#[test]
fn what_is_on_its_way_is_not_too_old() {
    let decision = one(entry("1", -20_000), Some(known(DeliveryState::Planned)), route(), &policy());
    assert_eq!(skipped(&decision), "send");
}

#[test]
fn our_own_copies_stay() {
    let arrival = Arrival {
        start: at(0),
        merged_start: None,
        remote_id: Some("77".into()),
        file_hash: None,
        external_id: None,
    };
    let mut view = view(vec![entry("1", 0), entry("77", 500), entry("3", 100)], vec![]);
    let nearly = Entry { span: Span::new(at(0) + TimeDelta::seconds(2), at(30)), ..entry("4", 0) };
    view.entries.get_mut("a").unwrap().push(Arc::new(nearly));
    view.arrivals.insert("a".into(), Arrivals::new([arrival]));
    let plan = plan(&[route()], &view, &policy(), at(1000));
    let own: Vec<&str> = plan
        .decisions
        .iter()
        .filter(|d| skipped(d) == "own_copy")
        .map(|d| d.entries[0].key.as_str())
        .collect();
    assert_eq!(own, ["1", "4", "77"]);
    assert_eq!(plan.counts(), (1, 3));
}

#[test]
fn an_edit_after_delivery_is_told() {
    let decision = one(
        Entry { revision: "2".into(), ..entry("1", 0) },
        Some(known(DeliveryState::Created)),
        route(),
        &policy(),
    );
    assert_eq!(skipped(&decision), "delivered");
    assert!(decision.note.unwrap().contains("changed"));
}

#[test]
fn two_routes_the_same_way_send_once() {
    let other = Route { id: "a-b-2".into(), ..Route::new("a", "b") };
    let mut policy = policy();
    policy.from.clear();
    let plan = plan(&[other, route()], &view(vec![entry("1", 0)], vec![]), &policy, at(1000));
    assert_eq!(plan.decisions.iter().map(skipped).collect::<Vec<_>>(), ["send", "filtered"]);
    assert_eq!(plan.decisions[0].route, "a-b");
}

#[test]
fn troublemakers_go_last() {
    let trouble = Known { deferrals: 1, ..failed(ErrorKind::ServiceDown, 0) };
    let plan = plan(
        &[route()],
        &view(vec![entry("1", 0), entry("2", 60)], vec![("1", trouble)]),
        &policy(),
        at(1000),
    );
    let order: Vec<&str> = plan.decisions.iter().map(|decision| decision.entries[0].key.as_str()).collect();
    assert_eq!(order, ["2", "1"]);
}

fn joining() -> Route {
    Route { join_gap_seconds: Some(300), ..route() }
}

fn groups(plan: &Plan) -> Vec<(String, &'static str)> {
    plan.decisions.iter().map(|decision| (decision.title(), skipped(decision))).collect()
}

#[test]
fn classes_in_a_row_become_one() {
    let run = Entry { sport: Some(Sport::RUNNING), ..entry("run", 160) };
    let entries = vec![entry("1", 0), entry("2", 33), entry("3", 68), entry("4", 120), run];
    let sent = vec![("4", known(DeliveryState::Created))];
    let plan = plan(&[joining()], &view(entries, sent), &policy(), at(1000));
    let send = |title: &str| (title.to_owned(), "send");
    assert_eq!(groups(&plan), [send("1 + 2 + 3"), ("4".to_owned(), "delivered"), send("run")]);
}

#[test]
fn the_newest_waits_for_what_may_follow() {
    let entries = vec![entry("1", 0), entry("2", 33)];
    let early = plan(&[joining()], &view(entries.clone(), vec![]), &policy(), at(68));
    assert_eq!(early.decisions.iter().map(skipped).collect::<Vec<_>>(), ["in_progress", "in_progress"]);
    let later = plan(&[joining()], &view(entries, vec![]), &policy(), at(69));
    assert_eq!(groups(&later), [("1 + 2".to_owned(), "send")]);
}

#[test]
fn a_group_that_was_cut_off_goes_again_as_it_was() {
    let cut = || Known { joined_into: Some("1".into()), ..known(DeliveryState::Sending) };
    let entries = vec![entry("1", 0), entry("2", 33), entry("3", 66)];
    let plan = plan(&[joining()], &view(entries, vec![("1", cut()), ("2", cut())]), &policy(), at(1000));
    assert_eq!(groups(&plan), [("1 + 2".to_owned(), "check first"), ("3".to_owned(), "send")]);
}

#[test]
fn the_limit_takes_the_oldest() {
    let mut plan = plan(
        &[route()],
        &view(vec![entry("1", 0), entry("2", 60), entry("3", 120)], vec![]),
        &policy(),
        at(1000),
    );
    plan.limit(Some(2));
    assert_eq!((plan.decisions.len(), plan.beyond_limit), (2, 1));
    assert_eq!(plan.decisions[1].entries[0].key, "2");
}

prop_compose! {
    fn any_entry()(start in -200_i64..200, length in 1_i64..60, run in any::<bool>(), progress in any::<bool>())
        -> (i64, i64, bool, bool) { (start, length, run, progress) }
}

proptest! {
    /// Each entry is decided once; what is delivered is never sent; what was sent is not sent again.
    #[test]
    fn nothing_is_lost_and_nothing_goes_twice(
        raw in proptest::collection::vec((any_entry(), 0_usize..7), 0..40),
        gap in proptest::option::of(0_u32..1200), now in 0_i64..400,
    ) {
        let states = [None, Some(DeliveryState::Planned), Some(DeliveryState::Sending), Some(DeliveryState::Created),
            Some(DeliveryState::AlreadyThere), Some(DeliveryState::Failed), Some(DeliveryState::Skipped)];
        let mut entries = Vec::new();
        let mut deliveries = HashMap::new();
        for (number, ((start, length, run, in_progress), state)) in raw.into_iter().enumerate() {
            let key = number.to_string();
            let sport = Some(if run { Sport::RUNNING } else { Sport::CYCLING });
            let span = Span::new(at(start), at(start + length));
            entries.push(Arc::new(Entry { sport, span, in_progress, ..entry(&key, start) }));
            if let Some(state) = states[state] {
                deliveries.insert(key, known(state));
            }
        }
        entries.sort_by(|a, b| a.span.start.cmp(&b.span.start).then_with(|| a.key.cmp(&b.key)));
        let route = Route { join_gap_seconds: gap, ..route() };
        let mut view = View { entries: HashMap::from([("a".to_owned(), entries.clone())]), ..View::default() };
        let lane = ("a".to_owned(), "b".to_owned());
        view.deliveries.insert(lane.clone(), deliveries.clone());
        let first = plan(std::slice::from_ref(&route), &view, &policy(), at(now));
        prop_assert_eq!(&first, &plan(std::slice::from_ref(&route), &view, &policy(), at(now)));
        let mut seen: Vec<&str> =
            first.decisions.iter().flat_map(|decision| decision.entries.iter().map(|entry| entry.key.as_str())).collect();
        seen.sort_unstable();
        let mut all: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        all.sort_unstable();
        prop_assert_eq!(seen, all);
        for decision in &first.decisions {
            if matches!(decision.verdict, Verdict::Send { .. }) {
                for entry in &decision.entries {
                    let state = deliveries.get(&entry.key).map(|known| known.state);
                    prop_assert!(!matches!(state, Some(DeliveryState::Created | DeliveryState::AlreadyThere)));
                    view.deliveries.get_mut(&lane).unwrap().insert(entry.key.clone(), known(DeliveryState::Created));
                }
            }
        }
        prop_assert_eq!(plan(&[route], &view, &policy(), at(now)).counts().0, 0);
    }
}

#[test]
fn a_long_history_is_decided_as_a_short_one() {
    let entries: Vec<Entry> = (0..100_000).map(|number| entry(&number.to_string(), number)).collect();
    let mut view = view(entries, vec![]);
    let deliveries = view.deliveries.get_mut(&("a".to_owned(), "b".to_owned())).unwrap();
    deliveries.extend((0..99_990).map(|number| (number.to_string(), known(DeliveryState::Created))));
    assert_eq!(plan(&[route()], &view, &policy(), at(200_000)).counts(), (10, 99_990));
}

fn weigh_in(key: &str, start: i64) -> Entry {
    let body = Body { time: at(start), weight: Some(71.4), ..Body::default() };
    Entry { kind: Kind::Body, measured: Some(Measured::Body(body)), ..entry(key, start) }
}

fn delivered(revision: &str) -> Known {
    Known { revision: revision.into(), remote: Some("remote".into()), ..known(DeliveryState::Created) }
}

fn body_route() -> Route {
    Route { kinds: vec![Kind::Body], ..route() }
}

fn of_b(kinds: &[Kind]) -> HashMap<String, Vec<Kind>> {
    HashMap::from([("b".to_owned(), kinds.to_vec())])
}

#[test]
fn a_changed_measurement_replaces_what_was_sent_where_that_can_be_removed() {
    let changed = Entry { revision: "2".into(), ..weigh_in("1", 0) };
    let replaces = Policy { replaces: of_b(&[Kind::Body]), ..policy() };
    let verdict = |known, policy: &Policy| one(changed.clone(), Some(known), body_route(), policy).verdict;
    assert_eq!(
        verdict(delivered("1"), &replaces),
        Verdict::Send { check_first: false, replaces: Some("remote".into()), if_similar: IfSimilar::Leave }
    );
    let skip = Verdict::Skip { skip: SkipReason::Delivered };
    assert_eq!(verdict(delivered("2"), &replaces), skip, "nothing changed");
    assert_eq!(verdict(delivered("1"), &policy()), skip, "nothing can be removed there");
    let found = Known { state: DeliveryState::AlreadyThere, ..delivered("1") };
    assert_eq!(verdict(found, &replaces), skip, "somebody else brought it");
    // Cut off in the middle: what is to be removed is not forgotten, whatever came after.
    let cut_off = Known { state: DeliveryState::Sending, replaces: Some("former".into()), ..delivered("2") };
    assert_eq!(
        verdict(cut_off, &replaces),
        Verdict::Send { check_first: true, replaces: Some("former".into()), if_similar: IfSimilar::Leave }
    );
}

#[test]
fn what_was_begun_beside_something_similar_is_finished_so() {
    let chosen = |if_similar, before: Option<Known>| {
        let decision = one(entry("1", 0), before, Route { if_similar, ..route() }, &policy());
        match decision.verdict {
            Verdict::Send { if_similar, .. } => if_similar,
            Verdict::Skip { skip } => panic!("{skip:?}"),
        }
    };
    let begun = |state| Known { if_similar: IfSimilar::Send, ..known(state) };
    assert_eq!(chosen(IfSimilar::Leave, None), IfSimilar::Leave);
    assert_eq!(chosen(IfSimilar::Send, None), IfSimilar::Send);
    assert_eq!(chosen(IfSimilar::Send, Some(known(DeliveryState::Sending))), IfSimilar::Send);
    for state in [DeliveryState::Sending, DeliveryState::Planned] {
        assert_eq!(chosen(IfSimilar::Leave, Some(begun(state))), IfSimilar::Send, "{state:?}");
    }
    // Whoever changes the route later does not have sent what was left before.
    let left = one(
        entry("1", 0),
        Some(known(DeliveryState::AlreadyThere)),
        Route { if_similar: IfSimilar::Send, ..route() },
        &policy(),
    );
    assert_eq!(skipped(&left), "delivered");
}

#[test]
fn only_the_newest_goes_where_one_value_is_kept() {
    let free = Policy { newest_only: of_b(&[Kind::Body]), ..policy() };
    let decide_under = |policy: &Policy, deliveries: Vec<(&str, Known)>| {
        let light = Entry {
            measured: Some(Measured::Body(Body { time: at(30), percent_fat: Some(20.0), ..Body::default() })),
            ..weigh_in("fat only", 30)
        };
        let entries = vec![weigh_in("1", 0), weigh_in("2", 10), weigh_in("3", 20), light];
        let plan = plan(&[body_route()], &view(entries, deliveries), policy, at(1000));
        plan.decisions.iter().map(skipped).collect::<Vec<_>>()
    };
    let decide = |deliveries| decide_under(&free, deliveries);
    assert_eq!(decide(vec![]), ["superseded", "superseded", "send", "superseded"]);
    let blocked = Policy { blocked: HashSet::from(["a".to_owned()]), ..free.clone() };
    assert_eq!(
        decide_under(&blocked, vec![]),
        ["superseded", "superseded", "account_blocked", "superseded"],
        "only the newest waits"
    );
    assert_eq!(
        decide(vec![("3", delivered("1"))]),
        ["superseded", "superseded", "delivered", "superseded"],
        "a later listing brings nothing older"
    );
    assert_eq!(decide(vec![("3", delivered("0"))])[2], "send", "it was changed");
}

#[test]
fn a_doubtful_owner_holds_back_until_the_person_says() {
    for (owner, expected) in [
        (Owner::Certain, "send"),
        (Owner::Doubtful, "doubtful"),
        (Owner::Mine, "send"),
        (Owner::NotMine, "not_mine"),
    ] {
        let decision = one(Entry { owner, ..weigh_in("1", 0) }, None, body_route(), &policy());
        assert_eq!(skipped(&decision), expected);
    }
}

#[test]
fn what_came_late_is_not_too_old() {
    let late = Entry { arrived: Some(at(0)), ..weigh_in("1", -20_000) };
    assert_eq!(skipped(&one(late.clone(), None, body_route(), &policy())), "send");
    let since = Route { since: Some(at(-10_000)), ..body_route() };
    assert_eq!(
        skipped(&one(late.clone(), None, since, &policy())),
        "too_old",
        "the person named a first day"
    );
    let floor = Floor { time: at(-10_000), late_arrivals: false };
    let period = Policy { from: HashMap::from([("a-b".to_owned(), floor)]), ..policy() };
    assert_eq!(skipped(&one(late, None, body_route(), &period)), "too_old");
}
