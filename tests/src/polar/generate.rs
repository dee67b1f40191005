//! Generates training sessions of the sorts that Polar's devices make, from made-up recordings: the same seed always
//! gives the same session. Its files are written from the very numbers that its samples hold, so that they agree.

use baton_core::clean::{Preferences, clean};
use baton_core::{Activity, Device, Format, Item, Position, Record, Sport, Statistics, SubSport, Time};
use baton_fit::EncodeOptions;
use chrono::{DateTime, TimeDelta};

use super::exercise::{Exercise, Point, SampleRow, sample_types};
use crate::peloton::generate::Random;

/// FIT's number of Polar Electro as a manufacturer.
const MANUFACTURER: u16 = 123;
/// Between the end of a session and the moment at which Flow has it.
const UPLOADED_AFTER: i64 = 600;

/// What a session is like, and what Polar has of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// With a route; all files.
    Run,
    /// With a route, power and cadence; all files.
    Ride,
    /// Heart rate and calories; FIT and TCX.
    Strength,
    /// With a route; no FIT file.
    WithoutFit,
    /// A GPX file alone, which holds the route that its answer leaves out.
    GpxAlone,
    /// With a route, a heart-rate sensor that was offline for a while, and RR intervals; no files.
    SamplesAlone,
    /// Typed in at Flow: no files, no samples.
    TypedIn,
}

impl Sort {
    pub const ALL: [Sort; 7] = [
        Sort::Run,
        Sort::Ride,
        Sort::Strength,
        Sort::WithoutFit,
        Sort::GpxAlone,
        Sort::SamplesAlone,
        Sort::TypedIn,
    ];

    /// AccessLink's two names of its sport.
    pub fn polar_sport(self) -> (&'static str, &'static str) {
        match self {
            Sort::Run => ("RUNNING", "RUNNING"),
            Sort::Ride => ("CYCLING", "ROAD_BIKING"),
            Sort::Strength => ("STRENGTH_TRAINING", "STRENGTH_TRAINING"),
            Sort::WithoutFit => ("OTHER", "MOUNTAIN_BIKING"),
            Sort::GpxAlone => ("OTHER", "TRAIL_RUNNING"),
            Sort::SamplesAlone => ("OTHER", "HIKING"),
            Sort::TypedIn => ("OTHER", "YOGA"),
        }
    }

    /// FIT's sport and sub-sport, as Polar's table of FIT files has them, or what its name means where there is none.
    pub fn fit_sport(self) -> (Sport, SubSport) {
        match self {
            Sort::Run => (Sport::RUNNING, SubSport::STREET),
            Sort::Ride => (Sport::CYCLING, SubSport::ROAD),
            Sort::Strength => (Sport::TRAINING, SubSport::STRENGTH_TRAINING),
            Sort::WithoutFit => (Sport::CYCLING, SubSport::MOUNTAIN),
            Sort::GpxAlone => (Sport::RUNNING, SubSport::TRAIL),
            Sort::SamplesAlone => (Sport::HIKING, SubSport::GENERIC),
            Sort::TypedIn => (Sport::TRAINING, SubSport::YOGA),
        }
    }

    fn has_route(self) -> bool {
        !matches!(self, Sort::Strength | Sort::TypedIn)
    }

    /// Rounds a minute, of a crank or of one foot.
    fn cadence(self) -> Option<(f64, f64)> {
        match self {
            Sort::Run | Sort::GpxAlone => Some((80.0, 92.0)),
            Sort::Ride => Some((70.0, 100.0)),
            _ => None,
        }
    }

    fn is_on_foot(self) -> bool {
        self.fit_sport().0 == Sport::RUNNING
    }
}

/// One number a second.
type Series = Vec<f64>;

/// What the device measured.
struct Recording {
    heart_rate: Series,
    /// m/s
    speed: Series,
    altitude: Series,
    cadence: Option<Series>,
    power: Option<Series>,
    temperature: Series,
}

/// A walk between two bounds, in steps of a tenth.
fn series(random: &mut Random, seconds: usize, (low, high): (f64, f64)) -> Series {
    let mut value = random.between(low, high);
    let mut walk = |_| {
        value = (value + random.between(-1.0, 1.0) * (high - low) / 40.0).clamp(low, high);
        (value * 10.0).round() / 10.0
    };
    (0..=seconds).map(&mut walk).collect()
}

