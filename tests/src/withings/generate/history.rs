//! Whole histories: a person's years, several persons with one scale, a large account for measuring, and what changes
//! after a first reading.

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use super::Measurement;
use super::plan::{Height, Oddity, Plan, Scale};
use super::shapes::{self, Composition, Numbers, Scene};
use super::truth::{Sort, Truth, Verdict};
use crate::peloton::generate::Random;
use crate::withings::group::{Device, Group, Measure, attribs, types};
use crate::withings::{Decimal, NewPerson};

const DAY: i64 = 86_400;
/// Seen beside weights typed in 2014; nobody documents it.
const UNDOCUMENTED_TYPE: u32 = 18;

/// What one person has measured.
#[derive(Clone, Debug)]
pub struct History {
    pub plan: Plan,
    /// Oldest first.
    pub measurements: Vec<Measurement>,
    /// Groups of goals, which are no measurements.
    pub goals: Vec<Group>,
}

impl History {
    /// The facts of all measurements, oldest first.
    pub fn truths(&self) -> impl DoubleEndedIterator<Item = &Truth> {
        self.measurements.iter().map(|it| &it.truth)
    }

    /// The facts of what is to be sent: weights, or blood pressures.
    pub fn to_send(&self, sort: Sort) -> impl DoubleEndedIterator<Item = &Truth> {
        self.truths().filter(move |it| it.sort == sort && it.verdict == Verdict::Send)
    }

    /// How many groups Withings has.
    pub fn group_count(&self) -> usize {
        self.goals.len() + self.measurements.iter().map(|it| it.groups.len()).sum::<usize>()
    }
}

/// Persons who share a scale.
#[derive(Clone, Debug)]
pub struct Account {
    pub persons: Vec<(NewPerson, History)>,
}

/// What happens after a first reading.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The same groups with another weight.
    Edited(Measurement),
    /// A weigh-in that was made long ago and comes only now.
    Arrived(Measurement),
    Removed(Truth),
}

/// What a history is written with.
struct Writing<'a> {
    plan: &'a Plan,
    random: Random,
    numbers: Numbers,
    scale: Option<Device>,
    cuff: Device,
    weight: i64,
    fat: i64,
    list: Vec<Measurement>,
}

/// A person's history; the same for the same seed and plan.
pub fn history(seed: u64, plan: &Plan) -> History {
    let mut random = Random::new(seed);
    let scale = plan.scale.map(|it| shapes::scale_device(it, &mut random));
    let cuff = shapes::cuff_device(&mut random);
    let fat = i64::from(random.whole(140, 310));
    let numbers = Numbers::new(seed);
    let mut writing =
        Writing { plan, random, numbers, scale, cuff, weight: plan.weight, fat, list: Vec::new() };
    let last = local_date(plan.time_zone, plan.until);
    for ago in (0..u64::from(plan.days)).rev() {
        if let Some(date) = last.checked_sub_days(Days::new(ago)) {
            writing.day(date);
        }
    }
    let beginning = writing.list.iter().map(|it| it.truth.time).min().unwrap_or(plan.until);
    let heights = writing.beginning(beginning);
    writing.list.retain(|it| it.truth.time <= plan.until - 60);
    writing.list.sort_by_key(|it| it.truth.time);
    for measurement in &mut writing.list {
        if measurement.truth.sort == Sort::Body {
            measurement.truth.height = height_at(&heights, measurement.truth.time);
        }
    }
    writing.arrivals_and_changes();
    let goals = writing.goals();
    History { plan: plan.clone(), measurements: writing.list, goals }
}

