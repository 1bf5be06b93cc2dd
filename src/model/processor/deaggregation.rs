//! `RecordDeAggregation`: one record into several.

use std::ops::Range;

use crate::{
    foundation::json_values::{ValueEnds, is_json},
    model::failure::Failure,
};

/// The most pieces of one record; a record of more is passed on whole (service model, `PutRecord`).
pub const MOST_PIECES: usize = 500;

/// `SubRecordType`, with what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordDeAggregation {
    /// JSON objects, one after another or one a line.
    Json,
    /// Pieces between delimiters; never empty.
    Delimited(Box<[u8]>),
}

impl RecordDeAggregation {
    /// Where the pieces of a record lie; `None` where there are more than 500, and the record goes on whole.
    ///
    /// # Errors
    /// `DynamicPartitioning.RecordDeAggregationFailed` (CHOICE) where a record is not made of JSON objects.
    pub fn pieces(&self, record: &[u8]) -> Result<Option<Vec<Range<usize>>>, Failure> {
        match self {
            RecordDeAggregation::Json => objects(record),
            RecordDeAggregation::Delimited(delimiter) => Ok(delimited(record, delimiter)),
        }
    }
}

/// `None` where there are too many.
fn objects(record: &[u8]) -> Result<Option<Vec<Range<usize>>>, Failure> {
    let fail = || {
        let message = "The record is not made of JSON objects that stand one after another.";
        Failure::processing("DynamicPartitioning.RecordDeAggregationFailed", message)
    };
    let mut pieces = Vec::new();
    let mut start = 0;
    loop {
        start += record[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if start == record.len() {
            break;
        }
        if record[start] != b'{' {
            return Err(fail());
        }
        let length = ValueEnds::default().first_end(&record[start..]).ok_or_else(fail)?;
        if !is_json(&record[start..start + length]) {
            return Err(fail());
        }
        pieces.push(start..start + length);
        start += length;
    }
    Ok((pieces.len() <= MOST_PIECES).then_some(pieces))
}

/// `None` where there are too many. Empty pieces are skipped (CHOICE).
fn delimited(record: &[u8], delimiter: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let ends = memchr::memmem::find_iter(record, delimiter).chain(std::iter::once(record.len()));
    for end in ends {
        if end > start {
            pieces.push(start..end);
        }
        start = end + delimiter.len();
        if pieces.len() > MOST_PIECES {
            return None;
        }
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(kind: &RecordDeAggregation, record: &str) -> Vec<String> {
        let pieces = kind.pieces(record.as_bytes()).unwrap().unwrap();
        pieces.into_iter().map(|range| record[range].to_owned()).collect()
    }

    #[test]
    fn objects_are_cut_with_or_without_lines_between_them() {
        let json = RecordDeAggregation::Json;
        assert_eq!(cut(&json, r#"{"a":"}{"}{"a":2}"#), [r#"{"a":"}{"}"#, r#"{"a":2}"#]);
        assert_eq!(cut(&json, "{\"a\":1}\n\n{\"b\":{}}\r\n"), [r#"{"a":1}"#, r#"{"b":{}}"#]);
        assert!(cut(&json, "").is_empty() && cut(&json, " \r\n").is_empty());
    }

    #[test]
    fn what_is_not_made_of_objects_fails_as_a_whole() {
        for record in ["text", "[{}]", "{} 1", "{\"a\":1}{\"a\"", "{a}", "{]}"] {
            let failure = RecordDeAggregation::Json.pieces(record.as_bytes()).unwrap_err();
            assert_eq!(failure.code, "DynamicPartitioning.RecordDeAggregationFailed", "{record}");
        }
    }

    #[test]
    fn the_delimiter_goes_and_empty_pieces_too() {
        let lines = RecordDeAggregation::Delimited(Box::from(*b"##"));
        assert_eq!(cut(&lines, "##a#####b##"), ["a", "#b"]);
        assert!(cut(&lines, "").is_empty());
    }

    #[test]
    fn more_than_500_pieces_are_passed_on_whole() {
        let lines = RecordDeAggregation::Delimited(Box::from(*b"\n"));
        assert_eq!(cut(&lines, &"a\n".repeat(500)).len(), 500);
        assert_eq!(lines.pieces("a\n".repeat(501).as_bytes()), Ok(None));
        assert_eq!(cut(&RecordDeAggregation::Json, &"{}".repeat(500)).len(), 500);
        assert_eq!(RecordDeAggregation::Json.pieces("{}".repeat(501).as_bytes()), Ok(None));
    }
}
