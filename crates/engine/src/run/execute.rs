//! Carries a plan out: for each source somebody who fetches and encodes ahead, for each destination somebody who hands
//! over in order, and one who records. They run side by side and are bounded by what lies between them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use baton_core::{
    Error, Event, Format, IfSimilar, Measured, Outcome, Result, RunEvent, SkipReason, Stage, Time,
};
use futures::StreamExt;
use futures::future::{BoxFuture, join_all, join3};
use tokio::sync::mpsc;

use super::deliver::Courier;
use super::make::{self, Made};
use super::session::Session;
use crate::plan::{Decision, Verdict};

/// So many entries of a source are fetched and encoded at a time.
const AHEAD: usize = 4;
/// So many finished parcels wait between a source and a destination.
const WAITING: usize = 4;
/// So many results wait for their commit.
const UNRECORDED: usize = 16;

/// One decision that sends, by its place in the plan.
#[derive(Clone)]
pub(super) struct Step {
    pub number: u64,
    pub decision: Decision,
}

impl Step {
    pub(super) fn check_first(&self) -> bool {
        matches!(self.decision.verdict, Verdict::Send { check_first: true, .. })
    }

    /// What is to be removed at the destination once this one is there.
    pub(super) fn replaces(&self) -> Option<&str> {
        match &self.decision.verdict {
            Verdict::Send { replaces, .. } => replaces.as_deref(),
            Verdict::Skip { .. } => None,
        }
    }

    /// What to do where something that begins and ends like it is there.
    pub(super) fn if_similar(&self) -> IfSimilar {
        match self.decision.verdict {
            Verdict::Send { if_similar, .. } => if_similar,
            Verdict::Skip { .. } => IfSimilar::Leave,
        }
    }

    /// The measurement, where the listing brought it whole.
    pub(super) fn measured(&self) -> Option<&Measured> {
        match self.decision.entries.as_slice() {
            [entry] => entry.measured.as_ref(),
            _ => None,
        }
    }
}

/// How a step ended, on its way to listeners. It is told when the ledger has it.
pub(super) struct Done {
    pub number: u64,
    pub route: String,
    pub title: String,
    pub start: Time,
    pub utc_offset: Option<i32>,
    pub file: Option<String>,
    pub format: Option<Format>,
    pub outcome: Outcome,
    pub remarks: Vec<String>,
    pub written: Option<BoxFuture<'static, Result<()>>>,
}

/// Carries out what the plan sends; what it skips is told.
pub(super) async fn execute(session: &Arc<Session>, decisions: &[Decision]) -> Result<()> {
    let mut steps = Vec::new();
    for (number, decision) in decisions.iter().enumerate() {
        let number = number as u64;
        match &decision.verdict {
            Verdict::Send { .. } => steps.push(Step { number, decision: decision.clone() }),
            Verdict::Skip { skip } => {
                for _ in &decision.entries {
                    session.count(&Outcome::Skipped { skip: skip.clone() });
                }
                tell_skip(session, number, decision, skip);
            }
        }
    }
    // Measurements go many at a time, so those of one kind go together; all else stays oldest first.
    steps.sort_by_key(|step: &Step| {
        let kind = step.measured().and(step.decision.entries.first()).map(|entry| entry.kind);
        (step.decision.last, kind)
    });
    let (results, recorded) = mpsc::channel(UNRECORDED);
    let mut senders: HashMap<(String, String), mpsc::Sender<(u64, Made)>> = HashMap::new();
    let mut couriers: BTreeMap<String, Courier> = BTreeMap::new();
    for step in &steps {
        let Decision { from, to, .. } = &step.decision;
        let courier = couriers
            .entry(to.clone())
            .or_insert_with(|| Courier::new(session.clone(), to.clone(), results.clone()));
        senders.entry((from.clone(), to.clone())).or_insert_with(|| {
            let (sender, receiver) = mpsc::channel(WAITING);
            courier.add_lane(from.clone(), receiver);
            sender
        });
        courier.add_step(step.clone());
    }
    drop(results);
    let mut by_source: BTreeMap<String, Vec<Vec<Step>>> = BTreeMap::new();
    for step in steps {
        gather(by_source.entry(step.decision.from.clone()).or_default(), step);
    }
    let makers: Vec<_> = by_source
        .into_iter()
        .map(|(source, units)| {
            let lanes = senders.extract_if(|lane, _| lane.0 == source);
            fetch_ahead(session, units, lanes.map(|((_, to), sender)| (to, sender)).collect())
        })
        .collect();
    let couriers = couriers.into_values().map(Courier::work);
    join3(join_all(makers), join_all(couriers), record(session, recorded)).await;
    Ok(())
}

