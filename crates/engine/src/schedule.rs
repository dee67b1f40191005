//! When to sync next: a pure answer, and one loop that asks for it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use baton_core::{Attention, Changed, Error, ErrorKind, Event, Kind, Time};
use chrono::TimeDelta;

use crate::config::{AccountConfig, Route, Schedule};
use crate::ledger::Trigger;
use crate::listening::Listening;
use crate::{Engine, Result, Scope, Stop};

/// The interval is stretched or shortened by so much, so that not everybody's computer asks at the full hour.
const JITTER: f64 = 0.1;
/// After waking the network needs a moment.
const AFTER_WAKING: TimeDelta = TimeDelta::seconds(20);
/// The computer slept where its clock went on by this much more than its counter.
const SLEPT: TimeDelta = TimeDelta::seconds(90);
/// How often the loop looks at the clock.
const LOOK: Duration = Duration::from_secs(15);
/// Whether another process is syncing is asked again after this.
const BUSY_WAIT: TimeDelta = TimeDelta::minutes(2);
/// Where every service in use tells by itself what is new, it is asked all the same now and then: news get lost.
const SELDOM_MINUTES: u32 = 6 * 60;
/// News come in twos and threads: what follows within this time is looked at together.
const TOGETHER: Duration = Duration::from_secs(2);

/// What decides about the next sync.
#[derive(Debug, Clone)]
pub struct Situation {
    pub schedule: Schedule,
    /// The most patient of the services in use.
    pub least_minutes: u32,
    /// When the last sync began.
    pub last: Option<Time>,
    /// When the computer woke up, where that was after the last sync.
    pub woke: Option<Time>,
    /// When the first of the resting accounts may go on.
    pub cool_down_ends: Option<Time>,
    /// From 0 to 1, drawn once for each wait.
    pub chance: f64,
}

/// The next sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// Already past where it is due.
    pub at: Time,
    pub trigger: Trigger,
}

/// When to sync next, `None` while paused without an end.
pub fn next(situation: &Situation, now: Time) -> Option<Next> {
    let Situation { schedule, least_minutes, last, woke, cool_down_ends, chance } = situation;
    let least = TimeDelta::minutes(i64::from(*least_minutes));
    let interval = TimeDelta::minutes(i64::from(schedule.interval_minutes)).max(least);
    let stretch = 1.0 + JITTER * (2.0 * chance.clamp(0.0, 1.0) - 1.0);
    let wait = TimeDelta::milliseconds((interval.num_milliseconds() as f64 * stretch) as i64).max(least);
    // A clock that was set back must not hold everything up.
    let last = last.filter(|last| *last <= now);
    let mut next = Next { at: last.map_or(now, |last| last + wait), trigger: Trigger::Schedule };
    let politely = |at: Time| last.map_or(at, |last| at.max(last + least));
    if let Some(woke) = woke.filter(|_| schedule.after_waking) {
        let at = politely(woke + AFTER_WAKING);
        if at < next.at {
            next = Next { at, trigger: Trigger::Waking };
        }
    }
    if let Some(ends) = cool_down_ends {
        next.at = next.at.min(politely(*ends));
    }
    if schedule.is_paused(now) {
        next.at = next.at.max(schedule.paused_until?);
    }
    Some(next)
}

impl Engine {
    /// Syncs by the schedule until it is stopped. The settings are read again before each look.
    ///
    /// # Errors
    /// What is wrong at the beginning (`BadInput` in the configuration, `Storage`). Trouble that comes later is told as
    /// [`Event::Attention`] or at the end of its run, and waited out.
    pub async fn run_schedule(&self, stop: Stop) -> Result<()> {
        self.situation(None, 0.5).await?;
        let mut watch = Watch::start(self);
        let mut chance = rand::random::<f64>();
        let mut not_before: Option<Time> = None;
        let mut listening = Listening::default();
        while !stop.is_stopped() {
            // A faulty configuration is told of below.
            let _ = self.listen_to_sources(&mut listening).await;
            if let Err(error) = self.look_at_news(&stop).await {
                self.tell_trouble(&mut watch, error, self.inner.now());
            }
            let now = self.inner.now();
            if watch.looks_awake(now) {
                not_before = None;
            }
            let due = match self.situation(watch.woke, chance).await {
                Ok(situation) => situation
                    .and_then(|situation| Some((next(&situation, now)?, situation.schedule.on_metered)))
                    .filter(|(next, _)| next.at.max(not_before.unwrap_or(next.at)) <= now),
                Err(error) => {
                    self.tell_trouble(&mut watch, error, now);
                    None
                }
            };
            let held_back = matches!(due, Some((_, false))) && self.is_metered().await;
            if self.inner.held_back.swap(held_back, Ordering::Relaxed) != held_back {
                self.inner.events.send(Event::Changed { what: Changed::Schedule });
            }
            let Some((due, _)) = due.filter(|_| !held_back) else {
                if stop.or(self.rest()).await.is_none() {
                    break;
                }
                continue;
            };
            not_before = None;
            let scope = Scope { trigger: due.trigger, ..Scope::default() };
            if let Err(error) = self.sync_until(scope, &stop).await {
                not_before = Some(self.inner.now() + BUSY_WAIT);
                if error.kind != ErrorKind::Busy {
                    self.tell_trouble(&mut watch, error, now);
                }
            }
            watch.woke = None;
            chance = rand::random::<f64>();
        }
        Ok(())
    }

