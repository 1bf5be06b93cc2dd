//! `completions` and `man`: made from the same definitions as the command line.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;

use super::{CommandError, Context, Outcome, exit};
use crate::cli::Cli;
use crate::foundation::suggest::nearest;
use crate::rules;
use crate::template::{schema, starters::STARTERS};

/// Print completions for a shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  firehose-kit completions bash > ~/.local/share/bash-completion/completions/firehose-kit\n  \
    firehose-kit completions zsh > ~/.zfunc/_firehose-kit\n  \
    firehose-kit completions fish > ~/.config/fish/completions/firehose-kit.fish"
)]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Print the manual page, or that of a command.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  firehose-kit man | man -l -\n  \
    firehose-kit man simulate | man -l -\n  \
    firehose-kit man > ~/.local/share/man/man1/firehose-kit.1")]
pub struct ManArgs {
    /// The command; without it, the page of the whole
    command: Option<String>,
}

/// Runs `completions`.
pub fn run(context: &Context, args: Args) -> Outcome {
    let mut bytes = Vec::new();
    clap_complete::generate(args.shell, &mut with_names(Cli::command()), "firehose-kit", &mut bytes);
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    match args.shell {
        // clap_complete 4.6 looks for the commands of a program with a hyphen under another name than it gives them.
        Shell::Bash => text = text.replace("firehose__subcmd__kit", "firehose__kit"),
        // What arguments without a flag may be, it leaves out for fish.
        Shell::Fish => {
            for command in with_names(Cli::command()).get_subcommands() {
                text.extend(command.get_positionals().map(|argument| for_fish(command.get_name(), argument)));
            }
        }
        _ => {}
    }
    context.terminal.result_bytes(text.as_bytes())?;
    Ok(exit::SUCCESS)
}

/// Runs `man`.
pub fn man(context: &Context, args: ManArgs) -> Outcome {
    // `build` gives options of the whole to its commands, and commands their full names. What points here is no news here.
    let mut whole = Cli::command().after_help(None);
    whole.build();
    let page = match &args.command {
        None => whole,
        Some(name) => {
            let known: Vec<String> =
                whole.get_subcommands().map(|command| command.get_name().to_owned()).collect();
            let found = whole.find_subcommand(name).cloned();
            found.ok_or_else(|| {
                let error = CommandError::usage(format!("no command is called `{name}`"));
                match nearest(name, known.iter().map(String::as_str)) {
                    Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
                    None => error.hint("`firehose-kit help` lists them"),
                }
            })?
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    text.extend(exit_codes().as_bytes());
    context.terminal.result_bytes(&text)?;
    Ok(exit::SUCCESS)
}

/// The section of the manual that lists the exit codes.
fn exit_codes() -> String {
    let code = |(code, meaning): &(u8, &str)| format!(".TP\n{code}\n{}\n", meaning.replace('-', "\\-"));
    let codes: String = exit::MEANINGS.iter().map(code).collect();
    format!(".SH \"EXIT STATUS\"\n{codes}.PP\nA closed pipe is success.\n")
}

/// Lines that let fish complete the values of an argument without a flag.
fn for_fish(command: &str, argument: &Arg) -> String {
    let line = |value: &PossibleValue| {
        let help = value.get_help().map(|help| help.to_string().replace('\'', "\\'")).unwrap_or_default();
        format!(
            "complete -c firehose-kit -n \"__fish_firehose_kit_using_subcommand {command}\" -f -a '{}' -d '{help}'\n",
            value.get_name()
        )
    };
    argument.get_possible_values().iter().map(line).collect()
}

/// The names that some arguments take: command, argument, names.
fn names() -> [(&'static str, &'static str, Vec<PossibleValue>); 3] {
    let starters = STARTERS.iter().map(|starter| PossibleValue::new(starter.name).help(starter.summary));
    let rules = rules::all().map(|rule| PossibleValue::new(rule.id).help(rule.name));
    let schemas = schema::names().map(PossibleValue::new);
    [
        ("init", "kind", starters.collect()),
        ("explain", "rule", rules.collect()),
        ("schema", "name", schemas.collect()),
    ]
}

/// The command line with those names, for completion alone: what is typed is judged by the commands themselves, which
/// suggest the nearest name.
fn with_names(command: Command) -> Command {
    names().into_iter().fold(command, |command, (name, argument, values)| {
        command.mut_subcommand(name, |below| {
            below.mut_arg(argument, |arg| arg.value_parser(PossibleValuesParser::new(values)))
        })
    })
}
