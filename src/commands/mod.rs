//! One file a subcommand: its arguments and one `run`.

pub mod absent;
#[cfg(all(feature = "aws", feature = "simulate"))]
pub mod aws_function;
pub mod completions;
pub mod config;
pub mod context;
#[cfg(feature = "aws")]
pub mod delete;
#[cfg(feature = "aws")]
pub mod deploy;
#[cfg(feature = "aws")]
pub mod diff;
#[cfg(feature = "simulate")]
pub mod endpoints;
pub mod exit;
pub mod explain;
pub mod fix;
#[cfg(feature = "simulate")]
pub mod functions;
pub mod iceberg_tables;
#[cfg(feature = "simulate")]
pub mod infer;
pub mod init;
pub mod inputs;
pub mod own_rules;
#[cfg(feature = "simulate")]
pub mod real_s3;
pub mod redshift_table;
pub mod render;
#[cfg(feature = "simulate")]
pub mod report_page;
pub mod result_file;
pub mod rules;
#[cfg(feature = "simulate")]
pub mod scenario;
pub mod schema;
#[cfg(feature = "simulate")]
pub mod simulate;
pub mod snowflake_table;
#[cfg(feature = "simulate")]
pub mod source;
#[cfg(feature = "aws")]
pub mod status;
pub mod stream;
pub mod table;
pub mod template_search;
pub mod template_text;
#[cfg(feature = "simulate")]
pub mod test;
#[cfg(all(feature = "aws", feature = "simulate"))]
pub mod upload;
pub mod validate;

use std::io;

pub use context::Context;

/// Why a command did not succeed. The kind decides the exit code.
#[derive(Debug)]
pub struct CommandError {
    /// The kind.
    pub kind: CommandErrorKind,
    /// What went wrong.
    pub message: String,
    /// What to do, as imperatives.
    pub hints: Vec<String>,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandErrorKind {
    /// The words of the command line or of the configuration.
    Usage,
    /// A file that can't be read, written or parsed.
    Input,
    /// Findings that end the command; they have been shown.
    Findings,
    /// AWS refused before anything changed.
    Refused,
    /// A deployment failed and was rolled back.
    RolledBack,
    /// A deployment failed and the stack needs attention.
    NeedsAttention,
    /// The user declined or interrupted.
    Interrupted,
    /// A bug of ours.
    Internal,
    /// Nobody reads the output any more.
    ClosedPipe,
}

impl CommandError {
    /// A failure of a kind.
    pub fn new(kind: CommandErrorKind, message: impl Into<String>) -> CommandError {
        CommandError { kind, message: message.into(), hints: Vec::new() }
    }

    /// A mistake in the words of the command line.
    pub fn usage(message: impl Into<String>) -> CommandError {
        CommandError::new(CommandErrorKind::Usage, message)
    }

    /// A file that can't be read, written or parsed.
    pub fn input(message: impl Into<String>) -> CommandError {
        CommandError::new(CommandErrorKind::Input, message)
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> CommandError {
        self.hints.push(hint.into());
        self
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> CommandError {
        match error.kind() {
            io::ErrorKind::BrokenPipe => CommandError::new(CommandErrorKind::ClosedPipe, ""),
            _ => CommandError::input(format!("the output could not be written: {error}")),
        }
    }
}

/// What a command that ran came to: its exit code.
pub type Outcome = Result<u8, CommandError>;
