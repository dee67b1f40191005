//! Names of files: from a date and a title, and back to the title.

use std::path::Path;

use baton_core::{Error, ErrorKind, Parcel};
use chrono::TimeDelta;

/// Bytes of a title in a name: far below every system's limit, with room for date, number and extension.
const LONGEST_TITLE: usize = 120;
/// Files of one name before Baton gives up counting.
pub const MOST: u32 = 1000;

/// `2026-11-21 0730 Title`, by the item's local time, without the extension.
pub fn stem(parcel: &Parcel) -> String {
    let offset = TimeDelta::seconds(i64::from(parcel.item.utc_offset()));
    let local = parcel.span.start + offset;
    let title = cleaned(&parcel.title);
    let title = if title.is_empty() { "Activity" } else { &title };
    format!("{} {title}", local.format("%Y-%m-%d %H%M"))
}

/// The `number`th file of that name: `stem.fit`, `stem (2).fit` …
pub fn numbered(stem: &str, number: u32, extension: &str) -> String {
    if number < 2 { format!("{stem}.{extension}") } else { format!("{stem} ({number}).{extension}") }
}

/// Said where all of them are taken.
pub fn too_many(first: &Path) -> Error {
    let words = format!("{}: there are {MOST} files of this name already", first.display());
    Error::new(ErrorKind::Storage, words)
}

/// The title that a file's name tells: without extensions and without a leading date of [`stem`]'s form.
pub fn title(file_name: &str) -> String {
    let mut stem = file_name;
    for extension in [".gz", ".fit", ".tcx", ".gpx"] {
        let cut = stem.len().saturating_sub(extension.len());
        if stem.get(cut..).is_some_and(|end| end.eq_ignore_ascii_case(extension)) {
            stem = &stem[..cut];
        }
    }
    let dated = |text: &str| {
        text.len() == 16
            && text
                .bytes()
                .zip(*b"0000-00-00 0000 ")
                .all(|(byte, form)| if form == b'0' { byte.is_ascii_digit() } else { byte == form })
    };
    match stem.get(..16) {
        Some(date) if dated(date) && stem.len() > 16 => stem[16..].trim().to_owned(),
        _ => stem.trim().to_owned(),
    }
}

/// A title that every file system takes: no separators or reserved characters, no dots or blanks at its ends, not
/// too long.
fn cleaned(title: &str) -> String {
    let plain: String =
        title.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { ' ' } else { c }).collect();
    let mut words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.len() > LONGEST_TITLE {
        let end = (0..=LONGEST_TITLE).rev().find(|end| words.is_char_boundary(*end)).unwrap_or(0);
        words.truncate(end);
    }
    words.trim_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("30 min Power Zone Ride", "30 min Power Zone Ride")]
    #[case("AC/DC: \"Live\" <1>?", "AC DC Live 1")]
    #[case("..\\..\\etc", "etc")]
    #[case("  a \n b\0 ", "a b")]
    #[case("Ümlaut ride 🚴", "Ümlaut ride 🚴")]
    #[case("...", "")]
    fn titles_become_names(#[case] title: &str, #[case] name: &str) {
        assert_eq!(cleaned(title), name);
    }

    #[test]
    fn long_titles_are_cut_between_characters() {
        let cut = cleaned(&"é".repeat(200));
        assert_eq!(cut.len(), 120);
        assert_eq!(cleaned(&format!("a{}", "é".repeat(200))).len(), 119);
    }

    #[rstest]
    #[case("2026-11-21 0730 Morning Ride.fit", "Morning Ride")]
    #[case("2026-11-21 0730 .fit", "2026-11-21 0730")]
    #[case("Lunch.FIT.gz", "Lunch")]
    #[case("9é.tcx", "9é")]
    #[case(".fit", "")]
    fn names_tell_titles(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(title(name), expected);
    }

    #[test]
    fn the_first_has_no_number() {
        assert_eq!(numbered("a", 1, "fit"), "a.fit");
        assert_eq!(numbered("a", 2, "gpx"), "a (2).gpx");
    }
}
