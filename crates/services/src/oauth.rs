//! Signing and reading of OAuth's own formats: PKCE, random state, the code that a sign-in ends with, a JWT's claims, and
//! OAuth 1.0a signatures.
//!
//! Everything here is pure but for the two functions that draw random text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use baton_core::{Error, Result, Secret, Time};
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use url::Url;

/// A proof key for code exchange (RFC 7636), method S256.
pub struct Pkce {
    pub verifier: Secret,
    pub challenge: String,
}

impl Pkce {
    /// A fresh pair; the verifier has 64 characters.
    pub fn random() -> Pkce {
        Pkce::of(random_text(64))
    }

    fn of(verifier: String) -> Pkce {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        Pkce { verifier: Secret::new(verifier), challenge }
    }
}

/// Random letters and digits, for `state`, `nonce` and verifiers.
pub fn random_text(length: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = rand::rng();
    (0..length).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
}

/// The claims of a JWT, without checking its signature: the token is the vendor's own to check.
/// `None` where it is no JWT or lacks a claim that `T` needs.
pub fn jwt_claims<T: DeserializeOwned>(token: &Secret) -> Option<T> {
    let payload = token.expose().split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// When a JWT ends, by its `exp` claim (seconds since 1970).
pub fn jwt_expiry(token: &Secret) -> Option<Time> {
    #[derive(Deserialize)]
    struct Claims {
        exp: f64,
    }
    let claims: Claims = jwt_claims(token)?;
    Time::from_timestamp(claims.exp as i64, 0)
}

/// The fields of a form-encoded text (RFC 6749, appendix B); of a repeated field the last.
pub fn parse_form(text: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text.trim().as_bytes()).into_owned().collect()
}

/// What a redirect brought.
pub struct Granted {
    pub code: Secret,
    /// What the person allowed, where the vendor says so in the redirect.
    pub scope: Option<String>,
}

/// What is granted by the text that a person pasted, or the address that a window stopped, at the end of a sign-in: a whole
/// address, its query, or the bare code. `refused` has the words for an `error` other than the person's own refusal.
///
/// # Errors
/// `BadInput` where there is no code; `SignInRequired` where it was refused, or it belongs to another sign-in.
pub fn granted_in(text: &Secret, state: &str, refused: impl FnOnce(&str) -> String) -> Result<Granted> {
    let text = text.trimmed();
    let whole = text.expose().trim_matches(['"', '\'', '<', '>']);
    let is_address = whole.contains("://");
    if !is_address && !whole.contains('=') {
        return Ok(Granted { code: bare_code(whole)?, scope: None });
    }
    let query = whole.split_once('?').map_or(if is_address { "" } else { whole }, |(_, query)| query);
    let mut fields = parse_form(query.split('#').next().unwrap_or_default());
    if fields.get("state").is_some_and(|theirs| theirs != state) {
        return Err(Error::sign_in("this answer belongs to another sign-in; begin it again"));
    }
    match (fields.remove("code").filter(|code| !code.is_empty()), fields.remove("error")) {
        (Some(code), None) => Ok(Granted { code: Secret::new(code), scope: fields.remove("scope") }),
        (_, Some(error)) if error == "access_denied" => {
            Err(Error::sign_in("the permission was not given; sign in again to give it"))
        }
        (_, Some(error)) => Err(Error::sign_in(refused(&error))),
        (None, None) => Err(no_code()),
    }
}

fn bare_code(code: &str) -> Result<Secret> {
    let plausible =
        code.len() >= 8 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if plausible { Ok(Secret::new(code)) } else { Err(no_code()) }
}

fn no_code() -> Error {
    Error::bad_input(
        "there is no code in this; paste the whole address that the browser shows after you allowed the reading",
    )
}

/// Key and secret of an OAuth 1.0a consumer or token.
#[derive(Clone)]
pub struct KeyPair {
    pub key: String,
    pub secret: Secret,
}

