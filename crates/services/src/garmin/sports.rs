//! Garmin's names of activity types, as FIT's sports: only to say in words what is there.

use baton_core::{Sport, SubSport};

/// The sport of a `typeKey`; `None` for those without one here.
pub fn sport(type_key: &str) -> Option<(Sport, SubSport)> {
    Some(match type_key {
        "running" | "street_running" => (Sport::RUNNING, SubSport::GENERIC),
        "treadmill_running" => (Sport::RUNNING, SubSport::TREADMILL),
        "indoor_running" => (Sport::RUNNING, SubSport::INDOOR_RUNNING),
        "track_running" => (Sport::RUNNING, SubSport::TRACK),
        "trail_running" => (Sport::RUNNING, SubSport::TRAIL),
        "virtual_run" => (Sport::RUNNING, SubSport::VIRTUAL_ACTIVITY),
        "cycling" => (Sport::CYCLING, SubSport::GENERIC),
        "road_biking" => (Sport::CYCLING, SubSport::ROAD),
        "mountain_biking" => (Sport::CYCLING, SubSport::MOUNTAIN),
        "gravel_cycling" => (Sport::CYCLING, SubSport::GRAVEL_CYCLING),
        "indoor_cycling" => (Sport::CYCLING, SubSport::INDOOR_CYCLING),
        "virtual_ride" => (Sport::CYCLING, SubSport::VIRTUAL_ACTIVITY),
        "walking" => (Sport::WALKING, SubSport::GENERIC),
        "hiking" => (Sport::HIKING, SubSport::GENERIC),
        "rowing" => (Sport::ROWING, SubSport::GENERIC),
        "indoor_rowing" => (Sport::ROWING, SubSport::INDOOR_ROWING),
        "elliptical" => (Sport::FITNESS_EQUIPMENT, SubSport::ELLIPTICAL),
        "stair_climbing" => (Sport::FITNESS_EQUIPMENT, SubSport::STAIR_CLIMBING),
        "lap_swimming" => (Sport::SWIMMING, SubSport::LAP_SWIMMING),
        "open_water_swimming" => (Sport::SWIMMING, SubSport::OPEN_WATER),
        "strength_training" => (Sport::TRAINING, SubSport::STRENGTH_TRAINING),
        "indoor_cardio" => (Sport::TRAINING, SubSport::CARDIO_TRAINING),
        "yoga" => (Sport::TRAINING, SubSport::YOGA),
        "pilates" => (Sport::TRAINING, SubSport::PILATES),
        "hiit" => (Sport::HIIT, SubSport::HIIT),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_a_sport_or_nothing() {
        assert_eq!(sport("indoor_cycling"), Some((Sport::CYCLING, SubSport::INDOOR_CYCLING)));
        assert_eq!(sport("hiit"), Some((Sport::HIIT, SubSport::HIIT)));
        assert_eq!(sport("underwater_basket_weaving"), None);
    }
}
