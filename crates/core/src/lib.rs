//! The words of Baton: what is carried, who carries it, what can go wrong. No input or output, no HTTP, no clock.
//!
//! Start at [`item`] (what an entry holds) and [`service`] (the traits that every vendor implements); [`error`]
//! says who must act when something fails.

pub mod activity;
pub mod body;
pub mod clean;
pub mod device;
pub mod error;
pub mod event;
pub mod export;
pub mod item;
pub mod join;
pub mod laps;
pub mod merge;
pub mod same;
pub mod service;
pub mod sport;
pub mod statistics;
pub mod title;
pub mod tokens;
pub mod units;

pub use activity::{
    Activity, ActivityEvent, EventKind, Intensity, Lap, LapTrigger, Position, Record, Set, SetKind,
    Statistics, StepDuration, StepTarget, User, Workout, WorkoutStep, Zones,
};
pub use body::{BloodPressure, Body, Measure, Measured};
pub use clean::{Repair, RepairKind};
pub use device::{Device, DevicePresets};
pub use error::{Error, ErrorKind, Result, Scope};
pub use event::{Attention, Changed, Event, Outcome, RunEvent, SkipReason, Stage};
pub use item::{Entry, File, Format, Headline, Item, Kind, Original, Owner, RecordedBy, Span, Window};
pub use laps::LapStyle;
pub use service::{
    Connection, Destination, Fetched, IfSimilar, Key, News, Next, Notice, Parcel, Posted, Prompt, Receipt,
    Reply, Service, ServiceInfo, SignInFlow, SignInMethod, SignedIn, Similar, Source, Subscription, Webhook,
};
pub use sport::{Sport, SubSport};
pub use tokens::{Secret, TokenCell, TokenStore, Tokens};

/// A moment in UTC. Local wall time is a `Time` with the offset of the item it belongs to.
pub type Time = chrono::DateTime<chrono::Utc>;

/// Tells the time. The shells pass the real one in; tests pass their own.
pub type Clock = std::sync::Arc<dyn Fn() -> Time + Send + Sync>;
