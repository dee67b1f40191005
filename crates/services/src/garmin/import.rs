//! Reading the sign-ins that other programs keep: `garmin_tokens.json` of python-garminconnect and its relatives, and
//! garth's two files or its base64 text.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_core::{Error, Result, Secret, Time};
use serde::Deserialize;

use super::site::{CHINA, CLIENT_IDS, GLOBAL};
use super::tokens::{Bearer, Di, OAuth1, Saved, Session};
use crate::oauth;

/// Reads what a person pasted: the path of a file or folder, or the text of one.
///
/// # Errors
/// `BadInput` with words for what is missing or damaged.
pub fn read(pasted: &Secret, domain: Option<&str>, home: Option<&Path>) -> Result<Saved> {
    let text = pasted.expose().trim();
    if text.is_empty() {
        return Err(Error::bad_input(
            "nothing was given: expected the path of a file or folder with a saved sign-in",
        ));
    }
    if text.starts_with(['{', '[']) {
        return from_json(text, domain);
    }
    // Base64 can be longer than any path, and asking the system for such a path is an error of its own.
    if let Some(inner) = decoded(text) {
        return from_json(inner.expose(), domain);
    }
    let path = expanded(text, home);
    let kind = std::fs::metadata(&path).map_err(|error| named(&path, &error))?;
    if kind.is_dir() { from_folder(&path, domain) } else { from_file(&path, domain) }
}

/// garth's `dumps()`: base64 of a JSON list.
fn decoded(text: &str) -> Option<Secret> {
    let plain: String = text.split_whitespace().collect();
    let bytes = STANDARD.decode(plain).ok()?;
    let inner = String::from_utf8(bytes).ok()?;
    inner.trim_start().starts_with(['[', '{']).then(|| Secret::new(inner))
}

fn expanded(text: &str, home: Option<&Path>) -> PathBuf {
    let text = text.trim_matches(['"', '\'']);
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    }
}

fn from_folder(folder: &Path, domain: Option<&str>) -> Result<Saved> {
    for name in ["garmin_tokens.json", ".garmin_tokens.json", "oauth1_token.json"] {
        let path = folder.join(name);
        if path.is_file() {
            return from_file(&path, domain);
        }
    }
    Err(Error::bad_input(format!(
        "{}: there is neither garmin_tokens.json nor oauth1_token.json in this folder",
        folder.display()
    )))
}

fn from_file(path: &Path, domain: Option<&str>) -> Result<Saved> {
    let load =
        |path: &Path| std::fs::read_to_string(path).map(Secret::new).map_err(|error| named(path, &error));
    let text = load(path)?;
    // garth's OAuth 2 file alone cannot be renewed; the OAuth 1 file beside it can.
    let beside = path.with_file_name("oauth1_token.json");
    let saved = if path.file_name().is_some_and(|name| name == "oauth2_token.json") && beside.is_file() {
        from_json(load(&beside)?.expose(), domain)
    } else {
        from_json(text.expose(), domain)
    };
    saved.map_err(|error| error.while_doing(path.display()))
}

fn named(path: &Path, error: &std::io::Error) -> Error {
    let words = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "Baton may not read it".to_owned(),
        _ => error.to_string(),
    };
    // What was pasted may be a damaged token and not a path at all: it is shown only where it looks like a path.
    let text = path.to_string_lossy();
    if text.len() < 200 && (text.contains(['/', '\\']) || text.ends_with(".json")) {
        Error::bad_input(format!("{text}: {words}"))
    } else {
        Error::bad_input("this is neither the path of a saved sign-in nor the text of one")
    }
}

/// All the forms at once: which fields are there tells which it is.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Stored {
    di_token: Option<Secret>,
    di_refresh_token: Option<Secret>,
    di_client_id: Option<String>,
    oauth_token: Option<Secret>,
    oauth_token_secret: Option<Secret>,
    mfa_token: Option<Secret>,
    domain: Option<String>,
    access_token: Option<Secret>,
    expires_at: Option<f64>,
}

fn from_json(text: &str, domain: Option<&str>) -> Result<Saved> {
    // The parser's message could quote a token.
    let unreadable = || {
        Error::bad_input(
            "this is not a saved sign-in that Baton knows (its JSON is damaged or of another form)",
        )
    };
    if text.trim_start().starts_with('[') {
        let mut parts: Vec<Stored> = serde_json::from_str(text).map_err(|_| unreadable())?;
        if parts.is_empty() {
            return Err(unreadable());
        }
        let bearer = if parts.len() > 1 { bearer(parts.swap_remove(1)) } else { None };
        return from_stored(parts.swap_remove(0), bearer, domain);
    }
    let stored: Stored = serde_json::from_str(text).map_err(|_| unreadable())?;
    from_stored(stored, None, domain)
}

