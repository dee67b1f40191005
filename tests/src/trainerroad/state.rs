//! What the simulated TrainerRoad remembers: members, their sessions, and what was written.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Position of a member in [`State::members`].
pub(super) type MemberIndex = usize;

/// A member to create.
#[derive(Debug, Clone, Deserialize)]
pub struct NewMember {
    pub username: String,
    pub password: String,
    /// Kilograms.
    pub weight_kg: f64,
    /// Pounds instead of kilograms on the site; the API counts in kilograms all the same.
    #[serde(default)]
    pub imperial: bool,
}

impl NewMember {
    pub fn new(username: &str, password: &str, weight_kg: f64) -> Self {
        Self { username: username.into(), password: password.into(), weight_kg, imperial: false }
    }
}

/// A member.
#[derive(Debug)]
pub(super) struct Member {
    pub account: NewMember,
    /// Addresses name the member by it.
    pub id: u64,
    /// The rider information, in camel case.
    pub rider: Value,
}

/// How a sign-in ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Login {
    pub username: String,
    pub is_success: bool,
}

/// One accepted writing of the rider information.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RiderWrite {
    pub username: String,
    /// Kilograms before and after.
    pub before_kg: Option<f64>,
    pub weight_kg: f64,
    /// Fields, as paths with dots, that were there before and did not come back.
    pub lost: Vec<String>,
    /// Fields other than the weight that came back with another value, or that were not there before.
    pub changed: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Session {
    pub member: MemberIndex,
    /// Unix seconds.
    pub expires: i64,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct State {
    pub members: Vec<Member>,
    /// By cookie.
    pub sessions: HashMap<String, Session>,
    pub logins: Vec<Login>,
    pub writes: Vec<RiderWrite>,
}

impl State {
    /// Adds a member, or replaces the one with the same name.
    pub fn add_member(&mut self, account: NewMember) {
        let member_id = 1_204_000 + self.members.len() as u64;
        let rider = rider_information(member_id, &account);
        match self.members.iter_mut().find(|it| it.account.username == account.username) {
            Some(member) => {
                member.account = account;
                member.rider = rider;
            }
            None => self.members.push(Member { account, id: member_id, rider }),
        }
    }

    pub fn member_mut(&mut self, username: &str) -> Option<&mut Member> {
        self.members.iter_mut().find(|it| it.account.username == username)
    }
}

/// The whole object, of which a client knows one field; the shape of the others is of no importance, but that they
/// come back is.
fn rider_information(member_id: u64, account: &NewMember) -> Value {
    json!({
        "riderId": member_id,
        "firstName": "Sam",
        "lastName": null,
        "ftp": 251,
        "weightKg": account.weight_kg,
        "units": if account.imperial { "imperial" } else { "metric" },
        "genderId": 2,
        "dateOfBirth": "1988-04-02T00:00:00",
        "timeZoneId": "W. Europe Standard Time",
        "lactateThresholdHeartRate": 168,
        "marketing": {"newsletter": true, "productNews": false, "sources": ["podcast", "friend"]},
        "limits": {"maxHeartRate": 186.0, "restHeartRate": null},
        "isPrivate": true,
        "about": "",
    })
}
