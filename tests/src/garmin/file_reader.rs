//! Reads just enough of an uploaded file to know what it is: a FIT reader of its own (header, checksums,
//! definitions, the few messages that matter) and a minimal look into TCX and GPX.
//!
//! It shares nothing with the encoder under test, so that a fault there cannot hide itself here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Seconds between the Unix epoch and the FIT epoch, 1989-12-31T00:00:00Z.
pub const FIT_EPOCH: i64 = 631_065_600;

const FILE_TYPE_ACTIVITY: u64 = 4;
const MESG_FILE_ID: u16 = 0;
const MESG_SESSION: u16 = 18;
const MESG_LAP: u16 = 19;
const MESG_RECORD: u16 = 20;
const MESG_ACTIVITY: u16 = 34;

/// What the simulator knows of an uploaded file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileFacts {
    /// `fit`, `gpx` or `tcx`.
    pub format: String,
    /// FIT file type: 4 is an activity; weight (9) and blood pressure (14) make none.
    pub file_type: u64,
    /// Unix seconds.
    pub start: i64,
    pub elapsed_seconds: f64,
    pub timer_seconds: f64,
    /// FIT sport and sub-sport numbers of the first session.
    pub sport: u8,
    pub sub_sport: u8,
    pub manufacturer: u16,
    pub product: u16,
    pub serial_number: u64,
    pub distance_metres: Option<f64>,
    pub calories: Option<u64>,
    pub average_heart_rate: Option<u64>,
    /// Local time minus UTC, where the file says so.
    pub utc_offset_seconds: i64,
    pub sessions: usize,
    pub laps: usize,
    pub records: usize,
}

/// Reads a file by the extension of its name. The error says what is wrong with it.
pub fn read(file_name: &str, bytes: &[u8]) -> Result<FileFacts, String> {
    let extension = file_name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "fit" => read_fit(bytes),
        "gpx" => read_xml(bytes, "gpx"),
        "tcx" => read_xml(bytes, "tcx"),
        other => Err(format!("the extension {other:?} is not fit, gpx or tcx")),
    }
}

struct Definition {
    message: u16,
    big_endian: bool,
    /// (field number, size in bytes)
    fields: Vec<(u8, usize)>,
    size: usize,
}

/// One data message of a FIT file.
pub(crate) struct Message<'a> {
    /// The FIT profile's global number.
    pub number: u16,
    definition: &'a Definition,
    data: &'a [u8],
}

impl Message<'_> {
    /// The unsigned value of a field of 1, 2 or 4 bytes; `None` where absent or written as invalid.
    pub fn value(&self, field: u8) -> Option<u64> {
        value(self.definition, self.data, field)
    }
}

