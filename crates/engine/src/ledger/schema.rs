//! The ledger's tables, and how an older ledger becomes today's. Forward only.

use std::path::Path;
use std::time::Duration;

use baton_core::{Error, ErrorKind, Result};
use rusqlite::{Connection, TransactionBehavior};

use super::words;

/// How long a change waits for another process.
const PATIENCE: Duration = Duration::from_secs(15);

/// Each step brings the ledger one version further; `PRAGMA user_version` counts them. A step that has been released
/// is never changed.
const MIGRATIONS: &[&str] = &[
    // 1: everything there is at the beginning. Times are milliseconds since 1970.
    "
    -- Who ever signed in: an id is never used again for another person.
    CREATE TABLE accounts (
        id TEXT PRIMARY KEY,
        service TEXT NOT NULL,
        user_key TEXT NOT NULL,
        first_seen INTEGER NOT NULL,
        UNIQUE (service, user_key)
    ) STRICT;

    CREATE TABLE entries (
        account TEXT NOT NULL,
        key TEXT NOT NULL,
        kind TEXT NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        revision TEXT NOT NULL,
        -- The name of who recorded it where it was not the source itself.
        elsewhere TEXT,
        title TEXT NOT NULL,
        sport INTEGER,
        sub_sport INTEGER,
        utc_offset INTEGER,
        in_progress INTEGER NOT NULL,
        PRIMARY KEY (account, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX entries_by_account ON entries (account, start);
    CREATE INDEX entries_by_start ON entries (start);

    CREATE TABLE deliveries (
        source TEXT NOT NULL,
        key TEXT NOT NULL,
        destination TEXT NOT NULL,
        route TEXT NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('planned', 'sending', 'created', 'already_there', 'failed', 'skipped')),
        start INTEGER NOT NULL,
        -- The source's revision that was or will be sent.
        revision TEXT NOT NULL,
        -- Why it was skipped, as JSON.
        skip TEXT,
        -- The key of the first of those that were joined into one.
        joined_into TEXT,
        external_id TEXT,
        file_hash TEXT,
        file TEXT,
        remote_id TEXT,
        link TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        -- How often it stood aside because its account failed on it.
        deferrals INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        next_try INTEGER,
        remarks TEXT,
        changed INTEGER NOT NULL,
        run INTEGER,
        PRIMARY KEY (source, key, destination)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX deliveries_open ON deliveries (source, destination) WHERE state IN ('planned', 'sending', 'failed');
    CREATE INDEX deliveries_from ON deliveries (source, destination, start);
    CREATE INDEX deliveries_into ON deliveries (destination, start);
    CREATE INDEX deliveries_of_run ON deliveries (run);

    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        reason TEXT NOT NULL,
        started INTEGER NOT NULL,
        finished INTEGER,
        created INTEGER NOT NULL DEFAULT 0,
        already_there INTEGER NOT NULL DEFAULT 0,
        skipped INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0,
        error TEXT
    ) STRICT;
    CREATE INDEX runs_by_start ON runs (started);

    -- What keeps an account, or a whole service's sign-in, from going on.
    CREATE TABLE blocks (
        subject TEXT PRIMARY KEY,
        error TEXT NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER,
        repeats INTEGER NOT NULL
    ) STRICT;

    -- Up to when a route's whole period has been listed, for the options that it had then.
    CREATE TABLE coverage (
        route TEXT PRIMARY KEY,
        options TEXT NOT NULL,
        until INTEGER NOT NULL
    ) STRICT;
    ",
    // 2: the few numbers that a list shows beside an entry, as JSON, once it was fetched.
    "
    ALTER TABLE entries ADD COLUMN headline TEXT;
    ",
    // 3: measurements, whole, as JSON; whose they are; what came late, what is gone at its source, what is replaced.
    "
    ALTER TABLE entries ADD COLUMN arrived INTEGER;
    ALTER TABLE entries ADD COLUMN doubtful INTEGER NOT NULL DEFAULT 0;
    -- What the person said of a doubtful one.
    ALTER TABLE entries ADD COLUMN mine INTEGER;
    ALTER TABLE entries ADD COLUMN measured TEXT;
    -- Since when the source does not list it any more.
    ALTER TABLE entries ADD COLUMN gone INTEGER;
    CREATE INDEX entries_by_arrival ON entries (account, arrived) WHERE arrived IS NOT NULL;
    CREATE INDEX entries_measured ON entries (start) WHERE measured IS NOT NULL;
    -- What has to be removed at the destination once its newer revision is there.
    ALTER TABLE deliveries ADD COLUMN replaces TEXT;
    ",
    // 4: what was left because something like it is there, and what is sent all the same.
    "
    -- What was found there that begins and ends like it, as JSON.
    ALTER TABLE deliveries ADD COLUMN similar TEXT;
    -- What was said when it was begun of the case that something similar is there.
    ALTER TABLE deliveries ADD COLUMN if_similar TEXT;
    ",
    // 5: the other recording of the same workout that was merged into it, as JSON.
    "
    ALTER TABLE deliveries ADD COLUMN merged_with TEXT;
    CREATE INDEX deliveries_merged ON deliveries (destination, start) WHERE merged_with IS NOT NULL;
    ",
];

/// The version that this program writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

pub(super) fn open(path: &Path) -> Result<Connection> {
    let named = |error: rusqlite::Error| words(path, &error);
    let mut connection = Connection::open(path).map_err(named)?;
    connection.busy_timeout(PATIENCE).map_err(named)?;
    // The first question that reads the file: damage shows here.
    let version = version(&connection).map_err(named)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(named)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(named)?;
    connection.set_prepared_statement_cache_capacity(64);
    if version > VERSION {
        return Err(Error::new(
            ErrorKind::Storage,
            format!("the ledger {} was written by a newer Baton; update this one", path.display()),
        ));
    }
    if version < VERSION {
        migrate(&mut connection, path)?;
    }
    private(path);
    Ok(connection)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    // `user_version` alone would be answered from the header of a file whose tables are gone.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// One transaction that no other process can be inside of; a ledger with something in it is copied first.
fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    let named = |error: rusqlite::Error| words(path, &error);
    let before = version(connection).map_err(named)?;
    if before > 0 {
        let backup = path.with_extension(format!("db.before-{VERSION}"));
        connection.backup("main", &backup, None::<fn(rusqlite::backup::Progress)>).map_err(named)?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(named)?;
    // Another process may have been faster.
    let from = version(&transaction).map_err(named)?;
    for step in MIGRATIONS.iter().skip(from as usize) {
        transaction.execute_batch(step).map_err(named)?;
    }
    transaction.pragma_update(None, "user_version", VERSION).map_err(named)?;
    transaction.commit().map_err(named)
}

/// A ledger as an older Baton left it.
#[cfg(test)]
pub(super) fn make_version(path: &Path, version: usize) {
    let connection = Connection::open(path).unwrap();
    for step in &MIGRATIONS[..version] {
        connection.execute_batch(step).unwrap();
    }
    connection.pragma_update(None, "user_version", version as i64).unwrap();
}

fn private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
    }
    #[cfg(not(unix))]
    let _ = path;
}
