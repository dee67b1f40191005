//! What to send and what to leave, and why: a pure function of routes, ledger and time.

mod merging;
mod view;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use baton_core::{Entry, ErrorKind, IfSimilar, Kind, Owner, RecordedBy, SkipReason, Time};
use chrono::TimeDelta;
use serde::Serialize;

use crate::config::Route;
use crate::ledger::{DeliveryState, Known};

pub use merging::Partner;
pub(crate) use merging::find_partners;
pub use view::{Arrivals, Floor, Policy, View};

/// A step is tried so often before only the person can have it tried again.
pub const ATTEMPTS: u32 = 5;

/// Decisions, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, specta::Type)]
pub struct Plan {
    pub decisions: Vec<Decision>,
    /// How many more would be sent but for the limit.
    pub beyond_limit: u64,
}

impl Plan {
    /// How many steps send, how many entries are skipped.
    pub fn counts(&self) -> (u64, u64) {
        self.decisions.iter().fold((0, 0), |(send, skip), decision| match decision.verdict {
            Verdict::Send { .. } => (send + 1, skip),
            Verdict::Skip { .. } => (send, skip + decision.entries.len() as u64),
        })
    }

    /// Keeps the first so many that send.
    pub(crate) fn limit(&mut self, limit: Option<usize>) {
        let mut left = limit.unwrap_or(usize::MAX);
        let before = self.decisions.len();
        self.decisions.retain(|decision| match decision.verdict {
            Verdict::Skip { .. } => true,
            Verdict::Send { .. } if left == 0 => false,
            Verdict::Send { .. } => {
                left -= 1;
                true
            }
        });
        self.beyond_limit = (before - self.decisions.len()) as u64;
    }
}

/// One entry (or several that become one) on one route.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct Decision {
    /// Empty where a person asked for it without a route.
    pub route: String,
    pub from: String,
    pub to: String,
    /// At least one, oldest first.
    #[serde(serialize_with = "each")]
    #[specta(type = Vec<Entry>)]
    pub entries: Vec<Arc<Entry>>,
    pub verdict: Verdict,
    /// The other recording of the same workout that goes with it, merged into one.
    pub merged_with: Option<Partner>,
    /// What the person should know beside it, one sentence.
    pub note: Option<String>,
    /// Its account failed on it before, which may be its own fault: the others go first.
    pub last: bool,
}

impl Decision {
    /// When the first of its entries began.
    pub fn start(&self) -> Time {
        self.entries.first().map(|entry| entry.span.start).unwrap_or_default()
    }

    /// Local time minus UTC in seconds when it began, where the listing tells.
    pub fn utc_offset(&self) -> Option<i32> {
        self.entries.first().and_then(|entry| entry.utc_offset)
    }

    /// Whether it is sent together with what another account recorded of the same workout, where there is something.
    pub(crate) fn merges(&self) -> bool {
        let activity = self.entries.first().is_some_and(|entry| entry.kind == Kind::Activity);
        activity && matches!(self.verdict, Verdict::Send { if_similar: IfSimilar::Merge, .. })
    }

    /// "Warm up + Ride"
    pub fn title(&self) -> String {
        self.entries.iter().map(|entry| entry.title.as_str()).collect::<Vec<_>>().join(" + ")
    }
}

fn each<S: serde::Serializer>(entries: &[Arc<Entry>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(entries.iter().map(AsRef::as_ref))
}

/// Sent or left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Send {
        /// An earlier attempt was cut off: whether it arrived is looked up first.
        check_first: bool,
        /// The destination's identifier of the former revision, which is removed once this one is there.
        replaces: Option<String>,
        /// What to do where something that begins and ends like it is there.
        if_similar: IfSimilar,
    },
    Skip {
        skip: SkipReason,
    },
}

/// Decides for every entry of every route. The same values always give the same plan.
pub fn plan(routes: &[Route], view: &View, policy: &Policy, now: Time) -> Plan {
    let mut decisions = Vec::new();
    for route in routes {
        let entries = view.entries.get(&route.from).map(Vec::as_slice).unwrap_or_default();
        let empty = HashMap::new();
        let deliveries = if policy.files_only {
            &empty
        } else {
            view.deliveries.get(&(route.from.clone(), route.to.clone())).unwrap_or(&empty)
        };
        let one_route = OneRoute { route, deliveries, view, policy, now };
        one_route.decide(entries, &mut decisions);
    }
    sort(&mut decisions);
    once_each(&mut decisions);
    merging::merge(&mut decisions, routes, view, policy);
    Plan { decisions, beyond_limit: 0 }
}

