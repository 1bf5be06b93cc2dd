//! Forms whose records are base64 inside JSON values: put requests, and answers of Kinesis Data Streams.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::parse::{Malformed, Parsed, SampleRules};

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow, rename = "Records")]
    records: Option<Vec<Entry<'a>>>,
    #[serde(borrow, rename = "Record")]
    record: Option<Entry<'a>>,
    #[serde(borrow, rename = "Data")]
    data: Option<std::borrow::Cow<'a, str>>,
    #[serde(rename = "ApproximateArrivalTimestamp")]
    arrived: Option<TimeText>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, rename = "Data")]
    data: Option<std::borrow::Cow<'a, str>>,
    #[serde(rename = "ApproximateArrivalTimestamp")]
    arrived: Option<TimeText>,
}

/// A time as Kinesis tools write it: seconds since 1970, or RFC 3339.
#[derive(Deserialize)]
#[serde(untagged)]
enum TimeText {
    Number(serde_json::Number),
    Text(String),
}

/// Whose JSON it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `PutRecordBatch` and `PutRecord` requests: one call each.
    Put,
    /// `GetRecords` answers, or records alone: each record by itself, at its own time.
    Kinesis,
}

/// Reads values one after another until the end or the first that is wrong.
pub(super) fn parse(bytes: &[u8], shape: Shape, rules: &SampleRules, parsed: &mut Parsed) {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Request<'_>>();
    loop {
        let start = values.byte_offset();
        let offset = start + bytes[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let outcome = match values.next() {
            None => return,
            Some(Ok(request)) => push_request(request, shape, rules, parsed),
            Some(Err(error)) => Err(format!("not a JSON value of this form: {error}")),
        };
        if let Err(message) = outcome {
            parsed.malformed = Some(Malformed { units_before: parsed.units, offset: offset as u64, message });
            return;
        }
    }
}

fn push_request(
    request: Request<'_>,
    shape: Shape,
    rules: &SampleRules,
    parsed: &mut Parsed,
) -> Result<(), String> {
    let alone = Entry { data: request.data, arrived: request.arrived };
    let (entries, is_request) = match (request.records, request.record) {
        (Some(records), _) => (records, true),
        (None, Some(record)) => (vec![record], true),
        (None, None) => (vec![alone], false),
    };
    if shape == Shape::Put && !is_request {
        return Err("a put request has `Records` or `Record`".to_owned());
    }
    for entry in entries {
        let data = entry.data.ok_or("a record has no `Data`")?;
        let record =
            STANDARD.decode(data.as_bytes()).map_err(|error| format!("`Data` is not base64: {error}"))?;
        if let Some(pointer) = &rules.arrival {
            parsed.times.push(pointer.time_in(&record)?);
        } else if shape == Shape::Kinesis {
            let text = match entry.arrived.ok_or("a record has no `ApproximateArrivalTimestamp`")? {
                TimeText::Number(number) => number.to_string(),
                TimeText::Text(text) => text,
            };
            let time = text.parse().ok().or_else(|| super::pointer::epoch(&text));
            parsed
                .times
                .push(time.ok_or_else(|| format!("`ApproximateArrivalTimestamp` is not a time: {text}"))?);
        }
        parsed.push_decoded(&record);
        parsed.units += 1;
    }
    if shape == Shape::Put {
        parsed.end_call();
    }
    Ok(())
}
