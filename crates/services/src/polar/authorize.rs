//! The page on which a person allows the reading: its address, and the code in the address that it ends with. Pure.

use baton_core::{Error, Result, Secret};
use url::Url;

use super::tokens::Hosts;
use crate::oauth::{self, Granted};

const SCOPE: &str = "accesslink.read_all";
/// The Dynamic API names what is read one by one, and refuses the other scope.
const HISTORY_SCOPE: &str = "training_sessions:read sports:read";

/// The address of the page for AccessLink v3.
pub fn page(hosts: &Hosts, client_id: &str, redirect_uri: &str, state: &str) -> Result<Url> {
    address(&format!("{}/oauth2/authorization", hosts.flow), SCOPE, client_id, redirect_uri, state)
}

/// The address of the page for the Dynamic API.
pub fn history_page(hosts: &Hosts, client_id: &str, redirect_uri: &str, state: &str) -> Result<Url> {
    address(&format!("{}/oauth/authorize", hosts.account), HISTORY_SCOPE, client_id, redirect_uri, state)
}

fn address(page: &str, scope: &str, client_id: &str, redirect_uri: &str, state: &str) -> Result<Url> {
    let mut url = Url::parse(page).map_err(|_| Error::bug("the address of Polar's sign-in is none"))?;
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("scope", scope),
        ("state", state),
    ]);
    Ok(url)
}

/// What a pasted text or a stopped address grants: see [`oauth::granted_in`].
pub fn granted(text: &Secret, state: &str, redirect_uri: &str) -> Result<Granted> {
    oauth::granted_in(text, state, |error| match error {
        // An address that the client does not have is answered to its default one like this.
        "invalid_request" => format!(
            "your client at Polar does not have this redirect URL; add exactly {redirect_uri} to it, and connect the account \
             again"
        ),
        _ => "Polar ended the sign-in without a permission; begin it again".into(),
    })
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
        let second = history_page(&hosts, "id", REDIRECT, "s").unwrap();
        assert!(
            second
                .as_str()
                .starts_with("https://auth.polar.com/oauth/authorize?response_type=code&client_id=id&")
        );
        assert!(second.as_str().contains("scope=training_sessions%3Aread+sports%3Aread"), "{second}");
    }

    #[rstest]
    #[case("http://localhost:8765/callback?code=a%2Bb&state=mine", "a+b")]
    #[case(" <https://example.org/x?state=mine&code=c0de#top>\n", "c0de")]
    #[case("code=c0de&state=mine", "c0de")]
    #[case("71682f9544255285736fb6d2", "71682f9544255285736fb6d2")]
    fn the_code_in_many_forms(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(granted(&Secret::new(text), "mine", REDIRECT).unwrap().code.expose(), expected);
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
        let error = granted(&Secret::new(text), "mine", REDIRECT).err().unwrap();
        assert!(error.message.contains(words) && !error.message.contains("stolen"), "{error}");
    }
}