impl Recording {
    fn new(random: &mut Random, sort: Sort, seconds: usize) -> Self {
        let whole = |series: Series| series.into_iter().map(f64::round).collect();
        let kilometres_an_hour =
            if sort.cadence().is_some() && !sort.is_on_foot() { (18.0, 42.0) } else { (7.2, 14.4) };
        Self {
            heart_rate: whole(series(random, seconds, (102.0, 174.0))),
            speed: series(random, seconds, kilometres_an_hour).into_iter().map(|it| it / 3.6).collect(),
            altitude: series(random, seconds, (84.0, 131.0)),
            cadence: sort.cadence().map(|bounds| whole(series(random, seconds, bounds))),
            power: (sort == Sort::Ride).then(|| whole(series(random, seconds, (110.0, 320.0)))),
            temperature: whole(series(random, seconds, (9.0, 14.0))),
        }
    }

    /// m since the start, in steps of a tenth
    fn distance(&self) -> Series {
        let mut covered = 0.0;
        let mut step = |speed: &f64| {
            let here = covered;
            covered += speed;
            (here * 10.0_f64).round() / 10.0
        };
        self.speed.iter().map(&mut step).collect()
    }
}

/// A session of `minutes` and half a second that begins at `start` (Unix seconds).
pub fn exercise(seed: u64, sort: Sort, start: i64, utc_offset_minutes: i32, minutes: u32) -> Exercise {
    let random = &mut Random::new(seed ^ (sort as u64).rotate_left(40));
    let seconds = minutes as usize * 60;
    let recording = Recording::new(random, sort, seconds);
    let route = if sort.has_route() { route(random, &recording) } else { Vec::new() };
    let (sport, detailed_sport_info) = sort.polar_sport();
    let distance = sort.has_route().then(|| *recording.distance().last().unwrap_or(&0.0));
    let average = recording.heart_rate.iter().sum::<f64>() / recording.heart_rate.len() as f64;
    let most = recording.heart_rate.iter().copied().fold(0.0, f64::max);
    let is_recorded = sort != Sort::TypedIn;
    let mut exercise = Exercise {
        id: random.id()[..8].to_uppercase(),
        uploaded: start + i64::from(minutes) * 60 + UPLOADED_AFTER,
        start,
        utc_offset_minutes,
        duration: seconds as f64 + 0.5,
        sport: sport.into(),
        detailed_sport_info: detailed_sport_info.into(),
        distance,
        calories: Some(minutes * 11),
        heart_rate: is_recorded.then_some((average.round() as u32, most as u32)),
        device: is_recorded.then(|| "Polar Vantage V3".into()),
        samples: if is_recorded { rows(sort, &recording) } else { Vec::new() },
        has_route: sort.has_route(),
        route,
        fit: None,
        tcx: None,
        gpx: None,
    };
    let activity = activity(sort, &exercise, &recording);
    let file = |format: Format| write(&activity, format);
    match sort {
        Sort::Run | Sort::Ride => {
            (exercise.fit, exercise.tcx, exercise.gpx) =
                (file(Format::Fit), file(Format::Tcx), file(Format::Gpx));
        }
        Sort::Strength => (exercise.fit, exercise.tcx) = (file(Format::Fit), file(Format::Tcx)),
        Sort::WithoutFit => (exercise.tcx, exercise.gpx) = (file(Format::Tcx), file(Format::Gpx)),
        Sort::GpxAlone => {
            exercise.gpx = write(&bare_track(&activity), Format::Gpx);
            exercise.route.clear();
        }
        Sort::SamplesAlone | Sort::TypedIn => {}
    }
    exercise
}

/// Sessions of every sort in turn, the last of which ends before `until` (Unix seconds), some 20 hours apart.
pub fn history(seed: u64, count: usize, until: i64) -> Vec<Exercise> {
    let random = &mut Random::new(seed);
    let mut sessions: Vec<Exercise> = (0..count)
        .map(|number| {
            let minutes = random.whole(12, 40);
            let start = until - 3 * 3600 - number as i64 * 72_000 - i64::from(random.whole(0, 3000));
            let offset = random.pick(&[60, 120, 330, -210]);
            exercise(random.bits(), Sort::ALL[number % Sort::ALL.len()], start, offset, minutes)
        })
        .collect();
    sessions.sort_by_key(|it| it.start);
    sessions
}

fn route(random: &mut Random, recording: &Recording) -> Vec<Point> {
    let (mut latitude, mut longitude) = (60.17 + random.between(0.0, 0.1), 24.93 + random.between(0.0, 0.1));
    let mut heading = random.between(0.0, std::f64::consts::TAU);
    let mut point = |(second, speed): (usize, &f64)| {
        heading += random.between(-0.1, 0.1);
        latitude += speed * heading.cos() / 111_195.0;
        longitude += speed * heading.sin() / (111_195.0 * latitude.to_radians().cos());
        let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
        Point { latitude: rounded(latitude), longitude: rounded(longitude), seconds: second as f64 }
    };
    recording.speed.iter().enumerate().map(&mut point).collect()
}

