//! What `doctor` shows: enough to help, and nothing secret, no names and no places.

use std::path::{Path, PathBuf};

use baton_core::{Error, Result, Time};
use serde::Serialize;

use crate::{AccountState, Engine, blocking};

/// The state of this installation, fit to be shown to others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnostics {
    pub version: String,
    pub system: String,
    pub home: PathBuf,
    pub config: Check,
    /// Where the key to the vault comes from: `keychain`, `passphrase`, `memory`
    pub vault_kind: &'static str,
    pub vault: Check,
    pub ledger_bytes: u64,
    pub archive_bytes: u64,
    pub archive_files: u64,
    /// Whether the data directory can be written.
    pub home_writable: Check,
    pub accounts: Vec<AccountLine>,
    pub routes: usize,
    /// How many entries each account has listed.
    pub entries: Vec<(String, u64)>,
    /// Services that want no sign-in now, and until when.
    pub sign_in_cool_downs: Vec<(String, Time)>,
    pub last_run: Option<Time>,
    /// This computer's time, to be compared with a clock on the wall.
    pub clock: Time,
    /// Whether the clock can be right: never before the newest thing that is known.
    pub clock_check: Check,
}

/// Fine, or what is wrong in one sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "check", rename_all = "snake_case")]
pub enum Check {
    Fine,
    Trouble { error: Error },
}

/// An account without the person's name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AccountLine {
    pub id: String,
    pub service: String,
    #[serde(flatten)]
    pub state: AccountState,
}

impl From<Result<()>> for Check {
    fn from(result: Result<()>) -> Check {
        result.map_or_else(|error| Check::Trouble { error }, |()| Check::Fine)
    }
}

impl Engine {
    /// Looks at everything that can be wrong on this computer. The vault is opened, no service is asked.
    ///
    /// # Errors
    /// `Storage` where the ledger does not answer. Everything else that is wrong is in the answer.
    pub async fn diagnostics(&self) -> Result<Diagnostics> {
        let inner = &self.inner;
        let config = self.config().await;
        let (accounts, routes) = match &config {
            Ok(config) => (self.accounts().await?, config.routes.len()),
            Err(_) => (Vec::new(), 0),
        };
        let vault = inner.vault.clone();
        // A vault that does not exist yet is not made just to be looked at.
        let vault = blocking(move || if vault.path().exists() { vault.check() } else { Ok(()) }).await;
        let (home, archive, ledger) =
            (inner.home.clone(), inner.archive.folder().to_owned(), inner.ledger.path().to_owned());
        let (ledger_bytes, (archive_bytes, archive_files), home_writable) = blocking(move || {
            let ledger_bytes = std::fs::metadata(&ledger).map_or(0, |file| file.len());
            Ok((ledger_bytes, size_of(&archive), try_writing(&home)))
        })
        .await?;
        let now = inner.now();
        let last_run = inner.ledger.runs(1).await?.pop().map(|run| run.started);
        let blocks = inner.ledger.blocks().await?;
        let sign_in_cool_downs = blocks.into_iter().filter_map(|block| match block.subject {
            crate::ledger::Subject::SignIn(service) => {
                block.until.filter(|until| now < *until).map(|until| (service, until))
            }
            crate::ledger::Subject::Account(_) => None,
        });
        Ok(Diagnostics {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            home: inner.home.clone(),
            config: config.map(|_| ()).into(),
            vault_kind: inner.vault.kind_name(),
            vault: vault.into(),
            ledger_bytes,
            archive_bytes,
            archive_files,
            home_writable: home_writable.into(),
            accounts: accounts
                .into_iter()
                .map(|account| AccountLine { id: account.id, service: account.service, state: account.state })
                .collect(),
            routes,
            entries: inner.ledger.count_entries().await?,
            sign_in_cool_downs: sign_in_cool_downs.collect(),
            last_run,
            clock: now,
            clock_check: clock_check(now, last_run).into(),
        })
    }
}

/// How much room Baton's files take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Storage {
    pub archive_bytes: u64,
    pub archive_files: u64,
    pub ledger_bytes: u64,
    /// The archive's folder
    pub archive: PathBuf,
}

impl Engine {
    pub async fn storage(&self) -> Result<Storage> {
        let (archive, ledger) = (self.inner.archive.folder().to_owned(), self.inner.ledger.path().to_owned());
        blocking(move || {
            let (archive_bytes, archive_files) = size_of(&archive);
            let ledger_bytes = std::fs::metadata(&ledger).map_or(0, |file| file.len());
            Ok(Storage { archive_bytes, archive_files, ledger_bytes, archive })
        })
        .await
    }

