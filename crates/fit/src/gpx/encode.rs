//! Writes a GPX file with one track: a segment for each stretch between pauses.

use baton_core::{Activity, Error, ErrorKind, Record, Result};

use crate::profile::semicircles;
use crate::track::Breaks;
use crate::xml::{Writer, decimals, rounded, stamp};

/// The bytes of a GPX file. Only records with a position have a place in it.
///
/// # Errors
///
/// `Unsupported` where the activity has no position at all.
pub fn encode(activity: &Activity) -> Result<Vec<u8>> {
    if !activity.records.iter().any(has_place) {
        let words = "GPX files hold a track, and this activity has none; choose FIT or TCX";
        return Err(Error::new(ErrorKind::Unsupported, words));
    }
    let mut xml = Writer::new(1024 + activity.records.len() * 300);
    xml.open(
        "gpx",
        &[
            ("version", &"1.1"),
            ("creator", &"Baton"),
            ("xmlns", &"http://www.topografix.com/GPX/1/1"),
            ("xmlns:gpxtpx", &"http://www.garmin.com/xmlschemas/TrackPointExtension/v1"),
            ("xmlns:xsi", &"http://www.w3.org/2001/XMLSchema-instance"),
            (
                "xsi:schemaLocation",
                &"http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd http://www.garmin.com/xmlschemas/TrackPointExtension/v1 http://www.garmin.com/xmlschemas/TrackPointExtensionv1.xsd",
            ),
        ],
    );
    xml.open("metadata", &[]);
    xml.value("time", stamp(activity.start));
    xml.close();
    xml.open("trk", &[]);
    if !activity.title.is_empty() {
        xml.text("name", &activity.title);
    }
    if !activity.notes.is_empty() {
        xml.text("desc", &activity.notes);
    }
    xml.value("type", activity.sport);
    let mut breaks = Breaks::of(activity);
    let mut is_open = false;
    for record in activity.records.iter().filter(|record| has_place(record)) {
        if breaks.precede(record.time) || !is_open {
            if is_open {
                xml.close();
            }
            xml.open("trkseg", &[]);
            is_open = true;
        }
        write_point(&mut xml, record);
    }
    Ok(xml.finish())
}

fn has_place(record: &Record) -> bool {
    record.position.and_then(semicircles).is_some()
}

fn write_point(xml: &mut Writer, record: &Record) {
    let Some(position) = record.position else { return };
    xml.open("trkpt", &[("lat", &decimals(position.latitude, 9)), ("lon", &decimals(position.longitude, 9))]);
    xml.optional("ele", rounded(record.altitude, 2));
    xml.value("time", stamp(record.time));
    let has_extension =
        record.heart_rate.is_some() || record.cadence.is_some() || record.temperature.is_some();
    if has_extension || record.power.is_some() {
        xml.open("extensions", &[]);
        // No schema of Garmin's v1 has power; this is where Strava and others write and look for it.
        xml.optional("power", record.power);
        if has_extension {
            xml.open("gpxtpx:TrackPointExtension", &[]);
            xml.optional("gpxtpx:atemp", rounded(record.temperature, 1));
            xml.optional("gpxtpx:hr", record.heart_rate);
            let cadence = record.cadence.map(f64::round).filter(|cadence| (0.0..=254.0).contains(cadence));
            xml.optional("gpxtpx:cad", cadence);
            xml.close();
        }
        xml.close();
    }
    xml.close();
}
