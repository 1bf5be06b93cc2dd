//! Records that failed, by reason: how many, one of them as an example, and what to do.

use std::borrow::Cow;

use serde::Serialize;

use super::trace::SamplePlace;
use crate::model::failure::FailureKind;

/// The most characters of an example that are shown.
const SHOWN: usize = 120;

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
    /// What the function said of it: the end of its standard error or of its error document. Shown, but kept out of the
    /// report: it may hold times and places of this machine.
    #[serde(skip)]
    pub said: Option<String>,
    /// What to do.
    pub help: &'static str,
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
pub(super) struct Failures(Vec<FailureGroup>);

impl Failures {
    /// Counts records; `group` is asked for the rest when they are the first of their reason.
    pub(super) fn add(
        &mut self,
        reason: impl Into<Cow<'static, str>>,
        records: u64,
        group: impl FnOnce() -> FailureGroup,
    ) {
        let reason = reason.into();
        match self.0.iter_mut().find(|known| known.reason == reason) {
            Some(known) => known.records += records,
            None => self.0.push(FailureGroup { reason, records, ..group() }),
        }
    }

    pub(super) fn finish(&mut self) -> Vec<FailureGroup> {
        std::mem::take(&mut self.0)
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

/// What to do about it.
pub(super) fn help(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Processing => "mend the record or the processor; the original lies in the error object",
        FailureKind::Decompression => {
            "put gzip, as CloudWatch Logs does, or take the `Decompression` processor out of the template"
        }
        FailureKind::ActivePartitions => {
            "partition by something with fewer values at a time, or ask for more active partitions"
        }
        FailureKind::FormatConversion => {
            "let the column have the type that the records have, or mend the records; each original lies in the error \
             object"
        }
        FailureKind::Destination(_) => {
            "repair the destination or the records, then put the originals in the error objects again"
        }
    }
}

/// How a record begins, on one line.
pub(super) fn excerpt(record: &[u8]) -> String {
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

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt(b"{\"a\":\t1}\n"), "{\"a\": 1}");
        assert_eq!(excerpt(&[b'x'; 2_000]).chars().count(), SHOWN + 1);
        assert_eq!(excerpt(b"\xff\x1b[31m"), "\u{fffd} [31m");
    }
}
