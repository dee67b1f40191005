//! Which device a file names as its maker. Garmin Connect decides by it what it computes (training effect, load,
//! badges), so the choice is data that the user can change, per sport.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Sport, SubSport};

/// The identity that a FIT file carries in `file_id`, `file_creator` and `device_info`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Device {
    /// FIT manufacturer number: 1 Garmin, 89 Tacx
    pub manufacturer: u16,
    /// The manufacturer's product number
    pub product: u16,
    /// Never a real device's number that is not the user's own
    pub serial_number: u32,
    /// Hundredths: 1930 is 19.30
    pub software_version: u16,
    pub product_name: String,
}

/// The presets by name, as data. Sources: peloton-to-garmin's defaults and its issues #578, #606 (training effect
/// needs manufacturer 89 with product 20533 since 2023-12-21) and #383 (rowing counts with an Epix). An Edge 830 was
/// good for cycling until early 2025 (Fit-File-Faker#27) and is for those who own one.
const PRESETS: &[(&str, u16, u16, u32, u16, &str)] = &[
    ("tacx_training_app", 89, 20533, 1, 130, "TacxTrainingAppWin"),
    ("forerunner_945", 1, 3113, 1, 1920, "Forerunner 945"),
    ("epix_gen_2", 1, 3943, 1, 1043, "Epix"),
    ("edge_830", 1, 3122, 1, 975, "Edge 830"),
];

/// Which device each sport's files name. Serialised as a table: sport name -> preset name or a full device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DevicePresets {
    /// Keys are FIT sport names or `sport/sub_sport`; `default` is the rest.
    pub by_sport: BTreeMap<String, DeviceChoice>,
}

/// A preset's name or a device of the user's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DeviceChoice {
    Preset(String),
    Device(Device),
}

impl DeviceChoice {
    fn device(&self) -> Option<Device> {
        match self {
            DeviceChoice::Preset(name) => Device::preset(name),
            DeviceChoice::Device(device) => Some(device.clone()),
        }
    }
}

impl Device {
    /// The preset of that name.
    pub fn preset(name: &str) -> Option<Device> {
        PRESETS.iter().find(|preset| preset.0 == name).map(
            |&(_, manufacturer, product, serial_number, software_version, product_name)| Device {
                manufacturer,
                product,
                serial_number,
                software_version,
                product_name: product_name.to_owned(),
            },
        )
    }

    /// The names that [`Device::preset`] knows.
    pub fn preset_names() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().map(|preset| preset.0)
    }
}

impl DevicePresets {
    /// The device for a sport: the user's choice for `sport/sub_sport`, for `sport`, for `default`, then the
    /// built-in one (Tacx app for everything on a bike or tread, Epix for rowing, Forerunner 945 for the rest).
    pub fn device(&self, sport: Sport, sub_sport: SubSport) -> Device {
        let chosen = [format!("{sport}/{sub_sport}"), sport.to_string(), "default".to_owned()]
            .iter()
            .find_map(|name| self.by_sport.get(name).and_then(DeviceChoice::device));
        let built_in = match (sport, sub_sport) {
            (Sport::CYCLING, _)
            | (Sport::RUNNING | Sport::WALKING, SubSport::TREADMILL | SubSport::INDOOR_WALKING) => {
                "tacx_training_app"
            }
            (Sport::ROWING, _) => "epix_gen_2",
            _ => "forerunner_945",
        };
        chosen.or_else(|| Device::preset(built_in)).unwrap_or_default()
    }

    /// The first key or preset name that means nothing, for one clear sentence.
    pub fn unknown_name(&self) -> Option<String> {
        self.by_sport.iter().find_map(|(key, choice)| {
            let (sport, sub_sport) = key.split_once('/').unwrap_or((key, "generic"));
            let known = key == "default"
                || (Sport::from_name(sport).is_some() && SubSport::from_name(sub_sport).is_some());
            match choice {
                _ if !known => Some(key.clone()),
                DeviceChoice::Preset(name) if Device::preset(name).is_none() => Some(name.clone()),
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_exact_choice_wins() {
        let choice = |name: &str| DeviceChoice::Preset(name.to_owned());
        let mut presets = DevicePresets::default();
        assert_eq!(presets.device(Sport::CYCLING, SubSport::INDOOR_CYCLING).manufacturer, 89);
        assert_eq!(presets.device(Sport::ROWING, SubSport::INDOOR_ROWING).product, 3943);
        presets.by_sport.insert("default".into(), choice("forerunner_945"));
        presets.by_sport.insert("cycling/road".into(), choice("epix_gen_2"));
        assert_eq!(presets.device(Sport::CYCLING, SubSport::ROAD).product, 3943);
        assert_eq!(presets.device(Sport::CYCLING, SubSport::INDOOR_CYCLING).product, 3113);
        assert_eq!(presets.unknown_name(), None);
        presets.by_sport.insert("cycling".into(), choice("bicycle"));
        assert_eq!(presets.unknown_name().as_deref(), Some("bicycle"));
    }
}
