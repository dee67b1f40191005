//! What every source must do.

use baton_core::{Entry, ErrorKind, Item, Kind, RecordedBy, Source, Window};
use chrono::{TimeDelta, Utc};
use futures::TryStreamExt;

use crate::rig::{Fault, Rig, account, secrets};
use crate::{for_each, kind};

/// Lists everything, in the order of the keys.
async fn list(source: &dyn Source, window: Window) -> baton_core::Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = source.list(window).try_collect().await?;
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(entries)
}

/// What the vendor is asked for.
fn reads(rig: &dyn Rig) -> Kind {
    rig.service().info().reads[0]
}

fn keys(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.key.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_everything_once_and_always_the_same() {
    for_each("lists", async |rig| {
        let account = account(rig).await;
        let Some(source) = account.connection.source() else { return };
        let mut expected = rig.expected_keys();
        expected.sort();
        let entries = list(source, Window::ALL).await.unwrap();
        assert_eq!(keys(&entries), expected);
        assert_eq!(
            list(source, Window::ALL).await.unwrap(),
            entries,
            "nothing changed, so nothing may look changed"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_kept_to() {
    for_each("window", async |rig| {
        let account = account(rig).await;
        let Some(source) = account.connection.source() else { return };
        let all = list(source, Window::ALL).await.unwrap();
        let mut starts: Vec<_> = all.iter().map(|entry| entry.span.start).collect();
        starts.sort();
        let window =
            Window { from: Some(starts[starts.len() / 3]), until: Some(starts[2 * starts.len() / 3]) };
        let inside: Vec<Entry> = all.into_iter().filter(|entry| window.contains(entry.span.start)).collect();
        assert!(!inside.is_empty());
        assert_eq!(keys(&list(source, window).await.unwrap()), keys(&inside));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fetched_is_in_order_and_inside_its_span() {
    for_each("fetch", async |rig| {
        let account = account(rig).await;
        let Some(source) = account.connection.source() else { return };
        for entry in list(source, Window::ALL).await.unwrap() {
            if entry.recorded_by != RecordedBy::Source {
                continue;
            }
            if entry.in_progress {
                let refused = kind(source.fetch(&entry).await);
                assert_eq!(refused, Some(ErrorKind::Incomplete), "{}", entry.title);
                continue;
            }
            let fetched =
                source.fetch(&entry).await.unwrap_or_else(|error| panic!("{}: {error}", entry.title));
            let Item::Activity(activity) = fetched.item else { continue };
            let span = activity.span();
            assert!((span.start - entry.span.start).abs() < TimeDelta::minutes(5), "{}", entry.title);
            assert!(
                activity.records.is_sorted_by(|a, b| a.time < b.time),
                "{}: records out of order",
                entry.title
            );
            assert!(
                activity.records.iter().all(|record| record.time >= span.start && record.time <= span.end)
            );
            if let Some(raw) = fetched.raw {
                let again = rig.service().convert(&raw).expect("its own answer is known").unwrap();
                assert_eq!(
                    again,
                    Item::Activity(activity),
                    "{}: converted again from the archive",
                    entry.title
                );
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_refreshed_once_however_many_ask() {
    for_each("refresh", async |rig| {
        let account = account(rig).await;
        let Some(source) = account.connection.source() else { return };
        let entries = list(source, Window::ALL).await.unwrap();
        let before = rig.refreshes();
        if !rig.fail(Fault::ExpiredAccess, reads(rig)) {
            return;
        }
        let ready: Vec<_> = entries
            .iter()
            .filter(|entry| !entry.in_progress && entry.recorded_by == RecordedBy::Source)
            .take(6)
            .collect();
        if ready.iter().all(|entry| entry.measured.is_some()) {
            // Nothing of them needs fetching: it is the listing that asks.
            let month = |number: usize| {
                let from = ready[number].span.start;
                Window { from: Some(from), until: Some(from + TimeDelta::days(20 + number as i64)) }
            };
            let listed = (0..ready.len()).map(|number| list(source, month(number)));
            for outcome in futures::future::join_all(listed).await {
                outcome.unwrap();
            }
        } else {
            let fetched = futures::future::join_all(ready.iter().map(|entry| source.fetch(entry))).await;
            for outcome in fetched {
                outcome.unwrap();
            }
        }
        assert_eq!(rig.refreshes() - before, 1);
        assert_eq!(account.store.saves(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_refresh_asks_the_person() {
    for_each("revoked", async |rig| {
        let account = account(rig).await;
        let Some(source) = account.connection.source() else { return };
        if !rig.fail(Fault::RevokedRefresh, reads(rig)) {
            return;
        }
        rig.fail(Fault::ExpiredAccess, reads(rig));
        let error = list(source, Window::ALL).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::SignInRequired);
        assert_eq!(account.store.saves(), 0, "the old tokens stay as they were");
        for secret in secrets(&account.store.tokens()) {
            assert!(!error.message.contains(&secret), "a token is in the error's words");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_say_who_must_act() {
    for_each("failures", async |rig| {
        let account = account(rig).await;
        let Some(source) = account.connection.source() else { return };
        if rig.fail(Fault::RateLimited(900), reads(rig)) {
            match kind(list(source, Window::ALL).await) {
                Some(ErrorKind::RateLimited { until }) => {
                    let wait = until - Utc::now();
                    let longest =
                        if rig.tells_waits() { TimeDelta::seconds(960) } else { TimeDelta::days(1) };
                    assert!((TimeDelta::seconds(840)..longest).contains(&wait), "{wait}");
                }
                other => panic!("{}: {other:?}", rig.name()),
            }
        }
        if rig.fail(Fault::Outage, reads(rig)) {
            assert_eq!(kind(list(source, Window::ALL).await), Some(ErrorKind::ServiceDown));
        }
        if rig.fail(Fault::Html, reads(rig)) {
            assert_eq!(kind(list(source, Window::ALL).await), Some(ErrorKind::ServiceChanged));
        }
        list(source, Window::ALL).await.expect("the trouble is over");
    })
    .await;
}
