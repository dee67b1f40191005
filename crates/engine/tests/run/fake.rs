//! Two small services with a memory: a spring that workouts come from, and a lake that keeps them as files in a
//! folder, so that what arrived outlives the process.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use baton_core::same::Outline;
use baton_core::{
    Activity, Body, Connection, Destination, Entry, Error, ErrorKind, Fetched, Format, Item, Key, Kind,
    Measured, Next, Parcel, Prompt, Receipt, Record, RecordedBy, Reply, Result, Secret, Service, ServiceInfo,
    SignInFlow, SignInMethod, SignedIn, Similar, Source, Span, Sport, SubSport, Time, TokenCell, Tokens,
    Window,
};
use baton_engine::{Account, Engine, OpenOptions, Route, SignInStep, StageHook, VaultKind};
use chrono::TimeDelta;
use futures::StreamExt;
use futures::stream::BoxStream;

const PASSWORD: SignInMethod =
    SignInMethod { id: "password", name: "E-mail and password", needs_window: false };

const SPRING: ServiceInfo = ServiceInfo {
    id: "spring",
    name: "Spring",
    reads: &[Kind::Activity, Kind::Body],
    writes: &[],
    newest_only: &[],
    replaces: &[],
    accepts: &[],
    sign_in: &[PASSWORD],
    notice: None,
    home: "http://127.0.0.1",
    min_interval_minutes: 5,
    current_only: &[Kind::Body],
    keep_raw: true,
    keep_days: None,
    removes_on_sign_out: false,
};

const LAKE: ServiceInfo = ServiceInfo {
    id: "lake",
    name: "Lake",
    reads: &[],
    writes: &[Kind::Activity, Kind::Body],
    newest_only: &[],
    replaces: &[],
    accepts: &[Format::Fit, Format::Tcx],
    sign_in: &[PASSWORD],
    notice: None,
    home: "http://127.0.0.1",
    min_interval_minutes: 5,
    current_only: &[],
    keep_raw: true,
    keep_days: None,
    removes_on_sign_out: false,
};

/// A spring whose terms ask for more.
const WELL: ServiceInfo =
    ServiceInfo { id: "well", name: "Well", keep_days: Some(7), removes_on_sign_out: true, ..SPRING };

/// What goes wrong, once.
pub enum Fault {
    /// This answer, and nothing done.
    Error(Error),
    /// Done, but the answer never came.
    DoneThenCut,
    /// No answer ever.
    Hang,
}

pub fn fault(kind: ErrorKind) -> Fault {
    Fault::Error(Error::new(kind, "a fault on demand"))
}

/// Everything outside the engine.
pub struct World {
    pub folder: tempfile::TempDir,
    /// Where lakes lie, if not in that folder.
    pub lake_root: Option<PathBuf>,
    /// Minutes since the beginning of the tests' time.
    pub minutes: Mutex<i64>,
    pub entries: Mutex<Vec<Entry>>,
    pub list_faults: Mutex<VecDeque<Fault>>,
    /// By key of the entry.
    pub fetch_faults: Mutex<HashMap<String, VecDeque<Fault>>>,
    pub deliver_faults: Mutex<VecDeque<Fault>>,
    pub sign_in_faults: Mutex<VecDeque<Error>>,
    pub revoke_faults: Mutex<VecDeque<Fault>>,
    pub revoked: AtomicUsize,
    pub lists: AtomicUsize,
    pub fetches: AtomicUsize,
    pub delivered: AtomicUsize,
    pub furthest_ahead: AtomicUsize,
    pub slowness: Mutex<Duration>,
    /// The minutes at which a watch recorded a ride that every lake tells of.
    pub watch: Mutex<Vec<i64>>,
    /// Whether the network counts what is used.
    pub metered: AtomicBool,
}

