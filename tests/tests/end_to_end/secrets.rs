//! Planted passwords, codes and every token that the simulators gave out are searched for in everything that Baton
//! wrote or said.

use std::path::Path;

use baton_tests::garmin::Fault;
use baton_tests::program::{PASSPHRASE, stderr, stdout};
use baton_tests::server::{Times, issued_secrets};

use crate::world::{EMAIL, GARMIN_PASSWORD, PELOTON_PASSWORD, World};

/// Every file below the folder, compressed ones unpacked too.
pub fn everything(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            everything(&path, found);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        if let Ok(unpacked) = zstd::decode_all(&*bytes) {
            found.push((format!("{} (unpacked)", path.display()), unpacked));
        }
        found.push((path.display().to_string(), bytes));
    }
}

#[test]
fn no_secret_is_written_or_said() {
    let world = World::new(12);
    let mut said = Vec::new();
    let mut listen = |what: &str, output: &std::process::Output| {
        said.push((what.to_owned(), (stdout(output) + &stderr(output)).into_bytes()));
    };

    // Failures say most, so there are many of them, with all that Baton can log.
    let wrong = world.computer.answer(["connect", "garmin", "-vv"], &[EMAIL, "a wrong password 99"]);
    listen("a wrong password", &wrong);
    let pasted = world.computer.answer(
        ["connect", "peloton", "--method", "paste", "-vv"],
        &["eyJub3QiOiJhIn0.dG9rZW4.c2VjcmV0LXBhc3RlZA"],
    );
    listen("a pasted token", &pasted);
    let ticket = world
        .computer
        .answer(["connect", "garmin", "--method", "paste", "-vv"], &["ST-4242-plantedticket-cas"]);
    listen("a pasted ticket", &ticket);
    world.connect_peloton();
    world.connect_garmin();
    world.computer.run_well(["routes", "add", "peloton", "garmin", "--since", "all"]);
    world.garmin.fault("upload", Fault::Unauthorized, Times::Next(1));
    world.garmin.fault("upload", Fault::Html, Times::Next(1));
    world.peloton.expire_access_tokens();
    for arguments in [
        ["sync", "-vv"],
        ["sync", "--json"],
        ["accounts", "--json"],
        ["doctor", "-vv"],
        ["doctor", "--json"],
        ["history", "--json"],
    ] {
        listen(arguments[0], &world.computer.run(arguments));
    }
    world.garmin.revoke_refresh_tokens();
    world.garmin.expire_access_tokens();
    listen("a refused sign-in", &world.computer.run(["sync", "-vv"]));

    everything(&world.computer.home(), &mut said);
    let is_log = |place: &str| place.contains("logs");
    assert!(said.iter().any(|(place, _)| is_log(place)), "the log is among what was searched");

    let mut secrets: Vec<String> = [
        PELOTON_PASSWORD,
        GARMIN_PASSWORD,
        "a wrong password 99",
        "c2VjcmV0LXBhc3RlZA",
        PASSPHRASE,
        "plantedticket",
    ]
    .map(str::to_owned)
    .to_vec();
    let issued = issued_secrets();
    assert!(issued.len() > 6, "the simulators gave out tokens, tickets and codes: {}", issued.len());
    secrets.extend(issued);
    for secret in secrets {
        for (place, bytes) in &said {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{}… is in {place}", secret.get(..8).unwrap_or_default());
        }
    }
}
