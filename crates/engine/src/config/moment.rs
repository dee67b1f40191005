//! Moments as people write them: a day (midnight on this computer) or a full date and time.

use baton_core::{Error, Result, Time};
use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, TimeZone, Utc};

/// `2026-11-20`, `2026-11-20 07:04`, `2026-11-20T07:04:00` (all of them this computer's time), or with an offset as in
/// `2026-11-20T07:04:00Z`.
///
/// # Errors
/// `BadInput` with an example.
pub fn parse_time(text: &str) -> Result<Time> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let local = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .or_else(|| {
            ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        });
    // In the hour that a clock change skips, the offset of a day earlier serves.
    local
        .and_then(|local| {
            Local
                .from_local_datetime(&local)
                .earliest()
                .or_else(|| Local.from_local_datetime(&(local - chrono::TimeDelta::days(1))).earliest())
        })
        .map(|time| time.with_timezone(&Utc))
        .ok_or_else(|| {
            Error::bad_input(format!("“{text}” is no date; write it like 2026-11-20 or 2026-11-20 07:04"))
        })
}

/// A moment in `config.toml`: TOML's own date or a text; written as text.
pub(super) mod option {
    use std::fmt;

    use baton_core::Time;
    use serde::de::{Deserializer, Error, MapAccess, Visitor};
    use serde::{Deserialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde asks for this form")]
    pub fn serialize<S: Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => {
                serializer.serialize_str(&time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
            }
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
        struct Moment;

        impl<'de> Visitor<'de> for Moment {
            type Value = Option<Time>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date like 2026-11-20")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                super::parse_time(text).map(Some).map_err(|error| E::custom(error.message))
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.deserialize_any(self)
            }

            // TOML's own dates arrive as a map with one private key.
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let date =
                    toml::value::Datetime::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                super::parse_time(&date.to_string())
                    .map(Some)
                    .map_err(|error| A::Error::custom(error.message))
            }
        }

        deserializer.deserialize_any(Moment)
    }
}
