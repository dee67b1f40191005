//! A run as it goes on: events become NDJSON, or a receipt line for each step, with a bar below on a terminal.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use baton_core::{Event, Key, Outcome, RunEvent, SkipReason, Time};
use console::style;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Result;
use crate::output::{self, Output};
use crate::words;

/// Prints one run after the other.
pub struct Progress {
    output: Output,
    /// How people call the account at a route's end, by route.
    destinations: BTreeMap<String, String>,
    /// Where everything goes that belongs to no route.
    destination: String,
    /// Files are written and nothing is sent.
    to_folder: bool,
    /// What was left alone without a line of its own, by reason.
    left: BTreeMap<String, u64>,
    bar: Option<ProgressBar>,
    listed: BTreeMap<String, u64>,
    began: Instant,
}

impl Progress {
    pub fn new(output: Output, destinations: BTreeMap<String, String>, destination: String) -> Progress {
        Progress {
            output,
            destinations,
            destination,
            to_folder: false,
            left: BTreeMap::new(),
            bar: None,
            listed: BTreeMap::new(),
            began: Instant::now(),
        }
    }

    /// What is created are files in a folder.
    pub fn writing_files(mut self, to_folder: bool) -> Progress {
        self.to_folder = to_folder;
        self
    }

    /// Shows one event.
    ///
    /// # Errors
    /// Where stdout is gone.
    pub fn show(&mut self, event: &Event) -> Result<()> {
        if self.output.json {
            return output::object(event);
        }
        match event {
            Event::Run(event) => self.run(event),
            // What needs the person is said once, when the run is over.
            Event::Changed { .. } | Event::Attention { .. } => Ok(()),
        }
    }

    fn run(&mut self, event: &RunEvent) -> Result<()> {
        match event {
            RunEvent::Started { .. } => {
                self.began = Instant::now();
                self.listed.clear();
                self.left.clear();
                self.begin_bar();
            }
            RunEvent::Listed { account, entries } => {
                self.listed.insert(account.clone(), *entries);
                if let Some(bar) = &self.bar {
                    let entries = self.listed.values().sum();
                    bar.set_message(format!("Listing: {}", words::count(entries, "entry", "entries")));
                }
            }
            RunEvent::Planned { send, .. } => self.size_bar(*send),
            RunEvent::Step { title, stage, .. } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("{title}: {}", words::stage(*stage)));
                }
            }
            RunEvent::StepDone { route, title, start, utc_offset, outcome, remarks, .. } => {
                self.receipt(route, title, start.map(|start| (start, *utc_offset)), outcome, remarks)?;
                if let Some(bar) = self.bar.as_ref().filter(|_| !matches!(outcome, Outcome::Skipped { .. })) {
                    bar.inc(1);
                }
            }
            RunEvent::Finished { created, already_there, skipped, failed, .. } => {
                if let Some(bar) = self.bar.take() {
                    bar.finish_and_clear();
                }
                self.summary([*created, *already_there, *skipped, *failed])?;
            }
        }
        Ok(())
    }

    fn summary(&self, counts: [u64; 4]) -> Result<()> {
        if self.output.quiet {
            return Ok(());
        }
        let counts = words::counts(if self.to_folder { "written" } else { "sent" }, counts);
        let took = words::took(self.began.elapsed().as_secs_f64());
        for (reason, count) in &self.left {
            output::line(format!(
                "{}  {}: {reason}",
                word("skipped").dim(),
                words::count(*count, "entry", "entries")
            ))?;
        }
        output::line(format!("{counts}, in {took}"))
    }

    fn begin_bar(&mut self) {
        if !self.output.bars {
            return;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(look) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(look);
        }
        bar.set_message("Listing");
        bar.enable_steady_tick(Duration::from_millis(120));
        self.bar = Some(bar);
    }

    fn size_bar(&mut self, send: u64) {
        if let Some(bar) = &self.bar {
            if let Ok(look) = ProgressStyle::with_template("{bar:24} {pos}/{len}  {wide_msg}") {
                bar.set_style(look.progress_chars("━╸ "));
            }
            bar.set_length(send);
            bar.set_position(0);
            bar.set_message("");
        }
    }

    fn receipt(
        &mut self,
        route: &str,
        title: &str,
        start: Option<(Time, Option<i32>)>,
        outcome: &Outcome,
        remarks: &[String],
    ) -> Result<()> {
        let when =
            start.map_or_else(|| " ".repeat(16), |(start, utc_offset)| words::moment(start, utc_offset));
        let to = self.destinations.get(route).unwrap_or(&self.destination);
        let mut lines = Vec::new();
        match outcome {
            Outcome::Created { key, .. } if self.to_folder => {
                lines.push(format!("{}  {when}  {title}  → {}", word("written").green(), key.id));
            }
            Outcome::Created { key, remarks } => {
                lines.push(format!("{}  {when}  {title}  → {to}{}", word("sent").green(), place(key)));
                lines.extend(remarks.iter().map(|remark| note(remark)));
            }
            Outcome::AlreadyThere { key, similar } => {
                let place = key.as_ref().map(place).unwrap_or_default();
                lines.push(format!("{}  {when}  {title}  → {to}{place}", word("there").cyan()));
                let utc_offset = start.and_then(|(_, utc_offset)| utc_offset);
                let left = |similar| format!("left: {} is there", words::similar(similar, utc_offset));
                lines.extend(similar.iter().map(|similar| note(&left(similar))));
            }
            // What every sync sees again is counted; on a terminal so is all that is left alone.
            Outcome::Skipped { skip } if !self.output.verbose && (self.output.bars || is_routine(skip)) => {
                *self.left.entry(words::skip(skip)).or_default() += 1;
            }
            Outcome::Skipped { skip } => {
                let reason = words::skip(skip);
                lines.push(format!("{}  {when}  {title}  → {to}: {reason}", word("skipped").dim()));
            }
            Outcome::Failed { error } => {
                lines.push(format!("{}  {when}  {title}  → {to}: {}", word("failed").red(), error.message));
            }
        }
        if self.output.verbose {
            lines.extend(remarks.iter().map(|remark| note(remark)));
        }
        self.print(&lines)
    }

    /// Lines of results; a bar steps aside for them.
    fn print(&self, lines: &[String]) -> Result<()> {
        let print = || lines.iter().try_for_each(output::line);
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// What stays so at every sync; the others may be sent by a later one, and are named.
fn is_routine(skip: &SkipReason) -> bool {
    !matches!(skip, SkipReason::InProgress | SkipReason::GaveUp { .. } | SkipReason::AccountBlocked)
}

/// What became of a step, as wide as its column.
fn word(word: &'static str) -> console::StyledObject<String> {
    style(format!("{word:<8}"))
}

fn note(text: &str) -> String {
    format!("{:10}{}", "", style(text).dim())
}

/// The identifier over there, and the link to it. Where people can follow a link, a long hash tells them nothing.
fn place(key: &Key) -> String {
    match &key.link {
        Some(link) if key.id.len() > 24 => format!("  {link}"),
        Some(link) => format!(" {}  {link}", key.id),
        None => format!(" {}", key.id),
    }
}
