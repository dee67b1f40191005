//! Polar's webhook: a client may have one, for all persons who allowed it, and Polar ends it after seven days in which it got
//! no answer. What Polar posts is signed with a key that it tells once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::tokens::sealed;
use baton_core::{Error, News, Posted, Result, Secret, Subscription, TokenCell, Tokens, Webhook};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;

use super::tokens::{Hosts, Keys, Saved};
use crate::World;
use crate::http::{Answer, Http, Pacer};
use crate::loose::{Flag, List, Number, Object, Text};

const APART: Duration = Duration::from_millis(250);
const SIGNATURE: &str = "polar-webhook-signature";
/// The events that are asked for: those of which Baton reads something.
const EVENTS: [&str; 2] = ["EXERCISE", "PHYSICAL_INFORMATION"];
/// Somebody else may change the subscription, or the saved sign-in, between a look and a change.
const LOOKS: usize = 3;

/// What is kept of a subscription.
#[derive(Clone, Serialize, Deserialize)]
pub struct Subscribed {
    id: String,
    #[serde(with = "sealed")]
    key: Secret,
}

/// One client's webhook.
pub struct Push {
    http: Http,
    hosts: Hosts,
    pacer: Pacer,
    tokens: Arc<TokenCell>,
}

/// A webhook as Polar lists and makes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Info {
    id: Text,
    url: Text,
    events: Value,
    active: Flag,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    data: List<Info>,
}

#[derive(Deserialize)]
struct Created {
    data: Object<Made>,
}

#[derive(Deserialize)]
struct Made {
    id: String,
    signature_secret_key: Secret,
}

/// What was posted.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Event {
    event: Text,
    user_id: Number,
}

impl Push {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Push {
        let http = world.http.of(super::NAME);
        Push { pacer: http.pacer(APART, 1), hosts: Hosts::of(&world.endpoints), http, tokens }
    }

    async fn saved(&self) -> Result<(Arc<Tokens>, Saved, Keys)> {
        let tokens = self.tokens.current().await?;
        let saved: Saved = tokens.unpack()?;
        let keys = saved.keys.clone().ok_or_else(|| {
            Error::sign_in(
                "to be told of new training, Baton needs the keys of your client; connect the account again",
            )
        })?;
        Ok((tokens, saved, keys))
    }

    async fn ask(&self, keys: &Keys, method: Method, path: &str, body: Option<Value>) -> Result<Answer> {
        let call = self.http.request(method, format!("{}/v3/webhooks{path}", self.hosts.api));
        let mut call = keys.sign(call).header("Accept", "application/json");
        if let Some(body) = body {
            call = call.json(&body);
        }
        let answer = call.send(&self.pacer).await?;
        match answer.status.as_u16() {
            401 => Err(Error::sign_in(
                "Polar does not know the client ID with its secret any more; connect the account again with the new ones",
            )),
            _ => Ok(answer),
        }
    }

    /// Makes the subscription and keeps its key; `None` where there is one meanwhile, or the sign-in was changed.
    async fn create(&self, stale: &Tokens, keys: &Keys, address: &str) -> Result<Option<Subscription>> {
        let body = json!({"events": EVENTS, "url": address});
        let make = |tokens: Arc<Tokens>| async move {
            let saved: Saved = tokens.unpack()?;
            let answer = self.ask(keys, Method::POST, "", Some(body)).await?;
            if answer.status == 409 {
                return Tokens::pack(&Saved { webhook: None, ..saved });
            }
            let created: Created = reached(answer, address)?.ok()?.json()?;
            let made = created.data.0.ok_or_else(super::changed)?;
            let webhook = Some(Subscribed { id: made.id, key: made.signature_secret_key });
            Tokens::pack(&Saved { webhook, ..saved })
        };
        let saved: Saved = self.tokens.refresh(stale, make).await?.unpack()?;
        Ok(saved.webhook.map(|_| Subscription::New))
    }

