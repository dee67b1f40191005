//! Writes the small answers: the workout, its class, the class plan and the member's own record.

use chrono::{DateTime, Offset as _, TimeZone as _};
use serde_json::{Value, json};

use super::{
    graph::rounded,
    options::{Athlete, Discipline, Machine, Options, Quirk, ThresholdSource, Units},
    random::Random,
    words,
};

const POUND: f64 = 0.453_592_37;
/// What Peloton takes off a threshold power that the member typed in.
const MANUAL_SHARE: f64 = 0.95;
/// The ride id of workouts without a class.
pub(super) const NO_RIDE: &str = "00000000000000000000000000000000";

/// When things happened, Unix seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub created: i64,
    pub start: i64,
    pub end: Option<i64>,
}

/// Seconds between the beginning of the video and second 0 of the workout.
pub(super) fn pedaling_start_offset(discipline: Discipline) -> u32 {
    match discipline {
        Discipline::JustRide | Discipline::Lanebreak | Discipline::OutdoorWalk | Discipline::Gym => 0,
        Discipline::ScenicRide
        | Discipline::OutdoorRun
        | Discipline::OutdoorRide
        | Discipline::Meditation => 1,
        Discipline::Stretching => 15,
        _ => 60,
    }
}

/// Local time minus UTC, seconds, in `zone` at `instant`.
pub(super) fn utc_offset(zone: chrono_tz::Tz, instant: i64) -> i32 {
    let moment = DateTime::from_timestamp(instant, 0).unwrap_or_default();
    zone.offset_from_utc_datetime(&moment.naive_utc()).fix().local_minus_utc()
}

/// Slug of the device and of its platform, and the name that members see.
fn device(
    discipline: Discipline,
    options: &Options,
    random: &mut Random,
) -> (&'static str, &'static str, &'static str) {
    if options.has(Quirk::ImportedFromGarmin) {
        return ("garmin", "garmin", "Garmin");
    }
    if options.has(Quirk::ImportedFromAppleHealth) {
        return ("apple_health", "iOS_app", "Apple Health");
    }
    match discipline.machine() {
        Machine::Bike if options.has(Quirk::OldRow) => ("home_bike_v1", "home_bike", "Bike"),
        Machine::Bike => ("home_bike_plus", "home_bike", "Bike+"),
        Machine::Tread => ("prism", "home_tread", "Tread"),
        Machine::Row => ("caesar", "caesar", "Row"),
        Machine::Outdoors => ("iPhone", "iOS_app", "iPhone"),
        _ => random.pick(&[
            ("iPhone", "iOS_app", "iPhone"),
            ("fire_tv", "fire_tv", "Fire TV"),
            ("android", "android_app", "Android"),
        ]),
    }
}

/// What the class is called and who teaches it.
pub(super) struct Class {
    /// The `ride` object, null where there is none.
    pub ride: Value,
    /// Title given by the phone to a workout without a class.
    pub workout_title: Option<String>,
    pub instructor: Option<String>,
}

/// The class of a workout of `duration` seconds.
pub(super) fn class(discipline: Discipline, duration: u32, options: &Options, random: &mut Random) -> Class {
    let imported = options.has(Quirk::ImportedFromGarmin) || options.has(Quirk::ImportedFromAppleHealth);
    let (minutes, seconds) = (duration / 60, duration % 60);
    if imported {
        let title = Some(format!("Lunch {}", discipline.display_name()));
        return Class { ride: Value::Null, workout_title: title, instructor: None };
    }
    let offset = pedaling_start_offset(discipline);
    let title = words::class_title(discipline, minutes, random);
    let mut ride = json!({
        "id": random.id(), "title": title, "duration": duration, "length": duration + offset + 92,
        "description": "An invented class.", "pedaling_start_offset": offset,
        "pedaling_end_offset": offset + duration, "pedaling_duration": duration,
        "fitness_discipline": discipline.slug(), "fitness_discipline_display_name": discipline.display_name(),
        "image_url": null, "original_air_time": options.start - 86_400 * 90, "scheduled_start_time": options.start - 86_400 * 90,
        "difficulty_estimate": rounded(random.between(4.0, 9.0), 4), "overall_estimate": 0.9931,
        "ride_type_id": random.id(), "ride_type_ids": [], "class_type_ids": [], "series_id": random.id(),
        "is_ftp_test": false, "is_power_zone_class": discipline == Discipline::PowerZone,
        "is_fixed_distance": false, "distance": null, "distance_unit": null,
        "metrics": ["heart_rate", "calories"], "content_format": "video", "explicit_rating": 0,
        "instructor_id": null, "instructor": null, "location": null, "content_provider": "peloton",
    });
    match discipline {
        Discipline::JustRide => ride["id"] = json!(NO_RIDE),
        Discipline::OutdoorWalk => {
            ride["id"] = json!(NO_RIDE);
            ride["title"] = Value::Null;
            let title = Some(format!("{minutes} min {seconds} sec Just Walk: Outdoor"));
            return Class { ride, workout_title: title, instructor: None };
        }
        Discipline::Lanebreak => {
            return Class { ride: Value::Null, workout_title: Some(title), instructor: None };
        }
        Discipline::Gym => {
            let id = random.id();
            ride["id"] =
                json!(format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]));
        }
        Discipline::OutdoorRun | Discipline::OutdoorRide | Discipline::Meditation => {
            ride["content_format"] = json!("audio");
        }
        Discipline::ScenicRide => ride["content_provider"] = json!("virtual_active"),
        _ => {}
    }
    let mut instructor = None;
    if discipline.is_class() {
        let (first, last) = words::instructor(random);
        let name = format!("{first} {last}");
        let id = random.id();
        ride["instructor_id"] = json!(id);
        ride["instructor"] =
            json!({"id": id, "name": name, "first_name": first, "last_name": last, "image_url": null});
        instructor = Some(name);
    }
    Class { ride, workout_title: None, instructor }
}

