//! TrainerRoad: what it is, how to sign in, and the one thing that it takes: the rider's weight of today.
//!
//! TrainerRoad offers no interface; Baton asks what its web site asks. [`sign_in`] is the conversation, [`api`] the
//! requests, [`destination`] the weight.

mod api;
mod destination;
mod sign_in;

use std::sync::Arc;

use baton_core::{
    Connection, Destination, Error, Kind, Notice, Result, Service, ServiceInfo, SignInFlow, SignInMethod,
    Source, TokenCell,
};

use self::destination::Weight;
use crate::World;

const NAME: &str = "TrainerRoad";

static INFO: ServiceInfo = ServiceInfo {
    id: "trainerroad",
    name: NAME,
    reads: &[],
    writes: &[Kind::Body],
    newest_only: &[Kind::Body],
    replaces: &[],
    accepts: &[],
    sign_in: &[SignInMethod {
        id: sign_in::PASSWORD,
        name: "With user name or e-mail address and password",
        needs_window: false,
    }],
    notice: Some(Notice {
        is_official: false,
        terms: "TrainerRoad offers no way for a member's program to set the weight; Baton does it as TrainerRoad's own \
                     site does, at your own risk.",
        limits: "TrainerRoad changes its site now and then; signing in or setting the weight may stop working until Baton \
                    is updated.",
        password: "Your password goes to TrainerRoad only and is never kept; what is kept is the site's cookie, sealed on \
                   this computer, for about a month.",
        revoke: "To take the permission back, disconnect the account in Baton and change your TrainerRoad password.",
    }),
    home: "https://www.trainerroad.com",
    min_interval_minutes: 60,
    current_only: &[],
    keep_raw: true,
    keep_days: None,
    removes_on_sign_out: false,
};

/// The service.
pub struct TrainerRoad {
    world: Arc<World>,
}

impl TrainerRoad {
    pub fn new(world: Arc<World>) -> TrainerRoad {
        TrainerRoad { world }
    }
}

impl Service for TrainerRoad {
    fn info(&self) -> &'static ServiceInfo {
        &INFO
    }

    fn sign_in(&self, method: &str, domain: Option<&str>) -> Result<Box<dyn SignInFlow>> {
        if let Some(domain) = domain {
            let words = format!("TrainerRoad is the same everywhere; there is no “{domain}”");
            return Err(Error::bad_input(words));
        }
        sign_in::begin(method, &self.world)
    }

    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>> {
        Ok(Box::new(Member { weight: Weight::new(api::Api::new(&self.world, tokens)) }))
    }
}

/// A signed-in member.
struct Member {
    weight: Weight,
}

impl Connection for Member {
    fn source(&self) -> Option<&dyn Source> {
        None
    }

    fn destination(&self) -> Option<&dyn Destination> {
        Some(&self.weight)
    }
}
