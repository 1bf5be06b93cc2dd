//! Differences between destinations, as data: all that the engine may know of one.

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
    /// Hints of the buffers with copies of all source records; `None` when no copies are made.
    pub backup: Option<BufferingHints>,
    /// What stands behind each record in a buffer of the destination; counted against the size hint. Empty for none.
    pub delimiter: Box<[u8]>,
    /// When an undelivered buffer is given up.
    pub give_up: GiveUp,
}

/// When an undelivered buffer is given up, and what becomes of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveUp {
    /// Retried until the source no longer keeps the oldest record; then the records are lost.
    WhenRetentionEnds,
}
