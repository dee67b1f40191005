//! Zip archives: every workout in them comes in once, what cannot be read is named, and nothing is written by their names.

use std::io::{Cursor, Write};
use std::path::Path;

use baton_core::{ErrorKind, Format};
use baton_engine::Engine;

use crate::fake::{Ready, World, at};

/// A ride's FIT file.
async fn ride(engine: &Engine, folder: &Path, minute: i64) -> Vec<u8> {
    let raw = folder.join("raw.json");
    std::fs::write(&raw, format!("{{\"spring\": {minute}}}")).unwrap();
    let written = engine.convert(&raw, Format::Fit, folder).await.unwrap();
    std::fs::read(&written[0]).unwrap()
}

fn archive(path: &Path, files: &[(&str, &[u8])]) {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    std::fs::write(path, writer.finish().unwrap().into_inner()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_is_taken_in_file_by_file() {
    let world = World::with_rides(0);
    let Ready { engine, home } = world.ready().await;
    let folder = home.path().join("in");
    std::fs::create_dir(&folder).unwrap();
    let (first, second) = (ride(&engine, &folder, 0).await, ride(&engine, &folder, 60).await);
    let path = folder.join("export.zip");
    archive(
        &path,
        &[
            ("activities/1.fit", &first),
            ("activities/broken.fit", &first[..20]),
            ("../2.fit", &second),
            ("again/1.fit", &first),
            ("profile.csv", b"name\nMaria"),
        ],
    );

    let look = engine.look_into(std::slice::from_ref(&path)).await.unwrap().remove(0);
    assert_eq!((look.name.as_str(), look.items, look.start), ("export.zip", 3, Some(at(0))));
    assert_eq!(look.remarks.len(), 1);
    assert!(look.remarks[0].starts_with("broken.fit: This FIT file is damaged"), "{:?}", look.remarks);
    assert_eq!(look.error, None);

    let summary = engine.import(std::slice::from_ref(&path), Some("lake")).await.unwrap();
    assert_eq!(
        (summary.summary.created, summary.summary.failed),
        (2, 0),
        "the same file twice is one activity"
    );
    let again = engine.import(std::slice::from_ref(&path), Some("lake")).await.unwrap();
    assert_eq!((again.summary.created, again.summary.already_there), (0, 2));
    world.assert_each_once("maria", 2);

    let out = home.path().join("out");
    let written = engine.convert(&path, Format::Tcx, &out).await.unwrap();
    assert!(written.len() == 3 && written.iter().all(|file| file.starts_with(&out)), "{written:?}");

    for (files, words) in [
        (&[("photo.jpg", &b"picture"[..])][..], "there is no FIT, TCX or GPX file in this zip archive"),
        (&[("1.fit", &b"none"[..])], "1.fit: This is not a FIT file"),
    ] {
        archive(&path, files);
        let error = engine.import(std::slice::from_ref(&path), Some("lake")).await.unwrap_err();
        assert_eq!(
            (error.kind, error.message),
            (ErrorKind::BadInput, format!("{}: {words}", path.display()))
        );
    }
    std::fs::write(&path, b"PK\x03\x04").unwrap();
    let look = engine.look_into(&[path]).await.unwrap().remove(0);
    assert!(look.error.unwrap().message.ends_with("This zip archive is damaged or cut off"));
}
