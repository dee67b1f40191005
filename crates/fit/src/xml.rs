//! What TCX and GPX share: bytes to text whatever their encoding, a walk through elements by local name, and writing.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use baton_core::Time;
use chrono::{DateTime, NaiveDateTime, SecondsFormat};
use quick_xml::events::{BytesStart, Event};

/// The text of an XML file in UTF-8, UTF-16 (by its byte order mark or its zeros) or an encoding of single bytes (by its
/// declaration, or because it is no UTF-8), without the mark and without whitespace in front. Single bytes are read as
/// Windows-1252, as every browser reads what calls itself ISO-8859-1.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf_16(bytes, u16::from_le_bytes),
        [0, b'<', ..] => utf_16(bytes, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) if declares_utf_8(bytes) || error.error_len().is_none() => {
                String::from_utf8_lossy(bytes)
            }
            Err(_) => Cow::Owned(bytes.iter().map(|&byte| windows_1252(byte)).collect()),
        },
    };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start()),
        Cow::Owned(text) => Cow::Owned(text.trim_start().to_owned()),
    }
}

/// Whether an XML file begins as XML must: with markup, after a byte order mark at most. Some writers put blanks or empty
/// lines in front, at which stricter readers stop.
pub fn begins_with_markup(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    matches!(bytes, [b'<', ..] | [0, b'<', ..] | [0xff, 0xfe, b'<', ..] | [0xfe, 0xff, 0, b'<', ..])
}

fn windows_1252(byte: u8) -> char {
    /// From 0x80 on; the five bytes without a character stand for the control characters of their numbers.
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80)
        .and_then(|index| UPPER.get(usize::from(index)))
        .copied()
        .unwrap_or(char::from(byte))
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'_, str> {
    let units = bytes.as_chunks::<2>().0.iter().map(|&pair| unit(pair));
    Cow::Owned(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

fn declares_utf_8(bytes: &[u8]) -> bool {
    let beginning = bytes.get(..bytes.len().min(200)).unwrap_or_default().to_ascii_lowercase();
    beginning.windows(5).any(|window| window == b"utf-8")
}

/// The local name of the root element.
pub fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let start = rest.find('<')?;
        rest = rest.get(start + 1..)?;
        if rest.starts_with(['?', '!']) {
            continue;
        }
        let name = rest.split([' ', '\t', '\r', '\n', '>', '/']).next()?;
        return name.rsplit(':').next();
    }
}

/// Something met on the walk.
#[derive(Debug)]
pub enum Step<'a> {
    /// An element begins.
    Open(&'a Element<'a>),
    /// An element ends; with the text that was directly inside it, trimmed.
    Close { name: &'a str, parent: &'a str, text: &'a str },
}

/// A start tag.
#[derive(Debug)]
pub struct Element<'a> {
    pub name: &'a str,
    pub parent: &'a str,
    tag: &'a BytesStart<'a>,
}

impl Element<'_> {
    /// The value of an attribute by its local name.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let attribute =
            self.tag.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
        Some(unescaped(&attribute.value))
    }
}

/// Deeper nesting than any real file has.
const DEEPEST: usize = 64;

/// Walks through all elements. Names are local: prefixes and namespaces differ from writer to writer, the names do
/// not. Returns whether the text was well-formed to its end; `visit` has seen what came before the damage.
pub fn walk(text: &str, mut visit: impl FnMut(Step<'_>)) -> bool {
    let mut reader = quick_xml::Reader::from_str(text);
    // "Rock & Roll" as it is: not every writer escapes its titles.
    reader.config_mut().allow_dangling_amp = true;
    let mut names: Vec<String> = Vec::new();
    let mut content = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                if names.len() >= DEEPEST {
                    return false;
                }
                content.clear();
                open(&tag, &names, &mut visit);
                names.push(tag.local_name().as_ref().to_owned());
            }
            Ok(Event::Empty(tag)) => {
                open(&tag, &names, &mut visit);
                let parent = names.last().map_or("", String::as_str);
                visit(Step::Close { name: tag.local_name().as_ref(), parent, text: "" });
            }
            Ok(Event::End(_)) => {
                let Some(name) = names.pop() else { return false };
                let parent = names.last().map_or("", String::as_str);
                visit(Step::Close { name: &name, parent, text: content.trim() });
                content.clear();
            }
            Ok(Event::Text(text)) => content.push_str(&text),
            Ok(Event::CData(text)) => content.push_str(&text),
            Ok(Event::GeneralRef(reference)) => {
                content.push_str(&unescaped(&format!("&{};", &*reference)));
            }
            Ok(Event::Eof) => return names.is_empty(),
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

fn open(tag: &BytesStart<'_>, names: &[String], visit: &mut impl FnMut(Step<'_>)) {
    let name = tag.local_name();
    let parent = names.last().map_or("", String::as_str);
    visit(Step::Open(&Element { name: name.as_ref(), parent, tag }));
}

