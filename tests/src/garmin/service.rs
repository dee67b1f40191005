//! The `service` strings that a sign-in may name, and the `clientId` that belongs to each.

/// Garmin's two domains.
const DOMAINS: [&str; 2] = ["garmin.com", "garmin.cn"];

/// What a service string stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceKind {
    Ios,
    Android,
    Portal,
    Embed,
}

impl ServiceKind {
    /// The `clientId` that must come with it; the embed widget has none.
    pub fn client_id(self) -> Option<&'static str> {
        match self {
            Self::Ios => Some("GCM_IOS_DARK"),
            Self::Android => Some("GCM_ANDROID_DARK"),
            Self::Portal => Some("GarminConnect"),
            Self::Embed => None,
        }
    }

    /// The kind that belongs to a `clientId`.
    pub fn of_client(client_id: &str) -> Option<Self> {
        [Self::Ios, Self::Android, Self::Portal].into_iter().find(|it| it.client_id() == Some(client_id))
    }
}

/// A recognised service string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub kind: ServiceKind,
    /// `garmin.com` or `garmin.cn`; `None` where the string was built on the simulator's own address.
    pub domain: Option<&'static str>,
}

/// Recognises the vendor's strings and, because some clients build them from the configured address, the same
/// paths on the simulator's own base. No other spelling is accepted: no trailing slash, no other host.
pub fn parse(base: &str, text: &str) -> Option<Service> {
    for domain in DOMAINS {
        let kind = match text {
            _ if text == format!("https://mobile.integration.{domain}/gcm/ios") => ServiceKind::Ios,
            _ if text == format!("https://mobile.integration.{domain}/gcm/android") => ServiceKind::Android,
            _ if text == format!("https://sso.{domain}/sso/embed") => ServiceKind::Embed,
            _ if portal_path(text.strip_prefix(&format!("https://connect.{domain}"))) => ServiceKind::Portal,
            _ => continue,
        };
        return Some(Service { kind, domain: Some(domain) });
    }
    let kind = match text.strip_prefix(base)? {
        "/gcm/ios" => ServiceKind::Ios,
        "/gcm/android" => ServiceKind::Android,
        "/sso/embed" => ServiceKind::Embed,
        path if portal_path(Some(path)) => ServiceKind::Portal,
        _ => return None,
    };
    Some(Service { kind, domain: None })
}

fn portal_path(path: Option<&str>) -> bool {
    matches!(path, Some("/app" | "/modern" | "/modern/"))
}

/// Whether an address (an `Origin`, or the start of a `Referer`) is the sign-in host's.
pub fn is_sso_origin(base: &str, origin: &str) -> bool {
    origin == base || DOMAINS.iter().any(|domain| origin == format!("https://sso.{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_spellings_are_services() {
        let base = "http://127.0.0.1:4000";
        let kind = |text: &str| parse(base, text).map(|it| (it.kind, it.domain));
        assert_eq!(
            kind("https://mobile.integration.garmin.com/gcm/ios"),
            Some((ServiceKind::Ios, Some("garmin.com")))
        );
        assert_eq!(
            kind("https://mobile.integration.garmin.cn/gcm/android"),
            Some((ServiceKind::Android, Some("garmin.cn")))
        );
        assert_eq!(kind("https://connect.garmin.com/app"), Some((ServiceKind::Portal, Some("garmin.com"))));
        assert_eq!(kind("https://sso.garmin.com/sso/embed"), Some((ServiceKind::Embed, Some("garmin.com"))));
        assert_eq!(kind("http://127.0.0.1:4000/app"), Some((ServiceKind::Portal, None)));
        for wrong in [
            "https://connect.garmin.com/app/",
            "https://connect.garmin.org/app",
            "",
            "http://127.0.0.1:4001/app",
        ] {
            assert_eq!(kind(wrong), None, "{wrong}");
        }
    }
}
