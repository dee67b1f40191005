//! Garmin Connect: what it is, how to sign in, and what it takes.
//!
//! Garmin offers no interface to individuals; Baton speaks as Garmin's own phone program does. In the order of an
//! account's life: [`sign_in`] (the conversation) by way of [`ticket`], [`mobile`], [`widget`] or [`import`];
//! [`tokens`] (kept and renewed); [`api`] (signed requests); [`destination`] by way of [`activities`], [`body`] or
//! [`blood_pressure`], with [`upload`], [`calendar`], [`original`], [`devices`], [`sports`] and [`months`]; [`source`] by way
//! of [`recordings`] and the same listings.

mod activities;
mod api;
mod blood_pressure;
mod body;
mod calendar;
mod destination;
mod devices;
mod import;
mod mobile;
mod months;
mod original;
mod reading;
mod recordings;
mod sign_in;
mod site;
mod source;
mod sports;
mod ticket;
mod tokens;
mod upload;
mod weigh_in;
mod widget;

use std::sync::Arc;

use baton_core::{
    Connection, Destination, Error, Format, Kind, Notice, Result, Service, ServiceInfo, SignInFlow,
    SignInMethod, Source, TokenCell,
};

use crate::World;

const NAME: &str = "Garmin Connect";
const WINDOW: &str = "window";
const PASSWORD: &str = "password";
const PASTE: &str = "paste";
const IMPORT: &str = "import";

static INFO: ServiceInfo = ServiceInfo {
    id: "garmin",
    name: NAME,
    reads: &Kind::ALL,
    writes: &Kind::ALL,
    newest_only: &[],
    replaces: &[Kind::Body, Kind::BloodPressure],
    accepts: &[Format::Fit, Format::Tcx, Format::Gpx],
    sign_in: &[
        SignInMethod { id: WINDOW, name: "On Garmin's own page, in a window", needs_window: true },
        SignInMethod { id: PASSWORD, name: "With e-mail address and password", needs_window: false },
        SignInMethod { id: PASTE, name: "Paste a ticket or link from your browser", needs_window: false },
        SignInMethod { id: IMPORT, name: "Take over the sign-in of another program", needs_window: false },
    ],
    notice: Some(Notice {
        is_official: false,
        terms: "Garmin offers no way for a private person's program to upload workouts, and its terms of use do not \
                     allow programs such as this one; Baton signs in as Garmin's own phone app does, at your own risk.",
        limits: "Garmin changes its sign-in now and then, and refuses some networks; signing in or uploading may stop \
                    working until Baton is updated.",
        password: "Your password goes to Garmin only and is never kept; what is kept is a token, sealed on this computer.",
        revoke: "To take the permission back, disconnect the account in Baton and change your Garmin password.",
    }),
    home: "https://connect.garmin.com",
    min_interval_minutes: 60,
    current_only: &[],
    keep_raw: true,
    keep_days: None,
    removes_on_sign_out: false,
};

/// The service.
pub struct Garmin {
    world: Arc<World>,
}

impl Garmin {
    pub fn new(world: Arc<World>) -> Garmin {
        Garmin { world }
    }
}

impl Service for Garmin {
    fn info(&self) -> &'static ServiceInfo {
        &INFO
    }

    fn sign_in(&self, method: &str, domain: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        Ok(Box::new(sign_in::Flow::new(self.world.clone(), method, domain)?))
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        let api = Arc::new(api::Api::new(self.world.clone(), tokens));
        let deliveries = destination::Deliveries::new(api.clone());
        Ok(Box::new(Account { holdings: source::Holdings::new(api), deliveries }))
    }
}

/// One account in use.
struct Account {
    holdings: source::Holdings,
    deliveries: destination::Deliveries,
}

impl Connection for Account {
    fn source(&self) -> Option<&dyn Source> {
        Some(&self.holdings)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        Some(&self.deliveries)
    }
}

/// An answer of another form.
fn changed() -> Error {
    Error::service_changed(
        "Garmin Connect answered in a form that Baton does not know; Baton may need an update",
    )
}

/// Takes the place of an answer until there is one.
fn unanswered() -> Error {
    Error::bug("a delivery to Garmin Connect has no answer")
}
