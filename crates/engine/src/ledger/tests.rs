//! The ledger across crashes, damage and versions.

use std::sync::Arc;

use baton_core::{Entry, Key, Kind, RecordedBy, SkipReason, Span, Sport};
use chrono::TimeDelta;

use super::*;

fn at(minutes: i64) -> Time {
    Time::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

fn entry(key: &str, minutes: i64) -> Entry {
    Entry {
        key: key.to_owned(),
        kind: Kind::Activity,
        span: Span::new(at(minutes), at(minutes + 30)),
        revision: "1".into(),
        recorded_by: RecordedBy::Elsewhere("Watch".into()),
        title: format!("Ride {key} 100%"),
        sport: Some(Sport::CYCLING),
        sub_sport: None,
        utc_offset: Some(3600),
        in_progress: false,
        arrived: None,
        owner: baton_core::Owner::Certain,
        measured: None,
    }
}

fn begin(key: &str, minutes: i64) -> Begin {
    Begin {
        source: "a".into(),
        entries: vec![(key.to_owned(), at(minutes), "1".to_owned())],
        destination: "b".into(),
        route: "a-b".into(),
        external_id: format!("external {key}"),
        file: Some(format!("2026/11/{key}.fit")),
        file_hash: Some(format!("hash {key}")),
        replaces: None,
        if_similar: baton_core::IfSimilar::Leave,
        merged_with: None,
        headline: None,
        remarks: vec![],
        run: 1,
        now: at(0),
    }
}

fn finish(key: &str, minutes: i64, result: Finished) -> Finish {
    let Begin { source, entries, destination, route, run, now, .. } = begin(key, minutes);
    Finish { source, entries, destination, route, run, now, result, certain: true }
}

#[tokio::test]
async fn entries_come_back_as_they_went_and_are_found() {
    let home = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(home.path()).unwrap();
    let wanted = entry("1", 10);
    ledger.put_entries("a", vec![wanted.clone(), entry("2", 50)]).await.unwrap();
    ledger.put_entries("a", vec![wanted.clone()]).await.unwrap();
    let found = ledger.entries_between("a", Some(at(0)), Some(at(50))).await.unwrap();
    assert_eq!(found, [Arc::new(wanted.clone())]);
    for (search, hits) in [("ride", 2), ("RIDE 1", 2), ("ride swim", 0), ("cycling", 2), ("%", 2), ("_", 0)] {
        let query = EntriesQuery { search: search.into(), ..EntriesQuery::default() };
        assert_eq!(ledger.search(query).await.unwrap().len(), hits, "{search}");
    }
    let day = at(10).format("%Y-%m-%d").to_string();
    let query = EntriesQuery { search: day, account: Some("a".into()), limit: 1, ..EntriesQuery::default() };
    assert_eq!(ledger.search(query).await.unwrap()[0].entry.key, "2");
}

#[tokio::test]
async fn what_was_being_sent_when_the_light_went_out_is_still_known() {
    let home = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(home.path()).unwrap();
    ledger.put_entries("a", vec![entry("1", 10), entry("2", 50), entry("3", 90)]).await.unwrap();
    ledger.begin(vec![begin("1", 10), begin("2", 50)]).await.unwrap();
    let key = Key { id: "r1".into(), link: None };
    ledger.finish(finish("1", 10, Finished::Created { key, remarks: vec![] })).await.unwrap();
    drop(ledger);
    let ledger = Ledger::open(home.path()).unwrap();
    let known = ledger.known_deliveries("a", "b", Some(at(1000)), None).await.unwrap();
    assert_eq!(known.keys().collect::<Vec<_>>(), ["2"], "only what is open comes from outside the period");
    assert_eq!(known["2"].state, DeliveryState::Sending);
    let known = ledger.known_deliveries("a", "b", None, None).await.unwrap();
    assert_eq!(known["1"].state, DeliveryState::Created);
    let open = ledger.open_entries("a", "b").await.unwrap();
    assert_eq!(open.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["2"]);
    let arrivals = ledger.arrivals("b", None, None).await.unwrap();
    assert_eq!(arrivals.len(), 2, "what may have arrived counts as arrived");
    assert_eq!(arrivals[0].remote_id.as_deref(), Some("r1"));
}

#[tokio::test]
async fn the_newest_that_went_is_known_however_old_it_is() {
    let home = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(home.path()).unwrap();
    ledger.put_entries("a", vec![entry("1", 10), entry("2", 50), entry("3", 90)]).await.unwrap();
    let newest = async |to: &str, kind| {
        let found = ledger.newest_delivered("a", to, kind).await.unwrap();
        found.map(|entry| entry.key.clone())
    };
    assert_eq!(newest("b", Kind::Activity).await, None);
    for (key, start) in [("2", 50), ("1", 10)] {
        ledger.begin(vec![begin(key, start)]).await.unwrap();
        let there = Finished::Created { key: Key { id: key.into(), link: None }, remarks: vec![] };
        ledger.finish(finish(key, start, there)).await.unwrap();
    }
    ledger.begin(vec![begin("3", 90)]).await.unwrap();
    assert_eq!(newest("b", Kind::Activity).await.as_deref(), Some("2"), "what is on its way has not gone");
    assert_eq!(newest("b", Kind::Body).await, None);
    assert_eq!(newest("elsewhere", Kind::Activity).await, None);
}

#[tokio::test]
async fn a_failure_that_settles_nothing_leaves_the_row_to_be_looked_up() {
    let home = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(home.path()).unwrap();
    ledger.put_entries("a", vec![entry("1", 10)]).await.unwrap();
    ledger.begin(vec![begin("1", 10)]).await.unwrap();
    let error = Error::new(ErrorKind::Unsettled, "no answer");
    let mut end = finish("1", 10, Finished::Failed { error: error.clone(), next_try: None });
    end.certain = false;
    ledger.finish(end).await.unwrap();
    let known = ledger.known_deliveries("a", "b", None, None).await.unwrap();
    assert_eq!((known["1"].state, known["1"].attempts), (DeliveryState::Sending, 1));
    assert_eq!(known["1"].error.as_ref(), Some(&error));
    // A plan never takes that away.
    let row = PlannedRow {
        source: "a".into(),
        key: "1".into(),
        destination: "b".into(),
        route: "a-b".into(),
        start: at(10),
        revision: "1".into(),
        skip: Some(SkipReason::Filtered),
    };
    ledger.put_plan(vec![row], at(1)).await.unwrap();
    let known = ledger.known_deliveries("a", "b", None, None).await.unwrap();
    assert_eq!(known["1"].state, DeliveryState::Sending);
}

#[tokio::test]
async fn changes_are_made_in_the_order_of_the_calls() {
    let home = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(home.path()).unwrap();
    let key = Key { id: "r".into(), link: None };
    // None of them is awaited before the next is asked for.
    let begun = ledger.begin(vec![begin("1", 10)]);
    let finished = ledger.finish(finish("1", 10, Finished::Created { key, remarks: vec!["a title".into()] }));
    let failing = ledger.call(|connection| connection.execute("INSERT INTO nowhere VALUES (1)", []));
    let read = ledger.known_deliveries("a", "b", None, None);
    assert_eq!(read.await.unwrap()["1"].state, DeliveryState::Created);
    assert_eq!(failing.await.unwrap_err().kind, ErrorKind::Storage);
    begun.await.unwrap();
    finished.await.unwrap();
}

#[tokio::test]
async fn news_between_two_syncs_do_not_put_the_next_one_off() {
    let home = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(home.path()).unwrap();
    assert_eq!(ledger.last_started_but(Trigger::News).await.unwrap(), None);
    for (trigger, minutes) in
        [(Trigger::Schedule, 0), (Trigger::Person, 10), (Trigger::News, 20), (Trigger::News, 30)]
    {
        ledger.begin_run(trigger, at(minutes)).await.unwrap();
    }
    assert_eq!(ledger.last_started_but(Trigger::News).await.unwrap(), Some(at(10)));
}

#[tokio::test]
async fn an_id_is_for_one_person_for_ever() {
    let home = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(home.path()).unwrap();
    let id = |person: &str, taken: &[&str]| {
        let taken = taken.iter().map(|id| (*id).to_owned()).collect();
        ledger.account_id("garmin", person, taken, at(0))
    };
    assert_eq!(id("maria", &[]).await.unwrap(), "garmin");
    assert_eq!(id("jonas", &["garmin"]).await.unwrap(), "garmin-2");
    // Both signed out; the ids stay theirs.
    assert_eq!(id("jonas", &[]).await.unwrap(), "garmin-2");
    assert_eq!(id("ines", &["garmin-3"]).await.unwrap(), "garmin-4");
    assert_eq!(id("maria", &["garmin-2"]).await.unwrap(), "garmin");
}

#[test]
fn a_damaged_ledger_is_named_and_kept() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("ledger.db");
    let damage = vec![0x5a; 8192];
    std::fs::write(&path, &damage).unwrap();
    let error = Ledger::open(home.path()).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Storage);
    assert!(
        error.message.contains(&path.display().to_string()) && error.message.contains("damaged"),
        "{error}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), damage);
}

