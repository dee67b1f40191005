//! A hundred random households on one scale each: whatever order their measurements come in, every destination ends with
//! exactly the records that were measured, once each.
//!
//! [`household`] is the world (simulators, and an engine that is signed in everywhere); [`expected`] tells what must be
//! where, from the facts that the generator keeps beside its groups and without a line of the product.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod expected;
mod household;

use futures::StreamExt;
use household::Household;

const HOUSEHOLDS: u64 = 100;
/// Four simulators and an engine each; more at once would only wait for each other.
const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_households_end_with_exactly_what_was_measured() {
    let runs = (0..HOUSEHOLDS).map(|seed| async move { (seed, tokio::spawn(live(seed)).await) });
    let ended: Vec<_> = futures::stream::iter(runs).buffer_unordered(AT_ONCE).collect().await;
    let failed: Vec<u64> = ended.iter().filter(|(_, end)| end.is_err()).map(|(seed, _)| *seed).collect();
    assert!(failed.is_empty(), "the households with these seeds failed, see above: {failed:?}");
    // Where nothing is measured, nothing can be wrong.
    let all: Vec<Seen> = ended.into_iter().map(|(_, end)| end.unwrap()).collect();
    let sum = |of: fn(&Seen) -> usize| all.iter().map(of).sum::<usize>();
    println!(
        "{} persons, {} weigh-ins, {} pressures",
        sum(|it| it.persons),
        sum(|it| it.weigh_ins),
        sum(|it| it.pressures)
    );
    assert!(sum(|it| it.persons) > 150 && sum(|it| it.weigh_ins) > 3000 && sum(|it| it.pressures) > 5000);
    assert!(sum(|it| it.replaced) > 300, "edits were replaced: {}", sum(|it| it.replaced));
    assert!(sum(|it| it.weights_set) > 250, "TrainerRoad followed: {}", sum(|it| it.weights_set));
}

/// What came up in one household.
struct Seen {
    persons: usize,
    weigh_ins: usize,
    pressures: usize,
    replaced: usize,
    weights_set: usize,
}

/// One household's story: a sync in the middle of its history and one at its end; weeks without anything; late arrivals,
/// deletions and answers to "is this yours?"; edits; and nothing new.
async fn live(seed: u64) -> Seen {
    let mut household = Household::new(seed).await;
    household.until_the_middle();
    household.sync("in the middle").await;
    household.until_the_end();
    household.sync("at the end").await;
    household.weeks_later().await;
    household.sync_without_news("weeks later").await;
    household.late_arrivals_deletions_and_answers().await;
    household.sync("after late arrivals, deletions and answers").await;
    household.edits();
    household.sync("after edits").await;
    household.sync_without_news("at last").await;
    household.seen()
}
