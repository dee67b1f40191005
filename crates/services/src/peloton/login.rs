//! The headless form login: what Peloton's own login page does in a browser, step by step, with e-mail and password.
//!
//! `/authorize` leads to the login page; its configuration holds what the password check wants to have back; a form
//! follows that submits itself; redirects over two hosts lead to the code. Codes and captchas need a real page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_core::{Error, ErrorKind, Result, Secret};
use scraper::{Html, Selector};
use serde_json::{Map, Value};
use url::Url;

use super::auth::{Authorization, Hosts, cool_down};
use crate::http::{Answer, Call, Http, Method, Pacer, Session};

/// The name and version that Auth0's own page sends along.
const AUTH0_CLIENT: &str = "eyJuYW1lIjoiYXV0aDAuanMtdWxwIiwidmVyc2lvbiI6IjkuMTQuMyJ9";
const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const MOST_REDIRECTS: usize = 12;

/// One login under way, with its own cookies.
pub struct Login<'a> {
    authorization: &'a Authorization,
    hosts: &'a Hosts,
    session: Session,
    http: &'a Http,
    pacer: &'a Pacer,
}

/// Where redirects led.
enum Walked {
    /// The redirect address with its code. It was not loaded.
    Redirected(Secret),
    Page(Box<Answer>),
}

impl<'a> Login<'a> {
    pub fn new(
        authorization: &'a Authorization,
        hosts: &'a Hosts,
        http: &'a Http,
        pacer: &'a Pacer,
    ) -> Login<'a> {
        Login { authorization, hosts, session: http.session(), http, pacer }
    }

    /// Signs in and returns the redirect address with its code. The password is sent once and never again.
    ///
    /// # Errors
    /// `SignInRequired` for a wrong password and where Peloton wants a code or captcha, `LoginCoolDown` where it blocks,
    /// `ServiceChanged` where its pages are not those that Baton knows.
    pub async fn run(&self, username: &str, password: &Secret) -> Result<Secret> {
        let page = self.login_page().await?;
        let answer = self.check_password(&page, username, password).await?;
        let form = hidden_form(&answer).ok_or_else(|| unexpected_page(&answer))?;
        let action = answer.url.join(&form.action).map_err(|_| changed())?;
        if action.origin() != answer.url.origin() {
            return Err(changed());
        }
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let call = self.browser(Method::POST, &action).header("Referer", page.url.as_str()).form(&fields);
        match self.walk(call.send(self.pacer).await?).await? {
            Walked::Redirected(url) => Ok(url),
            Walked::Page(answer) => Err(unexpected_page(&answer)),
        }
    }

    async fn login_page(&self) -> Result<Answer> {
        let url = self.authorization.url(self.hosts)?;
        let answer = self.browser(Method::GET, &url).send(self.pacer).await?;
        match self.walk(answer).await? {
            Walked::Page(page) => page.ok(),
            // Without a session Peloton can only refuse here.
            Walked::Redirected(url) => {
                Err(self.authorization.code(&url, self.hosts).err().unwrap_or_else(changed))
            }
        }
    }

    async fn check_password(&self, page: &Answer, username: &str, password: &Secret) -> Result<Answer> {
        let url =
            Url::parse(&format!("{}/usernamepassword/login", self.hosts.auth)).map_err(|_| changed())?;
        let cookie = self.session.cookie(&url, "_csrf");
        let mut body = page_configuration(&page.text()).unwrap_or_default();
        let mut set_default = |name: &str, value: Option<String>| {
            if let (None, Some(value)) = (body.get(name).and_then(Value::as_str), value) {
                body.insert(name.into(), value.into());
            }
        };
        set_default("_csrf", cookie.as_ref().map(|cookie| cookie.expose().to_owned()));
        // The transaction's state, not the one of this sign-in.
        set_default(
            "state",
            page.url.query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into()),
        );
        set_default("_intstate", Some("deprecated".into()));
        set_default("protocol", Some("oauth2".into()));
        set_default("tenant", Some("peloton-prod".into()));
        for (name, value) in self.authorization.form_fields(self.hosts) {
            set_default(name, Some(value));
        }
        if !body.contains_key("_csrf") || !body.contains_key("state") {
            return Err(changed());
        }
        body.insert("connection".into(), "pelo-user-password".into());
        body.insert("username".into(), username.into());
        body.insert("password".into(), password.expose().into());
        let mut call = self
            .browser(Method::POST, &url)
            .header("Origin", page.url.origin().ascii_serialization())
            .header("Referer", page.url.as_str())
            .header("Auth0-Client", AUTH0_CLIENT);
        if let Some(cookie) = &cookie {
            call = call.secret_header("x-csrf-token", cookie);
        }
        let answer = call.json(&body).send(self.pacer).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(self.refusal(&answer)) }
    }

    /// What the password check's refusal means.
    fn refusal(&self, answer: &Answer) -> Error {
        let text = answer.text().to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        match answer.status.as_u16() {
            500.. => answer.failure(),
            429 => cool_down(answer, self.http.now()),
            _ if says(&["invalid state", "csrf"]) => changed(),
            _ if says(&["too_many", "too many", "anomalydetected", "blocked"]) => {
                cool_down(answer, self.http.now())
            }
            _ if needs_a_page(&text) => another_way(),
            401 => answer
                .error(ErrorKind::SignInRequired, "Peloton does not accept this e-mail address and password"),
            403 if answer.is_html() => answer.failure(),
            _ => changed(),
        }
    }

    /// Follows redirects one by one, each host with its own cookies, and stops before the redirect address is loaded.
    async fn walk(&self, answer: Answer) -> Result<Walked> {
        let end = format!("{}?", self.hosts.redirect_uri());
        let mut answer = answer;
        for _ in 0..MOST_REDIRECTS {
            let Some(location) = answer.location() else { return Ok(Walked::Page(Box::new(answer))) };
            if location.as_str().starts_with(&end) {
                return Ok(Walked::Redirected(Secret::new(location)));
            }
            answer = self.browser(Method::GET, &location).send(self.pacer).await?;
        }
        Err(changed())
    }

    fn browser(&self, method: Method, url: &Url) -> Call {
        self.session
            .request(method, url)
            .header("User-Agent", BROWSER)
            .header("Accept", "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8")
            .header("Accept-Language", "en-US,en;q=0.9")
    }
}

