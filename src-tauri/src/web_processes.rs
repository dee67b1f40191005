//! What WebKitGTK leaves running: the network process of a closed window, with its memory and a sign-in's cookies.
//!
//! WebKitGTK ends it only with the program (tauri#14626); one that is ended from outside is started again when its
//! window comes back. Other systems' web views clear up by themselves.

/// The network processes of this program's windows, by their numbers.
pub fn running() -> Vec<u32> {
    imp::running()
}

/// Ends those of them that still run.
pub fn end(processes: &[u32]) {
    imp::end(processes);
}

#[cfg(target_os = "linux")]
mod imp {
    use rustix::process::{Pid, Signal, kill_process};

    /// As the kernel cuts the name.
    const NAME: &str = "WebKitNetworkPr";

    pub fn running() -> Vec<u32> {
        let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
        let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers.filter(|number| is_ours(*number)).collect()
    }

    pub fn end(processes: &[u32]) {
        for process in processes.iter().filter(|process| is_ours(**process)) {
            if let Some(pid) = i32::try_from(*process).ok().and_then(Pid::from_raw) {
                // One that has just ended by itself is as good.
                let _ = kill_process(pid, Signal::TERM);
            }
        }
    }

    /// Whether that is a network process, and a child of this program.
    fn is_ours(process: u32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        child_of(&stat).is_some_and(|(name, parent)| name == NAME && parent == std::process::id())
    }

    /// Name and parent of `number (name) state parent …` (proc_pid_stat(5)); a name may hold spaces and brackets.
    fn child_of(stat: &str) -> Option<(&str, u32)> {
        let (_, rest) = stat.split_once('(')?;
        let (name, rest) = rest.rsplit_once(')')?;
        Some((name, rest.split_whitespace().nth(1)?.parse().ok()?))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn names_and_parents_are_read() {
            assert_eq!(child_of("12 (WebKitNetworkPr) S 7 12 12 0"), Some(("WebKitNetworkPr", 7)));
            assert_eq!(child_of("12 (a) (b) S 7 12"), Some(("a) (b", 7)));
            assert_eq!(child_of(""), None);
        }

        #[test]
        fn only_network_processes_of_this_program_are_ended() {
            let mut other = std::process::Command::new("sleep").arg("30").spawn().unwrap();
            end(&[other.id(), std::process::id()]);
            assert!(other.try_wait().unwrap().is_none(), "another child was ended");
            other.kill().unwrap();
            other.wait().unwrap();
            assert_eq!(running(), Vec::<u32>::new());
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    pub fn running() -> Vec<u32> {
        Vec::new()
    }

    pub fn end(_: &[u32]) {}
}
