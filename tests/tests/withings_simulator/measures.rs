//! Measure groups, pages, confirmations, devices, faults.

use baton_tests::server::Times;
use baton_tests::web_fault::WebFault;
use baton_tests::withings::generate::{self, Change, Plan, Scale};
use baton_tests::withings::group::{attribs, types};
use baton_tests::withings::{Fault, MoreForm, Options};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::*;

fn ids(answer: &Value) -> Vec<i64> {
    groups(answer).iter().map(|it| it["grpid"].as_i64().unwrap()).collect()
}

fn filled(plan: &Plan) -> (Stage, generate::History, String) {
    let stage = stage();
    stage.sim.set_options(Options::lift_limits);
    let history = generate::history(7, plan);
    stage.sim.add(stage.person, &history.measurements);
    stage.sim.add_groups(stage.person, history.goals.clone());
    let token = stage.tokens().access_token;
    (stage, history, token)
}

#[tokio::test]
async fn pages_hold_every_group_once_newest_first_and_say_that_there_is_more() {
    let (stage, history, token) = filled(&Plan::new(40, NOW));
    stage.sim.set_options(|options| options.page_size = 90);
    let whole = history.group_count();
    for form in [MoreForm::Number, MoreForm::Boolean, MoreForm::AbsentAtTheEnd] {
        stage.sim.set_options(|options| options.more = form);
        let (mut found, mut dates, mut offset) = (Vec::new(), Vec::new(), "0".to_owned());
        loop {
            let answer = stage.getmeas(&token, &[("category", "1"), ("offset", &offset)]).await;
            found.extend(ids(&answer));
            dates.extend(groups(&answer).iter().map(|it| it["date"].as_i64().unwrap()));
            let body = &answer["body"];
            assert_eq!((&body["updatetime"], &body["timezone"]), (&json!(NOW), &json!("Europe/Berlin")));
            let is_last = found.len() == whole;
            let wanted = match form {
                MoreForm::Number => Some(json!(i32::from(!is_last))),
                MoreForm::Boolean => Some(json!(!is_last)),
                MoreForm::AbsentAtTheEnd => (!is_last).then(|| json!(1)),
            };
            assert_eq!(body.get("more"), wanted.as_ref());
            if is_last {
                break;
            }
            offset = body["offset"].to_string();
        }
        assert!(dates.is_sorted_by(|a, b| a >= b));
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), whole);
    }
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn a_group_looks_as_published_payloads_do() {
    let (stage, history, token) = filled(&Plan::new(1, NOW));
    let answer = stage.getmeas(&token, &[("meastype", "1")]).await;
    let group = &groups(&answer)[0];
    let mut names: Vec<&str> = group.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = [
        "attrib",
        "category",
        "comment",
        "created",
        "date",
        "deviceid",
        "grpid",
        "hash_deviceid",
        "measures",
        "model",
        "modelid",
        "modified",
    ];
    names.sort_unstable();
    assert_eq!(names, wanted);
    assert_eq!((&group["model"], &group["modelid"]), (&json!("Body Cardio"), &json!(6)));
    let measures = group["measures"].as_array().unwrap();
    assert_eq!(measures.len(), 1, "the other types were not asked for");
    let truth = history.truths().find(|it| it.weight().is_some()).unwrap();
    let measure = &measures[0];
    assert_eq!(measure["type"], 1);
    let unit = measure["unit"].as_i64().unwrap() as i32;
    let number = measure["value"].as_i64().unwrap() as f64 * 10_f64.powi(unit);
    assert!((number - truth.weight().unwrap().number()).abs() < 1e-9);
    stage.sim.set_options(|options| options.sparse_groups = true);
    let sparse = stage.getmeas(&token, &[("meastype", "1")]).await;
    assert!(groups(&sparse)[0].get("modified").is_none() && groups(&sparse)[0].get("model").is_none());
    let typed = stage.getmeas(&token, &[("meastypes", "4")]).await;
    assert_eq!((&groups(&typed)[0]["deviceid"], &groups(&typed)[0]["attrib"]), (&Value::Null, &json!(2)));
}

