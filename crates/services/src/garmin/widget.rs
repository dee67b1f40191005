//! Signing in with e-mail and password through the HTML form that other web sites embed: the way round a blocked
//! phone sign-in.
//!
//! Garmin refuses the tokens of this form for some accounts ("Token is not active", python-garminconnect#369), so
//! it comes second.

use std::time::Duration;

use baton_core::{Error, ErrorKind, Result, Secret};
use scraper::{Html, Selector};
use serde_json::json;

use super::mobile::{Outcome, wrong_password};
use super::site::{DESKTOP_BROWSER, Site};
use super::ticket::{self, Ticket};
use crate::http::{Answer, Followed, Http, Method, Pacer, Session};

/// A sign-in that waits for its code.
pub struct Pending {
    session: Session,
    page: CodePage,
}

impl Pending {
    /// Where the code went; `None` for an authenticator.
    pub fn sent_to(&self) -> Option<String> {
        Some(self.page.sent_to.clone()).filter(|sent_to| !sent_to.is_empty())
    }
}

/// What the page that asks for the code says in its scripts and form.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CodePage {
    url: String,
    csrf: String,
    method: String,
    customer: String,
    locale: String,
    client_id: String,
    sent_to: String,
}

/// What a page of the form means.
#[derive(Debug, PartialEq, Eq)]
enum Page {
    Success(String),
    Code(CodePage),
    /// The form for e-mail and password, with its CSRF token.
    Form(String),
    Wrong,
    Locked,
    Child,
    Down,
    Blocked,
    Unknown,
}

/// Sends e-mail and password.
///
/// # Errors
/// `SignInRequired` where Garmin judged them wrong; `ServiceDown`, `Offline`, `ServiceChanged`.
pub async fn sign_in(
    http: &Http,
    pacer: &Pacer,
    site: &Site,
    username: &str,
    password: &Secret,
) -> Result<Outcome<Pending>> {
    let session = http
        .session()
        .with_header("User-Agent", DESKTOP_BROWSER)
        .with_header("Accept-Language", "en-US,en;q=0.9");
    let embed = site.embed_service();
    let start = session
        .request(Method::GET, &embed)
        .query(&[
            ("id", "gauth-widget"),
            ("embedWidget", "true"),
            ("gauthHost", &format!("{}/sso", site.sso)),
        ])
        .send(pacer)
        .await?;
    if let Some(outcome) = blocked(&start)? {
        return Ok(outcome);
    }
    let sign_in = format!("{}/sso/signin", site.sso);
    let query = query(&embed);
    let form =
        session.request(Method::GET, &sign_in).query(&query).header("Referer", &embed).send(pacer).await?;
    if let Some(outcome) = blocked(&form)? {
        return Ok(outcome);
    }
    let Page::Form(csrf) = read(&form) else {
        return Err(changed("its sign-in page has another form than Baton knows"));
    };
    http.pause(Duration::from_secs(3), Duration::from_secs(8)).await;
    let fields = [
        ("username", username),
        ("password", password.expose()),
        ("embed", "true"),
        ("_csrf", csrf.as_str()),
    ];
    let answer = session
        .request(Method::POST, &sign_in)
        .query(&query)
        .header("Referer", form.url.as_str())
        .form(&fields)
        .send(pacer)
        .await?;
    let Some(page) = follow(&session, pacer, site, answer).await? else {
        return Ok(Outcome::Blocked(None));
    };
    match page {
        Page::Code(page) => {
            ask_for_mail(&session, pacer, site, &page).await?;
            Ok(Outcome::Code(Pending { session, page }))
        }
        // After a wrong password Garmin shows the form once more.
        Page::Form(_) => Err(wrong_password()),
        page => conclude(page, site).map(Outcome::Ticket),
    }
}

