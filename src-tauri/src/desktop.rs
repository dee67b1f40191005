//! What this computer's desktop is like: its language, whether it shows icons, and how dark its bar is.

/// The system's language tag: `de-DE`.
pub fn locale() -> String {
    sys_locale::get_locale().unwrap_or_else(|| "en".to_owned())
}

/// Whether somebody shows tray icons. Windows and macOS always do; on Linux it is a service of the panel, which plain
/// GNOME does not have.
pub fn shows_icons() -> bool {
    imp::shows_icons()
}

/// Whether the bar that the icon sits in is dark.
pub fn bar_is_dark() -> bool {
    imp::bar_is_dark()
}

#[cfg(target_os = "linux")]
mod imp {
    use std::sync::OnceLock;
    use std::time::Duration;

    use zbus::blocking::{Connection, Proxy, connection};
    use zbus::proxy::MethodFlags;
    use zbus::zvariant::OwnedValue;

    /// Who collects the icons (freedesktop's StatusNotifierItem; the name is KDE's everywhere).
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    /// A desktop that does not answer at once is not waited for.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// The session's bus, reached once; `None` where there is none.
    fn bus() -> Option<&'static Connection> {
        static BUS: OnceLock<Option<Connection>> = OnceLock::new();
        let reach = || connection::Builder::session()?.method_timeout(PATIENCE).build();
        BUS.get_or_init(|| reach().ok()).as_ref()
    }

    pub fn shows_icons() -> bool {
        let (name, path) = ("org.freedesktop.DBus", "/org/freedesktop/DBus");
        let owned = |bus: &Connection| {
            let answer = bus.call_method(Some(name), path, Some(name), "NameHasOwner", &(WATCHER,))?;
            answer.body().deserialize::<bool>()
        };
        bus().is_some_and(|bus| owned(bus).unwrap_or(false))
    }

    /// GNOME's and Unity's bars are dark in both themes; elsewhere the panel follows the theme that the portal tells
    /// (1 is dark). A portal that is not running is not started for that.
    pub fn bar_is_dark() -> bool {
        let desktop = std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default();
        if ["GNOME", "Unity", "Pantheon"].iter().any(|dark| desktop.contains(dark)) {
            return true;
        }
        let scheme = |bus: &Connection| {
            let settings = Proxy::new(
                bus,
                "org.freedesktop.portal.Desktop",
                "/org/freedesktop/portal/desktop",
                "org.freedesktop.portal.Settings",
            )?;
            let asked = ("org.freedesktop.appearance", "color-scheme");
            let answer: Option<OwnedValue> =
                settings.call_with_flags("ReadOne", MethodFlags::NoAutoStart.into(), &asked)?;
            Ok::<_, zbus::Error>(answer.and_then(|value| u32::try_from(&*value).ok()))
        };
        bus().and_then(|bus| scheme(bus).ok().flatten()).is_none_or(|scheme| scheme == 1)
    }
}

#[cfg(windows)]
mod imp {
    use winreg::RegKey;
    use winreg::enums::HKEY_CURRENT_USER;

    pub fn shows_icons() -> bool {
        true
    }

    /// The task bar has a theme of its own beside that of programs.
    pub fn bar_is_dark() -> bool {
        RegKey::predef(HKEY_CURRENT_USER)
            .open_subkey(r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize")
            .and_then(|key| key.get_value::<u32, _>("SystemUsesLightTheme"))
            .map_or(true, |light| light == 0)
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
mod imp {
    pub fn shows_icons() -> bool {
        true
    }

    /// macOS colours template images by itself.
    pub fn bar_is_dark() -> bool {
        false
    }
}
