//! How people call accounts: by the service, and by whose account it is where there are several.

use std::collections::BTreeMap;

use baton_engine::{Account, Engine};

use crate::failure::{Failure, Result};

/// The accounts, ready to be named.
pub struct Names(Vec<Account>);

impl Names {
    pub async fn load(engine: &Engine) -> Result<Names> {
        Ok(Names(engine.accounts().await?))
    }

    pub fn accounts(&self) -> &[Account] {
        &self.0
    }

    /// The name of its service, with whose it is behind it where there are two; the id where the account is gone.
    pub fn label(&self, id: &str) -> String {
        let Some(account) = self.0.iter().find(|account| account.id == id) else { return id.to_owned() };
        let alone = self.0.iter().filter(|other| other.service == account.service).count() == 1;
        if alone {
            account.service_name.clone()
        } else {
            format!("{} ({})", account.service_name, account.display_name)
        }
    }

    /// The service to connect for this account.
    pub fn service(&self, id: &str) -> Option<&str> {
        self.0.iter().find(|account| account.id == id).map(|account| account.service.as_str())
    }

    /// The account that a person named: by its id, or by its service where there is only one.
    ///
    /// # Errors
    /// `BadInput` where there is none or more than one.
    pub fn resolve(&self, named: &str) -> Result<String> {
        if self.0.iter().any(|account| account.id == named) {
            return Ok(named.to_owned());
        }
        let ids: Vec<_> = self
            .0
            .iter()
            .filter(|account| account.service == named)
            .map(|account| account.id.as_str())
            .collect();
        match ids.as_slice() {
            [id] => Ok((*id).to_owned()),
            [] => Err(Failure::usage(format!("there is no account “{named}”"))
                .hint("`baton accounts` shows those that there are, `baton connect <SERVICE>` adds one")),
            several => {
                Err(Failure::usage(format!("“{named}” could be any of the accounts {}", several.join(", "))))
            }
        }
    }

    /// The label of the account at the end of each route.
    pub fn destinations(&self, routes: &[baton_engine::Route]) -> BTreeMap<String, String> {
        routes.iter().map(|route| (route.id.clone(), self.label(&route.to))).collect()
    }
}