fn changed() -> Error {
    Error::service_changed(
        "Peloton's sign-in pages have changed; sign in on Peloton's own page or paste a token until Baton is updated",
    )
}

/// Only a real page can show it.
fn another_way() -> Error {
    Error::sign_in("Peloton wants to check that it is you; sign in on Peloton's own page, in a window")
}

/// The words by which a page after the password asks for more. The login page itself may contain them too.
fn needs_a_page(text: &str) -> bool {
    const WORDS: [&str; 7] = [
        "requires_verification",
        "mfa",
        "multi-factor",
        "verify your identity",
        "verification",
        "captcha",
        "one-time",
    ];
    WORDS.iter().any(|word| text.contains(word))
}

fn unexpected_page(answer: &Answer) -> Error {
    if !answer.status.is_success() && !answer.status.is_client_error() || answer.status.as_u16() == 429 {
        return answer.failure();
    }
    if needs_a_page(&answer.text().to_ascii_lowercase()) { another_way() } else { changed() }
}

/// What the page's configuration says must be sent back: `window.injectedConfig`, base64 of JSON in UTF-8.
fn page_configuration(page: &str) -> Option<Map<String, Value>> {
    let html = Html::parse_document(page);
    let script = Selector::parse("script").ok()?;
    let texts: Vec<String> = html.select(&script).map(|element| element.text().collect()).collect();
    let quoted = texts.iter().flat_map(|text| text.split(['"', '\''])).filter(|text| text.len() > 40);
    let config: Map<String, Value> = quoted
        .filter_map(|text| serde_json::from_slice(&STANDARD.decode(text).ok()?).ok())
        .find(|config: &Map<String, Value>| {
            config.contains_key("internalOptions") || config.contains_key("extraParams")
        })?;
    let options = |name: &str| config.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let mut fields = options("extraParams");
    fields.extend(options("internalOptions"));
    for (name, of_config) in
        [("client_id", "clientID"), ("redirect_uri", "callbackURL"), ("tenant", "auth0Tenant")]
    {
        if let Some(value) = config.get(of_config) {
            fields.insert(name.into(), value.clone());
        }
    }
    fields.retain(|_, value| !value.is_null());
    Some(fields)
}

/// The form that a page submits by itself, as a browser would send it.
struct HiddenForm {
    action: String,
    fields: Vec<(String, String)>,
}

fn hidden_form(answer: &Answer) -> Option<HiddenForm> {
    hidden_form_of(&answer.text())
}

fn hidden_form_of(page: &str) -> Option<HiddenForm> {
    let html = Html::parse_document(page);
    let (forms, inputs) = (Selector::parse("form").ok()?, Selector::parse("input[name]").ok()?);
    html.select(&forms).find_map(|form| {
        let attribute =
            |element: scraper::ElementRef<'_>, name: &str| element.value().attr(name).map(str::to_owned);
        let fields: Vec<(String, String)> = form
            .select(&inputs)
            .filter_map(|input| {
                Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default()))
            })
            .collect();
        let complete =
            ["wa", "wresult", "wctx"].iter().all(|wanted| fields.iter().any(|(name, _)| name == wanted));
        complete.then(|| HiddenForm { action: attribute(form, "action").unwrap_or_default(), fields })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_pages_configuration() {
        let config = json!({
            "clientID": "c", "callbackURL": "https://x/callback", "auth0Tenant": "peloton-prod", "dict": "Péloton",
            "extraParams": {"state": "outer", "prompt": null, "_csrf": "one"}, "internalOptions": {"state": "inner"},
        });
        for call in
            ["window.injectedConfig = \"X\";", "var a='X'; decodeURIComponent(escape(window.atob('X')))"]
        {
            let script = call.replace('X', &STANDARD.encode(config.to_string()));
            let fields =
                page_configuration(&format!("<html><script>1</script><script>{script}</script>")).unwrap();
            let told: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
            assert!(told.contains(&("_csrf", "one")) && told.contains(&("state", "inner")));
            assert!(told.contains(&("redirect_uri", "https://x/callback")) && !fields.contains_key("prompt"));
        }
        assert!(
            page_configuration(
                "<script>window.injectedConfig = \"not base64 at all, but long enough to be it\"</script>"
            )
            .is_none()
        );
    }

    #[test]
    fn reads_the_form_that_submits_itself() {
        let page = "<form action='/other'><input name=q></form>\
            <form method=post action=\"https://a/login/callback?x=1&amp;y=2\"><input type=hidden name=wa value=wsignin1.0>\
            <input name=wresult value=\"a.b.c\"><input name=wctx value=\"{&#34;a&#34;:&#34;b+&amp;&#34;}\"></form>";
        let form = hidden_form_of(page).unwrap();
        assert_eq!(form.action, "https://a/login/callback?x=1&y=2");
        assert_eq!(form.fields[2], ("wctx".into(), r#"{"a":"b+&"}"#.into()));
        assert!(hidden_form_of("<form><input name=code></form>").is_none());
    }
}
