//! The traits that every vendor implements, and the conversation by which a person signs in.
//!
//! Shells render [`Prompt`]s and nothing else: that is the whole of the sign-in interface, for every vendor.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::export::Export;
use crate::same::Outline;
use crate::{
    Entry, Error, ErrorKind, File, Format, Item, Kind, Result, Secret, Span, Sport, SubSport, Time,
    TokenCell, Tokens, Window,
};

/// What a service is, as data.
#[derive(Debug, Clone, Copy, Serialize, specta::Type)]
pub struct ServiceInfo {
    /// Lower case, stable for ever: `garmin`
    pub id: &'static str,
    /// As its people write it: `Garmin Connect`
    pub name: &'static str,
    pub reads: &'static [Kind],
    pub writes: &'static [Kind],
    /// Kinds of which the destination keeps one current value and no history: only the newest is handed over.
    pub newest_only: &'static [Kind],
    /// Kinds that can be taken away again: what was changed at its source is sent anew, and then the former one removed.
    pub replaces: &'static [Kind],
    /// Formats that the destination takes, the best first. Empty where it takes none.
    pub accepts: &'static [Format],
    /// How to sign in, the recommended first.
    pub sign_in: &'static [SignInMethod],
    /// Said before the first sign-in where there is something to know.
    pub notice: Option<Notice>,
    /// The service's own web site.
    pub home: &'static str,
    /// The least number of minutes between two automatic listings that is polite here.
    pub min_interval_minutes: u32,
    /// Kinds of which the source tells the current value and no history: what it does not list any more was replaced,
    /// not deleted.
    pub current_only: &'static [Kind],
    /// Whether raw answers may be kept on this machine (some vendors' terms forbid it).
    pub keep_raw: bool,
    /// After so many days what came from here is taken off this machine again: raw answers, and the files made of it.
    /// `None` where it may stay.
    pub keep_days: Option<u32>,
    /// Whether its terms ask that what came from here is taken off this machine when a person signs out.
    pub removes_on_sign_out: bool,
}

/// One way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
pub struct SignInMethod {
    /// `window`, `password`, `paste`, `import` …
    pub id: &'static str,
    /// One line for a menu.
    pub name: &'static str,
    /// Can only be shown by a shell that has windows.
    pub needs_window: bool,
}

/// What a person should know before signing in at a service without an official interface, or with terms that ask
/// something of the person. A sentence or two each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
pub struct Notice {
    /// Whether the service offers the interface that is used.
    pub is_official: bool,
    /// What the service's terms say, and what Baton does about it
    pub terms: &'static str,
    /// What may stop working, and what is counted
    pub limits: &'static str,
    /// What becomes of the password
    pub password: &'static str,
    /// How to take the permission back
    pub revoke: &'static str,
}

/// A vendor: data and behaviour, no state.
pub trait Service: Send + Sync {
    fn info(&self) -> &'static ServiceInfo;

    /// Begins a sign-in. `domain` is for services with several (`garmin.cn`); `None` is the usual one.
    ///
    /// # Errors
    /// `BadInput` for an unknown method or domain.
    fn sign_in(&self, method: &str, domain: Option<&str>) -> Result<Box<dyn SignInFlow>>;

    /// The account behind these tokens. No request is made yet.
    fn connect(&self, tokens: Arc<TokenCell>) -> Result<Box<dyn Connection>>;

    /// Makes an item from this vendor's own raw answer (what [`Fetched::raw`] archived), with today's converter, no
    /// account and no network. `None` where the bytes are not of this vendor's form.
    fn convert(&self, raw: &[u8]) -> Option<Result<Item>> {
        let _ = raw;
        None
    }

    /// What a table of this vendor's own export archive says of the files in it. `None` where it is another table.
    fn exported(&self, table: &[u8]) -> Option<Export> {
        let _ = table;
        None
    }
}

/// A sign-in under way: a conversation that holds cookies and PKCE secrets until it is done. Dropping it cancels.
#[async_trait]
pub trait SignInFlow: Send {
    /// The first call has no reply; each further one answers the prompt before it.
    ///
    /// # Errors
    /// `SignInRequired` with words where the vendor refuses (wrong password), `LoginCoolDown` where it wants to be
    /// left alone. After an error the flow is over.
    async fn next(&mut self, reply: Option<Reply>) -> Result<Next>;
}

/// Where a sign-in stands.
pub enum Next {
    Ask(Prompt),
    Done(SignedIn),
}

/// What a finished sign-in brings.
pub struct SignedIn {
    pub tokens: Tokens,
    /// The vendor's own stable identifier of this person: a second sign-in of the same person is the same account.
    pub user_key: String,
    /// What the person recognises: a name or an e-mail address.
    pub display_name: String,
}