#[test]
fn a_newer_ledger_is_not_touched() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("ledger.db");
    drop(Ledger::open(home.path()).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", schema::VERSION + 1).unwrap();
    drop(connection);
    let error = Ledger::open(home.path()).err().unwrap();
    assert!(error.message.contains("newer"), "{error}");
}

#[tokio::test]
async fn an_older_ledger_is_brought_up_to_date_with_a_copy_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("ledger.db");
    schema::make_version(&path, 1);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute(
            "INSERT INTO entries VALUES ('a', '1', 'activity', 0, 1000, '1', NULL, 'Ride', 2, NULL, NULL, 0)",
            [],
        )
        .unwrap();
    drop(connection);
    let ledger = Ledger::open(home.path()).unwrap();
    let line = ledger.entry(&EntryId { account: "a".into(), key: "1".into() }).await.unwrap().unwrap();
    assert_eq!((line.entry.title.as_str(), line.headline), ("Ride", None));
    assert!(home.path().join(format!("ledger.db.before-{}", schema::VERSION)).exists());
}

#[tokio::test]
async fn days_and_filters_agree_with_the_list() {
    let home = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(home.path()).unwrap();
    let entries: Vec<Entry> = (0..50).map(|number| entry(&number.to_string(), number * 400)).collect();
    ledger.put_entries("a", entries).await.unwrap();
    ledger.begin(vec![begin("3", 1200)]).await.unwrap();
    let all = EntriesQuery { limit: 100, ..EntriesQuery::default() };
    let days = ledger.days(all.clone()).await.unwrap();
    let lines = ledger.search(all.clone()).await.unwrap();
    assert_eq!(days.iter().map(|day| day.entries as usize).sum::<usize>(), lines.len());
    assert!(days.len() > 10 && days.is_sorted_by(|a, b| a.day > b.day), "{days:?}");
    for (state, hits) in [(EntryState::Sending, 1), (EntryState::None, 49), (EntryState::Failed, 0)] {
        let query = EntriesQuery { state: Some(state), ..all.clone() };
        assert_eq!(ledger.search(query).await.unwrap().len(), hits, "{state:?}");
    }
    let bodies = EntriesQuery { kind: Some(Kind::Body), ..all };
    assert!(
        ledger.search(bodies.clone()).await.unwrap().is_empty()
            && ledger.days(bodies).await.unwrap().is_empty()
    );
}

