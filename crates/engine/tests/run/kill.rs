//! The process is killed at each stage and started again: nothing is lost, nothing goes twice.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use baton_core::{Secret, Stage};
use baton_engine::{Route, Scope, StageHook, VaultKind};

use crate::fake::{World, at, sign_in};

const RIDES: i64 = 6;
/// `home|folder of the lake|stage|how many times it passes the stage`
const ORDER: &str = "BATON_TEST_KILL";

fn vault() -> VaultKind {
    VaultKind::Passphrase(Secret::new("a passphrase"))
}

/// A world whose lake lies in a folder of another process.
fn world_at(folder: PathBuf) -> Arc<World> {
    let world = World::with_rides(RIDES);
    let mut world = Arc::into_inner(world).unwrap();
    world.lake_root = Some(folder);
    Arc::new(world)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the kill test runs it in a process of its own, which ends early"]
async fn a_process_to_be_killed() {
    let order = std::env::var(ORDER).unwrap();
    let [home, lake, stage, passes] = order.split('|').collect::<Vec<_>>().try_into().unwrap();
    let (stage, passes) = (stage.to_owned(), passes.parse::<usize>().unwrap());
    let seen = AtomicUsize::new(0);
    let hook: StageHook = Arc::new(move |now: Stage| {
        if now.name() == stage && seen.fetch_add(1, Ordering::SeqCst) == passes {
            std::process::abort();
        }
    });
    let engine = world_at(PathBuf::from(lake)).open(&PathBuf::from(home), vault(), Some(hook)).await;
    engine.sync(Scope::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_goes_twice() {
    for stage in Stage::ALL {
        for passes in [0, 3] {
            if passes > 0 && matches!(stage, Stage::List | Stage::Plan) {
                continue;
            }
            let home = tempfile::tempdir().unwrap();
            let lake = tempfile::tempdir().unwrap();
            let world = world_at(lake.path().to_owned());
            let engine = world.open(home.path(), vault(), None).await;
            sign_in(&engine, "spring", "maria").await.unwrap();
            sign_in(&engine, "lake", "maria").await.unwrap();
            engine.save_route(Route { since: Some(at(0)), ..Route::new("spring", "lake") }).await.unwrap();
            drop(engine);

            let order =
                format!("{}|{}|{}|{passes}", home.path().display(), lake.path().display(), stage.name());
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "kill::a_process_to_be_killed", "--ignored"])
                .env(ORDER, order)
                .output()
                .unwrap()
                .status;
            assert!(!status.success(), "{} {passes}: the process lived on", stage.name());
            let before = world.there("maria").len();
            assert!(before <= passes + 4, "{}: {before}", stage.name());

            let engine = world.open(home.path(), vault(), None).await;
            let summary = engine.sync(Scope::default()).await.unwrap();
            assert_eq!((summary.failed, summary.error), (0, None), "{}", stage.name());
            world.assert_each_once("maria", RIDES);
            assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
        }
    }
}
