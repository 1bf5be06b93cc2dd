//! `explain`: one rule's page.

use super::{CommandError, Context, Outcome, exit};
use crate::foundation::suggest::nearest;
use crate::rules;

/// Print a rule's page.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  firehose-kit explain FH305\n  firehose-kit explain duplicate-key")]
pub struct Args {
    /// The rule's id or name
    rule: String,
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    let Some(rule) = rules::find(&args.rule) else {
        let known = rules::all().flat_map(|rule| [rule.id, rule.name]);
        let error = CommandError::usage(format!("no rule is called `{}`", args.rule));
        return Err(match nearest(&args.rule, known) {
            Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
            None => error.hint("`firehose-kit rules` lists the rules"),
        });
    };
    context.terminal.result(&crate::report::rule_page::page(rule))?;
    Ok(exit::SUCCESS)
}
