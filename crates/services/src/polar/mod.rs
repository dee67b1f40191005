//! Polar: what it is, how to sign in with one's own client, and the training and weight that AccessLink gives.
//!
//! In the order of an account's life: [`sign_in`] by way of [`authorize`] (the pages), [`tokens`] (codes for tokens) and
//! [`api`] (registration, then requests) with [`wire`] (answers); [`source`] (list and fetch); [`history`] (what is older
//! than v3 gives, where the person allowed it); [`map`] (exercises as entries and activities) with [`samples`], [`sports`]
//! and [`notation`] (times and durations); [`webhook`] (Polar telling by itself what is new).

mod api;
mod authorize;
mod history;
mod map;
mod notation;
mod samples;
mod sign_in;
mod source;
mod sports;
mod tokens;
mod webhook;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use baton_core::{
    Connection, Destination, Error, Item, Kind, Result, Service, ServiceInfo, SignInFlow, SignInMethod,
    Source, TokenCell, Webhook,
};

use self::source::Training;
use self::webhook::Push;
use crate::World;

const NAME: &str = "Polar";

static INFO: ServiceInfo = ServiceInfo {
    id: "polar",
    name: NAME,
    reads: &[Kind::Activity, Kind::Body],
    writes: &[],
    newest_only: &[],
    replaces: &[],
    accepts: &[],
    sign_in: &[
        SignInMethod { id: sign_in::BROWSER, name: "In your browser", needs_window: false },
        SignInMethod { id: sign_in::WINDOW, name: "On Polar's own page, in a window", needs_window: true },
        SignInMethod { id: sign_in::PASTE, name: "Paste the address from your browser", needs_window: false },
        SignInMethod {
            id: sign_in::HISTORY,
            name: "In your browser, twice: with older training too",
            needs_window: false,
        },
        SignInMethod {
            id: sign_in::HISTORY_PASTE,
            name: "Paste two addresses: with older training too",
            needs_window: false,
        },
    ],
    notice: None,
    home: "https://flow.polar.com",
    min_interval_minutes: 30,
    current_only: &[Kind::Body],
    keep_raw: true,
    keep_days: None,
    removes_on_sign_out: false,
};

/// The service.
pub struct Polar {
    world: Arc<World>,
}

impl Polar {
    pub fn new(world: Arc<World>) -> Polar {
        Polar { world }
    }
}

impl Service for Polar {
    fn info(&self) -> &'static ServiceInfo {
        &INFO
    }

    fn sign_in(&self, method: &str, domain: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        if let Some(domain) = domain {
            return Err(Error::bad_input(format!("Polar is the same everywhere; there is no “{domain}”")));
        }
        sign_in::begin(method, &self.world)
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        let training = Training::new(&self.world, tokens.clone());
        Ok(Box::new(User { training, push: Push::new(&self.world, tokens) }))
    }

    /// Reads one exercise with its samples, zones and route.
    fn convert(&self, raw: &[u8]) -> Option<Result<Item>> {
        let exercise = wire::exercise(serde_json::from_slice(raw).ok()?)?;
        // Others have objects with an `id` too; the link to the user is Polar's alone.
        exercise.polar_user.get()?;
        Some(map::activity(&exercise, None).map(|activity| Item::Activity(Box::new(activity))))
    }
}

/// A signed-in person.
struct User {
    training: Training,
    push: Push,
}

#[async_trait]
impl Connection for User {
    fn source(&self) -> Option<&dyn Source> {
        Some(&self.training)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        None
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        Some(&self.push)
    }

    async fn revoke(&self) -> Result<()> {
        self.training.revoke().await
    }
}

/// An answer of another form.
fn changed() -> Error {
    Error::service_changed("Polar answered in a form that Baton does not know; Baton may need an update")
}
