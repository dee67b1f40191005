//! A client of the simulated Polar in plain HTTP, in pieces that a test can misuse.

use std::sync::Once;

use baton_tests::clock::Clock;
use baton_tests::polar::{NewClient, NewPerson, PolarSimulator};
use reqwest::header::ACCEPT;
use reqwest::{Client, Response};
use serde_json::{Value, json};

pub const NOW: i64 = 1_781_073_600;
pub const DAY: i64 = 86_400;
pub const CLIENT_ID: &str = "the-client-id";
pub const SECRET: &str = "the-client-secret";
pub const REDIRECT: &str = "http://localhost:8765/callback";
pub const STATE: &str = "client-state-0123456789";

/// A simulator whose time stands still, with one client and one person.
pub struct Stage {
    pub sim: PolarSimulator,
    pub person: i64,
}

pub fn stage() -> Stage {
    let sim = PolarSimulator::start_at(Clock::at(NOW)).unwrap();
    sim.add_client(NewClient::new(CLIENT_ID, SECRET, REDIRECT));
    let person = sim.add_person(NewPerson::new("Eka", "Toka & Co"));
    Stage { sim, person }
}

/// The same, with the person registered for two months.
pub fn registered() -> Stage {
    let stage = stage();
    stage.sim.register(CLIENT_ID, stage.person, NOW - 60 * DAY);
    stage
}

pub fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder().no_proxy().no_gzip().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub type Fields = Vec<(&'static str, String)>;

pub fn authorize_fields() -> Fields {
    let all = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("scope", "accesslink.read_all"),
        ("state", STATE),
    ];
    all.map(|(name, value)| (name, value.to_owned())).to_vec()
}

pub fn exchange_fields(code: &str) -> Fields {
    let all = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
    all.map(|(name, value)| (name, value.to_owned())).to_vec()
}

/// Sets a field, or takes it away.
pub fn set(fields: &mut Fields, name: &'static str, value: Option<&str>) {
    fields.retain(|(it, _)| *it != name);
    fields.extend(value.map(|value| (name, value.to_owned())));
}

pub fn parameter(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).unwrap();
    url.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
}

impl Stage {
    pub fn authorize_url(&self, fields: &Fields) -> String {
        url::Url::parse_with_params(&format!("{}/oauth2/authorization", self.sim.flow()), fields)
            .unwrap()
            .into()
    }

    /// A code that the person has allowed.
    pub fn code(&self) -> String {
        let redirect = self.sim.allow(&self.authorize_url(&authorize_fields()), self.person).unwrap();
        parameter(&redirect, "code").unwrap()
    }

    pub async fn exchange_with(&self, keys: Option<(&str, &str)>, fields: &Fields) -> (u16, Value) {
        let mut request = client()
            .post(format!("{}/v2/oauth2/token", self.sim.auth()))
            .header(ACCEPT, "application/json")
            .form(fields);
        if let Some((id, secret)) = keys {
            request = request.basic_auth(id, Some(secret));
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn exchange(&self, code: &str) -> (u16, Value) {
        self.exchange_with(Some((CLIENT_ID, SECRET)), &exchange_fields(code)).await
    }

    pub fn token(&self) -> String {
        self.sim.issue_token(CLIENT_ID, self.person).unwrap()
    }

    pub async fn get(&self, token: &str, path: &str, accept: &str) -> Response {
        let request = client().get(format!("{}{path}", self.sim.api())).bearer_auth(token);
        request.header(ACCEPT, accept).send().await.unwrap()
    }

    pub async fn json(&self, token: &str, path: &str) -> (u16, Value) {
        let answer = self.get(token, path, "application/json").await;
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
    }

    pub async fn register(&self, token: &str, member_id: &str) -> (u16, Value) {
        let answer = client()
            .post(format!("{}/v3/users", self.sim.api()))
            .bearer_auth(token)
            .header(ACCEPT, "application/json")
            .json(&json!({"member-id": member_id}))
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
    }
}
