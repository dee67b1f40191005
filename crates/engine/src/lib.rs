//! The engine: everything that Baton remembers, decides and does. Both shells call [`Engine`] and nothing else.
//!
//! One sync goes one way: list, plan, fetch, clean, encode, archive, check, deliver, record. [`plan`] decides, the run
//! carries out, the ledger remembers.

mod accounts;
mod archive;
mod config;
mod contents;
mod diagnostics;
pub mod environment;
mod events;
mod files;
mod hex;
mod ledger;
mod listening;
pub mod plan;
pub mod preview;
mod routes;
mod run;
pub mod schedule;
mod sign_out;
mod stop;
mod transfer;
mod vault;
mod webhooks;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use baton_core::{Changed, Clock, Error, Event, Result, Service, ServiceInfo, Stage, Time};

pub use accounts::{Account, AccountState, SignIn, SignInStep};
pub use archive::{Archive, Archived};
pub use baton_core;
pub use config::{AccountConfig, Config, Preferences, Route, Schedule, parse_time};
pub use diagnostics::{Diagnostics, Storage};
pub use events::{Progress, ProgressStep, Receiver, RouteLine, Snapshot};
pub use ledger::{
    Arrival, DayCount, Delivery, DeliveryState, EntriesQuery, EntryId, EntryLine, EntryState, Known,
    Measurement, MeasurementsQuery, MergedEntry, Run, RunLine, Trigger,
};
pub use plan::{Decision, Partner, Plan, Verdict};
pub use preview::Preview;
pub use routes::{RouteWarning, SavedRoute};
pub use run::{Output, RunSummary, Scope};
pub use sign_out::SignedOut;
pub use stop::Stop;
pub use transfer::{FILES, ImportLine, Imported};
pub use vault::VaultKind;
pub use webhooks::Subscribed;

use config::ConfigFile;
use ledger::Ledger;
use listening::Woken;
use vault::Vault;
use webhooks::Webhooks;

/// Tells whether the network of this moment counts what is used.
pub type Metered = Arc<dyn Fn() -> bool + Send + Sync>;

/// Called when a stage begins. For tests that end the process there.
pub type StageHook = Arc<dyn Fn(Stage) + Send + Sync>;

/// What an engine is opened with: the world comes in here.
pub struct OpenOptions {
    /// The data directory; made where it is absent.
    pub home: PathBuf,
    pub services: Vec<Arc<dyn Service>>,
    pub vault: VaultKind,
    pub clock: Clock,
    /// Whether the network counts what is used. Asked when a sync is due by itself; may block for a moment.
    pub metered: Metered,
    /// Called at the start of each stage of each step.
    pub on_stage: Option<StageHook>,
}

impl OpenOptions {
    /// Options with this computer's clock and nothing else special.
    pub fn new(home: impl Into<PathBuf>, services: Vec<Arc<dyn Service>>, vault: VaultKind) -> OpenOptions {
        OpenOptions {
            home: home.into(),
            services,
            vault,
            clock: Arc::new(chrono::Utc::now),
            metered: Arc::new(|| false),
            on_stage: None,
        }
    }
}

/// Baton's state and what can be done with it. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    home: PathBuf,
    services: Vec<Arc<dyn Service>>,
    clock: Clock,
    metered: Metered,
    on_stage: Option<StageHook>,
    config: ConfigFile,
    vault: Arc<Vault>,
    ledger: Ledger,
    archive: Archive,
    events: events::Listeners,
    /// The run under way in this process.
    running: Mutex<Option<Stop>>,
    /// Whether a sync is due and waits for another network.
    held_back: AtomicBool,
    webhooks: Webhooks,
    woken: Woken,
}

impl Engine {
    /// Opens the data directory. Nothing secret is touched and nobody is asked anything.
    ///
    /// # Errors
    /// `Storage` where the directory or the ledger cannot be used, with the file's name; a damaged file is left as it
    /// is.
    pub async fn open(options: OpenOptions) -> Result<Engine> {
        let OpenOptions { home, services, vault, clock, metered, on_stage } = options;
        let place = home.clone();
        let ledger = blocking(move || {
            files::create_private_folder(&place.join("locks"))?;
            Ledger::open(&place)
        })
        .await?;
        let engine = Engine {
            inner: Arc::new(Inner {
                config: ConfigFile::new(&home),
                vault: Arc::new(Vault::new(&home, vault)),
                archive: Archive::new(&home),
                events: events::Listeners::default(),
                running: Mutex::default(),
                held_back: AtomicBool::default(),
                webhooks: Webhooks::default(),
                woken: Woken::default(),
                home,
                services,
                clock,
                metered,
                on_stage,
                ledger,
            }),
        };
        engine.expire().await;
        Ok(engine)
    }

    /// Deletes what may not rest in the archive any longer. What cannot be deleted is tried again the next time.
    async fn expire(&self) {
        let (archive, today) = (self.inner.archive.clone(), self.inner.now().date_naive());
        if let Err(error) = blocking(move || archive.expire(today)).await {
            tracing::warn!("{}", error.message);
        }
    }

    /// Where data rests unless the person says otherwise: on each system the place that the desktop app uses, so that
    /// both shells share it.
    ///
    /// # Errors
    /// `Storage` where this system tells no home directory.
    pub fn default_home() -> Result<PathBuf> {
        // Tauri's app_data_dir is the system's data directory and the app's identifier, on every system.
        directories::BaseDirs::new().map(|base| base.data_dir().join(IDENTIFIER)).ok_or_else(|| {
            Error::new(
                baton_core::ErrorKind::Storage,
                "this computer tells no home directory; name a folder for Baton's data in BATON_HOME",
            )
        })
    }

