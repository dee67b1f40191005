//! What the window needs of the computer around it: pickers, the file manager, the browser, start at login.

use std::path::{Path, PathBuf};

use baton_core::{Error, Format, Result};
use baton_engine::EntryId;
use tauri_plugin_autostart::ManagerExt;
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tauri_plugin_opener::OpenerExt;
use tokio::sync::oneshot;

use crate::contract::Shown;
use crate::links::{self, Opening};
use crate::shell::Shell;
use crate::windows;

/// What can be imported.
const EXTENSIONS: [&str; 6] = ["fit", "tcx", "gpx", "gz", "zip", "csv"];

impl Shell {
    /// Asks for a folder and writes the entries there; `None` where the person chose none.
    ///
    /// # Errors
    /// Those of [`baton_engine::Engine::export`]; what was written before stays.
    pub async fn save_files(&self, entries: Vec<EntryId>, format: Format) -> Result<Option<Vec<PathBuf>>> {
        let engine = self.engine().await?;
        let Some(folder) = self.pick_folder().await? else { return Ok(None) };
        let mut written = Vec::new();
        for entry in &entries {
            written.push(engine.export(entry, format, &folder).await?);
        }
        Ok(Some(written))
    }

    pub async fn pick_files(&self) -> Result<Option<Vec<PathBuf>>> {
        let (sender, chosen) = oneshot::channel();
        self.dialog().add_filter("FIT, TCX, GPX, ZIP, CSV", &EXTENSIONS).pick_files(move |files| {
            let _ = sender.send(files);
        });
        let files = chosen.await.ok().flatten();
        files.map(|files| files.into_iter().map(path).collect()).transpose()
    }

    pub async fn pick_folder(&self) -> Result<Option<PathBuf>> {
        let (sender, chosen) = oneshot::channel();
        self.dialog().pick_folder(move |folder| {
            let _ = sender.send(folder);
        });
        chosen.await.ok().flatten().map(path).transpose()
    }

    /// Asks where to, and writes the redacted text for support there.
    ///
    /// # Errors
    /// `Storage` where it cannot be written.
    pub async fn save_diagnostics(&self) -> Result<Option<PathBuf>> {
        let text = self.engine().await?.support_text(None).await?;
        let (sender, chosen) = oneshot::channel();
        self.dialog().set_file_name("baton-diagnostics.json").save_file(move |file| {
            let _ = sender.send(file);
        });
        let Some(file) = chosen.await.ok().flatten().map(path).transpose()? else { return Ok(None) };
        tokio::fs::write(&file, text).await.map_err(|error| Error::storage(&file, &error))?;
        Ok(Some(file))
    }

    fn dialog(&self) -> FileDialogBuilder<tauri::Wry> {
        let dialog = self.app.dialog().file();
        match tauri::Manager::get_webview_window(&self.app, windows::MAIN) {
            Some(window) => dialog.set_parent(&window),
            None => dialog,
        }
    }

    /// Shows a file or folder in the system's file manager.
    ///
    /// # Errors
    /// `BadInput` for what is not there, and for a name that leads out of the archive.
    pub async fn show_file(&self, shown: Shown) -> Result<()> {
        let folder = match shown {
            // What cannot be opened can be looked at all the same.
            Shown::Config => return self.reveal(&self.home.join("config.toml")),
            Shown::Ledger => return self.reveal(&self.home.join("ledger.db")),
            Shown::Archived(name) => {
                return self.reveal(&archived(self.engine().await?.archive().folder(), &name)?);
            }
            Shown::Archive => self.engine().await?.archive().folder().to_owned(),
            Shown::Folder(folder) => folder,
        };
        // Opening is for folders alone: a file would be run or edited.
        if !folder.is_dir() {
            return Err(Error::bad_input(format!("{} is no folder on this computer", folder.display())));
        }
        let opened = self.app.opener().open_path(folder.to_string_lossy(), None::<&str>);
        opened.map_err(|_| Error::bad_input("no file manager opens on this computer"))
    }

    fn reveal(&self, path: &Path) -> Result<()> {
        if !path.exists() {
            return Err(Error::bad_input(format!("{} is not there (any more)", path.display())));
        }
        let shown = self.app.opener().reveal_item_in_dir(path);
        shown.map_err(|_| Error::bad_input("no file manager opens on this computer"))
    }

    /// Opens a page of a service in the system's browser, or shows a file in its folder.
    ///
    /// # Errors
    /// `BadInput` for every other link.
    pub async fn open_link(&self, link: &str) -> Result<()> {
        let engine = self.engine().await?;
        let (accounts, services) = (engine.accounts().await?, engine.services());
        let own = self.app.config().bundle.homepage.as_deref();
        let homes = services.iter().map(|info| info.home);
        let homes = homes.chain(accounts.iter().filter_map(|account| account.domain.as_deref())).chain(own);
        match links::check(link, homes, self.simulated)? {
            Opening::Folder(path) => self.reveal(&path),
            Opening::Page(url) => {
                let opened = self.app.opener().open_url(url.as_str(), None::<&str>);
                opened
                    .map_err(|_| Error::bad_input("no browser opens on this computer; copy the link instead"))
            }
        }
    }

    /// # Errors
    /// `Storage` where the system does not take it.
    pub fn set_start_at_login(&self, on: bool) -> Result<()> {
        let launch = self.app.autolaunch();
        let done = if on {
            launch.enable()
        } else if launch.is_enabled().unwrap_or(false) {
            launch.disable()
        } else {
            return Ok(());
        };
        done.map_err(|error| {
            Error::new(baton_core::ErrorKind::Storage, format!("start at login cannot be changed: {error}"))
        })
    }

    /// Forgets accounts, history, settings and preferences.
    ///
    /// # Errors
    /// Those of [`baton_engine::Engine::forget_everything`].
    pub async fn forget_everything(&self) -> Result<()> {
        self.sign_ins.end_all();
        self.engine().await?.forget_everything().await?;
        self.set_start_at_login(false)?;
        self.file.clear()
    }
}

fn path(file: FilePath) -> Result<PathBuf> {
    file.into_path().map_err(|_| Error::bad_input("this is no file or folder on this computer"))
}

/// The path of an archived file. A name never leads out of the archive.
fn archived(folder: &Path, name: &str) -> Result<PathBuf> {
    let plain = Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if plain && !name.is_empty() {
        Ok(folder.join(name))
    } else {
        Err(Error::bad_input(format!("“{name}” is no file in the archive")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leads_out_of_the_archive() {
        let folder = Path::new("/srv/archive");
        assert_eq!(archived(folder, "2026/11/x.fit").unwrap(), folder.join("2026/11/x.fit"));
        for name in ["", "../vault", "2026/../../vault", "/etc/passwd", "./x"] {
            assert!(archived(folder, name).is_err(), "{name}");
        }
    }
}