    /// Brings a subscription of ours in order.
    async fn revive(&self, keys: &Keys, info: &Info, id: &str, address: &str) -> Result<Subscription> {
        let named =
            |event: &&str| info.events.as_array().is_some_and(|all| all.iter().any(|it| it == *event));
        if info.url.get() != Some(address) || !EVENTS.iter().all(named) {
            let body = json!({"events": EVENTS, "url": address});
            reached(self.ask(keys, Method::PATCH, &format!("/{id}"), Some(body)).await?, address)?.ok()?;
        }
        if info.active.0 != Some(false) {
            return Ok(Subscription::Active);
        }
        let answer = reached(self.ask(keys, Method::POST, "/activate", None).await?, address)?.ok()?;
        if answer.status == 204 {
            return Err(Error::service_changed(
                "Polar does not find the subscription that it lists; try again later",
            ));
        }
        Ok(Subscription::Revived)
    }
}

/// The answer, unless it tells that nobody answered Polar at the address.
fn reached(answer: Answer, address: &str) -> Result<Answer> {
    if answer.status == 400 {
        return Err(Error::bad_input(format!(
            "Polar got no answer at {address}; it must lead from the internet to this computer, by https"
        )));
    }
    Ok(answer)
}

#[async_trait]
impl Webhook for Push {
    async fn application(&self) -> Result<String> {
        Ok(self.saved().await?.2.client_id().to_owned())
    }

    async fn subscribe(&self, address: &str) -> Result<Subscription> {
        for _ in 0..LOOKS {
            let (tokens, saved, keys) = self.saved().await?;
            let answer = self.ask(&keys, Method::GET, "", None).await?;
            let there = match answer.status.as_u16() {
                204 | 404 => None,
                _ => answer.ok()?.json::<Listed>()?.data.0.into_iter().next(),
            };
            let Some(info) = there else {
                if let Some(made) = self.create(&tokens, &keys, address).await? {
                    return Ok(made);
                }
                continue;
            };
            let id = info.id.get().ok_or_else(super::changed)?;
            if saved.webhook.is_some_and(|own| own.id == id) {
                return self.revive(&keys, &info, id, address).await;
            }
            if info.url.get() != Some(address) {
                let host = info.url.get().and_then(|url| Some(Url::parse(url).ok()?.host_str()?.to_owned()));
                let host = host.unwrap_or_else(|| "another address".to_owned());
                return Err(Error::bad_input(format!(
                    "your client at Polar tells {host} of new training, and can tell one address only; use a client of \
                     Baton's own for this"
                )));
            }
            // It is ours, and its key is lost: Polar tells it once.
            let answer = self.ask(&keys, Method::DELETE, &format!("/{id}"), None).await?;
            if answer.status != 404 {
                answer.ok()?;
            }
        }
        Err(Error::service_changed(
            "the subscription at Polar changes all the time; is another Baton running?",
        ))
    }

    async fn read(&self, posted: &Posted) -> Result<News> {
        let event: Event = serde_json::from_slice(&posted.body).unwrap_or_default();
        // It comes before the key is known, and sources do not agree whether it is signed.
        if event.event.is("PING") {
            return Ok(News::Nothing);
        }
        let saved: Saved = self.tokens.current().await?.unpack()?;
        let signature = posted.header(SIGNATURE).and_then(bytes);
        let Some((webhook, signature)) = saved.webhook.zip(signature) else { return Ok(News::Refused) };
        if !is_signed(&webhook.key, &posted.body, &signature) {
            return Ok(News::Refused);
        }
        let wanted = EVENTS.iter().any(|name| event.event.is(name));
        let user = event.user_id.within(1.0, 1e15).filter(|_| wanted);
        Ok(user.map_or(News::Nothing, |user| News::Of(format!("{user:.0}"))))
    }
}

/// Whether this is the HMAC-SHA256 of the body, in a time that does not tell how much of it is right.
fn is_signed(key: &Secret, body: &[u8], signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()) else { return false };
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

/// Hexadecimal digits as bytes.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.trim().chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect())
}

#[cfg(test)]
mod tests;