    /// Whether the network counts what is used; what cannot be told is not.
    async fn is_metered(&self) -> bool {
        let metered = self.inner.metered.clone();
        crate::blocking(move || Ok(metered())).await.unwrap_or(false)
    }

    /// Until it is time to look again, or news come.
    async fn rest(&self) {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = self.inner.woken.more() => tokio::time::sleep(TOGETHER).await,
        }
    }

    /// Syncs the routes of the accounts that something new was told of. What comes while nothing may run by itself is left
    /// to the next sync of everything.
    async fn look_at_news(&self, stop: &Stop) -> Result<()> {
        let woken = self.inner.woken.take();
        if woken.is_empty() {
            return Ok(());
        }
        let config = self.config().await?;
        let schedule = &config.schedule;
        if schedule.is_paused(self.inner.now()) || (!schedule.on_metered && self.is_metered().await) {
            return Ok(());
        }
        let concerned = config.routes.values().filter(|route| route.enabled && woken.contains(&route.from));
        for route in concerned {
            if stop.is_stopped() {
                break;
            }
            let scope = Scope { route: Some(route.id.clone()), trigger: Trigger::News, ..Scope::default() };
            match self.sync_until(scope, stop).await {
                // Another sync is running, perhaps of this route and past its listing: it is looked at again after it.
                Err(error) if error.kind == ErrorKind::Busy => self.inner.woken.wake(route.from.clone()),
                outcome => outcome?,
            }
        }
        Ok(())
    }

    async fn sync_until(&self, scope: Scope, stop: &Stop) -> Result<()> {
        let run = self.sync(scope);
        tokio::pin!(run);
        let summary = tokio::select! {
            summary = &mut run => summary,
            () = stop.stopped() => {
                self.cancel();
                run.await
            }
        };
        summary.map(|_| ())
    }

    /// Once for each trouble.
    fn tell_trouble(&self, watch: &mut Watch, error: Error, since: Time) {
        if watch.trouble.as_ref() != Some(&error) {
            watch.trouble = Some(error.clone());
            self.inner
                .events
                .send(Event::Attention { list: vec![Attention { account: None, error, since }] });
        }
    }

    /// When the next automatic sync is due; `None` while paused without an end, or without any route.
    pub async fn next_sync(&self) -> Result<Option<Time>> {
        let now = self.inner.now();
        let situation = self.situation(None, 0.5).await?;
        Ok(situation.and_then(|situation| next(&situation, now)).map(|next| next.at.max(now)))
    }

    /// `None` without any route to sync.
    async fn situation(&self, woke: Option<Time>, chance: f64) -> Result<Option<Situation>> {
        let config = self.config().await?;
        if config.routes.values().all(|route| !route.enabled) {
            return Ok(None);
        }
        let enabled = || config.routes.values().filter(|route| route.enabled);
        let in_use = enabled().filter_map(|route| config.accounts.get(&route.from));
        let services =
            |account: &AccountConfig| self.inner.service(&account.service).ok().map(|service| service.info());
        // Routes that merge have every account listed that workouts are read from.
        let asked = config.accounts.values().filter(|_| enabled().any(Route::merges));
        let asked = asked.filter_map(services);
        let asked = asked.filter(|info| info.reads.contains(&Kind::Activity) && info.keep_days.is_none());
        let least_minutes =
            in_use.filter_map(services).chain(asked).map(|info| info.min_interval_minutes).max().unwrap_or(0);
        // What news set off looked at some routes alone.
        let last = self.inner.ledger.last_started_but(Trigger::News).await?;
        let now = self.inner.now();
        // Each rest that ended after the last sync, or is still to end, is a reason to look then.
        let ends = self.inner.ledger.blocks().await?.into_iter().filter_map(|block| match block.error.kind {
            ErrorKind::RateLimited { .. } | ErrorKind::LoginCoolDown { .. } => block.until,
            _ => None,
        });
        let cool_down_ends = ends.filter(|ends| last.is_none_or(|last| *ends > last) || *ends > now).min();
        let mut schedule = config.schedule.clone();
        if self.inner.webhooks.cover(enabled().map(|route| &route.from)) {
            schedule.interval_minutes = schedule.interval_minutes.max(SELDOM_MINUTES);
        }
        Ok(Some(Situation { schedule, least_minutes, last, woke, cool_down_ends, chance }))
    }
}

