//! Stages 7 to 9: check, deliver, record. One destination, one step at a time, oldest first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use baton_core::{
    Destination, Error, ErrorKind, Format, IfSimilar, Key, Kind, Outcome, Parcel, Receipt, Scope as Reach,
    Similar, SkipReason, Stage, Time,
};
use chrono::TimeDelta;
use futures::FutureExt;
use tokio::sync::mpsc;

use super::Output;
use super::check::{End, there};
use super::execute::{Done, Step};
use super::make::{Made, Ready};
use super::session::Session;
use crate::files;
use crate::ledger::{Begin, Finish, Finished, MergedEntry};

/// So many steps are marked as begun in one commit. Each of them is looked up first after a crash.
const BEGUN: usize = 4;
/// An item that is not finished yet is tried again after this.
const INCOMPLETE_WAIT: TimeDelta = TimeDelta::minutes(30);

/// Who hands parcels to one destination.
pub(super) struct Courier {
    session: Arc<Session>,
    destination: String,
    /// From each source, its parcels in order.
    lanes: HashMap<String, mpsc::Receiver<(u64, Made)>>,
    steps: VecDeque<Step>,
    results: mpsc::Sender<Done>,
}

/// A step with what was made for it.
type Made1 = (Step, Made);

impl Courier {
    pub(super) fn new(session: Arc<Session>, destination: String, results: mpsc::Sender<Done>) -> Courier {
        Courier { session, destination, lanes: HashMap::new(), steps: VecDeque::new(), results }
    }

    pub(super) fn add_lane(&mut self, source: String, lane: mpsc::Receiver<(u64, Made)>) {
        self.lanes.insert(source, lane);
    }

    /// Steps are added in the plan's order and handed over in that order.
    pub(super) fn add_step(&mut self, step: Step) {
        self.steps.push_back(step);
    }

    pub(super) async fn work(mut self) {
        let session = self.session.clone();
        while let Some(Some(batch)) = session.stop.or(self.next_batch()).await {
            if self.deliver_batch(batch).await.is_none() {
                return;
            }
        }
    }

