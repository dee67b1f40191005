//! Accounts with news, and the sources that notice news by themselves, such as a folder: each is listened to while the
//! schedule runs.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use baton_core::Result;
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::{Engine, Inner};

/// Changes come in crowds, and files while they are still being written: it is looked when nothing changed for so long…
const QUIET: Duration = Duration::from_secs(3);
/// … or after so long in any case.
const LONGEST: Duration = Duration::from_mins(1);

/// The accounts with news that no sync has looked at yet.
#[derive(Default)]
pub(crate) struct Woken {
    accounts: Mutex<BTreeSet<String>>,
    more: Notify,
}

impl Woken {
    /// Takes them; they are then looked at.
    pub(crate) fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.accounts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn wake(&self, account: String) {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).insert(account);
        self.more.notify_one();
    }

    /// Waits for the next news.
    pub(crate) async fn more(&self) {
        self.more.notified().await;
    }
}

/// How listening to a source ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It cannot be heard now: the vault is locked, the drive is not there. Worth another try.
    Unheard,
    /// It tells of nothing.
    Silent,
}

/// The sources that are listened to, by account; who is dropped is not listened to any more.
#[derive(Default)]
pub(crate) struct Listening(HashMap<String, JoinSet<End>>);

impl Engine {
    /// Listens to the sources of the enabled routes, and to no others. One that could not be heard is tried again each
    /// time.
    ///
    /// # Errors
    /// `BadInput` for a faulty configuration.
    pub(crate) async fn listen_to_sources(&self, listening: &mut Listening) -> Result<()> {
        let config = self.config().await?;
        let sources = config.routes.values().filter(|route| route.enabled).map(|route| route.from.clone());
        let sources: BTreeSet<String> = sources.filter(|from| config.accounts.contains_key(from)).collect();
        listening.0.retain(|account, task| {
            let is_unheard = matches!(task.try_join_next(), Some(Ok(End::Unheard)));
            sources.contains(account) && !is_unheard
        });
        for account in sources {
            listening.0.entry(account.clone()).or_insert_with(|| {
                let engine = self.clone();
                let mut task = JoinSet::new();
                task.spawn(async move { listen(&engine.inner, account).await });
                task
            });
        }
        Ok(())
    }
}

/// Wakes a sync of the account's routes after each change, for as long as its source tells of any.
async fn listen(inner: &Inner, account: String) -> End {
    let mut changes = match changes(inner, &account).await {
        Ok(Some(changes)) => changes,
        // It is asked by the schedule alone.
        Ok(None) => return End::Silent,
        Err(_) => return End::Unheard,
    };
    while changes.next().await.is_some() {
        let _ = tokio::time::timeout(LONGEST, async {
            while tokio::time::timeout(QUIET, changes.next()).await.is_ok_and(|change| change.is_some()) {}
        })
        .await;
        inner.woken.wake(account.clone());
    }
    End::Unheard
}

async fn changes(inner: &Inner, account: &str) -> Result<Option<BoxStream<'static, ()>>> {
    let file = inner.config.clone();
    let config = crate::blocking(move || file.load()).await?;
    let Some(settings) = config.accounts.get(account) else { return Ok(None) };
    let connection = inner.connect(account, settings)?;
    match connection.source() {
        Some(source) => source.changes().await,
        None => Ok(None),
    }
}
