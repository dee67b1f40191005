//! Where words go: results to stdout as lines, tables or JSON, talk to stderr.

use std::io::{self, IsTerminal, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table};
use serde::Serialize;

use crate::args::Global;
use crate::failure::{Exit, Failure, Result};
use crate::prompts;
use crate::words;

/// How to speak to whoever started the program.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    pub json: bool,
    pub quiet: bool,
    pub verbose: bool,
    /// Stdout and stderr both are a terminal, so that bars can be drawn.
    pub bars: bool,
    /// Stdout is a terminal: tables fit its width.
    terminal: bool,
}

impl Output {
    pub fn new(global: &Global) -> Output {
        let terminal = io::stdout().is_terminal();
        Output {
            json: global.json,
            quiet: global.quiet,
            verbose: global.verbose > 0,
            // With -v the log goes to stderr and would tear the bars.
            bars: terminal
                && io::stderr().is_terminal()
                && !global.json
                && !global.quiet
                && global.verbose == 0,
            terminal,
        }
    }

    /// A table without lines. Columns named in `right` hold numbers.
    pub fn table<const N: usize>(
        &self,
        heads: [&str; N],
        right: &[&str],
        rows: Vec<[String; N]>,
    ) -> Result<()> {
        let mut table = Table::new();
        table.load_style(NOTHING);
        if heads.iter().any(|head| !head.is_empty()) {
            let dim = console::colors_enabled();
            table.set_header(heads.map(|head| {
                if dim { Cell::new(head).add_attribute(Attribute::Dim) } else { Cell::new(head) }
            }));
        }
        table.set_content_arrangement(if self.terminal {
            ContentArrangement::Dynamic
        } else {
            ContentArrangement::Disabled
        });
        // Columns exist once there are rows.
        table.add_rows(rows);
        for (index, head) in heads.iter().enumerate() {
            if let Some(column) = table.column_mut(index) {
                column.set_padding((0, 2));
                if right.contains(head) {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        line(table.trim_fmt())
    }

    /// A line of talk.
    pub fn say(&self, line: impl AsRef<str>) {
        if !self.quiet {
            prompts::say(line.as_ref());
        }
    }

    /// Reports why the command ended early and returns the exit status.
    pub fn report(&self, failure: Failure) -> Exit {
        let Failure::Error { error, hint } = failure else { return Exit::Done };
        tracing::warn!(kind = error.kind.name(), %error, "the command could not do it all");
        prompts::say(&format!("{} {}", console::style("error:").for_stderr().red().bold(), error.message));
        if let Some(hint) = hint.or_else(|| words::next_step(&error.kind, None)) {
            prompts::say(&format!("{} {hint}", console::style("hint:").for_stderr().cyan().bold()));
        }
        if self.json {
            // Whoever reads the objects learns the kind; a closed pipe has no reader.
            let _ = object(&serde_json::json!({ "error": error }));
        }
        Exit::of(&error.kind)
    }
}

/// One line of results.
pub fn line(line: impl AsRef<str>) -> Result<()> {
    Ok(writeln!(io::stdout().lock(), "{}", line.as_ref())?)
}

/// One JSON object on a line of its own.
pub fn object(value: &impl Serialize) -> Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, value).map_err(io::Error::from)?;
    Ok(writeln!(stdout)?)
}

/// Bytes as they are.
pub fn bytes(bytes: &[u8]) -> Result<()> {
    Ok(io::stdout().lock().write_all(bytes)?)
}
