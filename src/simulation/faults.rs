//! Which writes fail, when, and how long they take. Virtual time only.

use std::time::Duration;

use crate::{foundation::timestamp::Timestamp, model::destination::contract::Lane, pipeline::WriteResult};

/// A span of time in which writes fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteFault {
    /// The first moment at which attempts fail.
    pub from: Timestamp,
    /// The first moment at which they no longer do.
    pub until: Timestamp,
    /// The lane whose writes fail; all of them when `None`.
    pub lane: Option<Lane>,
    /// What the write fails with, such as `S3.AccessDenied`.
    pub error: String,
}

/// Everything that goes wrong or takes time in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Failing writes; the first that matches decides.
    pub writes: Vec<WriteFault>,
    /// How long each attempt takes.
    pub write_latency: Duration,
}

impl Faults {
    /// How an attempt ends that starts at `at`.
    pub fn attempt(&self, at: Timestamp, lane: Lane) -> WriteResult {
        if self.error(at, lane).is_some() { WriteResult::Failed } else { WriteResult::Accepted }
    }

    /// What an attempt fails with that starts at `at`; `None` when it succeeds.
    pub fn error(&self, at: Timestamp, lane: Lane) -> Option<&str> {
        let hits = |fault: &&WriteFault| {
            fault.from <= at && at < fault.until && fault.lane.is_none_or(|of| of == lane)
        };
        self.writes.iter().find(hits).map(|fault| &*fault.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_holds_from_its_start_until_just_before_its_end() {
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        let error = "S3.SlowDown".to_owned();
        let fault = WriteFault { from: at(10), until: at(20), lane: Some(Lane::Backup), error };
        let faults = Faults { writes: vec![fault], write_latency: Duration::ZERO };
        let fails = |micros, lane| faults.attempt(at(micros), lane) == WriteResult::Failed;
        assert_eq!([9, 10, 19, 20].map(|micros| fails(micros, Lane::Backup)), [false, true, true, false]);
        assert!(!fails(15, Lane::Destination));
    }
}
