//! A vendor's own export archive ("download my data"): what its table says of the files in it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{Activity, Sport, SubSport};

/// What the table of an export archive says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Export {
    /// By the name of the file in the archive, without folders
    pub files: HashMap<String, Described>,
    /// What was recorded without a file, typed in for instance: only what the table tells
    pub without_file: Vec<Activity>,
    /// Which lines cannot be read, one sentence each
    pub faults: Vec<String>,
}

/// What a person wrote at a vendor beside a recording, which the recording itself does not hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Described {
    pub title: String,
    pub notes: String,
    /// The bike or the shoes, by the name that the person gave them
    pub gear: Option<String>,
    pub sport: Option<Sport>,
    pub sub_sport: Option<SubSport>,
}

impl Described {
    /// Puts the words beside the recording. Its sport stays where it says one: it was there.
    pub fn apply(&self, activity: &mut Activity) {
        if !self.title.is_empty() {
            activity.title.clone_from(&self.title);
        }
        if !self.notes.is_empty() {
            activity.notes.clone_from(&self.notes);
        }
        if self.gear.is_some() {
            activity.gear.clone_from(&self.gear);
        }
        if let Some(sport) = self.sport.filter(|sport| [*sport, Sport::GENERIC].contains(&activity.sport)) {
            activity.sport = sport;
            if let Some(sub_sport) = self.sub_sport.filter(|_| activity.sub_sport == SubSport::GENERIC) {
                activity.sub_sport = sub_sport;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_the_vendor_s_and_the_sport_is_the_recording_s() {
        let described = Described {
            title: "To the lake".into(),
            gear: Some("Commuter".into()),
            sport: Some(Sport::CYCLING),
            sub_sport: Some(SubSport::GRAVEL_CYCLING),
            ..Described::default()
        };
        let mut unknown = Activity { notes: "mine".into(), ..Activity::default() };
        described.apply(&mut unknown);
        assert_eq!((unknown.title.as_str(), unknown.notes.as_str()), ("To the lake", "mine"));
        assert_eq!((unknown.sport, unknown.sub_sport), (Sport::CYCLING, SubSport::GRAVEL_CYCLING));
        assert_eq!(unknown.gear.as_deref(), Some("Commuter"));

        let mut ride = Activity { sport: Sport::CYCLING, sub_sport: SubSport::ROAD, ..Activity::default() };
        described.apply(&mut ride);
        assert_eq!(ride.sub_sport, SubSport::ROAD);
        let mut run = Activity { sport: Sport::RUNNING, ..Activity::default() };
        described.apply(&mut run);
        assert_eq!((run.sport, run.sub_sport), (Sport::RUNNING, SubSport::GENERIC));
    }
}
