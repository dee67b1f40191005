//! Small doings with files that the rest relies on: atomic replacement, locks between processes, names for people.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use baton_core::{Error, ErrorKind, Item, Result};

/// Between two looks at a lock that another process holds.
const LOCK_POLL: Duration = Duration::from_millis(25);

/// A lock file held. Dropping it lets the next one in.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

/// Makes a folder and those above it; on Unix only its owner may enter.
pub fn create_private_folder(path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| Error::storage(path, &error))
}

/// Whether the written file must have reached the disk before the call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On return it outlives a power cut.
    Synced,
    /// It is whole or absent, but may be absent after a power cut.
    Atomic,
}

/// Writes a whole file: first beside it, then renamed over it. Nobody ever sees half of it, and where this fails the
/// old one is untouched. Only its owner may read it.
pub fn replace(path: &Path, bytes: &[u8], durability: Durability) -> Result<()> {
    let folder = path.parent().ok_or_else(|| Error::bug(format!("{} has no folder", path.display())))?;
    let named = |error: std::io::Error| Error::storage(path, &error);
    // A temporary file of the tempfile crate is readable by its owner only (0600) from the start.
    let mut temporary = tempfile::Builder::new().prefix(".baton-").tempfile_in(folder).map_err(named)?;
    temporary.write_all(bytes).map_err(named)?;
    if durability == Durability::Synced {
        temporary.as_file().sync_all().map_err(named)?;
    }
    temporary.persist(path).map_err(|error| named(error.error))?;
    if durability == Durability::Synced {
        sync_folder(folder);
    }
    Ok(())
}

/// Deletes a file; one that is absent is deleted already.
pub fn remove_if_there(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::storage(path, &error)),
        _ => Ok(()),
    }
}

/// Makes a rename durable. Not every file system can; the file itself is synced in any case.
fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    #[cfg(not(unix))]
    let _ = folder;
}

/// A file's content, or `None` where there is no such file.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::storage(path, &error)),
    }
}

/// Takes a lock, or `None` at once where another process (or another part of this one) holds it.
fn try_lock(path: &Path) -> Result<Option<FileLock>> {
    let named = |error: std::io::Error| Error::storage(path, &error);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(named)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(FileLock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(named(error)),
    }
}

/// Waits for a lock. Blocks the thread.
///
/// # Errors
/// `Busy` where it was not free within `patience`.
pub fn lock(path: &Path, patience: Duration) -> Result<FileLock> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(lock) = try_lock(path)? {
            return Ok(lock);
        }
        if waited >= patience {
            return Err(Error::new(
                ErrorKind::Busy,
                "another Baton is using this account or its settings right now; try again in a minute",
            ));
        }
        std::thread::sleep(LOCK_POLL);
        waited += LOCK_POLL;
    }
}

/// A file name for a person: local date, time and title, with nothing in it that a file system dislikes.
/// `2026-11-20-0704-45-min-power-zone-ride`
pub fn name_for(item: &Item, title: &str) -> String {
    let local = item.span().start + chrono::TimeDelta::seconds(i64::from(item.utc_offset()));
    let mut name = local.format("%Y-%m-%d-%H%M").to_string();
    let mut gap = true;
    for character in title.chars() {
        if name.len() > 100 {
            break;
        }
        if character.is_alphanumeric() {
            if std::mem::take(&mut gap) {
                name.push('-');
            }
            name.extend(character.to_lowercase());
        } else {
            gap = true;
        }
    }
    name
}

/// Writes a file for a person into a folder that is made where it is absent. A file of that name that holds something
/// else is kept, and a number is added; the same bytes are not written twice.
pub fn write_beside(folder: &Path, name: &str, extension: &str, bytes: &[u8]) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).map_err(|error| Error::storage(folder, &error))?;
    for number in 1..1000 {
        let path = match number {
            1 => folder.join(format!("{name}.{extension}")),
            _ => folder.join(format!("{name}-{number}.{extension}")),
        };
        match read_if_there(&path)? {
            Some(there) if there == bytes => return Ok(path),
            Some(_) => {}
            None => {
                replace(&path, bytes, Durability::Atomic)?;
                return Ok(path);
            }
        }
    }
    Err(Error::bad_input(format!("{} already holds a thousand files named {name}", folder.display())))
}

#[cfg(test)]
mod tests {
    use baton_core::Activity;

    use super::*;

    #[test]
    fn names_are_for_people_and_file_systems() {
        let start = "2026-11-20T06:04:00Z".parse().unwrap();
        let activity = Activity { start, utc_offset: Some(3600), ..Activity::default() };
        let name = name_for(&Item::Activity(Box::new(activity)), "45 min: Power/Zone  Ride…");
        assert_eq!(name, "2026-11-20-0704-45-min-power-zone-ride");
    }

    #[test]
    fn a_file_of_the_same_name_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let first = write_beside(folder.path(), "ride", "fit", b"one").unwrap();
        let again = write_beside(folder.path(), "ride", "fit", b"one").unwrap();
        let other = write_beside(folder.path(), "ride", "fit", b"two").unwrap();
        assert_eq!(first, again);
        assert!(other.ends_with("ride-2.fit"));
        assert_eq!(std::fs::read(first).unwrap(), b"one");
    }

    #[test]
    fn a_held_lock_keeps_others_out_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = try_lock(&path).unwrap().unwrap();
        assert!(try_lock(&path).unwrap().is_none());
        assert_eq!(lock(&path, Duration::from_millis(50)).unwrap_err().kind, ErrorKind::Busy);
        drop(held);
        assert!(lock(&path, Duration::from_millis(50)).is_ok());
    }
}
