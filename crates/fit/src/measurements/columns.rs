//! The columns of a table of measurements: what their headers mean.

use super::cell::Unit;

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// A day, mostly with a time.
    Date,
    /// A time of the day, or a day and a time.
    Time,
    /// Local time minus UTC: `+01:00`
    UtcOffset,
    Person,
    Source,
    /// What Baton knows the line by. No other program writes it.
    Id,
    Value(Quantity, Unit),
    /// Something that no scale's exporter has a column for, in a table of Baton's own.
    More {
        name: String,
        position: Option<String>,
        unit: String,
    },
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    Weight,
    Bmi,
    PercentFat,
    PercentHydration,
    BoneMass,
    MuscleMass,
    SkeletalMuscleMass,
    ProteinMass,
    VisceralFat,
    MetabolicAge,
    PhysiqueRating,
    BasalMetabolism,
    ActiveMetabolism,
    HeartRate,
    Systolic,
    Diastolic,
}

impl Quantity {
    /// For a sentence: "a weight of 1234".
    pub fn words(self) -> &'static str {
        match self {
            Quantity::Weight => "weight",
            Quantity::Bmi => "body mass index",
            Quantity::PercentFat => "body fat",
            Quantity::PercentHydration => "body water",
            Quantity::BoneMass => "bone mass",
            Quantity::MuscleMass => "muscle mass",
            Quantity::SkeletalMuscleMass => "skeletal muscle mass",
            Quantity::ProteinMass => "protein mass",
            Quantity::VisceralFat => "visceral fat",
            Quantity::MetabolicAge => "metabolic age",
            Quantity::PhysiqueRating => "physique rating",
            Quantity::BasalMetabolism => "basal metabolism",
            Quantity::ActiveMetabolism => "active metabolism",
            Quantity::HeartRate => "heart rate",
            Quantity::Systolic => "systolic pressure",
            Quantity::Diastolic => "diastolic pressure",
        }
    }

    /// What is told as a mass, kg.
    pub fn is_mass(self) -> bool {
        use Quantity::{BoneMass, MuscleMass, ProteinMass, SkeletalMuscleMass, Weight};
        matches!(self, Weight | BoneMass | MuscleMass | SkeletalMuscleMass | ProteinMass)
    }

    /// What is told as a share of the weight, %.
    pub fn is_share(self) -> bool {
        matches!(self, Quantity::PercentFat | Quantity::PercentHydration)
    }

    /// What can be measured at all: beyond, it is another unit or a slip.
    pub fn range(self) -> std::ops::RangeInclusive<f64> {
        use Quantity::{
            ActiveMetabolism, BasalMetabolism, Bmi, Diastolic, HeartRate, MetabolicAge, PhysiqueRating,
            Systolic,
        };
        match self {
            quantity if quantity.is_share() => 0.0..=100.0,
            quantity if quantity.is_mass() => 0.0..=650.0,
            Bmi => 1.0..=250.0,
            MetabolicAge | HeartRate => 1.0..=254.0,
            PhysiqueRating => 1.0..=9.0,
            BasalMetabolism | ActiveMetabolism => 100.0..=16_000.0,
            Systolic | Diastolic => 1.0..=400.0,
            _ => 0.0..=100.0,
        }
    }
}

/// The columns of Baton's own table. The first sixteen are those of a common exporter of scales, in its order
/// (SmartScaleConnect, `pkg/csv`, 0.4), so that its readers take the table as it is.
pub const OWN: [&str; 21] = [
    "Date",
    "Weight",
    "BMI",
    "BodyFat",
    "BodyWater",
    "BoneMass",
    "MetabolicAge",
    "MuscleMass",
    "PhysiqueRating",
    "ProteinMass",
    "VisceralFat",
    "BasalMetabolism",
    "HeartRate",
    "SkeletalMuscleMass",
    "User",
    "Source",
    "Systolic",
    "Diastolic",
    "ActiveMetabolism",
    "UtcOffset",
    "BatonId",
];

