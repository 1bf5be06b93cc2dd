//! Follows single records through a run: `--trace N`, and the outcomes of records that a scenario names.
//!
//! An observer of the run loop: it is told what happens and changes nothing. Each event has a stage and a sentence, so
//! that stages between put and buffer can add their own with [`Observer::tell`].

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::samples::pointer::JsonPointer;
use crate::{
    foundation::timestamp::Timestamp,
    model::{destination::contract::Lane, failure::FailureKind},
    pipeline::{
        BufferId, Ended, FailedRecord, Joined, Moved, RequestId,
        buffers::{SealedBuffer, SealedBy},
        encode::Head,
        invocation::{InvocationId, Passed, Step},
        ledger::Outcome,
    },
};

/// The most records whose outcomes are kept. Where more fit, expectations of records can't be judged, and say so.
pub const MOST_FATES: usize = 10_000;

/// Which record is meant.
#[derive(Clone, Debug, PartialEq)]
pub enum Selector {
    /// The N-th of the input, from 1.
    Number(u64),
    /// The one on this line of the first input, from 1 (`jsonl`, `text`).
    Line(u64),
    /// All whose field has this value.
    Where(JsonPointer, serde_json::Value),
}

/// Which records are followed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watch {
    /// The one whose life is told (`--trace`), from 1.
    pub trace: Option<u64>,
    /// Those whose outcome is asked for.
    pub selectors: Vec<Selector>,
}

/// Where a record stands in the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SamplePlace {
    /// Its number in the whole input, from 1.
    pub record: u64,
    /// The file.
    pub file: String,
    /// Its line; of records inside JSON values that of their data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl std::fmt::Display for SamplePlace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "record {} ({}:{line})", self.record, self.file),
            None => write!(formatter, "record {} ({})", self.record, self.file),
        }
    }
}

/// The life of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// Which one, from 1.
    pub record: u64,
    /// Where it stands; `None` when the input has fewer records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<SamplePlace>,
    /// What happened to it, in the order of happening.
    pub events: Vec<TraceEvent>,
}

/// One thing that happened to a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TraceEvent {
    /// When.
    pub at: Timestamp,
    /// Where in the stream: `put`, `buffer`, `seal`, `write`, `outcome`, ...
    pub stage: &'static str,
    /// What, and why.
    pub message: String,
}

/// How a record that a selector names ended. A record that is put twice ends twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The selector, by its place in [`Watch::selectors`].
    pub selector: usize,
    /// The record's number in the input, from 1.
    pub record: u64,
    /// `delivered`, `lost` or `rejected`.
    pub outcome: &'static str,
    /// The object's key, where it came into one.
    pub key: Option<String>,
}

struct Followed {
    record: u64,
    is_traced: bool,
    selectors: Vec<usize>,
}

/// Who follows records through a run.
pub(super) struct Observer {
    watch: Watch,
    followed: BTreeMap<u64, Followed>,
    buffers: BTreeMap<BufferId, Vec<u64>>,
    trace: Option<Trace>,
    /// Arrivals of the traced record, two when it is put twice, and the number of pieces that it came to.
    traced: BTreeMap<u64, u64>,
    /// Batches of the function with the traced record.
    calls: BTreeSet<u64>,
    /// Records that a selector fits.
    met: usize,
    fates: Vec<Fate>,
}

impl Observer {
    pub(super) fn new(watch: Watch) -> Observer {
        let trace = watch.trace.map(|record| Trace { record, place: None, events: Vec::new() });
        let (followed, buffers) = (BTreeMap::new(), BTreeMap::new());
        let (traced, calls) = (BTreeMap::new(), BTreeSet::new());
        Observer { watch, followed, buffers, trace, traced, calls, met: 0, fates: Vec::new() }
    }

    /// Whether nobody is followed, so that no record need be looked at.
    pub(super) fn is_idle(&self) -> bool {
        self.watch.trace.is_none() && self.watch.selectors.is_empty()
    }

    /// Looks at a record that is about to arrive as number `arrival`; whether it is followed.
    pub(super) fn meets(
        &mut self,
        arrival: u64,
        place: &SamplePlace,
        is_first_file: bool,
        bytes: &[u8],
    ) -> bool {
        let is_traced = self.watch.trace == Some(place.record);
        let fits = |selector: &Selector| match selector {
            Selector::Number(number) => *number == place.record,
            Selector::Line(line) => is_first_file && place.line == Some(*line),
            Selector::Where(pointer, value) => pointer.value_in(bytes).as_ref() == Some(value),
        };
        let selectors: Vec<usize> =
            (0..).zip(&self.watch.selectors).filter(|(_, s)| fits(s)).map(|(at, _)| at).collect();
        if is_traced && let Some(trace) = &mut self.trace {
            trace.place = Some(place.clone());
        }
        self.met += usize::from(!selectors.is_empty());
        if is_traced {
            self.traced.insert(arrival, 1);
        }
        let is_followed = is_traced || (!selectors.is_empty() && self.met <= MOST_FATES);
        if is_followed {
            self.followed.insert(arrival, Followed { record: place.record, is_traced, selectors });
        }
        is_followed
    }

