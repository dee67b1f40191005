//! The sign-in: the personal key that Intervals.icu shows under Settings, Developer.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, ErrorKind, Next, Prompt, Reply, Result, SignInFlow, SignedIn, Tokens};
use serde::Deserialize;

use super::api::{self, Saved};
use crate::World;
use crate::http::Http;
use crate::loose::Text;

pub const KEY: &str = "key";

/// The sign-in of one method.
///
/// # Errors
/// `BadInput` for a method that is not this service's.
pub fn begin(method: &str, world: &Arc<World>) -> Result<Box<dyn SignInFlow>> {
    if method != KEY {
        let words = format!("Intervals.icu has no sign-in method “{method}”; there is {KEY}");
        return Err(Error::bad_input(words));
    }
    Ok(Box::new(Flow { http: world.http.of(super::NAME), base: api::base(&world.endpoints) }))
}

struct Flow {
    http: Http,
    base: String,
}

/// Whose key it is.
#[derive(Deserialize)]
struct Owner {
    /// `i12345`
    #[serde(default)]
    id: Text,
    #[serde(default)]
    name: Text,
}

#[async_trait]
impl SignInFlow for Flow {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        match reply {
            None => Ok(Next::Ask(Prompt::Paste {
                help: "Your API key from intervals.icu: Settings, then Developer Settings near the end of the page. You can \
                       make a new one there at any time, which ends this one."
                    .into(),
            })),
            Some(Reply::Text(key)) => {
                let key = key.trimmed();
                if key.is_empty() {
                    return Err(Error::bad_input("please paste the API key"));
                }
                let saved = Saved { key };
                let call = api::signed(self.http.get(format!("{}/api/v1/athlete/0", self.base)), &saved);
                let answer = call.send(&self.http.pacer(Duration::ZERO, 1)).await?;
                if matches!(answer.status.as_u16(), 401 | 403) {
                    let words = "Intervals.icu does not know this API key; please copy it again from its settings";
                    return Err(answer.error(ErrorKind::SignInRequired, words));
                }
                let owner: Owner = answer.ok()?.json()?;
                let user_key = owner.id.0.filter(|id| !id.is_empty()).ok_or_else(super::changed)?;
                let name = owner.name.0.filter(|name| !name.trim().is_empty());
                let display_name = name.unwrap_or_else(|| user_key.clone());
                Ok(Next::Done(SignedIn { tokens: Tokens::pack(&saved)?, user_key, display_name }))
            }
            Some(_) => Err(Error::out_of_turn()),
        }
    }
}
