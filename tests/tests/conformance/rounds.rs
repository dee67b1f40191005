//! Everything that an account is used for, while its vendor answers nonsense.

use std::sync::Arc;

use baton_core::same::Outline;
use baton_core::{Service, Tokens, Window};
use baton_tests::garble::Garbler;
use futures::StreamExt;

use crate::parcels::parcel;
use crate::rig::{Rig, connect, service};

/// So much of a listing is fetched.
const FETCHED: usize = 3;

/// A signed-in account whose vendor's answers can be spoiled.
pub struct Spoiled {
    garbler: Garbler,
    service: Arc<dyn Service>,
    tokens: Tokens,
    /// Keeps its simulator running.
    _rig: Box<dyn Rig>,
}

impl Spoiled {
    /// Signs in; `None` where nothing is asked over the network.
    pub async fn before(rig: Box<dyn Rig>) -> Option<Spoiled> {
        let endpoints = rig.endpoints();
        let simulator = base(&endpoints)?;
        let garbler = Garbler::before(&simulator).expect("a free port");
        let service = service(rig.id(), &endpoints.replace(&simulator, garbler.base()));
        let tokens = rig.sign_in().await.tokens;
        Some(Spoiled { garbler, service, tokens, _rig: rig })
    }

    /// Lists, fetches, looks and delivers, with answers that are spoiled as these bytes say. What comes of it does not
    /// matter, as long as it comes.
    pub async fn round(&self, choices: &[u8], day: i64) {
        self.garbler.spoil(choices);
        let account = connect(&*self.service, self.tokens.clone());
        if let Some(source) = account.connection.source() {
            let listed: Vec<_> = source.list(Window::ALL).take(10_000).collect().await;
            let listed = listed.into_iter().flatten().filter(|entry| entry.measured.is_none());
            for entry in listed.take(FETCHED) {
                let _ = source.fetch(&entry).await;
            }
        }
        if let Some(destination) = account.connection.destination() {
            for &kind in self.service.info().writes {
                let parcel = parcel(kind, day, 0);
                let _ = destination.similar(kind, &Outline::new(parcel.span)).await;
                let _ = destination.find(&parcel).await;
                let _ = destination.deliver(&parcel).await;
            }
        }
    }
}

/// The base address in a table of addresses.
fn base(endpoints: &str) -> Option<String> {
    let rest = &endpoints[endpoints.find("http://")?..];
    let port = rest["http://".len()..].find(['/', '"'])?;
    Some(rest[.."http://".len() + port].to_owned())
}
