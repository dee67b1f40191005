//! What TCX and GPX share beside XML: numbers, names of sports, distances between points, breaks at pauses.

use baton_core::{Activity, EventKind, Position, Sport, Time};

use crate::xml::number;

/// A whole number up to 254, rounded; such as a heart rate.
pub fn byte(text: &str) -> Option<u8> {
    number(text).map(f64::round).filter(|number| (0.0..255.0).contains(number)).map(|number| number as u8)
}

/// A whole number up to 65,534, rounded; such as a power.
pub fn whole(text: &str) -> Option<u16> {
    number(text).map(f64::round).filter(|number| (0.0..65535.0).contains(number)).map(|number| number as u16)
}

/// Turns, strokes or steps of one leg a minute; none for 255, by which some writers say that there is none.
pub fn cadence(text: &str) -> Option<f64> {
    number(text).filter(|cadence| (0.0..255.0).contains(cadence))
}

/// The sport that a file names in its own words; generic for names that are not known.
pub fn sport_of(name: &str) -> Sport {
    let name = name.trim().to_lowercase().replace([' ', '-'], "_");
    let has = |part: &str| name.contains(part);
    match name.as_str() {
        // Strava's GPX files once named the sport by number.
        "1" => return Sport::CYCLING,
        "9" => return Sport::RUNNING,
        "" => return Sport::GENERIC,
        _ if name.bytes().all(|byte| byte.is_ascii_digit()) => return Sport::GENERIC,
        _ => {}
    }
    if let Some(sport) = Sport::from_name(&name) {
        return sport;
    }
    match () {
        () if has("e_bik") || has("ebik") => Sport::E_BIKING,
        () if has("cycl") || has("bik") || has("ride") || has("mtb") => Sport::CYCLING,
        () if has("run") || has("jog") => Sport::RUNNING,
        () if has("walk") || has("stroll") => Sport::WALKING,
        () if has("hik") => Sport::HIKING,
        () if has("swim") => Sport::SWIMMING,
        () if has("row") => Sport::ROWING,
        () if has("cross_country_ski") || has("nordic") || has("backcountry") => Sport::CROSS_COUNTRY_SKIING,
        () if has("ski") => Sport::ALPINE_SKIING,
        () if has("strength") || has("yoga") || has("fitness") || has("workout") => Sport::TRAINING,
        () => Sport::GENERIC,
    }
}

/// Metres between two points on a sphere of the Earth's mean radius.
pub fn distance(from: Position, to: Position) -> f64 {
    const RADIUS: f64 = 6_371_008.8;
    let (north, south) = (from.latitude.to_radians(), to.latitude.to_radians());
    let half_latitude = ((south - north) / 2.0).sin();
    let half_longitude = ((to.longitude - from.longitude).to_radians() / 2.0).sin();
    let chord = half_latitude.powi(2) + north.cos() * south.cos() * half_longitude.powi(2);
    2.0 * RADIUS * chord.sqrt().min(1.0).asin()
}

/// Where the timer was started again after a pause: tracks and segments begin anew there.
#[derive(Debug)]
pub struct Breaks {
    /// The latest first
    resumes: Vec<Time>,
}

impl Breaks {
    pub fn of(activity: &Activity) -> Breaks {
        let starts = activity.events.iter().filter(|event| event.kind == EventKind::Start);
        let mut resumes: Vec<Time> = starts.map(|event| event.time).collect();
        resumes.sort_by(|one, other| other.cmp(one));
        Breaks { resumes }
    }

    /// Whether the timer was started since the record before this one. To be asked for each record in time order.
    pub fn precede(&mut self, record: Time) -> bool {
        let count = self.resumes.len();
        while self.resumes.pop_if(|resume| *resume <= record).is_some() {}
        self.resumes.len() < count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sports_by_many_names() {
        for (name, sport) in [
            ("Running", Sport::RUNNING),
            ("treadmill_running", Sport::RUNNING),
            ("Biking", Sport::CYCLING),
            ("1", Sport::CYCLING),
            ("9", Sport::RUNNING),
            ("17", Sport::GENERIC),
            ("E-Biking", Sport::E_BIKING),
            ("cross country skiing", Sport::CROSS_COUNTRY_SKIING),
            ("Other", Sport::GENERIC),
        ] {
            assert_eq!(sport_of(name), sport, "{name}");
        }
    }

    #[test]
    fn one_degree_of_latitude() {
        let point = |latitude| Position { latitude, longitude: 13.0 };
        let metres = distance(point(52.0), point(53.0));
        assert!((metres - 111_195.1).abs() < 1.0, "{metres}");
    }
}
