//! Accounts: signing in and out, and how each account is.

use std::sync::Arc;

use baton_core::{
    Attention, Changed, Connection, Error, ErrorKind, Event, Kind, Next, Prompt, Reply, Result, Service,
    SignInFlow, TokenCell,
};
use chrono::TimeDelta;
use serde::Serialize;

use crate::config::AccountConfig;
use crate::ledger::{Block, Subject};
use crate::vault::AccountStore;
use crate::{Engine, Inner, Time, blocking};

/// The first rest after a service refused a sign-in for being one too many; each further one is twice as long.
const FIRST_COOL_DOWN: TimeDelta = TimeDelta::hours(2);
const LONGEST_COOL_DOWN: TimeDelta = TimeDelta::hours(24);

/// One sign-in at a service, and how it is.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct Account {
    pub id: String,
    pub service: String,
    pub service_name: String,
    pub display_name: String,
    pub domain: Option<String>,
    pub reads: Vec<Kind>,
    pub writes: Vec<Kind>,
    pub state: AccountState,
}

/// How an account is.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AccountState {
    Connected,
    /// The person must act.
    NeedsPerson {
        error: Error,
        since: Time,
    },
    /// The service wants to be left alone until then.
    Resting {
        error: Error,
        until: Time,
    },
    /// It did not work the last time and is tried again by itself.
    Trouble {
        error: Error,
        since: Time,
    },
    /// The configuration names a service that this build does not know.
    UnknownService,
}

/// A sign-in under way. Dropping it cancels it.
pub struct SignIn {
    engine: Engine,
    service: Arc<dyn Service>,
    /// What a cool-down of this sign-in is remembered by.
    subject: Subject,
    domain: Option<String>,
    flow: Box<dyn SignInFlow>,
}

/// Where a sign-in stands.
#[derive(Debug, Clone, PartialEq)]
pub enum SignInStep {
    Ask(Prompt),
    Done(Account),
}

impl Engine {
    /// Whether the saved sign-ins wait for a passphrase. The keychain is not asked.
    pub async fn waits_for_passphrase(&self) -> Result<bool> {
        let vault = self.inner.vault.clone();
        blocking(move || vault.waits_for_passphrase()).await
    }

    /// Takes a passphrase in place of the keychain until the program ends; a vault that does not exist yet is made with
    /// it.
    ///
    /// # Errors
    /// `VaultLocked` where it does not open the vault.
    pub async fn unlock(&self, passphrase: baton_core::Secret) -> Result<()> {
        let vault = self.inner.vault.clone();
        blocking(move || vault.unlock(passphrase)).await
    }

