//! The function in the middle of a stream: buffers in front of it, calls, and what its answers mean for each record.
//!
//! A batch is sealed before a record that would exceed the function's size hint or let the event exceed what a call
//! takes (CHOICE), except when it is empty. Calls that fail are made again at once (CHOICE: no wait in virtual time) with
//! the same event; a response of the wrong shape is final (behaviour sheet, 4.2).

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use super::{
    Arriving, BufferId, Output, Pipeline,
    buffers::{SealedBy, interval_end},
    ledger::{Custody, Outcome},
    plan::Plan,
    timers::TimerReason,
};
use crate::{
    foundation::{seed::Purpose, timestamp::Timestamp},
    model::{
        destination::contract::Lane,
        failure::{Called, Failure},
        processor::{
            self,
            lambda::{self, EventRecord, LambdaTransform},
            lambda_response::{Fault, Rejection, Verdict, verdicts},
        },
        record_number::RecordNumber,
        record_origin::RecordOrigin,
        source::Source,
    },
};

/// One call of the function with one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InvocationId {
    /// The serial number of the batch, in order of opening.
    pub batch: u64,
    /// The number of the call, from 1.
    pub attempt: u32,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvocationOutcome {
    /// The function returned these bytes.
    Returned(Vec<u8>),
    /// The call failed; a later one may succeed.
    Failed(Rejection),
}

/// Something that happened to a watched record before it went into a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The record, by the order of arrival, from 1.
    pub arrival: u64,
    /// Which of its pieces, from 0.
    pub piece: u32,
    /// Its batch; 0 where it is in none.
    pub batch: u64,
    /// What happened.
    pub step: Step,
}

/// What happens to a record before it goes into a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It waits for the call of its batch.
    Waits,
    /// It came back, with so many bytes.
    Returned(usize),
    /// The function dropped it.
    Dropped,
    /// It came to nothing before there was anything to call: a control message, a record of delimiters only.
    CameToNothing,
}

/// A record on its way through the function.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) number: u64,
    pub(super) piece: u32,
    pub(super) is_watched: bool,
    pub(super) at: Timestamp,
    data: Range<usize>,
    /// Where it stands in its source.
    origin: Option<Arc<RecordOrigin>>,
    /// What its error document holds; the data where `None`.
    raw: Option<Range<usize>>,
    /// Whether its id is that of its own sequence number.
    has_own_id: bool,
}

/// Records that are sent together.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) id: u64,
    pub(super) channel: u32,
    pub(super) attempts: u32,
    pub(super) items: Vec<Item>,
    pub(super) custody: Custody,
    bytes: Vec<u8>,
    data: usize,
    event: usize,
    /// Ids of the batch that come from sequence numbers of samples.
    own_ids: BTreeSet<String>,
}

/// All batches: those that still take records, one a channel, and those that are sent.
#[derive(Debug, Default)]
pub(super) struct Invocations {
    open: BTreeMap<u32, Batch>,
    active: BTreeMap<u64, Batch>,
    opened: u64,
}

/// What adding a record did besides adding it.
#[derive(Debug, Default)]
pub(super) struct Queued {
    pub(super) batch: u64,
    /// A batch that was sealed before.
    pub(super) sealed: Option<Batch>,
    /// Whether the batch is new.
    pub(super) is_first: bool,
}

impl Invocations {
    /// Adds a record to the batch of its channel. `raw` is given where it differs from the data.
    pub(super) fn add(
        &mut self,
        plan: &Plan,
        function: &LambdaTransform,
        channel: u32,
        (item, data, raw): (Item, &[u8], Option<&[u8]>),
        custody: Custody,
    ) -> Queued {
        let entry = lambda::entry_size(&plan.stream().source, data.len(), item.origin.as_deref());
        let mut queued = Queued::default();
        if let Some(batch) = self.open.get(&channel) {
            let is_full = (batch.data + data.len()) as u64 > function.hints.size.as_u64()
                || batch.event + entry > lambda::LARGEST_EVENT;
            if is_full {
                queued.sealed = self.open.remove(&channel);
            }
        }
        queued.is_first = !self.open.contains_key(&channel);
        let batch = self.open.entry(channel).or_insert_with(|| {
            self.opened += 1;
            Batch {
                id: self.opened,
                channel,
                attempts: 0,
                items: Vec::new(),
                custody: Custody::none(),
                bytes: Vec::new(),
                data: 0,
                event: lambda::envelope_size(plan.stream()),
                own_ids: BTreeSet::new(),
            }
        });
        queued.batch = batch.id;
        let data = batch.lay(data);
        batch.data += data.len();
        batch.event += entry;
        let raw = raw.map(|raw| batch.lay(raw));
        // A record that is read twice, and a number that samples have twice: ids are unique within a batch.
        let own_id = item.record_number().source_id();
        let has_own_id = own_id.is_some_and(|id| batch.own_ids.insert(id));
        batch.items.push(Item { data, raw, has_own_id, ..item });
        batch.custody.join(custody);
        queued
    }

