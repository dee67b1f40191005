//! The files that Baton made or received, by content, and the services' own answers. This is the sample store.
//!
//! What some services' terms let rest here for some days only lies in a folder of its last day, `until/2026-11-28`, so
//! that taking it away again costs the same however much there is.

use std::path::{Path, PathBuf};

use baton_core::export::Described;
use baton_core::{Error, ErrorKind, File, Result, Time};
use chrono::NaiveDate;

use crate::files::{self, Durability};
use crate::hex;

/// Good enough at a fraction of the time of higher levels.
const ZSTD_LEVEL: i32 = 3;

/// Holds what may rest here for some days only.
const UNTIL: &str = "until";

/// The folder `archive` of the data directory.
#[derive(Debug, Clone)]
pub struct Archive {
    root: PathBuf,
}

/// A file in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// SHA-256 of the content in hexadecimal.
    pub hash: String,
    /// Below the archive's folder, with `/`: `2026/11/….fit`
    pub name: String,
}

impl Archive {
    pub(crate) fn new(home: &Path) -> Archive {
        Archive { root: home.join("archive") }
    }

    pub fn folder(&self) -> &Path {
        &self.root
    }

    /// The path of an archived file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Keeps a file under the month that its item began in, or until that day; on return it outlives a power cut. What is
    /// there already is not written again.
    pub fn put(&self, file: &File, start: Time, until: Option<NaiveDate>) -> Result<Archived> {
        let hash = hex::sha256(&file.bytes);
        let folder = until.map_or_else(|| start.format("%Y/%m").to_string(), |day| format!("{UNTIL}/{day}"));
        let name = format!("{folder}/{hash}.{}", file.format.extension());
        let path = self.root.join(&name);
        let there = std::fs::metadata(&path).is_ok_and(|there| there.len() == file.bytes.len() as u64);
        if !there {
            files::create_private_folder(&self.root.join(folder))?;
            files::replace(&path, &file.bytes, Durability::Synced)?;
        }
        Ok(Archived { hash, name })
    }

    /// Keeps what is known of an archived file that it does not hold itself.
    pub(crate) fn put_about(&self, name: &str, about: &Described) -> Result<()> {
        let bytes =
            serde_json::to_vec(about).map_err(|_| Error::bug("a description cannot be written down"))?;
        files::replace(&self.about_path(name), &bytes, Durability::Atomic)
    }

    /// What is known of an archived file beside it; nothing where nothing was kept, or where it is damaged.
    pub(crate) fn about(&self, name: &str) -> Result<Described> {
        let about = files::read_if_there(&self.about_path(name))?;
        Ok(about.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
    }

    fn about_path(&self, name: &str) -> PathBuf {
        self.root.join(format!("{name}.about.json"))
    }

    /// An archived file's bytes.
    ///
    /// # Errors
    /// `Storage` where it is gone.
    pub fn get(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.path(name);
        std::fs::read(&path).map_err(|error| Error::storage(&path, &error))
    }

    /// Deletes a file; one that is gone is deleted already.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        files::remove_if_there(&self.path(name))
    }

    /// Keeps a service's own answer, compressed, for ever or until that day. It can be fetched again, so nothing waits for
    /// the disk.
    pub fn put_raw(&self, account: &str, key: &str, raw: &[u8], until: Option<NaiveDate>) -> Result<()> {
        let path = match until {
            None => self.raw_path(account, key),
            Some(day) => self.root.join(UNTIL).join(day.to_string()).join(raw_name(account, key)),
        };
        let packed = zstd::encode_all(raw, ZSTD_LEVEL).map_err(|error| Error::storage(&path, &error))?;
        let folder = path.parent().unwrap_or(&self.root);
        files::create_private_folder(folder)?;
        files::replace(&path, &packed, Durability::Atomic)
    }

    /// The service's own answer, the newest where there are several, or `None` where it was not kept.
    pub fn raw(&self, account: &str, key: &str) -> Result<Option<Vec<u8>>> {
        for path in self.raw_paths(account, key)? {
            let Some(packed) = files::read_if_there(&path)? else { continue };
            return zstd::decode_all(packed.as_slice()).map(Some).map_err(|_| {
                Error::new(
                    ErrorKind::Storage,
                    format!("{} is damaged; move it away to fetch it again", path.display()),
                )
            });
        }
        Ok(None)
    }

    /// Deletes the service's own answer.
    pub(crate) fn remove_raw(&self, account: &str, key: &str) -> Result<()> {
        self.raw_paths(account, key)?.iter().try_for_each(|path| files::remove_if_there(path))
    }

