//! Polar's names of sports, as FIT's sports and as titles. The names are those of AccessLink's documentation
//! (`detailed_sport_info`), and where Polar's own FIT files name a sport, so does this table.

use baton_core::{Sport, SubSport};

use super::wire::Exercise;

const PLAIN: SubSport = SubSport::GENERIC;

/// Only those for which FIT has a sport.
const SPORTS: &[(&str, Sport, SubSport)] = &[
    ("RUNNING", Sport::RUNNING, PLAIN),
    ("JOGGING", Sport::RUNNING, PLAIN),
    ("ROAD_RUNNING", Sport::RUNNING, SubSport::STREET),
    ("TRAIL_RUNNING", Sport::RUNNING, SubSport::TRAIL),
    ("CROSS_COUNTRY_RUNNING", Sport::RUNNING, SubSport::TRAIL),
    ("TREADMILL_RUNNING", Sport::RUNNING, SubSport::TREADMILL),
    ("TRACK_AND_FIELD_RUNNING", Sport::RUNNING, SubSport::TRACK),
    ("ULTRARUNNING_RUNNING", Sport::RUNNING, SubSport::ULTRA),
    ("OBSTACLE_COURSE_RACING", Sport::RUNNING, SubSport::OBSTACLE),
    ("DUATHLON_RUNNING", Sport::RUNNING, PLAIN),
    ("TRIATHLON_RUNNING", Sport::RUNNING, PLAIN),
    ("OFFROADDUATHLON_RUNNING", Sport::RUNNING, SubSport::TRAIL),
    ("OFFROADTRIATHLON_RUNNING", Sport::RUNNING, SubSport::TRAIL),
    ("CYCLING", Sport::CYCLING, PLAIN),
    ("ROAD_BIKING", Sport::CYCLING, SubSport::ROAD),
    ("MOUNTAIN_BIKING", Sport::CYCLING, SubSport::MOUNTAIN),
    ("ORIENTEERING_MTB", Sport::CYCLING, SubSport::MOUNTAIN),
    ("GRAVEL", Sport::CYCLING, SubSport::GRAVEL_CYCLING),
    ("INDOOR_CYCLING", Sport::CYCLING, SubSport::INDOOR_CYCLING),
    ("SPINNING", Sport::CYCLING, SubSport::SPIN),
    ("KICKBIKE", Sport::CYCLING, PLAIN),
    ("PARASPORTS_HAND_CYCLING", Sport::CYCLING, SubSport::HAND_CYCLING),
    ("DUATHLON_CYCLING", Sport::CYCLING, PLAIN),
    ("TRIATHLON_CYCLING", Sport::CYCLING, PLAIN),
    ("OFFROADDUATHLON_CYCLING", Sport::CYCLING, SubSport::MOUNTAIN),
    ("OFFROADTRIATHLON_CYCLING", Sport::CYCLING, SubSport::MOUNTAIN),
    ("E_BIKE", Sport::E_BIKING, PLAIN),
    ("SWIMMING", Sport::SWIMMING, PLAIN),
    ("POOL_SWIMMING", Sport::SWIMMING, SubSport::LAP_SWIMMING),
    ("OPEN_WATER_SWIMMING", Sport::SWIMMING, SubSport::OPEN_WATER),
    ("TRIATHLON_SWIMMING", Sport::SWIMMING, SubSport::OPEN_WATER),
    ("OFFROADTRIATHLON_SWIMMING", Sport::SWIMMING, SubSport::OPEN_WATER),
    ("WALKING", Sport::WALKING, PLAIN),
    ("NORDIC_WALKING", Sport::WALKING, PLAIN),
    ("RUCKING", Sport::HIKING, PLAIN),
    ("HIKING", Sport::HIKING, PLAIN),
    ("CROSS-COUNTRY_SKIING", Sport::CROSS_COUNTRY_SKIING, PLAIN),
    ("XC_SKIING_CLASSIC", Sport::CROSS_COUNTRY_SKIING, PLAIN),
    ("XC_SKIING_FREESTYLE", Sport::CROSS_COUNTRY_SKIING, SubSport::SKATE_SKIING),
    ("BACKCOUNTRY_SKIING", Sport::CROSS_COUNTRY_SKIING, PLAIN),
    ("ORIENTEERING_SKI", Sport::CROSS_COUNTRY_SKIING, PLAIN),
    ("DOWNHILL_SKIING", Sport::ALPINE_SKIING, PLAIN),
    ("TELEMARK_SKIING", Sport::ALPINE_SKIING, PLAIN),
    ("SNOWBOARDING", Sport::SNOWBOARDING, PLAIN),
    ("SNOWSHOE_TREKKING", Sport::SNOWSHOEING, PLAIN),
    ("ICE_SKATING", Sport::ICE_SKATING, PLAIN),
    ("SKATING", Sport::ICE_SKATING, PLAIN),
    ("INLINE_SKATING", Sport::INLINE_SKATING, PLAIN),
    ("ROLLER_BLADING", Sport::INLINE_SKATING, PLAIN),
    ("ROWING", Sport::ROWING, PLAIN),
    ("INDOOR_ROWING", Sport::ROWING, SubSport::INDOOR_ROWING),
    ("CROSS_TRAINER", Sport::FITNESS_EQUIPMENT, SubSport::ELLIPTICAL),
    ("STAIR_WORKOUT", Sport::FITNESS_EQUIPMENT, SubSport::STAIR_CLIMBING),
    ("STRENGTH_TRAINING", Sport::TRAINING, SubSport::STRENGTH_TRAINING),
    ("CIRCUIT_TRAINING", Sport::TRAINING, PLAIN),
    ("FUNCTIONAL_TRAINING", Sport::TRAINING, PLAIN),
    ("GROUP_EXERCISE", Sport::TRAINING, PLAIN),
    ("BOOTCAMP", Sport::TRAINING, PLAIN),
    ("CALISTHENICS", Sport::TRAINING, PLAIN),
    ("CORE", Sport::TRAINING, PLAIN),
    ("KETTLEBELL", Sport::TRAINING, PLAIN),
    ("AEROBICS", Sport::TRAINING, SubSport::CARDIO_TRAINING),
    ("STRETCHING", Sport::TRAINING, SubSport::FLEXIBILITY_TRAINING),
    ("MOBILITY_DYNAMIC", Sport::TRAINING, SubSport::FLEXIBILITY_TRAINING),
    ("MOBILITY_STATIC", Sport::TRAINING, SubSport::FLEXIBILITY_TRAINING),
    ("YOGA", Sport::TRAINING, SubSport::YOGA),
    ("PILATES", Sport::TRAINING, SubSport::PILATES),
    ("HIIT", Sport::HIIT, SubSport::HIIT),
    ("JUMP_ROPE", Sport::JUMP_ROPE, PLAIN),
    ("BOXING", Sport::BOXING, PLAIN),
    ("FITNESS_BOXING", Sport::BOXING, PLAIN),
    ("DANCING", Sport::DANCE, PLAIN),
    ("FITNESS_DANCING", Sport::DANCE, PLAIN),
    ("AMERICAN_FOOTBALL", Sport::AMERICAN_FOOTBALL, PLAIN),
    ("BASEBALL", Sport::BASEBALL, PLAIN),
    ("BASKETBALL", Sport::BASKETBALL, PLAIN),
    ("CRICKET", Sport::CRICKET, PLAIN),
    ("FIELD_HOCKEY", Sport::HOCKEY, PLAIN),
    ("ICE_HOCKEY", Sport::HOCKEY, PLAIN),
    ("RUGBY", Sport::RUGBY, PLAIN),
    ("SOCCER", Sport::SOCCER, PLAIN),
    ("VOLLEYBALL", Sport::VOLLEYBALL, PLAIN),
    ("BEACH_VOLLEYBALL", Sport::VOLLEYBALL, PLAIN),
    ("TENNIS", Sport::TENNIS, PLAIN),
    ("PADEL", Sport::RACKET, SubSport::PADEL),
    ("PICKLEBALL", Sport::RACKET, SubSport::PICKLEBALL),
    ("BADMINTON", Sport::RACKET, PLAIN),
    ("SQUASH", Sport::RACKET, PLAIN),
    ("TABLE_TENNIS", Sport::RACKET, PLAIN),
    ("GOLF", Sport::GOLF, PLAIN),
    ("FRISBEEGOLF", Sport::DISC_GOLF, PLAIN),
    ("RIDING", Sport::HORSEBACK_RIDING, PLAIN),
    ("CLIMBING", Sport::ROCK_CLIMBING, PLAIN),
    ("VERTICALSPORTS_OUTCLIMBING", Sport::ROCK_CLIMBING, PLAIN),
    ("VERTICALSPORTS_WALLCLIMBING", Sport::ROCK_CLIMBING, SubSport::INDOOR_CLIMBING),
    ("SUP", Sport::STAND_UP_PADDLEBOARDING, PLAIN),
    ("WATERSPORTS_CANOEING", Sport::PADDLING, PLAIN),
    ("WATERSPORTS_KAYAKING", Sport::KAYAKING, PLAIN),
    ("WATERSPORTS_KITESURFING", Sport::KITESURFING, PLAIN),
    ("WATERSPORTS_SAILING", Sport::SAILING, PLAIN),
    ("WATERSPORTS_SURFING", Sport::SURFING, PLAIN),
    ("WATERSPORTS_WAKEBOARDING", Sport::WAKEBOARDING, PLAIN),
    ("WATERSPORTS_WATERSKI", Sport::WATER_SKIING, PLAIN),
    ("WATERSPORTS_WINDSURFING", Sport::WINDSURFING, PLAIN),
    ("FREE_MULTISPORT", Sport::MULTISPORT, PLAIN),
    ("DUATHLON", Sport::MULTISPORT, PLAIN),
    ("TRIATHLON", Sport::MULTISPORT, PLAIN),
    ("OFFROADDUATHLON", Sport::MULTISPORT, PLAIN),
    ("OFFROADTRIATHLON", Sport::MULTISPORT, PLAIN),
];

