//! What is worth a notification: once per trouble that needs the person, and arrivals where they are wanted.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use baton_core::{ErrorKind, Event, Outcome, RunEvent};
use baton_engine::Snapshot;
use serde::{Deserialize, Serialize};

use crate::contract::Place;
use crate::menu::{service_name, service_of};
use crate::words::Words;

/// The troubles that were told, by account and kind; kept in the preferences' file so that a restart does not tell
/// them again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Told(BTreeMap<String, i32>);

/// What to do with the system's notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    Show {
        id: i32,
        title: String,
        body: String,
        place: Place,
    },
    /// The trouble is over.
    Remove {
        id: i32,
    },
}

/// Whether something may be shown now, and what.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The person wants to hear of what needs them.
    pub attention: bool,
    /// Nothing is shown in the first minute after login, nor while the person looks at the window anyway.
    pub quiet: bool,
}

impl Told {
    /// What to show and what to take away. What is kept quiet is told later, where it then still holds.
    pub fn update(&mut self, snapshot: &Snapshot, words: &Words, wanted: Wanted) -> Vec<Order> {
        let mut orders = Vec::new();
        let needs: Vec<_> =
            snapshot.attention.iter().filter(|attention| attention.error.kind.needs_person()).collect();
        let subject = |attention: &baton_core::Attention| {
            let account = attention.account.as_deref().unwrap_or_default();
            format!("{account}/{}", attention.error.kind.name())
        };
        let current: Vec<String> = needs.iter().map(|attention| subject(attention)).collect();
        self.0.retain(|told, id| {
            let holds = current.contains(told);
            if !holds {
                orders.push(Order::Remove { id: *id });
            }
            holds
        });
        for (attention, subject) in needs.into_iter().zip(current) {
            if wanted.quiet || !wanted.attention || self.0.contains_key(&subject) {
                continue;
            }
            let id = id_of(&subject);
            self.0.insert(subject, id);
            let service = service_of(snapshot, attention, words);
            let title = match &attention.account {
                Some(_) => words.say("needsYou", &[("service", &service)]),
                None => words.say("batonNeedsYou", &[]),
            };
            let body = match &attention.error.kind {
                ErrorKind::SignInRequired => words.say("notifySignIn", &[]),
                ErrorKind::ConsentRequired { .. } => words.say("notifyConsent", &[]),
                _ => attention.error.message.clone(),
            };
            let place = attention.account.clone().map_or(Place::Home, |account| Place::SignIn { account });
            orders.push(Order::Show { id, title, body, place });
        }
        orders
    }
}

/// What arrived where during a run, summed up at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// By route.
    created: BTreeMap<String, u64>,
}

impl Arrivals {
    /// Counts what an event tells; at the end of a run the notification, where something arrived.
    pub fn hear(&mut self, event: &Event, snapshot: &Snapshot, words: &Words) -> Option<Order> {
        match event {
            Event::Run(RunEvent::Started { .. }) => self.created.clear(),
            Event::Run(RunEvent::StepDone { route, outcome: Outcome::Created { .. }, .. }) => {
                *self.created.entry(route.clone()).or_default() += 1;
            }
            Event::Run(RunEvent::Finished { .. }) => return self.sum(snapshot, words),
            _ => {}
        }
        None
    }

    fn sum(&mut self, snapshot: &Snapshot, words: &Words) -> Option<Order> {
        let mut by_service: BTreeMap<String, u64> = BTreeMap::new();
        for (route, created) in std::mem::take(&mut self.created) {
            let to =
                snapshot.routes.iter().find(|line| line.route.id == route).map(|line| line.route.to.as_str());
            let service = service_name(snapshot, to).unwrap_or_else(|| words.say("someone", &[]));
            *by_service.entry(service).or_default() += created;
        }
        let mut sentences = by_service
            .iter()
            .map(|(service, created)| words.count("notifyArrived", *created, &[("service", service)]));
        let title = sentences.next()?;
        let body = sentences.collect::<Vec<_>>().join("\n");
        Some(Order::Show { id: id_of("arrivals"), title, body, place: Place::Home })
    }
}

