//! FIT's sports and sub-sports by number and name. Unknown numbers are kept as they are.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! named_numbers {
    ($(#[$doc:meta])* $type:ident { $($constant:ident = $number:literal $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, specta::Type)]
        #[specta(type = String)]
        pub struct $type(pub u8);

        impl $type {
            $(pub const $constant: $type = $type($number);)*

            /// FIT's name, or `None` for a number that has none here.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some($name),)* _ => None }
            }

            pub fn from_name(name: &str) -> Option<$type> {
                match name { $($name => Some($type($number)),)* _ => name.parse().ok().map($type) }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() { Some(name) => f.pad(name), None => f.pad(&self.0.to_string()) }
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                $type::from_name(&name)
                    .ok_or_else(|| serde::de::Error::custom(format!("there is no {} “{name}”", stringify!($type))))
            }
        }
    };
}

named_numbers! {
    /// FIT's sport.
    Sport {
        GENERIC = 0 "generic", RUNNING = 1 "running", CYCLING = 2 "cycling", TRANSITION = 3 "transition",
        FITNESS_EQUIPMENT = 4 "fitness_equipment", SWIMMING = 5 "swimming", BASKETBALL = 6 "basketball",
        SOCCER = 7 "soccer", TENNIS = 8 "tennis", AMERICAN_FOOTBALL = 9 "american_football", TRAINING = 10 "training",
        WALKING = 11 "walking", CROSS_COUNTRY_SKIING = 12 "cross_country_skiing", ALPINE_SKIING = 13 "alpine_skiing",
        SNOWBOARDING = 14 "snowboarding", ROWING = 15 "rowing", MOUNTAINEERING = 16 "mountaineering",
        HIKING = 17 "hiking", MULTISPORT = 18 "multisport", PADDLING = 19 "paddling", FLYING = 20 "flying",
        E_BIKING = 21 "e_biking", MOTORCYCLING = 22 "motorcycling", BOATING = 23 "boating", DRIVING = 24 "driving",
        GOLF = 25 "golf", HANG_GLIDING = 26 "hang_gliding", HORSEBACK_RIDING = 27 "horseback_riding",
        HUNTING = 28 "hunting", FISHING = 29 "fishing", INLINE_SKATING = 30 "inline_skating",
        ROCK_CLIMBING = 31 "rock_climbing", SAILING = 32 "sailing", ICE_SKATING = 33 "ice_skating",
        SKY_DIVING = 34 "sky_diving", SNOWSHOEING = 35 "snowshoeing", SNOWMOBILING = 36 "snowmobiling",
        STAND_UP_PADDLEBOARDING = 37 "stand_up_paddleboarding", SURFING = 38 "surfing",
        WAKEBOARDING = 39 "wakeboarding", WATER_SKIING = 40 "water_skiing", KAYAKING = 41 "kayaking",
        RAFTING = 42 "rafting", WINDSURFING = 43 "windsurfing", KITESURFING = 44 "kitesurfing",
        TACTICAL = 45 "tactical", JUMPMASTER = 46 "jumpmaster", BOXING = 47 "boxing",
        FLOOR_CLIMBING = 48 "floor_climbing", BASEBALL = 49 "baseball", DIVING = 53 "diving", HIIT = 62 "hiit",
        RACKET = 64 "racket", WHEELCHAIR_PUSH_WALK = 65 "wheelchair_push_walk",
        WHEELCHAIR_PUSH_RUN = 66 "wheelchair_push_run", MEDITATION = 67 "meditation", DISC_GOLF = 69 "disc_golf",
        CRICKET = 71 "cricket", RUGBY = 72 "rugby", HOCKEY = 73 "hockey", LACROSSE = 74 "lacrosse",
        VOLLEYBALL = 75 "volleyball", WATER_TUBING = 76 "water_tubing", WAKESURFING = 77 "wakesurfing",
        MIXED_MARTIAL_ARTS = 80 "mixed_martial_arts", SNORKELING = 82 "snorkeling", DANCE = 83 "dance",
        JUMP_ROPE = 84 "jump_rope",
    }
}

named_numbers! {
    /// FIT's sub-sport.
    SubSport {
        GENERIC = 0 "generic", TREADMILL = 1 "treadmill", STREET = 2 "street", TRAIL = 3 "trail", TRACK = 4 "track",
        SPIN = 5 "spin", INDOOR_CYCLING = 6 "indoor_cycling", ROAD = 7 "road", MOUNTAIN = 8 "mountain",
        DOWNHILL = 9 "downhill", RECUMBENT = 10 "recumbent", CYCLOCROSS = 11 "cyclocross",
        HAND_CYCLING = 12 "hand_cycling", TRACK_CYCLING = 13 "track_cycling", INDOOR_ROWING = 14 "indoor_rowing",
        ELLIPTICAL = 15 "elliptical", STAIR_CLIMBING = 16 "stair_climbing", LAP_SWIMMING = 17 "lap_swimming",
        OPEN_WATER = 18 "open_water", FLEXIBILITY_TRAINING = 19 "flexibility_training",
        STRENGTH_TRAINING = 20 "strength_training", WARM_UP = 21 "warm_up", MATCH = 22 "match",
        EXERCISE = 23 "exercise", CHALLENGE = 24 "challenge", INDOOR_SKIING = 25 "indoor_skiing",
        CARDIO_TRAINING = 26 "cardio_training", INDOOR_WALKING = 27 "indoor_walking",
        E_BIKE_FITNESS = 28 "e_bike_fitness", BMX = 29 "bmx", CASUAL_WALKING = 30 "casual_walking",
        SPEED_WALKING = 31 "speed_walking", SKATE_SKIING = 42 "skate_skiing", YOGA = 43 "yoga",
        PILATES = 44 "pilates", INDOOR_RUNNING = 45 "indoor_running", GRAVEL_CYCLING = 46 "gravel_cycling",
        E_BIKE_MOUNTAIN = 47 "e_bike_mountain", COMMUTING = 48 "commuting", MIXED_SURFACE = 49 "mixed_surface",
        TRACK_ME = 51 "track_me", VIRTUAL_ACTIVITY = 58 "virtual_activity", OBSTACLE = 59 "obstacle",
        BREATHING = 62 "breathing", ULTRA = 67 "ultra", INDOOR_CLIMBING = 68 "indoor_climbing",
        BOULDERING = 69 "bouldering", HIIT = 70 "hiit", AMRAP = 73 "amrap", EMOM = 74 "emom", TABATA = 75 "tabata",
        PICKLEBALL = 84 "pickleball", PADEL = 85 "padel",
    }
}
