//! The two ways to sign in at Strava: in the system's browser, because other sign-ins that Strava offers on its page refuse
//! windows of programs, and by a pasted address. Both begin with the person's own application: Strava has no sign-in for
//! programs without one, and an application's secret cannot be shipped.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, Next, Prompt, Reply, Result, SignInFlow, SignedIn, Tokens};
use url::Url;

use super::api::SETTINGS;
use super::authorize;
use super::tokens::{Hosts, Keys, TokenDesk};
use crate::World;
use crate::http::{Http, Pacer};
use crate::oauth::Granted;
use crate::visit::{Visit, Way};

pub const BROWSER: &str = "browser";
pub const PASTE: &str = "paste";

/// The application's "Authorization Callback Domain": this computer, whatever the port.
const CALLBACK_DOMAIN: &str = "localhost";
/// Where the browser ends when nothing listens: the address in its bar is what counts.
const PASTED_REDIRECT: &str = "http://localhost/callback";

/// The sign-in of one method.
///
/// # Errors
/// `BadInput` for a method that is not Strava's.
pub fn begin(method: &str, world: &Arc<World>) -> Result<Box<dyn SignInFlow>> {
    let way = match method {
        BROWSER => Way::Browser,
        PASTE => Way::Paste,
        other => {
            let words = format!("Strava has no sign-in method “{other}”; there are {BROWSER} and {PASTE}");
            return Err(Error::bad_input(words));
        }
    };
    let http = world.http.of(super::NAME);
    Ok(Box::new(Flow {
        hosts: Hosts::of(&world.endpoints, http.now()),
        pacer: http.pacer(Duration::ZERO, 1),
        http,
        stage: Stage::Begin(way),
    }))
}

/// One sign-in under way.
struct Flow {
    hosts: Hosts,
    http: Http,
    pacer: Pacer,
    stage: Stage,
}

enum Stage {
    Begin(Way),
    /// The keys were asked for.
    Keys(Visit),
    /// The page was opened.
    Page {
        keys: Keys,
        visit: Visit,
    },
    Over,
}

#[async_trait]
impl SignInFlow for Flow {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        match (std::mem::replace(&mut self.stage, Stage::Over), reply) {
            (Stage::Begin(way), None) => {
                self.stage = Stage::Keys(Visit::ending_anywhere(way, PASTED_REDIRECT).await?);
                let redirect_uri = CALLBACK_DOMAIN.to_owned();
                Ok(Next::Ask(Prompt::AppKeys { help_url: SETTINGS.into(), redirect_uri }))
            }
            (Stage::Keys(visit), Some(Reply::AppKeys { client_id, client_secret })) => {
                let keys = Keys::new(&client_id, &client_secret)?;
                let page =
                    authorize::page(&self.hosts, keys.client_id(), visit.redirect_uri(), visit.state())?;
                let prompt = visit.prompt(page, paste_help);
                self.stage = Stage::Page { keys, visit };
                Ok(Next::Ask(prompt))
            }
            (Stage::Page { keys, visit }, reply) => {
                let granted = visit.granted(reply, authorize::granted).await?;
                self.finish(keys, granted).await
            }
            _ => Err(Error::out_of_turn()),
        }
    }
}

impl Flow {
    async fn finish(&self, keys: Keys, granted: Granted) -> Result<Next> {
        // A permission that is missing is said before the code is spent.
        let scopes = authorize::scopes(granted.scope.as_deref())?;
        let desk = TokenDesk { http: &self.http, hosts: &self.hosts, pacer: &self.pacer };
        let (saved, person) = desk.exchange(keys, &granted.code, scopes).await?;
        let tokens = Tokens::pack(&saved)?;
        Ok(Next::Done(SignedIn { tokens, user_key: person.id, display_name: person.name }))
    }
}

fn paste_help(page: &Url) -> String {
    format!(
        "Open {page} in any browser and allow it. The browser is then sent to {PASTED_REDIRECT}, where it shows that it \
         cannot connect: paste here the whole address that it shows then."
    )
}

#[cfg(test)]
mod tests;
