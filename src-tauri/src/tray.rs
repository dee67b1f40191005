//! The icon in the system's bar: puts what [`menu`](crate::menu) says there, and only what changed.

use std::sync::{Arc, Mutex, PoisonError};

use tauri::image::Image;
use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};

use crate::desktop;
use crate::menu::{Action, Icon, MenuLine, Shown};
use crate::shell::Shell;
use crate::windows;

/// The icon, once there is one, and what it shows.
#[derive(Default)]
pub struct Tray(Mutex<Option<Applied>>);

struct Applied {
    icon: TrayIcon,
    shown: Shown,
    /// Every line's handle, submenus flattened, in the order of [`texts`].
    handles: Vec<Handle>,
    dark: bool,
}

enum Handle {
    Item(MenuItem<Wry>),
    Menu(Submenu<Wry>),
}

impl Tray {
    /// Shows this. The icon is made at the first call; a desktop that has no place for it gets none.
    pub fn show(&self, shell: &Arc<Shell>, shown: Shown) {
        let mut applied = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let done = match applied.as_mut() {
            Some(applied) => applied.change(&shell.app, shown),
            None => Applied::new(shell, shown).map(|new| *applied = Some(new)),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the tray cannot be changed");
        }
    }
}

impl Applied {
    fn new(shell: &Arc<Shell>, shown: Shown) -> tauri::Result<Applied> {
        let dark = desktop::bar_is_dark();
        let (menu, handles) = build(&shell.app, &shown.lines)?;
        let (clicked, touched) = (shell.clone(), shell.clone());
        let icon = TrayIconBuilder::with_id("baton")
            .icon(picture(shown.icon, dark)?)
            .icon_as_template(cfg!(target_os = "macos"))
            .tooltip(tooltip(&shown.headline))
            // Linux takes pictures from files; a folder that all users share is no place for them.
            .temp_dir_path(shell.home.join("window"))
            .menu(&menu)
            // Windows opens the window with the left button and the menu with the right.
            .show_menu_on_left_click(!cfg!(windows))
            .on_menu_event(move |_, event| {
                if let Some(action) = Action::from_id(event.id.as_ref()) {
                    clicked.act(action);
                }
            })
            .on_tray_icon_event(move |_, event| {
                let pressed = matches!(
                    event,
                    TrayIconEvent::Click {
                        button: MouseButton::Left,
                        button_state: MouseButtonState::Up,
                        ..
                    }
                );
                if pressed && cfg!(windows) {
                    windows::open(&touched, None);
                }
            })
            .build(&shell.app)?;
        Ok(Applied { icon, shown, handles, dark })
    }

    fn change(&mut self, app: &AppHandle, shown: Shown) -> tauri::Result<()> {
        if shown == self.shown {
            return Ok(());
        }
        let dark = desktop::bar_is_dark();
        if shown.icon != self.shown.icon || dark != self.dark {
            let template = cfg!(target_os = "macos");
            self.icon.set_icon_with_as_template(Some(picture(shown.icon, dark)?), template)?;
            self.dark = dark;
        }
        if shown.headline != self.shown.headline {
            self.icon.set_tooltip(Some(tooltip(&shown.headline)))?;
        }
        if shape(&shown.lines) == shape(&self.shown.lines) {
            let texts = texts(&shown.lines).into_iter().zip(texts(&self.shown.lines));
            for ((new, old), handle) in texts.zip(&self.handles) {
                if new != old {
                    match handle {
                        Handle::Item(item) => item.set_text(literal(new))?,
                        Handle::Menu(menu) => menu.set_text(literal(new))?,
                    }
                }
            }
        } else {
            let (menu, handles) = build(app, &shown.lines)?;
            self.icon.set_menu(Some(menu))?;
            self.handles = handles;
        }
        self.shown = shown;
        Ok(())
    }
}

fn tooltip(headline: &str) -> String {
    format!("Baton – {headline}")
}

/// What the menu is without its texts: where this is the same, only texts change.
fn shape(lines: &[MenuLine]) -> Vec<String> {
    let each = lines.iter().flat_map(|line| match line {
        MenuLine::Item { action, .. } => vec![action.as_ref().map(Action::id).unwrap_or_default()],
        MenuLine::Menu { lines, .. } => {
            let inner = shape(lines);
            [vec![format!("menu {}", inner.len())], inner].concat()
        }
        MenuLine::Separator => vec!["separator".to_owned()],
    });
    each.collect()
}

