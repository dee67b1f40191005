//! What a generated workout really was, in SI units, kept beside the payload so that a converted file can be compared with it.

/// The facts of a generated workout, taken from the model that the payload was written from, not from the payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Title of the class, else the title or name of the workout.
    pub title: String,
    pub instructor: Option<String>,
    /// Unix seconds of offset 0 of the graph. The payload's `start_time` may be later.
    pub start: i64,
    /// Unix seconds of the end: the later of the recorded end and of the last sample.
    pub end: i64,
    /// `end - start`, seconds.
    pub elapsed: u32,
    /// The FIT profile's name of the sport.
    pub sport: &'static str,
    /// The FIT profile's names of the sub-sports that are right; the first is preferred.
    pub sub_sports: &'static [&'static str],
    /// Seconds from `start` to each sample, strictly increasing.
    pub offsets: Vec<u32>,
    /// Pairs of neighbouring offsets that are more than one second apart.
    pub gaps: Vec<(u32, u32)>,
    pub distance_meters: Option<f64>,
    pub work_joules: Option<f64>,
    pub calories: Option<u32>,
    /// Beats per minute, the mean of the samples with a reading; a mean over time differs by up to 1 where samples are
    /// missing.
    pub average_heart_rate: Option<f64>,
    pub maximum_heart_rate: Option<u32>,
    /// Samples with a heart rate reading.
    pub heart_rate_samples: usize,
    /// Watts, the mean of all samples, zeros included; a mean over time differs by up to 2 % where samples are missing.
    pub average_power: Option<f64>,
    pub maximum_power: Option<u32>,
    pub ascent_meters: Option<f64>,
    pub strokes: Option<u32>,
    /// Watts, after the 5 % that Peloton takes off a number typed by the user.
    pub functional_threshold_power: Option<u32>,
    /// Laps that each way of making laps should give.
    pub laps: LapCounts,
    /// Strength sets in time order, rest not included.
    pub sets: Vec<SetTruth>,
    /// Positions that match a sample and do not lie in a part marked as a gap.
    pub positions: usize,
    /// Local time minus UTC at the time of the workout, seconds.
    pub utc_offset: i32,
    /// Why nothing should be sent, where that is so.
    pub skip: Option<SkipTruth>,
}

/// How many laps are expected; `None` where the payload does not hold what this way needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LapCounts {
    /// One for each part of the class that had begun before the end.
    pub segments: Option<usize>,
    /// One for each stretch of unchanged targets that had begun before the end.
    pub targets: Option<usize>,
    /// One for each mile, kilometre (metric) or 500 m (rowing), the last one partial.
    pub distance: Option<usize>,
}

/// One strength set.
#[derive(Clone, Debug, PartialEq)]
pub struct SetTruth {
    pub movement: String,
    /// Seconds from the start of the workout.
    pub offset: u32,
    /// Seconds.
    pub length: u32,
    /// `None` where the movement is timed and nothing was counted.
    pub repetitions: Option<u32>,
    /// Kilograms of each weight used, by the piece; empty for body weight.
    pub weights_kilograms: Vec<f64>,
    /// True where two dumbbells of that weight were used.
    pub pair: bool,
}

/// Why a workout must not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipTruth {
    /// It was imported into Peloton from another service.
    Imported,
    /// It is not over.
    InProgress,
}
