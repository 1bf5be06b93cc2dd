//! Custody and outcomes: who is answerable for each record, and how each one ended.
//!
//! A record that was let in is held by exactly one [`Custody`] until it is settled with exactly one [`Outcome`].
//! Copies (source record backup) are counted beside that; they are never an outcome.

/// How a record ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Its destination took it.
    Delivered,
    /// A processor dropped it on purpose.
    Dropped,
    /// A processor failed on it; an error document tells.
    ProcessingFailed,
    /// The destination gave it up; an error document or manifest tells.
    DestinationFailed,
    /// It did not fit the table of its format conversion; an error document tells.
    FormatConversionFailed,
    /// Nobody took it before retention ended.
    Lost,
}

/// Records that someone is answerable for. Not `Clone`; made by [`Ledger::admit`] only.
///
/// Dropping one that still holds records is a bug and panics in debug builds, at the place where they were lost.
#[must_use]
#[derive(Debug)]
pub struct Custody {
    records: u64,
}

impl Custody {
    /// A custody of nothing, to join others to.
    pub fn none() -> Custody {
        Custody { records: 0 }
    }

    /// How many records are held.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Hands `records` of them over to a custody of its own.
    ///
    /// # Panics
    /// When fewer are held.
    pub fn split(&mut self, records: u64) -> Custody {
        assert!(records <= self.records, "{records} records handed over, {} held", self.records);
        self.records -= records;
        Custody { records }
    }

    /// Takes over what another custody holds.
    pub fn join(&mut self, mut other: Custody) {
        self.records += std::mem::take(&mut other.records);
    }

    /// Lets go without an outcome: only for a machine that is thrown away in the middle of its work.
    pub(super) fn abandon(&mut self) {
        self.records = 0;
    }
}

impl Drop for Custody {
    fn drop(&mut self) {
        if cfg!(debug_assertions) && self.records != 0 && !std::thread::panicking() {
            panic!("{} records were dropped without an outcome", self.records);
        }
    }
}

/// The counts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    arrivals: u64,
    records: u64,
    in_custody: u64,
    delivered: u64,
    dropped: u64,
    processing_failed: u64,
    destination_failed: u64,
    format_conversion_failed: u64,
    lost: u64,
    admitted: u64,
    rejected: u64,
    backup_copies: u64,
}

impl Ledger {
    /// Lets `records` in, which came as `arrivals`, and makes someone answerable for them.
    pub fn admit(&mut self, arrivals: u64, records: u64) -> Custody {
        self.arrivals += arrivals;
        self.admitted += arrivals;
        self.records += records;
        self.in_custody += records;
        Custody { records }
    }

    /// Counts arrivals that were refused at the put.
    pub fn reject(&mut self, arrivals: u64) {
        self.arrivals += arrivals;
        self.rejected += arrivals;
    }

    /// Ends the records of a custody.
    pub fn settle(&mut self, mut custody: Custody, outcome: Outcome) {
        let records = std::mem::take(&mut custody.records);
        self.in_custody -= records;
        match outcome {
            Outcome::Delivered => self.delivered += records,
            Outcome::Dropped => self.dropped += records,
            Outcome::ProcessingFailed => self.processing_failed += records,
            Outcome::DestinationFailed => self.destination_failed += records,
            Outcome::FormatConversionFailed => self.format_conversion_failed += records,
            Outcome::Lost => self.lost += records,
        }
    }

    /// Counts copies that entered the backup lane.
    pub fn note_backup_copies(&mut self, records: u64) {
        self.backup_copies += records;
    }

    /// Records put, the rejected among them.
    pub fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// Records that were let in came to: more than the arrivals where one is taken apart.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Records that have no outcome yet.
    pub fn in_custody(&self) -> u64 {
        self.in_custody
    }

    /// Records refused at the put.
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Records that ended this way.
    pub fn outcome(&self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Delivered => self.delivered,
            Outcome::Dropped => self.dropped,
            Outcome::ProcessingFailed => self.processing_failed,
            Outcome::DestinationFailed => self.destination_failed,
            Outcome::FormatConversionFailed => self.format_conversion_failed,
            Outcome::Lost => self.lost,
        }
    }

    /// Copies in the backup lane.
    pub fn backup_copies(&self) -> u64 {
        self.backup_copies
    }

    /// Whether every record is accounted for: outcomes and custody sum to what was put.
    pub fn is_conserved(&self) -> bool {
        let failed = self.processing_failed + self.format_conversion_failed + self.destination_failed;
        let ended = self.delivered + self.dropped + failed + self.lost;
        ended + self.in_custody == self.records && self.admitted + self.rejected == self.arrivals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settled_and_rejected_records_sum_to_the_arrivals() {
        let mut ledger = Ledger::default();
        let mut custody = ledger.admit(5, 5);
        ledger.reject(2);
        assert_eq!(ledger.in_custody(), 5);
        ledger.settle(custody.split(3), Outcome::Delivered);
        ledger.settle(custody, Outcome::Lost);
        assert!(ledger.is_conserved());
        assert_eq!((ledger.arrivals(), ledger.in_custody(), ledger.outcome(Outcome::Lost)), (7, 0, 2));
    }

    #[test]
    #[should_panic(expected = "2 records were dropped without an outcome")]
    fn losing_a_record_panics_where_it_happens() {
        let mut ledger = Ledger::default();
        drop(ledger.admit(2, 2));
    }
}
