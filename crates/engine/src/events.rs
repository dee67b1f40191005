//! One ordered stream of events to every shell that listens.

use std::sync::{Mutex, PoisonError};

use baton_core::{Attention, Event, Result};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::{Account, Engine, Route, Run, Schedule};

/// The events since a subscription, in order. None is ever left out: a receipt that is not shown is a receipt lost.
/// Dropping it ends the subscription.
pub type Receiver = mpsc::UnboundedReceiver<Event>;

#[derive(Default)]
pub(crate) struct Listeners(Mutex<Vec<mpsc::UnboundedSender<Event>>>);

impl Listeners {
    #[expect(clippy::needless_pass_by_value, reason = "whoever tells something has no further use for it")]
    pub(crate) fn send(&self, event: Event) {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.send(event.clone()).is_ok());
    }

    fn add(&self) -> Receiver {
        let (listener, receiver) = mpsc::unbounded_channel();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
        receiver
    }
}

/// Everything that a shell shows at first; events tell what changes.
#[derive(Debug, Clone, Serialize)]
pub struct Snapshot {
    pub accounts: Vec<Account>,
    pub routes: Vec<Route>,
    pub schedule: Schedule,
    /// Whether a run is under way in this process.
    pub running: bool,
    pub last_run: Option<Run>,
    pub attention: Vec<Attention>,
}

impl Engine {
    /// The state of things, and every event from now on.
    pub async fn subscribe(&self) -> Result<(Snapshot, Receiver)> {
        // First the subscription, then the look: nothing falls in between.
        let receiver = self.inner.events.add();
        let running = self.inner.running.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        let config = self.config().await?;
        let snapshot = Snapshot {
            accounts: self.accounts().await?,
            routes: config.routes.into_values().collect(),
            schedule: config.schedule,
            running,
            last_run: self.inner.ledger.runs(1).await?.pop(),
            attention: self.attention().await?,
        };
        Ok((snapshot, receiver))
    }

    /// Every event from now on.
    pub fn listen(&self) -> Receiver {
        self.inner.events.add()
    }
}
