//! Secrets as types: [`Secret`] for a password or token, [`Tokens`] for what a sign-in leaves behind, and
//! [`TokenCell`], which refreshes them once however many ask.
//!
//! None of them has `Debug`, `Display` or `Serialize`: a secret cannot reach a log by accident.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{Error, Result};

/// A password, code, token or ticket. Wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// The bare text: only for the request that needs it and for the vault.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Without white space at both ends, as pasted text often has.
    pub fn trimmed(&self) -> Secret {
        Secret::new(self.0.trim())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

/// `#[serde(with = "baton_core::tokens::sealed")]`: lets a service write a secret into its own [`Tokens`], and
/// nowhere else.
pub mod sealed {
    use super::{Deserialize, Deserializer, Secret, Serialize, Serializer};

    pub fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        secret.expose().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        Secret::deserialize(deserializer)
    }

    /// The same for an optional secret.
    pub mod option {
        use super::{Deserialize, Deserializer, Secret, Serialize, Serializer};

        pub fn serialize<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
            secret.as_ref().map(Secret::expose).serialize(serializer)
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
            Option::<Secret>::deserialize(deserializer)
        }
    }
}

/// Everything secret that belongs to one account, in the owning service's own JSON. Only the vault and that service
/// look inside.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens(Zeroizing<Vec<u8>>);

impl Tokens {
    /// Packs a service's own token structure.
    pub fn pack(value: &impl Serialize) -> Result<Tokens> {
        let bytes = serde_json::to_vec(value).map_err(|_| Error::bug("the tokens could not be packed"))?;
        Ok(Tokens(Zeroizing::new(bytes)))
    }

    /// Unpacks a service's own token structure.
    ///
    /// # Errors
    /// `SignInRequired` where the stored form is not this service's (any more).
    pub fn unpack<T: DeserializeOwned>(&self) -> Result<T> {
        // The parser's message could quote the secret, so it is dropped.
        serde_json::from_slice(&self.0).map_err(|_| {
            Error::sign_in("the saved sign-in is of an older form; please connect this account again")
        })
    }

    /// For the vault: the bytes to seal.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// For the vault: what was unsealed.
    pub fn from_vault(bytes: Vec<u8>) -> Tokens {
        Tokens(Zeroizing::new(bytes))
    }
}

/// Where one account's tokens rest. Implemented by the engine's vault and by memory in tests.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The stored tokens as they are now (another process may have replaced them).
    ///
    /// # Errors
    /// `SignInRequired` where there are none, `VaultLocked`, `Storage`.
    async fn load(&self) -> Result<Tokens>;

    /// Replaces the stored tokens; on return they are safe on disk.
    async fn save(&self, tokens: &Tokens) -> Result<()>;

    /// Keeps every other process from refreshing this account until the guard is dropped.
    async fn lock(&self) -> Result<Box<dyn Send>>;
}

/// One account's tokens in use. Refresh tokens rotate, and a lost one signs the person out; therefore a refresh runs
/// once at a time across threads and processes, and what it brings is saved before anybody uses it.
pub struct TokenCell {
    store: Arc<dyn TokenStore>,
    current: futures::lock::Mutex<Option<Arc<Tokens>>>,
}

impl TokenCell {
    pub fn new(store: Arc<dyn TokenStore>) -> TokenCell {
        TokenCell { store, current: futures::lock::Mutex::new(None) }
    }

    /// The tokens to use now.
    pub async fn current(&self) -> Result<Arc<Tokens>> {
        let mut current = self.current.lock().await;
        if let Some(tokens) = &*current {
            return Ok(tokens.clone());
        }
        let tokens = Arc::new(self.store.load().await?);
        *current = Some(tokens.clone());
        Ok(tokens)
    }

    /// Replaces tokens that the caller found wanting (`stale`). Whoever asks with tokens that somebody else has
    /// replaced meanwhile, here or in another process, gets the new ones and `renew` is not called.
    ///
    /// # Errors
    /// Those of `renew` and of the store; the stored tokens are then unchanged.
    pub async fn refresh<F, Fut>(&self, stale: &Tokens, renew: F) -> Result<Arc<Tokens>>
    where
        F: FnOnce(Arc<Tokens>) -> Fut,
        Fut: Future<Output = Result<Tokens>>,
    {
        let mut current = self.current.lock().await;
        if let Some(tokens) = current.as_ref().filter(|tokens| ***tokens != *stale) {
            return Ok(tokens.clone());
        }
        let _lock = self.store.lock().await?;
        let mut tokens = Arc::new(self.store.load().await?);
        if *tokens == *stale {
            let renewed = renew(tokens).await?;
            self.store.save(&renewed).await?;
            tokens = Arc::new(renewed);
        }
        *current = Some(tokens.clone());
        Ok(tokens)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Memory(Mutex<Tokens>);

    #[async_trait]
    impl TokenStore for Memory {
        async fn load(&self) -> Result<Tokens> {
            Ok(self.0.lock().unwrap().clone())
        }
        async fn save(&self, tokens: &Tokens) -> Result<()> {
            *self.0.lock().unwrap() = tokens.clone();
            Ok(())
        }
        async fn lock(&self) -> Result<Box<dyn Send>> {
            Ok(Box::new(()))
        }
    }

    #[tokio::test]
    async fn many_ask_and_one_refreshes() {
        let store = Arc::new(Memory(Mutex::new(Tokens::pack(&1).unwrap())));
        let cell = TokenCell::new(store.clone());
        let stale = cell.current().await.unwrap();
        let refreshes = AtomicUsize::new(0);
        let ask = || {
            cell.refresh(&stale, |_| async {
                refreshes.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Tokens::pack(&2)
            })
        };
        let all = futures::future::join_all((0..8).map(|_| ask())).await;
        assert!(all.into_iter().all(|tokens| tokens.unwrap().unpack::<u8>().unwrap() == 2));
        assert_eq!(refreshes.load(Ordering::SeqCst), 1);
        assert_eq!(store.load().await.unwrap().unpack::<u8>().unwrap(), 2);
    }

    #[tokio::test]
    async fn tokens_replaced_by_another_process_are_taken_over() {
        let store = Arc::new(Memory(Mutex::new(Tokens::pack(&1).unwrap())));
        let cell = TokenCell::new(store.clone());
        let stale = cell.current().await.unwrap();
        store.save(&Tokens::pack(&7).unwrap()).await.unwrap();
        let tokens = cell.refresh(&stale, |_| async { Err(Error::bug("refreshed twice")) }).await.unwrap();
        assert_eq!(tokens.unpack::<u8>().unwrap(), 7);
    }
}
