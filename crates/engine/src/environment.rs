//! What the environment says about where data and sign-ins rest: the same for every shell.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use baton_core::{Error, Result, Secret};

use crate::{Engine, VaultKind};

/// Reads one variable of the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The data directory: `BATON_HOME`, else the usual place.
///
/// # Errors
/// Those of [`Engine::default_home`].
pub fn home(environment: Environment<'_>) -> Result<PathBuf> {
    variable(environment, "BATON_HOME").map_or_else(Engine::default_home, |home| Ok(PathBuf::from(home)))
}

/// Where sign-ins rest: the keychain, or with `BATON_VAULT=file` a file sealed with the passphrase in
/// `BATON_VAULT_PASSPHRASE`, or in the first line of the file that `BATON_VAULT_PASSPHRASE_FILE` names.
///
/// # Errors
/// `BadInput` where these say nothing that can be done.
pub fn vault(environment: Environment<'_>) -> Result<VaultKind> {
    let Some(kind) = variable(environment, "BATON_VAULT") else { return Ok(VaultKind::Keychain) };
    if kind != "file" {
        return Err(Error::bad_input(
            "BATON_VAULT can only be “file”; unset it to keep sign-ins in this computer's keychain",
        ));
    }
    if let Some(passphrase) = variable(environment, "BATON_VAULT_PASSPHRASE") {
        let passphrase = passphrase
            .into_string()
            .map_err(|_| Error::bad_input("BATON_VAULT_PASSPHRASE is not readable text"))?;
        return Ok(VaultKind::Passphrase(Secret::new(passphrase)));
    }
    let Some(path) = variable(environment, "BATON_VAULT_PASSPHRASE_FILE") else {
        return Err(Error::bad_input(
            "BATON_VAULT=file needs a passphrase: set BATON_VAULT_PASSPHRASE, or BATON_VAULT_PASSPHRASE_FILE to a file \
             that holds it",
        ));
    };
    let passphrase =
        first_line(Path::new(&path)).map_err(|error| error.while_doing("BATON_VAULT_PASSPHRASE_FILE"))?;
    if passphrase.is_empty() {
        return Err(Error::bad_input("the file that BATON_VAULT_PASSPHRASE_FILE names is empty"));
    }
    Ok(VaultKind::Passphrase(passphrase))
}

/// The first line of a file that holds a secret.
///
/// # Errors
/// `BadInput` where it cannot be read.
pub fn first_line(path: &Path) -> Result<Secret> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::bad_input(Error::storage(path, &error).message))?;
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}

/// A variable that is set to something.
fn variable(environment: Environment<'_>, name: &str) -> Option<OsString> {
    environment(name).filter(|value| !value.is_empty())
}
