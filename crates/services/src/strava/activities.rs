//! Strava as a destination of activities: look one up, hand a file over, wait for the verdict, put the result right.
//!
//! A file must never be sent twice because an answer got lost: whatever stays open is settled by looking the activity
//! up under the identifier that it was sent with, or reported as unsettled.

use std::sync::Arc;
use std::time::Duration;

use baton_core::same::Outline;
use baton_core::{Activity, Error, ErrorKind, Key, Parcel, Receipt, Result, Similar};
use serde_json::{Map, Value, json};

use super::api::Api;
use super::calendar::{self, Calendar};
use super::upload::{self, Verdict};
use super::{OURS, sports, wire};
use crate::http::Method;

/// Strava is done after some eight seconds as a rule: a first look or two, then one each time that has passed.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// How long an accepted file is waited for in all.
const PATIENCE: Duration = Duration::from_mins(3);
/// Looks for an activity whose upload had no clear answer, each after the wait before it.
const LOOKS: [Duration; 4] =
    [Duration::from_secs(4), Duration::from_secs(8), Duration::from_secs(16), Duration::from_secs(30)];

pub struct Activities {
    api: Arc<Api>,
    calendar: Calendar,
}

impl Activities {
    pub fn new(api: Arc<Api>) -> Activities {
        Activities { api, calendar: Calendar::default() }
    }

    /// What is there already and is of the same workout.
    pub async fn similar(&self, outline: &Outline) -> Result<Option<(Key, Similar)>> {
        let Some(known) = self.calendar.same(&self.api, outline).await? else { return Ok(None) };
        let similar = Similar {
            start: known.start,
            seconds: known.elapsed.or(known.moving).map(|seconds| seconds.round() as u32),
            sport: known.sport.map(|(sport, _)| sport),
            sub_sport: known.sport.map(|(_, sub_sport)| sub_sport),
            device: known.device.clone(),
        };
        Ok(Some((self.key(known.id), similar)))
    }

    /// The activity that was made from this very parcel.
    pub async fn find(&self, parcel: &Parcel) -> Result<Option<Key>> {
        let found = self.calendar.uploaded(&self.api, &external_id(parcel), parcel.span.start).await?;
        Ok(found.map(|id| self.key(id)))
    }

    /// Hands it over and stays with it until Strava has said what became of it.
    pub async fn deliver(&self, parcel: &Parcel, activity: &Activity) -> Result<Receipt> {
        let wanted = Wanted::of(parcel, activity);
        let id = match self.send(parcel, &wanted).await? {
            Verdict::Created(id) => id,
            Verdict::Duplicate(id) => {
                return Ok(Receipt::AlreadyThere { key: id.map(|id| self.key(id)) });
            }
            Verdict::Working(_) | Verdict::Unknown => self.settle(parcel).await?,
        };
        self.calendar.add(id, &external_id(parcel), parcel.span).await;
        let remarks = match self.put_right(id, &wanted).await {
            Ok(()) => Vec::new(),
            Err(error) => vec![format!("title, sport and gear were not put right: {error}")],
        };
        Ok(Receipt::Created { key: self.key(id), remarks })
    }

    /// Sends the file and polls it, as far as Strava answers.
    async fn send(&self, parcel: &Parcel, wanted: &Wanted<'_>) -> Result<Verdict> {
        let (data_type, bytes) = upload::packed(&parcel.file)?;
        let external_id = external_id(parcel);
        let name = format!("{external_id}.{data_type}");
        let mut texts = vec![("data_type", data_type), ("external_id", external_id.as_str())];
        texts.extend(wanted.name.map(|name| ("name", name)));
        texts.extend(wanted.description.map(|text| ("description", text)));
        texts.extend(wanted.trainer.then_some(("trainer", "1")));
        let sent = self
            .api
            .send(|http, api| {
                let call = http.post(format!("{api}/uploads"));
                call.multipart_with(&texts, "file", &name, bytes.clone()).delivers()
            })
            .await;
        let mut verdict = match sent {
            Ok(answer) => upload::read(&answer)?,
            Err(error) if error.kind == ErrorKind::Unsettled => return Ok(Verdict::Unknown),
            Err(error) => return Err(error),
        };
        let (mut wait, mut waited) = (FIRST_WAIT, Duration::ZERO);
        while let Verdict::Working(upload) = verdict {
            if waited >= PATIENCE {
                break;
            }
            self.api.http.pause(wait, wait).await;
            waited += wait;
            wait = (wait * 2).min(LONGEST_WAIT);
            // From here on the file is at Strava: no failure to ask means that it is not.
            verdict = match self.api.send(|http, api| http.get(format!("{api}/uploads/{upload}"))).await {
                Ok(answer) => upload::read(&answer)?,
                Err(error) => return Err(unsettled(&format!(" ({error})"))),
            };
        }
        Ok(verdict)
    }

