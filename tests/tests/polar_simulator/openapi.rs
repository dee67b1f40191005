//! Every answer of the simulator fits AccessLink's published OpenAPI file, where that is at hand.

use std::path::{Path, PathBuf};
use std::process::Command;

use baton_tests::polar::generate::{self, Sort};
use baton_tests::polar::{Fault, PhysicalInfo};
use baton_tests::server::Times;
use serde_json::{Value, json};

use crate::support::*;

fn openapi() -> Option<PathBuf> {
    let given = std::env::var_os("BATON_SAMPLE_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    Some(given.unwrap_or(beside).join("polar/accesslink_v3_openapi.yml")).filter(|file| file.is_file())
}

/// One answer, as the judge wants it.
async fn recorded(method: &str, path: &str, answer: reqwest::Response) -> Value {
    let kind = answer.headers().get("content-type").map(|it| it.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let body: Option<Value> = serde_json::from_slice(&answer.bytes().await.unwrap()).ok();
    json!({"method": method, "path": path, "status": status, "content_type": kind, "body": body})
}

/// Answers of every kind that AccessLink has here.
async fn answers() -> Vec<Value> {
    let stage = stage();
    let token = stage.token();
    let mut answers = Vec::new();
    let get = async |path: &str, accept: &str| {
        let answer = stage.get(&token, path, accept).await;
        recorded("GET", path.split('?').next().unwrap(), answer).await
    };
    let own = format!("/v3/users/{}", stage.person);
    answers.push(get(&own, "application/json").await);
    answers.push(get("/v3/users/physical-info", "application/json").await);
    let post = async || {
        let request = client().post(format!("{}/v3/users", stage.sim.api())).bearer_auth(&token);
        let request = request.header("accept", "application/json").json(&json!({"member-id": "me"}));
        recorded("POST", "/v3/users", request.send().await.unwrap()).await
    };
    stage.sim.set_physical_info(stage.person, PhysicalInfo::measured(70.5, NOW - DAY));
    answers.push(post().await);
    answers.push(post().await);
    stage.sim.clock().advance(25 * DAY);
    let history = generate::history(5, 7, stage.sim.clock().now());
    stage.sim.add(stage.person, &history);
    for path in [
        own.as_str(),
        "/v3/users/physical-info",
        "/v3/exercises",
        "/v3/exercises?samples=true&zones=true&route=true",
    ] {
        answers.push(get(path, "application/json").await);
    }
    for sort in Sort::ALL {
        let exercise = history.iter().find(|it| it.detailed_sport_info == sort.polar_sport().1).unwrap();
        let path = format!("/v3/exercises/{}", exercise.id);
        answers.push(get(&format!("{path}?samples=true&zones=true&route=true"), "application/json").await);
        for (format, accept) in
            [("fit", "*/*"), ("tcx", "application/vnd.garmin.tcx+xml"), ("gpx", "application/gpx+xml")]
        {
            answers.push(get(&format!("{path}/{format}"), accept).await);
        }
    }
    for fault in [
        Fault::ConsentMissing,
        Fault::InternalError,
        Fault::LimitReached { short_seconds: 60, long_seconds: 90 },
    ] {
        stage.sim.fault("list", fault, Times::Next(1));
        answers.push(get("/v3/exercises", "application/json").await);
    }
    let gone = client().delete(format!("{}{own}", stage.sim.api())).bearer_auth(&token).send().await.unwrap();
    answers.push(recorded("DELETE", &own, gone).await);
    answers.push(get("/v3/exercises", "application/json").await);
    assert_eq!(stage.sim.violations(), [""; 0]);
    answers
}

#[tokio::test]
async fn answers_fit_the_published_file() {
    let Some(openapi) = openapi() else {
        println!("skipped: AccessLink's OpenAPI file is not at hand");
        return;
    };
    let answers = answers().await;
    let judge = |answers: &[Value]| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("answers.json");
        std::fs::write(&file, serde_json::to_vec(answers).unwrap()).unwrap();
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python =
            std::env::var_os("BATON_PYTHON").map_or_else(|| tests.join("../.venv/bin/python"), PathBuf::from);
        assert!(python.exists(), "the validator is missing: run scripts/python-env.sh");
        let mut judge = Command::new(python);
        judge.arg(tests.join("python/openapi_answers.py")).arg(&openapi).arg(&file);
        judge.output().unwrap()
    };
    let output = judge(&answers);
    let (said, faults) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{faults}");
    println!("{said}");
    for seen in ["GET /v3/exercises 200", "GET /v3/exercises/{exerciseId}/tcx 404", "POST /v3/users 409"] {
        assert!(said.contains(seen), "{seen}: {said}");
    }
    // The judge is awake: a field of another type and one of another name are found.
    for (name, value) in [("duration", json!(7)), ("upload-time", json!("2026-01-01T00:00:00Z"))] {
        let mut wrong = answers.iter().find(|it| it["body"]["duration"].is_string()).unwrap().clone();
        wrong["body"][name] = value;
        let output = judge(&[wrong]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains(name));
    }
}
