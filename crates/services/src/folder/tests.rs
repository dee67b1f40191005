//! The folder from outside: what is written is found again, what is dropped is listed, nothing is overwritten.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use baton_core::{Activity, ErrorKind, File, Item, Parcel, Receipt, Record, Sport, TokenStore, Window};
use futures::TryStreamExt;

use super::*;
use crate::Endpoints;

struct Memory(Mutex<Tokens>);

#[async_trait]
impl TokenStore for Memory {
    async fn load(&self) -> Result<Tokens> {
        Ok(self.0.lock().unwrap().clone())
    }
    async fn save(&self, tokens: &Tokens) -> Result<()> {
        *self.0.lock().unwrap() = tokens.clone();
        Ok(())
    }
    async fn lock(&self) -> Result<Box<dyn Send>> {
        Ok(Box::new(()))
    }
}

fn service() -> Folder {
    Folder::new(Arc::new(World::new(Endpoints::default(), Arc::new(|| SystemTime::now().into()))))
}

pub async fn connect(path: &Path) -> Box<dyn Connection> {
    let mut flow = service().sign_in("folder", None).unwrap();
    assert!(matches!(flow.next(None).await, Ok(Next::Ask(Prompt::Folder { .. }))));
    let Ok(Next::Done(done)) = flow.next(Some(Reply::Folder(path.to_owned()))).await else {
        panic!("not connected")
    };
    assert_eq!(done.user_key, path.canonicalize().unwrap().display().to_string());
    let cell = TokenCell::new(Arc::new(Memory(Mutex::new(done.tokens))));
    service().connect(Arc::new(cell)).unwrap()
}

pub fn ride(title: &str) -> Parcel {
    let start = "2026-11-21T06:30:00Z".parse().unwrap();
    let mut activity =
        Activity { start, utc_offset: Some(3600), elapsed: 60.0, timer: 60.0, ..Activity::default() };
    activity.sport = Sport::CYCLING;
    activity.records = (0..=60)
        .map(|second| Record {
            time: start + chrono::TimeDelta::seconds(second),
            heart_rate: Some(120),
            ..Record::default()
        })
        .collect();
    let (item, _) = baton_core::clean::clean(
        Item::Activity(Box::new(activity)),
        &baton_core::clean::Preferences::default(),
    );
    let file = baton_fit::encode(&item, Format::Fit, &baton_fit::EncodeOptions::default()).unwrap();
    let span = item.span();
    Parcel {
        item: Arc::new(item),
        span,
        file,
        external_id: "x".into(),
        title: title.into(),
        description: None,
        gear: None,
    }
}

pub fn age(path: &Path) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_mins(1)).unwrap();
}

pub fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(path)
        .unwrap()
        .map(|item| item.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_delivery_is_named_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let destination = connection.destination().unwrap();
    let parcel = ride("Morning: Ride");
    assert!(destination.find(&parcel).await.unwrap().is_none());
    let Receipt::Created { key, .. } = destination.deliver(&parcel).await.unwrap() else {
        panic!("not created")
    };
    assert!(key.link.as_ref().unwrap().ends_with("2026-11-21%200730%20Morning%20Ride.fit"), "{key:?}");
    assert_eq!(destination.find(&parcel).await.unwrap(), Some(key.clone()));
    assert_eq!(destination.deliver(&parcel).await.unwrap(), Receipt::AlreadyThere { key: Some(key) });

    let mut other = ride("Morning: Ride");
    other.file = File { format: Format::Fit, bytes: Arc::from(&b"other"[..]) };
    assert!(matches!(destination.deliver(&other).await.unwrap(), Receipt::Created { .. }));
    assert_eq!(
        names(folder.path()),
        ["2026-11-21 0730 Morning Ride (2).fit", "2026-11-21 0730 Morning Ride.fit"]
    );
}

#[tokio::test]
async fn what_a_killed_delivery_left_goes_with_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".baton-2026-11-21 0730 Morning Ride.fit.part"), "half").unwrap();
    let connection = connect(folder.path()).await;
    let delivered = connection.destination().unwrap().deliver(&ride("Morning Ride")).await;
    assert!(matches!(delivered.unwrap(), Receipt::Created { .. }));
    assert_eq!(names(folder.path()), ["2026-11-21 0730 Morning Ride.fit"]);
}

#[tokio::test]
async fn what_was_written_is_recognised_when_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let Receipt::Created { key, .. } =
        connection.destination().unwrap().deliver(&ride("Ride")).await.unwrap()
    else {
        panic!("not created")
    };
    let entries: Vec<_> = connection.source().unwrap().list(Window::ALL).try_collect().await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].key, key.id);
    assert!(entries[0].in_progress, "it was written this moment");
}

