//! A person's visit to the page where a vendor asks for a permission (RFC 6749, section 4.1): in their browser, in a window
//! of Baton's, or anywhere with the address at its end pasted; and what it brings back.

use baton_core::{Error, Prompt, Reply, Result, Secret};
use url::Url;

use crate::loopback::{self, Loopback};
use crate::oauth::{Granted, random_text};

/// Where the person meets the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Browser,
    Window,
    Paste,
}

/// One visit, from before the page is opened. A browser's has its listener open, so that a port that is taken is known
/// before anything is asked.
pub struct Visit {
    way: Way,
    redirect_uri: String,
    state: String,
    loopback: Option<Loopback>,
}

impl Visit {
    /// For a vendor that compares redirect addresses to the letter.
    ///
    /// # Errors
    /// `BadInput` where a browser's needs the port and another program uses it.
    pub async fn ending_at(way: Way, port: u16) -> Result<Visit> {
        let loopback = match way {
            Way::Browser => Some(Loopback::bind_fixed(port).await?),
            Way::Window | Way::Paste => None,
        };
        Ok(Visit::new(way, loopback, loopback::fixed_redirect_uri(port)))
    }

    /// For a vendor that compares the host alone: a browser's ends at any free port, the others at `elsewhere`.
    ///
    /// # Errors
    /// `BadInput` where no port is free.
    pub async fn ending_anywhere(way: Way, elsewhere: &str) -> Result<Visit> {
        let loopback = match way {
            Way::Browser => Some(Loopback::bind().await?),
            Way::Window | Way::Paste => None,
        };
        Ok(Visit::new(way, loopback, elsewhere.to_owned()))
    }

    fn new(way: Way, loopback: Option<Loopback>, elsewhere: String) -> Visit {
        let (redirect_uri, state) = match &loopback {
            Some(loopback) => (loopback.redirect_uri().to_owned(), loopback.state().to_owned()),
            None => (elsewhere, random_text(32)),
        };
        Visit { way, redirect_uri, state, loopback }
    }

    /// To be sent as `redirect_uri`, and again with the code.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// To be sent as `state`: only an answer that repeats it is taken.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Sends the person to the page. `paste_help` has the words for who opens it by hand.
    pub fn prompt(&self, page: Url, paste_help: impl FnOnce(&Url) -> String) -> Prompt {
        match self.way {
            Way::Browser => Prompt::Browser { url: page.into() },
            Way::Window => {
                Prompt::Window { url: page.into(), watch_for: vec![format!("{}?", self.redirect_uri)] }
            }
            Way::Paste => Prompt::Paste { help: paste_help(&page) },
        }
    }

    /// What the page granted, by the answer to [`Visit::prompt`]. `read` takes it out of what was pasted or where a window
    /// was stopped, with the `state` that it has to repeat.
    ///
    /// # Errors
    /// Those of `read` and of [`Loopback::granted`]; `BadInput` for an answer to another prompt.
    pub async fn granted(
        self,
        reply: Option<Reply>,
        read: impl FnOnce(&Secret, &str) -> Result<Granted>,
    ) -> Result<Granted> {
        match (self.loopback, reply) {
            (Some(loopback), None) => loopback.granted(loopback::PATIENCE).await,
            (None, Some(Reply::Redirect(text) | Reply::Text(text))) => read(&text, &self.state),
            _ => Err(Error::out_of_turn()),
        }
    }
}
