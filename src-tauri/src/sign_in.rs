//! The sign-ins under way, by number: what the window answers, and what the shell itself waits for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use baton_core::{Error, ErrorKind, Prompt, Reply, Result};
use baton_engine::{SignIn, SignInStep, Stop};
use tauri_plugin_opener::OpenerExt;
use url::Url;

use crate::contract::{SignInBegun, SignInReply, Step};
use crate::shell::Shell;
use crate::sign_in_window::{self, Page};

/// A browser that says nothing is not waited for any longer.
const BROWSER_PATIENCE: Duration = Duration::from_mins(10);

/// All sign-ins under way.
#[derive(Default)]
pub struct SignIns {
    last: AtomicU32,
    under_way: Mutex<HashMap<u32, Arc<Conversation>>>,
}

/// One sign-in.
struct Conversation {
    flow: tokio::sync::Mutex<Flow>,
    stop: Stop,
}

struct Flow {
    sign_in: SignIn,
    /// What was asked last.
    prompt: Option<Prompt>,
}

impl SignIns {
    fn add(&self, sign_in: SignIn) -> (u32, Arc<Conversation>) {
        let id = self.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let flow = tokio::sync::Mutex::new(Flow { sign_in, prompt: None });
        let conversation = Arc::new(Conversation { flow, stop: Stop::default() });
        self.locked().insert(id, conversation.clone());
        (id, conversation)
    }

    fn get(&self, id: u32) -> Result<Arc<Conversation>> {
        self.locked()
            .get(&id)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::Cancelled, "this sign-in is over; begin a new one"))
    }

    /// Ends a sign-in, whatever it waits for.
    fn end(&self, id: u32) {
        if let Some(conversation) = self.locked().remove(&id) {
            conversation.stop.stop();
        }
    }

    /// Ends all of them.
    pub fn end_all(&self) {
        for (_, conversation) in self.locked().drain() {
            conversation.stop.stop();
        }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Arc<Conversation>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shell {
    /// Begins a sign-in. Without a method it is the service's first: this shell has windows.
    ///
    /// # Errors
    /// Those of [`baton_engine::Engine::begin_sign_in`] and of the service.
    pub async fn begin_sign_in(
        &self,
        service: &str,
        method: Option<&str>,
        domain: Option<&str>,
    ) -> Result<SignInBegun> {
        let engine = self.engine().await?;
        let first = engine.services().into_iter().find(|info| info.id == service);
        let method = method.or(first.and_then(|info| info.sign_in.first()).map(|method| method.id));
        let sign_in = engine.begin_sign_in(service, method, domain).await?;
        let (id, conversation) = self.sign_ins.add(sign_in);
        let step = self.step(id, &conversation, None).await?;
        Ok(SignInBegun { id, step })
    }

    /// Answers the prompt of a sign-in.
    ///
    /// # Errors
    /// Those of the service; the sign-in is then over. `Cancelled` where it was ended.
    pub async fn reply_sign_in(&self, id: u32, reply: SignInReply) -> Result<Step> {
        let conversation = self.sign_ins.get(id)?;
        self.step(id, &conversation, Some(reply.into())).await
    }

    /// Opens the page that the prompt asks for, and waits until it sends the person back.
    ///
    /// # Errors
    /// `Cancelled` where the window was closed (the page can then be opened again), or the sign-in ended, or nothing
    /// came back from the browser within ten minutes; those of the service.
    pub async fn sign_in_wait(&self, id: u32) -> Result<Step> {
        let conversation = self.sign_ins.get(id)?;
        let prompt = conversation.flow.lock().await.prompt.clone();
        match prompt {
            Some(Prompt::Browser { url }) => {
                self.browse(&url)?;
                let step = self.step(id, &conversation, None);
                tokio::time::timeout(BROWSER_PATIENCE, step).await.unwrap_or_else(|_| {
                    self.sign_ins.end(id);
                    Err(Error::new(ErrorKind::Cancelled, "nothing came back from the browser; try again"))
                })
            }
            Some(Prompt::Window { url, watch_for }) => {
                let page = Page {
                    id,
                    url: address(&url)?,
                    watch_for: watch_for.iter().map(|url| address(url)).collect::<Result<_>>()?,
                    home: self.home.clone(),
                    words: self.words(),
                };
                let redirect = sign_in_window::redirect(&self.app, page);
                tokio::pin!(redirect);
                let redirect = tokio::select! {
                    redirect = &mut redirect => redirect?,
                    () = conversation.stop.stopped() => {
                        // It ends by itself once its window is gone, and clears up behind it.
                        sign_in_window::close(&self.app, &sign_in_window::label(id));
                        redirect.await?
                    }
                };
                self.step(id, &conversation, Some(Reply::Redirect(redirect))).await
            }
            _ => Err(Error::bad_input("this sign-in waits for an answer, not for a page")),
        }
    }

    /// Ends a sign-in. One that is over already is no error.
    pub fn cancel_sign_in(&self, id: u32) {
        self.sign_ins.end(id);
    }

    async fn step(&self, id: u32, conversation: &Conversation, reply: Option<Reply>) -> Result<Step> {
        let next = async {
            let mut flow = conversation.flow.lock().await;
            let step = flow.sign_in.next(reply).await;
            flow.prompt = match &step {
                Ok(SignInStep::Ask(prompt)) => Some(prompt.clone()),
                _ => None,
            };
            step
        };
        let step = conversation.stop.or(next).await.unwrap_or_else(|| Err(ended()));
        if !matches!(step, Ok(SignInStep::Ask(_))) {
            self.sign_ins.end(id);
        }
        step.map(Step::from)
    }

    /// Opens the vendor's page in the system's browser.
    fn browse(&self, url: &str) -> Result<()> {
        let url = address(url)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(Error::bug("a sign-in asked for a page that is none"));
        }
        let opened = self.app.opener().open_url(url.as_str(), None::<&str>);
        opened.map_err(|_| Error::bad_input("no browser opens on this computer; copy the link instead"))
    }
}

fn ended() -> Error {
    Error::new(ErrorKind::Cancelled, "the sign-in was cancelled")
}

/// An address of a flow's own, which never is in an error: it can hold secrets.
fn address(url: &str) -> Result<Url> {
    Url::parse(url).map_err(|_| Error::bug("a sign-in asked for a page that is none"))
}
