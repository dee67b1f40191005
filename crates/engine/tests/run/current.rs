//! A source that tells the current value alone: what it lists no more was replaced there, and not deleted.

use baton_core::Kind;
use baton_engine::{Engine, Route, Scope};

use super::fake::{Ready, World, at, weight};

async fn gone(engine: &Engine, key: &str) -> bool {
    engine.entry("spring", key).await.unwrap().gone.is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weight_that_was_replaced_before_it_was_sent_goes_as_well() {
    let world = World::with_rides(1);
    let Ready { engine, home: _home } = world.ready().await;
    let route = Route { since: Some(at(0)), kinds: vec![Kind::Body], ..Route::new("spring", "lake") };
    engine.save_route(Route { id: "spring-lake".into(), ..route }).await.unwrap();
    *world.entries.lock().unwrap() = vec![weight(10, 71.3)];
    assert_eq!(engine.plan(&Scope::default()).await.unwrap().counts().0, 1);
    *world.entries.lock().unwrap() = vec![weight(20, 70.9)];
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 2);
    assert_eq!(world.there("maria"), ["00000010-0.fit", "00000020-0.fit"]);
    *world.entries.lock().unwrap() = vec![weight(30, 70.4)];
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 1);
    for key in ["weight-10", "weight-20", "weight-30"] {
        assert!(!gone(&engine, key).await, "{key} is not said to be deleted");
    }
}
