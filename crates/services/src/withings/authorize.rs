//! The page on which a person allows the reading: its address, and the code in the address that it ends with. Pure.

use baton_core::{Error, Result, Secret};
use url::Url;

use super::tokens::Hosts;
use crate::oauth::{self, Granted};

/// Measurements and nothing else.
const SCOPE: &str = "user.metrics";

/// The address of the page. `demo` signs in a made-up person of Withings' own.
pub fn page(hosts: &Hosts, client_id: &str, redirect_uri: &str, state: &str, demo: bool) -> Result<Url> {
    let mut url = Url::parse(&format!("{}/oauth2_user/authorize2", hosts.account))
        .map_err(|_| Error::bug("the address of Withings' sign-in is none"))?;
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", client_id),
        ("scope", SCOPE),
        ("redirect_uri", redirect_uri),
        ("state", state),
    ]);
    if demo {
        url.query_pairs_mut().append_pair("mode", "demo");
    }
    Ok(url)
}

/// What a pasted text or a stopped address grants: see [`oauth::granted_in`].
pub fn granted(text: &Secret, state: &str) -> Result<Granted> {
    oauth::granted_in(text, state, |_| {
        "Withings ended the sign-in without a permission; begin it again".into()
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_address_of_the_page() {
        let hosts = Hosts::of(&crate::Endpoints::default());
        let url = page(&hosts, "id", "http://localhost:1/callback", "s", true).unwrap();
        assert_eq!(
            url.as_str(),
            "https://account.withings.com/oauth2_user/authorize2?response_type=code&client_id=id&scope=user.metrics\
             &redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback&state=s&mode=demo"
        );
        assert!(!page(&hosts, "id", "x", "s", false).unwrap().as_str().contains("mode"));
    }

    #[rstest]
    #[case("http://localhost:8765/callback?code=a%2Bb&state=mine", "a+b")]
    #[case(" <https://example.org/x?state=mine&code=c0de#top>\n", "c0de")]
    #[case("https://example.org/?code=c0de", "c0de")]
    #[case("code=c0de&state=mine", "c0de")]
    #[case("0f5ee36b1a4d5a9a", "0f5ee36b1a4d5a9a")]
    fn the_code_in_many_forms(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(granted(&Secret::new(text), "mine").unwrap().code.expose(), expected);
    }

    #[rstest]
    #[case("http://localhost/callback?code=stolen&state=other", "another sign-in")]
    #[case("http://localhost/callback?error=access_denied&state=mine", "permission was not given")]
    #[case("http://localhost/callback?error=server&state=mine", "without a permission")]
    #[case("http://localhost/callback?state=mine", "no code")]
    #[case("http://localhost/callback", "no code")]
    #[case("", "no code")]
    #[case("what is this?", "no code")]
    fn no_code_is_said(#[case] text: &str, #[case] words: &str) {
        let error = granted(&Secret::new(text), "mine").err().unwrap();
        assert!(error.message.contains(words) && !error.message.contains("stolen"), "{error}");
    }
}