/// Families that stand in front of some names.
const FAMILIES: [&str; 4] = ["WATERSPORTS_", "MOTORSPORTS_", "VERTICALSPORTS_", "PARASPORTS_"];
/// Names that are no words.
const LETTERS: [&str; 2] = ["HIIT", "SUP"];

/// The name of the exercise's sport: the more exact one where there is one.
fn name(exercise: &Exercise) -> Option<&str> {
    exercise.detailed_sport_info.get().or(exercise.sport.get())
}

/// FIT's sport; `None` where Polar does not say or FIT has none.
pub fn sport(exercise: &Exercise) -> Option<(Sport, SubSport)> {
    let names = [exercise.detailed_sport_info.get(), exercise.sport.get()];
    names.into_iter().flatten().find_map(named)
}

/// FIT's sport for one of Polar's names; `None` where FIT has none.
pub fn named(name: &str) -> Option<(Sport, SubSport)> {
    let row = SPORTS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
    row.map(|(_, sport, sub_sport)| (*sport, *sub_sport))
}

/// What a person calls it: `Road biking`.
pub fn title(exercise: &Exercise) -> String {
    words(name(exercise))
}

/// What a person calls a sport of this name of Polar's.
pub fn words(name: Option<&str>) -> String {
    let Some(name) = name.filter(|name| !name.eq_ignore_ascii_case("OTHER")) else {
        return "Polar exercise".to_owned();
    };
    if LETTERS.contains(&name) {
        return name.to_owned();
    }
    let plain = FAMILIES.iter().find_map(|family| name.strip_prefix(family)).unwrap_or(name);
    let words = plain.replace('_', " ").to_lowercase();
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::polar::wire;

    fn exercise(sport: &str, detailed: &str) -> Exercise {
        wire::exercise(json!({"id": "1", "sport": sport, "detailed_sport_info": detailed})).unwrap()
    }

    #[rstest]
    #[case("RUNNING", "RUNNING", Some((Sport::RUNNING, SubSport::GENERIC)), "Running")]
    #[case("OTHER", "TRAIL_RUNNING", Some((Sport::RUNNING, SubSport::TRAIL)), "Trail running")]
    #[case("OTHER", "WATERSPORTS_WATERSKI", Some((Sport::WATER_SKIING, SubSport::GENERIC)), "Waterski")]
    #[case("OTHER", "CROSS-COUNTRY_SKIING", Some((Sport::CROSS_COUNTRY_SKIING, SubSport::GENERIC)), "Cross-country skiing")]
    #[case("CYCLING", "", Some((Sport::CYCLING, SubSport::GENERIC)), "Cycling")]
    #[case("CYCLING", "SOMETHING_NEW", Some((Sport::CYCLING, SubSport::GENERIC)), "Something new")]
    #[case("OTHER", "HIIT", Some((Sport::HIIT, SubSport::HIIT)), "HIIT")]
    #[case("OTHER", "CURLING", None, "Curling")]
    #[case("OTHER", "", None, "Polar exercise")]
    #[case("", "", None, "Polar exercise")]
    fn sports_and_titles(
        #[case] sport: &str,
        #[case] detailed: &str,
        #[case] expected: Option<(Sport, SubSport)>,
        #[case] words: &str,
    ) {
        let exercise = exercise(sport, detailed);
        assert_eq!((super::sport(&exercise), title(&exercise).as_str()), (expected, words));
    }

    #[test]
    fn no_name_stands_twice() {
        let mut names: Vec<&str> = SPORTS.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
