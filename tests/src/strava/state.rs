//! What the simulated Strava remembers: applications, athletes with their gear, activities, uploads and tokens.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::Options;
use super::activity::Activity;
use super::limits::Usage;
use super::uploads::Upload;
use crate::server::{issued, random_hex};

/// Position of a consent in [`State::grants`].
pub(super) type GrantIndex = usize;

/// An access token with more life left than this is given again.
const GIVEN_AGAIN_SECONDS: i64 = 3600;
/// Activity ids are of this size nowadays.
const FIRST_ID: u64 = 18_260_000_000;

/// An application to register, as a user does on the settings page.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct NewApplication {
    pub client_id: String,
    pub client_secret: String,
    /// Without scheme and port.
    pub callback_domain: String,
    /// How many athletes may allow it: one, the owner, until the owner raises it to ten.
    pub athlete_limit: usize,
    /// Its owner pays.
    pub is_active: bool,
}

impl Default for NewApplication {
    fn default() -> Self {
        Self {
            client_id: String::new(),
            client_secret: String::new(),
            callback_domain: "localhost".into(),
            athlete_limit: 1,
            is_active: true,
        }
    }
}

impl NewApplication {
    pub fn new(client_id: &str, client_secret: &str) -> Self {
        Self { client_id: client_id.into(), client_secret: client_secret.into(), ..Self::default() }
    }
}

/// An athlete to create.
#[derive(Debug, Clone, Deserialize)]
pub struct NewAthlete {
    pub firstname: String,
    pub lastname: String,
    /// kg
    pub weight: f64,
}

impl NewAthlete {
    pub fn new(firstname: &str, lastname: &str, weight: f64) -> Self {
        Self { firstname: firstname.into(), lastname: lastname.into(), weight }
    }
}

#[derive(Debug)]
pub(super) struct Application {
    pub registered: NewApplication,
    pub usage: Usage,
}

#[derive(Debug)]
pub(super) struct Athlete {
    pub id: u64,
    pub firstname: String,
    pub lastname: String,
    pub weight: f64,
    pub gear: Vec<Gear>,
}

/// A bike or a pair of shoes.
#[derive(Debug)]
pub(super) struct Gear {
    /// `b…` for bikes, `g…` for shoes.
    pub id: String,
    pub name: String,
}

/// An authorize page that was shown and not answered yet.
#[derive(Debug)]
pub(super) struct Request {
    pub client_id: String,
    pub scopes: BTreeSet<String>,
    pub redirect_uri: String,
    pub client_state: Option<String>,
}

/// What an authorization code is good for.
#[derive(Debug)]
pub(super) struct Code {
    pub client_id: String,
    pub athlete: u64,
    pub scopes: BTreeSet<String>,
    pub is_used: bool,
}

/// One athlete's consent to one application.
#[derive(Debug)]
pub(super) struct Grant {
    pub client_id: String,
    pub athlete: u64,
    pub scopes: BTreeSet<String>,
    pub is_revoked: bool,
}

#[derive(Debug)]
pub(super) struct AccessToken {
    pub grant: GrantIndex,
    pub expires: i64,
}

#[derive(Debug)]
pub(super) struct RefreshToken {
    pub grant: GrantIndex,
    pub is_dead: bool,
}

/// A pair of tokens as the token endpoint gives it.
#[derive(Debug, Clone, Serialize)]
pub struct TokenPair {
    pub token_type: &'static str,
    pub access_token: String,
    /// Unix seconds.
    pub expires_at: i64,
    pub expires_in: i64,
    pub refresh_token: String,
}

/// One call of the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenRequest {
    /// `authorization_code` or `refresh_token`.
    pub grant_type: String,
    /// The HTTP status of the answer.
    pub status: u16,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct State {
    pub applications: BTreeMap<String, Application>,
    pub athletes: Vec<Athlete>,
    pub requests: HashMap<String, Request>,
    pub codes: HashMap<String, Code>,
    pub grants: Vec<Grant>,
    pub access: HashMap<String, AccessToken>,
    pub refresh: HashMap<String, RefreshToken>,
    pub activities: BTreeMap<u64, Activity>,
    pub uploads: Vec<Upload>,
    pub weights_written: Vec<f64>,
    pub token_requests: Vec<TokenRequest>,
    numbers: u64,
}