/// What the loop keeps in mind. It notices that the computer slept: its clock went on while its counter stood still.
struct Watch {
    clock: Time,
    counter: Instant,
    /// When the computer woke up, until the next sync.
    woke: Option<Time>,
    /// What was told last.
    trouble: Option<Error>,
}

impl Watch {
    fn start(engine: &Engine) -> Watch {
        Watch { clock: engine.inner.now(), counter: Instant::now(), woke: None, trouble: None }
    }

    /// Whether the computer has woken up since the last look.
    fn looks_awake(&mut self, now: Time) -> bool {
        let counted = TimeDelta::from_std(self.counter.elapsed()).unwrap_or(TimeDelta::MAX);
        let slept = now - self.clock - counted > SLEPT;
        (self.clock, self.counter) = (now, Instant::now());
        if slept {
            self.woke = Some(now);
        }
        slept
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn at(minutes: i64) -> Time {
        Time::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
    }

    fn situation(last: Option<i64>) -> Situation {
        Situation {
            schedule: Schedule::default(),
            least_minutes: 15,
            last: last.map(at),
            woke: None,
            cool_down_ends: None,
            chance: 0.5,
        }
    }

    #[rstest]
    #[case::at_first_at_once(None, None, None, 0)]
    #[case::an_hour_after_the_last(Some(-10), None, None, 50)]
    #[case::due_already(Some(-90), None, None, -30)]
    #[case::the_last_lies_in_the_future_so_the_clock_was_set_back(Some(600), None, None, 0)]
    #[case::a_cool_down_ends_sooner(Some(-20), None, Some(5), 5)]
    #[case::but_never_sooner_than_is_polite(Some(-10), None, Some(1), 5)]
    #[case::waking_is_a_reason(Some(-30), Some(0), None, 0)]
    fn the_next_sync(
        #[case] last: Option<i64>,
        #[case] woke: Option<i64>,
        #[case] ends: Option<i64>,
        #[case] due: i64,
    ) {
        let situation = Situation { woke: woke.map(at), cool_down_ends: ends.map(at), ..situation(last) };
        let next = next(&situation, at(0)).unwrap();
        let difference = next.at - at(due);
        assert!(difference.num_seconds().abs() <= 20, "{next:?}");
        assert_eq!(next.trigger == Trigger::Waking, woke.is_some());
    }

    #[test]
    fn a_pause_holds_until_its_end() {
        let mut situation = situation(Some(-90));
        situation.schedule.paused = true;
        assert_eq!(next(&situation, at(0)), None);
        situation.schedule.paused_until = Some(at(30));
        assert_eq!(next(&situation, at(0)).unwrap().at, at(30));
        assert!(next(&situation, at(31)).unwrap().at <= at(31));
    }

    proptest! {
        #[test]
        fn never_sooner_than_is_polite(
            interval in 1_u32..2000, least in 0_u32..300, last in -3000_i64..0, woke in proptest::option::of(-100_i64..1),
            ends in proptest::option::of(-100_i64..500), chance in 0.0..1.0_f64,
        ) {
            let schedule = Schedule { interval_minutes: interval, ..Schedule::default() };
            let situation = Situation {
                schedule, least_minutes: least, last: Some(at(last)), woke: woke.map(at),
                cool_down_ends: ends.map(at), chance,
            };
            let next = next(&situation, at(0)).unwrap();
            prop_assert!(next.at >= at(last) + TimeDelta::minutes(i64::from(least)));
            let longest = f64::from(interval.max(least)) * 1.1 + 1.0;
            prop_assert!(next.at <= at(last) + TimeDelta::seconds((longest * 60.0) as i64));
        }
    }
}