#[test]
fn two_processes_may_make_the_ledger_at_once() {
    let home = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| drop(Ledger::open(home.path()).unwrap()));
        }
    });
    let connection = Connection::open(home.path().join("ledger.db")).unwrap();
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, schema::VERSION);
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn what_came_from_an_account_goes_also_where_it_was_merged_into_something_else() {
    let home = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(home.path()).unwrap();
    ledger.put_entries("a", vec![entry("1", 10), entry("2", 50)]).await.unwrap();
    ledger.put_entries("watch", vec![entry("w", 10)]).await.unwrap();
    let other =
        MergedEntry { account: "watch".into(), key: "w".into(), title: "By the river".into(), start: at(10) };
    let merged = Begin { merged_with: Some(other), ..begin("1", 10) };
    ledger.begin(vec![merged, begin("2", 50)]).await.unwrap();
    for (key, start) in [("1", 10), ("2", 50)] {
        let there =
            Finished::Created { key: Key { id: key.into(), link: None }, remarks: vec!["merged".into()] };
        ledger.finish(finish(key, start, there)).await.unwrap();
    }
    let (keys, files) = ledger.belongings("watch").await.unwrap();
    assert_eq!((keys, files), (vec!["w".to_owned()], vec!["2026/11/1.fit".to_owned()]));
    ledger.remove_belongings("watch", vec![]).await.unwrap();
    let lines = ledger.search(EntriesQuery::default()).await.unwrap();
    let left: Vec<_> = lines
        .iter()
        .flat_map(|line| &line.deliveries)
        .map(|delivery| (delivery.key.as_str(), delivery.file.is_some(), delivery.remarks.len()))
        .collect();
    assert_eq!(left, [("2", true, 1), ("1", false, 0)], "newest first");
    let merged =
        lines.iter().flat_map(|line| &line.deliveries).find_map(|it| it.merged_with.clone()).unwrap();
    assert_eq!((merged.key.as_str(), merged.title.as_str()), ("w", ""));
}
