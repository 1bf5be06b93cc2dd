//! The door: what a put call answers at once. Depends on the records of the call only.
//!
//! Throughput limits are not modelled yet (CHOICE: off by default, behaviour sheet, 1.1).

use std::ops::Range;

use crate::{
    foundation::record::RecordBatch,
    model::{limits, source::Source},
};

/// Why a put call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A record is larger than the source allows.
    RecordTooLarge,
    /// More than 500 records in one request.
    TooManyRecords,
    /// More than 4,194,304 decoded bytes in one request.
    RequestTooLarge,
}

/// Records that were refused, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Larger than the source allows, or in one request with such a record.
    pub record_too_large: u64,
    /// In a request of more than 500 records.
    pub too_many_records: u64,
    /// In a request of more than 4,194,304 decoded bytes.
    pub request_too_large: u64,
}

/// Size limits of the source.
#[derive(Clone, Debug)]
pub struct Ingest {
    largest_record: u64,
    refused: Refused,
}

impl Ingest {
    /// The door of this source.
    pub fn new(source: &Source) -> Ingest {
        Ingest { largest_record: source.largest_record(), refused: Refused::default() }
    }

    /// Judges one put call: a request is taken or refused whole.
    ///
    /// # Errors
    /// The reason for which all of its records are refused.
    pub fn accept(&mut self, batch: &RecordBatch, call: Range<usize>) -> Result<(), Refusal> {
        let spans = &batch.spans[call];
        let records = spans.len() as u64;
        if spans.len() > limits::MOST_RECORDS_IN_REQUEST {
            self.refused.too_many_records += records;
            return Err(Refusal::TooManyRecords);
        }
        if spans.iter().any(|span| u64::from(span.len) > self.largest_record) {
            self.refused.record_too_large += records;
            return Err(Refusal::RecordTooLarge);
        }
        // A record put alone (or read from a source) has the limit of a record only.
        let bytes: u64 = spans.iter().map(|span| u64::from(span.len)).sum();
        if records > 1 && bytes > limits::MOST_BYTES_IN_REQUEST {
            self.refused.request_too_large += records;
            return Err(Refusal::RequestTooLarge);
        }
        Ok(())
    }

    /// Records refused so far, by reason.
    pub fn refused(&self) -> Refused {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::record::{PutCalls, RecordSpan};

    fn judge(source: &Source, sizes: &[u32]) -> Result<(), Refusal> {
        let spans = sizes.iter().map(|len| RecordSpan { start: 0, len: *len }).collect();
        let batch = RecordBatch { bytes: Vec::new(), spans, calls: PutCalls::Ends(vec![sizes.len() as u32]) };
        Ingest::new(source).accept(&batch, 0..sizes.len())
    }

    #[test]
    fn a_direct_put_takes_1000_kib_and_not_a_byte_more() {
        assert_eq!(judge(&Source::DirectPut, &[1_024_000]), Ok(()));
        assert_eq!(judge(&Source::DirectPut, &[10, 1_024_001]), Err(Refusal::RecordTooLarge));
    }

    #[test]
    fn a_kinesis_source_takes_10_mib() {
        let source = Source::KinesisStream { arn: String::new() };
        assert_eq!(judge(&source, &[10_485_760]), Ok(()));
        assert_eq!(judge(&source, &[10_485_761]), Err(Refusal::RecordTooLarge));
    }

    #[test]
    fn a_request_takes_500_records_and_4_mib() {
        assert_eq!(judge(&Source::DirectPut, &[0; 500]), Ok(()));
        assert_eq!(judge(&Source::DirectPut, &[0; 501]), Err(Refusal::TooManyRecords));
        assert_eq!(judge(&Source::DirectPut, &[1_000_000, 1_000_000, 1_000_000, 1_000_000, 194_304]), Ok(()));
        let one_more = [1_000_000, 1_000_000, 1_000_000, 1_000_000, 194_305];
        assert_eq!(judge(&Source::DirectPut, &one_more), Err(Refusal::RequestTooLarge));
    }
}
