//! Requests to TrainerRoad's site with the cookie of its sign-in.

use std::sync::Arc;
use std::time::Duration;

use baton_core::tokens::sealed;
use baton_core::{Error, ErrorKind, Result, Secret, TokenCell};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::World;
use crate::endpoints::Endpoints;
use crate::http::{Answer, Call, Http, Method, Pacer};

/// The cookie that a sign-in leaves.
pub const COOKIE: &str = "SharedTrainerRoadAuth";
/// With this header keys come in camel case. Without it, and from some addresses all the same, they begin with a capital.
const FORMAT: (&str, &str) = ("trainerroad-jsonformat", "camel-case");
const PROGRAM: &str = concat!("Baton/", env!("CARGO_PKG_VERSION"));
const APART: Duration = Duration::from_millis(500);

/// The site's address, without a slash at the end.
pub fn base(endpoints: &Endpoints) -> String {
    endpoints.base("trainerroad", "web", "https://www.trainerroad.com")
}

/// What every request carries.
pub fn dressed(call: Call) -> Call {
    call.header(FORMAT.0, FORMAT.1).header("Accept", "application/json").header("User-Agent", PROGRAM)
}

/// What is kept of a sign-in.
#[derive(Serialize, Deserialize)]
pub struct Saved {
    #[serde(with = "sealed")]
    pub cookie: Secret,
}

/// The rider information as the site gives it. Only the weight is known to Baton; everything else goes back as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Rider(Map<String, Value>);

impl Rider {
    fn key(&self) -> Option<&'static str> {
        ["weightKg", "WeightKg"].into_iter().find(|key| self.0.contains_key(*key))
    }

    /// Kilograms, whatever units the member sees; `None` where none was ever set.
    pub fn weight(&self) -> Option<f64> {
        self.0.get(self.key()?)?.as_f64()
    }

    /// The same rider with another weight.
    ///
    /// # Errors
    /// `ServiceChanged` where there is no such field: a new one could mean anything.
    pub fn weighing(&self, kilograms: f64) -> Result<Rider> {
        let key = self.key().ok_or_else(changed)?;
        let mut rider = self.0.clone();
        rider.insert(key.into(), kilograms.into());
        Ok(Rider(rider))
    }
}

/// One account's requests.
pub struct Api {
    pub http: Http,
    base: String,
    pacer: Pacer,
    tokens: Arc<TokenCell>,
}

impl Api {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Api {
        let http = world.http.of(super::NAME);
        Api { base: base(&world.endpoints), pacer: http.pacer(APART, 1), http, tokens }
    }

    pub async fn rider(&self) -> Result<Rider> {
        let answer = self.send(Method::GET, None).await?.ok()?;
        match answer.json()? {
            Value::Object(rider) => Ok(Rider(rider)),
            _ => Err(changed()),
        }
    }

    /// Writes the whole rider information back.
    ///
    /// # Errors
    /// `Rejected` where the site does not take it.
    pub async fn write(&self, rider: &Rider) -> Result<()> {
        let answer = self.send(Method::PUT, Some(rider)).await?;
        match answer.status.as_u16() {
            400 | 422 => Err(Error::rejected("TrainerRoad does not take this weight")),
            _ => answer.ok().map(drop),
        }
    }

    async fn send(&self, method: Method, body: Option<&Rider>) -> Result<Answer> {
        let saved: Saved = self.tokens.current().await?.unpack()?;
        let url = format!("{}/app/api/profile/rider-information", self.base);
        let cookie = Secret::new(format!("{COOKIE}={}", saved.cookie.expose()));
        let mut call = dressed(self.http.request(method, url)).secret_header("Cookie", &cookie);
        if let Some(rider) = body {
            call = call.json(&rider.0);
        }
        let answer = call.send(&self.pacer).await?;
        // Those who are not signed in are sent to the sign-in page.
        let to_sign_in =
            answer.location().is_some_and(|page| page.path().to_ascii_lowercase().contains("login"));
        if answer.status == 401 || to_sign_in {
            let words =
                "the sign-in at TrainerRoad has ended, as it does after about a month; please sign in again";
            return Err(answer.error(ErrorKind::SignInRequired, words));
        }
        Ok(answer)
    }
}

/// An answer of another form.
pub fn changed() -> Error {
    Error::service_changed(
        "TrainerRoad answered in a form that Baton does not know; Baton may need an update",
    )
}
