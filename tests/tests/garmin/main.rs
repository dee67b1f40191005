//! Garmin Connect as Baton speaks with it, against the strict simulator: every way to sign in, every outcome of an
//! upload. Each test ends by asking the simulator for breaches of the protocol.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sign_in;
mod similar;
mod tokens;
mod upload;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use baton_core::{
    Activity as Workout, Connection, Error, ErrorKind, File, Format, Item, Next, Parcel, Prompt, Receipt,
    Reply, Result, Secret, SignedIn, Span, Time, TokenCell, TokenStore, Tokens,
};
use baton_services::{Endpoints, World};
use baton_tests::garmin::sample::{SERIAL_NUMBER, SampleActivity, fit_file};
use baton_tests::garmin::{
    Fault, FileFacts, Flow, GarminSimulator, LoginOutcome, MfaMethod, NewUser, UploadOutcome,
};
use baton_tests::server::Times;
use chrono::{TimeDelta, Utc};
use rstest::rstest;

const EMAIL: &str = "sam@example.org";
const PASSWORD: &str = "correct horse";
const HALF_HOUR: i64 = 1800;

/// A simulator with one account, and the service that speaks with it.
struct Stage {
    sim: GarminSimulator,
    world: Arc<World>,
}

impl Stage {
    fn new(change: impl FnOnce(NewUser) -> NewUser) -> Stage {
        let sim = GarminSimulator::start().unwrap();
        sim.add_user(change(NewUser::new(EMAIL, PASSWORD)));
        let endpoints = Endpoints::parse(&format!("pace = 0\n{}", sim.endpoints_toml())).unwrap();
        let world = Arc::new(World::new(endpoints, Arc::new(Utc::now)));
        Stage { sim, world }
    }

    fn plain() -> Stage {
        Stage::new(|user| user)
    }

    fn service(&self) -> Arc<dyn baton_core::Service> {
        baton_services::all(&self.world).into_iter().find(|service| service.info().id == "garmin").unwrap()
    }

    /// Answers each prompt by `reply` until the sign-in is done.
    async fn sign_in(
        &self,
        method: &str,
        domain: Option<&str>,
        mut reply: impl FnMut(&Prompt) -> Reply,
    ) -> Result<SignedIn> {
        let mut flow = self.service().sign_in(method, domain)?;
        let mut next = flow.next(None).await?;
        loop {
            match next {
                Next::Done(signed_in) => return Ok(signed_in),
                Next::Ask(prompt) => next = flow.next(Some(reply(&prompt))).await?,
            }
        }
    }

    /// With e-mail, password and, where asked, the code that the simulator sent.
    async fn by_password(&self) -> Result<SignedIn> {
        self.sign_in("password", None, |prompt| self.usual_reply(prompt)).await
    }

    fn usual_reply(&self, prompt: &Prompt) -> Reply {
        match prompt {
            Prompt::Password { .. } => {
                Reply::Password { username: format!(" {EMAIL} "), password: Secret::new(PASSWORD) }
            }
            Prompt::Code { .. } => Reply::Code(Secret::new(self.sim.code(EMAIL).unwrap_or_default())),
            other => panic!("unexpected {other:?}"),
        }
    }

    async fn by_text(&self, method: &str, text: String) -> Result<SignedIn> {
        self.sign_in(method, None, |_| Reply::Text(Secret::new(text.clone()))).await
    }

    /// An account in use, with the store that holds its tokens.
    fn connect(&self, tokens: Tokens) -> (Box<dyn Connection>, Arc<Memory>) {
        let store = Arc::new(Memory { tokens: Mutex::new(tokens), saved: Mutex::new(0) });
        let connection = self.service().connect(Arc::new(TokenCell::new(store.clone()))).unwrap();
        (connection, store)
    }

    async fn connected(&self) -> Box<dyn Connection> {
        self.connect(self.by_password().await.unwrap().tokens).0
    }

    fn assert_clean(&self) {
        assert_eq!(self.sim.violations(), Vec::<String>::new());
    }

    fn outcomes(&self) -> Vec<(Flow, LoginOutcome)> {
        self.sim.logins().into_iter().map(|login| (login.flow, login.outcome)).collect()
    }
}

/// A token store that counts.
struct Memory {
    tokens: Mutex<Tokens>,
    saved: Mutex<u32>,
}

#[async_trait]
impl TokenStore for Memory {
    async fn load(&self) -> Result<Tokens> {
        Ok(self.tokens.lock().unwrap().clone())
    }
    async fn save(&self, tokens: &Tokens) -> Result<()> {
        *self.tokens.lock().unwrap() = tokens.clone();
        *self.saved.lock().unwrap() += 1;
        Ok(())
    }
    async fn lock(&self) -> Result<Box<dyn Send>> {
        Ok(Box::new(()))
    }
}

fn error<T>(result: Result<T>) -> Error {
    result.err().expect("an error")
}

fn ride_at(start: i64, title: &str) -> Parcel {
    let bytes = fit_file(&SampleActivity { start, ..SampleActivity::default() });
    let start = Time::from_timestamp(start, 0).unwrap();
    let workout = Workout { start, utc_offset: Some(3600), elapsed: HALF_HOUR as f64, ..Workout::default() };
    Parcel {
        item: Arc::new(Item::Activity(Box::new(workout))),
        span: Span::new(start, start + TimeDelta::seconds(HALF_HOUR)),
        file: File { format: Format::Fit, bytes: bytes.into() },
        external_id: "0123456789abcdef".into(),
        title: title.into(),
        description: None,
        gear: None,
    }
}

fn ride() -> Parcel {
    ride_at(SampleActivity::default().start, "30 min Power Zone Ride")
}
