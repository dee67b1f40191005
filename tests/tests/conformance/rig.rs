//! What the suite needs to know of a simulated vendor, and the pieces that all rigs share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use baton_core::{Connection, Kind, Result, Service, SignedIn, TokenCell, TokenStore, Tokens};
use baton_services::{Endpoints, World};
use chrono::Utc;

/// What a vendor can be made to do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The access token runs out; the refresh token is good.
    ExpiredAccess,
    /// The refresh token is refused as well; where there is none, the sign-in has ended.
    RevokedRefresh,
    /// 429 with this many seconds to wait.
    RateLimited(u32),
    Outage,
    /// A page in place of data.
    Html,
    /// The delivery is carried out, but no answer comes.
    CutAfterDelivery,
    /// The delivery is carried out and answered with an error.
    AcceptedThenFailed,
}

/// A simulated vendor as the suite sees it.
#[async_trait]
pub trait Rig: Send + Sync {
    fn name(&self) -> &'static str;
    fn id(&self) -> &'static str;
    /// The table of the simulator's addresses; empty where nothing is asked over the network.
    fn endpoints(&self) -> String;
    fn service(&self) -> Arc<dyn Service> {
        service(self.id(), &self.endpoints())
    }
    async fn sign_in(&self) -> SignedIn;
    /// Makes the next requests for data of this kind fail like this, once or for ever; `false` where this vendor cannot.
    fn fail(&self, fault: Fault, kind: Kind) -> bool;
    /// Whether its refusals tell how long to wait; else it lasts until a window of the vendor's own ends.
    fn tells_waits(&self) -> bool {
        true
    }
    /// Whether the vendor took the permission back; `None` where it cannot be told to.
    fn has_ended(&self) -> Option<bool> {
        None
    }
    fn refreshes(&self) -> usize;
    /// What the client did that the real vendor would not forgive.
    fn violations(&self) -> Vec<String>;
    /// The keys that a listing of everything must show.
    fn expected_keys(&self) -> Vec<String>;
    /// How many items were brought to the vendor and are there; where it keeps one value, how often that was changed.
    fn created(&self) -> usize;
}

/// The service of that name, with a vendor's addresses replaced.
pub fn service(id: &str, endpoints: &str) -> Arc<dyn Service> {
    let endpoints = Endpoints::parse(&format!("pace = 0\n{endpoints}")).unwrap();
    let world = Arc::new(World::new(endpoints, Arc::new(Utc::now)));
    baton_services::all(&world)
        .into_iter()
        .find(|service| service.info().id == id)
        .expect("the service is in the list")
}

/// Tokens in memory, with a count of how often they were replaced.
pub struct MemoryStore {
    tokens: Mutex<Tokens>,
    saves: AtomicUsize,
}

impl MemoryStore {
    pub fn saves(&self) -> usize {
        self.saves.load(Ordering::SeqCst)
    }

    pub fn tokens(&self) -> Tokens {
        self.tokens.lock().unwrap().clone()
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn load(&self) -> Result<Tokens> {
        Ok(self.tokens())
    }

    async fn save(&self, tokens: &Tokens) -> Result<()> {
        *self.tokens.lock().unwrap() = tokens.clone();
        self.saves.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn lock(&self) -> Result<Box<dyn Send>> {
        Ok(Box::new(()))
    }
}

/// A signed-in account.
pub struct Account {
    pub connection: Box<dyn Connection>,
    pub store: Arc<MemoryStore>,
}

pub async fn account(rig: &dyn Rig) -> Account {
    let signed_in = rig.sign_in().await;
    assert!(!signed_in.user_key.is_empty() && !signed_in.display_name.is_empty());
    connect(&*rig.service(), signed_in.tokens)
}

/// The account of these tokens.
pub fn connect(service: &dyn Service, tokens: Tokens) -> Account {
    let store = Arc::new(MemoryStore { tokens: Mutex::new(tokens), saves: AtomicUsize::new(0) });
    let cell = Arc::new(TokenCell::new(store.clone()));
    let connection = service.connect(cell).expect("tokens of a fresh sign-in connect");
    Account { connection, store }
}

/// Every text of any length in the tokens: none of them may be seen anywhere else.
pub fn secrets(tokens: &Tokens) -> Vec<String> {
    fn collect(value: &serde_json::Value, into: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) if text.len() >= 24 && !text.starts_with(['/', 'h']) => {
                into.push(text.clone());
            }
            serde_json::Value::Array(values) => values.iter().for_each(|value| collect(value, into)),
            serde_json::Value::Object(fields) => fields.values().for_each(|value| collect(value, into)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    collect(&serde_json::from_slice(tokens.expose()).expect("tokens are JSON"), &mut all);
    all
}
