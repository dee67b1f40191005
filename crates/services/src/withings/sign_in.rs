//! The ways to sign in at Withings. All but one begin with the person's own application: Withings has no sign-in for
//! programs without one, and the requests of an application are counted for all its users together.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, Next, Prompt, Reply, Result, SignInFlow, SignedIn, Tokens};
use url::Url;

use super::tokens::{Hosts, Keys, Saved, TokenDesk};
use super::{authorize, import};
use crate::World;
use crate::http::{Http, Pacer};
use crate::loopback;
use crate::visit::{Visit, Way};

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
    let stage = match method {
        BROWSER | DEMO => Stage::Begin(Way::Browser),
        WINDOW => Stage::Begin(Way::Window),
        PASTE => Stage::Begin(Way::Paste),
        IMPORT => Stage::BeginImport,
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
        demo: method == DEMO,
        stage,
    }))
}

/// One sign-in under way.
struct Flow {
    hosts: Hosts,
    http: Http,
    pacer: Pacer,
    /// Whether Withings' made-up person signs in.
    demo: bool,
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
    BeginImport,
    File,
    FileKeys(import::Imported),
    Over,
}

#[async_trait]
impl SignInFlow for Flow {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        match (std::mem::replace(&mut self.stage, Stage::Over), reply) {
            (Stage::Begin(way), None) => {
                self.stage = Stage::Keys(Visit::ending_at(way, PORT).await?);
                Ok(Next::Ask(ask_for_keys()))
            }
            (Stage::Keys(visit), Some(Reply::AppKeys { client_id, client_secret })) => {
                let keys = Keys::new(&client_id, &client_secret)?;
                let (to, state) = (visit.redirect_uri(), visit.state());
                let page = authorize::page(&self.hosts, keys.client_id(), to, state, self.demo)?;
                let prompt = visit.prompt(page, |page| paste_help(page, to));
                self.stage = Stage::Page { keys, visit };
                Ok(Next::Ask(prompt))
            }
            (Stage::Page { keys, visit }, reply) => {
                let redirect_uri = visit.redirect_uri().to_owned();
                let granted = visit.granted(reply, authorize::granted).await?;
                let saved = self.desk().exchange(keys, &granted.code, &redirect_uri).await?;
                done(&saved, self.demo)
            }
            (Stage::BeginImport, None) => {
                self.stage = Stage::File;
                Ok(Next::Ask(Prompt::Paste { help: import_help() }))
            }
            (Stage::File, Some(Reply::Text(text))) => {
                let home = std::env::home_dir();
                let mut imported = import::read(&text, home.as_deref())?;
                if let Some(keys) = imported.keys.take() {
                    return self.take_over(&imported, keys).await;
                }
                self.stage = Stage::FileKeys(imported);
                Ok(Next::Ask(ask_for_keys()))
            }
            (Stage::FileKeys(imported), Some(Reply::AppKeys { client_id, client_secret })) => {
                self.take_over(&imported, Keys::new(&client_id, &client_secret)?).await
            }
            _ => Err(Error::out_of_turn()),
        }
    }
}

impl Flow {
    fn desk(&self) -> TokenDesk<'_> {
        TokenDesk { http: &self.http, hosts: &self.hosts, pacer: &self.pacer }
    }

    /// The other program's refresh token is used at once: that is the only test of it, and of the keys.
    async fn take_over(&self, imported: &import::Imported, keys: Keys) -> Result<Next> {
        let saved = self.desk().take_over(keys, &imported.refresh, &imported.user_id).await?;
        done(&saved, false)
    }
}

fn ask_for_keys() -> Prompt {
    Prompt::AppKeys { help_url: DEVELOPER_PAGE.into(), redirect_uri: loopback::fixed_redirect_uri(PORT) }
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

fn paste_help(page: &Url, redirect_uri: &str) -> String {
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
