//! The file that an activity was made from: Garmin keeps it and gives it back in a zip archive. It is what a source hands
//! on, and how Baton tells what it brought from what only looks like it.

use std::io::{Cursor, Read};

use baton_core::{File, Result};
use zip::ZipArchive;

use super::api::Api;

/// More than any recording has, and not more than memory has room for.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Whether the activity was made from this very file. An activity that was typed in has none.
///
/// # Errors
/// Those of the account, where Garmin could not be asked.
pub async fn is_made_from(api: &Api, id: u64, file: &File) -> Result<bool> {
    // One byte more is enough to tell that it is another, however large it would become.
    let most = file.bytes.len() as u64 + 1;
    let archive = download(api, id).await?;
    Ok(archive.is_some_and(|archive| unpacked(&archive, most).any(|unpacked| *unpacked == *file.bytes)))
}

/// The file of a recording; `None` for an activity that was typed in. Not more than one is known to lie in an archive.
///
/// # Errors
/// Those of the account, where Garmin could not be asked.
pub async fn recording(api: &Api, id: u64) -> Result<Option<Vec<u8>>> {
    let archive = download(api, id).await?;
    let is_recording = |bytes: &Vec<u8>| baton_fit::sniff(bytes).is_some();
    Ok(archive.and_then(|archive| unpacked(&archive, LARGEST).find(is_recording)))
}

async fn download(api: &Api, id: u64) -> Result<Option<Vec<u8>>> {
    let answer = api
        .send(|http, site| {
            let url = format!("{}/download-service/files/activity/{id}", site.connectapi);
            http.get(url).header("Accept", "*/*")
        })
        .await?;
    if answer.status == 404 { Ok(None) } else { answer.ok().map(|answer| Some(answer.bytes)) }
}

/// The files of an archive one after the other, each up to so many bytes; their names mean nothing here. What is no
/// archive holds nothing.
fn unpacked(archive: &[u8], most: u64) -> impl Iterator<Item = Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).ok();
    let count = archive.as_ref().map_or(0, ZipArchive::len);
    (0..count).filter_map(move |number| {
        let packed = archive.as_mut()?.by_index(number).ok()?;
        let mut unpacked = Vec::new();
        packed.take(most).read_to_end(&mut unpacked).ok()?;
        Some(unpacked)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn archive(files: &[&[u8]]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (number, file) in files.iter().enumerate() {
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(format!("{number}_ACTIVITY.fit"), options).unwrap();
            writer.write_all(file).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn holds(archive: &[u8], bytes: &[u8]) -> bool {
        unpacked(archive, bytes.len() as u64 + 1).any(|unpacked| unpacked == bytes)
    }

    #[test]
    fn only_the_same_bytes_are_the_same_file() {
        let packed = archive(&[b"a note", b"a ride"]);
        assert!(holds(&packed, b"a ride"));
        for other in [&b"a rid"[..], b"a ride ", b"a Ride", b""] {
            assert!(!holds(&packed, other), "{other:?}");
        }
    }

    #[test]
    fn damage_is_no_file() {
        let packed = archive(&[b"a ride"]);
        assert!(!holds(b"a ride", b"a ride"));
        for length in 0..packed.len() {
            assert!(!holds(&packed[..length], b"a ride"), "cut at {length}");
        }
        // A zip bomb is read no further than the file is long.
        assert!(!holds(&archive(&[&vec![0; 50_000_000]]), b"a ride"));
    }
}
