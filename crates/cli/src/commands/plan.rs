//! A dry run's answer: what would be sent, and why the rest would not.

use std::collections::BTreeMap;

use baton_engine::{Plan, Verdict};

use crate::context::Context;
use crate::failure::Result;
use crate::names::Names;
use crate::output;
use crate::words;

/// Prints the plan as a table, or as one object for each decision.
pub fn show(plan: &Plan, names: &Names, context: &Context<'_>) -> Result<()> {
    let output = context.output;
    if output.json {
        for decision in &plan.decisions {
            output::object(decision)?;
        }
        return Ok(());
    }
    let mut sends = Vec::new();
    let mut skips = Vec::new();
    let mut reasons: BTreeMap<(String, String), u64> = BTreeMap::new();
    for decision in &plan.decisions {
        let Some(first) = decision.entries.first() else { continue };
        let when = words::moment(first.span.start, first.utc_offset);
        let sport = words::sport(first.sport, first.sub_sport);
        let way = match decision.to.as_str() {
            "" => names.label(&decision.from),
            to => format!("{} → {}", names.label(&decision.from), names.label(to)),
        };
        let merged = decision.merged_with.as_ref().map(|partner| {
            format!("merged with “{}”, {}", partner.entry.title, names.label(&partner.account))
        });
        let note: Vec<String> = merged.into_iter().chain(decision.note.clone()).collect();
        let note = note.join("; ");
        match &decision.verdict {
            Verdict::Send { .. } => sends.push([when, decision.title(), sport, way, note]),
            Verdict::Skip { skip } => {
                let reason = words::skip(skip);
                *reasons.entry((way.clone(), reason.clone())).or_default() += decision.entries.len() as u64;
                skips.push([when, decision.title(), sport, way, if note.is_empty() { reason } else { note }]);
            }
        }
    }
    let count = sends.len() as u64;
    if sends.is_empty() {
        output::line("Nothing new to send")?;
    } else {
        output.table(["when", "title", "sport", "would go", ""], &[], sends)?;
        output::line(format!("\n{} would be sent", words::number(count)))?;
    }
    if plan.beyond_limit > 0 {
        output::line(format!(
            "{} beyond the limit",
            words::count(plan.beyond_limit, "more waits", "more wait")
        ))?;
    }
    if output.verbose && !skips.is_empty() {
        output::line("")?;
        output.table(["when", "title", "sport", "would not go", "because it is"], &[], skips)?;
    } else if !reasons.is_empty() {
        let rows = reasons.into_iter().map(|((way, reason), count)| [count.to_string(), way, reason]);
        output::line("")?;
        output.table(["left out", "way", "because"], &["left out"], rows.collect())?;
        output.say("`baton sync --dry-run -v` names each.");
    }
    Ok(())
}
