//! When the records of a buffer arrived, kept as runs of equal milliseconds.
//!
//! Latency is told in whole milliseconds, so this is exact where it matters and small where many arrive together.

use crate::foundation::timestamp::Timestamp;

/// Arrival times with their number of records, in arrival order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArrivalRuns {
    /// Milliseconds since 1970 and records.
    runs: Vec<(i64, u32)>,
}

impl ArrivalRuns {
    /// Adds one record.
    pub fn push(&mut self, at: Timestamp) {
        let millis = at.as_millis();
        match self.runs.last_mut() {
            Some((last, records)) if *last == millis && *records < u32::MAX => *records += 1,
            _ => self.runs.push((millis, 1)),
        }
    }

    /// Milliseconds since 1970 with the number of records that arrived then, in arrival order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.runs.iter().map(|(millis, records)| (*millis, u64::from(*records)))
    }
}
