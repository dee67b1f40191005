//! The files that Baton made or received, by content, and the services' own answers. This is the sample store.

use std::path::{Path, PathBuf};

use baton_core::{Error, ErrorKind, File, Result, Time};

use crate::files::{self, Durability};
use crate::hex;

/// Good enough at a fraction of the time of higher levels.
const ZSTD_LEVEL: i32 = 3;

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

    /// Keeps a file under the month that its item began in; on return it outlives a power cut. What is there already
    /// is not written again.
    pub fn put(&self, file: &File, start: Time) -> Result<Archived> {
        let hash = hex::sha256(&file.bytes);
        let folder = start.format("%Y/%m");
        let name = format!("{folder}/{hash}.{}", file.format.extension());
        let path = self.root.join(&name);
        let there = std::fs::metadata(&path).is_ok_and(|there| there.len() == file.bytes.len() as u64);
        if !there {
            files::create_private_folder(&self.root.join(folder.to_string()))?;
            files::replace(&path, &file.bytes, Durability::Synced)?;
        }
        Ok(Archived { hash, name })
    }

    /// An archived file's bytes.
    ///
    /// # Errors
    /// `Storage` where it is gone.
    pub fn get(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.path(name);
        std::fs::read(&path).map_err(|error| Error::storage(&path, &error))
    }

    /// Keeps a service's own answer, compressed. It can be fetched again, so nothing waits for the disk.
    pub fn put_raw(&self, account: &str, key: &str, raw: &[u8]) -> Result<()> {
        let path = self.raw_path(account, key);
        let packed = zstd::encode_all(raw, ZSTD_LEVEL).map_err(|error| Error::storage(&path, &error))?;
        let folder = path.parent().unwrap_or(&self.root);
        files::create_private_folder(folder)?;
        files::replace(&path, &packed, Durability::Atomic)
    }

    /// The service's own answer, or `None` where it was not kept.
    pub fn raw(&self, account: &str, key: &str) -> Result<Option<Vec<u8>>> {
        let path = self.raw_path(account, key);
        let Some(packed) = files::read_if_there(&path)? else { return Ok(None) };
        zstd::decode_all(packed.as_slice()).map(Some).map_err(|_| {
            Error::new(
                ErrorKind::Storage,
                format!("{} is damaged; move it away to fetch it again", path.display()),
            )
        })
    }

    fn raw_path(&self, account: &str, key: &str) -> PathBuf {
        let name = hex::sha256_of(&[account, key]);
        self.root.join("raw").join(name.get(..2).unwrap_or("00")).join(format!("{name}.json.zst"))
    }
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
        let archived = archive.put(&file, start).unwrap();
        assert!(
            archived.name.starts_with("2026/11/")
                && archived.name.ends_with(&format!("{}.fit", archived.hash)),
            "{}",
            archived.name
        );
        assert_eq!(archive.put(&file, start).unwrap(), archived);
        assert_eq!(archive.get(&archived.name).unwrap(), b"content");
        assert_eq!(archive.get("2026/11/none.fit").unwrap_err().kind, ErrorKind::Storage);
    }

    #[test]
    fn raw_answers_come_back_and_damage_is_named() {
        let home = tempfile::tempdir().unwrap();
        let archive = Archive::new(home.path());
        assert_eq!(archive.raw("bike", "1").unwrap(), None);
        archive.put_raw("bike", "1", b"{\"workout\":{}}").unwrap();
        assert_eq!(archive.raw("bike", "1").unwrap().unwrap(), b"{\"workout\":{}}");
        std::fs::write(archive.raw_path("bike", "1"), b"no zstd").unwrap();
        assert_eq!(archive.raw("bike", "1").unwrap_err().kind, ErrorKind::Storage);
    }
}
