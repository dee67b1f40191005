//! The token endpoint (`/v2/oauth2`): codes and refresh tokens for pairs of tokens; and the check of bearer tokens.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State as Routed;
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::envelope::{Refusal, success};
use super::faults::Fault;
use super::form::Form;
use super::state::{Grant, GrantIndex, PersonIndex, State, TokenPair, TokenRequest};
use super::{Options, Shared, authorize, signature};
use crate::server::random_text;

/// Life of an authorization code.
const CODE_SECONDS: i64 = 30;

/// `POST /v2/oauth2`.
pub(super) async fn token(
    Routed(shared): Routed<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    fault: Option<Extension<Fault>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let form = Form::read(&shared, &uri, &headers, &body)?;
    let action = form.need(&shared, "action")?;
    let grant_type = form.get("grant_type").unwrap_or(action).to_owned();
    let answer = answer(&shared, &form, uri.path(), action, fault.as_deref());
    let status = answer.as_ref().map_or_else(Refusal::status, |_| 0);
    shared.state().token_requests.push(TokenRequest { grant_type, status });
    let pair = answer?;
    Ok(success(&pair_json(&shared.options(), &pair)))
}

fn pair_json(options: &Options, pair: &TokenPair) -> Value {
    let userid = if options.userid_as_text { json!(pair.userid.to_string()) } else { json!(pair.userid) };
    json!({
        "userid": userid, "access_token": pair.access_token, "refresh_token": pair.refresh_token,
        "scope": pair.scope, "expires_in": pair.expires_in, "token_type": "Bearer",
        "csrf_token": random_text(32),
    })
}

fn answer(
    shared: &Shared,
    form: &Form,
    path: &str,
    action: &str,
    fault: Option<&Fault>,
) -> Result<TokenPair, Refusal> {
    let options = shared.options();
    let client_id = form.need(shared, "client_id")?;
    let mut state = shared.state();
    let application = state.applications.get_mut(client_id).ok_or_else(|| wrong_keys(&options))?;
    application.count(shared, &options, path, None, form)?;
    let secret = application.registered.client_secret.clone();
    if let Some(sent) = form.get("client_secret") {
        if action == "getdemoaccess" {
            shared.violations.note("getdemoaccess is signed, it takes no client_secret");
        }
        if sent != secret {
            return Err(wrong_keys(&options));
        }
    } else {
        signature::check(shared, &mut state, form, action, client_id, &secret)?;
    }
    let now = shared.clock.now();
    let grant = match (action, form.get("grant_type")) {
        ("getdemoaccess", _) => demo_access(shared, &mut state, form, client_id)?,
        ("requesttoken", Some("authorization_code")) => exchange(shared, &mut state, form, client_id, fault)?,
        ("requesttoken", Some("refresh_token")) => {
            let token = form.need(shared, "refresh_token")?.to_owned();
            let grant = refresh(shared, &mut state, form, client_id, &token, fault)?;
            let pair = state.issue(grant, Some(&token), now, options.access_token_seconds);
            return pair.ok_or_else(|| Refusal::invalid("invalid refresh_token"));
        }
        ("requesttoken", _) => {
            form.need(shared, "grant_type")?;
            shared.violations.note("the grant_type is unknown");
            return Err(Refusal::invalid("invalid grant_type"));
        }
        _ => {
            shared.violations.note(format!("/v2/oauth2: the action {action:?} is unknown"));
            return Err(Refusal::not_implemented());
        }
    };
    state
        .issue(grant, None, now, options.access_token_seconds)
        .ok_or_else(|| Refusal::invalid("invalid code"))
}

/// A client id that nobody registered, or the wrong secret for it.
pub(super) fn wrong_keys(options: &Options) -> Refusal {
    Refusal::new(options.wrong_keys_status, "invalid_client: The client credentials are invalid")
}

