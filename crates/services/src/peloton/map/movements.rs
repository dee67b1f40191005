//! Peloton's movements as FIT exercises: a table by name, written by hand from the public FIT profile.
//!
//! Names differ between classes in plurals, sides, hyphens and the word "dumbbell"; `normal` takes that away. A movement
//! that is not in the table keeps its name, with the category of its last word where that is clear ("… Curl") and with
//! the category "unknown" otherwise.

/// FIT's exercise category for what it has no category for.
pub const UNKNOWN: u16 = 65534;

/// Ids of entries that are no exercise: warm-up, demonstration, transition, active recovery, AMRAP, rest.
const NO_EXERCISE_IDS: [&str; 6] = [
    "0b67e950426440fe8b4eadc426320a56",
    "e54412161b594e54a86d6ef23ea3d017",
    "a76c5edc0641475189442ecad456057a",
    "b067c9f7a1e4412190b0f8eb3c6128e3",
    "98cde50f696746ff98727d5362229cfb",
    "3ca251f6d68746ad91aebea5c89694ca",
];
/// The same by name, and the efforts of rowing and bootcamp classes that stand among the movements.
const NO_EXERCISES: [&str; 15] = [
    "warmup",
    "warm up",
    "demo",
    "transition",
    "active recovery",
    "amrap",
    "rest",
    "easy effort",
    "moderate effort",
    "challenging effort",
    "hard effort",
    "max effort",
    "recovery",
    "descending recovery",
    "cool down",
];

