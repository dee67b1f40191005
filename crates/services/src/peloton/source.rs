//! The member's workouts: the list, page by page, and everything that one workout holds.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use baton_core::{
    Entry, Error, ErrorKind, Fetched, Item, Kind, Owner, RecordedBy, Result, Source, Span, Time, TokenCell,
    Window,
};
use chrono::TimeDelta;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::sync::OnceCell;

use super::api::{self, Api};
use super::map;
use super::wire::{Page, Payload, PerformanceGraph, RideDetails, User, Workout};
use crate::World;
use crate::http::Answer;
use crate::loose::Object;

/// Rows are in the order of their creation, which may lie this far from when the workout was done.
const MARGIN: TimeDelta = TimeDelta::days(2);

/// One account's workouts.
pub struct Workouts {
    api: Api,
    /// The member's own record as archived; asked for once a connection.
    member: OnceCell<Vec<u8>>,
}

impl Workouts {
    pub fn new(world: &World, tokens: Arc<TokenCell>) -> Workouts {
        Workouts { api: Api::new(world, tokens), member: OnceCell::new() }
    }

    /// The member's record, as far as workouts need it: what identifies a person is not archived with each of them.
    /// `None` where Peloton does not give it at the moment; a workout is complete without.
    async fn member(&self) -> Result<Option<&[u8]>> {
        let ask = || async {
            let user: User = self.api.me().await?.json()?;
            let record = json!({
                "weight": user.weight.0, "height": user.height.0, "gender": user.gender.0, "birthday": user.birthday.0,
                "cycling_ftp_source": user.cycling_ftp_source.0, "cycling_ftp": user.cycling_ftp.0,
                "cycling_workout_ftp": user.cycling_workout_ftp.0, "estimated_cycling_ftp": user.estimated_cycling_ftp.0,
                "default_max_heart_rate": user.default_max_heart_rate.0,
                "customized_max_heart_rate": user.customized_max_heart_rate.0,
            });
            Ok::<_, Error>(record.to_string().into_bytes())
        };
        match self.member.get_or_try_init(ask).await {
            Ok(record) => Ok(Some(record)),
            Err(error)
                if error.kind.needs_person() || matches!(error.kind, ErrorKind::RateLimited { .. }) =>
            {
                Err(error)
            }
            Err(error) => {
                tracing::warn!(%error, "the workout is read without the member's own record");
                Ok(None)
            }
        }
    }

    /// The class plan, where this workout needs it and has one. Its failure never fails the workout.
    async fn plan(&self, workout: &Workout) -> Option<(Answer, RideDetails)> {
        let id = workout.ride()?.id.get().filter(|id| names_a_class(id))?;
        if !map::needs_plan(workout) {
            return None;
        }
        match self.api.ride_details(id).await.and_then(|answer| Ok((read(&answer)?, answer))) {
            Ok((details, answer)) => Some((answer, details)),
            Err(error) => {
                tracing::warn!(%error, ride = id, "the class plan could not be read");
                None
            }
        }
    }
}

/// Whether a ride id is a class's: 32 hexadecimal digits, not all 0 (Just Ride) and without dashes (Gym).
fn names_a_class(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) && id.bytes().any(|byte| byte != b'0')
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T> {
    answer.json::<Object<T>>()?.0.ok_or_else(api::changed)
}

/// A listing under way.
struct Listing<'a> {
    api: &'a Api,
    window: Window,
    page: usize,
    seen: HashSet<String>,
    ready: VecDeque<Entry>,
    done: bool,
}

impl Listing<'_> {
    async fn next(&mut self) -> Option<Result<Entry>> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Some(Ok(entry));
            }
            if self.done {
                return None;
            }
            if let Err(error) = self.read_page().await {
                self.done = true;
                return Some(Err(error));
            }
        }
    }

    /// Reads the next page. New workouts push rows down to later pages while they are read, so that a row may come twice.
    async fn read_page(&mut self) -> Result<()> {
        let page: Page = self.api.workouts(self.page).await?;
        let (number, before) = (self.page, self.seen.len());
        self.page += 1;
        let mut oldest: Option<f64> = None;
        for Object(row) in page.data {
            let Some((row, id)) = row.and_then(|row| row.id.get().map(str::to_owned).map(|id| (row, id)))
            else {
                tracing::warn!(page = number, "a row of Peloton's list has no id and is left out");
                continue;
            };
            oldest = row.opened().or(row.start_time.positive()).or(oldest);
            if !self.seen.insert(id.clone()) {
                continue;
            }
            let entry = map::entry(&row).unwrap_or_else(|| without_time(id));
            if self.window.contains(entry.span.start) {
                self.ready.push_back(entry);
            }
        }
        let passed = self
            .window
            .from
            .zip(oldest)
            .is_some_and(|(from, oldest)| oldest < (from - MARGIN).timestamp() as f64);
        let nothing_new = self.seen.len() == before;
        self.done = passed || nothing_new || page.show_next.0 == Some(false);
        Ok(())
    }
}

