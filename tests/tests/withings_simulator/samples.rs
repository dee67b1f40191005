//! Real payloads, where a developer has some: the simulator answers with what it was given, in the shape of the payload.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use baton_tests::withings::group::Group;
use serde_json::Value;

use crate::support::*;

fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("BATON_SAMPLE_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    given.or(Some(beside)).map(|folder| folder.join("withings")).filter(|folder| folder.is_dir())
}

/// Fields that say how a number was found, of which the simulator knows nothing.
const UNKNOWN: [&str; 4] = ["algo", "fm", "apppfmid", "appliver"];

/// By id and attribution, because one id can stand twice.
fn sorted(groups: &[Value]) -> BTreeMap<(i64, i64), Value> {
    let mut groups = groups.to_vec();
    for measure in groups.iter_mut().flat_map(|it| it["measures"].as_array_mut().unwrap()) {
        let fields = measure.as_object_mut().unwrap();
        fields.retain(|name, _| !UNKNOWN.contains(&name.as_str()));
    }
    let key = |it: &Value| (it["grpid"].as_i64().unwrap(), it["attrib"].as_i64().unwrap());
    groups.into_iter().map(|it| (key(&it), it)).collect()
}

#[tokio::test]
async fn published_payloads_come_back_as_they_were() {
    let Some(folder) = folder() else {
        println!("skipped: no sample data for Withings");
        return;
    };
    for (name, count) in [
        ("withings_getmeas_body_plus", 2),
        ("withings_getmeas_obsidian_fixture", 3),
        ("pipe_mixed_a.input", 150),
    ] {
        let bytes = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
        let payload: Value = serde_json::from_slice(&bytes).unwrap();
        let given = groups(&payload);
        let stage = stage();
        stage.sim.add_groups(stage.person, given.iter().map(|it| Group::from_json(it).unwrap()));
        let answer = stage.getmeas(&stage.tokens().access_token, &[]).await;
        let (given, got) = (sorted(given), sorted(groups(&answer)));
        assert_eq!((given.len(), got.len()), (count, count), "{name}");
        for (key, group) in given {
            for (field, value) in group.as_object().unwrap() {
                assert_eq!(&got[&key][field], value, "{name}: {key:?} {field}");
            }
        }
    }
}
