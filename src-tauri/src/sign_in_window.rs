//! The sign-in window: a vendor's own page, with a data directory of its own and no way into Baton.
//!
//! No capability names these windows, so every command is refused there; the page only ever hands over one thing, the
//! address that it is sent to at the end, which is caught before anything is requested.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use baton_core::{Error, ErrorKind, Result, Secret};
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use tokio::sync::oneshot;
use url::{Position, Url};

use crate::web_processes;
use crate::words::Words;

const SIZE: (f64, f64) = (520.0, 760.0);
/// What every window's folder begins with.
const FOLDER: &str = "sign-in-";
/// How long the web view's processes may take to let go of their files.
const LETTING_GO: Duration = Duration::from_secs(2);

/// The label of a conversation's window.
pub fn label(id: u32) -> String {
    format!("sign-in-{id}")
}

/// What a window is opened for.
pub struct Page {
    pub id: u32,
    pub url: Url,
    /// An address that begins with one of these ends the window.
    pub watch_for: Vec<Url>,
    /// Where its own folder is made.
    pub home: PathBuf,
    pub words: Words,
}

/// Opens the window and waits for the address that ends it, which nothing has requested and nobody has logged.
///
/// # Errors
/// `Cancelled` where the window was closed, `Bug` where it could not be opened, `Storage`.
pub async fn redirect(app: &AppHandle, page: Page) -> Result<Secret> {
    let folder = folder(&page.home)?;
    let label = label(page.id);
    let (sender, redirect) = oneshot::channel();
    let others = web_processes::running();
    let window = build(app, &label, page, &folder, sender);
    let answer = match window {
        Ok(()) => {
            redirect.await.map_err(|_| Error::new(ErrorKind::Cancelled, "the sign-in window was closed"))
        }
        Err(error) => Err(Error::bug(format!("the sign-in window cannot be opened: {error}"))),
    };
    close(app, &label);
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(LETTING_GO).await;
        let mut own = web_processes::running();
        own.retain(|process| !others.contains(process));
        web_processes::end(&own);
        // What is left over is removed at the next start.
        let _ = tokio::fs::remove_dir_all(&folder).await;
    });
    answer
}

/// Closes a conversation's window, if it has one.
pub fn close(app: &AppHandle, label: &str) {
    if let Some(window) = app.get_webview_window(label) {
        let _ = window.destroy();
    }
}

/// Removes the folders of windows that a killed program left behind.
pub fn clean(home: &Path) {
    let Ok(entries) = std::fs::read_dir(home) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(FOLDER)) {
        let _ = std::fs::remove_dir_all(entry.path());
    }
}

fn folder(home: &Path) -> Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix(FOLDER).tempdir_in(home);
    folder.map(tempfile::TempDir::keep).map_err(|error| Error::storage(home, &error))
}

fn build(
    app: &AppHandle,
    label: &str,
    page: Page,
    folder: &Path,
    sender: oneshot::Sender<Secret>,
) -> tauri::Result<()> {
    let Page { url, watch_for, words, .. } = page;
    // Taken by whoever is first: the redirect, or the end of the window.
    let sender = Arc::new(Mutex::new(Some(sender)));
    let take = {
        let sender = sender.clone();
        move || sender.lock().unwrap_or_else(PoisonError::into_inner).take()
    };
    let ended = take.clone();
    let popups = (app.clone(), label.to_owned());
    let window = WebviewWindowBuilder::new(app, label, WebviewUrl::External(url.clone()))
        .title(title(&url, &words))
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(360.0, 480.0)
        .center()
        .data_directory(folder.to_owned())
        // macOS has no data directories; there a private window begins empty and leaves nothing.
        .incognito(cfg!(target_os = "macos"))
        .devtools(cfg!(debug_assertions))
        .on_navigation(move |url| {
            if !is_watched(url, &watch_for) {
                return is_web(url);
            }
            if let Some(sender) = take() {
                // Nobody waits any more where the sign-in was cancelled this very moment.
                let _ = sender.send(Secret::new(url.as_str()));
            }
            false
        })
        // A pop-up (signing in with somebody else's account) goes on in the same window.
        .on_new_window(move |url, _| {
            let (app, label) = popups.clone();
            tauri::async_runtime::spawn(async move {
                if let Some(window) = app.get_webview_window(&label).filter(|_| is_web(&url)) {
                    let _ = window.navigate(url);
                }
            });
            NewWindowResponse::Deny
        })
        .on_download(|_, _| false)
        .on_page_load(move |window, load| show_host(&window, load.url(), &words))
        .build()?;
    window.on_window_event(move |event| {
        if matches!(event, WindowEvent::Destroyed) {
            drop(ended());
        }
    });
    Ok(())
}

