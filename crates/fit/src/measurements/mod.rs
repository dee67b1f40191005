//! Tables of measurements: CSV files of scales, cuffs and their apps, read by what their header says, whoever wrote them;
//! and Baton's own, [`Sheet`], to which measurements are added.
//!
//! `columns` knows the headers, `cell` the numbers and their units, `moment` the dates, `row` what a line measures.

mod cell;
mod columns;
mod moment;
mod row;
mod sheet;

use std::collections::HashMap;

use baton_core::{Entry, Error, Kind, Measured, Owner, RecordedBy, Result, Span};
use chrono::{NaiveDateTime, Offset, TimeZone};

use crate::xml;
use columns::Column;
use moment::DayOrder;
pub use sheet::Sheet;

/// The header is looked for in so many lines: some exporters put a heading above it.
const HEADER_WITHIN: usize = 5;
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// Of two copies of a measurement one may have been rounded to FIT's resolution; that of kcal is a quarter.
const SAME: f64 = 0.05;
const SAME_ENERGY: f64 = 0.13;

/// What a table holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// In the table's order, each measurement once.
    pub rows: Vec<Row>,
    /// One sentence for each line that cannot be read: its number and why.
    pub faults: Vec<String>,
}

/// One measurement of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The same however the table grows and is sorted, and in every table that holds the measurement: what Baton wrote
    /// beside it, else its time as it is written there, and its person.
    pub key: String,
    /// Changes with the values alone.
    pub revision: String,
    /// As the table names them; empty where it does not.
    pub person: String,
    pub measured: Measured,
}

impl Table {
    /// Measurements of other files as rows. Those that tell no offset, as in FIT, get `zone`'s.
    pub fn of<Z: TimeZone>(measured: impl IntoIterator<Item = Measured>, zone: &Z) -> Table {
        let mut keys = Keys::default();
        let rows = measured.into_iter().filter_map(|mut measured| {
            let here = zone.offset_from_utc_datetime(&measured.time().naive_utc()).fix().local_minus_utc();
            let utc_offset = match &mut measured {
                Measured::Body(body) => &mut body.utc_offset,
                Measured::BloodPressure(pressure) => &mut pressure.utc_offset,
            };
            utc_offset.get_or_insert(here);
            let key = keys.take(key_of(&measured), &measured)?;
            Some(Row { key, revision: revision(&measured), person: String::new(), measured })
        });
        Table { rows: rows.collect(), faults: Vec::new() }
    }

    /// The different people whose measurements these are, in order.
    pub fn people(&self) -> Vec<&str> {
        let mut people: Vec<&str> =
            self.rows.iter().map(|row| row.person.as_str()).filter(|name| !name.is_empty()).collect();
        people.sort_unstable();
        people.dedup();
        people
    }
}

impl Row {
    /// As a source lists it.
    pub fn entry(&self, owner: Owner) -> Entry {
        let (kind, title, utc_offset) = match &self.measured {
            Measured::Body(body) if body.weight.is_some() => (Kind::Body, "Weight", body.utc_offset),
            Measured::Body(body) => (Kind::Body, "Body measurement", body.utc_offset),
            Measured::BloodPressure(pressure) => (Kind::BloodPressure, "Blood pressure", pressure.utc_offset),
        };
        Entry {
            key: self.key.clone(),
            kind,
            span: Span::new(self.measured.time(), self.measured.time()),
            revision: self.revision.clone(),
            recorded_by: RecordedBy::Source,
            title: title.into(),
            sport: None,
            sub_sport: None,
            utc_offset,
            in_progress: false,
            arrived: None,
            owner,
            measured: Some(self.measured.clone()),
        }
    }
}

