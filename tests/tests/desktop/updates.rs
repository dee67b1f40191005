//! Updates, from a server on this computer and with a throw-away key: a newer version is found, verified and offered, and
//! takes the place of the old one when the person says so; one with a wrong signature is refused, and that is said.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use baton_tests::garmin::Fault;
use baton_tests::server::Times;
use serde_json::Value;

use crate::harness::app::{self, App};
use crate::harness::{processes, until};
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

/// A person who runs Baton from an AppImage, the one kind of program on Linux that replaces itself. Where node is missing
/// there is no update server, and nothing to test with.
fn world_with_node() -> Option<World> {
    if Command::new("node").arg("--version").output().is_err() {
        println!("skipped: updates are not tested without node");
        return None;
    }
    let mut world = World::ready(Beginning::default())?;
    let image = app_image(&world);
    std::fs::copy(app::program(), &image).unwrap();
    world.session.set("APPIMAGE", image.to_string_lossy());
    Some(world)
}

/// The one file that the app is, as its system tells it.
fn app_image(world: &World) -> PathBuf {
    world.session.path().join("Baton.AppImage")
}

#[test]
fn a_newer_version_takes_the_place_of_the_old_one_when_the_person_says_so() {
    let Some(mut world) = world_with_node() else { return };
    let (key, public) = keys(&world.session.path().join("keys"));
    // A program with something after its end is still that program, and can be told from the old one.
    let newer = world.session.path().join("newer");
    let bytes = [std::fs::read(app::program()).unwrap(), b"the newer one".to_vec()].concat();
    std::fs::write(&newer, &bytes).unwrap();
    let server = UpdateServer::start(&key, &["--artifact", &newer.to_string_lossy()]);
    world.session.set("BATON_UPDATE_ENDPOINT", server.endpoint.clone());
    world.session.set("BATON_UPDATE_PUBKEY", public);
    let image = app_image(&world);
    world.app = Some(App::driven(&world.session, &image));
    world.page().press("Settings");
    world.page().press("Check now");
    world.page().sees("Version 9.9.9 is ready");
    let restart = "Version 9.9.9 is ready Restart";
    assert!(world.page().has("button", restart), "the sidebar offers it");
    assert!(world.app.as_mut().unwrap().is_running(), "nothing is installed unasked");
    assert_ne!(std::fs::read(&image).unwrap(), bytes);

    let slow = Fault::Slow { milliseconds: 4000 };
    world.garmin.fault("upload", slow, Times::Always);
    world.panel().clicks("Sync now");
    until("the first activities", || !world.garmin.activities().is_empty());
    assert!(!world.page().is_enabled("button", restart), "never during a sync");
    world.garmin.clear_faults();
    world.all_arrive_once();

    let old = world.app.as_ref().unwrap().pid();
    until("the restart", || {
        // The page goes with the old program.
        world.page().try_click("button", restart);
        !processes::is_alive(old)
    });
    assert_eq!(std::fs::read(&image).unwrap(), bytes, "the newer version is in its place");
    let window = world.windows.wait_for("Baton");
    world.windows.wait_for_content(window);
    world.panel().shows("✓ Up to date");
    assert!(!world.home().join("update").exists(), "the download is gone");
}

#[test]
fn a_program_that_is_no_image_is_only_told() {
    let Some(mut world) = world_with_node() else { return };
    let (key, public) = keys(&world.session.path().join("keys"));
    let server = UpdateServer::start(&key, &[]);
    world.session.set("BATON_UPDATE_ENDPOINT", server.endpoint.clone());
    world.session.set("BATON_UPDATE_PUBKEY", public);
    world.session.unset("APPIMAGE");
    world.open();
    world.page().press("Settings");
    world.page().press("Check now");
    world.page().sees("Version 9.9.9 is out");
    assert!(!world.page().reads("is ready"));
    assert!(!world.home().join("update").exists(), "nothing is downloaded in vain");
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