    /// The data directory.
    pub fn home(&self) -> &Path {
        &self.inner.home
    }

    /// The services that this build knows.
    pub fn services(&self) -> Vec<&'static ServiceInfo> {
        self.inner.services.iter().map(|service| service.info()).collect()
    }

    pub fn archive(&self) -> &Archive {
        &self.inner.archive
    }

    /// Runs of the past, the newest first.
    pub async fn runs(&self, limit: u32) -> Result<Vec<Run>> {
        self.inner.ledger.runs(limit).await
    }

    /// What one run did to each entry, as far as no later run did something to it.
    pub async fn run_lines(&self, run: i64) -> Result<Vec<RunLine>> {
        self.inner.ledger.deliveries_of_run(run).await
    }

    /// Entries that were ever listed, the newest first, with where they went.
    pub async fn entries(&self, query: EntriesQuery) -> Result<Vec<EntryLine>> {
        self.inner.ledger.search(query).await
    }

    /// How many of them fall on each local day, in the same order. `limit` and `offset` do not count.
    pub async fn days(&self, query: EntriesQuery) -> Result<Vec<DayCount>> {
        self.inner.ledger.days(query).await
    }

    /// The measurements of a period, oldest first.
    pub async fn measurements(&self, query: MeasurementsQuery) -> Result<Vec<Measurement>> {
        self.inner.ledger.measurements(query).await
    }

    /// Says whose these doubtful entries are. What is somebody else's is never sent; the others go with the next sync.
    ///
    /// # Errors
    /// `BadInput` where one of them was never listed; nothing is then changed.
    pub async fn answer_owner(&self, entries: &[EntryId], mine: bool) -> Result<()> {
        for id in entries {
            self.entry(&id.account, &id.key).await?;
        }
        self.inner.ledger.put_owner(entries, mine).await?;
        self.inner.events.send(Event::Changed { what: Changed::Entries });
        Ok(())
    }

    /// One entry with where it went.
    ///
    /// # Errors
    /// `BadInput` where no such entry was ever listed.
    pub async fn entry(&self, account: &str, key: &str) -> Result<EntryLine> {
        let id = EntryId { account: account.to_owned(), key: key.to_owned() };
        self.inner.ledger.entry(&id).await?.ok_or_else(|| {
            Error::bad_input(format!("{account} has no entry “{key}”; `list` shows those that there are"))
        })
    }

    /// All settings as they are.
    pub async fn config(&self) -> Result<Config> {
        let file = self.inner.config.clone();
        blocking(move || file.load()).await
    }

    /// The settings' file.
    pub fn config_path(&self) -> &Path {
        self.inner.config.path()
    }

    /// What is set at a dotted key, defaults included; the empty key is everything.
    pub async fn config_get(&self, key: &str) -> Result<serde_json::Value> {
        let (file, key) = (self.inner.config.clone(), key.to_owned());
        blocking(move || file.get(&key)).await
    }

    /// Sets a dotted key; `none` goes back to the default.
    ///
    /// # Errors
    /// `BadInput` in one sentence; the file is then unchanged.
    pub async fn config_set(&self, key: &str, value: &str) -> Result<()> {
        let (file, key, value) = (self.inner.config.clone(), key.to_owned(), value.to_owned());
        blocking(move || file.set(&key, &value)).await?;
        self.changed_config();
        Ok(())
    }

    /// Merges a patch into the settings (RFC 7396: tables are merged, `null` removes). Comments stay.
    ///
    /// # Errors
    /// `BadInput` in one sentence; the file is then unchanged.
    pub async fn update_config(&self, patch: serde_json::Value) -> Result<()> {
        let file = self.inner.config.clone();
        blocking(move || file.merge(&patch)).await?;
        self.changed_config();
        Ok(())
    }

    /// Lets automatic syncs rest until that moment, or until somebody resumes.
    pub async fn pause(&self, until: Option<Time>) -> Result<()> {
        self.update_config(serde_json::json!({ "schedule": { "paused": true, "paused_until": until } })).await
    }

    /// Ends a pause.
    pub async fn resume(&self) -> Result<()> {
        self.update_config(serde_json::json!({ "schedule": { "paused": null, "paused_until": null } })).await
    }

    /// Stops the run of this process, if there is one. What is left is sent by the next.
    pub fn cancel(&self) {
        let running = self.inner.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stop) = running.as_ref() {
            stop.stop();
        }
    }

    fn changed_config(&self) {
        use baton_core::Changed;
        for what in [Changed::Config, Changed::Routes, Changed::Schedule] {
            self.inner.events.send(baton_core::Event::Changed { what });
        }
    }
}

impl Inner {
    fn now(&self) -> Time {
        (self.clock)()
    }

    fn service(&self, id: &str) -> Result<&Arc<dyn Service>> {
        self.services.iter().find(|service| service.info().id == id).ok_or_else(|| {
            let known: Vec<&str> = self.services.iter().map(|service| service.info().id).collect();
            Error::bad_input(format!("there is no service “{id}”; there are: {}", known.join(", ")))
        })
    }

    fn entering(&self, stage: Stage) {
        if let Some(hook) = &self.on_stage {
            hook(stage);
        }
    }
}

/// The desktop app's identifier, after which its data directory is named.
const IDENTIFIER: &str = "app.baton.desktop";

/// Work that blocks, or that keeps a core busy, away from the threads that wait for the network.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::bug(format!("a background task ended early: {error}"))),
    }
}