    /// A text to give to somebody who helps: the diagnostics, and one run (or the last ten) with what became of each
    /// entry. It has no titles, no names and nothing secret; the home directory is `~`.
    pub async fn support_text(&self, run: Option<i64>) -> Result<String> {
        let runs = self.runs(if run.is_some() { u32::MAX } else { 10 }).await?;
        let mut told = Vec::new();
        for one in runs.into_iter().filter(|one| run.is_none_or(|run| run == one.id)) {
            let deliveries = self.run_lines(one.id).await?;
            let deliveries: Vec<_> = deliveries
                .into_iter()
                .map(|line| {
                    let delivery = line.delivery;
                    serde_json::json!({
                        "route": delivery.route, "state": delivery.state, "skip": delivery.skip,
                        "attempts": delivery.attempts, "error": delivery.error, "changed": delivery.changed,
                    })
                })
                .collect();
            told.push(serde_json::json!({ "run": one, "deliveries": deliveries }));
        }
        let text = serde_json::json!({ "diagnostics": self.diagnostics().await?, "runs": told });
        let text =
            serde_json::to_string_pretty(&text).map_err(|_| Error::bug("diagnostics cannot be written"))?;
        let home = directories::BaseDirs::new().map(|base| base.home_dir().display().to_string());
        Ok(match home.filter(|home| home.len() > 1) {
            Some(home) => text.replace(&home, "~"),
            None => text,
        })
    }

    /// Forgets every sign-in, route, setting and all history, and deletes every file that Baton kept. What was sent
    /// stays where it is.
    ///
    /// # Errors
    /// `Busy` while a sync is running. `Storage` names what could not be deleted.
    pub async fn forget_everything(&self) -> Result<()> {
        let _lock = self.not_running().await?;
        self.inner.ledger.forget().await?;
        let (home, vault, config) =
            (self.inner.home.clone(), self.inner.vault.clone(), self.config_path().to_owned());
        let archive = self.inner.archive.folder().to_owned();
        blocking(move || {
            vault.destroy()?;
            crate::files::remove_if_there(&config)?;
            for folder in [archive, home.join("logs")] {
                match std::fs::remove_dir_all(&folder) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(Error::storage(&folder, &error));
                    }
                    _ => {}
                }
            }
            Ok(())
        })
        .await?;
        self.changed_config();
        for what in [baton_core::Changed::Entries, baton_core::Changed::Runs] {
            self.inner.events.send(baton_core::Event::Changed { what });
        }
        self.tell_accounts().await
    }

    /// Moves a ledger that cannot be read aside, so that the next [`Engine::open`] begins a new one. Tells where it is
    /// now.
    ///
    /// # Errors
    /// `Storage` where it cannot be moved.
    pub fn set_ledger_aside(home: &Path, now: Time) -> Result<PathBuf> {
        let aside = home.join(format!("ledger.damaged-{}.db", now.format("%Y%m%d-%H%M%S")));
        for ending in ["-wal", "-shm", ""] {
            let from = home.join(format!("ledger.db{ending}"));
            let mut to = aside.clone().into_os_string();
            to.push(ending);
            match std::fs::rename(&from, &to) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::storage(&from, &error));
                }
                _ => {}
            }
        }
        Ok(aside)
    }
}

fn clock_check(now: Time, last_run: Option<Time>) -> Result<()> {
    match last_run {
        Some(last) if last > now + chrono::TimeDelta::minutes(10) => Err(Error::bad_input(
            "this computer's clock is behind the last sync; set it right, or services may refuse what Baton sends",
        )),
        _ => Ok(()),
    }
}

/// Really writes: a full disk and a folder that is read-only both show.
fn try_writing(home: &Path) -> Result<()> {
    let probe = tempfile::Builder::new().prefix(".baton-").tempfile_in(home);
    let mut probe = probe.map_err(|error| Error::storage(home, &error))?;
    std::io::Write::write_all(&mut probe, &[0; 8 * 1024])
        .and_then(|()| probe.as_file().sync_all())
        .map_err(|error| Error::storage(home, &error))
}

/// Bytes and files below a folder; what cannot be read does not count.
fn size_of(folder: &Path) -> (u64, u64) {
    let Ok(entries) = std::fs::read_dir(folder) else { return (0, 0) };
    entries.flatten().fold((0, 0), |(bytes, files), entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => {
            let (more_bytes, more_files) = size_of(&entry.path());
            (bytes + more_bytes, files + more_files)
        }
        Ok(metadata) => (bytes + metadata.len(), files + 1),
        Err(_) => (bytes, files),
    })
}