/// The answer of `GET /api/workout/{id}`.
pub(super) fn workout(
    discipline: Discipline,
    options: &Options,
    times: Times,
    class: &Class,
    total_work: f64,
    tracker: &Value,
    random: &mut Random,
) -> Value {
    let (device_type, platform, device_name) = device(discipline, options, random);
    let imported = options.has(Quirk::ImportedFromGarmin) || options.has(Quirk::ImportedFromAppleHealth);
    let machine = discipline.machine();
    let workout_type = match discipline {
        Discipline::ScenicRide => "scenic",
        Discipline::JustRide | Discipline::Lanebreak | Discipline::OutdoorWalk => "freestyle",
        _ => "class",
    };
    let metrics_type = match machine {
        Machine::Bike => json!("cycling"),
        Machine::Tread => json!("running"),
        Machine::Row => json!("caesar"),
        _ => Value::Null,
    };
    let name = match discipline {
        Discipline::ScenicRide => "Scenic Ride".to_owned(),
        Discipline::Lanebreak => "Lanebreak Ride".to_owned(),
        _ => format!("{} Workout", discipline.display_name()),
    };
    let mut workout = json!({
        "id": random.id(), "user_id": "5e1f0c8a7b2d4c33a9d06f1182e4b7aa", "peloton_id": random.id(),
        "status": if options.has(Quirk::InProgress) { "IN_PROGRESS" } else { "COMPLETE" },
        "created_at": times.created, "created": times.created,
        "start_time": times.start, "end_time": times.end,
        "device_time_created_at": times.created + i64::from(utc_offset(options.time_zone, times.created)),
        "timezone": options.time_zone.name(),
        "fitness_discipline": discipline.slug(), "metrics_type": metrics_type, "workout_type": workout_type,
        "device_type": device_type, "device_type_display_name": device_name, "platform": platform,
        "name": name, "title": class.workout_title, "is_outdoor": machine == Machine::Outdoors,
        "total_work": total_work, "ride": class.ride,
        "ftp_info": threshold_on_workout(discipline, &options.athlete, random),
        "effort_zones": null, "is_total_work_personal_record": false,
        "has_pedaling_metrics": machine == Machine::Bike, "has_leaderboard_metrics": machine != Machine::Nothing,
        "leaderboard_rank": null, "total_leaderboard_users": 0,
        "achievement_templates": [], "movement_tracker_data": tracker,
        "strava_id": "-1", "fitbit_id": null, "service_id": null,
        "is_peloton_originated_workout": !imported, "is_3p_fit_feed_workout": imported,
        "v2_total_video_watch_time_seconds": null, "v2_total_video_buffering_seconds": 0,
    });
    if options.has(Quirk::OldRow)
        && let Some(fields) = workout.as_object_mut()
    {
        for newer in
            ["is_outdoor", "title", "workout_type", "is_peloton_originated_workout", "is_3p_fit_feed_workout"]
        {
            fields.remove(newer);
        }
    }
    workout
}

