//! Processors: what happens to a record's bytes before it is buffered. One file each.
//!
//! They run in a fixed order, whatever the order of the template (CHOICE; behaviour sheet, section 5): decompression,
//! message extraction, de-aggregation, metadata extraction. The delimiter comes last, in the buffer.

pub mod append_delimiter;
pub mod deaggregation;
pub mod decompression;
pub mod log_messages;
pub mod metadata_extraction;

use std::{borrow::Cow, sync::Arc};

use self::{deaggregation::RecordDeAggregation, metadata_extraction::MetadataExtraction};
use super::{
    failure::{Failure, FailureKind},
    format::Conversion,
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
    /// `MetadataExtraction`, under dynamic partitioning.
    pub metadata: Option<MetadataExtraction>,
    /// Record format conversion: what does not fit its table fails before it is buffered.
    pub conversion: Option<Arc<dyn Conversion>>,
}

/// What became of a piece of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// It goes on to this partition.
    Record(&'a [u8], PartitionKey),
    /// It failed; the bytes are the `rawData` of its error document.
    Failed(&'a [u8], Failure),
    /// It is dropped on purpose.
    Dropped,
}

impl Processing {
    /// Whether records stay as they were put.
    pub fn is_identity(&self) -> bool {
        !self.decompresses
            && !self.extracts_messages
            && self.deaggregation.is_none()
            && self.metadata.is_none()
            && self.conversion.is_none()
    }

    /// The `rawData` of a piece that fails late: of a packed record the original, else the piece itself.
    pub fn raw<'a>(&self, record: &'a [u8], piece: &'a [u8]) -> &'a [u8] {
        if self.decompresses { record } else { piece }
    }

    /// Runs the processors on one record and hands out its pieces in order, at least one.
    pub fn run(&self, record: &[u8], each: &mut dyn FnMut(Piece<'_>)) {
        let plain = match self.unpack(record) {
            Ok(Some(plain)) => plain,
            Ok(None) => return each(Piece::Dropped),
            Err(failure) => return each(Piece::Failed(record, failure)),
        };
        let Some(deaggregation) = &self.deaggregation else { return each(self.keyed(record, &plain)) };
        match deaggregation.pieces(&plain) {
            // Nothing but delimiters: accounted for as dropped (CHOICE).
            Ok(pieces) if pieces.is_empty() => each(Piece::Dropped),
            Ok(pieces) => pieces.into_iter().for_each(|range| each(self.keyed(record, &plain[range]))),
            Err(failure) => each(Piece::Failed(record, failure)),
        }
    }

    fn keyed<'a>(&self, record: &'a [u8], piece: &'a [u8]) -> Piece<'a> {
        let key = match &self.metadata {
            None => PartitionKey::EMPTY,
            Some(metadata) => match metadata.extract(piece) {
                Ok(key) => key,
                Err(failure) => return Piece::Failed(self.raw(record, piece), failure),
            },
        };
        match self.convertible(piece) {
            Ok(()) => Piece::Record(piece, key),
            // The record as it reached this stage (behaviour sheet, 4.3).
            Err(failure) => Piece::Failed(piece, failure),
        }
    }

    /// Whether a record fits the table, where there is one.
    fn convertible(&self, piece: &[u8]) -> Result<(), Failure> {
        let Some(conversion) = &self.conversion else { return Ok(()) };
        conversion.check(piece).map_err(|error| Failure {
            kind: FailureKind::FormatConversion,
            code: error.code,
            message: error.message,
            table: Some(Arc::clone(conversion.catalog())),
        })
    }

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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn run(processing: &Processing, record: &[u8]) -> Vec<String> {
        let mut pieces = Vec::new();
        processing.run(record, &mut |piece| {
            pieces.push(match piece {
                Piece::Record(bytes, _) => String::from_utf8(bytes.to_vec()).unwrap(),
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
