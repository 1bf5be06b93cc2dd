//! What a deployment tells while it runs: values, which `report/` turns into text or JSON.

use std::time::Duration;

use super::capabilities::Capability;
use super::change_set::ChangeSummary;
use super::drift::DriftedResource;
use super::events::StackEvent;
use super::metrics::MetricHint;
use super::parameters::ShownParameter;
use super::stack::StackOutput;
use super::stream::Comparison;
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
        /// How it differs from the template's, where that was compared.
        comparison: Option<Comparison>,
    },
    /// Which metrics of a stream tell whether it does its work.
    Metrics {
        /// Its name.
        stream: String,
        /// The metrics.
        hints: Vec<MetricHint>,
    },
    /// What was changed behind the stack's back.
    Drift {
        /// `DRIFTED`, `IN_SYNC`, ...
        status: String,
        /// The resources that drifted.
        resources: Vec<DriftedResource>,
    },
    /// Records were put into the stream.
    SmokePut {
        /// The stream's name.
        stream: String,
        /// How many it has taken so far.
        done: usize,
        /// Of how many.
        total: usize,
    },
    /// Objects are waited for.
    SmokeWait {
        /// For how long at the most.
        patience: Duration,
        /// Where they should appear.
        expected: Vec<SmokeTarget>,
    },
    /// An object came.
    SmokeObject {
        /// `destination`, `backup` or `error`.
        lane: &'static str,
        /// The bucket.
        bucket: String,
        /// Its key.
        key: String,
        /// Its size in bytes.
        bytes: u64,
    },
    /// The end.
    End(Box<Verdict>),
}

/// Where objects of a trial should appear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmokeTarget {
    /// `destination` or `backup`.
    pub lane: &'static str,
    /// The bucket.
    pub bucket: String,
    /// A key as it should look.
    pub example: String,
    /// How many of the records.
    pub records: usize,
}