fn threshold_on_workout(discipline: Discipline, athlete: &Athlete, random: &mut Random) -> Value {
    let source = if has_threshold(discipline) { athlete.threshold_source } else { ThresholdSource::Nowhere };
    let (watts, source, workout) = match source {
        ThresholdSource::Manual => (typed_threshold(athlete), Some("ftp_manual_source"), None),
        ThresholdSource::Test => {
            (whole(athlete.threshold_power), Some("ftp_workout_source"), Some(random.id()))
        }
        ThresholdSource::Estimated => (whole(athlete.threshold_power), Some("ftp_estimated_source"), None),
        ThresholdSource::OnlyOnUser | ThresholdSource::Nowhere => (0, None, None),
    };
    json!({"ftp": watts, "ftp_source": source, "ftp_workout_id": workout})
}

fn has_threshold(discipline: Discipline) -> bool {
    matches!(discipline.slug(), "cycling" | "bike_bootcamp")
}

fn whole(watts: f64) -> u32 {
    watts.round() as u32
}

/// What a member types who knows an average over 20 minutes.
fn typed_threshold(athlete: &Athlete) -> u32 {
    whole(athlete.threshold_power / MANUAL_SHARE)
}

/// The threshold power that a converter should find, watts.
pub(super) fn true_threshold(discipline: Discipline, athlete: &Athlete) -> Option<u32> {
    if !has_threshold(discipline) {
        return None;
    }
    match athlete.threshold_source {
        ThresholdSource::Nowhere => None,
        ThresholdSource::Manual | ThresholdSource::OnlyOnUser => {
            Some(whole(f64::from(typed_threshold(athlete)) * MANUAL_SHARE))
        }
        ThresholdSource::Test | ThresholdSource::Estimated => Some(whole(athlete.threshold_power)),
    }
}

/// The answer of `GET /api/me`. Weight is in pounds and height in inches whatever the units.
pub fn user(athlete: &Athlete) -> Value {
    let watts = whole(athlete.threshold_power);
    let (source, manual, test, estimated) = match athlete.threshold_source {
        ThresholdSource::Manual | ThresholdSource::OnlyOnUser => {
            (Some("ftp_manual_source"), typed_threshold(athlete), 0, 0)
        }
        ThresholdSource::Test => (Some("ftp_workout_source"), 0, watts, 0),
        ThresholdSource::Estimated => (Some("ftp_estimated_source"), 0, 0, watts),
        ThresholdSource::Nowhere => (None, 0, 0, 0),
    };
    let top = athlete.maximum_heart_rate;
    let zones = [0.0, 0.65, 0.75, 0.85, 0.95].map(|share| share * f64::from(top));
    json!({
        "id": "5e1f0c8a7b2d4c33a9d06f1182e4b7aa", "username": "SimulatedRider", "first_name": "Robin",
        "last_name": "Sample", "email": "rider@example.com",
        "weight": rounded(athlete.weight_kilograms / POUND, 0), "height": 70, "gender": "female",
        "birthday": 520_000_000,
        "cycling_ftp_source": source, "cycling_ftp": manual, "cycling_workout_ftp": test,
        "cycling_ftp_workout_id": null, "estimated_cycling_ftp": estimated,
        "default_max_heart_rate": top, "customized_max_heart_rate": 0,
        "default_heart_rate_zones": zones,
        "customized_heart_rate_zones": [], "workout_counts": [], "paired_devices": [], "total_workouts": 0,
    })
}

/// The answer of `GET /api/user/{id}/settings`.
pub fn settings(units: Units, zone: &str) -> Value {
    let (weight, height, distance) =
        if units == Units::Metric { ("kg", "cm", "metric") } else { ("lb", "in", "imperial") };
    json!({"weight_unit": weight, "height_unit": height, "distance_unit": distance, "timezone": zone})
}

/// The answer of `GET /api/ride/{id}/details`; `None` where Peloton answers 404.
pub(super) fn ride_details(class: &Class, segments: &Value, subsegments: &[Value]) -> Option<Value> {
    let id = class.ride["id"].as_str()?;
    if id == NO_RIDE || id.contains('-') {
        return None;
    }
    let list: Vec<Value> = segments
        .as_array()
        .into_iter()
        .flatten()
        .map(|segment| {
            let begin = segment["start_time_offset"].as_u64().unwrap_or(0);
            let end = begin + segment["length"].as_u64().unwrap_or(0);
            let mut segment = segment.clone();
            segment["subsegments_v2"] = subsegments
                .iter()
                .filter(|it| it["offset"].as_u64().is_some_and(|offset| (begin..end).contains(&offset)))
                .cloned()
                .collect();
            segment
        })
        .collect();
    Some(json!({
        "ride": class.ride, "class_types": [], "playlist": null, "averages": null, "instructor_cues": [],
        "target_metrics_data": {"target_metrics": [], "pace_intensities": []},
        "segments": {
            "segment_list": list, "segment_category_distribution": {}, "movements_by_weight_category": [],
        },
    }))
}