fn rows(sort: Sort, recording: &Recording) -> Vec<SampleRow> {
    let row = |kind, data: &[f64]| SampleRow {
        kind,
        rate: Some(1),
        data: data.iter().map(|it| Some(*it)).collect(),
    };
    let tenths = |value: &f64| (value * 36.0).round() / 10.0;
    let mut rows = vec![row(sample_types::HEART_RATE, &recording.heart_rate)];
    if sort.has_route() {
        let speed: Series = recording.speed.iter().map(tenths).collect();
        rows.push(row(sample_types::SPEED, &speed));
        rows.push(row(sample_types::ALTITUDE, &recording.altitude));
        rows.push(row(sample_types::DISTANCE, &recording.distance()));
        // Temperature changes slowly, and is kept every five seconds.
        let slow: Vec<Option<f64>> = recording.temperature.iter().step_by(5).map(|it| Some(*it)).collect();
        rows.push(SampleRow { kind: sample_types::TEMPERATURE, rate: Some(5), data: slow });
    }
    if let Some(cadence) = &recording.cadence {
        let feet: Series = cadence.iter().map(|it| it * 2.0).collect();
        let (kind, told) = if sort.is_on_foot() {
            (sample_types::RUNNING_CADENCE, &feet)
        } else {
            (sample_types::CADENCE, cadence)
        };
        rows.push(row(kind, told));
    }
    if let Some(power) = &recording.power {
        rows.push(row(sample_types::POWER, power));
    }
    if sort == Sort::SamplesAlone {
        rows[0].data[30..75].fill(None);
        let interval = |rate: &f64| Some((60_000.0 / rate).round());
        let mut data: Vec<Option<f64>> = recording.heart_rate.iter().map(interval).collect();
        data[40] = None;
        rows.push(SampleRow { kind: sample_types::RR_INTERVAL, rate: None, data });
    }
    rows
}

/// The session as a file holds it.
fn activity(sort: Sort, exercise: &Exercise, recording: &Recording) -> Activity {
    let start: Time = DateTime::from_timestamp(exercise.start, 0).unwrap_or_default();
    let (sport, sub_sport) = sort.fit_sport();
    let distance = recording.distance();
    let whole = |value: f64| value.round() as u16;
    let record = |(second, rate): (usize, &f64)| Record {
        time: start + TimeDelta::seconds(second as i64),
        heart_rate: Some(rate.round() as u8),
        position: exercise
            .route
            .get(second)
            .map(|it| Position { latitude: it.latitude, longitude: it.longitude }),
        altitude: sort.has_route().then(|| recording.altitude[second]),
        speed: sort.has_route().then(|| recording.speed[second]),
        distance: sort.has_route().then(|| distance[second]),
        cadence: recording.cadence.as_ref().map(|it| it[second]),
        power: recording.power.as_ref().map(|it| whole(it[second])),
        temperature: sort.has_route().then(|| recording.temperature[second]),
        ..Record::default()
    };
    Activity {
        start,
        utc_offset: Some(exercise.utc_offset_minutes * 60),
        sport,
        sub_sport,
        elapsed: exercise.duration,
        timer: exercise.duration,
        totals: Statistics {
            distance: exercise.distance,
            calories: exercise.calories.map(|it| it as u16),
            ..Statistics::default()
        },
        records: recording.heart_rate.iter().enumerate().map(record).collect(),
        ..Activity::default()
    }
}

/// Polar's GPX files hold the way and the time, and no heart rate.
fn bare_track(activity: &Activity) -> Activity {
    let bare = |record: &Record| Record {
        time: record.time,
        position: record.position,
        altitude: record.altitude,
        ..Record::default()
    };
    Activity { records: activity.records.iter().map(bare).collect(), ..activity.clone() }
}

fn write(activity: &Activity, format: Format) -> Option<Vec<u8>> {
    let device = Device {
        manufacturer: MANUFACTURER,
        product: 240,
        serial_number: 1_000_001,
        software_version: 101,
        product_name: "Polar Vantage V3".into(),
    };
    let options = EncodeOptions { device, ..EncodeOptions::default() };
    let (item, _) = clean(Item::Activity(Box::new(activity.clone())), &Preferences::default());
    Some(baton_fit::encode(&item, format, &options).ok()?.bytes.to_vec())
}
