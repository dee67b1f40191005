//! The Dynamic API: its page, its tokens, sessions by days, and what it refuses.

use baton_tests::polar::generate::{self, Sort};
use baton_tests::polar::{Generation, NewClient};
use reqwest::header::ACCEPT;
use serde_json::{Value, json};

use crate::support::*;

const SCOPES: &str = "training_sessions:read sports:read";

fn page(stage: &Stage, scope: Option<&str>) -> String {
    let mut fields = authorize_fields();
    set(&mut fields, "scope", scope);
    url::Url::parse_with_params(&format!("{}/oauth/authorize", stage.sim.account()), &fields).unwrap().into()
}

async fn token(stage: &Stage, fields: &Fields) -> (u16, Value) {
    let request =
        client().post(format!("{}/oauth/token", stage.sim.account())).header(ACCEPT, "application/json");
    let answer = request.basic_auth(CLIENT_ID, Some(SECRET)).form(fields).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn signed_in(stage: &Stage, scopes: &str) -> Value {
    let redirect = stage.sim.allow(&page(stage, Some(scopes)), stage.person).unwrap();
    let (status, grant) = token(stage, &exchange_fields(&parameter(&redirect, "code").unwrap())).await;
    assert_eq!(status, 200, "{grant}");
    grant
}

async fn list(stage: &Stage, token: &str, query: &str) -> (u16, Value) {
    stage.json(token, &format!("/v4/data/training-sessions/list?{query}")).await
}

fn refresh(token: &str) -> Fields {
    vec![("grant_type", "refresh_token".into()), ("refresh_token", token.into())]
}

#[tokio::test]
async fn the_page_wants_its_own_scopes_and_clients() {
    let stage = stage();
    for wrong in [None, Some("accesslink.read_all"), Some("")] {
        let sent = stage.sim.allow(&page(&stage, wrong), stage.person).unwrap();
        assert_eq!(parameter(&sent, "error").as_deref(), Some("invalid_scope"), "{wrong:?}");
    }
    assert_eq!(stage.sim.violations().len(), 3);
    let tied = NewClient { tied_to: Some(Generation::Third), ..NewClient::new(CLIENT_ID, SECRET, REDIRECT) };
    stage.sim.add_client(tied);
    assert!(
        stage.sim.allow(&page(&stage, Some(SCOPES)), stage.person).unwrap_err().contains("Unknown client")
    );
    let code = stage.code();
    assert_eq!(stage.exchange(&code).await.0, 200, "v3 knows it");
    let tied = NewClient { tied_to: Some(Generation::Fourth), ..NewClient::new(CLIENT_ID, SECRET, REDIRECT) };
    stage.sim.add_client(tied);
    let code = stage.code();
    assert_eq!(stage.exchange(&code).await.1["error"], "invalid_client");
}

#[tokio::test]
async fn a_refresh_token_works_once_and_an_access_token_for_hours() {
    let stage = stage();
    let grant = signed_in(&stage, SCOPES).await;
    let access = grant["access_token"].as_str().unwrap();
    let day = "from=2026-06-01&to=2026-06-02";
    assert_eq!(list(&stage, access, day).await, (200, json!({"trainingSessions": []})));
    stage.sim.clock().advance(43_200);
    assert_eq!(list(&stage, access, day).await.0, 401);
    let first = refresh(grant["refresh_token"].as_str().unwrap());
    let (status, renewed) = token(&stage, &first).await;
    assert_eq!(status, 200);
    assert_eq!(list(&stage, renewed["access_token"].as_str().unwrap(), day).await.0, 200);
    assert_eq!(token(&stage, &first).await.1["error"], "invalid_grant");
    assert!(stage.sim.revoke_history(CLIENT_ID, stage.person));
    let second = refresh(renewed["refresh_token"].as_str().unwrap());
    assert_eq!(token(&stage, &second).await.1["error"], "invalid_grant");
    assert_eq!(stage.sim.violations(), [""; 0]);
}

#[tokio::test]
async fn sessions_of_any_age_come_by_days_and_with_features_one_day_at_a_time() {
    let stage = stage();
    let start = NOW - 700 * DAY;
    let old = generate::exercise(1, Sort::Run, start, 120, 12);
    stage.sim.add(stage.person, [&old]);
    let grant = signed_in(&stage, SCOPES).await;
    let access = grant["access_token"].as_str().unwrap();
    let date =
        |days: i64| (chrono::DateTime::from_timestamp(start + days * DAY + 7200, 0).unwrap()).date_naive();
    let range = |from: i64, to: i64| format!("from={}&to={}", date(from), date(to));
    let (_, told) = list(&stage, access, &range(-44, 46)).await;
    let row = &told["trainingSessions"][0];
    assert_eq!((&row["durationMillis"], &row["timezoneOffsetMinutes"]), (&json!(720_500.0), &json!(120)));
    assert!(row["exercises"][0].get("samples").is_none());
    assert_eq!(
        list(&stage, access, &range(-90, 0)).await.1["trainingSessions"],
        json!([]),
        "up to, not with"
    );
    let (_, whole) = list(&stage, access, &format!("{}&features=samples&features=routes", range(0, 1))).await;
    let part = &whole["trainingSessions"][0]["exercises"][0];
    assert_eq!(part["samples"]["samples"][0]["values"].as_array().unwrap().len(), 721);
    assert_eq!(part["routes"]["route"]["wayPoints"].as_array().unwrap().len(), 721);
    let (_, sports) = stage.json(access, "/v4/data/sports/list").await;
    let named = sports["sports"].as_array().unwrap().iter();
    assert!(named.clone().any(|it| it["identifier"]["id"] == row["sport"]["id"] && it["name"] == "RUNNING"));
    assert_eq!(stage.sim.violations(), [""; 0]);

    for wrong in
        [range(0, 91), format!("{}&features=samples", range(0, 2)), range(1, 0), "from=2026-01-01".into()]
    {
        assert_eq!(list(&stage, access, &wrong).await.0, 400, "{wrong}");
    }
    assert_eq!(list(&stage, &stage.token(), &range(0, 1)).await.0, 401, "a token of v3");
    assert_eq!(stage.sim.violations().len(), 5);
}

#[tokio::test]
async fn some_clients_are_told_otherwise_than_documented() {
    let stage = stage();
    let grant = signed_in(&stage, "training_sessions:read").await;
    let access = grant["access_token"].as_str().unwrap();
    let (status, refused) = stage.json(access, "/v4/data/sports/list").await;
    assert_eq!((status, &refused["errorMessage"]), (403, &json!("Missing required scope: sports:read")));
    stage.sim.set_options(|options| {
        (options.takes_times, options.refuses_features) = (true, true);
    });
    let (status, refused) = list(&stage, access, "from=2026-06-01&to=2026-06-02").await;
    assert!(
        status == 400
            && refused["errorMessage"].as_str().unwrap().contains("could not be parsed as datetime")
    );
    let times = "from=2026-06-01T00:00:00&to=2026-06-02T00:00:00";
    assert_eq!(list(&stage, access, times).await.0, 200);
    assert_eq!(list(&stage, access, &format!("{times}&features=laps")).await.0, 400);
    assert_eq!(stage.sim.violations(), [""; 0]);
}
