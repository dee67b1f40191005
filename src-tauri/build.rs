//! Makes every command a permission of its own, so that a window can call what its capability lists and nothing else.

/// Every command of `src/commands`. A test compares this list with what is really there.
const COMMANDS: &[&str] = &include!("commands.in");

fn main() {
    println!("cargo:rerun-if-changed=commands.in");
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        panic!("the app's configuration does not read: {error:#}");
    }
}
