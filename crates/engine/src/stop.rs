//! The way to stop something that is under way.

use std::sync::Arc;

use baton_core::{Error, ErrorKind};
use tokio::sync::watch;

/// A switch that many may hold: once it is thrown, everything that watches it ends.
#[derive(Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Stop {
        Stop(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the switch is thrown.
    pub async fn stopped(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }

    /// The future's value, or `None` where the switch is thrown first: the future is dropped at once.
    pub async fn or<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.stopped() => None,
            value = future => Some(value),
        }
    }
}

/// What a run that the person stopped ends with.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "stopped; what is left is sent by the next sync")
}