impl Writing<'_> {
    /// What is measured on one day.
    fn day(&mut self, date: NaiveDate) {
        let plan = self.plan;
        self.weight += i64::from(self.random.whole(0, 12)) * 50 - 300 + (plan.weight - self.weight) / 10;
        let minutes = 6 * 60 + i64::from(self.random.whole(0, 90));
        let morning = self.moment(date, minutes);
        let is_off = plan.has(Oddity::DaysOff) && self.random.chance(0.12);
        if !is_off && let Some(scale) = plan.scale {
            self.weigh_in(morning, scale);
        }
        if plan.has(Oddity::ClockChanges)
            && let (Some(scale), Some(twice)) = (plan.scale, fold(plan.time_zone, date))
        {
            for time in twice {
                self.certain_weigh_in(time, scale);
            }
        }
        if plan.has_cuff {
            self.reading(morning + 900);
            let evening = self.moment(date, 20 * 60 + 30);
            self.reading(evening);
        }
        if plan.has(Oddity::LoneValues) && self.random.chance(0.03) {
            let noon = self.moment(date, 12 * 60);
            let (kind, value, unit) =
                self.random.pick(&[(types::HEART_PULSE, 69, 0), (71, 36_650, -3), (54, 98, 0)]);
            self.typed(noon, attribs::MANUAL, Sort::Other, vec![Measure::new(kind, value, unit)]);
        }
    }

    /// An instant of that day, so many minutes after its midnight and some seconds.
    fn moment(&mut self, date: NaiveDate, minutes: i64) -> i64 {
        let second = i64::from(self.random.whole(0, 59));
        instant(self.plan.time_zone, date, minutes) + second
    }

    fn weigh_in(&mut self, time: i64, scale: Scale) {
        let plan = self.plan;
        if plan.has(Oddity::ManualEntries) && self.random.chance(0.04) {
            let mut measures = vec![Measure::new(types::WEIGHT, self.weight / 100, -1)];
            let is_old = self.random.chance(0.3);
            measures.extend(is_old.then(|| Measure::new(UNDOCUMENTED_TYPE, -1000, -3)));
            self.typed(time, attribs::MANUAL, Sort::Body, measures);
            return;
        }
        if plan.has(Oddity::AmbiguousOwners) && self.random.chance(0.04) {
            let body = Composition { weight: self.weight - 3_150, fat: self.fat, long_units: false };
            self.on_scale(time, scale, attribs::AMBIGUOUS, body);
            return;
        }
        self.certain_weigh_in(time, scale);
    }

    fn certain_weigh_in(&mut self, time: i64, scale: Scale) {
        let long_units = self.plan.has(Oddity::LongUnits) && self.random.chance(0.15);
        let body = Composition { weight: self.weight, fat: self.fat, long_units };
        let attrib =
            self.random.pick(&[attribs::CERTAIN, attribs::CERTAIN, attribs::CERTAIN, attribs::CONFIRMED]);
        self.on_scale(time, scale, attrib, body);
    }

    fn on_scale(&mut self, time: i64, scale: Scale, attrib: i64, body: Composition) {
        let scene = Scene { time, zone: self.plan.time_zone, device: self.scale.as_ref(), attrib };
        let made = shapes::weigh_in(&scene, scale, body, &mut self.numbers, &mut self.random);
        self.list.push(made);
    }

    fn reading(&mut self, time: i64) {
        let plan = self.plan;
        let systolic = i64::from(self.random.whole(104, 158));
        let diastolic = i64::from(self.random.whole(61, 99));
        let pulse = i64::from(self.random.whole(47, 96));
        let is_manual = plan.has(Oddity::ManualPressures) && self.random.chance(0.04);
        let is_ambiguous = plan.has(Oddity::AmbiguousOwners) && self.random.chance(0.02);
        let attrib = match () {
            () if is_manual => attribs::MANUAL,
            () if is_ambiguous => attribs::AMBIGUOUS,
            () => self.random.pick(&[attribs::CERTAIN, attribs::CERTAIN, attribs::BEST_OF, attribs::GUIDED]),
        };
        let pulse = (!is_manual || self.random.chance(0.5)).then_some(pulse);
        let device = (!is_manual).then_some(&self.cuff);
        let scene = Scene { time, zone: plan.time_zone, device, attrib };
        let made = shapes::pressure(&scene, systolic, diastolic, pulse, &mut self.numbers, &mut self.random);
        self.list.push(made);
    }

    fn typed(&mut self, time: i64, attrib: i64, sort: Sort, measures: Vec<Measure>) {
        let scene = Scene { time, zone: self.plan.time_zone, device: None, attrib };
        let mut made = shapes::single(&scene, sort, measures, &mut self.numbers, &mut self.random);
        made.truth.values.remove(&UNDOCUMENTED_TYPE);
        self.list.push(made);
    }

    /// What is typed before the first measurement; answers the heights with their times, oldest first.
    fn beginning(&mut self, first: i64) -> Vec<(i64, Decimal)> {
        let mut heights = match self.plan.height {
            Height::Missing => Vec::new(),
            Height::Once => vec![(first - 7200, Decimal::new(1800, -3))],
            Height::Corrected => vec![
                (first - 7200, Decimal::new(1700, -3)),
                (i64::midpoint(first, self.plan.until), Decimal::new(180, -2)),
            ],
        };
        heights.dedup_by_key(|it| it.0);
        for &(time, height) in &heights {
            let measure = Measure::new(types::HEIGHT, height.value, height.unit);
            self.typed(time, attribs::MANUAL, Sort::Other, vec![measure]);
        }
        if self.plan.has(Oddity::SignUpWeight) {
            let target = Measure::new(types::WEIGHT, self.plan.weight - 12_000, -3);
            self.typed(first - 7100, attribs::SIGN_UP, Sort::Body, vec![target]);
        }
        heights
    }

    /// Lets some groups come late, some be changed later, and some stand twice.
    fn arrivals_and_changes(&mut self) {
        let (plan, random, numbers) = (self.plan, &mut self.random, &mut self.numbers);
        for measurement in &mut self.list {
            if plan.has(Oddity::LateArrivals) && random.chance(0.05) {
                let late = i64::from(random.whole(5, 40)) * DAY;
                for group in &mut measurement.groups {
                    group.created = (group.created + late).min(plan.until);
                    group.modified = group.created;
                }
            }
            if plan.has(Oddity::Edits) && random.chance(0.05) {
                let later = i64::from(random.whole(1, 30)) * DAY;
                for group in &mut measurement.groups {
                    group.modified = (group.modified + later).min(plan.until);
                }
            }
            let has_copy = plan.has(Oddity::Duplicates)
                && measurement.truth.sort != Sort::Other
                && measurement.truth.verdict == Verdict::Send
                && random.chance(0.06);
            if has_copy && let Some(first) = measurement.groups.first() {
                let mut copy = first.clone();
                if random.chance(0.5) {
                    copy.attrib = attribs::ALSO_CERTAIN;
                } else {
                    copy.grpid = numbers.id(random);
                    measurement.truth.grpids.push(copy.grpid);
                }
                measurement.groups.push(copy);
            }
        }
    }

    fn goals(&mut self) -> Vec<Group> {
        if !self.plan.has(Oddity::Goals) {
            return Vec::new();
        }
        let time = self.list.first().map_or(self.plan.until, |it| it.truth.time) + 40;
        vec![Group {
            grpid: self.numbers.id(&mut self.random),
            attrib: attribs::MANUAL,
            date: time,
            created: time,
            modified: time,
            category: 2,
            device: None,
            measures: vec![Measure::new(types::WEIGHT, self.plan.weight - 8_000, -3)],
        }]
    }
}

