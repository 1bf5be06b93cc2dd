//! A command that this build lacks: it takes any arguments, and says what has it.
//!
//! The hook for pre-commit is built without features, because the linter needs none of what is heavy; the commands keep
//! their places in the help, so that nobody takes a small build for a smaller program.

use super::{CommandError, Outcome};

/// How to get all commands.
pub const INSTALL: &str = "`cargo install --locked --features full --path .`, in a clone of the repository, \
                           installs all commands";

/// Whatever the command is given.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "This build of firehose-kit lacks the command:\n`cargo install --locked --features full --path .`, \
                        in a clone of the repository, installs all commands."
)]
pub struct Args {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    _ignored: Vec<std::ffi::OsString>,
}

/// Refuses the command, naming the feature that it belongs to.
///
/// # Errors
/// Always: a usage error.
pub fn run(command: &str, feature: &str) -> Outcome {
    Err(CommandError::usage(format!(
        "this build has no `{command}`: it was made without the feature `{feature}`"
    ))
    .hint(INSTALL))
}
