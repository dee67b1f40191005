//! Plain words for times, lengths, outcomes and reasons: everything that people read and that is not a sentence of
//! the engine's own.

use baton_core::{ErrorKind, Measured, Similar, SkipReason, Sport, Stage, SubSport, Time};
use chrono::{FixedOffset, Local, TimeZone};

/// A moment in the item's own local time, or in this computer's where the item's is unknown: `2026-11-20 07:30`.
pub fn moment(time: Time, utc_offset: Option<i32>) -> String {
    local(time, utc_offset, "%Y-%m-%d %H:%M")
}

fn local(time: Time, utc_offset: Option<i32>, form: &str) -> String {
    match utc_offset.and_then(FixedOffset::east_opt) {
        Some(zone) => zone.from_utc_datetime(&time.naive_utc()).format(form).to_string(),
        None => time.with_timezone(&Local).format(form).to_string(),
    }
}

/// Seconds as on a clock: `45:00`, `1:02:03`.
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// How long a run took: `0.4 s`, `12 s`, `3 min 20 s`.
pub fn took(seconds: f64) -> String {
    match seconds.max(0.0) {
        short if short < 10.0 => format!("{short:.1} s"),
        seconds if seconds < 60.0 => format!("{seconds:.0} s"),
        seconds => {
            let whole = seconds.round() as u64;
            format!("{} min {} s", whole / 60, whole % 60)
        }
    }
}

/// `1 activity`, `3 activities`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", self::number(number), if number == 1 { one } else { many })
}

/// `12,345`
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes as people say them: `640 B`, `1.2 MB`.
pub fn size(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes < 1e3 => format!("{bytes:.0} B"),
        bytes if bytes < 1e6 => format!("{:.1} kB", bytes / 1e3),
        bytes if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}

/// What a run did, in its four counts: `12 sent, 3 already there, 1 failed`. `done` is the word for the first.
pub fn counts(done: &str, [created, already_there, skipped, failed]: [u64; 4]) -> String {
    let said: Vec<_> =
        [(created, done), (already_there, "already there"), (skipped, "skipped"), (failed, "failed")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{} {word}", number(count)))
            .collect();
    match (created + already_there + failed, said.join(", ")) {
        (0, said) if said.is_empty() => format!("nothing {done}"),
        (0, said) => format!("nothing {done}, {said}"),
        (_, said) => said,
    }
}

/// FIT's names in words: `indoor cycling`, `running`; the sport where the sub-sport says nothing.
pub fn sport(sport: Option<Sport>, sub_sport: Option<SubSport>) -> String {
    let telling = sub_sport.filter(|sub_sport| *sub_sport != SubSport::GENERIC);
    let name = match (sport, telling.and_then(SubSport::name)) {
        (_, Some(name)) => name.to_owned(),
        (Some(sport), None) => sport.to_string(),
        (None, None) => return String::new(),
    };
    name.replace('_', " ")
}

/// Why an entry is left alone.
pub fn skip(reason: &SkipReason) -> String {
    match reason {
        SkipReason::Delivered => "sent or found there before".into(),
        SkipReason::OwnCopy => "Baton's own copy that came back".into(),
        SkipReason::RecordedElsewhere { by } => format!("brought there by {by}"),
        SkipReason::KindOff => "of a kind that the route does not carry".into(),
        SkipReason::Filtered => "left out by the route's sports".into(),
        SkipReason::TooOld => "from outside the route's days".into(),
        SkipReason::InProgress => "still going on, or perhaps to be joined: a later sync takes it".into(),
        SkipReason::GaveUp { attempts } => {
            format!(
                "failed {} before; `baton send` tries again",
                count(u64::from(*attempts), "time", "times")
            )
        }
        SkipReason::AccountBlocked => "the account waits".into(),
        SkipReason::Unsupported => "of a kind that the destination does not take".into(),
        SkipReason::Superseded => "there is a newer one, and only the newest is kept there".into(),
        SkipReason::Doubtful => "perhaps somebody else's; `baton owner` settles it".into(),
        SkipReason::NotMine => "somebody else's, as you said".into(),
        SkipReason::Merged { account, title } => {
            format!("merged into “{title}” ({account}) and goes with it")
        }
        SkipReason::SameWorkout { account, title } => {
            format!("the same workout as “{title}” ({account}), which went there by itself before")
        }
    }
}

/// What is there instead, with the clock of the item that was left: `an activity of 44:30 at 07:03 (indoor cycling,
/// Forerunner 265)`
pub fn similar(similar: &Similar, utc_offset: Option<i32>) -> String {
    let length = similar.seconds.map(|seconds| format!(" of {}", duration(f64::from(seconds))));
    let time = local(similar.start, utc_offset, "%H:%M");
    let what = [sport(similar.sport, similar.sub_sport), similar.device.clone().unwrap_or_default()];
    let known: Vec<String> = what.into_iter().filter(|word| !word.is_empty()).collect();
    let more = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
    format!("an activity{} at {time}{more}", length.unwrap_or_default())
}

/// A measurement's values, each with its name.
pub fn measured(measured: &Measured) -> Vec<[String; 2]> {
    let mut rows = Vec::new();
    let mut add = |name: &str, value: Option<f64>, unit: &str| {
        let text = value.map(|value| format!("{value} {unit}"));
        rows.extend(text.map(|text| [name.to_owned(), text.trim_end().to_owned()]));
    };
    let more = match measured {
        Measured::Body(body) => {
            add("weight", body.weight, "kg");
            add("body fat", body.percent_fat, "%");
            add("body water", body.percent_hydration, "%");
            add("muscle", body.muscle_mass, "kg");
            add("bone", body.bone_mass, "kg");
            add("BMI", body.bmi, "");
            add("visceral fat", body.visceral_fat_rating, "");
            add("metabolic age", body.metabolic_age.map(f64::from), "years");
            add("physique", body.physique_rating.map(f64::from), "");
            add("basal rate", body.basal_met, "kcal a day");
            add("active rate", body.active_met, "kcal a day");
            &body.more
        }
        Measured::BloodPressure(pressure) => {
            add("systolic", Some(f64::from(pressure.systolic)), "mmHg");
            add("diastolic", Some(f64::from(pressure.diastolic)), "mmHg");
            add("pulse", pressure.heart_rate.map(f64::from), "bpm");
            &pressure.more
        }
    };
    for measure in more {
        let name = match &measure.position {
            Some(position) => format!("{}, {position}", measure.name),
            None => measure.name.clone(),
        };
        add(&name.replace('_', " "), Some(measure.value), &measure.unit);
    }
    rows
}

/// What a step is doing.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::List => "listing",
        Stage::Plan => "planning",
        Stage::Fetch => "fetching",
        Stage::Clean => "cleaning",
        Stage::Encode => "converting",
        Stage::Archive => "saving",
        Stage::Check => "looking whether it is there",
        Stage::Deliver => "sending",
        Stage::Record => "noting",
    }
}

