//! Measure groups as the Measure API sends them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::decimal::Decimal;

/// Numbers of the measure types that other modules name. Withings calls the field `type`.
pub mod types {
    pub const WEIGHT: u32 = 1;
    pub const HEIGHT: u32 = 4;
    pub const FAT_FREE_MASS: u32 = 5;
    pub const FAT_RATIO: u32 = 6;
    pub const FAT_MASS: u32 = 8;
    pub const DIASTOLIC: u32 = 9;
    pub const SYSTOLIC: u32 = 10;
    pub const HEART_PULSE: u32 = 11;
    pub const MUSCLE_MASS: u32 = 76;
    /// A mass, not a share.
    pub const HYDRATION: u32 = 77;
    pub const BONE_MASS: u32 = 88;
    pub const PULSE_WAVE_VELOCITY: u32 = 91;
    pub const AFIB_RESULT: u32 = 130;
    pub const VASCULAR_AGE: u32 = 155;
    pub const EXTRACELLULAR_WATER: u32 = 168;
    pub const INTRACELLULAR_WATER: u32 = 169;
    pub const VISCERAL_FAT: u32 = 170;
    pub const SEGMENT_FAT_FREE_MASS: u32 = 173;
    pub const SEGMENT_FAT_MASS: u32 = 174;
    pub const SEGMENT_MUSCLE_MASS: u32 = 175;
    pub const EDA_FEET: u32 = 196;
    pub const EDA_LEFT_FOOT: u32 = 197;
    pub const EDA_RIGHT_FOOT: u32 = 198;
    pub const BASAL_METABOLIC_RATE: u32 = 226;
    pub const METABOLIC_AGE: u32 = 227;
}

/// Body Scan marks whole-body values with this position, which the vendor's table of positions leaves out.
pub const WHOLE_BODY: u32 = 7;

/// How certain it is whose values they are.
pub mod attribs {
    /// From a device, and certain.
    pub const CERTAIN: i64 = 0;
    /// From a device, and it may have been somebody else.
    pub const AMBIGUOUS: i64 = 1;
    pub const MANUAL: i64 = 2;
    /// Typed when the account was made; may be wrong.
    pub const SIGN_UP: i64 = 4;
    /// The best of several blood pressure readings, chosen by the device.
    pub const BEST_OF: i64 = 5;
    /// Said by the person to be theirs.
    pub const CONFIRMED: i64 = 7;
    /// The same as [`CERTAIN`].
    pub const ALSO_CERTAIN: i64 = 8;
    /// The same as 15, under guided conditions.
    pub const GUIDED: i64 = 17;
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    #[serde(rename = "type")]
    pub kind: u32,
    #[serde(flatten)]
    pub amount: Decimal,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

impl Measure {
    pub fn new(kind: u32, value: i64, unit: i32) -> Self {
        Self { kind, amount: Decimal::new(value, unit), position: None }
    }

    /// The same value of one part of the body.
    pub fn at(self, position: u32) -> Self {
        Self { position: Some(position), ..self }
    }

    fn json(&self, is_manual: bool) -> Value {
        let Decimal { value, unit } = self.amount;
        let fm = if is_manual { 128 } else { 131 };
        let mut json = json!({"value": value, "type": self.kind, "unit": unit, "algo": 0, "fm": fm});
        if let Some(position) = self.position {
            json["position"] = json!(position);
        }
        json
    }
}

/// The device that measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub deviceid: String,
    pub model: String,
    pub modelid: i64,
    /// `Scale` or `Blood Pressure Monitor`.
    pub sort: String,
    /// A few payloads write the hash as a number.
    #[serde(default)]
    pub hash_is_number: bool,
}

/// Values that belong together: measured at one second by one device for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub grpid: i64,
    pub attrib: i64,
    /// Unix seconds of the measurement, of its arrival, and of its last change.
    pub date: i64,
    pub created: i64,
    pub modified: i64,
    /// 1 for real measures, 2 for goals.
    pub category: u8,
    /// `None` where it was typed.
    pub device: Option<Device>,
    pub measures: Vec<Measure>,
}

impl Group {
    /// Reads a group of a published payload; what is left out there is taken from what is not. `None` where it has no
    /// id, no date or no measures.
    pub fn from_json(json: &Value) -> Option<Self> {
        let created = json["created"].as_i64().or(json["date"].as_i64())?;
        let model = json["model"].as_str().unwrap_or_default();
        let is_cuff = model.contains("BPM");
        let device = json["deviceid"].as_str().map(|deviceid| Device {
            deviceid: deviceid.to_owned(),
            model: model.to_owned(),
            modelid: json["modelid"].as_i64().unwrap_or_default(),
            sort: if is_cuff { "Blood Pressure Monitor" } else { "Scale" }.into(),
            hash_is_number: json["hash_deviceid"].is_number(),
        });
        Some(Self {
            grpid: json["grpid"].as_i64()?,
            attrib: json["attrib"].as_i64().unwrap_or_default(),
            date: json["date"].as_i64()?,
            created,
            modified: json["modified"].as_i64().unwrap_or(created),
            category: json["category"].as_u64().and_then(|it| it.try_into().ok()).unwrap_or(1),
            device,
            measures: Vec::deserialize(&json["measures"]).ok()?,
        })
    }

    /// The wire form, with only the measures of the wanted types; `None` where none is left.
    ///
    /// `sparse` leaves out what some published payloads leave out.
    pub fn json(&self, wanted: &dyn Fn(u32) -> bool, sparse: bool) -> Option<Value> {
        let is_manual = self.device.is_none();
        let measures: Vec<Value> =
            self.measures.iter().filter(|it| wanted(it.kind)).map(|it| it.json(is_manual)).collect();
        if measures.is_empty() {
            return None;
        }
        let device = self.device.as_ref();
        let mut json = json!({
            "grpid": self.grpid, "attrib": self.attrib, "date": self.date, "created": self.created,
            "category": self.category, "deviceid": device.map(|it| &it.deviceid), "measures": measures,
        });
        if sparse {
            return Some(json);
        }
        json["modified"] = json!(self.modified);
        json["hash_deviceid"] = match device {
            Some(device) if device.hash_is_number => json!(-823_421_337),
            Some(device) => json!(device.deviceid),
            None => Value::Null,
        };
        json["modelid"] = json!(device.map(|it| it.modelid));
        json["model"] = json!(device.map(|it| &it.model));
        json["comment"] = Value::Null;
        Some(json)
    }
}
