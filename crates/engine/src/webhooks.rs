//! Services that tell an address of what is new: their subscriptions, and whose news was posted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use baton_core::{Connection, News, Posted, Result, Subscription};

use crate::Engine;

/// What is known of the subscriptions while the program runs.
#[derive(Default)]
pub(crate) struct Webhooks {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Those that news are checked by: a service tries the address before it accepts it.
    readers: BTreeMap<String, Arc<dyn Connection>>,
    /// The accounts that are told of.
    live: BTreeSet<String>,
}

/// What became of one account's subscription.
pub struct Subscribed {
    pub account: String,
    pub outcome: Result<Subscription>,
}

impl Webhooks {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether all these accounts are told of.
    pub(crate) fn cover<'a>(&self, mut accounts: impl Iterator<Item = &'a String>) -> bool {
        let state = self.state();
        !state.live.is_empty() && accounts.all(|account| state.live.contains(account))
    }
}

impl Engine {
    /// Sees to it that every service in use that can tells this address of its news. To be called again once a day: services
    /// end what does not answer for long. Empty where no route begins at such a service.
    ///
    /// # Errors
    /// `BadInput` for a faulty configuration. What goes wrong with one account is in its outcome.
    pub async fn subscribe_webhooks(&self, address: &str) -> Result<Vec<Subscribed>> {
        let config = self.config().await?;
        let sources: BTreeSet<&String> =
            config.routes.values().filter(|route| route.enabled).map(|route| &route.from).collect();
        let mut readers: BTreeMap<String, Arc<dyn Connection>> = BTreeMap::new();
        for id in sources {
            let Some(account) = config.accounts.get(id) else { continue };
            let connection = self.inner.connect(id, account)?;
            if connection.webhook().is_some() {
                readers.insert(id.clone(), Arc::from(connection));
            }
        }
        self.inner.webhooks.state().readers.clone_from(&readers);
        let (mut live, mut all) = (BTreeSet::new(), Vec::new());
        let mut applications: BTreeMap<(String, String), Result<Subscription>> = BTreeMap::new();
        for (id, connection) in readers {
            let (Some(webhook), Some(account)) = (connection.webhook(), config.accounts.get(&id)) else {
                continue;
            };
            let outcome = match webhook.application().await {
                Err(error) => Err(error),
                // Accounts of one application share its subscription: the first of them keeps it.
                Ok(application) => {
                    let application = (account.service.clone(), application);
                    if let Some(outcome) = applications.get(&application) {
                        outcome.clone()
                    } else {
                        let outcome = webhook.subscribe(address).await;
                        applications.insert(application, outcome.clone());
                        outcome
                    }
                }
            };
            if outcome.is_ok() {
                live.insert(id.clone());
            }
            all.push(Subscribed { account: id, outcome });
        }
        self.inner.webhooks.state().live = live;
        Ok(all)
    }

    /// Takes what was posted to the address. `false` where it is not from a service that was subscribed to. What is new
    /// wakes a sync of that account's routes, where [`Engine::run_schedule`] runs.
    ///
    /// # Errors
    /// `BadInput` for a faulty configuration.
    pub async fn posted(&self, posted: &Posted) -> Result<bool> {
        let readers = self.inner.webhooks.state().readers.clone();
        let config = self.config().await?;
        for (id, connection) in readers {
            let Some(webhook) = connection.webhook() else { continue };
            match webhook.read(posted).await {
                Ok(News::Of(person)) => {
                    let service = config.accounts.get(&id).map(|account| account.service.as_str());
                    let of_person = config.accounts.iter().find(|(_, account)| {
                        Some(account.service.as_str()) == service && account.user_key == person
                    });
                    if let Some((account, _)) = of_person {
                        self.inner.woken.wake(account.clone());
                    } else {
                        tracing::debug!(account = id, "news of somebody who is not connected here");
                    }
                    return Ok(true);
                }
                Ok(News::Nothing) => return Ok(true),
                Ok(News::Refused) => {}
                Err(error) => tracing::warn!(account = id, %error, "news could not be checked"),
            }
        }
        Ok(false)
    }
}
