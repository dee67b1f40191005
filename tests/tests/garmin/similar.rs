//! A watch recorded the same ride: it is told from Baton's own, however an upload ends, and stays as it is.

use baton_core::same::Outline;
use baton_core::{Similar, Sport, SubSport};

use super::*;

/// What the watch recorded, begun a little before the ride and ended a little after it.
fn by_the_watch(seconds_earlier: i64) -> Vec<u8> {
    let ride = SampleActivity::default();
    let start = ride.start - seconds_earlier;
    fit_file(&SampleActivity { start, elapsed_seconds: 1840, manufacturer: 1, product: 4257, ..ride })
}

fn watch(stage: &Stage) -> u64 {
    stage.sim.add_recording(EMAIL, "On my wrist", by_the_watch(20)).unwrap()
}

/// The watch's activity is as it was; gives what else is there.
fn beside(stage: &Stage, watch: u64) -> Vec<baton_tests::garmin::Activity> {
    let (own, others): (Vec<_>, Vec<_>) = stage.sim.activities().into_iter().partition(|it| it.id != watch);
    let kept = &others[0];
    assert_eq!((kept.name.as_deref(), kept.description.as_deref()), (Some("On my wrist"), None));
    assert!(kept.gear.is_empty());
    own
}

#[tokio::test]
async fn a_listing_tells_what_is_there() {
    let stage = Stage::plain();
    assert!(stage.sim.add_device(EMAIL, u64::from(SERIAL_NUMBER), "Forerunner 265"));
    let watch = watch(&stage);
    let connection = stage.connected().await;
    let destination = connection.destination().unwrap();
    let ride = ride();
    for _ in 0..3 {
        let (key, similar) =
            destination.similar(ride.item.kind(), &Outline::from(&*ride.item)).await.unwrap().unwrap();
        assert_eq!(key.id, watch.to_string());
        let expected = Similar {
            start: ride.span.start - TimeDelta::seconds(20),
            seconds: Some(1840),
            sport: Some(Sport::CYCLING),
            sub_sport: Some(SubSport::INDOOR_CYCLING),
            device: Some("Forerunner 265".into()),
        };
        assert_eq!(similar, expected);
    }
    let asked = |path: &str| stage.sim.requests().iter().filter(|it| it.path.starts_with(path)).count();
    assert_eq!((asked("/device-service"), asked("/activitylist-service")), (1, 1), "asked once");
    assert_eq!(asked("/download-service"), 0, "a plan fetches no file");
    stage.assert_clean();
}

#[tokio::test]
async fn a_device_that_cannot_be_named_is_left_out() {
    let stage = Stage::plain();
    watch(&stage);
    let connection = stage.connected().await;
    stage.sim.fault("device", Fault::Outage { status: 503 }, Times::Always);
    let ride = ride();
    let similar = connection
        .destination()
        .unwrap()
        .similar(ride.item.kind(), &Outline::from(&*ride.item))
        .await
        .unwrap();
    assert_eq!(similar.unwrap().1.device, None);
}

#[rstest]
#[case("upload", None, Times::Always)]
#[case("upload", Some(Fault::Immediate), Times::Always)]
#[case("upload", Some(Fault::PollNeverEnds), Times::Always)]
#[case("upload", Some(Fault::AcceptedThen500), Times::Next(1))]
#[case("upload", Some(Fault::CutAfter), Times::Next(1))]
#[case("poll", Some(Fault::Outage { status: 503 }), Times::Always)]
#[tokio::test]
async fn both_are_kept_and_only_the_new_one_is_named(
    #[case] on: &str,
    #[case] fault: Option<Fault>,
    #[case] times: Times,
) {
    let stage = Stage::plain();
    let watch = watch(&stage);
    let bike = stage.sim.add_gear(EMAIL, "Bike", "Bike").unwrap();
    let connection = stage.connected().await;
    if let Some(fault) = fault {
        stage.sim.fault(on, fault, times);
    }
    let parcel = Parcel { description: Some("With Denis".into()), gear: Some(bike.clone()), ..ride() };
    let receipt = connection.destination().unwrap().deliver(&parcel).await.unwrap();
    let Receipt::Created { key, remarks } = receipt else { panic!("not created") };
    assert_eq!(remarks, Vec::<String>::new());
    let own = beside(&stage, watch);
    assert_eq!((own.len(), key.id), (1, own[0].id.to_string()));
    assert_eq!(own[0].name.as_deref(), Some("30 min Power Zone Ride"));
    assert_eq!((own[0].description.as_deref(), &own[0].gear), (Some("With Denis"), &vec![bike]));
    assert_eq!((stage.sim.uploads_received().len(), stage.sim.duplicates()), (1, 0));
    stage.assert_clean();
}

