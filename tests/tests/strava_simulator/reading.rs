//! The list in its two orders, one activity in detail, its streams and laps, and changes.

use baton_tests::server::Times;
use baton_tests::strava::Activity;
use baton_tests::strava::generate::{self, STOP, Sort};
use baton_tests::web_fault::WebFault;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

fn ids(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|it| it["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn the_list_is_newest_first_and_oldest_first_after_a_time() {
    let stage = stage();
    let token = stage.access(&ALL);
    let add = |hour: i64| {
        stage.sim.add_activity(stage.athlete, Activity::new("Run", NOW + hour * 3600, 1800)).unwrap()
    };
    let added: Vec<u64> = (0..5).map(add).collect();
    let list = async |query: &str| ids(&stage.get(&token, &format!("/athlete/activities{query}")).await.1);
    let newest: Vec<u64> = added.iter().rev().copied().collect();
    assert_eq!(list("").await, newest);
    assert_eq!(list("?per_page=2&page=2").await, newest[2..4]);
    assert_eq!(list("?per_page=2&page=4").await, [0; 0]);
    assert_eq!(list(&format!("?before={}", NOW + 7200)).await, [added[1], added[0]]);
    assert_eq!(list(&format!("?after={NOW}")).await, added[1..]);
    assert_eq!(list(&format!("?after={NOW}&before={}", NOW + 3 * 3600)).await, added[1..3]);
    assert_eq!(stage.sim.violations(), [""; 0]);
    assert_eq!(stage.get(&token, "/athlete/activities?per_page=201").await.0, 400);
    stage.get(&token, "/athlete/activities?since=1").await;
    assert_eq!(stage.sim.violations().len(), 2);
}

#[tokio::test]
async fn private_activities_make_a_page_shorter() {
    let stage = stage();
    for hour in 0..4 {
        let visibility = if hour % 2 == 0 { "only_me" } else { "everyone" };
        let activity =
            Activity { visibility: visibility.into(), ..Activity::new("Run", NOW + hour * 3600, 60) };
        stage.sim.add_activity(stage.athlete, activity).unwrap();
    }
    let some = stage.access(&["read", "activity:read", "activity:write"]);
    let seen = |list: Value| list.as_array().unwrap().len();
    assert_eq!(seen(stage.get(&some, "/athlete/activities?per_page=2").await.1), 1);
    assert_eq!(seen(stage.get(&some, "/athlete/activities?per_page=2&page=2").await.1), 1);
    assert_eq!(seen(stage.get(&stage.access(&ALL), "/athlete/activities").await.1), 4);
    let private = stage.sim.activities()[0].id;
    let path = format!("/activities/{private}");
    assert_eq!(stage.get(&some, &path).await, (404, Value::Null));
    assert_eq!(stage.put(&some, &path, &json!({"name": "x"})).await.0, 401);
    let none = stage.access(&["read"]);
    let (status, refused) = stage.get(&none, "/athlete/activities").await;
    assert_eq!((status, fault(&refused).as_str()), (401, "AccessToken/activity:read_permission/missing"));
}

#[tokio::test]
async fn a_hidden_start_is_told_as_one_second_after_midnight() {
    let stage = stage();
    let token = stage.access(&ALL);
    let hidden = Activity { hides_start: true, utc_offset: 7200, ..Activity::new("Run", NOW, 1800) };
    let id = stage.sim.add_activity(stage.athlete, hidden).unwrap();
    let (_, told) = stage.get(&token, &format!("/activities/{id}")).await;
    assert_eq!(told["start_date_local"], "2026-06-10T00:00:01Z");
    assert_eq!(told["start_date"], "2026-06-09T22:00:01Z");
    assert_eq!((&told["utc_offset"], &told["timezone"]), (&json!(7200.0), &json!("(GMT+02:00) Etc/GMT-2")));
}

#[tokio::test]
async fn streams_come_by_key_or_in_a_row() {
    let stage = stage();
    let token = stage.access(&ALL);
    let id = stage.ride(&token, NOW, "one").await["activity_id"].as_u64().unwrap();
    let streams = async |query: &str| stage.get(&token, &format!("/activities/{id}/streams{query}")).await.1;
    let by_key = streams("?keys=time,watts,temp&key_by_type=true").await;
    assert_eq!(by_key["time"]["data"][1], 60);
    assert_eq!((by_key["watts"]["original_size"].as_u64(), by_key.get("temp")), (Some(31), None));
    let row = streams("").await;
    assert_eq!((row.as_array().unwrap().len(), &row[0]["type"]), (1, &json!("distance")));
    let manual = stage.request(&token, Method::POST, "/activities").form(&[
        ("name", "Yoga"),
        ("sport_type", "Yoga"),
        ("start_date_local", "2026-06-10T08:00:00Z"),
        ("elapsed_time", "1800"),
    ]);
    let (status, manual) = told(manual.send().await.unwrap()).await;
    assert_eq!((status, &manual["manual"], &manual["external_id"]), (201, &json!(true), &json!(null)));
    assert_eq!(stage.get(&token, &format!("/activities/{}/streams?keys=time", manual["id"])).await.0, 404);
    assert_eq!(stage.get(&token, &format!("/activities/{id}/laps")).await, (200, json!([])));
}

#[tokio::test]
async fn changes_are_checked_and_kept() {
    let stage = stage();
    let token = stage.access(&ALL);
    let bike = stage.sim.add_gear(stage.athlete, true, "Bike").unwrap();
    let id = stage.ride(&token, NOW, "one").await["activity_id"].as_u64().unwrap();
    let path = format!("/activities/{id}");
    let change = json!({"name": "Climb", "sport_type": "GravelRide", "gear_id": bike, "trainer": true});
    let (status, changed) = stage.put(&token, &path, &change).await;
    assert_eq!(
        (status, &changed["sport_type"], &changed["type"]),
        (200, &json!("GravelRide"), &json!("Ride"))
    );
    assert_eq!(stage.get(&token, &path).await.1, changed);
    assert_eq!(changed["gear"]["name"], "Bike");
    for wrong in [json!({"sport_type": "Quidditch"}), json!({"gear_id": "b1"}), json!({"name": 4})] {
        assert_eq!(stage.put(&token, &path, &wrong).await.0, 400, "{wrong}");
    }
    let form = stage.request(&token, Method::PUT, &path).form(&[("gear_id", "none"), ("description", "d")]);
    let (_, changed) = told(form.send().await.unwrap()).await;
    assert_eq!((&changed["gear"], &changed["description"]), (&json!(null), &json!("d")));
    assert_eq!(stage.sim.violations(), [""; 0]);
    stage.put(&token, &path, &json!({"visibility": "everyone"})).await;
    assert_eq!(stage.sim.violations().len(), 1);
    let unallowed = stage.access(&["activity:read_all"]);
    assert_eq!(stage.put(&unallowed, &path, &change).await.0, 401);
    assert_eq!(stage.put(&token, "/activities/1", &change).await.0, 404);
}

/// An activity of this sort at the simulator; answers its id.
fn add(stage: &Stage, sort: Sort) -> u64 {
    stage.sim.add_activity(stage.athlete, generate::activity(7, sort, NOW - 7200, 600)).unwrap()
}

#[tokio::test]
async fn a_run_tells_its_streams_laps_and_pause_alike() {
    let stage = stage();
    let token = stage.access(&ALL);
    let id = add(&stage, Sort::Run);
    let (_, detail) = stage.get(&token, &format!("/activities/{id}")).await;
    let keys = "time,distance,latlng,heartrate,cadence,temp,moving,watts";
    let (_, streams) =
        stage.get(&token, &format!("/activities/{id}/streams?keys={keys}&key_by_type=true")).await;
    let row = |key: &str| streams[key]["data"].as_array().unwrap().clone();
    let time: Vec<i64> = row("time").iter().map(|it| it.as_i64().unwrap()).collect();
    assert_eq!((time[0], *time.last().unwrap()), (0, 600));
    let (gaps, still): (Vec<usize>, usize) = (
        (1..time.len()).filter(|place| time[*place] - time[place - 1] > 1).collect(),
        row("moving").iter().filter(|it| **it == json!(false)).count(),
    );
    // The watch was stopped once, and one sample says so when it goes on.
    assert_eq!((gaps.len(), still, time[gaps[0]] - time[gaps[0] - 1]), (1, 1, STOP));
    assert_eq!(row("moving")[gaps[0]], json!(false));
    assert_eq!((&detail["elapsed_time"], &detail["moving_time"]), (&json!(600), &json!(600 - STOP)));
    assert!(streams.get("watts").is_none() && detail.get("average_watts").is_none());
    let average = row("heartrate").iter().map(|it| it.as_f64().unwrap()).sum::<f64>() / time.len() as f64;
    assert!((detail["average_heartrate"].as_f64().unwrap() - average).abs() < 0.06);
    let laps = detail["laps"].as_array().unwrap();
    let sum = |name: &str| laps.iter().map(|lap| lap[name].as_i64().unwrap()).sum::<i64>();
    assert_eq!((laps.len(), sum("elapsed_time"), sum("moving_time")), (3, 600, 600 - STOP));
    assert_eq!(stage.get(&token, &format!("/activities/{id}/laps")).await.1, detail["laps"]);
    assert_eq!(stage.sim.violations(), [""; 0]);
    stage.get(&token, &format!("/activities/{id}/streams?keys=time,power")).await;
    stage.get(&token, &format!("/activities/{id}?streams=1")).await;
    assert_eq!(stage.sim.violations().len(), 2);
}

#[tokio::test]
async fn each_sort_has_what_it_has() {
    let stage = stage();
    let token = stage.access(&ALL);
    for sort in Sort::ALL {
        let path = format!("/activities/{}", add(&stage, sort));
        let (_, detail) = stage.get(&token, &path).await;
        let (status, streams) =
            stage.get(&token, &format!("{path}/streams?keys=time,watts,heartrate&key_by_type=true")).await;
        let has_streams = !matches!(sort, Sort::TypedIn | Sort::WithoutStreams);
        assert_eq!(
            (status, detail["manual"].as_bool()),
            (if has_streams { 200 } else { 404 }, Some(sort == Sort::TypedIn))
        );
        let measured = match sort {
            Sort::Ride | Sort::Trainer => Some(true),
            Sort::Estimated => Some(false),
            _ => None,
        };
        assert_eq!(
            (streams.get("watts").is_some(), detail["device_watts"].as_bool()),
            (measured.is_some(), measured)
        );
        let is_hidden = detail["start_date_local"].as_str().unwrap().ends_with("T00:00:01Z");
        assert_eq!(is_hidden, sort == Sort::Hidden);
        let holes = streams["heartrate"]["data"].as_array().is_some_and(|row| row.contains(&Value::Null));
        assert_eq!(holes, sort == Sort::Trainer);
    }
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn faults_hit_the_part_that_they_are_for() {
    let stage = stage();
    let token = stage.access(&ALL);
    let path = format!("/activities/{}", add(&stage, Sort::Ride));
    for (part, rest) in [("detail", ""), ("streams", "/streams?keys=time"), ("laps", "/laps")] {
        stage.sim.fault(part, WebFault::Outage { status: 503 }, Times::Next(1));
        let others = ["", "/streams?keys=time", "/laps"].into_iter().filter(|it| *it != rest);
        for other in others {
            assert_eq!(stage.get(&token, &format!("{path}{other}")).await.0, 200);
        }
        assert_eq!(stage.get(&token, &format!("{path}{rest}")).await.0, 503);
    }
}
