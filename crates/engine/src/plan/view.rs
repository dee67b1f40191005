//! What a plan is made from: the ledger's knowledge of a period, and the rules that do not come from a route.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use baton_core::same::{self, Likeness, Outline};
use baton_core::{Entry, IfSimilar, Kind, Span, Time};
use chrono::TimeDelta;

use crate::config::Route;
use crate::ledger::{Arrival, EntryId, Known};

/// Two recordings are one where they start this close together.
const SAME_START: TimeDelta = TimeDelta::seconds(2);
/// No recording that begins this long before another one's is of the same workout.
const LONGEST: TimeDelta = TimeDelta::hours(12);

/// What the ledger knows, as far as these routes and this period go.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// By source account, oldest first.
    pub entries: HashMap<String, Vec<Arc<Entry>>>,
    /// By source and destination account, then by key.
    pub deliveries: HashMap<(String, String), HashMap<String, Known>>,
    /// By account: what Baton brought there.
    pub arrivals: HashMap<String, Arrivals>,
    /// By the two ends of a way back: what Baton carried on from where it ends, oldest first.
    pub carried_on: HashMap<(String, String), Vec<Arc<Entry>>>,
    /// By destination account, what was merged into another entry and went there with it: that entry's account and title.
    pub merged: HashMap<String, HashMap<EntryId, (String, String)>>,
    /// What was merged into entries whose sending was cut off.
    pub begun: HashMap<EntryId, Arc<Entry>>,
}

impl View {
    /// The account and the title of the entry that this one was merged into, where they went by this route's end.
    pub(super) fn merged_into(&self, entry: &Entry, route: &Route) -> Option<(String, String)> {
        let id = EntryId { account: route.from.clone(), key: entry.key.clone() };
        self.merged.get(&route.to)?.get(&id).cloned()
    }

    /// Whether Baton brought the entry to its account, or its workout comes from the very account that the route goes
    /// to, by whatever way it went round.
    pub(super) fn is_own_copy(&self, entry: &Entry, route: &Route) -> bool {
        if self.arrivals.get(&route.from).is_some_and(|arrivals| arrivals.hold(entry)) {
            return true;
        }
        let way = (route.from.clone(), route.to.clone());
        let Some(carried_on) = self.carried_on.get(&way).filter(|_| entry.kind == Kind::Activity) else {
            return false;
        };
        let outline = Outline::from(entry);
        around(carried_on, entry.span).iter().any(|original| {
            // A copy keeps its clock. Where similar ones are left anyway, it need not even do that.
            let apart = (original.span.start - entry.span.start).abs();
            let length = (original.span.seconds() - entry.span.seconds()).abs();
            apart <= SAME_START && length <= 60.0
                || route.if_similar == IfSimilar::Leave
                    && same::likeness(&outline, &Outline::from(&**original)) == Likeness::Same
        })
    }
}

/// Of entries in order of their start, those that could be of the same workout as something of this span.
pub(super) fn around(entries: &[Arc<Entry>], span: Span) -> &[Arc<Entry>] {
    let from = entries.partition_point(|entry| entry.span.start < span.start - LONGEST);
    let until = entries.partition_point(|entry| entry.span.start <= span.end);
    &entries[from..until.max(from)]
}

/// What Baton brought into one account, ready to be looked up.
#[derive(Debug, Clone, Default)]
pub struct Arrivals {
    starts: Vec<Time>,
    names: HashSet<String>,
}

impl Arrivals {
    pub fn new(arrivals: impl IntoIterator<Item = Arrival>) -> Arrivals {
        let mut all = Arrivals::default();
        for arrival in arrivals {
            all.starts.push(arrival.start);
            all.starts.extend(arrival.merged_start);
            all.names
                .extend([arrival.remote_id, arrival.file_hash, arrival.external_id].into_iter().flatten());
        }
        all.starts.sort_unstable();
        all
    }

    pub(super) fn hold(&self, entry: &Entry) -> bool {
        let from = self.starts.partition_point(|start| *start < entry.span.start - SAME_START);
        self.starts.get(from).is_some_and(|start| *start <= entry.span.start + SAME_START)
            || self.names.contains(&entry.key)
    }
}

/// The rules that do not come from a route.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// What each destination account takes.
    pub writes: HashMap<String, Vec<Kind>>,
    /// Of what each destination account keeps the newest only.
    pub newest_only: HashMap<String, Vec<Kind>>,
    /// What each destination account lets be replaced.
    pub replaces: HashMap<String, Vec<Kind>>,
    /// Accounts that need the person, or time.
    pub blocked: HashSet<String>,
    /// By route: what began earlier is too old, unless it is on its way already.
    pub from: HashMap<String, Floor>,
    /// Deliveries do not count: what is asked for are files.
    pub files_only: bool,
    /// Accounts whose recordings may be merged into others.
    pub mergeable: BTreeSet<String>,
}

/// Where the past begins for a route.
#[derive(Debug, Clone, Copy)]
pub struct Floor {
    pub time: Time,
    /// Whether what began earlier but reached its source later is let through.
    pub late_arrivals: bool,
}
