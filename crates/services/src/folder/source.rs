//! Reading the folder: every workout file and every table of measurements in it and below it, as entries.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use baton_core::{
    Clock, Entry, Error, ErrorKind, Fetched, Format, Item, Owner, RecordedBy, Result, Source, Time,
    TokenCell, Window,
};
use baton_fit::Archive;
use baton_fit::measurements::{self, Table};
use chrono::Local;
use futures::stream::{self, BoxStream, StreamExt};

use super::{blocking, content_key, name, place, watch};

/// A file that changed this recently may still be on its way.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
/// Folders in folders, at most; a loop of links ends here.
const DEEPEST: u32 = 16;

pub struct Files {
    tokens: Arc<TokenCell>,
    clock: Clock,
    seen: Arc<Mutex<HashMap<PathBuf, Seen>>>,
}

/// What a file held when it was last read. It is read again when its size or time changes.
#[derive(Clone)]
struct Seen {
    size: u64,
    modified: SystemTime,
    entries: Vec<Found>,
}

/// An entry, and where in its file it is.
#[derive(Clone)]
struct Found {
    /// Without `in_progress`, which depends on now, and without `arrived`, which depends on the file.
    entry: Entry,
    /// Of a zip archive: the place of the file that holds it.
    member: Option<usize>,
}

impl Files {
    pub fn new(tokens: Arc<TokenCell>, clock: Clock) -> Files {
        Files { tokens, clock, seen: Arc::default() }
    }

    async fn scan(&self) -> Result<Vec<Entry>> {
        let folder = place(&self.tokens).await?;
        let (seen, now) = (self.seen.clone(), SystemTime::from((self.clock)()));
        blocking(move || scan(&folder, &seen, now)).await
    }

    /// Where the file with this content is, by what was seen last.
    fn place_of(&self, key: &str) -> Option<(PathBuf, Option<usize>)> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().find_map(|(path, seen)| {
            let found = seen.entries.iter().find(|found| found.entry.key == key)?;
            Some((path.clone(), found.member))
        })
    }
}

/// All entries below the folder, each once.
fn scan(folder: &Path, seen: &Mutex<HashMap<PathBuf, Seen>>, now: SystemTime) -> Result<Vec<Entry>> {
    let mut paths = Vec::new();
    collect(folder, 0, &mut paths)?;
    // A table holds more than the FIT files that were made of it.
    paths.sort_by_cached_key(|path| (!is_table(path), path.clone()));
    let mut before = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let mut after = HashMap::new();
    let mut listing = Listing::default();
    for path in paths {
        // A file that went away between listing and reading is simply not there.
        let Ok(metadata) = std::fs::metadata(&path) else { continue };
        let (size, modified) = (metadata.len(), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH));
        let unchanged = before.remove(&path).filter(|seen| seen.size == size && seen.modified == modified);
        let arrived = metadata.created().ok().map(Time::from);
        let in_progress = now.duration_since(modified).is_ok_and(|age| age < SETTLED_AFTER);
        let file = match unchanged {
            Some(file) => file,
            None => match read(&path) {
                Ok(entries) => Seen { size, modified, entries },
                Err(error) => {
                    if in_progress {
                        continue;
                    }
                    tracing::warn!(file = %path.display(), %error, "this file cannot be read and is passed over");
                    Seen { size, modified, entries: Vec::new() }
                }
            },
        };
        for Found { entry, .. } in &file.entries {
            // A workout counts by when it was done.
            let arrived = arrived.filter(|_| entry.measured.is_some());
            listing.add(Entry { in_progress, arrived, ..entry.clone() }, modified);
        }
        after.insert(path, file);
    }
    *seen.lock().unwrap_or_else(PoisonError::into_inner) = after;
    Ok(listing.entries)
}

/// What was found so far, each once.
#[derive(Default)]
struct Listing {
    entries: Vec<Entry>,
    /// The place of each key, and when its file was written.
    places: HashMap<String, (usize, SystemTime)>,
    /// The places of the measurements of a second.
    seconds: HashMap<i64, Vec<usize>>,
}

