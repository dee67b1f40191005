//! Polar's OAuth: the person's own client, and a code for an access token.
//!
//! The token works until somebody takes it back and cannot be renewed, so the client's secret is not kept. A code that
//! comes twice ends every token of the person: the token call is never repeated blindly.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_core::tokens::sealed;
use baton_core::{Error, Result, Secret};
use serde::{Deserialize, Serialize};

use crate::endpoints::Endpoints;
use crate::http::{Http, Pacer};
use crate::loose::{Number, Text};

/// Base addresses of Polar's hosts, without a slash at the end.
#[derive(Debug, Clone)]
pub struct Hosts {
    pub flow: String,
    pub auth: String,
    pub api: String,
}

impl Hosts {
    pub fn of(endpoints: &Endpoints) -> Hosts {
        Hosts {
            flow: endpoints.base("polar", "flow", "https://flow.polar.com"),
            auth: endpoints.base("polar", "auth", "https://polarremote.com"),
            api: endpoints.base("polar", "api", "https://www.polaraccesslink.com"),
        }
    }
}

/// The person's own client at Polar.
pub struct Keys {
    client_id: String,
    secret: Secret,
}

impl Keys {
    /// # Errors
    /// `BadInput` where one of them is missing.
    pub fn new(client_id: &str, secret: &Secret) -> Result<Keys> {
        let (client_id, secret) = (client_id.trim().to_owned(), secret.trimmed());
        if client_id.is_empty() || secret.is_empty() {
            return Err(Error::bad_input(
                "please give both the client ID and the secret of your client at Polar",
            ));
        }
        Ok(Keys { client_id, secret })
    }

    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    fn header(&self) -> Secret {
        let pair = Secret::new(format!("{}:{}", self.client_id, self.secret.expose()));
        Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())))
    }
}

/// What is kept of a sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Saved {
    #[serde(with = "sealed")]
    pub access: Secret,
    pub user_id: String,
}

/// Exchanges the code of a sign-in.
///
/// # Errors
/// `SignInRequired` in a sentence where the code came too late or the keys are wrong; those of HTTP.
pub async fn exchange(
    http: &Http,
    hosts: &Hosts,
    pacer: &Pacer,
    keys: &Keys,
    code: &Secret,
    redirect_uri: &str,
) -> Result<Saved> {
    #[derive(Deserialize)]
    struct Grant {
        access_token: Secret,
        #[serde(default)]
        x_user_id: Number,
    }
    #[derive(Deserialize)]
    struct Refused {
        error: Text,
    }
    let form =
        [("grant_type", "authorization_code"), ("code", code.expose()), ("redirect_uri", redirect_uri)];
    let call = http
        .post(format!("{}/v2/oauth2/token", hosts.auth))
        .header("Accept", "application/json")
        .secret_header("Authorization", &keys.header())
        .form(&form);
    let answer = call.send(pacer).await?;
    if answer.status.is_success() {
        let grant: Grant = answer.json()?;
        let user = grant.x_user_id.within(1.0, 1e15).ok_or_else(super::changed)?;
        return Ok(Saved { access: grant.access_token, user_id: format!("{user:.0}") });
    }
    if !matches!(answer.status.as_u16(), 400 | 401) {
        return Err(answer.failure());
    }
    let error = match answer.json::<Refused>() {
        Ok(refused) => refused.error.0.unwrap_or_default(),
        Err(_) if answer.status == 401 => "invalid_client".to_owned(),
        Err(error) => return Err(error),
    };
    Err(match error.as_str() {
        "invalid_client" => Error::sign_in(
            "Polar does not know this client ID with this secret; compare both with your client on Polar's page, and \
             connect the account again",
        ),
        "invalid_grant" => Error::sign_in(
            "the code was too old: Polar gives it ten minutes, and each works once; begin the sign-in again",
        ),
        _ => super::changed(),
    })
}
