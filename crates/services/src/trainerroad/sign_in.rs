//! The sign-in of TrainerRoad's site: user name and password once, a cookie from then on.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, ErrorKind, Next, Prompt, Reply, Result, Secret, SignInFlow, SignedIn, Time, Tokens};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::api::{self, COOKIE, Saved, dressed};
use crate::World;
use crate::http::{Answer, Http, Method, Session};
use crate::loose::{Number, Text};

pub const PASSWORD: &str = "password";

/// How long to leave TrainerRoad's sign-in alone where it says "too many" and not for how long.
const COOL_DOWN: TimeDelta = TimeDelta::hours(2);

/// The sign-in of one method.
///
/// # Errors
/// `BadInput` for a method that is not TrainerRoad's.
pub fn begin(method: &str, world: &Arc<World>) -> Result<Box<dyn SignInFlow>> {
    if method != PASSWORD {
        let words = format!("TrainerRoad has no sign-in method “{method}”; there is {PASSWORD}");
        return Err(Error::bad_input(words));
    }
    Ok(Box::new(Flow { http: world.http.of(super::NAME), base: api::base(&world.endpoints) }))
}

struct Flow {
    http: Http,
    base: String,
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(alias = "Success")]
    success: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Member {
    #[serde(alias = "MemberId")]
    member_id: Number,
    #[serde(alias = "Username")]
    username: Text,
}

#[async_trait]
impl SignInFlow for Flow {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        match reply {
            None => Ok(Next::Ask(Prompt::Password {
                help: "User name or e-mail address and password of your TrainerRoad account. They go to TrainerRoad only and \
                       are not kept."
                    .into(),
            })),
            Some(Reply::Password { username, password }) => {
                let username = username.trim();
                if username.is_empty() || password.is_empty() {
                    return Err(Error::bad_input("please give both the user name and the password"));
                }
                let session = self.http.session();
                let cookie = self.sign_in(&session, username, &password).await?;
                let member = self.member(&session).await;
                let display_name = member.username.0.unwrap_or_else(|| username.to_owned());
                // People sign in with their name or their address.
                let user_key = match member.member_id.positive() {
                    Some(number) => format!("{number:.0}"),
                    None => username.to_lowercase(),
                };
                Ok(Next::Done(SignedIn { tokens: Tokens::pack(&Saved { cookie })?, user_key, display_name }))
            }
            Some(_) => Err(Error::out_of_turn()),
        }
    }
}

impl Flow {
    /// Who it is, as far as the site tells.
    async fn member(&self, session: &Session) -> Member {
        let call = dressed(session.request(Method::GET, format!("{}/app/api/member-info", self.base)));
        let answer = call.send(&self.http.pacer(Duration::ZERO, 1)).await.and_then(Answer::ok);
        answer.and_then(|answer| answer.json()).unwrap_or_else(|error| {
            tracing::info!(%error, "TrainerRoad signed in, but did not say who it is");
            Member::default()
        })
    }

    async fn sign_in(&self, session: &Session, username: &str, password: &Secret) -> Result<Secret> {
        let url = format!("{}/app/api/login/login", self.base);
        let body = json!({"username": username, "password": password.expose(), "returnUrl": null});
        let call = dressed(session.request(Method::POST, &url)).json(&body);
        let answer = call.send(&self.http.pacer(Duration::ZERO, 1)).await?;
        match answer.status.as_u16() {
            429 => return Err(cool_down(answer.retry_after(), self.http.now())),
            401 => return Err(wrong()),
            // The way in of earlier years answers so (withings-sync#254).
            405 => return Err(api::changed()),
            _ => {}
        }
        if !answer.ok()?.json::<Outcome>()?.success {
            return Err(wrong());
        }
        let url = Url::parse(&url).map_err(|_| Error::bug("TrainerRoad's address is none"))?;
        session.cookie(&url, COOKIE).filter(|cookie| !cookie.is_empty()).ok_or_else(api::changed)
    }
}

fn wrong() -> Error {
    Error::sign_in("TrainerRoad does not know this user name with this password; please try again")
}

fn cool_down(told: Option<Time>, now: Time) -> Error {
    let until = told.unwrap_or(now + COOL_DOWN);
    let clock = until.with_timezone(&chrono::Local).format("%H:%M");
    let words = format!("TrainerRoad does not accept sign-ins at the moment; leave it alone until {clock}");
    Error::new(ErrorKind::LoginCoolDown { until }, words)
}
