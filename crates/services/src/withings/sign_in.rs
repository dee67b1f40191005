//! The ways to sign in at Withings. All but one begin with the person's own application: Withings has no sign-in for
//! programs without one, and the requests of an application are counted for all its users together.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, Next, Prompt, Reply, Result, SignInFlow, SignedIn, Tokens};

use super::tokens::{Hosts, Keys, Saved, TokenDesk};
use super::{authorize, import};
use crate::World;
use crate::http::{Http, Pacer};
use crate::loopback::{self, Loopback};
use crate::oauth::random_text;

pub const BROWSER: &str = "browser";
pub const WINDOW: &str = "window";
pub const PASTE: &str = "paste";
pub const DEMO: &str = "demo";
pub const IMPORT: &str = "import";

/// Part of the callback URL that people register, which Withings compares to the letter: never to be changed.
pub const PORT: u16 = 8765;
const DEVELOPER_PAGE: &str = "https://developer.withings.com/dashboard/";

/// The sign-in of one method.
///
/// # Errors
/// `BadInput` for a method that is not Withings'.
pub fn begin(method: &str, world: &Arc<World>) -> Result<Box<dyn SignInFlow>> {
    let way = match method {
        BROWSER => Way::Browser { demo: false },
        DEMO => Way::Browser { demo: true },
        WINDOW => Way::Window,
        PASTE => Way::Paste,
        IMPORT => Way::Import,
        other => {
            let words = format!(
                "Withings has no sign-in method “{other}”; there are {BROWSER}, {WINDOW}, {PASTE}, {DEMO} and {IMPORT}"
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

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Browser { demo: bool },
    Window,
    Paste,
    Import,
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
        demo: bool,
    },
    /// An address or a code is awaited.
    Answer {
        keys: Keys,
        state: String,
    },
    File,
    FileKeys(import::Imported),
    Over,
}

#[async_trait]
impl SignInFlow for Flow {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        match (std::mem::replace(&mut self.stage, Stage::Over), reply) {
            (Stage::Begin(Way::Import), None) => {
                self.stage = Stage::File;
                Ok(Next::Ask(Prompt::Paste { help: import_help() }))
            }
            (Stage::Begin(way), None) => {
                let in_browser = matches!(way, Way::Browser { .. });
                let loopback = if in_browser { Some(Loopback::bind_fixed(PORT).await?) } else { None };
                self.stage = Stage::Keys { way, loopback };
                Ok(Next::Ask(self.ask_for_keys()))
            }
            (Stage::Keys { way, loopback }, Some(Reply::AppKeys { client_id, client_secret })) => {
                self.open(way, loopback, Keys::new(&client_id, &client_secret)?)
            }
            (Stage::Browser { keys, loopback, demo }, None) => {
                let code = loopback.wait(loopback::PATIENCE).await?;
                let saved = self.desk().exchange(keys, &code, &self.redirect_uri).await?;
                done(&saved, demo)
            }
            (Stage::Answer { keys, state }, Some(Reply::Redirect(text) | Reply::Text(text))) => {
                let code = authorize::code(&text, &state)?;
                let saved = self.desk().exchange(keys, &code, &self.redirect_uri).await?;
                done(&saved, false)
            }
            (Stage::File, Some(Reply::Text(text))) => {
                let home = std::env::home_dir();
                let mut imported = import::read(&text, home.as_deref())?;
                if let Some(keys) = imported.keys.take() {
                    return self.take_over(&imported, keys).await;
                }
                self.stage = Stage::FileKeys(imported);
                Ok(Next::Ask(self.ask_for_keys()))
            }
            (Stage::FileKeys(imported), Some(Reply::AppKeys { client_id, client_secret })) => {
                self.take_over(&imported, Keys::new(&client_id, &client_secret)?).await
            }
            _ => {
                Err(Error::bad_input("this answer does not fit the question; please begin the sign-in again"))
            }
        }
    }
}

impl Flow {
    fn desk(&self) -> TokenDesk<'_> {
        TokenDesk { http: &self.http, hosts: &self.hosts, pacer: &self.pacer }
    }

    fn ask_for_keys(&self) -> Prompt {
        Prompt::AppKeys { help_url: DEVELOPER_PAGE.into(), redirect_uri: self.redirect_uri.clone() }
    }

    /// Sends the person to Withings' page.
    fn open(&mut self, way: Way, loopback: Option<Loopback>, keys: Keys) -> Result<Next> {
        let demo = way == Way::Browser { demo: true };
        let state = loopback.as_ref().map_or_else(|| random_text(32), |loopback| loopback.state().to_owned());
        let page = authorize::page(&self.hosts, keys.client_id(), &self.redirect_uri, &state, demo)?;
        let prompt = match (way, &loopback) {
            (Way::Browser { .. }, _) => Prompt::Browser { url: page.into() },
            (Way::Paste, _) => Prompt::Paste { help: paste_help(page.as_str(), &self.redirect_uri) },
            _ => {
                let watch_for = vec![format!("{}?", self.redirect_uri)];
                Prompt::Window { url: page.into(), watch_for }
            }
        };
        self.stage = match loopback {
            Some(loopback) => Stage::Browser { keys, loopback, demo },
            None => Stage::Answer { keys, state },
        };
        Ok(Next::Ask(prompt))
    }

    /// The other program's refresh token is used at once: that is the only test of it, and of the keys.
    async fn take_over(&self, imported: &import::Imported, keys: Keys) -> Result<Next> {
        let saved = self.desk().take_over(keys, &imported.refresh, &imported.user_id).await?;
        done(&saved, false)
    }
}

fn done(saved: &Saved, demo: bool) -> Result<Next> {
    let user_key = saved.user_id().to_owned();
    if user_key.is_empty() {
        return Err(super::changed());
    }
    // Withings tells no name with this permission.
    let display_name = if demo { "Withings demo person".into() } else { format!("Withings user {user_key}") };
    Ok(Next::Done(SignedIn { tokens: Tokens::pack(saved)?, user_key, display_name }))
}

fn paste_help(page: &str, redirect_uri: &str) -> String {
    format!(
        "Open {page} in any browser and allow the reading. The browser is then sent to {redirect_uri}, where it may show \
         that it cannot connect: paste here, within 30 seconds, the whole address that it shows then, or the code in it."
    )
}

fn import_help() -> String {
    "The path of withings-sync's folder, or of .withings_user.json in it. Its application is taken from withings_app.json in \
     the same folder; where that is not there, its client ID and secret are asked for next. withings-sync has to sign in \
     anew afterwards: two programs cannot share one sign-in."
        .into()
}

#[cfg(test)]
mod tests;