    /// Whether this is the record whose life is told.
    pub(super) fn is_traced(&self, record: u64) -> bool {
        self.watch.trace == Some(record)
    }

    /// The traced record, arriving as this number, came to so many pieces.
    pub(super) fn came_apart(&mut self, arrival: u64, pieces: u64) {
        if let Some(known) = self.traced.get_mut(&arrival) {
            *known = pieces;
        }
    }

    /// Which piece it is, where the traced record came to several; ends in a blank then.
    fn piece(&self, arrival: u64, piece: u32) -> String {
        match self.traced.get(&arrival) {
            Some(pieces) if *pieces > 1 => format!("piece {} of {pieces}: ", piece + 1),
            _ => String::new(),
        }
    }

    /// Adds an event to the life of the traced record.
    pub(super) fn tell(&mut self, at: Timestamp, stage: &'static str, message: String) {
        if let Some(trace) = &mut self.trace {
            trace.events.push(TraceEvent { at, stage, message });
        }
    }

    /// A record failed before it was delivered.
    pub(super) fn failed(&mut self, failed: &FailedRecord, at: Timestamp) {
        if self.traced.contains_key(&failed.arrival) {
            let stage = match failed.kind {
                FailureKind::FormatConversion => "conversion",
                FailureKind::Destination(_) => "write",
                _ => "processing",
            };
            let piece = self.piece(failed.arrival, failed.piece);
            self.tell(at, stage, format!("{piece}failed with {}: {}", failed.code, failed.message));
        }
    }

    /// Something happened to a followed record around the function.
    pub(super) fn passed(&mut self, passed: &Passed, at: Timestamp) {
        let Passed { arrival, piece, batch, ref step } = *passed;
        if self.traced.contains_key(&arrival) {
            let piece = self.piece(arrival, piece);
            let (stage, message) = match step {
                Step::Waits => ("function", format!("waits for the function in batch {batch}")),
                Step::Returned(bytes) => ("function", format!("came back from the function: {bytes} bytes")),
                Step::Dropped => ("function", "dropped by the function".to_owned()),
                Step::CameToNothing => ("processing", "dropped: nothing is left of it".to_owned()),
            };
            self.tell(at, stage, format!("{piece}{message}"));
            if matches!(step, Step::Dropped | Step::CameToNothing) {
                self.tell(at, "outcome", format!("{piece}dropped"));
            }
            self.calls.insert(batch);
        }
        if matches!(step, Step::Dropped | Step::CameToNothing)
            && let Some(followed) = self.followed.remove(&arrival)
        {
            self.end(&followed, "dropped", None);
            self.followed.insert(arrival, followed);
        }
    }

    /// A call of the function ended, or failed.
    pub(super) fn called(&mut self, id: InvocationId, what: &str, at: Timestamp) {
        if self.calls.contains(&id.batch) {
            let message = format!("call {} with batch {}: {what}", id.attempt, id.batch);
            self.tell(at, "function", message);
        }
    }

    /// A followed record was refused at the put.
    pub(super) fn rejected(&mut self, arrival: u64, at: Timestamp, why: &str) {
        let Some(followed) = self.followed.remove(&arrival) else { return };
        if followed.is_traced {
            self.tell(at, "put", format!("rejected: {why}"));
        }
        self.end(&followed, "rejected", None);
    }

    pub(super) fn joined(&mut self, joined: &Joined, at: Timestamp) {
        let Joined { arrival, piece, buffer, lane, channel, is_first } = *joined;
        let Some(followed) = self.followed.get(&arrival) else { return };
        if followed.is_traced {
            let how = if is_first { "opened" } else { "joined" };
            // A copy is of the whole record.
            let piece = if lane == Lane::Backup { String::new() } else { self.piece(arrival, piece) };
            let lane = lane_name(lane);
            let message = format!("{piece}{how} buffer {} of lane {lane}, channel {channel}", buffer.0);
            self.tell(at, "buffer", message);
        }
        self.buffers.entry(buffer).or_default().push(arrival);
    }

