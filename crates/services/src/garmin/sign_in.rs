//! The conversation that signs a person in at Garmin, by any of the methods, and ends with tokens that were tried.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, ErrorKind, Next, Prompt, Reply, Result, Secret, SignInFlow, SignedIn, Tokens};
use url::Url;

use super::api::{self, Profile, sign};
use super::mobile::{self, Outcome};
use super::site::{CHINA, PORTAL_CLIENT, Site};
use super::ticket::{self, Ticket};
use super::tokens::{Di, Saved, Session, cool_down, exchange, renew};
use super::{PASSWORD, PASTE, WINDOW, import, widget};
use crate::World;
use crate::http::{Http, Pacer};
use crate::renewal::Renewable;

/// Codes that may be wrong before the sign-in has to be started again.
const WRONG_CODES: u32 = 5;

/// One sign-in under way.
pub struct Flow {
    world: Arc<World>,
    http: Http,
    pacer: Pacer,
    site: Site,
    /// The person named the domain, rather than leaving it to be found out.
    domain: Option<String>,
    stage: Stage,
    /// What was typed as user name; shown where Garmin gives no name.
    username: Option<String>,
}

enum Stage {
    Begin(&'static str),
    Window,
    Password,
    PhoneCode { pending: mobile::Pending, wrong: u32 },
    WidgetCode { pending: widget::Pending, wrong: u32 },
    Paste,
    Import,
    Over,
}

impl Flow {
    /// # Errors
    /// `BadInput` for an unknown method or domain.
    pub fn new(world: Arc<World>, method: &str, domain: Option<&str>) -> Result<Flow> {
        let known = super::INFO.sign_in.iter().find(|known| known.id == method);
        let method = known.map(|known| known.id).ok_or_else(|| {
            let names: Vec<&str> = super::INFO.sign_in.iter().map(|known| known.id).collect();
            Error::bad_input(format!("Garmin has no sign-in called {method}; there are {}", names.join(", ")))
        })?;
        let site = Site::new(&world.endpoints, domain)?;
        let http = world.http.of(super::NAME);
        let pacer = http.pacer(Duration::ZERO, 1);
        let domain = domain.map(str::to_owned);
        Ok(Flow { world, http, pacer, site, domain, stage: Stage::Begin(method), username: None })
    }

    fn begin(&mut self, method: &str) -> Prompt {
        match method {
            WINDOW => {
                self.stage = Stage::Window;
                let service = self.site.portal_service();
                Prompt::Window { url: portal_page(&self.site), watch_for: vec![format!("{service}?ticket=")] }
            }
            PASSWORD => {
                self.stage = Stage::Password;
                Prompt::Password {
                    help: "The e-mail address and password of your Garmin account. The password is sent to Garmin once \
                           and is never kept."
                        .into(),
                }
            }
            PASTE => {
                self.stage = Stage::Paste;
                Prompt::Paste { help: paste_help(&self.site) }
            }
            // IMPORT; `new` lets no other through.
            _ => {
                self.stage = Stage::Import;
                Prompt::Paste {
                    help: "The path of garmin_tokens.json (or its folder), of garth's folder (usually ~/.garth), or the \
                           text that garth's dumps() gave. The program that made it has to sign in anew as soon as Baton \
                           renews this sign-in: two programs cannot share one."
                        .into(),
                }
            }
        }
    }

    /// The phone's way first; the form where that is blocked before Garmin looked at the password. Never both with a
    /// password that was judged.
    async fn password(&mut self, username: &str, password: &Secret) -> Result<Next> {
        if username.is_empty() || password.is_empty() {
            return Err(Error::bad_input("e-mail address and password are both needed to sign in at Garmin"));
        }
        self.username = Some(username.to_owned());
        let first = mobile::sign_in(&self.http, &self.pacer, &self.site, username, password).await?;
        let blocked_until = match first {
            Outcome::Blocked(until) => until,
            outcome => return self.phone(outcome, 0).await,
        };
        tracing::info!("Garmin's phone sign-in is blocked; trying the web form once");
        match widget::sign_in(&self.http, &self.pacer, &self.site, username, password).await? {
            Outcome::Blocked(until) => Err(cool_down(&self.http, until.max(blocked_until))),
            outcome => self.form(outcome, 0).await,
        }
    }

    async fn phone(&mut self, outcome: Outcome<mobile::Pending>, wrong: u32) -> Result<Next> {
        match outcome {
            Outcome::Ticket(ticket) => self.ticket(&ticket).await,
            Outcome::Blocked(until) => Err(cool_down(&self.http, until)),
            Outcome::Code(pending) => {
                let prompt = code_prompt(pending.sent_to.clone(), wrong)?;
                self.stage = Stage::PhoneCode { pending, wrong };
                Ok(Next::Ask(prompt))
            }
        }
    }

    async fn form(&mut self, outcome: Outcome<widget::Pending>, wrong: u32) -> Result<Next> {
        match outcome {
            Outcome::Ticket(ticket) => self.ticket(&ticket).await,
            Outcome::Blocked(until) => Err(cool_down(&self.http, until)),
            Outcome::Code(pending) => {
                let prompt = code_prompt(pending.sent_to(), wrong)?;
                self.stage = Stage::WidgetCode { pending, wrong };
                Ok(Next::Ask(prompt))
            }
        }
    }

    async fn ticket(&self, ticket: &Ticket) -> Result<Next> {
        let di: Di = exchange(&self.http, &self.pacer, &self.site, ticket).await?;
        let saved = Saved { domain: self.site.domain.to_owned(), session: Session::Di(di) };
        self.finish(saved, false).await
    }

