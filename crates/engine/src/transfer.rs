//! Files in and out: import, export, conversion, and the item behind an entry.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use baton_core::{
    Body, Connection, Destination, Entry, Error, ErrorKind, Event, Fetched, File, Format, Item, Kind, Owner,
    RecordedBy, Result, RunEvent, Source, Sport, Time, Window,
};
use baton_fit::EncodeOptions;
use futures::stream::BoxStream;
use serde::Serialize;

use crate::archive::Archive;
use crate::contents::{Contents, read};
use crate::run::{Output, RunSummary, Running, Scope, clean_item, encode_options};
use crate::{Config, Engine, EntryId, Stop, blocking, files};

/// The account that imported files belong to. No service has this name.
pub const FILES: &str = "files";
/// After so many entries the shells are told how many were read.
const PAGE: usize = 20;

/// What became of files that were imported.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    pub summary: RunSummary,
    /// What of them cannot be read and is left out, one sentence each, by file
    pub left_out: Vec<(PathBuf, String)>,
}

/// What is in a file, before it is imported.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct ImportLine {
    pub path: PathBuf,
    /// Its name without folders
    pub name: String,
    /// Of the first thing in it; empty where the file does not say
    pub title: String,
    pub kind: Option<Kind>,
    pub start: Option<Time>,
    pub utc_offset: Option<i32>,
    pub seconds: Option<f64>,
    pub sport: Option<Sport>,
    /// How many workouts and measurements are in it
    pub items: u32,
    /// What of it cannot be read and is left out, one sentence each
    pub remarks: Vec<String>,
    /// Why it cannot be imported
    pub error: Option<Error>,
}

impl Engine {
    /// What is in these files. Nothing is imported.
    pub async fn look_into(&self, paths: &[PathBuf]) -> Result<Vec<ImportLine>> {
        let mut looks = Vec::new();
        for path in paths {
            let (engine, path) = (self.clone(), path.clone());
            looks.push(blocking(move || Ok(engine.look_into_one(&path))).await?);
        }
        Ok(looks)
    }

    fn look_into_one(&self, path: &Path) -> ImportLine {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut look = ImportLine {
            path: path.to_owned(),
            name,
            title: String::new(),
            kind: None,
            start: None,
            utc_offset: None,
            seconds: None,
            sport: None,
            items: 0,
            remarks: Vec::new(),
            error: None,
        };
        let passed_over = read(path, &self.inner.services, |contents| {
            look.add(&contents.of_one_person(path)?);
            Ok(())
        });
        match passed_over {
            Ok(passed_over) => look.remarks.extend(passed_over),
            Err(error) => look.error = Some(error),
        }
        look
    }

    /// Takes workouts into the archive and measurements into the ledger, and sends them to an account, as if a source had
    /// listed them: once, however often they are imported. Without a destination it is the only account that can be
    /// written to. What is interrupted goes on where it was when the same files are imported again.
    ///
    /// # Errors
    /// `BadInput` where a file does not read or holds several people's measurements (nothing is then imported), or where
    /// the destination is unknown or open; `Cancelled` where it is stopped while the files are read.
    pub async fn import(&self, paths: &[PathBuf], destination: Option<&str>) -> Result<Imported> {
        let destination = self.import_destination(destination).await?;
        let (mut entries, mut left_out) = (Vec::new(), Vec::new());
        let stop = Stop::default();
        let reading = (self.not_running().await?, Running::mark(self, &stop));
        for path in paths {
            let (engine, stop, from) = (self.clone(), stop.clone(), path.clone());
            let before = entries.len();
            let (found, remarks) = blocking(move || engine.take_in(&from, before, &stop)).await?;
            entries.extend(found);
            left_out.extend(remarks.into_iter().map(|remark| (path.clone(), remark)));
        }
        drop(reading);
        // The same file may lie in an archive and beside it.
        let mut keys = HashSet::new();
        entries.retain(|entry| keys.insert(entry.key.clone()));
        let ids: Vec<EntryId> = entries
            .iter()
            .map(|entry| EntryId { account: FILES.to_owned(), key: entry.key.clone() })
            .collect();
        self.inner.ledger.put_entries(FILES, entries).await?;
        let summary = self.send(&ids, &destination, None).await?;
        Ok(Imported { summary, left_out })
    }

