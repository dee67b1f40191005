//! What a file that a person hands to Baton holds: one file of any kind that Baton reads, or a zip archive of them.

use std::io::{BufReader, Read, Seek};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use baton_core::export::{Described, Export};
use baton_core::{Activity, Error, File, Format, Item, Kind, Result, Service};
use baton_fit::measurements::{self, Table};
use baton_fit::{Archive, EncodeOptions, Member};
use chrono::Local;

/// What a file holds, or one file of an archive.
pub struct Contents {
    /// Its name without folders
    name: String,
    /// Whether it came out of an archive: then it is named with what is said of it.
    is_member: bool,
    /// The file as it is archived; none for a table.
    pub file: Option<File>,
    pub workouts: Vec<Item>,
    pub table: Table,
    /// What the archive's table says of it
    pub about: Option<Described>,
}

impl Contents {
    pub fn items(&self) -> Vec<Item> {
        let measured = self.table.rows.iter().map(|row| Item::from(row.measured.clone()));
        self.workouts.iter().cloned().chain(measured).collect()
    }

    fn of_items(name: String, is_member: bool, file: File, items: Vec<Item>) -> Contents {
        let table = Table::of(items.iter().filter_map(Item::measured), &Local);
        let workouts = items.into_iter().filter(|item| item.kind() == Kind::Activity).collect();
        Contents { name, is_member, file: Some(file), workouts, table, about: None }
    }

    /// What only the table of an archive tells of.
    fn of_line(activity: Activity) -> Result<Contents> {
        let item = Item::Activity(Box::new(activity));
        let file = baton_fit::encode(&item, Format::Json, &EncodeOptions::default())?;
        Ok(Contents::of_items(item.title().to_owned(), true, file, vec![item]))
    }

    fn described(mut self, about: Option<Described>) -> Contents {
        for item in &mut self.workouts {
            if let (Item::Activity(activity), Some(about)) = (item, &about) {
                about.apply(activity);
            }
        }
        self.about = about;
        self
    }

    /// The item's own title, or else what its file is called.
    pub fn title_of<'a>(&'a self, item: &'a Item) -> &'a str {
        if !item.title().is_empty() {
            return item.title();
        }
        let name = self.name.strip_suffix(".gz").unwrap_or(&self.name);
        Path::new(name).file_stem().and_then(|name| name.to_str()).unwrap_or(name)
    }

    /// What of it cannot be read and is left out, one sentence each. What was put right of a workout is its own remark.
    pub fn faults(&self) -> Vec<String> {
        let named = |words: &String| {
            if self.is_member { format!("{}: {words}", self.name) } else { words.clone() }
        };
        self.table.faults.iter().map(named).collect()
    }

    fn with_something(self, path: &Path) -> Result<Contents> {
        if !self.workouts.is_empty() || !self.table.rows.is_empty() {
            return Ok(self);
        }
        let why = self.table.faults.first().map_or("it holds nothing that Baton carries", String::as_str);
        Err(Error::bad_input(format!("{}: {why}", path.display())))
    }

    /// Nobody says line by line whose it is when a file is imported.
    pub fn of_one_person(self, path: &Path) -> Result<Contents> {
        match self.table.people().as_slice() {
            [] | [_] => Ok(self),
            several => Err(Error::bad_input(format!(
                "{} holds the measurements of {}; keep one person's lines in it",
                path.display(),
                several.join(" and ")
            ))),
        }
    }
}

