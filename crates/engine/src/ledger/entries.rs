//! Entries as their sources listed them.

use std::fmt::Write;
use std::sync::Arc;

use baton_core::{Entry, Headline, Kind, RecordedBy, Span, Sport, SubSport, Time};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::deliveries::{self, Delivery, DeliveryState};
use super::{Ledger, json, millis, time, to_json};

/// Which entry: the account it was listed in and its key there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
pub struct EntryId {
    pub account: String,
    pub key: String,
}

/// What to look for among the entries that were ever listed. Newest first.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct EntriesQuery {
    /// Words that the title or the sport holds, or that the date (`2026-11-20`) begins with, in any order.
    pub search: String,
    pub account: Option<String>,
    pub kind: Option<Kind>,
    /// Those that are in this state at some destination.
    pub state: Option<EntryState>,
    pub limit: u32,
    pub offset: u32,
}

impl Default for EntriesQuery {
    fn default() -> EntriesQuery {
        EntriesQuery { search: String::new(), account: None, kind: None, state: None, limit: 50, offset: 0 }
    }
}

/// Where an entry stands, for a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    Planned,
    Sending,
    Created,
    AlreadyThere,
    Failed,
    Skipped,
    /// On no route.
    None,
}

impl EntryState {
    fn delivery(self) -> Option<DeliveryState> {
        Some(match self {
            EntryState::Planned => DeliveryState::Planned,
            EntryState::Sending => DeliveryState::Sending,
            EntryState::Created => DeliveryState::Created,
            EntryState::AlreadyThere => DeliveryState::AlreadyThere,
            EntryState::Failed => DeliveryState::Failed,
            EntryState::Skipped => DeliveryState::Skipped,
            EntryState::None => return None,
        })
    }
}

/// How many entries of a query fall on one local day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct DayCount {
    /// `2026-11-20`
    pub day: String,
    pub entries: u32,
}

/// An entry and where it went.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct EntryLine {
    pub account: String,
    pub entry: Entry,
    /// Known once it was fetched.
    pub headline: Option<Headline>,
    pub deliveries: Vec<Delivery>,
}

const COLUMNS: &str = "entries.account, entries.key, entries.kind, entries.start, entries.end, entries.revision, \
                       entries.elsewhere, entries.title, entries.sport, entries.sub_sport, entries.utc_offset, \
                       entries.in_progress, entries.headline";

/// The local day of an entry.
const DAY: &str = "strftime('%Y-%m-%d', start / 1000 + ifnull(utc_offset, 0), 'unixepoch')";

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        key: row.get(1)?,
        kind: row.get_ref(2)?.as_str().ok().and_then(Kind::from_name).unwrap_or(Kind::Activity),
        span: Span::new(time(row.get(3)?), time(row.get(4)?)),
        revision: row.get(5)?,
        recorded_by: row.get::<_, Option<String>>(6)?.map_or(RecordedBy::Source, RecordedBy::Elsewhere),
        title: row.get(7)?,
        sport: row.get::<_, Option<u8>>(8)?.map(Sport),
        sub_sport: row.get::<_, Option<u8>>(9)?.map(SubSport),
        utc_offset: row.get(10)?,
        in_progress: row.get(11)?,
    })
}

fn read_lines(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<Vec<EntryLine>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows =
        statement.query_map(values, |row| Ok((row.get::<_, String>(0)?, read(row)?, json(row.get(12)?))))?;
    let mut lines = Vec::new();
    for row in rows {
        let (account, entry, headline) = row?;
        let deliveries = deliveries::of_entry(connection, &account, &entry.key)?;
        lines.push(EntryLine { account, entry, headline, deliveries });
    }
    Ok(lines)
}

