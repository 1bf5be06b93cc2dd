//! `CloudWatchLogProcessing` with `DataMessageExtraction`: the messages of log events, without their envelope.
//!
//! One record stays one record. CHOICE: each message ends in a line feed; `CONTROL_MESSAGE` records, and
//! those without log events, come to nothing and count as dropped (behaviour sheet, section 5).

use serde::Deserialize;

use crate::model::failure::Failure;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "messageType", borrow)]
    message_type: std::borrow::Cow<'a, str>,
    #[serde(rename = "logEvents", borrow, default)]
    log_events: Vec<LogEvent<'a>>,
}

#[derive(Deserialize)]
struct LogEvent<'a> {
    #[serde(borrow)]
    message: std::borrow::Cow<'a, str>,
}

/// The messages of one record, one a line; `None` for a record that is about the subscription itself, or has none.
///
/// # Errors
/// `CloudWatchLogProcessing.Failed` (CHOICE: undocumented) where the record is no envelope of log events.
pub fn messages(record: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
    let envelope: Envelope<'_> = serde_json::from_slice(record).map_err(|error| {
        let message = format!("The record is not in the format of CloudWatch Logs: {error}");
        Failure::processing("CloudWatchLogProcessing.Failed", message)
    })?;
    if envelope.message_type == "CONTROL_MESSAGE" {
        return Ok(None);
    }
    let mut lines = Vec::new();
    for event in envelope.log_events {
        lines.extend_from_slice(event.message.as_bytes());
        lines.push(b'\n');
    }
    // Nothing is left of a record without log events, and nothing is passed on (CHOICE).
    Ok((!lines.is_empty()).then_some(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stand_one_a_line() {
        let record = br#"{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[{"id":"1","timestamp":1,"message":"a\t\"b\""},{"message":"c"}]}"#;
        assert_eq!(messages(record).unwrap().unwrap(), b"a\t\"b\"\nc\n");
    }

    #[test]
    fn control_messages_come_to_nothing() {
        let record = br#"{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"checking health"}]}"#;
        assert_eq!(messages(record).unwrap(), None);
    }

    #[test]
    fn row_5_a_record_without_log_events_comes_to_nothing() {
        for record in
            [&br#"{"messageType":"DATA_MESSAGE","logEvents":[]}"#[..], br#"{"messageType":"DATA_MESSAGE"}"#]
        {
            assert_eq!(messages(record).unwrap(), None);
        }
        let empty = br#"{"messageType":"DATA_MESSAGE","logEvents":[{"message":""}]}"#;
        assert_eq!(messages(empty).unwrap().unwrap(), b"\n");
    }

    #[test]
    fn other_records_fail() {
        for record in [&b""[..], b"text", br#"{"a":1}"#, br#"{"messageType":"DATA_MESSAGE","logEvents":1}"#] {
            assert_eq!(messages(record).unwrap_err().code, "CloudWatchLogProcessing.Failed");
        }
    }
}
