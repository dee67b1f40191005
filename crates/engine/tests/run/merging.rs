//! A watch and a bike recorded the same workout: both go as one, once, whatever happens in between.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use baton_core::{Activity, IfSimilar, Outcome, Record, RunEvent, SkipReason};
use baton_engine::preview::PreviewItem;
use baton_engine::preview::Quantity::{Altitude, Cadence, HeartRate, Power, Resistance};
use baton_engine::{Delivery, DeliveryState, Engine, EntryId, Route, Scope, Verdict};

use super::fake::sign_in;
use super::pond::{Ponds, Shore, bike, route, watch};
use super::told;

const PEOPLE: [&str; 3] = ["wrist", "gym", "shore"];
/// The accounts of these.
const WRIST: &str = "pond";
const GYM: &str = "pond-2";
const SHORE: &str = "pond-3";

fn merging(from: &str, to: &str) -> Route {
    Route { if_similar: IfSimilar::Merge, ..route(from, to) }
}

/// A ride that the watch and the bike recorded, and these routes.
async fn ridden(routes: &[Route]) -> (Arc<Ponds>, Shore) {
    let ponds = Arc::new(Ponds::default());
    ponds.record("wrist", "Afternoon Ride", watch());
    ponds.record("gym", "30 min Class", bike());
    let shore = ponds.shore(&PEOPLE).await;
    for route in routes {
        shore.engine.save_route(route.clone()).await.unwrap();
    }
    (ponds, shore)
}

async fn delivery(engine: &Engine, account: &str) -> Delivery {
    let entries = engine.entries(baton_engine::EntriesQuery::default()).await.unwrap();
    let lines = entries.into_iter().filter(|line| line.account == account);
    lines.flat_map(|line| line.deliveries).find(|delivery| delivery.destination == SHORE).unwrap()
}

