//! The two ends of a step: what is written down before it is delivered, and how it ended.

use baton_core::{Error, Headline, IfSimilar, Key, Similar, Time};
use rusqlite::{Connection, params};

use super::deliveries::{DeliveryState, MergedEntry};
use super::{Ledger, entries, millis, to_json};

/// What is written down before a step is delivered. Several keys where entries were joined; the first is the step's.
#[derive(Debug, Clone)]
pub(crate) struct Begin {
    pub source: String,
    pub entries: Vec<(String, Time, String)>,
    pub destination: String,
    pub route: String,
    pub external_id: String,
    /// Absent for measurements: the ledger itself holds them.
    pub file: Option<String>,
    pub file_hash: Option<String>,
    /// What is to be removed at the destination once this one is there.
    pub replaces: Option<String>,
    pub if_similar: IfSimilar,
    /// The other recording of the same workout that was merged into it.
    pub merged_with: Option<MergedEntry>,
    pub remarks: Vec<String>,
    /// Of a single entry.
    pub headline: Option<Headline>,
    pub run: i64,
    pub now: Time,
}

/// What is written down after a step.
#[derive(Debug, Clone)]
pub(crate) struct Finish {
    pub source: String,
    pub entries: Vec<(String, Time, String)>,
    pub destination: String,
    pub route: String,
    pub run: i64,
    pub now: Time,
    pub result: Finished,
    /// Whether it is known that nothing was left at the destination by an attempt that failed. Where it is not, the
    /// row stays `sending` and is looked up before anything is sent again.
    pub certain: bool,
}

/// How a step ended, for the ledger.
#[derive(Debug, Clone)]
pub(crate) enum Finished {
    Created {
        key: Key,
        remarks: Vec<String>,
    },
    AlreadyThere {
        key: Option<Key>,
        /// What it was left for: then nothing was merged either.
        similar: Option<Similar>,
        remarks: Vec<String>,
    },
    /// The step's own failure.
    Failed {
        error: Error,
        next_try: Option<Time>,
    },
    /// Its account failed on it, which may be the item's fault: others go first from now on.
    Deferred {
        error: Error,
    },
    /// It was not handed over, for no fault of its own.
    NotSent,
}

impl Ledger {
    /// Marks steps as being sent, all of them in one commit, before the first is handed over.
    pub(crate) fn begin(
        &self,
        steps: Vec<Begin>,
    ) -> impl Future<Output = baton_core::Result<()>> + Send + use<> {
        self.call(move |connection| {
            let mut statement = connection.prepare_cached(
                "INSERT INTO deliveries (source, key, destination, route, state, start, revision, joined_into,
                    external_id, file, file_hash, remarks, changed, run, replaces, if_similar,
                    merged_with)
                 VALUES (?1, ?2, ?3, ?4, 'sending', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 ON CONFLICT (source, key, destination) DO UPDATE SET route = excluded.route, state = 'sending',
                    start = excluded.start, skip = NULL,
                    attempts = iif(revision = excluded.revision, attempts, 0), revision = excluded.revision,
                    joined_into = excluded.joined_into, external_id = excluded.external_id, file = excluded.file,
                    file_hash = excluded.file_hash, remarks = excluded.remarks, changed = excluded.changed,
                    run = excluded.run, replaces = excluded.replaces, if_similar = excluded.if_similar,
                    merged_with = excluded.merged_with, similar = NULL",
            )?;
            for step in &steps {
                let first = step.entries.first().map(|entry| entry.0.as_str());
                let joined_into = first.filter(|_| step.entries.len() > 1);
                for (key, start, revision) in &step.entries {
                    statement.execute(params![
                        step.source,
                        key,
                        step.destination,
                        step.route,
                        millis(*start),
                        revision,
                        joined_into,
                        step.external_id,
                        step.file,
                        step.file_hash,
                        to_json(&step.remarks),
                        millis(step.now),
                        step.run,
                        step.replaces,
                        step.if_similar.name(),
                        step.merged_with.as_ref().and_then(to_json),
                    ])?;
                }
                if let (Some(headline), [(key, ..)]) = (&step.headline, step.entries.as_slice()) {
                    entries::put_headline(connection, &step.source, key, headline)?;
                }
            }
            Ok(())
        })
    }

