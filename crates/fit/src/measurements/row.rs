//! What one line of a table measures.

use baton_core::{BloodPressure, Body, Measure, Measured, Time};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeZone};

use super::cell::{self, Unit, hundredths};
use super::columns::{Column, Quantity};
use super::moment::{self, DayOrder, Written, shortened};

/// Reads the lines of one table.
pub struct Reader<'a, Z> {
    pub header: &'a [String],
    pub columns: &'a [Option<Column>],
    pub order: DayOrder,
    pub zone: &'a Z,
}

/// What a line holds: nothing, a weigh-in, a blood pressure, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub local: NaiveDateTime,
    /// Whether the line itself says how far its time is from UTC.
    pub has_offset: bool,
    pub person: String,
    pub id: String,
    pub measured: Vec<Measured>,
}

/// A number as it stands in a line.
struct Amount {
    quantity: Quantity,
    number: f64,
    unit: Unit,
}

impl<Z: TimeZone> Reader<'_, Z> {
    /// `day` is the last one that stood alone: some exporters write it above the lines of a day, which tell the time only.
    ///
    /// # Errors
    /// Why the line cannot be read, to be put behind its number.
    pub fn read(&self, cells: &[String], day: &mut Option<NaiveDate>) -> Result<Read, String> {
        let mut moment = Vec::new();
        let mut told_offset = None;
        let (mut person, mut id) = (String::new(), String::new());
        let (mut amounts, mut more) = (Vec::new(), Vec::new());
        for ((cell, column), header) in cells.iter().zip(self.columns).zip(self.header) {
            match column {
                None | Some(Column::Source) => {}
                Some(Column::Date | Column::Time) => {
                    moment.extend((!cell.is_empty()).then_some(cell.as_str()));
                }
                Some(Column::UtcOffset) => told_offset = moment::offset(cell),
                Some(Column::Person) => person.clone_from(cell),
                Some(Column::Id) => id.clone_from(cell),
                Some(Column::Value(quantity, unit)) => {
                    amounts.extend(amount(cell, *quantity, *unit).map_err(|()| no_number(cell, header))?);
                }
                Some(Column::More { name, position, unit }) => {
                    if !cell.is_empty() {
                        // A zero is a value here: nobody but Baton writes these columns.
                        let value = cell.parse().ok().filter(|number: &f64| number.is_finite());
                        let value = value.ok_or_else(|| no_number(cell, header))?;
                        let (name, unit, position) = (name.clone(), unit.clone(), position.clone());
                        more.push(Measure { name, value, unit, position });
                    }
                }
            }
        }
        let written = Written::parse(&moment.join(" "), self.order)?;
        let date = written.date.or(*day).ok_or("there is a time, but no day")?;
        let local =
            date.and_time(written.time.unwrap_or(NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default()));
        let offset = written.offset.or(told_offset);
        let (time, utc_offset) = moment::resolve(local, offset, self.zone).ok_or_else(|| {
            format!("“{}” is no time on this computer's clock", shortened(&moment.join(" ")))
        })?;
        let measured = Moment { time, utc_offset: Some(utc_offset) }.measured(&amounts, more)?;
        if measured.is_empty() {
            *day = written.date.or(*day);
        }
        Ok(Read { local, has_offset: offset.is_some(), person, id, measured })
    }
}

fn no_number(cell: &str, header: &str) -> String {
    format!("“{}” in the column {header} is no number that Baton knows", shortened(cell))
}

fn amount(cell: &str, quantity: Quantity, usual: Unit) -> Result<Option<Amount>, ()> {
    let Some((number, unit)) = cell::number(cell)? else { return Ok(None) };
    let unit = unit.unwrap_or(usual);
    let plain = !(quantity.is_mass() || quantity.is_share());
    if (unit == Unit::Plain) == plain { Ok(Some(Amount { quantity, number, unit })) } else { Err(()) }
}

struct Moment {
    time: Time,
    utc_offset: Option<i32>,
}

