//! A full disk, a folder that may not be written, no network: said as what they are, and the next run goes on.

use std::process::{Command, Stdio};

use baton_tests::program::{Computer, baton, stderr, stdout};

use crate::world::World;

#[test]
fn no_network_is_said_and_the_next_run_goes_on() {
    let world = World::connected(4);
    // The same computer with nobody at the other end: a port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("http://127.0.0.1:{port}");
    let endpoints: String = world
        .computer
        .endpoints()
        .lines()
        .map(|line| match line.split_once(" = \"") {
            Some((key, _)) => format!("{key} = \"{nobody}\"\n"),
            None => format!("{line}\n"),
        })
        .collect();
    let offline = world.computer.path().join("offline.toml");
    std::fs::write(&offline, endpoints).unwrap();
    let mut sync = world.computer.command(["sync"]);
    sync.env("BATON_ENDPOINTS", &offline);
    let output = sync.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("network"), "{}", stderr(&output));
    world.computer.run_well(["sync", "--quiet"]);
    world.assert_all_arrived_once();
}

#[test]
fn a_disk_that_fills_up_loses_nothing() {
    let world = World::connected(25);
    // A small disk of its own, mounted in a name space of its own, is the only honest full disk.
    let small = world.computer.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let script = r#"
        mount -t tmpfs -o size=700k baton "$SMALL" && cp -r "$HOME/home/." "$SMALL" || exit 77
        BATON_HOME="$SMALL" "$BATON" sync --quiet
        status=$?
        BATON_HOME="$SMALL" "$BATON" config path >/dev/null || exit 78
        mount -o remount,size=100m "$SMALL" || exit 79
        BATON_HOME="$SMALL" "$BATON" sync --quiet || exit 80
        exit $status
    "#;
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
    let program = world.computer.command(["sync"]);
    command.env_clear();
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.env("SMALL", &small).env("BATON", baton()).stdin(Stdio::null());
    let output = command.output().unwrap();
    if output.status.code() == Some(77) {
        println!("skipped: this machine does not let a test mount a small disk");
        return;
    }
    let said = stdout(&output) + &stderr(&output);
    assert!(matches!(output.status.code(), Some(1..=3)), "{:?}: {said}", output.status);
    assert!(said.contains("disk is full"), "{said}");
    world.assert_all_arrived_once();
}

#[test]
fn a_destination_folder_that_may_not_be_written() {
    let world = World::new(6);
    world.connect_peloton();
    let folder = world.computer.path().join("copies");
    std::fs::create_dir(&folder).unwrap();
    let connected = world.computer.answer(["connect", "folder"], &[folder.to_str().unwrap()]);
    assert!(connected.status.success(), "{}", stderr(&connected));
    world.computer.run_well(["routes", "add", "peloton", "folder", "--since", "all"]);
    // A file in the folder's place stops root as well, which a permission would not.
    std::fs::remove_dir(&folder).unwrap();
    std::fs::write(&folder, "in the way").unwrap();
    let output = world.computer.run(["sync"]);
    assert!(matches!(output.status.code(), Some(1 | 3)), "{}", stderr(&output));
    let said = stderr(&output) + &stdout(&output);
    assert!(said.contains("copies"), "the folder is named: {said}");
    std::fs::remove_file(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    world.computer.run_well(["sync", "--quiet"]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), world.expected().len());
}

#[test]
fn a_home_that_cannot_be_made_is_one_sentence() {
    let computer = Computer::new(&[]);
    std::fs::write(computer.path().join("home"), "a file in the way").unwrap();
    let output = computer.run(["accounts"]);
    assert_ne!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("home"), "{}", stderr(&output));
}
