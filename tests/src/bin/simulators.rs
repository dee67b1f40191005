//! Starts the simulated vendors with one account each and a generated history, writes an endpoints file once they
//! listen, and runs until its standard input closes (or until it is told to terminate).

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use baton_tests::garmin::{self, GarminSimulator};
use baton_tests::peloton::{self, PelotonSimulator, generate};

const EMAIL: &str = "rider@example.com";
const PELOTON_PASSWORD: &str = "correct horse";
const GARMIN_PASSWORD: &str = "battery staple";
const USAGE: &str = "usage: simulators --endpoints FILE [--workouts N] [--pace X]";
/// Seeds the generated history: the same one every time.
const SEED: u64 = 1;

struct Arguments {
    endpoints: PathBuf,
    workouts: usize,
    pace: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = parse(std::env::args().skip(1))?;
    let garmin = GarminSimulator::start()?;
    garmin.add_user(garmin::NewUser::new(EMAIL, GARMIN_PASSWORD).with_mfa(garmin::MfaMethod::Email));
    garmin.add_gear(EMAIL, "Training bike", "Bike");
    let peloton = PelotonSimulator::start()?;
    peloton.add_user(peloton::NewUser::new(EMAIL, PELOTON_PASSWORD));
    peloton.add_all(&generate::history(SEED, arguments.workouts, chrono::Utc::now().timestamp()));

    let tables = [peloton.endpoints_toml(), garmin.endpoints_toml()];
    write_at_once(&arguments.endpoints, &format!("pace = {}\n\n{}", arguments.pace, tables.join("\n")))?;
    println!(
        "Garmin Connect: {EMAIL} with password {GARMIN_PASSWORD:?}; its codes are at {}/_sim/code",
        garmin.base()
    );
    println!("Peloton: {EMAIL} with password {PELOTON_PASSWORD:?}, {} workouts", arguments.workouts);
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, Box<dyn Error>> {
    let (mut endpoints, mut workouts, mut pace) = (None, 40, 0.0);
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match word.as_str() {
            "--endpoints" => endpoints = Some(PathBuf::from(value)),
            "--workouts" => workouts = value.parse()?,
            "--pace" => pace = value.parse()?,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(Arguments { endpoints: endpoints.ok_or(USAGE)?, workouts, pace })
}

/// Whoever waits for the file never reads half of it.
fn write_at_once(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}