/// The tests' time begins here.
pub fn at(minutes: i64) -> Time {
    Time::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

/// A ride of half an hour.
pub fn entry(number: i64) -> Entry {
    Entry {
        key: format!("ride-{number:05}"),
        kind: Kind::Activity,
        span: Span::new(at(number * 60), at(number * 60 + 30)),
        revision: "1".into(),
        recorded_by: RecordedBy::Source,
        title: format!("Ride {number}"),
        sport: Some(Sport::CYCLING),
        sub_sport: Some(SubSport::INDOOR_CYCLING),
        utc_offset: Some(3600),
        in_progress: false,
        arrived: None,
        owner: baton_core::Owner::Certain,
        measured: None,
    }
}

/// What a scale showed at that minute.
pub fn weight(minute: i64, kilograms: f64) -> Entry {
    let body = Body { time: at(minute), weight: Some(kilograms), ..Body::default() };
    Entry {
        key: format!("weight-{minute}"),
        kind: Kind::Body,
        span: Span::new(at(minute), at(minute)),
        title: "Weight".into(),
        sport: None,
        sub_sport: None,
        measured: Some(Measured::Body(body)),
        ..entry(0)
    }
}

impl World {
    /// So many rides, one an hour; it is an hour after the last.
    pub fn with_rides(number: i64) -> Arc<World> {
        Arc::new(World {
            folder: tempfile::tempdir().unwrap(),
            lake_root: None,
            minutes: Mutex::new(number * 60),
            entries: Mutex::new((0..number).map(entry).collect()),
            list_faults: Mutex::default(),
            fetch_faults: Mutex::default(),
            deliver_faults: Mutex::default(),
            sign_in_faults: Mutex::default(),
            revoke_faults: Mutex::default(),
            revoked: AtomicUsize::default(),
            lists: AtomicUsize::default(),
            fetches: AtomicUsize::default(),
            delivered: AtomicUsize::default(),
            furthest_ahead: AtomicUsize::default(),
            slowness: Mutex::default(),
            watch: Mutex::default(),
            metered: AtomicBool::default(),
        })
    }

    pub fn pass(&self, minutes: i64) {
        *self.minutes.lock().unwrap() += minutes;
    }

    pub async fn open(
        self: &Arc<World>,
        home: &Path,
        vault: VaultKind,
        on_stage: Option<StageHook>,
    ) -> Engine {
        let spring: Arc<dyn Service> = Arc::new(Vendor { info: &SPRING, world: self.clone() });
        let lake: Arc<dyn Service> = Arc::new(Vendor { info: &LAKE, world: self.clone() });
        let well: Arc<dyn Service> = Arc::new(Vendor { info: &WELL, world: self.clone() });
        let world = self.clone();
        let clock = Arc::new(move || at(*world.minutes.lock().unwrap()));
        let asked = self.clone();
        let metered = Arc::new(move || asked.metered.load(Ordering::SeqCst));
        let services = vec![spring, lake, well];
        let options = OpenOptions { clock, metered, on_stage, ..OpenOptions::new(home, services, vault) };
        Engine::open(options).await.unwrap()
    }

    /// An engine with a spring, a lake and a route between them.
    pub async fn ready(self: &Arc<World>) -> Ready {
        let home = tempfile::tempdir().unwrap();
        let engine = self.open(home.path(), VaultKind::Memory, None).await;
        sign_in(&engine, "spring", "maria").await.unwrap();
        sign_in(&engine, "lake", "maria").await.unwrap();
        let route = Route { since: Some(at(0)), ..Route::new("spring", "lake") };
        engine.save_route(route).await.unwrap();
        Ready { engine, home }
    }

    /// What lies in an account's lake, by name: the start in minutes and a number for each time it was delivered.
    pub fn there(&self, person: &str) -> Vec<String> {
        let folder = self.lake(person);
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .map(|files| files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect())
            .unwrap_or_default();
        names.sort();
        names
    }

    /// Each ride once, and nothing else.
    pub fn assert_each_once(&self, person: &str, rides: i64) {
        let wanted: Vec<String> = (0..rides).map(|number| format!("{:08}-0.fit", number * 60)).collect();
        assert_eq!(self.there(person), wanted);
    }

    fn lake(&self, person: &str) -> PathBuf {
        self.lake_root.as_deref().unwrap_or(self.folder.path()).join(person)
    }
}

pub struct Ready {
    pub engine: Engine,
    pub home: tempfile::TempDir,
}

pub async fn sign_in(engine: &Engine, service: &str, person: &str) -> Result<Account> {
    let mut flow = engine.begin_sign_in(service, None, None).await?;
    assert!(matches!(flow.next(None).await?, SignInStep::Ask(Prompt::Password { .. })));
    let reply = Reply::Password { username: person.into(), password: Secret::new("planted-password") };
    match flow.next(Some(reply)).await? {
        SignInStep::Done(account) => Ok(account),
        SignInStep::Ask(prompt) => panic!("asked for more: {prompt:?}"),
    }
}

struct Vendor {
    info: &'static ServiceInfo,
    world: Arc<World>,
}

impl Service for Vendor {
    fn info(&self) -> &'static ServiceInfo {
        self.info
    }

    fn sign_in(&self, _: &str, _: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        Ok(Box::new(Flow { world: self.world.clone() }))
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        Ok(Box::new(Connected { world: self.world.clone(), tokens, reads: !self.info.reads.is_empty() }))
    }

    fn convert(&self, raw: &[u8]) -> Option<Result<Item>> {
        let value: serde_json::Value = serde_json::from_slice(raw).ok()?;
        let start = value.get("spring")?.as_i64()?;
        Some(Ok(ride(at(start))))
    }
}

struct Flow {
    world: Arc<World>,
}

#[async_trait]
impl SignInFlow for Flow {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        match reply {
            Some(Reply::Password { username, .. }) => {
                match self.world.sign_in_faults.lock().unwrap().pop_front() {
                    Some(error) => Err(error),
                    None => Ok(Next::Done(SignedIn {
                        tokens: Tokens::pack(&username)?,
                        user_key: username.clone(),
                        display_name: username,
                    })),
                }
            }
            _ => Ok(Next::Ask(Prompt::Password { help: "any".into() })),
        }
    }
}

struct Connected {
    world: Arc<World>,
    tokens: Arc<TokenCell>,
    reads: bool,
}

