//! FIT's sports in Strava's words and back.

use baton_core::{Sport, SubSport};

use super::wire::Activity;

/// The sport type of an activity; `None` where Strava has no better word than what it finds out by itself.
pub fn sport_type(sport: Sport, sub_sport: SubSport) -> Option<&'static str> {
    Some(match (sport, sub_sport) {
        (Sport::CYCLING, SubSport::MOUNTAIN | SubSport::DOWNHILL) => "MountainBikeRide",
        (Sport::CYCLING, SubSport::GRAVEL_CYCLING | SubSport::CYCLOCROSS) => "GravelRide",
        (Sport::CYCLING, SubSport::VIRTUAL_ACTIVITY) => "VirtualRide",
        (Sport::CYCLING, SubSport::HAND_CYCLING) => "Handcycle",
        (Sport::CYCLING | Sport::E_BIKING, SubSport::E_BIKE_MOUNTAIN) => "EMountainBikeRide",
        (Sport::CYCLING, SubSport::E_BIKE_FITNESS) | (Sport::E_BIKING, _) => "EBikeRide",
        (Sport::CYCLING, _) => "Ride",
        (Sport::RUNNING, SubSport::TRAIL) => "TrailRun",
        (Sport::RUNNING, SubSport::VIRTUAL_ACTIVITY) => "VirtualRun",
        (Sport::RUNNING, _) => "Run",
        (Sport::WALKING, _) => "Walk",
        (Sport::HIKING, _) => "Hike",
        (Sport::SWIMMING, _) => "Swim",
        (Sport::ROWING, SubSport::VIRTUAL_ACTIVITY) => "VirtualRow",
        (Sport::ROWING, _) | (Sport::FITNESS_EQUIPMENT, SubSport::INDOOR_ROWING) => "Rowing",
        (Sport::FITNESS_EQUIPMENT, SubSport::ELLIPTICAL) => "Elliptical",
        (Sport::FITNESS_EQUIPMENT, SubSport::STAIR_CLIMBING) => "StairStepper",
        (Sport::FITNESS_EQUIPMENT, SubSport::INDOOR_CYCLING | SubSport::SPIN) => "Ride",
        (Sport::TRAINING, SubSport::STRENGTH_TRAINING) => "WeightTraining",
        (Sport::TRAINING, SubSport::YOGA) => "Yoga",
        (Sport::TRAINING, SubSport::PILATES) => "Pilates",
        (Sport::HIIT, _) | (Sport::TRAINING, SubSport::HIIT) => "HighIntensityIntervalTraining",
        (Sport::TRAINING | Sport::MEDITATION | Sport::BOXING | Sport::DANCE | Sport::JUMP_ROPE, _) => {
            "Workout"
        }
        (Sport::ALPINE_SKIING, _) => "AlpineSki",
        (Sport::CROSS_COUNTRY_SKIING, _) => "NordicSki",
        (Sport::SNOWBOARDING, _) => "Snowboard",
        (Sport::SNOWSHOEING, _) => "Snowshoe",
        (Sport::INLINE_SKATING, _) => "InlineSkate",
        (Sport::ICE_SKATING, _) => "IceSkate",
        (Sport::KAYAKING, _) => "Kayaking",
        (Sport::STAND_UP_PADDLEBOARDING, _) => "StandUpPaddling",
        (Sport::SURFING, _) => "Surfing",
        (Sport::WINDSURFING, _) => "Windsurf",
        (Sport::KITESURFING, _) => "Kitesurf",
        (Sport::SAILING, _) => "Sail",
        (Sport::GOLF, _) => "Golf",
        (Sport::SOCCER, _) => "Soccer",
        (Sport::TENNIS, _) => "Tennis",
        (Sport::ROCK_CLIMBING | Sport::FLOOR_CLIMBING, _) => "RockClimbing",
        (Sport::WHEELCHAIR_PUSH_WALK | Sport::WHEELCHAIR_PUSH_RUN, _) => "Wheelchair",
        _ => return None,
    })
}

/// Whether it took place on a machine in a room.
pub fn is_indoors(sub_sport: SubSport) -> bool {
    matches!(
        sub_sport,
        SubSport::INDOOR_CYCLING
            | SubSport::SPIN
            | SubSport::TREADMILL
            | SubSport::INDOOR_RUNNING
            | SubSport::INDOOR_WALKING
            | SubSport::INDOOR_ROWING
            | SubSport::ELLIPTICAL
            | SubSport::STAIR_CLIMBING
            | SubSport::VIRTUAL_ACTIVITY
    )
}

