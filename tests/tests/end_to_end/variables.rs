//! Sign-ins that the environment answers: by variables, or by files that variables name, as containers hand secrets over.
//! What they hold is used once and is nowhere afterwards.

use std::path::PathBuf;
use std::process::Command;

use baton_tests::program::{stderr, stdout, well};

use crate::scale::{Scale, TRAINERROAD_PASSWORD};
use crate::secrets::everything;
use crate::world::{EMAIL, GARMIN_PASSWORD};

const ACCOUNTS: [(&str, &str, &str); 2] =
    [("garmin", EMAIL, GARMIN_PASSWORD), ("trainerroad", "rider", TRAINERROAD_PASSWORD)];

/// A file with this line, as a mounted secret has it.
fn secret(scale: &Scale, name: &str, line: &str) -> PathBuf {
    let path = scale.computer.path().join("secrets").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, format!("{line}\n")).unwrap();
    path
}

/// `baton connect SERVICE`, with nobody at its input.
fn connect(scale: &Scale, service: &str) -> Command {
    scale.computer.command(["connect", service, "-vv"])
}

#[test]
fn variables_and_files_answer_the_questions_and_no_password_is_left_anywhere() {
    for by_files in [false, true] {
        let scale = Scale::new();
        let mut said = String::new();
        for (service, username, password) in ACCOUNTS {
            let variable = |what: &str| format!("{}_{what}", service.to_uppercase());
            let mut command = connect(&scale, service);
            if by_files {
                command
                    .env(variable("USERNAME_FILE"), secret(&scale, &format!("{service}_username"), username));
                command
                    .env(variable("PASSWORD_FILE"), secret(&scale, &format!("{service}_password"), password));
            } else {
                command.env(variable("USERNAME"), username).env(variable("PASSWORD"), password);
            }
            let output = command.output().unwrap();
            said += &(well(&output) + &stderr(&output));
        }
        scale.connect_withings();
        scale.add_routes();
        // The variables are not needed any more.
        let sync = scale.computer.run(["sync", "-vv"]);
        said += &(well(&sync) + &stderr(&sync));
        scale.assert_all_arrived_once();
        assert_eq!(scale.trainerroad.writes().len(), 1);
        assert_eq!((scale.garmin.logins().len(), scale.trainerroad.logins().len()), (1, 1));
        let mut searched = vec![("what was said".to_owned(), said.into_bytes())];
        everything(&scale.computer.home(), &mut searched);
        assert!(
            searched.iter().any(|(place, _)| place.contains("logs")),
            "the log is among what was searched"
        );
        for (_, _, password) in ACCOUNTS {
            for (place, bytes) in &searched {
                let found = bytes.windows(password.len()).any(|window| window == password.as_bytes());
                assert!(!found, "a password is in {place}");
            }
        }
    }
}

#[test]
fn a_variable_counts_more_than_its_file_and_an_empty_one_counts_as_none() {
    let scale = Scale::new();
    for (service, username, password) in ACCOUNTS {
        let variable = |what: &str| format!("{}_{what}", service.to_uppercase());
        let mut command = connect(&scale, service);
        command.env(variable("USERNAME"), username);
        command.env(variable("USERNAME_FILE"), secret(&scale, "another", "somebody else"));
        command
            .env(variable("PASSWORD"), "")
            .env(variable("PASSWORD_FILE"), secret(&scale, "right", password));
        well(&command.output().unwrap());
    }
}

#[test]
fn a_file_that_is_not_there_is_named_and_nothing_is_tried() {
    let scale = Scale::new();
    for (service, username, _) in ACCOUNTS {
        let variable = |what: &str| format!("{}_{what}", service.to_uppercase());
        let mut command = connect(&scale, service);
        command.env(variable("USERNAME"), username).env(variable("PASSWORD_FILE"), "no-such-file");
        let output = command.output().unwrap();
        let text = stderr(&output);
        let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!((errors.len(), stdout(&output).as_str()), (1, ""), "{text}");
        assert!(
            errors[0].contains(&variable("PASSWORD_FILE")) && errors[0].contains("no-such-file"),
            "{text}"
        );
        assert_ne!(output.status.code(), Some(0));
    }
    assert!(scale.garmin.logins().is_empty() && scale.trainerroad.logins().is_empty());
}