/// Reads a table, whatever its separator, encoding and decimal sign. Times without an offset are `zone`'s; a day without
/// a time is taken as its noon. Numbers without a unit are kg, % and kcal.
///
/// # Errors
/// `Rejected` where the bytes are no table with a date and a measured value in its header.
pub fn read<Z: TimeZone>(bytes: &[u8], zone: &Z) -> Result<Table> {
    let bytes = crate::packed::unpacked(bytes)?;
    let raw = Raw::parse(&xml::text(&bytes)).ok_or_else(|| {
        Error::rejected(
            "This is no table of measurements: its first lines name no date and no weight or pressure",
        )
    })?;
    let reader = raw.reader(zone);
    let mut table = Table::default();
    let mut keys = Keys::default();
    let mut day = None;
    for line in &raw.lines {
        match reader.read(&line.cells, &mut day) {
            Ok(read) => {
                for measured in read.measured {
                    let base = key(&measured, read.local, read.has_offset, &read.person, &read.id);
                    let Some(key) = keys.take(base, &measured) else { continue };
                    let (revision, person) = (revision(&measured), read.person.clone());
                    table.rows.push(Row { key, revision, person, measured });
                }
            }
            Err(why) => table.faults.push(format!("line {}: {why}", line.number)),
        }
    }
    Ok(table)
}

/// Whether two measurements are one: of the same second, with at least one value that both have and none that differs.
pub fn same(a: &Measured, b: &Measured) -> bool {
    if a.time().timestamp() != b.time().timestamp() {
        return false;
    }
    match (a, b) {
        (Measured::Body(a), Measured::Body(b)) => {
            let byte = |value: Option<u8>| value.map(f64::from);
            let pairs = [
                (a.weight, b.weight, SAME),
                (a.percent_fat, b.percent_fat, SAME),
                (a.percent_hydration, b.percent_hydration, SAME),
                (a.bone_mass, b.bone_mass, SAME),
                (a.muscle_mass, b.muscle_mass, SAME),
                (a.bmi, b.bmi, SAME),
                (byte(a.metabolic_age), byte(b.metabolic_age), 0.0),
                (byte(a.physique_rating), byte(b.physique_rating), 0.0),
                (a.basal_met, b.basal_met, SAME_ENERGY),
                (a.active_met, b.active_met, SAME_ENERGY),
            ];
            let both = || {
                pairs.iter().filter_map(|(a, b, tolerance)| Some(((*a)? - (*b)?).abs() <= tolerance + 1e-9))
            };
            both().all(|near| near) && (both().next().is_some() || !a.more.is_empty() && a.more == b.more)
        }
        (Measured::BloodPressure(a), Measured::BloodPressure(b)) => {
            let rates = a.heart_rate.zip(b.heart_rate);
            (a.systolic, a.diastolic) == (b.systolic, b.diastolic) && rates.is_none_or(|(a, b)| a == b)
        }
        _ => false,
    }
}

/// How many values it has.
pub fn values(measured: &Measured) -> usize {
    match measured {
        Measured::Body(body) => {
            let numbers = [
                body.weight,
                body.percent_fat,
                body.percent_hydration,
                body.bone_mass,
                body.muscle_mass,
                body.bmi,
                body.visceral_fat_rating,
                body.basal_met,
                body.active_met,
            ];
            let bytes = [body.metabolic_age, body.physique_rating];
            numbers.iter().flatten().count() + bytes.iter().flatten().count() + body.more.len()
        }
        Measured::BloodPressure(pressure) => {
            2 + usize::from(pressure.heart_rate.is_some()) + pressure.more.len()
        }
    }
}

/// What a measurement is known by where nothing was written beside it. The time as it is written does not change when
/// this computer travels; kind and person tell those of one second apart.
fn key(measured: &Measured, local: NaiveDateTime, has_offset: bool, person: &str, id: &str) -> String {
    let kind = match measured {
        Measured::Body(_) => Kind::Body.name(),
        Measured::BloodPressure(_) => Kind::BloodPressure.name(),
    };
    if !id.is_empty() {
        return id.to_owned();
    }
    let moment = if has_offset {
        measured.time().format("%Y%m%dT%H%M%SZ")
    } else {
        local.and_utc().format("%Y%m%dT%H%M%S")
    };
    let person: String =
        person.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let hyphen = if person.is_empty() { "" } else { "-" };
    format!("{kind}-{moment}{hyphen}{person}")
}