fn exchange(
    shared: &Shared,
    state: &mut State,
    form: &Form,
    client_id: &str,
    fault: Option<&Fault>,
) -> Result<GrantIndex, Refusal> {
    form.only(
        shared,
        "authorization_code",
        &["action", "client_id", "client_secret", "nonce", "signature", "grant_type", "code", "redirect_uri"],
    );
    let invalid = || Refusal::invalid("invalid code");
    let redirect_uri = form.need(shared, "redirect_uri")?;
    let name = form.need(shared, "code")?;
    let code = state.codes.get_mut(name).filter(|it| it.client_id == client_id).ok_or_else(invalid)?;
    let too_late = fault == Some(&Fault::LateCode) || shared.clock.now() > code.given + CODE_SECONDS;
    if code.is_used || too_late {
        return Err(invalid());
    }
    if code.redirect_uri != redirect_uri {
        return Err(Refusal::wrong_redirect_uri());
    }
    code.is_used = true;
    let (person, scope) = (code.person, code.scope.clone());
    Ok(consent(state, client_id, person, scope))
}

/// Remembers a person's consent to an application.
pub(super) fn consent(state: &mut State, client_id: &str, person: PersonIndex, scope: String) -> GrantIndex {
    state.grants.push(Grant { client_id: client_id.to_owned(), person, scope, is_revoked: false });
    state.grants.len() - 1
}

fn refresh(
    shared: &Shared,
    state: &mut State,
    form: &Form,
    client_id: &str,
    name: &str,
    fault: Option<&Fault>,
) -> Result<GrantIndex, Refusal> {
    form.only(
        shared,
        "refresh_token",
        &["action", "client_id", "client_secret", "nonce", "signature", "grant_type", "refresh_token"],
    );
    let dead = || Refusal::invalid("invalid refresh_token");
    let token = state.refresh.get_mut(name).ok_or_else(dead)?;
    token.is_dead |= fault == Some(&Fault::DeadRefreshToken);
    if token.is_dead || token.expires <= shared.clock.now() {
        return Err(dead());
    }
    let grant = token.grant;
    let found = state.grants.get(grant).filter(|it| !it.is_revoked).ok_or_else(dead)?;
    if found.client_id != client_id {
        shared.violations.note("a refresh token was used with another client_id than its own");
        return Err(dead());
    }
    Ok(grant)
}

fn demo_access(
    shared: &Shared,
    state: &mut State,
    form: &Form,
    client_id: &str,
) -> Result<GrantIndex, Refusal> {
    form.only(shared, "getdemoaccess", &["action", "client_id", "nonce", "signature", "scope_oauth2"]);
    let scope = form.need(shared, "scope_oauth2")?;
    authorize::check_scope(shared, scope).map_err(|why| Refusal::invalid(&why))?;
    let person = state.demo_person(shared.clock.now());
    Ok(consent(state, client_id, person, scope.to_owned()))
}

/// Who makes a data call.
pub(super) struct Caller {
    pub person: PersonIndex,
}

/// Checks the bearer token of a data call (in the header, or in the form as the older programs send it), that its
/// scope covers the call, and that the application has not called too often.
pub(super) fn caller(
    shared: &Shared,
    state: &mut State,
    path: &str,
    headers: &HeaderMap,
    form: &Form,
    scope: &str,
    fault: Option<&Fault>,
) -> Result<Caller, Refusal> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|it| it.to_str().ok())
        .and_then(|it| it.strip_prefix("Bearer "))
        .or_else(|| form.get("access_token"));
    let Some(name) = bearer else {
        shared.violations.note(format!("{path}: a data call without a token"));
        return Err(Refusal::invalid_token());
    };
    if fault == Some(&Fault::ExpiredAccessToken) {
        state.access.remove(name);
    }
    let now = shared.clock.now();
    let token =
        state.access.get_mut(name).filter(|it| it.expires > now).ok_or_else(Refusal::invalid_token)?;
    let (index, former) = (token.grant, token.former.take());
    let grant = state.grants.get(index).filter(|it| !it.is_revoked).ok_or_else(Refusal::invalid_token)?;
    let (person, client_id) = (grant.person, grant.client_id.clone());
    if let Some(former) = former.and_then(|it| state.refresh.get_mut(&it)) {
        former.is_dead = true;
    }
    if !grant_covers(&state.grants[index].scope, scope) {
        shared.violations.note(format!("{path}: the token's scope does not hold {scope}"));
        return Err(Refusal::insufficient_scope());
    }
    let userid = state.persons.get(person).map(|it| it.userid);
    if let Some(application) = state.applications.get_mut(&client_id) {
        application.count(shared, &shared.options(), path, userid, form)?;
    }
    Ok(Caller { person })
}

fn grant_covers(granted: &str, scope: &str) -> bool {
    granted.split(',').any(|it| it == scope)
}
