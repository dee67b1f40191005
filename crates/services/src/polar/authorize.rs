//! The page on which a person allows the reading: its address, and the code in the address that it ends with. Pure.

use baton_core::{Error, Result, Secret};
use url::Url;

use super::tokens::Hosts;
use crate::oauth::parse_form;

const SCOPE: &str = "accesslink.read_all";

/// The address of the page.
pub fn page(hosts: &Hosts, client_id: &str, redirect_uri: &str, state: &str) -> Result<Url> {
    let mut url = Url::parse(&format!("{}/oauth2/authorization", hosts.flow))
        .map_err(|_| Error::bug("the address of Polar's sign-in is none"))?;
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("scope", SCOPE),
        ("state", state),
    ]);
    Ok(url)
}

/// The code in what a person pasted or a window stopped: a whole address, its query, or the bare code.
///
/// # Errors
/// `BadInput` where there is none; `SignInRequired` where the person or Polar refused, or it belongs to another sign-in.
pub fn code(text: &Secret, state: &str, redirect_uri: &str) -> Result<Secret> {
    let text = text.trimmed();
    let whole = text.expose().trim_matches(['"', '\'', '<', '>']);
    let is_address = whole.contains("://");
    if !is_address && !whole.contains('=') {
        return bare(whole);
    }
    let query = whole.split_once('?').map_or(if is_address { "" } else { whole }, |(_, query)| query);
    let mut fields = parse_form(query.split('#').next().unwrap_or_default());
    if fields.get("state").is_some_and(|theirs| theirs != state) {
        return Err(Error::sign_in("this answer belongs to another sign-in; begin it again"));
    }
    match (fields.remove("code").filter(|code| !code.is_empty()), fields.remove("error")) {
        (Some(code), None) => Ok(Secret::new(code)),
        (_, Some(error)) => Err(Error::sign_in(match error.as_str() {
            "access_denied" => "the permission was not given; sign in again to give it".to_owned(),
            // An address that the client does not have is answered to its default one like this.
            "invalid_request" => format!(
                "your client at Polar does not have this redirect URL; add exactly {redirect_uri} to it, and connect the \
                 account again"
            ),
            _ => "Polar ended the sign-in without a permission; begin it again".to_owned(),
        })),
        (None, None) => Err(no_code()),
    }
}

fn bare(code: &str) -> Result<Secret> {
    let plausible =
        code.len() >= 8 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if plausible { Ok(Secret::new(code)) } else { Err(no_code()) }
}

fn no_code() -> Error {
    Error::bad_input(
        "there is no code in this; paste the whole address that the browser shows after you allowed the reading",
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const REDIRECT: &str = "http://localhost:8765/callback";

    #[test]
    fn the_address_of_the_page() {
        let hosts = Hosts::of(&crate::Endpoints::default());
        assert_eq!(
            page(&hosts, "id", REDIRECT, "s").unwrap().as_str(),
            "https://flow.polar.com/oauth2/authorization?response_type=code&client_id=id\
             &redirect_uri=http%3A%2F%2Flocalhost%3A8765%2Fcallback&scope=accesslink.read_all&state=s"
        );
    }

    #[rstest]
    #[case("http://localhost:8765/callback?code=a%2Bb&state=mine", "a+b")]
    #[case(" <https://example.org/x?state=mine&code=c0de#top>\n", "c0de")]
    #[case("code=c0de&state=mine", "c0de")]
    #[case("71682f9544255285736fb6d2", "71682f9544255285736fb6d2")]
    fn the_code_in_many_forms(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(code(&Secret::new(text), "mine", REDIRECT).unwrap().expose(), expected);
    }

    #[rstest]
    #[case("http://localhost/callback?code=stolen&state=other", "another sign-in")]
    #[case("http://localhost/callback?error=access_denied&state=mine", "permission was not given")]
    #[case(
        "http://localhost/elsewhere?error=invalid_request&state=mine",
        "exactly http://localhost:8765/callback"
    )]
    #[case("http://localhost/callback?error=server_error&state=mine", "without a permission")]
    #[case("http://localhost/callback?state=mine", "no code")]
    #[case("", "no code")]
    #[case("what is this?", "no code")]
    fn no_code_is_said(#[case] text: &str, #[case] words: &str) {
        let error = code(&Secret::new(text), "mine", REDIRECT).err().unwrap();
        assert!(error.message.contains(words) && !error.message.contains("stolen"), "{error}");
    }
}
