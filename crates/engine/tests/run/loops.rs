//! Routes in a circle: what came from an account never goes back to it, whatever lies between.

use std::sync::Arc;

use baton_core::{IfSimilar, SkipReason};
use baton_engine::{Engine, Route, RouteWarning, Scope};

use super::pond::{Ponds, Shore, bike, route, watch};

/// Syncs until everything could have gone round twice.
async fn sync(engine: &Engine) {
    for _ in 0..6 {
        let summary = engine.sync(Scope::default()).await.unwrap();
        assert_eq!((summary.failed, summary.error), (0, None));
    }
}

/// Saves routes in a circle over these accounts; the last one warns.
async fn circle(engine: &Engine, accounts: &[&str], if_similar: IfSimilar) {
    let next = accounts.iter().cycle().skip(1);
    for (number, (from, to)) in accounts.iter().zip(next).enumerate() {
        let saved = engine.save_route(Route { if_similar, ..route(from, to) }).await.unwrap();
        if number + 1 < accounts.len() {
            assert_eq!(saved.warnings, []);
            continue;
        }
        let mut round: Vec<String> = accounts.iter().map(|account| (*account).to_owned()).collect();
        round.rotate_right(1);
        round.push((*from).to_owned());
        assert_eq!(saved.warnings, [RouteWarning::Loop { accounts: round }]);
    }
}

/// How many workouts each has.
fn counts(ponds: &Ponds, people: &[&str]) -> Vec<usize> {
    let workouts = ponds.workouts.lock().unwrap();
    people.iter().map(|person| workouts.get(*person).map_or(0, Vec::len)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn there_and_back() {
    for if_similar in IfSimilar::ALL {
        let ponds = Arc::new(Ponds::default());
        ponds.record("a", "Ride", bike());
        let Shore { engine, .. } = &ponds.shore(&["a", "b"]).await;
        circle(engine, &["pond", "pond-2"], if_similar).await;
        sync(engine).await;
        assert_eq!(counts(&ponds, &["a", "b"]), [1, 1], "{if_similar:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_the_way_round() {
    for if_similar in IfSimilar::ALL {
        let ponds = Arc::new(Ponds::default());
        ponds.record("a", "Ride", bike());
        let Shore { engine, .. } = &ponds.shore(&["a", "b", "c"]).await;
        circle(engine, &["pond", "pond-2", "pond-3"], if_similar).await;
        sync(engine).await;
        let counts = counts(&ponds, &["a", "b", "c"]);
        assert_eq!((counts[0], counts[1]), (1, 1), "{if_similar:?}: {counts:?}");
        assert!(counts[2] <= 1, "{if_similar:?}: {counts:?}");
    }
}

/// A service on the way gives its copy another number and moves its clock: it is carried on, but never back.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_under_another_number_and_another_clock_does_not_come_back() {
    for people in [vec!["a", "b"], vec!["a", "b", "c"]] {
        let ponds = Arc::new(Ponds::default());
        ponds.record("a", "Ride", bike());
        ponds.moving.lock().unwrap().insert("b".into(), 20);
        let Shore { engine, .. } = &ponds.shore(&people).await;
        let accounts = &["pond", "pond-2", "pond-3"][..people.len()];
        circle(engine, accounts, IfSimilar::Leave).await;
        sync(engine).await;
        assert_eq!(counts(&ponds, &people), vec![1; people.len()]);
        let lines = engine.entries(baton_engine::EntriesQuery::default()).await.unwrap();
        let back =
            lines.iter().flat_map(|line| &line.deliveries).find(|to| to.destination == "pond").unwrap();
        assert_eq!(back.skip, Some(SkipReason::OwnCopy));
    }
}

/// Another service carries B's to C behind Baton's back.
#[tokio::test(flavor = "multi_thread")]
async fn what_others_carried_on_does_not_come_back_either() {
    for if_similar in IfSimilar::ALL {
        let ponds = Arc::new(Ponds::default());
        ponds.record("a", "Ride", bike());
        let Shore { engine, .. } = &ponds.shore(&["a", "b", "c"]).await;
        for (from, to) in [("pond", "pond-2"), ("pond-2", "pond-3"), ("pond-3", "pond")] {
            engine.save_route(Route { if_similar, ..route(from, to) }).await.unwrap();
        }
        engine.sync(Scope::default()).await.unwrap();
        ponds.record("c", "Ride", bike());
        sync(engine).await;
        assert_eq!(counts(&ponds, &["a"]), [1], "{if_similar:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_merged_on_its_way_does_not_come_back() {
    let ponds = Arc::new(Ponds::default());
    ponds.record("a", "Ride", bike());
    ponds.record("b", "Afternoon Ride", watch());
    let Shore { engine, .. } = &ponds.shore(&["a", "b", "c"]).await;
    engine.save_route(Route { if_similar: IfSimilar::Merge, ..route("pond", "pond-3") }).await.unwrap();
    for to in ["pond", "pond-2"] {
        engine.save_route(Route { if_similar: IfSimilar::Send, ..route("pond-3", to) }).await.unwrap();
    }
    sync(engine).await;
    assert_eq!(counts(&ponds, &["a", "b", "c"]), [1, 1, 1]);
}
