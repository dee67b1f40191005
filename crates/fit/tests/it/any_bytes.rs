//! Bytes that nobody vouches for: no decoder panics, whatever it is given.

use std::io::Write as _;
use std::sync::LazyLock;

use baton_core::{Format, Item, Sport, SubSport};
use baton_fit::{decode, encode, sniff};
use proptest::prelude::*;

use crate::samples::{self, class, item, options};

fn read_all(bytes: &[u8]) {
    let _ = sniff(bytes);
    for format in Format::ALL {
        if let Ok(items) = decode(bytes, format) {
            assert!(!items.is_empty());
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packing.write_all(bytes).unwrap();
    packing.finish().unwrap()
}

/// Good files of every format.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let ride = class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 90);
    let mut files = Vec::new();
    for item in [item(ride), item(samples::walk()), item(samples::strength()), Item::Body(samples::body())] {
        for format in Format::ALL {
            if let Ok(file) = encode(&item, format, &options()) {
                files.push(file.bytes.to_vec());
            }
        }
    }
    files.push(gzip(&files[0]));
    files
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        read_all(&bytes);
    }

    #[test]
    fn arbitrary_fit_data(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), 0u8..4, 0x40u8..0x44], 0..800)) {
        let mut file = vec![14, 0x20, 0, 0];
        file.extend((bytes.len() as u32).to_le_bytes());
        file.extend(b".FIT\0\0");
        file.extend(&bytes);
        file.extend([0, 0]);
        read_all(&file);
    }

    #[test]
    fn arbitrary_xml(text in "(<gpx>|<TrainingCenterDatabase>)(<[a-z:/ ]{0,8}>?|&[a-z#0-9]{0,5};?|<trkpt lat=\"[0-9.-]{1,5}\" lon=\"1\">|<Lap>|<Activity Sport='x'>|[0-9TZ:-]{0,20}){0,30}") {
        read_all(text.as_bytes());
    }

    #[test]
    fn good_files_with_wrong_bytes(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        kept in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = which.get(&FILES).clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if is_cut {
            bytes.truncate(kept.index(bytes.len()));
        }
        read_all(&bytes);
    }
}

#[test]
fn a_file_is_known_by_its_bytes() {
    let walk = item(samples::walk());
    for format in Format::ALL {
        let file = encode(&walk, format, &options()).unwrap();
        assert_eq!(sniff(&file.bytes), Some(format));
        assert_eq!(sniff(&gzip(&file.bytes)), Some(format));
        assert_eq!(decode(&gzip(&file.bytes), format).unwrap().len(), 1);
        for other in Format::ALL.into_iter().filter(|&other| other != format) {
            let error = decode(&file.bytes, other).unwrap_err();
            assert_eq!(error.kind.name(), "rejected", "{error}");
        }
    }
    for bytes in [&b""[..], b"PK\x03\x04", b"<html><gpx/></html>", b"{\"workout\": {}}", b"\x1f\x8b\x08"] {
        assert_eq!(sniff(bytes), None);
    }
}

#[test]
fn a_cut_file_keeps_what_came_before() {
    let ride = item(class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 600));
    for format in [Format::Fit, Format::Tcx, Format::Gpx] {
        let whole = item(samples::walk());
        let ride = if format == Format::Gpx { &whole } else { &ride };
        let file = encode(ride, format, &options()).unwrap();
        let items = decode(&file.bytes[..file.bytes.len() / 2], format).unwrap();
        let [Item::Activity(activity)] = items.as_slice() else { panic!("one activity") };
        assert!(activity.records.len() > 200, "{format:?}: {}", activity.records.len());
        assert!(activity.elapsed > 200.0);
        assert!(!activity.remarks.is_empty());
        assert!(activity.original.is_none(), "a damaged file is never passed on");
    }
}

#[test]
fn damage_is_told_from_a_wrong_checksum() {
    let ride = item(class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 60));
    let mut bytes = encode(&ride, Format::Fit, &options()).unwrap().bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let items = decode(&bytes, Format::Fit).unwrap();
    let [Item::Activity(activity)] = items.as_slice() else { panic!("one activity") };
    assert_eq!(activity.remarks, ["The file's checksum is wrong; what could be read was kept"]);
    assert!(activity.original.is_none());
}