impl Listing {
    /// Of an entry in two files the one written last counts: a newer export may hold a correction. A measurement may lie
    /// in a table and in a FIT file as well; where nothing differs it is one, and the fuller of two lines counts.
    fn add(&mut self, entry: Entry, modified: SystemTime) {
        if let Some((place, written)) = self.places.get_mut(&entry.key) {
            let there = &mut self.entries[*place];
            let better = match (&there.measured, &entry.measured) {
                (Some(there), Some(here)) if measurements::same(there, here) => {
                    measurements::values(here) > measurements::values(there)
                }
                _ => modified > *written,
            };
            if better {
                *there = entry;
                *written = modified;
            }
            return;
        }
        let place = self.entries.len();
        if let Some(measured) = &entry.measured {
            let second = self.seconds.entry(measured.time().timestamp()).or_default();
            let there = second.iter().filter_map(|&place| self.entries[place].measured.as_ref());
            if there.into_iter().any(|there| measurements::same(there, measured)) {
                return;
            }
            second.push(place);
        }
        self.places.insert(entry.key.clone(), (place, modified));
        self.entries.push(entry);
    }
}

/// The files to be read in a folder and below it; hidden ones (and so Baton's own half-written ones) are left out.
fn collect(folder: &Path, depth: u32, paths: &mut Vec<PathBuf>) -> Result<()> {
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if depth == 0 => return Err(Error::storage(folder, &error)),
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "this folder cannot be read and is passed over");
            return Ok(());
        }
    };
    for item in listing.flatten() {
        let path = item.path();
        if item.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if depth < DEEPEST {
                collect(&path, depth + 1, paths)?;
            }
        } else if is_table(&path) || is_archive(&path) || format_of(&path).is_some() {
            paths.push(path);
        }
    }
    Ok(())
}

/// By the name: `.fit`, `.tcx`, `.gpx`, each also with `.gz`.
fn format_of(path: &Path) -> Option<Format> {
    Format::of_path(&unpacked(path)).filter(|format| *format != Format::Json)
}

