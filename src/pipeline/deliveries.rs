//! Attempts, back-off and giving up: what happens to a buffer after it was sealed.
//!
//! An object is tried until the source no longer keeps the oldest record; then its records are lost. The waits between
//! attempts are not documented; CHOICE: 1 s, doubling up to 300 s. A request is tried as long as the destination's
//! contract says; what it does not take then goes to the error lane, record by record.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use super::{
    BufferId, RequestId, StepEnd, WriteResult,
    arrival_runs::ArrivalRuns,
    buffers::{Sealed, SealedBuffer},
    ledger::{Custody, Outcome},
    timers::{TimerReason, Timers},
};
use crate::{
    foundation::{
        seed::{Purpose, Seed},
        timestamp::Timestamp,
    },
    model::{
        destination::{
            contract::{GiveUp, Lane, Retries, Step},
            request::{DocumentVerdict, Refusal, Verdict},
        },
        failure::FailureKind,
        limits::{FIRST_BACKOFF, LONGEST_BACKOFF},
    },
};

/// A buffer on its way out.
#[derive(Debug)]
struct Delivery {
    lane: Lane,
    /// How its records end when it is taken.
    taken: Outcome,
    steps: &'static [Step],
    /// Steps that were taken, and when.
    ended: Vec<StepEnd>,
    attempts: u32,
    /// When the last attempt ended.
    last_end: Timestamp,
    /// When the first attempt at the present step started.
    since: Timestamp,
    give_up: GiveUp,
    give_up_at: Timestamp,
    /// How long was waited between attempts so far.
    waited: Duration,
    custody: Custody,
    arrivals: ArrivalRuns,
    /// The buffer itself, where records may have to become error documents.
    kept: Option<Arc<SealedBuffer>>,
    /// Records that were not taken yet, by index, after a partial failure; all of them when `None`.
    left: Option<BTreeSet<u32>>,
    /// Why records were not taken that were refused one by one.
    refused: BTreeMap<u32, Refusal>,
    /// Why the last attempt failed as a whole.
    refusal: Option<Refusal>,
    /// Records that went to the error lane.
    failed: u64,
    known: Vec<(u32, u64)>,
}

/// What came of an attempt.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Records that were taken while others were not.
    pub(super) taken: Option<(Custody, ArrivalRuns)>,
    /// Records that go to the error lane.
    pub(super) failed: Option<NotTaken>,
    /// The next attempt, where it starts at once: the first of the next step.
    pub(super) next: Option<(RequestId, Lane)>,
    /// The delivery, when it is over.
    pub(super) over: Option<Over>,
}

/// Records that a destination did not take.
#[derive(Debug)]
pub(super) struct NotTaken {
    pub(super) sealed: Arc<SealedBuffer>,
    pub(super) error_output_type: &'static str,
    pub(super) records: Vec<(u32, Refusal)>,
    pub(super) custody: Custody,
    pub(super) attempts: u32,
    pub(super) ended: Timestamp,
    pub(super) known: Vec<(u32, u64)>,
}

/// A delivery that is over, with the custody that is to be settled.
#[derive(Debug)]
pub(super) struct Over {
    pub(super) buffer: BufferId,
    pub(super) lane: Lane,
    pub(super) steps: Vec<StepEnd>,
    pub(super) custody: Custody,
    pub(super) arrivals: ArrivalRuns,
    pub(super) outcome: Outcome,
    pub(super) failed: u64,
    pub(super) refusal: Option<Refusal>,
}

/// All buffers on their way out.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    active: BTreeMap<BufferId, Delivery>,
    seed: Option<Seed>,
    retention: Duration,
}

impl Deliveries {
    pub(super) fn new(seed: Seed, retention: Duration) -> Deliveries {
        Deliveries { active: BTreeMap::new(), seed: Some(seed), retention }
    }

