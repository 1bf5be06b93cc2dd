//! What became of records that a Kinesis producer packed together.

use std::ops::Range;

use super::warnings::Remark;
use crate::{
    model::{kpl, source::Source},
    pipeline::{plan::Plan, prepare::Prepared},
};

/// Records that begin as aggregated ones do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aggregates {
    /// Those that were taken apart.
    apart: u64,
    /// The user records that they held.
    user_records: u64,
    /// Those that a Kinesis stream brought and that are none.
    malformed: u64,
    /// Whole ones of another source, which takes nothing apart.
    untouched: u64,
}

impl Aggregates {
    /// Counts those among these records.
    pub(super) fn note(&mut self, plan: &Plan, prepared: &Prepared, records: Range<usize>) {
        for index in records {
            let record = prepared.batch.record(index);
            if !record.starts_with(&kpl::MAGIC) {
                continue;
            }
            let held = prepared.user_records(index).len() as u64;
            self.user_records += held;
            if held > 0 {
                self.apart += 1;
            } else if matches!(plan.stream().source, Source::KinesisStream { .. }) {
                self.malformed += 1;
            } else {
                self.untouched += u64::from(kpl::user_records(record).is_some());
            }
        }
    }

    pub(super) fn notes(&self) -> Option<Remark> {
        let Aggregates { apart, user_records, .. } = self;
        let message = match apart {
            1 => format!("1 aggregated record was taken apart into {user_records} user records"),
            _ => format!("{apart} aggregated records were taken apart into {user_records} user records"),
        };
        (*apart > 0).then_some(Remark { id: "aggregated-records", message, help: None })
    }

    pub(super) fn warnings(&self, warn: &mut impl FnMut(&'static str, String, &str)) {
        if self.malformed > 0 {
            let message = format!(
                "{} records begin like aggregated ones but are not: each was delivered as the one record that it is",
                self.malformed
            );
            warn(
                "malformed-aggregates",
                message,
                "check how the producer packs records, and that nothing cut or changed them",
            );
        }
        if self.untouched > 0 {
            let message = format!(
                "{} records are aggregated by the Kinesis Producer Library, and only a Kinesis source takes them apart",
                self.untouched
            );
            warn(
                "untouched-aggregates",
                message,
                "read them from a Kinesis stream, or put their user records one by one",
            );
        }
    }

    /// Whether a result depends on what AWS does not document of them.
    pub(super) fn are_malformed(&self) -> bool {
        self.malformed > 0
    }
}

/// What a trace says of a record that is taken apart.
pub(super) fn told(plan: &Plan, prepared: &Prepared, index: usize) -> String {
    let pieces = prepared.piece_count(index..index + 1);
    match prepared.user_records(index).len() {
        0 if pieces > 1 => format!(", taken apart into {pieces} pieces"),
        0 if plan.stream().destination.processing().passes_whole(prepared.batch.record(index)) => {
            ", passed on whole: it holds more than 500 sub-records".to_owned()
        }
        0 => String::new(),
        held if pieces > held as u64 => {
            format!(", taken apart into {held} user records, and those into {pieces} pieces")
        }
        held => format!(", taken apart into {held} user records"),
    }
}
