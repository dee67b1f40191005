//! What the simulated Withings remembers: applications, persons with their measure groups, codes and tokens.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::generate::{self, Plan};
use super::group::{Device, Group};
use crate::server::random_hex;

/// Position of a person in [`State::persons`].
pub(super) type PersonIndex = usize;
/// Position of a consent in [`State::grants`].
pub(super) type GrantIndex = usize;

/// Life of a refresh token.
const REFRESH_TOKEN_SECONDS: i64 = 365 * 86_400;
/// How long a refresh token goes on working after a new one was given for it, as long as the new pair rests unused.
const FORMER_TOKEN_SECONDS: i64 = 8 * 3600;
/// Days of dummy data that the demo person has.
const DEMO_DAYS: u32 = 30;

/// An application to register, as a user does on the developer dashboard.
#[derive(Debug, Clone, Deserialize)]
pub struct NewApplication {
    pub client_id: String,
    pub client_secret: String,
    /// The registered redirect addresses, compared letter by letter.
    pub registered_urls: Vec<String>,
}

impl NewApplication {
    pub fn new(client_id: &str, client_secret: &str, registered_url: &str) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            registered_urls: vec![registered_url.into()],
        }
    }
}

/// A person to create, one of those who share the Withings login of the simulated browser.
#[derive(Debug, Clone, Deserialize)]
pub struct NewPerson {
    pub name: String,
    /// IANA name of the account's time zone.
    #[serde(deserialize_with = "time_zone")]
    pub time_zone: Tz,
}

fn time_zone<'a, D: serde::Deserializer<'a>>(from: D) -> Result<Tz, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

impl NewPerson {
    pub fn new(name: &str, time_zone: Tz) -> Self {
        Self { name: name.into(), time_zone }
    }
}

/// A registered application.
#[derive(Debug)]
pub(super) struct Application {
    pub registered: NewApplication,
    /// Unix seconds of the calls of the last minute.
    pub calls: VecDeque<i64>,
    /// When each call with its arguments was last accepted.
    pub seen: HashMap<String, i64>,
}

/// A person.
#[derive(Debug)]
pub(super) struct Person {
    pub userid: i64,
    pub name: String,
    pub time_zone: Tz,
    pub is_demo: bool,
    /// By date, then in the order in which they came.
    pub groups: BTreeMap<(i64, u64), Group>,
    arrivals: u64,
}

impl Person {
    /// Adds a group beside what is there, even under the same id: the real service has been seen to do so.
    pub fn add(&mut self, group: Group) {
        self.arrivals += 1;
        self.groups.insert((group.date, self.arrivals), group);
    }

    /// Removes all groups with this id; answers how many there were.
    pub fn remove(&mut self, grpid: i64) -> usize {
        let before = self.groups.len();
        self.groups.retain(|_, group| group.grpid != grpid);
        before - self.groups.len()
    }

    /// The devices that the groups came from, in the order of their ids.
    pub fn devices(&self) -> Vec<(&Device, i64, i64)> {
        let mut found: BTreeMap<&str, (&Device, i64, i64)> = BTreeMap::new();
        for group in self.groups.values() {
            let Some(device) = &group.device else { continue };
            let entry = found.entry(&device.deviceid).or_insert((device, group.date, group.date));
            entry.1 = entry.1.min(group.date);
            entry.2 = entry.2.max(group.date);
        }
        found.into_values().collect()
    }
}

/// An authorize page that was shown and not answered yet.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub client_id: String,
    pub scope: String,
    pub redirect_uri: String,
    pub client_state: String,
    pub is_demo: bool,
}

/// What an authorization code is good for.
#[derive(Debug)]
pub(super) struct Code {
    pub client_id: String,
    pub person: PersonIndex,
    pub scope: String,
    pub redirect_uri: String,
    pub given: i64,
    pub is_used: bool,
}

/// One person's consent to one application.
#[derive(Debug)]
pub(super) struct Grant {
    pub client_id: String,
    pub person: PersonIndex,
    pub scope: String,
    pub is_revoked: bool,
}

#[derive(Debug)]
pub(super) struct AccessToken {
    pub grant: GrantIndex,
    pub expires: i64,
    /// The refresh token that was given in for it, and that dies when this one is first used.
    pub former: Option<String>,
}

