//! The three ways to sign in at Peloton: on its own page in a window, with e-mail and password, and with a pasted token.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::{Error, ErrorKind, Next, Prompt, Reply, Result, Secret, SignInFlow, SignedIn, Time, Tokens};

use super::auth::{Authorization, Hosts, Saved};
use super::login::Login;
use super::wire::User;
use crate::World;
use crate::http::{Http, Pacer};
use crate::oauth::jwt_expiry;

pub const WINDOW: &str = "window";
pub const PASSWORD: &str = "password";
pub const PASTE: &str = "paste";

/// The sign-in of one method.
///
/// # Errors
/// `BadInput` for a method that is not Peloton's.
pub fn begin(method: &str, world: &Arc<World>) -> Result<Box<dyn SignInFlow>> {
    let desk = Desk::new(world);
    let authorization = Authorization::new();
    Ok(match method {
        WINDOW => Box::new(InWindow { desk, authorization }),
        PASSWORD => Box::new(WithPassword { desk, authorization }),
        PASTE => Box::new(Pasted { desk }),
        other => {
            let words = format!(
                "Peloton has no sign-in method “{other}”; there are {WINDOW}, {PASSWORD} and {PASTE}"
            );
            return Err(Error::bad_input(words));
        }
    })
}

/// What every sign-in works with.
struct Desk {
    hosts: Hosts,
    http: Http,
    pacer: Pacer,
}

impl Desk {
    fn new(world: &Arc<World>) -> Desk {
        let http = world.http.of(super::NAME);
        Desk { hosts: Hosts::of(&world.endpoints), pacer: http.pacer(Duration::ZERO, 1), http }
    }

    /// From the redirect address to the end.
    async fn finish(&self, authorization: &Authorization, redirected: &Secret) -> Result<Next> {
        let code = authorization.code(redirected, &self.hosts)?;
        let grant = authorization.exchange(&code, &self.hosts, &self.http, &self.pacer).await?;
        let now = self.http.now();
        let mut saved = Saved::granted(grant, String::new(), now);
        let member = self.member(&saved.access).await?;
        saved.user_id.clone_from(&member.id);
        member.signed_in(&saved)
    }

    /// Who the token belongs to.
    async fn member(&self, access: &Secret) -> Result<Member> {
        let call = super::api::call(&self.http, &self.hosts, "/api/me").bearer(access);
        let answer = call.send(&self.pacer).await?;
        if answer.status.as_u16() == 401 {
            return Err(answer.error(ErrorKind::SignInRequired, "Peloton does not accept this token"));
        }
        let user: User = answer.ok()?.json()?;
        let id = user.id.0.ok_or_else(super::api::changed)?;
        let name = user.username.0.unwrap_or_else(|| "Peloton member".into());
        Ok(Member { id, name })
    }
}

struct Member {
    id: String,
    name: String,
}

impl Member {
    fn signed_in(self, saved: &Saved) -> Result<Next> {
        let tokens = Tokens::pack(saved)?;
        Ok(Next::Done(SignedIn { tokens, user_key: self.id, display_name: self.name }))
    }
}

struct InWindow {
    desk: Desk,
    authorization: Authorization,
}

#[async_trait]
impl SignInFlow for InWindow {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        match reply {
            None => Ok(Next::Ask(Prompt::Window {
                url: self.authorization.url(&self.desk.hosts)?.into(),
                watch_for: vec![format!("{}?", self.desk.hosts.redirect_uri())],
            })),
            Some(Reply::Redirect(url) | Reply::Text(url)) => {
                self.desk.finish(&self.authorization, &url).await
            }
            Some(_) => Err(Error::out_of_turn()),
        }
    }
}

struct WithPassword {
    desk: Desk,
    authorization: Authorization,
}

#[async_trait]
impl SignInFlow for WithPassword {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        match reply {
            None => Ok(Next::Ask(Prompt::Password {
                help: "E-mail address (or user name) and password of your Peloton account. They go to Peloton only and \
                       are not kept."
                    .into(),
            })),
            Some(Reply::Password { username, password }) => {
                let username = username.trim();
                if username.is_empty() || password.is_empty() {
                    return Err(Error::bad_input("please give both the e-mail address and the password"));
                }
                let Desk { hosts, http, pacer } = &self.desk;
                let redirected = Login::new(&self.authorization, hosts, http, pacer).run(username, &password).await?;
                self.desk.finish(&self.authorization, &redirected).await
            }
            Some(_) => Err(Error::out_of_turn()),
        }
    }
}

