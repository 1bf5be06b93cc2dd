//! What the machine is told, and what it asks for or tells.

use std::{ops::Range, sync::Arc};

use super::{
    arrival_runs::ArrivalRuns,
    buffers::{Parked, SealedBuffer},
    invocation::{InvocationId, InvocationOutcome, Passed},
    ledger::Outcome,
    prepare::Prepared,
};
use crate::{
    foundation::timestamp::Timestamp,
    model::{
        destination::{
            contract::Lane,
            request::{Refusal, Verdict},
        },
        failure::FailureKind,
        partition_key::PartitionKey,
    },
};

/// The serial number of a buffer, in order of opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BufferId(pub u64);

/// One attempt to write the payload of one buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId {
    /// The buffer.
    pub buffer: BufferId,
    /// The step of the delivery, from 0.
    pub step: u8,
    /// The number of the attempt at this step, from 1.
    pub attempt: u32,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteResult {
    /// The payload was taken.
    Accepted,
    /// It was not; a later attempt may succeed, for as long as the source keeps the records.
    Failed,
    /// A request was answered, and this is what the answer means.
    Judged(Verdict),
}

/// What the machine is told.
#[derive(Debug)]
pub enum Input<'a> {
    /// One put call, or one record read from the source.
    Put(&'a Prepared, Range<usize>),
    /// So many records were refused before they got here: the stream was over its throughput.
    Throttled(u64),
    /// An attempt ended.
    Written(RequestId, WriteResult),
    /// A call of the function ended.
    Invoked(InvocationId, InvocationOutcome),
    /// A deadline is reached: fires the first one that is due.
    Tick,
    /// The input ended: seals all open buffers, the function's first; the others when all of its records are back.
    Drain,
}

/// What the machine asks for or tells.
#[derive(Debug)]
pub enum Output {
    /// A buffer was sealed: name and encode it, and keep its payload.
    Sealed(Arc<SealedBuffer>),
    /// Try to write the payload of a buffer, then hand in [`Input::Written`].
    Write(RequestId, Lane),
    /// Call the function with this event, then hand in [`Input::Invoked`].
    Invoke(InvocationId, Vec<u8>),
    /// Something happened to a watched record before it went into a buffer.
    Passed(Passed),
    /// A delivery is over.
    Ended(Ended),
    /// A watched record, or the first one, went into a buffer.
    Joined(Joined),
    /// A record failed, and its error document went into a buffer.
    Failed(Box<FailedRecord>),
    /// A followed record went from one buffer to another: to the error lane, or to a part of its own buffer.
    Moved(Moved),
    /// Some records of a buffer were taken, and others not yet.
    Took(Lane, ArrivalRuns),
    /// Keep these bytes of an open buffer, for when it is sealed.
    Parked(Box<Parked>),
    /// A record went into a buffer that is bound for the destination, and someone wants to look at all of these.
    Kept(Box<Kept>),
}

/// See [`Output::Kept`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The record, by the order of arrival, from 1.
    pub arrival: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// The buffer that took it.
    pub buffer: BufferId,
    /// Its bytes, without a delimiter.
    pub record: Vec<u8>,
    /// Its whole key.
    pub key: PartitionKey,
}

/// See [`Output::Moved`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The record, by the order of arrival, from 1.
    pub arrival: u64,
    /// The buffer that it left.
    pub from: BufferId,
    /// The buffer that took it.
    pub to: BufferId,
}

/// How one step of a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepEnd {
    /// When.
    pub at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// How: delivered, failed or lost.
    pub outcome: Outcome,
}

/// Where a record went: see [`Pipeline::watch`] and [`Pipeline::watch_openings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The record, by the order of arrival, from 1.
    pub arrival: u64,
    /// Which of its pieces, from 0.
    pub piece: u32,
    /// The buffer that took it.
    pub buffer: BufferId,
    /// Whose way out it is.
    pub lane: Lane,
    /// The channel of a scaled stream, from 0.
    pub channel: u32,
    /// Whether it is the buffer's first record.
    pub is_first: bool,
}

/// A record that failed before it was delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRecord {
    /// The record, by the order of arrival, from 1.
    pub arrival: u64,
    /// Which of its pieces, from 0.
    pub piece: u32,
    /// What failed.
    pub kind: FailureKind,
    /// The code.
    pub code: String,
    /// The message.
    pub message: String,
    /// How its data begin: no more than [`FailedRecord::SHOWN`] bytes.
    pub start: Vec<u8>,
}

impl FailedRecord {
    /// Bytes of a failed record that are told.
    pub const SHOWN: usize = 512;
}

/// What became of a buffer.
#[derive(Debug)]
pub struct Ended {
    /// The buffer.
    pub buffer: BufferId,
    /// Its way out.
    pub lane: Lane,
    /// When its delivery ended.
    pub at: Timestamp,
    /// How often it was tried, in its last step; zero where there was nothing to write, as for records without a byte.
    pub attempts: u32,
    /// How each of its steps ended, up to the last one that was tried.
    pub steps: Vec<StepEnd>,
    /// How many of its records went to the error lane.
    pub failed: u64,
    /// Why its last attempt failed, where it did.
    pub refusal: Option<Refusal>,
    /// How its records ended. Copies are not in the ledger, and end like this too.
    pub outcome: Outcome,
    /// When its records arrived; empty for copies.
    pub arrivals: ArrivalRuns,
}
