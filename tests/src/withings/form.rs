//! The parameters of a call: a posted form, or a query, which the real service reads as well.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Uri, header};

use super::Shared;
use super::envelope::Refusal;

/// Parameters that must not stand in an address, where logs keep them.
const SECRETS: [&str; 5] = ["client_secret", "access_token", "refresh_token", "code", "signature"];

/// The parameters of one call.
#[derive(Debug)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads query and body. Bodies of another type than a form are refused.
    pub fn read(shared: &Shared, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let mut all = BTreeMap::new();
        let path = uri.path();
        for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            if SECRETS.contains(&&*name) {
                shared.violations.note(format!("{path}: {name} stands in the address"));
            }
            all.insert(name.into_owned(), value.into_owned());
        }
        let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
        if !body.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
            shared.violations.note(format!("{path}: the body is {kind:?}, not a form"));
            return Err(Refusal::invalid("the body is not a form"));
        }
        for (name, value) in url::form_urlencoded::parse(body) {
            if all.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                shared.violations.note(format!("{path}: {name} is given twice"));
            }
        }
        Ok(Self(all))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that must be there and not be empty; a client that leaves it out has broken the protocol.
    pub fn need(&self, shared: &Shared, name: &str) -> Result<&str, Refusal> {
        self.get(name).filter(|it| !it.is_empty()).ok_or_else(|| {
            shared.violations.note(format!("{name} is missing"));
            Refusal::invalid(&format!("missing {name}"))
        })
    }

    /// A whole number, if given.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| Refusal::invalid(&format!("invalid {name}"))),
        }
    }

    /// Notes every parameter that the documentation of this call does not name.
    pub fn only(&self, shared: &Shared, place: &str, known: &[&str]) {
        for name in self.0.keys().filter(|name| !known.contains(&name.as_str())) {
            shared.violations.note(format!("{place}: unknown parameter {name:?}"));
        }
    }

    /// What makes two calls the same: all parameters but the token.
    pub fn identity(&self) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(self.0.iter().filter(|(name, _)| *name != "access_token"));
        text.finish()
    }
}
