//! What an answer means for the records, and what is told of them.

use std::time::Duration;

use crate::{foundation::timestamp::Timestamp, model::delivery_stream::DeliveryStream};

/// Why records were not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code, such as `HttpEndpoint.ConnectionFailed`.
    pub code: String,
    /// The message.
    pub message: String,
}

impl Refusal {
    /// From its parts.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Refusal {
        Refusal { code: code.into(), message: message.into() }
    }
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All records were taken.
    Taken,
    /// None was; a later attempt may succeed.
    Retry(Refusal),
    /// None was and none will be: they go to the error lane at once.
    Refused(Refusal),
    /// None was, and the service keeps them nowhere: they are lost.
    Discarded(Refusal),
    /// These were not, all others were.
    Partly(Vec<DocumentVerdict>),
}

/// What an answer means for one record that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentVerdict {
    /// The record's index in the buffer.
    pub index: u32,
    /// Whether a later attempt may succeed.
    pub retry: bool,
    /// Why it was not taken.
    pub refusal: Refusal,
}

/// What an answer means, or what has to be waited for before that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It means this.
    Final(Verdict),
    /// The records are taken once this id is acknowledged.
    Awaits(u64),
}

/// How a destination acknowledges records after it has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// How long is waited for one.
    pub timeout: Duration,
    /// How often is asked.
    pub every: Duration,
    /// What records fail with when none comes.
    pub refusal: Refusal,
}

/// A record that a destination did not take, for its error document.
#[derive(Clone, Debug)]
pub struct UndeliveredRecord<'a> {
    /// Its bytes as they were to be delivered.
    pub bytes: &'a [u8],
    /// Its id; see [`Batch::record_id`].
    pub id: String,
    /// When it arrived, in milliseconds since 1970.
    pub arrival: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// When the last attempt ended.
    pub ended: Timestamp,
    /// Why it was not taken.
    pub refusal: &'a Refusal,
    /// The stream.
    pub stream: &'a DeliveryStream,
}

/// An object that holds no records but names others, such as the manifest of a load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// What it says.
    pub body: Vec<u8>,
}

/// What the records of a request come to in the destination, where that can be told beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Rows that the destination takes; none where it refuses the request.
    pub rows: u64,
    /// Lines that it does not take, the first ones where there are very many.
    pub refused: Vec<RefusedLine>,
    /// How many lines it does not take.
    pub refused_lines: u64,
    /// Why it refuses the request as a whole, where it does.
    pub refusal: Option<Refusal>,
}

/// A line of a staged object that the destination does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    /// Where it starts in the buffer's bytes.
    pub offset: usize,
    /// One line of JSON about it, without a line end.
    pub document: String,
    /// The same in words.
    pub message: String,
}

/// Rows for a database that really takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableLoad {
    /// What makes the table where it is absent.
    pub create: Vec<String>,
    /// The statement that takes the rows.
    pub copy: String,
    /// The rows, as that statement reads them.
    pub rows: Vec<u8>,
}

/// A key of a record that no column takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// The table.
    pub table: String,
    /// The key.
    pub key: String,
    /// The column whose name differs by letter case alone.
    pub nearly: Option<String>,
}

/// What happened to the requests of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Whether one was sent again.
    pub retried: bool,
    /// Whether the records of one were discarded.
    pub discarded: bool,
}
