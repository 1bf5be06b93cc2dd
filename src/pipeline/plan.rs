//! A delivery stream compiled to run: immutable, shared by the machine and all workers.

use std::time::Duration;

use super::buffers::SealedBuffer;
use crate::{
    foundation::seed::Seed,
    model::{
        buffering_hints::BufferingHints,
        delivery_stream::DeliveryStream,
        destination::{
            contract::{Contract, GiveUp, Lane, Retries, Step},
            request::{Batch, Requests},
        },
        limits::ACTIVE_PARTITIONS,
        partition_key::PartitionKey,
        processor::lambda::LambdaTransform,
        source::Source,
    },
};

/// Everything about a stream that does not change while it runs.
#[derive(Clone, Debug)]
pub struct Plan {
    stream: DeliveryStream,
    contract: Contract,
    seed: Seed,
    channels: u32,
    shards: u32,
    retention: Duration,
    active_partitions: u32,
}

impl Plan {
    /// Compiles a stream. `channels` is the number of buffer sets of a scaled stream, at least 1.
    pub fn compile(stream: DeliveryStream, seed: Seed, channels: u32) -> Plan {
        let contract = stream.destination.contract();
        Plan {
            retention: stream.source.default_retention(),
            stream,
            contract,
            seed,
            channels: channels.max(1),
            shards: 1,
            active_partitions: ACTIVE_PARTITIONS,
        }
    }

    /// Reads from a stream with so many shards, at least 1. Matters to a Kinesis source only.
    pub fn with_shards(self, shards: u32) -> Plan {
        Plan { shards: shards.max(1), ..self }
    }

    /// With another retention of the source than its default.
    pub fn with_retention(self, retention: Duration) -> Plan {
        Plan { retention, ..self }
    }

    /// The shards of a Kinesis source.
    pub fn shards(&self) -> u32 {
        self.shards
    }

    /// How long the source keeps a record that was not delivered.
    pub fn retention(&self) -> Duration {
        self.retention
    }

    /// Whether anyone is told where a record stands in its source: the function, a destination that takes requests, or
    /// whoever reads the error document of a failed conversion.
    pub fn tells_origins(&self) -> bool {
        let converts = self.stream.destination.processing().conversion.is_some();
        let tells = self.function().is_some() || self.requests().is_some() || converts;
        self.stream.source != Source::DirectPut && tells
    }

    /// Whether records have sequence numbers of a Kinesis stream.
    pub fn reads_kinesis(&self) -> bool {
        matches!(self.stream.source, Source::KinesisStream { .. })
    }

    /// With another limit of active partitions.
    pub fn with_active_partitions(self, limit: u32) -> Plan {
        Plan { active_partitions: limit, ..self }
    }

    /// The most partitions that may be active at a time.
    pub fn active_partitions(&self) -> u32 {
        self.active_partitions
    }

    /// The stream this was compiled from.
    pub fn stream(&self) -> &DeliveryStream {
        &self.stream
    }

    /// What the engine knows of the destination.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The function in the middle of the stream.
    pub fn function(&self) -> Option<&LambdaTransform> {
        self.stream.destination.processing().lambda.as_ref()
    }

    /// Where randomness comes from.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The number of buffer sets.
    pub fn channels(&self) -> u32 {
        self.channels
    }

    /// What stands behind each record of a lane: copies of source records stay as they were put.
    pub fn delimiter(&self, lane: Lane) -> &[u8] {
        match lane {
            Lane::Destination => &self.contract.delimiter,
            Lane::Backup | Lane::Error => &[],
        }
    }

    /// How the destination is sent requests; `None` where it takes objects only.
    pub fn requests(&self) -> Option<&dyn Requests> {
        self.stream.destination.requests()
    }

    /// The records of a sealed buffer as a destination sees them; `only` some of them where not all are sent.
    pub fn batch<'a>(
        &'a self,
        sealed: &'a SealedBuffer,
        objects: Vec<(String, String)>,
        only: Option<&'a [u32]>,
    ) -> Batch<'a> {
        Batch {
            stream: &self.stream,
            seed: self.seed,
            serial: sealed.id.0,
            bytes: &sealed.bytes,
            ends: &sealed.ends,
            arrivals: sealed.arrivals.each().collect(),
            numbers: &sealed.numbers,
            key: &sealed.key,
            keys: &sealed.keys,
            sealed_at: sealed.sealed_at,
            objects,
            only,
        }
    }

    /// The parts of records' keys by which a sealed buffer is divided; without any, each key has a buffer of its own.
    pub fn divides_by(&self) -> &'static [&'static str] {
        self.requests().map_or(&[], |requests| requests.divides_by())
    }

    /// The key of the buffer for a failed record that was bound for a key: the same where its error objects have a place
    /// of their own.
    pub fn error_key(&self, key: &PartitionKey) -> PartitionKey {
        let has_own = *key != PartitionKey::EMPTY && self.stream.destination.error_objects(key).is_some();
        if has_own { key.clone() } else { PartitionKey::EMPTY }
    }

    /// What a delivery of a lane consists of.
    pub fn steps(&self, lane: Lane) -> &'static [Step] {
        match lane {
            Lane::Destination => self.contract.steps,
            Lane::Backup | Lane::Error => &[Step::Object],
        }
    }

    /// When buffers of a lane are given up: copies and error documents are kept until retention ends.
    pub fn give_up(&self, lane: Lane) -> GiveUp {
        match lane {
            Lane::Destination => self.contract.give_up,
            Lane::Backup | Lane::Error => GiveUp::WhenRetentionEnds,
        }
    }

    /// The retries of a lane whose deliveries are nothing but an object and are given up after some time.
    pub fn object_retries(&self, lane: Lane) -> Option<Retries> {
        match (self.steps(lane), self.give_up(lane)) {
            ([Step::Object], GiveUp::AfterRetries(retries)) => Some(retries),
            _ => None,
        }
    }

    /// The hints of a lane's buffers. The error lane has those of the block that holds the error prefix (CHOICE).
    pub fn hints(&self, lane: Lane) -> BufferingHints {
        match lane {
            Lane::Destination => self.contract.hints,
            Lane::Error => self.contract.error_hints,
            Lane::Backup => self.contract.backup.unwrap_or(self.contract.hints),
        }
    }
}
