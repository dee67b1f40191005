//! Uploads: what is taken, how long it is worked on, and what is there already.

use std::io::Write as _;

use baton_tests::server::Times;
use baton_tests::strava::{DuplicateForm, Fault, UploadOutcome};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_file_is_worked_on_for_some_polls_and_becomes_an_activity() {
    let stage = stage();
    let token = stage.access(&ALL);
    let texts = [
        ("data_type", "fit.gz"),
        ("external_id", "ours-1"),
        ("name", "Climb Ride"),
        ("description", "Two\nlines"),
        ("trainer", "1"),
    ];
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&ride(NOW)).unwrap();
    let answer = stage.upload(&token, &texts, "ours-1.fit.gz", packer.finish().unwrap()).await;
    let (status, upload) = told(answer).await;
    assert_eq!(status, 201);
    assert_eq!(
        (&upload["external_id"], &upload["activity_id"], &upload["error"]),
        (&json!(null), &json!(null), &json!(null))
    );
    let path = format!("/uploads/{}", upload["id_str"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(stage.get(&token, &path).await.1, upload);
    }
    let (_, ready) = stage.get(&token, &path).await;
    assert_eq!(
        (&ready["status"], &ready["external_id"]),
        (&json!("Your activity is ready."), &json!("ours-1.fit.gz"))
    );
    let activity = &stage.sim.activities()[0];
    assert_eq!(ready["activity_id"], activity.id);
    assert_eq!((activity.name.as_str(), activity.description.as_deref()), ("Climb Ride", Some("Two\nlines")));
    assert_eq!((activity.start, activity.elapsed_time, activity.sport_type.as_str()), (NOW, 1800, "Ride"));
    assert!(activity.trainer && activity.streams.contains_key("watts"));
    stage.sim.delete_activity(activity.id);
    let (_, deleted) = stage.get(&token, &path).await;
    assert_eq!(deleted["status"], "The created activity has been deleted.");
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn a_second_file_of_the_same_start_is_a_duplicate_in_every_wording() {
    let stage = stage();
    let token = stage.access(&ALL);
    let id = stage.ride(&token, NOW, "one").await["activity_id"].as_u64().unwrap();
    let again = stage.ride(&token, NOW, "two").await;
    assert_eq!(again["error"], format!("two.fit duplicate of activity {id}"));
    assert_eq!((&again["activity_id"], &again["external_id"]), (&json!(null), &json!(null)));
    stage.sim.set_options(|options| options.duplicates = DuplicateForm::Html);
    let words = stage.ride(&token, NOW, "two").await["error"].as_str().unwrap().to_owned();
    assert_eq!(
        words,
        format!("two.fit duplicate of <a href='/activities/{id}' target='_blank'>Morning Ride</a>")
    );
    let at_once =
        async || told(stage.upload(&token, &[("data_type", "fit")], "r.fit", ride(NOW)).await).await;
    stage.sim.set_options(|options| options.duplicates = DuplicateForm::AtOnce);
    let (status, told) = at_once().await;
    assert_eq!((status, &told["error"]), (201, &json!(format!("r.fit duplicate of activity {id}"))));
    stage.sim.set_options(|options| options.duplicates = DuplicateForm::Conflict);
    assert_eq!(at_once().await.0, 409);
    assert_eq!(stage.ride(&token, NOW + 3600, "three").await["error"], json!(null));
    assert_eq!(stage.sim.activities().len(), 2);
    let outcomes = stage.sim.uploads().into_iter().map(|it| it.outcome);
    assert_eq!(outcomes.filter(|it| *it == UploadOutcome::Duplicate(id)).count(), 4);
}

#[tokio::test]
async fn what_is_no_activity_fails_while_it_is_worked_on() {
    let stage = stage();
    let token = stage.access(&ALL);
    let good = ride(NOW);
    let cut = good[..good.len() / 2].to_vec();
    for (data_type, bytes) in
        [("fit", cut), ("fit.gz", good.clone()), ("tcx", good), ("gpx", b"<gpx/>".to_vec())]
    {
        let texts = [("data_type", data_type), ("external_id", "bad")];
        let (status, upload) = told(stage.upload(&token, &texts, "bad", bytes).await).await;
        assert_eq!(status, 201);
        let path = format!("/uploads/{}", upload["id"]);
        let mut told = stage.get(&token, &path).await.1;
        for _ in 0..2 {
            told = stage.get(&token, &path).await.1;
        }
        assert_eq!(told["error"], format!("bad.{data_type}: The file is malformed."));
    }
    assert!(stage.sim.activities().is_empty());
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn forms_that_are_not_as_published_are_noted() {
    let stage = stage();
    let token = stage.access(&ALL);
    let send = async |texts: &[(&'static str, &'static str)]| {
        told(stage.upload(&token, texts, "ride.fit", ride(NOW)).await).await
    };
    assert_eq!(fault(&send(&[]).await.1), "Upload/data_type/invalid");
    assert_eq!(fault(&send(&[("data_type", "zip")]).await.1), "Upload/data_type/invalid");
    send(&[("data_type", "fit"), ("sport_type", "Ride")]).await;
    send(&[("data_type", "fit"), ("trainer", "yes")]).await;
    assert_eq!(stage.sim.violations().len(), 4);
    let unallowed = stage.access(&["read", "activity:read_all"]);
    let (status, refused) =
        told(stage.upload(&unallowed, &[("data_type", "fit")], "r.fit", ride(NOW)).await).await;
    assert_eq!((status, fault(&refused).as_str()), (401, "AccessToken/activity:write_permission/missing"));
    assert_eq!(stage.get(&token, "/uploads/1").await.0, 404);
}

#[tokio::test]
async fn an_upload_can_be_at_work_for_ever() {
    let stage = stage();
    let token = stage.access(&ALL);
    stage.sim.fault("upload", Fault::PollNeverEnds, Times::Next(1));
    let (_, upload) = told(stage.upload(&token, &[("data_type", "fit")], "r.fit", ride(NOW)).await).await;
    for _ in 0..50 {
        assert_eq!(stage.get(&token, &format!("/uploads/{}", upload["id"])).await.1, upload);
    }
}
