//! What every command gets: how to speak, the environment, and the engine, opened when it is first needed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use baton_core::{Clock, Error, Secret, Service, Stage};
use baton_engine::{Engine, OpenOptions, StageHook, VaultKind};
use baton_services::{Endpoints, World};

use crate::args::Global;
use crate::failure::{Failure, Hint, Result};
use crate::log;
use crate::output::Output;
use crate::prompts::{Environment, Prompts};

/// The world of one command.
pub struct Context<'a> {
    pub output: Output,
    pub environment: Environment<'a>,
    pub clock: Clock,
    home: Option<PathBuf>,
    verbose: u8,
}

impl<'a> Context<'a> {
    pub fn new(global: Global, output: Output, environment: Environment<'a>) -> Context<'a> {
        let home = global.home.filter(|home| !home.as_os_str().is_empty());
        Context { output, environment, clock: Arc::new(chrono::Utc::now), home, verbose: global.verbose }
    }

    pub fn prompts(&self) -> Prompts<'a> {
        Prompts::new(self.environment)
    }

    /// Every service, at the vendors' own addresses or those that `BATON_ENDPOINTS` names.
    ///
    /// # Errors
    /// `BadInput` for a file of endpoints that does not read.
    pub fn services(&self) -> Result<Vec<Arc<dyn Service>>> {
        let endpoints = match self.variable("BATON_ENDPOINTS") {
            Some(path) => Endpoints::load(Path::new(&path))
                .map_err(|error| error.while_doing("BATON_ENDPOINTS"))
                .hint("correct that file, or unset BATON_ENDPOINTS to reach the services themselves")?,
            None => Endpoints::default(),
        };
        Ok(baton_services::all(&Arc::new(World::new(endpoints, self.clock.clone()))))
    }

    /// The engine on the data directory. No secret is touched yet.
    ///
    /// # Errors
    /// `BadInput` for a wrong environment, and those of [`Engine::open`].
    pub async fn engine(&self) -> Result<Engine> {
        let home = self.home()?;
        let services = self.services()?;
        let vault = self.vault()?;
        let options = OpenOptions {
            home: home.clone(),
            services,
            vault,
            clock: self.clock.clone(),
            on_stage: self.abort_for_tests(),
        };
        Ok(Engine::open(options).await?)
    }

    /// The engine, with a log in the data directory: for what speaks with services or changes something.
    pub async fn logged_engine(&self) -> Result<Engine> {
        let engine = self.engine().await?;
        log::begin(engine.home(), self.verbose);
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "begins");
        Ok(engine)
    }

    /// Where data rests.
    pub fn home(&self) -> Result<PathBuf> {
        match &self.home {
            Some(home) => Ok(home.clone()),
            None => Ok(Engine::default_home()?),
        }
    }

    /// Where sign-ins rest: the keychain, or with `BATON_VAULT=file` a file sealed with a passphrase.
    fn vault(&self) -> Result<VaultKind> {
        let Some(kind) = self.variable("BATON_VAULT") else { return Ok(VaultKind::Keychain) };
        if kind != "file" {
            return Err(Failure::usage("BATON_VAULT can only be “file”")
                .hint("unset it to keep sign-ins in this computer's keychain"));
        }
        if let Some(passphrase) = self.variable("BATON_VAULT_PASSPHRASE") {
            let passphrase = passphrase
                .into_string()
                .map_err(|_| Failure::usage("BATON_VAULT_PASSPHRASE is not readable text"))?;
            return Ok(VaultKind::Passphrase(Secret::new(passphrase)));
        }
        let Some(path) = self.variable("BATON_VAULT_PASSPHRASE_FILE") else {
            return Err(Failure::usage("BATON_VAULT=file needs a passphrase")
                .hint("set BATON_VAULT_PASSPHRASE, or BATON_VAULT_PASSPHRASE_FILE to a file that holds it"));
        };
        let passphrase =
            first_line(Path::new(&path)).map_err(|error| error.while_doing("BATON_VAULT_PASSPHRASE_FILE"))?;
        if passphrase.is_empty() {
            return Err(Failure::usage("the file that BATON_VAULT_PASSPHRASE_FILE names is empty"));
        }
        Ok(VaultKind::Passphrase(passphrase))
    }

    /// A variable that is set to something.
    fn variable(&self, name: &str) -> Option<OsString> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }

    /// In debug builds `BATON_TEST_ABORT_AT=deliver:3` ends the process, as a power cut would, when the third delivery
    /// begins.
    fn abort_for_tests(&self) -> Option<StageHook> {
        if !cfg!(debug_assertions) {
            return None;
        }
        let wanted = self.variable("BATON_TEST_ABORT_AT")?.into_string().ok()?;
        let (name, number) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        let stage = Stage::ALL.into_iter().find(|stage| stage.name() == name)?;
        let left = std::sync::atomic::AtomicU64::new(number.parse().ok()?);
        Some(Arc::new(move |entered| {
            if entered == stage && left.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) == 1 {
                std::process::abort();
            }
        }))
    }
}

/// The first line of a file that holds a secret.
///
/// # Errors
/// `BadInput` where it cannot be read.
pub fn first_line(path: &Path) -> Result<Secret, Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::bad_input(Error::storage(path, &error).message))?;
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}
