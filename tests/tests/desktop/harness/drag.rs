//! Files dragged onto a window: the part of a file manager in XDND version 5 (freedesktop.org), spoken to the window's
//! program as any other source speaks it.

use std::path::Path;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::PATIENCE;
use super::session::Session;

const VERSION: u32 = 5;

x11rb::atom_manager! {
    /// The names of the protocol.
    Names: NamesCookie {
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndDrop,
        XdndFinished,
        XdndSelection,
        XdndActionCopy,
        UriList: b"text/uri-list",
    }
}

/// Files that are being dragged over a window.
pub struct Drag {
    connection: RustConnection,
    names: Names,
    root: Window,
    source: Window,
    target: Window,
    files: String,
}

impl Drag {
    /// Begins to drag files, and moves over the middle of the window until it says that it takes them.
    ///
    /// # Panics
    /// Where it does not take them.
    pub fn over(session: &Session, target: Window, files: &[&Path]) -> Drag {
        let (connection, screen) =
            RustConnection::connect(Some(session.variable("DISPLAY"))).expect("the session has a display");
        let names = Names::new(&connection).expect("the display answers").reply().expect("names");
        let root = connection.setup().roots.get(screen).expect("the display has a screen").root;
        let source = connection.generate_id().expect("a number for a window");
        connection
            .create_window(
                0,
                source,
                root,
                -1,
                -1,
                1,
                1,
                0,
                WindowClass::INPUT_ONLY,
                0,
                &CreateWindowAux::new(),
            )
            .expect("the display answers");
        connection.set_selection_owner(source, names.XdndSelection, 0_u32).expect("the display answers");
        let uri = |file: &&Path| url::Url::from_file_path(file).expect("a whole path").to_string();
        let files = files.iter().map(|file| uri(file) + "\r\n").collect();
        let drag = Drag { connection, names, root, source, target, files };
        drag.tell(names.XdndEnter, [VERSION << 24, names.UriList, 0, 0]);
        drag.until_taken();
        drag
    }

    /// Moves to and fro in the middle of the window; it says after each move whether it takes what it has been told of.
    fn until_taken(&self) {
        let (x, y) = self.middle();
        let end = Instant::now() + PATIENCE;
        let mut taken = 0;
        for step in (0..8).cycle() {
            self.tell(self.names.XdndPosition, [0, (x + step) << 16 | y, 0, self.names.XdndActionCopy]);
            // Bit 0: it takes them.
            let takes = self.answer(self.names.XdndStatus).is_some_and(|said| said & 1 == 1);
            taken = if takes { taken + 1 } else { 0 };
            // Whoever drags goes on moving for a while.
            if taken == 5 {
                return;
            }
            assert!(Instant::now() < end, "the window takes no files");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Lets the files go.
    ///
    /// # Panics
    /// Where the window does not say that it is done with them.
    pub fn drop_there(self) {
        self.tell(self.names.XdndDrop, [0, 0, 0, 0]);
        assert!(
            self.answer(self.names.XdndFinished).is_some(),
            "the window never said that it has the files"
        );
    }

    /// The middle of the window, in the display's pixels.
    fn middle(&self) -> (u32, u32) {
        let size = self.connection.get_geometry(self.target).ok().and_then(|asked| asked.reply().ok());
        let size = size.expect("the window has a size");
        let (x, y) = (size.width / 2, size.height / 2);
        let asked = self.connection.translate_coordinates(self.target, self.root, x as i16, y as i16).ok();
        let place = asked.and_then(|asked| asked.reply().ok()).expect("the window is on the display");
        (place.dst_x as u32, place.dst_y as u32)
    }

    fn tell(&self, what: Atom, data: [u32; 4]) {
        let [one, two, three, four] = data;
        let event = ClientMessageEvent::new(32, self.target, what, [self.source, one, two, three, four]);
        let sent = self.connection.send_event(false, self.target, EventMask::NO_EVENT, event);
        sent.expect("the display answers");
        self.connection.flush().expect("the display answers");
    }

    /// Waits a moment for what the window says, and hands it the files' names when it asks for them meanwhile.
    fn answer(&self, wanted: Atom) -> Option<u32> {
        let end = Instant::now() + Duration::from_secs(2);
        while Instant::now() < end {
            match self.connection.poll_for_event().expect("the display answers") {
                Some(Event::ClientMessage(said)) if said.type_ == wanted => {
                    return said.data.as_data32().get(1).copied();
                }
                Some(Event::SelectionRequest(asked)) => self.hand_over(&asked),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        None
    }

    fn hand_over(&self, asked: &SelectionRequestEvent) {
        let is_known = asked.target == self.names.UriList;
        if is_known {
            let bytes = self.files.as_bytes();
            self.connection
                .change_property8(PropMode::REPLACE, asked.requestor, asked.property, asked.target, bytes)
                .expect("the display answers");
        }
        let event = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: asked.time,
            requestor: asked.requestor,
            selection: asked.selection,
            target: asked.target,
            property: if is_known { asked.property } else { AtomEnum::NONE.into() },
        };
        let sent = self.connection.send_event(false, asked.requestor, EventMask::NO_EVENT, event);
        sent.expect("the display answers");
        self.connection.flush().expect("the display answers");
    }
}
