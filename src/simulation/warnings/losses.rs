//! What was lost, told by its cause: each has a repair of its own.

use std::collections::BTreeMap;

use super::{Observations, counted, hours};
use crate::model::{destination::contract::Lane, destination::request::Refusal};

/// Records and copies that nobody has.
#[derive(Debug, Default)]
pub struct Losses {
    /// Those for which a destination was tried until retention ended.
    retention: u64,
    /// Failed records whose error objects were not written before retention ended.
    errors: u64,
    /// Copies whose objects were not written before retention ended.
    pub copies: u64,
    /// Those that the service discards on this answer, by its code.
    discarded: BTreeMap<String, u64>,
}

impl Losses {
    /// Counts records of a delivery that ended in a loss. `refusal` is the answer on which they were discarded.
    pub fn add(&mut self, lane: Lane, records: u64, refusal: Option<&Refusal>) {
        match (lane, refusal) {
            (Lane::Destination, Some(refusal)) => {
                *self.discarded.entry(refusal.code.clone()).or_default() += records;
            }
            (Lane::Destination, None) => self.retention += records,
            (Lane::Error, _) => self.errors += records,
            (Lane::Backup, _) => self.copies += records,
        }
    }

    /// Whether records were discarded on an answer.
    pub fn has_discarded(&self) -> bool {
        !self.discarded.is_empty()
    }
}

pub(super) fn warnings(seen: &Observations, warn: &mut impl FnMut(&'static str, String, &str)) {
    let Losses { retention, errors, copies, discarded } = &seen.lost;
    let hours = hours(seen.retention);
    let were = |records: u64| if records == 1 { "was" } else { "were" };
    for (code, records) in discarded {
        let message = format!(
            "{} {} lost: on such an answer ({code}) the service neither tries again nor keeps them",
            counted(*records, "record"),
            were(*records)
        );
        warn(
            "lost",
            message,
            "lower SizeInMBs of BufferingHints, or let the endpoint take larger requests; back up all records to have a copy",
        );
    }
    if *retention > 0 {
        let message = format!(
            "{} {} lost: no write succeeded before retention ended",
            counted(*retention, "record"),
            were(*retention)
        );
        let help = format!("watch DeliveryToS3.DataFreshness and repair access to the bucket within {hours}");
        warn("lost", message, &help);
    }
    if *errors > 0 {
        let message = format!(
            "{} that had failed {} lost: no error object could be written before retention ended",
            counted(*errors, "record"),
            were(*errors)
        );
        let help = format!("repair access to the bucket of the error prefix within {hours}");
        warn("lost", message, &help);
    }
    if *copies > 0 {
        let message = format!(
            "{} for the backup {} lost: no backup object could be written before retention ended",
            if *copies == 1 { "1 copy".to_owned() } else { format!("{copies} copies") },
            were(*copies)
        );
        let help =
            format!("watch BackupToS3.DataFreshness and repair access to the backup bucket within {hours}");
        warn("lost", message, &help);
    }
}
