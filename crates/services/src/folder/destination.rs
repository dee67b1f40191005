//! Writing files into the folder: whole or not at all, and never over another.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use baton_core::{Destination, Error, ErrorKind, Format, Key, Parcel, Receipt, Result, TokenCell};
use url::Url;

use super::{blocking, content_key, name, place};

/// Files of one name before Baton gives up counting.
const MOST: u32 = 1000;

pub struct Files {
    tokens: Arc<TokenCell>,
}

impl Files {
    pub fn new(tokens: Arc<TokenCell>) -> Files {
        Files { tokens }
    }
}

/// What is needed to write a parcel, owned.
struct Letter {
    folder: PathBuf,
    stem: String,
    format: Format,
    bytes: Arc<[u8]>,
}

impl Letter {
    async fn new(files: &Files, parcel: &Parcel) -> Result<Letter> {
        Ok(Letter {
            folder: place(&files.tokens).await?,
            stem: name::stem(parcel),
            format: parcel.file.format,
            bytes: parcel.file.bytes.clone(),
        })
    }

    fn path(&self, number: u32) -> PathBuf {
        self.folder.join(name::numbered(&self.stem, number, self.format))
    }

    /// The file of this name and content, or the first path of this name that is free.
    fn look(&self) -> Result<(PathBuf, bool)> {
        for number in 1..=MOST {
            let path = self.path(number);
            match std::fs::metadata(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((path, false)),
                Err(error) => return Err(Error::storage(&path, &error)),
                Ok(found) if found.is_file() && found.len() == self.bytes.len() as u64 => {
                    let bytes = std::fs::read(&path).map_err(|error| Error::storage(&path, &error))?;
                    if bytes[..] == self.bytes[..] {
                        return Ok((path, true));
                    }
                }
                Ok(_) => {}
            }
        }
        let words = format!("{}: there are {MOST} files of this name already", self.path(1).display());
        Err(Error::new(ErrorKind::Storage, words))
    }

    /// Writes beside the final name, makes sure it is on the disk, and only then gives it its name.
    fn write(&self) -> Result<(PathBuf, bool)> {
        loop {
            let (path, there) = self.look()?;
            if there {
                return Ok((path, true));
            }
            let failed = |error: &std::io::Error| Error::storage(&path, error);
            let mut file = tempfile::Builder::new()
                .prefix(".baton-")
                .suffix(".part")
                .tempfile_in(&self.folder)
                .map_err(|error| Error::storage(&self.folder, &error))?;
            file.write_all(&self.bytes).map_err(|error| failed(&error))?;
            file.as_file().sync_all().map_err(|error| failed(&error))?;
            open_to_others(&file).map_err(|error| failed(&error))?;
            match file.persist_noclobber(&path) {
                Ok(_) => {
                    remember_name(&self.folder);
                    return Ok((path, false));
                }
                // Somebody took the name meanwhile: look again.
                Err(refused) if refused.error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(refused) => return Err(failed(&refused.error)),
            }
        }
    }

    fn key(&self, path: &Path) -> Key {
        Key { id: content_key(&self.bytes), link: Url::from_file_path(path).ok().map(String::from) }
    }
}

/// A temporary file is the owner's alone; a workout file is an ordinary file.
#[cfg(unix)]
fn open_to_others(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_others(_file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    Ok(())
}

/// Makes the new name outlast a power cut, where the system knows how.
fn remember_name(folder: &Path) {
    if let Ok(folder) = std::fs::File::open(folder) {
        // Some systems cannot; the file itself is safe all the same.
        let _ = folder.sync_all();
    }
}

#[async_trait]
impl Destination for Files {
    async fn find(&self, parcel: &Parcel) -> Result<Option<Key>> {
        let letter = Letter::new(self, parcel).await?;
        blocking(move || {
            let (path, there) = letter.look()?;
            Ok(there.then(|| letter.key(&path)))
        })
        .await
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt> {
        let letter = Letter::new(self, parcel).await?;
        blocking(move || {
            let (path, there) = letter.write()?;
            let key = letter.key(&path);
            Ok(if there {
                Receipt::AlreadyThere { key: Some(key) }
            } else {
                Receipt::Created { key, remarks: Vec::new() }
            })
        })
        .await
    }
}
