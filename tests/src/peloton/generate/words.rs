//! Names for generated classes: themes, titles and instructors, all invented.

use super::{Discipline, random::Random};

/// Invented instructors; no such people teach at Peloton.
const INSTRUCTORS: [(&str, &str); 8] = [
    ("Mara", "Lindqvist"),
    ("Teo", "Okonjo"),
    ("Priya", "Vennamo"),
    ("Jonas", "Adelbrook"),
    ("Solène", "Marchetti"),
    ("Kit", "Halvorsen"),
    ("Rosa", "Iwaki"),
    ("Dev", "Castellane"),
];

/// First and last name of an invented instructor.
pub(super) fn instructor(random: &mut Random) -> (&'static str, &'static str) {
    random.pick(&INSTRUCTORS)
}

/// The title of a class, as the catalogue spells them: "30 min Climb Ride".
pub(super) fn class_title(discipline: Discipline, minutes: u32, random: &mut Random) -> String {
    let (themes, noun): (&[&str], &str) = match discipline {
        Discipline::CyclingClass => {
            (&["Climb", "80s Synth", "Low Impact", "HIIT & Hills", "Indie Rock"], "Ride")
        }
        Discipline::CyclingTargets => (&["Intervals", "Tabata", "Groove", "Club Bangers"], "Ride"),
        Discipline::PowerZone => (&["Power Zone", "Power Zone Endurance", "Power Zone Max"], "Ride"),
        Discipline::ScenicRide => (&["Fjord Coast", "Vineyard Loop", "High Desert"], "Scenic Ride"),
        Discipline::OutdoorRide => (&["Steady Outdoor", "Sunday Outdoor"], "Ride"),
        Discipline::BikeBootcamp => (&["Full Body", "Upper Body"], "Bike Bootcamp"),
        Discipline::TreadRun => (&["Tempo", "Speed Intervals", "Hills", "Pop Punk"], "Run"),
        Discipline::TreadWalk => (&["Power", "Recovery", "Soul"], "Walk"),
        Discipline::OutdoorRun => (&["Easy Outdoor", "Fartlek", "Feel Good"], "Run"),
        Discipline::OutdoorWalk => (&["Outdoor Power", "Mindful Outdoor"], "Walk"),
        Discipline::Cardio => (&["HIIT", "Shadow Boxing", "Dance"], "Cardio"),
        Discipline::TreadBootcamp => (&["Full Body", "Core & Legs"], "Bootcamp"),
        Discipline::Strength => (&["Full Body", "Upper Body", "Arms & Shoulders"], "Strength"),
        Discipline::StrengthPlanned => (&["Core", "Glutes & Legs"], "Strength"),
        Discipline::Stretching => (&["Full Body", "Post-Ride", "Hips"], "Stretch"),
        Discipline::Yoga => (&["Slow", "Power", "Focus"], "Flow"),
        Discipline::Pilates => (&["Core", "Full Body"], "Pilates"),
        Discipline::Meditation => (&["Calming", "Sleep", "Gratitude"], "Meditation"),
        Discipline::Rowing => (&["Form & Drills", "Intervals", "Endurance"], "Row"),
        Discipline::RowBootcamp => (&["Full Body", "Legs & Core"], "Row Bootcamp"),
        Discipline::Unknown => (&["Full Body"], "Kettlebell Flow"),
        Discipline::JustRide => (&["Just"], "Ride"),
        Discipline::Lanebreak => (&["Neon Skyline", "Retro Rush"], "Lanebreak"),
        Discipline::Gym => (&["Dumbbell", "Barbell"], "Gym Workout"),
    };
    format!("{minutes} min {} {noun}", random.pick(themes))
}
