//! A headless sign-in and a reader of the API, in plain HTTP.

use std::sync::Once;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use baton_tests::peloton::{AUDIENCE, CLIENT_ID, NewUser, PelotonSimulator, REDIRECT_URI, SCOPE};
use reqwest::header::LOCATION;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub const EMAIL: &str = "rider@example.com";
pub const PASSWORD: &str = "correct \\ horse";
pub const CLIENT_STATE: &str = "client-state-0123456789";
const NONCE: &str = "client-nonce-0123456789";
pub const VERIFIER: &str = "0123456789abcdefghijklmnopqrstuvwxyz-._~ABCDEFGHIJKLMNOPQ";
pub const NOW: i64 = 1_781_073_600;

pub fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder()
        .cookie_store(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

pub fn simulator() -> PelotonSimulator {
    let simulator = PelotonSimulator::start().unwrap();
    simulator.add_user(NewUser::new(EMAIL, PASSWORD));
    simulator
}

pub fn location(answer: &Response) -> String {
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// The value of the first `name="value"` after `marker`.
pub fn attribute(html: &str, marker: &str, name: &str) -> String {
    let html = &html[html.find(marker).unwrap_or_else(|| panic!("no {marker} in {html}"))..];
    let start = html.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
    let text = &html[start..start + html[start..].find('"').unwrap()];
    text.replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// A headless sign-in, step by step.
pub struct Walk<'a> {
    pub simulator: &'a PelotonSimulator,
    pub client: Client,
    pub redirect_uri: String,
}

impl<'a> Walk<'a> {
    pub fn new(simulator: &'a PelotonSimulator) -> Self {
        Self { simulator, client: client(), redirect_uri: REDIRECT_URI.to_owned() }
    }

    pub fn authorize_parameters(&self) -> Vec<(&'static str, String)> {
        vec![
            ("client_id", CLIENT_ID.into()),
            ("audience", AUDIENCE.into()),
            ("scope", SCOPE.into()),
            ("response_type", "code".into()),
            ("response_mode", "query".into()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("state", CLIENT_STATE.into()),
            ("nonce", NONCE.into()),
            ("code_challenge", URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))),
            ("code_challenge_method", "S256".into()),
        ]
    }

    pub async fn authorize(&self, parameters: &[(&'static str, String)]) -> Response {
        let address = format!("{}/authorize", self.simulator.auth());
        self.client.get(address).query(parameters).send().await.unwrap()
    }

    /// The login page's own address and text.
    pub async fn login_page(&self) -> (String, String) {
        let answer = self.authorize(&self.authorize_parameters()).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        let address = format!("{}{}", self.simulator.auth(), location(&answer));
        let page = self.client.get(&address).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        (address, page.text().await.unwrap())
    }

    pub fn config(page: &str) -> Value {
        let start = page.find("window.injectedConfig").unwrap();
        let text = page[start..].split('"').nth(1).unwrap();
        serde_json::from_slice(&STANDARD.decode(text).unwrap()).unwrap()
    }

    pub fn login_body(page: &str) -> Value {
        let config = Self::config(page);
        let mut body = config["internalOptions"].clone();
        body["client_id"] = config["clientID"].clone();
        body["redirect_uri"] = config["callbackURL"].clone();
        body["tenant"] = json!("peloton-prod");
        body["connection"] = json!("pelo-user-password");
        body["username"] = json!(EMAIL);
        body["password"] = json!(PASSWORD);
        body
    }

    pub async fn login(&self, body: &Value) -> Response {
        let address = format!("{}/usernamepassword/login", self.simulator.auth());
        self.client.post(address).json(body).send().await.unwrap()
    }

    /// From the page after the password to the redirect address with the code.
    pub async fn walk_to_redirect(&self, form: &str) -> String {
        let fields: Vec<(&str, String)> = ["wa", "wresult", "wctx"]
            .into_iter()
            .map(|name| (name, attribute(form, &format!("name=\"{name}\""), "value")))
            .collect();
        let mut answer =
            self.client.post(attribute(form, "hiddenform", "action")).form(&fields).send().await.unwrap();
        let mut base = url::Url::parse(self.simulator.auth()).unwrap();
        for _ in 0..12 {
            assert!(answer.status().is_redirection(), "{} {}", answer.status(), answer.url());
            let next = base.join(&location(&answer)).unwrap();
            if next.as_str().starts_with(&self.redirect_uri) {
                return next.into();
            }
            base = next.clone();
            answer = self.client.get(next).send().await.unwrap();
        }
        panic!("no redirect to the client");
    }

    /// The whole walk; answers the code.
    pub async fn code(&self) -> String {
        let (_, page) = self.login_page().await;
        let answer = self.login(&Self::login_body(&page)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let redirect = self.walk_to_redirect(&answer.text().await.unwrap()).await;
        let parameters: std::collections::HashMap<_, _> =
            url::Url::parse(&redirect).unwrap().query_pairs().into_owned().collect();
        assert_eq!(parameters["state"], CLIENT_STATE);
        parameters["code"].clone()
    }

    pub async fn token(&self, body: &Value) -> (StatusCode, Value) {
        let address = format!("{}/oauth/token", self.simulator.auth());
        let answer = self.client.post(address).json(body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    pub async fn exchange(&self, code: &str) -> (StatusCode, Value) {
        self.token(&json!({
            "grant_type": "authorization_code", "client_id": CLIENT_ID, "code": code, "code_verifier": VERIFIER,
            "redirect_uri": self.redirect_uri,
        }))
        .await
    }

    pub async fn refresh(&self, token: &str) -> (StatusCode, Value) {
        self.token(&json!({"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": token}))
            .await
    }
}

/// A signed-in reader of the API.
pub struct Reader<'a> {
    pub simulator: &'a PelotonSimulator,
    pub client: Client,
    pub token: String,
}

impl<'a> Reader<'a> {
    pub fn new(simulator: &'a PelotonSimulator) -> Self {
        Self { simulator, client: client(), token: simulator.issue_tokens().access_token }
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client
            .get(format!("{}{path}", self.simulator.api()))
            .bearer_auth(&self.token)
            .header("Peloton-Platform", "web")
            .send()
            .await
            .unwrap()
    }

    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }

    pub async fn user(&self) -> String {
        self.json("/api/me").await["id"].as_str().unwrap().to_owned()
    }

    pub async fn page(&self, limit: usize, page: usize) -> Value {
        let user = self.user().await;
        let query = format!("limit={limit}&page={page}&sort_by=-created&joins=ride,ride.instructor");
        self.json(&format!("/api/user/{user}/workouts?{query}")).await
    }
}

pub fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}
