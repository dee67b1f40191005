//! The ledger: what happened. SQLite on one thread of its own; every question is a closure sent there.

mod blocks;
mod deliveries;
mod entries;
mod runs;
mod schema;
mod steps;

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use baton_core::{Error, ErrorKind, Result, Time};
use chrono::DateTime;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::oneshot;

pub(crate) use blocks::{Block, Subject};
pub(crate) use deliveries::PlannedRow;
pub use deliveries::{Arrival, Delivery, DeliveryState, Known, MergedEntry};
pub use entries::{DayCount, EntriesQuery, EntryId, EntryLine, EntryState, Measurement, MeasurementsQuery};
pub(crate) use runs::Coverage;
pub use runs::{Run, RunLine, Trigger};
pub(crate) use steps::{Begin, Finish, Finished};

/// So many waiting changes are committed together at most.
const GROUP: usize = 64;

type Work = Box<dyn FnOnce(&Connection) -> Answer + Send>;
/// Sends the result, once it is known whether the commit held.
type Answer = Box<dyn FnOnce(Option<&Error>) + Send>;

/// A handle to the ledger's thread. The thread ends when the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Ledger {
    queue: mpsc::Sender<Work>,
    path: PathBuf,
}

impl Ledger {
    /// Opens `ledger.db` in the data directory, makes it where it is absent and brings it to today's form.
    ///
    /// # Errors
    /// `Storage` with the file's name where it is damaged, newer than this program, or not to be read. It is never
    /// replaced.
    pub(crate) fn open(home: &Path) -> Result<Ledger> {
        let path = home.join("ledger.db");
        let mut connection = schema::open(&path)?;
        let (queue, waiting) = mpsc::channel::<Work>();
        let thread_path = path.clone();
        std::thread::Builder::new()
            .name("ledger".into())
            .spawn(move || serve(&mut connection, &waiting, &thread_path))
            .map_err(|error| Error::storage(&path, &error))?;
        Ok(Ledger { queue, path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` on the ledger's thread, inside a transaction together with what else is waiting. It is queued when
    /// this is called, not when the answer is awaited: changes are made in the order of the calls.
    ///
    /// # Errors
    /// `Storage`. A failing `work` changes nothing and does not disturb others.
    pub(crate) fn call<T, W>(&self, work: W) -> impl Future<Output = Result<T>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let path = self.path.clone();
        let queued = self.queue.send(Box::new(move |connection| {
            let result = savepoint(connection, work).map_err(|error| words(&path, &error));
            Box::new(move |commit: Option<&Error>| {
                let _ = answer.send(match commit {
                    Some(error) => Err(error.clone()),
                    None => result,
                });
            })
        }));
        let path = self.path.clone();
        async move {
            let gone = || Error::new(ErrorKind::Storage, format!("{} is closed", path.display()));
            queued.map_err(|_| gone())?;
            wait.await.map_err(|_| gone())?
        }
    }
}

impl Ledger {
    /// Empties every table, and what is free in the file is overwritten.
    pub(crate) fn forget(&self) -> impl Future<Output = Result<()>> + Send + use<> {
        self.call(|connection| {
            connection.execute_batch(
                "PRAGMA secure_delete = ON; DELETE FROM entries; DELETE FROM deliveries; DELETE FROM runs;
                 DELETE FROM blocks; DELETE FROM coverage; DELETE FROM accounts;",
            )
        })
    }

    /// The keys of everything that came from an account, and the archived files that were made of it.
    pub(crate) fn belongings(
        &self,
        account: &str,
    ) -> impl Future<Output = Result<(Vec<String>, Vec<String>)>> + Send + use<> {
        let account = account.to_owned();
        self.call(move |connection| {
            let keys = "SELECT key FROM entries WHERE account = ?1";
            let files = "SELECT DISTINCT file FROM deliveries AS its WHERE file IS NOT NULL
                AND (merged_with ->> 'account' = ?1 OR source = ?1 AND NOT EXISTS (
                    SELECT 1 FROM deliveries WHERE file = its.file AND source <> ?1))";
            let [keys, files] = [keys, files].map(|sql| {
                let mut statement = connection.prepare_cached(sql)?;
                statement.query_map([&account], |row| row.get(0))?.collect::<Result<_, _>>()
            });
            Ok((keys?, files?))
        })
    }

    /// Forgets what came from an account, and that these routes listed it. That something was sent stays remembered, by
    /// identifiers alone.
    pub(crate) fn remove_belongings(
        &self,
        account: &str,
        routes: Vec<String>,
    ) -> impl Future<Output = Result<()>> + Send + use<> {
        let account = account.to_owned();
        self.call(move |connection| {
            connection.pragma_update(None, "secure_delete", "ON")?;
            connection.execute("DELETE FROM entries WHERE account = ?1", [&account])?;
            connection.execute(
                "DELETE FROM deliveries WHERE source = ?1 AND state IN ('planned', 'failed', 'skipped')",
                [&account],
            )?;
            connection.execute(
                "UPDATE deliveries SET file = NULL, similar = NULL, error = NULL, remarks = NULL WHERE source = ?1",
                [&account],
            )?;
            connection.execute(
                "UPDATE deliveries SET file = NULL, remarks = NULL, merged_with = json_set(merged_with, '$.title', '')
                 WHERE merged_with ->> 'account' = ?1",
                [&account],
            )?;
            for route in routes {
                connection.execute("DELETE FROM coverage WHERE route = ?1", [route])?;
            }
            Ok(())
        })
    }
}

/// The thread: takes what waits, does it in one transaction, commits once, then answers.
fn serve(connection: &mut Connection, waiting: &mpsc::Receiver<Work>, path: &Path) {
    while let Ok(first) = waiting.recv() {
        let mut answers = Vec::new();
        let group = || -> rusqlite::Result<()> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            answers.push(first(&transaction));
            while answers.len() < GROUP
                && let Ok(next) = waiting.try_recv()
            {
                answers.push(next(&transaction));
            }
            transaction.commit()
        };
        let failed = group().err().map(|error| words(path, &error));
        for answer in answers {
            answer(failed.as_ref());
        }
    }
}

fn savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.execute_batch("SAVEPOINT work")?;
    let result = work(connection);
    if result.is_err() {
        connection.execute_batch("ROLLBACK TO work")?;
    }
    connection.execute_batch("RELEASE work")?;
    result
}

/// SQLite's failures in words for a person.
pub(crate) fn words(path: &Path, error: &rusqlite::Error) -> Error {
    let reason = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "is damaged; it is left as it is: put a copy back (a backup lies beside it), or move it away to begin a new one"
        }
        Some(ErrorCode::DiskFull) => "cannot be written: the disk is full",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "cannot be written: it is read-only",
        Some(ErrorCode::CannotOpen) => "cannot be opened: check that its folder exists and may be written",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "is in use by another program; try again in a minute"
        }
        _ => return Error::new(ErrorKind::Storage, format!("the ledger {}: {error}", path.display())),
    };
    Error::new(ErrorKind::Storage, format!("the ledger {} {reason}", path.display()))
}

/// Times rest as milliseconds since 1970.
pub(crate) fn millis(time: Time) -> i64 {
    time.timestamp_millis()
}

pub(crate) fn time(millis: i64) -> Time {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// A column that holds JSON; damage in it counts as absent.
fn json<T: serde::de::DeserializeOwned>(text: Option<String>) -> Option<T> {
    text.and_then(|text| serde_json::from_str(&text).ok())
}

fn to_json<T: serde::Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value).ok()
}

#[cfg(test)]
mod tests;
