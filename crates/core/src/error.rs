//! Errors that say who must act. Behaviour is computed from the kind in one place; nobody matches on text.

use serde::{Deserialize, Serialize};

use crate::Time;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, sorted by who can put it right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ErrorKind {
    /// The person must sign in again: a refresh token was refused, a password or code was wrong.
    SignInRequired,
    /// The person must agree to something at the vendor (Garmin's EU upload consent, a lapsed subscription).
    ConsentRequired {
        link: String,
    },
    /// The vendor refuses sign-ins for a while. Never tried sooner than `until`.
    LoginCoolDown {
        until: Time,
    },
    RateLimited {
        until: Time,
    },
    Offline,
    ServiceDown,
    /// The destination refuses this item.
    Rejected {
        reason: String,
    },
    /// The item is not finished yet.
    Incomplete,
    /// This kind of item is not carried there.
    Unsupported,
    /// Something was handed over and no answer came back: looked up before anything is sent again.
    Unsettled,
    /// The keychain or the passphrase file does not open.
    VaultLocked,
    /// Disk full, folder read-only, ledger damaged or locked.
    Storage,
    /// An answer in a form that Baton does not know.
    ServiceChanged,
    /// A wrong argument, path, date, file or setting: the person's words need correcting.
    BadInput,
    /// Another run holds the lock.
    Busy,
    /// The person stopped it.
    Cancelled,
    /// A broken invariant of Baton's own.
    Bug,
}

/// How far an error reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Only this entry at this destination.
    Step,
    /// Everything of this account.
    Account,
    /// The whole program on this machine.
    App,
}

impl ErrorKind {
    /// (scope, tried again by itself, needs the person): the one table of behaviour.
    const fn behaviour(&self) -> (Scope, bool, bool) {
        use Scope::{Account, App, Step};
        match self {
            ErrorKind::SignInRequired | ErrorKind::ConsentRequired { .. } => (Account, false, true),
            ErrorKind::LoginCoolDown { .. }
            | ErrorKind::RateLimited { .. }
            | ErrorKind::Offline
            | ErrorKind::ServiceDown
            | ErrorKind::ServiceChanged => (Account, true, false),
            ErrorKind::Rejected { .. } | ErrorKind::Unsupported | ErrorKind::Bug => (Step, false, false),
            ErrorKind::Incomplete | ErrorKind::Unsettled => (Step, true, false),
            ErrorKind::VaultLocked | ErrorKind::Storage => (App, false, true),
            ErrorKind::BadInput => (App, false, true),
            ErrorKind::Busy => (App, true, false),
            ErrorKind::Cancelled => (App, false, false),
        }
    }

    pub const fn scope(&self) -> Scope {
        self.behaviour().0
    }

    /// Whether a later run tries again without being asked.
    pub const fn is_retryable(&self) -> bool {
        self.behaviour().1
    }

    pub const fn needs_person(&self) -> bool {
        self.behaviour().2
    }

    /// Not before this moment, where the vendor said so.
    pub const fn until(&self) -> Option<Time> {
        match self {
            ErrorKind::LoginCoolDown { until } | ErrorKind::RateLimited { until } => Some(*until),
            _ => None,
        }
    }

    /// The name in the ledger, in events and in the documentation.
    pub const fn name(&self) -> &'static str {
        match self {
            ErrorKind::SignInRequired => "sign_in_required",
            ErrorKind::ConsentRequired { .. } => "consent_required",
            ErrorKind::LoginCoolDown { .. } => "login_cool_down",
            ErrorKind::RateLimited { .. } => "rate_limited",
            ErrorKind::Offline => "offline",
            ErrorKind::ServiceDown => "service_down",
            ErrorKind::Rejected { .. } => "rejected",
            ErrorKind::Incomplete => "incomplete",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::Unsettled => "unsettled",
            ErrorKind::VaultLocked => "vault_locked",
            ErrorKind::Storage => "storage",
            ErrorKind::ServiceChanged => "service_changed",
            ErrorKind::BadInput => "bad_input",
            ErrorKind::Busy => "busy",
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::Bug => "bug",
        }
    }
}

/// An error: its kind, and one sentence for the person without a full stop at its end.
///
/// The sentence never holds a secret, a whole URL with a query, or a vendor's raw answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, specta::Type)]
#[error("{message}")]
pub struct Error {
    #[serde(flatten)]
    pub kind: ErrorKind,
    pub message: String,
}

impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into() }
    }

    /// Puts what was being done in front: "reading config.toml: permission denied".
    pub fn while_doing(mut self, what: impl std::fmt::Display) -> Error {
        self.message = format!("{what}: {}", self.message);
        self
    }

    pub fn bad_input(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::BadInput, message)
    }

    /// An answer that is none to the prompt before it.
    pub fn out_of_turn() -> Error {
        Error::bad_input("this answer does not fit the question; please begin the sign-in again")
    }

    pub fn sign_in(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::SignInRequired, message)
    }

    pub fn service_changed(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::ServiceChanged, message)
    }

    pub fn rejected(reason: impl Into<String>) -> Error {
        let reason = reason.into();
        Error::new(ErrorKind::Rejected { reason: reason.clone() }, reason)
    }

    pub fn bug(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Bug, message)
    }

    /// A failure of this machine's disk, with the file named.
    pub fn storage(path: &std::path::Path, error: &std::io::Error) -> Error {
        Error::new(ErrorKind::Storage, format!("{}: {}", path.display(), io_words(error)))
    }
}

/// The usual input and output failures in plain words.
fn io_words(error: &std::io::Error) -> String {
    use std::io::ErrorKind as Io;
    match error.kind() {
        Io::NotFound => "there is no such file or folder".into(),
        Io::PermissionDenied | Io::ReadOnlyFilesystem => "Baton may not write or read there".into(),
        Io::StorageFull | Io::QuotaExceeded => "the disk is full".into(),
        Io::IsADirectory => "this is a folder, not a file".into(),
        Io::NotADirectory => "this is a file, not a folder".into(),
        _ => error.to_string(),
    }
}
