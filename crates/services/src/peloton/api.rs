//! Peloton's API: requests with the account's token, and what their refusals mean.

use std::sync::Arc;
use std::time::Duration;

use baton_core::{Error, ErrorKind, Result, Secret, TokenCell};
use serde::de::DeserializeOwned;

use super::auth::{self, Hosts, Saved};
use crate::World;
use crate::http::{Answer, Call, Http, Pacer};
use crate::renewal::Renewal;

const PROGRAM: &str = concat!("Baton/", env!("CARGO_PKG_VERSION"));
/// Rows of one page of the list. It must not change between pages, or rows are skipped; more than this is untested.
const PAGE: usize = 100;
/// Requests at a time and the time between their beginnings. Peloton names no limit; its own page asks about as fast.
const IN_FLIGHT: usize = 4;
const APART: Duration = Duration::from_millis(120);

/// One account's requests.
pub struct Api {
    http: Http,
    hosts: Hosts,
    pacer: Pacer,
    renewal: Renewal,
}

/// A request to the API. Without `Peloton-Platform: web` outdoor graphs come without positions
/// (philosowaffle/peloton-to-garmin#404).
pub fn call(http: &Http, hosts: &Hosts, path: &str) -> Call {
    http.get(format!("{}{path}", hosts.api))
        .header("Accept", "application/json")
        .header("Peloton-Platform", "web")
        .header("User-Agent", PROGRAM)
}

/// An answer of another form.
pub fn changed() -> Error {
    Error::service_changed("Peloton answered in a form that Baton does not know; Baton may need an update")
}

impl Api {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Api {
        let http = world.http.of(super::NAME);
        let hosts = Hosts::of(&world.endpoints);
        Api { pacer: http.pacer(APART, IN_FLIGHT), renewal: Renewal::new(tokens), hosts, http }
    }

    /// `GET /api/me`.
    pub async fn me(&self) -> Result<Answer> {
        self.get("/api/me", &[]).await?.membership()?.ok()
    }

    /// One page of the list, the newest first. Pages count from 0.
    pub async fn workouts<T: DeserializeOwned>(&self, page: usize) -> Result<T> {
        let (_, saved) = self.renewal.saved::<Saved>().await?;
        let (limit, page) = (PAGE.to_string(), page.to_string());
        let query = [
            ("limit", &*limit),
            ("page", &*page),
            ("sort_by", "-created"),
            ("joins", "ride,ride.instructor"),
        ];
        let path = format!("/api/user/{}/workouts", segment(&saved.user_id));
        self.get(&path, &query).await?.membership()?.ok()?.json()
    }

    /// `GET /api/workout/{id}`.
    ///
    /// # Errors
    /// `Rejected` where it is private or deleted.
    pub async fn workout(&self, id: &str) -> Result<Answer> {
        let path = format!("/api/workout/{}", segment(id));
        self.get(&path, &[("joins", "ride,ride.instructor")]).await?.visible()?.ok()
    }

    /// `GET /api/workout/{id}/performance_graph`, a sample for each second; `None` where the workout has none.
    pub async fn performance_graph(&self, id: &str) -> Result<Option<Answer>> {
        let path = format!("/api/workout/{}/performance_graph", segment(id));
        let answer = self.get(&path, &[("every_n", "1")]).await?;
        if answer.status.as_u16() == 404 { Ok(None) } else { answer.visible()?.ok().map(Some) }
    }

    /// `GET /api/ride/{id}/details`: the class plan.
    pub async fn ride_details(&self, id: &str) -> Result<Answer> {
        self.get(&format!("/api/ride/{}/details", segment(id)), &[]).await?.visible()?.ok()
    }

    /// The answer, whatever its status but 401: that leads to new tokens and one more try.
    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer> {
        let (tokens, saved) = self.renewal.fresh(self.http.now(), |saved| self.renew(saved)).await?;
        let answer = self.send(path, query, &saved.access).await?;
        if answer.status.as_u16() != 401 {
            return Ok(answer);
        }
        let (_, renewed) = self.renewal.renewed(&tokens, |saved| self.renew(saved)).await?;
        let answer = self.send(path, query, &renewed.access).await?;
        if answer.status.as_u16() == 401 {
            let words = "Peloton no longer accepts the saved sign-in; please connect the account again";
            return Err(answer.error(ErrorKind::SignInRequired, words));
        }
        Ok(answer)
    }

    async fn renew(&self, saved: Saved) -> Result<Saved> {
        auth::renew(saved, &self.hosts, &self.http, &self.pacer).await
    }

    async fn send(&self, path: &str, query: &[(&str, &str)], access: &Secret) -> Result<Answer> {
        call(&self.http, &self.hosts, path).query(query).bearer(access).send(&self.pacer).await
    }
}

/// Ids come from outside and go into paths.
fn segment(id: &str) -> String {
    id.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')).collect()
}

/// What Peloton's own refusals mean.
trait Refusal: Sized {
    fn membership(self) -> Result<Self>;
    fn visible(self) -> Result<Self>;
}

impl Refusal for Answer {
    /// # Errors
    /// `ConsentRequired` where Peloton wants to be paid first.
    fn membership(self) -> Result<Answer> {
        if self.status.as_u16() != 402 {
            return Ok(self);
        }
        let link = "https://members.onepeloton.com/preferences/subscriptions".to_owned();
        let words = "Peloton shows workouts to members only; see to the membership at Peloton";
        Err(Error::new(ErrorKind::ConsentRequired { link }, words))
    }

    /// # Errors
    /// `Rejected` where this one workout or class is not shown. A 403 with a web page is the network edge's, not the
    /// workout's.
    fn visible(self) -> Result<Answer> {
        match self.status.as_u16() {
            402 => Err(Error::rejected("Peloton shows this workout to paying members only")),
            404 => Err(Error::rejected("this workout is private or deleted at Peloton")),
            403 if !self.is_html() => Err(Error::rejected("this workout is private or deleted at Peloton")),
            _ => Ok(self),
        }
    }
}
