//! The command line's words: every command, argument and option of `baton`, as clap reads them.

use std::net::SocketAddr;
use std::path::PathBuf;

use baton_core::{Format, IfSimilar, Kind};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

/// Carries workouts and body measurements from the services that record them to the services that keep them,
/// on this computer, with no server in between.
#[derive(Parser)]
#[command(
    name = "baton",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP
)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
To begin: `baton services`, `baton connect <SERVICE>`, `baton routes add <FROM> <TO>`, `baton sync`.
`baton --help` tells more.";

const AFTER_LONG_HELP: &str = "\
To begin:
  baton services               what can be connected
  baton connect <SERVICE>      sign in, once for each service
  baton routes add <FROM> <TO> say what goes where
  baton sync --dry-run         see what would be sent
  baton sync                   send it

Environment:
  BATON_HOME                   the folder with Baton's settings, history and files
  BATON_VAULT=file             seal sign-ins with a passphrase where there is no keychain
  BATON_VAULT_PASSPHRASE       that passphrase
  <SERVICE>_USERNAME           answers the question for the user name
  <SERVICE>_PASSWORD           answers the question for the password
  BATON_ENDPOINTS              a file that puts simulators in place of the services
  NO_COLOR                     no colours
  The passphrase, user name and password can be in files: add _FILE and name the file.

Exit status:
  0  everything was done
  1  some of it failed
  2  something in the command, a file or the settings needs correcting
  3  somebody must sign in, consent or unlock
  4  another sync is running";

/// Options that every command takes.
#[derive(Args, Clone)]
#[command(next_help_heading = "Options for every command")]
pub struct Global {
    /// Print JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,
    /// The folder with Baton's settings, history and files
    #[arg(long, global = true, value_name = "DIR", env = "BATON_HOME", hide_env = true)]
    pub home: Option<PathBuf>,
    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No colours
    #[arg(long, global = true)]
    pub no_color: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// Sign in at a service
    Connect(Connect),
    /// Remove an account's sign-in from this computer
    Disconnect(Disconnect),
    /// Show the connected accounts
    Accounts,
    /// Show the services that can be connected, and how
    Services,
    /// Show what goes where, or change it
    Routes(Routes),
    /// List what the accounts hold, and what became of it
    List(List),
    /// Show one entry: what it is and where it went
    Show(Show),
    /// Send what is new, along the routes
    Sync(Sync),
    /// Keep running and sync when it is time
    Watch(Watch),
    /// Say whose a doubtful measurement is: others may stand on the same scale
    Owner(Owner),
    /// Send chosen entries to an account, also where a route leaves them out
    Send(Send),
    /// Convert files, without an account
    Convert(Convert),
    /// Read files and send them to an account
    Import(Import),
    /// Write entries as files
    Export(Export),
    /// Show what was done when
    History(History),
    /// Show or change the settings
    Config(Config),
    /// Check this machine, the accounts and the settings
    Doctor,
    /// Print the completions for a shell
    Completions(Completions),
    /// Print the manual page
    Man(Man),
}

#[derive(Args)]
pub struct Connect {
    /// The service, as `baton services` names it
    pub service: String,
    /// How to sign in, as `baton services` names it
    #[arg(long, value_name = "METHOD")]
    pub method: Option<String>,
    /// The service's domain, where it has several
    #[arg(long, value_name = "DOMAIN")]
    pub domain: Option<String>,
}

#[derive(Args)]
pub struct Disconnect {
    /// The account, as `baton accounts` names it
    pub account: String,
    /// Also take what came from it off this computer: its list, its measurements and the files made of them
    #[arg(long)]
    pub remove_data: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Routes {
    #[command(subcommand)]
    pub command: Option<RoutesCommand>,
}

#[derive(Subcommand)]
pub enum RoutesCommand {
    /// Add a route from one account to another
    Add(Box<AddRoute>),
    /// Remove a route; what it sent stays where it is
    Remove {
        /// The route, as `baton routes` names it
        route: String,
    },
}

#[derive(Args)]
pub struct AddRoute {
    /// The account that entries are read from
    pub from: String,
    /// The account that they are sent to
    pub to: String,
    /// The first day to send: 2026-11-01, 30d, yesterday, or all. Otherwise: the last two weeks
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// The last day to send
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// What to carry. Otherwise: all that both services take
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kinds())]
    pub kinds: Vec<Kind>,
    /// Only these sports: cycling, running/treadmill, …
    #[arg(long, value_name = "SPORTS", value_delimiter = ',', conflicts_with = "except")]
    pub only: Vec<String>,
    /// All but these sports
    #[arg(long, value_name = "SPORTS", value_delimiter = ',')]
    pub except: Vec<String>,
    /// The format of the files. Otherwise: the best that the destination takes
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub format: Option<Format>,
    /// The title over there, for instance '{title}[ with {instructor}]'
    #[arg(long, value_name = "TEMPLATE")]
    pub title: Option<String>,
    /// The description over there, from the same variables
    #[arg(long, value_name = "TEMPLATE")]
    pub description: Option<String>,
    /// The gear to link over there, by its identifier at that service
    #[arg(long, value_name = "ID")]
    pub gear: Option<String>,
    /// Join classes that follow each other within this many seconds into one activity
    #[arg(long, value_name = "SECONDS")]
    pub join_gap: Option<u32>,
    /// Carry as well what others recorded and FROM only lists
    #[arg(long)]
    pub recorded_elsewhere: bool,
    /// What to do where a similar activity is there, from a watch perhaps: leave this one, send it as well, or merge what
    /// all your accounts recorded of a workout into one and send that
    #[arg(long, value_name = "CHOICE", value_parser = choices(), default_value = IfSimilar::Leave.name())]
    pub if_similar: IfSimilar,
}

