//! Files that are whole or not there at all, also after a power cut.

use std::io::Write;
use std::path::Path;

use baton_core::{Error, Result};
use tempfile::NamedTempFile;

/// A file without its name yet, its bytes safely on the disk. It is hidden, and goes away where it gets no name.
pub fn unnamed(folder: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let failed = |error: std::io::Error| Error::storage(folder, &error);
    let mut file =
        tempfile::Builder::new().prefix(".baton-").suffix(".part").tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    open_to_others(&file).map_err(failed)?;
    Ok(file)
}

/// Puts a file into the place of the one of that name, at once. [`remember_names`] makes it last.
pub fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    unnamed(folder, bytes)?.persist(path).map(drop).map_err(|refused| Error::storage(path, &refused.error))
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