/// Sends the one-time code; a wrong one leads to the same page again, with a new CSRF token.
pub async fn verify(pacer: &Pacer, site: &Site, pending: Pending, code: &Secret) -> Result<Outcome<Pending>> {
    let Pending { session, page } = pending;
    let fields = [
        ("mfa-code", code.expose()),
        ("embed", "true"),
        ("_csrf", &page.csrf),
        ("fromPage", "setupEnterMfaCode"),
    ];
    let answer = session
        .request(Method::POST, format!("{}/sso/verifyMFA/loginEnterMfaCode", site.sso))
        .query(&query(&site.embed_service()))
        .header("Referer", &page.url)
        .form(&fields)
        .send(pacer)
        .await?;
    match follow(&session, pacer, site, answer).await? {
        None => Ok(Outcome::Blocked(None)),
        Some(Page::Code(again)) => {
            // The page after a wrong code is shown under the address of the post; the sender is still the first one's.
            let page = CodePage { url: page.url, sent_to: page.sent_to, ..again };
            Ok(Outcome::Code(Pending { session, page }))
        }
        Some(page) => conclude(page, site).map(Outcome::Ticket),
    }
}

/// Garmin sends the code by e-mail or text message only when the page's script asks (python-garminconnect#386).
async fn ask_for_mail(session: &Session, pacer: &Pacer, site: &Site, page: &CodePage) -> Result<()> {
    let sends = matches!(page.method.to_ascii_lowercase().as_str(), "email" | "sms");
    if !sends || !page.sent_to.is_empty() {
        return Ok(());
    }
    let body = json!({"customerGuid": page.customer, "mfaMethod": page.method, "locale": page.locale});
    let answer = session
        .request(Method::POST, format!("{}/sso/verifyMFA/mfaCode", site.sso))
        .query(&[("clientId", &page.client_id)])
        .header("Accept", "application/json, text/plain, */*")
        .header("Referer", &page.url)
        .json(&body)
        .send(pacer)
        .await?;
    if answer.status.is_success() {
        return Ok(());
    }
    Err(answer.error(
        ErrorKind::SignInRequired,
        "Garmin did not send its one-time code; sign in on Garmin's own page instead",
    ))
}