#[tokio::test]
async fn a_recording_that_comes_in_the_middle_is_not_taken_for_the_upload() {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    let destination = connection.destination().unwrap();
    assert_eq!(destination.find(&ride()).await.unwrap(), None);
    // Listed before and synchronised by the watch since: its start is even the nearer one.
    let watch = stage.sim.add_recording(EMAIL, "On my wrist", by_the_watch(0)).unwrap();
    let later = SampleActivity { start: SampleActivity::default().start + 3, ..SampleActivity::default() };
    let mut parcel = ride();
    parcel.file.bytes = fit_file(&later).into();
    stage.sim.fault("upload", Fault::PollNeverEnds, Times::Always);
    let Receipt::Created { key, .. } = destination.deliver(&parcel).await.unwrap() else {
        panic!("not created")
    };
    let own = beside(&stage, watch);
    assert_eq!((own.len(), key.id), (1, own[0].id.to_string()));
    assert_eq!(own[0].name.as_deref(), Some("30 min Power Zone Ride"));
    stage.assert_clean();
}

#[tokio::test]
async fn an_upload_that_never_arrived_is_not_settled_by_the_watch() {
    let stage = Stage::plain();
    let watch = watch(&stage);
    let connection = stage.connected().await;
    let destination = connection.destination().unwrap();
    stage.sim.fault("upload", Fault::CutBefore, Times::Next(1));
    assert_eq!(error(destination.deliver(&ride()).await).kind, ErrorKind::Unsettled);
    assert_eq!(destination.find(&ride()).await.unwrap(), None);
    assert!(beside(&stage, watch).is_empty());
    assert!(matches!(destination.deliver(&ride()).await.unwrap(), Receipt::Created { .. }));
    assert_eq!(beside(&stage, watch).len(), 1);
    stage.assert_clean();
}

#[tokio::test]
async fn after_a_crash_the_own_one_is_found_among_both() {
    let stage = Stage::plain();
    let watch = watch(&stage);
    let before = stage.connected().await;
    assert_eq!(before.destination().unwrap().find(&ride()).await.unwrap(), None);
    before.destination().unwrap().deliver(&ride()).await.unwrap();
    let after = stage.connected().await;
    let found = after.destination().unwrap().find(&ride()).await.unwrap().unwrap();
    assert_eq!(found.id, beside(&stage, watch)[0].id.to_string());
    // Where Garmin cannot be asked for the file, nothing is taken for it.
    stage.sim.fault("download", Fault::Outage { status: 503 }, Times::Always);
    assert_eq!(error(after.destination().unwrap().find(&ride()).await).kind, ErrorKind::ServiceDown);
    stage.assert_clean();
}

#[rstest]
#[case(None)]
#[case(Some(Fault::ExistingIdAsSuccess))]
#[tokio::test]
async fn what_garmin_takes_for_the_same_stays_already_there(#[case] fault: Option<Fault>) {
    let stage = Stage::plain();
    let watch = stage.sim.add_recording(EMAIL, "On my wrist", by_the_watch(0)).unwrap();
    let connection = stage.connected().await;
    if let Some(fault) = fault {
        stage.sim.fault("upload", fault, Times::Always);
    }
    let receipt = connection.destination().unwrap().deliver(&ride()).await.unwrap();
    let Receipt::AlreadyThere { key: Some(key) } = receipt else { panic!("{receipt:?}") };
    assert_eq!(key.id, watch.to_string());
    assert!(beside(&stage, watch).is_empty());
    stage.assert_clean();
}
