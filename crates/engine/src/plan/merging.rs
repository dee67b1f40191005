//! Which recordings of one workout are merged into one, instead of each being sent by itself.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use baton_core::same::{self, Outline};
use baton_core::{Entry, IfSimilar, Kind, RecordedBy, SkipReason, Span};
use serde::Serialize;

use super::view::around;
use super::{Decision, Policy, Verdict, View};
use crate::config::Route;
use crate::ledger::{DeliveryState, EntryId, MergedEntry};

/// Another recording of the same workout, which goes with an entry.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct Partner {
    /// Where it is read from; the destination itself where only that has it.
    pub account: String,
    pub entry: Box<Entry>,
}

impl From<&Partner> for MergedEntry {
    fn from(Partner { account, entry }: &Partner) -> MergedEntry {
        let (account, key, title) = (account.clone(), entry.key.clone(), entry.title.clone());
        MergedEntry { account, key, title, start: entry.span.start }
    }
}

/// What there is of the same workout as an entry that would be sent.
enum Other {
    None,
    Partner(Partner),
    /// The entry stays, and why.
    Stays(SkipReason, Option<&'static str>),
}

/// Gives each entry whose route merges its partner, and leaves the partner's own way to the same place out.
pub(super) fn merge(decisions: &mut [Decision], routes: &[Route], view: &View, policy: &Policy) {
    let search = Search { routes, view, policy, joined: joined(decisions) };
    let singles = singles(decisions);
    // Who goes with whom in this very plan.
    let mut paired: HashSet<(String, EntryId)> = HashSet::new();
    for index in 0..decisions.len() {
        let decision = &decisions[index];
        if !decision.merges() || search.resume(&mut decisions[index]) {
            continue;
        }
        let decision = &decisions[index];
        match search.other(decision, &paired) {
            Other::None => {}
            Other::Stays(skip, note) => {
                decisions[index].verdict = Verdict::Skip { skip };
                decisions[index].note = note.map(str::to_owned);
            }
            Other::Partner(partner) => {
                let (to, into) = (decision.to.clone(), (decision.from.clone(), decision.title()));
                let own = decision.entries.iter();
                let own = own.map(|entry| id(&decision.from, entry)).collect::<Vec<_>>();
                let partner_id = id(&partner.account, &partner.entry);
                if let Some(other) = singles.get(&(to.clone(), partner_id.clone())) {
                    let (account, title) = into;
                    decisions[*other].verdict = Verdict::Skip { skip: SkipReason::Merged { account, title } };
                    decisions[*other].note = None;
                }
                paired.extend(own.into_iter().chain([partner_id]).map(|id| (to.clone(), id)));
                decisions[index].merged_with = Some(partner);
            }
        }
    }
}

/// Gives each entry that a person sends by hand, on a route that merges, its partner, where nothing keeps it away.
pub(crate) fn find_partners(decisions: &mut [Decision], routes: &[Route], view: &View, policy: &Policy) {
    let search = Search { routes, view, policy, joined: HashSet::new() };
    for decision in decisions.iter_mut().filter(|decision| decision.merges()) {
        if !search.resume(decision)
            && let Other::Partner(partner) = search.other(decision, &HashSet::new())
        {
            decision.merged_with = Some(partner);
        }
    }
}

fn id(account: &str, entry: &Entry) -> EntryId {
    EntryId { account: account.to_owned(), key: entry.key.clone() }
}

/// Where entries that would be sent by themselves stand, by destination.
fn singles(decisions: &[Decision]) -> HashMap<(String, EntryId), usize> {
    let mut singles = HashMap::new();
    for (index, decision) in decisions.iter().enumerate() {
        if let (Verdict::Send { .. }, [entry]) = (&decision.verdict, decision.entries.as_slice()) {
            singles.insert((decision.to.clone(), id(&decision.from, entry)), index);
        }
    }
    singles
}

/// Entries that go joined with others: they are no partners, because the others would be lost.
fn joined(decisions: &[Decision]) -> HashSet<(String, EntryId)> {
    let several = decisions.iter().filter(|decision| decision.entries.len() > 1);
    let each = several.flat_map(|decision| decision.entries.iter().map(move |entry| (decision, entry)));
    each.map(|(decision, entry)| (decision.to.clone(), id(&decision.from, entry))).collect()
}

struct Search<'a> {
    routes: &'a [Route],
    view: &'a View,
    policy: &'a Policy,
    joined: HashSet<(String, EntryId)>,
}