    async fn import_destination(&self, wanted: Option<&str>) -> Result<String> {
        let accounts = self.accounts().await?;
        if let Some(wanted) = wanted {
            return match accounts.iter().find(|account| account.id == wanted) {
                Some(account) if account.writes.is_empty() => {
                    Err(Error::bad_input(format!("Baton cannot write to {}", account.service_name)))
                }
                Some(account) => Ok(account.id.clone()),
                None => Err(crate::accounts::no_account(wanted, accounts.iter().map(|account| &account.id))),
            };
        }
        let writable: Vec<&str> = accounts
            .iter()
            .filter(|account| !account.writes.is_empty())
            .map(|account| account.id.as_str())
            .collect();
        match writable.as_slice() {
            [] => Err(Error::bad_input("there is no account to send files to; connect one first")),
            [only] => Ok((*only).to_owned()),
            several => Err(Error::bad_input(format!("say where the files go: {}", several.join(", ")))),
        }
    }

    /// Archives the workouts of one file and tells its entries, and what is left out. `before` entries were found already.
    fn take_in(&self, path: &Path, before: usize, stop: &Stop) -> Result<(Vec<Entry>, Vec<String>)> {
        let (mut entries, mut left_out) = (Vec::new(), Vec::new());
        let passed_over = read(path, &self.inner.services, |contents| {
            if stop.is_stopped() {
                return Err(Error::new(ErrorKind::Cancelled, "stopped while the files were read"));
            }
            let contents = contents.of_one_person(path)?;
            left_out.extend(contents.faults());
            entries.extend(contents.table.rows.iter().map(|row| row.entry(Owner::Certain)));
            let (Some(file), Some(first)) = (&contents.file, contents.workouts.first()) else {
                return Ok(());
            };
            let archived = self.inner.archive.put(file, first.span().start, None)?;
            if let Some(about) = &contents.about {
                self.inner.archive.put_about(&archived.name, about)?;
            }
            let workouts = contents.workouts.iter().enumerate().filter_map(|(number, item)| {
                let Item::Activity(activity) = item else { return None };
                Some(Entry {
                    key: if number == 0 {
                        archived.hash.clone()
                    } else {
                        format!("{}-{number}", archived.hash)
                    },
                    kind: item.kind(),
                    span: item.span(),
                    // Where the file rests, so that it is found again.
                    revision: archived.name.clone(),
                    recorded_by: RecordedBy::Source,
                    title: contents.title_of(item).to_owned(),
                    sport: Some(activity.sport),
                    sub_sport: Some(activity.sub_sport),
                    utc_offset: Some(item.utc_offset()).filter(|offset| *offset != 0),
                    in_progress: false,
                    arrived: None,
                    owner: Owner::Certain,
                    measured: None,
                })
            });
            entries.extend(workouts);
            if entries.len() % PAGE == 0 {
                self.tell_read(before + entries.len());
            }
            Ok(())
        })?;
        self.tell_read(before + entries.len());
        left_out.extend(passed_over);
        Ok((entries, left_out))
    }

    fn tell_read(&self, entries: usize) {
        let (account, entries) = (FILES.to_owned(), entries as u64);
        self.inner.events.send(Event::Run(RunEvent::Listed { account, entries }));
    }

    /// What an entry holds: from the file that was sent, else from the service's own answer in the archive, else
    /// fetched. Cleaned, as it is or would be sent.
    ///
    /// # Errors
    /// `BadInput` for an unknown entry, and those of the account where it must be fetched.
    pub async fn item(&self, account: &str, key: &str) -> Result<Item> {
        let item = self.uncleaned(account, key).await?;
        Ok(clean_item(item, &self.config().await?).0)
    }

    /// As [`Engine::item`], before it is cleaned.
    pub(crate) async fn uncleaned(&self, account: &str, key: &str) -> Result<Item> {
        let line = self.entry(account, key).await?;
        let config = self.config().await?;
        if let Some(measured) = line.entry.measured {
            return Ok(measured.into());
        }
        let sent = line.deliveries.iter().filter(|delivery| delivery.joined_into.is_none());
        let sent = sent.filter_map(|delivery| delivery.file.clone()).find(|file| {
            // Other formats hold less than what was there.
            Format::of_path(Path::new(file))
                .is_some_and(|format| matches!(format, Format::Fit | Format::Json))
        });
        let (engine, id) = (self.clone(), EntryId { account: account.to_owned(), key: key.to_owned() });
        let service = config.accounts.get(account).map(|account| account.service.clone());
        let found = blocking(move || engine.item_at_hand(&id, sent.as_deref(), service.as_deref())).await?;
        match found {
            Some(item) => Ok(item),
            None => self.fetch(&config, account, &line.entry).await,
        }
    }

