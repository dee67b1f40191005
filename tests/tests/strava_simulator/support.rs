//! A client of the simulated Strava in plain HTTP, in pieces that a test can misuse.

use std::sync::Once;

use baton_tests::clock::Clock;
use baton_tests::garmin::sample::{SampleActivity, fit_file};
use baton_tests::strava::{NewApplication, NewAthlete, StravaSimulator};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

/// 2026-06-10T06:40:00Z
pub const NOW: i64 = 1_781_073_600;
pub const CLIENT_ID: &str = "4711";
pub const SECRET: &str = "the-client-secret";
pub const REDIRECT: &str = "http://127.0.0.1:49152/callback";
pub const ALL: [&str; 5] =
    ["read", "profile:read_all", "profile:write", "activity:read_all", "activity:write"];

/// A simulator whose time stands still, with one application and one athlete.
pub struct Stage {
    pub sim: StravaSimulator,
    pub athlete: u64,
}

pub fn stage() -> Stage {
    let sim = StravaSimulator::start_at(Clock::at(NOW)).unwrap();
    sim.add_application(NewApplication::new(CLIENT_ID, SECRET));
    let athlete = sim.add_athlete(NewAthlete::new("Sam", "Rider", 77.0));
    Stage { sim, athlete }
}

pub fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub fn authorize_fields() -> Vec<(&'static str, String)> {
    let scope = ALL.join(",");
    [
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", &scope),
        ("state", "s1"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// Sets a field, or takes it away.
pub fn set(fields: &mut Vec<(&'static str, String)>, name: &'static str, value: Option<&str>) {
    fields.retain(|(it, _)| *it != name);
    fields.extend(value.map(|value| (name, value.to_owned())));
}

pub fn parameter(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).unwrap();
    url.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
}

impl Stage {
    pub fn authorize_url(&self, fields: &[(&'static str, String)]) -> String {
        let base = format!("{}/oauth/authorize", self.sim.web());
        url::Url::parse_with_params(&base, fields).unwrap().into()
    }

    /// A code that the athlete has allowed.
    pub fn code(&self) -> String {
        let redirect = self.sim.allow(&self.authorize_url(&authorize_fields()), self.athlete).unwrap();
        parameter(&redirect, "code").unwrap()
    }

    pub async fn token(&self, fields: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![("client_id", CLIENT_ID), ("client_secret", SECRET)];
        for (name, value) in fields {
            form.retain(|(it, _)| it != name);
            form.push((name, value));
        }
        let answer =
            client().post(format!("{}/oauth/token", self.sim.web())).form(&form).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// An access token with these scopes.
    pub fn access(&self, scopes: &[&str]) -> String {
        self.sim.issue_tokens(CLIENT_ID, self.athlete, scopes).unwrap().access_token
    }

    pub fn request(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        client().request(method, format!("{}{path}", self.sim.api())).bearer_auth(token)
    }

    /// Status and body; an empty body is null.
    pub async fn get(&self, token: &str, path: &str) -> (u16, Value) {
        told(self.request(token, Method::GET, path).send().await.unwrap()).await
    }

    pub async fn put(&self, token: &str, path: &str, change: &Value) -> (u16, Value) {
        told(self.request(token, Method::PUT, path).json(change).send().await.unwrap()).await
    }

    pub async fn upload(
        &self,
        token: &str,
        texts: &[(&'static str, &'static str)],
        name: &'static str,
        bytes: Vec<u8>,
    ) -> Response {
        let form = texts.iter().fold(Form::new(), |form, (name, text)| form.text(*name, *text));
        let form = form.part("file", Part::bytes(bytes).file_name(name));
        self.request(token, Method::POST, "/uploads").multipart(form).send().await.unwrap()
    }

    /// Uploads a ride that starts then, and polls it to its end; answers what is told in the end.
    pub async fn ride(&self, token: &str, start: i64, external_id: &'static str) -> Value {
        let texts = [("data_type", "fit"), ("external_id", external_id)];
        let (_, upload) = told(self.upload(token, &texts, "ride.fit", ride(start)).await).await;
        let path = format!("/uploads/{}", upload["id"]);
        for _ in 0..5 {
            let (_, upload) = self.get(token, &path).await;
            if !upload["activity_id"].is_null() || !upload["error"].is_null() {
                return upload;
            }
        }
        panic!("it has no end: {upload}");
    }
}

pub async fn told(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
}

pub fn ride(start: i64) -> Vec<u8> {
    fit_file(&SampleActivity { start, ..SampleActivity::default() })
}

/// `Application/client_id/invalid`
pub fn fault(body: &Value) -> String {
    let part = |name: &str| body["errors"][0][name].as_str().unwrap_or_default().to_owned();
    format!("{}/{}/{}", part("resource"), part("field"), part("code"))
}
