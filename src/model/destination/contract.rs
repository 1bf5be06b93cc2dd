//! Differences between destinations, as data: all that the engine may know of one.

use std::time::Duration;

use serde::Serialize;

use crate::model::buffering_hints::BufferingHints;

/// Which of a stream's ways out a buffer belongs to. The order is that of sealing at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// To the destination itself.
    Destination,
    /// Copies of source records.
    Backup,
    /// Failed records.
    Error,
}

impl Lane {
    /// All lanes, in the order of sealing at one moment.
    pub const ALL: [Lane; 3] = [Lane::Destination, Lane::Backup, Lane::Error];
}

/// How a destination is buffered for and how long it is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Hints of the buffers bound for the destination.
    pub hints: BufferingHints,
    /// Hints of the buffers with failed records: those of the block that holds the error prefix (CHOICE).
    pub error_hints: BufferingHints,
    /// Hints of the buffers with copies of all source records; `None` when no copies are made.
    pub backup: Option<BufferingHints>,
    /// What stands behind each record in a buffer of the destination; counted against the size hint. Empty for none.
    pub delimiter: Box<[u8]>,
    /// What one delivery consists of, in order; the next step starts when the one before was taken. An object that is the
    /// whole delivery is tried as `give_up` says, and so are requests; other objects are tried until retention ends.
    pub steps: &'static [Step],
    /// When an undelivered buffer is given up.
    pub give_up: GiveUp,
}

/// One part of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An object in the bucket of the lane.
    Object,
    /// An object without records that names the objects before it ([`super::request::Requests::listing`]).
    Listing,
    /// A request, which the destination makes and judges ([`super::request::Requests`]).
    Request,
}

/// When an undelivered buffer is given up, and what becomes of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveUp {
    /// Retried until the source no longer keeps the oldest record; then the records are lost.
    WhenRetentionEnds,
    /// Retried for a time; then each record becomes a document in the error lane, or all of them one listing there.
    AfterRetries(Retries),
}

/// `RetryOptions`, and what the service says about its waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How long is tried again. Zero means one attempt (CHOICE).
    pub duration: Duration,
    /// Whether the duration runs from the start of the first attempt; else from its failure on, and time that attempts
    /// themselves take does not count.
    pub counts_attempts: bool,
    /// The wait before the second attempt; waits double.
    pub first: Duration,
    /// The longest wait. Equal to `first` for waits that do not grow.
    pub longest: Duration,
    /// Waits are drawn between so many per cent of themselves; `(100, 100)` for none of that.
    pub jitter: (u32, u32),
    /// The `error-output-type` of given up records (behaviour sheet, 6.4).
    pub error_output_type: &'static str,
}