impl Ledger {
    /// Remembers a page of a listing in one commit. What is unchanged is not written.
    pub(crate) fn put_entries(
        &self,
        account: &str,
        entries: Vec<Entry>,
    ) -> impl Future<Output = baton_core::Result<()>> + Send + use<> {
        let account = account.to_owned();
        self.call(move |connection| {
            let mut statement = connection.prepare_cached(
                "INSERT INTO entries (account, key, kind, start, end, revision, elsewhere, title, sport, sub_sport,
                    utc_offset, in_progress)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                 ON CONFLICT (account, key) DO UPDATE SET kind = excluded.kind, start = excluded.start,
                    end = excluded.end, revision = excluded.revision, elsewhere = excluded.elsewhere,
                    title = excluded.title, sport = excluded.sport, sub_sport = excluded.sub_sport,
                    utc_offset = excluded.utc_offset, in_progress = excluded.in_progress
                 WHERE (kind, start, end, revision, elsewhere, title, sport, sub_sport, utc_offset, in_progress)
                    IS NOT (excluded.kind, excluded.start, excluded.end, excluded.revision, excluded.elsewhere,
                    excluded.title, excluded.sport, excluded.sub_sport, excluded.utc_offset, excluded.in_progress)",
            )?;
            for entry in &entries {
                let elsewhere = match &entry.recorded_by {
                    RecordedBy::Source => None,
                    RecordedBy::Elsewhere(name) => Some(name),
                };
                statement.execute(params![
                    account,
                    entry.key,
                    entry.kind.name(),
                    millis(entry.span.start),
                    millis(entry.span.end),
                    entry.revision,
                    elsewhere,
                    entry.title,
                    entry.sport.map(|sport| sport.0),
                    entry.sub_sport.map(|sport| sport.0),
                    entry.utc_offset,
                    entry.in_progress,
                ])?;
            }
            Ok(())
        })
    }

    /// One account's entries whose start lies in `from..until`, oldest first.
    pub(crate) fn entries_between(
        &self,
        account: &str,
        from: Option<Time>,
        until: Option<Time>,
    ) -> impl Future<Output = baton_core::Result<Vec<Arc<Entry>>>> + Send + use<> {
        let account = account.to_owned();
        self.call(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM entries WHERE account = ?1 AND start >= ?2 AND start < ?3 ORDER BY start, key"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let (from, until) = (from.map_or(i64::MIN, millis), until.map_or(i64::MAX, millis));
            let rows = statement.query_map(params![account, from, until], |row| read(row).map(Arc::new))?;
            rows.collect()
        })
    }

    /// The entries that are planned, cut off or failed on their way from one account to another, oldest first.
    pub(crate) fn open_entries(
        &self,
        source: &str,
        destination: &str,
    ) -> impl Future<Output = baton_core::Result<Vec<Arc<Entry>>>> + Send + use<> {
        let (source, destination) = (source.to_owned(), destination.to_owned());
        self.call(move |connection| {
            // CROSS JOIN keeps the order: the few that are open first, not every entry of a long history.
            let sql = format!(
                "SELECT {COLUMNS} FROM deliveries INDEXED BY deliveries_open
                 CROSS JOIN entries ON entries.account = deliveries.source AND entries.key = deliveries.key
                 WHERE deliveries.source = ?1 AND deliveries.destination = ?2
                    AND deliveries.state IN ('planned', 'sending', 'failed')
                 ORDER BY entries.start, entries.key"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![source, destination], |row| read(row).map(Arc::new))?;
            rows.collect()
        })
    }

    /// Entries that match, with where they went.
    pub(crate) fn search(
        &self,
        query: EntriesQuery,
    ) -> impl Future<Output = baton_core::Result<Vec<EntryLine>>> + Send + use<> {
        self.call(move |connection| {
            let (matching, values) = matching(&query);
            let (limit, offset) = (query.limit, query.offset);
            let sql = format!(
                "SELECT {COLUMNS} FROM entries WHERE {matching} ORDER BY start DESC, key LIMIT {limit} OFFSET {offset}"
            );
            read_lines(connection, &sql, rusqlite::params_from_iter(values))
        })
    }

    /// How many entries match on each local day, in the order in which [`Ledger::search`] lists them: a day comes twice
    /// where a journey through time zones interleaves it.
    pub(crate) fn days(
        &self,
        query: EntriesQuery,
    ) -> impl Future<Output = baton_core::Result<Vec<DayCount>>> + Send + use<> {
        self.call(move |connection| {
            let (matching, values) = matching(&query);
            let sql = format!("SELECT {DAY} FROM entries WHERE {matching} ORDER BY start DESC, key");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(rusqlite::params_from_iter(values))?;
            let mut days: Vec<DayCount> = Vec::new();
            while let Some(row) = rows.next()? {
                let day = row.get_ref(0)?.as_str().unwrap_or_default();
                match days.last_mut() {
                    Some(last) if last.day == day => last.entries += 1,
                    _ => days.push(DayCount { day: day.to_owned(), entries: 1 }),
                }
            }
            Ok(days)
        })
    }

    /// Remembers what a list shows beside an entry.
    pub(crate) fn put_headline(
        &self,
        id: &EntryId,
        headline: Headline,
    ) -> impl Future<Output = baton_core::Result<()>> + Send + use<> {
        let id = id.clone();
        self.call(move |connection| put_headline(connection, &id.account, &id.key, &headline))
    }

    /// One entry with where it went.
    pub(crate) fn entry(
        &self,
        id: &EntryId,
    ) -> impl Future<Output = baton_core::Result<Option<EntryLine>>> + Send + use<> {
        let id = id.clone();
        self.call(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM entries WHERE account = ?1 AND key = ?2");
            Ok(read_lines(connection, &sql, params![id.account, id.key])?.pop())
        })
    }

    /// How many entries each account has.
    pub(crate) fn count_entries(
        &self,
    ) -> impl Future<Output = baton_core::Result<Vec<(String, u64)>>> + Send + use<> {
        self.call(|connection| {
            let mut statement =
                connection.prepare("SELECT account, count(*) FROM entries GROUP BY account")?;
            let rows =
                statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
            rows.collect()
        })
    }
}

