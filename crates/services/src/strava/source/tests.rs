//! What is asked for, in which order, and what each answer means, against a listener that answers what it is told to.

use baton_core::{Connection, ErrorKind, Service, Time, TokenCell, Tokens};
use rstest::rstest;
use serde_json::json;

use super::super::Strava;
use super::*;
use crate::test_server::{Server, cell};

const HOSTS: &str = "[strava]\nweb = BASE\napi = BASE";
const ALL: &[&str] = &["activity:read_all", "activity:write"];
const DETAIL: &str = r#"{"id":7,"resource_state":3,"name":"Run","sport_type":"Run","start_date":"2026-11-20T07:00:00Z",
    "start_date_local":"2026-11-20T08:00:00Z","elapsed_time":3,"moving_time":3,"laps":[]}"#;
const STREAMS: &str = r#"{"time":{"data":[0,1,2,3]},"heartrate":{"data":[90,91,92,93]}}"#;

struct Stage {
    server: Server,
    connection: Box<dyn Connection>,
}

impl Stage {
    async fn answering(scopes: &[&str], answers: &[&str]) -> Stage {
        let server = Server::answering(HOSTS, answers.iter().map(|it| (*it).to_owned()).collect()).await;
        let now = "2026-11-21T08:00:00Z".parse::<Time>().unwrap().timestamp();
        let saved = json!({"keys": {"client_id": "4711", "secret": "s3cret"}, "access": "A0", "refresh": "R0",
                           "expires": now + 9000, "scopes": scopes});
        let (_, cell): (_, Arc<TokenCell>) = cell(Tokens::pack(&saved).unwrap());
        let connection = Strava::new(server.world.clone()).connect(cell).unwrap();
        Stage { server, connection }
    }

    fn source(&self) -> &dyn Source {
        self.connection.source().unwrap()
    }

    async fn list(&self, window: Window) -> Result<Vec<Entry>> {
        self.source().list(window).try_collect().await
    }

    async fn fetch(&self) -> Result<Fetched> {
        let line = json!({"id": 7, "start_date": "2026-11-20T07:00:00Z"});
        self.source().fetch(&map::entry(&serde_json::from_value(line).unwrap()).unwrap()).await
    }

    fn asked(&self) -> Vec<String> {
        self.server.asked().iter().map(|call| format!("{} {}", call["method"], call["path"])).collect()
    }
}

fn lines(ids: &[u64]) -> String {
    let lines: Vec<_> = ids
        .iter()
        .map(|id| json!({"id": id, "start_date": format!("2026-11-{:02}T07:00:00Z", id % 28 + 1)}))
        .collect();
    json!(lines).to_string()
}

fn keys(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.key.as_str()).collect()
}

#[tokio::test]
async fn pages_are_read_to_the_empty_one_and_each_entry_comes_once() {
    let odd = r#"[{"id":"none"},7,{"id":4,"start_date":"2026-11-05T07:00:00Z"}]"#;
    let pages = [lines(&[1, 2]), lines(&[2]), odd.to_owned(), "[]".to_owned()];
    let stage = Stage::answering(ALL, &pages.each_ref().map(String::as_str)).await;
    assert_eq!(keys(&stage.list(Window::ALL).await.unwrap()), ["1", "2", "4"]);
    let asked = |page: u32| format!("GET /athlete/activities?after=0&page={page}&per_page=200");
    assert_eq!(stage.asked(), [1, 2, 3, 4].map(asked));
}

#[tokio::test]
async fn a_window_is_asked_for_with_both_its_sides() {
    let stage = Stage::answering(ALL, &[&lines(&[1, 2, 3]), "[]"]).await;
    let (from, until) =
        ("2026-11-03T07:00:00Z".parse().unwrap(), "2026-11-04T07:00:00Z".parse::<Time>().unwrap());
    let entries = stage.list(Window { from: Some(from), until: Some(until) }).await.unwrap();
    assert_eq!(keys(&entries), ["2"], "the first is inside, the last is not");
    let query = format!("after={}&before={}", from.timestamp() - 1, until.timestamp() + 1);
    assert_eq!(stage.asked()[0], format!("GET /athlete/activities?{query}&page=1&per_page=200"));
}

#[rstest]
#[case::others_see_less(&["activity:read", "activity:write"])]
#[case::nothing(&["activity:write"])]
#[tokio::test]
async fn without_the_permission_to_read_all_nothing_is_asked(#[case] scopes: &[&str]) {
    let stage = Stage::answering(scopes, &[]).await;
    let error = stage.list(Window::ALL).await.unwrap_err();
    assert!(error.kind == ErrorKind::SignInRequired && error.message.contains("boxes ticked"), "{error}");
    assert!(stage.asked().is_empty());
}

