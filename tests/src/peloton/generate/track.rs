//! Outdoor workouts: a loop over rolling ground, as a phone with GPS sees it.

use super::{options::Discipline, plan::Stretch, random::Random, recording::Recording};

/// Meters in a degree of latitude.
const DEGREE: f64 = 111_320.0;

/// What the phone's GPS recorded.
#[derive(Clone, Debug)]
pub(super) struct Track {
    /// One position for each second that has one.
    pub points: Vec<Point>,
    /// Seconds in tunnels and under trees: first and last, both inside.
    pub gap: (u32, u32),
}

/// One position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub second: u32,
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// Meters; Peloton sends null now and then.
    pub accuracy: Option<f64>,
    /// Meters since the start.
    pub distance: f64,
}

/// Adds speed, altitude, track and totals to `recording`.
pub(super) fn outdoors(
    recording: &mut Recording,
    discipline: Discipline,
    stretches: &[Stretch],
    random: &mut Random,
) {
    let usual_speed = match discipline {
        Discipline::OutdoorRide => 8.4,
        Discipline::OutdoorRun => 3.5,
        _ => 1.75,
    };
    let seconds = stretches.len() as u32;
    let gap = (seconds / 2, seconds / 2 + 40);
    // The country round Lake Mendota; nobody's home.
    let (mut latitude, mut longitude) =
        (43.1056 + random.between(-0.01, 0.01), -89.4254 + random.between(-0.01, 0.01));
    let mut heading = random.between(0.0, std::f64::consts::TAU);
    let turn = std::f64::consts::TAU / f64::from(seconds.max(1));
    let phase = random.between(0.0, 6.0);
    let (mut speeds, mut altitudes, mut points) = (vec![], vec![], vec![]);
    let mut distance = 0.0;
    let mut unevenness = 0.0_f64;
    let mut accuracy = 12.0_f64;
    for (index, stretch) in stretches.iter().enumerate() {
        let second = index as u32 + 1;
        unevenness = 0.9 * unevenness + 0.02 * random.normal();
        // Standing at the start, and once at a crossing.
        let standing = second <= 3 || (second > seconds / 3 && second <= seconds / 3 + 12);
        let speed =
            if standing { 0.0 } else { usual_speed * (0.78 + 0.3 * stretch.effort) * (1.0 + unevenness) };
        distance += speed;
        heading += turn + 0.01 * random.normal();
        latitude += speed * heading.cos() / DEGREE;
        longitude += speed * heading.sin() / (DEGREE * latitude.to_radians().cos());
        let altitude = 268.0 + 9.0 * (distance / 420.0 + phase).sin() + 3.0 * (distance / 130.0).sin();
        accuracy = (accuracy + 0.3 * random.normal()).clamp(3.0, 30.0);
        speeds.push(speed);
        altitudes.push(altitude);
        // A phone that is busy misses a position now and then, so there are fewer positions than samples.
        let missed = second.is_multiple_of(97);
        let inside_gap = second >= gap.0 && second <= gap.1;
        if !missed && (!inside_gap || second == gap.0 || second == gap.1) {
            points.push(Point {
                second,
                latitude,
                longitude,
                accuracy: (!second.is_multiple_of(50)).then_some((accuracy * 100.0).round() / 100.0),
                distance,
            });
        }
    }
    recording.totals.distance = Some(distance);
    recording.totals.ascent = Some(altitudes.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).sum());
    recording.speed = Some(speeds);
    recording.altitude = Some(altitudes);
    recording.track = Some(Track { points, gap });
}
