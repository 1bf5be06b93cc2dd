//! What a deployment came to.

use super::api::{ApiError, Refused};
use super::cause::Cause;

/// What a deployment came to. The command turns it into an exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The stack is as the template says already; or there was nothing to delete.
    NothingToDo,
    /// It is done.
    Done,
    /// The change set stands, unexecuted, by its name.
    Planned(String),
    /// The user said no.
    Declined,
    /// AWS, or what is known of it, refused before anything changed.
    Refused(Box<Refusal>),
    /// It failed and was rolled back.
    RolledBack(Box<Failure>),
    /// It failed and the stack needs attention.
    NeedsAttention(Box<Failure>),
    /// It is deployed, but records did not arrive as they should.
    SmokeFailed(Box<Refusal>),
    /// Nobody watches any more; the operation, if it began, goes on.
    Unwatched(Box<Refusal>),
}

/// Why nothing changed, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// What kind, for scripts.
    pub kind: RefusalKind,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hints: Vec<String>,
    /// What validations and hooks said.
    pub details: Vec<Refused>,
}

/// Why nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefusalKind {
    /// AWS refused, or would.
    #[default]
    Aws,
    /// What was given is not enough to ask AWS.
    Usage,
    /// Firehose will refuse the change: findings, shown on their own.
    Findings,
}

/// How an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// The stack's status at the end.
    pub status: String,
    /// What failed first.
    pub cause: Option<Cause>,
    /// What else failed by itself, rather than by being cancelled.
    pub others: Vec<Cause>,
    /// What to do.
    pub hints: Vec<String>,
}

impl Refusal {
    /// A refusal.
    pub fn new(message: impl Into<String>) -> Refusal {
        Refusal { message: message.into(), ..Refusal::default() }
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Refusal {
        self.hints.push(hint.into());
        self
    }

    /// An error of a call that nothing can be done about here.
    pub fn of_error(operation: &str, action: &str, error: &ApiError) -> Refusal {
        use super::api::ErrorKind;
        let refusal = Refusal::new(format!("{operation}: {} ({})", error.message.trim(), error.code));
        match error.kind() {
            ErrorKind::Expired => {
                refusal.hint("the credentials have run out: renew them (`aws sso login`, or your usual way) and run this again")
            }
            ErrorKind::Credentials => refusal.hint(
                "give credentials: a profile (AWS_PROFILE), `aws sso login`, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            ),
            ErrorKind::Denied => refusal.hint(format!("the caller needs the permission `{action}`")),
            ErrorKind::Passing if error.code == "Unreachable" => {
                refusal.hint("check the network, the region and the endpoint (`--endpoint-url`, AWS_ENDPOINT_URL)")
            }
            ErrorKind::Passing => refusal.hint("the service did not take the call after several attempts; try again later"),
            ErrorKind::Lasting => match error.code.as_str() {
                "InsufficientCapabilities" | "InsufficientCapabilitiesException" => refusal
                    .hint("acknowledge what the template does with `--capabilities`, naming what the message asks for"),
                "LimitExceeded" | "LimitExceededException" => {
                    refusal.hint("delete what is not needed, or ask for a higher quota")
                }
                _ if error.message.contains("_IN_PROGRESS") => refusal.hint(
                    "somebody else changes the stack: follow it with `firehose-kit deploy --watch`, then run this again",
                ),
                _ => refusal,
            },
        }
    }
}
