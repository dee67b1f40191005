//! Lists, workouts, graphs, and faults on demand.

use baton_tests::peloton::Fault;
use baton_tests::peloton::generate::{Discipline, Options, Quirk, history, one};
use baton_tests::server::Times;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::{Value, json};

use crate::support::{NOW, Reader, Walk, client, ids, simulator};

#[tokio::test]
async fn the_api_wants_a_living_token() {
    let simulator = simulator();
    let reader = Reader::new(&simulator);
    assert_eq!(reader.get("/api/me").await.status(), StatusCode::OK);
    simulator.expire_access_tokens();
    let answer = reader.get("/api/me").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.json::<Value>().await.unwrap()["error_code"], 3020);
    simulator.set_options(|options| options.access_token_seconds = 0);
    let stillborn = Reader::new(&simulator);
    assert_eq!(stillborn.get("/api/me").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn pages_hold_every_row_once_newest_first() {
    let simulator = simulator();
    let list = history(3, 25, NOW);
    simulator.add_all(&list);
    let reader = Reader::new(&simulator);
    let mut found = Vec::new();
    for page in 0..4 {
        let answer = reader.page(10, page).await;
        assert_eq!(answer["show_next"], page < 2);
        assert_eq!(answer["total"], 25);
        found.extend(ids(&answer));
        for row in answer["data"].as_array().unwrap() {
            assert!(row.get("ftp_info").is_none() && row.get("movement_tracker_data").is_none());
        }
    }
    let mut created: Vec<(i64, &str)> =
        list.iter().map(|it| (it.workout["created_at"].as_i64().unwrap(), it.id())).collect();
    created.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(found, created.iter().map(|(_, id)| *id).collect::<Vec<_>>());
    assert_eq!(simulator.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn limits_are_checked() {
    let simulator = simulator();
    simulator.add_all(&history(3, 12, NOW));
    let reader = Reader::new(&simulator);
    let user = reader.user().await;
    let path = format!("/api/user/{user}/workouts?limit=101&page=0");
    assert_eq!(reader.get(&path).await.status(), StatusCode::BAD_REQUEST);
    reader.page(5, 0).await;
    reader.page(6, 1).await;
    assert!(simulator.violations()[0].starts_with("limit changed"));
    assert_eq!(reader.get("/api/user/someone/workouts").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_new_workout_between_pages_shifts_the_rows() {
    let simulator = simulator();
    simulator.add_all(&history(3, 20, NOW));
    simulator.fault("list_next", Fault::NewWorkout, Times::Next(1));
    let reader = Reader::new(&simulator);
    let (first, second) = (ids(&reader.page(10, 0).await), ids(&reader.page(10, 1).await));
    assert_eq!(first.last(), second.first(), "the last row is seen again");
    assert_eq!(reader.page(10, 0).await["total"], 21);
}

#[tokio::test]
async fn a_list_between_two_instants_has_no_pages() {
    let simulator = simulator();
    let list = history(3, 40, NOW);
    simulator.add_all(&list);
    let reader = Reader::new(&simulator);
    let user = reader.user().await;
    let (from, to) = ("2026-05-20T00:00:00Z", "2026-06-01T00:00:00Z");
    let answer = reader.json(&format!("/api/user/{user}/workouts?from={from}&to={to}&joins=ride")).await;
    let within = 1_779_235_200..=1_780_272_000;
    let wanted =
        list.iter().filter(|it| within.contains(&it.workout["created_at"].as_i64().unwrap())).count();
    assert!(wanted > 3);
    assert_eq!(ids(&answer).len(), wanted);
    assert!(answer["data"].as_array().unwrap().iter().all(|row| row["ride"].get("instructor").is_none()));
}

#[tokio::test]
async fn workouts_graphs_and_plans_are_what_was_generated() {
    let simulator = simulator();
    let list = history(5, 30, NOW);
    simulator.add_all(&list);
    let reader = Reader::new(&simulator);
    for workout in &list {
        let path = format!("/api/workout/{}", workout.id());
        let detail = reader.json(&format!("{path}?joins=ride,ride.instructor")).await;
        for field in ["id", "start_time", "ride", "ftp_info", "movement_tracker_data"] {
            assert_eq!(detail[field], workout.workout[field], "{field}");
        }
        let graph = reader.get(&format!("{path}/performance_graph?every_n=1")).await;
        assert!(graph.bytes().await.unwrap() == workout.performance_graph.bytes());
        let ride = detail["ride"]["id"].as_str().unwrap_or("0");
        let details = reader.get(&format!("/api/ride/{ride}/details")).await;
        match &workout.ride_details {
            Some(wanted) => assert!(details.bytes().await.unwrap() == wanted.bytes()),
            None => assert_eq!(details.status(), StatusCode::NOT_FOUND),
        }
    }
    let user = reader.user().await;
    assert_eq!(reader.json(&format!("/api/user/{user}/settings")).await["distance_unit"], "imperial");
    assert_eq!(reader.get("/api/me/workouts").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn positions_come_to_the_web_platform_only() {
    let simulator = simulator();
    let run = one(Discipline::OutdoorRun, 1, &Options::at(NOW));
    simulator.add(&run);
    let reader = Reader::new(&simulator);
    let path = format!("{}/api/workout/{}/performance_graph", simulator.api(), run.id());
    let plain =
        reader.client.get(format!("{path}?every_n=1")).bearer_auth(&reader.token).send().await.unwrap();
    assert_eq!(plain.json::<Value>().await.unwrap()["location_data"], json!([]));
    let coarse = reader.json(&format!("/api/workout/{}/performance_graph", run.id())).await;
    let samples = coarse["seconds_since_pedaling_start"].as_array().unwrap().len();
    assert_eq!(samples, run.truth.offsets.len().div_ceil(5));
    assert_eq!(coarse["metrics"][0]["values"].as_array().unwrap().len(), samples);
    assert!(!coarse["location_data"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn private_and_removed_workouts_are_404() {
    let simulator = simulator();
    let private = one(Discipline::Yoga, 1, &Options::at(NOW).with(Quirk::Private));
    let removed = one(Discipline::Yoga, 2, &Options::at(NOW - 9000));
    simulator.add(&private);
    simulator.add(&removed);
    let reader = Reader::new(&simulator);
    assert_eq!(ids(&reader.page(10, 0).await).len(), 2);
    assert!(simulator.remove(removed.id()));
    assert_eq!(ids(&reader.page(10, 0).await), [private.id()]);
    for id in [private.id(), removed.id()] {
        assert_eq!(reader.get(&format!("/api/workout/{id}")).await.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn faults_hit_their_endpoint_only() {
    let simulator = simulator();
    let ride = one(Discipline::CyclingClass, 1, &Options::at(NOW));
    simulator.add(&ride);
    let reader = Reader::new(&simulator);
    let graph = format!("/api/workout/{}/performance_graph?every_n=1", ride.id());
    let limited = |seconds, as_date| Fault::RateLimited { retry_after_seconds: seconds, as_date };
    let retry_after =
        |headers: &HeaderMap| headers.get(RETRY_AFTER).map(|it| it.to_str().unwrap().to_owned());

    simulator.fault("graph", limited(Some(30), false), Times::Next(1));
    assert_eq!(reader.get("/api/me").await.status(), StatusCode::OK, "another endpoint");
    let answer = reader.get(&graph).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(retry_after(answer.headers()).as_deref(), Some("30"));
    simulator.fault("graph", limited(Some(30), true), Times::Next(1));
    assert!(retry_after(reader.get(&graph).await.headers()).unwrap().ends_with(" GMT"));
    simulator.fault("graph", limited(None, false), Times::Next(1));
    assert_eq!(retry_after(reader.get(&graph).await.headers()), None);

    simulator.fault("graph", Fault::Html, Times::Next(1));
    assert!(reader.get(&graph).await.text().await.unwrap().starts_with("<!DOCTYPE"));
    simulator.fault("graph", Fault::HalfAnAnswer, Times::Next(1));
    assert!(reader.get(&graph).await.json::<Value>().await.is_err());
    simulator.fault("api", Fault::Outage { status: 502 }, Times::Always);
    for _ in 0..3 {
        assert_eq!(reader.get("/api/me").await.status(), StatusCode::BAD_GATEWAY);
    }
    simulator.clear_faults();
    simulator.fault("any", Fault::CutBefore, Times::Next(1));
    let address = format!("{}/api/me", simulator.api());
    assert!(client().get(address).bearer_auth(&reader.token).send().await.is_err());
    simulator.fault("me", Fault::ExpiredAccessToken, Times::Next(1));
    for _ in 0..2 {
        assert_eq!(reader.get("/api/me").await.status(), StatusCode::UNAUTHORIZED, "it stays expired");
    }
    let tokens = simulator.issue_tokens();
    simulator.fault("token_refresh", Fault::RevokedRefreshToken, Times::Next(1));
    assert_eq!(Walk::new(&simulator).refresh(&tokens.refresh_token).await.0, StatusCode::FORBIDDEN);
    assert_eq!(simulator.faults_waiting(), 0);
}

#[tokio::test]
async fn the_control_addresses_do_what_rust_can() {
    let simulator = simulator();
    let post = |path: &str, body: Value| {
        let address = format!("{}/_sim/{path}", simulator.api());
        async move { client().post(address).json(&body).send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let added = post("workout", json!({"discipline": "caesar", "minutes": 10})).await;
    let reader = Reader::new(&simulator);
    assert_eq!(ids(&reader.page(10, 0).await), [added["id"].as_str().unwrap()]);
    post("fault", json!({"on": "graph", "kind": "server_error", "times": 2})).await;
    let graph = format!("/api/workout/{}/performance_graph?every_n=1", added["id"].as_str().unwrap());
    for status in [503, 503, 200] {
        assert_eq!(reader.get(&graph).await.status().as_u16(), status);
    }
    let address = format!("{}/_sim/state", simulator.api());
    let state: Value = client().get(address).send().await.unwrap().json().await.unwrap();
    assert_eq!(state["users"][0]["workouts"], 1);
    assert_eq!(state["violations"], json!([]));
}
