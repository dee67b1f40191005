//! A Tauri window with one heading and nothing else: what any app of this kind takes, so that a benchmark can say what
//! Baton adds to it.

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!())
}
