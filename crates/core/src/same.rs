//! Whether two recordings are of one workout: points for what agrees, out of what a listing tells. `docs/same-activity.md`
//! says it in words.

use crate::{Activity, Entry, Item, Span, Sport};

/// Two recordings with at least so many points are of one workout.
pub const SAME: i32 = 70;
/// With at least so many they may be.
pub const PERHAPS: i32 = 50;

/// What a recording is compared by. Services tell more or less of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outline {
    /// From the first to the last moment, pauses included.
    pub span: Span,
    /// Seconds without pauses.
    pub timer: Option<f64>,
    pub sport: Option<Sport>,
    /// m
    pub distance: Option<f64>,
    /// The service hides the hour: only the day of the start is true.
    pub is_start_hidden: bool,
}

impl Outline {
    pub fn new(span: Span) -> Outline {
        Outline { span, timer: None, sport: None, distance: None, is_start_hidden: false }
    }
}

impl From<&Entry> for Outline {
    fn from(entry: &Entry) -> Outline {
        Outline { sport: entry.sport, ..Outline::new(entry.span) }
    }
}

impl From<&Item> for Outline {
    fn from(item: &Item) -> Outline {
        match item {
            Item::Activity(activity) => Outline::from(&**activity),
            Item::Body(_) | Item::BloodPressure(_) => Outline::new(item.span()),
        }
    }
}

impl From<&Activity> for Outline {
    fn from(activity: &Activity) -> Outline {
        Outline {
            timer: Some(activity.timer),
            sport: Some(activity.sport),
            distance: activity.totals.distance,
            ..Outline::new(activity.span())
        }
    }
}

/// How far two recordings are of one workout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    Different,
    /// A person would have to look.
    Perhaps,
    Same,
}

/// What the points of two recordings mean.
pub fn likeness(one: &Outline, other: &Outline) -> Likeness {
    match score(one, other) {
        SAME.. => Likeness::Same,
        PERHAPS.. => Likeness::Perhaps,
        _ => Likeness::Different,
    }
}

/// What is of the same workout; where several are, the one with the most points.
pub fn most_alike<T>(outline: &Outline, candidates: impl IntoIterator<Item = (Outline, T)>) -> Option<T> {
    let scored = candidates.into_iter().map(|(other, candidate)| (score(outline, &other), candidate));
    scored
        .filter(|(points, _)| *points >= SAME)
        .max_by_key(|(points, _)| *points)
        .map(|(_, candidate)| candidate)
}

/// The points of two recordings, at most 110; it does not matter which comes first.
pub fn score(one: &Outline, other: &Outline) -> i32 {
    let Some(clock) = clock(one, other) else { return 0 };
    let distance = match clock {
        // Devices measure as they can; and of a part the distance is another one, of course.
        Clock::Together | Clock::Part => distance(one, other).max(0),
        Clock::Near | Clock::WrongZone | Clock::Hidden => distance(one, other),
    };
    let points = clock.points() + length(one, other) + distance + sport(one, other);
    points.clamp(0, clock.most())
}

/// What the clock says, where it says anything for one workout.
#[derive(Clone, Copy)]
enum Clock {
    /// Begun within a minute; or within five, and one covers the other.
    Together,
    /// One covers the other: a device that was started late, stopped early or left running.
    Part,
    /// Begun within five minutes.
    Near,
    /// Whole half hours apart: what a time zone or summer time makes of one moment, but the next class as well.
    WrongZone,
    /// On the same day, and one of them hides its hour.
    Hidden,
}

impl Clock {
    fn points(self) -> i32 {
        match self {
            Clock::Together => 55,
            Clock::Part => 40,
            Clock::Near => 30,
            Clock::WrongZone | Clock::Hidden => 25,
        }
    }

    /// The most that the whole can reach with it.
    fn most(self) -> i32 {
        match self {
            Clock::Together | Clock::Near | Clock::Part => 110,
            Clock::WrongZone | Clock::Hidden => SAME - 1,
        }
    }
}

