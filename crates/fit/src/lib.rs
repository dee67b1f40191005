//! Files: an [`Item`] to and from FIT, TCX, GPX and Baton's own JSON; and [`measurements`] in CSV tables. Pure: bytes in,
//! bytes out.
//!
//! FIT has three layers: `wire` (bytes), `profile` (vocabulary), and the kinds of file (`activity`, `weight`).
//! [`encode`] and [`decode`] are the doors; nobody outside needs to know which layer said what.

mod activity;
mod fit;
mod gpx;
mod json;
pub mod measurements;
mod packed;
mod profile;
mod records;
mod tcx;
mod track;
mod weight;
mod wire;
mod xml;

use std::borrow::Cow;
use std::io::Read;

pub use packed::{Archive, Member, is_zip};

use baton_core::{Body, Device, Error, ErrorKind, File, Format, Item, Result};

/// How items are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EncodeOptions {
    /// Which device the file names as its maker; Garmin Connect decides by it what it computes.
    pub device: Device,
    /// Whether FIT sessions and laps carry the seconds in each heart-rate and power zone. Off by default: Garmin
    /// Connect computes them itself.
    pub zone_times: bool,
}

/// The file of an item in a format.
///
/// # Errors
///
/// `Unsupported` where the format cannot hold the item (GPX without a track, TCX of a weigh-in, FIT of a measurement that
/// it has no field for); `Rejected` where the
/// item's time is beyond what the format can tell.
pub fn encode(item: &Item, format: Format, options: &EncodeOptions) -> Result<File> {
    let bytes = match (format, item) {
        (Format::Fit, _) => fit::encode(item, options)?,
        (Format::Json, _) => json::encode(item)?,
        (Format::Tcx, Item::Activity(activity)) => tcx::encode(activity, options),
        (Format::Gpx, Item::Activity(activity)) => gpx::encode(activity)?,
        (Format::Tcx | Format::Gpx, Item::Body(_) | Item::BloodPressure(_)) => {
            let name = format.extension().to_uppercase();
            return Err(Error::new(ErrorKind::Unsupported, format!("{name} files can hold activities only")));
        }
    };
    Ok(File { format, bytes: bytes.into() })
}

/// Whether a format has room for what was measured: FIT has no field for some of it, and the others are for activities.
/// Of activities it says nothing.
pub fn has_room(format: Format, item: &Item) -> bool {
    match (format, item) {
        (Format::Json, _) | (_, Item::Activity(_)) => true,
        (Format::Fit, Item::Body(body)) => weight::has_room(body),
        (Format::Fit, Item::BloodPressure(_)) => true,
        (Format::Tcx | Format::Gpx, Item::Body(_) | Item::BloodPressure(_)) => false,
    }
}

/// One FIT weight file of several weigh-ins, in their order.
///
/// # Errors
///
/// `Rejected` where a time is beyond what FIT can tell; `Unsupported` where FIT has no field for anything that was
/// measured; `Bug` without any weigh-in.
pub fn encode_bodies(bodies: &[&Body], options: &EncodeOptions) -> Result<File> {
    let bytes = weight::encode_bodies(bodies, &options.device)?;
    Ok(File { format: Format::Fit, bytes: bytes.into() })
}

/// The items of a file, which may be packed with gzip. At least one.
///
/// Damaged files are read up to the damage: the activities then carry a remark about it. An activity's `original` is
/// set to the (unpacked) bytes where they are sound and hold nothing else, so that they can be passed on untouched.
///
/// # Errors
///
/// `Rejected` with one sentence where the bytes are of another format or hold nothing that Baton carries.
pub fn decode(bytes: &[u8], format: Format) -> Result<Vec<Item>> {
    let bytes = packed::unpacked(bytes)?;
    match format {
        Format::Fit => fit::decode(&bytes),
        Format::Tcx => tcx::decode(&bytes),
        Format::Gpx => gpx::decode(&bytes),
        Format::Json => json::decode(&bytes),
    }
}

/// The format of a file by its first bytes, looked at through gzip; `None` for what Baton does not read.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    const BEGINNING: u64 = 4096;
    let bytes = match bytes.strip_prefix(&packed::GZIP) {
        Some(_) => {
            // The beginning is enough, and what follows may be cut off.
            let mut beginning = Vec::new();
            let mut unpacking = flate2::read::MultiGzDecoder::new(bytes).take(BEGINNING);
            let _ = unpacking.read_to_end(&mut beginning);
            Cow::Owned(beginning)
        }
        None => Cow::Borrowed(bytes.get(..bytes.len().min(BEGINNING as usize))?),
    };
    if wire::is_fit(&bytes) {
        return Some(Format::Fit);
    }
    let text = xml::text(&bytes);
    let text = text.trim_start();
    if text.starts_with('{') {
        return text.contains("\"baton\"").then_some(Format::Json);
    }
    match xml::root(text)? {
        "gpx" => Some(Format::Gpx),
        "TrainingCenterDatabase" => Some(Format::Tcx),
        _ => None,
    }
}
