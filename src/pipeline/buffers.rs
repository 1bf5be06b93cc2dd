//! One growing buffer per lane, channel and partition; sealing.
//!
//! A buffer is sealed before a record that would exceed its size hint, except when it is empty. Records are laid end to
//! end as they will be delivered, in the one copy that a record's bytes go through.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::{BufferId, arrival_runs::ArrivalRuns, ledger::Custody};
use crate::{
    foundation::{
        byte_size::ByteSize,
        spare_memory::{Lent, SpareMemory},
        timestamp::Timestamp,
    },
    model::{
        destination::contract::Lane, failure::FailureKind, partition_key::PartitionKey,
        record_keys::RecordKeys, record_number::RecordNumber,
    },
};

/// What sealed a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SealedBy {
    /// The next record would have exceeded the size hint.
    Size,
    /// The interval since its first record ended; with interval 0, the put call did.
    Interval,
    /// The input ended.
    Drain,
}

/// A buffer that takes no more records: all that naming and encoding need.
#[derive(Clone, Debug)]
pub struct SealedBuffer {
    /// Its serial number, in order of opening.
    pub id: BufferId,
    /// Its way out.
    pub lane: Lane,
    /// What its records failed in; in the error lane only.
    pub failure: Option<FailureKind>,
    /// Its partition.
    pub key: PartitionKey,
    /// The records, end to end; without the parked ones.
    pub bytes: Lent<u8>,
    /// Bytes of its first records, which were handed out before: see [`super::Output::Parked`].
    pub parked: u64,
    /// For each record, the offset just past its last byte.
    pub ends: Vec<u32>,
    /// When its first record came into it: the interval runs from there. A record that waited for a function, or was held
    /// back as a failure, arrived earlier.
    pub opened_at: Timestamp,
    /// Arrival of its oldest record.
    pub oldest_arrival: Timestamp,
    /// Arrival of its newest record.
    pub newest_arrival: Timestamp,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// Why it was sealed.
    pub sealed_by: SealedBy,
    /// When its records arrived, where a request needs to know; else empty.
    pub arrivals: ArrivalRuns,
    /// Bucket and key of its object, where the destination names it and not a prefix: then the bytes name objects with
    /// the records, and do not hold them.
    pub named: Option<(String, String)>,
    /// Which records they are, where a request needs to know; else empty.
    pub numbers: Vec<RecordNumber>,
    /// The keys of its records, where records of several keys share it.
    pub keys: RecordKeys,
    /// What the conversion noted of its records, one after another; empty where it is not known of all.
    pub notes: Lent<u64>,
}

impl SealedBuffer {
    /// The bytes of all of its records.
    pub fn length(&self) -> u64 {
        self.parked + self.bytes.len() as u64
    }

    /// One record, with its delimiter. Nothing may be parked.
    pub fn record(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.bytes[start..self.ends[index] as usize]
    }

    /// The records, in order, each with its delimiter. Nothing may be parked.
    pub fn records(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start as usize..*end as usize])
    }
}

/// A sealed buffer with what the machine keeps about its records.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) buffer: SealedBuffer,
    pub(super) custody: Custody,
    pub(super) arrivals: ArrivalRuns,
    /// Records that someone follows: their place in the buffer, and the number of their arrival.
    pub(super) known: Vec<(u32, u64)>,
}

impl Sealed {
    /// Cuts the buffer behind these numbers of records, the last of which is all of them. The first part keeps the serial
    /// number.
    pub(super) fn cut(self, cuts: &[usize], mut next_id: impl FnMut() -> BufferId) -> Vec<Sealed> {
        let Sealed { buffer, mut custody, mut arrivals, known } = self;
        let (mut parts, mut from) = (Vec::new(), 0);
        for to in cuts.iter().copied().filter(|to| *to <= buffer.ends.len()) {
            if to <= from {
                continue;
            }
            let offset = if from == 0 { 0 } else { buffer.ends[from - 1] };
            let end = buffer.ends[to - 1] as usize;
            let arrivals = arrivals.take((to - from) as u64);
            let moment = |millis: Option<i64>| millis.and_then(Timestamp::from_millis);
            let (first, last) = (moment(arrivals.each().next()), moment(arrivals.each().last()));
            let is_last = to == buffer.ends.len();
            let part = SealedBuffer {
                id: if from == 0 { buffer.id } else { next_id() },
                key: buffer.key.clone(),
                bytes: buffer.bytes[offset as usize..end].to_vec().into(),
                parked: 0,
                ends: buffer.ends[from..to].iter().map(|end| end - offset).collect(),
                oldest_arrival: first.filter(|_| from > 0).unwrap_or(buffer.oldest_arrival),
                newest_arrival: last.filter(|_| !is_last).unwrap_or(buffer.newest_arrival),
                arrivals: ArrivalRuns::default(),
                named: None,
                numbers: buffer.numbers.get(from..to).unwrap_or_default().to_vec(),
                keys: buffer.keys.pick(from as u32..to as u32),
                notes: Lent::default(),
                ..buffer
            };
            let known = known.iter().filter(|(index, _)| (from..to).contains(&(*index as usize)));
            let known = known.map(|(index, arrival)| (index - from as u32, *arrival)).collect();
            parts.push(Sealed { buffer: part, custody: custody.split((to - from) as u64), arrivals, known });
            from = to;
        }
        debug_assert_eq!(custody.records(), 0);
        parts
    }

