//! The file that an activity was made from: Garmin keeps it and gives it back in a zip archive, which is how Baton tells
//! what it brought from what only looks like it.

use std::io::{Cursor, Read};

use baton_core::{File, Result};

use super::api::Api;

/// Whether the activity was made from this very file. An activity that was typed in has none.
///
/// # Errors
/// Those of the account, where Garmin could not be asked.
pub async fn is_made_from(api: &Api, id: u64, file: &File) -> Result<bool> {
    let answer = api
        .send(|http, site| {
            let url = format!("{}/download-service/files/activity/{id}", site.connectapi);
            http.get(url).header("Accept", "*/*")
        })
        .await?;
    if answer.status == 404 {
        return Ok(false);
    }
    Ok(holds(&answer.ok()?.bytes, &file.bytes))
}

/// Whether a file in the archive has these bytes. What is no archive holds nothing.
fn holds(archive: &[u8], bytes: &[u8]) -> bool {
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(archive)) else { return false };
    (0..archive.len()).any(|number| {
        let Ok(packed) = archive.by_index(number) else { return false };
        let mut unpacked = Vec::with_capacity(bytes.len() + 1);
        // One byte more is enough to tell that it is another, however large it would become.
        let read = packed.take(bytes.len() as u64 + 1).read_to_end(&mut unpacked);
        read.is_ok() && unpacked == bytes
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
