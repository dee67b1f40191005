//! The table `activities.csv` of Strava's bulk export, which a person can ask for without an application or a
//! subscription. Pure.
//!
//! Its headings and dates are in the language of the account, and its columns changed over the years; three forms are
//! known: `id,date,name,type,description,elapsed_time,distance,commute,gear,filename` (until June 2019), the same ten with
//! `Activity ID`… (2019) and today's with more than ninety (hugovk/strava-tools #1 and #2; in German in
//! martin-ueding/geo-activity-playground #86, #191, #348). In all of them the first five columns are the same ones, the gear
//! stands before the name of the file, and from that one to the fifth after it are the weights of athlete and bike, elapsed and
//! moving time in seconds and the distance in metres. Times are UTC.

use baton_core::export::{Described, Export};
use baton_core::{Activity, Sport, Statistics, SubSport, Time};
use chrono::NaiveDateTime;

use super::sports;

/// Of the columns that every form begins with.
const ID: usize = 0;
const DATE: usize = 1;
const NAME: usize = 2;
const TYPE: usize = 3;
const DESCRIPTION: usize = 4;
const ELAPSED: usize = 5;

/// How far behind the name of the file, where there are columns behind it.
const MOVING_BEHIND: usize = 4;
const DISTANCE_BEHIND: usize = 5;

/// As they are written in English, in exports of old, and in German.
const DATES: [&str; 3] = ["%b %d, %Y, %I:%M:%S %p", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y, %H:%M:%S"];

/// What the table says; `None` where it is another one.
pub fn read(table: &[u8]) -> Option<Export> {
    let text = String::from_utf8_lossy(table.strip_prefix(b"\xef\xbb\xbf").unwrap_or(table));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let columns = reader.headers().ok()?.len();
    let mut lines = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).ok()? {
        lines.push(record.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    }
    let file = (ELAPSED..columns).find(|column| lines.iter().any(|line| is_file(cell(line, *column))))?;
    let is_export = lines.iter().any(|line| cell(line, ID).parse::<u64>().is_ok());
    is_export.then(|| gather(&lines, file))
}

fn gather(lines: &[Vec<String>], file: usize) -> Export {
    let mut export = Export::default();
    for line in lines.iter().filter(|line| line.iter().any(|cell| !cell.is_empty())) {
        let described = described(line, file);
        let name = cell(line, file).rsplit('/').next().unwrap_or_default();
        if !name.is_empty() {
            export.files.insert(name.to_owned(), described);
        } else if let Some(activity) = without_file(line, file, &described) {
            export.without_file.push(activity);
        } else {
            let title = if described.title.is_empty() { cell(line, ID) } else { &described.title };
            export.faults.push(format!("“{title}” has no file, and its line cannot be read"));
        }
    }
    export
}

fn described(line: &[String], file: usize) -> Described {
    // “Virtual Ride” in the table is `VirtualRide` everywhere else.
    let sport = sports::sport(&cell(line, TYPE).replace([' ', '-'], ""));
    Described {
        title: cell(line, NAME).to_owned(),
        notes: cell(line, DESCRIPTION).to_owned(),
        gear: Some(cell(line, file - 1).to_owned()).filter(|gear| !gear.is_empty()),
        sport: sport.map(|(sport, _)| sport),
        sub_sport: sport.map(|(_, sub_sport)| sub_sport),
    }
}

/// An activity that was typed in.
fn without_file(line: &[String], file: usize, described: &Described) -> Option<Activity> {
    cell(line, ID).parse::<u64>().ok()?;
    let start = time(cell(line, DATE))?;
    let elapsed = number(cell(line, ELAPSED)).filter(|seconds| *seconds > 0.0 && *seconds < 1e7)?;
    let moving = number(cell(line, file + MOVING_BEHIND)).filter(|seconds| *seconds > 0.0);
    let distance = number(cell(line, file + DISTANCE_BEHIND)).filter(|metres| *metres > 0.0);
    let mut activity = Activity {
        start,
        elapsed,
        timer: moving.unwrap_or(elapsed).min(elapsed),
        sport: Sport::GENERIC,
        sub_sport: SubSport::GENERIC,
        totals: Statistics { distance, ..Statistics::default() },
        ..Activity::default()
    };
    described.apply(&mut activity);
    Some(activity)
}

fn time(text: &str) -> Option<Time> {
    // A narrow no-break space stands before AM and PM in newer ones.
    let text = text.replace(['\u{202f}', '\u{a0}'], " ");
    DATES.iter().find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok()).map(|time| time.and_utc())
}

fn number(text: &str) -> Option<f64> {
    text.replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}

fn is_file(text: &str) -> bool {
    let name = text.strip_suffix(".gz").unwrap_or(text);
    text.starts_with("activities/") && [".fit", ".tcx", ".gpx"].iter().any(|ending| name.ends_with(ending))
}