impl State {
    pub fn add_application(&mut self, new: NewApplication) {
        let application = Application { registered: new.clone(), usage: Usage::default() };
        self.applications.insert(new.client_id, application);
    }

    /// Adds an athlete; answers the id.
    pub fn add_athlete(&mut self, new: NewAthlete) -> u64 {
        let id = 26_462_000 + 101 * self.athletes.len() as u64;
        let NewAthlete { firstname, lastname, weight } = new;
        self.athletes.push(Athlete { id, firstname, lastname, weight, gear: Vec::new() });
        id
    }

    pub fn athlete(&self, id: u64) -> Option<&Athlete> {
        self.athletes.iter().find(|it| it.id == id)
    }

    pub fn athlete_mut(&mut self, id: u64) -> Option<&mut Athlete> {
        self.athletes.iter_mut().find(|it| it.id == id)
    }

    pub fn add_gear(&mut self, athlete: u64, is_bike: bool, name: &str) -> Option<String> {
        let id = format!("{}{}", if is_bike { 'b' } else { 'g' }, 9_000_000 + self.number());
        let athlete = self.athlete_mut(athlete)?;
        athlete.gear.push(Gear { id: id.clone(), name: name.to_owned() });
        Some(id)
    }

    /// A number that nothing else has.
    pub fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Adds an activity under a new id, which is answered.
    pub fn insert_activity(&mut self, athlete: u64, activity: Activity) -> u64 {
        let id = FIRST_ID + self.number();
        self.activities.insert(id, Activity { id, athlete_id: athlete, ..activity });
        id
    }

    /// Remembers an athlete's consent to an application, in place of an earlier one.
    pub fn consent(&mut self, client_id: &str, athlete: u64, scopes: BTreeSet<String>) -> GrantIndex {
        self.grants.push(Grant { client_id: client_id.to_owned(), athlete, scopes, is_revoked: false });
        self.grants.len() - 1
    }

    /// How many other athletes have allowed the application.
    pub fn others(&self, client_id: &str, athlete: u64) -> usize {
        let grants = self.grants.iter().filter(|it| it.client_id == client_id && !it.is_revoked);
        let others: BTreeSet<u64> = grants.map(|it| it.athlete).filter(|it| *it != athlete).collect();
        others.len()
    }

    /// A pair of tokens under a consent: the access token in use where it lives long enough, with a new refresh token.
    pub fn issue(&mut self, grant: GrantIndex, options: &Options, now: i64) -> Option<TokenPair> {
        self.grants.get(grant).filter(|it| !it.is_revoked)?;
        let in_use = self.access.iter().find(|(_, it)| {
            it.grant == grant && it.expires - now > GIVEN_AGAIN_SECONDS.min(options.access_token_seconds - 1)
        });
        let (access_token, expires_at) = match in_use {
            Some((name, token)) => (name.clone(), token.expires),
            None => (issued(random_hex(40)), now + options.access_token_seconds),
        };
        self.access.insert(access_token.clone(), AccessToken { grant, expires: expires_at });
        let former = self.refresh.iter_mut().find(|(_, it)| it.grant == grant && !it.is_dead);
        let refresh_token = match former {
            Some((name, _)) if !options.rotates_refresh_tokens => name.clone(),
            former => {
                if let Some((_, token)) = former {
                    token.is_dead = true;
                }
                let name = issued(random_hex(40));
                self.refresh.insert(name.clone(), RefreshToken { grant, is_dead: false });
                name
            }
        };
        let expires_in = expires_at - now;
        Some(TokenPair { token_type: "Bearer", access_token, expires_at, expires_in, refresh_token })
    }

    /// The consent behind an access token that lives.
    pub fn grant_of(&self, access_token: &str, now: i64) -> Option<&Grant> {
        let token = self.access.get(access_token).filter(|it| it.expires > now)?;
        self.grants.get(token.grant).filter(|it| !it.is_revoked)
    }

    /// Ends an athlete's consent to an application. False if there was none.
    pub fn revoke(&mut self, client_id: &str, athlete: u64) -> bool {
        let mut found = false;
        for grant in self.grants.iter_mut().filter(|it| it.client_id == client_id && it.athlete == athlete) {
            found |= !std::mem::replace(&mut grant.is_revoked, true);
        }
        found
    }
}
