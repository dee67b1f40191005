//! What keeps an account or a service from going on, and who ever signed in. Both outlive a restart.

use baton_core::{Error, Time};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Ledger, json, millis, time, to_json};

/// Who is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// One account: its steps wait.
    Account(String),
    /// Signing in at a service, whoever does it.
    SignIn(String),
}

impl Subject {
    fn name(&self) -> String {
        match self {
            Subject::Account(id) => format!("account {id}"),
            Subject::SignIn(service) => format!("sign-in {service}"),
        }
    }

    fn from_name(name: &str) -> Option<Subject> {
        match name.split_once(' ')? {
            ("account", id) => Some(Subject::Account(id.to_owned())),
            ("sign-in", service) => Some(Subject::SignIn(service.to_owned())),
            _ => None,
        }
    }
}

/// Why, since when, until when and for the how-manieth time in a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    pub subject: Subject,
    pub error: Error,
    pub since: Time,
    /// Absent where only the person ends it.
    pub until: Option<Time>,
    pub repeats: u32,
}

impl Ledger {
    pub(crate) fn blocks(&self) -> impl Future<Output = baton_core::Result<Vec<Block>>> + Send + use<> {
        self.call(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT subject, error, since, until, repeats FROM blocks ORDER BY since")?;
            let rows = statement.query_map([], |row| {
                let subject = row.get_ref(0)?.as_str().ok().and_then(Subject::from_name);
                let error = json(row.get(1)?);
                let (since, until) = (time(row.get(2)?), row.get::<_, Option<i64>>(3)?.map(time));
                let repeats = row.get(4)?;
                Ok(subject.zip(error).map(|(subject, error)| Block { subject, error, since, until, repeats }))
            })?;
            rows.filter_map(Result::transpose).collect()
        })
    }

    pub(crate) fn put_block(
        &self,
        block: Block,
    ) -> impl Future<Output = baton_core::Result<()>> + Send + use<> {
        self.call(move |connection| {
            connection.prepare_cached("INSERT OR REPLACE INTO blocks VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
                params![
                    block.subject.name(),
                    to_json(&block.error).unwrap_or_default(),
                    millis(block.since),
                    block.until.map(millis),
                    block.repeats
                ],
            )?;
            Ok(())
        })
    }

    pub(crate) fn remove_block(
        &self,
        subject: &Subject,
    ) -> impl Future<Output = baton_core::Result<()>> + Send + use<> {
        let name = subject.name();
        self.call(move |connection| {
            connection.prepare_cached("DELETE FROM blocks WHERE subject = ?1")?.execute([name])?;
            Ok(())
        })
    }

    /// The id of this person's account at a service: the one that they ever had, else a new one that nobody had
    /// (`garmin`, `garmin-2`, …). It is remembered for ever.
    pub(crate) fn account_id(
        &self,
        service: &str,
        user_key: &str,
        taken: Vec<String>,
        now: Time,
    ) -> impl Future<Output = baton_core::Result<String>> + Send + use<> {
        let (service, user_key) = (service.to_owned(), user_key.to_owned());
        self.call(move |connection| {
            let known: Option<String> = connection
                .query_row(
                    "SELECT id FROM accounts WHERE service = ?1 AND user_key = ?2",
                    [&service, &user_key],
                    |row| row.get(0),
                )
                .optional()?;
            if let Some(id) = known {
                return Ok(id);
            }
            let mut number = 1_u32;
            let id = loop {
                let id = if number == 1 { service.clone() } else { format!("{service}-{number}") };
                if !taken.contains(&id) && !is_known(connection, &id)? {
                    break id;
                }
                number += 1;
            };
            connection.execute(
                "INSERT INTO accounts VALUES (?1, ?2, ?3, ?4)",
                params![id, service, user_key, millis(now)],
            )?;
            Ok(id)
        })
    }
}

fn is_known(connection: &Connection, id: &str) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ?1)", [id], |row| row.get(0))
}