#[tokio::test]
async fn an_activity_is_read_with_its_streams_and_converts_again() {
    let stage = Stage::answering(ALL, &[DETAIL, STREAMS]).await;
    let fetched = stage.fetch().await.unwrap();
    let Item::Activity(activity) = &fetched.item else { panic!("an activity") };
    assert_eq!((activity.records.len(), activity.elapsed), (4, 3.0));
    let streams = format!("GET /activities/7/streams?keys={}&key_by_type=true", Streams::KEYS);
    assert_eq!(stage.asked(), ["GET /activities/7".to_owned(), streams.replace(',', "%2C")]);
    let again = convert(&fetched.raw.unwrap()).unwrap().unwrap();
    assert_eq!(again, fetched.item);
}

#[tokio::test]
async fn laps_are_asked_for_where_the_activity_does_not_tell_them() {
    let detail = DETAIL.replace(",\"laps\":[]", "");
    let stage = Stage::answering(ALL, &[&detail, STREAMS, r#"[{"start_index":2,"elapsed_time":1}]"#]).await;
    let fetched = stage.fetch().await.unwrap();
    let Item::Activity(activity) = &fetched.item else { panic!("an activity") };
    assert_eq!((activity.laps.len(), stage.asked()[2].as_str()), (1, "GET /activities/7/laps"));
    assert_eq!(convert(&fetched.raw.unwrap()).unwrap().unwrap(), fetched.item);
}

#[tokio::test]
async fn what_has_no_streams_is_its_summary() {
    let stage = Stage::answering(ALL, &[DETAIL, "!404\n"]).await;
    let fetched = stage.fetch().await.unwrap();
    assert_eq!(convert(&fetched.raw.unwrap()).unwrap().unwrap(), fetched.item);
    let Item::Activity(activity) = &fetched.item else { panic!("an activity") };
    assert!(activity.records.is_empty() && activity.remarks[0].contains("summary"));
    // What was typed in is not asked for.
    let manual = DETAIL.replace("\"laps\"", "\"manual\":true,\"laps\"");
    let stage = Stage::answering(ALL, &[&manual]).await;
    assert!(stage.fetch().await.is_ok());
}

#[rstest]
#[case::deleted(&["!404\n"], "no longer")]
#[case::html(&["<html>"], "web page")]
#[case::other(&["{\"hello\":\"world\"}"], "form that Baton does not know")]
#[case::streams_of_another_form(&[DETAIL, "<html>"], "web page")]
#[case::outage(&[DETAIL, "!503\n", "!503\n"], "problem of its own")]
#[tokio::test]
async fn an_activity_that_cannot_be_read_says_why(#[case] answers: &[&str], #[case] words: &str) {
    let stage = Stage::answering(ALL, answers).await;
    let error = stage.fetch().await.err().unwrap();
    assert!(error.message.contains(words), "{error}");
}

#[tokio::test]
async fn an_activity_is_not_begun_where_only_half_of_it_could_be_read() {
    // One request is left after this listing, and two are needed.
    let page = "!200 x-ratelimit-usage: 99,900 | x-ratelimit-limit: 200,2000 | x-readratelimit-usage: 99,900 | \
                x-readratelimit-limit: 100,1000\n[]";
    let stage = Stage::answering(ALL, &[page]).await;
    stage.list(Window::ALL).await.unwrap();
    let error = stage.fetch().await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::RateLimited { until: "2026-11-21T08:15:05Z".parse().unwrap() });
    assert_eq!(stage.asked().len(), 1);
}

#[test]
fn other_bytes_are_not_stravas() {
    for other in ["", "{}", "[]", "{\"activity\":{\"id\":7}}", "{\"id\":7,\"resource_state\":3}", "<html>"] {
        assert!(convert(other.as_bytes()).is_none(), "{other}");
    }
}

#[tokio::test]
async fn a_permission_is_taken_back_with_the_applications_keys() {
    let stage = Stage::answering(ALL, &["!200\n"]).await;
    stage.connection.revoke().await.unwrap();
    let asked = &stage.server.asked()[0];
    assert_eq!((asked["method"].as_str(), asked["path"].as_str()), ("POST", "/oauth/revoke"));
    assert_eq!((asked["token"].as_str(), asked.get("client_secret")), ("R0", None));

    let unknown = "!401\n{\"message\":\"Authorization Error\",\"errors\":[{\"resource\":\"Application\",\
                   \"field\":\"client_id\",\"code\":\"invalid\"}]}";
    let stage = Stage::answering(ALL, &[unknown]).await;
    assert_eq!(stage.connection.revoke().await.unwrap_err().kind, ErrorKind::SignInRequired);
    let stage = Stage::answering(ALL, &["!503\n", "!503\n"]).await;
    assert_eq!(stage.connection.revoke().await.unwrap_err().kind, ErrorKind::ServiceDown);
}
