//! What other writers' files look like: byte orders, chains and several sessions in FIT; encodings, prefixes and
//! several activities in TCX and GPX.

use baton_core::{Activity, EventKind, Format, Item, Sport, SubSport};
use baton_fit::{decode, encode, sniff};

use crate::samples::{self, class, item, options};

pub fn activities(bytes: &[u8], format: Format) -> Vec<Activity> {
    let items = decode(bytes, format).unwrap();
    items
        .into_iter()
        .map(|item| match item {
            Item::Activity(activity) => *activity,
            other => panic!("an activity, not {other:?}"),
        })
        .collect()
}

/// A FIT file of these message bytes, without a checksum in its twelve-byte header.
pub fn fit(messages: &[&[u8]]) -> Vec<u8> {
    let data = messages.concat();
    let mut file = vec![12, 0x10, 0, 0];
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(b".FIT");
    file.extend(&data);
    let crc = file.iter().fold(0u16, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xa001 } else { crc >> 1 })
    });
    file.extend(crc.to_le_bytes());
    file
}

#[test]
fn big_endian_with_developer_fields_and_unknown_messages() {
    let file = fit(&[
        // record: timestamp, heart rate, and two bytes of a developer field
        &[0x60, 0, 1, 0, 20, 2, 253, 4, 0x86, 3, 1, 2, 1, 0, 2, 0],
        &[0, 0x40, 0, 0, 0, 121, 9, 9],
        // a message that nobody knows
        &[0x41, 0, 1, 0xff, 0, 1, 7, 3, 0x0d, 1, 1, 2, 3],
        &[0, 0x40, 0, 0, 5, 122, 9, 9],
        // heart rate again, told as a big-endian 16-bit number
        &[0x42, 0, 1, 0, 20, 2, 253, 4, 0x86, 3, 2, 0x84, 2, 0x40, 0, 0, 7, 0, 123],
    ]);
    let run = &activities(&file, Format::Fit)[0];
    assert_eq!(
        run.records.iter().filter_map(|record| record.heart_rate).collect::<Vec<_>>(),
        [121, 122, 123]
    );
    assert_eq!(run.start.timestamp(), 631_065_600 + 0x4000_0000);
    assert_eq!((run.elapsed, run.timer), (7.0, 7.0));
    assert_eq!(run.remarks, ["The file has no summary; it was made again from its records"]);
}

#[test]
fn compressed_timestamps_run_over_every_32_seconds() {
    let file = fit(&[
        &[0x40, 0, 0, 20, 0, 2, 253, 4, 0x86, 3, 1, 2, 0, 30, 0, 0, 0x40, 100],
        &[0x41, 0, 0, 20, 0, 1, 3, 1, 2, 0x80 | 1 << 5 | 31, 101, 0x80 | 1 << 5 | 1, 102, 0x80 | 1 << 5, 103],
    ]);
    let run = &activities(&file, Format::Fit)[0];
    let seconds: Vec<_> = run.records.iter().map(|record| (record.time - run.start).num_seconds()).collect();
    assert_eq!(seconds, [0, 1, 3, 34]);
}

#[test]
fn chained_files_are_all_read() {
    let ride = class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 60);
    let mut bytes = encode(&item(ride), Format::Fit, &options()).unwrap().bytes.to_vec();
    bytes.extend_from_slice(&encode(&Item::Body(samples::body()), Format::Fit, &options()).unwrap().bytes);
    let items = decode(&bytes, Format::Fit).unwrap();
    let [Item::Activity(ride), Item::Body(_)] = items.as_slice() else { panic!("a ride and a weigh-in") };
    assert!(ride.original.is_none(), "the bytes hold more than this ride");
    assert!(ride.remarks.is_empty());
}