/// What makes one OAuth 1.0a signature differ from the next.
pub struct Moment {
    pub nonce: String,
    /// Seconds since 1970.
    pub timestamp: i64,
}

/// The `Authorization` header of an OAuth 1.0a request signed with HMAC-SHA1 (RFC 5849, section 3).
///
/// `url` with its query; `form` holds the body's fields where the body is form-encoded.
pub fn oauth1_header(
    method: &str,
    url: &Url,
    form: &[(&str, &str)],
    consumer: &KeyPair,
    token: Option<&KeyPair>,
    moment: &Moment,
) -> Secret {
    let timestamp = moment.timestamp.to_string();
    let mut own = vec![
        ("oauth_consumer_key", consumer.key.as_str()),
        ("oauth_nonce", &moment.nonce),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", &timestamp),
        ("oauth_version", "1.0"),
    ];
    if let Some(token) = token {
        own.push(("oauth_token", &token.key));
    }
    let mut all: Vec<(String, String)> =
        own.iter().chain(form).map(|(name, value)| (percent(name), percent(value))).collect();
    all.extend(url.query_pairs().map(|(name, value)| (percent(&name), percent(&value))));
    all.sort();
    let parameters: Vec<String> = all.iter().map(|(name, value)| format!("{name}={value}")).collect();

    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    let base = format!(
        "{}&{}&{}",
        method.to_ascii_uppercase(),
        percent(bare.as_str()),
        percent(&parameters.join("&"))
    );
    let token_secret = token.map_or("", |token| token.secret.expose());
    let key = Secret::new(format!("{}&{}", percent(consumer.secret.expose()), percent(token_secret)));
    let signature = hmac_sha1(key.expose().as_bytes(), base.as_bytes());
    own.push(("oauth_signature", &signature));
    let fields: Vec<String> =
        own.iter().map(|(name, value)| format!("{name}=\"{}\"", percent(value))).collect();
    Secret::new(format!("OAuth {}", fields.join(", ")))
}

fn hmac_sha1(key: &[u8], text: &[u8]) -> String {
    // HMAC takes keys of any length; the empty text that could never be returned would be refused by every server.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else { return String::new() };
    mac.update(text);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Percent-encoding by RFC 3986: everything but letters, digits and `-._~`.
fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_the_standards_own_example() {
        let url = Url::parse("http://photos.example.net/photos?file=vacation.jpg&size=original").unwrap();
        let consumer = KeyPair { key: "dpf43f3p2l4k3l03".into(), secret: Secret::new("kd94hf93k423kf44") };
        let token = KeyPair { key: "nnch734d00sl2jdk".into(), secret: Secret::new("pfkkdhi9sl3r4s00") };
        let moment = Moment { nonce: "kllo9940pd9333jh".into(), timestamp: 1_191_242_096 };
        let header = oauth1_header("GET", &url, &[], &consumer, Some(&token), &moment);
        assert!(header.expose().contains("oauth_signature=\"tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D\""));
    }

    #[test]
    fn proves_the_key_of_rfc_7636() {
        let pkce = Pkce::of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        assert_eq!(pkce.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_ne!(Pkce::random().challenge, Pkce::random().challenge);
    }

    #[test]
    fn reads_a_jwts_end() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"exp":1795000000,"iss":"x"}"#);
        let token = Secret::new(format!("head.{payload}.sign"));
        assert_eq!(jwt_expiry(&token).unwrap().timestamp(), 1_795_000_000);
        assert!(jwt_expiry(&Secret::new("opaque")).is_none());
        assert!(jwt_expiry(&Secret::new("a.!!.c")).is_none());
    }

    #[test]
    fn reads_a_form() {
        let form = parse_form("oauth_token=a%2Bb&oauth_token_secret=s+t\n");
        assert_eq!(form["oauth_token"], "a+b");
        assert_eq!(form["oauth_token_secret"], "s t");
    }
}
