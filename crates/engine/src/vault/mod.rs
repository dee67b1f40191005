//! The vault: what is secret, sealed in one file.
//!
//! Every account's tokens are sealed by XChaCha20-Poly1305 with the account's id as associated data. The key is 256
//! random bits in the operating system's keychain, or derived from a passphrase (Argon2id). Each token in the keychain
//! by itself would not do: Windows holds 2,560 bytes a credential, and vendors' tokens are longer.

mod key;
mod sealed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, ErrorKind, Result, Secret, TokenStore, Tokens};
use zeroize::Zeroizing;

use crate::blocking;
use crate::files::{self, Durability};
use key::Key;
use sealed::{KeySource, SealedFile};

/// How long a change of the vault waits for another process. A change takes milliseconds.
const VAULT_PATIENCE: Duration = Duration::from_secs(20);
/// How long a refresh waits for another process that refreshes the same account.
const ACCOUNT_PATIENCE: Duration = Duration::from_mins(1);

/// Where the key to the vault comes from. Never changed silently: who asks for the keychain gets it or an error.
#[derive(Clone)]
pub enum VaultKind {
    /// The operating system's keychain.
    Keychain,
    /// A passphrase, for machines without a keychain.
    Passphrase(Secret),
    /// Nothing is written; for tests.
    Memory,
}

impl VaultKind {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            VaultKind::Keychain => "keychain",
            VaultKind::Passphrase(_) => "passphrase",
            VaultKind::Memory => "memory",
        }
    }
}

/// All accounts' tokens. Opened at the first use, so that what needs no secret never asks for the key.
pub(crate) struct Vault {
    kind: Mutex<VaultKind>,
    path: PathBuf,
    locks: PathBuf,
    memory: Mutex<BTreeMap<String, Tokens>>,
    /// The key and the vault that it opens; forgotten where the file is another one meanwhile.
    key: Mutex<Option<(String, Key)>>,
}

