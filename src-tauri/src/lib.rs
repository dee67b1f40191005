//! The desktop app: a window, a tray and a sign-in page on the engine, with no logic of their own.
//!
//! Start at [`run`]; [`shell::Shell`] is the state behind everything, [`commands`] what the window can ask for, [`menu`]
//! and [`notifications`] what is shown outside of it.

pub mod commands;
pub mod contract;
mod desktop;
mod files;
mod links;
mod log;
mod menu;
mod network;
mod notifications;
mod notify;
mod preferences;
mod shell;
mod sign_in;
mod sign_in_window;
mod tray;
mod updates;
mod web_processes;
mod windows;
mod words;

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use baton_core::{Error, ErrorKind, Result};
use baton_engine::environment;
use baton_services::{Endpoints, World};
use tauri::{AppHandle, Manager, RunEvent};
use tauri_plugin_window_state::StateFlags;

use shell::{Parts, Shell};
use updates::Updates;

/// Started by the system at login: with an icon and without a window.
const HIDDEN: &str = "--hidden";

/// Runs the app until it is quit.
pub fn run() -> ExitCode {
    // Another provider in place already would serve as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match begin() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(kind = error.kind.name(), %error, "the app cannot begin");
            eprintln!("Baton cannot begin: {error}.");
            ExitCode::from(2)
        }
    }
}

fn begin() -> Result<()> {
    let variable = |name: &str| std::env::var_os(name);
    let home = environment::home(&variable)?;
    std::fs::create_dir_all(&home).map_err(|error| Error::storage(&home, &error))?;
    log::begin(&home);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "begins");
    let endpoints = Endpoints::from_environment(&variable)?;
    let vault = environment::vault(&variable)?;
    let context = tauri::generate_context!();
    let updates = updates::source(&variable, context.config().plugins.0.get("updater"));
    if let Err(error) = &updates {
        eprintln!("{error}");
    }
    let at_login = std::env::args_os().any(|argument| argument == HIDDEN);
    let simulated = endpoints.is_simulated();
    let world = Arc::new(World::new(endpoints, Arc::new(chrono::Utc::now)));
    let remembered = home.join("window-state.json");
    let app = tauri::Builder::default()
        // First, so that a second start ends before it does anything.
        .plugin(only_one(variable("BATON_HOME")))
        .plugin(tauri_plugin_store::Builder::new().build())
        .plugin(tauri_plugin_updater::Builder::new().build())
        .plugin(tauri_plugin_autostart::Builder::new().arg(HIDDEN).build())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .plugin(tauri_plugin_dialog::init())
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .with_filename(remembered.to_string_lossy())
                .with_filter(|label| label == windows::MAIN)
                .build(),
        )
        .invoke_handler(commands::builder().invoke_handler())
        .setup(move |app| {
            let shell = Arc::new(Shell::new(Parts {
                app: app.handle().clone(),
                home,
                services: baton_services::all(&world),
                vault,
                simulated,
                updates: Updates::new(updates),
                at_login,
            })?);
            app.manage(shell.clone());
            set_up(&shell, at_login);
            Ok(())
        })
        .build(context)
        .map_err(|error| Error::new(ErrorKind::Storage, format!("the window system: {error}")))?;
    app.run(|app, event| match event {
        // Without a window Baton goes on: who closes the last one decided already whether it should.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => bring(app),
        _ => {
            let _ = app;
        }
    });
    Ok(())
}

fn set_up(shell: &Arc<Shell>, at_login: bool) {
    sign_in_window::clean(&shell.home);
    updates::clean(&shell.home);
    shell.listen_to_notifications();
    let opening = shell.clone();
    tauri::async_runtime::spawn(async move { opening.open().await });
    tauri::async_runtime::spawn(shell.clone().look_for_updates());
    if !at_login {
        windows::open(shell, None);
    }
}

/// One app for each data directory: a second start brings the window of the first.
fn only_one(home: Option<OsString>) -> tauri::plugin::TauriPlugin<tauri::Wry> {
    let builder = tauri_plugin_single_instance::Builder::new().callback(|app, arguments, _| {
        if !arguments.iter().any(|argument| argument == HIDDEN) {
            bring(app);
        }
    });
    match home.filter(|home| !home.is_empty()) {
        None => builder.build(),
        Some(home) => {
            let mut hasher = DefaultHasher::new();
            Path::new(&home).hash(&mut hasher);
            builder.dbus_id(format!("app.baton.desktop.h{:x}", hasher.finish())).build()
        }
    }
}

fn bring(app: &AppHandle) {
    if let Some(shell) = app.try_state::<Arc<Shell>>() {
        windows::open(shell.inner(), None);
    }
}
