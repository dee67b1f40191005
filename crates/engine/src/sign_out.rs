//! Signing out: the service is told, and what came from it can go too.

use std::time::Duration;

use baton_core::{Changed, Error, ErrorKind, Event, Result};
use serde::Serialize;

use crate::accounts::no_account;
use crate::config::AccountConfig;
use crate::ledger::Subject;
use crate::{Engine, blocking};

/// A service that is slow to hear of it holds nobody up.
const PATIENCE: Duration = Duration::from_secs(15);

/// How a sign-out went.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct SignedOut {
    /// How many entries were taken off this computer, with their files.
    pub removed: u32,
    /// Why the service could not be told. Its permission may still stand there, until the person withdraws it.
    pub untold: Option<Error>,
}

impl Engine {
    /// Removes an account and its tokens from this computer, and tells the service where that is possible. Nothing is
    /// deleted at the service, and its routes stay, without effect until it is connected again.
    ///
    /// With `remove` what came from it goes as well: its entries and measurements, its own answers and the files made of
    /// them. Only that something was sent stays remembered, by identifiers alone, so that signing in again sends nothing
    /// twice. Without it everything stays, and signing in again goes on from there.
    ///
    /// # Errors
    /// `BadInput` where there is no such account, or where its terms ask for removal and `remove` is not set; `Busy` where
    /// something is to be removed during a sync. Nothing is then changed.
    pub async fn sign_out(&self, account: &str, remove: bool) -> Result<SignedOut> {
        let config = self.config().await?;
        let Some(settings) = config.accounts.get(account) else {
            return Err(no_account(account, config.accounts.keys()));
        };
        let info = self.inner.service(&settings.service).ok().map(|service| service.info());
        if let Some(info) = info.filter(|info| info.removes_on_sign_out && !remove) {
            return Err(Error::bad_input(format!(
                "{} asks that what came from it is removed from this computer when you sign out; agree to that",
                info.name
            )));
        }
        let _lock = if remove { Some(self.not_running().await?) } else { None };
        let untold = self.revoke(account, settings).await.err();
        let removed = if remove { self.remove_all_of(account).await? } else { 0 };
        let (vault, file, id) = (self.inner.vault.clone(), self.inner.config.clone(), account.to_owned());
        blocking(move || {
            vault.remove(&id)?;
            let mut accounts = serde_json::Map::new();
            accounts.insert(id, serde_json::Value::Null);
            file.merge(&serde_json::json!({ "accounts": accounts }))
        })
        .await?;
        self.inner.ledger.remove_block(&Subject::Account(account.to_owned())).await?;
        self.tell_accounts().await?;
        Ok(SignedOut { removed, untold })
    }

    async fn revoke(&self, account: &str, settings: &AccountConfig) -> Result<()> {
        let connection = self.inner.connect(account, settings)?;
        match tokio::time::timeout(PATIENCE, connection.revoke()).await {
            // Who has no valid sign-in has none to end.
            Ok(Err(error)) if error.kind == ErrorKind::SignInRequired => Ok(()),
            Ok(outcome) => outcome,
            Err(_) => Err(Error::new(ErrorKind::ServiceDown, "there was no answer")),
        }
    }

    /// Files first: what is interrupted can be asked for again as long as the account is there.
    async fn remove_all_of(&self, account: &str) -> Result<u32> {
        let (keys, names) = self.inner.ledger.belongings(account).await?;
        let (archive, id) = (self.inner.archive.clone(), account.to_owned());
        let removed = keys.len() as u32;
        blocking(move || {
            names.iter().try_for_each(|name| archive.remove(name))?;
            keys.iter().try_for_each(|key| archive.remove_raw(&id, key))
        })
        .await?;
        let config = self.config().await?;
        let routes = config.routes.values().filter(|route| route.from == account);
        let routes = routes.map(|route| route.id.clone()).collect();
        self.inner.ledger.remove_belongings(account, routes).await?;
        self.inner.events.send(Event::Changed { what: Changed::Entries });
        Ok(removed)
    }
}
