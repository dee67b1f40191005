//! Peloton: what it is, how to sign in, and the workouts it holds.
//!
//! Peloton offers no interface to individuals; Baton asks what its members site asks. In the order of an account's life:
//! [`sign_in`] with [`auth`] and [`login`]; [`api`] (requests) with [`wire`] (answers); [`source`] (list
//! and fetch); [`map`] (answers as activities).

mod api;
mod auth;
mod login;
mod map;
mod sign_in;
mod source;
mod wire;

use std::sync::Arc;

use baton_core::{
    Connection, Destination, Error, Item, Kind, Notice, Result, Service, ServiceInfo, SignInFlow,
    SignInMethod, Source, TokenCell,
};

use self::source::Workouts;
use self::wire::Payload;
use crate::World;

const NAME: &str = "Peloton";

static INFO: ServiceInfo = ServiceInfo {
    id: "peloton",
    name: NAME,
    reads: &[Kind::Activity],
    writes: &[],
    newest_only: &[],
    replaces: &[],
    accepts: &[],
    sign_in: &[
        SignInMethod { id: sign_in::WINDOW, name: "On Peloton's own page, in a window", needs_window: true },
        SignInMethod { id: sign_in::PASSWORD, name: "With e-mail address and password", needs_window: false },
        SignInMethod { id: sign_in::PASTE, name: "Paste a token from your browser", needs_window: false },
    ],
    notice: Some(Notice {
        is_official: false,
        terms: "Peloton offers no way for a member's program to read workouts; Baton reads them as Peloton's members \
                     site does, at your own risk.",
        limits: "Peloton changes its sign-in and its answers now and then; signing in or reading may stop working until \
                    Baton is updated.",
        password: "Your password goes to Peloton only and is never kept; what is kept is a token, sealed on this computer.",
        revoke: "To take the permission back, disconnect the account in Baton and change your Peloton password.",
    }),
    home: "https://members.onepeloton.com",
    min_interval_minutes: 30,
    current_only: &[],
    keep_raw: true,
    keep_days: None,
    removes_on_sign_out: false,
};

/// The service.
pub struct Peloton {
    world: Arc<World>,
}

impl Peloton {
    pub fn new(world: Arc<World>) -> Peloton {
        Peloton { world }
    }
}

impl Service for Peloton {
    fn info(&self) -> &'static ServiceInfo {
        &INFO
    }

    fn sign_in(&self, method: &str, domain: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        if let Some(domain) = domain {
            return Err(Error::bad_input(format!("Peloton is the same everywhere; there is no “{domain}”")));
        }
        sign_in::begin(method, &self.world)
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        Ok(Box::new(Member { workouts: Workouts::new(&self.world, tokens) }))
    }

    /// Reads `{"workout", "performance_graph", "user"?, "ride_details"?}`.
    fn convert(&self, raw: &[u8]) -> Option<Result<Item>> {
        match serde_json::from_slice::<Payload>(raw) {
            Ok(payload) if payload.workout.0.is_some() => {
                Some(map::activity(&payload).map(|activity| Item::Activity(Box::new(activity))))
            }
            Ok(_) => None,
            // Whose a damaged file is can only be told by its words.
            Err(error) => {
                let ours = contains(raw, b"\"performance_graph\"") && contains(raw, b"\"workout\"");
                let place = format!("line {}, column {}", error.line(), error.column());
                ours.then(|| Err(Error::bad_input(format!("this Peloton workout is damaged at {place}"))))
            }
        }
    }
}

fn contains(text: &[u8], words: &[u8]) -> bool {
    text.windows(words.len()).any(|window| window == words)
}

/// A signed-in member.
struct Member {
    workouts: Workouts,
}

impl Connection for Member {
    fn source(&self) -> Option<&dyn Source> {
        Some(&self.workouts)
    }

    fn destination(&self) -> Option<&dyn Destination> {
        None
    }
}