#[test]
fn each_session_of_a_multisport_file_is_an_activity() {
    let session = |start: u8, sport: u8| vec![1, start, 0, 0, 0x40, 0x10, 0x27, 0, 0, sport];
    let record = |second: u8| vec![0, second, 0, 0, 0x40, 100 + second];
    let file = fit(&[
        &[0x40, 0, 0, 20, 0, 2, 253, 4, 0x86, 3, 1, 2],
        &record(0),
        &record(9),
        &record(10),
        &record(19),
        &[0x41, 0, 0, 18, 0, 3, 2, 4, 0x86, 7, 4, 0x86, 5, 1, 0],
        &session(10, 2),
        &session(0, 5),
    ]);
    let [swim, ride] = &activities(&file, Format::Fit)[..] else { panic!("two sessions") };
    assert_eq!((swim.sport, ride.sport), (Sport::SWIMMING, Sport::CYCLING));
    assert_eq!((swim.elapsed, ride.elapsed), (10.0, 10.0));
    let rates = |activity: &Activity| {
        activity.records.iter().filter_map(|record| record.heart_rate).collect::<Vec<_>>()
    };
    assert_eq!((rates(swim), rates(ride)), (vec![100, 109], vec![110, 119]));
}

#[test]
fn a_course_or_a_workout_is_not_an_activity() {
    let kind = |kind: u8| fit(&[&[0x40, 0, 0, 0, 0, 1, 0, 1, 0, 0, kind]]);
    let words = |bytes: &[u8]| decode(bytes, Format::Fit).unwrap_err().message;
    assert_eq!(words(&kind(6)), "This FIT file holds a course, and no activity, weight or blood pressure");
    assert_eq!(
        words(&kind(5)),
        "This FIT file holds a workout plan, and no activity, weight or blood pressure"
    );
    assert_eq!(words(b"no file"), "This is not a FIT file");
}

const TCX: &str = r#"<?xml version="1.0" encoding="ENCODING"?>
<g:TrainingCenterDatabase xmlns:g="https://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2" xmlns:e="x">
 <g:Activities>
  <g:Activity Sport="Running"><g:Id>2026-03-01T08:00:00+01:00</g:Id>
   <g:Lap StartTime="2026-03-01T08:00:00+01:00"><g:TotalTimeSeconds>60</g:TotalTimeSeconds><g:Calories>0</g:Calories>
    <g:Track>
     <g:Trackpoint><g:Time>2026-03-01T08:00:01.5+01:00</g:Time><g:HeartRateBpm><g:Value>99</g:Value></g:HeartRateBpm>
      <g:Extensions><e:TPX><e:RunCadence>81</e:RunCadence><e:Watts>222</e:Watts></e:TPX></g:Extensions></g:Trackpoint>
     <g:Trackpoint><g:HeartRateBpm><g:Value>98</g:Value></g:HeartRateBpm></g:Trackpoint>
    </g:Track>
   </g:Lap>
   <g:Notes>Früh &amp; gut&#33;</g:Notes>
  </g:Activity>
  <g:Activity Sport="Biking"><g:Lap StartTime="2026-03-01T09:00:00"><g:TotalTimeSeconds>5</g:TotalTimeSeconds></g:Lap></g:Activity>
 </g:Activities>
</g:TrainingCenterDatabase>"#;

#[test]
fn tcx_of_any_prefix_and_encoding() {
    let latin_1: Vec<u8> = TCX.replace("ENCODING", "ISO-8859-1").chars().map(|one| one as u8).collect();
    let utf_8 = format!("\u{feff}\n{}", TCX.replace("ENCODING", "UTF-8")).into_bytes();
    let mut utf_16 = vec![0xff, 0xfe];
    utf_16.extend(TCX.replace("ENCODING", "UTF-16").encode_utf16().flat_map(u16::to_le_bytes));
    for bytes in [latin_1, utf_8, utf_16] {
        assert_eq!(sniff(&bytes), Some(Format::Tcx));
        let [run, ride] = &activities(&bytes, Format::Tcx)[..] else { panic!("two activities") };
        assert_eq!(run.start.to_rfc3339(), "2026-03-01T07:00:00+00:00");
        assert_eq!((run.utc_offset, ride.utc_offset), (Some(3600), None));
        assert_eq!(run.title, "Früh & gut!");
        assert_eq!((run.sport, ride.sport), (Sport::RUNNING, Sport::CYCLING));
        assert_eq!(run.records.len(), 1, "a point without a time has no place");
        let record = run.records[0];
        assert_eq!((record.heart_rate, record.cadence, record.power), (Some(99), Some(81.0), Some(222)));
        assert_eq!(record.time.timestamp_subsec_millis(), 500);
        assert_eq!((run.timer, ride.timer), (60.0, 5.0));
        assert!(run.original.is_none());
    }
}

