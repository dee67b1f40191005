//! Packed files: gzip and zip, as services hand them out, and as somebody hands them out who means ill.

use std::io::{Cursor, Write as _};

use baton_core::{Format, Sport, SubSport};
use baton_fit::{Archive, decode, encode, is_zip};
use zip::write::SimpleFileOptions;

use crate::samples::{class, item, options};

fn ride() -> Vec<u8> {
    let ride = item(class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 60));
    encode(&ride, Format::Fit, &options()).unwrap().bytes.to_vec()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packing.write_all(bytes).unwrap();
    packing.finish().unwrap()
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn the_activities_of_an_archive_and_nothing_else() {
    let ride = ride();
    let packed = gzip(&ride);
    let bytes = archive(&[
        ("activities/1.fit", &ride),
        ("activities/2.FIT.gz", &packed),
        ("media/photo.jpg", b"picture"),
        ("activities.csv", b"a,b"),
        ("__MACOSX/activities/._1.fit", b"shadow"),
        ("activities/.hidden.fit", &ride),
        ("../../etc/3.fit", &ride),
        ("notes.json", b"{}"),
    ]);
    assert!(is_zip(&bytes) && !is_zip(&ride));
    let mut archive = Archive::of(&bytes).unwrap();
    let names: Vec<String> = (0..archive.len()).map(|place| archive.name(place)).collect();
    assert_eq!(names, ["1.fit", "2.FIT.gz", "3.fit"], "names have no folders");
    for place in 0..archive.len() {
        let member = archive.member(place).unwrap();
        assert_eq!(decode(&member.bytes, Format::Fit).unwrap().len(), 1, "{}", member.name);
    }
    assert!(archive.member(3).is_err());
}

#[test]
fn a_damaged_file_does_not_hold_up_the_others() {
    let ride = ride();
    let mut bytes = archive(&[("1.fit", &ride), ("2.fit", &ride)]);
    // Inside of the first member's packed bytes.
    bytes[60] ^= 0xff;
    let mut archive = Archive::of(&bytes).unwrap();
    assert_eq!(archive.member(0).unwrap_err().message, "This file is damaged in the zip archive");
    assert_eq!(archive.member(1).unwrap().bytes, ride);
    for length in 0..bytes.len() {
        assert!(Archive::of(&bytes[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn bombs_are_refused() {
    let zeros = vec![0; 60 << 20];
    let bytes = archive(&[("1.fit", &zeros), ("2.fit", &ride())]);
    let mut archive = Archive::of(&bytes).unwrap();
    assert_eq!(archive.member(0).unwrap_err().message, "This file is too large once unpacked");
    assert!(archive.member(1).is_ok());
    assert_eq!(
        decode(&gzip(&zeros), Format::Fit).unwrap_err().message,
        "This file is too large once unpacked"
    );
}

#[test]
fn an_archive_may_become_so_large_and_no_larger() {
    // Each file is below the limit; asked for again and again, as members that share their bytes would be, they are not.
    let half = vec![7; 900 << 10];
    let bytes = archive(&[("1.fit", &half), ("2.fit", &half)]);
    let mut archive = Archive::of(&bytes).unwrap();
    let outcomes: Vec<bool> = (0..8).map(|turn| archive.member(turn % 2).is_ok()).collect();
    assert!(outcomes[0] && !outcomes[7], "{outcomes:?}");
}