    /// Takes a batch that still takes records.
    pub(super) fn seal(&mut self, id: u64) -> Option<Batch> {
        let channel = *self.open.iter().find(|(_, batch)| batch.id == id)?.0;
        self.open.remove(&channel)
    }

    /// Takes all batches that still take records, in the order of their opening.
    pub(super) fn seal_all(&mut self) -> Vec<Batch> {
        let mut all: Vec<Batch> = std::mem::take(&mut self.open).into_values().collect();
        all.sort_by_key(|batch| batch.id);
        all
    }

    /// Whether this batch still takes records.
    pub(super) fn is_open(&self, id: u64) -> bool {
        self.open.values().any(|batch| batch.id == id)
    }

    /// Whether there is no batch at all.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.active.is_empty()
    }

    /// Starts the next call with a batch, and keeps it until the call has ended.
    pub(super) fn start(&mut self, plan: &Plan, mut batch: Batch) -> (InvocationId, Vec<u8>) {
        batch.attempts += 1;
        let id = InvocationId { batch: batch.id, attempt: batch.attempts };
        let event = batch.event(plan);
        self.active.insert(batch.id, batch);
        (id, event)
    }

    /// Gives a batch back whose call ended.
    pub(super) fn take(&mut self, id: InvocationId) -> Option<Batch> {
        match self.active.get(&id.batch) {
            Some(batch) if batch.attempts == id.attempt => self.active.remove(&id.batch),
            _ => None,
        }
    }

    /// The record that arrived first, by the order of arrival.
    pub(super) fn oldest(&self) -> Option<u64> {
        let all = self.open.values().chain(self.active.values());
        all.filter_map(|batch| batch.items.first()).map(|item| item.number).min()
    }

    /// Bytes in all batches.
    pub(super) fn bytes(&self) -> u64 {
        self.open.values().chain(self.active.values()).map(|batch| batch.bytes.len() as u64).sum()
    }

    /// Lets go of everything, when the machine is thrown away.
    pub(super) fn abandon(&mut self) {
        self.open.values_mut().chain(self.active.values_mut()).for_each(|batch| batch.custody.abandon());
    }
}

impl Item {
    pub(super) fn new(
        number: u64,
        piece: u32,
        is_watched: bool,
        at: Timestamp,
        origin: Option<Arc<RecordOrigin>>,
    ) -> Item {
        Item { number, piece, is_watched, at, data: 0..0, origin, raw: None, has_own_id: false }
    }

    fn record_number(&self) -> RecordNumber {
        RecordNumber { arrival: self.number, piece: self.piece, origin: self.origin.clone() }
    }

    /// `recordId` in events and answers.
    fn id(&self) -> String {
        let number = self.record_number();
        number.source_id().filter(|_| self.has_own_id).unwrap_or_else(|| number.event_id())
    }
}

impl Batch {
    fn lay(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    fn record<'a>(&'a self, item: &Item) -> EventRecord<'a> {
        let data = &self.bytes[item.data.clone()];
        EventRecord { number: item.record_number(), id: item.id(), at: item.at, data }
    }

    fn event(&self, plan: &Plan) -> Vec<u8> {
        let id = plan.seed().uuid(Purpose::Invocation, self.id);
        let records = self.items.iter().map(|item| self.record(item));
        lambda::event(plan.stream(), &id, plan.seed(), records)
    }

    /// What an item's error document holds.
    pub(super) fn raw(&self, item: &Item) -> &[u8] {
        &self.bytes[item.raw.clone().unwrap_or_else(|| item.data.clone())]
    }

    /// What a call that ended means for each record; `None` where it is to be made again.
    pub(super) fn judge(
        &self,
        plan: &Plan,
        function: &LambdaTransform,
        outcome: InvocationOutcome,
    ) -> Option<Vec<Verdict>> {
        let member = match plan.stream().source {
            Source::Msk { .. } => "kafkaRecordValue",
            Source::DirectPut | Source::KinesisStream { .. } => "data",
        };
        let all = |why: Fault| vec![Verdict::Failed(why); self.items.len()];
        match outcome {
            InvocationOutcome::Returned(response) => {
                let ids: Vec<String> = self.items.iter().map(Item::id).collect();
                Some(verdicts(&response, &ids, member).unwrap_or_else(all))
            }
            InvocationOutcome::Failed(_) if self.attempts <= function.retries => None,
            InvocationOutcome::Failed(why) => Some(all(why.into())),
        }
    }
}