fn clock(one: &Outline, other: &Outline) -> Option<Clock> {
    let apart = (one.span.start - other.span.start).abs().as_seconds_f64();
    if one.is_start_hidden || other.is_start_hidden {
        return (apart <= 86_400.0).then_some(Clock::Hidden);
    }
    let shorter = one.span.seconds().min(other.span.seconds()).max(1.0);
    let covered = one.span.overlap(&other.span) / shorter;
    // Classes back to back begin minutes apart and share nothing.
    match (apart, covered) {
        (..=60.0, 0.5..) | (..=300.0, 0.8..) => Some(Clock::Together),
        (_, 0.8..) => Some(Clock::Part),
        (..=300.0, 0.5..) => Some(Clock::Near),
        _ => is_wrong_zone(apart).then_some(Clock::WrongZone),
    }
}

/// Whether it is what a time zone or summer time makes of one moment: whole half hours, to the minute.
fn is_wrong_zone(apart: f64) -> bool {
    let half_hours = (apart / 1800.0).round();
    (1.0..=28.0).contains(&half_hours) && (apart - half_hours * 1800.0).abs() <= 60.0
}

/// With pauses or without: services tell either, and call both the duration.
fn length(one: &Outline, other: &Outline) -> i32 {
    let lengths = |it: &Outline| [Some(it.span.seconds()), it.timer];
    let pairs = lengths(one)
        .into_iter()
        .flatten()
        .flat_map(|a| lengths(other).into_iter().flatten().map(move |b| (a, b)));
    let off = pairs.map(|(a, b)| (a - b).abs() / (a.max(b) * 0.05).max(60.0)).fold(f64::INFINITY, f64::min);
    if off <= 1.0 {
        25
    } else if off <= 3.0 {
        10
    } else {
        0
    }
}

fn distance(one: &Outline, other: &Outline) -> i32 {
    // Indoors one device measures and the other does not, and says 0.
    let told = |it: &Outline| it.distance.filter(|metres| *metres > 0.0);
    let (Some(a), Some(b)) = (told(one), told(other)) else { return 5 };
    let off = (a - b).abs() / (a.max(b) * 0.05).max(100.0);
    if off <= 1.0 {
        15
    } else if off <= 6.0 {
        0
    } else {
        -20
    }
}

fn sport(one: &Outline, other: &Outline) -> i32 {
    let (Some(a), Some(b)) = (one.sport, other.sport) else { return 5 };
    if a == b {
        15
    } else if is_vague(a)
        || is_vague(b)
        || families().iter().any(|family| family.contains(&a) && family.contains(&b))
    {
        5
    } else {
        // Nobody runs and rides at once: where the clock and the length agree, one device was on the wrong profile.
        -10
    }
}

/// A watch on which just "cardio" was pressed says nothing about the sport.
fn is_vague(sport: Sport) -> bool {
    [Sport::GENERIC, Sport::TRAINING, Sport::FITNESS_EQUIPMENT, Sport::HIIT, Sport::MULTISPORT]
        .contains(&sport)
}