#[async_trait]
impl Connection for Connected {
    fn source(&self) -> Option<&dyn Source> {
        self.reads.then_some(self)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        (!self.reads).then_some(self)
    }

    async fn revoke(&self) -> Result<()> {
        let fault = self.world.revoke_faults.lock().unwrap().pop_front();
        suffer(fault).await?;
        self.world.revoked.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// What a fault before anything is done comes to; `true` where it comes after.
async fn suffer(fault: Option<Fault>) -> Result<bool> {
    match fault {
        None => Ok(false),
        Some(Fault::Error(error)) => Err(error),
        Some(Fault::DoneThenCut) => Ok(true),
        Some(Fault::Hang) => std::future::pending().await,
    }
}

fn ride(start: Time) -> Item {
    let record = |second: i64| Record {
        time: start + TimeDelta::seconds(second),
        heart_rate: Some(120),
        power: Some(150),
        ..Record::default()
    };
    Item::Activity(Box::new(Activity {
        start,
        elapsed: 1800.0,
        sport: Sport::CYCLING,
        sub_sport: SubSport::INDOOR_CYCLING,
        title: "Ride".into(),
        records: (0..1800).step_by(10).map(record).collect(),
        ..Activity::default()
    }))
}

#[async_trait]
impl Source for Connected {
    fn list(&self, window: Window) -> BoxStream<'_, Result<Entry>> {
        self.world.lists.fetch_add(1, Ordering::SeqCst);
        let listed = async move {
            let fault = self.world.list_faults.lock().unwrap().pop_front();
            suffer(fault).await?;
            let entries = self.world.entries.lock().unwrap().clone();
            Ok(entries.into_iter().filter(move |entry| window.contains(entry.span.start)))
        };
        let entries = futures::stream::once(listed).flat_map(|listed: Result<_>| match listed {
            // Newest first, as vendors do.
            Ok(entries) => futures::stream::iter(entries.rev().map(Ok)).boxed(),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        });
        Box::pin(entries)
    }

    async fn fetch(&self, entry: &Entry) -> Result<Fetched> {
        let fault = self.world.fetch_faults.lock().unwrap().get_mut(&entry.key).and_then(VecDeque::pop_front);
        suffer(fault).await?;
        let fetched = self.world.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        let ahead = fetched.saturating_sub(self.world.delivered.load(Ordering::SeqCst));
        self.world.furthest_ahead.fetch_max(ahead, Ordering::SeqCst);
        let start = (entry.span.start - at(0)).num_minutes();
        let raw = serde_json::json!({ "spring": start }).to_string().into_bytes();
        Ok(Fetched { item: ride(entry.span.start), raw: Some(raw) })
    }
}

impl Connected {
    /// The lake of the person whose tokens these are.
    async fn lake(&self) -> Result<PathBuf> {
        let person: String = self.tokens.current().await?.unpack()?;
        let folder = self.world.lake(&person);
        std::fs::create_dir_all(&folder).map_err(|error| Error::storage(&folder, &error))?;
        Ok(folder)
    }

    fn name(parcel: &Parcel) -> String {
        format!("{:08}", (parcel.span.start - at(0)).num_minutes())
    }
}

#[async_trait]
impl Destination for Connected {
    /// What the watch recorded; of its own files a lake tells nothing here.
    async fn similar(&self, _: Kind, outline: &Outline) -> Result<Option<(Key, Similar)>> {
        let watch = self.world.watch.lock().unwrap();
        let minute =
            watch.iter().find(|minute| (at(**minute) - outline.span.start).abs() < TimeDelta::minutes(2));
        Ok(minute.map(|minute| {
            let key = Key { id: format!("watch-{minute}"), link: None };
            let similar = Similar {
                start: at(*minute),
                seconds: Some(1790),
                sport: Some(Sport::CYCLING),
                sub_sport: None,
                device: Some("Watch".into()),
            };
            (key, similar)
        }))
    }

    async fn find(&self, parcel: &Parcel) -> Result<Option<Key>> {
        let name = format!("{}-0.fit", Connected::name(parcel));
        let there = self.lake().await?.join(&name).exists();
        Ok(there.then_some(Key { id: name, link: None }))
    }

    /// Takes whatever it is given, as often as it is given.
    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt> {
        let slowness = *self.world.slowness.lock().unwrap();
        tokio::time::sleep(slowness).await;
        let fault = self.world.deliver_faults.lock().unwrap().pop_front();
        let cut = suffer(fault).await?;
        let folder = self.lake().await?;
        let name = Connected::name(parcel);
        let path = (0..100)
            .map(|number| folder.join(format!("{name}-{number}.fit")))
            .find(|path| !path.exists())
            .unwrap();
        std::fs::write(&path, &parcel.file.bytes).map_err(|error| Error::storage(&path, &error))?;
        self.world.delivered.fetch_add(1, Ordering::SeqCst);
        if cut {
            return Err(Error::new(ErrorKind::Unsettled, "no answer came back"));
        }
        Ok(Receipt::Created {
            key: Key { id: name, link: Some("http://127.0.0.1/ride".into()) },
            remarks: vec![],
        })
    }
}
