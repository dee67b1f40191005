//! Signed calls: `/v2/signature` gives a nonce, which signs one later call in place of the secret.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Routed;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::Shared;
use super::envelope::{Refusal, success};
use super::form::Form;
use super::state::State;
use crate::server::random_hex;

/// Life of a nonce.
const NONCE_SECONDS: i64 = 30 * 60;

/// The signature of values in the alphabetical order of their names.
pub(super) fn sign(secret: &str, values: &[&str]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(values.join(",").as_bytes());
    mac.finalize().into_bytes().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `POST /v2/signature`.
pub(super) async fn nonce(
    Routed(shared): Routed<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let form = Form::read(&shared, &uri, &headers, &body)?;
    form.only(&shared, "signature", &["action", "client_id", "timestamp", "signature"]);
    if form.need(&shared, "action")? != "getnonce" {
        return Err(Refusal::not_implemented());
    }
    let client_id = form.need(&shared, "client_id")?;
    let timestamp = form.need(&shared, "timestamp")?;
    form.number("timestamp")?;
    let options = shared.options();
    let mut state = shared.state();
    let application =
        state.applications.get_mut(client_id).ok_or_else(|| super::tokens::wrong_keys(&options))?;
    let wanted = sign(&application.registered.client_secret, &["getnonce", client_id, timestamp]);
    if form.need(&shared, "signature")? != wanted {
        return Err(super::tokens::wrong_keys(&options));
    }
    application.count(&shared, &options, uri.path(), None, &form)?;
    let nonce = crate::server::issued(random_hex(40));
    let end = shared.clock.now() + NONCE_SECONDS;
    state.nonces.insert(nonce.clone(), (client_id.to_owned(), end));
    Ok(success(&json!({"nonce": nonce})))
}

/// Checks `nonce` and `signature` of a call, and uses the nonce up.
pub(super) fn check(
    shared: &Shared,
    state: &mut State,
    form: &Form,
    action: &str,
    client_id: &str,
    secret: &str,
) -> Result<(), Refusal> {
    let nonce = form.need(shared, "nonce")?;
    let signature = form.need(shared, "signature")?;
    if state.used_nonces.contains(nonce) {
        shared.violations.note("a nonce was used twice");
        return Err(Refusal::invalid("nonce already used"));
    }
    let Some((owner, end)) = state.nonces.remove(nonce) else {
        return Err(Refusal::invalid("invalid nonce"));
    };
    state.used_nonces.insert(nonce.to_owned());
    if owner != client_id || end < shared.clock.now() {
        return Err(Refusal::invalid("invalid nonce"));
    }
    if signature != sign(secret, &[action, client_id, nonce]) {
        return Err(super::tokens::wrong_keys(&shared.options()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn the_published_example_of_hmac_sha256_comes_out() {
        // RFC 4231, test case 2.
        let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign("Jefe", &["what do ya want for nothing?"]), wanted);
    }
}