impl Search<'_> {
    /// What was cut off goes again with the partner that it had. `false` where it was not begun.
    fn resume(&self, decision: &mut Decision) -> bool {
        let Verdict::Send { check_first: true, if_similar, .. } = &mut decision.verdict else { return false };
        let lane = self.view.deliveries.get(&(decision.from.clone(), decision.to.clone()));
        let first = decision.entries.first();
        let known = lane.zip(first).and_then(|(lane, entry)| lane.get(&entry.key));
        let with = known.and_then(|known| known.merged_with.as_ref());
        let partner = with.and_then(|with| {
            let id = EntryId { account: with.account.clone(), key: with.key.clone() };
            self.view
                .begun
                .get(&id)
                .map(|entry| Partner { account: id.account, entry: Box::new((**entry).clone()) })
        });
        if partner.is_none() {
            // Nothing goes with it: what is similar there may be what was sent.
            *if_similar = IfSimilar::Leave;
        }
        decision.merged_with = partner;
        true
    }

    /// The recording that is most like it, at another account before the destination itself.
    fn other(&self, decision: &Decision, paired: &HashSet<(String, EntryId)>) -> Other {
        let outline = outline(decision);
        let elsewhere = self.routes.iter().find(|route| route.id == decision.route);
        let elsewhere = elsewhere.is_some_and(|route| route.recorded_elsewhere);
        let is_there = |account: &str| !self.policy.files_only && account == decision.to;
        let mut candidates: Vec<(Outline, (&str, &Arc<Entry>))> = Vec::new();
        for account in self.policy.mergeable.iter().map(String::as_str) {
            if account == decision.from {
                continue;
            }
            let entries = self.view.entries.get(account).map(Vec::as_slice).unwrap_or_default();
            let arrivals = self.view.arrivals.get(account);
            for entry in around(entries, outline.span) {
                let own = elsewhere || is_there(account) || entry.recorded_by == RecordedBy::Source;
                let joined = self.joined.contains(&(decision.to.clone(), id(account, entry)));
                let copy = arrivals.is_some_and(|arrivals| arrivals.hold(entry));
                if entry.kind == Kind::Activity && own && !copy && !joined {
                    candidates.push((Outline::from(&**entry), (account, entry)));
                }
            }
        }
        let (there, here): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(|(_, (account, _))| is_there(account));
        let there = same::most_alike(&outline, there);
        let Some((account, entry)) = same::most_alike(&outline, here) else {
            return there.map_or_else(|| self.nothing(decision), |found| self.partner(found));
        };
        let of = id(account, entry);
        let lane = self.view.deliveries.get(&(of.account.clone(), decision.to.clone()));
        let state = lane.filter(|_| !self.policy.files_only).and_then(|lane| lane.get(&of.key));
        let merged = self.view.merged.get(&decision.to).is_some_and(|merged| merged.contains_key(&of));
        let went =
            matches!(state.map(|known| known.state), Some(DeliveryState::Created | DeliveryState::Sending))
                || merged && !self.policy.files_only
                || paired.contains(&(decision.to.clone(), of));
        let left = state.is_some_and(|known| known.state == DeliveryState::AlreadyThere);
        match there {
            Some(found) if left && !went => self.partner(found),
            _ if went || left => {
                let (account, title) = (account.to_owned(), entry.title.clone());
                Other::Stays(SkipReason::SameWorkout { account, title }, None)
            }
            _ => self.partner((account, entry)),
        }
    }

    fn partner(&self, (account, entry): (&str, &Arc<Entry>)) -> Other {
        if entry.in_progress {
            let note = "another recording of it is still going on; both are merged when it has ended";
            return Other::Stays(SkipReason::InProgress, Some(note));
        }
        if self.policy.blocked.contains(account) {
            let note = "it is to be merged with a recording of an account that waits";
            return Other::Stays(SkipReason::AccountBlocked, Some(note));
        }
        Other::Partner(Partner { account: account.to_owned(), entry: Box::new((**entry).clone()) })
    }

    /// Nothing is known that is of the same workout: sent by itself, unless an account that may hold one did not answer.
    fn nothing(&self, decision: &Decision) -> Other {
        let mut others = self.policy.mergeable.iter().filter(|account| **account != decision.from);
        if others.any(|account| self.policy.blocked.contains(account)) {
            let note = "an account that may hold another recording of it waits; both would be merged";
            return Other::Stays(SkipReason::AccountBlocked, Some(note));
        }
        Other::None
    }
}

fn outline(decision: &Decision) -> Outline {
    let (first, last) = (decision.entries.first(), decision.entries.last());
    let span = Span::new(decision.start(), last.map_or_else(|| decision.start(), |entry| entry.span.end));
    Outline { sport: first.and_then(|entry| entry.sport), ..Outline::new(span) }
}

#[cfg(test)]
mod tests;
