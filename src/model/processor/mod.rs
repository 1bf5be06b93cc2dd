//! Processors: what happens to a record's bytes before it is buffered. One file each.
//!
//! They run in a fixed order, whatever the order of the template (CHOICE; behaviour sheet, section 5): decompression,
//! message extraction, de-aggregation, the function, metadata extraction, the check of the format conversion. The
//! delimiter comes last, in the buffer. A function is called by whoever runs the engine: what stands before it is
//! [`Processing::run`], what stands behind it [`Processing::finish`].

pub mod append_delimiter;
pub mod deaggregation;
#[cfg(feature = "simulate")]
pub mod decompression;
pub mod lambda;
pub mod lambda_response;
pub mod log_messages;
pub mod metadata_extraction;
mod plain_path;
pub mod table_rows;

#[cfg(feature = "simulate")]
use std::borrow::Cow;
use std::sync::Arc;

use self::{
    deaggregation::RecordDeAggregation,
    lambda::LambdaTransform,
    lambda_response::Metadata,
    metadata_extraction::{KnownKeys, MetadataExtraction},
    table_rows::TableRows,
};
use super::{
    failure::{Failure, FailureKind},
    format::Conversion,
    noticed::Noticed,
    partition_key::PartitionKey,
};

/// The processors of a stream that change records.
#[derive(Clone, Debug, Default)]
pub struct Processing {
    /// `Decompression`.
    pub decompresses: bool,
    /// `CloudWatchLogProcessing` with `DataMessageExtraction`.
    pub extracts_messages: bool,
    /// `RecordDeAggregation`.
    pub deaggregation: Option<RecordDeAggregation>,
    /// `Lambda`.
    pub lambda: Option<LambdaTransform>,
    /// `MetadataExtraction`, under dynamic partitioning.
    pub metadata: Option<MetadataExtraction>,
    /// Record format conversion: what does not fit its table fails before it is buffered.
    pub conversion: Option<Arc<dyn Conversion>>,
    /// The tables of the destination: what is no row of one fails before it is buffered.
    pub rows: Option<Arc<dyn TableRows>>,
}

/// What became of a piece of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// It goes on to this partition, with what the conversion noted of it.
    Record(&'a [u8], PartitionKey, &'a [u64]),
    /// It failed; the bytes are the `rawData` of its error document.
    Failed(&'a [u8], Failure),
    /// It is dropped on purpose.
    Dropped,
}

/// What is kept from one record to the next, to save work: it changes nothing.
#[derive(Debug, Default)]
pub struct Memory {
    /// Keys that were found before.
    pub known: KnownKeys,
    /// What the conversion noted of the last record.
    notes: Vec<u64>,
    /// What was noticed of all records.
    pub noticed: Noticed,
}

impl Processing {
    /// Whether records stay as they were put, up to the function where there is one.
    pub fn is_identity(&self) -> bool {
        let is_finished = self.metadata.is_none() && self.conversion.is_none() && self.rows.is_none();
        !self.decompresses
            && !self.extracts_messages
            && self.deaggregation.is_none()
            && (is_finished || self.lambda.is_some())
    }

    /// The `rawData` of a piece that fails late: of a packed record the original, else the piece itself.
    pub fn raw<'a>(&self, record: &'a [u8], piece: &'a [u8]) -> &'a [u8] {
        if self.decompresses { record } else { piece }
    }

