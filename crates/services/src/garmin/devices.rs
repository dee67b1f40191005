//! The names of an account's devices, asked for once, when the first of them is to be named.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::api::{Api, id_of};

/// One account's devices, by the number that its activities name.
#[derive(Default)]
pub struct Devices {
    names: OnceCell<HashMap<u64, String>>,
}

/// A line of the device list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(default)]
    device_id: Value,
    #[serde(default)]
    product_display_name: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
}

impl Devices {
    /// `Forerunner 265`. A device that cannot be named is no trouble: only a sentence is the shorter for it.
    pub async fn name(&self, api: &Api, id: u64) -> Option<String> {
        self.names.get_or_init(|| names(api)).await.get(&id).cloned()
    }
}

async fn names(api: &Api) -> HashMap<u64, String> {
    let answer = api
        .send(|http, site| http.get(format!("{}/device-service/deviceregistration/devices", site.connectapi)))
        .await;
    let lines: Vec<Value> = match answer.and_then(|answer| answer.ok()?.json()) {
        Ok(lines) => lines,
        Err(error) => {
            tracing::info!(%error, "the devices could not be asked for");
            Vec::new()
        }
    };
    lines.into_iter().filter_map(read).collect()
}

fn read(line: Value) -> Option<(u64, String)> {
    let line: Line = serde_json::from_value(line).ok()?;
    let names = [line.product_display_name, line.display_name];
    let name = names.into_iter().flatten().find(|name| !name.trim().is_empty())?;
    // It is shown, so it is kept to what can stand in a sentence.
    let plain: String = name.trim().chars().filter(|c| !c.is_control()).take(60).collect();
    Some((id_of(&line.device_id)?, plain))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_product_names_a_device_before_its_owner_does() {
        let line = json!({"deviceId": 3_400_000_001_u64, "productDisplayName": "Forerunner 265", "displayName": "Sam's"});
        assert_eq!(read(line), Some((3_400_000_001, "Forerunner 265".into())));
        let named = json!({"deviceId": "7", "productDisplayName": " ", "displayName": "Sam's\n"});
        assert_eq!(read(named), Some((7, "Sam's".into())));
        assert_eq!(read(json!({"deviceId": 7})), None);
        assert_eq!(read(json!({"displayName": "Edge"})), None);
        assert_eq!(read(json!(4)), None);
    }
}