    /// Writes down how a step ended.
    pub(crate) fn finish(&self, step: Finish) -> impl Future<Output = baton_core::Result<()>> + Send + use<> {
        self.call(move |connection| {
            for (key, start, revision) in &step.entries {
                finish_one(connection, &step, key, *start, revision)?;
            }
            Ok(())
        })
    }
}

fn finish_one(
    connection: &Connection,
    step: &Finish,
    key: &str,
    start: Time,
    revision: &str,
) -> rusqlite::Result<()> {
    // A step that failed before it was begun may have no row yet.
    connection
        .prepare_cached(
            "INSERT INTO deliveries (source, key, destination, route, state, start, revision, changed, run)
             VALUES (?1, ?2, ?3, ?4, 'planned', ?5, ?6, ?7, ?8)
             ON CONFLICT (source, key, destination) DO UPDATE SET changed = excluded.changed, run = excluded.run,
                attempts = iif(revision = excluded.revision, attempts, 0), revision = excluded.revision, skip = NULL",
        )?
        .execute(params![
            step.source,
            key,
            step.destination,
            step.route,
            millis(start),
            revision,
            millis(step.now),
            step.run
        ])?;
    let unless_certain =
        |state: DeliveryState| if step.certain { state } else { DeliveryState::Sending }.name();
    let place = "WHERE source = ?1 AND key = ?2 AND destination = ?3";
    match &step.result {
        Finished::Created { key: remote, remarks } => {
            connection
                .prepare_cached(&format!(
                    "UPDATE deliveries SET state = 'created', remote_id = ?4, link = ?5, remarks = ?6, error = NULL,
                     next_try = NULL, replaces = NULL, attempts = attempts + 1 {place}"
                ))?
                .execute(params![step.source, key, step.destination, remote.id, remote.link, to_json(remarks)])?;
        }
        Finished::AlreadyThere { key: remote, similar, remarks } => {
            let (id, link) =
                (remote.as_ref().map(|key| &key.id), remote.as_ref().and_then(|key| key.link.as_ref()));
            connection
                .prepare_cached(&format!(
                    "UPDATE deliveries SET state = 'already_there', remote_id = ?4, link = ?5, similar = ?6,
                     remarks = ?7, merged_with = iif(?6 IS NULL, merged_with, NULL), error = NULL, next_try = NULL, replaces = NULL, attempts = attempts + 1 {place}"
                ))?
                .execute(params![
                    step.source,
                    key,
                    step.destination,
                    id,
                    link,
                    similar.as_ref().and_then(to_json),
                    to_json(remarks)
                ])?;
        }
        Finished::Failed { error, next_try } => {
            connection
                .prepare_cached(&format!(
                    "UPDATE deliveries SET state = ?4, error = ?5, next_try = ?6, attempts = attempts + 1 {place}"
                ))?
                .execute(params![
                    step.source,
                    key,
                    step.destination,
                    unless_certain(DeliveryState::Failed),
                    to_json(error),
                    next_try.map(millis)
                ])?;
        }
        Finished::Deferred { error } => {
            connection
                .prepare_cached(&format!(
                    "UPDATE deliveries SET state = ?4, error = ?5, next_try = NULL, deferrals = deferrals + 1 {place}"
                ))?
                .execute(params![
                    step.source,
                    key,
                    step.destination,
                    unless_certain(DeliveryState::Failed),
                    to_json(error)
                ])?;
        }
        Finished::NotSent => {
            connection.prepare_cached(&format!("UPDATE deliveries SET state = ?4 {place}"))?.execute(
                params![step.source, key, step.destination, unless_certain(DeliveryState::Planned)],
            )?;
        }
    }
    Ok(())
}
