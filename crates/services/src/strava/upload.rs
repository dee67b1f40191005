//! A file on its way: packed, sent, and what Strava answers then and when it is polled, read as one of a few verdicts.

use std::io::Write as _;
use std::sync::Arc;

use baton_core::{Error, File, Format, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::wire::{Fault, Upload};
use crate::http::Answer;

/// Strava takes no larger ones.
const LARGEST_FILE: usize = 25 << 20;

/// What an answer to an upload, or to the poll after it, says became of the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Created(u64),
    /// It is there already; the id where Strava names it.
    Duplicate(Option<u64>),
    /// Still at work, under this number.
    Working(u64),
    /// Nobody can tell yet: it may or may not have been taken.
    Unknown,
}

/// The file as it is sent: Strava's `data_type`, and the bytes in gzip.
///
/// # Errors
/// `Rejected` where it is too large, or of a format that Strava does not take.
pub fn packed(file: &File) -> Result<(&'static str, Arc<[u8]>)> {
    let data_type = match file.format {
        Format::Fit => "fit.gz",
        Format::Tcx => "tcx.gz",
        Format::Gpx => "gpx.gz",
        Format::Json => return Err(Error::rejected("Strava takes FIT, TCX and GPX")),
    };
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    let packed = packer.write_all(&file.bytes).and_then(|()| packer.finish());
    let packed = packed.map_err(|error| Error::bug(format!("the file could not be packed: {error}")))?;
    if packed.len() > LARGEST_FILE {
        return Err(Error::rejected("Strava takes no files of more than 25 MB"));
    }
    Ok((data_type, packed.into()))
}

/// Reads an answer.
///
/// # Errors
/// `Rejected` with Strava's words, and what other statuses mean.
pub fn read(answer: &Answer) -> Result<Verdict> {
    match answer.status.as_u16() {
        200..300 => match serde_json::from_slice(&answer.bytes) {
            Ok(upload) => verdict(&upload),
            Err(_) => Ok(Verdict::Unknown),
        },
        404 | 500.. => Ok(Verdict::Unknown),
        400..429 => {
            let text = answer.text();
            if let Some(duplicate) = duplicate(&text) {
                return Ok(duplicate);
            }
            let fault: Fault = serde_json::from_str(&text).unwrap_or_default();
            Err(refused(fault.message.get().unwrap_or("it gives no reason")))
        }
        _ => Err(answer.failure()),
    }
}

fn verdict(upload: &Upload) -> Result<Verdict> {
    match (upload.activity_id, upload.error.get(), upload.id) {
        (Some(id), _, _) => Ok(Verdict::Created(id)),
        (None, Some(error), _) => duplicate(error).ok_or_else(|| refused(error)),
        (None, None, Some(id)) => Ok(Verdict::Working(id)),
        (None, None, None) => Ok(Verdict::Unknown),
    }
}

/// That a file is a duplicate, in either of Strava's wordings.
fn duplicate(text: &str) -> Option<Verdict> {
    const MARK: &str = "duplicate of";
    let lower = text.to_ascii_lowercase();
    let after = &lower[lower.find(MARK)? + MARK.len()..];
    let number = |text: &str| {
        let digits: String =
            text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|id| *id > 0)
    };
    Some(Verdict::Duplicate(match after.split_once("/activities/") {
        Some((_, path)) => number(path),
        None => number(after),
    }))
}

/// A refusal in Strava's words, without the file's name before them, short enough to show.
fn refused(words: &str) -> Error {
    let words = match words.split_once(": ") {
        Some((name, reason)) if !name.contains(' ') => reason,
        _ => words,
    };
    let plain: String = words.chars().filter(|c| !c.is_control() && !"<>{}".contains(*c)).take(200).collect();
    Error::rejected(format!("Strava refuses this file: {}", plain.trim().trim_end_matches('.')))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn read_body(body: Value) -> Result<Verdict> {
        verdict(&serde_json::from_value(body).unwrap())
    }

    #[rstest]
    #[case(json!({"id": 7, "error": null, "status": "Your activity is still being processed.", "activity_id": null}), Verdict::Working(7))]
    #[case(json!({"id": 7, "error": null, "status": "Votre activité est prête.", "activity_id": 18_260_018_524_u64}), Verdict::Created(18_260_018_524))]
    #[case(json!({"id": 7, "error": "ride.tcx duplicate of activity 8319193780"}), Verdict::Duplicate(Some(8_319_193_780)))]
    #[case(json!({"id": 7, "error": "4711.fit Duplicate of <a href='/activities/18260018524' target='_blank'>10 km</a>"}), Verdict::Duplicate(Some(18_260_018_524)))]
    #[case(json!({"id": 7, "error": "ride.fit duplicate of activity"}), Verdict::Duplicate(None))]
    #[case(json!({}), Verdict::Unknown)]
    fn reads_every_outcome(#[case] body: Value, #[case] expected: Verdict) {
        assert_eq!(read_body(body).unwrap(), expected);
    }

    #[test]
    fn a_refusal_is_in_stravas_words() {
        let error = read_body(json!({"id": 7, "error": "baton-1.fit.gz: The file is <b>malformed</b>."}))
            .unwrap_err();
        assert_eq!(error.message, "Strava refuses this file: The file is bmalformed/b");
        assert_eq!(
            refused("Time information is missing: all.").message,
            "Strava refuses this file: Time information is missing: all"
        );
    }

    proptest! {
        #[test]
        fn any_words_are_a_duplicate_or_a_refusal(words in "(DUPLICATE OF|duplicate of|/activities/|[0-9]{0,25}|\\PC){0,8}") {
            let _ = duplicate(&words);
            prop_assert!(refused(&words).message.chars().count() < 240);
        }
    }

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let file = File { format: Format::Tcx, bytes: b"<TrainingCenterDatabase/>".as_slice().into() };
        let (data_type, bytes) = packed(&file).unwrap();
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut unpacked).unwrap();
        assert_eq!((data_type, unpacked.as_slice()), ("tcx.gz", &*file.bytes));
        assert!(packed(&File { format: Format::Json, ..file }).is_err());
    }
}