/// Oldest first, and after them those that an account failed on before.
pub(crate) fn sort(decisions: &mut [Decision]) {
    let key = |decision: &Decision| decision.entries.first().map(|entry| entry.key.clone());
    decisions.sort_by(|a, b| {
        let order = a.last.cmp(&b.last).then_with(|| a.start().cmp(&b.start()));
        order.then_with(|| key(a).cmp(&key(b))).then_with(|| a.route.cmp(&b.route))
    });
}

/// Where two routes go the same way, an entry goes by the first of them only.
fn once_each(decisions: &mut [Decision]) {
    let mut taken: HashMap<(String, String, String), String> = HashMap::new();
    for decision in decisions {
        if !matches!(decision.verdict, Verdict::Send { .. }) {
            continue;
        }
        let place = |entry: &Arc<Entry>| (decision.from.clone(), decision.to.clone(), entry.key.clone());
        let other = decision.entries.iter().find_map(|entry| taken.get(&place(entry)).cloned());
        match other {
            Some(route) => {
                decision.verdict = Verdict::Skip { skip: SkipReason::Filtered };
                decision.note = Some(format!("it goes the same way by the route {route}"));
            }
            None => {
                for entry in &decision.entries {
                    taken.insert(place(entry), decision.route.clone());
                }
            }
        }
    }
}

struct OneRoute<'a> {
    route: &'a Route,
    deliveries: &'a HashMap<String, Known>,
    view: &'a View,
    policy: &'a Policy,
    now: Time,
}