    /// Divides the buffer by parts of its records' keys; records of one combination of values stay in order. The first
    /// part keeps the serial number.
    pub(super) fn divide(self, by: &[&str], mut next_id: impl FnMut() -> BufferId) -> Vec<Sealed> {
        let mut groups = self.buffer.keys.groups(by);
        if groups.len() <= 1 {
            let key = groups.pop().map(|(key, _)| key).unwrap_or_default();
            return vec![Sealed { buffer: SealedBuffer { key, ..self.buffer }, ..self }];
        }
        let Sealed { buffer, mut custody, arrivals, known } = self;
        let moments: Vec<i64> = arrivals.each().collect();
        let known: BTreeMap<u32, u64> = known.into_iter().collect();
        let mut parts = Vec::with_capacity(groups.len());
        for (key, indexes) in groups {
            let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(indexes.len()));
            let (mut arrivals, mut still_known) = (ArrivalRuns::default(), Vec::new());
            let (mut oldest, mut newest) = (i64::MAX, i64::MIN);
            for (at, index) in (0_u32..).zip(&indexes) {
                bytes.extend_from_slice(buffer.record(*index as usize));
                ends.push(bytes.len() as u32);
                if let Some(millis) = moments.get(*index as usize).copied() {
                    arrivals.push_millis(millis);
                    (oldest, newest) = (oldest.min(millis), newest.max(millis));
                }
                still_known.extend(known.get(index).map(|arrival| (at, *arrival)));
            }
            let part = SealedBuffer {
                id: if parts.is_empty() { buffer.id } else { next_id() },
                key,
                bytes: bytes.into(),
                parked: 0,
                ends,
                oldest_arrival: Timestamp::from_millis(oldest).unwrap_or(buffer.oldest_arrival),
                newest_arrival: Timestamp::from_millis(newest).unwrap_or(buffer.newest_arrival),
                arrivals: ArrivalRuns::default(),
                numbers: indexes
                    .iter()
                    .filter_map(|index| buffer.numbers.get(*index as usize))
                    .cloned()
                    .collect(),
                keys: buffer.keys.pick(indexes.iter().copied()),
                notes: Lent::default(),
                named: None,
                ..buffer
            };
            let custody = custody.split(indexes.len() as u64);
            parts.push(Sealed { buffer: part, custody, arrivals, known: still_known });
        }
        debug_assert_eq!(custody.records(), 0);
        parts
    }
}

/// Which buffer a record belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) lane: Lane,
    pub(super) channel: u32,
    /// In the error lane: each kind has an evaluated prefix, so a buffer, of its own.
    pub(super) failure: Option<FailureKind>,
    pub(super) key: PartitionKey,
}

/// What goes into a buffer with a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) bytes: &'a [u8],
    /// Lies behind the record and is counted with it.
    pub(super) delimiter: &'a [u8],
    /// What the conversion noted of it.
    pub(super) notes: &'a [u64],
}

impl Entry<'_> {
    fn length(&self) -> u64 {
        (self.bytes.len() + self.delimiter.len()) as u64
    }
}

