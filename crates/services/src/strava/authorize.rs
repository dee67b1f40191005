//! The page on which an athlete allows Baton what it needs: its address, what the answer grants, and what a permission
//! that is missing means. Pure.

use baton_core::{Error, Result, Secret};
use url::Url;

use super::tokens::Hosts;
use crate::oauth::{Granted, parse_form};

/// To hand over files and change their activities. Without it there is nothing to do here.
pub const ACTIVITY_WRITE: &str = "activity:write";
/// To see what is there already, also what only the athlete sees.
pub const ACTIVITY_READ_ALL: &str = "activity:read_all";
/// The same without what only the athlete sees.
pub const ACTIVITY_READ: &str = "activity:read";
/// To set the weight.
pub const PROFILE_WRITE: &str = "profile:write";

/// All that is asked for. The whole profile is where the weight is read.
const ASKED: [&str; 5] = ["read", "profile:read_all", PROFILE_WRITE, ACTIVITY_READ_ALL, ACTIVITY_WRITE];

/// The address of the page. It asks anew each time, so that a box that was unticked can be ticked.
pub fn page(hosts: &Hosts, client_id: &str, redirect_uri: &str, state: &str) -> Result<Url> {
    let mut url = Url::parse(&format!("{}/oauth/authorize", hosts.web))
        .map_err(|_| Error::bug("the address of Strava's sign-in is none"))?;
    url.query_pairs_mut().extend_pairs([
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("approval_prompt", "force"),
        ("scope", &ASKED.join(",")),
        ("state", state),
    ]);
    Ok(url)
}

/// What the address that a person pasted brings. The whole of it is needed: it says what was allowed.
///
/// # Errors
/// `BadInput` where there is no code in it; `SignInRequired` where the person refused, or it belongs to another sign-in.
pub fn granted(text: &Secret, state: &str) -> Result<Granted> {
    let text = text.trimmed();
    let whole = text.expose().trim_matches(['"', '\'', '<', '>']);
    let query = whole.split_once('?').map_or(whole, |(_, query)| query);
    let mut fields = parse_form(query.split('#').next().unwrap_or_default());
    let error = fields.remove("error");
    let Some(code) = fields.remove("code").filter(|code| !code.is_empty() && error.is_none()) else {
        return Err(match error.as_deref() {
            Some("access_denied") => Error::sign_in("the permission was not given; sign in again to give it"),
            Some(_) => Error::sign_in("Strava ended the sign-in without a permission; begin it again"),
            None => Error::bad_input(
                "there is no code in this; paste the whole address that the browser shows after you allowed it",
            ),
        });
    };
    if fields.get("state").map(String::as_str) != Some(state) {
        return Err(Error::sign_in("this answer belongs to another sign-in; begin it again"));
    }
    Ok(Granted { code: Secret::new(code), scope: fields.remove("scope") })
}

/// The granted scopes. Where Strava does not say, it is all that was asked for.
///
/// # Errors
/// `SignInRequired`, naming every box that was unticked, where nothing could be uploaded.
pub fn scopes(granted: Option<&str>) -> Result<Vec<String>> {
    let Some(granted) = granted else { return Ok(ASKED.map(str::to_owned).to_vec()) };
    let scopes: Vec<String> =
        granted.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    if scopes.iter().any(|scope| scope == ACTIVITY_WRITE) {
        return Ok(scopes);
    }
    let missing: Vec<&str> = ASKED
        .into_iter()
        .filter(|asked| !scopes.iter().any(|scope| scope == asked))
        .filter_map(in_words)
        .collect();
    Err(Error::sign_in(format!(
        "Strava was not allowed to let Baton {}; sign in again and leave the boxes ticked",
        missing.join(", or ")
    )))
}

/// What a scope is for.
pub fn in_words(scope: &str) -> Option<&'static str> {
    Some(match scope {
        ACTIVITY_WRITE => "upload activities",
        ACTIVITY_READ | ACTIVITY_READ_ALL => "see which activities are there already",
        PROFILE_WRITE => "set your weight",
        "profile:read_all" => "see your weight",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_address_of_the_page() {
        let hosts = Hosts::of(&crate::Endpoints::default(), "2026-11-21T08:00:00Z".parse().unwrap());
        let url = page(&hosts, "17", "http://127.0.0.1:9/callback", "s").unwrap();
        assert_eq!(
            url.as_str(),
            "https://www.strava.com/oauth/authorize?client_id=17&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback\
             &response_type=code&approval_prompt=force\
             &scope=read%2Cprofile%3Aread_all%2Cprofile%3Awrite%2Cactivity%3Aread_all%2Cactivity%3Awrite&state=s"
        );
    }

    #[rstest]
    #[case(
        "http://localhost/callback?state=mine&code=c0de&scope=read,activity:write",
        Some("read,activity:write")
    )]
    #[case(" <http://localhost/callback?state=mine&code=c0de#_=_>\n", None)]
    #[case("state=mine&code=c0de&scope=read", Some("read"))]
    fn the_code_in_many_forms(#[case] text: &str, #[case] scope: Option<&str>) {
        let granted = granted(&Secret::new(text), "mine").unwrap();
        assert_eq!((granted.code.expose(), granted.scope.as_deref()), ("c0de", scope));
    }

    #[rstest]
    #[case("http://localhost/callback?code=stolen&state=other", "another sign-in")]
    #[case("http://localhost/callback?code=stolen", "another sign-in")]
    #[case("http://localhost/callback?error=access_denied&state=mine", "permission was not given")]
    #[case("http://localhost/callback?error=server&code=stolen&state=mine", "without a permission")]
    #[case("http://localhost/callback?state=mine", "no code")]
    #[case("c0dec0dec0de", "no code")]
    #[case("", "no code")]
    fn no_code_is_said(#[case] text: &str, #[case] words: &str) {
        let error = granted(&Secret::new(text), "mine").err().unwrap();
        assert!(error.message.contains(words) && !error.message.contains("stolen"), "{error}");
    }

    #[test]
    fn without_the_permission_to_upload_all_unticked_boxes_are_named() {
        assert_eq!(scopes(None).unwrap().len(), ASKED.len());
        assert_eq!(scopes(Some("read,activity:write")).unwrap(), ["read", "activity:write"]);
        let error = scopes(Some("read,profile:read_all,profile:write")).unwrap_err();
        assert_eq!(
            error.message,
            "Strava was not allowed to let Baton see which activities are there already, or upload activities; sign in \
             again and leave the boxes ticked"
        );
    }
}
