//! Measurements in the folder: a table of all of them, and for each day with a weigh-in a FIT weight file.
//!
//! The table is what counts: a measurement is there when its line is. The day's file is made from the lines and written
//! before them, so that a delivery which was cut off is carried out again from the beginning.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use baton_core::{Body, Error, Format, Item, Key, Kind, Measured, Receipt, Result};
use baton_fit::EncodeOptions;
use baton_fit::measurements::Sheet;
use chrono::{Local, NaiveDate};
use url::Url;

use super::{disk, name};

/// The table's name, without its extension.
const TABLE: &str = "measurements";
/// Where the days' files lie, so that they do not hide the table and the workouts.
const DAYS: &str = "Weight";
/// Held while the table is written: another Baton, with another history, may write to the same folder.
const LOCK: &str = ".baton-lock";

/// A measurement on its way into the folder.
pub struct Note {
    /// What its line is known by: the same for the same entry of a source, whatever its values.
    pub id: String,
    pub measured: Measured,
    /// Whether the day's FIT file is to hold it too.
    pub in_fit: bool,
}

/// The table as it was last read or written; it is read again when its size or time changes.
pub struct Table {
    path: PathBuf,
    stamp: Option<(u64, SystemTime)>,
    sheet: Sheet,
}

impl Note {
    fn weigh_in(&self) -> bool {
        self.in_fit && matches!(self.measured, Measured::Body(_))
    }
}

impl Table {
    /// The first of `measurements.csv`, `measurements (2).csv` … that Baton began, or that is not there yet: somebody
    /// else's table is left alone.
    fn open(folder: &Path) -> Result<Table> {
        for number in 1..=name::MOST {
            let path = folder.join(name::numbered(TABLE, number, "csv"));
            let stamp = stamp(&path)?;
            if stamp.is_none() {
                return Ok(Table { path, stamp, sheet: Sheet::default() });
            }
            if !path.is_file() {
                continue;
            }
            let bytes = std::fs::read(&path).map_err(|error| Error::storage(&path, &error))?;
            if let Some(sheet) = Sheet::open(&bytes, &Local) {
                return Ok(Table { path, stamp, sheet });
            }
        }
        Err(name::too_many(&folder.join(name::numbered(TABLE, 1, "csv"))))
    }

    /// What was kept, where it is still what lies there.
    fn current(kept: &mut Option<Table>, folder: &Path) -> Result<Table> {
        match kept.take() {
            Some(table) if table.path.starts_with(folder) && stamp(&table.path)? == table.stamp => Ok(table),
            _ => Table::open(folder),
        }
    }

    fn key(&self, id: String) -> Key {
        Key { id, link: Url::from_file_path(&self.path).ok().map(String::from) }
    }
}

fn stamp(path: &Path) -> Result<Option<(u64, SystemTime)>> {
    let told = |found: Metadata| Some((found.len(), found.modified().unwrap_or(SystemTime::UNIX_EPOCH)));
    match std::fs::metadata(path) {
        Ok(found) => Ok(told(found)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::storage(path, &error)),
    }
}

/// Whether the measurement has its line.
pub fn find(kept: &mut Option<Table>, folder: &Path, note: &Note) -> Result<Option<Key>> {
    let table = Table::current(kept, folder)?;
    let found = table.sheet.find(&note.id, &note.measured).map(|id| table.key(id));
    *kept = Some(table);
    Ok(found)
}

/// Gives each measurement its line, all in one writing; one receipt for each, in order.
pub fn deliver(kept: &mut Option<Table>, folder: &Path, notes: &[Note]) -> Result<Vec<Receipt>> {
    let _lock = lock(folder)?;
    let mut table = Table::current(kept, folder)?;
    let mut days = BTreeSet::new();
    let mut receipts = Vec::with_capacity(notes.len());
    let mut changed = false;
    for note in notes {
        if let Some(other) = table.sheet.find(&note.id, &note.measured) {
            receipts.push(Receipt::AlreadyThere { key: Some(table.key(other)) });
            continue;
        }
        // What was weighed on another day before leaves that day's file.
        let former = table.sheet.day(&note.id);
        changed |= table.sheet.put(&note.id, &note.measured);
        if note.weigh_in() {
            days.extend(former.into_iter().chain(table.sheet.day(&note.id)));
        }
        receipts.push(Receipt::Created { key: table.key(note.id.clone()), remarks: Vec::new() });
    }
    if changed {
        write_days(folder, &table.sheet, &days)?;
        disk::replace(&table.path, &table.sheet.to_bytes()?)?;
        disk::remember_names(folder);
        table.stamp = stamp(&table.path)?;
    }
    *kept = Some(table);
    Ok(receipts)
}

/// `Weight/2026-11-21 Weight.fit` for each of these days, made from its lines; none for a day without a weigh-in.
fn write_days(folder: &Path, sheet: &Sheet, days: &BTreeSet<NaiveDate>) -> Result<()> {
    let inner = folder.join(DAYS);
    for (day, mut bodies) in sheet.bodies(days) {
        let path = inner.join(format!("{day} Weight.fit"));
        bodies.retain(|body| fits(body));
        if bodies.is_empty() {
            disk::remove_if_there(&path)?;
            continue;
        }
        let file = baton_fit::encode_bodies(&bodies, &EncodeOptions::default())?;
        if std::fs::read(&path).is_ok_and(|there| there[..] == file.bytes[..]) {
            continue;
        }
        std::fs::create_dir_all(&inner).map_err(|error| Error::storage(&inner, &error))?;
        disk::replace(&path, &file.bytes)?;
    }
    disk::remember_names(&inner);
    Ok(())
}

/// Lines that somebody else wrote may hold what FIT cannot.
fn fits(body: &Body) -> bool {
    baton_fit::encode(&Item::Body(body.clone()), Format::Fit, &EncodeOptions::default()).is_ok()
}

fn lock(folder: &Path) -> Result<Option<File>> {
    let path = folder.join(LOCK);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| Error::storage(&path, &error))?;
    match file.lock() {
        Ok(()) => Ok(Some(file)),
        // Some network folders know no locks: there, two at the same moment are the person's own risk.
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(Error::storage(&path, &error)),
    }
}

/// How many go in one writing of the table.
pub fn at_once(kind: Kind) -> usize {
    match kind {
        Kind::Activity => 1,
        Kind::Body | Kind::BloodPressure => 500,
    }
}

#[cfg(test)]
mod tests;
