//! The older way to a bearer token: OAuth 1.0a with HMAC-SHA1 (RFC 5849), verified here from the request as it
//! arrived, and the exchange that gives an OAuth2 bearer for an OAuth1 token.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{OriginalUri, State as Routed};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha1::Sha1;

use super::answers::page;
use super::service::{self, ServiceKind};
use super::sign_in::text;
use super::state::{OAuth1Token, State, UserIndex};
use super::{OAuth1Pair, Shared, tokens, unix_now};
use crate::server::random_text;

/// How far a signature's timestamp may be from now, in seconds.
const CLOCK_TOLERANCE: i64 = 300;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/oauth_consumer.json", get(consumer))
        .route("/oauth-service/oauth/preauthorized", get(preauthorized))
        .route("/oauth-service/oauth/exchange/user/2.0", post(exchange))
}

async fn consumer(Routed(shared): Routed<Arc<Shared>>) -> Response {
    Json(json!({"consumer_key": shared.consumer_key, "consumer_secret": shared.consumer_secret}))
        .into_response()
}

/// Gives an OAuth1 token for a ticket of the Android program or the embed widget.
async fn preauthorized(
    Routed(shared): Routed<Arc<Shared>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let query = uri.query().unwrap_or_default();
    check_agent(&shared, &headers);
    let mut state = shared.state();
    if let Err(why) = verify(&shared, &mut state, "GET", uri.path(), query, &headers, b"", None) {
        return refuse(&shared, &why);
    }
    let asked: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let field = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    if field("accepts-mfa-tokens") != "true" {
        shared.violation("preauthorized: accepts-mfa-tokens=true is missing");
    }
    let service = field("login-url");
    let kind = service::parse(&shared.base, service).map(|it| it.kind);
    if !matches!(kind, Some(ServiceKind::Android | ServiceKind::Embed)) {
        shared.violation(format!("preauthorized: login-url {service:?} is not the Android program's"));
        return unauthorized("Client app validation failed");
    }
    let name = field("ticket");
    let with_mfa = state.tickets.get(name).is_some_and(|it| it.with_mfa);
    let Some(user) = tokens::spend_ticket(&mut state, &shared.options(), name, service, false) else {
        return unauthorized("Invalid ticket");
    };
    let (token, kept) = new_token(user, with_mfa);
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("oauth_token", &token).append_pair("oauth_token_secret", &kept.secret);
    if let Some(mfa_token) = &kept.mfa_token {
        body.append_pair("mfa_token", mfa_token);
        let until = chrono::Utc::now() + chrono::Duration::days(365);
        body.append_pair("mfa_expiration_timestamp", &until.format("%Y-%m-%d %H:%M:%S.000").to_string());
    }
    state.oauth1_tokens.insert(token, kept);
    ([("content-type", "text/plain;charset=utf-8")], body.finish()).into_response()
}