/// A number that is always the same for the same subject.
pub fn id_of(subject: &str) -> i32 {
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    // Positive and never zero, which some servers take for "a new one".
    (hasher.finish() & 0x3fff_ffff) as i32 + 1
}

#[cfg(test)]
mod tests {
    use baton_core::Key;

    use super::*;
    use crate::menu::tests::{attention, english, snapshot};

    const LOUD: Wanted = Wanted { attention: true, quiet: false };

    fn needing() -> Snapshot {
        let mut snapshot = snapshot();
        snapshot.attention.push(attention(Some("garmin"), ErrorKind::SignInRequired));
        snapshot.attention.push(attention(Some("peloton"), ErrorKind::ServiceDown));
        snapshot
    }

    #[test]
    fn a_trouble_is_told_once_and_taken_away_when_it_is_over() {
        let mut told = Told::default();
        let orders = told.update(&needing(), &english(), LOUD);
        let [Order::Show { id, title, body, place }] = orders.as_slice() else { panic!("{orders:?}") };
        assert_eq!((title.as_str(), body.as_str()), ("Garmin Connect needs you", "Sign in again"));
        assert_eq!(*place, Place::SignIn { account: "garmin".into() });
        assert_eq!(told.update(&needing(), &english(), LOUD), []);
        let kept = serde_json::to_string(&told).unwrap();
        let mut after_restart: Told = serde_json::from_str(&kept).unwrap();
        assert_eq!(after_restart.update(&needing(), &english(), LOUD), []);
        assert_eq!(told.update(&snapshot(), &english(), LOUD), [Order::Remove { id: *id }]);
        assert_eq!(told.update(&needing(), &english(), LOUD).len(), 1);
    }

    #[test]
    fn what_was_kept_quiet_is_told_later_where_it_still_holds() {
        let mut told = Told::default();
        assert_eq!(told.update(&needing(), &english(), Wanted { quiet: true, ..LOUD }), []);
        assert_eq!(told.update(&needing(), &english(), Wanted { attention: false, ..LOUD }), []);
        assert_eq!(told.update(&needing(), &english(), LOUD).len(), 1);
    }

    fn done(route: &str, outcome: Outcome) -> Event {
        Event::Run(RunEvent::StepDone {
            step: 1,
            route: route.into(),
            title: "Ride".into(),
            start: None,
            utc_offset: None,
            file: None,
            format: None,
            outcome,
            remarks: Vec::new(),
        })
    }

    #[test]
    fn arrivals_are_summed_and_nothing_else_is_told() {
        let created = || Outcome::Created { key: Key { id: "1".into(), link: None }, remarks: Vec::new() };
        let finished = || {
            let (created, already_there, skipped, failed) = (2, 1, 0, 0);
            Event::Run(RunEvent::Finished { run: 1, created, already_there, skipped, failed, error: None })
        };
        let mut arrivals = Arrivals::default();
        let mut hear = |event| arrivals.hear(&event, &snapshot(), &english());
        assert_eq!(hear(Event::Run(RunEvent::Started { run: 1 })), None);
        assert_eq!(hear(done("peloton-garmin", created())), None);
        assert_eq!(hear(done("peloton-garmin", Outcome::AlreadyThere { key: None, similar: None })), None);
        assert_eq!(hear(done("peloton-garmin", created())), None);
        let Some(Order::Show { title, body, .. }) = hear(finished()) else { panic!("nothing was told") };
        assert_eq!((title.as_str(), body.as_str()), ("2 activities sent to Garmin Connect", ""));
        assert_eq!(hear(Event::Run(RunEvent::Started { run: 2 })), None);
        assert_eq!(hear(finished()), None);
    }
}
