//! What Withings' numbers for measures and for parts of the body mean, as its published table has them.

pub const WEIGHT: u32 = 1;
pub const HEIGHT: u32 = 4;
pub const FAT_RATIO: u32 = 6;
pub const FAT_MASS: u32 = 8;
pub const DIASTOLIC: u32 = 9;
pub const SYSTOLIC: u32 = 10;
pub const HEART_PULSE: u32 = 11;
pub const MUSCLE_MASS: u32 = 76;
/// A mass, not a share.
pub const HYDRATION: u32 = 77;
pub const BONE_MASS: u32 = 88;
/// Without a unit: scales write 32 tenths.
pub const VISCERAL_FAT: u32 = 170;
pub const BASAL_METABOLIC_RATE: u32 = 226;
pub const METABOLIC_AGE: u32 = 227;

/// Type, name and unit of everything that the table knows, in the order in which values are shown.
const TYPES: [(u32, &str, &str); 39] = [
    (WEIGHT, "weight", "kg"),
    (HEIGHT, "height", "m"),
    (5, "fat_free_mass", "kg"),
    (FAT_RATIO, "fat_ratio", "%"),
    (FAT_MASS, "fat_mass", "kg"),
    (DIASTOLIC, "diastolic", "mmHg"),
    (SYSTOLIC, "systolic", "mmHg"),
    (HEART_PULSE, "heart_rate", "bpm"),
    (12, "temperature", "°C"),
    (54, "oxygen_saturation", "%"),
    (71, "body_temperature", "°C"),
    (73, "skin_temperature", "°C"),
    (MUSCLE_MASS, "muscle_mass", "kg"),
    (HYDRATION, "hydration", "kg"),
    (BONE_MASS, "bone_mass", "kg"),
    (91, "pulse_wave_velocity", "m/s"),
    (123, "vo2_max", "ml/min/kg"),
    (130, "atrial_fibrillation_result", ""),
    (135, "qrs_interval", "ms"),
    (136, "pr_interval", "ms"),
    (137, "qt_interval", "ms"),
    (138, "corrected_qt_interval", "ms"),
    (139, "atrial_fibrillation_result_by_light", ""),
    (155, "vascular_age", "years"),
    (158, "nerve_health_left_foot", ""),
    (159, "nerve_health_right_foot", ""),
    (167, "nerve_health_feet", ""),
    (168, "extracellular_water", "kg"),
    (169, "intracellular_water", "kg"),
    (VISCERAL_FAT, "visceral_fat", ""),
    (173, "segment_fat_free_mass", "kg"),
    (174, "segment_fat_mass", "kg"),
    (175, "segment_muscle_mass", "kg"),
    (196, "electrodermal_activity_feet", ""),
    (197, "electrodermal_activity_left_foot", ""),
    (198, "electrodermal_activity_right_foot", ""),
    (BASAL_METABOLIC_RATE, "basal_metabolic_rate", "kcal/day"),
    (METABOLIC_AGE, "metabolic_age", "years"),
    (229, "electrochemical_skin_conductance", ""),
];

/// Name and unit of a type; `None` for those that the table does not know.
pub fn named(kind: u32) -> Option<(&'static str, &'static str)> {
    TYPES.iter().find(|(known, _, _)| *known == kind).map(|(_, name, unit)| (*name, *unit))
}

/// How good a position is as that of the whole body, the best first; `None` for a part of it. Body Scan writes 7, which
/// the published table leaves out, and then the same types again for parts.
pub fn whole_body_rank(position: Option<u32>) -> Option<u8> {
    match position {
        Some(7) => Some(0),
        Some(6) => Some(1),
        None => Some(2),
        Some(_) => None,
    }
}

/// The name of a part of the body.
pub fn part(position: u32) -> String {
    const PARTS: [&str; 15] = [
        "right_wrist",
        "left_wrist",
        "right_arm",
        "left_arm",
        "right_foot",
        "left_foot",
        "between_legs",
        "whole_body",
        "left_side",
        "right_side",
        "left_leg",
        "right_leg",
        "torso",
        "left_hand",
        "right_hand",
    ];
    match PARTS.get(position as usize) {
        Some(part) => (*part).to_owned(),
        None => format!("auscultation_area_{position}"),
    }
}
