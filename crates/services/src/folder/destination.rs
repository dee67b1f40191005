//! Writing into the folder: workouts become files of their own, whole or not at all and never over another;
//! measurements become lines of a table.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use baton_core::{Destination, Error, ErrorKind, Format, Key, Kind, Parcel, Receipt, Result, TokenCell};
use url::Url;

use super::measurements::{self, Note, Table};
use super::{blocking, content_key, disk, name, place};

pub struct Files {
    tokens: Arc<TokenCell>,
    table: Arc<Mutex<Option<Table>>>,
}

impl Files {
    pub fn new(tokens: Arc<TokenCell>) -> Files {
        Files { tokens, table: Arc::default() }
    }

    /// Works on the table where it holds nobody up.
    async fn on_table<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Option<Table>, &Path) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (folder, table) = (place(&self.tokens).await?, self.table.clone());
        blocking(move || work(&mut table.lock().unwrap_or_else(PoisonError::into_inner), &folder)).await
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
        self.folder.join(name::numbered(&self.stem, number, self.format.extension()))
    }

    /// The file of this name and content, or the first path of this name that is free.
    fn look(&self) -> Result<(PathBuf, bool)> {
        for number in 1..=name::MOST {
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
        Err(name::too_many(&self.path(1)))
    }

    /// Writes beside the final name, makes sure it is on the disk, and only then gives it its name.
    fn write(&self) -> Result<(PathBuf, bool)> {
        loop {
            let (path, there) = self.look()?;
            if there {
                return Ok((path, true));
            }
            match disk::unnamed(&path, &self.bytes)?.persist_noclobber(&path) {
                Ok(_) => {
                    disk::remember_names(&self.folder);
                    return Ok((path, false));
                }
                // Somebody took the name meanwhile: look again.
                Err(refused) if refused.error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(refused) => return Err(Error::storage(&path, &refused.error)),
            }
        }
    }

    fn key(&self, path: &Path) -> Key {
        Key { id: content_key(&self.bytes), link: Url::from_file_path(path).ok().map(String::from) }
    }
}

/// A measurement's note; `None` for a workout.
fn note(parcel: &Parcel) -> Option<Note> {
    let in_fit = parcel.file.format == Format::Fit;
    parcel.item.measured().map(|measured| Note { id: parcel.external_id.clone(), measured, in_fit })
}

#[async_trait]
impl Destination for Files {
    async fn find(&self, parcel: &Parcel) -> Result<Option<Key>> {
        if let Some(note) = note(parcel) {
            return self.on_table(move |table, folder| measurements::find(table, folder, &note)).await;
        }
        let letter = Letter::new(self, parcel).await?;
        blocking(move || {
            let (path, there) = letter.look()?;
            Ok(there.then(|| letter.key(&path)))
        })
        .await
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt> {
        if note(parcel).is_some() {
            let unanswered =
                || Err(Error::bug("a measurement was given to the folder, and nothing came back"));
            return self.deliver_all(&[parcel]).await.pop().unwrap_or_else(unanswered);
        }
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

    fn at_once(&self, kind: Kind) -> usize {
        measurements::at_once(kind)
    }

    async fn deliver_all(&self, parcels: &[&Parcel]) -> Vec<Result<Receipt>> {
        let Some(notes) = parcels.iter().map(|parcel| note(parcel)).collect::<Option<Vec<Note>>>() else {
            let mut receipts = Vec::with_capacity(parcels.len());
            for parcel in parcels {
                receipts.push(self.deliver(parcel).await);
            }
            return receipts;
        };
        match self.on_table(move |table, folder| measurements::deliver(table, folder, &notes)).await {
            Ok(receipts) => receipts.into_iter().map(Ok).collect(),
            Err(error) => parcels.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// The newer revision took the former one's line when it was delivered.
    async fn remove(&self, parcel: &Parcel, _key: &str) -> Result<()> {
        match parcel.item.kind() {
            Kind::Body | Kind::BloodPressure => Ok(()),
            Kind::Activity => {
                Err(Error::new(ErrorKind::Unsupported, "Baton takes no workout out of a folder"))
            }
        }
    }
}
