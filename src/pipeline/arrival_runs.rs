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
        self.push_millis(at.as_millis());
    }

    /// Adds one record that arrived so many milliseconds after 1970 began.
    pub fn push_millis(&mut self, millis: i64) {
        match self.runs.last_mut() {
            Some((last, records)) if *last == millis && *records < u32::MAX => *records += 1,
            _ => self.runs.push((millis, 1)),
        }
    }

    /// The first so many records, which are taken out.
    pub fn take(&mut self, records: u64) -> ArrivalRuns {
        let (mut taken, mut left) = (Vec::new(), records);
        let mut used = 0;
        for (millis, count) in &mut self.runs {
            if left == 0 {
                break;
            }
            let some = u64::from(*count).min(left);
            left -= some;
            taken.push((*millis, some as u32));
            *count -= some as u32;
            used += usize::from(*count == 0);
        }
        self.runs.drain(..used);
        ArrivalRuns { runs: taken }
    }

    /// The arrival of each record, in milliseconds since 1970.
    pub fn each(&self) -> impl Iterator<Item = i64> + '_ {
        self.runs.iter().flat_map(|(millis, records)| std::iter::repeat_n(*millis, *records as usize))
    }

    /// Milliseconds since 1970 with the number of records that arrived then, in arrival order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.runs.iter().map(|(millis, records)| (*millis, u64::from(*records)))
    }
}
