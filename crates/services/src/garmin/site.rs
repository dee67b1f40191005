//! Garmin's addresses, client names and headers, in one table: what is to be changed when Garmin changes it.

use baton_core::{Error, Result};

use crate::Endpoints;
use crate::http::Call;

/// The DI client ids of Garmin's own programs, the newest first (python-garminconnect; the first was still accepted
/// in autumn 2026).
pub const CLIENT_IDS: [&str; 4] = [
    "GARMIN_CONNECT_MOBILE_ANDROID_DI_2025Q2",
    "GARMIN_CONNECT_MOBILE_ANDROID_DI_2024Q4",
    "GARMIN_CONNECT_MOBILE_ANDROID_DI",
    "GARMIN_CONNECT_MOBILE_IOS_DI",
];

/// The grant of a service ticket: this text on both domains.
pub const TICKET_GRANT: &str = "https://connectapi.garmin.com/di-oauth2-service/oauth/grant/service_ticket";

/// The key pair of Garmin's Android program for OAuth 1.0a, as garth publishes it.
const CONSUMER: &str = "https://thegarth.s3.amazonaws.com/oauth_consumer.json";

/// The web view of Garmin's program on an iPhone.
pub const PHONE_BROWSER: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
/// A desktop browser, for the HTML sign-in.
pub const DESKTOP_BROWSER: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
/// What Garmin's Android program calls itself towards OAuth 1.0a.
pub const ANDROID_PROGRAM: &str = "com.garmin.android.apps.connectmobile";

/// The client of the mobile sign-in.
pub const PHONE_CLIENT: &str = "GCM_IOS_DARK";
/// The client of the web portal.
pub const PORTAL_CLIENT: &str = "GarminConnect";

pub const GLOBAL: &str = "garmin.com";
pub const CHINA: &str = "garmin.cn";

/// Garmin's hosts on one of its two domains, without trailing slashes.
#[derive(Debug, Clone)]
pub struct Site {
    /// `garmin.com` or `garmin.cn`.
    pub domain: &'static str,
    pub sso: String,
    pub connect: String,
    pub connectapi: String,
    pub diauth: String,
    /// Where the OAuth 1.0a key pair is published.
    pub consumer: String,
}

impl Site {
    /// # Errors
    /// `BadInput` for another domain than `garmin.com` (also `None`) and `garmin.cn`.
    pub fn new(endpoints: &Endpoints, domain: Option<&str>) -> Result<Site> {
        let domain = match domain {
            None | Some("" | GLOBAL) => GLOBAL,
            Some(CHINA) => CHINA,
            Some(other) => {
                return Err(Error::bad_input(format!(
                    "Garmin has no domain {other}: use {GLOBAL} or {CHINA}"
                )));
            }
        };
        let base = |key: &str| endpoints.base("garmin", key, &format!("https://{key}.{domain}"));
        Ok(Site {
            domain,
            sso: base("sso"),
            connect: base("connect"),
            connectapi: base("connectapi"),
            diauth: base("diauth"),
            consumer: endpoints.base("garmin", "consumer", CONSUMER),
        })
    }

    /// The service string of the web portal. A ticket is bound to the very text.
    pub fn portal_service(&self) -> String {
        format!("{}/app", self.connect)
    }

    /// The service string of the HTML sign-in.
    pub fn embed_service(&self) -> String {
        format!("{}/sso/embed", self.sso)
    }

    /// The service string of the iPhone program. Its host has no address, so nothing else can spend its tickets.
    pub fn phone_service(&self) -> String {
        format!("https://mobile.integration.{}/gcm/ios", self.domain)
    }

    /// The service string of the Android program; as above.
    pub fn android_service(&self) -> String {
        format!("https://mobile.integration.{}/gcm/android", self.domain)
    }

    /// Where a person can look at an activity.
    pub fn activity_link(&self, id: u64) -> String {
        format!("https://connect.{}/modern/activity/{id}", self.domain)
    }

    /// Where a person can look at the weigh-ins.
    pub fn weight_link(&self) -> String {
        format!("https://connect.{}/modern/weight", self.domain)
    }

    /// Where a person agrees to uploads ("Device Upload" under the data settings).
    pub fn consent_link(&self) -> String {
        format!("https://connect.{}/modern/settings", self.domain)
    }
}

/// The headers of Garmin's Android program, which its services expect of every client.
pub fn native(call: Call) -> Call {
    call.header("User-Agent", "GCM-Android-5.23")
        .header(
            "X-Garmin-User-Agent",
            "com.garmin.android.apps.connectmobile/5.23; ; Google/sdk_gphone64_arm64/google; Android/33; Dalvik/2.1.0",
        )
        .header("X-Garmin-Paired-App-Version", "10861")
        .header("X-Garmin-Client-Platform", "Android")
        .header("X-App-Ver", "10861")
        .header("X-Lang", "en")
        .header("X-GCExperience", "GC5")
        .header("Accept-Language", "en-US,en;q=0.9")
        .header_unless_set("Accept", "application/json")
}