/// Normal name, FIT category, FIT exercise name inside it.
const EXERCISES: &[(&str, u16, u16)] = &[
    // bench press
    ("chest press", 0, 6),
    ("bench press", 0, 6),
    ("floor press", 0, 7),
    ("neutral grip chest press", 0, 13),
    ("wide grip chest press", 0, 6),
    ("incline chest press", 0, 9),
    ("single arm chest press", 0, 21),
    ("alternating chest press", 0, 26),
    ("crush press", 0, 13),
    ("cursh press", 0, 13),
    // calf raise
    ("calf raise", 1, 18),
    ("single leg calf raise", 1, 15),
    ("seated calf raise", 1, 6),
    // cardio
    ("jumping jack", 2, 12),
    ("jump rope", 2, 6),
    ("squat jack", 2, 18),
    ("split jack", 2, 16),
    ("punch", 2, 42),
    // carry
    ("overhead carry", 3, 4),
    ("farmer carry", 3, 7),
    ("farmer walk", 3, 1),
    ("waiter carry", 3, 5),
    // chop
    ("woodchop", 4, 5),
    ("wood chop", 4, 5),
    ("half kneeling woodchop", 4, 8),
    ("kneeling woodchop", 4, 15),
    // core
    ("bicycle", 5, 49),
    ("straight leg bicycle", 5, 49),
    ("criss cross", 5, 53),
    ("russian twist", 5, 46),
    ("scissor", 5, 65),
    ("scissor kick", 5, 65),
    ("roll up", 5, 61),
    ("single leg stretch", 5, 67),
    ("double leg stretch", 5, 55),
    ("side bend", 5, 8),
    ("tall kneeling side bend", 5, 8),
    ("inchworm", 5, 44),
    ("hundred", 5, 72),
    ("teaser", 5, 71),
    ("boat pose", 5, 88),
    ("lower lift", 5, 57),
    ("turkish get up", 5, 89),
    ("half turkish get up", 5, 16),
    ("windmill", 5, 17),
    ("bird dog", 5, 48),
    ("cat cow", 5, 51),
    // crunch
    ("crunch", 6, 83),
    ("bicycle crunch", 6, 0),
    ("reverse crunch", 6, 46),
    ("double crunch", 6, 9),
    ("flutter kick", 6, 13),
    ("hollow rock", 6, 24),
    ("oblique heel tap", 6, 58),
    ("heel tap", 6, 58),
    ("toe tap", 6, 35),
    ("tuck up", 6, 9),
    ("standing side crunch", 6, 65),
    ("leg extension", 6, 33),
    // curl
    ("bicep curl", 7, 46),
    ("curl", 7, 46),
    ("single arm bicep curl", 7, 46),
    ("alternating bicep curl", 7, 0),
    ("hammer curl", 7, 16),
    ("cross body curl", 7, 12),
    ("cross body hammer curl", 7, 12),
    ("concentration curl", 7, 44),
    ("concentrated curl", 7, 44),
    ("wrist curl", 7, 18),
    ("reverse wrist curl", 7, 17),
    ("zottman curl", 7, 45),
    ("preacher curl", 7, 26),
    ("incline bicep curl", 7, 22),
    ("seated bicep curl", 7, 33),
    ("hammer curl to press", 7, 21),
    ("static curl", 7, 39),
    // deadlift
    ("deadlift", 8, 2),
    ("single leg deadlift", 8, 14),
    ("romanian deadlift", 8, 23),
    ("single leg romanian deadlift", 8, 14),
    ("straight leg deadlift", 8, 4),
    ("stiff leg deadlift", 8, 4),
    ("sumo deadlift", 8, 15),
    ("sumo deadlisft", 8, 15),
    ("sumo deadlift high pull", 8, 16),
    ("single arm deadlift", 8, 9),
    // flye
    ("chest fly", 9, 2),
    ("fly", 9, 2),
    ("standing chest fly", 9, 2),
    ("incline chest fly", 9, 3),
    ("reverse fly", 9, 5),
    ("rear delt fly", 9, 5),
    ("hug a tree", 9, 9),
    // hip raise
    ("hip bridge", 10, 11),
    ("glute bridge", 10, 11),
    ("bridge", 10, 11),
    ("hip raise", 10, 11),
    ("hip thrust", 10, 11),
    ("single leg hip bridge", 10, 30),
    ("single leg glute bridge", 10, 30),
    ("marching glute bridge", 10, 24),
    ("clam shell", 10, 44),
    ("clamshell", 10, 44),
    ("leg lift", 10, 48),
    ("kettlebell swing", 10, 23),
    // hip stability
    ("dead bug", 11, 1),
    ("fire hydrant", 11, 5),
    ("donkey kick", 11, 17),
    ("table top lateral leg lift", 11, 5),
    ("side lying leg raise", 11, 21),
    // hip swing
    ("swing", 12, 1),
    // hyperextension
    ("superman", 13, 29),
    ("hollow hold", 13, 6),
    ("back extension", 13, 27),
    // lateral raise
    ("lateral raise", 14, 34),
    ("open lateral raise", 14, 34),
    ("bent over lateral raise", 14, 3),
    ("seated lateral raise", 14, 24),
    ("front raise", 14, 10),
    ("front raise circle", 14, 10),
    ("arm circle", 14, 32),
    ("scaption", 14, 23),
    // leg curl
    ("good morning", 15, 2),
    ("standing good morning", 15, 2),
    ("hamstring curl", 15, 0),
    ("leg curl", 15, 0),
    // leg raise
    ("leg raise", 16, 8),
    ("leg lower", 16, 6),
    // lunge
    ("lunge", 17, 21),
    ("front lunge", 17, 21),
    ("forward lunge", 17, 21),
    ("reverse lunge", 17, 82),
    ("front to back lunge", 17, 21),
    ("lateral lunge", 17, 25),
    ("side lunge", 17, 25),
    ("curtsy lunge", 17, 86),
    ("walking lunge", 17, 77),
    ("overhead lunge", 17, 83),
    ("alternating lunge", 17, 81),
    ("bulgarian split squat", 17, 18),
    // olympic lift
    ("clean", 18, 12),
    ("hang clean", 18, 12),
    ("power clean", 18, 12),
    ("clean and press", 18, 27),
    ("clean to press", 18, 27),
    ("snatch", 18, 25),
    ("single arm snatch", 18, 16),
    ("high pull", 18, 13),
    ("push jerk", 18, 15),
    // plank
    ("plank", 19, 43),
    ("forearm plank", 19, 43),
    ("high plank", 19, 92),
    ("side plank", 19, 66),
    ("forearm side plank", 19, 66),
    ("high side plank", 19, 66),
    ("forearm side plank rotation", 19, 82),
    ("side plank rotation", 19, 82),
    ("bear crawl", 19, 4),
    ("mountain climber", 19, 34),
    ("twisting mountain climber", 19, 6),
    ("cross body mountain climber", 19, 6),
    ("plank hand tap", 19, 94),
    ("plank shoulder tap", 19, 94),
    ("shoulder tap", 19, 94),
    ("plank pike reach", 19, 50),
    ("plank pike", 19, 50),
    ("dolphin", 19, 50),
    ("plank jack", 19, 8),
    ("plank knee tuck", 19, 56),
    ("spiderman plank", 19, 90),
    ("reverse plank", 19, 28),
    // plyo
    ("jump squat", 20, 37),
    ("squat jump", 20, 37),
    ("jump lunge", 20, 0),
    ("box jump", 20, 33),
    ("skater", 20, 17),
    // pull up
    ("pull up", 21, 38),
    ("chin up", 21, 39),
    ("lat pulldown", 21, 13),
    // push up
    ("push up", 22, 77),
    ("tricep push up", 22, 11),
    ("diamond push up", 22, 15),
    ("wide push up", 22, 69),
    ("wide grip push up", 22, 85),
    ("pike push up", 22, 84),
    ("incline push up", 22, 27),
    ("decline push up", 22, 13),
    ("kneeling push up", 22, 33),
    ("hand release push up", 22, 23),
    ("t push up", 22, 65),
    // row
    ("row", 23, 2),
    ("bent over row", 23, 47),
    ("wide row", 23, 2),
    ("wide grip bent over row", 23, 47),
    ("supinated row", 23, 2),
    ("single arm row", 23, 13),
    ("single arm bent over row", 23, 13),
    ("lawn mower row", 23, 13),
    ("alternating row", 23, 34),
    ("renegade row", 23, 15),
    ("seated row", 23, 19),
    ("gorilla row", 23, 34),
    ("face pull", 23, 5),
    // shoulder press
    ("overhead press", 24, 15),
    ("shoulder press", 24, 24),
    ("military press", 24, 25),
    ("strict press", 24, 27),
    ("arnold press", 24, 1),
    ("push press", 24, 8),
    ("narrow grip overhead press", 24, 15),
    ("wide grip overhead press", 24, 15),
    ("single arm press", 24, 18),
    ("single arm overhead press", 24, 18),
    ("alternating overhead press", 24, 0),
    ("alternating shoulder press", 24, 0),
    ("seated shoulder press", 24, 17),
    ("single arm push press", 24, 13),
    // shoulder stability
    ("y raise", 25, 10),
    ("t raise", 25, 8),
    ("w y", 25, 10),
    ("external rotation", 25, 23),
    // shrug
    ("shrug", 26, 5),
    ("upright row", 26, 6),
    // sit up
    ("sit up", 27, 37),
    ("v up", 27, 31),
    ("butterfly sit up", 27, 4),
    // squat
    ("squat", 28, 29),
    ("body weight squat", 28, 61),
    ("bodyweight squat", 28, 61),
    ("air squat", 28, 100),
    ("goblet squat", 28, 37),
    ("front squat", 28, 27),
    ("split squat", 28, 28),
    ("sumo squat", 28, 69),
    ("plie squat", 28, 51),
    ("overhead squat", 28, 43),
    ("pistol squat", 28, 47),
    ("wall sit", 28, 20),
    ("wall squat", 28, 20),
    ("squat press", 28, 101),
    ("thruster", 28, 101),
    ("step up", 28, 32),
    ("squat to press", 28, 101),
    // total body
    ("burpee", 29, 0),
    ("squat thrust", 29, 7),
    ("man maker", 29, 5),
    // triceps extension
    ("tricep dip", 30, 2),
    ("dip", 30, 2),
    ("tricep kickback", 30, 6),
    ("kickback", 30, 6),
    ("tricep extension", 30, 15),
    ("overhead extension", 30, 15),
    ("overhead tricep extension", 30, 15),
    ("skull crusher", 30, 7),
    ("french door", 30, 15),
    // warm-up
    ("high knee", 31, 26),
    ("butt kick", 31, 25),
    ("walkout", 31, 29),
];