/// The way through the function.
impl Pipeline {
    pub(super) fn queue(
        &mut self,
        raw: &[u8],
        record: &[u8],
        channel: u32,
        custody: Custody,
        now: Timestamp,
    ) {
        let plan = Arc::clone(&self.plan);
        let Some(function) = plan.function() else { return };
        let Arriving { number, piece, is_watched, at } = self.arriving;
        let item = Item::new(number, piece, is_watched, at, self.origin.clone());
        let raw = plan.stream().destination.processing().decompresses.then_some(raw);
        let queued = self.invocations.add(&plan, function, channel, (item, record, raw), custody);
        let Queued { batch, sealed, is_first } = queued;
        if let Some(sealed) = sealed {
            self.invoke(sealed);
        }
        if is_first && !function.hints.is_zero_buffering() {
            let end = interval_end(now, function.hints.interval);
            self.timers.set(end, Lane::Destination, TimerReason::FunctionInterval, BufferId(batch));
        }
        self.tell(batch, Step::Waits);
    }

    pub(super) fn tell(&mut self, batch: u64, step: Step) {
        let Arriving { number: arrival, piece, is_watched, .. } = self.arriving;
        if is_watched {
            self.outputs.push_back(Output::Passed(Passed { arrival, piece, batch, step }));
        }
    }

    pub(super) fn invoke(&mut self, batch: Batch) {
        let (id, event) = self.invocations.start(&self.plan, batch);
        self.outputs.push_back(Output::Invoke(id, event));
    }

    pub(super) fn invoke_all(&mut self) {
        for batch in self.invocations.seal_all() {
            self.invoke(batch);
        }
    }

    pub(super) fn invoked(&mut self, id: InvocationId, outcome: InvocationOutcome, now: Timestamp) {
        let plan = Arc::clone(&self.plan);
        let Some((function, mut batch)) = plan.function().zip(self.invocations.take(id)) else { return };
        let Some(verdicts) = batch.judge(&plan, function, outcome) else { return self.invoke(batch) };
        let mut custody = std::mem::replace(&mut batch.custody, Custody::none());
        let (processing, mut memory) = (plan.stream().destination.processing(), processor::Memory::default());
        for (item, verdict) in batch.items.iter().zip(verdicts) {
            let custody = custody.split(1);
            let Item { number, piece, is_watched, at, .. } = *item;
            self.arriving = Arriving { number, piece, is_watched, at };
            self.origin.clone_from(&item.origin);
            let raw = batch.raw(item);
            match verdict {
                Verdict::Replaced(record, keys) => {
                    self.tell(batch.id, Step::Returned(record.len()));
                    match processing.finish(raw, &record, &keys, &mut memory) {
                        processor::Piece::Record(record, key, notes) => {
                            self.keep(raw, (record, notes), &key, batch.channel, custody, now);
                        }
                        processor::Piece::Failed(raw, failure) => self.fail(raw, &failure, custody, now),
                        processor::Piece::Dropped => self.ledger.settle(custody, Outcome::Dropped),
                    }
                }
                Verdict::Dropped => {
                    self.tell(batch.id, Step::Dropped);
                    self.ledger.settle(custody, Outcome::Dropped);
                }
                Verdict::Failed(why) => {
                    let Fault { rejection, detail } = why;
                    let (arn, attempts) = (Arc::clone(&function.arn), batch.attempts);
                    let called = Box::new(Called { arn, attempts, detail });
                    let failure = Failure::processing(rejection.code, rejection.message);
                    self.fail(raw, &Failure { function: Some(called), ..failure }, custody, now);
                }
            }
        }
        self.noticed.join(memory.noticed);
        self.seal_unbuffered(now);
        self.drain(now);
    }

    /// At the end of the input, seals all open buffers as soon as the function has given everything back.
    pub(super) fn drain(&mut self, now: Timestamp) {
        if self.is_draining && self.invocations.is_empty() {
            for lane in Lane::ALL {
                self.seal_lane(lane, SealedBy::Drain, now);
            }
        }
    }
}