/// A question to the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
#[serde(tag = "prompt", rename_all = "snake_case")]
pub enum Prompt {
    /// User name (mostly an e-mail address) and password.
    Password { help: String },
    /// A one-time code; `sent_to` as the vendor masks it. `wrong` after a code that was refused: ask again.
    Code { sent_to: Option<String>, wrong: bool },
    /// The system browser, with a loopback listener of the flow's own waiting for the redirect: the next call has no
    /// reply and returns when the browser has come back.
    Browser { url: String },
    /// A window on the vendor's own page. A navigation to a URL that begins with one of `watch_for` is stopped before
    /// it loads and handed back whole as [`Reply::Redirect`].
    Window { url: String, watch_for: Vec<String> },
    /// The person's own API application.
    AppKeys { help_url: String, redirect_uri: String },
    /// A text to paste: a ticket, link, token, or the path of a file that holds one.
    Paste { help: String },
    /// A folder on this machine.
    Folder { help: String },
}

/// The answer to a prompt.
#[derive(Clone)]
pub enum Reply {
    Password {
        username: String,
        password: Secret,
    },
    Code(Secret),
    /// The whole URL that was stopped.
    Redirect(Secret),
    AppKeys {
        client_id: String,
        client_secret: Secret,
    },
    Text(Secret),
    Folder(PathBuf),
}

/// One account in use. What it can do is what is there.
#[async_trait]
pub trait Connection: Send + Sync {
    fn source(&self) -> Option<&dyn Source>;
    fn destination(&self) -> Option<&dyn Destination>;

    /// The service's way of telling by itself that something is new, where it has one.
    fn webhook(&self) -> Option<&dyn Webhook> {
        None
    }

    /// Tells the service that this sign-in is over, where it has a way to be told (RFC 7009 and the like): its tokens
    /// open nothing afterwards. One that is over already is no error.
    ///
    /// # Errors
    /// Those of the account, where the service was not reached or did not agree.
    async fn revoke(&self) -> Result<()> {
        Ok(())
    }
}

/// A service that tells an address of the person's own when something is new.
#[async_trait]
pub trait Webhook: Send + Sync {
    /// The application that the subscription belongs to. Accounts with the same answer share it, and one of them keeps it.
    ///
    /// # Errors
    /// Those of the account.
    async fn application(&self) -> Result<String>;

    /// Sees to it that news are posted to this address: subscribes, or looks at the subscription and sets it going again.
    /// To be called again at any time. The address answers by now: services try it.
    ///
    /// # Errors
    /// `BadInput` where the service does not take the address, or another subscription is in the way; those of the
    /// account.
    async fn subscribe(&self, address: &str) -> Result<Subscription>;

    /// Says what to make of something that was posted, by the key that came with the subscription. No request is made.
    ///
    /// # Errors
    /// Those of the token cell.
    async fn read(&self, posted: &Posted) -> Result<News>;
}

/// How a subscription was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscription {
    /// It was made just now.
    New,
    Active,
    /// The service had ended it, and it was set going again.
    Revived,
}

/// What somebody posted to the address of a webhook.
#[derive(Debug, Clone)]
pub struct Posted {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Posted {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What to make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It is not from the service.
    Refused,
    /// Nothing that concerns Baton: a trial, or something that is not read.
    Nothing,
    /// Something is new of this person ([`SignedIn::user_key`]).
    Of(String),
}

/// An account that entries are read from.
#[async_trait]
pub trait Source: Send + Sync {
    /// All entries whose start lies in the window, each once, in any order; what is not among them is not at the source
    /// any more. Others that the source got in the window may come with them. An unreadable entry never ends the listing.
    fn list(&self, window: Window) -> BoxStream<'_, Result<Entry>>;

    /// Everything the entry holds, and the vendor's own answer to archive. Not asked for entries that are
    /// [`Entry::measured`].
    ///
    /// # Errors
    /// `Incomplete` while it is still being recorded, `Unsupported`, `Rejected` where the answer makes no sense, and
    /// those of the account.
    async fn fetch(&self, entry: &Entry) -> Result<Fetched>;

    /// Whether listing everything costs no more than listing some of it. A route's whole period is then listed each time, so
    /// that what was done long ago and came only now is found.
    fn lists_all(&self) -> bool {
        false
    }

    /// Tells when something new may be there, where the source notices that by itself: each time it is worth a look, now or
    /// a moment later. `None` where it does not; it is then asked by the schedule alone.
    ///
    /// # Errors
    /// `Storage` where what would be listened to is not there now, and those of the account.
    async fn changes(&self) -> Result<Option<BoxStream<'static, ()>>> {
        Ok(None)
    }
}