/// By the name: `.csv`, also with `.gz`.
fn is_table(path: &Path) -> bool {
    unpacked(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// The name without `.gz`.
fn unpacked(path: &Path) -> PathBuf {
    let packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    if packed { path.with_extension("") } else { path.to_owned() }
}

/// By the name: `.zip`.
fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}

fn read(path: &Path) -> Result<Vec<Found>> {
    if is_archive(path) {
        return read_archive(path);
    }
    let bytes = std::fs::read(path).map_err(|error| Error::storage(path, &error))?;
    let entries = if is_table(path) {
        measured(&measurements::read(&bytes, &Local)?, path)
    } else {
        entries(path, &bytes)?
    };
    Ok(entries.into_iter().map(|entry| Found { entry, member: None }).collect())
}

/// The entries of an archive. A file in it that cannot be read does not hold up the others.
fn read_archive(path: &Path) -> Result<Vec<Found>> {
    let mut archive = open_archive(path)?;
    let mut found = Vec::new();
    for place in 0..archive.len() {
        let name = archive.name(place);
        match archive.member(place).and_then(|member| entries(Path::new(&member.name), &member.bytes)) {
            Ok(entries) => {
                found.extend(entries.into_iter().map(|entry| Found { entry, member: Some(place) }));
            }
            Err(error) => {
                tracing::warn!(file = %path.display(), name, %error, "this file of the archive is passed over");
            }
        }
    }
    Ok(found)
}

fn open_archive(path: &Path) -> Result<Archive<BufReader<File>>> {
    let file = File::open(path).map_err(|error| Error::storage(path, &error))?;
    Archive::open(BufReader::new(file))
}

/// The bytes of a file, or of a file in an archive.
fn bytes_of(path: &Path, member: Option<usize>) -> Result<(PathBuf, Vec<u8>)> {
    if let Some(place) = member {
        let member = open_archive(path)?.member(place)?;
        return Ok((PathBuf::from(member.name), member.bytes));
    }
    let bytes = std::fs::read(path).map_err(|error| Error::storage(path, &error))?;
    Ok((path.to_owned(), bytes))
}

fn entries(path: &Path, bytes: &[u8]) -> Result<Vec<Entry>> {
    let hash = content_key(bytes);
    let items = decode(path, bytes)?;
    let table = Table::of(items.iter().filter_map(Item::measured), &Local);
    let activities = items.iter().enumerate().filter_map(|(position, item)| entry(item, &hash, position));
    Ok(activities.chain(measured(&table, path)).collect())
}

/// The measurements of one file. Where several people are in it, nobody knows whose folder this is: they are held back
/// until the person says.
fn measured(table: &Table, path: &Path) -> Vec<Entry> {
    for fault in &table.faults {
        tracing::warn!(file = %path.display(), "{fault}; this line is passed over");
    }
    let owner = if table.people().len() > 1 { Owner::Doubtful } else { Owner::Certain };
    table.rows.iter().map(|row| row.entry(owner)).collect()
}

/// The items of a file, each with a title.
fn decode(path: &Path, bytes: &[u8]) -> Result<Vec<Item>> {
    let format = baton_fit::sniff(bytes)
        .or_else(|| format_of(path))
        .ok_or_else(|| Error::rejected("this is not a FIT, TCX or GPX file"))?;
    let mut items = baton_fit::decode(bytes, format)?;
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    for item in &mut items {
        if let Item::Activity(activity) = item
            && activity.title.trim().is_empty()
        {
            activity.title = name::title(&file_name);
        }
    }
    Ok(items)
}

/// A workout's entry. The first of a file has the file's own hash as key, further ones a number behind it.
fn entry(item: &Item, hash: &str, position: usize) -> Option<Entry> {
    let Item::Activity(activity) = item else { return None };
    Some(Entry {
        key: if position == 0 { hash.to_owned() } else { format!("{hash}-{}", position + 1) },
        kind: item.kind(),
        span: item.span(),
        revision: hash.to_owned(),
        recorded_by: RecordedBy::Source,
        title: item.title().to_owned(),
        sport: Some(activity.sport),
        sub_sport: Some(activity.sub_sport),
        utc_offset: activity.utc_offset,
        in_progress: false,
        arrived: None,
        owner: Owner::Certain,
        measured: None,
    })
}

#[async_trait]
impl Source for Files {
    fn list(&self, window: Window) -> BoxStream<'_, Result<Entry>> {
        let scan = async move {
            match self.scan().await {
                Ok(entries) => {
                    // A table that was dropped in today may reach back for years.
                    let wanted = |entry: &Entry| {
                        let arrived = entry.arrived.is_some_and(|arrived| window.contains(arrived));
                        arrived || window.contains(entry.span.start)
                    };
                    entries.into_iter().filter(wanted).map(Ok).collect()
                }
                Err(error) => vec![Err(error)],
            }
        };
        stream::once(scan).flat_map(stream::iter).boxed()
    }

    async fn fetch(&self, entry: &Entry) -> Result<Fetched> {
        if let Some(measured) = entry.measured.clone() {
            return Ok(Fetched { item: measured.into(), raw: None });
        }
        let gone = || {
            let words = format!("the file of \"{}\" is no longer in the folder", entry.title);
            Error::new(ErrorKind::Rejected { reason: words.clone() }, words)
        };
        let (path, member) = if let Some(place) = self.place_of(&entry.key) {
            place
        } else {
            self.scan().await?;
            self.place_of(&entry.key).ok_or_else(gone)?
        };
        let hash = entry.revision.clone();
        let items = blocking(move || {
            let (name, bytes) = bytes_of(&path, member)?;
            if content_key(&bytes) != hash {
                return Err(Error::new(
                    ErrorKind::Incomplete,
                    format!("{} is being changed", path.display()),
                ));
            }
            decode(&name, &bytes)
        })
        .await?;
        let is_it = |(position, item): (usize, &Item)| {
            self::entry(item, &entry.revision, position).is_some_and(|now| now.key == entry.key)
        };
        let position = items.iter().enumerate().position(is_it);
        let item = position.and_then(|position| items.into_iter().nth(position)).ok_or_else(gone)?;
        Ok(Fetched { item, raw: None })
    }

    fn lists_all(&self) -> bool {
        true
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, ()>>> {
        let folder = place(&self.tokens).await?;
        blocking(move || {
            std::fs::read_dir(&folder).map_err(|error| Error::storage(&folder, &error))?;
            Ok(watch::changes(&folder))
        })
        .await
    }
}
