//! One ordered stream of events to every shell that listens, and the state of things that it begins with.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use baton_core::{Attention, Event, Outcome, Result, RunEvent, Stage, Time};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::{Account, Engine, Route, Run, Schedule};

/// The events since a subscription, in order. None is ever left out: a receipt that is not shown is a receipt lost.
/// Dropping it ends the subscription.
pub type Receiver = mpsc::UnboundedReceiver<Event>;

#[derive(Default)]
pub(crate) struct Listeners(Mutex<Heard>);

#[derive(Default)]
struct Heard {
    listeners: Vec<mpsc::UnboundedSender<Event>>,
    progress: Option<Progress>,
}

impl Listeners {
    #[expect(clippy::needless_pass_by_value, reason = "whoever tells something has no further use for it")]
    pub(crate) fn send(&self, event: Event) {
        let mut heard = self.heard();
        if let Event::Run(event) = &event {
            heard.progress = Progress::after(heard.progress.take(), event);
        }
        heard.listeners.retain(|listener| listener.send(event.clone()).is_ok());
    }

    /// Forgets a run that was dropped before its end.
    pub(crate) fn end_progress(&self) {
        self.heard().progress = None;
    }

    fn add(&self) -> Receiver {
        let (listener, receiver) = mpsc::unbounded_channel();
        self.heard().listeners.push(listener);
        receiver
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the run of this moment stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, specta::Type)]
pub struct Progress {
    pub run: i64,
    /// Entries that the sources have told of until now.
    pub listed: u64,
    /// How many will be sent; absent until the plan stands.
    pub send: Option<u64>,
    /// How many of these are over, whatever became of them.
    pub done: u64,
    pub failed: u64,
    /// What it is doing now.
    pub step: Option<ProgressStep>,
    /// How many are over, by route.
    pub by_route: BTreeMap<String, u64>,
    #[serde(skip)]
    listed_by: BTreeMap<String, u64>,
}

/// One step under way.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct ProgressStep {
    pub title: String,
    pub route: String,
    pub to: String,
    pub stage: Stage,
}

impl Progress {
    /// The progress after an event; `None` while no run is under way.
    fn after(progress: Option<Progress>, event: &RunEvent) -> Option<Progress> {
        if let RunEvent::Started { run } = event {
            return Some(Progress { run: *run, ..Progress::default() });
        }
        let mut progress = progress?;
        match event {
            RunEvent::Started { .. } | RunEvent::Finished { .. } => return None,
            RunEvent::Listed { account, entries } => {
                progress.listed_by.insert(account.clone(), *entries);
                progress.listed = progress.listed_by.values().sum();
            }
            RunEvent::Planned { send, .. } => progress.send = Some(*send),
            RunEvent::Step { route, to, title, stage, .. } => {
                let (route, to, title) = (route.clone(), to.clone(), title.clone());
                progress.step = Some(ProgressStep { title, route, to, stage: *stage });
            }
            RunEvent::StepDone { route, outcome, .. } => match outcome {
                // What the plan left out was never counted as to be sent.
                Outcome::Skipped { .. } => {}
                Outcome::Created { .. } | Outcome::AlreadyThere { .. } | Outcome::Failed { .. } => {
                    progress.done += 1;
                    progress.failed += u64::from(matches!(outcome, Outcome::Failed { .. }));
                    *progress.by_route.entry(route.clone()).or_default() += 1;
                }
            },
        }
        Some(progress)
    }
}

/// A route and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct RouteLine {
    pub route: Route,
    /// Until when its source was looked at as a whole.
    pub checked: Option<Time>,
    /// Entries on their way: planned, cut off, or failed and to be tried again.
    pub waiting: u32,
    /// Of these, the ones that failed the last time.
    pub failed: u32,
}

/// Everything that a shell shows at first; events tell what changes.
#[derive(Debug, Clone, Serialize, specta::Type)]
pub struct Snapshot {
    pub accounts: Vec<Account>,
    pub routes: Vec<RouteLine>,
    pub schedule: Schedule,
    /// The run under way in this process.
    pub progress: Option<Progress>,
    pub last_run: Option<Run>,
    /// When the next automatic sync is due; absent while paused without an end, or without any route.
    pub next_sync: Option<Time>,
    /// Whether it is due and waits for a network that does not count what is used.
    pub held_back: bool,
    pub attention: Vec<Attention>,
}

impl Engine {
    /// The state of things, and every event from now on.
    pub async fn subscribe(&self) -> Result<(Snapshot, Receiver)> {
        // First the subscription, then the look: nothing falls in between.
        let receiver = self.listen();
        Ok((self.snapshot().await?, receiver))
    }

    /// The state of things.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let config = self.config().await?;
        let (open, checked) = (self.inner.ledger.open_by_route().await?, self.inner.ledger.checked().await?);
        let routes = config.routes.into_values().map(|route| {
            let (waiting, failed) = open.get(&route.id).copied().unwrap_or_default();
            RouteLine { checked: checked.get(&route.id).copied(), waiting, failed, route }
        });
        let progress = self.inner.events.heard().progress.clone();
        Ok(Snapshot {
            accounts: self.accounts().await?,
            routes: routes.collect(),
            schedule: config.schedule,
            progress,
            last_run: self.inner.ledger.runs(1).await?.pop(),
            next_sync: self.next_sync().await?,
            held_back: self.inner.held_back.load(Ordering::Relaxed),
            attention: self.attention().await?,
        })
    }

    /// Every event from now on.
    pub fn listen(&self) -> Receiver {
        self.inner.events.add()
    }
}

#[cfg(test)]
mod tests {
    use baton_core::{Error, SkipReason};

    use super::*;

    fn done(route: &str, outcome: Outcome) -> RunEvent {
        RunEvent::StepDone {
            step: 1,
            route: route.into(),
            title: "Ride".into(),
            start: None,
            utc_offset: None,
            file: None,
            format: None,
            outcome,
            remarks: Vec::new(),
        }
    }

    #[test]
    fn progress_counts_what_was_planned_and_ends_with_the_run() {
        let events = [
            RunEvent::Started { run: 7 },
            RunEvent::Listed { account: "a".into(), entries: 20 },
            RunEvent::Listed { account: "a".into(), entries: 40 },
            RunEvent::Listed { account: "b".into(), entries: 2 },
            RunEvent::Planned { send: 3, skip: 39 },
            done("a-b", Outcome::Skipped { skip: SkipReason::TooOld }),
            done("a-b", Outcome::AlreadyThere { key: None, similar: None }),
            done("a-b", Outcome::Failed { error: Error::bug("") }),
        ];
        let progress = events.iter().fold(None, Progress::after).unwrap();
        assert_eq!((progress.run, progress.listed, progress.send), (7, 42, Some(3)));
        assert_eq!((progress.done, progress.failed, progress.by_route["a-b"]), (2, 1, 2));
        let (created, already_there, skipped, failed) = (0, 1, 39, 1);
        let end = RunEvent::Finished { run: 7, created, already_there, skipped, failed, error: None };
        assert_eq!(Progress::after(Some(progress), &end), None);
    }

    #[test]
    fn a_plan_that_is_only_looked_at_is_no_run() {
        assert_eq!(Progress::after(None, &RunEvent::Listed { account: "a".into(), entries: 1 }), None);
    }
}
