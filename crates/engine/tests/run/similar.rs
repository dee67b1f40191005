//! A watch recorded the same ride and it is at the destination already: left and told, or sent all the same.

use baton_core::{ErrorKind, IfSimilar, Sport};
use baton_engine::{Delivery, DeliveryState, Engine, EntryId, Route, Scope, Verdict};

use super::fake::{Fault, Ready, World, fault};

/// Three rides, the second of which a watch recorded as well.
async fn with_a_watch() -> (std::sync::Arc<World>, Ready) {
    let world = World::with_rides(3);
    world.watch.lock().unwrap().push(61);
    let ready = world.ready().await;
    (world, ready)
}

fn second() -> [EntryId; 1] {
    [EntryId { account: "spring".into(), key: "ride-00001".into() }]
}

async fn delivery(engine: &Engine) -> Delivery {
    engine.entry("spring", "ride-00001").await.unwrap().deliveries.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_left_with_the_reason_until_the_person_sends_it_anyway() {
    let (world, Ready { engine, home: _home }) = with_a_watch().await;
    let summary = engine.sync(Scope::default()).await.unwrap();
    assert_eq!((summary.created, summary.already_there), (2, 1));
    let left = delivery(&engine).await;
    let similar = left.similar.unwrap();
    assert_eq!((left.state, left.remote.unwrap().id.as_str()), (DeliveryState::AlreadyThere, "watch-61"));
    assert_eq!((similar.seconds, similar.sport), (Some(1790), Some(Sport::CYCLING)));
    assert_eq!(similar.device.as_deref(), Some("Watch"));

    // A route that is changed later sends nothing that was left before.
    let mut route = engine.routes().await.unwrap().remove(0);
    route.if_similar = IfSimilar::Send;
    engine.save_route(route.clone()).await.unwrap();
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
    route.if_similar = IfSimilar::Leave;
    engine.save_route(route).await.unwrap();

    let again = engine.send(&second(), "lake", None).await.unwrap();
    assert_eq!((again.created, again.already_there), (0, 1), "as the route says");
    let anyway = engine.send(&second(), "lake", Some(IfSimilar::Send)).await.unwrap();
    assert_eq!((anyway.created, anyway.already_there), (1, 0));
    let sent = delivery(&engine).await;
    assert_eq!((sent.state, sent.similar), (DeliveryState::Created, None));
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
    assert_eq!(engine.send(&second(), "lake", Some(IfSimilar::Send)).await.unwrap().created, 0);
    world.assert_each_once("maria", 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_can_say_it_once_for_all() {
    let (world, Ready { engine, home: _home }) = with_a_watch().await;
    let mut route = engine.routes().await.unwrap().remove(0);
    let look = Scope { look: true, ..Scope::default() };
    assert_eq!(engine.plan(&look).await.unwrap().counts(), (2, 1));
    route = Route { if_similar: IfSimilar::Send, ..route };
    engine.save_route(route).await.unwrap();
    let plan = engine.plan(&look).await.unwrap();
    assert_eq!(plan.counts(), (3, 0));
    let sends = |verdict: &Verdict| matches!(verdict, Verdict::Send { if_similar: IfSimilar::Send, .. });
    assert!(plan.decisions.iter().all(|decision| sends(&decision.verdict)));
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 3);
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
    world.assert_each_once("maria", 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_person_said_outlives_a_failure() {
    for trouble in [fault(ErrorKind::Offline), Fault::DoneThenCut] {
        let (world, Ready { engine, home: _home }) = with_a_watch().await;
        engine.sync(Scope::default()).await.unwrap();
        world.deliver_faults.lock().unwrap().push_back(trouble);
        let failed = engine.send(&second(), "lake", Some(IfSimilar::Send)).await.unwrap();
        assert_eq!(failed.created, 0);
        let next = engine.sync(Scope::default()).await.unwrap();
        assert_eq!(next.created + next.already_there, 1);
        assert_eq!(delivery(&engine).await.similar, None);
        world.assert_each_once("maria", 3);
    }
}
