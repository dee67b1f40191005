//! Peloton's disciplines as FIT's sports.

use baton_core::{Sport, SubSport};

/// What a discipline is, in FIT's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discipline {
    pub sport: Sport,
    pub sub_sport: SubSport,
    /// Whether Baton knows this discipline; others are carried as general training.
    pub known: bool,
}

/// The sport of a `fitness_discipline`.
///
/// Walks on the tread are walking/treadmill and outdoor runs and walks have the generic sub-sport, which Garmin Connect
/// is known to take from other converters; outdoor rides are cycling/road. Tread bootcamps (`circuit`) are as much floor
/// work as running and count as cardio training, bike and row bootcamps as riding and rowing.
pub fn discipline(slug: &str, outdoors: bool) -> Discipline {
    let (sport, sub_sport) = match (slug.trim().to_ascii_lowercase().as_str(), outdoors) {
        ("cycling", false) | ("bike_bootcamp", _) => (Sport::CYCLING, SubSport::INDOOR_CYCLING),
        ("cycling", true) => (Sport::CYCLING, SubSport::ROAD),
        ("running", false) => (Sport::RUNNING, SubSport::TREADMILL),
        ("running", true) => (Sport::RUNNING, SubSport::GENERIC),
        ("walking", false) => (Sport::WALKING, SubSport::TREADMILL),
        ("walking", true) => (Sport::WALKING, SubSport::GENERIC),
        ("caesar" | "caesar_bootcamp" | "rowing", _) => (Sport::ROWING, SubSport::INDOOR_ROWING),
        ("cardio" | "circuit" | "bootcamp", _) => (Sport::TRAINING, SubSport::CARDIO_TRAINING),
        ("strength", _) => (Sport::TRAINING, SubSport::STRENGTH_TRAINING),
        ("stretching", _) => (Sport::TRAINING, SubSport::FLEXIBILITY_TRAINING),
        ("yoga", _) => (Sport::TRAINING, SubSport::YOGA),
        ("pilates", _) => (Sport::TRAINING, SubSport::PILATES),
        ("meditation", _) => (Sport::TRAINING, SubSport::BREATHING),
        _ => return Discipline { sport: Sport::TRAINING, sub_sport: SubSport::GENERIC, known: false },
    };
    Discipline { sport, sub_sport, known: true }
}

/// Whether the discipline is done on the bike, where functional threshold power means something.
pub fn has_threshold_power(slug: &str) -> bool {
    matches!(slug.to_ascii_lowercase().as_str(), "cycling" | "bike_bootcamp")
}

/// Whether floor work in this discipline comes as sets of exercises.
pub fn has_sets(slug: &str) -> bool {
    matches!(
        slug.to_ascii_lowercase().as_str(),
        "strength" | "circuit" | "bootcamp" | "bike_bootcamp" | "caesar_bootcamp"
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("cycling", false, "cycling/indoor_cycling")]
    #[case("cycling", true, "cycling/road")]
    #[case("bike_bootcamp", false, "cycling/indoor_cycling")]
    #[case("running", false, "running/treadmill")]
    #[case("running", true, "running/generic")]
    #[case("walking", false, "walking/treadmill")]
    #[case("walking", true, "walking/generic")]
    #[case("caesar", false, "rowing/indoor_rowing")]
    #[case("caesar_bootcamp", false, "rowing/indoor_rowing")]
    #[case("cardio", false, "training/cardio_training")]
    #[case("circuit", false, "training/cardio_training")]
    #[case("Strength", false, "training/strength_training")]
    #[case("stretching", false, "training/flexibility_training")]
    #[case("yoga", false, "training/yoga")]
    #[case("pilates", false, "training/pilates")]
    #[case("meditation", false, "training/breathing")]
    #[case("kettlebell_flow", false, "training/generic")]
    fn sports(#[case] slug: &str, #[case] outdoors: bool, #[case] expected: &str) {
        let discipline = discipline(slug, outdoors);
        assert_eq!(format!("{}/{}", discipline.sport, discipline.sub_sport), expected);
        assert_eq!(discipline.known, slug != "kettlebell_flow");
    }
}
