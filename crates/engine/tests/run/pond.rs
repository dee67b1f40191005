//! A small service that is read and written, with a memory of each person's workouts: what came in goes out again. And
//! one that is only written.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use baton_core::same::{self, Outline};
use baton_core::{
    Activity, Connection, Destination, Entry, Error, ErrorKind, Fetched, Format, Item, Key, Kind, Next,
    Parcel, Position, Prompt, Receipt, Record, RecordedBy, Reply, Result, Service, ServiceInfo, SignInFlow,
    SignInMethod, SignedIn, Similar, Source, Sport, TokenCell, Tokens, Window,
};
use baton_engine::{Engine, OpenOptions, Route, VaultKind};
use chrono::TimeDelta;
use futures::StreamExt;
use futures::stream::BoxStream;

use crate::fake::{at, sign_in};

const POND: ServiceInfo = ServiceInfo {
    id: "pond",
    name: "Pond",
    reads: &[Kind::Activity],
    writes: &[Kind::Activity],
    newest_only: &[],
    replaces: &[],
    accepts: &[Format::Fit],
    sign_in: &[SignInMethod { id: "password", name: "E-mail and password", needs_window: false }],
    notice: None,
    home: "http://127.0.0.1",
    min_interval_minutes: 5,
    current_only: &[],
    keep_raw: true,
    keep_days: None,
    removes_on_sign_out: false,
};

const WELL: ServiceInfo = ServiceInfo { id: "well", name: "Well", reads: &[], ..POND };

/// One workout in somebody's pond.
#[derive(Clone)]
pub struct Workout {
    pub key: String,
    pub title: String,
    pub activity: Activity,
    /// The file that it was made from, where it was brought.
    pub file: Option<Arc<[u8]>>,
}

/// Everything outside the engine, by person.
#[derive(Default)]
pub struct Ponds {
    pub workouts: Mutex<HashMap<String, Vec<Workout>>>,
    /// Whose pond tells of what is alike.
    pub telling: Mutex<HashSet<String>>,
    /// Who does not answer.
    pub silent: Mutex<HashSet<String>>,
    /// By how many seconds a pond moves what it is given, and gives it a number that it tells nobody.
    pub moving: Mutex<HashMap<String, i64>>,
    /// How many deliveries are made whose answer is lost.
    pub lost_answers: AtomicUsize,
    /// The time, in minutes.
    pub minutes: Mutex<i64>,
}

/// An engine with an account for each person; the first is `pond`, the second `pond-2` and so on.
pub struct Shore {
    pub engine: Engine,
    pub home: tempfile::TempDir,
}

impl Ponds {
    pub async fn shore(self: &Arc<Ponds>, people: &[&str]) -> Shore {
        *self.minutes.lock().unwrap() = 600;
        let home = tempfile::tempdir().unwrap();
        let world = self.clone();
        let clock = Arc::new(move || at(*world.minutes.lock().unwrap()));
        let service = |info| -> Arc<dyn Service> { Arc::new(Pond { world: self.clone(), info }) };
        let services = vec![service(&POND), service(&WELL)];
        let options = OpenOptions { clock, ..OpenOptions::new(home.path(), services, VaultKind::Memory) };
        let engine = Engine::open(options).await.unwrap();
        for person in people {
            sign_in(&engine, "pond", person).await.unwrap();
        }
        Shore { engine, home }
    }

    /// Records a workout; its key is its title.
    pub fn record(&self, person: &str, title: &str, activity: Activity) {
        let workout = Workout {
            key: format!("{person} {title}"),
            title: title.to_owned(),
            activity: Activity { title: title.to_owned(), ..activity },
            file: None,
        };
        self.workouts.lock().unwrap().entry(person.to_owned()).or_default().push(workout);
    }

    /// What was brought to somebody's pond, oldest first.
    pub fn brought(&self, person: &str) -> Vec<Workout> {
        let all = self.workouts.lock().unwrap().get(person).cloned().unwrap_or_default();
        all.into_iter().filter(|workout| workout.file.is_some()).collect()
    }
}

/// From minute 10, for half an hour: what a bike tells.
pub fn bike() -> Activity {
    recording(0, 1800, |_| Record {
        power: Some(200),
        cadence: Some(85.0),
        resistance: Some(42.0),
        heart_rate: Some(90),
        ..Record::default()
    })
}

/// Begun 40 seconds earlier and stopped a little later: what a watch tells.
pub fn watch() -> Activity {
    recording(-40, 1820, |second| Record {
        heart_rate: Some(140),
        altitude: Some(500.0),
        position: Some(Position { latitude: 48.0 + second as f64 * 1e-5, longitude: 11.0 }),
        ..Record::default()
    })
}

fn recording(from: i64, until: i64, record: impl Fn(i64) -> Record) -> Activity {
    let time = |second: i64| at(10) + TimeDelta::seconds(second);
    Activity {
        start: time(from),
        elapsed: (until - from) as f64,
        timer: (until - from) as f64,
        sport: Sport::CYCLING,
        records: (from..=until).map(|second| Record { time: time(second), ..record(second) }).collect(),
        ..Activity::default()
    }
}

pub fn route(from: &str, to: &str) -> Route {
    Route { since: Some(at(0)), ..Route::new(from, to) }
}