    fn item_at_hand(&self, id: &EntryId, sent: Option<&str>, service: Option<&str>) -> Result<Option<Item>> {
        let archive = &self.inner.archive;
        let service = service.and_then(|service| self.inner.service(service).ok());
        let raw = archive.raw(&id.account, &id.key)?;
        if let Some(item) = raw.zip(service).and_then(|(raw, service)| service.convert(&raw)) {
            return item.map(Some);
        }
        let Some(name) = sent else { return Ok(None) };
        let Some(format) = Format::of_path(Path::new(name)) else { return Ok(None) };
        // A file that is gone can be made again.
        let Ok(bytes) = archive.get(name) else { return Ok(None) };
        Ok(baton_fit::decode(&bytes, format)?.into_iter().next())
    }

    async fn fetch(&self, config: &Config, account: &str, entry: &Entry) -> Result<Item> {
        let connection = match config.accounts.get(account) {
            _ if account == FILES => archived_files(self.inner.archive.clone()),
            Some(settings) => self.inner.connect(account, settings)?,
            None => {
                return Err(Error::sign_in(format!("{account} is not connected; connect it to fetch this")));
            }
        };
        let source = connection.source();
        let source = source.ok_or_else(|| Error::bad_input(format!("Baton cannot read from {account}")))?;
        Ok(source.fetch(entry).await?.item)
    }

    /// Writes an entry as a file into a folder; tells its path.
    ///
    /// # Errors
    /// `BadInput` for an unknown entry, `Unsupported` where the format cannot hold it, `Storage`.
    pub async fn export(&self, entry: &EntryId, format: Format, folder: &Path) -> Result<PathBuf> {
        let item = self.item(&entry.account, &entry.key).await?;
        let title = self.entry(&entry.account, &entry.key).await?.entry.title;
        let (config, folder) = (self.config().await?, folder.to_owned());
        blocking(move || write(&item, &title, format, &folder, &config)).await
    }

    /// A sync that delivers nothing, as one file: a single item's, or the FIT weight file of all weigh-ins. No file where
    /// there is nothing. `scope.output` does not count.
    ///
    /// # Errors
    /// As [`Engine::sync`], and `BadInput` where the items do not fit into one file.
    pub async fn one_file(&self, scope: Scope) -> Result<(RunSummary, Option<File>)> {
        let folder =
            tempfile::tempdir_in(self.home()).map_err(|error| Error::storage(self.home(), &error))?;
        let output = Output::Folder(folder.path().to_owned());
        let summary = self.sync(Scope { output, ..scope }).await?;
        let file = blocking(move || one_file(folder.path())).await?;
        Ok((summary, file))
    }

    /// Converts a file: a FIT, TCX, GPX or Baton JSON file, a table of measurements, a service's own raw answer as JSON, or
    /// a zip archive of FIT, TCX and GPX files. Needs no account and no network. Tells the path of each file written, one
    /// for each item.
    ///
    /// # Errors
    /// `BadInput` where the file is absent or holds nothing that Baton knows; nothing is then written.
    pub async fn convert(&self, path: &Path, format: Format, folder: &Path) -> Result<Vec<PathBuf>> {
        let config = self.config().await?;
        let (engine, path, folder) = (self.clone(), path.to_owned(), folder.to_owned());
        blocking(move || {
            let mut encoded = Vec::new();
            let passed_over = read(&path, &engine.inner.services, |contents| {
                for item in contents.items() {
                    let item = clean_item(item, &config).0;
                    let file = encode(&item, format, &config)?;
                    encoded.push((files::name_for(&item, contents.title_of(&item)), file));
                }
                Ok(())
            })?;
            for remark in passed_over {
                tracing::warn!(file = %path.display(), "{remark}");
            }
            let written = encoded
                .iter()
                .map(|(name, file)| files::write_beside(&folder, name, format.extension(), &file.bytes));
            written.collect()
        })
        .await
    }
}

