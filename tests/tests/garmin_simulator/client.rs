//! A client of the simulated Garmin Connect that keeps to every rule, in pieces that a test can misuse.

use baton_tests::garmin::{DiTokens, GarminSimulator, MfaMethod, NewUser};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

pub const EMAIL: &str = "rider@example.org";
pub const PASSWORD: &str = "correct horse";
pub const IOS: &str = "https://mobile.integration.garmin.com/gcm/ios";
pub const APP: &str = "https://connect.garmin.com/app";
pub const EMBED: &str = "https://sso.garmin.com/sso/embed";
pub const CLIENT_ID: &str = "GARMIN_CONNECT_MOBILE_ANDROID_DI_2025Q2";
pub const BROWSER: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";

pub fn simulator(mfa: MfaMethod) -> GarminSimulator {
    let simulator = GarminSimulator::start().unwrap();
    simulator.add_user(NewUser::new(EMAIL, PASSWORD).with_mfa(mfa));
    simulator
}

/// A client that keeps cookies and follows redirects as told.
pub fn browser(redirects: usize) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .cookie_store(true)
        .redirect(if redirects == 0 {
            reqwest::redirect::Policy::none()
        } else {
            reqwest::redirect::Policy::limited(redirects)
        })
        .user_agent(BROWSER)
        .build()
        .unwrap()
}

pub fn plain() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().build().unwrap()
}

pub fn native() -> HeaderMap {
    let headers = [
        ("user-agent", "GCM-Android-5.23"),
        (
            "x-garmin-user-agent",
            "com.garmin.android.apps.connectmobile/5.23; ; Google/sdk_gphone64_arm64/google; Android/33; Dalvik/2.1.0",
        ),
        ("x-garmin-paired-app-version", "10861"),
        ("x-garmin-client-platform", "Android"),
        ("x-app-ver", "10861"),
        ("x-lang", "en"),
        ("x-gcexperience", "GC5"),
        ("accept-language", "en-US,en;q=0.9"),
        ("accept", "application/json"),
    ];
    headers
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .into_iter()
        .collect()
}

pub async fn load_page(client: &Client, base: &str, flow: &str, client_id: &str, service: &str) -> String {
    let locale = if flow == "mobile" { "en_US" } else { "en-US" };
    let page = client
        .get(format!("{base}/{flow}/sso/{locale}/sign-in"))
        .query(&[("clientId", client_id), ("service", service)])
        .header("accept", "text/html,*/*;q=0.8")
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    page.url().to_string()
}

pub fn sign_in_post(
    client: &Client,
    base: &str,
    path: &str,
    client_id: &str,
    service: &str,
    page: &str,
) -> RequestBuilder {
    client
        .post(format!("{base}{path}"))
        .query(&[("clientId", client_id), ("locale", "en-US"), ("service", service)])
        .header("accept", "application/json, text/plain, */*")
        .header("accept-language", "en-US,en;q=0.9")
        .header("origin", base)
        .header("referer", page)
}

pub fn credentials(password: &str) -> Value {
    json!({"username": EMAIL, "password": password, "rememberMe": true, "captchaToken": ""})
}

pub fn code_body(code: &str) -> Value {
    json!({"mfaMethod": "email", "mfaVerificationCode": code, "rememberMyBrowser": true, "reconsentList": [], "mfaSetup": false})
}

pub fn token_request(base: &str, client_id: &str, fields: &[(&str, &str)]) -> RequestBuilder {
    let mut form = vec![("client_id", client_id)];
    form.extend(fields);
    plain()
        .post(format!("{base}/di-oauth2-service/oauth/token"))
        .headers(native())
        .header("cache-control", "no-cache")
        .basic_auth(client_id, Some(""))
        .form(&form)
}

pub async fn exchange(base: &str, ticket: &str, service: &str) -> Response {
    let grant = "https://connectapi.garmin.com/di-oauth2-service/oauth/grant/service_ticket";
    let fields = [("service_ticket", ticket), ("grant_type", grant), ("service_url", service)];
    token_request(base, CLIENT_ID, &fields).send().await.unwrap()
}

pub async fn refresh(base: &str, token: &str) -> Response {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
    token_request(base, CLIENT_ID, &fields).send().await.unwrap()
}

pub fn data(method: reqwest::Method, base: &str, path: &str, tokens: &DiTokens) -> RequestBuilder {
    plain().request(method, format!("{base}{path}")).headers(native()).bearer_auth(&tokens.di_token)
}

pub fn get(base: &str, path: &str, tokens: &DiTokens) -> RequestBuilder {
    data(reqwest::Method::GET, base, path, tokens)
}

pub fn upload(base: &str, tokens: &DiTokens, name: &str, bytes: Vec<u8>) -> RequestBuilder {
    let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
    data(reqwest::Method::POST, base, "/upload-service/upload", tokens)
        .multipart(reqwest::multipart::Form::new().part("file", part))
}

pub async fn json_of(answer: Response) -> Value {
    answer.json().await.unwrap()
}

/// What stands between two marks; empty if they are not there.
pub fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map_or("", |(found, _)| found)
}
