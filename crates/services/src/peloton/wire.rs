//! Peloton's answers, spelt as Peloton spells them, as far as Baton reads them. Every field may be absent or of another
//! shape; see [`crate::loose`].
//!
//! Times are Unix seconds in UTC unless a line says otherwise.

use serde::Deserialize;

pub use crate::loose::{Flag, List, Number, Object, Series, Text};

/// `GET /api/me`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct User {
    pub id: Text,
    pub username: Text,
    /// lb, whatever the units of the account
    pub weight: Number,
    /// in, whatever the units of the account
    pub height: Number,
    pub gender: Text,
    pub birthday: Number,
    /// `ftp_workout_source`, `ftp_manual_source` or `ftp_estimated_source`
    pub cycling_ftp_source: Text,
    /// W; typed by the member, who types a 20-minute average
    pub cycling_ftp: Number,
    /// W; of the newest test class
    pub cycling_workout_ftp: Number,
    pub estimated_cycling_ftp: Number,
    pub default_max_heart_rate: Number,
    /// Goes before the default where above 0
    pub customized_max_heart_rate: Number,
}

/// One page of `GET /api/user/{id}/workouts`. The only answer that must have a field: without its rows it is another
/// form. A broken row breaks no other.
#[derive(Debug, Deserialize)]
pub struct Page {
    pub data: Vec<Object<Workout>>,
    #[serde(default)]
    pub show_next: Flag,
}

/// `GET /api/workout/{id}`, and a row of the list (which has fewer fields).
#[expect(clippy::struct_field_names, reason = "the names are Peloton's")]
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Workout {
    pub id: Text,
    /// `COMPLETE`, `IN_PROGRESS`
    pub status: Text,
    /// When the session was opened, before the introduction
    pub created_at: Number,
    pub created: Number,
    pub start_time: Number,
    pub end_time: Number,
    /// Local wall time written as if it were Unix time: less `created_at` it is the UTC offset
    pub device_time_created_at: Number,
    /// IANA's, or `Etc/GMT+5`, which is UTC−5
    pub timezone: Text,
    pub fitness_discipline: Text,
    pub is_outdoor: Flag,
    pub device_type: Text,
    pub device_type_display_name: Text,
    pub name: Text,
    pub title: Text,
    /// J
    pub total_work: Number,
    pub calories: Number,
    pub ride: Object<Ride>,
    pub ftp_info: Object<FtpInfo>,
    pub movement_tracker_data: Object<MovementTracker>,
    pub is_peloton_originated_workout: Flag,
    pub is_3p_fit_feed_workout: Flag,
}

/// The class.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ride {
    pub id: Text,
    pub title: Text,
    pub duration: Number,
    pub instructor: Object<Instructor>,
    /// s of introduction before second 0
    pub pedaling_start_offset: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Instructor {
    pub name: Text,
    pub first_name: Text,
    pub last_name: Text,
}

/// The threshold power that was in force when the workout began.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FtpInfo {
    /// W; 0 where there is none
    pub ftp: Number,
    pub ftp_source: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MovementTracker {
    pub completed_movements_summary_data: Object<CompletedMovements>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CompletedMovements {
    pub repetition_summary_data: List<RepetitionSummary>,
}

/// One strength set as the movement tracker saw it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RepetitionSummary {
    pub movement_id: Text,
    pub movement_name: Text,
    /// `rep_counting`, `time_tracked_rep`, `time_based`, `rounds`
    pub tracking_type: Text,
    pub completed_reps: Number,
    /// The older spelling of `completed_reps`; seconds where `is_hold`
    pub completed_number: Number,
    pub completed_duration: Number,
    pub is_hold: Flag,
    /// s from second 0
    pub offset: Number,
    pub length: Number,
    pub total_volume: Number,
    pub weight: List<MovementWeight>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MovementWeight {
    pub weight_data: Object<WeightData>,
}

/// The weight of one dumbbell.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WeightData {
    pub weight_value: Number,
    /// `lb`, `kg`
    pub weight_unit: Text,
}

