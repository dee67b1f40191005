//! Files that were damaged in a thousand ways, the same thousand each time: nothing panics, nothing hangs, and what is held in
//! memory stays within the multiple that `docs/formats.md` states. `fuzz/` does the same without end.

use std::io::{Cursor, Write as _};

use baton_core::{ActivityEvent, Format, Item, Lap, Record, Set, Sport, SubSport, WorkoutStep};
use baton_fit::{Archive, decode, encode, is_zip, sniff};

use crate::readers::fit;
use crate::sample_files;
use crate::samples::{self, class, item, options};

/// The multiple that is stated, less what is needed on the way, and what even an empty item takes.
const MOST_TIMES: usize = 250;
const ALLOWANCE: usize = 2 << 20;
const CASES: usize = 1000;
/// Larger samples are cut: damage near the beginning is what leads readers astray.
const LONGEST_SAMPLE: usize = 24 * 1024;

/// A generator of random numbers that begins the same each time (xorshift64*, Vigna 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() >> 16) as usize % most.max(1)
    }
}

/// What an item holds in its lists.
fn held(item: &Item) -> usize {
    let Item::Activity(activity) = item else { return size_of::<Item>() };
    activity.records.len() * size_of::<Record>()
        + activity.laps.len() * size_of::<Lap>()
        + activity.sets.len() * size_of::<Set>()
        + activity.events.len() * size_of::<ActivityEvent>()
        + activity.workout.as_ref().map_or(0, |workout| workout.steps.len() * size_of::<WorkoutStep>())
        + activity.original.as_ref().map_or(0, |original| original.bytes.len())
        + activity.title.len()
        + activity.notes.len()
}

fn read(bytes: &[u8]) {
    if is_zip(bytes) {
        let Ok(mut archive) = Archive::of(bytes) else { return };
        for place in 0..archive.len() {
            if let Ok(member) = archive.member(place) {
                assert!(member.bytes.len() <= 100 * bytes.len() + (1 << 20));
                read(&member.bytes);
            }
        }
        return;
    }
    let formats = sniff(bytes).map_or(Format::ALL.to_vec(), |format| vec![format]);
    for format in formats {
        let items = decode(bytes, format).unwrap_or_default();
        let held: usize = items.iter().map(held).sum();
        assert!(held <= MOST_TIMES * bytes.len() + ALLOWANCE, "{held} bytes of {}", bytes.len());
        // What was read can be written, or is refused.
        for item in &items {
            for format in Format::ALL {
                let _ = encode(item, format, &options());
            }
        }
    }
}

/// Good files of every kind, and real ones where they are at hand.
fn files() -> Vec<Vec<u8>> {
    let ride = item(class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 45));
    let mut walk = samples::walk();
    walk.records.truncate(40);
    let mut files = Vec::new();
    for item in [ride, item(walk), item(samples::strength()), Item::Body(samples::body())] {
        for format in Format::ALL {
            files.extend(encode(&item, format, &options()).map(|file| file.bytes.to_vec()));
        }
    }
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (index, bytes) in files.iter().take(3).enumerate() {
        writer.start_file(format!("a/{index}.fit"), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    files.push(writer.finish().unwrap().into_inner());
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packing.write_all(&files[1]).unwrap();
    files.push(packing.finish().unwrap());
    files.extend(sample_files::all().into_iter().map(|(_, mut bytes)| {
        bytes.truncate(LONGEST_SAMPLE);
        bytes
    }));
    files
}

fn damage(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(bytes.len());
    match random.below(7) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = random.next() as u8,
        2 => bytes.truncate(at),
        3 => {
            let end = (at + 1 + random.below(16)).min(bytes.len());
            bytes.drain(at..end);
        }
        4 => {
            let new = random.next().to_le_bytes();
            bytes.splice(at..at, new.into_iter().take(1 + random.below(8)));
        }
        // A piece of the file again, and a piece of another one.
        5 => {
            let end = (at + random.below(200)).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            bytes.splice(end..end, piece);
        }
        _ => {
            let start = random.below(other.len());
            let end = (start + random.below(200)).min(other.len());
            let place = at..(at + end - start).min(bytes.len());
            bytes.splice(place, other[start..end].iter().copied());
        }
    }
}

#[test]
fn a_thousand_kinds_of_damage() {
    let files = files();
    let mut random = Random(0x0ba7_0000_5eed_0001);
    for _ in 0..CASES {
        let mut bytes = files[random.below(files.len())].clone();
        let other = &files[random.below(files.len())];
        for _ in 0..=random.below(4) {
            if !bytes.is_empty() {
                damage(&mut bytes, other, &mut random);
            }
        }
        read(&bytes);
    }
}

#[test]
fn the_worst_that_can_be_made_up_stays_within_the_multiple() {
    // Records of one byte each: a compressed timestamp, and no field at all.
    let first: &[u8] = &[0x40, 0, 0, 20, 0, 1, 253, 4, 0x86, 0, 0, 0, 0, 0x40];
    let empty: &[u8] = &[0x41, 0, 0, 20, 0, 0];
    let ticks: Vec<u8> = (1..100_000u32).map(|second| 0x80 | 1 << 5 | (second & 0x1f) as u8).collect();
    let bytes = fit(&[first, empty, &ticks]);
    let items = decode(&bytes, Format::Fit).unwrap();
    let Item::Activity(activity) = &items[0] else { panic!("an activity") };
    assert_eq!(activity.records.len(), 100_000);
    read(&bytes);
    // Sessions that would each get a copy of a plan.
    let session: &[u8] = &[0x42, 0, 0, 18, 0, 2, 2, 4, 0x86, 7, 4, 0x86];
    let step: &[u8] = &[0x43, 0, 0, 27, 0, 1, 1, 1, 0];
    let mut messages = vec![session.to_vec(), step.to_vec()];
    let heads = messages.len();
    for (sessions, steps) in [(100u32, 200), (100, 201), (5000, 2000), (1, 2000)] {
        messages.truncate(heads);
        messages.extend(
            (0..sessions).map(|start| [&[2][..], &(start * 9).to_le_bytes(), &[1, 0, 0, 0]].concat()),
        );
        messages.extend((0..steps).map(|_| vec![3, 5]));
        let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        read(&fit(&messages));
    }
}