/// The key that a table's row of that moment, told in UTC, would have.
fn key_of(measured: &Measured) -> String {
    key(measured, measured.time().naive_utc(), true, "", "")
}

/// The values without the moment: it is in the key, and a computer that travels reads it differently.
fn revision(measured: &Measured) -> String {
    let mut values = measured.clone();
    match &mut values {
        Measured::Body(body) => (body.time, body.utc_offset) = Default::default(),
        Measured::BloodPressure(pressure) => (pressure.time, pressure.utc_offset) = Default::default(),
    }
    serde_json::to_string(&values).unwrap_or_default()
}

/// Tells measurements of one moment apart by their order, and leaves doubles out.
#[derive(Default)]
struct Keys {
    taken: HashMap<String, Vec<Measured>>,
}

impl Keys {
    fn take(&mut self, base: String, measured: &Measured) -> Option<String> {
        let taken = self.taken.entry(base.clone()).or_default();
        if taken.contains(measured) {
            return None;
        }
        taken.push(measured.clone());
        Some(if taken.len() == 1 { base } else { format!("{base}-{}", taken.len()) })
    }
}

/// A table as text, with its header understood.
struct Raw {
    separator: u8,
    /// How many lines stand above the header.
    above: usize,
    header: Vec<String>,
    columns: Vec<Option<Column>>,
    lines: Vec<Line>,
}

struct Line {
    number: u64,
    cells: Vec<String>,
}

impl Raw {
    /// By the separator that makes the most of the header.
    fn parse(text: &str) -> Option<Raw> {
        let headed = SEPARATORS.iter().filter_map(|&separator| Raw::header(text, separator));
        let (count, separator, above) = headed.max_by_key(|(count, ..)| *count)?;
        debug_assert!(count > 1, "a date and a value");
        let mut lines = records(text, separator).skip(above);
        let header = lines.next()?.cells;
        let columns = columns::recognise_all(&header);
        let lines = lines.filter(|line| line.cells.iter().any(|cell| !cell.is_empty())).collect();
        Some(Raw { separator, above, header, columns, lines })
    }

    /// How many columns the header has that are understood, and how many lines are above it.
    fn header(text: &str, separator: u8) -> Option<(usize, u8, usize)> {
        let mut candidates = records(text, separator).take(HEADER_WITHIN).enumerate();
        candidates.find_map(|(above, line)| {
            let columns = columns::recognise_all(&line.cells);
            let known = || columns.iter().flatten();
            let dated = known().any(|column| matches!(column, Column::Date | Column::Time));
            let measured = known().any(|column| matches!(column, Column::Value(..)));
            (dated && measured).then(|| (known().count(), separator, above))
        })
    }

    fn reader<'a, Z: TimeZone>(&'a self, zone: &'a Z) -> row::Reader<'a, Z> {
        let is_moment = |column: &Option<Column>| matches!(column, Some(Column::Date | Column::Time));
        let dates = self.lines.iter().flat_map(|line| {
            let cells = line.cells.iter().zip(&self.columns);
            cells.filter(|(_, column)| is_moment(column)).map(|(cell, _)| cell.as_str())
        });
        row::Reader { header: &self.header, columns: &self.columns, order: DayOrder::of(dates), zone }
    }
}

/// The lines of a text, their cells without blanks around them.
fn records(text: &str, separator: u8) -> impl Iterator<Item = Line> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(std::io::Cursor::new(text.to_owned()));
    std::iter::from_fn(move || {
        let mut record = csv::StringRecord::new();
        // Text in memory has no errors that a reader of flexible records could meet.
        if !reader.read_record(&mut record).unwrap_or(false) {
            return None;
        }
        let number = record.position().map_or(0, csv::Position::line);
        Some(Line { number, cells: record.iter().map(|cell| cell.trim().to_owned()).collect() })
    })
}

#[cfg(test)]
mod tests;