/// Power of the bike, pulse and place of the watch, in one.
fn assert_both(activity: &Activity) {
    let shared: Vec<&Record> = activity.records.iter().filter(|record| record.power.is_some()).collect();
    assert_eq!((activity.records.len(), shared.len()), (1861, 1801));
    for record in shared {
        assert_eq!((record.heart_rate, record.power, record.cadence), (Some(140), Some(200), Some(85.0)));
        assert!(record.position.is_some() && record.altitude.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_go_as_one_whichever_route_merges() {
    for (routes, lead) in [
        (vec![merging(GYM, SHORE)], GYM),
        (vec![merging(WRIST, SHORE)], WRIST),
        (vec![merging(GYM, SHORE), route(WRIST, SHORE)], GYM),
        (vec![route(GYM, SHORE), merging(WRIST, SHORE)], WRIST),
        (vec![merging(GYM, SHORE), merging(WRIST, SHORE)], WRIST),
    ] {
        let other = if lead == GYM { WRIST } else { GYM };
        let (ponds, Shore { engine, home: _home }) = ridden(&routes).await;
        let plan = engine.plan(&Scope::default()).await.unwrap();
        let sends: Vec<_> = plan
            .decisions
            .iter()
            .filter(|decision| matches!(decision.verdict, Verdict::Send { .. }))
            .map(|decision| (decision.from.as_str(), decision.merged_with.as_ref().unwrap().account.as_str()))
            .collect();
        assert_eq!(sends, [(lead, other)]);
        let mut receiver = engine.listen();
        let summary = engine.sync(Scope::default()).await.unwrap();
        assert_eq!((summary.created, summary.failed, summary.error), (1, 0, None));
        let events = told(&mut receiver);
        let remarked = |words: &str| {
            events.iter().any(|event| match event {
                RunEvent::StepDone { remarks, outcome: Outcome::Created { .. }, .. } => {
                    remarks.iter().any(|remark| remark.starts_with(words))
                }
                _ => false,
            })
        };
        assert!(remarked("merged with “") && remarked("heart rate, position"), "{events:?}");
        let [there] = ponds.brought("shore").try_into().ok().unwrap();
        assert_both(&there.activity);

        let sent = delivery(&engine, lead).await;
        assert_eq!(sent.merged_with.map(|with| with.account).as_deref(), Some(other));
        let is_routed = routes.len() > 1;
        let again = engine.sync(Scope::default()).await.unwrap();
        assert_eq!((again.created, again.already_there, again.skipped), (0, 0, routes.len() as u64));
        if is_routed {
            let left = delivery(&engine, other).await;
            assert_eq!(left.state, DeliveryState::Skipped);
            let Some(SkipReason::Merged { account, title }) = left.skip else { panic!("{:?}", left.skip) };
            assert_eq!(account, lead);
            assert_eq!(title, if lead == GYM { "30 min Class" } else { "Afternoon Ride" });
        }
        assert_eq!(ponds.brought("shore").len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_looked_up_and_nothing_goes_twice() {
    for by_hand in [false, true] {
        let (ponds, Shore { engine, home: _home }) = ridden(&[merging(GYM, SHORE)]).await;
        ponds.lost_answers.store(1, Ordering::SeqCst);
        assert_eq!(engine.sync(Scope::default()).await.unwrap().failed, 1);
        assert_eq!(delivery(&engine, GYM).await.state, DeliveryState::Sending);
        // Whatever the route says by now, what was begun is finished as it was begun.
        let mut changed = engine.routes().await.unwrap().remove(0);
        changed.if_similar = IfSimilar::Leave;
        engine.save_route(changed).await.unwrap();
        let id = EntryId { account: GYM.into(), key: "gym 30 min Class".into() };
        let again = if by_hand {
            engine.send(&[id], SHORE, Some(IfSimilar::Send)).await.unwrap()
        } else {
            engine.sync(Scope::default()).await.unwrap()
        };
        assert_eq!((again.created, again.already_there, again.failed), (0, 1, 0), "{by_hand}");
        let sent = delivery(&engine, GYM).await;
        assert_eq!(sent.merged_with.map(|with| with.account).as_deref(), Some(WRIST));
        engine.save_route(route(WRIST, SHORE)).await.unwrap();
        let last = engine.sync(Scope::default()).await.unwrap();
        assert_eq!((last.created, last.already_there), (0, 0));
        assert_eq!(ponds.brought("shore").len(), 1, "and the watch's own never follows");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_by_itself_is_not_taken_back() {
    let (ponds, Shore { engine, home: _home }) = ridden(&[route(WRIST, SHORE)]).await;
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 1);
    engine.save_route(merging(GYM, SHORE)).await.unwrap();
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
    let left = delivery(&engine, GYM).await;
    let title = "Afternoon Ride".to_owned();
    assert_eq!(left.skip, Some(SkipReason::SameWorkout { account: WRIST.into(), title }));
    assert_eq!(ponds.brought("shore").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_appears_later_is_left() {
    let ponds = Arc::new(Ponds::default());
    ponds.record("gym", "30 min Class", bike());
    let Shore { engine, .. } = &ponds.shore(&PEOPLE).await;
    for from in [GYM, WRIST] {
        engine.save_route(merging(from, SHORE)).await.unwrap();
    }
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 1);
    ponds.record("wrist", "Afternoon Ride", watch());
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
    let left = delivery(engine, WRIST).await;
    assert!(matches!(left.skip, Some(SkipReason::SameWorkout { account, .. }) if account == GYM));
    // A press of the button sends it all the same, by itself.
    let id = EntryId { account: WRIST.into(), key: "wrist Afternoon Ride".into() };
    assert_eq!(engine.send(&[id], SHORE, Some(IfSimilar::Send)).await.unwrap().created, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_only_the_destination_has_is_read_there_and_stays() {
    let ponds = Arc::new(Ponds::default());
    ponds.record("gym", "30 min Class", bike());
    ponds.record("shore", "Afternoon Ride", watch());
    ponds.telling.lock().unwrap().insert("shore".into());
    let Shore { engine, .. } = &ponds.shore(&PEOPLE).await;
    engine.save_route(merging(GYM, SHORE)).await.unwrap();
    assert_eq!(engine.plan(&Scope { look: true, ..Scope::default() }).await.unwrap().counts(), (1, 0));
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 1);
    let [there] = ponds.brought("shore").try_into().ok().unwrap();
    assert_both(&there.activity);
    let remarks = delivery(engine, GYM).await.remarks;
    assert!(remarks[0].ends_with("that recording stays there beside this one"), "{remarks:?}");
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
    assert_eq!(ponds.brought("shore").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_beside_what_is_whole_already() {
    let ponds = Arc::new(Ponds::default());
    ponds.record("gym", "30 min Class", bike());
    // The bike's own maker brought it there.
    ponds.record("shore", "30 min Class", bike());
    let Shore { engine, .. } = &ponds.shore(&PEOPLE).await;
    engine.save_route(merging(GYM, SHORE)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
        let left = delivery(engine, GYM).await;
        assert_eq!((left.state, left.merged_with), (DeliveryState::AlreadyThere, None));
        assert!(left.similar.is_some() && left.remarks[0].contains("holds everything"), "{:?}", left.remarks);
    }
    assert!(ponds.brought("shore").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_destination_has_elsewhere_too_is_told() {
    let (ponds, Shore { engine, home: _home }) = ridden(&[merging(GYM, SHORE)]).await;
    // The watch's own maker brought it there as well.
    ponds.record("shore", "Afternoon Ride", watch());
    ponds.telling.lock().unwrap().insert("shore".into());
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 1);
    let sent = delivery(&engine, GYM).await;
    assert_eq!(sent.merged_with.map(|with| with.account).as_deref(), Some(WRIST));
    assert!(sent.remarks.iter().any(|remark| remark.contains("is there already")), "{:?}", sent.remarks);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_left_with_the_reason() {
    let ponds = Arc::new(Ponds::default());
    ponds.record("gym", "30 min Class", bike());
    ponds.record("deep", "Afternoon Ride", watch());
    ponds.telling.lock().unwrap().insert("deep".into());
    let Shore { engine, .. } = &ponds.shore(&PEOPLE).await;
    sign_in(engine, "well", "deep").await.unwrap();
    engine.save_route(merging(GYM, "well")).await.unwrap();
    assert_eq!(engine.plan(&Scope { look: true, ..Scope::default() }).await.unwrap().counts(), (0, 1));
    let summary = engine.sync(Scope::default()).await.unwrap();
    assert_eq!((summary.created, summary.already_there), (0, 1));
    let line = engine.entry(GYM, "gym 30 min Class").await.unwrap();
    let remark = &line.deliveries[0].remarks[0];
    assert!(remark.contains("Baton does not read what Well has"), "{remark}");
    assert!(ponds.brought("deep").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_does_not_answer_is_waited_for() {
    let (ponds, Shore { engine, home: _home }) = ridden(&[merging(GYM, SHORE)]).await;
    ponds.silent.lock().unwrap().insert("wrist".into());
    let summary = engine.sync(Scope::default()).await.unwrap();
    assert_eq!((summary.created, summary.skipped), (0, 1));
    assert_eq!(delivery(&engine, GYM).await.state, DeliveryState::Planned);
    ponds.silent.lock().unwrap().clear();
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 1);
    assert_both(&ponds.brought("shore")[0].activity);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_seen_before_it_is_sent_and_by_hand_it_goes_the_same_way() {
    let (ponds, Shore { engine, home: _home }) = ridden(&[merging(GYM, SHORE)]).await;
    engine.plan(&Scope::default()).await.unwrap();
    let before = engine.preview(GYM, "gym 30 min Class").await.unwrap();
    assert_eq!(before.merged_with.as_ref().map(|with| with.title.as_str()), Some("Afternoon Ride"));
    let Some(PreviewItem::Activity { activity }) = &before.item else { panic!("{:?}", before.error) };
    let traces: Vec<_> = activity.series.traces.iter().map(|trace| trace.quantity).collect();
    assert!([HeartRate, Power, Cadence, Altitude].iter().all(|wanted| traces.contains(wanted)), "{traces:?}");
    assert!(traces.contains(&Resistance) && activity.track.is_some());
    let alone = engine.preview(WRIST, "wrist Afternoon Ride").await.unwrap();
    assert_eq!(alone.merged_with, None, "it has no way of its own");

    let id = EntryId { account: GYM.into(), key: "gym 30 min Class".into() };
    assert_eq!(engine.send(&[id], SHORE, None).await.unwrap().created, 1);
    assert_both(&ponds.brought("shore")[0].activity);
    let after = engine.preview(GYM, "gym 30 min Class").await.unwrap();
    assert_eq!((after.merged_with, &after.item), (before.merged_with, &before.item));
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn classes_joined_are_merged_with_the_watch_that_ran_through() {
    let ponds = Arc::new(Ponds::default());
    let half = |title: &str, from: usize, until: usize| {
        let whole = bike();
        let records = whole.records[from..=until].to_vec();
        let elapsed = (until - from) as f64;
        let start = records[0].time;
        ponds.record("gym", title, Activity { start, elapsed, timer: elapsed, records, ..whole });
    };
    half("Warm Up", 0, 880);
    half("Ride", 920, 1800);
    ponds.record("wrist", "Afternoon Ride", watch());
    let Shore { engine, .. } = &ponds.shore(&PEOPLE).await;
    let joins = Route { join_gap_seconds: Some(120), ..merging(GYM, SHORE) };
    engine.save_route(joins).await.unwrap();
    assert_eq!(engine.sync(Scope::default()).await.unwrap().created, 1);
    let [there] = ponds.brought("shore").try_into().ok().unwrap();
    assert_eq!(there.activity.laps.len(), 2);
    assert!(there.activity.records.iter().all(|record| record.heart_rate == Some(140)));
    assert_eq!(there.activity.records.iter().filter(|record| record.power.is_some()).count(), 1762);
}
