//! Service tickets: finding one in a link, a page or a pasted text, and knowing which service it is bound to.
//!
//! A ticket looks like `ST-<digits>-<random>-cas` (or `-sso`), works once, for about a minute, and only together with
//! the exact service text that was named while signing in.

use baton_core::Secret;
use url::Url;

use super::site::{CHINA, GLOBAL, Site};

/// A ticket and the service text that it is bound to.
pub struct Ticket {
    pub name: Secret,
    pub service: String,
}

/// The first ticket in a text.
pub fn find(text: &str) -> Option<Secret> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    for (position, _) in text.match_indices("ST-") {
        let before = text[..position].chars().next_back();
        if before.is_some_and(is_part) {
            continue;
        }
        let rest = &text[position..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let ticket = rest[..end].trim_end_matches('.');
        // "ST-" and at least one more part: digits, dash, random letters.
        let number = ticket[3..].split('-').next().unwrap_or_default();
        let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if numbered && ticket.len() > number.len() + 8 {
            return Some(Secret::new(ticket));
        }
    }
    None
}

/// The ticket of a navigation that the sign-in window stopped: only from Garmin's own hosts, or from where the
/// window was told to return to.
pub fn from_redirect(url: &str, service: &str) -> Option<Secret> {
    let url = Url::parse(url.trim()).ok()?;
    let expected = Url::parse(service).is_ok_and(|service| service.origin() == url.origin());
    if !expected && !is_garmin(&url) {
        return None;
    }
    let (_, ticket) = url.query_pairs().find(|(name, _)| name == "ticket")?;
    find(&ticket)
}

/// Whether a URL is on one of Garmin's domains: the whole host name or its last part after a dot.
fn is_garmin(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let on =
        |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    url.scheme() == "https" && (on(GLOBAL) || on(CHINA))
}

/// A pasted ticket, link, page source or answer of the sign-in page, with the service that the text names; the
/// Android program's where it names none.
pub fn from_paste(text: &str, site: &Site) -> Option<Ticket> {
    let name = find(text)?;
    // Page sources and JSON write slashes with a backslash, links in links percent-encoded.
    let plain = text
        .replace("\\/", "/")
        .replace("%3A", ":")
        .replace("%2F", "/")
        .replace("%3a", ":")
        .replace("%2f", "/");
    let services = services(site);
    let bound = services.iter().find(|service| plain.contains(&format!("{service}?ticket=")));
    let named = bound.or_else(|| services.iter().find(|service| plain.contains(&format!("\"{service}\""))));
    Some(Ticket { name, service: named.cloned().unwrap_or_else(|| site.android_service()) })
}

fn services(site: &Site) -> Vec<String> {
    let mut all =
        vec![site.android_service(), site.phone_service(), site.portal_service(), site.embed_service()];
    for path in ["modern", "modern/"] {
        all.push(format!("{}/{path}", site.connect));
    }
    all
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const TICKET: &str = "ST-0123456-aBcDeF0123456789xyz-sso";

    fn site(domain: &str) -> Site {
        Site::new(&crate::Endpoints::default(), Some(domain)).unwrap()
    }

    #[rstest]
    #[case("ST-0123456-aBcDeF0123456789xyz-sso")]
    #[case("  ST-0123456-aBcDeF0123456789xyz-sso\n")]
    #[case("https://connect.garmin.com/app?ticket=ST-0123456-aBcDeF0123456789xyz-sso")]
    #[case("https://connect.garmin.com/app?a=b&ticket=ST-0123456-aBcDeF0123456789xyz-sso&x=1#y")]
    #[case(
        "var response_url = \"https:\\/\\/sso.garmin.com\\/sso\\/embed?ticket=ST-0123456-aBcDeF0123456789xyz-sso\";"
    )]
    #[case("BEST-9999999-xxxxxxxxxx then ST-0123456-aBcDeF0123456789xyz-sso.")]
    fn finds_a_ticket(#[case] text: &str) {
        assert!(find(text).is_some_and(|ticket| ticket.expose() == TICKET));
    }

    #[rstest]
    #[case("")]
    #[case("ST-")]
    #[case("ST-abc-def")]
    #[case("TEST-0123456-aBcDeF0123456789")]
    #[case("ST-12-é")]
    #[case("https://connect.garmin.com/app")]
    fn finds_none(#[case] text: &str) {
        assert!(find(text).is_none());
    }

    #[rstest]
    #[case("https://connect.garmin.com/app?ticket=", true)]
    #[case("https://connect.garmin.cn/app?ticket=", true)]
    #[case("http://connect.garmin.com/app?ticket=", false)]
    #[case("https://connect.garmin.com.example.org/app?ticket=", false)]
    #[case("https://evilgarmin.com/app?ticket=", false)]
    #[case("https://example.org/?u=garmin.com&ticket=", false)]
    fn believes_only_garmins_hosts(#[case] start: &str, #[case] believed: bool) {
        let redirect = format!("{start}{TICKET}");
        assert_eq!(from_redirect(&redirect, "https://connect.garmin.com/app").is_some(), believed);
    }

    #[rstest]
    #[case("ST-0123456-aBcDeF0123456789xyz-sso", "https://mobile.integration.garmin.com/gcm/android")]
    #[case(
        "https://connect.garmin.com/app?ticket=ST-0123456-aBcDeF0123456789xyz-sso",
        "https://connect.garmin.com/app"
    )]
    #[case(
        "https://connect.garmin.com/modern/?ticket=ST-0123456-aBcDeF0123456789xyz-sso",
        "https://connect.garmin.com/modern/"
    )]
    #[case(
        "{\"serviceURL\":\"https://mobile.integration.garmin.com/gcm/ios\",\"serviceTicketId\":\"ST-0123456-aBcDeF0123456789xyz-sso\"}",
        "https://mobile.integration.garmin.com/gcm/ios"
    )]
    #[case(
        "<script>x = \"https:\\/\\/sso.garmin.com\\/sso\\/embed?ticket=ST-0123456-aBcDeF0123456789xyz-sso\"</script>",
        "https://sso.garmin.com/sso/embed"
    )]
    fn knows_the_service_of_a_paste(#[case] text: &str, #[case] service: &str) {
        let ticket = from_paste(text, &site("garmin.com")).unwrap();
        assert_eq!(ticket.name.expose(), TICKET);
        assert_eq!(ticket.service, service);
    }

    #[test]
    fn the_other_domain_has_its_own_services() {
        let ticket = from_paste(TICKET, &site("garmin.cn")).unwrap();
        assert_eq!(ticket.service, "https://mobile.integration.garmin.cn/gcm/android");
    }
}
