//! Measurements in and out of a folder: each once, whole, and found again, whatever happens between two writings.

use std::sync::Arc;

use baton_core::{BloodPressure, Connection, Entry, Owner, Parcel, Receipt, Source, Time, Window};
use futures::TryStreamExt;

use super::super::tests::{age, connect, names, ride};
use super::*;

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

fn weigh_in(time: &str, weight: f64) -> Measured {
    let body = Body { time: at(time), utc_offset: Some(3600), weight: Some(weight), ..Body::default() };
    Measured::Body(Body { percent_fat: Some(20.1), ..body })
}

fn pressure(time: &str, systolic: u16) -> Measured {
    let (time, utc_offset) = (at(time), Some(3600));
    let pressure = BloodPressure { time, utc_offset, systolic, diastolic: 82, ..BloodPressure::default() };
    Measured::BloodPressure(pressure)
}

fn parcel(id: &str, measured: &Measured) -> Parcel {
    let item = Item::from(measured.clone());
    let file = baton_fit::encode(&item, Format::Fit, &EncodeOptions::default()).unwrap();
    let title = "Weight".to_owned();
    let (span, item, external_id) = (item.span(), Arc::new(item), id.to_owned());
    Parcel { item, span, file, external_id, title, description: None, gear: None }
}

fn is_created(receipt: &Result<Receipt>) -> bool {
    matches!(receipt, Ok(Receipt::Created { .. }))
}

fn lines(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("measurements.csv")).unwrap();
    text.lines().skip(1).map(String::from).collect()
}

/// The weights in a day's file.
fn weights(folder: &Path, day: &str) -> Vec<f64> {
    let bytes = std::fs::read(folder.join("Weight").join(format!("{day} Weight.fit"))).unwrap();
    let items = baton_fit::decode(&bytes, Format::Fit).unwrap();
    items.iter().filter_map(|item| item.measured()?.weight()).collect()
}

async fn deliver_all(connection: &dyn Connection, parcels: &[Parcel]) -> Vec<Result<Receipt>> {
    let parcels: Vec<&Parcel> = parcels.iter().collect();
    connection.destination().unwrap().deliver_all(&parcels).await
}

async fn list(source: &dyn Source) -> Vec<Entry> {
    source.list(Window::ALL).try_collect().await.unwrap()
}

#[tokio::test]
async fn each_has_one_line_and_each_day_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let destination = connection.destination().unwrap();
    let bodies = [
        weigh_in("2026-11-20T23:30:00Z", 80.1),
        weigh_in("2026-11-21T06:30:00Z", 80.2),
        weigh_in("2026-11-22T06:30:00Z", 80.3),
    ];
    let parcels: Vec<Parcel> =
        bodies.iter().enumerate().map(|(number, body)| parcel(&format!("id{number}"), body)).collect();
    assert_eq!(destination.find(&parcels[0]).await.unwrap(), None);
    assert!(deliver_all(&*connection, &parcels).await.iter().all(is_created));
    let reading = parcel("p", &pressure("2026-11-21T19:00:00Z", 128));
    assert!(is_created(&destination.deliver(&reading).await));
    let before = lines(folder.path());
    assert_eq!(before.len(), 4);
    assert!(before[0].starts_with("2026-11-21 00:30:00,80.1,,20.1,"), "{before:?}");
    assert!(before[3].contains(",Baton,128,82,,+01:00,p"), "{before:?}");
    assert_eq!(names(folder.path()), [".baton-lock", "Weight", "measurements.csv"]);
    assert_eq!(
        names(&folder.path().join("Weight")),
        ["2026-11-21 Weight.fit", "2026-11-22 Weight.fit"],
        "a reading of a cuff is no weight"
    );
    assert_eq!(weights(folder.path(), "2026-11-21"), [80.1, 80.2]);

    for parcel in parcels.iter().chain([&reading]) {
        let key = destination.find(parcel).await.unwrap().unwrap();
        assert_eq!(key.id, parcel.external_id);
        assert!(key.link.unwrap().ends_with("/measurements.csv"));
        let again = destination.deliver(parcel).await.unwrap();
        assert!(matches!(again, Receipt::AlreadyThere { .. }), "{again:?}");
    }
    assert_eq!(lines(folder.path()), before);
}

