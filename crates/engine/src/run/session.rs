//! What one run holds: its settings, its accounts in use, which of them had to be left, and what was done so far.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use baton_core::{
    Attention, Connection, Error, ErrorKind, Event, Kind, Outcome, Result, Scope as Reach, ServiceInfo, Time,
};
use chrono::{Days, NaiveDate, TimeDelta};

use super::{Output, Scope};
use crate::accounts::cool_down;
use crate::config::{Config, Route};
use crate::ledger::{Block, Subject, Trigger};
use crate::transfer::{self, FILES};
use crate::{Engine, Inner, Stop, routes};

/// The first wait of automatic runs after a service that did not answer; each further one is twice as long.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(10);
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(4);
/// An answer in an unknown form is tried once a day.
const CHANGED_WAIT: TimeDelta = TimeDelta::hours(24);

pub(super) struct Session {
    pub inner: Arc<Inner>,
    pub config: Arc<Config>,
    pub scope: Scope,
    /// `None` in a plan that is only shown.
    pub run: Option<i64>,
    pub stop: Stop,
    pub routes: Vec<Route>,
    /// Accounts of what goes with entries whose sending was cut off.
    begun_with: Vec<String>,
    connections: HashMap<String, Arc<dyn Connection>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Accounts that this run leaves alone, and since when.
    blocked: BTreeMap<String, (Error, Time)>,
    /// Blocks as they were when the run began.
    before: Vec<Block>,
    /// Accounts that answered in this run.
    worked: HashSet<String>,
    /// What ended the whole run.
    fatal: Option<Error>,
    tally: Tally,
}

/// What was done so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub created: u64,
    pub already_there: u64,
    pub skipped: u64,
    pub failed: u64,
}

impl Tally {
    pub(super) fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Created { .. } => self.created += 1,
            Outcome::AlreadyThere { .. } => self.already_there += 1,
            Outcome::Skipped { .. } => self.skipped += 1,
            Outcome::Failed { .. } => self.failed += 1,
        }
    }
}

impl Session {
    /// Reads the settings and chooses the routes in scope.
    pub(super) async fn begin(engine: &Engine, scope: Scope, stop: Stop) -> Result<Session> {
        let config = Arc::new(engine.config().await?);
        if let (Some(since), Some(until)) = (scope.since, scope.until)
            && since >= until
        {
            return Err(Error::bad_input("the first day lies after the last; swap them"));
        }
        let inner = engine.inner.clone();
        let routes = chosen_routes(&inner, &config, &scope)?;
        let state = State { before: inner.ledger.blocks().await?, ..State::default() };
        let begun_with = inner.ledger.begun_with().await?;
        let (connections, state) = (HashMap::new(), Mutex::new(state));
        Ok(Session { inner, config, scope, run: None, stop, routes, begun_with, connections, state })
    }

