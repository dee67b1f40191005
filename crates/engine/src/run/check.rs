//! Stage 7: whether a parcel is at its destination already, or something of the same workout.

use baton_core::same::Outline;
use baton_core::{Destination, Error, IfSimilar, Key, Receipt, Result, Similar};

use super::execute::Step;
use super::make::Ready;

/// How a handing-over ended.
pub(super) enum End {
    Receipt(Receipt),
    /// Something that begins and ends like it is there, and it was left.
    Similar(Key, Similar),
    Failed(Error),
    /// The person stopped the run while the parcel was on its way: nobody knows.
    Unknown,
    /// The person stopped the run, or the account had to be left, before the parcel was handed over.
    NotSent,
}

/// What is there of a step already, `None` where it is to be sent. The very parcel is looked for first where it may have
/// been sent before, or may stand beside something similar; else the similar, which costs a destination less to tell.
pub(super) async fn there(
    destination: &dyn Destination,
    step: &Step,
    ready: &mut Ready,
) -> Result<Option<End>> {
    if step.check_first() && !destination.finds(ready.parcel.item.kind()) {
        let words = "it may be there already: it was sent, and no answer came; look there, and send it by hand if it is not";
        return Ok(Some(End::Failed(Error::rejected(words))));
    }
    let whole = ready.left.clone().map(|(key, similar)| End::Similar(key, similar));
    if whole.is_some() && !step.check_first() {
        return Ok(whole);
    }
    let leaves = match step.if_similar() {
        IfSimilar::Leave => true,
        IfSimilar::Send => false,
        // What is merged goes beside what is there; alone it is a second recording like any other.
        IfSimilar::Merge => step.decision.merged_with.is_none(),
    };
    let item = ready.parcel.item.clone();
    let similar = async || -> Result<Option<End>> {
        let found = destination.similar(item.kind(), &Outline::from(&*item)).await?;
        Ok(found.map(|(key, similar)| End::Similar(key, similar)))
    };
    let first_similar = leaves && !step.check_first();
    if first_similar && let Some(end) = similar().await? {
        return Ok(Some(end));
    }
    // What is to be replaced is not what is looked for.
    if let Some(key) = destination.find(&ready.parcel).await?.filter(|key| step.replaces() != Some(&key.id)) {
        let ours = step.check_first() && step.replaces().is_some();
        return Ok(Some(End::Receipt(if ours {
            Receipt::Created { key, remarks: Vec::new() }
        } else {
            Receipt::AlreadyThere { key: Some(key) }
        })));
    }
    if leaves && !first_similar {
        return similar().await;
    }
    let beside = step.decision.merged_with.as_ref().filter(|partner| partner.account != step.decision.to);
    if whole.is_none() && beside.is_some() && similar().await?.is_some() {
        let remark = "another recording of this workout is there already and stays beside this one";
        ready.remarks.push(remark.to_owned());
    }
    Ok(whole)
}
