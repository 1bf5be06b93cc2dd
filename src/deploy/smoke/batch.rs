//! Records cut into puts. `PutRecordBatch` takes 500 records and 4 MiB; it may take some of them and refuse the others,
//! with an answer that is no error (behaviour sheet, 1.1 and 1.3).

use std::collections::VecDeque;

use super::{PutOutcome, Record};
use crate::model::limits;

/// How often a record is put before it is given up.
const MOST_ATTEMPTS: u32 = 8;

/// A record that waits.
#[derive(Debug, Clone)]
struct Waiting {
    record: Record,
    attempts: u32,
}

/// The records that are still to be put.
#[derive(Debug, Default)]
pub(super) struct Batches {
    waiting: VecDeque<Waiting>,
    out: Vec<Waiting>,
    /// How many Firehose has.
    pub(super) taken: usize,
    /// The last refusal of those that were given up, and how many.
    pub(super) given_up: Option<(usize, String)>,
}

/// What an answer means for the next put.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// At once, or the end.
    Now,
    /// After a pause: some were refused, as often as this, for this reason.
    Later(u32, String),
}

impl Batches {
    pub(super) fn new(records: Vec<Record>) -> Batches {
        let waiting = records.into_iter().map(|record| Waiting { record, attempts: 0 }).collect();
        Batches { waiting, ..Batches::default() }
    }

    /// The next put; `None` when all are through.
    pub(super) fn next(&mut self) -> Option<Vec<Record>> {
        let mut bytes = 0;
        while let Some(first) = self.waiting.front() {
            let is_full = self.out.len() == limits::MOST_RECORDS_IN_REQUEST
                || ((bytes + first.record.len()) as u64 > limits::MOST_BYTES_IN_REQUEST
                    && !self.out.is_empty());
            if is_full {
                break;
            }
            bytes += first.record.len();
            self.out.extend(self.waiting.pop_front());
        }
        (!self.out.is_empty()).then(|| self.out.iter().map(|waiting| waiting.record.clone()).collect())
    }

    /// Takes the answer. Records without one are put again.
    pub(super) fn answered(&mut self, outcomes: &[PutOutcome]) -> Next {
        let mut next = Next::Now;
        for (at, mut waiting) in std::mem::take(&mut self.out).into_iter().enumerate().rev() {
            let reason = match outcomes.get(at) {
                Some(PutOutcome::Taken) => {
                    self.taken += 1;
                    continue;
                }
                Some(PutOutcome::Failed(code, message)) => format!("{message} ({code})"),
                None => "no answer for this record".to_owned(),
            };
            waiting.attempts += 1;
            if waiting.attempts >= MOST_ATTEMPTS {
                let count = self.given_up.as_ref().map_or(0, |(count, _)| *count);
                self.given_up = Some((count + 1, reason));
                continue;
            }
            next = Next::Later(waiting.attempts, reason);
            // To the front, in their order: what came first goes first again.
            self.waiting.push_front(waiting);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(count: usize, bytes: usize) -> Vec<Record> {
        (0..count).map(|at| vec![at as u8; bytes].into()).collect()
    }

    fn all_taken(batches: &mut Batches) -> Vec<usize> {
        let mut sizes = Vec::new();
        while let Some(batch) = batches.next() {
            sizes.push(batch.len());
            assert_eq!(batches.answered(&vec![PutOutcome::Taken; batch.len()]), Next::Now);
        }
        sizes
    }

    #[test]
    fn a_put_has_500_records_or_4_mib() {
        assert_eq!(all_taken(&mut Batches::new(records(1_001, 10))), [500, 500, 1]);
        // 4 records of 1,000 KiB are 4,096,000 bytes; a fifth would be more than 4,194,304.
        assert_eq!(all_taken(&mut Batches::new(records(9, 1_024_000))), [4, 4, 1]);
        assert_eq!(all_taken(&mut Batches::new(records(4, 1_048_576))), [4], "the limit itself fits");
    }

    #[test]
    fn only_what_was_refused_is_put_again_and_first() {
        let mut batches = Batches::new(records(600, 1));
        assert_eq!(batches.next().unwrap().len(), 500);
        let slow = || PutOutcome::Failed("ServiceUnavailableException".into(), "Slow down.".into());
        let mut outcomes = vec![PutOutcome::Taken; 500];
        (outcomes[7], outcomes[200]) = (slow(), slow());
        let later = Next::Later(1, "Slow down. (ServiceUnavailableException)".into());
        assert_eq!(batches.answered(&outcomes), later);
        let second = batches.next().unwrap();
        assert_eq!((second.len(), second[0][0], second[1][0]), (102, 7, 200));
        assert_eq!(batches.answered(&vec![PutOutcome::Taken; 102]), Next::Now);
        assert_eq!((batches.taken, batches.next(), batches.given_up), (600, None, None));
    }

    #[test]
    fn a_record_that_is_refused_again_and_again_is_given_up() {
        let mut batches = Batches::new(records(2, 1));
        let mut puts = 0;
        while let Some(batch) = batches.next() {
            puts += 1;
            let failed = PutOutcome::Failed("InternalFailure".into(), "no".into());
            let outcomes = [PutOutcome::Taken, failed.clone()];
            batches.answered(if batch.len() == 2 { &outcomes } else { std::slice::from_ref(&failed) });
        }
        assert_eq!((puts, batches.taken), (8, 1));
        assert_eq!(batches.given_up, Some((1, "no (InternalFailure)".into())));
    }
}
