//! Deliveries: what became of each entry at each destination.

use std::collections::HashMap;
use std::sync::Arc;

use baton_core::{Entry, Error, IfSimilar, Key, Similar, SkipReason, Time};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::runs::RunLine;
use super::{EntryId, Ledger, entries, json, millis, time, to_json};

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Decided, and not begun yet.
    Planned,
    /// Begun, and its end is not known: looked up before anything is sent again.
    Sending,
    Created,
    AlreadyThere,
    Failed,
    Skipped,
}

impl DeliveryState {
    const ALL: [DeliveryState; 6] = [
        DeliveryState::Planned,
        DeliveryState::Sending,
        DeliveryState::Created,
        DeliveryState::AlreadyThere,
        DeliveryState::Failed,
        DeliveryState::Skipped,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            DeliveryState::Planned => "planned",
            DeliveryState::Sending => "sending",
            DeliveryState::Created => "created",
            DeliveryState::AlreadyThere => "already_there",
            DeliveryState::Failed => "failed",
            DeliveryState::Skipped => "skipped",
        }
    }

    fn from_name(name: &str) -> Option<DeliveryState> {
        DeliveryState::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// The other recording of the same workout that was merged into an entry and went with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct MergedEntry {
    pub account: String,
    pub key: String,
    pub title: String,
    pub start: Time,
}

/// What became of one entry at one destination.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct Delivery {
    pub source: String,
    pub key: String,
    pub destination: String,
    pub route: String,
    pub state: DeliveryState,
    /// The source's revision that was sent.
    pub revision: String,
    pub skip: Option<SkipReason>,
    /// The key of the first of the entries that went as one.
    pub joined_into: Option<String>,
    /// The other recording of the same workout that went with it.
    pub merged_with: Option<MergedEntry>,
    /// The file in the archive that was or would have been sent.
    pub file: Option<String>,
    pub file_hash: Option<String>,
    pub remote: Option<Key>,
    /// Why nothing was sent where it counts as already there: this begins and ends like it, and may be another.
    pub similar: Option<Similar>,
    pub attempts: u32,
    pub error: Option<Error>,
    pub next_try: Option<Time>,
    pub remarks: Vec<String>,
    pub changed: Time,
    pub run: Option<i64>,
}

/// What the plan needs to know of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub state: DeliveryState,
    pub revision: String,
    pub joined_into: Option<String>,
    pub attempts: u32,
    /// How often its account failed on it.
    pub deferrals: u32,
    pub error: Option<Error>,
    pub next_try: Option<Time>,
    /// The destination's identifier of what Baton created there.
    pub remote: Option<String>,
    /// The destination's identifier of what is to be removed once this one is there.
    pub replaces: Option<String>,
    /// What was said when it was begun.
    pub if_similar: IfSimilar,
    pub merged_with: Option<MergedEntry>,
}

/// Something that Baton itself brought into an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub start: Time,
    /// When what was merged into it began.
    pub merged_start: Option<Time>,
    pub remote_id: Option<String>,
    pub file_hash: Option<String>,
    pub external_id: Option<String>,
}

const COLUMNS: &str = "source, key, destination, route, state, revision, skip, joined_into, file, file_hash, \
                       remote_id, link, attempts, error, next_try, remarks, changed, run, similar, \
                       merged_with";

fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let link: Option<String> = row.get(11)?;
    Ok(Delivery {
        source: row.get(0)?,
        key: row.get(1)?,
        destination: row.get(2)?,
        route: row.get(3)?,
        state: state(row, 4)?,
        revision: row.get(5)?,
        skip: json(row.get(6)?),
        joined_into: row.get(7)?,
        file: row.get(8)?,
        file_hash: row.get(9)?,
        remote: row.get::<_, Option<String>>(10)?.map(|id| Key { id, link }),
        attempts: row.get(12)?,
        error: json(row.get(13)?),
        next_try: row.get::<_, Option<i64>>(14)?.map(time),
        remarks: json(row.get(15)?).unwrap_or_default(),
        changed: time(row.get(16)?),
        run: row.get(17)?,
        similar: json(row.get(18)?),
        merged_with: json(row.get(19)?),
    })
}

/// The table's own check allows no other name; an unknown one is taken as the state that is looked up first.
fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<DeliveryState> {
    Ok(row
        .get_ref(column)?
        .as_str()
        .ok()
        .and_then(DeliveryState::from_name)
        .unwrap_or(DeliveryState::Sending))
}

pub(super) fn of_entry(connection: &Connection, source: &str, key: &str) -> rusqlite::Result<Vec<Delivery>> {
    let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE source = ?1 AND key = ?2 ORDER BY destination");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map(params![source, key], read)?.collect()
}

