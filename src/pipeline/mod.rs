//! The engine: what Amazon Data Firehose does over time, as a deterministic machine without input or output.
//!
//! It never reads a clock, a file or the network, starts no thread, and names no destination, codec or format. The law
//! for whoever runs it: hand in one input with the present moment; take outputs until there are none; the next moment
//! is the earliest of the next arrival, the next completion of a write and [`Pipeline::poll_timeout`]. At equal moments:
//! completions, then timers ([`Input::Tick`], one a call), then arrivals.
//!
//! A sealed buffer comes out once, as [`Output::Sealed`]; whoever runs the machine keeps its payload until
//! [`Output::Ended`] says what became of it, so that a long outage holds no bytes here.

pub mod arrival_runs;
mod arriving;
pub mod buffers;
mod deliveries;
pub mod encode;
pub mod ingest;
pub mod invocation;
pub mod ledger;
mod messages;
mod partitions;
pub mod plan;
pub mod prepare;
pub mod timers;
mod undelivered;

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

pub use self::messages::{
    BufferId, Ended, FailedRecord, Input, Joined, Kept, Moved, Output, RequestId, StepEnd, WriteResult,
};
use self::{
    arrival_runs::ArrivalRuns,
    buffers::{Added, Buffers, Entry, Place, Sealed, SealedBuffer, SealedBy, interval_end},
    deliveries::{Deliveries, Over},
    ingest::{Ingest, Refused},
    invocation::Invocations,
    ledger::{Custody, Ledger, Outcome},
    partitions::Partitions,
    plan::Plan,
    timers::{Deadline, TimerReason, Timers},
};
use crate::{
    foundation::timestamp::Timestamp,
    model::{
        destination::contract::{self, GiveUp, Lane},
        failure::{Failed, Failure, FailureKind},
        noticed::Noticed,
        partition_key::PartitionKey,
        record_number::RecordNumber,
        record_origin::RecordOrigin,
    },
};

/// The state of one delivery stream.
#[derive(Debug)]
pub struct Pipeline {
    plan: Arc<Plan>,
    ingest: Ingest,
    ledger: Ledger,
    buffers: Buffers,
    deliveries: Deliveries,
    partitions: Partitions,
    invocations: Invocations,
    timers: Timers,
    outputs: VecDeque<Output>,
    /// Records let in so far: they go to the channels in turn.
    turn: u64,
    /// Arrivals that someone wants to follow.
    watched: BTreeSet<u64>,
    /// Whether someone wants to know of each buffer's first record.
    tells_openings: bool,
    /// Whether someone wants to look at each record that goes on to the destination.
    tells_records: bool,
    /// The record that is being put into buffers.
    arriving: Arriving,
    /// Where it stands in its source, where anyone is told.
    origin: Option<Arc<RecordOrigin>>,
    /// What was noticed of records so far.
    noticed: Noticed,
    /// Whether the input ended, and buffers wait for what the function still has.
    is_draining: bool,
}

/// A record on its way into buffers.
#[derive(Clone, Copy, Debug)]
struct Arriving {
    /// By the order of arrival, from 1.
    number: u64,
    /// Which of the pieces that it came to, from 0.
    piece: u32,
    is_watched: bool,
    /// When it arrived.
    at: Timestamp,
}

impl Pipeline {
    /// A stream that has seen nothing yet.
    pub fn new(plan: Arc<Plan>) -> Pipeline {
        Pipeline {
            ingest: Ingest::new(&plan.stream().source),
            deliveries: Deliveries::new(plan.seed(), plan.retention()),
            plan,
            ledger: Ledger::default(),
            buffers: Buffers::default(),
            partitions: Partitions::default(),
            invocations: Invocations::default(),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            turn: 0,
            watched: BTreeSet::new(),
            tells_openings: false,
            tells_records: false,
            arriving: Arriving { number: 0, piece: 0, is_watched: false, at: Timestamp::DEFAULT_START },
            origin: None,
            noticed: Noticed::default(),
            is_draining: false,
        }
    }

    /// Asks for an [`Output::Joined`] for each buffer that takes the record which arrives as number `arrival`, from 1.
    pub fn watch(&mut self, arrival: u64) {
        self.watched.insert(arrival);
    }

    /// Asks for an [`Output::Joined`] for the first record of each buffer.
    pub fn watch_openings(&mut self) {
        self.tells_openings = true;
    }

