//! Which links the window may have opened in the system's browser: pages of services and of Baton's own home.

use std::path::PathBuf;

use baton_core::{Error, Result};
use url::{Host, Url};

/// Second levels under which countries let others register names, where one label more belongs to the owner.
const SHARED_SECOND_LEVELS: &[&str] = &["ac", "co", "com", "edu", "gov", "net", "org"];

/// What is done with a link.
#[derive(Debug, PartialEq, Eq)]
pub enum Opening {
    /// In the browser.
    Page(Url),
    /// The file's folder, with the file selected. Nothing is ever run.
    Folder(PathBuf),
}

/// Checks a link. `homes` are addresses or domains whose owners are trusted (the services' web sites, the accounts'
/// domains, Baton's home page); `simulated` says that services are simulators on this computer, whose pages have no `https`.
///
/// # Errors
/// `BadInput` for everything else.
pub fn check<'a>(link: &str, homes: impl IntoIterator<Item = &'a str>, simulated: bool) -> Result<Opening> {
    let refused = || Error::bad_input("Baton opens only pages of the services that it knows");
    let url = Url::parse(link).map_err(|_| refused())?;
    if url.scheme() == "file" {
        return url.to_file_path().map(Opening::Folder).map_err(|()| refused());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused());
    }
    if simulated && url.scheme() == "http" && baton_services::endpoints::is_loopback(&url) {
        return Ok(Opening::Page(url));
    }
    let Some(Host::Domain(host)) = url.host() else { return Err(refused()) };
    let known = homes
        .into_iter()
        .filter_map(owner)
        .any(|owner| host == owner || host.ends_with(&format!(".{owner}")));
    if known && url.scheme() == "https" && url.port().is_none() {
        Ok(Opening::Page(url))
    } else {
        Err(refused())
    }
}

/// The part of a host's name that its owner registered: `garmin.com` of `https://connect.garmin.com`.
fn owner(home: &str) -> Option<String> {
    let host = match Url::parse(home) {
        Ok(url) => url.host_str()?.to_owned(),
        Err(_) => home.to_ascii_lowercase(),
    };
    let labels: Vec<&str> = host.split('.').collect();
    let shared = matches!(labels.as_slice(), [.., second, first] if first.len() == 2 && SHARED_SECOND_LEVELS.contains(second));
    let wanted = if shared { 3 } else { 2 };
    let kept = labels.get(labels.len().checked_sub(wanted)?..)?;
    (kept.iter().all(|label| !label.is_empty())
        && kept.last().is_some_and(|last| !last.starts_with(char::is_numeric)))
    .then(|| kept.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOMES: [&str; 4] =
        ["https://connect.garmin.com", "https://members.onepeloton.com", "", "https://www.example.co.uk"];

    #[test]
    fn pages_of_known_owners_open() {
        for link in [
            "https://connect.garmin.com/modern/activity/1",
            "https://garmin.com/",
            "https://SSO.GARMIN.COM/portal?x=1#y",
            "https://members.onepeloton.com:443/profile",
            "https://shop.example.co.uk/",
        ] {
            assert!(matches!(check(link, HOMES, false), Ok(Opening::Page(_))), "{link}");
        }
        assert!(check("https://connect.garmin.cn/x", ["garmin.cn"], false).is_ok());
    }

    #[test]
    fn everything_else_is_refused() {
        for link in [
            "http://connect.garmin.com/",
            "https://connect.garmin.com.evil.net/",
            "https://evilgarmin.com/",
            "https://garmin.com.co/",
            "https://user@connect.garmin.com/",
            "https://connect.garmin.com@evil.net/",
            "https://connect.garmin.com:8443/",
            "https://evil.net/?https://connect.garmin.com",
            "https://evil.net\\@connect.garmin.com/",
            "https://other.co.uk/",
            "https://co.uk/",
            "https://127.0.0.1/",
            "http://127.0.0.1/",
            "https://[::1]/",
            "https://g\u{430}rmin.com/",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://garmin.com/",
            "garmin.com",
            "//garmin.com",
            "",
        ] {
            assert!(check(link, HOMES, false).is_err(), "{link}");
        }
    }

    #[test]
    fn simulators_have_their_pages_on_this_computer_only() {
        assert!(check("http://127.0.0.1:8080/modern", HOMES, true).is_ok());
        assert!(check("http://localhost:8080/", HOMES, true).is_ok());
        assert!(check("http://127.0.0.1.evil.net/", HOMES, true).is_err());
        assert!(check("http://user@127.0.0.1/", HOMES, true).is_err());
        assert!(check("http://10.0.0.1/", HOMES, true).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn files_are_shown_never_opened() {
        let shown = check("file:///tmp/Rides/ride.fit", HOMES, false).unwrap();
        assert_eq!(shown, Opening::Folder("/tmp/Rides/ride.fit".into()));
        assert!(check("file://server/share/ride.fit", HOMES, false).is_err());
    }
}
