//! Records that failed before or at delivery: where their error documents go, and what these say.
//!
//! The order of members and their types are the service's (behaviour sheet, 4.3 and 6.4).

use std::io::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::foundation::timestamp::Timestamp;

/// What failed; each kind has a folder of its own under the error prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// A processor. CHOICE: de-aggregation and metadata extraction too.
    Processing,
    /// `Decompression`.
    Decompression,
    /// The record would have opened one partition too many.
    ActivePartitions,
    /// The destination did not take it; with its `error-output-type`.
    Destination(&'static str),
}

impl FailureKind {
    /// The value of `!{firehose:error-output-type}` (behaviour sheet, 6.4).
    pub fn error_output_type(self) -> &'static str {
        match self {
            FailureKind::Processing => "processing-failed",
            FailureKind::Decompression => "decompression-failed",
            FailureKind::ActivePartitions => "activePartitionExceeded",
            FailureKind::Destination(error_output_type) => error_output_type,
        }
    }
}

/// Why a record failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What failed.
    pub kind: FailureKind,
    /// The code, as in `DynamicPartitioning.MetadataExtractionFailed`.
    pub code: &'static str,
    /// The message.
    pub message: String,
}

impl Failure {
    /// The line of the error document, with its line end: one attempt, which ended at `ended`. `raw` is the record's
    /// data as it stands in the document.
    pub fn document(&self, raw: &[u8], arrival: Timestamp, ended: Timestamp) -> Vec<u8> {
        let mut line = Vec::with_capacity(raw.len() / 3 * 4 + 256);
        line.extend_from_slice(b"{\"rawData\":\"");
        line.extend_from_slice(STANDARD.encode(raw).as_bytes());
        line.extend_from_slice(b"\",\"errorCode\":");
        let text = |text: &str| serde_json::Value::from(text).to_string();
        // Writing into a vector can't fail.
        let _ = writeln!(
            line,
            "{},\"errorMessage\":{},\"attemptsMade\":1,\"arrivalTimestamp\":{},\"attemptEndingTimestamp\":{}}}",
            text(self.code),
            text(&self.message),
            arrival.as_millis(),
            ended.as_millis()
        );
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_document_has_the_members_of_the_service_in_its_order() {
        let failure =
            Failure { kind: FailureKind::Processing, code: "A.B", message: "not \"fit\"".to_owned() };
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let line = failure.document(b"hello", at(1_523_945_154_434), at(1_523_945_164_434));
        let expected = concat!(
            r#"{"rawData":"aGVsbG8=","errorCode":"A.B","errorMessage":"not \"fit\"","attemptsMade":1,"#,
            r#""arrivalTimestamp":1523945154434,"attemptEndingTimestamp":1523945164434}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(line).unwrap(), expected);
    }
}