#[tokio::test]
async fn an_edit_takes_the_former_ones_place() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let destination = connection.destination().unwrap();
    let first = parcel("a", &weigh_in("2026-11-21T06:30:00Z", 80.1));
    deliver_all(&*connection, &[first, parcel("b", &weigh_in("2026-11-21T06:31:00Z", 81.0))]).await;
    let edited = parcel("a", &weigh_in("2026-11-21T06:30:00Z", 79.4));
    assert_eq!(destination.find(&edited).await.unwrap(), None, "not with these values");
    assert!(is_created(&destination.deliver(&edited).await));
    destination.remove(&edited, "a").await.unwrap();
    assert_eq!(lines(folder.path()).len(), 2);
    assert_eq!(weights(folder.path(), "2026-11-21"), [79.4, 81.0]);
    assert!(destination.find(&edited).await.unwrap().is_some());
    // To another day, and the only one of its own.
    deliver_all(&*connection, &[parcel("c", &weigh_in("2026-11-25T06:30:00Z", 80.0))]).await;
    deliver_all(&*connection, &[parcel("c", &weigh_in("2026-11-22T06:30:00Z", 80.0))]).await;
    assert_eq!(lines(folder.path()).len(), 3);
    assert_eq!(names(&folder.path().join("Weight")), ["2026-11-21 Weight.fit", "2026-11-22 Weight.fit"]);
}

#[tokio::test]
async fn a_delivery_cut_off_between_file_and_line_is_made_whole() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    deliver_all(&*connection, &[parcel("a", &weigh_in("2026-11-21T06:30:00Z", 80.1))]).await;
    // What a killed Baton leaves: the day's file with both, the table with one, and a file without its name.
    let mut sheet = Table::open(folder.path()).unwrap().sheet;
    let second = weigh_in("2026-11-21T18:30:00Z", 80.9);
    sheet.put("b", &second);
    write_days(folder.path(), &sheet, &["2026-11-21".parse().unwrap()].into()).unwrap();
    std::fs::write(folder.path().join(".baton-half.part"), "Date,We").unwrap();
    assert_eq!(weights(folder.path(), "2026-11-21"), [80.1, 80.9]);
    assert_eq!(lines(folder.path()).len(), 1);

    let connection = connect(folder.path()).await;
    let second = parcel("b", &second);
    assert_eq!(connection.destination().unwrap().find(&second).await.unwrap(), None);
    assert!(is_created(&connection.destination().unwrap().deliver(&second).await));
    assert_eq!(lines(folder.path()).len(), 2);
    assert_eq!(weights(folder.path(), "2026-11-21"), [80.1, 80.9]);
}

#[tokio::test]
async fn others_tables_are_left_alone_and_others_lines_count() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = "Date,Weight\n2026-11-21 07:30:00,80.1\n";
    std::fs::write(folder.path().join("measurements.csv"), foreign).unwrap();
    let connection = connect(folder.path()).await;
    deliver_all(&*connection, &[parcel("a", &weigh_in("2026-11-21T06:30:00Z", 80.1))]).await;
    assert_eq!(std::fs::read_to_string(folder.path().join("measurements.csv")).unwrap(), foreign);
    let own = folder.path().join("measurements (2).csv");
    // The person adds a line by hand; the same from another account is there already.
    let mut text = std::fs::read_to_string(&own).unwrap();
    text.push_str(&text.lines().nth(1).unwrap().replace("07:30", "09:30").replace(",a", ","));
    std::fs::write(&own, text).unwrap();
    let same = parcel("x", &weigh_in("2026-11-21T08:30:00Z", 80.1));
    let destination = connection.destination().unwrap();
    assert!(destination.find(&same).await.unwrap().is_some());
    assert!(matches!(destination.deliver(&same).await, Ok(Receipt::AlreadyThere { .. })));
    assert_eq!(std::fs::read_to_string(&own).unwrap().lines().count(), 3);
}

#[tokio::test]
async fn a_workout_and_a_measurement_go_each_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let mixed = [ride("Ride"), parcel("a", &weigh_in("2026-11-21T06:30:00Z", 80.1))];
    assert!(deliver_all(&*connection, &mixed).await.iter().all(is_created));
    assert_eq!(
        names(folder.path()),
        [".baton-lock", "2026-11-21 0730 Ride.fit", "Weight", "measurements.csv"]
    );
}

#[tokio::test]
async fn where_files_are_not_wanted_as_fit_there_are_only_lines() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let mut parcel = parcel("a", &weigh_in("2026-11-21T06:30:00Z", 80.1));
    parcel.file.format = Format::Json;
    assert!(is_created(&connection.destination().unwrap().deliver(&parcel).await));
    assert_eq!(names(folder.path()), [".baton-lock", "measurements.csv"]);
}

