//! A panel that shows tray icons, as far as a program can tell: the StatusNotifierWatcher of freedesktop, which sees
//! the app's item, and the menu over D-Bus, which is read and clicked.

#![expect(
    clippy::needless_pass_by_value,
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "the D-Bus interface has this form, and a macro fills in the rest"
)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, Proxy};
use zbus::message::Header;
use zbus::zvariant::{OwnedValue, Structure, Value};

use super::eventually;
use super::session::Session;

type Items = Arc<Mutex<Vec<Place>>>;

/// Where an item is: its program's name on the bus, and the object.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    owner: String,
    path: String,
}

struct Watcher(Items);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    /// `service` is a name on the bus, or, as libayatana-appindicator does, the object's path.
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let place = if service.starts_with('/') {
            Place { owner: sender, path: service.to_owned() }
        } else {
            Place { owner: service.to_owned(), path: "/StatusNotifierItem".into() }
        };
        let mut items = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        items.retain(|known| *known != place);
        items.push(place);
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        let items = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        items.iter().map(|place| format!("{}{}", place.owner, place.path)).collect()
    }
}

/// A panel; it is there from its making until it is dropped.
pub struct Panel {
    bus: Connection,
    items: Items,
}

/// One line of a menu.
#[derive(Debug, Clone)]
pub struct Line {
    id: i32,
    /// Without the underscores that mark keys; empty for a separator.
    pub text: String,
    pub enabled: bool,
    pub lines: Vec<Line>,
}

impl Panel {
    /// # Panics
    /// Where the session has no bus, or a panel already.
    pub fn start(session: &Session) -> Panel {
        let items = Items::default();
        let bus = Builder::address(session.variable("DBUS_SESSION_BUS_ADDRESS"))
            .and_then(|bus| bus.serve_at("/StatusNotifierWatcher", Watcher(Arc::clone(&items))))
            .and_then(|bus| bus.name("org.kde.StatusNotifierWatcher"))
            .and_then(Builder::build)
            .expect("the session has a bus");
        Panel { bus, items }
    }

    /// The newest item whose program is still there.
    fn item(&self) -> Option<Place> {
        let items = self.items.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        items.into_iter().rev().find(|place| {
            let asked = self.bus.call_method(
                Some("org.freedesktop.DBus"),
                "/org/freedesktop/DBus",
                Some("org.freedesktop.DBus"),
                "NameHasOwner",
                &(&place.owner,),
            );
            asked.is_ok_and(|answer| answer.body().deserialize::<bool>().unwrap_or(false))
        })
    }

    /// Whether the app shows an icon now.
    pub fn has_icon(&self) -> bool {
        self.item().is_some()
    }

    fn property(&self, name: &str) -> Option<OwnedValue> {
        let place = self.item()?;
        let proxy = Proxy::new(&self.bus, place.owner, place.path, "org.kde.StatusNotifierItem").ok()?;
        proxy.get_property(name).ok()
    }

    /// The file of the icon that is shown.
    ///
    /// # Panics
    /// Where none is.
    pub fn icon(&self) -> PathBuf {
        eventually("the tray's icon", || {
            let text = |name: &str| String::try_from(self.property(name)?).ok();
            let name = text("IconName")?;
            let path = if name.starts_with('/') {
                PathBuf::from(&name)
            } else {
                Path::new(&text("IconThemePath")?).join(format!("{name}.png"))
            };
            path.is_file().then_some(path)
        })
    }

    /// The menu as it is now.
    pub fn menu(&self) -> Option<Vec<Line>> {
        let menu = self.menu_proxy()?;
        // A menu may fill itself when it is about to be shown.
        let _ = menu.call_method("AboutToShow", &(0_i32,));
        let answer = menu.call_method("GetLayout", &(0_i32, -1_i32, Vec::<String>::new())).ok()?;
        let (_, root): (u32, OwnedLayout) = answer.body().deserialize().ok()?;
        Some(root.2.into_iter().filter_map(|child| line(&child)).collect())
    }

    fn menu_proxy(&self) -> Option<Proxy<'static>> {
        let place = self.item()?;
        let path = zbus::zvariant::OwnedObjectPath::try_from(self.property("Menu")?).ok()?;
        Proxy::new(&self.bus, place.owner, path, "com.canonical.dbusmenu").ok()
    }

    /// The menu's texts, those of its submenus after their own.
    pub fn texts(&self) -> Vec<String> {
        fn collect(lines: &[Line], texts: &mut Vec<String>) {
            for line in lines {
                texts.push(line.text.clone());
                collect(&line.lines, texts);
            }
        }
        let mut texts = Vec::new();
        collect(&self.menu().unwrap_or_default(), &mut texts);
        texts
    }

    /// The line whose text begins so, once it is there and can be clicked.
    ///
    /// # Panics
    /// With the menu as it is, where it does not come.
    pub fn clicks(&self, text: &str) {
        let line = eventually(&format!("“{text}” in the menu; there is {:?}", self.texts()), || {
            find(&self.menu()?, text).filter(|line| line.enabled)
        });
        let menu = self.menu_proxy().expect("the menu was read a moment ago");
        let clicked = menu.call_method("Event", &(line.id, "clicked", Value::from(0_i32), 0_u32));
        clicked.expect("the menu takes clicks");
    }

    /// Waits for a line whose text begins so.
    ///
    /// # Panics
    /// With the menu as it is, where it does not come.
    pub fn shows(&self, text: &str) -> Line {
        let end = std::time::Instant::now() + super::PATIENCE;
        loop {
            if let Some(line) = self.menu().and_then(|lines| find(&lines, text)) {
                return line;
            }
            assert!(std::time::Instant::now() < end, "no “{text}” in the menu: {:?}", self.texts());
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

type OwnedLayout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

fn find(lines: &[Line], text: &str) -> Option<Line> {
    lines.iter().find_map(|line| {
        if line.text.starts_with(text) { Some(line.clone()) } else { find(&line.lines, text) }
    })
}

/// A child of a layout is a variant with the same structure: number, properties, children.
fn line(value: &Value<'_>) -> Option<Line> {
    let structure: &Structure<'_> = match value {
        Value::Value(inside) => return line(inside),
        Value::Structure(structure) => structure,
        _ => return None,
    };
    let [Value::I32(id), Value::Dict(properties), Value::Array(children)] = structure.fields() else {
        return None;
    };
    let text = |name: &str| properties.get::<_, String>(&name).ok().flatten();
    let flag = |name: &str| properties.get::<_, bool>(&name).ok().flatten();
    if flag("visible") == Some(false) {
        return None;
    }
    Some(Line {
        id: *id,
        text: text("label").unwrap_or_default().replace('_', ""),
        enabled: flag("enabled").unwrap_or(true),
        lines: children.iter().filter_map(line).collect(),
    })
}
