//! The ways to sign in at Polar. All begin with the person's own client: Polar gives data to registered clients only.
//! Older training is behind a second permission, which some ask for in the same conversation: its keys, its page.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, Next, Prompt, Reply, Result, Secret, SignInFlow, SignedIn, Tokens};
use url::Url;

use super::tokens::{Hosts, Keys, Saved, TokenDesk};
use super::{api, authorize};
use crate::World;
use crate::http::{Http, Pacer};
use crate::loopback;
use crate::visit::{Visit, Way};

pub const BROWSER: &str = "browser";
pub const WINDOW: &str = "window";
pub const PASTE: &str = "paste";
pub const HISTORY: &str = "history";
pub const HISTORY_PASTE: &str = "history-paste";

/// Part of the redirect URL that people register, which Polar compares to the letter: never to be changed.
const PORT: u16 = 8765;
const CLIENTS_PAGE: &str = "https://admin.polaraccesslink.com";

/// The sign-in of one method.
///
/// # Errors
/// `BadInput` for a method that is not Polar's.
pub fn begin(method: &str, world: &Arc<World>) -> Result<Box<dyn SignInFlow>> {
    let (way, is_twice) = match method {
        BROWSER => (Way::Browser, false),
        WINDOW => (Way::Window, false),
        PASTE => (Way::Paste, false),
        HISTORY => (Way::Browser, true),
        HISTORY_PASTE => (Way::Paste, true),
        other => {
            let words = format!(
                "Polar has no sign-in method “{other}”; there are {BROWSER}, {WINDOW}, {PASTE}, {HISTORY} and \
                 {HISTORY_PASTE}"
            );
            return Err(Error::bad_input(words));
        }
    };
    let http = world.http.of(super::NAME);
    Ok(Box::new(Flow {
        hosts: Hosts::of(&world.endpoints),
        pacer: http.pacer(Duration::ZERO, 1),
        http,
        redirect_uri: loopback::fixed_redirect_uri(PORT),
        way,
        is_twice,
        first: None,
        stage: Stage::Begin,
    }))
}

/// One sign-in under way.
struct Flow {
    hosts: Hosts,
    http: Http,
    pacer: Pacer,
    redirect_uri: String,
    way: Way,
    /// Whether the second permission is asked for as well.
    is_twice: bool,
    /// What the first permission brought, and the person's name.
    first: Option<(Saved, String)>,
    stage: Stage,
}

enum Stage {
    Begin,
    /// The keys were asked for.
    Keys(Visit),
    /// Those for the second permission were asked for, both in one text.
    SecondKeys,
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
            (Stage::Begin, None) => {
                self.stage = Stage::Keys(Visit::ending_at(self.way, PORT).await?);
                let redirect_uri = self.redirect_uri.clone();
                Ok(Next::Ask(Prompt::AppKeys { help_url: CLIENTS_PAGE.into(), redirect_uri }))
            }
            (Stage::Keys(visit), Some(Reply::AppKeys { client_id, client_secret })) => {
                self.open(visit, Keys::new(&client_id, &client_secret)?)
            }
            (Stage::SecondKeys, Some(Reply::Text(text))) => {
                let keys = both(&text)?;
                self.open(Visit::ending_at(self.way, PORT).await?, keys)
            }
            (Stage::Page { keys, visit }, reply) => {
                let read = |text: &Secret, state: &str| authorize::granted(text, state, &self.redirect_uri);
                let granted = visit.granted(reply, read).await?;
                self.exchange(keys, &granted.code).await
            }
            _ => Err(Error::out_of_turn()),
        }
    }
}

impl Flow {
    /// Sends the person to Polar's page: the one for the second permission where the first is there.
    fn open(&mut self, visit: Visit, keys: Keys) -> Result<Next> {
        let page = if self.first.is_some() { authorize::history_page } else { authorize::page };
        let page = page(&self.hosts, keys.client_id(), visit.redirect_uri(), visit.state())?;
        let prompt = visit.prompt(page, |page| self.paste_help(page));
        self.stage = Stage::Page { keys, visit };
        Ok(Next::Ask(prompt))
    }

    /// A token for the code. With the first one comes the registration without which nothing can be read.
    async fn exchange(&mut self, keys: Keys, code: &Secret) -> Result<Next> {
        let desk = TokenDesk { http: &self.http, hosts: &self.hosts, pacer: &self.pacer };
        if let Some((mut saved, name)) = self.first.take() {
            saved.history = Some(desk.exchange_history(keys, code, &self.redirect_uri).await?);
            return done(&saved, name);
        }
        let saved = desk.exchange(&keys, code, &self.redirect_uri).await?;
        let name = api::register(&self.http, &self.hosts, &self.pacer, &saved).await?;
        let name = name.unwrap_or_else(|| format!("Polar user {}", saved.user_id));
        if !self.is_twice {
            return done(&saved, name);
        }
        self.first = Some((saved, name));
        self.stage = Stage::SecondKeys;
        Ok(Next::Ask(Prompt::Paste { help: self.second_help() }))
    }

    fn paste_help(&self, page: &Url) -> String {
        let redirect_uri = &self.redirect_uri;
        let reach = match (&self.first, self.is_twice) {
            (None, false) => {
                " From now on Baton can read what reaches Polar Flow; what is there already cannot be read."
            }
            _ => "",
        };
        format!(
            "Open {page} in any browser and allow the reading. The browser is then sent to {redirect_uri}, where it may \
             show that it cannot connect: paste here, within ten minutes, the whole address that it shows then, or the \
             code in it.{reach}"
        )
    }

    fn second_help(&self) -> String {
        let redirect_uri = &self.redirect_uri;
        format!(
            "The first permission is there. Older training comes through a newer interface of Polar's, which asks once \
             more. Paste the client ID and the secret of a client for it, with a space between them. Polar may tie a \
             client to one of its interfaces: it can be the same one where it works for both, or a second one from \
             {CLIENTS_PAGE} with the same redirect URL, {redirect_uri}"
        )
    }
}

fn done(saved: &Saved, display_name: String) -> Result<Next> {
    let user_key = saved.user_id.clone();
    Ok(Next::Done(SignedIn { tokens: Tokens::pack(saved)?, user_key, display_name }))
}

/// A client ID and a secret in one text.
fn both(text: &Secret) -> Result<Keys> {
    let words: Vec<&str> = text.expose().split_whitespace().collect();
    match words.as_slice() {
        [client_id, secret] => Keys::new(client_id, &Secret::new(*secret)),
        _ => Err(Error::bad_input(
            "paste the client ID and the secret of your client at Polar, with a space between them; begin the sign-in again",
        )),
    }
}

#[cfg(test)]
mod tests;
