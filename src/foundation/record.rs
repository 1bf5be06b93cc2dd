//! Records as slices of one allocation: no string and no tree per record.

use std::ops::Range;

/// Where a record lies in its batch's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordSpan {
    /// Offset of the first byte.
    pub start: u32,
    /// Length in bytes; zero is legal.
    pub len: u32,
}

/// Which records were put by one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutCalls {
    /// Each record by a call of its own.
    OnePerRecord,
    /// Several records a call; for each call, the number just past its last record.
    Ends(Vec<u32>),
}

/// Records that were read together, and how they were put.
#[derive(Clone, Debug)]
pub struct RecordBatch {
    /// The bytes that the spans point into; not all of them need belong to a record.
    pub bytes: Vec<u8>,
    /// One span per record, in put order.
    pub spans: Vec<RecordSpan>,
    /// How the records are spread over put calls.
    pub calls: PutCalls,
}

impl RecordBatch {
    /// The bytes of record `index`.
    ///
    /// # Panics
    /// When there is no such record.
    pub fn record(&self, index: usize) -> &[u8] {
        let span = self.spans[index];
        &self.bytes[span.start as usize..span.start as usize + span.len as usize]
    }

    /// The number of put calls.
    pub fn call_count(&self) -> usize {
        match &self.calls {
            PutCalls::OnePerRecord => self.spans.len(),
            PutCalls::Ends(ends) => ends.len(),
        }
    }

    /// The records of put call `index`.
    ///
    /// # Panics
    /// When there is no such call.
    pub fn call(&self, index: usize) -> Range<usize> {
        match &self.calls {
            PutCalls::OnePerRecord => index..index + 1,
            PutCalls::Ends(ends) => {
                let start = if index == 0 { 0 } else { ends[index - 1] as usize };
                start..ends[index] as usize
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_cover_the_records_in_order() {
        let spans = [(0, 1), (1, 2), (3, 0)].map(|(start, len)| RecordSpan { start, len }).to_vec();
        let mut batch = RecordBatch { bytes: b"abb".to_vec(), spans, calls: PutCalls::OnePerRecord };
        assert_eq!((batch.call_count(), batch.call(2)), (3, 2..3));
        assert_eq!((batch.record(1), batch.record(2)), (&b"bb"[..], &b""[..]));
        batch.calls = PutCalls::Ends(vec![2, 3]);
        assert_eq!((batch.call_count(), batch.call(0), batch.call(1)), (2, 0..2, 2..3));
    }
}
