//! What every destination must do.

use std::sync::Arc;

use baton_core::{
    Activity, Device, Error, ErrorKind, Format, Item, Parcel, Receipt, Record, Sport, Statistics, SubSport,
};
use baton_fit::EncodeOptions;
use chrono::{DateTime, TimeDelta, Utc};

use crate::rig::{Fault, account, secrets};
use crate::{for_each, kind};

/// A short ride that started on this day of 2026.
fn parcel(day: i64) -> Parcel {
    let start = DateTime::from_timestamp(1_767_254_400 + day * 86_400, 0).unwrap();
    let record = |second: i64| Record {
        time: start + TimeDelta::seconds(second),
        heart_rate: Some(120),
        power: Some(180),
        distance: Some(second as f64 * 8.0),
        speed: Some(8.0),
        ..Record::default()
    };
    let activity = Activity {
        start,
        sport: Sport::CYCLING,
        sub_sport: SubSport::INDOOR_CYCLING,
        title: format!("Ride of day {day}"),
        elapsed: 600.0,
        totals: Statistics { calories: Some(90), ..Statistics::default() },
        records: (0..=600).map(record).collect(),
        ..Activity::default()
    };
    let (item, _) = baton_core::clean::clean(
        Item::Activity(Box::new(activity)),
        &baton_core::clean::Preferences::default(),
    );
    let options =
        EncodeOptions { device: Device::preset("tacx_training_app").unwrap(), ..EncodeOptions::default() };
    let file = baton_fit::encode(&item, Format::Fit, &options).unwrap();
    Parcel {
        span: item.span(),
        title: item.title().to_owned(),
        external_id: format!("baton-{day}"),
        item: Arc::new(item),
        file,
        description: None,
        gear: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_delivered_is_found_and_not_taken_twice() {
    for_each("deliver", async |rig| {
        let account = account(rig).await;
        let Some(destination) = account.connection.destination() else { return };
        let (first, second) = (parcel(1), parcel(2));
        assert_eq!(destination.find(&first).await.unwrap(), None);
        let Receipt::Created { key, remarks } = destination.deliver(&first).await.unwrap() else {
            panic!("{}: the first of its kind is created", rig.name())
        };
        assert_eq!(remarks, Vec::<String>::new());
        assert_eq!(destination.find(&first).await.unwrap().map(|key| key.id), Some(key.id.clone()));
        assert_eq!(destination.find(&second).await.unwrap(), None);
        let again = destination.deliver(&first).await.unwrap();
        assert!(matches!(again, Receipt::AlreadyThere { .. }), "{again:?}");
        assert!(matches!(destination.deliver(&second).await.unwrap(), Receipt::Created { .. }));
        assert_eq!(rig.created(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_with_an_expired_token_is_refreshed_and_repeated() {
    for_each("refresh", async |rig| {
        let account = account(rig).await;
        let Some(destination) = account.connection.destination() else { return };
        let before = rig.refreshes();
        if !rig.fail(Fault::ExpiredAccess) {
            return;
        }
        assert!(matches!(destination.deliver(&parcel(1)).await.unwrap(), Receipt::Created { .. }));
        assert_eq!((rig.refreshes() - before, account.store.saves(), rig.created()), (1, 1, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_refresh_asks_the_person() {
    for_each("revoked", async |rig| {
        let account = account(rig).await;
        let Some(destination) = account.connection.destination() else { return };
        if !(rig.fail(Fault::RevokedRefresh) && rig.fail(Fault::ExpiredAccess)) {
            return;
        }
        let error = destination.deliver(&parcel(1)).await.unwrap_err();
        assert_eq!((error.kind.clone(), rig.created()), (ErrorKind::SignInRequired, 0));
        for secret in secrets(&account.store.tokens()) {
            assert!(!error.message.contains(&secret), "a token is in the error's words");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_settled_by_looking() {
    for_each("unsettled", async |rig| {
        for (day, fault) in [(1, Fault::CutAfterDelivery), (2, Fault::AcceptedThenFailed)] {
            let account = account(rig).await;
            let Some(destination) = account.connection.destination() else { return };
            if !rig.fail(fault) {
                continue;
            }
            let before = rig.created();
            let parcel = parcel(day);
            match destination.deliver(&parcel).await {
                Ok(Receipt::Created { .. } | Receipt::AlreadyThere { .. }) => {}
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
    for_each("failures", async |rig| {
        let account = account(rig).await;
        let Some(destination) = account.connection.destination() else { return };
        if rig.fail(Fault::RateLimited(900)) {
            match kind(destination.find(&parcel(1)).await) {
                Some(ErrorKind::RateLimited { until }) => {
                    assert!(until > Utc::now() + TimeDelta::seconds(840));
                }
                other => panic!("{}: {other:?}", rig.name()),
            }
        }
        if rig.fail(Fault::Outage) {
            assert_eq!(kind(destination.find(&parcel(1)).await), Some(ErrorKind::ServiceDown));
        }
        if rig.fail(Fault::Html) {
            assert_eq!(kind(destination.find(&parcel(1)).await), Some(ErrorKind::ServiceChanged));
        }
        assert_eq!(rig.created(), 0);
        assert_eq!(destination.find(&parcel(1)).await.expect("the trouble is over"), None);
    })
    .await;
}