struct Pasted {
    desk: Desk,
}

#[async_trait]
impl SignInFlow for Pasted {
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next> {
        match reply {
            None => Ok(Next::Ask(Prompt::Paste {
                help: "Sign in at members.onepeloton.com in your browser, open its developer tools (F12), choose \
                       Network, reload the page, pick a request to api.onepeloton.com and copy the value of its \
                       Authorization header. It works for about two days."
                    .into(),
            })),
            Some(Reply::Text(text)) => {
                let (access, expires) = bearer(&text, self.desk.http.now())?;
                let member = self.desk.member(&access).await?;
                let saved = Saved::pasted(access, expires, member.id.clone());
                member.signed_in(&saved)
            }
            Some(_) => Err(Error::out_of_turn()),
        }
    }
}

/// The token in a pasted text, with or without the word "Bearer", the header's name, quotes and line ends; and its end.
fn bearer(text: &Secret, now: Time) -> Result<(Secret, Time)> {
    let whole: String =
        text.expose().chars().filter(|letter| !matches!(letter, '"' | '\'' | '\u{200b}')).collect();
    let whole = Secret::new(whole);
    let mut words = whole.expose().trim();
    for prefix in ["authorization:", "bearer"] {
        if let Some(start) = words.get(..prefix.len())
            && start.eq_ignore_ascii_case(prefix)
        {
            words = words.get(prefix.len()..).unwrap_or_default().trim();
        }
    }
    // Long texts are pasted with line ends in them.
    let token = Secret::new(words.split_whitespace().collect::<String>());
    let looks_right = token.expose().split('.').filter(|part| !part.is_empty()).count() == 3
        && token.expose().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte));
    let Some(expires) = jwt_expiry(&token).filter(|_| looks_right) else {
        let words =
            "this is not a Peloton token: that is one long text in three parts with dots between them";
        return Err(Error::bad_input(words));
    };
    if expires <= now {
        let words =
            format!("this token ended on {} UTC; copy a fresh one", expires.format("%Y-%m-%d at %H:%M"));
        return Err(Error::bad_input(words));
    }
    Ok((token, expires))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use rstest::rstest;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn token(expires: i64) -> String {
        let part = |json: String| URL_SAFE_NO_PAD.encode(json);
        format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#.into()), part(format!(r#"{{"exp":{expires}}}"#)))
    }

    #[rstest]
    #[case("T")]
    #[case("Bearer T")]
    #[case("  \"bearer T\"\n")]
    #[case("authorization: Bearer T")]
    #[case("'T'")]
    fn pasted_in_any_dress(#[case] dress: &str) {
        let good = token(NOW + 3600);
        let now = Time::from_timestamp(NOW, 0).unwrap();
        let (found, expires) = bearer(&Secret::new(dress.replace('T', &good)), now).unwrap();
        assert!(found.expose() == good);
        assert_eq!(expires.timestamp(), NOW + 3600);
        let (before, after) = good.split_at(20);
        let broken = Secret::new(format!("{before}\n  {after}"));
        assert!(bearer(&broken, now).unwrap().0.expose() == good);
    }

    #[rstest]
    #[case("", "not a Peloton token")]
    #[case("hello", "not a Peloton token")]
    #[case("a.b.c", "not a Peloton token")]
    #[case("https://members.onepeloton.com/callback?code=a.b.c", "not a Peloton token")]
    fn what_is_no_token(#[case] text: &str, #[case] words: &str) {
        let Err(error) = bearer(&Secret::new(text), Time::UNIX_EPOCH) else { panic!("{text} was taken") };
        assert!(error.message.contains(words), "{error}");
    }

    #[test]
    fn what_has_ended() {
        let Err(error) = bearer(&Secret::new(token(NOW)), Time::from_timestamp(NOW, 0).unwrap()) else {
            panic!("an ended token was taken")
        };
        assert_eq!(error.message, "this token ended on 2023-11-14 at 22:13 UTC; copy a fresh one");
    }
}
