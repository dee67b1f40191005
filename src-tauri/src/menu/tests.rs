//! Tables of what the tray shows.

use baton_core::{Entry, Error, Kind, RecordedBy, Span};
use baton_engine::{Account, AccountState, Delivery, Progress, Route, RouteLine, Run, Schedule, Trigger};
use chrono::TimeDelta;

use super::*;
use crate::contract::Language;

pub fn now() -> Time {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn account(id: &str, name: &str) -> Account {
    Account {
        id: id.into(),
        service: id.into(),
        service_name: name.into(),
        display_name: "maria@example.com".into(),
        domain: None,
        reads: vec![Kind::Activity],
        writes: vec![Kind::Activity],
        state: AccountState::Connected,
    }
}

/// Everything fine: one route, synced twelve minutes ago.
pub fn snapshot() -> Snapshot {
    let route = Route { id: "peloton-garmin".into(), ..Route::new("peloton", "garmin") };
    let started = now() - TimeDelta::minutes(13);
    Snapshot {
        accounts: vec![account("peloton", "Peloton"), account("garmin", "Garmin Connect")],
        routes: vec![RouteLine { route, checked: Some(started), waiting: 0, failed: 0 }],
        schedule: Schedule::default(),
        progress: None,
        last_run: Some(Run {
            id: 1,
            trigger: Trigger::Schedule,
            started,
            finished: Some(now() - TimeDelta::minutes(12)),
            created: 1,
            already_there: 0,
            skipped: 0,
            failed: 0,
            error: None,
        }),
        next_sync: Some(now() + TimeDelta::minutes(50)),
        held_back: false,
        attention: Vec::new(),
    }
}

pub fn english() -> Words {
    Words::new(Language::En, "en-GB")
}

pub fn attention(account: Option<&str>, kind: ErrorKind) -> Attention {
    Attention { account: account.map(str::to_owned), error: Error::new(kind, "why"), since: now() }
}

fn line(title: &str, deliveries: &[(&str, DeliveryState)]) -> EntryLine {
    let delivery = |(destination, state): &(&str, DeliveryState)| Delivery {
        source: "peloton".into(),
        key: "k/1".into(),
        destination: (*destination).into(),
        route: "peloton-garmin".into(),
        state: *state,
        revision: String::new(),
        skip: None,
        joined_into: None,
        merged_with: None,
        file: None,
        file_hash: None,
        remote: None,
        similar: None,
        attempts: 1,
        error: None,
        next_try: None,
        remarks: Vec::new(),
        changed: now(),
        run: Some(1),
    };
    EntryLine {
        account: "peloton".into(),
        entry: Entry {
            key: "k/1".into(),
            kind: Kind::Activity,
            span: Span::new(now(), now()),
            revision: String::new(),
            recorded_by: RecordedBy::Source,
            title: title.into(),
            sport: None,
            sub_sport: None,
            utc_offset: None,
            in_progress: false,
            arrived: None,
            owner: baton_core::Owner::Certain,
            measured: None,
        },
        headline: None,
        gone: None,
        deliveries: deliveries.iter().map(delivery).collect(),
    }
}

fn read(lines: &[MenuLine]) -> Vec<String> {
    let each = lines.iter().map(|line| match line {
        MenuLine::Item { text, action: Some(action) } => format!("{text} [{}]", action.id()),
        MenuLine::Item { text, action: None } => text.clone(),
        MenuLine::Menu { text, lines } => format!("{text} ▸ {}", read(lines).join(" | ")),
        MenuLine::Separator => "—".into(),
    });
    each.collect()
}

#[test]
fn the_whole_menu() {
    let recent = [
        line("45 min Power Zone Ride", &[("garmin", DeliveryState::Created)]),
        line("Left out", &[("garmin", DeliveryState::Skipped)]),
        line("On no route", &[]),
        line("20 min Core", &[("garmin", DeliveryState::AlreadyThere), ("folder", DeliveryState::Failed)]),
        line(&"Very ".repeat(20), &[("garmin", DeliveryState::Planned)]),
        line("A fourth", &[("garmin", DeliveryState::Created)]),
    ];
    let shown = shown(Some(&snapshot()), &recent, &english(), now());
    assert_eq!(shown.icon, Icon::Plain);
    assert_eq!(shown.headline, "Up to date · 12 min ago");
    assert_eq!(
        read(&shown.lines),
        [
            "✓ Up to date · 12 min ago",
            "Sync now [sync]",
            "Pause ▸ For 1 hour [pause-hour] | Until tomorrow [pause-tomorrow] | Until I resume [pause]",
            "—",
            "45 min Power Zone Ride → Garmin Connect ✓ [entry/peloton/k/1]",
            "20 min Core → Garmin Connect ≡, folder ! [entry/peloton/k/1]",
            "Very Very Very Very Very Very Very Very V… → Garmin Connect ◌ [entry/peloton/k/1]",
            "—",
            "Open Baton [open]",
            "Settings… [settings]",
            "Quit [quit]",
        ]
    );
}

#[test]
fn the_worst_is_said_first() {
    let mut snapshot = snapshot();
    let mut expect = |change: &mut dyn FnMut(&mut Snapshot), icon, line: &str| {
        change(&mut snapshot);
        let shown = shown(Some(&snapshot), &[], &english(), now());
        assert_eq!((shown.icon, read(&shown.lines)[0].as_str()), (icon, line));
    };
    let at = |minutes| now() + TimeDelta::minutes(minutes);
    expect(&mut |it| it.routes[0].failed = 2, Icon::Plain, "! 2 activities didn’t get through [history]");
    expect(&mut |it| it.schedule.paused = true, Icon::Paused, "‖ Paused");
    expect(
        &mut |it| {
            let mut progress = Progress::default();
            (progress.send, progress.done) = (Some(9), 3);
            it.progress = Some(progress);
        },
        Icon::Syncing,
        "→ Syncing – 3 of 9",
    );
    expect(
        &mut |it| it.attention.push(attention(Some("peloton"), ErrorKind::Offline)),
        Icon::Syncing,
        "◌ Offline – will go on by itself",
    );
    let until = at(70);
    let time = english().time_of_day(until);
    expect(
        &mut |it| it.attention.push(attention(Some("peloton"), ErrorKind::RateLimited { until })),
        Icon::Syncing,
        &format!("◌ Peloton is resting until {time}"),
    );
    let next = english().time_of_day(at(50));
    expect(
        &mut |it| it.attention.push(attention(Some("garmin"), ErrorKind::ServiceDown)),
        Icon::Syncing,
        &format!("◌ Garmin Connect isn’t answering – trying again at {next}"),
    );
    expect(
        &mut |it| it.attention.push(attention(Some("garmin"), ErrorKind::SignInRequired)),
        Icon::Attention,
        "! Garmin Connect: sign in [sign-in/garmin]",
    );
    expect(
        &mut |it| it.attention.insert(0, attention(None, ErrorKind::VaultLocked)),
        Icon::Attention,
        "! Baton needs you [open]",
    );
}

#[test]
fn what_cannot_be_done_is_not_offered() {
    let lines = |change: fn(&mut Snapshot)| {
        let mut snapshot = snapshot();
        change(&mut snapshot);
        read(&shown(Some(&snapshot), &[], &english(), now()).lines)
    };
    assert!(lines(|it| it.progress = Some(Progress::default())).contains(&"Stop [stop]".into()));
    assert!(lines(|it| it.routes[0].route.enabled = false).contains(&"Sync now".into()));
    assert_eq!(lines(|it| it.routes.clear())[0], "– No routes yet");
    assert_eq!(lines(|it| it.last_run = None)[0], "– Ready for the first sync");
    assert!(lines(|it| it.schedule.paused = true).contains(&"Resume [resume]".into()));
    let over: fn(&mut Snapshot) = |it| {
        it.schedule.paused = true;
        it.schedule.paused_until = Some(now() - TimeDelta::minutes(1));
    };
    assert_eq!(lines(over)[0], "✓ Up to date · 12 min ago");
}

#[test]
fn a_pause_says_when_it_ends() {
    let until = |time: Time| paused_words(Some(time), &english(), now());
    let tomorrow = tomorrow_morning(now());
    assert_eq!(until(tomorrow), format!("Paused until tomorrow {}", english().time_of_day(tomorrow)));
    assert_eq!(english().time_of_day(tomorrow), "08:00");
    assert!(tomorrow > now() && tomorrow < now() + TimeDelta::days(2));
    assert!(until(now() + TimeDelta::days(9)).starts_with("Paused until 2026-"));
}

#[test]
fn a_history_that_cannot_be_read_leaves_the_window_and_the_end() {
    let shown = shown(None, &[], &english(), now());
    assert_eq!(shown.icon, Icon::Attention);
    assert_eq!(
        read(&shown.lines),
        ["! Baton can’t read its history file [open]", "—", "Open Baton [open]", "Quit [quit]"]
    );
}

#[test]
fn every_action_is_known_by_its_name() {
    let shown =
        shown(Some(&snapshot()), &[line("Ride", &[("garmin", DeliveryState::Created)])], &english(), now());
    let mut found = 0;
    for line in shown.lines.iter().flat_map(|line| match line {
        MenuLine::Menu { lines, .. } => lines.clone(),
        other => vec![other.clone()],
    }) {
        if let MenuLine::Item { action: Some(action), .. } = line {
            assert_eq!(Action::from_id(&action.id()), Some(action));
            found += 1;
        }
    }
    assert_eq!(found, 8);
    let sign_in = Action::SignIn { account: "garmin-2".into() };
    assert_eq!(Action::from_id(&sign_in.id()), Some(sign_in));
    assert_eq!(Action::from_id("format c:"), None);
}

#[test]
fn a_network_that_counts_is_said_and_a_sync_can_still_be_asked_for() {
    let held_back = Snapshot { held_back: true, ..snapshot() };
    let shown = shown(Some(&held_back), &[], &english(), now());
    assert_eq!(shown.headline, "Waiting for a network that is not metered");
    assert_eq!(read(&shown.lines)[1], "Sync now [sync]");
}
