//! Records that failed, by reason and cause: how many, one of them as an example, and what to do.

use std::{borrow::Cow, io::Read};

use serde::Serialize;

use super::{function::Words, trace::SamplePlace};
use crate::model::failure::FailureKind;

/// The most characters of an example that are shown.
const SHOWN: usize = 120;

/// The most bytes that people are shown of the beginning of what a function said, and of its end.
const SAID_FIRST: usize = 400;
const SAID_LAST: usize = 1_000;

/// The most causes of one reason that are told apart. A function, or an endpoint, may say something else of every record.
const MOST_CAUSES: usize = 20;

/// Records that failed for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailureGroup {
    /// The reason's stable name: the code of the error document where there is one.
    pub reason: Cow<'static, str>,
    /// How they ended: `rejected`, `lost`, `processing_failed`, `destination_failed` or `format_conversion_failed`.
    pub outcome: &'static str,
    /// How many.
    pub records: u64,
    /// The reason in words.
    pub message: String,
    /// The first of them.
    pub example: Example,
    /// What the function said of it: its standard error, or its error document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<Words>,
    /// What to do.
    pub help: &'static str,
}

impl FailureGroup {
    /// What the function said, as short as people are shown it.
    pub fn said_in_short(&self) -> Option<String> {
        self.said.as_ref().map(|said| said.shortened(SAID_FIRST, SAID_LAST).to_string())
    }
}

/// A record that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Where it stands in the input, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<SamplePlace>,
    /// The object that it was to come into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// How it begins.
    pub text: String,
}

/// The groups of a run, in the order of their first record.
#[derive(Debug, Default)]
pub(super) struct Failures(Vec<(Cause, FailureGroup)>);

/// What the groups of one reason are told apart by.
#[derive(Debug, PartialEq, Eq)]
enum Cause {
    /// The message without its figures.
    Told(String),
    /// All causes beyond the most that are told apart.
    Further,
}

impl Cause {
    fn of(message: &str) -> Cause {
        let mut told = String::with_capacity(message.len());
        for c in message.chars() {
            match c.is_ascii_digit() {
                // `column7` is a name.
                true if told.ends_with(|before: char| before.is_alphabetic() || before == '_') => {
                    told.push(c)
                }
                true if told.ends_with('0') => {}
                true => told.push('0'),
                false => told.push(c),
            }
        }
        Cause::Told(told)
    }
}

impl Failures {
    /// Counts records; `group` is asked for the rest when they are the first of their reason and cause. The cause is the
    /// message: equal ones are one, whatever figures stand in them.
    pub(super) fn add(
        &mut self,
        reason: impl Into<Cow<'static, str>>,
        message: &str,
        records: u64,
        group: impl FnOnce() -> FailureGroup,
    ) {
        let reason = reason.into();
        let mut cause = Cause::of(message);
        let mut causes = 0;
        for (known, group) in self.0.iter_mut().filter(|(_, group)| group.reason == reason) {
            if *known == cause || *known == Cause::Further {
                group.records += records;
                return;
            }
            causes += 1;
        }
        let mut group = FailureGroup { reason, records, ..group() };
        if causes >= MOST_CAUSES {
            cause = Cause::Further;
            group.message = format!("further causes; the first: {}", group.message);
        }
        self.0.push((cause, group));
    }

    pub(super) fn finish(&mut self) -> Vec<FailureGroup> {
        std::mem::take(&mut self.0).into_iter().map(|(_, group)| group).collect()
    }
}

/// How records end that fail in this.
pub(super) fn outcome(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Processing | FailureKind::Decompression | FailureKind::ActivePartitions => {
            "processing_failed"
        }
        FailureKind::FormatConversion => "format_conversion_failed",
        FailureKind::Destination(_) => "destination_failed",
    }
}

/// How a record begins, on one line; what is packed with gzip is unpacked.
pub(super) fn excerpt(record: &[u8]) -> String {
    match unpacked(record) {
        Some(plain) => format!("unpacked from gzip: {}", plain_excerpt(&plain)),
        None => plain_excerpt(record),
    }
}

/// The beginning of what a record unpacks to, as far as the beginning of the record tells.
fn unpacked(record: &[u8]) -> Option<Vec<u8>> {
    if !record.starts_with(&[0x1F, 0x8B, 8]) {
        return None;
    }
    let mut reader = flate2::read::GzDecoder::new(record);
    let mut plain = vec![0; 4 * SHOWN + 1];
    let mut length = 0;
    while length < plain.len() {
        match reader.read(&mut plain[length..]) {
            // Cut off or damaged: what came out before is shown.
            Ok(0) | Err(_) => break,
            Ok(read) => length += read,
        }
    }
    plain.truncate(length);
    (length > 0).then_some(plain)
}

fn plain_excerpt(record: &[u8]) -> String {
    // Four bytes a character at the most; what is no text becomes replacement characters.
    let start = String::from_utf8_lossy(&record[..record.len().min(4 * SHOWN)]);
    let is_cut = record.len() > 4 * SHOWN || start.trim_end().chars().count() > SHOWN;
    let mut text: String =
        start.trim_end().chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if is_cut {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(message: &str) -> FailureGroup {
        FailureGroup {
            reason: "".into(),
            outcome: "processing_failed",
            records: 0,
            message: message.to_owned(),
            example: Example { place: None, object: None, text: String::new() },
            said: None,
            help: "",
        }
    }

    #[test]
    fn an_example_that_is_packed_is_shown_unpacked() {
        let packed = |text: &str| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
            std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(excerpt(&packed("{\"a\":1}")), "unpacked from gzip: {\"a\":1}");
        let long: String = (0..9_999).map(|number| format!("{number} ")).collect();
        // Only the beginning of a record is kept.
        let shown = excerpt(&packed(&long)[..512]);
        assert!(shown.starts_with("unpacked from gzip: 0 1 2 3 ") && shown.ends_with('…'), "{shown}");
        assert!(!excerpt(&[0x1F, 0x8B, 8, 0xFF]).contains("unpacked"));
    }

    #[test]
    fn a_group_is_of_one_cause_and_figures_make_none() {
        let mut failures = Failures::default();
        for message in ["not JSON at byte 7", "no value: tenant", "not JSON at byte 12", "no value: day2"] {
            failures.add("A.B", message, 1, || group(message));
        }
        failures.add("A.B", "no value: day1", 3, || group("no value: day1"));
        let seen: Vec<_> =
            failures.finish().into_iter().map(|group| (group.message, group.records)).collect();
        let seen: Vec<_> = seen.iter().map(|(message, records)| (message.as_str(), *records)).collect();
        let wanted = [
            ("not JSON at byte 7", 2),
            ("no value: tenant", 1),
            ("no value: day2", 1),
            ("no value: day1", 3),
        ];
        assert_eq!(seen, wanted);
    }

    #[test]
    fn causes_without_end_are_counted_together() {
        let mut failures = Failures::default();
        let name = |number: u32| "x".repeat(number as usize);
        for number in 1..=100 {
            failures.add("A.B", &name(number), 2, || group(&name(number)));
        }
        let groups = failures.finish();
        assert_eq!(groups.len(), MOST_CAUSES + 1);
        assert_eq!(groups.iter().map(|group| group.records).sum::<u64>(), 200);
        assert_eq!(groups[MOST_CAUSES].message, format!("further causes; the first: {}", name(21)));
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt(b"{\"a\":\t1}\n"), "{\"a\": 1}");
        assert_eq!(excerpt(&[b'x'; 2_000]).chars().count(), SHOWN + 1);
        assert_eq!(excerpt(b"\xff\x1b[31m"), "\u{fffd} [31m");
    }
}
