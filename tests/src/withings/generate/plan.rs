//! What can be asked of a generated history.

use chrono_tz::Tz;

/// The scale that a person stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// One group for each weigh-in: weight and composition.
    BodyPlus,
    /// Three groups of one second: composition, pulse, pulse wave velocity with vascular age.
    BodyCardio,
    /// Three groups of one second: composition with segments, pulse, nerve activity of the feet.
    BodyScan,
}

/// What the account knows of the person's height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Height {
    Missing,
    /// Typed once, before everything else.
    Once,
    /// Typed wrong at first, and put right in the middle of the history.
    Corrected,
}

/// Oddities that real accounts hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// Days without a weigh-in.
    DaysOff,
    /// Weights typed by hand, some of them beside a type that nobody documents.
    ManualEntries,
    /// Blood pressure typed by hand.
    ManualPressures,
    /// Weigh-ins and readings of which it is uncertain whose they are.
    AmbiguousOwners,
    /// A weight typed when the account was made.
    SignUpWeight,
    /// Groups that were changed after they had come.
    Edits,
    /// Groups that came weeks after they were measured.
    LateArrivals,
    /// Groups that stand twice in a listing: under the same id, or under two.
    Duplicates,
    /// Weights with six decimal places.
    LongUnits,
    /// Two weigh-ins at the same local time on the day on which clocks go back.
    ClockChanges,
    /// Goals among the measures.
    Goals,
    /// A pulse, a temperature or a saturation that stands alone.
    LoneValues,
}

impl Oddity {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::DaysOff,
        Self::ManualEntries,
        Self::ManualPressures,
        Self::AmbiguousOwners,
        Self::SignUpWeight,
        Self::Edits,
        Self::LateArrivals,
        Self::Duplicates,
        Self::LongUnits,
        Self::ClockChanges,
        Self::Goals,
        Self::LoneValues,
    ];
}

/// Everything about a history but its seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub days: u32,
    /// Unix seconds of the end; nothing is measured later.
    pub until: i64,
    pub time_zone: Tz,
    /// `None` for an account without a scale.
    pub scale: Option<Scale>,
    /// Blood pressure in the morning and in the evening.
    pub has_cuff: bool,
    pub height: Height,
    /// Grams, at the beginning.
    pub weight: i64,
    pub oddities: Vec<Oddity>,
}

impl Plan {
    /// Daily weigh-ins on a Body Cardio and blood pressure twice a day in Berlin, without oddities.
    pub fn new(days: u32, until: i64) -> Self {
        Self {
            days,
            until,
            time_zone: chrono_tz::Europe::Berlin,
            scale: Some(Scale::BodyCardio),
            has_cuff: true,
            height: Height::Once,
            weight: 78_400,
            oddities: Vec::new(),
        }
    }

    /// Adds an oddity.
    pub fn with(mut self, oddity: Oddity) -> Self {
        self.oddities.push(oddity);
        self
    }

    /// Adds all oddities.
    pub fn with_all(mut self) -> Self {
        self.oddities = Oddity::ALL.to_vec();
        self
    }

    /// Sets the scale.
    pub fn on(mut self, scale: Scale) -> Self {
        self.scale = Some(scale);
        self
    }

    /// Sets the time zone.
    pub fn in_zone(mut self, zone: Tz) -> Self {
        self.time_zone = zone;
        self
    }

    pub(super) fn has(&self, oddity: Oddity) -> bool {
        self.oddities.contains(&oddity)
    }
}
