//! Every answer of the simulator is one that Strava's published swagger file describes, where that file is at hand: the
//! operation, its parameters, its status, and whether a list or an object comes. What is inside of them stands in files that
//! it only points to; recorded answers tell of that.

use std::path::{Path, PathBuf};

use baton_tests::server::Times;
use baton_tests::strava::Fault;
use baton_tests::strava::generate::{self, Sort};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

fn swagger() -> Option<Value> {
    let given = std::env::var_os("BATON_SAMPLE_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let bytes = std::fs::read(given.unwrap_or(beside).join("strava/strava_swagger.json")).ok()?;
    Some(serde_json::from_slice(&bytes).unwrap())
}

/// One exchange, as it is judged.
struct Exchange {
    method: &'static str,
    /// With its query.
    path: String,
    status: u16,
    body: Value,
}

/// The operation of a request: a path without variables is the better match.
fn operation<'a>(swagger: &'a Value, method: &str, path: &str) -> Option<(&'a String, &'a Value)> {
    let fits = |template: &str| {
        let (mut ours, mut theirs) = (path.split('/'), template.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(part), Some(known)) if part == known || known.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let paths = swagger["paths"].as_object().unwrap().iter();
    let found = paths.filter(|(template, _)| fits(template));
    let found = found.filter_map(|(template, all)| Some((template, all.get(method.to_ascii_lowercase())?)));
    found.min_by_key(|(template, _)| template.matches('{').count())
}

/// What the swagger file does not know of an exchange.
fn unknown(swagger: &Value, exchange: &Exchange) -> Vec<String> {
    let (path, query) = exchange.path.split_once('?').unwrap_or((&exchange.path, ""));
    let name = format!("{} {path} {}", exchange.method, exchange.status);
    let Some((_, described)) = operation(swagger, exchange.method, path) else {
        return vec![format!("{name}: no such operation")];
    };
    let parameters: Vec<&Value> = described["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| match parameter["$ref"].as_str() {
            Some(place) => swagger.pointer(place.trim_start_matches('#')).unwrap(),
            None => parameter,
        })
        .collect();
    let known = |sent: &str| parameters.iter().any(|it| it["name"] == sent && it["in"] == "query");
    let sent = url::form_urlencoded::parse(query.as_bytes());
    let mut faults: Vec<String> = sent
        .filter(|(sent, _)| !known(sent))
        .map(|(sent, _)| format!("{name}: no parameter {sent}"))
        .collect();
    let body = &exchange.body;
    let response = described["responses"].get(exchange.status.to_string());
    let fits = match (exchange.status, response) {
        // Recorded: a body that is empty.
        (404, _) => body.is_null(),
        (400.., None) => {
            body["message"].is_string() && (body["errors"].is_array() || body["errors"].is_string())
        }
        (_, Some(response)) if response["schema"]["type"] == "array" => body.is_array(),
        (_, Some(_)) => body.is_object(),
        (_, None) => false,
    };
    if !fits {
        faults.push(format!("{name}: another answer than is described: {body}"));
    }
    faults
}

/// Exchanges of every kind that there are here.
async fn exchanges() -> Vec<Exchange> {
    let stage = stage();
    let token = stage.access(&ALL);
    let bike = stage.sim.add_gear(stage.athlete, true, "Bike").unwrap();
    let mut all = Vec::new();
    let mut paths = vec![
        "/athlete".to_owned(),
        format!("/gear/{bike}"),
        "/gear/b1".to_owned(),
        "/athlete/activities?after=0&page=1&per_page=200".to_owned(),
        format!("/athlete/activities?after=0&before={NOW}&page=2&per_page=200"),
        "/athlete/activities?per_page=1000".to_owned(),
    ];
    for sort in Sort::ALL {
        let id = stage.sim.add_activity(stage.athlete, generate::activity(1, sort, NOW - 9000, 120)).unwrap();
        let streams = "streams?keys=time,distance,latlng,heartrate,moving&key_by_type=true";
        paths.extend(["", "/laps"].map(|rest| format!("/activities/{id}{rest}")));
        paths.push(format!("/activities/{id}/{streams}"));
    }
    paths.push("/activities/1?include_all_efforts=false".to_owned());
    for path in paths {
        let (status, body) = stage.get(&token, &path).await;
        all.push(Exchange { method: "GET", path, status, body });
    }
    let (_, listed) = stage.get(&token, "/athlete/activities").await;
    let path = format!("/activities/{}", listed[0]["id"]);
    let (status, body) = stage.put(&token, &path, &json!({"name": "Climb"})).await;
    all.push(Exchange { method: "PUT", path, status, body });
    let form = stage.request(&token, Method::POST, "/activities").form(&[
        ("name", "Yoga"),
        ("sport_type", "Yoga"),
        ("start_date_local", "2026-06-10T08:00:00Z"),
        ("elapsed_time", "1800"),
    ]);
    let (status, body) = told(form.send().await.unwrap()).await;
    all.push(Exchange { method: "POST", path: "/activities".into(), status, body });
    let sent = stage.upload(&token, &[("data_type", "fit")], "ride.fit", ride(NOW)).await;
    let (status, body) = told(sent).await;
    let path = format!("/uploads/{}", body["id"]);
    all.push(Exchange { method: "POST", path: "/uploads".into(), status, body });
    let (status, body) = stage.get(&token, &path).await;
    all.push(Exchange { method: "GET", path, status, body });

    let nobody = stage.access(&["read"]);
    let refused = async |token: &str| {
        let (status, body) = stage.get(token, "/athlete/activities").await;
        Exchange { method: "GET", path: "/athlete/activities".into(), status, body }
    };
    all.push(refused(&nobody).await);
    for fault in [Fault::Inactive, Fault::LimitUsedUp { whole_day: false }] {
        stage.sim.fault("list", fault, Times::Next(1));
        all.push(refused(&token).await);
    }
    all
}

#[tokio::test]
async fn answers_fit_the_published_file() {
    let Some(swagger) = swagger() else {
        println!("skipped: Strava's swagger file is not at hand");
        return;
    };
    let all = exchanges().await;
    let faults: Vec<String> = all.iter().flat_map(|exchange| unknown(&swagger, exchange)).collect();
    assert_eq!(faults, Vec::<String>::new());
    let seen: Vec<u16> = all.iter().map(|exchange| exchange.status).collect();
    for status in [200, 201, 400, 401, 403, 404, 429] {
        assert!(seen.contains(&status), "{status} was not among them: {seen:?}");
    }
    // The judge is awake.
    let wrong = |path: &str, status, body: Value| {
        unknown(&swagger, &Exchange { method: "GET", path: path.into(), status, body }).len()
    };
    assert_eq!(wrong("/activities/7/original", 200, json!({})), 1);
    assert_eq!(wrong("/athlete/activities?since=1", 200, json!([])), 1);
    assert_eq!(wrong("/athlete/activities", 200, json!({})), 1);
    assert_eq!(wrong("/athlete", 418, json!({"hello": "world"})), 1);
}