    /// Takes over a sealed buffer and starts its first attempt. `kept` is the buffer itself where it may be needed.
    pub(super) fn start(
        &mut self,
        sealed: Sealed,
        steps: &'static [Step],
        give_up: GiveUp,
        kept: Option<Arc<SealedBuffer>>,
    ) -> RequestId {
        let buffer = sealed.buffer.id;
        let delivery = Delivery {
            lane: sealed.buffer.lane,
            taken: taken(&sealed),
            steps,
            ended: Vec::new(),
            attempts: 1,
            last_end: sealed.buffer.sealed_at,
            since: sealed.buffer.sealed_at,
            give_up,
            give_up_at: sealed.buffer.oldest_arrival.saturating_add(self.retention),
            waited: Duration::ZERO,
            custody: sealed.custody,
            arrivals: sealed.arrivals,
            kept,
            left: None,
            refused: BTreeMap::new(),
            refusal: None,
            failed: 0,
            known: sealed.known,
        };
        self.active.insert(buffer, delivery);
        RequestId { buffer, step: 0, attempt: 1 }
    }

    /// Starts the next attempt of a buffer.
    pub(super) fn retry(&mut self, buffer: BufferId) -> Option<(RequestId, Lane)> {
        let delivery = self.active.get_mut(&buffer)?;
        delivery.attempts += 1;
        Some((delivery.request(buffer), delivery.lane))
    }

    /// Which records the next attempt of a buffer sends, by index; all of them when `None`.
    pub(super) fn left(&self, buffer: BufferId) -> Option<Vec<u32>> {
        let left = self.active.get(&buffer)?.left.as_ref()?;
        Some(left.iter().copied().collect())
    }

    /// Takes note of how an attempt ended.
    pub(super) fn written(
        &mut self,
        request: RequestId,
        result: WriteResult,
        timers: &mut Timers,
        now: Timestamp,
    ) -> Progress {
        let buffer = request.buffer;
        let seed = self.seed.unwrap_or(Seed(0));
        let Some(delivery) = self.active.get_mut(&buffer) else { return Progress::default() };
        delivery.last_end = now;
        let mut progress = Progress::default();
        match result {
            WriteResult::Accepted | WriteResult::Judged(Verdict::Taken) => {
                if let Some(left) = delivery.left.clone() {
                    let (custody, arrivals) = delivery.take(&left);
                    delivery.custody.join(custody);
                    delivery.arrivals = arrivals;
                }
                delivery.end_step(now, Outcome::Delivered);
                if delivery.ended.len() < delivery.steps.len() {
                    delivery.attempts = 1;
                    delivery.since = now;
                    progress.next = Some((delivery.request(buffer), delivery.lane));
                } else {
                    let outcome = delivery.taken;
                    progress.over = self.over(buffer, outcome);
                }
            }
            WriteResult::Failed => {
                if now >= delivery.give_up_at {
                    progress.over = self.end(buffer, Outcome::Lost, now);
                } else {
                    delivery.wait_for_retention(buffer, timers, now);
                }
            }
            WriteResult::Judged(Verdict::Retry(refusal)) => {
                delivery.refusal = Some(refusal);
                delivery.refused.clear();
                if !delivery.wait(buffer, seed, timers, now) {
                    progress = self.give_up(buffer, now);
                }
            }
            WriteResult::Judged(Verdict::Refused(refusal)) => {
                delivery.refusal = Some(refusal);
                delivery.refused.clear();
                progress = self.give_up(buffer, now);
            }
            WriteResult::Judged(Verdict::Discarded(refusal)) => {
                delivery.refusal = Some(refusal);
                progress.over = self.end(buffer, Outcome::Lost, now);
            }
            WriteResult::Judged(Verdict::Partly(documents)) if documents.is_empty() => {
                progress = self.written(request, WriteResult::Accepted, timers, now);
            }
            WriteResult::Judged(Verdict::Partly(documents)) => {
                progress = self.partly(buffer, documents, seed, timers, now);
            }
        }
        progress
    }