#[derive(Debug)]
struct OpenBuffer {
    place: Place,
    bytes: Vec<u8>,
    /// Bytes that were handed out, of so many records.
    parked: (u64, usize),
    ends: Vec<u32>,
    opened_at: Timestamp,
    oldest_arrival: Timestamp,
    newest_arrival: Timestamp,
    custody: Custody,
    arrivals: ArrivalRuns,
    numbers: Vec<RecordNumber>,
    known: Vec<(u32, u64)>,
    keys: RecordKeys,
    notes: Vec<u64>,
}

/// All open buffers.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// In the order of their opening.
    open: BTreeMap<BufferId, OpenBuffer>,
    places: BTreeMap<Place, BufferId>,
    opened: u64,
    /// Bytes in all of them.
    held: u64,
    /// Bytes from which on some are handed out.
    most: Option<u64>,
    /// For buffers that all records share: those of partitions are many, and mostly small.
    spare: (SpareMemory<u8>, SpareMemory<u64>),
}

/// What adding a record did besides adding it.
#[derive(Debug)]
pub(super) struct Added {
    /// The buffer that has it.
    pub(super) buffer: BufferId,
    /// Whether it was opened for it.
    pub(super) is_opened: bool,
    pub(super) sealed: Option<Sealed>,
    pub(super) parked: Option<Parked>,
}

/// The first records of an open buffer, handed out so that they take no memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// The buffer.
    pub buffer: BufferId,
    /// Its way out.
    pub lane: Lane,
    /// Their bytes, behind those that were handed out before.
    pub bytes: Vec<u8>,
    /// For each record, the offset in these bytes just past its last one.
    pub ends: Vec<u32>,
}

/// Bytes of one buffer that are worth handing out.
const WORTH_PARKING: usize = 256 << 10;

impl Buffers {
    /// Adds a record to the buffer of a place, which is `open` where [`Buffers::at`] has it; `custody` holds the record, or
    /// nothing when it is a copy. The record arrived at the first of the two moments; the second is the present one.
    pub(super) fn add(
        &mut self,
        place: Place,
        open: Option<BufferId>,
        record: Entry<'_>,
        custody: Custody,
        size: ByteSize,
        (arrival, now): (Timestamp, Timestamp),
    ) -> Added {
        let mut sealed = None;
        if let Some(id) = open
            && let Some(buffer) = self.open.get_mut(&id)
        {
            let (before, more) = (buffer.length(), record.length());
            if before + more <= size.as_u64() || before == 0 {
                buffer.push(record, custody, arrival);
                self.held += more;
                let is_over = self.most.is_some_and(|most| self.held > most);
                let parked = if is_over { buffer.park(id) } else { None };
                self.held -= parked.as_ref().map_or(0, |parked| parked.bytes.len() as u64);
                return Added { buffer: id, is_opened: false, sealed: None, parked };
            }
            sealed = self.seal(id, SealedBy::Size, now);
        }
        let id = self.next_id();
        let mut buffer = OpenBuffer::new(place.clone(), arrival, now);
        if place.key == PartitionKey::EMPTY {
            (buffer.bytes, buffer.notes) = (self.spare.0.take(), self.spare.1.take());
        }
        buffer.push(record, custody, arrival);
        self.held += record.length();
        self.open.insert(id, buffer);
        self.places.insert(place, id);
        Added { buffer: id, is_opened: true, sealed, parked: None }
    }

    /// Hands out records of open buffers from so many bytes on.
    pub(super) fn park_beyond(&mut self, bytes: u64) {
        self.most = Some(bytes);
    }

    /// The open buffer of a place.
    pub(super) fn at(&self, place: &Place) -> Option<BufferId> {
        self.places.get(place).copied()
    }

    /// Notes which record it is that was added last.
    pub(super) fn number(&mut self, id: BufferId, number: RecordNumber) {
        if let Some(buffer) = self.open.get_mut(&id) {
            buffer.numbers.push(number);
        }
    }

    /// Notes that the record that was added last is the one that arrived as number `arrival`.
    pub(super) fn know(&mut self, id: BufferId, arrival: u64) {
        if let Some(buffer) = self.open.get_mut(&id) {
            buffer.known.push((buffer.ends.len().saturating_sub(1) as u32, arrival));
        }
    }

    /// Notes the key of the record that was added last, in a buffer that records of several keys share.
    pub(super) fn note_key(&mut self, id: BufferId, key: &PartitionKey) {
        if let Some(buffer) = self.open.get_mut(&id) {
            buffer.keys.push(key);
        }
    }

    /// A serial number for a part of a buffer.
    pub(super) fn next_id(&mut self) -> BufferId {
        let id = BufferId(self.opened);
        self.opened += 1;
        id
    }

