//! Strava: what it is, how to sign in with one's own application, reading activities, and handing activities and the
//! weight over.
//!
//! In the order of an account's life: [`sign_in`] by way of [`authorize`]; [`tokens`] (kept, renewed and taken back);
//! [`api`] (requests) with [`limits`] (how many are welcome) and [`wire`] (answers); [`source`] with [`listing`], [`map`]
//! and [`streams`]; [`destination`], which goes to [`activities`] ([`calendar`], [`upload`], [`sports`]) and to
//! [`weight`].

mod activities;
mod api;
mod authorize;
mod calendar;
mod destination;
mod export;
mod limits;
mod listing;
mod map;
mod sign_in;
mod source;
mod sports;
mod streams;
mod tokens;
mod upload;
mod weight;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use baton_core::export::Export;
use baton_core::{
    Connection, Destination, Error, Format, Item, Kind, Notice, Result, Service, ServiceInfo, SignInFlow,
    SignInMethod, Source, TokenCell,
};

use self::api::Api;
use self::destination::Deliveries;
use self::source::Recordings;
use crate::World;

const NAME: &str = "Strava";
/// What the identifier of each upload of Baton's begins with.
const OURS: &str = "baton-";

static INFO: ServiceInfo = ServiceInfo {
    id: "strava",
    name: NAME,
    reads: &[Kind::Activity],
    writes: &[Kind::Activity, Kind::Body],
    newest_only: &[Kind::Body],
    replaces: &[],
    accepts: &[Format::Fit, Format::Tcx, Format::Gpx],
    sign_in: &[
        SignInMethod { id: sign_in::BROWSER, name: "In your browser", needs_window: false },
        SignInMethod { id: sign_in::PASTE, name: "Paste the address from your browser", needs_window: false },
    ],
    notice: Some(Notice {
        is_official: true,
        terms: "What a program reads at Strava it may show to you alone and keep for seven days, and Strava wants it removed \
                when you sign out; Baton sees to both. Nothing is read unless you make a route from Strava, and where that \
                route sends it is your decision.",
        limits: "Strava answers only while the owner of the application pays for a subscription, and it counts what is \
                 asked: a history of years takes days. Its own export, which `baton import` reads, has neither limit.",
        password: "Your password goes to Strava only, in your browser; Baton never sees it. What is kept are the keys of \
                   your application and the tokens, sealed on this computer.",
        revoke: "To take the permission back, disconnect the account in Baton, or remove it under My Apps in Strava's \
                 settings.",
    }),
    home: "https://www.strava.com",
    min_interval_minutes: 60,
    current_only: &[],
    keep_raw: true,
    // Strava's terms let what was read there be kept for a week.
    keep_days: Some(7),
    removes_on_sign_out: true,
};

/// The service.
pub struct Strava {
    world: Arc<World>,
}

impl Strava {
    pub fn new(world: Arc<World>) -> Strava {
        Strava { world }
    }
}

impl Service for Strava {
    fn info(&self) -> &'static ServiceInfo {
        &INFO
    }

    fn sign_in(&self, method: &str, domain: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        if let Some(domain) = domain {
            return Err(Error::bad_input(format!("Strava is the same everywhere; there is no “{domain}”")));
        }
        sign_in::begin(method, &self.world)
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        let api = Arc::new(Api::new(&self.world, tokens));
        let (recordings, deliveries) = (Recordings::new(api.clone()), Deliveries::new(api.clone()));
        Ok(Box::new(Athlete { api, recordings, deliveries }))
    }

    /// Reads an activity with its streams and laps.
    fn convert(&self, raw: &[u8]) -> Option<Result<Item>> {
        source::convert(raw)
    }

    fn exported(&self, table: &[u8]) -> Option<Export> {
        export::read(table)
    }
}

/// A signed-in athlete.
struct Athlete {
    api: Arc<Api>,
    recordings: Recordings,
    deliveries: Deliveries,
}

#[async_trait]
impl Connection for Athlete {
    fn source(&self) -> Option<&dyn Source> {
        Some(&self.recordings)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        Some(&self.deliveries)
    }

    async fn revoke(&self) -> Result<()> {
        self.api.revoke().await
    }
}