/// A condition on `entries`, and its values.
fn matching(query: &EntriesQuery) -> (String, Vec<Box<dyn rusqlite::ToSql>>) {
    let mut sql = String::from("(?1 IS NULL OR account = ?1) AND (?2 IS NULL OR kind = ?2)");
    let mut values: Vec<Box<dyn rusqlite::ToSql>> =
        vec![Box::new(query.account.clone()), Box::new(query.kind.map(Kind::name))];
    if let Some(state) = query.state {
        let any = "SELECT 1 FROM deliveries WHERE source = entries.account AND deliveries.key = entries.key";
        let _ = match state.delivery() {
            Some(state) => write!(sql, " AND EXISTS ({any} AND state = '{}')", state.name()),
            None => write!(sql, " AND NOT EXISTS ({any})"),
        };
    }
    for word in query.search.split_whitespace() {
        let number = values.len() + 1;
        let sports = sports_named(word);
        let _ = write!(
            sql,
            " AND (title LIKE ?{number} ESCAPE '\\' OR sport IN ({sports}) OR {DAY} LIKE substr(?{number}, 2) ESCAPE '\\')"
        );
        let word = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        values.push(Box::new(format!("%{word}%")));
    }
    (sql, values)
}

pub(super) fn put_headline(
    connection: &Connection,
    account: &str,
    key: &str,
    headline: &Headline,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE entries SET headline = ?3 WHERE account = ?1 AND key = ?2 AND headline IS NOT ?3",
        )?
        .execute(params![account, key, to_json(headline)])?;
    Ok(())
}

/// The numbers of the sports whose name holds the word, as a list for SQL.
fn sports_named(word: &str) -> String {
    let word = word.to_lowercase();
    let numbers: Vec<String> = (0..=u8::MAX)
        .filter(|number| Sport(*number).name().is_some_and(|name| name.contains(&word)))
        .map(|number| number.to_string())
        .collect();
    numbers.join(", ")
}
