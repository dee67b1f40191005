//! Passwords, codes and every token that the services gave out are searched for in everything that the app left
//! behind: its data, its web view's data, its log, and what it said.

use std::path::Path;

use baton_tests::garmin::Fault;
use baton_tests::server::{Times, issued_secrets};

use crate::first_run::{type_password, wrong};
use crate::world::{Beginning, GARMIN_PASSWORD, PELOTON_PASSWORD, World};

const WRONG: &str = "a-wrong-password-99";

/// Every file below the folder, compressed ones unpacked too.
fn everything(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            everything(&path, found);
            continue;
        }
        // Sockets and files that went meanwhile hold nothing.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        if let Ok(unpacked) = zstd::decode_all(&*bytes) {
            found.push((format!("{} (unpacked)", path.display()), unpacked));
        }
        found.push((path.display().to_string(), bytes));
    }
}

#[test]
fn no_secret_is_written_or_said() {
    let Some(mut world) = World::new(Beginning::default()) else { return };
    world.prefer(&serde_json::json!({}));
    world.open();
    let page = world.page();
    page.press("Accounts");
    page.press("Peloton*");
    type_password(page, "Peloton", WRONG);
    page.sees("did not accept this");
    page.fill("Password", PELOTON_PASSWORD);
    page.press("Sign in Peloton");
    page.sees("Connected as");
    page.press("Done");
    page.keys(crate::harness::page::keys::ESCAPE);
    page.press("Garmin Connect*");
    type_password(page, "Garmin Connect", GARMIN_PASSWORD);
    page.sees("Enter the code");
    let code = world.code();
    page.type_into("Code", &wrong(&code));
    page.sees("That code was not right");
    page.type_into("Code", &world.code());
    page.sees("Connected as Sam Rider");
    world.baton(&["routes", "add", "peloton", "garmin", "--since", "all"]);
    world.garmin.fault("upload", Fault::Unauthorized, Times::Next(1));
    world.garmin.fault("upload", Fault::Html, Times::Next(1));
    world.peloton.expire_access_tokens();
    world.open();
    world.page().press("Sync now");
    crate::harness::until("most activities at Garmin", || {
        world.garmin.activities().len() + 2 >= world.expected()
    });
    world.garmin.revoke_refresh_tokens();
    world.garmin.expire_access_tokens();
    world.page().press("Sync now");
    world.page().find("button", "Sync now");
    let running = world.session.processes();
    let mut found = Vec::new();
    for pid in running {
        for what in ["cmdline", "environ"] {
            found.push((
                format!("{what} of {pid}"),
                std::fs::read(format!("/proc/{pid}/{what}")).unwrap_or_default(),
            ));
        }
    }
    world.app = None;
    everything(world.session.path(), &mut found);
    for part in ["logs", "/window/", "vault", "said-1.log", "ledger.db", "archive"] {
        assert!(found.iter().any(|(place, _)| place.contains(part)), "{part} is among what was searched");
    }

    let mut secrets = issued_secrets();
    assert!(secrets.len() > 6, "the services gave out tokens, tickets and cookies: {}", secrets.len());
    secrets.extend([PELOTON_PASSWORD, GARMIN_PASSWORD, WRONG].map(str::to_owned));
    for secret in secrets {
        for (place, bytes) in &found {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "{}… is in {place}", secret.get(..8).unwrap_or_default());
        }
    }
}