#[test]
fn gpx_with_several_tracks_pauses_and_extensions() {
    let point = |latitude: &str, time: &str, inside: &str| {
        format!("<trkpt lat='{latitude}' lon='13'>{inside}<time>2026-05-01T10:{time}Z</time></trkpt>")
    };
    let extensions = "<ele>31.5</ele><extensions><power>210</power><x:TrackPointExtension><x:atemp>18.5</x:atemp><x:hr>120</x:hr><x:cad>88</x:cad></x:TrackPointExtension></extensions>";
    let text = format!(
        "<gpx><metadata><name>All</name></metadata><trk><name>One</name><type>cycling</type><trkseg>{}{}</trkseg><trkseg/><trkseg>{}</trkseg></trk><trk><trkseg>{}</trkseg></trk><trk><trkseg><trkpt lat='1' lon='1'/></trkseg></trk></gpx>",
        point("52", "00:00", extensions),
        point("52.001", "00:10", ""),
        point("52.002", "05:00", ""),
        point("0", "59:00", ""),
    );
    let [one, two] = &activities(text.as_bytes(), Format::Gpx)[..] else { panic!("two tracks with times") };
    assert_eq!((one.title.as_str(), two.title.as_str()), ("One", "All"));
    assert_eq!((one.sport, two.sport), (Sport::CYCLING, Sport::GENERIC));
    let first = one.records[0];
    assert_eq!((first.heart_rate, first.power, first.cadence), (Some(120), Some(210), Some(88.0)));
    assert_eq!((first.temperature, first.altitude), (Some(18.5), Some(31.5)));
    let kinds: Vec<_> = one.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Stop, EventKind::Start]);
    assert_eq!((one.elapsed, one.timer), (300.0, 10.0));
    let covered = one.records.last().unwrap().distance.unwrap();
    assert!((covered - 111.2).abs() < 0.1, "the way during the pause does not count: {covered}");
    let words = |text: &str| decode(text.as_bytes(), Format::Gpx).unwrap_err().message;
    assert_eq!(
        words("<gpx><trk><trkseg><trkpt lat='1' lon='2'/></trkseg></trk></gpx>"),
        "This GPX file has no times, so it is a route and not an activity"
    );
    assert_eq!(words("<gpx><rte/></gpx>"), "This GPX file holds no track");
    assert_eq!(words("<gpx><trk"), "This GPX file is damaged, and no track in it could be read");
    assert_eq!(words("<html/>"), "This is not a GPX file");
}

#[test]
fn json_of_another_version_or_writer_is_refused() {
    let words = |text: &str| decode(text.as_bytes(), Format::Json).unwrap_err().message;
    assert_eq!(
        words(r#"{"baton": 2, "item": {}}"#),
        "This JSON file is of version 2, which this Baton does not read; update Baton"
    );
    assert_eq!(words(r#"{"workout": {}}"#), "This JSON file was not written by Baton");
    assert!(words(r#"{"baton": 1, "item""#).starts_with("This JSON file is damaged"));
    assert!(
        words(r#"{"baton": 1, "item": {"ride": {}}}"#)
            .starts_with("This JSON file holds no item that Baton knows")
    );
}

#[test]
fn json_leaves_the_vendors_bytes_out() {
    let ride = class(Sport::CYCLING, SubSport::INDOOR_CYCLING, 60);
    let file = encode(&item(ride), Format::Fit, &options()).unwrap();
    let ride = decode(&file.bytes, Format::Fit).unwrap().remove(0);
    assert!(ride.original().is_some());
    let file = encode(&ride, Format::Json, &options()).unwrap();
    let read = decode(&file.bytes, Format::Json).unwrap().remove(0);
    assert!(read.original().is_none());
}
