//! Pure: from records as they were put to pieces with partition keys. Runs on workers.
//!
//! A stream without processors changes nothing and copies nothing, and all of its records have the one empty key.

use std::{collections::BTreeMap, ops::Range};

use super::plan::Plan;
use crate::{
    foundation::record::RecordBatch,
    model::{
        failure::Failure,
        kpl::{self, UserRecord},
        noticed::Noticed,
        partition_key::PartitionKey,
        processor,
        record_origin::SourcePlace,
        source::Source,
    },
};

/// Bytes of pieces from which on the records of a batch are left for later: compressed ones may come to a thousand times
/// their size, and many batches are prepared ahead.
const MOST_AHEAD: usize = 32 << 20;

/// Records that are ready to be buffered.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The records as they were put, in put order.
    pub batch: RecordBatch,
    /// What the samples say of each record's place in its source; empty where they say nothing.
    pub places: Vec<SourcePlace>,
    /// What was noticed of the records.
    pub noticed: Noticed,
    pieces: Option<Pieces>,
}

/// What the records of a batch came to, where that is not themselves.
#[derive(Clone, Debug, Default)]
struct Pieces {
    /// The bytes that the spans of changed pieces point into.
    bytes: Vec<u8>,
    pieces: Vec<(Bytes, Fate)>,
    /// What the conversion noted of the pieces.
    notes: Vec<u64>,
    /// For each piece the user record that it is of.
    parts: Vec<u32>,
    /// The user records of aggregated records.
    aggregated: BTreeMap<usize, Vec<UserRecord>>,
    /// For each record as it was put, the number just past its last piece.
    ends: Vec<usize>,
}

/// Where the bytes of a piece lie.
#[derive(Clone, Debug)]
enum Bytes {
    /// The whole record, as it was put.
    Put,
    /// What a processor made.
    Made(Range<usize>),
}

#[derive(Clone, Debug)]
enum Fate {
    /// With the place of its notes.
    Record(PartitionKey, Range<usize>),
    Failed(Box<Failure>),
    Dropped,
}

/// What a record came to, or one of the records that it held.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// It goes on to the buffer of its partition, with what the conversion noted of it.
    Record(&'a [u8], &'a PartitionKey, &'a [u64]),
    /// It failed; the bytes are those that its error document holds.
    Failed(&'a [u8], &'a Failure),
    /// It is dropped on purpose.
    Dropped,
}

impl Prepared {
    /// Whether this record was left for later: [`Plan::prepare_all`] must prepare it then.
    pub fn is_left(&self, index: usize) -> bool {
        self.pieces.as_ref().is_some_and(|of| index >= of.ends.len())
    }

    /// How many records are prepared: the others are left for later.
    pub fn prepared(&self) -> usize {
        self.pieces.as_ref().map_or(self.batch.spans.len(), |of| of.ends.len())
    }

    /// How many pieces these records come to.
    pub fn piece_count(&self, records: Range<usize>) -> u64 {
        match &self.pieces {
            None => records.len() as u64,
            Some(_) => records.map(|index| self.span(index).len() as u64).sum(),
        }
    }

    /// Whether a piece of these records failed.
    pub fn has_failed(&self, mut records: Range<usize>) -> bool {
        let Some(of) = &self.pieces else { return false };
        let mut pieces = records.by_ref().flat_map(|index| &of.pieces[self.span(index)]);
        pieces.any(|(_, fate)| matches!(fate, Fate::Failed(_)))
    }

    /// The pieces of record `index`, in order, each with the number of the user record that it is of, from 0.
    pub fn pieces(&self, index: usize) -> impl Iterator<Item = (u32, Piece<'_>)> {
        const KEY: &PartitionKey = &PartitionKey::EMPTY;
        let whole = match &self.pieces {
            None => Some((0, Piece::Record(self.batch.record(index), KEY, &[]))),
            Some(_) => None,
        };
        let pieces = self.pieces.as_ref().map(|of| (of, self.span(index)));
        let pieces = pieces.into_iter().flat_map(move |(of, span)| {
            of.parts[span.clone()].iter().zip(&of.pieces[span]).map(move |(part, (bytes, fate))| {
                let bytes = match bytes {
                    Bytes::Put => self.put(index, *part),
                    Bytes::Made(span) => &of.bytes[span.clone()],
                };
                let piece = match fate {
                    Fate::Record(key, notes) => Piece::Record(bytes, key, &of.notes[notes.clone()]),
                    Fate::Failed(failure) => Piece::Failed(bytes, failure),
                    Fate::Dropped => Piece::Dropped,
                };
                (*part, piece)
            })
        });
        whole.into_iter().chain(pieces)
    }

    /// The user records of an aggregated record, in order; none of an ordinary one.
    pub fn user_records(&self, index: usize) -> &[UserRecord] {
        let aggregated = self.pieces.as_ref().and_then(|of| of.aggregated.get(&index));
        aggregated.map(Vec::as_slice).unwrap_or_default()
    }

