//! Where vendors are reached: their own addresses, or those of simulators on this computer.
//!
//! A TOML file (named by `BATON_ENDPOINTS`, which the shells read) replaces base addresses one by one. Only loopback
//! addresses are accepted in it, in every build: nobody can be talked into sending a sign-in elsewhere.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::Path;

use baton_core::{Error, Result};
use url::{Host, Url};

/// Replaced base addresses and the pace of polite waits. The default replaces nothing.
#[derive(Debug, Clone)]
pub struct Endpoints {
    bases: BTreeMap<(String, String), String>,
    pace: f64,
}

impl Default for Endpoints {
    fn default() -> Self {
        Endpoints { bases: BTreeMap::new(), pace: 1.0 }
    }
}

impl Endpoints {
    /// The vendors' own addresses, or those in the file that `BATON_ENDPOINTS` names.
    ///
    /// # Errors
    /// `BadInput` where that file does not read.
    pub fn from_environment(environment: &dyn Fn(&str) -> Option<OsString>) -> Result<Endpoints> {
        match environment("BATON_ENDPOINTS").filter(|path| !path.is_empty()) {
            None => Ok(Endpoints::default()),
            Some(path) => Endpoints::load(Path::new(&path)).map_err(|error| {
                let advice = "correct that file, or unset BATON_ENDPOINTS to reach the services themselves";
                Error::bad_input(format!("BATON_ENDPOINTS: {}; {advice}", error.message))
            }),
        }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// `BadInput` naming the file and what is wrong in it.
    pub fn load(path: &Path) -> Result<Endpoints> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::bad_input(format!("{}: {error}", path.display())))?;
        Endpoints::parse(&text).map_err(|error| error.while_doing(path.display()))
    }

    /// Reads the file's text: one table a vendor, base addresses without a trailing slash, and `pace`.
    ///
    /// # Errors
    /// `BadInput` for an unknown table or key, an address that is not on this computer, or a pace below 0.
    pub fn parse(text: &str) -> Result<Endpoints> {
        let document: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            Error::bad_input(format!("this is not TOML: {}", error.message()))
        })?;
        let mut endpoints = Endpoints::default();
        for (name, value) in document {
            if name == "pace" {
                endpoints.pace = pace(&value)?;
                continue;
            }
            let Some((_, keys)) = crate::ENDPOINTS.iter().find(|(vendor, _)| *vendor == name) else {
                return Err(Error::bad_input(format!("{name}: Baton knows no such service here")));
            };
            let toml::Value::Table(table) = value else {
                return Err(Error::bad_input(format!("{name}: expected a table, written as [{name}]")));
            };
            for (key, value) in table {
                if !keys.contains(&key.as_str()) {
                    let known = keys.join(", ");
                    return Err(Error::bad_input(format!(
                        "{name}.{key}: unknown; the addresses are {known}"
                    )));
                }
                let address = value.as_str().unwrap_or_default();
                let base = loopback(address).map_err(|error| error.while_doing(format!("{name}.{key}")))?;
                endpoints.bases.insert((name.clone(), key), base);
            }
        }
        Ok(endpoints)
    }

    /// The base address of one of a vendor's hosts, without a trailing slash: the replaced one, else `usual`.
    pub fn base(&self, vendor: &str, key: &str, usual: &str) -> String {
        let key = (vendor.to_owned(), key.to_owned());
        self.bases.get(&key).map_or(usual, String::as_str).trim_end_matches('/').to_owned()
    }

    /// What every polite wait is multiplied by: 1, or less for simulators.
    pub fn pace(&self) -> f64 {
        self.pace
    }

    /// Whether any address was replaced. Nothing beyond this computer is then contacted at all.
    pub fn is_simulated(&self) -> bool {
        !self.bases.is_empty()
    }
}

fn pace(value: &toml::Value) -> Result<f64> {
    let pace = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    match pace {
        Some(pace) if (0.0..=100.0).contains(&pace) => Ok(pace),
        _ => Err(Error::bad_input("pace: expected a number from 0 to 100")),
    }
}

/// Accepts `http` and `https` addresses of this computer and nothing else.
fn loopback(address: &str) -> Result<String> {
    let refused = || {
        Error::bad_input("only addresses on this computer are accepted here, such as http://127.0.0.1:8080")
    };
    let url = Url::parse(address).map_err(|_| refused())?;
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        && matches!(url.scheme(), "http" | "https");
    if plain && is_loopback(&url) {
        Ok(url.as_str().trim_end_matches('/').to_owned())
    } else {
        Err(refused())
    }
}

/// Whether the URL's host is this computer: 127.0.0.0/8, ::1 or `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn replaces_what_is_named_and_nothing_else() {
        let endpoints = Endpoints::parse(
            "pace = 0\n[garmin]\nsso = \"http://127.0.0.1:81/x/\"\nconsumer = \"http://[::1]/c.json\"",
        )
        .unwrap();
        assert_eq!(endpoints.base("garmin", "sso", "https://sso.garmin.com"), "http://127.0.0.1:81/x");
        assert_eq!(endpoints.base("garmin", "consumer", ""), "http://[::1]/c.json");
        assert_eq!(
            endpoints.base("garmin", "connect", "https://connect.garmin.com"),
            "https://connect.garmin.com"
        );
        assert_eq!(endpoints.pace(), 0.0);
        assert!(endpoints.is_simulated());
        assert!(!Endpoints::default().is_simulated());
    }

    #[rstest]
    #[case("http://192.168.1.2")]
    #[case("https://sso.garmin.com")]
    #[case("http://127.0.0.1.example.com")]
    #[case("http://localhost.example.com")]
    #[case("http://127.0.0.1@example.com")]
    #[case("http://user@127.0.0.1")]
    #[case("ftp://127.0.0.1")]
    #[case("http://0.0.0.0")]
    #[case("127.0.0.1:80")]
    #[case("")]
    fn refuses_other_computers(#[case] address: &str) {
        let error = Endpoints::parse(&format!("[garmin]\nsso = \"{address}\"")).unwrap_err();
        assert_eq!(error.kind, baton_core::ErrorKind::BadInput);
        assert!(error.message.starts_with("garmin.sso: "), "{error}");
    }

    #[rstest]
    #[case("[nobody]\na = \"http://127.0.0.1\"")]
    #[case("[garmin]\nssso = \"http://127.0.0.1\"")]
    #[case("garmin = 1")]
    #[case("pace = -1")]
    #[case("pace = nan")]
    #[case("pace = \"fast\"")]
    #[case("[garmin")]
    fn refuses_what_it_does_not_know(#[case] text: &str) {
        assert_eq!(Endpoints::parse(text).unwrap_err().kind, baton_core::ErrorKind::BadInput);
    }
}
