//! Recorded answers of the real service, where a developer has some: the simulator's have the same fields.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use baton_tests::strava::Activity;
use baton_tests::strava::generate::{self, Sort};
use serde_json::Value;

use crate::support::*;

fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("BATON_SAMPLE_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    given.or(Some(beside)).map(|folder| folder.join("strava/http")).filter(|folder| folder.is_dir())
}

/// The bodies of the answers in a file of recorded exchanges.
fn recorded(folder: &Path, name: &str) -> Vec<Value> {
    let bytes = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
    let exchanges: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    exchanges.into_iter().map(|it| it["response"]["body"].clone()).collect()
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap_or_else(|| panic!("no object: {object}")).keys().cloned().collect()
}

/// What the simulator tells is told by the real service too.
fn assert_known(what: &str, ours: &Value, theirs: &Value) {
    // Newer than the recordings; and the recorded ride was on no bike.
    let newer = ["device_name", "sport_type", "id_str", "gear"].map(str::to_owned);
    let unknown: Vec<String> =
        names(ours).difference(&names(theirs)).filter(|it| !newer.contains(it)).cloned().collect();
    assert!(unknown.is_empty(), "{what}: {unknown:?} were never seen");
}

#[tokio::test]
async fn answers_have_the_fields_of_recorded_ones() {
    let Some(folder) = folder() else {
        println!("skipped: no recorded answers of Strava");
        return;
    };
    let stage = stage();
    let token = stage.access(&ALL);
    stage.sim.add_activity(stage.athlete, Activity::new("Run", NOW, 1800)).unwrap();

    let (_, athlete) = stage.get(&token, "/athlete").await;
    assert_known("athlete", &athlete, &recorded(&folder, "client_athlete")[0]);
    let (_, list) = stage.get(&token, "/athlete/activities").await;
    assert_known("list", &list[0], &recorded(&folder, "client_athlete_activities")[0][0]);
    let path = format!("/activities/{}", list[0]["id"]);
    let (_, detail) = stage.get(&token, &path).await;
    assert_known("detail", &detail, &recorded(&folder, "client_activity_ride")[0]);

    let uploads = recorded(&folder, "client_create_upload");
    let (_, taken) =
        told(stage.upload(&token, &[("data_type", "fit")], "r.fit", ride(NOW + 7200)).await).await;
    assert_eq!((names(&taken), &taken["status"]), (names(&uploads[0]), &uploads[0]["status"]));
    let ready = stage.ride(&token, NOW + 9000, "one").await;
    assert_eq!((names(&ready), &ready["status"]), (names(&uploads[2]), &uploads[2]["status"]));
    let failed = stage.ride(&token, NOW + 9000, "two").await;
    let theirs = recorded(&folder, "client_create_upload_file_with_error").pop().unwrap();
    assert_eq!((names(&failed), &failed["status"]), (names(&theirs), &theirs["status"]));

    let (_, granted) = stage.token(&[("grant_type", "authorization_code"), ("code", &stage.code())]).await;
    assert_known("token", &granted, &recorded(&folder, "oauth_token_authorization_code")[0]);
    let (_, spent) = stage.token(&[("grant_type", "authorization_code"), ("code", "x")]).await;
    assert_eq!(spent, recorded(&folder, "oauth_token_invalid_code")[0]);
    let (_, unknown) = stage.token(&[("grant_type", "authorization_code"), ("client_id", "1")]).await;
    assert_eq!(unknown, recorded(&folder, "oauth_token_invalid_client")[0]);
}

fn sample(name: &str) -> Option<Value> {
    let path = folder()?.parent()?.join(name);
    Some(serde_json::from_slice(&std::fs::read(path).ok()?).unwrap())
}

#[tokio::test]
async fn what_is_read_of_an_activity_has_the_fields_of_recorded_ones() {
    let (Some(folder), Some(lap), Some(manual), Some(several)) = (
        folder(),
        sample("model/lap.json"),
        sample("activity-manual.3.json"),
        sample("http/synthetic_streams_multi_key.json"),
    ) else {
        println!("skipped: no recorded answers of Strava");
        return;
    };
    let stage = stage();
    let token = stage.access(&ALL);
    let add =
        |sort| stage.sim.add_activity(stage.athlete, generate::activity(3, sort, NOW - 9000, 300)).unwrap();
    let (run, ride) = (add(Sort::Run), add(Sort::Ride));
    let (_, laps) = stage.get(&token, &format!("/activities/{run}/laps")).await;
    assert_known("lap", &laps[0], &lap);
    let mut ridden = lap.clone();
    ridden["average_watts"] = laps[0]["average_cadence"].clone();
    assert_known("lap", &stage.get(&token, &format!("/activities/{ride}/laps")).await.1[0], &ridden);

    let (_, detail) = stage.get(&token, &format!("/activities/{run}")).await;
    let mut known = recorded(&folder, "client_athlete_activities")[0][0].clone();
    for (name, value) in recorded(&folder, "client_activity_ride")[0].as_object().unwrap() {
        known[name] = value.clone();
    }
    assert_known("run", &detail, &known);

    let asked = "keys=time,distance,latlng,heartrate,cadence,watts,moving&key_by_type=true";
    let (_, streams) = stage.get(&token, &format!("/activities/{ride}/streams?{asked}")).await;
    let one = &recorded(&folder, "client_activity_streams")[0]["distance"];
    for (name, stream) in streams.as_object().unwrap() {
        assert_eq!(names(stream), names(one), "{name}");
        let kind = |stream: &Value| std::mem::discriminant(&stream["data"][0]);
        assert_eq!(kind(stream), kind(&several[name]), "{name}");
    }

    let typed = add(Sort::TypedIn);
    let (_, typed) = stage.get(&token, &format!("/activities/{typed}")).await;
    assert_eq!(
        (&typed["manual"], &typed["upload_id"], &typed["external_id"]),
        (&manual["manual"], &manual["upload_id"], &manual["external_id"])
    );
}
