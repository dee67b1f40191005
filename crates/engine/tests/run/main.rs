//! Whole runs against two small services with a memory: nothing is lost, nothing goes twice.

#![expect(clippy::unwrap_used, reason = "a test ends where the world is not as it says")]

mod archives;
mod current;
mod fake;
mod kill;
mod leaving;
mod looks;
mod loops;
mod merging;
mod pond;
mod similar;
mod trouble;

use std::sync::atomic::Ordering;
use std::time::Duration;

use baton_core::{ErrorKind, Event, Format, Outcome, RunEvent};
use baton_engine::{
    DeliveryState, EntriesQuery, EntryId, FILES, Output, Receiver, Route, Scope, VaultKind, Verdict,
};
use fake::{Ready, World, at, sign_in};

/// What listeners were told, until now.
fn told(receiver: &mut Receiver) -> Vec<RunEvent> {
    let mut events = Vec::new();
    while let Ok(event) = receiver.try_recv() {
        if let Event::Run(event) = event {
            events.push(event);
        }
    }
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_once_oldest_first_with_a_receipt() {
    let world = World::with_rides(30);
    let Ready { engine, home: _home } = world.ready().await;
    let mut receiver = engine.listen();
    let plan = engine.plan(&Scope::default()).await.unwrap();
    assert_eq!(plan.counts(), (30, 0));
    assert!(world.there("maria").is_empty(), "a plan sends nothing");
    let summary = engine.sync(Scope::default()).await.unwrap();
    assert_eq!((summary.created, summary.failed, summary.error), (30, 0, None));
    world.assert_each_once("maria", 30);

    let events = told(&mut receiver);
    let receipts: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            RunEvent::StepDone { start, file, outcome: Outcome::Created { key, .. }, .. } => {
                Some((start.unwrap(), file.clone().unwrap(), key.clone()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(receipts.len(), 30);
    assert!(receipts.is_sorted_by_key(|receipt| receipt.0));
    let bytes = std::fs::read(&receipts[0].1).unwrap();
    assert_eq!(baton_fit::decode(&bytes, Format::Fit).unwrap()[0].span().start, at(0));
    assert!(matches!(events.last(), Some(RunEvent::Finished { created: 30, .. })));

    let again = engine.sync(Scope::default()).await.unwrap();
    assert_eq!((again.created, again.already_there, again.skipped), (0, 0, 30));
    world.assert_each_once("maria", 30);
    assert_eq!(world.fetches.load(Ordering::SeqCst), 30);
    let runs = engine.runs(10).await.unwrap();
    assert_eq!((runs.len(), runs[1].created), (2, 30));
    let done = engine.run_lines(runs[1].id).await.unwrap();
    assert!(done.len() == 30 && done.iter().all(|line| line.delivery.state == DeliveryState::Created));
}

#[tokio::test(flavor = "multi_thread")]
async fn fetching_stays_a_few_steps_ahead() {
    let world = World::with_rides(80);
    *world.slowness.lock().unwrap() = Duration::from_millis(3);
    let Ready { engine, home: _home } = world.ready().await;
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 80);
    let ahead = world.furthest_ahead.load(Ordering::SeqCst);
    assert!(ahead <= 16, "{ahead} were fetched before they could be delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_for_two_destinations_is_fetched_once() {
    let world = World::with_rides(10);
    let Ready { engine, home: _home } = world.ready().await;
    let second = sign_in(&engine, "lake", "jonas").await.unwrap();
    assert_eq!(second.id, "lake-2");
    engine.save_route(Route { since: Some(at(0)), ..Route::new("spring", "lake-2") }).await.unwrap();
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 20);
    world.assert_each_once("maria", 10);
    world.assert_each_once("jonas", 10);
    assert_eq!(world.fetches.load(Ordering::SeqCst), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_costs_what_is_new() {
    let world = World::with_rides(24 * 40);
    let Ready { engine, home: _home } = world.ready().await;
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 24 * 40);
    world.entries.lock().unwrap().push(fake::entry(24 * 40));
    world.pass(61);
    let plan = engine.plan(&Scope::default()).await.unwrap();
    assert_eq!(plan.counts().0, 1);
    assert!(plan.decisions.len() < 24 * 15, "the listing begins two weeks back, not at the beginning");
}

#[tokio::test(flavor = "multi_thread")]
async fn periods_limits_and_changed_filters() {
    let world = World::with_rides(30);
    let Ready { engine, home: _home } = world.ready().await;
    let scope =
        Scope { since: Some(at(10 * 60)), until: Some(at(20 * 60)), limit: Some(4), ..Scope::default() };
    let summary = engine.sync(scope).await.unwrap();
    assert_eq!((summary.created, summary.beyond_limit), (4, 6));
    assert_eq!(world.there("maria")[0], format!("{:08}-0.fit", 600));
    let mut route = engine.routes().await.unwrap().remove(0);
    route.exclude_sports = vec!["cycling".into()];
    engine.save_route(route.clone()).await.unwrap();
    let summary = engine.sync(Scope::default()).await.unwrap();
    assert_eq!((summary.created, summary.skipped), (0, 30));
    route.exclude_sports.clear();
    engine.save_route(route).await.unwrap();
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 26);
    world.assert_each_once("maria", 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn classes_in_a_row_arrive_as_one() {
    let world = World::with_rides(2);
    world.entries.lock().unwrap()[1].span = baton_core::Span::new(at(33), at(63));
    world.pass(60);
    let Ready { engine, home: _home } = world.ready().await;
    let mut route = engine.routes().await.unwrap().remove(0);
    route.join_gap_seconds = Some(600);
    engine.save_route(route).await.unwrap();
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 1);
    assert_eq!(world.there("maria").len(), 1);
    let bytes = std::fs::read(world.folder.path().join("maria").join(&world.there("maria")[0])).unwrap();
    let item = baton_fit::decode(&bytes, Format::Fit).unwrap().remove(0);
    assert_eq!(item.span().seconds().round() as i64, 63 * 60);
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_without_sending_are_only_files() {
    let world = World::with_rides(3);
    let Ready { engine, home } = world.ready().await;
    let out = home.path().join("out");
    let scope = || Scope { output: Output::Folder(out.clone()), ..Scope::default() };
    assert_eq!(engine.sync(scope()).await.unwrap().created, 3);
    assert_eq!(engine.sync(scope()).await.unwrap().created, 3);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 3, "the same file is not written twice");
    assert!(world.there("maria").is_empty());
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 3);
    world.assert_each_once("maria", 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_found_exported_sent_and_converted() {
    let world = World::with_rides(3);
    let Ready { engine, home } = world.ready().await;
    engine.plan(&Scope::default()).await.unwrap();
    let query = EntriesQuery { search: "ride 1".into(), ..EntriesQuery::default() };
    let found = engine.entries(query).await.unwrap();
    assert_eq!((found.len(), found[0].entry.key.as_str()), (1, "ride-00001"));
    let id = EntryId { account: "spring".into(), key: "ride-00001".into() };
    let summary = engine.send(std::slice::from_ref(&id), "lake", None).await.unwrap();
    assert_eq!(summary.created, 1);
    let line = engine.entry("spring", "ride-00001").await.unwrap();
    assert_eq!(line.deliveries[0].state, DeliveryState::Created);
    let again = engine.send(std::slice::from_ref(&id), "lake", None).await.unwrap();
    assert_eq!((again.created, again.already_there), (0, 1));

    let out = home.path().join("out");
    let path = engine.export(&id, Format::Tcx, &out).await.unwrap();
    assert!(path.exists() && path.extension().is_some_and(|extension| extension == "tcx"));
    assert_eq!(world.fetches.load(Ordering::SeqCst), 2, "what is in the archive is not fetched again");
    assert_eq!(engine.entry("spring", "ride-9").await.unwrap_err().kind, ErrorKind::BadInput);

    let raw = home.path().join("raw.json");
    std::fs::write(&raw, "{\"spring\": 600}").unwrap();
    let written = engine.convert(&raw, Format::Fit, &out).await.unwrap();
    let bytes = std::fs::read(&written[0]).unwrap();
    assert_eq!(baton_fit::decode(&bytes, Format::Fit).unwrap()[0].span().start, at(600));
    std::fs::write(&raw, "{\"winter\": 600}").unwrap();
    assert_eq!(engine.convert(&raw, Format::Fit, &out).await.unwrap_err().kind, ErrorKind::BadInput);
    assert_eq!(
        engine.convert(&out.join("none.fit"), Format::Fit, &out).await.unwrap_err().kind,
        ErrorKind::BadInput
    );

    // The same file imported twice is one activity.
    let before = world.there("maria").len();
    assert_eq!(engine.import(&written, None).await.unwrap().summary.created, 1);
    assert_eq!(engine.import(&written, Some("lake")).await.unwrap().summary.already_there, 1);
    assert_eq!(world.there("maria").len(), before + 1);
    assert_eq!(
        engine
            .entries(EntriesQuery { account: Some(FILES.into()), ..EntriesQuery::default() })
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_stays_the_same_account() {
    let world = World::with_rides(1);
    let Ready { engine, home: _home } = world.ready().await;
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 1);
    engine.sign_out("lake", false).await.unwrap();
    assert_eq!(engine.accounts().await.unwrap().len(), 1);
    assert_eq!(sign_in(&engine, "lake", "jonas").await.unwrap().id, "lake-2");
    assert_eq!(sign_in(&engine, "lake", "maria").await.unwrap().id, "lake");
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
    let warnings = engine.save_route(Route::new("lake", "spring")).await.unwrap_err();
    assert_eq!(warnings.kind, ErrorKind::BadInput, "nothing is read from a lake");
    assert_eq!(engine.sign_out("nobody", true).await.unwrap_err().kind, ErrorKind::BadInput);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_nowhere_but_sealed() {
    let world = World::with_rides(1);
    let home = tempfile::tempdir().unwrap();
    let passphrase = || VaultKind::Passphrase(baton_core::Secret::new("planted-passphrase"));
    let engine = world.open(home.path(), passphrase(), None).await;
    sign_in(&engine, "spring", "planted-token").await.unwrap();
    // The name is the token here: shown in the configuration, but never in the vault or anywhere else.
    let shown = serde_json::to_string(&engine.diagnostics().await.unwrap()).unwrap();
    for file in ["vault", "ledger.db", "ledger.db-wal"] {
        let bytes = std::fs::read(home.path().join(file)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("planted-password") && !text.contains("planted-passphrase"), "{file}");
        assert!(file != "vault" || !text.contains("planted"), "{file}");
    }
    assert!(!shown.contains("planted"), "{shown}");
    drop(engine);
    let wrong = VaultKind::Passphrase(baton_core::Secret::new("wrong"));
    let engine = world.open(home.path(), wrong, None).await;
    let refused = engine.begin_sign_in("lake", None, None).await.err().unwrap();
    assert_eq!(refused.kind, ErrorKind::VaultLocked);
    assert_eq!(engine.accounts().await.unwrap().len(), 1, "what needs no secret goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_routes_files_come_from_every_source() {
    let world = World::with_rides(2);
    let home = tempfile::tempdir().unwrap();
    let engine = world.open(home.path(), VaultKind::Memory, None).await;
    sign_in(&engine, "spring", "maria").await.unwrap();
    assert!(engine.plan(&Scope::default()).await.unwrap().decisions.is_empty());
    let out = home.path().join("out");
    let summary =
        engine.sync(Scope { output: Output::Folder(out.clone()), ..Scope::default() }).await.unwrap();
    assert_eq!(summary.created, 2);
    let plan = engine.plan(&Scope { output: Output::Folder(out), ..Scope::default() }).await.unwrap();
    assert!(plan.decisions.iter().all(|decision| matches!(decision.verdict, Verdict::Send { .. })));
}