/// Sports that devices take for each other.
fn families() -> [&'static [Sport]; 2] {
    [&[Sport::RUNNING, Sport::WALKING, Sport::HIKING], &[Sport::CYCLING, Sport::E_BIKING]]
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use rstest::rstest;

    use super::*;
    use crate::Time;

    fn outline(clock: &str, minutes: f64, sport: Sport, kilometres: f64) -> Outline {
        let start: Time = format!("2026-10-24T{clock}Z").parse().unwrap();
        let span = Span::new(start, start + TimeDelta::milliseconds((minutes * 60_000.0) as i64));
        let distance = (kilometres > 0.0).then_some(kilometres * 1000.0);
        Outline { sport: Some(sport), distance, ..Outline::new(span) }
    }

    /// A class on the bike, 30 minutes from 18:00, 15 km.
    fn class() -> Outline {
        outline("18:00:00", 30.0, Sport::CYCLING, 15.0)
    }

    #[rstest]
    #[case::watch_started_before_the_class("17:59:20", 31.5, Sport::CYCLING, 0.0, Likeness::Same)]
    #[case::watch_knows_only_cardio("17:59:20", 31.5, Sport::TRAINING, 0.0, Likeness::Same)]
    #[case::watch_on_the_wrong_profile("18:00:10", 29.5, Sport::ROWING, 0.0, Likeness::Same)]
    #[case::treadmill_on_the_wrong_profile("17:59:50", 30.5, Sport::RUNNING, 5.0, Likeness::Same)]
    #[case::watch_forgotten_for_eight_minutes("18:08:00", 22.0, Sport::CYCLING, 11.0, Likeness::Perhaps)]
    #[case::watch_left_running_on_the_way_home("17:58:00", 55.0, Sport::CYCLING, 24.0, Likeness::Same)]
    #[case::another_trainer_program("18:00:02", 30.0, Sport::CYCLING, 14.7, Likeness::Same)]
    #[case::watch_started_two_minutes_late("18:02:00", 28.0, Sport::CYCLING, 14.2, Likeness::Same)]
    #[case::the_next_class("18:30:00", 30.0, Sport::CYCLING, 15.0, Likeness::Perhaps)]
    #[case::the_next_class_of_another_length("18:30:30", 20.0, Sport::CYCLING, 10.0, Likeness::Different)]
    #[case::a_cool_down_after_it("18:31:10", 5.0, Sport::CYCLING, 2.0, Likeness::Different)]
    #[case::strength_right_after("18:32:00", 10.0, Sport::TRAINING, 0.0, Likeness::Different)]
    #[case::local_time_taken_for_utc("20:00:00", 30.0, Sport::CYCLING, 15.0, Likeness::Perhaps)]
    #[case::summer_time_forgotten("19:00:20", 30.0, Sport::CYCLING, 15.1, Likeness::Perhaps)]
    #[case::half_an_hour_zone("12:30:00", 30.0, Sport::CYCLING, 15.0, Likeness::Perhaps)]
    #[case::an_hour_later_but_farther("19:00:20", 30.0, Sport::CYCLING, 22.0, Likeness::Different)]
    #[case::the_evening("20:17:00", 30.0, Sport::CYCLING, 15.0, Likeness::Different)]
    fn a_class_and_another_recording(
        #[case] clock: &str,
        #[case] minutes: f64,
        #[case] sport: Sport,
        #[case] kilometres: f64,
        #[case] expected: Likeness,
    ) {
        let other = outline(clock, minutes, sport, kilometres);
        assert_eq!(likeness(&class(), &other), expected, "{} points", score(&class(), &other));
        assert_eq!(score(&class(), &other), score(&other, &class()), "whichever comes first");
    }

    #[test]
    fn two_short_runs_of_one_evening_are_two() {
        let (first, second) =
            (outline("18:00:00", 12.0, Sport::RUNNING, 2.0), outline("18:14:00", 12.0, Sport::RUNNING, 2.0));
        assert_eq!(likeness(&first, &second), Likeness::Different);
    }

    #[test]
    fn stacked_classes_of_five_minutes_are_each_their_own() {
        for seconds in (120..=900).step_by(20) {
            let first = outline("18:00:00", 5.0, Sport::CYCLING, 2.0);
            let apart = TimeDelta::seconds(seconds);
            let later =
                Outline { span: Span::new(first.span.start + apart, first.span.end + apart), ..first };
            let same = likeness(&first, &later) == Likeness::Same;
            assert_eq!(same, seconds <= 140, "{seconds} s later: {} points", score(&first, &later));
        }
    }

    #[test]
    fn pauses_are_in_one_length_and_not_in_the_other() {
        let paused = Outline { timer: Some(1800.0), ..outline("18:00:00", 42.0, Sport::CYCLING, 15.0) };
        assert_eq!(likeness(&class(), &paused), Likeness::Same);
    }

    #[test]
    fn a_hidden_start_is_never_enough_by_itself() {
        let hidden = |kilometres| Outline {
            is_start_hidden: true,
            ..outline("00:00:01", 30.0, Sport::CYCLING, kilometres)
        };
        assert_eq!(likeness(&class(), &hidden(15.0)), Likeness::Perhaps);
        assert_eq!(likeness(&class(), &hidden(40.0)), Likeness::Different);
    }

    #[test]
    fn a_listing_without_sport_and_distance_is_enough_where_the_clock_agrees() {
        let bare = Outline::new(class().span);
        assert_eq!(likeness(&class(), &bare), Likeness::Same);
    }
}
