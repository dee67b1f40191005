//! A client of the simulated Withings in plain HTTP, in pieces that a test can misuse.

use std::sync::Once;

use baton_tests::clock::Clock;
use baton_tests::withings::{NewApplication, NewPerson, TokenPair, WithingsSimulator};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

pub const NOW: i64 = 1_781_073_600;
pub const CLIENT_ID: &str = "the-client-id";
pub const SECRET: &str = "the-client-secret";
pub const REDIRECT: &str = "http://localhost:8765/callback";
pub const STATE: &str = "client-state-0123456789";

/// A simulator whose time stands still, with one application and one person.
pub struct Stage {
    pub sim: WithingsSimulator,
    pub person: i64,
}

pub fn stage() -> Stage {
    let sim = WithingsSimulator::start_at(Clock::at(NOW)).unwrap();
    sim.add_application(NewApplication::new(CLIENT_ID, SECRET, REDIRECT));
    let person = sim.add_person(NewPerson::new("Sam", chrono_tz::Europe::Berlin));
    Stage { sim, person }
}

pub fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub type Fields<'a> = Vec<(&'a str, String)>;

pub fn fields<'a>(list: &[(&'a str, &str)]) -> Fields<'a> {
    list.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

pub fn authorize_fields() -> Fields<'static> {
    fields(&[
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("scope", "user.metrics"),
        ("redirect_uri", REDIRECT),
        ("state", STATE),
    ])
}

impl Stage {
    pub fn authorize_url(&self, fields: &Fields<'_>) -> String {
        let base = format!("{}/oauth2_user/authorize2", self.sim.account());
        url::Url::parse_with_params(&base, fields).unwrap().into()
    }

    /// A code that the person has allowed.
    pub fn code(&self) -> String {
        let redirect = self.sim.allow(&self.authorize_url(&authorize_fields()), self.person).unwrap();
        parameter(&redirect, "code").unwrap()
    }

    pub async fn send(&self, path: &str, token: Option<&str>, fields: &Fields<'_>) -> Response {
        let mut request = client().post(format!("{}{path}", self.sim.api())).form(fields);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap()
    }

    pub async fn call(&self, path: &str, token: Option<&str>, fields: &Fields<'_>) -> Value {
        let answer = self.send(path, token, fields).await;
        assert_eq!(answer.status(), StatusCode::OK, "failures come under 200 as well");
        answer.json().await.unwrap()
    }

    pub async fn exchange(&self, code: &str) -> Value {
        self.call("/v2/oauth2", None, &exchange_fields(code)).await
    }

    pub async fn refresh(&self, token: &str) -> Value {
        let fields = fields(&[
            ("action", "requesttoken"),
            ("client_id", CLIENT_ID),
            ("client_secret", SECRET),
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
        ]);
        self.call("/v2/oauth2", None, &fields).await
    }

    pub fn tokens(&self) -> TokenPair {
        self.sim.issue_tokens(CLIENT_ID, self.person).unwrap()
    }

    pub async fn getmeas(&self, token: &str, more: &[(&str, &str)]) -> Value {
        let mut sent = fields(&[("action", "getmeas")]);
        sent.extend(fields(more));
        self.call("/measure", Some(token), &sent).await
    }
}

pub fn exchange_fields(code: &str) -> Fields<'static> {
    fields(&[
        ("action", "requesttoken"),
        ("client_id", CLIENT_ID),
        ("client_secret", SECRET),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
    ])
}

/// Sets a field, or takes it away.
pub fn set(fields: &mut Fields<'_>, name: &'static str, value: Option<&str>) {
    fields.retain(|(it, _)| *it != name);
    if let Some(value) = value {
        fields.push((name, value.to_owned()));
    }
}

pub fn parameter(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).unwrap();
    url.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
}

pub fn groups(answer: &Value) -> &Vec<Value> {
    assert_eq!(answer["status"], 0, "{answer}");
    answer["body"]["measuregrps"].as_array().unwrap()
}