/// A row that says not even when it was done is still shown, so that nothing is left out in silence; fetching it tells
/// what is wrong.
fn without_time(key: String) -> Entry {
    Entry {
        key,
        kind: Kind::Activity,
        span: Span::new(Time::UNIX_EPOCH, Time::UNIX_EPOCH),
        revision: "without time".into(),
        recorded_by: RecordedBy::Source,
        title: "Peloton workout".into(),
        sport: None,
        sub_sport: None,
        utc_offset: None,
        in_progress: false,
        arrived: None,
        owner: Owner::Certain,
        measured: None,
    }
}

#[async_trait]
impl Source for Workouts {
    fn list(&self, window: Window) -> BoxStream<'_, Result<Entry>> {
        let listing = Listing {
            api: &self.api,
            window,
            page: 0,
            seen: HashSet::new(),
            ready: VecDeque::new(),
            done: false,
        };
        stream::unfold(
            listing,
            |mut listing| async move { listing.next().await.map(|entry| (entry, listing)) },
        )
        .boxed()
    }

    async fn fetch(&self, entry: &Entry) -> Result<Fetched> {
        let (workout, graph, member) = futures::join!(
            self.api.workout(&entry.key),
            self.api.performance_graph(&entry.key),
            self.member()
        );
        let workout_answer = workout?;
        let workout: Workout = read(&workout_answer)?;
        if workout.id.get().is_none() {
            return Err(api::changed());
        }
        if workout.is_in_progress() {
            return Err(Error::new(ErrorKind::Incomplete, "this workout is still being done"));
        }
        let graph_answer = graph?;
        let graph: Option<PerformanceGraph> = graph_answer.as_ref().map(read).transpose()?;
        if graph.as_ref().is_some_and(PerformanceGraph::is_of_another_form) {
            return Err(api::changed());
        }
        let member = member?;
        let (plan_answer, plan) = self.plan(&workout).await.unzip();

        let raw = raw(&[
            ("workout", Some(&workout_answer.bytes)),
            ("performance_graph", graph_answer.as_ref().map(|answer| &*answer.bytes)),
            ("user", member),
            ("ride_details", plan_answer.as_ref().map(|answer: &Answer| &*answer.bytes)),
        ]);
        let payload = Payload {
            workout: Object(Some(workout)),
            performance_graph: Object(graph),
            user: Object(member.and_then(|record| serde_json::from_slice(record).ok())),
            ride_details: Object(plan),
        };
        let activity = map::activity(&payload)?;
        Ok(Fetched { item: Item::Activity(Box::new(activity)), raw: Some(raw) })
    }
}

/// One JSON object of Peloton's own answers, each in its own bytes. They have been read as JSON before.
fn raw(parts: &[(&str, Option<&[u8]>)]) -> Vec<u8> {
    let length: usize = parts.iter().map(|(name, bytes)| name.len() + bytes.map_or(0, <[u8]>::len) + 8).sum();
    let mut raw = Vec::with_capacity(length);
    for (name, bytes) in parts {
        let Some(bytes) = bytes else { continue };
        raw.extend_from_slice(if raw.is_empty() { b"{\"" } else { b",\"" });
        raw.extend_from_slice(name.as_bytes());
        raw.extend_from_slice(b"\":");
        raw.extend_from_slice(bytes);
    }
    raw.push(b'}');
    raw
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("fbd71d16462c473d8c7aae32b440a775", true)]
    #[case("00000000000000000000000000000000", false)]
    #[case("fbd71d16-462c-473d-8c7a-ae32b440a775", false)]
    #[case("", false)]
    fn class_ids(#[case] id: &str, #[case] expected: bool) {
        assert_eq!(names_a_class(id), expected);
    }

    #[test]
    fn raw_answers_keep_their_bytes() {
        let raw = raw(&[("workout", Some(b"{\"a\": 1.50}")), ("user", None), ("ride_details", Some(b"[]"))]);
        assert_eq!(raw, br#"{"workout":{"a": 1.50},"ride_details":[]}"#);
    }
}