    /// The next step, and those behind it that are ready too, or that go in one delivery with it. `None` when all are
    /// done.
    async fn next_batch(&mut self) -> Option<Vec<Made1>> {
        let mut batch: Vec<Made1> = Vec::new();
        let together = self.steps.front().map_or(1, |step| self.together(step));
        while batch.len() < together.max(BEGUN)
            && let Some(step) = self.steps.front()
        {
            let joins = together > 1 && batch.iter().all(|(first, _)| kind_of(first) == kind_of(step));
            if together > 1 && !joins {
                break;
            }
            let lane = self.lanes.get_mut(&step.decision.from)?;
            // What needs no fetching is soon made.
            let (number, made) = if batch.is_empty() || joins && step.measured().is_some() {
                lane.recv().await?
            } else if let Ok(made) = lane.try_recv() {
                made
            } else {
                break;
            };
            let step = self.steps.pop_front()?;
            debug_assert_eq!(step.number, number, "lanes keep the plan's order");
            batch.push((step, made));
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// How many steps like this one go in one delivery.
    fn together(&self, step: &Step) -> usize {
        let connection = self.session.connection(&self.destination);
        let destination = connection.as_ref().and_then(|connection| connection.destination());
        match (destination, kind_of(step)) {
            (Some(destination), Some(kind)) if step.measured().is_some() => destination.at_once(kind),
            _ => 1,
        }
    }

    /// `None` where the run is over.
    async fn deliver_batch(&mut self, batch: Vec<Made1>) -> Option<()> {
        let to_folder = match &self.session.scope.output {
            Output::Folder(folder) => Some(folder.clone()),
            Output::Deliver => None,
        };
        if to_folder.is_none() && !self.begin(&batch).await {
            return None;
        }
        let mut batch = VecDeque::from(batch);
        while let Some((step, made)) = batch.pop_front() {
            let ready = match made {
                Made::Failed(account, error) => {
                    let done = self.failed(&step, &account, error, None).await;
                    self.tell(done).await?;
                    continue;
                }
                Made::Left => {
                    self.tell(self.left(&step)).await?;
                    continue;
                }
                Made::Ready(ready) => *ready,
            };
            if let Some(folder) = &to_folder {
                let done = self.write(&step, ready, folder.clone()).await;
                self.tell(done).await?;
                continue;
            }
            let together = self.together(&step);
            let mut group = vec![(step, ready)];
            while group.len() < together
                && let Some((step, Made::Ready(ready))) =
                    batch.pop_front_if(|(_, made)| matches!(made, Made::Ready(_)))
            {
                group.push((step, *ready));
            }
            let ends = self.hand_over(&mut group).await;
            for ((step, ready), end) in group.into_iter().zip(ends) {
                let done = self.end(&step, ready, end).await;
                self.tell(done).await?;
            }
        }
        Some(())
    }

    /// `None` where nobody listens any more.
    async fn tell(&self, done: Option<Done>) -> Option<()> {
        match done {
            Some(done) => self.results.send(done).await.ok(),
            None => Some(()),
        }
    }

    /// Marks the steps as being sent. `false` where the ledger cannot be written: then nothing is sent.
    async fn begin(&self, batch: &[Made1]) -> bool {
        let now = self.session.inner.now();
        let begun: Vec<Begin> = batch
            .iter()
            .filter_map(|(step, made)| match made {
                Made::Ready(ready) if self.session.blocked(&self.destination).is_none() => {
                    Some(self.beginning(step, ready, now))
                }
                _ => None,
            })
            .collect();
        if begun.is_empty() {
            return true;
        }
        match self.session.inner.ledger.begin(begun).await {
            Ok(()) => true,
            Err(error) => {
                self.session.end(error);
                false
            }
        }
    }

    fn beginning(&self, step: &Step, ready: &Ready, now: Time) -> Begin {
        Begin {
            source: step.decision.from.clone(),
            entries: entries_of(step),
            destination: self.destination.clone(),
            route: step.decision.route.clone(),
            external_id: ready.parcel.external_id.clone(),
            file: ready.archived.as_ref().map(|archived| archived.name.clone()),
            file_hash: ready.archived.as_ref().map(|archived| archived.hash.clone()),
            replaces: step.replaces().map(str::to_owned),
            if_similar: step.if_similar(),
            merged_with: step.decision.merged_with.as_ref().map(MergedEntry::from),
            remarks: ready.remarks.clone(),
            headline: Some(ready.parcel.item.headline()),
            run: self.session.run.unwrap_or_default(),
            now,
        }
    }

    /// Looks for each whether it is there, and hands those over that are not: together, where there are several. One end
    /// for each, in order.
    async fn hand_over(&self, group: &mut [(Step, Ready)]) -> Vec<(End, bool)> {
        let session = &self.session;
        let Some(connection) = session.connection(&self.destination) else {
            return group.iter().map(|(step, _)| (End::NotSent, !step.check_first())).collect();
        };
        let Some(destination) = connection.destination() else {
            let words = format!("Baton cannot write to {}", session.name(&self.destination));
            let error = Error::new(ErrorKind::Unsupported, words);
            let failed = |(step, _): &(Step, Ready)| (End::Failed(error.clone()), !step.check_first());
            return group.iter().map(failed).collect();
        };
        let mut ends: Vec<Option<(End, bool)>> = Vec::with_capacity(group.len());
        let mut in_trouble = false;
        for (step, ready) in group.iter_mut() {
            let end = if in_trouble {
                Some((End::NotSent, !step.check_first()))
            } else {
                self.look(destination, step, ready).await
            };
            // The others would meet the same trouble.
            in_trouble |= matches!(&end, Some((End::Failed(error), _)) if error.kind.scope() != Reach::Step);
            ends.push(end);
        }
        let waiting = group.iter().zip(&ends).filter(|(_, end)| end.is_none()).map(|(one, _)| one);
        let waiting: Vec<&(Step, Ready)> = waiting.collect();
        let answers: Vec<(End, bool)> = if in_trouble {
            waiting.iter().map(|(step, _)| (End::NotSent, !step.check_first())).collect()
        } else {
            self.send(destination, &waiting).await
        };
        let mut answers = answers.into_iter();
        let mut settled = Vec::with_capacity(ends.len());
        for ((step, ready), end) in group.iter().zip(ends) {
            let unanswered = || (End::Failed(Error::bug("a delivery has no answer")), false);
            let end = end.or_else(|| answers.next()).unwrap_or_else(unanswered);
            settled.push(self.take_away(destination, step, ready, end).await);
        }
        settled
    }

    /// Whether it is there. `None` where it is to be sent. The end's second half says whether it is known that nothing
    /// was left there: until a look has told, an attempt that was cut off may have left something.
    async fn look(
        &self,
        destination: &dyn Destination,
        step: &Step,
        ready: &mut Ready,
    ) -> Option<(End, bool)> {
        let session = &self.session;
        let uncertain = !step.check_first();
        if session.blocked(&self.destination).is_some() {
            return Some((End::NotSent, uncertain));
        }
        session.enter(step, Stage::Check);
        match session.stop.or(there(destination, step, ready)).await {
            None => Some((End::NotSent, uncertain)),
            Some(Err(error)) => Some((End::Failed(error), uncertain)),
            Some(Ok(end)) => end.map(|end| (end, true)),
        }
    }

    async fn send(&self, destination: &dyn Destination, parcels: &[&(Step, Ready)]) -> Vec<(End, bool)> {
        let session = &self.session;
        for (step, _) in parcels {
            session.enter(step, Stage::Deliver);
        }
        let answers = match parcels {
            [] => return Vec::new(),
            [(_, ready)] => {
                session.stop.or(destination.deliver(&ready.parcel)).await.map(|answer| vec![answer])
            }
            several => {
                let parcels: Vec<&Parcel> = several.iter().map(|(_, ready)| &ready.parcel).collect();
                session.stop.or(destination.deliver_all(&parcels)).await
            }
        };
        let Some(answers) = answers else {
            return parcels.iter().map(|_| (End::Unknown, true)).collect();
        };
        let ends = answers.into_iter().map(|answer| {
            let certain = !matches!(&answer, Err(error) if error.kind == ErrorKind::Unsettled);
            (answer.map_or_else(End::Failed, End::Receipt), certain)
        });
        ends.collect()
    }

    /// Removes what this one replaces, once this one is there. Where that fails the step stays begun: the next run finds
    /// the new one and removes the former.
    async fn take_away(
        &self,
        destination: &dyn Destination,
        step: &Step,
        ready: &Ready,
        (end, certain): (End, bool),
    ) -> (End, bool) {
        let (End::Receipt(_), Some(former)) = (&end, step.replaces()) else { return (end, certain) };
        match self.session.stop.or(destination.remove(&ready.parcel, former)).await {
            Some(Ok(())) => (end, certain),
            Some(Err(error)) => (End::Failed(error), false),
            None => (End::Unknown, false),
        }
    }

    /// Writes the end down; the telling follows when it is on disk.
    async fn end(&self, step: &Step, ready: Ready, (end, certain): (End, bool)) -> Option<Done> {
        let mut ready = ready;
        // Nothing was merged where nothing was sent.
        if let End::Similar(..) = end {
            ready.remarks = self.why_not_merged(step).into_iter().collect();
        }
        let already_there = |key: Option<Key>, similar: Option<Similar>| {
            let outcome = Outcome::AlreadyThere { key: key.clone(), similar: similar.clone() };
            (outcome, Finished::AlreadyThere { key, similar, remarks: ready.remarks.clone() })
        };
        let (outcome, finished) = match end {
            End::Unknown => return None,
            End::NotSent => {
                self.session.inner.ledger.finish(self.finish(step, Finished::NotSent, certain)).await.ok()?;
                return self.left(step);
            }
            End::Failed(error) => {
                let destination = self.destination.clone();
                return self.failed(step, &destination, error, Some((ready, certain))).await;
            }
            End::Receipt(Receipt::Created { key, remarks }) => {
                let all = [ready.remarks.clone(), remarks.clone()].concat();
                (Outcome::Created { key: key.clone(), remarks }, Finished::Created { key, remarks: all })
            }
            End::Receipt(Receipt::AlreadyThere { key }) => already_there(key, None),
            End::Similar(key, similar) => already_there(Some(key), Some(similar)),
        };
        self.session.worked(&self.destination);
        self.session.enter(step, Stage::Record);
        let written = self.session.inner.ledger.finish(self.finish(step, finished, true)).boxed();
        Some(Done { written: Some(written), ..self.done(step, Some(&ready), outcome) })
    }

    /// Why something was left although its route merges.
    fn why_not_merged(&self, step: &Step) -> Option<String> {
        let name = self.session.name(&self.destination);
        match (step.if_similar(), &step.decision.merged_with) {
            (IfSimilar::Merge, Some(_)) => {
                Some(format!("what {name} has holds everything that this one would add"))
            }
            (IfSimilar::Merge, None) => Some(format!(
                "nothing could be merged: Baton does not read what {name} has, or sent it there itself"
            )),
            _ => None,
        }
    }

    /// A step that failed at its source or at its destination.
    async fn failed(
        &self,
        step: &Step,
        account: &str,
        error: Error,
        ready: Option<(Ready, bool)>,
    ) -> Option<Done> {
        let session = &self.session;
        let (ready, certain) =
            ready.map_or((None, !step.check_first()), |(ready, certain)| (Some(ready), certain));
        let finished = if session.reached(account, &error).await {
            let wait = (error.kind == ErrorKind::Incomplete).then_some(INCOMPLETE_WAIT);
            Finished::Failed { error: error.clone(), next_try: wait.map(|wait| session.inner.now() + wait) }
        } else if matches!(error.kind, ErrorKind::ServiceDown | ErrorKind::ServiceChanged) {
            Finished::Deferred { error: error.clone() }
        } else {
            Finished::NotSent
        };
        // Not for this destination: that is no failure of anybody's.
        let outcome = match error.kind {
            ErrorKind::Unsupported => Outcome::Skipped { skip: SkipReason::Unsupported },
            _ => Outcome::Failed { error },
        };
        let done = self.done(step, ready.as_ref(), outcome);
        if session.scope.output != Output::Deliver {
            return Some(done);
        }
        session.enter(step, Stage::Record);
        let written = session.inner.ledger.finish(self.finish(step, finished, certain)).boxed();
        Some(Done { written: Some(written), ..done })
    }

    /// A step that nobody worked on. Nothing is told of what a stopped run leaves.
    fn left(&self, step: &Step) -> Option<Done> {
        if self.session.stop.is_stopped() {
            return None;
        }
        Some(self.done(step, None, self.session.left(step)))
    }

    /// Puts the file into the folder that the person named, and nowhere else.
    async fn write(&self, step: &Step, ready: Ready, folder: std::path::PathBuf) -> Option<Done> {
        let Ready { parcel, .. } = &ready;
        let (item, title, file) = (parcel.item.clone(), parcel.title.clone(), parcel.file.clone());
        let written = crate::blocking(move || {
            files::write_beside(
                &folder,
                &files::name_for(&item, &title),
                file.format.extension(),
                &file.bytes,
            )
        });
        match written.await {
            Ok(path) => {
                let path = path.display().to_string();
                let key = Key { id: path.clone(), link: None };
                let outcome = Outcome::Created { key, remarks: Vec::new() };
                Some(Done { file: Some(path), ..self.done(step, Some(&ready), outcome) })
            }
            Err(error) => {
                self.session.end(error.clone());
                Some(self.done(step, Some(&ready), Outcome::Failed { error }))
            }
        }
    }

    fn finish(&self, step: &Step, result: Finished, certain: bool) -> Finish {
        Finish {
            source: step.decision.from.clone(),
            entries: entries_of(step),
            destination: self.destination.clone(),
            route: step.decision.route.clone(),
            run: self.session.run.unwrap_or_default(),
            now: self.session.inner.now(),
            result,
            certain,
        }
    }

    fn done(&self, step: &Step, ready: Option<&Ready>, outcome: Outcome) -> Done {
        let path = |ready: &Ready| {
            let archived = ready.archived.as_ref()?;
            Some(self.session.inner.archive.path(&archived.name).display().to_string())
        };
        let format: Option<Format> = ready.map(|ready| ready.parcel.file.format);
        let mut remarks: Vec<String> = step.decision.note.iter().cloned().collect();
        remarks.extend(ready.into_iter().flat_map(|ready| ready.remarks.iter().cloned()));
        Done {
            number: step.number,
            route: step.decision.route.clone(),
            title: ready.map_or_else(|| step.decision.title(), |ready| ready.parcel.title.clone()),
            start: step.decision.start(),
            utc_offset: step.decision.utc_offset(),
            file: ready.and_then(path),
            format,
            outcome,
            remarks,
            written: None,
        }
    }
}

fn kind_of(step: &Step) -> Option<Kind> {
    step.decision.entries.first().map(|entry| entry.kind)
}

fn entries_of(step: &Step) -> Vec<(String, Time, String)> {
    let entries = step.decision.entries.iter();
    entries.map(|entry| (entry.key.clone(), entry.span.start, entry.revision.clone())).collect()
}