fn known(row: &Row<'_>) -> rusqlite::Result<(String, Known)> {
    let known = Known {
        state: state(row, 1)?,
        revision: row.get(2)?,
        joined_into: row.get(3)?,
        attempts: row.get(4)?,
        deferrals: row.get(5)?,
        error: json(row.get(6)?),
        next_try: row.get::<_, Option<i64>>(7)?.map(time),
        remote: row.get(8)?,
        replaces: row.get(9)?,
        if_similar: row.get_ref(10)?.as_str().ok().and_then(IfSimilar::from_name).unwrap_or_default(),
        merged_with: json(row.get(11)?),
    };
    Ok((row.get(0)?, known))
}

impl Ledger {
    /// The deliveries on the way from one account to another whose entry starts in `from..until`, those that are open,
    /// and those of the entries that arrived in it, by key.
    pub(crate) fn known_deliveries(
        &self,
        source: &str,
        destination: &str,
        from: Option<Time>,
        until: Option<Time>,
    ) -> impl Future<Output = baton_core::Result<HashMap<String, Known>>> + Send + use<> {
        let (source, destination) = (source.to_owned(), destination.to_owned());
        self.call(move |connection| {
            let columns = "deliveries.key, state, deliveries.revision, joined_into, attempts, deferrals, error, next_try,
                remote_id, replaces, if_similar, merged_with";
            let (from, until) = (from.map_or(i64::MIN, millis), until.map_or(i64::MAX, millis));
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {columns} FROM deliveries WHERE source = ?1 AND destination = ?2 AND start >= ?3 AND start < ?4"
            ))?;
            let mut all: HashMap<String, Known> =
                statement.query_map(params![source, destination, from, until], known)?.collect::<Result<_, _>>()?;
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {columns} FROM deliveries INDEXED BY deliveries_open
                 WHERE source = ?1 AND destination = ?2 AND state IN ('planned', 'sending', 'failed')"
            ))?;
            for row in statement.query_map(params![source, destination], known)? {
                let (key, known) = row?;
                all.insert(key, known);
            }
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {columns} FROM entries INDEXED BY entries_by_arrival
                 CROSS JOIN deliveries ON deliveries.source = entries.account AND deliveries.key = entries.key
                    AND deliveries.destination = ?2
                 WHERE entries.account = ?1 AND entries.arrived >= ?3 AND entries.arrived < ?4"
            ))?;
            for row in statement.query_map(params![source, destination, from, until], known)? {
                let (key, known) = row?;
                all.insert(key, known);
            }
            Ok(all)
        })
    }

    /// What Baton brought, or may have brought, into an account, by start.
    pub(crate) fn arrivals(
        &self,
        account: &str,
        from: Option<Time>,
        until: Option<Time>,
    ) -> impl Future<Output = baton_core::Result<Vec<Arrival>>> + Send + use<> {
        let account = account.to_owned();
        self.call(move |connection| {
            let (from, until) = (from.map_or(i64::MIN, millis), until.map_or(i64::MAX, millis));
            let mut statement = connection.prepare_cached(
                "SELECT start, remote_id, file_hash, external_id, merged_with FROM deliveries
                 WHERE destination = ?1 AND start >= ?2 AND start <= ?3 AND state IN ('created', 'sending')
                 ORDER BY start",
            )?;
            let rows = statement.query_map(params![account, from, until], |row| {
                Ok(Arrival {
                    start: time(row.get(0)?),
                    remote_id: row.get(1)?,
                    file_hash: row.get(2)?,
                    external_id: row.get(3)?,
                    merged_start: json(row.get(4)?).map(|merged: MergedEntry| merged.start),
                })
            })?;
            rows.collect()
        })
    }

    /// The accounts of what goes with entries whose sending was cut off.
    pub(crate) fn begun_with(&self) -> impl Future<Output = baton_core::Result<Vec<String>>> + Send + use<> {
        self.call(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT merged_with FROM deliveries WHERE state = 'sending' AND merged_with IS NOT NULL",
            )?;
            let rows =
                statement.query_map([], |row| Ok(json(row.get(0)?).map(|with: MergedEntry| with.account)))?;
            rows.filter_map(Result::transpose).collect()
        })
    }

    /// What was merged into another entry and went with it to an account, or may have: by its own account and key, the
    /// account and the title of that entry.
    pub(crate) fn merged(
        &self,
        destination: &str,
        from: Option<Time>,
        until: Option<Time>,
    ) -> impl Future<Output = baton_core::Result<Vec<(EntryId, (String, String))>>> + Send + use<> {
        let destination = destination.to_owned();
        self.call(move |connection| {
            let (from, until) = (from.map_or(i64::MIN, millis), until.map_or(i64::MAX, millis));
            let mut statement = connection.prepare_cached(
                "SELECT merged_with, deliveries.source, ifnull(entries.title, '')
                 FROM deliveries INDEXED BY deliveries_merged
                 LEFT JOIN entries ON entries.account = deliveries.source AND entries.key = deliveries.key
                 WHERE destination = ?1 AND deliveries.start >= ?2 AND deliveries.start < ?3
                    AND merged_with IS NOT NULL AND state IN ('sending', 'created', 'already_there')",
            )?;
            let rows = statement.query_map(params![destination, from, until], |row| {
                let merged: Option<MergedEntry> = json(row.get(0)?);
                let into = (row.get(1)?, row.get(2)?);
                Ok(merged.map(|MergedEntry { account, key, .. }| (EntryId { account, key }, into)))
            })?;
            rows.filter_map(Result::transpose).collect()
        })
    }

    /// The workouts of an account that Baton carried on to others, or may have, whose start lies in `from..until`; oldest
    /// first.
    pub(crate) fn carried_on(
        &self,
        account: &str,
        from: Option<Time>,
        until: Option<Time>,
    ) -> impl Future<Output = baton_core::Result<Vec<Arc<Entry>>>> + Send + use<> {
        let account = account.to_owned();
        self.call(move |connection| {
            let sql = format!(
                "SELECT {} FROM entries INDEXED BY entries_by_account
                 WHERE account = ?1 AND start >= ?2 AND start < ?3 AND kind = 'activity' AND EXISTS (
                    SELECT 1 FROM deliveries WHERE source = entries.account AND deliveries.key = entries.key
                    AND state IN ('created', 'sending'))
                 ORDER BY start, key",
                entries::COLUMNS
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let (from, until) = (from.map_or(i64::MIN, millis), until.map_or(i64::MAX, millis));
            let rows =
                statement.query_map(params![account, from, until], |row| entries::read(row).map(Arc::new))?;
            rows.collect()
        })
    }

    /// Writes a plan down in one commit: what will be sent, and what is skipped and why. What is settled is not touched.
    pub(crate) fn put_plan(
        &self,
        rows: Vec<PlannedRow>,
        now: Time,
    ) -> impl Future<Output = baton_core::Result<()>> + Send + use<> {
        self.call(move |connection| {
            let mut planned = connection.prepare_cached(
                "INSERT INTO deliveries (source, key, destination, route, state, start, revision, skip, changed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (source, key, destination) DO UPDATE SET route = excluded.route, state = excluded.state,
                    start = excluded.start, revision = excluded.revision, skip = excluded.skip,
                    changed = excluded.changed
                 WHERE state IN ('planned', 'skipped')
                    AND (state, skip, revision, start) IS NOT (excluded.state, excluded.skip, excluded.revision,
                        excluded.start)",
            )?;
            for row in &rows {
                let state = if row.skip.is_some() { DeliveryState::Skipped } else { DeliveryState::Planned };
                planned.execute(params![
                    row.source,
                    row.key,
                    row.destination,
                    row.route,
                    state.name(),
                    millis(row.start),
                    row.revision,
                    row.skip.as_ref().and_then(to_json),
                    millis(now),
                ])?;
            }
            Ok(())
        })
    }

    /// By route: how many of its deliveries are open, and how many of these failed the last time.
    pub(crate) fn open_by_route(
        &self,
    ) -> impl Future<Output = baton_core::Result<HashMap<String, (u32, u32)>>> + Send + use<> {
        self.call(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT route, count(*), sum(state = 'failed') FROM deliveries INDEXED BY deliveries_open
                 WHERE state IN ('planned', 'sending', 'failed') GROUP BY route",
            )?;
            statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?.collect()
        })
    }

    /// What a run did, in the order it was done.
    pub(crate) fn deliveries_of_run(
        &self,
        run: i64,
    ) -> impl Future<Output = baton_core::Result<Vec<RunLine>>> + Send + use<> {
        self.call(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS}, title, start, utc_offset FROM (
                    SELECT deliveries.*, entries.title AS title, entries.utc_offset AS utc_offset FROM deliveries
                    LEFT JOIN entries ON entries.account = deliveries.source AND entries.key = deliveries.key
                    WHERE deliveries.run = ?1)
                 ORDER BY changed, start"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([run], |row| {
                Ok(RunLine {
                    title: row.get::<_, Option<String>>(20)?.unwrap_or_default(),
                    start: time(row.get(21)?),
                    utc_offset: row.get(22)?,
                    delivery: read(row)?,
                })
            })?;
            rows.collect()
        })
    }
}

/// One row of a plan.
#[derive(Debug, Clone)]
pub(crate) struct PlannedRow {
    pub source: String,
    pub key: String,
    pub destination: String,
    pub route: String,
    pub start: Time,
    pub revision: String,
    pub skip: Option<SkipReason>,
}
