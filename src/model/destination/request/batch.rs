//! The records of a buffer as a destination sees them.

use crate::{
    foundation::{
        seed::{Purpose, Seed},
        timestamp::Timestamp,
    },
    model::{
        delivery_stream::DeliveryStream, partition_key::PartitionKey, record_keys::RecordKeys,
        record_number::RecordNumber,
    },
};

/// The records of one request.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// The stream that sends it.
    pub stream: &'a DeliveryStream,
    /// Where randomness comes from.
    pub seed: Seed,
    /// The serial number of the buffer: the same for all attempts.
    pub serial: u64,
    /// The records, end to end, each with its delimiter.
    pub bytes: &'a [u8],
    /// For each record, the offset just past its last byte.
    pub ends: &'a [u32],
    /// When each record arrived, in milliseconds since 1970.
    pub arrivals: Vec<i64>,
    /// Which records they are.
    pub numbers: &'a [RecordNumber],
    /// The partition, or the part of the keys by which the buffer was divided.
    pub key: &'a PartitionKey,
    /// The whole key of each record, where buffers are divided ([`Requests::divides_by`]).
    pub keys: &'a RecordKeys,
    /// When the buffer was sealed, which is when the first attempt starts.
    pub sealed_at: Timestamp,
    /// Bucket and key of the objects that earlier steps of the delivery wrote.
    pub objects: Vec<(String, String)>,
    /// Which records are sent, by index; all of them when `None`. After a partial failure these are fewer.
    pub only: Option<&'a [u32]>,
}

/// One record of a [`Batch`].
#[derive(Clone, Copy, Debug)]
pub struct BatchRecord<'a> {
    /// Its place in the buffer, from 0: stable across attempts.
    pub index: u32,
    /// Its bytes, with the delimiter.
    pub bytes: &'a [u8],
    /// When it arrived, in milliseconds since 1970.
    pub arrival: i64,
    /// Its whole key, where buffers are divided; else the empty one.
    pub key: &'a PartitionKey,
}

impl<'a> Batch<'a> {
    /// The records that are sent, in order.
    pub fn records(&self) -> impl Iterator<Item = BatchRecord<'a>> + '_ {
        let all = 0..self.ends.len() as u32;
        let (all, some) = match self.only {
            None => (all, &[][..]),
            Some(some) => (0..0, some),
        };
        all.chain(some.iter().copied()).map(|index| self.record(index))
    }

    /// One record.
    pub fn record(&self, index: u32) -> BatchRecord<'a> {
        let at = index as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        let bytes = &self.bytes[start..self.ends[at] as usize];
        let arrival = self.arrivals.get(at).copied().unwrap_or(0);
        BatchRecord { index, bytes, arrival, key: self.keys.get(index) }
    }

    /// How many records are sent.
    pub fn len(&self) -> usize {
        self.only.map_or(self.ends.len(), <[u32]>::len)
    }

    /// Whether no record is sent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A UUID that stays the same for all attempts of this request.
    pub fn request_id(&self) -> String {
        self.seed.uuid(Purpose::RequestId, self.serial)
    }

    /// The id of a record, `<56-digit sequence>.<sub>`, the same for all attempts. CHOICE: how the service makes it is
    /// not documented; see [`RecordNumber::delivery_id`].
    pub fn record_id(&self, index: u32) -> String {
        self.numbers.get(index as usize).map(RecordNumber::delivery_id).unwrap_or_default()
    }
}
