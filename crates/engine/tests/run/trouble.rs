//! Faults of services and networks, and people who stop things.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::Duration;

use baton_core::{Changed, Error, ErrorKind, Event, Outcome, RunEvent, SkipReason};
use baton_engine::{AccountState, EntryId, Scope, Stop};
use chrono::TimeDelta;

use crate::fake::{Fault, Ready, World, at, fault, sign_in};

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_came_is_looked_up() {
    let world = World::with_rides(5);
    let Ready { engine, home: _home } = world.ready().await;
    world.deliver_faults.lock().unwrap().push_back(Fault::DoneThenCut);
    let first = engine.sync(Scope::default()).await.unwrap();
    assert_eq!((first.created, first.failed), (4, 1), "one failed step never stops another");
    let second = engine.sync(Scope::default()).await.unwrap();
    assert_eq!((second.created, second.already_there), (0, 1));
    world.assert_each_once("maria", 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_ends_the_account_until_its_time() {
    let world = World::with_rides(10);
    let Ready { engine, home: _home } = world.ready().await;
    let until = at(*world.minutes.lock().unwrap()) + TimeDelta::minutes(90);
    world
        .fetch_faults
        .lock()
        .unwrap()
        .insert("ride-00003".into(), VecDeque::from([fault(ErrorKind::RateLimited { until })]));
    let mut receiver = engine.listen();
    let first = engine.sync(Scope::default()).await.unwrap();
    assert!(
        first.failed == 1 && first.skipped > 0 && first.created + first.failed + first.skipped == 10,
        "{first:?}"
    );
    assert_eq!(first.blocked.len(), 1);
    assert!(!first.needs_person());
    let mut blocked = 0;
    while let Ok(event) = receiver.try_recv() {
        if let Event::Run(RunEvent::StepDone { outcome: Outcome::Skipped { skip }, .. }) = event {
            assert_eq!(skip, SkipReason::AccountBlocked);
            blocked += 1;
        }
    }
    assert_eq!(blocked, first.skipped);
    assert!(matches!(engine.accounts().await.unwrap()[1].state, AccountState::Resting { .. }));
    let lists = world.lists.load(Ordering::SeqCst);
    world.pass(89);
    engine.sync(Scope::default()).await.unwrap();
    assert_eq!(world.lists.load(Ordering::SeqCst), lists, "a rest is never shortened by trying");
    world.pass(2);
    engine.sync(Scope::default()).await.unwrap();
    world.assert_each_once("maria", 10);
    assert!(engine.accounts().await.unwrap().iter().all(|account| account.state == AccountState::Connected));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_that_a_rate_limit_meets_one_says_so() {
    let world = World::with_rides(10);
    let Ready { engine, home: _home } = world.ready().await;
    let until = at(*world.minutes.lock().unwrap()) + TimeDelta::minutes(15);
    for number in 3..10 {
        let limited = VecDeque::from([fault(ErrorKind::RateLimited { until })]);
        world.fetch_faults.lock().unwrap().insert(format!("ride-{number:05}"), limited);
    }
    let first = engine.sync(Scope::default()).await.unwrap();
    // Those before it may be read or left: several are read side by side.
    assert_eq!((first.failed, first.created + first.skipped), (1, 9), "{first:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_its_account_fails_on_does_not_hold_up_the_rest() {
    let world = World::with_rides(6);
    let Ready { engine, home: _home } = world.ready().await;
    let down = || fault(ErrorKind::ServiceDown);
    world.fetch_faults.lock().unwrap().insert("ride-00000".into(), VecDeque::from([down(), down(), down()]));
    for _ in 0..3 {
        engine.sync(Scope::default()).await.unwrap();
    }
    assert_eq!(world.there("maria").len(), 5);
    engine.sync(Scope::default()).await.unwrap();
    world.assert_each_once("maria", 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_sign_in_asks_once_and_goes_on_after_it() {
    let world = World::with_rides(4);
    let Ready { engine, home: _home } = world.ready().await;
    world.list_faults.lock().unwrap().push_back(fault(ErrorKind::SignInRequired));
    let first = engine.sync(Scope::default()).await.unwrap();
    assert!(first.needs_person() && first.created == 0);
    let lists = world.lists.load(Ordering::SeqCst);
    assert!(engine.sync(Scope::default()).await.unwrap().needs_person());
    assert_eq!(world.lists.load(Ordering::SeqCst), lists);
    sign_in(&engine, "spring", "maria").await.unwrap();
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_item_is_left_until_a_person_sends_it() {
    let world = World::with_rides(3);
    let Ready { engine, home: _home } = world.ready().await;
    let refusal = fault(ErrorKind::Rejected { reason: "too wet".into() });
    world.deliver_faults.lock().unwrap().push_back(refusal);
    let first = engine.sync(Scope::default()).await.unwrap();
    assert_eq!((first.created, first.failed), (2, 1));
    let second = engine.sync(Scope::default()).await.unwrap();
    assert_eq!((second.created, second.skipped), (0, 3));
    let id = EntryId { account: "spring".into(), key: "ride-00000".into() };
    assert_eq!(engine.send(&[id], "lake", None).await.unwrap().created, 1);
    world.assert_each_once("maria", 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_is_at_once_and_loses_nothing() {
    let world = World::with_rides(40);
    *world.slowness.lock().unwrap() = Duration::from_millis(5);
    let Ready { engine, home: _home } = world.ready().await;
    let running = tokio::spawn({
        let engine = engine.clone();
        async move { engine.sync(Scope::default()).await.unwrap() }
    });
    while world.delivered.load(Ordering::SeqCst) < 5 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let busy = engine.sync(Scope::default()).await.unwrap_err();
    assert_eq!(busy.kind, ErrorKind::Busy);
    engine.cancel();
    let summary = tokio::time::timeout(Duration::from_secs(5), running).await.unwrap().unwrap();
    assert_eq!(summary.error.unwrap().kind, ErrorKind::Cancelled);
    assert!(summary.created < 40);
    *world.slowness.lock().unwrap() = Duration::ZERO;
    engine.sync(Scope::default()).await.unwrap();
    world.assert_each_once("maria", 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_can_be_stopped() {
    let world = World::with_rides(3);
    let Ready { engine, home: _home } = world.ready().await;
    world.deliver_faults.lock().unwrap().push_back(Fault::Hang);
    let stop = Stop::default();
    let watching = tokio::spawn({
        let (engine, stop) = (engine.clone(), stop.clone());
        async move { engine.run_schedule(stop).await }
    });
    while world.deliver_faults.lock().unwrap().len() == 1 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    stop.stop();
    tokio::time::timeout(Duration::from_secs(5), watching).await.unwrap().unwrap().unwrap();
    engine.sync(Scope::default()).await.unwrap();
    world.assert_each_once("maria", 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_sign_ins_rest_longer_each_time() {
    let world = World::with_rides(0);
    let home = tempfile::tempdir().unwrap();
    let engine = world.open(home.path(), baton_engine::VaultKind::Memory, None).await;
    for hours in [2, 4, 8, 16, 24, 24] {
        let until = at(*world.minutes.lock().unwrap()) + TimeDelta::minutes(5);
        let refusal = Error::new(ErrorKind::LoginCoolDown { until }, "too many sign-ins");
        world.sign_in_faults.lock().unwrap().push_back(refusal);
        let told = sign_in(&engine, "lake", "maria").await.unwrap_err();
        let wanted = at(*world.minutes.lock().unwrap()) + TimeDelta::hours(hours);
        assert_eq!(told.kind, ErrorKind::LoginCoolDown { until: wanted });
        world.pass(hours * 60 - 1);
        // Not even asked, and after a restart neither.
        let engine = world.open(home.path(), baton_engine::VaultKind::Memory, None).await;
        let told = sign_in(&engine, "lake", "maria").await.unwrap_err();
        assert_eq!(told.kind, ErrorKind::LoginCoolDown { until: wanted });
        world.pass(1);
    }
    sign_in(&engine, "lake", "maria").await.unwrap();
    let refusal = Error::new(ErrorKind::LoginCoolDown { until: at(0) }, "too many sign-ins");
    world.sign_in_faults.lock().unwrap().push_back(refusal);
    let told = sign_in(&engine, "lake", "maria").await.unwrap_err();
    let wanted = at(*world.minutes.lock().unwrap()) + TimeDelta::hours(2);
    assert_eq!(told.kind, ErrorKind::LoginCoolDown { until: wanted }, "a success begins anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_counts_holds_back_what_nobody_asked_for() {
    let world = World::with_rides(3);
    world.metered.store(true, Ordering::SeqCst);
    let Ready { engine, home: _home } = world.ready().await;
    let (_, mut events) = engine.subscribe().await.unwrap();
    let watch = |stop: &Stop| {
        let (engine, stop) = (engine.clone(), stop.clone());
        tokio::spawn(async move { engine.run_schedule(stop).await })
    };
    let stop = Stop::default();
    let watching = watch(&stop);
    let told = Event::Changed { what: Changed::Schedule };
    while events.recv().await.unwrap() != told {}
    assert!(engine.snapshot().await.unwrap().held_back);
    assert_eq!(world.lists.load(Ordering::SeqCst), 0, "nothing was asked for");
    // Who asks for a sync gets it.
    assert_eq!(engine.sync(Scope { limit: Some(1), ..Scope::default() }).await.unwrap().created, 1);
    stop.stop();
    watching.await.unwrap().unwrap();

    engine.config_set("schedule.on_metered", "true").await.unwrap();
    world.pass(120);
    let stop = Stop::default();
    let watching = watch(&stop);
    while world.delivered.load(Ordering::SeqCst) < 3 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    stop.stop();
    watching.await.unwrap().unwrap();
    assert!(!engine.snapshot().await.unwrap().held_back);
    world.assert_each_once("maria", 3);
}
