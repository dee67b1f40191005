//! The one state behind commands, tray and notifications: the engine, the window's channel, and what is remembered.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use baton_core::{Error, Event, Result, Service};
use baton_engine::{
    Engine, EntriesQuery, EntryLine, OpenOptions, Receiver, Schedule, Scope, Snapshot, Stop, VaultKind,
};
use chrono::TimeDelta;
use tauri::AppHandle;
use tauri::async_runtime::JoinHandle;
use tauri::ipc::Channel;
use tauri_plugin_autostart::ManagerExt;
use tokio::sync::watch;

use crate::contract::{Message, Place, Preferences, Start, VaultState};
use crate::menu::{self, Action};
use crate::notifications::{Arrivals, Told, Wanted};
use crate::preferences::PreferencesFile;
use crate::sign_in::SignIns;
use crate::tray::Tray;
use crate::updates::Updates;
use crate::words::Words;
use crate::{desktop, log, network, windows};

/// Events that come close together are shown as one.
const SETTLE: Duration = Duration::from_millis(250);
/// Without any event the tray is looked over this often: it says how long ago something was.
const LOOK: Duration = Duration::from_secs(30);
/// After a start at login nothing is notified for so long.
const QUIET: Duration = Duration::from_mins(1);
/// A schedule that cannot begin is tried again after this.
const AGAIN: Duration = Duration::from_mins(1);
/// A sync that is stopped to quit may take so long to write down where it stands.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// So many entries are looked through for the tray's last ones.
const RECENT: u32 = 20;
/// Under this name the preferences' file keeps what was notified.
const TOLD: &str = "told";

/// See the module.
pub struct Shell {
    pub app: AppHandle,
    pub home: PathBuf,
    /// Whether services are simulators on this computer.
    pub simulated: bool,
    pub sign_ins: SignIns,
    pub updates: Updates,
    pub file: PreferencesFile,
    services: Vec<Arc<dyn Service>>,
    vault: VaultKind,
    locale: String,
    tray: Tray,
    /// `None` until the data directory was opened.
    engine: watch::Sender<Option<Result<Engine>>>,
    window: Mutex<Window>,
    schedule: Mutex<Stop>,
    /// Set where the app was started at login.
    quiet_until: Option<Instant>,
    clipboard: Mutex<Option<arboard::Clipboard>>,
}

/// How the window is reached.
#[derive(Default)]
struct Window {
    channel: Option<Channel<Message>>,
    forwarding: Option<JoinHandle<()>>,
    /// Where the next window begins.
    place: Option<Place>,
}

/// What a shell is made of.
pub struct Parts {
    pub app: AppHandle,
    pub home: PathBuf,
    pub services: Vec<Arc<dyn Service>>,
    pub vault: VaultKind,
    pub simulated: bool,
    pub updates: Updates,
    pub at_login: bool,
}

impl Shell {
    /// # Errors
    /// `Storage` where there is no place for the preferences.
    pub fn new(parts: Parts) -> Result<Shell> {
        let Parts { app, home, services, vault, simulated, updates, at_login } = parts;
        Ok(Shell {
            file: PreferencesFile::open(&app, &home)?,
            locale: desktop::locale(),
            tray: Tray::default(),
            engine: watch::Sender::new(None),
            window: Mutex::default(),
            schedule: Mutex::default(),
            quiet_until: at_login.then(|| Instant::now() + QUIET),
            sign_ins: SignIns::default(),
            clipboard: Mutex::default(),
            app,
            home,
            services,
            vault,
            simulated,
            updates,
        })
    }