fn cell(line: &[String], column: usize) -> &str {
    line.get(column).map(String::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const TODAY: &str = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,\
        Max Heart Rate,Relative Effort,Commute,Activity Private Note,Activity Gear,Filename,Athlete Weight,Bike Weight,\
        Elapsed Time,Moving Time,Distance,Max Speed,Media\n\
        7001,\"Nov 20, 2026, 6:04:00 AM\",\"Lake, and back\",Virtual Ride,\"with \"\"wind\"\"\",3700,20.10,150,55,false,,Patria,\
        activities/7001.fit.gz,75,9,3700,3600,20100.0,11,media/a.jpg\n\
        7002,\"Nov 20, 2026, 6:04:00\u{202f}PM\",Push-ups,Weight Training,,600,0,,,false,,,,,,600,590,0,,\n";
    const GERMAN: &str = "\u{feff}Aktivitäts-ID,Aktivitätsdatum,Name der Aktivität,Aktivitätsart,Aktivitätsbeschreibung,\
        Verstrichene Zeit,Distanz,Max. Herzfrequenz,Relative Leistung,Pendeln,Hinweis,Aktivitätsausrüstung,Dateiname,\
        Sportlergewicht,Fahrradgewicht,Verstrichene Zeit,Bewegungszeit,Distanz\n\
        7001,\"09.12.2022, 15:24:49\",Feierabendrunde,Radfahrt,\"bewölkt,\n 0°C\",3189,\"9,44\",,,true,,Patria,\
        activities/7001.gpx,,20.0,3189.0,2070.0,9440.5\n\
        7002,\"09.12.2022, 18:00:00\",Spaziergang,Spaziergang,,1800,\"2,5\",,,,,,,,,1800.0,1700.0,2500.0\n";
    const OLD: &str = "id,date,name,type,description,elapsed_time,distance,commute,gear,filename\n\
        7001,2018-09-12 15:02:23,Evening Ride,Ride,,783,3681.0,true,Patria,activities/7001.gpx\n";

    #[rstest]
    #[case(TODAY, "7001.fit.gz", "Lake, and back", "with \"wind\"", Some(SubSport::VIRTUAL_ACTIVITY))]
    #[case(GERMAN, "7001.gpx", "Feierabendrunde", "bewölkt,\n 0°C", None)]
    #[case(OLD, "7001.gpx", "Evening Ride", "", Some(SubSport::GENERIC))]
    fn every_form_says_what_belongs_to_a_file(
        #[case] table: &str,
        #[case] file: &str,
        #[case] title: &str,
        #[case] notes: &str,
        #[case] sub_sport: Option<SubSport>,
    ) {
        let export = read(table.as_bytes()).unwrap();
        let described = &export.files[file];
        assert_eq!((described.title.as_str(), described.notes.as_str()), (title, notes));
        assert_eq!((described.gear.as_deref(), described.sub_sport), (Some("Patria"), sub_sport));
        assert_eq!((export.files.len(), export.faults), (1, Vec::<String>::new()));
    }

    #[rstest]
    #[case(TODAY, "2026-11-20T18:04:00Z", "Push-ups", Sport::TRAINING, (600.0, 590.0), None)]
    #[case(GERMAN, "2022-12-09T18:00:00Z", "Spaziergang", Sport::GENERIC, (1800.0, 1700.0), Some(2500.0))]
    fn what_was_typed_in_is_what_the_table_tells(
        #[case] table: &str,
        #[case] start: &str,
        #[case] title: &str,
        #[case] sport: Sport,
        #[case] (elapsed, timer): (f64, f64),
        #[case] distance: Option<f64>,
    ) {
        let [activity] = &read(table.as_bytes()).unwrap().without_file[..] else {
            panic!("one was typed in")
        };
        assert_eq!((activity.start, activity.title.as_str()), (start.parse().unwrap(), title));
        assert_eq!((activity.sport, activity.elapsed, activity.timer), (sport, elapsed, timer));
        assert_eq!(activity.totals.distance, distance);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let table =
            format!("{TODAY}7003,\"20 novembre 2026 à 06:04\",Sieste,Autre,,600,0,,,,,,,,,600,600,0,,\n");
        let export = read(table.as_bytes()).unwrap();
        assert_eq!(export.faults, ["“Sieste” has no file, and its line cannot be read"]);
        assert_eq!((export.files.len(), export.without_file.len()), (1, 1));
    }

    #[rstest]
    #[case("")]
    #[case("Bike Name,Bike Brand\nPatria,Patria\n")]
    #[case("Date,Weight\n2026-11-20,70\n")]
    fn another_table_is_none(#[case] table: &str) {
        assert!(read(table.as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn anything_is_read_or_left(table in any::<Vec<u8>>(), cells in "[-0-9,.:a-z\"\n]{0,200}") {
            let _ = read(&table);
            let _ = read(format!("{TODAY}{cells}").as_bytes());
        }
    }
}
