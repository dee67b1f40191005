//! The one typed stream that shells listen to, and the words for what became of each entry.

use serde::{Deserialize, Serialize};

use crate::{Error, Format, Key, Similar, Time};

/// Why an entry is not sent. Closed: every reason has words in every shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum SkipReason {
    /// It is there: sent by Baton before, or found there.
    Delivered,
    /// It is our own copy that came back.
    OwnCopy,
    /// Another service brought it to the source.
    RecordedElsewhere { by: String },
    /// The route does not carry this kind.
    KindOff,
    /// The route's filter leaves it out.
    Filtered,
    /// It is older than the route's first day.
    TooOld,
    /// Still being recorded, or a following class may still be joined to it.
    InProgress,
    /// Tried this many times without success.
    GaveUp { attempts: u32 },
    /// The account needs the person, or time.
    AccountBlocked,
    /// The destination does not take this kind.
    Unsupported,
    /// The destination keeps the newest only, and there is a newer one.
    Superseded,
    /// The source does not know whose it is: the person decides.
    Doubtful,
    /// The person said that it is somebody else's.
    NotMine,
    /// It was merged into this other recording of the same workout, and goes with it.
    Merged { account: String, title: String },
    /// This other recording of the same workout went there by itself, and nothing can be taken back.
    SameWorkout { account: String, title: String },
}

impl SkipReason {
    pub const fn name(&self) -> &'static str {
        match self {
            SkipReason::Delivered => "delivered",
            SkipReason::OwnCopy => "own_copy",
            SkipReason::RecordedElsewhere { .. } => "recorded_elsewhere",
            SkipReason::KindOff => "kind_off",
            SkipReason::Filtered => "filtered",
            SkipReason::TooOld => "too_old",
            SkipReason::InProgress => "in_progress",
            SkipReason::GaveUp { .. } => "gave_up",
            SkipReason::AccountBlocked => "account_blocked",
            SkipReason::Unsupported => "unsupported",
            SkipReason::Superseded => "superseded",
            SkipReason::Doubtful => "doubtful",
            SkipReason::NotMine => "not_mine",
            SkipReason::Merged { .. } => "merged",
            SkipReason::SameWorkout { .. } => "same_workout",
        }
    }
}

/// How a step ended. A step is done only when a destination returned an identifier or said "already there".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Created {
        key: Key,
        remarks: Vec<String>,
    },
    /// With `similar` where it is not known to be the same: something there begins and ends like it, and was left.
    AlreadyThere {
        key: Option<Key>,
        similar: Option<Similar>,
    },
    Skipped {
        skip: SkipReason,
    },
    Failed {
        error: Error,
    },
}

/// The stages of a step that take time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    List,
    Plan,
    Fetch,
    Clean,
    Encode,
    Archive,
    Check,
    Deliver,
    Record,
}

impl Stage {
    pub const ALL: [Stage; 9] = [
        Stage::List,
        Stage::Plan,
        Stage::Fetch,
        Stage::Clean,
        Stage::Encode,
        Stage::Archive,
        Stage::Check,
        Stage::Deliver,
        Stage::Record,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Stage::List => "list",
            Stage::Plan => "plan",
            Stage::Fetch => "fetch",
            Stage::Clean => "clean",
            Stage::Encode => "encode",
            Stage::Archive => "archive",
            Stage::Check => "check",
            Stage::Deliver => "deliver",
            Stage::Record => "record",
        }
    }
}

/// What the engine tells its shells, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A run goes on.
    Run(RunEvent),
    /// Read this again.
    Changed { what: Changed },
    /// What needs the person now; the whole list, empty when nothing does.
    Attention { list: Vec<Attention> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum RunEvent {
    Started {
        run: i64,
    },
    /// A source has told of so many entries until now.
    Listed {
        account: String,
        entries: u64,
    },
    /// The plan stands: so many will be sent, so many skipped.
    Planned {
        send: u64,
        skip: u64,
    },
    Step {
        step: u64,
        route: String,
        /// The account that it goes to.
        to: String,
        title: String,
        stage: Stage,
    },
    StepDone {
        step: u64,
        route: String,
        title: String,
        start: Option<Time>,
        /// Local time minus UTC in seconds at that start, where known.
        utc_offset: Option<i32>,
        /// Where the file rests that was or would have been sent.
        file: Option<String>,
        format: Option<Format>,
        outcome: Outcome,
        /// What cleaning repaired and what the conversion remarked, one sentence each.
        remarks: Vec<String>,
    },
    Finished {
        run: i64,
        created: u64,
        already_there: u64,
        skipped: u64,
        failed: u64,
        /// Why it ended early, where it did.
        error: Option<Error>,
    },
}

/// What a shell should read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    Accounts,
    Routes,
    Entries,
    Runs,
    Config,
    Schedule,
}

/// Something that needs the person (or time) before an account goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Attention {
    /// The account, or `None` for what concerns the whole program.
    pub account: Option<String>,
    pub error: Error,
    pub since: Time,
}
