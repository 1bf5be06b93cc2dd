//! Records of a topic as Lambda tells of them: `{"records":{"topic-0":[{...}]}}`, or such a record alone.
//!
//! Source: Lambda developer guide, "Using Lambda with Amazon MSK", the example event.

use std::{borrow::Cow, collections::BTreeMap};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::parse::{LineCounter, Malformed, Parsed, Read, SampleRules};
use crate::{foundation::timestamp::Timestamp, model::record_origin::SourcePlace};

/// An event, or one of its records.
#[derive(Deserialize)]
struct Told<'a> {
    /// By topic and partition. Between partitions there is no order.
    #[serde(borrow)]
    records: Option<BTreeMap<Cow<'a, str>, Vec<Entry<'a>>>>,
    #[serde(borrow, flatten)]
    alone: Entry<'a>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    topic: Option<Cow<'a, str>>,
    partition: Option<u32>,
    offset: Option<u64>,
    timestamp: Option<i64>,
    /// Missing or null in a record that has a key only.
    #[serde(borrow)]
    value: Option<Read<'a>>,
}

/// Reads values one after another until the end or the first that is wrong.
pub(super) fn parse(bytes: &[u8], rules: &SampleRules, parsed: &mut Parsed) {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Told<'_>>();
    let mut lines = LineCounter::new(bytes);
    loop {
        let start = values.byte_offset();
        let offset = start + bytes[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let outcome = match values.next() {
            None => return,
            Some(Ok(Told { records: Some(records), .. })) => {
                records.into_values().flatten().try_for_each(|entry| push(entry, rules, parsed, &mut lines))
            }
            Some(Ok(Told { records: None, alone })) => push(alone, rules, parsed, &mut lines),
            Some(Err(error)) => Err(format!("not a JSON value of this form: {error}")),
        };
        if let Err(message) = outcome {
            parsed.malformed = Some(Malformed { units_before: parsed.units, offset: offset as u64, message });
            return;
        }
    }
}

fn push(
    entry: Entry<'_>,
    rules: &SampleRules,
    parsed: &mut Parsed,
    lines: &mut LineCounter<'_>,
) -> Result<(), String> {
    let record = match &entry.value {
        Some(value) => {
            STANDARD.decode(value.0.as_bytes()).map_err(|error| format!("`value` is not base64: {error}"))?
        }
        // A record without a value is one without a byte (CHOICE); something that is no record at all is a mistake.
        None if entry.offset.is_some() => Vec::new(),
        None => return Err("a record has neither `value` nor `offset`".to_owned()),
    };
    if let (Some(topic), Some(read)) = (&entry.topic, &rules.topic)
        && topic != read
    {
        let shown: String = topic.chars().take(249).flat_map(char::escape_default).collect();
        return Err(format!("the record is of the topic `{shown}`, and the stream reads `{read}`"));
    }
    let time = match (&rules.arrival, entry.timestamp) {
        (Some(pointer), _) => pointer.time_in(&record)?,
        (None, Some(millis)) => Timestamp::from_millis(millis)
            .ok_or_else(|| format!("`timestamp` is no time in milliseconds since 1970: {millis}"))?,
        (None, None) => return Err("a record has no `timestamp`".to_owned()),
    };
    parsed.times.push(time);
    parsed.push_decoded(&record);
    parsed.note_line(lines.before(entry.value.as_ref().map_or("", |value| &value.0)));
    let number = entry.offset.map(|offset| offset.to_string().into());
    parsed.note_place(SourcePlace { partition: entry.partition, number, ..SourcePlace::default() });
    parsed.units += 1;
    Ok(())
}
