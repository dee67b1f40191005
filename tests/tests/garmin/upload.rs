//! Every outcome of an upload: exactly one activity, or a clear reason why not.

use baton_core::same::Outline;

use super::*;

/// Delivers one ride while a fault waits, and checks that exactly one activity is there, with the right name.
async fn delivered(on: &str, fault: Option<Fault>, times: Times) -> (Stage, Receipt) {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    if let Some(fault) = fault {
        stage.sim.fault(on, fault, times);
    }
    let receipt = connection.destination().unwrap().deliver(&ride()).await.unwrap();
    let activities = stage.sim.activities();
    assert_eq!(activities.len(), 1);
    let Receipt::Created { key, remarks } = &receipt else { panic!("{receipt:?}") };
    assert_eq!(key.id, activities[0].id.to_string());
    assert!(key.link.as_ref().unwrap().ends_with(&key.id));
    assert_eq!(remarks, &Vec::<String>::new());
    assert_eq!(activities[0].name.as_deref(), Some("30 min Power Zone Ride"));
    assert_eq!(stage.sim.duplicates(), 0);
    (stage, receipt)
}

#[rstest]
#[case("upload", None)]
#[case("upload", Some(Fault::Immediate))]
#[case("upload", Some(Fault::InternalIdString))]
#[case("upload", Some(Fault::InternalIdQuoted))]
#[case("poll", Some(Fault::InternalIdQuoted))]
#[case("upload", Some(Fault::PollNeverEnds))]
#[case("poll", Some(Fault::Outage { status: 503 }))]
#[case("poll", Some(Fault::CutBefore))]
#[case("poll", Some(Fault::Html))]
#[tokio::test]
async fn created(#[case] on: &str, #[case] fault: Option<Fault>) {
    let (stage, _) = delivered(on, fault, Times::Always).await;
    stage.assert_clean();
}

#[rstest]
#[case(Fault::AcceptedThen500)]
#[case(Fault::CutAfter)]
#[tokio::test]
async fn accepted_without_an_answer_is_looked_up_and_not_sent_again(#[case] fault: Fault) {
    let (stage, _) = delivered("upload", Some(fault), Times::Next(1)).await;
    assert_eq!(stage.sim.uploads_received().len(), 1);
    stage.assert_clean();
}

#[rstest]
#[case(Fault::Outage { status: 502 })]
#[case(Fault::CutBefore)]
#[tokio::test]
async fn not_accepted_and_without_an_answer_stays_unsettled(#[case] fault: Fault) {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    let destination = connection.destination().unwrap();
    stage.sim.fault("upload", fault, Times::Next(1));
    assert_eq!(error(destination.deliver(&ride()).await).kind, ErrorKind::Unsettled);
    assert!(stage.sim.activities().is_empty());
    assert_eq!(destination.find(&ride()).await.unwrap(), None);
    assert!(matches!(destination.deliver(&ride()).await.unwrap(), Receipt::Created { .. }));
    stage.assert_clean();
}

#[tokio::test]
async fn a_plan_learns_what_is_there_by_its_span_alone() {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    let destination = connection.destination().unwrap();
    let (kind, span) = (ride().item.kind(), ride().span);
    assert_eq!(destination.similar(kind, &Outline::new(span)).await.unwrap(), None);
    destination.deliver(&ride()).await.unwrap();
    let (key, _) = destination.similar(kind, &Outline::new(span)).await.unwrap().unwrap();
    assert_eq!(Some(key), destination.find(&ride()).await.unwrap());
    let later =
        baton_core::Span::new(span.start + chrono::TimeDelta::days(1), span.end + chrono::TimeDelta::days(1));
    assert_eq!(destination.similar(kind, &Outline::new(later)).await.unwrap(), None);
    assert_eq!(destination.similar(baton_core::Kind::Body, &Outline::new(span)).await.unwrap(), None);
    stage.assert_clean();
}

#[tokio::test]
async fn what_arrived_late_is_found_by_the_next_look() {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    let destination = connection.destination().unwrap();
    destination.find(&ride()).await.unwrap();
    stage.sim.fault("upload", Fault::CutAfter, Times::Next(1));
    stage.sim.fault("list", Fault::Outage { status: 503 }, Times::Next(2));
    assert_eq!(error(destination.deliver(&ride()).await).kind, ErrorKind::Unsettled);
    assert!(destination.find(&ride()).await.unwrap().is_some());
    assert_eq!(stage.sim.uploads_received().len(), 1);
}

#[rstest]
#[case(None)]
#[case(Some(Fault::DuplicateIn2xx))]
#[case(Some(Fault::DuplicateWhenPolled))]
#[case(Some(Fault::ExistingIdAsSuccess))]
#[tokio::test]
async fn a_duplicate_is_already_there_and_keeps_its_name(#[case] fault: Option<Fault>) {
    let stage = Stage::plain();
    let facts = FileFacts {
        format: "fit".into(),
        file_type: 4,
        start: SampleActivity::default().start,
        elapsed_seconds: 1800.0,
        timer_seconds: 1800.0,
        sport: 2,
        sub_sport: 6,
        ..FileFacts::default()
    };
    let id = stage.sim.add_activity(EMAIL, "My own name", facts).unwrap();
    let connection = stage.connected().await;
    if let Some(fault) = fault {
        stage.sim.fault("upload", fault, Times::Always);
    }
    let destination = connection.destination().unwrap();
    let Receipt::AlreadyThere { key: Some(key) } = destination.deliver(&ride()).await.unwrap() else {
        panic!("not already there")
    };
    assert_eq!(key.id, id.to_string());
    assert_eq!(stage.sim.activities()[0].name.as_deref(), Some("My own name"));
    let (kind, span) = (ride().item.kind(), ride().span);
    assert_eq!(destination.similar(kind, &Outline::new(span)).await.unwrap().unwrap().0, key);
    assert_eq!(destination.find(&ride()).await.unwrap(), None, "it was not made from this file");
    stage.assert_clean();
}

