//! What screens read: the snapshot, the list, the preview, and the ways to begin anew.

use baton_core::{ErrorKind, Event, Format};
use baton_engine::preview::PreviewItem;
use baton_engine::{Engine, EntriesQuery, EntryState, Scope, VaultKind};

use super::fake::{Ready, World};

#[tokio::test(flavor = "multi_thread")]
async fn the_preview_is_read_from_the_very_file_that_was_sent() {
    let world = World::with_rides(3);
    let Ready { engine, home: _home } = world.ready().await;
    engine.plan(&Scope::default()).await.unwrap();
    let before = engine.preview("spring", "ride-00000").await.unwrap();
    let file = before.file.unwrap();
    assert!(!file.name.contains('/') && file.format == Format::Fit && file.bytes > 0, "{file:?}");

    engine.sync(Scope::default()).await.unwrap();
    let after = engine.preview("spring", "ride-00000").await.unwrap();
    let file = after.file.unwrap();
    assert_eq!(file.name, after.line.deliveries[0].file.clone().unwrap());
    assert_eq!(file.bytes, std::fs::metadata(engine.archive().path(&file.name)).unwrap().len());
    let Some(PreviewItem::Activity { activity }) = after.item else { panic!("{:?}", after.error) };
    assert!(activity.timer > 0.0 && !activity.laps.is_empty());
    assert!(engine.preview("spring", "none").await.is_err_and(|error| error.kind == ErrorKind::BadInput));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_tells_what_was_sent_and_its_few_numbers() {
    let world = World::with_rides(5);
    let Ready { engine, home: _home } = world.ready().await;
    engine.sync(Scope { limit: Some(3), ..Scope::default() }).await.unwrap();
    let sent = EntriesQuery { state: Some(EntryState::Created), ..EntriesQuery::default() };
    let lines = engine.entries(sent).await.unwrap();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line.headline.is_some_and(|headline| headline.timer.is_some())));
    let days = engine.days(EntriesQuery::default()).await.unwrap();
    assert_eq!(days.iter().map(|day| day.entries).sum::<u32>(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snapshot_follows_a_run() {
    let world = World::with_rides(4);
    let Ready { engine, home: _home } = world.ready().await;
    let (snapshot, mut events) = engine.subscribe().await.unwrap();
    assert_eq!((snapshot.progress, snapshot.routes[0].checked), (None, None));
    engine.sync(Scope::default()).await.unwrap();
    let mut runs = 0;
    while let Ok(event) = events.try_recv() {
        runs += usize::from(matches!(event, Event::Run(_)));
    }
    assert!(runs > 4);
    let snapshot = engine.snapshot().await.unwrap();
    assert!(
        snapshot.progress.is_none() && snapshot.routes[0].checked.is_some() && snapshot.next_sync.is_some()
    );
    assert_eq!((snapshot.routes[0].waiting, snapshot.last_run.unwrap().created), (0, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_everything_leaves_nothing_on_this_computer() {
    let world = World::with_rides(4);
    let Ready { engine, home } = world.ready().await;
    engine.sync(Scope::default()).await.unwrap();
    engine.forget_everything().await.unwrap();
    assert!(engine.accounts().await.unwrap().is_empty() && engine.routes().await.unwrap().is_empty());
    assert!(engine.entries(EntriesQuery::default()).await.unwrap().is_empty());
    assert!(engine.runs(10).await.unwrap().is_empty());
    assert!(!home.path().join("archive").exists() && !home.path().join("config.toml").exists());
    assert_eq!(engine.storage().await.unwrap().archive_files, 0);
    world.assert_each_once("maria", 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_ledger_can_be_set_aside_and_is_kept() {
    let world = World::with_rides(1);
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("ledger.db"), vec![0x5a; 8192]).unwrap();
    let aside = Engine::set_ledger_aside(home.path(), super::at(0)).unwrap();
    assert_eq!(std::fs::read(aside).unwrap(), vec![0x5a; 8192]);
    let engine = world.open(home.path(), VaultKind::Memory, None).await;
    assert!(engine.runs(1).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_to_helpers_has_no_titles_and_no_names() {
    let world = World::with_rides(2);
    let Ready { engine, home: _home } = world.ready().await;
    engine.sync(Scope::default()).await.unwrap();
    let title = engine.entries(EntriesQuery::default()).await.unwrap()[0].entry.title.clone();
    let text = engine.support_text(None).await.unwrap();
    assert!(text.contains("spring-lake") && text.contains("created"));
    assert!(!text.contains("maria") && !text.contains(&title), "{text}");
}
