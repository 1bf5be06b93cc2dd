//! A stack, and what its status means for a deployment.

use crate::foundation::timestamp::Timestamp;

/// A stack as `DescribeStacks` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stack {
    /// Its id (an ARN).
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its status, such as `CREATE_COMPLETE`.
    pub status: String,
    /// Why it has that status.
    pub reason: Option<String>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// Values of its parameters; CloudFormation shows `****` for those with `NoEcho`.
    pub parameters: Vec<(String, String)>,
    /// Its outputs.
    pub outputs: Vec<StackOutput>,
    /// Whether it is protected from deletion.
    pub is_protected: bool,
}

/// An output of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StackOutput {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Its description.
    pub description: Option<String>,
    /// The name it is exported under.
    pub export: Option<String>,
}

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StackResource {
    /// Its logical id.
    pub logical_id: String,
    /// What it is called in AWS.
    pub physical_id: Option<String>,
    /// Its type.
    pub kind: String,
    /// Its status.
    pub status: String,
}

/// What a deployment may do with a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is none; or none any more.
    Absent,
    /// A shell without resources, left by a change set that was not executed.
    Shell,
    /// It can be updated.
    Ready,
    /// Something runs.
    Busy,
    /// Its creation failed: it can only be deleted.
    NeverWorked,
    /// It needs a decision before it can be updated.
    Stuck,
}

/// The standing by status.
pub fn standing(status: &str) -> Standing {
    match status {
        "DELETE_COMPLETE" => Standing::Absent,
        "REVIEW_IN_PROGRESS" => Standing::Shell,
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" => Standing::NeverWorked,
        "UPDATE_ROLLBACK_FAILED" | "DELETE_FAILED" | "IMPORT_ROLLBACK_FAILED" => Standing::Stuck,
        status if is_running(status) => Standing::Busy,
        // A creation or update that failed with rollback switched off can be taken up again.
        _ => Standing::Ready,
    }
}

/// Whether an operation runs. The shell of a change set waits for one, and runs nothing.
pub fn is_running(status: &str) -> bool {
    status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS"
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As wanted.
    Succeeded,
    /// It failed, and what was before stands again.
    RolledBack,
    /// It failed, and the stack is in between.
    Stuck,
}

/// How an operation ended, by the stack's status; `None` while it runs.
pub fn ending(status: &str, deletes: bool) -> Option<Ending> {
    match status {
        "DELETE_COMPLETE" if deletes => Some(Ending::Succeeded),
        // `OnStackFailure: DELETE`.
        "DELETE_COMPLETE" => Some(Ending::RolledBack),
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Some(Ending::Succeeded),
        "ROLLBACK_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE" => {
            Some(Ending::RolledBack)
        }
        status if status.ends_with("_FAILED") => Some(Ending::Stuck),
        _ => None,
    }
}

/// What a status means and what to do, where a deployment can't go on.
pub fn advice(status: &str, name: &str) -> Option<(String, Vec<String>)> {
    let (meaning, hints): (&str, Vec<String>) = match status {
        "ROLLBACK_COMPLETE" => (
            "its creation failed and was undone; such a stack can only be deleted",
            vec![format!(
                "deploy with `--replace-failed`, which deletes it first, or `firehose-kit delete --stack-name {name}`"
            )],
        ),
        "ROLLBACK_FAILED" => (
            "its creation failed, and so did undoing it: resources may be left",
            vec![
                format!("look at them with `firehose-kit status --stack-name {name}`"),
                "delete the stack with `--replace-failed` or `firehose-kit delete`".to_owned(),
            ],
        ),
        "UPDATE_ROLLBACK_FAILED" => (
            "an update failed, and so did the way back: the stack is half old, half new",
            vec![
                format!("find what could not be undone: `firehose-kit status --stack-name {name}`"),
                format!(
                    "mend it, then `aws cloudformation continue-update-rollback --stack-name {name}` (with `--resources-to-skip` for what can't be mended)"
                ),
                "deploy again once the stack is UPDATE_ROLLBACK_COMPLETE".to_owned(),
            ],
        ),
        "DELETE_FAILED" => (
            "its deletion failed: some resources are left",
            vec![format!("`firehose-kit delete --stack-name {name}` tries again; buckets must be empty")],
        ),
        "IMPORT_ROLLBACK_FAILED" => (
            "an import failed, and so did the way back",
            vec!["finish it in the CloudFormation console".to_owned()],
        ),
        status if is_running(status) => (
            "another operation runs on it",
            vec![format!(
                "follow it with `firehose-kit deploy --watch --stack-name {name}`, then deploy again"
            )],
        ),
        _ => return None,
    };
    Some((format!("the stack `{name}` is {status}: {meaning}"), hints))
}