/// Categories that a movement's last words leave no doubt about. The word "press" does: chest or shoulder.
const FAMILIES: [(&str, u16); 16] = [
    ("calf raise", 1),
    ("carry", 3),
    ("crunch", 6),
    ("curl", 7),
    ("deadlift", 8),
    ("fly", 9),
    ("bridge", 10),
    ("lateral raise", 14),
    ("lunge", 17),
    ("plank", 19),
    ("mountain climber", 19),
    ("push up", 22),
    ("row", 23),
    ("sit up", 27),
    ("squat", 28),
    ("burpee", 29),
];

/// Whether this entry is something a person does, rather than rest or instruction.
pub fn is_exercise(id: Option<&str>, name: Option<&str>) -> bool {
    if id.is_some_and(|id| NO_EXERCISE_IDS.contains(&id)) {
        return false;
    }
    name.is_none_or(|name| !NO_EXERCISES.contains(&normal(name).as_str()))
}

/// FIT category and exercise name of a movement.
pub fn exercise(name: Option<&str>) -> (u16, Option<u16>) {
    let Some(name) = name else { return (UNKNOWN, None) };
    let name = normal(name);
    let find = |name: &str| EXERCISES.iter().find(|exercise| exercise.0 == name);
    // What the table holds with its side or stance goes first, then the movement itself.
    if let Some(&(_, category, exercise)) = find(&name).or_else(|| find(plain(&name))) {
        return (category, Some(exercise));
    }
    let family = FAMILIES.iter().find(|(words, _)| {
        name.strip_suffix(words).is_some_and(|before| before.is_empty() || before.ends_with(' '))
    });
    family.map_or((UNKNOWN, None), |(_, category)| (*category, None))
}