/// `GET /api/workout/{id}/performance_graph?every_n=1`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PerformanceGraph {
    /// s; of the class, not of the workout
    pub duration: Number,
    /// s from second 0 of each sample; all `metrics` are parallel to it
    pub seconds_since_pedaling_start: Series,
    pub segment_list: List<Segment>,
    pub average_summaries: List<Summary>,
    pub summaries: List<Summary>,
    pub metrics: List<Metric>,
    pub location_data: List<LocationSegment>,
    pub target_performance_metrics: Object<TargetPerformanceMetrics>,
    pub target_metrics_performance_data: Object<TargetMetricsPerformanceData>,
    pub target_metrics_compliance: Object<TargetMetricsCompliance>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Segment {
    pub name: Text,
    pub icon_slug: Text,
    pub metrics_type: Text,
    pub length: Number,
    /// s from second 0
    pub start_time_offset: Number,
    /// Only in the class plan
    pub subsegments_v2: List<Subsegment>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Summary {
    pub slug: Text,
    pub display_unit: Text,
    pub value: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Metric {
    pub slug: Text,
    pub display_unit: Text,
    pub values: Series,
    /// Only of `heart_rate`
    pub zones: List<HeartRateZone>,
    /// Metrics hidden behind this one: `speed` behind `pace`
    pub alternatives: List<Metric>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HeartRateZone {
    pub max_value: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LocationSegment {
    pub is_gap: Flag,
    pub coordinates: List<Coordinate>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Coordinate {
    pub seconds_offset_from_start: Number,
    pub latitude: Number,
    pub longitude: Number,
}

/// Targets as they were written until about 2022: one number for each second of the class.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TargetPerformanceMetrics {
    pub target_graph_metrics: List<TargetGraphMetric>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TargetGraphMetric {
    /// `cadence`, `resistance`, `stroke_rate`
    pub r#type: Text,
    pub graph_data: Object<GraphData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct GraphData {
    pub upper: Series,
    pub lower: Series,
}

/// Targets as they are written since: spans on the class clock.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TargetMetricsPerformanceData {
    pub target_metrics: List<TargetMetric>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TargetMetric {
    pub offsets: Object<Offsets>,
    pub metrics: List<TargetRange>,
}

/// s on the class clock, which runs `pedaling_start_offset` ahead of second 0; both included.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Offsets {
    pub start: Number,
    pub end: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TargetRange {
    /// `speed`, `incline`, `power_zone`, `pace_intensity`, `resistance`, `cadence`, `strokes_rate`
    pub name: Text,
    pub upper: Number,
    pub lower: Number,
}

/// What the pace intensities of rowing and tread classes mean for this member.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TargetMetricsCompliance {
    /// Slug of the member's level
    pub workout_pace_level: Text,
    pub pace_intensities_mapping: List<PaceIntensity>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PaceIntensity {
    pub value: Number,
    pub pace_levels: List<PaceLevel>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PaceLevel {
    pub slug: Text,
    pub fast_pace: Number,
    pub slow_pace: Number,
}

/// `GET /api/ride/{id}/details`: the class plan.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RideDetails {
    pub segments: Object<PlanSegments>,
    pub target_metrics_data: Object<TargetMetricsPerformanceData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PlanSegments {
    pub segment_list: List<Segment>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Subsegment {
    /// s from second 0
    pub offset: Number,
    pub length: Number,
    pub movements: List<Movement>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Movement {
    pub id: Text,
    pub name: Text,
    pub is_rest: Flag,
}

/// All that is known of one workout: the raw form that is archived, and that `convert` reads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Payload {
    pub workout: Object<Workout>,
    pub performance_graph: Object<PerformanceGraph>,
    pub user: Object<User>,
    pub ride_details: Object<RideDetails>,
}

impl Workout {
    pub fn ride(&self) -> Option<&Ride> {
        self.ride.0.as_ref()
    }

    /// When the session was opened.
    pub fn opened(&self) -> Option<f64> {
        self.created_at.positive().or(self.created.positive())
    }

    /// s of introduction before second 0 of the class.
    pub fn pedaling_start_offset(&self) -> Option<f64> {
        self.ride()?.pedaling_start_offset.within(0.0, 3600.0)
    }

    pub fn is_in_progress(&self) -> bool {
        self.status.get().is_some_and(|status| !status.eq_ignore_ascii_case("COMPLETE"))
    }

    /// Who brought it to Peloton, where that was not Peloton's own equipment or app.
    pub fn imported_by(&self) -> Option<String> {
        const IMPORTERS: [&str; 10] = [
            "apple_health",
            "apple_watch",
            "garmin",
            "fitbit",
            "strava",
            "samsung_health",
            "google_fit",
            "health_connect",
            "whoop",
            "polar",
        ];
        let device = self.device_type.get().map(str::to_ascii_lowercase);
        let imported = self.is_3p_fit_feed_workout.0 == Some(true)
            || self.is_peloton_originated_workout.0 == Some(false)
            || device.as_deref().is_some_and(|device| IMPORTERS.contains(&device));
        imported.then(|| {
            let name = self.device_type_display_name.get().map(str::to_owned);
            name.or(device).unwrap_or_else(|| "another app".into())
        })
    }
}

impl PerformanceGraph {
    /// Whether none of its fields is there: then it is some other answer.
    pub fn is_of_another_form(&self) -> bool {
        self.duration.0.is_none()
            && self.seconds_since_pedaling_start.0.is_empty()
            && self.metrics.0.is_empty()
            && self.segment_list.0.is_empty()
            && self.summaries.0.is_empty()
    }

    pub fn summary(&self, slug: &str) -> Option<&Summary> {
        self.summaries.0.iter().find(|summary| summary.slug.is(slug) && summary.value.0.is_some())
    }

    /// A metric by its slug; where none is shown, one that is hidden behind another.
    pub fn metric(&self, slug: &str) -> Option<&Metric> {
        let shown = self.metrics.0.iter();
        let hidden = shown.clone().flat_map(|metric| &metric.alternatives.0);
        shown.chain(hidden).find(|metric| metric.slug.is(slug) && !metric.values.0.is_empty())
    }
}