    /// The record as it was put that a piece is of, or its user record.
    pub fn put(&self, index: usize, part: u32) -> &[u8] {
        let record = self.batch.record(index);
        let user = self.user_records(index).get(part as usize);
        user.map_or(record, |user| &record[user.data.clone()])
    }

    /// With what the samples say of each record's place in its source.
    pub fn with_places(self, places: Vec<SourcePlace>) -> Prepared {
        Prepared { places, ..self }
    }

    fn span(&self, index: usize) -> Range<usize> {
        let ends = self.pieces.as_ref().map(|of| &of.ends[..]).unwrap_or_default();
        let start = if index == 0 { 0 } else { ends[index - 1] };
        start..ends[index]
    }
}

impl Plan {
    /// Whether preparing a record tells whether it is JSON: those that are not fail.
    pub fn judges_json(&self) -> bool {
        let processing = self.stream().destination.processing();
        let is_whole =
            processing.deaggregation.is_none() && !processing.decompresses && processing.lambda.is_none();
        is_whole && (processing.conversion.is_some() || processing.metadata.is_some())
    }

    /// Applies what happens to records before they are buffered, as far as that takes no more than a bounded amount of
    /// memory.
    pub fn prepare(&self, batch: RecordBatch) -> Prepared {
        self.prepare_up_to(batch, MOST_AHEAD)
    }

    /// Applies what happens to records before they are buffered to all of them.
    pub fn prepare_all(&self, batch: RecordBatch) -> Prepared {
        self.prepare_up_to(batch, usize::MAX)
    }

    fn prepare_up_to(&self, batch: RecordBatch, most: usize) -> Prepared {
        let processing = self.stream().destination.processing();
        if processing.is_identity()
            && (0..batch.spans.len()).all(|index| self.is_ordinary(batch.record(index)))
        {
            return Prepared { batch, places: Vec::new(), noticed: Noticed::default(), pieces: None };
        }
        let (mut prepared, mut memory) = (Pieces::default(), processor::Memory::default());
        for index in 0..batch.spans.len() {
            if prepared.size() >= most {
                break;
            }
            let record = batch.record(index);
            if let Some(failure) = self.too_large(record) {
                prepared.push(0, record, processor::Piece::Failed(record, failure));
            } else if let Some(users) = self.user_records(record) {
                for (part, user) in (0..).zip(&users) {
                    let record = &record[user.data.clone()];
                    processing.run(record, &mut memory, &mut |piece| prepared.push(part, record, piece));
                }
                prepared.aggregated.insert(index, users);
            } else {
                processing.run(record, &mut memory, &mut |piece| prepared.push(0, record, piece));
            }
            prepared.ends.push(prepared.pieces.len());
        }
        Prepared { batch, places: Vec::new(), noticed: memory.noticed, pieces: Some(prepared) }
    }

    fn is_ordinary(&self, record: &[u8]) -> bool {
        !self.may_be_aggregated(record) && self.too_large(record).is_none()
    }

    fn too_large(&self, record: &[u8]) -> Option<Failure> {
        self.stream().source.too_large(record.len(), &self.stream().destination)
    }

    /// Firehose takes aggregated records of a Kinesis stream apart, and before anything else (behaviour sheet, 2.1).
    fn user_records(&self, record: &[u8]) -> Option<Vec<UserRecord>> {
        if self.may_be_aggregated(record) { kpl::user_records(record) } else { None }
    }

    /// Whether a record begins as aggregated ones do that would be taken apart.
    pub fn may_be_aggregated(&self, record: &[u8]) -> bool {
        matches!(self.stream().source, Source::KinesisStream { .. }) && record.starts_with(&kpl::MAGIC)
    }
}

impl Pieces {
    /// About how many bytes of memory they take.
    fn size(&self) -> usize {
        self.bytes.len()
            + size_of_val(&self.notes[..])
            + self.pieces.len() * size_of::<(Bytes, Fate, UserRecord)>()
    }

    fn push(&mut self, part: u32, record: &[u8], piece: processor::Piece<'_>) {
        self.parts.push(part);
        let (bytes, fate) = match piece {
            processor::Piece::Record(bytes, key, notes) => {
                let start = self.notes.len();
                self.notes.extend_from_slice(notes);
                (bytes, Fate::Record(key, start..self.notes.len()))
            }
            processor::Piece::Failed(raw, failure) => (raw, Fate::Failed(Box::new(failure))),
            processor::Piece::Dropped => (&[][..], Fate::Dropped),
        };
        // Most pieces are the record itself, which is not copied.
        let bytes = if std::ptr::eq(bytes, record) {
            Bytes::Put
        } else {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(bytes);
            Bytes::Made(start..self.bytes.len())
        };
        self.pieces.push((bytes, fate));
    }
}