    /// Some records were not taken: the others are done with, those without hope fail, the rest is tried again.
    fn partly(
        &mut self,
        buffer: BufferId,
        documents: Vec<DocumentVerdict>,
        seed: Seed,
        timers: &mut Timers,
        now: Timestamp,
    ) -> Progress {
        let mut progress = Progress::default();
        let Some(delivery) = self.active.get_mut(&buffer) else { return progress };
        let before = delivery.indexes();
        let (mut left, mut hopeless) = (BTreeSet::new(), Vec::new());
        delivery.refused.clear();
        for document in documents.into_iter().filter(|document| before.contains(&document.index)) {
            if document.retry {
                left.insert(document.index);
                delivery.refused.insert(document.index, document.refusal);
            } else {
                hopeless.push((document.index, document.refusal));
            }
        }
        let taken: BTreeSet<u32> = before
            .iter()
            .filter(|index| !left.contains(index) && !hopeless.iter().any(|(other, _)| other == *index))
            .copied()
            .collect();
        let is_last = left.is_empty();
        delivery.left = Some(left);
        if !taken.is_empty() {
            progress.taken = Some(delivery.take(&taken));
        }
        if !hopeless.is_empty() {
            progress.failed = delivery.fail(hopeless);
        }
        if is_last {
            let outcome = delivery.end_step_by_failures(now);
            progress.over = self.over(buffer, outcome);
        } else if !delivery.wait(buffer, seed, timers, now) {
            let given_up = self.give_up(buffer, now);
            match (&mut progress.failed, given_up.failed) {
                (Some(before), Some(mut more)) => {
                    before.records.append(&mut more.records);
                    before.custody.join(more.custody);
                }
                (none, more) => *none = more,
            }
            progress.over = given_up.over;
        }
        progress
    }

    /// What is left of a delivery goes to the error lane.
    pub(super) fn give_up(&mut self, buffer: BufferId, now: Timestamp) -> Progress {
        let mut progress = Progress::default();
        let Some(delivery) = self.active.get_mut(&buffer) else { return progress };
        let whole = delivery.refusal.clone();
        let refusal = |index: &u32| {
            let own = delivery.refused.get(index).or(whole.as_ref());
            own.cloned().unwrap_or_else(|| Refusal::new("InternalError", "the request was not taken"))
        };
        let records: Vec<(u32, Refusal)> =
            delivery.indexes().iter().map(|index| (*index, refusal(index))).collect();
        delivery.refusal = delivery.refusal.take().or_else(|| records.first().map(|(_, why)| why.clone()));
        progress.failed = delivery.fail(records);
        let outcome = delivery.end_step_by_failures(now);
        progress.over = self.over(buffer, outcome);
        progress
    }

    /// Ends a delivery in the middle of a step.
    pub(super) fn end(&mut self, buffer: BufferId, outcome: Outcome, now: Timestamp) -> Option<Over> {
        self.active.get_mut(&buffer)?.end_step(now, outcome);
        self.over(buffer, outcome)
    }

    fn over(&mut self, buffer: BufferId, outcome: Outcome) -> Option<Over> {
        let Delivery { lane, ended, custody, arrivals, failed, refusal, .. } = self.active.remove(&buffer)?;
        Some(Over { buffer, lane, steps: ended, custody, arrivals, outcome, failed, refusal })
    }

    /// Lets go of everything, when the machine is thrown away.
    pub(super) fn abandon(&mut self) {
        self.active.values_mut().for_each(|delivery| delivery.custody.abandon());
    }
}

impl Delivery {
    fn request(&self, buffer: BufferId) -> RequestId {
        RequestId { buffer, step: self.ended.len() as u8, attempt: self.attempts }
    }

    fn end_step(&mut self, at: Timestamp, outcome: Outcome) {
        self.ended.push(StepEnd { at, attempts: self.attempts, outcome });
    }

    /// Ends the last step of a delivery with failed records: failed, unless some of its records were taken.
    fn end_step_by_failures(&mut self, at: Timestamp) -> Outcome {
        let all = self.kept.as_ref().map_or(0, |kept| kept.ends.len() as u64);
        let outcome = if self.failed == all { Outcome::DestinationFailed } else { Outcome::Delivered };
        self.end_step(at, outcome);
        outcome
    }

    /// The records that were not taken yet.
    fn indexes(&self) -> BTreeSet<u32> {
        match (&self.left, &self.kept) {
            (Some(left), _) => left.clone(),
            (None, Some(kept)) => (0..kept.ends.len() as u32).collect(),
            (None, None) => BTreeSet::new(),
        }
    }

    /// Hands over custody and arrivals of some records that were not handed over yet.
    fn take(&mut self, records: &BTreeSet<u32>) -> (Custody, ArrivalRuns) {
        let custody = self.custody.split(records.len() as u64);
        let mut arrivals = ArrivalRuns::default();
        if let Some(kept) = &self.kept {
            let all = (0_u32..).zip(kept.arrivals.each());
            for millis in all.filter(|(index, _)| records.contains(index)).map(|(_, millis)| millis) {
                arrivals.push_millis(millis);
            }
        }
        // What stays is told by index from now on.
        self.arrivals = ArrivalRuns::default();
        (custody, arrivals)
    }

