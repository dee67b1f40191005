//! Newer versions: looked for, downloaded and verified in the background, and installed when the person says so.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use baton_core::{Error, ErrorKind, Result};
use tauri::utils::config::BundleType;
use tauri::utils::platform::bundle_type;
use tauri::{AppHandle, Manager};
use tauri_plugin_updater::{Update, UpdaterExt};
use url::Url;

use crate::contract::{Message, UpdateState};
use crate::shell::Shell;

/// The first look after the start, and each further one.
const FIRST: Duration = Duration::from_mins(1);
const EACH: Duration = Duration::from_hours(24);
/// A server that is silent for so long is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where the verified download waits, in the data directory: the memory is not filled with it for days.
const FILE: &str = "update";

/// How the search stands.
pub struct Updates {
    state: Mutex<UpdateState>,
    found: Mutex<Option<Update>>,
    /// One search at a time.
    search: tokio::sync::Mutex<()>,
    source: Result<Option<Source>>,
}

/// Where updates come from, and the key that they are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub endpoints: Vec<Url>,
    pub public_key: String,
    /// On this computer, for tests: nothing else may be without `https`.
    pub loopback: bool,
}

impl Updates {
    pub fn new(source: Result<Option<Source>>) -> Updates {
        let state = Mutex::new(UpdateState::None);
        Updates { state, found: Mutex::default(), search: tokio::sync::Mutex::default(), source }
    }

    pub fn state(&self) -> UpdateState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Removes a download that a program that ended left behind: it is looked for again.
pub fn clean(home: &Path) {
    let _ = std::fs::remove_file(home.join(FILE));
}

/// What `BATON_UPDATE_ENDPOINT` and `BATON_UPDATE_PUBKEY` say, in every build only for addresses of this computer; else
/// what the app was built with. `None` where it was built without a key: such a build looks for nothing.
///
/// # Errors
/// `BadInput` for an address elsewhere, or one without a key.
pub fn source(
    environment: &dyn Fn(&str) -> Option<OsString>,
    configured: Option<&serde_json::Value>,
) -> Result<Option<Source>> {
    let variable = |name| {
        environment(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
    };
    if let Some(endpoint) = variable("BATON_UPDATE_ENDPOINT") {
        let refused = || {
            Error::bad_input(
                "BATON_UPDATE_ENDPOINT takes only addresses on this computer, such as http://127.0.0.1:8080/latest.json",
            )
        };
        let endpoint = Url::parse(&endpoint).map_err(|_| refused())?;
        if !is_on_this_computer(&endpoint) {
            return Err(refused());
        }
        let public_key = variable("BATON_UPDATE_PUBKEY")
            .ok_or_else(|| Error::bad_input("BATON_UPDATE_ENDPOINT needs BATON_UPDATE_PUBKEY"))?;
        return Ok(Some(Source { endpoints: vec![endpoint], public_key, loopback: true }));
    }
    let field = |name| configured.and_then(|configured| configured.get(name));
    let public_key = field("pubkey").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let endpoints: Vec<Url> = field("endpoints")
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|endpoint| endpoint.as_str()?.parse().ok())
        .filter(|endpoint: &Url| endpoint.scheme() == "https")
        .collect();
    let complete = !public_key.is_empty() && !endpoints.is_empty();
    Ok(complete.then_some(Source { endpoints, public_key, loopback: false }))
}

fn is_on_this_computer(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && baton_services::endpoints::is_loopback(url)
}

impl Shell {
    /// Looks for updates as long as the app runs.
    pub async fn look_for_updates(self: Arc<Self>) {
        tokio::time::sleep(FIRST).await;
        loop {
            self.check_for_update().await;
            tokio::time::sleep(EACH).await;
        }
    }

    /// Looks once, and downloads what there is. One that is ready is not looked for again.
    pub async fn check_for_update(&self) -> UpdateState {
        let _one = self.updates.search.lock().await;
        if matches!(self.updates.state(), UpdateState::Ready { .. }) {
            return self.updates.state();
        }
        let state = match self.search().await {
            Ok(state) => state,
            Err(error) => {
                tracing::warn!(kind = error.kind.name(), %error, "no update");
                UpdateState::Failed { error }
            }
        };
        self.tell_update(state.clone());
        state
    }