    /// Deletes what may not rest here any longer: everything that was kept until this day or an earlier one.
    ///
    /// # Errors
    /// `Storage` names what could not be deleted; the rest is.
    pub(crate) fn expire(&self, today: NaiveDate) -> Result<()> {
        let mut outcome = Ok(());
        for day in self.days()?.into_iter().filter(|day| *day <= today) {
            let folder = self.root.join(UNTIL).join(day.to_string());
            if let Err(error) = std::fs::remove_dir_all(&folder)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                outcome = Err(Error::storage(&folder, &error));
            }
        }
        outcome
    }

    /// Where an answer may lie, the newest first.
    fn raw_paths(&self, account: &str, key: &str) -> Result<Vec<PathBuf>> {
        let name = raw_name(account, key);
        let until = self.root.join(UNTIL);
        let kept = self.days()?.into_iter().map(|day| until.join(day.to_string()).join(&name));
        Ok(kept.chain([self.raw_path(account, key)]).collect())
    }

    /// The days until which something is kept, the latest first. A week's worth at most.
    fn days(&self) -> Result<Vec<NaiveDate>> {
        let folder = self.root.join(UNTIL);
        let listing = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            listing => listing.map_err(|error| Error::storage(&folder, &error))?,
        };
        let names = listing.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut days: Vec<NaiveDate> = names.filter_map(|name| name.parse().ok()).collect();
        days.sort_by(|a, b| b.cmp(a));
        Ok(days)
    }

    fn raw_path(&self, account: &str, key: &str) -> PathBuf {
        let name = raw_name(account, key);
        self.root.join("raw").join(name.get(..2).unwrap_or("00")).join(name)
    }
}

fn raw_name(account: &str, key: &str) -> String {
    format!("{}.json.zst", hex::sha256_of(&[account, key]))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use baton_core::Format;

    use super::*;

    #[test]
    fn files_are_kept_by_content_and_month() {
        let home = tempfile::tempdir().unwrap();
        let archive = Archive::new(home.path());
        let file = File { format: Format::Fit, bytes: Arc::from(&b"content"[..]) };
        let start = "2026-11-20T06:04:00Z".parse().unwrap();
        let archived = archive.put(&file, start, None).unwrap();
        assert!(
            archived.name.starts_with("2026/11/")
                && archived.name.ends_with(&format!("{}.fit", archived.hash)),
            "{}",
            archived.name
        );
        assert_eq!(archive.put(&file, start, None).unwrap(), archived);
        assert_eq!(archive.get(&archived.name).unwrap(), b"content");
        assert_eq!(archive.get("2026/11/none.fit").unwrap_err().kind, ErrorKind::Storage);
    }

    #[test]
    fn raw_answers_come_back_and_damage_is_named() {
        let home = tempfile::tempdir().unwrap();
        let archive = Archive::new(home.path());
        assert_eq!(archive.raw("bike", "1").unwrap(), None);
        archive.put_raw("bike", "1", b"{\"workout\":{}}", None).unwrap();
        assert_eq!(archive.raw("bike", "1").unwrap().unwrap(), b"{\"workout\":{}}");
        std::fs::write(archive.raw_path("bike", "1"), b"no zstd").unwrap();
        assert_eq!(archive.raw("bike", "1").unwrap_err().kind, ErrorKind::Storage);
    }

    #[test]
    fn what_may_rest_for_some_days_is_gone_on_the_last_of_them() {
        let home = tempfile::tempdir().unwrap();
        let archive = Archive::new(home.path());
        let file = File { format: Format::Fit, bytes: Arc::from(&b"content"[..]) };
        let start = "2026-11-20T06:04:00Z".parse().unwrap();
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        let mine = archive.put(&file, start, None).unwrap();
        let lent = archive.put(&file, start, Some(day(28))).unwrap();
        assert_eq!(lent.name, format!("until/2026-11-28/{}.fit", lent.hash));
        archive.put_raw("lent", "1", b"older", Some(day(28))).unwrap();
        archive.put_raw("lent", "1", b"newer", Some(day(29))).unwrap();
        assert_eq!(archive.raw("lent", "1").unwrap().unwrap(), b"newer");

        archive.expire(day(27)).unwrap();
        assert_eq!(archive.get(&lent.name).unwrap(), b"content");
        archive.expire(day(28)).unwrap();
        assert_eq!(archive.get(&lent.name).unwrap_err().kind, ErrorKind::Storage);
        assert_eq!(archive.raw("lent", "1").unwrap().unwrap(), b"newer");
        archive.expire(day(30)).unwrap();
        assert_eq!(archive.raw("lent", "1").unwrap(), None);
        assert_eq!(archive.get(&mine.name).unwrap(), b"content");
    }
}
