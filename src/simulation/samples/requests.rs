//! Forms whose records are base64 inside JSON values: put requests, and answers of Kinesis Data Streams.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::parse::{LineCounter, Malformed, Parsed, Read, SampleRules};
use crate::model::{kpl::LONGEST_PARTITION_KEY, record_origin::SourcePlace};

/// Most digits of a sequence number (Kinesis API reference).
const LONGEST_NUMBER: usize = 128;

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow, rename = "Records")]
    records: Option<Vec<Entry<'a>>>,
    #[serde(borrow, rename = "Record")]
    record: Option<Entry<'a>>,
    #[serde(borrow, rename = "Data")]
    data: Option<Read<'a>>,
    #[serde(rename = "ApproximateArrivalTimestamp")]
    arrived: Option<TimeText>,
    #[serde(borrow, rename = "PartitionKey")]
    partition_key: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "ExplicitHashKey")]
    explicit_hash_key: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "SequenceNumber")]
    sequence_number: Option<Cow<'a, str>>,
    #[serde(borrow)]
    kinesis: Option<EventEntry<'a>>,
}

/// A record as Kinesis Data Streams and Firehose spell its members.
#[derive(Default, Deserialize)]
struct Entry<'a> {
    #[serde(borrow, rename = "Data")]
    data: Option<Read<'a>>,
    #[serde(rename = "ApproximateArrivalTimestamp")]
    arrived: Option<TimeText>,
    #[serde(borrow, rename = "PartitionKey")]
    partition_key: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "ExplicitHashKey")]
    explicit_hash_key: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "SequenceNumber")]
    sequence_number: Option<Cow<'a, str>>,
    /// The same record in an event of Lambda.
    #[serde(borrow)]
    kinesis: Option<EventEntry<'a>>,
}

/// A record as an event of Lambda spells its members.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventEntry<'a> {
    #[serde(borrow)]
    data: Option<Read<'a>>,
    approximate_arrival_timestamp: Option<TimeText>,
    #[serde(borrow)]
    partition_key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    sequence_number: Option<Cow<'a, str>>,
}

impl<'a> Entry<'a> {
    /// The record in the one spelling.
    fn plain(self) -> Entry<'a> {
        let Some(event) = self.kinesis else { return self };
        Entry {
            data: event.data,
            arrived: event.approximate_arrival_timestamp,
            partition_key: event.partition_key,
            sequence_number: event.sequence_number,
            ..Entry::default()
        }
    }

    fn place(&self) -> Result<SourcePlace, String> {
        if let Some(key) = &self.partition_key
            && !(1..=LONGEST_PARTITION_KEY).contains(&key.chars().count())
        {
            let length = key.chars().count();
            return Err(format!(
                "`PartitionKey` has {length} characters: Kinesis takes 1 to {LONGEST_PARTITION_KEY}"
            ));
        }
        let hash = self.explicit_hash_key.as_ref().map(|text| {
            text.parse()
                .map_err(|_| format!("`ExplicitHashKey` is no number from 0 to 2^128 - 1: {}", shown(text)))
        });
        if let Some(number) = &self.sequence_number
            && (number.is_empty()
                || number.len() > LONGEST_NUMBER
                || !number.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(format!(
                "`SequenceNumber` is no number of up to {LONGEST_NUMBER} digits: {}",
                shown(number)
            ));
        }
        let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(Into::into);
        Ok(SourcePlace {
            partition_key: text(&self.partition_key),
            explicit_hash_key: hash.transpose()?,
            partition: None,
            number: text(&self.sequence_number),
        })
    }
}

/// The start of a text, for a message.
fn shown(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_default).collect()
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
    let mut lines = LineCounter::new(bytes);
    loop {
        let start = values.byte_offset();
        let offset = start + bytes[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let outcome = match values.next() {
            None => return,
            Some(Ok(request)) => push_request(request, shape, rules, parsed, &mut lines),
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
    lines: &mut LineCounter<'_>,
) -> Result<(), String> {
    let Request { data, arrived, partition_key, explicit_hash_key, sequence_number, kinesis, .. } = request;
    let alone = Entry { data, arrived, partition_key, explicit_hash_key, sequence_number, kinesis };
    let (entries, is_request) = match (request.records, request.record) {
        (Some(records), _) => (records, true),
        (None, Some(record)) => (vec![record], true),
        (None, None) => (vec![alone], false),
    };
    if shape == Shape::Put && !is_request {
        return Err("a put request has `Records` or `Record`".to_owned());
    }
    for entry in entries {
        let entry = entry.plain();
        let place = entry.place()?;
        let data = entry.data.ok_or("a record has no `Data`")?;
        let record =
            STANDARD.decode(data.0.as_bytes()).map_err(|error| format!("`Data` is not base64: {error}"))?;
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
        parsed.note_line(lines.before(&data.0));
        parsed.note_place(place);
        parsed.units += 1;
    }
    if shape == Shape::Put {
        parsed.end_call();
    }
    Ok(())
}
