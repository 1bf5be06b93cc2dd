//! `rules`: the list of rules, and the examples of the user's own.

use std::path::PathBuf;

use serde_json::json;

use super::{CommandError, Context, Outcome, exit, own_rules};
use crate::rules;
use crate::rules::own::{OwnRules, examples};

/// List the rules.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  firehose-kit rules\n  firehose-kit rules --format json | jq -r '.rules[].id'\n  \
    firehose-kit rules --rules organisation/ --check"
)]
pub struct Args {
    /// How to write the list [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    format: Option<String>,
    /// A folder with your own rules, listed too
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Run the good and bad examples of your own rules instead
    #[arg(long)]
    check: bool,
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    let own = own_rules::given(context, args.rules.as_deref())?;
    if args.check {
        return check(context, &own);
    }
    let format = args.format.as_deref().or(context.config.rules.format.as_deref());
    let text = match format.unwrap_or("text") {
        "json" => {
            let ours = rules::all().map(|rule| {
                json!({
                    "id": rule.id,
                    "name": rule.name,
                    "severity": rule.severity.as_str(),
                    "since": rule.since,
                    "summary": rule.summary(),
                })
            });
            let owns = own.iter().map(|rule| {
                json!({
                    "id": rule.id,
                    "name": rule.name,
                    "severity": rule.severity.as_str(),
                    "summary": rule.message,
                    "file": rule.file,
                })
            });
            let document = json!({"version": 1, "rules": ours.chain(owns).collect::<Vec<_>>()});
            serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
        }
        _ => table(&own),
    };
    context.terminal.result(&text)?;
    Ok(exit::SUCCESS)
}

fn table(own: &OwnRules) -> String {
    let ours = rules::all().map(|rule| (rule.id, rule.name, rule.severity, rule.summary()));
    let owns = own
        .iter()
        .map(|rule| (&*rule.id, &*rule.name, rule.severity, rule.message.lines().next().unwrap_or("")));
    let all: Vec<_> = ours.chain(owns).collect();
    let ids = all.iter().map(|(id, ..)| id.len()).max().unwrap_or(0);
    let names = all.iter().map(|(_, name, ..)| name.len()).max().unwrap_or(0);
    all.into_iter()
        .map(|(id, name, severity, summary)| {
            format!("{id:ids$}  {:7}  {name:names$}  {summary}\n", severity.as_str())
        })
        .collect()
}

/// Runs the examples of own rules; one that does not go as it should makes the exit code 1.
fn check(context: &Context, own: &OwnRules) -> Outcome {
    if own.is_empty() {
        return Err(CommandError::usage("`--check` runs the examples of your own rules, and there are none")
            .hint("name their folder with `--rules DIR`, or as `validate.rules` in firehose-kit.toml"));
    }
    let failures: Vec<String> = own.iter().flat_map(examples::failures).collect();
    let examples: usize = own.iter().map(|rule| rule.examples.len()).sum();
    let mut text: String = failures.iter().map(|failure| format!("{failure}\n")).collect();
    text += &format!("{} rules, {examples} examples, {} failed\n", own.iter().count(), failures.len());
    context.terminal.result(&text)?;
    Ok(if failures.is_empty() { exit::SUCCESS } else { exit::FINDINGS })
}
