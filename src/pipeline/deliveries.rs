//! Attempts, back-off and giving up: what happens to a buffer after it was sealed.
//!
//! A failed write is tried again until the source no longer keeps the oldest record; then its records are lost. The
//! waits between attempts are not documented; CHOICE: 1 s, doubling up to 300 s.

use std::{collections::BTreeMap, time::Duration};

use super::{
    BufferId, RequestId, WriteResult,
    arrival_runs::ArrivalRuns,
    buffers::Sealed,
    ledger::{Custody, Outcome},
    timers::{TimerReason, Timers},
};
use crate::{
    foundation::timestamp::Timestamp,
    model::{
        destination::contract::{GiveUp, Lane},
        failure::FailureKind,
        limits::{FIRST_BACKOFF, LONGEST_BACKOFF, RETENTION},
    },
};

/// A buffer on its way out.
#[derive(Debug)]
struct Delivery {
    lane: Lane,
    /// How its records end when it is taken.
    taken: Outcome,
    attempts: u32,
    give_up_at: Timestamp,
    custody: Custody,
    arrivals: ArrivalRuns,
}

/// A delivery that is over, with the custody that is to be settled.
#[derive(Debug)]
pub(super) struct Over {
    pub(super) buffer: BufferId,
    pub(super) lane: Lane,
    pub(super) attempts: u32,
    pub(super) custody: Custody,
    pub(super) arrivals: ArrivalRuns,
    pub(super) outcome: Outcome,
}

/// All buffers on their way out.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    active: BTreeMap<BufferId, Delivery>,
}

impl Deliveries {
    /// Takes over a sealed buffer and starts its first attempt.
    pub(super) fn start(&mut self, sealed: Sealed, give_up: GiveUp) -> RequestId {
        let GiveUp::WhenRetentionEnds = give_up;
        let buffer = sealed.buffer.id;
        let delivery = Delivery {
            lane: sealed.buffer.lane,
            taken: taken(&sealed),
            attempts: 1,
            give_up_at: sealed.buffer.oldest_arrival.saturating_add(RETENTION),
            custody: sealed.custody,
            arrivals: sealed.arrivals,
        };
        self.active.insert(buffer, delivery);
        RequestId { buffer, attempt: 1 }
    }

    /// Starts the next attempt of a buffer.
    pub(super) fn retry(&mut self, buffer: BufferId) -> Option<(RequestId, Lane)> {
        let delivery = self.active.get_mut(&buffer)?;
        delivery.attempts += 1;
        Some((RequestId { buffer, attempt: delivery.attempts }, delivery.lane))
    }

    /// Takes note of how an attempt ended; answers with the delivery when it is over.
    pub(super) fn written(
        &mut self,
        request: RequestId,
        result: WriteResult,
        timers: &mut Timers,
        now: Timestamp,
    ) -> Option<Over> {
        if result == WriteResult::Accepted {
            let outcome = self.active.get(&request.buffer)?.taken;
            return self.end(request.buffer, outcome);
        }
        let delivery = self.active.get(&request.buffer)?;
        if now >= delivery.give_up_at {
            return self.end(request.buffer, Outcome::Lost);
        }
        let next = now.saturating_add(backoff(delivery.attempts));
        if next < delivery.give_up_at {
            timers.set(next, delivery.lane, TimerReason::Retry, request.buffer);
        } else {
            timers.set(delivery.give_up_at, delivery.lane, TimerReason::RetentionOver, request.buffer);
        }
        None
    }

    /// Ends a delivery.
    pub(super) fn end(&mut self, buffer: BufferId, outcome: Outcome) -> Option<Over> {
        let Delivery { lane, attempts, custody, arrivals, .. } = self.active.remove(&buffer)?;
        Some(Over { buffer, lane, attempts, custody, arrivals, outcome })
    }

    /// Lets go of everything, when the machine is thrown away.
    pub(super) fn abandon(&mut self) {
        self.active.values_mut().for_each(|delivery| delivery.custody.abandon());
    }
}

/// How the records of a buffer end when it is taken: failed ones have failed, now that their documents lie somewhere.
pub(super) fn taken(sealed: &Sealed) -> Outcome {
    match sealed.buffer.failure {
        None => Outcome::Delivered,
        Some(FailureKind::Processing | FailureKind::Decompression | FailureKind::ActivePartitions) => {
            Outcome::ProcessingFailed
        }
        Some(FailureKind::FormatConversion) => Outcome::FormatConversionFailed,
    }
}

/// The wait after the `attempts`-th failed attempt.
fn backoff(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(31);
    FIRST_BACKOFF.saturating_mul(1 << doublings).min(LONGEST_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        let waits: Vec<u64> = [1, 2, 3, 9, 10, 400].map(|attempts| backoff(attempts).as_secs()).to_vec();
        assert_eq!(waits, [1, 2, 4, 256, 300, 300]);
    }
}
