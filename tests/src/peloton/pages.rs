//! The pages that a person or a headless client sees while signing in.

use axum::response::Html;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::state::Transaction;
use super::{Addresses, CLIENT_ID};

/// Escapes text for HTML the way Auth0's templates do (`&#34;`, `&#39;`).
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn page(title: &str, head: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>{head}\
         <style>body{{font:16px sans-serif;max-width:22em;margin:4em auto}}label,input,button{{display:block;\
         width:100%;margin:.3em 0;font:inherit;box-sizing:border-box}}</style></head><body>{body}</body></html>"
    ))
}

/// What `window.injectedConfig` holds, as JSON before base64.
fn injected_config(addresses: &Addresses, state: &str, transaction: &Transaction) -> String {
    let options = json!({
        "protocol": "oauth2", "response_type": "code", "prompt": null,
        "scope": transaction.scope, "audience": transaction.audience, "nonce": transaction.nonce,
        "code_challenge": transaction.code_challenge, "code_challenge_method": "S256",
        "_csrf": transaction.csrf, "_intstate": "deprecated", "state": state,
    });
    json!({
        "assetsUrl": "", "auth0Domain": addresses.auth.trim_start_matches("http://"), "auth0Tenant": "peloton-prod",
        "clientConfigurationBaseUrl": addresses.auth, "callbackOnLocationHash": false,
        "callbackURL": transaction.redirect_uri, "cdn": "", "clientID": CLIENT_ID,
        // Outside ASCII, so that a client that decodes it as Latin-1 is found out.
        "dict": {"signin": {"title": "Log in · Péloton"}},
        "extraParams": options, "internalOptions": options, "widgetUrl": "", "isThirdPartyClient": false,
    })
    .to_string()
}

/// The login page: the configuration for scripts, and a form for people that needs no script.
pub(super) fn login(
    addresses: &Addresses,
    state: &str,
    transaction: &Transaction,
    with_config: bool,
    message: Option<&str>,
) -> Html<String> {
    let config = STANDARD.encode(injected_config(addresses, state, transaction));
    let head = if with_config {
        format!("<script>window.injectedConfig = \"{config}\";</script>")
    } else {
        String::new()
    };
    // The real page loads its words about codes and captchas up front, whether they are needed or not.
    let words = "<script>/* captcha mfa verification: loaded on demand */</script>";
    let message = message.map(|text| format!("<p role=\"alert\">{}</p>", escape(text))).unwrap_or_default();
    page(
        "Log in",
        &format!("{head}{words}"),
        &format!(
            "<h1>Log in</h1><p>Simulated Peloton</p>{message}<form method=\"post\" action=\"/u/login\">\
             <input type=\"hidden\" name=\"state\" value=\"{state}\">\
             <label>Email or username<input name=\"usernameOrEmail\" autocomplete=\"username\"></label>\
             <label>Password<input name=\"password\" type=\"password\"></label>\
             <button type=\"submit\">Log in</button></form>"
        ),
    )
}

/// The page after the right password: a form that submits itself.
pub(super) fn submitting_form(action: &str, wresult: &str, wctx: &str) -> Html<String> {
    page(
        "Working...",
        "",
        &format!(
            "<form method=\"post\" name=\"hiddenform\" action=\"{}\">\
             <input type=\"hidden\" name=\"wa\" value=\"wsignin1.0\">\
             <input type=\"hidden\" name=\"wresult\" value=\"{}\">\
             <input type=\"hidden\" name=\"wctx\" value=\"{}\">\
             <noscript><p>Script is disabled.</p><button type=\"submit\">Continue</button></noscript></form>\
             <script>document.forms[0].submit();</script>",
            escape(action),
            escape(wresult),
            escape(wctx)
        ),
    )
}

/// The page that asks for a second factor.
pub(super) fn second_factor() -> Html<String> {
    page(
        "Verify Your Identity",
        "",
        "<h1>Verify Your Identity</h1><p>Multi-factor authentication: enter the verification code.</p>\
         <form method=\"post\" action=\"/u/mfa-otp-challenge\"><input name=\"code\"></form>",
    )
}

/// Auth0's page for requests that cannot be sent back to the client.
pub(super) fn error(code: &str, description: &str) -> Html<String> {
    page(
        "Oops!, something went wrong",
        "",
        &format!("<h1>Oops!, something went wrong</h1><p>{}: {}</p>", escape(code), escape(description)),
    )
}

/// The members site after its callback address was loaded.
pub(super) fn members_home() -> Html<String> {
    page("Members", "", "<h1>Simulated members site</h1><p>You are logged in here.</p>")
}
