//! Arguments and dispatch.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::commands::config::Colour;
use crate::commands::{self, Context};
use crate::report::terminal::Verbosity;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "firehose-kit", version, about, long_about = None, propagate_version = true, max_term_width = 110)]
#[command(
    after_help = "Exit codes: 0 clean, 1 findings, 2 usage or unreadable input, 3 to 6 of deployments, 70 internal \
                        error; `firehose-kit man` tells of each."
)]
pub struct Cli {
    /// When to use colours [default: auto]
    #[arg(long, global = true, value_name = "WHEN", value_enum)]
    color: Option<Colour>,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find what Firehose will refuse, or accept and then not deliver
    Validate(Box<commands::validate::Args>),
    /// Show what a stream's settings come to
    Render(Box<commands::render::Args>),
    /// Run records through a stream, locally and in virtual time
    #[cfg(feature = "simulate")]
    Simulate(Box<commands::simulate::Args>),
    /// Run records through a stream (not in this build: feature `simulate`)
    #[cfg(not(feature = "simulate"))]
    Simulate(commands::absent::Args),
    /// Run scenario files and judge what comes out
    #[cfg(feature = "simulate")]
    Test(commands::test::Args),
    /// Run scenario files and judge what comes out (not in this build: feature `simulate`)
    #[cfg(not(feature = "simulate"))]
    Test(commands::absent::Args),
    /// Make a Glue table from samples, and the format conversion that fits it
    #[cfg(feature = "simulate")]
    Infer(commands::infer::Args),
    /// Make a Glue table from samples (not in this build: feature `simulate`)
    #[cfg(not(feature = "simulate"))]
    Infer(commands::absent::Args),
    /// Deploy a template with CloudFormation
    #[cfg(feature = "aws")]
    Deploy(Box<commands::deploy::Args>),
    /// Deploy a template with CloudFormation (not in this build: feature `aws`)
    #[cfg(not(feature = "aws"))]
    Deploy(commands::absent::Args),
    /// Compare a template with the deployed stack
    #[cfg(feature = "aws")]
    Diff(commands::diff::Args),
    /// Compare a template with the deployed stack (not in this build: feature `aws`)
    #[cfg(not(feature = "aws"))]
    Diff(commands::absent::Args),
    /// Tell how a deployed stack and its streams are
    #[cfg(feature = "aws")]
    Status(commands::status::Args),
    /// Tell how a deployed stack and its streams are (not in this build: feature `aws`)
    #[cfg(not(feature = "aws"))]
    Status(commands::absent::Args),
    /// Delete a deployed stack
    #[cfg(feature = "aws")]
    Delete(commands::delete::Args),
    /// Delete a deployed stack (not in this build: feature `aws`)
    #[cfg(not(feature = "aws"))]
    Delete(commands::absent::Args),
    /// Write a starter: a template, its samples and its settings
    Init(commands::init::Args),
    /// Print a rule's page
    Explain(commands::explain::Args),
    /// List the rules
    Rules(commands::rules::Args),
    /// Print an embedded JSON Schema
    Schema(commands::schema::Args),
    /// Print completions for a shell
    Completions(commands::completions::Args),
    /// Print the manual page, or that of a command
    Man(commands::completions::ManArgs),
}

/// Parses, runs, and turns the outcome into an exit code.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let choice = match wanted_colour(&words) {
        Some(Colour::Always) => clap::ColorChoice::Always,
        Some(Colour::Never) => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    };
    let parsed = Cli::command()
        .color(choice)
        .try_get_matches_from(words)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe while help is printed is success too.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                commands::exit::USAGE
            } else {
                commands::exit::SUCCESS
            });
        }
    };
    let verbosity = match (cli.quiet, cli.verbose) {
        (true, _) => Some(Verbosity::Quiet),
        (_, true) => Some(Verbosity::Verbose),
        _ => None,
    };
    let context = match Context::new(cli.color, verbosity) {
        Ok(context) => context,
        Err((terminal, error)) => return commands::exit::report(&terminal, Err(error)),
    };
    let outcome = match cli.command {
        Command::Validate(args) => commands::validate::run(&context, *args),
        Command::Render(args) => commands::render::run(&context, *args),
        #[cfg(feature = "simulate")]
        Command::Simulate(args) => commands::simulate::run(&context, *args),
        #[cfg(feature = "simulate")]
        Command::Test(args) => commands::test::run(&context, args),
        #[cfg(not(feature = "simulate"))]
        Command::Simulate(_) => commands::absent::run("simulate", "simulate"),
        #[cfg(not(feature = "simulate"))]
        Command::Test(_) => commands::absent::run("test", "simulate"),
        #[cfg(feature = "simulate")]
        Command::Infer(args) => commands::infer::run(&context, args),
        #[cfg(not(feature = "simulate"))]
        Command::Infer(_) => commands::absent::run("infer", "simulate"),
        #[cfg(feature = "aws")]
        Command::Deploy(args) => commands::deploy::run(&context, *args),
        #[cfg(feature = "aws")]
        Command::Delete(args) => commands::delete::run(&context, args),
        #[cfg(feature = "aws")]
        Command::Diff(args) => commands::diff::run(&context, args),
        #[cfg(feature = "aws")]
        Command::Status(args) => commands::status::run(&context, args),
        #[cfg(not(feature = "aws"))]
        Command::Diff(_) => commands::absent::run("diff", "aws"),
        #[cfg(not(feature = "aws"))]
        Command::Status(_) => commands::absent::run("status", "aws"),
        #[cfg(not(feature = "aws"))]
        Command::Deploy(_) => commands::absent::run("deploy", "aws"),
        #[cfg(not(feature = "aws"))]
        Command::Delete(_) => commands::absent::run("delete", "aws"),
        Command::Init(args) => commands::init::run(&context, args),
        Command::Explain(args) => commands::explain::run(&context, args),
        Command::Rules(args) => commands::rules::run(&context, args),
        Command::Schema(args) => commands::schema::run(&context, args),
        Command::Completions(args) => commands::completions::run(&context, args),
        Command::Man(args) => commands::completions::man(&context, args),
    };
    commands::exit::report(&context.terminal, outcome)
}

/// What `--color` says, for help and for mistakes in the words themselves: they are printed before all words are known.
fn wanted_colour(words: &[OsString]) -> Option<Colour> {
    let words: Vec<&str> =
        words.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str()).collect();
    let follows = |pair: &[&str]| (pair[0] == "--color").then(|| pair[1].to_owned());
    let joined = words.iter().filter_map(|word| word.strip_prefix("--color=").map(str::to_owned));
    let value = words.windows(2).filter_map(follows).chain(joined).next()?;
    Colour::from_str(&value, false).ok()
}
