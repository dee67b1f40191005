//! The window's types are the shell's: generates `ui/src/ipc/bindings.ts` and compares it with the one that is there.
//! `BATON_WRITE_BINDINGS=1` writes it anew.

use std::path::{Path, PathBuf};

use specta::Type;
use specta::datatype::{DataType, Primitive};
use specta_typescript::Typescript;
use tauri_specta::{BuilderConfiguration, LanguageExt};

/// TypeScript without the one thing that does not fit: floating-point numbers here are never NaN or infinite, so they
/// are never `null`.
struct Bindings;

impl LanguageExt for Bindings {
    type Error = <Typescript as LanguageExt>::Error;

    fn export(self, configuration: &BuilderConfiguration, path: &Path) -> Result<(), Self::Error> {
        let mut configuration = configuration.clone();
        let number = <specta_typescript::Number as Type>::definition(&mut configuration.types);
        let remapper = specta_util::Remapper::new()
            .rule(DataType::Primitive(Primitive::f64), number.clone())
            .rule(DataType::Primitive(Primitive::f32), number);
        configuration.types = remapper.remap_types(configuration.types);
        Typescript::default().header(HEADER).with_raw(COMMANDS).export(&configuration, path)?;
        let text = std::fs::read_to_string(path)?;
        std::fs::write(path, all_fields(&text))?;
        Ok(())
    }
}

/// What has a default in Rust may be left out of `config.toml`; between shell and window every field is always there.
fn all_fields(text: &str) -> String {
    let each =
        text.lines().map(|line| match line.strip_prefix('\t').and_then(|field| field.split_once("?: ")) {
            Some((name, kind)) if name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_') => {
                format!("\t{name}: {kind}\n")
            }
            _ => format!("{line}\n"),
        });
    each.collect()
}

const HEADER: &str = "// Generated from the Rust types by `npm run bindings`. Do not edit.\n";

/// The name of a moment, and the commands as the window calls them, whatever answers: a channel is the function that hears its messages.
const COMMANDS: &str = "
/** A moment in UTC, ISO 8601: `2026-11-20T06:30:00Z`. */
export type Time = string;

type Given<Values extends unknown[]> = {
  [At in keyof Values]: Values[At] extends Channel<infer Heard> ? (message: Heard) => void : Values[At];
};

/** Every command; each rejects with `Error`. */
export type Commands = {
  [Name in keyof typeof commands]: (
    ...given: Given<Parameters<(typeof commands)[Name]>>
  ) => ReturnType<(typeof commands)[Name]>;
};
";

fn generated() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bindings.ts");
    baton_desktop::commands::builder().export(Bindings, &path).expect("the bindings are made");
    std::fs::read_to_string(path).expect("the bindings are there")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_window_s_types_are_current() {
    let path = root().join("ui/src/ipc/bindings.ts");
    let generated = generated();
    if std::env::var_os("BATON_WRITE_BINDINGS").is_some_and(|value| !value.is_empty()) {
        std::fs::write(&path, generated).unwrap();
        return;
    }
    let there = std::fs::read_to_string(&path).unwrap();
    assert!(there == generated, "ui/src/ipc/bindings.ts is not current: run `npm run bindings`");
}

/// Every command has a permission, the window has each of them, and nobody has any other.
#[test]
fn the_window_may_call_every_command_and_nothing_else() {
    let names: Vec<String> =
        serde_json::from_str(&trailing_comma_less(include_str!("../commands.in"))).unwrap();
    let capability: serde_json::Value =
        serde_json::from_str(include_str!("../capabilities/main.json")).unwrap();
    let expected: Vec<String> =
        names.iter().map(|name| format!("allow-{}", name.replace('_', "-"))).collect();
    assert_eq!(capability["permissions"], serde_json::json!(expected));
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
    assert_eq!(capability.get("remote"), None);
    let generated = generated();
    for name in &names {
        assert!(generated.contains(&format!("(\"{name}\"")), "{name} is no command");
    }
    assert_eq!(generated.matches("__TAURI_INVOKE<").count(), names.len(), "a command has no permission");
    let others = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities")).unwrap();
    assert_eq!(others.count(), 1, "another window has a capability");
}

fn trailing_comma_less(list: &str) -> String {
    list.replace(",\n]", "\n]")
}