#[derive(Args)]
pub struct List {
    /// Only this account
    #[arg(long)]
    pub account: Option<String>,
    /// Only titles that hold this text
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// At most this many, the newest first
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub limit: u32,
}

#[derive(Args)]
pub struct Show {
    /// The entry, as `baton list` names it
    pub entry: String,
}

#[derive(Args)]
pub struct Sync {
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Only this route, as `baton routes` names it
    #[arg(long)]
    pub route: Option<String>,
    /// Look at entries from this day on: 2026-11-01, 2026-11-01T07:00, 30d, yesterday, or all
    #[arg(short = 'f', long, alias = "fromdate", value_name = "DATE")]
    pub since: Option<String>,
    /// Look at entries up to this day or time
    #[arg(short = 't', long, alias = "todate", value_name = "DATE")]
    pub until: Option<String>,
    /// Send at most this many
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<u64>,
    /// Convert without sending: the files are written to --out
    #[arg(long, requires = "out", conflicts_with = "dry_run")]
    pub no_upload: bool,
    /// The folder for the files of --no-upload; - writes the one file (of one activity, or of all weigh-ins) to stdout
    #[arg(long, value_name = "DIR", requires = "no_upload")]
    pub out: Option<PathBuf>,
}

#[derive(Args)]
pub struct Watch {
    /// Listen at this address for services that tell by themselves what is new, for instance 127.0.0.1:8321
    #[arg(long, value_name = "ADDRESS:PORT", requires = "webhook_url")]
    pub webhook: Option<SocketAddr>,
    /// The address by which they reach it from the internet, for instance https://example.org/baton
    #[arg(long, value_name = "URL", requires = "webhook")]
    pub webhook_url: Option<String>,
}

#[derive(Args)]
pub struct Send {
    /// The entries, as `baton list` names them
    #[arg(required = true, value_name = "ENTRY")]
    pub entries: Vec<String>,
    /// The account to send them to
    #[arg(long, value_name = "ACCOUNT")]
    pub to: String,
    /// Also where a similar activity is there: both are kept
    #[arg(long)]
    pub even_if_similar: bool,
}

#[derive(Args)]
pub struct Owner {
    /// The entries, as `baton list` names them
    #[arg(required = true, value_name = "ENTRY")]
    pub entries: Vec<String>,
    /// Mine: the next sync sends them
    #[arg(long, required_unless_present = "not_mine", conflicts_with = "not_mine")]
    pub mine: bool,
    /// Somebody else's: they are never sent
    #[arg(long)]
    pub not_mine: bool,
}

#[derive(Args)]
pub struct Convert {
    /// FIT, TCX, GPX, JSON or CSV files, zip archives, also a service's own raw answers
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The format to write
    #[arg(long, value_name = "FORMAT", value_parser = formats(), default_value = "fit")]
    pub format: Format,
}

#[derive(Args)]
pub struct Import {
    /// FIT, TCX, GPX or JSON files, zip archives, or tables of measurements (CSV)
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The account to send them to; can be left out where only one takes them
    #[arg(long, value_name = "ACCOUNT")]
    pub to: Option<String>,
}

#[derive(Args)]
pub struct Export {
    /// The entries, as `baton list` names them
    #[arg(required = true, value_name = "ENTRY")]
    pub entries: Vec<String>,
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The format to write
    #[arg(long, value_name = "FORMAT", value_parser = formats(), default_value = "fit")]
    pub format: Format,
}

#[derive(Args)]
pub struct History {
    /// At most this many runs, the newest first
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    pub limit: u32,
}

#[derive(Args)]
pub struct Config {
    #[command(subcommand)]
    pub command: Option<ConfigCommand>,
}

#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Print one setting
    Get {
        /// The setting, as in `preferences.laps`
        key: String,
    },
    /// Change one setting
    Set {
        /// The setting, as in `preferences.laps`
        key: String,
        /// Its new value, as in config.toml; none goes back to the default
        value: String,
    },
    /// Print where config.toml is
    Path,
    /// Print all settings
    Show,
}

#[derive(Args)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

#[derive(Args)]
pub struct Man {
    /// Write a page for each command into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Reads a format's name; clap lists them in its help and in its refusal.
fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::extension))
        .map(|name| Format::from_name(&name).unwrap_or(Format::Fit))
}

/// Reads a choice's name likewise.
fn choices() -> impl TypedValueParser<Value = IfSimilar> {
    PossibleValuesParser::new(IfSimilar::ALL.map(IfSimilar::name))
        .map(|name| IfSimilar::from_name(&name).unwrap_or_default())
}

/// Reads a kind's name likewise.
fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(Kind::name))
        .map(|name| Kind::from_name(&name).unwrap_or(Kind::Activity))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
