//! Files that are whole or not there at all, also after a power cut.

use std::io::Write;
use std::path::Path;

use baton_core::{Error, Result};
use tempfile::NamedTempFile;

/// What is to be the file at `path`, under a hidden name beside it until it is persisted, its bytes safely on the disk. It
/// goes away where it is not, and takes the place of what a killed Baton left on the way to the same path.
pub fn unnamed(path: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let failed = |error: std::io::Error| Error::storage(path, &error);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Error::bug(format!("{} is no path of a file", path.display())));
    };
    let prefix = format!(".baton-{}", name.to_string_lossy());
    remove_if_there(&folder.join(format!("{prefix}.part")))?;
    let mut file = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".part")
        .rand_bytes(0)
        .tempfile_in(folder)
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    open_to_others(&file).map_err(failed)?;
    Ok(file)
}

/// Puts a file into the place of the one of that name, at once. [`remember_names`] makes it last.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    unnamed(path, bytes)?.persist(path).map(drop).map_err(|refused| Error::storage(path, &refused.error))
}

/// Deletes a file; one that is absent is deleted already.
pub fn remove_if_there(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::storage(path, &error)),
        _ => Ok(()),
    }
}

/// Makes the names in a folder outlast a power cut, where the system knows how.
pub fn remember_names(folder: &Path) {
    if let Ok(folder) = std::fs::File::open(folder) {
        // Some systems cannot; the files themselves are safe all the same.
        let _ = folder.sync_all();
    }
}

/// A temporary file is the owner's alone; what lies in a folder for people is an ordinary file.
#[cfg(unix)]
fn open_to_others(file: &NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_others(_file: &NamedTempFile) -> std::io::Result<()> {
    Ok(())
}
