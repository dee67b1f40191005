//! Updates, from a server on this computer and with a throw-away key: a newer version is found, verified and offered;
//! one with a wrong signature is refused, and that is said.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::world::{Beginning, World};

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/release/update-server.mjs");

/// A running update server; it ends when dropped.
struct UpdateServer {
    process: Child,
    /// It ends with its standard input, and without somebody who reads what it prints.
    _talk: (ChildStdin, BufReader<ChildStdout>),
    endpoint: String,
}

/// A key pair made for this test: the private key's file, and the public key as the app takes it.
fn keys(folder: &Path) -> (String, String) {
    let output = Command::new("node").args([SERVER, "keys"]).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let public = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (folder.join("update.key").to_string_lossy().into_owned(), public)
}

impl UpdateServer {
    fn start(key: &str, more: &[&str]) -> UpdateServer {
        let mut process = Command::new("node")
            .args([SERVER, "serve", "--version", "9.9.9", "--key", key, "--notes", "Five lines about it"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        UpdateServer {
            process,
            _talk: (input, output),
            endpoint: said["endpoint"].as_str().unwrap().to_owned(),
        }
    }
}

impl Drop for UpdateServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where node is missing there is no update server, and nothing to test with.
fn world_with_node() -> Option<World> {
    if Command::new("node").arg("--version").output().is_err() {
        println!("skipped: updates are not tested without node");
        return None;
    }
    World::ready(Beginning::default())
}

#[test]
fn a_newer_version_is_found_verified_and_offered() {
    let Some(mut world) = world_with_node() else { return };
    let (key, public) = keys(&world.session.path().join("keys"));
    let server = UpdateServer::start(&key, &[]);
    world.session.set("BATON_UPDATE_ENDPOINT", server.endpoint.clone());
    world.session.set("BATON_UPDATE_PUBKEY", public);
    world.open();
    world.page().press("Settings");
    world.page().press("Check now");
    world.page().sees("Version 9.9.9 is ready");
    assert!(world.page().has("button", "Version 9.9.9 is ready Restart"), "the sidebar offers it");
    assert!(world.app.as_mut().unwrap().is_running(), "nothing is installed unasked");
}

#[test]
fn a_wrong_signature_is_refused_and_said() {
    for more in [&["--bad-signature"][..], &["--signed-version", "0.0.1"][..]] {
        let Some(mut world) = world_with_node() else { return };
        let (key, public) = keys(&world.session.path().join("keys"));
        let server = UpdateServer::start(&key, more);
        world.session.set("BATON_UPDATE_ENDPOINT", server.endpoint.clone());
        world.session.set("BATON_UPDATE_PUBKEY", public);
        world.open();
        world.page().press("Settings");
        world.page().press("Check now");
        world.page().sees("What was loaded is not from Baton's makers, so it was thrown away.");
        assert!(!world.page().reads("is ready"), "{more:?}");
        assert!(!world.home().join("update").exists(), "it was kept");
    }
}

#[test]
fn another_key_than_baton_s_is_refused() {
    let Some(mut world) = world_with_node() else { return };
    let (key, _) = keys(&world.session.path().join("theirs"));
    let (_, public) = keys(&world.session.path().join("ours"));
    let server = UpdateServer::start(&key, &[]);
    world.session.set("BATON_UPDATE_ENDPOINT", server.endpoint.clone());
    world.session.set("BATON_UPDATE_PUBKEY", public);
    world.open();
    world.page().press("Settings");
    world.page().press("Check now");
    world.page().sees("What was loaded is not from Baton's makers, so it was thrown away.");
}
