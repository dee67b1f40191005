//! The webhook part of `watch`: it listens where services post their news, and sees to it that they do.

use std::time::Duration;

use baton_core::{Error, Posted, Subscription};
use baton_engine::Engine;
use baton_services::receiver::{self, Receiver, Verdict};

use crate::args;
use crate::context::Context;
use crate::failure::Result;
use crate::names::Names;

/// Services end what did not answer for days, so it is looked at once a day.
const DAY: Duration = Duration::from_hours(24);
/// After a failure it is tried again sooner.
const SOON: Duration = Duration::from_mins(10);

/// A listener, and the address by which services reach it.
pub struct Listening {
    receiver: Receiver,
    address: String,
}

/// Binds the address, where news are wanted at all.
///
/// # Errors
/// `BadInput` for an address that cannot be listened at or that services could not reach safely.
pub async fn listen(arguments: &args::Watch) -> Result<Option<Listening>> {
    let (Some(local), Some(public)) = (arguments.webhook, &arguments.webhook_url) else { return Ok(None) };
    Ok(Some(Listening { address: receiver::public_address(public)?, receiver: Receiver::bind(local).await? }))
}

impl Listening {
    /// Takes news and keeps the subscriptions alive until it is dropped.
    pub async fn keep(self, engine: &Engine, names: &Names, context: &Context<'_>) {
        let judge = {
            let engine = engine.clone();
            move |posted: Posted| {
                let engine = engine.clone();
                async move {
                    match engine.posted(&posted).await {
                        Ok(true) => Verdict::Taken,
                        Ok(false) => Verdict::Refused,
                        Err(error) => {
                            tracing::warn!(%error, "news were not taken");
                            Verdict::Refused
                        }
                    }
                }
            }
        };
        let keep = async {
            let mut said: Vec<String> = Vec::new();
            loop {
                let (words, is_well) = subscribe(engine, &self.address, names).await;
                for word in words.iter().filter(|word| !said.contains(word)) {
                    context.output.say(word);
                }
                said = words;
                tokio::time::sleep(if is_well { DAY } else { SOON }).await;
            }
        };
        // The listener is there first: services try the address before they accept it.
        tokio::join!(self.receiver.serve(judge), keep);
    }
}

/// What to say of the subscriptions, and whether all is well.
async fn subscribe(engine: &Engine, address: &str, names: &Names) -> (Vec<String>, bool) {
    let all = match engine.subscribe_webhooks(address).await {
        Ok(all) => all,
        Err(error) => return (vec![sentence(&error)], false),
    };
    if all.is_empty() {
        return (
            vec!["None of the routes begins at a service that tells of its news by itself.".to_owned()],
            true,
        );
    }
    let mut is_well = true;
    let words = all.into_iter().map(|subscribed| {
        let name = names.label(&subscribed.account);
        match subscribed.outcome {
            Ok(Subscription::New | Subscription::Active) => {
                format!("{name} tells of its news by itself; it is asked more seldom.")
            }
            Ok(Subscription::Revived) => {
                format!("{name} had stopped telling of its news, because nobody answered for days. It does so again.")
            }
            Err(error) => {
                is_well = false;
                format!("{name} does not tell of its news: {}. It is asked as before.", error.message)
            }
        }
    });
    let words = words.collect();
    (words, is_well)
}

fn sentence(error: &Error) -> String {
    format!("No news come in: {}", error.message)
}
