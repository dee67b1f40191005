//! Where notifications are shown, as far as a program can tell: the server of freedesktop's Desktop Notifications,
//! which remembers what it is given and tells of clicks.

#![expect(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "the D-Bus interface has this form, and a macro fills in the rest"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::OwnedValue;

use super::eventually;
use super::session::Session;

const PATH: &str = "/org/freedesktop/Notifications";
const INTERFACE: &str = "org.freedesktop.Notifications";
/// The action of a click on the notification itself.
const DEFAULT: &str = "default";

/// One that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    id: u32,
    pub title: String,
    pub body: String,
    /// Whether a click on it is reported.
    pub can_be_clicked: bool,
    /// Whether it was taken away again.
    pub closed: bool,
}

type Shown = Arc<Mutex<Vec<Notification>>>;

fn lock(shown: &Shown) -> MutexGuard<'_, Vec<Notification>> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Server(Shown);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    /// `actions` are pairs of a name and what its button says.
    fn notify(
        &self,
        _program: &str,
        replaces: u32,
        _icon: &str,
        title: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _milliseconds: i32,
    ) -> u32 {
        let mut shown = lock(&self.0);
        let id = if replaces == 0 { shown.len() as u32 + 1 } else { replaces };
        let can_be_clicked = actions.iter().step_by(2).any(|action| action == DEFAULT);
        shown.push(Notification { id, title, body, can_be_clicked, closed: false });
        id
    }

    async fn close_notification(&self, id: u32, #[zbus(connection)] bus: &zbus::Connection) {
        for notification in lock(&self.0).iter_mut().filter(|notification| notification.id == id) {
            notification.closed = true;
        }
        // 3: closed by a call to this method.
        let told = bus.emit_signal(None::<&str>, PATH, INTERFACE, "NotificationClosed", &(id, 3_u32)).await;
        told.expect("the bus takes signals");
    }

    fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body"].map(str::to_owned).to_vec()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("shown to nobody".into(), "tests".into(), "1".into(), "1.2".into())
    }
}

/// The server; it is there from its making until it is dropped.
pub struct Notifications {
    bus: Connection,
    shown: Shown,
}

impl Notifications {
    /// # Panics
    /// Where the session has no bus, or such a server already.
    pub fn start(session: &Session) -> Notifications {
        let shown = Shown::default();
        let bus = Builder::address(session.variable("DBUS_SESSION_BUS_ADDRESS"))
            .and_then(|bus| bus.serve_at(PATH, Server(Arc::clone(&shown))))
            .and_then(|bus| bus.name(INTERFACE))
            .and_then(Builder::build)
            .expect("the session has a bus");
        Notifications { bus, shown }
    }

    /// Every one that was ever shown, the oldest first.
    pub fn all(&self) -> Vec<Notification> {
        lock(&self.shown).clone()
    }

    /// Waits for one with this title.
    ///
    /// # Panics
    /// Where it does not come.
    pub fn shows(&self, title: &str) -> Notification {
        eventually(&format!("the notification “{title}”"), || {
            self.all().into_iter().find(|it| it.title == title)
        })
    }

    /// Clicks on it.
    ///
    /// # Panics
    /// Where it cannot be clicked.
    pub fn clicks(&self, notification: &Notification) {
        assert!(notification.can_be_clicked, "no click is listened to: {notification:?}");
        let told =
            self.bus.emit_signal(None::<&str>, PATH, INTERFACE, "ActionInvoked", &(notification.id, DEFAULT));
        told.expect("the bus takes signals");
    }
}