/// Names without blanks and signs, and the unit where the header tells none. Where there is none either, exporters
/// disagree, and the column counts only with a unit.
const VALUES: [(&str, Quantity, Option<Unit>); 50] = {
    use Quantity as Q;
    const KG: Option<Unit> = Some(Unit::Kilogram);
    const SHARE: Option<Unit> = Some(Unit::Percent);
    const PLAIN: Option<Unit> = Some(Unit::Plain);
    [
        ("weight", Q::Weight, KG),
        ("bodyweight", Q::Weight, KG),
        ("bmi", Q::Bmi, PLAIN),
        ("bodymassindex", Q::Bmi, PLAIN),
        ("bodyfat", Q::PercentFat, SHARE),
        ("fat", Q::PercentFat, SHARE),
        ("fatratio", Q::PercentFat, SHARE),
        ("percentfat", Q::PercentFat, SHARE),
        ("fatpercent", Q::PercentFat, SHARE),
        ("fatpercentage", Q::PercentFat, SHARE),
        ("bodyfatpercent", Q::PercentFat, SHARE),
        ("bodyfatpercentage", Q::PercentFat, SHARE),
        ("fatmass", Q::PercentFat, KG),
        ("fatmassweight", Q::PercentFat, KG),
        ("bodyfatmass", Q::PercentFat, KG),
        ("bodywater", Q::PercentHydration, SHARE),
        ("water", Q::PercentHydration, SHARE),
        ("percenthydration", Q::PercentHydration, SHARE),
        ("bodywaterpercent", Q::PercentHydration, SHARE),
        ("bodywaterpercentage", Q::PercentHydration, SHARE),
        ("hydration", Q::PercentHydration, None),
        ("watermass", Q::PercentHydration, KG),
        ("bodywatermass", Q::PercentHydration, KG),
        ("bonemass", Q::BoneMass, KG),
        ("bone", Q::BoneMass, KG),
        ("musclemass", Q::MuscleMass, KG),
        ("muscle", Q::MuscleMass, None),
        ("skeletalmusclemass", Q::SkeletalMuscleMass, KG),
        ("skeletalmuscle", Q::SkeletalMuscleMass, None),
        ("skeletalmuscles", Q::SkeletalMuscleMass, None),
        ("proteinmass", Q::ProteinMass, KG),
        ("protein", Q::ProteinMass, None),
        ("visceralfat", Q::VisceralFat, PLAIN),
        ("visceralfatrating", Q::VisceralFat, PLAIN),
        ("visceralfatlevel", Q::VisceralFat, PLAIN),
        ("visceralfatindex", Q::VisceralFat, PLAIN),
        ("metabolicage", Q::MetabolicAge, PLAIN),
        ("bodyage", Q::MetabolicAge, PLAIN),
        ("physiquerating", Q::PhysiqueRating, PLAIN),
        ("basalmetabolism", Q::BasalMetabolism, PLAIN),
        ("basalmetabolicrate", Q::BasalMetabolism, PLAIN),
        ("bmr", Q::BasalMetabolism, PLAIN),
        ("activemetabolism", Q::ActiveMetabolism, PLAIN),
        ("heartrate", Q::HeartRate, PLAIN),
        ("pulse", Q::HeartRate, PLAIN),
        ("heartpulse", Q::HeartRate, PLAIN),
        ("systolic", Q::Systolic, PLAIN),
        ("sys", Q::Systolic, PLAIN),
        ("diastolic", Q::Diastolic, PLAIN),
        ("dia", Q::Diastolic, PLAIN),
    ]
};

/// What each cell of a header says; `None` for what is passed over.
pub fn recognise_all(header: &[String]) -> Vec<Option<Column>> {
    let own = header.iter().any(|cell| plain(cell) == "batonid");
    header.iter().map(|cell| recognise(cell).or_else(|| own.then(|| more(cell)).flatten())).collect()
}

fn recognise(header: &str) -> Option<Column> {
    let (name, unit) = split(header)?;
    Some(match name.as_str() {
        "date" | "datetime" | "dateandtime" | "dateutc" | "timestamp" | "day" | "measurementdate"
        | "measuredat" | "timeofmeasurement" => Column::Date,
        "time" => Column::Time,
        "utcoffset" => Column::UtcOffset,
        "user" | "username" | "person" => Column::Person,
        "source" => Column::Source,
        "batonid" => Column::Id,
        name => {
            let (_, quantity, usual) = VALUES.iter().find(|(known, ..)| *known == name)?;
            let unit = unit.or(*usual)?;
            let fits = (unit == Unit::Plain) != (quantity.is_mass() || quantity.is_share());
            fits.then_some(Column::Value(*quantity, unit))?
        }
    })
}

