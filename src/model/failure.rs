//! Records that failed before or at delivery: where their error documents go, and what these say.
//!
//! The order of members and their types are the service's (behaviour sheet, 4.3 and 6.4).

use std::{io::Write, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    destination::request::{Refusal, UndeliveredRecord},
    format::CatalogTable,
    partition_key::PartitionKey,
    record_number::sequence_number,
    record_origin::RecordOrigin,
};
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
    /// The record does not fit the table.
    FormatConversion,
}

impl FailureKind {
    /// The value of `!{firehose:error-output-type}` (behaviour sheet, 6.4).
    pub fn error_output_type(self) -> &'static str {
        match self {
            FailureKind::Processing => "processing-failed",
            FailureKind::Decompression => "decompression-failed",
            FailureKind::ActivePartitions => "activePartitionExceeded",
            FailureKind::Destination(error_output_type) => error_output_type,
            FailureKind::FormatConversion => "format-conversion-failed",
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
    /// Whether the record should have been taken apart, and was passed on whole. The error document does not say so; a
    /// report does.
    pub is_whole: bool,
    /// The table that the record was to fit; with format conversion only.
    pub table: Option<Arc<CatalogTable>>,
    /// The function that was called; where the record failed in it only.
    pub function: Option<Box<Called>>,
    /// The key with which the record was bound for the destination, as far as it is known: failed records of some keys
    /// have objects of their own.
    pub key: PartitionKey,
}

/// The function in which a record failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// `LambdaArn` of the processor.
    pub arn: Arc<str>,
    /// How often it was called with the record.
    pub attempts: u32,
    /// What exactly is wrong, where the message leaves it open. The error document does not say so; a report does.
    pub detail: Option<String>,
}

/// The record that a failure is about.
#[derive(Clone, Copy, Debug)]
pub struct Failed<'a> {
    /// Its data as they stand in the document.
    pub raw: &'a [u8],
    /// Its number in the order of arrival, from 1.
    pub number: u64,
    /// Which of the pieces that it came to, from 0.
    pub piece: u32,
    /// When it arrived.
    pub arrival: Timestamp,
    /// When the last attempt ended.
    pub ended: Timestamp,
    /// Where it stands in the Kinesis stream that it was read from.
    pub origin: Option<&'a RecordOrigin>,
}

impl Failed<'_> {
    /// The record's own sequence number; that of its arrival (CHOICE) where the samples have none.
    fn sequence_number(&self) -> String {
        self.origin.map_or_else(|| sequence_number(self.number), |own| own.sequence_number(self.number))
    }
}

impl Failure {
    /// The failure of a processor.
    pub fn processing(code: &'static str, message: impl Into<String>) -> Failure {
        Failure {
            kind: FailureKind::Processing,
            code,
            message: message.into(),
            is_whole: false,
            table: None,
            function: None,
            key: PartitionKey::EMPTY,
        }
    }

    /// The message, with what only a report says.
    pub fn explanation(&self) -> String {
        let why = "It holds more than 500 sub-records, and Firehose passes such a record on whole.";
        let detail = self.function.as_ref().and_then(|function| function.detail.as_deref());
        let more = detail.into_iter().chain(self.is_whole.then_some(why));
        more.fold(self.message.clone(), |text, more| {
            let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
            format!("{text}{stop} {more}")
        })
    }

    /// The line of the error document, with its line end.
    pub fn document(&self, failed: &Failed<'_>) -> Vec<u8> {
        match &self.table {
            Some(table) => self.conversion_document(failed, table),
            None if matches!(self.kind, FailureKind::Destination(_)) => self.row_document(failed),
            None => self.processing_document(failed),
        }
    }

    /// The form of failed conversions: other names, another order, the table (behaviour sheet, 9.4).
    fn conversion_document(&self, failed: &Failed<'_>, table: &CatalogTable) -> Vec<u8> {
        let document = serde_json::json!({
            "attemptsMade": 1,
            "arrivalTimestamp": failed.arrival.as_millis(),
            "lastErrorCode": self.code,
            "lastErrorMessage": self.message,
            "attemptEndingTimestamp": failed.ended.as_millis(),
            "rawData": STANDARD.encode(failed.raw),
            "sequenceNumber": failed.sequence_number(),
            "subSequenceNumber": failed.piece,
            "dataCatalogTable": {
                "catalogId": table.catalog_id,
                "databaseName": table.database_name,
                "tableName": table.table_name,
                "region": table.region,
                "versionId": table.version_id,
                "roleArn": table.role_arn,
            },
        });
        (document.to_string() + "\n").into_bytes()
    }

    /// The form of records that are no row of their table (behaviour sheet, 10.7 and 10.8).
    fn row_document(&self, failed: &Failed<'_>) -> Vec<u8> {
        undelivered_row(&UndeliveredRow {
            attempts: self.function.as_ref().map_or(1, |function| function.attempts),
            arrival: failed.arrival.as_millis(),
            code: self.code,
            message: &self.message,
            ended: failed.ended.as_millis(),
            raw: failed.raw,
        })
    }

    fn processing_document(&self, failed: &Failed<'_>) -> Vec<u8> {
        let Failed { raw, arrival, ended, .. } = *failed;
        let attempts = self.function.as_ref().map_or(1, |function| function.attempts);
        let function = self.function.as_ref().map(|function| &*function.arn);
        let why = (self.code, &*self.message);
        processing_line(raw, why, attempts, arrival.as_millis(), ended.as_millis(), function)
    }
}

