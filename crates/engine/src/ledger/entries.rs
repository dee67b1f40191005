//! Entries as their sources listed them.

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

use baton_core::{
    Entry, Headline, Item, Kind, Measured, Owner, RecordedBy, SkipReason, Span, Sport, SubSport, Time, Window,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
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
    /// Since when its source does not list it any more.
    pub gone: Option<Time>,
    pub deliveries: Vec<Delivery>,
}

/// Measurements of a period. Newest last.
#[derive(Debug, Clone, Default, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct MeasurementsQuery {
    pub account: Option<String>,
    pub kind: Option<Kind>,
    pub from: Option<Time>,
    pub until: Option<Time>,
}

/// One measurement with what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, specta::Type)]
pub struct Measurement {
    pub account: String,
    pub key: String,
    pub measured: Measured,
    pub owner: Owner,
    pub gone: Option<Time>,
}

pub(super) const COLUMNS: &str = "entries.account, entries.key, entries.kind, entries.start, entries.end, entries.revision, \
                       entries.elsewhere, entries.title, entries.sport, entries.sub_sport, entries.utc_offset, \
                       entries.in_progress, entries.headline, entries.arrived, entries.doubtful, entries.mine, \
                       entries.measured, entries.gone";

/// The local day of an entry.
const DAY: &str = "strftime('%Y-%m-%d', start / 1000 + ifnull(utc_offset, 0), 'unixepoch')";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
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
        arrived: row.get::<_, Option<i64>>(13)?.map(time),
        owner: owner(row.get(14)?, row.get(15)?),
        measured: json(row.get(16)?),
    })
}

fn owner(doubtful: bool, mine: Option<bool>) -> Owner {
    match (doubtful, mine) {
        (_, Some(true)) => Owner::Mine,
        (_, Some(false)) => Owner::NotMine,
        (true, None) => Owner::Doubtful,
        (false, None) => Owner::Certain,
    }
}

