//! A folder on this computer: workout files and tables of measurements dropped into it are carried on, and what is carried
//! to it becomes files and lines of a table.
//!
//! A workout's file is known by the SHA-256 of its bytes, on both sides: as the key of its entry, so that a renamed file is the
//! same entry, and as the key of a delivery, so that what Baton wrote there is recognised when it is read back.

mod destination;
mod disk;
mod measurements;
mod name;
mod source;
mod watch;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use baton_core::{
    Connection, Destination, Error, Format, Kind, Next, Prompt, Reply, Result, Service, ServiceInfo,
    SignInFlow, SignInMethod, SignedIn, Source, TokenCell, Tokens,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::World;

static INFO: ServiceInfo = ServiceInfo {
    id: "folder",
    name: "Folder",
    reads: &Kind::ALL,
    writes: &Kind::ALL,
    newest_only: &[],
    replaces: &[Kind::Body, Kind::BloodPressure],
    accepts: &Format::ALL,
    sign_in: &[SignInMethod { id: "folder", name: "Choose a folder", needs_window: false }],
    notice: None,
    home: "",
    min_interval_minutes: 5,
    current_only: &[],
    keep_raw: true,
    keep_days: None,
    removes_on_sign_out: false,
};

/// The service.
pub struct Folder {
    world: Arc<World>,
}

impl Folder {
    pub fn new(world: Arc<World>) -> Folder {
        Folder { world }
    }
}

/// What an account needs: the folder itself.
#[derive(Serialize, Deserialize)]
struct Place {
    path: PathBuf,
}

impl Service for Folder {
    fn info(&self) -> &'static ServiceInfo {
        &INFO
    }

    fn sign_in(&self, method: &str, domain: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        if method != "folder" || domain.is_some() {
            return Err(Error::bad_input(
                "a folder is connected by choosing it; there is no other method and no domain",
            ));
        }
        Ok(Box::new(Choice))
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        Ok(Box::new(Account {
            source: source::Files::new(tokens.clone(), self.world.clock.clone()),
            destination: destination::Files::new(tokens),
        }))
    }
}

/// The whole sign-in: one question.
struct Choice;

#[async_trait]
impl SignInFlow for Choice {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        let chosen = match reply {
            None => {
                let help =
                    "The folder to read workouts and measurements from, or to write them to. It must exist."
                        .into();
                return Ok(Next::Ask(Prompt::Folder { help }));
            }
            Some(Reply::Folder(path)) => path,
            Some(_) => return Err(Error::bug("the sign-in was given an answer to another question")),
        };
        let path = blocking(move || existing(&chosen)).await?;
        let shown = path.display().to_string();
        Ok(Next::Done(SignedIn {
            tokens: Tokens::pack(&Place { path })?,
            user_key: shown.clone(),
            display_name: shown,
        }))
    }
}

/// The folder's one true path.
fn existing(chosen: &Path) -> Result<PathBuf> {
    let named = |words: &str| Error::bad_input(format!("{}: {words}", chosen.display()));
    if chosen.as_os_str().is_empty() {
        return Err(Error::bad_input("no folder was named"));
    }
    let path = chosen.canonicalize().map_err(|_| named("there is no such folder; make it first"))?;
    if !path.is_dir() {
        return Err(named("this is a file, not a folder"));
    }
    std::fs::read_dir(&path).map_err(|error| Error::bad_input(Error::storage(&path, &error).message))?;
    Ok(path)
}

/// One folder in use.
struct Account {
    source: source::Files,
    destination: destination::Files,
}

impl Connection for Account {
    fn source(&self) -> Option<&dyn Source> {
        Some(&self.source)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        Some(&self.destination)
    }
}

async fn place(tokens: &TokenCell) -> Result<PathBuf> {
    Ok(tokens.current().await?.unpack::<Place>()?.path)
}

/// What a file is known by.
fn content_key(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Runs file work where it holds nobody up.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::bug("reading or writing files was broken off"))?
}

#[cfg(test)]
mod tests;
