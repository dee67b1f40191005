//! How a command ends: its exit status, and the sentence and hint for what went wrong.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use baton_core::{Error, ErrorKind};

/// What the process tells its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    /// Some steps failed.
    Partly = 1,
    Usage = 2,
    /// Somebody must sign in, consent or unlock.
    SignIn = 3,
    /// Another sync is running.
    Busy = 4,
}

impl Exit {
    /// The status that an error ends the program with.
    pub fn of(kind: &ErrorKind) -> Exit {
        match kind {
            ErrorKind::BadInput => Exit::Usage,
            ErrorKind::SignInRequired
            | ErrorKind::ConsentRequired { .. }
            | ErrorKind::LoginCoolDown { .. }
            | ErrorKind::VaultLocked => Exit::SignIn,
            ErrorKind::Busy => Exit::Busy,
            ErrorKind::RateLimited { .. }
            | ErrorKind::Offline
            | ErrorKind::ServiceDown
            | ErrorKind::Rejected { .. }
            | ErrorKind::Incomplete
            | ErrorKind::Unsupported
            | ErrorKind::Unsettled
            | ErrorKind::Storage
            | ErrorKind::ServiceChanged
            | ErrorKind::Cancelled
            | ErrorKind::Bug => Exit::Partly,
        }
    }

    /// The one to report of two: a person's turn before a failure, a failure before success.
    pub fn worse(self, other: Exit) -> Exit {
        if (self as u8) < (other as u8) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub enum Failure {
    /// The sentence, and what to type next where that is known.
    Error { error: Error, hint: Option<String> },
    /// Whoever read the output has gone, as in `baton list | head`: nothing to say, nothing wrong.
    ClosedPipe,
}

pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// The person's words need correcting.
    pub fn usage(message: impl Into<String>) -> Failure {
        Error::bad_input(message).into()
    }

    /// Adds what to type next; what is already there stays.
    pub fn hint(self, words: impl Into<String>) -> Failure {
        match self {
            Failure::Error { error, hint: None } => Failure::Error { error, hint: Some(words.into()) },
            other => other,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error { error, hint: None }
    }
}

/// Failures of writing to the terminal or pipe.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::ClosedPipe;
        }
        Error::storage(Path::new("standard output"), &error).into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Error { error, .. } => error.fmt(f),
            Failure::ClosedPipe => f.write_str("the output was closed"),
        }
    }
}

/// Adds a hint to what failed.
pub trait Hint<T> {
    fn hint(self, words: impl Into<String>) -> Result<T>;
}

impl<T, E: Into<Failure>> Hint<T> for std::result::Result<T, E> {
    fn hint(self, words: impl Into<String>) -> Result<T> {
        self.map_err(|failure| failure.into().hint(words))
    }
}
