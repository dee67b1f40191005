//! What can be asked of a generated workout: the discipline, the athlete, the account's units and time zone, and the oddities.

/// Every sort of workout that Peloton members have in their history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Discipline {
    /// A studio ride with a list of segments and no targets.
    CyclingClass,
    /// A studio ride with cadence and resistance targets in the older form (arrays per second).
    CyclingTargets,
    /// A power zone ride with targets in the newer form (offsets on the class clock).
    PowerZone,
    ScenicRide,
    /// A ride without a class; the ride id is 32 zeros.
    JustRide,
    /// The game.
    Lanebreak,
    OutdoorRide,
    BikeBootcamp,
    TreadRun,
    TreadWalk,
    OutdoorRun,
    /// "Just Walk: Outdoor" from a phone: GPS, no class.
    OutdoorWalk,
    Cardio,
    /// `circuit`: running and floor work on the tread.
    TreadBootcamp,
    /// Strength with a movement tracker.
    Strength,
    /// Strength without a tracker: the movements stand in the class plan only.
    StrengthPlanned,
    /// Self-paced strength; the ride id is a UUID with dashes and has no details.
    Gym,
    Stretching,
    Yoga,
    Pilates,
    /// No metrics at all.
    Meditation,
    Rowing,
    RowBootcamp,
    /// A discipline that no client knows yet.
    Unknown,
}

impl Discipline {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::CyclingClass,
        Self::CyclingTargets,
        Self::PowerZone,
        Self::ScenicRide,
        Self::JustRide,
        Self::Lanebreak,
        Self::OutdoorRide,
        Self::BikeBootcamp,
        Self::TreadRun,
        Self::TreadWalk,
        Self::OutdoorRun,
        Self::OutdoorWalk,
        Self::Cardio,
        Self::TreadBootcamp,
        Self::Strength,
        Self::StrengthPlanned,
        Self::Gym,
        Self::Stretching,
        Self::Yoga,
        Self::Pilates,
        Self::Meditation,
        Self::Rowing,
        Self::RowBootcamp,
        Self::Unknown,
    ];

    /// Peloton's `fitness_discipline`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::CyclingClass
            | Self::CyclingTargets
            | Self::PowerZone
            | Self::ScenicRide
            | Self::JustRide
            | Self::Lanebreak
            | Self::OutdoorRide => "cycling",
            Self::BikeBootcamp => "bike_bootcamp",
            Self::TreadRun | Self::OutdoorRun => "running",
            Self::TreadWalk | Self::OutdoorWalk => "walking",
            Self::Cardio => "cardio",
            Self::TreadBootcamp => "circuit",
            Self::Strength | Self::StrengthPlanned | Self::Gym => "strength",
            Self::Stretching => "stretching",
            Self::Yoga => "yoga",
            Self::Pilates => "pilates",
            Self::Meditation => "meditation",
            Self::Rowing => "caesar",
            Self::RowBootcamp => "caesar_bootcamp",
            Self::Unknown => "kettlebell_flow",
        }
    }

    /// The name that Peloton shows for the discipline.
    pub fn display_name(self) -> &'static str {
        match self.slug() {
            "cycling" => "Cycling",
            "bike_bootcamp" => "Bike Bootcamp",
            "running" => "Running",
            "walking" => "Walking",
            "cardio" => "Cardio",
            "circuit" => "Bootcamp",
            "strength" => "Strength",
            "stretching" => "Stretching",
            "yoga" => "Yoga",
            "pilates" => "Pilates",
            "meditation" => "Meditation",
            "caesar" => "Rowing",
            "caesar_bootcamp" => "Row Bootcamp",
            _ => "Kettlebell Flow",
        }
    }

    /// The FIT profile's sport, and the sub-sports that are right for it (the first is preferred).
    pub fn sport(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::OutdoorRide => ("cycling", &["road", "generic"]),
            Self::CyclingClass
            | Self::CyclingTargets
            | Self::PowerZone
            | Self::ScenicRide
            | Self::JustRide
            | Self::Lanebreak
            | Self::BikeBootcamp => ("cycling", &["indoor_cycling"]),
            Self::TreadRun => ("running", &["treadmill"]),
            Self::OutdoorRun => ("running", &["generic", "street"]),
            Self::TreadWalk => ("walking", &["treadmill", "indoor_walking"]),
            Self::OutdoorWalk => ("walking", &["generic"]),
            Self::Cardio | Self::TreadBootcamp => ("training", &["cardio_training"]),
            Self::Strength | Self::StrengthPlanned | Self::Gym => ("training", &["strength_training"]),
            Self::Stretching => ("training", &["flexibility_training"]),
            Self::Yoga => ("training", &["yoga"]),
            Self::Pilates => ("training", &["pilates"]),
            Self::Meditation => ("training", &["breathing"]),
            Self::Rowing | Self::RowBootcamp => ("rowing", &["indoor_rowing"]),
            Self::Unknown => ("training", &["generic"]),
        }
    }

    /// What the metrics come from.
    pub(super) fn machine(self) -> Machine {
        match self {
            Self::CyclingClass
            | Self::CyclingTargets
            | Self::PowerZone
            | Self::ScenicRide
            | Self::JustRide
            | Self::Lanebreak
            | Self::BikeBootcamp => Machine::Bike,
            Self::TreadRun | Self::TreadWalk | Self::TreadBootcamp => Machine::Tread,
            Self::OutdoorRide | Self::OutdoorRun | Self::OutdoorWalk => Machine::Outdoors,
            Self::Rowing | Self::RowBootcamp => Machine::Row,
            Self::Meditation => Machine::Nothing,
            _ => Machine::HeartRateOnly,
        }
    }

    /// Whether there is a class with a plan and an instructor.
    pub(super) fn is_class(self) -> bool {
        !matches!(self, Self::JustRide | Self::Lanebreak | Self::OutdoorWalk | Self::ScenicRide | Self::Gym)
    }
}