impl Vault {
    pub(crate) fn new(home: &Path, kind: VaultKind) -> Vault {
        Vault {
            kind: Mutex::new(kind),
            path: home.join("vault"),
            locks: home.join("locks"),
            memory: Mutex::default(),
            key: Mutex::default(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn kind_name(&self) -> &'static str {
        self.kind().name()
    }

    fn kind(&self) -> VaultKind {
        self.kind.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the file waits for a passphrase that nobody has given. The keychain is not asked.
    pub(crate) fn waits_for_passphrase(&self) -> Result<bool> {
        let file = SealedFile::read(&self.path)?;
        let sealed_with_one = file.is_some_and(|file| matches!(file.source(), KeySource::Passphrase(_)));
        Ok(sealed_with_one && matches!(self.kind(), VaultKind::Keychain))
    }

    /// Takes a passphrase in place of the keychain, from now until the program ends. A vault that does not exist yet is
    /// made with it.
    ///
    /// # Errors
    /// `VaultLocked` where it does not open the vault; nothing is then changed.
    pub(crate) fn unlock(&self, passphrase: Secret) -> Result<()> {
        let with_passphrase = Vault {
            kind: Mutex::new(VaultKind::Passphrase(passphrase)),
            path: self.path.clone(),
            locks: self.locks.clone(),
            memory: Mutex::default(),
            key: Mutex::default(),
        };
        with_passphrase.check()?;
        *self.kind.lock().unwrap_or_else(PoisonError::into_inner) = with_passphrase.kind();
        Ok(())
    }

    /// Deletes the file, and its key in the keychain where it can be reached.
    pub(crate) fn destroy(&self) -> Result<()> {
        self.memory().clear();
        let _lock = files::lock(&self.locks.join("vault.lock"), VAULT_PATIENCE)?;
        // A damaged file is deleted as well.
        if let Ok(Some(file)) = SealedFile::read(&self.path)
            && matches!(file.source(), KeySource::Keychain)
        {
            key::remove_from_keychain(file.id());
        }
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = None;
        files::remove_if_there(&self.path)
    }

    /// The account's tokens.
    ///
    /// # Errors
    /// `SignInRequired` where there are none, `VaultLocked`, `Storage` where the file is damaged.
    pub(crate) fn load(&self, account: &str) -> Result<Tokens> {
        let none = || Error::sign_in(format!("there is no saved sign-in for {account}; connect it again"));
        if matches!(self.kind(), VaultKind::Memory) {
            return self.memory().get(account).cloned().ok_or_else(none);
        }
        let file = SealedFile::read(&self.path)?.ok_or_else(none)?;
        let key = self.key_of(&file)?;
        let bytes = file.open(account, &key).transpose()?.ok_or_else(none)?;
        Ok(Tokens::from_vault(bytes))
    }

    /// Replaces the account's tokens; on return they are on disk.
    pub(crate) fn save(&self, account: &str, tokens: &Tokens) -> Result<()> {
        if matches!(self.kind(), VaultKind::Memory) {
            self.memory().insert(account.to_owned(), tokens.clone());
            return Ok(());
        }
        self.change(|file, key| file.seal(account, tokens.expose(), key))
    }

    /// Forgets the account's tokens. No key is needed for that.
    pub(crate) fn remove(&self, account: &str) -> Result<()> {
        if matches!(self.kind(), VaultKind::Memory) {
            self.memory().remove(account);
            return Ok(());
        }
        let _lock = files::lock(&self.locks.join("vault.lock"), VAULT_PATIENCE)?;
        let Some(mut file) = SealedFile::read(&self.path)? else { return Ok(()) };
        if file.remove(account) { self.write(&file) } else { Ok(()) }
    }

    /// Whether the vault opens: makes it where there is none yet. Called before a sign-in begins, so that nobody types
    /// a password in vain.
    pub(crate) fn check(&self) -> Result<()> {
        if matches!(self.kind(), VaultKind::Memory) {
            return Ok(());
        }
        if let Some(file) = SealedFile::read(&self.path)? {
            self.key_of(&file)?;
            return Ok(());
        }
        self.change(|_, _| Ok(()))
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Tokens>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads, changes and replaces the whole file while no other process can.
    fn change(&self, change: impl FnOnce(&mut SealedFile, &Key) -> Result<()>) -> Result<()> {
        let _lock = files::lock(&self.locks.join("vault.lock"), VAULT_PATIENCE)?;
        let (mut file, key) = match SealedFile::read(&self.path)? {
            Some(file) => {
                let key = self.key_of(&file)?;
                (file, key)
            }
            None => self.create()?,
        };
        change(&mut file, &key)?;
        self.write(&file)
    }

    fn write(&self, file: &SealedFile) -> Result<()> {
        files::replace(&self.path, &file.to_bytes()?, Durability::Synced)
    }

    /// A new vault with a new key. A key in the keychain is stored there before the file names it.
    fn create(&self) -> Result<(SealedFile, Key)> {
        let id = uuid::Uuid::new_v4().to_string();
        let (source, key) = match &self.kind() {
            VaultKind::Passphrase(passphrase) => {
                let derivation = key::Derivation::new();
                let key = derivation.derive(passphrase)?;
                (KeySource::Passphrase(derivation), key)
            }
            VaultKind::Keychain | VaultKind::Memory => {
                let key = key::random();
                key::store_in_keychain(&id, &key)?;
                (KeySource::Keychain, key)
            }
        };
        let file = SealedFile::new(id.clone(), source, &key)?;
        self.remember(&id, &key);
        Ok((file, key))
    }

    fn key_of(&self, file: &SealedFile) -> Result<Key> {
        let remembered = self.key.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, key)) = remembered.filter(|(id, _)| id == file.id()) {
            return Ok(key);
        }
        let locked = |words: &str| Error::new(ErrorKind::VaultLocked, words);
        let key = match (&self.kind(), file.source()) {
            (VaultKind::Passphrase(passphrase), KeySource::Passphrase(derivation)) => {
                let key = derivation.derive(passphrase)?;
                if !file.is_opened_by(&key) {
                    return Err(locked(
                        "the passphrase does not open the vault; use the one that it was made with",
                    ));
                }
                key
            }
            (VaultKind::Passphrase(_), KeySource::Keychain) => {
                return Err(locked(
                    "the saved sign-ins are sealed with this computer's keychain, not with a passphrase; start Baton \
                     without the passphrase, or move the file “vault” away and connect again",
                ));
            }
            (_, KeySource::Passphrase(_)) => {
                return Err(locked(
                    "the saved sign-ins are sealed with a passphrase; start Baton with that passphrase \
                     (BATON_VAULT=file and BATON_VAULT_PASSPHRASE_FILE)",
                ));
            }
            (_, KeySource::Keychain) => {
                let key = key::load_from_keychain(file.id())?;
                if !file.is_opened_by(&key) {
                    return Err(locked(
                        "the key in this computer's keychain does not open the vault; move the file “vault” away and \
                         connect again",
                    ));
                }
                key
            }
        };
        self.remember(file.id(), &key);
        Ok(key)
    }

    fn remember(&self, id: &str, key: &Key) {
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((id.to_owned(), Zeroizing::new(**key)));
    }
}

/// One account's place in the vault.
pub(crate) struct AccountStore {
    pub(crate) vault: Arc<Vault>,
    pub(crate) account: String,
}

#[async_trait]
impl TokenStore for AccountStore {
    async fn load(&self) -> Result<Tokens> {
        let (vault, account) = (self.vault.clone(), self.account.clone());
        blocking(move || vault.load(&account)).await
    }

    async fn save(&self, tokens: &Tokens) -> Result<()> {
        let (vault, account, tokens) = (self.vault.clone(), self.account.clone(), tokens.clone());
        blocking(move || vault.save(&account, &tokens)).await
    }

    async fn lock(&self) -> Result<Box<dyn Send>> {
        let path = self.vault.locks.join(format!("account-{}.lock", self.account));
        let lock = blocking(move || files::lock(&path, ACCOUNT_PATIENCE)).await?;
        Ok(Box::new(lock))
    }
}

#[cfg(test)]
mod tests;