struct Pond {
    world: Arc<Ponds>,
    info: &'static ServiceInfo,
}

impl Service for Pond {
    fn info(&self) -> &'static ServiceInfo {
        self.info
    }

    fn sign_in(&self, _: &str, _: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        Ok(Box::new(Flow))
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        Ok(Box::new(Connected { world: self.world.clone(), tokens, reads: !self.info.reads.is_empty() }))
    }
}

struct Flow;

#[async_trait]
impl SignInFlow for Flow {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        let Some(Reply::Password { username, .. }) = reply else {
            return Ok(Next::Ask(Prompt::Password { help: "any".into() }));
        };
        Ok(Next::Done(SignedIn {
            tokens: Tokens::pack(&username)?,
            user_key: username.clone(),
            display_name: username,
        }))
    }
}

struct Connected {
    world: Arc<Ponds>,
    tokens: Arc<TokenCell>,
    reads: bool,
}

impl Connected {
    async fn person(&self) -> Result<String> {
        let person: String = self.tokens.current().await?.unpack()?;
        if self.world.silent.lock().unwrap().contains(&person) {
            return Err(Error::new(ErrorKind::Offline, "no answer"));
        }
        Ok(person)
    }

    async fn workouts(&self) -> Result<Vec<Workout>> {
        let person = self.person().await?;
        Ok(self.world.workouts.lock().unwrap().get(&person).cloned().unwrap_or_default())
    }
}

impl Connection for Connected {
    fn source(&self) -> Option<&dyn Source> {
        self.reads.then_some(self)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        Some(self)
    }
}

fn entry(workout: &Workout) -> Entry {
    Entry {
        key: workout.key.clone(),
        kind: Kind::Activity,
        span: workout.activity.span(),
        revision: "1".into(),
        recorded_by: RecordedBy::Source,
        title: workout.title.clone(),
        sport: Some(workout.activity.sport),
        sub_sport: None,
        utc_offset: None,
        in_progress: false,
        arrived: None,
        owner: baton_core::Owner::Certain,
        measured: None,
    }
}

#[async_trait]
impl Source for Connected {
    fn list(&self, window: Window) -> BoxStream<'_, Result<Entry>> {
        let listed = async move { Ok(self.workouts().await?.iter().map(entry).collect::<Vec<_>>()) };
        let entries = futures::stream::once(listed).flat_map(move |listed: Result<Vec<Entry>>| {
            let lines: Vec<Result<Entry>> = match listed {
                Ok(entries) => {
                    entries.into_iter().filter(|entry| window.contains(entry.span.start)).map(Ok).collect()
                }
                Err(error) => vec![Err(error)],
            };
            futures::stream::iter(lines)
        });
        Box::pin(entries)
    }

    async fn fetch(&self, entry: &Entry) -> Result<Fetched> {
        let all = self.workouts().await?;
        let found = all.into_iter().find(|workout| workout.key == entry.key);
        let workout =
            found.ok_or_else(|| Error::new(ErrorKind::Rejected { reason: "gone".into() }, "it is gone"))?;
        Ok(Fetched { item: Item::Activity(Box::new(workout.activity)), raw: None })
    }
}

#[async_trait]
impl Destination for Connected {
    async fn similar(&self, _: Kind, outline: &Outline) -> Result<Option<(Key, Similar)>> {
        let person = self.person().await?;
        if !self.world.telling.lock().unwrap().contains(&person) {
            return Ok(None);
        }
        let all = self.workouts().await?;
        let candidates = all.iter().map(|workout| (Outline::from(&workout.activity), workout));
        Ok(same::most_alike(outline, candidates).map(|workout| {
            let similar = Similar {
                start: workout.activity.start,
                seconds: Some(workout.activity.elapsed as u32),
                sport: Some(workout.activity.sport),
                sub_sport: None,
                device: None,
            };
            (Key { id: workout.key.clone(), link: None }, similar)
        }))
    }

    async fn find(&self, parcel: &Parcel) -> Result<Option<Key>> {
        let all = self.workouts().await?;
        let same = all.into_iter().find(|workout| workout.file.as_ref() == Some(&parcel.file.bytes));
        Ok(same.map(|workout| Key { id: workout.key, link: None }))
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt> {
        let person = self.person().await?;
        let item = baton_fit::decode(&parcel.file.bytes, parcel.file.format)?.remove(0);
        let Item::Activity(mut activity) = item else { return Err(Error::bad_input("a workout is wanted")) };
        let moved = self.world.moving.lock().unwrap().get(&person).copied();
        if let Some(seconds) = moved {
            activity.start += TimeDelta::seconds(seconds);
            for record in &mut activity.records {
                record.time += TimeDelta::seconds(seconds);
            }
        }
        let mut ponds = self.world.workouts.lock().unwrap();
        let there = ponds.entry(person.clone()).or_default();
        let key = format!("{person}-{}", there.len());
        let title = parcel.title.clone();
        let file = Some(parcel.file.bytes.clone());
        there.push(Workout { key: key.clone(), title, activity: *activity, file });
        let left = &self.world.lost_answers;
        if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(Error::new(ErrorKind::Unsettled, "no answer came back"));
        }
        let id = if moved.is_some() { format!("upload {key}") } else { key };
        Ok(Receipt::Created { key: Key { id, link: None }, remarks: Vec::new() })
    }
}