/// Shows all data messages of a FIT file in order, refusing what Garmin's own decoder would refuse: a wrong header or
/// length, a wrong checksum, data without a definition, a first message other than `file_id`.
pub(crate) fn for_each_message(
    bytes: &[u8],
    mut see: impl FnMut(&Message<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let body = checked_body(bytes)?;
    let mut definitions: [Option<Definition>; 16] = Default::default();
    let mut at = 0;
    let mut first = true;
    while at < body.len() {
        let header = byte(body, at)?;
        at += 1;
        if header & 0x80 == 0 && header & 0x40 != 0 {
            let (definition, length) = read_definition(body, at, header & 0x20 != 0)?;
            at += length;
            if let Some(slot) = definitions.get_mut(usize::from(header & 0x0f)) {
                *slot = Some(definition);
            }
            continue;
        }
        let local = if header & 0x80 != 0 { (header >> 5) & 0x03 } else { header & 0x0f };
        let definition = definitions
            .get(usize::from(local))
            .and_then(Option::as_ref)
            .ok_or_else(|| format!("data at byte {at} has no definition"))?;
        let data = body.get(at..at + definition.size).ok_or("a message runs over the end")?;
        at += definition.size;
        if first && definition.message != MESG_FILE_ID {
            return Err("the first message is not file_id".into());
        }
        first = false;
        see(&Message { number: definition.message, definition, data })?;
    }
    if first { Err("the file is empty".into()) } else { Ok(()) }
}

/// Reads a FIT file. An activity must have session, lap and activity messages.
pub fn read_fit(bytes: &[u8]) -> Result<FileFacts, String> {
    let mut facts = FileFacts { format: "fit".into(), ..FileFacts::default() };
    let mut activity_messages = 0;
    for_each_message(bytes, |message| {
        match message.number {
            MESG_RECORD => facts.records += 1,
            MESG_LAP => facts.laps += 1,
            MESG_FILE_ID => note_file_id(&mut facts, message),
            MESG_SESSION => note_session(&mut facts, message)?,
            MESG_ACTIVITY => {
                activity_messages += 1;
                if let (Some(local), Some(utc)) = (message.value(5), message.value(253)) {
                    facts.utc_offset_seconds = local as i64 - utc as i64;
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    if facts.file_type == FILE_TYPE_ACTIVITY {
        if facts.sessions == 0 {
            return Err("an activity file without a session".into());
        }
        if facts.laps == 0 {
            return Err("an activity file without a lap".into());
        }
        if activity_messages != 1 {
            return Err(format!("an activity file with {activity_messages} activity messages"));
        }
    }
    Ok(facts)
}

/// The bytes between header and checksum, after all checks of the frame.
fn checked_body(bytes: &[u8]) -> Result<&[u8], String> {
    let header_size = usize::from(byte(bytes, 0)?);
    if header_size != 12 && header_size != 14 {
        return Err(format!("a header of {header_size} bytes"));
    }
    if bytes.get(8..12) != Some(b".FIT") {
        return Err("no .FIT mark in the header".into());
    }
    let data_size = little_endian(bytes.get(4..8).ok_or("the header is cut")?) as usize;
    if bytes.len() != header_size + data_size + 2 {
        return Err(format!(
            "{} bytes long, but the header says {}",
            bytes.len(),
            header_size + data_size + 2
        ));
    }
    if header_size == 14 {
        let written = little_endian(bytes.get(12..14).unwrap_or_default()) as u16;
        if written != 0 && written != checksum(bytes.get(..12).unwrap_or_default()) {
            return Err("the header's checksum is wrong".into());
        }
    }
    let (content, written) = bytes.split_at(header_size + data_size);
    if checksum(content) != little_endian(written) as u16 {
        return Err("the file's checksum is wrong".into());
    }
    bytes.get(header_size..header_size + data_size).ok_or_else(|| "the file is cut".into())
}

fn read_definition(body: &[u8], at: usize, with_developer: bool) -> Result<(Definition, usize), String> {
    let big_endian = match byte(body, at + 1)? {
        0 => false,
        1 => true,
        other => return Err(format!("architecture {other} in a definition")),
    };
    let pair = [byte(body, at + 2)?, byte(body, at + 3)?];
    let message = if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) };
    let count = usize::from(byte(body, at + 4)?);
    let mut fields = Vec::with_capacity(count);
    let mut size = 0;
    let mut next = at + 5;
    for _ in 0..count {
        let length = usize::from(byte(body, next + 1)?);
        fields.push((byte(body, next)?, length));
        byte(body, next + 2)?;
        size += length;
        next += 3;
    }
    if with_developer {
        let count = usize::from(byte(body, next)?);
        next += 1;
        for _ in 0..count {
            size += usize::from(byte(body, next + 1)?);
            byte(body, next + 2)?;
            next += 3;
        }
    }
    Ok((Definition { message, big_endian, fields, size }, next - at))
}

fn note_file_id(facts: &mut FileFacts, message: &Message<'_>) {
    facts.file_type = message.value(0).unwrap_or_default();
    facts.manufacturer = message.value(1).unwrap_or_default() as u16;
    facts.product = message.value(2).unwrap_or_default() as u16;
    facts.serial_number = message.value(3).unwrap_or_default();
    if let Some(created) = message.value(4) {
        facts.start = FIT_EPOCH + created as i64;
    }
}

fn note_session(facts: &mut FileFacts, message: &Message<'_>) -> Result<(), String> {
    facts.sessions += 1;
    let start = message.value(2).ok_or("a session without start_time")?;
    let elapsed = message.value(7).ok_or("a session without total_elapsed_time")?;
    let timer = message.value(8).unwrap_or(elapsed);
    facts.timer_seconds += timer as f64 / 1000.0;
    let start = FIT_EPOCH + start as i64;
    if facts.sessions > 1 {
        facts.elapsed_seconds = (start - facts.start) as f64 + elapsed as f64 / 1000.0;
        return Ok(());
    }
    facts.start = start;
    facts.elapsed_seconds = elapsed as f64 / 1000.0;
    facts.sport = message.value(5).unwrap_or_default() as u8;
    facts.sub_sport = message.value(6).unwrap_or_default() as u8;
    facts.distance_metres = message.value(9).map(|it| it as f64 / 100.0);
    facts.calories = message.value(11);
    facts.average_heart_rate = message.value(16);
    Ok(())
}

fn value(definition: &Definition, data: &[u8], number: u8) -> Option<u64> {
    let mut at = 0;
    for &(field, size) in &definition.fields {
        if field != number {
            at += size;
            continue;
        }
        let raw = data.get(at..at + size).filter(|_| matches!(size, 1 | 2 | 4))?;
        let number = if definition.big_endian {
            raw.iter().fold(0, |sum, &byte| (sum << 8) | u64::from(byte))
        } else {
            little_endian(raw)
        };
        let invalid = (1_u64 << (8 * size)) - 1;
        return (number != invalid).then_some(number);
    }
    None
}

fn little_endian(raw: &[u8]) -> u64 {
    raw.iter().rev().fold(0, |sum, &byte| (sum << 8) | u64::from(byte))
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, String> {
    bytes.get(at).copied().ok_or_else(|| format!("cut at byte {at}"))
}

/// FIT's CRC-16 (polynomial 0x8005 reflected, start 0), a byte at a time.
pub fn checksum(bytes: &[u8]) -> u16 {
    const TABLE: [u16; 256] = crc_table();
    bytes.iter().fold(0, |crc, &byte| (crc >> 8) ^ TABLE[usize::from((crc as u8) ^ byte)])
}

const fn crc_table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = index as u16;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xa001 } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

fn read_xml(bytes: &[u8], format: &str) -> Result<FileFacts, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8")?;
    if !text.contains(if format == "gpx" { "<gpx" } else { "<TrainingCenterDatabase" }) {
        return Err(format!("no {format} document"));
    }
    let tag = if format == "gpx" { "time" } else { "Time" };
    let track = text.find(if format == "gpx" { "<trkpt" } else { "<Trackpoint" }).unwrap_or(0);
    let mut times = elements(text.get(track..).unwrap_or_default(), tag).filter_map(parse_time);
    let id = (format == "tcx").then(|| elements(text, "Id").find_map(parse_time)).flatten();
    let first = times.next();
    let last = times.last().or(first);
    let start = id.or(first).ok_or("no start time")?;
    let total: f64 = elements(text, "TotalTimeSeconds").filter_map(|it| it.parse::<f64>().ok()).sum();
    let elapsed = if total > 0.0 {
        total
    } else {
        last.map_or(0.0, |last| (last - start).num_milliseconds() as f64 / 1000.0)
    };
    let sport = match () {
        () if text.contains("Sport=\"Biking\"") => 2,
        () if text.contains("Sport=\"Running\"") => 1,
        () => 0,
    };
    Ok(FileFacts {
        format: format.into(),
        file_type: FILE_TYPE_ACTIVITY,
        start: start.timestamp(),
        elapsed_seconds: elapsed,
        timer_seconds: elapsed,
        sport,
        sessions: 1,
        ..FileFacts::default()
    })
}

/// The texts of all elements of this name that hold only text.
fn elements<'a>(text: &'a str, tag: &str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut rest = text;
    std::iter::from_fn(move || {
        let from = rest.find(&open)? + open.len();
        let length = rest.get(from..)?.find(&close)?;
        let found = rest.get(from..from + length)?;
        rest = rest.get(from + length..)?;
        Some(found.trim())
    })
}

fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|it| it.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::garmin::sample::{SampleActivity, fit_file};

    #[test]
    fn the_facts_of_a_fit_file_are_read() {
        let sample =
            SampleActivity { start: 1_760_000_000, elapsed_seconds: 1800, ..SampleActivity::default() };
        let facts = read("ride.fit", &fit_file(&sample)).unwrap();
        assert_eq!(facts.start, 1_760_000_000);
        assert_eq!(facts.elapsed_seconds, 1800.0);
        assert_eq!((facts.sport, facts.sub_sport), (2, 6));
        assert_eq!((facts.manufacturer, facts.product), (89, 20533));
        assert_eq!((facts.sessions, facts.laps), (1, 1));
        assert_eq!(facts.records, 31);
        assert_eq!(facts.utc_offset_seconds, 3600);
    }

    #[test]
    fn the_published_crc_of_a_known_text_is_found() {
        // CRC-16/ARC of "123456789", the check value of the catalogue of parametrised CRC algorithms.
        assert_eq!(checksum(b"123456789"), 0xbb3d);
    }

    #[test]
    fn damage_is_noticed_at_every_byte() {
        let good = fit_file(&SampleActivity::default());
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 0x55;
            assert!(read("x.fit", &bad).is_err(), "a changed byte {position} went unnoticed");
        }
        for length in 0..good.len() {
            assert!(read("x.fit", &good[..length]).is_err(), "a file cut at {length} went unnoticed");
        }
    }

    #[test]
    fn tcx_and_gpx_give_their_start() {
        let tcx =
            br#"<TrainingCenterDatabase><Activities><Activity Sport="Biking"><Id>2026-11-20T07:00:00Z</Id>
            <Lap StartTime="2026-11-20T07:00:00Z"><TotalTimeSeconds>600</TotalTimeSeconds></Lap></Activity>"#;
        let facts = read("a.tcx", tcx).unwrap();
        assert_eq!((facts.start, facts.elapsed_seconds, facts.sport), (1_795_158_000, 600.0, 2));
        let gpx = br#"<gpx><metadata><time>2020-01-01T00:00:00Z</time></metadata><trk><trkseg>
            <trkpt lat="1" lon="2"><time>2026-11-20T07:00:00Z</time></trkpt>
            <trkpt lat="1" lon="2"><time>2026-11-20T07:01:40.500Z</time></trkpt></trkseg></trk></gpx>"#;
        let facts = read("a.GPX", gpx).unwrap();
        assert_eq!((facts.start, facts.elapsed_seconds), (1_795_158_000, 100.5));
        assert!(read("a.txt", b"hello").is_err());
        assert!(read("a.gpx", b"<html></html>").is_err());
    }
}
