//! What a deployment tells while it runs: values, which `report/` turns into text or JSON.

use std::time::Duration;

use super::capabilities::Capability;
use super::change_set::ChangeSummary;
use super::events::StackEvent;
use super::parameters::ShownParameter;
use super::stack::StackOutput;
use super::verdict::Verdict;

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeployEvent {
    /// The stack as it was found.
    Stack {
        /// Its name.
        name: String,
        /// Its status; none where it does not exist.
        status: Option<String>,
    },
    /// Which values parameters get.
    Parameters(Vec<ShownParameter>),
    /// What is acknowledged, and because of what.
    Capabilities(Vec<Capability>),
    /// The template goes through a bucket.
    Upload {
        /// The bucket.
        bucket: String,
        /// Its size in bytes.
        bytes: usize,
    },
    /// A change set is being made.
    CreatingChangeSet {
        /// Its name.
        name: String,
        /// Whether it creates the stack.
        creates: bool,
    },
    /// What it would change.
    ChangeSet(Box<ChangeSummary>),
    /// The stack is to be deleted.
    Deleting {
        /// Whether because it never worked.
        replaced: bool,
    },
    /// The operation begins.
    Executing,
    /// A resource or the stack gets another status.
    Resource(Box<StackEvent>),
    /// How far it is: resources that are done, of how many.
    Progress {
        /// Done.
        done: usize,
        /// Of how many, where known.
        total: usize,
    },
    /// A call failed and will be made again.
    Retry {
        /// The API operation.
        operation: &'static str,
        /// What was answered.
        reason: String,
        /// After which pause.
        pause: Duration,
    },
    /// Something worth knowing.
    Note(String),
    /// The user interrupted; what it means.
    Interrupted {
        /// What happens now.
        meaning: String,
    },
    /// The stack's outputs.
    Outputs(Vec<StackOutput>),
    /// A delivery stream after the deployment.
    Stream {
        /// Its logical id.
        logical_id: String,
        /// Its name.
        name: String,
        /// `ACTIVE`, ...
        status: String,
    },
    /// The end.
    End(Box<Verdict>),
}
