//! The vault's file: JSON with sealed tokens, one entry an account.

use std::collections::BTreeMap;
use std::path::Path;

use baton_core::{Error, ErrorKind, Result};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

use super::key::{Derivation, Key, random};
use crate::files;
use crate::hex;

/// The form that this program writes. A file of a later form is refused, not guessed at.
const VERSION: u32 = 1;
/// Sealed in every vault, so that a wrong key is told apart from a damaged account.
const CHECK: &[u8] = b"baton";
/// No account has this id: ids are lower case without spaces.
const CHECK_NAME: &str = "the vault itself";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealedFile {
    version: u32,
    id: String,
    key: KeySource,
    check: Sealed,
    accounts: BTreeMap<String, Sealed>,
}

/// What is needed, beside the secret itself, to come by the key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum KeySource {
    Keychain,
    Passphrase(Derivation),
}

/// One sealed text; both fields in hexadecimal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    nonce: String,
    text: String,
}

impl SealedFile {
    pub(super) fn new(id: String, key_source: KeySource, key: &Key) -> Result<SealedFile> {
        let check = seal(&id, CHECK_NAME, CHECK, key)?;
        Ok(SealedFile { version: VERSION, id, key: key_source, check, accounts: BTreeMap::new() })
    }

    /// The file as it is, or `None` where there is none.
    ///
    /// # Errors
    /// `Storage` where it is damaged; it stays as it is.
    pub(super) fn read(path: &Path) -> Result<Option<SealedFile>> {
        let Some(bytes) = files::read_if_there(path)? else { return Ok(None) };
        let damaged = |what: &str| {
            Error::new(
                ErrorKind::Storage,
                format!(
                    "the vault {} {what}; it is left as it is: put a copy back, or move it away and connect again",
                    path.display()
                ),
            )
        };
        // The parser's own words could quote the file.
        let file: SealedFile = serde_json::from_slice(&bytes).map_err(|_| damaged("is damaged"))?;
        if file.version != VERSION {
            return Err(damaged("was written by a newer Baton"));
        }
        Ok(Some(file))
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec_pretty(self).map_err(|_| Error::bug("the vault could not be written"))
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn source(&self) -> &KeySource {
        &self.key
    }

    pub(super) fn is_opened_by(&self, key: &Key) -> bool {
        open(&self.id, CHECK_NAME, &self.check, key).is_some_and(|text| text == CHECK)
    }

    pub(super) fn seal(&mut self, account: &str, text: &[u8], key: &Key) -> Result<()> {
        let sealed = seal(&self.id, account, text, key)?;
        self.accounts.insert(account.to_owned(), sealed);
        Ok(())
    }

    /// The account's text, `None` where it has none.
    pub(super) fn open(&self, account: &str, key: &Key) -> Option<Result<Vec<u8>>> {
        let sealed = self.accounts.get(account)?;
        Some(open(&self.id, account, sealed, key).ok_or_else(|| {
            Error::new(
                ErrorKind::Storage,
                format!("the saved sign-in of {account} in the vault is damaged; connect that account again"),
            )
        }))
    }

    /// Whether there was something to remove.
    pub(super) fn remove(&mut self, account: &str) -> bool {
        self.accounts.remove(account).is_some()
    }
}

/// Binds a text to its vault and its account, so that a sealed text moved elsewhere does not open.
fn associated(vault: &str, account: &str) -> Vec<u8> {
    format!("{vault}\n{account}").into_bytes()
}

fn seal(vault: &str, account: &str, text: &[u8], key: &Key) -> Result<Sealed> {
    let random_bytes = random();
    let mut nonce = [0_u8; 24];
    nonce.copy_from_slice(&random_bytes[..24]);
    let associated = associated(vault, account);
    let sealed = XChaCha20Poly1305::new((&**key).into())
        .encrypt(&XNonce::from(nonce), Payload { msg: text, aad: &associated })
        .map_err(|_| Error::bug("sealing failed"))?;
    Ok(Sealed { nonce: hex::encode(&nonce), text: hex::encode(&sealed) })
}

fn open(vault: &str, account: &str, sealed: &Sealed, key: &Key) -> Option<Vec<u8>> {
    let nonce: [u8; 24] = hex::decode(&sealed.nonce)?.try_into().ok()?;
    let text = hex::decode(&sealed.text)?;
    let associated = associated(vault, account);
    XChaCha20Poly1305::new((&**key).into())
        .decrypt(&XNonce::from(nonce), Payload { msg: &text, aad: &associated })
        .ok()
}