    /// Looks for an activity that may or may not have arrived.
    async fn settle(&self, parcel: &Parcel) -> Result<u64> {
        self.calendar.forget(parcel.span.start).await;
        let external_id = external_id(parcel);
        for wait in LOOKS {
            self.api.http.pause(wait, wait).await;
            match self.calendar.uploaded_just_now(&self.api, &external_id, parcel.span.start).await {
                Ok(Some(id)) => return Ok(id),
                Ok(None) => {}
                Err(error) => return Err(unsettled(&format!(" ({error})"))),
            }
        }
        Err(unsettled(""))
    }

    /// Changes what differs from what the file and the form should have made of it.
    async fn put_right(&self, id: u64, wanted: &Wanted<'_>) -> Result<()> {
        let url = |api: &str| format!("{api}/activities/{id}");
        let there = if calendar::may_look(&self.api).await? {
            let answer = self.api.send(|http, api| http.get(url(api))).await?;
            // What only the athlete sees is not shown to everybody who may see the rest.
            if answer.status == 404 { None } else { Some(answer.ok()?.json::<wire::Activity>()?) }
        } else {
            None
        };
        let change = wanted.change(there.as_ref());
        if change.is_empty() {
            return Ok(());
        }
        let change = Value::Object(change);
        self.api.send(|http, api| http.request(Method::PUT, url(api)).json(&change)).await?.ok()?;
        Ok(())
    }

    fn key(&self, id: u64) -> Key {
        Key { id: id.to_string(), link: Some(self.api.activity_link(id)) }
    }
}

fn external_id(parcel: &Parcel) -> String {
    format!("{OURS}{}", parcel.external_id)
}

fn unsettled(why: &str) -> Error {
    let words = format!(
        "Strava did not say what became of this file, and it does not show it yet{why}; Baton looks again before it sends \
         anything"
    );
    Error::new(ErrorKind::Unsettled, words)
}

/// How the activity should look.
struct Wanted<'a> {
    name: Option<&'a str>,
    description: Option<&'a str>,
    sport_type: Option<&'static str>,
    /// Indoors, on a machine.
    trainer: bool,
    gear: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn of(parcel: &'a Parcel, activity: &Activity) -> Wanted<'a> {
        let filled = |text: &&str| !text.is_empty();
        Wanted {
            name: Some(parcel.title.trim()).filter(filled),
            description: parcel.description.as_deref().map(str::trim).filter(filled),
            sport_type: sports::sport_type(activity.sport, activity.sub_sport),
            trainer: sports::is_indoors(activity.sub_sport),
            gear: parcel.gear.as_deref().map(str::trim).filter(filled),
        }
    }

    /// What has to be changed; where nobody knows what is there, all that the upload could not say.
    fn change(&self, there: Option<&wire::Activity>) -> Map<String, Value> {
        let mut change = Map::new();
        let mut set = |name: &str, wanted: Option<&str>, differs: bool| {
            if let Some(wanted) = wanted.filter(|_| differs) {
                change.insert(name.into(), json!(wanted));
            }
        };
        let differs = |told: Option<&str>, wanted: Option<&str>| told.map(str::trim) != wanted;
        match there {
            None => {
                set("sport_type", self.sport_type, true);
                set("gear_id", self.gear, true);
            }
            Some(there) => {
                set("name", self.name, differs(there.name.get(), self.name));
                set("description", self.description, differs(there.description.get(), self.description));
                let covered =
                    |wanted| there.sport_type.get().is_some_and(|told| sports::covers(told, wanted));
                set("sport_type", self.sport_type, !self.sport_type.is_some_and(covered));
                set("gear_id", self.gear, differs(there.gear_id.get(), self.gear));
                if self.trainer && there.trainer.0 == Some(false) {
                    change.insert("trainer".into(), json!(true));
                }
            }
        }
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there() -> wire::Activity {
        let told = json!({"name": "Ride", "description": null, "sport_type": "Workout", "trainer": false, "gear_id": "b1"});
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn only_what_differs_is_changed() {
        let wanted = Wanted {
            name: Some("Climb Ride"),
            description: Some("With Robin"),
            sport_type: Some("Ride"),
            trainer: true,
            gear: Some("b2"),
        };
        let change = Value::Object(wanted.change(Some(&there())));
        let all = json!({"name": "Climb Ride", "description": "With Robin", "sport_type": "Ride", "gear_id": "b2",
            "trainer": true});
        assert_eq!(change, all);
        let unseen = Value::Object(wanted.change(None));
        assert_eq!(unseen, json!({"sport_type": "Ride", "gear_id": "b2"}));

        let same = Wanted {
            name: Some("Ride"),
            description: None,
            sport_type: Some("Workout"),
            trainer: false,
            gear: Some("b1"),
        };
        assert!(same.change(Some(&there())).is_empty());
        let nothing = Wanted { name: None, description: None, sport_type: None, trainer: false, gear: None };
        assert!(nothing.change(Some(&there())).is_empty() && nothing.change(None).is_empty());
    }
}