    fn fail(&mut self, records: Vec<(u32, Refusal)>) -> Option<NotTaken> {
        let GiveUp::AfterRetries(Retries { error_output_type, .. }) = self.give_up else { return None };
        let sealed = Arc::clone(self.kept.as_ref()?);
        let (custody, _) = self.take(&records.iter().map(|(index, _)| *index).collect());
        self.failed += records.len() as u64;
        let (attempts, ended, known) = (self.attempts, self.last_end, self.known.clone());
        Some(NotTaken { sealed, error_output_type, records, custody, attempts, ended, known })
    }

    fn wait_for_retention(&self, buffer: BufferId, timers: &mut Timers, now: Timestamp) {
        let next = now.saturating_add(backoff(self.attempts, FIRST_BACKOFF, LONGEST_BACKOFF));
        if next < self.give_up_at {
            timers.set(next, self.lane, TimerReason::Retry, buffer);
        } else {
            timers.set(self.give_up_at, self.lane, TimerReason::RetentionOver, buffer);
        }
    }

    /// Sets the next attempt, or the end of all attempts where it would come too late; `false` when that is now.
    fn wait(&mut self, buffer: BufferId, seed: Seed, timers: &mut Timers, now: Timestamp) -> bool {
        let GiveUp::AfterRetries(retries) = self.give_up else {
            self.wait_for_retention(buffer, timers, now);
            return true;
        };
        let used = match retries.counts_attempts {
            true => now.since(self.since),
            false => self.waited,
        };
        let left = retries.duration.saturating_sub(used);
        let counter = (buffer.0 << 16).wrapping_add(u64::from(self.attempts));
        let wait = jittered(
            backoff(self.attempts, retries.first, retries.longest),
            retries.jitter,
            seed.draw(Purpose::BackOff, counter),
        );
        if wait < left {
            self.waited += wait;
            timers.set(now.saturating_add(wait), self.lane, TimerReason::Retry, buffer);
            return true;
        }
        if !left.is_zero() {
            timers.set(now.saturating_add(left), self.lane, TimerReason::RetriesOver, buffer);
        }
        !left.is_zero()
    }
}

/// How the records of a buffer end when it is taken: failed ones have failed, now that their documents lie somewhere.
pub(super) fn taken(sealed: &Sealed) -> Outcome {
    match sealed.buffer.failure {
        None => Outcome::Delivered,
        Some(FailureKind::Destination(_)) => Outcome::DestinationFailed,
        Some(FailureKind::Processing | FailureKind::Decompression | FailureKind::ActivePartitions) => {
            Outcome::ProcessingFailed
        }
        Some(FailureKind::FormatConversion) => Outcome::FormatConversionFailed,
    }
}

/// The wait after the `attempts`-th failed attempt.
fn backoff(attempts: u32, first: Duration, longest: Duration) -> Duration {
    let doublings = attempts.saturating_sub(1).min(31);
    first.saturating_mul(1 << doublings).min(longest)
}

/// A wait between so many per cent of itself, in milliseconds.
fn jittered(wait: Duration, (least, most): (u32, u32), draw: u64) -> Duration {
    if least == most {
        return wait;
    }
    let millis = wait.as_millis().min(u128::from(u32::MAX));
    let (low, high) = (millis * u128::from(least) / 100, millis * u128::from(most) / 100);
    let drawn = low + ((u128::from(draw) * (high - low + 1)) >> 64);
    Duration::from_millis(u64::try_from(drawn).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        let wait = |attempts| backoff(attempts, FIRST_BACKOFF, LONGEST_BACKOFF).as_secs();
        assert_eq!([1, 2, 3, 9, 10, 400].map(wait), [1, 2, 4, 256, 300, 300]);
    }

    #[test]
    fn jitter_stays_between_its_bounds() {
        let second = Duration::from_secs(1);
        assert_eq!(jittered(second, (85, 115), 0), Duration::from_millis(850));
        assert_eq!(jittered(second, (85, 115), u64::MAX), Duration::from_millis(1_150));
        assert_eq!(jittered(second, (100, 100), 7), second);
    }
}