    /// The accounts with how they are. No request is made and the vault stays closed.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let config = self.config().await?;
        let blocks = self.inner.ledger.blocks().await?;
        let now = self.inner.now();
        Ok(config
            .accounts
            .iter()
            .map(|(id, account)| self.inner.account(id, account, &blocks, now))
            .collect())
    }

    /// What needs the person, or time, now.
    pub async fn attention(&self) -> Result<Vec<Attention>> {
        let blocks = self.inner.ledger.blocks().await?;
        let now = self.inner.now();
        Ok(blocks
            .into_iter()
            .filter(|block| block.until.is_none_or(|until| now < until))
            .filter_map(|block| match block.subject {
                Subject::Account(id) => {
                    Some(Attention { account: Some(id), error: block.error, since: block.since })
                }
                Subject::SignIn(_) => None,
            })
            .collect())
    }

    /// Begins a sign-in. Without a method it is the service's first that needs no window.
    ///
    /// # Errors
    /// `BadInput` for an unknown service, method or domain; `LoginCoolDown` while the service wants to be left alone;
    /// `VaultLocked` where there is no place to keep what the sign-in brings: better now than after the password.
    pub async fn begin_sign_in(
        &self,
        service: &str,
        method: Option<&str>,
        domain: Option<&str>,
    ) -> Result<SignIn> {
        let service = self.inner.service(service)?.clone();
        let info = service.info();
        let method = match method {
            Some(method) if info.sign_in.iter().any(|known| known.id == method) => method,
            Some(method) => {
                let known: Vec<&str> = info.sign_in.iter().map(|method| method.id).collect();
                let known = known.join(", ");
                return Err(Error::bad_input(format!(
                    "{} has no way to sign in called “{method}”; there are: {known}",
                    info.name
                )));
            }
            None => info
                .sign_in
                .iter()
                .find(|method| !method.needs_window)
                .or(info.sign_in.first())
                .map(|method| method.id)
                .ok_or_else(|| Error::bug(format!("{} has no way to sign in", info.name)))?,
        };
        let subject = sign_in_subject(info.id, method);
        let now = self.inner.now();
        let block = self.inner.ledger.blocks().await?.into_iter().find(|block| block.subject == subject);
        if let Some(block) = block.filter(|block| block.until.is_some_and(|until| now < until)) {
            return Err(block.error);
        }
        let vault = self.inner.vault.clone();
        blocking(move || vault.check()).await?;
        let flow = service.sign_in(method, domain)?;
        Ok(SignIn { engine: self.clone(), service, subject, domain: domain.map(str::to_owned), flow })
    }

    pub(crate) async fn tell_accounts(&self) -> Result<()> {
        self.inner.events.send(Event::Changed { what: Changed::Accounts });
        self.inner.events.send(Event::Attention { list: self.attention().await? });
        Ok(())
    }
}

/// A cool-down closes one way to sign in: while a password is refused unseen, the service's own page still works.
fn sign_in_subject(service: &str, method: &str) -> Subject {
    Subject::SignIn(format!("{service}/{method}"))
}

pub(crate) fn no_account<'a>(account: &str, known: impl Iterator<Item = &'a String>) -> Error {
    let known: Vec<&str> = known.map(String::as_str).collect();
    match known.as_slice() {
        [] => Error::bad_input(format!("there is no account “{account}”; connect one first")),
        _ => Error::bad_input(format!("there is no account “{account}”; there are: {}", known.join(", "))),
    }
}

impl Inner {
    fn account(&self, id: &str, account: &AccountConfig, blocks: &[Block], now: Time) -> Account {
        let info = self.services.iter().map(|service| service.info()).find(|info| info.id == account.service);
        let subject = Subject::Account(id.to_owned());
        let block = blocks.iter().find(|block| block.subject == subject);
        let state = match (info, block) {
            (None, _) => AccountState::UnknownService,
            (_, None) => AccountState::Connected,
            (_, Some(Block { error, since, until, .. })) => match (error.kind.needs_person(), until) {
                (true, _) => AccountState::NeedsPerson { error: error.clone(), since: *since },
                (false, Some(until)) if *until <= now => AccountState::Connected,
                (false, Some(until)) if error.kind.until().is_some() => {
                    AccountState::Resting { error: error.clone(), until: *until }
                }
                (false, _) => AccountState::Trouble { error: error.clone(), since: *since },
            },
        };
        Account {
            id: id.to_owned(),
            service: account.service.clone(),
            service_name: info.map_or(account.service.as_str(), |info| info.name).to_owned(),
            display_name: account.display_name.clone(),
            domain: account.domain.clone(),
            reads: info.map(|info| info.reads.to_vec()).unwrap_or_default(),
            writes: info.map(|info| info.writes.to_vec()).unwrap_or_default(),
            state,
        }
    }

    /// The account in use. Its tokens are read when the first request needs them.
    pub(crate) fn connect(&self, id: &str, account: &AccountConfig) -> Result<Box<dyn Connection>> {
        let store = AccountStore { vault: self.vault.clone(), account: id.to_owned() };
        self.service(&account.service)?.connect(Arc::new(TokenCell::new(Arc::new(store))))
    }
}