/// The form's own parameters, which go with each of its requests.
fn query(embed: &str) -> [(&'static str, &str); 7] {
    [
        ("id", "gauth-widget"),
        ("embedWidget", "true"),
        ("gauthHost", embed),
        ("service", embed),
        ("source", embed),
        ("redirectAfterAccountLoginUrl", embed),
        ("redirectAfterAccountCreationUrl", embed),
    ]
}

/// Follows redirects within Garmin's sign-in host and reads the page at their end; `None` where that is a block.
async fn follow(session: &Session, pacer: &Pacer, site: &Site, answer: Answer) -> Result<Option<Page>> {
    let home = url::Url::parse(&site.sso).map_err(|_| Error::bug("Garmin's address is not one"))?.origin();
    let leaves = |url: &url::Url| url.origin() != home || url.query_pairs().any(|(name, _)| name == "ticket");
    let page = match session.follow(answer, pacer, leaves).await? {
        Followed::Page(page) => page,
        Followed::Stopped(url) => {
            let ticket = ticket::from_redirect(url.expose(), &site.embed_service());
            return Ok(Some(
                ticket.map_or(Page::Unknown, |ticket| Page::Success(ticket.expose().to_owned())),
            ));
        }
    };
    if blocked::<()>(&page)?.is_some() {
        return Ok(None);
    }
    Ok(Some(read(&page)).filter(|page| *page != Page::Blocked))
}

fn blocked<P>(answer: &Answer) -> Result<Option<Outcome<P>>> {
    match answer.status.as_u16() {
        403 | 427 | 429 => Ok(Some(Outcome::Blocked(answer.retry_after()))),
        500.. => Err(answer.failure()),
        _ => Ok(None),
    }
}

fn conclude(page: Page, site: &Site) -> Result<Ticket> {
    match page {
        Page::Success(name) => Ok(Ticket { name: Secret::new(name), service: site.embed_service() }),
        Page::Wrong => Err(wrong_password()),
        Page::Locked => Err(Error::sign_in(
            "Garmin has locked this account; unlock it on Garmin's web site, then sign in again",
        )),
        Page::Child => Err(Error::sign_in(
            "Garmin does not let this account sign in here, as it does with children's accounts; use a parent's account",
        )),
        Page::Down => {
            Err(Error::new(ErrorKind::ServiceDown, "Garmin's sign-in has a problem of its own at the moment"))
        }
        Page::Code(_) | Page::Form(_) | Page::Blocked | Page::Unknown => {
            Err(changed("it answered the sign-in with a page that Baton does not know"))
        }
    }
}

fn changed(what: &str) -> Error {
    Error::service_changed(format!(
        "Garmin's sign-in has changed: {what}. Sign in on Garmin's own page instead"
    ))
}

fn read(answer: &Answer) -> Page {
    read_page(&answer.text(), answer.url.as_str())
}

/// Decides by the page's scripts first: the page for a code mailed to the person has the title of the first form.
fn read_page(text: &str, url: &str) -> Page {
    let html = Html::parse_document(text);
    let first =
        |selector: &str| Selector::parse(selector).ok().and_then(|selector| html.select(&selector).next());
    let title =
        first("title").map(|title| title.text().collect::<String>().to_lowercase()).unwrap_or_default();
    let says = |words: &[&str]| words.iter().any(|word| title.contains(word));
    let csrf = first("input[name=_csrf]")
        .and_then(|input| input.value().attr("value"))
        .unwrap_or_default()
        .to_owned();
    if title.trim() == "success" {
        return ticket::find(text).map_or(Page::Unknown, |name| Page::Success(name.expose().to_owned()));
    }
    if let Some(method) = variable(text, "mfaMethod") {
        let own = |name: &str| variable(text, name).unwrap_or_default();
        return Page::Code(CodePage {
            url: url.to_owned(),
            csrf,
            method,
            customer: own("customerGuid"),
            locale: own("locale"),
            client_id: own("clientId"),
            sent_to: own("codeSentTo"),
        });
    }
    if says(&["unable to sign in", "unable to login"]) {
        return Page::Child;
    }
    if says(&["locked"]) {
        return Page::Locked;
    }
    if says(&["invalid", "incorrect", "account error"]) {
        return Page::Wrong;
    }
    if says(&["502", "503", "bad gateway", "service unavailable"]) {
        return Page::Down;
    }
    if says(&["cloudflare", "just a moment", "attention required"]) {
        return Page::Blocked;
    }
    if csrf.is_empty() { Page::Unknown } else { Page::Form(csrf) }
}

/// The value of `var NAME = "VALUE";` in a page's scripts.
fn variable(text: &str, name: &str) -> Option<String> {
    for (position, _) in text.match_indices(name) {
        let before = text[..position].trim_end();
        if !["var", "let", "const"].iter().any(|word| before.ends_with(word)) {
            continue;
        }
        let value = text[position + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let value = value.strip_prefix(quote)?;
        return Some(value[..value.find(quote)?].to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("<title>Success</title><script>var response_url = \"https:\\/\\/sso.garmin.com\\/sso\\/embed?ticket=ST-01234-abcdefghij-cas\";</script>", Page::Success("ST-01234-abcdefghij-cas".into()))]
    #[case("<title>Success</title>", Page::Unknown)]
    #[case("<title>GARMIN Authentication Application</title><input name=\"_csrf\" value=\"A1\" type=\"hidden\">", Page::Form("A1".into()))]
    #[case("<title>Invalid sign in</title>", Page::Wrong)]
    #[case("<title>Account locked</title>", Page::Locked)]
    #[case("<title>Unable to sign in</title>", Page::Child)]
    #[case("<title>502 Bad Gateway</title>", Page::Down)]
    #[case("<title>Just a moment...</title>", Page::Blocked)]
    #[case("", Page::Unknown)]
    fn reads_pages(#[case] text: &str, #[case] page: Page) {
        assert_eq!(read_page(text, "https://x"), page);
    }

    #[test]
    fn knows_the_code_page_by_its_variables() {
        let text = "<title>GARMIN Authentication Application</title><script>var mfaMethod = \"email\"; var locale='en_US';\
                    var codeSentTo   = \"\";var clientId=\"GarminConnect\"; var customerGuid = \"g-1\"</script>\
                    <form><input type=hidden name=_csrf value=B2></form>";
        let Page::Code(page) = read_page(text, "https://x/y") else { panic!("not the code page") };
        assert_eq!(page.csrf, "B2");
        assert_eq!(
            (page.method.as_str(), page.locale.as_str(), page.sent_to.as_str()),
            ("email", "en_US", "")
        );
        assert_eq!((page.client_id.as_str(), page.customer.as_str()), ("GarminConnect", "g-1"));
    }
}
