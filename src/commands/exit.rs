//! The exit codes of the command-line contract, section 1.

use std::process::ExitCode;

use super::{CommandError, CommandErrorKind, Outcome};
use crate::report::terminal::Terminal;

/// Clean; completed; nothing to change.
pub const SUCCESS: u8 = 0;
/// Findings at or above the threshold, or that end a command; `--fail-on-loss`; a failed expectation.
pub const FINDINGS: u8 = 1;
/// Usage; a file that can't be read or parsed; nothing to work on.
pub const USAGE: u8 = 2;
/// AWS refused before anything changed.
pub const REFUSED: u8 = 3;
/// The deployment failed and was rolled back.
pub const ROLLED_BACK: u8 = 4;
/// The deployment failed and the stack needs attention.
pub const NEEDS_ATTENTION: u8 = 5;
/// Declined or interrupted.
pub const INTERRUPTED: u8 = 6;
/// A bug of ours.
pub const INTERNAL: u8 = 70;

/// What each code means.
pub const MEANINGS: [(u8, &str); 8] = [
    (SUCCESS, "clean; completed; deployed; nothing to change"),
    (
        FINDINGS,
        "findings at or above the threshold, or that stop a command; an expectation failed; records were lost, with \
         --fail-on-loss",
    ),
    (
        USAGE,
        "usage; a confirmation that can't be asked for; a file that can't be read or parsed; nothing to work on",
    ),
    (REFUSED, "AWS refused before anything changed"),
    (ROLLED_BACK, "the deployment failed and was rolled back"),
    (NEEDS_ATTENTION, "the deployment failed and the stack needs attention"),
    (INTERRUPTED, "declined or interrupted; the stack, if started, goes on"),
    (INTERNAL, "internal error: a bug"),
];

/// Says what went wrong, and turns the outcome into the exit code.
pub fn report(terminal: &Terminal, outcome: Outcome) -> ExitCode {
    let error = match outcome {
        Ok(code) => return ExitCode::from(code),
        Err(error) => error,
    };
    tell(terminal, &error);
    ExitCode::from(match error.kind {
        CommandErrorKind::Usage | CommandErrorKind::Input => USAGE,
        CommandErrorKind::Findings => FINDINGS,
        CommandErrorKind::Refused => REFUSED,
        CommandErrorKind::RolledBack => ROLLED_BACK,
        CommandErrorKind::NeedsAttention => NEEDS_ATTENTION,
        CommandErrorKind::Interrupted => INTERRUPTED,
        CommandErrorKind::Internal => INTERNAL,
        CommandErrorKind::ClosedPipe => SUCCESS,
    })
}

/// Says what went wrong and what to do, on standard error.
pub fn tell(terminal: &Terminal, error: &CommandError) {
    if !error.message.is_empty() {
        terminal.error_line(&format!("\u{1b}[1;31merror\u{1b}[0m: {}", error.message));
    }
    for hint in &error.hints {
        terminal.error_line(&format!("  \u{1b}[1;36mhelp\u{1b}[0m: {hint}"));
    }
}
