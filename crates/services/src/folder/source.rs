//! Reading the folder: every workout file in it and below it, as entries.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use baton_core::{
    Clock, Entry, Error, ErrorKind, Fetched, Format, Item, Owner, RecordedBy, Result, Source, TokenCell,
    Window,
};
use futures::stream::{self, BoxStream, StreamExt};

use super::{blocking, content_key, name, place};

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
    /// Without `in_progress`, which depends on now.
    entries: Vec<Entry>,
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
    fn path_of(&self, key: &str) -> Option<PathBuf> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut holding = seen.iter().filter(|(_, seen)| seen.entries.iter().any(|entry| entry.key == key));
        holding.next().map(|(path, _)| path.clone())
    }
}

/// All entries below the folder, each content once.
fn scan(folder: &Path, seen: &Mutex<HashMap<PathBuf, Seen>>, now: SystemTime) -> Result<Vec<Entry>> {
    let mut paths = Vec::new();
    collect(folder, 0, &mut paths)?;
    paths.sort();
    let mut before = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let mut after = HashMap::new();
    let mut entries = Vec::new();
    let mut keys = HashSet::new();
    for path in paths {
        // A file that went away between listing and reading is simply not there.
        let Ok(metadata) = std::fs::metadata(&path) else { continue };
        let (size, modified) = (metadata.len(), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH));
        let unchanged = before.remove(&path).filter(|seen| seen.size == size && seen.modified == modified);
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
        for entry in &file.entries {
            if keys.insert(entry.key.clone()) {
                entries.push(Entry { in_progress, ..entry.clone() });
            }
        }
        after.insert(path, file);
    }
    *seen.lock().unwrap_or_else(PoisonError::into_inner) = after;
    Ok(entries)
}

/// The workout files in a folder and below it; hidden ones (and so Baton's own half-written ones) are left out.
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
        } else if format_of(&path).is_some() {
            paths.push(path);
        }
    }
    Ok(())
}

/// By the name: `.fit`, `.tcx`, `.gpx`, each also with `.gz`.
fn format_of(path: &Path) -> Option<Format> {
    let packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let inner = if packed { PathBuf::from(path.file_stem()?) } else { path.to_owned() };
    Format::of_path(&inner).filter(|format| *format != Format::Json)
}

fn read(path: &Path) -> Result<Vec<Entry>> {
    let bytes = std::fs::read(path).map_err(|error| Error::storage(path, &error))?;
    let hash = content_key(&bytes);
    let items = decode(path, &bytes)?;
    Ok(items.iter().enumerate().map(|(position, item)| entry(item, &hash, position)).collect())
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

/// The first item of a file has the file's own hash as key, further ones a number behind it.
fn entry(item: &Item, hash: &str, position: usize) -> Entry {
    let key = if position == 0 { hash.to_owned() } else { format!("{hash}-{}", position + 1) };
    let (sport, sub_sport, utc_offset) = match item {
        Item::Activity(activity) => (Some(activity.sport), Some(activity.sub_sport), activity.utc_offset),
        Item::Body(body) => (None, None, body.utc_offset),
        Item::BloodPressure(pressure) => (None, None, pressure.utc_offset),
    };
    Entry {
        key,
        kind: item.kind(),
        span: item.span(),
        revision: hash.to_owned(),
        recorded_by: RecordedBy::Source,
        title: item.title().to_owned(),
        sport,
        sub_sport,
        utc_offset,
        in_progress: false,
        arrived: None,
        owner: Owner::Certain,
        measured: None,
    }
}

#[async_trait]
impl Source for Files {
    fn list(&self, window: Window) -> BoxStream<'_, Result<Entry>> {
        let scan = async move {
            match self.scan().await {
                Ok(entries) => {
                    entries.into_iter().filter(|entry| window.contains(entry.span.start)).map(Ok).collect()
                }
                Err(error) => vec![Err(error)],
            }
        };
        stream::once(scan).flat_map(stream::iter).boxed()
    }

    async fn fetch(&self, entry: &Entry) -> Result<Fetched> {
        let gone = || {
            let words = format!("the file of \"{}\" is no longer in the folder", entry.title);
            Error::new(ErrorKind::Rejected { reason: words.clone() }, words)
        };
        let path = if let Some(path) = self.path_of(&entry.key) {
            path
        } else {
            self.scan().await?;
            self.path_of(&entry.key).ok_or_else(gone)?
        };
        let hash = entry.revision.clone();
        let items = blocking(move || {
            let bytes = std::fs::read(&path).map_err(|error| Error::storage(&path, &error))?;
            if content_key(&bytes) != hash {
                return Err(Error::new(
                    ErrorKind::Incomplete,
                    format!("{} is being changed", path.display()),
                ));
            }
            decode(&path, &bytes)
        })
        .await?;
        let position = items
            .iter()
            .enumerate()
            .position(|(position, item)| self::entry(item, &entry.revision, position).key == entry.key);
        let item = position.and_then(|position| items.into_iter().nth(position)).ok_or_else(gone)?;
        Ok(Fetched { item, raw: None })
    }
}
