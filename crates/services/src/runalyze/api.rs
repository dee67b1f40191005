//! Requests to Runalyze with the personal token, and what it says of a file.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use baton_core::tokens::sealed;
use baton_core::{Destination, Error, ErrorKind, Key, Kind, Parcel, Receipt, Result, Secret, TokenCell};
use serde::{Deserialize, Serialize};

use crate::World;
use crate::endpoints::Endpoints;
use crate::http::{Answer, Call, Http, Pacer};
use crate::loose::{Number, Text};

/// A guest's manners: nothing is known of a limit for uploads.
const APART: Duration = Duration::from_millis(500);
/// What it says under any status where it does not know the token.
const UNKNOWN_TOKEN: &str = "No valid token";
const UNSURE: &str = "Runalyze did not say whether the file arrived";

/// The service's address, without a slash at the end.
pub fn base(endpoints: &Endpoints) -> String {
    endpoints.base("runalyze", "web", "https://runalyze.com")
}

/// What is kept of a sign-in.
#[derive(Serialize, Deserialize)]
pub struct Saved {
    #[serde(with = "sealed")]
    pub token: Secret,
}

/// The call with the personal token.
pub fn signed(call: Call, token: &Secret) -> Call {
    call.secret_header("token", token).header("Accept", "application/json")
}

/// Whether the answer says that the token is none.
pub fn refuses_token(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 401 | 403) || answer.text().contains(UNKNOWN_TOKEN)
}

/// What an upload is answered, in an older and in a newer form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Uploaded {
    /// `success`
    status: Text,
    activity_id: Number,
    #[serde(rename = "activityId")]
    former: Number,
    /// It is read later, and has no number until then.
    queue_id: Number,
}

/// One account's uploads.
pub struct Uploads {
    http: Http,
    base: String,
    pacer: Pacer,
    tokens: Arc<TokenCell>,
}

impl Uploads {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Uploads {
        let http = world.http.of(super::NAME);
        Uploads { base: base(&world.endpoints), pacer: http.pacer(APART, 1), http, tokens }
    }
}

#[async_trait]
impl Destination for Uploads {
    /// Nothing is listed there.
    fn finds(&self, _: Kind) -> bool {
        false
    }

    async fn find(&self, _: &Parcel) -> Result<Option<Key>> {
        Ok(None)
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt> {
        if parcel.item.kind() != Kind::Activity {
            return Err(Error::new(ErrorKind::Unsupported, "Runalyze takes activities only"));
        }
        let saved: Saved = self.tokens.current().await?.unpack()?;
        let name = format!("{}.{}", parcel.external_id, parcel.file.format.extension());
        let call = self.http.post(format!("{}/api/v1/activities/uploads", self.base));
        let call = signed(call, &saved.token).multipart("file", &name, parcel.file.bytes.clone()).delivers();
        let answer = call.send(&self.pacer).await?;
        if refuses_token(&answer) {
            let words = "Runalyze no longer accepts the token; please paste a new one";
            return Err(answer.error(ErrorKind::SignInRequired, words));
        }
        match answer.status.as_u16() {
            400 | 413 | 415 | 422 => return Err(Error::rejected("Runalyze does not take this file")),
            500.. => return Err(answer.error(ErrorKind::Unsettled, UNSURE)),
            _ => {}
        }
        let answer = answer.ok()?;
        receipt(&answer.json().unwrap_or_default())
    }
}

/// What became of the file. An answer in another form leaves it open: the file was handed over.
fn receipt(uploaded: &Uploaded) -> Result<Receipt> {
    let number = |number: Number| number.within(1.0, 1e15).map(|number| format!("{number:.0}"));
    if let Some(id) = number(uploaded.activity_id).or_else(|| number(uploaded.former)) {
        let link = Some(format!("https://runalyze.com/activity/{id}"));
        return Ok(Receipt::Created { key: Key { id, link }, remarks: Vec::new() });
    }
    match number(uploaded.queue_id).filter(|_| uploaded.status.is("success")) {
        Some(id) => Ok(Receipt::Created {
            key: Key { id: format!("queue-{id}"), link: None },
            remarks: vec!["Runalyze reads it later; it shows there in a while".to_owned()],
        }),
        None => Err(Error::new(ErrorKind::Unsettled, UNSURE)),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::new(r#"{"status":"success","activity_id":471,"queue_id":9}"#, Some(("471", true, 0)))]
    #[case::queued(r#"{"status":"success","activity_id":null,"queue_id":9}"#, Some(("queue-9", false, 1)))]
    #[case::older(r#"{"activityId":12345}"#, Some(("12345", true, 0)))]
    #[case::no_success(r#"{"status":"error","queue_id":9}"#, None)]
    #[case::nothing("{}", None)]
    #[case::other(r#"{"activity_id":"x"}"#, None)]
    fn what_is_said_of_a_file(#[case] answer: &str, #[case] expected: Option<(&str, bool, usize)>) {
        match (receipt(&serde_json::from_str(answer).unwrap()), expected) {
            (Ok(Receipt::Created { key, remarks }), Some((id, has_link, said))) => {
                assert_eq!((key.id.as_str(), key.link.is_some(), remarks.len()), (id, has_link, said));
            }
            (Err(error), None) => assert_eq!(error.kind, ErrorKind::Unsettled),
            (other, _) => panic!("{other:?}"),
        }
    }
}