/// The texts in the order of the handles.
fn texts(lines: &[MenuLine]) -> Vec<&str> {
    let each = lines.iter().flat_map(|line| match line {
        MenuLine::Item { text, .. } => vec![text.as_str()],
        MenuLine::Menu { text, lines } => [vec![text.as_str()], texts(lines)].concat(),
        MenuLine::Separator => Vec::new(),
    });
    each.collect()
}

fn build(app: &AppHandle, lines: &[MenuLine]) -> tauri::Result<(Menu<Wry>, Vec<Handle>)> {
    let menu = Menu::new(app)?;
    let mut handles = Vec::new();
    fill(app, lines, &mut handles, &mut |item| menu.append(item))?;
    Ok((menu, handles))
}

fn fill(
    app: &AppHandle,
    lines: &[MenuLine],
    handles: &mut Vec<Handle>,
    append: &mut dyn FnMut(&dyn IsMenuItem<Wry>) -> tauri::Result<()>,
) -> tauri::Result<()> {
    for line in lines {
        match line {
            MenuLine::Separator => append(&PredefinedMenuItem::separator(app)?)?,
            MenuLine::Item { text, action } => {
                let id = action.as_ref().map(Action::id).unwrap_or_default();
                let item = MenuItem::with_id(app, id, literal(text), action.is_some(), None::<&str>)?;
                append(&item)?;
                handles.push(Handle::Item(item));
            }
            MenuLine::Menu { text, lines } => {
                let menu = Submenu::new(app, literal(text), true)?;
                handles.push(Handle::Menu(menu.clone()));
                fill(app, lines, handles, &mut |item| menu.append(item))?;
                append(&menu)?;
            }
        }
    }
    Ok(())
}

/// Menus take `&` as the mark of a key.
fn literal(text: &str) -> String {
    text.replace('&', "&&")
}

/// The icon's picture: one for light bars, one for dark ones, and on macOS a template that the system colours.
fn picture(icon: Icon, dark: bool) -> tauri::Result<Image<'static>> {
    macro_rules! pictures {
        ($name:literal) => {
            (
                include_bytes!(concat!("../icons/tray/", $name, ".png")).as_slice(),
                include_bytes!(concat!("../icons/tray/", $name, "-light.png")).as_slice(),
                include_bytes!(concat!("../icons/tray/", $name, "-dark.png")).as_slice(),
            )
        };
    }
    let (template, on_light, on_dark) = match icon {
        Icon::Plain => pictures!("plain"),
        Icon::Syncing => pictures!("syncing"),
        Icon::Paused => pictures!("paused"),
        Icon::Attention => pictures!("attention"),
    };
    let bytes = match (cfg!(target_os = "macos"), dark) {
        (true, _) => template,
        (false, true) => on_dark,
        (false, false) => on_light,
    };
    Image::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str, action: Option<Action>) -> MenuLine {
        MenuLine::Item { text: text.into(), action }
    }

    #[test]
    fn a_menu_is_built_anew_only_where_its_lines_are_others() {
        let lines = |headline: &str, action| {
            vec![
                item(headline, None),
                item("Do it", Some(action)),
                MenuLine::Menu { text: "Pause".into(), lines: vec![item("1 hour", Some(Action::PauseHour))] },
                MenuLine::Separator,
            ]
        };
        assert_eq!(shape(&lines("1 min ago", Action::Sync)), shape(&lines("2 min ago", Action::Sync)));
        assert_ne!(shape(&lines("1 min ago", Action::Sync)), shape(&lines("1 min ago", Action::Stop)));
        assert_eq!(texts(&lines("now", Action::Sync)), ["now", "Do it", "Pause", "1 hour"]);
    }

    #[test]
    fn every_picture_reads() {
        for icon in [Icon::Plain, Icon::Syncing, Icon::Paused, Icon::Attention] {
            for dark in [false, true] {
                assert!(picture(icon, dark).is_ok(), "{icon:?}");
            }
        }
    }

    #[test]
    fn an_ampersand_is_a_letter_in_a_title() {
        assert_eq!(literal("Hills & Thrills"), "Hills && Thrills");
    }
}
