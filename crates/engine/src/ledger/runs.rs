//! Runs with their counts, and up to when each route's period has been listed.

use std::collections::HashMap;

use baton_core::{Error, Time};
use chrono::TimeDelta;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::deliveries::Delivery;
use super::{Ledger, json, millis, time, to_json};

/// Runs are remembered so long.
const KEPT: TimeDelta = TimeDelta::days(366);

/// What set a run off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    #[default]
    Person,
    Schedule,
    Waking,
    /// A service told of something new.
    News,
}

impl Trigger {
    pub const fn name(self) -> &'static str {
        match self {
            Trigger::Person => "person",
            Trigger::Schedule => "schedule",
            Trigger::Waking => "waking",
            Trigger::News => "news",
        }
    }

    fn from_name(name: &str) -> Trigger {
        match name {
            "schedule" => Trigger::Schedule,
            "waking" => Trigger::Waking,
            "news" => Trigger::News,
            _ => Trigger::Person,
        }
    }
}

/// One execution.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct Run {
    pub id: i64,
    pub trigger: Trigger,
    pub started: Time,
    /// Absent while it goes on, and for ever where it was killed.
    pub finished: Option<Time>,
    pub created: u64,
    pub already_there: u64,
    pub skipped: u64,
    pub failed: u64,
    /// Why it ended early.
    pub error: Option<Error>,
}

/// What a run did to one entry.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct RunLine {
    pub title: String,
    pub start: Time,
    pub utc_offset: Option<i32>,
    pub delivery: Delivery,
}

/// Up to when a route's period was listed, for these options of the route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Coverage {
    pub options: String,
    pub until: Time,
}

impl Ledger {
    pub(crate) fn begin_run(
        &self,
        trigger: Trigger,
        now: Time,
    ) -> impl Future<Output = baton_core::Result<i64>> + Send + use<> {
        self.call(move |connection| {
            connection.execute("DELETE FROM runs WHERE started < ?1", [millis(now - KEPT)])?;
            connection.execute(
                "INSERT INTO runs (reason, started) VALUES (?1, ?2)",
                params![trigger.name(), millis(now)],
            )?;
            Ok(connection.last_insert_rowid())
        })
    }

    pub(crate) fn finish_run(&self, run: Run) -> impl Future<Output = baton_core::Result<()>> + Send + use<> {
        self.call(move |connection| {
            connection.execute(
                "UPDATE runs SET finished = ?2, created = ?3, already_there = ?4, skipped = ?5, failed = ?6, error = ?7
                 WHERE id = ?1",
                params![
                    run.id,
                    run.finished.map(millis),
                    run.created as i64,
                    run.already_there as i64,
                    run.skipped as i64,
                    run.failed as i64,
                    run.error.as_ref().and_then(to_json)
                ],
            )?;
            Ok(())
        })
    }

    /// When the last run began that something else than `trigger` set off.
    pub(crate) fn last_started_but(
        &self,
        trigger: Trigger,
    ) -> impl Future<Output = baton_core::Result<Option<Time>>> + Send + use<> {
        self.call(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT started FROM runs WHERE reason != ?1 ORDER BY started DESC, id DESC LIMIT 1",
            )?;
            statement.query_row([trigger.name()], |row| row.get(0).map(time)).optional()
        })
    }

    /// The newest runs first.
    pub(crate) fn runs(
        &self,
        limit: u32,
    ) -> impl Future<Output = baton_core::Result<Vec<Run>>> + Send + use<> {
        self.call(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, reason, started, finished, created, already_there, skipped, failed, error
                 FROM runs ORDER BY started DESC, id DESC LIMIT ?1",
            )?;
            let rows = statement.query_map([limit], |row| {
                Ok(Run {
                    id: row.get(0)?,
                    trigger: Trigger::from_name(row.get_ref(1)?.as_str().unwrap_or_default()),
                    started: time(row.get(2)?),
                    finished: row.get::<_, Option<i64>>(3)?.map(time),
                    created: row.get::<_, i64>(4)?.unsigned_abs(),
                    already_there: row.get::<_, i64>(5)?.unsigned_abs(),
                    skipped: row.get::<_, i64>(6)?.unsigned_abs(),
                    failed: row.get::<_, i64>(7)?.unsigned_abs(),
                    error: json(row.get(8)?),
                })
            })?;
            rows.collect()
        })
    }

    /// Until when each route was listed.
    pub(crate) fn checked(
        &self,
    ) -> impl Future<Output = baton_core::Result<HashMap<String, Time>>> + Send + use<> {
        self.call(move |connection| {
            let mut statement = connection.prepare_cached("SELECT route, until FROM coverage")?;
            statement.query_map([], |row| Ok((row.get(0)?, time(row.get(1)?))))?.collect()
        })
    }

    pub(crate) fn coverage(
        &self,
        route: &str,
    ) -> impl Future<Output = baton_core::Result<Option<Coverage>>> + Send + use<> {
        let route = route.to_owned();
        self.call(move |connection| {
            connection
                .query_row("SELECT options, until FROM coverage WHERE route = ?1", [route], |row| {
                    Ok(Coverage { options: row.get(0)?, until: time(row.get(1)?) })
                })
                .optional()
        })
    }

    pub(crate) fn put_coverage(
        &self,
        rows: Vec<(String, Coverage)>,
    ) -> impl Future<Output = baton_core::Result<()>> + Send + use<> {
        self.call(move |connection| {
            let mut statement =
                connection.prepare_cached("INSERT OR REPLACE INTO coverage VALUES (?1, ?2, ?3)")?;
            for (route, coverage) in rows {
                statement.execute(params![route, coverage.options, millis(coverage.until)])?;
            }
            Ok(())
        })
    }
}