/// Whether what Strava says is this sport or a closer word for it: a `GravelRide` is a `Ride`.
pub fn covers(told: &str, wanted: &str) -> bool {
    told.ends_with(wanted)
}

/// Strava's sport types with FIT's words for them.
const SPORTS: &[(&str, Sport, SubSport)] = &[
    ("AlpineSki", Sport::ALPINE_SKIING, PLAIN),
    ("BackcountrySki", Sport::CROSS_COUNTRY_SKIING, PLAIN),
    ("Badminton", Sport::RACKET, PLAIN),
    ("Canoeing", Sport::PADDLING, PLAIN),
    ("Crossfit", Sport::TRAINING, PLAIN),
    ("EBikeRide", Sport::E_BIKING, PLAIN),
    ("EMountainBikeRide", Sport::E_BIKING, SubSport::E_BIKE_MOUNTAIN),
    ("Elliptical", Sport::FITNESS_EQUIPMENT, SubSport::ELLIPTICAL),
    ("Golf", Sport::GOLF, PLAIN),
    ("GravelRide", Sport::CYCLING, SubSport::GRAVEL_CYCLING),
    ("Handcycle", Sport::CYCLING, SubSport::HAND_CYCLING),
    ("HighIntensityIntervalTraining", Sport::HIIT, SubSport::HIIT),
    ("Hike", Sport::HIKING, PLAIN),
    ("IceSkate", Sport::ICE_SKATING, PLAIN),
    ("InlineSkate", Sport::INLINE_SKATING, PLAIN),
    ("Kayaking", Sport::KAYAKING, PLAIN),
    ("Kitesurf", Sport::KITESURFING, PLAIN),
    ("MountainBikeRide", Sport::CYCLING, SubSport::MOUNTAIN),
    ("NordicSki", Sport::CROSS_COUNTRY_SKIING, PLAIN),
    ("Pickleball", Sport::RACKET, SubSport::PICKLEBALL),
    ("Pilates", Sport::TRAINING, SubSport::PILATES),
    ("Racquetball", Sport::RACKET, PLAIN),
    ("Ride", Sport::CYCLING, PLAIN),
    ("RockClimbing", Sport::ROCK_CLIMBING, PLAIN),
    ("RollerSki", Sport::CROSS_COUNTRY_SKIING, PLAIN),
    ("Rowing", Sport::ROWING, PLAIN),
    ("Run", Sport::RUNNING, PLAIN),
    ("Sail", Sport::SAILING, PLAIN),
    ("Snowboard", Sport::SNOWBOARDING, PLAIN),
    ("Snowshoe", Sport::SNOWSHOEING, PLAIN),
    ("Soccer", Sport::SOCCER, PLAIN),
    ("Squash", Sport::RACKET, PLAIN),
    ("StairStepper", Sport::FITNESS_EQUIPMENT, SubSport::STAIR_CLIMBING),
    ("StandUpPaddling", Sport::STAND_UP_PADDLEBOARDING, PLAIN),
    ("Surfing", Sport::SURFING, PLAIN),
    ("Swim", Sport::SWIMMING, PLAIN),
    ("TableTennis", Sport::RACKET, PLAIN),
    ("Tennis", Sport::TENNIS, PLAIN),
    ("TrailRun", Sport::RUNNING, SubSport::TRAIL),
    ("Velomobile", Sport::CYCLING, SubSport::RECUMBENT),
    ("VirtualRide", Sport::CYCLING, SubSport::VIRTUAL_ACTIVITY),
    ("VirtualRow", Sport::ROWING, SubSport::VIRTUAL_ACTIVITY),
    ("VirtualRun", Sport::RUNNING, SubSport::VIRTUAL_ACTIVITY),
    ("Walk", Sport::WALKING, PLAIN),
    ("WeightTraining", Sport::TRAINING, SubSport::STRENGTH_TRAINING),
    ("Wheelchair", Sport::WHEELCHAIR_PUSH_RUN, PLAIN),
    ("Windsurf", Sport::WINDSURFING, PLAIN),
    ("Workout", Sport::TRAINING, PLAIN),
    ("Yoga", Sport::TRAINING, SubSport::YOGA),
];
const PLAIN: SubSport = SubSport::GENERIC;
/// What a sport type that is not in the table ends with tells its sport.
const FAMILIES: [(&str, Sport); 5] = [
    ("Ride", Sport::CYCLING),
    ("Run", Sport::RUNNING),
    ("Walk", Sport::WALKING),
    ("Swim", Sport::SWIMMING),
    ("Tennis", Sport::RACKET),
];