    /// Connects the accounts of the routes; those that are to be left alone are noted. No request is made.
    pub(super) fn connect(&mut self) {
        let now = self.inner.now();
        let to_folder = matches!(self.scope.output, Output::Folder(_));
        let ends =
            self.routes.iter().flat_map(|route| [Some(&route.from), (!to_folder).then_some(&route.to)]);
        let mut accounts: HashSet<String> = ends.flatten().cloned().collect();
        accounts.extend(self.begun_with.iter().cloned());
        if self.routes.iter().any(Route::merges) {
            accounts.extend(self.mergeable());
        }
        for id in accounts {
            if self.connections.contains_key(&id) {
                continue;
            }
            let subject = Subject::Account(id.clone());
            let block = self.state().before.iter().find(|block| block.subject == subject).cloned();
            if let Some(block) = block.filter(|block| holds(block, self.scope.trigger, now)) {
                self.state().blocked.insert(id.clone(), (block.error, block.since));
            }
            let connection = match self.config.accounts.get(&id) {
                _ if id == FILES => Ok(transfer::archived_files(self.inner.archive.clone())),
                Some(account) => self.inner.connect(&id, account),
                None => {
                    Err(Error::sign_in(format!("{id} is not connected; connect it, or remove its routes")))
                }
            };
            match connection {
                Ok(connection) => {
                    self.connections.insert(id, Arc::from(connection));
                }
                Err(error) => {
                    self.state().blocked.insert(id, (error, now));
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn connection(&self, account: &str) -> Option<Arc<dyn Connection>> {
        self.connections.get(account).cloned()
    }

    /// The service behind an account.
    pub(super) fn info(&self, account: &str) -> Option<&'static ServiceInfo> {
        let account = self.config.accounts.get(account)?;
        self.inner.service(&account.service).ok().map(|service| service.info())
    }

    /// The day until which what comes from this account may rest on this computer; `None` for ever.
    pub(super) fn keep_until(&self, account: &str) -> Option<NaiveDate> {
        let days = self.info(account)?.keep_days?;
        self.inner.now().date_naive().checked_add_days(Days::new(u64::from(days)))
    }

    /// Accounts whose workouts are read, and so may be merged into others. Where what is read may be kept for some days
    /// only, a route must say that it is read at all.
    pub(super) fn mergeable(&self) -> Vec<String> {
        let is_routed = |id: &String| {
            let mut routes = self.config.routes.values();
            routes.any(|route| route.enabled && route.from == *id && route.kinds.contains(&Kind::Activity))
        };
        let is_read = |id: &&String| {
            self.info(id).is_some_and(|info| {
                info.reads.contains(&Kind::Activity) && (info.keep_days.is_none() || is_routed(id))
            })
        };
        self.config.accounts.keys().filter(is_read).cloned().collect()
    }

    /// The name that a person knows an account by.
    pub(super) fn name(&self, account: &str) -> String {
        self.info(account).map_or_else(|| account.to_owned(), |info| info.name.to_owned())
    }

    /// The options for entries between two accounts: those of a route, else the defaults.
    pub(super) fn route_between(&self, from: &str, to: &str) -> Route {
        let mut between = self.config.routes.values().filter(|route| route.from == from && route.to == to);
        let first = between.next();
        first.cloned().unwrap_or_else(|| Route {
            kinds: Kind::ALL.to_vec(),
            // What a person wrote beside a file goes along with it.
            description: (from == FILES).then(|| "[{notes}] [({gear})]".to_owned()),
            ..Route::new(from, to)
        })
    }

    /// The options of a decision's route.
    pub(super) fn route_of(&self, decision: &crate::Decision) -> Route {
        let same = |route: &&Route| {
            route.id == decision.route && route.from == decision.from && route.to == decision.to
        };
        self.routes
            .iter()
            .find(same)
            .cloned()
            .unwrap_or_else(|| self.route_between(&decision.from, &decision.to))
    }

    pub(super) fn blocked(&self, account: &str) -> Option<Error> {
        self.state().blocked.get(account).map(|(error, _)| error.clone())
    }

    pub(super) fn blocked_ids(&self) -> HashSet<String> {
        self.state().blocked.keys().cloned().collect()
    }

    pub(super) fn blocked_accounts(&self) -> Vec<Attention> {
        let attention = |(id, (error, since)): (&String, &(Error, Time))| Attention {
            account: Some(id.clone()),
            error: error.clone(),
            since: *since,
        };
        self.state().blocked.iter().map(attention).collect()
    }

    /// An account answered.
    pub(super) fn worked(&self, account: &str) {
        let mut state = self.state();
        if !state.worked.contains(account) {
            state.worked.insert(account.to_owned());
        }
    }

    /// Draws the consequence of an error at an account: ends that account's steps, or the whole run. `true` where only
    /// the step is concerned.
    pub(super) async fn reached(&self, account: &str, error: &Error) -> bool {
        match error.kind.scope() {
            Reach::Step => true,
            Reach::Account => {
                self.leave(account, error).await;
                false
            }
            Reach::App => {
                self.end(error.clone());
                false
            }
        }
    }

    /// Leaves an account alone for the rest of the run. `false` where that was done before.
    pub(super) async fn leave(&self, account: &str, error: &Error) -> bool {
        let now = self.inner.now();
        let subject = Subject::Account(account.to_owned());
        let block = {
            let mut state = self.state();
            if state.blocked.contains_key(account) {
                return false;
            }
            let before = state.before.iter().find(|block| block.subject == subject);
            let block = block_for(subject, error, before, now);
            state.blocked.insert(account.to_owned(), (block.error.clone(), block.since));
            block
        };
        if let Err(error) = self.inner.ledger.put_block(block).await {
            self.end(error);
        }
        let list = self.blocked_accounts();
        self.inner.events.send(Event::Attention { list });
        true
    }

    /// Ends the run for this reason.
    pub(super) fn end(&self, error: Error) {
        self.state().fatal.get_or_insert(error);
        self.stop.stop();
    }

    /// Why the run ended early, if it did.
    pub(super) fn ended_by(&self) -> Option<Error> {
        let fatal = self.state().fatal.clone();
        fatal.or_else(|| self.stop.is_stopped().then(crate::stop::cancelled))
    }

    pub(super) fn tally(&self) -> Tally {
        self.state().tally
    }

    pub(super) fn count(&self, outcome: &Outcome) {
        self.state().tally.count(outcome);
    }

    /// Forgets the blocks of accounts that answered and were not left again.
    pub(super) async fn unblock(&self) -> Result<()> {
        let over: Vec<Subject> = {
            let state = self.state();
            let subjects = state.before.iter().map(|block| &block.subject);
            let over = subjects.filter(|subject| match subject {
                Subject::Account(id) => state.worked.contains(id) && !state.blocked.contains_key(id),
                Subject::SignIn(_) => false,
            });
            over.cloned().collect()
        };
        for subject in over {
            self.inner.ledger.remove_block(&subject).await?;
        }
        Ok(())
    }
}

/// Whether a block keeps a run away. What the vendor set a time for, and what needs a new sign-in, is never tried
/// sooner; the rest only keeps automatic runs away: a person who presses the button gets a try.
fn holds(block: &Block, trigger: Trigger, now: Time) -> bool {
    let runs = block.until.is_some_and(|until| now < until);
    match block.error.kind {
        ErrorKind::SignInRequired => true,
        ErrorKind::LoginCoolDown { .. } | ErrorKind::RateLimited { .. } => runs,
        _ => runs && trigger != Trigger::Person,
    }
}

fn block_for(subject: Subject, error: &Error, before: Option<&Block>, now: Time) -> Block {
    let same = before.filter(|block| block.error.kind.name() == error.kind.name());
    let repeats = same.map_or(0, |block| block.repeats.saturating_add(1));
    let until = match &error.kind {
        ErrorKind::LoginCoolDown { .. } => return cool_down(subject, error.clone(), before, now),
        ErrorKind::RateLimited { until } => Some(*until),
        ErrorKind::Offline | ErrorKind::ServiceDown => {
            Some(now + FIRST_WAIT.checked_mul(1 << repeats.min(5)).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT))
        }
        ErrorKind::ServiceChanged => Some(now + CHANGED_WAIT),
        _ => None,
    };
    Block { subject, error: error.clone(), since: same.map_or(now, |block| block.since), until, repeats }
}

fn chosen_routes(inner: &Inner, config: &Config, scope: &Scope) -> Result<Vec<Route>> {
    if let Some(id) = &scope.route {
        return match config.routes.get(id) {
            Some(route) => Ok(vec![route.clone()]),
            None => Err(routes::no_route(id, config)),
        };
    }
    let routes: Vec<Route> = config.routes.values().filter(|route| route.enabled).cloned().collect();
    if !routes.is_empty() || scope.output == Output::Deliver {
        return Ok(routes);
    }
    // Files are wanted and nobody said from where: from everywhere, but for services that set terms to what is read there.
    let reads = |service: &str| {
        let info = inner.service(service).map(|service| service.info());
        info.is_ok_and(|info| info.reads.contains(&Kind::Activity) && info.keep_days.is_none())
    };
    let sources = config.accounts.iter().filter(|(_, account)| reads(&account.service));
    Ok(sources.map(|(id, _)| Route::new(id, "")).collect())
}