/// Steps that need the same entries become one unit, so that nothing is fetched twice.
fn gather(units: &mut Vec<Vec<Step>>, step: Step) {
    let same = |unit: &&mut Vec<Step>| {
        unit.first().is_some_and(|first| {
            let same = |first: &Decision, other: &Decision| {
                first.entries == other.entries
                    && first.merged_with == other.merged_with
                    && first.last == other.last
            };
            same(&first.decision, &step.decision)
        })
    };
    // Steps are in the order of their entries, so those alike are neighbours but for joined ones between them.
    match units.iter_mut().rev().take(4).find(same) {
        Some(unit) => unit.push(step),
        None => units.push(vec![step]),
    }
}

/// Fetches and encodes in order, a few at a time, until the lanes are full. Those that an account failed on before are
/// begun only when all others are made: a failure closes the source to what is not made yet.
async fn fetch_ahead(
    session: &Arc<Session>,
    mut units: Vec<Vec<Step>>,
    lanes: HashMap<String, mpsc::Sender<(u64, Made)>>,
) {
    let failed_before = |unit: &Vec<Step>| unit.first().is_some_and(|step| step.decision.last);
    let doubtful: Vec<Vec<Step>> = units.extract_if(.., |unit| failed_before(unit)).collect();
    let ahead =
        |units| futures::stream::iter(units).map(|unit| make::make(session.clone(), unit)).buffered(AHEAD);
    let mut made = ahead(units).chain(ahead(doubtful));
    while let Some(Some(results)) = session.stop.or(made.next()).await {
        for (step, made) in results {
            let Some(lane) = lanes.get(&step.decision.to) else { continue };
            // Nobody listens any more where the run is being stopped.
            if lane.send((step.number, made)).await.is_err() {
                return;
            }
        }
    }
}

/// Tells how each step ended, in order, as soon as the ledger has it.
async fn record(session: &Session, mut recorded: mpsc::Receiver<Done>) {
    while let Some(done) = recorded.recv().await {
        let mut outcome = done.outcome;
        if let Some(written) = done.written
            && let Err(error) = written.await
        {
            session.end(error.clone());
            outcome = Outcome::Failed { error };
        }
        session.count(&outcome);
        session.inner.events.send(Event::Run(RunEvent::StepDone {
            step: done.number,
            route: done.route,
            title: done.title,
            start: Some(done.start),
            utc_offset: done.utc_offset,
            file: done.file,
            format: done.format,
            outcome,
            remarks: done.remarks,
        }));
    }
}

fn tell_skip(session: &Session, number: u64, decision: &Decision, skip: &SkipReason) {
    session.inner.events.send(Event::Run(RunEvent::StepDone {
        step: number,
        route: decision.route.clone(),
        title: decision.title(),
        start: Some(decision.start()),
        utc_offset: decision.utc_offset(),
        file: None,
        format: None,
        outcome: Outcome::Skipped { skip: skip.clone() },
        remarks: decision.note.iter().cloned().collect(),
    }));
}

impl Session {
    /// Tells that a step enters a stage.
    pub(super) fn enter(&self, step: &Step, stage: Stage) {
        self.inner.entering(stage);
        let decision = &step.decision;
        self.inner.events.send(Event::Run(RunEvent::Step {
            step: step.number,
            route: decision.route.clone(),
            to: decision.to.clone(),
            title: decision.title(),
            stage,
        }));
    }

    /// What a step that nobody may work on ends with.
    pub(super) fn left(&self, step: &Step) -> Outcome {
        let Decision { from, to, merged_with, .. } = &step.decision;
        let partner = merged_with.as_ref().map(|partner| &partner.account);
        let blocked = [from, to].into_iter().chain(partner).find_map(|account| self.blocked(account));
        match blocked {
            Some(_) => Outcome::Skipped { skip: SkipReason::AccountBlocked },
            None => Outcome::Failed { error: Error::bug("a step was left without a reason") },
        }
    }
}
