//! The vault's key: random bits kept by the operating system's keychain, or derived from a passphrase.

use std::sync::mpsc;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use baton_core::{Error, ErrorKind, Result, Secret};
use rand::Rng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::hex;

/// 256 bits, wiped when dropped.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// A locked or absent keychain can hang for most of a minute.
const KEYCHAIN_PATIENCE: Duration = Duration::from_secs(10);
/// The program's name in the keychain.
const KEYCHAIN_SERVICE: &str = "baton";

pub(super) fn random() -> Key {
    let mut key = Zeroizing::new([0_u8; 32]);
    rand::rng().fill_bytes(&mut *key);
    key
}

/// How a passphrase becomes a key: Argon2id with these costs and this salt.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Derivation {
    /// Hexadecimal
    salt: String,
    memory_kib: u32,
    passes: u32,
}

impl Derivation {
    pub(super) fn new() -> Derivation {
        Derivation { salt: hex::encode(&random()[..16]), memory_kib: 64 * 1024, passes: 3 }
    }

    pub(super) fn derive(&self, passphrase: &Secret) -> Result<Key> {
        let damaged = || {
            Error::new(
                ErrorKind::Storage,
                "the vault's header is damaged; put a copy of the file “vault” back",
            )
        };
        if passphrase.is_empty() {
            return Err(Error::new(ErrorKind::VaultLocked, "the vault's passphrase is empty; set one"));
        }
        let salt = hex::decode(&self.salt).ok_or_else(damaged)?;
        // A header that somebody damaged must not ask for all the memory there is.
        if self.memory_kib > 1024 * 1024 || self.passes > 64 {
            return Err(damaged());
        }
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(|_| damaged())?;
        let mut key = Zeroizing::new([0_u8; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose().as_bytes(), &salt, &mut *key)
            .map_err(|_| damaged())?;
        Ok(key)
    }
}

/// Stores the key of a new vault.
pub(super) fn store_in_keychain(vault: &str, key: &Key) -> Result<()> {
    let (name, key) = (entry_name(vault), key.clone());
    in_keychain(move || keyring::Entry::new(KEYCHAIN_SERVICE, &name)?.set_secret(&*key))
}

/// The key of this vault.
///
/// # Errors
/// `VaultLocked` with what to do.
pub(super) fn load_from_keychain(vault: &str) -> Result<Key> {
    let name = entry_name(vault);
    let bytes =
        in_keychain(move || keyring::Entry::new(KEYCHAIN_SERVICE, &name)?.get_secret().map(Zeroizing::new))?;
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| {
        locked("the key in this computer's keychain is damaged; move the file “vault” away and connect again")
    })?;
    Ok(Zeroizing::new(key))
}

/// Removes the key of a vault that is no more. What cannot be reached stays and opens nothing.
pub(super) fn remove_from_keychain(vault: &str) {
    let name = entry_name(vault);
    let _ = in_keychain(move || keyring::Entry::new(KEYCHAIN_SERVICE, &name)?.delete_credential());
}

/// One name for each vault, so that a stale key of another data directory never wins.
fn entry_name(vault: &str) -> String {
    format!("vault key {vault}")
}

fn locked(words: impl Into<String>) -> Error {
    Error::new(ErrorKind::VaultLocked, words)
}

/// Runs on a thread of its own: on a tokio thread the keychain's own runtime can panic, and a keychain that waits for
/// its user must not hold anything else up.
fn in_keychain<T: Send + 'static>(work: impl FnOnce() -> keyring::Result<T> + Send + 'static) -> Result<T> {
    let (answer, wait) = mpsc::channel();
    std::thread::Builder::new()
        .name("keychain".into())
        .spawn(move || {
            let _ = answer.send(work());
        })
        .map_err(|error| locked(format!("the keychain could not be asked: {error}")))?;
    let advice = "unlock or install a keychain (GNOME Keyring, KWallet), or use a passphrase instead \
                  (BATON_VAULT=file and BATON_VAULT_PASSPHRASE_FILE)";
    match wait.recv_timeout(KEYCHAIN_PATIENCE) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(keyring::Error::NoEntry)) => Err(locked(
            "this computer's keychain no longer holds the key to the saved sign-ins; move the file “vault” away and \
             connect again",
        )),
        // The keychain's own words may hold what it keeps.
        Ok(Err(_)) => Err(locked(format!("there is no safe place for sign-ins on this computer; {advice}"))),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            Err(locked(format!("this computer's keychain does not answer; {advice}")))
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(locked(format!("this computer's keychain failed; {advice}")))
        }
    }
}