/// Gives a bearer for an OAuth1 token: the first time with the audience named, later without.
async fn exchange(
    Routed(shared): Routed<Arc<Shared>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !text(&headers, "content-type").starts_with("application/x-www-form-urlencoded") {
        shared.violation("exchange/user/2.0: the body is not announced as application/x-www-form-urlencoded");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    check_agent(&shared, &headers);
    let mut state = shared.state();
    let name = oauth_parameters(&headers).into_iter().find(|(name, _)| name == "oauth_token");
    let name = name.map(|(_, value)| value).unwrap_or_default();
    let Some(token) = state.oauth1_tokens.get(&name).filter(|it| !it.dead) else {
        return unauthorized("OAuthToken is invalid");
    };
    let (user, secret) = (token.user, token.secret.clone());
    let (mfa_token, renewal) = (token.mfa_token.clone(), token.exchanged);
    let query = uri.query().unwrap_or_default();
    if let Err(why) = verify(&shared, &mut state, "POST", uri.path(), query, &headers, &body, Some(&secret)) {
        return refuse(&shared, &why);
    }
    let fields: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    match fields.get("audience").map(String::as_str) {
        None if renewal => {}
        Some("GARMIN_CONNECT_MOBILE_ANDROID_DI") if !renewal => {}
        other => {
            shared.violation(format!("exchange/user/2.0: audience {other:?}, renewal: {renewal}"));
            return unauthorized("Client app validation failed");
        }
    }
    if fields.get("mfa_token") != mfa_token.as_ref() {
        shared.violation("exchange/user/2.0: mfa_token is not that of the OAuth1 token");
        return unauthorized("MFA token is invalid");
    }
    if let Some(token) = state.oauth1_tokens.get_mut(&name) {
        token.exchanged = true;
    }
    Json(tokens::bearer_for_oauth1(&shared, &mut state, user)).into_response()
}

/// An OAuth1 token of a session that garth began: it has been exchanged before.
pub(super) fn mint_for_import(state: &mut State, user: UserIndex) -> OAuth1Pair {
    let with_mfa = state.users.get(user).is_some_and(|it| it.account.mfa != super::MfaMethod::None);
    let (name, mut token) = new_token(user, with_mfa);
    token.exchanged = true;
    let pair = OAuth1Pair {
        oauth_token: name.clone(),
        oauth_token_secret: token.secret.clone(),
        mfa_token: token.mfa_token.clone(),
    };
    state.oauth1_tokens.insert(name, token);
    pair
}

fn new_token(user: UserIndex, with_mfa: bool) -> (String, OAuth1Token) {
    let mfa_token = with_mfa.then(|| format!("MFA-{}-cas", random_text(20)));
    let token = OAuth1Token { user, secret: random_text(35), mfa_token, dead: false, exchanged: false };
    (uuid::Uuid::new_v4().to_string(), token)
}

fn check_agent(shared: &Shared, headers: &HeaderMap) {
    let agent = text(headers, "user-agent");
    if !agent.starts_with("com.garmin.android.apps.connectmobile") {
        shared.violation(format!("oauth-service: User-Agent {agent:?}"));
    }
}

fn refuse(shared: &Shared, why: &str) -> Response {
    shared.violation(format!("OAuth1: {why}"));
    unauthorized(why)
}

/// The real service refuses in HTML.
fn unauthorized(why: &str) -> Response {
    (StatusCode::UNAUTHORIZED, page("Error 401", why)).into_response()
}

/// The parameters of `Authorization: OAuth …`, decoded, without `realm`.
fn oauth_parameters(headers: &HeaderMap) -> Vec<(String, String)> {
    let Some(line) = text(headers, "authorization").strip_prefix("OAuth ") else { return Vec::new() };
    line.split(',')
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| (percent_decode(name), percent_decode(value.trim().trim_matches('"'))))
        .filter(|(name, _)| name != "realm")
        .collect()
}

/// Verifies the signature of a request as it arrived, and uses up its nonce.
#[expect(
    clippy::too_many_arguments,
    reason = "everything that is signed, in the order of RFC 5849 section 3.4"
)]
fn verify(
    shared: &Shared,
    state: &mut State,
    method: &str,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
    token_secret: Option<&str>,
) -> Result<(), String> {
    let oauth = oauth_parameters(headers);
    let named = |name: &str| oauth.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    if named("oauth_consumer_key") != Some(&shared.consumer_key) {
        return Err("the consumer key is not known".into());
    }
    if named("oauth_signature_method") != Some("HMAC-SHA1") {
        return Err("the signature method is not HMAC-SHA1".into());
    }
    if named("oauth_version").is_some_and(|it| it != "1.0") {
        return Err("oauth_version is not 1.0".into());
    }
    let timestamp =
        named("oauth_timestamp").and_then(|it| it.parse::<i64>().ok()).ok_or("no oauth_timestamp")?;
    if (timestamp - unix_now()).abs() > CLOCK_TOLERANCE {
        return Err("oauth_timestamp is far from now".into());
    }
    let signature = named("oauth_signature").ok_or("no oauth_signature")?;
    let signature = STANDARD.decode(signature).map_err(|_| "oauth_signature is not base64")?;
    let nonce = named("oauth_nonce").filter(|it| !it.is_empty()).ok_or("no oauth_nonce")?;

    let mut parameters: Vec<(String, String)> =
        oauth.iter().filter(|(name, _)| name != "oauth_signature").cloned().collect();
    parameters.extend(url::form_urlencoded::parse(query.as_bytes()).into_owned());
    if text(headers, "content-type").starts_with("application/x-www-form-urlencoded") {
        parameters.extend(url::form_urlencoded::parse(body).into_owned());
    }
    let host = text(headers, "host").to_ascii_lowercase();
    let address = format!("http://{}{path}", host.strip_suffix(":80").unwrap_or(&host));
    let base_string = signature_base_string(method, &address, &parameters);
    mac(&base_string, &shared.consumer_secret, token_secret.unwrap_or_default())
        .verify_slice(&signature)
        .map_err(|_| "the signature does not fit the request")?;
    let nonce = format!("{timestamp} {} {nonce}", named("oauth_token").unwrap_or_default());
    if !state.oauth1_nonces.insert(nonce) {
        return Err("the nonce was used before".into());
    }
    Ok(())
}