    /// A followed record went to another buffer: to the error lane, or to a part of its own.
    pub(super) fn moved(&mut self, moved: &Moved, at: Timestamp) {
        let Moved { arrival, from, to } = *moved;
        if let Some(arrivals) = self.buffers.get_mut(&from) {
            arrivals.retain(|other| *other != arrival);
        }
        let arrivals = self.buffers.entry(to).or_default();
        if self.followed.contains_key(&arrival) && !arrivals.contains(&arrival) {
            arrivals.push(arrival);
            if self.traced.contains_key(&arrival) {
                self.tell(at, "buffer", format!("moved from buffer {} to buffer {}", from.0, to.0));
            }
        }
    }

    /// Whether a followed record is in this buffer.
    pub(super) fn follows(&self, buffer: BufferId) -> bool {
        self.buffers.contains_key(&buffer)
    }

    pub(super) fn sealed(&mut self, sealed: &SealedBuffer, heads: &[Head]) {
        if !self.is_traced_in(sealed.id) {
            return;
        }
        let why = match sealed.sealed_by {
            SealedBy::Size => "the next record would have exceeded its size hint",
            SealedBy::Interval => "its interval ended",
            SealedBy::Drain => "the input ended",
        };
        let (records, bytes) = (sealed.ends.len(), sealed.length());
        let message = format!(
            "buffer {} sealed, as {why}: {records} {}, {bytes} bytes, for {}",
            sealed.id.0,
            if records == 1 { "record" } else { "records" },
            heads.iter().map(Head::to_string).collect::<Vec<_>>().join(", then ")
        );
        self.tell(sealed.sealed_at, "seal", message);
    }

    pub(super) fn written(&mut self, request: RequestId, error: Option<&str>, at: Timestamp) {
        if self.is_traced_in(request.buffer) {
            let (buffer, attempt) = (request.buffer.0, request.attempt);
            let message = match error {
                Some(error) => format!("attempt {attempt} to write buffer {buffer} failed with {error}"),
                None => format!("attempt {attempt} to write buffer {buffer} succeeded"),
            };
            self.tell(at, "write", message);
        }
    }

    pub(super) fn ended(&mut self, ended: &Ended, head: Option<&Head>) {
        let is_traced = self.is_traced_in(ended.buffer);
        let outcome = match ended.outcome {
            Outcome::Delivered => "delivered",
            Outcome::Lost => "lost",
            Outcome::Dropped => "dropped",
            Outcome::ProcessingFailed => "processing_failed",
            Outcome::DestinationFailed => "destination_failed",
            Outcome::FormatConversionFailed => "format_conversion_failed",
        };
        if is_traced {
            let lane = lane_name(ended.lane);
            let message = match (outcome, ended.attempts) {
                (_, 0) => format!("{outcome} in lane {lane}: nothing to write, the buffer has no byte"),
                ("lost", attempts) if ended.refusal.is_none() => {
                    format!("lost in lane {lane} after {attempts} attempts: retention ended")
                }
                (outcome, attempts) => format!("{outcome} in lane {lane}, attempts: {attempts}"),
            };
            self.tell(ended.at, "outcome", message);
        }
        for arrival in self.buffers.remove(&ended.buffer).unwrap_or_default() {
            // A copy is no outcome; the record itself is still on its way or has ended.
            if ended.lane == Lane::Backup {
                continue;
            }
            // Kept: a record that held others ends once for each of them.
            if let Some(followed) = self.followed.remove(&arrival) {
                let key = head.map(|head| head.object().map_or_else(|| head.to_string(), |o| o.key.clone()));
                self.end(&followed, outcome, key);
                self.followed.insert(arrival, followed);
            }
        }
    }

    /// What was seen.
    pub(super) fn finish(&mut self) -> (Option<Trace>, Vec<Fate>) {
        // How an attempt ends is known when it starts, and told for when it ends.
        if let Some(trace) = &mut self.trace {
            trace.events.sort_by_key(|event| event.at);
        }
        (self.trace.take(), std::mem::take(&mut self.fates))
    }

    fn is_traced_in(&self, buffer: BufferId) -> bool {
        // A backup copy may still be written when its record has ended.
        self.buffers.get(&buffer).into_iter().flatten().any(|arrival| self.traced.contains_key(arrival))
    }

    fn end(&mut self, followed: &Followed, outcome: &'static str, key: Option<String>) {
        for selector in &followed.selectors {
            if self.fates.len() >= MOST_FATES {
                return;
            }
            let fate = Fate { selector: *selector, record: followed.record, outcome, key: key.clone() };
            self.fates.push(fate);
        }
    }
}

/// A lane's name as manifests have it.
pub fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Destination => "destination",
        Lane::Backup => "backup",
        Lane::Error => "error",
    }
}
