//! What every destination must do with each kind of thing that it takes.

use baton_core::{Error, ErrorKind, Kind, Parcel, Receipt};
use chrono::{TimeDelta, Utc};

use crate::parcels::parcel;
use crate::rig::{Fault, account, secrets};
use crate::{for_each_kind, kind as kind_of};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_delivered_is_found_and_not_taken_twice() {
    for_each_kind("deliver", async |rig, kind| {
        let account = account(rig).await;
        let Some(destination) = account.connection.destination() else { return };
        let (first, second) = (parcel(kind, 1, 0), parcel(kind, 2, 0));
        assert_eq!(destination.find(&first).await.unwrap(), None);
        let Receipt::Created { key, remarks } = destination.deliver(&first).await.unwrap() else {
            panic!("{}: the first of its kind is created", rig.name())
        };
        assert_eq!(remarks, Vec::<String>::new());
        if !destination.finds(kind) {
            assert_eq!(destination.find(&first).await.unwrap(), None, "it says that it cannot tell");
            return;
        }
        assert_eq!(destination.find(&first).await.unwrap().map(|key| key.id), Some(key.id.clone()));
        assert_eq!(destination.find(&second).await.unwrap(), None);
        if kind == Kind::Activity {
            // A measurement is only delivered where it was not found, or where it replaces another.
            let again = destination.deliver(&first).await.unwrap();
            assert!(matches!(again, Receipt::AlreadyThere { .. }), "{again:?}");
        }
        assert!(matches!(destination.deliver(&second).await.unwrap(), Receipt::Created { .. }));
        assert_eq!(rig.created(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_with_an_expired_token_is_refreshed_and_repeated() {
    for_each_kind("refresh", async |rig, kind| {
        let account = account(rig).await;
        let Some(destination) = account.connection.destination() else { return };
        let before = rig.refreshes();
        if !rig.fail(Fault::ExpiredAccess, kind) {
            return;
        }
        assert!(matches!(destination.deliver(&parcel(kind, 1, 0)).await.unwrap(), Receipt::Created { .. }));
        assert_eq!((rig.refreshes() - before, account.store.saves(), rig.created()), (1, 1, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_refresh_asks_the_person() {
    for_each_kind("revoked", async |rig, kind| {
        let account = account(rig).await;
        let Some(destination) = account.connection.destination() else { return };
        if !rig.fail(Fault::RevokedRefresh, kind) {
            return;
        }
        rig.fail(Fault::ExpiredAccess, kind);
        let error = destination.deliver(&parcel(kind, 1, 0)).await.unwrap_err();
        assert_eq!((error.kind.clone(), rig.created()), (ErrorKind::SignInRequired, 0));
        for secret in secrets(&account.store.tokens()) {
            assert!(!error.message.contains(&secret), "a token is in the error's words");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_settled_by_looking() {
    for_each_kind("unsettled", async |rig, kind| {
        for (day, fault) in [(1, Fault::CutAfterDelivery), (2, Fault::AcceptedThenFailed)] {
            let account = account(rig).await;
            let Some(destination) = account.connection.destination() else { return };
            if !rig.fail(fault, kind) {
                continue;
            }
            let before = rig.created();
            let parcel = parcel(kind, day, 0);
            match destination.deliver(&parcel).await {
                Ok(Receipt::Created { .. } | Receipt::AlreadyThere { .. }) => {}
                Err(Error { kind: ErrorKind::Unsettled, .. }) if !destination.finds(kind) => {}
                Err(Error { kind: ErrorKind::Unsettled, .. }) => {
                    assert!(destination.find(&parcel).await.unwrap().is_some(), "the next look finds it");
                }
                other => panic!("{} after {fault:?}: {other:?}", rig.name()),
            }
            assert_eq!(rig.created(), before + 1, "{fault:?}: once, not twice");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_say_who_must_act_and_create_nothing() {
    for_each_kind("failures", async |rig, kind| {
        let account = account(rig).await;
        let Some(destination) = account.connection.destination() else { return };
        if !destination.finds(kind) {
            // Nothing is asked but to take something.
            rig.fail(Fault::RateLimited(900), kind);
            let limited = kind_of(destination.deliver(&parcel(kind, 1, 0)).await);
            assert!(matches!(limited, Some(ErrorKind::RateLimited { .. })), "{}: {limited:?}", rig.name());
            for fault in [Fault::Outage, Fault::Html] {
                rig.fail(fault, kind);
                assert_eq!(
                    kind_of(destination.deliver(&parcel(kind, 1, 0)).await),
                    Some(ErrorKind::Unsettled)
                );
            }
            assert_eq!(rig.created(), 0);
            return;
        }
        if rig.fail(Fault::RateLimited(900), kind) {
            match kind_of(destination.find(&parcel(kind, 1, 0)).await) {
                Some(ErrorKind::RateLimited { until }) => {
                    assert!(until > Utc::now() + TimeDelta::seconds(840));
                }
                other => panic!("{}: {other:?}", rig.name()),
            }
        }
        if rig.fail(Fault::Outage, kind) {
            assert_eq!(kind_of(destination.find(&parcel(kind, 1, 0)).await), Some(ErrorKind::ServiceDown));
        }
        if rig.fail(Fault::Html, kind) {
            assert_eq!(kind_of(destination.find(&parcel(kind, 1, 0)).await), Some(ErrorKind::ServiceChanged));
        }
        assert_eq!(rig.created(), 0);
        assert_eq!(destination.find(&parcel(kind, 1, 0)).await.expect("the trouble is over"), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_at_once_are_answered_each_in_its_place() {
    for_each_kind("several", async |rig, kind| {
        let account = account(rig).await;
        let Some(destination) = account.connection.destination() else { return };
        if rig.service().info().newest_only.contains(&kind) {
            return;
        }
        let parcels: Vec<Parcel> = (1..=3).map(|day| parcel(kind, day, 0)).collect();
        assert!(destination.at_once(kind) > 0);
        let receipts = destination.deliver_all(&parcels.iter().collect::<Vec<_>>()).await;
        assert_eq!((receipts.len(), rig.created()), (3, 3));
        for (parcel, receipt) in parcels.iter().zip(receipts) {
            let Ok(Receipt::Created { key, .. }) = receipt else { panic!("{}: {receipt:?}", rig.name()) };
            let found = destination.find(parcel).await.unwrap().map(|found| found.id);
            assert_eq!(found, destination.finds(kind).then_some(key.id));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_takes_the_place_of_what_was_sent() {
    for_each_kind("replaces", async |rig, kind| {
        let account = account(rig).await;
        let Some(destination) = account.connection.destination() else { return };
        if !rig.service().info().replaces.contains(&kind) {
            return;
        }
        let (former, newer) = (parcel(kind, 1, 0), parcel(kind, 1, 1));
        let Receipt::Created { key, .. } = destination.deliver(&former).await.unwrap() else {
            panic!("{}: the first of its kind is created", rig.name())
        };
        assert!(matches!(destination.deliver(&newer).await.unwrap(), Receipt::Created { .. }));
        destination.remove(&newer, &key.id).await.unwrap();
        assert!(destination.find(&newer).await.unwrap().is_some(), "{}: the newer one stays", rig.name());
        assert_eq!(rig.created(), 1);
        destination.remove(&newer, &key.id).await.expect("what is not there any more is no error");
        assert_eq!(rig.created(), 1);
    })
    .await;
}