/// The only file in a folder, or all its weigh-ins in one.
fn one_file(folder: &Path) -> Result<Option<File>> {
    let named = |error: std::io::Error| Error::storage(folder, &error);
    let listing: Vec<_> = std::fs::read_dir(folder).and_then(Iterator::collect).map_err(named)?;
    let mut paths: Vec<PathBuf> = listing.iter().map(std::fs::DirEntry::path).collect();
    paths.sort();
    let mut bodies = Vec::new();
    let mut only = None;
    for path in &paths {
        let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
        let format = Format::of_path(path).unwrap_or(Format::Fit);
        if paths.len() > 1 {
            match baton_fit::decode(&bytes, format)?.pop() {
                Some(Item::Body(body)) if format == Format::Fit => bodies.push(body),
                _ => {
                    return Err(Error::bad_input(format!(
                        "these are {} files of different kinds, and stdout takes one; name a folder, one kind, or a \
                         shorter period",
                        paths.len()
                    )));
                }
            }
        }
        only = Some(File { format, bytes: bytes.into() });
    }
    match bodies.as_slice() {
        [] => Ok(only),
        all => {
            let all: Vec<&Body> = all.iter().collect();
            baton_fit::encode_bodies(&all, &EncodeOptions::default()).map(Some)
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let error = Error::storage(path, error);
    Error::bad_input(error.message)
}

impl ImportLine {
    fn add(&mut self, contents: &Contents) {
        let items = contents.items();
        if let Some(item) = items.first().filter(|_| self.items == 0) {
            item.title().clone_into(&mut self.title);
            (self.kind, self.start) = (Some(item.kind()), Some(item.span().start));
            self.utc_offset = Some(item.utc_offset()).filter(|offset| *offset != 0);
            self.seconds = Some(item.span().seconds()).filter(|seconds| *seconds > 0.0);
            self.sport = match item {
                Item::Activity(activity) => Some(activity.sport),
                Item::Body(_) | Item::BloodPressure(_) => None,
            };
        }
        self.items += items.len() as u32;
        self.remarks.extend(contents.faults());
    }
}

/// The original where it is of that format, else a new file.
fn encode(item: &Item, format: Format, config: &Config) -> Result<File> {
    match item.original().filter(|original| original.format == format) {
        Some(original) => Ok(File { format, bytes: original.bytes.clone() }),
        None => baton_fit::encode(item, format, &encode_options(item, config)),
    }
}

fn write(item: &Item, title: &str, format: Format, folder: &Path, config: &Config) -> Result<PathBuf> {
    let file = encode(item, format, config)?;
    files::write_beside(folder, &files::name_for(item, title), format.extension(), &file.bytes)
}

/// Imported files as a source: what they hold lies in the archive.
pub(crate) fn archived_files(archive: Archive) -> Box<dyn Connection> {
    Box::new(ArchivedFiles { archive })
}

struct ArchivedFiles {
    archive: Archive,
}

impl Connection for ArchivedFiles {
    fn source(&self) -> Option<&dyn Source> {
        Some(self)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        None
    }
}

#[async_trait]
impl Source for ArchivedFiles {
    /// Nothing comes here by itself.
    fn list(&self, _: Window) -> BoxStream<'_, Result<Entry>> {
        Box::pin(futures::stream::empty())
    }

    async fn fetch(&self, entry: &Entry) -> Result<Fetched> {
        let (archive, entry) = (self.archive.clone(), entry.clone());
        blocking(move || {
            let format = Format::of_path(Path::new(&entry.revision)).unwrap_or(Format::Fit);
            let number = entry.key.split_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(0);
            let mut items = baton_fit::decode(&archive.get(&entry.revision)?, format)?;
            let about = archive.about(&entry.revision)?;
            if number >= items.len() {
                return Err(Error::new(
                    ErrorKind::Storage,
                    "the imported file changed in the archive; import it again",
                ));
            }
            let mut item = items.swap_remove(number);
            if let Item::Activity(activity) = &mut item {
                about.apply(activity);
            }
            Ok(Fetched { item, raw: None })
        })
        .await
    }
}