    /// Asks for an [`Output::Parked`] where open buffers hold more than so many bytes. Nobody may ask for the bytes of a
    /// buffer then: its delivery must have objects only, and no write may fail.
    pub fn park_beyond(&mut self, bytes: u64) {
        self.buffers.park_beyond(bytes);
    }

    /// Asks for an [`Output::Kept`] for each record that goes on to the destination.
    pub fn watch_records(&mut self) {
        self.tells_records = true;
    }

    /// Hands in one input at the present moment, which must not be earlier than any before.
    pub fn handle(&mut self, input: Input<'_>, now: Timestamp) {
        match input {
            Input::Put(prepared, call) => self.put(prepared, call, now),
            Input::Throttled(records) => self.ledger.reject(records),
            Input::Written(request, result) => {
                let progress = self.deliveries.written(request, result, &mut self.timers, now);
                self.progress(progress, now);
            }
            Input::Invoked(id, outcome) => self.invoked(id, outcome, now),
            Input::Tick => self.tick(now),
            Input::Drain => {
                self.is_draining = true;
                self.invoke_all();
                self.drain(now);
            }
        }
        let (buffers, invocations) = (&self.buffers, &self.invocations);
        self.timers.forget_while(|timer| match timer.reason {
            TimerReason::BufferInterval => !buffers.is_open(timer.buffer),
            TimerReason::FunctionInterval => !invocations.is_open(timer.buffer.0),
            TimerReason::Retry | TimerReason::RetriesOver | TimerReason::RetentionOver => false,
        });
    }