/// Name and unit of `Weight (kg)`, `weight_kg`, `Fat %`. `None` for a unit that is not known: its numbers would be taken
/// for something else.
fn split(header: &str) -> Option<(String, Option<Unit>)> {
    if let Some((name, rest)) = header.split_once(['(', '[']) {
        let unit = Unit::from_name(rest.trim_end_matches([')', ']', ' ']))?;
        return Some((plain(name), Some(unit)));
    }
    let words: Vec<&str> = header.split([' ', '_', '-', ',']).filter(|word| !word.is_empty()).collect();
    Some(match words.as_slice() {
        [name @ .., last] if !name.is_empty() && Unit::from_name(last).is_some() => {
            (plain(&name.concat()), Unit::from_name(last))
        }
        _ => (plain(header), None),
    })
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The header of a column that no exporter has: `segment_fat_mass left_arm (kg)`
pub fn more_header(name: &str, position: Option<&str>, unit: &str) -> String {
    let position = position.map(|position| format!(" {position}")).unwrap_or_default();
    let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
    format!("{name}{position}{unit}")
}

fn more(header: &str) -> Option<Column> {
    let (words, unit) = match header.split_once(" (") {
        Some((words, unit)) => (words, unit.strip_suffix(')')?),
        None => (header, ""),
    };
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let (name, position) = match words.split_once(' ') {
        Some((name, position)) => (name, Some(position)),
        None => (words, None),
    };
    (is_word(name) && position.is_none_or(is_word)).then(|| Column::More {
        name: name.to_owned(),
        position: position.map(str::to_owned),
        unit: unit.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Weight (kg)", Column::Value(Quantity::Weight, Unit::Kilogram))]
    #[case("weight_lb", Column::Value(Quantity::Weight, Unit::Pound))]
    #[case("Weight [lbs]", Column::Value(Quantity::Weight, Unit::Pound))]
    #[case("Body Fat(%)", Column::Value(Quantity::PercentFat, Unit::Percent))]
    #[case("Fat %", Column::Value(Quantity::PercentFat, Unit::Percent))]
    #[case("Fat mass (kg)", Column::Value(Quantity::PercentFat, Unit::Kilogram))]
    #[case("Hydration (kg)", Column::Value(Quantity::PercentHydration, Unit::Kilogram))]
    #[case("Systolic (mmHg)", Column::Value(Quantity::Systolic, Unit::Plain))]
    #[case("Heart rate", Column::Value(Quantity::HeartRate, Unit::Plain))]
    #[case("dateTime", Column::Date)]
    #[case("Time", Column::Time)]
    fn headers_are_understood(#[case] header: &str, #[case] column: Column) {
        assert_eq!(recognise(header), Some(column));
    }

    /// A number in an unknown unit is worse than none.
    #[rstest]
    #[case("Weight (jin)")]
    #[case("muscle")]
    #[case("Visceral fat (kg)")]
    #[case("Comments")]
    #[case("Change")]
    #[case("")]
    fn others_are_passed_over(#[case] header: &str) {
        assert_eq!(recognise(header), None);
    }

    #[test]
    fn own_headers_and_no_others_are_all_understood() {
        let own = OWN.map(String::from);
        assert!(recognise_all(&own).iter().all(Option::is_some));
        let mut names: Vec<String> = own.iter().map(|name| plain(name)).collect();
        names.dedup();
        assert_eq!(names.len(), OWN.len());
        for (name, position, unit) in [
            ("pulse_wave_velocity", None, "m/s"),
            ("segment_fat_mass", Some("left_arm"), "kg"),
            ("vo2_max", None, ""),
        ] {
            let header = more_header(name, position, unit);
            let read = recognise_all(&["BatonId".into(), header.clone()]).pop().flatten();
            let (position, unit) = (position.map(String::from), unit.to_owned());
            assert_eq!(read, Some(Column::More { name: name.into(), position, unit }), "{header}");
            assert_eq!(recognise_all(&[header]), [None], "in somebody else's table it is none");
        }
    }
}
