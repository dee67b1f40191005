//! The ways to sign in at Polar. All begin with the person's own client: Polar gives data to registered clients only.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, Next, Prompt, Reply, Result, Secret, SignInFlow, SignedIn, Tokens};

use super::tokens::{Hosts, Keys, exchange};
use super::{api, authorize};
use crate::World;
use crate::http::{Http, Pacer};
use crate::loopback::{self, Loopback};
use crate::oauth::random_text;

pub const BROWSER: &str = "browser";
pub const WINDOW: &str = "window";
pub const PASTE: &str = "paste";

/// Part of the redirect URL that people register, which Polar compares to the letter: never to be changed.
const PORT: u16 = 8765;
const CLIENTS_PAGE: &str = "https://admin.polaraccesslink.com";

/// The sign-in of one method.
///
/// # Errors
/// `BadInput` for a method that is not Polar's.
pub fn begin(method: &str, world: &Arc<World>) -> Result<Box<dyn SignInFlow>> {
    let way = match method {
        BROWSER => Way::Browser,
        WINDOW => Way::Window,
        PASTE => Way::Paste,
        other => {
            let words =
                format!("Polar has no sign-in method “{other}”; there are {BROWSER}, {WINDOW} and {PASTE}");
            return Err(Error::bad_input(words));
        }
    };
    let http = world.http.of(super::NAME);
    Ok(Box::new(Flow {
        hosts: Hosts::of(&world.endpoints),
        pacer: http.pacer(Duration::ZERO, 1),
        http,
        redirect_uri: loopback::fixed_redirect_uri(PORT),
        stage: Stage::Begin(way),
    }))
}

/// One sign-in under way.
struct Flow {
    hosts: Hosts,
    http: Http,
    pacer: Pacer,
    redirect_uri: String,
    stage: Stage,
}

#[derive(Clone, Copy)]
enum Way {
    Browser,
    Window,
    Paste,
}

enum Stage {
    Begin(Way),
    /// The keys were asked for; in a browser's case with the listener open, so that a port that is taken is known early.
    Keys {
        way: Way,
        loopback: Option<Loopback>,
    },
    /// The browser was opened.
    Browser {
        keys: Keys,
        loopback: Loopback,
    },
    /// An address or a code is awaited.
    Answer {
        keys: Keys,
        state: String,
    },
    Over,
}

#[async_trait]
impl SignInFlow for Flow {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        match (std::mem::replace(&mut self.stage, Stage::Over), reply) {
            (Stage::Begin(way), None) => {
                let in_browser = matches!(way, Way::Browser);
                let loopback = if in_browser { Some(Loopback::bind_fixed(PORT).await?) } else { None };
                self.stage = Stage::Keys { way, loopback };
                let redirect_uri = self.redirect_uri.clone();
                Ok(Next::Ask(Prompt::AppKeys { help_url: CLIENTS_PAGE.into(), redirect_uri }))
            }
            (Stage::Keys { way, loopback }, Some(Reply::AppKeys { client_id, client_secret })) => {
                self.open(way, loopback, Keys::new(&client_id, &client_secret)?)
            }
            (Stage::Browser { keys, loopback }, None) => {
                let code = loopback.wait(loopback::PATIENCE).await?;
                self.finish(&keys, &code).await
            }
            (Stage::Answer { keys, state }, Some(Reply::Redirect(text) | Reply::Text(text))) => {
                let code = authorize::code(&text, &state, &self.redirect_uri)?;
                self.finish(&keys, &code).await
            }
            _ => {
                Err(Error::bad_input("this answer does not fit the question; please begin the sign-in again"))
            }
        }
    }
}

impl Flow {
    /// Sends the person to Polar's page.
    fn open(&mut self, way: Way, loopback: Option<Loopback>, keys: Keys) -> Result<Next> {
        let state = loopback.as_ref().map_or_else(|| random_text(32), |loopback| loopback.state().to_owned());
        let page = authorize::page(&self.hosts, keys.client_id(), &self.redirect_uri, &state)?;
        let prompt = match way {
            Way::Browser => Prompt::Browser { url: page.into() },
            Way::Paste => Prompt::Paste { help: paste_help(page.as_str(), &self.redirect_uri) },
            Way::Window => {
                let watch_for = vec![format!("{}?", self.redirect_uri)];
                Prompt::Window { url: page.into(), watch_for }
            }
        };
        self.stage = match loopback {
            Some(loopback) => Stage::Browser { keys, loopback },
            None => Stage::Answer { keys, state },
        };
        Ok(Next::Ask(prompt))
    }

    /// A token for the code, and the registration without which nothing can be read.
    async fn finish(&self, keys: &Keys, code: &Secret) -> Result<Next> {
        let saved = exchange(&self.http, &self.hosts, &self.pacer, keys, code, &self.redirect_uri).await?;
        let name = api::register(&self.http, &self.hosts, &self.pacer, &saved).await?;
        let user_key = saved.user_id.clone();
        let display_name = name.unwrap_or_else(|| format!("Polar user {user_key}"));
        Ok(Next::Done(SignedIn { tokens: Tokens::pack(&saved)?, user_key, display_name }))
    }
}

fn paste_help(page: &str, redirect_uri: &str) -> String {
    format!(
        "Open {page} in any browser and allow the reading. The browser is then sent to {redirect_uri}, where it may show \
         that it cannot connect: paste here, within ten minutes, the whole address that it shows then, or the code in it. \
         From now on Baton can read what reaches Polar Flow; what is there already cannot be read."
    )
}

#[cfg(test)]
mod tests;