fn local_date(zone: Tz, time: i64) -> NaiveDate {
    let time = DateTime::from_timestamp(time, 0).unwrap_or_default();
    zone.from_utc_datetime(&time.naive_utc()).date_naive()
}

/// So many minutes after midnight by the local clock: the first such instant, or an hour later where clocks skip it.
fn instant(zone: Tz, date: NaiveDate, minutes: i64) -> i64 {
    let local = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes);
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.timestamp(),
        LocalResult::None => {
            let later = zone.from_local_datetime(&(local + TimeDelta::hours(1)));
            later.earliest().map_or(0, |it| it.timestamp())
        }
    }
}

/// The two instants of one local time, on the day on which clocks go back.
fn fold(zone: Tz, date: NaiveDate) -> Option<[i64; 2]> {
    (0..48).find_map(|half_hour| {
        let local = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(half_hour * 30 + 15);
        match zone.from_local_datetime(&local) {
            LocalResult::Ambiguous(first, second) => Some([first.timestamp(), second.timestamp()]),
            _ => None,
        }
    })
}

fn height_at(heights: &[(i64, Decimal)], time: i64) -> Option<Decimal> {
    let known = heights.iter().rev().find(|(since, _)| *since <= time).or(heights.first());
    known.map(|(_, height)| *height)
}

