//! Whether the network of this moment counts what is used, as far as the system tells.

/// `false` where the system does not tell. Takes up to a second where it does not answer.
pub fn is_metered() -> bool {
    imp::is_metered()
}

#[cfg(target_os = "linux")]
mod imp {
    use std::sync::OnceLock;
    use std::time::Duration;

    use zbus::blocking::{Connection, Proxy, connection};
    use zbus::proxy::MethodFlags;
    use zbus::zvariant::OwnedValue;

    const NAME: &str = "org.freedesktop.NetworkManager";
    const PATH: &str = "/org/freedesktop/NetworkManager";
    /// A system that does not answer at once is not waited for.
    const PATIENCE: Duration = Duration::from_secs(1);

    pub fn is_metered() -> bool {
        static BUS: OnceLock<Option<Connection>> = OnceLock::new();
        let reach = || connection::Builder::system()?.method_timeout(PATIENCE).build();
        let bus = BUS.get_or_init(|| reach().ok()).as_ref();
        bus.and_then(|bus| metered(bus).ok().flatten()).is_some_and(counts)
    }

    /// What NetworkManager says, where it runs; it is not started for that.
    fn metered(bus: &Connection) -> zbus::Result<Option<u32>> {
        let properties = Proxy::new(bus, NAME, PATH, "org.freedesktop.DBus.Properties")?;
        let answer: Option<OwnedValue> =
            properties.call_with_flags("Get", MethodFlags::NoAutoStart.into(), &(NAME, "Metered"))?;
        Ok(answer.and_then(|value| u32::try_from(&*value).ok()))
    }

    /// NetworkManager's `NMMetered`: 0 unknown, 1 yes, 2 no, 3 and 4 the same as a guess.
    fn counts(metered: u32) -> bool {
        matches!(metered, 1 | 3)
    }

    #[cfg(test)]
    mod tests {
        use std::io::{BufRead, BufReader};
        use std::process::{Child, Command, Stdio};

        use super::*;

        struct Manager(u32);

        #[zbus::interface(name = "org.freedesktop.NetworkManager")]
        impl Manager {
            #[zbus(property)]
            fn metered(&self) -> u32 {
                self.0
            }
        }

        /// A bus of the test's own, with its address.
        struct Daemon(Child, String);

        impl Daemon {
            fn start() -> Option<Daemon> {
                let mut command = Command::new("dbus-daemon");
                command.args(["--session", "--nofork", "--print-address"]).stdout(Stdio::piped());
                let mut child = command.spawn().ok()?;
                let mut address = String::new();
                BufReader::new(child.stdout.take()?).read_line(&mut address).ok()?;
                Some(Daemon(child, address.trim().to_owned()))
            }

            fn connect(&self) -> connection::Builder<'static> {
                connection::Builder::address(self.1.as_str()).unwrap().method_timeout(PATIENCE)
            }
        }

        impl Drop for Daemon {
            fn drop(&mut self) {
                let _ = self.0.kill();
                let _ = self.0.wait();
            }
        }

        #[test]
        fn only_a_network_that_is_said_to_count_counts() {
            let Some(daemon) = Daemon::start() else {
                println!("skipped: no dbus-daemon");
                return;
            };
            let bus = daemon.connect().build().unwrap();
            assert!(metered(&bus).ok().flatten().is_none(), "a system without a network manager");
            for (says, wanted) in [(0, false), (1, true), (2, false), (3, true), (4, false), (9, false)] {
                let manager = daemon.connect().serve_at(PATH, Manager(says)).unwrap().name(NAME).unwrap();
                let _manager = manager.build().unwrap();
                assert_eq!(metered(&bus).unwrap(), Some(says));
                assert_eq!(counts(says), wanted, "{says}");
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    pub fn is_metered() -> bool {
        false
    }
}