/// RFC 5849 section 3.4.1: method, address without query, and all parameters, encoded and sorted.
fn signature_base_string(method: &str, address: &str, parameters: &[(String, String)]) -> String {
    let mut encoded: Vec<(String, String)> =
        parameters.iter().map(|(name, value)| (percent_encode(name), percent_encode(value))).collect();
    encoded.sort();
    let joined: Vec<String> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{method}&{}&{}", percent_encode(address), percent_encode(&joined.join("&")))
}

/// RFC 5849 section 3.4.2, ready to be verified.
fn mac(base_string: &str, consumer_secret: &str, token_secret: &str) -> Hmac<Sha1> {
    let key = format!("{}&{}", percent_encode(consumer_secret), percent_encode(token_secret));
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(base_string.as_bytes());
    mac
}

/// RFC 5849 section 3.6: everything but `A-Z a-z 0-9 - . _ ~` becomes `%XX` with capital digits.
fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// The reverse of [`percent_encode`]; unlike in a form, `+` stays.
fn percent_decode(text: &str) -> String {
    let kept = text.replace('+', "%2B");
    let query = format!("x={}", kept.replace('&', "%26").replace('=', "%3D"));
    url::form_urlencoded::parse(query.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_published_example_of_oauth_core_1_0_is_reproduced() {
        let base_string = signature_base_string(
            "GET",
            "http://photos.example.net/photos",
            &pairs(&[
                ("file", "vacation.jpg"),
                ("size", "original"),
                ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
                ("oauth_token", "nnch734d00sl2jdk"),
                ("oauth_signature_method", "HMAC-SHA1"),
                ("oauth_timestamp", "1191242096"),
                ("oauth_nonce", "kllo9940pd9333jh"),
                ("oauth_version", "1.0"),
            ]),
        );
        let signature = mac(&base_string, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00").finalize().into_bytes();
        assert_eq!(STANDARD.encode(signature), "tR3+Ty81lMeYAr/Fid0kMTYa/WM=");
    }

    #[test]
    fn the_base_string_of_rfc_5849_is_reproduced() {
        let base_string = signature_base_string(
            "POST",
            "http://example.com/request",
            &pairs(&[
                ("b5", "=%3D"),
                ("a3", "a"),
                ("c@", ""),
                ("a2", "r b"),
                ("oauth_consumer_key", "9djdj82h48djs9d2"),
                ("oauth_token", "kkk9d7dh3k39sjv7"),
                ("oauth_signature_method", "HMAC-SHA1"),
                ("oauth_timestamp", "137131201"),
                ("oauth_nonce", "7d8f3e4a"),
                ("c2", ""),
                ("a3", "2 q"),
            ]),
        );
        assert_eq!(
            base_string,
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        );
    }

    #[test]
    fn decoding_undoes_encoding() {
        let odd = "a b+c&d=e%f/ü\"";
        assert_eq!(percent_decode(&percent_encode(odd)), odd);
    }
}