fn read_lines(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<Vec<EntryLine>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| {
        let gone = row.get::<_, Option<i64>>(17)?.map(time);
        Ok((row.get::<_, String>(0)?, read(row)?, json(row.get(12)?), gone))
    })?;
    let mut lines = Vec::new();
    for row in rows {
        let (account, entry, headline, gone) = row?;
        let deliveries = deliveries::of_entry(connection, &account, &entry.key)?;
        lines.push(EntryLine { account, entry, headline, gone, deliveries });
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
                    utc_offset, in_progress, arrived, doubtful, measured, headline)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 ON CONFLICT (account, key) DO UPDATE SET kind = excluded.kind, start = excluded.start,
                    end = excluded.end, revision = excluded.revision, elsewhere = excluded.elsewhere,
                    title = excluded.title, sport = excluded.sport, sub_sport = excluded.sub_sport,
                    utc_offset = excluded.utc_offset, in_progress = excluded.in_progress, arrived = excluded.arrived,
                    doubtful = excluded.doubtful, measured = excluded.measured,
                    headline = ifnull(excluded.headline, headline), gone = NULL
                 WHERE gone IS NOT NULL
                    OR (kind, start, end, revision, elsewhere, title, sport, sub_sport, utc_offset, in_progress,
                        arrived, doubtful, measured)
                    IS NOT (excluded.kind, excluded.start, excluded.end, excluded.revision, excluded.elsewhere,
                        excluded.title, excluded.sport, excluded.sub_sport, excluded.utc_offset,
                        excluded.in_progress, excluded.arrived, excluded.doubtful, excluded.measured)",
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
                    entry.arrived.map(millis),
                    entry.owner == Owner::Doubtful,
                    entry.measured.as_ref().and_then(to_json),
                    entry.measured.clone().and_then(|measured| to_json(&Item::from(measured).headline())),
                ])?;
            }
            Ok(())
        })
    }

    /// One account's entries whose start lies in `from..until`, and those that arrived in it, oldest first. What is gone
    /// at the source is not among them.
    pub(crate) fn entries_between(
        &self,
        account: &str,
        from: Option<Time>,
        until: Option<Time>,
    ) -> impl Future<Output = baton_core::Result<Vec<Arc<Entry>>>> + Send + use<> {
        let account = account.to_owned();
        self.call(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM entries WHERE account = ?1 AND start >= ?2 AND start < ?3 AND gone IS NULL
                 UNION SELECT {COLUMNS} FROM entries INDEXED BY entries_by_arrival
                 WHERE account = ?1 AND arrived >= ?2 AND arrived < ?3 AND gone IS NULL ORDER BY 4, 2"
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
                    AND (entries.gone IS NULL OR deliveries.state = 'sending')
                 ORDER BY entries.start, entries.key"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![source, destination], |row| read(row).map(Arc::new))?;
            rows.collect()
        })
    }

    /// Of one kind the newest entry that went from one account to another and is still at its source.
    pub(crate) fn newest_delivered(
        &self,
        source: &str,
        destination: &str,
        kind: Kind,
    ) -> impl Future<Output = baton_core::Result<Option<Arc<Entry>>>> + Send + use<> {
        let (source, destination) = (source.to_owned(), destination.to_owned());
        self.call(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM deliveries INDEXED BY deliveries_from
                 CROSS JOIN entries ON entries.account = deliveries.source AND entries.key = deliveries.key
                 WHERE deliveries.source = ?1 AND deliveries.destination = ?2
                    AND deliveries.state IN ('created', 'already_there')
                    AND entries.kind = ?3 AND entries.gone IS NULL
                 ORDER BY deliveries.start DESC LIMIT 1"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            statement
                .query_row(params![source, destination, kind.name()], |row| read(row).map(Arc::new))
                .optional()
        })
    }

    /// Marks those of the period's measurements that the source does not list any more. Only these: a listing of
    /// workouts may leave one out because it cannot read it. And none of `current_only` kinds: a source that tells the
    /// current value alone has not deleted the former one.
    pub(crate) fn put_gone(
        &self,
        account: &str,
        window: Window,
        listed: HashSet<String>,
        current_only: &'static [Kind],
        now: Time,
    ) -> impl Future<Output = baton_core::Result<()>> + Send + use<> {
        let account = account.to_owned();
        self.call(move |connection| {
            let (from, until) = (window.from.map_or(i64::MIN, millis), window.until.map_or(i64::MAX, millis));
            let mut statement = connection.prepare_cached(
                "SELECT key, kind FROM entries WHERE account = ?1 AND start >= ?2 AND start < ?3 AND gone IS NULL
                    AND measured IS NOT NULL",
            )?;
            let rows = statement.query_map(params![account, from, until], |row| {
                Ok((row.get::<_, String>(0)?, Kind::from_name(row.get_ref(1)?.as_str()?)))
            })?;
            let rows: Vec<(String, Option<Kind>)> = rows.collect::<Result<_, _>>()?;
            let history = |kind: &Option<Kind>| !kind.is_some_and(|kind| current_only.contains(&kind));
            let keys = rows.into_iter().filter(|(_, kind)| history(kind)).map(|(key, _)| key);
            let mut mark =
                connection.prepare_cached("UPDATE entries SET gone = ?3 WHERE account = ?1 AND key = ?2")?;
            for key in keys.filter(|key| !listed.contains(key)) {
                mark.execute(params![account, key, millis(now)])?;
            }
            Ok(())
        })
    }

    /// Remembers whose these entries are. What was held back for it waits to be sent, however long ago it was listed.
    pub(crate) fn put_owner(
        &self,
        ids: &[EntryId],
        mine: bool,
    ) -> impl Future<Output = baton_core::Result<()>> + Send + use<> {
        let ids = ids.to_vec();
        self.call(move |connection| {
            let mut statement =
                connection.prepare_cached("UPDATE entries SET mine = ?3 WHERE account = ?1 AND key = ?2")?;
            let (doubtful, settled) = (to_json(&SkipReason::Doubtful), to_json(&SkipReason::NotMine));
            let mut held = connection.prepare_cached(if mine {
                "UPDATE deliveries SET state = 'planned', skip = NULL
                 WHERE source = ?1 AND key = ?2 AND state = 'skipped' AND skip IN (?3, ?4)"
            } else {
                "UPDATE deliveries SET skip = ?4
                 WHERE source = ?1 AND key = ?2 AND state = 'skipped' AND skip IN (?3, ?4)"
            })?;
            for id in &ids {
                statement.execute(params![id.account, id.key, mine])?;
                held.execute(params![id.account, id.key, doubtful, settled])?;
            }
            Ok(())
        })
    }

    /// The measurements of a period, oldest first.
    pub(crate) fn measurements(
        &self,
        query: MeasurementsQuery,
    ) -> impl Future<Output = baton_core::Result<Vec<Measurement>>> + Send + use<> {
        self.call(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT account, key, measured, doubtful, mine, gone FROM entries INDEXED BY entries_measured
                 WHERE measured IS NOT NULL AND start >= ?1 AND start < ?2 AND (?3 IS NULL OR account = ?3)
                    AND (?4 IS NULL OR kind = ?4)
                 ORDER BY start, key",
            )?;
            let (from, until) = (query.from.map_or(i64::MIN, millis), query.until.map_or(i64::MAX, millis));
            let values = params![from, until, query.account, query.kind.map(Kind::name)];
            let rows = statement.query_map(values, |row| {
                let (account, key) = (row.get(0)?, row.get(1)?);
                let owner = owner(row.get(3)?, row.get(4)?);
                let gone = row.get::<_, Option<i64>>(5)?.map(time);
                Ok(json(row.get(2)?).map(|measured| Measurement { account, key, measured, owner, gone }))
            })?;
            rows.filter_map(Result::transpose).collect()
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
