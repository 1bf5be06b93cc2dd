//! `schema`: the embedded JSON Schemas.

use super::{CommandError, Context, Outcome, exit};
use crate::foundation::suggest::nearest;
use crate::template::schema;

/// Print an embedded JSON Schema.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  firehose-kit schema\n  firehose-kit schema findings > findings.schema.json"
)]
pub struct Args {
    /// The schema's name; without it, the names are listed
    name: Option<String>,
}

/// Runs the command.
pub fn run(context: &Context, args: Args) -> Outcome {
    let Some(name) = args.name else {
        let names: String = schema::names().map(|name| format!("{name}\n")).collect();
        context.terminal.result(&names)?;
        return Ok(exit::SUCCESS);
    };
    let Some(text) = schema::text(&name) else {
        let error = CommandError::usage(format!("no schema is called `{name}`"));
        return Err(match nearest(&name, schema::names()) {
            Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
            None => error.hint("`firehose-kit schema` lists them"),
        });
    };
    context.terminal.result(text)?;
    Ok(exit::SUCCESS)
}
