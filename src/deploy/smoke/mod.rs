//! `--smoke`: a few records through the deployed stream, and the objects that become of them.
//!
//! `batch.rs` cuts records into puts and keeps those that must be put again, `expectation.rs` says under which keys objects
//! should appear, `trying.rs` is the part of the machine that does both.

use std::sync::Arc;
use std::time::Duration;

mod batch;
mod expectation;
mod trying;

pub use expectation::{Expectation, Fit, Predicted, predict};
pub(super) use trying::Trying;

use crate::model::limits;

/// A record as it is put.
pub type Record = Arc<[u8]>;

/// The most records that a trial takes: it is a trial, no load.
pub const MOST_RECORDS: usize = 10_000;
/// The most bytes that a trial takes.
pub const MOST_BYTES: usize = 64 << 20;

/// What is to be tried after a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmokePlan {
    /// The stream's logical id.
    pub logical_id: String,
    /// The records.
    pub records: Vec<Record>,
}

/// What became of a record that was put: taken, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutOutcome {
    /// Firehose has it.
    Taken,
    /// It must be put again: error code and message.
    Failed(String, String),
}

/// An object in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A trial that is prepared.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    /// Where objects should appear.
    pub expected: Vec<Expectation>,
    /// Where objects appear where something fails.
    pub failures: Vec<Expectation>,
    /// For how long they are waited for.
    pub patience: Duration,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// The records of a file, a line each without its end; lines without a byte are left out.
///
/// # Errors
/// A record that is too large, with its line, or a file that is no trial any more.
pub fn records(text: &[u8]) -> Result<Vec<Record>, String> {
    if text.len() > MOST_BYTES {
        return Err(format!("has more than {MOST_BYTES} bytes: a trial takes a few records"));
    }
    let largest = limits::LARGEST_RECORD_DIRECT_PUT as usize;
    let mut records: Vec<Record> = Vec::new();
    for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > largest {
            return Err(format!(
                "line {}: a record has {largest} bytes at the most; this one has {}",
                at + 1,
                line.len()
            ));
        }
        if !line.is_empty() {
            records.push(line.into());
        }
    }
    match records.len() {
        0 => Err("holds no record".to_owned()),
        count if count > MOST_RECORDS => {
            Err(format!("holds {count} records; a trial takes {MOST_RECORDS} at the most"))
        }
        _ => Ok(records),
    }
}

/// The property of a source that brings the records, where nobody may put any: its property in the template.
pub fn other_source(properties: &crate::foundation::document::Node) -> Option<&'static str> {
    let sources =
        ["KinesisStreamSourceConfiguration", "MSKSourceConfiguration", "DatabaseSourceConfiguration"];
    sources.into_iter().find(|source| properties.get(source).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_line() {
        let read = records(b"{\"a\":1}\r\n\n{\"a\":2}").unwrap();
        assert_eq!(read.iter().map(|record| &record[..]).collect::<Vec<_>>(), [b"{\"a\":1}", b"{\"a\":2}"]);
        assert_eq!(records(b"\n\n").unwrap_err(), "holds no record");
        let large = [b"x\n".to_vec(), vec![b'x'; 1_024_001]].concat();
        assert!(records(&large).unwrap_err().starts_with("line 2: a record has 1024000 bytes at the most"));
        assert!(records(&b"x\n".repeat(10_001)).unwrap_err().contains("10001 records"));
    }
}