fn unescaped(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// A number; `None` for anything else. A comma is taken as the decimal point that some writers make of it.
pub fn number(text: &str) -> Option<f64> {
    let number = text.parse::<f64>().ok().or_else(|| text.replacen(',', ".", 1).parse().ok());
    number.filter(|number| number.is_finite())
}

/// A time, and its offset from UTC in seconds where it is told and is another than UTC itself. Offsets may lack their
/// colon or minutes. Times without any offset are taken as UTC.
pub fn time(text: &str) -> Option<(Time, Option<i32>)> {
    let with_offset = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z"));
    if let Ok(time) = with_offset {
        let offset = time.offset().local_minus_utc();
        return Some((time.to_utc(), (offset != 0).then_some(offset)));
    }
    let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    Some((naive.and_utc(), None))
}

/// XML being written, two spaces an indent.
#[derive(Debug)]
pub struct Writer {
    out: String,
    open: Vec<&'static str>,
}

impl Writer {
    pub fn new(capacity: usize) -> Writer {
        let mut out = String::with_capacity(capacity);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Writer { out, open: Vec::new() }
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.out.push_str("  ");
        }
    }

    pub fn open(&mut self, name: &'static str, attributes: &[(&str, &dyn Display)]) {
        self.indent();
        let _ = write!(self.out, "<{name}");
        for (name, value) in attributes {
            let _ = write!(self.out, " {name}=\"");
            self.escape(&value.to_string());
            self.out.push('"');
        }
        self.out.push_str(">\n");
        self.open.push(name);
    }

    pub fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            let _ = writeln!(self.out, "</{name}>");
        }
    }

    /// An element with a number or another value that needs no escaping.
    pub fn value(&mut self, name: &str, value: impl Display) {
        self.indent();
        let _ = writeln!(self.out, "<{name}>{value}</{name}>");
    }

    pub fn optional(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.value(name, value);
        }
    }

    /// An element with text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.indent();
        let _ = write!(self.out, "<{name}>");
        self.escape(text);
        let _ = writeln!(self.out, "</{name}>");
    }

    /// An element with one element inside, `<name><Value>…</Value></name>`.
    pub fn nested(&mut self, name: &'static str, inner: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.indent();
            let _ = writeln!(self.out, "<{name}><{inner}>{value}</{inner}></{name}>");
        }
    }

    fn escape(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' | '\n' => self.out.push(character),
                // Other control characters are not allowed in XML at all.
                '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {}
                _ => self.out.push(character),
            }
        }
    }

    pub fn finish(mut self) -> Vec<u8> {
        while !self.open.is_empty() {
            self.close();
        }
        self.out.into_bytes()
    }
}

/// A time as TCX and GPX write it: UTC, with milliseconds only where there are any.
pub fn stamp(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A number rounded to so many decimals, without zeros at its end.
pub fn decimals(value: f64, places: i32) -> f64 {
    let scale = 10f64.powi(places);
    let rounded = (value * scale).round() / scale;
    // No "-0".
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// [`decimals`] of a number that is one; `None` for not-a-number, infinity and what no instrument measures.
pub fn rounded(value: Option<f64>, places: i32) -> Option<f64> {
    value.filter(|value| value.abs() < 1e12).map(|value| decimals(value, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_many_writers() {
        for (text, seconds, offset) in [
            ("2021-01-19T23:30:50.000Z", 1_611_099_050, None),
            ("2021-01-19T23:30:50z", 1_611_099_050, None),
            ("2021-01-19 23:30:50Z", 1_611_099_050, None),
            ("2021-01-20T00:30:50+01:00", 1_611_099_050, Some(3600)),
            ("2021-01-20T00:30:50.25+0100", 1_611_099_050, Some(3600)),
            ("2021-01-19T18:30:50-05", 1_611_099_050, Some(-18_000)),
            ("2021-01-19T23:30:50", 1_611_099_050, None),
            ("2021-01-19T23:30:50.5", 1_611_099_050, None),
        ] {
            let (time, found) = time(text).unwrap();
            assert_eq!((time.timestamp(), found), (seconds, offset), "{text}");
        }
        for text in ["", "2021-01-19", "23:30:50", "2021-13-19T23:30:50Z", "yesterday"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_of_many_writers() {
        assert_eq!(["1.5", "1,5", "-3", "1e2"].map(number), [Some(1.5), Some(1.5), Some(-3.0), Some(100.0)]);
        assert_eq!(["", "NaN", "inf", "1,2,3", "--"].map(number), [None; 5]);
    }

    #[test]
    fn letters_of_many_encodings() {
        assert_eq!(text("<a>Früh</a>".as_bytes()), "<a>Früh</a>");
        assert_eq!(text(b"  <a>Fr\xfch \x80 \x93</a>"), "<a>Früh € “</a>");
        assert_eq!(text(b"\xfe\xff\0<\0\xfc"), "<ü");
        assert_eq!(text(b"<\0\xfc\0"), "<ü");
        assert!(["<", "\u{feff}<"].iter().all(|text| begins_with_markup(text.as_bytes())));
        assert!(!begins_with_markup(b"\n<") && !begins_with_markup(b""));
    }
}