    /// The engine, once the data directory was opened.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub async fn engine(&self) -> Result<Engine> {
        let mut engine = self.engine.subscribe();
        match engine.wait_for(Option::is_some).await {
            Ok(opened) => opened.clone().unwrap_or_else(|| Err(Error::bug("no engine"))),
            Err(_) => Err(Error::bug("no engine")),
        }
    }

    /// Opens the data directory and begins to sync by the schedule. What cannot be opened is told by every command.
    pub async fn open(self: &Arc<Self>) {
        let options = OpenOptions {
            metered: Arc::new(network::is_metered),
            ..OpenOptions::new(&self.home, self.services.clone(), self.vault.clone())
        };
        let opened = Engine::open(options).await;
        match &opened {
            Ok(engine) => self.begin(engine.clone()),
            Err(error) => {
                tracing::error!(kind = error.kind.name(), %error, "the data directory cannot be opened");
                self.show_tray(None, &[]);
            }
        }
        self.engine.send_replace(Some(opened));
    }

    /// Puts a ledger that cannot be read aside and begins a new one.
    ///
    /// # Errors
    /// `BadInput` where the ledger reads, `Storage`.
    pub async fn start_new_ledger(self: &Arc<Self>) -> Result<()> {
        if self.engine().await.is_ok() {
            return Err(Error::bad_input("the history file reads; there is no need for a new one"));
        }
        Engine::set_ledger_aside(&self.home, chrono::Utc::now())?;
        self.open().await;
        self.engine().await.map(|_| ())
    }

    fn begin(self: &Arc<Self>, engine: Engine) {
        let events = engine.listen();
        tauri::async_runtime::spawn(self.clone().watch(engine.clone(), events));
        let stop = Stop::default();
        locked(&self.schedule).clone_from(&stop);
        tauri::async_runtime::spawn(async move {
            while let Err(error) = engine.run_schedule(stop.clone()).await {
                tracing::warn!(kind = error.kind.name(), %error, "the schedule cannot begin");
                if stop.or(tokio::time::sleep(AGAIN)).await.is_none() {
                    break;
                }
            }
        });
    }

    /// Shows in tray and notifications what the engine tells, as long as it lives.
    async fn watch(self: Arc<Self>, engine: Engine, mut events: Receiver) {
        let (mut told, mut arrivals): (Told, _) = (self.file.memory(TOLD), Arrivals::default());
        let mut heard: Vec<Event> = Vec::new();
        loop {
            match engine.snapshot().await {
                Ok(snapshot) => {
                    let (words, preferences) = (self.words(), self.preferences());
                    let quiet = self.quiet_until.is_some_and(|until| Instant::now() < until);
                    let quiet = quiet || windows::is_looked_at(&self.app);
                    for event in heard.drain(..) {
                        let arrived = arrivals.hear(&event, &snapshot, &words);
                        if preferences.notify_arrivals && !quiet {
                            self.notify(arrived);
                        }
                    }
                    let before = told.clone();
                    let wanted = Wanted { attention: preferences.notify_attention, quiet };
                    self.notify(told.update(&snapshot, &words, wanted));
                    if told != before && self.file.remember(TOLD, &told).is_err() {
                        tracing::warn!("what was notified cannot be remembered");
                    }
                    let query = EntriesQuery { limit: RECENT, ..EntriesQuery::default() };
                    let recent = engine.entries(query).await.unwrap_or_default();
                    self.show_tray(Some(&snapshot), &recent);
                }
                Err(error) => tracing::warn!(kind = error.kind.name(), %error, "the state cannot be read"),
            }
            match tokio::time::timeout(LOOK, events.recv()).await {
                Ok(Some(event)) => {
                    log::note(&event);
                    heard.push(event);
                    tokio::time::sleep(SETTLE).await;
                    while let Ok(event) = events.try_recv() {
                        log::note(&event);
                        heard.push(event);
                    }
                }
                Ok(None) => return,
                Err(_) => {}
            }
        }
    }

    fn show_tray(self: &Arc<Self>, snapshot: Option<&Snapshot>, recent: &[EntryLine]) {
        if desktop::shows_icons() {
            let shown = menu::shown(snapshot, recent, &self.words(), chrono::Utc::now());
            self.tray.show(self, shown);
        }
    }

    /// Does what was clicked in the tray's menu.
    pub fn act(self: &Arc<Self>, action: Action) {
        match action {
            Action::SignIn { account } => windows::open(self, Some(Place::SignIn { account })),
            Action::Entry { account, key } => windows::open(self, Some(Place::Entry { account, key })),
            Action::History => windows::open(self, Some(Place::History)),
            Action::Settings => windows::open(self, Some(Place::Settings)),
            Action::Open => windows::open(self, None),
            Action::Quit => self.quit(),
            Action::Sync
            | Action::Stop
            | Action::Resume
            | Action::Pause
            | Action::PauseHour
            | Action::PauseTomorrow => {
                let shell = self.clone();
                tauri::async_runtime::spawn(async move {
                    if let Err(error) = shell.control(action).await {
                        tracing::warn!(kind = error.kind.name(), %error, "the tray's wish failed");
                    }
                });
            }
        }
    }

    async fn control(&self, action: Action) -> Result<()> {
        let (engine, now) = (self.engine().await?, chrono::Utc::now());
        match action {
            Action::Sync => engine.sync(Scope::default()).await.map(|_| ()),
            Action::Stop => {
                engine.cancel();
                Ok(())
            }
            Action::PauseHour => engine.pause(Some(now + TimeDelta::hours(1))).await,
            Action::PauseTomorrow => engine.pause(Some(menu::tomorrow_morning(now))).await,
            Action::Pause => engine.pause(None).await,
            _ => engine.resume().await,
        }
    }

    /// Everything that a window begins with; `channel` hears what comes after.
    ///
    /// # Errors
    /// None today: what cannot be opened is told in `broken`, so that the window can help.
    pub async fn start(self: &Arc<Self>, channel: Channel<Message>) -> Result<Start> {
        let place = {
            let mut window = locked(&self.window);
            if let Some(before) = window.forwarding.take() {
                before.abort();
            }
            window.channel = Some(channel);
            window.place.take()
        };
        let (snapshot, vault, broken) = match self.subscribe().await {
            Ok((snapshot, vault)) => (snapshot, vault, None),
            Err(error) => (nothing(), VaultState::Ready, Some(error)),
        };
        Ok(Start {
            version: self.app.package_info().version.to_string(),
            system: std::env::consts::OS.to_owned(),
            locale: self.locale.clone(),
            tray: desktop::shows_icons(),
            start_at_login: self.app.autolaunch().is_enabled().unwrap_or(false),
            services: self.services.iter().map(|service| *service.info()).collect(),
            preferences: self.preferences(),
            snapshot,
            update: self.updates.state(),
            vault,
            place,
            broken,
            home: self.home.clone(),
        })
    }

    async fn subscribe(self: &Arc<Self>) -> Result<(Snapshot, VaultState)> {
        let engine = self.engine().await?;
        let (snapshot, mut events) = engine.subscribe().await?;
        let waits = engine.waits_for_passphrase().await?;
        let shell = self.clone();
        let forwarding = tauri::async_runtime::spawn(async move {
            while let Some(event) = events.recv().await {
                shell.tell(Message::Engine { event });
            }
        });
        locked(&self.window).forwarding = Some(forwarding);
        Ok((snapshot, if waits { VaultState::NeedsPassphrase } else { VaultState::Ready }))
    }

    /// Tells the window something, if there is one.
    pub fn tell(&self, message: Message) {
        let channel = locked(&self.window).channel.clone();
        if let Some(channel) = channel {
            // A window that is closing hears nothing any more.
            let _ = channel.send(message);
        }
    }

    /// Sends the window to a place, now or when it begins.
    pub fn go(&self, place: Place) {
        if self.is_listened_to() {
            self.tell(Message::Go { place });
        } else {
            self.set_place(Some(place));
        }
    }

    pub fn set_place(&self, place: Option<Place>) {
        locked(&self.window).place = place;
    }

    /// Whether a window hears what is told.
    pub fn is_listened_to(&self) -> bool {
        locked(&self.window).channel.is_some()
    }

    /// The window is closed: nobody listens, and nobody answers a sign-in.
    pub fn window_gone(&self) {
        let before = std::mem::take(&mut *locked(&self.window));
        if let Some(forwarding) = before.forwarding {
            forwarding.abort();
        }
        self.sign_ins.end_all();
    }

    /// The preferences in force.
    pub fn preferences(&self) -> Preferences {
        self.file.read(desktop::shows_icons())
    }

    /// Keeps the preferences and applies them.
    ///
    /// # Errors
    /// `Storage` where they cannot be written.
    pub fn set_preferences(&self, preferences: &Preferences) -> Result<()> {
        self.file.write(preferences, desktop::shows_icons())?;
        windows::apply(&self.app, preferences);
        self.tell(Message::Preferences { preferences: self.preferences() });
        Ok(())
    }

    /// Closes the window for the first time, as the person decided: the program goes on, or ends with it.
    ///
    /// # Errors
    /// `Storage` where the decision cannot be kept.
    pub fn close_window(self: &Arc<Self>, keep_running: bool) -> Result<()> {
        let preferences = Preferences { close_explained: true, keep_running, ..self.preferences() };
        self.file.write(&preferences, desktop::shows_icons())?;
        if keep_running {
            return windows::close(&self.app);
        }
        self.quit();
        Ok(())
    }

    /// The words in the language that the person reads.
    pub fn words(&self) -> Words {
        Words::new(self.preferences().language, &self.locale)
    }

    /// Ends the program; a sync that is under way is stopped first, and goes on at the next start.
    pub fn quit(self: &Arc<Self>) {
        // Who starts Baton while this one is ending gets a new one, and not a window that is about to go.
        tauri_plugin_single_instance::destroy(&self.app);
        locked(&self.schedule).stop();
        self.sign_ins.end_all();
        let shell = self.clone();
        tauri::async_runtime::spawn(async move {
            let opened = shell.engine.borrow().clone();
            if let Some(Ok(engine)) = opened {
                engine.cancel();
                let ended = async {
                    while engine.snapshot().await.is_ok_and(|snapshot| snapshot.progress.is_some()) {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                };
                let _ = tokio::time::timeout(LAST_WORDS, ended).await;
            }
            shell.app.exit(0);
        });
    }

    /// Puts a text on the clipboard.
    ///
    /// # Errors
    /// `BadInput` where this desktop has none.
    pub fn copy(&self, text: String) -> Result<()> {
        let mut clipboard = locked(&self.clipboard);
        let failed = |_| Error::bad_input("this computer's clipboard cannot be reached");
        // It is kept: on X11 the text lives as long as whoever offers it.
        let open = match clipboard.take() {
            Some(open) => open,
            None => arboard::Clipboard::new().map_err(failed)?,
        };
        clipboard.insert(open).set_text(text).map_err(failed)
    }
}

/// What is shown where nothing can be read.
fn nothing() -> Snapshot {
    Snapshot {
        accounts: Vec::new(),
        routes: Vec::new(),
        schedule: Schedule::default(),
        progress: None,
        last_run: None,
        next_sync: None,
        held_back: false,
        attention: Vec::new(),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
