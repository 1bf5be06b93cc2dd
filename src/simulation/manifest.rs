//! `manifest.jsonl`: one line per delivery, in the order in which the buffers were sealed.
//!
//! A delivery ends long after its buffer was sealed when writes fail, so lines wait here for those before them.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
};

use serde::Serialize;

use super::workers::Encoded;
use crate::{
    foundation::timestamp::Timestamp,
    model::destination::contract::Lane,
    pipeline::{
        BufferId, Ended, StepEnd,
        buffers::{SealedBuffer, SealedBy},
        encode::Head,
        ledger::Outcome,
    },
};

/// One delivery. The order of members is that of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManifestLine {
    /// When the delivery ended.
    pub at: Timestamp,
    /// What was delivered: `object` or `request`.
    pub kind: &'static str,
    /// The bucket's name, of an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The object's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Where a request goes, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The object's place in the output folder, where its body was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its way out.
    pub lane: Lane,
    /// Records in the buffer.
    pub records: u64,
    /// Their bytes as counted against the size hint.
    pub bytes_in: u64,
    /// Bytes of the body, where it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_out: Option<u64>,
    /// `Content-Encoding` of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<&'static str>,
    /// What sealed the buffer.
    pub sealed_by: SealedBy,
    /// Arrival of the first record.
    pub oldest_arrival: Timestamp,
    /// Arrival of the last record.
    pub newest_arrival: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// `delivered`, `failed` or `lost`.
    pub outcome: &'static str,
    /// Records that the destination did not take, where it took others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_records: Option<u64>,
    /// When the buffer was opened; not in the file.
    #[serde(skip)]
    pub opened_at: Timestamp,
    /// When the buffer was sealed; not in the file.
    #[serde(skip)]
    pub sealed_at: Timestamp,
    /// Which step of the buffer's delivery this is, from 0; not in the file.
    #[serde(skip)]
    pub step: u8,
}

impl ManifestLine {
    /// `s3://bucket/key`, or the target of a request.
    pub fn address(&self) -> String {
        match (&self.bucket, &self.key, &self.target) {
            (Some(bucket), Some(key), _) => format!("s3://{bucket}/{key}"),
            (_, _, target) => target.clone().unwrap_or_default(),
        }
    }
}

/// What a line is ordered by: moment of sealing, lane, serial number.
type Order = (Timestamp, Lane, BufferId);

#[derive(Debug)]
struct Waiting {
    records: u64,
    bytes_in: u64,
    sealed_by: SealedBy,
    opened_at: Timestamp,
    oldest_arrival: Timestamp,
    newest_arrival: Timestamp,
    encoded: Option<Vec<Encoded>>,
    ended: Option<(Vec<StepEnd>, u64)>,
}

/// Lines in the making.
pub(super) struct Manifest {
    waiting: BTreeMap<Order, Waiting>,
    order: BTreeMap<BufferId, Order>,
    writer: Option<BufWriter<File>>,
    digest: blake3::Hasher,
}

impl Manifest {
    pub(super) fn new(file: Option<File>) -> Manifest {
        let writer = file.map(|file| BufWriter::with_capacity(1 << 16, file));
        Manifest { waiting: BTreeMap::new(), order: BTreeMap::new(), writer, digest: blake3::Hasher::new() }
    }

    /// A buffer was sealed: from now on its line is waited for.
    pub(super) fn sealed(&mut self, buffer: &SealedBuffer) {
        let order = (buffer.sealed_at, buffer.lane, buffer.id);
        self.order.insert(buffer.id, order);
        let waiting = Waiting {
            records: buffer.ends.len() as u64,
            bytes_in: buffer.length(),
            sealed_by: buffer.sealed_by,
            opened_at: buffer.opened_at,
            oldest_arrival: buffer.oldest_arrival,
            newest_arrival: buffer.newest_arrival,
            encoded: None,
            ended: None,
        };
        self.waiting.insert(order, waiting);
    }

    /// Its payload was named and encoded.
    pub(super) fn encoded(&mut self, buffer: BufferId, encoded: Vec<Encoded>) {
        if let Some(waiting) = self.find(buffer) {
            waiting.encoded = Some(encoded);
        }
    }