impl Moment {
    fn measured(&self, amounts: &[Amount], mut more: Vec<Measure>) -> Result<Vec<Measured>, String> {
        let values = Values::new(amounts)?;
        let systolic = values.get(Quantity::Systolic).map(|it| it.round() as u16);
        let diastolic = values.get(Quantity::Diastolic).map(|it| it.round() as u16);
        let pressures = match (systolic, diastolic) {
            (Some(systolic), Some(diastolic)) => Some((systolic, diastolic)),
            (None, None) => None,
            _ => return Err("only one of the two blood pressures is there".into()),
        };
        let mut body = values.body(self);
        let heart_rate = values.get(Quantity::HeartRate).map(|it| it.round() as u8);
        let weighed = body != Body { time: self.time, utc_offset: self.utc_offset, ..Body::default() };
        let mut all = Vec::new();
        if let Some((systolic, diastolic)) = pressures {
            all.push(Measured::BloodPressure(BloodPressure {
                time: self.time,
                utc_offset: self.utc_offset,
                systolic,
                diastolic,
                heart_rate,
                more: if weighed { Vec::new() } else { std::mem::take(&mut more) },
            }));
        } else {
            body.more.extend(heart_rate.map(|rate| measure("heart_rate", f64::from(rate), "bpm")));
        }
        if weighed || !body.more.is_empty() || !more.is_empty() {
            body.more.extend(more);
            all.insert(0, Measured::Body(body));
        }
        Ok(all)
    }
}

/// The amounts of a line, in kg, % and plain numbers.
struct Values(Vec<(Quantity, f64)>);

impl Values {
    /// Where a line tells something twice, as a mass and as a share, what needs no conversion counts.
    fn new(amounts: &[Amount]) -> Result<Values, String> {
        let weighed = amounts.iter().find(|amount| amount.quantity == Quantity::Weight);
        let weight = weighed.and_then(|weight| Some(weight.number * weight.unit.kilograms()?));
        let direct = |amount: &&Amount| match amount.unit {
            Unit::Percent => amount.quantity.is_share(),
            Unit::Kilogram => amount.quantity.is_mass(),
            unit => unit == Unit::Plain,
        };
        let (first, second): (Vec<&Amount>, Vec<&Amount>) = amounts.iter().partition(direct);
        let mut values: Vec<(Quantity, f64)> = Vec::new();
        for amount in first.into_iter().chain(second) {
            let quantity = amount.quantity;
            let Some(value) = amount.canonical(weight) else { continue };
            if !quantity.range().contains(&value) {
                return Err(format!("a {} of {} cannot be", quantity.words(), amount.number));
            }
            if values.iter().all(|(known, _)| *known != quantity) {
                values.push((quantity, value));
            }
        }
        Ok(Values(values))
    }

    fn get(&self, quantity: Quantity) -> Option<f64> {
        self.0.iter().find(|(known, _)| *known == quantity).map(|(_, value)| *value)
    }

    fn body(&self, moment: &Moment) -> Body {
        let byte = |quantity| self.get(quantity).map(|value| value.round() as u8);
        let mass = |quantity, name| self.get(quantity).map(|value| measure(name, value, "kg"));
        Body {
            time: moment.time,
            utc_offset: moment.utc_offset,
            weight: self.get(Quantity::Weight),
            percent_fat: self.get(Quantity::PercentFat),
            percent_hydration: self.get(Quantity::PercentHydration),
            bone_mass: self.get(Quantity::BoneMass),
            muscle_mass: self.get(Quantity::MuscleMass),
            bmi: self.get(Quantity::Bmi),
            visceral_fat_rating: self.get(Quantity::VisceralFat),
            metabolic_age: byte(Quantity::MetabolicAge),
            physique_rating: byte(Quantity::PhysiqueRating),
            basal_met: self.get(Quantity::BasalMetabolism),
            active_met: self.get(Quantity::ActiveMetabolism),
            more: [
                mass(Quantity::SkeletalMuscleMass, "skeletal_muscle_mass"),
                mass(Quantity::ProteinMass, "protein_mass"),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }
}

impl Amount {
    /// `None` for a share of an unknown weight.
    fn canonical(&self, weight: Option<f64>) -> Option<f64> {
        match (self.unit, self.unit.kilograms()) {
            (Unit::Kilogram, _) if self.quantity.is_mass() => Some(self.number),
            (_, Some(kilograms)) if self.quantity.is_mass() => Some(hundredths(self.number * kilograms)),
            (_, Some(kilograms)) => Some(hundredths(self.number * kilograms * 100.0 / weight?)),
            (Unit::Percent, None) if self.quantity.is_mass() => {
                Some(hundredths(self.number * weight? / 100.0))
            }
            (_, None) => Some(self.number),
        }
    }
}

fn measure(name: &str, value: f64, unit: &str) -> Measure {
    Measure { name: name.into(), value, unit: unit.into(), position: None }
}
