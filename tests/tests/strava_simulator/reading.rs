//! The list in its two orders, one activity in detail, its streams and laps, and changes.

use baton_tests::strava::Activity;
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
