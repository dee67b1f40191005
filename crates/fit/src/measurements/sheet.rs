//! Baton's own table of measurements: one line each, found again by what Baton knows it by, and replaced in its place.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use baton_core::{Body, Error, Measure, Measured, Result};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta, TimeZone};

use super::cell::Unit;
use super::columns::{self, Column, OWN, Quantity};
use super::{Raw, same};
use crate::xml;

/// The table as text cells, so that what somebody else wrote beside Baton's columns stays as it is.
#[derive(Debug, Clone)]
pub struct Sheet {
    separator: u8,
    header: Vec<String>,
    columns: Vec<Option<Column>>,
    lines: Vec<Line>,
    by_id: HashMap<String, usize>,
    by_second: HashMap<i64, Vec<usize>>,
}

#[derive(Debug, Clone)]
struct Line {
    cells: Vec<String>,
    /// Empty where the line cannot be read.
    measured: Vec<Measured>,
}

impl Default for Sheet {
    fn default() -> Sheet {
        let header = OWN.map(String::from).to_vec();
        let columns = columns::recognise_all(&header);
        let (lines, by_id, by_second) = Default::default();
        Sheet { separator: b',', header, columns, lines, by_id, by_second }
    }
}

impl Sheet {
    /// `None` where the bytes are no table that Baton began: those are left alone. Times without an offset are `zone`'s.
    pub fn open<Z: TimeZone>(bytes: &[u8], zone: &Z) -> Option<Sheet> {
        let raw = Raw::parse(&xml::text(bytes))?;
        (raw.above == 0 && raw.columns.contains(&Some(Column::Id))).then_some(())?;
        let reader = raw.reader(zone);
        let mut day = None;
        let lines = raw.lines.iter().map(|line| {
            let read = reader.read(&line.cells, &mut day).ok();
            let id = read.as_ref().map(|read| read.id.clone()).unwrap_or_default();
            let measured = read.map(|read| read.measured).unwrap_or_default();
            (id, Line { cells: line.cells.clone(), measured })
        });
        let lines: Vec<(String, Line)> = lines.collect();
        let (header, columns) = (raw.header, raw.columns);
        let mut sheet =
            Sheet { separator: raw.separator, header, columns, lines: Vec::new(), ..Sheet::default() };
        for (id, line) in lines {
            sheet.add(id, line);
        }
        Some(sheet)
    }

    /// What the measurement is known by, where it is there: under this id with these very values, or from somebody else.
    pub fn find(&self, id: &str, measured: &Measured) -> Option<String> {
        if let Some(&place) = self.by_id.get(id) {
            let whole = self.is_written(place, measured) && self.missing(measured).is_empty();
            return whole.then(|| id.to_owned());
        }
        let alike = |place: &&usize| self.lines[**place].measured.iter().any(|there| same(there, measured));
        let place = self.by_second.get(&measured.time().timestamp())?.iter().find(alike)?;
        let own = self.by_id.iter().find(|(_, known)| *known == place).map(|(id, _)| id.clone());
        Some(own.unwrap_or_else(|| super::key_of(measured)))
    }

    /// Adds a line, or replaces the one of this id; tells whether anything changed.
    pub fn put(&mut self, id: &str, measured: &Measured) -> bool {
        for (header, column) in self.missing(measured) {
            self.header.push(header);
            self.columns.push(Some(column));
        }
        if let Some(&place) = self.by_id.get(id) {
            if self.is_written(place, measured) {
                return false;
            }
            let cells = self.cells(id, measured, &self.lines[place].cells);
            self.lines[place] = Line { cells, measured: vec![measured.clone()] };
            self.by_second.entry(measured.time().timestamp()).or_default().push(place);
            return true;
        }
        let cells = self.cells(id, measured, &[]);
        self.add(id.to_owned(), Line { cells, measured: vec![measured.clone()] });
        true
    }

    /// The local day of the line of this id.
    pub fn day(&self, id: &str) -> Option<NaiveDate> {
        self.lines[*self.by_id.get(id)?].measured.first().map(local_day)
    }

    /// The weigh-ins of some local days, by their time.
    pub fn bodies(&self, days: &BTreeSet<NaiveDate>) -> BTreeMap<NaiveDate, Vec<&Body>> {
        let mut found: BTreeMap<NaiveDate, Vec<&Body>> = days.iter().map(|day| (*day, Vec::new())).collect();
        for measured in self.lines.iter().flat_map(|line| &line.measured) {
            if let (Measured::Body(body), Some(bodies)) = (measured, found.get_mut(&local_day(measured))) {
                bodies.push(body);
            }
        }
        for bodies in found.values_mut() {
            bodies.sort_by_key(|body| body.time);
        }
        found
    }