    async fn pasted(&mut self, text: &Secret) -> Result<Next> {
        // A link of the other domain says which one is meant.
        if self.domain.is_none() && text.expose().contains(".garmin.cn") {
            self.site = Site::new(&self.world.endpoints, Some(CHINA))?;
        }
        let ticket = ticket::from_paste(text.expose(), &self.site).ok_or_else(|| {
            Error::bad_input("there is no ticket in this text: a ticket begins with ST- and a number")
        })?;
        self.ticket(&ticket).await
    }

    async fn imported(&self, text: &Secret) -> Result<Next> {
        let home = std::env::home_dir();
        let mut saved = import::read(text, self.domain.as_deref(), home.as_deref())?;
        let renewed = saved.is_due(self.http.now());
        if renewed {
            saved = renew(&self.world, &self.http, &self.pacer, &saved).await?;
        }
        self.finish(saved, !renewed).await
    }

    /// Tries the tokens on the person's own profile, which also says who it is. What Garmin cannot answer just now
    /// does not make good tokens bad; a refusal does.
    async fn finish(&self, mut saved: Saved, may_renew: bool) -> Result<Next> {
        let mut profile = self.profile(&saved).await;
        if may_renew && matches!(&profile, Err(error) if error.kind == ErrorKind::SignInRequired) {
            saved = renew(&self.world, &self.http, &self.pacer, &saved).await?;
            profile = self.profile(&saved).await;
        }
        let profile = match profile {
            Err(error) if error.kind == ErrorKind::SignInRequired => return Err(error),
            Err(error) => {
                tracing::info!(%error, "Garmin signed in, but did not show the profile");
                Profile::default()
            }
            Ok(profile) => profile,
        };
        let text = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let user_key = text(profile.garmin_guid)
            .or_else(|| saved.guid())
            .or_else(|| profile.number.map(|id| id.to_string()))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::ServiceDown,
                    "Garmin did not say whose sign-in this is; try again later",
                )
            })?;
        let display_name = text(profile.full_name)
            .or_else(|| text(profile.user_name))
            .or_else(|| self.username.clone())
            .unwrap_or_else(|| super::NAME.to_owned());
        Ok(Next::Done(SignedIn { tokens: Tokens::pack(&saved)?, user_key, display_name }))
    }

    async fn profile(&self, saved: &Saved) -> Result<Profile> {
        let site = saved.site(&self.world)?;
        let call = self.http.get(format!("{}/userprofile-service/socialProfile", site.connectapi));
        let answer = sign(call, saved)?.send(&self.pacer).await?;
        if answer.status == 401 {
            return Err(api::unaccepted(&answer));
        }
        answer.ok()?.json()
    }
}

#[async_trait]
impl SignInFlow for Flow {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        match (stage, reply) {
            (Stage::Begin(method), None) => Ok(Next::Ask(self.begin(method))),
            (Stage::Window, Some(Reply::Redirect(url))) => {
                let service = self.site.portal_service();
                let name = ticket::from_redirect(url.expose(), &service).ok_or_else(|| {
                    Error::service_changed(
                        "Garmin's sign-in page did not hand over a ticket; try again or paste one",
                    )
                })?;
                self.ticket(&Ticket { name, service }).await
            }
            (Stage::Password, Some(Reply::Password { username, password })) => {
                self.password(username.trim(), &password).await
            }
            (Stage::PhoneCode { pending, wrong }, Some(Reply::Code(code))) => {
                let outcome = mobile::verify(&self.pacer, &self.site, pending, &code.trimmed()).await?;
                self.phone(outcome, wrong + 1).await
            }
            (Stage::WidgetCode { pending, wrong }, Some(Reply::Code(code))) => {
                let outcome = widget::verify(&self.pacer, &self.site, pending, &code.trimmed()).await?;
                self.form(outcome, wrong + 1).await
            }
            (Stage::Paste, Some(Reply::Text(text))) => self.pasted(&text).await,
            (Stage::Import, Some(Reply::Text(text))) => self.imported(&text).await,
            (Stage::Over, _) => Err(Error::bug("this sign-in is over")),
            _ => Err(Error::bug("the sign-in was given an answer to another question")),
        }
    }
}

fn code_prompt(sent_to: Option<String>, wrong: u32) -> Result<Prompt> {
    if wrong >= WRONG_CODES {
        return Err(Error::sign_in(format!(
            "{WRONG_CODES} one-time codes were wrong; start the sign-in again"
        )));
    }
    Ok(Prompt::Code { sent_to, wrong: wrong > 0 })
}

/// Garmin's own sign-in page, which hands its ticket to the web portal.
fn portal_page(site: &Site) -> String {
    let service = site.portal_service();
    let page = format!("{}/portal/sso/en-US/sign-in", site.sso);
    with_query(&page, &[("clientId", PORTAL_CLIENT), ("service", &service)])
}

/// How to get a ticket with one's own browser. The Android program's service has no address, so the browser cannot
/// use the ticket up.
fn paste_help(site: &Site) -> String {
    let page = format!("{}/sso/signin", site.sso);
    let link = with_query(&page, &[("service", &site.android_service())]);
    format!(
        "Sign in at {} in your own browser, then open {link} and paste here, within a minute, the address that the browser \
         then shows, or the source of the page, or the ticket in it (it begins with ST-).",
        site.connect
    )
}

fn with_query(page: &str, pairs: &[(&str, &str)]) -> String {
    Url::parse_with_params(page, pairs).map_or_else(|_| page.to_owned(), String::from)
}
