//! FIT's sports in Strava's words and back.

use baton_core::{Sport, SubSport};

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

/// The sport of a sport type: only to say in words what is there.
pub fn sport(sport_type: &str) -> Option<(Sport, SubSport)> {
    Some(match sport_type {
        "Ride" => (Sport::CYCLING, SubSport::GENERIC),
        "MountainBikeRide" => (Sport::CYCLING, SubSport::MOUNTAIN),
        "GravelRide" => (Sport::CYCLING, SubSport::GRAVEL_CYCLING),
        "VirtualRide" => (Sport::CYCLING, SubSport::VIRTUAL_ACTIVITY),
        "EBikeRide" => (Sport::E_BIKING, SubSport::GENERIC),
        "Run" => (Sport::RUNNING, SubSport::GENERIC),
        "TrailRun" => (Sport::RUNNING, SubSport::TRAIL),
        "VirtualRun" => (Sport::RUNNING, SubSport::VIRTUAL_ACTIVITY),
        "Walk" => (Sport::WALKING, SubSport::GENERIC),
        "Hike" => (Sport::HIKING, SubSport::GENERIC),
        "Swim" => (Sport::SWIMMING, SubSport::GENERIC),
        "Rowing" | "VirtualRow" => (Sport::ROWING, SubSport::GENERIC),
        "Elliptical" => (Sport::FITNESS_EQUIPMENT, SubSport::ELLIPTICAL),
        "StairStepper" => (Sport::FITNESS_EQUIPMENT, SubSport::STAIR_CLIMBING),
        "WeightTraining" => (Sport::TRAINING, SubSport::STRENGTH_TRAINING),
        "Yoga" => (Sport::TRAINING, SubSport::YOGA),
        "Pilates" => (Sport::TRAINING, SubSport::PILATES),
        "HighIntensityIntervalTraining" => (Sport::HIIT, SubSport::HIIT),
        "Workout" => (Sport::TRAINING, SubSport::GENERIC),
        _ => return None,
    })
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
    }

    #[test]
    fn a_closer_word_is_no_other_sport() {
        assert!(covers("GravelRide", "Ride") && covers("Run", "Run") && covers("VirtualRun", "Run"));
        assert!(!covers("Ride", "GravelRide") && !covers("Workout", "Yoga") && !covers("Ride", "Run"));
    }
}