/// One to three persons who share a scale, with all oddities; the same for the same seed.
pub fn account(seed: u64, until: i64) -> Account {
    use chrono_tz::{America::New_York, Asia::Kolkata, Australia::Lord_Howe, Europe::Berlin, UTC};
    const NAMES: [&str; 3] = ["Ada", "Björn", "Chi"];
    let random = &mut Random::new(seed);
    let time_zone = random.pick(&[Berlin, Berlin, New_York, Kolkata, Lord_Howe, UTC]);
    let scale = random.pick(&[
        Some(Scale::BodyPlus),
        Some(Scale::BodyCardio),
        Some(Scale::BodyCardio),
        Some(Scale::BodyScan),
        None,
    ]);
    let count = random.pick(&[1, 1, 2, 3]);
    // Far enough back and forth that many accounts live through a change of clocks.
    let until = until - i64::from(random.whole(0, 300)) * DAY;
    let persons = NAMES.iter().take(count).enumerate().map(|(index, name)| {
        let plan = Plan {
            days: random.whole(12, 60),
            until,
            time_zone,
            scale,
            has_cuff: scale.is_none() || random.chance(0.5),
            height: random.pick(&[Height::Missing, Height::Once, Height::Once, Height::Corrected]),
            weight: i64::from(random.whole(52_000, 104_000)),
            oddities: Oddity::ALL.to_vec(),
        };
        let person = NewPerson::new(name, time_zone);
        (person, history(seed.wrapping_mul(4).wrapping_add(index as u64), &plan))
    });
    Account { persons: persons.collect() }
}

/// Ten years of daily weigh-ins with blood pressure twice a day, 11,000 groups, for measuring.
pub fn benchmark(seed: u64, until: i64) -> History {
    history(seed, &Plan::new(3650, until).on(Scale::BodyPlus))
}

/// Changes to a history that was read before: so many weights edited, then so many late arrivals, then so many removals.
pub fn changes(seed: u64, history: &History, each: usize) -> Vec<Change> {
    let random = &mut Random::new(seed);
    let mut all = Vec::new();
    let bodies = history
        .measurements
        .iter()
        .filter(|it| it.truth.sort == Sort::Body && it.truth.verdict == Verdict::Send);
    for measurement in bodies.clone().rev().take(each) {
        all.push(Change::Edited(heavier(measurement)));
    }
    let last = history.truths().flat_map(|it| it.grpids.iter().copied()).max().unwrap_or_default();
    let mut numbers = Numbers::after(last);
    let (scale, zone) = (history.plan.scale.unwrap_or(Scale::BodyPlus), history.plan.time_zone);
    let device = shapes::scale_device(scale, random);
    for index in 0..each {
        let date = local_date(zone, history.plan.until - 3 * DAY - index as i64 * DAY);
        let time = instant(zone, date, 15 * 60);
        let scene = Scene { time, zone, device: Some(&device), attrib: attribs::CERTAIN };
        let body = Composition { weight: history.plan.weight + 450, fat: 210, long_units: false };
        let mut late = shapes::weigh_in(&scene, scale, body, &mut numbers, random);
        late.truth.height = bodies.clone().rev().find_map(|it| it.truth.height);
        all.push(Change::Arrived(late));
    }
    all.extend(bodies.take(each).map(|it| Change::Removed(it.truth.clone())));
    all
}

/// The same measurement, 300 g heavier.
fn heavier(measurement: &Measurement) -> Measurement {
    let mut edited = measurement.clone();
    let more = |it: Decimal| Decimal::new(it.value + 3 * 10_i64.pow((-1 - it.unit).max(0) as u32), it.unit);
    let weights = edited.groups.iter_mut().flat_map(|it| &mut it.measures);
    for measure in weights.filter(|it| it.kind == types::WEIGHT) {
        measure.amount = more(measure.amount);
    }
    if let Some(weight) = edited.truth.values.get_mut(&types::WEIGHT) {
        *weight = more(*weight);
    }
    edited
}