/// The title tells whose page this is: the only thing in the window that the page cannot write.
fn show_host(window: &WebviewWindow, url: &Url, words: &Words) {
    let _ = window.set_title(&title(url, words));
}

fn title(url: &Url, words: &Words) -> String {
    words.say("signInWindow", &[("host", url.host_str().unwrap_or_default())])
}

/// Whether an address begins with one of those that end the sign-in: the same scheme, host and port, and a path and
/// query that begin alike. A host is never compared by its beginning: `connect.garmin.com.example.com` is another.
fn is_watched(url: &Url, watch_for: &[Url]) -> bool {
    watch_for.iter().any(|watched| {
        url.scheme() == watched.scheme()
            && url.host_str() == watched.host_str()
            && url.port_or_known_default() == watched.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none()
            && url[Position::BeforePath..].starts_with(&watched[Position::BeforePath..])
    })
}

/// Pages and what pages are made of; neither files nor other programs.
fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "http" | "about" | "blob" | "data")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_address_ends_a_sign_in() {
        let watched: Vec<Url> = [
            "https://connect.garmin.com/app?ticket=",
            "app.baton://callback/done",
            "http://127.0.0.1:81/back?",
        ]
        .iter()
        .map(|url| url.parse().unwrap())
        .collect();
        for url in [
            "https://connect.garmin.com/app?ticket=ST-1-secret",
            "https://CONNECT.garmin.com:443/app?ticket=x&y=1",
            "app.baton://callback/done?code=1",
            "http://127.0.0.1:81/back?code=1",
        ] {
            assert!(is_watched(&url.parse().unwrap(), &watched), "{url}");
        }
        for url in [
            "https://connect.garmin.com.example.com/app?ticket=x",
            "https://connect.garmin.com@example.com/app?ticket=x",
            "https://user@connect.garmin.com/app?ticket=x",
            "http://connect.garmin.com/app?ticket=x",
            "https://connect.garmin.com:8443/app?ticket=x",
            "https://connect.garmin.com/app",
            "https://connect.garmin.com/other?next=https://connect.garmin.com/app?ticket=x",
            "https://example.com/?https://connect.garmin.com/app?ticket=x",
            "app.baton://other/done",
            "http://127.0.0.1:8100/back?code=1",
            "http://127.0.0.1/back?code=1",
        ] {
            assert!(!is_watched(&url.parse().unwrap(), &watched), "{url}");
        }
    }

    #[test]
    fn a_page_reaches_no_files_and_no_programs() {
        assert!(is_web(&"https://sso.garmin.com/".parse().unwrap()));
        for url in
            ["file:///etc/passwd", "tauri://localhost/", "ipc://localhost/start", "mailto:a@example.com"]
        {
            assert!(!is_web(&url.parse().unwrap()), "{url}");
        }
    }

    #[test]
    fn left_over_folders_are_removed_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let left = folder(home.path()).unwrap();
        std::fs::write(left.join("cookies"), "x").unwrap();
        std::fs::create_dir(home.path().join("archive")).unwrap();
        clean(home.path());
        assert!(!left.exists());
        assert!(home.path().join("archive").exists());
    }
}
