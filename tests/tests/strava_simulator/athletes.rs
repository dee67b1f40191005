//! The athlete, the weight and the gear, and who may see and set them.

use reqwest::Method;
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn the_whole_profile_is_for_those_who_may_see_it() {
    let stage = stage();
    let bike = stage.sim.add_gear(stage.athlete, true, "Gravel bike").unwrap();
    let shoe = stage.sim.add_gear(stage.athlete, false, "Road shoes").unwrap();
    assert!(bike.starts_with('b') && shoe.starts_with('g'));
    let (_, seen) = stage.get(&stage.access(&ALL), "/athlete").await;
    assert_eq!((&seen["weight"], &seen["resource_state"]), (&json!(77.0), &json!(3)));
    assert_eq!((&seen["bikes"][0]["id"], &seen["shoes"][0]["name"]), (&json!(bike), &json!("Road shoes")));
    let (_, summary) = stage.get(&stage.access(&["read"]), "/athlete").await;
    assert_eq!((summary.get("weight"), summary.get("bikes")), (None, None));
    let (_, gear) = stage.get(&stage.access(&ALL), &format!("/gear/{shoe}")).await;
    assert_eq!((&gear["name"], &gear["resource_state"]), (&json!("Road shoes"), &json!(3)));
    assert_eq!(stage.get(&stage.access(&ALL), "/gear/b1").await, (404, json!(null)));
}

#[tokio::test]
async fn the_weight_is_a_form_and_wants_its_permission() {
    let stage = stage();
    let write = async |token: String, weight: &str| {
        let call = stage.request(&token, Method::PUT, "/athlete").form(&[("weight", weight)]);
        told(call.send().await.unwrap()).await
    };
    let (status, refused) = write(stage.access(&["read", "activity:write"]), "71").await;
    assert_eq!((status, fault(&refused).as_str()), (401, "AccessToken/profile:write_permission/missing"));
    let (status, athlete) = write(stage.access(&ALL), "71.25").await;
    assert_eq!((status, &athlete["weight"]), (200, &json!(71.25)));
    for wrong in ["", "heavy", "-3", "0"] {
        assert_eq!(write(stage.access(&ALL), wrong).await.0, 400, "{wrong}");
    }
    assert_eq!((stage.sim.weight(stage.athlete), stage.sim.weights_written()), (Some(71.25), vec![71.25]));
    assert_eq!(stage.sim.violations(), [""; 0]);
    stage.put(&stage.access(&ALL), "/athlete", &json!({"weight": 70})).await;
    assert!(!stage.sim.violations().is_empty(), "no JSON is documented");
}