    #[cfg(feature = "simulate")]
    /// Runs the processors up to the function, or all where there is none, on one record and hands out its pieces in order, at least
    /// one.
    pub fn run(&self, record: &[u8], memory: &mut Memory, each: &mut dyn FnMut(Piece<'_>)) {
        let plain = match self.unpack(record) {
            Ok(Some(plain)) => plain,
            Ok(None) => return each(Piece::Dropped),
            Err(failure) => return each(Piece::Failed(record, failure)),
        };
        let Some(deaggregation) = &self.deaggregation else {
            return each(self.keyed(record, &plain, memory));
        };
        match deaggregation.pieces(&plain) {
            // Nothing but delimiters or blanks: accounted for as dropped (CHOICE).
            Ok(Some(pieces)) if pieces.is_empty() => each(Piece::Dropped),
            Ok(Some(pieces)) => {
                pieces.into_iter().for_each(|range| each(self.keyed(record, &plain[range], memory)));
            }
            Ok(None) => each(match self.keyed(record, &plain, memory) {
                Piece::Failed(raw, failure) => Piece::Failed(raw, Failure { is_whole: true, ..failure }),
                piece => piece,
            }),
            Err(failure) => each(Piece::Failed(record, failure)),
        }
    }

    #[cfg(feature = "simulate")]
    /// Whether a record is passed on whole although it should be taken apart: it holds too many sub-records.
    pub fn passes_whole(&self, record: &[u8]) -> bool {
        let plain = self.unpack(record).ok().flatten();
        let apart = plain.zip(self.deaggregation.as_ref());
        apart.is_some_and(|(plain, deaggregation)| matches!(deaggregation.pieces(&plain), Ok(None)))
    }

    #[cfg(feature = "simulate")]
    fn keyed<'a>(&self, record: &'a [u8], piece: &'a [u8], memory: &'a mut Memory) -> Piece<'a> {
        match self.lambda {
            None => self.finish(self.raw(record, piece), piece, &Metadata::default(), memory),
            Some(_) => Piece::Record(piece, PartitionKey::EMPTY, &[]),
        }
    }

    /// Runs the processors behind the function on one record, which came from it with this metadata. `raw` is
    /// the record's `rawData` where it fails here.
    pub fn finish<'a>(
        &self,
        raw: &'a [u8],
        piece: &'a [u8],
        said: &Metadata,
        memory: &'a mut Memory,
    ) -> Piece<'a> {
        let mut key = PartitionKey::EMPTY;
        if let Some(metadata) = &self.metadata {
            let found = metadata.extract_knowing(&mut memory.known, piece);
            memory.noticed.has_other_kinds |= memory.known.has_other_kinds;
            match found {
                Ok(found) => key = found,
                Err(failure) => return Piece::Failed(raw, failure),
            }
        }
        let wanted = self.lambda.iter().flat_map(|lambda| &lambda.keys).map(|wanted| {
            let value = said.partition_keys.iter().rev().find(|(name, _)| **name == **wanted);
            memory.noticed.has_other_kinds |= value.is_some_and(|(_, value)| !value.is_string());
            match value.and_then(|(_, value)| metadata_extraction::json_text(value)) {
                Some(value) => Ok((lambda_key(wanted), value.into())),
                None => Err(metadata_extraction::no_value(wanted)),
            }
        });
        match wanted.collect::<Result<Vec<_>, Failure>>() {
            Ok(more) if more.is_empty() => {}
            Ok(more) => key = PartitionKey::new(key.pairs().iter().cloned().chain(more).collect()),
            Err(failure) => return Piece::Failed(raw, failure),
        }
        if let Some(rows) = &self.rows {
            return match rows.key(piece, said) {
                Ok(key) => Piece::Record(piece, key, &[]),
                // A query that fails is a processor that fails: the original is kept, as everywhere.
                Err(failure) if failure.kind == FailureKind::Processing => Piece::Failed(raw, failure),
                Err(failure) => Piece::Failed(piece, failure),
            };
        }
        memory.notes.clear();
        if let Some(conversion) = &self.conversion {
            conversion.look(piece, &mut memory.noticed);
        }
        match self.convertible(piece, memory) {
            Ok(()) => Piece::Record(piece, key, &memory.notes),
            // The record as it reached this stage (behaviour sheet, 4.3).
            Err(failure) => Piece::Failed(piece, failure),
        }
    }

    /// Whether a record fits the table, where there is one.
    fn convertible(&self, piece: &[u8], memory: &mut Memory) -> Result<(), Failure> {
        let Some(conversion) = &self.conversion else { return Ok(()) };
        conversion.check(piece, &mut memory.notes).map_err(|error| {
            memory.noticed.has_arrays |= error.is_of_array();
            Failure {
                kind: FailureKind::FormatConversion,
                code: error.code,
                message: error.message,
                is_whole: false,
                table: Some(Arc::clone(conversion.catalog())),
                function: None,
                key: PartitionKey::EMPTY,
            }
        })
    }

    #[cfg(feature = "simulate")]
    /// `None` for a record that comes to nothing.
    fn unpack<'a>(&self, record: &'a [u8]) -> Result<Option<Cow<'a, [u8]>>, Failure> {
        let mut plain = Cow::Borrowed(record);
        if self.decompresses {
            plain = Cow::Owned(decompression::decompress(record)?);
        }
        if self.extracts_messages {
            return Ok(log_messages::messages(&plain)?.map(Cow::Owned));
        }
        Ok(Some(plain))
    }
}

/// How a key that comes from the function is called in a [`PartitionKey`]: a query may have one of the same name.
pub fn lambda_key(key: &str) -> Box<str> {
    format!("partitionKeyFromLambda:{key}").into()
}

#[cfg(all(test, feature = "simulate"))]
mod tests {
    use std::io::Write;

    use super::*;

    fn run(processing: &Processing, record: &[u8]) -> Vec<String> {
        let mut pieces = Vec::new();
        processing.run(record, &mut Memory::default(), &mut |piece| {
            pieces.push(match piece {
                Piece::Record(bytes, ..) => String::from_utf8(bytes.to_vec()).unwrap(),
                Piece::Failed(raw, failure) => format!("{} {}", failure.code, raw == record),
                Piece::Dropped => "dropped".to_owned(),
            });
        });
        pieces
    }

    #[test]
    fn decompression_comes_before_messages_and_those_before_deaggregation() {
        let deaggregation = Some(RecordDeAggregation::Json);
        let processing = Processing {
            decompresses: true,
            extracts_messages: true,
            deaggregation,
            ..Processing::default()
        };
        let packed = |text: &str| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        let data = r#"{"messageType":"DATA_MESSAGE","logEvents":[{"message":"{\"a\":1}"},{"message":"{}"}]}"#;
        assert_eq!(run(&processing, &packed(data)), [r#"{"a":1}"#, "{}"]);
        assert_eq!(run(&processing, &packed(r#"{"messageType":"CONTROL_MESSAGE"}"#)), ["dropped"]);
        // A later failure carries the compressed original, too.
        let text = data.replace("{}", "no object");
        let failed = ["DynamicPartitioning.RecordDeAggregationFailed true"];
        assert_eq!(run(&processing, &packed(&text)), failed);
        assert_eq!(run(&processing, b"plain"), ["Decompression.Failed true"]);
    }
}