#[tokio::test]
async fn windows_categories_and_types_choose_groups() {
    let (stage, history, token) = filled(&Plan::new(10, NOW).with_all());
    let count = |more: Vec<(&'static str, String)>| {
        let (stage, token) = (&stage, &token);
        async move {
            let more: Vec<(&str, &str)> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
            groups(&stage.getmeas(token, &more).await).len()
        }
    };
    let all: Vec<_> = history.measurements.iter().flat_map(|it| &it.groups).collect();
    let of = |name, value: i64| (name, value.to_string());
    assert_eq!(count(vec![of("category", 1)]).await, all.len());
    assert_eq!(count(vec![of("category", 2)]).await, 1);
    let (from, to) = (NOW - 5 * 86_400, NOW - 2 * 86_400);
    let within = all.iter().filter(|it| (from..=to).contains(&it.date)).count();
    assert!(within > 3);
    assert_eq!(count(vec![of("category", 1), of("startdate", from), of("enddate", to)]).await, within);
    let edge = all[all.len() / 2].modified;
    let changed = all.iter().filter(|it| it.modified >= edge).count();
    assert_eq!(count(vec![of("category", 1), of("lastupdate", edge)]).await, changed);
    let pressures = all.iter().filter(|it| it.measures.iter().any(|it| [9, 10].contains(&it.kind))).count();
    assert_eq!(count(vec![("meastypes", "9,10".into())]).await, pressures);
    assert_eq!(stage.sim.violations(), [""; 0]);
    let both = stage.getmeas(&token, &[("lastupdate", "1"), ("startdate", "1")]).await;
    assert_eq!(both["status"], 503);
    assert_eq!(stage.getmeas(&token, &[("category", "3")]).await["status"], 503);
    assert_eq!(stage.getmeas(&token, &[("offset", "-1")]).await["status"], 503);
    stage.getmeas(&token, &[("limit", "5")]).await;
    assert_eq!(stage.sim.violations().len(), 2);
}

#[tokio::test]
async fn edits_late_arrivals_and_removals_are_seen_at_the_next_look() {
    let (stage, history, token) = filled(&Plan::new(30, NOW));
    stage.sim.clock().advance(600);
    let changes = generate::changes(3, &history, 2);
    for change in &changes {
        stage.sim.change(stage.person, change);
    }
    let answer = stage.getmeas(&token, &[("lastupdate", &(NOW + 1).to_string())]).await;
    let found = ids(&answer);
    let mut wanted: Vec<i64> = Vec::new();
    for change in &changes {
        match change {
            Change::Edited(it) => {
                assert!(it.groups.iter().all(|it| it.created <= NOW));
                wanted.extend(&it.truth.grpids);
            }
            Change::Arrived(it) => {
                assert!(it.truth.time < NOW - 86_400);
                wanted.extend(&it.truth.grpids);
            }
            Change::Removed(_) => {}
        }
    }
    let sorted = |mut list: Vec<i64>| {
        list.sort_unstable();
        list
    };
    assert_eq!(sorted(found), sorted(wanted));
    assert!(groups(&answer).iter().all(|it| it["modified"] == NOW + 600));
    let all = ids(&stage.getmeas(&token, &[]).await);
    for change in &changes {
        if let Change::Removed(truth) = change {
            assert!(truth.grpids.iter().all(|it| !all.contains(it)));
        }
    }
    let grpid = history.measurements[5].groups[0].grpid;
    assert_eq!(stage.sim.edit_group(stage.person, grpid, |it| it.measures[0].amount.value += 5), 1);
    assert_eq!(stage.sim.remove_group(stage.person, grpid), 1);
    assert_eq!(stage.sim.remove_group(stage.person, grpid), 0);
}

#[tokio::test]
async fn an_uncertain_group_can_be_claimed_or_disowned() {
    let stage = stage();
    let token = stage.tokens().access_token;
    for seed in [1, 2] {
        let mut made = generate::weigh_in(seed, NOW - 500 * seed as i64, chrono_tz::UTC);
        made.groups.iter_mut().for_each(|it| it.attrib = attribs::AMBIGUOUS);
        stage.sim.add(stage.person, [&made]);
    }
    let confirm = |grpid: i64, answer: &'static str| {
        let (stage, token) = (&stage, &token);
        async move {
            let sent = [("action", "confirmuser"), ("grpid", &*grpid.to_string()), ("is_confirmed", answer)];
            stage.call("/v2/measure", Some(token), &fields(&sent)).await
        }
    };
    let all = stage.sim.groups(stage.person);
    let (mine, other) = (all[0].grpid, all[3].grpid);
    stage.sim.clock().advance(60);
    assert_eq!(confirm(mine, "1").await, json!({"status": 0, "body": {}}));
    assert_eq!(confirm(other, "0").await["status"], 0);
    assert_eq!(confirm(99, "1").await["status"], 503);
    let left = stage.sim.groups(stage.person);
    assert_eq!(left.len(), all.len() - 1);
    let claimed = left.iter().find(|it| it.grpid == mine).unwrap();
    assert_eq!((claimed.attrib, claimed.modified), (attribs::CONFIRMED, NOW + 60));
    assert_eq!(stage.sim.confirmations(), [(mine, true), (other, false)]);
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn devices_are_listed_under_their_own_scope() {
    let (stage, _, token) = filled(&Plan::new(5, NOW).on(Scale::BodyScan));
    let devices = |token: String| {
        let stage = &stage;
        async move { stage.call("/v2/user", Some(&token), &fields(&[("action", "getdevice")])).await }
    };
    let list = devices(token).await["body"]["devices"].as_array().unwrap().clone();
    let mut models: Vec<&str> = list.iter().map(|it| it["model"].as_str().unwrap()).collect();
    models.sort_unstable();
    assert_eq!(models, ["BPM Connect", "Body Scan"]);
    let nobody = stage.sim.add_person(baton_tests::withings::NewPerson::new("No scale", chrono_tz::UTC));
    let token = stage.sim.issue_tokens(CLIENT_ID, nobody).unwrap().access_token;
    assert_eq!(devices(token.clone()).await["body"]["devices"], json!([]));
    assert_eq!(groups(&stage.getmeas(&token, &[]).await).len(), 0);
    assert_eq!(stage.sim.violations(), [""; 0]);
    let narrow = stage.exchange(&stage.code()).await["body"]["access_token"].as_str().unwrap().to_owned();
    assert_eq!(devices(narrow).await["status"], 214);
    assert_eq!(stage.sim.violations().len(), 1);
}