impl SignIn {
    /// The first call has no reply; each further one answers the prompt before it. Done means saved: the tokens are in
    /// the vault and the account is in the configuration.
    ///
    /// # Errors
    /// Those of the service; the sign-in is then over. A `LoginCoolDown` is remembered, and each one in a row lasts
    /// twice as long.
    pub async fn next(&mut self, reply: Option<Reply>) -> Result<SignInStep> {
        match self.flow.next(reply).await {
            Ok(Next::Ask(prompt)) => Ok(SignInStep::Ask(prompt)),
            Ok(Next::Done(signed_in)) => {
                let account = self.save(signed_in).await?;
                Ok(SignInStep::Done(account))
            }
            Err(error) if matches!(error.kind, ErrorKind::LoginCoolDown { .. }) => {
                Err(self.cool_down(error).await?)
            }
            Err(error) => Err(error),
        }
    }

    async fn save(&mut self, signed_in: baton_core::SignedIn) -> Result<Account> {
        let inner = &self.engine.inner;
        let service = self.service.info().id;
        let (now, config) = (inner.now(), self.engine.config().await?);
        let same_person =
            |account: &&AccountConfig| account.service == service && account.user_key == signed_in.user_key;
        let known =
            config.accounts.iter().find(|(_, account)| same_person(account)).map(|(id, _)| id.clone());
        let id = if let Some(id) = known {
            id
        } else {
            let taken = config.accounts.keys().cloned().collect();
            inner.ledger.account_id(service, &signed_in.user_key, taken, now).await?
        };
        let account = AccountConfig {
            service: service.to_owned(),
            user_key: signed_in.user_key,
            display_name: signed_in.display_name,
            domain: self.domain.clone(),
        };
        // Tokens first: an account without tokens would ask to sign in again, tokens without an account harm nobody.
        let store = AccountStore { vault: inner.vault.clone(), account: id.clone() };
        let _lock = baton_core::TokenStore::lock(&store).await?;
        baton_core::TokenStore::save(&store, &signed_in.tokens).await?;
        let (file, patch_id, patch) = (inner.config.clone(), id.clone(), account.clone());
        blocking(move || {
            let mut accounts = serde_json::Map::new();
            let fields =
                serde_json::to_value(&patch).map_err(|_| Error::bug("an account cannot be written down"))?;
            accounts.insert(patch_id, fields);
            file.merge(&serde_json::json!({ "accounts": accounts }))
        })
        .await?;
        inner.ledger.remove_block(&Subject::Account(id.clone())).await?;
        inner.ledger.remove_block(&self.subject).await?;
        self.engine.tell_accounts().await?;
        Ok(inner.account(&id, &account, &[], now))
    }

    /// Remembers a refusal. The service's own time counts where it is later than ours.
    async fn cool_down(&mut self, error: Error) -> Result<Error> {
        let inner = &self.engine.inner;
        let now = inner.now();
        let before = inner.ledger.blocks().await?.into_iter().find(|block| block.subject == self.subject);
        let block = cool_down(self.subject.clone(), error, before.as_ref(), now);
        inner.ledger.put_block(block.clone()).await?;
        Ok(block.error)
    }
}

/// The rest that a refused sign-in begins: 2 h, 4 h, … 24 h, or as long as the service says where that is longer.
pub(crate) fn cool_down(subject: Subject, error: Error, before: Option<&Block>, now: Time) -> Block {
    let before = before.filter(|block| matches!(block.error.kind, ErrorKind::LoginCoolDown { .. }));
    let repeats = before.map_or(0, |block| block.repeats.saturating_add(1));
    let ours =
        FIRST_COOL_DOWN.checked_mul(1 << repeats.min(4)).unwrap_or(LONGEST_COOL_DOWN).min(LONGEST_COOL_DOWN);
    let until = error.kind.until().map_or(now + ours, |theirs| theirs.max(now + ours));
    let error = Error::new(ErrorKind::LoginCoolDown { until }, error.message);
    Block { subject, error, since: now, until: Some(until), repeats }
}
