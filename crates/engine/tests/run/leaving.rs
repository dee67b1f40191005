//! Signing out, and what may rest on this computer for some days only.

use std::path::Path;
use std::sync::atomic::Ordering;

use baton_core::ErrorKind;
use baton_engine::{DeliveryState, Engine, EntriesQuery, Route, Scope, VaultKind};

use super::fake::{World, at, fault, sign_in};

const DAY: i64 = 24 * 60;

/// Every file below the archive.
fn archived(home: &Path) -> Vec<String> {
    let mut folders = vec![home.join("archive")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(home).unwrap().display().to_string());
            }
        }
    }
    files
}

async fn from_a_well(world: &std::sync::Arc<World>, home: &Path) -> Engine {
    let engine = world.open(home, VaultKind::Memory, None).await;
    sign_in(&engine, "well", "maria").await.unwrap();
    sign_in(&engine, "lake", "maria").await.unwrap();
    let route = Route { since: Some(at(0)), ..Route::new("well", "lake") };
    engine.save_route(route).await.unwrap();
    engine
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_stay_for_a_week_is_gone_after_it() {
    let world = World::with_rides(2);
    let home = tempfile::tempdir().unwrap();
    let engine = from_a_well(&world, home.path()).await;
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 2);
    let there = archived(home.path());
    assert_eq!(there.len(), 4, "an answer and a file of each: {there:?}");

    world.pass(6 * DAY);
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
    assert_eq!(archived(home.path()).len(), 4);
    world.pass(DAY);
    engine.sync(Scope::default()).await.unwrap();
    assert_eq!(archived(home.path()), Vec::<String>::new());

    // It is fetched again where somebody wants to see it, and nothing is sent twice.
    let fetched = world.fetches.load(Ordering::SeqCst);
    assert!(engine.preview("well", "ride-00000").await.unwrap().item.is_some());
    assert_eq!(world.fetches.load(Ordering::SeqCst), fetched + 1);
    world.assert_each_once("maria", 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_opened_late_cleans_up_too() {
    let world = World::with_rides(1);
    let home = tempfile::tempdir().unwrap();
    let engine = from_a_well(&world, home.path()).await;
    engine.sync(Scope::default()).await.unwrap();
    drop(engine);
    world.pass(30 * DAY);
    world.open(home.path(), VaultKind::Memory, None).await;
    assert_eq!(archived(home.path()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_removes_what_the_terms_ask_for_and_sends_nothing_twice_afterwards() {
    let world = World::with_rides(3);
    let home = tempfile::tempdir().unwrap();
    let engine = from_a_well(&world, home.path()).await;
    engine.sync(Scope { limit: Some(2), ..Scope::default() }).await.unwrap();

    let error = engine.sign_out("well", false).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadInput);
    assert_eq!((engine.accounts().await.unwrap().len(), archived(home.path()).len()), (2, 4));

    let gone = engine.sign_out("well", true).await.unwrap();
    assert_eq!((gone.removed, gone.untold), (3, None));
    assert_eq!(world.revoked.load(Ordering::SeqCst), 1);
    assert_eq!(archived(home.path()), Vec::<String>::new());
    assert!(engine.entries(EntriesQuery::default()).await.unwrap().is_empty());
    let lines = engine.run_lines(engine.runs(1).await.unwrap()[0].id).await.unwrap();
    assert_eq!(lines.len(), 2, "the receipts stay");
    assert!(lines.iter().all(|line| line.title.is_empty() && line.delivery.state == DeliveryState::Created));

    sign_in(&engine, "well", "maria").await.unwrap();
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 1);
    world.assert_each_once("maria", 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_being_asked_nothing_but_the_sign_in_goes() {
    let world = World::with_rides(2);
    let super::fake::Ready { engine, home } = world.ready().await;
    engine.sync(Scope::default()).await.unwrap();
    let before = archived(home.path()).len();
    world.revoke_faults.lock().unwrap().push_back(fault(ErrorKind::Offline));
    let gone = engine.sign_out("spring", false).await.unwrap();
    assert_eq!((gone.removed, gone.untold.unwrap().kind), (0, ErrorKind::Offline));
    assert_eq!(archived(home.path()).len(), before);
    assert_eq!(engine.entries(EntriesQuery::default()).await.unwrap().len(), 2);
    assert_eq!(engine.accounts().await.unwrap().len(), 1, "it is signed out though the service was not told");
}