/// What comes next after an error and whose move it is, where the error's own sentence leaves that open.
pub fn next_step(kind: &ErrorKind, account: Option<&str>) -> Option<String> {
    match kind {
        ErrorKind::SignInRequired => Some(match account {
            Some(account) => format!("sign in again with `baton connect {account}`"),
            None => "sign in with `baton connect <service>`".into(),
        }),
        ErrorKind::ConsentRequired { link } => Some(format!("open {link}, accept, and sync again")),
        ErrorKind::LoginCoolDown { until } => {
            Some(format!("sign in after {}; trying sooner makes it longer", moment(*until, None)))
        }
        ErrorKind::RateLimited { until } => {
            Some(format!("the next sync after {} goes on", moment(*until, None)))
        }
        ErrorKind::Offline | ErrorKind::ServiceDown => Some("nothing is lost; the next sync goes on".into()),
        ErrorKind::ServiceChanged => Some("a newer Baton may understand it".into()),
        ErrorKind::Busy => Some("wait until it has ended, or stop it".into()),
        ErrorKind::Rejected { .. }
        | ErrorKind::Incomplete
        | ErrorKind::Unsupported
        | ErrorKind::Unsettled
        | ErrorKind::VaultLocked
        | ErrorKind::Storage
        | ErrorKind::BadInput
        | ErrorKind::Cancelled
        | ErrorKind::Bug => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_lengths_read_as_people_write_them() {
        let time: Time = "2026-11-20T06:30:00Z".parse().unwrap();
        assert_eq!(moment(time, Some(3600)), "2026-11-20 07:30");
        assert_eq!(moment(time, Some(-5 * 3600)), "2026-11-20 01:30");
        assert_eq!(duration(2700.4), "45:00");
        assert_eq!(duration(3723.0), "1:02:03");
        assert_eq!(took(0.44), "0.4 s");
        assert_eq!(took(200.0), "3 min 20 s");
        assert_eq!(size(640), "640 B");
        assert_eq!(size(1_240_000), "1.2 MB");
        assert_eq!(count(1, "activity", "activities"), "1 activity");
        assert_eq!(count(1_234_567, "activity", "activities"), "1,234,567 activities");
    }

    #[test]
    fn what_is_there_is_told_as_far_as_it_is_known() {
        let start: Time = "2026-11-20T06:30:00Z".parse().unwrap();
        let bare = Similar { start, seconds: None, sport: None, sub_sport: None, device: None };
        assert_eq!(similar(&bare, Some(3600)), "an activity at 07:30");
        let full = Similar {
            seconds: Some(2670),
            sport: Some(Sport::CYCLING),
            sub_sport: Some(SubSport::INDOOR_CYCLING),
            device: Some("Forerunner 265".into()),
            ..bare
        };
        let told = "an activity of 44:30 at 06:30 (indoor cycling, Forerunner 265)";
        assert_eq!(similar(&full, Some(0)), told);
    }

    #[test]
    fn the_sub_sport_is_said_where_it_tells_more() {
        assert_eq!(sport(Some(Sport::CYCLING), Some(SubSport::INDOOR_CYCLING)), "indoor cycling");
        assert_eq!(sport(Some(Sport::RUNNING), Some(SubSport::GENERIC)), "running");
        assert_eq!(sport(None, None), "");
    }
}
