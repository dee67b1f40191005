//! Packed files: what is inside of gzip and zip, unpacked into memory and never further than a stated limit.
//!
//! Real activity files pack to a hundredth at most. What claims to become more is a bomb and is refused: nothing is unpacked
//! to more than [`MOST_TIMES`] times its packed size (and a megabyte), nor any file to more than [`LARGEST`]. A zip archive
//! as a whole is held to the same measure, so that members that share their bytes are no way around it.

use std::borrow::Cow;
use std::io::{Cursor, Read, Seek};
use std::path::Path;

use baton_core::{Error, Format, Result};
use zip::result::ZipError;

/// How gzip begins.
pub const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// An unpacked file is this large at most: far more than any activity, far less than the memory.
const LARGEST: u64 = 256 * 1024 * 1024;
/// What is unpacked is at most so many times as large as what was packed.
const MOST_TIMES: u64 = 100;
/// Small files may pack better.
const ALLOWANCE: u64 = 1024 * 1024;
/// The members of an archive that are looked at: more than anybody has recorded.
const MOST_MEMBERS: usize = 50_000;

fn limit(packed: u64) -> u64 {
    packed.saturating_mul(MOST_TIMES).saturating_add(ALLOWANCE).min(LARGEST)
}

fn too_large() -> Error {
    Error::rejected("This file is too large once unpacked")
}

/// The bytes without gzip around them. Of a damaged file, what could be unpacked before the damage.
///
/// # Errors
/// `Rejected` where nothing could be unpacked, or more than the limit would come out.
pub fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    if !bytes.starts_with(&GZIP) {
        return Ok(Cow::Borrowed(bytes));
    }
    let most = limit(bytes.len() as u64);
    let mut plain = Vec::new();
    let outcome = flate2::read::MultiGzDecoder::new(bytes).take(most + 1).read_to_end(&mut plain);
    if plain.len() as u64 > most {
        return Err(too_large());
    }
    match outcome {
        // What was unpacked before the damage may still hold most of an activity.
        Err(_) if plain.is_empty() => Err(Error::rejected("This gzip file is damaged")),
        _ => Ok(Cow::Owned(plain)),
    }
}

/// Whether the bytes begin like a zip archive.
pub fn is_zip(bytes: &[u8]) -> bool {
    // An empty archive begins with its end.
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// An activity file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name without folders, as the archive spells it. Nothing is ever written by this name.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A zip archive of activity files: FIT, TCX and GPX, each also with `.gz`, and tables. Everything else in it (pictures,
/// folders, hidden files) is passed over. The archive may be far larger than the memory: members are unpacked one by one.
#[derive(Debug)]
pub struct Archive<R> {
    zip: zip::ZipArchive<R>,
    /// The places of its activity files, in the archive's order
    files: Vec<usize>,
    /// The places of its tables
    tables: Vec<usize>,
    /// How many more bytes may come out
    left: u64,
}

impl<'a> Archive<Cursor<&'a [u8]>> {
    /// An archive in memory.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn of(bytes: &'a [u8]) -> Result<Archive<Cursor<&'a [u8]>>> {
        Archive::open(Cursor::new(bytes))
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive and reads its list of files.
    ///
    /// # Errors
    /// `Rejected` where that list cannot be read: the archive is no zip, cut off, or too long to be real.
    pub fn open(mut reader: R) -> Result<Archive<R>> {
        let damaged = || Error::rejected("This zip archive is damaged or cut off");
        let size = reader.seek(std::io::SeekFrom::End(0)).map_err(|_| damaged())?;
        let zip = zip::ZipArchive::new(reader).map_err(|_| damaged())?;
        if zip.len() > MOST_MEMBERS {
            return Err(Error::rejected("This zip archive holds too many files"));
        }
        let named = |is: fn(&str) -> bool| {
            let is =
                |index: &usize| zip.name_for_index(*index).and_then(Result::ok).is_some_and(|name| is(&name));
            (0..zip.len()).filter(is).collect()
        };
        let (files, tables) = (named(is_activity_name), named(is_table_name));
        Ok(Archive { zip, files, tables, left: size.saturating_mul(MOST_TIMES).saturating_add(ALLOWANCE) })
    }

    /// How many activity files there are, by their names.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The name of the activity file at that place, without folders.
    pub fn name(&self, place: usize) -> String {
        let name = self.files.get(place).and_then(|&index| self.zip.name_for_index(index)?.ok());
        name.map(|name| without_folders(&name).to_owned()).unwrap_or_default()
    }

    /// Unpacks the activity file at that place.
    ///
    /// # Errors
    /// `Rejected` with a sentence where it is damaged, locked, or becomes too large. The others can still be read.
    pub fn member(&mut self, place: usize) -> Result<Member> {
        let name = self.name(place);
        let &index = self.files.get(place).ok_or_else(damaged)?;
        Ok(Member { name, bytes: self.unpack(index)? })
    }

    /// The tables (`.csv`) that lie in it, which may say more about the files, one by one. What is damaged is passed over.
    pub fn tables(&mut self) -> impl Iterator<Item = Vec<u8>> {
        let places = self.tables.clone();
        places.into_iter().filter_map(|index| self.unpack(index).ok())
    }

    fn unpack(&mut self, index: usize) -> Result<Vec<u8>> {
        let file = self.zip.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => Error::rejected(
                "This file is locked with a password, or packed in a way that Baton does not read",
            ),
            _ => damaged(),
        })?;
        let most = limit(file.compressed_size()).min(self.left);
        let mut bytes = Vec::new();
        let outcome = file.take(most + 1).read_to_end(&mut bytes);
        self.left = self.left.saturating_sub(bytes.len() as u64);
        if bytes.len() as u64 > most {
            return Err(too_large());
        }
        outcome.map_err(|_| damaged())?;
        Ok(bytes)
    }
}

fn damaged() -> Error {
    Error::rejected("This file is damaged in the zip archive")
}

fn without_folders(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// Whether nobody hid it. macOS puts a shadow beside each file of its archives.
fn is_shown(name: &str) -> bool {
    !without_folders(name).starts_with('.') && !name.starts_with("__MACOSX/")
}

fn is_table_name(name: &str) -> bool {
    let is_table = Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    is_table && is_shown(name)
}

fn is_activity_name(name: &str) -> bool {
    if !is_shown(name) {
        return false;
    }
    let file = without_folders(name);
    let cut = file.len().saturating_sub(3);
    let file =
        if file.get(cut..).is_some_and(|end| end.eq_ignore_ascii_case(".gz")) { &file[..cut] } else { file };
    Format::of_path(Path::new(file)).is_some_and(|format| format != Format::Json)
}