impl OneRoute<'_> {
    fn decide(&self, entries: &[Arc<Entry>], decisions: &mut Vec<Decision>) {
        let mut sends: Vec<(Arc<Entry>, Option<&Known>)> = Vec::new();
        let mut skips: Vec<Option<SkipReason>> =
            entries.iter().map(|entry| self.skip(entry, self.deliveries.get(&entry.key))).collect();
        self.keep_newest(entries, &mut skips);
        for (entry, skip) in entries.iter().zip(skips) {
            let known = self.deliveries.get(&entry.key);
            match skip {
                Some(skip) => {
                    let note = Self::note(entry, known, &skip);
                    decisions.push(self.decision(vec![entry.clone()], Verdict::Skip { skip }, note));
                }
                None => sends.push((entry.clone(), known)),
            }
        }
        self.group(sends, decisions);
    }

    /// Where the destination keeps one current value, all but the newest stay behind.
    fn keep_newest(&self, entries: &[Arc<Entry>], skips: &mut [Option<SkipReason>]) {
        for kind in holds(&self.policy.newest_only, &self.route.to) {
            let counts = |entry: &Entry, skip: &Option<SkipReason>| {
                let weighed = entry.measured.as_ref().is_none_or(|measured| measured.weight().is_some());
                let stands =
                    |skip: &SkipReason| matches!(skip, SkipReason::Delivered | SkipReason::AccountBlocked);
                entry.kind == *kind && weighed && skip.as_ref().is_none_or(stands)
            };
            let all = entries.iter().zip(skips.iter()).enumerate();
            let counted = all.filter(|(_, (entry, skip))| counts(entry, skip));
            let newest = counted.max_by_key(|(_, (entry, _))| entry.span.start).map(|(number, _)| number);
            for (number, (entry, skip)) in entries.iter().zip(skips.iter_mut()).enumerate() {
                let begun = self
                    .deliveries
                    .get(&entry.key)
                    .is_some_and(|known| known.state == DeliveryState::Sending);
                let would_go = matches!(skip, None | Some(SkipReason::AccountBlocked));
                if entry.kind == *kind && would_go && newest != Some(number) && !begun {
                    *skip = Some(SkipReason::Superseded);
                }
            }
        }
    }

    fn decision(&self, entries: Vec<Arc<Entry>>, verdict: Verdict, note: Option<String>) -> Decision {
        let Route { id, from, to, .. } = self.route;
        let deferred =
            |entry: &Arc<Entry>| self.deliveries.get(&entry.key).is_some_and(|known| known.deferrals > 0);
        let last = matches!(verdict, Verdict::Send { .. }) && entries.iter().any(deferred);
        let (route, from, to) = (id.clone(), from.clone(), to.clone());
        Decision { route, from, to, entries, verdict, merged_with: None, note, last }
    }

    /// Whether what was delivered was changed at its source since, and the destination lets the change follow.
    fn follows_changes(&self, entry: &Entry, known: &Known) -> bool {
        let kept = |kinds: &[Kind]| kinds.contains(&entry.kind);
        known.revision != entry.revision
            && (kept(holds(&self.policy.newest_only, &self.route.to))
                || known.state == DeliveryState::Created
                    && known.remote.is_some()
                    && kept(holds(&self.policy.replaces, &self.route.to)))
    }

    /// What is to be removed at the destination once the entry is there.
    fn replaced(&self, entry: &Entry) -> Option<String> {
        let known = self.deliveries.get(&entry.key)?;
        let ours = (known.state == DeliveryState::Created
            && holds(&self.policy.replaces, &self.route.to).contains(&entry.kind))
        .then(|| known.remote.clone());
        known.replaces.clone().or(ours.flatten())
    }

    /// The first reason that holds, `None` where it is to be sent.
    fn skip(&self, entry: &Entry, known: Option<&Known>) -> Option<SkipReason> {
        let delivered =
            |known: &&Known| matches!(known.state, DeliveryState::Created | DeliveryState::AlreadyThere);
        if let Some(known) = known.filter(delivered)
            && !self.follows_changes(entry, known)
        {
            return Some(SkipReason::Delivered);
        }
        // What was begun is finished, whatever the route says by now.
        if known.is_none_or(|known| known.state != DeliveryState::Sending) {
            if let RecordedBy::Elsewhere(by) = &entry.recorded_by
                && !self.route.recorded_elsewhere
            {
                return Some(SkipReason::RecordedElsewhere { by: by.clone() });
            }
            if let Some((account, title)) = self.view.merged_into(entry, self.route) {
                return Some(SkipReason::Merged { account, title });
            }
            match entry.owner {
                Owner::Certain | Owner::Mine => {}
                Owner::Doubtful => return Some(SkipReason::Doubtful),
                Owner::NotMine => return Some(SkipReason::NotMine),
            }
            if self.view.is_own_copy(entry, self.route) {
                return Some(SkipReason::OwnCopy);
            }
            if !self.route.kinds.contains(&entry.kind) {
                return Some(SkipReason::KindOff);
            }
            if self.policy.writes.get(&self.route.to).is_some_and(|kinds| !kinds.contains(&entry.kind)) {
                return Some(SkipReason::Unsupported);
            }
            let on_its_way = known.is_some_and(|known| known.state != DeliveryState::Skipped);
            let from = self.policy.from.get(&self.route.id);
            let since = |floor: &Floor| match entry.arrived {
                Some(arrived) if floor.late_arrivals => arrived.max(entry.span.start),
                _ => entry.span.start,
            };
            if !on_its_way && from.is_some_and(|floor| since(floor) < floor.time) {
                return Some(SkipReason::TooOld);
            }
            if self.route.since.is_some_and(|first| !on_its_way && entry.span.start < first) {
                return Some(SkipReason::TooOld);
            }
            let over = self.route.until.is_some_and(|until| entry.span.start >= until);
            if over || !self.route.lets_through(entry) {
                return Some(SkipReason::Filtered);
            }
        }
        if let Some(reason) = known.and_then(|known| self.failed_before(entry, known)) {
            return Some(reason);
        }
        if entry.in_progress {
            return Some(SkipReason::InProgress);
        }
        let blocked = |account: &String| self.policy.blocked.contains(account);
        (blocked(&self.route.from) || blocked(&self.route.to)).then_some(SkipReason::AccountBlocked)
    }

    /// What an earlier failure means for today.
    fn failed_before(&self, entry: &Entry, known: &Known) -> Option<SkipReason> {
        // A new revision is a new chance.
        if known.revision != entry.revision && known.state == DeliveryState::Failed {
            return None;
        }
        let attempts = known.attempts;
        let error = known.error.as_ref().filter(|_| known.state != DeliveryState::Skipped)?;
        let waits = known.next_try.is_some_and(|next_try| self.now < next_try);
        match &error.kind {
            ErrorKind::Unsupported => Some(SkipReason::Unsupported),
            _ if attempts >= ATTEMPTS => Some(SkipReason::GaveUp { attempts }),
            ErrorKind::Incomplete => waits.then_some(SkipReason::InProgress),
            kind if kind.scope() == baton_core::Scope::Step && !kind.is_retryable() => {
                Some(SkipReason::GaveUp { attempts: attempts.max(1) })
            }
            _ => None,
        }
    }

    fn note(entry: &Entry, known: Option<&Known>, skip: &SkipReason) -> Option<String> {
        match skip {
            SkipReason::Delivered if known.is_some_and(|known| known.revision != entry.revision) => {
                Some("it was changed at its source after it was sent; the copy sent stays as it is".into())
            }
            SkipReason::GaveUp { .. } => {
                known.and_then(|known| known.error.as_ref()).map(|error| error.message.clone())
            }
            _ => None,
        }
    }

    /// Sends, with those joined that follow each other closely.
    fn group(&self, sends: Vec<(Arc<Entry>, Option<&Known>)>, decisions: &mut Vec<Decision>) {
        // What was cut off goes again exactly as it went: its external id and its span must be the same.
        let mut cut_off: BTreeMap<String, Vec<Arc<Entry>>> = BTreeMap::new();
        let mut fresh: Vec<Vec<Arc<Entry>>> = Vec::new();
        for (entry, known) in sends {
            if let Some(known) = known.filter(|known| known.state == DeliveryState::Sending) {
                let first = known.joined_into.clone().unwrap_or_else(|| entry.key.clone());
                cut_off.entry(first).or_default().push(entry);
            } else if let Some(group) = fresh.last_mut().filter(|group| self.follows(group, &entry)) {
                group.push(entry);
            } else {
                fresh.push(vec![entry]);
            }
        }
        for entries in cut_off.into_values() {
            let note = Some("an earlier attempt was cut off; whether it arrived is looked up first".into());
            let verdict = self.send(&entries, true);
            decisions.push(self.decision(entries, verdict, note));
        }
        for entries in fresh {
            if self.may_go_on(&entries) {
                let note = Some(
                    "a class that follows closely would be joined to it; it is sent a little later".into(),
                );
                for entry in entries {
                    let verdict = Verdict::Skip { skip: SkipReason::InProgress };
                    decisions.push(self.decision(vec![entry], verdict, note.clone()));
                }
            } else {
                let verdict = self.send(&entries, false);
                let note = match (&verdict, entries.len()) {
                    (Verdict::Send { replaces: Some(_), .. }, 1) => {
                        Some("it was changed at its source and replaces what was sent".into())
                    }
                    (_, 1) => None,
                    (_, several) => Some(format!("{several} classes in a row, sent as one")),
                };
                decisions.push(self.decision(entries, verdict, note));
            }
        }
    }

    /// How these entries, which become one, are sent. What a person began is finished as that person began it.
    fn send(&self, entries: &[Arc<Entry>], check_first: bool) -> Verdict {
        let said = |entry: &Arc<Entry>| {
            let known = self.deliveries.get(&entry.key)?;
            let begun = known.state == DeliveryState::Sending;
            Some(known.if_similar)
                .filter(|said| *said == IfSimilar::Send || begun && *said == IfSimilar::Merge)
        };
        Verdict::Send {
            check_first,
            replaces: entries.first().and_then(|entry| self.replaced(entry)),
            if_similar: entries.iter().find_map(said).unwrap_or(self.route.if_similar),
        }
    }

    fn gap(&self) -> Option<TimeDelta> {
        self.route.join_gap_seconds.map(|seconds| TimeDelta::seconds(i64::from(seconds)))
    }

    fn follows(&self, group: &[Arc<Entry>], entry: &Entry) -> bool {
        let (Some(gap), Some(last)) = (self.gap(), group.last()) else { return false };
        let apart = entry.span.start - last.span.end;
        entry.kind == Kind::Activity
            && last.kind == Kind::Activity
            && entry.sport.is_some()
            && entry.sport == last.sport
            && apart >= TimeDelta::zero()
            && apart <= gap
    }

    /// Whether something may yet follow that belongs to the group.
    fn may_go_on(&self, group: &[Arc<Entry>]) -> bool {
        match (self.gap(), group.last()) {
            (Some(gap), Some(last)) => last.kind == Kind::Activity && self.now <= last.span.end + gap,
            _ => false,
        }
    }
}

fn holds<'a>(kinds: &'a HashMap<String, Vec<Kind>>, account: &str) -> &'a [Kind] {
    kinds.get(account).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests;