/// Lower case, words in singular, without sides, "dumbbell" and punctuation, compound words apart.
fn normal(name: &str) -> String {
    let lower = name.to_lowercase().replace(['\u{2019}', '\''], "");
    let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut normal = String::with_capacity(lower.len());
    for word in words {
        let word = singular(word);
        let word = match word {
            "left" | "right" | "dumbbell" | "db" | "l" | "r" => continue,
            "pushup" => "push up",
            "situp" => "sit up",
            "pullup" => "pull up",
            "chinup" => "chin up",
            "stepup" => "step up",
            "flye" => "fly",
            "one" => "single",
            "armed" => "arm",
            "legged" => "leg",
            word => word,
        };
        if !normal.is_empty() {
            normal.push(' ');
        }
        normal.push_str(word);
    }
    normal
}

fn singular(word: &str) -> &str {
    match word {
        "flies" | "flys" => "fly",
        "crunches" => "crunch",
        "presses" => "press",
        "punches" => "punch",
        "circles" => "circle",
        _ => match word.strip_suffix('s') {
            Some(one) if !one.ends_with('s') && !one.is_empty() => one,
            _ => word,
        },
    }
}

/// Without the words at the front that change how, not what, is lifted.
fn plain(name: &str) -> &str {
    const HOW: [&str; 16] = [
        "alternating ",
        "standing ",
        "seated ",
        "kneeling ",
        "half ",
        "tall ",
        "slow ",
        "tempo ",
        "pulsing ",
        "single arm ",
        "wide grip ",
        "narrow grip ",
        "neutral grip ",
        "staggered stance ",
        "eccentric ",
        "isometric ",
    ];
    let mut name = name;
    while let Some(rest) = HOW.iter().find_map(|how| name.strip_prefix(how)) {
        name = rest;
    }
    name
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Bicep Curl", 7, Some(46))]
    #[case("Biceps Curls", 7, Some(46))]
    #[case("Dumbbell Bicep Curl - Left", 7, Some(46))]
    #[case("Standing Alternating Hammer Curls", 7, Some(16))]
    #[case("Push Up", 22, Some(77))]
    #[case("Dumbbell Pushup", 22, Some(77))]
    #[case("Dumbbell Single Leg Deadlift", 8, Some(14))]
    #[case("One-Legged Deadlift", 8, Some(14))]
    #[case("Skull Crushers", 30, Some(7))]
    #[case("Wide Grip Overhead Press", 24, Some(15))]
    #[case("Farmer\u{2019}s Carry", 3, Some(7))]
    #[case("W-Y's", 25, Some(10))]
    #[case("Reverse Flyes", 9, Some(5))]
    #[case("Scissors", 5, Some(65))]
    #[case("Spider Curl", 7, None)]
    #[case("Reverse Lunge to Deadlift", 8, None)]
    #[case("Moonwalker Reach", UNKNOWN, None)]
    #[case("Lantern Swing Through", UNKNOWN, None)]
    #[case("Mystery Press", UNKNOWN, None)]
    #[case("Arrow", UNKNOWN, None)]
    #[case("", UNKNOWN, None)]
    fn exercises(#[case] name: &str, #[case] category: u16, #[case] number: Option<u16>) {
        assert_eq!(exercise(Some(name)), (category, number));
    }

    #[test]
    fn the_table_is_in_normal_form_and_without_doubles() {
        for (index, (name, category, _)) in EXERCISES.iter().enumerate() {
            assert_eq!(normal(name), *name);
            assert!(*category <= 31, "{name}");
            assert!(EXERCISES[..index].iter().all(|before| before.0 != *name), "{name} stands there twice");
        }
    }

    #[rstest]
    #[case(Some("3ca251f6d68746ad91aebea5c89694ca"), Some("Pause"), false)]
    #[case(Some("another"), Some("Rest"), false)]
    #[case(Some("another"), Some("Max Effort"), false)]
    #[case(Some("another"), Some("Deadlift"), true)]
    #[case(None, None, true)]
    fn not_everything_is_an_exercise(
        #[case] id: Option<&str>,
        #[case] name: Option<&str>,
        #[case] expected: bool,
    ) {
        assert_eq!(is_exercise(id, name), expected);
    }
}