#[tokio::test]
async fn delivering_twice_is_already_there() {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    let destination = connection.destination().unwrap();
    destination.deliver(&ride()).await.unwrap();
    assert!(matches!(destination.deliver(&ride()).await.unwrap(), Receipt::AlreadyThere { .. }));
    assert_eq!(stage.sim.activities().len(), 1);
    stage.assert_clean();
}

#[tokio::test]
async fn consent_is_asked_for_with_a_link() {
    let stage = Stage::new(NewUser::without_upload_consent);
    let connection = stage.connected().await;
    let error = error(connection.destination().unwrap().deliver(&ride()).await);
    assert!(
        matches!(&error.kind, ErrorKind::ConsentRequired { link } if link.starts_with("https://")),
        "{error:?}"
    );
    stage.sim.set_upload_consent(EMAIL, true);
    connection.destination().unwrap().deliver(&ride()).await.unwrap();
    stage.assert_clean();
}

#[tokio::test]
async fn a_bad_file_is_rejected_in_garmins_words() {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    let mut parcel = ride();
    parcel.file.bytes = Arc::from(&parcel.file.bytes[..100]);
    let error = error(connection.destination().unwrap().deliver(&parcel).await);
    assert!(matches!(error.kind, ErrorKind::Rejected { .. }), "{error:?}");
    let UploadOutcome::Bad(why) = &stage.sim.uploads_received()[0].outcome else { panic!("taken") };
    assert!(error.message.contains(why.trim_end_matches('.')), "{error} / {why}");
    stage.assert_clean();
}

#[tokio::test]
async fn a_pause_that_garmin_asks_for_is_reported() {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    stage.sim.fault(
        "upload",
        Fault::RateLimited { retry_after_seconds: Some(900), as_date: false },
        Times::Next(1),
    );
    let error = error(connection.destination().unwrap().deliver(&ride()).await);
    let ErrorKind::RateLimited { until } = error.kind else { panic!("{error:?}") };
    assert!((until - Utc::now() - TimeDelta::seconds(900)).abs() < TimeDelta::seconds(30));
    assert!(stage.sim.activities().is_empty());
}

#[tokio::test]
async fn html_in_place_of_a_listing_is_a_changed_service() {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    stage.sim.fault("list", Fault::Html, Times::Always);
    assert_eq!(error(connection.destination().unwrap().find(&ride()).await).kind, ErrorKind::ServiceChanged);
}

#[tokio::test]
async fn title_description_and_gear() {
    let stage = Stage::plain();
    let gear = stage.sim.add_gear(EMAIL, "Peloton Bike", "Bike").unwrap();
    let connection = stage.connected().await;
    let parcel = Parcel {
        description: Some("With Denis".into()),
        gear: Some(gear.clone()),
        ..ride_at(1_761_000_000, "Ride")
    };
    let receipt = connection.destination().unwrap().deliver(&parcel).await.unwrap();
    assert!(matches!(receipt, Receipt::Created { remarks, .. } if remarks.is_empty()));
    let activity = stage.sim.activities().remove(0);
    assert_eq!(activity.description.as_deref(), Some("With Denis"));
    assert_eq!(activity.gear, [gear]);
    stage.assert_clean();
}

#[rstest]
#[case("edit", "title")]
#[case("gear", "gear")]
#[tokio::test]
async fn what_fails_after_the_upload_is_a_remark(#[case] on: &str, #[case] word: &str) {
    let stage = Stage::plain();
    let gear = stage.sim.add_gear(EMAIL, "Bike", "Bike").unwrap();
    let connection = stage.connected().await;
    stage.sim.fault(on, Fault::Outage { status: 500 }, Times::Always);
    let parcel = Parcel { gear: Some(gear), ..ride() };
    let Receipt::Created { remarks, .. } = connection.destination().unwrap().deliver(&parcel).await.unwrap()
    else {
        panic!("not created")
    };
    assert_eq!(remarks.len(), 1);
    assert!(remarks[0].contains(word), "{remarks:?}");
}

#[tokio::test]
async fn a_long_history_is_looked_up_by_the_month() {
    let stage = Stage::plain();
    let connection = stage.connected().await;
    let destination = connection.destination().unwrap();
    let first = 1_760_000_000;
    for number in 0..30 {
        let parcel = ride_at(first + number * 7200, "Ride");
        assert!(destination.find(&parcel).await.unwrap().is_none());
        destination.deliver(&parcel).await.unwrap();
        assert!(destination.find(&parcel).await.unwrap().is_some());
    }
    let listings =
        stage.sim.requests().into_iter().filter(|it| it.path.starts_with("/activitylist-service")).count();
    assert_eq!(listings, 1);
    assert_eq!(stage.sim.activities().len(), 30);
    stage.assert_clean();
}
