//! The sign-in: the personal token that Runalyze shows under its settings, and a name for the account, because Runalyze does
//! not tell whose a token is.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, ErrorKind, Next, Prompt, Reply, Result, Secret, SignInFlow, SignedIn, Tokens};

use super::api::{self, Saved};
use crate::World;
use crate::http::Http;

pub const KEY: &str = "key";

/// The longest name that is a name.
const LONGEST: usize = 60;

/// The sign-in of one method.
///
/// # Errors
/// `BadInput` for a method that is not this service's.
pub fn begin(method: &str, world: &Arc<World>) -> Result<Box<dyn SignInFlow>> {
    if method != KEY {
        return Err(Error::bad_input(format!("Runalyze has no sign-in method “{method}”; there is {KEY}")));
    }
    let http = world.http.of(super::NAME);
    Ok(Box::new(Flow { http, base: api::base(&world.endpoints), token: None }))
}

struct Flow {
    http: Http,
    base: String,
    /// Known to be good.
    token: Option<Secret>,
}

#[async_trait]
impl SignInFlow for Flow {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        match (self.token.take(), reply) {
            (None, None) => Ok(Next::Ask(Prompt::Paste {
                help: "Your personal token from runalyze.com: Settings, then Personal API. Make one there that may upload \
                       activities, and paste it here."
                    .into(),
            })),
            (None, Some(Reply::Text(token))) => {
                self.token = Some(self.checked(token.trimmed()).await?);
                Ok(Next::Ask(Prompt::Paste {
                    help: "The token is good. Runalyze does not tell whose it is: type your user name there, or another \
                           name for this account, and the same one whenever you connect it again."
                        .into(),
                }))
            }
            (Some(token), Some(Reply::Text(name))) => {
                let name = name.trimmed().expose().to_owned();
                if name.is_empty() || name.chars().count() > LONGEST {
                    return Err(Error::bad_input("please give the account a short name; begin the sign-in again"));
                }
                let (tokens, user_key) = (Tokens::pack(&Saved { token })?, name.to_lowercase());
                Ok(Next::Done(SignedIn { tokens, user_key, display_name: name }))
            }
            _ => Err(Error::out_of_turn()),
        }
    }
}

impl Flow {
    async fn checked(&self, token: Secret) -> Result<Secret> {
        if token.is_empty() {
            return Err(Error::bad_input("please paste the token"));
        }
        let call = api::signed(self.http.get(format!("{}/api/v1/ping", self.base)), &token);
        let answer = call.send(&self.http.pacer(Duration::ZERO, 1)).await?;
        if api::refuses_token(&answer) {
            let words = "Runalyze does not know this token; please copy it again from its settings";
            return Err(answer.error(ErrorKind::SignInRequired, words));
        }
        answer.ok()?;
        Ok(token)
    }
}
