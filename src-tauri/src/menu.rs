//! What the tray says and offers: a pure function of the engine's state, the words and the time.

use baton_core::{Attention, ErrorKind, Time};
use baton_engine::{DeliveryState, EntryLine, Snapshot};
use chrono::{Days, Local, NaiveTime};

use crate::words::Words;

/// How many of the last entries are listed.
pub const RECENT: usize = 3;
/// Longer titles are cut, so that the menu stays narrow.
const TITLE: usize = 42;
/// When a pause until tomorrow ends.
const MORNING: (u32, u32) = (8, 0);

/// What a click does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    SignIn { account: String },
    Sync,
    Stop,
    PauseHour,
    PauseTomorrow,
    Pause,
    Resume,
    Entry { account: String, key: String },
    Open,
    History,
    Settings,
    Quit,
}

impl Action {
    /// Its name in the system's menu.
    pub fn id(&self) -> String {
        match self {
            Action::SignIn { account } => format!("sign-in/{account}"),
            Action::Sync => "sync".into(),
            Action::Stop => "stop".into(),
            Action::PauseHour => "pause-hour".into(),
            Action::PauseTomorrow => "pause-tomorrow".into(),
            Action::Pause => "pause".into(),
            Action::Resume => "resume".into(),
            Action::Entry { account, key } => format!("entry/{account}/{key}"),
            Action::Open => "open".into(),
            Action::History => "history".into(),
            Action::Settings => "settings".into(),
            Action::Quit => "quit".into(),
        }
    }

    pub fn from_id(id: &str) -> Option<Action> {
        if let Some(account) = id.strip_prefix("sign-in/") {
            return Some(Action::SignIn { account: account.into() });
        }
        if let Some((account, key)) = id.strip_prefix("entry/").and_then(|entry| entry.split_once('/')) {
            return Some(Action::Entry { account: account.into(), key: key.into() });
        }
        let plain = [
            Action::Sync,
            Action::Stop,
            Action::PauseHour,
            Action::PauseTomorrow,
            Action::Pause,
            Action::Resume,
            Action::Open,
            Action::History,
            Action::Settings,
            Action::Quit,
        ];
        plain.into_iter().find(|action| action.id() == id)
    }
}

/// One line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MenuLine {
    /// Without an action it can only be read.
    Item {
        text: String,
        action: Option<Action>,
    },
    Menu {
        text: String,
        lines: Vec<MenuLine>,
    },
    Separator,
}

/// Four icons of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Plain,
    Syncing,
    Paused,
    Attention,
}

/// Everything that the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub icon: Icon,
    /// The tooltip, and the first line.
    pub headline: String,
    pub lines: Vec<MenuLine>,
}

/// What the tray shows. Without a snapshot the history file cannot be read.
pub fn shown(snapshot: Option<&Snapshot>, recent: &[EntryLine], words: &Words, now: Time) -> Shown {
    let Some(snapshot) = snapshot else {
        let headline = words.say("broken", &[]);
        let lines = vec![
            MenuLine::Item { text: format!("! {headline}"), action: Some(Action::Open) },
            MenuLine::Separator,
            item(words.say("open", &[]), Action::Open),
            item(words.say("quit", &[]), Action::Quit),
        ];
        return Shown { icon: Icon::Attention, headline, lines };
    };
    let (icon, mark, headline, action) = headline(snapshot, words, now);
    let mut lines = vec![MenuLine::Item { text: format!("{mark} {headline}"), action }];
    if snapshot.progress.is_some() {
        lines.push(item(words.say("stop", &[]), Action::Stop));
    } else {
        let action = snapshot.routes.iter().any(|line| line.route.enabled).then_some(Action::Sync);
        lines.push(MenuLine::Item { text: words.say("syncNow", &[]), action });
    }
    if snapshot.schedule.is_paused(now) {
        lines.push(item(words.say("resume", &[]), Action::Resume));
    } else {
        lines.push(MenuLine::Menu {
            text: words.say("pause", &[]),
            lines: vec![
                item(words.say("pauseHour", &[]), Action::PauseHour),
                item(words.say("pauseTomorrow", &[]), Action::PauseTomorrow),
                item(words.say("pauseOpen", &[]), Action::Pause),
            ],
        });
    }
    lines.push(MenuLine::Separator);
    let before = lines.len();
    lines.extend(recent.iter().filter_map(|line| entry(line, snapshot)).take(RECENT));
    if lines.len() > before {
        lines.push(MenuLine::Separator);
    }
    lines.push(item(words.say("open", &[]), Action::Open));
    lines.push(item(words.say("settings", &[]), Action::Settings));
    lines.push(item(words.say("quit", &[]), Action::Quit));
    Shown { icon, headline, lines }
}

fn item(text: String, action: Action) -> MenuLine {
    MenuLine::Item { text, action: Some(action) }
}