    /// The next thing the machine asks for or tells.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When the machine wants to be woken next, and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        self.timers.next().map(|timer| Deadline { at: timer.at, reason: timer.reason })
    }

    /// The counts so far.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Records refused at the put so far, by reason.
    pub fn refused(&self) -> Refused {
        self.ingest.refused()
    }

    /// What was noticed of records so far.
    pub fn noticed(&self) -> Noticed {
        let mut noticed = self.noticed;
        noticed.join(self.partitions.noticed());
        noticed
    }

    /// The record that arrived first of those that wait for the function or are in it, by the order of arrival.
    pub fn oldest_in_function(&self) -> Option<u64> {
        self.invocations.oldest()
    }

    /// Bytes in all open buffers.
    pub fn buffered_bytes(&self) -> u64 {
        self.buffers.bytes() + self.invocations.bytes()
    }

    /// Seals what is not buffered on purpose.
    fn seal_unbuffered(&mut self, now: Timestamp) {
        for lane in Lane::ALL {
            if self.plan.hints(lane).is_zero_buffering() {
                self.seal_lane(lane, SealedBy::Interval, now);
            }
        }
    }

    /// Which records the next attempt of a buffer sends, by index; all of them when `None`.
    pub fn left(&self, buffer: BufferId) -> Option<Vec<u32>> {
        self.deliveries.left(buffer)
    }

    /// Active partitions: those with a buffer that is open or on its way out.
    pub fn active_partitions(&self) -> usize {
        self.partitions.count()
    }

    /// Puts a finished record, with what the conversion noted of it, into the buffer of its partition.
    fn keep(
        &mut self,
        raw: &[u8],
        (record, notes): (&[u8], &[u64]),
        key: &PartitionKey,
        channel: u32,
        custody: Custody,
        now: Timestamp,
    ) {
        let is_divided = !self.plan.divides_by().is_empty();
        // Records of all keys share a buffer that is divided when it is sealed; else a partition has one in the whole stream.
        let of_buffer = if is_divided { PartitionKey::EMPTY } else { key.clone() };
        let channel = if of_buffer == PartitionKey::EMPTY { channel } else { 0 };
        let place = Place { lane: Lane::Destination, channel, failure: None, key: of_buffer };
        let open = self.buffers.at(&place);
        // A partition with an open buffer is active.
        if !is_divided && open.is_none() && self.partitions.exceeds(key, self.plan.active_partitions()) {
            let limit = self.plan.active_partitions();
            let code = "DynamicPartitioning.ActivePartitionsLimitExceeded";
            let message = format!("The limit of {limit} active partitions is exceeded.");
            let failure =
                Failure { kind: FailureKind::ActivePartitions, ..Failure::processing(code, message) };
            return self.fail(raw, &failure, custody, now);
        }
        if let Some(refusal) = self.plan.requests().and_then(|requests| requests.refuses(record)) {
            return self.refuse(record, refusal, custody, now);
        }
        let mut prefix = None;
        if place.key != PartitionKey::EMPTY && open.is_none() {
            match self.plan.evaluate(&place.key, self.arriving.at) {
                Ok(evaluated) => prefix = evaluated,
                Err(error) => {
                    let code = "DynamicPartitioning.MetadataExtractionFailed";
                    return self.fail(raw, &Failure::processing(code, error.message), custody, now);
                }
            }
        }
        let buffer = self.add_to(open, place, (record, notes), custody, now);
        if let Some(prefix) = prefix {
            self.partitions.evaluated(key, prefix);
        }
        if is_divided {
            self.buffers.note_key(buffer, key);
        }
        if self.tells_records {
            let Arriving { number: arrival, at, .. } = self.arriving;
            let kept = Kept { arrival, at, buffer, record: record.to_vec(), key: key.clone() };
            self.outputs.push_back(Output::Kept(Box::new(kept)));
        }
    }

    /// Puts the error document of a failed record into the buffer of its kind: one for all channels.
    fn fail(&mut self, raw: &[u8], failure: &Failure, custody: Custody, now: Timestamp) {
        let Arriving { number, piece, at: arrival, .. } = self.arriving;
        let origin = self.origin.as_deref().filter(|_| self.plan.reads_kinesis());
        let document = failure.document(&Failed { raw, number, piece, arrival, ended: now, origin });
        self.outputs.push_back(Output::Failed(Box::new(FailedRecord {
            arrival: number,
            piece,
            kind: failure.kind,
            code: failure.code.to_owned(),
            message: failure.explanation(),
            start: raw[..raw.len().min(FailedRecord::SHOWN)].to_vec(),
        })));
        let key = self.plan.error_key(&failure.key);
        let place = Place { lane: Lane::Error, channel: 0, failure: Some(failure.kind), key };
        self.add(place, &document, custody, now);
    }

    fn add(&mut self, place: Place, record: &[u8], custody: Custody, now: Timestamp) -> BufferId {
        self.add_to(self.buffers.at(&place), place, (record, &[]), custody, now)
    }

    /// Adds a record to the buffer of a place, which is `open` where there is one.
    fn add_to(
        &mut self,
        open: Option<BufferId>,
        place: Place,
        (bytes, notes): (&[u8], &[u64]),
        custody: Custody,
        now: Timestamp,
    ) -> BufferId {
        let (lane, channel) = (place.lane, place.channel);
        let hints = self.plan.hints(lane);
        let record = Entry { bytes, delimiter: self.plan.delimiter(lane), notes };
        let key = place.key.clone();
        let Added { buffer, is_opened, sealed, parked } =
            self.buffers.add(place, open, record, custody, hints.size, (self.arriving.at, now));
        if lane == Lane::Destination && self.plan.requests().is_some() {
            let Arriving { number: arrival, piece, .. } = self.arriving;
            self.buffers.number(buffer, RecordNumber { arrival, piece, origin: self.origin.clone() });
        }
        self.outputs.extend(parked.map(|parked| Output::Parked(Box::new(parked))));
        if let Some(sealed) = sealed {
            self.deliver(sealed);
        }
        if is_opened && lane == Lane::Destination {
            self.partitions.opened(buffer, &key);
        }
        let Arriving { number: arrival, piece, is_watched, .. } = self.arriving;
        let tells_opening = self.tells_openings && is_opened;
        if is_watched || tells_opening {
            self.outputs.push_back(Output::Joined(Joined {
                arrival,
                piece,
                buffer,
                lane,
                channel,
                is_first: is_opened,
            }));
        }
        if is_watched || (tells_opening && arrival != 0) {
            self.buffers.know(buffer, arrival);
        }
        if is_opened && !hints.is_zero_buffering() {
            let end = interval_end(now, hints.interval);
            self.timers.set(end, lane, TimerReason::BufferInterval, buffer);
        }
        buffer
    }

    fn tick(&mut self, now: Timestamp) {
        let Some(timer) = self.timers.take_due(now) else { return };
        match timer.reason {
            TimerReason::BufferInterval => {
                if let Some(sealed) = self.buffers.seal(timer.buffer, SealedBy::Interval, now) {
                    self.deliver(sealed);
                }
            }
            TimerReason::FunctionInterval => {
                if let Some(batch) = self.invocations.seal(timer.buffer.0) {
                    self.invoke(batch);
                }
            }
            TimerReason::Retry => {
                if let Some((request, lane)) = self.deliveries.retry(timer.buffer) {
                    self.outputs.push_back(Output::Write(request, lane));
                }
            }
            TimerReason::RetriesOver => {
                let progress = self.deliveries.give_up(timer.buffer, now);
                self.progress(progress, now);
            }
            TimerReason::RetentionOver => {
                let over = self.deliveries.end(timer.buffer, Outcome::Lost, now);
                self.end(over, now);
            }
        }
    }

    fn seal_lane(&mut self, lane: Lane, by: SealedBy, now: Timestamp) {
        for sealed in self.buffers.seal_lane(lane, by, now) {
            self.deliver(sealed);
        }
    }

    fn deliver(&mut self, sealed: Sealed) {
        let by = self.plan.divides_by();
        if sealed.buffer.lane != Lane::Destination || by.is_empty() {
            return self.deliver_part(sealed);
        }
        let whole = sealed.buffer.id;
        for part in sealed.divide(by, || self.buffers.next_id()) {
            self.tell_moved(&part, whole);
            self.deliver_part(part);
        }
    }

    /// Tells that followed records went with a part of a buffer, where that is another one.
    fn tell_moved(&mut self, part: &Sealed, from: BufferId) {
        let to = part.buffer.id;
        for (_, arrival) in part.known.iter().filter(|_| to != from) {
            self.outputs.push_back(Output::Moved(Moved { arrival: *arrival, from, to }));
        }
    }

    fn deliver_part(&mut self, sealed: Sealed) {
        if sealed.buffer.lane == Lane::Destination
            && let Some(requests) = self.plan.requests()
            && let cuts = requests.cuts(&sealed.buffer.ends)
            && cuts.len() > 1
        {
            let whole = sealed.buffer.id;
            for part in sealed.cut(&cuts, || self.buffers.next_id()) {
                self.tell_moved(&part, whole);
                self.send(part);
            }
            return;
        }
        self.send(sealed);
    }

    fn send(&mut self, mut sealed: Sealed) {
        let (buffer, lane) = (sealed.buffer.id, sealed.buffer.lane);
        if sealed.buffer.length() == 0 {
            self.partitions.ended(buffer);
            // Objects without a byte are never written (CHOICE); their records are done with.
            let (at, outcome) = (sealed.buffer.sealed_at, Outcome::Delivered);
            self.ledger.settle(sealed.custody, outcome);
            let arrivals = sealed.arrivals;
            let ended = Ended {
                buffer,
                lane,
                at,
                attempts: 0,
                steps: Vec::new(),
                failed: 0,
                refusal: None,
                outcome,
                arrivals,
            };
            self.outputs.push_back(Output::Ended(ended));
            return;
        }
        let bytes = std::mem::take(&mut sealed.buffer.bytes);
        let ends = std::mem::take(&mut sealed.buffer.ends);
        let numbers = std::mem::take(&mut sealed.buffer.numbers);
        let notes = std::mem::take(&mut sealed.buffer.notes);
        let steps = self.plan.steps(lane);
        let give_up = self.plan.give_up(lane);
        let is_kept = give_up != GiveUp::WhenRetentionEnds || steps.contains(&contract::Step::Request);
        let arrivals = if is_kept { sealed.arrivals.clone() } else { ArrivalRuns::default() };
        let out = Arc::new(SealedBuffer { bytes, ends, arrivals, numbers, notes, ..sealed.buffer.clone() });
        let request = self.deliveries.start(sealed, steps, give_up, is_kept.then(|| Arc::clone(&out)));
        self.outputs.push_back(Output::Sealed(out));
        self.outputs.push_back(Output::Write(request, lane));
    }

    fn end(&mut self, over: Option<Over>, now: Timestamp) {
        let Some(Over { buffer, lane, steps, custody, arrivals, outcome, failed, refusal }) = over else {
            return;
        };
        self.ledger.settle(custody, outcome);
        self.partitions.ended(buffer);
        let attempts = steps.last().map_or(0, |step| step.attempts);
        let ended = Ended { buffer, lane, at: now, attempts, steps, failed, refusal, outcome, arrivals };
        self.outputs.push_back(Output::Ended(ended));
    }
}

/// A run that is broken off leaves records without an outcome; that is not a mistake of the machine.
impl Drop for Pipeline {
    fn drop(&mut self) {
        self.buffers.abandon();
        self.deliveries.abandon();
        self.invocations.abandon();
    }
}

#[cfg(test)]
mod tests;