fn bearer(stored: Stored) -> Option<Bearer> {
    let access = stored.access_token?;
    let expires = oauth::jwt_expiry(&access).or_else(|| Time::from_timestamp(stored.expires_at? as i64, 0));
    Some(Bearer { access, expires })
}

fn from_stored(stored: Stored, bearer: Option<Bearer>, domain: Option<&str>) -> Result<Saved> {
    if let Some(access) = stored.di_token {
        let domain = domain.or_else(|| issuer(&access)).unwrap_or(GLOBAL).to_owned();
        let expires = oauth::jwt_expiry(&access);
        let client_id = stored.di_client_id.unwrap_or_else(|| CLIENT_IDS[0].to_owned());
        let session =
            Session::Di(Di { access, refresh: stored.di_refresh_token, client_id, expires, guid: None });
        return Ok(Saved { domain, session });
    }
    if let (Some(token), Some(secret)) = (stored.oauth_token, stored.oauth_token_secret) {
        let own = stored.domain.as_deref().filter(|domain| *domain == CHINA).map(|_| CHINA);
        let domain = domain.or(own).unwrap_or(GLOBAL).to_owned();
        let session =
            Session::OAuth1(OAuth1 { token, secret, mfa_token: stored.mfa_token, consumer: None, bearer });
        return Ok(Saved { domain, session });
    }
    if stored.access_token.is_some() {
        return Err(Error::bad_input(
            "this file alone cannot be renewed: give the folder with garth's oauth1_token.json",
        ));
    }
    Err(Error::bad_input("there is no sign-in at Garmin in it"))
}

/// The domain that issued a DI token, by its `iss`.
fn issuer(access: &Secret) -> Option<&'static str> {
    #[derive(Deserialize)]
    struct Claims {
        iss: String,
    }
    let claims: Claims = oauth::jwt_claims(access)?;
    Some(if claims.iss.trim_end_matches('/').ends_with(CHINA) { CHINA } else { GLOBAL })
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const GARTH: &str =
        r#"{"oauth_token":"t","oauth_token_secret":"s","mfa_token":null,"domain":"garmin.cn"}"#;

    fn jwt(claims: &str) -> String {
        format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims))
    }

    fn inline(text: &str) -> Result<Saved> {
        read(&Secret::new(text), None, None)
    }

    #[test]
    fn reads_garminconnects_file_in_every_way() {
        let token = jwt(r#"{"exp":1795000000,"iss":"https://diauth.garmin.cn"}"#);
        let text = format!(r#"{{"di_token":"{token}","di_refresh_token":"r","di_client_id":"c"}}"#);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("garmin_tokens.json");
        std::fs::write(&path, &text).unwrap();
        let in_home = Secret::new("~/garmin_tokens.json");
        for saved in [
            inline(&text).unwrap(),
            inline(path.to_str().unwrap()).unwrap(),
            inline(folder.path().to_str().unwrap()).unwrap(),
            read(&in_home, None, Some(folder.path())).unwrap(),
        ] {
            assert_eq!(saved.domain, "garmin.cn");
            let Session::Di(di) = saved.session else { panic!("another form") };
            assert_eq!((di.access.expose(), di.client_id.as_str()), (token.as_str(), "c"));
            assert_eq!(di.expires.unwrap().timestamp(), 1_795_000_000);
        }
    }

    #[test]
    fn reads_garths_files_and_text() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("oauth1_token.json"), GARTH).unwrap();
        let second = folder.path().join("oauth2_token.json");
        std::fs::write(&second, r#"{"access_token":"a","expires_at":1795000000}"#).unwrap();
        let list = format!(r#"[{GARTH}, {{"access_token":"a","expires_at":1795000000}}]"#);
        for text in
            [folder.path().to_str().unwrap(), second.to_str().unwrap(), GARTH, &list, &STANDARD.encode(&list)]
        {
            let saved = inline(text).unwrap();
            assert_eq!(saved.domain, "garmin.cn");
            let Session::OAuth1(oauth1) = saved.session else { panic!("another form") };
            assert_eq!(oauth1.token.expose(), "t");
        }
        let Session::OAuth1(with_bearer) = inline(&list).unwrap().session else { panic!("another form") };
        assert_eq!(with_bearer.bearer.unwrap().access.expose(), "a");
    }

    #[test]
    fn says_what_is_wrong_and_never_quotes_a_token() {
        let folder = tempfile::tempdir().unwrap();
        for text in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"access_token":"SECRET"}"#,
            "SECRETSECRETSECRET.x",
            "/no/such/folder",
            folder.path().to_str().unwrap(),
        ] {
            let error = inline(text).err().unwrap();
            assert_eq!(error.kind, baton_core::ErrorKind::BadInput, "{text}");
            assert!(!error.message.contains("SECRET"), "{error}");
        }
    }
}
