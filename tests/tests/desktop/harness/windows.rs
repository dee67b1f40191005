//! Windows as the X server knows them: found by their titles, typed into with real keys, closed as a person closes
//! them, and looked at pixel by pixel. This reaches what WebDriver does not: a vendor's page in a window of its own.

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt, EventMask, ImageFormat, MapState,
    Window,
};
use x11rb::rust_connection::RustConnection;

use super::eventually;
use super::session::Session;

/// Between two things that a person does: a web page listens to the next one only when it is done with the last.
const BREATH: Duration = Duration::from_millis(400);

/// The windows of a session.
pub struct Windows {
    connection: RustConnection,
    root: Window,
    title: Atom,
    protocols: Atom,
    delete: Atom,
}

/// What a window shows: red, green and blue of each pixel, row by row.
#[derive(PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// How many pixels differ from the colour that most have: text, lines, buttons.
    pub fn drawn(&self) -> usize {
        let mut count: HashMap<[u8; 3], usize> = HashMap::new();
        for pixel in &self.pixels {
            *count.entry(*pixel).or_default() += 1;
        }
        self.pixels.len() - count.values().max().copied().unwrap_or_default()
    }

    /// # Errors
    /// Where the file cannot be written.
    pub fn save(&self, file: &Path) -> Result<(), Box<dyn Error>> {
        let rows = u32::try_from(self.pixels.len())? / self.width.max(1);
        let mut encoder = png::Encoder::new(BufWriter::new(File::create(file)?), self.width, rows);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(self.pixels.as_flattened())?;
        Ok(())
    }
}

impl Windows {
    /// # Panics
    /// Where the session has no display.
    pub fn of(session: &Session) -> Windows {
        let (connection, screen) =
            RustConnection::connect(Some(session.variable("DISPLAY"))).expect("the session has a display");
        let root = connection.setup().roots.get(screen).expect("the display has a screen").root;
        let atom = |name: &str| {
            let answer =
                connection.intern_atom(false, name.as_bytes()).ok().and_then(|asked| asked.reply().ok());
            answer.expect("the display knows names").atom
        };
        let (title, protocols, delete) =
            (atom("_NET_WM_NAME"), atom("WM_PROTOCOLS"), atom("WM_DELETE_WINDOW"));
        Windows { connection, root, title, protocols, delete }
    }

    /// Every window that is on the screen and has a title, with it.
    pub fn shown(&self) -> Vec<(Window, String)> {
        let mut found = Vec::new();
        self.collect(self.root, &mut found);
        found
    }

    fn collect(&self, parent: Window, found: &mut Vec<(Window, String)>) {
        let Some(tree) = self.connection.query_tree(parent).ok().and_then(|asked| asked.reply().ok()) else {
            return;
        };
        for window in tree.children {
            let state =
                self.connection.get_window_attributes(window).ok().and_then(|asked| asked.reply().ok());
            if state.is_none_or(|state| state.map_state != MapState::VIEWABLE) {
                continue;
            }
            let title = self.title_of(window);
            if !title.is_empty() {
                found.push((window, title));
            }
            self.collect(window, found);
        }
    }

    fn title_of(&self, window: Window) -> String {
        let asked = self.connection.get_property(false, window, self.title, AtomEnum::ANY, 0, 1024).ok();
        let answer = asked.and_then(|asked| asked.reply().ok());
        answer.map(|answer| String::from_utf8_lossy(&answer.value).into_owned()).unwrap_or_default()
    }

    /// The window on the screen with a title that begins so.
    pub fn find(&self, title: &str) -> Option<Window> {
        self.shown().into_iter().find(|(_, found)| found.starts_with(title)).map(|(window, _)| window)
    }

    /// The same, waited for.
    ///
    /// # Panics
    /// Where it does not come.
    pub fn wait_for(&self, title: &str) -> Window {
        eventually(&format!("a window “{title}…”"), || self.find(title))
    }

    /// Asks a window to close, as its close button does.
    pub fn close(&self, window: Window) {
        let event = ClientMessageEvent::new(32, window, self.protocols, [self.delete, 0, 0, 0, 0]);
        let _ = self.connection.send_event(false, window, EventMask::NO_EVENT, event);
        let _ = self.connection.flush();
    }

    /// Gives a window a size in pixels, as pulling at its corner does. Without a window manager it has no frame.
    pub fn resize(&self, window: Window, width: u32, height: u32) {
        let size = ConfigureWindowAux::new().width(width).height(height);
        let _ = self.connection.configure_window(window, &size);
        let _ = self.connection.flush();
    }

    /// What the window shows; nothing while it is not on the screen.
    pub fn picture(&self, window: Window) -> Option<Picture> {
        let size = self.connection.get_geometry(window).ok()?.reply().ok()?;
        let asked = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, window, 0, 0, size.width, size.height, !0)
            .ok()?;
        // 24 bits in four bytes, blue first: what Xvfb is started with.
        let data = asked.reply().ok()?.data;
        let pixels = data.chunks_exact(4).map(|pixel| [pixel[2], pixel[1], pixel[0]]);
        Some(Picture { width: u32::from(size.width), pixels: pixels.collect() })
    }

    /// What the whole display shows.
    pub fn screen(&self) -> Option<Picture> {
        self.picture(self.root)
    }

    /// Waits until a window shows more than a blank page.
    ///
    /// # Panics
    /// Where it stays blank.
    pub fn wait_for_content(&self, window: Window) {
        eventually("content in the window", || self.picture(window).filter(|picture| picture.drawn() > 400));
    }
}

/// Real keys for a window, by `xdotool`.
pub struct Keyboard<'s> {
    session: &'s Session,
    window: String,
}

impl<'s> Keyboard<'s> {
    /// Gives the window the focus. Without a window manager nobody else does.
    pub fn of(session: &'s Session, window: Window) -> Keyboard<'s> {
        let window = window.to_string();
        session.output("xdotool", ["windowraise", &window, "windowfocus", "--sync", &window]);
        std::thread::sleep(BREATH);
        Keyboard { session, window }
    }

    /// Types a text as a person does.
    ///
    /// # Panics
    /// Where the keys cannot be sent.
    pub fn types(&self, text: &str) {
        let typed = self.session.output("xdotool", ["type", "--delay", "30", text]);
        assert!(typed.is_some(), "the keys could not be sent");
        std::thread::sleep(BREATH);
    }

    /// Types a text into a field in place of what is there.
    ///
    /// # Panics
    /// Where the keys cannot be sent.
    pub fn types_over(&self, text: &str) {
        self.presses("ctrl+a");
        self.types(text);
    }

    /// Presses a key by its X name: `Tab`, `Return`.
    ///
    /// # Panics
    /// Where the keys cannot be sent.
    pub fn presses(&self, key: &str) {
        assert!(self.session.output("xdotool", ["key", key]).is_some(), "the key could not be sent");
        std::thread::sleep(BREATH);
    }

    /// Clicks at a place of the window, in its pixels.
    ///
    /// # Panics
    /// Where the pointer cannot be moved.
    pub fn clicks_at(&self, x: u32, y: u32) {
        let (x, y) = (x.to_string(), y.to_string());
        let done =
            self.session.output("xdotool", ["mousemove", "--window", &self.window, &x, &y, "click", "1"]);
        assert!(done.is_some(), "the pointer could not be moved");
        std::thread::sleep(BREATH);
    }
}
