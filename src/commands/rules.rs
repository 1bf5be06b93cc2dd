//! `rules`: the list of rules.

use serde_json::json;

use super::{Context, Outcome, exit};
use crate::rules;

/// List the rules.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  firehose-kit rules\n  firehose-kit rules --format json | jq -r '.rules[].id'"
)]
pub struct Args {
    /// How to write the list
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    let text = match args.format.as_str() {
        "json" => {
            let rules: Vec<_> = rules::all()
                .map(|rule| {
                    json!({
                        "id": rule.id,
                        "name": rule.name,
                        "severity": rule.severity.as_str(),
                        "since": rule.since,
                        "summary": rule.summary(),
                    })
                })
                .collect();
            let document = json!({"version": 1, "rules": rules});
            serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
        }
        _ => table(),
    };
    context.terminal.result(&text)?;
    Ok(exit::SUCCESS)
}

fn table() -> String {
    let width = rules::all().map(|rule| rule.name.len()).max().unwrap_or(0);
    rules::all()
        .map(|rule| {
            let summary = rule.summary();
            format!("{}  {:7}  {:width$}  {summary}\n", rule.id, rule.severity.as_str(), rule.name)
        })
        .collect()
}