    async fn search(&self) -> Result<UpdateState> {
        let Some(source) = self.updates.source.clone()? else { return Ok(UpdateState::None) };
        self.tell_update(UpdateState::Checking);
        let Some(update) = find(&self.app, &source).await? else { return Ok(UpdateState::None) };
        let (version, notes) = (update.version.clone(), update.body.clone().unwrap_or_default());
        if !installs_itself(bundle_type().as_ref(), &self.app.env()) {
            return Ok(UpdateState::AvailableElsewhere { version, notes });
        }
        let allowed = if source.loopback {
            is_on_this_computer(&update.download_url)
        } else {
            update.download_url.scheme() == "https"
        };
        if !allowed {
            return Err(Error::bad_input("the update lies where Baton downloads nothing from"));
        }
        let (mut had, mut told) = (0_u64, None);
        self.tell_update(UpdateState::Downloading { version: version.clone(), percent: told });
        let bytes = update
            .download(
                |chunk, total| {
                    had += chunk as u64;
                    let percent =
                        total.filter(|total| *total > 0).map(|total| (had * 100 / total).min(100) as u8);
                    if percent != told {
                        told = percent;
                        self.tell_update(UpdateState::Downloading { version: version.clone(), percent });
                    }
                },
                || {},
            )
            .await
            .map_err(words)?;
        let path = self.update_path();
        tokio::fs::write(&path, bytes).await.map_err(|error| Error::storage(&path, &error))?;
        *self.found() = Some(update);
        tracing::info!(version, "an update is ready");
        Ok(UpdateState::Ready { version, notes })
    }

    /// Installs what was downloaded and starts the new version.
    ///
    /// # Errors
    /// `Busy` during a sync, `BadInput` where nothing is ready, `Storage` where it cannot be installed.
    pub async fn install_update(&self) -> Result<()> {
        let engine = self.engine().await?;
        if engine.snapshot().await?.progress.is_some() {
            return Err(Error::new(
                ErrorKind::Busy,
                "a sync is running; the update waits until it has ended",
            ));
        }
        // Taken, so that a second click does not install it twice.
        let update = self.found().take();
        let update = update.ok_or_else(|| Error::bad_input("there is no update to install"))?;
        if let Err(error) = self.install(update.clone()).await {
            *self.found() = Some(update);
            return Err(error);
        }
        self.app.request_restart();
        Ok(())
    }

    async fn install(&self, update: Update) -> Result<()> {
        let path = self.update_path();
        let bytes = tokio::fs::read(&path).await.map_err(|error| Error::storage(&path, &error))?;
        // Its signature is looked at once more: the file lay on a disk for a while.
        let installed = tokio::task::spawn_blocking(move || update.install(bytes)).await;
        installed.map_err(|_| Error::bug("the update ended early"))?.map_err(words)?;
        let _ = tokio::fs::remove_file(&path).await;
        Ok(())
    }

    fn found(&self) -> MutexGuard<'_, Option<Update>> {
        self.updates.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update_path(&self) -> PathBuf {
        self.home.join(FILE)
    }