#[tokio::test]
async fn what_was_written_comes_back_once_and_under_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let parcels = [
        parcel("a", &weigh_in("2026-11-20T23:30:00Z", 80.1)),
        parcel("b", &weigh_in("2026-11-21T06:30:00Z", 80.2)),
    ];
    deliver_all(&*connection, &parcels).await;
    deliver_all(&*connection, &[parcel("p", &pressure("2026-11-21T19:00:00Z", 128))]).await;
    let entries = list(connection.source().unwrap()).await;
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["a", "b", "p"], "the days' files hold nothing more");
    assert_eq!(entries[1].measured, Some(weigh_in("2026-11-21T06:30:00Z", 80.2)));
    assert!(entries.iter().all(|entry| entry.in_progress), "it was written this moment");
}

fn drop_in(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
    age(&folder.join(name));
}

#[tokio::test]
async fn a_table_that_grows_brings_only_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let source = connection.source().unwrap();
    let head = "Date,Weight (kg),Comments\n";
    drop_in(folder.path(), "weight.csv", &format!("{head}2026-11-20 07:30:00,80.1,\noops,1,\n"));
    let before = list(source).await;
    assert_eq!(before.len(), 1);
    let [Entry { title, owner, in_progress, .. }] = &before[..] else { panic!() };
    assert_eq!((title.as_str(), *owner, *in_progress), ("Weight", Owner::Certain, false));
    drop_in(
        folder.path(),
        "weight.csv",
        &format!("{head}2026-11-21 07:30:00,80.4,\n2026-11-20 07:30:00,80.1,\n"),
    );
    let after = list(source).await;
    assert_eq!(after.len(), 2);
    assert!(after.contains(&before[0]), "as it was: {after:?}");
    // A later export with a correction, and the same once more.
    drop_in(
        folder.path(),
        "corrected.csv",
        &format!("{head}2026-11-20 07:30:00,80.6,\n2026-11-21 07:30:00,80.4,\n"),
    );
    let hour = std::time::Duration::from_hours(1);
    let old = std::fs::File::options().write(true).open(folder.path().join("weight.csv")).unwrap();
    old.set_modified(SystemTime::now() - hour).unwrap();
    let corrected = list(source).await;
    assert_eq!(corrected.len(), 2);
    let now = corrected.iter().find(|entry| entry.key == before[0].key).unwrap();
    assert_eq!(now.measured.as_ref().and_then(Measured::weight), Some(80.6));
    assert_ne!(now.revision, before[0].revision);
    // One that knows less and says nothing else changes nothing.
    drop_in(folder.path(), "fuller.csv", "Date,Weight (kg),Fat %\n2026-11-21 07:30:00,80.4,20\n");
    drop_in(folder.path(), "later.csv", &format!("{head}2026-11-21 07:30:00,80.4,\n"));
    let fuller = list(source).await;
    assert_eq!(fuller.len(), 2);
    assert!(fuller.iter().any(|entry| measurements_values(entry) == Some(2)), "{fuller:?}");
    let fetched = source.fetch(now).await.unwrap();
    assert_eq!(fetched.item.measured(), now.measured);
}

fn measurements_values(entry: &Entry) -> Option<usize> {
    entry.measured.as_ref().map(baton_fit::measurements::values)
}

#[tokio::test]
async fn several_people_in_one_table_wait_for_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let text = "Date,Weight,User\n2026-11-20 07:30:00,80.1,Anna\n2026-11-20 07:30:00,64.2,Bert\n";
    drop_in(folder.path(), "scale.csv", text);
    drop_in(folder.path(), "steps.csv", "Date,Steps\n2026-11-20,9000\n");
    let entries = list(connection.source().unwrap()).await;
    assert_eq!(entries.len(), 2);
    assert!(entries.iter().all(|entry| entry.owner == Owner::Doubtful), "{entries:?}");
}

#[tokio::test]
async fn weight_files_are_read_and_a_table_of_the_same_adds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let weigh_ins = [weigh_in("2026-11-20T06:30:00Z", 80.1), weigh_in("2026-11-21T06:30:00Z", 80.2)];
    let bodies: Vec<&Body> = weigh_ins
        .iter()
        .filter_map(|measured| if let Measured::Body(body) = measured { Some(body) } else { None })
        .collect();
    let file = baton_fit::encode_bodies(&bodies, &EncodeOptions::default()).unwrap();
    std::fs::write(folder.path().join("scale.fit"), &file.bytes).unwrap();
    age(&folder.path().join("scale.fit"));
    let entries = list(connection.source().unwrap()).await;
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["body-20261120T063000Z", "body-20261121T063000Z"]);
    assert_eq!(entries[0].measured.as_ref().and_then(Measured::weight), Some(80.1));
    drop_in(folder.path(), "scale.csv", "Date,Weight,BodyFat\n2026-11-20T07:30:00+01:00,80.10,20.1\n");
    assert_eq!(list(connection.source().unwrap()).await.len(), 2);
}