/// What a fetch brings.
pub struct Fetched {
    pub item: Item,
    /// The vendor's own answer as JSON, for the archive; `None` where there is nothing beyond `item`'s original.
    pub raw: Option<Vec<u8>>,
}

/// An account that items are handed to.
#[async_trait]
pub trait Destination: Send + Sync {
    /// What is there already and is of the same workout ([`crate::same`]), as far as a listing tells: a plan asks before
    /// anything has been fetched. It may be from another device, or what Baton sent. Destinations that cannot tell say
    /// `None`.
    async fn similar(&self, kind: Kind, outline: &Outline) -> Result<Option<(Key, Similar)>> {
        let _ = (kind, outline);
        Ok(None)
    }

    /// Whether this very parcel is there already: the same file, or a measurement with the same values. What is only of
    /// the same workout is [`Destination::similar`].
    async fn find(&self, parcel: &Parcel) -> Result<Option<Key>>;

    /// Whether [`Destination::find`] can tell at all of this kind. Where it cannot, it says `None`, and what may have arrived
    /// is not sent a second time by a run: the person is told, and may send it by hand.
    fn finds(&self, kind: Kind) -> bool {
        let _ = kind;
        true
    }

    /// Hands the parcel over and waits until the destination has said what became of it.
    ///
    /// # Errors
    /// `Unsettled` where it was sent, no answer came and a look did not settle it: the next run looks again before it
    /// sends, or tells the person where nobody can look. Others mean that nothing was created.
    async fn deliver(&self, parcel: &Parcel) -> Result<Receipt>;

    /// How many parcels of a kind go in one delivery.
    fn at_once(&self, kind: Kind) -> usize {
        let _ = kind;
        1
    }

    /// Hands several parcels of one kind over, at most [`Destination::at_once`]; one answer for each, in their order.
    async fn deliver_all(&self, parcels: &[&Parcel]) -> Vec<Result<Receipt>> {
        let mut receipts = Vec::with_capacity(parcels.len());
        for parcel in parcels {
            receipts.push(self.deliver(parcel).await);
        }
        receipts
    }

    /// Takes away what a newer revision replaced. What is not there any more is no error.
    ///
    /// # Errors
    /// `Unsupported` where the service has no such thing for this kind; those of the account.
    async fn remove(&self, parcel: &Parcel, key: &str) -> Result<()> {
        let _ = (parcel, key);
        Err(Error::new(ErrorKind::Unsupported, "nothing can be removed there"))
    }
}

/// What is handed to a destination.
#[derive(Debug, Clone)]
pub struct Parcel {
    pub item: Arc<Item>,
    pub span: Span,
    pub file: File,
    /// A stable hash of (source account, key): the same entry always has the same.
    pub external_id: String,
    /// The title to show there, from the route's template.
    pub title: String,
    /// A text to put beside it, where the route says so.
    pub description: Option<String>,
    /// The destination's identifier of the gear to link, where the route says so.
    pub gear: Option<String>,
}

/// The destination's own identifier of what was delivered, and where a person can see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Key {
    pub id: String,
    pub link: Option<String>,
}

/// Something at a destination that is of the same workout as what would be sent there, as far as the destination tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct Similar {
    pub start: Time,
    /// From start to end, in whole seconds.
    pub seconds: Option<u32>,
    pub sport: Option<Sport>,
    pub sub_sport: Option<SubSport>,
    /// The name of the device that recorded it: `Forerunner 265`
    pub device: Option<String>,
}

/// What to do where something similar is at the destination already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum IfSimilar {
    /// Nothing is sent, and what is there is told.
    #[default]
    Leave,
    /// It is sent all the same and stands beside the other one, which stays as it is.
    Send,
    /// Both are made into one ([`crate::merge`]), which is sent in place of the two; what is there already stays.
    Merge,
}

impl IfSimilar {
    pub const ALL: [IfSimilar; 3] = [IfSimilar::Leave, IfSimilar::Send, IfSimilar::Merge];

    pub const fn name(self) -> &'static str {
        match self {
            IfSimilar::Leave => "leave",
            IfSimilar::Send => "send",
            IfSimilar::Merge => "merge",
        }
    }

    pub fn from_name(name: &str) -> Option<IfSimilar> {
        IfSimilar::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

/// What a destination answered. There is no third answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// Created, with remarks where something beside it did not work (a title that was refused).
    Created {
        key: Key,
        remarks: Vec<String>,
    },
    AlreadyThere {
        key: Option<Key>,
    },
}