#[tokio::test]
async fn faults_hit_their_endpoint_only() {
    let (stage, _, token) = filled(&Plan::new(10, NOW));
    stage.sim.set_options(|options| options.page_size = 20);
    let once = |on: &str, fault: Fault| stage.sim.fault(on, fault, Times::Next(1));
    once("measure_next", Fault::Status { status: 601, without_body: false });
    assert_eq!(stage.getmeas(&token, &[]).await["status"], 0, "the first page");
    assert_eq!(stage.getmeas(&token, &[("offset", "20")]).await["status"], 601);
    let before = ids(&stage.getmeas(&token, &[]).await);
    once("measure_next", Fault::NewGroup);
    let second = ids(&stage.getmeas(&token, &[("offset", "20")]).await);
    assert_eq!(second[..3], before[17..], "three groups came and pushed the others down");
    once("measure", WebFault::Html.into());
    let answer = stage.send("/measure", Some(&token), &fields(&[("action", "getmeas")])).await;
    assert!(answer.text().await.unwrap().starts_with("<!DOCTYPE"));
    once("measure", WebFault::RateLimited { retry_after_seconds: Some(30), as_date: false }.into());
    let answer = stage.send("/measure", Some(&token), &fields(&[("action", "getmeas")])).await;
    assert_eq!(
        (answer.status(), answer.headers()["retry-after"].as_bytes()),
        (StatusCode::TOO_MANY_REQUESTS, &b"30"[..])
    );
    once("api", WebFault::CutBefore.into());
    let cut = client()
        .post(format!("{}/measure", stage.sim.api()))
        .bearer_auth(&token)
        .form(&[("action", "getmeas")]);
    assert!(cut.send().await.is_err());
    once("any", WebFault::HalfAnAnswer.into());
    let half = stage.send("/measure", Some(&token), &fields(&[("action", "getmeas")])).await;
    assert!(half.json::<Value>().await.is_err());
    once("measure", Fault::ExpiredAccessToken);
    for _ in 0..2 {
        assert_eq!(stage.getmeas(&token, &[]).await["status"], 401, "it stays expired");
    }
    let old = [("action", "getmeas"), ("access_token", &*stage.tokens().access_token)];
    assert_eq!(stage.call("/measure", None, &fields(&old)).await["status"], 0, "as older programs send it");
    assert_eq!(stage.sim.violations(), [""; 0]);
    assert_eq!(stage.call("/measure", None, &fields(&[("action", "getmeas")])).await["status"], 401);
    assert_eq!(stage.sim.violations().len(), 1);
}

#[tokio::test]
async fn the_control_addresses_do_what_rust_can() {
    let stage = stage();
    let control = |path: &str, body: Value| {
        let request = client().post(format!("{}/_sim/{path}", stage.sim.api())).json(&body);
        async move { request.send().await.unwrap() }
    };
    let person = control("person", json!({"name": "Ada", "time_zone": "America/New_York"})).await;
    let userid = person.json::<Value>().await.unwrap()["userid"].as_i64().unwrap();
    let group = generate::pressure(1, NOW - 60, chrono_tz::UTC).groups.remove(0);
    let sent = json!({"userid": userid, "group": group});
    assert_eq!(control("group", sent).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(stage.sim.groups(userid), std::slice::from_ref(&group));
    let fault = json!({"on": "measure", "kind": "status", "status": 522, "times": 1});
    assert_eq!(control("fault", fault).await.status(), StatusCode::NO_CONTENT);
    let fault = json!({"on": "measure", "kind": "rate_limited", "retry_after_seconds": 9, "sticky": true});
    assert_eq!(control("fault", fault).await.status(), StatusCode::NO_CONTENT);
    let token = stage.sim.issue_tokens(CLIENT_ID, userid).unwrap().access_token;
    assert_eq!(stage.getmeas(&token, &[]).await["status"], 522);
    let limited = stage.send("/measure", Some(&token), &fields(&[("action", "getmeas")])).await;
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    stage.sim.clear_faults();
    assert_eq!(control("options", json!({"page_size": 3})).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(control("options", json!({"page": 3})).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(control("advance", json!({"seconds": 50})).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(stage.sim.clock().now(), NOW + 50);
    let state = client().get(format!("{}/_sim/state", stage.sim.api())).send().await.unwrap();
    let state: Value = state.json().await.unwrap();
    assert_eq!(state["persons"][1]["groups"], 1);
    assert_eq!(group.measures[1].kind, types::SYSTOLIC);
}
