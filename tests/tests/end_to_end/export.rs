//! Strava's bulk export, handed to the real program as it comes: with a table in another language, pictures, damage, and
//! what was typed in.

use std::io::{Cursor, Write};
use std::path::Path;
use std::time::Duration;

use baton_core::{Activity, Format, Item, Position, Record, Sport, SubSport, Time};
use baton_fit::EncodeOptions;
use baton_tests::garmin::{self, GarminSimulator};
use baton_tests::program::{Computer, well};
use chrono::TimeDelta;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::world::{EMAIL, GARMIN_PASSWORD};

const TABLE: &str = "\u{feff}Aktivitäts-ID,Aktivitätsdatum,Name der Aktivität,Aktivitätsart,Aktivitätsbeschreibung,\
    Verstrichene Zeit,Distanz,Max. Herzfrequenz,Relative Leistung,Pendeln,Hinweis,Aktivitätsausrüstung,Dateiname,\
    Sportlergewicht,Fahrradgewicht,Verstrichene Zeit,Bewegungszeit,Distanz,Medien\n\
    101,\"18.11.2026, 06:00:00\",Durch den Nebel,Radfahrt,\"kalt, aber schön\",600,3,,,false,,Stadtrad,\
    activities/101.fit.gz,,,600,600,3000,media/a.jpg\n\
    102,\"19.11.2026, 06:00:00\",Zum Fluss,Lauf,,600,\"2,0\",,,false,,,activities/102.tcx,,,600,600,2000,\n\
    103,\"20.11.2026, 06:00:00\",Heimweg,Radfahrt,,600,3,,,false,,Stadtrad,activities/103.gpx.gz,,,600,600,3000,\n\
    104,\"20.11.2026, 18:00:00\",Im Hof,Training,,900,0,,,false,,,,,,900,900,0,\n\
    105,\"21.11.2026, 06:00:00\",Verloren,Lauf,,600,2,,,false,,,activities/105.fit.gz,,,600,600,2000,\n";

fn activity(start: &str, sport: Sport) -> Item {
    let start: Time = start.parse().unwrap();
    let records = (0..600).map(|second| Record {
        time: start + TimeDelta::seconds(second),
        heart_rate: Some(120 + (second / 60) as u8),
        position: Some(Position { latitude: 48.0 + second as f64 * 1e-5, longitude: 11.0 }),
        ..Record::default()
    });
    Item::Activity(Box::new(Activity {
        start,
        sport,
        sub_sport: SubSport::GENERIC,
        elapsed: 600.0,
        timer: 600.0,
        records: records.collect(),
        ..Activity::default()
    }))
}

fn file(start: &str, sport: Sport, format: Format) -> Vec<u8> {
    baton_fit::encode(&activity(start, sport), format, &EncodeOptions::default()).unwrap().bytes.to_vec()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn write_export(path: &Path) {
    let ride = packed(&file("2026-11-18T06:00:00Z", Sport::CYCLING, Format::Fit));
    let mut run = b"   \xef\xbb\xbf".to_vec();
    run.extend(file("2026-11-19T06:00:00Z", Sport::RUNNING, Format::Tcx));
    let way_home = packed(&file("2026-11-20T06:00:00Z", Sport::CYCLING, Format::Gpx));
    let lost = packed(&file("2026-11-21T06:00:00Z", Sport::RUNNING, Format::Fit)[..30]);
    let members: [(&str, &[u8]); 8] = [
        ("profile.csv", b"Athlete ID,Email Address\n1,rider@example.com\n"),
        ("activities.csv", TABLE.as_bytes()),
        ("activities/101.fit.gz", &ride),
        ("activities/102.tcx", &run),
        ("activities/103.gpx.gz", &way_home),
        ("activities/105.fit.gz", &lost),
        ("media/a.jpg", b"\xff\xd8\xff\xe0picture"),
        ("bikes.csv", b"Bike Name,Bike Brand\nStadtrad,\n"),
    ];
    write_archive(path, members);
}

fn write_archive(path: &Path, members: impl IntoIterator<Item = (impl Into<String>, impl AsRef<[u8]>)>) {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(name.into(), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes.as_ref()).unwrap();
    }
    std::fs::write(path, writer.finish().unwrap().into_inner()).unwrap();
}

#[test]
fn everything_of_an_export_arrives_once_with_its_words() {
    let garmin = GarminSimulator::start().unwrap();
    garmin.add_user(garmin::NewUser::new(EMAIL, GARMIN_PASSWORD));
    let computer = Computer::new(&[garmin.endpoints_toml()]);
    let mut command = computer.command(["connect", "garmin", "--method", "password"]);
    command.env("GARMIN_USERNAME", EMAIL).env("GARMIN_PASSWORD", GARMIN_PASSWORD);
    well(&command.output().unwrap());
    let export = computer.path().join("export_7.zip");
    write_export(&export);
    let import = ["import", export.to_str().unwrap(), "--to", "garmin"];

    let output = computer.run(import);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("105.fit.gz: This FIT file is damaged"), "{said}");
    assert!(!said.contains("jpg") && !said.contains("csv"), "{said}");

    let there: Vec<_> = garmin
        .activities()
        .into_iter()
        .map(|it| (it.facts.start, it.name.unwrap_or_default(), it.description.unwrap_or_default()))
        .collect();
    let wanted = [
        ("2026-11-18T06:00:00Z", "Durch den Nebel", "kalt, aber schön (Stadtrad)"),
        ("2026-11-19T06:00:00Z", "Zum Fluss", ""),
        ("2026-11-20T06:00:00Z", "Heimweg", "(Stadtrad)"),
        ("2026-11-20T18:00:00Z", "Im Hof", ""),
    ];
    let wanted = wanted.map(|(start, name, text)| {
        (start.parse::<Time>().unwrap().timestamp(), name.to_owned(), text.to_owned())
    });
    assert_eq!(there, wanted);

    computer.run_well(import);
    assert_eq!(garmin.activities().len(), 4, "the second time nothing is new");
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_was() {
    const FILES: i64 = 120;
    let computer = Computer::new(&[]);
    let there = computer.path().join("there");
    std::fs::create_dir(&there).unwrap();
    well(&computer.answer(["connect", "folder"], &[there.to_str().unwrap()]));
    let first: Time = "2026-01-01T06:00:00Z".parse().unwrap();
    let day = |number| (first + TimeDelta::days(number)).to_rfc3339();
    let members =
        (0..FILES).map(|number| (format!("{number}.fit"), file(&day(number), Sport::CYCLING, Format::Fit)));
    let export = computer.path().join("export.zip");
    write_archive(&export, members);
    let import = ["import", export.to_str().unwrap(), "--quiet"];
    // What was being written when it was killed has no name for people.
    let names = || {
        let names = std::fs::read_dir(&there).unwrap().map(|file| file.unwrap().file_name());
        names.filter(|name| !name.to_string_lossy().starts_with('.')).collect::<Vec<_>>()
    };
    let count = || names().len();

    // While it reads, then twice while it delivers.
    for enough in [0, 10, 60] {
        let mut child = computer.command(import).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(100));
        while count() < enough && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(count() < FILES as usize, "it was killed before its end");
    }
    computer.run_well(import);
    assert_eq!(count(), FILES as usize, "each once: {:?}", names());
}