    /// Its delivery is over.
    pub(super) fn ended(&mut self, ended: &Ended) {
        if let Some(waiting) = self.find(ended.buffer) {
            waiting.ended = Some((ended.steps.clone(), ended.failed));
        }
    }

    /// Writes the lines that nothing can come before any more: of buffers sealed before `now`, or all of them.
    pub(super) fn flush(
        &mut self,
        now: Option<Timestamp>,
        mut each: impl FnMut(ManifestLine, BufferId, u8, &Head) -> Result<ManifestLine, super::SimulationError>,
    ) -> Result<(), super::SimulationError> {
        while let Some(first) = self.waiting.first_entry() {
            let is_settled = now.is_none_or(|now| first.key().0 < now);
            if !is_settled || first.get().encoded.is_none() || first.get().ended.is_none() {
                break;
            }
            let ((sealed_at, lane, id), waiting) = first.remove_entry();
            self.order.remove(&id);
            let (Some(encoded), Some(ended)) = (waiting.encoded, waiting.ended) else { break };
            let (steps, failed) = ended;
            let last = steps.len().saturating_sub(1);
            for (number, (encoded, end)) in encoded.into_iter().zip(&steps).enumerate() {
                // Records that others of its request left behind.
                let is_partly = number == last && failed > 0 && failed < waiting.records;
                let outcome = match end.outcome {
                    Outcome::Lost => "lost",
                    Outcome::DestinationFailed if lane == Lane::Destination => "failed",
                    // An error document was taken, too.
                    Outcome::Delivered
                    | Outcome::Dropped
                    | Outcome::ProcessingFailed
                    | Outcome::FormatConversionFailed
                    | Outcome::DestinationFailed => "delivered",
                };
                let content_encoding = encoded.head.content_encoding();
                // An object that only names others holds none of the records.
                let holds_records = encoded.head.object().is_none_or(|object| object.holds_records);
                let (records, bytes_in) =
                    if holds_records { (waiting.records, waiting.bytes_in) } else { (0, 0) };
                let (kind, bucket, key, target) = match &encoded.head {
                    Head::Object(head) => ("object", Some(head.bucket.clone()), Some(head.key.clone()), None),
                    Head::Request(head) => ("request", None, None, Some(head.target.clone())),
                };
                let line = ManifestLine {
                    at: end.at,
                    kind,
                    bucket,
                    key,
                    target,
                    path: encoded.path,
                    lane,
                    records,
                    bytes_in,
                    bytes_out: encoded.bytes_out,
                    content_encoding,
                    sealed_by: waiting.sealed_by,
                    oldest_arrival: waiting.oldest_arrival,
                    newest_arrival: waiting.newest_arrival,
                    attempts: end.attempts,
                    outcome,
                    failed_records: is_partly.then_some(failed),
                    opened_at: waiting.opened_at,
                    sealed_at,
                    step: number as u8,
                };
                let line = each(line, id, number as u8, &encoded.head)?;
                self.write(line, encoded.hash)?;
            }
        }
        Ok(())
    }

    /// Ends the file and digests what else belongs to the result.
    pub(super) fn finish(mut self, ledger: &[u8]) -> Result<String, super::SimulationError> {
        if let Some(mut writer) = self.writer.take() {
            writer.flush().map_err(super::SimulationError::Write)?;
        }
        self.digest.update(ledger);
        Ok(self.digest.finalize().to_hex().to_string())
    }

    /// Whether every line was written.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn write(
        &mut self,
        mut line: ManifestLine,
        hash: Option<blake3::Hash>,
    ) -> Result<(), super::SimulationError> {
        let to_json = |line: &ManifestLine| {
            serde_json::to_vec(line).map_err(|error| super::SimulationError::Write(error.into()))
        };
        if let Some(writer) = &mut self.writer {
            let mut text = to_json(&line)?;
            text.push(b'\n');
            writer.write_all(&text).map_err(super::SimulationError::Write)?;
        }
        // Paths have no part in the digest.
        line.path = None;
        self.digest.update(&to_json(&line)?);
        if let Some(hash) = hash {
            self.digest.update(hash.as_bytes());
        }
        Ok(())
    }

    fn find(&mut self, buffer: BufferId) -> Option<&mut Waiting> {
        self.waiting.get_mut(self.order.get(&buffer)?)
    }
}
