//! Processes as `/proc` tells of them: whose they are, what memory and time they take, and how to end them.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Every process whose environment holds `name=value`.
pub fn marked(name: &str, value: &str) -> Vec<i32> {
    let wanted = format!("{name}={value}").into_bytes();
    let has_mark = |pid: &i32| {
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|variables| variables.split(|byte| *byte == 0).any(|variable| variable == wanted))
    };
    all().into_iter().filter(has_mark).collect()
}

fn all() -> Vec<i32> {
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok()).collect()
}

/// The fields of `/proc/PID/stat` after the program's name: state, parent, …
fn status(pid: i32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after) = text.rsplit_once(')')?;
    Some(after.split_whitespace().map(str::to_owned).collect())
}

/// A process that has ended but was not waited for is none; one with a thread left still holds its files and sockets.
pub fn is_alive(pid: i32) -> bool {
    status(pid).is_some_and(|fields| {
        let has_ended = fields.first().is_none_or(|state| state == "Z" || state == "X");
        !has_ended || fields.get(17).is_some_and(|threads| threads.parse().is_ok_and(|count: u32| count > 1))
    })
}

/// The process and all that it has started, and what these have.
pub fn family(pid: i32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for child in all() {
        if let Some(parent) = status(child).and_then(|fields| fields.get(1)?.parse().ok()) {
            children.entry(parent).or_default().push(child);
        }
    }
    let mut found = vec![pid];
    let mut at = 0;
    while let Some(parent) = found.get(at) {
        found.extend(children.get(parent).cloned().unwrap_or_default());
        at += 1;
    }
    found.retain(|pid| is_alive(*pid));
    found
}

/// The program that a process runs, by its file's name.
pub fn name(pid: i32) -> String {
    let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
    program.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Proportional set size in bytes: what is shared counts by its share (`smaps_rollup`, see proc(5)).
pub fn memory(pid: i32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kibibytes: u64 =
        line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0);
    kibibytes * 1024
}

/// Processor time used until now, in seconds.
pub fn processor_seconds(pid: i32) -> f64 {
    let ticks = |fields: &Vec<String>, at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok());
    let used = status(pid).and_then(|fields| Some(ticks(&fields, 11)? + ticks(&fields, 12)?)).unwrap_or(0.0);
    // Linux tells programs a clock of 100 ticks a second whatever it uses itself (USER_HZ).
    used / 100.0
}

/// Kills until none is left: a process may start another while it is being ended.
pub fn end(left: impl Fn() -> Vec<i32>) {
    for _ in 0..200 {
        let found: Vec<i32> = left().into_iter().filter(|pid| is_alive(*pid)).collect();
        if found.is_empty() {
            return;
        }
        for pid in found.into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