    /// Whether this buffer still takes records.
    pub(super) fn is_open(&self, id: BufferId) -> bool {
        self.open.contains_key(&id)
    }

    /// Seals one buffer, if it is still open.
    pub(super) fn seal(&mut self, id: BufferId, by: SealedBy, now: Timestamp) -> Option<Sealed> {
        let open = self.open.remove(&id)?;
        self.places.remove(&open.place);
        self.held -= open.bytes.len() as u64;
        let Place { lane, failure, key, .. } = open.place;
        let (bytes, notes) = match key == PartitionKey::EMPTY {
            true => (self.spare.0.lend(open.bytes), self.spare.1.lend(open.notes)),
            false => (open.bytes.into(), open.notes.into()),
        };
        let buffer = SealedBuffer {
            id,
            lane,
            failure,
            key,
            bytes,
            parked: open.parked.0,
            ends: open.ends,
            opened_at: open.opened_at,
            oldest_arrival: open.oldest_arrival,
            newest_arrival: open.newest_arrival,
            sealed_at: now,
            sealed_by: by,
            arrivals: ArrivalRuns::default(),
            named: None,
            numbers: open.numbers,
            keys: open.keys,
            notes,
        };
        Some(Sealed { buffer, custody: open.custody, arrivals: open.arrivals, known: open.known })
    }

    /// Seals all buffers of a lane, in the order of their opening.
    pub(super) fn seal_lane(&mut self, lane: Lane, by: SealedBy, now: Timestamp) -> Vec<Sealed> {
        let of_lane = self.open.iter().filter(|(_, buffer)| buffer.place.lane == lane);
        let ids: Vec<BufferId> = of_lane.map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| self.seal(id, by, now)).collect()
    }

    /// Bytes in all open buffers.
    pub(super) fn bytes(&self) -> u64 {
        self.open.values().map(OpenBuffer::length).sum()
    }

    /// Lets go of everything, when the machine is thrown away.
    pub(super) fn abandon(&mut self) {
        self.open.values_mut().for_each(|buffer| buffer.custody.abandon());
    }
}

impl OpenBuffer {
    fn new(place: Place, arrival: Timestamp, opened_at: Timestamp) -> OpenBuffer {
        OpenBuffer {
            place,
            bytes: Vec::new(),
            parked: (0, 0),
            ends: Vec::new(),
            opened_at,
            oldest_arrival: arrival,
            newest_arrival: arrival,
            custody: Custody::none(),
            arrivals: ArrivalRuns::default(),
            numbers: Vec::new(),
            known: Vec::new(),
            keys: RecordKeys::default(),
            notes: Vec::new(),
        }
    }

    fn length(&self) -> u64 {
        self.parked.0 + self.bytes.len() as u64
    }

    /// Lets go of its bytes, where these are enough; they are to be kept by someone else.
    fn park(&mut self, buffer: BufferId) -> Option<Parked> {
        if self.bytes.len() < WORTH_PARKING {
            return None;
        }
        let (start, first) = self.parked;
        let ends = self.ends.get(first..)?.iter().map(|end| end - start as u32).collect();
        let bytes = std::mem::take(&mut self.bytes);
        self.parked = (start + bytes.len() as u64, self.ends.len());
        self.notes = Vec::new();
        Some(Parked { buffer, lane: self.place.lane, bytes, ends })
    }

    fn push(&mut self, record: Entry<'_>, custody: Custody, arrival: Timestamp) {
        self.bytes.extend_from_slice(record.bytes);
        self.bytes.extend_from_slice(record.delimiter);
        self.ends.push(self.length() as u32);
        // Notes are of all records or of none.
        if self.parked.1 == 0 {
            self.notes.extend_from_slice(record.notes);
        }
        // A record that comes back from the function may be older than those that came back before.
        self.oldest_arrival = self.oldest_arrival.min(arrival);
        self.newest_arrival = self.newest_arrival.max(arrival);
        // A copy is not waited for, so nobody asks when it arrived.
        if custody.records() != 0 {
            self.arrivals.push(arrival);
        }
        self.custody.join(custody);
    }
}

/// When the interval of a buffer ends that took its first record at `opened`.
pub(super) fn interval_end(opened: Timestamp, interval: Duration) -> Timestamp {
    opened.saturating_add(interval)
}