/// The sport of a sport type; `None` where FIT has none.
pub fn sport(sport_type: &str) -> Option<(Sport, SubSport)> {
    let known = SPORTS.iter().find(|(name, ..)| *name == sport_type);
    let family = || FAMILIES.iter().find(|(end, _)| sport_type.ends_with(end));
    known
        .map(|(_, sport, sub_sport)| (*sport, *sub_sport))
        .or_else(|| family().map(|(_, sport)| (*sport, PLAIN)))
}

/// The sport of an activity, on a machine in a room where it says so.
pub fn of(activity: &Activity) -> Option<(Sport, SubSport)> {
    let (sport, sub_sport) = sport(name(activity)?)?;
    let indoors = match sport {
        Sport::CYCLING => SubSport::INDOOR_CYCLING,
        Sport::RUNNING => SubSport::TREADMILL,
        Sport::WALKING => SubSport::INDOOR_WALKING,
        Sport::ROWING => SubSport::INDOOR_ROWING,
        _ => sub_sport,
    };
    let is_plain_machine = activity.trainer.0 == Some(true) && sub_sport == PLAIN;
    Some((sport, if is_plain_machine { indoors } else { sub_sport }))
}

/// What Strava calls the sport of an activity.
pub fn name(activity: &Activity) -> Option<&str> {
    activity.sport_type.get().or(activity.r#type.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_the_sport_they_were() {
        for (name, sub_sport) in [
            (Sport::CYCLING, SubSport::GRAVEL_CYCLING),
            (Sport::RUNNING, SubSport::TRAIL),
            (Sport::FITNESS_EQUIPMENT, SubSport::ELLIPTICAL),
            (Sport::TRAINING, SubSport::STRENGTH_TRAINING),
            (Sport::HIIT, SubSport::HIIT),
        ] {
            let word = sport_type(name, sub_sport).unwrap();
            assert_eq!(sport(word), Some((name, sub_sport)), "{word}");
        }
        assert_eq!(sport_type(Sport::CYCLING, SubSport::INDOOR_CYCLING), Some("Ride"));
        assert_eq!(sport_type(Sport::GENERIC, SubSport::GENERIC), None);
        assert_eq!(sport("Quidditch"), None);
        assert_eq!(sport("CargoRide"), Some((Sport::CYCLING, SubSport::GENERIC)), "one of this family");
    }

    #[test]
    fn every_word_has_a_sport_and_goes_back_to_one_that_covers_it() {
        assert!(SPORTS.is_sorted_by(|a, b| a.0 < b.0));
        for (word, name, sub_sport) in SPORTS {
            assert_eq!(sport(word), Some((*name, *sub_sport)));
            if let Some(back) = sport_type(*name, *sub_sport) {
                assert_eq!(sport(back).map(|(sport, _)| sport), Some(*name), "{word} becomes {back}");
            }
        }
    }

    #[test]
    fn a_trainer_is_indoors_where_nothing_closer_is_said() {
        let of = |sport_type: &str, trainer: bool| {
            let told = serde_json::json!({"sport_type": sport_type, "trainer": trainer});
            super::of(&serde_json::from_value(told).unwrap())
        };
        assert_eq!(of("Ride", true), Some((Sport::CYCLING, SubSport::INDOOR_CYCLING)));
        assert_eq!(of("Run", true), Some((Sport::RUNNING, SubSport::TREADMILL)));
        assert_eq!(of("VirtualRide", true), Some((Sport::CYCLING, SubSport::VIRTUAL_ACTIVITY)));
        assert_eq!(of("Ride", false), Some((Sport::CYCLING, SubSport::GENERIC)));
        assert_eq!(of("Yoga", true), Some((Sport::TRAINING, SubSport::YOGA)));
        let former = serde_json::from_value(serde_json::json!({"type": "Hike"})).unwrap();
        assert_eq!(super::of(&former), Some((Sport::HIKING, SubSport::GENERIC)));
    }

    #[test]
    fn a_closer_word_is_no_other_sport() {
        assert!(covers("GravelRide", "Ride") && covers("Run", "Run") && covers("VirtualRun", "Run"));
        assert!(!covers("Ride", "GravelRide") && !covers("Workout", "Yoga") && !covers("Ride", "Run"));
    }
}
