//! Reading the sign-in that withings-sync keeps: `.withings_user.json`, and `withings_app.json` beside it.

use std::path::{Path, PathBuf};

use baton_core::{Error, Result, Secret};
use serde::Deserialize;
use serde_json::Value;

use super::tokens::Keys;

const USER_FILE: &str = ".withings_user.json";
const APPLICATION_FILE: &str = "withings_app.json";

/// What another program left behind.
pub struct Imported {
    pub refresh: Secret,
    pub user_id: String,
    /// The application that the tokens belong to; `None` where its file is not there.
    pub keys: Option<Keys>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct User {
    refresh_token: Option<Secret>,
    userid: Value,
}

#[derive(Deserialize)]
struct Application {
    client_id: String,
    consumer_secret: Secret,
}

/// Reads the file, or the file of the usual name in the folder.
///
/// # Errors
/// `BadInput` with words for what is missing or damaged.
pub fn read(pasted: &Secret, home: Option<&Path>) -> Result<Imported> {
    let path = expanded(pasted.expose().trim(), home)?;
    let file = if path.is_dir() { path.join(USER_FILE) } else { path };
    let user: User = load(&file)?;
    let Some(refresh) = user.refresh_token.filter(|token| !token.is_empty()) else {
        let words = format!("{}: there is no sign-in at Withings in it; sign in another way", file.display());
        return Err(Error::bad_input(words));
    };
    let application = file.with_file_name(APPLICATION_FILE);
    let keys = if application.is_file() {
        let Application { client_id, consumer_secret } = load(&application)?;
        Some(Keys::new(&client_id, &consumer_secret)?)
    } else {
        None
    };
    let user_id = match user.userid {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    Ok(Imported { refresh, user_id, keys })
}

fn expanded(text: &str, home: Option<&Path>) -> Result<PathBuf> {
    let text = text.trim_matches(['"', '\'']);
    if text.is_empty() {
        return Err(Error::bad_input("nothing was given: expected the path of withings-sync's folder"));
    }
    Ok(match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    })
}

fn load<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        Error::bad_input(match error.kind() {
            std::io::ErrorKind::NotFound => format!("{name}: there is no such file"),
            std::io::ErrorKind::PermissionDenied => format!("{name}: Baton may not read it"),
            _ => format!("{name}: {error}"),
        })
    })?;
    // The parser's message could quote a token.
    serde_json::from_slice(&bytes).map_err(|_| {
        Error::bad_input(format!("{name}: this is not a file of withings-sync, or it is damaged"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = r#"{"access_token":"a","refresh_token":"r","userid":"123","last_sync":1}"#;

    #[test]
    fn reads_the_folder_and_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".withings_user.json");
        std::fs::write(&file, USER).unwrap();
        for path in ["~/", "~/.withings_user.json"] {
            let imported = read(&Secret::new(path), Some(folder.path())).unwrap();
            assert!(imported.refresh.expose() == "r" && imported.user_id == "123" && imported.keys.is_none());
        }
        let application = r#"{"callback_url":"https://x","client_id":"id","consumer_secret":"s"}"#;
        std::fs::write(folder.path().join("withings_app.json"), application).unwrap();
        let imported = read(&Secret::new(file.to_str().unwrap()), None).unwrap();
        assert_eq!(imported.keys.unwrap().client_id(), "id");
    }

    #[test]
    fn says_what_is_wrong_and_never_quotes_a_token() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".withings_user.json");
        let path = Secret::new(folder.path().to_str().unwrap());
        let says = |words: &str| {
            let error = read(&path, None).err().unwrap();
            assert!(error.message.contains(words) && !error.message.contains("SECRET"), "{error}");
        };
        says("no such file");
        std::fs::write(&file, r#"{"refresh_token": "SECRET"#).unwrap();
        says("damaged");
        std::fs::write(&file, r#"{"access_token":null,"refresh_token":null}"#).unwrap();
        says("no sign-in");
        assert!(read(&Secret::new(" "), None).err().unwrap().message.contains("nothing was given"));
    }
}