#[tokio::test]
async fn dropped_files_are_listed_once_wherever_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let source = connection.source().unwrap();
    let parcel = ride("Ride");
    let below = folder.path().join("2026").join("11");
    std::fs::create_dir_all(&below).unwrap();
    for path in
        [below.join("Lunch spin.FIT"), folder.path().join("copy.fit"), folder.path().join(".hidden.fit")]
    {
        std::fs::write(&path, &parcel.file.bytes).unwrap();
        age(&path);
    }
    std::fs::write(folder.path().join("broken.fit"), b"not a FIT file").unwrap();
    std::fs::write(folder.path().join("notes.txt"), b"hello").unwrap();
    age(&folder.path().join("broken.fit"));

    let entries: Vec<_> = source.list(Window::ALL).try_collect().await.unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(entries[0].span, parcel.span);
    assert!(!entries[0].in_progress);
    assert_eq!(entries[0].sport, Some(Sport::CYCLING));

    // Renamed, it stays the same entry, and it can still be fetched.
    std::fs::remove_file(folder.path().join("copy.fit")).unwrap();
    std::fs::rename(below.join("Lunch spin.FIT"), below.join("Dinner.fit")).unwrap();
    let again: Vec<_> = source.list(Window::ALL).try_collect().await.unwrap();
    assert_eq!(again.iter().map(|entry| &entry.key).collect::<Vec<_>>(), [&entries[0].key]);
    assert_eq!(again[0].title, "Dinner");
    let fetched = source.fetch(&again[0]).await.unwrap();
    assert_eq!(fetched.item.span(), parcel.span);
    assert_eq!(fetched.item.original().unwrap().bytes, parcel.file.bytes);

    let later = Window { from: Some(parcel.span.end), until: None };
    assert!(source.list(later).try_collect::<Vec<_>>().await.unwrap().is_empty());
    std::fs::remove_dir_all(folder.path().join("2026")).unwrap();
    assert!(matches!(
        source.fetch(&again[0]).await.err().unwrap().kind,
        ErrorKind::Storage | ErrorKind::Rejected { .. }
    ));
}

#[tokio::test]
async fn a_folder_that_went_away_is_a_fault_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let connection = connect(&inner).await;
    std::fs::remove_dir(&inner).unwrap();
    let error = connection.destination().unwrap().deliver(&ride("Ride")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Storage);
    let listed: Result<Vec<_>> = connection.source().unwrap().list(Window::ALL).try_collect().await;
    assert_eq!(listed.unwrap_err().kind, ErrorKind::Storage);
}

#[tokio::test]
async fn only_folders_that_exist_are_connected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    for path in [folder.path().join("none"), file, PathBuf::new()] {
        let mut flow = service().sign_in("folder", None).unwrap();
        flow.next(None).await.unwrap();
        let error = flow.next(Some(Reply::Folder(path))).await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::BadInput);
    }
}

#[tokio::test]
async fn packed_files_are_listed_and_fetched_one_by_one() {
    use std::io::Write as _;

    let folder = tempfile::tempdir().unwrap();
    let connection = connect(folder.path()).await;
    let source = connection.source().unwrap();
    let parcel = ride("Ride");
    let morning = &parcel.file.bytes;
    // The same ride, told as another device's.
    let device = baton_core::Device { serial_number: 7, ..baton_core::Device::default() };
    let options = baton_fit::EncodeOptions { device, ..baton_fit::EncodeOptions::default() };
    let later = baton_fit::encode(&parcel.item, Format::Fit, &options).unwrap().bytes;
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packing.write_all(&later).unwrap();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let members = [
        ("activities/Broken.fit", &b"not a FIT file"[..]),
        ("activities/Hill climb.fit.gz", &packing.finish().unwrap()),
        ("../../Lunch.fit", morning),
        ("media/photo.jpg", b"picture"),
    ];
    for (name, bytes) in members {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    let archive = folder.path().join("export.zip");
    std::fs::write(&archive, writer.finish().unwrap().into_inner()).unwrap();
    age(&archive);

    let mut entries: Vec<_> = source.list(Window::ALL).try_collect().await.unwrap();
    entries.sort_by(|one, other| one.title.cmp(&other.title));
    let titles: Vec<&str> = entries.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(titles, ["Hill climb", "Lunch"]);
    assert_eq!(entries[1].key, content_key(morning), "known by its content, as outside of the archive");
    for entry in &entries {
        assert_eq!(source.fetch(entry).await.unwrap().item.title(), entry.title);
    }
    assert_eq!(names(folder.path()), ["export.zip"], "nothing is unpacked onto the disk");
    // Beside the archive it is the same entry.
    std::fs::write(folder.path().join("Lunch.fit"), morning).unwrap();
    age(&folder.path().join("Lunch.fit"));
    assert_eq!(source.list(Window::ALL).try_collect::<Vec<_>>().await.unwrap().len(), 2);

    std::fs::write(&archive, b"PK\x03\x04 cut off").unwrap();
    age(&archive);
    assert_eq!(source.list(Window::ALL).try_collect::<Vec<_>>().await.unwrap().len(), 1);
    assert!(source.fetch(&entries[0]).await.is_err());
}
