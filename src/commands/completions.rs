//! `completions` and `man`: made from the same definitions as the command line.

use clap::CommandFactory;

use super::{Context, Outcome, exit};
use crate::cli::Cli;

/// Print completions for a shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  firehose-kit completions bash > ~/.local/share/bash-completion/completions/firehose-kit\n  \
    firehose-kit completions zsh > ~/.zfunc/_firehose-kit\n  \
    firehose-kit completions fish > ~/.config/fish/completions/firehose-kit.fish"
)]
pub struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

/// Runs `completions`.
pub fn run(context: &Context, args: Args) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "firehose-kit", &mut text);
    context.terminal.result_bytes(&text)?;
    Ok(exit::SUCCESS)
}

/// Runs `man`.
pub fn man(context: &Context) -> Outcome {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    context.terminal.result_bytes(&text)?;
    Ok(exit::SUCCESS)
}