/// The state in one sentence, the worst first.
fn headline(snapshot: &Snapshot, words: &Words, now: Time) -> (Icon, &'static str, String, Option<Action>) {
    if let Some(attention) = snapshot.attention.iter().find(|attention| attention.error.kind.needs_person()) {
        let service = service_of(snapshot, attention, words);
        let text = match (&attention.account, &attention.error.kind) {
            (None, _) => words.say("batonNeedsYou", &[]),
            (_, ErrorKind::SignInRequired) => words.say("needsSignIn", &[("service", &service)]),
            (_, ErrorKind::ConsentRequired { .. }) => words.say("needsConsent", &[("service", &service)]),
            _ => words.say("needsYou", &[("service", &service)]),
        };
        let action = attention.account.clone().map_or(Action::Open, |account| Action::SignIn { account });
        return (Icon::Attention, "!", text, Some(action));
    }
    let paused = snapshot.schedule.is_paused(now);
    let icon = match (&snapshot.progress, paused) {
        (Some(_), _) => Icon::Syncing,
        (None, true) => Icon::Paused,
        (None, false) => Icon::Plain,
    };
    if let Some(text) = trouble(snapshot, words) {
        return (icon, "◌", text, None);
    }
    // A sync that the person asks for runs during a pause, too, and is then what they want to see.
    if let Some(progress) = &snapshot.progress {
        let text = match progress.send {
            Some(send) if send > 0 => words
                .say("syncingCount", &[("done", &progress.done.to_string()), ("send", &send.to_string())]),
            _ => words.say("syncing", &[]),
        };
        return (icon, "→", text, None);
    }
    if paused {
        return (icon, "‖", paused_words(snapshot.schedule.paused_until, words, now), None);
    }
    if snapshot.held_back {
        return (icon, "◌", words.say("heldBack", &[]), None);
    }
    let Some(last) =
        snapshot.last_run.as_ref().filter(|_| snapshot.routes.iter().any(|line| line.route.enabled))
    else {
        let text =
            if snapshot.routes.is_empty() { words.say("noRoutes", &[]) } else { words.say("ready", &[]) };
        return (icon, "–", text, None);
    };
    let open: u64 = snapshot.routes.iter().map(|line| u64::from(line.failed)).sum();
    match last.failed.max(open) {
        0 => {
            let ago = words.ago(last.finished.unwrap_or(last.started), now);
            (icon, "✓", words.say("upToDateAgo", &[("ago", &ago)]), None)
        }
        failed => (icon, "!", words.count("someFailed", failed, &[]), Some(Action::History)),
    }
}

/// What passes by itself: a service's trouble before being offline.
fn trouble(snapshot: &Snapshot, words: &Words) -> Option<String> {
    let of = |wanted: fn(&ErrorKind) -> bool| {
        snapshot.attention.iter().find(|attention| wanted(&attention.error.kind))
    };
    if let Some(attention) = of(|kind| matches!(kind, ErrorKind::ServiceDown | ErrorKind::ServiceChanged)) {
        let service = service_of(snapshot, attention, words);
        return Some(match snapshot.next_sync {
            Some(next) => {
                words.say("troubleNext", &[("service", &service), ("time", &words.time_of_day(next))])
            }
            None => words.say("trouble", &[("service", &service)]),
        });
    }
    if let Some(attention) = of(|kind| kind.until().is_some()) {
        let service = service_of(snapshot, attention, words);
        let until = attention.error.kind.until()?;
        return Some(words.say("resting", &[("service", &service), ("time", &words.time_of_day(until))]));
    }
    of(|kind| matches!(kind, ErrorKind::Offline)).map(|_| words.say("offline", &[]))
}

fn paused_words(until: Option<Time>, words: &Words, now: Time) -> String {
    let Some(until) = until else { return words.say("paused", &[]) };
    let time = words.time_of_day(until);
    let (today, day) = (now.with_timezone(&Local).date_naive(), until.with_timezone(&Local).date_naive());
    if day == today {
        words.say("pausedUntil", &[("time", &time)])
    } else if today.checked_add_days(Days::new(1)) == Some(day) {
        words.say("pausedUntilTomorrow", &[("time", &time)])
    } else {
        words.say("pausedUntilDay", &[("day", &day.format("%Y-%m-%d").to_string())])
    }
}

/// The name of the service that something is about.
pub fn service_of(snapshot: &Snapshot, attention: &Attention, words: &Words) -> String {
    let account = attention.account.as_deref();
    service_name(snapshot, account).unwrap_or_else(|| words.say("someone", &[]))
}

/// The name of an account's service.
pub fn service_name(snapshot: &Snapshot, account: Option<&str>) -> Option<String> {
    let account = snapshot.accounts.iter().find(|known| Some(known.id.as_str()) == account)?;
    Some(account.service_name.clone())
}

/// `45 min Power Zone Ride → Garmin Connect ✓`; nothing where it went nowhere.
fn entry(line: &EntryLine, snapshot: &Snapshot) -> Option<MenuLine> {
    let went: Vec<String> = line
        .deliveries
        .iter()
        .filter_map(|delivery| {
            let mark = match delivery.state {
                DeliveryState::Created => "✓",
                DeliveryState::AlreadyThere => "≡",
                DeliveryState::Planned => "◌",
                DeliveryState::Sending => "→",
                DeliveryState::Failed => "!",
                DeliveryState::Skipped => return None,
            };
            let to = service_name(snapshot, Some(&delivery.destination));
            Some(format!("{} {mark}", to.as_deref().unwrap_or(&delivery.destination)))
        })
        .collect();
    if went.is_empty() {
        return None;
    }
    let action = Action::Entry { account: line.account.clone(), key: line.entry.key.clone() };
    Some(item(format!("{} → {}", cut(&line.entry.title), went.join(", ")), action))
}

/// At most so many characters.
fn cut(title: &str) -> String {
    match title.char_indices().nth(TITLE) {
        Some(_) => title.chars().take(TITLE - 1).chain(['…']).collect(),
        None => title.to_owned(),
    }
}

/// Tomorrow at eight, where this computer is.
pub fn tomorrow_morning(now: Time) -> Time {
    let (hour, minute) = MORNING;
    let morning = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    let today = now.with_timezone(&Local).date_naive();
    let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
    // A morning that a change of clocks leaves out is a day from now.
    let local = tomorrow.and_time(morning).and_local_timezone(Local).earliest();
    local.map_or(now + chrono::TimeDelta::days(1), |local| local.to_utc())
}

#[cfg(test)]
pub(crate) mod tests;
