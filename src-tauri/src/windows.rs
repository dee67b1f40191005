//! Baton's own window: created when it is needed, in its canvas's colour until it has something to show, and gone when it
//! is closed.

use std::sync::Arc;
use std::time::Duration;

use baton_core::{Error, Result};
use tauri::utils::config::Color;
use tauri::window::Color as WindowColor;
use tauri::{
    AppHandle, DragDropEvent, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};
use url::Url;

use crate::contract::{Message, Place, Preferences, Theme};
use crate::shell::Shell;
use crate::web_processes;

/// The label of Baton's own window: the only one with a capability.
pub const MAIN: &str = "main";
const SIZE: (f64, f64) = (1000.0, 680.0);
const LEAST_SIZE: (f64, f64) = (720.0, 520.0);
/// How long a closed web view may take to write down what it must.
const LETTING_GO: Duration = Duration::from_secs(1);
/// The canvas of `tokens.css` in both themes, so that nothing flashes before the first paint.
const LIGHT: Color = Color(0xf5, 0xf7, 0xf7, 0xff);
const DARK: Color = Color(0x0e, 0x13, 0x13, 0xff);

/// Brings the window to the front, and makes it where there is none. A `place` is where it goes.
pub fn open(shell: &Arc<Shell>, place: Option<Place>) {
    if let Some(window) = shell.app.get_webview_window(MAIN) {
        if let Some(place) = place {
            shell.go(place);
        }
        bring(&window);
        return;
    }
    shell.set_place(place);
    if let Err(error) = create(shell) {
        tracing::error!(%error, "the window cannot be opened");
    }
}

fn create(shell: &Arc<Shell>) -> tauri::Result<()> {
    let app = &shell.app;
    let theme = theme(&shell.preferences());
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .title("Baton")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(LEAST_SIZE.0, LEAST_SIZE.1)
        .center()
        .theme(theme)
        .background_color(if theme == Some(tauri::Theme::Dark) { DARK } else { LIGHT })
        .data_directory(shell.home.join("window"))
        .devtools(cfg!(debug_assertions))
        .on_navigation({
            let development = app.config().build.dev_url.clone();
            move |url| is_own(url, development.as_ref())
        })
        .build()?;
    paint_ground(&window);
    let (events, known) = (shell.clone(), window.clone());
    window.on_window_event(move |event| hear(&events, &known, event));
    bring(&window);
    Ok(())
}

/// Applies the preferences that the window's frame shows.
pub fn apply(app: &AppHandle, preferences: &Preferences) {
    if let Some(window) = app.get_webview_window(MAIN) {
        // A desktop without themes stays as it is.
        let _ = window.set_theme(theme(preferences));
        paint_ground(&window);
    }
}

/// Whether the person looks at the window.
pub fn is_looked_at(app: &AppHandle) -> bool {
    app.get_webview_window(MAIN).is_some_and(|window| window.is_focused().unwrap_or(false))
}

/// Closes the window and frees its web view.
pub fn close(app: &AppHandle) -> Result<()> {
    let Some(window) = app.get_webview_window(MAIN) else { return Ok(()) };
    window.destroy().map_err(|error| Error::bug(format!("the window does not close: {error}")))
}

fn bring(window: &WebviewWindow) {
    // Whatever of this a desktop does not do, the rest still helps.
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
}

fn theme(preferences: &Preferences) -> Option<tauri::Theme> {
    match preferences.theme {
        Theme::System => None,
        Theme::Light => Some(tauri::Theme::Light),
        Theme::Dark => Some(tauri::Theme::Dark),
    }
}

fn paint_ground(window: &WebviewWindow) {
    let dark = matches!(window.theme(), Ok(tauri::Theme::Dark));
    let ground: WindowColor = if dark { DARK } else { LIGHT };
    let _ = window.set_background_color(Some(ground));
}

/// What closing the window means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    /// Only the window goes.
    Window,
    /// Say once that Baton keeps running.
    Explain,
    Quit,
}

fn closing(preferences: &Preferences, listening: bool) -> Closing {
    match (preferences.keep_running, preferences.close_explained) {
        (false, _) => Closing::Quit,
        (true, false) if listening => Closing::Explain,
        (true, _) => Closing::Window,
    }
}

fn hear(shell: &Arc<Shell>, window: &WebviewWindow, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            match closing(&shell.preferences(), shell.is_listened_to()) {
                Closing::Window => {}
                Closing::Explain => {
                    api.prevent_close();
                    shell.tell(Message::Closing);
                }
                Closing::Quit => {
                    api.prevent_close();
                    let _ = window.hide();
                    shell.quit();
                }
            }
        }
        WindowEvent::Destroyed => {
            shell.window_gone();
            free(shell.app.clone());
        }
        WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) if !paths.is_empty() => {
            shell.go(Place::Import { paths: paths.clone() });
        }
        WindowEvent::ThemeChanged(_) => paint_ground(window),
        _ => {}
    }
}

/// Frees what the web view leaves behind, unless a window was opened again.
fn free(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(LETTING_GO).await;
        if app.webview_windows().is_empty() {
            web_processes::end(&web_processes::running());
        }
    });
}

/// Baton's own pages, and those of the development server while one is in use. Nothing else is ever shown in this
/// window.
fn is_own(url: &Url, development: Option<&Url>) -> bool {
    let own = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // Windows knows no schemes of a program's own.
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    let developed = cfg!(dev) && development.is_some_and(|base| base.origin() == url.origin());
    own || developed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_is_explained_once_and_means_what_the_person_said() {
        let usual = Preferences::usual(true);
        assert_eq!(closing(&usual, true), Closing::Explain);
        assert_eq!(closing(&usual, false), Closing::Window);
        assert_eq!(closing(&Preferences { close_explained: true, ..usual.clone() }, true), Closing::Window);
        assert_eq!(closing(&Preferences { keep_running: false, ..usual }, true), Closing::Quit);
        assert_eq!(closing(&Preferences::usual(false), true), Closing::Quit);
    }

    #[test]
    fn the_window_shows_nothing_but_baton() {
        for own in ["tauri://localhost/index.html", "http://tauri.localhost/"] {
            assert!(is_own(&own.parse().unwrap(), None), "{own}");
        }
        for other in
            ["https://connect.garmin.com/", "file:///etc/passwd", "tauri://evil/", "data:text/html,x"]
        {
            assert!(!is_own(&other.parse().unwrap(), None), "{other}");
        }
    }
}