#[derive(Debug)]
pub(super) struct RefreshToken {
    pub grant: GrantIndex,
    pub expires: i64,
    pub is_dead: bool,
}

/// A pair of tokens as the token endpoint gives it.
#[derive(Debug, Clone, Serialize)]
pub struct TokenPair {
    pub userid: i64,
    pub access_token: String,
    pub refresh_token: String,
    pub expires_in: i64,
    pub scope: String,
}

/// One call of the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenRequest {
    /// `authorization_code`, `refresh_token` or `getdemoaccess`.
    pub grant_type: String,
    /// The in-body status of the answer.
    pub status: i64,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct State {
    pub applications: BTreeMap<String, Application>,
    pub persons: Vec<Person>,
    pub requests: HashMap<String, Request>,
    pub codes: HashMap<String, Code>,
    pub grants: Vec<Grant>,
    pub access: HashMap<String, AccessToken>,
    pub refresh: HashMap<String, RefreshToken>,
    /// Nonces that were given out, with their application and their end.
    pub nonces: HashMap<String, (String, i64)>,
    pub used_nonces: HashSet<String>,
    pub token_requests: Vec<TokenRequest>,
    pub confirmations: Vec<(i64, bool)>,
}

impl State {
    pub fn add_application(&mut self, new: NewApplication) {
        let application =
            Application { registered: new.clone(), calls: VecDeque::new(), seen: HashMap::new() };
        self.applications.insert(new.client_id, application);
    }

    /// Adds a person; answers the user id.
    pub fn add_person(&mut self, new: NewPerson, is_demo: bool) -> i64 {
        let userid = 12_345_678 + 1111 * self.persons.len() as i64;
        self.persons.push(Person {
            userid,
            name: new.name,
            time_zone: new.time_zone,
            is_demo,
            groups: BTreeMap::new(),
            arrivals: 0,
        });
        userid
    }

    pub fn person(&self, userid: i64) -> Option<PersonIndex> {
        self.persons.iter().position(|it| it.userid == userid)
    }

    pub fn person_mut(&mut self, userid: i64) -> Option<&mut Person> {
        self.persons.iter_mut().find(|it| it.userid == userid)
    }

    /// The demo person, made when first asked for.
    pub fn demo_person(&mut self, now: i64) -> PersonIndex {
        if let Some(index) = self.persons.iter().position(|it| it.is_demo) {
            return index;
        }
        let plan = Plan::new(DEMO_DAYS, now);
        let userid = self.add_person(NewPerson::new("Demo", plan.time_zone), true);
        let index = self.persons.len() - 1;
        let history = generate::history(userid as u64, &plan);
        for measurement in &history.measurements {
            for group in &measurement.groups {
                self.persons[index].add(group.clone());
            }
        }
        index
    }

    /// A new pair of tokens under a consent; `former` is the refresh token that was given in for it.
    pub fn issue(
        &mut self,
        grant: GrantIndex,
        former: Option<&str>,
        now: i64,
        seconds: i64,
    ) -> Option<TokenPair> {
        let found = self.grants.get(grant)?;
        let userid = self.persons.get(found.person)?.userid;
        let scope = found.scope.clone();
        let [access_token, refresh_token] = [(); 2].map(|()| crate::server::issued(random_hex(40)));
        if let Some(token) = former.and_then(|it| self.refresh.get_mut(it)) {
            token.expires = token.expires.min(now + FORMER_TOKEN_SECONDS);
        }
        let access = AccessToken { grant, expires: now + seconds, former: former.map(str::to_owned) };
        self.access.insert(access_token.clone(), access);
        let refresh = RefreshToken { grant, expires: now + REFRESH_TOKEN_SECONDS, is_dead: false };
        self.refresh.insert(refresh_token.clone(), refresh);
        Some(TokenPair { userid, access_token, refresh_token, expires_in: seconds, scope })
    }

    /// Ends a person's consent to an application, as the person can on the account page. False if there was none.
    pub fn revoke(&mut self, client_id: &str, userid: i64) -> bool {
        let Some(person) = self.person(userid) else { return false };
        let mut found = false;
        for grant in self.grants.iter_mut().filter(|it| it.client_id == client_id && it.person == person) {
            found |= !std::mem::replace(&mut grant.is_revoked, true);
        }
        found
    }
}
