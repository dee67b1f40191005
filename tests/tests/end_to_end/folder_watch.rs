//! A folder under `baton watch`: what is put into it is on its way within seconds.

use std::time::{Duration, Instant};

use baton_tests::garmin::sample::{SampleActivity, fit_file};
use baton_tests::garmin::{self, GarminSimulator};
use baton_tests::program::{Computer, well};
use chrono::Utc;

use crate::world::{EMAIL, GARMIN_PASSWORD};

/// Far less than the shortest interval of the schedule, and enough for a computer with other things to do.
const SOON: Duration = Duration::from_mins(1);
/// A folder that was not there is tried again within this.
const AGAIN: Duration = Duration::from_secs(20);

#[test]
fn a_file_that_is_put_into_the_folder_is_sent_at_once() {
    let garmin = GarminSimulator::start().unwrap();
    garmin.add_user(garmin::NewUser::new(EMAIL, GARMIN_PASSWORD));
    let computer = Computer::new(&[garmin.endpoints_toml()]);
    let mut command = computer.command(["connect", "garmin", "--method", "password"]);
    command.env("GARMIN_USERNAME", EMAIL).env("GARMIN_PASSWORD", GARMIN_PASSWORD);
    well(&command.output().unwrap());
    let folder = computer.path().join("rides");
    std::fs::create_dir_all(folder.join("new")).unwrap();
    well(&computer.answer(["connect", "folder"], &[folder.to_str().unwrap()]));
    computer.run_well(["routes", "add", "folder", "garmin", "--since", "all"]);
    // After this the schedule has nothing to do for an hour.
    computer.run_well(["sync"]);

    // The drive with the folder is plugged in later.
    let away = computer.path().join("away");
    std::fs::rename(&folder, &away).unwrap();
    let mut watch = computer.command(["watch"]).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    std::fs::rename(&away, &folder).unwrap();
    std::thread::sleep(AGAIN);
    let ride = SampleActivity { start: Utc::now().timestamp() - 7200, ..SampleActivity::default() };
    std::fs::write(folder.join("new/ride.fit"), fit_file(&ride)).unwrap();
    // What was done long ago and is found on an old device only now counts as well: the route is for all of it.
    std::fs::write(folder.join("old.fit"), fit_file(&SampleActivity::default())).unwrap();
    let begin = Instant::now();
    while garmin.activities().len() < 2 && begin.elapsed() < SOON {
        std::thread::sleep(Duration::from_millis(100));
    }
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert_eq!(garmin.activities().len(), 2, "they arrived within {SOON:?}");
}