/// Reads a file, whatever wrote it, and hands on what it holds; of a zip archive, what each file in it holds, one after
/// the other. Tells which files of an archive are passed over, and why.
pub fn read(
    path: &Path,
    services: &[Arc<dyn Service>],
    mut take: impl FnMut(Contents) -> Result<()>,
) -> Result<Vec<String>> {
    let unreadable = |error| Error::bad_input(Error::storage(path, &error).message);
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    let mut beginning = Vec::new();
    file.by_ref().take(4).read_to_end(&mut beginning).map_err(unreadable)?;
    if baton_fit::is_zip(&beginning) {
        return read_archive(path, file, services, take);
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    take(read_one(path, bytes, services)?)?;
    Ok(Vec::new())
}

fn read_archive(
    path: &Path,
    file: std::fs::File,
    services: &[Arc<dyn Service>],
    mut take: impl FnMut(Contents) -> Result<()>,
) -> Result<Vec<String>> {
    let named = |error: Error| Error::bad_input(format!("{}: {}", path.display(), error.message));
    let mut archive = Archive::open(BufReader::new(file)).map_err(named)?;
    let exported = archive.tables().find_map(|table| services.iter().find_map(|one| one.exported(&table)));
    let Export { mut files, without_file, faults } = exported.unwrap_or_default();
    let (mut taken, mut passed_over) = (0, faults);
    each_member(archive, |name, contents| {
        match contents {
            Ok(contents) => {
                let about = files.remove(&name);
                take(contents.described(about))?;
                taken += 1;
            }
            Err(error) => passed_over.push(format!("{name}: {}", error.message)),
        }
        Ok(())
    })?;
    for activity in without_file {
        take(Contents::of_line(activity)?)?;
        taken += 1;
    }
    match passed_over.first() {
        _ if taken > 0 => Ok(passed_over),
        None => Err(named(Error::bad_input("there is no FIT, TCX or GPX file in this zip archive"))),
        Some(why) => Err(named(Error::bad_input(why.clone()))),
    }
}

/// Hands on what each file of an archive holds, with its name, in the archive's order: one thread unpacks, as many as
/// there are processors decode, and this one takes. Few are in memory at a time.
fn each_member<R: Read + Seek + Send>(
    mut archive: Archive<R>,
    mut take: impl FnMut(String, Result<Contents>) -> Result<()>,
) -> Result<()> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (unpacked, to_decode) = mpsc::sync_channel::<(Result<Member>, mpsc::SyncSender<_>)>(processors);
    let (begun, to_take) = mpsc::sync_channel(processors);
    let to_decode = Arc::new(Mutex::new(to_decode));
    std::thread::scope(|scope| {
        // Where this thread takes no more, nobody is left to hand on to, and the others end.
        let to_take = to_take;
        scope.spawn(move || {
            for place in 0..archive.len() {
                let (decoded, held) = mpsc::sync_channel(1);
                let member = (archive.member(place), decoded);
                if unpacked.send(member).is_err() || begun.send((archive.name(place), held)).is_err() {
                    return;
                }
            }
        });
        for _ in 0..processors {
            let to_decode = to_decode.clone();
            scope.spawn(move || {
                loop {
                    let next = to_decode.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((member, decoded)) = next else { return };
                    let held = member.and_then(|member| contents(member.name, member.bytes, true));
                    // Nobody waits for it where it was stopped.
                    let _ = decoded.send(held);
                }
            });
        }
        drop(to_decode);
        to_take.iter().try_for_each(|(name, held)| {
            let lost = |_| Err(Error::bug("reading this file failed inside Baton"));
            take(name, held.recv().unwrap_or_else(lost))
        })
    })
}

fn read_one(path: &Path, bytes: Vec<u8>, services: &[Arc<dyn Service>]) -> Result<Contents> {
    let named = |error: Error| Error::bad_input(format!("{}: {}", path.display(), error.message));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let held = match baton_fit::sniff(&bytes).or_else(|| Format::of_path(path)) {
        None => {
            let table = measurements::read(&bytes, &Local).map_err(|_| {
                let words = "no FIT, TCX, GPX or JSON file and no table of measurements that Baton reads";
                Error::bad_input(format!("{} is {words}", path.display()))
            })?;
            let (file, workouts) = (None, Vec::new());
            Ok(Contents { name, is_member: false, file, workouts, table, about: None })
        }
        Some(Format::Json) => match services.iter().find_map(|service| service.convert(&bytes)) {
            Some(item) => {
                let item = item.map_err(named)?;
                // A service's own answer is kept in Baton's form, which needs no service to be read again.
                let file = baton_fit::encode(&item, Format::Json, &EncodeOptions::default())?;
                Ok(Contents::of_items(name, false, file, vec![item]))
            }
            None => contents(name, bytes, false).map_err(named),
        },
        Some(_) => contents(name, bytes, false).map_err(named),
    };
    held?.with_something(path)
}

/// What a file of one of Baton's formats holds, by its first bytes or else its name.
fn contents(name: String, bytes: Vec<u8>, is_member: bool) -> Result<Contents> {
    let format = baton_fit::sniff(&bytes).or_else(|| Format::of_path(Path::new(&name)));
    let format = format.ok_or_else(|| Error::rejected("This is no FIT, TCX or GPX file"))?;
    let items = baton_fit::decode(&bytes, format)?;
    Ok(Contents::of_items(name, is_member, File { format, bytes: Arc::from(bytes) }, items))
}