    /// The file.
    ///
    /// # Errors
    /// `Bug` where the text cannot be put together.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut writer =
            csv::WriterBuilder::new().delimiter(self.separator).flexible(true).from_writer(Vec::new());
        let failed = |_| Error::bug("a table of measurements could not be written");
        writer.write_record(&self.header).map_err(failed)?;
        for line in &self.lines {
            // Some readers refuse a table whose lines differ in length.
            let missing = self.header.len().saturating_sub(line.cells.len());
            let cells = line.cells.iter().map(String::as_str).chain(std::iter::repeat_n("", missing));
            writer.write_record(cells).map_err(failed)?;
        }
        writer.into_inner().map_err(|_| Error::bug("a table of measurements could not be written"))
    }

    fn add(&mut self, id: String, line: Line) {
        let place = self.lines.len();
        for measured in &line.measured {
            self.by_second.entry(measured.time().timestamp()).or_default().push(place);
        }
        if !id.is_empty() {
            self.by_id.entry(id).or_insert(place);
        }
        self.lines.push(line);
    }

    /// The columns that the measurement needs: those that somebody took away, and those that it is the first to fill.
    fn missing(&self, measured: &Measured) -> Vec<(String, Column)> {
        let named = more(measured).iter().filter(|more| quantity_of(more).is_none());
        let named = named.map(|more| {
            let Measure { name, position, unit, .. } = more.clone();
            (columns::more_header(&name, position.as_deref(), &unit), Column::More { name, position, unit })
        });
        let own = OWN.map(String::from);
        let columns = columns::recognise_all(&own);
        let own = own.into_iter().zip(columns).filter_map(|(header, column)| Some((header, column?)));
        own.chain(named)
            .filter(|(_, column)| !self.columns.iter().flatten().any(|known| known == column))
            .collect()
    }

    fn is_written(&self, place: usize, measured: &Measured) -> bool {
        let there = &self.lines[place].cells;
        let mut columns = self.columns.iter().enumerate();
        columns.all(|(number, column)| {
            let cell = column.as_ref().and_then(|column| cell(column, measured));
            cell.is_none_or(|cell| there.get(number).map_or("", String::as_str) == cell)
        })
    }

    /// The cells of a line; what is not Baton's to say stays as it was.
    fn cells(&self, id: &str, measured: &Measured, before: &[String]) -> Vec<String> {
        let cells = self.columns.iter().enumerate().map(|(number, column)| {
            let before = || before.get(number).cloned().unwrap_or_default();
            match column {
                None => before(),
                Some(Column::Id) => id.to_owned(),
                Some(column) => cell(column, measured).unwrap_or_else(before),
            }
        });
        cells.collect()
    }
}

fn more(measured: &Measured) -> &[Measure] {
    match measured {
        Measured::Body(body) => &body.more,
        Measured::BloodPressure(pressure) => &pressure.more,
    }
}

/// What has a column of its own in the table, though no field of its own in a measurement.
fn quantity_of(more: &Measure) -> Option<Quantity> {
    match (more.name.as_str(), &more.position) {
        ("heart_rate", None) => Some(Quantity::HeartRate),
        ("skeletal_muscle_mass", None) => Some(Quantity::SkeletalMuscleMass),
        ("protein_mass", None) => Some(Quantity::ProteinMass),
        _ => None,
    }
}

/// What Baton writes into a column; `None` where it has no say.
fn cell(column: &Column, measured: &Measured) -> Option<String> {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    match column {
        Column::Date => Some(local(measured).format("%Y-%m-%d %H:%M:%S").to_string()),
        Column::UtcOffset => Some(offset_text(utc_offset(measured))),
        Column::Source => Some("Baton".into()),
        Column::Value(quantity, unit) => {
            let usual = match quantity {
                quantity if quantity.is_mass() => Unit::Kilogram,
                quantity if quantity.is_share() => Unit::Percent,
                _ => Unit::Plain,
            };
            (*unit == usual).then(|| number(value(*quantity, measured)))
        }
        Column::More { name, position, unit } => {
            let is = |more: &&Measure| (&more.name, &more.position, &more.unit) == (name, position, unit);
            Some(number(more(measured).iter().find(is).map(|more| more.value)))
        }
        Column::Time | Column::Person | Column::Id => None,
    }
}

fn value(quantity: Quantity, measured: &Measured) -> Option<f64> {
    let beside =
        || more(measured).iter().find(|more| quantity_of(more) == Some(quantity)).map(|more| more.value);
    let value = match measured {
        Measured::Body(body) => match quantity {
            Quantity::Weight => body.weight,
            Quantity::Bmi => body.bmi,
            Quantity::PercentFat => body.percent_fat,
            Quantity::PercentHydration => body.percent_hydration,
            Quantity::BoneMass => body.bone_mass,
            Quantity::MuscleMass => body.muscle_mass,
            Quantity::VisceralFat => body.visceral_fat_rating,
            Quantity::MetabolicAge => body.metabolic_age.map(f64::from),
            Quantity::PhysiqueRating => body.physique_rating.map(f64::from),
            Quantity::BasalMetabolism => body.basal_met,
            Quantity::ActiveMetabolism => body.active_met,
            _ => None,
        },
        Measured::BloodPressure(pressure) => match quantity {
            Quantity::Systolic => Some(f64::from(pressure.systolic)),
            Quantity::Diastolic => Some(f64::from(pressure.diastolic)),
            Quantity::HeartRate => pressure.heart_rate.map(f64::from),
            _ => None,
        },
    };
    value.or_else(beside)
}

/// Seconds; 0 where unknown, so that the time is told in UTC.
fn utc_offset(measured: &Measured) -> i32 {
    match measured {
        Measured::Body(body) => body.utc_offset,
        Measured::BloodPressure(pressure) => pressure.utc_offset,
    }
    .unwrap_or(0)
}

fn local(measured: &Measured) -> NaiveDateTime {
    measured.time().naive_utc() + TimeDelta::seconds(i64::from(utc_offset(measured)))
}

fn local_day(measured: &Measured) -> NaiveDate {
    local(measured).date()
}

/// `+01:00`
fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