/// Where the per-second data of a workout come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Machine {
    Bike,
    Tread,
    Row,
    Outdoors,
    HeartRateOnly,
    Nothing,
}

/// Oddities that real accounts hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// The member left the class early; the graph still claims the whole length.
    LeftEarly,
    /// The first sample is at offset 7 and 2 to 14 s are missing here and there.
    SampleGaps,
    /// `start_time` is later than second 0 of the class (phone, TV and audio classes).
    LateStart,
    /// `end_time` lies 98 s after the last sample.
    LateEnd,
    EndTimeNull,
    /// Minutes of heart rate 0 and some nulls.
    HeartRateDropouts,
    NoHeartRate,
    /// Calories come as `total_calories` from a watch.
    AppleWatch,
    /// A row from years ago: no `is_outdoor`, no `title`, distances with two decimals.
    OldRow,
    /// Came from Garmin Connect.
    ImportedFromGarmin,
    /// Came from Apple Health.
    ImportedFromAppleHealth,
    InProgress,
    /// Nobody else may see it: the API answers 404.
    Private,
}

/// Which number is the athlete's functional threshold power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThresholdSource {
    /// Typed by the user, who types a 20-minute average: 5 % too high.
    Manual,
    /// Measured by a test class.
    Test,
    Estimated,
    /// No number on the workout; the user's own record holds one.
    OnlyOnUser,
    Nowhere,
}

/// Who works out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Athlete {
    /// True functional threshold power, watts.
    pub threshold_power: f64,
    pub threshold_source: ThresholdSource,
    pub resting_heart_rate: f64,
    pub maximum_heart_rate: u32,
    pub weight_kilograms: f64,
}

impl Default for Athlete {
    fn default() -> Self {
        Self {
            threshold_power: 209.0,
            threshold_source: ThresholdSource::Test,
            resting_heart_rate: 58.0,
            maximum_heart_rate: 186,
            weight_kilograms: 74.8,
        }
    }
}

/// The unit preference of the account at the time of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Units {
    #[default]
    Imperial,
    Metric,
}

/// Everything about a generated workout but its discipline and its seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Unix seconds of second 0 of the workout.
    pub start: i64,
    /// Planned length; `None` lets the generator choose one that is usual for the discipline.
    pub minutes: Option<u32>,
    pub units: Units,
    /// IANA (`America/Chicago`) or POSIX-signed (`Etc/GMT+5`, which is UTC-5) name.
    pub time_zone: chrono_tz::Tz,
    pub athlete: Athlete,
    pub quirks: Vec<Quirk>,
}

impl Options {
    /// A plain workout that starts at `start` (Unix seconds), in New York, in miles.
    pub fn at(start: i64) -> Self {
        Self {
            start,
            minutes: None,
            units: Units::Imperial,
            time_zone: chrono_tz::America::New_York,
            athlete: Athlete::default(),
            quirks: Vec::new(),
        }
    }

    /// Sets the planned length.
    pub fn minutes(mut self, minutes: u32) -> Self {
        self.minutes = Some(minutes);
        self
    }

    /// Adds an oddity.
    pub fn with(mut self, quirk: Quirk) -> Self {
        self.quirks.push(quirk);
        self
    }

    /// An account in kilometres.
    pub fn metric(mut self) -> Self {
        self.units = Units::Metric;
        self
    }

    /// Sets the time zone.
    pub fn in_zone(mut self, zone: chrono_tz::Tz) -> Self {
        self.time_zone = zone;
        self
    }

    /// Sets where the threshold power is written.
    pub fn threshold(mut self, source: ThresholdSource) -> Self {
        self.athlete.threshold_source = source;
        self
    }

    pub(super) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }
}