    fn tell_update(&self, state: UpdateState) {
        *self.updates.state.lock().unwrap_or_else(PoisonError::into_inner) = state.clone();
        self.tell(Message::Update { state });
    }
}

async fn find(app: &AppHandle, source: &Source) -> Result<Option<Update>> {
    let updater = app
        .updater_builder()
        .endpoints(source.endpoints.clone())
        .map_err(words)?
        .pubkey(&source.public_key)
        .configure_client(|client| client.connect_timeout(PATIENCE).read_timeout(PATIENCE))
        .build()
        .map_err(words)?;
    updater.check().await.map_err(words)
}

/// Whether the updater may put a new version in the place of this one. What a package manager installed it also updates;
/// and on Linux only an AppImage is one file that can be replaced: of any other program the updater would take the whole
/// folder away (`extract_path_from_executable` of tauri-plugin-updater 2.13).
fn installs_itself(bundle: Option<&BundleType>, environment: &tauri::Env) -> bool {
    #[cfg(target_os = "linux")]
    let replaceable = environment.appimage.is_some();
    #[cfg(not(target_os = "linux"))]
    let replaceable = {
        let _ = environment;
        true
    };
    replaceable && !matches!(bundle, Some(BundleType::Deb | BundleType::Rpm))
}

/// The updater's errors, sorted by who can put them right.
#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn words(error: tauri_plugin_updater::Error) -> Error {
    use tauri_plugin_updater::Error as Updater;
    match &error {
        Updater::Minisign(_)
        | Updater::Base64(_)
        | Updater::SignatureUtf8(_)
        | Updater::MissingSignedVersion
        | Updater::SignedVersionMismatch { .. } => Error::bad_input(
            "the update is not signed with Baton's key, so it was thrown away; nothing was installed",
        ),
        Updater::Reqwest(cause) if cause.is_connect() || cause.is_timeout() => {
            Error::new(ErrorKind::Offline, "the update server cannot be reached")
        }
        Updater::Reqwest(_) | Updater::Network(_) | Updater::ReleaseNotFound => {
            Error::new(ErrorKind::ServiceDown, "the update server does not answer as it should")
        }
        Updater::TargetNotFound(_) | Updater::TargetsNotFound(_) => {
            Error::new(ErrorKind::Unsupported, "the newer version was not made for this computer")
        }
        Updater::Serialization(_) | Updater::Semver(_) | Updater::UrlParse(_) => {
            Error::service_changed("the update server's answer cannot be read")
        }
        _ => Error::new(ErrorKind::Storage, format!("the update cannot be installed: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn environment(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        move |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    }

    #[test]
    fn only_this_computer_can_stand_in_for_the_update_server() {
        for (endpoint, allowed) in [
            ("http://127.0.0.1:8080/latest.json", true),
            ("https://localhost/latest.json", true),
            ("https://example.com/latest.json", false),
            ("http://127.0.0.1.example.com/", false),
            ("http://127.0.0.1@example.com/", false),
            ("http://user@127.0.0.1/", false),
            ("file:///tmp/latest.json", false),
            ("latest.json", false),
        ] {
            let environment = move |name: &str| match name {
                "BATON_UPDATE_ENDPOINT" => Some(OsString::from(endpoint)),
                "BATON_UPDATE_PUBKEY" => Some(OsString::from("key")),
                _ => None,
            };
            assert_eq!(source(&environment, None).is_ok(), allowed, "{endpoint}");
        }
        let without_key = environment(&[("BATON_UPDATE_ENDPOINT", "http://127.0.0.1/")]);
        assert_eq!(source(&without_key, None).unwrap_err().kind, ErrorKind::BadInput);
    }

    #[test]
    fn a_build_without_a_key_looks_for_nothing() {
        let nothing = environment(&[]);
        assert_eq!(
            source(&nothing, Some(&json!({ "pubkey": "", "endpoints": ["https://a.example/"] }))),
            Ok(None)
        );
        assert_eq!(
            source(&nothing, Some(&json!({ "pubkey": "key", "endpoints": ["http://a.example/"] }))),
            Ok(None)
        );
        let built = json!({ "pubkey": "key", "endpoints": ["https://a.example/"] });
        let found = source(&nothing, Some(&built)).unwrap().unwrap();
        assert!(!found.loopback);
        assert_eq!(found.public_key, "key");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn only_what_can_be_replaced_is_replaced() {
        let mut environment = tauri::Env::default();
        environment.appimage = Some("/opt/Baton.AppImage".into());
        assert!(installs_itself(Some(&BundleType::AppImage), &environment));
        assert!(!installs_itself(Some(&BundleType::Deb), &environment), "its package manager does that");
        assert!(!installs_itself(Some(&BundleType::Rpm), &environment));
        environment.appimage = None;
        assert!(!installs_itself(None, &environment), "a program in a folder with others");
    }

    #[test]
    fn a_wrong_signature_is_said_in_words() {
        let error = words(tauri_plugin_updater::Error::MissingSignedVersion);
        assert!(error.message.contains("not signed with Baton's key"), "{error}");
    }
}
