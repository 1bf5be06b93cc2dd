//! Stack events as CloudFormation tells them.

use super::hooks::HookFinding;
use crate::foundation::timestamp::Timestamp;

/// The type of stacks, nested ones too.
pub const STACK: &str = "AWS::CloudFormation::Stack";

/// A stack event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StackEvent {
    /// Its id.
    pub id: String,
    /// The id of the stack that it belongs to.
    pub stack_id: String,
    /// The name of that stack.
    pub stack: String,
    /// When.
    pub at: Option<Timestamp>,
    /// The resource.
    pub logical_id: String,
    /// What it is called in AWS.
    pub physical_id: Option<String>,
    /// Its type.
    pub kind: String,
    /// Its status.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// The hook that ran, what it came to, and what it said.
    pub hook: Option<HookRun>,
    /// The id of the operation.
    pub operation: Option<String>,
    /// The token of the call that began the operation.
    pub token: Option<String>,
}

/// A hook's run, as an event tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookRun {
    /// The hook's type.
    pub kind: String,
    /// `HOOK_COMPLETE_FAILED`, ...
    pub status: String,
    /// What it said.
    pub reason: Option<String>,
    /// Whether a failure of it stops the operation; otherwise it warns.
    pub stops: bool,
    /// The id of its invocation, by which it tells more.
    pub invocation: Option<String>,
    /// What it found in particular, where it was asked.
    pub findings: Vec<HookFinding>,
}

impl StackEvent {
    /// Whether it is about the stack itself rather than one of its resources.
    pub fn is_of_the_stack(&self) -> bool {
        self.kind == STACK && self.physical_id.as_deref() == Some(self.stack_id.as_str())
    }

    /// Whether it begins an operation on the stack.
    pub fn begins_an_operation(&self) -> bool {
        self.is_of_the_stack()
            && ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"]
                .contains(&self.status.as_str())
    }

    /// The nested stack that it is about, by id.
    pub fn nested_stack(&self) -> Option<&str> {
        let id = self.physical_id.as_deref()?;
        (self.kind == STACK && !self.is_of_the_stack() && id.starts_with("arn:")).then_some(id)
    }

    /// Whether it says that a validation stopped the operation, and that `DescribeEvents` tells why.
    pub fn is_validation(&self) -> bool {
        let leads_on = self.reason.as_deref().is_some_and(|reason| reason.contains("DescribeEvents"));
        self.is_failure() && self.is_of_the_stack() && leads_on
    }

    /// Whether it tells a failure.
    pub fn is_failure(&self) -> bool {
        self.status.ends_with("_FAILED")
    }
}
