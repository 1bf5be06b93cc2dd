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
        BufferId, Ended,
        buffers::{SealedBuffer, SealedBy},
        ledger::Outcome,
    },
};

/// One delivery. The order of members is that of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManifestLine {
    /// When the delivery ended.
    pub at: Timestamp,
    /// What was delivered; always `object` here.
    pub kind: &'static str,
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
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
    /// `delivered` or `lost`.
    pub outcome: &'static str,
}

/// What a line is ordered by: moment of sealing, lane, serial number.
type Order = (Timestamp, Lane, BufferId);

#[derive(Debug)]
struct Waiting {
    records: u64,
    bytes_in: u64,
    sealed_by: SealedBy,
    oldest_arrival: Timestamp,
    newest_arrival: Timestamp,
    encoded: Option<Encoded>,
    ended: Option<(Timestamp, u32, Outcome)>,
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
            bytes_in: buffer.bytes.len() as u64,
            sealed_by: buffer.sealed_by,
            oldest_arrival: buffer.oldest_arrival,
            newest_arrival: buffer.newest_arrival,
            encoded: None,
            ended: None,
        };
        self.waiting.insert(order, waiting);
    }

    /// Its payload was named and encoded.
    pub(super) fn encoded(&mut self, buffer: BufferId, encoded: Encoded) {
        if let Some(waiting) = self.find(buffer) {
            waiting.encoded = Some(encoded);
        }
    }

    /// Its delivery is over.
    pub(super) fn ended(&mut self, ended: &Ended) {
        if let Some(waiting) = self.find(ended.buffer) {
            waiting.ended = Some((ended.at, ended.attempts, ended.outcome));
        }
    }

    /// Writes the lines that nothing can come before any more: of buffers sealed before `now`, or all of them.
    pub(super) fn flush(
        &mut self,
        now: Option<Timestamp>,
        mut each: impl FnMut(ManifestLine) -> Result<ManifestLine, super::SimulationError>,
    ) -> Result<(), super::SimulationError> {
        while let Some(first) = self.waiting.first_entry() {
            let is_settled = now.is_none_or(|now| first.key().0 < now);
            if !is_settled || first.get().encoded.is_none() || first.get().ended.is_none() {
                break;
            }
            let ((_, lane, id), waiting) = first.remove_entry();
            self.order.remove(&id);
            let (Some(encoded), Some(ended)) = (waiting.encoded, waiting.ended) else { break };
            let (at, attempts, outcome) = ended;
            let outcome = match outcome {
                Outcome::Lost => "lost",
                // An error document was taken, too.
                Outcome::Delivered
                | Outcome::Dropped
                | Outcome::ProcessingFailed
                | Outcome::FormatConversionFailed => "delivered",
            };
            let line = each(ManifestLine {
                at,
                kind: "object",
                bucket: encoded.head.bucket,
                key: encoded.head.key,
                path: encoded.path,
                lane,
                records: waiting.records,
                bytes_in: waiting.bytes_in,
                bytes_out: encoded.bytes_out,
                content_encoding: encoded.head.content_encoding,
                sealed_by: waiting.sealed_by,
                oldest_arrival: waiting.oldest_arrival,
                newest_arrival: waiting.newest_arrival,
                attempts,
                outcome,
            })?;
            self.write(line, encoded.hash)?;
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
