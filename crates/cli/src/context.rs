//! What every command gets: how to speak, the environment, and the engine, opened when it is first needed.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use baton_core::{Clock, Service, Stage};
use baton_engine::environment::{self, Environment};
use baton_engine::{Engine, OpenOptions, StageHook};
use baton_services::{Endpoints, World};

use crate::args::Global;
use crate::failure::Result;
use crate::log;
use crate::output::Output;
use crate::prompts::Prompts;

/// The world of one command.
pub struct Context<'a> {
    pub output: Output,
    pub environment: Environment<'a>,
    pub clock: Clock,
    home: Option<PathBuf>,
    verbose: u8,
}

impl<'a> Context<'a> {
    pub fn new(global: Global, output: Output, environment: Environment<'a>) -> Context<'a> {
        let home = global.home.filter(|home| !home.as_os_str().is_empty());
        Context { output, environment, clock: clock(environment), home, verbose: global.verbose }
    }

    pub fn prompts(&self) -> Prompts<'a> {
        Prompts::new(self.environment)
    }

    /// Every service, at the vendors' own addresses or those that `BATON_ENDPOINTS` names.
    ///
    /// # Errors
    /// `BadInput` for a file of endpoints that does not read.
    pub fn services(&self) -> Result<Vec<Arc<dyn Service>>> {
        let endpoints = Endpoints::from_environment(self.environment)?;
        Ok(baton_services::all(&Arc::new(World::new(endpoints, self.clock.clone()))))
    }

    /// The engine on the data directory. No secret is touched yet.
    ///
    /// # Errors
    /// `BadInput` for a wrong environment, and those of [`Engine::open`].
    pub async fn engine(&self) -> Result<Engine> {
        let home = self.home()?;
        let services = self.services()?;
        let vault = environment::vault(self.environment)?;
        let options = OpenOptions {
            clock: self.clock.clone(),
            on_stage: self.abort_for_tests(),
            ..OpenOptions::new(&home, services, vault)
        };
        Ok(Engine::open(options).await?)
    }

    /// The engine, with a log in the data directory: for what speaks with services or changes something.
    pub async fn logged_engine(&self) -> Result<Engine> {
        let engine = self.engine().await?;
        log::begin(engine.home(), self.verbose);
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "begins");
        Ok(engine)
    }

    /// Where data rests.
    pub fn home(&self) -> Result<PathBuf> {
        match &self.home {
            Some(home) => Ok(home.clone()),
            None => Ok(environment::home(self.environment)?),
        }
    }

    /// A variable that is set to something.
    fn variable(&self, name: &str) -> Option<OsString> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }

    /// In debug builds `BATON_TEST_ABORT_AT=deliver:3` ends the process, as a power cut would, when the third delivery
    /// begins.
    fn abort_for_tests(&self) -> Option<StageHook> {
        if !cfg!(debug_assertions) {
            return None;
        }
        let wanted = self.variable("BATON_TEST_ABORT_AT")?.into_string().ok()?;
        let (name, number) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        let stage = Stage::ALL.into_iter().find(|stage| stage.name() == name)?;
        let left = std::sync::atomic::AtomicU64::new(number.parse().ok()?);
        Some(Arc::new(move |entered| {
            if entered == stage && left.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) == 1 {
                std::process::abort();
            }
        }))
    }
}

/// The computer's own time. In debug builds the file that `BATON_TEST_CLOCK` names says by how many seconds it is ahead, and
/// a test may change that while the program runs: some rests last for a day.
fn clock(environment: Environment<'_>) -> Clock {
    let file = environment("BATON_TEST_CLOCK").filter(|file| cfg!(debug_assertions) && !file.is_empty());
    let Some(file) = file else { return Arc::new(chrono::Utc::now) };
    Arc::new(move || {
        let ahead = std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
        chrono::Utc::now() + chrono::TimeDelta::seconds(ahead.unwrap_or_default())
    })
}