/// The line of a record whose object was not written in time: that of failed processing (CHOICE; behaviour sheet, 7),
/// with the code of the write. The data are those that reached this stage (behaviour sheet, 4.3), without the delimiter
/// of objects.
pub fn object_document(record: &UndeliveredRecord<'_>, delimiter: &[u8]) -> Vec<u8> {
    let raw = record.bytes.strip_suffix(delimiter).unwrap_or(record.bytes);
    let arrival = record.arrival;
    let Refusal { code, message } = record.refusal;
    processing_line(raw, (code, message), record.attempts, arrival, record.ended.as_millis(), None)
}

/// The members in the service's order and types (behaviour sheet, 4.3). Moments are milliseconds since 1970.
fn processing_line(
    raw: &[u8],
    (code, message): (&str, &str),
    attempts: u32,
    arrival: i64,
    ended: i64,
    function: Option<&str>,
) -> Vec<u8> {
    let mut line = Vec::with_capacity(raw.len() / 3 * 4 + 256);
    line.extend_from_slice(b"{\"rawData\":\"");
    line.extend_from_slice(STANDARD.encode(raw).as_bytes());
    line.extend_from_slice(b"\",\"errorCode\":");
    let text = |text: &str| serde_json::Value::from(text).to_string();
    // Writing into a vector can't fail.
    let _ = write!(
        line,
        "{},\"errorMessage\":{},\"attemptsMade\":{attempts},\"arrivalTimestamp\":{arrival},\"attemptEndingTimestamp\":{ended}",
        text(code),
        text(message),
    );
    let _ = match function {
        Some(arn) => writeln!(line, ",\"lambdaARN\":{}}}", text(arn)),
        None => writeln!(line, "}}"),
    };
    line
}

/// A row that a destination of tables did not take.
#[derive(Clone, Copy, Debug)]
pub struct UndeliveredRow<'a> {
    /// How often it was tried.
    pub attempts: u32,
    /// When it arrived, in milliseconds since 1970.
    pub arrival: i64,
    /// The code.
    pub code: &'a str,
    /// The message.
    pub message: &'a str,
    /// When the last attempt ended, in milliseconds since 1970.
    pub ended: i64,
    /// The record.
    pub raw: &'a [u8],
}

/// The line of its error document, with its line end (behaviour sheet, 10.7; for Iceberg CHOICE: the same).
pub fn undelivered_row(row: &UndeliveredRow<'_>) -> Vec<u8> {
    let line = serde_json::json!({
        "attemptsMade": row.attempts,
        "arrivalTimestamp": row.arrival,
        "errorCode": row.code,
        "errorMessage": row.message,
        "attemptEndingTimestamp": row.ended,
        "rawData": STANDARD.encode(row.raw),
    });
    format!("{line}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(failure: &Failure) -> String {
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let (arrival, ended) = (at(1_523_945_154_434), at(1_523_945_164_434));
        let failed = Failed { raw: b"hello", number: 7, piece: 2, arrival, ended, origin: None };
        String::from_utf8(failure.document(&failed)).unwrap()
    }

    #[test]
    fn an_error_document_has_the_members_of_the_service_in_its_order() {
        let expected = concat!(
            r#"{"rawData":"aGVsbG8=","errorCode":"A.B","errorMessage":"not \"fit\"","attemptsMade":1,"#,
            r#""arrivalTimestamp":1523945154434,"attemptEndingTimestamp":1523945164434}"#,
            "\n"
        );
        assert_eq!(line(&Failure::processing("A.B", "not \"fit\"")), expected);
    }

    /// Behaviour sheet, 9.4.
    #[test]
    fn row_4_3_a_failed_call_names_the_function_and_its_attempts() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:f".into();
        let called = Box::new(Called { arn, attempts: 4, detail: None });
        let failure = Failure { function: Some(called), ..Failure::processing("Lambda.FunctionError", "m") };
        let expected = concat!(
            r#"{"rawData":"aGVsbG8=","errorCode":"Lambda.FunctionError","errorMessage":"m","attemptsMade":4,"#,
            r#""arrivalTimestamp":1523945154434,"attemptEndingTimestamp":1523945164434,"#,
            r#""lambdaARN":"arn:aws:lambda:us-east-1:123456789012:function:f"}"#,
            "\n"
        );
        assert_eq!(line(&failure), expected);
    }

    #[test]
    fn a_failed_conversion_names_the_table() {
        let text = |text: &str| text.to_owned();
        let table = CatalogTable {
            catalog_id: text("111122223333"),
            database_name: text("d"),
            table_name: text("t"),
            region: text("eu-west-1"),
            version_id: text("LATEST"),
            role_arn: text("arn:aws:iam::111122223333:role/r"),
        };
        let failure = Failure {
            kind: FailureKind::FormatConversion,
            code: "DataFormatConversion.MalformedData",
            message: text("m"),
            is_whole: false,
            table: Some(Arc::new(table)),
            function: None,
            key: PartitionKey::EMPTY,
        };
        let expected = concat!(
            r#"{"attemptsMade":1,"arrivalTimestamp":1523945154434,"lastErrorCode":"DataFormatConversion.MalformedData","#,
            r#""lastErrorMessage":"m","attemptEndingTimestamp":1523945164434,"rawData":"aGVsbG8=","#,
            r#""sequenceNumber":"49000000000000000000000000000000000000000000000000000007","subSequenceNumber":2,"#,
            r#""dataCatalogTable":{"catalogId":"111122223333","databaseName":"d","tableName":"t","region":"eu-west-1","#,
            r#""versionId":"LATEST","roleArn":"arn:aws:iam::111122223333:role/r"}}"#,
            "\n"
        );
        assert_eq!(line(&failure), expected);
    }
}
